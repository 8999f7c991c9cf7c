/* word_block.c -- rounding `block` on words of fixed formats: exact integers, rounded once
 *
 * A word of an exact integer has as many bits as its values need; what it is in units of is known
 * where it is used.  SPEC.md has the definitions, CONSTRUCTIONS.md, "Wide models rounded by
 * blocks", the proofs.
 */
#include "carries.h"
#include "cut.h"
#include "far.h"
#include "ratio.h"

#include <assert.h>

bool words_by_block(const struct lowering *L)
{
    return L->spec->rounding == TC_BLOCK;
}

struct number words_exactly(struct lowering *L, const struct exact *e)
{
    struct number y = e->term[0].factor[0];

    if (L->err->kind)
        return y;
    if (is_float(L))
        return words_float_exactly(L, e);
    operate_exactly(L, e, &y);
    return y;
}

static unsigned width_of(const struct number *x)
{
    return (unsigned)x->a->extent;
}

/* ---------------------------------------------------------------------- sums, rounded */

struct number words_exact_dot(struct lowering *L, const char *name, struct number x,
                              struct number y, unsigned n, const struct tc_index *const *over)
{
    struct exact e = {.name = name};

    if (L->err->kind)
        return x;
    if (is_float(L) && !n)
        return words_product(L, name, x, y);
    words_term(L, &e, NULL, &x, &y, n, over);
    return words_exactly(L, &e);
}

struct number words_rounded_dot(struct lowering *L, const char *name, struct number x,
                                struct number y, unsigned n, const struct tc_index *const *over,
                                const struct number *bias)
{
    struct exact e = {.name = name, .divide = power_of_two(L, L->fraction), .bits = L->bits};

    if (L->err->kind)
        return x;
    words_term(L, &e, NULL, &x, &y, n, over);
    if (bias)
        words_term(L, &e, e.divide, bias, NULL, 0, NULL);
    return words_exactly(L, &e);
}

struct number words_unit(struct lowering *L, const char *name, struct number x, unsigned fraction)
{
    struct exact e = {.name = name, .divide = power_of_two(L, fraction), .bits = L->bits};

    if (L->err->kind)
        return x;
    words_term(L, &e, NULL, &x, NULL, 0, NULL);
    return words_exactly(L, &e);
}

struct number words_residual(struct lowering *L, struct number x, struct number f, mpq_srcptr step)
{
    struct exact e = {.name = "y", .divide = mpq_denref(step), .bits = L->bits};

    if (L->err->kind)
        return x;
    words_term(L, &e, mpq_denref(step), &x, NULL, 0, NULL);
    words_term(L, &e, mpq_numref(step), &f, NULL, 0, NULL);
    return words_exactly(L, &e);
}

/* bits of the number as an integer */
static unsigned bits_of(const struct lowering *L, const struct number *x)
{
    return is_float(L) && !x->exact ? words_binades(L) + L->format->p
                                    : width_of(x) + (unsigned)x->most;
}

/* bits of a sum of x, or of products of x and y, over n indices */
static unsigned bits_of_sum(const struct lowering *L, const struct number *x,
                            const struct number *y, unsigned n, const struct tc_index *const *over)
{
    unsigned bits = bits_of(L, x) + (y ? bits_of(L, y) : 0);

    for (unsigned k = 0; k < n; k++)
        for (int64_t m = over[k]->extent; m; m >>= 1)
            bits++;
    return bits;
}

/* by the root: m / root(d) is m d' / root(m'^2 d d') of fractions m / m', d / d' */
static struct number scored_far(struct lowering *L, struct exact *e, const struct number *x,
                                const struct number *y, unsigned n,
                                const struct tc_index *const *over, unsigned fraction,
                                const struct tc_scale *scale, unsigned nbias,
                                const struct number *bias)
{
    mpz_ptr m = tc_mpz(L->family->arena), v = tc_mpz(L->family->arena);

    mpz_mul(m, mpq_numref(scale->multiply), mpq_denref(scale->divide));
    mpz_mul(v, mpq_denref(scale->multiply), mpq_denref(scale->multiply));
    mpz_mul(v, v, mpq_numref(scale->divide));
    mpz_mul(v, v, mpq_denref(scale->divide));
    words_term(L, e, m, x, y, n, over);
    return words_long_by_root(L, e, v, fraction, nbias, bias);
}

