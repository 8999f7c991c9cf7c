/* reference_float.c -- the definitions of SPEC.md for float formats, no circuits
 *
 * As in reference.c every sum and product is exact and every rounding is where a
 * definition has one; but numbers are m 2^e here.  R(x) is the finite number of
 * the format nearest to x, ties to even; above the largest it is the largest.
 * Rounding, words, exp and the rotation entries are made here again: nothing is
 * shared with format.c or with lowering.
 *
 * That the loops of growing precision end: see reference_real.c.
 */
#include "reference.h"

#include <assert.h>
#include <mpfr.h>
#include <stdlib.h>

#define MAX_KEYS 3 /* order 4 */

/* m 2^e: a number of the format; m below 2^p, and 0 is 0 2^0 */
struct element {
    int64_t m, e;
};

/* any m 2^e */
struct dyadic {
    mpz_t m;
    int64_t e;
};

struct layer {
    const struct tc_attention *a;
    unsigned nkey;        /* order - 1 */
    int64_t columns;      /* heads * head_width */
    mpz_t up, down;       /* the scale is up / down; squared where it is a root */
    struct tc_memo turns; /* (position, 2 pair + 0 or 1) -> cos or sin */
};

struct tc_reference_float {
    const struct tc_spec *spec;
    const struct tc_format *f;
    int64_t high; /* exponent of the largest number */
    struct element largest;
    struct layer *layer;  /* per block */
    struct tc_memo exps;  /* number -> exp */
    struct element *x, *y; /* input and output of a layer */
    struct element *q, *k[MAX_KEYS], *v[MAX_KEYS]; /* n * columns */
    int64_t nnum;
    struct dyadic *num; /* numerators, one a coordinate of a head */
    struct dyadic den, sum, re, im, s, t;
    mpz_t one, n, d, quotient, rest, square, below; /* of the rounding functions */
};

/* ------------------------------------------------------------ exact numbers */

static void set(struct dyadic *x, struct element v)
{
    mpz_set_si(x->m, v.m);
    x->e = v.e;
}

static void copy(struct dyadic *x, const struct dyadic *y)
{
    mpz_set(x->m, y->m);
    x->e = y->e;
}

static void multiply(struct dyadic *x, struct element v)
{
    mpz_mul_si(x->m, x->m, v.m);
    x->e = mpz_sgn(x->m) ? x->e + v.e : 0;
}

/* x += y; y is spent */
static void add(struct dyadic *x, struct dyadic *y)
{
    if (!mpz_sgn(y->m))
        return;
    if (!mpz_sgn(x->m))
        x->e = y->e;
    if (x->e > y->e) {
        mpz_mul_2exp(x->m, x->m, (mp_bitcnt_t)(x->e - y->e));
        x->e = y->e;
    } else {
        mpz_mul_2exp(y->m, y->m, (mp_bitcnt_t)(y->e - x->e));
    }
    mpz_add(x->m, x->m, y->m);
}

static void add_element(struct tc_reference_float *r, struct dyadic *x, struct element v)
{
    set(&r->t, v);
    add(x, &r->t);
}

/* ---------------------------------------------------------------- rounding */

static struct element negative(struct element v)
{
    return (struct element){-v.m, v.e};
}

static bool same(struct element a, struct element b)
{
    return a.m == b.m && a.e == b.e;
}

/* r->quotient, r->rest = division of r->n 2^shift by r->d with rest, as r->below */
static void divide_shifted(struct tc_reference_float *r, int64_t shift)
{
    mpz_mul_2exp(r->square, r->n, shift > 0 ? (mp_bitcnt_t)shift : 0);
    mpz_mul_2exp(r->below, r->d, shift < 0 ? (mp_bitcnt_t)-shift : 0);
    mpz_fdiv_qr(r->quotient, r->rest, r->square, r->below);
}

/* what is below the least normal number, in a format without subnormal ones, and
 * |x| = n / d 2^e: whether it is nearer to that number than to 0 */
