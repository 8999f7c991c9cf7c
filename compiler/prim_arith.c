/* prim_arith.c -- operands, masks and roundings of the arithmetic regime; see arith.h */
#include "arith.h"

#include <assert.h>
#include <string.h>

mpz_ptr ar_mpz(struct fl *l, int64_t x)
{
    return tc_mpz_si(l->low.family->arena, x);
}

/* ---------------------------------------------------------------------- operands */

static struct tc_form constant_bit(struct ar_operand x, struct tc_axis a)
{
    const struct tc_prim *p = x.l->prim;
    unsigned width = x.l->p + x.l->q;
    const uint64_t *word = p->constant + (size_t)(x.i - p->noperand) * p->limbs;
    int64_t bit[TC_FORMAT_MAX_BITS];

    for (unsigned k = 0; k < width; k++)
        bit[k] = (int64_t)(word[k / 64] >> (k % 64) & 1);
    return tc_form_table(x.l->low.family, table_of(&x.l->low, "constant", width, bit), &a);
}

struct tc_form ar_bit(struct ar_operand x, struct tc_axis a)
{
    struct tc_axis at[2] = {tc_axis_const(x.i), a};

    if (x.i >= x.l->prim->noperand)
        return constant_bit(x, a);
    return tc_form_wire(x.l->low.family, x.l->x, at);
}

struct tc_form ar_sign(struct ar_operand x)
{
    return ar_bit(x, tc_axis_const(x.l->p + x.l->q - 1));
}

struct tc_form ar_number(struct ar_operand x, unsigned first, unsigned n)
{
    struct tc_family *f = x.l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", n, NULL);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const(first), 1, a);
    mpz_ptr *weight = tc_alloc(f->arena, n, sizeof *weight);
    mpz_ptr most = power_of_two(&x.l->low, n);
    struct tc_form y;

    for (unsigned k = 0; k < n; k++)
        weight[k] = power_of_two(&x.l->low, k);
    mpz_sub_ui(most, most, 1);
    y = times_table(&x.l->low, "power", ar_bit(x, at), 1, &a, weight);
    y = tc_form_sum(f, y, 1, &a, 0, NULL);
    return claim_mpz(&x.l->low, y, ar_mpz(x.l, 0), most);
}

struct tc_form ar_field(struct ar_operand x)
{
    return ar_number(x, x.l->p - 1, x.l->q);
}

struct tc_form ar_fraction(struct ar_operand x)
{
    return ar_number(x, 0, x.l->p - 1);
}

struct tc_form ar_key(struct ar_operand x)
{
    return ar_number(x, 0, x.l->p - 1 + x.l->q);
}

/* ------------------------------------------------------------------ sums and gates */

struct tc_form ar_plus(struct fl *l, struct tc_form x, int64_t coef, struct tc_form y)
{
    return tc_form_add(l->low.family, x, tc_form_scale_si(l->low.family, y, coef));
}

struct tc_form ar_plus_si(struct fl *l, struct tc_form x, int64_t c)
{
    return tc_form_add(l->low.family, x, tc_form_si(l->low.family, c));
}

struct tc_form ar_plus_shifted(struct fl *l, struct tc_form x, unsigned k, struct tc_form y)
{
    return tc_form_add(l->low.family, x, tc_form_scale(l->low.family, y, power_of_two(&l->low, k)));
}

struct tc_form ar_gate(struct fl *l, const char *name, struct tc_form x, mpz_srcptr at,
                       const char *note)
{
    struct tc_family *f = l->low.family;

    return wire_of(&l->low, &tc_bank_new(f, name_of(&l->low, name), x, NULL, tc_form_const(f, at),
                                         true, 0, NULL, l->low.component, note)
                                 ->plane);
}

struct tc_form ar_gate_si(struct fl *l, const char *name, struct tc_form x, int64_t at,
                          const char *note)
{
    return ar_gate(l, name, x, ar_mpz(l, at), note);
}

struct tc_form ar_masked(struct fl *l, const char *name, struct tc_form x, mpz_srcptr at,
                         unsigned m, struct tc_form mask, const char *note)
{
    struct tc_family *f = l->low.family;
    mpz_ptr weight = tc_mpz(f->arena), theta = tc_mpz(f->arena);

    mpz_sub(weight, x.hi, at);
    mpz_add_ui(weight, weight, 1);
    if (mpz_sgn(weight) <= 0) /* x never reaches it */
        mpz_set_ui(weight, 1);
    mpz_mul_ui(theta, weight, m);
    mpz_add(theta, theta, at);
    return ar_gate(l, name, tc_form_add(f, x, tc_form_scale(f, mask, weight)), theta, note);
}

