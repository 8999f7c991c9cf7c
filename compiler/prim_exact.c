/* prim_exact.c -- exact numbers: words, IEEE 754's cases, the one rounding */
#include "prim_exact.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void tc_exact_init(struct exact *x)
{
    x->class = TC_FINITE;
    x->minus = false;
    x->e = 0;
    mpz_init(x->num);
    mpz_init_set_ui(x->den, 1);
}

void tc_exact_clear(struct exact *x)
{
    mpz_clears(x->num, x->den, NULL);
}

void tc_exact_set(struct exact *x, const struct exact *y)
{
    x->class = y->class;
    x->minus = y->minus;
    x->e = y->e;
    mpz_set(x->num, y->num);
    mpz_set(x->den, y->den);
}

void tc_exact_set_ui(struct exact *x, unsigned long value)
{
    x->class = TC_FINITE;
    x->minus = false;
    x->e = 0;
    mpz_set_ui(x->num, value);
    mpz_set_ui(x->den, 1);
}

void tc_exact_special(struct exact *x, enum tc_class class, bool minus)
{
    x->class = class;
    x->minus = minus;
}

bool tc_exact_is_zero(const struct exact *x)
{
    return x->class == TC_FINITE && mpz_sgn(x->num) == 0;
}

/* ------------------------------------------------------------------------- words */

static unsigned width_of(const struct tc_format *f)
{
    return f->kind == TC_FLOAT ? f->p + f->q : f->bits;
}

/* the field of the exponent and the fraction, of a float's word */
static void read_float(const struct tc_format *f, struct exact *x)
{
    unsigned places = f->p - 1;
    mpz_t field;
    int64_t n;

    x->minus = mpz_tstbit(x->num, f->p + f->q - 1);
    mpz_init(field);
    mpz_fdiv_q_2exp(field, x->num, places);
    mpz_clrbit(field, f->q); /* the sign */
    n = mpz_get_si(field);
    mpz_clear(field);
    mpz_fdiv_r_2exp(x->num, x->num, places);
    if (n > f->top) {
        assert(f->infinity || f->nan);
        x->class = f->infinity && mpz_sgn(x->num) == 0 ? TC_INFINITE : TC_NAN;
        return;
    }
    if (n == f->top && f->spare && mpz_scan0(x->num, 0) == places) {
        x->class = TC_NAN;
        return;
    }
    x->e = f->low + (n ? n - 1 : 0);
    if (n)
        mpz_setbit(x->num, places);
}

void tc_exact_read(const struct tc_format *f, const uint64_t *word, unsigned limbs, struct exact *x)
{
    unsigned width = width_of(f);

    tc_exact_set_ui(x, 0);
    mpz_import(x->num, limbs, -1, sizeof *word, 0, 0, word);
    mpz_fdiv_r_2exp(x->num, x->num, width);
    if (f->kind == TC_FLOAT) {
        read_float(f, x);
        return;
    }
    x->e = -(int64_t)f->fraction;
    x->minus = f->kind == TC_FIXED && mpz_tstbit(x->num, width - 1);
    if (x->minus) { /* the magnitude is 2^width less the word */
        mpz_t turn;

        mpz_init(turn);
        mpz_setbit(turn, width);
        mpz_sub(x->num, turn, x->num);
        mpz_clear(turn);
    }
}

