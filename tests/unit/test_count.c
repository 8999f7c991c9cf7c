/* test_count.c -- counts against walking over every gate and every wire */
#include "../../compiler/compiler.h"
#include "check_main.h"
#include "family_text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SEED 7

/* ------------------------------------------------- counting by definition */

#define MOST 64

struct walk {
    unsigned n;
    const struct tc_index *ix[MOST];
    int64_t value[MOST];
    mpz_t wires, fan_in, weight, threshold, gates;
    mpz_t sum, v, w;
    uint64_t here; /* fan-in of this gate */
};

static int64_t affine(const struct walk *w, const struct tc_affine *a)
{
    int64_t v = a->constant;

    for (unsigned i = 0; i < a->n; i++) {
        unsigned k = w->n;

        while (k > 0 && w->ix[k - 1] != a->part[i].ix)
            k--;
        assert(k > 0); /* check's own would write to a pipe, each time */
        v += a->part[i].coef * w->value[k - 1];
    }
    return v;
}

static int64_t axis(const struct walk *w, const struct tc_axis *x)
{
    int64_t v = affine(w, &x->at);

    if (x->via) {
        int64_t arg = affine(w, &x->arg);

        v += tc_table_get_i64(x->via, &arg);
    }
    return v;
}

static bool holds(const struct walk *w, unsigned n, const struct tc_guard *g)
{
    for (unsigned i = 0; i < n; i++)
        if (axis(w, &g[i].expr) < 0)
            return false;
    return true;
}

static void read_point(struct walk *w, const struct tc_term *t, int sign)
{
    int64_t arg[8];

    if (!holds(w, t->nguard, t->guard))
        return;
    mpz_set(w->v, t->coef);
    for (unsigned k = 0; k < t->nfactor; k++) {
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            arg[r] = axis(w, &t->factor[k].at[r]);
        tc_table_get(t->factor[k].table, arg, w->w);
        mpz_mul(w->v, w->v, w->w);
    }
    if (!t->plane) {
        if (sign > 0)
            mpz_add(w->sum, w->sum, w->v);
        else
            mpz_sub(w->sum, w->sum, w->v);
        return;
    }
    if (!mpz_sgn(w->v))
        return;
    w->here++;
    if (mpz_cmpabs(w->v, w->weight) > 0)
        mpz_abs(w->weight, w->v);
}

static void read_term(struct walk *w, const struct tc_term *t, unsigned k, int sign)
{
    if (k == t->nsum) {
        read_point(w, t, sign);
        return;
    }
    w->ix[w->n++] = t->sum[k];
    for (int64_t v = 0; v < t->sum[k]->extent; v++) {
        w->value[w->n - 1] = v;
        read_term(w, t, k + 1, sign);
    }
    w->n--;
}

static void walk_gates(struct walk *w, const struct tc_bank *b, unsigned k)
{
    const struct tc_plane *p = &b->plane;
    unsigned naxis = p->naxis + (p->chain != NULL);

    if (k == naxis) {
        if (!holds(w, b->nguard, b->guard))
            return;
        w->here = 0;
        mpz_set_ui(w->sum, 0);
        for (unsigned i = 0; i < b->form.nterm; i++)
            read_term(w, &b->form.term[i], 0, -1);
        for (unsigned i = 0; i < b->theta.nterm; i++)
            read_term(w, &b->theta.term[i], 0, 1);
        mpz_add_ui(w->gates, w->gates, 1);
        mpz_add_ui(w->wires, w->wires, w->here);
        if (mpz_cmp_ui(w->fan_in, w->here) < 0)
            mpz_set_ui(w->fan_in, w->here);
        if (mpz_cmpabs(w->sum, w->threshold) > 0)
            mpz_abs(w->threshold, w->sum);
        return;
    }
    w->ix[w->n++] = k < p->naxis ? p->axis[k] : p->chain;
    for (int64_t v = 0; v < w->ix[w->n - 1]->extent; v++) {
        w->value[w->n - 1] = v;
        walk_gates(w, b, k + 1);
    }
    w->n--;
}

struct known {
    const struct tc_family *f;
    const struct tc_count *n;
};

static bool look(void *ctx, const char *name, mpz_ptr value)
{
    const struct known *k = ctx;

    for (unsigned i = 0; i < k->f->nparam; i++)
        if (!strcmp(k->f->param[i].name, name)) {
            mpz_set(value, k->f->param[i].value);
            return true;
        }
    for (unsigned i = 0; i < k->f->nsymbol; i++)
        if (!strcmp(k->f->symbol[i].name, name)) {
            mpz_set(value, k->f->symbol[i].value);
            return true;
        }
    for (unsigned i = 0; i < k->n->nsymbol; i++)
        if (!strcmp(k->n->symbol[i].name, name)) {
            mpz_set(value, k->n->symbol[i].value);
            return true;
        }
    return false;
}

