/* slice.c -- words to wires, 64 vectors side by side, and back */
#include "ir.h"

#include <assert.h>
#include <string.h>

/* Transposes a matrix of 64 x 64 bits: bit v of row a and bit a of row v change
 * places.  Halves, quarters, ... swap: H. S. Warren, Hacker's Delight, 7-3. */
static void transpose(uint64_t row[64])
{
    uint64_t mask = 0x00000000ffffffff;

    for (unsigned step = 32; step; step >>= 1, mask ^= mask << step) {
        for (unsigned r = 0; r < 64; r = ((r | step) + 1) & ~step) {
            uint64_t t = ((row[r] >> step) ^ row[r | step]) & mask;

            row[r] ^= t << step;
            row[r | step] ^= t;
        }
    }
}

void tc_slice(const uint64_t *word, size_t stride, size_t count, unsigned width, size_t nvector,
              uint64_t *wire, size_t words)
{
    uint64_t row[64];

    assert(width <= 64 && nvector <= 64 * words);
    for (size_t g = 0; g < words; g++) {
        size_t first = g * 64;
        size_t here = nvector > first ? nvector - first : 0;

        if (here > 64)
            here = 64;
        for (size_t i = 0; i < count; i++) {
            memset(row, 0, sizeof row);
            for (size_t v = 0; v < here; v++)
                row[v] = word[(first + v) * stride + i];
            transpose(row);
            for (unsigned a = 0; a < width; a++)
                wire[(i * width + a) * words + g] = row[a];
        }
    }
}

void tc_unslice(const uint64_t *wire, size_t words, size_t count, unsigned width, size_t nvector,
                uint64_t *word, size_t stride)
{
    uint64_t row[64];

    assert(width <= 64 && nvector <= 64 * words);
    for (size_t first = 0; first < nvector; first += 64) {
        size_t here = nvector - first < 64 ? nvector - first : 64;

        for (size_t i = 0; i < count; i++) {
            memset(row, 0, sizeof row);
            for (unsigned a = 0; a < width; a++)
                row[a] = wire[(i * width + a) * words + first / 64];
            transpose(row);
            for (size_t v = 0; v < here; v++)
                word[(first + v) * stride + i] = row[v];
        }
    }
}
