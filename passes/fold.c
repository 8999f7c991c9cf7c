/* fold.c -- forms in canonical form
 *
 * requires nothing; outputs kept; depth, gates and wires fewer or equal; weights
 * may grow (of wires that were read more than once)
 *
 *   sums      an index that only dense tables read is summed out of them; one of
 *             which a table leaves one value is that value; one that nothing reads
 *             is a factor
 *   tables    of equal arguments are one; constant ones, and gcds of those that are
 *             made here, go into the coefficient; entries are 0 where a guard bars an index
 *   guards    those that always hold, or follow from another one, go; a term goes
 *             with one that never holds
 *   terms     of one plane at the same place are one; so are those at places that
 *             an index moves by a constant, where all but tables agrees
 *   constants of equal arguments are one
 *
 * A bank whose form depends on fewer indices than before has fewer gates.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- what is read */

bool tc_factor_reads(const struct tc_factor *x, const struct tc_index *ix)
{
    for (unsigned r = 0; r < x->table->rank; r++)
        if (tc_axis_reads(&x->at[r], ix))
            return true;
    return false;
}

/* whether more than dense tables read it */
static bool held(const struct tc_term *t, const struct tc_index *ix)
{
    for (unsigned k = 0; k < tc_plane_axes(t->plane); k++)
        if (tc_axis_reads(&t->at[k], ix))
            return true;
    for (unsigned k = 0; k < t->nguard; k++)
        if (tc_axis_reads(&t->guard[k].expr, ix))
            return true;
    for (unsigned k = 0; k < t->nfactor; k++)
        if (t->factor[k].table->fn && tc_factor_reads(&t->factor[k], ix))
            return true;
    return false;
}

static bool bound(const struct tc_term *t, const struct tc_index *ix)
{
    for (unsigned k = 0; k < t->nsum; k++)
        if (t->sum[k] == ix)
            return true;
    return false;
}

static bool is_lone(const struct tc_axis *x, const struct tc_index *ix)
{
    return !x->via && x->at.n == 1 && x->at.constant == 0 && x->at.part[0].coef == 1 &&
           (!ix || x->at.part[0].ix == ix);
}

/* ---------------------------------------------------------------- guards */

/* a - b, if it is a constant */
static bool affine_gap(const struct tc_affine *a, const struct tc_affine *b, int64_t *gap)
{
    if (a->n != b->n || __builtin_sub_overflow(a->constant, b->constant, gap))
        return false;
    for (unsigned k = 0; k < a->n; k++)
        if (tc_affine_coef(b, a->part[k].ix) != a->part[k].coef)
            return false;
    return true;
}

/* whether g holds wherever `from` does */
static bool follows(const struct tc_guard *g, const struct tc_guard *from)
{
    int64_t gap, arg;

    if (g->expr.via != from->expr.via)
        return false;
    if (g->expr.via && (!affine_gap(&g->expr.arg, &from->expr.arg, &arg) || arg != 0))
        return false;
    return affine_gap(&g->expr.at, &from->expr.at, &gap) && gap >= 0;
}

/* False: one never holds.  A guard may follow from one before it that is kept. */
static bool fold_guards(struct tc_family *f, const struct tc_bank *b, struct tc_term *t)
{
    struct tc_guard *g = tc_alloc(f->arena, t->nguard + 1, sizeof *g);
    unsigned n = 0;

    for (unsigned k = 0; k < t->nguard; k++) {
        bool known = false;
        int64_t lo, hi;

        tc_axis_range(&t->guard[k].expr, &lo, &hi);
        if (hi < 0)
            return false;
        for (unsigned i = 0; i < b->nguard; i++)
            known = known || follows(&t->guard[k], &b->guard[i]);
        for (unsigned i = 0; i < n; i++)
            known = known || follows(&t->guard[k], &g[i]);
        if (lo < 0 && !known)
            g[n++] = t->guard[k];
    }
    t->guard = g;
    t->nguard = n;
    return true;
}

