/* prim_series.c -- exp, exp2, log, sin and cos of floats by truncated series
 *
 * Of formats beyond tables, and with --regime arithmetic: a size polynomial in p at constant
 * depth.  The argument becomes a fixed-point number F of n bits, which a polynomial with
 * integer coefficients maps to an exact integer Z by remainders (residue.h); its leading bits
 * are the result.  SPEC.md, "Functions by series", is the definition, digit by digit;
 * CONSTRUCTIONS.md has the error bounds.
 */
#include "arith.h"
#include "residue.h"

#include <assert.h>
#include <math.h>
#include <mpfr.h>
#include <string.h>

#define MOST_BYTES 0x1p32 /* of weights */

struct series {
    struct fl *l;
    struct ar_operand x;
    struct tc_series size;
    struct tc_form field, sign;
    struct ar_special special;
};

static struct tc_arena *arena_of(const struct series *s)
{
    return s->l->low.family->arena;
}

/* ---------------------------------------------------------------- the coefficients */

/* nearest integer to 2^shift c, c = log2 e, 2 / pi, ln 2 */
static mpz_ptr constant(const struct series *s, enum tc_op op, unsigned shift)
{
    mpz_ptr z = tc_mpz(arena_of(s));
    mpfr_t x;

    mpfr_init2(x, shift + 80);
    if (op == TC_OP_EXP || op == TC_OP_LOG) {
        mpfr_const_log2(x, MPFR_RNDN); /* ln 2 */
        if (op == TC_OP_EXP)
            mpfr_ui_div(x, 1, x, MPFR_RNDN);
    } else {
        mpfr_const_pi(x, MPFR_RNDN);
        mpfr_ui_div(x, 2, x, MPFR_RNDN);
    }
    mpfr_mul_2ui(x, x, shift, MPFR_RNDN);
    mpfr_get_z(z, x, MPFR_RNDN);
    mpfr_clear(x);
    return z;
}

/* c_i = nearest integer to 2^w b^i / i!, b = ln 2 or pi / 2, times 2^(n (K - i)) */
static mpz_ptr *powers_over_factorials(const struct series *s, bool circle)
{
    unsigned w = s->size.w, n = s->size.n, degree = s->size.degree;
    mpz_ptr *c = tc_alloc(arena_of(s), degree + 1, sizeof *c);
    mpfr_t x, b;

    mpfr_inits2(w + 128, x, b, (mpfr_ptr)0);
    if (circle) {
        mpfr_const_pi(b, MPFR_RNDN);
        mpfr_div_2ui(b, b, 1, MPFR_RNDN);
    } else {
        mpfr_const_log2(b, MPFR_RNDN);
    }
    mpfr_set_ui_2exp(x, 1, (mpfr_exp_t)w, MPFR_RNDN);
    for (unsigned i = 0; i <= degree; i++) {
        if (i) {
            mpfr_mul(x, x, b, MPFR_RNDN);
            mpfr_div_ui(x, x, i, MPFR_RNDN);
        }
        c[i] = tc_mpz(arena_of(s));
        mpfr_get_z(c[i], x, MPFR_RNDN);
        mpz_mul_2exp(c[i], c[i], (mp_bitcnt_t)n * (degree - i));
    }
    mpfr_clears(x, b, (mpfr_ptr)0);
    return c;
}

/* the part of sine (odd) or cosine (even) with alternating signs, and the bias */
static mpz_ptr *alternating(const struct series *s, const mpz_ptr *c, bool odd)
{
    unsigned degree = s->size.degree;
    mpz_ptr *part = tc_alloc(arena_of(s), degree + 1, sizeof *part);

    for (unsigned i = 0; i <= degree; i++) {
        part[i] = tc_mpz(arena_of(s));
        if (i % 2 == odd)
            mpz_set(part[i], c[i]);
        if (i % 4 >= 2)
            mpz_neg(part[i], part[i]);
    }
    mpz_add(part[0], part[0],
            power_of_two(&s->l->low, s->size.n * degree + s->size.w - s->size.n - 1));
    return part;
}

/* sum of c_i ((2X - B)^i - (-B)^i) (2B)^(K-i) as a polynomial of X; c_i = nearest integer to
 * 2^w (2/3)^i (-1)^(i+1) / i */
