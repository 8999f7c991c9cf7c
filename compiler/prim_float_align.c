/* prim_float_align.c -- x + y and x - y, aligned at the larger exponent
 *
 * With e the larger of the exponents and S = (x + y) / 2^(e - 1) least numbers, the
 * smaller operand is shifted by chains in the exponents' difference, and left out where
 * it is below a quarter of the last place.  S >= B rounds as it does at any e, and e B is
 * linear.  S below B / 2 occurs only where the exponents differ by at most 1: there S is a
 * number of halves, and what a half more adds to the key depends on e where the result
 * is subnormal: gates masked by [e >= v].  CONSTRUCTIONS.md, "Aligned addition". */
#include "float.h"

#include <string.h>

struct align {
    struct fl *l;
    bool gradual, sub;
    int64_t b, window; /* shifts 0 .. window; an ulp is 2^window */
    struct tc_index *o;
    struct fl_word one, two; /* operand o, and the other one */
    struct tc_form sign;     /* of operand o in the sum */
    struct tc_form field, other;
    struct tc_form sum;    /* S, infinities far beyond */
    struct tc_form larger; /* e */
};

static struct tc_form over_operands(struct align *s, struct tc_form x)
{
    const struct tc_index *ix = s->o;

    return tc_form_sum(s->l->low.family, x, 1, &ix, 0, NULL);
}

/* a form over the operand's number */
static struct tc_form by_operand(struct align *s, const char *name, int64_t zero, int64_t one)
{
    int64_t entry[2] = {zero, one};
    struct tc_axis at = tc_axis_of(s->l->low.family->arena, s->o);

    return tc_form_table(s->l->low.family, table_of(&s->l->low, name, 2, entry), &at);
}

static struct align align_open(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct tc_index *o = tc_index_new(f, "o", 2, NULL);
    struct tc_axis at = tc_axis_of(f->arena, o);
    static const int64_t flip[2] = {1, -1};
    struct align s = {.l = l,
                      .gradual = l->f->underflow == TC_GRADUAL,
                      .sub = l->prim->op == TC_OP_SUB,
                      .b = l->hidden,
                      .window = l->p + 1,
                      .o = o};

    s.one = fl_operand(l, at);
    s.two = fl_operand(l, tc_axis_plus(f->arena, tc_axis_const(1), -1, o));
    s.field = fl_field(l, s.one);
    s.other = fl_field(l, s.two);
    s.sign = fl_sign(l, s.one);
    if (s.sub) { /* 1 - sign of y */
        s.sign = tc_form_times(f, s.sign, table_of(&l->low, "turn", 2, flip), &at);
        s.sign = tc_form_add(f, s.sign, by_operand(&s, "turned", 0, 1));
        s.sign = claim(&l->low, s.sign, 0, 1);
    }
    return s;
}

/* ------------------------------------------------------------------- significands */

/* [x >= at - w] weighted, w from..to downwards, by weight(window, w) */
static struct tc_form ladder(struct align *s, const char *name, struct tc_form x, int64_t at,
                             int64_t from, int64_t (*weight)(int64_t, int64_t), int64_t times,
                             const char *note)
{
    struct tc_arena *arena = s->l->low.family->arena;
    mpz_ptr *theta = tc_alloc(arena, (size_t)from + 1, sizeof *theta);
    int64_t *w = tc_alloc(arena, (size_t)from + 1, sizeof *w), lo = 0, hi = 0, sum = 0;
    unsigned n = 0;

    for (int64_t k = from; k >= 0; k--) {
        int64_t value = times * weight(s->window, k);

        if (!value)
            continue;
        theta[n] = tc_mpz_si(arena, at - k);
        w[n++] = value;
        sum += value;
        lo = sum < lo ? sum : lo;
        hi = sum > hi ? sum : hi;
    }
    return fl_weigh(s->l, fl_bank(s->l, name, x, n, theta, note), n, w, 0, lo, hi);
}

/* at an exponent w below the other's: 2^(window - w) */
static int64_t shifted(int64_t window, int64_t w)
{
    return w == window ? 1 : (int64_t)1 << (window - w - 1);
}

