/* test_bias.c -- entries of biases against the formulas in long double, and where the
 * real number is rational against hand-made values */
#include "../../compiler/bias.h"
#include "check_main.h"

#include <math.h>
#include <mpfr.h>
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
    mpfr_free_cache();
}

static struct bias *opened(const char *text)
{
    struct tc_error err = {0};
    struct bias *b = bias_open(arena, text, (struct tc_loc){0}, &err);

    ck_assert_msg(b != NULL, "%s: %s", text, err.msg);
    return b;
}

static int64_t entry(const struct bias *b, int64_t i, int64_t delta, int64_t h)
{
    int64_t arg[3] = {i, delta, h}, one;

    tc_bias.eval(b, arg, 1, 1, 1, &one);
    ck_assert_int_eq(one, bias_real(b, i, delta, h));
    return one;
}

/* a fixed entry is the integer nearest to x 2^fraction, clamped; ties are not asked for */
static void nearest(const struct bias *b, int64_t i, int64_t delta, int64_t h, long double x)
{
    int64_t high = largest_value(&b->low), low = least_value(&b->low);
    long double y = ldexpl(x, (int)b->low.fraction);
    int64_t v = entry(b, i, delta, h);

    y = y > (long double)high ? (long double)high : y < (long double)low ? (long double)low : y;
    ck_assert_msg(fabsl(y - (long double)v) <= 0.5L + 1e-9L,
                  "i %lld, delta %lld, head %lld: %lld for %.12Lg", (long long)i, (long long)delta,
                  (long long)h, (long long)v, y);
}

/* ---------------------------------------------------------------------- alibi */

START_TEST(alibi_slopes)
{
    /* 8 heads: 1/2, 1/4, ...; 6 heads: those of 4, then 2^-1 and 2^-3 of 8's odd ones */
    static const int64_t eight[8] = {-128, -64, -32, -16, -8, -4, -2, -1};
    static const int64_t six[6] = {-64, -16, -4, -1, -128, -32};
    struct bias *b = opened("alibi, heads=8, format=fixed:16,8");

    for (int64_t h = 0; h < 8; h++)
        ck_assert_int_eq(entry(b, 0, 1, h), eight[h]);
    ck_assert_int_eq(entry(b, 0, -3, 0), -384); /* |delta| */
    ck_assert_int_eq(entry(b, 0, 0, 0), 0);
    ck_assert_int_eq(entry(b, 0, 1000000, 0), -32768);
    ck_assert_int_eq(entry(b, 0, INT64_MIN, 7), -32768);
    b = opened("alibi, heads=6, format=fixed:16,8");
    for (int64_t h = 0; h < 6; h++)
        ck_assert_int_eq(entry(b, 0, 1, h), six[h]);
    ck_assert_int_eq(entry(b, 0, 1, 6), 0); /* no such head */
    b = opened("alibi, heads=1, format=fixed:6,2");
    ck_assert_int_eq(entry(b, 0, 32, 0), 0);  /* 1/8 of 1/4: a tie to even, down */
    ck_assert_int_eq(entry(b, 0, 96, 0), -2); /* 3/8, up */
    ck_assert_int_eq(entry(b, 0, 33, 0), -1);
}
END_TEST

START_TEST(alibi_roots)
{
    struct bias *b = opened("alibi, heads=16, format=fixed:16,12");
    struct bias *c = opened("alibi, heads=12, format=fixed:16,12");

    for (int64_t h = 0; h < 16; h++)
        for (int64_t delta = 0; delta < 40; delta++)
            nearest(b, 0, delta, h, -(long double)delta * exp2l(-(long double)(h + 1) / 2));
    for (int64_t h = 8; h < 12; h++)
        nearest(c, 0, 7, h, -7 * exp2l(-(long double)(2 * (h - 8) + 1) / 2));
}
END_TEST

/* ------------------------------------------------------------- kerple, sandwich */