static mpz_ptr *logarithm(const struct series *s)
{
    unsigned w = s->size.w, degree = s->size.degree, p = s->l->p;
    mpz_ptr *sum = tc_alloc(arena_of(s), degree + 1, sizeof *sum);
    mpz_t c, binomial, term;
    mpq_t q;

    for (unsigned i = 0; i <= degree; i++)
        sum[i] = tc_mpz(arena_of(s));
    mpz_inits(c, binomial, term, NULL);
    mpq_init(q);
    for (unsigned i = 1; i <= degree; i++) {
        /* round(2^(w+i) / (3^i i)): never half way, as 3 divides the denominator */
        mpz_set_ui(mpq_numref(q), 1);
        mpz_mul_2exp(mpq_numref(q), mpq_numref(q), w + i + 1);
        mpz_ui_pow_ui(mpq_denref(q), 3, i);
        mpz_mul_ui(mpq_denref(q), mpq_denref(q), i);
        mpz_add(mpq_numref(q), mpq_numref(q), mpq_denref(q));
        mpz_mul_2exp(mpq_denref(q), mpq_denref(q), 1);
        mpz_fdiv_q(c, mpq_numref(q), mpq_denref(q));
        if (i % 2 == 0)
            mpz_neg(c, c);
        mpz_mul_2exp(c, c, (mp_bitcnt_t)p * (degree - i));
        for (unsigned j = 1; j <= i; j++) { /* C(i, j) 2^j (-B)^(i-j) X^j */
            mpz_bin_uiui(binomial, i, j);
            mpz_mul_2exp(binomial, binomial, j + (mp_bitcnt_t)(p - 1) * (i - j));
            mpz_mul(term, c, binomial);
            if ((i - j) % 2)
                mpz_sub(sum[j], sum[j], term);
            else
                mpz_add(sum[j], sum[j], term);
        }
    }
    mpz_clears(c, binomial, term, NULL);
    mpq_clear(q);
    return sum;
}

/* ---------------------------------------------------------------- the argument
 *
 * |x| cut off below 2^-N, in units of 2^-N, as a form over chains in the exponent: of each
 * bit j of the significand, at exponents where it weighs 2^-N or more.  Fields of
 * 2^span and beyond count as the last one before.
 */
static int64_t last_field(const struct series *s)
{
    int64_t last = s->size.span - s->l->f->low - (int64_t)s->l->p + 1;

    return last < s->l->f->top ? last : s->l->f->top;
}

/* gates [E + M f_j +- M s >= ...]; side: 0 any sign, 1 plus, 2 minus */
static struct tc_form bit_chain(const struct series *s, unsigned j, unsigned side)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t unit = (int64_t)j + l->f->low - 1 + s->size.below, first = 1 - unit > 1 ? -unit : 1;
    int64_t last = last_field(s), big = (int64_t)1 << l->q;
    bool hidden = j + 1 == l->p;
    unsigned n;
    mpz_ptr *at, *weight, before = tc_mpz(f->arena);
    struct tc_form x = s->field;
    int64_t theta = 0;
    const char *name = tc_sprintf(f->arena, "x.%u%s", j,
                                  side == 0   ? ""
                                  : side == 1 ? ".plus"
                                              : ".minus");

    if (last < first)
        return tc_form_si(f, 0);
    n = (unsigned)(last - first + 1);
    at = tc_alloc(f->arena, n, sizeof *at);
    weight = tc_alloc(f->arena, n, sizeof *weight);
    if (!hidden) {
        x = tc_form_add(f, x, tc_form_scale_si(f, ar_bit(s->x, tc_axis_const(j)), big));
        theta += big;
    }
    if (side)
        x = tc_form_add(f, x, tc_form_scale_si(f, s->sign, side == 1 ? -big : big));
    if (side == 2)
        theta += big;
    for (unsigned t = 0; t < n; t++) {
        int64_t e = first + t;

        /* a fraction bit has the exponent of field 1 at field 0, too */
        at[t] = tc_mpz_si(f->arena, theta + (t == 0 && e == 1 && !hidden ? 0 : e));
        weight[t] = tc_mpz(f->arena);
        mpz_setbit(weight[t], (mp_bitcnt_t)(unit + e));
        mpz_sub(weight[t], weight[t], before);
        mpz_add(before, before, weight[t]);
    }
    x = fl_weigh_mpz(l, fl_bank(l, name, x, n, at, "a bit of the argument, by exponents"), n,
                     weight);
    return tc_form_range(f, x, tc_mpz(f->arena), before);
}

