/* prim_float_quotient.c -- quotients of two floats
 *
 * That x / y is at least a constant is one comparison of multiples of the significands,
 * linear in their bits: a quotient needs no product.  Where no number is subnormal, the
 * key is linear in the exponents and in a chain of such comparisons: one layer.  Else the
 * operands are normalized first, and quotients below the least normal number, whose last
 * place does not move, have comparisons of their own, each at one difference of
 * exponents.  CONSTRUCTIONS.md, "Quotients of floats".
 */
#include "float.h"

#include <string.h>

/* |x| = significand 2^(exponent - 1) units, B <= significand < 2 B, unless x is 0 */
struct normal {
    struct tc_form significand, exponent;
};

struct quotient {
    struct fl *l;
    struct tc_index *o; /* operand 0, 1 */
    struct fl_word one; /* operand o */
    struct normal x, y;
    struct tc_form distance; /* of the exponents */
    int64_t big;             /* more than any key */
};

static struct tc_form over_operands(struct quotient *q, struct tc_form x)
{
    const struct tc_index *ix = q->o;

    return tc_form_sum(q->l->low.family, x, 1, &ix, 0, NULL);
}

/* x's number less y's */
static struct tc_form difference(struct quotient *q, struct tc_form x)
{
    static const int64_t sign[2] = {1, -1};
    struct tc_family *f = q->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, q->o);

    return over_operands(q, tc_form_times(f, x, table_of(&q->l->low, "difference", 2, sign), &at));
}

static struct tc_form quotient_sign(struct quotient *q)
{
    return fl_sign_of_two(q->l, over_operands(q, fl_sign(q->l, q->one)),
                          "both operands have sign 1");
}

/* NaN, 0 / 0 or infinity / infinity: how many of 4 reasons hold */
static struct tc_form quotient_nan(struct quotient *q)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    struct tc_form x = over_operands(q, fl_is_nan(l, "nan", q->one)), y;

    y = tc_form_scale_si(f, over_operands(q, fl_key(l, q->one)), -1);
    x = tc_form_add(f, x, fl_gate(l, "zeros", y, 0, "both operands are zero"));
    if (l->f->infinity) {
        struct tc_index *a = tc_index_new(f, "a", l->q, NULL);
        const struct tc_index *ix = a;
        struct fl_word w = q->one;

        w.at[w.plane->naxis - 1] = tc_axis_plus(f->arena, tc_axis_const(l->p - 1), 1, a);
        y = tc_form_sum(f, tc_form_wire(f, w.plane, w.at), 1, &ix, 0, NULL);
        x = tc_form_add(f, x,
                        fl_gate(l, "infinities", over_operands(q, y), 2 * (int64_t)l->q,
                                "all bits of both exponents"));
    }
    return x;
}

/* the key out of all bounds where an operand is zero or infinite; the rest */
static void quotient_finish(struct quotient *q, struct tc_form key, struct fl_result *r)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    struct tc_form zero = fl_is_zero(l, "operand.zero", q->one), out;

    out = tc_form_scale_si(f, difference(q, zero), -1);
    if (l->f->infinity && l->f->nan)
        out = tc_form_add(f, out,
                          difference(q, fl_gate(l, "infinite", fl_key(l, q->one), l->last + 1,
                                                "infinity or NaN")));
    if (!l->f->nan) /* 0 / 0 is 0 */
        out = tc_form_sub(f, out, tc_form_subst(f, zero, q->o, tc_axis_const(0)));
    if (r->has_half)
        r->half = tc_form_add(f, r->half, tc_form_scale_si(f, out, 2));
    r->key = tc_form_add(f, key, tc_form_scale_si(f, out, q->big));
    r->sign = quotient_sign(q);
    r->has_nan = l->f->nan;
    if (r->has_nan)
        r->nan = quotient_nan(q);
}

/* ----------------------------------------------------------------------- chains */

