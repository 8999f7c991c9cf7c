/* prim_lower.c -- one operation to a circuit family
 *
 *   linear    add, sub, sum, dot, mul, neg: a weighted sum of wires P (input bits, or
 *             ANDs of two), then all its bits, or a rounding: a chain of the
 *             values or the bits by carries, whichever takes fewer gates
 *   function  of one operand: a chain of as many gates as it has changes, or regions
 *   quotient  comparisons with multiples of the divisor
 *   order     comparisons; the largest by comparisons of all pairs
 *
 * What comes out of these is forms; output() makes gates of them.
 */
#include "arith.h"
#include "prim_wide.h"
#include "telescope.h"

#include <assert.h>
#include <string.h>

#define MOST_BITS 60 /* of integers as 64-bit weights */

struct prim_lowering {
    struct lowering low;
    const struct tc_prim *prim;
    const struct tc_plane *x; /* operands: [i, a] */
};

/* ------------------------------------------------------------------ operands */

static int64_t constant_at(const struct tc_prim *prim, unsigned i)
{
    return tc_prim_integer(&prim->format, prim->constant[(size_t)i * prim->limbs]);
}

/* 2^a, the last one negative in two's complement */
static const struct tc_table *weights(struct prim_lowering *p)
{
    return powers(&p->low, p->prim->format.bits, p->prim->format.kind == TC_FIXED);
}

/* bit a of operand i */
static struct tc_form bit_at(struct prim_lowering *p, struct tc_axis i, struct tc_axis a)
{
    struct tc_axis at[2] = {i, a};

    return tc_form_wire(p->low.family, p->x, at);
}

/* operand i as a form */
static struct tc_form value_at(struct prim_lowering *p, struct tc_axis i)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *t = &p->prim->format;
    struct tc_index *a = tc_index_new(f, "a", t->bits, NULL);
    const struct tc_index *ix = a;
    struct tc_axis at = tc_axis_of(f->arena, a);
    struct tc_form x = tc_form_times(f, bit_at(p, i, at), weights(p), &at);

    x = tc_form_sum(f, x, 1, &ix, 0, NULL);
    return claim(&p->low, x, tc_prim_least(t), tc_prim_largest(t));
}

static struct tc_axis fixed(int64_t i)
{
    return tc_axis_const(i);
}

/* ------------------------------------------------------------------- outputs */

static struct tc_bank *bank(struct prim_lowering *p, const char *name, struct tc_form x,
                            struct tc_form theta, const char *note)
{
    return tc_bank_new(p->low.family, name, x, NULL, theta, true, 0, NULL, p->low.component, note);
}

/* gates [x >= 1] of 0/1 forms (or forms that are below 1 for 0) */
static void output(struct prim_lowering *p, const char *name, struct tc_form x)
{
    p->low.component = "output";
    tc_family_output(
        p->low.family, name,
        &bank(p, name, x, tc_form_si(p->low.family, 1), "the result's bits as gates")->plane);
}

/* ------------------------------------------------------------ linear operations */

/* P with its wires, weights in 64 bits */
struct linear {
    struct weighted w;
    struct tc_form value; /* P, the constant included */
    int64_t constant;
};

/* value of a weighted sum, from its table of weights */
static struct tc_form weighted_value(struct prim_lowering *p, const struct linear *l)
{
    struct tc_family *f = p->low.family;
    int64_t extent[TC_MOST_WORDS];
    struct tc_axis at[TC_MOST_WORDS];
    struct tc_form x;

    for (unsigned i = 0; i < l->w.n; i++) {
        extent[i] = l->w.ix[i]->extent;
        at[i] = tc_axis_of(f->arena, l->w.ix[i]);
    }
    x = tc_form_times(f, l->w.wire, tc_table_dense(f, "weight", l->w.n, extent, l->w.weight), at);
    x = tc_form_sum(f, x, l->w.n, l->w.ix, 0, NULL);
    x = tc_form_add(f, x, tc_form_si(f, l->constant));
    return claim(&p->low, x, l->w.lo + l->constant, l->w.hi + l->constant);
}

static int64_t bit_weight(const struct tc_prim *prim, unsigned a)
{
    int64_t w = (int64_t)1 << a;

    return prim->format.kind == TC_FIXED && a + 1 == prim->format.bits ? -w : w;
}

/* sum of scale[i] * operand i, i < count; ranges from the format */
static void linear_sum(struct prim_lowering *p, unsigned count, const int64_t *scale,
                       struct linear *l)
{
    struct tc_family *f = p->low.family;
    unsigned bits = p->prim->format.bits;
    int64_t low = tc_prim_least(&p->prim->format), high = tc_prim_largest(&p->prim->format);
    const struct tc_index **ix = tc_alloc(f->arena, 2, sizeof *ix);
    int64_t *weight = tc_alloc(f->arena, (size_t)count * bits, sizeof *weight);

