/* float.h -- the words that operations of floats are written in
 *
 * A float operand is its wires.  Sign, exponent field, fraction bits and key (the
 * magnitude's word, in the order of the magnitudes) are forms over them, at depth
 * 0.  A result is a sign, a key and a NaN flag, forms again; what is beyond the
 * format shows in the key and is clamped only where gates are made of the bits.
 */
#ifndef TC_FLOAT_H
#define TC_FLOAT_H

#include "carries.h"
#include "prim.h"
#include "prim_words.h"

struct fl {
    struct lowering low;
    const struct tc_prim *prim; /* NULL within a model */
    const struct tc_format *f;
    const struct tc_plane *x;       /* prim's operands: [i, a] */
    const struct prim_words *words; /* the same with constants, of prod and max; or NULL */
    unsigned p, q;
    /* keys, which fit because p + q <= 62 in the table regime; wider formats use mpz */
    int64_t hidden; /* B = 2^(p-1), the key of the least normal number's field 1 */
    int64_t least;  /* key of the least positive number: 1 or B */
    int64_t last;   /* of the largest finite one */
};

/* a word that is wires: the plane's axes but the last, which is the bit */
struct fl_word {
    const struct tc_plane *plane;
    struct tc_axis at[6];
    const struct prim_words *words; /* prim's operands, where some are constants; or NULL */
};
/* prim's operand i: a number or over an index */
struct fl_word fl_operand(struct fl *, struct tc_axis i);
struct tc_form fl_sign(struct fl *, struct fl_word);                           /* 0/1 */
struct tc_form fl_fraction_bit(struct fl *, struct fl_word, struct tc_axis a); /* 0/1; a <= p-2 */
struct tc_form fl_fraction(struct fl *, struct fl_word);                       /* 0 .. B-1 */
struct tc_form fl_field(struct fl *, struct fl_word);                          /* 0 .. 2^q-1 */
struct tc_form fl_key(struct fl *, struct fl_word); /* field B + fraction; p + q <= 62 */

/* one gate [x >= at] a point, as a 0/1 form */
struct tc_form fl_gate(struct fl *, const char *name, struct tc_form x, int64_t at,
                       const char *note);
/* the sum of two signs modulo 2, by a gate [both are 1]; `both`: what that says */
struct tc_form fl_sign_of_two(struct fl *, struct tc_form sum, const char *both);
/* a bank with thresholds at[0] < ... < at[n-1] (or <=), as a plane with a chain (n > 1) */
const struct tc_plane *fl_bank(struct fl *, const char *name, struct tc_form x, unsigned n,
                               const mpz_ptr *at, const char *note);
/* base + sum over the chain of weight[t] gate t, any integers, claimed within lo..hi */
struct tc_form fl_weigh(struct fl *, const struct tc_plane *, unsigned n, const int64_t *weight,
                        int64_t base, int64_t lo, int64_t hi);
struct tc_form fl_weigh_mpz(struct fl *, const struct tc_plane *, unsigned n,
                            const mpz_ptr *weight);

/* ---------------------------------------- float_decode.c: a word to its number
 *
 * name: of its banks.  Infinities and NaN have a number too, of at most
 * fl_largest_value + B; codes that mean nothing do not occur. */

/* the signed number in units of 2^low, exactly: one layer, fl_value_cost gates */
struct tc_form fl_value(struct fl *, const char *name, struct fl_word);
uint64_t fl_value_cost(const struct fl *);
void fl_largest_value(struct fl *, mpz_ptr);
/* twice that, in two layers and fewer gates: fields of more than 2 bits */
bool fl_can_split(const struct fl *);
struct tc_form fl_value_two(struct fl *, const char *name, struct fl_word);
uint64_t fl_value_two_cost(const struct fl *);
/* one gate each on the wires: infinity of this sign or any NaN; NaN; zero */
struct tc_form fl_is_infinite(struct fl *, const char *name, struct fl_word, bool minus);
struct tc_form fl_is_nan(struct fl *, const char *name, struct fl_word);
struct tc_form fl_is_zero(struct fl *, const char *name, struct fl_word);

/* A result: the number (-1)^sign V(key).  key <= 0 (or below the least key, where the
 * format has no subnormals) is zero, key > last is infinity, or the largest number
 * where there is none; nan >= 1 is NaN whatever the rest says. */
