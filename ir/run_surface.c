/* run_surface.c -- thresholds that depend on ranks
 *
 * A term of a threshold, summed over a whole chain with weights that depend on t and the
 * chain's index alone, is a table by t and the chain's rank, made once.  A threshold is
 * then a sum of look-ups, and a bank of such is searched as one of constants is. */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ENTRIES ((size_t)1 << 22)
#define MOST_WIDE    ((size_t)1 << 18)
#define MOST_PLACES  64

static bool factor_is_plain(const struct tc_factor *f, const struct tc_index *t,
                            const struct tc_index *swept)
{
    for (unsigned m = 0; m < f->table->rank; m++) {
        const struct tc_axis *x = &f->at[m];

        if (x->via || f->table->fn)
            return false;
        for (unsigned p = 0; p < x->at.n; p++)
            if (x->at.part[p].ix != t && x->at.part[p].ix != swept)
                return false;
    }
    return true;
}

/* the chain's index, where the term is as above: else NULL */
static const struct tc_index *swept_by(const struct run *r, const struct tc_term *term,
                                       const struct tc_index *t)
{
    const struct tc_index *swept = NULL;
    const struct tc_axis *last;

    if (!term->plane || term->nguard || !r->store[term->plane->id].ranked)
        return NULL;
    last = &term->at[term->plane->naxis];
    if (last->via || last->at.n != 1 || last->at.constant || last->at.part[0].coef != 1)
        return NULL;
    for (unsigned k = 0; k < term->nsum; k++)
        if (term->sum[k] == last->at.part[0].ix &&
            term->sum[k]->extent == term->plane->chain->extent)
            swept = term->sum[k];
    for (unsigned k = 0; swept && k < term->plane->naxis; k++) {
        const struct tc_axis *x = &term->at[k];

        if (x->via)
            return NULL;
        for (unsigned p = 0; p < x->at.n; p++) {
            bool bound = false;

            for (unsigned s = 0; s < term->nsum; s++)
                bound = bound || (term->sum[s] == x->at.part[p].ix && term->sum[s] != swept);
            if (!bound)
                return NULL;
        }
    }
    for (unsigned k = 0; swept && k < term->nfactor; k++)
        if (!factor_is_plain(&term->factor[k], t, swept))
            return NULL;
    return swept;
}

/* the offsets of the points that are summed over; 0 if there are too many */
static size_t places(struct run *r, const struct tc_term *term, const struct tc_index *swept,
                     size_t *place)
{
    const struct store *s = &r->store[term->plane->id];
    size_t n = 0;
    unsigned k;

    for (k = 0; k < term->nsum; k++)
        r->val[term->sum[k]->id] = 0;
    for (;;) {
        int64_t at = 0;

        if (n == MOST_PLACES)
            return 0;
        for (k = 0; k < s->naxis; k++)
            at += s->stride[k] * tc_run_axis_value(r, &term->at[k]);
        place[n++] = (size_t)at;
        for (k = term->nsum; k-- > 0;) {
            if (term->sum[k] == swept)
                continue;
            if (++r->val[term->sum[k]->id] < term->sum[k]->extent)
                break;
            r->val[term->sum[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            return n;
    }
}

static void fill(struct run *r, const struct tc_term *term, const struct tc_index *t,
                 const struct tc_index *swept, struct surface *x)
{
    mpz_t weight, factor, sum;

    mpz_inits(weight, factor, sum, NULL);
    for (size_t row = 0; row < x->rows; row++) {
        mpz_set_ui(sum, 0);
        for (size_t k = 0;; k++) {
            if (x->wide)
                mpz_init_set(x->wide[row * x->ranks + k], sum);
            else
                x->narrow[row * x->ranks + k] = tc_mpz_get_i64(sum);
            if (k + 1 == x->ranks)
                break;
            r->val[t->id] = (int64_t)row;
            r->val[swept->id] = (int64_t)k;
            mpz_set(weight, term->coef);
            for (unsigned i = 0; i < term->nfactor; i++) {
                int64_t arg[TC_MOST_INDICES];

                tc_run_factor_args(r, &term->factor[i], arg);
                tc_table_get(term->factor[i].table, arg, factor);
                mpz_mul(weight, weight, factor);
            }
            mpz_add(sum, sum, weight);
        }
    }
    mpz_clears(weight, factor, sum, NULL);
}

bool tc_run_surface(struct run *r, const struct tc_term *term, const struct tc_index *t, bool wide,
                    struct surface *x)
{
    const struct tc_index *swept = t ? swept_by(r, term, t) : NULL;
    size_t place[MOST_PLACES], size;

    if (!swept)
        return false;
    memset(x, 0, sizeof *x);
    x->store = &r->store[term->plane->id];
    x->rows = (size_t)t->extent;
    x->ranks = (size_t)swept->extent + 1;
    x->nplace = places(r, term, swept, place);
    if (!x->nplace || __builtin_mul_overflow(x->rows, x->ranks, &size) ||
        size > (wide ? MOST_WIDE : MOST_ENTRIES))
        return false;
    x->place = tc_alloc(r->arena, x->nplace, sizeof *x->place);
    memcpy(x->place, place, x->nplace * sizeof *place);
    if (wide)
        x->wide = tc_xcalloc(size, sizeof *x->wide);
    else
        x->narrow = tc_xcalloc(size, sizeof *x->narrow);
    fill(r, term, t, swept, x);
    return true;
}

void tc_run_surface_free(struct surface *x)
{
    for (size_t k = 0; x->wide && k < x->rows * x->ranks; k++)
        mpz_clear(x->wide[k]);
    free(x->wide);
    free(x->narrow);
}

int64_t tc_run_surface_at(const struct run *r, const struct surface *x, int64_t t, size_t lane)
{
    const int64_t *row = x->narrow + (size_t)t * x->ranks;
    int64_t sum = 0;

    for (size_t k = 0; k < x->nplace; k++)
        sum += row[x->store->rank[x->place[k] * r->words * LANES + lane]];
    return sum;
}

void tc_run_surface_add(const struct run *r, const struct surface *x, int64_t t, size_t lane,
                        mpz_ptr to)
{
    mpz_t *row = x->wide + (size_t)t * x->ranks;

    for (size_t k = 0; k < x->nplace; k++)
        mpz_add(to, to, row[x->store->rank[x->place[k] * r->words * LANES + lane]]);
}
