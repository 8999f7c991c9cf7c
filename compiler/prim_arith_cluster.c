/* prim_arith_cluster.c -- the places of terms whose exponents are too many for one word
 *
 * Sort the exponents and cut every gap between neighbours off at G.  What is left are places
 * c_j <= (n-1) G, and S' = sum of +-u_j 2^(c_j) is one integer of a polynomial number of
 * bits.  It has the sign of the sum S, and as S' begins where S does, relative to the terms
 * there, rounds to the same significand.
 *
 * Layer 1: the exponents compared.  Layer 2: gaps, whose sums are the places.  With S':
 * which terms are not above it (one layer), and the exponent of the highest of these (one
 * more).  CONSTRUCTIONS.md, "Sums by cut gaps".
 */
#include "cluster.h"

/* an index over all terms, the floor too */
static const struct tc_index *new_term(struct cluster *c)
{
    return tc_index_new(c->l->low.family, "j", c->n, NULL);
}

/* ------------------------------------------------------------------------ places */

/* y > x */
static struct tc_guard after(struct cluster *c, const struct tc_index *x, const struct tc_index *y)
{
    struct tc_arena *arena = c->l->low.family->arena;

    return (struct tc_guard){
        tc_axis_plus(arena, tc_axis_plus(arena, tc_axis_const(-1), 1, y), -1, x)};
}

static void compare(struct cluster *c)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_index *i = new_term(c), *k = new_term(c);
    const struct tc_index *t = tc_index_new(f, "t", 2 * (int64_t)c->gap, NULL);
    struct tc_guard guard = after(c, i, k);

    c->order = cl_bank(c, "order", tc_form_sub(f, cl_exponent(c, i), cl_exponent(c, k)), t,
                       cl_thresholds(c, t, 1 - (int64_t)c->gap), &guard,
                       "differences of the terms' exponents");
}

/* [E_i - E_k >= t + 1 - G], where i < k */
static struct tc_form differ(struct cluster *c, const struct tc_index *i, const struct tc_index *k,
                             struct tc_axis t)
{
    struct tc_arena *arena = c->l->low.family->arena;
    struct tc_axis at[3] = {tc_axis_of(arena, i), tc_axis_of(arena, k), t};

    return tc_form_wire(c->l->low.family, c->order, at);
}

/* The terms before i by exponents, of equal ones by numbers, that are not t + 1 below it:
 * the gap below term i is larger than t iff there are none. */
static struct tc_form near(struct cluster *c, const struct tc_index *i, const struct tc_index *t)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_index *k = new_term(c);
    int64_t g = c->gap;
    struct tc_guard lower = after(c, k, i), higher = after(c, i, k);
    struct tc_form x = differ(c, k, i, tc_axis_plus(f->arena, tc_axis_const(g - 1), -1, t)), y;

    x = claim(&c->l->low, tc_form_sub(f, x, differ(c, k, i, tc_axis_const(g))), 0, 1);
    x = tc_form_sum(f, x, 1, &k, 1, &lower);
    k = new_term(c);
    higher = after(c, i, k);
    y = differ(c, i, k, tc_axis_plus(f->arena, tc_axis_const(g), 1, t));
    y = claim(&c->l->low, tc_form_sub(f, differ(c, i, k, tc_axis_const(g)), y), 0, 1);
    y = tc_form_sum(f, y, 1, &k, 1, &higher);
    return claim(&c->l->low, tc_form_add(f, x, y), 0, (int64_t)c->n - 1);
}

/* [the gap below term i is larger than t, and term i not above term j]; way: i < j, i > j,
 * i = j.  Summed over t and i. */
static struct tc_form gaps(struct cluster *c, unsigned way)
{
    static const char *const name[] = {"gap.before", "gap.after", "gap"};
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *i = new_term(c), *j = way == 2 ? i : new_term(c);
    const struct tc_index *t = tc_index_new(f, "t", c->gap, NULL), *sum[2] = {t, i};
    struct tc_guard guard = way == 1 ? after(c, j, i) : after(c, i, j);
    struct tc_form x = tc_form_scale_si(f, near(c, i, t), -1);
    int64_t g = c->gap;

    if (way == 0)
        x = tc_form_sub(f, x, differ(c, i, j, tc_axis_const(g)));
    if (way == 1)
        x = ar_plus_si(l, tc_form_add(f, x, differ(c, j, i, tc_axis_const(g - 1))), -1);
    x = wire_of(&l->low, cl_bank(c, name[way], x, NULL, tc_form_si(f, 0), way == 2 ? NULL : &guard,
                                 "gaps, cut off, below terms that are not above"));
    x = tc_form_sum(f, x, way == 2 ? 1 : 2, sum, way == 2 ? 0 : 1, &guard);
    return tc_form_subst(f, x, j, tc_axis_of(f->arena, c->j));
}

/* c_j; the gap below the lowest counts as G */
static void cut_places(struct cluster *c)
{
    struct tc_family *f = c->l->low.family;
    struct tc_form x = tc_form_si(f, -(int64_t)c->gap);

    compare(c);
    c->j = new_term(c);
    for (unsigned way = 0; way < 3; way++)
        x = tc_form_add(f, x, gaps(c, way));
    c->place = claim(&c->l->low, x, 0, c->most);
}

