/* run_acc.c -- sums of a run, one a lane
 *
 * A narrow sum is an integer of 64 bits.  A wide one is counted by bits, each bit's of all lanes
 * side by side: most weights are small multiples of a power of 2, and a carry seldom goes far.
 * What is subtracted is counted apart, as differences about 0 would carry to the last bit.
 */
#include "run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void tc_acc_init(const struct run *r, struct acc *a, size_t bits)
{
    size_t lanes = r->words * LANES;

    *a = (struct acc){.nlimb = bits / 64 + 1}; /* digits of weights add up to 4/3 of these */
    if (!bits) {
        a->v = tc_xcalloc(lanes, sizeof *a->v);
        return;
    }
    for (unsigned side = 0; side < 2; side++)
        a->plane[side] = tc_xcalloc(64 * a->nlimb, r->words * sizeof *a->plane[side]);
    a->z = tc_xcalloc(lanes, sizeof *a->z);
    for (size_t l = 0; l < lanes; l++)
        mpz_init(a->z[l]);
    mpz_init(a->all);
}

void tc_acc_free(const struct run *r, struct acc *a)
{
    for (size_t l = 0; a->z && l < r->words * LANES; l++)
        mpz_clear(a->z[l]);
    if (a->z)
        mpz_clear(a->all);
    free(a->z);
    free(a->plane[0]);
    free(a->plane[1]);
    free(a->v);
}

void tc_acc_zero(const struct run *r, struct acc *a)
{
    if (a->v) {
        memset(a->v, 0, r->words * LANES * sizeof *a->v);
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        memset(a->plane[side], 0, a->top[side] * r->words * sizeof *a->plane[side]);
        a->top[side] = 0;
    }
    mpz_set_ui(a->all, 0);
}

_Static_assert(GMP_NUMB_BITS == 64, "limbs are counted as words");

/* adds 2^(k-1) for each bit k of limb i to what is counted on this side */
static void add_halves(const struct run *r, struct acc *a, unsigned side, uint64_t bits, size_t i,
                       const uint64_t *mask)
{
    for (; bits; bits &= bits - 1) {
        size_t k = 64 * i + (size_t)__builtin_ctzll(bits) - 1;

        k += tc_lanes_count(a->plane[side] + k * r->words, mask, r->words);
        assert(k <= 64 * a->nlimb);
        if (k > a->top[side])
            a->top[side] = k;
    }
}

/* By digits -1, 0 and 1 of w, of which no two side by side are other than 0: with 3 w - w = 2 w
 * those that are 1 are the bits of 3 w that w has not, those that are -1 the other way round, all
 * one place higher.  A difference of floats that are far apart has few. */
void tc_acc_add(const struct run *r, struct acc *a, mpz_srcptr w, const uint64_t *mask)
{
    unsigned minus = mpz_sgn(w) < 0;
    uint64_t last = 0, carry = 0;
    size_t n = mpz_size(w);

    if (!mask) {
        mpz_add(a->all, a->all, w);
        return;
    }
    for (size_t i = 0; i <= n; i++) {
        uint64_t limb = i < n ? mpz_limbs_read(w)[i] : 0, three;

        carry = __builtin_add_overflow(limb, carry, &three);
        carry += __builtin_add_overflow(three, limb << 1 | last >> 63, &three);
        add_halves(r, a, minus, three & ~limb, i, mask);
        add_halves(r, a, !minus, limb & ~three, i, mask);
        last = limb;
    }
}

/* z = what is counted on this side; or less that */
static void settle(const struct run *r, struct acc *a, unsigned side, uint64_t *limb)
{
    size_t n = (a->top[side] + 63) / 64, lanes = r->words * LANES;
    mpz_t x;

    if (!n)
        return;
    tc_unslice(a->plane[side], r->words, n, 64, lanes, limb, n);
    mpz_init(x);
    for (size_t l = 0; l < lanes; l++) {
        mpz_import(x, n, -1, sizeof *limb, 0, 0, limb + l * n);
        if (side)
            mpz_sub(a->z[l], a->z[l], x);
        else
            mpz_add(a->z[l], a->z[l], x);
    }
    mpz_clear(x);
}

void tc_acc_settle(const struct run *r, struct acc *a)
{
    size_t lanes = r->words * LANES;
    uint64_t *limb;

    if (!a->z)
        return;
    for (size_t l = 0; l < lanes; l++)
        mpz_set(a->z[l], a->all);
    limb = tc_xcalloc(lanes, a->nlimb * sizeof *limb);
    for (unsigned side = 0; side < 2; side++)
        settle(r, a, side, limb);
    free(limb);
}
