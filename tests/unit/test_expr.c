/* test_expr.c -- expressions: values, polynomials, errors with their columns */
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

static const struct tc_param params[] = {
    {"n", 8, {0}}, {"d", 6, {0}}, {"one", 1, {0}}, {"zero", 0, {0}}, {"minus", -3, {0}}};
enum { NPARAM = sizeof params / sizeof *params };

static const struct {
    const char *text, *value, *poly;
} good[] = {
    {"0", "0", "0"},
    {"42", "42", "42"},
    {" 7 ", "7", "7"},
    {"0.125", "1/8", "1/8"},
    {"1.50", "3/2", "3/2"},
    {"2.5e-1", "1/4", "1/4"},
    {"1E3", "1000", "1000"},
    {"0.1", "1/10", "1/10"}, /* not the nearest double */
    {"123456789012345678901234567890", "123456789012345678901234567890",
     "123456789012345678901234567890"},
    {"n", "8", "n"},
    {"minus", "-3", "minus"},
    {"2*d", "12", "2*d"},
    {"n^2", "64", "n^2"},
    {"n^0", "1", "1"},
    {"zero^0", "1", "1"},
    {"d/2", "3", "1/2*d"},
    {"n/d", "4/3", "n*d^-1"},
    {"n*n/n", "8", "n"},
    {"(n+1)*(n-1)", "63", "n^2 - 1"},
    {"(n+d)^2", "196", "d^2 + 2*d*n + n^2"},
    {"1 - 2 - 3", "-4", "-4"},
    {"12/2/3", "2", "2"},
    {"2 + 3*4", "14", "14"},
    {"2^3^2", "512", "512"},
    {"-2^2", "-4", "-4"},
    {"(-2)^2", "4", "4"},
    {"2^-2", "1/4", "1/4"},
    {"--n", "8", "n"},
    {"-+-3", "3", "3"},
    {"3 - -3", "6", "6"},
    {"2*-d", "-12", "-2*d"},
    {"ceil(7/2)", "4", "4"},
    {"ceil(-7/2)", "-3", "-3"},
    {"floor(7/2)", "3", "3"},
    {"floor(-7/2)", "-4", "-4"},
    {"round(5/2)", "2", "2"}, /* ties to even */
    {"round(7/2)", "4", "4"},
    {"round(-5/2)", "-2", "-2"},
    {"round(-7/2)", "-4", "-4"},
    {"round(8/3)", "3", "3"},
    {"round(-8/3)", "-3", "-3"},
    {"ceil(n/3)", "3", "ceil(1/3*n)"},
    {"log2(8)", "3", "3"},
    {"log2(1/8)", "-3", "-3"},
    {"log2(n)", "3", "log2(n)"},
    {"ceil(log2(n))", "3", "ceil(log2(n))"},
    {"ceil( log2( n + 1 ) )", "4", "ceil(log2(n+1))"},
    {"ceil(log2(1+n))", "4", "ceil(log2(n+1))"}, /* canonical */
    {"floor(log2(d))", "2", "floor(log2(d))"},
    {"floor(log2(1/3))", "-2", "-2"},
    {"ceil(log2(1/3))", "-1", "-1"},
    {"round(log2(11))", "3", "3"},    /* 3.459 */
    {"round(log2(12))", "4", "4"},    /* 3.585 */
    {"round(log2(1/3))", "-2", "-2"}, /* -1.585 */
    {"d*ceil(log2(n))", "18", "ceil(log2(n))*d"},
    {"sqrt(9)", "3", "3"},
    {"sqrt(4/9)", "2/3", "2/3"},
    {"sqrt(zero)", "0", "sqrt(zero)"},
    {"floor(sqrt(n))", "2", "floor(sqrt(n))"},
    {"ceil(sqrt(n))", "3", "ceil(sqrt(n))"},
    {"round(sqrt(6))", "2", "2"}, /* 2.449 */
    {"round(sqrt(7))", "3", "3"}, /* 2.646 */
    {"floor(-sqrt(7))", "-3", "-3"},
    {"ceil(-sqrt(7))", "-2", "-2"},
    {"round(-sqrt(7))", "-3", "-3"},
    {"floor(2*sqrt(7))", "5", "5"}, /* 5.29 */
    {"sqrt(2)*sqrt(8)", "4", "4"},
    {"sqrt(2)^2", "2", "2"},
    {"sqrt(8)/sqrt(2)", "2", "2"},
    {"0*sqrt(2)", "0", "0"},
    {"sqrt(2)^-2", "1/2", "1/2"},
    {"min(n, d)", "6", "min(n,d)"},
    {"max(n, d, 20)", "20", "max(n,d,20)"},
    {"min(3, 2, 1)", "1", "1"},
    {"max(3)", "3", "3"},
    {"2^n", "256", "floor((2)^(n))"},
    {"d*2^n", "1536", "d*floor((2)^(n))"},
    {"56/(n-1)", "8", "floor((56)/(n-1))"},
    {"1/(n+d)", "1/14", "1/14"}, /* neither polynomial nor integer */
    {"n^20", "1152921504606846976", "floor((n)^(20))"},
    {"(n+1)^-1*9", "1", "floor(((n+1)^(-1))*(9))"},
};

