/* split_weigh.c -- all weights of a bank's gates, and how often each occurs */
#include "../ir/point.h"
#include "split.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WEIGHTS ((size_t)1 << 22) /* of a term */
#define MOST_POINTS  ((size_t)1 << 26) /* tried, with guards, a term */
#define MOST_PLACES  ((size_t)1 << 20)

/* of the point among all of those indices */
static size_t number(const struct tc_point *p, unsigned n, const struct tc_index *const *ix)
{
    size_t at = 0;

    for (unsigned k = 0; k < n; k++)
        for (unsigned i = 0; i < p->n; i++)
            if (p->ix[i] == ix[k])
                at = at * (size_t)ix[k]->extent + (size_t)p->at[i];
    return at;
}

static bool too_large(const struct tc_bank *b, const char *what, struct tc_error *err)
{
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                   "--max-weight: the weights of %.60s depend on too many indices to be split: %s",
                   b->plane.name, what);
}

/* ------------------------------------------------------------------ weights */

/* what a term depends on: its weight; all, with guards */
static void dependence(const struct tc_bank *b, const struct tc_term *t, struct tc_point *vary,
                       struct tc_point *all)
{
    vary->n = 0;
    for (unsigned k = 0; k < t->nfactor; k++)
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            tc_point_add_axis(vary, &t->factor[k].at[r]);
    *all = *vary;
    for (unsigned k = 0; k < t->nguard; k++)
        tc_point_add_axis(all, &t->guard[k].expr);
    /* tables may be read only where the bank's guards hold, too */
    for (unsigned k = 0; k < b->nguard; k++)
        tc_point_add_axis(all, &b->guard[k].expr);
}

static bool bound(const struct tc_term *t, const struct tc_index *ix)
{
    for (unsigned k = 0; k < t->nsum; k++)
        if (t->sum[k] == ix)
            return true;
    return false;
}

/* points of the sum for each that the guards and the weight tell apart */
static bool times(const struct tc_term *t, const struct tc_point *all, int64_t *n)
{
    *n = 1;
    for (unsigned k = 0; k < t->nsum; k++)
        if (!tc_point_has(all, t->sum[k]) && __builtin_mul_overflow(*n, t->sum[k]->extent, n))
            return false;
    return true;
}

/* Rows are places, columns the sum's indices of the weight. */
static bool weigh(struct tc_arena *a, const struct split_bank *b, struct split_term *s,
                  struct tc_error *err)
{
    const struct tc_term *t = s->term;
    struct tc_point vary, all, row = {0}, col = {0};
    size_t points;
    int64_t each;

    dependence(b->bank, t, &vary, &all);
    s->nvary = vary.n;
    s->vary = tc_alloc(a, vary.n + 1, sizeof *s->vary);
    memcpy(s->vary, vary.ix, vary.n * sizeof *s->vary);
    s->place = tc_alloc(a, b->nindex + 1, sizeof *s->place);
    for (unsigned k = 0; k < b->nindex; k++)
        if (tc_point_has(&all, b->index[k])) {
            s->place[s->nplace++] = k;
            tc_point_add(&row, b->index[k]);
        }
    for (unsigned k = 0; k < vary.n; k++)
        if (bound(t, vary.ix[k]))
            tc_point_add(&col, vary.ix[k]);
    if (!tc_point_box(&vary, MOST_WEIGHTS, &s->size))
        return too_large(b->bank, "more than 2^22 weights in a term", err);
    if (!tc_point_box(&all, MOST_POINTS, &points) || !tc_point_box(&row, MOST_WEIGHTS, &s->nrow) ||
        !tc_point_box(&col, MOST_WEIGHTS / s->nrow, &s->ncol) || !times(t, &all, &each))
        return too_large(b->bank, "more than 2^26 points of a guarded sum", err);
    s->weight = tc_alloc(a, s->size, sizeof *s->weight);
    s->which = tc_alloc(a, s->nrow * s->ncol, sizeof *s->which);
    s->count = tc_alloc(a, s->nrow * s->ncol, sizeof *s->count);
    do {
        size_t w, at;

        if (!tc_point_guards(&all, b->bank->nguard, b->bank->guard) ||
            !tc_point_guards(&all, t->nguard, t->guard))
            continue;
        w = number(&all, s->nvary, s->vary);
        at = number(&all, row.n, row.ix) * s->ncol + number(&all, col.n, col.ix);
        if (!s->weight[w]) {
            tc_point_weight(&all, t, s->weight[w] = tc_mpz(a));
            if (s->theta)
                mpz_neg(s->weight[w], s->weight[w]);
        }
        s->which[at] = w;
        s->count[at] += each;
    } while (tc_point_next(&all, 0, all.n));
    for (size_t w = 0; w < s->size; w++)
        if (!s->weight[w])
            s->weight[w] = tc_mpz(a);
    return true;
}

size_t tc_split_row(const struct split_bank *b, const struct split_term *s, size_t place)
{
    size_t at[TC_POINT_INDICES], row = 0;

    for (unsigned k = b->nindex; k-- > 0;) {
        at[k] = place % (size_t)b->index[k]->extent;
        place /= (size_t)b->index[k]->extent;
    }
    for (unsigned k = 0; k < s->nplace; k++)
        row = row * (size_t)b->index[s->place[k]]->extent + at[s->place[k]];
    return row;
}

/* ------------------------------------------------------------------- places */

static int by_id(const void *x, const void *y)
{
    const struct tc_index *a = *(const struct tc_index *const *)x;
    const struct tc_index *b = *(const struct tc_index *const *)y;

    return (a->id > b->id) - (a->id < b->id);
}

