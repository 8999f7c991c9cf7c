/* test_run.c -- families run, against walking over their definition
 *
 * By hand one family for each way that the engine has of its own; then random
 * families, on which engine, definition, netlist, counts and text agree. */
#include "check_main.h"
#include "family_text.h"
#include "walk.h"

#include <stdarg.h>

static struct tc_family *f;
static struct tc_error err;
static bool may_be_less_deep; /* terms without wires count in levels, not in a netlist */

static void setup(void)
{
    f = tc_family_new("test");
    memset(&err, 0, sizeof err);
    may_be_less_deep = false;
}

static void teardown(void)
{
    tc_family_free(f);
}

/* ------------------------------------------------------------ computed table */

/* mix(m): entry [x, y] = (5 x + 3 y) mod m - m / 2 */
static void *mix_open(struct tc_arena *arena, const char *parameters, struct tc_loc loc,
                      struct tc_error *e)
{
    int64_t *m = tc_alloc(arena, 1, sizeof *m);

    *m = atoi(parameters);
    if (*m >= 1)
        return m;
    tc_fail(e, TC_EFORMAT, loc, "no modulus");
    return NULL;
}

static void mix_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                     size_t count, int64_t *out)
{
    int64_t m = *(const int64_t *)state, at[2] = {arg[0], arg[1]};

    for (size_t s = 0; s < count; s++, at[axis] += step)
        out[s] = (((5 * at[0] + 3 * at[1]) % m) + m) % m - m / 2;
}

static int64_t mix_max(const void *state)
{
    return *(const int64_t *)state / 2 + 1;
}

static const struct tc_function mix = {"mix", 2, mix_open, mix_eval, mix_max};

/* ------------------------------------------------------------------ comparing */

static const struct tc_index *ix(const char *name, int64_t extent)
{
    return tc_index_new(f, name, extent, NULL);
}

static struct tc_axis of(const struct tc_index *i)
{
    return tc_axis_of(f->arena, i);
}

static const struct tc_plane *input(const char *name, unsigned n, const struct tc_index **axis)
{
    return tc_family_input(f, name, n, axis);
}

static struct tc_form wire(const struct tc_plane *p, ...)
{
    struct tc_axis at[16];
    va_list ap;

    va_start(ap, p);
    for (unsigned k = 0; k < walk_axes(p); k++)
        at[k] = va_arg(ap, struct tc_axis);
    va_end(ap);
    return tc_form_wire(f, p, at);
}

static struct tc_form sum(struct tc_form x, const struct tc_index *i)
{
    return tc_form_sum(f, x, 1, &i, 0, NULL);
}

static struct tc_form add(struct tc_form x, struct tc_form y)
{
    return tc_form_add(f, x, y);
}

static struct tc_form scale(struct tc_form x, int64_t by)
{
    return tc_form_scale_si(f, x, by);
}

static struct tc_form constant(int64_t c)
{
    return tc_form_si(f, c);
}

static const struct tc_table *list(unsigned n, const int64_t *entry)
{
    int64_t extent = n;

    return tc_table_dense(f, "list", 1, &extent, entry);
}

/* table[i] */
static struct tc_form listed(const struct tc_table *t, const struct tc_index *i)
{
    struct tc_axis at = of(i);

    return tc_form_table(f, t, &at);
}

static struct tc_form times(struct tc_form x, const struct tc_table *t, const struct tc_index *i)
{
    struct tc_axis at = of(i);

    return tc_form_times(f, x, t, &at);
}

static const struct tc_plane *bank(struct tc_form x, const struct tc_index *chain,
                                   struct tc_form theta, bool monotone, unsigned nguard,
                                   const struct tc_guard *guard)
{
    char name[16];

    snprintf(name, sizeof name, "b%u", f->nbank);
    return &tc_bank_new(f, name, x, chain, theta, monotone, nguard, guard, "test", NULL)->plane;
}

static void output_all(void)
{
    for (unsigned k = 0; k < f->nbank; k++)
        tc_family_output(f, f->bank[k]->plane.name, &f->bank[k]->plane);
}

static void counts_agree(const struct tc_family *x, const struct tc_netlist *nl)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_count a, b;

    ck_assert_msg(tc_family_count(arena, x, true, &a, &err), "%s", err.msg);
    tc_netlist_count(arena, nl, &b);
    ck_assert_uint_ge(a.depth, b.depth);
    if (!may_be_less_deep)
        ck_assert_uint_eq(a.depth, b.depth);
#define SAME(what) ck_assert_msg(!mpz_cmp(a.what, b.what), #what)
    SAME(inputs);
    SAME(outputs);
    SAME(gates);
    SAME(wires);
    SAME(max_fan_in);
    SAME(max_weight);
    SAME(max_threshold);
#undef SAME
    tc_arena_free(arena);
}

/* Runs the family on random vectors; compares with the definition on `look` of
 * them (0: all), with the netlist and the copy read from its text on all.  Past 16 words a
 * family is run in two rounds. */
