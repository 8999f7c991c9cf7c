/* prim_exact.h -- what the reference of one operation computes with: exact numbers
 *
 * Infinities, NaN and the signs of zeros follow IEEE 754; a format's rounding then
 * maps what it lacks: an infinity to the largest number of its sign, NaN to 0, -0
 * to 0.  Nothing here is shared with format.c or with lowering.
 */
#ifndef TC_PRIM_EXACT_H
#define TC_PRIM_EXACT_H

#include "compiler.h"

/* (-1)^minus num / den 2^e; of zeros and infinities only the sign matters */
struct exact {
    enum tc_class class;
    bool minus;
    mpz_t num, den; /* num >= 0, den > 0 */
    int64_t e;
};

void tc_exact_init(struct exact *); /* +0 */
void tc_exact_clear(struct exact *);
void tc_exact_set(struct exact *, const struct exact *);
void tc_exact_set_ui(struct exact *, unsigned long);
void tc_exact_special(struct exact *, enum tc_class, bool minus); /* infinite or NaN */
bool tc_exact_is_zero(const struct exact *);

/* The words: any width, limbs of 64 bits, least significant first.  x to a word: it
 * is an element of the format, as after tc_exact_round. */
void tc_exact_read(const struct tc_format *, const uint64_t *word, unsigned limbs, struct exact *);
void tc_exact_write(const struct tc_format *, const struct exact *, uint64_t *word, unsigned limbs);

/* x becomes the format's element for it: nearest, ties to even */
void tc_exact_round(const struct tc_format *, struct exact *x);

void tc_exact_add(struct exact *sum, const struct exact *x); /* denominators 1 */
void tc_exact_mul(struct exact *product, const struct exact *x);
void tc_exact_div(struct exact *quotient, const struct exact *x);
/* -1, 0, 1 as x < y, x = y, x > y; -0 = +0; no NaN, denominators 1 */
int tc_exact_compare(const struct exact *x, const struct exact *y);
bool tc_exact_same(const struct exact *, const struct exact *); /* elements of one format */

/* prim_reference_series.c: a finite x other than 0, positive for log, to the function */
struct tc_prim;
void tc_reference_series(const struct tc_prim *, struct exact *x);
/* prim_reference_pieces.c: a finite x other than 0 */
void tc_reference_pieces(const struct tc_prim *, struct exact *x);

#endif
