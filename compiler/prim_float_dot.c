/* prim_float_dot.c -- sums of products of floats, rounded once
 *
 * A product is exact in units of 2^(2 low): (-1)^(s_x + s_y) P 2^s, P the significands'
 * product and s the exponents' sum.  With 0/1 forms g of which P is a weighted sum, each is
 * shifted by chains in s, as a word's bits are by its exponent (float_decode.c): g the ANDs
 * of two bits, or, a layer later and p / 2 times fewer, the bits of P.  Constant factors
 * are weights.  CONSTRUCTIONS.md, "Sums of products of floats". */
#include "float.h"

#include <string.h>

struct dot {
    struct fl_word x, y; /* over pair i */
    struct tc_index *i;
    int64_t shifts;                /* s = 0 .. shifts */
    struct tc_form exponent, sign; /* s; 0/1: of the product */
    struct tc_form hidden;         /* h_x h_y */
};

static struct tc_form over_pairs(struct fl *l, struct dot *d, struct tc_form x)
{
    const struct tc_index *ix = d->i;

    return tc_form_sum(l->low.family, x, 1, &ix, 0, NULL);
}

/* ---------------------------------------------------------------------- products */

static struct dot dot_open(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct tc_index *i = tc_index_new(f, "i", l->prim->terms, NULL);
    struct tc_axis at = tc_axis_of(f->arena, i);
    struct dot d = {.i = i, .shifts = 2 * (l->f->top - 1)};
    struct tc_form fx, fy, hx, hy, both, fields;

    d.x = fl_operand(l, at);
    at.at.constant += l->prim->terms;
    d.y = fl_operand(l, at);
    fx = fl_field(l, d.x);
    fy = fl_field(l, d.y);
    hx = fl_gate(l, "hidden.x", fx, 1, "x has its hidden bit");
    hy = fl_gate(l, "hidden.y", fy, 1, "y has its hidden bit");
    fields = tc_form_add(f, fx, fy);
    both = fl_gate(l, "hidden.either", fields, 1, "x or y has it");
    d.hidden = claim(&l->low, tc_form_sub(f, tc_form_add(f, hx, hy), both), 0, 1);
    /* fields count from 1 where there is a hidden bit: max(E_x, 1) + max(E_y, 1) - 2 */
    d.exponent = tc_form_sub(f, fields, tc_form_add(f, hx, hy));
    d.exponent = claim(&l->low, d.exponent, 0, 2 * (((int64_t)1 << l->q) - 2));
    d.sign = tc_form_add(f, fl_sign(l, d.x), fl_sign(l, d.y));
    both = fl_gate(l, "both.minus", d.sign, 2, "both factors have sign 1");
    d.sign = claim(&l->low, tc_form_sub(f, d.sign, tc_form_scale_si(f, both, 2)), 0, 1);
    return d;
}

/* x and y are 1: fraction bits a of x and b of y; or one of them, the other normal */
static struct tc_form and_of(struct fl *l, const char *name, struct tc_form x, struct tc_form y,
                             int64_t times, int64_t at)
{
    struct tc_family *f = l->low.family;

    return fl_gate(l, name, tc_form_add(f, tc_form_scale_si(f, x, times), y), at,
                   "ANDs of two bits of the factors");
}

/* g 2^s with the sign, g a 0/1 form: 2 shifts + 1 gates */
static struct tc_form shifted(struct fl *l, const struct dot *d, const char *name, struct tc_form g)
{
    struct tc_family *f = l->low.family;
    unsigned n = (unsigned)d->shifts;
    int64_t m = (int64_t)4 << l->q;
    struct tc_form sign = tc_form_scale_si(f, d->sign, m), x;
    mpz_ptr *at = tc_alloc(f->arena, n + 1, sizeof *at), *w = tc_alloc(f->arena, n + 1, sizeof *w);
    struct tc_form v = g;