START_TEST(kerple_kinds)
{
    struct bias *b = opened("kerple-log, r1=7/10, r2=3, format=fixed:12,8");
    struct bias *c = opened("kerple-power, r1=1/3, r2=3/2, format=fixed:12,4");
    struct bias *d = opened("kerple-power, r1=1/2, r2=1/2, format=fixed:8,0");

    for (int64_t delta = -50; delta <= 50; delta++) {
        long double x = fabsl((long double)delta);

        nearest(b, 0, delta, 0, -0.7L * log1pl(3 * x));
        nearest(c, 0, delta, 0, -powl(x, 1.5L) / 3);
    }
    ck_assert_int_eq(entry(b, 0, 0, 0), 0);
    ck_assert_int_eq(entry(c, 0, 0, 0), 0);
    ck_assert_int_eq(entry(d, 0, 9, 0), -2);  /* 3/2, to even */
    ck_assert_int_eq(entry(d, 0, 25, 0), -2); /* 5/2, to even */
    ck_assert_int_eq(entry(d, 0, 26, 0), -3);
    ck_assert_int_eq(entry(d, 0, 1, 0), 0); /* 1/2, to even */
}
END_TEST

START_TEST(sandwich_sums)
{
    struct bias *b = opened("sandwich, r1=1/2, base=10000, terms=4, width=8, format=fixed:16,10");

    for (int64_t delta = -30; delta <= 30; delta++) {
        long double sum = 0;

        for (int k = 1; k <= 4; k++)
            sum += cosl((long double)delta / powl(10000, (long double)k / 8));
        nearest(b, 0, delta, 0, sum / 2);
    }
    ck_assert_int_eq(entry(b, 0, 0, 0), 2048);
    ck_assert_int_eq(
        entry(opened("sandwich, r1=1/2, base=1, terms=1, width=1, format=fixed:4,0"), 0, 0, 0),
        0); /* 1/2, to even */
}
END_TEST

/* -------------------------------------------------------------------------- t5 */

/* T5's own rule, in doubles: exact where no logarithm is near an integer */
static int64_t t5_rule(int64_t n, int64_t distance, int64_t x)
{
    int64_t exact = n / 2;
    int64_t far =
        exact + (int64_t)floor(log((double)x / (double)exact) /
                                   log((double)distance / (double)exact) * (double)(n - exact) +
                               1e-12);

    return x < exact ? x : far < n - 1 ? far : n - 1;
}

START_TEST(t5_buckets)
{
    struct bias *one = opened("t5, buckets=32, distance=128, sides=1, format=fixed:4,2");
    struct bias *two = opened("t5, buckets=32, distance=128, sides=2, format=fixed:4,2");
    int64_t arg[2] = {0}, row[32], set;

    for (int64_t delta = -400; delta <= 400; delta++) {
        int64_t x = delta < 0 ? -delta : delta;

        ck_assert_int_eq(bias_bucket(one, delta), t5_rule(32, 128, delta < 0 ? 0 : delta));
        ck_assert_int_eq(bias_bucket(two, delta), (delta < 0 ? 16 : 0) + t5_rule(16, 128, x));
        arg[0] = delta;
        tc_bias_bucket.eval(two, arg, 1, 1, 32, row);
        set = 0;
        for (int64_t k = 0; k < 32; k++)
            set += row[k];
        ck_assert_int_eq(set, 1);
        ck_assert_int_eq(row[bias_bucket(two, delta)], 1);
    }
    /* bounds that are integers: 8 (2, 4), 16 = 4 4^1 */
    one = opened("t5, buckets=8, distance=64, sides=1, format=fixed:4,2");
    ck_assert_int_eq(bias_bucket(one, 7), 4);
    ck_assert_int_eq(bias_bucket(one, 8), 5);
    ck_assert_int_eq(bias_bucket(one, 15), 5);
    ck_assert_int_eq(bias_bucket(one, 16), 6);
    ck_assert_int_eq(bias_bucket(one, 31), 6);
    ck_assert_int_eq(bias_bucket(one, 32), 7);
    ck_assert_int_eq(bias_bucket(one, INT64_MAX), 7);
    ck_assert_int_eq(bias_bucket(one, INT64_MIN), 0);
    two = opened(
        "t5, buckets=4, distance=3, sides=2, heads=2, entries=1 2 3 4 5 6 7 -8, format=fixed:4,2");
    ck_assert_int_eq(entry(two, 0, 0, 1), 2);
    ck_assert_int_eq(entry(two, 0, 5, 0), 3);
    ck_assert_int_eq(entry(two, 0, -1, 1), -8);
}
END_TEST

/* ------------------------------------------------------------------------ fire */

