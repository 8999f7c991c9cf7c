/* random.c -- the one generator: xoshiro256** (Blackman, Vigna 2018)
 *
 * SPEC.md, "Random weights", states it for other programs. */
#include "compiler.h"

#include <assert.h>

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void tc_random_seed(struct tc_random *r, uint64_t seed)
{
    /* splitmix64: no seed gives the state of zeros, which would stay zero */
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        r->s[i] = z ^ (z >> 31);
    }
}

uint64_t tc_random_next(struct tc_random *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t tc_random_below(struct tc_random *r, uint64_t bound)
{
    uint64_t excess, x;

    assert(bound > 0);
    /* 2^64 mod bound draws at the bottom would make small results likelier */
    excess = (0 - bound) % bound;
    do
        x = tc_random_next(r);
    while (x < excess);
    return x % bound;
}