    ix[0] = tc_index_new(f, "i", count, NULL);
    ix[1] = tc_index_new(f, "a", bits, NULL);
    l->w = (struct weighted){.n = 2, .ix = ix, .weight = weight};
    l->w.wire = bit_at(p, tc_axis_of(f->arena, ix[0]), tc_axis_of(f->arena, ix[1]));
    for (unsigned i = 0; i < count; i++) {
        l->w.lo += scale[i] * (scale[i] < 0 ? high : low);
        l->w.hi += scale[i] * (scale[i] < 0 ? low : high);
        for (unsigned a = 0; a < bits; a++)
            weight[i * bits + a] = scale[i] * bit_weight(p->prim, a);
    }
}

/* sum of operand i * operand (i + count) */
static void linear_dot(struct prim_lowering *p, unsigned count, struct linear *l)
{
    struct tc_family *f = p->low.family;
    unsigned bits = p->prim->format.bits;
    int64_t low = tc_prim_least(&p->prim->format), high = tc_prim_largest(&p->prim->format);
    const struct tc_index **ix = tc_alloc(f->arena, 3, sizeof *ix);
    int64_t *weight = tc_alloc(f->arena, (size_t)count * bits * bits, sizeof *weight);
    struct tc_form u;

    ix[0] = tc_index_new(f, "i", count, NULL);
    ix[1] = tc_index_new(f, "a", bits, NULL);
    ix[2] = tc_index_new(f, "a'", bits, NULL);
    u = bit_at(p, tc_axis_of(f->arena, ix[0]), tc_axis_of(f->arena, ix[1]));
    u = tc_form_add(
        f, u,
        bit_at(p, tc_axis_plus(f->arena, fixed(count), 1, ix[0]), tc_axis_of(f->arena, ix[2])));
    l->w = (struct weighted){.n = 3, .ix = ix, .weight = weight};
    l->w.wire =
        wire_of(&p->low, &bank(p, "and", u, tc_form_si(f, 2), "products of single bits")->plane);
    l->w.lo = count * low * high; /* at most 0 */
    l->w.hi = count * (low * low > high * high ? low * low : high * high);
    for (size_t g = 0; g < (size_t)count * bits * bits; g++)
        weight[g] = bit_weight(p->prim, (unsigned)(g / bits % bits)) *
                    bit_weight(p->prim, (unsigned)(g % bits));
}

/* all bits of P, in two's complement if the result has a sign: with 2^(m-1) added
 * it is not negative, and its highest bit is the sign's complement */
static void all_bits(struct prim_lowering *p, const struct linear *l)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *r = &p->prim->result[0];
    int64_t base = r->kind == TC_FIXED ? -((int64_t)1 << (r->bits - 1)) : 0, turn[64] = {0}, top[64] = {0};
    struct word w = sum_bits(&p->low, "carry", &l->w, base - l->constant, 0, r->bits,
                             "carries into each bit of the result");
    struct tc_axis at = tc_axis_of(f->arena, w.a);

    if (r->kind == TC_FIXED) {
        for (unsigned a = 0; a < r->bits; a++)
            turn[a] = 1;
        turn[r->bits - 1] = -1;
        top[r->bits - 1] = 1;
        w.bit = tc_form_times(f, w.bit, table_of(&p->low, "turn", r->bits, turn), &at);
        w.bit =
            tc_form_add(f, w.bit, tc_form_table(f, table_of(&p->low, "top", r->bits, top), &at));
        w.bit = claim(&p->low, w.bit, 0, 1);
    }
    output(p, "y", w.bit);
}

/* least integer S with S / 2^shift rounded to at least r */
static int64_t round_at(int64_t r, unsigned shift)
{
    if (!shift)
        return r;
    /* (r - 1/2) 2^shift, the tie going to the even one of r - 1 and r */
    return r * ((int64_t)1 << shift) - ((int64_t)1 << (shift - 1)) + (r % 2 != 0);
}

/* thresholds of the rounded values that P reaches */
static struct steps round_steps(struct prim_lowering *p, const struct linear *l, unsigned shift)
{
    struct tc_arena *arena = p->low.family->arena;
    int64_t low = tc_prim_least(&p->prim->format), high = tc_prim_largest(&p->prim->format);
    int64_t least = l->w.lo + l->constant, most = l->w.hi + l->constant;
    struct steps s = {.form = l->value};

    s.at = tc_alloc(arena, (size_t)(high - low) + 1, sizeof *s.at);
    s.value = tc_alloc(arena, (size_t)(high - low) + 2, sizeof *s.value);
    s.value[0] = low;
    for (int64_t r = low + 1; r <= high; r++) {
        int64_t at = round_at(r, shift);

        if (at <= least) {
            s.value[0] = r;
        } else if (at <= most) {
            s.at[s.n++] = tc_mpz_si(arena, at);
            s.value[s.n] = r;
        }
    }
    return s;
}