static void formula_is(const struct tc_family *f, const struct tc_count *n, const struct tc_poly *p,
                       mpz_srcptr want)
{
    struct known k = {f, n};
    mpq_t q;

    mpq_init(q);
    ck_assert(tc_poly_eval(p, look, &k, q));
    ck_assert_msg(mpz_cmp_ui(mpq_denref(q), 1) == 0 && mpz_cmp(mpq_numref(q), want) == 0,
                  "%s is not %s", tc_poly_text(n ? f->arena : NULL, p),
                  mpz_get_str(NULL, 10, want));
    mpq_clear(q);
}

static void same(const char *what, const struct tc_family *f, unsigned bank, mpz_srcptr got,
                 mpz_srcptr want)
{
    if (mpz_cmp(got, want) == 0)
        return;
    ck_abort_msg("family %s, bank %u: %s %s, wanted %s", f->name, bank, what,
                 mpz_get_str(NULL, 10, got), mpz_get_str(NULL, 10, want));
}

/* all numbers of a family, counted both ways */
static struct tc_count check(struct tc_family *f)
{
    struct tc_error err = {0};
    struct tc_count n;
    mpz_t threshold, gates, wires;

    if (!tc_family_count(f->arena, f, true, &n, &err))
        ck_abort_msg("%s", err.msg);
    mpz_inits(threshold, gates, wires, (mpz_ptr)NULL);
    for (unsigned k = 0; k < f->nbank; k++) {
        struct walk w = {.n = 0};

        mpz_inits(w.wires, w.fan_in, w.weight, w.threshold, w.gates, w.sum, w.v, w.w,
                  (mpz_ptr)NULL);
        walk_gates(&w, f->bank[k], 0);
        same("gates", f, k, n.bank[k].gates, w.gates);
        same("wires", f, k, n.bank[k].wires, w.wires);
        same("fan-in", f, k, n.bank[k].max_fan_in, w.fan_in);
        same("weight", f, k, n.bank[k].max_weight, w.weight);
        formula_is(f, &n, n.bank[k].gates_formula, w.gates);
        if (mpz_cmp(w.threshold, threshold) > 0)
            mpz_set(threshold, w.threshold);
        mpz_add(gates, gates, w.gates);
        mpz_add(wires, wires, w.wires);
        mpz_clears(w.wires, w.fan_in, w.weight, w.threshold, w.gates, w.sum, w.v, w.w,
                   (mpz_ptr)NULL);
    }
    same("threshold", f, 0, n.max_threshold, threshold);
    same("gates", f, 0, n.gates, gates);
    same("wires", f, 0, n.wires, wires);
    formula_is(f, &n, n.gates_formula, gates);
    mpz_clears(threshold, gates, wires, (mpz_ptr)NULL);
    return n;
}

/* --------------------------------------------------------------- families */

/* a function of any two integers with many zeros, along any axis */
static void *open_sieve(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                        struct tc_error *err)
{
    int64_t *m = tc_alloc(a, 1, sizeof *m);

    (void)loc;
    (void)err;
    *m = atoll(parameters);
    return m;
}

static int64_t sieve(int64_t m, int64_t x, int64_t y)
{
    int64_t r = (3 * x + 5 * y + x * y) % m;

    return r % 3 == 0 ? 0 : r;
}

static void eval_sieve(const void *state, const int64_t *arg, unsigned axis_no, int64_t step,
                       size_t count, int64_t *out)
{
    int64_t at[2] = {arg[0], arg[1]};

    for (size_t i = 0; i < count; i++, at[axis_no] += step)
        out[i] = sieve(*(const int64_t *)state, at[0], at[1]);
}

static int64_t max_sieve(const void *state)
{
    return *(const int64_t *)state;
}

static const struct tc_function sieve_function = {"sieve", 2, open_sieve, eval_sieve, max_sieve};

static struct tc_table *sieve_table(struct tc_family *f, const char *m)
{
    struct tc_error err = {0};

    return tc_table_computed(f, "sieve", &sieve_function, m, &err);
}

static struct tc_index *sized(struct tc_family *f, const char *name, const char *symbol, int64_t n)
{
    return tc_index_new(f, name, n, symbol ? tc_poly_symbol(f->arena, symbol) : NULL);
}

/* a wire of x at indices; the plane is as large as it needs to be */
static struct tc_form wire(struct tc_family *f, const struct tc_plane *x, unsigned n,
                           const struct tc_index *const *ix)
{
    struct tc_axis at = tc_axis_const(0);

    for (unsigned i = 0; i < n; i++)
        at = tc_axis_plus(f->arena, at, i + 1, ix[i]);
    return tc_form_wire(f, x, &at);
}

static const struct tc_plane *line(struct tc_family *f)
{
    const struct tc_index *ix = tc_index_new(f, "x", 1 << 20, NULL);

    return tc_family_input(f, "X", 1, &ix);
}

static void outputs(struct tc_family *f)
{
    tc_family_output(f, "Y", &f->bank[f->nbank - 1]->plane);
}

