/* test_values.c -- JSON to words and back */
#include "../../compiler/compiler.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tc_arena *arena;
static struct tc_spec spec;
static struct tc_tensor tensors[3];
static char path[] = "/tmp/test_values.XXXXXX";

/* 6 bits, 3 of fraction: -4 to 3.875 by 0.125; X is 2 x 3, B a constant of 2, Y 2 x 3 */
static void setup(void)
{
    int fd = mkstemp(path);

    ck_assert(fd >= 0);
    close(fd);
    arena = tc_arena_new();
    spec = (struct tc_spec){.arena = arena, .format = {.kind = TC_FIXED, .bits = 6, .fraction = 3}};
    tensors[0] = (struct tc_tensor){
        .name = "X", .role = TC_ROLE_INPUT, .rank = 2, .size = {{2, NULL}, {3, NULL}}};
    tensors[1] =
        (struct tc_tensor){.name = "B", .role = TC_ROLE_CONSTANT, .rank = 1, .size = {{2, NULL}}};
    tensors[2] = tensors[0];
    tensors[2].name = "Y";
    tensors[2].role = TC_ROLE_RESULT;
}

static void teardown(void)
{
    tc_arena_free(arena);
    unlink(path);
    strcpy(path + strlen(path) - 6, "XXXXXX");
}

static bool read_bytes(const char *text, size_t n, enum tc_role role, bool exact,
                       struct tc_error *err)
{
    FILE *out = fopen(path, "w");

    ck_assert(out != NULL);
    ck_assert(fwrite(text, 1, n, out) == n);
    fclose(out);
    return tc_values_read(arena, path, &spec, role, exact, tensors, 3, err);
}

static bool read_text(const char *text, enum tc_role role, bool exact, struct tc_error *err)
{
    return read_bytes(text, strlen(text), role, exact, err);
}

static const struct {
    const char *number;
    int eighths;
    bool exact;
} numbers[] = {
    {"0", 0, true},
    {"-0", 0, true},
    {"-0.0", 0, true},
    {"1", 8, true},
    {"-1", -8, true},
    {"0.125", 1, true},
    {"-0.125", -1, true},
    {"3.875", 31, true},
    {"3.875000000000000000000000000000", 31, true},
    {"-4", -32, true},
    {"4", 31, false},
    {"-4.125", -32, false},
    {"0.0625", 0, false}, /* ties to even */
    {"0.1875", 2, false},
    {"-0.0625", 0, false},
    {"-0.1875", -2, false},
    /* decimals that a double would round to the tie */
    {"0.062500000000000000000001", 1, false},
    {"0.187499999999999999999999", 1, false},
    {"-0.06250000000000000000000000000000001", -1, false},
    {"1e0", 8, true},
    {"12.5e-1", 10, true},
    {"0.125E+1", 10, true},
    {"1e4000", 31, false},
    {"-1e4000", -32, false},
    {"1e-4000", 0, false},
    {"18446744073709551617", 31, false}, /* past 64 bits, no wrap */
    {"-99999999999999999999999999999999", -32, false},
    {"\"0x1p+0\"", 8, true},
    {"\"0x1.8p+1\"", 24, true},
    {"\"-0x1.8p-2\"", -3, true},
    {"\"0X.8\"", 4, true},
    {"\"0xA.p-3\"", 10, true},
    {"\"0x1.00000000000000000000000000000001p-4\"", 1, false},
    {"\"0x1p-16000\"", 0, false},
    {"\"0x1p16000\"", 31, false},
    {"\"inf\"", 31, false},
    {"\"-inf\"", -32, false},
    {"\"1.5\"", 12, true},
    {"\"+1.5\"", 12, true},
};

