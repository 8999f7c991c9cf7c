/* value.c -- values of the format that lowering computes with
 *
 * A value is a 64-bit integer: of a fixed format the integer itself, of a float its
 * signed key (0 is zero; the key after the last one is infinity, where L->reach has it).
 * Functions of values are correctly rounded, ties to even, and saturate or are infinite.
 */
#include "float.h"

#include <assert.h>
#include <mpfr.h>

#define MOST_PRECISION 65536

bool is_float(const struct lowering *L)
{
    return L->format && L->format->kind == TC_FLOAT;
}

/* what results are rounded to */
static const struct tc_format *range_of(const struct lowering *L)
{
    return L->reach ? L->reach : L->format;
}

void number_of(const struct lowering *L, bool keys, int64_t value, mpz_ptr number)
{
    if (!keys) {
        tc_mpz_set_i64(number, value);
        return;
    }
    value = plain_value(L, value);
    float_magnitude(L->format, value < 0 ? -value : value, number);
    if (value < 0)
        mpz_neg(number, number);
}

int64_t least_value(const struct lowering *L)
{
    return is_float(L) ? -tc_format_last_key(range_of(L)) : INT64_MIN >> (64 - L->bits);
}

int64_t largest_value(const struct lowering *L)
{
    return is_float(L) ? tc_format_last_key(range_of(L)) : INT64_MAX >> (64 - L->bits);
}

int64_t next_value(const struct lowering *L, int64_t r)
{
    const struct tc_format *f = L->format;

    if (!is_float(L) || f->underflow == TC_GRADUAL)
        return r + 1;
    if (r == -((int64_t)1 << (f->p - 1)))
        return 0;
    return r == 0 ? float_next(f, 0) : r + 1;
}

void value_middle(const struct lowering *L, int64_t r, mpq_ptr middle, bool *strict)
{
    bool up;

    if (!is_float(L)) {
        mpq_set_si(middle, 2 * r - 1, 2);
        mpq_canonicalize(middle);
        *strict = r % 2 != 0;
        return;
    }
    /* a negative r is reached where the next larger magnitude is left */
    float_middle(L->format, r > 0 ? r : float_next(L->format, -r), mpq_numref(middle), &up);
    mpz_set_ui(mpq_denref(middle), 4);
    mpq_canonicalize(middle);
    *strict = r > 0 ? !up : up;
    if (r <= 0)
        mpq_neg(middle, middle);
}

int64_t value_of_code(const struct lowering *L, uint64_t word)
{
    uint64_t sign = (uint64_t)1 << (L->bits - 1);

    word &= 2 * sign - 1;
    if (!is_float(L))
        return (int64_t)(word ^ sign) - (int64_t)sign;
    return word & sign ? -(int64_t)(word ^ sign) : (int64_t)word;
}

/* ------------------------------------------------------------------------ floats */

/* the key nearest to x */
static int64_t nearest_key(const struct tc_format *format, mpq_srcptr x)
{
    struct tc_format f = *format;
    int64_t key;
    mpz_t word;

    f.infinity = false; /* saturate */
    mpz_init(word);
    tc_format_encode(&f, x, false, word, NULL);
    mpz_clrbit(word, f.p + f.q - 1);
    key = mpz_get_si(word);
    mpz_clear(word);
    return mpq_sgn(x) < 0 ? -key : key;
}

int64_t float_key_of_one(const struct tc_format *f)
{
    int64_t key;
    mpq_t one;

    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    key = nearest_key(f, one);
    mpq_clear(one);
    return key;
}

/* 2^low V(key) */
static void exact_value(const struct tc_format *f, int64_t key, mpq_ptr x)
{
    float_magnitude(f, key < 0 ? -key : key, mpq_numref(x));
    if (key < 0)
        mpz_neg(mpq_numref(x), mpq_numref(x));
    mpz_set_ui(mpq_denref(x), 1);
    if (f->low >= 0)
        mpq_mul_2exp(x, x, (mp_bitcnt_t)f->low);
    else
        mpq_div_2exp(x, x, (mp_bitcnt_t)-f->low);
}

/* far below the least number, or far above the largest: not worth an exact fraction */
int64_t float_key_of_bound(const struct tc_format *f, const void *bound)
{
    mpfr_srcptr x = bound;
    int64_t e, key;
    mpq_t q;

    if (mpfr_zero_p(x))
        return 0;
    e = mpfr_inf_p(x) ? INT64_MAX : (int64_t)mpfr_get_exp(x);
    if (e < f->low - 2)
        return 0;
    if (e > f->low + f->top + (int64_t)f->p + 2)
        return mpfr_sgn(x) < 0 ? -tc_format_last_key(f) : tc_format_last_key(f);
    mpq_init(q);
    mpfr_get_q(q, x);
    key = nearest_key(f, q);
    mpq_clear(q);
    return key;
}