/* |x| 2^N, or x 2^N */
static struct tc_form argument(const struct series *s, bool with_sign)
{
    struct tc_family *f = s->l->low.family;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned j = 0; j < s->l->p; j++) {
        if (with_sign) {
            sum = tc_form_add(f, sum, bit_chain(s, j, 1));
            sum = tc_form_sub(f, sum, bit_chain(s, j, 2));
        } else {
            sum = tc_form_add(f, sum, bit_chain(s, j, 0));
        }
    }
    return sum;
}

struct tc_form ar_argument(struct fl *l, struct ar_operand x, int64_t span, unsigned below)
{
    struct series s = {.l = l, .x = x, .size = {.span = span, .below = below}};

    s.field = ar_field(x);
    return argument(&s, false);
}

/* bits from `first` on, of bits free in a, over i */
static struct tc_form bits_at(const struct series *s, struct tc_form bit, const struct tc_index *a,
                              unsigned first, const struct tc_index *i)
{
    struct tc_family *f = s->l->low.family;

    return tc_form_subst(f, bit, a, tc_axis_plus(f->arena, tc_axis_const(first), 1, i));
}

/* sum of bit i 2^(i + shift) over i */
static struct tc_form number_of_bits(const struct series *s, struct tc_form bit,
                                     const struct tc_index *i, unsigned shift)
{
    struct tc_family *f = s->l->low.family;
    mpz_ptr *weight = tc_alloc(f->arena, (size_t)i->extent, sizeof *weight);

    for (unsigned k = 0; k < i->extent; k++)
        weight[k] = power_of_two(&s->l->low, k + shift);
    return tc_form_sum(f, times_table(&s->l->low, "place", bit, 1, &i, weight), 1, &i, 0, NULL);
}

static struct tc_form gates(const struct series *s, const char *name, struct tc_form x, int64_t at,
                            unsigned nguard, const struct tc_guard *guard, const char *note)
{
    struct lowering *L = &s->l->low;

    return wire_of(L, &tc_bank_new(L->family, name_of(L, name), x, NULL, tc_form_si(L->family, at),
                                   true, nguard, guard, L->component, note)
                           ->plane);
}

/* --------------------------------------------------------------------- exponentials */

/* [k = least + d], d = 1 .. n, and [k > least + n], from the form T and its unit */
static struct tc_form exponent_one_hot(const struct series *s, struct tc_form t, unsigned unit,
                                       int64_t least, unsigned n, const struct tc_index **k,
                                       struct tc_form *above)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    mpz_ptr *at = tc_alloc(f->arena, n + 1, sizeof *at);
    const struct tc_plane *plane;
    struct tc_form hot;
    struct tc_axis axis;

    for (unsigned d = 0; d <= n; d++) {
        at[d] = tc_mpz_si(f->arena, least + 1 + (int64_t)d);
        mpz_mul_2exp(at[d], at[d], unit);
    }
    plane = fl_bank(l, "exponents", t, n + 1, at, "the exponent, below the least normal number's");
    hot = ar_one_hot(l, plane, n + 1, k);
    axis = tc_axis_const(n);
    *above = tc_form_wire(f, plane, &axis);
    return hot;
}

/* 2^k R 2^(1-p) with R = sum of r_i 2^i, B <= R <= 2B: keys of normal numbers, and R cut
 * off where they are below */
