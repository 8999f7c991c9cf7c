/* test_steps.c -- roundings as thresholds, against exact fractions and MPFR */
#include "check_main.h"
#include "lowering_case.h"

#include <math.h>
#include <mpfr.h>

static int64_t clamped(unsigned bits, int64_t x)
{
    int64_t high = ((int64_t)1 << (bits - 1)) - 1;

    return x > high ? high : x < -high - 1 ? -high - 1 : x;
}

/* Is |x| nearer to r than to its neighbours, a tie to even?  x = s m / d, or
 * over the root of d; compared as squares: (2r - 1)^2 <= (2x)^2 <= (2r + 1)^2 */
static bool nearest(int64_t s, int64_t r, mpq_srcptr m, mpq_srcptr d, bool root)
{
    mpq_t y, e;
    bool ok;
    int low, high;

    if ((s < 0 && r > 0) || (s > 0 && r < 0))
        return false;
    s = s < 0 ? -s : s;
    r = r < 0 ? -r : r;
    mpq_inits(y, e, NULL);
    mpq_set_si(y, 2 * s, 1);
    mpq_mul(y, y, m);
    mpq_mul(y, y, y);
    mpq_div(y, y, d);
    if (!root)
        mpq_div(y, y, d);
    mpq_set_si(e, (2 * r - 1) * (2 * r - 1), 1);
    low = mpq_cmp(y, e);
    mpq_set_si(e, (2 * r + 1) * (2 * r + 1), 1);
    high = mpq_cmp(y, e);
    ok = (r == 0 || low > 0 || (low == 0 && r % 2 == 0)) && (high < 0 || (high == 0 && r % 2 == 0));
    mpq_clears(y, e, NULL);
    return ok;
}

/* by trying the integers about the value */
static int64_t rounded(unsigned bits, int64_t s, mpq_srcptr m, mpq_srcptr d, bool root)
{
    double by = root ? sqrt(mpq_get_d(d)) : mpq_get_d(d);
    int64_t near = (int64_t)floor((double)s * mpq_get_d(m) / by);

    for (int64_t r = near - 2; r <= near + 3; r++)
        if (nearest(s, r, m, d, root))
            return clamped(bits, r);
    ck_abort_msg("no integer is nearest");
    return 0;
}

static int64_t value_at(const struct steps *x, int64_t s)
{
    unsigned k = 0;

    while (k < x->n && mpz_cmp_si(x->at[k], s) <= 0)
        k++;
    return x->value[k];
}

static const char *const ratios[][2] = {
    {"1", "1"},    {"1", "2"},    {"1", "4"},       {"1", "16"},  {"3", "7"},    {"7/3", "5"},
    {"5", "1"},    {"9", "4"},    {"2/5", "9"},     {"1", "3"},   {"1/8", "2"},  {"11", "25/4"},
    {"1/64", "1"}, {"1000", "1"}, {"1", "1000000"}, {"3/2", "2"}, {"1/2", "49"},
};

#define RATIOS (sizeof ratios / sizeof *ratios)

START_TEST(rounding)
{
    const struct {
        int64_t lo, hi;
    } range[] = {{-150, 150}, {0, 90}, {-77, -3}, {-1, 1}, {5, 5}, {12, 40}};
    mpq_t m, d;

    mpq_inits(m, d, NULL);
    for (size_t k = 0; k < RATIOS; k++)
        for (L.bits = 2; L.bits <= 6; L.bits++)
            for (unsigned root = 0; root < 2; root++)
                for (size_t i = 0; i < sizeof range / sizeof *range; i++) {
                    struct steps x;

                    mpq_set_str(m, ratios[k][0], 10);
                    mpq_set_str(d, ratios[k][1], 10);
                    x = steps_round(&L,
                                    tc_form_range_si(L.family, tc_form_si(L.family, 0), range[i].lo,
                                                     range[i].hi),
                                    m, d, root);
                    for (unsigned t = 0; t < x.n; t++) {
                        ck_assert(mpz_cmp_si(x.at[t], range[i].lo) > 0);
                        ck_assert(mpz_cmp_si(x.at[t], range[i].hi) <= 0);
                        ck_assert(t == 0 || mpz_cmp(x.at[t - 1], x.at[t]) < 0);
                        ck_assert_int_lt(x.value[t], x.value[t + 1]);
                    }
                    for (int64_t s = range[i].lo; s <= range[i].hi; s++)
                        if (value_at(&x, s) != rounded(L.bits, s, m, d, root))
                            ck_abort_msg("%u bits, %d * %s / %s%s: %d, not %d", L.bits, (int)s,
                                         ratios[k][0], root ? "root " : "", ratios[k][1],
                                         (int)value_at(&x, s), (int)rounded(L.bits, s, m, d, root));
                }
    mpq_clears(m, d, NULL);
}
END_TEST

