/* prove.c -- that affine expressions with tables are never negative
 *
 * What tc_family_check has to know of every access: at all points that the
 * guards admit, a coordinate is at least 0, at most the extent, and satisfies
 * the guards of the plane that is read.  Each is a goal, expression >= 0, with
 * guards, expressions known to be >= 0.  Three ways, the cheap ones first and
 * none of them dependent on extents but the last:
 *
 *   interval   the least value over the box of the indices is not negative
 *   guards     the goal minus one, two or three guards has that property
 *              (so j <= i from itself, k <= i from k <= j and j <= i)
 *   points     few enough: every point of the box is tried; guards that would
 *              make the box too large are left out, which can only make the
 *              goal harder
 */
#include "text.h"
#include "prove.h"

#include <assert.h>
#include <string.h>

#define MOST_POINTS  ((int64_t)1 << 22)    /* tried for one goal */
#define MOST_PARTS   (2 * TC_MOST_INDICES) /* a bank's and a term's */
#define MOST_LOOKUPS 6

__extension__ typedef __int128 wide;

/* sum of coef * index, plus c, plus sum of coef * table[arg] */
struct sum {
    bool failed; /* overflow, or no room: nothing is known */
    unsigned n;
    struct part {
        const struct tc_index *ix;
        wide coef;
    } part[MOST_PARTS];
    wide c;
};

struct linear {
    struct sum sum;
    unsigned nlookup;
    struct lookup {
        const struct tc_table *table;
        wide coef;
        struct sum arg;
    } lookup[MOST_LOOKUPS];
};

static void sum_add(struct sum *s, wide coef, const struct tc_index *ix)
{
    for (unsigned k = 0; k < s->n; k++)
        if (s->part[k].ix == ix) {
            if (__builtin_add_overflow(s->part[k].coef, coef, &s->part[k].coef))
                s->failed = true;
            return;
        }
    if (s->n == MOST_PARTS) {
        s->failed = true;
        return;
    }
    s->part[s->n++] = (struct part){ix, coef};
}

static void sum_constant(struct sum *s, wide scale, wide c)
{
    if (__builtin_mul_overflow(scale, c, &c) || __builtin_add_overflow(s->c, c, &s->c))
        s->failed = true;
}

/* s += scale * a, where each axis of the plane read stands for an access;
 * false if a table stands where only a number can be multiplied */
static bool sum_affine(struct sum *s, struct linear *lookups, wide scale, const struct tc_affine *a,
                       const struct tc_plane *plane, const struct tc_axis *at);

static bool linear_lookup(struct linear *l, wide scale, const struct tc_table *table,
                          const struct tc_affine *arg, const struct tc_plane *plane,
                          const struct tc_axis *at)
{
    struct lookup *k;

    if (l->nlookup == MOST_LOOKUPS)
        return false;
    k = &l->lookup[l->nlookup++];
    k->table = table;
    k->coef = scale;
    k->arg.n = 0;
    k->arg.c = 0;
    k->arg.failed = false;
    return sum_affine(&k->arg, NULL, 1, arg, plane, at);
}

static unsigned axis_of(const struct tc_plane *p, const struct tc_index *ix)
{
    for (unsigned k = 0; k < p->naxis; k++)
        if (p->axis[k] == ix)
            return k;
    assert(p->chain == ix); /* guards name only indices of their bank: checked before */
    return p->naxis;
}

static bool sum_affine(struct sum *s, struct linear *lookups, wide scale, const struct tc_affine *a,
                       const struct tc_plane *plane, const struct tc_axis *at)
{
    sum_constant(s, scale, a->constant);
    for (unsigned k = 0; k < a->n; k++) {
        const struct tc_axis *x;
        wide coef = scale;

        if (__builtin_mul_overflow(scale, (wide)a->part[k].coef, &coef))
            return false;
        if (!plane) {
            sum_add(s, coef, a->part[k].ix);
            continue;
        }
        x = &at[axis_of(plane, a->part[k].ix)];
        if (!sum_affine(s, NULL, coef, &x->at, NULL, NULL))
            return false;
        if (x->via && (!lookups || !linear_lookup(lookups, coef, x->via, &x->arg, NULL, NULL)))
            return false;
    }
    return !s->failed;
}

/* l += scale * x, through the access at if a plane is given */
static bool linear_axis(struct linear *l, wide scale, const struct tc_axis *x,
                        const struct tc_plane *plane, const struct tc_axis *at)
{
    if (!sum_affine(&l->sum, l, scale, &x->at, plane, at))
        return false;
    return !x->via || linear_lookup(l, scale, x->via, &x->arg, plane, at);
}

