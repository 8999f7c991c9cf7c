/* cut.h -- places for terms whose exponents are too many for one word
 *
 * Terms +-u_j 2^(E_j), u_j < 2^w: sort the exponents and cut every gap between neighbours off at
 * G.  What is left are places c_j <= (n-1) G, and S' = sum of +-u_j 2^(c_j) is one integer of a
 * polynomial number of bits.  It has the sign of the sum S, and as S' begins where S does, relative
 * to the terms there, rounds to the same significand.  CONSTRUCTIONS.md, "Sums by cut gaps".
 */
#ifndef TC_CUT_H
#define TC_CUT_H

#include "lower.h"

struct cut {
    struct lowering *low;
    unsigned n;         /* terms, 2 or more */
    unsigned gap, most; /* G, the largest place C */
    const struct tc_index *j;
    struct tc_form exponent; /* E_j, free in j */
    struct tc_form place;    /* c_j, free in j */
    struct tc_form order;    /* [E_i - E_k >= t + 1 - G], i < k, free in these */
    const struct tc_index *i, *k, *t;
};

/* G and C: of terms of so many bits, of exponents that differ by `spread` at most, for a sum that
 * is rounded to p bits or divided by a number of so many more; step: of exponents that are
 * multiples of it all places are (1 or 2) */
void cut_sizes(struct cut *, unsigned bits, unsigned p, int64_t spread, unsigned step);
/* the places: two layers */
void cut_places(struct cut *);
struct tc_form cut_place(const struct cut *, const struct tc_index *j);
/* n + 1 where j is the highest of the terms that `reached` (0/1, free in j) is 1 of, else less */
struct tc_form cut_highest(const struct cut *, struct tc_form reached, const struct tc_index *j);
/* the place of that term: gates, a layer over both, of which so many are 1; free in j and *t */
struct tc_form cut_highest_place(const struct cut *, struct tc_form highest,
                                 const struct tc_index *j, const struct tc_index **t);

#endif
