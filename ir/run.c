/* run.c -- a family run as a tensor program
 *
 * 64 vectors at a time, bank by bank.  A plane of single gates is a word of 64
 * bits a point; a monotone chain is a rank (how many of its gates are 1) a
 * point and vector.  A sum over a chain's thresholds is then one look-up of the
 * summed weights, and the gates themselves are never made.
 *
 * A term's weights depend on few indices of the domain, mostly on none: its
 * sum is unrolled once into a pattern of (offset, weight), which a point reads
 * at its own base.  Terms that depend on few indices of a large domain (the
 * bits in a product) are evaluated once for these and kept.
 *
 * Values that could pass 2^62 are GMP integers, without these short cuts.
 */
#include "ir.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LANES        64
#define MOST_PATTERN ((size_t)1 << 22)  /* entries that are kept */
#define MOST_KEPT    ((size_t)1 << 20)  /* points of terms evaluated ahead: 512 MB */
#define MOST_BYTES   ((uint64_t)20 << 30)
#define FEW          32                 /* thresholds that are simply counted */

#if defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define FAST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FAST
#endif

/* ------------------------------------------------------------- small pieces */

static FAST void add_mask(int64_t *restrict v, int64_t w, uint64_t mask)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += w & -(int64_t)((mask >> l) & 1);
}

static FAST void add_prefix(int64_t *restrict v, int64_t w, const int64_t *restrict prefix,
                            const uint32_t *restrict rank)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += w * prefix[rank[l]];
}

static FAST void add_vector(int64_t *restrict v, const int64_t *restrict x)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += x[l];
}

static FAST void add_constant(int64_t *v, int64_t w)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += w;
}

static FAST uint64_t at_least(const int64_t *v, int64_t bound)
{
    uint64_t mask = 0;

    for (unsigned l = 0; l < LANES; l++)
        mask |= (uint64_t)(v[l] >= bound) << l;
    return mask;
}

static FAST void count_reached(uint32_t *restrict rank, const int64_t *restrict v, int64_t bound)
{
    for (unsigned l = 0; l < LANES; l++)
        rank[l] += v[l] >= bound;
}

static uint64_t rank_above(const uint32_t *rank, int64_t t)
{
    uint64_t mask = 0;

    for (unsigned l = 0; l < LANES; l++)
        mask |= (uint64_t)(rank[l] > t) << l;
    return mask;
}

/* ------------------------------------------------------------------ planes */

struct store {
    const struct tc_plane *plane;
    bool ranked;
    unsigned naxis;       /* of the box: the chain is one unless ranked */
    int64_t extent[64], stride[64];
    size_t points;
    unsigned last_reader; /* bank */
    uint64_t *bits;       /* a word a point */
    uint32_t *rank;       /* LANES a point */
};

/* one value a lane, narrow or wide */
struct acc {
    int64_t v[LANES];
    mpz_t *z; /* LANES */
};

struct entry {
    int64_t offset;
    int64_t weight;        /* narrow */
    const int64_t *prefix; /* ranked: weight summed over the chain, by rank */
    int64_t t;             /* ranked, one threshold; -1: none */
};

struct part {
    uint32_t slot;
    int64_t coef;
};

struct affine {
    int64_t constant;
    unsigned n;
    struct part part[16];
};

/* stride * via[arg] */
struct lookup {
    const struct tc_table *via;
    struct affine arg;
    int64_t stride;
};

struct term {
    const struct tc_term *t;
    struct store *store;          /* NULL: constant */
    struct affine base, inner;    /* offsets over domain and sum indices */
    unsigned nbase, ninner;
    struct lookup base_via[8], inner_via[8];
    struct affine chain;          /* ranked, not swept: which threshold */
    const struct tc_index *swept; /* ranked: the chain index that the prefix sums over */
    unsigned nloop;
    const struct tc_index *loop[16];
    unsigned nkey;                /* domain indices that the pattern depends on */
    uint32_t key[32];
    int64_t key_value[32];
    bool have, wide, safe;
    /* the pattern */
    size_t n, room;
    struct entry *e;
    mpz_t *big;                   /* wide weights */
    size_t nbig;
    int64_t constant;             /* narrow, of terms without a plane */
    mpz_t big_constant;
    int64_t **prefix;             /* owned */
    size_t nprefix, room_prefix;
};

/* terms that read the same few indices */
struct group {
    unsigned nix;
    const struct tc_index *ix[32];
    unsigned nterm;
    struct term **term;
    bool kept;
    size_t points;
    int64_t *value;  /* LANES a point */
    uint64_t *mask;  /* a word a point, if all values are 0 or 1 */
};

/* theta's terms with one factor in the chain index */
struct slope {
    const struct tc_factor *factor; /* nfactor of them, all in t alone */
    unsigned nfactor;
    unsigned nterm;
    struct term **term;
    int64_t *narrow; /* value by t */
    mpz_t *wide;
    struct acc acc;
};

struct run {
    const struct tc_family *f;
    struct tc_error *err;
    struct tc_arena *arena; /* of one bank */
    int64_t *val;           /* by index id */
    struct store *store;    /* by plane id */
    uint64_t bytes;
};

static bool affine_of(struct affine *to, const struct tc_affine *from, int64_t stride)
{
    to->constant += stride * from->constant;
    for (unsigned i = 0; i < from->n; i++) {
        unsigned k = 0;

        while (k < to->n && to->part[k].slot != from->part[i].ix->id)
            k++;
        if (k == 16)
            return false;
        if (k == to->n)
            to->part[to->n++] = (struct part){from->part[i].ix->id, 0};
        to->part[k].coef += stride * from->part[i].coef;
    }
    return true;
}

static int64_t affine_value(const struct run *r, const struct affine *x)
{
    int64_t v = x->constant;

    for (unsigned i = 0; i < x->n; i++)
        v += x->part[i].coef * r->val[x->part[i].slot];
    return v;
}

static int64_t tc_affine_value(const struct run *r, const struct tc_affine *x)
{
    int64_t v = x->constant;

    for (unsigned i = 0; i < x->n; i++)
        v += x->part[i].coef * r->val[x->part[i].ix->id];
    return v;
}

static int64_t axis_value(const struct run *r, const struct tc_axis *x)
{
    int64_t v = tc_affine_value(r, &x->at);

    if (x->via) {
        int64_t arg = tc_affine_value(r, &x->arg);

        v += tc_table_get_i64(x->via, &arg);
    }
    return v;
}

