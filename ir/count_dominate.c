/* count_dominate.c -- points that never have the largest fan-in
 *
 * A gate's fan-in is a sum of products of factors that are 0 or 1, so it falls
 * with none of them.  Value v of an index of the domain may be left out of the
 * maximum if there is another value w at which each factor that reads the index
 * is at least as large, whatever else it reads, and each guard holds that holds
 * at v.  Where entries of rotations are seldom 0, of a million positions one or a
 * few are left, and what three positions read together can be enumerated. */
#include "count.h"

#include <stdlib.h>
#include <string.h>

#define FEW        0x1p20               /* points that need no help */
#define MOST_WORDS ((size_t)1 << 24)    /* of all rows */
#define MOST_KEPT  ((int64_t)1 << 12)   /* values of an index */
#define MOST_READ  64                   /* different factors that read an index */

/* an index of the domain: which values are kept */
struct kept {
    int64_t n, *value; /* value NULL: all */
};

/* the factors' entries at each value, as bits */
struct rows {
    size_t words; /* a row */
    uint64_t *bit;
};

struct readers {
    unsigned n;
    const struct tc_graph *graph[MOST_READ];
    const struct tc_count_factor *factor[MOST_READ];
};

static bool same_lin(const struct tc_lin *a, const struct tc_lin *b)
{
    return a->constant == b->constant && memcmp(a->coef, b->coef, sizeof a->coef) == 0;
}

/* the same entries at the same variables */
static bool same_factor(const struct tc_graph *g, const struct tc_count_factor *a,
                        const struct tc_graph *h, const struct tc_count_factor *b)
{
    if (a->table != b->table || a->vars != b->vars)
        return false;
    for (tc_varset s = a->vars; s; s &= s - 1)
        if (g->extent[__builtin_ctzll(s)] != h->extent[__builtin_ctzll(s)])
            return false;
    for (unsigned r = 0; r < a->table->rank; r++)
        if (a->axis[r].via != b->axis[r].via || !same_lin(&a->axis[r].at, &b->axis[r].at) ||
            (a->axis[r].via && !same_lin(&a->axis[r].arg, &b->axis[r].arg)))
            return false;
    return true;
}

/* The tables that read x, each once; false if something reads it that is no table
 * of x and variables of its term alone. */
static bool readers_of(struct tc_graph **g, unsigned ngraph, tc_varset shared, unsigned x,
                       struct readers *r)
{
    r->n = 0;
    for (unsigned k = 0; k < ngraph; k++) {
        for (unsigned i = 0; k && i < g[k]->guards.n; i++)
            if (g[k]->guards.factor[i]->vars >> x & 1)
                return false;
        for (unsigned n = 0; n < g[k]->nnode; n++)
            for (unsigned i = 0; i < g[k]->node[n]->n; i++) {
                const struct tc_count_factor *f = g[k]->node[n]->factor[i];
                bool known = false;

                if (!(f->vars >> x & 1))
                    continue;
                if (k == 0 || f->kind != TC_F_TABLE || f->reading != TC_NONZERO ||
                    (f->vars & shared) != (tc_varset)1 << x)
                    return false;
                for (unsigned m = 0; m < r->n; m++)
                    known = known || same_factor(g[k], f, r->graph[m], r->factor[m]);
                if (known)
                    continue;
                if (r->n == MOST_READ)
                    return false;
                r->graph[r->n] = g[k];
                r->factor[r->n++] = f;
            }
    }
    return r->n > 0;
}

/* the next point of variables; false after the last */
static bool advance(const struct tc_graph *g, tc_varset over, int64_t *value)
{
    for (tc_varset s = over; s; s &= s - 1) {
        unsigned v = (unsigned)__builtin_ctzll(s);

        if (++value[v] < g->extent[v])
            return true;
        value[v] = 0;
    }
    return false;
}

static bool rows_of(const struct readers *r, unsigned x, int64_t extent, struct rows *rows)
{
    double bits = 0;
    int64_t *entry;
    size_t at = 0;

    for (unsigned m = 0; m < r->n; m++)
        bits += tc_graph_box(r->graph[m], r->factor[m]->vars & ~((tc_varset)1 << x));
    if ((bits / 64 + 1) * (double)extent > (double)MOST_WORDS)
        return false;
    rows->words = (size_t)bits / 64 + 1;
    rows->bit = tc_xcalloc((size_t)extent * rows->words, sizeof *rows->bit);
    entry = tc_xcalloc((size_t)extent, sizeof *entry);
    for (unsigned m = 0; m < r->n; m++) {
        int64_t value[TC_COUNT_VARS] = {0};

        do {
            tc_factor_row(r->factor[m], value, x, (size_t)extent, entry);
            for (int64_t v = 0; v < extent; v++)
                rows->bit[(size_t)v * rows->words + at / 64] |= (uint64_t)(entry[v] != 0)
                                                                << (at % 64);
            at++;
        } while (advance(r->graph[m], r->factor[m]->vars & ~((tc_varset)1 << x), value));
    }
    free(entry);
    return true;
}

static bool below(const struct rows *r, int64_t v, int64_t w)
{
    for (size_t k = 0; k < r->words; k++)
        if (r->bit[(size_t)v * r->words + k] & ~r->bit[(size_t)w * r->words + k])
            return false;
    return true;
}

static unsigned ones(const struct rows *r, int64_t v)
{
    unsigned n = 0;

    for (size_t k = 0; k < r->words; k++)
        n += (unsigned)__builtin_popcountll(r->bit[(size_t)v * r->words + k]);
    return n;
}

