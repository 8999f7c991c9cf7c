/* vectors.c -- inputs to try: all of them, or seeded random ones
 *
 * Uniform words alone would miss most of what can go wrong: they saturate
 * every sum, never tie in a rounding and never divide 0 by 0.  So half of the
 * vectors give all tensors one style, and half give each its own.  Where infinities and NaN
 * are inputs, one vector in four has one or a few of them. */
#include "compiler.h"

#include <assert.h>

enum style {
    UNIFORM, /* any word */
    SMALL,   /* within 3 units of 0 */
    EXTREME, /* least, greatest, 0, one unit up or down, 1 */
    ROWS,    /* one row, repeated */
    EQUAL,   /* one word everywhere */
    SPARSE,  /* three in four are 0 */
    NFIXED,
    /* of floats alone, whose uniform words are almost all too large or too small */
    NEAR = NFIXED, /* exponents beside that of 1 */
    OPPOSITE,      /* x, -x, y, -y, ... */
    TIES,          /* 1, what is half of its last place, and their neighbours */
    NEAR_TOO,      /* more often */
    NSTYLE,
};

struct words {
    uint64_t mask, least, greatest, one;
    /* floats: the sign's bit, the first key of field 1, the least number, the last
     * place of 1 and half of it */
    const struct tc_format *f;
    uint64_t sign, hidden, tiny, place, half;
    bool special; /* there are infinities, or NaN */
};

/* word of 2^e, or of what is nearest */
static uint64_t power(const struct tc_format *f, int64_t e)
{
    uint64_t word;
    mpq_t x;

    mpq_init(x);
    mpq_set_ui(x, 1, 1);
    if (e >= 0)
        mpq_mul_2exp(x, x, (mp_bitcnt_t)e);
    else
        mpq_div_2exp(x, x, (mp_bitcnt_t)-e);
    word = tc_format_round(f, x, NULL);
    mpq_clear(x);
    return word;
}

static struct words words_of(const struct tc_spec *spec)
{
    const struct tc_format *f = &spec->format;
    struct words w = {.f = f};

    if (f->kind == TC_FLOAT) {
        w.hidden = UINT64_C(1) << (f->p - 1);
        w.sign = UINT64_C(1) << (f->p + f->q - 1);
        w.mask = 2 * w.sign - 1;
        w.greatest = (uint64_t)f->top * w.hidden + w.hidden - 1 - f->spare;
        w.least = w.sign | w.greatest;
        w.tiny = f->underflow == TC_GRADUAL ? 1 : w.hidden;
        w.one = power(f, 0);
        w.place = power(f, 1 - (int64_t)f->p);
        w.half = power(f, -(int64_t)f->p);
        w.special = f->nan && spec->rounding == TC_BLOCK;
        return w;
    }
    assert(f->kind == TC_FIXED);
    w.mask = (UINT64_C(1) << f->bits) - 1;
    w.least = UINT64_C(1) << (f->bits - 1);
    w.greatest = w.least - 1;
    w.one = f->fraction + 1 < f->bits ? UINT64_C(1) << f->fraction : w.greatest;
    return w;
}

/* the word of a finite number: other codes wrap around or become 0 */
static uint64_t number(const struct words *w, uint64_t word)
{
    uint64_t sign = word & w->sign, key = (word & (w->sign - 1)) % (w->greatest + 1);

    if (key < w->tiny)
        key = 0;
    return key || w->f->signed_zero ? sign | key : 0;
}

/* the same, but infinities and NaN where inputs may be such */
static uint64_t code(const struct words *w, uint64_t word)
{
    word &= w->mask;
    return w->special && (word & (w->sign - 1)) > w->greatest ? word : number(w, word);
}

/* An infinity or a NaN in one place, sometimes in more. */
static void sprinkle(struct tc_random *r, const struct words *w, uint64_t *word, uint64_t count)
{
    const uint64_t more[] = {1, 1, 1, 2, 3, count};
    uint64_t n = more[tc_random_below(r, sizeof more / sizeof *more)];
    uint64_t past = w->sign - 1 - w->greatest;

    for (uint64_t k = 0; k < n; k++) {
        uint64_t key = w->greatest + 1 + (tc_random_below(r, 2) ? tc_random_below(r, past) : 0);

        word[tc_random_below(r, count)] = key | (tc_random_below(r, 2) ? w->sign : 0);
    }
}

/* a key and a sign of its own */
static uint64_t with_sign(struct tc_random *r, const struct words *w, uint64_t key)
{
    return number(w, tc_random_below(r, 2) ? key | w->sign : key);
}

/* key, or one of so many beside it */
static uint64_t beside(struct tc_random *r, const struct words *w, uint64_t key, uint64_t distance)
{
    uint64_t more = tc_random_below(r, 2 * distance + 1);

    key = key + more < distance ? 0 : key + more - distance;
    return key > w->greatest ? w->greatest : key;
}

static uint64_t draw_float(struct tc_random *r, const struct words *w, enum style style)
{
    const uint64_t extreme[] = {w->greatest, 0, w->tiny, w->hidden, w->one, w->greatest - 1};
    const uint64_t tie[] = {w->one, w->one, w->place, w->half};

    switch (style) {
    case SMALL:
        return with_sign(r, w, (w->tiny - 1 + tc_random_below(r, 4)));
    case EXTREME:
        return with_sign(r, w, extreme[tc_random_below(r, sizeof extreme / sizeof *extreme)]);
    case SPARSE:
        return tc_random_below(r, 4) ? 0 : number(w, tc_random_next(r));
    case NEAR:
    case NEAR_TOO:
    case OPPOSITE:
        return with_sign(r, w, beside(r, w, w->one, 3 * w->hidden));
    case TIES:
        return with_sign(r, w, beside(r, w, tie[tc_random_below(r, sizeof tie / sizeof *tie)], 1));
    default:
        return number(w, tc_random_next(r));
    }
}