static struct tc_form gradual_key(const struct series *s, struct tc_form t, unsigned unit,
                                  struct tc_form r, const struct tc_index *i, struct tc_form high,
                                  const struct tc_index *b, int64_t offset)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t normal = l->f->low + (int64_t)l->p - 1; /* k of the least normal number */
    const struct tc_index *hot_k, *d;
    struct tc_form hot, above, x, sum;
    struct tc_guard guard;

    hot = exponent_one_hot(s, t, unit, normal - 1 - (int64_t)l->p, l->p, &hot_k, &above);
    /* normal: the bits, where k is above */
    x = gates(s, "normal.r", tc_form_add(f, r, above), 2, 0, NULL, "bits of a normal result");
    sum = number_of_bits(s, x, i, 0);
    x = gates(s, "normal.k", tc_form_add(f, high, above), 2, 0, NULL, "its exponent's");
    sum = tc_form_add(f, sum, number_of_bits(s, x, b, l->p - 1));
    sum = tc_form_add(
        f, sum,
        tc_form_scale(f, tc_form_scale_si(f, above, offset), power_of_two(&l->low, l->p - 1)));
    /* k = normal - delta, delta = 1 .. p: hot is p + 1 - delta; bit i goes to i - delta */
    d = tc_index_new(f, "d", l->p, NULL);
    x = tc_form_subst(f, hot, hot_k, tc_axis_plus(f->arena, tc_axis_const(l->p), -1, d));
    guard.expr = tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(-1), 1, i), -1, d);
    x = gates(s, "subnormal", tc_form_add(f, r, x), 2, 1, &guard, "bits of a subnormal result");
    {
        mpz_ptr *weight = tc_alloc(f->arena, (size_t)(i->extent * d->extent), sizeof *weight);
        const struct tc_index *over[2] = {i, d};
        struct tc_form part;

        for (int64_t a = 0; a < i->extent; a++)
            for (int64_t e = 0; e < d->extent; e++)
                weight[a * d->extent + e] =
                    a > e ? power_of_two(&l->low, (unsigned)(a - e - 1)) : tc_mpz(f->arena);
        part = times_table(&l->low, "place", x, 2, over, weight);
        sum = tc_form_add(f, sum, tc_form_sum(f, part, 2, over, 1, &guard));
    }
    return sum;
}

/* much more or less than any key, where |x| >= 2^span */
static struct tc_form far(const struct series *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    struct tc_form key = ar_key(s->x), plus, minus;
    struct tc_form sign = tc_form_scale(f, s->sign, power_of_two(&l->low, l->p + l->q));
    mpz_ptr at = tc_mpz_si(f->arena, last_field(s) + 1), beyond = tc_mpz(f->arena);

    if (last_field(s) == l->f->top && !s->special.any)
        return tc_form_si(f, 0);
    mpz_mul_2exp(at, at, l->p - 1);
    plus = ar_gate(l, "large", tc_form_sub(f, key, sign), at, "the result is beyond the format");
    mpz_add(at, at, power_of_two(&l->low, l->p + l->q));
    minus = ar_gate(l, "small", tc_form_add(f, key, sign), at, "the result is 0");
    ar_beyond(l, beyond);
    return tc_form_scale(f, tc_form_sub(f, plus, minus), beyond);
}

static bool exponential(const struct series *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const struct tc_series *z = &s->size;
    unsigned shift = l->prim->op == TC_OP_EXP ? z->scale : 0, unit = z->below + shift;
    unsigned whole = (unsigned)z->span + 3, down = z->w + z->n * z->degree - l->p + 1;
    int64_t bias = (int64_t)1 << (z->span + 2), offset;
    mpz_ptr low = tc_mpz(f->arena), half, hi = tc_mpz(f->arena);
    const struct tc_index *a, *i, *b;
    struct tc_form t, bit, r, high;
    struct fl_result result = {0};
    mpz_ptr *c;

    t = argument(s, true);
    if (shift)
        t = tc_form_scale(f, t, constant(s, TC_OP_EXP, shift));
    mpz_set_si(low, -bias);
    mpz_mul_2exp(low, low, unit);
    bit = float_bits_from(&l->low, "reduce", t, low, unit - z->n, unit + whole, &a,
                          "exponent and fraction of the power of two");
    i = tc_index_new(f, "i", z->n, NULL);
    b = tc_index_new(f, "b", whole, NULL);
    high = bits_at(s, bit, a, z->n, b);
    c = powers_over_factorials(s, false);
    for (unsigned k = 0; k <= z->degree; k++)
        mpz_addmul(hi, c[k], power_of_two(&l->low, z->n * k));
    r = residue_polynomial(&l->low, "power", bits_at(s, bit, a, 0, i), i, z->degree, c, c[0], hi);
    half = power_of_two(&l->low, down - 1);
    mpz_neg(half, half);
    bit = float_bits_from(&l->low, "significand", r, half, down, down + l->p + 1, &a,
                          "bits of the rounded significand");
    i = tc_index_new(f, "i", l->p + 1, NULL);
    r = bits_at(s, bit, a, 0, i);
    /* the key of 2^k R 2^(1-p): (k + 1 - p - low) B + R */
    offset = 1 - (int64_t)l->p - l->f->low - bias;
    if (l->f->underflow == TC_GRADUAL) {
        result.key = gradual_key(s, t, unit, r, i, high, b, offset);
    } else {
        result.key =
            tc_form_add(f, number_of_bits(s, r, i, 0), number_of_bits(s, high, b, l->p - 1));
        result.key =
            tc_form_add(f, result.key,
                        tc_form_scale(f, tc_form_si(f, offset), power_of_two(&l->low, l->p - 1)));
    }
    result.key = tc_form_add(f, result.key, far(s));
    result.sign = tc_form_si(f, 0);
    result.has_nan = s->special.any;
    result.nan = s->special.nan;
    fl_output(l, "y", result);
    return true;
}

