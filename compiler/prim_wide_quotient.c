/* prim_wide_quotient.c -- quotients of integers of any width, digit by digit
 *
 * Q = x 2^F / y + 2^b is not negative and below 2^n within the format, n = b + 1, where the
 * format has a sign; else Q = x / y.  A layer knows R = (Q - the digits before) |y| as a form
 * and compares it with multiples of |y|, masked by each of its bits, so that digit times
 * |y| and the next R are forms again.  CONSTRUCTIONS.md, "Quotient of wide integers".
 */
#include "prim_wide.h"

#include <assert.h>

#define MOST_DIGITS 256
#define MOST_DIGIT  16 /* bits of one */

struct plan {
    unsigned n, k[MOST_DIGITS]; /* bits of each, the highest first */
};

struct division {
    struct wide *w;
    bool minus[2];        /* an operand may be negative */
    bool reciprocal;      /* x is 1, and y operand 0 */
    unsigned b, n;        /* bits of the result but its sign, and of Q */
    unsigned of[2];       /* of |x| and |y|, which the result's may differ from */
    unsigned above;       /* |y| 2^down < 2^above */
    struct tc_form rest;  /* R */
    struct tc_form first; /* R of no digit */
    struct tc_form y;     /* |y| 2^down */
    struct tc_form mask;  /* 0/1, free in c: bits of |y|, and 1 */
    const struct tc_index *c;
    mpz_ptr *power; /* of these bits: |y| 2^down is their sum */
    mpz_ptr bound;  /* |R| is less, whatever was compared */
};

static struct tc_form bit_of(struct division *d, unsigned operand, struct tc_axis a)
{
    struct tc_axis at[2] = {tc_axis_const(d->reciprocal ? 0 : operand), a};

    return tc_form_wire(d->w->low->family, d->w->x, at);
}

static struct tc_form gate(struct division *d, const char *name, struct tc_form x, mpz_srcptr at,
                           const char *note)
{
    struct lowering *L = d->w->low;

    return wire_of(L, &tc_bank_new(L->family, name_of(L, name), x, NULL,
                                   tc_form_const(L->family, at), true, 0, NULL, L->component, note)
                           ->plane);
}

/* sum of 2^a x, x free in a; the last negative if `top` */
static struct tc_form number(struct division *d, struct tc_form x, const struct tc_index *a,
                             bool top)
{
    struct lowering *L = d->w->low;
    mpz_ptr *power = tc_alloc(L->family->arena, (size_t)a->extent, sizeof *power);

    for (unsigned k = 0; k < a->extent; k++)
        power[k] = power_of_two(L, k);
    if (top)
        mpz_neg(power[a->extent - 1], power[a->extent - 1]);
    return tc_form_sum(L->family, times_table(L, "power", x, 1, &a, power), 1, &a, 0, NULL);
}

/* ---------------------------------------------------------------------- operands */

/* the bits of operand o, each with y's sign: free in a */
static struct tc_form with_sign(struct division *d, unsigned o, const struct tc_index *a)
{
    struct tc_family *f = d->w->low->family;
    struct tc_form x = bit_of(d, o, tc_axis_of(f->arena, a));

    x = tc_form_add(f, x, bit_of(d, 1, tc_axis_const(d->of[1])));
    return gate(d, o ? "y.minus" : "x.minus", x, tc_mpz_si(f->arena, 2),
                "bits, where the divisor is negative");
}

/* 1, turned where y is negative */
static struct tc_form one(struct division *d)
{
    struct tc_family *f = d->w->low->family;
    mpz_ptr unit = power_of_two(d->w->low, d->w->prim->format.fraction);
    struct tc_form x = tc_form_const(f, unit);

    if (!d->minus[1])
        return x;
    x = tc_form_sub(f, x,
                    tc_form_scale(f, bit_of(d, 1, tc_axis_const(d->of[1])),
                                  power_of_two(d->w->low, d->w->prim->format.fraction + 1)));
    return x;
}

/* x, turned where y is negative */
static struct tc_form numerator(struct division *d)
{
    struct tc_family *f = d->w->low->family;
    const struct tc_index *a = tc_index_new(f, "a", d->of[0] + d->minus[0], NULL);
    struct tc_form x = number(d, bit_of(d, 0, tc_axis_of(f->arena, a)), a, d->minus[0]);
    mpz_ptr low;

