/* run_lanes.c -- integers side by side, 64 for each word: the inner loops of a run */
#include "run.h"

/* compiled for each width of vectors that the machine may have; not under the
 * sanitizers, which run before the choice is made */
#if defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define FAST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FAST
#endif

FAST void tc_lanes_add_mask(int64_t *restrict v, int64_t w, const uint64_t *restrict mask,
                            size_t words)
{
    for (size_t k = 0; k < words; k++, v += LANES) {
        uint64_t on = mask[k];

        if (on)
            for (unsigned l = 0; l < LANES; l++)
                v[l] += w & -(int64_t)((on >> l) & 1);
    }
}

FAST void tc_lanes_add_prefix(int64_t *restrict v, int64_t w, const int64_t *restrict prefix,
                              const uint32_t *restrict rank, size_t words)
{
    for (size_t l = 0; l < words * LANES; l++)
        v[l] += w * prefix[rank[l]];
}

FAST void tc_lanes_add_vector(int64_t *restrict v, const int64_t *restrict x, size_t words)
{
    for (size_t l = 0; l < words * LANES; l++)
        v[l] += x[l];
}

FAST void tc_lanes_add_constant(int64_t *v, int64_t w, size_t words)
{
    for (size_t l = 0; l < words * LANES; l++)
        v[l] += w;
}

FAST bool tc_lanes_within(const int64_t *v, int64_t lo, int64_t hi, size_t words)
{
    int64_t out = 0;

    for (size_t l = 0; l < words * LANES; l++)
        out |= (int64_t)(v[l] < lo) | (int64_t)(v[l] > hi);
    return !out;
}

FAST void tc_lanes_at_least(const int64_t *restrict v, int64_t bound, uint64_t *restrict mask,
                            size_t words)
{
    for (size_t k = 0; k < words; k++, v += LANES) {
        uint64_t on = 0;

        for (unsigned l = 0; l < LANES; l++)
            on |= (uint64_t)(v[l] >= bound) << l;
        mask[k] = on;
    }
}

FAST void tc_lanes_count_reached(uint32_t *restrict rank, const int64_t *restrict v, int64_t bound,
                                 size_t words)
{
    for (size_t l = 0; l < words * LANES; l++)
        rank[l] += v[l] >= bound;
}

static inline __attribute__((always_inline)) size_t
count(uint64_t *restrict plane, const uint64_t *restrict mask, size_t words)
{
    uint64_t carry[MOST_AT_ONCE], any = 0;
    size_t k = 0;

    for (size_t w = 0; w < words; w++)
        any |= carry[w] = mask[w];
    for (; any; k++, plane += words) {
        any = 0;
        for (size_t w = 0; w < words; w++) {
            uint64_t both = plane[w] & carry[w];

            plane[w] ^= carry[w];
            any |= carry[w] = both;
        }
    }
    return k;
}

/* the usual number of words is one that the compiler knows */
FAST size_t tc_lanes_count(uint64_t *restrict plane, const uint64_t *restrict mask, size_t words)
{
    return words == MOST_AT_ONCE ? count(plane, mask, MOST_AT_ONCE) : count(plane, mask, words);
}

FAST void tc_lanes_rank_above(const uint32_t *restrict rank, int64_t t, uint64_t *restrict mask,
                              size_t words)
{
    for (size_t k = 0; k < words; k++, rank += LANES) {
        uint64_t on = 0;

        for (unsigned l = 0; l < LANES; l++)
            on |= (uint64_t)(rank[l] > t) << l;
        mask[k] = on;
    }
}
