/* test_drat.c -- the proof checker accepts what follows, and nothing else */
#include "../../drat/drat.h"
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

static enum tc_drat_verdict check(const char *cnf, const char *proof, struct tc_drat_result *r)
{
    FILE *f = fmemopen((void *)(uintptr_t)cnf, strlen(cnf), "r"),
         *p = *proof ? fmemopen((void *)(uintptr_t)proof, strlen(proof), "r")
                     : fopen("/dev/null", "r");

    tc_drat_check(f, p, 0, r);
    fclose(f);
    fclose(p);
    ck_assert_int_eq(r->verdict == TC_DRAT_PROVED, r->msg[0] == 0);
    return r->verdict;
}

#define EIGHT                                                                                      \
    "p cnf 3 8\n1 2 3 0\n1 2 -3 0\n1 -2 3 0\n1 -2 -3 0\n-1 2 3 0\n-1 2 -3 0\n-1 -2 3 0\n-1 -2 -3 " \
    "0\n"
#define SEVEN "p cnf 3 7\n1 2 3 0\n1 2 -3 0\n1 -2 3 0\n1 -2 -3 0\n-1 2 3 0\n-1 2 -3 0\n-1 -2 3 0\n"
/* 1 2 3 4 5 in a ring, neighbours differ: an odd ring */
#define CYCLES                                                                                     \
    "p cnf 5 10\n1 2 0\n-1 -2 0\n2 3 0\n-2 -3 0\n3 4 0\n-3 -4 0\n4 5 0\n-4 -5 0\n5 1 0\n-5 -1 0\n"
/* 3 <-> (1 and 2) is RAT on 3, then on its complement: the variable is new */
#define TWO "p cnf 2 4\n1 2 0\n1 -2 0\n-1 2 0\n-1 -2 0\n"

