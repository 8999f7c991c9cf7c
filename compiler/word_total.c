/* word_total.c -- sums of many long words, of any number of bits
 *
 * Limbs of as many bits as the number of terms has are summed each by itself: a limb's sum has two
 * limbs, and all of them make two long words.  Of these a gate a place says whether a one is
 * carried into it, by all bits below.  CONSTRUCTIONS.md, "Floats of many exponents".
 */
#include "carries.h"
#include "led.h"

struct total {
    struct lowering *L;
    const char *name;
    unsigned limb, width;     /* bits of a limb, of the sum */
    const struct tc_index *j; /* limb */
    struct number v;          /* sums of limbs, two limbs each; free in j */
};

static const char *named(const struct total *s, const char *what)
{
    return tc_sprintf(s->L->family->arena, "%s.%s", s->name, what);
}

/* bit limb j + a of the terms, of those that are taken off turned; no gates */
static struct number limb_of(const struct total *s, const struct number *x,
                             const struct tc_index *z, const int64_t *minus)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    unsigned n = (unsigned)s->j->extent * s->limb, last = (unsigned)x->a->extent - 1;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row);
    int64_t *turn = tc_alloc(f->arena, (size_t)z->extent, sizeof *turn);
    struct number y = {.a = tc_index_new(f, "a", s->limb, NULL), .plus = true};
    struct tc_axis here = tc_axis_of(f->arena, z), at;

    for (unsigned k = 0; k < n; k++)
        row[k] = k < last ? k : last;
    for (int64_t k = 0; k < z->extent; k++)
        turn[k] = minus[k] ? -1 : 1;
    at = tc_axis_plus(f->arena, tc_axis_const(0), s->limb, s->j);
    at = tc_axis_plus(f->arena, at, 1, y.a);
    at = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = at.at};
    y.bit = tc_form_subst(f, x->bit, x->a, at);
    y.bit = tc_form_times(f, y.bit, table_of(L, "turn", (unsigned)z->extent, turn), &here);
    y.bit = tc_form_add(f, y.bit,
                        tc_form_table(f, table_of(L, "minus", (unsigned)z->extent, minus), &here));
    y.bit = claim(L, y.bit, 0, 1);
    return y;
}

/* what turned bits lack: one a term */
static struct number ones_of(const struct total *s, uint64_t ones)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    unsigned n = (unsigned)s->j->extent * s->limb;
    int64_t *bit = tc_alloc(f->arena, n, sizeof *bit);
    struct number y = {.a = tc_index_new(f, "a", s->limb, NULL), .plus = true};
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const(0), s->limb, s->j);

    for (unsigned k = 0; k < n && k < 64; k++)
        bit[k] = (int64_t)(ones >> k & 1);
    at = tc_axis_plus(f->arena, at, 1, y.a);
    y.bit = tc_form_table(f, table_of(L, "ones", n, bit), &at);
    return y;
}

static bool add_limbs(struct total *s, const struct number *x, const struct tc_index *z,
                      const int64_t *minus)
{
    struct exact e = {.name = named(s, "limbs"), .bits = 2 * s->limb, .wraps = true};
    struct number limb = limb_of(s, x, z, minus), one;
    uint64_t ones = 0;

    for (int64_t k = 0; k < z->extent; k++)
        ones += minus[k] != 0;
    exact_term(&e, NULL, &limb, NULL, 1, &z);
    one = ones_of(s, ones);
    if (ones)
        exact_term(&e, NULL, &one, NULL, 0, NULL);
    return !s->L->err->kind && operate_exactly(s->L, &e, &s->v);
}

/* bits of the word that the limbs' lower halves make, and of the one of the higher halves */
static struct tc_form halves(const struct total *s, const struct tc_index *a)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    unsigned n = (unsigned)a->extent;
    struct tc_axis here = tc_axis_of(f->arena, a), at;
    struct tc_form sum = tc_form_si(f, 0), x;

    for (unsigned high = 0; high < 2; high++) {
        int64_t *limb = tc_alloc(f->arena, n, sizeof *limb),
                *place = tc_alloc(f->arena, n, sizeof *place),
                *any = tc_alloc(f->arena, n, sizeof *any);

        for (unsigned k = 0; k < n; k++) {
            any[k] = k < s->width && k / s->limb >= high;
            limb[k] = any[k] ? k / s->limb - high : 0;
            place[k] = k % s->limb + high * s->limb;
        }
        at = (struct tc_axis){.via = table_of(L, "limb", n, limb), .arg = here.at};
        x = tc_form_subst(f, s->v.bit, s->j, at);
        at = (struct tc_axis){.via = table_of(L, "place", n, place), .arg = here.at};
        x = tc_form_subst(f, x, s->v.a, at);
        sum = tc_form_add(f, sum, tc_form_times(f, x, table_of(L, "any", n, any), &here));
    }
    return claim(L, sum, 0, 2);
}

/* [the bits below a carry into it], a = 0 .. width; the sum's bits by these */
static struct number carried(const struct total *s)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", (int64_t)s->width + 1, NULL);
    const struct tc_index *b = tc_index_new(f, "b", (int64_t)s->width + 1, NULL);
    struct tc_guard below = tc_guard_le(f->arena, b, a);
    mpz_ptr *power = tc_alloc(f->arena, s->width + 1, sizeof *power);
    struct tc_form carry, x, y;

    for (unsigned k = 0; k <= s->width; k++)
        power[k] = power_of_two(L, k);
    below.expr.at.constant--;
    x = tc_form_sum(f, times_table(L, "power", halves(s, b), 1, &b, power), 1, &b, 1, &below);
    carry = wire_of(L, &tc_bank_new(f, name_of(L, named(s, "carry")), x, NULL,
                                    times_table(L, "power", tc_form_si(f, 1), 1, &a, power), true,
                                    0, NULL, L->component, "what is carried into a place")
                            ->plane);
    b = tc_index_new(f, "a", s->width, NULL);
    x = tc_form_subst(f, carry, a, tc_axis_of(f->arena, b));
    y = tc_form_subst(f, carry, a, tc_axis_plus(f->arena, tc_axis_const(1), 1, b));
    x = tc_form_sub(f, tc_form_add(f, halves(s, b), x), tc_form_scale_si(f, y, 2));
    return number_integer(
        L, number_gates(L, claim(L, x, 0, 1), b, 1, s->name, "bits of the sum of all terms"));
}

struct number words_total(struct lowering *L, const char *name, struct number x,
                          const struct tc_index *z, const int64_t *minus)
{
    struct total s = {.L = L, .name = name, .limb = tc_bit_length((uint64_t)z->extent)};

    if (L->err->kind)
        return x;
    s.width = (unsigned)x.a->extent + s.limb;
    s.j = tc_index_new(L->family, "j", (s.width + s.limb - 1) / s.limb, NULL);
    return add_limbs(&s, &x, z, minus) ? carried(&s) : x;
}