/* one gate [P >= at] or, below, [P < at], as a form; a constant if P never changes it */
static struct tc_form side_gate(struct prim_lowering *p, const char *name, const struct linear *l,
                                int64_t at, bool below, const char *note,
                                const struct tc_plane **plane)
{
    struct tc_family *f = p->low.family;
    struct tc_form x = below ? tc_form_scale_si(f, l->value, -1) : l->value;

    *plane = &bank(p, name, x, tc_form_si(f, below ? 1 - at : at), note)->plane;
    return wire_of(&p->low, *plane);
}

static bool is_reached(const struct linear *l, int64_t at)
{
    return at <= l->w.hi + l->constant;
}

static bool is_missed(const struct linear *l, int64_t at)
{
    return at > l->w.lo + l->constant;
}

/* A number that P - base is rounded from, not negative, whose quotient by
 * 2^shift is a multiple of 2^bits: the lowest bits stay. */
static int64_t base_of(const struct linear *l, unsigned shift, unsigned bits)
{
    unsigned j = shift + (bits > 1 ? bits : 1);

    while (-((int64_t)1 << j) > l->w.lo + l->constant)
        j++;
    return l->w.lo + l->constant < 0 ? -((int64_t)1 << j) : 0;
}

static uint64_t carries_cost(const struct tc_prim *prim, const struct linear *l, unsigned shift)
{
    const struct tc_format *t = &prim->format;
    unsigned bits = t->bits - (t->kind == TC_FIXED);
    uint64_t gates = (uint64_t)is_reached(l, round_at(tc_prim_largest(t) + 1, shift)) +
                     is_missed(l, round_at(tc_prim_least(t), shift)) + (t->kind == TC_FIXED);

    if (bits)
        gates += sum_bits_cost(&l->w, base_of(l, shift, bits) - l->constant, shift, bits);
    return gates;
}

/* P / 2^shift rounded, by the bits: those of the rounded number, and what is beyond
 * the format decides in the gates that they become, [bit + over - under >= 1] */
static void round_by_carries(struct prim_lowering *p, const struct linear *l, unsigned shift)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *t = &p->prim->format;
    unsigned bits = t->bits - (t->kind == TC_FIXED);
    int64_t over = round_at(tc_prim_largest(t) + 1, shift);
    int64_t under = round_at(tc_prim_least(t), shift);
    const struct tc_plane *plane;

    if (bits) {
        struct word w = sum_bits(&p->low, "carry", &l->w, base_of(l, shift, bits) - l->constant,
                                 shift, bits, "carries into each bit of the rounded number");

        if (is_reached(l, over))
            w.bit = tc_form_add(
                f, w.bit, side_gate(p, "over", l, over, false, "above the largest number", &plane));
        if (is_missed(l, under))
            w.bit = tc_form_sub(
                f, w.bit, side_gate(p, "under", l, under, true, "below the least number", &plane));
        output(p, "y", w.bit);
    }
    if (t->kind == TC_FIXED) {
        side_gate(p, "sign", l, round_at(0, shift), true, "the sign", &plane);
        tc_family_output(p->low.family, "sign", plane);
    }
}

static void round_linear(struct prim_lowering *p, const struct linear *l, unsigned shift)
{
    const struct tc_format *t = &p->prim->format;
    struct chain *c;

    if (t->bits <= TC_TABLE_MAX_BITS) {
        struct steps s = round_steps(p, l, shift);

        if (s.n <= carries_cost(p->prim, l, shift)) {
            c = tc_alloc(p->low.family->arena, 1, sizeof *c);
            *c = chain_new(&p->low, s, "round", "T_round", NULL, "the sum, rounded");
            output(p, "y", word_of_chain(&p->low, c, t->bits).bit);
            return;
        }
    }
    round_by_carries(p, l, shift);
}

static void lower_linear(struct prim_lowering *p)
{
    const struct tc_prim *prim = p->prim;
    unsigned n = prim->noperand, shift = 0;
    int64_t *scale = tc_alloc(p->low.family->arena, n, sizeof *scale);
    struct linear l = {0};

    for (unsigned i = 0; i < n; i++)
        scale[i] = prim->op == TC_OP_NEG || (prim->op == TC_OP_SUB && i) ? -1 : 1;
    if (prim->op == TC_OP_DOT || prim->op == TC_OP_MUL)
        shift = prim->format.fraction;
    if (prim->nconst && (prim->op == TC_OP_DOT || prim->op == TC_OP_MUL)) {
        for (unsigned i = 0; i < n; i++)
            scale[i] = constant_at(prim, i);
        linear_sum(p, n, scale, &l);
    } else if (prim->op == TC_OP_DOT || prim->op == TC_OP_MUL) {
        linear_dot(p, n / 2, &l);
    } else {
        linear_sum(p, n, scale, &l);
        for (unsigned i = 0; i < prim->nconst; i++)
            l.constant += prim->op == TC_OP_SUB ? -constant_at(prim, i) : constant_at(prim, i);
    }
    l.value = weighted_value(p, &l);
    if (prim->exact)
        all_bits(p, &l);
    else
        round_linear(p, &l, shift);
}