    if (!d->minus[1])
        return x;
    x = tc_form_add(f, x, tc_form_scale_si(f, number(d, with_sign(d, 0, a), a, true), -2));
    low = tc_mpz(f->arena);
    mpz_neg(low, power_of_two(d->w->low, d->of[0]));
    return claim_mpz(d->w->low, x, low, power_of_two(d->w->low, d->of[0]));
}

/* |y|, its bits as masks, and a mask that is 1 */
static void divisor(struct division *d)
{
    struct lowering *L = d->w->low;
    struct tc_family *f = L->family;
    unsigned b = d->of[1], masks = b + 1 + d->minus[1];
    int64_t *row = tc_alloc(f->arena, masks, sizeof *row),
            *low = tc_alloc(f->arena, masks, sizeof *low);
    int64_t *one = tc_alloc(f->arena, masks, sizeof *one),
            *last = tc_alloc(f->arena, masks, sizeof *last);
    const struct tc_index *a = tc_index_new(f, "a", b, NULL);
    struct tc_form bit = bit_of(d, 1, tc_axis_of(f->arena, a)), sign;
    struct tc_axis at, here;

    d->c = tc_index_new(f, "c", masks, NULL);
    d->power = tc_alloc(f->arena, masks, sizeof *d->power);
    for (unsigned k = 0; k < masks; k++) {
        row[k] = k < b ? k : 0;
        low[k] = k < b;
        one[k] = k + 1 == masks;
        last[k] = d->minus[1] && k == b;
        d->power[k] = k < b ? power_of_two(L, k + d->w->down) : tc_mpz_si(f->arena, last[k]);
    }
    d->y = number(d, bit, a, false);
    here = tc_axis_of(f->arena, d->c);
    if (d->minus[1]) { /* the bits turned, and 1: 2^b less the number */
        struct tc_form both = with_sign(d, 1, a);

        sign = bit_of(d, 1, tc_axis_const(b));
        d->y = tc_form_add(f, d->y, tc_form_scale(f, sign, power_of_two(L, b)));
        d->y = tc_form_add(f, d->y, tc_form_scale_si(f, number(d, both, a, false), -2));
        d->y = claim_mpz(L, d->y, tc_mpz(f->arena), power_of_two(L, b));
        bit = tc_form_sub(f, tc_form_add(f, bit, sign), tc_form_scale_si(f, both, 2));
        bit = claim(L, bit, 0, 1);
    }
    if (d->w->down)
        d->y = tc_form_scale(f, d->y, power_of_two(L, d->w->down));
    at = (struct tc_axis){.via = table_of(L, "row", masks, row), .arg = here.at};
    d->mask = tc_form_times(f, tc_form_subst(f, bit, a, at), table_of(L, "low", masks, low), &here);
    if (d->minus[1])
        d->mask = tc_form_add(f, d->mask,
                              tc_form_times(f, sign, table_of(L, "sign", masks, last), &here));
    d->mask = tc_form_add(f, d->mask, tc_form_table(f, table_of(L, "one", masks, one), &here));
    d->mask = claim(L, d->mask, 0, 1);
}

/* ------------------------------------------------------------------------ digits */

/* gates [x + M mask >= coef[t] |y| + M], free in t, and c; or without M and mask */
static const struct tc_plane *compare(struct division *d, const char *name, struct tc_form x,
                                      bool masked, const struct tc_index *t, mpz_ptr *coef,
                                      const char *note)
{
    struct lowering *L = d->w->low;
    struct tc_family *f = L->family;
    struct tc_form at = times_table(L, "multiple", d->y, 1, &t, coef);

    if (masked) {
        x = tc_form_add(f, x, tc_form_scale(f, d->mask, d->bound));
        at = tc_form_add(f, at, tc_form_const(f, d->bound));
    }
    return &tc_bank_new(f, name_of(L, name), x, t, at, true, 0, NULL, L->component, note)->plane;
}