/* of a subnormal number, whose exponent is 1 and not 0, w now the other's field: as much
 * again, at 1 .. window; 1 at window + 1 */
static int64_t shifted_less(int64_t window, int64_t w)
{
    if (w == 0)
        return -((int64_t)1 << (window - 1));
    return w == window + 1 ? 1 : w == window ? 0 : (int64_t)1 << (window - w - 1);
}

/* a bit of the operand of each sign; x its form, 0/1, or NULL for the hidden bit */
static struct tc_form both_signs(struct align *s, const char *name, const struct tc_form *bit,
                                 struct tc_form x, int64_t from,
                                 int64_t (*weight)(int64_t, int64_t), int64_t times,
                                 const char *note)
{
    struct tc_family *f = s->l->low.family;
    int64_t m = (int64_t)4 << s->l->q, at = 0;
    struct tc_form sign, plus, minus;

    while (m <= 2 * s->window)
        m *= 2;
    sign = tc_form_scale_si(f, s->sign, m);
    if (bit) {
        x = tc_form_add(f, x, tc_form_scale_si(f, *bit, m));
        at = m;
    }
    plus = ladder(s, tc_sprintf(f->arena, "%s.plus", name), tc_form_sub(f, x, sign), at, from,
                  weight, times, note);
    minus = ladder(s, tc_sprintf(f->arena, "%s.minus", name), tc_form_add(f, x, sign), at + m, from,
                   weight, times, note);
    return tc_form_sub(f, plus, minus);
}

/* E_o = 0 and the other's field at most w: [-M E_o - E >= -w] */
static struct tc_form zero_field(struct align *s)
{
    struct tc_family *f = s->l->low.family;
    struct tc_form x = tc_form_scale_si(f, s->field, -((int64_t)8 << s->l->q));

    return tc_form_sub(f, x, s->other);
}

/* the hidden bit is none where the field is 0 */
static struct tc_form without_hidden(struct align *s)
{
    struct tc_family *f = s->l->low.family;
    struct tc_form x = zero_field(s), sign;
    struct tc_axis at = tc_axis_of(f->arena, s->o);
    int64_t turn[2] = {1, s->sub ? -1 : 1};

    if (s->gradual)
        return both_signs(s, "unhidden", NULL, x, s->window, shifted, -s->b,
                          "no hidden bit: a subnormal number, or zero");
    x = ladder(s, "unhidden", x, 0, s->window, shifted, -s->b, "no hidden bit: zero");
    sign = tc_form_times(f, x, table_of(&s->l->low, "turn", 2, turn), &at); /* +0 is turned too */
    return s->sub ? sign : x;
}

/* S: at most 8 p (p + 2) gates */
static struct tc_form significands(struct align *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    const struct tc_index *ix = a;
    struct tc_form bit = fl_fraction_bit(l, s->one, at), d = tc_form_sub(f, s->field, s->other), x;
    int64_t most = (4 * s->b - 2) << s->window;

    x = both_signs(s, "bit", &bit, d, s->window, shifted, 1, "fraction bits, shifted");
    if (s->gradual)
        x = tc_form_add(f, x,
                        both_signs(s, "bit.subnormal", &bit, zero_field(s), s->window + 1,
                                   shifted_less, 1,
                                   "subnormal numbers' are shifted one place less"));
    x = tc_form_times(f, x, powers(&l->low, l->p - 1, false), &at);
    x = tc_form_sum(f, x, 1, &ix, 0, NULL);
    x = tc_form_add(f, x,
                    both_signs(s, "hidden", NULL, d, s->window, shifted, s->b, "hidden bits"));
    x = over_operands(s, tc_form_add(f, x, without_hidden(s)));
    return claim(&l->low, x, -most, most);
}