static struct tc_form thresholds(struct tc_family *f, const struct tc_index *t)
{
    int64_t *entry = tc_xcalloc((size_t)t->extent, sizeof *entry);
    struct tc_axis at = tc_axis_of(f->arena, t);
    struct tc_form r;

    for (int64_t i = 0; i < t->extent; i++)
        entry[i] = 3 * i - 20;
    r = tc_form_table(f, tc_table_dense(f, "theta", 1, &t->extent, entry), &at);
    free(entry);
    return r;
}

/* causal triples, strict and nested, with chains: closed forms at every size */
START_TEST(closed_forms)
{
    for (int64_t n = 1; n <= 9; n++) {
        struct tc_family *f = tc_family_new("causal");
        const struct tc_plane *x;
        const struct tc_index *i, *j, *k, *t, *c, *all[4];
        struct tc_guard g[3];
        struct tc_count count;

        tc_family_param(f, "n", n);
        tc_family_param(f, "d", 3);
        x = line(f);
        i = sized(f, "i", "n", n);
        j = sized(f, "j", "n", n);
        k = sized(f, "k", "n", n);
        c = sized(f, "c", "d", 3);
        t = tc_index_new(f, "t", 5, tc_family_symbol(f, "T", 5, NULL));
        all[0] = i, all[1] = j, all[2] = k, all[3] = c;
        g[0] = tc_guard_le(f->arena, j, i);
        g[1] = tc_guard_le(f->arena, k, i);
        tc_bank_new(f, "and", wire(f, x, 4, all), NULL, tc_form_si(f, 1), true, 2, g, "a", NULL);
        g[1] = tc_guard_le(f->arena, k, j);
        tc_bank_new(f, "nested", wire(f, x, 3, all), t, thresholds(f, t), true, 2, g, "a", NULL);
        g[1].expr.at.constant = -1; /* k < j */
        tc_bank_new(f, "strict", wire(f, x, 3, all), t, thresholds(f, t), true, 2, g, "a", NULL);
        g[1] = tc_guard_le(f->arena, k, i);
        tc_bank_new(f, "sum", tc_form_sum(f, wire(f, x, 3, all), 2, all + 1, 2, g), t,
                    thresholds(f, t), true, 0, NULL, "a", NULL);
        g[1] = tc_guard_le(f->arena, i, j); /* j = i: no tree */
        tc_bank_new(f, "equal", wire(f, x, 3, all), t, thresholds(f, t), true, 2, g, "a", NULL);
        outputs(f);
        count = check(f);
        ck_assert_str_eq(tc_poly_text(f->arena, count.bank[0].gates_formula),
                         "1/3*n^3*d + 1/2*n^2*d + 1/6*d*n");
        ck_assert_str_eq(tc_poly_text(f->arena, count.bank[1].gates_formula),
                         "1/6*n^3*T + 1/2*n^2*T + 1/3*T*n");
        ck_assert_str_eq(tc_poly_text(f->arena, count.bank[3].gates_formula), "T*n");
        ck_assert_uint_eq(count.nsymbol, n > 1);
        if (n > 1)
            ck_assert_str_eq(count.symbol[0].name, "N_equal");
        ck_assert_uint_eq(count.depth, 1);
        ck_assert_uint_eq(mpz_get_ui(count.inputs), 1 << 20);
        tc_family_free(f);
    }
}
END_TEST

/* the same far beyond enumeration */
START_TEST(closed_forms_large)
{
    int64_t n = 1 << 20;
    struct tc_family *f = tc_family_new("large");
    const struct tc_index *i, *j, *k, *t, *all[3];
    const struct tc_plane *x;
    struct tc_error err = {0};
    struct tc_guard g[2];
    struct tc_count count;
    mpz_t want, v;

    tc_family_param(f, "n", n);
    x = line(f);
    i = sized(f, "i", "n", n);
    j = sized(f, "j", "n", n);
    k = sized(f, "k", "n", n);
    t = sized(f, "t", NULL, 31);
    all[0] = i, all[1] = j, all[2] = k;
    g[0] = tc_guard_le(f->arena, j, i);
    g[1] = tc_guard_le(f->arena, k, i);
    tc_bank_new(f, "and", wire(f, x, 3, all), NULL, tc_form_si(f, 1), true, 2, g, "a", NULL);
    tc_bank_new(f, "sum", tc_form_sum(f, wire(f, x, 3, all), 2, all + 1, 2, g), t, thresholds(f, t),
                true, 0, NULL, "a", NULL);
    outputs(f);
    ck_assert(tc_family_count(f->arena, f, true, &count, &err));
    mpz_init_set_si(want, n); /* n (n+1) (2n+1) / 6 */
    mpz_init_set(v, want);
    mpz_add_ui(v, v, 1);
    mpz_mul(want, want, v);
    mpz_set_si(v, 2 * n + 1);
    mpz_mul(want, want, v);
    mpz_divexact_ui(want, want, 6);
    ck_assert(!mpz_cmp(count.bank[0].gates, want));
    ck_assert(!mpz_cmp(count.bank[0].wires, want));
    ck_assert_uint_eq(mpz_get_ui(count.bank[0].max_fan_in), 1);
    mpz_mul_ui(want, want, 31);
    ck_assert(!mpz_cmp(count.bank[1].wires, want));
    ck_assert(!mpz_cmp_si(count.bank[1].max_fan_in, n * n));
    formula_is(f, &count, count.gates_formula, count.gates);
    mpz_clears(want, v, (mpz_ptr)NULL);
    tc_family_free(f);
}
END_TEST

