/* count_eliminate.c -- sums and maxima over points, one variable after the other
 *
 * A step takes the factors that read a variable x, and replaces them by one
 * array over the other variables that they read: the sum, or the maximum, over
 * x.  A loop over the array's variables is outermost, x innermost, where whole
 * rows are computed at once.  Guards are intervals: at every loop they narrow
 * the range given the values further out, with the best that the loops further
 * in can do; at the last variable that a guard reads this is exact.  Where x
 * is read by guards alone, its interval is counted without walking over it;
 * where other factors read x alone, by prefix sums.
 *
 * What was summed once is kept by its structure: the rotation tables of
 * queries and keys are streamed once. */
#include "count.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 4096
#define BOUND_MOST 0x1p61             /* values stay below, and sums of chunks in 128 bits */
#define ARRAY_WISH 0x1p22             /* entries of a result, rather eliminate more at once */
#define ARRAY_MOST 0x1p25
#define HOPELESS 0x1p44               /* points, guards not looked at */
#define ROW_WORK 32                   /* a row costs as much as so many points */
#define MAP_MOST ((int64_t)1 << 20)   /* entries of a map, to either side */
#define MAP_WORK 0x1p26
#define CACHE_ENTRIES ((size_t)1 << 16) /* larger results are not kept */
#define CACHE_CONTENT ((size_t)1 << 14) /* arrays in keys */
#define CACHE_WORK 0x1p14             /* less is quicker done again */

__extension__ typedef __int128 wide;

enum op { SUM, MAX };

/* the structure of a step as bytes, for comparison */
struct key {
    unsigned char *byte;
    size_t n, room;
    bool whole; /* false: something was too large to write down */
};

struct tc_cache {
    size_t n;
    struct kept {
        struct key key;
        size_t size; /* 0: a scalar */
        int64_t *value;
        wide scalar;
    } *kept;
};

struct tc_cache *tc_cache_new(void)
{
    return tc_xcalloc(1, sizeof(struct tc_cache));
}

void tc_cache_free(struct tc_cache *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->kept[i].key.byte);
        free(c->kept[i].value);
    }
    free(c->kept);
    free(c);
}

static void put(struct key *k, const void *p, size_t n)
{
    if (k->n + n > k->room) {
        k->room = 2 * (k->n + n);
        k->byte = tc_xrealloc(k->byte, k->room, 1);
    }
    memcpy(k->byte + k->n, p, n);
    k->n += n;
}

static void put_int(struct key *k, int64_t v)
{
    put(k, &v, sizeof v);
}

static bool same_key(const struct key *a, const struct key *b)
{
    return a->n == b->n && a->whole && b->whole && memcmp(a->byte, b->byte, a->n) == 0;
}

/* part of a step that is one node, scalars and rows apart */
struct part {
    struct tc_node *node;
    int64_t coef;
    bool partial;                     /* one factor whose NONE excludes a point */
    unsigned nrow;
    struct tc_count_factor **row;     /* factors that read x */
    unsigned nscalar;
    struct tc_count_factor **scalar;  /* others */
};

struct step {
    struct tc_graph *g;
    enum op op;
    int64_t none;     /* the maximum over no points */
    unsigned n, outer; /* loops, of which so many over the result's variables */
    unsigned order[TC_COUNT_VARS];
    unsigned x;       /* the innermost */
    unsigned nguard;
    const struct tc_lin **guard;
    int64_t (*rest)[TC_COUNT_VARS]; /* [guard][loop]: most that loops further in add */
    unsigned npart;
    struct part *part;
    int64_t *prefix; /* of the one part's rows, or NULL */
    double bound;    /* of a part's sum at one point */
    int64_t most;    /* no maximum exceeds it */
    int64_t value[TC_COUNT_VARS];
    wide acc;
    bool any, over; /* over: too much work */
    int64_t *result;
    int64_t stride[TC_COUNT_VARS];
    int64_t buf[CHUNK], product[CHUNK], total[CHUNK];
};

/* levels in a key are positions in the order of loops, so that graphs whose
 * variables are numbered differently compare */