/* max(E_x, E_y), or 1: each bit of the larger one, 2 q gates */
static struct tc_form larger_field(struct align *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", l->q, NULL);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const(l->p - 1), 1, a), axis;
    const struct tc_index *ix = a;
    int64_t m = (int64_t)2 << l->q;
    struct tc_form x = tc_form_scale_si(f, fl_fraction_bit(l, s->one, at), m);

    x = tc_form_add(f, x, tc_form_sub(f, s->field, s->other));
    x = tc_form_sub(f, x, by_operand(s, "later", 0, 1)); /* of equal ones the first */
    x = fl_gate(l, "larger", x, m, "the larger exponent's bits");
    axis = tc_axis_of(f->arena, a);
    x = tc_form_times(f, x, powers(&l->low, l->q, false), &axis);
    x = over_operands(s, tc_form_sum(f, x, 1, &ix, 0, NULL));
    if (s->gradual)
        x = tc_form_add(f, x,
                        fl_gate(l, "subnormal", tc_form_scale_si(f, over_operands(s, s->field), -1),
                                0, "both fields are 0: an exponent of 1"));
    return claim(&l->low, x, 0, ((int64_t)1 << l->q) - 1);
}

/* [e >= v] where the exponents differ by at most 1; for v = 2 anyway */
static struct tc_form at_least(struct align *s, int64_t v)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const char *name = tc_sprintf(f->arena, "larger.%lld", (long long)v);
    struct tc_index *a;
    const struct tc_index *ix;
    struct tc_form x;

    if (v > 2)
        return fl_gate(l, name, over_operands(s, s->field), 2 * v - 1,
                       "neighbours' larger exponent");
    a = tc_index_new(f, "a", l->q - 1, NULL);
    ix = a;
    x = fl_fraction_bit(l, s->one, tc_axis_plus(f->arena, tc_axis_const(l->p), 1, a));
    x = tc_form_sum(f, x, 1, &ix, 0, NULL);
    return fl_gate(l, name, over_operands(s, x), 1, "some exponent is 2 or more");
}

/* ----------------------------------------------------------------------- rounding */

/* least S of a result of n halves, n = 1 .. 2 B: exactly up to B, then rounded to halves */
static int64_t half_threshold(const struct align *s, int64_t n)
{
    int64_t middle = (2 * n - 1) << (s->window - 2);

    return n <= s->b ? n << (s->window - 1) : middle + n % 2;
}

/* least S whose key is e B + k, k = 1 ..: places 1, then 2 */
static int64_t upper_threshold(const struct align *s, int64_t k)
{
    int64_t b = s->b, twice = k <= b ? 2 * (b + k) - 1 : 2 * (2 * (k - 1) + 1);

    return (twice << (s->window - 1)) + k % 2;
}

/* key of n halves at e, exponents unbounded below without subnormal numbers */
static int64_t key_of_halves(const struct align *s, int64_t n, int64_t e)
{
    int64_t b = s->b, i = 1;

    if (!n)
        return 0;
    if (s->gradual && e == 1)
        return n / 2;
    while (n << i < 2 * b) /* n / 2 from B / 2^i */
        i++;
    if (s->gradual && e - i < 1) /* a number of least ones */
        return n << (e - 2);
    return (e - i - 1) * b + (n << (i - 1));
}

/* what n halves have more than n - 1 at e = v, beyond what v - 1 has */
static int64_t more(const struct align *s, int64_t n, int64_t v)
{
    int64_t now = key_of_halves(s, n, v) - key_of_halves(s, n - 1, v);

    if (v == 1)
        return now;
    return now - (key_of_halves(s, n, v - 1) - key_of_halves(s, n - 1, v - 1));
}

/* one sign's chain at v: thresholds and weights; how many */
static unsigned side(struct align *s, int64_t v, int64_t mask, mpz_ptr *at, int64_t *weight)
{
    struct tc_arena *arena = at ? s->l->low.family->arena : NULL;
    int64_t big = (int64_t)4 << (s->l->p + s->l->q), most = (4 * s->b - 2) << s->window;
    unsigned n = 0;

    for (int64_t k = 1; k <= 2 * s->b; k++) {
        int64_t w = k > 1 || s->gradual ? more(s, k, v) : 0;

        if (k == 1 && v == 1) /* 0 is far below the rest */
            w = big;
        if (!w)
            continue;
        if (at) {
            at[n] = tc_mpz_si(arena, half_threshold(s, k) + mask);
            weight[n] = w;
        }
        n++;
    }
    for (int64_t k = 1; v == 1 && k <= 2 * s->b && upper_threshold(s, k) <= most; k++) {
        if (at) {
            at[n] = tc_mpz_si(arena, upper_threshold(s, k));
            weight[n] = 1;
        }
        n++;
    }
    return n;
}