/* sum over p of T[i,p] T[j,p] U[k,p] x[p]: the fan-in of three positions together,
 * more of them than are looked at one by one */
START_TEST(positions_together)
{
    enum { N = 110, P = 6 };
    int64_t extent[2] = {N, P}, entry[2][N * P], n = N;
    uint64_t state = 7, mask[2][N];

    for (int causal = 0; causal < 3; causal++) {
        struct tc_family *f = tc_family_new("positions");
        struct tc_index *at[3] = {sized(f, "i", "n", n), sized(f, "j", "n", n),
                                  sized(f, "k", "n", n)};
        const struct tc_index *p = sized(f, "p", NULL, P);
        struct tc_axis axis[2] = {tc_axis_const(0), tc_axis_of(f->arena, p)};
        struct tc_form x = tc_form_wire(f, tc_family_input(f, "x", 1, &p), &axis[1]);
        struct tc_error err = {0};
        struct tc_guard g[2];
        struct tc_count count;
        unsigned most = 0;

        memset(mask, 0, sizeof mask);
        for (int k = 0; k < 2 * N * P; k++) {
            int64_t *e = &entry[k / (N * P)][k % (N * P)];

            state = state * 6364136223846793005u + 1442695040888963407u;
            *e = (int64_t)(state >> 33) % 5 - 2 - (state >> 40) % 2;
            *e = *e < -1 ? 0 : *e;
            mask[k / (N * P)][k / P % N] |= (uint64_t)(*e != 0) << (k % P);
        }
        for (int m = 0; m < 3; m++) {
            axis[0] = tc_axis_of(f->arena, at[m]);
            x = tc_form_times(f, x, tc_table_dense(f, m < 2 ? "T" : "U", 2, extent, entry[m / 2]),
                              axis);
        }
        g[0] = tc_guard_le(f->arena, at[1], at[0]);
        g[1] = tc_guard_le(f->arena, causal == 2 ? at[1] : at[2], causal == 2 ? at[2] : at[0]);
        tc_bank_new(f, "y", tc_form_sum(f, x, 1, &p, 0, NULL), NULL, tc_form_si(f, 1), true,
                    causal ? 2 : 0, g, "a", NULL);
        outputs(f);
        ck_assert(tc_family_count(f->arena, f, true, &count, &err));
        for (int i = 0; i < N; i++)
            for (int j = 0; j < (causal ? i + 1 : N); j++)
                for (int k = causal == 2 ? j : 0; k < (causal == 1 ? i + 1 : N); k++) {
                    unsigned here =
                        (unsigned)__builtin_popcountll(mask[0][i] & mask[0][j] & mask[1][k]);

                    most = here > most ? here : most;
                }
        ck_assert_uint_eq(mpz_get_ui(count.bank[0].max_fan_in), most);
        tc_family_free(f);
    }
}
END_TEST

/* position tables by position, by offset, and by flat offset, causal or not */
START_TEST(position_tables)
{
    static const int64_t sizes[] = {1, 2, 5, 12, 18};

    for (unsigned s = 0; s < 5; s++)
        for (int mode = 0; mode < 12; mode++) {
            int64_t n = mode % 3 == 2 && sizes[s] > 12 ? 7 : sizes[s];
            struct tc_family *f = tc_family_new("position");
            const struct tc_plane *x = line(f);
            const struct tc_index *i, *j, *k, *l, *t, *ix[4], *sum[2];
            struct tc_axis at[2];
            struct tc_form form;
            struct tc_guard g[2];
            unsigned nguard = mode / 3 % 2 ? 2 : 0;
            const struct tc_table *even = sieve_table(f, "101"), *odd = sieve_table(f, "7");

            tc_family_param(f, "n", n);
            i = sized(f, "i", "n", n);
            j = sized(f, "j", "n", n);
            k = sized(f, "k", "n", n);
            l = sized(f, "l", NULL, 13);
            t = sized(f, "t", NULL, 3);
            ix[0] = i, ix[1] = l, ix[2] = j, ix[3] = k;
            g[0] = tc_guard_le(f->arena, j, i);
            g[1] = tc_guard_le(f->arena, k, i);
            at[0] = tc_axis_of(f->arena, i);
            at[1] = tc_axis_of(f->arena, l);
            if (mode % 3 >= 1)
                at[0] = tc_axis_plus(f->arena, tc_axis_plus(f->arena, at[0], -2, i), 1, j);
            if (mode % 3 == 2)
                at[0] = tc_axis_plus(f->arena, at[0], n, k);
            form = tc_form_times(f, wire(f, x, mode % 3 ? 4 : 2, ix), even, at);
            form =
                tc_form_add(f, form, tc_form_times(f, wire(f, x, mode % 3 ? 4 : 2, ix), odd, at));
            if (mode >= 6) { /* keys are summed over, not the domain */
                sum[0] = j, sum[1] = k;
                form = tc_form_sum(f, tc_form_times(f, wire(f, x, 4, ix), even, at), 2, sum, nguard,
                                   g);
                nguard = 0;
            }
            tc_bank_new(f, "open", form, t, thresholds(f, t), true, nguard, g, "a", NULL);
            sum[0] = l;
            form = tc_form_sum(f, form, 1, sum, 0, NULL);
            tc_bank_new(f, "score", form, t, thresholds(f, t), true, nguard, g, "a", NULL);
            outputs(f);
            check(f);
            tc_family_free(f);
        }
}
END_TEST