    x = tc_form_add(f, tc_form_scale_si(f, g, m), d->exponent);
    for (unsigned t = 0; t < n; t++) {
        at[t] = tc_mpz_si(f->arena, m + 1 + (int64_t)t);
        w[t] = tc_mpz(f->arena);
        mpz_setbit(w[t], t);
    }
    if (n)
        v = tc_form_add(
            f, v,
            fl_weigh_mpz(l,
                         fl_bank(l, tc_sprintf(f->arena, "%s.plus", name), tc_form_sub(f, x, sign),
                                 n, at, "a bit of a positive product, by exponents"),
                         n, w));
    at[0] = tc_mpz_si(f->arena, 2 * m); /* twice the bit: its sign turns */
    w[0] = tc_mpz_si(f->arena, -2);
    for (unsigned t = 1; t <= n; t++) {
        at[t] = tc_mpz_si(f->arena, 2 * m + (int64_t)t);
        w[t] = tc_mpz(f->arena);
        mpz_setbit(w[t], t - 1);
        mpz_neg(w[t], w[t]);
    }
    return tc_form_add(
        f, v,
        fl_weigh_mpz(l,
                     fl_bank(l, tc_sprintf(f->arena, "%s.minus", name), tc_form_add(f, x, sign),
                             n + 1, at, "the same of a negative product"),
                     n + 1, w));
}

/* the parts of P = sum of part: [a, b], [a] of x, [b] of y, and the hidden ones */
struct parts {
    struct tc_form fraction, x, y;
    struct tc_index *a, *b, *ax, *by;
};

static struct parts parts_of(struct fl *l, const struct dot *d)
{
    struct tc_family *f = l->low.family;
    unsigned n = l->p - 1;
    int64_t m = (int64_t)1 << l->q;
    struct parts p = {.a = tc_index_new(f, "a", n, NULL), .b = tc_index_new(f, "b", n, NULL)};

    p.fraction = and_of(l, "and", fl_fraction_bit(l, d->x, tc_axis_of(f->arena, p.a)),
                        fl_fraction_bit(l, d->y, tc_axis_of(f->arena, p.b)), 1, 2);
    p.ax = tc_index_new(f, "a", n, NULL);
    p.by = tc_index_new(f, "b", n, NULL);
    p.x = and_of(l, "and.x", fl_fraction_bit(l, d->x, tc_axis_of(f->arena, p.ax)),
                 fl_field(l, d->y), m, m + 1);
    p.y = and_of(l, "and.y", fl_fraction_bit(l, d->y, tc_axis_of(f->arena, p.by)),
                 fl_field(l, d->x), m, m + 1);
    return p;
}

static struct tc_form placed(struct fl *l, struct tc_form x, struct tc_index *a)
{
    struct tc_axis at = tc_axis_of(l->low.family->arena, a);
    const struct tc_index *ix = a;

    x = tc_form_times(l->low.family, x, powers(&l->low, (unsigned)a->extent, false), &at);
    return tc_form_sum(l->low.family, x, 1, &ix, 0, NULL);
}

/* sum of the parts, each after f_ if shift, times their places */
static struct tc_form significands(struct fl *l, const struct dot *d, bool shift)
{
    struct tc_family *f = l->low.family;
    struct parts p = parts_of(l, d);
    struct tc_form hidden = d->hidden, x;

    if (shift) {
        p.fraction = shifted(l, d, "fraction", p.fraction);
        p.x = shifted(l, d, "fraction.x", p.x);
        p.y = shifted(l, d, "fraction.y", p.y);
        hidden = shifted(l, d, "hidden", hidden);
    }
    x = tc_form_add(f, placed(l, p.x, p.ax), placed(l, p.y, p.by));
    x = tc_form_add(f, x, tc_form_scale_si(f, hidden, l->hidden));
    return tc_form_add(f, placed(l, placed(l, p.fraction, p.a), p.b),
                       tc_form_scale_si(f, x, l->hidden));
}

/* by ANDs of two bits; or by the bits of P */
static struct tc_form products(struct fl *l, const struct fl_sum *s, unsigned way)
{
    struct tc_family *f = l->low.family;
    struct dot *d = s->ctx;
    struct tc_form x;
    mpz_ptr lo = tc_mpz(f->arena);

    if (way == 0) {
        x = significands(l, d, true);
    } else {
        int64_t b = l->hidden;
        const struct tc_index *a;
        struct tc_index *own = tc_index_new(f, "a", 2 * l->p, NULL);

        x = claim(&l->low, significands(l, d, false), 0, (2 * b - 1) * (2 * b - 1));
        x = float_bits(&l->low, "product.bits", x, 0, 2 * l->p, &a,
                       "carries into the bits of a product");
        x = tc_form_subst(f, x, a, tc_axis_of(f->arena, own));
        x = placed(l, shifted(l, d, "shifted", x), own);
    }
    x = over_pairs(l, d, x);
    mpz_neg(lo, s->most);
    return tc_form_range(f, x, lo, s->most);
}

