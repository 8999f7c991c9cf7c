/* prim_arith_cluster.c -- the places of terms whose exponents are too many for one word
 *
 * The places are cut.c's.  With S': which terms are not above it (one layer), and the exponent of
 * the highest of these (one more).  CONSTRUCTIONS.md, "Sums by cut gaps".
 */
#include "cluster.h"

/* an index over all terms, the floor too */
static const struct tc_index *new_term(struct cluster *c)
{
    return tc_index_new(c->l->low.family, "j", c->n, NULL);
}

/* ------------------------------------------------------------------------ places */

static void cut_exponents(struct cluster *c)
{
    struct cut *gaps = &c->gaps;

    *gaps = (struct cut){.low = &c->l->low, .n = c->n, .gap = c->gap, .most = c->most};
    gaps->j = new_term(c);
    gaps->exponent = cl_exponent(c, gaps->j);
    cut_places(gaps);
    c->j = gaps->j;
    c->place = gaps->place;
}

void cl_places(struct cluster *c)
{
    const struct tc_index *t = tc_index_new(c->l->low.family, "t", c->most, NULL);

    if (c->cut) {
        cut_exponents(c);
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
    const struct tc_index *j = new_term(c), *ix[2] = {j, NULL};
    struct tc_form highest = cut_highest(&c->gaps, reached(c, j), j), x, y;
    int64_t m = (int64_t)c->n + 1;

    x = highest_field(c, 0, highest, j, m);
    if (c->products)
        x = tc_form_add(f, x, highest_field(c, 1, highest, j, m));
    if (c->floor) {
        y = tc_form_subst(f, highest, j, tc_axis_const((int64_t)c->n - 1));
        y = ar_gate_si(l, "exponent.last", y, m, "it is the last place itself");
        x = ar_plus(l, x, c->last, y);
    }
    y = cut_highest_place(&c->gaps, highest, j, &ix[1]);
    y = tc_form_sum(f, y, 2, ix, 0, NULL);
    return claim(&l->low, tc_form_sub(f, x, y), 0, c->top > c->last ? c->top : c->last);
}

void cl_gaps(struct cluster *c)
{
    unsigned p = c->l->p + (c->divide ? (unsigned)mpz_sizeinbase(c->divide, 2) : 0);

    c->gaps.n = c->n;
    cut_sizes(&c->gaps, c->bits, p, c->floor && c->last > c->top ? c->last : c->top, 1);
    c->gap = c->gaps.gap;
    c->most = c->gaps.most;
}
