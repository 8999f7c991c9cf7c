/* block_norm.c -- norms of rows: layer, rms and sphere */
#include "norm.h"

struct tc_form norm_row(struct norm *n, struct tc_form x)
{
    struct tc_family *f = n->L->family;
    const struct tc_index *over[2];

    for (unsigned k = 0; k < n->in.ncoord; k++) {
        const struct tc_index *from = n->in.coord[k];

        over[k] = tc_index_new(f, "e'", from->extent, from->size);
        x = tc_form_subst(f, x, from, tc_axis_of(f->arena, over[k]));
    }
    return tc_form_sum(f, x, n->in.ncoord, over, 0, NULL);
}

int64_t norm_constant(const struct norm *n, const struct norm_weight *w, int64_t column)
{
    return value_of_code(n->L, w->tensor->word[column]);
}

struct word norm_word(struct norm *n, const struct norm_weight *w)
{
    return word_of_wires(n->L, w->plane, &n->in.column);
}

struct chain norm_chain(struct norm *n, struct word w, const char *name)
{
    struct steps s = w.raw ? raw_steps(n->L, w.raw) : steps_sum(n->L, w.value);

    return chain_new(n->L, s, name, w.raw ? "T_word" : "T_round", NULL, "its values, as steps");
}

unsigned norm_parts(const struct norm *n)
{
    return is_float(n->L) ? 4 : 2;
}

void norm_middle(const struct norm *n, int64_t r, mpz_ptr times_parts, bool *strict)
{
    mpq_t middle;

    mpq_init(middle);
    value_middle(n->L, r, middle, strict);
    mpz_mul_ui(times_parts, mpq_numref(middle), norm_parts(n));
    mpz_divexact(times_parts, times_parts, mpq_denref(middle));
    mpq_clear(middle);
}

static struct norm_weight weight(struct lowering *L, const struct tc_block *block, unsigned k)
{
    struct norm_weight w = {0};

    if (k < block->ntensor) {
        w.tensor = &L->spec->tensor[block->tensor + k];
        w.plane = L->plane[block->tensor + k];
    }
    return w;
}

/* Of inputs that are floats of a few bits the values' chain: sums of them are then sums of
 * d groups of gates, and not of as many as a float has that is read bit by bit. */
static void read_chain(struct norm *n)
{
    if (n->in.word.raw && n->L->bits <= NORM_PAIR_BITS) {
        n->in.word.value = stream_chain(n->L, &n->in)->form;
        n->in.word.raw = NULL;
    }
}

struct stream lower_norm(struct lowering *L, const struct tc_block *block, const struct stream *in)
{
    struct norm n = {.L = L,
                     .block = block,
                     .in = *in,
                     .width = block->in.value,
                     .gain = weight(L, block, 0),
                     .bias = weight(L, block, 1)};

    read_chain(&n);
    return L->spec->rounding == TC_OP ? norm_op(&n) : norm_block(&n);
}
