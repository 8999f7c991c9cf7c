/* test_majority.c -- families of AND, OR, NOT and MAJ compute what they did
 *
 * Families made by hand and at random: each result is compared with the original's on all
 * inputs while few, else on seeded ones, by the family evaluator, by the netlist's, and by the
 * definition (walk.h); its gates are looked at one by one in the netlist, and its counts are
 * the netlist's. */
#include "../../compiler/prim.h"
#include "check_main.h"
#include "same_family.h"

#include <stdlib.h>
#include <string.h>

#define NDEBUG /* weights of computed tables are asked for where guards leave nothing, too */
#include "random_family.h"
#include "walk.h"

static bool least_depth = true;

/* AND, OR and MAJ of wires and constants, each of weight 1; and NOT */
static void in_the_basis(const struct tc_netlist *nl, unsigned long *nots)
{
    *nots = 0;
    for (uint32_t r = 0; r < nl->nrows; r++) {
        uint64_t n = nl->first[r + 1] - nl->first[r];
        bool not = n == 1 && nl->weight[nl->first[r]] == -1;

        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
            ck_assert_msg(not || nl->weight[e] == 1, "row %u has a weight %lld", r,
                          (long long)nl->weight[e]);
        for (uint32_t g = nl->gate[r]; not &&g < nl->gate[r + 1]; g++)
            ck_assert_msg(nl->bound[g] == 0, "gate %u is no NOT", g);
        *nots += not ? nl->gate[r + 1] - nl->gate[r] : 0;
    }
}

static void same(const struct tc_family *f, const struct tc_family *g)
{
    static const struct same_effort effort = {.few = 10, .words = 8, .walked = 3};
    struct tc_arena *a = tc_arena_new();
    struct tc_count before, count;
    struct tc_netlist *nl = same_family(f, g, &effort, a, &count);
    struct tc_error err = {0};
    unsigned long nots;

    in_the_basis(nl, &nots);
    ck_assert(tc_family_count(a, f, true, &before, &err));
    /* at most two for a gate, and one for an input */
    mpz_mul_2exp(before.gates, before.gates, 1);
    mpz_add(before.gates, before.gates, before.inputs);
    ck_assert_int_le(mpz_cmp(count.gates, before.gates), 0);
    ck_assert_msg(count.depth <= (least_depth ? before.depth + 1 : 2 * before.depth),
                  "depth %u of %u", count.depth, before.depth);
    tc_netlist_free(nl);
    tc_arena_free(a);
}

static struct tc_family *legal(struct tc_family *f)
{
    struct tc_pass_options o = {.level = least_depth ? TC_LEVEL_2 : TC_LEVEL_SIZE};
    struct tc_error err = {0};
    struct tc_family *g = tc_pass_majority(f, &o, &err);

    ck_assert_msg(g != NULL, "%s", err.msg);
    same(f, g);
    return g;
}

/* gates and depth of what becomes of a text, by either way of making complements */
static void becomes(const char *text, unsigned depth, unsigned gates, unsigned wires,
                    unsigned depth_by_nots, unsigned gates_by_nots)
{
    for (unsigned k = 0; k < 2; k++) {
        struct tc_family *f = family_of_text(text), *g;
        struct tc_arena *a = tc_arena_new();
        struct tc_error err = {0};
        struct tc_count n;

        least_depth = k == 0;
        g = legal(f);
        ck_assert(tc_family_count(a, g, true, &n, &err));
        ck_assert_uint_eq(n.depth, k ? depth_by_nots : depth);
        ck_assert_uint_eq(mpz_get_ui(n.gates), k ? gates_by_nots : gates);
        ck_assert(k || mpz_cmp_ui(n.wires, wires) == 0);
        if (g != f)
            tc_family_free(g);
        tc_family_free(f);
        tc_arena_free(a);
    }
    least_depth = true;
}

START_TEST(gates_that_are_legal)
{
    const char *text = "tcf 1\nfamily f\ninput x[i<3]\n"
                       "bank s[] level 1: sum{i<3} x[i] >= 2\noutput Y = s\n";
    struct tc_family *f = family_of_text(text), *g = legal(f);

    ck_assert_ptr_eq(f, g);
    tc_family_free(f);
    becomes(text, 1, 1, 3, 1, 1);
}
END_TEST

