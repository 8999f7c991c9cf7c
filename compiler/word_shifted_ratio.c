/* word_shifted_ratio.c -- a quotient by a root and a number more, rounded to a float once
 *
 * r = g / root(v) + b.  Leading bits give a number t of few bits beside r, and an exact comparison
 * tells on which side of it r is.  Where g and b cancel, r is the leading bits of
 * (g^2 - b^2 v) / (root(v) (|g| + |b| root(v))).  CONSTRUCTIONS.md, "A quotient by a root, and a
 * bias".
 */
#include "carries.h"
#include "ratio.h"

#define MORE  2  /* bits of t beyond the format's */
#define GUARD 7  /* bits of the short quotient beyond the format's */
#define LONG  12 /* bits of g beyond b's, where they cancel */
/* the place of b's leading one less that of g / root(v), counted as by leading_count: where it is
 * from NEAR_LOW on and below NEAR_HIGH they may cancel */
#define NEAR_LOW  (-1)
#define NEAR_HIGH 3

struct shifted {
    struct lowering *L;
    const char *name;
    struct leading g, v, b; /* magnitudes; 2^d is beside g / root(v) by its leading places */
    struct number bias;     /* b with its sign */
    struct tc_form minus_g, minus_b;
    unsigned p, width;                 /* of the format; bits of |b| */
    unsigned bits;                     /* of the short quotient's operands */
    struct number w;                   /* |b| / 2^d in units of 2^-(p + 1), where it is near */
    struct tc_form near, cancel;       /* a chain; one form of two gates */
    const struct tc_index *n;          /* of that chain */
    unsigned unit, root_unit;          /* numerator and divisor are in 2^-unit, 2^-root_unit */
    struct number difference, divisor; /* where they cancel */
    struct number root;
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

static struct number unsigned_word(struct lowering *L, struct number x)
{
    x = number_integer(L, x);
    x.plus = true;
    return x;
}

/* the n bits from the last down */
static struct number upper(struct lowering *L, const struct number *x, unsigned n)
{
    const struct tc_index *a = tc_index_new(L->family, "a", n, NULL);
    struct tc_axis at = tc_axis_plus(L->family->arena, tc_axis_const(x->a->extent - n), 1, a);

    return unsigned_word(
        L, (struct number){.bit = tc_form_subst(L->family, x->bit, x->a, at), .a = a});
}

/* x 2^up as a number of n bits, of x without a sign, whose bits are wires */
static struct tc_form padded(struct lowering *L, const struct number *x, unsigned up,
                             const struct tc_index *a)
{
    struct tc_family *f = L->family;
    unsigned n = (unsigned)a->extent;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *any = tc_alloc(f->arena, n, sizeof *any);
    struct tc_axis here = tc_axis_of(f->arena, a), at;

    for (unsigned k = 0; k < n; k++) {
        any[k] = k >= up && k - up < x->a->extent;
        row[k] = any[k] ? k - up : 0;
    }
    at = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = here.at};
    return tc_form_times(f, tc_form_subst(f, x->bit, x->a, at), table_of(L, "any", n, any), &here);
}

/* ---------------------------------------------------------------- is b near -g / root(v) */

static struct tc_form apart(struct shifted *s)
{
    struct tc_family *f = s->L->family;

    return tc_form_sub(f, leading_count(s->L, &s->g), leading_count(s->L, &s->v));
}

/* the chain [b leads by NEAR_LOW + n places or more], and whether they cancel */
static void compare_bias(struct shifted *s)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    unsigned n = NEAR_HIGH - NEAR_LOW + 1;
    int64_t *theta = tc_alloc(f->arena, n, sizeof *theta);
    struct tc_form x = tc_form_sub(f, leading_count(L, &s->b), apart(s)), within, some, turn;
    struct tc_axis at;

    for (unsigned k = 0; k < n; k++)
        theta[k] = NEAR_LOW + (int64_t)k;
    s->n = tc_index_new(f, "n", n, NULL);
    at = tc_axis_of(f->arena, s->n);
    s->near =
        wire_of(L, &tc_bank_new(f, name_of(L, named(s, "near")), x, s->n,
                                tc_form_table(f, table_of(L, "theta", n, theta), &at), true, 0,
                                NULL, L->component, "where the bias leads, beside the quotient")
                        ->plane);
    within = tc_form_sub(f, tc_form_subst(f, s->near, s->n, tc_axis_const(0)),
                         tc_form_subst(f, s->near, s->n, tc_axis_const(n - 1)));
    some = tc_form_subst(f, s->g.at_least, s->g.t, tc_axis_const(0));
    turn = tc_form_sub(f, s->minus_b, s->minus_g);
    x = gate(s, "cancel.below", tc_form_add(f, tc_form_add(f, within, some), turn), 3,
             "a bias below 0 may cancel the quotient");
    within = tc_form_sub(f, within, turn);
    s->cancel = tc_form_add(f, x, gate(s, "cancel.above", within, 2, "the same, of one above 0"));
    s->cancel = claim(L, s->cancel, 0, 1);
}

