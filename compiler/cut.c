/* cut.c -- the places of terms whose exponents are too many for one word; see cut.h
 *
 * Layer 1: the exponents compared.  Layer 2: gaps, whose sums are the places.
 */
#include "cut.h"

static const struct tc_index *new_term(const struct cut *c)
{
    return tc_index_new(c->low->family, "j", c->n, NULL);
}

static struct tc_form bank(const struct cut *c, const char *name, struct tc_form x,
                           const struct tc_index *chain, struct tc_form theta,
                           const struct tc_guard *guard, const char *note)
{
    return wire_of(c->low, &tc_bank_new(c->low->family, name_of(c->low, name), x, chain, theta,
                                        true, guard ? 1 : 0, guard, c->low->component, note)
                                ->plane);
}

/* thresholds first + t */
static struct tc_form thresholds(const struct cut *c, const struct tc_index *t, int64_t first)
{
    struct tc_family *f = c->low->family;
    struct tc_axis at = tc_axis_of(f->arena, t);
    int64_t *theta = tc_alloc(f->arena, (size_t)t->extent, sizeof *theta);

    for (int64_t k = 0; k < t->extent; k++)
        theta[k] = first + k;
    return tc_form_table(f, table_of(c->low, "theta", (unsigned)t->extent, theta), &at);
}

static struct tc_form plus(const struct cut *c, struct tc_form x, int64_t y)
{
    return tc_form_add(c->low->family, x, tc_form_si(c->low->family, y));
}

/* y > x */
static struct tc_guard after(const struct cut *c, const struct tc_index *x,
                             const struct tc_index *y)
{
    struct tc_arena *arena = c->low->family->arena;

    return (struct tc_guard){
        tc_axis_plus(arena, tc_axis_plus(arena, tc_axis_const(-1), 1, y), -1, x)};
}

static struct tc_form exponent_of(const struct cut *c, const struct tc_index *j)
{
    struct tc_family *f = c->low->family;

    return tc_form_subst(f, c->exponent, c->j, tc_axis_of(f->arena, j));
}

static void compare(struct cut *c)
{
    struct tc_guard guard;

    c->i = new_term(c);
    c->k = new_term(c);
    c->t = tc_index_new(c->low->family, "t", 2 * (int64_t)c->gap, NULL);
    guard = after(c, c->i, c->k);
    c->order = bank(
        c, "order", tc_form_sub(c->low->family, exponent_of(c, c->i), exponent_of(c, c->k)), c->t,
        thresholds(c, c->t, 1 - (int64_t)c->gap), &guard, "differences of the terms' exponents");
}

/* [E_i - E_k >= t + 1 - G], where i < k */
static struct tc_form differ(const struct cut *c, const struct tc_index *i,
                             const struct tc_index *k, struct tc_axis t)
{
    struct tc_family *f = c->low->family;
    struct tc_form x = tc_form_subst(f, c->order, c->t, t);

    x = tc_form_subst(f, x, c->i, tc_axis_of(f->arena, i));
    return tc_form_subst(f, x, c->k, tc_axis_of(f->arena, k));
}

/* The terms before i by exponents, of equal ones by numbers, that are not t + 1 below it:
 * the gap below term i is larger than t iff there are none. */
static struct tc_form near(const struct cut *c, const struct tc_index *i, const struct tc_index *t)
{
    struct tc_family *f = c->low->family;
    const struct tc_index *k = new_term(c);
    int64_t g = c->gap;
    struct tc_guard lower = after(c, k, i), higher = after(c, i, k);
    struct tc_form x = differ(c, k, i, tc_axis_plus(f->arena, tc_axis_const(g - 1), -1, t)), y;

    x = claim(c->low, tc_form_sub(f, x, differ(c, k, i, tc_axis_const(g))), 0, 1);
    x = tc_form_sum(f, x, 1, &k, 1, &lower);
    k = new_term(c);
    higher = after(c, i, k);
    y = differ(c, i, k, tc_axis_plus(f->arena, tc_axis_const(g), 1, t));
    y = claim(c->low, tc_form_sub(f, differ(c, i, k, tc_axis_const(g)), y), 0, 1);
    y = tc_form_sum(f, y, 1, &k, 1, &higher);
    return claim(c->low, tc_form_add(f, x, y), 0, (int64_t)c->n - 1);
}