/* exp of a fraction other than 0 is irrational: no value is half way, and bounds round to
 * the same key in the end */
static int64_t float_exp(const struct tc_format *f, int64_t key)
{
    int64_t least = 0, most = 1;
    mpq_t x;

    mpq_init(x);
    exact_value(f, key, x);
    if (key == 0)
        least = most = float_key_of_one(f);
    for (mpfr_prec_t prec = 128; least != most; prec *= 2) {
        mpfr_t y, lo, hi;

        assert(prec <= MOST_PRECISION);
        mpfr_inits2(prec, lo, hi, (mpfr_ptr)0);
        mpfr_init2(y, (mpfr_prec_t)f->p + 8);
        mpfr_set_q(y, x, MPFR_RNDN); /* exact */
        mpfr_exp(lo, y, MPFR_RNDD);
        mpfr_exp(hi, y, MPFR_RNDU);
        least = float_key_of_bound(f, lo);
        most = float_key_of_bound(f, hi);
        mpfr_clears(y, lo, hi, (mpfr_ptr)0);
    }
    mpq_clear(x);
    return least;
}

static int64_t float_recip(const struct tc_format *f, int64_t key)
{
    int64_t r;
    mpq_t x;

    if (key == 0)
        return tc_format_last_key(f);
    mpq_init(x);
    exact_value(f, key, x);
    mpq_inv(x, x);
    r = nearest_key(f, x);
    mpq_clear(x);
    return r;
}

static int64_t float_product(const struct tc_format *f, int64_t x, int64_t y)
{
    int64_t r;
    mpq_t p, q;

    mpq_inits(p, q, NULL);
    exact_value(f, x, p);
    exact_value(f, y, q);
    mpq_mul(p, p, q);
    r = nearest_key(f, p);
    mpq_clears(p, q, NULL);
    return r;
}

/* x multiply / divide, or / sqrt(divide), which is irrational then */
static int64_t float_scaled(const struct tc_format *f, const struct tc_scale *scale, int64_t key)
{
    int64_t least = 0, most = 0;
    mpq_t x;

    mpq_init(x);
    exact_value(f, key, x);
    mpq_mul(x, x, scale->multiply);
    if (!scale->root) {
        mpq_div(x, x, scale->divide);
        least = most = nearest_key(f, x);
    } else if (mpq_sgn(x)) {
        most = 1;
    }
    for (mpfr_prec_t prec = 128; least != most; prec *= 2) {
        mpfr_t lo, hi, root;
        bool negative = mpq_sgn(x) < 0;

        assert(prec <= MOST_PRECISION);
        mpfr_inits2(prec, lo, hi, root, (mpfr_ptr)0);
        mpfr_set_q(root, scale->divide, MPFR_RNDU);
        mpfr_sqrt(root, root, MPFR_RNDU);
        mpfr_set_q(lo, x, MPFR_RNDZ);
        mpfr_div(lo, lo, root, MPFR_RNDZ);
        mpfr_set_q(root, scale->divide, MPFR_RNDD);
        mpfr_sqrt(root, root, MPFR_RNDD);
        mpfr_set_q(hi, x, negative ? MPFR_RNDD : MPFR_RNDU);
        mpfr_div(hi, hi, root, negative ? MPFR_RNDD : MPFR_RNDU);
        least = float_key_of_bound(f, lo);
        most = float_key_of_bound(f, hi);
        mpfr_clears(lo, hi, root, (mpfr_ptr)0);
    }
    mpq_clear(x);
    return least;
}

/* ------------------------------------------------------------------------- fixed */

