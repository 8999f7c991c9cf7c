/* test_instantiate.c -- numbering and instantiation against the definitions
 *
 * Families are made at random; a plain enumeration of boxes, guards and terms
 * says which gates there are and which edges and bound each has. */
#include "check_main.h"
#include "random_family.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
            map[k][i] =
                !p->bank || guards_at(p->bank->nguard, p->bank->guard) ? (*wires)++ : UINT64_MAX;
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
        size_t box = plane_box(&b->plane),
               count = b->plane.chain ? (size_t)b->plane.chain->extent : 1;
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

/* ------------------------------------------------------------------------ tests */

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

/* A guard between inner indices keeps outer reads within tables and planes:
 * sum over j, k with j <= k <= i of table[i - j] and computed(i - j, k) times
 * lower[i, j], a plane with j <= i, and a wire chosen by table. */
START_TEST(guards_protect_what_is_outside)
{
    struct tc_family *f = tc_family_new("protected");
    int64_t n = 1 + _i % 6, entry[6], pick[6];
    const struct tc_index *ix[5];
    struct tc_axis at[3];
    struct tc_guard guard[2];
    struct tc_error err = {0};
    const struct tc_table *table, *computed, *via;
    struct tc_plane *x;
    struct tc_bank *lower;
    struct tc_form form;

    for (unsigned k = 0; k < 5; k++)
        ix[k] = tc_index_new(f, "i", n, NULL);
    for (int64_t k = 0; k < n; k++) {
        entry[k] = k - 2;
        pick[k] = n - 1 - k;
    }
    table = tc_table_dense(f, "table", 1, &n, entry);
    via = tc_table_dense(f, "via", 1, &n, pick);
    computed = tc_table_computed(f, "mix", &mix, "", &err);
    x = tc_family_input(f, "X", 1, ix);
    form = tc_form_add(f, wire_at(f, x, 1, &ix[0]), wire_at(f, x, 1, &ix[1]));
    guard[0] = tc_guard_le(f->arena, ix[1], ix[0]);
    lower = tc_bank_new(f, "lower", form, NULL, tc_form_si(f, 2), true, 1, guard, "c", NULL);

    guard[0] = tc_guard_le(f->arena, ix[1], ix[2]); /* j <= k <= i */
    guard[1] = tc_guard_le(f->arena, ix[2], ix[0]);
    form = wire_at(f, &lower->plane, 2, ix);
    at[0] = tc_axis_plus(f->arena, tc_axis_of(f->arena, ix[0]), -1, ix[1]);
    at[1] = tc_axis_of(f->arena, ix[2]);
    form = tc_form_times(f, tc_form_times(f, form, table, at), computed, at);
    at[2] = tc_axis_const(0);
    at[2].via = via;
    at[2].arg = at[0].at;
    form = tc_form_add(f, form, tc_form_times(f, tc_form_wire(f, x, &at[2]), table, at + 1));
    if (_i < 6)
        form = tc_form_sum(f, form, 2, ix + 1, 2, guard);
    else if (_i < 12) { /* j outside: a reduction loop around the guard */
        form = tc_form_sum(f, form, 1, ix + 2, 2, guard);
        form.term[0].nguard = form.term[1].nguard = 2;
        form = tc_form_sum(f, form, 1, ix + 1, 0, NULL);
    }
    tc_bank_new(f, "sum", form, NULL, tc_form_si(f, 1), true, _i < 12 ? 0 : 2, guard, "c", NULL);
    tc_family_output(f, "Y", &f->bank[1]->plane);
    compare(f);
    tc_family_free(f);
}
END_TEST

/* Bits of words that are chains, as sums over thresholds: which wires a term
 * reads depends on the bit; causal: and, of a guarded plane, on the point. */
START_TEST(bits_of_chains)
{
    bool causal = _i % 2, early = _i / 2;
    struct tc_family *f = tc_family_new("bits");
    const struct tc_index *i = tc_index_new(f, "i", 6, NULL), *j = tc_index_new(f, "j", 6, NULL);
    const struct tc_index *a = tc_index_new(f, "a", 3, NULL), *b = tc_index_new(f, "b", 3, NULL);
    const struct tc_index *k = tc_index_new(f, "k", 6, NULL), *t = tc_index_new(f, "t", 7, NULL);
    const struct tc_index *x_at[] = {i, j, a};
    int64_t extent[2] = {3, 7}, seven = 7, step[] = {-2, 0, 1, 2, 3, 4, 6};
    const int64_t bit[] = {1, -1, 1, -1, 1, -1, 1, 0, 1, 0, -1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0};
    const struct tc_table *bits = tc_table_dense(f, "bit", 2, extent, bit);
    const struct tc_table *theta = tc_table_dense(f, "theta", 1, &seven, step);
    struct tc_axis at_t = tc_axis_of(f->arena, t), at[3];
    struct tc_guard le = tc_guard_le(f->arena, j, i);
    struct tc_plane *x = tc_family_input(f, "X", 3, x_at);
    struct tc_form form = wire_at(f, x, 3, x_at), sum = tc_form_si(f, 0);
    struct tc_bank *q = tc_bank_new(f, "q", tc_form_sum(f, form, 1, &a, 0, NULL), t,
                                    tc_form_table(f, theta, &at_t), true, causal, &le, "c", NULL);

    for (unsigned n = 0; n < 2; n++) {
        at[0] = tc_axis_of(f->arena, early ? k : i);
        at[1] = tc_axis_of(f->arena, j);
        at[2] = at_t;
        form = tc_form_wire(f, &q->plane, at);
        at[0] = tc_axis_of(f->arena, n ? a : b);
        at[1] = at_t;
        form = tc_form_times(f, form, bits, at);
        sum = tc_form_add(f, sum, tc_form_sum(f, form, 1, &t, 0, NULL));
    }
    le = tc_guard_le(f->arena, j, early ? k : i);
    if (early) /* sum over k >= j first */
        sum = tc_form_sum(f, sum, 1, &k, causal, &le);
    tc_bank_new(f, "and", sum, NULL, tc_form_si(f, 2), true, causal && !early, &le, "c", NULL);
    tc_family_output(f, "Y", &f->bank[1]->plane);
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

    tcase_set_timeout(tc, 300);
    suite_add_tcase(s, tc);
    tcase_add_loop_test(tc, random_families, 0, 40);
    tcase_add_loop_test(tc, causal_product, 0, 6);
    tcase_add_loop_test(tc, guards_protect_what_is_outside, 0, 18);
    tcase_add_loop_test(tc, bits_of_chains, 0, 4);
    tcase_add_test(tc, limits);
    return check_status(s);
}