static bool past_half(struct tc_reference_float *r, int64_t e)
{
    divide_shifted(r, e - (r->f->low + (int64_t)r->f->p - 2));
    return mpz_cmp_ui(r->quotient, 1) > 0 ||
           (mpz_cmp_ui(r->quotient, 1) == 0 && mpz_sgn(r->rest) != 0);
}

/* R of r->n / r->d 2^e, both positive */
static struct element nearest_positive(struct tc_reference_float *r, int64_t e)
{
    const struct tc_format *f = r->f;
    int64_t p = (int64_t)f->p, unit, m;
    int half;

    /* n / d 2^(e - unit) is between 2^(p-1) and 2^(p+1) */
    unit = (int64_t)mpz_sizeinbase(r->n, 2) - (int64_t)mpz_sizeinbase(r->d, 2) + e - p;
    if (unit > r->high)
        return r->largest;
    if (unit < f->low - p - 2) /* below a quarter of 2^low */
        return (struct element){0, 0};
    if (f->underflow == TC_GRADUAL && unit < f->low)
        unit = f->low;
    divide_shifted(r, e - unit);
    if (mpz_sizeinbase(r->quotient, 2) > f->p)
        divide_shifted(r, e - ++unit);
    mpz_mul_2exp(r->rest, r->rest, 1);
    half = mpz_cmp(r->rest, r->below);
    if (half > 0 || (half == 0 && mpz_odd_p(r->quotient)))
        mpz_add_ui(r->quotient, r->quotient, 1);
    if (mpz_sizeinbase(r->quotient, 2) > f->p) { /* 2^p */
        mpz_fdiv_q_2exp(r->quotient, r->quotient, 1);
        unit++;
    }
    m = mpz_get_si(r->quotient);
    if (unit > r->high || (unit == r->high && m > r->largest.m))
        return r->largest;
    if (unit < f->low) { /* not in a gradual format */
        if (f->underflow == TC_FLUSH || !past_half(r, e))
            return (struct element){0, 0};
        return (struct element){(int64_t)1 << (p - 1), f->low};
    }
    return (struct element){m, m ? unit : 0};
}

/* R(num / den 2^e); den > 0 */
static struct element nearest(struct tc_reference_float *r, mpz_srcptr num, mpz_srcptr den,
                              int64_t e)
{
    int sign = mpz_sgn(num);
    struct element v;

    assert(mpz_sgn(den) > 0);
    if (!sign)
        return (struct element){0, 0};
    mpz_abs(r->n, num);
    mpz_set(r->d, den);
    v = nearest_positive(r, e);
    return sign < 0 ? negative(v) : v;
}

static struct element nearest_dyadic(struct tc_reference_float *r, const struct dyadic *x)
{
    return nearest(r, x->m, r->one, x->e);
}

/* R of the root of num / den 2^e, num >= 0 and den > 0, times the sign: more bits of
 * it than a number has, and where there are others a 1 after them, which keeps it on
 * the same side of all numbers and ties */
static struct element nearest_root(struct tc_reference_float *r, int sign, mpz_srcptr num,
                                   mpz_srcptr den, int64_t e)
{
    int64_t shift = 2 * (int64_t)r->f->p + 10 + (int64_t)mpz_sizeinbase(den, 2) -
                    (int64_t)mpz_sizeinbase(num, 2);
    bool whole;

    shift = shift > 0 ? shift : 0;
    shift += (shift + e) & 1; /* e - shift is even */
    mpz_set(r->n, num);
    mpz_set(r->d, den);
    divide_shifted(r, shift);
    whole = mpz_sgn(r->rest) == 0;
    mpz_sqrtrem(r->n, r->rest, r->quotient);
    whole = whole && mpz_sgn(r->rest) == 0;
    mpz_mul_2exp(r->n, r->n, 1);
    if (!whole)
        mpz_add_ui(r->n, r->n, 1);
    if (!mpz_sgn(r->n))
        return (struct element){0, 0};
    mpz_set_ui(r->d, 1);
    {
        struct element v = nearest_positive(r, (e - shift) / 2 - 1);

        return sign < 0 ? negative(v) : v;
    }
}

