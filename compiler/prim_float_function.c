/* prim_float_function.c -- functions of one float, by a table of their values
 *
 * The result's key is a function of the operand's word.  Most of it is often linear in
 * the word's bits, which costs nothing; what is left is made of step functions:
 *
 *     key = linear + clipped + pattern(low bits) + rest(x)
 *
 * linear   a weight a bit of the word
 * clipped  slope * key on one side of a threshold: a gate a bit.  tanh x = x below 2^-5
 * pattern  of the fraction, or of it and the field's lowest bit: the same in every
 *          binade.  1/x, sqrt x
 * rest     a step function of x, which is the operand's key if the result's key does
 *          not depend on the operand's sign, and else its word
 *
 * Step functions take a layer of a gate a step, or two of far fewer (telescope.c).
 * Zero, infinity and NaN leave the key free within bounds, so each word has an interval
 * of keys, and steps go where no number lies in all the intervals since the last one.
 */
#include "arith.h"
#include "simple.h"
#include "telescope.h"

#include <assert.h>

#define FREE ((int64_t)1 << 40) /* beyond all keys */

struct bounds {
    int64_t lo, hi;
};

struct table {
    unsigned width;     /* of a word */
    int64_t size;       /* words */
    struct bounds *key; /* a word: what its result's key may be */
    signed char *sign;  /* 0, 1, or -1: any */
    signed char *nan;
    bool *code; /* the word means something */
};

/* x: the key, or the word */
enum domain {
    KEYS,     /* of both signs alike */
    POSITIVE, /* the same, and 0 of negative operands */
    WORDS,
};

enum sign { SIGN_PLUS, SIGN_SAME, SIGN_OTHER, SIGN_SIDE, SIGN_XOR };

struct problem {
    struct fl *l;
    struct table t;
    enum domain domain;
    enum sign sign;
    int64_t size;       /* of x */
    struct bounds *key; /* by x */
    signed char *side;
};

/* a decomposition, and what it takes */
struct shape {
    int64_t weight[TC_TABLE_MAX_BITS]; /* linear */
    int clip;    /* -1: slope * key where x < at, 1: where x >= at; 0: nowhere */
    bool by_key; /* the operand's key is compared, not x */
    int64_t at, slope;
    unsigned low; /* bits that the pattern depends on; 0: none */
    struct stairs pattern, rest;
    struct telescope *two[2]; /* of pattern and rest, or NULL */
    unsigned gates[2];        /* in one layer, in two */
};

/* --------------------------------------------------------------------- the values */

static bool tabulate(struct fl *l, struct table *t)
{
    struct tc_arena *arena = l->low.family->arena;
    int64_t keys;

    t->width = tc_format_width(l->f);
    t->size = (int64_t)1 << t->width;
    keys = t->size / 2;
    t->key = tc_alloc(arena, (size_t)t->size, sizeof *t->key);
    t->sign = tc_alloc(arena, (size_t)t->size, sizeof *t->sign);
    t->nan = tc_alloc(arena, (size_t)t->size, sizeof *t->nan);
    t->code = tc_alloc(arena, (size_t)t->size, sizeof *t->code);
    for (int64_t w = 0; w < t->size; w++) {
        struct tc_float_value y;
        bool minus = w >= keys;

        if (!tc_function_float(l->prim->op, l->f, minus, w - (minus ? keys : 0), &y, l->low.err))
            return false;
        t->code[w] = y.class != TC_NO_CODE;
        t->nan[w] = y.class == TC_NO_CODE ? -1 : y.class == TC_NAN;
        t->key[w] = (struct bounds){-FREE, FREE};
        t->sign[w] = -1;
        if (t->nan[w])
            continue;
        t->sign[w] = y.key < l->least && !l->f->signed_zero ? -1 : y.minus;
        if (y.key >= l->least)
            t->key[w].lo = y.key;
        if (y.key < l->least)
            t->key[w].hi = l->least - 1;
        else if (y.key < l->last + l->f->infinity)
            t->key[w].hi = y.key;
    }
    return true;
}

static struct bounds both(struct bounds a, struct bounds b)
{
    return (struct bounds){a.lo > b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi};
}

/* a's, or b's if a does not matter; -2 if they differ */
static signed char agreed(signed char a, signed char b)
{
    return a < 0 ? b : b < 0 || a == b ? a : -2;
}

