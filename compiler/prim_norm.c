/* prim_norm.c -- the norm of a row, every step rounded
 *
 *     mu = R(sum x / N)   c_j = R(x_j - mu)   v = R(sum R(c^2) / N)   s = R(sqrt v)
 *     y_j = R(c_j / s), 0 where s = 0
 *
 * Squares are a function of the chain of c_j, and s is one of the exact sum of squares:
 * a chain of R(sqrt R(V / N)).  A quotient of two numbers is a gate a value.
 * CONSTRUCTIONS.md, "Norm".
 */
#include "element.h"

struct norm {
    struct elements e;
    unsigned n;
    const struct tc_index *j;
    struct tc_form x, sum; /* operand j; the sum of all */
    struct element_flags flags;
    struct chain mu, c, s;
    struct tc_form some; /* 0/1: s > 0 */
};

/* --------------------------------------------------------------- functions of elements */

static int64_t square(void *elements, int64_t r)
{
    struct elements *e = elements;
    int64_t y = r < 0 ? -r : r;
    mpz_t x, one;

    if (element_is_infinite(e, r))
        return y;
    mpz_inits(x, one, NULL);
    element_number(e, r, x);
    mpz_mul(x, x, x); /* in units of 4^unit */
    mpz_set_ui(one, 1);
    if (e->unit < 0)
        mpz_mul_2exp(one, one, (mp_bitcnt_t)-e->unit);
    else
        mpz_mul_2exp(x, x, (mp_bitcnt_t)e->unit);
    y = element_round(e, x, one);
    mpz_clears(x, one, NULL);
    return y;
}

static int64_t root(void *elements, int64_t r)
{
    return element_function(elements, TC_OP_SQRT, r);
}

static int64_t is_infinite(void *elements, int64_t r)
{
    return element_is_infinite(elements, r);
}

/* infinity by infinity is NaN, or 0 where there is none */
static int64_t finite(void *elements, int64_t r)
{
    return element_is_infinite(elements, r) ? 0 : r;
}

static int64_t is_positive(void *ctx, int64_t r)
{
    (void)ctx;
    return r > 0;
}

static int64_t is_zero(void *ctx, int64_t r)
{
    (void)ctx;
    return r == 0;
}

/* s of the sum of squares V = number */
static int64_t root_of_sum(struct norm *m, mpz_srcptr number)
{
    mpz_t n;
    int64_t v;

    mpz_init_set_ui(n, m->n);
    v = element_round(&m->e, number, n);
    mpz_clear(n);
    return element_is_infinite(&m->e, v) ? v : root(&m->e, v);
}

/* -------------------------------------------------------------------------- the steps */

static struct tc_form summed(struct norm *m, struct tc_form x, const char *name)
{
    struct tc_family *f = m->e.l->low.family;
    const struct tc_index *i = tc_index_new(f, name, m->n, NULL);

    return tc_form_sum(f, tc_form_subst(f, x, m->j, tc_axis_of(f->arena, i)), 1, &i, 0, NULL);
}

static void centre(struct norm *m)
{
    struct lowering *L = &m->e.l->low;
    struct tc_family *f = L->family;

    m->sum = summed(m, m->x, "i");
    m->mu = chain_new(L, element_steps(&m->e, m->sum, m->n), "mean", "T_mean", NULL,
                      "the mean, rounded");
    m->c = chain_new(L, element_steps(&m->e, tc_form_sub(f, m->x, element_value(&m->e, &m->mu)), 1),
                     "centred", "T_centred", NULL, "the difference from the mean, rounded");
}

static void deviation(struct norm *m)
{
    struct lowering *L = &m->e.l->low;
    struct tc_form squares = summed(m, element_map(&m->e, &m->c, square, &m->e), "i");
    struct steps s = steps_map(L, element_steps(&m->e, squares, m->n), root, &m->e);

    m->s = chain_new(L, s, "deviation", "T_deviation", NULL,
                     "the root of the rounded mean of squares");
    m->some = claim(L, chain_map(L, &m->s, "some", is_positive, NULL), 0, 1);
}

/* -------------------------------------------------------------------------- quotients */

/* The least and the largest c_j / s: s is at least what c_j's own square makes, and at
 * least the least one that is not 0. */
static void ratio_range(struct norm *m, int64_t *low, int64_t *high)
{
    const struct elements *e = &m->e;
    int64_t least = e->high;
    mpz_t c, v, s;

    *low = *high = 0;
    mpz_inits(c, v, s, NULL);
    for (unsigned k = 0; k <= m->s.n; k++)
        if (m->s.value[k] > 0 && m->s.value[k] < least)
            least = m->s.value[k];
    for (unsigned k = 0; k <= m->c.n; k++) {
        int64_t r = m->c.value[k], own;

        if (element_is_infinite(e, r) || r == 0)
            continue;
        element_number(e, r, c);
        element_number(e, square(&m->e, r), v);
        own = root_of_sum(m, v);
        element_number(e, own > least ? own : least, s);
        if (e->unit < 0) /* c / s in units */
            mpz_mul_2exp(c, c, (mp_bitcnt_t)-e->unit);
        else
            mpz_mul_2exp(s, s, (mp_bitcnt_t)e->unit);
        r = mpz_sgn(s) ? element_round(e, c, s) : 0;
        *low = r < *low ? r : *low;
        *high = r > *high ? r : *high;
    }
    mpz_clears(c, v, s, NULL);
}

