/* test_format.c -- words of fixed point and of floats, rationals and text */
#include "../../compiler/prim.h"
#include "check_main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct tc_format fixed(unsigned bits, unsigned fraction)
{
    return (struct tc_format){.kind = TC_FIXED, .bits = bits, .fraction = fraction};
}

static uint64_t mask_of(unsigned bits)
{
    return ~(~(uint64_t)0 << bits);
}

/* the rounding of num/den in a format, as a signed integer */
static int64_t rounded(unsigned bits, unsigned fraction, long num, unsigned long den, bool *exact)
{
    struct tc_format f = fixed(bits, fraction);
    uint64_t w;
    mpq_t x;

    mpq_init(x);
    mpq_set_si(x, num, den);
    mpq_canonicalize(x);
    w = tc_format_round(&f, x, exact);
    mpq_clear(x);
    ck_assert(!(w & ~mask_of(bits)));
    return (int64_t)(w << (64 - bits)) >> (64 - bits);
}

START_TEST(every_word_round_trips)
{
    char text[64];
    mpq_t x;

    mpq_init(x);
    for (unsigned b = 1; b <= 10; b++)
        for (unsigned fr = 0; fr <= b; fr++)
            for (uint64_t w = 0; w <= mask_of(b); w++) {
                struct tc_format f = fixed(b, fr);
                int64_t m = (int64_t)(w << (64 - b)) >> (64 - b);
                bool exact = false;

                tc_format_value(&f, w, x);
                ck_assert(mpq_get_d(x) == ldexp((double)m, -(int)fr));
                ck_assert_uint_eq(tc_format_round(&f, x, &exact), w);
                ck_assert(exact);
                for (int decimal = 0; decimal <= 1; decimal++) {
                    tc_format_print(&f, w, decimal, text, sizeof text);
                    ck_assert(strtod(text, NULL) == mpq_get_d(x));
                    ck_assert(strncmp(text, "-0x0", 4) && strcmp(text, "-0"));
                }
            }
    mpq_clear(x);
}
END_TEST

/* every multiple of 1/12 of a step, against rounding by search */
START_TEST(nearest_by_search)
{
    for (unsigned b = 1; b <= 5; b++)
        for (unsigned fr = 0; fr <= b; fr++) {
            long low = -(1L << (b - 1)), high = -low - 1;

            for (long num = 12 * (low - 3); num <= 12 * (high + 3); num++) {
                long best = low;
                bool exact;

                for (long m = low; m <= high; m++) {
                    long now = labs(num - 12 * m), then = labs(num - 12 * best);

                    if (now < then || (now == then && m % 2 == 0))
                        best = m;
                }
                ck_assert_int_eq(rounded(b, fr, num, 12ul << fr, &exact), best);
                ck_assert_int_eq(exact, num == 12 * best);
            }
        }
}
END_TEST

START_TEST(ties_go_to_even)
{
    bool exact = true;

    ck_assert_int_eq(rounded(8, 0, 1, 2, &exact), 0);
    ck_assert(!exact);
    ck_assert_int_eq(rounded(8, 0, 3, 2, NULL), 2);
    ck_assert_int_eq(rounded(8, 0, 5, 2, NULL), 2);
    ck_assert_int_eq(rounded(8, 0, -1, 2, NULL), 0);
    ck_assert_int_eq(rounded(8, 0, -3, 2, NULL), -2);
    ck_assert_int_eq(rounded(8, 0, -5, 2, NULL), -2);
    ck_assert_int_eq(rounded(8, 3, 1, 16, NULL), 0);
    ck_assert_int_eq(rounded(8, 3, 3, 16, NULL), 2);
    ck_assert_int_eq(rounded(8, 3, 1, 3, NULL), 3);
}
END_TEST

START_TEST(far_values_saturate)
{
    bool exact = true;

    ck_assert_int_eq(rounded(4, 2, 100, 1, &exact), 7);
    ck_assert(!exact);
    exact = true;
    ck_assert_int_eq(rounded(4, 2, -100, 1, &exact), -8);
    ck_assert(!exact);
    /* 7.5 steps would round up to 8, which is not there */
    ck_assert_int_eq(rounded(4, 2, 15, 8, NULL), 7);
    ck_assert_int_eq(rounded(4, 2, -17, 8, NULL), -8);
    ck_assert_int_eq(rounded(4, 2, -2, 1, &exact), -8);
    ck_assert(exact);
    /* one bit: 0 and -1 */
    ck_assert_int_eq(rounded(1, 0, 1, 1, NULL), 0);
    ck_assert_int_eq(rounded(1, 0, -1, 1, NULL), -1);
    ck_assert_int_eq(rounded(62, 0, 1L << 61, 1, &exact), (1L << 61) - 1);
    ck_assert(!exact);
    ck_assert_int_eq(rounded(62, 0, -(1L << 61), 1, &exact), -(1L << 61));
    ck_assert(exact);
}
END_TEST