static void find_domain(struct problem *p)
{
    const struct table *t = &p->t;
    int64_t keys = t->size / 2;
    bool even = true, positive = true;

    for (int64_t k = 0; k < keys; k++) {
        struct bounds b = both(t->key[k], t->key[k + keys]);

        even = even && b.lo <= b.hi;
        positive = positive && t->key[k + keys].lo == -FREE;
    }
    p->domain = even ? KEYS : positive ? POSITIVE : WORDS;
}

/* The sign as simply as it can be; of words if it must. */
static void find_sign(struct problem *p)
{
    const struct table *t = &p->t;
    int64_t keys = t->size / 2;
    bool can[5] = {true, true, true, true, true};

    for (int64_t w = 0; w < t->size; w++) {
        bool minus = w >= keys;

        if (t->sign[w] < 0)
            continue;
        can[SIGN_PLUS] = can[SIGN_PLUS] && !t->sign[w];
        can[SIGN_SAME] = can[SIGN_SAME] && t->sign[w] == minus;
        can[SIGN_OTHER] = can[SIGN_OTHER] && t->sign[w] != minus;
        if (!minus && t->sign[w + keys] >= 0) {
            can[SIGN_SIDE] = can[SIGN_SIDE] && t->sign[w] == t->sign[w + keys];
            can[SIGN_XOR] = can[SIGN_XOR] && t->sign[w] != t->sign[w + keys];
        }
    }
    for (p->sign = SIGN_PLUS; p->sign < SIGN_XOR && !can[p->sign];)
        p->sign++;
    if (!can[p->sign]) {
        p->domain = WORDS;
        p->sign = SIGN_SIDE;
    }
}

/* the table by x */
static void find_steps(struct problem *p)
{
    struct tc_arena *arena = p->l->low.family->arena;
    const struct table *t = &p->t;
    int64_t keys = t->size / 2;

    p->size = p->domain == WORDS ? t->size : keys;
    p->key = tc_alloc(arena, (size_t)p->size, sizeof *p->key);
    p->side = tc_alloc(arena, (size_t)p->size, sizeof *p->side);
    for (int64_t x = 0; x < p->size; x++) {
        signed char other = x < keys ? t->sign[x + keys] : -1;

        p->key[x] = p->domain == KEYS ? both(t->key[x], t->key[x + keys]) : t->key[x];
        p->side[x] = p->sign < SIGN_SIDE ? -1 : t->sign[x];
        if (p->domain == WORDS || p->sign < SIGN_SIDE || other < 0)
            continue;
        p->side[x] = agreed(p->side[x], (signed char)(p->sign == SIGN_XOR ? !other : other));
    }
}

static enum telescope_side side_kind(const struct problem *p)
{
    return p->sign == SIGN_SIDE  ? TELESCOPE_SIDE
           : p->sign == SIGN_XOR ? TELESCOPE_XOR
                                 : TELESCOPE_NONE;
}

/* -------------------------------------------------------------------- step functions */

/* numbers that lie in all the intervals so far */
static bool narrow(struct bounds *b, struct bounds next)
{
    struct bounds x = both(*b, next);

    if (x.lo > x.hi)
        return false;
    *b = x;
    return true;
}

static int64_t nearest(struct bounds b, int64_t x)
{
    return x < b.lo ? b.lo : x > b.hi ? b.hi : x;
}

static void add_change(struct stairs *s, int64_t x, int64_t jump, int turn)
{
    if (s->n && s->at[s->n - 1] == x) {
        s->jump[s->n - 1] += jump;
        s->turn[s->n - 1] = (signed char)(s->turn[s->n - 1] + turn);
        return;
    }
    s->at[s->n] = x;
    s->jump[s->n] = jump;
    s->turn[s->n++] = (signed char)turn;
}

/* The fewest steps through the intervals: each goes to the nearest number that lies in
 * as many of the next ones as can be.  side may be NULL. */
static struct stairs steps_through(struct tc_arena *arena, const struct bounds *key,
                                   const signed char *side, int64_t size)
{
    struct stairs s = {.size = size};
    struct bounds b = {-FREE, FREE};
    int64_t value = 0, end;
    int now = -1;

    s.at = tc_alloc(arena, (size_t)size + 1, sizeof *s.at);
    s.jump = tc_alloc(arena, (size_t)size + 1, sizeof *s.jump);
    s.turn = tc_alloc(arena, (size_t)size + 1, sizeof *s.turn);
    for (int64_t x = 0; x < size; x = end) {
        int64_t before = value;

        b = (struct bounds){-FREE, FREE};
        for (end = x; end < size && narrow(&b, key[end]);)
            end++;
        value = nearest(b, value);
        if (x)
            add_change(&s, x, value - before, 0);
        else
            s.first = value;
        for (int64_t y = x; side && y < end; y++) {
            if (side[y] < 0 || side[y] == now)
                continue;
            if (now < 0)
                s.side = side[y];
            else
                add_change(&s, y, 0, side[y] - now);
            now = side[y];
        }
    }
    return s;
}

