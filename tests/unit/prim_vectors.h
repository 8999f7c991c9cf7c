/* prim_vectors.h -- operands that are likely to find mistakes in floats
 *
 * Words of float formats.  Besides uniform ones: specials, ends of binades, subnormals;
 * neighbours and opposites; sums, products and quotients halfway between two numbers or
 * beside that; results at the bounds of the range; sums that cancel.  Words of more than
 * 62 bits have less of it: runs of ones and zeros, ties, near exponents.  The same seed
 * gives the same vectors.
 */
#include "../../compiler/prim.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 vec_wide;

struct vectors {
    const struct tc_prim *prim;
    const struct tc_format *f;
    struct tc_random r;
    uint64_t b, last, sign; /* hidden bit, largest finite key, sign bit */
    int64_t one;            /* field of 1 */
    bool infinite;          /* operands may be */
};

static inline void vec_open(struct vectors *v, const struct tc_prim *prim, uint64_t seed)
{
    const struct tc_format *f = &prim->format;

    v->prim = prim;
    v->f = f;
    tc_random_seed(&v->r, seed);
    v->infinite = f->infinity && f->nan;
    v->one = 2 - f->low - (int64_t)f->p; /* B 2^(low + field - 1) = 1 */
    if (f->p + f->q > 62)
        return;
    v->b = (uint64_t)1 << (f->p - 1);
    v->last = (uint64_t)tc_format_last_key(f);
    v->sign = (uint64_t)1 << (f->p + f->q - 1);
}

static inline uint64_t vec_below(struct vectors *v, uint64_t n)
{
    return tc_random_below(&v->r, n);
}

static inline bool vec_coin(struct vectors *v)
{
    return tc_random_next(&v->r) >> 63;
}

/* a key that is there, from any integer */
static inline uint64_t vec_key(const struct vectors *v, int64_t key)
{
    if (key < 0)
        key = -key;
    if ((uint64_t)key > v->last)
        return v->last;
    if ((uint64_t)key < v->b && v->f->underflow != TC_GRADUAL)
        return (uint64_t)key * 2 < v->b ? 0 : v->b;
    return (uint64_t)key;
}

static inline uint64_t vec_word(const struct vectors *v, uint64_t key, bool minus)
{
    return key | (minus && (key || v->f->signed_zero) ? v->sign : 0);
}

/* (-1)^minus m 2^(field - one - p + 1): m of p bits at a field, kept in range */
static inline uint64_t vec_make(const struct vectors *v, int64_t field, uint64_t m, bool minus)
{
    if (field < 1) { /* subnormal, bits lost */
        m = 1 - field > 62 ? 0 : m >> (1 - field);
        return vec_word(v, vec_key(v, (int64_t)m), minus);
    }
    if (field > v->f->top)
        return vec_word(v, v->last, minus);
    return vec_word(v, vec_key(v, (int64_t)((uint64_t)field * v->b + (m & (v->b - 1)))), minus);
}

/* p bits, the first one set; often with few others */
static inline uint64_t vec_significand(struct vectors *v)
{
    uint64_t m = vec_below(v, v->b), few = vec_below(v, v->f->p);

    switch (vec_below(v, 6)) {
    case 0:
        m &= ~((v->b >> few) - 1); /* leading ones */
        break;
    case 1:
        m &= ((uint64_t)2 << few) - 1; /* trailing ones */
        break;
    case 2:
        m = vec_below(v, 3) + v->b - 1; /* all ones, none, the last */
        break;
    default:
        break;
    }
    return v->b | (m & (v->b - 1));
}

static inline int64_t vec_near(struct vectors *v, int64_t x, int64_t radius)
{
    return x - radius + (int64_t)vec_below(v, 2 * (uint64_t)radius + 1);
}

