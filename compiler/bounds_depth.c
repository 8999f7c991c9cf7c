/* bounds_depth.c -- depth in the literature's constants, stage by stage
 *
 * The stages of each block are those of its definition with every operation rounded
 * (SPEC.md, rounding `op`).  Comparisons are charged d_std, selection by a bit d_std as the
 * product with it; masks, constants and changes of sign nothing. */
#include "bounds.h"

#include <stdlib.h>
#include <string.h>

const char *const tc_constant_name[TC_NCONSTANT] = {"d_std", "d_prod", "d_sum",
                                                    "d_exp", "d_sqrt", "d_trig"};
const char *const tc_constant_sign[TC_NCONSTANT] = {"d_std", "d_⊗", "d_⊕",
                                                    "d_exp", "d_sqrt", "d_△"};

#define STD(n)     ((struct tc_depth){{[TC_D_STD] = (n)}})
#define PRODUCTS   ((struct tc_depth){{[TC_D_STD] = 1, [TC_D_SUM] = 1}}) /* of matrices */
#define ONE(which) ((struct tc_depth){{[which] = 1}})

void tc_depth_add(struct tc_depth *sum, const struct tc_depth *x)
{
    for (unsigned k = 0; k < TC_NCONSTANT; k++)
        sum->of[k] += x->of[k];
}

const char *tc_depth_text(struct tc_arena *a, const struct tc_depth *d)
{
    static const enum tc_constant order[] = {TC_D_STD,  TC_D_SUM, TC_D_PROD,
                                             TC_D_TRIG, TC_D_EXP, TC_D_SQRT};
    const char *text = "";

    for (unsigned k = 0; k < TC_NCONSTANT; k++) {
        uint64_t n = d->of[order[k]];
        const char *plus = *text ? " + " : "";

        if (n == 1)
            text = tc_sprintf(a, "%s%s%s", text, plus, tc_constant_sign[order[k]]);
        else if (n)
            text = tc_sprintf(a, "%s%s%llu %s", text, plus, (unsigned long long)n,
                              tc_constant_sign[order[k]]);
    }
    return *text ? text : "0";
}

/* ---------------------------------------------------------------------- stages */

#define MOST_STAGES 32

static void beside(struct tc_stages *s, const char *what, struct tc_depth depth,
                   struct tc_depth parallel)
{
    s->stage[s->n++] = (struct tc_stage){what, depth, parallel};
    tc_depth_add(&s->depth, &depth);
    tc_depth_add(&s->parallel, &parallel);
}

static void stage(struct tc_stages *s, const char *what, struct tc_depth depth)
{
    beside(s, what, depth, depth);
}

static void activation(struct tc_stages *s, enum tc_activation_kind kind)
{
    struct tc_depth d = {{0}};

    switch (kind) {
    case TC_RELU:
        stage(s, "0 <= x, x by that bit", STD(2));
        return;
    case TC_SIGMOID:
        d.of[TC_D_STD] = 2;
        break;
    case TC_SILU: /* x / (1 + exp(-x)) */
        d.of[TC_D_STD] = 2;
        break;
    case TC_TANH: /* (1 - E) / (1 + E), E = exp(-2x) */
        d.of[TC_D_STD] = 3;
        break;
    case TC_GELU_TANH: /* x / (1 + exp(-x (c + c' x^2))) */
        d.of[TC_D_STD] = 6;
        break;
    case TC_GELU: /* x (sum of a_k x^k), cut off where it is 0 or x */
        d = (struct tc_depth){{[TC_D_STD] = 3, [TC_D_PROD] = 1, [TC_D_SUM] = 1}};
        stage(s, "gelu by a power series, its ends by comparison", d);
        return;
    }
    d.of[TC_D_EXP] = 1;
    stage(s, "activation by exp", d);
}

static void linear(struct tc_stages *s, const char *what, bool bias)
{
    stage(s, what, PRODUCTS);
    if (bias)
        stage(s, "bias", STD(1));
}