/* w: the leading bits of |b|, up by as many places as it leads by, NEAR_LOW counting as 0 */
static void align_bias(struct shifted *s)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    const struct tc_index *j = tc_index_new(f, "j", NEAR_HIGH - NEAR_LOW, NULL);
    const struct tc_index *b = tc_index_new(f, "b", s->b.top.a->extent, NULL);
    struct tc_form x = tc_form_subst(f, s->near, s->n, tc_axis_of(f->arena, j));
    struct tc_axis next = tc_axis_plus(f->arena, tc_axis_const(1), 1, j);

    x = tc_form_sub(f, x, tc_form_subst(f, s->near, s->n, next));
    x = tc_form_add(f, x, tc_form_subst(f, s->b.top.bit, s->b.top.a, tc_axis_of(f->arena, b)));
    x = gate(s, "align", x, 2, "bits of the bias at their places beside the quotient");
    s->w =
        unsigned_word(L, moved_up(L, named(s, "near.bias"), x, b, j, "the bias, where it is near"));
}

/* ------------------------------------------------------------- what is left of both */

/* g and v from their leading places on, as numbers of 1 .. 2 and 1 .. 4: g^2 - w^2 v, and the
 * divisor root(v) g + w v of fewer bits */
static void cancelled(struct shifted *s)
{
    struct lowering *L = s->L;
    unsigned p = s->p, g = (unsigned)s->g.top.a->extent, v = (unsigned)s->v.top.a->extent;
    unsigned square = 2 * g - 2, other = 2 * p + v;
    struct number x = s->g.top, y = s->v.top, z = upper(L, &y, s->bits + 2), gg, wv;
    struct exact left = {.name = named(s, "left")}, below = {.name = named(s, "below")};

    s->root = short_root(L, named(s, "root"), z, s->bits);
    if (L->err->kind)
        return;
    s->root = unsigned_word(L, s->root);
    gg = words_wide_dot(L, named(s, "square"), x, x, 0, NULL);
    wv = words_exact_dot(L, named(s, "bias.square"), s->w, s->w, 0, NULL);
    wv = words_wide_dot(L, named(s, "bias.times"), wv, y, 0, NULL);
    s->unit = square > other ? square : other;
    words_term(L, &left, power_of_two(L, s->unit - square), &gg, NULL, 0, NULL);
    words_term(L, &left, shifted_si(L, -1, s->unit - other), &wv, NULL, 0, NULL);
    s->difference = number_narrowed(L, words_exactly(L, &left), s->unit + 8);
    s->root_unit = 2 * s->bits - 2;
    x = upper(L, &x, s->bits);
    words_term(L, &below, NULL, &s->root, &x, 0, NULL);
    words_term(L, &below, power_of_two(L, s->root_unit - p - s->bits - 1), &s->w, &z, 0, NULL);
    s->divisor = words_exactly(L, &below);
}

/* bit a of x where they cancel, else of y 2^up */
static struct number either(struct shifted *s, const char *what, const struct number *x,
                            const struct number *y, unsigned up)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct number z[2];
    struct tc_form bit;
    unsigned n = (unsigned)y->a->extent + up;
    const struct tc_index *a;

    z[0] = number_gates(L, tc_form_add(f, x->bit, s->cancel), x->a, 2,
                        tc_sprintf(f->arena, "%s.cancelled", named(s, what)),
                        "its bits where they cancel");
    z[1] = number_gates(L, tc_form_sub(f, y->bit, s->cancel), y->a, 1, named(s, what),
                        "its bits where they do not");
    if (n < x->a->extent)
        n = (unsigned)x->a->extent;
    a = tc_index_new(f, "a", n, NULL);
    bit = tc_form_add(f, padded(L, &z[0], 0, a), padded(L, &z[1], up, a));
    return unsigned_word(L, (struct number){.bit = claim(L, bit, 0, 1), .a = a});
}

