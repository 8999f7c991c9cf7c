/* norm.h -- what the two roundings of a norm share
 *
 * Numbers are integers in units of 2^-fraction.
 */
#ifndef TC_NORM_H
#define TC_NORM_H

#include "carries.h"
#include "float.h"

/* formats whose values, or pairs of them, are so few that gates or entries of each are worth
 * a layer */
#define NORM_PAIR_BITS 8

/* a number a column, over in.column; tensor NULL: there is none */
struct norm_weight {
    const struct tc_tensor *tensor;
    const struct tc_plane *plane; /* NULL: constants */
};

struct norm {
    struct lowering *L;
    const struct tc_block *block;
    struct stream in;
    int64_t width;
    struct norm_weight gain, bias;
};

/* the form summed over the row */
struct tc_form norm_row(struct norm *, struct tc_form);
/* a weight that is constant, in a column: the value */
int64_t norm_constant(const struct norm *, const struct norm_weight *, int64_t column);
/* One that is wires, as a word and as a chain of its values: a layer over the columns. */
struct word norm_word(struct norm *, const struct norm_weight *);
struct chain norm_chain(struct norm *, struct word, const char *name);
/* parts * number, an integer, is the middle below r; strict: it is not rounded to r */
void norm_middle(const struct norm *, int64_t r, mpz_ptr times_parts, bool *strict);
unsigned norm_parts(const struct norm *);

/* norm_ratio.c: the gates that compare a number with multiples of another
 *
 *     [factor(e) x >= slope(e, t) d + constant(e, t) + turn_0(e, t) lift_0 + turn_1(e, t) lift_1]
 *
 * as a chain of value[0] .. value[n] at column e, or the same at all (rows = 1). */
struct ratio {
    struct norm *norm;
    const char *name, *note;
    struct tc_form x, d, lift[2];
    unsigned n;
    int64_t rows;
    int64_t *value;
    mpz_ptr *factor; /* [e] */
    struct ratio_gate {
        enum { RATIO_TEST, RATIO_ALWAYS, RATIO_NEVER } kind;
        mpz_ptr slope;
        int constant, turn[2];
    } *gate; /* [e][t] */
};
/* Room for so many gates; factors are 1, values and gates 0.  false: TC_ELIMIT. */
bool ratio_room(struct ratio *, struct norm *, int64_t rows, int64_t count);
/* the same for the values lo .. hi of the format */
bool ratio_init(struct ratio *, struct norm *, int64_t rows, int64_t lo, int64_t hi);
struct ratio_gate *ratio_gate(struct ratio *, int64_t row, unsigned t);
struct chain ratio_chain(struct ratio *);
/* The chain's value times the word, exactly, its gates masked by the word's bits: one
 * layer, and the bits' number of times the gates. */
struct tc_form ratio_times(struct ratio *, const struct word *);

struct stream norm_op(struct norm *);    /* norm_op.c: every step rounded */
struct stream norm_block(struct norm *); /* norm_block.c: the result alone */

#endif
