/* prim_float_simple.c -- relu, neg, abs and floor of floats, of any width, in one layer
 *
 * The first three only change the sign, or make the key negative, which is zero.
 *
 * floor: with E the field and `one` the field of 1, a magnitude's fraction bit i counts
 * for at least 1 where E >= one + p - 1 - i: the others are cut off.  Below 1 all is.  A
 * negative number that loses something goes up by 1, which is 2^(p-1-e) keys where
 * E = one + e; from below 1 it goes to the key of 1.
 */
#include "simple.h"

struct simple {
    struct fl *l;
    struct tc_form sign, key, field;
    int64_t one; /* field of the number 1 */
    int64_t big; /* above every field */
    mpz_ptr zero;
};

static struct tc_form constant(struct simple *s, unsigned bits)
{
    mpz_ptr x = tc_mpz(s->l->low.family->arena);

    mpz_setbit(x, bits);
    return tc_form_const(s->l->low.family, x);
}

static struct tc_form shifted(struct simple *s, struct tc_form x, unsigned bits)
{
    mpz_ptr k = tc_mpz(s->l->low.family->arena);

    mpz_setbit(k, bits);
    return tc_form_scale(s->l->low.family, x, k);
}

static struct tc_form gates(struct simple *s, const char *name, struct tc_form x,
                            struct tc_form theta, const char *note)
{
    struct tc_family *f = s->l->low.family;

    return wire_of(&s->l->low, &tc_bank_new(f, name_of(&s->l->low, name), x, NULL, theta, true, 0,
                                            NULL, s->l->low.component, note)
                                    ->plane);
}

/* sum over a = 0 .. n-1 of 2^(first + step a) x_a */
static struct tc_form powers_sum(struct simple *s, struct tc_form x, const struct tc_index *a,
                                 unsigned first, int step)
{
    struct tc_family *f = s->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, a);
    size_t n = (size_t)a->extent;
    mpz_ptr *weight = tc_alloc(f->arena, n, sizeof *weight);

    for (size_t k = 0; k < n; k++) {
        weight[k] = tc_mpz(f->arena);
        mpz_setbit(weight[k], (mp_bitcnt_t)((int64_t)first + step * (int64_t)k));
    }
    x = tc_form_times(f, x, tc_table_dense_mpz(f, "power", 1, &a->extent, weight), &at);
    return tc_form_sum(f, x, 1, &a, 0, NULL);
}

/* start + step a */
static struct tc_form line(struct simple *s, const struct tc_index *a, int64_t start, int64_t step)
{
    struct tc_family *f = s->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, a);
    int64_t *entry = tc_alloc(f->arena, (size_t)a->extent, sizeof *entry);

    for (int64_t k = 0; k < a->extent; k++)
        entry[k] = start + step * k;
    return tc_form_table(f, table_of(&s->l->low, "line", (unsigned)a->extent, entry), &at);
}

/* bits first .. first+n-1 of the word, by a */
static struct tc_form bits(struct simple *s, unsigned first, const struct tc_index *a)
{
    struct tc_axis at = tc_axis_plus(s->l->low.family->arena, tc_axis_const(first), 1, a);

    return fl_fraction_bit(s->l, fl_operand(s->l, tc_axis_const(0)), at);
}

/* the magnitude cut off below 1 */
static struct tc_form whole(struct simple *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t lost = s->one + l->p - 1 - l->f->top; /* bits that never count for 1 */
    unsigned first = lost > 0 ? (unsigned)lost : 0;
    const struct tc_index *a = tc_index_new(f, "a", l->q, NULL);
    struct tc_form x, y;

    x = tc_form_add(f, tc_form_scale_si(f, bits(s, l->p - 1, a), s->big), s->field);
    y = gates(s, "field", x, tc_form_si(f, s->big + s->one), "bits of the field, from 1 on");
    y = powers_sum(s, y, a, l->p - 1, 1);
    if (first >= l->p - 1)
        return y;
    a = tc_index_new(f, "a", l->p - 1 - first, NULL);
    x = tc_form_add(f, tc_form_scale_si(f, bits(s, first, a), s->big), s->field);
    x = gates(s, "whole", x, line(s, a, s->big + s->one + l->p - 1 - first, -1),
              "bits of the fraction that count for 1 or more");
    return tc_form_add(f, y, powers_sum(s, x, a, first, 1));
}

/* what a negative number goes up by: at E = one + e if its last p - 1 - e bits are not 0,
 * [s, E = one + e, bits >= 1] = [s, (E, bits) >= (one + e, 1)] - [s, E > one + e] */