/* ----------------------------------------------------------------- one term */

static void drop_sum(struct tc_family *f, struct tc_term *t, unsigned k)
{
    const struct tc_index **sum = tc_alloc(f->arena, t->nsum, sizeof *sum);

    memcpy(sum, t->sum, k * sizeof *sum);
    memcpy(sum + k, t->sum + k + 1, (t->nsum - k - 1) * sizeof *sum);
    t->sum = sum;
    t->nsum--;
}

/* index k of the sum stands at a number */
static bool pin(struct tc_family *f, struct tc_term *t, unsigned k, int64_t value)
{
    struct tc_rw_map m = {.n = 1, .from = {t->sum[k]}, .to = {tc_axis_const(value)}};
    struct tc_term pinned;

    if (!tc_rw_term(f, t, &m, &pinned))
        return false;
    drop_sum(f, &pinned, k);
    *t = pinned;
    return true;
}

/* Factors from k on that `takes` says go into one table, summed over an index unless
 * NULL.  False if it would be too large; *zero if the product is 0. */
static bool join(struct tc_family *f, struct tc_term *t, const bool *takes,
                 const struct tc_index *over, bool *zero)
{
    struct tc_factor *x = tc_alloc(f->arena, t->nfactor + 1, sizeof *x);
    struct tc_term rest = *t;
    const char *name = NULL;
    struct tc_cube c;
    unsigned n = 0;

    rest.nfactor = 0;
    rest.factor = tc_alloc(f->arena, t->nfactor + 1, sizeof *x);
    for (unsigned k = 0; k < t->nfactor; k++) {
        if (takes[k]) {
            name = name ? name : t->factor[k].table->name;
            x[n++] = t->factor[k];
        } else {
            rest.factor[rest.nfactor++] = t->factor[k];
        }
    }
    if (!tc_cube_product(&c, n, x, 0, NULL, over)) {
        tc_cube_free(&c);
        return false;
    }
    *zero = !tc_cube_factor(f, &c, name, &rest);
    tc_cube_free(&c);
    *t = rest;
    return true;
}

/* whether a dense table has the same entry everywhere */
static bool is_constant(const struct tc_table *t)
{
    size_t size = tc_table_size(t);

    for (size_t k = 1; k < size; k++)
        if (t->big ? mpz_cmp(t->big[k], t->big[0]) != 0 : t->small[k] != t->small[0])
            return false;
    return true;
}

/* a table whose arguments are better made anew: numbers, or through tables */
static bool is_crooked(const struct tc_factor *x)
{
    size_t size = tc_table_size(x->table);

    for (unsigned r = 0; r < x->table->rank; r++) {
        if (x->at[r].at.n == 0 && !x->at[r].via)
            return true;
        if (x->at[r].via && x->at[r].at.n == 0 && x->at[r].arg.n == 1 &&
            (size_t)x->at[r].arg.part[0].ix->extent <= 2 * size + 64)
            return true;
        for (unsigned q = 0; q < r; q++)
            if (is_lone(&x->at[q], NULL) && tc_axis_equal(&x->at[q], &x->at[r]))
                return true;
    }
    return is_constant(x->table);
}

static bool same_arguments(const struct tc_factor *x, const struct tc_factor *y)
{
    if (x->table->rank != y->table->rank)
        return false;
    for (unsigned r = 0; r < x->table->rank; r++)
        if (!is_lone(&x->at[r], NULL) || !tc_axis_equal(&x->at[r], &y->at[r]))
            return false;
    return true;
}

/* One table made anew or two that are one; true if there was something to do. */
static bool fold_tables(struct tc_family *f, struct tc_term *t, bool *zero)
{
    bool *takes = tc_alloc(f->arena, t->nfactor + 1, sizeof *takes);

    for (unsigned k = 0; k < t->nfactor; k++) {
        if (t->factor[k].table->fn)
            continue;
        takes[k] = true;
        if (is_crooked(&t->factor[k]) && join(f, t, takes, NULL, zero))
            return true;
        for (unsigned i = 0; i < k; i++) {
            if (t->factor[i].table->fn || !same_arguments(&t->factor[i], &t->factor[k]))
                continue;
            takes[i] = true;
            if (join(f, t, takes, NULL, zero))
                return true;
            takes[i] = false;
        }
        takes[k] = false;
    }
    return false;
}