/* the product with y, or (NULL) x alone */
static struct number scored(struct lowering *L, const char *name, struct number x,
                            const struct number *y, unsigned n, const struct tc_index *const *over,
                            unsigned fraction, const struct tc_scale *scale, unsigned nbias,
                            const struct number *bias)
{
    struct tc_arena *arena = L->family->arena;
    mpq_ptr q = tc_mpq(arena);
    mpz_ptr m = tc_mpz(arena), unit = tc_mpz(arena);
    struct exact e = {.name = name, .bits = L->bits};

    if (L->err->kind)
        return x;
    mpq_set_ui(q, 1, 1);
    if (scale)
        mpq_div(q, scale->multiply, scale->divide);
    mpz_set(m, mpq_numref(q));
    mpz_set(unit, mpq_denref(q));
    if (scale && scale->root) {
        if (words_are_long(L))
            return scored_far(L, &e, &x, y, n, over, fraction, scale, nbias, bias);
        mpq_mul(q, q, scale->multiply);
        words_root_multiple(bits_of_sum(L, &x, y, n, over), q, m, unit);
        if (mpq_sgn(scale->multiply) < 0)
            mpz_neg(m, m);
    }
    mpz_mul_2exp(unit, unit, fraction);
    e.divide = unit;
    words_term(L, &e, m, &x, y, n, over);
    for (unsigned k = 0; k < nbias; k++)
        words_term(L, &e, unit, &bias[k], NULL, 0, NULL);
    return words_exactly(L, &e);
}

struct number words_scored(struct lowering *L, const char *name, struct number x, struct number y,
                           unsigned n, const struct tc_index *const *over, unsigned fraction,
                           const struct tc_scale *scale, unsigned nbias, const struct number *bias)
{
    return scored(L, name, x, &y, n, over, fraction, scale, nbias, bias);
}

struct number words_scaled_exactly(struct lowering *L, const char *name, struct number x,
                                   const struct tc_scale *scale)
{
    return scored(L, name, x, NULL, 0, NULL, 0, scale, 0, NULL);
}

/* ----------------------------------------------------------------------------- quotients */

/* R(2^up x / (y 2^down)) in two's complement of so many bits, saturated */
static struct number divided(struct lowering *L, const char *name, struct number x, unsigned up,
                             struct number y, unsigned down, unsigned bits)
{
    const struct tc_format f = {.kind = TC_FIXED, .bits = bits, .fraction = up};

    return words_in(L, &f,
                    (struct operation){.name = name,
                                       .component = L->component,
                                       .op = TC_OP_DIV,
                                       .plus = {false, true},
                                       .bits = {width_of(&x), width_of(&y)},
                                       .down = down,
                                       .operand = {x, y}});
}

struct number words_quotient(struct lowering *L, const char *name, struct number x, struct number y,
                             unsigned down)
{
    if (L->err->kind)
        return x;
    return is_float(L) ? words_float_quotient(L, name, x, y, down)
                       : divided(L, name, x, 0, y, down, L->bits);
}

/* ---------------------------------------------------------------------------------- norm
 *
 * Y = R(q + bias), q = G / root(V) for integers G and V that are words.  S = round(2^k root(V)) and
 * T = round(2^(k+1) G / S) is less than 1 from 2 q, so that 4 q rounds as 2 T + sgn(2 q - T) does:
 * the sign of 4 G^2 - T^2 V, turned with G's. */

struct norming {
    struct lowering *L;
    const struct tc_norm *n;
    const struct tc_index *e; /* coordinate */
    int64_t width;
    mpz_ptr scale; /* sigma: G = gain A sigma */
    unsigned most; /* |2 q| <= 2^most */
};

static unsigned half_bits(int64_t w)
{
    unsigned k = 0;

    while (((int64_t)1 << 2 * k) < w)
        k++;
    return k;
}

/* A: w x - the row's sum, or x */
static struct number deviation(const struct norming *m, struct number x)
{
    struct lowering *L = m->L;
    const struct tc_index *other;
    struct exact e = {.name = "centred"};
    struct number y;

    if (m->n->kind != TC_NORM_LAYER)
        return x;
    other = tc_index_new(L->family, "e'", m->e->extent, m->e->size);
    y = number_at(L, x, m->e, tc_axis_of(L->family->arena, other));
    words_term(L, &e, tc_mpz_si(L->family->arena, m->width), &x, NULL, 0, NULL);
    words_term(L, &e, tc_mpz_si(L->family->arena, -1), &y, NULL, 1, &other);
    return words_exactly(L, &e);
}

/* scale times x y over n indices, as one more term.  Floats' deviations x are multiplied in pieces;
 * a sum of them is no infinity's or NaN's, which each x of the row tells. */
static void product_term(struct lowering *L, struct exact *e, mpz_srcptr scale, struct number x,
                         struct number y, unsigned n, const struct tc_index *const *over)
{
    const char *name = tc_sprintf(L->family->arena, "%s.%u", e->name, e->n);
    struct tc_form beyond = x.beyond;
    struct number z;

