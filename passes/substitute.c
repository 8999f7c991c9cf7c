/* substitute.c -- indices of a term replaced by expressions, all at once
 *
 * An axis is an affine expression plus at most one table of another.  These are
 * closed under substitution where at most one table is left: tables of equal
 * arguments are added, a table of a table is one table, and a table at a constant
 * is a number.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

static bool scaled(struct tc_family *f, int64_t coef, const struct tc_table **t)
{
    size_t size = tc_table_size(*t);
    int64_t *entry;
    bool ok = true;

    if (coef == 1)
        return true;
    entry = tc_xcalloc(size, sizeof *entry);
    for (size_t k = 0; k < size; k++)
        ok = ok && !__builtin_mul_overflow(coef, (*t)->small[k], &entry[k]);
    if (ok)
        *t = tc_table_dense(f, "via", 1, (*t)->extent, entry);
    free(entry);
    return ok;
}

static bool added(struct tc_family *f, const struct tc_table **x, const struct tc_table *y)
{
    int64_t extent = (*x)->extent[0] < y->extent[0] ? (*x)->extent[0] : y->extent[0];
    int64_t *entry = tc_xcalloc((size_t)extent, sizeof *entry);
    bool ok = true;

    for (int64_t k = 0; k < extent; k++)
        ok = ok && !__builtin_add_overflow((*x)->small[k], y->small[k], &entry[k]);
    if (ok)
        *x = tc_table_dense(f, "via", 1, &extent, entry);
    free(entry);
    return ok;
}

static bool affine_same(const struct tc_affine *x, const struct tc_affine *y)
{
    const struct tc_axis a = {.at = *x}, b = {.at = *y};

    return tc_axis_equal(&a, &b);
}

/* acc += coef * x */
static bool axis_add(struct tc_family *f, struct tc_axis *acc, int64_t coef,
                     const struct tc_axis *x)
{
    const struct tc_table *via = x->via;
    int64_t part;

    if (__builtin_mul_overflow(coef, x->at.constant, &part) ||
        __builtin_add_overflow(acc->at.constant, part, &acc->at.constant))
        return false;
    for (unsigned k = 0; k < x->at.n; k++) {
        if (__builtin_mul_overflow(coef, x->at.part[k].coef, &part))
            return false;
        *acc = tc_axis_plus(f->arena, *acc, part, x->at.part[k].ix);
    }
    if (!via)
        return true;
    if (!scaled(f, coef, &via))
        return false;
    if (!acc->via) {
        acc->via = via;
        acc->arg = x->arg;
        return true;
    }
    return affine_same(&acc->arg, &x->arg) && added(f, &acc->via, via);
}

static bool affine_map(struct tc_family *f, const struct tc_affine *x, const struct tc_rw_map *m,
                       struct tc_axis *out)
{
    *out = tc_axis_const(x->constant);
    for (unsigned k = 0; k < x->n; k++) {
        unsigned i = 0;

        while (i < m->n && m->from[i] != x->part[k].ix)
            i++;
        if (i == m->n)
            *out = tc_axis_plus(f->arena, *out, x->part[k].coef, x->part[k].ix);
        else if (!axis_add(f, out, x->part[k].coef, &m->to[i]))
            return false;
    }
    return true;
}

/* the entries of a table where another one's are, plus a constant; 0 outside */
static const struct tc_table *table_of_table(struct tc_family *f, const struct tc_table *outer,
                                             const struct tc_table *inner, int64_t plus)
{
    size_t size = tc_table_size(inner);
    int64_t *entry = tc_xcalloc(size, sizeof *entry);
    const struct tc_table *t;

    for (size_t k = 0; k < size; k++) {
        int64_t at = inner->small[k] + plus;

        if (at >= 0 && at < outer->extent[0])
            entry[k] = outer->small[at];
    }
    t = tc_table_dense(f, "via", 1, inner->extent, entry);
    free(entry);
    return t;
}

bool tc_rw_axis(struct tc_family *f, const struct tc_axis *x, const struct tc_rw_map *m,
                struct tc_axis *out)
{
    struct tc_axis arg, looked_up = {.via = x->via};

    if (!affine_map(f, &x->at, m, out))
        return false;
    if (!x->via)
        return true;
    if (!affine_map(f, &x->arg, m, &arg))
        return false;
    looked_up.arg = arg.at;
    if (arg.via) {
        if (arg.at.n)
            return false;
        looked_up.via = table_of_table(f, x->via, arg.via, arg.at.constant);
        looked_up.arg = arg.arg;
    }
    if (looked_up.arg.n == 0) {
        int64_t at = looked_up.arg.constant;

        if (at < 0 || at >= looked_up.via->extent[0])
            return false;
        looked_up = tc_axis_const(looked_up.via->small[at]);
    }
    return axis_add(f, out, 1, &looked_up);
}

