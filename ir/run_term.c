/* run_term.c -- the sums of a run
 *
 * A term's weights depend on few indices of the domain, mostly on none: its
 * sum is unrolled once into a pattern of (offset, weight), which a point reads
 * at its own base.
 */
#include "run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VARIANTS ((size_t)256)
#define MOST_VARIED   ((size_t)1 << 16) /* entries of all variants */
#define MOST_PATTERN  ((size_t)1 << 22) /* entries that are kept */

bool tc_run_affine(struct affine *to, const struct tc_affine *from, int64_t stride)
{
    to->constant += stride * from->constant;
    for (unsigned i = 0; i < from->n; i++) {
        unsigned k = 0;

        while (k < to->n && to->part[k].slot != from->part[i].ix->id)
            k++;
        if (k == TC_MOST_INDICES)
            return false;
        if (k == to->n)
            to->part[to->n++] = (struct part){from->part[i].ix->id, 0};
        to->part[k].coef += stride * from->part[i].coef;
    }
    return true;
}

int64_t tc_run_affine_value(const struct run *r, const struct affine *x)
{
    int64_t v = x->constant;

    for (unsigned i = 0; i < x->n; i++)
        v += x->part[i].coef * r->val[x->part[i].slot];
    return v;
}

static int64_t index_value(const struct run *r, const struct tc_affine *x)
{
    int64_t v = x->constant;

    for (unsigned i = 0; i < x->n; i++)
        v += x->part[i].coef * r->val[x->part[i].ix->id];
    return v;
}

int64_t tc_run_axis_value(const struct run *r, const struct tc_axis *x)
{
    int64_t v = index_value(r, &x->at);

    if (x->via) {
        int64_t arg = index_value(r, &x->arg);

        v += tc_table_get_i64(x->via, &arg);
    }
    return v;
}

bool tc_run_guards_hold(const struct run *r, unsigned n, const struct tc_guard *g)
{
    for (unsigned k = 0; k < n; k++)
        if (tc_run_axis_value(r, &g[k].expr) < 0)
            return false;
    return true;
}

bool tc_factor_has(const struct tc_factor *f, const struct tc_index *ix)
{
    for (unsigned k = 0; k < f->table->rank; k++)
        if (tc_axis_reads(&f->at[k], ix))
            return true;
    return false;
}

void tc_run_factor_args(const struct run *r, const struct tc_factor *f, int64_t *arg)
{
    for (unsigned k = 0; k < f->table->rank; k++)
        arg[k] = tc_run_axis_value(r, &f->at[k]);
}

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
        if (k == c->nkey) {
            c->key_extent[c->nkey] = x->part[i].ix->extent;
            c->key[c->nkey++] = x->part[i].ix->id;
        }
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
        if (tc_axis_reads(&t->at[k], ix))
            return NULL;
    for (unsigned k = 0; k < t->nguard; k++)
        if (tc_axis_reads(&t->guard[k].expr, ix))
            return NULL;
    return ix;
}

static bool axis_within(const struct tc_axis *x, int64_t extent)
{
    int64_t lo, hi;

    tc_axis_range(x, &lo, &hi);
    return lo >= 0 && hi < extent;
}

/* Is the axis' table read within its entries, whatever guards say? */
static bool via_within(const struct tc_axis *x)
{
    return !x->via || axis_within(&(struct tc_axis){.at = x->arg}, x->via->extent[0]);
}

/* where patterns serve again and are small together */
static void find_variants(struct run *r, struct term *c)
{
    size_t n = 1, size = 1;
    bool many = false;

    for (unsigned k = 0; k < c->nkey; k++)
        many = many || __builtin_mul_overflow(n, (size_t)c->key_extent[k], &n);
    for (unsigned k = 0; k < c->nloop; k++)
        many = many || __builtin_mul_overflow(size, (size_t)c->loop[k]->extent, &size);
    if (many || n < 2 || n > MOST_VARIANTS || size > MOST_VARIED / n)
        return;
    c->nvariant = n;
    c->variant = tc_alloc(r->arena, n, sizeof(struct term *));
}

static struct term *variant_of(struct run *r, struct term *c)
{
    size_t at = 0;

    for (unsigned k = 0; k < c->nkey; k++)
        at = at * (size_t)c->key_extent[k] + (size_t)r->val[c->key[k]];
    if (!c->variant[at]) {
        c->variant[at] = tc_run_term(r, c->t, c->wide);
        c->variant[at]->nvariant = 0;
    }
    return c->variant[at];
}

