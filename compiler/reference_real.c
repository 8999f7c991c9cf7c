/* reference_real.c -- exp, cos and sin, rounded to the format once
 *
 * Each is enclosed between two numbers of MPFR, with more and more digits until
 * both round to the same element (Ziv's strategy).  That it ends: apart from
 * exp 0, cos 0 and sin 0, which are told apart first, the argument is algebraic
 * and not 0, so that exp, cos and sin of it are transcendental (Lindemann,
 * Weierstrass) and never lie on a tie, which is rational.
 */
#include "reference.h"

#include <mpfr.h>

static int64_t clamp(const struct tc_format *f, mpz_srcptr z)
{
    int64_t high = ((int64_t)1 << (f->bits - 1)) - 1;

    if (mpz_cmp_si(z, high) > 0)
        return high;
    if (mpz_cmp_si(z, -high - 1) < 0)
        return -high - 1;
    return mpz_get_si(z);
}

/* R(1): 1 is not in every format */
static int64_t one(const struct tc_format *f)
{
    return f->fraction < f->bits - 1 ? (int64_t)1 << f->fraction
                                     : ((int64_t)1 << (f->bits - 1)) - 1;
}

/* z = the integer nearest to x * 2^f, if it is the same for every x in
 * [lo, hi]; scales both ends */
static bool decided(const struct tc_format *f, mpz_ptr z, mpfr_ptr lo, mpfr_ptr hi)
{
    mpz_t other;
    bool same;

    mpfr_mul_2ui(lo, lo, f->fraction, MPFR_RNDD);
    mpfr_mul_2ui(hi, hi, f->fraction, MPFR_RNDU);
    mpz_init(other);
    mpfr_get_z(z, lo, MPFR_RNDN);
    mpfr_get_z(other, hi, MPFR_RNDN);
    same = mpz_cmp(z, other) == 0;
    mpz_clear(other);
    return same;
}

int64_t tc_reference_exp(const struct tc_format *f, int64_t s)
{
    mpfr_prec_t precision = 64 + (mpfr_prec_t)f->bits;
    mpfr_t x, lo, hi;
    int64_t value;
    mpz_t z;

    if (s == 0)
        return one(f);
    /* e^b > 2^b is above every word; e^-(f+1) < 2^-(f+1) is below half of one */
    if (s > 0 && (uint64_t)s >> f->fraction >= f->bits)
        return ((int64_t)1 << (f->bits - 1)) - 1;
    if (s < 0 && (uint64_t)-s >> f->fraction > f->fraction)
        return 0;
    mpz_init(z);
    mpfr_init2(x, 64);
    mpfr_set_si_2exp(x, s, -(mpfr_exp_t)f->fraction, MPFR_RNDN); /* exact */
    for (bool done = false; !done; precision *= 2) {
        mpfr_inits2(precision, lo, hi, (mpfr_ptr)NULL);
        mpfr_exp(lo, x, MPFR_RNDD);
        mpfr_exp(hi, x, MPFR_RNDU);
        done = decided(f, z, lo, hi);
        mpfr_clears(lo, hi, (mpfr_ptr)NULL);
    }
    value = clamp(f, z);
    mpfr_clear(x);
    mpz_clear(z);
    return value;
}

/* [lo, hi] around s 2^-unit multiply / divide, or / the root of divide, not 0 */
static void enclose_scaled(mpz_srcptr s, unsigned long unit, const struct tc_scale *scale,
                           mpfr_ptr lo, mpfr_ptr hi)
{
    mpq_t x;
    int sign;

    mpq_init(x);
    mpq_set_z(x, s);
    mpq_mul(x, x, scale->multiply);
    sign = mpq_sgn(x);
    if (scale->root)
        mpq_mul(x, x, x);
    mpq_div(x, x, scale->divide);
    mpq_div_2exp(x, x, scale->root ? 2 * unit : unit);
    mpfr_set_q(lo, x, MPFR_RNDD);
    mpfr_set_q(hi, x, MPFR_RNDU);
    if (scale->root) {
        mpfr_sqrt(lo, lo, MPFR_RNDD);
        mpfr_sqrt(hi, hi, MPFR_RNDU);
        if (sign < 0) {
            mpfr_neg(lo, lo, MPFR_RNDN);
            mpfr_neg(hi, hi, MPFR_RNDN);
            mpfr_swap(lo, hi);
        }
    }
    mpq_clear(x);
}

