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
    void (*ranges)(struct wide *); /* of sum's rows, which has its constant and bits by then */
};

/* all bits, or the number rounded and saturated: one layer, and the results' gates */
void wide_result(struct wide *);
/* add, sub, sum, neg, mul, dot */
bool wide_linear(struct wide *);
/* prod; false: refused, with the error set */
bool wide_product(struct wide *);
/* the integer of a constant operand's word */
void wide_constant(const struct tc_prim *, unsigned k, mpz_ptr);
/* least and largest number of the format */
void wide_bounds(const struct tc_format *, mpz_ptr low, mpz_ptr high);

#endif
