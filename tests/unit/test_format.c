/* test_format.c -- fixed point words, rationals and text */
#include "../../compiler/compiler.h"

#include <check.h>
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

int main(void)
{
    Suite *s = suite_create("format");
    TCase *c = tcase_create("fixed");
    SRunner *r;
    int failed;

    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_word_round_trips);
    tcase_add_test(c, nearest_by_search);
    tcase_add_test(c, ties_go_to_even);
    tcase_add_test(c, far_values_saturate);
    tcase_add_test(c, high_bits_of_a_word_are_ignored);
    tcase_add_test(c, known_texts);
    tcase_add_test(c, long_decimals_round_trip);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