/* ------------------------------------------------------- functions of one operand */

/* the operation with constants put in */
static int64_t apply(const struct tc_prim *prim, int64_t m)
{
    int64_t c, low = tc_prim_least(&prim->format), high = tc_prim_largest(&prim->format), r;
    mpz_t num, den;

    if (!prim->nconst)
        return tc_function_round(prim->op, &prim->format, m);
    c = constant_at(prim, 0);
    switch (prim->op) {
    case TC_OP_LT:
        return m < c;
    case TC_OP_LE:
        return m <= c;
    case TC_OP_EQ:
        return m == c;
    default:
        break;
    }
    assert(prim->op == TC_OP_DIV);
    if (c == 0)
        return m < 0 ? low : m > 0 ? high : 0;
    mpz_init_set_si(num, c < 0 ? -m : m);
    mpz_init_set_si(den, c < 0 ? -c : c);
    mpz_mul_2exp(num, num, prim->format.fraction);
    r = tc_div_round(62, num, den);
    mpz_clears(num, den, NULL);
    return r < low ? low : r > high ? high : r;
}

/* the function's changes, by the operand less the least number */
static struct stairs function_stairs(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    int64_t low = tc_prim_least(&p->prim->format), high = tc_prim_largest(&p->prim->format);
    struct tc_form x = tc_form_sub(f, value_at(p, fixed(0)), tc_form_si(f, low));
    struct stairs s = {.x = x, .size = high - low + 1, .first = apply(p->prim, low)};
    int64_t value = s.first;

    s.at = tc_alloc(f->arena, (size_t)s.size, sizeof *s.at);
    s.jump = tc_alloc(f->arena, (size_t)s.size, sizeof *s.jump);
    s.turn = tc_alloc(f->arena, (size_t)s.size, sizeof *s.turn);
    for (int64_t m = low + 1; m <= high; m++) {
        int64_t v = apply(p->prim, m);

        if (v == value)
            continue;
        s.at[s.n] = m - low;
        s.jump[s.n++] = v - value;
        value = v;
    }
    return s;
}

/* in one layer, whose bits are free */
static void function_chain(struct prim_lowering *p, const struct stairs *stairs)
{
    struct tc_family *f = p->low.family;
    struct chain *c = tc_alloc(f->arena, 1, sizeof *c);
    struct steps s = {.form = stairs->x, .n = stairs->n};

    s.at = tc_alloc(f->arena, s.n + 1, sizeof *s.at);
    s.value = tc_alloc(f->arena, s.n + 1, sizeof *s.value);
    s.value[0] = stairs->first;
    for (unsigned k = 0; k < s.n; k++) {
        s.at[k] = tc_mpz_si(f->arena, stairs->at[k]);
        s.value[k + 1] = s.value[k] + stairs->jump[k];
    }
    *c = chain_new(&p->low, s, p->prim->name, "T_function", NULL, "where the function changes");
    output(p, "y", word_of_chain(&p->low, c, p->prim->result[0].bits).bit);
}

/* one layer, a circuit of depth 2; or two, of depth 4 with the carries of their sum */
static void lower_function(struct prim_lowering *p)
{
    struct fl l = {.low = p->low, .prim = p->prim, .x = p->x};
    struct stairs s = function_stairs(p);
    struct telescope *two = telescope_plan(p->low.family->arena, &s, TELESCOPE_NONE);
    struct cost cost[2] = {{.depth = 2, .gates = s.n}, {.depth = 4}};
    const struct tc_index *a;
    struct tc_form y;

    cost[1].gates = two ? telescope_gates(two) : s.n;
    if (!cheapest(&p->low, 2, cost)) {
        function_chain(p, &s);
        return;
    }
    y = stairs_build(&l, &s, two, TELESCOPE_NONE, s.x, p->prim->name).value;
    p->low.component = "output";
    output(p, "y",
           float_bits(&p->low, "bits", y, NULL, p->prim->result[0].bits, &a,
                      "carries into the result's bits"));
}

/* ------------------------------------------------------------------------ quotient
 *
 * With v = 2^(F+1) x - (2r - 1) y and y > 0, x / y rounds to r or more iff v > 0, or
 * v = 0 and r is even.  K v + y >= 1 and K v - y >= 0 say v >= 0 and v >= 1 there, and
 * at y = 0 what they must: true by the sign of x, and 0/0 = 0.
 */