/* the one value of an index at which a table is not 0; -1 if there are none or more */
static int64_t only_value(const struct tc_factor *x, const struct tc_index *ix)
{
    const struct tc_table *t = x->table;
    size_t size, stride = 1;
    int64_t only = -1;
    unsigned r = 0;

    while (r < t->rank && !is_lone(&x->at[r], ix))
        r++;
    if (t->fn || r == t->rank)
        return -1;
    for (unsigned k = r + 1; k < t->rank; k++)
        stride *= (size_t)t->extent[k];
    size = tc_table_size(t);
    for (size_t k = 0; k < size; k++) {
        int64_t at = (int64_t)(k / stride) % t->extent[r];

        if (at >= ix->extent || (t->big ? mpz_sgn(t->big[k]) == 0 : t->small[k] == 0))
            continue;
        if (only >= 0 && at != only)
            return -1;
        only = at;
    }
    return only;
}

/* whether a guard cannot hold where an index has a value */
static bool bars(struct tc_family *f, const struct tc_guard *g, const struct tc_index *ix,
                 int64_t value)
{
    struct tc_rw_map m = {.n = 1, .from = {ix}, .to = {tc_axis_const(value)}};
    struct tc_axis pinned;
    int64_t lo, hi = 0;

    if (tc_rw_axis(f, &g->expr, &m, &pinned))
        tc_axis_range(&pinned, &lo, &hi);
    return hi < 0;
}

/* A factor's entries where guards cannot hold become 0; false if all are already. */
static bool fold_barred(struct tc_family *f, struct tc_term *t, unsigned factor, unsigned axis,
                        bool *zero)
{
    const struct tc_factor *x = &t->factor[factor];
    const struct tc_index *ix = x->at[axis].at.part[0].ix;
    bool *takes = tc_alloc(f->arena, t->nfactor + 2, sizeof *takes), *nonzero, some = false;
    size_t size = tc_table_size(x->table), stride = 1;
    struct tc_cube mask;

    if (!tc_cube_new(&mask, 1, &ix))
        return false;
    nonzero = tc_xcalloc(mask.size, sizeof *nonzero);
    for (unsigned r = axis + 1; r < x->table->rank; r++)
        stride *= (size_t)x->table->extent[r];
    for (size_t k = 0; k < size; k++) {
        size_t at = k / stride % (size_t)x->table->extent[axis];

        if (at < mask.size && (x->table->big ? mpz_sgn(x->table->big[k]) : x->table->small[k] != 0))
            nonzero[at] = true;
    }
    for (size_t v = 0; v < mask.size; v++) {
        bool barred = false;

        for (unsigned g = 0; g < t->nguard && !barred && nonzero[v]; g++)
            barred = tc_axis_reads(&t->guard[g].expr, ix) && bars(f, &t->guard[g], ix, (int64_t)v);
        mpz_set_ui(mask.value[v], !barred);
        some = some || barred;
    }
    free(nonzero);
    if (some && tc_cube_factor(f, &mask, x->table->name, t)) {
        takes[factor] = takes[t->nfactor - 1] = true;
        some = join(f, t, takes, NULL, zero);
    } else if (some) {
        *zero = true;
    }
    tc_cube_free(&mask);
    return some;
}

/* the same of some factor; true if there was something to do */
static bool fold_bars(struct tc_family *f, struct tc_term *t, bool *zero)
{
    for (unsigned k = 0; t->nguard && k < t->nfactor; k++)
        for (unsigned r = 0; !t->factor[k].table->fn && r < t->factor[k].table->rank; r++)
            if (is_lone(&t->factor[k].at[r], NULL) && bound(t, t->factor[k].at[r].at.part[0].ix) &&
                fold_barred(f, t, k, r, zero))
                return true;
    return false;
}

