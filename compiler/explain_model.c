/* explain_model.c -- what each block computes, from its definition in SPEC.md
 *
 * Formulas are over exact numbers; what is rounded is said once for the model. */
#include "explain.h"

#include <string.h>

/* "d = 4", or "4" */
static const char *size(struct tc_arena *a, const struct tc_size *s)
{
    const char *text = s->poly ? tc_poly_text(a, s->poly) : NULL;

    if (!text || strspn(text, "0123456789") == strlen(text))
        return tc_sprintf(a, "%lld", (long long)s->value);
    return tc_sprintf(a, "%s = %lld", text, (long long)s->value);
}

static bool is_scaled(const struct tc_scale *x)
{
    return x->root || mpq_cmp_ui(x->multiply, 1, 1) || mpq_cmp_ui(x->divide, 1, 1);
}

/* ------------------------------------------------------------------- attention */

static const char keys[] = "jkl";

/* "j, k": the keys' positions */
static const char *tuple(struct tc_arena *a, unsigned order)
{
    const char *text = "";

    for (unsigned k = 0; k + 1 < order; k++)
        text = tc_sprintf(a, "%s%s%c", text, k ? ", " : "", keys[k]);
    return text;
}

/* " k1[j,c] k2[k,c]", or " k[j,c]" */
static const char *factors(struct tc_arena *a, unsigned order, char letter)
{
    const char *text = "";

    for (unsigned k = 0; k + 1 < order; k++)
        text = order == 2 ? tc_sprintf(a, " %c[j, c]", letter)
                          : tc_sprintf(a, "%s %c%u[%c, c]", text, letter, k + 1, keys[k]);
    return text;
}

static void projections(struct tc_doc *d, const struct tc_attention *at)
{
    static const char letters[] = "kv", matrix[] = "KV";

    tc_doc_add(d, TC_CODE, "q[i] = x[i] W_Q");
    for (unsigned m = 0; m < 2; m++)
        for (unsigned o = 1; o < at->order; o++) {
            const char *number = at->order == 2 ? "" : tc_sprintf(d->arena, "%u", o);

            tc_doc_add(d, TC_CODE, "%c%s[%c] = x[%c] W_%c%s", letters[m], number, keys[o - 1],
                       keys[o - 1], matrix[m], number);
        }
}

static void positions(struct tc_doc *d, const struct tc_attention *at)
{
    static const char *const rope[] = {"none", "each", "complex", "flat", "query2"};

    if (at->rope)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "Positions enter by rotations (RoPE, mode `%s`): pairs of coordinates are turned by "
            "angles t base^(-2p/width), base %s, for the positions t that the mode names "
            "(compiler/SPEC.md, Rotations). The angles do not depend on the input%s.",
            rope[at->rope], at->base_text,
            at->rope_computed ? "; they are computed in the circuit all the same" : "");
    else if (at->position.kind >= TC_T5)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "Positions enter as numbers added to the scores (`%s`), which depend on query and "
            "key alone (compiler/SPEC.md, Biases of scores).",
            tc_position_name[at->position.kind]);
    else if (at->position.kind)
        tc_doc_add(d, TC_PARAGRAPH, "Positions are added to the rows first (`%s`).",
                   tc_position_name[at->position.kind]);
}

static void cme(struct tc_doc *d, const struct tc_attention *at)
{
    tc_doc_add(d, TC_CODE, "y[i] = V^T (K + lambda I)^-1 b[i]");
    tc_doc_add(d, TC_CODE, "K[j, l] = kernel(k[j], k[l])");
    tc_doc_add(d, TC_CODE, "b[i][j] = kernel(k[j], q[i])");
    if (at->cme.terms)
        tc_doc_add(d, TC_PARAGRAPH,
                   "The inverse is replaced by %lld terms of a damped Neumann series.",
                   (long long)at->cme.terms);
    else if (at->cme.features)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "The kernel is replaced by one of %lld features, so that the matrix to invert has "
            "that size, whatever n is.",
            (long long)at->cme.features);
    else
        tc_doc_add(d, TC_PARAGRAPH, "The matrix to invert is n x n.");
}

