/* test_wide.c -- functions of numbers of any width, and of any exponents
 *
 * Roots and reciprocals by digits: all words of small formats, words of every size of wide
 * ones, on all engines.  Functions by pieces past 64 bits: circuits against the reference, and
 * that against MPFR. */
#include "../../compiler/prim.h"
#include "../../compiler/prim_exact.h"
#include "check_main.h"

#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

#define EACH(k, list) for (size_t k = 0; k < sizeof list / sizeof *list; k++)
#define MOST_WIRES    2000000ul /* of a netlist that is run */

static const struct tc_options options[] = {
    {.level = TC_LEVEL_1, .regime = TC_REGIME_ARITHMETIC},
    {.level = TC_LEVEL_SIZE, .regime = TC_REGIME_ARITHMETIC},
    {.level = TC_LEVEL_2, .regime = TC_REGIME_ARITHMETIC},
};

struct wide_test {
    struct tc_prim prim;
    size_t n;
    uint64_t *word, *want, *got;
};

static void test_open(struct wide_test *t, const char *op, const char *format,
                      const struct tc_options *o, size_t n)
{
    struct tc_args args = {.spec = op, .format = format};
    struct tc_error err = {0};

    ck_assert_msg(tc_prim_open(&args, &t->prim, &err), "%s %s: %s", op, format, err.msg);
    t->prim.options = o;
    t->n = n;
    t->word = tc_xcalloc(n * t->prim.limbs, sizeof *t->word);
    t->want = tc_xcalloc(n * t->prim.limbs, sizeof *t->want);
    t->got = tc_xcalloc(n * t->prim.limbs, sizeof *t->got);
}

static void test_close(struct wide_test *t)
{
    free(t->word);
    free(t->want);
    free(t->got);
}

static void put(struct wide_test *t, size_t k, mpz_srcptr x)
{
    mpz_t y;

    mpz_init(y);
    mpz_fdiv_r_2exp(y, x, t->prim.format.bits);
    mpz_export(t->word + k * t->prim.limbs, NULL, -1, sizeof *t->word, 0, 0, y);
    mpz_clear(y);
}

/* around 0, 1, squares and the ends of the range; numbers of every size and both signs */
static void fill(struct wide_test *t)
{
    const struct tc_format *f = &t->prim.format;
    unsigned bits = f->bits;
    struct tc_random r;
    mpz_t x;

    mpz_init(x);
    tc_random_seed(&r, bits);
    for (size_t k = 0; k < t->n; k++) {
        mpz_set_ui(x, 0);
        if (k % 4 == 0) {
            unsigned at[] = {0, f->fraction, bits - 1, bits - 2};

            mpz_setbit(x, k / 4 % 5 < 4 ? at[k / 4 % 5] : (k / 20) % bits);
            mpz_sub_ui(x, x, 1);
            mpz_add_ui(x, x, k / 20 % 3);
        } else {
            for (unsigned b = 0; b < 1 + (k * 7) % bits; b++)
                if (tc_random_below(&r, 2))
                    mpz_setbit(x, b);
            if (k % 4 == 1) {
                mpz_sqrt(x, x);
                mpz_mul(x, x, x);
            }
        }
        if (k % 8 == 2)
            mpz_neg(x, x);
        put(t, k, x);
    }
    mpz_clear(x);
}

static void engines(struct wide_test *t, bool netlist)
{
    static const enum tc_engine_kind engine[] = {TC_ENGINE_REFERENCE, TC_ENGINE_FAMILY,
                                                 TC_ENGINE_NETLIST};
    unsigned limbs = t->prim.limbs;

    for (unsigned e = 0; e < 2u + netlist; e++) {
        struct tc_prim_circuit c;
        struct tc_error err = {0};

        ck_assert_msg(tc_prim_build(&t->prim, engine[e], UINT64_MAX, &c, &err), "%s: %s",
                      t->prim.name, err.msg);
        ck_assert(tc_prim_run(&c, t->word, e ? t->got : t->want, t->n, &err));
        for (size_t k = 0; e && k < t->n; k++)
            ck_assert_msg(!memcmp(t->got + k * limbs, t->want + k * limbs, limbs * sizeof *t->got),
                          "%s of %u bits, engine %u: %llx: %llx, wanted %llx", t->prim.name,
                          t->prim.format.bits, e, (unsigned long long)t->word[k * limbs],
                          (unsigned long long)t->got[k * limbs],
                          (unsigned long long)t->want[k * limbs]);
        if (e == 1 && mpz_cmp_ui(c.compiled.count.wires, MOST_WIRES) > 0)
            netlist = false;
        tc_prim_free(&c);
    }
}