static void times(struct tc_family *f, struct tc_term *t, int64_t by)
{
    mpz_ptr coef = tc_mpz(f->arena);

    mpz_mul_si(coef, t->coef, by);
    t->coef = coef;
}

/* one index of the sum less; false if there was nothing to do */
static bool fold_sum(struct tc_family *f, struct tc_term *t, bool *zero)
{
    bool *takes = tc_alloc(f->arena, t->nfactor + 1, sizeof *takes);

    for (unsigned k = 0; k < t->nsum; k++) {
        const struct tc_index *ix = t->sum[k];
        unsigned n = 0;

        if (ix->extent == 1 && pin(f, t, k, 0))
            return true;
        for (unsigned i = 0; i < t->nfactor; i++) {
            int64_t only = only_value(&t->factor[i], ix);

            if (only >= 0 && pin(f, t, k, only))
                return true;
        }
        if (held(t, ix))
            continue;
        for (unsigned i = 0; i < t->nfactor; i++)
            n += takes[i] = tc_factor_reads(&t->factor[i], ix);
        if (n && !join(f, t, takes, ix, zero))
            continue;
        if (!n)
            times(f, t, ix->extent);
        drop_sum(f, t, k);
        return true;
    }
    return false;
}

/* false: the term is 0 */
static bool fold_term(struct tc_family *f, const struct tc_bank *b, struct tc_term *t)
{
    bool zero = false;

    do {
        if (!fold_guards(f, b, t))
            return false;
    } while (!zero &&
             (fold_sum(f, t, &zero) || fold_tables(f, t, &zero) || fold_bars(f, t, &zero)));
    return !zero;
}

/* ------------------------------------------------------------ terms of a kind */

/* which index of x's sum each of y's is */
struct pairing {
    const struct tc_term *x, *y;
    unsigned n;
    const struct tc_index *of[TC_RW_INDICES], *is[TC_RW_INDICES];
};

/* what an index of y is in x; NULL if that is not known yet */
static const struct tc_index *paired(const struct pairing *p, const struct tc_index *ix)
{
    if (!bound(p->y, ix))
        return ix;
    for (unsigned k = 0; k < p->n; k++)
        if (p->of[k] == ix)
            return p->is[k];
    return NULL;
}

static bool pair(struct pairing *p, const struct tc_affine *x, const struct tc_index *of,
                 int64_t coef)
{
    for (unsigned k = 0; k < x->n; k++) {
        const struct tc_index *is = x->part[k].ix;
        bool taken = !bound(p->x, is) || x->part[k].coef != coef || is->extent != of->extent;

        for (unsigned i = 0; i < p->n; i++)
            taken = taken || p->is[i] == is;
        if (taken)
            continue;
        p->of[p->n] = of;
        p->is[p->n++] = is;
        return true;
    }
    return false;
}

static bool pair_affine(struct pairing *p, const struct tc_affine *x, const struct tc_affine *y)
{
    if (x->n != y->n || x->constant != y->constant)
        return false;
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned k = 0; k < y->n; k++) {
            const struct tc_index *ix = paired(p, y->part[k].ix);

            if (ix && tc_affine_coef(x, ix) != y->part[k].coef)
                return false;
            if (!ix && pass && !pair(p, x, y->part[k].ix, y->part[k].coef))
                return false;
        }
    return true;
}

static bool pair_axis(struct pairing *p, const struct tc_axis *x, const struct tc_axis *y)
{
    return x->via == y->via && pair_affine(p, &x->at, &y->at) &&
           (!x->via || pair_affine(p, &x->arg, &y->arg));
}