/* a wire of weight w is read w times; NOTs are of the places that are wanted alone */
START_TEST(repeated)
{
    becomes("tcf 1\nfamily f\ntable p(4) = 1 2 4 -8\ninput x[i<3, a<4]\n"
            "bank s[i<3] level 1: sum{a<4} p(a)*x[i, a] - 3*x[0, 1] >= 1\noutput Y = s\n",
            2, 3 + 6, 3 * (7 + 8 + 3) + 6, 2, 9);
    becomes("tcf 1\nfamily f\ninput x[i<4]\n"
            "bank s[] level 1: 1000*x[0] + 999*x[1] - 7*x[2] >= 500\noutput Y = s\n",
            2, 2, 2006 + 1, 2, 2);
}
END_TEST

/* the second gate wants a complement: a NOT adds a layer, the gate of the complement none
 * if its input is complemented already */
START_TEST(complements)
{
    const char *deep = "tcf 1\nfamily f\ninput x[i<2]\n"
                       "bank a[] level 1: x[0] - x[1] >= 0\n"
                       "bank b[] level 2: x[0] - a[] >= 0\n"
                       "bank c[] level 3: x[1] - b[] >= 0\noutput Y = c\n";
    const char *slack = "tcf 1\nfamily f\ninput x[i<2]\n"
                        "bank a[] level 1: x[0] + x[1] >= 1\n"
                        "bank b[] level 2: a[] >= 1\n"
                        "bank c[] level 3: b[] - a[] >= 0\noutput Y = c\n";

    becomes(deep, 4, 5, 8, 6, 6);
    becomes(slack, 3, 4, 6, 3, 4);
}
END_TEST

/* chains, thresholds with wires that depend on the chain, guards */
START_TEST(banks_of_all_kinds)
{
    static const char *const text[] = {
        "tcf 1\nfamily f\ntable p(4) = 1 2 4 8\ntable theta(9) = -3 0 1 2 9 15 29 30 31\n"
        "table slope(9) = 3 -2 0 1 1 -5 0 2 1\ninput x[i<2, a<4]\n"
        "bank s[; t<9] level 1 monotone: sum{i<2, a<4} p(a)*x[i, a] >= theta(t)\n"
        "bank m[] level 2: sum{t<9} slope(t)*s[; t] >= 2\noutput S = s\noutput M = m\n",
        "tcf 1\nfamily f\ntable p(4) = 1 2 4 8\ntable c(7) = 0 1 0 1 0 1 0\n"
        "table slope(7) = -23 -15 -6 5 13 22 31\ntable n(2) = 7 4\n"
        "input x[i<2, a<4]\ninput y[i<2, a<4]\n"
        "bank q[i<2; t<7] level 1: sum{a<4} 16*p(a)*x[i, a] >= "
        "sum{a<4} slope(t)*p(a)*y[i, a] + c(t)\n"
        "bank h[i<2; t<7 | t < n(i)] level 1: sum{a<4} 16*p(a)*x[i, a] >= "
        "sum{a<4} slope(t)*p(a)*y[i, a] + 9*c(t)\n"
        "bank z[i<2] level 2: sum{t<7 | t < n(i)} h[i; t] + "
        "sum{t<7} slope(t)*q[1 - i; t] >= 4\noutput Q = q\noutput H = h\noutput Z = z\n",
        "tcf 1\nfamily f\ntable p(4) = 1 2 4 -8\ntable v(3) = 2 0 1\n"
        "input x[i<3, a<4]\n"
        "bank s[i<3, j<3; t<3 | j <= i] level 1: sum{k<3, a<4 | k <= i, j <= k} 5*p(a)*x[k, a] "
        "- sum{k<3 | k <= i} 3 + 7*x[v(j), 0] >= sum{k<3 | k <= j} 2 + 4\n"
        "bank r[i<3] level 2: sum{j<3, t<3 | j <= i} 9*s[i, j; t] - 31*x[v(i), 1] >= 3\n"
        "bank q[i<3, j<3 | i <= j] level 3: - s[j, i; 1] - r[v(i)] >= -1\n"
        "output S = s\noutput R = r\noutput Q = q\n",
    };

    for (unsigned k = 0; k < sizeof text / sizeof *text; k++)
        for (unsigned how = 0; how < 2; how++) {
            struct tc_family *f = family_of_text(text[k]), *g;

            least_depth = how;
            g = legal(f);
            ck_assert_ptr_ne(f, g);
            tc_family_free(f);
            tc_family_free(g);
        }
    least_depth = true;
}
END_TEST