static struct tc_form quotient_half(struct prim_lowering *p, bool negative, const char *name)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *t = &p->prim->format;
    int64_t low = tc_prim_least(t), high = tc_prim_largest(t), n = high - low;
    int64_t k = negative || high < 1 ? 1 : high, mask, extent = n;
    int64_t *theta = tc_alloc(f->arena, (size_t)n, sizeof *theta);
    int64_t *slope = tc_alloc(f->arena, (size_t)n, sizeof *slope);
    unsigned bits = t->bits - (t->kind == TC_FIXED); /* of y, without its sign */
    struct tc_form x = value_at(p, fixed(0)), y = tc_form_si(f, 0), sign, bound;
    struct tc_index *a, *index = chain_index(&p->low, n, "T_quotient");
    struct chain c = {.n = (unsigned)n};
    struct tc_axis at;

    /* |y|: the low bits, or their complement and 1 */
    if (bits) {
        const struct tc_index *ix;

        ix = a = tc_index_new(f, "a", bits, NULL);
        at = tc_axis_of(f->arena, a);
        y = tc_form_times(f, bit_at(p, fixed(1), at), powers(&p->low, bits, false), &at);
        y = tc_form_sum(f, y, 1, &ix, 0, NULL);
        y = claim(&p->low, y, 0, ((int64_t)1 << bits) - 1);
    }
    if (negative) {
        y = tc_form_sub(f, tc_form_si(f, (int64_t)1 << bits), y);
        y = claim(&p->low, y, 1, (int64_t)1 << bits);
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t r = low + 1 + i, odd = r % 2 != 0;

        slope[i] = k * (2 * r - 1);
        if (negative) { /* y is not 0 */
            theta[i] = odd;
        } else {
            slope[i] += r > 0 && !odd ? -1 : r <= 0 && odd ? 1 : 0;
            theta[i] = r > 0;
        }
    }
    x = tc_form_scale_si(f, x, (negative ? -2 * k : 2 * k) * ((int64_t)1 << t->fraction));
    if (t->kind == TC_FIXED) { /* the other sign of y is masked */
        mask = mpz_get_si(x.hi) + 2 + ((int64_t)1 << bits) * (2 * (n + 1) * k + 1);
        sign = bit_at(p, fixed(1), fixed(bits));
        x = negative ? tc_form_add(f, x, tc_form_scale_si(f, sign, mask))
                     : tc_form_sub(f, x, tc_form_scale_si(f, sign, mask));
        for (int64_t i = 0; negative && i < n; i++)
            theta[i] += mask;
    }
    at = tc_axis_of(f->arena, index);
    bound = n == 1 ? tc_form_si(f, theta[0])
                   : tc_form_table(f, table_of(&p->low, "theta", (unsigned)n, theta), &at);
    y = n == 1 ? tc_form_scale_si(f, y, slope[0])
               : tc_form_times(f, y, tc_table_dense(f, "slope", 1, &extent, slope), &at);
    bound = tc_form_add(f, bound, y);
    c.plane = &tc_bank_new(f, name, x, n == 1 ? NULL : index, bound, true, 0, NULL,
                           p->low.component, "comparisons with multiples of the divisor")
                   ->plane;
    c.value = tc_alloc(f->arena, (size_t)n + 1, sizeof *c.value);
    for (int64_t i = 0; i <= n; i++)
        c.value[i] = low + i;
    c.form = chain_form(&p->low, &c);
    return word_of_chain(&p->low, &c, t->bits).bit;
}

static void lower_quotient(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *t = &p->prim->format;
    struct tc_form y = quotient_half(p, false, "quotient"), z;
    const struct tc_index **free;
    struct tc_index *a;
    struct tc_axis at;
    int64_t base[64] = {0};

    if (t->kind != TC_FIXED) {
        output(p, "y", y);
        return;
    }
    z = quotient_half(p, true, "quotient.negative");
    a = tc_index_new(f, "a", t->bits, NULL);
    at = tc_axis_of(f->arena, a);
    tc_form_free(f, &y, &free);
    y = tc_form_subst(f, y, free[0], at);
    tc_form_free(f, &z, &free);
    y = tc_form_add(f, y, tc_form_subst(f, z, free[0], at));
    /* each half is the least number where the other speaks */
    base[t->bits - 1] = 1;
    y = tc_form_sub(f, y, tc_form_table(f, table_of(&p->low, "least", t->bits, base), &at));
    output(p, "y", claim(&p->low, y, 0, 1));
}

/* --------------------------------------------------------------------------- order */

static void lower_compare(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    struct tc_form d = tc_form_sub(f, value_at(p, fixed(1)), value_at(p, fixed(0)));
    struct steps s = {.form = d};

    if (p->prim->op != TC_OP_EQ) { /* the gate is the result */
        tc_family_output(
            f, "y",
            &bank(p, p->prim->name, d, tc_form_si(f, p->prim->op == TC_OP_LT), "one comparison")
                 ->plane);
        return;
    }
    s.n = 2;
    s.at = tc_alloc(f->arena, 2, sizeof *s.at);
    s.at[0] = tc_mpz_si(f->arena, 0);
    s.at[1] = tc_mpz_si(f->arena, 1);
    s.value = tc_alloc(f->arena, 3, sizeof *s.value);
    s.value[1] = 1;
    {
        struct chain *c = tc_alloc(f->arena, 1, sizeof *c);

        *c = chain_new(&p->low, s, "eq", "T_eq", NULL, "at least, and above");
        output(p, "y", word_of_chain(&p->low, c, 1).bit);
    }
}

