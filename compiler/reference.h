/* reference.h -- between the two files of the reference evaluator, and their test */
#ifndef TC_REFERENCE_H
#define TC_REFERENCE_H

#include "compiler.h"

/* reference_real.c
 *
 * Words here are integers m that stand for m * 2^-fraction; results are to
 * nearest, ties to even, saturating. */

/* exp of a word */
int64_t tc_reference_exp(const struct tc_format *, int64_t word);
/* value[0], value[1] = cos, sin of position * base^(-2 pair / width); base > 0,
 * position of either sign */
void tc_reference_turn(const struct tc_format *, mpq_srcptr base, int64_t width, int64_t position,
                       int64_t pair, int64_t value[2]);

#endif