void cl_places(struct cluster *c)
{
    const struct tc_index *t = tc_index_new(c->l->low.family, "t", c->most, NULL);

    if (c->cut) {
        cut_places(c);
    } else {
        c->j = new_term(c);
        c->place = cl_exponent(c, c->j);
    }
    if (c->cut || c->step)
        c->at = cl_bank(c, "place", c->place, t, cl_thresholds(c, t, 1), NULL, "the terms' places");
}

struct tc_form cl_place_of(struct cluster *c, const struct tc_index *j)
{
    struct tc_family *f = c->l->low.family;

    return tc_form_subst(f, c->place, c->j, tc_axis_of(f->arena, j));
}

/* ------------------------------------------------------------------- the exponent */

/* [term j is not above the sum: 2^(c_j) <= 2 |S'|], summed over sides, free in j */
static struct tc_form reached(struct cluster *c, const struct tc_index *j)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *side = tc_index_new(f, "side", 2, NULL), *t = c->at->chain;
    struct tc_axis at[2] = {tc_axis_of(f->arena, j), tc_axis_of(f->arena, t)};
    struct tc_form place, x;

    place = times_table(&l->low, "power", tc_form_wire(f, c->at, at), 1, &t, ar_powers(l, c->most));
    place = ar_plus_si(l, tc_form_sum(f, place, 1, &t, 0, NULL), 1);
    place = claim_mpz(&l->low, place, ar_mpz(l, 1), power_of_two(&l->low, c->most));
    place = tc_form_scale(f, place, power_of_two(&l->low, c->more));
    x = ar_gate_si(l, "reached", tc_form_sub(f, cl_turned(c, side, 2), place), 0,
                   "the term is not above the sum");
    return claim(&l->low, tc_form_sum(f, x, 1, &side, 0, NULL), 0, 1);
}

/* terms before j in the order of `near` */
static struct tc_form rank(struct cluster *c, const struct tc_index *j)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_index *k = new_term(c);
    struct tc_guard guard = after(c, k, j);
    struct tc_form x, y;

    x = tc_form_sub(f, tc_form_si(f, 1), differ(c, k, j, tc_axis_const(c->gap)));
    x = tc_form_sum(f, x, 1, &k, 1, &guard);
    k = new_term(c);
    guard = after(c, j, k);
    y = tc_form_sum(f, differ(c, j, k, tc_axis_const(c->gap)), 1, &k, 1, &guard);
    return claim(&c->l->low, tc_form_add(f, x, y), 0, (int64_t)c->n - 1);
}

/* the fields' bits of the highest term's factor, as a number */
static struct tc_form highest_field(struct cluster *c, unsigned which, struct tc_form highest,
                                    const struct tc_index *all, int64_t m)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = cl_term(c), *a = tc_index_new(f, "a", l->q, NULL), *ix[2] = {j, a};
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const((int64_t)l->p - 1), 1, a);
    struct tc_form x = cl_bit(c, which, j, at);

    x = tc_form_add(f, tc_form_subst(f, highest, all, tc_axis_of(f->arena, j)),
                    tc_form_scale_si(f, x, m));
    x = ar_gate_si(l, which ? "exponent.y" : "exponent", x, 2 * m,
                   "the exponent of the highest term that the sum reaches");
    x = times_table(&l->low, "power", x, 1, &a, ar_powers(l, l->q));
    return tc_form_sum(f, x, 2, ix, 0, NULL);
}

struct tc_form cl_offset(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = new_term(c), *k = new_term(c), *ix[2] = {j, NULL};
    const struct tc_index *t = tc_index_new(f, "t", c->most, NULL);
    struct tc_form here = reached(c, j), highest, x, y;
    int64_t m = (int64_t)c->n + 1;

    /* 0 for the highest, below for others that the sum reaches; all others miss m */
    x = tc_form_subst(f, here, j, tc_axis_of(f->arena, k));
    x = ar_plus_si(l, tc_form_sub(f, rank(c, j), tc_form_sum(f, x, 1, &k, 0, NULL)), 1);
    highest = tc_form_add(f, x, tc_form_scale_si(f, here, m));
    x = highest_field(c, 0, highest, j, m);
    if (c->products)
        x = tc_form_add(f, x, highest_field(c, 1, highest, j, m));
    if (c->floor) {
        y = tc_form_subst(f, highest, j, tc_axis_const((int64_t)c->n - 1));
        y = ar_gate_si(l, "exponent.last", y, m, "it is the last place itself");
        x = ar_plus(l, x, c->last, y);
    }
    y = tc_form_add(f, cl_place_of(c, j), tc_form_scale_si(f, highest, c->most));
    y = wire_of(&l->low, cl_bank(c, "offset", y, t, cl_thresholds(c, t, m * c->most + 1), NULL,
                                 "and its place"));
    ix[1] = t;
    y = tc_form_sum(f, y, 2, ix, 0, NULL);
    return claim(&l->low, tc_form_sub(f, x, y), 0, c->top > c->last ? c->top : c->last);
}

void cl_gaps(struct cluster *c)
{
    int64_t spread = c->floor && c->last > c->top ? c->last : c->top, gap;
    unsigned log = 0;

    while ((1u << log) < c->n)
        log++;
    gap = (int64_t)c->bits + c->l->p + log + 1;
    if (c->divide)
        gap += (int64_t)mpz_sizeinbase(c->divide, 2);
    gap = gap < spread ? gap : spread;
    c->gap = (unsigned)gap;
    gap *= (int64_t)c->n - 1;
    c->most = (unsigned)(gap < spread ? gap : spread);
}
