/* led.h -- what quotients of sums of numbers that are far apart are made of
 *
 * word_far.c and word_far_shifted.c; CONSTRUCTIONS.md, "Floats of many exponents".
 */
#ifndef TC_LED_H
#define TC_LED_H

#include "cut.h"
#include "far.h"
#include "ratio.h"

/* the terms of a sum side by side */
struct placed {
    struct lowering *L;
    const char *name;
    int64_t n;
    const struct tc_index *z; /* terms, two at least */
    struct number x, e;       /* free in z; x 2^(e + up) is the term */
    int64_t up;
    struct tc_form beyond;
    struct cut cut;
    struct number at; /* in two's complement, at its place; free in z */
};

/* at their places, of which the gaps are cut off so that the sum's p leading bits are right */
bool far_place(struct placed *, struct lowering *, const struct far_sum *, unsigned p,
               unsigned step);
/* the terms at their places, negative ones (turned: not) apart */
void far_placed_terms(struct placed *, const struct far_sum *, bool turned, struct exact *);

struct led {
    struct placed p;
    struct tc_form sign;    /* of the sum, which may be negative; else 0 */
    struct leading leading; /* of its magnitude */
    struct number e;        /* it is 2^(e - 1) times a number from 1 up to 2, and 2^p.up */
};

/* no term is a negative one: what is multiplied is the terms as they stand */
bool far_all_plus(const struct far_sum *);
/* n bits of the sum from its leading one, or pair (step 2), on; signs: it may be negative */
void far_lead(struct led *, struct lowering *, const struct far_sum *, unsigned n, bool signs,
              unsigned step);

/* [x >= 1 and the sign is 0], or is 1 */
struct tc_form far_of_sign(struct lowering *, const char *name, const char *what, struct tc_form x,
                           struct tc_form sign, bool minus);
/* x, or 2 x and this bit (up), and the sign above it */
struct number far_with_sign(struct lowering *, const struct number *x, unsigned up,
                            struct tc_form low, struct tc_form sign);
/* R(z 2^(e + up)), z with its sign above it, in units of the format's least */
struct number far_scaled(struct lowering *, const char *name, struct number z, struct number e,
                         int64_t up);
/* an even integer in two's complement, halved */
struct number far_half(struct lowering *, struct number);

/* +-(the sum's)^2 2^add 2^(*e) times another sum's terms, in units of 2^up: squares, and twice the
 * products of two terms.  No term of the sum is a negative one. */
struct far_square {
    const struct placed *x, *by; /* by, e NULL: none */
    const char *name;
    const struct number *e;
    int64_t add, up;
    bool minus;
};
bool far_square_terms(const struct far_square *, struct far_sum *);

/* word_total.c: the sum over z of words in two's complement, in it, of any width; 1 in `minus`: the
 * word is taken off */
struct number words_total(struct lowering *, const char *name, struct number x,
                          const struct tc_index *z, const int64_t *minus);

#endif
