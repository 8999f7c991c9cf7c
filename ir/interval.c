/* interval.c -- what tables say of forms and thresholds, for check.c */
#include "point.h"
#include "text.h"

#include <assert.h>

#define MOST_VALUES ((int64_t)1 << 20) /* thresholds compared, a bank */

/* ----------------------------------------------------------------- ranges */

static void table_range(const struct tc_table *t, mpz_ptr lo, mpz_ptr hi)
{
    size_t n = tc_table_size(t), least = 0, most = 0;

    for (size_t i = 1; i < n; i++) {
        if (t->big ? mpz_cmp(t->big[i], t->big[least]) < 0 : t->small[i] < t->small[least])
            least = i;
        if (t->big ? mpz_cmp(t->big[i], t->big[most]) > 0 : t->small[i] > t->small[most])
            most = i;
    }
    if (t->big) {
        mpz_set(lo, t->big[least]);
        mpz_set(hi, t->big[most]);
    } else {
        tc_mpz_set_i64(lo, t->small[least]);
        tc_mpz_set_i64(hi, t->small[most]);
    }
}

void tc_form_interval(const struct tc_form *f, bool exact, mpz_ptr lo, mpz_ptr hi)
{
    mpz_t l, h, m;

    mpz_inits(l, h, m, NULL);
    mpz_set_ui(lo, 0);
    mpz_set_ui(hi, 0);
    for (unsigned k = 0; k < f->nterm; k++) {
        const struct tc_term *t = &f->term[k];

        mpz_set_ui(l, !t->plane);
        mpz_set_ui(h, 1);
        if (exact && !t->plane && t->nfactor == 1 && !t->factor[0].table->fn) {
            table_range(t->factor[0].table, l, h);
        } else {
            for (unsigned i = 0; i < t->nfactor; i++) {
                tc_table_max_abs(t->factor[i].table, m);
                mpz_mul(h, h, m);
                mpz_neg(l, h);
            }
        }
        mpz_mul(l, l, t->coef);
        mpz_mul(h, h, t->coef);
        for (unsigned i = 0; i < t->nsum; i++) {
            mpz_mul_si(l, l, t->sum[i]->extent);
            mpz_mul_si(h, h, t->sum[i]->extent);
        }
        if (mpz_cmp(l, h) > 0)
            mpz_swap(l, h);
        if (t->nguard && mpz_sgn(l) > 0)
            mpz_set_ui(l, 0);
        if (t->nguard && mpz_sgn(h) < 0)
            mpz_set_ui(h, 0);
        mpz_add(lo, lo, l);
        mpz_add(hi, hi, h);
    }
    mpz_clears(l, h, m, NULL);
}

/* ------------------------------------------------------------- thresholds */

/* v += the term, a constant, at p */
static void term_at(struct tc_point *p, const struct tc_term *t, mpz_ptr v)
{
    unsigned outer = p->n;
    mpz_t w;

    mpz_init(w);
    for (unsigned k = 0; k < t->nsum; k++)
        tc_point_add(p, t->sum[k]);
    do {
        if (!tc_point_guards(p, t->nguard, t->guard))
            continue;
        tc_point_weight(p, t, w);
        mpz_add(v, v, w);
    } while (tc_point_next(p, outer, p->n));
    p->n = outer;
    mpz_clear(w);
}

/* the index joins the point if the thresholds depend on it */
static bool join(struct tc_point *p, const struct tc_index *ix, int64_t *points)
{
    if (ix->extent > MOST_VALUES / *points)
        return false;
    *points *= ix->extent;
    tc_point_add(p, ix);
    return true;
}

bool tc_threshold_falls(const struct tc_bank *b, int64_t *t, mpz_ptr before, mpz_ptr value)
{
    struct tc_point p = {0};
    int64_t points = 1, cost = 1;
    bool falls = false, first = true;

    for (unsigned k = 0; k < b->theta.nterm; k++) {
        const struct tc_term *x = &b->theta.term[k];
        int64_t sum = 1;

        if (x->plane)
            return false;
        for (unsigned i = 0; i < x->nsum; i++)
            if (__builtin_mul_overflow(sum, x->sum[i]->extent, &sum) || sum > MOST_VALUES)
                return false;
        cost += sum;
    }
    for (unsigned k = 0; k < b->plane.naxis; k++) {
        bool matters = false;

        for (unsigned i = 0; i < b->theta.nterm; i++)
            matters = matters || tc_term_reads(&b->theta.term[i], b->plane.axis[k]);
        for (unsigned i = 0; i < b->nguard; i++)
            matters = matters || tc_axis_reads(&b->guard[i].expr, b->plane.axis[k]);
        if (matters && !join(&p, b->plane.axis[k], &points))
            return false;
    }
    if (!join(&p, b->plane.chain, &points) || cost > MOST_VALUES / points)
        return false;
    do {
        if (p.at[p.n - 1] == 0)
            first = true;
        if (!tc_point_guards(&p, b->nguard, b->guard))
            continue;
        if (!first)
            mpz_set(before, value);
        mpz_set_ui(value, 0);
        for (unsigned k = 0; k < b->theta.nterm; k++)
            term_at(&p, &b->theta.term[k], value);
        falls = !first && mpz_cmp(value, before) < 0;
        *t = p.at[p.n - 1];
        first = false;
    } while (!falls && tc_point_next(&p, 0, p.n));
    return falls;
}