START_TEST(shift)
{
    L.bits = 4;
    for (unsigned by = 0; by < 5; by++) {
        struct steps x =
            steps_shift(&L, tc_form_range_si(L.family, tc_form_si(L.family, 0), -200, 200), by);

        for (int64_t s = -200; s <= 200; s++) {
            int64_t unit = (int64_t)1 << by, q = (s - (s % unit + unit) % unit) / unit;
            int64_t twice = 2 * (s - q * unit);

            if (twice > unit || (twice == unit && q % 2 != 0))
                q++;
            MUST(value_at(&x, s) == clamped(4, q));
        }
    }
}
END_TEST

static int64_t third(void *ctx, int64_t v)
{
    ++*(int *)ctx;
    return v < 0 ? 7 : v / 3;
}

START_TEST(mapped)
{
    struct steps x, y;
    int calls = 0;

    L.bits = 5;
    x = steps_shift(&L, tc_form_range_si(L.family, tc_form_si(L.family, 0), -40, 40), 0);
    y = steps_map(&L, x, third, &calls);
    ck_assert_uint_eq(x.n, 31);
    ck_assert_int_eq(calls, 32);
    ck_assert_uint_eq(y.n, 6); /* 7 | 0 1 2 3 4 5 */
    for (int64_t s = -40; s <= 40; s++)
        MUST(value_at(&y, s) == third(&calls, clamped(5, s)));
}
END_TEST

START_TEST(exponential)
{
    mpfr_t x;
    mpz_t r;

    mpfr_init2(x, 300);
    mpz_init(r);
    for (unsigned bits = 2; bits <= 16; bits++)
        for (unsigned f = 0; f < bits; f++)
            for (int64_t s = -((int64_t)1 << (bits - 1)); s < (int64_t)1 << (bits - 1);
                 s += bits < 9 ? 1 : walk_between(1, (int64_t)1 << (bits - 7))) {
                mpfr_set_si_2exp(x, s, -(mpfr_exp_t)f, MPFR_RNDN);
                mpfr_exp(x, x, MPFR_RNDN);
                mpfr_mul_2ui(x, x, f, MPFR_RNDN);
                if (mpfr_cmp_ui(x, 1 << 20) > 0)
                    mpfr_set_ui(x, 1 << 20, MPFR_RNDN);
                mpfr_get_z(r, x, MPFR_RNDN);
                MUST(tc_exp_round(bits, f, s) == clamped(bits, mpz_get_si(r)));
            }
    ck_assert_int_eq(tc_exp_round(16, 0, 32767), 32767);
    ck_assert_int_eq(tc_exp_round(16, 0, -32768), 0);
    ck_assert_int_eq(tc_exp_round(4, 3, 0), 7); /* 1 is no element */
    mpfr_clear(x);
    mpz_clear(r);
}
END_TEST

START_TEST(quotients)
{
    mpq_t one, d;
    mpz_t n, e;

    mpq_inits(one, d, NULL);
    mpz_inits(n, e, NULL);
    mpq_set_ui(one, 1, 1);
    for (unsigned bits = 2; bits <= 6; bits++)
        for (int64_t num = -70; num <= 70; num++)
            for (int64_t den = 1; den <= 40; den++) {
                mpq_set_si(d, den, 1);
                mpz_set_si(n, num);
                mpz_set_si(e, den);
                MUST(tc_div_round(bits, n, e) == rounded(bits, num, one, d, false));
            }
    for (unsigned bits = 2; bits <= 6; bits++)
        for (unsigned f = 0; f < bits; f++)
            for (int64_t s = -32; s < 32; s++) {
                if (s == 0) {
                    MUST(tc_recip_round(bits, f, 0) == clamped(bits, INT64_MAX));
                    continue;
                }
                mpq_set_si(d, s < 0 ? -s : s, 1);
                ck_assert_int_eq(
                    tc_recip_round(bits, f, s),
                    rounded(bits, (s < 0 ? -1 : 1) * ((int64_t)1 << 2 * f), one, d, false));
            }
    mpz_set_str(n, "123456789012345678901234567890", 10);
    mpz_set_ui(e, 1);
    ck_assert_int_eq(tc_div_round(16, n, e), 32767);
    mpz_neg(n, n);
    ck_assert_int_eq(tc_div_round(16, n, e), -32768);
    mpq_clears(one, d, NULL);
    mpz_clears(n, e, NULL);
}
END_TEST