START_TEST(values)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_error err = {0};
    struct tc_number x, again;
    char *value, *poly;

    ck_assert_msg(tc_expr_eval(a, good[_i].text, params, NPARAM, (struct tc_loc){0}, &x, &err),
                  "%s: %s", good[_i].text, err.msg);
    value = mpq_get_str(NULL, 10, x.value);
    poly = tc_poly_text(a, x.poly);
    ck_assert_msg(!strcmp(value, good[_i].value), "%s is %s, wanted %s", good[_i].text, value,
                  good[_i].value);
    ck_assert_str_eq(x.text, good[_i].text);
    ck_assert_msg(!strcmp(poly, good[_i].poly), "%s is %s, wanted %s", good[_i].text, poly,
                  good[_i].poly);
    /* the polynomial's text is an expression with the same value */
    ck_assert_msg(tc_expr_eval(a, poly, params, NPARAM, (struct tc_loc){0}, &again, &err), "%s: %s",
                  poly, err.msg);
    ck_assert_msg(mpq_equal(x.value, again.value), "%s and %s differ", good[_i].text, poly);
    free(value);
    tc_arena_free(a);
}
END_TEST

static const struct {
    const char *text;
    unsigned col; /* from 1 */
    enum tc_errkind kind;
    const char *msg;
} bad[] = {
    {"", 1, TC_ESPEC, "the expression ends"},
    {"   ", 4, TC_ESPEC, "the expression ends"},
    {"n +", 4, TC_ESPEC, "the expression ends"},
    {"n n", 3, TC_ESPEC, "found 'n'"},
    {"2n", 2, TC_ESPEC, "found 'n'"},
    {"0x10", 2, TC_ESPEC, "found 'x'"},
    {"1.2.3", 4, TC_ESPEC, "found '.'"},
    {".5", 1, TC_ESPEC, "found '.'"},
    {"m", 1, TC_ESPEC, "unknown parameter 'm'"},
    {"d + nn", 5, TC_ESPEC, "unknown parameter 'nn'"},
    {"abs(n)", 1, TC_ESPEC, "unknown function 'abs'"},
    {"n(2)", 2, TC_ESPEC, "found '('"},
    {"ceil", 5, TC_ESPEC, "the expression ends"},
    {"ceil()", 6, TC_ESPEC, "found ')'"},
    {"ceil(1, 2)", 9, TC_ESPEC, "a second argument"},
    {"min(1; 2)", 6, TC_ESPEC, "found ';'"},
    {"(n", 3, TC_ESPEC, "the expression ends"},
    {"n)", 2, TC_ESPEC, "found ')'"},
    {"1/zero", 3, TC_ESPEC, "'zero' is 0"},
    {"n/(d - 6)", 3, TC_ESPEC, "'(d - 6)' is 0"},
    {"0^-1", 2, TC_ESPEC, "division by zero"},
    {"2^(1/2)", 2, TC_ESPEC, "integer exponent"},
    {"sqrt(-1)", 1, TC_ESPEC, "sqrt of a negative"},
    {"sqrt(sqrt(2))", 1, TC_ESPEC, "sqrt of an irrational"},
    {"log2(0)", 1, TC_ESPEC, "log2 of"},
    {"log2(minus)", 1, TC_ESPEC, "log2 of"},
    {"log2(sqrt(2))", 1, TC_ESPEC, "log2 of an irrational"},
    {"log2(3)", 1, TC_ESPEC, "irrational"},
    {"sqrt(2)", 1, TC_ESPEC, "irrational"},
    {"1 + log2(3)", 3, TC_ESPEC, "a sum with log2"},
    {"2 * log2(3)", 5, TC_ESPEC, "a product with log2"},
    {"log2(3)^2", 8, TC_ESPEC, "rational base"},
    {"1 + sqrt(2)", 3, TC_ESPEC, "a sum with an irrational root"},
    {"max(1, sqrt(2))", 8, TC_ESPEC, "max of an irrational"},
    {"n\t", 2, TC_ESPEC, "byte 0x09"},
    {"2\xc3\x97n", 2, TC_ESPEC, "byte 0xc3"},
    {"1e5000", 1, TC_ELIMIT, "exponent of ten"},
    {"1e99999999999999999999", 1, TC_ELIMIT, "exponent of ten"},
    {"2^65537", 2, TC_ELIMIT, "an exponent"},
    {"2^99999999999999999999999", 2, TC_ELIMIT, "an exponent"},
    {"10^30000", 3, TC_ELIMIT, "bits"},
    {"1e4096*1e4096*1e4096*1e4096*1e4096", 29, TC_ELIMIT, "bits"},
};