/* the value at each x */
static int64_t *values_of(struct tc_arena *arena, const struct stairs *s)
{
    int64_t *v = tc_alloc(arena, (size_t)s->size, sizeof *v), value = s->first;
    unsigned k = 0;

    for (int64_t x = 0; x < s->size; x++) {
        if (k < s->n && s->at[k] == x)
            value += s->jump[k++];
        v[x] = value;
    }
    return v;
}

/* --------------------------------------------------------------------- decompositions */

static int64_t keys_of(const struct problem *p)
{
    return p->t.size / 2;
}

/* what the shape makes at x without the rest */
static int64_t predicted(const struct problem *p, const struct shape *s, const int64_t *pattern,
                         int64_t x)
{
    int64_t v = 0;

    for (unsigned a = 0; a < p->t.width; a++)
        v += x >> a & 1 ? s->weight[a] : 0;
    if (s->clip && ((s->by_key ? x % keys_of(p) : x) >= s->at) == (s->clip > 0))
        v += s->slope * (x % keys_of(p));
    return pattern ? v + pattern[x & (((int64_t)1 << s->low) - 1)] : v;
}

static unsigned clip_bits(const struct problem *p, const struct shape *s)
{
    unsigned n = 0;

    if (s->clip > 0 || s->at > keys_of(p))
        return p->t.width - 1;
    while (s->clip && (s->at - 1) >> n)
        n++;
    return n;
}

/* the rest, and the gates in one layer */
static void finish(const struct problem *p, struct shape *s)
{
    struct tc_arena *arena = p->l->low.family->arena;
    struct bounds *left = tc_alloc(arena, (size_t)p->size, sizeof *left);
    int64_t *pattern = s->low ? values_of(arena, &s->pattern) : NULL;

    for (int64_t x = 0; x < p->size; x++) {
        int64_t v = predicted(p, s, pattern, x);

        left[x] = (struct bounds){p->key[x].lo == -FREE ? -FREE : p->key[x].lo - v,
                                  p->key[x].hi == FREE ? FREE : p->key[x].hi - v};
    }
    s->rest = steps_through(arena, left, p->sign < SIGN_SIDE ? NULL : p->side, p->size);
    s->gates[0] = stairs_gates(&s->rest, side_kind(p)) + clip_bits(p, s) + s->pattern.n;
}

/* slope times the key, everywhere */
static void straight(const struct problem *p, struct shape *s, int64_t slope)
{
    for (unsigned a = 0; a + 1 < p->t.width; a++)
        s->weight[a] = slope * ((int64_t)1 << a);
}

/* Steps among first .. first+size-1 that [first, first + k) needs if slope * key is
 * made; back: [first + k, first + size). */
static unsigned *steps_until(const struct problem *p, int64_t slope, bool back, int64_t first,
                             int64_t size)
{
    unsigned *n = tc_alloc(p->l->low.family->arena, (size_t)size + 1, sizeof *n), count = 0;
    struct bounds b = {-FREE, FREE};

    for (int64_t k = 0; k < size; k++) {
        int64_t x = first + (back ? size - 1 - k : k), v = slope * (x % keys_of(p));
        struct bounds next = p->key[x];

        if (next.lo != -FREE)
            next.lo -= v;
        if (next.hi != FREE)
            next.hi -= v;
        if (!narrow(&b, next)) {
            b = next;
            count++;
        }
        n[back ? size - 1 - k : k + 1] = count;
    }
    return n;
}

/* the key itself on one side of the best threshold, of x or of the key */
static bool clipped(const struct problem *p, struct shape *s, int side, bool by_key)
{
    int64_t size = by_key ? keys_of(p) : p->size;
    unsigned *steps = tc_alloc(p->l->low.family->arena, (size_t)size + 1, sizeof *steps);
    unsigned least = UINT32_MAX;

    for (int64_t first = 0; first < p->size; first += size) {
        const unsigned *below = steps_until(p, side < 0, false, first, size);
        const unsigned *above = steps_until(p, side > 0, true, first, size);

        for (int64_t x = 1; x < size; x++)
            steps[x] += below[x] + above[x];
    }
    *s = (struct shape){.clip = side, .by_key = by_key, .slope = 1};
    for (int64_t x = 1; x < size; x++)
        if (steps[x] < least) {
            least = steps[x];
            s->at = x;
        }
    return least != UINT32_MAX;
}