static void compare(size_t words, size_t look)
{
    uint64_t inputs = tc_family_inputs(f), outputs = tc_family_outputs(f);
    uint64_t *in = tc_xcalloc(inputs * words + 1, sizeof *in);
    uint64_t *out = tc_xcalloc(outputs * words + 1, sizeof *out);
    uint64_t *out2 = tc_xcalloc(outputs * words + 1, sizeof *out);
    struct walk w = walk_new(f);
    struct tc_family *copy;
    struct tc_netlist *nl;
    size_t seen;

    for (size_t k = 0; k < inputs * words; k++)
        in[k] = walk_random();
    for (size_t k = 0; k < outputs * words; k++)
        out[k] = walk_random();
    ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
    ck_assert_msg(tc_family_run(f, in, out, words, &err), "%s", err.msg);
    for (size_t v = look ? walk_random() % 32 : 0; v < 64 * words;
         v += look ? 64 * words / look : 1) {
        ck_assert_msg(walk_family(&w, in, out, words, v, &seen), "out of range");
        ck_assert_uint_eq(seen, outputs);
    }
    nl = tc_family_instantiate(f, 0, 0, &err);
    ck_assert_msg(nl != NULL, "%s", err.msg);
    ck_assert_msg(tc_netlist_check(nl, &err), "%s", err.msg);
    ck_assert(tc_netlist_run(nl, in, out2, words, &err));
    ck_assert_mem_eq(out, out2, outputs * words * sizeof *out);
    counts_agree(f, nl);
    tc_netlist_free(nl);

    copy = copy_by_text(f);
    memset(out2, 0xa5, outputs * words * sizeof *out2);
    ck_assert_msg(tc_family_run(copy, in, out2, words, &err), "%s", err.msg);
    ck_assert_mem_eq(out, out2, outputs * words * sizeof *out);
    tc_family_free(copy);
    walk_free(&w);
    free(in);
    free(out);
    free(out2);
}

/* the run must fail and say this */
static void refused(const char *says)
{
    uint64_t *in = tc_xcalloc(tc_family_inputs(f) + 1, sizeof *in);
    uint64_t *out = tc_xcalloc(tc_family_outputs(f) + 1, sizeof *out);

    for (size_t k = 0; k < tc_family_inputs(f); k++)
        in[k] = walk_random();
    ck_assert(!tc_family_run(f, in, out, 1, &err));
    ck_assert_msg(strstr(err.msg, says) != NULL, "\"%s\" in \"%s\"", says, err.msg);
    free(in);
    free(out);
}

/* -------------------------------------------------------------------- by hand */

/* a chain of all counts, read whole, as bits and threshold by threshold */
START_TEST(chain_as_rank)
{
    const struct tc_index *i = ix("i", 3), *e = ix("e", 7), *e2 = ix("e", 7), *t = ix("t", 7);
    const struct tc_index *a = ix("a", 3), *axis[2] = {i, e};
    const struct tc_plane *x = input("X", 2, axis), *count;
    int64_t theta[7], bit[21], extent[2] = {3, 7};
    struct tc_axis at[2] = {of(a), of(t)};
    struct tc_form value;

    for (int64_t k = 0; k < 7; k++)
        theta[k] = k + 1;
    for (int64_t b = 0; b < 3; b++)
        for (int64_t k = 0; k < 7; k++)
            bit[b * 7 + k] = ((k + 1) >> b & 1) - (k >> b & 1);
    count = bank(sum(wire(x, of(i), of(e2)), e2), t, listed(list(7, theta), t), true, 0, NULL);
    value = sum(wire(count, of(i), of(t)), t);
    bank(value, NULL, constant(4), true, 0, NULL);
    bank(sum(tc_form_times(f, wire(count, of(i), of(t)), tc_table_dense(f, "bit", 2, extent, bit),
                           at),
             t),
         NULL, constant(1), true, 0, NULL);
    bank(add(wire(count, of(i), tc_axis_const(6)), wire(count, tc_axis_const(2), tc_axis_const(0))),
         NULL, constant(1), true, 0, NULL);
    output_all();
    compare(18, 64);
    compare(3, 40);
}
END_TEST

/* many thresholds: binary search; equal ones; the chain read through a table */
START_TEST(long_chain)
{
    const struct tc_index *e = ix("e", 9), *t = ix("t", 200), *j = ix("j", 5);
    const struct tc_plane *x = input("X", 1, &e), *chain;
    int64_t weight[9], theta[200], where[5] = {0, 199, 7, 100, 100};
    struct tc_axis via = {.via = list(5, where)};

    for (int64_t k = 0; k < 9; k++)
        weight[k] = (int64_t)1 << k;
    for (int64_t k = 0; k < 200; k++)
        theta[k] = 5 * (k / 2) - 7;
    chain = bank(sum(times(wire(x, of(e)), list(9, weight), e), e), t,
                 listed(tc_table_dense(f, "theta", 1, &t->extent, theta), t), true, 0, NULL);
    via.arg = of(j).at;
    bank(wire(chain, via), NULL, constant(1), true, 0, NULL);
    bank(sum(wire(chain, via), j), NULL, constant(3), true, 0, NULL);
    output_all();
    compare(18, 64);
}
END_TEST