static inline int64_t vec_field(struct vectors *v)
{
    const struct tc_format *f = v->f;

    switch (vec_below(v, 4)) {
    case 0:
        return vec_near(v, v->one, 3);
    case 1:
        return vec_near(v, v->one, (int64_t)f->p + 3);
    default:
        return 1 + (int64_t)vec_below(v, (uint64_t)f->top);
    }
}

static inline uint64_t vec_special(struct vectors *v)
{
    int64_t b = (int64_t)v->b, last = (int64_t)v->last;
    int64_t key[] = {0,
                     1,
                     2,
                     3,
                     b - 1,
                     b,
                     b + 1,
                     2 * b - 1,
                     2 * b,
                     last,
                     last - 1,
                     last - b,
                     v->one * b,
                     v->one * b + 1,
                     v->one * b - 1,
                     (v->one + 1) * b,
                     (v->one - 1) * b,
                     0};
    uint64_t k = vec_below(v, sizeof key / sizeof *key + 2);
    bool minus = vec_coin(v);

    if (k < sizeof key / sizeof *key)
        return vec_word(v, vec_key(v, key[k]), minus);
    if (v->infinite && (k & 1))
        return vec_word(v, v->last + 1, minus);
    if (v->f->nan) { /* any NaN */
        uint64_t least = v->last + 1 + v->f->infinity;

        return vec_word(v, least + vec_below(v, v->sign - least), minus);
    }
    return vec_word(v, 0, minus);
}

/* one operand by itself */
static inline uint64_t vec_single(struct vectors *v)
{
    bool minus = vec_coin(v);

    switch (vec_below(v, 8)) {
    case 0:
        return vec_special(v);
    case 1: /* uniform words: all exponents alike */
    case 2:
        return vec_word(v, vec_key(v, (int64_t)vec_below(v, v->last + 1)), minus);
    case 3: /* subnormal, or the least normal ones */
        return vec_word(v, vec_key(v, (int64_t)vec_below(v, 2 * v->b)), minus);
    default:
        return vec_make(v, vec_field(v), vec_significand(v), minus);
    }
}

/* field and significand of p bits (of subnormals: fewer) */
static inline void vec_split(const struct vectors *v, uint64_t word, int64_t *field, uint64_t *m)
{
    uint64_t key = word & (v->sign - 1);

    *field = (int64_t)(key / v->b);
    *m = key % v->b | (*field ? v->b : 0);
    *field += *field == 0;
}

/* y so that x + y is halfway between numbers, or beside it, or almost cancels */
static inline uint64_t vec_addend(struct vectors *v, uint64_t x)
{
    int64_t field, p = (int64_t)v->f->p;
    uint64_t m, key = x & (v->sign - 1);
    bool minus = vec_coin(v);

    vec_split(v, x, &field, &m);
    switch (vec_below(v, 6)) {
    case 0: /* neighbours, opposites */
        return vec_word(v, vec_key(v, vec_near(v, (int64_t)key, 2)), minus);
    case 1: /* half of x's last place, and its neighbours */
        return vec_word(v, vec_key(v, vec_near(v, (field - p) * (int64_t)v->b, 1)), minus);
    case 2: /* some odd halves of it */
        return vec_make(v, field - (int64_t)vec_below(v, (uint64_t)p + 2), vec_significand(v),
                        minus);
    case 3: /* x's complement to the next power of two, and neighbours */
        return vec_word(v, vec_key(v, vec_near(v, (int64_t)(2 * v->b - m), 1)), minus);
    case 4:
        return vec_make(v, vec_near(v, field, p + 2), vec_significand(v), minus);
    default:
        return vec_word(v, vec_key(v, (int64_t)key + (vec_coin(v) ? 1 : -1) * (int64_t)v->b),
                        minus);
    }
}

