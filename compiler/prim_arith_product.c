/* prim_arith_product.c -- products of floats by carries
 *
 * Layer 1: products of single bits.  Layer 2: the bits of the product of the significands,
 * and by how much it is to be shifted.  Layer 3: the bits selected, and rounded.
 * CONSTRUCTIONS.md, "Product of floats by carries".
 */
#include "arith.h"

#include <assert.h>

struct factor {
    struct ar_operand x;
    struct tc_form field, hidden; /* hidden: 1, or a gate where there are subnormals */
    struct tc_form one;           /* it is not 0 */
    struct ar_special special;
};

static struct factor factor_of(struct fl *l, unsigned i)
{
    struct tc_family *f = l->low.family;
    const char *name = i ? "y" : "x";
    struct factor a = {.x = {l, i}};

    a.field = ar_field(a.x);
    a.hidden = tc_form_si(f, 1);
    if (l->f->underflow == TC_GRADUAL) {
        a.hidden = ar_gate_si(l, tc_sprintf(f->arena, "%s.normal", name), a.field, 1,
                              "it has its hidden bit");
        a.one = ar_gate_si(l, tc_sprintf(f->arena, "%s.one", name), ar_key(a.x), 1, "it is not 0");
    } else {
        a.one = ar_gate_si(l, tc_sprintf(f->arena, "%s.one", name), a.field, 1, "it is not 0");
    }
    a.special = ar_special(l, a.x, name);
    return a;
}

/* a part of n wires with weights 2^(shift + place) */
static void add_bits(struct fl *l, struct carry_sum *s, struct tc_form wire,
                     const struct tc_index *a, unsigned shift)
{
    struct carry_part *p = &s->part[s->npart++];

    p->wire = wire;
    p->n = 1;
    p->ix[0] = a;
    p->to = tc_alloc(l->low.family->arena, (size_t)a->extent, sizeof *p->to);
    for (unsigned k = 0; k < a->extent; k++)
        p->to[k] = power_of_two(&l->low, shift + k);
}

/* one wire of weight +-2^shift */
static void add_bit(struct fl *l, struct carry_sum *s, struct tc_form wire, unsigned shift,
                    bool negative)
{
    struct carry_part *p = &s->part[s->npart++];

    p->wire = wire;
    p->to = tc_alloc(l->low.family->arena, 1, sizeof *p->to);
    p->to[0] = power_of_two(&l->low, shift);
    if (negative)
        mpz_neg(p->to[0], p->to[0]);
}

/* fraction bits of one, with the other's hidden bit */
static void add_fraction(struct fl *l, struct carry_sum *s, const struct factor *x,
                         const struct factor *y, const char *name)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_form bit = ar_bit(x->x, tc_axis_of(f->arena, a));

    if (l->f->underflow == TC_GRADUAL)
        bit = ar_masked(l, name, y->field, ar_mpz(l, 1), 1, bit, "a bit, with a hidden one");
    add_bits(l, s, bit, a, l->p - 1);
}

static void add_products(struct fl *l, struct carry_sum *s, const struct factor *x,
                         const struct factor *y)
{
    struct tc_family *f = l->low.family;
    struct carry_part *p = &s->part[s->npart++];
    unsigned n = l->p - 1;
    struct tc_form both;

    p->n = 2;
    p->ix[0] = tc_index_new(f, "a", n, NULL);
    p->ix[1] = tc_index_new(f, "b", n, NULL);
    both = tc_form_add(f, ar_bit(x->x, tc_axis_of(f->arena, p->ix[0])),
                       ar_bit(y->x, tc_axis_of(f->arena, p->ix[1])));
    p->wire = ar_gate_si(l, "and", both, 2, "products of single bits");
    p->to = tc_alloc(f->arena, (size_t)n * n, sizeof *p->to);
    for (unsigned g = 0; g < n * n; g++)
        p->to[g] = power_of_two(&l->low, g / n + g % n);
}

/* the product of the significands as wires, and its value */
static struct carry_sum *significands(struct fl *l, const struct factor *x, const struct factor *y)
{
    struct tc_family *f = l->low.family;
    struct carry_sum *s = tc_alloc(f->arena, 1, sizeof *s);
    mpz_ptr most = power_of_two(&l->low, l->p);
    unsigned top = 2 * l->p - 2;