/* a digit's values, in units of 2^at, as a group of the sum */
static void add_digit(struct division *d, struct tc_form gate, const struct tc_index *t,
                      unsigned at)
{
    struct tc_arena *arena = d->w->low->family->arena;
    struct carry_part *p = &d->w->sum.part[d->w->sum.npart++];

    *p = (struct carry_part){.wire = gate, .n = 1, .ix = {t}};
    p->from = tc_alloc(arena, (size_t)t->extent, sizeof *p->from);
    p->to = tc_alloc(arena, (size_t)t->extent, sizeof *p->to);
    for (int64_t k = 0; k < t->extent; k++) {
        p->from[k] = tc_mpz_si(arena, k);
        p->to[k] = tc_mpz_si(arena, k + 1);
        mpz_mul_2exp(p->from[k], p->from[k], at);
        mpz_mul_2exp(p->to[k], p->to[k], at);
    }
}

/* k bits, the lowest of weight 2^at: the digit, and the next R */
static void next_digit(struct division *d, unsigned i, unsigned k, unsigned at)
{
    struct lowering *L = d->w->low;
    struct tc_family *f = L->family;
    const struct tc_index *t = tc_index_new(f, "t", ((int64_t)1 << k) - 1, NULL);
    const struct tc_index *c = tc_index_new(f, "c", d->c->extent - 1, NULL);
    mpz_ptr *coef = tc_alloc(f->arena, (size_t)t->extent, sizeof *coef);
    const struct tc_index *ix[2] = {c, t};
    struct tc_axis where[2] = {tc_axis_const(d->c->extent - 1), tc_axis_of(f->arena, t)};
    const struct tc_plane *plane;
    struct tc_form product;

    for (int64_t s = 0; s < t->extent; s++) {
        coef[s] = tc_mpz_si(f->arena, s + 1);
        mpz_mul_2exp(coef[s], coef[s], at);
    }
    plane = compare(d, tc_sprintf(f->arena, "digit%u", i + 1), d->rest, true, t, coef,
                    "multiples of the divisor in the remainder, with each of its bits");
    add_digit(d, tc_form_wire(f, plane, where), t, at);
    where[0] = tc_axis_of(f->arena, c);
    product = times_table(L, "power", tc_form_wire(f, plane, where), 1, &c, d->power);
    product = tc_form_scale(f, tc_form_sum(f, product, 2, ix, 0, NULL), power_of_two(L, at));
    d->rest = claim_mpz(L, tc_form_sub(f, d->rest, product), d->first.lo, d->first.hi);
}

/* rounded: v = 2 R - (2 t - 1) |y| above 0, or the tie itself where t is even and y is not 0:
 * 2^b v + |y| >= 1, |y| < 2^b */
static void last_digit(struct division *d, unsigned k)
{
    struct lowering *L = d->w->low;
    struct tc_family *f = L->family;
    const struct tc_index *t = tc_index_new(f, "t", (int64_t)1 << k, NULL);
    mpz_ptr *coef = tc_alloc(f->arena, (size_t)t->extent, sizeof *coef);
    struct tc_form x = tc_form_scale(f, d->rest, power_of_two(L, d->above + 1));
    const struct tc_plane *plane;
    struct tc_axis at = tc_axis_of(f->arena, t);

    for (int64_t s = 0; s < t->extent; s++) {
        coef[s] = tc_mpz_si(f->arena, 2 * s + 1);
        mpz_mul_2exp(coef[s], coef[s], d->above);
        mpz_sub_ui(coef[s], coef[s], s % 2 != 0);
    }
    x = tc_form_sub(f, x, tc_form_si(f, 1));
    plane = compare(d, "last", x, false, t, coef, "middles between multiples of the divisor");
    add_digit(d, tc_form_wire(f, plane, &at), t, 0);
}

/* a gate of the sum that takes away `less` */
static void take_away(struct division *d, struct tc_form gate, mpz_ptr less)
{
    struct tc_arena *arena = d->w->low->family->arena;
    struct carry_part *p = &d->w->sum.part[d->w->sum.npart++];

    *p = (struct carry_part){.wire = gate};
    p->to = tc_alloc(arena, 1, sizeof *p->to);
    p->to[0] = tc_mpz(arena);
    mpz_neg(p->to[0], less);
}

/* All digits are as large as they get where the quotient is beyond the largest number: that
 * is one too much.  0 / 0 has all but the last one so. */
