/* the text form of families: round trips, and what the reader refuses */
#include "../../ir/ir.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ helpers */

/* a computed table: entry (x, y) = scale * x - y */
static void *ramp_open(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                       struct tc_error *err)
{
    int64_t *scale = tc_alloc(a, 1, sizeof *scale);
    char *end;

    if (strncmp(parameters, "scale=", 6) == 0) {
        *scale = strtoll(parameters + 6, &end, 10);
        if (end > parameters + 6)
            return scale;
    }
    tc_fail(err, TC_EFORMAT, loc, "found '%s', wanted scale=", parameters);
    return NULL;
}

static void ramp_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    int64_t x[2] = {arg[0], arg[1]};

    for (size_t s = 0; s < count; s++, x[axis] += step)
        out[s] = *(const int64_t *)state * x[0] - x[1];
}

static int64_t ramp_max(const void *state)
{
    return 1000 * *(const int64_t *)state;
}

static const struct tc_function ramp = {"ramp", 2, ramp_open, ramp_eval, ramp_max};

static char *text_of(const struct tc_family *f)
{
    char *s = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&s, &n);

    ck_assert_ptr_nonnull(out);
    ck_assert(tc_family_write(out, f));
    fclose(out);
    return s;
}

static struct tc_family *family_of(const char *text, struct tc_error *err)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    struct tc_family *f;

    ck_assert_ptr_nonnull(in);
    f = tc_family_read(in, "t.tcf", err);
    fclose(in);
    return f;
}

/* writes, reads, checks and writes again; gives the text, to be freed */
static char *round_trip(const struct tc_family *f)
{
    struct tc_error err = {0};
    char *first = text_of(f), *second;
    struct tc_family *g;

    ck_assert_msg(tc_family_check(f, &err), "before: %s\n%s", err.msg, first);
    g = family_of(first, &err);
    ck_assert_msg(g != NULL, "%u:%u: %s\n%s", err.loc.line, err.loc.col, err.msg, first);
    ck_assert_msg(tc_family_check(g, &err), "after: %s\n%s", err.msg, first);
    second = text_of(g);
    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(f->nbank, g->nbank);
    for (unsigned k = 0; k < f->nbank; k++) {
        const struct tc_bank *a = f->bank[k], *b = g->bank[k];

        ck_assert_uint_eq(a->plane.naxis, b->plane.naxis);
        ck_assert_uint_eq(a->plane.level, b->plane.level);
        ck_assert_uint_eq(a->form.nterm, b->form.nterm);
        ck_assert_int_eq(mpz_cmp(a->form.lo, b->form.lo), 0);
        ck_assert_int_eq(mpz_cmp(a->form.hi, b->form.hi), 0);
        ck_assert_int_eq(mpz_cmp(a->theta.lo, b->theta.lo), 0);
        ck_assert_int_eq(mpz_cmp(a->theta.hi, b->theta.hi), 0);
        ck_assert_int_eq(a->monotone, b->monotone);
        ck_assert_str_eq(a->component, b->component);
        if (a->note && *a->note)
            ck_assert_str_eq(a->note, b->note);
        else
            ck_assert_ptr_null(b->note);
    }
    tc_family_free(g);
    free(second);
    return first;
}

/* --------------------------------------------------------------- round trips */

static struct tc_axis ax(struct tc_family *f, const struct tc_index *ix)
{
    return tc_axis_of(f->arena, ix);
}

/* every construct there is */
static struct tc_family *rich(void)
{
    struct tc_family *f = tc_family_new("all-constructs");
    struct tc_arena *a = f->arena;
    struct tc_error err;
    const struct tc_poly *n, *d, *T;
    const struct tc_index *i, *j, *k, *c, *bit, *bit2, *t, *l;
    struct tc_table *pw, *big, *len, *perm, *theta, *rot;
    struct tc_plane *x, *w;
    struct tc_bank *both, *q, *s, *y;
    struct tc_form form, th;
    mpz_ptr entries[3];

    tc_function_register(&ramp);
    tc_family_param(f, "n", 4);
    tc_family_param(f, "d", 2);
    n = tc_poly_symbol(a, "n");
    d = tc_poly_symbol(a, "d");
    T = tc_family_symbol(f, "T_q", 5, "thresholds of q; see # 7, \\ and \"x\"");
    tc_family_symbol(f, "ceil(log2(n))", 2, NULL);
    tc_family_symbol(f, "odd name", 3, "line one\nline two ");

    pw = tc_table_dense(f, "pw", 1, (int64_t[]){4}, (int64_t[]){1, 2, 4, -8});
    for (int e = 0; e < 3; e++) {
        entries[e] = tc_mpz(a);
        mpz_ui_pow_ui(entries[e], 3, (unsigned)(60 * e));
    }
    big = tc_table_dense_mpz(f, "big", 1, (int64_t[]){3}, entries);
    len = tc_table_dense(f, "len", 1, (int64_t[]){4}, (int64_t[]){2, 5, 3, 5});
    perm = tc_table_dense(f, "perm", 1, (int64_t[]){8}, (int64_t[]){1, 0, 3, 2, 0, 1, 2, 3});
    theta =
        tc_table_dense(f, "theta", 2, (int64_t[]){4, 5},
                       (int64_t[]){-9, 0, 1, 2, 3, 1, 2, 3, 4, 5, 0, 0, 7, 7, 9, 1, 1, 1, 1, 1});
    rot = tc_table_computed(f, "rot", &ramp, "scale=2 (twice)", &err);
    ck_assert_ptr_nonnull(rot);

