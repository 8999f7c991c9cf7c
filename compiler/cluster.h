/* cluster.h -- sums of many terms, rounded once, in a size polynomial in p, q and N
 *
 * A term is +-u_j 2^(E_j), u_j < 2^w: a float (w = p, E_j its exponent field), or the
 * product of two (w = 2p, E_j the sum of their fields).  It stands at a place c_j of one
 * integer S': c_j = E_j, or, where there are more exponents than that is good for, with the gaps
 * between them cut off.  Subnormal factors move a term up from its place.
 */
#ifndef TC_CLUSTER_H
#define TC_CLUSTER_H

#include "arith.h"
#include "cut.h"

struct cluster {
    struct fl *l;
    bool products;
    bool cut;       /* gaps are cut off */
    bool floor;     /* term n - 1 is 0 with the exponent `last` */
    unsigned terms; /* constants too; at least 2 */
    unsigned n;     /* the same, and the floor */
    unsigned bits;  /* w */
    int64_t top;    /* largest E_j */
    int64_t last;   /* E of the last place of the least normal number */
    bool mean;      /* the result is the sum by 2^halve N, N odd */
    unsigned halve;
    mpz_srcptr divide;  /* N, or NULL */
    unsigned more;      /* S' counted in 2^-more */
    bool exact;         /* what is rounded is an integer, no sum of floats, */
    int64_t unit;       /* in units of 2^unit of the format's least */
    unsigned gap, most; /* G, the largest place C */
    unsigned reach;     /* and the largest shift */
    unsigned width;     /* bits of |S' / N| */
    int least;          /* shifts s = least .. least + rows - 1 of the result */
    unsigned rows;
    unsigned step; /* R, where terms are shifted in two steps; else 0 */
    /* where there are constants, of each factor: an operand for each term, 1 if it is the
     * term, else 0 and bits */
    const struct tc_table *operand[2], *wire[2], *constant[2];
    struct cut gaps;
    const struct tc_index *j;
    struct tc_form place;      /* c_j, free in j */
    const struct tc_plane *at; /* [c_j >= t + 1] */
    const struct tc_index *sign_j;
    struct tc_form sign; /* of term sign_j */
    struct carry_sum s;
    struct tc_form value;                    /* S' */
    const struct tc_plane *side;             /* where S', and -S', begin */
    struct tc_form plus, minus, nan, beyond; /* how many terms are, or factors of terms */
};

/* prim_arith_cluster.c: the places, and what became of the exponents */

void cl_places(struct cluster *);
/* E_h - c_h of the highest term that is not above the sum */
struct tc_form cl_offset(struct cluster *);
/* how far the gaps are cut off, and what is left of all exponents */
void cl_gaps(struct cluster *);

/* prim_arith_terms.c: terms */

const struct tc_index *cl_term(struct cluster *); /* an index over all terms but the floor */
/* constants of the operands' words */
void cl_constants(struct cluster *);
/* bits of the words of factor `which`, over an index of terms */
struct tc_form cl_bit(struct cluster *, unsigned which, const struct tc_index *j, struct tc_axis a);
struct tc_form cl_key(struct cluster *, unsigned which, const struct tc_index *j);
struct tc_form cl_exponent(struct cluster *, const struct tc_index *j); /* E_j, the floor's too */
/* parts of c->s: the terms at their places */
void cl_terms(struct cluster *);
struct tc_form cl_sign(struct cluster *, const struct tc_index *j); /* of a term */
/* infinities and NaN among them */
void cl_specials(struct cluster *);

/* small words of all three */

const struct tc_plane *cl_bank(struct cluster *, const char *name, struct tc_form x,
                               const struct tc_index *chain, struct tc_form theta,
                               const struct tc_guard *guard, const char *note);
struct tc_form cl_thresholds(struct cluster *, const struct tc_index *t, int64_t first);
struct tc_form cl_place_of(struct cluster *, const struct tc_index *j);
/* coef S' of sign side: S' or -S' */
struct tc_form cl_turned(struct cluster *, const struct tc_index *side, int64_t coef);

#endif
