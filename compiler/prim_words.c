/* prim_words.c -- operands of one operation of which the last are constants */
#include "prim_words.h"

#include <assert.h>

const struct prim_words *prim_words(struct lowering *L, const struct tc_prim *p)
{
    struct tc_arena *arena = L->family->arena;
    unsigned width = tc_format_width(&p->format), n = p->noperand + p->nconst;
    struct prim_words *w = tc_alloc(arena, 1, sizeof *w);
    int64_t *operand = tc_alloc(arena, n, sizeof *operand), extent[2] = {n, width};
    int64_t *wire = tc_alloc(arena, n, sizeof *wire);
    int64_t *bits = tc_alloc(arena, (size_t)n * width, sizeof *bits);

    if (!p->nconst)
        return NULL;
    for (unsigned i = 0; i < n; i++) {
        const uint64_t *word = p->constant + (size_t)(i - p->noperand) * p->limbs;

        if (i < p->noperand) {
            operand[i] = i;
            wire[i] = 1;
            continue;
        }
        for (unsigned a = 0; a < width; a++)
            bits[i * width + a] = (int64_t)(word[a / 64] >> (a % 64) & 1);
    }
    w->operand = table_of(L, "operand", n, operand);
    w->wire = table_of(L, "wire", n, wire);
    w->bit = tc_table_dense(L->family, "constant", 2, extent, bits);
    return w;
}

struct tc_form prim_word_bit(struct lowering *L, const struct prim_words *w,
                             const struct tc_plane *x, struct tc_axis i, struct tc_axis a)
{
    struct tc_family *f = L->family;
    struct tc_axis at[2] = {i, a}, wire[2] = {{.via = w->operand, .arg = i.at}, a};
    struct tc_form y = tc_form_times(f, tc_form_wire(f, x, wire), w->wire, at);

    assert(!i.via);
    return claim(L, tc_form_add(f, y, tc_form_table(f, w->bit, at)), 0, 1);
}