static const char *const roots[] = {"sqrt", "rsqrt", "recip"};

START_TEST(all_words)
{
    static const char *const formats[] = {"fixed:2,0",  "fixed:2,1",  "fixed:6,3",
                                          "fixed:7,0",  "fixed:8,7",  "fixed:9,2",
                                          "unsigned:2", "unsigned:7", "fixed:10,5"};

    EACH(f, formats)
    {
        struct wide_test t;
        mpz_t x;
        unsigned bits = (unsigned)strtoul(strchr(formats[f], ':') + 1, NULL, 10);

        test_open(&t, roots[_i], formats[f], &options[(f + (unsigned)_i) % 3], (size_t)1 << bits);
        mpz_init(x);
        for (size_t k = 0; k < t.n; k++) {
            mpz_set_ui(x, k);
            put(&t, k, x);
        }
        mpz_clear(x);
        engines(&t, true);
        test_close(&t);
    }
}
END_TEST

START_TEST(wide_roots)
{
    static const char *const formats[] = {"fixed:17,16", "fixed:26,11", "fixed:70,8",
                                          "fixed:65,0",  "unsigned:40", "fixed:66,65"};

    EACH(f, formats)
    {
        struct wide_test t;

        if (f >= (_i == 2 ? 2u : _i == 1 ? 4u : 6u)) /* the others' gates are many */
            break;
        test_open(&t, roots[_i], formats[f], &options[f % 2], f < 2 ? 200 : 60);
        fill(&t);
        engines(&t, f < 2);
        test_close(&t);
    }
}
END_TEST

static const char *const functions[] = {"exp",  "exp2",    "log",  "sin",  "cos",
                                        "tanh", "sigmoid", "silu", "gelu", "gelu-tanh"};

START_TEST(by_pieces)
{
    static const char *const formats[] = {"fixed:65,2", "unsigned:66"};

    EACH(f, formats)
    {
        struct wide_test t;

        test_open(&t, functions[_i], formats[f], &options[0], 24);
        ck_assert(tc_prim_is_pieces(&t.prim));
        fill(&t);
        engines(&t, true);
        test_close(&t);
    }
}
END_TEST

/* y = f(x), by MPFR */
static void exact(unsigned op, mpfr_ptr y, mpfr_srcptr x)
{
    int (*const fn[])(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t) = {mpfr_exp, mpfr_exp2, mpfr_log,
                                                            mpfr_sin, mpfr_cos,  mpfr_tanh};
    mpfr_t t;

    if (op < 6) {
        fn[op](y, x, MPFR_RNDN);
        return;
    }
    mpfr_init2(t, mpfr_get_prec(y));
    if (op == 8) { /* erfc(-x / sqrt 2) / 2 */
        mpfr_sqrt_ui(t, 2, MPFR_RNDN);
        mpfr_div(t, x, t, MPFR_RNDN);
        mpfr_neg(t, t, MPFR_RNDN);
        mpfr_erfc(y, t, MPFR_RNDN);
        mpfr_div_2ui(y, y, 1, MPFR_RNDN);
    } else {
        mpfr_set(t, x, MPFR_RNDN);
        if (op == 9) { /* sqrt(8 / pi) (x + 0.044715 x^3) */
            mpfr_pow_ui(t, x, 3, MPFR_RNDN);
            mpfr_mul_ui(t, t, 44715, MPFR_RNDN);
            mpfr_div_ui(t, t, 1000000, MPFR_RNDN);
            mpfr_add(t, t, x, MPFR_RNDN);
            mpfr_const_pi(y, MPFR_RNDN);
            mpfr_ui_div(y, 8, y, MPFR_RNDN);
            mpfr_sqrt(y, y, MPFR_RNDN);
            mpfr_mul(t, t, y, MPFR_RNDN);
        }
        mpfr_neg(t, t, MPFR_RNDN);
        mpfr_exp(t, t, MPFR_RNDN);
        mpfr_add_ui(t, t, 1, MPFR_RNDN);
        mpfr_ui_div(y, 1, t, MPFR_RNDN);
    }
    if (op > 6)
        mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_clear(t);
}

static void to_mpfr(const struct tc_format *f, const uint64_t *word, unsigned limbs, mpfr_ptr x)
{
    struct exact e;

    tc_exact_init(&e);
    tc_exact_read(f, word, limbs, &e);
    mpfr_set_z_2exp(x, e.num, e.e, MPFR_RNDN);
    mpfr_setsign(x, x, e.minus, MPFR_RNDN);
    tc_exact_clear(&e);
}

