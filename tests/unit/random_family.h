/* random_family.h -- small families at random, for tests: guards, reductions,
 * tables of all kinds, chains of uneven length; every access within its plane */
#ifndef TC_TEST_RANDOM_FAMILY_H
#define TC_TEST_RANDOM_FAMILY_H

#include "../../ir/ir.h"

#include <assert.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed;

static uint64_t below(uint64_t n)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % n;
}

static const struct tc_index *plane_axis(const struct tc_plane *p, unsigned k)
{
    return k < p->naxis ? p->axis[k] : p->chain;
}

static unsigned plane_axes(const struct tc_plane *p)
{
    return p->naxis + (p->chain != NULL);
}

/* a computed table: only arguments from 0 to 99 are in its domain, unless all are */
#ifndef MIX_ANYWHERE
#define MIX_ANYWHERE false
#endif

static void *mix_open(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                      struct tc_error *err)
{
    (void)parameters;
    (void)loc;
    (void)err;
    return tc_alloc(a, 1, 1);
}

static void mix_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                     size_t count, int64_t *out)
{
    (void)state;
    for (size_t s = 0; s < count; s++) {
        int64_t a = arg[0] + (axis == 0 ? (int64_t)s * step : 0);
        int64_t b = arg[1] + (axis == 1 ? (int64_t)s * step : 0);

        assert(MIX_ANYWHERE || (a >= 0 && a < 100 && b >= 0 && b < 100));
        out[s] = ((3 * a + 5 * b) % 7 + 7) % 7 - 3;
    }
}

static int64_t mix_max(const void *state)
{
    (void)state;
    return 3;
}

static const struct tc_function mix = {"mix", 2, mix_open, mix_eval, mix_max};

struct maker {
    struct tc_family *f;
    const struct tc_index *domain[3];
    unsigned ndomain;
    const struct tc_index *chain; /* of the bank being made, may be NULL */
    bool in_theta;                /* the chain may be named */
    bool big;
    struct tc_term *term; /* being made */
};

static void more_guard(struct maker *m, struct tc_axis expr)
{
    struct tc_term *t = m->term;
    struct tc_guard *g = tc_alloc(m->f->arena, t->nguard + 1, sizeof *g);

    if (t->nguard)
        memcpy(g, t->guard, t->nguard * sizeof *g);
    g[t->nguard++].expr = expr;
    t->guard = g;
}

/* an index with an extent of at most `extent`; NULL: there was none */
static const struct tc_index *some_index(struct maker *m, int64_t extent)
{
    struct tc_term *t = m->term;
    const struct tc_index *ix = NULL;

    switch (below(m->in_theta && m->chain ? 5 : 4)) {
    case 0:
    case 1:
        ix = m->domain[below(m->ndomain)];
        break;
    case 2:
        if (t->nsum)
            ix = t->sum[below(t->nsum)];
        break;
    case 3:
        if (t->nsum < 3) {
            const struct tc_index **sum = tc_alloc(m->f->arena, t->nsum + 1, sizeof *sum);

            if (t->nsum)
                memcpy(sum, t->sum, t->nsum * sizeof *sum);
            ix = sum[t->nsum++] =
                tc_index_new(m->f, "s", 1 + (int64_t)below((uint64_t)extent), NULL);
            t->sum = sum;
        }
        break;
    default:
        ix = m->chain;
    }
    return ix && ix->extent <= extent ? ix : NULL;
}

/* an expression from 0 to extent - 1, at least where the term's guards hold */
static struct tc_axis some_axis(struct maker *m, int64_t extent, bool via)
{
    struct tc_arena *a = m->f->arena;
    const struct tc_index *x = some_index(m, extent), *y = some_index(m, extent);
    struct tc_axis at;

