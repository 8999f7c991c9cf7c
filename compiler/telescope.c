/* telescope.c -- functions of a form by their changes; see telescope.h
 *
 * Two layers.  Region gates [x >= start of region] cut 0 .. size-1 into regions; a
 * fixed pool of gates [x >= theta_j(region)], each with a weight w_j of its own, then
 * makes the changes within every region: theta_j is a form over the region gates, and a
 * change by d is made by gates whose weights sum to d.  The change at a region's
 * start is made by its region gate, whatever it is.  So the cost is regions + pool, where
 * one layer takes a gate a change.
 *
 * Weights are +-2^i.  A gate that a region does not use keeps its threshold, and the
 * region gates' weights make up for it: that takes no wires.
 */
#include "telescope.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES    16 /* weights 2^0 .. 2^15 */
#define MOST_TRIES 2000

/* how many gates of weight 2^i and of weight -2^i; how many turn the side on, and off */
struct pool {
    unsigned gate[2][CLASSES];
    unsigned turn[2];
};

/* in the region, the gate makes the change, or a part of it */
struct use {
    unsigned gate, region, change;
};

struct telescope {
    struct pool pool;
    unsigned ngate, nturn; /* of the pool */
    unsigned nregion;
    unsigned *start; /* first change of each; that of region 0 is none: 0 */
    unsigned nuse;
    struct use *use; /* turning gates are numbered after the others */
    bool doubled;
};

/* ---------------------------------------------------------------------- decompositions */

/* Takes d 2^i as a sum of weights out of what is left, in which gate[sign][i] counts
 * down.  Odd digits by the sign that leaves an even quotient, if there is one. */
static bool take(struct pool *left, int64_t d, unsigned i)
{
    unsigned sign = ((uint64_t)d & 3) == 3;

    if (d == 0)
        return true;
    if (i >= CLASSES)
        return false;
    if (d % 2) {
        for (unsigned k = 0; k < 2; k++, sign = !sign) {
            if (!left->gate[sign][i])
                continue;
            left->gate[sign][i]--;
            if (take(left, (sign ? d + 1 : d - 1) / 2, i + 1))
                return true;
            left->gate[sign][i]++;
        }
        return false;
    }
    if (take(left, d / 2, i + 1))
        return true;
    sign = d < 0; /* or two of the same */
    if (left->gate[sign][i] < 2)
        return false;
    left->gate[sign][i] -= 2;
    if (take(left, (sign ? d + 2 : d - 2) / 2, i + 1))
        return true;
    left->gate[sign][i] += 2;
    return false;
}

static bool take_change(struct pool *left, const struct stairs *s, unsigned k)
{
    unsigned off = s->turn[k] < 0;
    struct pool before = *left;

    if (s->turn[k]) {
        if (!left->turn[off])
            return false;
        left->turn[off]--;
    }
    if (take(left, s->jump[k], 0))
        return true;
    *left = before;
    return false;
}

/* ------------------------------------------------------------------------------ plans */

struct search {
    const struct stairs *s;
    enum telescope_side kind;
    unsigned tries;
};

/* a region's pool: with XOR a gate that is always on stands for the side at its start */
static struct pool fresh(const struct search *x, const struct pool *p, bool side)
{
    struct pool left = *p;

    if (x->kind == TELESCOPE_XOR && side)
        left.turn[0]--;
    return left;
}

static void record(struct telescope *plan, const struct pool *before, const struct pool *left,
                   unsigned change)
{
    struct use u = {.region = plan->nregion - 1, .change = change};
    unsigned first = 0;

    for (unsigned c = 0; c < 2 * CLASSES; c++) {
        unsigned sign = c / CLASSES, i = c % CLASSES;

        for (unsigned g = left->gate[sign][i]; g < before->gate[sign][i]; g++) {
            u.gate = first + g;
            plan->use[plan->nuse++] = u;
        }
        first += plan->pool.gate[sign][i];
    }
    for (unsigned sign = 0; sign < 2; sign++) {
        for (unsigned g = left->turn[sign]; g < before->turn[sign]; g++) {
            u.gate = first + g;
            plan->use[plan->nuse++] = u;
        }
        first += plan->pool.turn[sign];
    }
}

/* The number of regions, each as long as the pool lasts; written down if plan is not
 * NULL.  0: the pool is of no use. */
