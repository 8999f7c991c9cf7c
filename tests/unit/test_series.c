/* test_series.c -- integers by remainders; functions by series
 *
 * Circuits against the reference, which follows the definition in integers; and both
 * against MPFR, by the bounds that CONSTRUCTIONS.md proves. */
#include "../../compiler/prim.h"
#include "../../compiler/residue.h"
#include "check_main.h"
#include "prim_case.h"
#include "walk.h"

#include <math.h>
#include <mpfr.h>

static const struct tc_options options = {.level = TC_LEVEL_1, .regime = TC_REGIME_ARITHMETIC};

static struct tc_prim open_prim(const char *op, const char *format)
{
    struct tc_prim p = prim_case(op, format, 0, false, &options);

    ck_assert_msg(tc_prim_is_series(&p), "%s %s", op, format);
    return p;
}

/* circuits and the reference on the words; those that are no operands are left out */
static void engines(const char *op, const char *format, size_t n, const uint64_t *word,
                    bool netlist)
{
    struct tc_prim p = open_prim(op, format);

    prim_engines(&p, format, n, word, netlist);
}

static const char *const ops[] = {"exp", "exp2", "log", "sin", "cos"};
#define EACH(k, list) for (size_t k = 0; k < sizeof list / sizeof *list; k++)

/* every word of small formats */
START_TEST(all_words)
{
    static const char *const formats[] = {"ieee:3,3", "float:4,-9,3", "ftz:4,4", "ieee:5,4",
                                          "ieee:2,2", "ieee:2,3",     "ftz:2,2", "ieee:3,2",
                                          "float:2",  "float:3,-2,2"};
    static uint64_t word[1 << 10];

    EACH(o, ops)
    EACH(f, formats)
    {
        struct tc_prim p = open_prim(ops[o], formats[f]);

        if (o >= 3 && (o + f) % 3) /* some are the sine's, some the cosine's */
            continue;
        prim_engines(&p, formats[f], prim_words(&p.format, word), word, f == 0);
    }
}
END_TEST

/* words of all sizes, and about what is special */
static size_t some_words(uint64_t *word, size_t n, struct tc_random *r)
{
    static const uint32_t fixed[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x3f7fffff,
                                     0x3f800001, 0x7f800000, 0xff800000, 0x7fc00000, 1,
                                     0x80000001, 0x7fffff,   0x800000,   0x42b17217, 0x42b17218,
                                     0xc2aeac50, 0xc2cff1b4, 0xc2cff1b5, 0x40490fdb, 0x3fc90fdb,
                                     0x7f7fffff, 0xff7fffff, 0x39000000, 0x38ffffff, 0xb9000000};

    for (size_t k = 0; k < n; k++) {
        uint64_t x = tc_random_next(r);

        word[k] = k < sizeof fixed / sizeof *fixed ? fixed[k]
                  : k % 4 == 0                     ? x & 0xffffffff
                  : k % 4 == 1 ? (x & 0x807fffff) | (uint64_t)(117 + x % 19) << 23
                  : k % 4 == 2 ? 0x3f800000 + (uint64_t)(x % 4096) - 2048
                               : (x & 0x807fffff) | (uint64_t)(127 + x % 8) << 23;
    }
    return n;
}

START_TEST(binary32)
{
    static uint64_t word[64];
    struct tc_random r;

    tc_random_seed(&r, 7);
    engines(ops[_i], "binary32", some_words(word, 64, &r), word, false);
}
END_TEST

