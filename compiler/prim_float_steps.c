/* prim_float_steps.c -- softmax and norm of numbers too wide for tables
 *
 * Their steps, one operation each: the largest, differences, exponentials by series, sums,
 * quotients; means, differences, squares, a root, quotients.  A last layer puts the bits in
 * order, and +0 where the norm has no deviation.  CONSTRUCTIONS.md, "Softmax and norm by
 * steps".
 */
#include "arith.h"
#include "operation.h"

bool fl_by_steps(const struct tc_prim *p)
{
    return tc_format_width(&p->format) > 1 && (p->options->regime == TC_REGIME_ARITHMETIC ||
                                               tc_format_width(&p->format) > TC_TABLE_MAX_BITS);
}

struct row { /* of operands */
    struct fl *l;
    const struct tc_format *f; /* of the steps */
    const struct tc_index *j;  /* older than any index of a step */
    struct number x;
};

static struct row row_open(struct fl *l, const struct tc_format *f)
{
    struct tc_family *family = l->low.family;
    struct row r = {.l = l, .f = f, .j = tc_index_new(family, "j", l->prim->terms, NULL)};
    struct tc_axis at = tc_axis_of(family->arena, r.j);

    r.x = number_wires(&l->low, l->x, &at);
    return r;
}

static bool take(struct row *r, const char *name, enum tc_op op, const struct number *x,
                 const struct number *y, struct number *result)
{
    bool minus = op == TC_OP_DIV && r->l->prim->op == TC_OP_NORM;
    struct operation o = {.name = name, .op = op, .plus = {!minus, true}, .operand = {*x}};

    if (y)
        o.operand[1] = *y;
    return operate(&r->l->low, r->f, &o, result);
}

/* of all words of a row, divided by `divide` if it is not 0 */
static bool take_all(struct row *r, const char *name, enum tc_op op, const struct number *x,
                     unsigned divide, struct number *result)
{
    struct operation o = {.name = name, .op = op, .nover = 1, .over = {r->j}, .operand = {*x}};

    if (divide)
        o.divide = tc_mpz_si(r->l->low.family->arena, divide);
    return operate(&r->l->low, r->f, &o, result);
}

/* the results' bits as gates; of [mask] alone, if there is one */
static void output(struct row *r, const struct number *y, const struct tc_form *mask)
{
    struct lowering *L = &r->l->low;
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", tc_format_width(r->f), NULL);
    struct tc_form x = number_bits(L, r->f, y, a);
    struct tc_guard guard;
    bool same;

    if (mask)
        x = tc_form_add(f, x, *mask);
    same = !form_reads(&x, r->j); /* for all operands; and yet a result for each */
    if (same)
        guard.expr = tc_axis_of(f->arena, r->j);
    tc_family_output(f, "y",
                     &tc_bank_new(f, "y", x, NULL, tc_form_si(f, mask ? 2 : 1), true, same, &guard,
                                  "output", "the results' bits as gates")
                          ->plane);
}

static bool softmax(struct row *r)
{
    struct number most, d, e, z, y;

    if (!take_all(r, "largest", TC_OP_MAX, &r->x, 0, &most) ||
        !take(r, "difference", TC_OP_SUB, &r->x, &most, &d) ||
        !take(r, "exp", TC_OP_EXP, &d, NULL, &e) || !take_all(r, "sum", TC_OP_SUM, &e, 0, &z) ||
        !take(r, "quotient", TC_OP_DIV, &e, &z, &y))
        return false;
    output(r, &y, NULL);
    return true;
}

static bool norm(struct row *r)
{
    unsigned n = r->l->prim->terms;
    struct number mean, c, square, v, root, y;
    struct tc_form some;

    if (!take_all(r, "mean", TC_OP_SUM, &r->x, n, &mean) ||
        !take(r, "centred", TC_OP_SUB, &r->x, &mean, &c) ||
        !take(r, "square", TC_OP_MUL, &c, &c, &square) ||
        !take_all(r, "variance", TC_OP_SUM, &square, n, &v) ||
        !take(r, "root", TC_OP_SQRT, &v, NULL, &root) ||
        !take(r, "quotient", TC_OP_DIV, &c, &root, &y))
        return false;
    some = number_positive(&r->l->low, &r->l->prim->format, &root, "deviates");
    output(r, &y, &some);
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
                   "number",
                   tc_format_width(l->f));
}

/* steps of ftz may be infinite, and then have NaN to tell them by */
bool fl_lower_steps(struct fl *l)
{
    struct tc_format format = *l->f;
    struct row r = row_open(l, &format);

    format.nan = format.nan || format.infinity;
    if (l->prim->op == TC_OP_NORM)
        return norm(&r);
    return has_exp(l) && softmax(&r);
}