START_TEST(number)
{
    struct tc_error err = {0};
    char text[200];

    snprintf(text, sizeof text, " {\"X\" : [[1,2,3], [0, %s ,\n-1]]}\n", numbers[_i].number);
    ck_assert_msg(read_text(text, TC_ROLE_INPUT, false, &err), "%s", err.msg);
    ck_assert_uint_eq(tensors[0].word[0], 8);
    ck_assert_uint_eq(tensors[0].word[2], 24);
    ck_assert_uint_eq(tensors[0].word[3], 0);
    ck_assert_msg(tensors[0].word[4] == ((uint64_t)numbers[_i].eighths & 63),
                  "%s is %" PRIu64 ", wanted %d", numbers[_i].number, tensors[0].word[4],
                  numbers[_i].eighths & 63);
    ck_assert_uint_eq(tensors[0].word[5], 56);
    ck_assert(!tensors[1].word && !tensors[2].word);

    ck_assert_int_eq(read_text(text, TC_ROLE_INPUT, true, &err), numbers[_i].exact);
    if (!numbers[_i].exact) {
        ck_assert(strstr(err.msg, "X[1][1]: ") == err.msg);
        ck_assert_uint_eq(err.loc.line, 1);
        ck_assert_uint_eq(err.loc.col, 23);
    }
}
END_TEST

static const char *const bad_numbers[] = {
    "01",
    "1.",
    ".5",
    "+1",
    "--1",
    "1e",
    "1e+",
    "0x1p0",
    "1_000",
    "NaN",
    "Infinity",
    "nan",
    "null",
    "true",
    "[]",
    "[1]",
    "{}",
    "\"\"",
    "\"x\"",
    "\"0x\"",
    "\"0x.p1\"",
    "\"1p1\"",
    "\"nan\"",
    "\"-nan\"",
    "\"infinity\"",
    "\"1 \"",
    "\" 1\"",
    "\"1e\"",
    "\"0x1p\"",
    "\"--1\"",
    "\"1,5\"",
    "1 2",
    "",
    "1e5000",
    "1e99999999999999999999",
    "\"0x1p20000\"",
    "\"1\\u0000\"",
    "'1'",
    "1;",
};

START_TEST(bad_number)
{
    struct tc_error err = {0};
    char text[200];

    snprintf(text, sizeof text, "{\"X\": [[1,2,3], [0, %s, -1]]}", bad_numbers[_i]);
    ck_assert_msg(!read_text(text, TC_ROLE_INPUT, false, &err), "%s", text);
    ck_assert(err.kind == TC_EFORMAT || err.kind == TC_ELIMIT);
    ck_assert_str_eq(err.loc.file, path);
    ck_assert_msg(err.loc.line == 1 && err.loc.col >= 20 && err.loc.col <= 24, "%s: column %u: %s",
                  text, err.loc.col, err.msg);
}
END_TEST

static const struct {
    const char *text;
    unsigned line, col;
    const char *msg;
} bad[] = {
    {"", 1, 1, "JSON"},
    {"{}", 0, 0, "no tensor 'X', wanted it as 2 x 3"},
    {"[]", 1, 1, "found an array, wanted an object"},
    {"{\"X\": 1}", 1, 7, "X: found a number, wanted an array of 2"},
    {"{\"X\": [[1,2,3]]}", 1, 7, "X: found an array of 1, wanted an array of 2"},
    {"{\"X\": [[1,2,3],\n  [1,2]]}", 2, 3, "X[1]: found an array of 2, wanted an array of 3"},
    {"{\"X\": [[1,2,3],\n  4]}", 2, 3, "X[1]: found a number, wanted an array of 3"},
    {"{\"X\": [[1,2,3],\n  [1,2,[3]]]}", 2, 8, "X[1][2]: found an array, wanted a number"},
    {"{\"X\": [[1,2,3],[1,2,3]],\n \"Z\": 0}", 2, 7, "unknown tensor 'Z', wanted X"},
    {"{\"X\": [[1,2,3],[1,2,3]],\n \"B\": [1, 2]}", 2, 7, "'B' is a constant"},
    {"{\"X\": [[1,2,3],[1,2,3]],\n \"Y\": 0}", 2, 7, "'Y' is the result"},
    {"{\"a\": {\"X\": [1]}, \"X\": 5}", 1, 7, "unknown tensor 'a'"},
    {"{\"\\u0058\": 5}", 0, 0, "X: found a number"},
    {"{\"X\": [[1,2,3],[1,2,3]]", 1, 24, "JSON"},
    {"{\"X\": [[1,2,3],[1,2,3]]} x", 1, 26, "found x"},
    {"{\"X\": [[1,2,3],[1,2,3]], \"X\": 0}", 1, 26, "duplicate"},
    {"{\"X\": \"[", 1, 7, "JSON"},
    {"{\"X\": [[1,2,3],[1,\"2\n\",3]]}", 1, 19, "JSON"},
};

