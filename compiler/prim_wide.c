/* prim_wide.c -- sums of integers of any width, and what integer results are made of
 *
 * As prim_lower.c's linear operations, with weights of any size: the integer is a sum
 * of wires, its bits come from carries (carries.h), and what is beyond the format
 * decides in the gates that the bits become.
 */
#include "prim_wide.h"

#include <assert.h>

#define MOST_ENTRIES 8000000 /* of a table of weights, wires times rows */

/* ------------------------------------------------------------------------- numbers */

void wide_constant(const struct tc_prim *p, unsigned k, mpz_ptr x)
{
    mpz_import(x, p->limbs, -1, sizeof(uint64_t), 0, 0, p->constant + (size_t)k * p->limbs);
    mpz_fdiv_r_2exp(x, x, p->format.bits);
    if (p->format.kind == TC_FIXED && mpz_tstbit(x, p->format.bits - 1)) {
        mpz_t turn;

        mpz_init(turn);
        mpz_setbit(turn, p->format.bits);
        mpz_sub(x, x, turn);
        mpz_clear(turn);
    }
}

bool wide_is_zero(const struct tc_prim *p)
{
    mpz_t x;
    bool zero;

    mpz_init(x);
    wide_constant(p, 0, x);
    zero = mpz_sgn(x) == 0;
    mpz_clear(x);
    return zero;
}

void wide_bounds(const struct tc_format *f, mpz_ptr low, mpz_ptr high)
{
    mpz_set_ui(high, 0);
    mpz_setbit(high, f->bits - (f->kind == TC_FIXED));
    mpz_neg(low, high);
    mpz_sub_ui(high, high, 1);
    if (f->kind != TC_FIXED)
        mpz_set_ui(low, 0);
}

/* ------------------------------------------------------------------------- results */

static const struct tc_plane *gate(struct wide *w, const char *name, struct tc_form x,
                                   mpz_srcptr at, const char *note)
{
    struct tc_family *f = w->low->family;

    return &tc_bank_new(f, name_of(w->low, name), x, NULL, tc_form_const(f, at), true, 0, NULL,
                        w->low->component, note)
                ->plane;
}

static void output(struct wide *w, const char *name, struct tc_form x)
{
    struct tc_family *f = w->low->family;
    mpz_ptr one = tc_mpz_si(f->arena, 1);

    w->low->component = "output";
    tc_family_output(f, name, gate(w, name, x, one, "the result's bits as gates"));
}

/* bits first .. bits-1 of the integer plus `add` (over the divisor), which the constant then has */
static struct carries bits_of(struct wide *w, mpz_srcptr add, unsigned bits, unsigned first)
{
    mpz_ptr constant = tc_mpz(w->low->family->arena);

    mpz_add(constant, w->sum.constant, add);
    if (w->divide) { /* what 2^bits divisors are is above the bits */
        mpz_ptr all = tc_mpz(w->low->family->arena);

        mpz_mul_2exp(all, w->divide, bits);
        mpz_fdiv_r(constant, constant, all);
    }
    w->sum.constant = constant;
    w->sum.divide = w->divide;
    w->sum.bits = bits;
    w->sum.first = first;
    w->ranges(w);
    return carries_new(w->low, "carry", &w->sum, "carries into each bit of the result");
}

