/* block_linear.c -- linear and mlp: rows times matrices, with biases
 *
 * Layers of linear, up to the gates of its result, which are the last of them: 2 with
 * weights as inputs, 3 where products are rounded; 1 with constants.  An activation is a
 * function of the rounded sum and takes no layer.
 */
#include "float.h"

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

/* rows over a new coordinate */
static struct stream over(struct lowering *L, const struct stream *in, const struct tc_index *c)
{
    return (struct stream){
        .token = in->token, .ncoord = 1, .coord = {c}, .column = tc_axis_of(L->family->arena, c)};
}

/* R(value + bias), the bias inputs: gates of the bias stand beside those that the sum waits
 * for, and its rounding needs none; in large formats it has a layer of its own */
static struct stream plus_input(struct lowering *L, struct steps s, unsigned bias,
                                const struct matrix *m, const struct stream *like)
{
    const char *note = "the row's rounded sum plus the bias, rounded";
    struct tc_axis column = tc_axis_of(L->family->arena, m->column);
    struct word w = word_of_wires(L, L->plane[bias], &column);
    struct steps b = w.raw ? raw_steps(L, w.raw) : steps_sum(L, w.value);
    struct tc_form sum;

    if (chain_of_two_fits(L, &s, b.n)) {
        struct chain c = chain_new(L, b, tc_sprintf(L->family->arena, "%s.bias", m->letter),
                                   "T_word", NULL, "the bias, as steps");

        return stream_of_chain(L, chain_of_two(L, s, &c, NULL, plus_value, L, m->letter, note), like);
    }
    sum = chain_new(L, s, tc_sprintf(L->family->arena, "%s.sum", m->letter), "T_round", NULL,
                    "the row's sum, rounded")
              .form;
    sum = tc_form_add(L->family, sum, w.value);
    return stream_of_steps(L, steps_sum(L, sum), m->letter, note, like);
}

struct stream linear_rows(struct lowering *L, struct matrix m, unsigned bias, struct stream *in)
{
    struct tc_family *f = L->family;
    struct stream like = over(L, in, m.column);
    struct tc_axis column = tc_axis_of(f->arena, m.column);
    const char *note = bias ? "row times matrix plus bias, rounded" : "row times matrix, rounded";
    unsigned shift = L->fraction;
    struct tc_form x;
    struct steps s;

    if (L->spec->rounding == TC_BLOCK) {
        x = matrix_exact(L, &m, in, &shift);
        if (bias) {
            mpz_ptr unit = tc_mpz_si(f->arena, 1);

            mpz_mul_2exp(unit, unit, shift);
            x = tc_form_add(f, x, tc_form_scale(f, tensor_form(L, bias, &column), unit));
        }
        return stream_of_steps(L, steps_shift(L, x, shift), m.letter, note, &like);
    }
    s = steps_sum(L, matrix_rounded(L, &m, in));
    if (bias && L->plane[bias])
        return plus_input(L, s, bias, &m, &like);
    if (bias)
        s = plus_constant(L, s, bias, &column);
    return stream_of_steps(L, s, m.letter, note, &like);
}

struct stream lower_linear(struct lowering *L, const struct tc_block *block,
                           const struct stream *in)
{
    struct matrix m = matrix_new(L, block->tensor, index_of(L, "c", &block->out), "y");
    struct stream x = *in;

    return linear_rows(L, m, block->linear.bias ? block->tensor + 1 : 0, &x);
}

/* act(x W_G + b_G) (x W_1 + b_1), rounded; the factors' gates are made at once */
static struct stream gated(struct lowering *L, const struct tc_block *block,
                           const struct tc_index *hidden, struct stream g, struct stream *in)
{
    const struct tc_mlp *mlp = &block->mlp;
    unsigned t = block->tensor + 1 + mlp->bias;
    struct stream h = linear_rows(L, matrix_new(L, t, hidden, "h"), mlp->bias ? t + 1 : 0, in);

    g = stream_ready(L, g);
    h = stream_ready(L, h);
    return stream_of_steps(L,
                           rounded_product(L, "gh", &g.word, &h.word, NULL,
                                           "bits of the gate times bits of what it gates"),
                           "gh", "the gate times what it gates, rounded", &g);
}

struct stream lower_mlp(struct lowering *L, const struct tc_block *block, const struct stream *in)
{
    const struct tc_mlp *mlp = &block->mlp;
    const struct tc_index *hidden = index_of(L, "m", &mlp->hidden);
    unsigned each = 1 + mlp->bias, t = block->tensor;
    struct activation act = {L, mlp->activation};
    struct stream x = *in, rows;

    L->component = tc_sprintf(L->family->arena, "%s.hidden", block->path);
    rows =
        linear_rows(L, matrix_new(L, t, hidden, mlp->gated ? "g" : "h"), mlp->bias ? t + 1 : 0, &x);
    rows = stream_map(L, &rows, activation_value, &act, tc_activation_name[act.kind]);
    if (mlp->gated)
        rows = gated(L, block, hidden, rows, &x);
    rows = stream_ready(L, rows);
    L->component = tc_sprintf(L->family->arena, "%s.output", block->path);
    t += mlp->gated ? 2 * each : each;
    return linear_rows(L, matrix_new(L, t, index_of(L, "c", &block->out), "y"),
                       mlp->bias ? t + 1 : 0, &rows);
}