static void write_float(const struct tc_format *f, const struct exact *x, mpz_ptr word)
{
    int64_t field = 0;
    mpz_t high;

    mpz_init(high);
    if (x->class == TC_NAN) { /* the canonical one: quiet, or all ones */
        mpz_setbit(word, f->spare ? f->p - 1 : f->p - 2);
        if (f->spare)
            mpz_sub_ui(word, word, 1);
        field = f->spare ? f->top : f->top + 1;
    } else if (x->class == TC_INFINITE) {
        field = f->top + 1;
    } else if (mpz_sgn(x->num)) {
        size_t n = mpz_sizeinbase(x->num, 2);
        int64_t unit = (int64_t)n + x->e - (int64_t)f->p; /* of p bits */

        field = unit >= f->low ? unit - f->low + 1 : 0;
        unit = unit >= f->low ? unit : f->low;
        if (x->e >= unit)
            mpz_mul_2exp(word, x->num, (mp_bitcnt_t)(x->e - unit));
        else
            mpz_fdiv_q_2exp(word, x->num, (mp_bitcnt_t)(unit - x->e));
        if (field)
            mpz_clrbit(word, f->p - 1);
    }
    mpz_set_si(high, field);
    mpz_mul_2exp(high, high, f->p - 1);
    mpz_add(word, word, high);
    if (x->minus && x->class != TC_NAN)
        mpz_setbit(word, f->p + f->q - 1);
    mpz_clear(high);
}

void tc_exact_write(const struct tc_format *f, const struct exact *x, uint64_t *word,
                    unsigned limbs)
{
    mpz_t z;

    mpz_init(z);
    if (f->kind == TC_FLOAT) {
        write_float(f, x, z);
    } else { /* e is -fraction */
        if (x->minus)
            mpz_neg(z, x->num);
        else
            mpz_set(z, x->num);
        mpz_fdiv_r_2exp(z, z, f->bits);
    }
    assert(mpz_sizeinbase(z, 2) <= 64 * (size_t)limbs);
    memset(word, 0, limbs * sizeof *word);
    mpz_export(word, NULL, -1, sizeof *word, 0, 0, z);
    mpz_clear(z);
}

/* ---------------------------------------------------------------------- rounding */

static void largest(const struct tc_format *f, struct exact *x)
{
    x->class = TC_FINITE;
    mpz_set_ui(x->den, 1);
    mpz_set_ui(x->num, 0);
    if (f->kind == TC_FLOAT) {
        mpz_setbit(x->num, f->p);
        mpz_sub_ui(x->num, x->num, 1 + f->spare);
        x->e = f->low + f->top - 1;
        return;
    }
    x->e = -(int64_t)f->fraction;
    if (f->kind == TC_FIXED && x->minus) {
        mpz_setbit(x->num, f->bits - 1);
    } else if (!x->minus) {
        mpz_setbit(x->num, f->bits - (f->kind == TC_FIXED));
        mpz_sub_ui(x->num, x->num, 1);
    }
}

/* num = floor of the magnitude to units of 2^unit, and what was cut off against half
 * a unit: -1 less, 0 equal, 1 more, *rest: not nothing */
static int cut(struct exact *x, bool sticky, int64_t unit, bool *rest)
{
    int64_t drop = unit - x->e;
    size_t low = mpz_sgn(x->num) ? mpz_scan1(x->num, 0) : SIZE_MAX;
    bool half;

    x->e = unit;
    if (drop <= 0) {
        mpz_mul_2exp(x->num, x->num, (mp_bitcnt_t)-drop);
        *rest = sticky; /* less than a bit of num, as many bits as num has by then */
        return -1;
    }
    half = mpz_tstbit(x->num, (mp_bitcnt_t)drop - 1);
    sticky = sticky || low < (size_t)drop - 1;
    mpz_fdiv_q_2exp(x->num, x->num, (mp_bitcnt_t)drop);
    *rest = half || sticky;
    return !half ? -1 : sticky ? 1 : 0;
}

/* to nearest even in units of 2^unit */
static void round_at(struct exact *x, bool sticky, int64_t unit)
{
    bool rest;
    int c = cut(x, sticky, unit, &rest);

    if (c > 0 || (c == 0 && mpz_odd_p(x->num)))
        mpz_add_ui(x->num, x->num, 1);
}

/* the magnitude without its denominator, bits or more of it; whether some is left */
static bool divide(struct exact *x, unsigned bits)
{
    int64_t more = (int64_t)mpz_sizeinbase(x->den, 2) + bits - (int64_t)mpz_sizeinbase(x->num, 2);
    bool left;
    mpz_t r;

    if (mpz_cmp_ui(x->den, 1) == 0)
        return false;
    if (more > 0) {
        mpz_mul_2exp(x->num, x->num, (mp_bitcnt_t)more);
        x->e -= more;
    }
    mpz_init(r);
    mpz_fdiv_qr(x->num, r, x->num, x->den);
    left = mpz_sgn(r) != 0;
    mpz_clear(r);
    mpz_set_ui(x->den, 1);
    return left;
}

