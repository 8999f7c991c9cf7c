/* test_rope.c -- rotation entries against MPFR at 500 bits, one by one and in rows */
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20240611

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

struct param {
    bool sine;
    const char *base; /* as a fraction for GMP */
    const char *text; /* as written */
    int64_t width;
    int bits, fraction;
};

static void *open_ok(const struct param *q)
{
    char text[200];
    struct tc_error err = {0};
    void *s;

    snprintf(text, sizeof text, "%s, base=%s, width=%lld, bits=%d, fraction=%d",
             q->sine ? "sin" : "cos", q->text, (long long)q->width, q->bits, q->fraction);
    s = tc_rope.open(arena, text, (struct tc_loc){0}, &err);
    ck_assert_msg(s != NULL, "%s: %s", text, err.msg);
    return s;
}

static int64_t saturated(const struct param *q, mpfr_ptr x)
{
    int64_t hi = (INT64_C(1) << (q->bits - 1)) - 1;

    mpfr_rint(x, x, MPFR_RNDN);
    return mpfr_cmp_si(x, hi) > 0        ? hi
           : mpfr_cmp_si(x, -hi - 1) < 0 ? -hi - 1
                                         : mpfr_get_si(x, MPFR_RNDN);
}

/* the definition, at 500 bits */
static int64_t wanted(const struct param *q, int64_t p, int64_t l)
{
    mpfr_t x, e;
    mpq_t b;
    int64_t r;

    mpfr_inits2(500, x, e, (mpfr_ptr)NULL);
    mpq_init(b);
    mpq_set_str(b, q->base, 10);
    mpq_canonicalize(b);
    mpfr_set_q(x, b, MPFR_RNDN);
    mpfr_set_si(e, -2 * l, MPFR_RNDN);
    mpfr_div_si(e, e, q->width, MPFR_RNDN);
    mpfr_pow(x, x, e, MPFR_RNDN);
    mpfr_mul_si(x, x, p, MPFR_RNDN);
    if (q->sine)
        mpfr_sin(x, x, MPFR_RNDN);
    else
        mpfr_cos(x, x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, (unsigned long)q->fraction, MPFR_RNDN);
    r = saturated(q, x);
    mpq_clear(b);
    mpfr_clears(x, e, (mpfr_ptr)NULL);
    return r;
}

static int64_t wanted_product(const struct param *q, int64_t entry, int64_t v)
{
    mpfr_t x;
    int64_t r;

    mpfr_init2(x, 200);
    mpfr_set_si(x, entry, MPFR_RNDN);
    mpfr_mul_si(x, x, v, MPFR_RNDN);
    mpfr_div_2ui(x, x, (unsigned long)q->fraction, MPFR_RNDN);
    r = saturated(q, x);
    mpfr_clear(x);
    return r;
}

static int64_t get(const struct tc_function *fn, const void *s, int64_t p, int64_t l, int64_t v)
{
    int64_t arg[3] = {p, l, v}, out;

    fn->eval(s, arg, 0, 0, 1, &out);
    return out;
}

static uint64_t state = SEED;

static uint64_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static const char *const base[][2] = {
    {"10000", "10000"}, {"1", "1"},  {"2", "2.0"},
    {"1/3", "1/3"},     {"4", "04"}, {"12345/10", "1234.5"},
};

static struct param random_param(int max_bits)
{
    struct param q;
    unsigned k = (unsigned)(any() % (sizeof base / sizeof *base));

    q.sine = any() % 2;
    q.base = base[k][0];
    q.text = base[k][1];
    q.width = 2 * (int64_t)(1 + any() % 64);
    q.bits = 1 + (int)(any() % (unsigned)max_bits);
    q.fraction = (int)(any() % (unsigned)q.bits);
    return q;
}

static int64_t random_position(void)
{
    unsigned shift = 23 + (unsigned)(any() % 41);

    return (int64_t)any() >> shift; /* up to 2^40 in magnitude */
}