static void put_lin(struct key *k, const struct step *s, const struct tc_lin *l)
{
    put_int(k, l->constant);
    for (unsigned i = 0; i < s->n; i++)
        put_int(k, l->coef[s->order[i]]);
}

static void put_factor(struct key *k, const struct step *s, const struct tc_count_factor *f)
{
    unsigned rank = f->kind == TC_F_GUARD ? 1 : f->kind == TC_F_TABLE ? f->table->rank : 0;
    size_t size = 1;

    put_int(k, f->kind);
    put_int(k, f->reading);
    put_int(k, f->partial);
    if (f->kind == TC_F_TABLE && f->table->fn) {
        put(k, &f->table->fn, sizeof f->table->fn);
        put(k, &f->table->state, sizeof f->table->state);
    } else if (f->kind == TC_F_TABLE) {
        put(k, &f->table, sizeof f->table);
        k->whole = k->whole && f->table->id != UINT32_MAX;
    }
    put_int(k, f->map ? 2 * f->reach + 1 : 0);
    if (f->map && (uint64_t)f->reach < CACHE_CONTENT)
        put(k, f->map, (2 * (size_t)f->reach + 1) * sizeof *f->map);
    else if (f->map)
        k->whole = false;
    for (unsigned r = 0; r < rank; r++) {
        put_lin(k, s, &f->axis[r].at);
        put(k, &f->axis[r].via, sizeof f->axis[r].via);
        if (f->axis[r].via)
            put_lin(k, s, &f->axis[r].arg);
    }
    if (f->kind != TC_F_ARRAY)
        return;
    for (unsigned i = 0; i < s->n; i++) {
        put_int(k, f->stride[s->order[i]]);
        if (f->vars >> s->order[i] & 1)
            size *= (size_t)s->g->extent[s->order[i]];
    }
    if (size > CACHE_CONTENT)
        k->whole = false;
    else
        put(k, f->value, size * sizeof *f->value);
}

static void put_part(struct key *k, const struct step *s, const struct tc_node *n)
{
    put_int(k, n->n);
    for (unsigned i = 0; i < n->n; i++)
        put_factor(k, s, n->factor[i]);
}

static struct key key_of(const struct step *s)
{
    struct key k = {.whole = true};

