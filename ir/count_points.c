/* count_points.c -- sums over all points, in closed form where there is one
 *
 * Variables that no factor ties together are counted apart and multiplied.
 * Alone, a variable counts its extent.  Guards "child <= parent" or "child <
 * parent" between variables of one size, each variable with one parent at
 * most, give a polynomial (Faulhaber): a child's count is summed up to its
 * parent's value, a root's up to the size.  All else is eliminated. */
#include "count.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* child <= parent + slack, slack 0 or -1 */
struct edge {
    unsigned child, parent;
    int64_t slack;
};

static bool edge_of(const struct tc_graph *g, const struct tc_count_factor *f, struct edge *e)
{
    const struct tc_lin *l = &f->axis->at;
    unsigned a, b;

    if (__builtin_popcountll(l->vars) != 2 || (l->constant != 0 && l->constant != -1))
        return false;
    a = (unsigned)__builtin_ctzll(l->vars);
    b = (unsigned)__builtin_ctzll(l->vars & (l->vars - 1));
    if (l->coef[a] == -1 && l->coef[b] == 1)
        *e = (struct edge){a, b, l->constant};
    else if (l->coef[a] == 1 && l->coef[b] == -1)
        *e = (struct edge){b, a, l->constant};
    else
        return false;
    return g->extent[a] == g->extent[b];
}

static bool always_holds(const struct tc_graph *g, const struct tc_count_factor *f)
{
    int64_t lo, hi;

    tc_lin_range(g, &f->axis->at, ~(tc_varset)0, &lo, &hi);
    return lo >= 0;
}

static const char *symbol_of(struct tc_arena *a, unsigned v)
{
    return tc_sprintf(a, "#%u", v);
}

/* points below variable v, in v */
static const struct tc_poly *below(struct tc_arena *a, unsigned v, unsigned n, const struct edge *e)
{
    const struct tc_poly *p = tc_poly_int(a, 1);

    for (unsigned i = 0; i < n; i++)
        if (e[i].parent == v) {
            const struct tc_poly *upto =
                tc_poly_add(a, tc_poly_symbol(a, symbol_of(a, v)), tc_poly_int(a, e[i].slack + 1));

            p = tc_poly_mul(
                a, p, tc_poly_sum(a, below(a, e[i].child, n, e), symbol_of(a, e[i].child), upto));
        }
    return p;
}

/* The one root of a component whose edges make a tree; else TC_COUNT_VARS. */
static unsigned root_of(tc_varset vars, unsigned n, const struct edge *e)
{
    tc_varset roots = vars, reached;

    for (unsigned i = 0; i < n; i++) {
        tc_varset child = (tc_varset)1 << e[i].child;

        if (!(roots & child)) /* a second parent */
            return TC_COUNT_VARS;
        roots &= ~child;
    }
    if (!roots || (roots & (roots - 1)))
        return TC_COUNT_VARS;
    reached = roots;
    for (unsigned pass = 0; pass < n; pass++)
        for (unsigned i = 0; i < n; i++)
            if (reached >> e[i].parent & 1)
                reached |= (tc_varset)1 << e[i].child;
    return reached == vars ? (unsigned)__builtin_ctzll(roots) : TC_COUNT_VARS;
}

/* a part of the graph with the factors and guards that read only its variables */
static struct tc_graph part_of(const struct tc_graph *g, tc_varset vars)
{
    struct tc_graph p = *g;
    struct tc_node *from = g->node[0], *to;

    p.nnode = 0;
    p.node = NULL;
    p.guards = (struct tc_node){.n = 0};
    to = tc_graph_node(&p);
    for (unsigned i = 0; i < from->n; i++)
        if (from->factor[i]->vars & vars)
            tc_node_add(&p, to, from->factor[i]);
    for (unsigned i = 0; i < g->guards.n; i++)
        if (g->guards.factor[i]->vars & vars)
            tc_node_add(&p, &p.guards, g->guards.factor[i]);
    return p;
}

static bool all_fixed(const struct tc_graph *g, tc_varset vars)
{
    for (; vars; vars &= vars - 1) {
        const struct tc_index *ix = g->ix[__builtin_ctzll(vars)];

        if (!ix || !tc_poly_is_const(ix->size, NULL))
            return false;
    }
    return true;
}

/* Guards alone, in closed form; false if there is none.  With sizes of the
 * indices, or with extents alone (formula NULL). */