/* --------------------------------------------------------------------- the number beside */

/* 0/1: just one of them is 1 */
static struct tc_form one_of(struct shifted *s, struct tc_form x, struct tc_form y)
{
    struct tc_family *f = s->L->family;
    struct tc_form sum = tc_form_add(f, x, y);
    struct tc_form both = gate(s, "both", sum, 2, "both are below 0");

    return claim(s->L, tc_form_sub(f, sum, tc_form_scale_si(f, both, 2)), 0, 1);
}

/* g / root(v), and b where they do not cancel, else what is left of both; in units of 2^-unit */
static struct number nearly(struct shifted *s, unsigned unit)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    unsigned k = s->p + GUARD, up = s->unit + 1 - (unsigned)s->g.top.a->extent;
    struct ratio q = {.L = L, .name = s->name, .k = k, .bits = s->bits};
    int64_t first = (int64_t)k - unit + s->unit - s->root_unit;
    unsigned places = s->width + unit - k + 5;
    struct exact e = {.name = named(s, "nearly")};
    struct tc_form sign;
    struct number x, y;

    if (L->err->kind)
        return s->bias;
    x = magnitude_of(L, named(s, "left"), &s->difference);
    x = either(s, "over", &x, &s->g.top, up);
    y = either(s, "under", &s->divisor, &s->root, s->root_unit + 1 - s->bits);
    q.x = leading_bits(L, named(s, "over"), x, q.bits, 1);
    q.y = leading_bits(L, named(s, "under"), y, q.bits, 1);
    short_quotient(&q);
    if (L->err->kind)
        return x;
    ratio_apart(
        &q,
        tc_form_add(f, apart(s), tc_form_sub(f, leading_count(L, &q.x), leading_count(L, &q.y))),
        first, places);
    x = ratio_placed(&q, &q.t, first, places);
    sign = gate(s, "turn", tc_form_add(f, s->cancel, sign_bit(L, &s->difference)), 2,
                "the bias is more than the quotient");
    x = number_integer(L, words_signed(L, named(s, "part"), &x, one_of(s, sign, s->minus_g)));
    y = number_gates(L, tc_form_sub(f, s->bias.bit, s->cancel), s->bias.a, 1, named(s, "bias"),
                     "the bias, where it does not cancel");
    y = number_integer(L, y);
    words_term(L, &e, NULL, &x, NULL, 0, NULL);
    words_term(L, &e, power_of_two(L, unit), &y, NULL, 0, NULL);
    return words_exactly(L, &e);
}

/* the format with MORE bits, and with as many below its least */
static struct tc_format *finer(struct lowering *L)
{
    struct tc_format *f = tc_alloc(L->family->arena, 1, sizeof *f);

    *f = *L->format;
    f->p += MORE;
    f->low -= MORE;
    f->top = words_binades(L);
    f->spare = 0;
    f->underflow = TC_GRADUAL;
    f->infinity = f->nan = f->signed_zero = false;
    return f;
}

/* the nearest number of that, as an integer in units of 2^-MORE */
static struct number beside(struct shifted *s, struct number x, unsigned unit)
{
    struct lowering fine = *s->L;
    struct number t;

    fine.format = finer(s->L);
    fine.ieee = NULL;
    fine.bits = tc_format_width(fine.format);
    t = words_rounded(&fine, named(s, "beside"), x, power_of_two(&fine, unit - MORE));
    t = words_integer(&fine, named(s, "beside"), t);
    if (s->L->err->kind)
        return t;
    return number_integer(s->L, number_gates(s->L, t.bit, t.a, 1, named(s, "beside.bits"),
                                             "the number beside, as an integer"));
}

/* ------------------------------------------------------------------- which side of it */