START_TEST(not_monotone)
{
    const struct tc_index *e = ix("e", 5), *t = ix("t", 4);
    const struct tc_plane *x = input("X", 1, &e), *chain;
    int64_t theta[4] = {3, 1, 5, 2}, weight[4] = {1, 10, 100, 1000};

    chain = bank(sum(wire(x, of(e)), e), t, listed(list(4, theta), t), false, 0, NULL);
    bank(sum(times(wire(chain, of(t)), list(4, weight), t), t), NULL, constant(1001), true, 0,
         NULL);
    output_all();
    compare(18, 64);
}
END_TEST

/* j <= i, and as many gates as a table allows; both read by sums within */
START_TEST(guards)
{
    const struct tc_index *i = ix("i", 4), *j = ix("j", 4), *t = ix("t", 3), *axis[2] = {i, j};
    const struct tc_plane *x = input("X", 2, axis), *causal, *chain;
    int64_t some[4] = {2, 0, 3, 1}, theta[12] = {1, 2, 3, 2, 2, 2, 0, 1, 2, 1, 1, 5};
    int64_t extent[2] = {4, 3};
    struct tc_guard le = tc_guard_le(f->arena, j, i), few;
    struct tc_axis at[2] = {of(i), of(t)};
    struct tc_form s;

    few.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
    few.expr.via = list(4, some);
    few.expr.arg = of(i).at;
    causal =
        bank(add(wire(x, of(i), of(j)), wire(x, of(j), of(i))), NULL, constant(1), true, 1, &le);
    s = tc_form_sum(f, wire(causal, of(i), of(j)), 1, &j, 1, &le);
    chain = bank(s, t, tc_form_table(f, tc_table_dense(f, "theta", 2, extent, theta), at), true, 1,
                 &few);
    bank(tc_form_sum(f, wire(chain, of(i), of(t)), 1, &t, 1, &few), NULL, constant(1), true, 0,
         NULL);
    output_all();
    compare(18, 64);
}
END_TEST

/* thresholds are read only where the chain's guards hold */
START_TEST(guarded_thresholds)
{
    const struct tc_index *i = ix("i", 4), *t = ix("t", 4), *u = ix("u", 6), *axis[1] = {i};
    const struct tc_plane *x = input("X", 1, axis);
    int64_t theta[4] = {0, 1, 2, 0};
    struct tc_guard le = tc_guard_le(f->arena, t, i), three;
    struct tc_axis at = tc_axis_plus(f->arena, of(i), -1, t);
    struct tc_axis less = tc_axis_plus(f->arena, tc_axis_const(-2), 1, u);

    /* theta[i - t] for t <= i; theta[u - 2] for u >= 2, times a wire too */
    bank(add(wire(x, of(i)), wire(x, tc_axis_const(0))), t, tc_form_table(f, list(4, theta), &at),
         false, 1, &le);
    bank(add(wire(x, of(i)), wire(x, tc_axis_const(0))), t, wire(x, at), false, 1, &le);
    three.expr = less;
    bank(wire(x, of(i)), u, tc_form_table(f, list(4, theta), &less), false, 1, &three);
    bank(wire(x, of(i)), u, tc_form_times(f, wire(x, tc_axis_const(1)), list(4, theta), &less),
         false, 1, &three);
    output_all();
    compare(18, 64);
}
END_TEST

/* a guard within a term whose table the bank's guard keeps in bounds */
START_TEST(guards_in_turn)
{
    const struct tc_index *i = ix("i", 4), *j = ix("j", 4), *k = ix("k", 8), *axis[2] = {i, j};
    const struct tc_plane *x = input("X", 2, axis), *y = input("Y", 1, &k);
    int64_t some[4] = {0, -1, 1, 0};
    struct tc_guard le = tc_guard_le(f->arena, j, i), near = {.expr = {.via = list(4, some)}};
    struct tc_form s;

    near.expr.arg = tc_axis_plus(f->arena, of(i), -1, j).at;
    s = tc_form_sum(f, wire(x, of(i), of(j)), 0, NULL, 1, &near);
    bank(add(s, wire(y, of(k))), NULL, constant(1), true, 1, &le);
    output_all();
    compare(18, 64);
}
END_TEST

/* a threshold that is a number only where its guard holds, else 0 */
START_TEST(guarded_constant)
{
    const struct tc_index *i = ix("i", 4), *j = ix("j", 4), *axis[2] = {i, j};
    const struct tc_plane *x = input("X", 1, axis), *y = input("Y", 1, axis + 1);
    struct tc_guard le = tc_guard_le(f->arena, j, i);

    bank(add(wire(x, of(i)), wire(y, of(j))), NULL, tc_form_sum(f, constant(2), 0, NULL, 1, &le),
         true, 0, NULL);
    output_all();
    compare(18, 64);
}
END_TEST

