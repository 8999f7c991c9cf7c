/* prim_series.c -- exp and exp2 of floats by truncated series, and what series share
 *
 * Of formats beyond tables, and with --regime arithmetic: a size polynomial in p at constant
 * depth.  The argument becomes a fixed-point number F of n bits, which a polynomial with
 * integer coefficients maps to an exact integer Z by remainders (residue.h); its leading bits
 * are the result.  SPEC.md, "Functions by series", is the definition, digit by digit;
 * CONSTRUCTIONS.md has the error bounds.
 */
#include "residue.h"
#include "series.h"

#include <assert.h>
#include <math.h>
#include <mpfr.h>
#include <string.h>

#define MOST_BYTES     0x1p32 /* of weights */
#define MOST_KEY_BYTES 0x1.8p26 /* of those of a key, in a layer less */

static struct tc_arena *arena_of(const struct series *s)
{
    return s->l->low.family->arena;
}

/* ---------------------------------------------------------------- the coefficients */

/* nearest integer to 2^shift log2 e */
static mpz_ptr log2_e(const struct series *s, unsigned shift)
{
    mpz_ptr z = tc_mpz(arena_of(s));
    mpfr_t x;

    mpfr_init2(x, shift + 80);
    mpfr_const_log2(x, MPFR_RNDN);
    mpfr_ui_div(x, 1, x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, shift, MPFR_RNDN);
    mpfr_get_z(z, x, MPFR_RNDN);
    mpfr_clear(x);
    return z;
}

/* c_i = nearest integer to 2^w (ln 2)^i / i!, times 2^(n (K - i)) */
static mpz_ptr *powers_over_factorials(const struct series *s)
{
    unsigned w = s->size.w, n = s->size.n, degree = s->size.degree;
    mpz_ptr *c = tc_alloc(arena_of(s), degree + 1, sizeof *c);
    mpfr_t x, b;

    mpfr_inits2(w + 128, x, b, (mpfr_ptr)0);
    mpfr_const_log2(b, MPFR_RNDN);
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
static struct tc_form bit_chain(const struct series *s, unsigned j, unsigned side,
                                const mpz_ptr *place, mpz_srcptr most)
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
        if (place)
            mpz_set(weight[t], place[unit + e]);
        else
            mpz_setbit(weight[t], (mp_bitcnt_t)(unit + e));
        mpz_sub(weight[t], weight[t], before);
        mpz_add(before, before, weight[t]);
    }
    x = fl_weigh_mpz(l, fl_bank(l, name, x, n, at, "a bit of the argument, by exponents"), n,
                     weight);
    return tc_form_range(f, x, tc_mpz(f->arena), place ? most : before);
}

struct tc_form series_argument(const struct series *s, bool with_sign, const mpz_ptr *place,
                               mpz_srcptr most)
{
    struct tc_family *f = s->l->low.family;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned j = 0; j < s->l->p; j++) {
        if (with_sign) {
            sum = tc_form_add(f, sum, bit_chain(s, j, 1, place, most));
            sum = tc_form_sub(f, sum, bit_chain(s, j, 2, place, most));
        } else {
            sum = tc_form_add(f, sum, bit_chain(s, j, 0, place, most));
        }
    }
    return sum;
}

struct tc_form ar_argument(struct fl *l, struct ar_operand x, int64_t span, unsigned below)
{
    struct series s = {.l = l, .x = x, .size = {.span = span, .below = below}};

    s.field = ar_field(x);
    return series_argument(&s, false, NULL, NULL);
}

struct tc_form series_bits(const struct series *s, struct tc_form bit, const struct tc_index *a,
                           unsigned first, const struct tc_index *i)
{
    struct tc_family *f = s->l->low.family;

    return tc_form_subst(f, bit, a, tc_axis_plus(f->arena, tc_axis_const(first), 1, i));
}

struct tc_form series_number(const struct series *s, struct tc_form bit, const struct tc_index *i,
                             unsigned shift)
{
    struct tc_family *f = s->l->low.family;
    mpz_ptr *weight = tc_alloc(f->arena, (size_t)i->extent, sizeof *weight);

    for (unsigned k = 0; k < i->extent; k++)
        weight[k] = power_of_two(&s->l->low, k + shift);
    return tc_form_sum(f, times_table(&s->l->low, "place", bit, 1, &i, weight), 1, &i, 0, NULL);
}

struct tc_form series_gates(const struct series *s, const char *name, struct tc_form x, int64_t at,
                            unsigned nguard, const struct tc_guard *guard, const char *note)
{
    struct lowering *L = &s->l->low;

    return wire_of(L, &tc_bank_new(L->family, name_of(L, name), x, NULL, tc_form_si(L->family, at),
                                   true, nguard, guard, L->component, note)
                           ->plane);
}

