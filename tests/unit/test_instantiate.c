/* test_instantiate.c -- numbering and instantiation against the definitions
 *
 * Families are made at random; a plain enumeration of boxes, guards and terms
 * says which gates there are and which edges and bound each has. */
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

/* ------------------------------------------------------------ the definitions */

static int64_t *value; /* of indices, by id */

static int64_t affine_at(const struct tc_affine *x)
{
    int64_t v = x->constant;

    for (unsigned i = 0; i < x->n; i++)
        v += x->part[i].coef * value[x->part[i].ix->id];
    return v;
}

static int64_t axis_at(const struct tc_axis *x)
{
    int64_t v = affine_at(&x->at), arg;

    if (x->via) {
        arg = affine_at(&x->arg);
        v += tc_table_get_i64(x->via, &arg);
    }
    return v;
}

static bool guards_at(unsigned n, const struct tc_guard *g)
{
    for (unsigned k = 0; k < n; k++)
        if (axis_at(&g[k].expr) < 0)
            return false;
    return true;
}

static const struct tc_index *plane_axis(const struct tc_plane *p, unsigned k)
{
    return k < p->naxis ? p->axis[k] : p->chain;
}

static unsigned plane_axes(const struct tc_plane *p)
{
    return p->naxis + (p->chain != NULL);
}

static size_t plane_box(const struct tc_plane *p)
{
    size_t n = 1;

    for (unsigned k = 0; k < plane_axes(p); k++)
        n *= (size_t)plane_axis(p, k)->extent;
    return n;
}

/* gives the axes of a plane the values of a position in its box */
static void unrank(const struct tc_plane *p, size_t position)
{
    for (unsigned k = plane_axes(p); k-- > 0;) {
        int64_t extent = plane_axis(p, k)->extent;

        value[plane_axis(p, k)->id] = (int64_t)(position % (size_t)extent);
        position /= (size_t)extent;
    }
}

/* wire numbers over the box of each plane; UINT64_MAX outside of guards */
static uint64_t **number_planes(const struct tc_family *f, uint64_t *wires)
{
    uint64_t **map = tc_xcalloc(f->ninput + f->nbank, sizeof *map);

    *wires = 0;
    for (unsigned k = 0; k < f->ninput + f->nbank; k++) {
        const struct tc_plane *p = k < f->ninput ? f->input[k] : &f->bank[k - f->ninput]->plane;
        size_t box = plane_box(p);

        map[k] = tc_xcalloc(box, sizeof **map);
        for (size_t i = 0; i < box; i++) {
            unrank(p, i);
            map[k][i] = !p->bank || guards_at(p->bank->nguard, p->bank->guard) ? (*wires)++
                                                                               : UINT64_MAX;
        }
    }
    return map;
}

struct edges {
    size_t n;
    uint64_t *source;
    mpz_t *weight;
};

/* adds sign * term at the point that value holds: edges, or to *constant */
static void term_edges(const struct tc_term *t, int sign, unsigned depth, uint64_t **map,
                       struct edges *out, mpz_ptr constant)
{
    int64_t arg[8];
    mpz_t w, factor;

    if (depth < t->nsum) {
        for (int64_t v = 0; v < t->sum[depth]->extent; v++) {
            value[t->sum[depth]->id] = v;
            term_edges(t, sign, depth + 1, map, out, constant);
        }
        return;
    }
    if (!guards_at(t->nguard, t->guard))
        return;
    mpz_inits(w, factor, NULL);
    mpz_set(w, t->coef);
    for (unsigned k = 0; k < t->nfactor; k++) {
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            arg[r] = axis_at(&t->factor[k].at[r]);
        tc_table_get(t->factor[k].table, arg, factor);
        mpz_mul(w, w, factor);
    }
    if (sign < 0)
        mpz_neg(w, w);
    if (!t->plane) {
        mpz_add(constant, constant, w);
    } else if (mpz_sgn(w)) {
        size_t position = 0;

        for (unsigned k = 0; k < plane_axes(t->plane); k++) {
            int64_t x = axis_at(&t->at[k]), extent = plane_axis(t->plane, k)->extent;

            assert(x >= 0 && x < extent);
            position = position * (size_t)extent + (size_t)x;
        }
        assert(map[t->plane->id][position] != UINT64_MAX);
        out->source = tc_xrealloc(out->source, out->n + 1, sizeof *out->source);
        out->weight = tc_xrealloc(out->weight, out->n + 1, sizeof *out->weight);
        out->source[out->n] = map[t->plane->id][position];
        mpz_init_set(out->weight[out->n++], w);
    }
    mpz_clears(w, factor, NULL);
}