/* quotients: [n >= (t + 1) d], d from wires; short, and longer than 128 */
START_TEST(slopes)
{
    for (int64_t count = 3; count < 200; count += 150) {
        const struct tc_index *e, *t;
        const struct tc_plane *x, *y, *q;
        int64_t power[8], slope[200];
        struct tc_form n, d;

        if (count > 3) {
            teardown();
            setup();
        }
        e = ix("e", 8);
        t = ix("t", count);
        x = input("X", 1, &e);
        y = input("Y", 1, &e);
        for (int64_t k = 0; k < 8; k++)
            power[k] = (int64_t)1 << k;
        for (int64_t k = 0; k < count; k++)
            slope[k] = k + 1;
        n = sum(times(wire(x, of(e)), list(8, power), e), e);
        d = add(sum(times(wire(y, of(e)), list(8, power), e), e), constant(1));
        q = bank(n, t,
                 add(times(d, tc_table_dense(f, "slope", 1, &t->extent, slope), t), constant(0)),
                 true, 0, NULL);
        bank(sum(wire(q, of(t)), t), NULL, constant(2), true, 0, NULL);
        output_all();
        compare(18, 64);
    }
}
END_TEST

/* theta_t = number of bits up to t: no slope, looked at threshold by threshold */
START_TEST(explicit_thresholds)
{
    const struct tc_index *e = ix("e", 6), *s = ix("s", 6), *t = ix("t", 6);
    const struct tc_plane *x = input("X", 1, &e), *q;
    struct tc_guard le = tc_guard_le(f->arena, s, t);
    struct tc_form upto = tc_form_sum(f, wire(x, of(s)), 1, &s, 1, &le);

    q = bank(add(wire(x, tc_axis_const(0)), constant(2)), t, upto, true, 0, NULL);
    bank(sum(wire(q, of(t)), t), NULL, constant(4), true, 0, NULL);
    bank(sum(wire(x, of(e)), e), t, scale(wire(x, of(t)), 3), false, 0, NULL);
    output_all();
    compare(18, 64);
}
END_TEST

static mpz_ptr power(unsigned n)
{
    mpz_ptr p = tc_mpz_si(f->arena, 1);

    mpz_mul_2exp(p, p, n);
    return p;
}

/* weights and thresholds from 2^60 to 2^100, chains and slopes among them */
START_TEST(wide)
{
    for (unsigned top = 58; top <= 100; top += top < 66 ? 1 : 17) {
        const struct tc_index *e, *t, *s;
        const struct tc_plane *x, *chain;
        mpz_ptr weight[8], theta[5];
        int64_t eight = 8, five = 5, small[5] = {1, 2, 3, 3, 9};
        const struct tc_table *w;
        struct tc_form n;

        teardown();
        setup();
        e = ix("e", 8);
        t = ix("t", 5);
        s = ix("s", 5);
        x = input("X", 1, &e);
        for (unsigned k = 0; k < 8; k++) {
            weight[k] = power(top - k);
            if (k % 3 == 2)
                mpz_neg(weight[k], weight[k]);
        }
        for (unsigned k = 0; k < 5; k++) {
            theta[k] = power(top - 6);
            mpz_mul_ui(theta[k], theta[k], 13 * k + 40);
        }
        w = tc_table_dense_mpz(f, "w", 1, &eight, weight);
        n = sum(times(wire(x, of(e)), w, e), e);
        chain =
            bank(n, t, listed(tc_table_dense_mpz(f, "theta", 1, &five, theta), t), true, 0, NULL);
        bank(n, NULL, tc_form_const(f, power(top)), true, 0, NULL);
        /* the chain in a wide sum, and a slope of wide weights */
        bank(add(sum(tc_form_scale(f, wire(chain, of(t)), power(top)), t),
                 tc_form_scale(f, wire(x, tc_axis_const(0)), power(top))),
             NULL, tc_form_scale_si(f, tc_form_const(f, power(top)), 3), true, 0, NULL);
        bank(n, s,
             times(add(tc_form_scale(f, wire(x, tc_axis_const(7)), power(top - 3)),
                       tc_form_const(f, power(top - 4))),
                   list(5, small), s),
             true, 0, NULL);
        output_all();
        compare(18, 64);
    }
}
END_TEST

START_TEST(constants_only)
{
    const struct tc_index *i = ix("i", 3), *t = ix("t", 4);
    int64_t value[3] = {0, 5, -3}, theta[4] = {-5, 0, 1, 5};
    struct tc_guard all = {of(i)};

    bank(constant(2), NULL, constant(2), true, 0, NULL);
    bank(constant(2), NULL, constant(3), true, 1, &all);
    bank(listed(list(3, value), i), t, listed(list(4, theta), t), true, 0, NULL);
    output_all();
    compare(18, 64);
    compare(3, 0);
}
END_TEST

/* no point within the guards: no gate; and nothing is read from it */
START_TEST(empty_domain)
{
    const struct tc_index *i = ix("i", 3);
    const struct tc_plane *x = input("X", 1, &i), *none;
    struct tc_guard never = {tc_axis_plus(f->arena, tc_axis_const(-3), 1, i)};

    none = bank(wire(x, of(i)), NULL, constant(1), true, 1, &never);
    bank(add(tc_form_sum(f, wire(none, of(i)), 1, &i, 1, &never), constant(1)), NULL, constant(1),
         true, 0, NULL);
    bank(wire(x, of(i)), NULL, constant(1), true, 0, NULL);
    output_all();
    ck_assert_uint_eq(tc_family_outputs(f), 4);
    may_be_less_deep = true;
    compare(18, 64);
}
END_TEST