/* R(a b) */
static struct element product(struct tc_reference_float *r, struct element a, struct element b)
{
    set(&r->t, a);
    multiply(&r->t, b);
    return nearest_dyadic(r, &r->t);
}

/* R(a + b) */
static struct element plus(struct tc_reference_float *r, struct element a, struct element b)
{
    set(&r->s, a);
    add_element(r, &r->s, b);
    return nearest_dyadic(r, &r->s);
}

/* ------------------------------------------------------------------- words */

static struct element read_word(const struct tc_reference_float *r, uint64_t word)
{
    const struct tc_format *f = r->f;
    uint64_t hidden = (uint64_t)1 << (f->p - 1);
    uint64_t fraction = word & (hidden - 1);
    uint64_t field = word >> (f->p - 1) & (((uint64_t)1 << f->q) - 1);
    bool minus = word >> (f->p + f->q - 1) & 1;
    struct element v = {(int64_t)fraction, f->low};

    if (field)
        v = (struct element){(int64_t)(hidden + fraction), f->low + (int64_t)field - 1};
    assert(field || !fraction || f->underflow == TC_GRADUAL);
    assert(v.e < r->high || (v.e == r->high && v.m <= r->largest.m));
    if (!v.m)
        v.e = 0;
    return minus ? negative(v) : v;
}

static uint64_t write_word(const struct tc_reference_float *r, struct element v)
{
    const struct tc_format *f = r->f;
    uint64_t hidden = (uint64_t)1 << (f->p - 1);
    uint64_t m = (uint64_t)(v.m < 0 ? -v.m : v.m), sign = v.m < 0;

    sign <<= f->p + f->q - 1;
    if (m < hidden) /* 0 or subnormal */
        return sign | m;
    return sign | (uint64_t)(v.e - f->low + 1) << (f->p - 1) | (m - hidden);
}

/* ------------------------------------------------- exp, cos and sin, remembered */

static struct element nearest_mpfr(struct tc_reference_float *r, mpfr_srcptr x)
{
    struct element v;
    mpz_t z;
    int64_t e;

    if (mpfr_zero_p(x))
        return (struct element){0, 0};
    mpz_init(z);
    e = mpfr_get_z_2exp(z, x);
    v = nearest(r, z, r->one, e);
    mpz_clear(z);
    return v;
}

/* 1 plus or minus less than any distance of a number or tie from 1 */
static struct element beside_one(struct tc_reference_float *r, int sign)
{
    mpz_set_ui(r->s.m, 1);
    mpz_mul_2exp(r->s.m, r->s.m, r->f->p + 4);
    if (sign > 0)
        mpz_add_ui(r->s.m, r->s.m, 1);
    else if (sign < 0)
        mpz_sub_ui(r->s.m, r->s.m, 1);
    r->s.e = -(int64_t)r->f->p - 4;
    return nearest_dyadic(r, &r->s);
}

static struct element make_exp(struct tc_reference_float *r, struct element s)
{
    int64_t top = s.e + (int64_t)sizeof s.m * 8; /* |s| < 2^top */
    mpfr_prec_t precision = 64 + (mpfr_prec_t)r->f->p;
    struct element low, high;
    mpfr_t x, lo, hi;