/* what the binade from 1 on, or it and the next one, repeat everywhere */
static bool periodic(const struct problem *p, struct shape *s, unsigned low)
{
    struct tc_arena *arena = p->l->low.family->arena;
    int64_t length = (int64_t)1 << low, one = 2 - p->l->f->low - (int64_t)p->l->p, slope = 0;
    int64_t row = (one > 0 ? one : 1) * p->l->hidden / length, base, step;
    struct bounds *key = tc_alloc(arena, (size_t)length, sizeof *key);
    unsigned least = UINT32_MAX;

    if ((row + 1) * length + 1 > p->l->last)
        return false;
    for (int64_t x = row * length; x <= (row + 1) * length; x++)
        if (p->key[x].lo != p->key[x].hi)
            return false;
    base = p->key[row * length].lo;
    step = p->key[(row + 1) * length].lo - base;
    for (int64_t a = -2; a <= 2; a++) {
        struct stairs t;

        for (int64_t x = 0; x < length; x++)
            key[x].lo = key[x].hi = p->key[row * length + x].lo - base - a * x;
        t = steps_through(arena, key, NULL, length);
        if (t.n < least) {
            least = t.n;
            slope = a;
            s->pattern = t;
        }
    }
    for (unsigned a = 0; a + 1 < p->t.width; a++)
        s->weight[a] = a < low ? slope * ((int64_t)1 << a) : step * ((int64_t)1 << (a - low));
    s->low = low;
    return true;
}

#define SHAPES 9

static unsigned all_shapes(const struct problem *p, struct shape *s)
{
    unsigned n = 1;

    straight(p, &s[n++], 1);
    straight(p, &s[n++], -1);
    for (int side = -1; side <= 1; side += 2) {
        n += clipped(p, &s[n], side, false);
        if (p->domain == WORDS)
            n += clipped(p, &s[n], side, true);
    }
    for (unsigned low = p->l->p - 1; low <= p->l->p && low < p->t.width - 1; low++) {
        s[n] = (struct shape){0};
        n += low && periodic(p, &s[n], low);
    }
    for (unsigned k = 0; k < n; k++)
        finish(p, &s[k]);
    return n;
}

/* what two layers take, or one where that is fewer */
static unsigned estimate(const struct stairs *s, enum telescope_side kind)
{
    unsigned one = stairs_gates(s, kind), two = telescope_estimate(s, kind);

    return two < one ? two : one;
}

/* two layers where that takes fewer gates */
static unsigned plan(const struct problem *p, const struct stairs *s, enum telescope_side kind,
                     struct telescope **two)
{
    unsigned gates = stairs_gates(s, kind);

    *two = telescope_plan(p->l->low.family->arena, s, kind);
    if (*two && telescope_gates(*two) >= gates)
        *two = NULL;
    return *two ? telescope_gates(*two) : gates;
}

static void plan_shape(const struct problem *p, struct shape *s)
{
    s->gates[1] = clip_bits(p, s) + plan(p, &s->rest, side_kind(p), &s->two[1]);
    if (s->low)
        s->gates[1] += plan(p, &s->pattern, TELESCOPE_NONE, &s->two[0]);
}

/* ------------------------------------------------------------------------------ forms */

/* the bits of the operand's word, weighted */
static struct tc_form weighted_bits(struct fl *l, const int64_t *weight)
{
    struct tc_family *f = l->low.family;
    unsigned width = l->p + l->q;
    struct tc_index *a = tc_index_new(f, "a", width, NULL);
    const struct tc_index *ix = a;
    struct tc_axis at = tc_axis_of(f->arena, a);
    struct tc_form x = fl_fraction_bit(l, fl_operand(l, tc_axis_const(0)), at);
    int64_t low = 0, high = 0;

    for (unsigned k = 0; k < width; k++) {
        low += weight[k] < 0 ? weight[k] : 0;
        high += weight[k] > 0 ? weight[k] : 0;
    }
    if (low == high)
        return tc_form_si(f, 0);
    x = tc_form_times(f, x, table_of(&l->low, "weight", width, weight), &at);
    return claim(&l->low, tc_form_sum(f, x, 1, &ix, 0, NULL), low, high);
}

