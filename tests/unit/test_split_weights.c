/* test_split_weights.c -- a family whose weights are bounded computes what it did
 *
 * Families at random and made by hand, under many bounds; each result is compared
 * with the original's on all inputs while few, else on seeded ones, by the family
 * evaluator, by the netlist's, and by the definition (walk.h); and its weights are
 * measured twice, in the family and gate by gate. */
#include "../../passes/passes.h"
#include "check_main.h"
#include "same_family.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NDEBUG /* counting also asks computed tables where guards leave nothing */
#include "random_family.h"
#include "walk.h"

static struct same_effort effort = {.few = 16, .words = 160, .walked = 12};

static const struct tc_pass_options poly = {.poly = true};

static struct tc_pass_options bound_of(uint64_t w)
{
    return (struct tc_pass_options){.max_weight = w};
}

static void same(const struct tc_family *f, const struct tc_family *g, uint64_t w)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_count count;

    tc_netlist_free(same_family(f, g, &effort, a, &count));
    if (w && mpz_cmp_ui(count.max_weight, w) > 0)
        ck_abort_msg("bound %llu: a weight is larger", (unsigned long long)w);
    tc_arena_free(a);
}

/* the result, compared; NULL if there is none under this bound */
static struct tc_family *split(struct tc_family *f, uint64_t w)
{
    struct tc_pass_options o = bound_of(w);
    struct tc_error err = {0};
    struct tc_family *g = tc_pass_split_weights(f, w ? &o : &poly, &err);

    if (!g) {
        ck_assert_int_eq(err.kind, TC_ELIMIT);
        ck_assert_ptr_nonnull(strstr(err.msg, "--max-weight"));
        return NULL;
    }
    same(f, g, w);
    return g;
}

static void drop(struct tc_family *f, struct tc_family *g)
{
    if (g && g != f)
        tc_family_free(g);
}

/* ------------------------------------------------------------- made by hand */

static unsigned split_all(const char *text)
{
    static const uint64_t bounds[] = {1, 2, 3, 4, 5, 8, 16, 31, 64, 100, 512, 4096, 0};
    struct tc_family *f = family_of_text(text);
    unsigned done = 0;

    for (unsigned k = 0; k < sizeof bounds / sizeof *bounds; k++) {
        struct tc_family *g = split(f, bounds[k]);

        done += g && g != f;
        drop(f, g);
    }
    tc_family_free(f);
    return done;
}

