/* test_form.c -- forms: each operation against what it says, point by point */
#include "check_main.h"
#include "walk.h"

static struct tc_family *f;
static struct walk w;
static const struct tc_index *i, *j, *k; /* free; extents 4, 3, 4 */
static const struct tc_plane *x, *y;     /* of i, j; of k */

static void setup(void)
{
    const struct tc_index *axis[2];

    f = tc_family_new("test");
    i = tc_index_new(f, "i", 4, NULL);
    j = tc_index_new(f, "j", 3, NULL);
    k = tc_index_new(f, "k", 4, NULL);
    axis[0] = tc_index_new(f, "a", 4, NULL);
    axis[1] = tc_index_new(f, "b", 4, NULL);
    x = tc_family_input(f, "X", 2, axis);
    y = tc_family_input(f, "Y", 1, axis);
    for (unsigned n = 0; n < 20; n++) /* so that w has room for later ones */
        tc_index_new(f, "later", 1, NULL);
    w = walk_new(f);
    f->next_index -= 20;
}

static void teardown(void)
{
    walk_free(&w);
    tc_family_free(f);
}

static void new_wires(void)
{
    for (unsigned p = 0; p < 2; p++)
        for (size_t n = 0; n < walk_box(f->input[p]); n++)
            w.wire[p][n] = walk_random() & 1;
}

static struct tc_axis of(const struct tc_index *a)
{
    return tc_axis_of(f->arena, a);
}

static struct tc_form wire2(const struct tc_axis a, const struct tc_axis b)
{
    struct tc_axis at[2] = {a, b};

    return tc_form_wire(f, x, at);
}

static struct tc_form wire1(const struct tc_axis a)
{
    return tc_form_wire(f, y, &a);
}

/* the value where the indices stand; within the form's range */
static int64_t value(const struct tc_form *form)
{
    mpz_t v;
    int64_t r;

    mpz_init(v);
    walk_form(&w, form, v);
    MUST(mpz_cmp(v, form->lo) >= 0 && mpz_cmp(v, form->hi) <= 0);
    r = mpz_get_si(v);
    mpz_clear(v);
    return r;
}

#define EACH_POINT                                                                                 \
    for (int64_t I = w.at[i->id] = 0; I < 4; w.at[i->id] = ++I)                                    \
        for (int64_t J = w.at[j->id] = 0; J < 3; w.at[j->id] = ++J)                                \
            for (int64_t K = w.at[k->id] = 0; K < 4; w.at[k->id] = ++K)

static const struct tc_table *table(int64_t n, const int64_t *entry)
{
    return tc_table_dense(f, "t", 1, &n, entry);
}

/* a few forms of all shapes */
static struct tc_form random_form(void)
{
    const int64_t entry[4] = {walk_between(-3, 3), walk_between(-3, 3), 2, -1};
    const struct tc_index *s = tc_index_new(f, "s", 3, NULL);
    struct tc_axis at = of(walk_one_in(2) ? i : j);
    struct tc_guard le = tc_guard_le(f->arena, s, i);
    struct tc_form r;

    switch (walk_between(0, 5)) {
    case 0:
        return tc_form_si(f, walk_between(-5, 5));
    case 1:
        return tc_form_table(f, table(4, entry), &at);
    case 2:
        return wire2(of(i), of(j));
    case 3:
        return tc_form_scale_si(f, wire1(of(j)), walk_between(-3, 3));
    case 4:
        r = tc_form_times(f, wire2(of(s), of(k)), table(4, entry), &at);
        return tc_form_sum(f, r, 1, &s, walk_one_in(2), &le);
    default:
        return tc_form_range_si(f, tc_form_add(f, wire1(of(k)), wire1(of(i))), 0, 2);
    }
}

START_TEST(arithmetic)
{
    for (unsigned n = 0; n < 300; n++) {
        int64_t by = walk_between(-3, 3), entry[4] = {5, 0, -7, walk_between(-9, 9)};
        struct tc_axis at = of(k);
        struct tc_form a, b, sum, less, scaled, times;

        f->next_index = 5;
        a = random_form();
        b = random_form();
        sum = tc_form_add(f, a, b);
        less = tc_form_sub(f, a, b);
        scaled = tc_form_scale_si(f, a, by);
        times = tc_form_times(f, a, table(4, entry), &at);
        new_wires();
        EACH_POINT
        {
            int64_t va = value(&a), vb = value(&b);

            MUST(value(&sum) == va + vb);
            MUST(value(&less) == va - vb);
            MUST(value(&scaled) == va * by);
            MUST(value(&times) == va * entry[K]);
            (void)I;
            (void)J;
        }
    }
}
END_TEST