    s->bits = 2 * l->p + 1;
    s->constant = tc_mpz(f->arena);
    mpz_sub_ui(most, most, 1);
    mpz_mul(most, most, most);
    if (l->p > 1) {
        add_products(l, s, x, y);
        add_fraction(l, s, x, y, "x.hidden");
        add_fraction(l, s, y, x, "y.hidden");
    }
    if (l->f->underflow != TC_GRADUAL) {
        mpz_setbit(s->constant, top);
        carry_ranges(&l->low, s, most);
        return s;
    }
    /* both hidden bits: x + y - (x or y), one group */
    add_bit(l, s, x->hidden, top, false);
    carry_ranges(&l->low, s, most);
    add_bit(l, s, y->hidden, top, false);
    add_bit(l, s,
            ar_gate_si(l, "normal", tc_form_add(f, x->field, y->field), 1, "one has a hidden bit"),
            top, true);
    return s;
}

/* the integer itself */
static struct tc_form value_of(struct fl *l, const struct carry_sum *s)
{
    struct tc_family *f = l->low.family;
    struct tc_form sum = tc_form_const(f, s->constant);

    for (unsigned k = 0; k < s->npart; k++) {
        const struct carry_part *p = &s->part[k];
        struct tc_form x = p->n ? times_table(&l->low, "power", p->wire, p->n, p->ix, p->to)
                                : tc_form_scale(f, p->wire, p->to[0]);

        sum = tc_form_add(f, sum, tc_form_sum(f, x, p->n, p->ix, 0, NULL));
    }
    return claim_mpz(&l->low, sum, s->lo[s->bits], s->hi[s->bits]);
}

/* [max(Ex, 1) + max(Ey, 1) <= d - t], free in t, for d - t >= 2: a form over one layer.  With
 * D = d - t + 1 it is 1 - [Ex + Ey >= D], but for a field 0 beside D - 1, which counts
 * as 1. */
static struct tc_form small_exponent(struct fl *l, const struct factor *x, const struct factor *y,
                                     int64_t d, const struct tc_index *t)
{
    struct tc_family *f = l->low.family;
    int64_t n = t->extent, *at = tc_alloc(f->arena, (size_t)n + 1, sizeof *at);
    const struct tc_index *u = tc_index_new(f, "t", n + 1, NULL);
    struct tc_axis here = tc_axis_of(f->arena, t), axis = tc_axis_of(f->arena, u);
    struct tc_axis next = tc_axis_plus(f->arena, tc_axis_const(1), 1, t);
    struct tc_form sum, theta;

    for (int64_t k = 0; k <= n; k++)
        at[k] = d - k + 1;
    theta = tc_form_table(f, table_of(&l->low, "theta", (unsigned)n + 1, at), &axis);
    sum = wire_of(&l->low,
                  &tc_bank_new(f, name_of(&l->low, "exponent"), tc_form_add(f, x->field, y->field),
                               NULL, tc_form_subst(f, theta, u, here), true, 0, NULL,
                               l->low.component, "exponents that leave no room")
                       ->plane);
    sum = ar_plus(l, tc_form_si(f, 1), -1, sum);
    for (unsigned k = 0; k < 2; k++) { /* of u: the other's field is at least D - u, this one 0 */
        struct tc_form g = ar_plus_shifted(l, k ? y->field : x->field, l->q,
                                           tc_form_scale_si(f, k ? x->field : y->field, -1));

        g = wire_of(&l->low,
                    &tc_bank_new(f, name_of(&l->low, k ? "y.alone" : "x.alone"), g, NULL, theta,
                                 true, 0, NULL, l->low.component, "the same beside a field 0")
                         ->plane);
        sum = ar_plus(l, sum, -1, tc_form_subst(f, g, u, next));
        sum = tc_form_add(f, sum, tc_form_subst(f, g, u, here));
    }
    return claim(&l->low, sum, 0, 1);
}

/* how far the product is shifted: gates [shift >= least + 1 + t] */
static const struct tc_plane *shifts(struct fl *l, const struct factor *x, const struct factor *y,
                                     struct tc_form value, struct ar_rounding *r)
{
    struct tc_family *f = l->low.family;
    bool gradual = l->f->underflow == TC_GRADUAL;
    int64_t room = 2 - l->f->low, extent; /* s + max(Ex, 1) + max(Ey, 1) >= room */
    struct tc_index *t;
    struct tc_axis at;
    mpz_ptr *theta;