static void correct(struct division *d, unsigned last)
{
    struct lowering *L = d->w->low;
    struct tc_family *f = L->family;
    mpz_ptr one = tc_mpz_si(f->arena, 1), most = power_of_two(L, d->n + 1), k = tc_mpz(f->arena);
    mpz_ptr zero = power_of_two(L, d->n);
    struct tc_form x, ones = tc_form_si(f, 0);

    /* v = 2 R - (2^(n+1) - 1) |y|: v > 0, or v = 0 and |y| > 0 */
    mpz_sub_ui(most, most, 1);
    mpz_set(k, power_of_two(L, d->above));
    mpz_mul(most, most, k);
    mpz_sub_ui(most, most, 1);
    mpz_mul_2exp(k, k, 1);
    x = tc_form_sub(f, tc_form_scale(f, d->first, k), tc_form_scale(f, d->y, most));
    take_away(d, gate(d, "over", x, one, "above the largest number"), one);
    if (d->reciprocal)
        return;
    for (unsigned o = 0; o < 2; o++) {
        const struct tc_index *a = tc_index_new(f, "a", d->of[o] + d->minus[o], NULL);

        x = bit_of(d, o, tc_axis_of(f->arena, a));
        ones = tc_form_sub(f, ones, tc_form_sum(f, x, 1, &a, 0, NULL));
    }
    mpz_sub(zero, zero, power_of_two(L, last));
    if (d->minus[0])
        mpz_sub(zero, zero, power_of_two(L, d->b));
    if (mpz_sgn(zero))
        take_away(d, gate(d, "zeros", ones, tc_mpz(f->arena), "both operands are 0"), zero);
}

/* ------------------------------------------------------------------ which digits */

/* n digits of `bits` bits, all but the last about equal: of the fewest gates */
static bool plan_digits(unsigned bits, unsigned n, double masks, struct plan *plan, double *gates)
{
    bool found = false;

    for (unsigned last = 1; last <= MOST_DIGIT && last <= bits; last++) {
        struct plan p = {.n = n};
        unsigned rest = bits - last;
        double g = (double)(1u << last);

        if (n == 1 ? rest : rest < n - 1 || rest > (n - 1) * MOST_DIGIT)
            continue;
        for (unsigned i = 0; i + 1 < n; i++) {
            p.k[i] = rest / (n - 1) + (i < rest % (n - 1));
            g += (double)((1u << p.k[i]) - 1) * masks;
        }
        p.k[n - 1] = last;
        if (!found || g < *gates) {
            *plan = p;
            *gates = g;
        }
        found = true;
    }
    return found;
}

static struct plan plan_of(struct division *d)
{
    struct cost cost[MOST_DIGITS];
    struct plan plan, at[MOST_DIGITS];
    unsigned n = 0;

    for (unsigned k = 1; k <= d->n && k < MOST_DIGITS; k++)
        if (plan_digits(d->n, k, d->c->extent, &at[n], &cost[n].gates))
            cost[n++].depth = k;
    plan = at[cheapest(d->w->low, n, cost)];
    return plan;
}

/* ------------------------------------------------------------------------ result */

/* of the sum cut off: digits above z count nothing, the others' sum is below 2^z, or that
 * where the last digit is all it can be; one less above the largest number */
static void digit_ranges(struct division *d, unsigned last)
{
    struct tc_arena *arena = d->w->low->family->arena;
    struct carry_sum *s = &d->w->sum;

    s->constant = tc_mpz(arena);
    s->bits = d->w->prim->format.bits; /* n, and one for the sign of what has none */
    s->lo = tc_alloc(arena, s->bits + 1, sizeof *s->lo);
    s->hi = tc_alloc(arena, s->bits + 1, sizeof *s->hi);
    for (unsigned z = 0; z <= s->bits; z++) {
        s->lo[z] = tc_mpz_si(arena, z && z <= last ? -1 : 0);
        s->hi[z] = power_of_two(d->w->low, z < d->n ? z : d->n);
        if (z <= last || z >= d->n)
            mpz_sub_ui(s->hi[z], s->hi[z], 1);
    }
}

static void output_gates(struct division *d, const char *name, struct tc_form x)
{
    struct tc_family *f = d->w->low->family;

    tc_family_output(f, name,
                     &tc_bank_new(f, name, claim(d->w->low, x, 0, 1), NULL, tc_form_si(f, 1), true,
                                  0, NULL, "output", "the result's bits as gates")
                          ->plane);
}

