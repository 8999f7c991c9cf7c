/* prim_arith_output.c -- an exact number, rounded to the result
 *
 * Of what ends in the bits of one integer and a power of two: functions by pieces, multiples,
 * sums with a constant.
 */
#include "arith.h"

/* gates [shift + exponent >= low] of shifts from least + 1 on */
static struct tc_form subnormal(struct fl *l, const struct ar_unrounded *u, int least,
                                const struct tc_index *t)
{
    struct lowering *L = &l->low;
    struct tc_family *f = L->family;
    unsigned n = (unsigned)t->extent;
    struct tc_axis at = tc_axis_of(f->arena, t);
    int64_t *first = tc_alloc(f->arena, n, sizeof *first);
    struct tc_form x = u->by == AR_FIELD ? u->field : u->exponent;

    for (unsigned k = 0; k < n; k++) {
        first[k] = least + 1 + (int64_t)k - l->f->low;
        if (u->by == AR_FIELD) /* -max(field, floor) >= first + unit */
            first[k] = first[k] + u->unit <= -u->floor ? first[k] + u->unit : 1;
    }
    return wire_of(L, &tc_bank_new(f, name_of(L, "subnormal"), tc_form_scale_si(f, x, -1), NULL,
                                   tc_form_table(f, table_of(L, "theta", n, first), &at), true, 0,
                                   NULL, L->component, "exponents that ask for a shift")
                           ->plane);
}

/* gates [shift >= least + 1 + t]: so that p bits are left, or the exponent of subnormals */
static const struct tc_plane *shifts(struct fl *l, const struct ar_unrounded *u,
                                     struct ar_rounding *r)
{
    struct lowering *L = &l->low;
    struct tc_family *f = L->family;
    bool gradual = l->f->underflow == TC_GRADUAL, below = gradual && u->by != AR_UNIT;
    mpz_ptr *theta;
    struct tc_form x = u->length;
    const struct tc_index *t;
    int64_t n;

    r->least = u->least;
    if (gradual && u->by == AR_UNIT && l->f->low - u->unit > r->least)
        r->least = (int)(l->f->low - u->unit);
    n = (below ? (int)u->width + 1 : (int)u->width - (int)l->p) - r->least;
    r->n = n < 2 ? 2 : (unsigned)n; /* a chain */
    t = tc_index_new(f, "t", r->n, NULL);
    theta = tc_alloc(f->arena, r->n, sizeof *theta);
    for (unsigned k = 0; k < r->n; k++)
        theta[k] = power_of_two(L, u->down + (unsigned)(r->least + (int)k + (int)l->p));
    if (!below)
        return fl_bank(l, "shift", x, r->n, theta, "how far it is shifted");
    x = tc_form_add(f, x, times_table(L, "mask", subnormal(l, u, r->least, t), 1, &t, theta));
    return &tc_bank_new(f, name_of(L, "shift"), x, NULL,
                        times_table(L, "theta", tc_form_si(f, 1), 1, &t, theta), true, 0, NULL,
                        L->component, "how far it is shifted")
                ->plane;
}

/* the bits and S modulo 2^z */
static struct carries bits_of(struct fl *l, const struct ar_unrounded *u)
{
    struct tc_family *f = l->low.family;
    unsigned width = u->width + 1;
    const struct tc_index *both[2];
    mpz_ptr *below = tc_alloc(f->arena, width * (size_t)width, sizeof *below);
    struct carries c = {.bit = u->bit, .a = u->a};

    c.z = both[0] = tc_index_new(f, "z", width, NULL);
    both[1] = tc_index_new(f, "b", width, NULL);
    for (unsigned z = 0; z < width; z++)
        for (unsigned b = 0; b < width; b++)
            below[z * width + b] = b < z ? power_of_two(&l->low, b) : tc_mpz(f->arena);
    c.low = tc_form_subst(f, c.bit, c.a, tc_axis_of(f->arena, both[1]));
    c.low =
        tc_form_sum(f, times_table(&l->low, "below", c.low, 2, both, below), 1, &both[1], 0, NULL);
    c.low = claim_mpz(&l->low, c.low, tc_mpz(f->arena), power_of_two(&l->low, u->width));
    return c;
}

