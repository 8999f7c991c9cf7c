/* count_brute.c -- points one by one, in GMP
 *
 * For weights and thresholds of more than 62 bits, which are products of a few
 * entries of small tables.  Indices that neither tables nor, through guards,
 * they depend on are not walked over. */
#include "count.h"

#include <assert.h>
#include <stdlib.h>

#define POINTS_MOST  0x1p24
#define INDICES_MOST 160 /* of a bank and all its terms */

#define NOWHERE (-1)

struct walk {
    unsigned n;
    const struct tc_index *ix[INDICES_MOST];
    uint32_t nat;
    int64_t *at; /* by id: the value of an index that is walked over, or NOWHERE */
    mpz_t entry;
};

static void open_walk(struct walk *w)
{
    w->n = 0;
    w->nat = 0;
    w->at = NULL;
    mpz_init(w->entry);
}

static void close_walk(struct walk *w)
{
    free(w->at);
    mpz_clear(w->entry);
}

static bool is_walked(const struct walk *w, const struct tc_index *ix)
{
    return ix->id < w->nat && w->at[ix->id] != NOWHERE;
}

static void put_index(struct walk *w, const struct tc_index *ix)
{
    if (ix->id >= w->nat) {
        uint32_t n = 2 * ix->id + 16;

        w->at = tc_xrealloc(w->at, n, sizeof *w->at);
        for (; w->nat < n; w->nat++)
            w->at[w->nat] = NOWHERE;
    }
    w->at[ix->id] = ix->extent - 1;
    w->ix[w->n++] = ix;
}

static void add_index(struct walk *w, const struct tc_index *ix)
{
    if (!is_walked(w, ix) && w->n < INDICES_MOST)
        put_index(w, ix);
}

static void add_affine(struct walk *w, const struct tc_affine *a)
{
    for (unsigned i = 0; i < a->n; i++)
        add_index(w, a->part[i].ix);
}

static void add_axis(struct walk *w, const struct tc_axis *x)
{
    add_affine(w, &x->at);
    if (x->via)
        add_affine(w, &x->arg);
}

static bool reads_any(const struct walk *w, const struct tc_affine *a)
{
    for (unsigned i = 0; i < a->n; i++)
        if (is_walked(w, a->part[i].ix))
            return true;
    return false;
}

/* indices of guards that share one with those there already; did any come? */
static bool add_guards(struct walk *w, unsigned n, const struct tc_guard *g)
{
    unsigned before = w->n;

    for (unsigned i = 0; i < n; i++)
        if (reads_any(w, &g[i].expr.at) || (g[i].expr.via && reads_any(w, &g[i].expr.arg)))
            add_axis(w, &g[i].expr);
    return w->n > before;
}

static int64_t affine_at(const struct walk *w, const struct tc_affine *a)
{
    int64_t v = a->constant;

    for (unsigned i = 0; i < a->n; i++)
        v += a->part[i].coef * w->at[a->part[i].ix->id];
    return v;
}

static int64_t axis_at(const struct walk *w, const struct tc_axis *x)
{
    int64_t v = affine_at(w, &x->at);

    if (x->via) {
        int64_t arg = affine_at(w, &x->arg);

        v += tc_table_get_i64(x->via, &arg);
    }
    return v;
}

static bool knows(const struct walk *w, const struct tc_axis *x)
{
    bool all = true;

    for (unsigned i = 0; i < x->at.n; i++)
        all = all && is_walked(w, x->at.part[i].ix);
    for (unsigned i = 0; x->via && i < x->arg.n; i++)
        all = all && is_walked(w, x->arg.part[i].ix);
    return all;
}

/* guards on indices that are not walked over hold somewhere, and are not asked */
static bool obeys(const struct walk *w, unsigned n, const struct tc_guard *g)
{
    for (unsigned i = 0; i < n; i++)
        if (knows(w, &g[i].expr) && axis_at(w, &g[i].expr) < 0)
            return false;
    return true;
}

static void product_at(struct walk *w, const struct tc_term *t, mpz_ptr v)
{
    int64_t arg[64];

    mpz_set(v, t->coef);
    for (unsigned k = 0; k < t->nfactor && mpz_sgn(v); k++) {
        assert(t->factor[k].table->rank <= 64);
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            arg[r] = axis_at(w, &t->factor[k].at[r]);
        tc_table_get(t->factor[k].table, arg, w->entry);
        mpz_mul(v, v, w->entry);
    }
}

/* the next point of the indices from `first` on, downwards; false after the last */
static bool next(struct walk *w, unsigned first)
{
    for (unsigned i = w->n; i-- > first;) {
        if (--w->at[w->ix[i]->id] >= 0)
            return true;
        w->at[w->ix[i]->id] = w->ix[i]->extent - 1;
    }
    return false;
}

static double box(const struct walk *w, unsigned first)
{
    double points = 1;

    for (unsigned i = first; i < w->n; i++)
        points *= (double)w->ix[i]->extent;
    return points;
}

