/* number.c -- the order of gates
 *
 * Guards tie axes together; an interval of axes that guards tie is a group,
 * and the points of a plane are the product of the points of its groups.  In
 * a group with guards the last axis is not searched: an affine guard leaves an
 * interval of it. */
#include "ir.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_AXES   64
#define MOST_POINTS UINT32_MAX

/* what a guard says about the axes of a plane */
struct limit {
    const struct tc_axis *expr;
    unsigned first, last;        /* axes that it reads */
    int64_t coef[MOST_AXES];     /* of at */
    int64_t via_coef[MOST_AXES]; /* of arg */
};

static const struct tc_index *axis_index(const struct tc_plane *p, unsigned k)
{
    return k < p->naxis ? p->axis[k] : p->chain;
}

static void limit_affine(const struct tc_plane *p, unsigned naxis, const struct tc_affine *x,
                         struct limit *l, int64_t *coef)
{
    for (unsigned i = 0; i < x->n; i++) {
        unsigned k = 0;

        while (k < naxis && axis_index(p, k) != x->part[i].ix)
            k++;
        assert(k < naxis); /* the indices of a guard belong to the domain */
        coef[k] += x->part[i].coef;
        l->first = k < l->first ? k : l->first;
        l->last = k > l->last ? k : l->last;
    }
}

static struct limit limit_of(const struct tc_plane *p, unsigned naxis, const struct tc_guard *g)
{
    struct limit l = {.expr = &g->expr, .first = naxis, .last = 0};

    limit_affine(p, naxis, &g->expr.at, &l, l.coef);
    if (g->expr.via)
        limit_affine(p, naxis, &g->expr.arg, &l, l.via_coef);
    if (l.first > l.last)
        l.first = l.last = 0; /* a constant */
    return l;
}