    r->least = gradual ? 0 : (int)l->p - 1;
    r->n = !gradual ? 1 : (unsigned)(room - 2 < 2 * (int64_t)l->p + 1 ? room - 2 : 2 * l->p + 1);
    extent = r->n;
    t = tc_index_new(f, "t", extent, NULL);
    at = tc_axis_of(f->arena, t);
    theta = tc_alloc(f->arena, r->n, sizeof *theta);
    for (unsigned k = 0; k < r->n; k++)
        theta[k] = power_of_two(&l->low, l->p + (unsigned)r->least + k);
    if (gradual)
        value = tc_form_add(f, value,
                            times_table(&l->low, "mask", small_exponent(l, x, y, room - 1, t), 1,
                                        (const struct tc_index *const[1]){t}, theta));
    return &tc_bank_new(f, name_of(&l->low, "shift"), value, gradual ? NULL : t,
                        tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &extent, theta), &at),
                        true, 0, NULL, l->low.component, "how far the product is shifted")
                ->plane;
}

/* infinities and NaN: 0 infinity is NaN, what else is beyond stays so */
static void specials(struct fl *l, const struct factor *x, const struct factor *y,
                     struct fl_result *r)
{
    struct tc_family *f = l->low.family;
    struct tc_form clash[2];

    if (!x->special.any)
        return;
    r->has_nan = true;
    r->nan = tc_form_add(f, x->special.nan, y->special.nan);
    if (!x->special.has_infinity)
        return;
    for (unsigned k = 0; k < 2; k++) {
        struct tc_form zero = k ? x->one : y->one;

        zero = ar_plus(l, k ? y->special.beyond : x->special.beyond, -1, zero);
        clash[k] = ar_gate_si(l, k ? "y.clash" : "x.clash", zero, 1, "infinity times 0");
        r->nan = tc_form_add(f, r->nan, clash[k]);
    }
}

bool fl_arith_product(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct factor x, y;
    struct fl_result r = {0};
    struct ar_rounding round = {.width = 2 * l->p, .normal = l->f->underflow != TC_GRADUAL};
    const struct carry_sum *s;
    const struct tc_plane *shift;
    struct tc_form amount, base, zero;
    mpz_ptr beyond = tc_mpz(f->arena);

    if (l->f->underflow == TC_GRADUAL && -l->f->low < (int64_t)l->p + 1)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "products of subnormals by carries want exponents of 3 bits or more");
    x = factor_of(l, 0);
    y = factor_of(l, 1);
    s = significands(l, &x, &y);
    shift = shifts(l, &x, &y, value_of(l, s), &round);
    round.bits = carries_new(&l->low, "carry", s, "carries into each bit of the product");
    round.chosen = ar_one_hot(l, shift, round.n, &round.k);

    /* (s + Ex + Ey + low - 2) B, the fields 0 counted as 1 */
    amount = wire_of(&l->low, shift);
    amount = tc_form_sum(f, amount, 1, shift->chain ? &shift->chain : shift->axis, 0, NULL);
    base = tc_form_add(f, tc_form_add(f, x.field, y.field), amount);
    base = ar_plus_si(l, base, round.least + l->f->low - 2);
    if (!round.normal)
        base = ar_plus_si(l, ar_plus(l, ar_plus(l, base, -1, x.hidden), -1, y.hidden), 2);
    base = tc_form_scale(f, base, power_of_two(&l->low, l->p - 1));
    ar_beyond(l, beyond);
    zero = ar_plus_si(l, tc_form_add(f, x.one, y.one), -2);
    base = tc_form_add(f, base, tc_form_scale(f, zero, beyond));
    if (x.special.any)
        base = tc_form_add(
            f, base, tc_form_scale(f, tc_form_add(f, x.special.beyond, y.special.beyond), beyond));
    r.high = base;
    r.npart = 2;
    r.key = tc_form_add(f, base, ar_round(l, &round, r.part));
    if (round.normal)
        r.high = tc_form_add(f, base, tc_form_const(f, power_of_two(&l->low, l->p - 1)));
    r.sign = tc_form_add(f, ar_sign(x.x), ar_sign(y.x));
    r.sign = ar_plus(l, r.sign, -2, ar_gate_si(l, "signs", r.sign, 2, "both are negative"));
    r.sign = claim(&l->low, r.sign, 0, 1);
    if (l->f->underflow == TC_NEAREST) {
        r.has_half = true;
        r.half = ar_plus(l, r.key, -1, r.part[1].wire); /* rounded down: 0 is the half */
        r.half = ar_plus(l, ar_inexact(l, "inexact", &round), 2, r.half);
    }
    specials(l, &x, &y, &r);
    fl_output(l, "y", r);
    return true;
}
