/* prim_float_steps.c -- softmax and norm of numbers too wide for tables
 *
 * Their steps, one operation each: the largest, differences, exponentials by series, sums,
 * quotients; means, differences, squares, a root, quotients.  A last layer puts the bits in
 * order, and +0 where the norm has no deviation.  CONSTRUCTIONS.md, "Softmax and norm by
 * steps".
 */
#include "arith.h"
#include "compose.h"

bool fl_by_steps(const struct tc_prim *p)
{
    return tc_format_width(&p->format) > 1 && (p->options->regime == TC_REGIME_ARITHMETIC ||
                                               tc_format_width(&p->format) > TC_TABLE_MAX_BITS);
}

/* the results' bits as gates; of [mask] alone, if there is one */
static void output(struct steps_of *s, const struct step_word *y, const struct tc_form *mask)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", tc_format_width(l->f), NULL);
    struct tc_form x = steps_bit(s, y, a);

    if (mask)
        x = tc_form_add(f, x, *mask);
    tc_family_output(f, "y",
                     &tc_bank_new(f, "y", x, NULL, tc_form_si(f, mask ? 2 : 1), true, 0, NULL,
                                  "output", "the results' bits as gates")
                          ->plane);
}

/* 0/1, a gate: the word, which is not negative, is not 0; infinite words of formats whose infinity
 * is a result alone count as 0 */
static struct tc_form deviates(struct steps_of *s, const struct step_word *w)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned bits = tc_format_width(l->f) - 1;
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    mpz_ptr last = tc_mpz(f->arena);
    struct tc_form key = tc_form_wire(f, w->bits, &at), some;

    key = times_table(&l->low, "power", key, 1, &a, ar_powers(l, bits));
    key = tc_form_sum(f, key, 1, &a, 0, NULL);
    some = ar_gate_si(l, "deviates", key, 1, "the deviation is not 0");
    if (!l->prim->format.infinity || l->prim->format.nan)
        return some;
    fl_largest(l->f, last);
    mpz_add_ui(last, last, 1);
    some = tc_form_sub(f, some, ar_gate(l, "infinite", key, last, "nor is it infinite"));
    return claim(&l->low, some, 0, 1);
}

static bool softmax(struct steps_of *s, unsigned n)
{
    struct step_word x = steps_input(s), most, d, e, z, y;

    if (!steps_take(s, &(struct step){"largest", TC_OP_MAX, n, 0, {x}}, &most) ||
        !steps_take(s, &(struct step){"difference", TC_OP_SUB, 0, 0, {x, most}}, &d) ||
        !steps_take(s, &(struct step){"exp", TC_OP_EXP, 0, 0, {d}}, &e) ||
        !steps_take(s, &(struct step){"sum", TC_OP_SUM, n, 0, {e}}, &z) ||
        !steps_take(s, &(struct step){"quotient", TC_OP_DIV, 0, 0, {e, z}}, &y))
        return false;
    output(s, &y, NULL);
    return true;
}

static bool norm(struct steps_of *s, unsigned n)
{
    struct step_word x = steps_input(s), mean, c, square, v, root, y;
    struct tc_form some;

    if (!steps_take(s, &(struct step){"mean", TC_OP_SUM, n, n, {x}}, &mean) ||
        !steps_take(s, &(struct step){"centred", TC_OP_SUB, 0, 0, {x, mean}}, &c) ||
        !steps_take(s, &(struct step){"square", TC_OP_MUL, 0, 0, {c, c}}, &square) ||
        !steps_take(s, &(struct step){"variance", TC_OP_SUM, n, n, {square}}, &v) ||
        !steps_take(s, &(struct step){"root", TC_OP_SQRT, 0, 0, {v}}, &root) ||
        !steps_take(s, &(struct step){"quotient", TC_OP_DIV, 0, 0, {c, root}}, &y))
        return false;
    some = deviates(s, &root);
    output(s, &y, &some);
    return true;
}

static bool has_exp(const struct fl *l)
{
    struct tc_prim exp = *l->prim;

    exp.op = TC_OP_EXP;
    return l->f->kind != TC_FLOAT || tc_format_width(l->f) <= TC_TABLE_MAX_BITS ||
           tc_prim_is_series(&exp) ||
           tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                   "softmax of %u-bit floats takes exp by its series, which is built where 1 is a "
                   "number and exponents are within 2^13",
                   tc_format_width(l->f));
}

/* steps of ftz may be infinite, and then have NaN to tell them by */
bool fl_lower_steps(struct fl *l)
{
    struct tc_format format = *l->f;
    struct fl inner = *l;
    struct steps_of s = steps_open(&inner, l->prim->terms);

    format.nan = format.nan || format.infinity;
    inner.f = &format;
    if (l->prim->op == TC_OP_NORM)
        return norm(&s, l->prim->terms);
    return has_exp(l) && softmax(&s, l->prim->terms);
}