START_TEST(constants)
{
    struct tc_form zero = tc_form_si(f, 0), five = tc_form_si(f, 5), both;

    ck_assert_uint_eq(zero.nterm, 0);
    ck_assert_uint_eq(five.nterm, 1);
    both = tc_form_add(f, five, five);
    ck_assert_uint_eq(both.nterm, 1); /* constants are one term */
    MUST(value(&both) == 10);
    both = tc_form_sub(f, five, five);
    ck_assert_uint_eq(both.nterm, 0);
    both = tc_form_scale_si(f, wire1(of(i)), 0);
    ck_assert_uint_eq(both.nterm, 0);
    ck_assert(!mpz_sgn(both.lo) && !mpz_sgn(both.hi));
}
END_TEST

/* sums with and without guards, of forms that read all, some or none of what
 * is summed over, constants too */
START_TEST(sums)
{
    for (unsigned n = 0; n < 200; n++) {
        const int64_t limit[3] = {walk_between(-1, 4), walk_between(-1, 4), walk_between(-1, 4)};
        struct tc_axis at = of(j);
        struct tc_form form, r;
        const struct tc_index *over[2] = {i, k};
        struct tc_guard guard[3] = {
            tc_guard_le(f->arena, i, k), tc_guard_le(f->arena, k, j), {tc_axis_const(0)}};
        unsigned some = (unsigned)walk_between(0, 7), nguard = 0,
                 nover = (unsigned)walk_between(0, 2);
        struct tc_guard chosen[3];
        const struct tc_index *outer[2];

        f->next_index = 5;
        form = tc_form_add(f, random_form(), random_form());
        /* the third is on the free index alone: table[j] >= 0 */
        guard[2].expr.via = table(3, limit);
        guard[2].expr.arg = at.at;
        for (unsigned g = 0; g < 3; g++)
            if (some >> g & 1)
                chosen[nguard++] = guard[g];
        memcpy(outer, over, sizeof outer);
        r = tc_form_sum(f, form, nover, over, nguard, chosen);
        new_wires();
        EACH_POINT
        {
            int64_t want = 0;

            if ((nover > 0 && I) || (nover > 1 && K))
                continue;
            do {
                bool hold = true;

                for (unsigned g = 0; g < nguard; g++)
                    hold = hold && walk_axis(&w, &chosen[g].expr) >= 0;
                want += hold ? value(&form) : 0;
            } while (walk_next(&w, nover, outer));
            MUST(value(&r) == want);
            (void)J;
        }
    }
}
END_TEST

/* i replaced: by another index, a constant, an affine expression, a table */
START_TEST(substitution)
{
    const int64_t entry[4] = {3, 0, 2, 2}, low[3] = {0, 1, 0};

    for (unsigned n = 0; n < 300; n++) {
        struct tc_form form, r;
        struct tc_axis to;

        f->next_index = 5;
        form = tc_form_add(f, tc_form_add(f, random_form(), random_form()), wire2(of(i), of(i)));
        switch (n % 5) {
        case 0:
            to = of(k);
            break;
        case 1:
            to = tc_axis_const(2);
            break;
        case 2: /* 3 - k */
            to = tc_axis_plus(f->arena, tc_axis_const(3), -1, k);
            break;
        case 3: /* table[k] */
            to = (struct tc_axis){.via = table(4, entry), .arg = of(k).at};
            break;
        default: /* j + table[j] */
            to = of(j);
            to.via = table(3, low);
            to.arg = of(j).at;
        }
        r = tc_form_subst(f, form, i, to);
        for (unsigned t = 0; t < r.nterm; t++)
            ck_assert(!tc_term_reads(&r.term[t], i));
        new_wires();
        EACH_POINT
        {
            int64_t want;

            w.at[i->id] = walk_axis(&w, &to);
            want = value(&form);
            w.at[i->id] = I;
            MUST(value(&r) == want);
            (void)J;
            (void)K;
        }
    }
}
END_TEST

