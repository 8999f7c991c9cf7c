/* test_pieces.c -- functions by polynomials of pieces
 *
 * Circuits against the reference, which follows the definition in integers; and both
 * against MPFR, by the bounds that CONSTRUCTIONS.md proves. */
#include "../../compiler/prim.h"
#include "prim_case.h"
#include "walk.h"

#include <math.h>
#include <mpfr.h>

#define EACH(k, list) for (size_t k = 0; k < sizeof list / sizeof *list; k++)

static const struct tc_options options = {.level = TC_LEVEL_1, .regime = TC_REGIME_ARITHMETIC};

static struct tc_prim open_prim(const char *op, const char *format)
{
    struct tc_prim p = prim_case(op, format, 0, false, &options);

    ck_assert_msg(tc_prim_is_pieces(&p), "%s %s", op, format);
    return p;
}

/* circuits and the reference on the words */
static void engines(const char *op, const char *format, size_t n, const uint64_t *word,
                    bool netlist)
{
    struct tc_prim p = open_prim(op, format);

    prim_engines(&p, format, n, word, netlist);
}

static const char *const ops[] = {"sigmoid", "tanh", "silu", "gelu", "gelu-tanh"};

/* every word of small formats */
START_TEST(all_words)
{
    static const char *const formats[] = {"ieee:2,2", "float:3,-4,2", "ftz:2,3", "ieee:3,3"};
    static uint64_t word[1 << 10];

    EACH(f, formats)
    {
        struct tc_prim p = open_prim(ops[_i], formats[f]);

        prim_engines(&p, formats[f], prim_words(&p.format, word), word, f == 0);
    }
}
END_TEST

/* x mpfr: the function, to its precision */
static void exact(size_t op, mpfr_ptr y, mpfr_srcptr x)
{
    switch (op) {
    case 1:
        mpfr_tanh(y, x, MPFR_RNDN);
        return;
    case 3: /* x erfc(-x / sqrt 2) / 2 */
        mpfr_sqrt_ui(y, 2, MPFR_RNDN);
        mpfr_div(y, x, y, MPFR_RNDN);
        mpfr_neg(y, y, MPFR_RNDN);
        mpfr_erfc(y, y, MPFR_RNDN);
        mpfr_mul(y, y, x, MPFR_RNDN);
        mpfr_div_2ui(y, y, 1, MPFR_RNDN);
        return;
    case 4: { /* x / (1 + e^-2u), u = sqrt(2/pi) (x + 0.044715 x^3) */
        mpfr_t t;

        mpfr_init2(t, mpfr_get_prec(y));
        mpfr_pow_ui(y, x, 3, MPFR_RNDN);
        mpfr_mul_ui(y, y, 44715, MPFR_RNDN);
        mpfr_div_ui(y, y, 1000000, MPFR_RNDN);
        mpfr_add(y, y, x, MPFR_RNDN);
        mpfr_const_pi(t, MPFR_RNDN);
        mpfr_rec_sqrt(t, t, MPFR_RNDN);
        mpfr_mul(y, y, t, MPFR_RNDN);
        mpfr_sqrt_ui(t, 2, MPFR_RNDN);
        mpfr_mul(y, y, t, MPFR_RNDN);
        mpfr_mul_si(y, y, -2, MPFR_RNDN);
        mpfr_exp(y, y, MPFR_RNDN);
        mpfr_add_ui(y, y, 1, MPFR_RNDN);
        mpfr_div(y, x, y, MPFR_RNDN);
        mpfr_clear(t);
        return;
    }
    default:
        mpfr_neg(y, x, MPFR_RNDN);
        mpfr_exp(y, y, MPFR_RNDN);
        mpfr_add_ui(y, y, 1, MPFR_RNDN);
        if (op == 0)
            mpfr_ui_div(y, 1, y, MPFR_RNDN);
        else
            mpfr_div(y, x, y, MPFR_RNDN);
    }
}

/* The reference of binary32 is within its bounds of the exact value: 5/8 of a place, which is
 * less than 1. */
START_TEST(bounds)
{
    struct tc_prim p = open_prim(ops[_i], "binary32");
    struct tc_random r;
    mpfr_t x, y, z;

    mpfr_inits2(400, x, y, z, (mpfr_ptr)0);
    tc_random_seed(&r, 3);
    for (unsigned k = 0; k < 500; k++) {
        /* of all exponents, or from -128 on */
        uint64_t w = tc_random_next(&r), out;
        uint32_t in = (uint32_t)(k % 3 ? (w & 0x807fffff) | (uint64_t)(104 + w % 31) << 23 : w);
        float a, b;
        int e;

        memcpy(&a, &in, 4);
        if (!isfinite(a) || a == 0)
            continue;
        w = in;
        tc_prim_reference(&p, &w, &out);
        in = (uint32_t)out;
        memcpy(&b, &in, 4);
        mpfr_set_flt(x, a, MPFR_RNDN);
        exact((size_t)_i, y, x);
        e = mpfr_zero_p(y) ? -149 : (int)mpfr_get_exp(y) - 24;
        e = e < -149 ? -149 : e;
        mpfr_set_flt(z, b, MPFR_RNDN);
        mpfr_sub(z, z, y, MPFR_RNDN);
        mpfr_mul_2si(z, z, -e, MPFR_RNDN);
        ck_assert_msg(fabs(mpfr_get_d(z, MPFR_RNDN)) <= 0.625, "%s of %a: %a is wrong by %g places",
                      ops[_i], (double)a, (double)b, mpfr_get_d(z, MPFR_RNDN));
    }
    mpfr_clears(x, y, z, (mpfr_ptr)0);
}
END_TEST