    if (s.m == 0 || top < -(int64_t)r->f->p - 8)
        return beside_one(r, s.m > 0 ? 1 : s.m < 0 ? -1 : 0);
    mpfr_init2(x, 64);
    mpfr_set_si_2exp(x, s.m, s.e, MPFR_RNDN); /* exact */
    /* e^s > 2^s for s > 0, and e^s < 2^s for s < 0: past every number, and below half
     * of the least one */
    if (s.m > 0 ? mpfr_cmp_si(x, r->high + (int64_t)r->f->p) >= 0
                : mpfr_cmp_si(x, r->f->low - 1) <= 0) {
        mpfr_clear(x);
        return s.m > 0 ? r->largest : (struct element){0, 0};
    }
    do {
        mpfr_inits2(precision, lo, hi, (mpfr_ptr)NULL);
        mpfr_exp(lo, x, MPFR_RNDD);
        mpfr_exp(hi, x, MPFR_RNDU);
        low = nearest_mpfr(r, lo);
        high = nearest_mpfr(r, hi);
        mpfr_clears(lo, hi, (mpfr_ptr)NULL);
        precision *= 2;
    } while (!same(low, high));
    mpfr_clear(x);
    return low;
}

static struct element exp_of(struct tc_reference_float *r, struct element s)
{
    const int64_t *known = tc_memo_get(&r->exps, s.m, s.e);
    struct element v;

    if (known)
        return (struct element){known[0], known[1]};
    v = make_exp(r, s);
    tc_memo_put(&r->exps, s.m, s.e, v.m, v.e);
    return v;
}

/* value[0], value[1] = R(cos), R(sin) of position * base^(-2 pair / width) */
static void make_turn(struct tc_reference_float *r, const struct tc_attention *a,
                      int64_t position, int64_t pair, struct element value[2])
{
    mpfr_prec_t precision = 128 + (mpfr_prec_t)r->f->p;

    value[0] = beside_one(r, 0);
    value[1] = (struct element){0, 0};
    if (position == 0)
        return;
    for (bool done = false; !done; precision *= 2) {
        mpfr_t lo, hi, radius, at[2];

        mpfr_inits2(precision, lo, hi, radius, at[0], at[1], (mpfr_ptr)NULL);
        tc_reference_angle(a->base, a->head_width.value, position < 0 ? -position : position,
                           pair, lo, hi);
        mpfr_sin_cos(at[1], at[0], lo, MPFR_RNDN);
        /* neither moves more than its argument, and both are off by less than 2^-precision */
        mpfr_sub(radius, hi, lo, MPFR_RNDU);
        mpfr_set_ui_2exp(lo, 1, -precision, MPFR_RNDU);
        mpfr_add(radius, radius, lo, MPFR_RNDU);
        done = true;
        for (int c = 0; done && c < 2; c++) {
            mpfr_sub(lo, at[c], radius, MPFR_RNDD);
            mpfr_add(hi, at[c], radius, MPFR_RNDU);
            value[c] = nearest_mpfr(r, lo);
            done = same(value[c], nearest_mpfr(r, hi));
        }
        mpfr_clears(lo, hi, radius, at[0], at[1], (mpfr_ptr)NULL);
    }
    if (position < 0) /* cos is even; sin is odd, and so is R */
        value[1] = negative(value[1]);
}

static void turn_entries(struct tc_reference_float *r, struct layer *l, int64_t position,
                         int64_t pair, struct element value[2])
{
    for (int c = 0; c < 2; c++) {
        const int64_t *known = tc_memo_get(&l->turns, position, 2 * pair + c);

        if (!known) {
            make_turn(r, l->a, position, pair, value);
            for (int k = 0; k < 2; k++)
                tc_memo_put(&l->turns, position, 2 * pair + k, value[k].m, value[k].e);
            return;
        }
        value[c] = (struct element){known[0], known[1]};
    }
}

/* ------------------------------------------------------------------- pairs */

/* (re, im) times the complex number (u, w), which a rotation is too; exact */
static void times_exact(struct tc_reference_float *r, struct element u, struct element w)
{
    copy(&r->s, &r->re);
    multiply(&r->s, w);
    copy(&r->t, &r->im);
    multiply(&r->t, negative(w));
    multiply(&r->re, u);
    add(&r->re, &r->t);
    multiply(&r->im, u);
    add(&r->im, &r->s);
}