static bool sum_range(const struct sum *s, wide *lo, wide *hi)
{
    *lo = *hi = s->c;
    for (unsigned k = 0; k < s->n; k++) {
        wide most;

        if (__builtin_mul_overflow(s->part[k].coef, (wide)(s->part[k].ix->extent - 1), &most) ||
            __builtin_add_overflow(*(most < 0 ? lo : hi), most, most < 0 ? lo : hi))
            return false;
    }
    return !s->failed;
}

static bool sum_equal(const struct sum *a, const struct sum *b)
{
    struct sum d = *a;

    if (a->c != b->c)
        return false;
    for (unsigned k = 0; k < b->n; k++)
        sum_add(&d, -b->part[k].coef, b->part[k].ix);
    for (unsigned k = 0; k < d.n; k++)
        if (d.part[k].coef)
            return false;
    return !d.failed;
}

/* the least value of all lookups with the k-th one's argument, where all of them can be read */
static bool joint_least(const struct linear *l, unsigned k, wide *least)
{
    const struct lookup *x[MOST_LOOKUPS];
    wide from, to;
    unsigned n = 0;

    *least = 0;
    if (!sum_range(&l->lookup[k].arg, &from, &to))
        return false;
    from = from < 0 ? 0 : from;
    for (unsigned j = k; j < l->nlookup; j++)
        if (sum_equal(&l->lookup[j].arg, &l->lookup[k].arg)) {
            x[n++] = &l->lookup[j];
            to = to < l->lookup[j].table->extent[0] ? to : l->lookup[j].table->extent[0] - 1;
        }
    for (wide at = from; at <= to; at++) {
        wide sum = 0, v;

        for (unsigned j = 0; j < n; j++)
            if (__builtin_mul_overflow(x[j]->coef, (wide)x[j]->table->small[(int64_t)at], &v) ||
                __builtin_add_overflow(sum, v, &sum))
                return false;
        *least = at == from || sum < *least ? sum : *least;
    }
    return from <= to;
}

/* by the least value over the box, tables at one argument together, over what that can reach */
static bool never_negative(const struct linear *l)
{
    wide lo, hi;

    if (!sum_range(&l->sum, &lo, &hi))
        return false;
    for (unsigned k = 0; k < l->nlookup; k++) {
        bool first = true;
        wide least;

        for (unsigned j = 0; j < k; j++)
            first = first && !sum_equal(&l->lookup[j].arg, &l->lookup[k].arg);
        if (first && (!joint_least(l, k, &least) || __builtin_add_overflow(lo, least, &lo)))
            return false;
    }
    return lo >= 0;
}

static bool goal_linear(const struct tc_goal *g, struct linear *l)
{
    l->sum.failed = false;
    l->sum.n = 0;
    l->sum.c = g->offset;
    l->nlookup = 0;
    return linear_axis(l, g->sign, g->expr, g->plane, g->at);
}

static bool by_guards(const struct linear *goal, const struct tc_guards *known, unsigned from,
                      unsigned depth)
{
    for (unsigned k = from; k < known->n; k++) {
        struct linear rest = *goal;

        if (!linear_axis(&rest, -1, &known->expr[k]->expr, NULL, NULL))
            continue;
        if (never_negative(&rest) || (depth > 1 && by_guards(&rest, known, k, depth - 1)))
            return true;
    }
    return false;
}

/* ----------------------------------------------------------------- points */

struct box {
    unsigned n;
    const struct tc_index *ix[MOST_PARTS];
    int64_t at[MOST_PARTS];
    int64_t points;
};

/* adds an index; false if there are too many points then */
static bool box_add(struct box *b, const struct tc_index *ix)
{
    for (unsigned k = 0; k < b->n; k++)
        if (b->ix[k] == ix)
            return true;
    if (b->n == MOST_PARTS || ix->extent > MOST_POINTS / b->points)
        return false;
    b->ix[b->n] = ix;
    b->at[b->n++] = 0;
    b->points *= ix->extent;
    return true;
}

static bool box_add_axis(struct box *b, const struct tc_axis *x)
{
    bool ok = true;

    for (unsigned k = 0; k < x->at.n && ok; k++)
        ok = box_add(b, x->at.part[k].ix);
    for (unsigned k = 0; x->via && k < x->arg.n && ok; k++)
        ok = box_add(b, x->arg.part[k].ix);
    return ok;
}

static bool box_has(const struct box *b, const struct tc_axis *x)
{
    struct box copy = *b;

    copy.points = MOST_POINTS; /* an index that is new has no room, unless its extent is 1 */
    return box_add_axis(&copy, x);
}

