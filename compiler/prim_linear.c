/* prim_linear.c -- add, sub, sum, dot, mul, neg of integers
 *
 * A weighted sum of wires P (input bits, or ANDs of two), then all its bits, or a
 * rounding: a chain of the values or the bits by carries, whichever takes fewer gates.
 */
#include "prim_integer.h"

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
    l->w.wire = il_bit(p, tc_axis_of(f->arena, ix[0]), tc_axis_of(f->arena, ix[1]));
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
    u = il_bit(p, tc_axis_of(f->arena, ix[0]), tc_axis_of(f->arena, ix[1]));
    u = tc_form_add(f, u,
                    il_bit(p, tc_axis_plus(f->arena, tc_axis_const(count), 1, ix[0]),
                           tc_axis_of(f->arena, ix[2])));
    l->w = (struct weighted){.n = 3, .ix = ix, .weight = weight};
    l->w.wire =
        wire_of(&p->low, &il_bank(p, "and", u, tc_form_si(f, 2), "products of single bits")->plane);
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
    int64_t base = r->kind == TC_FIXED ? -((int64_t)1 << (r->bits - 1)) : 0, turn[64] = {0},
            top[64] = {0};
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
    il_output(p, "y", w.bit);
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

    *plane = &il_bank(p, name, x, tc_form_si(f, below ? 1 - at : at), note)->plane;
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
        il_output(p, "y", w.bit);
    }
    if (t->kind == TC_FIXED) { /* not a form made a gate: it is one */
        p->low.component = p->prim->name;
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
            il_output(p, "y", word_of_chain(&p->low, c, t->bits).bit);
            return;
        }
    }
    round_by_carries(p, l, shift);
}

void il_linear(struct prim_lowering *p)
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
            scale[i] = il_constant(prim, i);
        linear_sum(p, n, scale, &l);
    } else if (prim->op == TC_OP_DOT || prim->op == TC_OP_MUL) {
        linear_dot(p, n / 2, &l);
    } else {
        linear_sum(p, n, scale, &l);
        for (unsigned i = 0; i < prim->nconst; i++)
            l.constant += prim->op == TC_OP_SUB ? -il_constant(prim, i) : il_constant(prim, i);
    }
    l.value = weighted_value(p, &l);
    if (prim->exact)
        all_bits(p, &l);
    else
        round_linear(p, &l, shift);
}