/* [alpha x + more >= beta[t] y + at[t]], x and y the significands, summed over t */
static struct tc_form ratios(struct quotient *q, const char *name, int64_t alpha,
                             struct tc_form more, unsigned n, const int64_t *beta,
                             const int64_t *at, const char *note)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    struct tc_index *t = tc_index_new(f, "t", n, NULL);
    struct tc_axis axis = tc_axis_of(f->arena, t);
    const struct tc_index *ix = t;
    struct tc_form x = tc_form_add(f, tc_form_scale_si(f, q->x.significand, alpha), more), y;

    y = tc_form_times(f, q->y.significand, table_of(&l->low, "middle", n, beta), &axis);
    y = tc_form_add(f, y, tc_form_table(f, table_of(&l->low, "theta", n, at), &axis));
    x = wire_of(&l->low,
                &tc_bank_new(f, name, x, n > 1 ? t : NULL, y, true, 0, NULL, l->low.component, note)
                     ->plane);
    return tc_form_sum(f, x, 1, &ix, 0, NULL);
}

/* The key within two binades, from that of 1/2: x / y >= (2 B + 2 i + 1) 2^b / 4 B.  The
 * quotient is at least B / (2 B - 1), at most (2 B - 1) / B.  With mask, a 0/1 form,
 * 0 where that is 0. */
static struct tc_form significands(struct quotient *q, const struct tc_form *mask)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    int64_t b = l->hidden, reached = 0, m = 16 * b * b;
    int64_t *beta = tc_alloc(f->arena, 2 * (size_t)b, sizeof *beta);
    int64_t *at = tc_alloc(f->arena, 2 * (size_t)b, sizeof *at);
    struct tc_form more = tc_form_si(f, 0), key;
    unsigned n = 0;

    for (int64_t k = 1; k <= 2 * b; k++) {
        int64_t middle = (2 * b + 2 * ((k - 1) % b) + 1) << (k > b), tie = k % 2;

        if (4 * b * b - middle * (2 * b - 1) >= tie) {
            reached++;
        } else if (4 * b * (2 * b - 1) - middle * b >= tie) {
            beta[n] = middle;
            at[n++] = tie + (mask ? m : 0);
        }
    }
    if (mask)
        more = tc_form_scale_si(f, *mask, m);
    key = ratios(q, "round", 4 * b, more, n, beta, at, "the quotient at least so large");
    if (mask) /* where it is 0 the key is linear alone */
        return tc_form_add(f, key, tc_form_scale_si(f, *mask, reached));
    return tc_form_add(f, key, tc_form_si(f, reached));
}

/* (exponents' difference - low - p + 1) B, the field of 1/2 */
static struct tc_form linear_key(struct quotient *q)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    struct tc_form key = tc_form_scale_si(f, q->distance, l->hidden);

    return tc_form_add(f, key, tc_form_si(f, (1 - l->f->low - (int64_t)l->p) * l->hidden));
}

/* --------------------------------------------------- without subnormal numbers */

static void without_subnormals(struct quotient *q, struct fl_result *r)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    struct tc_form b = tc_form_si(f, l->hidden), key;

    q->x.significand = tc_form_add(f, b, fl_fraction(l, fl_operand(l, tc_axis_const(0))));
    q->y.significand = tc_form_add(f, b, fl_fraction(l, fl_operand(l, tc_axis_const(1))));
    q->distance = difference(q, fl_field(l, q->one));
    key = tc_form_add(f, linear_key(q), significands(q, NULL));
    if (l->f->underflow == TC_NEAREST) { /* above 2^half: beyond it, or there and x > y */
        int64_t half = l->f->low + (int64_t)l->p - 2, m = 2 * l->hidden;
        struct tc_form x = tc_form_sub(f, q->x.significand, q->y.significand);

        x = tc_form_add(f, x, tc_form_scale_si(f, q->distance, m));
        r->has_half = true;
        r->half = fl_gate(l, "above", x, half * m + 1, "above half the least number");
    }
    quotient_finish(q, key, r);
}

/* ------------------------------------------------------ with subnormal numbers */

/* Of a subnormal number with leading bit j: gates [it is so, and bit i is 1], i <= j, are
 * ANDs of wires and complements.  They turn f into f 2^(p - 1 - j). */