/* y so that x y is nearly halfway between numbers, or at a bound of the range */
static inline uint64_t vec_factor(struct vectors *v, uint64_t x, bool quotient)
{
    int64_t field, at, p = (int64_t)v->f->p;
    uint64_t m, y, middle;
    bool minus = vec_coin(v);

    vec_split(v, x, &field, &m);
    /* the product's field: anywhere, about the least number, or about the last */
    switch (vec_below(v, 4)) {
    case 0:
        at = vec_near(v, 1 - (int64_t)vec_below(v, (uint64_t)p + 2), 2);
        break;
    case 1:
        at = vec_near(v, v->f->top, 2);
        break;
    default:
        at = 1 + (int64_t)vec_below(v, (uint64_t)v->f->top);
    }
    if (!m)
        m = 1;
    while (m < v->b) {
        m <<= 1;
        field--;
    }
    middle = 2 * vec_significand(v) + 1; /* p + 1 bits, odd */
    if (at < 1 && 1 - at < p)            /* as many bits fewer, halfway there */
        middle = (middle >> (1 - at) | 1) << (1 - at);
    if (vec_below(v, 4) == 0)
        middle &= ~(uint64_t)1; /* or a number itself */
    if (quotient) {             /* x / y = middle: y = x / middle */
        y = (uint64_t)((((vec_wide)m << (p + 1)) + middle / 2) / middle);
        at = field - at + v->one;
    } else {
        y = (uint64_t)((((vec_wide)middle << (p - 1)) + m / 2) / m);
        at = at - field + v->one;
    }
    y += vec_below(v, 3);
    y -= y > 1;
    while (y >= 2 * v->b)
        y = (y + (vec_below(v, 2))) >> 1;
    while (y < v->b)
        y <<= 1;
    return vec_make(v, at, y, minus);
}

static inline bool vec_is_product(enum tc_op op)
{
    return op == TC_OP_MUL || op == TC_OP_DIV || op == TC_OP_DOT || op == TC_OP_PROD;
}

/* n terms: some that nearly cancel, ties with something far below them */
static inline void vec_terms(struct vectors *v, uint64_t *x, unsigned n)
{
    uint64_t kind = vec_below(v, 10);
    int64_t field = vec_field(v), p = (int64_t)v->f->p;
    bool minus = vec_coin(v);

    for (unsigned i = 0; i < n; i++)
        switch (kind) {
        case 0: /* specials; NaN is rare among many */
            x[i] = vec_below(v, n) < 2 ? vec_special(v) : vec_single(v);
            break;
        case 1: /* zeros, all alike or not */
            x[i] = vec_word(v, 0, minus != (vec_below(v, 2 * n) == 0));
            break;
        case 2: /* about one exponent */
        case 3:
            x[i] = vec_make(v, vec_near(v, field, 2), vec_significand(v), vec_coin(v));
            break;
        case 4: /* exponents going down, a carry going up */
            x[i] = vec_make(v, field - (int64_t)i * (p - vec_coin(v)), vec_significand(v), minus);
            break;
        case 5: /* all that cancels, then something small */
            x[i] = i % 2 ? x[i - 1] ^ v->sign : vec_single(v);
            if (i % 2 && !v->f->signed_zero && !(x[i] & (v->sign - 1)))
                x[i] = 0;
            if (i + 2 >= n && i && vec_coin(v))
                x[i] = vec_word(v, vec_key(v, (int64_t)vec_below(v, 2 * v->b)), vec_coin(v));
            break;
        case 6: /* half a place at a time */
            x[i] = i ? vec_addend(v, x[vec_below(v, i)]) : vec_single(v);
            break;
        case 7: /* the largest ones */
            x[i] = vec_word(v, vec_key(v, (int64_t)v->last - (int64_t)vec_below(v, 3)),
                            vec_below(v, 4) ? minus : !minus);
            if (i && vec_coin(v))
                x[i] = vec_make(v, v->f->top - p + vec_near(v, 0, 1), vec_significand(v), minus);
            break;
        case 8: /* a few numbers, again and again */
            x[i] = i > 1 && vec_below(v, 3) ? x[vec_below(v, i)] : vec_single(v);
            break;
        default:
            x[i] = vec_single(v);
        }
}

