/* reference_block.c -- the blocks that map each row by itself
 *
 * SPEC.md has the definitions: linear, activation, mlp, norm, residual, embedding and
 * unembedding.
 */
#include "prim.h"
#include "reference.h"

#include <assert.h>
#include <stdlib.h>

static struct element *elements(int64_t count)
{
    return tc_xcalloc((size_t)count, sizeof(struct element));
}

#define MOST_ROUNDED 16 /* bits of formats whose functions are all correctly rounded */

static struct element by_definition(const struct rounder *r, enum real f, struct element x)
{
    static const struct {
        enum tc_op op;
        const char *name;
    } of[REAL_COUNT] = {
        [REAL_EXP] = {TC_OP_EXP, "exp"},
        [REAL_COS] = {TC_OP_COS, "cos"},
        [REAL_SIN] = {TC_OP_SIN, "sin"},
        [REAL_RELU] = {TC_OP_RELU, "relu"},
        [REAL_GELU] = {TC_OP_GELU, "gelu"},
        [REAL_SILU] = {TC_OP_SILU, "silu"},
        [REAL_TANH] = {TC_OP_TANH, "tanh"},
        [REAL_SIGMOID] = {TC_OP_SIGMOID, "sigmoid"},
        [REAL_GELU_TANH] = {TC_OP_GELU_TANH, "gelu-tanh"},
    };
    const struct tc_options options = {.regime = r->regime};
    const struct tc_prim prim = {.op = of[f].op,
                                 .name = of[f].name,
                                 .format = *r->f,
                                 .noperand = 1,
                                 .nresult = 1,
                                 .result = {*r->f},
                                 .limbs = 1,
                                 .options = &options};
    uint64_t in = tc_ref_write(r, x), out;

    tc_prim_reference(&prim, &in, &out);
    return tc_ref_read(r, out);
}

struct element tc_ref_defined(struct rounder *r, enum real f, struct element x)
{
    bool rounded = tc_format_width(r->f) <= MOST_ROUNDED && r->regime != TC_REGIME_ARITHMETIC;

    return rounded ? tc_ref_real(r, f, x) : by_definition(r, f, x);
}

struct element tc_ref_function(struct evaluator *ev, enum real f, struct element x)
{
    struct element value;

    if (tc_ref_special(x))
        return tc_ref_nan();
    if (!tc_ref_recall(&ev->real[f], x.m, x.e, &value)) {
        value = tc_ref_defined(&ev->round, f, x);
        tc_ref_remember(&ev->real[f], x.m, x.e, value);
    }
    return value;
}

/* ------------------------------------------------------------------ linear */

void tc_ref_dot(struct evaluator *ev, struct dyadic *z, const struct element *row, int64_t rows,
                const struct element *column, int64_t columns)
{
    tc_ref_set(z, (struct element){0, 0});
    for (int64_t e = 0; e < rows; e++, column += columns) {
        if (ev->op) {
            tc_ref_add_element(&ev->round, z, tc_ref_product(&ev->round, row[e], *column));
        } else {
            tc_ref_set(&ev->term, row[e]);
            tc_ref_multiply(&ev->term, *column);
            tc_ref_add(z, &ev->term);
        }
    }
}

void tc_ref_linear(struct evaluator *ev, const struct element *row, int64_t rows,
                   const struct element *w, const struct element *bias, int64_t columns,
                   struct element *y)
{
    for (int64_t c = 0; c < columns; c++) {
        tc_ref_dot(ev, &ev->sum, row, rows, w + c, columns);
        if (bias && !ev->op)
            tc_ref_add_element(&ev->round, &ev->sum, bias[c]);
        y[c] = tc_ref_round(&ev->round, &ev->sum);
        if (bias && ev->op)
            y[c] = tc_ref_sum(&ev->round, y[c], bias[c]);
    }
}

static void activate(struct evaluator *ev, enum tc_activation_kind kind, struct element *x,
                     int64_t count)
{
    for (int64_t c = 0; c < count; c++)
        x[c] = tc_ref_function(ev, REAL_RELU + kind, x[c]);
}

/* ---------------------------------------------------------------- the rows */

static void linear(struct evaluator *ev, const struct tc_block *b, const struct element *x,
                   struct element *y)
{
    struct element **w = ev->weight + b->tensor;

    tc_ref_linear(ev, x, b->in.value, w[0], b->linear.bias ? w[1] : NULL, b->out.value, y);
}