static void weights(struct tc_doc *d, const struct tc_attention *at)
{
    struct tc_arena *a = d->arena;
    const char *t = tuple(a, at->order), *v = factors(a, at->order, 'v');
    const char *k = factors(a, at->order, 'k');

    if (at->kind == TC_LINEAR_ATTENTION)
        tc_doc_add(d, TC_CODE, "s[i, %s] = sum over c of q[i, c]%s, of max(q, 0) and max(k, 0)", t,
                   k);
    else
        tc_doc_add(d, TC_CODE, "s[i, %s] = (sum over c of q[i, c]%s)%s%s%s", t, k,
                   is_scaled(&at->scale) ? " * " : "", is_scaled(&at->scale) ? at->scale.text : "",
                   at->position.kind >= TC_T5 ? " + biases" : "");
    switch (at->kind) {
    case TC_AVERAGE_HARD:
        tc_doc_add(d, TC_CODE, "y[i, c] = mean of%s over the %s with the largest score", v,
                   at->order == 2 ? "j" : "tuples");
        return;
    case TC_UNIQUE_HARD:
        tc_doc_add(d, TC_CODE, "y[i, c] =%s of the first of those with the largest score", v);
        return;
    case TC_UNNORMALIZED:
        tc_doc_add(d, TC_CODE, "y[i, c] = mean over %s of exp(s[i, %s])%s", t, t, v);
        return;
    default:
        tc_doc_add(d, TC_CODE, "a[i, %s] = %ss[i, %s]%s", t, at->kind == TC_SOFTMAX ? "exp(" : "",
                   t,
                   at->kind != TC_SOFTMAX ? ""
                   : at->stable           ? " - the row's largest)"
                                          : ")");
        tc_doc_add(d, TC_CODE, "y[i, c] = (sum over %s of a[i, %s]%s) / (sum over %s of a[i, %s])",
                   t, t, v, t, t);
    }
}

static void attention(struct tc_doc *d, const struct tc_block *b)
{
    static const char *const seen[] = {"", " up to itself", " before it",
                                       " of a window up to itself"};
    static const char *const of[] = {"",
                                     "tokens",
                                     "pairs of tokens",
                                     "triples of tokens",
                                     "quadruples of tokens",
                                     "tuples of five tokens",
                                     "tuples of six tokens",
                                     "tuples of seven tokens"};
    static const char *const what[] = {
        [TC_SOFTMAX] =
            "scores them, and takes the average of their values, weighted by exp of the scores",
        [TC_AVERAGE_HARD] =
            "scores them, and takes the average of the values with the largest score",
        [TC_UNIQUE_HARD] =
            "scores them, and takes the value with the largest score, the first of several",
        [TC_LINEAR_ATTENTION] =
            "scores them, and takes the average of their values, weighted by the scores",
        [TC_UNNORMALIZED] =
            "scores them, and takes the mean of their values, each times exp of its score",
        [TC_CME] = "takes the value that kernel regression on keys and values gives at its query",
    };
    const struct tc_attention *at = &b->attention;
    struct tc_arena *a = d->arena;

    if (at->order > TC_MOST_ORDER) {
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: %s attention of order %u: keys are tuples of %u tokens.",
                   b->path, tc_attention_name[at->kind], at->order, at->order - 1);
        return;
    }
    tc_doc_add(d, TC_PARAGRAPH,
               "`%s`: %s attention of order %u, %s head%s of width %s%s. Each token looks at "
               "all %s%s, %s.",
               b->path, tc_attention_name[at->kind], at->order, size(a, &at->heads),
               at->heads.value == 1 ? "" : "s", size(a, &at->head_width),
               at->heads.value == 1 ? "" : ", each on coordinates of its own", of[at->order - 1],
               seen[at->mask], what[at->kind]);
    projections(d, at);
    if (at->kind == TC_CME)
        cme(d, at);
    else
        weights(d, at);
    if (at->output)
        tc_doc_add(d, TC_CODE, "result[i] = y[i] W_O");
    positions(d, at);
}

