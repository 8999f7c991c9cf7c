/* arith.h -- what the arithmetic regime of floats is written in
 *
 * Everything here has a size polynomial in p, and keys of any width.
 */
#ifndef TC_ARITH_H
#define TC_ARITH_H

#include "float.h"

/* false: refused, with the error set */
bool fl_arith_root(struct fl *);            /* sqrt */
bool fl_arith_reciprocal_root(struct fl *); /* rsqrt */

/* A float operand at depth 0.  Its exponent field is E; of fields 0, where the format has
 * subnormals, the exponent is that of field 1. */
struct ar_operand {
    struct fl *l;
    unsigned i; /* prim's operand, wires or a constant */
};
struct tc_form ar_bit(struct ar_operand, struct tc_axis a); /* of the word; 0/1 */
struct tc_form ar_sign(struct ar_operand);
struct tc_form ar_number(struct ar_operand, unsigned first, unsigned n); /* bits as a number */
struct tc_form ar_field(struct ar_operand);    /* E: 0 .. 2^q-1 */
struct tc_form ar_fraction(struct ar_operand); /* 0 .. 2^(p-1)-1 */
struct tc_form ar_key(struct ar_operand);      /* E 2^(p-1) + fraction */

/* sums of what is mostly small */
struct tc_form ar_plus(struct fl *, struct tc_form, int64_t coef, struct tc_form);
struct tc_form ar_plus_si(struct fl *, struct tc_form, int64_t);
/* x + 2^k y */
struct tc_form ar_plus_shifted(struct fl *, struct tc_form x, unsigned k, struct tc_form y);
/* gates [x >= at], one for each point of x's free indices */
struct tc_form ar_gate(struct fl *, const char *name, struct tc_form x, mpz_srcptr at,
                       const char *note);
struct tc_form ar_gate_si(struct fl *, const char *name, struct tc_form x, int64_t at,
                          const char *note);
/* [x >= at and all of m], for 0/1 forms summed in m: by a mask, whose weight is larger than
 * at - x ever is */
struct tc_form ar_masked(struct fl *, const char *name, struct tc_form x, mpz_srcptr at,
                         unsigned m, struct tc_form mask, const char *note);
mpz_ptr ar_mpz(struct fl *, int64_t);
/* |x| cut off below 2^-below, in units of that: a layer of chains in the exponent.  Fields of
 * 2^span and more count as the last one before. */
struct tc_form ar_argument(struct fl *, struct ar_operand, int64_t span, unsigned below);

/* what an operand is beyond a finite number: 0/1 forms of depth at most 1 */
struct ar_special {
    bool any;              /* the format has infinities or NaN */
    bool has_infinity;
    struct tc_form beyond; /* infinite or NaN */
    struct tc_form nan;
};
struct ar_special ar_special(struct fl *, struct ar_operand, const char *name);
/* so much more makes any key of a result an infinity, so much less a zero */
void ar_beyond(const struct fl *, mpz_ptr);

/* A number to round.  N = sum of bit a 2^a is not negative; shift s = least .. least + n, a
 * form over gates one[1 .. n], of which as many are 1 as s is above the least: one
 * chain of thresholds, or several whose sum it is.  The rounded quotient is that of
 * N / 2^s, to nearest even: one layer.  ar_round gives it as a form, and as parts (which
 * leave bit p - 1 out where the number is normal). */
struct ar_rounding {
    struct carries bits;
    unsigned width;      /* bits of N */
    int least;
    const struct tc_index *k;   /* 0 .. n */
    struct tc_form chosen;      /* 0/1, free in k: s = least + k */
    unsigned n;
    mpz_srcptr divide;          /* the number is (N + low / divide), as carries have it; NULL: N */
    bool normal;
    bool sticky;         /* rest: >= 1 iff something below N was left out; < 2^rest_bits */
    struct tc_form rest;
    unsigned rest_bits;
};
struct tc_form ar_round(struct fl *, const struct ar_rounding *, struct carry_part part[2]);
/* its two parts: bits i of the quotient, [chosen and bit i + s] summed over s, as a part and a
 * number; and [chosen and bit s-1 and (bit s or anything below)] summed over s, 0 or 1.  Both
 * are 0 where no s is chosen, and hold of bits in two's complement too */
struct tc_form ar_selected(struct fl *, const char *name, const struct ar_rounding *,
                           struct carry_part *);