/* by pieces it is the correctly rounded number, or one next to it: of every word */
START_TEST(beside_rounded)
{
    static const char *const formats[] = {"ieee:4,4", "float:5,-9,7", "ftz:6,4", "e5m2"};
    static const struct tc_options plain = {.level = TC_LEVEL_1};
    static uint64_t word[1 << 10];
    unsigned long apart = 0, all = 0;

    EACH(f, formats)
    {
        struct tc_prim p = open_prim(ops[_i], formats[f]);
        struct tc_prim q = prim_case(ops[_i], formats[f], 0, false, &plain);
        uint64_t sign = (uint64_t)1 << (p.format.p + p.format.q - 1), y, z;
        size_t n = prim_words(&p.format, word);

        ck_assert(!tc_prim_is_pieces(&q));
        for (size_t k = 0; k < n; k++) {
            int64_t by;

            tc_prim_reference(&p, &word[k], &y);
            tc_prim_reference(&q, &word[k], &z);
            by = (int64_t)(y & (sign - 1)) - (int64_t)(z & (sign - 1));
            if (p.format.signed_zero || (y && z))
                ck_assert_uint_eq(y & sign, z & sign);
            ck_assert_msg(by >= -1 && by <= 1, "%s %s of %llx: %llx, rounded %llx", ops[_i],
                          formats[f], (unsigned long long)word[k], (unsigned long long)y,
                          (unsigned long long)z);
            apart += by != 0;
            all++;
        }
    }
    ck_assert_msg(apart <= all / 16, "%lu of %lu are others", apart, all);
}
END_TEST

/* --------------------------------------------------------------- fixed, unsigned */

static const char *const fixed_ops[] = {"sigmoid", "tanh", "silu", "gelu", "gelu-tanh",
                                        "exp",     "exp2", "log",  "sin",  "cos"};

/* the ends and the middle of the range, and numbers of every size */
static size_t integers(unsigned bits, uint64_t *word, size_t n, struct tc_random *r)
{
    uint64_t all = ((uint64_t)1 << bits) - 1;
    size_t k = 0;

    for (uint64_t x = 0; x < 20; x++) {
        word[k++] = x;
        word[k++] = (0 - x - 1) & all;
        word[k++] = ((all >> 1) + x - 9) & all;
    }
    while (k < n) {
        uint64_t x = tc_random_next(r) >> (64 - bits + k % bits);

        word[k] = (k % 2 ? 0 - x : x) & all;
        k++;
    }
    return n;
}

START_TEST(fixed_words)
{
    static const char *const formats[] = {"fixed:17,5", "fixed:17,0", "unsigned:17"};
    static const unsigned bits[] = {17, 17, 17};
    static uint64_t word[128];
    struct tc_random r;

    tc_random_seed(&r, 17);
    EACH(f, formats)
    {
        integers(bits[f], word, 128, &r);
        engines(fixed_ops[_i], formats[f], 128, word, f == 1 && _i == 2);
    }
}
END_TEST

static void exact_fixed(size_t op, mpfr_ptr y, mpfr_srcptr x)
{
    int (*const fn[])(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t) = {mpfr_exp, mpfr_exp2, mpfr_log, mpfr_sin,
                                                            mpfr_cos};

    if (op < sizeof ops / sizeof *ops)
        exact(op, y, x);
    else
        fn[op - sizeof ops / sizeof *ops](y, x, MPFR_RNDN);
}

/* the reference is within 5/8 of a place of the exact value, or at the end that it is beyond */
START_TEST(fixed_bounds)
{
    static const char *const formats[] = {"fixed:32,16", "fixed:62,30", "fixed:40,0",
                                          "fixed:24,23"};
    static const unsigned bits[] = {32, 62, 40, 24}, fraction[] = {16, 30, 0, 23};
    static uint64_t word[100];
    struct tc_random r;
    mpfr_t x, y;

    mpfr_inits2(900, x, y, (mpfr_ptr)0);
    tc_random_seed(&r, 5);
    EACH(f, formats)
    {
        struct tc_prim p = open_prim(fixed_ops[_i], formats[f]);
        size_t n = integers(bits[f], word, 100, &r);

        for (size_t k = 0; k < n; k++) {
            int64_t in = (int64_t)(word[k] << (64 - bits[f])) >> (64 - bits[f]), out;
            int64_t most = ((int64_t)1 << (bits[f] - 1)) - 1;
            uint64_t result;
            double error;

            if (!strcmp(fixed_ops[_i], "log") && in <= 0)
                continue;
            tc_prim_reference(&p, &word[k], &result);
            out = (int64_t)(result << (64 - bits[f])) >> (64 - bits[f]);
            mpfr_set_si_2exp(x, in, -(mpfr_exp_t)fraction[f], MPFR_RNDN);
            exact_fixed((size_t)_i, y, x);
            mpfr_mul_2ui(y, y, fraction[f], MPFR_RNDN);
            if (out == most && mpfr_cmp_si(y, most) >= 0)
                continue;
            if (out == -most - 1 && mpfr_cmp_si(y, -most - 1) <= 0)
                continue;
            mpfr_sub_si(y, y, out, MPFR_RNDN);
            error = fabs(mpfr_get_d(y, MPFR_RNDN));
            ck_assert_msg(error <= 0.625, "%s of %lld, %s: %lld is wrong by %g", fixed_ops[_i],
                          (long long)in, formats[f], (long long)out, error);
        }
    }
    mpfr_clears(x, y, (mpfr_ptr)0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pieces");
    TCase *c = tcase_create("pieces");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, all_words, 0, 5);
    tcase_add_loop_test(c, bounds, 0, 5);
    tcase_add_loop_test(c, beside_rounded, 0, 5);
    tcase_add_loop_test(c, fixed_words, 0, 10);
    tcase_add_loop_test(c, fixed_bounds, 0, 10);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
