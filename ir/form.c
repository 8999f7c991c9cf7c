/* form.c -- linear forms: the values of the program
 *
 * Forms are immutable: every operation makes a new array of terms, which may
 * share axes, factors and numbers with the operands.
 */
#include "ir.h"

#include <assert.h>
#include <string.h>

/* ------------------------------------------------------------------- axes */

struct tc_axis tc_axis_const(int64_t c)
{
    return (struct tc_axis){.at = {.constant = c}};
}

static struct tc_affine affine_plus(struct tc_arena *a, struct tc_affine x, int64_t coef,
                                    const struct tc_index *ix)
{
    struct tc_affine y = {0, tc_alloc(a, x.n + 1, sizeof *y.part), x.constant};
    bool found = false;

    for (unsigned i = 0; i < x.n; i++) {
        struct tc_affine_part p = x.part[i];

        if (p.ix == ix) {
            p.coef += coef;
            found = true;
        }
        if (p.coef)
            y.part[y.n++] = p;
    }
    if (!found && coef)
        y.part[y.n++] = (struct tc_affine_part){ix, coef};
    return y;
}

struct tc_axis tc_axis_plus(struct tc_arena *a, struct tc_axis x, int64_t coef,
                            const struct tc_index *ix)
{
    x.at = affine_plus(a, x.at, coef, ix);
    return x;
}

struct tc_axis tc_axis_of(struct tc_arena *a, const struct tc_index *ix)
{
    return tc_axis_plus(a, tc_axis_const(0), 1, ix);
}

int64_t tc_affine_coef(const struct tc_affine *x, const struct tc_index *ix)
{
    for (unsigned i = 0; i < x->n; i++)
        if (x->part[i].ix == ix)
            return x->part[i].coef;
    return 0;
}

static bool affine_equal(const struct tc_affine *x, const struct tc_affine *y)
{
    if (x->n != y->n || x->constant != y->constant)
        return false;
    for (unsigned i = 0; i < x->n; i++)
        if (tc_affine_coef(y, x->part[i].ix) != x->part[i].coef)
            return false;
    return true;
}

bool tc_axis_equal(const struct tc_axis *x, const struct tc_axis *y)
{
    return affine_equal(&x->at, &y->at) && x->via == y->via &&
           (!x->via || affine_equal(&x->arg, &y->arg));
}

static void affine_range(const struct tc_affine *x, int64_t *lo, int64_t *hi)
{
    *lo = *hi = x->constant;
    for (unsigned i = 0; i < x->n; i++) {
        int64_t most = x->part[i].coef * (x->part[i].ix->extent - 1);

        *(most < 0 ? lo : hi) += most;
    }
}

void tc_axis_range(const struct tc_axis *x, int64_t *lo, int64_t *hi)
{
    affine_range(&x->at, lo, hi);
    if (x->via) {
        int64_t from, to, least = INT64_MAX, most = INT64_MIN;

        affine_range(&x->arg, &from, &to);
        if (from < 0)
            from = 0;
        for (; from <= to && from < x->via->extent[0]; from++) {
            int64_t v = tc_table_get_i64(x->via, &from);

            least = v < least ? v : least;
            most = v > most ? v : most;
        }
        *lo += least;
        *hi += most;
    }
}

/* x with index from replaced by an axis expression */
static struct tc_affine affine_subst(struct tc_arena *a, struct tc_affine x,
                                     const struct tc_index *from, const struct tc_affine *to)
{
    int64_t coef = tc_affine_coef(&x, from);

    if (!coef)
        return x;
    x = affine_plus(a, x, -coef, from);
    x.constant += coef * to->constant;
    for (unsigned i = 0; i < to->n; i++)
        x = affine_plus(a, x, coef * to->part[i].coef, to->part[i].ix);
    return x;
}

static struct tc_axis axis_subst(struct tc_arena *a, struct tc_axis x, const struct tc_index *from,
                                 const struct tc_axis *to)
{
    if (to->via && tc_affine_coef(&x.at, from)) {
        assert(!x.via && tc_affine_coef(&x.at, from) == 1);
        x.via = to->via;
        x.arg = to->arg;
    } else if (x.via) {
        assert(!to->via || !tc_affine_coef(&x.arg, from));
        x.arg = affine_subst(a, x.arg, from, &to->at);
    }
    x.at = affine_subst(a, x.at, from, &to->at);
    return x;
}

