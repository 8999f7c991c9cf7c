/* block_linear.c -- linear and mlp: rows times matrices, with biases
 *
 * Layers of linear, up to the gates of its result, which are the last of them: 2 with
 * weights as inputs, 3 where products are rounded, 4 where a bias is added to their rounded
 * sum; 1 with constants.  An activation is a function of the rounded sum and takes no layer.
 */
#include "lower.h"

struct tc_form tensor_form(struct lowering *L, unsigned tensor, const struct tc_axis *at)
{
    const struct tc_tensor *t = &L->spec->tensor[tensor];
    size_t count = (size_t)tc_tensor_count(t);
    int64_t extent[3] = {0};
    mpz_ptr *entry;

    if (L->plane[tensor])
        return word_of_wires(L, L->plane[tensor], at).value;
    for (unsigned k = 0; k < t->rank; k++)
        extent[k] = t->size[k].value;
    entry = tc_alloc(L->family->arena, count, sizeof *entry);
    for (size_t k = 0; k < count; k++) {
        entry[k] = tc_mpz(L->family->arena);
        number_of(L, is_float(L), value_of_code(L, t->word[k]), entry[k]);
    }
    return tc_form_table(L->family, tc_table_dense_mpz(L->family, t->name, t->rank, extent, entry),
                         at);
}

/* R(value + bias), the bias a constant of each column: in the value's own steps */
static struct steps plus_constant(struct lowering *L, struct steps s, unsigned bias,
                                  const struct tc_axis *column)
{
    const struct tc_tensor *t = &L->spec->tensor[bias];
    size_t rows = (size_t)t->size[0].value;
    int64_t *b = tc_alloc(L->family->arena, rows, sizeof *b);

    for (size_t k = 0; k < rows; k++)
        b[k] = value_of_code(L, t->word[k]);
    return steps_plus(L, s, (unsigned)rows, b, *column);
}

/* A row times a matrix and, unless bias is 0, plus that tensor: rounded as the model says.
 * Free in the row's token and the matrix's column. */
static struct steps affine(struct lowering *L, const struct matrix *m, unsigned bias,
                           struct stream *in)
{
    struct tc_family *f = L->family;
    struct tc_axis column = tc_axis_of(f->arena, m->column);
    unsigned shift = L->fraction;
    struct tc_form x;
    struct steps s;

    if (L->spec->rounding == TC_BLOCK) {
        x = matrix_exact(L, m, in, &shift);
        if (bias) {
            mpz_ptr unit = tc_mpz_si(f->arena, 1);

            mpz_mul_2exp(unit, unit, shift);
            x = tc_form_add(f, x, tc_form_scale(f, tensor_form(L, bias, &column), unit));
        }
        return steps_shift(L, x, shift);
    }
    s = steps_sum(L, matrix_rounded(L, m, in));
    if (!bias)
        return s;
    if (!L->plane[bias])
        return plus_constant(L, s, bias, &column);
    x = chain_new(L, s, tc_sprintf(f->arena, "%s.sum", m->letter), "T_round", NULL,
                  "the row's sum, rounded")
            .form;
    return steps_sum(L, tc_form_add(f, x, tensor_form(L, bias, &column)));
}

/* rows over a new coordinate */
static struct stream over(struct lowering *L, const struct stream *in, const struct tc_index *c)
{
    return (struct stream){
        .token = in->token, .ncoord = 1, .coord = {c}, .column = tc_axis_of(L->family->arena, c)};
}

struct stream linear_rows(struct lowering *L, struct matrix m, unsigned bias,
                          const struct stream *in)
{
    struct stream rows = *in, like = over(L, in, m.column);

    return stream_of_steps(
        L, affine(L, &m, bias, &rows), m.letter,
        bias ? "row times matrix plus bias, rounded" : "row times matrix, rounded", &like);
}

struct stream lower_linear(struct lowering *L, const struct tc_block *block,
                           const struct stream *in)
{
    struct matrix m = matrix_new(L, block->tensor, index_of(L, "c", &block->out), "y");

    return linear_rows(L, m, block->linear.bias ? block->tensor + 1 : 0, in);
}

/* act(x W_G + b_G) (x W_1 + b_1), rounded; the factors' gates are made at once */
static struct steps gated(struct lowering *L, const struct tc_block *block,
                          const struct tc_index *hidden, struct stream *rows)
{
    const struct tc_mlp *mlp = &block->mlp;
    unsigned each = 1 + mlp->bias, t = block->tensor;
    struct matrix gate = matrix_new(L, t, hidden, "g"), up = matrix_new(L, t + each, hidden, "h");
    struct activation act = {L, mlp->activation};
    struct steps s = affine(L, &gate, mlp->bias ? t + 1 : 0, rows);
    struct chain g = chain_new(L, steps_map(L, s, activation_value, &act), "g", "T_round", NULL,
                               "the gate: an activation of a rounded sum");
    struct chain h = chain_new(L, affine(L, &up, mlp->bias ? t + each + 1 : 0, rows), "h",
                               "T_round", NULL, "what it gates, rounded");
    struct word x = word_of_chain(L, &g, 0), y = word_of_chain(L, &h, 0);

    return rounded_product(L, "gh", &x, &y, NULL, "bits of the gate times bits of what it gates");
}

struct stream lower_mlp(struct lowering *L, const struct tc_block *block, const struct stream *in)
{
    const struct tc_mlp *mlp = &block->mlp;
    const struct tc_index *hidden = index_of(L, "m", &mlp->hidden);
    unsigned each = 1 + mlp->bias, t = block->tensor + (mlp->gated ? 2 * each : each);
    struct stream rows = *in, like = over(L, in, hidden);

    L->component = tc_sprintf(L->family->arena, "%s.hidden", block->path);
    if (mlp->gated) {
        rows = stream_of_steps(L, gated(L, block, hidden, &rows), "gh", "their product, rounded",
                               &like);
    } else {
        struct activation act = {L, mlp->activation};
        struct matrix m = matrix_new(L, block->tensor, hidden, "h");
        struct steps s = affine(L, &m, mlp->bias ? block->tensor + 1 : 0, &rows);

        rows = stream_of_steps(L, steps_map(L, s, activation_value, &act), "h",
                               "the activation of the rounded sum", &like);
    }
    rows = stream_ready(L, rows);
    L->component = tc_sprintf(L->family->arena, "%s.output", block->path);
    return linear_rows(L, matrix_new(L, t, index_of(L, "c", &block->out), "y"),
                       mlp->bias ? t + 1 : 0, &rows);
}