/* num / den, or the root of num / den > 0, to nearest even, with a sign */
static int64_t fixed_scaled(const struct lowering *L, const struct tc_scale *scale, int64_t s)
{
    mpz_t num, den, root;
    int64_t v;

    /* |s * multiply / divide| as num / den; squared under a root */
    mpz_init_set_si(num, s);
    mpz_init_set(den, mpq_denref(scale->multiply));
    mpz_init(root);
    mpz_mul(num, num, mpq_numref(scale->multiply));
    if (scale->root) {
        int sign = mpz_sgn(num);

        mpz_mul(num, num, num);
        mpz_mul(den, den, den);
        mpz_mul(num, num, mpq_denref(scale->divide));
        mpz_mul(den, den, mpq_numref(scale->divide));
        /* y = sqrt(num / den) is nearest to the integer x with (2x - 1)^2 <= 4 y^2 <= (2x + 1)^2 */
        mpz_mul_ui(num, num, 4);
        mpz_fdiv_q(root, num, den);
        mpz_sqrt(root, root);         /* floor(2y) */
        if (mpz_odd_p(root)) {        /* 2y in [2x - 1, 2x): up, but for a tie to even */
            mpz_t square;

            mpz_init(square);
            mpz_mul(square, root, root);
            mpz_mul(square, square, den);
            mpz_add_ui(root, root, 1);
            mpz_fdiv_q_2exp(root, root, 1);
            if (mpz_cmp(square, num) == 0 && mpz_odd_p(root))
                mpz_sub_ui(root, root, 1);
            mpz_clear(square);
        } else {
            mpz_fdiv_q_2exp(root, root, 1);
        }
        if (sign < 0)
            mpz_neg(root, root);
        mpz_set_ui(den, 1);
        v = tc_div_round(L->bits, root, den);
    } else {
        mpz_mul(num, num, mpq_denref(scale->divide));
        mpz_mul(den, den, mpq_numref(scale->divide));
        v = tc_div_round(L->bits, num, den);
    }
    mpz_clears(num, den, root, NULL);
    return v;
}

static int64_t fixed_product(const struct lowering *L, int64_t x, int64_t y)
{
    mpz_t num, den;
    int64_t v;

    mpz_init_set_si(num, x);
    mpz_init_set_ui(den, 1);
    mpz_mul_si(num, num, y);
    mpz_mul_2exp(den, den, L->fraction);
    v = tc_div_round(L->bits, num, den);
    mpz_clears(num, den, NULL);
    return v;
}

/* --------------------------------------------------------------------- functions */

int64_t exp_value(void *ctx, int64_t s)
{
    const struct lowering *L = ctx;

    return is_float(L) ? float_exp(range_of(L), s) : tc_exp_round(L->bits, L->fraction, s);
}

int64_t recip_value(void *ctx, int64_t s)
{
    const struct lowering *L = ctx;

    return is_float(L) ? float_recip(range_of(L), s) : tc_recip_round(L->bits, L->fraction, s);
}

int64_t scale_value(void *ctx, int64_t s)
{
    const struct scaling *c = ctx;

    return is_float(c->L) ? float_scaled(range_of(c->L), c->scale, s)
                          : fixed_scaled(c->L, c->scale, s);
}

int64_t product_value(const struct lowering *L, int64_t x, int64_t y)
{
    return is_float(L) ? float_product(range_of(L), x, y) : fixed_product(L, x, y);
}

int64_t nearest_value(const struct lowering *L, mpq_srcptr units)
{
    int64_t r;
    mpq_t x;

    if (!is_float(L))
        return tc_div_round(L->bits, mpq_numref(units), mpq_denref(units));
    mpq_init(x);
    mpq_div_2exp(x, units, L->fraction);
    r = nearest_key(range_of(L), x);
    mpq_clear(x);
    return r;
}

int64_t sum_value(const struct lowering *L, int64_t x, int64_t y)
{
    int64_t r;
    mpz_t sum, other;

    mpz_inits(sum, other, NULL);
    number_of(L, is_float(L), x, sum);
    number_of(L, is_float(L), y, other);
    mpz_add(sum, sum, other);
    r = rounded_value(L, sum, 0);
    mpz_clears(sum, other, NULL);
    return r;
}

int64_t plus_value(void *lowering, int64_t x, int64_t y)
{
    return sum_value(lowering, x, y);
}

int64_t rounded_value(const struct lowering *L, mpz_srcptr number, int64_t shift)
{
    int64_t r;
    mpz_t unit;
    mpq_t x;

    if (!is_float(L)) {
        mpz_init_set_ui(unit, 1);
        mpz_mul_2exp(unit, unit, (mp_bitcnt_t)shift);
        r = tc_div_round(L->bits, number, unit);
        mpz_clear(unit);
        return r;
    }
    mpq_init(x);
    mpq_set_z(x, number);
    shift -= L->format->low;
    if (shift >= 0)
        mpq_div_2exp(x, x, (mp_bitcnt_t)shift);
    else
        mpq_mul_2exp(x, x, (mp_bitcnt_t)-shift);
    r = nearest_key(range_of(L), x);
    mpq_clear(x);
    return r;
}

int64_t shifted_value(const struct lowering *L, int64_t value, mpq_srcptr number)
{
    int64_t r;
    mpq_t x, y;

    mpq_inits(x, y, NULL);
    number_of(L, is_float(L), value, mpq_numref(x));
    mpq_mul_2exp(y, number, L->fraction);
    mpq_add(x, x, y);
    r = nearest_value(L, x);
    mpq_clears(x, y, NULL);
    return r;
}