START_TEST(misshapen)
{
    struct tc_error err = {0};

    ck_assert(!read_text(bad[_i].text, TC_ROLE_INPUT, false, &err));
    ck_assert_msg(strstr(err.msg, bad[_i].msg) != NULL, "%s: %s", bad[_i].text, err.msg);
    ck_assert_int_eq(err.kind, TC_EFORMAT);
    if (strcmp(bad[_i].msg, "JSON") && strcmp(bad[_i].msg, "duplicate")) /* jansson's own places */
        ck_assert_msg(err.loc.line == bad[_i].line && err.loc.col == bad[_i].col,
                      "%s: %u:%u, wanted %u:%u", bad[_i].text, err.loc.line, err.loc.col,
                      bad[_i].line, bad[_i].col);
    else
        ck_assert_uint_eq(err.loc.line, 1);
}
END_TEST

START_TEST(constants)
{
    struct tc_error err = {0};

    ck_assert_msg(read_text("{\"B\": [0.5, \"-inf\"]}", TC_ROLE_CONSTANT, false, &err), "%s",
                  err.msg);
    ck_assert_uint_eq(tensors[1].word[0], 4);
    ck_assert_uint_eq(tensors[1].word[1], 32);
    ck_assert(!tensors[0].word);
    ck_assert(!read_text("{\"B\": [1, 2, 3]}", TC_ROLE_CONSTANT, false, &err));
    ck_assert(!read_text("{\"X\": 1, \"B\": [1, 2]}", TC_ROLE_CONSTANT, false, &err));
    ck_assert(strstr(err.msg, "'X' is an input") != NULL);
}
END_TEST

/* shapes that do not fit in memory are no reason to take it */
START_TEST(huge_shape)
{
    struct tc_error err = {0};

    tensors[0].size[0].value = tensors[0].size[1].value = INT32_MAX;
    ck_assert(!read_text("{\"X\": [[1]]}", TC_ROLE_INPUT, false, &err));
    ck_assert(strstr(err.msg, "2147483647 x 2147483647") != NULL);
}
END_TEST