static int64_t limit_at(const struct limit *l, const int64_t *at)
{
    int64_t v = l->expr->at.constant;

    for (unsigned k = l->first; k <= l->last; k++)
        v += l->coef[k] * at[k];
    if (l->expr->via) {
        int64_t arg = l->expr->arg.constant;

        for (unsigned k = l->first; k <= l->last; k++)
            arg += l->via_coef[k] * at[k];
        v += tc_table_get_i64(l->expr->via, &arg);
    }
    return v;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Narrows [lo, hi[ of axis `last` to where the guard holds, other axes being
 * as in at; false if that takes a look at each value. */
static bool limit_narrow(const struct limit *l, int64_t *at, unsigned last, int64_t *lo,
                         int64_t *hi)
{
    int64_t rest, c = l->coef[last];

    if (l->expr->via && l->via_coef[last])
        return false;
    at[last] = 0;
    rest = limit_at(l, at);
    if (c == 0) {
        if (rest < 0)
            *hi = *lo;
    } else if (c > 0) { /* x >= -rest / c */
        int64_t least = -floor_div(rest, c);

        *lo = least > *lo ? least : *lo;
    } else { /* x <= rest / -c */
        int64_t most = floor_div(rest, -c);

        *hi = most + 1 < *hi ? most + 1 : *hi;
    }
    return true;
}

/* Visits the points of a group in order; writes their numbers where rank is
 * not NULL; returns how many there are. */
static uint64_t group_walk(const struct tc_group *g, unsigned nlimit, const struct limit *limit,
                           uint32_t *rank)
{
    int64_t at[MOST_AXES] = {0};
    unsigned last = g->first + g->naxis - 1;
    int64_t width = g->extent[g->naxis - 1];
    uint64_t points = 0, row = 0;

    for (;;) {
        int64_t lo = 0, hi = width;
        bool each[MOST_AXES], any = false;

        for (unsigned i = 0; i < nlimit; i++) {
            each[i] = !limit_narrow(&limit[i], at, last, &lo, &hi);
            any = any || each[i];
        }
        if (hi < lo)
            hi = lo;
        if (!any && !rank)
            points += (uint64_t)(hi - lo);
        for (int64_t x = lo; (any || rank) && x < hi; x++) {
            bool in = true;

            at[last] = x;
            for (unsigned i = 0; in && i < nlimit; i++)
                in = !each[i] || limit_at(&limit[i], at) >= 0;
            if (in && rank)
                rank[row + (uint64_t)x] = (uint32_t)points;
            points += in;
        }
        row += (uint64_t)width;
        unsigned k = last;
        while (k > g->first && ++at[k - 1] == g->extent[k - 1 - g->first])
            at[--k] = 0;
        if (k == g->first)
            return points;
    }
}

static bool too_many(const struct tc_plane *p, const char *what, mpz_srcptr count,
                     struct tc_error *err)
{
    char number[128];

    if (mpz_sizeinbase(count, 10) < sizeof number - 2)
        gmp_snprintf(number, sizeof number, "%Zd", count);
    else
        gmp_snprintf(number, sizeof number, "2^%zu or more", mpz_sizeinbase(count, 2) - 1);
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                   "%s has %s %s, more than 2^32 - 1 can be numbered", p->name, number, what);
}

/* groups, points and strides; ranks if there is an arena for them */
static bool numbering(struct tc_arena *arena, const struct tc_plane *p, struct tc_numbering *nb,
                      struct tc_group *group, int64_t *extent, struct tc_error *err)
{
    const struct tc_bank *bank = p->bank;
    unsigned naxis = p->naxis + (p->chain != NULL), nguard = bank ? bank->nguard : 0;
    bool joined[MOST_AXES] = {false}, guarded[MOST_AXES] = {false};
    struct limit *limit = tc_xcalloc(nguard, sizeof *limit);
    bool ok = true;
    mpz_t size;

    assert(naxis <= MOST_AXES && nguard <= MOST_AXES);
    *nb = (struct tc_numbering){.naxis = naxis, .group = group};
    for (unsigned i = 0; i < nguard; i++) {
        limit[i] = limit_of(p, naxis, &bank->guard[i]);
        for (unsigned k = limit[i].first; k < naxis && k <= limit[i].last; k++) {
            guarded[k] = true;
            joined[k] = joined[k] || k > limit[i].first; /* with the axis before */
        }
    }
    for (unsigned k = 0; k < naxis; k++) {
        extent[k] = axis_index(p, k)->extent;
        if (k == 0 || !(joined[k] || (!guarded[k] && !guarded[k - 1])))
            group[nb->ngroup++] = (struct tc_group){.first = k, .extent = extent + k};
        group[nb->ngroup - 1].naxis++;
    }
    mpz_init_set_ui(size, 1);
    nb->points = 1;
    /* guards of a plane without axes: constants */
    for (unsigned i = 0; naxis == 0 && i < nguard; i++)
        if (limit_at(&limit[i], (const int64_t[1]){0}) < 0)
            nb->points = 0;
    for (unsigned i = nb->ngroup; ok && i-- > 0;) {
        struct tc_group *g = &group[i];
        unsigned n = 0;
        struct limit *of = tc_xcalloc(nguard, sizeof *of);

        for (unsigned k = 0; k < nguard; k++)
            if (limit[k].first >= g->first && limit[k].first < g->first + g->naxis)
                of[n++] = limit[k];
        mpz_set_ui(size, 1);
        for (unsigned k = 0; k < g->naxis; k++)
            mpz_mul_ui(size, size, (unsigned long)g->extent[k]);
        if (mpz_cmp_ui(size, MOST_POINTS) > 0) {
            ok = too_many(p, n ? "points before its guards" : "points", size, err);
        } else if (n == 0) {
            g->points = mpz_get_ui(size);
        } else {
            if (arena) {
                g->rank = tc_alloc(arena, mpz_get_ui(size), sizeof *g->rank);
                memset(g->rank, 0xff, mpz_get_ui(size) * sizeof *g->rank);
            }
            g->points = group_walk(g, n, of, g->rank);
        }
        free(of);
        if (ok) {
            g->stride = nb->points;
            mpz_set_ui(size, nb->points);
            mpz_mul_ui(size, size, g->points);
            if (mpz_cmp_ui(size, MOST_POINTS) > 0)
                ok = too_many(p, "points", size, err);
            nb->points = mpz_get_ui(size);
        }
    }
    mpz_clear(size);
    free(limit);
    return ok;
}

bool tc_numbering_init(struct tc_arena *arena, const struct tc_plane *p, struct tc_numbering *nb,
                       struct tc_error *err)
{
    struct tc_group *group = tc_alloc(arena, MOST_AXES, sizeof *group);
    int64_t *extent = tc_alloc(arena, MOST_AXES, sizeof *extent);

    return numbering(arena, p, nb, group, extent, err);
}

bool tc_numbering_points(const struct tc_plane *p, uint64_t *points, struct tc_error *err)
{
    struct tc_group group[MOST_AXES];
    int64_t extent[MOST_AXES];
    struct tc_numbering nb;

    if (!numbering(NULL, p, &nb, group, extent, err))
        return false;
    *points = nb.points;
    return true;
}

uint64_t tc_numbering_wire(const struct tc_numbering *nb, const int64_t *at)
{
    uint64_t wire = 0;

    for (unsigned i = 0; i < nb->ngroup; i++) {
        const struct tc_group *g = &nb->group[i];
        uint64_t position = 0;

        for (unsigned k = 0; k < g->naxis; k++) {
            assert(at[g->first + k] >= 0 && at[g->first + k] < g->extent[k]);
            position = position * (uint64_t)g->extent[k] + (uint64_t)at[g->first + k];
        }
        if (g->rank) {
            if (g->rank[position] == UINT32_MAX)
                return UINT64_MAX;
            position = g->rank[position];
        }
        wire += position * g->stride;
    }
    return wire;
}