/* ---------------------------------------------------------------- other blocks */

static void norm(struct tc_doc *d, const struct tc_block *b)
{
    bool layer = b->norm.kind == TC_NORM_LAYER;

    tc_doc_add(d, TC_PARAGRAPH, "`%s`: each row divided by %s.", b->path,
               b->norm.kind == TC_NORM_SPHERE ? "its length"
               : layer                        ? "its standard deviation, its mean subtracted first"
                                              : "the root of the mean of its squares");
    if (layer)
        tc_doc_add(d, TC_CODE, "m = (sum over e of x[e]) / width");
    tc_doc_add(d, TC_CODE, "y[c] = %s%s / sqrt((sum over e of %s^2)%s%s)%s",
               b->norm.affine ? "gain[c] * " : "", layer ? "(x[c] - m)" : "x[c]",
               layer ? "(x[e] - m)" : "x[e]", b->norm.kind == TC_NORM_SPHERE ? "" : " / width",
               mpq_sgn(b->norm.epsilon) ? " + epsilon" : "",
               b->norm.affine && layer ? " + bias[c]" : "");
}

static void mlp(struct tc_doc *d, const struct tc_block *b)
{
    const char *f = tc_activation_name[b->mlp.activation];
    const char *b1 = b->mlp.bias ? " + b_1" : "", *b2 = b->mlp.bias ? " + b_2" : "";

    tc_doc_add(d, TC_PARAGRAPH, "`%s`: each row by itself through a hidden layer of width %s.",
               b->path, size(d->arena, &b->mlp.hidden));
    if (b->mlp.gated)
        tc_doc_add(d, TC_CODE, "y = (%s(x W_G%s) * (x W_1%s)) W_2%s", f,
                   b->mlp.bias ? " + b_G" : "", b1, b2);
    else
        tc_doc_add(d, TC_CODE, "y = %s(x W_1%s) W_2%s", f, b1, b2);
}

static void children(struct tc_doc *d, const struct tc_spec *s, const struct tc_block *b,
                     unsigned n)
{
    for (unsigned k = 0; k < n; k++)
        tc_explain_block(d, s, &b->child[k]);
}

void tc_explain_block(struct tc_doc *d, const struct tc_spec *s, const struct tc_block *b)
{
    switch (b->kind) {
    case TC_ATTENTION:
        attention(d, b);
        break;
    case TC_LINEAR:
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: `y = x W%s` for each row x.", b->path,
                   b->linear.bias ? " + b" : "");
        break;
    case TC_MLP:
        mlp(d, b);
        break;
    case TC_ACTIVATION:
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: `y = %s(x)` for each coordinate x.", b->path,
                   tc_activation_name[b->activation.kind]);
        break;
    case TC_NORM:
        norm(d, b);
        break;
    case TC_POSITION:
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: to each row that of its position is added (`%s`).",
                   b->path, tc_position_name[b->position.kind]);
        break;
    case TC_EMBEDDING:
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: each token's id selects a row of a table.", b->path);
        break;
    case TC_UNEMBEDDING:
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: `logits = x U`%s.", b->path,
                   b->unembedding.argmax
                       ? ", and the result is the id of the largest, the first of "
                         "several"
                       : "");
        break;
    case TC_RESIDUAL:
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: `y = x + %sf(x)`, where f is:", b->path,
                   mpq_cmp_ui(b->residual.step, 1, 1) ? "step * " : "");
        children(d, s, b, b->nchild);
        break;
    case TC_REPEAT:
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: %u times, one after the other, %s weights:", b->path,
                   b->nrepeat, b->tied ? "with the same" : "each with its own");
        children(d, s, b, b->nrepeat ? b->nchild / b->nrepeat : 0);
        break;
    }
}
