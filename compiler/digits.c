/* digits.c -- products of two words by digits of one, in one layer
 *
 * x y = sum over digits of 2^(place) x d, where d is a digit of y, k bits wide.
 * x d is a function of the one form x + M d, so its bits are one chain of fewer
 * than 2^(b + k) gates; there are about b + k of them where ANDs of the digit's
 * bits with x's are b k.  A product that is multiplied on with a chain of many
 * steps wants few bits.
 */
#include "lower.h"

#include <assert.h>

#define MOST_STEPS ((int64_t)1 << 14) /* of a digit */
#define MOST_PAIRS ((int64_t)1 << 16) /* of a whole product */

/* bits [from, to) of a word as an integer; the top bit may weigh less than 0 */
struct digit {
    unsigned from, to;
    int64_t lo, hi;
};

static unsigned digits_of(const struct word *y, unsigned width, struct digit *digit)
{
    unsigned n = 0, bits = word_bits(y);

    for (unsigned from = 0; from < bits; from += width, n++) {
        struct digit *d = &digit[n];

        *d = (struct digit){.from = from, .to = from + width < bits ? from + width : bits};
        for (int64_t a = d->from; a < d->to; a++) {
            int64_t w = tc_table_get_i64(y->weight, &a) / ((int64_t)1 << from);

            *(w < 0 ? &d->lo : &d->hi) += w;
        }
    }
    return n;
}

/* x d at x = x.lo + g % size, d = lo + g / size */
static int64_t product_at(const struct word *x, const struct digit *d, int64_t g)
{
    int64_t size = x->hi - x->lo + 1;

    return (x->lo + g % size) * (d->lo + g / size);
}

static int64_t pairs(const struct word *x, const struct digit *d)
{
    return (x->hi - x->lo + 1) * (d->hi - d->lo + 1);
}

static unsigned bits_of(int64_t lo, int64_t hi)
{
    unsigned n = lo < 0;
    int64_t most = hi > -(lo + 1) ? hi : -(lo + 1);

    for (; most > 0; most >>= 1)
        n++;
    return n ? n : 1;
}

/* gates and bits of x times y by digits of a width; false if too many */
static bool cost(const struct word *x, const struct word *y, unsigned width, uint64_t *gates,
                 uint64_t *bits)
{
    struct digit digit[64];
    unsigned n = digits_of(y, width, digit);

    *gates = *bits = 0;
    for (unsigned k = 0; k < n; k++) {
        int64_t lo = 0, hi = 0, before = product_at(x, &digit[k], 0);

        if (pairs(x, &digit[k]) > MOST_STEPS)
            return false;
        for (int64_t g = 0; g < pairs(x, &digit[k]); g++) {
            int64_t v = product_at(x, &digit[k], g);

            *gates += v != before;
            before = v;
            lo = v < lo ? v : lo;
            hi = v > hi ? v : hi;
        }
        *bits += bits_of(lo, hi);
    }
    return true;
}

unsigned digit_width(const struct word *x, const struct word *y, uint64_t reads)
{
    uint64_t best = reads * word_bits(x) * word_bits(y);
    unsigned width = 0;

    if (x->wide || y->wide)
        return 0;
    for (unsigned k = 2; k <= word_bits(y); k++) {
        uint64_t gates, bits;

        if (cost(x, y, k, &gates, &bits) && gates + reads * bits < best) {
            best = gates + reads * bits;
            width = k;
        }
    }
    return width;
}

/* x times the digit: a chain over x + size * (the digit - its least value) */
static struct chain digit_chain(struct lowering *L, const struct word *x, const struct word *y,
                                const struct digit *d, const char *name, const char *note)
{
    struct tc_family *f = L->family;
    int64_t size = x->hi - x->lo + 1, count = pairs(x, d);
    struct steps s = {.form = tc_form_si(f, -d->lo)};

    for (unsigned a = d->from; a < d->to; a++) {
        int64_t at = a;

        s.form = tc_form_add(
            f, s.form,
            tc_form_scale_si(f, tc_form_subst(f, y->bit, y->a, tc_axis_const(at)),
                             tc_table_get_i64(y->weight, &at) / ((int64_t)1 << d->from)));
    }
    s.form = tc_form_scale_si(f, s.form, size);
    s.form = tc_form_add(f, s.form, tc_form_sub(f, x->value, tc_form_si(f, x->lo)));
    s.form = tc_form_range_si(f, s.form, 0, count - 1);
    s.at = tc_alloc(f->arena, (size_t)count, sizeof *s.at);
    s.value = tc_alloc(f->arena, (size_t)count, sizeof *s.value);
    s.value[0] = product_at(x, d, 0);
    for (int64_t g = 1; g < count; g++)
        if (product_at(x, d, g) != s.value[s.n]) {
            s.at[s.n++] = tc_mpz_si(f->arena, g);
            s.value[s.n] = product_at(x, d, g);
        }
    return chain_new(L, s, name, "T_digit", NULL, note);
}

unsigned digit_products(struct lowering *L, const struct word *x, const struct word *y,
                        unsigned width, const char *name, struct word *word, int64_t *weight)
{
    struct digit digit[64];
    unsigned n = digits_of(y, width, digit);

    assert(n <= TC_MOST_DIGITS);
    for (unsigned k = 0; k < n; k++) {
        struct chain c =
            digit_chain(L, x, y, &digit[k], tc_sprintf(L->family->arena, "%s.%u", name, k),
                        "one value times a digit of the other");

        word[k] = word_of_chain(L, &c, 0);
        weight[k] = (int64_t)1 << digit[k].from;
    }
    return n;
}

/* y as one digit */
static struct digit whole(const struct word *y)
{
    struct digit digit[64];

    digits_of(y, word_bits(y), digit);
    return digit[0];
}

uint64_t product_chain_cost(const struct word *x, const struct word *y)
{
    struct digit d = whole(y);
    uint64_t gates = 0;

    if (pairs(x, &d) > MOST_PAIRS)
        return 0;
    for (int64_t g = 1; g < pairs(x, &d); g++)
        gates += product_at(x, &d, g) != product_at(x, &d, g - 1);
    return gates;
}

struct word product_chain(struct lowering *L, const struct word *x, const struct word *y,
                          const char *name)
{
    struct digit d = whole(y);
    struct chain c = digit_chain(L, x, y, &d, name, "one value times the other");

    return word_of_chain_least(L, &c);
}