/* coordinates in pairs and through tables, as coordinate 2l + r reads 2l + 1 - r */
START_TEST(pairs_and_via)
{
    for (int64_t pairs = 1; pairs <= 4; pairs++) {
        struct tc_family *f = tc_family_new("pairs");
        const struct tc_plane *x = line(f);
        const struct tc_index *i = sized(f, "i", NULL, 90), *l = sized(f, "l", NULL, pairs);
        const struct tc_index *r = sized(f, "r", NULL, 2), *e = sized(f, "e", NULL, 3);
        const struct tc_index *t = sized(f, "t", NULL, 4), *ix[4] = {i, l, r, e};
        int64_t weight[24], extent[2] = {2 * pairs, 3}, sign[2] = {-1, 1}, two = 2, map[90];
        int64_t length = 90;
        const struct tc_table *w, *sg, *bucket;
        struct tc_axis at[2], pos[2], of_r = tc_axis_of(f->arena, r);
        struct tc_form same_form, other;

        for (int k = 0; k < 24; k++)
            weight[k] = (k * 7 + 3) % 5 - 2;
        for (int k = 0; k < 90; k++)
            map[k] = k * k % 11 - 5;
        w = tc_table_dense(f, "w", 2, extent, weight);
        sg = tc_table_dense(f, "sign", 1, &two, sign);
        bucket = tc_table_dense(f, "bucket", 1, &length, map);
        at[0] = tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(0), 2, l), 1, r);
        at[1] = tc_axis_of(f->arena, e);
        pos[0] = tc_axis_of(f->arena, i);
        pos[1] = tc_axis_of(f->arena, l);
        same_form =
            tc_form_times(f, tc_form_times(f, wire(f, x, 4, ix), w, at), sieve_table(f, "31"), pos);
        at[0] = tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(1), 2, l), -1, r);
        other =
            tc_form_times(f, tc_form_times(f, wire(f, x, 4, ix), w, at), sieve_table(f, "10"), pos);
        other = tc_form_times(f, other, sg, &of_r);
        same_form = tc_form_sum(f, tc_form_add(f, same_form, other), 1, &e, 0, NULL);
        tc_bank_new(f, "rotated", same_form, t, thresholds(f, t), true, 0, NULL, "a", NULL);
        pos[0] = (struct tc_axis){.via = bucket, .arg = tc_axis_of(f->arena, i).at};
        other = tc_form_times(f, tc_form_si(f, 3), sieve_table(f, "10"), pos);
        other =
            tc_form_add(f, other, tc_form_times(f, wire(f, x, 4, ix), sieve_table(f, "13"), pos));
        {
            /* guards through a table: t + bucket[i] >= 0 */
            struct tc_guard g = {tc_axis_of(f->arena, t)};

            g.expr.via = bucket;
            g.expr.arg = tc_axis_of(f->arena, i).at;
            tc_bank_new(f, "bucketed", other, t, thresholds(f, t), true, 1, &g, "a", NULL);
            other = tc_form_sum(f, tc_form_add(f, other, thresholds(f, t)), 1, &t, 1, &g);
            tc_bank_new(f, "partly", other, NULL, tc_form_si(f, 2), true, 0, NULL, "a", NULL);
        }
        outputs(f);
        check(f);
        tc_family_free(f);
    }
}
END_TEST