/* the lowest n bits as a number */
static struct tc_form bits_number(struct fl *l, unsigned n)
{
    int64_t weight[TC_FORMAT_MAX_BITS] = {0};

    for (unsigned a = 0; a < n; a++)
        weight[a] = (int64_t)1 << a;
    return weighted_bits(l, weight);
}

static struct tc_form x_form(const struct problem *p)
{
    return bits_number(p->l, p->t.width - (p->domain != WORDS));
}

/* gates [size bit + x >= size + at], or [size bit - x >= size + 1 - at], weighted */
static struct tc_form clip_form(const struct problem *p, const struct shape *s)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    unsigned n = clip_bits(p, s);
    struct tc_index *a = tc_index_new(f, "a", n, NULL);
    const struct tc_index *ix = a;
    struct tc_axis at = tc_axis_of(f->arena, a);
    struct tc_form x = s->by_key ? bits_number(l, p->t.width - 1) : x_form(p);
    int64_t weight[TC_TABLE_MAX_BITS];

    x = tc_form_add(
        f, tc_form_scale_si(f, x, s->clip),
        tc_form_scale_si(f, fl_fraction_bit(l, fl_operand(l, tc_axis_const(0)), at), p->size));
    x = wire_of(&l->low, &tc_bank_new(f, "clip", x, NULL,
                                      tc_form_si(f, p->size + (s->clip > 0 ? s->at : 1 - s->at)),
                                      true, 0, NULL, l->low.component,
                                      "bits of the operand, on one side of a threshold")
                              ->plane);
    for (unsigned k = 0; k < n; k++)
        weight[k] = s->slope * ((int64_t)1 << k);
    x = tc_form_times(f, x, table_of(&l->low, "weight", n, weight), &at);
    return tc_form_sum(f, x, 1, &ix, 0, NULL);
}

/* all keys that the form takes; every one is right */
static struct bounds range_of(const struct problem *p, const struct shape *s, int64_t negative)
{
    struct tc_arena *arena = p->l->low.family->arena;
    int64_t *pattern = s->low ? values_of(arena, &s->pattern) : NULL;
    int64_t *rest = values_of(arena, &s->rest), keys = keys_of(p);
    struct bounds b = {FREE, -FREE};

    for (int64_t w = 0; w < p->t.size; w++) {
        int64_t x = p->domain == WORDS ? w : w % keys, v;

        if (!p->t.code[w])
            continue;
        v = predicted(p, s, pattern, x) + rest[x] + (w >= keys ? negative : 0);
        assert(p->t.key[w].lo <= v && v <= p->t.key[w].hi);
        b.lo = v < b.lo ? v : b.lo;
        b.hi = v > b.hi ? v : b.hi;
    }
    return b;
}

/* what makes the key of negative operands 0 */
static int64_t negative_weight(const struct problem *p, const struct shape *s)
{
    return p->domain == POSITIVE ? -1 - range_of(p, s, -FREE / 2).hi : 0;
}

static struct tc_form nan_form(const struct problem *p)
{
    struct tc_arena *arena = p->l->low.family->arena;
    struct table t = p->t;
    struct problem q = {.l = p->l};
    struct stairs s;
    struct tc_form none = tc_form_si(p->l->low.family, 0);

    for (int64_t w = 0; w < t.size; w++) {
        t.key[w] = (struct bounds){t.nan[w] == 1  ? 1
                                   : t.nan[w] < 0 ? -FREE
                                                  : 0,
                                   t.nan[w] == 0 ? 0 : FREE};
    }
    q.t = t;
    find_domain(&q);
    if (q.domain == POSITIVE)
        q.domain = WORDS;
    find_steps(&q);
    s = steps_through(arena, q.key, NULL, q.size);
    s.x = x_form(&q);
    return stairs_build(p->l, &s, NULL, TELESCOPE_NONE, none, "nan").value;
}

static bool has_nan(const struct table *t)
{
    for (int64_t w = 0; w < t->size; w++)
        if (t->nan[w] == 1)
            return true;
    return false;
}

static struct tc_form sign_form(const struct problem *p, struct tc_form side)
{
    struct tc_family *f = p->l->low.family;
    struct tc_form sign = fl_sign(p->l, fl_operand(p->l, tc_axis_const(0)));

    switch (p->sign) {
    case SIGN_PLUS:
        return tc_form_si(f, 0);
    case SIGN_SAME:
        return sign;
    case SIGN_OTHER:
        return tc_form_sub(f, tc_form_si(f, 1), sign);
    default:
        return side;
    }
}