START_TEST(high_bits_of_a_word_are_ignored)
{
    struct tc_format f = fixed(4, 2);
    char text[64];
    mpq_t x;

    mpq_init(x);
    tc_format_value(&f, 0xfff3, x);
    ck_assert_int_eq(mpq_cmp_si(x, 3, 4), 0);
    mpq_clear(x);
    tc_format_print(&f, ~(uint64_t)0, false, text, sizeof text);
    ck_assert_str_eq(text, "-0x1p-2");
    ck_assert_uint_eq(tc_format_width(&f), 4);
}
END_TEST

static void check_text(unsigned bits, unsigned fraction, int64_t m, const char *hex,
                       const char *decimal)
{
    struct tc_format f = fixed(bits, fraction);
    char text[64];

    tc_format_print(&f, (uint64_t)m & mask_of(bits), false, text, sizeof text);
    ck_assert_str_eq(text, hex);
    tc_format_print(&f, (uint64_t)m & mask_of(bits), true, text, sizeof text);
    ck_assert_str_eq(text, decimal);
}

START_TEST(known_texts)
{
    check_text(8, 2, 0, "0x0p+0", "0");
    check_text(8, 2, 12, "0x1.8p+1", "3");
    check_text(8, 2, 1, "0x1p-2", "0.25");
    check_text(8, 2, -1, "-0x1p-2", "-0.25");
    check_text(8, 2, -128, "-0x1p+5", "-32");
    check_text(8, 0, 100, "0x1.9p+6", "100");
    check_text(8, 0, 101, "0x1.94p+6", "101");
    check_text(8, 8, 127, "0x1.fcp-2", "0.49609375");
    check_text(8, 7, -127, "-0x1.fcp-1", "-0.9921875");
    check_text(62, 0, (1L << 61) - 1, "0x1.fffffffffffffffp+60", "2305843009213693951");
    check_text(62, 0, -(1L << 61), "-0x1p+61", "-2305843009213693952");
    check_text(62, 62, 1, "0x1p-62", "0.000000000000000000216840434497100886801491");
}
END_TEST

/* where the decimal is cut to the buffer it still names one word */
START_TEST(long_decimals_round_trip)
{
    char text[64], *point;
    uint64_t w = 88172645463325252u;
    mpq_t x;
    bool exact;

    mpq_init(x);
    for (unsigned t = 0; t < 2000; t++)
        for (unsigned fr = 40; fr <= 62; fr++) {
            struct tc_format f = fixed(62, fr);

            w ^= w << 13;
            w ^= w >> 7;
            w ^= w << 17;
            tc_format_print(&f, w, true, text, sizeof text);
            point = strchr(text, '.');
            mpz_set_ui(mpq_denref(x), 1);
            if (point) {
                size_t places = strlen(point + 1);

                memmove(point, point + 1, places + 1);
                mpz_ui_pow_ui(mpq_denref(x), 10, places);
            }
            mpz_set_str(mpq_numref(x), text, 10);
            mpq_canonicalize(x);
            ck_assert_uint_eq(tc_format_round(&f, x, &exact), w & mask_of(62));
            tc_format_print(&f, w, false, text, sizeof text);
            tc_format_value(&f, w, x);
            ck_assert(strtold(text, NULL) ==
                      ldexpl((long double)((int64_t)(w << 2) >> 2), -(int)fr));
        }
    mpq_clear(x);
}
END_TEST

/* ------------------------------------------------------------------------ floats */

static struct tc_format format_of(const char *name)
{
    struct tc_error err = {0};
    struct tc_format f;

    ck_assert_msg(tc_format_parse(name, &f, &err), "%s: %s", name, err.msg);
    return f;
}