/* bits of Q, the highest turned; where no operand is negative all of them */
static void output(struct division *d)
{
    struct lowering *L = d->w->low;
    struct tc_family *f = L->family;
    unsigned bits = d->w->sum.bits;
    int64_t *turn = tc_alloc(f->arena, bits, sizeof *turn);
    int64_t *top = tc_alloc(f->arena, bits, sizeof *top);
    struct tc_axis at;
    struct carries c;

    L->component = "output";
    c = carries_new(L, "bits", &d->w->sum, "carries into the result's bits");
    at = tc_axis_of(f->arena, c.a);
    for (unsigned k = 0; k < bits; k++) {
        top[k] = d->minus[0] && k + 1 == bits;
        turn[k] = top[k] ? -1 : 1;
    }
    c.bit = tc_form_times(f, c.bit, table_of(L, "turn", bits, turn), &at);
    c.bit = tc_form_add(f, c.bit, tc_form_table(f, table_of(L, "top", bits, top), &at));
    output_gates(d, "y", c.bit);
}

static void divide(struct division *d)
{
    struct lowering *L = d->w->low;
    struct tc_family *f = L->family;
    const struct tc_format *t = &d->w->prim->format;
    struct plan plan;
    unsigned at;

    d->b = t->bits - (t->kind == TC_FIXED);
    d->n = at = d->b + d->minus[0];
    for (unsigned o = 0; o < 2; o++)
        d->of[o] = d->w->bits[o] ? d->w->bits[o] - 1 : d->b;
    d->above = d->of[1] + d->w->down;
    assert(!d->w->down || !d->minus[1]);
    divisor(d);
    d->first =
        tc_form_scale(f, d->reciprocal ? one(d) : numerator(d), power_of_two(L, t->fraction));
    if (d->minus[0])
        d->first = tc_form_add(f, d->first, tc_form_scale(f, d->y, power_of_two(L, d->b)));
    d->rest = d->first;
    d->bound = power_of_two(L, (unsigned)mpz_sizeinbase(d->first.hi, 2));
    plan = plan_of(d);
    for (unsigned i = 0; i + 1 < plan.n; i++) {
        at -= plan.k[i];
        next_digit(d, i, plan.k[i], at);
    }
    last_digit(d, at);
    correct(d, at);
    digit_ranges(d, at);
    output(d);
}

void wide_quotient(struct wide *w, bool minus_x, bool minus_y)
{
    struct division d = {.w = w, .minus = {minus_x, minus_y}};

    assert(minus_x || !minus_y);
    divide(&d);
}

void wide_reciprocal(struct wide *w)
{
    bool minus = w->prim->format.kind == TC_FIXED;
    struct division d = {.w = w, .minus = {minus, minus}, .reciprocal = true};

    divide(&d);
}

/* x / 0, the constant: the ends of the range */
void wide_quotient_zero(struct wide *w)
{
    struct lowering *L = w->low;
    struct tc_family *f = L->family;
    unsigned bits = w->prim->format.bits;
    struct division d = {.w = w};
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL), *b;
    int64_t *high = tc_alloc(f->arena, bits, sizeof *high),
            *low = tc_alloc(f->arena, bits, sizeof *low);
    struct tc_form x = bit_of(&d, 0, tc_axis_of(f->arena, a)), y, some;
    bool sign = w->prim->format.kind == TC_FIXED;
    struct tc_axis at;

    x = number(&d, x, a, sign);
    some = gate(&d, "above", x, tc_mpz_si(f->arena, 1), "above 0");
    for (unsigned k = 0; k < bits; k++) {
        high[k] = !sign || k + 1 < bits;
        low[k] = sign && k + 1 == bits;
    }
    b = tc_index_new(f, "a", bits, NULL);
    at = tc_axis_of(f->arena, b);
    y = tc_form_times(f, some, table_of(L, "largest", bits, high), &at);
    if (sign) {
        x = bit_of(&d, 0, tc_axis_const(bits - 1));
        y = tc_form_add(f, y, tc_form_times(f, x, table_of(L, "least", bits, low), &at));
    }
    output_gates(&d, "y", y);
}
