/* word_far_shifted.c -- a quotient by a root and a number more, of sums of numbers that are far
 * apart, rounded once
 *
 * r = g / root(v) + b.  With the same signs |r| is (|g| + |b| root(v)) / root(v), else it is
 * (g^2 - b^2 v) / (root(v) (|g| + |b| root(v))): leading bits of these make a number t beside r,
 * and with c = t - b the sign of g - c root(v) says on which side.  CONSTRUCTIONS.md, "Floats of
 * many exponents".
 */
#include "carries.h"
#include "led.h"

#include <assert.h>

struct shifted {
    struct lowering *L;
    const char *name;
    unsigned bits, k; /* of leading bits; t is 2^k times a quotient of them */
    struct led g, v, b;
    struct number root, root_bits; /* of v's leading bits; the same with a sign */
    struct led left, whole;        /* g^2 - b^2 v; |g| + |b| root(v) */
    struct tc_form opposite;       /* g is below 0 and b is not, or g above and b below */
    struct tc_form minus;          /* r is below 0 */
    struct number t, e;            /* t 2^(e + up) is beside |r| */
    int64_t up;
};

static const char *named(const struct shifted *s, const char *what)
{
    return tc_sprintf(s->L->family->arena, "%s.%s", s->name, what);
}

static struct tc_form gate(const struct shifted *s, const char *what, struct tc_form x,
                           int64_t least, const char *note)
{
    return one_gate(s->L, named(s, what), x, least, note);
}

static struct tc_form zero(const struct shifted *s)
{
    return tc_form_si(s->L->family, 0);
}

static struct number gates(const struct shifted *s, const char *what, const struct number *x,
                           const char *note)
{
    return number_integer(s->L, number_gates(s->L, x->bit, x->a, 1, named(s, what), note));
}

/* a number that is not negative, in two's complement */
static struct number plain(const struct shifted *s, const char *what, const struct number *x)
{
    struct number y = far_with_sign(s->L, x, 0, zero(s), zero(s));

    return gates(s, what, &y, "bits of a factor");
}

static struct tc_form not_zero(const struct leading *x, struct lowering *L)
{
    return tc_form_subst(L->family, x->at_least, x->t, tc_axis_const(0));
}

/* g^2 - x^2 v */
static bool difference(const struct shifted *s, const struct placed *x, struct far_sum *sum)
{
    struct tc_arena *arena = s->L->family->arena;
    const struct placed *g = &s->g.p, *v = &s->v.p;
    struct far_square square = {
        .x = g, .name = tc_sprintf(arena, "%s.g", sum->name), .up = 2 * x->up + v->up};

    square.add = 2 * g->up - square.up;
    if (!far_square_terms(&square, sum))
        return false;
    square.x = x;
    square.by = v;
    square.name = tc_sprintf(arena, "%s.v", sum->name);
    square.add = 0;
    square.minus = true;
    return far_square_terms(&square, sum);
}

/* ------------------------------------------------------------------- leading bits */

/* of v's leading bits, and of 1 in the place of 0 */
static void take_root(struct shifted *s)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct number top = s->v.leading.top;
    struct tc_axis at = tc_axis_of(f->arena, top.a);
    int64_t *last = tc_alloc(f->arena, (size_t)top.a->extent, sizeof *last);
    struct tc_form none = tc_form_sub(f, tc_form_si(f, 1), not_zero(&s->v.leading, L));

    last[top.a->extent - 1] = 1;
    none = tc_form_times(f, none, table_of(L, "last", (unsigned)top.a->extent, last), &at);
    top.bit = claim(L, tc_form_add(f, top.bit, none), 0, 1);
    s->root = short_root(L, named(s, "root"), top, s->bits);
    if (!L->err->kind)
        s->root_bits = plain(s, "root.plain", &s->root);
}

/* |g| + |b| root(v) */
static void add_magnitudes(struct shifted *s)
{
    struct lowering *L = s->L;
    struct far_sum sum = {.name = named(s, "whole")};
    struct number x = plain(s, "quotient.plain", &s->g.leading.top), y, half = far_half(L, s->v.e);

    x.place = &s->g.e;
    x.up = s->g.p.up - (int64_t)s->bits;
    far_term(&sum, &x, false, 0, NULL);
    y = words_product(L, named(s, "bias.root"), plain(s, "bias.plain", &s->b.leading.top),
                      s->root_bits);
    y.place = far_exponent(L, named(s, "bias.root"), &s->b.e, 1, &half, 0);
    y.up = s->b.p.up + s->v.p.up / 2 - 2 * (int64_t)s->bits;
    far_term(&sum, &y, false, 0, NULL);
    far_lead(&s->whole, L, &sum, s->bits, false, 1);
}