/* upper > lower */
static struct tc_guard below(struct prim_lowering *p, const struct tc_index *lower,
                             const struct tc_index *upper)
{
    struct tc_guard g = tc_guard_le(p->low.family->arena, lower, upper);

    g.expr.at.constant--;
    return g;
}

/* how many others operand i beats, less i: those after it that are not larger, less
 * those before it that are not smaller */
static struct tc_form wins(struct prim_lowering *p, const struct tc_bank *c,
                           const struct tc_index *i)
{
    struct tc_family *f = p->low.family;
    const struct tc_index *j = tc_index_new(f, "j", p->prim->terms, NULL);
    struct tc_axis up[2] = {tc_axis_of(f->arena, i), tc_axis_of(f->arena, j)};
    struct tc_axis down[2] = {up[1], up[0]};
    struct tc_guard after = below(p, i, j), before = below(p, j, i);
    struct tc_form x = tc_form_sum(f, tc_form_wire(f, &c->plane, up), 1, &j, 1, &after);

    return tc_form_sub(f, x, tc_form_sum(f, tc_form_wire(f, &c->plane, down), 1, &j, 1, &before));
}

static void lower_max(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    const struct tc_prim *prim = p->prim;
    unsigned n = prim->terms, bits = prim->format.bits;
    const struct tc_index *ix[2] = {tc_index_new(f, "i", n, NULL), tc_index_new(f, "j", n, NULL)};
    int64_t *number = tc_alloc(f->arena, n + 1, sizeof *number), extent[2];
    struct tc_guard guard = below(p, ix[0], ix[1]);
    struct tc_axis at[2];
    struct tc_form x, beats;
    struct tc_bank *c;

    x = tc_form_sub(f, value_at(p, tc_axis_of(f->arena, ix[0])),
                    value_at(p, tc_axis_of(f->arena, ix[1])));
    c = tc_bank_new(f, "beats", x, NULL, tc_form_si(f, 0), true, 1, &guard, p->low.component,
                    "the earlier of a pair is at least as large");
    for (unsigned i = 0; i < n; i++)
        number[i] = i;
    if (prim->op != TC_OP_ARGMAX) { /* bit a of the number that beats all others */
        struct tc_index *i = tc_index_new(f, "i", n, NULL), *a = tc_index_new(f, "a", bits, NULL);
        const struct tc_index *sum = i;

        at[0] = tc_axis_of(f->arena, i);
        at[1] = tc_axis_of(f->arena, a);
        /* wins + i + bit >= n */
        beats = tc_form_add(f, wins(p, c, i), bit_at(p, at[0], at[1]));
        beats = tc_form_add(f, beats, tc_form_table(f, table_of(&p->low, "i", n, number), at));
        x = wire_of(&p->low, &bank(p, "best", beats, tc_form_si(f, n),
                                   "bits of the first largest, the others' are 0")
                                  ->plane);
        x = tc_form_sum(f, x, 1, &sum, 0, NULL);
        output(p, "y", claim(&p->low, x, 0, 1));
    }
    if (prim->op != TC_OP_MAX) { /* the first operand adds nothing to the place */
        const struct tc_format *r = &prim->result[prim->nresult - 1];
        struct tc_index *i = tc_index_new(f, "i", n - 1, NULL);
        struct tc_index *a = tc_index_new(f, "a", r->bits, NULL), *k;
        const struct tc_index *sum = i;
        int64_t *digit = tc_alloc(f->arena, (size_t)(n - 1) * r->bits, sizeof *digit);

        p->low.component = prim->name;
        k = tc_index_new(f, "i", n, NULL);
        beats = tc_form_add(f, wins(p, c, k),
                            tc_form_table(f, table_of(&p->low, "i", n, number),
                                          (struct tc_axis[1]){tc_axis_of(f->arena, k)}));
        beats = tc_form_subst(f, beats, k, tc_axis_plus(f->arena, fixed(1), 1, i));
        x = wire_of(&p->low, &bank(p, "first", beats, tc_form_si(f, n - 1),
                                   "operand i + 1 is the first largest")
                                  ->plane);
        for (unsigned m = 0; m + 1 < n; m++)
            for (unsigned b = 0; b < r->bits; b++)
                digit[m * r->bits + b] = ((m + 1) >> b) & 1;
        extent[0] = n - 1;
        extent[1] = r->bits;
        at[0] = tc_axis_of(f->arena, i);
        at[1] = tc_axis_of(f->arena, a);
        x = tc_form_times(f, x, tc_table_dense(f, "digit", 2, extent, digit), at);
        x = tc_form_sum(f, x, 1, &sum, 0, NULL);
        output(p, "place", claim(&p->low, x, 0, 1));
    }
}