/* words of wider formats than those of all words, of all exponents and near 1 */
START_TEST(wider)
{
    static const char *const formats[] = {"ftz:29,5", "float:28,-40,30", "ftz:13,6", "ieee:7,4",
                                          "float:9,-20,15"};
    static uint64_t word[100];
    struct tc_prim p = open_prim(ops[_i], formats[_i]);
    const struct tc_format *f = &p.format;
    uint64_t hidden = (uint64_t)1 << (f->p - 1), key;
    int64_t one = 2 - f->low - (int64_t)f->p;
    struct tc_random r;

    tc_random_seed(&r, 21);
    for (size_t k = 1; k < 100; k++) { /* the first is 0 */
        key =
            (1 + tc_random_below(&r, (uint64_t)f->top - 1)) * hidden + tc_random_below(&r, hidden);
        if (k % 3 == 0)
            key = (uint64_t)one * hidden + tc_random_below(&r, 64) - 32;
        word[k] = key | (_i != 2 && k % 2 ? (uint64_t)1 << (f->p + f->q - 1) : 0);
    }
    engines(ops[_i], formats[_i], 100, word, false);
}
END_TEST

static int exact(int op, mpfr_ptr y, mpfr_srcptr x)
{
    switch (op) {
    case 0:
        return mpfr_exp(y, x, MPFR_RNDN);
    case 1:
        return mpfr_exp2(y, x, MPFR_RNDN);
    case 2:
        return mpfr_log(y, x, MPFR_RNDN);
    case 3:
        return mpfr_sin(y, x, MPFR_RNDN);
    default:
        return mpfr_cos(y, x, MPFR_RNDN);
    }
}

static bool to_mpfr(const struct tc_format *f, uint64_t word, mpfr_ptr x)
{
    mpq_t q;
    enum tc_class class;

    mpq_init(q);
    class = tc_format_value(f, word, q);
    mpfr_set_q(x, q, MPFR_RNDN);
    mpq_clear(q);
    return class == TC_FINITE;
}

/* what the reference may err by, in places, where the exact value is y and has places of 2^e */
static double bound_of(const struct tc_format *f, int op, mpfr_srcptr x, mpfr_srcptr y, long e)
{
    long h = (f->p + 1) / 2, n = f->p + f->p / 2 + 10;

    if (op < 2 && mpfr_get_exp(y) < f->low + (long)f->p)
        return 1.5;
    if (op > 2 && mpfr_get_exp(y) <= -h - 1 && mpfr_get_exp(x) >= -h) /* near a root */
        return 1 + ldexp(3, (int)(-n - e));
    return 1;
}

/* The reference is within its bounds of the exact value. */
static void within_bounds(int op, const char *format, const uint64_t *word, size_t n, size_t least)
{
    struct tc_prim p = open_prim(ops[op], format);
    const struct tc_format *f = &p.format;
    size_t checked = 0;
    mpfr_t x, y, z;

    mpfr_inits2(f->p == 24 ? 300 : 1400, x, y, z, (mpfr_ptr)0);
    for (size_t k = 0; k < n; k++) {
        uint64_t result;
        double error;
        bool finite;
        long e;

        if (!to_mpfr(f, word[k], x) || mpfr_zero_p(x) || (op == 2 && mpfr_signbit(x)))
            continue;
        tc_prim_reference(&p, &word[k], &result);
        finite = to_mpfr(f, result, z);
        exact(op, y, x);
        if (!finite || mpfr_zero_p(y) || mpfr_inf_p(y)) {
            ck_assert(finite ? mpfr_zero_p(z)
                             : mpfr_inf_p(y) || mpfr_get_exp(y) > f->low + f->top + f->p - 2);
            continue;
        }
        /* the place of the exact value, and the error in it */
        e = mpfr_get_exp(y) - (long)f->p;
        e = e < f->low ? (long)f->low : e;
        mpfr_sub(y, z, y, MPFR_RNDN);
        mpfr_mul_2si(y, y, -e, MPFR_RNDN);
        error = fabs(mpfr_get_d(y, MPFR_RNDN));
        exact(op, y, x);
        ck_assert_msg(error < bound_of(f, op, x, y, e), "%s %s of %llx: %llx is wrong by %g places",
                      ops[op], format, (unsigned long long)word[k], (unsigned long long)result,
                      error);
        checked++;
    }
    ck_assert_uint_gt(checked, least);
    mpfr_clears(x, y, z, (mpfr_ptr)0);
}