/* whether the signs differ, and r's */
static void compare_signs(struct shifted *s)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct tc_form b = s->b.sign, g = s->g.sign, left = s->left.sign, x;

    x = tc_form_add(f, tc_form_sub(f, b, g), not_zero(&s->g.leading, L));
    x = gate(s, "opposite.above", x, 2, "a bias below 0, and a quotient above");
    s->opposite = claim(L,
                        tc_form_add(f, x,
                                    gate(s, "opposite.below", tc_form_sub(f, g, b), 1,
                                         "a quotient below 0, and a bias that is not")),
                        0, 1);
    x = tc_form_add(f, tc_form_scale_si(f, b, 2), left);
    x = gate(s, "minus.bias", tc_form_sub(f, x, s->opposite), 2, "below 0, as the bias is");
    s->minus =
        claim(L,
              tc_form_add(f, x,
                          gate(s, "minus.quotient", tc_form_sub(f, tc_form_sub(f, g, b), left), 1,
                               "below 0, as the quotient is")),
              0, 1);
}

/* ----------------------------------------------------------------- the number beside */

/* x where the signs differ, else y */
static struct number either(const struct shifted *s, const char *what, struct number x,
                            struct number y)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;

    x = number_gates(L, tc_form_add(f, x.bit, s->opposite), x.a, 2,
                     tc_sprintf(f->arena, "%s.opposite", named(s, what)),
                     "its bits where the signs differ");
    y = number_gates(L, tc_form_sub(f, y.bit, s->opposite), y.a, 1, named(s, what),
                     "its bits where they do not");
    y.bit = tc_form_add(f, y.bit, tc_form_subst(f, x.bit, x.a, tc_axis_of(f->arena, y.a)));
    y.bit = claim(L, y.bit, 0, 1);
    return number_integer(L, y);
}

/* root(v) (|g| + |b| root(v)), without its last bits - 1 bits */
static struct number divisor(const struct shifted *s)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct number x = words_product(L, named(s, "divisor"), s->root_bits,
                                    plain(s, "whole.plain", &s->whole.leading.top));
    const struct tc_index *a = tc_index_new(f, "a", s->root.a->extent, NULL);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const((int64_t)s->bits - 1), 1, a);

    if (L->err->kind)
        return x;
    x.bit = tc_form_subst(f, x.bit, x.a, at);
    x.a = a;
    return x;
}

static void divide(struct shifted *s)
{
    struct lowering *L = s->L;
    struct ratio q = {.L = L, .name = s->name, .k = s->k, .bits = s->bits};
    struct number half, e[2];

    if (L->err->kind)
        return;
    q.x.step = q.y.step = 1;
    q.x.top = either(s, "over", s->left.leading.top, s->whole.leading.top);
    q.y.top = either(s, "under", divisor(s), s->root);
    short_quotient(&q);
    half = far_half(L, s->v.e);
    e[0] = *far_exponent(L, named(s, "apart"), &s->left.e, -1, &s->whole.e,
                         s->left.p.up - 2 * s->whole.p.up + 1);
    e[1] = number_widened(L, s->whole.e, e[0].a->extent);
    e[0] = number_widened(L, e[0], e[1].a->extent);
    e[1] = either(s, "exponent", e[0], e[1]);
    s->e = *far_exponent(L, named(s, "unit"), &e[1], -1, &half, 0);
    s->up = s->whole.p.up - s->v.p.up / 2 - (int64_t)s->k;
    s->t = q.t;
}

/* -------------------------------------------------------------- on which side of it */