static bool closed_form(const struct tc_graph *g, tc_varset vars, mpz_ptr points,
                        struct tc_arena *out, const struct tc_poly **formula)
{
    struct edge *e = tc_alloc(g->arena, g->guards.n + 1, sizeof *e);
    unsigned n = 0, root;
    const struct tc_poly *p;
    mpq_ptr q;

    for (unsigned i = 0; i < g->guards.n; i++)
        if (g->guards.factor[i]->vars & vars) {
            if (!edge_of(g, g->guards.factor[i], &e[n]))
                return false;
            n++;
        }
    root = root_of(vars, n, e);
    if (root == TC_COUNT_VARS)
        return false;
    p = below(g->arena, root, n, e);
    q = tc_mpq(g->arena);
    tc_poly_is_const(
        tc_poly_sum(g->arena, p, symbol_of(g->arena, root), tc_poly_int(g->arena, g->extent[root])),
        q);
    assert(mpz_cmp_ui(mpq_denref(q), 1) == 0);
    mpz_set(points, mpq_numref(q));
    if (!formula)
        return true;
    *formula = NULL;
    for (tc_varset s = vars; s; s &= s - 1) {
        const struct tc_index *ix = g->ix[__builtin_ctzll(s)];

        if (!ix || !g->ix[root] || !tc_poly_equal(ix->size, g->ix[root]->size))
            return true;
    }
    *formula = tc_poly_sum(out, p, symbol_of(g->arena, root), g->ix[root]->size);
    return true;
}

bool tc_graph_total(struct tc_graph *g, mpz_ptr total, struct tc_arena *out,
                    const struct tc_poly **formula, mpz_ptr other, bool *fits)
{
    struct tc_node *node = g->node[0];
    unsigned kept = 0;
    tc_varset left = g->nvar == TC_COUNT_VARS ? ~(tc_varset)0 : ((tc_varset)1 << g->nvar) - 1;
    mpz_ptr points = tc_mpz(g->arena);

    assert(g->nnode == 1);
    *fits = true;
    mpz_set(total, node->scale);
    if (formula) {
        *formula = tc_poly_mpz(out, node->scale);
        mpz_set_ui(other, 1);
    }
    /* guards that always hold tie nothing; but at size 1 "j <= i" does, and yet
     * the formula should be that of every size */
    for (unsigned i = 0; i < g->guards.n; i++) {
        struct edge e;

        if (edge_of(g, g->guards.factor[i], &e) || !always_holds(g, g->guards.factor[i]))
            g->guards.factor[kept++] = g->guards.factor[i];
    }
    g->guards.n = kept;
    while (left) {
        tc_varset vars = left & -left, before;
        const struct tc_poly *p = NULL;
        bool factors = false;

        do {
            before = vars;
            for (unsigned i = 0; i < g->guards.n + node->n; i++) {
                tc_varset v =
                    i < node->n ? node->factor[i]->vars : g->guards.factor[i - node->n]->vars;

                if (v & vars) {
                    vars |= v;
                    factors = factors || i < node->n;
                }
            }
        } while (vars != before);
        left &= ~vars;
        if (factors || !closed_form(g, vars, points, out, formula ? &p : NULL)) {
            struct tc_graph part = part_of(g, vars);

            tc_graph_prepare(&part);
            if (part.empty) {
                mpz_set_ui(points, 0);
            } else {
                if (!tc_graph_sum(&part, vars, fits))
                    return false;
                if (!*fits)
                    return true;
                mpz_set(points, part.node[0]->scale);
            }
        }
        mpz_mul(total, total, points);
        if (!formula)
            continue;
        if (!p && (all_fixed(g, vars) || mpz_cmp_ui(points, 1) <= 0))
            p = tc_poly_mpz(out, points);
        if (p)
            *formula = tc_poly_mul(out, *formula, p);
        else
            mpz_mul(other, other, points);
    }
    /* factors and guards that read no variable */
    for (unsigned i = 0; i < node->n + g->guards.n; i++) {
        static const int64_t origin[TC_COUNT_VARS];
        const struct tc_count_factor *f =
            i < node->n ? node->factor[i] : g->guards.factor[i - node->n];

        if (f->vars)
            continue;
        mpz_mul_si(total, total, tc_factor_at(f, origin));
        if (formula)
            *formula = tc_poly_mul(out, *formula, tc_poly_int(out, tc_factor_at(f, origin)));
    }
    return true;
}