START_TEST(grid)
{
    for (int bits = 2; bits <= 24; bits++)
        for (int fraction = 0; fraction < bits; fraction++)
            for (int sine = 0; sine < 2; sine++) {
                struct param q = {sine, "10000", "10000", 8, bits, fraction};
                void *s = open_ok(&q);

                for (int64_t l = 0; l < 4; l++)
                    for (int64_t p = -4; p <= 9; p++)
                        ck_assert_int_eq(get(&tc_rope, s, p, l, 0), wanted(&q, p, l));
            }
}
END_TEST

START_TEST(random_entries)
{
    for (int i = 0; i < 300; i++) {
        struct param q = random_param(i % 4 ? 24 : 62);
        void *s = open_ok(&q);

        for (int k = 0; k < 100; k++) {
            int64_t p = random_position(), l = (int64_t)(any() % (uint64_t)(q.width / 2));

            ck_assert_int_eq(get(&tc_rope, s, p, l, 0), wanted(&q, p, l));
            ck_assert(llabs(wanted(&q, p, l)) <= tc_rope.max_abs(s));
        }
    }
}
END_TEST

/* rows of every length and step, which go by rotations where they are long */
START_TEST(rows)
{
    enum { MOST = 2000 };
    static int64_t out[MOST];

    for (int i = 0; i < 240; i++) {
        struct param q = random_param(i % 3 ? 24 : 48);
        void *s = open_ok(&q);
        int64_t arg[2] = {random_position(), (int64_t)(any() % (uint64_t)(q.width / 2))};
        int64_t step = i % 2 ? 1 : (int64_t)(any() % 2001) - 1000;
        size_t count = 1 + any() % (i % 5 ? 300 : MOST);

        tc_rope.eval(s, arg, 0, step, count, out);
        for (size_t k = 0; k < count; k += count < 300 ? 1 : 1 + any() % 8)
            ck_assert_int_eq(out[k], wanted(&q, arg[0] + (int64_t)k * step, arg[1]));
        ck_assert_int_eq(get(&tc_rope, s, arg[0], arg[1], 0), out[0]);
    }
}
END_TEST

/* long rows far out, sampled at every fraction; entries near midpoints are too
 * rare there to sample and have the next test to themselves */
START_TEST(long_row)
{
    enum { COUNT = 200000 };
    int64_t *out = tc_xcalloc(COUNT, sizeof *out);

    for (int fraction = 0; fraction <= 45; fraction += 9) {
        struct param q = {fraction % 2, "10000", "10000", 128, fraction + 2, fraction};
        void *s = open_ok(&q);
        int64_t arg[2] = {-(INT64_C(1) << 40) + 12345, 3};

        tc_rope.eval(s, arg, 0, 1, fraction > 40 ? 3000 : COUNT, out);
        for (size_t k = 0; k < (fraction > 40 ? 3000 : COUNT); k += 97)
            ck_assert_int_eq(out[k], wanted(&q, arg[0] + (int64_t)k, arg[1]));
    }
    free(out);
}
END_TEST

/* values closer to a midpoint than doubles tell: found by search over the row,
 * with 40 bits of fraction one entry in 500 is in doubt */
START_TEST(near_midpoints)
{
    enum { COUNT = 65536 };
    int64_t *out = tc_xcalloc(COUNT, sizeof *out);
    struct param q = {true, "10000", "10000", 128, 42, 40};
    void *s = open_ok(&q);
    int64_t arg[2] = {0, 5};
    int near = 0;

    tc_rope.eval(s, arg, 0, 1, COUNT, out);
    for (int64_t p = 0; p < COUNT; p++) {
        double x = sin((double)p * pow(10000, -10.0 / 128)) * 0x1p40;

        if (fabs(fabs(x - floor(x)) - 0.5) < 0.01) {
            ck_assert_int_eq(out[p], wanted(&q, p, 5));
            near++;
        }
    }
    ck_assert_int_gt(near, 500);
    free(out);
}
END_TEST