static bool reads(const struct tc_term *t, const struct tc_index *ix)
{
    struct tc_term open = *t;

    open.nsum = 0;
    for (unsigned k = 0; k < t->nguard; k++)
        if (tc_axis_reads(&t->guard[k].expr, ix))
            return true;
    return tc_term_reads(&open, ix);
}

/* the same with its extent for each index of the sum that nothing reads: a wire that is read
 * many times is one with a weight */
static const struct tc_term *without_idle(struct run *r, const struct tc_term *t)
{
    struct tc_term *to = NULL;
    mpz_ptr coef;

    for (unsigned k = 0; k < t->nsum; k++) {
        if (reads(t, t->sum[k]))
            continue;
        to = tc_alloc(r->arena, 1, sizeof *to);
        *to = *t;
        break;
    }
    if (!to)
        return t;
    coef = tc_mpz_copy(r->arena, t->coef);
    to->sum = tc_alloc(r->arena, t->nsum, sizeof *to->sum);
    to->nsum = 0;
    for (unsigned k = 0; k < t->nsum; k++)
        if (reads(t, t->sum[k]))
            to->sum[to->nsum++] = t->sum[k];
        else
            mpz_mul_si(coef, coef, t->sum[k]->extent);
    to->coef = coef;
    return to;
}

struct term *tc_run_term(struct run *r, const struct tc_term *t, bool wide)
{
    struct term *c = tc_alloc(r->arena, 1, sizeof *c);