/* letter0, letter1, ...: the first three have two values, the others one; through a table, or not
 */
static void list_of(FILE *text, const char *letter, const char *via, unsigned n, bool extents)
{
    for (unsigned k = 0; k < n; k++)
        fprintf(text, "%s%s%s%u%s%s", k ? ", " : "", via ? (k < 3 ? "swap(" : via) : "", letter, k,
                via ? ")" : "", extents ? (k < 3 ? "<2" : "<1") : "");
}

/* axes, indices of a sum and arguments of a table, each as many as a family may have */
START_TEST(many_indices)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    teardown();
    fputs("tcf 1\nfamily f\ntable swap(2) = 1 0\ntable zero(1) = 0\ntable w(", out);
    for (unsigned k = 0; k < 32; k++)
        fprintf(out, "%s%d", k ? ", " : "", k < 3 ? 2 : 1);
    fputs(") = 3 -1 4 1 -5 9 -2 6\ninput X[", out);
    list_of(out, "x", NULL, 32, true);
    fputs("]\nbank sum[] level 1: sum{", out);
    list_of(out, "s", NULL, 32, true);
    fputs("} w(", out);
    list_of(out, "s", NULL, 32, false);
    fputs(")*X[", out);
    list_of(out, "s", "zero(", 32, false);
    fputs("] >= 7\nbank each[", out);
    list_of(out, "b", NULL, 32, true);
    fputs("] level 1: w(", out);
    list_of(out, "b", NULL, 32, false);
    fputs(")*X[", out);
    list_of(out, "b", "zero(", 32, false);
    fputs("] >= 1\noutput Y = sum\noutput Z = each\n", out);
    fclose(out);
    f = family_of_text(text);
    free(text);
    ck_assert_uint_eq(tc_family_outputs(f), 9);
    compare(18, 64);
    compare(4, 16);
}
END_TEST

/* an input as an output; the order of outputs is their own */
START_TEST(outputs_in_order)
{
    const struct tc_index *i = ix("i", 2);
    const struct tc_plane *x = input("X", 1, &i), *y = input("Y", 1, &i), *b;
    uint64_t in[4] = {1, 2, 4, 8}, out[6];

    b = bank(add(wire(x, of(i)), wire(y, of(i))), NULL, constant(1), true, 0, NULL);
    tc_family_output(f, "b", b);
    tc_family_output(f, "Y", y);
    tc_family_output(f, "X", x);
    ck_assert_uint_eq(tc_family_inputs(f), 4);
    ck_assert_uint_eq(tc_family_outputs(f), 6);
    ck_assert(tc_family_run(f, in, out, 1, &err));
    ck_assert_uint_eq(out[0], 1 | 4);
    ck_assert_uint_eq(out[1], 2 | 8);
    ck_assert_uint_eq(out[2], 4);
    ck_assert_uint_eq(out[3], 8);
    ck_assert_uint_eq(out[4], 1);
    ck_assert_uint_eq(out[5], 2);
    compare(2, 0);
}
END_TEST

START_TEST(range_claims)
{
    const struct tc_index *e = ix("e", 5);
    const struct tc_plane *x = input("X", 1, &e);
    struct tc_form n = sum(wire(x, of(e)), e);

    bank(tc_form_range_si(f, n, 0, 1), NULL, constant(1), true, 0, NULL);
    output_all();
    refused("b0 has the value");
    ck_assert_ptr_nonnull(strstr(err.msg, "[0, 1]"));
    teardown();
    setup();
    e = ix("e", 5);
    x = input("X", 1, &e);
    n = tc_form_scale(f, sum(wire(x, of(e)), e), power(90));
    bank(sum(wire(x, of(e)), e), NULL, constant(1), true, 0, NULL);
    bank(tc_form_range(f, n, power(89), n.hi), NULL, constant(1), true, 0, NULL);
    output_all();
    refused("b1 has the value");
}
END_TEST

/* declared monotone, but it is not: said to be so in each way of running */
START_TEST(monotone_claims)
{
    const int64_t count[5] = {3, 40, 40, 40, 4};

    for (unsigned way = 0; way < 5; way++) {
        const struct tc_index *e, *t;
        const struct tc_plane *x;
        int64_t theta[40];
        struct tc_guard most;
        struct tc_form n;

        teardown();
        setup();
        e = ix("e", 5);
        t = ix("t", count[way]);
        most.expr = tc_axis_plus(f->arena, tc_axis_const(2), -1, t);
        x = input("X", 1, &e);
        for (int64_t k = 0; k < count[way]; k++)
            theta[k] = k < 2 ? 3 - 2 * k : 4 + k; /* 3, 1, 6, ... */
        if (way == 3) /* 0, 1, ..., 3, 2, ..., 39: hidden from a binary search */
            for (int64_t k = 0; k < 40; k++)
                theta[k] = k == 2 ? 3 : k == 3 ? 2 : k;
        n = sum(wire(x, of(e)), e);
        bank(n, t,
             way != 2 ? listed(tc_table_dense(f, "theta", 1, &t->extent, theta), t)
                      : times(wire(x, tc_axis_const(0)),
                              tc_table_dense(f, "theta", 1, &t->extent, theta), t),
             true, way == 4, &most);
        output_all();
        refused("b0 is declared monotone");
    }
}
END_TEST

