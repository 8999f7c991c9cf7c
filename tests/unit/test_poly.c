/* test_poly.c -- symbolic counts: arithmetic, sums, text both ways */
#include "../../ir/ir.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

static struct tc_arena *arena;

static void setup(void)
{
    arena = tc_arena_new();
}

static void teardown(void)
{
    tc_arena_free(arena);
}

static const struct tc_poly *read_ok(const char *text)
{
    struct tc_error err = {0};
    const struct tc_poly *p = tc_poly_read(arena, text, (struct tc_loc){0}, &err);

    ck_assert_msg(p != NULL, "\"%s\": %s", text, err.msg);
    return p;
}

static void same_text(const char *in, const char *out)
{
    const struct tc_poly *p = read_ok(in);

    ck_assert_str_eq(tc_poly_text(arena, p), out);
    ck_assert(tc_poly_equal(p, read_ok(out)));
}

struct values {
    const char *name[4];
    long value[4];
};

static bool look(void *ctx, const char *name, mpz_ptr value)
{
    const struct values *v = ctx;

    for (int i = 0; i < 4; i++)
        if (v->name[i] && !strcmp(v->name[i], name)) {
            mpz_set_si(value, v->value[i]);
            return true;
        }
    return false;
}

static void eval_is(const struct tc_poly *p, struct values *v, const char *want)
{
    mpq_t q, w;

    mpq_inits(q, w, (mpq_ptr)NULL);
    mpq_set_str(w, want, 10);
    ck_assert(tc_poly_eval(p, look, v, q));
    ck_assert_msg(mpq_equal(q, w), "%s at the values is not %s", tc_poly_text(arena, p), want);
    mpq_clears(q, w, (mpq_ptr)NULL);
}

START_TEST(text_is_canonical)
{
    same_text("0", "0");
    same_text("1", "1");
    same_text("-7/14", "-1/2");
    same_text("d*n", "d*n");
    same_text("n*d*n/2 + 3*T_exp - 1", "1/2*n^2*d + 3*T_exp - 1");
    same_text("-1+3*T_exp+d*n^2/2", "1/2*n^2*d + 3*T_exp - 1");
    same_text("(n+1)*(n-1)", "n^2 - 1");
    same_text("(n+d)^3 - n^3 - d^3", "3*d^2*n + 3*n^2*d");
    same_text("n - n", "0");
    same_text("-n", "-n");
    same_text("+n", "n");
    same_text("n^-2*d", "d*n^-2");
    same_text("1/n", "n^-1");
    same_text("(2*n)^-3", "1/8*n^-3");
    same_text("n/(3*d^2)/d^-1", "1/3*n*d^-1");
    same_text(" ( ( 2 ) ) ^ 10 ", "1024");
    same_text("n^0", "1");
    same_text("ceil(log2(n))*n + ceil(log2(n))^2", "ceil(log2(n))^2 + ceil(log2(n))*n");
    same_text("max(n, d / 2)^2*n", "max(n, d / 2)^2*n");
    same_text("N_a.b' - N_a.b", "-N_a.b + N_a.b'");
    same_text("123456789012345678901234567890*n", "123456789012345678901234567890*n");
}
END_TEST

START_TEST(arithmetic)
{
    const struct tc_poly *n = tc_poly_symbol(arena, "n"), *d = tc_poly_symbol(arena, "d");
    const struct tc_poly *one = tc_poly_int(arena, 1);
    const struct tc_poly *s = tc_poly_add(arena, n, d), *t = tc_poly_sub(arena, n, d);
    const struct tc_poly *p = tc_poly_mul(arena, s, t);
    mpq_t q;

    ck_assert_str_eq(tc_poly_text(arena, p), "-d^2 + n^2");
    ck_assert(tc_poly_equal(
        tc_poly_add(arena, tc_poly_mul(arena, t, t),
                    tc_poly_mul(arena, tc_poly_int(arena, 4), tc_poly_mul(arena, n, d))),
        tc_poly_mul(arena, s, s)));
    ck_assert(!tc_poly_equal(s, t));
    ck_assert_ptr_null(tc_poly_div(arena, one, s));
    ck_assert_ptr_null(tc_poly_div(arena, one, tc_poly_sub(arena, n, n)));
    ck_assert_str_eq(tc_poly_text(arena, tc_poly_div(arena, s, n)), "d*n^-1 + 1");
    mpq_init(q);
    ck_assert(!tc_poly_is_const(n, q));
    ck_assert(!tc_poly_is_const(s, NULL));
    ck_assert(tc_poly_is_const(tc_poly_div(arena, n, n), q));
    ck_assert(mpq_cmp_ui(q, 1, 1) == 0);
    ck_assert(tc_poly_is_const(tc_poly_sub(arena, n, n), q));
    ck_assert(mpq_sgn(q) == 0);
    mpq_set_si(q, -3, 7);
    ck_assert_str_eq(tc_poly_text(arena, tc_poly_mpq(arena, q)), "-3/7");
    mpq_clear(q);
}
END_TEST

