/* lower.h -- the words that lowering is written in
 *
 * Three kinds of value, from the least to the most committed:
 *
 *   steps  a step function of an integer form, no gates yet.  Roundings and
 *          functions compose on it for nothing.
 *   chain  its gates, one a step: [form >= at[0]] ... [form >= at[n-1]].  The
 *          value, and any function of it, is a form over these gates.
 *   word   an integer as 0/1 forms with weights: offset + sum of
 *          weight[a] * bit(a).  What products are made of.
 *
 * CONSTRUCTIONS.md has the proofs.
 */
#ifndef TC_LOWER_H
#define TC_LOWER_H

#include "compiler.h"

#define TC_MOST_KEYS  3
#define TC_MOST_WORDS 4
/* the table regime makes 2^bits - 1 thresholds a rounding */
#define TC_TABLE_MAX_BITS 16

struct lowering {
    const struct tc_spec *spec;
    const struct tc_options *options;
    struct tc_family *family;
    struct tc_error *err;
    unsigned bits, fraction;
    const char *component; /* of banks made from now on */
    const char *prefix;    /* of their names, "" or "attention0." */
    const struct tc_index *bit_index[TC_MOST_WORDS]; /* the last one made of each place */
};

/* ----------------------------------------------------- steps.c: step functions */

/* value[k] where at[k-1] <= form < at[k]; at increases strictly */
struct steps {
    struct tc_form form;
    unsigned n;
    mpz_ptr *at;     /* n */
    int64_t *value;  /* n + 1 */
};

/* round(form * multiply / divide), or / sqrt(divide): nearest, ties to even,
 * clamped to bits-bit two's complement.  multiply, divide > 0.  Only values
 * that the form's range allows are kept; consecutive integers. */
struct steps steps_round(struct lowering *, struct tc_form, mpq_srcptr multiply, mpq_srcptr divide,
                         bool root);
/* the same where the form's unit is 2^-shift of the format's */
struct steps steps_shift(struct lowering *, struct tc_form, unsigned shift);
/* another function of the same form; steps of equal value are merged */
struct steps steps_map(struct lowering *, struct steps, int64_t (*fn)(void *, int64_t), void *);

/* The integer r nearest (ties to even, clamped) to 2^fraction * exp(s / 2^fraction). */
int64_t tc_exp_round(unsigned bits, unsigned fraction, int64_t s);
/* The same of 2^(2 fraction) / s; 0 has the largest value (0/0 does not occur). */
int64_t tc_recip_round(unsigned bits, unsigned fraction, int64_t s);
/* num / den, den > 0: nearest, ties to even, clamped. */
int64_t tc_div_round(unsigned bits, mpz_srcptr num, mpz_srcptr den);

/* -------------------------------------------------------- word.c: chains, words */

struct chain {
    const struct tc_plane *plane; /* NULL: constant */
    unsigned n;
    int64_t *value;      /* n + 1 */
    struct tc_form form; /* its value; free indices are the plane's axes */
};

struct word {
    struct tc_form bit;           /* 0/1, free in index a and others */
    const struct tc_index *a;
    const struct tc_table *weight;
    int64_t offset, lo, hi;       /* lo, hi: range of the value */
    struct tc_form value;         /* the same integer as a form */
};

struct guards {
    unsigned n;
    struct tc_guard guard[TC_MOST_KEYS];
};

/* Gates for the steps: depth 1, n gates a point.  symbol names n in formulas.
 * Guards that speak of indices the steps do not read are left out. */
struct chain chain_new(struct lowering *, struct steps, const char *name, const char *symbol,
                       const struct guards *, const char *note);
/* Another function of the chain's value: a form over the same gates. */
struct tc_form chain_map(struct lowering *, const struct chain *, const char *name,
                         int64_t (*fn)(void *, int64_t), void *);
/* Its bits: two's complement if some value is negative, else as few as needed. */
struct word word_of_chain(struct lowering *, const struct chain *);
/* A format word that is wires, such as an input: plane's last axis is the bit. */
struct word word_of_wires(struct lowering *, const struct tc_plane *, const struct tc_axis *at);
/* index replaced everywhere */
struct word word_at(struct lowering *, struct word, const struct tc_index *from,
                    struct tc_axis to);
struct word word_at_index(struct lowering *, struct word, const struct tc_index *from,
                          const struct tc_index *to);

/* Product of words without offset (but the last may have one, which is left
 * out: the product is with value - offset): one layer of ANDs, product of the
 * words' bit counts a point.  At one word it is the word itself, no gate. */
struct tc_form product(struct lowering *, const char *name, unsigned n, const struct word *,
                       const struct guards *, const char *note);
/* steps times words, in ONE layer: gates [form + M(u + ...) >= at + mM], with
 * the word's bits u.  n(steps) * product of bit counts gates a point; and the
 * words' own product times value[0] where that is not 0. */
struct tc_form product_gated(struct lowering *, const char *name, struct steps, unsigned n,
                             const struct word *, const struct guards *, const char *note);
/* Bits of a non-negative integer offset + sum |w| y below 2^bits, given as the
 * ANDs of words: two layers (ANDs, carries). */
struct word product_word(struct lowering *, const char *name, unsigned n, const struct word *,
                         const char *note);
/* gates that product_word takes a point, and how many bits it gives */
void product_word_cost(unsigned n, const struct word *, unsigned *gates, unsigned *bits);
unsigned word_bits(const struct word *);

/* form summed over keys */
struct tc_form sum_over(struct lowering *, struct tc_form, unsigned n,
                        const struct tc_index *const *, const struct guards *);
const struct tc_table *table_of(struct lowering *, const char *name, unsigned n,
                                const int64_t *entries);
char *name_of(struct lowering *, const char *name);

#endif