static uint64_t draw(struct tc_random *r, const struct words *w, enum style style)
{
    const uint64_t extreme[] = {w->least, w->greatest, 0, 1, w->mask, w->one};

    if (w->f->kind == TC_FLOAT)
        return draw_float(r, w, style);
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

/* token ids: any, a few of them, or one */
static void fill_ids(struct tc_random *r, enum style style, const struct tc_tensor *t,
                     uint64_t *word)
{
    uint64_t count = tc_tensor_count(t), few = t->below < 3 ? t->below : 3;
    uint64_t first = tc_random_below(r, t->below);

    for (uint64_t i = 0; i < count; i++)
        word[i] = style == EQUAL || style == ROWS ? first
                  : style == SMALL                ? tc_random_below(r, few)
                  : style == EXTREME ? t->below - 1 - tc_random_below(r, few)
                                     : tc_random_below(r, t->below);
}

static void fill(struct tc_random *r, const struct words *w, enum style style,
                 const struct tc_tensor *t, uint64_t *word)
{
    uint64_t count = tc_tensor_count(t);
    uint64_t row = (uint64_t)t->size[t->rank - 1].value;
    uint64_t period = style == ROWS ? row : style == EQUAL ? 1 : count;
    enum style of = style == EQUAL && tc_random_below(r, 2) ? SMALL : style;

    for (uint64_t i = 0; i < count; i++)
        if (style == OPPOSITE && i % 2)
            word[i] = number(w, word[i - 1] ^ w->sign);
        else
            word[i] = i < period ? draw(r, w, of) : word[i - period];
}

/* the bits of v, through all inputs, one after the other */
static void scatter(const struct tc_vectors *vs, const struct words *w, uint64_t v, uint64_t *word)
{
    uint64_t bits = tc_spec_bits(vs->spec, TC_ROLE_INPUT);

    /* an odd factor permutes the numbers below a power of two: the first
     * vectors, which the netlist may run alone, then are not all alike */
    v = v * UINT64_C(0x9e3779b97f4a7c15);
    assert(bits < 64);
    for (unsigned t = 0; t < vs->spec->ntensor; t++) {
        const struct tc_tensor *x = &vs->spec->tensor[t];
        unsigned width = tc_format_width(tc_tensor_format(vs->spec, x));
        uint64_t count = x->role == TC_ROLE_INPUT ? tc_tensor_count(x) : 0;

        for (uint64_t i = 0; i < count; i++, word++, v >>= width) {
            *word = v & ((UINT64_C(1) << width) - 1);
            if (x->below)
                *word %= x->below;
            else if (w->f->kind == TC_FLOAT)
                *word = code(w, *word);
        }
    }
    /* bits above the last word are dropped: the product modulo 2^bits */
}

/* one word everywhere; false: v is past these */
static bool plain(const struct words *w, uint64_t v, uint64_t *word)
{
    const uint64_t fixed[] = {0, w->greatest, w->least, 1, w->mask};
    const uint64_t floats[] = {0,       w->greatest,     w->least, w->tiny, w->sign | w->tiny,
                               w->sign, w->sign | w->one};
    bool real = w->f->kind == TC_FLOAT;

    if (v >= (real ? sizeof floats / sizeof *floats : sizeof fixed / sizeof *fixed))
        return false;
    *word = real ? number(w, floats[v]) : fixed[v];
    return true;
}

void tc_vector_make(const struct tc_vectors *vs, uint64_t v, uint64_t *word)
{
    struct words w = words_of(vs->spec);
    unsigned styles = w.f->kind == TC_FLOAT ? NSTYLE : NFIXED;
    struct tc_random r;
    uint64_t *at = NULL, last = 0, numbers = 0;
    bool together;
    enum style style;

    if (vs->all) {
        scatter(vs, &w, v, word);
        return;
    }
    tc_random_seed(&r, vs->seed);
    /* a second seed from the first and from v, so that any vector can be made
     * alone; the factor is not splitmix64's, which would give shifted states */
    tc_random_seed(&r, tc_random_next(&r) + v * UINT64_C(0xd1342543de82ef95));
    together = tc_random_below(&r, 2);
    style = (enum style)tc_random_below(&r, styles);
    for (unsigned t = 0; t < vs->spec->ntensor; t++) {
        const struct tc_tensor *tensor = &vs->spec->tensor[t];
        uint64_t count = tc_tensor_count(tensor), one;

        if (tensor->role != TC_ROLE_INPUT)
            continue;
        if (plain(&w, v, &one)) {
            for (uint64_t i = 0; i < count; i++)
                word[i] = tensor->below && one >= tensor->below ? tensor->below - 1 : one;
        } else {
            if (!together)
                style = (enum style)tc_random_below(&r, styles);
            if (tensor->below)
                fill_ids(&r, style, tensor, word);
            else
                fill(&r, &w, style, tensor, word);
        }
        /* each tensor of numbers as likely as it is large */
        if (w.special && !tensor->below && tc_random_below(&r, numbers += count) < count) {
            at = word;
            last = count;
        }
        word += count;
    }
    if (at && tc_random_below(&r, 4) == 0)
        sprinkle(&r, &w, at, last);
}
