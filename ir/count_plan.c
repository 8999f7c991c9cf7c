/* count_plan.c -- which variables a step should take
 *
 * The cheapest one; and where its result would be too large, more together. */
#include "count.h"

#include <math.h>

#define ARRAY_WISH 0x1p22 /* entries of a result, rather eliminate more at once */

static void plan_node(const struct tc_node *n, tc_varset e, bool whole, tc_varset *all)
{
    tc_varset vars = 0;
    bool reads = false;

    for (unsigned i = 0; i < n->n; i++) {
        bool r = (n->factor[i]->vars & e) != 0;

        reads = reads || r;
        if (r || whole)
            vars |= n->factor[i]->vars;
    }
    if (reads)
        *all |= vars;
}

/* Points to visit, in rows.  Guards that bound one expression on both sides leave
 * a band of points, each cuts the longest range in it, given the rest.  x, if it
 * is one, is counted, not walked over. */
static double cost_of(const struct tc_graph *g, tc_varset all, tc_varset e, unsigned x)
{
    double extent[TC_COUNT_VARS], box = 1, row = 1;

    for (unsigned v = 0; v < g->nvar; v++)
        extent[v] = (double)g->extent[v];
    if (x < TC_COUNT_VARS)
        all &= ~((tc_varset)1 << x);
    for (unsigned i = 0; i < g->guards.n; i++)
        for (unsigned k = 0; k < i; k++) {
            const struct tc_lin *a = &g->guards.factor[i]->axis->at;
            const struct tc_lin *b = &g->guards.factor[k]->axis->at;
            double width = (double)a->constant + (double)b->constant;
            unsigned longest = TC_COUNT_VARS;
            bool band = (a->vars & e) && a->vars == b->vars;

            for (tc_varset s = a->vars; s && band; s &= s - 1) {
                unsigned v = (unsigned)__builtin_ctzll(s);

                band = a->coef[v] == -b->coef[v];
                if (v == x)
                    width += fabs((double)a->coef[v]) * (double)(g->extent[v] - 1);
                else if ((all >> v & 1) &&
                         (longest == TC_COUNT_VARS || extent[v] > extent[longest]))
                    longest = v;
            }
            if (band && longest < TC_COUNT_VARS) {
                double cut = width / fabs((double)a->coef[longest]) + 1;

                if (cut < extent[longest])
                    extent[longest] = cut;
            }
        }
    for (; all; all &= all - 1)
        box *= extent[__builtin_ctzll(all)];
    for (; e && x == TC_COUNT_VARS; e &= e - 1)
        if (extent[__builtin_ctzll(e)] > row)
            row = extent[__builtin_ctzll(e)];
    return box * (1 + TC_ROW_WORK / row);
}

/* whole: a step takes nodes as they are, since they are added, not multiplied */
static struct tc_plan plan_of(const struct tc_graph *g, tc_varset e, bool whole)
{
    struct tc_plan p = {.e = e, .all = e};
    unsigned counted = TC_COUNT_VARS; /* the longest interval */
    double penalty = 1;

    for (unsigned k = 0; k < g->nnode; k++)
        plan_node(g->node[k], e, whole, &p.all);
    plan_node(&g->guards, e, false, &p.all);
    p.size = tc_graph_box(g, p.all & ~e);
    for (tc_varset s = e; s; s &= s - 1) {
        unsigned v = (unsigned)__builtin_ctzll(s);
        tc_varset x = s & -s;
        bool interval = true;

        for (unsigned k = 0; k < g->nnode; k++)
            for (unsigned i = 0; i < g->node[k]->n; i++) {
                const struct tc_count_factor *f = g->node[k]->factor[i];

                if ((f->vars & x) && (f->vars != x || whole))
                    interval = false;
                /* rows of a table are along its first axis */
                if ((f->vars & x) && f->kind == TC_F_TABLE && f->table->fn &&
                    !f->axis[0].at.coef[v])
                    penalty = 8;
            }
        if (interval && (counted == TC_COUNT_VARS || g->extent[v] > g->extent[counted]))
            counted = v;
    }
    p.cost = cost_of(g, p.all, e, counted) * penalty;
    if (counted < TC_COUNT_VARS) {
        p.cost += (double)g->extent[counted];
        p.x = counted;
        return p;
    }
    p.x = (unsigned)__builtin_ctzll(e);
    for (tc_varset s = e; s; s &= s - 1) /* the longest rows */
        if (g->extent[__builtin_ctzll(s)] > g->extent[p.x])
            p.x = (unsigned)__builtin_ctzll(s);
    return p;
}

static bool better(const struct tc_plan *a, const struct tc_plan *b)
{
    return a->cost < b->cost || (a->cost == b->cost && a->size < b->size);
}

/* small enough first, then cheap; else small */
static bool fitter(const struct tc_plan *a, const struct tc_plan *b)
{
    if (a->size <= ARRAY_WISH && b->size <= ARRAY_WISH)
        return better(a, b);
    return a->size < b->size || (a->size == b->size && better(a, b));
}

struct tc_plan tc_plan_choose(const struct tc_graph *g, tc_varset live, bool whole)
{
    struct tc_plan best = {.e = 0};

    for (tc_varset s = live; s; s &= s - 1) {
        struct tc_plan p = plan_of(g, s & -s, whole);

        if (!best.e || better(&p, &best))
            best = p;
    }
    while (best.size > ARRAY_WISH && (best.all & live & ~best.e)) {
        struct tc_plan next = {.e = 0};

        for (tc_varset s = best.all & live & ~best.e; s; s &= s - 1) {
            struct tc_plan p = plan_of(g, best.e | (s & -s), whole);

            if (!next.e || fitter(&p, &next))
                next = p;
        }
        best = next;
    }
    return best;
}