/* each guard of y, renamed, is one of x, and the other way round */
static bool same_guards(const struct tc_term *x, const struct tc_term *y)
{
    if (x->nguard != y->nguard)
        return false;
    for (unsigned k = 0; k < y->nguard; k++) {
        bool found = false;

        for (unsigned i = 0; i < x->nguard; i++)
            found = found || tc_axis_equal(&x->guard[i].expr, &y->guard[k].expr);
        if (!found)
            return false;
    }
    return true;
}

static bool factor_equal(const struct tc_factor *x, const struct tc_factor *y)
{
    if (x->table != y->table)
        return false;
    for (unsigned r = 0; r < x->table->rank; r++)
        if (!tc_axis_equal(&x->at[r], &y->at[r]))
            return false;
    return true;
}

/* each computed (or: each) factor of y is one of x, and there are as many */
static bool same_factors(const struct tc_term *x, const struct tc_term *y, bool computed)
{
    unsigned nx = 0, ny = 0;

    for (unsigned k = 0; k < x->nfactor; k++)
        nx += !computed || x->factor[k].table->fn;
    for (unsigned k = 0; k < y->nfactor; k++) {
        unsigned in_x = 0, in_y = 0;

        if (computed && !y->factor[k].table->fn)
            continue;
        ny++;
        for (unsigned i = 0; i < x->nfactor; i++)
            in_x += factor_equal(&x->factor[i], &y->factor[k]);
        for (unsigned i = 0; i < y->nfactor; i++)
            in_y += factor_equal(&y->factor[i], &y->factor[k]);
        if (in_x != in_y)
            return false;
    }
    return nx == ny;
}

/* y with x's names for its sum; false if they do not read the same wires */
static bool renamed(struct tc_family *f, const struct tc_term *x, const struct tc_term *y,
                    struct tc_term *to)
{
    struct pairing p = {.x = x, .y = y};
    struct tc_rw_map m = {0};

    if (x->plane != y->plane || x->nsum != y->nsum)
        return false;
    for (unsigned k = 0; k < tc_plane_axes(x->plane); k++)
        if (!pair_axis(&p, &x->at[k], &y->at[k]))
            return false;
    if (p.n != y->nsum)
        return false;
    for (m.n = 0; m.n < p.n; m.n++) {
        m.from[m.n] = p.of[m.n];
        m.to[m.n] = tc_axis_of(f->arena, p.is[m.n]);
    }
    if (!tc_rw_term(f, y, &m, to))
        return false;
    to->sum = x->sum;
    return same_guards(x, to) && same_factors(x, to, true);
}

/* the product of a term's dense tables and its coefficient, over these indices too */
static bool weights(struct tc_family *f, const struct tc_term *t, unsigned n,
                    const struct tc_index *const *ix, struct tc_cube *c)
{
    struct tc_factor *x = tc_alloc(f->arena, t->nfactor + 1, sizeof *x);
    unsigned nfactor = 0;

    for (unsigned k = 0; k < t->nfactor; k++)
        if (!t->factor[k].table->fn)
            x[nfactor++] = t->factor[k];
    if (!tc_cube_product(c, nfactor, x, n, ix, NULL)) {
        tc_cube_free(c);
        return false;
    }
    for (size_t k = 0; k < c->size; k++)
        mpz_mul(c->value[k], c->value[k], t->coef);
    return true;
}

static const char *dense_name(const struct tc_term *t)
{
    for (unsigned k = 0; k < t->nfactor; k++)
        if (!t->factor[k].table->fn)
            return t->factor[k].table->name;
    return NULL;
}