/* free indices that weights, guards or constants depend on; the chain last */
static void place_indices(struct tc_arena *a, struct split_bank *b)
{
    const struct tc_index *chain = b->bank->plane.chain;
    struct tc_point place = {0}, vary, all;

    for (unsigned which = 0; which < 2; which++) {
        const struct tc_form *f = which ? &b->bank->theta : &b->bank->form;

        for (unsigned k = 0; k < f->nterm; k++) {
            dependence(b->bank, &f->term[k], &vary, &all);
            for (unsigned i = 0; i < all.n; i++)
                if (!bound(&f->term[k], all.ix[i]) && all.ix[i] != chain)
                    tc_point_add(&place, all.ix[i]);
            for (unsigned i = 0; i < vary.n; i++)
                b->moving = b->moving || (f->term[k].plane && vary.ix[i] == chain);
            for (unsigned i = 0; i < f->term[k].nguard; i++)
                b->moving = b->moving || (chain && f->term[k].plane &&
                                          tc_axis_reads(&f->term[k].guard[i].expr, chain));
            for (unsigned i = 0; chain && i < tc_plane_axes(f->term[k].plane); i++)
                b->moving = b->moving || tc_axis_reads(&f->term[k].at[i], chain);
        }
    }
    for (unsigned k = 0; k < b->bank->nguard; k++) {
        struct tc_point of = {0};

        tc_point_add_axis(&of, &b->bank->guard[k].expr);
        for (unsigned i = 0; i < of.n; i++)
            if (of.ix[i] != chain)
                tc_point_add(&place, of.ix[i]);
    }
    qsort(place.ix, place.n, sizeof *place.ix, by_id);
    if (chain)
        tc_point_add(&place, chain);
    b->nindex = place.n;
    b->index = tc_alloc(a, place.n + 1, sizeof *b->index);
    memcpy(b->index, place.ix, place.n * sizeof *b->index);
}

/* constants and the largest weights, place by place */
static void gather(struct split_bank *b, const struct split_term *s)
{
    for (size_t k = 0; k < b->nplace; k++) {
        size_t row = tc_split_row(b, s, k);

        for (size_t i = row * s->ncol; b->valid[k] && i < (row + 1) * s->ncol; i++) {
            mpz_srcptr w = s->weight[s->which[i]];

            if (!s->count[i])
                continue;
            if (!s->term->plane) {
                mpz_t v;

                mpz_init(v);
                mpz_mul_si(v, w, s->count[i]);
                mpz_add(b->constant[k], b->constant[k], v);
                mpz_clear(v);
            } else {
                mpz_gcd(b->gcd, b->gcd, w);
                if (mpz_cmpabs(w, b->most[k]) > 0)
                    mpz_abs(b->most[k], w);
            }
        }
    }
}

/* [g V + c >= 0] is [V + floor(c / g) >= 0] */
static void divide(struct split_bank *b)
{
    if (mpz_cmp_ui(b->gcd, 1) <= 0)
        return;
    for (size_t k = 0; k < b->nplace; k++) {
        mpz_fdiv_q(b->constant[k], b->constant[k], b->gcd);
        mpz_divexact(b->most[k], b->most[k], b->gcd);
    }
    for (unsigned k = 0; k < b->nterm; k++)
        for (size_t w = 0; w < b->term[k].size; w++)
            mpz_divexact(b->term[k].weight[w], b->term[k].weight[w], b->gcd);
}

static bool places(struct tc_arena *a, struct split_bank *b, struct tc_error *err)
{
    struct tc_point all = {0};

    for (unsigned k = 0; k < b->nindex; k++)
        tc_point_add(&all, b->index[k]);
    if (!tc_point_box(&all, MOST_PLACES, &b->nplace))
        return too_large(b->bank, "more than 2^20 places with weights of their own", err);
    b->valid = tc_alloc(a, b->nplace, sizeof *b->valid);
    b->constant = tc_alloc(a, b->nplace, sizeof *b->constant);
    b->most = tc_alloc(a, b->nplace, sizeof *b->most);
    for (size_t k = 0; k < b->nplace; k++) {
        b->valid[k] = tc_point_guards(&all, b->bank->nguard, b->bank->guard);
        b->constant[k] = tc_mpz(a);
        b->most[k] = tc_mpz(a);
        tc_point_next(&all, 0, all.n);
    }
    return true;
}

bool tc_split_weigh(struct tc_arena *a, const struct tc_bank *bank, struct split_bank *b,
                    struct tc_error *err)
{
    bool ok;

    *b = (struct split_bank){.arena = a, .bank = bank, .max = tc_mpz(a), .gcd = tc_mpz(a)};
    b->term = tc_alloc(a, bank->form.nterm + bank->theta.nterm + (size_t)1, sizeof *b->term);
    place_indices(a, b);
    ok = places(a, b, err);
    for (unsigned which = 0; which < 2 && ok; which++) {
        const struct tc_form *f = which ? &bank->theta : &bank->form;

        for (unsigned k = 0; k < f->nterm && ok; k++) {
            struct split_term s = {.term = &f->term[k], .theta = which};

            ok = weigh(a, b, &s, err);
            if (!ok)
                break;
            gather(b, &s);
            if (s.term->plane)
                b->term[b->nterm++] = s;
        }
    }
    for (size_t k = 0; k < b->nplace && ok; k++)
        if (mpz_cmp(b->most[k], b->max) > 0)
            mpz_set(b->max, b->most[k]);
    if (ok)
        divide(b);
    return ok;
}