static void product_upper(const struct tc_term *t, mpz_ptr v)
{
    mpz_t most;

    mpz_init(most);
    mpz_abs(v, t->coef);
    for (unsigned k = 0; k < t->nfactor; k++) {
        tc_table_max_abs(t->factor[k].table, most);
        mpz_mul(v, v, most);
    }
    mpz_clear(most);
}

static void add_term(struct walk *w, const struct tc_term *t)
{
    for (unsigned k = 0; k < t->nfactor; k++)
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            add_axis(w, &t->factor[k].at[r]);
}

void tc_brute_weight(const struct tc_bank *b, const struct tc_term *t, mpz_ptr most)
{
    struct walk w;
    mpz_t v, upper;

    open_walk(&w);
    mpz_inits(v, upper, (mpz_ptr)NULL);
    add_term(&w, t);
    for (bool more = true; more;) {
        more = add_guards(&w, b->nguard, b->guard);
        more = add_guards(&w, t->nguard, t->guard) || more;
    }
    product_upper(t, upper);
    mpz_set_ui(most, 0);
    if (box(&w, 0) > POINTS_MOST || w.n == INDICES_MOST) {
        mpz_set(most, upper);
    } else {
        do {
            if (!obeys(&w, b->nguard, b->guard) || !obeys(&w, t->nguard, t->guard))
                continue;
            product_at(&w, t, v);
            if (mpz_cmpabs(v, most) > 0)
                mpz_abs(most, v);
        } while (mpz_cmp(most, upper) < 0 && next(&w, 0));
    }
    mpz_clears(v, upper, (mpz_ptr)NULL);
    close_walk(&w);
}

/* sum of a term over its reduction, appended to the walk for a while */
static void sum_at(struct walk *w, const struct tc_term *t, mpz_ptr sum)
{
    unsigned n = w->n;
    int64_t outer[TC_MOST_INDICES]; /* of an index of the walk that is bound here once more */
    mpz_t v;

    mpz_init(v);
    mpz_set_ui(sum, 0);
    for (unsigned i = 0; i < t->nsum; i++) {
        outer[i] = is_walked(w, t->sum[i]) ? w->at[t->sum[i]->id] : NOWHERE;
        put_index(w, t->sum[i]);
    }
    do {
        if (!obeys(w, t->nguard, t->guard))
            continue;
        product_at(w, t, v);
        mpz_add(sum, sum, v);
    } while (next(w, n));
    w->n = n;
    for (unsigned i = t->nsum; i-- > 0;)
        w->at[t->sum[i]->id] = outer[i];
    mpz_clear(v);
}

void tc_brute_constant(const struct tc_bank *b, unsigned n, const struct tc_count_term *term,
                       mpz_ptr most)
{
    struct walk w;
    double work = 0;
    mpz_t sum, v;

    open_walk(&w);
    mpz_inits(sum, v, (mpz_ptr)NULL);
    for (unsigned k = 0; k < n; k++) { /* free indices of the terms alone */
        const struct tc_term *t = term[k].term;
        struct walk all;

        open_walk(&all);
        add_term(&all, t);
        for (unsigned g = 0; g < t->nguard; g++)
            add_axis(&all, &t->guard[g].expr);
        for (unsigned i = 0; i < all.n; i++) {
            bool bound = false;

            for (unsigned r = 0; r < t->nsum; r++)
                bound = bound || t->sum[r] == all.ix[i];
            if (!bound && w.n < INDICES_MOST / 2)
                add_index(&w, all.ix[i]);
        }
        close_walk(&all);
    }
    while (add_guards(&w, b->nguard, b->guard))
        ;
    for (unsigned k = 0; k < n; k++) {
        double points = 1;

        for (unsigned r = 0; r < term[k].term->nsum; r++)
            points *= (double)term[k].term->sum[r]->extent;
        work += points * box(&w, 0);
    }
    mpz_set_ui(most, 0);
    if (work > POINTS_MOST || w.n >= INDICES_MOST / 2) {
        for (unsigned k = 0; k < n; k++) {
            product_upper(term[k].term, v);
            for (unsigned r = 0; r < term[k].term->nsum; r++)
                mpz_mul_ui(v, v, (unsigned long)term[k].term->sum[r]->extent);
            mpz_add(most, most, v);
        }
    } else {
        do {
            if (!obeys(&w, b->nguard, b->guard))
                continue;
            mpz_set_ui(sum, 0);
            for (unsigned k = 0; k < n; k++) {
                sum_at(&w, term[k].term, v);
                if (term[k].sign > 0)
                    mpz_add(sum, sum, v);
                else
                    mpz_sub(sum, sum, v);
            }
            if (mpz_cmpabs(sum, most) > 0)
                mpz_abs(most, sum);
        } while (next(&w, 0));
    }
    mpz_clears(sum, v, (mpz_ptr)NULL);
    close_walk(&w);
}