/* in two's complement: with 2^(bits-1) added it is not negative, its highest bit turned */
static void all_bits(struct wide *w)
{
    struct tc_family *f = w->low->family;
    const struct tc_format *r = &w->prim->result[0];
    bool sign = r->kind == TC_FIXED;
    mpz_ptr add = tc_mpz(f->arena);
    int64_t *turn = tc_alloc(f->arena, r->bits, sizeof *turn);
    int64_t *top = tc_alloc(f->arena, r->bits, sizeof *top);
    struct tc_axis at;
    struct carries c;
    struct tc_form bit;

    if (sign)
        mpz_setbit(add, r->bits - 1);
    c = bits_of(w, add, r->bits, 0);
    bit = c.bit;
    if (sign) {
        for (unsigned a = 0; a < r->bits; a++)
            turn[a] = a + 1 < r->bits ? 1 : -1;
        top[r->bits - 1] = 1;
        at = tc_axis_of(f->arena, c.a);
        bit = tc_form_times(f, bit, table_of(w->low, "turn", r->bits, turn), &at);
        bit = tc_form_add(f, bit, tc_form_table(f, table_of(w->low, "top", r->bits, top), &at));
        bit = claim(w->low, bit, 0, 1);
    }
    output(w, "y", bit);
}

/* what the integer is counted in: 2^shift, or the divisor */
static void unit_of(const struct wide *w, mpz_ptr unit)
{
    mpz_set_ui(unit, 1);
    if (w->divide)
        mpz_set(unit, w->divide);
    else
        mpz_mul_2exp(unit, unit, w->shift);
}

/* least integer that is rounded to r or more: the tie goes to the even one */
static void round_at(const struct wide *w, mpz_srcptr r, mpz_ptr at)
{
    bool even = mpz_even_p(r);
    mpz_t unit;

    mpz_init(unit);
    unit_of(w, unit);
    mpz_mul_2exp(at, r, 1);
    mpz_sub_ui(at, at, 1);
    mpz_mul(at, at, unit); /* twice the middle */
    if (even)
        mpz_cdiv_q_2exp(at, at, 1);
    else {
        mpz_fdiv_q_2exp(at, at, 1);
        mpz_add_ui(at, at, 1);
    }
    mpz_clear(unit);
}

/* 0/1: Q, the integer plus half a unit, is a unit modulo two of them: a tie that was
 * rounded up to an odd number */
static struct tc_form odd_tie(struct wide *w, const struct carries *c)
{
    struct tc_family *f = w->low->family;
    struct tc_form raw = tc_form_subst(f, c->raw, c->z, tc_axis_const(1)), sum; /* shift + 1 */
    mpz_ptr most = tc_mpz(f->arena), unit = tc_mpz(f->arena);
    int64_t n;

    sum = tc_form_si(f, 0);
    unit_of(w, unit);
    mpz_fdiv_q(most, w->sum.hi[w->shift + 1], unit);
    n = mpz_get_si(most) / 2 + 1;
    for (unsigned k = 0; k < 2; k++) {
        const struct tc_index *t = tc_index_new(f, "t", n, NULL);
        mpz_ptr *theta = tc_alloc(f->arena, (size_t)n, sizeof *theta);
        struct tc_form x;

        for (int64_t s = 0; s < n; s++) {
            theta[s] = tc_mpz(f->arena);
            mpz_mul_si(theta[s], unit, 2 * s + 1);
            mpz_add_ui(theta[s], theta[s], k);
        }
        x = wire_of(w->low,
                    &tc_bank_new(f, name_of(w->low, k ? "tie.above" : "tie"), raw, t,
                                 times_table(w->low, "theta", tc_form_si(f, 1), 1, &t, theta), true,
                                 0, NULL, w->low->component,
                                 "ties that are rounded up to an odd number")
                         ->plane);
        x = tc_form_sum(f, x, 1, &t, 0, NULL);
        sum = k ? tc_form_sub(f, sum, x) : x;
    }
    return claim(w->low, sum, 0, 1);
}

/* 1 for bits of magnitude, -1 for one of the sign, of n */
static const struct tc_table *bit_signs(struct wide *w, unsigned n)
{
    const struct tc_format *t = &w->prim->format;
    int64_t *sign = tc_alloc(w->low->family->arena, n, sizeof *sign);

    for (unsigned a = 0; a < n; a++)
        sign[a] = t->kind == TC_FIXED && a + 1 == t->bits ? -1 : 1;
    return table_of(w->low, "sign", n, sign);
}