/* -1 where r is above t, the sum of c's and g's signs and of two gates telling */
static struct number side(struct shifted *s, const char *what, struct tc_form minus_c,
                          struct tc_form minus_g, struct tc_form more, struct tc_form less)
{
    struct tc_family *f = s->L->family;
    struct tc_form sum = tc_form_add(f, minus_c, minus_g);
    struct tc_form y = gate(s, what, tc_form_sub(f, minus_c, minus_g), 1, "by the signs");

    y = tc_form_add(f, y,
                    gate(s, tc_sprintf(f->arena, "%s.plus", what), tc_form_sub(f, more, sum), 1,
                         "of two above 0"));
    y = tc_form_add(f, y,
                    gate(s, tc_sprintf(f->arena, "%s.minus", what), tc_form_add(f, less, sum), 3,
                         "of two below 0"));
    return number_minus(s->L, claim(s->L, y, 0, 1));
}

/* 4 t + sgn(r - t): r > t iff g > c root(v), c = t - b; in units of 2^-(MORE + 2) */
static struct number with_side(struct shifted *s, struct number t)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct exact less_bias = {.name = named(s, "beside.less")}, y = {.name = named(s, "odd")};
    struct number c, square, part[2];
    struct tc_form x, z, more, less, minus_c;

    words_term(L, &less_bias, NULL, &t, NULL, 0, NULL);
    words_term(L, &less_bias, shifted_si(L, -1, MORE), &s->bias, NULL, 0, NULL);
    c = words_exactly(L, &less_bias);
    if (L->err->kind)
        return t;
    minus_c = sign_bit(L, &c);
    c = magnitude_of(L, named(s, "beside.less"), &c);
    square = words_wide_dot(L, named(s, "beside.square"), unsigned_word(L, c), unsigned_word(L, c),
                            0, NULL);
    if (L->err->kind)
        return t;
    square = number_narrowed(L, square, 2 * (unsigned)c.a->extent);
    x = tc_form_scale_si(f, sum_of_ands(L, named(s, "and.g"), &s->g.x, NULL), 1 << 2 * MORE);
    z = sum_of_ands(L, named(s, "and.v"), &square, &s->v.x);
    more = gate(s, "more", tc_form_sub(f, x, z), 1, "the quotient's square is above");
    less = gate(s, "less", tc_form_sub(f, z, x), 1, "the quotient's square is below");
    part[0] = side(s, "above", minus_c, s->minus_g, more, less);
    part[1] = side(s, "below", s->minus_g, minus_c, less, more);
    words_term(L, &y, tc_mpz_si(f->arena, 4), &t, NULL, 0, NULL);
    words_term(L, &y, tc_mpz_si(f->arena, -1), &part[0], NULL, 0, NULL);
    words_term(L, &y, NULL, &part[1], NULL, 0, NULL);
    return words_exactly(L, &y);
}

struct number words_float_by_root_plus(struct lowering *L, const char *name, struct number g,
                                       struct number v, struct number b)
{
    unsigned p = L->format->p, unit = p + 2 * GUARD, width = (unsigned)b.a->extent - 1;
    struct shifted s = {.L = L, .name = name, .p = p, .width = width};
    struct tc_form beyond = tc_form_add(L->family, g.beyond, b.beyond);
    struct number y;

    if (L->err->kind)
        return g;
    s.bits = (p + GUARD + 5) / 2 * 2;
    s.minus_g = sign_bit(L, &g);
    s.bias = number_integer(
        L, number_gates(L, b.bit, b.a, 1, named(&s, "bias.bits"), "the bias as an integer"));
    s.minus_b = sign_bit(L, &s.bias);
    g = magnitude_of(L, named(&s, "numerator"), &g);
    b = magnitude_of(L, named(&s, "bias"), &s.bias);
    s.g = leading_bits(L, named(&s, "numerator"), unsigned_word(L, g), width + LONG, 1);
    s.v = leading_bits(L, named(&s, "divisor"), v, width + LONG + 4, 2);
    s.b = leading_bits(L, named(&s, "bias"), b, p, 1);
    s.g.top = unsigned_word(L, s.g.top);
    s.v.top = unsigned_word(L, s.v.top);
    compare_bias(&s);
    align_bias(&s);
    cancelled(&s);
    y = nearly(&s, unit);
    y = with_side(&s, beside(&s, y, unit));
    if (L->err->kind)
        return g;
    y.beyond = beyond;
    return words_rounded(L, name, y, power_of_two(L, MORE + 2));
}