/* x += y where only dense tables differ; false if that is too large */
static bool add_weights(struct tc_family *f, struct tc_term *x, const struct tc_term *y, bool *zero)
{
    const char *name = dense_name(x);
    struct tc_cube a, b, both;
    struct tc_term sum = *x;

    name = name ? name : dense_name(y);
    if (!weights(f, x, 0, NULL, &a))
        return false;
    if (!weights(f, y, a.n, a.ix, &b)) {
        tc_cube_free(&a);
        return false;
    }
    tc_cube_free(&a);
    if (!weights(f, x, b.n, b.ix, &both)) {
        tc_cube_free(&b);
        return false;
    }
    for (size_t k = 0; k < both.size; k++)
        mpz_add(both.value[k], both.value[k], b.value[k]);
    sum.coef = tc_mpz_si(f->arena, 1);
    sum.nfactor = 0;
    sum.factor = tc_alloc(f->arena, x->nfactor + 1, sizeof *sum.factor);
    for (unsigned k = 0; k < x->nfactor; k++)
        if (x->factor[k].table->fn)
            sum.factor[sum.nfactor++] = x->factor[k];
    *zero = !tc_cube_factor(f, &both, name ? name : "weight", &sum);
    tc_cube_free(&b);
    tc_cube_free(&both);
    *x = sum;
    return true;
}

/* x += y, if they read the same wires */
static bool merge(struct tc_family *f, struct tc_term *x, const struct tc_term *y, bool *zero)
{
    struct tc_term to;
    mpz_ptr coef;

    *zero = false;
    if (!renamed(f, x, y, &to))
        return false;
    if (!same_factors(x, &to, false))
        return add_weights(f, x, &to, zero);
    coef = tc_mpz(f->arena);
    mpz_add(coef, x->coef, to.coef);
    x->coef = coef;
    *zero = mpz_sgn(coef) == 0;
    return true;
}

/* ------------------------------------------------------------------- moved sums */

/* The term with index ix of the sum, read at coef * ix + constant with coef 1 or -1, as one
 * that runs over a whole axis, weights 0 where it did not. */
static bool stretch_index(struct tc_family *f, struct tc_term *t, const struct tc_index *ix,
                          const struct tc_index *axis, int64_t coef, int64_t constant)
{
    struct tc_index *z = tc_index_new(f, ix->name, axis->extent, axis->size);
    const struct tc_index *whole = z;
    struct tc_rw_map m = {.n = 1, .from = {ix}};
    struct tc_term moved;
    struct tc_cube c;
    bool *takes, zero;

    m.to[0] = tc_axis_plus(f->arena, tc_axis_const(-coef * constant), coef, z);
    if (!tc_cube_new(&c, 1, &whole) || !tc_rw_term(f, t, &m, &moved)) {
        tc_cube_free(&c);
        return false;
    }
    for (size_t i = 0; i < c.size; i++) {
        int64_t at = coef * ((int64_t)i - constant);

        mpz_set_ui(c.value[i], at >= 0 && at < ix->extent);
    }
    zero = !tc_cube_factor(f, &c, dense_name(t) ? dense_name(t) : "mask", &moved);
    tc_cube_free(&c);
    if (zero)
        return false;
    moved.sum = tc_alloc(f->arena, t->nsum, sizeof *moved.sum);
    for (unsigned i = 0; i < t->nsum; i++)
        moved.sum[i] = t->sum[i] == ix ? z : t->sum[i];
    takes = tc_alloc(f->arena, moved.nfactor + 1, sizeof *takes);
    for (unsigned i = 0; i < moved.nfactor; i++)
        takes[i] = !moved.factor[i].table->fn && tc_factor_reads(&moved.factor[i], z);
    for (unsigned i = 0; i < moved.nfactor; i++)
        if (takes[i]) { /* entries outside of tables become 0 */
            if (!join(f, &moved, takes, NULL, &zero) || zero)
                return false;
            break;
        }
    *t = moved;
    return true;
}

/* how many axes of its plane read an index */
static unsigned axes_reading(const struct tc_term *t, const struct tc_index *ix)
{
    unsigned n = 0;

    for (unsigned k = 0; k < tc_plane_axes(t->plane); k++)
        n += tc_axis_reads(&t->at[k], ix);
    return n;
}