static void mlp(struct tc_stages *s, const struct tc_mlp *m)
{
    linear(s, m->gated ? "x W_G and x W_1" : "x W_1", m->bias);
    activation(s, m->activation);
    if (m->gated)
        stage(s, "gate times value", STD(1));
    linear(s, "h W_2", m->bias);
}

static void norm(struct tc_stages *s, const struct tc_norm *n)
{
    bool layer = n->kind == TC_NORM_LAYER;

    if (layer) {
        stage(s, "mean: the sum", ONE(TC_D_SUM));
        stage(s, "mean: by the width", STD(1));
        stage(s, "less the mean", STD(1));
    }
    stage(s, "squares", STD(1));
    stage(s, "their sum", ONE(TC_D_SUM));
    if (n->kind != TC_NORM_SPHERE)
        stage(s, "by the width", STD(1));
    if (mpq_sgn(n->epsilon))
        stage(s, "epsilon", STD(1));
    stage(s, "root", ONE(TC_D_SQRT));
    stage(s, "quotient", STD(1));
    if (n->affine)
        stage(s, "gain", STD(1));
    if (n->affine && layer)
        stage(s, "bias", STD(1));
}

/* ------------------------------------------------------------------- attention */

static bool is_scaled(const struct tc_scale *x)
{
    return x->root || mpq_cmp_ui(x->multiply, 1, 1) || mpq_cmp_ui(x->divide, 1, 1);
}

static void projections(struct tc_stages *s, const struct tc_attention *a)
{
    if (a->position.kind == TC_SINUSOIDAL || a->position.kind == TC_LEARNED)
        stage(s, "positions added to the rows", STD(1));
    stage(s, "q, k and v: x W", PRODUCTS);
    if (a->rope) {
        stage(s, "entries of the rotations", ONE(TC_D_TRIG));
        stage(s, "rotations", PRODUCTS);
    }
    if (a->kind == TC_LINEAR_ATTENTION)
        stage(s, "max(q, 0), max(k, 0)", STD(2));
    if (a->order > 2)
        stage(s, "products of keys (of values beside them)", STD(a->order - 2));
}

static void scores(struct tc_stages *s, const struct tc_attention *a)
{
    stage(s, "scores Q K^T", PRODUCTS);
    if (a->kind != TC_LINEAR_ATTENTION && is_scaled(&a->scale))
        stage(s, "scale", STD(1));
    if (a->position.kind == TC_FIRE && a->position.computed)
        stage(s, "bias: the mlp of FIRE",
              (struct tc_depth){{[TC_D_STD] = 6, [TC_D_SUM] = 1}});
    if (a->position.kind >= TC_T5)
        stage(s, "bias added", STD(1));
}

/* A to the result: D = A 1, D^-1, A V, D^-1 (A V) */
static void average(struct tc_stages *s)
{
    stage(s, "D: sums of weights", ONE(TC_D_SUM));
    stage(s, "1 / D", STD(1));
    beside(s, "A V", PRODUCTS, (struct tc_depth){{0}});
    beside(s, "D^-1 (A V)", PRODUCTS, STD(1));
}

static void cme_series(struct tc_stages *s, const struct tc_cme *m)
{
    uint64_t more = (uint64_t)m->terms - 1;

    stage(s, "kernel: products and their sums", PRODUCTS);
    if (m->kernel == TC_KERNEL_RBF)
        stage(s, "kernel: differences", STD(1));
    if (m->kernel != TC_KERNEL_LINEAR) {
        stage(s, "kernel: by gamma", STD(1));
        stage(s, "kernel: exp", ONE(TC_D_EXP));
    }
    stage(s, "first term", STD(1));
    if (more)
        stage(s, "further terms: K w, + lambda w, b -, omega, w +",
              (struct tc_depth){{[TC_D_STD] = 5 * more, [TC_D_SUM] = more}});
    stage(s, "V^T w", PRODUCTS);
}