/* products with rotation entries, which counting reads through the entries */
START_TEST(through_entries)
{
    static const char *const part[] = {"cos, base=10000, width=8, bits=6, fraction=3",
                                       "sin, base=100, width=6, bits=4, fraction=3"};

    tc_rope_register();
    for (int mode = 0; mode < 8; mode++) {
        struct tc_family *f = tc_family_new("through");
        const struct tc_plane *x = line(f);
        const struct tc_index *i = sized(f, "i", NULL, 150), *l = sized(f, "l", NULL, 4);
        const struct tc_index *v = sized(f, "v", NULL, 12), *w = sized(f, "w", NULL, 12);
        const struct tc_index *t = sized(f, "t", NULL, 2), *ix[4] = {i, l, v, w};
        const struct tc_function *fn = mode & 1 ? &tc_rope_step : &tc_rope_product;
        int64_t extent = 12, entry[12];
        struct tc_error err = {0};
        struct tc_axis at[3], of_v = tc_axis_of(f->arena, v);
        struct tc_form form = tc_form_si(f, 0), term;

        for (int k = 0; k < 12; k++)
            entry[k] = k % 5 - 1;
        at[0] = tc_axis_of(f->arena, i);
        at[1] = tc_axis_of(f->arena, l);
        at[2] = tc_axis_plus(f->arena, tc_axis_const(-7), 1, v);
        for (int k = 0; k < 2; k++) {
            const struct tc_table *table = tc_table_computed(f, "r", fn, part[k], &err);

            term = tc_form_times(f, mode & 2 ? wire(f, x, 3, ix) : tc_form_si(f, 3), table, at);
            if (mode & 4)
                term = tc_form_times(f, term, tc_table_dense(f, "c", 1, &extent, entry), &of_v);
            term = tc_form_sum(f, term, 1, &v, 0, NULL);
            form = tc_form_add(f, form, term);
            at[2] = tc_axis_plus(f->arena, tc_axis_const(3), -2, v);
        }
        if (mode & 2) { /* two in one term, each with an index of its own */
            struct tc_axis other[3] = {at[0], at[1], tc_axis_of(f->arena, w)};

            term = tc_form_times(f, wire(f, x, 4, ix), tc_table_computed(f, "r", fn, part[0], &err),
                                 at);
            term = tc_form_times(f, term, tc_table_computed(f, "r", fn, part[1], &err), other);
            form = tc_form_add(f, form, tc_form_sum(f, term, 2, ix + 2, 0, NULL));
        } else {
            form = tc_form_add(f, form, wire(f, x, 2, ix));
        }
        tc_bank_new(f, "a", form, t, thresholds(f, t), true, 0, NULL, "a", NULL);
        outputs(f);
        check(f);
        tc_family_free(f);
    }
}
END_TEST

/* dense tables that are left at both ends where guards fail, read in steps of 1 to 3, up and down
 */
START_TEST(tables_that_are_left)
{
    struct tc_family *f = family_of_text(
        "tcf 1\n"
        "family left\n"
        "table w(6) = 3 -1 0 2 5 -4\n"
        "table m(4, 3) = 1 0 2 0 3 0 0 -7 1 4 0 0\n"
        "input X[i<20, j<20]\n"
        "bank up[i<20, j<20 | 3 <= i, i <= 8] level 1: w(i - 3)*X[i, j] >= 1\n"
        "bank down[i<20, j<20 | 4 <= i, i <= 9] level 1: w(9 - i)*X[i, j] >= 1\n"
        "bank twice[i<20, j<20 | 5 <= 2*i, 2*i <= 10] level 1: w(2*i - 5)*X[i, j] >= 1\n"
        "bank thrice[i<20, j<20 | 3*i <= 17, 12 <= 3*i] level 1: w(17 - 3*i)*X[i, j] >= 1\n"
        "bank both[i<20, j<20 | 2 <= i, i <= 5, i - 4 <= j, j <= i - 2] level 1: "
        "m(i - 2, i - j - 2)*w(j - i + 4)*X[i, j] >= 1\n"
        "bank sum[i<20] level 1: sum{j<20 | i <= j, j <= i + 5} w(j - i)*X[i, j] + "
        "sum{j<20 | i <= 2*j, 2*j <= i + 5} w(i + 5 - 2*j) >= 1\n"
        "output a = up\noutput b = down\noutput c = twice\noutput d = thrice\n"
        "output e = both\noutput f = sum\n");

    check(f);
    tc_family_free(f);
}
END_TEST

/* weights past 64 bits whose largest product is reached at the ends of some indices, within others
 * or nowhere: factors' largest entries are apart, or guards exclude them */
