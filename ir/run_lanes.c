/* run_lanes.c -- 64 integers side by side: the inner loops of a run */
#include "run.h"

/* compiled for each width of vectors that the machine may have; not under the
 * sanitizers, which run before the choice is made */
#if defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define FAST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FAST
#endif

FAST void tc_lanes_add_mask(int64_t *restrict v, int64_t w, uint64_t mask)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += w & -(int64_t)((mask >> l) & 1);
}

FAST void tc_lanes_add_prefix(int64_t *restrict v, int64_t w, const int64_t *restrict prefix,
                              const uint32_t *restrict rank)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += w * prefix[rank[l]];
}

FAST void tc_lanes_add_vector(int64_t *restrict v, const int64_t *restrict x)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += x[l];
}

FAST void tc_lanes_add_constant(int64_t *v, int64_t w)
{
    for (unsigned l = 0; l < LANES; l++)
        v[l] += w;
}

FAST uint64_t tc_lanes_at_least(const int64_t *v, int64_t bound)
{
    uint64_t mask = 0;

    for (unsigned l = 0; l < LANES; l++)
        mask |= (uint64_t)(v[l] >= bound) << l;
    return mask;
}

FAST void tc_lanes_count_reached(uint32_t *restrict rank, const int64_t *restrict v, int64_t bound)
{
    for (unsigned l = 0; l < LANES; l++)
        rank[l] += v[l] >= bound;
}

uint64_t tc_lanes_rank_above(const uint32_t *rank, int64_t t)
{
    uint64_t mask = 0;

    for (unsigned l = 0; l < LANES; l++)
        mask |= (uint64_t)(rank[l] > t) << l;
    return mask;
}