    put_int(&k, s->op);
    put_int(&k, s->none);
    put_int(&k, s->n);
    put_int(&k, s->outer);
    for (unsigned i = 0; i < s->n; i++)
        put_int(&k, s->g->extent[s->order[i]]);
    put_int(&k, s->nguard);
    for (unsigned i = 0; i < s->nguard; i++)
        put_lin(&k, s, s->guard[i]);
    put_int(&k, s->npart);
    for (unsigned i = 0; i < s->npart; i++) {
        put_int(&k, s->part[i].coef);
        put_part(&k, s, s->part[i].node);
    }
    return k;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* the values of loop `level` that guards leave, given the loops outside it */
static void narrow(const struct step *s, unsigned level, int64_t *from, int64_t *to)
{
    unsigned v = s->order[level];

    *from = 0;
    *to = s->g->extent[v];
    for (unsigned i = 0; i < s->nguard; i++) {
        const struct tc_lin *l = s->guard[i];
        int64_t c = l->coef[v], sum = l->constant + s->rest[i][level], bound;

        if (!c)
            continue;
        for (unsigned k = 0; k < level; k++)
            sum += l->coef[s->order[k]] * s->value[s->order[k]];
        /* c * v + sum >= 0 */
        if (c > 0) {
            bound = -floor_div(sum, c);
            *from = bound > *from ? bound : *from;
        } else {
            bound = floor_div(sum, -c) + 1;
            *to = bound < *to ? bound : *to;
        }
    }
}

/* product of the part's rows at x = from .. from + count - 1 */
static const int64_t *rows(struct step *s, const struct part *p, int64_t from, size_t count)
{
    s->value[s->x] = from;
    tc_factor_row(p->row[0], s->value, s->x, count, s->product);
    for (unsigned i = 1; i < p->nrow; i++) {
        tc_factor_row(p->row[i], s->value, s->x, count, s->buf);
        for (size_t k = 0; k < count; k++)
            s->product[k] *= s->buf[k];
    }
    return s->product;
}

static wide sum_of(const struct step *s, const int64_t *v, size_t count)
{
    wide sum = 0;

    if (s->bound < 0x1p50) { /* the common case, a chunk's sum fits a word */
        int64_t small = 0;

        for (size_t k = 0; k < count; k++)
            small += v[k];
        return small;
    }
    for (size_t k = 0; k < count; k++)
        sum += v[k];
    return sum;
}

static void make_prefix(struct step *s)
{
    const struct part *p = &s->part[0];
    int64_t extent = s->g->extent[s->x];
    wide sum = 0;

    s->prefix = tc_alloc(s->g->arena, (size_t)extent + 1, sizeof *s->prefix);
    for (int64_t at = 0; at < extent; at += CHUNK) {
        size_t n = extent - at < CHUNK ? (size_t)(extent - at) : CHUNK;
        const int64_t *v = rows(s, p, at, n);

        for (size_t k = 0; k < n; k++) {
            sum += v[k];
            s->prefix[at + (int64_t)k + 1] = (int64_t)sum;
        }
    }
}

/* adds, or takes the maximum, over x in [from, to[ */
static void innermost(struct step *s, int64_t from, int64_t to)
{
    int64_t scale[TC_COUNT_VARS * 4], base = 0; /* a step of more parts is refused */
    unsigned nrow = 0;

    s->g->counter->work += ROW_WORK;
    if (from >= to)
        return;
    for (unsigned i = 0; i < s->npart; i++) {
        const struct part *p = &s->part[i];

        scale[i] = p->coef;
        for (unsigned k = 0; k < p->nscalar && scale[i]; k++) {
            int64_t v = tc_factor_at(p->scalar[k], s->value);

            if (p->partial && v == TC_COUNT_NONE)
                return;
            scale[i] *= v;
        }
        if (p->nrow && (scale[i] || p->partial))
            nrow++;
        else
            base += p->nrow ? 0 : scale[i];
    }
    if (!nrow) {
        if (s->op == SUM)
            s->acc += (wide)base * (to - from);
        else if (!s->any || base > s->acc)
            s->acc = base;
        s->any = true;
        return;
    }
    if (s->prefix) {
        s->acc += (wide)scale[0] * (s->prefix[to] - s->prefix[from]);
        s->any = true;
        return;
    }
    s->g->counter->work += (double)(to - from) * nrow;
    for (int64_t at = from; at < to; at += CHUNK) {
        size_t n = to - at < CHUNK ? (size_t)(to - at) : CHUNK;

        if (s->op == SUM) { /* of one part */
            s->acc += (wide)scale[0] * sum_of(s, rows(s, &s->part[0], at, n), n);
            s->any = true;
            continue;
        }
        for (size_t k = 0; k < n; k++)
            s->total[k] = base;
        for (unsigned i = 0; i < s->npart; i++) {
            const struct part *p = &s->part[i];
            const int64_t *v;

            if (!p->nrow || (!scale[i] && !p->partial))
                continue;
            v = rows(s, p, at, n);
            if (!p->partial) {
                for (size_t k = 0; k < n; k++)
                    s->total[k] += s->total[k] == TC_COUNT_NONE ? 0 : scale[i] * v[k];
                continue;
            }
            for (size_t k = 0; k < n; k++)
                s->total[k] = v[k] == TC_COUNT_NONE || s->total[k] == TC_COUNT_NONE
                                  ? TC_COUNT_NONE
                                  : s->total[k] + v[k];
        }
        for (size_t k = 0; k < n; k++)
            if (s->total[k] != TC_COUNT_NONE && (!s->any || s->total[k] > s->acc)) {
                s->acc = s->total[k];
                s->any = true;
            }
        if (s->any && s->acc >= s->most)
            return;
    }
}

static void loop(struct step *s, unsigned level, size_t at)
{
    unsigned v = s->order[level];
    int64_t from, to;

    if (level == s->outer) {
        s->acc = 0;
        s->any = false;
    }
    narrow(s, level, &from, &to);
    if (level + 1 == s->n) {
        innermost(s, from, to);
    } else {
        s->g->counter->work += 1;
        for (int64_t i = from; i < to && !s->over; i++) {
            s->value[v] = i;
            loop(s, level + 1, at + (size_t)(i * s->stride[v]));
            if (level >= s->outer && s->op == MAX && s->any && s->acc >= s->most)
                break;
        }
        s->value[v] = 0;
        if (s->g->counter->work > s->g->counter->most)
            s->over = true;
    }
    s->value[v] = 0;
    if (level == s->outer && s->result)
        s->result[at] = s->op == MAX && !s->any ? s->none : (int64_t)s->acc;
}

static double box_of(const struct tc_graph *g, tc_varset vars)
{
    double box = 1;

    for (; vars; vars &= vars - 1)
        box *= (double)g->extent[__builtin_ctzll(vars)];
    return box;
}

static bool too_long(const struct tc_graph *g)
{
    return tc_fail(g->counter->err, TC_ELIMIT, (struct tc_loc){0},
                   "bank %.200s: counting it exactly means visiting more than 2^36 points or "
                   "storing more than 2^25 numbers; wanted smaller sizes, or fewer indices that "
                   "tables and guards tie together", g->counter->bank->plane.name);
}

/* what eliminating `e` reads, costs and leaves */
struct plan {
    tc_varset e, all;
    unsigned x;        /* the innermost loop */
    double cost, size; /* points; entries of the result */
};

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
    return box * (1 + ROW_WORK / row);
}