struct tc_form series_pieces(const struct series *s, struct tc_form x, unsigned n,
                             const struct tc_index **t)
{
    struct lowering *L = &s->l->low;
    struct tc_family *f = L->family;
    int64_t *theta = tc_alloc(f->arena, n, sizeof *theta);
    struct tc_axis at;

    for (unsigned k = 0; k < n; k++)
        theta[k] = (int64_t)k + 1;
    *t = tc_index_new(f, "t", n, NULL);
    at = tc_axis_of(f->arena, *t);
    return wire_of(L, &tc_bank_new(f, name_of(L, "piece"), x, NULL,
                                   tc_form_table(f, table_of(L, "theta", n, theta), &at), true, 0,
                                   NULL, L->component, "which piece the argument is in")
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
    x = series_gates(s, "normal.r", tc_form_add(f, r, above), 2, 0, NULL,
                     "bits of a normal result");
    sum = series_number(s, x, i, 0);
    x = series_gates(s, "normal.k", tc_form_add(f, high, above), 2, 0, NULL, "its exponent's");
    sum = tc_form_add(f, sum, series_number(s, x, b, l->p - 1));
    sum = tc_form_add(
        f, sum,
        tc_form_scale(f, tc_form_scale_si(f, above, offset), power_of_two(&l->low, l->p - 1)));
    /* k = normal - delta, delta = 1 .. p: hot is p + 1 - delta; bit i goes to i - delta */
    d = tc_index_new(f, "d", l->p, NULL);
    x = tc_form_subst(f, hot, hot_k, tc_axis_plus(f->arena, tc_axis_const(l->p), -1, d));
    guard.expr = tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(-1), 1, i), -1, d);
    x = series_gates(s, "subnormal", tc_form_add(f, r, x), 2, 1, &guard,
                     "bits of a subnormal result");
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

/* The series' number Z has about so many bits, its primes go up to bits ln 2, and their chains have
 * so many steps, about. */
static double series_width(const struct series *s)
{
    return (double)s->size.n * s->size.degree + s->size.w;
}

static double series_steps(const struct series *s)
{
    double prime = series_width(s) * log(2);

    return prime * prime / log(prime) / 2;
}

/* Bytes of the steps' weights, which are numbers of as many bits, cut off at each bit of the
 * result; and of the same steps in each bit of a key that sums the significand's bits. */
static double bytes_of_weights(const struct series *s)
{
    return series_steps(s) * series_width(s) / 8 * s->l->p;
}

static double bytes_of_key(const struct series *s)
{
    return series_steps(s) * (s->l->p + 1) * (s->l->p + s->l->q) * sizeof(mpz_t);
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

    if (bytes_of_weights(s) > MOST_BYTES)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "%s of floats of %u bits of significand: a series of degree %u in %u bits, "
                       "whose remainders take about %.0f MB of weights, and this version builds "
                       "up to %.0f",
                       l->prim->name, l->p, z->degree, z->n, bytes_of_weights(s) / 0x1p20,
                       MOST_BYTES / 0x1p20);
    t = series_argument(s, true, NULL, NULL);
    if (shift)
        t = tc_form_scale(f, t, log2_e(s, shift));
    mpz_set_si(low, -bias);
    mpz_mul_2exp(low, low, unit);
    bit = float_bits_from(&l->low, "reduce", t, low, unit - z->n, unit + whole, &a,
                          "exponent and fraction of the power of two");
    i = tc_index_new(f, "i", z->n, NULL);
    b = tc_index_new(f, "b", whole, NULL);
    high = series_bits(s, bit, a, z->n, b);
    c = powers_over_factorials(s);
    for (unsigned k = 0; k <= z->degree; k++)
        mpz_addmul(hi, c[k], power_of_two(&l->low, z->n * k));
    r = residue_polynomial(&l->low, "power", series_bits(s, bit, a, 0, i), i, z->degree, c, c[0],
                           hi);
    half = power_of_two(&l->low, down - 1);
    mpz_neg(half, half);
    bit = float_bits_from(&l->low, "significand", r, half, down, down + l->p + 1, &a,
                          "bits of the rounded significand");
    i = tc_index_new(f, "i", l->p + 1, NULL);
    r = series_bits(s, bit, a, 0, i);
    /* the key of 2^k R 2^(1-p): (k + 1 - p - low) B + R */
    offset = 1 - (int64_t)l->p - l->f->low - bias;
    if (l->f->underflow == TC_GRADUAL) {
        result.key = gradual_key(s, t, unit, r, i, high, b, offset);
    } else {
        if (bytes_of_key(s) > MOST_KEY_BYTES) {
            r = series_gates(s, "significand.bit", r, 1, 0, NULL,
                             "bits of the result's significand");
            high = series_gates(s, "exponent.bit", high, 1, 0, NULL, "bits of its exponent");
        }
        result.key = tc_form_add(f, series_number(s, r, i, 0), series_number(s, high, b, l->p - 1));
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

/* ---------------------------------------------------------- a magnitude, rounded */

void series_round(const struct series *s, struct tc_form bit, const struct tc_index *b,
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
    q = series_number(s, bit, b, 0);
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

bool fl_lower_series(struct fl *l)
{
    struct series s = {.l = l, .x = {l, 0}};

    if (!tc_series_size(l->prim, &s.size, l->low.err))
        return false;
    s.field = ar_field(s.x);
    s.sign = ar_sign(s.x);
    s.special = ar_special(l, s.x, "x");
    switch (l->prim->op) {
    case TC_OP_EXP:
    case TC_OP_EXP2:
        return exponential(&s);
    case TC_OP_LOG:
        return fl_series_log(&s);
    case TC_OP_SIN:
    case TC_OP_COS:
        return fl_series_circle(&s);
    default:
        return tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0},
                       "%s has no series here: formats of up to 16 bits have it by tables",
                       l->prim->name);
    }
}