/* ---------------------------------------------------------- a magnitude, rounded
 *
 * Q = sum of bit b 2^b, b < width, in units of 2^-w: its word's key is 0 where Q = 0.  Two
 * layers: how long Q is, then the bits selected and rounded.
 */
static void rounded_magnitude(const struct series *s, struct tc_form bit, const struct tc_index *b,
                              struct fl_result *result)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned width = (unsigned)b->extent, p = l->p;
    int least = -(int)p + 1, w = (int)s->size.w;
    struct ar_rounding r = {.width = width, .normal = false};
    mpz_ptr *at, *below = tc_alloc(f->arena, (width + 1) * (size_t)width, sizeof *below);
    const struct tc_index *both[2];
    const struct tc_plane *length;
    struct tc_form q, some, base;

    if (l->f->underflow == TC_GRADUAL && least < (int)l->f->low + w)
        least = (int)l->f->low + w; /* subnormal numbers end there */
    r.least = least;
    /* at least two gates, so that they are a chain */
    r.n = (int)width > least + (int)p + 2 ? width - (unsigned)(least + (int)p) : 2;
    r.bits.bit = bit;
    r.bits.a = b;
    r.bits.z = both[0] = tc_index_new(f, "z", width + 1, NULL);
    both[1] = tc_index_new(f, "b", width, NULL);
    for (unsigned z = 0; z <= width; z++)
        for (unsigned k = 0; k < width; k++)
            below[z * width + k] = k < z ? power_of_two(&l->low, k) : tc_mpz(f->arena);
    q = tc_form_subst(f, bit, b, tc_axis_of(f->arena, both[1]));
    r.bits.low = times_table(&l->low, "below", q, 2, both, below);
    r.bits.low = tc_form_sum(f, r.bits.low, 1, &both[1], 0, NULL);
    r.bits.low = claim_mpz(&l->low, r.bits.low, tc_mpz(f->arena), power_of_two(&l->low, width));
    q = number_of_bits(s, bit, b, 0);
    at = tc_alloc(f->arena, r.n, sizeof *at);
    for (unsigned k = 0; k < r.n; k++)
        at[k] = power_of_two(&l->low, (unsigned)(least + (int)(p + k)));
    length = fl_bank(l, "length", q, r.n, at, "how long the magnitude is");
    some = ar_gate_si(l, "some", q, 1, "it is not 0");
    r.chosen = ar_one_hot(l, length, r.n, &r.k);
    base = tc_form_sum(f, wire_of(&l->low, length), 1, &length->chain, 0, NULL);
    /* (s - w - low) B, s = least + gates */
    base = tc_form_add(f, base, tc_form_scale_si(f, some, least - w - l->f->low));
    base = tc_form_scale(f, base, power_of_two(&l->low, p - 1));
    result->high = base;
    result->npart = 2;
    result->key = tc_form_add(f, base, ar_round(l, &r, result->part));
    if (l->f->underflow == TC_NEAREST) { /* above the half of the least number */
        int64_t half = l->f->low + (int64_t)p - 2 + w;
        mpz_ptr above = half < 0 ? tc_mpz(f->arena) : power_of_two(&l->low, (unsigned)half);

        mpz_add_ui(above, above, 1);
        result->has_half = true;
        result->half = ar_gate(l, "past.half", q, above, "above the half of the least number");
    }
}