static bool map_axes(struct tc_family *f, const struct tc_axis *x, unsigned n,
                     const struct tc_rw_map *m, struct tc_axis **out)
{
    *out = tc_alloc(f->arena, n + 1, sizeof **out);
    for (unsigned k = 0; k < n; k++)
        if (!tc_rw_axis(f, &x[k], m, &(*out)[k]))
            return false;
    return true;
}

static bool map_guards(struct tc_family *f, const struct tc_guard *g, unsigned n,
                       const struct tc_rw_map *m, struct tc_guard *out)
{
    for (unsigned k = 0; k < n; k++)
        if (!tc_rw_axis(f, &g[k].expr, m, &out[k].expr))
            return false;
    return true;
}

static bool map_factors(struct tc_family *f, const struct tc_factor *x, unsigned n,
                        const struct tc_rw_map *m, struct tc_factor *out)
{
    for (unsigned k = 0; k < n; k++) {
        out[k].table = x[k].table;
        if (!map_axes(f, x[k].at, x[k].table->rank, m, &out[k].at))
            return false;
    }
    return true;
}

bool tc_rw_term(struct tc_family *f, const struct tc_term *t, const struct tc_rw_map *m,
                struct tc_term *out)
{
    struct tc_term to = *t;

    to.factor = tc_alloc(f->arena, t->nfactor + 1, sizeof *to.factor);
    to.guard = tc_alloc(f->arena, t->nguard + 1, sizeof *to.guard);
    if (!map_axes(f, t->at, tc_plane_axes(t->plane), m, &to.at) ||
        !map_factors(f, t->factor, t->nfactor, m, to.factor) ||
        !map_guards(f, t->guard, t->nguard, m, to.guard))
        return false;
    *out = to;
    return true;
}

/* one term g of the form that stands for t's plane */
static bool inline_one(struct tc_family *f, const struct tc_term *t, const struct tc_term *g,
                       const struct tc_rw_map *axes, struct tc_term *out)
{
    unsigned nguard = t->plane->bank ? t->plane->bank->nguard : 0;
    struct tc_rw_map m = *axes;
    struct tc_term inner;
    mpz_ptr coef = tc_mpz(f->arena);

    if (t->nsum + g->nsum > TC_RW_INDICES || t->nguard + nguard + g->nguard > TC_RW_GUARDS)
        return false;
    *out = *t;
    out->sum = tc_alloc(f->arena, t->nsum + g->nsum + 1, sizeof *out->sum);
    if (t->nsum)
        memcpy(out->sum, t->sum, t->nsum * sizeof *t->sum);
    for (unsigned k = 0; k < g->nsum; k++) {
        const struct tc_index *ix =
            tc_index_new(f, g->sum[k]->name, g->sum[k]->extent, g->sum[k]->size);

        out->sum[out->nsum++] = ix;
        m.from[m.n] = g->sum[k];
        m.to[m.n++] = tc_axis_of(f->arena, ix);
    }
    out->guard = tc_alloc(f->arena, t->nguard + nguard + g->nguard + 1, sizeof *out->guard);
    if (t->nguard)
        memcpy(out->guard, t->guard, t->nguard * sizeof *t->guard);
    if (!tc_rw_term(f, g, &m, &inner) ||
        (nguard && !map_guards(f, t->plane->bank->guard, nguard, axes, out->guard + t->nguard)))
        return false;
    out->nguard += nguard;
    if (g->nguard)
        memcpy(out->guard + out->nguard, inner.guard, g->nguard * sizeof *inner.guard);
    out->nguard += g->nguard;
    out->factor = tc_alloc(f->arena, t->nfactor + g->nfactor + 1, sizeof *out->factor);
    if (t->nfactor)
        memcpy(out->factor, t->factor, t->nfactor * sizeof *t->factor);
    if (g->nfactor)
        memcpy(out->factor + t->nfactor, inner.factor, g->nfactor * sizeof *g->factor);
    out->nfactor += g->nfactor;
    out->plane = g->plane;
    out->at = inner.at;
    mpz_mul(coef, t->coef, g->coef);
    out->coef = coef;
    return true;
}

bool tc_rw_inline(struct tc_family *f, const struct tc_term *t, const struct tc_form *form,
                  struct tc_form *out)
{
    const struct tc_plane *p = t->plane;
    struct tc_rw_map m = {.n = tc_plane_axes(p)};

    for (unsigned k = 0; k < m.n; k++) {
        m.from[k] = k < p->naxis ? p->axis[k] : p->chain;
        m.to[k] = t->at[k];
    }
    out->nterm = form->nterm;
    out->term = tc_alloc(f->arena, form->nterm + 1, sizeof *out->term);
    for (unsigned k = 0; k < form->nterm; k++)
        if (!inline_one(f, t, &form->term[k], &m, &out->term[k]))
            return false;
    return true;
}
