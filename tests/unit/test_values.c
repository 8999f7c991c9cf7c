/* test_values.c -- JSON to words and back */
#include "../../compiler/compiler.h"
#include "check_main.h"

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
    struct tc_spec of = {.format = *f};
    FILE *out = open_memstream(&text, &size);

    ck_assert(tc_values_write(out, &of, tensors, n, decimal));
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
    ck_assert(tc_values_write(out, &spec, tensors, 1, _i == 1));
    fclose(out);
    ck_assert_msg(read_text(text, TC_ROLE_INPUT, true, &err), "%s", err.msg);
    ck_assert(tensors[0].word != x);
    for (unsigned i = 0; i < 64; i++)
        ck_assert_uint_eq(tensors[0].word[i], i);
    free(text);
}
END_TEST

/* ------------------------------------------------------------------ floats */

static void of_format(const char *name)
{
    struct tc_error err = {0};

    ck_assert(tc_format_parse(name, &spec.format, &err));
    spec.format.infinity = false; /* as in every model */
}

static const struct {
    const char *format, *number;
    uint64_t word;
    bool exact;
} float_numbers[] = {
    {"binary32", "1", 0x3f800000, true},
    {"binary32", "0.1", 0x3dcccccd, false},
    {"binary32", "\"0x1.99999ap-4\"", 0x3dcccccd, true},
    {"binary32", "1e39", 0x7f7fffff, false}, /* saturates, where a float is infinite */
    {"binary32", "-1e39", 0xff7fffff, false},
    {"binary32", "1e-45", 1, false},
    {"binary32", "7e-46", 0, false},
    {"binary32", "\"0x1p-150\"", 0, false}, /* a tie */
    {"binary32", "\"0x1.0001p-150\"", 1, false},
    {"binary32", "-1e-300", 0, false}, /* too little for a zero of its own */
    {"binary32", "-0", 0x80000000, true},
    {"binary32", "16777217", 0x4b800000, false}, /* a tie, to even */
    {"binary32", "16777217.00000000000000000000001", 0x4b800001, false},
    {"bfloat16", "1.00390625", 0x3f80, false}, /* a tie */
    {"bfloat16", "\"0x1.02p+0\"", 0x3f81, true},
    {"e4m3", "448", 0x7e, true},
    {"e4m3", "470", 0x7e, false},
    {"e4m3", "\"-0x1p-9\"", 0x81, true},
    {"ieee:3,3", "14", 27, true},
    {"ieee:3,3", "15", 27, false},
    {"ieee:3,3", "0.0625", 1, true},
    {"ftz:3,3", "0.23", 0, false},
    {"ftz:3,3", "0.24", 4, false}, /* rounds to 1/4 */
    {"ftz:3,3", "-0", 0, true},
    {"float:2", "2", 10, true}, /* 2 2^0: fraction 0, field 5 */
    {"float:2", "24", 17, true},
    {"float:2", "1e9", 17, false},
    {"float:2", "0.0625", 0, false}, /* half of the least number */
    {"float:2", "0.07", 2, false},
    {"float:2", "-0.125", 34, true},
    {"float:20", "\"0x1p+1048576\"", UINT64_C(0xffff700000), true},
    {"float:20", "\"-0x1p-1048557\"", UINT64_C(0x20000080000), true},
};

START_TEST(float_number)
{
    struct tc_error err = {0};
    char text[200];

    of_format(float_numbers[_i].format);
    snprintf(text, sizeof text, "{\"X\": [[0, 0, 0], [0, %s, 0]]}", float_numbers[_i].number);
    ck_assert_msg(read_text(text, TC_ROLE_INPUT, false, &err), "%s", err.msg);
    ck_assert_msg(tensors[0].word[4] == float_numbers[_i].word,
                  "%s of %s is %" PRIx64 ", wanted %" PRIx64, float_numbers[_i].number,
                  float_numbers[_i].format, tensors[0].word[4], float_numbers[_i].word);
    ck_assert_int_eq(read_text(text, TC_ROLE_INPUT, true, &err), float_numbers[_i].exact);
    if (!float_numbers[_i].exact)
        ck_assert_ptr_nonnull(strstr(err.msg, "is no number of the format, wanted one such as"));
}
END_TEST

START_TEST(not_finite)
{
    static const char *const bad_value[] = {"inf", "-inf", "nan", "-nan", "+inf"};
    static const char *const format[] = {"binary16", "e4m3", "ieee:3,3", "ftz:3,3", "float:3"};
    struct tc_error err = {0};
    char text[200];

    for (unsigned k = 0; k < sizeof format / sizeof *format; k++) {
        of_format(format[k]);
        snprintf(text, sizeof text, "{\"X\": [[0, 0, 0], [0, \"%s\", 0]]}", bad_value[_i]);
        ck_assert(!read_text(text, TC_ROLE_INPUT, false, &err));
        ck_assert_int_eq(err.kind, TC_EFORMAT);
        ck_assert_msg(!strncmp(err.msg, "X[1][1]: found ", 15), "%s", err.msg);
        ck_assert_ptr_nonnull(strstr(err.msg, "finite"));
    }
}
END_TEST

/* every number of a format, and those at the ends of a wide one */
START_TEST(float_round_trip)
{
    static const char *const format[] = {"ieee:3,3", "e4m3",   "e5m2",      "ftz:3,3",   "float:3",
                                         "binary16", "float:5", "ieee:40,24", "float:24", "binary32"};
    struct tc_error err = {0};
    uint64_t n, all, *x;
    char *text;
    size_t size;
    FILE *out;
    unsigned width;
    mpq_t q;

    of_format(format[_i / 2]);
    width = tc_format_width(&spec.format);
    all = UINT64_C(1) << (width <= 14 ? width : 10);
    x = tc_xcalloc(all, sizeof *x);
    n = 0;
    mpq_init(q);
    for (uint64_t k = 0; k < all; k++) { /* the lower and the upper bits of k at the ends */
        uint64_t w = width <= 14 ? k : (k >> 5) << (width - 5) | (k & 31);

        if (tc_format_value(&spec.format, w, q) == TC_FINITE)
            x[n++] = w;
    }
    mpq_clear(q);
    tensors[0].size[0].value = 1;
    tensors[0].size[1].value = (int64_t)n;
    tensors[0].word = x;
    out = open_memstream(&text, &size);
    ck_assert(tc_values_write(out, &spec, tensors, 1, _i % 2 && width < 40));
    fclose(out);
    ck_assert_msg(read_text(text, TC_ROLE_INPUT, false, &err), "%s", err.msg);
    for (uint64_t k = 0; k < n; k++)
        ck_assert_msg(tensors[0].word[k] == x[k], "%s: %" PRIx64 " is read as %" PRIx64,
                      format[_i / 2], x[k], tensors[0].word[k]);
    free(text);
    free(x);
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
    tcase_add_loop_test(tc, float_number, 0, LENGTH(float_numbers));
    tcase_add_loop_test(tc, not_finite, 0, 5);
    tcase_add_loop_test(tc, float_round_trip, 0, 20);
    tcase_add_test(tc, changed);
    suite_add_tcase(suite, tc);
    return check_status(suite);
}