void ar_output(struct fl *l, const struct ar_unrounded *u)
{
    struct tc_family *f = l->low.family;
    struct ar_rounding round = {.width = u->width, .normal = l->f->underflow != TC_GRADUAL};
    struct fl_result r = {.npart = 2, .has_nan = u->special.any, .nan = u->special.nan};
    mpz_ptr beyond = tc_mpz(f->arena);
    const struct tc_plane *shift;

    round.bits = bits_of(l, u);
    shift = shifts(l, u, &round);
    round.chosen = ar_one_hot(l, shift, round.n, &round.k);
    /* (shift + exponent - low) B */
    r.high = tc_form_sum(f, wire_of(&l->low, shift), 1, shift->chain ? &shift->chain : shift->axis,
                         0, NULL);
    r.high = ar_plus_si(l, tc_form_add(f, r.high, u->exponent), round.least - (int64_t)l->f->low);
    r.high = tc_form_scale(f, r.high, power_of_two(&l->low, l->p - 1));
    ar_beyond(l, beyond);
    r.high = tc_form_add(f, r.high, tc_form_scale(f, tc_form_sub(f, u->infinite, u->zero), beyond));
    r.key = tc_form_add(f, r.high, ar_round(l, &round, r.part));
    if (round.normal)
        r.high = tc_form_add(f, r.high, tc_form_const(f, power_of_two(&l->low, l->p - 1)));
    r.sign = u->sign;
    if (l->f->underflow == TC_NEAREST) {
        r.has_half = true;
        r.half = ar_plus(l, r.key, -1, r.part[1].wire); /* rounded down: 0 is the half */
        r.half = ar_plus(l, ar_inexact(l, "inexact", &round), 2, r.half);
    }
    fl_output(l, "y", r);
}

/* the integer that bits 0 .. n-1 of operand i are; minus: the last one is negative */
static struct tc_form operand_value(struct fl *l, unsigned i, unsigned n, bool minus)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", n, NULL);
    struct tc_axis at[2] = {tc_axis_const(i), tc_axis_of(f->arena, a)};
    mpz_ptr *power = ar_powers(l, n);

    if (minus)
        mpz_neg(power[n - 1], power[n - 1]);
    return tc_form_sum(f, times_table(&l->low, "power", tc_form_wire(f, l->x, at), 1, &a, power), 1,
                       &a, 0, NULL);
}

bool fl_arith_scale(struct fl *l, const unsigned bits[2], int64_t unit)
{
    struct tc_family *f = l->low.family;
    struct ar_unrounded u = {.width = bits[0] - 1, .least = 1, .infinite = tc_form_si(f, 0)};
    int64_t *below = tc_alloc(f->arena, bits[0], sizeof *below);
    struct tc_axis at[2] = {tc_axis_const(0), tc_axis_const(u.width)};

    u.sign = tc_form_wire(f, l->x, at);
    u.a = tc_index_new(f, "a", bits[0], NULL);
    at[1] = tc_axis_of(f->arena, u.a);
    for (unsigned k = 0; k < u.width; k++)
        below[k] = 1;
    u.bit = tc_form_times(f, tc_form_wire(f, l->x, at), table_of(&l->low, "below", bits[0], below),
                          &at[1]);
    u.length = operand_value(l, 0, u.width, false);
    u.exponent = ar_plus_si(l, operand_value(l, 1, bits[1], true), unit);
    u.zero = ar_gate_si(l, "zero", tc_form_scale_si(f, u.length, -1), 0, "it is 0");
    ar_output(l, &u);
    return true;
}