static void compare_gate(const struct tc_netlist *nl, const struct tc_bank *bank, uint64_t **map,
                         uint32_t gate, uint32_t row)
{
    struct edges e = {0};
    mpz_t bound, z;

    mpz_inits(bound, z, NULL);
    for (unsigned k = 0; k < bank->form.nterm; k++)
        term_edges(&bank->form.term[k], 1, 0, map, &e, bound);
    for (unsigned k = 0; k < bank->theta.nterm; k++)
        term_edges(&bank->theta.term[k], -1, 0, map, &e, bound);
    mpz_neg(bound, bound);
    tc_weight_get(nl, nl->bound[gate], z);
    ck_assert_msg(mpz_cmp(bound, z) == 0, "bound of gate %u of %s", gate, bank->plane.name);
    ck_assert_uint_eq(nl->first[row + 1] - nl->first[row], e.n);
    for (size_t i = 0; i < e.n; i++) {
        tc_weight_get(nl, nl->weight[nl->first[row] + i], z);
        ck_assert_uint_eq(nl->source[nl->first[row] + i], e.source[i]);
        ck_assert(mpz_cmp(e.weight[i], z) == 0);
        mpz_clear(e.weight[i]);
    }
    free(e.source);
    free(e.weight);
    mpz_clears(bound, z, NULL);
}

static bool row_per_gate(const struct tc_bank *b)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct tc_form *f = i ? &b->theta : &b->form;

        for (unsigned k = 0; b->plane.chain && k < f->nterm; k++)
            if (f->term[k].plane && tc_term_reads(&f->term[k], b->plane.chain))
                return true;
    }
    return false;
}

static void compare_numbering(const struct tc_plane *p, const uint64_t *map)
{
    struct tc_arena *a = tc_arena_new();
    size_t box = plane_box(p);
    struct tc_error err = {0};
    struct tc_numbering nb;
    uint64_t points = 0, first = UINT64_MAX;
    int64_t at[16];

    ck_assert_msg(tc_numbering_init(a, p, &nb, &err), "%s", err.msg);
    for (size_t i = 0; i < box; i++) {
        unrank(p, i);
        for (unsigned k = 0; k < plane_axes(p); k++)
            at[k] = value[plane_axis(p, k)->id];
        if (map[i] != UINT64_MAX && first == UINT64_MAX)
            first = map[i];
        ck_assert_uint_eq(tc_numbering_wire(&nb, at),
                          map[i] == UINT64_MAX ? UINT64_MAX : map[i] - first);
        points += map[i] != UINT64_MAX;
    }
    ck_assert_uint_eq(nb.points, points);
    ck_assert(tc_numbering_points(p, &nb.points, &err));
    ck_assert_uint_eq(nb.points, points);
    tc_arena_free(a);
}