int64_t tc_reference_exp_scaled(const struct tc_format *f, mpz_srcptr s, unsigned long unit,
                                const struct tc_scale *scale)
{
    mpfr_prec_t precision = 64 + (mpfr_prec_t)f->bits;
    int64_t high = ((int64_t)1 << (f->bits - 1)) - 1, value = high;
    mpz_t z;

    if (mpz_sgn(s) == 0 || mpq_sgn(scale->multiply) == 0)
        return one(f);
    mpz_init(z);
    for (bool done = false; !done; precision *= 2) {
        mpfr_t lo, hi;

        mpfr_inits2(precision, lo, hi, (mpfr_ptr)NULL);
        enclose_scaled(s, unit, scale, lo, hi);
        /* as in tc_reference_exp, above every word and below half of one */
        if (mpfr_cmp_ui(lo, f->bits) >= 0 || mpfr_cmp_si(hi, -(long)f->fraction - 1) <= 0) {
            value = mpfr_sgn(hi) < 0 ? 0 : high;
            done = true;
        } else {
            mpfr_exp(lo, lo, MPFR_RNDD);
            mpfr_exp(hi, hi, MPFR_RNDU);
            done = decided(f, z, lo, hi);
            if (done)
                value = clamp(f, z);
        }
        mpfr_clears(lo, hi, (mpfr_ptr)NULL);
    }
    mpz_clear(z);
    return value;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    return b ? gcd(b, a % b) : a;
}

/* [lo, hi] around position * base^(-2 pair / width), position > 0: a root of a
 * rational, so that each step is monotone and rounds outward */
void tc_reference_angle(mpq_srcptr base, int64_t width, int64_t position, int64_t pair, mpfr_ptr lo,
                        mpfr_ptr hi)
{
    uint64_t common = gcd(2 * (uint64_t)pair, (uint64_t)width);
    uint64_t num = 2 * (uint64_t)pair / common, den = (uint64_t)width / common;
    mpq_t power;

    mpq_init(power);
    mpz_pow_ui(mpq_numref(power), mpq_denref(base), num);
    mpz_pow_ui(mpq_denref(power), mpq_numref(base), num);
    mpfr_set_q(lo, power, MPFR_RNDD);
    mpfr_set_q(hi, power, MPFR_RNDU);
    mpq_clear(power);
    mpfr_rootn_ui(lo, lo, den, MPFR_RNDD);
    mpfr_rootn_ui(hi, hi, den, MPFR_RNDU);
    mpfr_mul_si(lo, lo, position, MPFR_RNDD);
    mpfr_mul_si(hi, hi, position, MPFR_RNDU);
}

void tc_reference_turn(const struct tc_format *f, mpq_srcptr base, int64_t width, int64_t position,
                       int64_t pair, int64_t value[2])
{
    mpfr_prec_t precision = 128 + (mpfr_prec_t)f->bits;
    mpz_t z;

    value[0] = one(f);
    value[1] = 0;
    if (position == 0)
        return;
    mpz_init(z);
    for (bool done = false; !done; precision *= 2) {
        mpfr_t lo, hi, radius, at[2];

        mpfr_inits2(precision, lo, hi, radius, at[0], at[1], (mpfr_ptr)NULL);
        tc_reference_angle(base, width, position < 0 ? -position : position, pair, lo, hi);
        mpfr_sin_cos(at[1], at[0], lo, MPFR_RNDN);
        /* neither cos nor sin moves more than its argument; and at[], at most 1,
         * is off by half a unit of its last place, less than 2^-precision */
        mpfr_sub(radius, hi, lo, MPFR_RNDU);
        mpfr_set_ui_2exp(lo, 1, -precision, MPFR_RNDU);
        mpfr_add(radius, radius, lo, MPFR_RNDU);
        done = true;
        for (int c = 0; done && c < 2; c++) {
            mpfr_sub(lo, at[c], radius, MPFR_RNDD);
            mpfr_add(hi, at[c], radius, MPFR_RNDU);
            done = decided(f, z, lo, hi);
            /* cos is even, sin is odd, and so is rounding; saturation is not */
            if (c == 1 && position < 0)
                mpz_neg(z, z);
            value[c] = clamp(f, z);
        }
        mpfr_clears(lo, hi, radius, at[0], at[1], (mpfr_ptr)NULL);
    }
    mpz_clear(z);
}
