/* count_fold.c -- tables that are functions of another table's entries
 *
 * Of a million rotation entries few are different.  Sums over what an entry is
 * multiplied with are taken once an entry, not once a position. */
#include "count.h"

#include <stdlib.h>

#define MAP_MOST ((int64_t)1 << 20) /* entries of a map, to either side */
#define MAP_WORK 0x1p26

/* Table f, a function of v and of another table's entry, becomes that table with
 * a map from its entries: the sum, or maximum, over v, times arrays of v alone. */
static bool fold(struct tc_graph *g, const struct tc_through *t, unsigned i, unsigned v,
                 enum tc_op op)
{
    struct tc_node *n = g->node[0];
    const struct tc_count_factor *f = n->factor[i];
    struct tc_count_factor *to = tc_alloc(g->arena, 1, sizeof *to);
    struct tc_table *table = tc_alloc(g->arena, 1, sizeof *table);
    int64_t value[TC_COUNT_VARS] = {0}, rest[8];
    tc_varset x = (tc_varset)1 << v;
    double bound = (double)(f->bound ? f->bound : 1) * (op == TC_SUM ? (double)g->extent[v] : 1);
    unsigned kept = 0;

    to->kind = TC_F_TABLE;
    to->reading = f->reading;
    *table = *f->table;
    table->fn = t->base;
    table->rank = t->base->rank;
    to->table = table;
    to->axis = f->axis;
    to->vars = f->vars & ~x;
    to->reach = t->base->max_abs(f->table->state);
    for (unsigned k = 0; k < n->n; k++)
        if (k != i && n->factor[k]->vars == x)
            bound *= n->factor[k]->bound ? (double)n->factor[k]->bound : 1;
    if (to->reach > MAP_MOST || bound >= TC_BOUND_MOST ||
        (double)to->reach * (double)g->extent[v] > MAP_WORK)
        return false;
    to->map = tc_alloc(g->arena, 2 * (size_t)to->reach + 1, sizeof *to->map);
    for (int64_t entry = -to->reach; entry <= to->reach; entry++) {
        int64_t sum = 0;

        for (value[v] = 0; value[v] < g->extent[v]; value[v]++) {
            int64_t one;

            for (unsigned r = table->rank; r < f->table->rank; r++)
                rest[r - table->rank] = tc_lin_at(&f->axis[r].at, value);
            one = t->apply(f->table->state, entry, rest);
            one = f->reading == TC_NONZERO               ? one != 0
                  : f->reading == TC_ABSOLUTE && one < 0 ? -one
                                                         : one;
            for (unsigned k = 0; k < n->n && one; k++)
                if (k != i && n->factor[k]->vars == x)
                    one *= tc_factor_at(n->factor[k], value);
            sum = op == TC_SUM ? sum + one : one > sum ? one : sum;
        }
        to->map[entry + to->reach] = sum;
        to->bound = llabs(sum) > to->bound ? llabs(sum) : to->bound;
    }
    g->counter->work += (double)to->reach * (double)g->extent[v];
    n->factor[i] = to;
    for (unsigned k = 0; k < n->n; k++)
        if (n->factor[k]->vars != x)
            n->factor[kept++] = n->factor[k];
    n->n = kept;
    return true;
}

/* a variable that can be folded away, if there is one: read by one such table
 * past the other one's arguments, which is read at that variable alone there,
 * and otherwise by arrays of its own */
bool tc_graph_fold(struct tc_graph *g, tc_varset over, enum tc_op op, tc_varset *gone)
{
    struct tc_node *n = g->node[0];
    tc_varset guarded = tc_node_vars(&g->guards);

    for (unsigned i = 0; i < n->n; i++) {
        const struct tc_count_factor *f = n->factor[i];
        const struct tc_through *t;
        tc_varset rest = 0, base = 0;
        bool plain = true;

        if (f->kind != TC_F_TABLE || f->map || !f->table->fn ||
            !(t = tc_through_find(f->table->fn)) || f->table->rank - t->base->rank > 8)
            continue;
        for (unsigned r = 0; r < f->table->rank; r++) {
            tc_varset vars = f->axis[r].at.vars | (f->axis[r].via ? f->axis[r].arg.vars : 0);

            if (r < t->base->rank)
                base |= vars;
            else
                rest |= vars;
            plain = plain && (r < t->base->rank || !f->axis[r].via);
        }
        if (!plain || !rest || (rest & (rest - 1)) || (rest & (base | guarded)) || !(rest & over))
            continue;
        for (unsigned k = 0; k < n->n; k++)
            plain = plain && (k == i || !(n->factor[k]->vars & rest) ||
                              (n->factor[k]->kind == TC_F_ARRAY && n->factor[k]->vars == rest));
        if (plain && fold(g, t, i, (unsigned)__builtin_ctzll(rest), op)) {
            *gone = rest;
            return true;
        }
    }
    return false;
}