START_TEST(fire_numbers)
{
    /* of quarters: F_1 = 1, -1/2; F_b1 = 0, 1/2; F_2 = 1, 1/2 and 1/4, -1; F_b2 = 1/4, 0 */
    struct bias *b = opened("fire, c=1/10, limit=5/2, hidden=2, heads=2, "
                            "entries=4 -2 0 2 4 1 2 -4 1 0, format=fixed:6,2");
    struct bias *e;

    for (int64_t i = 0; i < 12; i++)
        for (int64_t delta = -6; delta <= i; delta++) {
            long double m = i > 2.5L ? (long double)i : 2.5L;
            long double u = log1pl(fabsl((long double)delta) / 10) / log1pl(m / 10);
            long double z = 0.5L - u / 2, r = z > 0 ? z : 0;

            if (delta == 0 || delta == i)
                continue;
            nearest(b, i, delta, 0, u + r / 2 + 0.25L);
            nearest(b, i, delta, 1, u / 4 - r);
        }
    ck_assert_int_eq(entry(b, 3, 0, 0), 2);  /* u = 0: 1/4 + 1/4 */
    ck_assert_int_eq(entry(b, 3, 0, 1), -2); /* -1/2 */
    ck_assert_int_eq(entry(b, 9, 9, 0), 5);  /* u = 1: 1 + 1/4 */
    ck_assert_int_eq(entry(b, 9, 9, 1), 1);  /* 1/4 */
    /* log 4 / log 8 = 2/3 and 3/4 of it 1/2: a tie of integers; log 4 / log 16 = 1/2 */
    e = opened("fire, c=1, limit=7, hidden=1, heads=1, entries=3 0 4 0, format=fixed:6,2");
    ck_assert_int_eq(entry(e, 0, 3, 0), 2);
    e = opened("fire, c=1, limit=15, hidden=1, heads=1, entries=1 0 4 0, format=fixed:6,2");
    ck_assert_int_eq(entry(e, 0, 3, 0), 0); /* 1/8 of 1/4: half of an entry, to even */
    /* slopes that cancel, at the middle of two entries: 1/8 + 0 u */
    e = opened("fire, c=1, limit=7, hidden=2, heads=1, entries=4 4 2 0 1 -1 0, format=fixed:6,2");
    ck_assert_int_eq(entry(e, 0, 2, 0), 0);
    e = opened("fire, c=1, limit=7, hidden=2, heads=1, entries=4 4 2 0 3 -3 0, format=fixed:6,2");
    ck_assert_int_eq(entry(e, 0, 2, 0), 2); /* 3/8, to even */
}
END_TEST

/* ---------------------------------------------------------------------- floats */

START_TEST(floats)
{
    struct bias *b = opened("kerple-log, r1=1, r2=1, format=bfloat16");
    struct bias *low = opened("kerple-log, r1=1, r2=1, format=bfloat16");
    mpz_t x, part;

    mpz_inits(x, part, NULL);
    for (int64_t delta = 0; delta < 300; delta++) {
        long double want = -log1pl((long double)delta), got;
        int64_t arg[3] = {0, delta, 0}, limb;

        bias_number(b, 0, 1, &delta, 0, x);
        got = mpz_get_d(x) * ldexpl(1, b->format.low);
        ck_assert_msg(fabsl(got - want) <= fabsl(want) * ldexpl(1, -8) + 1e-12L, "%Lg for %Lg", got,
                      want);
        /* its parts make the number */
        for (unsigned k = 0; k < 8; k++) {
            low->limb = k;
            tc_bias.eval(low, arg, 1, 1, 1, &limb);
            ck_assert(llabs(limb) <= tc_bias.max_abs(low));
            tc_mpz_set_i64(part, limb);
            mpz_mul_2exp(part, part, k * BIAS_LIMB);
            mpz_sub(x, x, part);
        }
        ck_assert_int_eq(mpz_sgn(x), 0);
    }
    mpz_clears(x, part, NULL);
}
END_TEST

/* ------------------------------------------------------------------ parameters */

