/* float.c -- operands, results and roundings of floats; see float.h */
#include "float.h"

#include <assert.h>
#include <string.h>

/* ---------------------------------------------------------------------- operands */

static struct tc_form bit(struct fl *l, struct fl_word x, struct tc_axis a)
{
    if (x.words)
        return prim_word_bit(&l->low, x.words, x.plane, x.at[0], a);
    x.at[x.plane->naxis - 1] = a;
    return tc_form_wire(l->low.family, x.plane, x.at);
}

struct fl_word fl_operand(struct fl *l, struct tc_axis i)
{
    return (struct fl_word){.plane = l->x, .at = {i}, .words = l->words};
}

/* bits first .. first+n-1 of the word as a number */
static struct tc_form number(struct fl *l, struct fl_word x, unsigned first, unsigned n)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", n, NULL);
    const struct tc_index *ix = a;
    struct tc_axis at = tc_axis_of(f->arena, a);
    mpz_ptr *weight = tc_alloc(f->arena, n, sizeof *weight);
    int64_t extent = n;
    struct tc_form y;

    for (unsigned k = 0; k < n; k++) {
        weight[k] = tc_mpz(f->arena);
        mpz_setbit(weight[k], k);
    }
    y = bit(l, x, tc_axis_plus(f->arena, tc_axis_const(first), 1, a));
    y = tc_form_times(f, y, tc_table_dense_mpz(f, "unsigned", 1, &extent, weight), &at);
    return tc_form_sum(f, y, 1, &ix, 0, NULL);
}

struct tc_form fl_sign(struct fl *l, struct fl_word x)
{
    return bit(l, x, tc_axis_const(l->p + l->q - 1));
}

struct tc_form fl_fraction_bit(struct fl *l, struct fl_word x, struct tc_axis a)
{
    return bit(l, x, a);
}

struct tc_form fl_fraction(struct fl *l, struct fl_word x)
{
    return number(l, x, 0, l->p - 1);
}

struct tc_form fl_field(struct fl *l, struct fl_word x)
{
    return number(l, x, l->p - 1, l->q);
}

struct tc_form fl_key(struct fl *l, struct fl_word x)
{
    return number(l, x, 0, l->p - 1 + l->q);
}

/* ------------------------------------------------------------------------- gates */

struct tc_form fl_gate(struct fl *l, const char *name, struct tc_form x, int64_t at,
                       const char *note)
{
    struct tc_family *f = l->low.family;

    return wire_of(&l->low, &tc_bank_new(f, name, x, NULL, tc_form_si(f, at), true, 0, NULL,
                                         l->low.component, note)
                                 ->plane);
}

struct tc_form fl_sign_of_two(struct fl *l, struct tc_form sum, const char *both)
{
    struct tc_form x = fl_gate(l, "both.minus", sum, 2, both);

    x = tc_form_sub(l->low.family, sum, tc_form_scale_si(l->low.family, x, 2));
    return claim(&l->low, x, 0, 1);
}

const struct tc_plane *fl_bank(struct fl *l, const char *name, struct tc_form x, unsigned n,
                               const mpz_ptr *at, const char *note)
{
    struct tc_family *f = l->low.family;
    struct tc_index *t = NULL;
    struct tc_form theta;

    assert(n);
    if (n == 1) {
        theta = tc_form_const(f, at[0]);
    } else {
        int64_t extent = n;
        struct tc_axis axis;
        mpz_ptr *copy = tc_alloc(f->arena, n, sizeof *copy);

        memcpy(copy, at, n * sizeof *copy);
        t = tc_index_new(f, "t", extent, NULL);
        axis = tc_axis_of(f->arena, t);
        theta = tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &extent, copy), &axis);
    }
    return &tc_bank_new(f, name, x, t, theta, true, 0, NULL, l->low.component, note)->plane;
}

struct tc_form fl_weigh_mpz(struct fl *l, const struct tc_plane *plane, unsigned n,
                            const mpz_ptr *weight)
{
    struct tc_family *f = l->low.family;
    struct tc_form x = wire_of(&l->low, plane);
    bool same = true;

    for (unsigned t = 1; t < n; t++)
        same = same && mpz_cmp(weight[t], weight[0]) == 0;
    if (same) {
        x = tc_form_scale(f, x, weight[0]);
    } else {
        int64_t extent = n;
        struct tc_axis axis = tc_axis_of(f->arena, plane->chain);
        mpz_ptr *copy = tc_alloc(f->arena, n, sizeof *copy);

        memcpy(copy, weight, n * sizeof *copy);
        x = tc_form_times(f, x, tc_table_dense_mpz(f, "step", 1, &extent, copy), &axis);
    }
    return plane->chain ? tc_form_sum(f, x, 1, &plane->chain, 0, NULL) : x;
}