static void cme_features(struct tc_stages *s, const struct tc_attention *a)
{
    const struct tc_cme *m = &a->cme;

    if (m->kernel == TC_KERNEL_EXPONENTIAL && m->features > 1)
        stage(s, "features", STD(a->head_width.value == 1 && m->features > 2 ? 2 : 1));
    stage(s, "M and U: sums over tokens", PRODUCTS);
    stage(s, "+ lambda", STD(1));
    if (m->features > 2)
        stage(s, "cofactors", STD(2));
    if (m->features > 1)
        stage(s, "determinant", PRODUCTS);
    stage(s, "1 / determinant", STD(1));
    if (m->features > 1)
        stage(s, "inverse", STD(1));
    stage(s, "inverse times features", PRODUCTS);
    stage(s, "U times that", PRODUCTS);
}

static void attention(struct tc_stages *s, const struct tc_attention *a)
{
    projections(s, a);
    if (a->kind == TC_CME) {
        if (a->cme.terms)
            cme_series(s, &a->cme);
        else if (a->cme.features)
            cme_features(s, a);
    } else {
        scores(s, a);
    }
    if (a->stable)
        stage(s, "less the row's largest: comparisons, selection, difference", STD(3));
    if (a->kind == TC_SOFTMAX || a->kind == TC_UNNORMALIZED)
        stage(s, "exp", ONE(TC_D_EXP));
    if (a->kind == TC_AVERAGE_HARD || a->kind == TC_UNIQUE_HARD)
        stage(s, "the largest: comparisons, selection", STD(2));
    if (a->kind == TC_SOFTMAX || a->kind == TC_AVERAGE_HARD || a->kind == TC_LINEAR_ATTENTION)
        average(s);
    if (a->kind == TC_UNIQUE_HARD || a->kind == TC_UNNORMALIZED)
        stage(s, "A V", PRODUCTS);
    if (a->kind == TC_UNNORMALIZED)
        stage(s, "by the number of tuples", STD(1));
    if (a->output)
        stage(s, "W_O", PRODUCTS);
}

struct tc_stages tc_block_stages(struct tc_arena *arena, const struct tc_block *b)
{
    struct tc_stages out = {0}, *s = &out;

    s->stage = tc_alloc(arena, MOST_STAGES, sizeof *s->stage);
    switch (b->kind) {
    case TC_ATTENTION:
        attention(s, &b->attention);
        break;
    case TC_LINEAR:
        linear(s, "x W", b->linear.bias);
        break;
    case TC_MLP:
        mlp(s, &b->mlp);
        break;
    case TC_ACTIVATION:
        activation(s, b->activation.kind);
        break;
    case TC_NORM:
        norm(s, &b->norm);
        break;
    case TC_POSITION:
        stage(s, "positions added to the rows", STD(1));
        break;
    case TC_EMBEDDING:
        stage(s, "ids compared, the row selected", STD(2));
        break;
    case TC_UNEMBEDDING:
        stage(s, "x U", PRODUCTS);
        if (b->unembedding.argmax)
            stage(s, "the largest: comparisons, selection", STD(2));
        break;
    case TC_RESIDUAL:
        if (mpq_cmp_ui(b->residual.step, 1, 1))
            stage(s, "step times f(x)", STD(1));
        stage(s, "x + f(x)", STD(1));
        break;
    case TC_REPEAT:
        break;
    }
    return out;
}

void tc_blocks_depth(struct tc_arena *arena, unsigned n, const struct tc_block *b,
                     struct tc_depth *depth, struct tc_depth *parallel)
{
    for (unsigned k = 0; k < n; k++) {
        struct tc_stages s = tc_block_stages(arena, &b[k]);

        tc_depth_add(depth, &s.depth);
        tc_depth_add(parallel, &s.parallel);
        tc_blocks_depth(arena, b[k].nchild, b[k].child, depth, parallel);
    }
}
