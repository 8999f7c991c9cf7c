/* prim_float_products.c -- products of many floats, one rounding
 *
 * The significands' product by residues (layers 1 to 3, one more where subnormal numbers'
 * hidden bits are gates), its bits and its length (one layer), rounded (one layer).  Sizes
 * are polynomial in p, q and N.  CONSTRUCTIONS.md, "Product of floats by residues".
 */
#include "arith.h"
#include "residue.h"

#include <assert.h>

#define MOST_WIDTH 640 /* bits of the significands together */

struct factors {
    struct fl *l;
    unsigned n;
    const struct tc_index *i;
    struct tc_axis at;
    struct tc_form field, hidden; /* free in i; hidden: 0/1 */
    bool gradual;
};

static struct tc_form operand_key(struct factors *p, const struct tc_index *i)
{
    return fl_key(p->l, fl_operand(p->l, tc_axis_of(p->l->low.family->arena, i)));
}

/* gates [sign x >= at] an operand, summed over the operands */
static struct tc_form how_many(struct factors *p, const char *name, struct tc_form x, mpz_srcptr at,
                               const struct tc_index *i, const char *note)
{
    struct tc_form g = ar_gate(p->l, name, x, at, note);

    return claim(&p->l->low, tc_form_sum(p->l->low.family, g, 1, &i, 0, NULL), 0, p->n);
}

/* the product of f_i + B h_i, an exact form */
static struct tc_form significands(struct factors *p, mpz_ptr z_max)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    unsigned bits = l->p - 1;
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct residues r;
    int64_t *most, *hidden, extent, top = 0;
    struct tc_form x, h;
    struct tc_axis m;

    mpz_ui_pow_ui(z_max, 2, l->p);
    mpz_sub_ui(z_max, z_max, 1);
    mpz_pow_ui(z_max, z_max, p->n);
    r = residues_new(&l->low, 3, z_max);
    m = tc_axis_of(f->arena, r.m);
    most = tc_alloc(f->arena, r.n, sizeof *most);
    hidden = tc_alloc(f->arena, r.n, sizeof *hidden);
    x = residue_of_bits(&l->low, &r,
                        fl_fraction_bit(l, fl_operand(l, p->at), tc_axis_of(f->arena, a)), a, most);
    extent = r.n;
    for (unsigned k = 0; k < r.n; k++) {
        uint64_t power = 1;

        for (unsigned b = 0; b < bits; b++)
            power = 2 * power % r.prime[k];
        hidden[k] = (int64_t)power;
        most[k] += hidden[k];
        top = most[k] > top ? most[k] : top;
    }
    h = tc_form_times(f, p->hidden, tc_table_dense(f, "hidden", 1, &extent, hidden), &m);
    x = claim(&l->low, tc_form_add(f, x, h), 0, top);
    return residue_product(&l->low, "product", &r, x, most, p->i, z_max);
}

/* sum of max(E, 1) - 1 + low over the operands */
static struct tc_form exponents(struct factors *p)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    struct tc_form x = p->field;

    if (p->gradual) /* E - h, and 0 at fields 0 */
        x = tc_form_sub(f, x, p->hidden);
    else
        x = ar_plus_si(l, x, -1);
    x = tc_form_sum(f, ar_plus_si(l, x, l->f->low), 1, &p->i, 0, NULL);
    return x;
}

/* How far the product Z is shifted, s = least + gates: so that it has p bits, or the
 * exponent of subnormal numbers. */
static const struct tc_plane *shifts(struct factors *p, struct tc_form z, struct tc_form e,
                                     unsigned width, struct ar_rounding *r)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *t;
    mpz_ptr *theta;
    struct tc_axis at;
    int64_t extent;

    r->least = p->gradual ? 1 - (int)l->p : (int)((l->p - 1) * p->n + 1) - (int)l->p;
    /* to p bits; and, where numbers are subnormal, to none */
    r->n = width - l->p - (unsigned)(r->least < 0 ? 0 : r->least) +
           (unsigned)(r->least < 0 ? -r->least : 0) + (p->gradual ? l->p + 1 : 0);
    r->n = r->n < 2 ? 2 : r->n;
    extent = r->n;
    t = tc_index_new(f, "t", extent, NULL);
    at = tc_axis_of(f->arena, t);
    theta = tc_alloc(f->arena, r->n, sizeof *theta);
    for (unsigned k = 0; k < r->n; k++) /* s >= least + 1 + k */
        theta[k] = power_of_two(&l->low, (unsigned)(r->least + (int)k + (int)l->p));
    if (p->gradual) { /* s + sum of exponents >= low */
        int64_t *first = tc_alloc(f->arena, r->n, sizeof *first);
        struct tc_form small;

        for (unsigned k = 0; k < r->n; k++)
            first[k] = r->least + 1 + (int64_t)k - l->f->low;
        small = tc_form_table(f, table_of(&l->low, "theta", r->n, first), &at);
        small = wire_of(&l->low,
                        &tc_bank_new(f, name_of(&l->low, "exponent"), tc_form_scale_si(f, e, -1),
                                     NULL, small, true, 0, NULL, l->low.component,
                                     "exponents that ask for a shift")
                             ->plane);
        z = tc_form_add(f, z, times_table(&l->low, "mask", small, 1, &t, theta));
    }
    return &tc_bank_new(f, name_of(&l->low, "shift"), z, p->gradual ? NULL : t,
                        tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &extent, theta), &at),
                        true, 0, NULL, l->low.component, "how far the product is shifted")
                ->plane;
}