/* [bit of x and not m] + [bit of y and m], bits over i */
static struct tc_form either(const struct series *s, struct tc_form x, struct tc_form y,
                             struct tc_form m, struct tc_form none, const char *note)
{
    struct tc_family *f = s->l->low.family;

    x = tc_form_sub(f, tc_form_sub(f, x, m), none);
    y = tc_form_sub(f, tc_form_add(f, y, m), none);
    return claim(&s->l->low,
                 tc_form_add(f, gates(s, "this", x, 1, 0, NULL, note),
                             gates(s, "other", y, 2, 0, NULL, note)),
                 0, 1);
}

/* ------------------------------------------------------------------- sine, cosine */

/* the bits of one part's magnitude, over b: floor(Z 2^-nK) */
static struct tc_form part_of(const struct series *s, bool odd, const mpz_ptr *c,
                              struct tc_form fraction, const struct tc_index *i,
                              const struct tc_index *b)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned down = s->size.n * s->size.degree;
    const char *name = odd ? "sine" : "cosine";
    mpz_ptr *part = alternating(s, c, odd);
    mpz_ptr lo = tc_mpz(f->arena), hi = power_of_two(&l->low, down + s->size.w + 1);
    const struct tc_index *a;
    struct tc_form bit;

    bit = residue_polynomial(&l->low, name, fraction, i, s->size.degree, part, lo, hi);
    bit = float_bits_from(&l->low, tc_sprintf(f->arena, "%s.bits", name), bit, NULL, down,
                          down + (unsigned)b->extent, &a, "bits of its magnitude");
    return bits_at(s, bit, a, 0, b);
}

/* x and y of 0/1 forms: x + y - 2 [x + y >= 2] */
static struct tc_form exclusive(const struct series *s, const char *name, struct tc_form x,
                                struct tc_form y)
{
    struct fl *l = s->l;
    struct tc_form sum = tc_form_add(l->low.family, x, y);

    return claim(&l->low, ar_plus(l, sum, -2, ar_gate_si(l, name, sum, 2, "both")), 0, 1);
}

/* bits of the argument where it is small: then the sine is the argument.  *small is the
 * gate that says so, or 0. */
static struct tc_form small_key(const struct series *s, struct tc_form *small)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t field = 2 - (int64_t)s->size.small - l->f->low - (int64_t)l->p; /* of 2^-small */
    int64_t big = (int64_t)1 << l->q;
    const struct tc_index *a;
    struct tc_form x;

    *small = tc_form_si(f, 0);
    if (field < 1)
        return *small;
    *small = ar_gate_si(l, "is.small", tc_form_scale_si(f, s->field, -1), 1 - field,
                        "so small that the sine is the argument");
    a = tc_index_new(f, "a", l->p - 1 + l->q, NULL);
    x = tc_form_scale_si(f, ar_bit(s->x, tc_axis_of(f->arena, a)), big);
    x = gates(s, "small", tc_form_sub(f, x, s->field), big + 1 - field, 0, NULL,
              "bits of a small argument");
    return number_of_bits(s, x, a, 0);
}

static bool circular(const struct series *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const struct tc_series *z = &s->size;
    bool sine = l->prim->op == TC_OP_SIN;
    unsigned unit = z->below + z->scale;
    const struct tc_index *a, *i, *b;
    struct tc_form bit, low, high, odd, even, small, m;
    struct fl_result result = {0};
    struct tc_form key = tc_form_si(f, 0);
    mpz_ptr *c;

    bit = tc_form_scale(f, argument(s, false), constant(s, TC_OP_SIN, z->scale));
    bit = float_bits_from(&l->low, "reduce", bit, NULL, unit - z->n, unit + 2, &a,
                          "quadrant and fraction of the argument");
    i = tc_index_new(f, "i", z->n, NULL);
    b = tc_index_new(f, "b", z->w + 2, NULL);
    low = tc_form_subst(f, bit, a, tc_axis_const(z->n));
    high = tc_form_subst(f, bit, a, tc_axis_const(z->n + 1));
    c = powers_over_factorials(s, true);
    bit = bits_at(s, bit, a, 0, i);
    odd = part_of(s, true, c, bit, i, b);
    even = part_of(s, false, c, bit, i, b);
    small = tc_form_si(f, 0);
    if (sine)
        key = small_key(s, &small);
    m = either(s, sine ? odd : even, sine ? even : odd, low, small,
               "the part that the quadrant asks for");
    rounded_magnitude(s, m, b, &result);
    result.high = tc_form_add(f, result.high, key);
    result.key = tc_form_add(f, result.key, key);
    if (result.has_half && small.nterm) { /* a small argument is, if it is not 0 */
        result.half = tc_form_add(f, result.half, small);
        result.half =
            ar_plus(l, result.half, -1,
                    ar_gate_si(l, "zero", tc_form_scale_si(f, s->field, -1), 0, "it is 0"));
    }
    result.sign = exclusive(s, "signs", high, sine ? s->sign : low);
    result.has_nan = s->special.any;
    if (s->special.any)
        result.nan = s->special.beyond;
    fl_output(l, "y", result);
    return true;
}