START_TEST(bytes)
{
    static const char zero[] = "{\"X\": [[1,2,3],[1,\0,3]]}", latin[] = "{\"X\": [[\"\xe9\"]]}";
    struct tc_error err = {0};
    char digits[5000];

    ck_assert(!read_bytes(zero, sizeof zero - 1, TC_ROLE_INPUT, false, &err));
    ck_assert(!read_bytes(latin, sizeof latin - 1, TC_ROLE_INPUT, false, &err));
    memset(digits, '1', sizeof digits);
    memcpy(digits, "{\"X\": [[1,2,3],[1,", 18);
    memcpy(digits + 4990, ",3]]}", 6);
    ck_assert(!read_text(digits, TC_ROLE_INPUT, false, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    memset(digits, '[', sizeof digits - 1);
    digits[sizeof digits - 1] = 0;
    ck_assert(!read_text(digits, TC_ROLE_INPUT, false, &err));
    ck_assert(!tc_values_read(arena, "/", &spec, TC_ROLE_INPUT, false, tensors, 3, &err));
    ck_assert_int_eq(err.kind, TC_EIO);
    ck_assert(!tc_values_read(arena, "no/such", &spec, TC_ROLE_INPUT, false, tensors, 3, &err));
    ck_assert_int_eq(err.kind, TC_EIO);
}
END_TEST

static void written(const struct tc_format *f, unsigned n, bool decimal, const char *want)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    ck_assert(tc_values_write(out, f, tensors, n, decimal));
    fclose(out);
    ck_assert_str_eq(text, want);
    free(text);
}

START_TEST(writer)
{
    uint64_t x[] = {8, 0, 63, 31, 32, 1}, b[] = {4, 60}, wide[] = {1, (uint64_t)1 << 61};
    struct tc_format large = {.kind = TC_FIXED, .bits = 62, .fraction = 61};

    tensors[0].word = x;
    tensors[1].word = b;
    written(&spec.format, 1, false,
            "{\n  \"X\": [\n    [\"0x1p+0\", \"0x0p+0\", \"-0x1p-3\"],\n"
            "    [\"0x1.fp+1\", \"-0x1p+2\", \"0x1p-3\"]\n  ]\n}\n");
    written(&spec.format, 2, true,
            "{\n  \"X\": [\n    [1, 0, -0.125],\n    [3.875, -4, 0.125]\n  ],\n"
            "  \"B\": [0.5, -0.5]\n}\n");
    tensors[0] = tensors[1];
    tensors[0].word = wide;
    written(&large, 1, true,
            "{\n  \"B\": [0.0000000000000000004336808689942017736029811203479766845703"
            "125, -1]\n}\n");
    tensors[0].rank = 3;
    tensors[0].word = x;
    tensors[0].size[0].value = 1;
    tensors[0].size[1].value = 2;
    tensors[0].size[2].value = 3;
    written(
        &spec.format, 1, true,
        "{\n  \"B\": [\n    [\n      [1, 0, -0.125],\n      [3.875, -4, 0.125]\n    ]\n  ]\n}\n");
}
END_TEST

/* what is written is read as it was, every word of the format, both ways */
START_TEST(round_trip)
{
    struct tc_error err = {0};
    uint64_t x[64];
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    tensors[0].size[0].value = 8;
    tensors[0].size[1].value = 8;
    tensors[0].word = x;
    for (unsigned i = 0; i < 64; i++)
        x[i] = i;
    ck_assert(tc_values_write(out, &spec.format, tensors, 1, _i == 1));
    fclose(out);
    ck_assert_msg(read_text(text, TC_ROLE_INPUT, true, &err), "%s", err.msg);
    ck_assert(tensors[0].word != x);
    for (unsigned i = 0; i < 64; i++)
        ck_assert_uint_eq(tensors[0].word[i], i);
    free(text);
}
END_TEST

/* one byte changed, whatever comes of it: no crash, no leak */
START_TEST(changed)
{
    static const char whole[] = "{\"X\": [[1, -2.5e0, \"0x1p-1\"], [\"inf\", 4e1, 0]]}",
                      with[] = "{}[]\",:0-e.x \\\n\x80\x01";
    char text[sizeof whole];
    struct tc_random r;

    tc_random_seed(&r, 1);
    for (int i = 0; i < 3000; i++) {
        struct tc_error err = {0};

        memcpy(text, whole, sizeof whole);
        text[tc_random_below(&r, sizeof whole - 1)] = with[tc_random_below(&r, sizeof with - 1)];
        if (!read_text(text, TC_ROLE_INPUT, false, &err))
            ck_assert(err.msg[0]);
        if (i % 100 == 0) { /* keeps the arena small */
            teardown();
            setup();
        }
    }
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof *(a)))

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *tc = tcase_create("values");
    SRunner *runner;
    int failed, run;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, number, 0, LENGTH(numbers));
    tcase_add_loop_test(tc, bad_number, 0, LENGTH(bad_numbers));
    tcase_add_loop_test(tc, misshapen, 0, LENGTH(bad));
    tcase_add_test(tc, constants);
    tcase_add_test(tc, huge_shape);
    tcase_add_test(tc, bytes);
    tcase_add_test(tc, writer);
    tcase_add_loop_test(tc, round_trip, 0, 2);
    tcase_add_test(tc, changed);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed || !run;
}