static bool guards_hold(const struct run *r, unsigned n, const struct tc_guard *g)
{
    for (unsigned k = 0; k < n; k++)
        if (axis_value(r, &g[k].expr) < 0)
            return false;
    return true;
}

static bool affine_has(const struct tc_affine *x, const struct tc_index *ix)
{
    for (unsigned i = 0; i < x->n; i++)
        if (x->part[i].ix == ix)
            return true;
    return false;
}

static bool axis_has(const struct tc_axis *x, const struct tc_index *ix)
{
    return affine_has(&x->at, ix) || (x->via && affine_has(&x->arg, ix));
}

static bool factor_has(const struct tc_factor *f, const struct tc_index *ix)
{
    for (unsigned k = 0; k < f->table->rank; k++)
        if (axis_has(&f->at[k], ix))
            return true;
    return false;
}

static void factor_value(const struct run *r, const struct tc_factor *f, int64_t *arg)
{
    for (unsigned k = 0; k < f->table->rank; k++)
        arg[k] = axis_value(r, &f->at[k]);
}

/* Is the chain one rank a point?  Not if its gates are guarded each. */
static bool chain_is_ranked(const struct tc_plane *p)
{
    if (!p->chain || !p->bank || !p->bank->monotone)
        return false;
    for (unsigned g = 0; g < p->bank->nguard; g++)
        if (axis_has(&p->bank->guard[g].expr, p->chain))
            return false;
    return true;
}

static bool store_init(struct run *r, const struct tc_plane *p)
{
    struct store *s = &r->store[p->id];
    uint64_t points = 1;

    s->plane = p;
    s->ranked = chain_is_ranked(p);
    s->naxis = p->naxis + (p->chain && !s->ranked);
    for (unsigned k = s->naxis; k-- > 0;) {
        s->extent[k] = k < p->naxis ? p->axis[k]->extent : p->chain->extent;
        s->stride[k] = (int64_t)points;
        if (__builtin_mul_overflow(points, (uint64_t)s->extent[k], &points))
            points = UINT64_MAX;
        if (points > MOST_BYTES)
            points = MOST_BYTES;
    }
    s->points = points;
    return true;
}

static uint64_t store_bytes(const struct store *s)
{
    return s->points * (s->ranked ? LANES * sizeof *s->rank : sizeof *s->bits);
}

static bool store_take(struct run *r, struct store *s)
{
    r->bytes += store_bytes(s);
    if (r->bytes > MOST_BYTES)
        return tc_fail(r->err, TC_ELIMIT, (struct tc_loc){0},
                       "%s has %zu points: running the family would take more than %u GiB; give "
                       "smaller sizes",
                       s->plane->name, s->points, (unsigned)(MOST_BYTES >> 30));
    if (s->ranked)
        s->rank = tc_xcalloc(s->points, LANES * sizeof *s->rank);
    else
        s->bits = tc_xcalloc(s->points, sizeof *s->bits);
    return true;
}

static void store_drop(struct run *r, struct store *s)
{
    if (s->bits || s->rank)
        r->bytes -= store_bytes(s);
    free(s->bits);
    free(s->rank);
    s->bits = NULL;
    s->rank = NULL;
}

/* ------------------------------------------------------------------- terms */

static bool is_sum(const struct tc_term *t, const struct tc_index *ix)
{
    for (unsigned k = 0; k < t->nsum; k++)
        if (t->sum[k] == ix)
            return true;
    return false;
}

static void add_key(struct term *c, const struct tc_affine *x)
{
    for (unsigned i = 0; i < x->n; i++) {
        unsigned k = 0;

        if (is_sum(c->t, x->part[i].ix))
            continue;
        while (k < c->nkey && c->key[k] != x->part[i].ix->id)
            k++;
        assert(k < 32);
        if (k == c->nkey)
            c->key[c->nkey++] = x->part[i].ix->id;
    }
}

static void add_axis_key(struct term *c, const struct tc_axis *x)
{
    add_key(c, &x->at);
    if (x->via)
        add_key(c, &x->arg);
}

static bool reads_sum(const struct tc_term *t, const struct tc_affine *x)
{
    for (unsigned i = 0; i < x->n; i++)
        if (is_sum(t, x->part[i].ix))
            return true;
    return false;
}

/* The chain index, if the term sums over the whole chain and only factors care. */
static const struct tc_index *swept_index(const struct tc_term *t, unsigned naxis)
{
    const struct tc_axis *x = &t->at[naxis];
    const struct tc_index *ix;

    if (x->via || x->at.n != 1 || x->at.constant || x->at.part[0].coef != 1)
        return NULL;
    ix = x->at.part[0].ix;
    if (!is_sum(t, ix) || ix->extent != t->plane->chain->extent)
        return NULL;
    for (unsigned k = 0; k < naxis; k++)
        if (axis_has(&t->at[k], ix))
            return NULL;
    for (unsigned k = 0; k < t->nguard; k++)
        if (axis_has(&t->guard[k].expr, ix))
            return NULL;
    return ix;
}

static bool axis_within(const struct tc_axis *x, int64_t extent)
{
    int64_t lo, hi;

    tc_axis_range(x, &lo, &hi);
    return lo >= 0 && hi < extent;
}

static struct term *term_compile(struct run *r, const struct tc_term *t, bool wide)
{
    struct term *c = tc_alloc(r->arena, 1, sizeof *c);

