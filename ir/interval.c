/* interval.c -- what tables say of forms and thresholds, for check.c */
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

/* where the indices stand while constant terms are evaluated */
struct point {
    unsigned n;
    const struct tc_index *ix[2 * TC_MOST_INDICES + 2];
    int64_t at[2 * TC_MOST_INDICES + 2];
};

static int64_t affine_at(const struct point *p, const struct tc_affine *a)
{
    int64_t v = a->constant;

    for (unsigned k = 0; k < a->n; k++)
        for (unsigned i = 0; i < p->n; i++)
            if (p->ix[i] == a->part[k].ix)
                v += a->part[k].coef * p->at[i];
    return v;
}

static int64_t axis_at(const struct point *p, const struct tc_axis *x)
{
    int64_t arg = x->via ? affine_at(p, &x->arg) : 0;

    return affine_at(p, &x->at) + (x->via ? tc_table_get_i64(x->via, &arg) : 0);
}

static bool guards_hold(const struct point *p, unsigned n, const struct tc_guard *g)
{
    for (unsigned k = 0; k < n; k++)
        if (axis_at(p, &g[k].expr) < 0)
            return false;
    return true;
}

static bool point_next(struct point *p, unsigned from)
{
    for (unsigned k = p->n; k-- > from;) {
        if (++p->at[k] < p->ix[k]->extent)
            return true;
        p->at[k] = 0;
    }
    return false;
}

/* v += the term, a constant, at p */
static void term_at(struct point *p, const struct tc_term *t, mpz_ptr v)
{
    unsigned outer = p->n;
    mpz_t x, y;

    mpz_inits(x, y, NULL);
    for (unsigned k = 0; k < t->nsum; k++) {
        p->ix[p->n] = t->sum[k];
        p->at[p->n++] = 0;
    }
    do {
        if (!guards_hold(p, t->nguard, t->guard))
            continue;
        mpz_set(x, t->coef);
        for (unsigned k = 0; k < t->nfactor; k++) {
            int64_t arg[TC_MOST_INDICES];

            for (unsigned r = 0; r < t->factor[k].table->rank; r++)
                arg[r] = axis_at(p, &t->factor[k].at[r]);
            tc_table_get(t->factor[k].table, arg, y);
            mpz_mul(x, x, y);
        }
        mpz_add(v, v, x);
    } while (point_next(p, outer));
    p->n = outer;
    mpz_clears(x, y, NULL);
}

/* the index joins the point if the thresholds depend on it */
static bool point_add(struct point *p, const struct tc_index *ix, int64_t *points)
{
    if (ix->extent > MOST_VALUES / *points)
        return false;
    *points *= ix->extent;
    p->ix[p->n] = ix;
    p->at[p->n++] = 0;
    return true;
}

bool tc_threshold_falls(const struct tc_bank *b, int64_t *t, mpz_ptr before, mpz_ptr value)
{
    struct point p = {0};
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
        if (matters && !point_add(&p, b->plane.axis[k], &points))
            return false;
    }
    if (!point_add(&p, b->plane.chain, &points) || cost > MOST_VALUES / points)
        return false;
    do {
        if (p.at[p.n - 1] == 0)
            first = true;
        if (!guards_hold(&p, b->nguard, b->guard))
            continue;
        if (!first)
            mpz_set(before, value);
        mpz_set_ui(value, 0);
        for (unsigned k = 0; k < b->theta.nterm; k++)
            term_at(&p, &b->theta.term[k], value);
        falls = !first && mpz_cmp(value, before) < 0;
        *t = p.at[p.n - 1];
        first = false;
    } while (!falls && point_next(&p, 0));
    return falls;
}
