/* vectors.c -- inputs to try: all of them, or seeded random ones
 *
 * Uniform words alone would miss most of what can go wrong: they saturate
 * every sum, never tie in a rounding and never divide 0 by 0.  So half of the
 * vectors give all tensors one style, and half give each its own. */
#include "compiler.h"

#include <assert.h>

enum style {
    UNIFORM, /* any word */
    SMALL,   /* within 3 units of 0 */
    EXTREME, /* least, greatest, 0, one unit up or down, 1 */
    ROWS,    /* one row, repeated */
    EQUAL,   /* one word everywhere */
    SPARSE,  /* three in four are 0 */
    NSTYLE,
};

struct words { /* of a fixed format */
    uint64_t mask, least, greatest, one;
};

static struct words words_of(const struct tc_format *f)
{
    struct words w;

    assert(f->kind == TC_FIXED);
    w.mask = (UINT64_C(1) << f->bits) - 1;
    w.least = UINT64_C(1) << (f->bits - 1);
    w.greatest = w.least - 1;
    w.one = f->fraction + 1 < f->bits ? UINT64_C(1) << f->fraction : w.greatest;
    return w;
}

static uint64_t draw(struct tc_random *r, const struct words *w, enum style style)
{
    const uint64_t extreme[] = {w->least, w->greatest, 0, 1, w->mask, w->one};

    switch (style) {
    case SMALL:
        return (tc_random_below(r, 7) - 3) & w->mask;
    case EXTREME:
        return extreme[tc_random_below(r, sizeof extreme / sizeof *extreme)];
    case SPARSE:
        return tc_random_below(r, 4) ? 0 : tc_random_next(r) & w->mask;
    default:
        return tc_random_next(r) & w->mask;
    }
}

static void fill(struct tc_random *r, const struct words *w, enum style style,
                 const struct tc_tensor *t, uint64_t *word)
{
    uint64_t count = tc_tensor_count(t);
    uint64_t row = (uint64_t)t->size[t->rank - 1].value;
    uint64_t period = style == ROWS ? row : style == EQUAL ? 1 : count;
    enum style of = style == EQUAL && tc_random_below(r, 2) ? SMALL : style;

    for (uint64_t i = 0; i < count; i++)
        word[i] = i < period ? draw(r, w, of) : word[i - period];
}

/* the bits of v, through all inputs, one after the other */
static void scatter(const struct tc_vectors *vs, unsigned width, uint64_t v, uint64_t *word)
{
    uint64_t n = tc_spec_words(vs->spec, TC_ROLE_INPUT);
    uint64_t bits = n * width;

    /* an odd factor permutes the numbers below a power of two: the first
     * vectors, which the netlist may run alone, then are not all alike */
    v = v * UINT64_C(0x9e3779b97f4a7c15);
    assert(bits < 64);
    for (uint64_t i = 0; i < n; i++, v >>= width)
        word[i] = v & ((UINT64_C(1) << width) - 1);
    /* bits above the last word are dropped: the product modulo 2^bits */
}

void tc_vector_make(const struct tc_vectors *vs, uint64_t v, uint64_t *word)
{
    struct words w = words_of(&vs->spec->format);
    const uint64_t plain[] = {0, w.greatest, w.least, 1, w.mask};
    struct tc_random r;
    bool together;
    enum style style;

    if (vs->all) {
        scatter(vs, tc_format_width(&vs->spec->format), v, word);
        return;
    }
    tc_random_seed(&r, vs->seed);
    /* a second seed from the first and from v, so that any vector can be made
     * alone; the factor is not splitmix64's, which would give shifted states */
    tc_random_seed(&r, tc_random_next(&r) + v * UINT64_C(0xd1342543de82ef95));
    together = tc_random_below(&r, 2);
    style = (enum style)tc_random_below(&r, NSTYLE);
    for (unsigned t = 0; t < vs->spec->ntensor; t++) {
        const struct tc_tensor *tensor = &vs->spec->tensor[t];
        uint64_t count = tc_tensor_count(tensor);

        if (tensor->role != TC_ROLE_INPUT)
            continue;
        if (v < sizeof plain / sizeof *plain) {
            for (uint64_t i = 0; i < count; i++)
                word[i] = plain[v];
        } else {
            if (!together)
                style = (enum style)tc_random_below(&r, NSTYLE);
            fill(&r, &w, style, tensor, word);
        }
        word += count;
    }
}