/* facts of the standards: IEEE 754-2019, OCP 8-bit floats; and of THEORY.md's floats */
START_TEST(known_floats)
{
    static const struct {
        const char *format;
        unsigned long long word;
        const char *text;
    } known[] = {
        {"binary16", 0x3c00, "0x1p+0"},
        {"binary16", 0xc000, "-0x1p+1"},
        {"binary16", 0x7bff, "0x1.ffcp+15"},
        {"binary16", 0x0400, "0x1p-14"},
        {"binary16", 0x03ff, "0x1.ff8p-15"},
        {"binary16", 0x0001, "0x1p-24"},
        {"binary16", 0x3555, "0x1.554p-2"},
        {"binary16", 0x8000, "-0x0p+0"},
        {"binary16", 0x7c00, "inf"},
        {"binary16", 0xfc00, "-inf"},
        {"binary16", 0x7e00, "nan"},
        {"bfloat16", 0x3f80, "0x1p+0"},
        {"bfloat16", 0x4049, "0x1.92p+1"},
        {"bfloat16", 0x7f7f, "0x1.fep+127"},
        {"bfloat16", 0x0080, "0x1p-126"},
        {"bfloat16", 0x0001, "0x1p-133"},
        {"bfloat16", 0xff80, "-inf"},
        {"bfloat16", 0x7fc0, "nan"},
        {"e4m3", 0x38, "0x1p+0"},
        {"e4m3", 0x7e, "0x1.cp+8"},
        {"e4m3", 0xfe, "-0x1.cp+8"},
        {"e4m3", 0x08, "0x1p-6"},
        {"e4m3", 0x01, "0x1p-9"},
        {"e4m3", 0x07, "0x1.cp-7"},
        {"e4m3", 0x7f, "nan"},
        {"e4m3", 0x80, "-0x0p+0"},
        {"e5m2", 0x3c, "0x1p+0"},
        {"e5m2", 0x7b, "0x1.cp+15"},
        {"e5m2", 0x04, "0x1p-14"},
        {"e5m2", 0x01, "0x1p-16"},
        {"e5m2", 0x7c, "inf"},
        {"e5m2", 0x7e, "nan"},
        {"binary32", 0x3f800000, "0x1p+0"},
        {"binary32", 0x7f7fffff, "0x1.fffffep+127"},
        {"binary32", 0x00000001, "0x1p-149"},
        {"binary32", 0x7fc00000, "nan"},
        {"ieee:53,11", 0x3ff0000000000000, "0x1p+0"},
        {"ieee:53,11", 0x7fefffffffffffff, "0x1.fffffffffffffp+1023"},
        {"ieee:53,11", 0x8000000000000001, "-0x1p-1074"},
        {"ftz:3,3", 0x1b, "0x1.cp+3"},
        {"ftz:3,3", 0x1c, "inf"},
        {"ftz:3,3", 0x04, "0x1p-2"},
        {"ftz:3,3", 0x24, "-0x1p-2"},
        /* m 2^e, m of 3 bits, e from -8 to 7: (e + 8 + 1) 4 + m - 4 */
        {"float:3", 0, "0x0p+0"},
        {"float:3", 4, "0x1p-6"},
        {"float:3", 7, "0x1.cp-6"},
        {"float:3", 8, "0x1p-5"},
        {"float:3", 67, "0x1.cp+9"},
        {"float:3", 128 + 67, "-0x1.cp+9"},
        {"float:2,0,0", 2, "0x1p+1"},
        {"float:2,0,0", 3, "0x1.8p+1"},
    };

    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct tc_format f = format_of(known[k].format);
        struct tc_error err;
        char text[64];
        uint64_t word;
        unsigned n;
        bool ftz = f.infinity && !f.nan;

        tc_format_print(&f, known[k].word, false, text, sizeof text);
        ck_assert_msg(!strcmp(text, known[k].text), "%s %llx: %s, wanted %s", known[k].format,
                      known[k].word, text, known[k].text);
        if (ftz && strstr(text, "inf"))
            continue;
        ck_assert(tc_prim_line(text, &f, 1, &word, 1, &n, (struct tc_loc){0}, &err));
        ck_assert_uint_eq(word, known[k].word);
    }
}
END_TEST

