/* prim_function.c -- functions of one operand, and quotients, of integers
 *
 * A chain of as many gates as the function has changes, or regions of them; comparisons
 * with multiples of the divisor.
 */
#include "prim_integer.h"
#include "telescope.h"

#include <assert.h>
#include <string.h>

/* ------------------------------------------------------- functions of one operand */

/* the operation with constants put in */
static int64_t apply(const struct tc_prim *prim, int64_t m)
{
    int64_t c, low = tc_prim_least(&prim->format), high = tc_prim_largest(&prim->format), r;
    mpz_t num, den;

    if (!prim->nconst)
        return tc_function_round(prim->op, &prim->format, m);
    c = il_constant(prim, 0);
    switch (prim->op) {
    case TC_OP_LT:
        return m < c;
    case TC_OP_LE:
        return m <= c;
    case TC_OP_EQ:
        return m == c;
    default:
        break;
    }
    assert(prim->op == TC_OP_DIV);
    if (c == 0)
        return m < 0 ? low : m > 0 ? high : 0;
    mpz_init_set_si(num, c < 0 ? -m : m);
    mpz_init_set_si(den, c < 0 ? -c : c);
    mpz_mul_2exp(num, num, prim->format.fraction);
    r = tc_div_round(62, num, den);
    mpz_clears(num, den, NULL);
    return r < low ? low : r > high ? high : r;
}

/* the function's changes, by the operand less the least number */
static struct stairs function_stairs(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    int64_t low = tc_prim_least(&p->prim->format), high = tc_prim_largest(&p->prim->format);
    struct tc_form x = tc_form_sub(f, il_value(p, tc_axis_const(0)), tc_form_si(f, low));
    struct stairs s = {.x = x, .size = high - low + 1, .first = apply(p->prim, low)};
    int64_t value = s.first;

    s.at = tc_alloc(f->arena, (size_t)s.size, sizeof *s.at);
    s.jump = tc_alloc(f->arena, (size_t)s.size, sizeof *s.jump);
    s.turn = tc_alloc(f->arena, (size_t)s.size, sizeof *s.turn);
    for (int64_t m = low + 1; m <= high; m++) {
        int64_t v = apply(p->prim, m);

        if (v == value)
            continue;
        s.at[s.n] = m - low;
        s.jump[s.n++] = v - value;
        value = v;
    }
    return s;
}

/* in one layer, whose bits are free */
static void function_chain(struct prim_lowering *p, const struct stairs *stairs)
{
    struct tc_family *f = p->low.family;
    struct chain *c = tc_alloc(f->arena, 1, sizeof *c);
    struct steps s = {.form = stairs->x, .n = stairs->n};

    s.at = tc_alloc(f->arena, s.n + 1, sizeof *s.at);
    s.value = tc_alloc(f->arena, s.n + 1, sizeof *s.value);
    s.value[0] = stairs->first;
    for (unsigned k = 0; k < s.n; k++) {
        s.at[k] = tc_mpz_si(f->arena, stairs->at[k]);
        s.value[k + 1] = s.value[k] + stairs->jump[k];
    }
    *c = chain_new(&p->low, s, p->prim->name, "T_function", NULL, "where the function changes");
    il_output(p, "y", word_of_chain(&p->low, c, p->prim->result[0].bits).bit);
}

/* one layer, a circuit of depth 2; or two, of depth 4 with the carries of their sum */
void il_function(struct prim_lowering *p)
{
    struct fl l = {.low = p->low, .prim = p->prim, .x = p->x};
    struct stairs s = function_stairs(p);
    struct telescope *two = telescope_plan(p->low.family->arena, &s, TELESCOPE_NONE);
    struct cost cost[2] = {{.depth = 2, .gates = s.n}, {.depth = 4}};
    const struct tc_index *a;
    struct tc_form y;

    cost[1].gates = two ? telescope_gates(two) : s.n;
    if (!cheapest(&p->low, 2, cost)) {
        function_chain(p, &s);
        return;
    }
    y = stairs_build(&l, &s, two, TELESCOPE_NONE, s.x, p->prim->name).value;
    p->low.component = "output";
    il_output(p, "y",
              float_bits(&p->low, "bits", y, NULL, p->prim->result[0].bits, &a,
                         "carries into the result's bits"));
}

/* ------------------------------------------------------------------------ quotient
 *
 * With v = 2^(F+1) x - (2r - 1) y and y > 0, x / y rounds to r or more iff v > 0, or
 * v = 0 and r is even.  K v + y >= 1 and K v - y >= 0 say v >= 0 and v >= 1 there, and
 * at y = 0 what they must: true by the sign of x, and 0/0 = 0.
 */
