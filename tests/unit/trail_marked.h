/* trail_marked.h -- what a trail proves, held against all inputs */
#ifndef TRAIL_MARKED_H
#define TRAIL_MARKED_H

#include "../../passes/trail.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((state >> 33) % n);
}

/* outputs on all inputs; words of 64 each */
static uint64_t *all_values(const struct tc_netlist *nl, size_t words)
{
    uint64_t *in = calloc(nl->ninputs * words, sizeof *in);
    uint64_t *out = calloc(nl->noutputs * words, sizeof *out);
    struct tc_error err = {0};

    for (size_t x = 0; x < 64 * words; x++)
        for (unsigned i = 0; i < nl->ninputs; i++)
            in[i * words + x / 64] |= (uint64_t)(x >> i & 1) << x % 64;
    ck_assert(tc_netlist_run(nl, in, out, words, &err));
    free(in);
    return out;
}

/* how many outputs are marked; each of them is the same on all inputs */
static unsigned marked(struct tc_trail *t, const struct tc_netlist *a, const struct tc_netlist *b)
{
    size_t words = a->ninputs > 6 ? (size_t)1 << (a->ninputs - 6) : 1;
    unsigned char *same = calloc(a->noutputs, 1);
    uint64_t *x = all_values(a, words), *y = all_values(b, words), steps;
    struct tc_error err = {0};
    unsigned n = 0;

    ck_assert(tc_trail_check(t, a, b, 100, same, &steps, &err));
    for (unsigned k = 0; k < a->noutputs; k++) {
        n += same[k];
        ck_assert(!same[k] || !memcmp(x + k * words, y + k * words, words * sizeof *x));
    }
    free(same);
    free(x);
    free(y);
    return n;
}

#endif