static struct tc_form up(struct simple *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t rows = l->f->top - s->one + 1 < l->p - 1 ? l->f->top - s->one + 1 : l->p - 1;
    const struct tc_index *e = tc_index_new(f, "e", rows, NULL);
    const struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_axis at = tc_axis_of(f->arena, e);
    struct tc_guard guard = {.expr = tc_axis_plus(f->arena, tc_axis_const(l->p - 2), -1, a)};
    mpz_ptr *scale = tc_alloc(f->arena, (size_t)rows, sizeof *scale);
    mpz_ptr *theta = tc_alloc(f->arena, (size_t)rows, sizeof *theta);
    struct tc_form x = tc_form_add(f, s->field, tc_form_scale_si(f, s->sign, s->big)), y, low;

    for (int64_t k = 0; k < rows; k++) {
        scale[k] = tc_mpz(f->arena);
        mpz_setbit(scale[k], (mp_bitcnt_t)(l->p - 1 - k));
        theta[k] = tc_mpz(f->arena);
        mpz_mul_si(theta[k], scale[k], (long)(s->one + k + s->big));
        mpz_add_ui(theta[k], theta[k], 1);
    }
    guard.expr = tc_axis_plus(f->arena, guard.expr, -1, e);
    low = tc_form_times(f, bits(s, 0, a), powers(&l->low, l->p - 1, false),
                        (struct tc_axis[1]){tc_axis_of(f->arena, a)});
    low = tc_form_sum(f, low, 1, &a, 1, &guard);
    y = tc_form_times(f, x, tc_table_dense_mpz(f, "scale", 1, &e->extent, scale), &at);
    y = gates(s, "lost", tc_form_add(f, y, low),
              tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &e->extent, theta), &at),
              "a negative number that loses something, or of a larger field");
    x = gates(s, "larger", x, line(s, e, s->big + s->one + 1, 1),
              "a negative number of a larger field");
    return powers_sum(s, tc_form_sub(f, y, x), e, l->p - 1, -1);
}

/* from below 1 to 1: [s, key >= 1] - [s, E >= one] */
static struct tc_form up_to_one(struct simple *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned width = l->p + l->q - 1;
    struct tc_form x, y;

    x = tc_form_add(f, s->key, shifted(s, s->sign, width));
    x = gates(s, "negative", x, tc_form_add(f, constant(s, width), tc_form_si(f, 1)),
              "a negative number");
    y = tc_form_add(f, s->field, tc_form_scale_si(f, s->sign, s->big));
    y = gates(s, "minus.one", y, tc_form_si(f, s->big + s->one), "-1 or below");
    return tc_form_scale_si(f, shifted(s, tc_form_sub(f, x, y), l->p - 1), s->one);
}

static struct tc_form floor_key(struct simple *s)
{
    struct tc_family *f = s->l->low.family;
    mpz_ptr high = tc_mpz(f->arena), step = tc_mpz(f->arena);
    struct tc_form x = tc_form_add(f, whole(s), tc_form_add(f, up(s), up_to_one(s)));

    mpz_setbit(high, s->l->p + s->l->q - 1);
    mpz_setbit(step, s->l->p - 1);
    mpz_add(high, high, step);
    return tc_form_range(f, x, s->zero, high);
}

static struct tc_form relu_key(struct simple *s)
{
    struct tc_family *f = s->l->low.family;
    unsigned width = s->l->p + s->l->q - 1;
    mpz_ptr low = tc_mpz(f->arena), high = tc_mpz(f->arena);

    mpz_setbit(high, width);
    mpz_neg(low, high);
    mpz_sub_ui(high, high, 1);
    return tc_form_range(f, tc_form_sub(f, s->key, shifted(s, s->sign, width)), low, high);
}

bool fl_has_floor(const struct fl *l)
{
    int64_t one = 2 - l->f->low - (int64_t)l->p;

    return 1 <= one && one <= l->f->top;
}

void fl_lower_simple(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct fl_word x = fl_operand(l, tc_axis_const(0));
    struct simple s = {.l = l,
                       .sign = fl_sign(l, x),
                       .key = fl_key(l, x),
                       .field = fl_field(l, x),
                       .one = 2 - l->f->low - (int64_t)l->p,
                       .big = (int64_t)2 << l->q,
                       .zero = tc_mpz(f->arena)};
    struct fl_result r = {.has_nan = l->f->nan, .key = s.key, .sign = tc_form_si(f, 0)};
    mpz_ptr last = tc_mpz(f->arena);

    if (l->prim->op == TC_OP_RELU) {
        r.key = relu_key(&s);
    } else if (l->prim->op == TC_OP_FLOOR) {
        r.key = floor_key(&s);
        r.sign = s.sign;
    } else if (l->prim->op == TC_OP_NEG) {
        r.sign = tc_form_sub(f, tc_form_si(f, 1), s.sign);
    }
    if (l->f->nan) {
        fl_largest(l->f, last);
        mpz_add_ui(last, last, 1 + l->f->infinity);
        r.nan = gates(&s, "nan", s.key, tc_form_const(f, last), "the operand is NaN");
    }
    fl_output(l, "y", r);
}
