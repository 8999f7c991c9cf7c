/* float_decode.c -- a float's wires to its number, in one layer; see float.h
 *
 * With h_j(E) = 2^(j + max(E, 1) - 1) the number is (-1)^s times the sum of h_j(E) over
 * the fraction bits j that are 1, and of h_(p-1)(E) where E >= 1.  That the sign is s, bit
 * j is 1 and E >= e is one comparison, E + M bit +- M s >= M + e with M = 2^q: so a bit
 * takes a chain in e a sign.  What is linear in the wires takes no gate: h_j(1) of a bit
 * that is 1, and B E, the hidden bit's number at E = 0, 1, 2.
 *
 * At the field of infinities and NaN, top + 1, the chains give what they give at top.
 */
#include "float.h"

#include <assert.h>

/* 2^a 2^shift, of the fraction bits a */
static struct tc_form by_place(struct fl *l, struct tc_form x, struct tc_index *a)
{
    struct tc_axis at = tc_axis_of(l->low.family->arena, a);
    const struct tc_index *ix = a;

    x = tc_form_times(l->low.family, x, powers(&l->low, l->p - 1, false), &at);
    return tc_form_sum(l->low.family, x, 1, &ix, 0, NULL);
}

/* [y >= shift + e] for e = from .. to, the first one less `less`, weighted by weight(e);
 * 0 if there is none */
static struct tc_form chain_of(struct fl *l, const char *name, struct tc_form y, int64_t shift,
                               int64_t less, int64_t from,
                               void (*weight)(mpz_ptr, int64_t, unsigned), const char *note)
{
    struct tc_arena *arena = l->low.family->arena;
    int64_t to = l->f->top;
    unsigned n = to >= from ? (unsigned)(to - from + 1) : 0;
    mpz_ptr *at = tc_alloc(arena, n + 1, sizeof *at), *w = tc_alloc(arena, n + 1, sizeof *w);

    if (!n)
        return tc_form_si(l->low.family, 0);
    for (unsigned t = 0; t < n; t++) {
        at[t] = tc_mpz_si(arena, shift + from + (int64_t)t - (t ? 0 : less));
        w[t] = tc_mpz(arena);
        weight(w[t], from + (int64_t)t, l->p);
    }
    return fl_weigh_mpz(l, fl_bank(l, name_of(&l->low, name), y, n, at, note), n, w);
}

/* what h_0 grows by from e - 1 to e >= 2 */
static void grows(mpz_ptr w, int64_t e, unsigned p)
{
    (void)p;
    mpz_setbit(w, (mp_bitcnt_t)(e - 2));
}

/* with the sign; at e = 1, which stands for any E, twice h_0(1) */
static void falls(mpz_ptr w, int64_t e, unsigned p)
{
    (void)p;
    mpz_setbit(w, (mp_bitcnt_t)(e < 2 ? 1 : e - 2));
    mpz_neg(w, w);
}

/* hidden bit, less B E */
static void hidden_grows(mpz_ptr w, int64_t e, unsigned p)
{
    mpz_setbit(w, (mp_bitcnt_t)(e - 2));
    mpz_sub_ui(w, w, 1);
    mpz_mul_2exp(w, w, p - 1);
}

static void hidden_falls(mpz_ptr w, int64_t e, unsigned p)
{
    mpz_setbit(w, (mp_bitcnt_t)(e < 2 ? 0 : e - 2));
    mpz_add_ui(w, w, 1);
    mpz_mul_2exp(w, w, p - 1);
    mpz_neg(w, w);
}

void fl_largest_value(struct fl *l, mpz_ptr v)
{
    mpz_set_si(v, 2 * l->hidden - 1);
    mpz_mul_2exp(v, v, (mp_bitcnt_t)(l->f->top - 1));
}

uint64_t fl_value_cost(const struct fl *l)
{
    uint64_t top = (uint64_t)l->f->top, bits = l->p - 1;

    return bits * (2 * top - 1) + top + (top < 2 ? 0 : top - 2);
}