/* t infinite or NaN factors and n reasons for NaN, none without the others: gates
 * [t >= 1 and sign 0, or n >= 1], and of sign 1 */
static void specials(struct fl *l, struct dot *d, struct fl_sum *s)
{
    struct tc_family *f = l->low.family;
    struct tc_form nan = tc_form_add(f, fl_is_nan(l, "nan.x", d->x), fl_is_nan(l, "nan.y", d->y));
    struct tc_form kx = fl_key(l, d->x), ky = fl_key(l, d->y), t, sign;
    int64_t m = (int64_t)1 << (l->p + l->q), at = l->last + 1;

    if (!l->f->infinity) {
        s->plus = s->minus = over_pairs(l, d, nan);
        return;
    }
    t = tc_form_add(f, fl_gate(l, "infinite.x", kx, at, "infinity or NaN"),
                    fl_gate(l, "infinite.y", ky, at, "infinity or NaN"));
    nan = tc_form_add(f, nan,
                      fl_gate(l, "infinite.x.zero", tc_form_sub(f, kx, tc_form_scale_si(f, ky, m)),
                              at, "infinity or NaN, times zero"));
    nan = tc_form_add(f, nan,
                      fl_gate(l, "infinite.y.zero", tc_form_sub(f, ky, tc_form_scale_si(f, kx, m)),
                              at, "infinity or NaN, times zero"));
    t = tc_form_add(f, t, tc_form_scale_si(f, nan, 3));
    sign = tc_form_scale_si(f, d->sign, 3);
    s->plus = fl_gate(l, "infinite.plus", tc_form_sub(f, t, sign), 1, "+infinity, or NaN");
    s->minus = fl_gate(l, "infinite.minus", tc_form_add(f, t, sign), 4, "-infinity, or NaN");
    s->plus = over_pairs(l, d, s->plus);
    s->minus = over_pairs(l, d, s->minus);
}

static void dot_costs(const struct fl *l, const struct dot *d, struct fl_sum *s)
{
    double p = l->p, n = l->prim->terms, chains = 2.0 * (double)d->shifts + 1;

    s->nway = 2;
    s->way[0] = (struct cost){2, n * (p * p * chains + p * p - 1)};
    s->way[1] = (struct cost){3, n * (2 * p * chains + 3 * p * p)};
}

/* ---------------------------------------------------------------------- constants */

struct weights {
    struct tc_index *i;
    mpz_ptr *value; /* of each constant */
};

static struct tc_form weighted(struct fl *l, const struct fl_sum *s, unsigned way)
{
    struct tc_family *f = l->low.family;
    struct weights *w = s->ctx;
    struct tc_axis at = tc_axis_of(f->arena, w->i);
    const struct tc_index *ix = w->i;
    int64_t extent = w->i->extent;
    struct tc_form x = fl_value(l, "value", fl_operand(l, at));
    mpz_ptr lo = tc_mpz(f->arena);

    (void)way;
    x = tc_form_times(f, x, tc_table_dense_mpz(f, "constant", 1, &extent, w->value), &at);
    mpz_neg(lo, s->most);
    return tc_form_range(f, tc_form_sum(f, x, 1, &ix, 0, NULL), lo, s->most);
}

/* rows by what the constant is: positive, negative, zero */
static struct tc_form by_constant(struct fl *l, const struct weights *w, const bool *minus,
                                  const struct tc_form *x, const bool *zero)
{
    struct tc_family *f = l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, w->i);
    const struct tc_index *ix = w->i;
    unsigned n = (unsigned)w->i->extent;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned k = 0; k < 3; k++) {
        int64_t *is = tc_alloc(f->arena, n, sizeof *is);

        for (unsigned c = 0; c < n; c++)
            is[c] = k == (zero[c] ? 2u : minus[c]);
        sum = tc_form_add(f, sum, tc_form_times(f, x[k], table_of(&l->low, "is", n, is), &at));
    }
    return tc_form_sum(f, sum, 1, &ix, 0, NULL);
}