static void mlp(struct evaluator *ev, const struct tc_block *b, const struct element *x,
                struct element *y)
{
    const struct tc_mlp *m = &b->mlp;
    int64_t hidden = m->hidden.value, step = 1 + m->bias;
    struct element **w = ev->weight + b->tensor;
    struct element *u = elements(2 * hidden), *v = u + hidden;

    /* of a gated one the gate comes first */
    tc_ref_linear(ev, x, b->in.value, w[0], m->bias ? w[1] : NULL, hidden, u);
    activate(ev, m->activation, u, hidden);
    w += step;
    if (m->gated) {
        tc_ref_linear(ev, x, b->in.value, w[0], m->bias ? w[1] : NULL, hidden, v);
        for (int64_t c = 0; c < hidden; c++)
            u[c] = tc_ref_product(&ev->round, u[c], v[c]);
        w += step;
    }
    tc_ref_linear(ev, u, hidden, w[0], m->bias ? w[1] : NULL, b->out.value, y);
    free(u);
}

/* --------------------------------------------------------------- norm, in op */

/* R(sum / d), the quotient exact */
static struct element mean(struct evaluator *ev, const struct dyadic *sum, int64_t d)
{
    mpz_set_si(ev->term.m, d);
    return tc_ref_round_quotient(&ev->round, sum->m, ev->term.m, sum->e);
}

/* R(x + q) */
static struct element plus_rational(struct rounder *r, struct element x, mpq_srcptr q)
{
    mpq_t sum;
    struct element v;

    mpq_init(sum);
    mpq_set_si(sum, x.m, 1);
    if (x.e >= 0)
        mpq_mul_2exp(sum, sum, (mp_bitcnt_t)x.e);
    else
        mpq_div_2exp(sum, sum, (mp_bitcnt_t)-x.e);
    mpq_add(sum, sum, q);
    v = tc_ref_round_rational(r, sum);
    mpq_clear(sum);
    return v;
}

static void norm_rounded(struct evaluator *ev, const struct tc_norm *n, const struct element *x,
                         int64_t d, struct element *y)
{
    struct rounder *r = &ev->round;
    const struct element zero = {0, 0};
    struct element mu = zero, v;

    if (n->kind == TC_NORM_LAYER) {
        tc_ref_set(&ev->sum, zero);
        for (int64_t c = 0; c < d; c++)
            tc_ref_add_element(r, &ev->sum, x[c]);
        mu = mean(ev, &ev->sum, d);
    }
    tc_ref_set(&ev->sum, zero);
    for (int64_t c = 0; c < d; c++) {
        y[c] = n->kind == TC_NORM_LAYER ? tc_ref_sum(r, x[c], tc_ref_negative(mu)) : x[c];
        tc_ref_add_element(r, &ev->sum, tc_ref_product(r, y[c], y[c]));
    }
    v = n->kind == TC_NORM_SPHERE ? tc_ref_round(r, &ev->sum) : mean(ev, &ev->sum, d);
    if (mpq_sgn(n->epsilon) != 0)
        v = plus_rational(r, v, n->epsilon);
    tc_ref_set(&ev->sum, v);
    v = tc_ref_round_root(r, NULL, 1, ev->sum.m, r->one, ev->sum.e);
    for (int64_t c = 0; c < d; c++)
        y[c] = v.m ? tc_ref_quotient(r, y[c], v) : zero;
}

/* ------------------------------------------------------------ norm, in block */

/* S = sum of x, Q = sum of x^2; var + epsilon = num / den 2^e with
 *     layer: (d Q - S^2) / d^2, rms: Q / d, sphere: Q */
struct spread {
    struct dyadic s, num;
    mpz_t den;
};