    t = without_idle(r, t);
    c->t = t;
    c->wide = wide;
    c->safe = true;
    mpz_init(c->big_constant);
    if (t->plane) {
        struct store *s = c->store = &r->store[t->plane->id];

        c->base_via = tc_alloc(r->arena, s->naxis, sizeof *c->base_via);
        c->inner_via = tc_alloc(r->arena, s->naxis, sizeof *c->inner_via);
        for (unsigned k = 0; k < s->naxis; k++) {
            const struct tc_axis *x = &t->at[k];

            c->safe = c->safe && axis_within(x, s->extent[k]);
            for (unsigned i = 0; i < x->at.n; i++) {
                struct tc_affine one = {1, &x->at.part[i], 0};
                bool fits = tc_run_affine(is_sum(t, x->at.part[i].ix) ? &c->inner : &c->base, &one,
                                          s->stride[k]);
                assert(fits);
                (void)fits;
            }
            c->base.constant += s->stride[k] * x->at.constant;
            if (x->via) {
                bool inner = reads_sum(t, &x->arg);
                struct lookup *v = inner ? &c->inner_via[c->ninner++] : &c->base_via[c->nbase++];

                v->via = x->via;
                v->stride = s->stride[k];
                tc_run_affine(&v->arg, &x->arg, 1);
                if (inner)
                    add_key(c, &x->arg);
                c->safe = c->safe && via_within(x);
            }
        }
        if (s->ranked) {
            c->swept = wide ? NULL : swept_index(t, t->plane->naxis);
            if (!c->swept) {
                add_axis_key(c, &t->at[t->plane->naxis]);
                c->safe = c->safe && via_within(&t->at[t->plane->naxis]);
            }
        }
    }
    for (unsigned k = 0; k < t->nsum; k++)
        if (t->sum[k] != c->swept) {
            assert(c->nloop < TC_MOST_INDICES);
            c->loop[c->nloop++] = t->sum[k];
        }
    for (unsigned k = 0; k < t->nfactor; k++)
        for (unsigned m = 0; m < t->factor[k].table->rank; m++) {
            add_axis_key(c, &t->factor[k].at[m]);
            c->safe = c->safe && via_within(&t->factor[k].at[m]);
            if (!t->factor[k].table->fn)
                c->safe =
                    c->safe && axis_within(&t->factor[k].at[m], t->factor[k].table->extent[m]);
        }
    for (unsigned k = 0; k < t->nguard; k++) {
        add_axis_key(c, &t->guard[k].expr);
        c->safe = c->safe && via_within(&t->guard[k].expr);
    }
    find_variants(r, c);
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

void tc_run_term_free(struct term *c)
{
    for (size_t k = 0; k < c->nvariant; k++)
        if (c->variant[k])
            tc_run_term_free(c->variant[k]);
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
        if (tc_factor_has(&t->factor[k], c->swept))
            for (unsigned m = 0; m < c->nloop; m++)
                alone = alone && !tc_factor_has(&t->factor[k], c->loop[m]);
    if (alone && c->nprefix)
        return c->prefix[0];
    sum = tc_xcalloc((size_t)count + 1, sizeof *sum);
    for (int64_t s = 0; s < count; s++)
        sum[s + 1] = 1;
    for (unsigned k = 0; k < t->nfactor; k++) {
        const struct tc_factor *f = &t->factor[k];
        int64_t arg[TC_MOST_INDICES], next[TC_MOST_INDICES];
        unsigned varies = 0, axis = 0;
        int64_t step = 0;

        if (!tc_factor_has(f, c->swept))
            continue;
        r->val[c->swept->id] = 0;
        tc_run_factor_args(r, f, arg);
        r->val[c->swept->id] = count > 1;
        tc_run_factor_args(r, f, next);
        for (unsigned m = 0; m < f->table->rank; m++)
            if (tc_axis_reads(&f->at[m], c->swept)) {
                varies += f->at[m].via && tc_affine_coef(&f->at[m].arg, c->swept) ? 2 : 1;
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
            tc_run_factor_args(r, f, arg);
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

static void acc_add(const struct run *r, struct acc *a, const struct term *c, const struct entry *e,
                    mpz_srcptr big, int64_t base)
{
    const struct store *s = c->store;
    size_t at = (size_t)(base + e->offset) * r->words;
    uint64_t above[MOST_AT_ONCE];
    const uint64_t *mask = above;

    if (e->prefix) {
        tc_lanes_add_prefix(a->v, e->weight, e->prefix, s->rank + at * LANES, r->words);
        return;
    }
    if (!s->ranked)
        mask = s->bits + at;
    else
        tc_lanes_rank_above(s->rank + at * LANES, e->t, above, r->words);
    if (!c->wide) {
        tc_lanes_add_mask(a->v, e->weight, mask, r->words);
        return;
    }
    tc_acc_add(r, a, big, mask);
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
        bool zero = !tc_run_guards_hold(r, t->nguard, t->guard);

        if (!zero && c->wide)
            mpz_set(weight, t->coef);
        else if (!zero)
            e.weight = tc_mpz_get_i64(t->coef);
        for (k = 0; k < t->nfactor && !zero; k++) {
            int64_t arg[TC_MOST_INDICES];

            if (c->swept && tc_factor_has(&t->factor[k], c->swept))
                continue;
            tc_run_factor_args(r, &t->factor[k], arg);
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
            e.offset = tc_run_affine_value(r, &c->inner);
            for (k = 0; k < c->ninner; k++) {
                int64_t arg = tc_run_affine_value(r, &c->inner_via[k].arg);

                e.offset += c->inner_via[k].stride * tc_table_get_i64(c->inner_via[k].via, &arg);
            }
            if (c->swept)
                e.prefix = prefix_of(r, c);
            else if (c->store->ranked)
                e.t = tc_run_axis_value(r, &t->at[t->plane->naxis]);
            if (to) {
                acc_add(r, to, c, &e, weight, base);
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

/* the pattern at the current point */
static void term_find(struct run *r, struct term *c)
{
    if (c->have)
        for (unsigned k = 0; k < c->nkey; k++)
            c->have = c->have && c->key_value[k] == r->val[c->key[k]];
    if (c->have)
        return;
    pattern_clear(c);
    term_walk(r, c, NULL, 0);
    for (unsigned k = 0; k < c->nkey; k++)
        c->key_value[k] = r->val[c->key[k]];
    c->have = true;
}

static void constant_of(const struct term *c, mpz_ptr to)
{
    if (c->wide)
        mpz_set(to, c->big_constant);
    else
        tc_mpz_set_i64(to, c->constant);
}

void tc_run_term_constant(struct run *r, struct term *c, mpz_ptr to)
{
    if (c->nvariant)
        c = variant_of(r, c);
    term_find(r, c);
    constant_of(c, to);
}

/* adds the term's value at the current point */
void tc_run_term_add(struct run *r, struct term *c, struct acc *to)
{
    int64_t base;
    size_t size = 1;

    if (c->nvariant)
        c = variant_of(r, c);
    base = tc_run_affine_value(r, &c->base);

    for (unsigned k = 0; k < c->nbase; k++) {
        int64_t arg = tc_run_affine_value(r, &c->base_via[k].arg);

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
    term_find(r, c);
    if (c->wide && mpz_sgn(c->big_constant))
        tc_acc_add(r, to, c->big_constant, NULL);
    else if (!c->wide && c->constant)
        tc_lanes_add_constant(to->v, c->constant, r->words);
    for (size_t k = 0; k < c->n; k++)
        acc_add(r, to, c, &c->e[k], c->wide ? c->big[k] : NULL, base);
}