START_TEST(evaluation)
{
    struct values v = {{"n", "d", "z"}, {5, -3, 0}};
    mpq_t q;

    eval_is(read_ok("n^2*d/2 + n - 1"), &v, "-67/2");
    eval_is(read_ok("n/d + d^-2"), &v, "-14/9");
    eval_is(read_ok("z^3 + 0"), &v, "0");
    eval_is(read_ok("2^100*n"), &v, "6338253001141147007483516026880");
    mpq_init(q);
    ck_assert(!tc_poly_eval(read_ok("n + m"), look, &v, q));
    ck_assert(!tc_poly_eval(read_ok("1/z"), look, &v, q));
    mpq_clear(q);
}
END_TEST

static void collect(void *ctx, const char *name)
{
    strcat(strcat(ctx, name), ";");
}

START_TEST(symbols_once)
{
    char names[64] = "";

    tc_poly_symbols(read_ok("n^2*d + n*T - f(x) + d"), collect, names);
    ck_assert_str_eq(names, "T;d;f(x);n;");
}
END_TEST

START_TEST(sums)
{
    static const char *const poly[] = {"1",     "x",           "x^2 - x", "x^3*d + 2*x*n", "d/3",
                                       "x^9/7", "x^4/d - x^6", "0",       "(x+d)^5 - n*x"};

    for (unsigned k = 0; k < sizeof poly / sizeof *poly; k++) {
        const struct tc_poly *p = read_ok(poly[k]);
        const struct tc_poly *s = tc_poly_sum(arena, p, "x", read_ok("n"));
        const struct tc_poly *s2 = tc_poly_sum(arena, p, "x", read_ok("x + 1"));
        mpq_t sum, part, got;

        mpq_inits(sum, part, got, (mpq_ptr)NULL);
        for (long n = 0; n < 20; n++) {
            struct values v = {{"n", "d", "x"}, {n, 3, 0}};

            mpq_set_ui(sum, 0, 1);
            for (long x = 0; x < n; x++) {
                v.value[2] = x;
                ck_assert(tc_poly_eval(p, look, &v, part));
                mpq_add(sum, sum, part);
            }
            v.value[2] = 77; /* bound by the sum: must not matter */
            ck_assert(tc_poly_eval(s, look, &v, got));
            ck_assert_msg(mpq_equal(sum, got), "%s up to %ld", poly[k], n);
            if (n) { /* inclusive, up to x itself: "child <= parent" */
                v.value[2] = n - 1;
                ck_assert(tc_poly_eval(s2, look, &v, got));
                ck_assert_msg(mpq_equal(sum, got), "%s up to x = %ld", poly[k], n - 1);
            }
        }
        mpq_clears(sum, part, got, (mpq_ptr)NULL);
    }
    ck_assert_str_eq(tc_poly_text(arena, tc_poly_sum(arena, read_ok("x"), "x", read_ok("n"))),
                     "1/2*n^2 - 1/2*n");
}
END_TEST

START_TEST(round_trip)
{
    srand(5);
    for (int i = 0; i < 500; i++) {
        static const char *const name[] = {"n", "d", "T_a", "N_s.and", "ceil(log2(n))"};
        const struct tc_poly *p = tc_poly_int(arena, 0);
        char *text;

        for (int t = rand() % 6; t >= 0; t--) {
            const struct tc_poly *m = tc_poly_int(arena, rand() % 2001 - 1000);

            for (int k = rand() % 5; k > 0; k--) {
                const struct tc_poly *s = tc_poly_symbol(arena, name[rand() % 5]);

                m = rand() % 4 ? tc_poly_mul(arena, m, s) : tc_poly_div(arena, m, s);
            }
            m = tc_poly_div(arena, m, tc_poly_int(arena, rand() % 12 + 1));
            p = tc_poly_add(arena, p, m);
        }
        text = tc_poly_text(arena, p);
        ck_assert(tc_poly_equal(p, read_ok(text)));
        ck_assert_str_eq(tc_poly_text(arena, read_ok(text)), text);
    }
}
END_TEST