START_TEST(widths_of_floats)
{
    static const struct {
        const char *name;
        unsigned width;
        long last;
    } known[] = {
        {"binary16", 16, 0x7bff}, {"bfloat16", 16, 0x7f7f},     {"e4m3", 8, 0x7e},
        {"e5m2", 8, 0x7b},        {"binary32", 32, 0x7f7fffff}, {"ieee:2,2", 4, 5},
        {"ftz:3,3", 6, 0x1b},     {"float:3", 8, 67},           {"float:2,0,0", 3, 3},
        {"float:4,-7,7", 8, 127},
    };
    char name[64];

    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct tc_format f = format_of(known[k].name);

        ck_assert_uint_eq(tc_format_width(&f), known[k].width);
        ck_assert_int_eq(tc_format_last_key(&f), known[k].last);
        tc_format_name(&f, name, sizeof name);
        ck_assert_str_eq(name, known[k].name);
    }
    {
        struct tc_format f = format_of("ieee:53,11");

        ck_assert_uint_eq(tc_format_width(&f), 64);
        f = format_of("float:24");
        ck_assert_uint_eq(tc_format_width(&f), 50);
        f = format_of("ftz:192,24");
        ck_assert_uint_eq(tc_format_width(&f), 216);
    }
}
END_TEST

static const char *const all_words[] = {"binary16", "bfloat16", "e4m3",     "e5m2",
                                        "float:3",  "float:6",  "ieee:2,2", "ftz:3,3"};

/* every word through hexadecimal and decimal, and the short way against the long one */
START_TEST(float_words_round_trip)
{
    for (size_t k = 0; k < sizeof all_words / sizeof *all_words; k++) {
        struct tc_format f = format_of(all_words[k]);
        uint64_t sign = (uint64_t)1 << (tc_format_width(&f) - 1), canonical;
        mpq_t x;
        mpz_t z;

        mpq_init(x);
        mpz_init(z);
        canonical = tc_format_special(&f, TC_NAN, false, z) ? mpz_get_ui(z) : 0;
        for (uint64_t w = 0; w < 2 * sign; w++) {
            enum tc_class class;
            bool minus;

            mpz_set_ui(z, w);
            class = tc_format_decode(&f, z, x, &minus);
            if (class == TC_NO_CODE || (class == TC_INFINITE && !f.nan))
                continue;
            ck_assert(class == TC_NAN || minus == !!(w & sign));
            if (class == TC_FINITE) {
                bool exact;

                tc_format_encode(&f, x, minus, z, &exact);
                ck_assert(exact && mpz_get_ui(z) == w);
            }
            mpz_set_ui(z, w);
            for (int decimal = 0; decimal <= 1; decimal++) {
                char text[64], *long_text = tc_format_text(&f, z, decimal);
                struct tc_error err;
                uint64_t back;
                unsigned n;

                tc_format_print(&f, w, decimal, text, sizeof text);
                ck_assert_str_eq(text, long_text);
                free(long_text);
                ck_assert_msg(tc_prim_line(text, &f, 1, &back, 1, &n, (struct tc_loc){0}, &err),
                              "%s %s: %s", all_words[k], text, err.msg);
                ck_assert_msg(back == (class == TC_NAN ? canonical : w), "%s %s", all_words[k],
                              text);
                ck_assert(class != TC_FINITE || decimal || strtod(text, NULL) == mpq_get_d(x));
            }
        }
        mpq_clear(x);
        mpz_clear(z);
    }
}
END_TEST