/* Values that none of the others is above.  Guards allow more with rising values
 * (sign 1), with falling ones (-1), or do not read the index (0). */
static bool front(struct tc_arena *a, const struct rows *r, int64_t extent, int sign,
                  struct kept *kept)
{
    int64_t best = 0;

    for (int64_t v = 1; sign == 0 && v < extent; v++) /* most others are below it */
        best = ones(r, v) > ones(r, best) ? v : best;
    kept->n = 0;
    kept->value = tc_alloc(a, (size_t)MOST_KEPT, sizeof *kept->value);
    for (int64_t step = 0; step <= extent; step++) {
        int64_t v = step == 0 ? best : sign > 0 ? extent - step : step - 1, left = 0;
        bool dominated = step == 0 && sign != 0;

        for (int64_t k = 0; !dominated && k < kept->n; k++)
            dominated = below(r, v, kept->value[k]);
        if (dominated)
            continue;
        for (int64_t k = 0; k < kept->n; k++)
            if (sign || !below(r, kept->value[k], v))
                kept->value[left++] = kept->value[k];
        kept->n = left;
        if (kept->n == MOST_KEPT)
            return false;
        kept->value[kept->n++] = v;
    }
    return true;
}

/* sign of x in the guards on the domain; 2 if both occur */
static int guard_sign(const struct tc_graph *g, unsigned x)
{
    int sign = 0;

    for (unsigned i = 0; i < g->guards.n; i++) {
        int64_t c = g->guards.factor[i]->axis->at.coef[x];
        int other = (c > 0) - (c < 0);

        if (other)
            sign = !sign || sign == other ? other : 2;
    }
    return sign;
}

/* the factor as an array over what is kept; extents are those already */
static struct tc_count_factor *restricted(struct tc_graph *g, const struct tc_count_factor *f,
                                      const struct kept *kept, unsigned shared, bool partial)
{
    struct tc_count_factor *a = tc_alloc(g->arena, 1, sizeof *a);
    int64_t size = 1, point[TC_COUNT_VARS] = {0}, value[TC_COUNT_VARS];

    a->kind = TC_F_ARRAY;
    a->vars = f->vars;
    a->partial = partial;
    a->stride = tc_alloc(g->arena, TC_COUNT_VARS, sizeof *a->stride);
    for (tc_varset s = f->vars; s; s &= s - 1) {
        unsigned v = (unsigned)__builtin_ctzll(s);

        a->stride[v] = size;
        size *= g->extent[v];
    }
    a->value = tc_alloc(g->arena, (size_t)size, sizeof *a->value);
    for (int64_t at = 0; at < size; at++) {
        int64_t v;

        memcpy(value, point, sizeof value);
        for (unsigned x = 0; x < shared; x++)
            if ((f->vars >> x & 1) && kept[x].value)
                value[x] = kept[x].value[point[x]];
        v = tc_factor_at(f, value);
        a->value[at] = !partial ? v : v ? 0 : TC_COUNT_NONE;
        advance(g, f->vars, point);
    }
    tc_array_bound(a, (size_t)size);
    return a;
}

static void select_all(struct tc_graph *g, const struct kept *kept, unsigned shared,
                       tc_varset reduced)
{
    unsigned left = 0;

    for (unsigned n = 0; n < g->nnode; n++)
        for (unsigned i = 0; i < g->node[n]->n; i++)
            if (g->node[n]->factor[i]->vars & reduced)
                g->node[n]->factor[i] = restricted(g, g->node[n]->factor[i], kept, shared, false);
    for (unsigned i = 0; i < g->guards.n; i++) {
        struct tc_count_factor *f = g->guards.factor[i];

        if (f->vars & reduced)
            tc_node_add(g, tc_graph_node(g), restricted(g, f, kept, shared, true));
        else
            g->guards.factor[left++] = f;
    }
    g->guards.n = left;
}

void tc_graph_dominate(struct tc_graph **g, unsigned ngraph, unsigned shared)
{
    tc_varset domain = ((tc_varset)1 << shared) - 1, read = 0, reduced = 0;
    struct kept kept[TC_COUNT_VARS] = {0};

    for (unsigned k = 1; k < ngraph; k++)
        for (unsigned n = 0; n < g[k]->nnode; n++)
            read |= tc_node_vars(g[k]->node[n]) & domain;
    if (shared >= TC_COUNT_VARS || tc_graph_box(g[0], read) <= FEW)
        return;
    for (tc_varset s = read; s; s &= s - 1) {
        unsigned x = (unsigned)__builtin_ctzll(s);
        int64_t extent = g[0]->extent[x];
        int sign = guard_sign(g[0], x);
        struct readers readers;
        struct rows rows;

        if (sign == 2 || extent == 1 || !readers_of(g, ngraph, domain, x, &readers) ||
            !rows_of(&readers, x, extent, &rows))
            continue;
        g[0]->counter->work += (double)extent * (double)rows.words;
        if (front(g[0]->arena, &rows, extent, sign, &kept[x]))
            reduced |= (tc_varset)1 << x;
        else
            kept[x].value = NULL;
        free(rows.bit);
    }
    for (tc_varset s = reduced; s; s &= s - 1)
        for (unsigned k = 0; k < ngraph; k++)
            g[k]->extent[__builtin_ctzll(s)] = kept[__builtin_ctzll(s)].n;
    for (unsigned k = 0; reduced && k < ngraph; k++)
        select_all(g[k], kept, shared, reduced);
}