/* bound indices are not the form's: they are not replaced, nor free */
START_TEST(bound)
{
    struct tc_form form = tc_form_sum(f, wire2(of(i), of(j)), 1, &i, 0, NULL), r;
    const struct tc_index **free_ones;

    ck_assert(!tc_term_reads(&form.term[0], i));
    ck_assert_uint_eq(tc_form_free(f, &form, &free_ones), 1);
    ck_assert_ptr_eq(free_ones[0], j);
    r = tc_form_subst(f, form, i, tc_axis_const(0));
    new_wires();
    EACH_POINT
    {
        int64_t want = 0;

        for (unsigned a = 0; a < 4; a++)
            want += w.wire[0][a * 4 + (unsigned)J];
        MUST(value(&r) == want);
        (void)K;
    }
    form = tc_form_add(f, wire2(of(k), of(j)), wire1(of(i)));
    ck_assert_uint_eq(tc_form_free(f, &form, &free_ones), 3);
    ck_assert(free_ones[0] == i && free_ones[1] == j && free_ones[2] == k);
}
END_TEST

START_TEST(declared_ranges)
{
    struct tc_form form = tc_form_scale_si(f, wire1(of(i)), -7), r;

    ck_assert(mpz_cmp_si(form.lo, -7) == 0 && mpz_cmp_si(form.hi, 0) == 0);
    r = tc_form_range_si(f, form, -5, 5);
    ck_assert(mpz_cmp_si(r.lo, -5) == 0 && mpz_cmp_si(r.hi, 5) == 0);
    r = tc_form_scale_si(f, r, -2);
    ck_assert(mpz_cmp_si(r.lo, -10) == 0 && mpz_cmp_si(r.hi, 10) == 0);
    r = tc_form_sum(f, form, 1, &i, 0, NULL);
    ck_assert(mpz_cmp_si(r.lo, -28) == 0 && mpz_cmp_si(r.hi, 0) == 0);
}
END_TEST

START_TEST(axes)
{
    const int64_t entry[3] = {5, -2, 1};
    struct tc_axis a =
        tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(4), 2, i), -3, j);
    struct tc_axis b =
        tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(4), -3, j), 2, i);
    int64_t lo, hi;

    ck_assert(tc_axis_equal(&a, &b));
    ck_assert_int_eq(tc_affine_coef(&a.at, i), 2);
    ck_assert_int_eq(tc_affine_coef(&a.at, k), 0);
    tc_axis_range(&a, &lo, &hi);
    ck_assert_int_eq(lo, 4 - 6);
    ck_assert_int_eq(hi, 4 + 6);
    b = tc_axis_plus(f->arena, b, 3, j);
    ck_assert_uint_eq(b.at.n, 1); /* coefficients of 0 vanish */
    ck_assert(!tc_axis_reads(&b, j) && tc_axis_reads(&b, i) && !tc_axis_equal(&a, &b));
    b.via = table(3, entry);
    b.arg = of(j).at;
    ck_assert(tc_axis_reads(&b, j));
    tc_axis_range(&b, &lo, &hi);
    ck_assert_int_eq(lo, 4 - 2);
    ck_assert_int_eq(hi, 4 + 6 + 5);
}
END_TEST

START_TEST(guard_substitution)
{
    struct tc_guard g = tc_guard_le(f->arena, j, i); /* j <= i */
    struct tc_guard r = tc_guard_subst(f, g, i, tc_axis_plus(f->arena, tc_axis_const(3), -1, k));

    EACH_POINT
    {
        ck_assert_int_eq(walk_guards(&w, 1, &g), J <= I);
        ck_assert_int_eq(walk_guards(&w, 1, &r), J <= 3 - K);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("form");
    TCase *c = tcase_create("form");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, arithmetic);
    tcase_add_test(c, constants);
    tcase_add_test(c, sums);
    tcase_add_test(c, substitution);
    tcase_add_test(c, bound);
    tcase_add_test(c, declared_ranges);
    tcase_add_test(c, axes);
    tcase_add_test(c, guard_substitution);
    suite_add_tcase(s, c);
    return check_status(s);
}
