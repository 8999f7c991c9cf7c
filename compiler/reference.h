/* reference.h -- between the files of the reference evaluator, and their test */
#ifndef TC_REFERENCE_H
#define TC_REFERENCE_H

#include "compiler.h"

#include <mpfr.h>

/* reference.c: values of a function of two integers that were asked for before */
struct tc_memo {
    struct tc_memo_entry {
        int64_t arg[2], value[2];
        bool used;
    } * entry; /* malloc'ed; the owner frees it */
    size_t size, count; /* size a power of two, or 0 */
};

/* the two values at (a, b), good until the next put; NULL: not known */
const int64_t *tc_memo_get(const struct tc_memo *, int64_t a, int64_t b);
const int64_t *tc_memo_put(struct tc_memo *, int64_t a, int64_t b, int64_t u, int64_t v);

/* reference_layer.c: one attention with rounding="layer" */
struct tc_exact;

struct tc_exact *tc_exact_new(const struct tc_spec *, const struct tc_attention *);
void tc_exact_free(struct tc_exact *);
/* y from x, words as integers; weights W_Q, the W_K, the W_V */
void tc_exact_run(struct tc_exact *, const int64_t *x, const uint64_t *const *weights, int64_t *y);

/* reference_float.c: a model in a float format; width of its widest stream, and words
 * as tc_reference_run has them */
struct tc_reference_float;

struct tc_reference_float *tc_reference_float_new(const struct tc_spec *, int64_t width);
void tc_reference_float_free(struct tc_reference_float *);
void tc_reference_float_run(struct tc_reference_float *, const uint64_t *const *tensor,
                            uint64_t *out);

/* reference_real.c
 *
 * Words here are integers m that stand for m * 2^-fraction; results are to
 * nearest, ties to even, saturating. */

/* exp of a word */
int64_t tc_reference_exp(const struct tc_format *, int64_t word);
/* exp of s * 2^-unit times the scale */
int64_t tc_reference_exp_scaled(const struct tc_format *, mpz_srcptr s, unsigned long unit,
                                const struct tc_scale *);
/* value[0], value[1] = cos, sin of position * base^(-2 pair / width); base > 0,
 * position of either sign */
void tc_reference_turn(const struct tc_format *, mpq_srcptr base, int64_t width, int64_t position,
                       int64_t pair, int64_t value[2]);
/* [lo, hi] around that angle, to their precision; position > 0 */
void tc_reference_angle(mpq_srcptr base, int64_t width, int64_t position, int64_t pair, mpfr_ptr lo,
                        mpfr_ptr hi);

#endif