static void round_float(const struct tc_format *f, struct exact *x)
{
    bool sticky = divide(x, f->p + 3);
    int64_t n = (int64_t)mpz_sizeinbase(x->num, 2);
    int64_t unit = x->e + n - f->p, last = f->low + f->top - 1;

    if (unit < f->low && f->underflow == TC_NEAREST) {
        /* against half the least number, 2^at */
        int64_t at = f->low + (int64_t)f->p - 2;
        bool above =
            x->e + n - 1 > at ||
            (x->e + n - 1 == at && (sticky || mpz_scan1(x->num, 0) != (mp_bitcnt_t)(n - 1)));

        mpz_set_ui(x->num, 0);
        if (above)
            mpz_setbit(x->num, f->p - 1);
        x->e = f->low;
        return;
    }
    if (unit < f->low && f->underflow == TC_GRADUAL)
        unit = f->low;
    round_at(x, sticky, unit);
    if (mpz_sizeinbase(x->num, 2) > f->p) {
        mpz_fdiv_q_2exp(x->num, x->num, 1);
        x->e++;
    }
    if (x->e < f->low) { /* TC_FLUSH */
        mpz_set_ui(x->num, 0);
    } else {
        bool above = x->e > last;

        if (x->e == last && f->spare) /* the one number more is NaN's */
            above = mpz_scan0(x->num, 0) == f->p;
        if (above && f->infinity)
            tc_exact_special(x, TC_INFINITE, x->minus);
        else if (above)
            largest(f, x);
    }
}

static void round_fixed(const struct tc_format *f, struct exact *x)
{
    /* the magnitude in units is above 2^(size - 1) */
    int64_t size = (int64_t)mpz_sizeinbase(x->num, 2) - (int64_t)mpz_sizeinbase(x->den, 2) + x->e +
                   (int64_t)f->fraction;
    struct exact most;
    bool sticky;

    if (size > (int64_t)f->bits + 1) {
        largest(f, x);
        return;
    }
    sticky = divide(x, f->bits + 3);
    round_at(x, sticky, -(int64_t)f->fraction);
    tc_exact_init(&most);
    most.minus = x->minus;
    largest(f, &most);
    if (mpz_cmp(x->num, most.num) > 0)
        mpz_set(x->num, most.num);
    tc_exact_clear(&most);
}

void tc_exact_round(const struct tc_format *f, struct exact *x)
{
    if (x->class == TC_NAN && !f->nan)
        tc_exact_set_ui(x, 0);
    if (x->class == TC_INFINITE && !f->infinity)
        largest(f, x);
    if (x->class == TC_FINITE && mpz_sgn(x->num)) {
        if (f->kind == TC_FLOAT)
            round_float(f, x);
        else
            round_fixed(f, x);
    }
    if (tc_exact_is_zero(x)) {
        bool minus = x->minus && f->signed_zero;

        tc_exact_set_ui(x, 0);
        x->minus = minus;
    }
}

/* -------------------------------------------------------------------- arithmetic */

