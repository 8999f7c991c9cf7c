/* block_attention.c -- an attention block: its indices and weights */
#include "attention.h"

#include <string.h>

/* heads of queries, and of keys where they are fewer */
static void group_init(struct lowering *L, struct head *a)
{
    const struct tc_size *heads = &a->att->heads, *kv = &a->att->kv_heads;
    struct tc_size group = {heads->value / kv->value,
                            tc_poly_div(L->family->arena, heads->poly, kv->poly)};

    if (group.value == 1) {
        group = *heads;
    } else if (kv->value > 1) {
        a->g = index_of(L, "g", kv);
    }
    if (!group.poly) /* kv-heads is a sum */
        group.poly = tc_poly_int(L->family->arena, group.value);
    if (group.value > 1)
        a->h = index_of(L, "h", &group);
}

/* the keys that a query sees */
static void mask_init(struct lowering *L, struct head *a)
{
    const struct tc_attention *att = a->att;
    struct tc_arena *arena = L->family->arena;

    for (unsigned k = 1; att->mask != TC_MASK_NONE && k <= a->keys; k++) {
        struct tc_guard *guard = &a->guards.guard[a->guards.n++];

        *guard = tc_guard_le(arena, a->token[k], a->token[0]);
        guard->expr.at.constant = att->mask == TC_MASK_STRICT_CAUSAL ? -1 : 0;
        if (att->mask == TC_MASK_WINDOW) { /* key >= query - span + 1 */
            guard = &a->guards.guard[a->guards.n++];
            *guard = tc_guard_le(arena, a->token[0], a->token[k]);
            guard->expr.at.constant = att->span - 1;
        }
    }
}

void head_init(struct lowering *L, struct head *a, const struct tc_block *block)
{
    static const char *const token[TC_MOST_ORDER] = {"i", "j", "k", "l", "l4", "l5", "l6", "l7"};
    const struct tc_attention *att = &block->attention;
    struct tc_arena *arena = L->family->arena;
    struct tc_size cols = {att->heads.value * att->head_width.value,
                           tc_poly_mul(arena, att->heads.poly, att->head_width.poly)};
    struct tc_size kv = {att->kv_heads.value * att->head_width.value,
                         tc_poly_mul(arena, att->kv_heads.poly, att->head_width.poly)};
    const struct tc_index *column[2];
    bool shared = att->kv_heads.value != att->heads.value;

    memset(a, 0, sizeof *a);
    a->att = att;
    a->keys = att->order - 1;
    for (unsigned k = 0; k <= a->keys; k++)
        a->token[k] = index_of(L, token[k], &L->spec->length);
    group_init(L, a);
    column[0] = index_of(L, "c", &cols);
    column[1] = shared ? index_of(L, "c", &kv) : column[0];
    a->dot = index_of(L, "e", &att->head_width);
    a->c = index_of(L, "c", &att->head_width);
    if (att->rope != TC_ROPE_NONE) {
        const struct tc_poly *two = tc_poly_int(arena, 2);

        a->pair = tc_index_new(L->family, "p", att->head_width.value / 2,
                               tc_poly_div(arena, att->head_width.poly, two));
        a->r = tc_index_new(L->family, "r", 2, NULL);
    }
    mask_init(L, a);
    if (att->rope_computed)
        a->entries = tc_alloc(arena, 1, sizeof *a->entries);
    a->position = block->tensor + 1 + 2 * a->keys + att->output;
    for (unsigned k = 0; k < 1 + 2 * a->keys; k++) {
        const char *letter = k == 0         ? "q"
                             : a->keys == 1 ? (k == 1 ? "k" : "v")
                             : k <= a->keys ? tc_sprintf(arena, "k%u", k)
                                            : tc_sprintf(arena, "v%u", k - a->keys);

        a->weight[k] = matrix_new(L, block->tensor + k, column[k > 0], letter);
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
    struct stream rows = *in;
    struct head a;

    if (att->rope != TC_ROPE_NONE &&
        !base_fits(L, att->base, tc_sprintf(L->family->arena, "rope base '%.60s'", att->base_text),
                   block->loc))
        return rows;
    if (att->position.kind == TC_SINUSOIDAL || att->position.kind == TC_LEARNED) {
        L->component = tc_sprintf(L->family->arena, "%s.positions", block->path);
        rows = stream_ready(L, position_rows(L, &att->position, position_tensor(block), &att->width,
                                             block->loc, in));
        L->component = block->path;
        if (L->err->kind)
            return rows;
    }
    head_init(L, &a, block);
    if (!bias_fits(L, &a, block->loc))
        return rows;
    rows = att->kind == TC_CME             ? head_chain(L, &a, attention_cme(L, &a, &rows))
           : L->spec->rounding == TC_BLOCK ? attention_block(L, &a, &rows)
           : L->spec->rounding == TC_OP    ? attention_op(L, &a, &rows)
                                           : head_chain(L, &a, attention_layer(L, &a, &rows));
    if (!att->output)
        return rows;
    L->component = tc_sprintf(L->family->arena, "%s.output", block->path);
    rows = stream_ready(L, rows);
    return linear_rows(
        L, matrix_new(L, block->tensor + 2 * att->order - 1, index_of(L, "c", &block->out), "o"), 0,
        &rows);
}