struct fl_result {
    struct tc_form sign; /* 0/1 */
    struct tc_form key;
    /* where not 0: key is high and these parts, of which fewer carries come */
    unsigned npart;
    struct carry_part part[2];
    struct tc_form high;
    bool has_nan;
    struct tc_form nan; /* >= 0 */
    /* where underflow is TC_NEAREST and keys below the least number's, 0 among them, occur:
     * >= 1 iff the number is above half of the least one */
    bool has_half;
    struct tc_form half;
};
/* The result's word as gates, in two layers of component "output": the bits of the key
 * by carries (float_bits), with comparisons of the key with its bounds; then a gate a bit. */
void fl_output(struct fl *, const char *name, struct fl_result);
void fl_largest(const struct tc_format *, mpz_ptr key); /* of the largest finite number */

/* float_bits.c: bits 0 .. bits-1 of form - base (NULL: 0), in one layer; two's complement if it is
 * negative. Chains that a term sums over whole count as one number each, so that a chain alone, or
 * the lowest bits of it, take no gate.  At most 3 indices a term. */
struct tc_form float_bits(struct lowering *, const char *name, struct tc_form, mpz_srcptr base,
                          unsigned bits, const struct tc_index **a, const char *note);
/* bits first .. bits - 1 alone, *i from 0 on, of the form and of parts that are not negative */
struct tc_form float_bits_with(struct lowering *, const char *name, struct tc_form, mpz_srcptr base,
                               unsigned nmore, const struct carry_part *more, unsigned first,
                               unsigned bits, const struct tc_index **i, const char *note);
struct tc_form float_bits_from(struct lowering *, const char *name, struct tc_form, mpz_srcptr base,
                               unsigned first, unsigned bits, const struct tc_index **i,
                               const char *note);

/* The signed keys of S 2^unit, S an exact integer: thresholds of every reachable key, to
 * nearest, ties to even.  past: keys go one further, to infinity.  steps of at most 2^24. */
struct steps steps_float(struct lowering *, const struct tc_format *, struct tc_form S,
                         int64_t unit, bool past);
/* least integer n with n 2^unit rounded to at least key > 0, and to more than key (<= 0) */
void float_threshold(const struct tc_format *, int64_t key, int64_t unit, mpz_ptr at);
/* The middle of the numbers below and at key > 0, in quarters of 2^low, and whether it is
 * rounded up to key: to the even one.  A tie at the half of the least number goes to 0;
 * one of FLUSH below the least normal number, between 2^p - 1 and 2^p halves, goes up. */
void float_middle(const struct tc_format *, int64_t key, mpz_ptr quarters, bool *up);
/* the key after key >= 0: the least one after 0 */
int64_t float_next(const struct tc_format *, int64_t key);
/* V(key) in units of 2^low, key >= 0 finite or one past the last */
void float_magnitude(const struct tc_format *, int64_t key, mpz_ptr);

/* value.c: the signed key nearest to an mpfr_t, saturating; to 1 */
int64_t float_key_of_bound(const struct tc_format *, const void *mpfr);
int64_t float_key_of_one(const struct tc_format *);

/* rope_float.c: bounds of cos or sin of position * base^(-2 pair / width), 2^-64 <= base <= 2^64,
 * position not 0; mpfr_t of one precision, k bits: within 2^(9-k) of each other, relative to the
 * angle, and 2^(1-k) */
void rope_turn(mpq_srcptr base, int64_t width, int64_t position, int64_t pair, bool sine, void *low,
               void *high);
/* rope_float.c: of cos or sin of position * base^(-2 pair / width), 2^-64 <= base <= 2^64 */
int64_t rope_float_key(const struct tc_format *, mpq_srcptr base, int64_t width, int64_t position,
                       int64_t pair, bool sine);

/* float_raw.c: words that are input wires, within a model
 *
 * Its numbers at the next level: steps of the word's values, in the order of the words; the
 * word as a sum of gates (2 p top of them), both at depth 1.  At most 62 bits. */
struct steps raw_steps(struct lowering *, const struct fl_word *);
struct word raw_word(struct lowering *, const struct fl_word *, const char *name);
/* the sum over v of the words for which the condition is `most`: one of them; as raw_word */
struct word raw_selected(struct lowering *, const struct fl_word *, const char *name,
                         struct tc_form condition, int64_t most, const struct tc_index *v,
                         const char *note);
/* 4 x y in one layer: about 12 p^2 2^q gates */
struct tc_form raw_product(struct lowering *, const char *name, const struct fl_word *x,
                           const struct fl_word *y, const char *note);

/* prim_float_sum.c: a sum S of exact numbers in units of 2^unit, rounded once.  It has nway
 * constructions; what they cost is without the rounding. */
