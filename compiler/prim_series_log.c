/* prim_series_log.c -- the logarithm of floats by truncated series
 *
 * x = 2^e (1 + f / B): a polynomial for each piece of f gives ln (1 + f / B), and below 1, where
 * ln x = e ln 2 + that is negative, ln 2 less it, so that |ln x| is a sum of numbers that are
 * not.  SPEC.md, "Functions by series", is the definition, CONSTRUCTIONS.md has the error bounds.
 */
#include "pieces.h"
#include "series.h"

/* ----------------------------------------------------------------------- argument */

/* Fraction bits of the normalized argument, over i, and how much less its exponent is than
 * that of its field.  Of a subnormal one: gates [E = 0 and f >= 2^t] tell how long it is, and its
 * bits are shifted up. */
static struct tc_form normalized(const struct series *s, const struct tc_index *i,
                                 struct tc_form *less)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned n = l->p - 1, chain = n < 2 ? 2 : n; /* one gate is no chain */
    struct tc_form bit = ar_bit(s->x, tc_axis_of(f->arena, i)), normal, hot, x, big;
    const struct tc_plane *length;
    const struct tc_index *k, *t;
    struct tc_guard guard;
    mpz_ptr *at;

    *less = tc_form_si(f, 0);
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
    *less = ar_plus_si(l, ar_plus(l, tc_form_scale_si(f, x, -1), -(int64_t)n, normal), n);
    /* length t + 1 is hot's t + 1; bit i is bit i - (n - t) of the word */
    t = tc_index_new(f, "t", n, NULL);
    hot = tc_form_subst(f, hot, k, tc_axis_plus(f->arena, tc_axis_const(1), 1, t));
    guard.expr =
        tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(-(int64_t)n), 1, i), 1, t);
    x = ar_bit(s->x, guard.expr);
    x = series_gates(s, "shifted", tc_form_add(f, x, hot), 2, 1, &guard,
                     "bits of a subnormal argument");
    x = tc_form_sum(f, x, 1, &t, 1, &guard);
    bit = series_gates(s, "fraction", tc_form_add(f, bit, normal), 2, 0, NULL,
                       "bits of a normal argument");
    return claim(&l->low, tc_form_add(f, x, bit), 0, 1);
}

/* ----------------------------------------------------------------------- results */

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

/* ----------------------------------------------------------------------- pieces */

/* nearest integer to 2^w ln 2 */
static mpz_ptr ln2(const struct series *s)
{
    mpz_ptr z = tc_mpz(s->l->low.family->arena);
    mpfr_t x;

    mpfr_init2(x, s->size.w + 80);
    mpfr_const_log2(x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, s->size.w, MPFR_RNDN);
    mpfr_get_z(z, x, MPFR_RNDN);
    mpfr_clear(x);
    return z;
}

/* in the first piece the sum is 0 at its beginning, where u = -1 */
static void through_zero(const struct series *s, mpz_ptr *c)
{
    mpz_set_ui(c[0], 0);
    for (unsigned i = 1; i <= s->size.degree; i++)
        if (i % 2)
            mpz_add(c[0], c[0], c[i]);
        else
            mpz_sub(c[0], c[0], c[i]);
}

/* 2^pieces below 1, and as many from there on */
static struct piece *coefficients(const struct series *s, mpz_srcptr whole)
{
    struct tc_arena *arena = s->l->low.family->arena;
    unsigned degree = s->size.degree, n = 1U << s->size.pieces, h = s->size.n - s->size.pieces;
    struct piece *piece = tc_alloc(arena, 2 * n, sizeof *piece);
    mpfr_t center, r;