void tc_exact_add(struct exact *sum, const struct exact *x)
{
    mpz_t other;

    if (sum->class == TC_NAN)
        return;
    if (x->class != TC_FINITE) {
        bool clash = sum->class == TC_INFINITE && x->class == TC_INFINITE && sum->minus != x->minus;

        tc_exact_special(sum, clash ? TC_NAN : x->class, x->minus);
        return;
    }
    if (sum->class == TC_INFINITE)
        return;
    if (mpz_sgn(x->num) == 0) { /* +0 unless both are -0 */
        if (mpz_sgn(sum->num) == 0)
            sum->minus = sum->minus && x->minus;
        return;
    }
    if (mpz_sgn(sum->num) == 0) {
        tc_exact_set(sum, x);
        return;
    }
    assert(mpz_cmp_ui(sum->den, 1) == 0 && mpz_cmp_ui(x->den, 1) == 0);
    mpz_init_set(other, x->num);
    if (sum->e > x->e) {
        mpz_mul_2exp(sum->num, sum->num, (mp_bitcnt_t)(sum->e - x->e));
        sum->e = x->e;
    } else {
        mpz_mul_2exp(other, other, (mp_bitcnt_t)(x->e - sum->e));
    }
    if (sum->minus)
        mpz_neg(sum->num, sum->num);
    if (x->minus)
        mpz_sub(sum->num, sum->num, other);
    else
        mpz_add(sum->num, sum->num, other);
    sum->minus = mpz_sgn(sum->num) < 0;
    mpz_abs(sum->num, sum->num);
    mpz_clear(other);
}

void tc_exact_mul(struct exact *product, const struct exact *x)
{
    bool minus = product->minus != x->minus;

    if (product->class == TC_FINITE && x->class == TC_FINITE) {
        mpz_mul(product->num, product->num, x->num);
        mpz_mul(product->den, product->den, x->den);
        product->e += x->e;
        product->minus = minus;
    } else if (product->class == TC_NAN || x->class == TC_NAN || tc_exact_is_zero(product) ||
               tc_exact_is_zero(x)) {
        tc_exact_special(product, TC_NAN, false);
    } else {
        tc_exact_special(product, TC_INFINITE, minus);
    }
}

void tc_exact_div(struct exact *x, const struct exact *y)
{
    bool minus = x->minus != y->minus, zeros = tc_exact_is_zero(x) && tc_exact_is_zero(y);

    if (x->class == TC_NAN || y->class == TC_NAN || zeros ||
        (x->class == TC_INFINITE && y->class == TC_INFINITE)) {
        tc_exact_special(x, TC_NAN, false);
    } else if (x->class == TC_INFINITE || tc_exact_is_zero(y)) {
        tc_exact_special(x, TC_INFINITE, minus);
    } else if (y->class == TC_INFINITE) {
        tc_exact_set_ui(x, 0);
        x->minus = minus;
    } else {
        mpz_mul(x->num, x->num, y->den);
        mpz_mul(x->den, x->den, y->num);
        x->e -= y->e;
        x->minus = minus;
    }
}

static int compare_magnitudes(const struct exact *x, const struct exact *y)
{
    int64_t shift = x->e - y->e, a = (int64_t)mpz_sizeinbase(x->num, 2) + x->e,
            b = (int64_t)mpz_sizeinbase(y->num, 2) + y->e;
    mpz_t z;
    int c;

    if (!mpz_sgn(x->num) || !mpz_sgn(y->num))
        return mpz_sgn(x->num) - mpz_sgn(y->num);
    if (a != b)
        return a < b ? -1 : 1;
    mpz_init(z);
    mpz_mul_2exp(z, shift > 0 ? x->num : y->num, (mp_bitcnt_t)llabs(shift));
    c = shift > 0 ? mpz_cmp(z, y->num) : mpz_cmp(x->num, z);
    mpz_clear(z);
    return c < 0 ? -1 : c > 0;
}

int tc_exact_compare(const struct exact *x, const struct exact *y)
{
    bool p = x->minus && !tc_exact_is_zero(x), q = y->minus && !tc_exact_is_zero(y);
    int c;

    assert(x->class != TC_NAN && y->class != TC_NAN);
    if (p != q)
        return p ? -1 : 1;
    if (x->class == TC_INFINITE || y->class == TC_INFINITE)
        c = (x->class == TC_INFINITE) - (y->class == TC_INFINITE);
    else
        c = compare_magnitudes(x, y);
    return p ? -c : c;
}

bool tc_exact_same(const struct exact *x, const struct exact *y)
{
    if (x->class != y->class)
        return false;
    return x->class == TC_NAN || (x->minus == y->minus && tc_exact_compare(x, y) == 0);
}