    if (!x)
        return tc_axis_const((int64_t)below((uint64_t)extent));
    switch (below(via ? 6 : 5)) {
    case 0:
        return tc_axis_plus(a, tc_axis_const(x->extent - 1), -1, x);
    case 1:
        if (!y || x == y)
            return tc_axis_of(a, x);
        at = tc_axis_plus(a, tc_axis_of(a, x), -1, y);
        more_guard(m, at);
        return at;
    case 5: {
        int64_t entry[8], size = x->extent;

        for (int64_t i = 0; i < size; i++)
            entry[i] = (int64_t)below((uint64_t)extent);
        at = tc_axis_const(0);
        at.via = tc_table_dense(m->f, "via", 1, &size, entry);
        at.arg = tc_axis_of(a, x).at;
        return at;
    }
    default:
        return tc_axis_of(a, x);
    }
}

static const struct tc_table *some_table(struct maker *m, unsigned rank, const int64_t *extent)
{
    size_t size = rank == 2 ? (size_t)(extent[0] * extent[1]) : (size_t)extent[0];
    const struct tc_table *t;
    mpz_ptr *entry = tc_alloc(m->f->arena, size, sizeof *entry);

    for (size_t i = 0; i < size; i++) {
        entry[i] = tc_mpz_si(m->f->arena, (int64_t)below(7) - 3);
        if (m->big && below(2))
            mpz_mul_2exp(entry[i], entry[i], 10 * below(12));
    }
    t = tc_table_dense_mpz(m->f, "w", rank, extent, entry);
    return t;
}

static void some_factor(struct maker *m)
{
    struct tc_term *t = m->term;
    unsigned rank = 1 + (unsigned)below(2);
    struct tc_factor *factor = tc_alloc(m->f->arena, t->nfactor + 1, sizeof *factor);
    struct tc_axis *at = tc_alloc(m->f->arena, 2, sizeof *at);
    int64_t extent[2] = {1 + (int64_t)below(5), 1 + (int64_t)below(5)};
    const struct tc_table *table;

    if (t->nfactor)
        memcpy(factor, t->factor, t->nfactor * sizeof *factor);
    if (below(4) == 0) {
        struct tc_error err;

        rank = 2;
        extent[0] = extent[1] = 5;
        table = tc_table_computed(m->f, "mix", &mix, "", &err);
    } else {
        table = some_table(m, rank, extent);
    }
    for (unsigned r = 0; r < rank; r++)
        at[r] = some_axis(m, extent[r], below(4) == 0);
    factor[t->nfactor++] = (struct tc_factor){table, at};
    t->factor = factor;
}

/* the guard of a plane, read through a term's axes, which have no tables */
static struct tc_axis through(struct maker *m, const struct tc_plane *p, const struct tc_axis *g,
                              const struct tc_axis *at)
{
    struct tc_axis x = tc_axis_const(0);

    for (unsigned part = 0; part < 2; part++) {
        const struct tc_affine *from = part ? &g->arg : &g->at;
        struct tc_axis y = tc_axis_const(from->constant);

        for (unsigned i = 0; i < from->n; i++)
            for (unsigned k = 0; k < plane_axes(p); k++)
                if (plane_axis(p, k) == from->part[i].ix) {
                    int64_t coef = from->part[i].coef;

                    ck_assert(!at[k].via);
                    y.at.constant += coef * at[k].at.constant;
                    for (unsigned j = 0; j < at[k].at.n; j++)
                        y = tc_axis_plus(m->f->arena, y, coef * at[k].at.part[j].coef,
                                         at[k].at.part[j].ix);
                }
        if (part)
            x.arg = y.at;
        else
            x.at = y.at;
    }
    x.via = g->via;
    return x;
}

static void some_term(struct maker *m, bool wire)
{
    struct tc_term *t = m->term;
    unsigned nplane = m->f->ninput + m->f->nbank, k = (unsigned)below(nplane);

    t->coef = tc_mpz_si(m->f->arena, below(2) ? 1 + (int64_t)below(3) : -1 - (int64_t)below(3));
    if (wire) {
        const struct tc_plane *p =
            k < m->f->ninput ? m->f->input[k] : &m->f->bank[k - m->f->ninput]->plane;
        bool guarded = p->bank && p->bank->nguard;

        t->plane = p;
        t->at = tc_alloc(m->f->arena, plane_axes(p) + 1, sizeof *t->at);
        for (unsigned i = 0; i < plane_axes(p); i++)
            t->at[i] = some_axis(m, plane_axis(p, i)->extent, !guarded);
        for (unsigned i = 0; guarded && i < p->bank->nguard; i++)
            more_guard(m, through(m, p, &p->bank->guard[i].expr, t->at));
    }
    for (uint64_t n = below(3); n > 0; n--)
        some_factor(m);
    /* each reduction index occurs */
    for (unsigned i = 0; i < t->nsum; i++)
        if (below(6) == 0)
            more_guard(m, tc_axis_plus(m->f->arena, tc_axis_const(1), 1, t->sum[i]));
}