/* the signs' parity: alternating gates */
static struct tc_form parity(struct factors *p)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *i = tc_index_new(f, "i", p->n, NULL);
    struct tc_form x = fl_sign(l, fl_operand(l, tc_axis_of(f->arena, i)));
    mpz_ptr *at = tc_alloc(f->arena, p->n, sizeof *at);
    int64_t *turn = tc_alloc(f->arena, p->n, sizeof *turn);

    for (unsigned k = 0; k < p->n; k++) {
        at[k] = tc_mpz_si(f->arena, k + 1);
        turn[k] = k % 2 ? -1 : 1;
    }
    x = tc_form_sum(f, x, 1, &i, 0, NULL);
    if (p->n == 1)
        return x;
    return fl_weigh(l, fl_bank(l, "signs", x, p->n, at, "how many are negative"), p->n, turn, 0, 0,
                    1);
}

/* infinities, zeros, NaN: 0 times infinity is NaN */
static void specials(struct factors *p, struct fl_result *r)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *i = tc_index_new(f, "i", p->n, NULL);
    mpz_ptr at = tc_mpz(f->arena), beyond = tc_mpz(f->arena);
    struct tc_form key = operand_key(p, i), zero, infinite, add;

    ar_beyond(l, beyond);
    mpz_mul_ui(beyond, beyond, p->n);
    zero = how_many(p, "zero", tc_form_scale_si(f, key, -1), at, i, "it is 0");
    add = tc_form_scale_si(f, zero, -1);
    if (l->f->nan) {
        fl_largest(l->f, at);
        mpz_add_ui(at, at, 1u + l->f->infinity);
        r->has_nan = true;
        r->nan = how_many(p, "nan", key, at, i, "it is NaN");
    }
    if (l->f->nan && l->f->infinity) {
        fl_largest(l->f, at);
        mpz_add_ui(at, at, 1);
        infinite = how_many(p, "beyond", key, at, i, "it is infinite, or NaN");
        add = tc_form_add(f, add, infinite);
        r->nan = tc_form_add(f, r->nan, ar_gate_si(l, "some.beyond", infinite, 1, "one is"));
        r->nan = tc_form_sub(f, r->nan,
                             ar_gate_si(l, "beyond.alone",
                                        ar_plus(l, infinite, -(int64_t)p->n, zero), 1,
                                        "one is, and none is 0"));
    }
    add = tc_form_scale(f, add, beyond);
    r->high = tc_form_add(f, r->high, add);
    r->key = tc_form_add(f, r->key, add);
}

bool fl_lower_products(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct factors p = {.l = l, .n = l->prim->terms, .gradual = l->f->underflow == TC_GRADUAL};
    unsigned width = l->p * p.n;
    struct ar_rounding round = {.width = width, .normal = !p.gradual};
    mpz_ptr z_max = tc_mpz(f->arena);
    const struct tc_plane *shift;
    const struct tc_index *both[2];
    struct fl_result r = {0};
    struct tc_form z, e, base;
    mpz_ptr *below;

    if (l->p < 2 || width > MOST_WIDTH)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "prod: %u numbers of %u significand bits; products of floats are built of 2 "
                       "bits or more, and up to %d together",
                       p.n, l->p, MOST_WIDTH);
    p.i = tc_index_new(f, "i", p.n, NULL);
    p.at = tc_axis_of(f->arena, p.i);
    p.field = fl_field(l, fl_operand(l, p.at));
    p.hidden = tc_form_si(f, 1);
    if (p.gradual)
        p.hidden = ar_gate_si(l, "normal", p.field, 1, "it has its hidden bit");
    z = significands(&p, z_max);
    e = exponents(&p);
    shift = shifts(&p, z, e, width, &round);
    /* a bit more, which is 0: a shift by all of them rounds to it */
    round.bits.bit = float_bits(&l->low, "carry", z, NULL, width + 1, &round.bits.a,
                                "carries into each bit of the product");
    round.bits.z = both[0] = tc_index_new(f, "z", width + 1, NULL);
    both[1] = tc_index_new(f, "b", width + 1, NULL);
    below = tc_alloc(f->arena, (width + 1) * (size_t)(width + 1), sizeof *below);
    for (unsigned k = 0; k <= width; k++)
        for (unsigned b = 0; b <= width; b++)
            below[k * (width + 1) + b] = b < k ? power_of_two(&l->low, b) : tc_mpz(f->arena);
    round.bits.low = times_table(&l->low, "below",
                                 tc_form_subst(f, round.bits.bit, round.bits.a,
                                               tc_axis_of(f->arena, both[1])),
                                 2, both, below);
    round.bits.low = tc_form_sum(f, round.bits.low, 1, &both[1], 0, NULL);
    round.bits.low = claim_mpz(&l->low, round.bits.low, tc_mpz(f->arena),
                               power_of_two(&l->low, width));
    round.chosen = ar_one_hot(l, shift, round.n, &round.k);
    /* (s + exponents - low) B */
    base = tc_form_sum(f, wire_of(&l->low, shift), 1, shift->chain ? &shift->chain : shift->axis, 0,
                       NULL);
    base = ar_plus_si(l, tc_form_add(f, base, e), round.least - l->f->low);
    base = tc_form_scale(f, base, power_of_two(&l->low, l->p - 1));
    r.high = base;
    r.npart = 2;
    r.key = tc_form_add(f, base, ar_round(l, &round, r.part));
    if (round.normal)
        r.high = tc_form_add(f, base, tc_form_const(f, power_of_two(&l->low, l->p - 1)));
    r.sign = parity(&p);
    specials(&p, &r);
    if (l->f->underflow == TC_NEAREST) {
        r.has_half = true;
        r.half = ar_plus(l, r.key, -1, r.part[1].wire); /* rounded down: 0 is the half */
        r.half = ar_plus(l, ar_inexact(l, "inexact", &round), 2, r.half);
    }
    fl_output(l, "y", r);
    return true;
}