/* [c < 0], c = t - b */
static struct tc_form beside_bias(struct shifted *s, const struct far_sum *b, struct placed *c)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct far_sum sum = *b;
    struct tc_form above, turn = tc_form_sub(f, tc_form_si(f, 1), s->minus);
    struct number x = words_signed(L, named(s, "beside"), &s->t, turn);
    struct exact e = {.name = named(s, "beside.sum")};

    sum.name = named(s, "beside");
    x = gates(s, "beside.bits", &x, "the number beside, as it is taken off");
    x.place = &s->e;
    x.up = s->up;
    far_term(&sum, &x, false, 0, NULL);
    above = zero(s);
    if (!far_place(c, L, &sum, 0, 1))
        return above;
    far_placed_terms(c, &sum, false, &e);
    exact_sign(L, &e, &above, NULL);
    return above;
}

/* r is above t (the other way round: below) */
static struct tc_form side(const struct shifted *s, const char *what, struct tc_form minus_c,
                           struct tc_form minus_g, struct tc_form more, struct tc_form less)
{
    struct tc_family *f = s->L->family;
    struct tc_form sum = tc_form_add(f, minus_c, minus_g);
    struct tc_form y = gate(s, what, tc_form_sub(f, minus_c, minus_g), 1, "by the signs");

    y = tc_form_add(f, y,
                    gate(s, tc_sprintf(f->arena, "%s.plus", what), tc_form_sub(f, more, sum), 1,
                         "of two that are not below 0"));
    y = tc_form_add(f, y,
                    gate(s, tc_sprintf(f->arena, "%s.minus", what), tc_form_add(f, less, sum), 3,
                         "of two below 0"));
    return claim(s->L, y, 0, 1);
}

/* 2 t + 1, 2 t, 2 t - 1 where |r| is above, at, below t */
static struct number with_side(struct shifted *s, const struct far_sum *b)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct far_sum rest = {.name = named(s, "rest")};
    struct exact e = {.name = named(s, "rest.sum")};
    struct ratio q = {.L = L, .name = s->name, .t = s->t};
    struct tc_form more, less, minus_c, of[2], turned[2];
    struct placed c, p;

    if (L->err->kind)
        return s->t;
    minus_c = beside_bias(s, b, &c);
    if (L->err->kind || !difference(s, &c, &rest) || !far_place(&p, L, &rest, 0, 1))
        return s->t;
    far_placed_terms(&p, &rest, false, &e);
    if (!exact_sign(L, &e, &more, &less))
        return s->t;
    of[0] = side(s, "above", minus_c, s->g.sign, more, less);
    of[1] = side(s, "below", s->g.sign, minus_c, less, more);
    for (unsigned k = 0; k < 2; k++) {
        turned[k] = far_of_sign(L, named(s, k ? "less" : "more"), "plus", of[k], s->minus, false);
        turned[k] = tc_form_add(
            f, turned[k],
            far_of_sign(L, named(s, k ? "less" : "more"), "minus", of[!k], s->minus, true));
        turned[k] = claim(L, turned[k], 0, 1);
    }
    return ratio_odd(&q, turned[0], turned[1]);
}

struct number far_by_root_plus(struct lowering *L, const char *name, const struct far_sum *g,
                               const struct far_sum *v, const struct far_sum *b)
{
    unsigned p = L->format->p;
    struct shifted s = {.L = L, .name = name, .bits = (p + 10) / 2 * 2, .k = p + 3};
    struct far_sum left = {.name = named(&s, "left")};
    struct tc_form beyond;
    struct number z = g->term[0].x;

    assert(far_all_plus(g) && far_all_plus(v) && far_all_plus(b));
    far_lead(&s.g, L, g, s.bits, true, 1);
    far_lead(&s.v, L, v, s.bits + 2, false, 2);
    far_lead(&s.b, L, b, s.bits, true, 1);
    if (L->err->kind)
        return z;
    take_root(&s);
    if (L->err->kind || !difference(&s, &s.b.p, &left))
        return z;
    far_lead(&s.left, L, &left, s.bits, true, 1);
    add_magnitudes(&s);
    if (L->err->kind)
        return z;
    compare_signs(&s);
    divide(&s);
    z = with_side(&s, b);
    if (L->err->kind)
        return z;
    z = number_narrowed(L, z, (unsigned)z.a->extent - 1);
    z = far_with_sign(L, &z, 0, zero(&s), s.minus);
    z = far_scaled(L, name, z, s.e, s.up - 1);
    beyond = tc_form_add(L->family, s.g.p.beyond, s.v.p.beyond);
    return words_nan(L, named(&s, "nan"), z, tc_form_add(L->family, beyond, s.b.p.beyond));
}