/* of one operand: it is the largest, and first */
static void lower_max_of_one(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;

    if (p->prim->op != TC_OP_ARGMAX) {
        struct tc_index *a = tc_index_new(f, "a", p->prim->format.bits, NULL);

        output(p, "y", bit_at(p, fixed(0), tc_axis_of(f->arena, a)));
    }
    if (p->prim->op != TC_OP_MAX) {
        struct tc_index *a = tc_index_new(f, "a", 1, NULL);
        struct tc_axis at = tc_axis_of(f->arena, a);
        int64_t zero = 0;

        output(p, "place", tc_form_table(f, table_of(&p->low, "zero", 1, &zero), &at));
    }
}

/* -------------------------------------------------------------------------- family */

static bool is_linear(enum tc_op op)
{
    return op == TC_OP_ADD || op == TC_OP_SUB || op == TC_OP_MUL || op == TC_OP_SUM ||
           op == TC_OP_DOT || op == TC_OP_NEG;
}

static bool is_order(enum tc_op op)
{
    return op == TC_OP_LT || op == TC_OP_LE || op == TC_OP_EQ;
}

/* of several rounded steps */
static bool is_composed(enum tc_op op)
{
    return op == TC_OP_SOFTMAX || op == TC_OP_NORM;
}

/* bits of a linear operation's sum; 0 of others */
static unsigned sum_width(const struct tc_prim *prim)
{
    unsigned n = prim->terms ? prim->terms : 2, bits = prim->format.bits;
    bool product = prim->op == TC_OP_MUL || prim->op == TC_OP_DOT;
    unsigned most = is_linear(prim->op) ? (product ? 2 * bits : bits) : 0;

    while (most && n) {
        n >>= 1;
        most++;
    }
    return most;
}

/* lower_linear's weights are 64-bit integers */
static bool is_wide(const struct tc_prim *prim)
{
    return sum_width(prim) > MOST_BITS || prim->op == TC_OP_PROD;
}

/* what the constructions can build */
static bool check_size(const struct tc_prim *prim, struct tc_error *err)
{
    unsigned bits = prim->format.bits;

    if (is_composed(prim->op) || is_wide(prim))
        return true;
    if (bits > MOST_BITS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u bits: %s is built up to %d in this version", bits, prim->name,
                       MOST_BITS);
    if (!is_linear(prim->op) && !prim->terms && (!is_order(prim->op) || prim->nconst) &&
        bits > TC_TABLE_MAX_BITS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u bits: %s is lowered by a table of its values, up to %u bits", bits,
                       prim->name, TC_TABLE_MAX_BITS);
    return true;
}

static struct tc_family *lower_wide(struct prim_lowering *p)
{
    struct wide *w = tc_alloc(p->low.family->arena, 1, sizeof *w);

    w->low = &p->low;
    w->prim = p->prim;
    w->x = p->x;
    if (p->prim->op == TC_OP_PROD ? wide_product(w) : wide_linear(w))
        return p->low.family;
    tc_family_free(p->low.family);
    return NULL;
}

/* floats: which file builds what */
static bool lower_float(struct fl *l)
{
    if (tc_prim_is_series(l->prim))
        return fl_lower_series(l);
    if (l->low.options->regime == TC_REGIME_ARITHMETIC)
        switch (l->prim->op) {
        case TC_OP_ADD:
        case TC_OP_SUB:
            return fl_arith_sum(l);
        case TC_OP_MUL:
            return fl_arith_product(l);
        case TC_OP_DIV:
        case TC_OP_RECIP:
            return fl_arith_quotient(l);
        case TC_OP_SQRT:
            return fl_arith_root(l);
        case TC_OP_SUM:
        case TC_OP_DOT:
            if (l->p > 20)
                return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                               "%s of floats is not built in the arithmetic regime, and a table "
                               "of this format takes 2^%u gates",
                               l->prim->name, l->p);
            break;
        default:
            break;
        }
    switch (l->prim->op) {
    case TC_OP_ADD:
    case TC_OP_SUB:
    case TC_OP_SUM:
    case TC_OP_DOT:
        return fl_lower_sum(l);
    case TC_OP_MUL:
        return fl_lower_product(l);
    case TC_OP_DIV:
        return fl_lower_quotient(l);
    case TC_OP_LT:
    case TC_OP_LE:
    case TC_OP_EQ:
    case TC_OP_MAX:
    case TC_OP_ARGMAX:
    case TC_OP_MAXARG:
        return fl_lower_order(l);
    case TC_OP_SOFTMAX:
        return fl_lower_softmax(l);
    case TC_OP_NORM:
        return fl_lower_norm(l);
    default:
        return l->prim->noperand == 1 && !l->prim->terms
                   ? fl_lower_function(l)
                   : tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0},
                             "%s of floats is not built yet in this version", l->prim->name);
    }
}