static unsigned cut(const struct search *x, const struct pool *p, struct telescope *plan)
{
    const struct stairs *s = x->s;
    struct pool left, before;
    unsigned n = 1;
    bool side = s->side;

    if (x->kind == TELESCOPE_XOR && !p->turn[0])
        return 0;
    left = fresh(x, p, side);
    if (plan)
        plan->nregion = 1;
    for (unsigned k = 0; k < s->n; k++) {
        before = left;
        side = s->turn[k] ? s->turn[k] > 0 : side;
        if (take_change(&left, s, k)) {
            if (plan)
                record(plan, &before, &left, k);
            continue;
        }
        n++;
        if (plan)
            plan->start[plan->nregion++] = k;
        left = fresh(x, p, side);
    }
    return n;
}

static unsigned pool_gates(const struct search *x, const struct pool *p)
{
    unsigned n = (p->turn[0] + p->turn[1]) * (x->kind == TELESCOPE_XOR ? 2 : 1);

    for (unsigned c = 0; c < 2 * CLASSES; c++)
        n += p->gate[c / CLASSES][c % CLASSES];
    return n;
}

static unsigned cost(struct search *x, const struct pool *p)
{
    unsigned n = cut(x, p, NULL);

    x->tries++;
    return n ? n - 1 + pool_gates(x, p) : UINT32_MAX;
}

/* how often all changes would use each class */
static void demand(const struct stairs *s, double used[2][CLASSES], double turned[2])
{
    memset(used, 0, 2 * sizeof *used);
    turned[0] = turned[1] = 0;
    for (unsigned k = 0; k < s->n; k++) {
        struct pool all, left;

        for (unsigned c = 0; c < 2 * CLASSES; c++)
            all.gate[c / CLASSES][c % CLASSES] = 2;
        left = all;
        take(&left, s->jump[k], 0);
        for (unsigned c = 0; c < 2 * CLASSES; c++)
            used[c / CLASSES][c % CLASSES] += 2 - left.gate[c / CLASSES][c % CLASSES];
        if (s->turn[k])
            turned[s->turn[k] < 0]++;
    }
}

/* pools in proportion to the demand, for regions of 2, 3, 4, 5, 7, ... changes */
static unsigned first_pool(struct search *x, struct pool *best)
{
    double used[2][CLASSES], turned[2], n = x->s->n;
    unsigned least = UINT32_MAX;

    *best = (struct pool){0};
    demand(x->s, used, turned);
    for (double length = 2; length < n; length += length / 4 + 1) {
        struct pool p;
        unsigned c;

        for (unsigned i = 0; i < 2 * CLASSES; i++)
            p.gate[i / CLASSES][i % CLASSES] =
                (unsigned)(used[i / CLASSES][i % CLASSES] / n * length + 0.7);
        for (unsigned i = 0; i < 2; i++) /* one more, for the side at a region's start */
            p.turn[i] =
                (unsigned)(turned[i] / n * length + 0.99) + (x->kind == TELESCOPE_XOR && i == 0);
        c = cost(x, &p);
        if (c < least) {
            least = c;
            *best = p;
        }
    }
    return least;
}

static unsigned *pool_entry(struct pool *p, unsigned c)
{
    return c < 2 * CLASSES ? &p->gate[c / CLASSES][c % CLASSES] : &p->turn[c - 2 * CLASSES];
}

/* one class more or less, as long as that helps: by steps of 8, 4, 2, 1 */
static unsigned improve(struct search *x, struct pool *best, unsigned least)
{
    for (unsigned step = 8; step && x->tries < MOST_TRIES;) {
        bool better = false;

        for (unsigned c = 0; c < 2 * (2 * CLASSES + 2); c++) {
            struct pool p = *best;
            unsigned *m = pool_entry(&p, c / 2), at;

            if (c % 2 ? *m < step : *m == 0)
                continue;
            *m = c % 2 ? *m - step : *m + step;
            at = cost(x, &p);
            if (at < least) {
                least = at;
                *best = p;
                better = true;
            }
        }
        if (!better)
            step /= 2;
    }
    return least;
}

unsigned telescope_estimate(const struct stairs *s, enum telescope_side kind)
{
    struct search x = {.s = s, .kind = kind};
    struct pool p;

    return first_pool(&x, &p);
}

struct telescope *telescope_plan(struct tc_arena *arena, const struct stairs *s,
                                 enum telescope_side kind)
{
    struct telescope *plan = tc_alloc(arena, 1, sizeof *plan);
    struct search x = {.s = s, .kind = kind};
    unsigned least = first_pool(&x, &plan->pool);