/* whole: a step takes nodes as they are, since they are added, not multiplied */
static struct plan plan_of(const struct tc_graph *g, tc_varset e, bool whole)
{
    struct plan p = {.e = e, .all = e};
    unsigned counted = TC_COUNT_VARS; /* the longest interval */
    double penalty = 1;

    for (unsigned k = 0; k < g->nnode; k++)
        plan_node(g->node[k], e, whole, &p.all);
    plan_node(&g->guards, e, false, &p.all);
    p.size = box_of(g, p.all & ~e);
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

static bool better(const struct plan *a, const struct plan *b)
{
    return a->cost < b->cost || (a->cost == b->cost && a->size < b->size);
}

/* small enough first, then cheap; else small */
static bool fitter(const struct plan *a, const struct plan *b)
{
    if (a->size <= ARRAY_WISH && b->size <= ARRAY_WISH)
        return better(a, b);
    return a->size < b->size || (a->size == b->size && better(a, b));
}

static struct plan choose(const struct tc_graph *g, tc_varset live, bool whole)
{
    struct plan best = {.e = 0};

    for (tc_varset s = live; s; s &= s - 1) {
        struct plan p = plan_of(g, s & -s, whole);

        if (!best.e || better(&p, &best))
            best = p;
    }
    while (best.size > ARRAY_WISH && (best.all & live & ~best.e)) {
        struct plan next = {.e = 0};

        for (tc_varset s = best.all & live & ~best.e; s; s &= s - 1) {
            struct plan p = plan_of(g, best.e | (s & -s), whole);

            if (!next.e || fitter(&p, &next))
                next = p;
        }
        best = next;
    }
    return best;
}

/* loops: the result's variables, then those that go */
static void order_loops(struct step *s, const struct plan *p)
{
    int64_t size = 1;

    for (tc_varset v = p->all & ~p->e; v; v &= v - 1)
        s->order[s->n++] = (unsigned)__builtin_ctzll(v);
    s->outer = s->n;
    for (unsigned i = s->n; i-- > 0;) {
        s->stride[s->order[i]] = size;
        size *= s->g->extent[s->order[i]];
    }
    for (tc_varset v = p->e & ~((tc_varset)1 << p->x); v; v &= v - 1)
        s->order[s->n++] = (unsigned)__builtin_ctzll(v);
    s->x = s->order[s->n++] = p->x;
}

static void take_guards(struct step *s, tc_varset e)
{
    struct tc_node *all = &s->g->guards;
    unsigned kept = 0;

    s->guard = tc_alloc(s->g->arena, all->n + 1, sizeof(struct tc_lin *));
    for (unsigned i = 0; i < all->n; i++)
        if (all->factor[i]->vars & e)
            s->guard[s->nguard++] = &all->factor[i]->axis->at;
        else
            all->factor[kept++] = all->factor[i];
    all->n = kept;
    s->rest = tc_alloc(s->g->arena, s->nguard + 1, sizeof *s->rest);
    for (unsigned i = 0; i < s->nguard; i++) {
        int64_t rest = 0;

        for (unsigned k = s->n; k-- > 0;) {
            int64_t c = s->guard[i]->coef[s->order[k]];

            s->rest[i][k] = rest;
            rest += c > 0 ? c * (s->g->extent[s->order[k]] - 1) : 0;
        }
    }
}

static bool add_part(struct step *s, struct tc_node *n, mpz_srcptr coef)
{
    struct part *p = &s->part[s->npart];
    double bound;

    if (s->npart == TC_COUNT_VARS * 4 || mpz_sizeinbase(coef, 2) > 61)
        return false;
    *p = (struct part){.node = n, .coef = mpz_get_si(coef)};
    bound = fabs((double)p->coef);
    p->row = tc_alloc(s->g->arena, n->n + 1, sizeof(struct tc_count_factor *));
    p->scalar = tc_alloc(s->g->arena, n->n + 1, sizeof(struct tc_count_factor *));
    for (unsigned i = 0; i < n->n; i++) {
        struct tc_count_factor *f = n->factor[i];

        if (f->vars >> s->x & 1)
            p->row[p->nrow++] = f;
        else
            p->scalar[p->nscalar++] = f;
        p->partial = p->partial || f->partial;
        bound *= f->bound ? (double)f->bound : 1;
    }
    s->npart++;
    s->bound += bound;
    return true;
}

static bool prefix_pays(const struct step *s)
{
    const struct part *p = s->part;

    if (s->op != SUM || s->npart != 1 || !p->nrow || s->n == 1 || !s->nguard)
        return false;
    for (unsigned i = 0; i < p->nrow; i++)
        if (p->row[i]->vars != (tc_varset)1 << s->x)
            return false;
    return box_of(s->g, (tc_varset)1 << s->x) < ARRAY_MOST;
}

/* Runs a step whose parts are set.  The result is an array over the outer
 * loops, or without any a scalar. */
static bool run(struct step *s, const struct plan *p, struct tc_count_factor **result, wide *scalar,
                bool *any, bool *fits)
{
    struct tc_graph *g = s->g;
    double bound = s->bound * (s->op == SUM ? box_of(g, p->e) : 1);
    struct tc_cache *cache = g->counter->cache;
    struct tc_count_factor *f = NULL;
    struct key key;
    size_t size = 0;

    *fits = s->bound < BOUND_MOST && bound < (s->outer ? BOUND_MOST : 0x1p120);
    if (!*fits)
        return true;
    if (p->size > ARRAY_MOST || p->cost > HOPELESS)
        return too_long(g);
    s->most = (int64_t)s->bound; /* exact below 2^53, and beyond it only large enough */
    if (s->bound >= 0x1p53)
        s->most = INT64_MAX;
    if (s->outer) {
        f = tc_alloc(g->arena, 1, sizeof *f);
        f->kind = TC_F_ARRAY;
        f->vars = p->all & ~p->e;
        f->partial = s->op == MAX && s->none == TC_COUNT_NONE;
        f->stride = tc_alloc(g->arena, TC_COUNT_VARS, sizeof *f->stride);
        memcpy(f->stride, s->stride, sizeof s->stride);
        size = (size_t)p->size;
        f->value = tc_alloc(g->arena, size, sizeof *f->value);
        if (s->none && s->op == MAX)
            for (size_t i = 0; i < size; i++)
                f->value[i] = s->none;
    }
    key = key_of(s);
    for (size_t i = 0; i < cache->n; i++)
        if (same_key(&cache->kept[i].key, &key) && cache->kept[i].size == size) {
            if (size) {
                memcpy(f->value, cache->kept[i].value, size * sizeof *f->value);
                tc_array_bound(f, size);
            }
            *scalar = cache->kept[i].scalar;
            *any = *scalar != TC_COUNT_NONE;
            *result = f;
            free(key.byte);
            return true;
        }
    s->result = f ? f->value : NULL;
    if (prefix_pays(s))
        make_prefix(s);
    loop(s, 0, 0);
    if (s->over) {
        free(key.byte);
        return too_long(g);
    }
    if (f)
        tc_array_bound(f, size);
    *any = s->any;
    *scalar = s->op == MAX && !s->any ? (wide)s->none : s->acc;
    *result = f;
    if (key.whole && size <= CACHE_ENTRIES && p->cost >= CACHE_WORK) {
        struct kept *k;

        cache->kept = tc_xrealloc(cache->kept, cache->n + 1, sizeof *cache->kept);
        k = &cache->kept[cache->n++];
        *k = (struct kept){.key = key, .size = size, .scalar = *scalar};
        if (size) {
            k->value = tc_xcalloc(size, sizeof *k->value);
            memcpy(k->value, f->value, size * sizeof *k->value);
        }
    } else {
        free(key.byte);
    }
    return true;
}

static void mpz_set_wide(mpz_ptr z, wide v)
{
    mpz_set_si(z, (int64_t)(v >> 62));
    mpz_mul_2exp(z, z, 62);
    mpz_add_ui(z, z, (unsigned long)((uint64_t)v & (((uint64_t)1 << 62) - 1)));
}

static tc_varset node_vars(const struct tc_node *n)
{
    tc_varset vars = 0;

    for (unsigned i = 0; i < n->n; i++)
        vars |= n->factor[i]->vars;
    return vars;
}

static tc_varset all_vars(const struct tc_graph *g)
{
    return g->nvar == TC_COUNT_VARS ? ~(tc_varset)0 : ((tc_varset)1 << g->nvar) - 1;
}

/* one variable or more out of the one node: sums, or the largest product */
static bool eliminate(struct tc_graph *g, tc_varset live, enum op op, tc_varset *gone, bool *fits)
{
    struct plan p = choose(g, live, false);
    struct tc_node *n = g->node[0], touched = {.n = 0};
    struct tc_count_factor *f;
    struct step *s;
    unsigned kept = 0;
    bool any, ok;
    mpz_t one;
    wide scalar;

    if (p.size > ARRAY_MOST)
        return too_long(g);
    s = tc_xcalloc(1, sizeof *s);
    s->g = g;
    s->op = op;
    for (unsigned i = 0; i < n->n; i++)
        if (n->factor[i]->vars & p.e)
            tc_node_add(g, &touched, n->factor[i]);
        else
            n->factor[kept++] = n->factor[i];
    n->n = kept;
    order_loops(s, &p);
    take_guards(s, p.e);
    s->part = tc_alloc(g->arena, 1, sizeof *s->part);
    mpz_init_set_ui(one, 1);
    *fits = add_part(s, &touched, one);
    mpz_clear(one);
    ok = !*fits || run(s, &p, &f, &scalar, &any, fits);
    if (ok && *fits) {
        if (f) {
            tc_node_add(g, n, f);
        } else {
            mpz_ptr z = tc_mpz(g->arena);

            mpz_set_wide(z, scalar);
            mpz_mul(n->scale, n->scale, z);
        }
    }
    *gone = p.e;
    free(s);
    return ok;
}

/* Table f, a function of v and of another table's entry, becomes that table with
 * a map from its entries: the sum, or maximum, over v, times arrays of v alone. */
static bool fold(struct tc_graph *g, const struct tc_through *t, unsigned i, unsigned v, enum op op)
{
    struct tc_node *n = g->node[0];
    const struct tc_count_factor *f = n->factor[i];
    struct tc_count_factor *to = tc_alloc(g->arena, 1, sizeof *to);
    struct tc_table *table = tc_alloc(g->arena, 1, sizeof *table);
    int64_t value[TC_COUNT_VARS] = {0}, rest[8];
    tc_varset x = (tc_varset)1 << v;
    double bound = (double)(f->bound ? f->bound : 1) * (op == SUM ? (double)g->extent[v] : 1);
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
    if (to->reach > MAP_MOST || bound >= BOUND_MOST ||
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
            one = f->reading == TC_NONZERO              ? one != 0
                  : f->reading == TC_ABSOLUTE && one < 0 ? -one
                                                         : one;
            for (unsigned k = 0; k < n->n && one; k++)
                if (k != i && n->factor[k]->vars == x)
                    one *= tc_factor_at(n->factor[k], value);
            sum = op == SUM ? sum + one : one > sum ? one : sum;
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
static bool fold_any(struct tc_graph *g, tc_varset over, enum op op, tc_varset *gone)
{
    struct tc_node *n = g->node[0];
    tc_varset guarded = node_vars(&g->guards);

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

bool tc_graph_sum(struct tc_graph *g, tc_varset over, bool *fits)
{
    tc_varset gone;

    assert(g->nnode == 1);
    *fits = true;
    while (fold_any(g, over, SUM, &gone))
        over &= ~gone;
    for (;;) {
        tc_varset live = over & (node_vars(g->node[0]) | node_vars(&g->guards));

        if (!live)
            break;
        if (!eliminate(g, live, SUM, &gone, fits))
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
    while (fold_any(g, all_vars(g), MAX, &gone))
        ;
    while ((live = all_vars(g) & (node_vars(n) | node_vars(&g->guards))) != 0) {
        if (!eliminate(g, live, MAX, &gone, fits))
            return false;
        if (!*fits)
            return true;
    }
    for (unsigned i = 0; i < n->n; i++)
        mpz_mul_si(n->scale, n->scale, tc_factor_at(n->factor[i], origin));
    mpz_set(most, n->scale);
    return true;
}

/* nodes that read the same are one */
static void merge_nodes(struct tc_graph *g)
{
    struct step s = {.g = g};
    struct key *key = tc_xcalloc(g->nnode, sizeof *key);
    unsigned kept = 0;

    for (; s.n < g->nvar; s.n++)
        s.order[s.n] = s.n;
    for (unsigned i = 0; i < g->nnode; i++) {
        struct key k = {.whole = true};
        unsigned same = 0;

        put_part(&k, &s, g->node[i]);
        while (same < kept && !same_key(&key[same], &k))
            same++;
        if (same < kept) {
            mpz_add(g->node[same]->scale, g->node[same]->scale, g->node[i]->scale);
            free(k.byte);
        } else {
            key[kept] = k;
            g->node[kept++] = g->node[i];
        }
    }
    for (unsigned i = 0; i < kept; i++)
        free(key[i].byte);
    free(key);
    g->nnode = kept;
}

/* Drops guards that nothing ties to a node: there are points, so they hold
 * somewhere. */
static void drop_guards(struct tc_graph *g)
{
    tc_varset reach = 0, before;
    unsigned kept = 0;

    for (unsigned i = 0; i < g->nnode; i++)
        reach |= node_vars(g->node[i]);
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
    merge_nodes(g);
    drop_guards(g);
    for (;;) {
        tc_varset live = node_vars(&g->guards);
        struct tc_count_factor *f;
        struct tc_node **left;
        unsigned kept = 0;
        struct step *s;
        struct plan p;
        bool ok, some;
        wide scalar;

        for (unsigned i = 0; i < g->nnode; i++)
            live |= node_vars(g->node[i]);
        if (!live)
            break;
        p = choose(g, live, true);
        if (p.size > ARRAY_MOST)
            return too_long(g);
        s = tc_xcalloc(1, sizeof *s);
        s->g = g;
        s->op = MAX;
        s->none = TC_COUNT_NONE;
        order_loops(s, &p);
        take_guards(s, p.e);
        s->part = tc_alloc(g->arena, g->nnode + 1, sizeof *s->part);
        left = tc_alloc(g->arena, g->nnode + 1, sizeof(struct tc_node *));
        for (unsigned i = 0; i < g->nnode; i++)
            if (node_vars(g->node[i]) & p.e)
                *fits = *fits && add_part(s, g->node[i], g->node[i]->scale);
            else
                left[kept++] = g->node[i];
        g->node = left;
        g->nnode = kept;
        ok = !*fits || run(s, &p, &f, &scalar, &some, fits);
        free(s);
        if (!ok || !*fits)
            return ok;
        if (f) {
            tc_node_add(g, tc_graph_node(g), f);
        } else if (some) {
            mpz_ptr z = tc_mpz(g->arena);

            mpz_set_wide(z, scalar);
            mpz_add(most, most, z);
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
