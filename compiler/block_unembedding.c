/* block_unembedding.c -- logits of tokens, and the first largest of them
 *
 * Logits are a linear without bias.  The largest one's id is two more layers: gates that
 * compare each pair of rounded logits, and one gate for each id, which is set where it wins
 * against all others; the id's bits are forms over those.  A NaN wins against all that come
 * after it and all numbers.
 */
#include "lower.h"

/* upper > lower */
static struct tc_guard below(struct lowering *L, const struct tc_index *lower,
                             const struct tc_index *upper)
{
    struct tc_guard g = tc_guard_le(L->family->arena, lower, upper);

    g.expr.at.constant--;
    return g;
}

/* whether id `earlier` beats id `later` */
static struct tc_form compared(struct lowering *L, const struct tc_plane *beats,
                               const struct tc_index *v, const struct tc_index *earlier,
                               const struct tc_index *later)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis at[4]; /* a token, unless logits are constants; v; the other */

    for (unsigned k = 0; k < beats->naxis; k++)
        at[k] = tc_axis_of(arena, beats->axis[k] == v     ? earlier
                                  : k + 1 == beats->naxis ? later
                                                          : beats->axis[k]);
    return tc_form_wire(L->family, beats, at);
}

/* the logits as numbers to compare, infinities beyond all others */
static struct tc_form compared_numbers(struct lowering *L, const struct chain *c)
{
    mpz_ptr *number;

    if (!L->reach)
        return c->form;
    number = tc_alloc(L->family->arena, (size_t)c->n + 1, sizeof *number);
    for (unsigned k = 0; k <= c->n; k++) {
        number[k] = tc_mpz(L->family->arena);
        number_of(L, c->keys, c->value[k], number[k]);
        if (is_special(L, c->value[k]) && c->value[k] < 0)
            mpz_sub_ui(number[k], number[k], 1);
        else if (is_special(L, c->value[k]))
            mpz_add_ui(number[k], number[k], 1);
    }
    return chain_numbers(L, c, number, "step");
}

/* x >= y: if x is NaN, and else not if y is; with D - 1 the most that they differ by, 2 D for NaN
 * in the place of x and D for one in that of y */
static struct tc_form with_nan(struct lowering *L, struct tc_form x, struct tc_form nan,
                               struct tc_form other)
{
    struct tc_family *f = L->family;
    mpz_ptr most = tc_mpz(f->arena), twice = tc_mpz(f->arena);

    mpz_neg(most, x.lo);
    if (mpz_cmp(x.hi, most) > 0)
        mpz_set(most, x.hi);
    mpz_add_ui(most, most, 1);
    mpz_mul_ui(twice, most, 2);
    x = tc_form_add(f, x, tc_form_scale(f, nan, twice));
    return tc_form_sub(f, x, tc_form_scale(f, other, most));
}

/* The gates of ids v + 1, v = 0 .. V-2: against the ids after it that are not larger, less those
 * before it that are not smaller, it must have V - 1 - (v + 1). */
static const struct tc_plane *first_largest(struct lowering *L, const struct stream *logits,
                                            const struct tc_index *v, const struct tc_index *id)
{
    struct tc_family *f = L->family;
    const struct tc_index *other = tc_index_new(f, "w", v->extent, v->size);
    const struct tc_index *sum = tc_index_new(f, "w", v->extent, v->size);
    struct tc_form x = compared_numbers(L, logits->chain), nan = special_nan(L, logits->chain),
                   y = tc_form_subst(f, x, logits->coord[0], tc_axis_of(f->arena, other));
    struct tc_guard guard = below(L, v, other), after = below(L, v, sum), before = below(L, sum, v);
    int64_t *number = tc_alloc(f->arena, (size_t)v->extent, sizeof *number);
    struct tc_axis at = tc_axis_of(f->arena, v);
    const struct tc_plane *beats;

    x = tc_form_sub(f, tc_form_subst(f, x, logits->coord[0], at), y);
    if (nan.nterm)
        x = with_nan(L, x, tc_form_subst(f, nan, logits->coord[0], at),
                     tc_form_subst(f, nan, logits->coord[0], tc_axis_of(f->arena, other)));
    beats = &tc_bank_new(f, name_of(L, "beats"), x, NULL, tc_form_si(f, 0), true, 1, &guard,
                         L->component, "the earlier of a pair is at least as large")
                 ->plane;
    for (int64_t k = 0; k < v->extent; k++)
        number[k] = k;
    x = tc_form_sum(f, compared(L, beats, v, v, sum), 1, &sum, 1, &after);
    y = tc_form_sum(f, compared(L, beats, v, sum, v), 1, &sum, 1, &before);
    x = tc_form_sub(f, x, y);
    x = tc_form_add(f, x, tc_form_table(f, table_of(L, "id", (unsigned)v->extent, number), &at));
    x = tc_form_subst(f, x, v, tc_axis_plus(f->arena, tc_axis_const(1), 1, id));
    return &tc_bank_new(f, name_of(L, "first"), x, NULL, tc_form_si(f, v->extent - 1), true, 0,
                        NULL, L->component, "id v + 1 has the first largest logit")
                ->plane;
}

/* the id's bits as a word; of a vocabulary of one they are 0 */
static struct stream argmax(struct lowering *L, const struct stream *logits,
                            const struct tc_size *vocabulary)
{
    struct tc_family *f = L->family;
    struct stream out = {.token = logits->token, .is_code = true};
    unsigned bits = tc_format_width(&L->spec->result_ids);
    int64_t count = vocabulary->value, extent[2] = {count - 1, bits};
    const struct tc_index *v = index_of(L, "v", vocabulary), *id;
    struct tc_axis at[2];
    int64_t *digit;

    out.word.a = tc_index_new(f, "a", bits, NULL);
    out.word.weight = powers(L, bits, false);
    out.word.hi = count - 1;
    if (count == 1) {
        out.word.bit = out.word.value = tc_form_si(f, 0);
        return out;
    }
    id = tc_index_new(f, "v", count - 1,
                      tc_poly_sub(f->arena, vocabulary->poly, tc_poly_int(f->arena, 1)));
    out.word.bit = wire_of(L, first_largest(L, logits, v, id));
    digit = tc_alloc(f->arena, (size_t)(count - 1) * bits, sizeof *digit);
    for (int64_t k = 1; k < count; k++)
        for (unsigned a = 0; a < bits; a++)
            digit[(k - 1) * bits + a] = k >> a & 1;
    at[0] = tc_axis_of(f->arena, id);
    at[1] = tc_axis_of(f->arena, out.word.a);
    out.word.bit = tc_form_times(f, out.word.bit, tc_table_dense(f, "digit", 2, extent, digit), at);
    out.word.bit = tc_form_range_si(f, tc_form_sum(f, out.word.bit, 1, &id, 0, NULL), 0, 1);
    out.word.value = tc_form_sum(f, tc_form_times(f, out.word.bit, out.word.weight, &at[1]), 1,
                                 &out.word.a, 0, NULL);
    return out;
}

struct stream lower_unembedding(struct lowering *L, const struct tc_block *block,
                                const struct stream *in)
{
    struct matrix m = matrix_new(L, block->tensor, index_of(L, "v", &block->out), "y");
    struct stream x = *in, logits;

    m.transposed = block->unembedding.tied;
    logits = linear_rows(L, m, 0, &x);
    if (!block->unembedding.argmax || L->err->kind)
        return logits;
    stream_chain(L, &logits);
    return argmax(L, &logits, &block->out);
}