START_TEST(errors)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_loc loc = {"f", 3, 10};
    struct tc_error err = {0};
    struct tc_number x;

    ck_assert_msg(!tc_expr_eval(a, bad[_i].text, params, NPARAM, loc, &x, &err), "%s",
                  bad[_i].text);
    ck_assert_msg(strstr(err.msg, bad[_i].msg) != NULL, "%s: %s", bad[_i].text, err.msg);
    ck_assert_int_eq(err.kind, bad[_i].kind);
    ck_assert_str_eq(err.loc.file, "f");
    ck_assert_uint_eq(err.loc.line, 3);
    ck_assert_msg(err.loc.col == bad[_i].col + 9, "%s: column %u, wanted %u", bad[_i].text,
                  err.loc.col - 9, bad[_i].col);
    tc_arena_free(a);
}
END_TEST

static const struct {
    const char *text, *multiply, *divide;
    bool root;
} scales[] = {
    {"1", "1", "1", false},
    {"1/d", "1", "6", false},
    {"0.5", "1", "2", false},
    {"-3", "-3", "1", false},
    {"1/2.5", "2", "5", false},
    {"1/d*2", "1", "3", false},
    {"1/sqrt(d)", "1", "6", true},
    {"1/sqrt(2*n)", "1", "4", false}, /* the root of 16 */
    {"-1/sqrt(d)", "-1", "6", true},
    {"sqrt(2)", "2", "2", true},      /* 2 / sqrt 2 */
    {"3/sqrt(2)", "9", "18", true},   /* sqrt(9/2) = 9 / sqrt 18 */
    {"1/sqrt(5/2)", "2", "10", true}, /* sqrt(2/5) = 2 / sqrt 10 */
    {"1/sqrt(sqrt(16))", "1", "2", false},
    {"1e-4000", "1", NULL, false},
};

START_TEST(scale)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_error err = {0};
    struct tc_scale s;
    char *multiply, *divide;

    ck_assert_msg(tc_expr_scale(a, scales[_i].text, params, NPARAM, (struct tc_loc){0}, &s, &err),
                  "%s: %s", scales[_i].text, err.msg);
    multiply = mpq_get_str(NULL, 10, s.multiply);
    divide = mpq_get_str(NULL, 10, s.divide);
    ck_assert_str_eq(multiply, scales[_i].multiply);
    if (scales[_i].divide)
        ck_assert_str_eq(divide, scales[_i].divide);
    else
        ck_assert_uint_eq(strlen(divide), 4001);
    ck_assert_int_eq(s.root, scales[_i].root);
    ck_assert_str_eq(s.text, scales[_i].text);
    free(multiply);
    free(divide);
    tc_arena_free(a);
}
END_TEST

START_TEST(no_scale)
{
    static const char *const texts[] = {"0", "n - 8", "1/zero", "1/sqrt(zero)", "log2(3)", "x", ""};
    struct tc_arena *a = tc_arena_new();
    struct tc_error err = {0};
    struct tc_scale s;

    ck_assert(!tc_expr_scale(a, texts[_i], params, NPARAM, (struct tc_loc){0}, &s, &err));
    ck_assert_int_eq(err.kind, TC_ESPEC);
    ck_assert_uint_eq(err.loc.col, 0); /* no place was known */
    tc_arena_free(a);
}
END_TEST

