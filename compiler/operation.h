/* operation.h -- rounded operations on words, at every point of their indices
 *
 * A number is a word of a format: its bits are wires, entries of a table, or sums of such,
 * free in a bit's index and in those of points (tokens, coordinates, heads, ...).  An operation
 * is one of prim's, lowered as if it were alone, on stand-ins for its operands; then its banks
 * read the operands' bits in their place, at each of the points.  Every operation is rounded and
 * ends in gates of its bits.  CONSTRUCTIONS.md, "Operations out of operations".
 */
#ifndef TC_OPERATION_H
#define TC_OPERATION_H

#include "lower.h"
#include "prim.h"

#define TC_MOST_OVER TC_MOST_ORDER

struct number {
    struct tc_form bit; /* 0/1, free in a; a comparison's has no a */
    const struct tc_index *a;
    bool apart; /* the last bit is `sign`, and a goes over the others alone */
    struct tc_form sign;
    /* models of floats that are rounded by blocks: an integer in two's complement, no word; and a
     * form >= 0 that is 1 or more where it is infinite or NaN, or is made of such (else that is
     * read off the word) */
    bool exact, flagged;
    struct tc_form beyond;
    /* of these, products that are not at their places yet: the integer is that times 2^shift, a
     * form of 0 .. most; most 0: it stands for itself */
    struct tc_form shift;
    int64_t most;
    /* of formats of many exponents, in their stead: it is that times 2^(*place + up), a word */
    const struct number *place;
    int64_t up;
    bool plus; /* an exact integer without a sign: its last bit counts up */
};

/* what prim has no name for, of floats */
enum exact_step {
    OPERATION_OF_PRIM,
    OPERATION_DOT,  /* the sum over nover indices of operand[0] operand[1], an exact integer */
    OPERATION_ROUND, /* R(operand[0] 2^unit / divide) in units of the format's least; operand[0] an
                      * integer of bits[0] bits; NaN where the one bit of operand[1] is 1 */
    OPERATION_SCALE  /* R(operand[0] 2^(operand[1] + unit)), operand[0] a magnitude that is 0 or 2^p
                      * and more, and above it a sign, operand[1] in two's complement; of bits[0]
                      * and bits[1] bits */
};

struct operation {
    const char *name;      /* of its banks: name.bank */
    const char *component; /* NULL: the name */
    enum tc_op op;
    const struct tc_format *result; /* of the place of a largest; NULL: the operands' */
    unsigned nover; /* sums, largest: of all operand[0] over these indices, which are older */
    const struct tc_index *over[TC_MOST_OVER]; /* than the operation, as all points are */
    /* Sums, of one operand too (nover 0): R((scale S + add) / divide), S the sum; NULL: 1, 0, 1.
     * add is in units of 2^-fraction.  Of floats divide alone, up to 2^31. */
    mpz_srcptr scale, add, divide;
    /* Of one float: R(S times); R(S + more), S >= 0, below fl_plus_far.  NULL: neither. */
    const struct fl_factor *times;
    mpq_srcptr more;
    enum exact_step step;
    int64_t unit;
    bool steady;      /* sums of floats: one construction for any number of terms */
    bool plus[2];     /* quotients of fixed numbers: the operand is not negative, */
    unsigned bits[2]; /* and its bits with a sign, where they are not the format's; else 0 */
    unsigned down;    /* of fixed numbers: R(x / (y 2^down)) */
    struct number operand[2];
};

/* false: refused, with the error set */
bool operate(struct lowering *, const struct tc_format *, const struct operation *,
             struct number *result);

/* A sum of numbers, and of products of two, as exact integers in two's complement of any bits
 * (floats are none).  CONSTRUCTIONS.md, "Exact sums of words". */
#define TC_MOST_PRODUCTS 8

struct exact {
    const char *name; /* of its banks: name.bank */
    unsigned n;
    struct product {
        mpz_srcptr scale; /* NULL: 1 */
        unsigned nfactor, nover;
        struct number factor[2];
        const struct tc_index *over[TC_MOST_OVER]; /* indices that it is summed over */
    } term[TC_MOST_PRODUCTS];
    mpz_srcptr add, divide; /* NULL: 0, 1.  R((sum + add) / divide), divide > 0 */
    unsigned bits;          /* of the result, saturated; 0: as many as every sum needs */
    bool wraps;             /* the result is so many bits, 0 or more, modulo 2^bits */
};

/* scale times x, or x y (y NULL: x), summed over n indices, as one more term */
void exact_term(struct exact *, mpz_srcptr scale, const struct number *x, const struct number *y,
                unsigned n, const struct tc_index *const *over);
/* false: refused, with the error set.  An AND a pair of bits, and what a sum takes: 3 layers, of
 * numbers alone 2 */
bool operate_exactly(struct lowering *, const struct exact *, struct number *result);
/* 0/1: the sum and what is added to it are above 0, are below 0 (NULL: not wanted).  2 layers, of
 * numbers alone 1 */
bool exact_sign(struct lowering *, const struct exact *, struct tc_form *above,
                struct tc_form *below);
/* a word that is an exact integer, made of no infinity or NaN */
struct number number_integer(struct lowering *, struct number);
/* a number that is 0 or -1, in one bit, of a 0/1 form */
struct number number_minus(struct lowering *, struct tc_form);
/* the integer that its bits are, as they stand (plus) or in two's complement */
struct tc_form number_value(struct lowering *, const struct number *x, bool plus);
/* the word of x 2^k, and of the same x in two's complement of so many bits, if it has more or
 * fewer; no gates */
struct number number_shifted(struct lowering *, struct number x, unsigned k);
struct number number_narrowed(struct lowering *, struct number x, unsigned bits);
struct number number_widened(struct lowering *, struct number x, int64_t bits);

/* the word at plane[at..., a] */
struct number number_wires(struct lowering *, const struct tc_plane *, const struct tc_axis *at);
/* words in a table over axes of these extents */
struct number number_table(struct lowering *, const struct tc_format *, const char *name,
                           unsigned rank, const int64_t *extent, const uint64_t *word,
                           const struct tc_axis *at);
struct number number_at(struct lowering *, struct number, const struct tc_index *from,
                        struct tc_axis to);
/* all bits over one index */
struct tc_form number_bits(struct lowering *, const struct tc_format *, const struct number *,
                           const struct tc_index *a);
/* The word where n 0/1 forms are 1, else 0: a layer.  Points are those of word and forms. */
struct number number_masked(struct lowering *, const struct tc_format *, const struct number *,
                            unsigned n, const struct tc_form *mask, const char *name,
                            const char *note);
/* the word as gates of its bits, or of a 0/1 form added, at least `least` */
struct number number_gates(struct lowering *, struct tc_form bit, const struct tc_index *a,
                           int64_t least, const char *name, const char *note);
struct number number_gates_from(struct lowering *, struct tc_form bit, const struct tc_index *a,
                                mpz_srcptr least, const char *name, const char *note);
/* the same with its last bit apart */
struct number number_apart(struct lowering *, struct number);
/* 0/1, a layer or two: the word, which is not negative, is not 0; infinite words of formats whose
 * infinity is a result alone count as 0 */
struct tc_form number_positive(struct lowering *, const struct tc_format *, const struct number *,
                               const char *name);

#endif