START_TEST(saturation)
{
    struct param q = {false, "10000", "10000", 4, 6, 5};
    void *s = open_ok(&q);
    int64_t arg[2] = {0, 0}, out[1000];

    ck_assert_int_eq(get(&tc_rope, s, 0, 0, 0), 31); /* cos 0 = 32/32 does not fit */
    ck_assert_int_eq(get(&tc_rope, s, 22, 0, 0), -32);
    ck_assert_int_eq(tc_rope.max_abs(s), 32);
    tc_rope.eval(s, arg, 0, 1, 1000, out);
    for (int p = 0; p < 1000; p++)
        ck_assert_int_eq(out[p], wanted(&q, p, 0));
    q.bits = 1;
    q.fraction = 0;
    s = open_ok(&q);
    ck_assert_int_eq(get(&tc_rope, s, 0, 0, 0), 0);
    ck_assert_int_eq(get(&tc_rope, s, 3, 0, 0), -1);
    q.bits = 8;
    q.fraction = 4;
    s = open_ok(&q);
    ck_assert_int_eq(get(&tc_rope, s, 0, 0, 0), 16);
    ck_assert_int_eq(tc_rope.max_abs(s), 16);
    ck_assert_int_eq(get(&tc_rope, s, 5, -1, 0), 0); /* no such pair */
    ck_assert_int_eq(get(&tc_rope, s, 5, 2, 0), 0);
}
END_TEST

START_TEST(products)
{
    for (int i = 0; i < 200; i++) {
        struct param q = random_param(i % 4 ? 10 : 62);
        void *s = open_ok(&q);
        int64_t top = INT64_C(1) << (q.bits - 1), out[200], out2[200];
        int64_t p = i % 10 ? random_position() : 0;
        int64_t l = (int64_t)(any() % (uint64_t)(q.width / 2));
        int64_t v0 = q.bits < 8 ? -top : (int64_t)(any() % (uint64_t)top) - top / 2;
        size_t count = q.bits < 8 ? (size_t)(2 * top) : 200;
        int64_t arg[3] = {p, l, v0};

        tc_rope_product.eval(s, arg, 2, 1, count, out);
        tc_rope_step.eval(s, arg, 2, 1, count, out2);
        for (size_t k = 0; k < count; k++) {
            int64_t v = v0 + (int64_t)k, w = wanted_product(&q, wanted(&q, p, l), v);

            ck_assert_int_eq(out[k], w);
            ck_assert_int_eq(out2[k], w - wanted_product(&q, wanted(&q, p, l), v - 1));
            ck_assert(llabs(out[k]) <= tc_rope_product.max_abs(s));
            ck_assert(llabs(out2[k]) <= tc_rope_step.max_abs(s));
            ck_assert_int_eq(get(&tc_rope_product, s, p, l, v), w);
        }
        tc_rope_product.eval(s, arg, 0, -3, 40, out);
        tc_rope_step.eval(s, arg, 0, -3, 40, out2);
        for (int k = 0; k < 40; k++) {
            ck_assert_int_eq(out[k], wanted_product(&q, wanted(&q, p - 3 * k, l), v0));
            ck_assert_int_eq(out2[k],
                             out[k] - wanted_product(&q, wanted(&q, p - 3 * k, l), v0 - 1));
        }
        arg[1] = 0;
        tc_rope_product.eval(s, arg, 1, 1, (size_t)q.width / 2, out);
        for (int k = 0; k < q.width / 2; k++)
            ck_assert_int_eq(out[k], wanted_product(&q, wanted(&q, p, k), v0));
    }
}
END_TEST