/* the key's part that chains at v make: 0 at S = B, all e >= v; below B negative */
static struct tc_form rounded(struct align *s, int64_t v)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t mask = v > 1 ? (int64_t)1 << (2 * l->p + 8) : 0, total = 0, least = 0;
    unsigned room = side(s, v, mask, NULL, NULL);
    mpz_ptr *at = tc_alloc(f->arena, room, sizeof *at);
    int64_t *weight = tc_alloc(f->arena, room, sizeof *weight);
    struct tc_form here = tc_form_si(f, 1), x[2], key = tc_form_si(f, 0);

    side(s, v, mask, at, weight);
    for (unsigned k = 0; k < room; k++)
        total += mpz_cmp_si(at[k], (s->b << s->window) + mask) <= 0 ? weight[k] : 0;
    if (v > 1)
        here = at_least(s, v);
    x[0] = s->sum;
    x[1] = tc_form_scale_si(f, s->sum, -1);
    for (unsigned k = 0; k < 2; k++) {
        const char *name =
            tc_sprintf(f->arena, "round.%lld.%s", (long long)v, k ? "minus" : "plus");

        x[k] = tc_form_add(f, x[k], tc_form_scale_si(f, here, mask));
        least = (int64_t)8 << (l->p + l->q);
        key = tc_form_add(f, key,
                          fl_weigh(l,
                                   fl_bank(l, name, x[k], room, at,
                                           k ? "a negative sum's size" : "the sum's size"),
                                   room, weight, 0, 0, least));
    }
    return tc_form_sub(f, key, tc_form_scale_si(f, here, total));
}

/* ------------------------------------------------------------------------------- */

static int64_t most_masks(const struct align *s)
{
    return s->gradual ? (int64_t)s->l->p + 1 : 1;
}

bool fl_can_align(const struct fl *l)
{
    const struct tc_prim *p = l->prim;

    return !p->nconst && p->noperand == 2 && p->op != TC_OP_DOT && l->p <= 20 && l->q >= 2;
}

uint64_t fl_align_cost(struct fl *l)
{
    struct align s = {
        .l = l, .gradual = l->f->underflow == TC_GRADUAL, .b = l->hidden, .window = l->p + 1};
    uint64_t bit = 4 * (l->p + 2), gates = l->p * bit + 2 * l->q + !l->f->signed_zero;

    gates += s.gradual ? l->p * bit + 1 + l->p : 2 * (l->p + 2);
    for (int64_t v = 1; v <= most_masks(&s); v++)
        gates += 2 * side(&s, v, 0, NULL, NULL);
    return gates;
}

void fl_align(struct fl *l, struct tc_form plus, struct tc_form minus, struct fl_result *r,
              struct tc_form *sum)
{
    struct tc_family *f = l->low.family;
    struct align s = align_open(l);

    s.sum = significands(&s);
    s.sum = tc_form_add(
        f, s.sum, tc_form_scale_si(f, tc_form_sub(f, plus, minus), (int64_t)1 << (2 * l->p + 5)));
    s.larger = larger_field(&s);
    r->key = tc_form_scale_si(f, s.larger, s.b);
    for (int64_t v = 1; v <= most_masks(&s); v++)
        r->key = tc_form_add(f, r->key, rounded(&s, v));
    if (l->f->underflow == TC_NEAREST) { /* sums that small are exact */
        r->has_half = true;
        r->half = r->key;
    }
    if (!l->f->signed_zero)
        r->sign = fl_gate(l, "sign", tc_form_scale_si(f, s.sum, -1), 1, "negative");
    *sum = s.sum;
}
