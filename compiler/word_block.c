/* word_block.c -- rounding `block` on words of fixed formats: exact integers, rounded once
 *
 * A word of an exact integer has as many bits as its values need; what it is in units of is known
 * where it is used.  SPEC.md has the definitions, CONSTRUCTIONS.md, "Wide models rounded by
 * blocks", the proofs.
 */
#include "carries.h"
#include "words.h"

#include <assert.h>

bool words_by_block(const struct lowering *L)
{
    return L->spec->rounding == TC_BLOCK;
}

struct number words_exactly(struct lowering *L, const struct exact *e)
{
    struct number y = e->term[0].factor[0];

    if (!L->err->kind)
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
    exact_term(&e, NULL, &x, &y, n, over);
    return words_exactly(L, &e);
}

struct number words_rounded_dot(struct lowering *L, const char *name, struct number x,
                                struct number y, unsigned n, const struct tc_index *const *over,
                                const struct number *bias)
{
    struct exact e = {.name = name, .divide = power_of_two(L, L->fraction), .bits = L->bits};

    if (L->err->kind)
        return x;
    exact_term(&e, NULL, &x, &y, n, over);
    if (bias)
        exact_term(&e, e.divide, bias, NULL, 0, NULL);
    return words_exactly(L, &e);
}

struct number words_unit(struct lowering *L, const char *name, struct number x, unsigned fraction)
{
    struct exact e = {.name = name, .divide = power_of_two(L, fraction), .bits = L->bits};

    if (L->err->kind)
        return x;
    exact_term(&e, NULL, &x, NULL, 0, NULL);
    return words_exactly(L, &e);
}

struct number words_residual(struct lowering *L, struct number x, struct number f, mpq_srcptr step)
{
    struct exact e = {.name = "y", .divide = mpq_denref(step), .bits = L->bits};

    if (L->err->kind)
        return x;
    exact_term(&e, mpq_denref(step), &x, NULL, 0, NULL);
    exact_term(&e, mpq_numref(step), &f, NULL, 0, NULL);
    return words_exactly(L, &e);
}

/* bits of a sum of products of x and y over n indices */
static unsigned bits_of_sum(const struct number *x, const struct number *y, unsigned n,
                            const struct tc_index *const *over)
{
    unsigned bits = width_of(x) + width_of(y);

    for (unsigned k = 0; k < n; k++)
        for (int64_t m = over[k]->extent; m; m >>= 1)
            bits++;
    return bits;
}

struct number words_scored(struct lowering *L, const char *name, struct number x, struct number y,
                           unsigned n, const struct tc_index *const *over, unsigned fraction,
                           const struct tc_scale *scale, unsigned nbias, const struct number *bias)
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
        mpq_mul(q, q, scale->multiply);
        words_root_multiple(bits_of_sum(&x, &y, n, over), q, m, unit);
        if (mpq_sgn(scale->multiply) < 0)
            mpz_neg(m, m);
    }
    mpz_mul_2exp(unit, unit, fraction);
    e.divide = unit;
    exact_term(&e, m, &x, &y, n, over);
    for (unsigned k = 0; k < nbias; k++)
        exact_term(&e, unit, &bias[k], NULL, 0, NULL);
    return words_exactly(L, &e);
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
    return L->err->kind ? x : divided(L, name, x, 0, y, down, L->bits);
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
    exact_term(&e, tc_mpz_si(L->family->arena, m->width), &x, NULL, 0, NULL);
    exact_term(&e, tc_mpz_si(L->family->arena, -1), &y, NULL, 1, &other);
    return words_exactly(L, &e);
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
    exact_term(&e, scale, &a, &a, 1, &m->e);
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

    exact_term(&e, tc_mpz_si(f->arena, 4), &g, &g, 0, NULL);
    exact_term(&e, tc_mpz_si(f->arena, -1), &square, &v, 0, NULL);
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
    exact_term(y, tc_mpz_si(f->arena, 2), &t, NULL, 0, NULL);
    for (unsigned k = 0; k < 4; k++)
        exact_term(y, tc_mpz_si(f->arena, times[k]), &part[k], NULL, 0, NULL);
}

static void norm_init(struct norming *m, const struct tc_norm *n)
{
    struct lowering *L = m->L;
    bool sphere = n->kind == TC_NORM_SPHERE;

    m->n = n;
    m->scale = tc_mpz_copy(L->family->arena, mpq_denref(n->epsilon));
    if (!sphere)
        mpz_mul_si(m->scale, m->scale, m->width);
    m->most = 1 + (n->affine ? L->bits - 1 : L->fraction) + (sphere ? 0 : half_bits(m->width));
}

struct number words_norm(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    struct tc_arena *arena = L->family->arena;
    struct norming m = {.L = L, .e = in->coord, .width = b->in.value};
    struct tc_axis at = tc_axis_of(arena, in->coord);
    struct exact g = {.name = "scaled"}, y = {.name = "y", .divide = tc_mpz_si(arena, 4)};
    struct number a, v, s, t, gain;

    if (L->err->kind)
        return in->x;
    norm_init(&m, &b->norm);
    a = deviation(&m, in->x);
    v = spread(&m, a);
    s = root(&m, v, m.most + 1);
    if (L->err->kind)
        return a;
    if (b->norm.affine) {
        gain = words_weight(L, b->tensor, &at);
        exact_term(&g, m.scale, &a, &gain, 0, NULL);
    } else {
        mpz_mul_2exp(m.scale, m.scale, L->fraction);
        exact_term(&g, m.scale, &a, NULL, 0, NULL);
    }
    a = words_exactly(L, &g);
    if (L->err->kind)
        return a;
    t = divided(L, "quotient", a, m.most + 2, s, 0, m.most + 2);
    with_rest(&m, a, v, t, &y);
    if (b->norm.affine && b->norm.kind == TC_NORM_LAYER) {
        gain = words_weight(L, b->tensor + 1, &at);
        exact_term(&y, y.divide, &gain, NULL, 0, NULL);
    }
    y.bits = L->bits;
    return L->err->kind ? a : words_exactly(L, &y);
}