struct tc_form fl_weigh(struct fl *l, const struct tc_plane *plane, unsigned n,
                        const int64_t *weight, int64_t base, int64_t lo, int64_t hi)
{
    struct tc_family *f = l->low.family;
    mpz_ptr *copy = tc_alloc(f->arena, n, sizeof *copy);
    struct tc_form x;

    for (unsigned t = 0; t < n; t++)
        copy[t] = tc_mpz_si(f->arena, weight[t]);
    x = tc_form_add(f, fl_weigh_mpz(l, plane, n, copy), tc_form_si(f, base));
    return claim(&l->low, x, lo, hi);
}

/* ----------------------------------------------------------------------- results */

static int64_t word_bit(const struct tc_format *f, enum tc_class class, unsigned a)
{
    int64_t r;
    mpz_t w;

    mpz_init(w);
    tc_format_special(f, class, false, w);
    r = mpz_tstbit(w, a);
    mpz_clear(w);
    return r;
}

/* gates of 0/1 forms, or of forms below 1 for 0 */
static void output(struct fl *l, const char *name, struct tc_form x, const char *note)
{
    struct tc_family *f = l->low.family;

    tc_family_output(f, name,
                     &tc_bank_new(f, name_of(&l->low, name), x, NULL, tc_form_si(f, 1), true, 0,
                                  NULL, "output", note)
                          ->plane);
}

/* one gate [x >= at] */
static struct tc_form side(struct fl *l, const char *name, struct tc_form x, mpz_ptr at,
                           const char *note)
{
    return wire_of(&l->low, fl_bank(l, name_of(&l->low, name), x, 1, &at, note));
}

void fl_largest(const struct tc_format *f, mpz_ptr key)
{
    mpz_set_si(key, f->top + 1);
    mpz_mul_2exp(key, key, f->p - 1);
    mpz_sub_ui(key, key, 1 + f->spare);
}

/* The bits of a key below the least number are put off by `under`; of a number above
 * its half all but the lowest of the field, which is put on twice. */
void fl_output(struct fl *l, const char *name, struct fl_result r)
{
    struct tc_family *f = l->low.family;
    const char *component = l->low.component;
    unsigned bits = l->p - 1 + l->q;
    int64_t *turn = tc_alloc(f->arena, bits, sizeof *turn);
    mpz_ptr zero = tc_mpz(f->arena), last = tc_mpz(f->arena); /* zero: keys up to here are 0 */
    const struct tc_index *a;
    struct tc_form x, under, up, over, sign = r.sign;
    struct tc_axis at;

    if (!l->f->signed_zero && l->f->underflow != TC_GRADUAL) {
        mpz_setbit(zero, l->p - 1);
        mpz_sub_ui(zero, zero, 1);
    }
    fl_largest(l->f, last);
    l->low.component = "output";
    x = float_bits_with(&l->low, "bits", r.npart ? r.high : r.key, NULL, r.npart, r.part, 0, bits,
                        &a, "carries into the bits of the key");
    at = tc_axis_of(f->arena, a);
    if (mpz_cmp(r.key.lo, zero) <= 0 && (mpz_sgn(r.key.lo) < 0 || !l->f->signed_zero)) {
        mpz_neg(zero, zero);
        under = side(l, "under", tc_form_scale_si(f, r.key, -1), zero, "it is zero");
        x = tc_form_sub(f, x, under);
        if (!l->f->signed_zero)
            sign = tc_form_sub(f, sign, under);
        if (r.has_half) {
            up = fl_gate(l, name_of(&l->low, "half"), r.half, 1, "above a half");
            up = tc_form_sub(f, tc_form_add(f, up, under), tc_form_si(f, 1));
            turn[l->p - 1] = 2;
            x = tc_form_add(f, x,
                            tc_form_times(f, up, table_of(&l->low, "least", bits, turn), &at));
            sign = tc_form_add(f, sign, up);
        }
    }
    mpz_add_ui(zero, last, l->f->infinity);
    if (mpz_cmp(r.key.hi, zero) > 0) {
        mpz_add_ui(last, last, 1);
        over = side(l, "over", r.key, last, "beyond the largest number");
        for (unsigned k = 0; k < bits; k++)
            turn[k] = word_bit(l->f, TC_INFINITE, k) ? 1 : -1;
        x = tc_form_add(f, x, tc_form_times(f, over, table_of(&l->low, "over", bits, turn), &at));
    }
    if (r.has_nan) {
        for (unsigned k = 0; k < bits; k++)
            turn[k] = word_bit(l->f, TC_NAN, k) ? 3 : -3;
        x = tc_form_add(f, x, tc_form_times(f, r.nan, table_of(&l->low, "nan", bits, turn), &at));
        sign = tc_form_sub(f, sign, r.nan);
    }
    output(l, name, x, "the result's bits as gates");
    output(l, tc_sprintf(f->arena, "%s.sign", name), sign, "the result's sign as a gate");
    l->low.component = component;
}

