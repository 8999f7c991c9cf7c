/* test_table.c -- tables: dense, large, computed; each kept once */
#include "check_main.h"
#include "walk.h"

static struct tc_family *f;
static struct tc_error err;

static void setup(void)
{
    f = tc_family_new("test");
    memset(&err, 0, sizeof err);
}

static void teardown(void)
{
    tc_family_free(f);
}

/* line(a, b): entry [x] = a x + b */
static void *line_open(struct tc_arena *arena, const char *parameters, struct tc_loc loc,
                       struct tc_error *e)
{
    int64_t *ab = tc_alloc(arena, 2, sizeof *ab);
    long a, b;

    if (sscanf(parameters, "%ld, %ld", &a, &b) != 2) {
        tc_fail(e, TC_EFORMAT, loc, "line wants two numbers");
        return NULL;
    }
    ab[0] = a;
    ab[1] = b;
    return ab;
}

static void line_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    const int64_t *ab = state;

    (void)axis;
    for (size_t s = 0; s < count; s++)
        out[s] = ab[0] * (arg[0] + (int64_t)s * step) + ab[1];
}

static int64_t line_max(const void *state)
{
    (void)state;
    return 1000;
}

static const struct tc_function line = {"line", 1, line_open, line_eval, line_max};

START_TEST(small)
{
    const int64_t extent[3] = {2, 3, 4};
    int64_t entry[24];
    struct tc_table *t;
    mpz_t v;

    mpz_init(v);
    for (int64_t k = 0; k < 24; k++)
        entry[k] = k % 5 ? k * k - 300 : INT64_MIN + k;
    t = tc_table_dense(f, "t", 3, extent, entry);
    memset(entry, 0, sizeof entry); /* it has its own copy */
    ck_assert_str_eq(t->name, "t");
    ck_assert_uint_eq(t->rank, 3);
    ck_assert_uint_eq(tc_table_size(t), 24);
    ck_assert(tc_table_fits_i64(t));
    for (int64_t k = 0; k < 24; k++) {
        int64_t at[3] = {k / 12, k / 4 % 3, k % 4}, want = k % 5 ? k * k - 300 : INT64_MIN + k;

        ck_assert_int_eq(tc_table_get_i64(t, at), want);
        tc_table_get(t, at, v);
        ck_assert_int_eq(mpz_cmp_si(v, want), 0);
    }
    tc_table_max_abs(t, v);
    ck_assert_int_eq(mpz_cmp_ui(v, (unsigned long)1 << 63), 0);
    mpz_clear(v);
}
END_TEST

START_TEST(large)
{
    int64_t extent = 3, at;
    mpz_ptr entry[3] = {tc_mpz_si(f->arena, 7), tc_mpz_si(f->arena, -3), tc_mpz_si(f->arena, 0)};
    struct tc_table *fits = tc_table_dense_mpz(f, "fits", 1, &extent, entry), *big;
    mpz_t v;

    mpz_init(v);
    ck_assert(tc_table_fits_i64(fits));
    ck_assert_ptr_null(fits->big);
    mpz_mul_2exp(entry[1], entry[1], 90);
    big = tc_table_dense_mpz(f, "big", 1, &extent, entry);
    ck_assert(!tc_table_fits_i64(big));
    mpz_set_ui(entry[1], 1); /* it has its own copy */
    tc_table_get(big, (at = 1, &at), v);
    ck_assert_int_eq(mpz_sgn(v), -1);
    ck_assert_uint_eq(mpz_sizeinbase(v, 2), 92);
    tc_table_max_abs(big, v);
    mpz_fdiv_q_2exp(v, v, 90);
    ck_assert_int_eq(mpz_cmp_ui(v, 3), 0);
    ck_assert_int_eq(tc_table_get_i64(big, (at = 0, &at)), 7);
    ck_assert_int_eq(tc_table_get_i64(fits, (at = 1, &at)), -3);
    ck_assert(!tc_table_equal(fits, big));
    /* just within, and just past, 64 bits */
    mpz_set_str(entry[0], "9223372036854775807", 10);
    mpz_set_str(entry[1], "-9223372036854775808", 10);
    ck_assert(tc_table_fits_i64(tc_table_dense_mpz(f, "edge", 1, &extent, entry)));
    mpz_sub_ui(entry[1], entry[1], 1);
    ck_assert(!tc_table_fits_i64(tc_table_dense_mpz(f, "edge", 1, &extent, entry)));
    mpz_clear(v);
}
END_TEST