static void build(struct problem *p, struct shape *s, bool two)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    struct tc_form sign = fl_sign(l, fl_operand(l, tc_axis_const(0)));
    int64_t negative = negative_weight(p, s);
    struct bounds range = range_of(p, s, negative);
    struct fl_result r = {.has_nan = has_nan(&p->t)};
    struct stairs_forms y;

    s->weight[p->t.width - 1] += negative;
    r.key = weighted_bits(l, s->weight);
    if (s->clip)
        r.key = tc_form_add(f, r.key, clip_form(p, s));
    if (s->low) {
        s->pattern.x = bits_number(l, s->low);
        y = stairs_build(l, &s->pattern, two ? s->two[0] : NULL, TELESCOPE_NONE, sign, "pattern");
        r.key = tc_form_add(f, r.key, y.value);
    }
    s->rest.x = x_form(p);
    y = stairs_build(l, &s->rest, two ? s->two[1] : NULL, side_kind(p), sign, "step");
    r.key = claim(&l->low, tc_form_add(f, r.key, y.value), range.lo, range.hi);
    r.sign = sign_form(p, y.side);
    if (r.has_nan)
        r.nan = nan_form(p);
    fl_output(l, "y", r);
}

/* ------------------------------------------------------------------------------ choice */

/* the steps are all there is and begin at 0: their bits take no carries */
static bool is_plain(const struct problem *p, const struct stairs *s)
{
    int64_t value = s->first, least = value;

    for (unsigned k = 0; k < s->n; k++) {
        value += s->jump[k];
        least = value < least ? value : least;
    }
    return least == 0 && p->domain != POSITIVE;
}

/* One chain alone is a circuit of depth 2, with the gates that its bits become.  Else the
 * shapes with fewest gates in one layer, at depth 3 with carries, and by a first estimate
 * in two, at depth 4. */
static void choose(struct problem *p)
{
    struct shape *s = tc_alloc(p->l->low.family->arena, SHAPES, sizeof *s);
    unsigned n = all_shapes(p, s), best[3] = {0, 0, 0}, k;
    struct cost cost[3];

    for (k = 0; k < n; k++) {
        s[k].gates[1] = clip_bits(p, &s[k]) + estimate(&s[k].rest, side_kind(p));
        if (s[k].low)
            s[k].gates[1] += estimate(&s[k].pattern, TELESCOPE_NONE);
        for (unsigned layer = 0; layer < 2; layer++)
            if (s[k].gates[layer] < s[best[layer + 1]].gates[layer])
                best[layer + 1] = k;
    }
    plan_shape(p, &s[best[2]]);
    for (k = 0; k < 3; k++)
        cost[k] = (struct cost){.depth = k + 2, .gates = s[best[k]].gates[k == 2]};
    cost[0].depth += !is_plain(p, &s[0].rest);
    k = cheapest(&p->l->low, 3, cost);
    build(p, &s[best[k]], k == 2);
}

/* Whether no table is wanted: of floor where it takes thousands of gates more, or fewer are
 * wanted than depth. */
static bool is_simple(const struct fl *l)
{
    unsigned bits = l->p + l->q;

    switch (l->prim->op) {
    case TC_OP_RELU:
    case TC_OP_NEG:
    case TC_OP_ABS:
        return true;
    case TC_OP_FLOOR:
        return fl_has_floor(l) &&
               (bits > TC_TABLE_MAX_BITS || l->low.options->level == TC_LEVEL_SIZE ||
                (l->low.options->level == TC_LEVEL_1 && bits > 13));
    default:
        return false;
    }
}

bool fl_lower_function(struct fl *l)
{
    struct problem p = {.l = l};
    struct tc_series none;

    if (is_simple(l)) {
        fl_lower_simple(l);
        return true;
    }
    if (l->p + l->q > TC_TABLE_MAX_BITS) {
        if (l->prim->op == TC_OP_RECIP)
            return fl_arith_quotient(l);
        if (l->prim->op == TC_OP_SQRT)
            return fl_arith_root(l);
        if (l->prim->op == TC_OP_RSQRT)
            return fl_arith_reciprocal_root(l);
        tc_series_size(l->prim, &none, l->low.err); /* says why there is none */
        return false;
    }
    if (!tabulate(l, &p.t))
        return false;
    find_domain(&p);
    find_sign(&p);
    find_steps(&p);
    choose(&p);
    return true;
}