/* ----------------------------------------------------------------------- logarithm */

/* Fraction bits of the normalized argument, over i, and its exponent.  Of a subnormal one:
 * gates [E = 0 and f >= 2^t] tell how long it is, and its bits are shifted up. */
static struct tc_form normalized(const struct series *s, const struct tc_index *i,
                                 struct tc_form *exponent)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned n = l->p - 1, chain = n < 2 ? 2 : n; /* one gate is no chain */
    struct tc_form bit = ar_bit(s->x, tc_axis_of(f->arena, i)), normal, hot, x, big;
    const struct tc_plane *length;
    const struct tc_index *k, *t;
    struct tc_guard guard;
    mpz_ptr *at;

    *exponent = ar_plus_si(l, s->field, l->f->low + (int64_t)l->p - 2);
    if (l->f->underflow != TC_GRADUAL || !n)
        return bit;
    big = tc_form_scale(f, s->field, power_of_two(&l->low, n));
    at = tc_alloc(f->arena, chain, sizeof *at);
    for (unsigned k2 = 0; k2 < chain; k2++)
        at[k2] = power_of_two(&l->low, k2);
    length = fl_bank(l, "short", tc_form_sub(f, ar_fraction(s->x), big), chain, at,
                     "how long a subnormal argument is");
    normal = ar_gate_si(l, "normal", s->field, 1, "it is normal");
    hot = ar_one_hot(l, length, chain, &k);
    x = tc_form_sum(f, wire_of(&l->low, length), 1, &length->chain, 0, NULL);
    /* E + low + p - 2 - (p - 1) [E = 0] + length */
    *exponent = tc_form_add(f, *exponent, x);
    *exponent = tc_form_add(f, *exponent, tc_form_scale_si(f, normal, n));
    *exponent = ar_plus_si(l, *exponent, -(int64_t)n);
    /* length t + 1 is hot's t + 1; bit i is bit i - (n - t) of the word */
    t = tc_index_new(f, "t", n, NULL);
    hot = tc_form_subst(f, hot, k, tc_axis_plus(f->arena, tc_axis_const(1), 1, t));
    guard.expr =
        tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(-(int64_t)n), 1, i), 1, t);
    x = ar_bit(s->x, guard.expr);
    x = gates(s, "shifted", tc_form_add(f, x, hot), 2, 1, &guard, "bits of a subnormal argument");
    x = tc_form_sum(f, x, 1, &t, 1, &guard);
    bit =
        gates(s, "fraction", tc_form_add(f, bit, normal), 2, 0, NULL, "bits of a normal argument");
    return claim(&l->low, tc_form_add(f, x, bit), 0, 1);
}

/* keys of the infinities: of 0, of the infinite, and of what is negative NaN or 0 */
static void log_specials(const struct series *s, struct fl_result *r)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    mpz_ptr beyond = tc_mpz(f->arena), at = power_of_two(&l->low, l->p + l->q);
    struct tc_form key = ar_key(s->x), zero, minus, more;

    ar_beyond(l, beyond);
    zero = ar_gate_si(l, "zero", tc_form_scale_si(f, key, -1), 0, "the argument is 0");
    minus = tc_form_add(f, key, tc_form_scale(f, s->sign, at));
    mpz_add_ui(at, at, 1);
    minus = ar_gate(l, "negative", minus, at, "it is negative");
    more = zero;
    if (s->special.any) {
        more = tc_form_add(f, more, s->special.beyond);
        r->has_nan = true;
        r->nan = tc_form_add(f, s->special.nan, minus);
    } else {
        more = ar_plus(l, more, -1, minus);
        if (r->has_half) /* an infinity is, what has no logarithm is not */
            r->half = ar_plus(l, tc_form_add(f, r->half, zero), -1, minus);
    }
    more = tc_form_scale(f, more, beyond);
    r->high = tc_form_add(f, r->high, more);
    r->key = tc_form_add(f, r->key, more);
}