START_TEST(outlives_operands)
{
    struct tc_arena *other = tc_arena_new();
    const struct tc_poly *p = tc_poly_symbol(other, "n"), *s;

    s = tc_poly_add(arena, tc_poly_mul(other, p, p), tc_poly_int(other, 4));
    tc_arena_free(other);
    ck_assert_str_eq(tc_poly_text(arena, s), "n^2 + 4");
}
END_TEST

static void refused(const char *text, unsigned col, enum tc_errkind kind, const char *part)
{
    struct tc_error err = {0};
    struct tc_loc loc = {"f.tc", 3, 10};

    ck_assert_msg(!tc_poly_read(arena, text, loc, &err), "\"%.40s\" was read", text);
    ck_assert_msg(strstr(err.msg, part) != NULL, "\"%.40s\": %s", text, err.msg);
    ck_assert_int_eq(err.kind, kind);
    ck_assert_str_eq(err.loc.file, "f.tc");
    ck_assert_uint_eq(err.loc.line, 3);
    ck_assert_msg(err.loc.col == 10 + col, "\"%.40s\": column %u", text, err.loc.col);
}

START_TEST(malformed)
{
    refused("", 0, TC_EFORMAT, "found the end, wanted a number");
    refused("n +", 3, TC_EFORMAT, "found the end");
    refused("n * * d", 4, TC_EFORMAT, "found \"* d\"");
    refused("2n", 1, TC_EFORMAT, "wanted an operator");
    refused("n d", 2, TC_EFORMAT, "found \"d\"");
    refused("(n", 2, TC_EFORMAT, "wanted \")\"");
    refused("n)", 1, TC_EFORMAT, "found \")\"");
    refused("f(n", 3, TC_EFORMAT, "ends the name");
    refused("n^d", 2, TC_EFORMAT, "integer exponent");
    refused("n^2.5", 3, TC_EFORMAT, "wanted an operator");
    refused("1.5", 1, TC_EFORMAT, "wanted an operator");
    refused("n/(d+1)", 2, TC_EFORMAT, "divisor of 2 terms");
    refused("n/(d-d)", 2, TC_EFORMAT, "zero");
    refused("n/0", 2, TC_EFORMAT, "zero");
    refused("0^-1", 3, TC_EFORMAT, "negative power");
    refused("(n+1)^-1", 7, TC_EFORMAT, "negative power");
    refused("n\n", 1, TC_EFORMAT, "byte 0x0a");
    refused("#", 0, TC_EFORMAT, "found \"#\"");
    refused("n^99999999999999999999", 2, TC_ELIMIT, "exponent above");
    refused("((n)^1000)^2", 12, TC_ELIMIT, "exponent above");
    refused("(2^1000)^1000", 13, TC_ELIMIT, "coefficient");
    refused("(a+b+c+d+e+f+g+h)^1000", 22, TC_ELIMIT, "terms");
}
END_TEST

START_TEST(hostile_sizes)
{
    char *s = tc_xcalloc(300000, 1);

    memset(s, '(', 200000);
    refused(s, 0, TC_ELIMIT, "bytes");
    s[1000] = 0;
    refused(s, 64, TC_ELIMIT, "parentheses");
    memset(s, '1', 2000);
    s[2000] = 0;
    refused(s, 0, TC_ELIMIT, "digits");
    *s = 0;
    for (int i = 0; i < 20000; i++)
        memcpy(s + 3 * i, i ? "+n " : " n ", 4);
    ck_assert_str_eq(tc_poly_text(arena, read_ok(s)), "20000*n");
    for (int i = 0; i < 5000; i++)
        sprintf(s + 7 * i, "%cx%05d", i ? '+' : ' ', i);
    refused(s, 35000, TC_ELIMIT, "terms");
    free(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("poly");
    TCase *c = tcase_create("poly");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, text_is_canonical);
    tcase_add_test(c, arithmetic);
    tcase_add_test(c, evaluation);
    tcase_add_test(c, symbols_once);
    tcase_add_test(c, sums);
    tcase_add_test(c, round_trip);
    tcase_add_test(c, outlives_operands);
    tcase_add_test(c, malformed);
    tcase_add_test(c, hostile_sizes);
    suite_add_tcase(s, c);
    return check_status(s);
}