/* the same, every product and every sum rounded */
static void times_rounded(struct tc_reference_float *r, struct element pair[2], struct element u,
                          struct element w)
{
    struct element re = plus(r, product(r, pair[0], u), negative(product(r, pair[1], w)));
    struct element im = plus(r, product(r, pair[0], w), product(r, pair[1], u));

    pair[0] = re;
    pair[1] = im;
}

/* ------------------------------------------------------------- projections */

/* z = row of x times column of the weights, exact; or with op every product rounded */
static void dot(struct tc_reference_float *r, const struct layer *l, struct dyadic *z,
                const struct element *row, const uint64_t *column)
{
    set(z, (struct element){0, 0});
    for (int64_t e = 0; e < l->a->width.value; e++) {
        struct element w = read_word(r, column[e * l->columns]);

        if (r->spec->rounding == TC_OP) {
            add_element(r, z, product(r, row[e], w));
        } else {
            set(&r->t, row[e]);
            multiply(&r->t, w);
            add(z, &r->t);
        }
    }
}

/* a pair of columns, turned by the position */
static void project_pair(struct tc_reference_float *r, struct layer *l, const struct element *row,
                         const uint64_t *w, int64_t position, int64_t pair, struct element to[2])
{
    struct element cs[2];

    turn_entries(r, l, position, pair, cs);
    dot(r, l, &r->re, row, w);
    dot(r, l, &r->im, row, w + 1);
    if (r->spec->rounding == TC_BLOCK)
        times_exact(r, cs[0], cs[1]);
    to[0] = nearest_dyadic(r, &r->re);
    to[1] = nearest_dyadic(r, &r->im);
    if (r->spec->rounding == TC_OP)
        times_rounded(r, to, cs[0], cs[1]);
}

/* out = X W, rounded; row i turned by position rate * i, unless rate is 0 */
static void project(struct tc_reference_float *r, struct layer *l, const uint64_t *w, int64_t rate,
                    struct element *out)
{
    for (int64_t i = 0; i < r->spec->length.value; i++) {
        const struct element *row = r->x + i * l->a->width.value;
        struct element *to = out + i * l->columns;

        for (int64_t c = 0; c < l->columns; c += rate ? 2 : 1) {
            if (rate) {
                project_pair(r, l, row, w + c, rate * i, c % l->a->head_width.value / 2, to + c);
            } else {
                dot(r, l, &r->sum, row, w + c);
                to[c] = nearest_dyadic(r, &r->sum);
            }
        }
    }
}

/* ------------------------------------------------------------------ scores */

/* a query and a tuple of keys, of one head */
struct tuple {
    int64_t i, j[MAX_KEYS];
    const struct element *q, *k[MAX_KEYS], *v[MAX_KEYS];
};

/* entries that k1 (query2) or the product of the keys (flat) is turned by */
static void offset_entries(struct tc_reference_float *r, struct layer *l, const struct tuple *t,
                           int64_t pair, struct element cs[2])
{
    int64_t flat = 0;

    if (l->a->rope == TC_ROPE_QUERY2)
        flat = t->j[0];
    else
        for (unsigned m = l->nkey; m-- > 0;)
            flat = flat * r->spec->length.value + t->j[m];
    turn_entries(r, l, flat - t->i, pair, cs);
}

static bool by_offset(enum tc_rope rope)
{
    return rope == TC_ROPE_FLAT || rope == TC_ROPE_QUERY2;
}