START_TEST(large_products)
{
    struct tc_family *f =
        family_of_text("tcf 1\n"
                       "family products\n"
                       "table u(4) = 1 590295810358705651712 -3 2\n"
                       "table v(4) = 5 1 0 -1180591620717411303424\n"
                       "table z(4) = 1180591620717411303424 0 -7 1\n"
                       "table late(3) = 36893488147419103232 0 -36893488147419103231\n"
                       "input X[i<4, j<4]\n"
                       "bank free[i<4, j<4] level 1: u(i)*v(j)*X[i, j] >= 1\n"
                       "bank tied[i<4] level 1: u(i)*v(i)*X[i, 0] >= 1\n"
                       "bank apart[i<4] level 1: z(i)*v(i)*X[i, 1] >= 1\n"
                       "bank below[i<4, j<4 | j < i] level 1: u(i)*v(j)*z(j)*X[i, j] >= 1\n"
                       "bank sums[i<4] level 1: sum{j<4 | j <= i} z(j)*u(i)*X[i, j] >= "
                       "sum{j<4 | i <= j} v(j)*z(i)\n"
                       "bank lost[i<4] level 1: z(i)*X[i, 0] >= sum{j<4 | j < i} u(j)*v(i) + z(i)\n"
                       "bank first[i<3] level 1: late(i)*X[i, 0] >= 1\n"
                       "output a = free\noutput b = tied\noutput c = apart\noutput d = below\n"
                       "output e = sums\noutput f = lost\noutput g = first\n");

    check(f);
    tc_family_free(f);
}
END_TEST

/* numbers past 64 bits, in tables and coefficients */
START_TEST(large_numbers)
{
    struct tc_family *f = tc_family_new("large");
    const struct tc_plane *x = line(f);
    const struct tc_index *i = sized(f, "i", NULL, 6), *j = sized(f, "j", NULL, 6);
    const struct tc_index *t = sized(f, "t", NULL, 6), *ix[2] = {i, j};
    struct tc_axis at = tc_axis_of(f->arena, j), at_t = tc_axis_of(f->arena, t);
    mpz_ptr entry[6], big = tc_mpz(f->arena);
    int64_t extent = 6;
    const struct tc_table *w;
    struct tc_guard g = tc_guard_le(f->arena, j, i);
    struct tc_form form, theta;

    for (int k = 0; k < 6; k++) {
        entry[k] = tc_mpz_si(f->arena, k - 2);
        mpz_mul_2exp(entry[k], entry[k], 20 * (unsigned)k);
    }
    w = tc_table_dense_mpz(f, "w", 1, &extent, entry);
    mpz_ui_pow_ui(big, 3, 70);
    form = tc_form_sum(f, tc_form_times(f, wire(f, x, 2, ix), w, &at), 1, &j, 1, &g);
    tc_bank_new(f, "a", form, t, tc_form_table(f, w, &at_t), true, 0, NULL, "a", NULL);
    theta = tc_form_add(f, tc_form_const(f, big), tc_form_table(f, w, &at_t));
    tc_bank_new(f, "b", tc_form_scale(f, form, big), t, theta, true, 0, NULL, "a", NULL);
    theta = tc_form_add(f, theta, tc_form_times(f, wire(f, x, 1, &t), w, &at_t));
    form = tc_form_times(f, wire(f, x, 2, ix), w, &at);
    tc_bank_new(f, "c", form, t, theta, true, 1, &g, "a", NULL);
    form = tc_form_sum(f, tc_form_table(f, w, &at), 1, &j, 1, &g); /* constants, guarded */
    tc_bank_new(f, "d", tc_form_add(f, form, wire(f, x, 1, &i)), NULL, tc_form_const(f, big), true,
                0, NULL, "a", NULL);
    outputs(f);
    check(f);
    tc_family_free(f);
}
END_TEST

/* anything: random tables, accesses, guards, reductions */
static unsigned rnd(unsigned below)
{
    return (unsigned)rand() % below;
}

static struct tc_axis any_axis(struct tc_family *f, unsigned n, const struct tc_index *const *ix,
                               int64_t *lo, int64_t *hi)
{
    struct tc_axis x = tc_axis_const((int64_t)rnd(3) - 1);

    for (unsigned k = 1 + rnd(3); k > 0; k--)
        x = tc_axis_plus(f->arena, x, (int64_t)rnd(5) - 2, ix[rnd(n)]);
    tc_axis_range(&x, lo, hi);
    return x;
}

static struct tc_form any_term(struct tc_family *f, const struct tc_plane *x, unsigned n,
                               const struct tc_index *const *ix)
{
    struct tc_form form = rnd(4) ? wire(f, x, n, ix) : tc_form_si(f, (int64_t)rnd(5) - 2);
    int64_t lo[2], hi[2];

    form = tc_form_scale_si(f, form, (int64_t)rnd(4) + 1);
    for (unsigned k = rnd(4); k > 0 && form.nterm; k--) {
        unsigned rank = 1 + rnd(2);
        struct tc_axis at[2];

        for (unsigned r = 0; r < 2; r++)
            at[r] = any_axis(f, n, ix, &lo[r], &hi[r]);
        if (rnd(2)) {
            form = tc_form_times(f, form, sieve_table(f, rnd(2) ? "10" : "23"), at);
        } else {
            int64_t extent[2] = {1, 1}, entry[4096];

            for (unsigned r = 0; r < rank; r++) {
                at[r].at.constant -= lo[r];
                extent[r] = hi[r] - lo[r] + 1;
            }
            for (int e = 0; e < 4096; e++)
                entry[e] = rnd(3) ? (int64_t)rnd(9) - 4 : 0;
            if (extent[0] * extent[1] <= 4096)
                form = tc_form_times(f, form, tc_table_dense(f, "w", rank, extent, entry), at);
        }
    }
    return form;
}