    c->t = t;
    c->wide = wide;
    c->safe = true;
    mpz_init(c->big_constant);
    if (t->plane) {
        struct store *s = c->store = &r->store[t->plane->id];

        for (unsigned k = 0; k < s->naxis; k++) {
            const struct tc_axis *x = &t->at[k];

            c->safe = c->safe && axis_within(x, s->extent[k]);
            for (unsigned i = 0; i < x->at.n; i++) {
                struct tc_affine one = {1, &x->at.part[i], 0};
                bool fits = affine_of(is_sum(t, x->at.part[i].ix) ? &c->inner : &c->base, &one,
                                      s->stride[k]);
                assert(fits);
                (void)fits;
            }
            c->base.constant += s->stride[k] * x->at.constant;
            if (x->via) {
                bool inner = reads_sum(t, &x->arg);
                struct lookup *v = inner ? &c->inner_via[c->ninner++] : &c->base_via[c->nbase++];

                assert(c->ninner < 8 && c->nbase < 8);
                v->via = x->via;
                v->stride = s->stride[k];
                affine_of(&v->arg, &x->arg, 1);
                if (inner)
                    add_key(c, &x->arg);
                c->safe = c->safe && (struct tc_axis){.at = x->arg}.via == NULL &&
                          axis_within(&(struct tc_axis){.at = x->arg}, x->via->extent[0]);
            }
        }
        if (s->ranked) {
            c->swept = wide ? NULL : swept_index(t, t->plane->naxis);
            if (!c->swept) {
                assert(!t->at[t->plane->naxis].via);
                affine_of(&c->chain, &t->at[t->plane->naxis].at, 1);
                add_axis_key(c, &t->at[t->plane->naxis]);
            }
        }
    }
    for (unsigned k = 0; k < t->nsum; k++)
        if (t->sum[k] != c->swept) {
            assert(c->nloop < 16);
            c->loop[c->nloop++] = t->sum[k];
        }
    for (unsigned k = 0; k < t->nfactor; k++)
        for (unsigned m = 0; m < t->factor[k].table->rank; m++) {
            add_axis_key(c, &t->factor[k].at[m]);
            if (!t->factor[k].table->fn)
                c->safe = c->safe && axis_within(&t->factor[k].at[m],
                                                 t->factor[k].table->extent[m]);
        }
    for (unsigned k = 0; k < t->nguard; k++)
        add_axis_key(c, &t->guard[k].expr);
    return c;
}

static void pattern_clear(struct term *c)
{
    for (size_t k = 0; k < c->nbig; k++)
        mpz_clear(c->big[k]);
    for (size_t k = 0; k < c->nprefix; k++)
        free(c->prefix[k]);
    c->n = c->nbig = c->nprefix = 0;
    c->constant = 0;
    mpz_set_ui(c->big_constant, 0);
    c->have = false;
}

static void term_free(struct term *c)
{
    pattern_clear(c);
    mpz_clear(c->big_constant);
    free(c->e);
    free(c->big);
    free(c->prefix);
}

/* the weights of the swept factors summed up to each rank */
static const int64_t *prefix_of(struct run *r, struct term *c)
{
    const struct tc_term *t = c->t;
    int64_t count = c->swept->extent, *sum;
    bool alone = true; /* no other sum index: one table serves the pattern */
    int64_t *column = NULL;

    for (unsigned k = 0; k < t->nfactor; k++)
        if (factor_has(&t->factor[k], c->swept))
            for (unsigned m = 0; m < c->nloop; m++)
                alone = alone && !factor_has(&t->factor[k], c->loop[m]);
    if (alone && c->nprefix)
        return c->prefix[0];
    sum = tc_xcalloc((size_t)count + 1, sizeof *sum);
    for (int64_t s = 0; s < count; s++)
        sum[s + 1] = 1;
    for (unsigned k = 0; k < t->nfactor; k++) {
        const struct tc_factor *f = &t->factor[k];
        int64_t arg[16], next[16];
        unsigned varies = 0, axis = 0;
        int64_t step = 0;

        if (!factor_has(f, c->swept))
            continue;
        assert(f->table->rank <= 16);
        r->val[c->swept->id] = 0;
        factor_value(r, f, arg);
        r->val[c->swept->id] = count > 1;
        factor_value(r, f, next);
        for (unsigned m = 0; m < f->table->rank; m++)
            if (axis_has(&f->at[m], c->swept)) {
                varies += f->at[m].via && affine_has(&f->at[m].arg, c->swept) ? 2 : 1;
                axis = m;
                step = next[m] - arg[m];
            }
        if (f->table->fn && varies == 1) { /* one call for the whole chain */
            column = tc_xrealloc(column, (size_t)count, sizeof *column);
            f->table->fn->eval(f->table->state, arg, axis, step, (size_t)count, column);
            for (int64_t s = 0; s < count; s++)
                sum[s + 1] *= column[s];
            continue;
        }
        for (int64_t s = 0; s < count; s++) {
            r->val[c->swept->id] = s;
            factor_value(r, f, arg);
            sum[s + 1] *= tc_table_get_i64(f->table, arg);
        }
    }
    free(column);
    for (int64_t s = 0; s < count; s++)
        sum[s + 1] += sum[s];
    if (c->nprefix == c->room_prefix) {
        c->room_prefix = c->room_prefix ? 2 * c->room_prefix : 4;
        c->prefix = tc_xrealloc(c->prefix, c->room_prefix, sizeof *c->prefix);
    }
    return c->prefix[c->nprefix++] = sum;
}

static void acc_add(struct acc *a, const struct term *c, const struct entry *e, mpz_srcptr big,
                    int64_t base)
{
    const struct store *s = c->store;
    int64_t at = base + e->offset;
    uint64_t mask;

    if (e->prefix) {
        add_prefix(a->v, e->weight, e->prefix, s->rank + at * LANES);
        return;
    }
    mask = s->ranked ? rank_above(s->rank + at * LANES, e->t) : s->bits[at];
    if (!c->wide) {
        if (mask)
            add_mask(a->v, e->weight, mask);
        return;
    }
    for (; mask; mask &= mask - 1)
        mpz_add(a->z[__builtin_ctzll(mask)], a->z[__builtin_ctzll(mask)], big);
}

/* Walks the term's sum at the current point.  Entries go into the pattern or,
 * with an accumulator, are added at once. */