    if (L->err->kind || !is_float(L) || !x.exact) {
        words_term(L, e, scale, &x, &y, n, over);
        return;
    }
    if (!y.exact) {
        y = words_integer(L, tc_sprintf(L->family->arena, "%s'", name), y);
        beyond = tc_form_add(L->family, beyond, y.beyond);
        y = number_gates(L, y.bit, y.a, 1, tc_sprintf(L->family->arena, "%s.bits", name),
                         "its bits as an integer");
    }
    z = words_wide_dot(L, name, x, y, n, over);
    z.beyond = n ? tc_form_si(L->family, 0) : beyond;
    words_term(L, e, scale && mpz_cmp_ui(scale, 1) ? scale : NULL, &z, NULL, 0, NULL);
}

/* V = sigma (r sum A^2 + p w' 4^F), epsilon = p / r */
static struct number spread(const struct norming *m, struct number a)
{
    struct lowering *L = m->L;
    struct tc_arena *arena = L->family->arena;
    mpz_ptr scale = tc_mpz(arena), add = tc_mpz(arena);
    struct exact e = {.name = "spread", .add = add};
    unsigned power = m->n->kind == TC_NORM_LAYER ? 3 : m->n->kind == TC_NORM_RMS;

    mpz_mul(scale, m->scale, mpq_denref(m->n->epsilon));
    mpz_set_si(add, m->width);
    mpz_pow_ui(add, add, power);
    mpz_mul(add, add, mpq_numref(m->n->epsilon));
    mpz_mul(add, add, m->scale);
    mpz_mul_2exp(add, add, 2 * L->fraction);
    product_term(L, &e, scale, a, a, 1, &m->e);
    return words_exactly(L, &e);
}

/* round(2^k root(v)) */
static struct number root(const struct norming *m, struct number v, unsigned k)
{
    struct lowering *L = m->L;
    unsigned bits = width_of(&v) + 2 * k;
    const struct tc_format f = {.kind = TC_FIXED, .bits = bits};

    if (L->err->kind)
        return v;
    v = number_shifted(L, v, 2 * k);
    v = words_in(L, &f,
                 (struct operation){
                     .name = "root", .component = L->component, .op = TC_OP_SQRT, .operand = {v}});
    return L->err->kind ? v : number_narrowed(L, v, bits / 2 + 2);
}

/* 2 T + sgn(2 q - T) as terms */
static void with_rest(const struct norming *m, struct number g, struct number v, struct number t,
                      struct exact *y)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    struct number square = words_exact_dot(L, "square", t, t, 0, NULL), part[4];
    struct tc_form sign[2], minus;
    struct exact e = {.name = "rest"};
    static const int times[4] = {-1, 1, 2, -2};

    words_term(L, &e, tc_mpz_si(f->arena, 4), &g, &g, 0, NULL);
    words_term(L, &e, tc_mpz_si(f->arena, -1), &square, &v, 0, NULL);
    if (L->err->kind || !exact_sign(L, &e, &sign[0], &sign[1]))
        return;
    minus = tc_form_subst(f, g.bit, g.a, tc_axis_const(width_of(&g) - 1));
    for (unsigned k = 0; k < 2; k++) {
        struct tc_form both = tc_form_add(f, sign[k], minus);

        part[k] = number_minus(L, sign[k]);
        both = wire_of(L, &tc_bank_new(f, name_of(L, k ? "rest.less" : "rest.more"), both, NULL,
                                       tc_form_si(f, 2), true, 0, NULL, L->component,
                                       "what is left, of a number below 0")
                               ->plane);
        part[2 + k] = number_minus(L, both);
    }
    words_term(L, y, tc_mpz_si(f->arena, 2), &t, NULL, 0, NULL);
    for (unsigned k = 0; k < 4; k++)
        words_term(L, y, tc_mpz_si(f->arena, times[k]), &part[k], NULL, 0, NULL);
}

static void norm_init(struct norming *m, const struct tc_norm *n, const struct number *x)
{
    struct lowering *L = m->L;
    bool sphere = n->kind == TC_NORM_SPHERE;

    m->n = n;
    m->scale = tc_mpz_copy(L->family->arena, mpq_denref(n->epsilon));
    if (!sphere)
        mpz_mul_si(m->scale, m->scale, m->width);
    if (is_float(L)) /* its bounds are those of exponents */
        return;
    m->most =
        1 + (n->affine ? bits_of(L, x) - 1 : L->fraction) + (sphere ? 0 : half_bits(m->width));
}

