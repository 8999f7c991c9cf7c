/* function.c -- functions of one operand, correctly rounded, for lowering
 *
 * Algebraic ones are decided by integers: r is reached where an inequality of
 * integers says that the value is at least r - 1/2.  The others are irrational
 * but at a few points, which come first; elsewhere no value is half way, and
 * more precision decides in the end.  (Of gelu-tanh, whose argument is transcendental, that is not
 * known; a value half way would be met by the bound on the precision.)
 */
#include "pieces.h"
#include "prim.h"

#include <assert.h>
#include <mpfr.h>

#define MOST_PRECISION 4096

static int64_t clamp(const struct tc_format *f, mpz_srcptr x)
{
    int64_t low = tc_prim_least(f), high = tc_prim_largest(f);

    return mpz_cmp_si(x, low) < 0 ? low : mpz_cmp_si(x, high) > 0 ? high : mpz_get_si(x);
}

static int64_t clamp_int(const struct tc_format *f, int64_t x)
{
    int64_t low = tc_prim_least(f), high = tc_prim_largest(f);

    return x < low ? low : x > high ? high : x;
}

/* num / den to nearest even, den > 0 */
static int64_t ratio(const struct tc_format *f, mpz_srcptr num, mpz_srcptr den)
{
    mpz_t q, r, twice;
    int64_t m;
    int half;

    mpz_inits(q, r, twice, NULL);
    mpz_fdiv_qr(q, r, num, den);
    mpz_mul_2exp(twice, r, 1);
    half = mpz_cmp(twice, den);
    if (half > 0 || (half == 0 && mpz_odd_p(q)))
        mpz_add_ui(q, q, 1);
    m = clamp(f, q);
    mpz_clears(q, r, twice, NULL);
    return m;
}

/* sqrt(num / den) to nearest even: with r = floor of it, r + 1 is nearer where
 * (2r + 1)^2 den < 4 num, and as near where they are equal */
static int64_t root(const struct tc_format *f, mpz_srcptr num, mpz_srcptr den)
{
    mpz_t r, x, y;
    int64_t m;
    int half;

    mpz_inits(r, x, y, NULL);
    mpz_fdiv_q(r, num, den);
    mpz_sqrt(r, r);
    mpz_mul_2exp(x, r, 1);
    mpz_add_ui(x, x, 1);
    mpz_mul(x, x, x);
    mpz_mul(x, x, den);
    mpz_mul_2exp(y, num, 2);
    half = mpz_cmp(y, x);
    if (half > 0 || (half == 0 && mpz_odd_p(r)))
        mpz_add_ui(r, r, 1);
    m = clamp(f, r);
    mpz_clears(r, x, y, NULL);
    return m;
}

static int64_t algebraic(enum tc_op op, const struct tc_format *f, int64_t m)
{
    int64_t value = 0;
    mpz_t num, den;

    if (m <= 0 && op != TC_OP_RECIP)
        return m == 0 && op == TC_OP_RSQRT ? tc_prim_largest(f) : 0;
    if (m == 0)
        return tc_prim_largest(f);
    mpz_init_set_si(num, m);
    mpz_init_set_ui(den, 1);
    switch (op) {
    case TC_OP_SQRT: /* 2^F sqrt(m 2^-F) */
        mpz_mul_2exp(num, num, f->fraction);
        value = root(f, num, den);
        break;
    case TC_OP_RSQRT: /* 2^F / sqrt(m 2^-F) */
        mpz_swap(num, den);
        mpz_mul_2exp(num, num, 3 * f->fraction);
        value = root(f, num, den);
        break;
    default:
        mpz_set_si(den, m < 0 ? -m : m);
        mpz_set_si(num, m < 0 ? -1 : 1);
        mpz_mul_2exp(num, num, 2 * f->fraction);
        value = ratio(f, num, den);
    }
    mpz_clears(num, den, NULL);
    return value;
}

/* y near the function of x; the error is below 2^-(prec - 10) (1 + |y|).  Of gelu-tanh that of e^-v
 * is |v| times that of v, and |x v| e^-|v| < 1. */