static const struct {
    const char *cnf, *proof;
    enum tc_drat_verdict verdict;
} cases[] = {
    {EIGHT, "1 2 0\n1 0\n2 0\n0\n", TC_DRAT_PROVED},
    {EIGHT, "1 2 0\n1 0\n2 0\n", TC_DRAT_PROVED},    /* units contradict each other */
    {EIGHT, "c so\n1 2 0 1 0\n2 0", TC_DRAT_PROVED}, /* lines mean nothing */
    {EIGHT, "1 2 2 1 0\nd 3 2 1 0\n1 0\n2 0\n0\n", TC_DRAT_PROVED},
    {EIGHT, "", TC_DRAT_REJECTED}, /* empty */
    {EIGHT, "0\n", TC_DRAT_REJECTED},
    {EIGHT, "1 2 0\n1 0\n", TC_DRAT_REJECTED}, /* its end is missing */
    {EIGHT, "1 0\n2 0\n0\n", TC_DRAT_PROVED},  /* 1 by resolution, for all it implies */
    {CYCLES, "-1 4 0\n1 -4 0\n-1 5 0\n0\n", TC_DRAT_REJECTED}, /* a lemma is missing */
    {CYCLES, "-1 4 0\n1 -4 0\n1 0\n0\n", TC_DRAT_PROVED},
    {EIGHT, "1 2 0\n2 0\n0\n", TC_DRAT_REJECTED},
    {EIGHT, "d 1 2 3 0\n1 2 0\n1 0\n2 0\n0\n", TC_DRAT_REJECTED}, /* what is needed is gone */
    {CYCLES, "-1 4 0\n1 -4 0\nd 1 2 0\n1 0\n0\n", TC_DRAT_REJECTED},
    {EIGHT, "1 2 0\nd 1 3 0\n1 0\n2 0\n0\n", TC_DRAT_REJECTED},     /* there is none such */
    {EIGHT, "1 2 0\nd 1 2 0\nd 1 2 0\n1 0\n0\n", TC_DRAT_REJECTED}, /* but once */
    {EIGHT, "1 2 0\n1 0\n2", TC_DRAT_MALFORMED},                    /* cut off within a lemma */
    {EIGHT, "1 2 0\n1 0\n2x 0\n", TC_DRAT_MALFORMED},
    {EIGHT, "1 2 0\nd1 2 0\n", TC_DRAT_MALFORMED},
    {EIGHT, "1073741824 0\n", TC_DRAT_MALFORMED},
    {EIGHT, "99999999999999999999 0\n", TC_DRAT_MALFORMED},
    {SEVEN, "1 2 0\n1 0\n2 0\n0\n", TC_DRAT_REJECTED},
    {TWO, "3 -1 -2 0\n-3 1 0\n-3 2 0\n1 0\n", TC_DRAT_PROVED},
    {TWO, "-3 1 0\n-3 2 0\n3 -1 -2 0\n2 0\n", TC_DRAT_PROVED},
    /* the first literal matters: on 1 there is no such thing */
    {"p cnf 2 2\n1 2 0\n-1 -2 0\n", "3 1 0\n-3 0\n0\n", TC_DRAT_REJECTED},
    {"p cnf 2 2\n1 2 0\n-1 -2 0\n", "1 0\n-1 0\n0\n", TC_DRAT_REJECTED},
    /* RAT on a literal that propagation makes false */
    {"p cnf 3 2\n-1 2 0\n-2 0\n", "1 3 0\n0\n", TC_DRAT_REJECTED},
    /* a clause that implies a literal stays, though it is to be deleted */
    {"p cnf 4 4\n1 0\n-1 2 0\n-2 3 4 0\n-2 3 -4 0\n", "d -1 2 0\n3 0\n-3 0\n", TC_DRAT_REJECTED},
    {"p cnf 4 6\n1 0\n-1 2 0\n-2 3 4 0\n-2 3 -4 0\n-2 -3 4 0\n-3 -4 0\n", "d -1 2 0\n3 0\n0\n",
     TC_DRAT_PROVED},
    {"p cnf 1 2\n1 0\n-1 0\n", "", TC_DRAT_PROVED},
    {"p cnf 0 1\n0\n", "", TC_DRAT_PROVED},
    {"p cnf 0 0\n", "", TC_DRAT_REJECTED},
    {"p cnf 1 1\n1 -1 0\n", "1 0\n-1 0\n", TC_DRAT_REJECTED},
    {"p cnf 1 2\n1 0\n", "0\n", TC_DRAT_MALFORMED},
    {"p cnf 1 1\n1 0\n-1 0\n", "0\n", TC_DRAT_MALFORMED},
    {"p cnf 1 1\n2 0\n", "0\n", TC_DRAT_MALFORMED},
    {"p cnf 1 1\n1", "0\n", TC_DRAT_MALFORMED},
    {"p dnf 1 1\n1 0\n", "0\n", TC_DRAT_MALFORMED},
    {"c only\n", "0\n", TC_DRAT_MALFORMED},
};

START_TEST(test_cases)
{
    struct tc_drat_result r;

    check(cases[_i].cnf, cases[_i].proof, &r);
    ck_assert_msg(r.verdict == cases[_i].verdict, "case %d: %d, %s", _i, r.verdict, r.msg);
}
END_TEST

START_TEST(test_counts)
{
    struct tc_drat_result r;

    check(EIGHT, "1 2 0\nd 1 2 3 0\n1 0\n2 0\n0\n", &r);
    ck_assert_int_eq(r.verdict, TC_DRAT_PROVED);
    ck_assert_uint_eq(r.lemmas, 3);
    ck_assert_uint_eq(r.deletions, 1);
    ck_assert_uint_eq(r.rat, 0);
    check("p cnf 4 5\n1 2 0\n1 -2 0\n-1 2 0\n-1 -2 0\n3 4 0\n", "5 -3 -4 0\n-5 3 0\n1 0\n", &r);
    ck_assert_uint_eq(r.rat, 2);
    check(CYCLES, "-1 4 0\n\n0 1 0\n", &r);
    ck_assert_int_eq(r.verdict, TC_DRAT_REJECTED);
    ck_assert_str_eq(r.msg, "proof, line 3: a lemma that does not follow");
}
END_TEST