/* --------------------------------------------------------------------- random */

struct maker {
    bool wide;
    unsigned nindex, nplane;
    const struct tc_index *index[4]; /* of domains */
    const struct tc_plane *plane[12];
    struct set {
        unsigned n;
        const struct tc_index *ix[8];
    } domain; /* of the bank being made, with its chain once that is there */
    unsigned nguard;
    struct tc_guard guard[16];
    unsigned ntable;
};

static void random_mpz(struct maker *m, mpz_ptr x, int64_t lo, int64_t hi)
{
    tc_mpz_set_i64(x, walk_between(lo, hi));
    if (m->wide && walk_one_in(2))
        mpz_mul_2exp(x, x, (unsigned)walk_between(40, 100));
}

static const struct tc_table *random_table(struct maker *m, unsigned rank, const int64_t *extent,
                                           int64_t lo, int64_t hi, bool any)
{
    mpz_ptr entry[512];
    size_t size = 1;

    for (unsigned k = 0; k < rank; k++)
        size *= (size_t)extent[k];
    ck_assert_uint_le(size, 512);
    for (size_t k = 0; k < size; k++) {
        entry[k] = tc_mpz_si(f->arena, walk_between(lo, hi));
        if (any)
            random_mpz(m, entry[k], lo, hi);
    }
    return tc_table_dense_mpz(f, "r", rank, extent, entry);
}

/* an affine expression over some of the set, small coefficients */
static struct tc_axis random_affine(const struct set *s)
{
    struct tc_axis x = tc_axis_const(0);

    for (unsigned k = 0, n = (unsigned)walk_between(0, 2); s->n && k < n; k++)
        x = tc_axis_plus(f->arena, x, walk_one_in(3) ? walk_between(-2, 2) : 1,
                         s->ix[walk_between(0, s->n - 1)]);
    return x;
}

/* an axis with values in [0, extent[ */
static struct tc_axis random_axis(struct maker *m, const struct set *s, int64_t extent, bool via)
{
    struct tc_axis x;
    int64_t lo, hi;

    for (unsigned tries = 0; tries < 20; tries++) {
        x = random_affine(s);
        tc_axis_range(&x, &lo, &hi);
        if (hi - lo >= extent)
            continue;
        x.at.constant = walk_between(0, extent - 1 - (hi - lo)) - lo;
        if (via && walk_one_in(3)) {
            struct tc_axis arg = random_affine(s);
            int64_t from, to, length;

            tc_axis_range(&arg, &from, &to);
            arg.at.constant = -from;
            length = to - from + 1;
            if (length > 100)
                continue;
            x.at.constant = -lo;
            x.via = random_table(m, 1, &length, 0, extent - 1 - (hi - lo), false);
            x.arg = arg.at;
        }
        return x;
    }
    return tc_axis_const(walk_between(0, extent - 1));
}

static struct tc_guard random_guard(struct maker *m, const struct set *s)
{
    struct tc_guard g = {random_affine(s)};

    if (walk_one_in(2) && s->n) {
        struct tc_axis arg = tc_axis_of(f->arena, s->ix[walk_between(0, s->n - 1)]);
        int64_t length = arg.at.part[0].ix->extent;

        g.expr.via = random_table(m, 1, &length, -2, 3, false);
        g.expr.arg = arg.at;
    }
    g.expr.at.constant = walk_between(-1, 2);
    return g;
}

/* a over the axes of a plane, where it is read at */
static struct tc_affine through(const struct tc_plane *p, const struct tc_affine *a,
                                const struct tc_axis *at)
{
    struct tc_axis x = tc_axis_const(a->constant);

    for (unsigned k = 0; k < a->n; k++)
        for (unsigned i = 0; i < walk_axes(p); i++)
            if (walk_index(p, i) == a->part[k].ix) {
                ck_assert(!at[i].via);
                x.at.constant += a->part[k].coef * at[i].at.constant;
                for (unsigned q = 0; q < at[i].at.n; q++)
                    x = tc_axis_plus(f->arena, x, a->part[k].coef * at[i].at.part[q].coef,
                                     at[i].at.part[q].ix);
            }
    return x.at;
}

static bool only_reads(const struct tc_guard *g, const struct set *s)
{
    for (unsigned part = 0; part < 2; part++) {
        const struct tc_affine *a = part ? &g->expr.arg : &g->expr.at;

        for (unsigned k = 0; k < a->n; k++) {
            unsigned i = 0;

            while (i < s->n && s->ix[i] != a->part[k].ix)
                i++;
            if (i == s->n)
                return false;
        }
    }
    return true;
}

/* one plane read somewhere, or a constant, with factors, summed */
static struct tc_form random_term(struct maker *m, const struct set *domain, bool nonnegative)
{
    const struct tc_plane *p = walk_one_in(8) ? NULL : m->plane[walk_between(0, m->nplane - 1)];
    const struct tc_index *own[4];
    unsigned nown = (unsigned)walk_between(0, 2), nguard = 0;
    struct set s = *domain;
    struct tc_guard guard[16];
    struct tc_axis at[16];
    mpz_ptr coef = tc_mpz(f->arena);
    struct tc_form x;
    bool sweep = p && p->chain && !p->bank->nguard && walk_one_in(2);