/* C rounds to float as binary32 does */
START_TEST(as_float_casts)
{
    struct tc_format f = format_of("binary32");
    uint64_t w = 88172645463325252u;
    mpq_t x;
    mpz_t z;

    mpq_init(x);
    mpz_init(z);
    for (unsigned k = 0; k < 100000; k++) {
        uint32_t bits;
        uint64_t got;
        double d;
        float c;
        char text[64];
        struct tc_error err;
        unsigned n;

        w ^= w << 13;
        w ^= w >> 7;
        w ^= w << 17;
        d = ldexp((double)(int64_t)w, (int)(k % 320) - 230);
        if (k % 3 == 0) /* halfway, or almost */
            d = ldexp((double)(int64_t)(w >> 38 | 1) + (k % 2 ? 0x1p-20 : 0), (int)(k % 300) - 175);
        c = (float)d;
        memcpy(&bits, &c, sizeof bits);
        if (isinf(c)) {
            snprintf(text, sizeof text, "%a", d);
            ck_assert(tc_prim_line(text, &f, 1, &got, 1, &n, (struct tc_loc){0}, &err));
            ck_assert_uint_eq(got, bits);
            continue;
        }
        mpq_set_d(x, d);
        tc_format_encode(&f, x, signbit(d), z, NULL);
        got = mpz_get_ui(z);
        ck_assert_msg(got == bits, "%a: %llx, wanted %x", d, (unsigned long long)got, bits);
        for (int style = 0; style < 2; style++) {
            snprintf(text, sizeof text, style ? "%.17e" : "%a", d);
            ck_assert(tc_prim_line(text, &f, 1, &got, 1, &n, (struct tc_loc){0}, &err));
            /* glibc 2.36 rounds 0x1.5e1a81p-133 down, as a float */
            c = style ? strtof(text, NULL) : (float)d;
            memcpy(&bits, &c, sizeof bits);
            ck_assert_msg(got == bits, "%s: %llx, wanted %x", text, (unsigned long long)got, bits);
        }
    }
    mpq_clear(x);
    mpz_clear(z);
}
END_TEST

/* short numbers are read without GMP; with zeros after them they are long */
START_TEST(short_numbers_as_long_ones)
{
    static const char *const formats[] = {"binary16",  "bfloat16",    "binary32",    "e4m3",
                                          "e5m2",      "float:2",     "float:3",     "float:6",
                                          "float:12",  "float:24",    "ftz:3,3",     "ftz:8,8",
                                          "ieee:2,2",  "ieee:50,11",  "ieee:58,4",   "fixed:8,4",
                                          "fixed:1,0", "fixed:60,59", "unsigned:60", "unsigned:3"};
    uint64_t w = 88172645463325252u;

    for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) {
        struct tc_format f = format_of(formats[k]);

        for (unsigned t = 0; t < (f.low < -10000 ? 300 : 10000); t++) {
            struct tc_error err = {0};
            char text[200], digits[32], lengthened[200];
            uint64_t a = 0, b = 0;
            unsigned n, point;
            bool hex = t & 1, ok;
            int exponent;

            w ^= w << 13;
            w ^= w >> 7;
            w ^= w << 17;
            sprintf(digits, hex ? "%llx" : "%llu",
                    (unsigned long long)(w >> (w % 60)) % 1000000000000000);
            if (t % 8 == 0)
                sprintf(digits, "%u", 1u << (w % 20)); /* halves and powers */
            point = (unsigned)(w >> 20) % ((unsigned)strlen(digits) + 1);
            exponent = (int)((w >> 30) % 40) - 20;
            if (hex && t % 4 == 1)
                exponent = (int)f.low + (int)f.p - 3 + exponent / 8 +
                           4 * (int)(strlen(digits) - point) - 4 * (int)strlen(digits);
            for (int zeros = 0; zeros <= 30; zeros += 30)
                sprintf(zeros ? lengthened : text, "%s%s%.*s.%s%.*s%c%d", t % 3 ? "" : "-",
                        hex ? "0x" : "", (int)point, digits, digits + point, zeros,
                        "000000000000000000000000000000", hex ? 'p' : 'e', exponent);
            ok = tc_prim_line(text, &f, 1, &a, 1, &n, (struct tc_loc){0}, &err);
            ck_assert_msg(ok || strstr(err.msg, "infinite"), "%s: %s", text, err.msg);
            ck_assert(ok == tc_prim_line(lengthened, &f, 1, &b, 1, &n, (struct tc_loc){0}, &err));
            ck_assert_msg(!ok || a == b, "%s %s: %llx, at length %llx", formats[k], text,
                          (unsigned long long)a, (unsigned long long)b);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("format");
    TCase *c = tcase_create("words");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_word_round_trips);
    tcase_add_test(c, nearest_by_search);
    tcase_add_test(c, ties_go_to_even);
    tcase_add_test(c, far_values_saturate);
    tcase_add_test(c, high_bits_of_a_word_are_ignored);
    tcase_add_test(c, known_texts);
    tcase_add_test(c, long_decimals_round_trip);
    tcase_add_test(c, known_floats);
    tcase_add_test(c, widths_of_floats);
    tcase_add_test(c, float_words_round_trip);
    tcase_add_test(c, as_float_casts);
    tcase_add_test(c, short_numbers_as_long_ones);
    suite_add_tcase(s, c);
    return check_status(s);
}