struct tc_form fl_value(struct fl *l, const char *name, struct fl_word x)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    int64_t m = (int64_t)1 << l->q;
    struct tc_form field = fl_field(l, x), sign = tc_form_scale_si(f, fl_sign(l, x), m);
    struct tc_form bit = fl_fraction_bit(l, x, tc_axis_of(f->arena, a));
    struct tc_form y = tc_form_add(f, field, tc_form_scale_si(f, bit, m)), part[6];
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    const char *plus = tc_sprintf(f->arena, "%s.plus", name);
    const char *minus = tc_sprintf(f->arena, "%s.minus", name);

    part[0] = bit;
    part[1] = chain_of(l, plus, tc_form_sub(f, y, sign), m, 0, 2, grows,
                       "a bit of a positive number, by exponents");
    part[2] = chain_of(l, minus, tc_form_add(f, y, sign), 2 * m, 1, 1, falls,
                       "a bit of a negative number: at all, and by exponents");
    part[0] = by_place(l, tc_form_add(f, tc_form_add(f, part[0], part[1]), part[2]), a);
    part[1] = tc_form_scale_si(f, field, l->hidden);
    plus = tc_sprintf(f->arena, "%s.hidden", plus);
    minus = tc_sprintf(f->arena, "%s.hidden", minus);
    part[2] = chain_of(l, plus, tc_form_sub(f, field, sign), 0, 0, 3, hidden_grows,
                       "the hidden bit of a positive number");
    part[3] = chain_of(l, minus, tc_form_add(f, field, sign), m, 0, 1, hidden_falls,
                       "the hidden bit of a negative number");
    for (unsigned k = 1; k < 4; k++)
        part[0] = tc_form_add(f, part[0], part[k]);
    fl_largest_value(l, hi);
    mpz_add_ui(hi, hi, (unsigned long)l->hidden); /* B E at top + 1 */
    mpz_neg(lo, hi);
    return tc_form_range(f, part[0], lo, hi);
}

/* ---------------------------------------------------------------------- two layers
 *
 * E = 2^k E_1 + E_0.  The bits of m 2^(E_0) are sums of ANDs of wires, of a bit and all of
 * E_0; each is then shifted by chains in E_1.  That is twice the number, but for subnormal
 * ones, whose fraction counts once more. */

static uint64_t split_cost(const struct fl *l, unsigned low)
{
    uint64_t chain = (uint64_t)(l->f->top >> low), places = l->p - 1 + ((uint64_t)1 << low);

    return ((uint64_t)l->p << low) + places * (2 * chain + 1) + 2 * (l->p - 1);
}

/* the bits of E_0 that cost least */
static unsigned split(const struct fl *l)
{
    unsigned best = 1;

    for (unsigned k = 2; k < l->q && k <= 16; k++)
        if (split_cost(l, k) < split_cost(l, best))
            best = k;
    return best;
}

bool fl_can_split(const struct fl *l)
{
    return l->q > 2;
}

uint64_t fl_value_two_cost(const struct fl *l)
{
    return split_cost(l, split(l));
}

/* n bits of the word from bit `first` as a number */
static struct tc_form bits_of(struct fl *l, struct fl_word x, unsigned first, unsigned n)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", n, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    const struct tc_index *ix = a;
    struct tc_form y = fl_fraction_bit(l, x, tc_axis_plus(f->arena, tc_axis_const(first), 1, a));

    y = tc_form_times(f, y, powers(&l->low, n, false), &at);
    return tc_form_sum(f, y, 1, &ix, 0, NULL);
}

/* - (how many of the low bits of E differ from those of e), over index e */
static struct tc_form differing(struct fl *l, struct fl_word x, struct tc_index *e, unsigned low)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", low, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, e), tc_axis_of(f->arena, a)};
    const struct tc_index *ix = a;
    int64_t extent[2] = {(int64_t)1 << low, low};
    int64_t *sign = tc_alloc(f->arena, (size_t)low << low, sizeof *sign);
    int64_t *ones = tc_alloc(f->arena, (size_t)1 << low, sizeof *ones);
    struct tc_form y = fl_fraction_bit(l, x, tc_axis_plus(f->arena, tc_axis_const(l->p - 1), 1, a));

    for (size_t v = 0; v < (size_t)1 << low; v++)
        for (unsigned k = 0; k < low; k++) {
            bool one = (v >> k) & 1;

            sign[v * low + k] = one ? 1 : -1;
            ones[v] += one;
        }
    y = tc_form_times(f, y, tc_table_dense(f, "agrees", 2, extent, sign), at);
    y = tc_form_sum(f, y, 1, &ix, 0, NULL);
    return tc_form_sub(f, y, tc_form_table(f, table_of(&l->low, "ones", 1u << low, ones), at));
}