/* finite, most of the time: or sums of many would nearly always be NaN */
static inline void vec_tame(struct vectors *v, uint64_t *x, unsigned n)
{
    if (vec_below(v, 4) == 0)
        return;
    for (unsigned i = 0; i < n; i++)
        if ((x[i] & (v->sign - 1)) > v->last)
            x[i] = vec_make(v, vec_field(v), vec_significand(v), vec_coin(v));
}

/* ------------------------------------------------------------------ wide formats */

/* n bits, n > 0: any, runs of ones and zeros, or but a few */
static inline void vec_bits(struct vectors *v, mpz_ptr z, unsigned n)
{
    uint64_t kind = vec_below(v, 4), word = 0;

    mpz_set_ui(z, 0);
    for (unsigned a = 0; a < n; a++) {
        if (kind == 0 || vec_below(v, kind == 1 ? 12 : n) == 0)
            word = tc_random_next(&v->r) >> 63;
        if (word)
            mpz_setbit(z, a);
    }
}

/* field and significand of x, which is what comes before it in a line, or a number that
 * goes with it: y of bits bits where x has the others */
static inline void vec_wide_one(struct vectors *v, int64_t *field, mpz_ptr m, bool first)
{
    const struct tc_format *f = v->f;
    unsigned p = f->p, few = 1 + (unsigned)vec_below(v, p);
    mp_bitcnt_t length = mpz_sizeinbase(m, 2);
    uint64_t kind = first ? 5 + vec_below(v, 3) : vec_below(v, 8);

    if (kind == 0) { /* the same, or its neighbour */
        if (vec_coin(v))
            mpz_combit(m, 0);
        return;
    }
    if (kind < 3) { /* as many bits as make a tie of the product: p + 1 in all */
        unsigned bits = 2 + p - (unsigned)(length - mpz_scan1(m, 0));

        vec_bits(v, m, bits > p ? p : bits);
        mpz_setbit(m, 0);
    } else {
        vec_bits(v, m, kind & 1 ? p : few);
    }
    mpz_setbit(m, kind < 3 ? mpz_sizeinbase(m, 2) - 1 : kind & 1 ? p - 1 : few - 1);
    length = mpz_sizeinbase(m, 2);
    mpz_mul_2exp(m, m, p - length);
    *field = kind == 1   ? vec_near(v, *field, 2)
             : kind == 3 ? *field - (int64_t)p + vec_near(v, 0, 3)
             : kind == 4 ? vec_near(v, *field, (int64_t)p + 3)
             : kind == 5 ? vec_near(v, 1 + (int64_t)vec_below(v, 2) * (f->top - 1), 2)
             : kind == 6 ? 1 + (int64_t)vec_below(v, (uint64_t)f->top)
                         : vec_near(v, v->one, (int64_t)p + 3);
}

static inline void vec_next_wide(struct vectors *v, uint64_t *x)
{
    const struct tc_format *f = v->f;
    unsigned n = v->prim->noperand, limbs = v->prim->limbs, width = f->p + f->q;
    bool special = vec_below(v, 16) == 0, minus;
    int64_t field = v->one;
    mpz_t m, word;

    mpz_inits(m, word, NULL);
    mpz_setbit(m, f->p - 1);
    for (unsigned i = 0; i < n; i++, x += limbs) {
        minus = vec_coin(v);
        vec_wide_one(v, &field, m, i == 0);
        field = field < 0 ? 0 : field > f->top ? f->top : field;
        if (field == 0 && f->underflow != TC_GRADUAL)
            field = 1;
        mpz_set(word, m);
        if (field == 0)
            mpz_fdiv_q_2exp(word, word, 1 + vec_below(v, f->p));
        else
            mpz_clrbit(word, f->p - 1);
        mpz_set_si(m, field);
        mpz_mul_2exp(m, m, f->p - 1);
        mpz_add(word, word, m);
        if (f->spare && field == f->top)
            mpz_clrbit(word, 0);
        mpz_fdiv_r_2exp(m, word, f->p - 1);
        mpz_setbit(m, f->p - 1); /* for the next one */
        if (special && vec_below(v, n + 1) < 2) {
            if (vec_coin(v) || !v->infinite)
                mpz_set_ui(word, 0);
            else
                tc_format_special(f, vec_coin(v) ? TC_NAN : TC_INFINITE, false, word);
        }
        if (minus && (f->signed_zero || mpz_sgn(word)))
            mpz_setbit(word, width - 1);
        for (unsigned l = 0; l < limbs; l++)
            x[l] = 0;
        mpz_export(x, NULL, -1, sizeof *x, 0, 0, word);
    }
    mpz_clears(m, word, NULL);
}