/* y_j: the quotient's gates, lifted out of reach where s = 0, the negative ones down */
static struct chain quotients(struct norm *m)
{
    struct elements *e = &m->e;
    struct tc_family *f = e->l->low.family;
    int64_t low, high;
    struct quotient_gates g;
    struct tc_form c = element_map(e, &m->c, finite, e), lift;
    mpz_ptr big = tc_mpz(f->arena);

    ratio_range(m, &low, &high);
    g = element_quotient(e, low, high);
    element_quarters(e, big);
    c = tc_form_scale(f, c, big);
    mpz_neg(big, c.lo);
    if (mpz_cmp(big, c.hi) < 0)
        mpz_set(big, c.hi);
    mpz_add_ui(big, big, 1);
    lift = tc_form_scale(f, tc_form_sub(f, tc_form_si(f, 1), m->some), big);
    return element_ratio(e, m->j, &g, c, element_value(e, &m->s), lift,
                         "a difference by the deviation, one gate a value");
}

/* ------------------------------------------------------------------------------ signs
 *
 * With signed zeros y_j has the sign of c_j, where s > 0.  c_j is -0 where it underflows
 * from below, and at x_j = -0 if mu = +0: if mu is 0 and the sum is not below 0, nor are
 * all operands -0. */

static struct tc_form minus_zero(struct norm *m)
{
    struct fl *l = m->e.l;
    struct tc_family *f = l->low.family;
    struct fl_word x = fl_operand(l, tc_axis_of(f->arena, m->j));
    struct tc_form key = fl_key(l, x), sign = fl_sign(l, x), is, mu;
    int64_t keys = m->e.high + ((int64_t)1 << l->p);

    /* sign 1 and key 0 */
    is = fl_gate(l, "minus.zero", tc_form_sub(f, tc_form_scale_si(f, sign, keys), key), keys,
                 "it is -0");
    mu = claim(&l->low, chain_map(&l->low, &m->mu, "zero", is_zero, NULL), 0, 1);
    mu = tc_form_add(f, mu, fl_gate(l, "sum.sign", m->sum, 0, "the sum is not below 0"));
    mu = tc_form_sub(f, mu, fl_gate(l, "all.minus.zero", summed(m, is, "i"), m->n, "all are -0"));
    return fl_gate(l, "centred.minus.zero", tc_form_add(f, is, mu), 3, "-0 less a mean of +0");
}

static struct tc_form sign_form(struct norm *m, const struct chain *y)
{
    struct fl *l = m->e.l;
    struct tc_family *f = l->low.family;
    struct tc_form x = tc_form_sub(f, element_value(&m->e, &m->mu), m->x), negative;
    int64_t *step = tc_alloc(f->arena, y->n + 1, sizeof *step);

    if (m->e.f->signed_zero) {
        negative =
            tc_form_add(f, fl_gate(l, "centred.sign", x, 1, "below the mean"), minus_zero(m));
        return fl_gate(l, "y.negative", tc_form_add(f, negative, m->some), 2,
                       "the sign, unless there is no deviation");
    }
    for (unsigned k = 0; k < y->n; k++)
        step[k] = y->value[k + 1] == 0 ? -1 : 0;
    return fl_weigh(l, y->plane, y->n, step, 1, 0, 1);
}

/* some operand is no finite number, or c_j is infinite */
static struct tc_form nan_form(struct norm *m)
{
    struct fl *l = m->e.l;
    struct tc_family *f = l->low.family;
    struct tc_form x = m->flags.special;

    if (m->e.f->infinity)
        x = tc_form_add(f, x, m->flags.minus);
    return tc_form_add(f, summed(m, x, "i"),
                       chain_map(&l->low, &m->c, "infinite", is_infinite, &m->e));
}

static void lower(struct norm *m)
{
    struct tc_family *f = m->e.l->low.family;
    struct tc_form none = tc_form_si(f, 0);
    struct chain *y = tc_alloc(f->arena, 1, sizeof *y);

    m->j = tc_index_new(f, "j", m->n, NULL);
    m->x = element_operand(&m->e, m->j);
    m->flags = element_special(&m->e, m->j);
    centre(m);
    deviation(m);
    *y = quotients(m);
    element_output(&m->e, y, m->j, m->e.keys ? sign_form(m, y) : none, m->flags.any,
                   m->flags.any ? nan_form(m) : none);
}

bool fl_lower_norm(struct fl *l)
{
    struct norm m = {.n = l->prim->terms};

    if (!elements_of(l, &m.e))
        return false;
    lower(&m);
    return true;
}