/* G, in units of 2^-up of the format's: gain A sigma, or 2^(F - up) A sigma */
static struct number numerator(const struct norming *m, const struct tc_block *b, struct number a,
                               unsigned up)
{
    struct lowering *L = m->L;
    struct tc_axis at = tc_axis_of(L->family->arena, m->e);
    mpz_ptr scale = tc_mpz_copy(L->family->arena, m->scale);
    struct exact g = {.name = "scaled"};
    struct number gain;

    if (L->err->kind)
        return a;
    if (m->n->affine)
        gain = words_weight(L, b->tensor, &at);
    else
        mpz_mul_2exp(scale, scale, L->fraction - up);
    if (m->n->affine)
        product_term(L, &g, scale, a, gain, 0, NULL);
    else
        words_term(L, &g, scale, &a, NULL, 0, NULL);
    return words_exactly(L, &g);
}

/* R(G / root(V) + bias) by a quotient of as many bits as the format's integers have */
static struct number with_bias(const struct norming *m, const struct tc_block *b, struct number g,
                               struct number v)
{
    struct lowering *L = m->L;
    struct tc_axis at = tc_axis_of(L->family->arena, m->e);
    struct exact y = {.name = "y", .divide = tc_mpz_si(L->family->arena, 4), .bits = L->bits};
    struct number s = root(m, v, m->most + 1), t, bias;

    if (L->err->kind)
        return g;
    t = number_integer(L, divided(L, "quotient", g, m->most + 2, s, 0, m->most + 2));
    with_rest(m, g, v, t, &y);
    if (m->n->affine && m->n->kind == TC_NORM_LAYER && !L->err->kind) {
        bias = words_weight(L, b->tensor + 1, &at);
        words_term(L, &y, y.divide, &bias, NULL, 0, NULL);
    }
    return L->err->kind ? g : words_exactly(L, &y);
}

/* what the sums of deviations w x_c - sum x_e are made of: w - 1 at e = c, else -1 */
static struct number centring(const struct norming *m, const struct tc_index *other)
{
    struct lowering *L = m->L;
    struct tc_arena *arena = L->family->arena;
    struct tc_format f = {.kind = TC_FIXED, .bits = 2};
    int64_t extent = 2 * m->width - 1;
    uint64_t *word = tc_alloc(arena, (size_t)extent, sizeof *word);
    struct tc_axis at = tc_axis_const(m->width - 1);
    struct number x;

    while (m->width > (int64_t)1 << (f.bits - 1))
        f.bits++;
    for (int64_t k = 0; k < extent; k++)
        word[k] = k == m->width - 1 ? (uint64_t)k : ((uint64_t)1 << f.bits) - 1;
    at = tc_axis_plus(arena, tc_axis_plus(arena, at, 1, other), -1, m->e);
    x = number_table(L, &f, "centring", 1, &extent, word, &at);
    return number_integer(L, number_gates(L, x.bit, x.a, 1, "centring.bits", "w - 1, or -1"));
}

/* what the sums w x_c - sum x_f are made of, t_cf, free in c and *other; and c < f over *pair */
struct deviations {
    struct number t;
    const struct tc_index *other, *pair; /* pair NULL: width 1 */
    struct tc_axis at[2];
};

static bool deviations_init(const struct norming *m, struct number x, struct deviations *d)
{
    struct lowering *L = m->L;

    *d = (struct deviations){.other = tc_index_new(L->family, "e'", m->e->extent, m->e->size)};
    if (m->width > 1 && !far_pairs(L, "spread", m->width, &d->pair, d->at))
        return false;
    x = number_at(L, x, m->e, tc_axis_of(L->family->arena, d->other));
    d->t = words_product(L, "centred", x, centring(m, d->other));
    return !L->err->kind;
}

/* one more term, of an even place: scale x over an index, NULL: none */
static void even_term(struct lowering *L, const char *name, struct number x, mpz_srcptr scale,
                      const struct tc_index *over, struct far_sum *sum)
{
    x = far_times(L, tc_sprintf(L->family->arena, "%s.times", name), x, scale);
    x = far_even(L, name, x);
    far_term(sum, &x, false, over != NULL, &over);
}

/* V of floats of many exponents.  The sum of the squares of deviations (d NULL: of x) is
 * w sum x_e t_ef: of x_e t_ee, and twice x_e t_ef for each e < f. */
