/* block_residual.c -- x + step f(x): one rounding and one layer, two roundings in op where
 * the step is not 1 (that of step f is a function of f's own gates) */
#include "lower.h"

#include <assert.h>

/* columns of a row of two coordinates, by a table each: the rows have different heads */
static struct tc_form split_column(struct lowering *L, struct tc_form x, const struct stream *s,
                                   const struct tc_index *to)
{
    struct tc_family *f = L->family;
    int64_t width = to->extent, part = s->coord[1]->extent;
    int64_t *entry = tc_alloc(f->arena, (size_t)width, sizeof *entry);

    for (unsigned k = 0; k < 2; k++) {
        struct tc_axis via = tc_axis_const(0);

        for (int64_t c = 0; c < width; c++)
            entry[c] = k ? c % part : c / part;
        via.via = table_of(L, k ? "coordinate" : "head", (unsigned)width, entry);
        via.arg = tc_axis_of(f->arena, to).at;
        x = tc_form_subst(f, x, s->coord[k], via);
    }
    return x;
}

/* the rows' values over the token and coordinates of `to` */
static struct tc_form value_at(struct lowering *L, const struct stream *s, const struct stream *to)
{
    struct tc_family *f = L->family;
    struct tc_form x = tc_form_subst(f, s->word.value, s->token, tc_axis_of(f->arena, to->token));

    if (s->ncoord == 1)
        return tc_form_subst(f, x, s->coord[0], to->column);
    if (to->ncoord == 1)
        return split_column(L, x, s, to->coord[0]);
    for (unsigned k = 0; k < 2; k++)
        x = tc_form_subst(f, x, s->coord[k], tc_axis_of(f->arena, to->coord[k]));
    return x;
}

static bool same_heads(const struct stream *x, const struct stream *y)
{
    return x->ncoord == 2 && y->ncoord == 2 && x->coord[1]->extent == y->coord[1]->extent;
}

/* new indices for rows that hold both: the coordinates of the one that has two */
static struct stream indices(struct lowering *L, const struct stream *x, const struct stream *y,
                             const struct tc_size *width)
{
    const struct stream *from = x->ncoord == 2 ? x : y;
    struct stream s = {.column = tc_axis_const(0)};

    s.token = tc_index_new(L->family, "i", x->token->extent, x->token->size);
    if (from->ncoord == 1 || (x->ncoord == y->ncoord && !same_heads(x, y))) {
        s.coord[s.ncoord++] = index_of(L, "c", width);
        s.column = tc_axis_of(L->family->arena, s.coord[0]);
        return s;
    }
    for (unsigned k = 0; k < 2; k++)
        s.coord[s.ncoord++] =
            tc_index_new(L->family, k ? "c" : "h", from->coord[k]->extent, from->coord[k]->size);
    s.column = tc_axis_plus(L->family->arena, s.column, s.coord[1]->extent, s.coord[0]);
    s.column = tc_axis_plus(L->family->arena, s.column, 1, s.coord[1]);
    return s;
}

struct stream lower_residual(struct lowering *L, const struct tc_block *block,
                             const struct stream *in)
{
    struct tc_family *f = L->family;
    struct tc_scale scale = {.multiply = block->residual.step, .divide = tc_mpq(f->arena)};
    struct scaling scaling = {L, &scale};
    const char *component = L->component, *prefix = L->prefix;
    struct stream y = lower_blocks(L, block->nchild, block->child, in), like;
    mpq_ptr one = tc_mpq(f->arena), divide = tc_mpq(f->arena);
    struct tc_form sum;

    if (L->err->kind)
        return y;
    mpq_set_ui(scale.divide, 1, 1);
    mpq_set_ui(one, 1, 1);
    mpq_set_ui(divide, 1, 1);
    if (L->spec->rounding == TC_OP && mpq_cmp(scale.multiply, one) != 0)
        y = stream_map(L, &y, scale_value, &scaling, "times the step");
    y = stream_ready(L, y);
    L->component = component;
    L->prefix = prefix;
    like = indices(L, in, &y, &block->out);
    sum = value_at(L, &y, &like);
    if (L->spec->rounding == TC_BLOCK) {
        mpq_set_z(divide, mpq_denref(scale.multiply));
        sum = tc_form_scale(f, sum, mpq_numref(scale.multiply));
    }
    sum = tc_form_add(f, sum, tc_form_scale(f, value_at(L, in, &like), mpq_numref(divide)));
    return stream_of_steps(L, steps_round(L, sum, one, divide, false), "x",
                           "the row plus what the blocks make of it", &like);
}