/* score in r->sum, exact; coordinates in pairs where they mix */
static void score_exact(struct tc_reference_float *r, struct layer *l, const struct tuple *t)
{
    enum tc_rope rope = l->a->rope;
    bool pairs = by_offset(rope) || rope == TC_ROPE_COMPLEX;

    set(&r->sum, (struct element){0, 0});
    for (int64_t c = 0; c < l->a->head_width.value; c += pairs ? 2 : 1) {
        struct element cs[2] = {{0, 0}, {0, 0}};

        if (by_offset(rope))
            offset_entries(r, l, t, c / 2, cs);
        set(&r->re, t->k[0][c]);
        set(&r->im, pairs ? t->k[0][c + 1] : (struct element){0, 0});
        if (rope == TC_ROPE_QUERY2)
            times_exact(r, cs[0], cs[1]);
        for (unsigned m = 1; m < l->nkey; m++) {
            if (rope == TC_ROPE_COMPLEX) {
                times_exact(r, t->k[m][c], t->k[m][c + 1]);
                continue;
            }
            multiply(&r->re, t->k[m][c]);
            if (pairs)
                multiply(&r->im, t->k[m][c + 1]);
        }
        if (rope == TC_ROPE_FLAT)
            times_exact(r, cs[0], cs[1]);
        multiply(&r->re, t->q[c]);
        add(&r->sum, &r->re);
        if (pairs) {
            multiply(&r->im, t->q[c + 1]);
            add(&r->sum, &r->im);
        }
    }
}

/* score in r->sum, every product rounded, then the sum */
static void score_rounded(struct tc_reference_float *r, struct layer *l, const struct tuple *t)
{
    enum tc_rope rope = l->a->rope;
    bool pairs = by_offset(rope) || rope == TC_ROPE_COMPLEX;

    set(&r->sum, (struct element){0, 0});
    for (int64_t c = 0; c < l->a->head_width.value; c += pairs ? 2 : 1) {
        struct element cs[2] = {{0, 0}, {0, 0}}, key[2] = {t->k[0][c], {0, 0}};

        if (pairs)
            key[1] = t->k[0][c + 1];
        if (by_offset(rope))
            offset_entries(r, l, t, c / 2, cs);
        if (rope == TC_ROPE_QUERY2)
            times_rounded(r, key, cs[0], cs[1]);
        for (unsigned m = 1; m < l->nkey; m++) {
            if (rope == TC_ROPE_COMPLEX) {
                times_rounded(r, key, t->k[m][c], t->k[m][c + 1]);
                continue;
            }
            key[0] = product(r, key[0], t->k[m][c]);
            if (pairs)
                key[1] = product(r, key[1], t->k[m][c + 1]);
        }
        if (rope == TC_ROPE_FLAT)
            times_rounded(r, key, cs[0], cs[1]);
        add_element(r, &r->sum, product(r, t->q[c], key[0]));
        if (pairs)
            add_element(r, &r->sum, product(r, t->q[c + 1], key[1]));
    }
    set(&r->sum, nearest_dyadic(r, &r->sum));
}

/* R of the sum times the scale */
static struct element scaled(struct tc_reference_float *r, const struct layer *l)
{
    int sign = mpz_sgn(r->sum.m) * mpq_sgn(l->a->scale.multiply);

    if (!l->a->scale.root) {
        mpz_mul(r->s.m, r->sum.m, l->up);
        return nearest(r, r->s.m, l->down, r->sum.e);
    }
    mpz_mul(r->s.m, r->sum.m, r->sum.m);
    mpz_mul(r->s.m, r->s.m, l->up);
    return sign ? nearest_root(r, sign, r->s.m, l->down, 2 * r->sum.e) : (struct element){0, 0};
}

/* --------------------------------------------------------------- attention */

/* adds a tuple to numerators and denominator */
static void gather(struct tc_reference_float *r, struct layer *l, const struct tuple *t)
{
    struct element a;

    if (r->spec->rounding == TC_BLOCK)
        score_exact(r, l, t);
    else
        score_rounded(r, l, t);
    a = exp_of(r, scaled(r, l));
    add_element(r, &r->den, a);
    for (int64_t c = 0; c < l->a->head_width.value; c++) {
        struct element v = t->v[0][c];

        if (r->spec->rounding == TC_BLOCK) {
            set(&r->t, a);
            for (unsigned m = 0; m < l->nkey; m++)
                multiply(&r->t, t->v[m][c]);
            add(&r->num[c], &r->t);
        } else {
            for (unsigned m = 1; m < l->nkey; m++)
                v = product(r, v, t->v[m][c]);
            add_element(r, &r->num[c], product(r, a, v));
        }
    }
}