    i = tc_index_new(f, "i", 4, n);
    c = tc_index_new(f, "c", 2, d);
    bit = tc_index_new(f, "a", 4, NULL);
    x = tc_family_input(f, "X", 3, (const struct tc_index *[]){i, c, bit});
    l = tc_index_new(f, "l", 1, tc_poly_div(a, d, tc_poly_int(a, 2)));
    w = tc_family_input(f, "weights of W", 2, (const struct tc_index *[]){c, l});

    /* one gate a point; the other bit has the same name */
    bit2 = tc_index_new(f, "a", 4, NULL);
    form = tc_form_add(f, tc_form_wire(f, x, (struct tc_axis[]){ax(f, i), ax(f, c), ax(f, bit)}),
                       tc_form_wire(f, x, (struct tc_axis[]){ax(f, i), ax(f, c), ax(f, bit2)}));
    both = tc_bank_new(f, "x.and", form, NULL, tc_form_si(f, 2), false, 0, NULL, "in.and",
                       "product of bits");

    /* a chain whose length depends on i, with a table of thresholds, over sums */
    form = tc_form_wire(
        f, &both->plane,
        (struct tc_axis[]){
            {.at = {0}, .via = perm, .arg = ax(f, i).at}, ax(f, c), ax(f, bit), ax(f, bit2)});
    form = tc_form_times(f, form, pw, (struct tc_axis[]){ax(f, bit)});
    form = tc_form_times(f, form, pw, (struct tc_axis[]){ax(f, bit2)});
    form = tc_form_sub(
        f, form,
        tc_form_times(
            f,
            tc_form_scale_si(
                f, tc_form_wire(f, x, (struct tc_axis[]){ax(f, i), ax(f, c), tc_axis_const(3)}), 3),
            rot, (struct tc_axis[]){tc_axis_plus(a, ax(f, i), -2, c), ax(f, bit)}));
    form = tc_form_sum(f, form, 3, (const struct tc_index *[]){c, bit, bit2}, 0, NULL);
    form = tc_form_add(f, form, tc_form_table(f, big, (struct tc_axis[]){tc_axis_const(2)}));
    form = tc_form_add(f, form, tc_form_si(f, -7));
    form = tc_form_range(f, form, tc_mpz_si(a, -128), entries[2]);
    t = tc_index_new(f, "t", 5, T);
    th = tc_form_table(f, theta, (struct tc_axis[]){ax(f, i), ax(f, t)});
    {
        struct tc_guard g = {tc_axis_plus(a, tc_axis_const(-1), -1, t)};

        g.expr.via = len;
        g.expr.arg = ax(f, i).at;
        q = tc_bank_new(f, "q", form, t, th, true, 1, &g, "attention.q",
                        "odd characters: \" \\ \t # \xc3\xa9 and blanks at the end  ");
    }

    /* causal: j <= i, sums with guards, an axis with a shift */
    j = tc_index_new(f, "j", 4, n);
    k = tc_index_new(f, "k", 4, n);
    {
        struct tc_guard causal = tc_guard_le(a, j, i), inner = tc_guard_le(a, k, j), low;
        struct tc_form g, one;

        low = (struct tc_guard){tc_axis_plus(a, tc_axis_const(-1), -1, t)};
        low.expr.via = len;
        low.expr.arg = ax(f, j).at;
        g = tc_form_wire(f, &q->plane, (struct tc_axis[]){ax(f, j), ax(f, t)});
        g = tc_form_sum(f, g, 1, &t, 1, &low);
        g = tc_form_add(f, g, tc_form_si(f, -2));
        one = tc_form_wire(f, x,
                           (struct tc_axis[]){tc_axis_plus(a, ax(f, i), -1, j), tc_axis_const(1),
                                              tc_axis_const(0)});
        g = tc_form_add(f, g, tc_form_scale_si(f, one, -1));
        one = tc_form_sum(f, tc_form_si(f, 2), 1, &k, 1, &inner);
        g = tc_form_add(f, g, one);
        s = tc_bank_new(f, "s.le", g, NULL, tc_form_si(f, 0), true, 1, &causal, "attention/2",
                        NULL);
    }

    /* thresholds with wires; no index at all but the chain */
    {
        struct tc_form g = tc_form_si(f, 1), v;
        struct tc_guard later = tc_guard_le(a, j, i);

        v = tc_form_wire(f, &s->plane, (struct tc_axis[]){ax(f, i), ax(f, j)});
        v = tc_form_sum(f, v, 2, (const struct tc_index *[]){i, j}, 1, &later);
        g = tc_form_add(f, g,
                        tc_form_wire(f, w, (struct tc_axis[]){tc_axis_const(1), tc_axis_const(0)}));
        g = tc_form_add(f, g, v);
        y = tc_bank_new(
            f, "y", g, t,
            tc_form_add(
                f,
                tc_form_sub(
                    f, v,
                    tc_form_wire(f, w, (struct tc_axis[]){tc_axis_const(0), tc_axis_const(0)})),
                tc_form_table(f, theta, (struct tc_axis[]){tc_axis_const(1), ax(f, t)})),
            false, 0, NULL, "", "");
    }
    tc_family_output(f, "Y", &y->plane);
    tc_family_output(f, "other output", &both->plane);
    return f;
}

START_TEST(round_trip_of_every_construct)
{
    struct tc_family *f = rich();
    char *s = round_trip(f);

    puts(s);
    free(s);
    tc_family_free(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("text");
    TCase *c = tcase_create("write and read");
    SRunner *r;
    int failed, run;

    tcase_set_timeout(c, 60);
    tcase_add_test(c, round_trip_of_every_construct);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    run = srunner_ntests_run(r);
    srunner_free(r);
    return failed || run == 0;
}