/* bit `place` of B 2^(E_0), of a number that has the hidden bit */
static struct tc_form shifted_hidden(struct fl *l, const char *name, struct fl_word x, unsigned low,
                                     struct tc_index *place)
{
    struct tc_family *f = l->low.family;
    struct tc_index *e = tc_index_new(f, "e", (int64_t)1 << low, NULL);
    struct tc_index *h = tc_index_new(f, "e", ((int64_t)1 << low) - 1, NULL);
    struct tc_axis at = tc_axis_of(f->arena, place);
    int64_t *here = tc_alloc(f->arena, (size_t)place->extent, sizeof *here);
    struct tc_form agree = differing(l, x, e, low), y, none;
    const struct tc_index *ix = h;
    struct tc_guard guard[2];

    /* E_0 = h + 1, at place p + h; or E_0 = 0, and E is not */
    agree = tc_form_subst(f, agree, e, tc_axis_plus(f->arena, tc_axis_const(1), 1, h));
    y = fl_gate(l, tc_sprintf(f->arena, "%s.low.hidden", name), agree, 0,
                "the low bits of the exponent");
    guard[0].expr = tc_axis_plus(f->arena, tc_axis_of(f->arena, h), -1, place);
    guard[0].expr.at.constant += l->p;
    guard[1].expr = tc_axis_plus(f->arena, at, -1, h);
    guard[1].expr.at.constant -= l->p;
    y = tc_form_sum(f, y, 1, &ix, 2, guard);
    none = tc_form_scale_si(f, bits_of(l, x, l->p - 1, low), (int64_t)1 << l->q);
    none = tc_form_sub(f, bits_of(l, x, l->p - 1 + low, l->q - low), none);
    none = fl_gate(l, tc_sprintf(f->arena, "%s.low.zero", name), none, 1,
                   "they are 0, and the others not all");
    here[l->p - 1] = 1;
    none = tc_form_times(f, none, table_of(&l->low, "hidden", (unsigned)place->extent, here), &at);
    return tc_form_add(f, y, none);
}

/* bit `place` of m 2^(E_0): bit j of m where E_0 = place - j */
static struct tc_form shifted_bit(struct fl *l, const char *name, struct fl_word x, unsigned low,
                                  struct tc_index *place)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_index *e = tc_index_new(f, "e", (int64_t)1 << low, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a), where;
    struct tc_form y = fl_fraction_bit(l, x, at);
    const struct tc_index *ix = a;
    struct tc_guard guard[2];

    y = fl_gate(l, tc_sprintf(f->arena, "%s.low", name), tc_form_add(f, y, differing(l, x, e, low)),
                1, "a fraction bit, and the low bits of the exponent");
    /* e = place - a, from 0 to 2^low - 1 */
    where = tc_axis_plus(f->arena, tc_axis_of(f->arena, place), -1, a);
    guard[0].expr = where;
    guard[1].expr = tc_axis_plus(f->arena, tc_axis_const(((int64_t)1 << low) - 1), -1, place);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, 1, a);
    y = tc_form_sum(f, tc_form_subst(f, y, e, where), 1, &ix, 2, guard);
    return claim(&l->low, tc_form_add(f, y, shifted_hidden(l, name, x, low, place)), 0, 1);
}

/* bit 2^(2^low E_1) with the sign, as a chain of each sign */
static struct tc_form shifted_high(struct fl *l, const char *name, struct fl_word x, unsigned low,
                                   struct tc_form bit)
{
    struct tc_family *f = l->low.family;
    unsigned n = (unsigned)(l->f->top >> low);
    int64_t m = (int64_t)2 << l->q;
    mpz_ptr *at = tc_alloc(f->arena, n + 1, sizeof *at), *w = tc_alloc(f->arena, n + 1, sizeof *w);
    struct tc_form sign = tc_form_scale_si(f, fl_sign(l, x), m), y, plus, minus;
    mpz_ptr less = tc_mpz(f->arena);