/* rounded: the bits of Q from shift on, and [bit + over - under >= 1]; of the sign
 * [bit - over + under >= 1], or that of the number before it is rounded */
static void rounded(struct wide *w)
{
    struct tc_family *f = w->low->family;
    const struct tc_format *t = &w->prim->format;
    unsigned bits = t->bits - (t->kind == TC_FIXED && !w->word), shift = w->shift;
    bool ties = shift || (w->divide && mpz_even_p(w->divide));
    mpz_ptr half = tc_mpz(f->arena), low = tc_mpz(f->arena), high = tc_mpz(f->arena);
    mpz_ptr at = tc_mpz(f->arena);
    const struct tc_plane *over, *under, *sign;
    const struct tc_table *signs;
    const struct tc_index *a;
    struct tc_axis here;
    struct tc_form bit;
    struct carries c;

    unit_of(w, half);
    mpz_fdiv_q_2exp(half, half, 1);
    wide_bounds(t, low, high);
    mpz_add_ui(high, high, 1);
    if (bits) {
        c = bits_of(w, half, shift + bits, shift);
        a = tc_index_new(f, "a", bits, NULL);
        here = tc_axis_of(f->arena, a);
        bit = tc_form_subst(f, c.bit, c.a, here); /* from shift on */
        signs = bit_signs(w, bits);
        if (ties) {
            int64_t *lowest = tc_alloc(f->arena, bits, sizeof *lowest);

            lowest[0] = 1;
            bit = tc_form_sub(
                f, bit,
                tc_form_times(f, odd_tie(w, &c), table_of(w->low, "lowest", bits, lowest), &here));
            bit = claim(w->low, bit, 0, 1);
        }
        round_at(w, high, at);
        if (mpz_cmp(at, w->most) <= 0) {
            over = gate(w, "over", w->value, at, "above the largest number");
            bit = tc_form_add(f, bit, tc_form_times(f, wire_of(w->low, over), signs, &here));
        }
        round_at(w, low, at);
        if (mpz_cmp(at, w->least) > 0) { /* P < at */
            mpz_ui_sub(at, 1, at);
            under =
                gate(w, "under", tc_form_scale_si(f, w->value, -1), at, "below the least number");
            bit = tc_form_sub(f, bit, tc_form_times(f, wire_of(w->low, under), signs, &here));
        }
        output(w, "y", bit);
    }
    if (t->kind == TC_FIXED && !w->word) {
        mpz_set_ui(low, 0);
        round_at(w, low, at);
        mpz_ui_sub(at, 1, at);
        w->low->component = w->prim->name;
        sign = gate(w, "sign", tc_form_scale_si(f, w->value, -1), at, "the sign");
        tc_family_output(f, "sign", sign);
    }
}

void wide_result(struct wide *w)
{
    if (w->prim->exact)
        all_bits(w);
    else
        rounded(w);
}

/* ---------------------------------------------------------------- linear operations */

static struct tc_form bit_at(struct wide *w, struct tc_axis i, const struct tc_index *a)
{
    struct tc_axis at[2] = {i, tc_axis_of(w->low->family->arena, a)};

    return tc_form_wire(w->low->family, w->x, at);
}

/* +-2^a, the highest negative in two's complement */
static void bit_weight(const struct tc_format *f, unsigned a, mpz_ptr x)
{
    mpz_set_ui(x, 0);
    mpz_setbit(x, a);
    if (f->kind == TC_FIXED && a + 1 == f->bits)
        mpz_neg(x, x);
}

