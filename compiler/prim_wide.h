/* prim_wide.h -- integer results of any width */
#ifndef TC_PRIM_WIDE_H
#define TC_PRIM_WIDE_H

#include "carries.h"
#include "prim.h"

struct wide {
    struct lowering *low;
    const struct tc_prim *prim;
    const struct tc_plane *x; /* operands: [i, a] */
    struct carry_sum sum;     /* the integer, and as a form */
    struct tc_form value;
    mpz_ptr least, most;           /* its range */
    unsigned shift;                /* fraction bits that the result has less */
    mpz_srcptr divide;             /* or what the integer is divided by; NULL: by nothing */
    mpz_srcptr scale, add;         /* of a sum: times this, and plus that; NULL: not */
    bool word;                     /* rounded: the sign is the last bit, not a gate of its own */
    unsigned bits[2];              /* of a quotient's operands; 0: the format's */
    unsigned down;                 /* its divisor is times 2^down */
    void (*ranges)(struct wide *); /* of sum's rows, which has its constant and bits by then */
};

/* Wires with weights of any sign as a part of the sum: w->least and w->most count them, and
 * sum.start has room for one a weight.  wide_ranges: of such parts. */
void wide_part(struct wide *, struct carry_part *, mpz_ptr *weight);
void wide_ranges(struct wide *);
/* all bits, or the number rounded and saturated: one layer, and the results' gates */
void wide_result(struct wide *);
/* add, sub, sum, neg, mul, dot; div by a constant other than 0; a sum by w->divide */
bool wide_linear(struct wide *);
/* div; which operands may be negative.  By digits: prim_wide_quotient.c */
void wide_quotient(struct wide *, bool minus_x, bool minus_y);
/* 1 / x, as a quotient */
void wide_reciprocal(struct wide *);
/* the square root of x, or its reciprocal: prim_wide_root.c */
void wide_root(struct wide *, bool reciprocal);
/* by the constant 0 */
void wide_quotient_zero(struct wide *);
/* prod; false: refused, with the error set */
bool wide_product(struct wide *);
/* the integer of a constant operand's word */
void wide_constant(const struct tc_prim *, unsigned k, mpz_ptr);
bool wide_is_zero(const struct tc_prim *); /* that of the first one */
/* least and largest number of the format */
void wide_bounds(const struct tc_format *, mpz_ptr low, mpz_ptr high);

#endif
