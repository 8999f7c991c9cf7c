/* far.h -- numbers x 2^e that are far apart: sums of them, and quotients of sums, rounded once
 *
 * Both x and e are words.  A sum is one integer, the gaps between its terms cut off (cut.h), and
 * the exponent of that is a word again.  All are in units of the format's least, or of what was
 * multiplied.  CONSTRUCTIONS.md, "Floats of many exponents".
 */
#ifndef TC_FAR_H
#define TC_FAR_H

#include "words.h"

#define FAR_MOST_TERMS TC_MOST_PRODUCTS

/* a sum: all of a term over its indices */
struct far_sum {
    const char *name;
    unsigned n;
    struct far_term {
        struct number x; /* an exact number with its place, gates */
        bool minus;
        unsigned nover;
        const struct tc_index *over[TC_MOST_OVER];
    } term[FAR_MOST_TERMS];
};

/* a word of the format, a product of such, an integer: as a term */
struct number far_of(struct lowering *, const char *name, struct number);
/* a term times a number other than 0; that number */
struct number far_times(struct lowering *, const char *name, struct number, mpz_srcptr);
struct number far_constant(struct lowering *, const char *name, mpz_srcptr);
/* x + sign y + add, of places */
const struct number *far_exponent(struct lowering *, const char *name, const struct number *x,
                                  int sign, const struct number *y, int64_t add);
/* minus: of sums that are no part of a quotient or a square */
void far_term(struct far_sum *, const struct number *, bool minus, unsigned n,
              const struct tc_index *const *over);
/* R(x / 2^down); R(x / (y 2^down)), y 0 or more: 0 / 0 = 0 */
struct number far_rounded(struct lowering *, const struct far_sum *, int64_t down);
struct number far_quotient(struct lowering *, const char *name, const struct far_sum *x,
                           const struct far_sum *y, int64_t down);
/* R(x 2^up / root(y)), y 0 or more, its terms' places even, and far_even: 0 / 0 = 0 */
struct number far_by_root(struct lowering *, const char *name, const struct far_sum *x,
                          const struct far_sum *y, int64_t up);
/* TC_ELIMIT where a sum of so many terms is too long */
bool far_few(struct lowering *, const char *name, int64_t n);
/* word_far_shifted.c: R(x / root(y) + b), the same; y 0 only where x is and b is one number of the
 * format's bits.  No term of x, y, b is a negative one. */
struct number far_by_root_plus(struct lowering *, const char *name, const struct far_sum *x,
                               const struct far_sum *y, const struct far_sum *b);
/* each two of n terms, 2 or more, once: their axes over *pair */
bool far_pairs(struct lowering *, const char *name, int64_t n, const struct tc_index **pair,
               struct tc_axis at[2]);
/* the same number with an even x.up */
struct number far_even(struct lowering *, const char *name, struct number x);
/* the same number with an even place */
struct number far_even_place(struct lowering *, const char *name, struct number x);

#endif
