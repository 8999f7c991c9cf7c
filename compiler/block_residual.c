/* block_residual.c -- x + step f(x), one layer
 *
 * Where f is a rounded form that has no gates yet, its rounding takes none.  In op, that of
 * step f(x), where the step is not 1, is a function of f's value and takes no layer either.
 */
#include "lower.h"

/* a form over several coordinates, by a table of each over the column: where rows that meet
 * have different heads */
static struct tc_form split_column(struct lowering *L, struct tc_form x, const struct stream *s,
                                   const struct tc_index *to)
{
    struct tc_family *f = L->family;
    int64_t *entry = tc_alloc(f->arena, (size_t)to->extent, sizeof *entry);

    for (unsigned k = 0; k < s->ncoord; k++) {
        int64_t stride = tc_affine_coef(&s->column.at, s->coord[k]);
        struct tc_axis via = tc_axis_const(0);

        for (int64_t c = 0; c < to->extent; c++)
            entry[c] = c / stride % s->coord[k]->extent;
        via.via = table_of(L, s->coord[k]->name, (unsigned)to->extent, entry);
        via.arg = tc_axis_of(f->arena, to).at;
        x = tc_form_subst(f, x, s->coord[k], via);
    }
    return x;
}

static bool same_heads(const struct stream *x, const struct stream *y)
{
    bool same = x->ncoord == y->ncoord;

    for (unsigned k = 0; same && k < x->ncoord; k++)
        same = x->coord[k]->extent == y->coord[k]->extent;
    return same;
}

/* a form over the token and coordinates of s, over those of `to` */
static struct tc_form form_at(struct lowering *L, struct tc_form x, const struct stream *s,
                              const struct stream *to)
{
    struct tc_family *f = L->family;

    x = tc_form_subst(f, x, s->token, tc_axis_of(f->arena, to->token));
    if (s->ncoord == 1)
        return tc_form_subst(f, x, s->coord[0], to->column);
    if (!same_heads(s, to))
        return split_column(L, x, s, to->coord[0]);
    for (unsigned k = 0; k < s->ncoord; k++)
        x = tc_form_subst(f, x, s->coord[k], tc_axis_of(f->arena, to->coord[k]));
    return x;
}

/* new indices for rows that hold both: the coordinates of the one that has several */
static struct stream indices(struct lowering *L, const struct stream *x, const struct stream *y,
                             const struct tc_size *width)
{
    const struct stream *from = x->ncoord > 1 ? x : y;
    struct stream s = {.column = tc_axis_const(0)};

    s.token = tc_index_new(L->family, "i", x->token->extent, x->token->size);
    if (from->ncoord == 1 || (y->ncoord > 1 && !same_heads(x, y) && x->ncoord > 1)) {
        s.coord[s.ncoord++] = index_of(L, "c", width);
        s.column = tc_axis_of(L->family->arena, s.coord[0]);
        return s;
    }
    for (unsigned k = 0; k < from->ncoord; k++) {
        const struct tc_index *c = from->coord[k];

        s.coord[s.ncoord++] = tc_index_new(L->family, c->name, c->extent, c->size);
        s.column = tc_axis_plus(L->family->arena, s.column, tc_affine_coef(&from->column.at, c),
                                s.coord[k]);
    }
    return s;
}

struct sum {
    struct lowering *L;
    mpq_srcptr step;
    bool negated; /* the first value is that of -f */
};

/* R(step f + x), in op R(R(step f) + x) */
static int64_t stepped(void *ctx, int64_t f, int64_t x)
{
    const struct sum *s = ctx;
    struct lowering *L = s->L;
    int64_t value;
    mpz_t number;
    mpq_t y;

    mpz_init(number);
    mpq_init(y);
    number_of(L, is_float(L), s->negated ? -f : f, mpq_numref(y));
    mpq_mul(y, y, s->step);
    if (L->spec->rounding == TC_OP && mpz_cmp(mpq_numref(s->step), mpq_denref(s->step)) != 0) {
        value = plus_value(L, nearest_value(L, y), x);
    } else {
        number_of(L, is_float(L), x, number);
        mpz_addmul(mpq_numref(y), number, mpq_denref(y));
        value = nearest_value(L, y);
    }
    mpz_clear(number);
    mpq_clear(y);
    return value;
}

/* f is steps of an exact form: its rounding takes no layer (pair.c) */
static struct stream sum_with_steps(struct lowering *L, const struct tc_block *block,
                                    const struct stream *f, struct stream x)
{
    struct sum sum = {L, block->residual.step, mpq_sgn(block->residual.step) < 0};
    struct stream like = indices(L, &x, f, &block->out);
    const struct chain *c = stream_chain(L, &x);
    struct steps s = *f->steps;
    struct tc_form wires = tc_form_si(L->family, 0);

    s.form = form_at(L, s.form, f, &like);
    s.row = like.column;
    if (sum.negated)
        s = steps_negated(L, s);
    if (c->n)
        wires = form_at(L, wire_of(L, c->plane), &x, &like);
    return stream_of_chain(L,
                           chain_of_two(L, s, c, &wires, stepped, &sum, "y",
                                        "the row plus what the blocks make of it"),
                           &like);
}

/* the sum of two rows that have gates or are wires */
static struct stream sum_of_rows(struct lowering *L, const struct tc_block *block,
                                 const struct stream *in, struct stream y)
{
    struct tc_family *f = L->family;
    struct tc_scale scale = {.multiply = block->residual.step, .divide = tc_mpq(f->arena)};
    struct scaling scaling = {L, &scale};
    mpq_ptr one = tc_mpq(f->arena), divide = tc_mpq(f->arena);
    struct stream like = indices(L, in, &y, &block->out);
    struct tc_form sum;

    mpq_set_ui(scale.divide, 1, 1);
    mpq_set_ui(one, 1, 1);
    mpq_set_ui(divide, 1, 1);
    if (L->spec->rounding == TC_OP && mpq_cmp(scale.multiply, one) != 0)
        y = stream_map(L, &y, scale_value, &scaling, "times the step");
    y = stream_ready(L, y);
    sum = form_at(L, y.word.value, &y, &like);
    if (L->spec->rounding == TC_BLOCK) {
        mpq_set_z(divide, mpq_denref(scale.multiply));
        sum = tc_form_scale(f, sum, mpq_numref(scale.multiply));
    }
    sum = tc_form_add(f, sum,
                      tc_form_scale(f, form_at(L, in->word.value, in, &like), mpq_numref(divide)));
    return stream_of_steps(L, steps_round(L, sum, one, divide, false), "y",
                           "the row plus what the blocks make of it", &like);
}

struct stream lower_residual(struct lowering *L, const struct tc_block *block,
                             const struct stream *in)
{
    const char *component = L->component, *prefix = L->prefix;
    struct stream y = lower_blocks(L, block->nchild, block->child, in);
    unsigned gates = in->chain ? in->chain->n : (unsigned)(largest_value(L) - least_value(L)) + 1;

    if (L->err->kind)
        return y;
    if (!y.steps || y.ncoord != 1 || !chain_of_two_fits(L, y.steps, gates)) {
        y = stream_ready(L, y);
        L->component = component;
        L->prefix = prefix;
        return sum_of_rows(L, block, in, y);
    }
    L->component = component;
    L->prefix = prefix;
    return sum_with_steps(L, block, &y, *in);
}