/* inputs as outputs; gates that are constants */
START_TEST(empty)
{
    becomes("tcf 1\nfamily f\ninput x[i<2]\noutput Y = x\n", 0, 0, 0, 0, 0);
    becomes("tcf 1\nfamily f\ninput x[i<2]\ntable t(2) = -1 1\n"
            "bank s[i<2] level 1: 5 >= 6*t(i)\noutput Y = s\n",
            1, 2, 0, 1, 2);
}
END_TEST

START_TEST(refused)
{
    struct tc_family *f = family_of_text(
        "tcf 1\nfamily f\ninput x[i<2]\n"
        "bank s[] level 1: x[0] + 1000000000000000000000000*x[1] >= 1\noutput Y = s\n");
    struct tc_pass_options o = {.level = TC_LEVEL_1};
    struct tc_error err = {0};

    ck_assert_ptr_null(tc_pass_majority(f, &o, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_ptr_nonnull(strstr(err.msg, "weights of s have 80 bits"));
    tc_family_free(f);
}
END_TEST

/* ------------------------------------------------------------------- at random */

/* The family with weights that can be repeated in a netlist; NULL if there is none. */
static struct tc_family *modest(struct tc_family *f)
{
    struct tc_pass_options o = {.max_weight = 8};
    struct tc_error err = {0};
    struct tc_family *g =
        repair(f) && tc_family_inputs(f) <= 16 ? tc_pass_split_weights(f, &o, &err) : NULL;

    if (g != f)
        tc_family_free(f);
    return g;
}

START_TEST(random_families)
{
    unsigned done = 0;

    tc_function_register(&mix);
    for (unsigned round = 0; round < 6; round++) {
        uint64_t start = seed = 6 * (uint64_t)_i + round + 1000;
        struct tc_family *f = modest(some_family(start % 3 == 0));

        for (unsigned how = 0; f && how < 2; how++) {
            struct tc_family *g;

            least_depth = how;
            g = legal(f);
            done += g != f;
            if (g != f)
                tc_family_free(g);
        }
        tc_family_free(f);
    }
    ck_assert_uint_gt(done, 5);
}
END_TEST

/* ----------------------------------------------------------------- known depths */

/* Least depths of polynomial size and weights, complements free, as published: comparison,
 * addition and iterated addition 2, multiplication and sorting 3; and ours.  The NOTs are one
 * layer, which these do not count. */
static const struct {
    const char *op, *format;
    unsigned terms, known, ours;
} depths[] = {
    {"lt", "unsigned:64", 0, 2, 2},  {"add", "unsigned:64", 0, 2, 3},
    {"sum", "unsigned:32", 8, 2, 3}, {"mul", "unsigned:12", 0, 3, 3},
    {"max", "unsigned:64", 4, 3, 4},
};

START_TEST(known_depths)
{
    for (unsigned basis = 0; basis < 2; basis++) {
        struct tc_arena *a = tc_arena_new();
        struct tc_args args = {.arena = a, .command = TC_PRIM, .spec = depths[_i].op};
        struct tc_prim_circuit c;
        struct tc_error err = {0};
        struct tc_prim p;

        args.format = depths[_i].format;
        args.has_terms = depths[_i].terms > 0;
        args.terms = depths[_i].terms;
        args.exact = strcmp(depths[_i].op, "lt") && strcmp(depths[_i].op, "max");
        args.options.level = args.options.pass.level = TC_LEVEL_2;
        args.options.pass.poly = true;
        args.options.pass.majority = basis;
        ck_assert_msg(tc_prim_open(&args, &p, &err), "%s", err.msg);
        ck_assert_msg(tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err), "%s", err.msg);
        ck_assert_uint_ge(c.compiled.count.depth, depths[_i].known);
        ck_assert_uint_eq(c.compiled.count.depth, depths[_i].ours + basis);
        tc_prim_free(&c);
        tc_arena_free(a);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("majority");
    TCase *tc = tcase_create("by hand"), *random = tcase_create("random");

    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, random);
    tcase_set_timeout(tc, 120);
    tcase_set_timeout(random, 120);
    tcase_add_test(tc, gates_that_are_legal);
    tcase_add_test(tc, repeated);
    tcase_add_test(tc, complements);
    tcase_add_test(tc, banks_of_all_kinds);
    tcase_add_test(tc, empty);
    tcase_add_test(tc, refused);
    tcase_add_loop_test(tc, known_depths, 0, sizeof depths / sizeof *depths);
    tcase_add_loop_test(random, random_families, 0, 5);
    return check_status(suite);
}