static void compare(const struct tc_family *f)
{
    struct tc_error err = {0};
    struct tc_netlist *nl = tc_family_instantiate(f, 0, 0, &err), *again;
    uint32_t gate = 0, row = 0, places = 0, o = 0;
    uint64_t wires, **map;

    value = tc_xcalloc(f->next_index + 1, sizeof *value);
    map = number_planes(f, &wires);
    ck_assert_msg(nl != NULL, "%s", err.msg);
    ck_assert_msg(tc_netlist_check(nl, &err), "%s", err.msg);
    ck_assert_uint_eq(nl->ninputs + nl->ngates, wires);
    for (unsigned k = 0; k < f->ninput; k++) {
        compare_numbering(f->input[k], map[k]);
        ck_assert_str_eq(nl->place[places].name, f->input[k]->name);
        ck_assert_uint_eq(nl->place[places++].level, 0);
    }
    for (unsigned k = 0; k < f->nbank; k++) {
        const struct tc_bank *b = f->bank[k];
        size_t box = plane_box(&b->plane), count = b->plane.chain ? (size_t)b->plane.chain->extent : 1;
        bool each = row_per_gate(b);
        size_t last = SIZE_MAX; /* the point of the row */

        compare_numbering(&b->plane, map[f->ninput + k]);
        ck_assert_uint_eq(nl->place[places].first, nl->ninputs + gate);
        ck_assert_uint_eq(nl->place[places++].level, b->plane.level);
        for (size_t i = 0; i < box; i++) {
            if (map[f->ninput + k][i] == UINT64_MAX)
                continue;
            /* a row ends where the point does, or at each gate */
            if (gate > 0) {
                ck_assert_int_eq(nl->gate[row + 1] == gate, each || i / count != last);
                row += nl->gate[row + 1] == gate;
            }
            last = i / count;
            unrank(&b->plane, i);
            compare_gate(nl, b, map, gate++, row);
        }
    }
    ck_assert_uint_eq(gate, nl->ngates);
    ck_assert_uint_eq(places, nl->nplace);
    for (unsigned k = 0; k < f->noutput; k++) {
        const struct tc_plane *p = f->output[k].plane;

        for (size_t i = 0; i < plane_box(p); i++)
            if (map[p->id][i] != UINT64_MAX)
                ck_assert_uint_eq(nl->output[o++], map[p->id][i]);
    }
    ck_assert_uint_eq(o, nl->noutputs);

    if (nl->ngates > 1) {
        ck_assert(!tc_family_instantiate(f, nl->ngates - 1, 0, &err));
        ck_assert_int_eq(err.kind, TC_ELIMIT);
    }
    if (nl->nedges > 1) {
        char need[32];

        ck_assert(!tc_family_instantiate(f, nl->ngates, nl->nedges - 1, &err));
        ck_assert_int_eq(err.kind, TC_ELIMIT);
        snprintf(need, sizeof need, " %llu ", (unsigned long long)nl->nedges);
        ck_assert_msg(strstr(err.msg, need) != NULL, "%s", err.msg);
    }
    again = tc_family_instantiate(f, nl->ngates ? nl->ngates : 1, nl->nedges, &err);
    ck_assert(again != NULL);
    tc_netlist_free(again);
    tc_netlist_free(nl);
    for (unsigned k = 0; k < f->ninput + f->nbank; k++)
        free(map[k]);
    free(map);
    free(value);
}

/* ------------------------------------------------------------ random families */

