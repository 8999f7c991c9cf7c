/* prim_float_dot.c -- sums of products of floats, rounded once
 *
 * A product is exact in units of 2^(2 low): (-1)^(s_x + s_y) P 2^s, P the significands'
 * product and s the exponents' sum.  With 0/1 forms g of which P is a weighted sum, each is
 * shifted by chains in s, as a word's bits are by its exponent (float_decode.c): g the ANDs
 * of two bits, or, a layer later and p / 2 times fewer, the bits of P.  Or all of that in
 * one layer, with masks for the signs.  Constant factors are weights.  CONSTRUCTIONS.md, "Sums of
 * products of floats". */
#include "float.h"

#include <string.h>

struct dot {
    struct fl_word x, y; /* over pair i */
    struct tc_index *i;
    int64_t shifts;          /* s = 0 .. shifts */
    struct tc_form fields;   /* E_x + E_y */
    struct tc_form sign;     /* 0/1: of the product */
    struct tc_form exponent; /* s */
    struct tc_form hidden;   /* h_x h_y */
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

    d.x = fl_operand(l, at);
    at.at.constant += l->prim->terms;
    d.y = fl_operand(l, at);
    d.fields = tc_form_add(f, fl_field(l, d.x), fl_field(l, d.y));
    d.sign = fl_sign_of_two(l, tc_form_add(f, fl_sign(l, d.x), fl_sign(l, d.y)),
                            "both factors have sign 1");
    return d;
}