START_TEST(scaled)
{
    struct tc_scale scale = {.multiply = tc_mpq(L.family->arena),
                             .divide = tc_mpq(L.family->arena)};
    struct scaling c = {&L, &scale};
    mpq_t m;

    mpq_init(m);
    for (size_t k = 0; k < RATIOS; k++)
        for (L.bits = 2; L.bits <= 6; L.bits++)
            for (unsigned way = 0; way < 4; way++)
                for (int64_t s = -((int64_t)1 << (L.bits - 1)); s < (int64_t)1 << (L.bits - 1);
                     s++) {
                    int64_t want;

                    scale.root = way & 1;
                    mpq_set_str(scale.multiply, ratios[k][0], 10);
                    mpq_set_str(scale.divide, ratios[k][1], 10);
                    mpq_set(m, scale.multiply);
                    want = rounded(L.bits, way & 2 ? -s : s, m, scale.divide, scale.root);
                    if (way & 2)
                        mpq_neg(scale.multiply, scale.multiply);
                    if (scale_value(&c, s) != want)
                        ck_abort_msg("%d * %s / %s, way %u", (int)s, ratios[k][0], ratios[k][1],
                                     way);
                }
    mpq_clear(m);
}
END_TEST

/* what each level takes of four constructions, by increasing depth or in any other order */
START_TEST(costs)
{
    static const struct {
        struct cost cost[4];
        unsigned best[3]; /* depth at 1, 2, size */
    } rows[] = {
        {{{2, 1000}, {3, 100}, {4, 50}, {5, 10}}, {2, 2, 5}},        /* no thousands */
        {{{2, 10000}, {3, 5000}, {4, 1000}, {5, 900}}, {3, 2, 5}},   /* thousands once */
        {{{2, 20000}, {3, 12000}, {4, 9000}, {5, 8000}}, {2, 2, 5}}, /* never half a layer */
        {{{2, 90000}, {3, 70000}, {5, 9000}, {7, 8000}}, {5, 2, 7}}, /* a tenth after three */
        {{{2, 90000}, {3, 70000}, {5, 12000}, {7, 9000}}, {2, 2, 7}},
        {{{4, 90000}, {8, 20000}, {12, 6000}, {16, 1000}}, {4, 4, 16}}, /* half in four */
        {{{2, 5e6}, {3, 4e6}, {4, 3e6}, {5, 2.9e6}}, {3, 3, 5}},        /* too large */
        {{{3, 100}, {3, 99}, {3, 98}, {3, 99}}, {3, 3, 3}},
    };
    static const enum tc_level level[] = {TC_LEVEL_1, TC_LEVEL_2, TC_LEVEL_SIZE};
    struct tc_options o = {0};

    L.options = &o;
    for (unsigned k = 0; k < sizeof rows / sizeof *rows; k++)
        for (unsigned i = 0; i < 3; i++)
            for (unsigned turn = 0; turn < 2; turn++) {
                struct cost c[4];
                unsigned got;

                for (unsigned j = 0; j < 4; j++)
                    c[j] = rows[k].cost[turn ? 3 - j : j];
                o.level = level[i];
                got = cheapest(&L, 4, c);
                ck_assert_msg(c[got].depth == rows[k].best[i], "row %u, level %u, order %u: %u", k,
                              i, turn, c[got].depth);
            }
    ck_assert_uint_eq(cheapest(&L, 4, rows[7].cost), 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("steps");
    TCase *c = tcase_create("steps");

    tcase_add_checked_fixture(c, lowering_open, lowering_close);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, rounding);
    tcase_add_test(c, shift);
    tcase_add_test(c, mapped);
    tcase_add_test(c, exponential);
    tcase_add_test(c, quotients);
    tcase_add_test(c, scaled);
    tcase_add_test(c, costs);
    suite_add_tcase(s, c);
    return check_status(s);
}
