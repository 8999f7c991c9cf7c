/* word_token.c -- rows of a matrix by token ids, logits, and the first largest of them, as words
 *
 * A gate says that the id is v, or that it is and a weight's bit is set; a word's bit is the sum
 * over v, and a gate again.
 */
#include "words.h"

/* x, with W + 1 for a threshold: of a float that is -0 the sign is dropped */
static struct tc_form without_minus_zero(struct lowering *L, struct tc_form x,
                                         const struct tc_index *a)
{
    struct tc_family *f = L->family;
    const struct tc_index *b = tc_index_new(f, "b", a->extent - 1, NULL);
    int64_t *times = tc_alloc(f->arena, L->bits, sizeof *times);
    int64_t *last = tc_alloc(f->arena, L->bits, sizeof *last);
    struct tc_axis at = tc_axis_of(f->arena, a);
    struct tc_form rest = tc_form_subst(f, x, a, tc_axis_of(f->arena, b));

    for (unsigned k = 0; k < L->bits; k++) {
        last[k] = k + 1 == L->bits;
        times[k] = L->bits + !last[k];
    }
    rest = tc_form_sum(f, rest, 1, &b, 0, NULL);
    rest = tc_form_times(f, rest, table_of(L, "last", L->bits, last), &at);
    return tc_form_add(f, tc_form_times(f, x, table_of(L, "times", L->bits, times), &at), rest);
}

struct rows words_embedding(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    struct tc_family *f = L->family;
    const struct tc_index *v = index_of(L, "v", &b->in), *e = index_of(L, "e", &b->out);
    const struct tc_index *a = tc_index_new(f, "a", L->bits, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, v), tc_axis_of(f->arena, e)};
    struct tc_form agree = id_agrees(L, in->x.bit, in->x.a, v), x;
    struct number row = words_weight(L, b->tensor, at);
    bool input = L->plane[b->tensor] != NULL;
    struct rows y = {.token = in->token, .coord = e};
    int64_t bits = in->x.a->extent;

    if (L->err->kind)
        return *in;
    x = tc_form_subst(f, row.bit, row.a, tc_axis_of(f->arena, a));
    if (input) {
        x = tc_form_add(f, agree, x);
        x = wire_of(L,
                    &tc_bank_new(f, name_of(L, "e"), x, NULL, tc_form_si(f, bits + 1), true, 0,
                                 NULL, L->component, "the id is v, and the bit of its row is set")
                         ->plane);
    } else {
        struct tc_form id =
            wire_of(L, &tc_bank_new(f, name_of(L, "id"), agree, NULL, tc_form_si(f, bits), true, 0,
                                    NULL, L->component, "the id is v")
                            ->plane);
        struct tc_term term = x.term[0]; /* an entry of the table of bits */

        x = tc_form_times(f, id, term.factor[0].table, term.factor[0].at);
    }
    x = claim(L, tc_form_sum(f, x, 1, &v, 0, NULL), 0, 1);
    if (is_float(L))
        x = without_minus_zero(L, x, a);
    y.x = number_gates(L, x, a, is_float(L) ? L->bits + 1 : 1, "row", "bits of the id's row");
    y.x = words_nan(L, "row.nan", y.x, words_beyond(L, "row", &y.x));
    return y;
}

struct rows words_unembedding(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    const struct tc_index *v = index_of(L, "v", &b->out);
    struct rows y = words_linear(L, "y", in, b->tensor, b->unembedding.tied, v, 0);
    struct operation o = {.name = "argmax",
                          .component = L->component,
                          .op = TC_OP_ARGMAX,
                          .result = &L->spec->result_ids,
                          .nover = 1,
                          .over = {v}};
    uint64_t zero = 0;

    if (!b->unembedding.argmax || L->err->kind)
        return y;
    y.ids = true;
    y.coord = NULL;
    if (b->out.value == 1) {
        y.x = number_table(L, o.result, "zero", 0, NULL, &zero, NULL);
        return y;
    }
    o.operand[0] = y.x;
    y.x = words_in(L, words_format(L), o);
    return y;
}