    for (unsigned k = 0; k < nown; k++)
        s.ix[s.n++] = own[k] = ix("s", walk_between(1, 4));
    if (p) {
        bool guarded = p->bank && p->bank->nguard;

        for (unsigned k = 0; k < p->naxis; k++)
            at[k] = random_axis(m, &s, p->axis[k]->extent, !guarded);
        if (sweep) {
            s.ix[s.n++] = own[nown++] = ix("u", p->chain->extent);
            at[p->naxis] = of(own[nown - 1]);
        } else if (p->chain) {
            at[p->naxis] = random_axis(m, &s, p->chain->extent, !guarded);
        }
        x = tc_form_wire(f, p, at);
        for (unsigned k = 0; guarded && k < p->bank->nguard; k++) {
            const struct tc_axis *e = &p->bank->guard[k].expr;
            struct tc_guard g = {{.at = through(p, &e->at, at), .via = e->via}};

            if (e->via)
                g.expr.arg = through(p, &e->arg, at);
            if (m->nguard < 12 && walk_one_in(2) && only_reads(&g, &m->domain))
                m->guard[m->nguard++] = g;
            else
                guard[nguard++] = g;
        }
    } else {
        x = constant(nonnegative ? 1 : walk_between(-3, 3));
    }
    for (unsigned k = 0, n = (unsigned)walk_between(0, 2); k < n && !nonnegative; k++) {
        struct tc_axis arg[2] = {random_affine(&s), random_affine(&s)};
        unsigned rank = (unsigned)walk_between(1, 2);
        int64_t extent[2], lo, hi;

        if (walk_one_in(4)) {
            x = tc_form_times(
                f, x, tc_table_computed(f, "mix", &mix, walk_one_in(2) ? "7" : "3", &err), arg);
            continue;
        }
        for (unsigned r = 0; r < rank; r++) {
            tc_axis_range(&arg[r], &lo, &hi);
            arg[r].at.constant = -lo;
            extent[r] = hi - lo + 1;
            if (extent[r] > 40 || (r && extent[r] * extent[0] > 500)) {
                arg[r] = tc_axis_const(0);
                extent[r] = 1;
            }
        }
        x = tc_form_times(f, x, random_table(m, rank, extent, -3, 3, true), arg);
    }
    for (unsigned k = 0; k < 2 && nguard < 14 && !nonnegative; k++)
        if (walk_one_in(4))
            guard[nguard++] = random_guard(m, &s);
    x = tc_form_sum(f, x, nown, own, nguard, guard);
    random_mpz(m, coef, nonnegative ? 1 : -3, 3);
    return mpz_sgn(coef) ? tc_form_scale(f, x, coef) : x;
}

static struct tc_form random_form(struct maker *m, const struct set *domain, bool nonnegative)
{
    struct tc_form x = random_term(m, domain, nonnegative);

    for (unsigned k = 0, n = (unsigned)walk_between(0, 2); k < n; k++) {
        struct set s = *domain;

        if (walk_one_in(4)) { /* two terms in one sum */
            const struct tc_index *own = ix("s", walk_between(1, 3));
            struct tc_guard g;

            s.ix[s.n++] = own;
            g = random_guard(m, &s);
            x = add(x,
                    tc_form_sum(f, add(random_term(m, &s, nonnegative), random_term(m, &s, true)),
                                1, &own, walk_one_in(2), &g));
        } else {
            x = add(x, random_term(m, domain, nonnegative));
        }
    }
    return walk_one_in(2) ? add(x, constant(walk_between(nonnegative ? 0 : -3, 3))) : x;
}

static int by_value(const void *x, const void *y)
{
    return mpz_cmp(*(const mpz_ptr *)x, *(const mpz_ptr *)y);
}

/* thresholds near the values that the form takes, table[.., t]; sorted by t or not */
static struct tc_form random_thresholds(struct maker *m, const struct tc_form *x,
                                        const struct tc_index *row, const struct tc_index *t,
                                        bool sorted)
{
    int64_t extent[2] = {row ? row->extent : 1, t ? t->extent : 1};
    mpz_ptr entry[1000];
    struct tc_axis at[2] = {row ? of(row) : tc_axis_const(0), t ? of(t) : tc_axis_const(0)};
    mpz_t width;

    mpz_init(width);
    mpz_sub(width, x->hi, x->lo);
    for (int64_t k = 0; k < extent[0] * extent[1]; k++) {
        entry[k] = tc_mpz_si(f->arena, walk_between(-4, 6));
        if (walk_one_in(3) && mpz_sgn(width) > 0) {
            mpz_set_ui(entry[k], (unsigned long)(walk_random() >> 1));
            mpz_mul(entry[k], entry[k], width);
            mpz_fdiv_q_2exp(entry[k], entry[k], 63);
            mpz_add(entry[k], entry[k], x->lo);
        }
    }
    for (int64_t k = 0; sorted && k < extent[0]; k++)
        qsort(entry + k * extent[1], (size_t)extent[1], sizeof *entry, by_value);
    mpz_clear(width);
    (void)m;
    return tc_form_table(f, tc_table_dense_mpz(f, "theta", 2, extent, entry), at);
}

