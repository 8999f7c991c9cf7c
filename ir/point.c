/* point.c -- what point.h says */
#include "point.h"

#include <assert.h>

/* p->n if it is not there */
static unsigned find(const struct tc_point *p, const struct tc_index *ix)
{
    unsigned k = 0;

    while (k < p->n && p->ix[k] != ix)
        k++;
    return k;
}

bool tc_point_has(const struct tc_point *p, const struct tc_index *ix)
{
    return find(p, ix) < p->n;
}

void tc_point_add(struct tc_point *p, const struct tc_index *ix)
{
    if (tc_point_has(p, ix))
        return;
    assert(p->n < TC_POINT_INDICES);
    p->ix[p->n] = ix;
    p->at[p->n++] = 0;
}

void tc_point_add_axis(struct tc_point *p, const struct tc_axis *x)
{
    for (unsigned k = 0; k < x->at.n; k++)
        tc_point_add(p, x->at.part[k].ix);
    for (unsigned k = 0; x->via && k < x->arg.n; k++)
        tc_point_add(p, x->arg.part[k].ix);
}

bool tc_point_knows(const struct tc_point *p, const struct tc_axis *x)
{
    bool all = true;

    for (unsigned k = 0; k < x->at.n; k++)
        all = all && tc_point_has(p, x->at.part[k].ix);
    for (unsigned k = 0; x->via && k < x->arg.n; k++)
        all = all && tc_point_has(p, x->arg.part[k].ix);
    return all;
}

bool tc_point_box(const struct tc_point *p, size_t most, size_t *points)
{
    *points = 1;
    for (unsigned k = 0; k < p->n; k++) {
        if ((uint64_t)p->ix[k]->extent > most / *points)
            return false;
        *points *= (size_t)p->ix[k]->extent;
    }
    return true;
}

bool tc_point_next(struct tc_point *p, unsigned from, unsigned to)
{
    for (unsigned k = to; k-- > from;) {
        if (++p->at[k] < p->ix[k]->extent)
            return true;
        p->at[k] = 0;
    }
    return false;
}

static int64_t affine(const struct tc_point *p, const struct tc_affine *a)
{
    int64_t v = a->constant;

    for (unsigned k = 0; k < a->n; k++) {
        unsigned i = find(p, a->part[k].ix);

        v += i < p->n ? a->part[k].coef * p->at[i] : 0;
    }
    return v;
}

bool tc_point_axis(const struct tc_point *p, const struct tc_axis *x, int64_t *v)
{
    *v = affine(p, &x->at);
    if (x->via) {
        int64_t arg = affine(p, &x->arg);

        if (arg < 0 || arg >= x->via->extent[0])
            return false;
        *v += tc_table_get_i64(x->via, &arg);
    }
    return true;
}

bool tc_point_guards(const struct tc_point *p, unsigned n, const struct tc_guard *g)
{
    int64_t v;

    for (unsigned k = 0; k < n; k++)
        if (!tc_point_axis(p, &g[k].expr, &v) || v < 0)
            return false;
    return true;
}

void tc_point_weight(const struct tc_point *p, const struct tc_term *t, mpz_ptr w)
{
    mpz_t entry;

    mpz_init(entry);
    mpz_set(w, t->coef);
    for (unsigned k = 0; k < t->nfactor && mpz_sgn(w); k++) {
        const struct tc_table *table = t->factor[k].table;
        int64_t arg[TC_POINT_INDICES];
        bool known = true;

        for (unsigned r = 0; r < table->rank; r++)
            known = known && tc_point_axis(p, &t->factor[k].at[r], &arg[r]) &&
                    (table->fn || (arg[r] >= 0 && arg[r] < table->extent[r]));
        if (known)
            tc_table_get(table, arg, entry);
        else
            mpz_set_ui(entry, 0);
        mpz_mul(w, w, entry);
    }
    mpz_clear(entry);
}