struct fl_sum {
    unsigned n; /* terms, constants too */
    /* terms that are infinite of this sign, or NaN on both sides, once or twice each; terms
     * that are NaN whatever these say */
    struct tc_form plus, minus, nan;
    struct tc_form signs;   /* terms of sign 1; where there are signed zeros */
    mpz_ptr constant, most; /* S is within most of constant */
    int64_t unit;
    unsigned nway;
    struct cost way[3]; /* by increasing depth */
    bool twice[3];      /* it gives 2 S */
    bool align;         /* fl_align is one more */
    struct tc_form (*value)(struct fl *, const struct fl_sum *, unsigned way); /* no constant */
    void *ctx;
};
bool fl_round_sum(struct fl *, const struct fl_sum *);
bool fl_lower_dot(struct fl *);

/* prim_float_align.c: add or sub of two operands, form depth 2; plus and minus count the
 * operands that are infinite of each sign or NaN, in the sum.  *sum has the sign of the
 * result, and is 0 where that is 0; r->sign is set where there is one zero only. */
bool fl_can_align(const struct fl *);
uint64_t fl_align_cost(struct fl *);
void fl_align(struct fl *, struct tc_form plus, struct tc_form minus, struct fl_result *r,
              struct tc_form *sum);

/* prim_float_*.c; false: refused, with the error set */
bool fl_lower_sum(struct fl *);      /* add, sub, sum, dot */
bool fl_lower_product(struct fl *);  /* mul */
bool fl_lower_quotient(struct fl *); /* div */
bool fl_lower_order(struct fl *);    /* lt, le, eq, max, argmax, maxarg */
bool fl_lower_function(struct fl *); /* one operand */
bool fl_lower_constant(struct fl *); /* mul, div, the last operand constant */
bool fl_lower_softmax(struct fl *);
bool fl_lower_norm(struct fl *);

/* prim_arith_*.c: circuits of a size polynomial in p; false: refused, with the error set */
bool fl_arith_product(struct fl *); /* mul */
bool fl_arith_sum(struct fl *);     /* add, sub */
/* sum, dot; divided by `divide`, if it is not 0 */
enum fl_places {
    FL_ANY_PLACES, /* what -O asks for */
    FL_EXPONENTS,  /* of the terms, in one number */
    FL_CUT_GAPS,   /* the same, with the gaps between exponents cut off */
};
bool fl_arith_many(struct fl *, enum fl_places, unsigned divide);
/* the sum of products of half of the operands and the others, in two's complement, in units of
 * 2^(2 low); infinities and NaN count as some numbers.  Bits are gates: 4 or 6 layers and these */
bool fl_arith_exact_dot(struct fl *);
/* R(S 2^unit / divide) in units of 2^low, S operand 0 in two's complement of so many bits, divide
 * odd or NULL; NaN where operand 1's bit is 1, in formats with NaN.  With a divisor unit is -2 or
 * less.  4 layers. */
bool fl_arith_round(struct fl *, unsigned bits, mpz_srcptr divide, int64_t unit);
/* R(+-S 2^(E + unit)), S 0 or 2^p and more: bits[0] - 1 bits of S, and the sign, are operand 0,
 * operand 1 is E in two's complement of bits[1] bits.  4 layers, without subnormals 3. */
bool fl_arith_scale(struct fl *, const unsigned bits[2], int64_t unit);
bool fl_arith_quotient(struct fl *);      /* div, recip, sqrt */
/* R(x q), or by the root of q, or by that times -1, or of x^2; any q but 0, its sign apart */
struct fl_factor {
    mpq_srcptr q;
    bool root, minus, square;
};
bool fl_arith_multiple(struct fl *, const struct fl_factor *);
/* R(x + q) of x >= 0 below the field that is far, if it is not 0; from there on it is x, and
 * everywhere if q is as good as none */
bool fl_arith_plus(struct fl *, mpq_srcptr q);
int64_t fl_plus_far(const struct tc_format *, mpq_srcptr q);
bool fl_plus_is_none(const struct tc_format *, mpq_srcptr q);
bool fl_lower_products(struct fl *);      /* prod */
bool fl_lower(struct fl *);               /* prim_lower.c: what prim lowers floats by */
bool fl_by_steps(const struct tc_prim *); /* softmax and norm are lowered by steps */
bool fl_lower_steps(struct fl *);
bool fl_lower_series(struct fl *); /* exp, exp2, log, sin, cos */
bool fl_lower_pieces(struct fl *); /* sigmoid, tanh, silu, gelu, gelu-tanh */

#endif
