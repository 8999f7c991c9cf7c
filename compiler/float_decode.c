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
