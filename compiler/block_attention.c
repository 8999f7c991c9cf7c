/* block_attention.c -- an attention block: its indices and weights */
#include "lower.h"

#include <string.h>

/* the indices of one block; made in the order that its gates are numbered in */
static void head_init(struct lowering *L, struct head *a, const struct tc_block *block)
{
    static const char *const token[4] = {"i", "j", "k", "l"};
    static const char *const one[3] = {"q", "k", "v"};
    static const char *const key[TC_MOST_KEYS] = {"k1", "k2", "k3"};
    static const char *const value[TC_MOST_KEYS] = {"v1", "v2", "v3"};
    const struct tc_attention *att = &block->attention;
    struct tc_arena *arena = L->family->arena;
    struct tc_size cols = {att->heads.value * att->head_width.value,
                           tc_poly_mul(arena, att->heads.poly, att->head_width.poly)};

    memset(a, 0, sizeof *a);
    a->att = att;
    a->keys = att->order - 1;
    for (unsigned k = 0; k <= a->keys; k++)
        a->token[k] = index_of(L, token[k], &L->spec->length);
    if (att->heads.value > 1)
        a->h = index_of(L, "h", &att->heads);
    a->column = index_of(L, "c", &cols);
    a->dot = index_of(L, "e", &att->head_width);
    a->c = index_of(L, "c", &att->head_width);
    if (att->rope != TC_ROPE_NONE) {
        const struct tc_poly *two = tc_poly_int(arena, 2);

        a->pair = tc_index_new(L->family, "p", att->head_width.value / 2,
                               tc_poly_div(arena, att->head_width.poly, two));
        a->r = tc_index_new(L->family, "r", 2, NULL);
    }
    for (unsigned k = 1; att->mask == TC_MASK_CAUSAL && k <= a->keys; k++)
        a->guards.guard[a->guards.n++] = tc_guard_le(arena, a->token[k], a->token[0]);
    a->position = block->tensor + 1 + 2 * a->keys + att->output;
    for (unsigned k = 0; k < 1 + 2 * a->keys; k++) {
        const char *letter = k == 0         ? one[0]
                             : k <= a->keys ? (a->keys == 1 ? one[1] : key[k - 1])
                             : a->keys == 1 ? one[2]
                                            : value[k - 1 - a->keys];

        a->weight[k] = matrix_new(L, block->tensor + k, a->column, letter);
    }
}

/* the first tensor of its position: after Q, K.., V.. and O */
static unsigned position_tensor(const struct tc_block *block)
{
    return block->tensor + 2 * block->attention.order - 1 + block->attention.output;
}

struct stream lower_attention(struct lowering *L, const struct tc_block *block,
                              const struct stream *in)
{
    const struct tc_attention *att = &block->attention;
    struct stream out = {0}, rows = *in;
    struct head a;
    struct chain y;

    if (att->rope != TC_ROPE_NONE &&
        !base_fits(L, att->base, tc_sprintf(L->family->arena, "rope base '%.60s'", att->base_text),
                   block->loc))
        return out;
    if (att->position.kind == TC_SINUSOIDAL || att->position.kind == TC_LEARNED) {
        L->component = tc_sprintf(L->family->arena, "%s.positions", block->path);
        rows = stream_ready(L, position_rows(L, &att->position, position_tensor(block), &att->width,
                                             block->loc, in));
        L->component = block->path;
        if (L->err->kind)
            return out;
    }
    head_init(L, &a, block);
    if (!bias_fits(L, &a, block->loc))
        return out;
    y = att->kind == TC_CME             ? attention_cme(L, &a, &rows)
        : L->spec->rounding == TC_BLOCK ? attention_block(L, &a, &rows)
        : L->spec->rounding == TC_OP    ? attention_op(L, &a, &rows)
                                        : attention_layer(L, &a, &rows);
    out.token = a.token[0];
    out.column = head_column(L, &a, false, false);
    if (a.h)
        out.coord[out.ncoord++] = a.h;
    out.coord[out.ncoord++] = a.c;
    return stream_of_chain(L, y, &out);
}