/* the reference is within 5/8 of a unit of the exact value, or at the end that it is beyond */
START_TEST(bounds)
{
    static const char *const formats[] = {"fixed:64,32", "fixed:100,50", "fixed:80,0",
                                          "unsigned:65"};

    EACH(f, formats)
    {
        struct wide_test t;
        struct tc_error err = {0};
        struct tc_prim_circuit c;
        mpfr_t x, y, z;

        test_open(&t, functions[_i], formats[f], &options[0], is_fast() ? 20 : 50);
        fill(&t);
        ck_assert(tc_prim_build(&t.prim, TC_ENGINE_REFERENCE, UINT64_MAX, &c, &err));
        ck_assert(tc_prim_run(&c, t.word, t.want, t.n, &err));
        tc_prim_free(&c);
        mpfr_inits2(1000, x, y, z, (mpfr_ptr)0);
        for (size_t k = 0; k < t.n; k++) {
            const struct tc_format *format = &t.prim.format;
            unsigned limbs = t.prim.limbs, m = format->bits - (format->kind == TC_FIXED);
            mpfr_t most;
            bool end;

            to_mpfr(format, t.word + k * limbs, limbs, x);
            if (_i == 2 && mpfr_sgn(x) <= 0)
                continue;
            exact((unsigned)_i, y, x);
            to_mpfr(format, t.want + k * limbs, limbs, z);
            mpfr_mul_2ui(y, y, format->fraction, MPFR_RNDN);
            mpfr_mul_2ui(z, z, format->fraction, MPFR_RNDN);
            mpfr_init2(most, 1000);
            mpfr_set_ui_2exp(most, 1, m, MPFR_RNDN);
            mpfr_sub_ui(most, most, 1, MPFR_RNDN);
            end = mpfr_cmp(z, most) == 0 && mpfr_cmp(y, most) >= 0;
            mpfr_neg(most, most, MPFR_RNDN);
            mpfr_sub_ui(most, most, 1, MPFR_RNDN);
            if (format->kind != TC_FIXED)
                mpfr_set_ui(most, 0, MPFR_RNDN);
            end = end || (mpfr_cmp(z, most) == 0 && mpfr_cmp(y, most) <= 0);
            mpfr_sub(y, y, z, MPFR_RNDN);
            ck_assert_msg(end || mpfr_cmpabs_ui(y, 1) < 0, "%s %s, vector %zu", functions[_i],
                          formats[f], k);
            ck_assert_msg(end || fabs(mpfr_get_d(y, MPFR_RNDN)) <= 0.625,
                          "%s %s, vector %zu: wrong by %g", functions[_i], formats[f], k,
                          mpfr_get_d(y, MPFR_RNDN));
            mpfr_clear(most);
        }
        mpfr_clears(x, y, z, (mpfr_ptr)0);
        test_close(&t);
    }
}
END_TEST

static const char *const far_functions[] = {"exp", "exp2", "log", "tanh", "sigmoid", "silu"};

/* exponents near 0, where exp and log end, at the ends and anywhere, of both signs */
START_TEST(far_exponents)
{
    static const char *const formats[] = {"float:4,-40000,40000", "float:5,-1000000,3000"};

    EACH(f, formats)
    {
        struct wide_test t;
        const struct tc_format *format = &t.prim.format;
        struct tc_random r;

        if (f && is_fast())
            break;
        test_open(&t, far_functions[_i], formats[f], &options[f], 100);
        tc_random_seed(&r, 24);
        for (size_t k = 1; k < t.n; k++) { /* the first is 0 */
            int64_t near[] = {1, format->top, -5, 10, -1000, 0};
            int64_t one = 2 - format->low - (int64_t)format->p, field = near[k % 6];
            uint64_t hidden = (uint64_t)1 << (format->p - 1);

            if (k % 6 >= 2)
                field = one + field + (int64_t)tc_random_below(&r, k % 6 == 4 ? 2000 : 12);
            if (k % 6 == 5)
                field = 1 + (int64_t)tc_random_below(&r, (uint64_t)format->top);
            t.word[k] = (uint64_t)field * hidden + tc_random_below(&r, hidden);
            t.word[k] |= (k / 6 % 2 ? (uint64_t)1 : 0) << (format->p + format->q - 1);
        }
        engines(&t, false);
        test_close(&t);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("wide");
    TCase *c = tcase_create("wide");

    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, all_words, 0, 3);
    tcase_add_loop_test(c, wide_roots, 0, 3);
    tcase_add_loop_test(c, by_pieces, 0, 10);
    tcase_add_loop_test(c, bounds, 0, 10);
    tcase_add_loop_test(c, far_exponents, 0, 6);
    suite_add_tcase(s, c);
    return check_status(s);
}
