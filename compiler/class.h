/* class.h -- to which complexity class the family of a specification belongs
 *
 * A specification is read as a family: one circuit for each n, where n is what the
 * parameters of `length` stand for.  What grows with them is read off its expressions.
 */
#ifndef TC_CLASS_H
#define TC_CLASS_H

#include "compiler.h"

/* ------------------------------------------------------------ class_growth.c
 *
 * How a positive quantity grows with n: at most O(1), O(log^power n), a polynomial, or
 * no bound is claimed.  All are upper bounds. */

enum tc_growth_kind { TC_GROWS_NOT, TC_GROWS_LOG, TC_GROWS_POLY, TC_GROWS_BEYOND };

struct tc_growth {
    enum tc_growth_kind kind;
    unsigned power; /* of a logarithm; else 0 */
};

/* What the parameters of a specification are: base parameters are plain numbers, and those
 * that `length` is made of grow.  settings as given with --set. */
struct tc_growing {
    struct tc_arena *arena;
    const struct tc_spec *spec;
    struct tc_growing_param {
        const char *name, *text; /* its definition */
        struct tc_growth growth;
        bool base, in_length;    /* base: a number of its own */
        bool fixed;              /* the same for all n */
    } *param;                    /* as spec->param */
};

struct tc_growing tc_growing_of(struct tc_arena *, const struct tc_spec *,
                                const struct tc_setting *, unsigned nsetting);
/* of an expression that has been read before; NULL: of a number */
struct tc_growth tc_growth_of(const struct tc_growing *, const char *text);
struct tc_growth tc_growth_most(struct tc_growth, struct tc_growth);
struct tc_growth tc_growth_product(struct tc_growth, struct tc_growth);
/* "O(1)", "O(log^2 n)", "poly(n)", "not bounded by poly(n)" */
const char *tc_growth_text(struct tc_arena *, struct tc_growth);
/* the one base parameter whose value `length` is, or NULL */
const char *tc_growing_length(const struct tc_growing *);
/* whether the text names a base parameter that is not of the length */
bool tc_growing_own(const struct tc_growing *, const char *text);

/* ------------------------------------------------------------ class_claims.c
 *
 * Everything that is printed as somebody's statement, and how it was read: F its full text or
 * a survey's, A its abstract, S a secondary source.  What was only recalled is not here. */

enum tc_claim_id {
    TC_CLAIM_ROPE_TENSOR,
    TC_CLAIM_TENSOR,
    TC_CLAIM_ROPE,
    TC_CLAIM_ROPE_FORMULA,
    TC_CLAIM_LOG_PRECISION,
    TC_CLAIM_POLY_PRECISION,
    TC_CLAIM_AVERAGE_HARD,
    TC_CLAIM_UNIQUE_HARD,
    TC_CLAIM_DIVISION,
    TC_CLAIM_COMPOSITION,
    TC_CLAIM_LOOPS,
    TC_CLAIM_MEMBERSHIP,
    TC_CLAIM_CLOSURE,
    TC_CLAIM_CLOSURE_COMPLETE,
    TC_CLAIM_FORMULA,
    TC_CLAIM_WORD,
    TC_CLAIM_MAJORITY,
    TC_CLAIM_FOM,
    TC_NCLAIM,
};

struct tc_claim {
    const char *statement, *source;
    char tag;
};

extern const struct tc_claim tc_claims[TC_NCLAIM];
const char *tc_claim_read(const struct tc_claim *); /* the tag in words */
/* "STATEMENT (SOURCE; how it was read)" */
const char *tc_claim_text(struct tc_arena *, const struct tc_claim *);

/* ------------------------------------------------------------------- class.c */

enum tc_verdict {
    TC_IN_AC0,
    TC_IN_TC0,
    TC_IN_TCI,  /* TC^power, an upper bound: log^power n layers of constant depth */
    TC_NO_CLASS /* no class is claimed */
};

struct tc_node {
    const char *path; /* of the block; "transformer" of the whole */
    struct tc_loc loc;
    enum tc_verdict verdict;
    unsigned power;
    const char *why;              /* our reason */
    const struct tc_claim *claim; /* or NULL */
};

enum tc_uniformity { TC_DLOGTIME, TC_POLYTIME, TC_NONUNIFORM };

enum tc_met { TC_MET, TC_NOT_MET, TC_ASSUMED };

struct tc_hypothesis {
    const char *name, *statement, *why;
    enum tc_met met;
};

struct tc_consequence {
    const char *problem, *assumption; /* "none": unconditional */
    const char *why;
    const struct tc_claim *claim[2];  /* that it is hard; that the architecture cannot; or NULL */
};

struct tc_classified {
    enum tc_verdict verdict;
    unsigned power;
    const char *name; /* "TC0", "TC1, upper bound", ... */
    const struct tc_node *decides;
    unsigned nnode;
    struct tc_node *node;
    enum tc_uniformity uniformity;
    const char *uniformity_name, *uniformity_why;
    const struct tc_claim *uniformity_claim; /* or NULL */
    unsigned nhypothesis; /* layers, order, width, precision, weights, uniformity */
    struct tc_hypothesis *hypothesis;
    unsigned nconsequence; /* only where the class is TC0 or AC0 and the hypotheses allow it */
    struct tc_consequence *consequence;
    const char *no_consequence; /* why there are none, else NULL */
};

extern const char *const tc_met_name[];
/* "AC0", "TC2", ... of a node */
const char *tc_verdict_text(struct tc_arena *, const struct tc_node *);
bool tc_hypothesis_met(const struct tc_classified *, const char *name); /* or assumed */
/* "If ..., then no such family solves ...", or unconditionally */
const char *tc_consequence_text(struct tc_arena *, const struct tc_consequence *);
extern const char tc_upper_bound[]; /* the sentence that says which way a class bounds */

struct tc_classified tc_classify(struct tc_arena *, const struct tc_growing *,
                                 const struct tc_options *);

#endif