static void spread_of(const struct tc_norm *n, const struct element *x, int64_t d, struct spread *v)
{
    struct dyadic t;
    mpz_t down;

    mpz_inits(v->s.m, v->num.m, t.m, down, (mpz_ptr)NULL);
    mpz_init_set_si(v->den, n->kind == TC_NORM_SPHERE ? 1 : d);
    v->s.e = v->num.e = 0;
    v->s.special = v->num.special = false;
    for (int64_t c = 0; c < d; c++) {
        tc_ref_set(&t, x[c]);
        tc_ref_add(&v->s, &t);
        tc_ref_set(&t, x[c]);
        tc_ref_multiply(&t, x[c]);
        tc_ref_add(&v->num, &t);
    }
    if (n->kind == TC_NORM_LAYER) {
        mpz_mul_si(v->num.m, v->num.m, d);
        mpz_mul(t.m, v->s.m, v->s.m);
        mpz_neg(t.m, t.m);
        t.e = 2 * v->s.e;
        tc_ref_add(&v->num, &t);
        mpz_mul(v->den, v->den, v->den);
    } else {
        mpz_set_ui(v->s.m, 0); /* no mean */
    }
    mpz_set(down, mpq_denref(n->epsilon));
    mpz_mul(t.m, mpq_numref(n->epsilon), v->den);
    t.e = 0;
    t.special = false;
    mpz_mul(v->num.m, v->num.m, down);
    mpz_mul(v->den, v->den, down);
    tc_ref_add(&v->num, &t);
    mpz_clears(t.m, down, (mpz_ptr)NULL);
}

/* R(gain (x - S/d) / root(num / den) + bias): with a = gain (d x - S) the quotient is the
 * root of a^2 den / (d^2 num), with the sign of a */
static struct element normed(struct evaluator *ev, const struct spread *v, struct element x,
                             int64_t d, struct element gain, struct element bias)
{
    struct element y;
    struct dyadic a, b;
    mpz_t den;
    int sign;

    mpz_inits(a.m, b.m, den, (mpz_ptr)NULL);
    tc_ref_set(&a, x);
    mpz_mul_si(a.m, a.m, d);
    mpz_neg(b.m, v->s.m);
    b.e = v->s.e;
    b.special = v->num.special;
    tc_ref_add(&a, &b);
    tc_ref_multiply(&a, gain);
    sign = mpz_sgn(v->num.m) ? mpz_sgn(a.m) : 0;
    mpz_mul(a.m, a.m, a.m);
    mpz_mul(a.m, a.m, v->den);
    mpz_mul_si(den, v->num.m, d);
    mpz_mul_si(den, den, d);
    if (!sign)
        mpz_set_ui(den, 1);
    tc_ref_set(&b, bias);
    y = tc_ref_nan();
    if (!a.special && !b.special)
        y = tc_ref_round_root(&ev->round, &b, sign, a.m, den, 2 * a.e - v->num.e);
    mpz_clears(a.m, b.m, den, (mpz_ptr)NULL);
    return y;
}

static void norm(struct evaluator *ev, const struct tc_block *b, const struct element *x,
                 struct element *y)
{
    const struct tc_norm *n = &b->norm;
    bool shifted = n->affine && n->kind == TC_NORM_LAYER;
    int64_t d = b->in.value;
    struct element **w = ev->weight + b->tensor;
    const struct element one = {1, 0}, zero = {0, 0};
    struct spread v;

    if (!ev->op) {
        spread_of(n, x, d, &v);
        for (int64_t c = 0; c < d; c++)
            y[c] = normed(ev, &v, x[c], d, n->affine ? w[0][c] : one, shifted ? w[1][c] : zero);
        mpz_clears(v.s.m, v.num.m, v.den, (mpz_ptr)NULL);
        return;
    }
    norm_rounded(ev, n, x, d, y);
    for (int64_t c = 0; n->affine && c < d; c++)
        y[c] = tc_ref_product(&ev->round, y[c], w[0][c]);
    for (int64_t c = 0; shifted && c < d; c++)
        y[c] = tc_ref_sum(&ev->round, y[c], w[1][c]);
}

/* ---------------------------------------------------------------- residual */

void tc_ref_residual(struct evaluator *ev, const struct tc_block *b, const struct element *x,
                     const struct element *f, struct element *y)
{
    struct rounder *r = &ev->round;
    mpz_srcptr up = mpq_numref(b->residual.step), down = mpq_denref(b->residual.step);

    for (int64_t e = 0; e < ev->n * b->in.value; e++) {
        tc_ref_set(&ev->sum, f[e]);
        mpz_mul(ev->sum.m, ev->sum.m, up);
        if (ev->op) {
            y[e] = tc_ref_sum(r, x[e], tc_ref_round_quotient(r, ev->sum.m, down, ev->sum.e));
            continue;
        }
        tc_ref_set(&ev->term, x[e]);
        mpz_mul(ev->term.m, ev->term.m, down);
        tc_ref_add(&ev->sum, &ev->term);
        y[e] =
            ev->sum.special ? tc_ref_nan() : tc_ref_round_quotient(r, ev->sum.m, down, ev->sum.e);
    }
}