static bool logarithmic(const struct series *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const struct tc_series *z = &s->size;
    unsigned down = l->p * z->degree, width = z->w + (unsigned)z->span + 1;
    const struct tc_index *i = tc_index_new(f, "i", z->n, NULL), *a;
    const struct tc_index *b = tc_index_new(f, "b", width, NULL);
    mpz_ptr lo = tc_mpz(f->arena), hi = power_of_two(&l->low, down + z->w), one = tc_mpz(f->arena);
    struct tc_form exponent, sum, plus, minus, negative;
    struct fl_result result = {0};
    mpz_ptr scale = constant(s, TC_OP_LOG, z->w);

    sum = normalized(s, i, &exponent);
    sum = residue_polynomial(&l->low, "log", sum, i, z->degree, logarithm(s), lo, hi);
    mpz_mul_2exp(scale, scale, down);
    sum = tc_form_add(f, sum, tc_form_scale(f, exponent, scale));
    plus = float_bits_from(&l->low, "plus", sum, NULL, down, down + width, &a,
                           "bits of a positive logarithm");
    plus = bits_at(s, plus, a, 0, b);
    minus = float_bits_from(&l->low, "minus", tc_form_scale_si(f, sum, -1), NULL, down,
                            down + width, &a, "bits of a negative one");
    minus = bits_at(s, minus, a, 0, b);
    /* x < 1: key below that of 1 */
    mpz_set_si(one, 2 - l->f->low - (int64_t)l->p);
    mpz_mul_2exp(one, one, l->p - 1);
    mpz_ui_sub(one, 1, one);
    negative = ar_gate(l, "below", tc_form_scale_si(f, ar_key(s->x), -1), one, "it is below 1");
    plus = either(s, plus, minus, negative, tc_form_si(f, 0), "bits of the magnitude");
    rounded_magnitude(s, plus, b, &result);
    result.sign = negative;
    log_specials(s, &result);
    fl_output(l, "y", result);
    return true;
}

/* The series' number Z has about `bits`, its primes go up to bits ln 2, and their chains' steps
 * have weights of as many bits, cut off at each bit of the result: bytes of them, about. */
static double bytes_of_weights(const struct series *s)
{
    double bits = (double)s->size.n * s->size.degree + s->size.w, prime = bits * log(2);
    bool exponential = s->l->prim->op == TC_OP_EXP || s->l->prim->op == TC_OP_EXP2;
    double rows = exponential ? s->l->p : s->size.w;

    return prime * prime / log(prime) * bits / 16 * rows;
}

bool fl_lower_series(struct fl *l)
{
    struct series s = {.l = l, .x = {l, 0}};

    if (!tc_series_size(l->prim, &s.size, l->low.err))
        return false;
    if (bytes_of_weights(&s) > MOST_BYTES)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "%s of floats of %u bits of significand: a series of degree %u in %u bits, "
                       "whose remainders take about %.0f MB of weights, and this version builds "
                       "up to %.0f",
                       l->prim->name, l->p, s.size.degree, s.size.n, bytes_of_weights(&s) / 0x1p20,
                       MOST_BYTES / 0x1p20);
    s.field = ar_field(s.x);
    s.sign = ar_sign(s.x);
    s.special = ar_special(l, s.x, "x");
    switch (l->prim->op) {
    case TC_OP_EXP:
    case TC_OP_EXP2:
        return exponential(&s);
    case TC_OP_LOG:
        return logarithmic(&s);
    case TC_OP_SIN:
    case TC_OP_COS:
        return circular(&s);
    default:
        return tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0},
                       "%s has no series here: formats of up to 16 bits have it by tables",
                       l->prim->name);
    }
}
