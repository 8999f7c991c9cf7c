/* prim_softmax.c -- softmax with the maximum subtracted, every step rounded
 *
 *     m = max x     e_j = R(exp R(x_j - m))     Z = R(sum e)     y_j = R(e_j / Z)
 *
 * Differences and their exponentials are made for every operand i in the place of m;
 * comparisons say whose count, in the same gates:
 *
 *     e_j = sum over i, t of (step t of exp R) [W (wins_i - (N - 1)) + x_j - x_i >= at_t]
 *
 * with W so large that only the winner's count.  CONSTRUCTIONS.md, "Softmax".
 */
#include "element.h"

struct softmax {
    struct elements e;
    unsigned n;
    const struct tc_index *j;
    struct tc_form x;           /* operand j */
    struct element_flags flags; /* of operand j */
    struct steps exp;           /* of a difference <= 0 */
    mpz_ptr one;                /* the number of exp 0 */
};

static struct tc_form at_index(struct softmax *s, struct tc_form x, const struct tc_index *i)
{
    struct tc_family *f = s->e.l->low.family;

    return tc_form_subst(f, x, s->j, tc_axis_of(f->arena, i));
}

/* upper > lower */
static struct tc_guard before(struct softmax *s, const struct tc_index *lower,
                              const struct tc_index *upper)
{
    struct tc_guard g = tc_guard_le(s->e.l->low.family->arena, lower, upper);

    g.expr.at.constant--;
    return g;
}

static int64_t exponential(void *elements, int64_t r)
{
    return element_function(elements, TC_OP_EXP, r);
}

/* of how many others is operand i the largest: of those after it that are not larger, of
 * those before it that are smaller */
static struct tc_form wins(struct softmax *s, const struct tc_bank *beats, const struct tc_index *i)
{
    struct tc_family *f = s->e.l->low.family;
    const struct tc_index *k = tc_index_new(f, "k", s->n, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, i), tc_axis_of(f->arena, k)};
    struct tc_axis back[2] = {at[1], at[0]};
    struct tc_guard after = before(s, i, k), earlier = before(s, k, i);
    int64_t *place = tc_alloc(f->arena, s->n, sizeof *place);
    struct tc_form x = tc_form_sum(f, tc_form_wire(f, &beats->plane, at), 1, &k, 1, &after);

    for (unsigned m = 0; m < s->n; m++)
        place[m] = m;
    x = tc_form_sub(f, x, tc_form_sum(f, tc_form_wire(f, &beats->plane, back), 1, &k, 1, &earlier));
    x = tc_form_add(f, x, tc_form_table(f, table_of(&s->e.l->low, "place", s->n, place), at));
    return claim(&s->e.l->low, x, 0, s->n - 1);
}

static struct tc_bank *comparisons(struct softmax *s)
{
    struct tc_family *f = s->e.l->low.family;
    struct tc_index *i = tc_index_new(f, "i", s->n, NULL), *k = tc_index_new(f, "k", s->n, NULL);
    struct tc_guard guard = before(s, i, k);

    return tc_bank_new(f, "beats", tc_form_sub(f, at_index(s, s->x, i), at_index(s, s->x, k)), NULL,
                       tc_form_si(f, 0), true, 1, &guard, s->e.l->low.component,
                       "the earlier of a pair is at least as large");
}

/* steps of exp of differences, and W */
static void exp_steps(struct softmax *s, mpz_ptr wide)
{
    struct tc_family *f = s->e.l->low.family;
    mpz_ptr lo = tc_mpz(f->arena), zero = tc_mpz(f->arena);

    mpz_sub(lo, s->x.lo, s->x.hi);
    s->exp = element_steps(&s->e, tc_form_range(f, tc_form_sub(f, s->x, s->x), lo, zero), 1);
    s->exp = steps_map(&s->e.l->low, s->exp, exponential, &s->e);
    s->one = tc_mpz(f->arena);
    element_number(&s->e, s->exp.value[s->exp.n], s->one);
    /* x_j - x_i < W + at_0 */
    mpz_add(wide, lo, s->exp.n ? s->exp.at[0] : zero);
    mpz_neg(wide, wide);
    mpz_add_ui(wide, wide, 1);
}

/* the winner i's part of e_j: i before j, or after it */
static struct tc_form exp_part(struct softmax *s, const struct tc_bank *beats, mpz_srcptr wide,
                               bool earlier)
{
    struct fl *l = s->e.l;
    struct tc_family *f = l->low.family;
    struct tc_index *i = tc_index_new(f, "i", s->n, NULL);
    const struct tc_index *sum = i;
    struct tc_guard guard = earlier ? before(s, i, s->j) : before(s, s->j, i);
    struct guards guards = {.n = 1, .guard = {guard}};
    struct tc_form x = tc_form_add(f, wins(s, beats, i), tc_form_si(f, 1 - (int64_t)s->n));
    struct steps steps = s->exp;
    struct chain c;
    mpz_ptr none = tc_mpz(f->arena);

    x = tc_form_add(f, tc_form_scale(f, x, wide), tc_form_sub(f, s->x, at_index(s, s->x, i)));
    steps.form = x;
    c = chain_new(&l->low, steps, earlier ? "exp.before" : "exp.after", "T_exp", &guards,
                  "exp of the rounded difference from the largest");
    element_number(&s->e, steps.value[0], none);
    x = tc_form_sub(f, element_value(&s->e, &c), tc_form_const(f, none));
    return tc_form_sum(f, x, 1, &sum, 1, &guard);
}