    y = bits_of(l, x, l->p - 1 + low, l->q - low);
    y = tc_form_add(f, y, tc_form_scale_si(f, bit, m));
    for (unsigned k = 0; k <= n; k++) { /* from k - 1 to k; at 0 the sign turns */
        at[k] = tc_mpz_si(f->arena, 2 * m + k);
        w[k] = tc_mpz_si(f->arena, -1);
        mpz_mul_2exp(w[k], w[k], k ? (mp_bitcnt_t)k << low : 1);
        mpz_set_ui(less, k > 0);
        mpz_mul_2exp(less, less, k ? (mp_bitcnt_t)(k - 1) << low : 0);
        mpz_add(w[k], w[k], less);
    }
    minus = fl_weigh_mpz(l,
                         fl_bank(l, tc_sprintf(f->arena, "%s.minus", name), tc_form_add(f, y, sign),
                                 n + 1, at, "a bit of a negative number, by high exponents"),
                         n + 1, w);
    if (!n)
        return tc_form_add(f, bit, minus);
    for (unsigned k = 1; k <= n; k++) {
        at[k] = tc_mpz_si(f->arena, m + k);
        mpz_neg(w[k], w[k]);
    }
    plus = fl_weigh_mpz(l,
                        fl_bank(l, tc_sprintf(f->arena, "%s.plus", name), tc_form_sub(f, y, sign),
                                n, at + 1, "the same of a positive one"),
                        n, w + 1);
    return tc_form_add(f, tc_form_add(f, bit, minus), plus);
}

/* what subnormal numbers lack: f once more */
static struct tc_form twice_subnormal(struct fl *l, const char *name, struct fl_word x)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_form y = fl_fraction_bit(l, x, tc_axis_of(f->arena, a)), sign = fl_sign(l, x), plus;

    y = tc_form_sub(f, y, fl_field(l, x));
    plus = fl_gate(l, tc_sprintf(f->arena, "%s.plus.subnormal", name), tc_form_sub(f, y, sign), 1,
                   "a bit of a positive subnormal number");
    y = fl_gate(l, tc_sprintf(f->arena, "%s.minus.subnormal", name), tc_form_add(f, y, sign), 2,
                "a bit of a negative one");
    return by_place(l, tc_form_sub(f, plus, y), a);
}

struct tc_form fl_value_two(struct fl *l, const char *name, struct fl_word x)
{
    struct tc_family *f = l->low.family;
    unsigned low = split(l);
    struct tc_index *place = tc_index_new(f, "b", l->p - 1 + ((int64_t)1 << low), NULL);
    struct tc_axis at = tc_axis_of(f->arena, place);
    const struct tc_index *ix = place;
    struct tc_form v = shifted_high(l, name, x, low, shifted_bit(l, name, x, low, place));
    int64_t extent = place->extent;
    mpz_ptr *power = tc_alloc(f->arena, (size_t)extent, sizeof *power);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);

    for (int64_t k = 0; k < extent; k++) {
        power[k] = tc_mpz(f->arena);
        mpz_setbit(power[k], (mp_bitcnt_t)k);
    }
    v = tc_form_times(f, v, tc_table_dense_mpz(f, "place", 1, &extent, power), &at);
    v = tc_form_add(f, tc_form_sum(f, v, 1, &ix, 0, NULL), twice_subnormal(l, name, x));
    fl_largest_value(l, hi);
    mpz_mul_2exp(hi, hi, 2); /* at top + 1 */
    mpz_neg(lo, hi);
    return tc_form_range(f, v, lo, hi);
}

struct tc_form fl_is_infinite(struct fl *l, const char *name, struct fl_word x, bool minus)
{
    struct tc_family *f = l->low.family;
    struct tc_form key = fl_key(l, x), sign = fl_sign(l, x);

    /* the least NaN is one further: the other sign's infinity is not */
    key = minus ? tc_form_add(f, key, sign) : tc_form_sub(f, key, sign);
    return fl_gate(l, name_of(&l->low, name), key, l->last + 1 + minus,
                   minus ? "-infinity, or NaN" : "+infinity, or NaN");
}

struct tc_form fl_is_nan(struct fl *l, const char *name, struct fl_word x)
{
    return fl_gate(l, name_of(&l->low, name), fl_key(l, x), l->last + 1 + l->f->infinity, "NaN");
}

struct tc_form fl_is_zero(struct fl *l, const char *name, struct fl_word x)
{
    return fl_gate(l, name_of(&l->low, name), tc_form_scale_si(l->low.family, fl_key(l, x), -1), 0,
                   "zero");
}
