/* ratio.h -- leading bits of exact integers, and what short quotients of them are made of
 *
 * word_ratio.c and word_shifted_ratio.c; CONSTRUCTIONS.md, "Wide floats rounded by blocks".
 */
#ifndef TC_RATIO_H
#define TC_RATIO_H

#include "words.h"

/* an integer that is not negative */
struct leading {
    struct number x; /* all of its bits */
    const struct tc_index *t;
    unsigned step;           /* 1, or 2 where its root is taken: places of bits in pairs */
    struct tc_form at_least; /* [x >= 2^(step t)], free in t */
    struct number top;       /* its bits from the leading one on, as many as were asked for */
};

/* that of x with n bits on top */
struct leading leading_bits(struct lowering *, const char *name, struct number x, unsigned n,
                            unsigned step);
/* 0/1: what is below its n leading bits is not 0; step 1 */
struct tc_form leading_rest(struct lowering *, const char *name, const struct leading *,
                            unsigned n);
/* the place of its leading one, from 1 on; of 0 it is 0 */
struct tc_form leading_count(struct lowering *, const struct leading *);

struct ratio {
    struct lowering *L;
    const char *name;
    struct leading x, y;
    unsigned k;               /* the quotient of leading bits is 2^k times that of numbers 1 .. 2 */
    unsigned bits;            /* of these */
    struct number t;          /* that, rounded */
    const struct tc_index *d; /* how much higher x leads than y, from `least` on */
    int64_t least;
    struct tc_form apart; /* [at least least + d], free in d */
};

/* t, of x.top and y.top, or of the root of y.top, which has two bits more */
void short_quotient(struct ratio *);
/* 2 t + 1, 2 t, 2 t - 1 where the quotient is above, at, below t: 0/1 forms */
struct number ratio_odd(struct ratio *, struct tc_form above, struct tc_form below);
/* d, n places of it from `least` on, and the chain of what is apart */
void ratio_apart(struct ratio *, struct tc_form apart, int64_t least, unsigned n);
/* z at place j where the leading ones are first + j apart, at the last of `places` where they are
 * more; 0 where they are less */
struct number ratio_placed(struct ratio *, const struct number *z, int64_t first, unsigned places);
/* the sum over j of 2^j times the bits x, free in b and j, of which those of one j are not 0 */
struct number moved_up(struct lowering *, const char *name, struct tc_form x,
                       const struct tc_index *b, const struct tc_index *j, const char *note);
/* the root of a number that has an even number of places from its leading pair on, 2 more than
 * `bits`: as many, or the number past them */
struct number short_root(struct lowering *, const char *name, struct number, unsigned bits);
/* x y as a sum of ANDs, of numbers that are not negative; y NULL: x^2, of ANDs of bits a >= b,
 * a > b twice */
struct tc_form sum_of_ands(struct lowering *, const char *name, const struct number *x,
                           const struct number *y);
/* |x| of a number with a sign, as gates of as many bits; its sign */
struct number magnitude_of(struct lowering *, const char *name, const struct number *x);
struct tc_form sign_bit(struct lowering *, const struct number *x);

/* word_shifted_ratio.c: R(g / root(v) + b) of exact integers, to a float, v 0 or more;
 * 0 / 0 = 0 */
struct number words_float_by_root_plus(struct lowering *, const char *name, struct number g,
                                       struct number v, struct number b);

/* word_product.c: the sum of x y over n indices, of exact integers of any width whose bits are
 * wires; of what is infinite or NaN it says nothing */
struct number words_wide_dot(struct lowering *, const char *name, struct number x, struct number y,
                             unsigned n, const struct tc_index *const *over);

#endif