START_TEST(malformed)
{
    static const char *const text[] = {
        "",
        "rope, format=fixed:4,2",
        "alibi, format=fixed:4,2",
        "alibi, heads=0, format=fixed:4,2",
        "alibi, heads=2, heads=2, format=fixed:4,2",
        "alibi, heads=2, r1=1, format=fixed:4,2",
        "alibi, heads=2, format=fixed:4",
        "alibi, heads=2, format=unsigned:4",
        "alibi, heads=2, format=ieee:62,8",
        "alibi,heads=2, format=fixed:4,2",
        "kerple-log, r1=1, format=fixed:4,2",
        "kerple-log, r1=0, r2=1, format=fixed:4,2",
        "kerple-log, r1=1/0, r2=1, format=fixed:4,2",
        "kerple-log, r1=1, r2=-1, format=fixed:4,2",
        "kerple-log, r1=99999999999999999999, r2=1, format=fixed:4,2",
        "kerple-power, r1=1, r2=5/2, format=fixed:4,2",
        "sandwich, r1=1, base=2, terms=65, width=1, format=fixed:4,2",
        "t5, buckets=6, distance=9, sides=1, format=fixed:4,2",
        "t5, buckets=8, distance=4, sides=1, format=fixed:4,2",
        "t5, buckets=4, distance=9, sides=1, heads=1, entries=1 2 3, format=fixed:4,2",
        "t5, buckets=4, distance=9, sides=1, heads=1, entries=1 2 3 8, format=fixed:4,2",
        "t5, buckets=4, distance=9, sides=3, format=fixed:4,2",
        "fire, c=1, limit=1, hidden=1, heads=1, entries=1 2 3, format=fixed:4,2",
        "fire, c=1, limit=1, hidden=1048576, heads=1048576, entries=1, format=fixed:4,2",
        "alibi, heads=2, multiply=1, divide=1, root=0, low=5, high=4, format=fixed:4,2",
        "alibi, heads=2, multiply=0, divide=1, root=0, low=0, high=4, format=fixed:4,2",
        "alibi, heads=2, multiply=1, format=fixed:4,2",
    };

    for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
        struct tc_error err = {0};

        ck_assert_msg(!bias_open(arena, text[k], (struct tc_loc){0}, &err), "%s", text[k]);
        ck_assert_int_eq(err.kind, TC_EFORMAT);
    }
}
END_TEST

/* -------------------------------------------------------------------- thresholds */

/* entry r of the table is the least score whose rounded, scaled and biased value is at least r */
START_TEST(thresholds)
{
    static const char *const scale[][3] = {
        {"1", "2", "0"}, {"3/4", "1", "0"}, {"1", "3", "1"}, {"-1", "1", "0"}, {"-1", "2", "1"}};

    for (size_t k = 0; k < sizeof scale / sizeof *scale; k++) {
        const char *text = tc_sprintf(arena,
                                      "kerple-log, r1=1, r2=1/2, multiply=%s, divide=%s, root=%s, "
                                      "low=-45, high=38, format=fixed:6,2",
                                      scale[k][0], scale[k][1], scale[k][2]);
        struct tc_error err = {0};
        struct bias *b = tc_bias_scores[1].open(arena, text, (struct tc_loc){0}, &err);
        bool down = scale[k][0][0] == '-';

        ck_assert_msg(b != NULL, "%s", err.msg);
        for (int64_t delta = 0; delta < 9; delta += 2)
            for (int64_t r = -32; r < 32; r++) {
                int64_t arg[5] = {0, delta, 3, 0, r}, at;
                int64_t shift = bias_real(b, 0, delta, 0) + bias_real(b, 0, 3, 0);

                tc_bias_scores[1].eval(b, arg, 4, 1, 1, &at);
                for (int64_t s = -45; s <= 38; s++) {
                    int64_t score = down ? -s : s;
                    double x = (double)(score < -32 ? -32 : score > 31 ? 31 : score), y;
                    int64_t v;

                    y = k == 0   ? x / 2
                        : k == 1 ? 0.75 * x
                        : k == 2 ? x / sqrt(3)
                        : k == 3 ? -x
                                 : -x / sqrt(2);
                    y = nearbyint(y);
                    v = (int64_t)(y < -32 ? -32 : y > 31 ? 31 : y) + shift;
                    v = v < -32 ? -32 : v > 31 ? 31 : v;
                    ck_assert_msg((v >= r) == (s >= at),
                                  "scale %zu, delta %lld, r %lld, score %lld", k, (long long)delta,
                                  (long long)r, (long long)s);
                }
            }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bias");
    TCase *t = tcase_create("bias");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, alibi_slopes);
    tcase_add_test(t, alibi_roots);
    tcase_add_test(t, kerple_kinds);
    tcase_add_test(t, sandwich_sums);
    tcase_add_test(t, t5_buckets);
    tcase_add_test(t, fire_numbers);
    tcase_add_test(t, floats);
    tcase_add_test(t, malformed);
    tcase_add_test(t, thresholds);
    suite_add_tcase(s, t);
    return check_status(s);
}