static char *text_with(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *text_with(const char *fmt, ...)
{
    static char text[8000];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return text;
}

/* two numbers of 7 bits: thresholds at all multiples of 2^j, one less and one more */
START_TEST(sums_of_two)
{
    for (int j = 0; j < 8; j++)
        for (int m = 1; m << j <= 256; m += (64 >> j) + 1)
            for (int d = -1; d <= 1; d++)
                ck_assert_uint_gt(
                    split_all(text_with("tcf 1\nfamily f\ntable p(7) = 1 2 4 8 16 32 64\n"
                                        "input x[i<2, a<7]\n"
                                        "bank s[] level 1: sum{i<2, a<7} p(a)*x[i, a] >= "
                                        "%lld\noutput Y = s\n",
                                        ((long long)m << j) + d)),
                    2);
}
END_TEST

/* four of 4 bits: thresholds are a chain; each is an output, and read as a form */
START_TEST(chains)
{
    static char text[8000], theta[4000];
    size_t n = 0;

    for (int t = 0; t <= 62; t++)
        n += (size_t)snprintf(theta + n, sizeof theta - n, " %d", t);
    snprintf(text, sizeof text,
             "tcf 1\nfamily f\ntable p(4) = 1 2 4 8\ntable theta(63) =%s\n"
             "input x[i<4, a<4]\n"
             "bank s[; t<63] level 1 monotone: sum{i<4, a<4} p(a)*x[i, a] >= theta(t)\n"
             "bank m[] level 2: sum{t<63} s[; t] >= 30\n"
             "bank w[] level 2: sum{t<63} 3*theta(t)*s[; t] - sum{i<4} 17*x[i, 0] >= 1000\n"
             "output S = s\noutput M = m\noutput W = w\n",
             theta);
    ck_assert_uint_ge(split_all(text), 4);
}
END_TEST

/* both signs, and weights that have a factor in common */
START_TEST(signs)
{
    for (long long t = -130; t <= 130; t += 13)
        ck_assert_uint_gt(
            split_all(text_with("tcf 1\nfamily f\ntable p(5) = 1 -2 4 -8 100\n"
                                "input x[i<3, a<5]\n"
                                "bank s[] level 1: sum{a<5} p(a)*x[0, a] - sum{a<5} p(a)*x[1, a] + "
                                "sum{a<5} 3*p(a)*x[2, a] >= %lld\n"
                                "bank r[] level 1: sum{i<2, a<5} 12*p(a)*x[i, a] >= %lld\n"
                                "bank q[] level 1: sum{i<2, a<5} 1000*x[i, a] >= %lld\n"
                                "output Y = s\noutput R = r\noutput Q = q\n",
                                t, 12 * t + 5, 1000 * t / 17)),
            3);
}
END_TEST

/* thresholds with wires, which depend on the chain; guards that name it */
START_TEST(thresholds_with_wires)
{
    ck_assert_uint_gt(
        split_all("tcf 1\nfamily f\ntable p(4) = 1 2 4 8\ntable c(7) = 0 1 0 1 0 1 0\n"
                  "table slope(7) = -23 -15 -6 5 13 22 31\ntable n(2) = 7 4\n"
                  "input x[i<2, a<4]\ninput y[i<2, a<4]\n"
                  "bank q[i<2; t<7] level 1: sum{a<4} 16*p(a)*x[i, a] >= "
                  "sum{a<4} slope(t)*p(a)*y[i, a] + c(t)\n"
                  "bank h[i<2; t<7 | t < n(i)] level 1: sum{a<4} 16*p(a)*x[i, a] >= "
                  "sum{a<4} slope(t)*p(a)*y[i, a] + 9*c(t)\n"
                  "bank z[i<2] level 2: sum{t<7 | t < n(i)} h[i; t] + "
                  "sum{t<7} slope(t)*q[1 - i; t] >= 4\n"
                  "output Q = q\noutput H = h\noutput Z = z\n"),
        4);
}
END_TEST

/* the carries of a sum: every row has blocks of its own; then its bits */
START_TEST(rows)
{
    ck_assert_uint_gt(
        split_all(
            "tcf 1\nfamily f\n"
            "table low(6, 5) = 0 0 0 0 0 1 0 0 0 0 1 2 0 0 0 1 2 4 0 0 1 2 4 8 0 1 2 4 8 16\n"
            "table carry(6, 2) = 1 2 2 4 4 8 8 16 16 32 32 64\ntable n(6) = 0 2 2 2 2 2\n"
            "input x[i<3, a<5]\n"
            "bank c[z<6; t<2 | t < n(z)] level 1 monotone: sum{i<3, a<5} low(z, a)*x[i, a] >= "
            "carry(z, t)\n"
            "bank s[z<5] level 2: sum{i<3} x[i, z] + sum{t<2 | t < n(z)} c[z; t] "
            "- sum{t<2 | t < n(z + 1)} 2*c[z + 1; t] in [0, 1] >= 1\n"
            "output S = s\noutput C = c\n"),
        2);
}
END_TEST

/* sums over guarded points: constants and counts differ from point to point */
START_TEST(guarded_sums)
{
    ck_assert_uint_gt(
        split_all(
            "tcf 1\nfamily f\ntable p(4) = 1 2 4 -8\ntable v(3) = 2 0 1\n"
            "input x[i<3, a<4]\n"
            "bank s[i<3, j<3; t<3 | j <= i] level 1: sum{k<3, a<4 | k <= i, j <= k} 5*p(a)*x[k, a] "
            "- sum{k<3 | k <= i} 3 + 7*x[v(j), 0] >= sum{k<3 | k <= j} 2 + 4\n"
            "bank r[i<3] level 2: sum{j<3, t<3 | j <= i} 9*s[i, j; t] - 31*x[i, 1] >= 3\n"
            "output S = s\noutput R = r\n") +
            split_all("tcf 1\nfamily f\ntable w(3, 2) = 100 -3 77 12 0 1000\n"
                      "table far(6) = 2000000000000 -1 64 100000000000000000000000 3 -7\n"
                      "input x[i<3, j<2]\ninput b[k<6]\n"
                      "bank s[j<2] level 1: sum{i<3} w(i, j)*x[i, j] + sum{k<6} far(k)*b[k] >= 12\n"
                      "bank t[i<3, k<6] level 2: 3*s[0] + 100*b[k] - 99*x[i, 1] - 2*s[1] >= 1\n"
                      "output T = t\noutput S = s\n"),
        8);
}
END_TEST

/* wires that a gate reads more than once, which counts as one with the sum of the weights: at
 * all points of a sum, in two terms, on both sides */
START_TEST(wires_read_twice)
{
    for (int t = 1; t <= 31; t += 3)
        ck_assert_uint_gt(
            split_all(
                text_with("tcf 1\nfamily f\ntable p(4) = 1 2 4 -8\ntable z(3) = 0 1 0\n"
                          "input x[i<3, a<4]\n"
                          "bank s[] level 1: sum{k<5} 3*x[0, 0] + 3*x[1, 0] >= %d\n"
                          "bank r[] level 1: sum{a<4} 3*p(a)*x[1, a] + sum{a<4, k<3} p(a)*x[k, a] "
                          ">= sum{a<4} 2*p(a)*x[2, a] + %d\n"
                          "bank q[i<3; t<3] level 1: sum{k<3, a<4} 3*p(a)*x[z(k), a] >= "
                          "sum{a<4} p(a)*x[i, a] + %d\n"
                          "output Y = s\noutput R = r\noutput Q = q\n",
                          t, t, t)),
            1);
}
END_TEST

/* ---------------------------------------------------------------- at random */

START_TEST(random_families)
{
    tc_function_register(&mix);
    unsigned done = 0, refused = 0;

    effort.few = 10;
    effort.words = 8;
    for (unsigned round = 0; round < 10; round++) {
        uint64_t start = seed = 10 * (uint64_t)_i + round;
        struct tc_family *f = some_family(start % 3 == 0);
        static const uint64_t bounds[] = {2, 5, 16, 100, 4096, 0};

        if (repair(f) && tc_family_inputs(f) <= 40)
            for (unsigned k = 0; k < sizeof bounds / sizeof *bounds; k++) {
                struct tc_family *g = split(f, bounds[k]);

                done += g && g != f;
                refused += !g;
                drop(f, g);
            }
        tc_family_free(f);
    }
    ck_assert_uint_gt(done, 5);
    ck_assert_uint_lt(refused, done);
}
END_TEST

/* ------------------------------------------------------------------ the rest */

START_TEST(nothing_to_do)
{
    struct tc_family *f = family_of_text("tcf 1\nfamily f\ninput x[i<3]\n"
                                         "bank s[] level 1: sum{i<3} 2*x[i] >= 3\noutput Y = s\n");
    struct tc_pass_options two = bound_of(2), one = bound_of(1), none = bound_of(0);
    struct tc_error err = {0};

    ck_assert_ptr_eq(tc_pass_split_weights(f, &two, &err), f);
    ck_assert_ptr_eq(tc_pass_split_weights(f, &none, &err), f);
    ck_assert_ptr_null(tc_pass_split_weights(f, &one, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    tc_family_free(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("split-weights");
    TCase *tc = tcase_create("by hand"), *random = tcase_create("random");

    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, random);
    tcase_set_timeout(tc, 120);
    tcase_set_timeout(random, 120);
    tcase_add_test(tc, sums_of_two);
    tcase_add_test(tc, chains);
    tcase_add_test(tc, signs);
    tcase_add_test(tc, thresholds_with_wires);
    tcase_add_test(tc, rows);
    tcase_add_test(tc, guarded_sums);
    tcase_add_test(tc, wires_read_twice);
    tcase_add_loop_test(random, random_families, 0, 5);
    tcase_add_test(tc, nothing_to_do);
    return check_status(suite);
}