START_TEST(bounds)
{
    static uint64_t word[3000];
    struct tc_random r;

    tc_random_seed(&r, 11);
    within_bounds(_i, "binary32", word, some_words(word, 3000, &r), 800);
}
END_TEST

/* of 53 bits: all exponents, those about 1, and the numbers next to 1 and to turns of pi / 2 */
START_TEST(wide_bounds)
{
    static uint64_t word[400];
    struct tc_random r;

    tc_random_seed(&r, 53);
    for (size_t k = 0; k < 400; k++) {
        double x = (double)(k / 4) * 1.5707963267948966;
        uint64_t w = tc_random_next(&r);

        memcpy(&word[k], &x, sizeof x);
        word[k] += w % 3 - 1;
        if (k % 4 == 1)
            word[k] = w;
        else if (k % 4 == 2)
            word[k] = (w & 0x800fffffffffffff) | (1023 - 32 + w % 43) << 52;
        else if (k % 4 == 3)
            word[k] = 0x3ff0000000000000 + (k % 8 < 4 ? w % 32 : w % (1ULL << 50)) - 16;
    }
    within_bounds(_i, "ieee:53,11", word, 400, 100);
}
END_TEST

/* polynomials with coefficients of either sign, on all arguments; the sum is exact */
START_TEST(polynomials)
{
    for (int64_t seed = 0; seed < 6; seed++)
        for (enum tc_level level = TC_LEVEL_1; level <= TC_LEVEL_SIZE; level++) {
            struct tc_options o = {.level = level};
            struct tc_error err = {0};
            struct lowering L = {.options = &o,
                                 .family = tc_family_new("test"),
                                 .err = &err,
                                 .prefix = "",
                                 .component = "test"};
            struct tc_arena *arena = L.family->arena;
            unsigned bits = 3 + (unsigned)seed, degree = 1 + (unsigned)seed % 4;
            const struct tc_index *a = tc_index_new(L.family, "a", bits, NULL);
            struct tc_axis at = tc_axis_of(arena, a);
            const struct tc_plane *x = tc_family_input(L.family, "X", 1, &a);
            const struct tc_index *i = tc_index_new(L.family, "i", bits, NULL);
            mpz_ptr *c = tc_alloc(arena, degree + 1, sizeof *c), lo = tc_mpz(arena),
                    hi = tc_mpz(arena), sum = tc_mpz(arena), got = tc_mpz(arena);
            struct tc_form z;
            struct walk w;

            for (unsigned k = 0; k <= degree; k++) {
                c[k] = tc_mpz_si(arena, walk_between(-1000000, 1000000));
                if (seed == 5)
                    mpz_mul_2exp(c[k], c[k], 90);
            }
            for (int64_t v = 0; v < (int64_t)1 << bits; v++) {
                mpz_set_ui(sum, 0);
                for (unsigned k = degree + 1; k-- > 0;) {
                    mpz_mul_si(sum, sum, v);
                    mpz_add(sum, sum, c[k]);
                }
                if (v == 0 || mpz_cmp(sum, lo) < 0)
                    mpz_set(lo, sum);
                if (v == 0 || mpz_cmp(sum, hi) > 0)
                    mpz_set(hi, sum);
            }
            at = tc_axis_of(arena, i);
            z = residue_polynomial(&L, "z", tc_form_wire(L.family, x, &at), i, degree, c, lo, hi);
            ck_assert_uint_le(tc_form_level(&z), 3);
            ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
            w = walk_new(L.family);
            for (int64_t v = 0; v < (int64_t)1 << bits; v++) {
                for (unsigned k = 0; k < bits; k++)
                    w.wire[0][k] = v >> k & 1;
                for (unsigned k = 0; k < L.family->nbank; k++)
                    MUST(walk_bank(&w, L.family->bank[k]));
                mpz_set_ui(sum, 0);
                for (unsigned k = degree + 1; k-- > 0;) {
                    mpz_mul_si(sum, sum, v);
                    mpz_add(sum, sum, c[k]);
                }
                walk_form(&w, &z, got);
                ck_assert_msg(mpz_cmp(got, sum) == 0, "polynomial %lld at %lld", (long long)seed,
                              (long long)v);
            }
            walk_free(&w);
            tc_family_free(L.family);
        }
}
END_TEST

