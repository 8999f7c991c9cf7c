/* series.h -- what exp, log, sin and cos of floats by truncated series share
 *
 * SPEC.md, "Functions by series", is the definition; CONSTRUCTIONS.md has the proofs.
 */
#ifndef TC_SERIES_H
#define TC_SERIES_H

#include "arith.h"

struct series {
    struct fl *l;
    struct ar_operand x;
    struct tc_series size;
    struct tc_form field, sign;
    struct ar_special special;
};

/* Bits of the argument's significand, as chains in its exponent: |x|, or x, in units of
 * 2^-below; place[k]: what stands in for 2^k there, at most `most` (NULL: 2^k).  One layer;
 * fields of 2^span and more count as the last one before. */
struct tc_form series_argument(const struct series *, bool with_sign, const mpz_ptr *place,
                               mpz_srcptr most);
/* bits from `first` on, of bits free in a, over i */
struct tc_form series_bits(const struct series *, struct tc_form bit, const struct tc_index *a,
                           unsigned first, const struct tc_index *i);
/* sum of bit i 2^(i + shift) over i */
struct tc_form series_number(const struct series *, struct tc_form bit, const struct tc_index *i,
                             unsigned shift);
/* gates [x >= at], where the guards hold */
struct tc_form series_gates(const struct series *, const char *name, struct tc_form x, int64_t at,
                            unsigned nguard, const struct tc_guard *, const char *note);
/* gates [x >= t + 1], t < n, free in *t */
struct tc_form series_pieces(const struct series *, struct tc_form x, unsigned n,
                             const struct tc_index **t);
/* Q = sum of bit b 2^b, in units of 2^-w, to nearest even: its word's key is 0 where Q = 0.
 * Two layers: how long Q is, then the bits selected and rounded. */
void series_round(const struct series *, struct tc_form bit, const struct tc_index *b,
                  struct fl_result *);

bool fl_series_log(const struct series *);    /* prim_series_log.c */
bool fl_series_circle(const struct series *); /* sin, cos: prim_series_circle.c */

#endif