/* ------------------------------------------------------------------------ specials */

struct ar_special ar_special(struct fl *l, struct ar_operand x, const char *name)
{
    struct tc_family *f = l->low.family;
    struct ar_special s = {.any = l->f->nan, .has_infinity = l->f->nan && l->f->infinity};
    mpz_ptr at = tc_mpz(f->arena);

    if (!s.any)
        return s;
    fl_largest(l->f, at);
    mpz_add_ui(at, at, 1);
    s.nan = s.beyond =
        ar_gate(l, tc_sprintf(f->arena, "%s.beyond", name), ar_key(x), at, "it is infinite or NaN");
    if (s.has_infinity) {
        mpz_add_ui(at, at, 1);
        s.nan = ar_gate(l, tc_sprintf(f->arena, "%s.nan", name), ar_key(x), at, "it is NaN");
    }
    return s;
}

void ar_beyond(const struct fl *l, mpz_ptr x)
{
    mpz_set_ui(x, 8 * l->p + 64);
    mpz_mul_2exp(x, x, l->p + l->q + 3);
}

/* ----------------------------------------------------------------------- rounding */

struct tc_form ar_one_hot(struct fl *l, const struct tc_plane *chain, unsigned n,
                          const struct tc_index **k)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *t = chain->chain ? chain->chain : chain->axis[0];
    int64_t *turn = tc_alloc(f->arena, ((size_t)n + 1) * n, sizeof *turn);
    int64_t *first = tc_alloc(f->arena, n + 1, sizeof *first), extent[2] = {n + 1, n};
    struct tc_axis at[2];
    struct tc_form x;

    *k = tc_index_new(f, "k", n + 1, NULL);
    at[0] = tc_axis_of(f->arena, *k);
    at[1] = tc_axis_of(f->arena, t);
    first[0] = 1;
    for (unsigned s = 0; s < n; s++) {
        turn[(size_t)(s + 1) * n + s] = 1;
        turn[(size_t)s * n + s] = -1;
    }
    x = tc_form_times(f, wire_of(&l->low, chain), tc_table_dense(f, "turn", 2, extent, turn), at);
    x = tc_form_sum(f, x, 1, &t, 0, NULL);
    x = tc_form_add(f, x, tc_form_table(f, table_of(&l->low, "first", n + 1, first), at));
    return claim(&l->low, x, 0, 1);
}

struct tc_form ar_selected(struct fl *l, const char *name, const struct ar_rounding *r,
                           struct carry_part *part)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *k = tc_index_new(f, "k", r->n + 1, NULL);
    const struct tc_index *i = tc_index_new(f, "i", l->p - r->normal, NULL);
    struct tc_guard guard[2];
    struct tc_axis at;
    struct tc_form x;

    *part = (struct carry_part){.n = 1, .ix = {i}};
    at = tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(r->least), 1, k), 1, i);
    guard[0].expr = at;
    guard[1].expr = tc_axis_plus(f->arena, tc_axis_const((int)r->width - 1 - r->least), -1, k);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, i);
    x = tc_form_add(f, tc_form_subst(f, r->chosen, r->k, tc_axis_of(f->arena, k)),
                    tc_form_subst(f, r->bits.bit, r->bits.a, at));
    x = wire_of(&l->low,
                &tc_bank_new(f, name_of(&l->low, name), x, NULL, tc_form_si(f, 2), true, 2, guard,
                             l->low.component, "bits of the number, shifted into their places")
                     ->plane);
    part->wire = claim(&l->low, tc_form_sum(f, x, 1, &k, 2, guard), 0, 1);
    part->to = tc_alloc(f->arena, (size_t)i->extent, sizeof *part->to);
    for (unsigned a = 0; a < i->extent; a++)
        part->to[a] = power_of_two(&l->low, a);
    x = times_table(&l->low, "place", part->wire, 1, &i, part->to);
    return tc_form_sum(f, x, 1, &i, 0, NULL);
}

/* gates over k with their thresholds, of which one is 1 at most: whether one is */
static struct tc_form one_of_gates(struct fl *l, const char *name, struct tc_form x,
                                   const struct tc_index *k, mpz_ptr *theta, const char *note)
{
    struct tc_family *f = l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, k);
    const struct tc_table *table =
        tc_table_dense_mpz(f, "theta", 1, (int64_t[1]){k->extent}, theta);

    x = wire_of(&l->low,
                &tc_bank_new(f, name_of(&l->low, name), x, NULL, tc_form_table(f, table, &at), true,
                             0, NULL, l->low.component, note)
                     ->plane);
    return claim(&l->low, tc_form_sum(f, x, 1, &k, 0, NULL), 0, 1);
}