/* fields count from 1 where there is a hidden bit: s = max(E_x, 1) + max(E_y, 1) - 2 */
static void dot_hidden(struct fl *l, struct dot *d)
{
    struct tc_family *f = l->low.family;
    struct tc_form hx = fl_gate(l, "hidden.x", fl_field(l, d->x), 1, "x has its hidden bit");
    struct tc_form hy = fl_gate(l, "hidden.y", fl_field(l, d->y), 1, "y has its hidden bit");
    struct tc_form some = fl_gate(l, "hidden.either", d->fields, 1, "x or y has it");

    d->hidden = claim(&l->low, tc_form_sub(f, tc_form_add(f, hx, hy), some), 0, 1);
    d->exponent = tc_form_sub(f, d->fields, tc_form_add(f, hx, hy));
    d->exponent = claim(&l->low, d->exponent, 0, 2 * (((int64_t)1 << l->q) - 2));
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

/* ---------------------------------------------------- products in one layer
 *
 * On the wires s is E_x + E_y - 2 where both factors are normal; chains of the one's field
 * where the other's is 0 correct it, and hidden bits that are none.  The sign: all of it,
 * less twice what has s_x = 1 and s_y = 0, less twice the other case: masks c = 0, 1, 2. */
struct layer {
    struct fl *l;
    struct dot *d;
    struct tc_index *c;
    struct tc_form mask; /* 0 where mask c holds, else M or more below */
    int64_t m;
};

static struct layer layer_open(struct fl *l, struct dot *d)
{
    static const int64_t side[3] = {0, 1, -1}, one[3] = {0, 1, 1};
    struct tc_family *f = l->low.family;
    struct layer y = {.l = l, .d = d, .c = tc_index_new(f, "c", 3, NULL), .m = (int64_t)4 << l->q};
    struct tc_axis at = tc_axis_of(f->arena, y.c);
    struct tc_form x = tc_form_sub(f, fl_sign(l, d->x), fl_sign(l, d->y));

    x = tc_form_times(f, x, table_of(&l->low, "side", 3, side), &at);
    x = tc_form_sub(f, x, tc_form_table(f, table_of(&l->low, "masked", 3, one), &at));
    y.mask = tc_form_scale_si(f, x, y.m);
    return y;
}

/* [x + mask >= first], then those of from .. to, which weigh sign 2^(k - from) */
static struct tc_form layer_chain(struct layer *y, const char *name, struct tc_form x,
                                  int64_t first, int64_t from, int64_t to, int sign,
                                  const char *note)
{
    static const int64_t times[3] = {1, -2, -2};
    struct tc_family *f = y->l->low.family;
    unsigned n = to >= from ? (unsigned)(to - from + 2) : 1;
    mpz_ptr *at = tc_alloc(f->arena, n, sizeof *at), *w = tc_alloc(f->arena, n, sizeof *w);
    struct tc_axis axis = tc_axis_of(f->arena, y->c);
    const struct tc_index *ix = y->c;

    for (unsigned k = 0; k < n; k++) {
        at[k] = tc_mpz_si(f->arena, k ? from + (int64_t)k - 1 : first);
        w[k] = tc_mpz(f->arena);
        mpz_setbit(w[k], k ? k - 1 : 0);
        if (sign < 0)
            mpz_neg(w[k], w[k]);
    }
    x = fl_weigh_mpz(y->l, fl_bank(y->l, name, tc_form_add(f, x, y->mask), n, at, note), n, w);
    x = tc_form_times(f, x, table_of(&y->l->low, "signs", 3, times), &axis);
    return tc_form_sum(f, x, 1, &ix, 0, NULL);
}

/* the field `other` where `zero` is 0, else below all thresholds */
static struct tc_form where_zero(struct layer *y, struct tc_form zero, struct tc_form other)
{
    struct tc_family *f = y->l->low.family;

    return tc_form_sub(f, other, tc_form_scale_si(f, zero, y->m));
}

/* fraction bit a of x times the hidden bit of y */
static struct tc_form layer_half(struct layer *y, const char *name, struct fl_word x,
                                 struct fl_word z)
{
    struct fl *l = y->l;
    struct tc_family *f = l->low.family;
    int64_t top = l->f->top;
    struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_form bit = fl_fraction_bit(l, x, tc_axis_of(f->arena, a)), v;
    struct tc_form fx = fl_field(l, x), fz = fl_field(l, z);
    const char *below = tc_sprintf(f->arena, "%s.subnormal", name);
    const char *none = tc_sprintf(f->arena, "%s.unhidden", name);

    bit = tc_form_scale_si(f, tc_form_sub(f, bit, tc_form_si(f, 1)), y->m);
    v = layer_chain(y, name, tc_form_add(f, bit, y->d->fields), 2, 3, 2 * top, 1,
                    "a fraction bit times a hidden one, by exponents");
    v = tc_form_add(f, v,
                    layer_chain(y, below, tc_form_add(f, bit, where_zero(y, fx, fz)), 1, 3, top, 1,
                                "of a subnormal number: one place more"));
    if (top > 1)
        v = tc_form_add(f, v,
                        layer_chain(y, none, tc_form_add(f, bit, where_zero(y, fz, fx)), 2, 3, top,
                                    -1, "no hidden bit"));
    return placed(l, v, a);
}

static struct tc_form layer_product(struct fl *l, struct dot *d)
{
    struct layer y = layer_open(l, d);
    struct tc_family *f = l->low.family;
    int64_t top = l->f->top, b = l->hidden;
    struct tc_index *i = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_index *j = tc_index_new(f, "b", l->p - 1, NULL);
    struct tc_form fx = fl_field(l, d->x), fy = fl_field(l, d->y), bits, v, w;

    bits = tc_form_add(f, fl_fraction_bit(l, d->x, tc_axis_of(f->arena, i)),
                       fl_fraction_bit(l, d->y, tc_axis_of(f->arena, j)));
    bits = tc_form_scale_si(f, tc_form_sub(f, bits, tc_form_si(f, 2)), y.m);
    v = layer_chain(&y, "bits", tc_form_add(f, bits, d->fields), 0, 3, 2 * top, 1,
                    "two fraction bits, by exponents");
    w = layer_chain(&y, "hidden", d->fields, 2, 3, 2 * top, 1, "both hidden bits, by exponents");
    if (top > 1) {
        v = tc_form_add(f, v,
                        layer_chain(&y, "bits.x", tc_form_add(f, bits, where_zero(&y, fx, fy)), 2,
                                    3, top, 1, "x is subnormal: one place more"));
        v = tc_form_add(f, v,
                        layer_chain(&y, "bits.y", tc_form_add(f, bits, where_zero(&y, fy, fx)), 2,
                                    3, top, 1, "y is subnormal: one place more"));
        w = tc_form_add(
            f, w, layer_chain(&y, "hidden.x", where_zero(&y, fx, fy), 2, 3, top, -1, "x has none"));
        w = tc_form_add(
            f, w, layer_chain(&y, "hidden.y", where_zero(&y, fy, fx), 2, 3, top, -1, "y has none"));
    }
    v = placed(l, placed(l, v, i), j);
    v = tc_form_add(f, v, tc_form_scale_si(f, w, b * b));
    w = tc_form_add(f, layer_half(&y, "bit.x", d->x, d->y), layer_half(&y, "bit.y", d->y, d->x));
    return tc_form_add(f, v, tc_form_scale_si(f, w, b));
}

static double layer_cost(const struct fl *l)
{
    return 3.0 * l->p * l->p * (4.0 * (double)l->f->top - 3);
}

/* in one layer; by ANDs of two bits; or by the bits of P */
static struct tc_form products(struct fl *l, const struct fl_sum *s, unsigned way)
{
    struct tc_family *f = l->low.family;
    struct dot *d = s->ctx;
    struct tc_form x;
    mpz_ptr lo = tc_mpz(f->arena);

    if (way)
        dot_hidden(l, d);
    if (way == 0) {
        x = layer_product(l, d);
    } else if (way == 1) {
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

/* a factor is infinite or NaN, and both signs are `sign`, or not: two gates a factor */
static struct tc_form infinite(struct fl *l, struct dot *d, const char *name, bool minus)
{
    struct tc_family *f = l->low.family;
    int64_t m = (int64_t)1 << (l->p + l->q), at = l->last + 1;
    struct tc_form sx = fl_sign(l, d->x), sy = fl_sign(l, d->y), sum = tc_form_si(f, 0), sign;

    for (unsigned k = 0; k < 4; k++) {
        struct tc_form key = fl_key(l, k & 1 ? d->y : d->x);

        /* signs 0 0 and 1 1; or 0 1 and 1 0 */
        if (minus)
            sign = k & 2 ? tc_form_sub(f, sx, sy) : tc_form_sub(f, sy, sx);
        else
            sign = tc_form_scale_si(f, tc_form_add(f, sx, sy), k & 2 ? 1 : -1);
        sign = tc_form_add(f, key, tc_form_scale_si(f, sign, m));
        sum = tc_form_add(f, sum,
                          fl_gate(l, tc_sprintf(f->arena, "%s.%u", name, k), sign,
                                  at + (minus   ? m
                                        : k & 2 ? 2 * m
                                                : 0),
                                  "a factor is infinite or NaN, the product of this sign"));
    }
    return over_pairs(l, d, sum);
}

/* +infinity, -infinity, and NaN by itself, of the products: gates on the wires */
static void specials(struct fl *l, struct dot *d, struct fl_sum *s)
{
    struct tc_family *f = l->low.family;
    struct tc_form nan = tc_form_add(f, fl_is_nan(l, "nan.x", d->x), fl_is_nan(l, "nan.y", d->y));
    struct tc_form kx = fl_key(l, d->x), ky = fl_key(l, d->y);
    int64_t m = (int64_t)1 << (l->p + l->q), at = l->last + 1;

    if (l->f->infinity) {
        s->plus = infinite(l, d, "infinite.plus", false);
        s->minus = infinite(l, d, "infinite.minus", true);
        nan = tc_form_add(f, nan,
                          fl_gate(l, "infinite.x.zero",
                                  tc_form_sub(f, kx, tc_form_scale_si(f, ky, m)), at,
                                  "infinity or NaN, times zero"));
        nan = tc_form_add(f, nan,
                          fl_gate(l, "infinite.y.zero",
                                  tc_form_sub(f, ky, tc_form_scale_si(f, kx, m)), at,
                                  "infinity or NaN, times zero"));
    }
    s->nan = over_pairs(l, d, nan);
}

static void dot_costs(const struct fl *l, const struct dot *d, struct fl_sum *s)
{
    double p = l->p, n = l->prim->terms, chains = 2.0 * (double)d->shifts + 1;

    s->nway = 3;
    s->way[0] = (struct cost){1, n * layer_cost(l)};
    s->way[1] = (struct cost){2, n * (p * p * chains + p * p + 2)};
    s->way[2] = (struct cost){3, n * (2 * p * chains + 3 * p * p)};
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

/* what a constant is */
enum kind { PLUS, MINUS, ZERO, INFINITE_PLUS, INFINITE_MINUS, NOT_A_NUMBER, NKIND };

/* operand i's form by what its constant is, summed */
static struct tc_form by_kind(struct fl *l, const struct weights *w, const enum kind *kind,
                              const struct tc_form *x)
{
    struct tc_family *f = l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, w->i);
    const struct tc_index *ix = w->i;
    unsigned n = (unsigned)w->i->extent;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned k = 0; k < NKIND; k++) {
        int64_t *is = tc_alloc(f->arena, n, sizeof *is);
        bool any = false;

        for (unsigned c = 0; c < n; c++) {
            is[c] = kind[c] == k;
            any = any || is[c];
        }
        if (any)
            sum = tc_form_add(f, sum, tc_form_times(f, x[k], table_of(&l->low, "is", n, is), &at));
    }
    return tc_form_sum(f, sum, 1, &ix, 0, NULL);
}

static bool has_kind(unsigned n, const enum kind *kind, enum kind k)
{
    for (unsigned c = 0; c < n; c++)
        if (kind[c] == k)
            return true;
    return false;
}

/* an infinite operand, or constant, and zero is NaN */
static void constant_specials(struct fl *l, const struct weights *w, const enum kind *kind,
                              struct fl_sum *s)
{
    struct tc_family *f = l->low.family;
    struct fl_word x = fl_operand(l, tc_axis_of(f->arena, w->i));
    struct tc_form none = tc_form_si(f, 0), sign = fl_sign(l, x);
    struct tc_form plus[NKIND] = {none, none, none, none, none, none};
    struct tc_form minus[NKIND] = {none, none, none, none, none, none};
    struct tc_form nan[NKIND] = {none, none, none, none, none, tc_form_si(f, 1)};
    bool infinite = has_kind(s->n, kind, INFINITE_PLUS) || has_kind(s->n, kind, INFINITE_MINUS);

    if (l->f->infinity) {
        plus[PLUS] = minus[MINUS] = fl_is_infinite(l, "infinite.plus", x, false);
        plus[MINUS] = minus[PLUS] = fl_is_infinite(l, "infinite.minus", x, true);
        if (has_kind(s->n, kind, ZERO))
            nan[ZERO] = fl_gate(l, "infinite", fl_key(l, x), l->last + 1, "infinity or NaN");
        plus[INFINITE_MINUS] = minus[INFINITE_PLUS] = sign;
        plus[INFINITE_PLUS] = minus[INFINITE_MINUS] = tc_form_sub(f, tc_form_si(f, 1), sign);
        if (infinite)
            nan[INFINITE_PLUS] = nan[INFINITE_MINUS] =
                tc_form_add(f, fl_is_nan(l, "nan", x), fl_is_zero(l, "zero", x));
    } else {
        nan[PLUS] = nan[MINUS] = nan[ZERO] = fl_is_nan(l, "nan", x);
    }
    s->plus = by_kind(l, w, kind, plus);
    s->minus = by_kind(l, w, kind, minus);
    s->nan = by_kind(l, w, kind, nan);
}

/* constant k as an integer in units of 2^low */
static enum kind read_constant(struct fl *l, unsigned k, mpz_ptr value, bool *minus)
{
    enum tc_class class;
    enum kind kind;
    mpq_t v;

    mpq_init(v);
    mpz_import(value, l->prim->limbs, -1, sizeof(uint64_t), 0, 0,
               l->prim->constant + (size_t)k * l->prim->limbs);
    class = tc_format_decode(l->f, value, v, minus);
    if (l->f->low < 0)
        mpq_mul_2exp(v, v, (mp_bitcnt_t)-l->f->low);
    else
        mpq_div_2exp(v, v, (mp_bitcnt_t)l->f->low);
    mpz_set(value, mpq_numref(v));
    kind = class == TC_NAN        ? NOT_A_NUMBER
           : class == TC_INFINITE ? (*minus ? INFINITE_MINUS : INFINITE_PLUS)
           : mpz_sgn(value) == 0  ? ZERO
           : *minus               ? MINUS
                                  : PLUS;
    if (class != TC_FINITE)
        mpz_set_ui(value, 0);
    mpq_clear(v);
    return kind;
}

static bool constant_dot(struct fl *l)
{
    struct tc_family *f = l->low.family;
    unsigned n = l->prim->terms;
    struct weights w = {.i = tc_index_new(f, "i", n, NULL),
                        .value = tc_alloc(f->arena, n, sizeof *w.value)};
    enum kind *kind = tc_alloc(f->arena, n, sizeof *kind),
              *sign = tc_alloc(f->arena, n, sizeof *sign);
    struct tc_form none = tc_form_si(f, 0), form[NKIND] = {none, none, none, none, none, none};
    struct fl_sum s = {.n = n,
                       .plus = none,
                       .minus = none,
                       .nan = none,
                       .signs = none,
                       .constant = tc_mpz(f->arena),
                       .most = tc_mpz(f->arena),
                       .unit = 2 * l->f->low,
                       .nway = 1,
                       .way = {{1, (double)(fl_value_cost(l) * n)}},
                       .value = weighted,
                       .ctx = &w};
    mpz_ptr largest = tc_mpz(f->arena), size = tc_mpz(f->arena);

    fl_largest_value(l, largest);
    mpz_add_ui(largest, largest, (unsigned long)l->hidden);
    for (unsigned k = 0; k < n; k++) {
        bool minus;

        w.value[k] = tc_mpz(f->arena);
        kind[k] = read_constant(l, k, w.value[k], &minus);
        sign[k] = minus ? MINUS : PLUS;
        mpz_abs(size, w.value[k]);
        mpz_addmul(s.most, size, largest);
    }
    if (l->f->nan)
        constant_specials(l, &w, kind, &s);
    if (l->f->signed_zero) {
        form[PLUS] = fl_sign(l, fl_operand(l, tc_axis_of(f->arena, w.i)));
        form[MINUS] = tc_form_sub(f, tc_form_si(f, 1), form[PLUS]);
        s.signs = by_kind(l, &w, sign, form);
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
                       .nan = none,
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