    if (least == UINT32_MAX) /* at most two changes */
        return NULL;
    improve(&x, &plan->pool, least);
    plan->nturn = plan->pool.turn[0] + plan->pool.turn[1];
    plan->doubled = kind == TELESCOPE_XOR;
    plan->ngate = pool_gates(&x, &plan->pool) - (plan->doubled ? 2 : 1) * plan->nturn;
    plan->start = tc_alloc(arena, s->n + 1, sizeof *plan->start);
    /* a change takes two gates of a class at most, and one that turns the side */
    plan->use = tc_alloc(arena, (size_t)s->n * (2 * CLASSES + 1) + 1, sizeof *plan->use);
    cut(&x, &plan->pool, plan);
    return plan;
}

unsigned telescope_gates(const struct telescope *t)
{
    return t->nregion - 1 + t->ngate + (t->doubled ? 2 : 1) * t->nturn;
}

/* ------------------------------------------------------------------------- one layer */

unsigned stairs_gates(const struct stairs *s, enum telescope_side kind)
{
    unsigned n = s->n;

    for (unsigned k = 0; kind == TELESCOPE_XOR && k < s->n; k++)
        n += s->turn[k] != 0;
    return n;
}

/* the bank's gates weighted: base + sum */
static struct tc_form chain_sum(struct fl *l, const struct tc_plane *plane, unsigned n,
                                const int64_t *weight, int64_t base)
{
    int64_t low = base, high = base, v = base;

    for (unsigned k = 0; k < n; k++) {
        v += weight[k];
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    return plane ? fl_weigh(l, plane, n, weight, base, low, high) : tc_form_si(l->low.family, base);
}

static const struct tc_plane *chain_bank(struct fl *l, const char *name, struct tc_form x,
                                         unsigned n, const int64_t *at, const char *note)
{
    mpz_ptr *theta = tc_alloc(l->low.family->arena, n + 1, sizeof *theta);

    for (unsigned k = 0; k < n; k++)
        theta[k] = tc_mpz_si(l->low.family->arena, at[k]);
    return n ? fl_bank(l, name, x, n, theta, note) : NULL;
}

/* other + side - 2 both, where both is the AND */
static struct tc_form exclusive(struct fl *l, struct tc_form side, struct tc_form other,
                                struct tc_form both)
{
    struct tc_family *f = l->low.family;
    struct tc_form x = tc_form_add(f, tc_form_scale_si(f, both, -2), tc_form_add(f, side, other));

    return claim(&l->low, x, 0, 1);
}

/* side AND other, in one layer: gates [x + size other >= at + size] */
static struct tc_form side_and(struct fl *l, const struct stairs *s, struct tc_form other,
                               const char *name)
{
    struct tc_family *f = l->low.family;
    int64_t *at = tc_alloc(f->arena, s->n + 1, sizeof *at);
    int64_t *weight = tc_alloc(f->arena, s->n + 1, sizeof *weight);
    struct tc_form x = tc_form_add(f, s->x, tc_form_scale_si(f, other, s->size)), both;
    const struct tc_plane *plane;
    unsigned n = 0;

    for (unsigned k = 0; k < s->n; k++)
        if (s->turn[k]) {
            at[n] = s->at[k] + s->size;
            weight[n++] = s->turn[k];
        }
    plane = chain_bank(l, name, x, n, at, "and with the other sign");
    if (!s->side)
        return chain_sum(l, plane, n, weight, 0);
    /* the side is on at first: with other, and then as the gates turn it */
    both = chain_sum(l, plane, n, weight, 1);
    return claim(&l->low, tc_form_sub(f, tc_form_add(f, both, other), tc_form_si(f, 1)), 0, 1);
}

static struct stairs_forms one_layer(struct fl *l, const struct stairs *s, enum telescope_side kind,
                                     struct tc_form other, const char *name)
{
    struct tc_family *f = l->low.family;
    int64_t *turn = tc_alloc(f->arena, s->n + 1, sizeof *turn);
    const struct tc_plane *plane =
        chain_bank(l, name, s->x, s->n, s->at, "where the function changes");
    struct stairs_forms y = {.value = chain_sum(l, plane, s->n, s->jump, s->first)};

    for (unsigned k = 0; k < s->n; k++)
        turn[k] = s->turn[k];
    if (kind != TELESCOPE_NONE)
        y.side = chain_sum(l, plane, s->n, turn, s->side);
    if (kind == TELESCOPE_XOR)
        y.side = exclusive(l, y.side, other,
                           side_and(l, s, other, tc_sprintf(f->arena, "%s.and", name)));
    return y;
}

/* ------------------------------------------------------------------------- two layers */

/* thresholds and weights of the pool's gates, region by region */
struct thresholds {
    unsigned n, steps;  /* gates; regions - 1 */
    int64_t *first;     /* n */
    int64_t *change;    /* n x steps: by region gate r + 1 */
    int64_t *weight[2]; /* n: of the value, of the side */
    int64_t *base[2];   /* steps + 1 */
};

static void pool_weights(const struct telescope *t, struct thresholds *h)
{
    unsigned n = 0;

    for (unsigned c = 0; c < 2 * CLASSES; c++)
        for (unsigned g = 0; g < t->pool.gate[c / CLASSES][c % CLASSES]; g++)
            h->weight[0][n++] = (c < CLASSES ? 1 : -1) * ((int64_t)1 << c % CLASSES);
    for (unsigned sign = 0; sign < 2; sign++)
        for (unsigned g = 0; g < t->pool.turn[sign]; g++)
            h->weight[1][n++] = sign ? -1 : 1;
}

/* One region: *use moves past its uses.  at: the gates' thresholds before, and now;
 * value, side: at its start. */
static void region(const struct telescope *t, const struct stairs *s, struct thresholds *h,
                   unsigned r, const struct use **use, int64_t *at, int64_t value, bool side)
{
    const struct use *end = t->use + t->nuse;
    bool *used = tc_xcalloc(h->n + 1, sizeof *used);

    for (; *use < end && (*use)->region == r; ++*use) {
        used[(*use)->gate] = true;
        at[(*use)->gate] = s->at[(*use)->change];
    }
    h->base[0][r] = value;
    h->base[1][r] = side;
    for (unsigned g = 0; g < h->n; g++) {
        if (t->doubled && g >= t->ngate) {
            if (!used[g]) /* never, or the one for the side: always */
                at[g] = side && g == t->ngate + t->pool.turn[0] - 1 ? 0 : s->size;
            h->base[1][r] = 0;
        } else if (!used[g] && at[g] < s->size) { /* it is on since it was last used */
            h->base[0][r] -= h->weight[0][g];
            h->base[1][r] -= h->weight[1][g];
        }
    }
    free(used);
}

static struct thresholds thresholds_of(struct tc_arena *arena, const struct telescope *t,
                                       const struct stairs *s)
{
    struct thresholds h = {.n = t->ngate + t->nturn, .steps = t->nregion - 1};
    int64_t *at = tc_alloc(arena, h.n + 1, sizeof *at), *old, value = s->first;
    const struct use *use = t->use;
    bool side = s->side;
    unsigned k = 0;

    h.first = tc_alloc(arena, h.n + 1, sizeof *h.first);
    h.change = tc_alloc(arena, (size_t)h.n * h.steps + 1, sizeof *h.change);
    for (unsigned i = 0; i < 2; i++) {
        h.weight[i] = tc_alloc(arena, h.n + 1, sizeof *h.weight[i]);
        h.base[i] = tc_alloc(arena, h.steps + 1, sizeof *h.base[i]);
    }
    pool_weights(t, &h);
    old = tc_alloc(arena, h.n + 1, sizeof *old);
    for (unsigned g = 0; g < h.n; g++)
        at[g] = s->size;
    for (unsigned r = 0; r < t->nregion; r++) {
        for (; r && k <= t->start[r]; k++) {
            value += s->jump[k];
            side = s->turn[k] ? s->turn[k] > 0 : side;
        }
        memcpy(old, at, h.n * sizeof *at);
        region(t, s, &h, r, &use, at, value, side);
        for (unsigned g = 0; g < h.n; g++) {
            if (r)
                h.change[(size_t)g * h.steps + r - 1] = at[g] - old[g];
            else
                h.first[g] = at[g];
        }
    }
    assert(use == t->use + t->nuse);
    return h;
}

/* the pool's gates first .. first+n-1: [x + lift >= theta_j(region) + raise] */
static const struct tc_plane *pool_bank(struct fl *l, const struct stairs *s,
                                        const struct thresholds *h, const struct tc_plane *regions,
                                        unsigned first, unsigned n, struct tc_form lift,
                                        int64_t raise, const char *name)
{
    struct tc_family *f = l->low.family;
    struct tc_index *j = tc_index_new(f, "j", n, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, j)};
    struct tc_form x = tc_form_add(f, s->x, lift), shift;
    int64_t *theta = tc_alloc(f->arena, n, sizeof *theta), extent[2] = {n, h->steps};

    for (unsigned g = 0; g < n; g++)
        theta[g] = h->first[first + g] + raise;
    if (regions) {
        shift = wire_of(&l->low, regions);
        if (regions->chain)
            at[1] = tc_axis_of(f->arena, regions->chain);
        shift = tc_form_times(f, shift,
                              tc_table_dense(f, "shift", regions->chain ? 2 : 1, extent,
                                             h->change + (size_t)first * h->steps),
                              at);
        if (regions->chain)
            shift = tc_form_sum(f, shift, 1, &regions->chain, 0, NULL);
        x = tc_form_sub(f, x, claim(&l->low, shift, -s->size, s->size));
    }
    return &tc_bank_new(f, name, x, NULL,
                        tc_form_table(f, table_of(&l->low, "theta", n, theta), at), true, 0, NULL,
                        l->low.component, "changes within the regions")
                ->plane;
}