static bool box_meets(const struct box *b, const struct tc_axis *x)
{
    for (unsigned k = 0; k < b->n; k++) {
        for (unsigned i = 0; i < x->at.n; i++)
            if (x->at.part[i].ix == b->ix[k])
                return true;
        for (unsigned i = 0; x->via && i < x->arg.n; i++)
            if (x->arg.part[i].ix == b->ix[k])
                return true;
    }
    return false;
}

static wide affine_value(const struct box *b, const struct tc_affine *a,
                         const struct tc_plane *plane, const struct tc_axis *at, bool *ok);

/* *ok becomes false where a table is read outside its entries */
static wide axis_value(const struct box *b, const struct tc_axis *x, const struct tc_plane *plane,
                       const struct tc_axis *at, bool *ok)
{
    wide v = affine_value(b, &x->at, plane, at, ok);

    if (x->via) {
        wide arg = affine_value(b, &x->arg, plane, at, ok);

        if (arg < 0 || arg >= x->via->extent[0]) {
            *ok = false;
            return v;
        }
        v += x->via->small[(int64_t)arg];
    }
    return v;
}

static wide affine_value(const struct box *b, const struct tc_affine *a,
                         const struct tc_plane *plane, const struct tc_axis *at, bool *ok)
{
    wide v = a->constant;

    for (unsigned k = 0; k < a->n; k++) {
        wide x = 0, product;

        if (plane) { /* the access has no plane of its own: the recursion ends there */
            x = axis_value(b, &at[axis_of(plane, a->part[k].ix)], NULL, NULL, ok);
        } else {
            for (unsigned i = 0; i < b->n; i++)
                if (b->ix[i] == a->part[k].ix)
                    x = b->at[i];
        }
        if (__builtin_mul_overflow(x, (wide)a->part[k].coef, &product) ||
            __builtin_add_overflow(v, product, &v))
            *ok = false;
    }
    return v;
}

static bool box_next(struct box *b)
{
    for (unsigned k = b->n; k-- > 0;) {
        if (++b->at[k] < b->ix[k]->extent)
            return true;
        b->at[k] = 0;
    }
    return false;
}

static enum tc_proof by_points(const struct tc_goal *g, const struct tc_guards *known,
                               int64_t *budget, struct tc_witness *w)
{
    struct box b = {.points = 1};
    bool ok = true, grown = true, complete = true;

    for (unsigned k = 0; g->plane && ok && k < tc_plane_axes(g->plane); k++) {
        const struct tc_index *ix = k < g->plane->naxis ? g->plane->axis[k] : g->plane->chain;

        if (tc_axis_reads(g->expr, ix)) /* the goal does not depend on the others */
            ok = box_add_axis(&b, &g->at[k]);
    }
    if (!g->plane)
        ok = box_add_axis(&b, g->expr);
    if (!ok)
        return TC_UNKNOWN;
    while (grown) { /* guards that bear on the box, and those that bear on them */
        grown = false;
        for (unsigned k = 0; k < known->n; k++) {
            struct box larger = b;

            if (!box_meets(&b, &known->expr[k]->expr) || box_has(&b, &known->expr[k]->expr))
                continue;
            if (box_add_axis(&larger, &known->expr[k]->expr)) {
                b = larger;
                grown = true;
            } else {
                complete = false;
            }
        }
    }
    if (b.points > *budget)
        return TC_UNKNOWN;
    *budget -= b.points;
    do {
        bool inside = true, readable = true;
        wide v;

        for (unsigned k = 0; k < known->n && inside; k++)
            if (box_has(&b, &known->expr[k]->expr))
                inside = axis_value(&b, &known->expr[k]->expr, NULL, NULL, &readable) >= 0;
        if (!inside)
            continue;
        v = axis_value(&b, g->expr, g->plane, g->at, &readable);
        if (__builtin_mul_overflow(v, (wide)g->sign, &v) ||
            __builtin_add_overflow(v, (wide)g->offset, &v))
            readable = false;
        if (!readable || v < 0) {
            w->n = 0;
            for (unsigned k = 0; k < b.n && w->n < TC_WITNESS; k++)
                if (b.ix[k]->extent > 1) {
                    w->ix[w->n] = b.ix[k];
                    w->at[w->n++] = b.at[k];
                }
            return complete ? TC_REFUTED : TC_UNKNOWN;
        }
    } while (box_next(&b));
    return TC_PROVED;
}

enum tc_proof tc_prove(const struct tc_goal *g, const struct tc_guards *known, int64_t *budget,
                       struct tc_witness *w)
{
    unsigned depth = known->n <= 8 ? 3 : known->n <= 24 ? 2 : 1; /* guards subtracted at once */
    struct linear goal;

    w->n = 0;
    if (goal_linear(g, &goal) && (never_negative(&goal) || by_guards(&goal, known, 0, depth)))
        return TC_PROVED;
    return by_points(g, known, budget, w);
}
