/* drat.h -- a checker of DRAT proofs
 *
 * It reads a formula in DIMACS and a proof in the text form of DRAT, and says
 * whether the proof shows that the formula cannot be satisfied.  It stands by
 * itself: nothing here is shared with what writes formulas, solves them, or
 * knows what they are about, so that those need not be trusted.
 */
#ifndef TC_DRAT_H
#define TC_DRAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum tc_drat_verdict {
    TC_DRAT_PROVED,    /* the formula is unsatisfiable */
    TC_DRAT_REJECTED,  /* a step does not follow, or the empty clause is not reached */
    TC_DRAT_MALFORMED, /* formula or proof cannot be read */
    TC_DRAT_TIMEOUT,
};

struct tc_drat_result {
    enum tc_drat_verdict verdict;
    uint64_t lemmas;    /* clauses of the proof that were checked; those after the end are not */
    uint64_t rat;       /* of them, by resolution on their first literal */
    uint64_t deletions; /* done */
    uint64_t kept;      /* asked for, but of clauses that imply a literal: kept, which is sound */
    char msg[200];      /* what is wrong, with the line; empty if proved */
};

/* tc_drat_check -- forward check of a DRAT proof
 *
 * Each lemma must follow from the clauses so far by unit propagation (RUP), or by
 * unit propagation for all resolvents on its first literal (RAT).  A deletion must
 * name a clause that is there.  The proof holds once propagation of the clauses gives a
 * contradiction or the empty clause follows; what comes after is not read.  Literals
 * of a clause are a set; variables of lemmas may be new, up to 2^30.  Stops after
 * `seconds` of processor time, unless that is 0. */
void tc_drat_check(FILE *cnf, FILE *proof, double seconds, struct tc_drat_result *);

#endif