/* base + sum of weight * gate over the bank's axis */
static struct tc_form pool_sum(struct fl *l, const struct tc_plane *plane, unsigned n,
                               const int64_t *weight)
{
    struct tc_family *f = l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, plane->axis[0]);
    struct tc_form x = wire_of(&l->low, plane);

    x = tc_form_times(f, x, table_of(&l->low, "weight", n, weight), &at);
    return tc_form_sum(f, x, 1, plane->axis, 0, NULL);
}

/* a value of both layers, between its least and its largest */
static struct tc_form both_layers(struct fl *l, const struct thresholds *h, unsigned part,
                                  const struct tc_plane *regions, const struct tc_plane *pool,
                                  int64_t low, int64_t high)
{
    struct tc_family *f = l->low.family;
    int64_t *step = tc_alloc(f->arena, h->steps + 1, sizeof *step);
    struct tc_form x = pool_sum(l, pool, h->n, h->weight[part]);

    for (unsigned r = 0; r < h->steps; r++)
        step[r] = h->base[part][r + 1] - h->base[part][r];
    x = tc_form_add(f, x, chain_sum(l, regions, h->steps, step, h->base[part][0]));
    return claim(&l->low, x, low, high);
}

static void stairs_range(const struct stairs *s, int64_t *low, int64_t *high)
{
    int64_t v = s->first;

    *low = *high = v;
    for (unsigned k = 0; k < s->n; k++) {
        v += s->jump[k];
        *low = v < *low ? v : *low;
        *high = v > *high ? v : *high;
    }
}

