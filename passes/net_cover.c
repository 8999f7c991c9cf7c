/* net_cover.c -- sums of products for functions of few inputs
 *
 * What is left to cover begins with one value of the inputs, a product that reads all of them.  It
 * stops reading one after the other, as long as it stays within what may be covered, and each time
 * the one with which it covers most of what is left; then the next value is taken.  At last
 * products go that the others make needless.
 *
 * Time: for each product at most n^2 times its table. */
#include "net_cover.h"

#include <stdlib.h>
#include <string.h>

struct cover {
    unsigned n;
    size_t words;
    const uint64_t *may;
    uint64_t *left;  /* to be covered */
    uint64_t *table; /* of the product that is made */
    uint64_t *wider, *widest;
};

size_t tc_cover_words(unsigned n)
{
    return n > 6 ? (size_t)1 << (n - 6) : 1;
}

/* the bits of a word where input i < 6 is 1 */
static uint64_t ones_of(unsigned i)
{
    static const uint64_t mask[] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                    0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};

    return mask[i];
}

uint64_t tc_cover_variable(unsigned i, size_t k)
{
    return i < 6 ? ones_of(i) : k >> (i - 6) & 1 ? UINT64_MAX : 0;
}

/* the product over all values of input i */
static void widen(const struct cover *c, unsigned i, uint64_t *wider)
{
    for (size_t k = 0; k < c->words; k++) {
        uint64_t t = c->table[k];

        wider[k] = i < 6 ? t | (t & ones_of(i)) >> (1 << i) | (t & ~ones_of(i)) << (1 << i)
                         : t | c->table[k ^ (size_t)1 << (i - 6)];
    }
}

/* how many values of what is left the table has; -1 if it has some that may not be covered */
static int64_t worth(const struct cover *c, const uint64_t *table)
{
    int64_t n = 0;

    for (size_t k = 0; k < c->words; k++) {
        if (table[k] & ~c->may[k])
            return -1;
        n += __builtin_popcountll(table[k] & c->left[k]);
    }
    return n;
}

static void put_table(const struct cover *c, const struct tc_product *p, uint64_t *table)
{
    for (size_t k = 0; k < c->words; k++) {
        table[k] = UINT64_MAX;
        for (unsigned i = 0; i < c->n; i++)
            if (p->reads >> i & 1)
                table[k] &= tc_cover_variable(i, k) ^ (p->ones >> i & 1 ? 0 : UINT64_MAX);
    }
}

/* the product stops reading one input; false if it must read all that it reads */
static bool read_less(struct cover *c, struct tc_product *p)
{
    int64_t most = -1;
    unsigned best = 0;

    for (unsigned i = 0; i < c->n; i++) {
        int64_t w = -1;

        if (p->reads >> i & 1) {
            widen(c, i, c->wider);
            w = worth(c, c->wider);
        }
        if (w > most) {
            uint64_t *swap = c->widest;

            c->widest = c->wider;
            c->wider = swap;
            most = w;
            best = i;
        }
    }
    if (most < 0)
        return false;
    memcpy(c->table, c->widest, c->words * sizeof *c->table);
    p->reads &= ~((uint32_t)1 << best);
    p->ones &= p->reads;
    return true;
}

/* a product for the first value that is left, which leaves nothing of what it covers; false if
 * nothing is left */
static bool next_product(struct cover *c, struct tc_product *p)
{
    size_t k = 0;

    while (k < c->words && !c->left[k])
        k++;
    if (k == c->words)
        return false;
    p->reads = ((uint32_t)1 << c->n) - 1;
    p->ones = (uint32_t)(64 * k + (size_t)__builtin_ctzll(c->left[k])) & p->reads;
    put_table(c, p, c->table);
    while (read_less(c, p))
        continue;
    for (k = 0; k < c->words; k++)
        c->left[k] &= ~c->table[k];
    return true;
}

/* whether the products but one cover all */
static bool needless(struct cover *c, const uint64_t *on, const struct tc_product *product,
                     unsigned n, unsigned one)
{
    size_t k = 0;

    memcpy(c->left, on, c->words * sizeof *on);
    for (unsigned i = 0; i < n; i++) {
        if (i == one)
            continue;
        put_table(c, &product[i], c->table);
        for (k = 0; k < c->words; k++)
            c->left[k] &= ~c->table[k];
    }
    for (k = 0; k < c->words && !c->left[k];)
        k++;
    return k == c->words;
}

bool tc_cover_find(const uint64_t *on, const uint64_t *may, unsigned n,
                   struct tc_product product[TC_COVER_MOST], unsigned *nproduct)
{
    size_t words = tc_cover_words(n);
    uint64_t *room = tc_xcalloc(4 * words, sizeof *room);
    struct cover c = {n, words, may, room, room + words, room + 2 * words, room + 3 * words};
    struct tc_product p;
    bool more;

    memcpy(c.left, on, words * sizeof *on);
    *nproduct = 0;
    while ((more = next_product(&c, &p)) && *nproduct < TC_COVER_MOST)
        product[(*nproduct)++] = p;
    for (unsigned i = *nproduct; !more && i-- > 0;)
        if (needless(&c, on, product, *nproduct, i))
            product[i] = product[--*nproduct];
    free(room);
    return !more;
}