/* a computed table: only arguments from 0 to 99 are in its domain */
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

        assert(a >= 0 && a < 100 && b >= 0 && b < 100);
        out[s] = (3 * a + 5 * b) % 7 - 3;
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
            ix = sum[t->nsum++] = tc_index_new(m->f, "s", 1 + (int64_t)below((uint64_t)extent), NULL);
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
        guard[nguard++].expr =
            tc_axis_plus(a, tc_axis_plus(a, tc_axis_of(a, m->domain[0]), 1, m->domain[1]), -2,
                         m->domain[2]);
    if (m->chain && below(2)) { /* as many thresholds as a table says, also none */
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

static struct tc_family *some_family(bool big)
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

START_TEST(random_families)
{
    for (unsigned round = 0; round < 30; round++) {
        struct tc_family *f;

        seed = 100 * (uint64_t)_i + round;
        f = some_family(_i % 3 == 2);
        compare(f);
        tc_family_free(f);
    }
}
END_TEST

/* ------------------------------------------------------------- known families */

static struct tc_form wire_at(struct tc_family *f, const struct tc_plane *p, unsigned n,
                              const struct tc_index **ix)
{
    struct tc_axis at[8];

    for (unsigned k = 0; k < n; k++)
        at[k] = tc_axis_of(f->arena, ix[k]);
    return tc_form_wire(f, p, at);
}

/* products of bits, then thresholds of their causal weighted sum */
START_TEST(causal_product)
{
    struct tc_family *f = tc_family_new("causal");
    int64_t n = 1 + _i;
    const struct tc_index *i = tc_index_new(f, "i", n, NULL), *j = tc_index_new(f, "j", n, NULL);
    const struct tc_index *a = tc_index_new(f, "a", 3, NULL), *t = tc_index_new(f, "t", 5, NULL);
    const struct tc_index *xa[] = {i, a}, *ia[] = {i, a}, *ja[] = {j, a}, *ija[] = {i, j, a};
    int64_t three = 3, five = 5, power[] = {1, 2, -4}, step[] = {-2, 0, 1, 3, 7};
    const struct tc_table *two = tc_table_dense(f, "two", 1, &three, power);
    const struct tc_table *theta = tc_table_dense(f, "theta", 1, &five, step);
    struct tc_plane *x = tc_family_input(f, "X", 2, xa);
    struct tc_axis at_a = tc_axis_of(f->arena, a), at_t = tc_axis_of(f->arena, t);
    struct tc_guard le = tc_guard_le(f->arena, j, i);
    struct tc_bank *product, *sum;
    struct tc_form form;
    const struct tc_index *over[] = {j, a};

    form = tc_form_add(f, wire_at(f, x, 2, ia), wire_at(f, x, 2, ja));
    product = tc_bank_new(f, "product", form, NULL, tc_form_si(f, 2), true, 1, &le, "c", NULL);
    form = tc_form_times(f, wire_at(f, &product->plane, 3, ija), two, &at_a);
    form = tc_form_sum(f, form, 2, over, 1, &le);
    sum = tc_bank_new(f, "sum", form, t, tc_form_table(f, theta, &at_t), true, 0, NULL, "c", NULL);
    tc_family_output(f, "Y", &sum->plane);
    compare(f);
    tc_family_free(f);
}
END_TEST

static struct tc_family *plain(int64_t n, bool guarded)
{
    struct tc_family *f = tc_family_new("plain");
    const struct tc_index *ix[4];
    struct tc_form form = tc_form_si(f, 0);
    struct tc_guard guard[3];
    struct tc_plane *x;

    for (unsigned k = 0; k < 4; k++)
        ix[k] = tc_index_new(f, "i", n, NULL);
    x = tc_family_input(f, "X", 1, ix);
    for (unsigned k = 0; k < 4; k++)
        form = tc_form_add(f, form, wire_at(f, x, 1, &ix[k]));
    for (unsigned k = 0; k < 3; k++)
        guard[k] = tc_guard_le(f->arena, ix[k], ix[k + 1]);
    tc_bank_new(f, "all", form, NULL, tc_form_si(f, 4), true, guarded ? 3 : 0, guard, "c", NULL);
    return f;
}

/* too large: refused at once, with the size */
START_TEST(limits)
{
    struct tc_error err = {0};
    struct tc_family *f = plain(100000, false);

    ck_assert(!tc_family_instantiate(f, 0, 0, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_msg(strstr(err.msg, "100000000000000000000") != NULL, "%s", err.msg);
    tc_family_free(f);

    f = plain(1000000, true);
    ck_assert(!tc_family_instantiate(f, 0, 0, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_msg(strstr(err.msg, "all") != NULL, "%s", err.msg);
    tc_family_free(f);

    f = plain(40, false);
    ck_assert(!tc_family_instantiate(f, 2559999, 0, &err));
    ck_assert_msg(strstr(err.msg, "2560000 gates") != NULL, "%s", err.msg);
    ck_assert(!tc_family_instantiate(f, 2560000, 10239999, &err));
    ck_assert_msg(strstr(err.msg, "10240000 stored edges") != NULL, "%s", err.msg);
    tc_family_free(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("instantiate");
    TCase *tc = tcase_create("instantiate");
    SRunner *runner = srunner_create(s);
    bool failed;

    tcase_set_timeout(tc, 300);
    suite_add_tcase(s, tc);
    tcase_add_loop_test(tc, random_families, 0, 30);
    tcase_add_loop_test(tc, causal_product, 0, 6);
    tcase_add_test(tc, limits);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner) > 0 || srunner_ntests_run(runner) == 0;
    srunner_free(runner);
    return failed;
}