static struct tc_form some_form(struct maker *m, unsigned wires, unsigned constants)
{
    struct tc_form x = {.lo = tc_mpz_si(m->f->arena, -1000), .hi = tc_mpz_si(m->f->arena, 1000)};

    x.term = tc_alloc(m->f->arena, wires + constants + 1, sizeof *x.term);
    for (unsigned k = 0; k < wires + constants; k++) {
        m->term = &x.term[x.nterm++];
        some_term(m, k < wires);
    }
    return x;
}

static void some_bank(struct maker *m)
{
    struct tc_arena *a = m->f->arena;
    struct tc_guard guard[3];
    struct tc_form form, theta;
    unsigned nguard = 0;
    char name[16];

    m->chain = below(2) ? tc_index_new(m->f, "t", 1 + (int64_t)below(4), NULL) : NULL;
    m->in_theta = below(8) == 0;
    form = some_form(m, 1 + (unsigned)below(3), (unsigned)below(2));
    m->in_theta = true;
    theta = some_form(m, below(3) == 0 ? 1 : 0, (unsigned)below(3));
    if (below(2))
        guard[nguard++] = tc_guard_le(a, m->domain[0], m->domain[1]);
    if (below(4) == 0) /* i + j >= k */
        guard[nguard++].expr = tc_axis_plus(
            a, tc_axis_plus(a, tc_axis_of(a, m->domain[0]), 1, m->domain[1]), -2, m->domain[2]);
    if (m->chain && below(4) == 0) { /* thresholds with holes */
        int64_t entry[8], size = m->chain->extent;
        struct tc_axis x = tc_axis_const(-1);

        for (int64_t i = 0; i < size; i++)
            entry[i] = (int64_t)below(3);
        x.via = tc_table_dense(m->f, "mask", 1, &size, entry);
        x.arg = tc_axis_of(a, m->chain).at;
        guard[nguard++].expr = x;
    } else if (m->chain && below(2)) { /* as many thresholds as a table says, also none */
        int64_t entry[8], size = m->domain[2]->extent;
        struct tc_axis x = tc_axis_plus(a, tc_axis_const(-1), -1, m->chain);

        for (int64_t i = 0; i < size; i++)
            entry[i] = (int64_t)below((uint64_t)m->chain->extent + 1);
        x.via = tc_table_dense(m->f, "count", 1, &size, entry);
        x.arg = tc_axis_of(a, m->domain[2]).at;
        guard[nguard++].expr = x;
    }
    snprintf(name, sizeof name, "b%u", m->f->nbank);
    tc_bank_new(m->f, name, form, m->chain, theta, false, nguard, guard, "c", NULL);
}

static inline struct tc_family *some_family(bool big)
{
    struct maker m = {.f = tc_family_new("random"), .ndomain = 3, .big = big};

    for (unsigned k = 0; k < 3; k++)
        m.domain[k] = tc_index_new(m.f, "i", 1 + (int64_t)below(4), NULL);
    for (unsigned k = 0; k < 2; k++) {
        const struct tc_index *axis[3];
        unsigned naxis = (unsigned)below(3) + k;

        for (unsigned i = 0; i < naxis; i++)
            axis[i] = tc_index_new(m.f, "a", 1 + (int64_t)below(4), NULL);
        tc_family_input(m.f, k ? "Y" : "X", naxis, axis);
    }
    for (unsigned k = 0; k < 5; k++)
        some_bank(&m);
    tc_family_output(m.f, "out", &m.f->bank[4]->plane);
    tc_family_output(m.f, "also", &m.f->bank[1]->plane);
    return m.f;
}

#endif