static struct stairs_forms two_layers(struct fl *l, const struct stairs *s,
                                      const struct telescope *t, enum telescope_side kind,
                                      struct tc_form other, const char *name)
{
    struct tc_family *f = l->low.family;
    struct thresholds h = thresholds_of(f->arena, t, s);
    int64_t *at = tc_alloc(f->arena, h.steps + 1, sizeof *at), low, high;
    const struct tc_plane *regions, *pool, *and;
    struct stairs_forms y;
    struct tc_form both;

    for (unsigned r = 0; r < h.steps; r++)
        at[r] = s->at[t->start[r + 1]];
    regions = chain_bank(l, tc_sprintf(f->arena, "%s.region", name), s->x, h.steps, at,
                         "regions that share a pool of gates");
    pool = pool_bank(l, s, &h, regions, 0, h.n, tc_form_si(f, 0), 0, name);
    stairs_range(s, &low, &high);
    y.value = both_layers(l, &h, 0, regions, pool, low, high);
    if (kind != TELESCOPE_NONE)
        y.side = both_layers(l, &h, 1, regions, pool, 0, 1);
    if (kind == TELESCOPE_XOR) {
        and = pool_bank(l, s, &h, regions, t->ngate, t->nturn, tc_form_scale_si(f, other, s->size),
                        s->size, tc_sprintf(f->arena, "%s.and", name));
        both = claim(&l->low, pool_sum(l, and, t->nturn, h.weight[1] + t->ngate), 0, 1);
        y.side = exclusive(l, y.side, other, both);
    }
    return y;
}

struct stairs_forms stairs_build(struct fl *l, const struct stairs *s, const struct telescope *t,
                                 enum telescope_side kind, struct tc_form other, const char *name)
{
    return t ? two_layers(l, s, t, kind, other, name) : one_layer(l, s, kind, other, name);
}
