/* count_eliminate.c -- sums and maxima over points, one variable after the other */
#include "count.h"

#include <assert.h>
#include <stdlib.h>

static tc_varset all_vars(const struct tc_graph *g)
{
    return g->nvar == TC_COUNT_VARS ? ~(tc_varset)0 : ((tc_varset)1 << g->nvar) - 1;
}

/* variables out of the one node: sums, or the largest product */
static bool eliminate(struct tc_graph *g, tc_varset live, enum tc_op op, tc_varset *gone,
                      bool *fits)
{
    struct tc_plan p = tc_plan_choose(g, live, false);
    struct tc_node *n = g->node[0], touched = {.scale = tc_mpz_si(g->arena, 1)};
    struct tc_node *const only = &touched;
    struct tc_count_factor *f = NULL;
    mpz_ptr scalar = tc_mpz(g->arena);
    unsigned kept = 0;
    bool any;

    for (unsigned i = 0; i < n->n; i++)
        if (n->factor[i]->vars & p.e)
            tc_node_add(g, &touched, n->factor[i]);
        else
            n->factor[kept++] = n->factor[i];
    n->n = kept;
    *gone = p.e;
    if (!tc_step_run(g, &p, op, 0, 1, &only, &f, scalar, &any, fits))
        return false;
    if (!*fits)
        return true;
    if (f)
        tc_node_add(g, n, f);
    else
        mpz_mul(n->scale, n->scale, scalar);
    return true;
}

bool tc_graph_sum(struct tc_graph *g, tc_varset over, bool *fits)
{
    tc_varset gone;

    assert(g->nnode == 1);
    *fits = true;
    while (tc_graph_fold(g, over, TC_SUM, &gone))
        over &= ~gone;
    for (;;) {
        tc_varset live = over & (tc_node_vars(g->node[0]) | tc_node_vars(&g->guards));

        if (!live)
            break;
        if (!eliminate(g, live, TC_SUM, &gone, fits))
            return false;
        if (!*fits)
            return true;
        over &= ~gone;
    }
    for (; over; over &= over - 1) {
        unsigned v = (unsigned)__builtin_ctzll(over);

        mpz_mul_ui(g->node[0]->scale, g->node[0]->scale, (unsigned long)g->extent[v]);
    }
    /* a factor that reads nothing is a number */
    for (unsigned i = 0; i < g->node[0]->n;) {
        struct tc_node *n = g->node[0];
        static const int64_t origin[TC_COUNT_VARS];

        if (n->factor[i]->vars) {
            i++;
            continue;
        }
        mpz_mul_si(n->scale, n->scale, tc_factor_at(n->factor[i], origin));
        n->factor[i] = n->factor[--n->n];
    }
    return true;
}

bool tc_graph_max_product(struct tc_graph *g, mpz_ptr most, bool *fits)
{
    static const int64_t origin[TC_COUNT_VARS];
    struct tc_node *n = g->node[0];
    tc_varset gone, live;

    assert(g->nnode == 1);
    *fits = true;
    while (tc_graph_fold(g, all_vars(g), TC_MAX, &gone))
        ;
    while ((live = all_vars(g) & (tc_node_vars(n) | tc_node_vars(&g->guards))) != 0) {
        if (!eliminate(g, live, TC_MAX, &gone, fits))
            return false;
        if (!*fits)
            return true;
    }
    for (unsigned i = 0; i < n->n; i++)
        mpz_mul_si(n->scale, n->scale, tc_factor_at(n->factor[i], origin));
    mpz_set(most, n->scale);
    return true;
}

/* Drops guards that nothing ties to a node: there are points, so they hold
 * somewhere. */
static void drop_guards(struct tc_graph *g)
{
    tc_varset reach = 0, before;
    unsigned kept = 0;

    for (unsigned i = 0; i < g->nnode; i++)
        reach |= tc_node_vars(g->node[i]);
    do {
        before = reach;
        for (unsigned i = 0; i < g->guards.n; i++)
            if (g->guards.factor[i]->vars & reach)
                reach |= g->guards.factor[i]->vars;
    } while (reach != before);
    for (unsigned i = 0; i < g->guards.n; i++)
        if (g->guards.factor[i]->vars & reach)
            g->guards.factor[kept++] = g->guards.factor[i];
    g->guards.n = kept;
}

bool tc_graph_max_sum(struct tc_graph *g, mpz_ptr most, bool *any, bool *fits)
{
    static const int64_t origin[TC_COUNT_VARS];

    mpz_set_ui(most, 0);
    *any = *fits = true;
    tc_graph_merge(g);
    drop_guards(g);
    for (;;) {
        tc_varset live = tc_node_vars(&g->guards);
        struct tc_count_factor *f = NULL;
        struct tc_node **left, **taken;
        mpz_ptr scalar = tc_mpz(g->arena);
        unsigned kept = 0, n = 0;
        struct tc_plan p;
        bool some;

        for (unsigned i = 0; i < g->nnode; i++)
            live |= tc_node_vars(g->node[i]);
        if (!live)
            break;
        p = tc_plan_choose(g, live, true);
        left = tc_alloc(g->arena, g->nnode + 1, sizeof(struct tc_node *));
        taken = tc_alloc(g->arena, g->nnode + 1, sizeof(struct tc_node *));
        for (unsigned i = 0; i < g->nnode; i++)
            if (tc_node_vars(g->node[i]) & p.e)
                taken[n++] = g->node[i];
            else
                left[kept++] = g->node[i];
        g->node = left;
        g->nnode = kept;
        if (!tc_step_run(g, &p, TC_MAX, TC_COUNT_NONE, n, taken, &f, scalar, &some, fits))
            return false;
        if (!*fits)
            return true;
        if (f) {
            tc_node_add(g, tc_graph_node(g), f);
        } else if (some) {
            mpz_add(most, most, scalar);
        } else {
            *any = false;
            return true;
        }
    }
    for (unsigned i = 0; i < g->nnode; i++) { /* constants */
        for (unsigned k = 0; k < g->node[i]->n; k++) {
            int64_t v = tc_factor_at(g->node[i]->factor[k], origin);

            if (g->node[i]->factor[k]->partial && v == TC_COUNT_NONE)
                *any = false;
            else
                mpz_mul_si(g->node[i]->scale, g->node[i]->scale, v);
        }
        mpz_add(most, most, g->node[i]->scale);
    }
    return true;
}