static void random_bank(struct maker *m)
{
    struct set domain = {0}, whole;
    const struct tc_index *t = NULL, *row = NULL;
    struct tc_form x, theta;
    bool monotone = true;
    char name[16];
    int way;

    for (unsigned k = 0; k < m->nindex; k++)
        if (walk_one_in(2))
            domain.ix[domain.n++] = m->index[k];
    m->nguard = 0;
    m->domain = domain;
    x = random_form(m, &domain, false);
    if (domain.n && walk_one_in(3))
        m->guard[m->nguard++] = random_guard(m, &domain);
    if (walk_one_in(2))
        t = ix("t", walk_one_in(6)    ? walk_between(33, 40)
                    : walk_one_in(20) ? walk_between(129, 140)
                                      : walk_between(1, 5));
    whole = domain;
    if (t)
        whole.ix[whole.n++] = t;
    m->domain = whole;
    if (domain.n && walk_one_in(3))
        row = domain.ix[walk_between(0, domain.n - 1)];
    way = (int)walk_between(0, 5);
    if (!t)
        monotone = walk_one_in(2);
    switch (way) {
    default:
        theta = random_thresholds(m, &x, row, t, true);
        break;
    case 2:
        theta = random_thresholds(m, &x, row, t, false);
        monotone = false;
        break;
    case 3: { /* a slope: not negative, times what grows */
        struct tc_form slope = random_thresholds(m, &x, NULL, t, true);
        struct tc_axis at[2];

        theta = random_thresholds(m, &x, row, t, true);
        memcpy(at, slope.term[0].factor[0].at, sizeof at);
        theta = add(theta, tc_form_times(f, random_form(m, &domain, true),
                                         slope.term[0].factor[0].table, at));
        break;
    }
    case 4: /* wires at t */
        theta = add(random_thresholds(m, &x, row, t, true), random_form(m, &whole, false));
        monotone = false;
        break;
    case 5: /* sums up to t */
        theta = random_thresholds(m, &x, row, t, true);
        if (t) {
            const struct tc_index *s = ix("s", t->extent);
            struct set some = domain;
            struct tc_guard le = tc_guard_le(f->arena, s, t);

            some.ix[some.n++] = s;
            theta = add(theta, tc_form_sum(f, random_term(m, &some, true), 1, &s, 1, &le));
        }
        break;
    }
    if (t && walk_one_in(4))
        m->guard[m->nguard++] = random_guard(m, &whole);
    snprintf(name, sizeof name, "b%u", f->nbank);
    m->plane[m->nplane++] = &tc_bank_new(f, name, x, t, theta, monotone, m->nguard, m->guard,
                                         "test", walk_one_in(2) ? "at random" : NULL)
                                 ->plane;
}

static void random_family(void)
{
    struct maker m = {.wide = walk_one_in(4)};

    m.nindex = (unsigned)walk_between(1, 4);
    for (unsigned k = 0; k < m.nindex; k++)
        m.index[k] = ix(&"ijkl"[k], walk_between(1, k < 2 ? 4 : 3));
    for (unsigned k = 0, n = (unsigned)walk_between(1, 2); k < n; k++) {
        const struct tc_index *axis[2] = {ix("a", walk_between(1, 4)), ix("e", walk_between(1, 4))};

        m.plane[m.nplane++] = input(k ? "Y" : "X", (unsigned)walk_between(0, 2), axis);
    }
    for (unsigned k = 0, n = (unsigned)walk_between(1, 5); k < n; k++)
        random_bank(&m);
    output_all();
    if (walk_one_in(3))
        tc_family_output(f, "again", m.plane[walk_between(0, m.nplane - 1)]);
}

#define FAMILIES 500

/* the number that Check shows of a failing one is its seed */
START_TEST(random_families)
{
    walk_seed = (uint64_t)_i;
    may_be_less_deep = true;
    random_family();
    compare(walk_one_in(8) ? 19 : walk_one_in(8) ? 3 : 1, 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("run");
    TCase *c = tcase_create("run");

    tc_function_register(&mix);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 300);
    tcase_add_test(c, chain_as_rank);
    tcase_add_test(c, long_chain);
    tcase_add_test(c, not_monotone);
    tcase_add_test(c, guards);
    tcase_add_test(c, guarded_thresholds);
    tcase_add_test(c, guards_in_turn);
    tcase_add_test(c, guarded_constant);
    tcase_add_test(c, slopes);
    tcase_add_test(c, explicit_thresholds);
    tcase_add_test(c, wide);
    tcase_add_test(c, constants_only);
    tcase_add_test(c, empty_domain);
    tcase_add_test(c, many_indices);
    tcase_add_test(c, outputs_in_order);
    tcase_add_test(c, range_claims);
    tcase_add_test(c, monotone_claims);
    tcase_add_loop_test(c, random_families, 0, is_fast() ? FAMILIES / 10 : FAMILIES);
    suite_add_tcase(s, c);
    return check_status(s);
}