bool tc_axis_reads(const struct tc_axis *x, const struct tc_index *ix)
{
    return tc_affine_coef(&x->at, ix) || (x->via && tc_affine_coef(&x->arg, ix));
}

struct tc_guard tc_guard_le(struct tc_arena *a, const struct tc_index *lower,
                            const struct tc_index *upper)
{
    struct tc_axis x = tc_axis_of(a, upper);

    return (struct tc_guard){tc_axis_plus(a, x, -1, lower)};
}

struct tc_guard tc_guard_subst(struct tc_family *f, struct tc_guard g, const struct tc_index *from,
                               struct tc_axis to)
{
    return (struct tc_guard){axis_subst(f->arena, g.expr, from, &to)};
}

/* ------------------------------------------------------------------ terms */

unsigned tc_plane_axes(const struct tc_plane *p)
{
    return p ? p->naxis + (p->chain != NULL) : 0;
}

bool tc_term_reads(const struct tc_term *t, const struct tc_index *ix)
{
    for (unsigned k = 0; k < t->nsum; k++)
        if (t->sum[k] == ix)
            return false;
    for (unsigned k = 0; k < tc_plane_axes(t->plane); k++)
        if (tc_axis_reads(&t->at[k], ix))
            return true;
    for (unsigned k = 0; k < t->nfactor; k++)
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            if (tc_axis_reads(&t->factor[k].at[r], ix))
                return true;
    for (unsigned k = 0; k < t->nguard; k++)
        if (tc_axis_reads(&t->guard[k].expr, ix))
            return true;
    return false;
}

static bool is_plain_constant(const struct tc_term *t)
{
    return !t->plane && !t->nfactor && !t->nsum && !t->nguard;
}

static struct tc_axis *axes_subst(struct tc_arena *a, const struct tc_axis *x, unsigned n,
                                  const struct tc_index *from, const struct tc_axis *to)
{
    struct tc_axis *y = tc_alloc(a, n ? n : 1, sizeof *y);

    for (unsigned k = 0; k < n; k++)
        y[k] = axis_subst(a, x[k], from, to);
    return y;
}

static void *append(struct tc_arena *a, const void *old, unsigned n, unsigned more, size_t size)
{
    char *copy = tc_alloc(a, n + more ? n + more : 1, size);

    if (n)
        memcpy(copy, old, n * size);
    return copy;
}

/* ------------------------------------------------------------------ forms */

struct tc_form tc_form_const(struct tc_family *f, mpz_srcptr c)
{
    struct tc_form r = {0, NULL, tc_mpz_copy(f->arena, c), NULL};

    r.hi = r.lo;
    if (mpz_sgn(c)) {
        r.term = tc_alloc(f->arena, 1, sizeof *r.term);
        r.term[r.nterm++].coef = r.lo;
    }
    return r;
}

struct tc_form tc_form_si(struct tc_family *f, int64_t c)
{
    return tc_form_const(f, tc_mpz_si(f->arena, c));
}

static struct tc_form one_term(struct tc_family *f, struct tc_term t, mpz_srcptr lo, mpz_srcptr hi)
{
    struct tc_form r = {1, tc_alloc(f->arena, 1, sizeof *r.term), lo, hi};

    t.coef = tc_mpz_si(f->arena, 1);
    r.term[0] = t;
    return r;
}

static struct tc_factor factor_of(struct tc_family *f, const struct tc_table *table,
                                  const struct tc_axis *at)
{
    return (struct tc_factor){table, append(f->arena, at, table->rank, 0, sizeof *at)};
}