START_TEST(extreme_arguments)
{
    struct param q = {false, "18446744073709551616", "18446744073709551616", 2000, 62, 61};
    void *s = open_ok(&q);

    ck_assert_int_eq(get(&tc_rope, s, INT64_MIN, 999, 0), wanted(&q, INT64_MIN, 999));
    ck_assert_int_eq(get(&tc_rope, s, INT64_MAX, 1, 0), wanted(&q, INT64_MAX, 1));
    get(&tc_rope_step, s, 7, 1, INT64_MIN);
    q.base = "1/18446744073709551616";
    q.text = "1/18446744073709551616";
    q.bits = 20;
    q.fraction = 18;
    s = open_ok(&q);
    for (int64_t l = 0; l < 1000; l += 37) {
        int64_t arg[2] = {INT64_C(1) << 40, l}, out[300];

        tc_rope.eval(s, arg, 0, 1, 300, out);
        for (int k = 0; k < 300; k += 50)
            ck_assert_int_eq(out[k], wanted(&q, arg[0] + k, l));
    }
}
END_TEST

START_TEST(registered)
{
    tc_rope_register();
    tc_rope_register();
    ck_assert_ptr_eq(tc_function_find("rope"), &tc_rope);
    ck_assert_ptr_eq(tc_function_find("rope_product"), &tc_rope_product);
    ck_assert_ptr_eq(tc_function_find("rope_step"), &tc_rope_step);
}
END_TEST

static void refused(const char *text, unsigned col, const char *part)
{
    struct tc_error err = {0};

    ck_assert_msg(!tc_rope.open(arena, text, (struct tc_loc){"f.tc", 7, 1}, &err), "%s", text);
    ck_assert_msg(strstr(err.msg, part) != NULL, "\"%s\": %s", text, err.msg);
    ck_assert_int_eq(err.kind, TC_EFORMAT);
    ck_assert_uint_eq(err.loc.line, 7);
    ck_assert_msg(err.loc.col == 1 + col, "\"%s\": column %u", text, err.loc.col);
}

START_TEST(parameters)
{
    struct tc_error err = {0};

    ck_assert_ptr_nonnull(tc_rope.open(arena, " sin,base=0.50 ,width=1, bits=1,fraction=0 ",
                                       (struct tc_loc){0}, &err));
    refused("", 0, "wanted \"cos\" or \"sin\"");
    refused("tan, base=2", 0, "found \"tan");
    refused("cos", 3, "found the end, wanted \",\"");
    refused("cosine, base=2", 3, "wanted \",\"");
    refused("cos, width=4, base=2", 5, "wanted \"base\"");
    refused("cos, base 2", 10, "wanted \"=\"");
    refused("cos, base=, width=4", 10, "wanted a number such as");
    refused("cos, base=0, width=4", 10, "2^-64");
    refused("cos, base=-2, width=4", 10, "wanted a number such as");
    refused("cos, base=1/0, width=4", 10, "wanted a number such as");
    refused("cos, base=1., width=4", 10, "wanted a number such as");
    refused("cos, base=18446744073709551617, width=4", 10, "to 2^64");
    refused("cos, base=1/18446744073709551617, width=4", 10, "from 2^-64");
    refused("cos, base=10000000000000000000000000000000000000000000000, width=4", 10, "40 digits");
    refused("cos, base=1e4, width=4", 11, "wanted \",\"");
    refused("cos, base=2, width=0, bits=4", 19, "width from 1");
    refused("cos, base=2, width=99999999999, bits=4", 19, "width from 1");
    refused("cos, base=2, width=4, bits=63, fraction=2", 27, "bits from 1 to 62");
    refused("cos, base=2, width=4, bits=4, fraction=5", 39, "fraction from 0 to 4");
    refused("cos, base=2, width=4, bits=4, fraction=2, x", 40, "wanted the end");
    refused("cos, base=2, width=4, bits=4", 28, "wanted \",\"");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rope");
    TCase *c = tcase_create("rope");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 300);
    tcase_add_test(c, grid);
    tcase_add_test(c, random_entries);
    tcase_add_test(c, rows);
    tcase_add_test(c, long_row);
    tcase_add_test(c, near_midpoints);
    tcase_add_test(c, saturation);
    tcase_add_test(c, products);
    tcase_add_test(c, extreme_arguments);
    tcase_add_test(c, registered);
    tcase_add_test(c, parameters);
    suite_add_tcase(s, c);
    return check_status(s);
}