static struct tc_family *lower_floats(struct prim_lowering *p)
{
    const struct tc_format *f = &p->prim->format;
    bool narrow = f->p + f->q <= 62;
    int64_t b = narrow ? (int64_t)1 << (f->p - 1) : 0;
    struct fl l = {.low = p->low,
                   .prim = p->prim,
                   .f = f,
                   .x = p->x,
                   .p = f->p,
                   .q = f->q,
                   .hidden = b,
                   .least = f->underflow == TC_GRADUAL ? 1 : b,
                   .last = narrow ? tc_format_last_key(f) : 0};

    if (lower_float(&l))
        return p->low.family;
    tc_family_free(p->low.family);
    return NULL;
}

/* softmax and norm, of fixed formats */
static struct tc_family *lower_composed(struct prim_lowering *p)
{
    struct fl l = {.low = p->low, .prim = p->prim, .f = &p->prim->format, .x = p->x};

    if (p->prim->op == TC_OP_SOFTMAX ? fl_lower_softmax(&l) : fl_lower_norm(&l))
        return p->low.family;
    tc_family_free(p->low.family);
    return NULL;
}

static struct tc_family *lower(const struct tc_prim *prim, struct tc_error *err)
{
    struct prim_lowering pl = {.prim = prim}, *p = &pl;
    const struct tc_index *axis[2];
    struct tc_family *f;

    if (prim->format.kind != TC_FLOAT && !check_size(prim, err))
        return NULL;
    f = tc_family_new(prim->name);
    p->low = (struct lowering){.options = prim->options,
                               .family = f,
                               .err = err,
                               .bits = prim->format.bits,
                               .fraction = prim->format.fraction,
                               .component = prim->name,
                               .prefix = ""};
    axis[0] = tc_index_new(f, "i", prim->noperand, NULL);
    axis[1] = tc_index_new(f, "a", tc_format_width(&prim->format), NULL);
    p->x = tc_family_input(f, "x", 2, axis);
    if (prim->format.kind == TC_FLOAT)
        return lower_floats(p);
    if (is_composed(prim->op))
        return lower_composed(p);
    if (is_wide(prim))
        return lower_wide(p);
    if (is_linear(prim->op))
        lower_linear(p);
    else if (prim->terms > 1)
        lower_max(p);
    else if (prim->terms)
        lower_max_of_one(p);
    else if (prim->noperand == 1)
        lower_function(p);
    else if (is_order(prim->op))
        lower_compare(p);
    else
        lower_quotient(p);
    return f;
}

/* ------------------------------------------------------------------------- regimes */

static bool has_both_regimes(const struct tc_prim *p)
{
    return p->format.kind == TC_FLOAT &&
           (p->op == TC_OP_ADD || p->op == TC_OP_SUB || p->op == TC_OP_MUL || p->op == TC_OP_DIV ||
            p->op == TC_OP_RECIP || p->op == TC_OP_SQRT);
}

static struct tc_family *lower_in(const struct tc_prim *prim, enum tc_regime regime,
                                  struct tc_error *err)
{
    struct tc_options options = *prim->options;
    struct tc_prim copy = *prim;

    options.regime = regime;
    copy.options = &options;
    return lower(&copy, err);
}

/* gates and depth, without the gates of the results' bits */
static bool cost_of(const struct tc_family *f, struct cost *cost, struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count;
    bool ok = tc_family_count(arena, f, false, &count, err);

    for (unsigned i = 0; ok && i < f->nbank; i++) {
        if (!strcmp(f->bank[i]->component, "output"))
            continue;
        cost->gates += mpz_get_d(count.bank[i].gates);
        if (f->bank[i]->plane.level > cost->depth)
            cost->depth = f->bank[i]->plane.level;
    }
    tc_arena_free(arena);
    return ok;
}

/* a table of 2^p gates and circuits of a size polynomial in p, whichever -O asks for; past
 * 13 bits a table is no choice but where depth alone counts */
static struct tc_family *lower_float_regime(const struct tc_prim *prim, struct tc_error *err)
{
    const struct tc_options *o = prim->options;
    struct tc_error table_err = {0}, other = {0};
    bool table = prim->format.p <= 13 || o->level == TC_LEVEL_2;
    struct tc_family *by[2] = {table ? lower_in(prim, TC_REGIME_TABLE, &table_err) : NULL,
                               lower_in(prim, TC_REGIME_ARITHMETIC, &other)};
    struct lowering L = {.options = o};
    struct cost cost[2] = {{0}};
    unsigned best = by[0] ? 0 : 1;

    if (!by[0] && !by[1])
        *err = table ? table_err : other;
    if (!by[0] || !by[1])
        return by[best];
    if (cost_of(by[0], &cost[0], err) && cost_of(by[1], &cost[1], err))
        best = cheapest(&L, 2, cost);
    tc_family_free(by[!best]);
    return by[best];
}

struct tc_family *tc_prim_lower(const struct tc_prim *prim, struct tc_error *err)
{
    if (prim->options->regime == TC_REGIME_AUTO && has_both_regimes(prim))
        return lower_float_regime(prim, err);
    return lower(prim, err);
}