static struct normal normalize(struct quotient *q)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    unsigned n = l->p - 1, extent = n * n;
    struct tc_index *j = tc_index_new(f, "j", n, NULL), *i = tc_index_new(f, "i", n, NULL);
    struct tc_index *a = tc_index_new(f, "a", n, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, j), tc_axis_of(f->arena, i)};
    const struct tc_index *ix[2] = {j, i}, *above = a;
    int64_t *weight = tc_alloc(f->arena, extent, sizeof *weight);
    int64_t *lead = tc_alloc(f->arena, n, sizeof *lead), shape[2] = {n, n};
    struct tc_guard guard = tc_guard_le(f->arena, i, j), more = tc_guard_le(f->arena, j, a);
    struct tc_form x = fl_fraction_bit(l, q->one, at[0]), y;
    const struct tc_plane *g;
    struct normal z;

    more.expr.at.constant--;
    x = tc_form_add(f, x, fl_fraction_bit(l, q->one, at[1]));
    y = fl_fraction_bit(l, q->one, tc_axis_of(f->arena, a));
    y = tc_form_sum(f, y, 1, &above, 1, &more);
    x = tc_form_sub(f, tc_form_sub(f, x, tc_form_scale_si(f, y, 2)),
                    tc_form_scale_si(f, fl_field(l, q->one), 2));
    g = &tc_bank_new(f, "lead", x, NULL, tc_form_si(f, 2), true, 1, &guard, l->low.component,
                     "a subnormal number's leading bit, and one not above it")
             ->plane;
    for (unsigned k = 0; k < n; k++) {
        for (unsigned m = 0; m <= k; m++)
            weight[k * n + m] = (((int64_t)1 << (n - k)) - 1) << m;
        weight[k * n + k] -= l->hidden;
        lead[k] = (int64_t)k + 1 - (int64_t)n;
    }
    y = tc_form_times(f, wire_of(&l->low, g), tc_table_dense(f, "shift", 2, shape, weight), at);
    y = tc_form_sum(f, y, 2, ix, 1, &guard);
    z.significand =
        tc_form_add(f, tc_form_add(f, fl_fraction(l, q->one), y), tc_form_si(f, l->hidden));
    z.significand = claim(&l->low, z.significand, l->hidden, 2 * l->hidden - 1);
    y = tc_form_subst(f, wire_of(&l->low, g), i, at[0]);
    y = tc_form_times(f, y, table_of(&l->low, "lead", n, lead), at);
    y = tc_form_sum(f, y, 1, ix, 0, NULL);
    z.exponent = tc_form_add(f, fl_field(l, q->one), y);
    z.exponent = claim(&l->low, z.exponent, 1 - (int64_t)n, ((int64_t)1 << l->q) - 1);
    return z;
}

/* The exponents' difference is at least `from`: gates on the wires where that holds of
 * two subnormal numbers anyway; else a gate of the next layer.  Where x alone is subnormal,
 * the fields' difference is too large by the leading zeros of its fraction.  Then y's
 * field from - J + 1 passes, but should not with an x below 2^(p - 1 - J), J = 1, ...:
 * two gates of a chain each. */
static struct tc_form large_distance(struct quotient *q, int64_t from)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    struct fl_word wx = fl_operand(l, tc_axis_const(0)), wy = fl_operand(l, tc_axis_const(1));
    mpz_ptr *at = tc_alloc(f->arena, 2 * (size_t)l->p, sizeof *at);
    int64_t *weight = tc_alloc(f->arena, 2 * (size_t)l->p, sizeof *weight), b = l->hidden;
    struct tc_form x, c;
    unsigned n = 0;

    if (from > 2 - (int64_t)l->p)
        return fl_gate(l, "distance", q->distance, from, "the quotient is normal");
    c = fl_gate(l, "distance", difference(q, fl_field(l, q->one)), from,
                "the quotient of normal numbers is normal");
    for (int64_t j = (int64_t)l->p - 2; j >= 1; j--) {
        int64_t last = (1 - from - j) * b + 1;

        weight[n] = 1;
        at[n++] = tc_mpz_si(f->arena, last - (b >> j));
        weight[n] = -1;
        at[n++] = tc_mpz_si(f->arena, last);
    }
    if (!n)
        return c;
    x = tc_form_scale_si(f, fl_field(l, wx), -((int64_t)1 << l->q));
    x = tc_form_scale_si(f, tc_form_add(f, x, fl_field(l, wy)), b);
    x = tc_form_sub(f, x, fl_fraction(l, wx));
    x = fl_weigh(l, fl_bank(l, "distance.less", x, n, at, "x is subnormal, and too small"), n,
                 weight, 0, 0, 1);
    return claim(&l->low, tc_form_sub(f, c, x), 0, 1);
}