/* [the gap below term i is larger than t, and term i not above term j]; way: i < j, i > j,
 * i = j.  Summed over t and i. */
static struct tc_form gaps(const struct cut *c, unsigned way)
{
    static const char *const name[] = {"gap.before", "gap.after", "gap"};
    struct tc_family *f = c->low->family;
    const struct tc_index *i = new_term(c), *j = way == 2 ? i : new_term(c);
    const struct tc_index *t = tc_index_new(f, "t", c->gap, NULL), *sum[2] = {t, i};
    struct tc_guard guard = way == 1 ? after(c, j, i) : after(c, i, j);
    struct tc_form x = tc_form_scale_si(f, near(c, i, t), -1);
    int64_t g = c->gap;

    if (way == 0)
        x = tc_form_sub(f, x, differ(c, i, j, tc_axis_const(g)));
    if (way == 1)
        x = plus(c, tc_form_add(f, x, differ(c, j, i, tc_axis_const(g - 1))), -1);
    x = bank(c, name[way], x, NULL, tc_form_si(f, 0), way == 2 ? NULL : &guard,
             "gaps, cut off, below terms that are not above");
    x = tc_form_sum(f, x, way == 2 ? 1 : 2, sum, way == 2 ? 0 : 1, &guard);
    return tc_form_subst(f, x, j, tc_axis_of(f->arena, c->j));
}

/* the gap below the lowest counts as G */
void cut_places(struct cut *c)
{
    struct tc_form x = tc_form_si(c->low->family, -(int64_t)c->gap);

    compare(c);
    for (unsigned way = 0; way < 3; way++)
        x = tc_form_add(c->low->family, x, gaps(c, way));
    c->place = claim(c->low, x, 0, c->most);
}

struct tc_form cut_place(const struct cut *c, const struct tc_index *j)
{
    struct tc_family *f = c->low->family;

    return tc_form_subst(f, c->place, c->j, tc_axis_of(f->arena, j));
}

/* terms before j in the order of `near` */
static struct tc_form rank(const struct cut *c, const struct tc_index *j)
{
    struct tc_family *f = c->low->family;
    const struct tc_index *k = new_term(c);
    struct tc_guard guard = after(c, k, j);
    struct tc_form x, y;

    x = tc_form_sub(f, tc_form_si(f, 1), differ(c, k, j, tc_axis_const(c->gap)));
    x = tc_form_sum(f, x, 1, &k, 1, &guard);
    k = new_term(c);
    guard = after(c, j, k);
    y = tc_form_sum(f, differ(c, j, k, tc_axis_const(c->gap)), 1, &k, 1, &guard);
    return claim(c->low, tc_form_add(f, x, y), 0, (int64_t)c->n - 1);
}

/* Terms that are reached are the first ones by rank: of these rank less their number, and 1, is 0
 * for the highest and below for others; all others miss n + 1. */
struct tc_form cut_highest(const struct cut *c, struct tc_form reached, const struct tc_index *j)
{
    struct tc_family *f = c->low->family;
    const struct tc_index *k = new_term(c);
    struct tc_form x = tc_form_subst(f, reached, j, tc_axis_of(f->arena, k));

    x = plus(c, tc_form_sub(f, rank(c, j), tc_form_sum(f, x, 1, &k, 0, NULL)), 1);
    return tc_form_add(f, x, tc_form_scale_si(f, reached, (int64_t)c->n + 1));
}

struct tc_form cut_highest_place(const struct cut *c, struct tc_form highest,
                                 const struct tc_index *j, const struct tc_index **t)
{
    struct tc_family *f = c->low->family;
    struct tc_form y = tc_form_add(f, cut_place(c, j), tc_form_scale_si(f, highest, c->most));

    *t = tc_index_new(f, "t", c->most, NULL);
    return bank(c, "offset", y, *t, thresholds(c, *t, ((int64_t)c->n + 1) * c->most + 1), NULL,
                "and its place");
}

void cut_sizes(struct cut *c, unsigned bits, unsigned p, int64_t spread, unsigned step)
{
    unsigned log = 0;
    int64_t gap;

    while ((1u << log) < c->n)
        log++;
    gap = (int64_t)bits + p + log + 1;
    gap += gap % step;
    spread += spread % step;
    gap = gap < spread ? gap : spread;
    c->gap = (unsigned)gap;
    gap *= (int64_t)c->n - 1;
    c->most = (unsigned)(gap < spread ? gap : spread);
}