/* w g = -|w| + |w| (1 - g) where w < 0 */
void wide_part(struct wide *w, struct carry_part *p, mpz_ptr *weight)
{
    struct tc_arena *arena = w->low->family->arena;
    size_t points = carry_points(p);
    int64_t copies = carry_copies(p);
    mpz_ptr all = tc_mpz(arena);

    p->to = tc_alloc(arena, points, sizeof *p->to);
    p->from = tc_alloc(arena, points, sizeof *p->from);
    for (size_t g = 0; g < points; g++) {
        p->to[g] = weight[g];
        p->from[g] = tc_mpz(arena);
        mpz_mul_si(all, weight[g], copies);
        if (mpz_sgn(weight[g]) >= 0) {
            mpz_add(w->most, w->most, all);
            continue;
        }
        mpz_add(w->least, w->least, all);
        mpz_add(w->sum.constant, w->sum.constant, all);
        mpz_neg(p->from[g], weight[g]);
        p->to[g] = tc_mpz(arena);
        if (w->sum.start_times)
            w->sum.start_times[w->sum.nstart] = copies;
        w->sum.start[w->sum.nstart++] = p->from[g];
    }
}

void wide_ranges(struct wide *w)
{
    mpz_ptr most = tc_mpz(w->low->family->arena);

    /* a constant, and wires that all count up */
    mpz_add(most, w->sum.constant, w->most);
    mpz_sub(most, most, w->least);
    carry_ranges(w->low, &w->sum, most);
}

/* the wires' weights: sum of scale[i - first] operand i, i = first .. first + n - 1 */
static void linear_sum(struct wide *w, unsigned first, unsigned n, mpz_ptr *scale)
{
    struct tc_family *f = w->low->family;
    struct carry_part *p = &w->sum.part[w->sum.npart++];
    unsigned bits = w->prim->format.bits;
    mpz_ptr *weight = tc_alloc(f->arena, (size_t)n * bits, sizeof *weight);
    struct tc_axis i = tc_axis_const(first);
    struct tc_form x;

    p->n = 0;
    if (n > 1) {
        p->ix[p->n] = tc_index_new(f, "i", n, NULL);
        i = tc_axis_of(f->arena, p->ix[p->n++]);
    }
    p->ix[p->n] = tc_index_new(f, "a", bits, NULL);
    p->wire = bit_at(w, i, p->ix[p->n++]);
    for (unsigned k = 0; k < n; k++)
        for (unsigned a = 0; a < bits; a++) {
            weight[k * bits + a] = tc_mpz(f->arena);
            bit_weight(&w->prim->format, a, weight[k * bits + a]);
            mpz_mul(weight[k * bits + a], weight[k * bits + a], scale[k]);
        }
    x = times_table(w->low, "weight", p->wire, p->n, p->ix, weight);
    w->value = tc_form_add(f, w->value, tc_form_sum(f, x, p->n, p->ix, 0, NULL));
    wide_part(w, p, weight);
}

/* sum of operand i times operand i + n */
static void linear_dot(struct wide *w, unsigned n)
{
    struct tc_family *f = w->low->family;
    struct carry_part *p = &w->sum.part[w->sum.npart++];
    unsigned bits = w->prim->format.bits;
    size_t points = (size_t)n * bits * bits;
    mpz_ptr *weight = tc_alloc(f->arena, points, sizeof *weight), x = tc_mpz(f->arena);
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    const struct tc_index *b = tc_index_new(f, "a'", bits, NULL);
    struct tc_axis i = tc_axis_const(0), j = tc_axis_const(n);
    struct tc_form both;

    p->n = 0;
    if (n > 1) {
        p->ix[p->n] = tc_index_new(f, "i", n, NULL);
        i = tc_axis_of(f->arena, p->ix[p->n]);
        j = tc_axis_plus(f->arena, j, 1, p->ix[p->n++]);
    }
    p->ix[p->n++] = a;
    p->ix[p->n++] = b;
    both = tc_form_add(f, bit_at(w, i, a), bit_at(w, j, b));
    p->wire =
        wire_of(w->low, gate(w, "and", both, tc_mpz_si(f->arena, 2), "products of single bits"));
    for (size_t g = 0; g < points; g++) {
        weight[g] = tc_mpz(f->arena);
        bit_weight(&w->prim->format, (unsigned)(g / bits % bits), weight[g]);
        bit_weight(&w->prim->format, (unsigned)(g % bits), x);
        mpz_mul(weight[g], weight[g], x);
    }
    w->value = times_table(w->low, "weight", p->wire, p->n, p->ix, weight);
    w->value = tc_form_sum(f, w->value, p->n, p->ix, 0, NULL);
    wide_part(w, p, weight);
}