/* all products of n numbers of `bits` bits, zeros too; chains are no longer than their steps */
static void one_product(unsigned n, unsigned bits)
{
    struct tc_options o = {.level = TC_LEVEL_1};
    struct tc_error err = {0};
    struct lowering L = {.options = &o,
                         .family = tc_family_new("test"),
                         .err = &err,
                         .prefix = "",
                         .component = "test"};
    const struct tc_index *ix[2] = {tc_index_new(L.family, "i", n, NULL),
                                    tc_index_new(L.family, "a", bits, NULL)};
    const struct tc_plane *x = tc_family_input(L.family, "X", 2, ix);
    const struct tc_index *i = tc_index_new(L.family, "i", n, NULL);
    const struct tc_index *a = tc_index_new(L.family, "a", bits, NULL);
    struct tc_axis at[2] = {tc_axis_of(L.family->arena, i), tc_axis_of(L.family->arena, a)};
    mpz_ptr most = tc_mpz(L.family->arena), got = tc_mpz(L.family->arena);
    int64_t *reach, last;
    struct residues r;
    struct tc_form z;
    struct walk w;

    mpz_ui_pow_ui(most, (1UL << bits) - 1, n);
    r = residues_new(&L, 2, most);
    reach = tc_alloc(L.family->arena, r.n, sizeof *reach);
    z = residue_of_bits(&L, &r, tc_form_wire(L.family, x, at), a, reach);
    z = residue_product(&L, "p", &r, z, reach, i, most);
    ck_assert_uint_le(tc_form_level(&z), 3);
    ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
    last = (int64_t)r.prime[r.n - 1];
    for (unsigned k = 0; k < L.family->nbank; k++)
        if (strstr(L.family->bank[k]->plane.name, "share"))
            ck_assert_int_le(L.family->bank[k]->plane.chain->extent, n * (last - 2) + 1);
    w = walk_new(L.family);
    for (uint64_t v = 0; v < (uint64_t)1 << n * bits; v++) {
        uint64_t wanted = 1;

        for (unsigned k = 0; k < n; k++)
            wanted *= v >> k * bits & ((1U << bits) - 1);
        for (unsigned k = 0; k < n * bits; k++)
            w.wire[0][k] = v >> k & 1;
        for (unsigned k = 0; k < L.family->nbank; k++)
            MUST(walk_bank(&w, L.family->bank[k]));
        walk_form(&w, &z, got);
        ck_assert_msg(mpz_cmp_ui(got, wanted) == 0, "%u of %u bits, vector %llu", n, bits,
                      (unsigned long long)v);
    }
    walk_free(&w);
    tc_family_free(L.family);
}

START_TEST(products)
{
    static const unsigned size[][2] = {{1, 1}, {1, 5}, {2, 1}, {2, 3}, {3, 2}, {5, 1}, {4, 2}};

    EACH(k, size)
    one_product(size[k][0], size[k][1]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("series");
    TCase *c = tcase_create("series"), *t = tcase_create("products");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, polynomials);
    tcase_add_test(c, all_words);
    tcase_add_loop_test(c, bounds, 0, 5);
    tcase_add_loop_test(c, wide_bounds, 0, 5);
    tcase_add_loop_test(c, binary32, 0, 1);
    tcase_add_loop_test(c, wider, 0, 5);
    tcase_add_test(t, products);
    suite_add_tcase(s, c);
    suite_add_tcase(s, t);
    return check_status(s);
}