START_TEST(anything)
{
    srand(SEED + (unsigned)_i);
    for (int round = 0; round < 40; round++) {
        struct tc_family *f = tc_family_new("anything");
        const struct tc_plane *x = line(f);
        const struct tc_index *ix[7], *t;
        struct tc_form form = tc_form_si(f, 0), theta;
        struct tc_guard g[3];
        unsigned nguard = rnd(3);
        int64_t lo, hi;

        for (unsigned k = 0; k < 7; k++) {
            char name[8];

            snprintf(name, sizeof name, "i%u", k);
            ix[k] = sized(f, name, NULL, 1 + rnd(k < 4 ? 9 : 5));
        }
        t = ix[3];
        for (unsigned k = 1 + rnd(3); k > 0; k--) {
            struct tc_form term = any_term(f, x, 7, ix);
            struct tc_guard h[2];
            unsigned nh = rnd(3);

            /* reductions 4..6 are in every term; guards tie them to the domain */
            for (unsigned i = 0; i < nh; i++)
                h[i] = (struct tc_guard){any_axis(f, 7, ix, &lo, &hi)};
            form = tc_form_add(f, form, tc_form_sum(f, term, 3, ix + 4, nh, h));
        }
        theta = any_term(f, x, 4, ix);
        theta = tc_form_add(f, theta, thresholds(f, t));
        for (unsigned i = 0; i < nguard; i++)
            g[i] = (struct tc_guard){any_axis(f, 4, ix, &lo, &hi)};
        tc_bank_new(f, "bank", form, t, theta, false, nguard, g, "a", NULL);
        outputs(f);
        check(f);
        tc_family_free(f);
    }
}
END_TEST

START_TEST(points)
{
    struct tc_family *f = tc_family_new("points");
    const struct tc_plane *x = line(f);
    const struct tc_index *i, *j, *ix[2];
    struct tc_error err = {0};
    const struct tc_poly *p;
    struct tc_guard g;
    struct tc_bank *b;
    mpz_t n;

    tc_family_param(f, "n", 10);
    ix[0] = i = sized(f, "i", "n", 10);
    ix[1] = j = sized(f, "j", "n", 10);
    g = tc_guard_le(f->arena, j, i);
    b = tc_bank_new(f, "b", wire(f, x, 2, ix), NULL, tc_form_si(f, 1), true, 1, &g, "a", NULL);
    mpz_init(n);
    ck_assert(tc_bank_points(f->arena, f, b, n, &p, &err));
    ck_assert_uint_eq(mpz_get_ui(n), 55);
    ck_assert_str_eq(tc_poly_text(f->arena, p), "1/2*n^2 + 1/2*n");
    ck_assert(tc_bank_points(f->arena, f, b, n, NULL, &err));
    mpz_clear(n);
    tc_family_free(f);
}
END_TEST

START_TEST(too_much)
{
    struct tc_family *f = tc_family_new("too much");
    const struct tc_plane *x = line(f);
    const struct tc_index *ix[3];
    struct tc_error err = {0};
    struct tc_axis at[2];
    struct tc_count count;

    for (int k = 0; k < 3; k++)
        ix[k] = sized(f, "i", NULL, INT64_C(1) << 20);
    at[0] = tc_axis_plus(f->arena, tc_axis_of(f->arena, ix[0]), 3, ix[1]);
    at[1] = tc_axis_plus(f->arena, tc_axis_of(f->arena, ix[1]), 5, ix[2]);
    tc_bank_new(f, "wide", tc_form_times(f, wire(f, x, 3, ix), sieve_table(f, "10"), at), NULL,
                tc_form_si(f, 1), true, 0, NULL, "a", NULL);
    outputs(f);
    ck_assert(tc_family_count(f->arena, f, false, &count, &err));
    ck_assert_uint_eq(mpz_sizeinbase(count.gates, 2), 61);
    ck_assert(!tc_family_count(f->arena, f, true, &count, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_ptr_nonnull(strstr(err.msg, "bank wide"));
    tc_family_free(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("count");
    TCase *c = tcase_create("count");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, closed_forms);
    tcase_add_test(c, closed_forms_large);
    tcase_add_test(c, positions_together);
    tcase_add_test(c, position_tables);
    tcase_add_test(c, pairs_and_via);
    tcase_add_test(c, through_entries);
    tcase_add_test(c, tables_that_are_left);
    tcase_add_test(c, large_products);
    tcase_add_test(c, large_numbers);
    tcase_add_loop_test(c, anything, 0, 10);
    tcase_add_test(c, points);
    tcase_add_test(c, too_much);
    suite_add_tcase(s, c);
    return check_status(s);
}
