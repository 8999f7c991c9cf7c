/* integers.h -- arrays of GMP integers outside of arenas */
#ifndef TC_INTEGERS_H
#define TC_INTEGERS_H

#include "ir.h"

#include <stdlib.h>

/* n integers, 0 each; malloc'ed */
static inline mpz_t *tc_integers(size_t n)
{
    mpz_t *x = tc_xcalloc(n, sizeof *x);

    for (size_t k = 0; k < n; k++)
        mpz_init(x[k]);
    return x;
}

static inline void tc_integers_free(mpz_t *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        mpz_clear(x[k]);
    free(x);
}

#endif
