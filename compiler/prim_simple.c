/* prim_simple.c -- relu, floor and abs of integers of any width: no table
 *
 * In two's complement relu is a comparison of each bit with the sign, floor leaves bits
 * out, and abs turns each bit that has a 1 below it.  CONSTRUCTIONS.md, "floor, relu, abs of
 * fixed-point numbers".
 */
#include "prim_integer.h"

static struct tc_axis only(void)
{
    return tc_axis_const(0);
}

/* coef[a] x, free in a */
static struct tc_form times_row(struct prim_lowering *p, struct tc_form x, const int64_t *coef,
                                const struct tc_index *a)
{
    struct tc_axis at = tc_axis_of(p->low.family->arena, a);

    return tc_form_times(p->low.family, x, table_of(&p->low, "row", (unsigned)a->extent, coef),
                         &at);
}

/* bits first .. last, the others 0 */
static struct tc_form some_bits(struct prim_lowering *p, const struct tc_index *a, unsigned first,
                                unsigned last)
{
    struct tc_arena *arena = p->low.family->arena;
    int64_t *row = tc_alloc(arena, (size_t)a->extent, sizeof *row);

    for (unsigned k = first; k <= last; k++)
        row[k] = 1;
    return times_row(p, il_bit(p, only(), tc_axis_of(arena, a)), row, a);
}

/* x_a less the sign: at least 1 where x_a is 1 and the sign is not */
static struct tc_form relu(struct prim_lowering *p, const struct tc_index *a)
{
    struct tc_family *f = p->low.family;
    unsigned sign = p->prim->format.bits - 1;
    int64_t *row = tc_alloc(f->arena, sign + 1, sizeof *row);

    if (!sign)
        return tc_form_si(f, 0);
    for (unsigned k = 0; k < sign; k++)
        row[k] = -1;
    return tc_form_add(f, some_bits(p, a, 0, sign - 1),
                       times_row(p, il_bit(p, only(), tc_axis_const(sign)), row, a));
}

/* how many of the bits below bit a + 1 are 1, and a + 1 times x: gates with a threshold of
 * so many times a + 1, and 1 */
static struct tc_form above_ones(struct prim_lowering *p, const char *name, struct tc_form x,
                                 unsigned times, const struct tc_index *a, const char *note)
{
    struct tc_family *f = p->low.family;
    const struct tc_index *i = tc_index_new(f, "i", a->extent, NULL);
    struct tc_guard below = tc_guard_le(f->arena, i, a);
    int64_t *place = tc_alloc(f->arena, (size_t)a->extent, sizeof *place);
    int64_t *theta = tc_alloc(f->arena, (size_t)a->extent, sizeof *theta);
    struct tc_form ones = il_bit(p, only(), tc_axis_of(f->arena, i));
    struct tc_axis at = tc_axis_of(f->arena, a);

    for (int64_t k = 0; k < a->extent; k++) {
        place[k] = k + 1;
        theta[k] = times * (k + 1) + 1;
    }
    x = tc_form_add(f, tc_form_sum(f, ones, 1, &i, 1, &below), times_row(p, x, place, a));
    x = wire_of(
        &p->low,
        &il_bank(p, name, x,
                 tc_form_table(f, table_of(&p->low, "theta", (unsigned)a->extent, theta), &at),
                 note)
             ->plane);
    return x;
}

/* x_a turned where the sign is 1 and a bit below it is; all ones at the least number */
static struct tc_form absolute(struct prim_lowering *p, const struct tc_index *a)
{
    struct tc_family *f = p->low.family;
    unsigned sign = p->prim->format.bits - 1;
    int64_t *row = tc_alloc(f->arena, sign + 1, sizeof *row);
    int64_t *turned = tc_alloc(f->arena, sign + 1, sizeof *turned);
    int64_t *low = tc_alloc(f->arena, sign + 1, sizeof *low);
    struct tc_form minus = il_bit(p, only(), tc_axis_const(sign)), bit, ones, turn, both;
    const struct tc_index *i, *above;
    struct tc_axis at;

    if (!sign)
        return tc_form_si(f, 0);
    i = tc_index_new(f, "i", sign, NULL);
    ones = tc_form_sum(f, il_bit(p, only(), tc_axis_of(f->arena, i)), 1, &i, 0, NULL);
    bit = tc_form_sub(f, tc_form_scale_si(f, minus, sign), ones);
    bit =
        wire_of(&p->low, &il_bank(p, "least", bit, tc_form_si(f, sign), "the least number")->plane);
    for (unsigned k = 0; k < sign; k++) {
        low[k] = 1;
        row[k] = k ? k - 1 : 0;
        turned[k] = k > 0;
    }
    bit = tc_form_add(f, some_bits(p, a, 0, sign - 1), times_row(p, bit, low, a));
    if (sign > 1) {
        above = tc_index_new(f, "a", (int64_t)sign - 1, NULL);
        at = tc_axis_plus(f->arena, tc_axis_const(1), 1, above);
        turn = above_ones(p, "turn", minus, 1, above, "negative, and a 1 below the bit");
        both = above_ones(p, "turn.one", tc_form_add(f, minus, il_bit(p, only(), at)), 2, above,
                          "and the bit is 1");
        turn = tc_form_sub(f, turn, tc_form_scale_si(f, both, 2));
        at = (struct tc_axis){.via = table_of(&p->low, "below", sign + 1, row),
                              .arg = tc_axis_of(f->arena, a).at};
        bit = tc_form_add(f, bit, times_row(p, tc_form_subst(f, turn, above, at), turned, a));
    }
    return claim(&p->low, bit, 0, 1);
}

void il_simple(struct prim_lowering *p)
{
    const struct tc_format *t = &p->prim->format;
    const struct tc_index *a = tc_index_new(p->low.family, "a", t->bits, NULL);
    unsigned last = t->bits - 1, first = t->fraction < last ? t->fraction : last;

    if (p->prim->op == TC_OP_FLOOR)
        il_output(p, "y", some_bits(p, a, first, last));
    else if (t->kind != TC_FIXED)
        il_output(p, "y", some_bits(p, a, 0, last));
    else
        il_output(p, "y", p->prim->op == TC_OP_RELU ? relu(p, a) : absolute(p, a));
}