struct tc_form tc_form_table(struct tc_family *f, const struct tc_table *table,
                             const struct tc_axis *at)
{
    struct tc_factor *factor = tc_alloc(f->arena, 1, sizeof *factor);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);

    *factor = factor_of(f, table, at);
    if (table->fn) {
        tc_table_max_abs(table, hi);
        mpz_neg(lo, hi);
    } else {
        size_t size = tc_table_size(table);
        mpz_ptr v = tc_mpz(f->arena);

        for (size_t i = 0; i < size; i++) {
            if (table->big)
                mpz_set(v, table->big[i]);
            else
                tc_mpz_set_i64(v, table->small[i]);
            if (i == 0 || mpz_cmp(v, lo) < 0)
                mpz_set(lo, v);
            if (i == 0 || mpz_cmp(v, hi) > 0)
                mpz_set(hi, v);
        }
    }
    return one_term(f, (struct tc_term){.nfactor = 1, .factor = factor}, lo, hi);
}

struct tc_form tc_form_wire(struct tc_family *f, const struct tc_plane *p, const struct tc_axis *at)
{
    struct tc_axis *copy = append(f->arena, at, tc_plane_axes(p), 0, sizeof *at);

    return one_term(f, (struct tc_term){.plane = p, .at = copy}, tc_mpz_si(f->arena, 0),
                    tc_mpz_si(f->arena, 1));
}

struct tc_form tc_form_add(struct tc_family *f, struct tc_form x, struct tc_form y)
{
    struct tc_form r = {0, append(f->arena, NULL, 0, x.nterm + y.nterm, sizeof *r.term), NULL,
                        NULL};
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), constant = tc_mpz(f->arena);

    mpz_add(lo, x.lo, y.lo);
    mpz_add(hi, x.hi, y.hi);
    r.lo = lo;
    r.hi = hi;
    for (unsigned k = 0; k < x.nterm + y.nterm; k++) {
        const struct tc_term *t = k < x.nterm ? &x.term[k] : &y.term[k - x.nterm];

        if (is_plain_constant(t))
            mpz_add(constant, constant, t->coef);
        else
            r.term[r.nterm++] = *t;
    }
    if (mpz_sgn(constant))
        r.term[r.nterm++] = (struct tc_term){.coef = constant};
    return r;
}

struct tc_form tc_form_scale(struct tc_family *f, struct tc_form x, mpz_srcptr by)
{
    struct tc_form r = {x.nterm, append(f->arena, x.term, x.nterm, 0, sizeof *r.term), NULL, NULL};
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);

    if (mpz_sgn(by) == 0)
        return tc_form_si(f, 0);
    mpz_mul(lo, mpz_sgn(by) < 0 ? x.hi : x.lo, by);
    mpz_mul(hi, mpz_sgn(by) < 0 ? x.lo : x.hi, by);
    r.lo = lo;
    r.hi = hi;
    for (unsigned k = 0; k < r.nterm; k++) {
        mpz_ptr c = tc_mpz(f->arena);

        mpz_mul(c, r.term[k].coef, by);
        r.term[k].coef = c;
    }
    return r;
}

struct tc_form tc_form_scale_si(struct tc_family *f, struct tc_form x, int64_t by)
{
    return tc_form_scale(f, x, tc_mpz_si(f->arena, by));
}

struct tc_form tc_form_sub(struct tc_family *f, struct tc_form x, struct tc_form y)
{
    return tc_form_add(f, x, tc_form_scale_si(f, y, -1));
}

struct tc_form tc_form_times(struct tc_family *f, struct tc_form x, const struct tc_table *table,
                             const struct tc_axis *at)
{
    struct tc_form r = {x.nterm, append(f->arena, x.term, x.nterm, 0, sizeof *r.term), NULL, NULL};
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), most = tc_mpz(f->arena);

    tc_table_max_abs(table, most);
    mpz_set(hi, mpz_cmpabs(x.lo, x.hi) > 0 ? x.lo : x.hi);
    mpz_abs(hi, hi);
    mpz_mul(hi, hi, most);
    mpz_neg(lo, hi);
    r.lo = lo;
    r.hi = hi;
    for (unsigned k = 0; k < r.nterm; k++) {
        struct tc_term *t = &r.term[k];

        t->factor = append(f->arena, t->factor, t->nfactor, 1, sizeof *t->factor);
        t->factor[t->nfactor++] = factor_of(f, table, at);
    }
    return r;
}