static struct tc_form quotient_half(struct prim_lowering *p, bool negative, const char *name)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *t = &p->prim->format;
    int64_t low = tc_prim_least(t), high = tc_prim_largest(t), n = high - low;
    int64_t k = negative || high < 1 ? 1 : high, mask, extent = n;
    int64_t *theta = tc_alloc(f->arena, (size_t)n, sizeof *theta);
    int64_t *slope = tc_alloc(f->arena, (size_t)n, sizeof *slope);
    unsigned bits = t->bits - (t->kind == TC_FIXED); /* of y, without its sign */
    struct tc_form x = il_value(p, tc_axis_const(0)), y = tc_form_si(f, 0), sign, bound;
    struct tc_index *a, *index = chain_index(&p->low, n, "T_quotient");
    struct chain c = {.n = (unsigned)n};
    struct tc_axis at;

    /* |y|: the low bits, or their complement and 1 */
    if (bits) {
        const struct tc_index *ix;

        ix = a = tc_index_new(f, "a", bits, NULL);
        at = tc_axis_of(f->arena, a);
        y = tc_form_times(f, il_bit(p, tc_axis_const(1), at), powers(&p->low, bits, false), &at);
        y = tc_form_sum(f, y, 1, &ix, 0, NULL);
        y = claim(&p->low, y, 0, ((int64_t)1 << bits) - 1);
    }
    if (negative) {
        y = tc_form_sub(f, tc_form_si(f, (int64_t)1 << bits), y);
        y = claim(&p->low, y, 1, (int64_t)1 << bits);
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t r = low + 1 + i, odd = r % 2 != 0;

        slope[i] = k * (2 * r - 1);
        if (negative) { /* y is not 0 */
            theta[i] = odd;
        } else {
            slope[i] += r > 0 && !odd ? -1 : r <= 0 && odd ? 1 : 0;
            theta[i] = r > 0;
        }
    }
    x = tc_form_scale_si(f, x, (negative ? -2 * k : 2 * k) * ((int64_t)1 << t->fraction));
    if (t->kind == TC_FIXED) { /* the other sign of y is masked */
        mask = mpz_get_si(x.hi) + 2 + ((int64_t)1 << bits) * (2 * (n + 1) * k + 1);
        sign = il_bit(p, tc_axis_const(1), tc_axis_const(bits));
        x = negative ? tc_form_add(f, x, tc_form_scale_si(f, sign, mask))
                     : tc_form_sub(f, x, tc_form_scale_si(f, sign, mask));
        for (int64_t i = 0; negative && i < n; i++)
            theta[i] += mask;
    }
    at = tc_axis_of(f->arena, index);
    bound = n == 1 ? tc_form_si(f, theta[0])
                   : tc_form_table(f, table_of(&p->low, "theta", (unsigned)n, theta), &at);
    y = n == 1 ? tc_form_scale_si(f, y, slope[0])
               : tc_form_times(f, y, tc_table_dense(f, "slope", 1, &extent, slope), &at);
    bound = tc_form_add(f, bound, y);
    c.plane = &tc_bank_new(f, name, x, n == 1 ? NULL : index, bound, true, 0, NULL,
                           p->low.component, "comparisons with multiples of the divisor")
                   ->plane;
    c.value = tc_alloc(f->arena, (size_t)n + 1, sizeof *c.value);
    for (int64_t i = 0; i <= n; i++)
        c.value[i] = low + i;
    c.form = chain_form(&p->low, &c);
    return word_of_chain(&p->low, &c, t->bits).bit;
}

void il_quotient(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *t = &p->prim->format;
    struct tc_form y = quotient_half(p, false, "quotient"), z;
    const struct tc_index **free;
    struct tc_index *a;
    struct tc_axis at;
    int64_t base[64] = {0};

    if (t->kind != TC_FIXED) {
        il_output(p, "y", y);
        return;
    }
    z = quotient_half(p, true, "quotient.negative");
    a = tc_index_new(f, "a", t->bits, NULL);
    at = tc_axis_of(f->arena, a);
    tc_form_free(f, &y, &free);
    y = tc_form_subst(f, y, free[0], at);
    tc_form_free(f, &z, &free);
    y = tc_form_add(f, y, tc_form_subst(f, z, free[0], at));
    /* each half is the least number where the other speaks */
    base[t->bits - 1] = 1;
    y = tc_form_sub(f, y, tc_form_table(f, table_of(&p->low, "least", t->bits, base), &at));
    il_output(p, "y", claim(&p->low, y, 0, 1));
}