/* the results of one query of a head, from numerators and denominator */
static void divide(struct tc_reference_float *r, const struct layer *l, struct element *out)
{
    struct element sum, inverse;

    if (r->spec->rounding == TC_BLOCK) {
        for (int64_t c = 0; c < l->a->head_width.value; c++)
            out[c] = mpz_sgn(r->den.m) ? nearest(r, r->num[c].m, r->den.m, r->num[c].e - r->den.e)
                                       : (struct element){0, 0};
        return;
    }
    sum = nearest_dyadic(r, &r->den);
    set(&r->s, sum);
    inverse = sum.m ? nearest(r, r->one, r->s.m, -sum.e) : r->largest;
    for (int64_t c = 0; c < l->a->head_width.value; c++)
        out[c] = product(r, inverse, nearest_dyadic(r, &r->num[c]));
}

/* the next tuple of key positions, each below limit; false after the last */
static bool advance(struct tuple *t, unsigned nkey, int64_t limit)
{
    for (unsigned m = 0; m < nkey; m++) {
        if (++t->j[m] < limit)
            return true;
        t->j[m] = 0;
    }
    return false;
}

static void attend(struct tc_reference_float *r, struct layer *l, int64_t i, int64_t head)
{
    int64_t limit = l->a->mask == TC_MASK_CAUSAL ? i + 1 : r->spec->length.value;
    int64_t first = head * l->a->head_width.value; /* column of the head */
    struct tuple t = {.i = i, .q = r->q + i * l->columns + first};

    set(&r->den, (struct element){0, 0});
    for (int64_t c = 0; c < l->a->head_width.value; c++)
        set(&r->num[c], (struct element){0, 0});
    do {
        for (unsigned m = 0; m < l->nkey; m++) {
            t.k[m] = r->k[m] + t.j[m] * l->columns + first;
            t.v[m] = r->v[m] + t.j[m] * l->columns + first;
        }
        gather(r, l, &t);
    } while (advance(&t, l->nkey, limit));
    divide(r, l, r->y + i * l->columns + first);
}

/* y from x; weights: W_Q, the W_K, the W_V */
static void run_layer(struct tc_reference_float *r, struct layer *l,
                      const uint64_t *const *weights)
{
    bool turned = l->a->rope == TC_ROPE_EACH || l->a->rope == TC_ROPE_COMPLEX;
    int64_t rate = !turned ? 0 : l->a->rope == TC_ROPE_COMPLEX ? l->nkey : 1;

    project(r, l, weights[0], rate, r->q);
    for (unsigned m = 0; m < l->nkey; m++) {
        project(r, l, weights[1 + m], turned, r->k[m]);
        project(r, l, weights[1 + l->nkey + m], 0, r->v[m]);
    }
    for (int64_t head = 0; head < l->a->heads.value; head++)
        for (int64_t i = 0; i < r->spec->length.value; i++)
            attend(r, l, i, head);
}

void tc_reference_float_run(struct tc_reference_float *r, const uint64_t *const *tensor,
                            uint64_t *out)
{
    int64_t count = r->spec->length.value * r->spec->width.value;
    const uint64_t *const *weights = tensor + 1;

    for (int64_t e = 0; e < count; e++)
        r->x[e] = read_word(r, tensor[0][e]);
    for (unsigned b = 0; b < r->spec->nblock; b++) {
        struct layer *l = &r->layer[b];
        struct element *swap = r->x;

        run_layer(r, l, weights);
        weights += 1 + 2 * l->nkey;
        r->x = r->y;
        r->y = swap;
        count = r->spec->length.value * l->columns;
    }
    for (int64_t e = 0; e < count; e++)
        out[e] = write_word(r, r->x[e]);
}