struct tc_form ar_rounded_up(struct fl *, const char *name, const struct ar_rounding *);
/* 0/1: N is not a multiple of 2^s (s at most bits.bits); one layer */
struct tc_form ar_inexact(struct fl *, const char *name, const struct ar_rounding *);
/* [s = least + k] from a chain [s >= least + 1 + t] of n gates; 0/1, free in *k */
struct tc_form ar_one_hot(struct fl *, const struct tc_plane *, unsigned n,
                          const struct tc_index **k);

/* A number S 2^exponent that is rounded to the result, S an exact integer below 2^width: its bits
 * are 0 .. width, the last one 0, and the form `length` is S 2^down, or a little more.  It is
 * shifted by `least` at least. */
struct ar_unrounded {
    struct tc_form bit, length;
    const struct tc_index *a;
    unsigned down, width;
    int least;
    struct tc_form exponent;
    /* what gates of the exponent read, where there are subnormals: itself; the field, where it is
     * max(field, floor) + unit; none, where it is the unit */
    enum { AR_EXPONENT, AR_FIELD, AR_UNIT } by;
    struct tc_form field;
    int64_t floor, unit;
    struct tc_form zero, infinite; /* 0/1s: the result is that */
    struct tc_form sign;
    struct ar_special special; /* NaN where it is */
};
/* Where its leading one is, or how far the exponent of subnormals is above the unit (one layer over
 * `length`, beside S's bits); bits selected and rounded (one); then fl_output */
void ar_output(struct fl *, const struct ar_unrounded *);

/* A significand shifted to its leading one: normal, at depth 0, or one layer more where there
 * are subnormals. */
struct ar_significand {
    struct tc_form value;     /* B .. 2B-1, also of 0 */
    struct tc_form bit;       /* 0/1, free in b */
    const struct tc_index *b; /* 0 .. p-1 */
    struct tc_form exponent;  /* it is value 2^(low + exponent - 1) */
    struct tc_form one;       /* it is not 0 */
    struct tc_form sign;
    struct ar_special special;
};

struct ar_significand ar_significand(struct fl *, unsigned operand, const char *name);

/* Digits, the highest first, as chains of gates. */
#define AR_MOST_DIGITS 200
#define AR_MOST_DIGIT  16 /* bits of one */
struct ar_digit {
    unsigned k;                   /* bits */
    int64_t base, n;              /* base + so many of n gates is its value */
    const struct tc_index *t;
    struct tc_form gate;          /* free in t */
    const struct tc_plane *large; /* the same gates where X >= Y, or NULL */
};

/* last + the digits, which stand one below the other from bit `place` - 1 downwards */
struct tc_form ar_digits(struct fl *, unsigned n, const struct ar_digit *, unsigned place,
                         struct tc_form last);
/* value[0] + sum of value[t + 1] - value[t] over gates t, as the digit's stands */
struct tc_form ar_digit_map(struct fl *, const struct ar_digit *, struct tc_form gate,
                            mpz_ptr *value);
/* bits 0 .. rows-1 of n digits as one number of so many bits, and its rests modulo 2^z,
 * z <= rows: functions of each digit */
struct carries ar_digit_bits(struct fl *, const struct ar_digit *, unsigned n, unsigned bits,
                             unsigned rows);
mpz_ptr *ar_powers(struct fl *, unsigned n); /* 2^0 .. 2^(n-1) */

/* Steps of a root r: r + c is still one of X iff what r leaves is at least slope r + square, which
 * are c and c^2, shifted; for n values c = 1, 1 + step, .. */
struct ar_root_steps {
    mpz_ptr *slope, *square, *over; /* over: what square has above the one before it */
};
struct ar_root_steps ar_root_steps(struct lowering *, int64_t n, unsigned step, unsigned slope,
                                   unsigned square);

/* Roots by digits.  0/1: the exponent of operand 0, low + p - 2 + that of its significand, is
 * odd; depth 1 at most. */
struct tc_form ar_odd_exponent(struct fl *);
/* A root, or one over it: what is added so that 0 and infinity, operand 0 being x, give 0 and
 * infinity, or the other way round.  Of NaN and of negative numbers NaN, a gate, in formats that have
 * it; in others 0 of negative ones. */
struct tc_form ar_root_specials(struct fl *, const struct ar_significand *x, bool reciprocal,
                                struct fl_result *);
/* gates: of the first digit p and `first` a threshold; of those between, a threshold
 * `alone` and `bit` a known bit of the root; of the last 1 */
struct ar_root_gates {
    double first, bit, alone;
};
/* digits of p bits in all, the highest first: as -O asks */
struct ar_root_plan {
    unsigned n, k[AR_MOST_DIGITS];
    double gates;
};
struct ar_root_plan ar_root_plan(struct fl *, struct ar_root_gates);

#endif