static void term_walk(struct run *r, struct term *c, struct acc *to, int64_t base)
{
    const struct tc_term *t = c->t;
    mpz_t weight, factor;
    unsigned k;

    mpz_inits(weight, factor, NULL);
    for (k = 0; k < c->nloop; k++)
        r->val[c->loop[k]->id] = 0;
    for (;;) {
        struct entry e = {.t = -1};
        bool zero = !guards_hold(r, t->nguard, t->guard);

        if (!zero && c->wide)
            mpz_set(weight, t->coef);
        else if (!zero)
            e.weight = tc_mpz_get_i64(t->coef);
        for (k = 0; k < t->nfactor && !zero; k++) {
            int64_t arg[16];

            if (c->swept && factor_has(&t->factor[k], c->swept))
                continue;
            factor_value(r, &t->factor[k], arg);
            if (c->wide) {
                tc_table_get(t->factor[k].table, arg, factor);
                mpz_mul(weight, weight, factor);
                zero = mpz_sgn(weight) == 0;
            } else {
                e.weight *= tc_table_get_i64(t->factor[k].table, arg);
                zero = e.weight == 0;
            }
        }
        if (!zero && !c->store) {
            if (c->wide)
                mpz_add(c->big_constant, c->big_constant, weight);
            else
                c->constant += e.weight;
        } else if (!zero) {
            e.offset = affine_value(r, &c->inner);
            for (k = 0; k < c->ninner; k++) {
                int64_t arg = affine_value(r, &c->inner_via[k].arg);

                e.offset += c->inner_via[k].stride * tc_table_get_i64(c->inner_via[k].via, &arg);
            }
            if (c->swept)
                e.prefix = prefix_of(r, c);
            else if (c->store->ranked)
                e.t = affine_value(r, &c->chain);
            if (to) {
                acc_add(to, c, &e, weight, base);
            } else {
                if (c->n == c->room) {
                    c->room = c->room ? 2 * c->room : 16;
                    c->e = tc_xrealloc(c->e, c->room, sizeof *c->e);
                    if (c->wide)
                        c->big = tc_xrealloc(c->big, c->room, sizeof *c->big);
                }
                if (c->wide)
                    mpz_init_set(c->big[c->nbig++], weight);
                c->e[c->n++] = e;
            }
        }
        for (k = c->nloop; k-- > 0;) {
            if (++r->val[c->loop[k]->id] < c->loop[k]->extent)
                break;
            r->val[c->loop[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            break;
    }
    mpz_clears(weight, factor, NULL);
}

/* adds the term's value at the current point */
static void term_add(struct run *r, struct term *c, struct acc *to)
{
    int64_t base = affine_value(r, &c->base);
    size_t size = 1;

    for (unsigned k = 0; k < c->nbase; k++) {
        int64_t arg = affine_value(r, &c->base_via[k].arg);

        base += c->base_via[k].stride * tc_table_get_i64(c->base_via[k].via, &arg);
    }
    for (unsigned k = 0; k < c->nloop; k++)
        if (__builtin_mul_overflow(size, (size_t)c->loop[k]->extent, &size))
            size = SIZE_MAX;
    if (size > MOST_PATTERN && c->store) {
        pattern_clear(c);
        term_walk(r, c, to, base);
        return;
    }
    if (c->have)
        for (unsigned k = 0; k < c->nkey; k++)
            c->have = c->have && c->key_value[k] == r->val[c->key[k]];
    if (!c->have) {
        pattern_clear(c);
        term_walk(r, c, NULL, 0);
        for (unsigned k = 0; k < c->nkey; k++)
            c->key_value[k] = r->val[c->key[k]];
        c->have = true;
    }
    if (c->wide) {
        if (mpz_sgn(c->big_constant))
            for (unsigned l = 0; l < LANES; l++)
                mpz_add(to->z[l], to->z[l], c->big_constant);
    } else if (c->constant) {
        add_constant(to->v, c->constant);
    }
    for (size_t k = 0; k < c->n; k++)
        acc_add(to, c, &c->e[k], c->wide ? c->big[k] : NULL, base);
}

static void acc_zero(struct acc *a, bool wide)
{
    if (wide)
        for (unsigned l = 0; l < LANES; l++)
            mpz_set_ui(a->z[l], 0);
    else
        memset(a->v, 0, sizeof a->v);
}

/* ------------------------------------------------------------------- banks */

struct bank_run {
    struct run *r;
    const struct tc_bank *b;
    bool wide;
    unsigned nterm;
    struct term **term;    /* all, for freeing */
    unsigned ngroup;
    struct group *group;
    unsigned nslope;
    struct slope *slope;
    bool explicit_theta;   /* theta is walked for every threshold */
    unsigned ntheta;
    struct term **theta;
    bool fixed_theta;      /* thresholds do not change from point to point */
    bool have_theta;
    int64_t *bound;        /* narrow, without slopes' parts */
    mpz_t *wide_bound;
    int64_t lo, hi;        /* narrow range */
    struct acc acc, other;
};

/* an upper bound on the size of any partial sum */
static void form_bound(const struct tc_form *f, mpz_ptr sum)
{
    mpz_t x, m;

    mpz_inits(x, m, NULL);
    for (unsigned k = 0; k < f->nterm; k++) {
        const struct tc_term *t = &f->term[k];

        mpz_abs(x, t->coef);
        for (unsigned i = 0; i < t->nfactor; i++) {
            tc_table_max_abs(t->factor[i].table, m);
            if (mpz_sgn(m))
                mpz_mul(x, x, m);
        }
        for (unsigned i = 0; i < t->nsum; i++)
            mpz_mul_ui(x, x, (unsigned long)t->sum[i]->extent);
        mpz_add(sum, sum, x);
    }
    mpz_clears(x, m, NULL);
}

static struct term *bank_term(struct bank_run *b, const struct tc_term *t)
{
    return b->term[b->nterm++] = term_compile(b->r, t, b->wide);
}

static bool group_within(const struct group *x, const struct group *y)
{
    for (unsigned i = 0; i < x->nix; i++) {
        unsigned k = 0;

        while (k < y->nix && y->ix[k] != x->ix[i])
            k++;
        if (k == y->nix)
            return false;
    }
    return true;
}

/* Terms by the indices they read; those of fewer indices join a group of more. */
static void group_terms(struct bank_run *b)
{
    const struct tc_bank *bank = b->b;
    uint64_t domain = 1;

    b->group = tc_alloc(b->r->arena, bank->form.nterm + 1, sizeof *b->group);
    for (unsigned k = 0; k < bank->form.nterm; k++) {
        const struct tc_term *t = &bank->form.term[k];
        struct group g = {0};

        for (unsigned i = 0; i < bank->plane.naxis && i < 32; i++)
            if (tc_term_reads(t, bank->plane.axis[i]))
                g.ix[g.nix++] = bank->plane.axis[i];
        g.term = tc_alloc(b->r->arena, bank->form.nterm, sizeof *g.term);
        g.term[g.nterm++] = bank_term(b, t);
        b->group[b->ngroup++] = g;
    }
    for (unsigned x = 0; x < b->ngroup; x++)
        for (unsigned y = 0; y < b->ngroup; y++)
            if (x != y && group_within(&b->group[x], &b->group[y])) {
                for (unsigned k = 0; k < b->group[x].nterm; k++)
                    b->group[y].term[b->group[y].nterm++] = b->group[x].term[k];
                b->group[x] = b->group[--b->ngroup];
                x--;
                break;
            }
    for (unsigned k = 0; k < bank->plane.naxis; k++)
        if (domain < ((uint64_t)1 << 40))
            domain *= (uint64_t)bank->plane.axis[k]->extent;
    for (unsigned x = 0; x < b->ngroup; x++) {
        struct group *g = &b->group[x];
        bool safe = true;

        g->points = 1;
        for (unsigned k = 0; k < g->nix; k++)
            if (g->points <= MOST_KEPT)
                g->points *= (size_t)g->ix[k]->extent;
        for (unsigned k = 0; k < g->nterm; k++)
            safe = safe && g->term[k]->safe;
        g->kept = !b->wide && safe && g->points <= MOST_KEPT && 2 * g->points <= domain;
    }
}

/* Evaluates a kept group for all values of its indices. */
static void group_evaluate(struct bank_run *b, struct group *g)
{
    struct run *r = b->r;
    bool boolean = true;
    size_t at = 0;
    unsigned k;

    g->value = tc_xcalloc(g->points, LANES * sizeof *g->value);
    for (k = 0; k < g->nix; k++)
        r->val[g->ix[k]->id] = 0;
    for (;; at++) {
        struct acc *a = &b->other;

        acc_zero(a, false);
        for (k = 0; k < g->nterm; k++)
            term_add(r, g->term[k], a);
        memcpy(g->value + at * LANES, a->v, sizeof a->v);
        for (k = 0; k < LANES && boolean; k++)
            boolean = a->v[k] == 0 || a->v[k] == 1;
        for (k = g->nix; k-- > 0;) {
            if (++r->val[g->ix[k]->id] < g->ix[k]->extent)
                break;
            r->val[g->ix[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            break;
    }
    if (boolean) {
        g->mask = tc_xcalloc(g->points, sizeof *g->mask);
        for (at = 0; at < g->points; at++)
            g->mask[at] = at_least(g->value + at * LANES, 1);
        free(g->value);
        g->value = NULL;
    }
}

static size_t group_at(const struct run *r, const struct group *g)
{
    size_t at = 0;

    for (unsigned k = 0; k < g->nix; k++)
        at = at * (size_t)g->ix[k]->extent + (size_t)r->val[g->ix[k]->id];
    return at;
}

static bool factors_equal(const struct tc_factor *x, const struct tc_factor *y)
{
    if (x->table != y->table)
        return false;
    for (unsigned k = 0; k < x->table->rank; k++)
        if (!tc_axis_equal(&x->at[k], &y->at[k]))
            return false;
    return true;
}

/* Splits theta into parts that depend on the point and slopes in t. */
static void theta_compile(struct bank_run *b)
{
    const struct tc_bank *bank = b->b;
    const struct tc_index *t = bank->plane.chain;
    struct tc_arena *arena = b->r->arena;

    b->slope = tc_alloc(arena, bank->theta.nterm + 1, sizeof *b->slope);
    b->theta = tc_alloc(arena, bank->theta.nterm + 1, sizeof *b->theta);
    b->fixed_theta = true;
    for (unsigned k = 0; k < bank->theta.nterm; k++) {
        struct tc_term *rest = tc_alloc(arena, 1, sizeof *rest);
        const struct tc_term *term = &bank->theta.term[k];
        struct tc_factor *own = tc_alloc(arena, term->nfactor + 1, sizeof *own);
        struct tc_factor *other = tc_alloc(arena, term->nfactor + 1, sizeof *other);
        unsigned nown = 0, nother = 0, s;
        bool splits = term->plane != NULL;

        for (unsigned i = 0; i < bank->plane.naxis; i++)
            if (tc_term_reads(term, bank->plane.axis[i]))
                b->fixed_theta = false;
        if (!term->plane) { /* plain thresholds */
            b->theta[b->ntheta++] = bank_term(b, term);
            continue;
        }
        b->fixed_theta = b->fixed_theta && term->plane == NULL;
        for (unsigned i = 0; i < term->nfactor; i++) {
            const struct tc_factor *f = &term->factor[i];

            if (!t || !factor_has(f, t)) {
                other[nother++] = *f;
                continue;
            }
            own[nown++] = *f;
            for (unsigned m = 0; m < f->table->rank; m++)
                for (unsigned p = 0; p < f->at[m].at.n; p++)
                    splits = splits && f->at[m].at.part[p].ix == t && !f->at[m].via;
        }
        *rest = *term;
        rest->factor = other;
        rest->nfactor = nother;
        if (!splits || (t && tc_term_reads(rest, t))) {
            b->explicit_theta = true;
            return;
        }
        for (s = 0; s < b->nslope; s++) {
            bool same = b->slope[s].nfactor == nown;

            for (unsigned i = 0; same && i < nown; i++)
                same = factors_equal(&b->slope[s].factor[i], &own[i]);
            if (same)
                break;
        }
        if (s == b->nslope) {
            b->slope[s] = (struct slope){.factor = own, .nfactor = nown};
            b->slope[s].term = tc_alloc(arena, bank->theta.nterm, sizeof(struct term *));
            b->nslope++;
        }
        b->slope[s].term[b->slope[s].nterm++] = bank_term(b, rest);
    }
}

static void acc_init(struct acc *a, bool wide)
{
    a->z = NULL;
    if (wide) {
        a->z = tc_xcalloc(LANES, sizeof *a->z);
        for (unsigned l = 0; l < LANES; l++)
            mpz_init(a->z[l]);
    }
}

static void acc_free(struct acc *a)
{
    for (unsigned l = 0; a->z && l < LANES; l++)
        mpz_clear(a->z[l]);
    free(a->z);
}

static int64_t thresholds(const struct tc_bank *b)
{
    return b->plane.chain ? b->plane.chain->extent : 1;
}

static void bank_init(struct bank_run *b, struct run *r, const struct tc_bank *bank)
{
    int64_t count = thresholds(bank);
    mpz_t bound;

    memset(b, 0, sizeof *b);
    b->r = r;
    b->b = bank;
    mpz_init(bound);
    form_bound(&bank->form, bound);
    form_bound(&bank->theta, bound);
    b->wide = mpz_sizeinbase(bound, 2) > 61 || !tc_mpz_fits_i64(bank->form.lo) ||
              !tc_mpz_fits_i64(bank->form.hi);
    mpz_clear(bound);
    if (!b->wide) {
        b->lo = tc_mpz_get_i64(bank->form.lo);
        b->hi = tc_mpz_get_i64(bank->form.hi);
    }
    b->term = tc_alloc(r->arena, bank->form.nterm + 2 * bank->theta.nterm + 1, sizeof *b->term);
    acc_init(&b->acc, b->wide);
    acc_init(&b->other, b->wide);
    group_terms(b);
    theta_compile(b);
    if (b->explicit_theta) { /* start again, whole terms */
        b->nslope = b->ntheta = 0;
        b->fixed_theta = false;
        for (unsigned k = 0; k < bank->theta.nterm; k++)
            b->theta[b->ntheta++] = bank_term(b, &bank->theta.term[k]);
    }
    b->bound = tc_xcalloc((size_t)count, sizeof *b->bound);
    if (b->wide) {
        b->wide_bound = tc_xcalloc((size_t)count, sizeof *b->wide_bound);
        for (int64_t t = 0; t < count; t++)
            mpz_init(b->wide_bound[t]);
    }
    for (unsigned s = 0; s < b->nslope; s++) {
        struct slope *x = &b->slope[s];

        acc_init(&x->acc, b->wide);
        x->narrow = tc_xcalloc((size_t)count, sizeof *x->narrow);
        if (b->wide)
            x->wide = tc_xcalloc((size_t)count, sizeof *x->wide);
        for (int64_t t = 0; t < count; t++) {
            mpz_t v, f;

            mpz_init_set_ui(v, 1);
            mpz_init(f);
            if (bank->plane.chain)
                r->val[bank->plane.chain->id] = t;
            for (unsigned i = 0; i < x->nfactor; i++) {
                int64_t arg[16];

                factor_value(r, &x->factor[i], arg);
                tc_table_get(x->factor[i].table, arg, f);
                mpz_mul(v, v, f);
            }
            if (b->wide)
                mpz_init_set(x->wide[t], v);
            else
                x->narrow[t] = tc_mpz_get_i64(v);
            mpz_clears(v, f, NULL);
        }
    }
}

static void bank_free(struct bank_run *b)
{
    int64_t count = thresholds(b->b);

    for (unsigned k = 0; k < b->nterm; k++)
        term_free(b->term[k]);
    for (unsigned g = 0; g < b->ngroup; g++) {
        free(b->group[g].value);
        free(b->group[g].mask);
    }
    for (unsigned s = 0; s < b->nslope; s++) {
        for (int64_t t = 0; b->wide && t < count; t++)
            mpz_clear(b->slope[s].wide[t]);
        free(b->slope[s].narrow);
        free(b->slope[s].wide);
        acc_free(&b->slope[s].acc);
    }
    for (int64_t t = 0; b->wide && t < count; t++)
        mpz_clear(b->wide_bound[t]);
    free(b->bound);
    free(b->wide_bound);
    acc_free(&b->acc);
    acc_free(&b->other);
}

/* the constant part of the threshold t at this point */
static void constant_thresholds(struct bank_run *b)
{
    int64_t count = thresholds(b->b);

    if (b->fixed_theta && b->have_theta)
        return;
    for (int64_t t = 0; t < count; t++) {
        acc_zero(&b->other, b->wide);
        if (b->b->plane.chain)
            b->r->val[b->b->plane.chain->id] = t;
        for (unsigned k = 0; k < b->ntheta; k++)
            term_add(b->r, b->theta[k], &b->other);
        if (b->wide)
            mpz_set(b->wide_bound[t], b->other.z[0]);
        else
            b->bound[t] = b->other.v[0];
    }
    b->have_theta = true;
}

/* gate t of lane l, once acc and slopes are known */
static bool gate(struct bank_run *b, int64_t t, unsigned l)
{
    bool on;

    if (!b->wide) {
        int64_t bound = b->bound[t];

        for (unsigned s = 0; s < b->nslope; s++)
            bound += b->slope[s].narrow[t] * b->slope[s].acc.v[l];
        return b->acc.v[l] >= bound;
    } else {
        mpz_t bound;

        mpz_init_set(bound, b->wide_bound[t]);
        for (unsigned s = 0; s < b->nslope; s++)
            mpz_addmul(bound, b->slope[s].wide[t], b->slope[s].acc.z[l]);
        on = mpz_cmp(b->acc.z[l], bound) >= 0;
        mpz_clear(bound);
    }
    return on;
}

/* How many gates are 1, by binary search; *broken if that is no chain. */
static uint32_t rank_of(struct bank_run *b, unsigned l, bool *broken)
{
    int64_t lo = 0, hi = thresholds(b->b), n = hi;

    while (lo < hi) { /* gates below lo are 1, from hi on 0 */
        int64_t mid = lo + (hi - lo) / 2;

        if (gate(b, mid, l))
            lo = mid + 1;
        else
            hi = mid;
    }
    if ((lo > 0 && !gate(b, 0, l)) || (lo < n && gate(b, n - 1, l)))
        *broken = true;
    return (uint32_t)lo;
}

/* every gate of a chain whose thresholds depend on other gates, looked at */
static uint32_t rank_counted(struct bank_run *b, unsigned l, bool *broken)
{
    int64_t n = thresholds(b->b);
    uint32_t rank = 0;
    bool before = true;

    for (int64_t t = 0; t < n; t++) {
        bool on = gate(b, t, l);

        if (on && !before)
            *broken = true;
        before = on;
        rank += on;
    }
    return rank;
}

static bool range_error(struct bank_run *b, unsigned lane)
{
    char value[256];

    if (b->wide)
        gmp_snprintf(value, sizeof value, "%Zd", b->acc.z[lane]);
    else
        snprintf(value, sizeof value, "%lld", (long long)b->acc.v[lane]);
    {
        char *text = NULL;

        if (gmp_asprintf(&text, "%s has the value %s, outside the range [%Zd, %Zd] claimed for it",
                         b->b->plane.name, value, b->b->form.lo, b->b->form.hi) < 0)
            text = NULL;
        tc_fail(b->r->err, TC_EFORMAT, (struct tc_loc){0}, "%s", text ? text : "range");
        if (text) {
            void (*release)(void *, size_t);

            mp_get_memory_functions(NULL, NULL, &release);
            release(text, strlen(text) + 1);
        }
    }
    return false;
}

static bool check_range(struct bank_run *b)
{
    if (b->wide) {
        for (unsigned l = 0; l < LANES; l++)
            if (mpz_cmp(b->acc.z[l], b->b->form.lo) < 0 || mpz_cmp(b->acc.z[l], b->b->form.hi) > 0)
                return range_error(b, l);
        return true;
    }
    if (at_least(b->acc.v, b->lo) == UINT64_MAX &&
        (b->hi == INT64_MAX || at_least(b->acc.v, b->hi + 1) == 0))
        return true;
    for (unsigned l = 0; l < LANES; l++)
        if (b->acc.v[l] < b->lo || b->acc.v[l] > b->hi)
            return range_error(b, l);
    return true;
}

/* one point of the domain: all its gates, 64 vectors */
static bool bank_point(struct bank_run *b, struct store *s, size_t at)
{
    const struct tc_bank *bank = b->b;
    int64_t count = thresholds(bank);
    bool broken = false;

    acc_zero(&b->acc, b->wide);
    for (unsigned g = 0; g < b->ngroup; g++) {
        struct group *x = &b->group[g];

        if (x->mask)
            add_mask(b->acc.v, 1, x->mask[group_at(b->r, x)]);
        else if (x->value)
            add_vector(b->acc.v, x->value + group_at(b->r, x) * LANES);
        else
            for (unsigned k = 0; k < x->nterm; k++)
                term_add(b->r, x->term[k], &b->acc);
    }
    if (!check_range(b))
        return false;
    constant_thresholds(b);
    for (unsigned i = 0; i < b->nslope; i++) {
        acc_zero(&b->slope[i].acc, b->wide);
        for (unsigned k = 0; k < b->slope[i].nterm; k++)
            term_add(b->r, b->slope[i].term[k], &b->slope[i].acc);
    }
    if (b->explicit_theta) {
        uint64_t mask[LANES];

        (void)mask;
        for (int64_t t = 0; t < count; t++) {
            uint64_t on = 0;

            acc_zero(&b->other, b->wide);
            if (bank->plane.chain)
                b->r->val[bank->plane.chain->id] = t;
            for (unsigned k = 0; k < b->ntheta; k++)
                term_add(b->r, b->theta[k], &b->other);
            for (unsigned l = 0; l < LANES; l++)
                on |= (uint64_t)(b->wide ? mpz_cmp(b->acc.z[l], b->other.z[l]) >= 0
                                         : b->acc.v[l] >= b->other.v[l])
                      << l;
            if (!s->ranked) {
                if (guards_hold(b->r, bank->nguard, bank->guard))
                    s->bits[at + (size_t)t] = on;
            } else {
                for (unsigned l = 0; l < LANES; l++) {
                    bool one = (on >> l) & 1;

                    broken = broken || (one && s->rank[at * LANES + l] != t);
                    s->rank[at * LANES + l] += one;
                }
            }
        }
    } else if (!s->ranked) {
        for (int64_t t = 0; t < count; t++) {
            uint64_t on = 0;

            if (bank->plane.chain) {
                b->r->val[bank->plane.chain->id] = t;
                if (!guards_hold(b->r, bank->nguard, bank->guard))
                    continue;
            }
            if (!b->wide && !b->nslope)
                on = at_least(b->acc.v, b->bound[t]);
            else
                for (unsigned l = 0; l < LANES; l++)
                    on |= (uint64_t)gate(b, t, l) << l;
            s->bits[at + (size_t)t] = on;
        }
    } else if (!b->wide && !b->nslope && count <= FEW) {
        for (int64_t t = 0; t < count; t++) {
            broken = broken || (t && b->bound[t] < b->bound[t - 1]);
            count_reached(s->rank + at * LANES, b->acc.v, b->bound[t]);
        }
    } else {
        for (unsigned l = 0; l < LANES; l++)
            s->rank[at * LANES + l] = b->nslope && count <= 4 * FEW ? rank_counted(b, l, &broken)
                                                                    : rank_of(b, l, &broken);
    }
    if (broken)
        return tc_fail(b->r->err, TC_EFORMAT, (struct tc_loc){0},
                       "%s is declared monotone, but a gate is 1 above one that is 0",
                       bank->plane.name);
    return true;
}

/* [sum of n bits >= n] where all n are kept: the bits are ANDed, nothing is summed */
static bool is_and(const struct bank_run *b)
{
    mpz_t n;
    bool is;

    if (b->b->plane.chain || b->b->theta.nterm != 1 || b->b->theta.term[0].plane ||
        b->b->theta.term[0].nfactor || b->b->theta.term[0].nsum)
        return false;
    mpz_init_set_ui(n, b->ngroup);
    is = mpz_cmp(b->b->theta.term[0].coef, n) == 0;
    mpz_clear(n);
    for (unsigned g = 0; g < b->ngroup; g++)
        is = is && b->group[g].mask;
    return is && mpz_sgn(b->b->form.lo) <= 0 && mpz_cmp_ui(b->b->form.hi, b->ngroup) >= 0;
}

static bool bank_run(struct run *r, const struct tc_bank *bank)
{
    struct store *s = &r->store[bank->plane.id];
    size_t per_point = s->ranked ? 1 : (size_t)thresholds(bank);
    unsigned naxis = bank->plane.naxis, k, nplain = 0;
    struct tc_guard *plain;
    struct bank_run b;
    bool ok = true, and;
    size_t at = 0;

    if (!store_take(r, s))
        return false;
    r->arena = tc_arena_new();
    plain = tc_alloc(r->arena, bank->nguard + 1, sizeof *plain);
    for (k = 0; k < bank->nguard; k++)
        if (!bank->plane.chain || !axis_has(&bank->guard[k].expr, bank->plane.chain))
            plain[nplain++] = bank->guard[k];
    bank_init(&b, r, bank);
    for (k = 0; k < b.ngroup; k++)
        if (b.group[k].kept)
            group_evaluate(&b, &b.group[k]);
    and = is_and(&b);
    for (k = 0; k < naxis; k++)
        r->val[bank->plane.axis[k]->id] = 0;
    for (;; at += per_point) {
        if (guards_hold(r, nplain, plain)) {
            if (and) {
                uint64_t on = UINT64_MAX;

                for (k = 0; k < b.ngroup; k++)
                    on &= b.group[k].mask[group_at(r, &b.group[k])];
                s->bits[at] = on;
            } else if (!(ok = bank_point(&b, s, at))) {
                break;
            }
        }
        for (k = naxis; k-- > 0;) {
            if (++r->val[bank->plane.axis[k]->id] < bank->plane.axis[k]->extent)
                break;
            r->val[bank->plane.axis[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            break;
    }
    bank_free(&b);
    tc_arena_free(r->arena);
    return ok;
}

/* ------------------------------------------------------------------ family */

/* Calls fn for each wire of a plane in order: box position and threshold. */
static uint64_t each_wire(const struct run *r, const struct tc_plane *p, const struct store *s,
                          void (*fn)(void *, size_t at, int64_t t), void *ctx)
{
    const struct tc_bank *b = p->bank;
    int64_t chain = p->chain ? p->chain->extent : 1;
    size_t per_point = s->ranked ? 1 : (size_t)chain, at = 0;
    uint64_t count = 0;
    unsigned k;

    for (k = 0; k < p->naxis; k++)
        r->val[p->axis[k]->id] = 0;
    for (;; at += per_point) {
        for (int64_t t = 0; t < chain; t++) {
            if (p->chain)
                r->val[p->chain->id] = t;
            if (b && !guards_hold(r, b->nguard, b->guard))
                continue;
            if (fn)
                fn(ctx, s->ranked ? at : at + (size_t)t, t);
            count++;
        }
        for (k = p->naxis; k-- > 0;) {
            if (++r->val[p->axis[k]->id] < p->axis[k]->extent)
                break;
            r->val[p->axis[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            return count;
    }
}

struct transfer {
    struct store *s;
    const uint64_t *in;
    uint64_t *out;
    size_t words, word, wire;
};

static void read_wire(void *ctx, size_t at, int64_t t)
{
    struct transfer *x = ctx;

    (void)t;
    x->s->bits[at] = x->in[x->wire++ * x->words + x->word];
}

static void write_wire(void *ctx, size_t at, int64_t t)
{
    struct transfer *x = ctx;

    x->out[x->wire++ * x->words + x->word] =
        x->s->ranked ? rank_above(x->s->rank + at * LANES, t) : x->s->bits[at];
}

static void run_init(struct run *r, const struct tc_family *f, struct tc_error *err)
{
    memset(r, 0, sizeof *r);
    r->f = f;
    r->err = err;
    r->val = tc_xcalloc(f->next_index + 1, sizeof *r->val);
    r->store = tc_xcalloc(f->ninput + f->nbank + 1, sizeof *r->store);
    for (unsigned k = 0; k < f->ninput; k++)
        store_init(r, f->input[k]);
    for (unsigned k = 0; k < f->nbank; k++)
        store_init(r, &f->bank[k]->plane);
    for (unsigned k = 0; k < f->nbank; k++)
        for (unsigned side = 0; side < 2; side++) {
            const struct tc_form *form = side ? &f->bank[k]->theta : &f->bank[k]->form;

            for (unsigned i = 0; i < form->nterm; i++)
                if (form->term[i].plane)
                    r->store[form->term[i].plane->id].last_reader = k;
        }
    for (unsigned k = 0; k < f->noutput; k++)
        r->store[f->output[k].plane->id].last_reader = f->nbank;
}

static void run_free(struct run *r)
{
    for (unsigned k = 0; k < r->f->ninput + r->f->nbank; k++)
        store_drop(r, &r->store[k]);
    free(r->store);
    free(r->val);
}

bool tc_family_run(const struct tc_family *f, const uint64_t *in, uint64_t *out, size_t words,
                   struct tc_error *err)
{
    struct run r;
    bool ok = true;

    run_init(&r, f, err);
    for (size_t w = 0; ok && w < words; w++) {
        struct transfer x = {.in = in, .out = out, .words = words, .word = w};

        for (unsigned k = 0; ok && k < f->ninput; k++) {
            x.s = &r.store[k];
            ok = store_take(&r, x.s);
            if (ok)
                each_wire(&r, f->input[k], x.s, read_wire, &x);
        }
        for (unsigned k = 0; ok && k < f->nbank; k++) {
            ok = bank_run(&r, f->bank[k]);
            for (unsigned p = 0; p < f->ninput + k; p++)
                if (r.store[p].last_reader == k)
                    store_drop(&r, &r.store[p]);
        }
        x.wire = 0;
        for (unsigned k = 0; ok && k < f->noutput; k++) {
            x.s = &r.store[f->output[k].plane->id];
            each_wire(&r, f->output[k].plane, x.s, write_wire, &x);
        }
        for (unsigned k = 0; k < f->ninput + f->nbank; k++)
            store_drop(&r, &r.store[k]);
    }
    run_free(&r);
    return ok;
}

static uint64_t plane_wires(const struct tc_family *f, const struct tc_plane *p)
{
    uint64_t wires = p->chain ? (uint64_t)p->chain->extent : 1;

    if (p->bank && p->bank->nguard) {
        struct tc_error err = {0};
        struct run r;

        run_init(&r, f, &err);
        wires = each_wire(&r, p, &r.store[p->id], NULL, NULL);
        run_free(&r);
        return wires;
    }
    for (unsigned k = 0; k < p->naxis; k++)
        if (__builtin_mul_overflow(wires, (uint64_t)p->axis[k]->extent, &wires))
            return UINT64_MAX;
    return wires;
}

uint64_t tc_family_inputs(const struct tc_family *f)
{
    uint64_t sum = 0;

    for (unsigned k = 0; k < f->ninput; k++)
        if (__builtin_add_overflow(sum, plane_wires(f, f->input[k]), &sum))
            return UINT64_MAX;
    return sum;
}

uint64_t tc_family_outputs(const struct tc_family *f)
{
    uint64_t sum = 0;

    for (unsigned k = 0; k < f->noutput; k++)
        if (__builtin_add_overflow(sum, plane_wires(f, f->output[k].plane), &sum))
            return UINT64_MAX;
    return sum;
}