/* ----------------------------------------------------------------- context */

static void open_layer(struct layer *l, const struct tc_attention *a)
{
    l->a = a;
    l->nkey = a->order - 1;
    l->columns = a->heads.value * a->head_width.value;
    assert(l->nkey <= MAX_KEYS);
    mpz_init_set(l->up, mpq_numref(a->scale.multiply));
    mpz_init_set(l->down, mpq_denref(a->scale.multiply));
    if (a->scale.root) {
        mpz_mul(l->up, l->up, l->up);
        mpz_mul(l->down, l->down, l->down);
    }
    mpz_mul(l->up, l->up, mpq_denref(a->scale.divide));
    mpz_mul(l->down, l->down, mpq_numref(a->scale.divide));
}

struct tc_reference_float *tc_reference_float_new(const struct tc_spec *spec, int64_t width)
{
    struct tc_reference_float *r = tc_xcalloc(1, sizeof *r);
    size_t cells = (size_t)(spec->length.value * width);

    assert(spec->format.kind == TC_FLOAT && spec->format.p + spec->format.q <= 64);
    assert(spec->rounding == TC_OP || spec->rounding == TC_BLOCK);
    r->spec = spec;
    r->f = &spec->format;
    r->high = r->f->low + r->f->top - 1;
    r->largest.m = ((int64_t)1 << r->f->p) - 1 - (int64_t)r->f->spare;
    r->largest.e = r->high;
    r->layer = tc_xcalloc(spec->nblock, sizeof *r->layer);
    for (unsigned b = 0; b < spec->nblock; b++)
        open_layer(&r->layer[b], &spec->block[b].attention);
    r->x = tc_xcalloc(cells, sizeof *r->x);
    r->y = tc_xcalloc(cells, sizeof *r->y);
    r->q = tc_xcalloc(cells, sizeof *r->q);
    for (unsigned m = 0; m < MAX_KEYS; m++) {
        r->k[m] = tc_xcalloc(cells, sizeof *r->k[m]);
        r->v[m] = tc_xcalloc(cells, sizeof *r->v[m]);
    }
    r->nnum = width;
    r->num = tc_xcalloc((size_t)width, sizeof *r->num);
    for (int64_t c = 0; c < width; c++)
        mpz_init(r->num[c].m);
    mpz_inits(r->den.m, r->sum.m, r->re.m, r->im.m, r->s.m, r->t.m, (mpz_ptr)NULL);
    mpz_inits(r->n, r->d, r->quotient, r->rest, r->square, r->below, (mpz_ptr)NULL);
    mpz_init_set_ui(r->one, 1);
    return r;
}

void tc_reference_float_free(struct tc_reference_float *r)
{
    if (!r)
        return;
    for (unsigned b = 0; b < r->spec->nblock; b++) {
        mpz_clear(r->layer[b].up);
        mpz_clear(r->layer[b].down);
        free(r->layer[b].turns.entry);
    }
    free(r->layer);
    free(r->exps.entry);
    free(r->x);
    free(r->y);
    free(r->q);
    for (unsigned m = 0; m < MAX_KEYS; m++) {
        free(r->k[m]);
        free(r->v[m]);
    }
    for (int64_t c = 0; c < r->nnum; c++)
        mpz_clear(r->num[c].m);
    free(r->num);
    mpz_clears(r->den.m, r->sum.m, r->re.m, r->im.m, r->s.m, r->t.m, (mpz_ptr)NULL);
    mpz_clears(r->one, r->n, r->d, r->quotient, r->rest, r->square, r->below, (mpz_ptr)NULL);
    free(r);
    mpfr_free_cache();
}