static void spread_far(const struct norming *m, struct number x, const struct deviations *d,
                       struct far_sum *v)
{
    struct lowering *L = m->L;
    struct tc_arena *arena = L->family->arena;
    const struct tc_index *e = tc_index_new(L->family, "e", m->e->extent, m->e->size);
    struct tc_axis here = tc_axis_of(arena, e);
    unsigned power = d ? 3 : m->n->kind == TC_NORM_RMS;
    mpz_ptr scale = tc_mpz(arena), add = tc_mpz(arena);
    struct number y = number_at(L, x, m->e, here), z = y;

    mpz_mul(scale, m->scale, mpq_denref(m->n->epsilon));
    if (d) {
        mpz_mul_si(scale, scale, m->width);
        z = number_at(L, number_at(L, d->t, d->other, here), m->e, here);
    }
    even_term(L, "square", words_product(L, "square", y, z), scale, e, v);
    if (d && d->pair) {
        y = number_at(L, x, m->e, d->at[0]);
        z = number_at(L, number_at(L, d->t, d->other, d->at[1]), m->e, d->at[0]);
        z = far_even_place(L, "pair.even", words_product(L, "pair", y, z));
        mpz_mul_2exp(add, scale, 1);
        even_term(L, "pair", z, add, d->pair, v);
    }
    if (!mpq_sgn(m->n->epsilon))
        return;
    mpz_set_si(scale, m->width);
    mpz_pow_ui(scale, scale, power);
    mpz_mul(scale, scale, m->scale);
    mpz_mul(scale, scale, mpq_numref(m->n->epsilon));
    mpz_set_ui(add, 1);
    y = far_constant(L, "epsilon", add);
    y.up += 2 * (int64_t)L->fraction;
    even_term(L, "epsilon", y, scale, NULL, v);
}

/* the norm by sums of numbers that are far apart */
static struct number norm_far(const struct norming *m, const struct tc_block *b,
                              const struct rows *in)
{
    struct lowering *L = m->L;
    struct tc_arena *arena = L->family->arena;
    struct tc_axis at = tc_axis_of(arena, in->coord);
    bool centred = m->n->kind == TC_NORM_LAYER;
    struct far_sum g = {.name = "y.numerator"}, v = {.name = "spread"}, bias = {.name = "y.bias"};
    struct number x = far_of(L, "x", in->x), t = x;
    struct deviations d = {.other = NULL};

    if (centred && !deviations_init(m, x, &d))
        return in->x;
    if (centred)
        t = d.t;
    spread_far(m, x, centred ? &d : NULL, &v);
    if (m->n->affine)
        t = words_product(L, "scaled", t, far_of(L, "gain", words_weight(L, b->tensor, &at)));
    t = far_times(L, "scaled.times", t, m->scale);
    far_term(&g, &t, false, centred, &d.other);
    if (!centred || !m->n->affine)
        return L->err->kind ? in->x
                            : far_by_root(L, "y", &g, &v, m->n->affine ? 0 : (int64_t)L->fraction);
    t = far_of(L, "bias", words_weight(L, b->tensor + 1, &at));
    far_term(&bias, &t, false, 0, NULL);
    return L->err->kind ? in->x : far_by_root_plus(L, "y", &g, &v, &bias);
}

/* Floats of few exponents, too, are summed so where V's terms, squares with their gaps cut off,
 * have fewer places than 3/2 of those of squares over all exponents: less wires, as measured. */
static bool is_short(const struct norming *m)
{
    int64_t most = 3 * (int64_t)words_binades(m->L);
    struct cut c = {.n = 1};

    if (m->n->kind == TC_NORM_LAYER || m->width >= most)
        return false;
    c.n += (unsigned)m->width;
    cut_sizes(&c, 2 * (m->L->format->p + 1), m->L->format->p + 12, most, 2);
    return c.most < most;
}

struct number words_norm(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    const struct tc_norm *n = &b->norm;
    struct norming m = {.L = L, .e = in->coord, .width = b->in.value};
    struct tc_axis at = tc_axis_of(L->family->arena, in->coord);
    unsigned up = is_float(L) && !n->affine ? L->fraction : 0;
    struct number a, v, g, bias;

    if (L->err->kind)
        return in->x;
    norm_init(&m, n, &in->x);
    if (words_are_long(L) || (is_float(L) && is_short(&m)))
        return norm_far(&m, b, in);
    a = deviation(&m, in->x);
    v = spread(&m, a);
    g = numerator(&m, b, a, up);
    if (!is_float(L))
        return with_bias(&m, b, g, v);
    if (!(n->affine && n->kind == TC_NORM_LAYER))
        return words_float_by_root(L, "y", g, v, up);
    bias = words_weight(L, b->tensor + 1, &at);
    return words_float_by_root_plus(L, "y", g, v, words_integer(L, "bias", bias));
}