/* one axis; false if there is none that an index of its own runs over in part or backwards */
static bool stretch(struct tc_family *f, struct tc_term *t)
{
    const struct tc_plane *p = t->plane;

    for (unsigned k = 0; k < tc_plane_axes(p); k++) {
        const struct tc_index *axis = k < p->naxis ? p->axis[k] : p->chain;
        const struct tc_axis *x = &t->at[k];
        const struct tc_affine_part *only = x->at.part;

        if (x->via || x->at.n != 1 || !bound(t, only->ix) || (only->coef != 1 && only->coef != -1))
            continue;
        if ((is_lone(x, NULL) && only->ix->extent == axis->extent) || axes_reading(t, only->ix) > 1)
            continue;
        if (stretch_index(f, t, only->ix, axis, only->coef, x->at.constant))
            return true;
    }
    return false;
}

/* the same where y, or both, run over parts of an axis */
static bool merge_moved(struct tc_family *f, struct tc_term *x, const struct tc_term *y, bool *zero)
{
    struct tc_term a = *x, b = *y;
    bool moved = false;

    if (!x->plane || x->plane != y->plane || x->nsum != y->nsum || !x->nsum)
        return false;
    while (stretch(f, &a))
        moved = true;
    while (stretch(f, &b))
        moved = true;
    if (!moved || !merge(f, &a, &b, zero))
        return false;
    *x = a;
    return true;
}

/* -------------------------------------------------------------------- forms */

/* constants without sums and guards: one number, and one table a set of indices */
static bool merge_constants(struct tc_family *f, struct tc_term *x, const struct tc_term *y,
                            bool *zero)
{
    struct tc_cube a, b;
    bool same;

    if (x->plane || y->plane || x->nsum || y->nsum || x->nguard || y->nguard ||
        !same_factors(x, y, true))
        return false;
    if (!weights(f, x, 0, NULL, &a))
        return false;
    if (!weights(f, y, 0, NULL, &b)) {
        tc_cube_free(&a);
        return false;
    }
    same = a.n == b.n && memcmp(a.ix, b.ix, a.n * sizeof *a.ix) == 0;
    tc_cube_free(&a);
    tc_cube_free(&b);
    return same && add_weights(f, x, y, zero);
}

static void add_term(struct tc_family *f, const struct tc_bank *b, struct tc_form *to,
                     struct tc_term t)
{
    if (!fold_term(f, b, &t))
        return;
    for (unsigned k = 0; k < to->nterm; k++) {
        struct tc_term *x = &to->term[k];
        bool zero = false;

        if (!(t.plane ? merge(f, x, &t, &zero) || merge_moved(f, x, &t, &zero)
                      : merge_constants(f, x, &t, &zero)))
            continue;
        t = *x; /* what it has become may have company, too */
        memmove(to->term + k, to->term + k + 1, (to->nterm-- - k - 1) * sizeof *x);
        if (!zero)
            add_term(f, b, to, t);
        return;
    }
    to->term[to->nterm++] = t;
}

struct tc_form tc_rw_fold(struct tc_rw *rw, const struct tc_bank *b, struct tc_form x)
{
    struct tc_family *f = rw->f;
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    struct tc_form to = {0, tc_alloc(f->arena, x.nterm + 1, sizeof *to.term), lo, hi};

    for (unsigned k = 0; k < x.nterm; k++)
        add_term(f, b, &to, x.term[k]);
    tc_form_interval(&to, true, lo, hi);
    if (mpz_cmp(x.lo, lo) > 0)
        mpz_set(lo, x.lo);
    if (mpz_cmp(x.hi, hi) < 0)
        mpz_set(hi, x.hi);
    return to;
}

struct tc_family *tc_pass_fold(struct tc_family *f, const struct tc_pass_options *options,
                               struct tc_error *err)
{
    struct tc_rw *rw = tc_rw_open(f);

    (void)options;
    (void)err;
    for (unsigned k = 0; k < rw->nbank; k++)
        tc_rw_bank(rw, rw->f->bank[k]);
    return tc_rw_close(rw, f);
}