/* ------------------------------------------------------------------ tokens */

/* a > b, NaN above all numbers, and infinities as they are */
static bool beats(struct rounder *r, struct element a, struct element b)
{
    bool special[2] = {tc_ref_special(a), tc_ref_special(b)};

    if ((special[0] && a.m == 0) || (special[1] && b.m == 0))
        return !(special[1] && b.m == 0);
    if (special[0] || special[1])
        return (special[0] ? a.m : 0) > (special[1] ? b.m : 0);
    return tc_ref_compare(r, a, b) > 0;
}

static void unembed(struct evaluator *ev, const struct tc_block *b, const struct element *x,
                    struct element *y)
{
    const struct element *w = ev->weight[b->tensor];
    int64_t width = b->in.value, most = 0, words = b->out.value;
    struct element *logit = b->unembedding.argmax ? elements(words) : y;

    for (int64_t t = 0; t < words; t++)
        if (b->unembedding.tied) /* row t of the embedding */
            tc_ref_linear(ev, x, width, w + t * width, NULL, 1, logit + t);
    if (!b->unembedding.tied)
        tc_ref_linear(ev, x, width, w, NULL, words, logit);
    if (!b->unembedding.argmax)
        return;
    for (int64_t t = 1; t < words; t++)
        if (beats(&ev->round, logit[t], logit[most]))
            most = t;
    *y = (struct element){most, 0};
    free(logit);
}

/* -------------------------------------------------------------------- all */

bool tc_ref_block_check(const struct tc_spec *spec, const struct tc_block *b, struct tc_error *err)
{
    int64_t cells, width = b->in.value > b->out.value ? b->in.value : b->out.value;

    assert(b->in.value > 0 && b->out.value > 0);
    if (__builtin_mul_overflow(spec->length.value, width, &cells) || cells > INT64_MAX / 64)
        return tc_fail(err, TC_ELIMIT, b->loc, "too many values to evaluate");
    if (b->kind == TC_ATTENTION)
        return tc_ref_attention_check(spec, b, err);
    if (spec->rounding == TC_LAYER)
        return tc_fail(err, TC_ESPEC, b->loc, "rounding=\"layer\" evaluates plain softmax alone");
    if (b->kind == TC_NORM && b->norm.kind == TC_NORM_SPHERE &&
        (b->norm.affine || mpq_sgn(b->norm.epsilon) != 0))
        return tc_fail(err, TC_ESPEC, b->loc, "norm 'sphere' has no epsilon and is not affine");
    if (b->kind == TC_NORM && mpq_sgn(b->norm.epsilon) < 0)
        return tc_fail(err, TC_ESPEC, b->loc, "epsilon is negative");
    if (b->kind == TC_POSITION)
        return tc_ref_position_check(spec, b, &b->position, err);
    return true;
}

void tc_ref_block_run(struct evaluator *ev, const struct tc_block *b, const struct element *x,
                      struct element *y)
{
    int64_t in = b->kind == TC_EMBEDDING ? 1 : b->in.value;
    int64_t out = b->kind == TC_UNEMBEDDING && b->unembedding.argmax ? 1 : b->out.value;

    for (int64_t i = 0; i < ev->n; i++, x += in, y += out)
        switch (b->kind) {
        case TC_LINEAR:
            linear(ev, b, x, y);
            break;
        case TC_ACTIVATION:
            for (int64_t c = 0; c < out; c++)
                y[c] = x[c];
            activate(ev, b->activation.kind, y, out);
            break;
        case TC_MLP:
            mlp(ev, b, x, y);
            break;
        case TC_NORM:
            norm(ev, b, x, y);
            break;
        case TC_EMBEDDING:
            assert(x->m >= 0 && x->m < b->in.value);
            for (int64_t c = 0; c < out; c++) {
                y[c] = ev->weight[b->tensor][x->m * out + c];
                if (tc_ref_special(y[c]))
                    y[c] = tc_ref_nan();
            }
            break;
        case TC_UNEMBEDDING:
            unembed(ev, b, x, y);
            break;
        case TC_ATTENTION:
        case TC_POSITION:
        case TC_RESIDUAL:
        case TC_REPEAT:
            assert(false); /* not of single rows */
        }
}