static bool constant_dot(struct fl *l)
{
    struct tc_family *f = l->low.family;
    unsigned n = l->prim->terms;
    struct weights w = {.i = tc_index_new(f, "i", n, NULL),
                        .value = tc_alloc(f->arena, n, sizeof *w.value)};
    struct fl_word x = fl_operand(l, tc_axis_of(f->arena, w.i));
    bool *minus = tc_alloc(f->arena, n, sizeof *minus), *zero = tc_alloc(f->arena, n, sizeof *zero);
    struct tc_form none = tc_form_si(f, 0), form[3], swap;
    struct fl_sum s = {.n = n,
                       .plus = none,
                       .minus = none,
                       .signs = none,
                       .constant = tc_mpz(f->arena),
                       .most = tc_mpz(f->arena),
                       .unit = 2 * l->f->low,
                       .nway = 1,
                       .way = {{1, (double)(fl_value_cost(l) * n)}},
                       .value = weighted,
                       .ctx = &w};
    mpz_ptr largest = tc_mpz(f->arena), word = tc_mpz(f->arena);
    bool finite = true;
    mpq_t v;

    mpq_init(v);
    fl_largest_value(l, largest);
    mpz_add_ui(largest, largest, (unsigned long)l->hidden);
    for (unsigned k = 0; k < n; k++) {
        mpz_import(word, l->prim->limbs, -1, sizeof(uint64_t), 0, 0,
                   l->prim->constant + (size_t)k * l->prim->limbs);
        finite = finite && tc_format_decode(l->f, word, v, &minus[k]) == TC_FINITE;
        if (l->f->low < 0)
            mpq_mul_2exp(v, v, (mp_bitcnt_t)-l->f->low);
        else
            mpq_div_2exp(v, v, (mp_bitcnt_t)l->f->low);
        w.value[k] = tc_mpz_copy(f->arena, mpq_numref(v));
        zero[k] = mpq_sgn(v) == 0;
        mpz_abs(word, w.value[k]);
        mpz_addmul(s.most, word, largest);
    }
    mpq_clear(v);
    if (!finite)
        return tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0},
                       "dot with constants that are infinite or NaN is not built");
    if (l->f->nan && !l->f->infinity) {
        form[0] = form[1] = form[2] = fl_is_nan(l, "nan", x);
        s.plus = s.minus = by_constant(l, &w, minus, form, zero);
    } else if (l->f->nan) { /* infinity times zero counts on both sides */
        form[0] = fl_is_infinite(l, "infinite.plus", x, false);
        form[1] = fl_is_infinite(l, "infinite.minus", x, true);
        form[2] = fl_gate(l, "infinite", fl_key(l, x), l->last + 1, "infinity or NaN");
        s.plus = by_constant(l, &w, minus, form, zero);
        swap = form[0];
        form[0] = form[1];
        form[1] = swap;
        s.minus = by_constant(l, &w, minus, form, zero);
    }
    if (l->f->signed_zero) {
        bool *never = tc_alloc(f->arena, n, sizeof *never);

        form[0] = fl_sign(l, x);
        form[1] = tc_form_sub(f, tc_form_si(f, 1), form[0]);
        form[2] = none;
        s.signs = by_constant(l, &w, minus, form, never);
    }
    return fl_round_sum(l, &s);
}

bool fl_lower_dot(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct tc_form none = tc_form_si(f, 0);
    struct fl_sum s = {.n = l->prim->terms,
                       .plus = none,
                       .minus = none,
                       .signs = none,
                       .constant = tc_mpz(f->arena),
                       .most = tc_mpz(f->arena),
                       .unit = 2 * l->f->low,
                       .value = products};
    struct dot d;

    if (l->prim->nconst)
        return constant_dot(l);
    d = dot_open(l);
    s.ctx = &d;
    fl_largest_value(l, s.most);
    mpz_mul(s.most, s.most, s.most);
    mpz_mul_ui(s.most, s.most, l->prim->terms);
    dot_costs(l, &d, &s);
    if (l->f->nan)
        specials(l, &d, &s);
    if (l->f->signed_zero)
        s.signs = over_pairs(l, &d, d.sign);
    return fl_round_sum(l, &s);
}