/* --------------------------------------------------------------------- roundings */

void float_magnitude(const struct tc_format *f, int64_t key, mpz_ptr v)
{
    int64_t b = (int64_t)1 << (f->p - 1), field = key / b;

    mpz_set_si(v, key % b + (field ? b : 0));
    if (field)
        mpz_mul_2exp(v, v, (mp_bitcnt_t)(field - 1));
}

int64_t float_next(const struct tc_format *f, int64_t key)
{
    return key == 0 && f->underflow != TC_GRADUAL ? (int64_t)1 << (f->p - 1) : key + 1;
}

void float_middle(const struct tc_format *f, int64_t key, mpz_ptr quarters, bool *up)
{
    int64_t b = (int64_t)1 << (f->p - 1);
    mpz_t below;

    float_magnitude(f, key, quarters);
    *up = key % 2 == 0;
    if (key == b && f->underflow == TC_FLUSH) { /* 2^p - 1/2 halves of the unit */
        mpz_mul_2exp(quarters, quarters, 2);
        mpz_sub_ui(quarters, quarters, 1);
        return;
    }
    if (key == b && f->underflow == TC_NEAREST) {
        mpz_mul_2exp(quarters, quarters, 1);
        *up = false;
        return;
    }
    mpz_init(below);
    float_magnitude(f, key - 1, below);
    mpz_add(quarters, quarters, below);
    mpz_mul_2exp(quarters, quarters, 1);
    mpz_clear(below);
}

void float_threshold(const struct tc_format *f, int64_t key, int64_t unit, mpz_ptr at)
{
    int64_t shift = f->low - 2 - unit;
    mpz_t middle;
    bool up;

    mpz_init(middle);
    float_middle(f, key, middle, &up);
    /* least n with n 2^unit >= (or >) middle 2^(low - 2) */
    if (shift >= 0)
        mpz_mul_2exp(at, middle, (mp_bitcnt_t)shift);
    else if (up)
        mpz_cdiv_q_2exp(at, middle, (mp_bitcnt_t)-shift);
    else
        mpz_fdiv_q_2exp(at, middle, (mp_bitcnt_t)-shift);
    if (!up)
        mpz_add_ui(at, at, 1);
    mpz_clear(middle);
}

/* as attention rounds; infinity is the first key of the next field, and the last one */
struct steps steps_float(struct lowering *L, const struct tc_format *f, struct tc_form x,
                         int64_t unit, bool past)
{
    struct tc_format format = *f;
    struct lowering low = *L;
    mpq_ptr one = tc_mpq(L->family->arena), low_unit = tc_mpq(L->family->arena);
    int64_t shift = f->low - unit;
    struct steps s;

    assert(tc_format_last_key(f) < 1 << 24);
    if (past) {
        assert(!f->spare);
        format.top++;
        format.spare = (1u << (f->p - 1)) - 1;
    }
    low.format = &format;
    mpq_set_ui(one, 1, 1);
    mpq_set_ui(low_unit, 1, 1);
    if (shift >= 0)
        mpq_mul_2exp(low_unit, low_unit, (mp_bitcnt_t)shift);
    else
        mpq_div_2exp(low_unit, low_unit, (mp_bitcnt_t)-shift);
    s = steps_round(&low, x, one, low_unit, false);
    s.keys = false; /* prim weighs its chains itself */
    return s;
}
