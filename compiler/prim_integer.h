/* prim_integer.h -- operations of fixed and unsigned numbers of at most 60 bits
 *
 * What comes out of the constructions is forms; il_output makes gates of them.  What
 * says so is of any width.
 */
#ifndef TC_PRIM_INTEGER_H
#define TC_PRIM_INTEGER_H

#include "lower.h"
#include "prim.h"
#include "prim_words.h"

struct prim_lowering {
    struct lowering low;
    const struct tc_prim *prim;
    const struct tc_plane *x;       /* operands: [i, a] */
    const struct prim_words *words; /* the same with constants, of prod and max; or NULL */
    bool word;                      /* the result is one plane, its sign the last bit */
};

/* prim_lower.c */
int64_t il_constant(const struct tc_prim *, unsigned i);
struct tc_form il_bit(struct prim_lowering *, struct tc_axis i, struct tc_axis a);
struct tc_form il_value(struct prim_lowering *, struct tc_axis i); /* operand i */
struct tc_bank *il_bank(struct prim_lowering *, const char *name, struct tc_form x,
                        struct tc_form theta, const char *note);
/* gates [x >= 1] of 0/1 forms (or forms that are below 1 for 0) */
void il_output(struct prim_lowering *, const char *name, struct tc_form x);

/* prim_lower.c: an operation that others are made of, its result a word.  Sums are R((scale S +
 * add) / divide), NULL: 1, 0, 1; which operands of a quotient may be negative.  false: refused */
struct il_step {
    mpz_srcptr scale, add, divide;
    bool minus[2];
    unsigned bits[2]; /* of a quotient's operands, a sign with them; 0: the format's */
    unsigned down;    /* R(x / (y 2^down)); y is not negative */
};
bool il_lower_step(struct prim_lowering *, const struct il_step *);

void il_linear(struct prim_lowering *);   /* prim_linear.c: add, sub, sum, dot, mul, neg */
void il_function(struct prim_lowering *); /* prim_function.c: of one operand, constants put in */
void il_simple(struct prim_lowering *);   /* prim_simple.c: relu, floor, abs of any width */
bool il_pieces(struct prim_lowering *);   /* prim_pieces_fixed.c; false: refused */
void il_quotient(struct prim_lowering *); /* prim_function.c */
void il_compare(struct prim_lowering *);  /* prim_order.c: lt, le, eq */
void il_max(struct prim_lowering *);      /* prim_order.c: max, argmax, maxarg */

#endif
