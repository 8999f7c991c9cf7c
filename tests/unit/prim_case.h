/* prim_case.h -- for tests: operations by name, and their engines against each other */
#ifndef TC_TEST_PRIM_CASE_H
#define TC_TEST_PRIM_CASE_H

#include "../../compiler/prim.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* The operation, with these options, which must last; terms 0: of an operation that has none.
 * Ends the program where there is no such operation, in a test or not. */
static inline struct tc_prim prim_case(const char *op, const char *format, unsigned terms,
                                       bool exact, const struct tc_options *options)
{
    struct tc_args args = {
        .spec = op, .format = format, .terms = terms, .has_terms = terms != 0, .exact = exact};
    struct tc_error err = {0};
    struct tc_prim p;

    if (!tc_prim_open(&args, &p, &err)) {
        fprintf(stderr, "%s %s: %s\n", op, format, err.msg);
        abort();
    }
    p.options = options;
    return p;
}

/* circuits and the reference on n words, one operand each */
static inline void prim_engines(struct tc_prim *p, const char *format, size_t n,
                                const uint64_t *word, bool netlist)
{
    static const enum tc_engine_kind engine[] = {TC_ENGINE_REFERENCE, TC_ENGINE_FAMILY,
                                                 TC_ENGINE_NETLIST};
    uint64_t *want = tc_xcalloc(n + 1, sizeof *want), *got = tc_xcalloc(n + 1, sizeof *got);
    struct tc_error err = {0};

    for (unsigned e = 0; e < 2u + netlist; e++) {
        struct tc_prim_circuit c;

        ck_assert_msg(tc_prim_build(p, engine[e], UINT64_MAX, &c, &err), "%s %s: %s", p->name,
                      format, err.msg);
        ck_assert(tc_prim_run(&c, word, e ? got : want, n, &err));
        for (size_t v = 0; e && v < n; v++)
            ck_assert_msg(got[v] == want[v], "%s %s, engine %u: %llx: %llx, wanted %llx", p->name,
                          format, e, (unsigned long long)word[v], (unsigned long long)got[v],
                          (unsigned long long)want[v]);
        tc_prim_free(&c);
    }
    free(want);
    free(got);
}

/* the operands among all words of a format, which are at most 2^10; how many they are */
static inline size_t prim_words(const struct tc_format *f, uint64_t word[1 << 10])
{
    size_t n = 0;
    mpq_t x;

    mpq_init(x);
    for (uint64_t w = 0; w < (uint64_t)1 << tc_format_width(f); w++) {
        enum tc_class class = tc_format_value(f, w, x);

        if (class != TC_NO_CODE && (class == TC_FINITE || f->nan))
            word[n++] = w;
    }
    mpq_clear(x);
    return n;
}

#endif