static bool guards_read(unsigned nguard, const struct tc_guard *guard, const struct tc_index *ix)
{
    for (unsigned k = 0; k < nguard; k++)
        if (tc_axis_reads(&guard[k].expr, ix))
            return true;
    return false;
}

struct tc_form tc_form_sum(struct tc_family *f, struct tc_form x, unsigned n,
                           const struct tc_index *const *over, unsigned nguard,
                           const struct tc_guard *guard)
{
    struct tc_form r = {x.nterm, append(f->arena, x.term, x.nterm, 0, sizeof *r.term), NULL, NULL};
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), points = tc_mpz_si(f->arena, 1);

    for (unsigned i = 0; i < n; i++)
        mpz_mul_ui(points, points, (unsigned long)over[i]->extent);
    mpz_mul(lo, x.lo, points);
    mpz_mul(hi, x.hi, points);
    if (nguard) { /* there may be fewer points, also none */
        if (mpz_sgn(lo) > 0)
            mpz_set_ui(lo, 0);
        if (mpz_sgn(hi) < 0)
            mpz_set_ui(hi, 0);
    }
    r.lo = lo;
    r.hi = hi;
    for (unsigned k = 0; k < r.nterm; k++) {
        struct tc_term *t = &r.term[k];
        const struct tc_index **sum = append(f->arena, t->sum, t->nsum, n, sizeof *sum);
        struct tc_guard *guards = append(f->arena, t->guard, t->nguard, nguard, sizeof *guards);
        unsigned nsum = t->nsum;
        mpz_ptr coef = tc_mpz_copy(f->arena, t->coef);

        for (unsigned i = 0; i < n; i++) {
            if (tc_term_reads(t, over[i])) {
                sum[nsum++] = over[i];
            } else if (guards_read(nguard, guard, over[i])) {
                sum[nsum++] = over[i]; /* read as often as the guards allow */
            } else {
                mpz_mul_ui(coef, coef, (unsigned long)over[i]->extent);
            }
        }
        for (unsigned g = 0; g < nguard; g++)
            guards[t->nguard++] = guard[g];
        t->guard = guards;
        t->sum = sum;
        t->nsum = nsum;
        t->coef = coef;
    }
    return r;
}

struct tc_form tc_form_subst(struct tc_family *f, struct tc_form x, const struct tc_index *from,
                             struct tc_axis to)
{
    struct tc_form r = {x.nterm, append(f->arena, x.term, x.nterm, 0, sizeof *r.term), x.lo, x.hi};

    for (unsigned k = 0; k < r.nterm; k++) {
        struct tc_term *t = &r.term[k];
        struct tc_factor *factor = append(f->arena, t->factor, t->nfactor, 0, sizeof *factor);
        struct tc_guard *guard = append(f->arena, t->guard, t->nguard, 0, sizeof *guard);

        if (!tc_term_reads(t, from))
            continue;
        t->at = axes_subst(f->arena, t->at, tc_plane_axes(t->plane), from, &to);
        for (unsigned i = 0; i < t->nfactor; i++)
            factor[i].at = axes_subst(f->arena, factor[i].at, factor[i].table->rank, from, &to);
        for (unsigned i = 0; i < t->nguard; i++)
            guard[i].expr = axis_subst(f->arena, guard[i].expr, from, &to);
        t->factor = factor;
        t->guard = guard;
    }
    return r;
}

struct tc_form tc_form_range(struct tc_family *f, struct tc_form x, mpz_srcptr lo, mpz_srcptr hi)
{
    assert(mpz_cmp(lo, hi) <= 0);
    x.lo = tc_mpz_copy(f->arena, lo);
    x.hi = tc_mpz_copy(f->arena, hi);
    return x;
}

struct tc_form tc_form_range_si(struct tc_family *f, struct tc_form x, int64_t lo, int64_t hi)
{
    return tc_form_range(f, x, tc_mpz_si(f->arena, lo), tc_mpz_si(f->arena, hi));
}

unsigned tc_form_level(const struct tc_form *x)
{
    unsigned level = 0;

    for (unsigned k = 0; k < x->nterm; k++)
        if (x->term[k].plane && x->term[k].plane->level > level)
            level = x->term[k].plane->level;
    return level;
}