static bool fits(struct wide *w, unsigned n, bool product)
{
    double bits = w->prim->format.bits, wires = n * (product ? bits * bits : bits);
    double rows = product ? 2 * bits + 17 : bits + 17;

    return wires * rows <= MOST_ENTRIES ||
           tc_fail(w->low->err, TC_ELIMIT, (struct tc_loc){0},
                   "%s of %u bits: %.0f weights of single bits in %.0f carries, and this version "
                   "builds up to %d in all",
                   w->prim->name, w->prim->format.bits, wires, rows, MOST_ENTRIES);
}

/* the numerator's scale, and the divisor, of a quotient by a constant other than 0 */
static void quotient_scale(struct wide *w, mpz_ptr scale)
{
    mpz_ptr divide = tc_mpz(w->low->family->arena);

    wide_constant(w->prim, 0, divide);
    mpz_set_si(scale, mpz_sgn(divide));
    mpz_mul_2exp(scale, scale, w->prim->format.fraction);
    mpz_abs(divide, divide);
    w->divide = divide;
}

bool wide_linear(struct wide *w)
{
    const struct tc_prim *prim = w->prim;
    struct tc_arena *arena = w->low->family->arena;
    unsigned n = prim->noperand;
    bool product = prim->op == TC_OP_DOT || prim->op == TC_OP_MUL, both = product && !prim->nconst;
    mpz_ptr *scale = tc_alloc(arena, n, sizeof *scale), constant = tc_mpz(arena);
    size_t points = (size_t)n * prim->format.bits;

    if (!fits(w, both ? n / 2 : n, both))
        return false;
    w->sum.constant = tc_mpz(arena);
    w->sum.start = tc_alloc(arena, both ? points * prim->format.bits : points, sizeof(mpz_ptr));
    w->least = tc_mpz(arena);
    w->most = tc_mpz(arena);
    w->shift = product ? prim->format.fraction : 0;
    w->ranges = wide_ranges;
    w->value = tc_form_si(w->low->family, 0);
    for (unsigned i = 0; i < n; i++) {
        scale[i] = tc_mpz_si(arena, prim->op == TC_OP_NEG || (prim->op == TC_OP_SUB && i) ? -1 : 1);
        if (product && prim->nconst)
            wide_constant(prim, i, scale[i]);
        if (w->scale)
            mpz_mul(scale[i], scale[i], w->scale);
    }
    if (prim->op == TC_OP_DIV)
        quotient_scale(w, scale[0]);
    if (both)
        linear_dot(w, n / 2);
    else if (prim->terms)
        linear_sum(w, 0, n, scale);
    else
        for (unsigned i = 0; i < n; i++)
            linear_sum(w, i, 1, &scale[i]);
    for (unsigned k = 0; !product && prim->op != TC_OP_DIV && k < prim->nconst; k++) {
        mpz_ptr x = tc_mpz(arena);

        wide_constant(prim, k, x);
        if (prim->op == TC_OP_SUB)
            mpz_sub(constant, constant, x);
        else
            mpz_add(constant, constant, x);
    }
    if (w->add)
        mpz_add(constant, constant, w->add);
    mpz_add(w->sum.constant, w->sum.constant, constant);
    mpz_add(w->least, w->least, constant);
    mpz_add(w->most, w->most, constant);
    w->value = tc_form_add(w->low->family, w->value, tc_form_const(w->low->family, constant));
    w->value = claim_mpz(w->low, w->value, w->least, w->most);
    wide_result(w);
    return true;
}