/* ------------------------------------------------------------ random formulas */

#define VARS    4
#define CLAUSES 14
#define STEPS   8

struct formula {
    unsigned n, len[CLAUSES];
    int lit[CLAUSES][3];
};

static int random_literal(struct tc_random *rnd, unsigned vars)
{
    int v = 1 + (int)tc_random_below(rnd, vars);

    return tc_random_below(rnd, 2) ? v : -v;
}

static bool satisfiable(const struct formula *f)
{
    for (unsigned x = 0; x < 1u << VARS; x++) {
        bool all = true;

        for (unsigned c = 0; all && c < f->n; c++) {
            bool any = false;

            for (unsigned k = 0; k < f->len[c]; k++)
                any = any || (x >> (abs(f->lit[c][k]) - 1) & 1) == (f->lit[c][k] > 0);
            all = any;
        }
        if (all)
            return true;
    }
    return false;
}

/* Whatever the proof says, no satisfiable formula is refuted by it; and random
 * lemmas are enough to refute many that are not. */
START_TEST(test_random)
{
    struct tc_random rnd;
    unsigned refuted = 0, false_ones = 0, rat = 0;

    tc_random_seed(&rnd, 11);
    for (unsigned round = 0; round < (is_fast() ? 4000 : 40000); round++) {
        char cnf[1000], proof[1000];
        size_t at;
        struct formula f = {.n = 4 + (unsigned)tc_random_below(&rnd, CLAUSES - 3)};
        struct tc_drat_result r;

        at = (size_t)sprintf(cnf, "p cnf %d %u\n", VARS, f.n);
        for (unsigned c = 0; c < f.n; c++) {
            f.len[c] = 1 + (tc_random_below(&rnd, 8) > 0) + (unsigned)tc_random_below(&rnd, 2);
            for (unsigned k = 0; k < f.len[c]; k++) {
                f.lit[c][k] = random_literal(&rnd, VARS);
                at += (size_t)sprintf(cnf + at, "%d ", f.lit[c][k]);
            }
            at += (size_t)sprintf(cnf + at, "0\n");
        }
        at = 0;
        for (unsigned s = 0; s < STEPS; s++) {
            unsigned c = (unsigned)tc_random_below(&rnd, f.n);

            if (tc_random_below(&rnd, 4) == 0) { /* deletions, mostly of clauses there */
                at += (size_t)sprintf(proof + at, "d ");
                for (unsigned k = 0; k < f.len[c]; k++)
                    at += (size_t)sprintf(proof + at, "%d ", f.lit[c][k]);
            } else {
                for (unsigned k = 1 + (unsigned)tc_random_below(&rnd, 2); k--;)
                    at += (size_t)sprintf(proof + at, "%d ", random_literal(&rnd, VARS + 1));
            }
            at += (size_t)sprintf(proof + at, "0\n");
        }
        check(cnf, proof, &r);
        ck_assert_msg(r.verdict != TC_DRAT_PROVED || !satisfiable(&f), "%s\n%s", cnf, proof);
        refuted += r.verdict == TC_DRAT_PROVED && r.lemmas > 0;
        rat += r.rat > 0;
        false_ones += satisfiable(&f);
    }
    ck_assert_uint_gt(refuted, 10);
    ck_assert_uint_gt(false_ones, 500);
    ck_assert_uint_gt(rat, 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("drat");
    TCase *c = tcase_create("proofs");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, test_cases, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(c, test_counts);
    tcase_add_test(c, test_random);
    suite_add_tcase(s, c);
    return check_status(s);
}