/* a gate for each s from 1 on */
struct tc_form ar_rounded_up(struct fl *l, const char *name, const struct ar_rounding *r)
{
    struct tc_family *f = l->low.family;
    int first = r->least < 1 ? 1 : r->least, last = r->least + (int)r->n;
    const struct tc_index *k;
    mpz_ptr *mask, *theta;
    struct tc_form x, both;
    struct tc_axis at;
    unsigned n;

    last = last > (int)r->width ? (int)r->width : last;
    if (last < first)
        return tc_form_si(f, 0);
    n = (unsigned)(last - first + 1);
    k = tc_index_new(f, "k", n, NULL);
    mask = tc_alloc(f->arena, n, sizeof *mask);
    theta = tc_alloc(f->arena, n, sizeof *theta);
    for (unsigned s = 0; s < n; s++) { /* above the bit s and the rest */
        mask[s] = power_of_two(&l->low, (unsigned)first + s - 1);
        if (r->divide)
            mpz_mul(mask[s], mask[s], r->divide);
        if (r->sticky)
            mpz_add(mask[s], mask[s], power_of_two(&l->low, r->rest_bits));
        mpz_add_ui(mask[s], mask[s], 1);
        theta[s] = tc_mpz(f->arena);
        mpz_mul_2exp(theta[s], mask[s], 1);
        mpz_add_ui(theta[s], theta[s], 1);
    }
    at = tc_axis_plus(f->arena, tc_axis_const(first - r->least), 1, k);
    both = tc_form_subst(f, r->chosen, r->k, at);
    at = tc_axis_plus(f->arena, tc_axis_const(first - 1), 1, k);
    both = tc_form_add(f, both, tc_form_subst(f, r->bits.bit, r->bits.a, at));
    x = times_table(&l->low, "mask", both, 1, &k, mask);
    x = tc_form_add(f, x, tc_form_subst(f, r->bits.low, r->bits.z, at));
    at = tc_axis_plus(f->arena, tc_axis_const(first), 1, k);
    x = tc_form_add(f, x, tc_form_subst(f, r->bits.bit, r->bits.a, at));
    if (r->sticky)
        x = tc_form_add(f, x, r->rest);
    return one_of_gates(l, name, x, k, theta, "rounded up, to nearest even");
}

struct tc_form ar_round(struct fl *l, const struct ar_rounding *r, struct carry_part part[2])
{
    struct tc_form x = ar_selected(l, "select", r, &part[0]);

    part[1] = (struct carry_part){.wire = ar_rounded_up(l, "up", r)};
    part[1].to = tc_alloc(l->low.family->arena, 1, sizeof *part[1].to);
    part[1].to[0] = ar_mpz(l, 1);
    x = tc_form_add(l->low.family, x, part[1].wire);
    return r->normal ? tc_form_add(l->low.family, x,
                                   tc_form_const(l->low.family, power_of_two(&l->low, l->p - 1)))
                     : x;
}

/* [chosen and anything below bit s], a gate for each s from 1 on */
struct tc_form ar_inexact(struct fl *l, const char *name, const struct ar_rounding *r)
{
    struct tc_family *f = l->low.family;
    int first = r->least < 1 ? 1 : r->least, last = r->least + (int)r->n;
    const struct tc_index *k;
    mpz_ptr *mask, *theta;
    struct tc_form x;
    struct tc_axis at;
    unsigned n;

    if (last < first)
        return tc_form_si(f, 0);
    n = (unsigned)(last - first + 1);
    k = tc_index_new(f, "k", n, NULL);
    mask = tc_alloc(f->arena, n, sizeof *mask);
    theta = tc_alloc(f->arena, n, sizeof *theta);
    for (unsigned s = 0; s < n; s++) {
        mask[s] = power_of_two(&l->low, (unsigned)first + s);
        if (r->divide)
            mpz_mul(mask[s], mask[s], r->divide);
        if (r->sticky)
            mpz_add(mask[s], mask[s], power_of_two(&l->low, r->rest_bits));
        theta[s] = tc_mpz_copy(f->arena, mask[s]);
        mpz_add_ui(theta[s], theta[s], 1);
    }
    at = tc_axis_plus(f->arena, tc_axis_const(first - r->least), 1, k);
    x = times_table(&l->low, "mask", tc_form_subst(f, r->chosen, r->k, at), 1, &k, mask);
    at = tc_axis_plus(f->arena, tc_axis_const(first), 1, k);
    x = tc_form_add(f, x, tc_form_subst(f, r->bits.low, r->bits.z, at));
    if (r->sticky)
        x = tc_form_add(f, x, r->rest);
    return one_of_gates(l, name, x, k, theta, "bits below the last place");
}