/* A quotient at the difference low + p - 1 - d, d >= 0, is x B 2^-d / y least numbers: key
 * k where 2 B x >= (2 k - 1) 2^d y.  Gates [M distance + 2 B x >= ...], of all d in order;
 * at the next difference all of one are 1, which a gate for each difference makes up. */
static struct tc_form small_keys(struct quotient *q)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    int64_t b = l->hidden, m = 16 * b * b, total = 0;
    int64_t *beta = tc_alloc(f->arena, 4 * (size_t)b + 2 * l->p, sizeof *beta);
    int64_t *at = tc_alloc(f->arena, 4 * (size_t)b + 2 * l->p, sizeof *at);
    int64_t *weight = tc_alloc(f->arena, l->p + 3, sizeof *weight);
    mpz_ptr *from = tc_alloc(f->arena, l->p + 3, sizeof *from);
    struct tc_form x;
    unsigned n = 0, places = 0;

    for (int64_t d = l->p + 1; d >= -1; d--) {
        int64_t where = l->f->low + (int64_t)l->p - 1 - d, base = 0;
        unsigned before = n;

        for (int64_t k = 1; d >= 0 && (2 * k - 1) << d <= 4 * b; k++) {
            int64_t middle = (2 * k - 1) << d, tie = k % 2;

            if (2 * b * b - middle * (2 * b - 1) >= tie) {
                base++;
            } else if (2 * b * (2 * b - 1) - middle * b >= tie) {
                beta[n] = middle;
                at[n++] = m * where + tie;
            }
        }
        if (d >= 0 && !places && n == before && !base)
            continue;                    /* all is 0 there */
        base = d < 0 ? 0 : base + d * b; /* the linear key is -d B */
        weight[places] = base - total;
        from[places++] = tc_mpz_si(f->arena, where);
        total = base + (n - before);
    }
    x = tc_form_scale_si(f, q->distance, m);
    x = ratios(q, "round.small", 2 * b, x, n, beta, at, "small quotients, by exponents");
    return tc_form_add(f, x,
                       fl_weigh(l,
                                fl_bank(l, "small", q->distance, places, from,
                                        "quotients of at least this exponent"),
                                places, weight, 0, -4 * b * (l->p + 2), 4 * b * (l->p + 2)));
}

static void with_subnormals(struct quotient *q, struct fl_result *r)
{
    struct fl *l = q->l;
    struct tc_family *f = l->low.family;
    struct normal z = normalize(q);
    struct tc_form normal, key;

    q->x.significand = tc_form_subst(f, z.significand, q->o, tc_axis_const(0));
    q->y.significand = tc_form_subst(f, z.significand, q->o, tc_axis_const(1));
    q->distance = difference(q, z.exponent);
    normal = large_distance(q, l->f->low + (int64_t)l->p);
    key = tc_form_add(f, linear_key(q), significands(q, &normal));
    quotient_finish(q, tc_form_add(f, key, small_keys(q)), r);
}

bool fl_lower_quotient(struct fl *l)
{
    struct tc_index *o = tc_index_new(l->low.family, "o", 2, NULL);
    struct quotient q = {.l = l, .o = o};
    struct fl_result r = {.has_nan = false};

    if (l->p > 20 || l->q > 24)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "%s: a table of this format takes more than 2^%u gates, and 2^22 are "
                       "built; --regime arithmetic takes a polynomial number",
                       l->prim->name, l->p);
    if (l->prim->nconst)
        return fl_lower_constant(l);
    q.big = (int64_t)4 << (l->p + l->q);
    q.one = fl_operand(l, tc_axis_of(l->low.family->arena, o));
    if (l->f->underflow == TC_GRADUAL)
        with_subnormals(&q, &r);
    else
        without_subnormals(&q, &r);
    fl_output(l, "y", r);
    return true;
}
