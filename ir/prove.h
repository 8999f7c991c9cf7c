/* prove.h -- inside ir/: proofs that expressions are not negative (prove.c) */
#ifndef TC_PROVE_H
#define TC_PROVE_H

#include "ir.h"

/* sign * expr + offset >= 0; with a plane, expr is over the plane's axes and
 * at says where along each it is read */
struct tc_goal {
    const struct tc_axis *expr;
    int sign;
    int64_t offset;
    const struct tc_plane *plane;
    const struct tc_axis *at;
};

struct tc_guards {
    unsigned n;
    const struct tc_guard *expr[96];
};

enum tc_proof { TC_PROVED, TC_REFUTED, TC_UNKNOWN };

#define TC_WITNESS 8
struct tc_witness { /* a point where the goal fails */
    unsigned n;
    const struct tc_index *ix[TC_WITNESS];
    int64_t at[TC_WITNESS];
};

/* budget: points that may still be tried, in all */
enum tc_proof tc_prove(const struct tc_goal *, const struct tc_guards *, int64_t *budget,
                       struct tc_witness *);

#endif