START_TEST(kept_once)
{
    const int64_t two[2] = {2, 3}, other[2] = {3, 2}, six = 6, entry[6] = {1, 2, 3, 4, 5, 6};
    struct tc_table *a = tc_table_dense(f, "a", 2, two, entry);
    mpz_ptr same[6], big[2][6];

    ck_assert_ptr_eq(tc_table_dense(f, "b", 2, two, entry), a);
    ck_assert_uint_eq(f->ntable, 1);
    ck_assert_ptr_ne(tc_table_dense(f, "b", 2, other, entry), a);
    ck_assert_ptr_ne(tc_table_dense(f, "c", 1, &six, entry), a);
    for (unsigned k = 0; k < 6; k++) {
        same[k] = tc_mpz_si(f->arena, entry[k]);
        for (unsigned m = 0; m < 2; m++) {
            big[m][k] = tc_mpz_si(f->arena, entry[k]);
            mpz_mul_2exp(big[m][k], big[m][k], 70);
        }
    }
    ck_assert_ptr_eq(tc_table_dense_mpz(f, "d", 2, two, same), a);
    ck_assert_uint_eq(f->ntable, 3);
    ck_assert_ptr_eq(tc_table_dense_mpz(f, "e", 2, two, big[0]),
                     tc_table_dense_mpz(f, "f", 2, two, big[1]));
    mpz_add_ui(big[1][5], big[1][5], 1);
    ck_assert_ptr_ne(tc_table_dense_mpz(f, "e", 2, two, big[0]),
                     tc_table_dense_mpz(f, "f", 2, two, big[1]));
    ck_assert_uint_eq(f->ntable, 5);
    for (unsigned k = 0; k < f->ntable; k++)
        ck_assert_uint_eq(f->table[k]->id, k);
}
END_TEST

/* whatever the order in which they come, no two tables have one name */
START_TEST(names)
{
    static const char *const name[] = {"t",   "t", "t", "t.2", "t.7", "t.5",  "t",    "t", "t",
                                       "t.9", "t", "t", "tt",  "t.t", "t.10", "t.11", "t"};

    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        int64_t extent = 1, entry = (int64_t)k;
        const struct tc_table *t = tc_table_dense(f, name[k], 1, &extent, &entry);

        ck_assert_int_eq(strncmp(t->name, name[k], strlen(name[k])), 0);
        for (size_t i = 0; i < k; i++)
            ck_assert_str_ne(t->name, f->table[i]->name);
    }
    ck_assert_str_eq(f->table[0]->name, "t");
    ck_assert_str_eq(f->table[1]->name, "t.2");
    ck_assert_str_eq(f->table[2]->name, "t.3");
    ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
}
END_TEST

START_TEST(computed)
{
    struct tc_table *t = tc_table_computed(f, "t", &line, "3, -1", &err), *u;
    int64_t at;
    mpz_t v;

    mpz_init(v);
    ck_assert_ptr_nonnull(t);
    for (at = -5; at < 1000000; at += 99999) {
        ck_assert_int_eq(tc_table_get_i64(t, &at), 3 * at - 1);
        tc_table_get(t, &at, v);
        ck_assert_int_eq(mpz_cmp_si(v, 3 * at - 1), 0);
    }
    ck_assert(tc_table_fits_i64(t));
    tc_table_max_abs(t, v);
    ck_assert_int_eq(mpz_cmp_ui(v, 1000), 0);
    ck_assert_ptr_eq(tc_table_computed(f, "u", &line, "3, -1", &err), t);
    u = tc_table_computed(f, "t", &line, "3, -2", &err);
    ck_assert_ptr_ne(u, t);
    ck_assert_str_eq(u->name, "t.2");
    ck_assert_ptr_null(tc_table_computed(f, "t", &line, "nothing", &err));
    ck_assert_str_eq(err.msg, "line wants two numbers");
    ck_assert_uint_eq(f->ntable, 2);
    mpz_clear(v);
}
END_TEST

START_TEST(functions)
{
    struct tc_function again = line;

    ck_assert_ptr_null(tc_function_find("line"));
    tc_function_register(&line);
    ck_assert_ptr_eq(tc_function_find("line"), &line);
    ck_assert_ptr_null(tc_function_find("lin"));
    tc_function_register(&again); /* the last one of a name counts */
    ck_assert_ptr_eq(tc_function_find("line"), &again);
    tc_function_register(&line);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("table");
    TCase *c = tcase_create("table");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, small);
    tcase_add_test(c, large);
    tcase_add_test(c, kept_once);
    tcase_add_test(c, names);
    tcase_add_test(c, computed);
    tcase_add_test(c, functions);
    suite_add_tcase(s, c);
    return check_status(s);
}