/* e_j's number */
static struct tc_form exponentials(struct softmax *s)
{
    struct fl *l = s->e.l;
    struct tc_family *f = l->low.family;
    struct tc_bank *beats;
    mpz_ptr wide = tc_mpz(f->arena), least = tc_mpz(f->arena), rise = tc_mpz(f->arena);
    struct tc_form e, own;

    exp_steps(s, wide);
    if (s->n == 1)
        return tc_form_const(f, s->one);
    beats = comparisons(s);
    element_number(&s->e, s->exp.value[0], least);
    mpz_sub(rise, s->one, least);
    own = wire_of(&l->low, &tc_bank_new(f, "first", wins(s, beats, s->j), NULL,
                                        tc_form_si(f, (int64_t)s->n - 1), true, 0, NULL,
                                        l->low.component, "the operand is the first largest")
                                ->plane);
    e = tc_form_add(f, tc_form_const(f, least), tc_form_scale(f, own, rise));
    if (s->exp.n) {
        e = tc_form_add(f, e, exp_part(s, beats, wide, true));
        e = tc_form_add(f, e, exp_part(s, beats, wide, false));
    }
    return tc_form_range(f, e, least, s->one);
}

/* Z's number; 1 where all is 0 */
static struct tc_form total(struct softmax *s, struct tc_form e)
{
    struct fl *l = s->e.l;
    struct tc_family *f = l->low.family;
    const struct tc_index *i = tc_index_new(f, "i", s->n, NULL);
    mpz_ptr most = tc_mpz(f->arena);
    struct chain *z = tc_alloc(f->arena, 1, sizeof *z);

    if (mpz_sgn(s->one) == 0)
        return tc_form_si(f, 1);
    mpz_mul_ui(most, s->one, s->n);
    e = tc_form_sum(f, at_index(s, e, i), 1, &i, 0, NULL);
    e = tc_form_range(f, e, s->one, most);
    *z = chain_new(&l->low, element_steps(&s->e, e, 1), "sum", "T_sum", NULL,
                   "the sum of the exponentials, rounded");
    return element_value(&s->e, z);
}

/* the last element that a quotient of at most 1 reaches, or the first one */
static int64_t last_ratio(const struct elements *e)
{
    mpz_t quarters, one;
    int64_t r = element_next(e, 0), next = r;

    mpz_inits(quarters, one, NULL);
    mpz_set_ui(one, 4);
    if (e->unit < 0)
        mpz_mul_2exp(one, one, (mp_bitcnt_t)-e->unit);
    while (next <= e->high) {
        bool strict = element_bound(e, next, quarters);

        if (e->unit > 0)
            mpz_mul_2exp(quarters, quarters, (mp_bitcnt_t)e->unit);
        if (mpz_cmp(quarters, one) > 0 || (strict && mpz_cmp(quarters, one) == 0))
            break;
        r = next;
        next = element_next(e, next);
    }
    mpz_clears(quarters, one, NULL);
    return r < e->high ? r : e->high;
}

/* some operand is +infinity or NaN, or all are -infinity */
static struct tc_form nan_form(struct softmax *s)
{
    struct fl *l = s->e.l;
    struct tc_family *f = l->low.family;
    const struct tc_index *i = tc_index_new(f, "i", s->n, NULL);
    struct tc_form any = tc_form_sum(f, at_index(s, s->flags.special, i), 1, &i, 0, NULL), all;

    if (!s->e.f->infinity)
        return any;
    all = tc_form_sum(f, at_index(s, s->flags.minus, i), 1, &i, 0, NULL);
    return tc_form_add(f, any, fl_gate(l, "all.minus", all, s->n, "all are -infinity"));
}

/* The operands; -infinity so far down that its differences are -infinity, whose exp is 0. */
static void operands(struct softmax *s)
{
    struct tc_family *f = s->e.l->low.family;
    mpz_ptr down = tc_mpz(f->arena);

    s->x = element_operand(&s->e, s->j);
    s->flags = element_special(&s->e, s->j);
    if (!s->flags.any || !s->e.f->infinity)
        return;
    mpz_sub(down, s->x.hi, s->x.lo);
    mpz_mul_2exp(down, down, 1);
    s->x = tc_form_sub(f, s->x, tc_form_scale(f, s->flags.minus, down));
}

static void lower(struct softmax *s)
{
    struct fl *l = s->e.l;
    struct tc_family *f = l->low.family;
    struct tc_form e, z, none = tc_form_si(f, 0);
    struct quotient_gates g;
    struct chain *y = tc_alloc(f->arena, 1, sizeof *y);
    mpz_ptr scale = tc_mpz(f->arena);

    s->j = tc_index_new(f, "j", s->n, NULL);
    operands(s);
    e = exponentials(s);
    z = total(s, e);
    g = element_quotient(&s->e, 0, last_ratio(&s->e));
    element_quarters(&s->e, scale);
    *y = element_ratio(&s->e, s->j, &g, tc_form_scale(f, e, scale), z, none,
                       "an exponential by their sum, one gate a value");
    element_output(&s->e, y, s->j, none, s->flags.any, s->flags.any ? nan_form(s) : none);
}

bool fl_lower_softmax(struct fl *l)
{
    struct softmax s = {.n = l->prim->terms};

    if (!elements_of(l, &s.e))
        return false;
    lower(&s);
    return true;
}
