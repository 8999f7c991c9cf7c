/* passes.h -- transformations of circuit families, and of netlists
 *
 * A pass takes a circuit and gives one that computes the same outputs from the
 * same inputs; it reads one and builds the next, never editing in place.
 * passes.def lists the passes and the pipelines of -O once.  Analyses
 * (tc_family_count, tc_netlist_count, ...) are plain functions of ir.h.
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

enum tc_level { TC_LEVEL_0, TC_LEVEL_1, TC_LEVEL_2, TC_LEVEL_SIZE }; /* -O */
extern const char *const tc_level_name[];                            /* "0", ... */

enum tc_pass_level { TC_PASS_FAMILY, TC_PASS_NETLIST }; /* what a pass is for */

union tc_circuit {
    struct tc_family *family;
    struct tc_netlist *netlist;
};

struct tc_pass;

struct tc_trail;

struct tc_pass_options {
    bool poly;           /* weights bounded by a polynomial in the wires a gate reads */
    uint64_t max_weight; /* else |weight| at most this; 0: unbounded */
    bool majority; /* gates are AND, OR, NOT and MAJ; weights poly unless max_weight says less */
    enum tc_level level; /* what to strive for, and the pipeline */
    /* Names between commas, or NULL.  Where they name passes of families, or of netlists, these
     * run in the pipeline's place; "none" alone is for both.  O0, O1, O2 and Osize stand for
     * what brings a family of -O0 to what -O lowers, and for what -O runs on netlists.  Known
     * names, see tc_passes_known. */
    const char *named;
    /* Run each circuit that a pass gives beside the one that it was given: on all inputs
     * up to TC_CHECK_BITS bits, else on random ones, see tc_passes_same. */
    bool check;
    uint64_t vectors, seed; /* of random ones, 0: as many as TC_CHECK_...; UINT64_MAX: all */
    /* of check: 64 * words inputs, from number `first` on, as tc_family_run has them;
     * NULL: any bits */
    void (*inputs)(void *ctx, uint64_t first, size_t words, uint64_t *in);
    struct tc_trail *trail; /* where passes of netlists say why, see below; may be NULL */
    /* called behind every pass; false and an error end it all; may be NULL */
    bool (*after)(void *ctx, const struct tc_pass *, union tc_circuit, struct tc_error *);
    void *ctx;
};

struct tc_pass {
    const char *name, *help;
    enum tc_pass_level level;
    const char *requires, *keeps, *grows; /* its contract */
    /* One of them, by level.  The circuit itself if there is nothing to do; else a new
     * one, and the caller frees the old; NULL and an error if what is asked for cannot be
     * had.  Inputs and outputs keep their number and order. */
    struct tc_family *(*run_family)(struct tc_family *, const struct tc_pass_options *,
                                    struct tc_error *);
    struct tc_netlist *(*run_netlist)(struct tc_netlist *, const struct tc_pass_options *,
                                      struct tc_error *);
};

/* dce.c, split_weights.c, ...: tc_pass_NAME of families, tc_net_NAME of netlists.
 * split-weights, majority: TC_ELIMIT, with the bank's name, where it cannot be had. */
#define FAMILY(function, ...)                                                                      \
    struct tc_family *tc_pass_##function(struct tc_family *, const struct tc_pass_options *,       \
                                         struct tc_error *);
#define NETLIST(function, ...)                                                                     \
    struct tc_netlist *tc_net_##function(struct tc_netlist *, const struct tc_pass_options *,      \
                                         struct tc_error *);
#define PIPELINE(...)
#define EARN(...)
#include "passes.def"
#undef FAMILY
#undef NETLIST
#undef PIPELINE
#undef EARN

/* manager.c */
extern const struct tc_pass tc_passes[];
extern const unsigned tc_npasses;

const struct tc_pass *tc_pass_find(const char *name, size_t length); /* or NULL */
const char *tc_pipeline(enum tc_level, enum tc_pass_level); /* names between commas; or "none" */
bool tc_pipeline_has(enum tc_level, const struct tc_pass *);
/* whether each of the names is known; if not, *unknown is the first that is not, which
 * goes on to the next comma */
bool tc_passes_known(const char *named, const char **unknown);
/* whether some pass of that level is named, other than by O1 and such */
bool tc_passes_named(const struct tc_pass_options *, enum tc_pass_level);

struct tc_pass_record { /* what a pass did; numbers in the arena of the log */
    const struct tc_pass *pass;
    bool changed;
    unsigned depth[2]; /* before, after */
    mpz_ptr gates[2], wires[2], max_weight[2], max_fan_in[2];
    double seconds;
};

struct tc_pass_log { /* in the order in which they ran */
    unsigned n, room;
    struct tc_pass_record *record;
};

/* One pass, on a circuit whose counts are *count (NULL: nothing is counted), which it
 * replaces and frees: also where an error follows, so that the caller frees what there is.
 * The invariants of the new one are checked (TC_ECHECK), and more if the options say so. */
bool tc_pass_run(struct tc_arena *, const struct tc_pass *, union tc_circuit *,
                 const struct tc_pass_options *, struct tc_count *, struct tc_pass_log *,
                 struct tc_error *);

/* Runs the passes that the options name, or those of their -O, on *family or *netlist,
 * which it replaces and frees as it goes; and split-weights where weights are bounded.
 * *count is that of the last circuit; NULL if nothing is to be counted, which can take
 * longer than all else.  The log goes on from where it was, in the arena. */
bool tc_passes_run(struct tc_arena *, struct tc_family **family, const struct tc_pass_options *,
                   struct tc_count *count, struct tc_pass_log *, struct tc_error *);
bool tc_passes_run_netlist(struct tc_arena *, struct tc_netlist **, const struct tc_pass_options *,
                           struct tc_count *count, struct tc_pass_log *, struct tc_error *);

/* trail.c, trail_check.c -- proofs by steps
 *
 * A trail for passes that begin with this netlist; NULL if it is too large.  Behind the passes,
 * tc_trail_check marks outputs that it proves equal in `before` and `after`: from the steps
 * that passes claim to have made, each of which it proves for itself.  Nothing is said of the
 * others, nor of any where the trail had more than 2^27 edges; seconds: no step is begun later.
 * *steps: how many claims were proved. */
struct tc_trail *tc_trail_new(const struct tc_netlist *);
void tc_trail_free(struct tc_trail *);
bool tc_trail_check(struct tc_trail *, const struct tc_netlist *before,
                    const struct tc_netlist *after, double seconds, unsigned char *same,
                    uint64_t *steps, struct tc_error *);

/* same.c -- two circuits on the same inputs
 *
 * False, with TC_ECHECK and the first output that differs and its inputs, or with what
 * kept them from running.  Random inputs are weighted: of 64 vectors each, the share of
 * ones is 1/2 in every second, else from 1/64 to 63/64. */
#define TC_CHECK_BITS    20
#define TC_CHECK_FAMILY  1024 /* vectors */
#define TC_CHECK_NETLIST 10048
bool tc_passes_same(enum tc_pass_level, union tc_circuit before, union tc_circuit after,
                    const struct tc_pass_options *, struct tc_error *);
/* how many inputs that tries, and whether these are all */
uint64_t tc_check_vectors(enum tc_pass_level, uint64_t ninputs, const struct tc_pass_options *,
                          bool *all);

#endif