static void approximate(enum tc_op op, mpfr_ptr y, mpfr_srcptr x, mpfr_prec_t prec)
{
    mpfr_t t;

    mpfr_init2(t, prec);
    switch (op) {
    case TC_OP_EXP:
        mpfr_exp(y, x, MPFR_RNDN);
        break;
    case TC_OP_EXP2:
        mpfr_exp2(y, x, MPFR_RNDN);
        break;
    case TC_OP_LOG:
        mpfr_log(y, x, MPFR_RNDN);
        break;
    case TC_OP_SIN:
        mpfr_sin(y, x, MPFR_RNDN);
        break;
    case TC_OP_COS:
        mpfr_cos(y, x, MPFR_RNDN);
        break;
    case TC_OP_TANH:
        mpfr_tanh(y, x, MPFR_RNDN);
        break;
    case TC_OP_SIGMOID: /* (1 + tanh(x / 2)) / 2, and x times that */
    case TC_OP_SILU:
        mpfr_div_2ui(t, x, 1, MPFR_RNDN);
        mpfr_tanh(t, t, MPFR_RNDN);
        mpfr_add_ui(t, t, 1, MPFR_RNDN);
        mpfr_div_2ui(y, t, 1, MPFR_RNDN);
        if (op == TC_OP_SILU)
            mpfr_mul(y, y, x, MPFR_RNDN);
        break;
    case TC_OP_GELU_TANH: /* x / (1 + e^-v) */
        taylor_cubic(t, x);
        mpfr_neg(t, t, MPFR_RNDN);
        mpfr_exp(t, t, MPFR_RNDN);
        mpfr_add_ui(t, t, 1, MPFR_RNDN);
        mpfr_div(y, x, t, MPFR_RNDN);
        break;
    default: /* gelu: x erfc(-x / sqrt 2) / 2 */
        assert(op == TC_OP_GELU);
        mpfr_set_ui(t, 2, MPFR_RNDN);
        mpfr_sqrt(t, t, MPFR_RNDN);
        mpfr_div(t, x, t, MPFR_RNDN);
        mpfr_neg(t, t, MPFR_RNDN);
        mpfr_erfc(t, t, MPFR_RNDN);
        mpfr_mul(t, t, x, MPFR_RNDN);
        mpfr_div_2ui(y, t, 1, MPFR_RNDN);
    }
    mpfr_clear(t);
}

/* *m is the integer nearest to 2^F y, if an error of `error` does not matter */
static bool decide(const struct tc_format *f, mpfr_srcptr y, mpfr_srcptr error, int64_t *m)
{
    int64_t end[2];
    mpz_t z;

    mpz_init(z);
    for (unsigned side = 0; side < 2; side++) {
        mpfr_t x;

        mpfr_init2(x, mpfr_get_prec(y) + 64);
        if (side)
            mpfr_add(x, y, error, MPFR_RNDU);
        else
            mpfr_sub(x, y, error, MPFR_RNDD);
        mpfr_mul_2ui(x, x, f->fraction, MPFR_RNDN);
        /* far beyond the format: no need for an integer of thousands of bits */
        if (mpfr_cmp_si_2exp(x, 1, 63) > 0)
            mpz_set_si(z, INT64_MAX);
        else if (mpfr_cmp_si_2exp(x, -1, 63) < 0)
            mpz_set_si(z, INT64_MIN);
        else
            mpfr_get_z(z, x, MPFR_RNDN);
        end[side] = clamp(f, z);
        mpfr_clear(x);
    }
    mpz_clear(z);
    *m = end[0];
    return end[0] == end[1];
}

static int64_t transcendental(enum tc_op op, const struct tc_format *f, int64_t m)
{
    int64_t one = (int64_t)1 << f->fraction, value = 0;

    if (m == 0) {
        if (op == TC_OP_LOG)
            return tc_prim_least(f);
        if (op == TC_OP_SIGMOID) { /* 1/2; half of the unit goes to the even 0 */
            return clamp_int(f, f->fraction ? one / 2 : 0);
        }
        return op == TC_OP_EXP || op == TC_OP_EXP2 || op == TC_OP_COS ? clamp_int(f, one) : 0;
    }
    if (op == TC_OP_LOG && (m < 0 || m == one))
        return 0;
    if (op == TC_OP_EXP2 && m % one == 0) { /* 2^e 2^F */
        int64_t e = m / one + f->fraction;

        /* 1/2 goes to the even 0 */
        return e > 62 ? tc_prim_largest(f) : clamp_int(f, e < 0 ? 0 : (int64_t)1 << e);
    }
    for (mpfr_prec_t prec = 96;; prec *= 2) {
        mpfr_t x, y, error;
        bool decided;

        assert(prec <= MOST_PRECISION); /* an irrational number is not half way */
        mpfr_init2(x, 64);
        mpfr_inits2(prec, y, error, (mpfr_ptr)0);
        mpfr_set_si_2exp(x, m, -(mpfr_exp_t)f->fraction, MPFR_RNDN);
        approximate(op, y, x, prec);
        mpfr_abs(error, y, MPFR_RNDU);
        mpfr_add_ui(error, error, 1, MPFR_RNDU);
        mpfr_div_2ui(error, error, (unsigned long)prec - 10, MPFR_RNDU);
        /* what is added after a cancellation was at most |x| before it */
        if (op == TC_OP_SILU)
            mpfr_mul_2ui(error, error, f->bits, MPFR_RNDU);
        decided = decide(f, y, error, &value);
        mpfr_clears(x, y, error, (mpfr_ptr)0);
        if (decided)
            return value;
    }
}

int64_t tc_function_round(enum tc_op op, const struct tc_format *f, int64_t m)
{
    int64_t one = (int64_t)1 << f->fraction;

    switch (op) {
    case TC_OP_NEG:
        return clamp_int(f, -m);
    case TC_OP_ABS:
        return clamp_int(f, m < 0 ? -m : m);
    case TC_OP_RELU:
        return m < 0 ? 0 : m;
    case TC_OP_FLOOR: /* two's complement: the bits of the fraction off */
        return clamp_int(f, m & ~(one - 1));
    case TC_OP_SQRT:
    case TC_OP_RSQRT:
    case TC_OP_RECIP:
        return algebraic(op, f, m);
    default:
        return transcendental(op, f, m);
    }
}