    mpfr_inits2(2 * s->size.w + 8 * degree + 256, center, r, (mpfr_ptr)0);
    mpfr_set_ui_2exp(r, 1, -(mpfr_exp_t)s->size.pieces - 1, MPFR_RNDN);
    for (unsigned j = 0; j < 2 * n; j++) {
        struct piece *q = &piece[j];

        q->h = h;
        q->center = power_of_two(&s->l->low, h);
        q->c = tc_alloc(arena, degree + 1, sizeof *q->c);
        mpfr_set_ui_2exp(center, 2 * (n + j % n) + 1, -(mpfr_exp_t)s->size.pieces - 1, MPFR_RNDN);
        taylor_coefficients(arena, TAYLOR_LOG, center, r, degree, (long)s->size.w, q->c);
        if (j % n == 0)
            through_zero(s, q->c);
        for (unsigned i = 0; j < n && i <= degree; i++)
            mpz_neg(q->c[i], q->c[i]);
        if (j < n)
            mpz_add(q->c[0], q->c[0], whole);
    }
    mpfr_clears(center, r, (mpfr_ptr)0);
    return piece;
}

/* the polynomial's value, of the fraction's bits over i */
static bool fraction_sum(const struct series *s, struct tc_form bit, const struct tc_index *i,
                         struct tc_form negative, mpz_srcptr whole, struct piece_sum *sum)
{
    struct tc_family *f = s->l->low.family;
    unsigned a = s->size.pieces, n = 1U << a, h = s->size.n - a;
    const struct tc_index *place = tc_index_new(f, "a", h, NULL);
    struct piecewise p = {.n = 2 * n, .degree = s->size.degree, .lo = tc_mpz(f->arena)};
    struct tc_form x = tc_form_scale_si(f, negative, -(int64_t)n);

    if (a) {
        const struct tc_index *b = tc_index_new(f, "b", a, NULL);

        x = tc_form_add(f, x, series_number(s, series_bits(s, bit, i, h, b), b, 0));
    }
    p.gate = series_pieces(s, ar_plus_si(s->l, x, n), 2 * n - 1, &p.t);
    p.piece = coefficients(s, whole);
    p.hi = power_of_two(&s->l->low, s->size.w);
    return pieces_value(&s->l->low, "log", &p, series_bits(s, bit, i, 0, place), place, sum);
}

/* e, or below 1, where it is negative, -1 - e; e = E - bias - less, less not 0 below 1 alone */
static struct tc_form whole_part(const struct series *s, struct tc_form negative,
                                 struct tc_form less)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t bias = 2 - l->f->low - (int64_t)l->p;
    const struct tc_index *b = tc_index_new(f, "b", l->q, NULL);
    struct tc_form x;

    x = ar_bit(s->x, tc_axis_plus(f->arena, tc_axis_const((int64_t)l->p - 1), 1, b));
    x = series_gates(s, "exponent", tc_form_add(f, x, negative), 2, 0, NULL,
                     "bits of an exponent below that of 1");
    x = tc_form_scale_si(f, series_number(s, x, b, 0), -2);
    x = tc_form_add(f, tc_form_add(f, s->field, x), less);
    return ar_plus_si(l, ar_plus(l, x, 2 * bias - 1, negative), -bias);
}

bool fl_series_log(const struct series *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const struct tc_series *z = &s->size;
    const struct tc_index *i = tc_index_new(f, "i", z->n, NULL), *a;
    mpz_ptr one = tc_mpz(f->arena), whole = ln2(s);
    struct tc_form bit, less, negative;
    struct fl_result result = {0};
    struct piece_sum sum;

    /* x < 1: key below that of 1 */
    mpz_set_si(one, 2 - l->f->low - (int64_t)l->p);
    mpz_mul_2exp(one, one, l->p - 1);
    mpz_ui_sub(one, 1, one);
    negative = ar_gate(l, "below", tc_form_scale_si(f, ar_key(s->x), -1), one, "it is below 1");
    bit = normalized(s, i, &less);
    if (!fraction_sum(s, bit, i, negative, whole, &sum))
        return false;
    mpz_mul_2exp(whole, whole, sum.down);
    less = tc_form_scale(f, whole_part(s, negative, less), whole);
    sum.rest = tc_form_add(f, sum.rest, less);
    bit = pieces_bits(&l->low, "log", &sum, tc_mpz(f->arena), sum.down,
                      sum.down + z->w + (unsigned)z->span + 1, &a, "bits of the logarithm");
    series_round(s, bit, a, &result);
    result.sign = negative;
    log_specials(s, &result);
    fl_output(l, "y", result);
    return true;
}