/* the operands of one vector, constants not among them */
static inline void vec_next(struct vectors *v, uint64_t *x)
{
    const struct tc_prim *p = v->prim;
    unsigned n = p->noperand, half = p->terms;

    if (v->f->p + v->f->q > 62) {
        vec_next_wide(v, x);
        return;
    }
    if (p->op == TC_OP_DOT && n == 2 * half) {
        vec_terms(v, x, half);
        switch (vec_below(v, 4)) {
        case 0: /* products halfway or at the bounds */
            for (unsigned i = 0; i < half; i++)
                x[half + i] = vec_factor(v, x[i], false);
            break;
        case 1: /* powers of two: the sum's cases again */
            for (unsigned i = 0; i < half; i++)
                x[half + i] = vec_make(v, v->one, v->b, vec_below(v, 8) == 0);
            break;
        case 2: /* products that cancel in pairs */
            for (unsigned i = 0; i < half; i++)
                x[half + i] = i % 2 ? x[i - 1] : vec_single(v);
            for (unsigned i = 1; i < half; i += 2)
                if (x[half + i - 1] & (v->sign - 1))
                    x[i] = x[half + i - 1] ^ v->sign;
            break;
        default:
            vec_terms(v, x + half, half);
        }
    } else if (p->terms) {
        vec_terms(v, x, n);
        for (unsigned i = 1; p->op == TC_OP_PROD && i < n; i++)
            if (vec_coin(v))
                x[i] = vec_factor(v, x[i - 1], false);
    } else {
        uint64_t kind = vec_below(v, 4);

        x[0] = vec_single(v);
        if (n < 2)
            return;
        x[1] = kind == 0               ? vec_single(v)
               : vec_is_product(p->op) ? vec_factor(v, x[0], p->op == TC_OP_DIV)
                                       : vec_addend(v, x[0]);
        if (vec_coin(v) && p->op != TC_OP_DIV) {
            uint64_t t = x[0];

            x[0] = x[1];
            x[1] = t;
        }
    }
    vec_tame(v, x, n);
}

/* operands by number, every one there is: NaN once.  false: no such number */
static inline bool vec_operand(const struct vectors *v, uint64_t k, uint64_t *word)
{
    uint64_t least = v->f->underflow == TC_GRADUAL ? 1 : v->b, each = v->last - least + 1;
    mpz_t z;

    if (k < 2 * each) {
        *word = vec_word(v, least + k / 2, k % 2);
        return true;
    }
    k -= 2 * each;
    if (k < 1u + v->f->signed_zero) {
        *word = vec_word(v, 0, k);
        return true;
    }
    k -= 1u + v->f->signed_zero;
    if (v->infinite && k < 2) {
        *word = vec_word(v, v->last + 1, k);
        return true;
    }
    k -= v->infinite ? 2 : 0;
    if (!v->f->nan || k)
        return false;
    mpz_init(z);
    tc_format_special(v->f, TC_NAN, false, z);
    *word = mpz_get_ui(z);
    mpz_clear(z);
    return true;
}
