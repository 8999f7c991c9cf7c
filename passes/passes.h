/* passes.h -- transformations of circuit families
 *
 * A pass takes a family and gives one that computes the same outputs from the
 * same inputs; it reads one and builds the next, never editing in place.
 * passes.def lists them once, in the order of the default pipeline.  Analyses
 * (tc_family_count, tc_family_check) are plain functions of ir.h.
 */
#ifndef TC_PASSES_H
#define TC_PASSES_H

#include "../ir/ir.h"

/* copy.c -- a family rebuilt without some of its banks
 *
 * keep[b] says whether bank b stays; what kept banks and outputs read must be
 * kept.  Symbols and tables that nothing uses any more go too; inputs stay.
 * The copy shares nothing with the original. */
struct tc_family *tc_family_copy(const struct tc_family *, const bool *keep);

struct tc_pass_options {
    bool poly;           /* weights bounded by a polynomial in the wires a gate reads */
    uint64_t max_weight; /* else |weight| at most this; 0: unbounded */
};

struct tc_pass {
    const char *name, *help;
    bool (*asked)(const struct tc_pass_options *); /* whether it runs at all */
    /* the family itself if there is nothing to do; else a new one; NULL and an
     * error if what is asked for cannot be had */
    struct tc_family *(*run)(struct tc_family *, const struct tc_pass_options *,
                             struct tc_error *);
};

/* dce.c */
struct tc_family *tc_pass_dce(struct tc_family *, const struct tc_pass_options *,
                              struct tc_error *);

/* split_weights.c: with |weight| <= options' bound.  TC_ELIMIT, with the bank's
 * name, where that cannot be had. */
struct tc_family *tc_pass_split_weights(struct tc_family *, const struct tc_pass_options *,
                                        struct tc_error *);

/* manager.c */
extern const struct tc_pass tc_passes[];
extern const unsigned tc_npasses;

struct tc_pass_record { /* what a pass did; numbers in the arena given to tc_passes_run */
    const struct tc_pass *pass; /* NULL: it did not run */
    bool changed;
    unsigned depth[2]; /* before, after */
    mpz_ptr gates[2], wires[2];
    double seconds;
};

/* Runs all passes on *family, which it replaces and frees as it goes.  The
 * invariants are checked after each that changed something.  *count is that of
 * the last family; NULL if nothing is to be counted, which can take longer than all else.
 * record has tc_npasses entries, in the arena. */
bool tc_passes_run(struct tc_arena *, struct tc_family **family, const struct tc_pass_options *,
                   struct tc_count *count, struct tc_pass_record **record, struct tc_error *);

#endif
