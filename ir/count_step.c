/* count_step.c -- one step of elimination: a loop over points
 *
 * A step takes the factors that read some variables, and makes of them one
 * array over the other variables that they read: the sum, or the maximum, over
 * those that go.  Loops over the array's variables are outermost; innermost is
 * one variable that goes, where whole rows are computed at once.  Guards are
 * intervals: at every loop they narrow the range given the values further out,
 * with the best that the loops further in can do; at the last variable that a
 * guard reads this is exact.  Where x is read by guards alone, its interval is
 * counted without walking over it; where other factors read x alone, by prefix
 * sums.
 *
 * What was done once is kept by its structure: the rotation tables of queries
 * and keys are streamed once. */
#include "count.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK         4096
#define ARRAY_MOST    0x1p25            /* entries of a result */
#define HOPELESS      0x1p44            /* points, guards not looked at */
#define CACHE_ENTRIES ((size_t)1 << 16) /* larger results are not kept */
#define CACHE_CONTENT ((size_t)1 << 14) /* arrays in keys */
#define CACHE_WORK    0x1p14            /* less is quicker done again */

__extension__ typedef __int128 wide;

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
    } * kept;
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
    bool partial; /* one factor whose NONE excludes a point */
    unsigned nrow;
    struct tc_count_factor **row; /* factors that read x */
    unsigned nscalar;
    struct tc_count_factor **scalar; /* others */
};

struct step {
    struct tc_graph *g;
    enum tc_op op;
    int64_t none;      /* the maximum over no points */
    unsigned n, outer; /* loops, of which so many over the result's variables */
    unsigned order[TC_COUNT_VARS];
    unsigned x; /* the innermost */
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

    s->g->counter->work += TC_ROW_WORK;
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
        if (s->op == TC_SUM)
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

        if (s->op == TC_SUM) { /* of one part */
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
            if (level >= s->outer && s->op == TC_MAX && s->any && s->acc >= s->most)
                break;
        }
        s->value[v] = 0;
        if (s->g->counter->work > s->g->counter->most)
            s->over = true;
    }
    s->value[v] = 0;
    if (level == s->outer && s->result)
        s->result[at] = s->op == TC_MAX && !s->any ? s->none : (int64_t)s->acc;
}

bool tc_count_too_long(const struct tc_graph *g)
{
    return tc_fail(g->counter->err, TC_ELIMIT, (struct tc_loc){0},
                   "bank %.200s: counting it exactly means visiting more than 2^36 points or "
                   "storing more than 2^25 numbers; wanted smaller sizes, or fewer indices that "
                   "tables and guards tie together",
                   g->counter->bank->plane.name);
}

/* loops: the result's variables, then those that go */
static void order_loops(struct step *s, const struct tc_plan *p)
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

    if (s->op != TC_SUM || s->npart != 1 || !p->nrow || s->n == 1 || !s->nguard)
        return false;
    for (unsigned i = 0; i < p->nrow; i++)
        if (p->row[i]->vars != (tc_varset)1 << s->x)
            return false;
    return tc_graph_box(s->g, (tc_varset)1 << s->x) < ARRAY_MOST;
}

/* Runs a step whose parts are set.  The result is an array over the outer
 * loops, or without any a scalar. */
static bool run(struct step *s, const struct tc_plan *p, struct tc_count_factor **result,
                wide *scalar, bool *any, bool *fits)
{
    struct tc_graph *g = s->g;
    double bound = s->bound * (s->op == TC_SUM ? tc_graph_box(g, p->e) : 1);
    struct tc_cache *cache = g->counter->cache;
    struct tc_count_factor *f = NULL;
    struct key key;
    size_t size = 0;

    *fits = s->bound < TC_BOUND_MOST && bound < (s->outer ? TC_BOUND_MOST : 0x1p120);
    if (!*fits)
        return true;
    if (p->size > ARRAY_MOST || p->cost > HOPELESS)
        return tc_count_too_long(g);
    s->most = (int64_t)s->bound; /* exact below 2^53, and beyond it only large enough */
    if (s->bound >= 0x1p53)
        s->most = INT64_MAX;
    if (s->outer) {
        f = tc_alloc(g->arena, 1, sizeof *f);
        f->kind = TC_F_ARRAY;
        f->vars = p->all & ~p->e;
        f->partial = s->op == TC_MAX && s->none == TC_COUNT_NONE;
        f->stride = tc_alloc(g->arena, TC_COUNT_VARS, sizeof *f->stride);
        memcpy(f->stride, s->stride, sizeof s->stride);
        size = (size_t)p->size;
        f->value = tc_alloc(g->arena, size, sizeof *f->value);
        if (s->none && s->op == TC_MAX)
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
        return tc_count_too_long(g);
    }
    if (f)
        tc_array_bound(f, size);
    *any = s->any;
    *scalar = s->op == TC_MAX && !s->any ? (wide)s->none : s->acc;
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

bool tc_step_run(struct tc_graph *g, const struct tc_plan *p, enum tc_op op, int64_t none,
                 unsigned n, struct tc_node *const *node, struct tc_count_factor **result,
                 mpz_ptr scalar, bool *any, bool *fits)
{
    struct step *s;
    bool ok = true;
    wide value = 0;

    if (p->size > ARRAY_MOST)
        return tc_count_too_long(g);
    s = tc_xcalloc(1, sizeof *s);
    s->g = g;
    s->op = op;
    s->none = none;
    order_loops(s, p);
    take_guards(s, p->e);
    s->part = tc_alloc(g->arena, n + 1, sizeof *s->part);
    *fits = true;
    for (unsigned i = 0; i < n; i++)
        *fits = *fits && add_part(s, node[i], node[i]->scale);
    if (*fits)
        ok = run(s, p, result, &value, any, fits);
    if (ok && *fits && !*result)
        mpz_set_wide(scalar, value);
    free(s);
    return ok;
}

/* nodes that read the same are one */
void tc_graph_merge(struct tc_graph *g)
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