/* what could grow without end does not */
START_TEST(bounded)
{
    struct tc_arena *a = tc_arena_new();
    char text[2000] = "";
    struct tc_error err = {0};
    struct tc_number x;

    for (int i = 0; i < 64; i++)
        strcat(text, "(");
    strcat(text, "n");
    for (int i = 0; i < 64; i++)
        strcat(text, ")");
    ck_assert(!tc_expr_eval(a, text, params, NPARAM, (struct tc_loc){0}, &x, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    text[64 + 1 + 63] = 0; /* one level less */
    ck_assert(tc_expr_eval(a, text + 1, params, NPARAM, (struct tc_loc){0}, &x, &err));
    ck_assert(mpq_cmp_ui(x.value, 8, 1) == 0);

    memset(text, '1', 1024);
    text[1024] = 0;
    ck_assert(tc_expr_eval(a, text, params, NPARAM, (struct tc_loc){0}, &x, &err));
    memset(text, '-', 1023); /* signs do not nest */
    ck_assert(tc_expr_eval(a, text, params, NPARAM, (struct tc_loc){0}, &x, &err));
    ck_assert(mpq_cmp_si(x.value, -1, 1) == 0);
    memset(text, '1', 1025);
    text[1025] = 0;
    ck_assert(!tc_expr_eval(a, text, params, NPARAM, (struct tc_loc){0}, &x, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);

    /* thousands of terms if it were expanded; the value is 16^64 */
    ck_assert(
        tc_expr_eval(a, "((n+d+one+one)^16)^4", params, NPARAM, (struct tc_loc){0}, &x, &err));
    ck_assert(mpz_sizeinbase(mpq_numref(x.value), 2) == 257);
    ck_assert(mpz_scan1(mpq_numref(x.value), 0) == 256);
    /* degree without bound, the value being 1 */
    ck_assert(tc_expr_eval(a, "((((((one^16)^16)^16)^16)^16)^16)^16", params, NPARAM,
                           (struct tc_loc){0}, &x, &err));
    ck_assert(mpq_cmp_ui(x.value, 1, 1) == 0);
    tc_arena_free(a);
}
END_TEST

/* floor, ceil and round of roots and logarithms against integers alone */
START_TEST(irrational)
{
    static const char *const form[] = {"floor(log2(%d))", "ceil(log2(%d))", "round(log2(%d))",
                                       "floor(sqrt(%d))", "ceil(sqrt(%d))", "round(sqrt(%d))"};
    int i = _i + 1, lg = 0, rt = 0, want[6];

    while (2 << lg <= i)
        lg++;
    while ((rt + 1) * (rt + 1) <= i)
        rt++;
    want[0] = lg;
    want[1] = lg + (1 << lg < i);
    want[2] = lg + ((long)i * i > 2L << 2 * lg); /* i > 2^(lg + 1/2) */
    want[3] = rt;
    want[4] = rt + (rt * rt < i);
    want[5] = rt + (i > rt * rt + rt); /* i > (rt + 1/2)^2 */
    for (int f = 0; f < 6; f++) {
        struct tc_arena *a = tc_arena_new();
        struct tc_error err = {0};
        struct tc_number x;
        char *text;

        text = f == 0   ? tc_sprintf(a, "floor(log2(%d))", i)
               : f == 1 ? tc_sprintf(a, "ceil(log2(%d))", i)
               : f == 2 ? tc_sprintf(a, "round(log2(%d))", i)
               : f == 3 ? tc_sprintf(a, "floor(sqrt(%d))", i)
               : f == 4 ? tc_sprintf(a, "ceil(sqrt(%d))", i)
                        : tc_sprintf(a, "round(sqrt(%d))", i);
        ck_assert(tc_expr_eval(a, text, NULL, 0, (struct tc_loc){0}, &x, &err));
        ck_assert_msg(mpq_cmp_si(x.value, want[f], 1) == 0, "%s, wanted %d", form[f], want[f]);
        tc_arena_free(a);
    }
}
END_TEST

START_TEST(function_names)
{
    ck_assert(tc_expr_is_function("ceil"));
    ck_assert(tc_expr_is_function("max"));
    ck_assert(!tc_expr_is_function("n"));
    ck_assert(!tc_expr_is_function("cei"));
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof *(a)))

int main(void)
{
    Suite *suite = suite_create("expr");
    TCase *tc = tcase_create("expr");

    tcase_add_loop_test(tc, values, 0, LENGTH(good));
    tcase_add_loop_test(tc, errors, 0, LENGTH(bad));
    tcase_add_loop_test(tc, scale, 0, LENGTH(scales));
    tcase_add_loop_test(tc, no_scale, 0, 7);
    tcase_add_loop_test(tc, irrational, 0, 200);
    tcase_add_test(tc, bounded);
    tcase_add_test(tc, function_names);
    suite_add_tcase(suite, tc);
    return check_status(suite);
}
