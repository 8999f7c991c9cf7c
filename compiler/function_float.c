/* function_float.c -- functions of a float, correctly rounded, for lowering
 *
 * A real result is handed on as m 2^e with its last bit sticky: where something was
 * cut off below, m is odd ("rounding to odd").  With a few bits more than the format
 * has, no rounding boundary lies between that number and the true one, so one exact
 * rounding of it is right, at exact results and at ties too.  MPFR's functions tell
 * whether they are exact.  sigmoid, silu, gelu and gelu-tanh are made of several and never
 * rational but at 0: bounds on both sides round to the same once precision is high
 * enough (Ziv); where they are next to 0, 1/2, 1, x/2 or x, no precision is needed.
 */
#include "pieces.h"
#include "prim.h"

#include <mpfr.h>

#define GUARD           8 /* bits beyond the format's */
#define FIRST_PRECISION 64
#define MOST_PRECISION  ((mpfr_prec_t)1 << 14)
#define MOST_TURNS      (1 << 17) /* exponent of an argument of sin and cos */
#define FAR             (1 << 28) /* e^-FAR is below every format */

struct real { /* m 2^e > 0, the last bit sticky */
    mpz_t m;
    int64_t e;
};

/* m 2^shift to an integer, to nearest even */
static void scale(mpz_ptr q, mpz_srcptr m, int64_t shift)
{
    mp_bitcnt_t down = (mp_bitcnt_t)(shift < 0 ? -shift : 0);

    if (shift >= 0) {
        mpz_mul_2exp(q, m, (mp_bitcnt_t)shift);
    } else if (down > mpz_sizeinbase(m, 2)) { /* below 1/2 */
        mpz_set_ui(q, 0);
    } else {
        bool half = mpz_tstbit(m, down - 1), odd = mpz_tstbit(m, down);
        bool above = mpz_scan1(m, 0) < down - 1;

        mpz_fdiv_q_2exp(q, m, down);
        if (half && (odd || above))
            mpz_add_ui(q, q, 1);
    }
}

/* the key of the magnitude nearest to x, as the format overflows and underflows */
static int64_t key_of(const struct tc_format *f, const struct real *x)
{
    int64_t lead = (int64_t)mpz_sizeinbase(x->m, 2) - 1 + x->e;
    int64_t unit = lead - (int64_t)f->p + 1, b = (int64_t)1 << (f->p - 1);
    int64_t last = tc_format_last_key(f), key;
    mpz_t q;

    if (unit > f->low + f->top)
        return last + f->infinity;
    if (unit < f->low) {
        switch (f->underflow) {
        case TC_GRADUAL:
            unit = f->low;
            break;
        case TC_NEAREST: /* more than half of B 2^low */
            return unit == f->low - 1 && mpz_scan1(x->m, 0) + 1 < mpz_sizeinbase(x->m, 2) ? b : 0;
        case TC_FLUSH: /* up to the least normal number, or not */
            if (unit < f->low - 1)
                return 0;
            break;
        }
    }
    mpz_init(q);
    scale(q, x->m, x->e - unit);
    key = mpz_get_si(q) + (unit - f->low) * b;
    mpz_clear(q);
    if (unit < f->low)
        return key >= b ? b : 0;
    return key > last ? last + f->infinity : key;
}

/* ------------------------------------------------------------------ results by name */

static struct tc_float_value zero(bool minus)
{
    return (struct tc_float_value){.class = TC_FINITE, .minus = minus};
}

static struct tc_float_value infinite(const struct tc_format *f, bool minus)
{
    return (struct tc_float_value){.class = f->infinity ? TC_INFINITE : TC_FINITE,
                                   .minus = minus,
                                   .key = tc_format_last_key(f) + f->infinity};
}

static struct tc_float_value not_a_number(const struct tc_format *f)
{
    return (struct tc_float_value){.class = f->nan ? TC_NAN : TC_FINITE};
}

/* 2^e */
static struct tc_float_value power(const struct tc_format *f, int64_t e)
{
    struct real x = {.e = e};
    struct tc_float_value y = {.class = TC_FINITE};

    mpz_init_set_ui(x.m, 1);
    y.key = key_of(f, &x);
    mpz_clear(x.m);
    return y;
}

/* ------------------------------------------------------------ limits, zero, infinity */

static struct tc_float_value at_zero(enum tc_op op, const struct tc_format *f, bool minus)
{
    switch (op) {
    case TC_OP_RSQRT:
    case TC_OP_RECIP:
        return infinite(f, minus);
    case TC_OP_LOG:
        return infinite(f, true);
    case TC_OP_EXP:
    case TC_OP_EXP2:
    case TC_OP_COS:
        return power(f, 0);
    case TC_OP_SIGMOID:
        return power(f, -1);
    case TC_OP_RELU:
    case TC_OP_ABS:
        return zero(false);
    case TC_OP_NEG:
        return zero(!minus);
    default: /* it passes through 0 */
        return zero(minus);
    }
}

static struct tc_float_value at_infinity(enum tc_op op, const struct tc_format *f, bool minus)
{
    struct tc_float_value y;

    switch (op) {
    case TC_OP_SIN:
    case TC_OP_COS:
        return not_a_number(f);
    case TC_OP_SQRT:
    case TC_OP_LOG:
        return minus ? not_a_number(f) : infinite(f, false);
    case TC_OP_RSQRT:
        return minus ? not_a_number(f) : zero(false);
    case TC_OP_RECIP:
        return zero(minus);
    case TC_OP_EXP:
    case TC_OP_EXP2:
    case TC_OP_RELU:
        return minus ? zero(false) : infinite(f, false);
    case TC_OP_TANH:
        y = power(f, 0);
        y.minus = minus;
        return y;
    case TC_OP_SIGMOID:
        return minus ? zero(false) : power(f, 0);
    case TC_OP_GELU:
    case TC_OP_GELU_TANH:
    case TC_OP_SILU: /* 0 from below */
        return minus ? zero(true) : infinite(f, false);
    case TC_OP_NEG:
        return infinite(f, !minus);
    case TC_OP_ABS:
        return infinite(f, false);
    default:
        return infinite(f, minus);
    }
}

/* --------------------------------------------------------------- MPFR's functions */

static int simple(enum tc_op op, mpfr_ptr y, mpfr_srcptr x)
{
    switch (op) {
    case TC_OP_SQRT:
        return mpfr_sqrt(y, x, MPFR_RNDZ);
    case TC_OP_RSQRT:
        return mpfr_rec_sqrt(y, x, MPFR_RNDZ);
    case TC_OP_RECIP:
        return mpfr_ui_div(y, 1, x, MPFR_RNDZ);
    case TC_OP_EXP:
        return mpfr_exp(y, x, MPFR_RNDZ);
    case TC_OP_EXP2:
        return mpfr_exp2(y, x, MPFR_RNDZ);
    case TC_OP_LOG:
        return mpfr_log(y, x, MPFR_RNDZ);
    case TC_OP_SIN:
        return mpfr_sin(y, x, MPFR_RNDZ);
    case TC_OP_COS:
        return mpfr_cos(y, x, MPFR_RNDZ);
    default:
        return mpfr_tanh(y, x, MPFR_RNDZ);
    }
}

/* |y| and where it was cut off (inexact); 0 if it is below every format */
static void real_of(struct real *r, mpfr_srcptr y, bool inexact)
{
    if (mpfr_zero_p(y)) {
        mpz_set_ui(r->m, inexact);
        r->e = -((int64_t)1 << 40);
        return;
    }
    r->e = mpfr_get_z_2exp(r->m, y);
    mpz_abs(r->m, r->m);
    if (inexact)
        mpz_setbit(r->m, 0);
}

static struct tc_float_value by_mpfr(enum tc_op op, const struct tc_format *f, mpfr_srcptr x)
{
    struct tc_float_value y = {.class = TC_FINITE};
    struct real r;
    mpfr_t v;
    int ternary;

    mpz_init(r.m);
    mpfr_init2(v, f->p + GUARD);
    ternary = simple(op, v, x);
    real_of(&r, v, ternary != 0);
    y.minus = mpfr_signbit(v);
    y.key = mpz_sgn(r.m) ? key_of(f, &r) : 0; /* ln 1 */
    mpfr_clear(v);
    mpz_clear(r.m);
    return y;
}

/* --------------------------------------------- sigmoid, silu, gelu and gelu-tanh */

/* |f(x)| where it is next to |x| 2^shift (or to 2^shift), above or below it */
static int64_t beside(const struct tc_format *f, mpfr_srcptr x, bool one, int shift, bool above)
{
    struct real r;
    int64_t key;

    mpz_init_set_ui(r.m, 1);
    r.e = 0;
    if (!one)
        r.e = mpfr_get_z_2exp(r.m, x);
    mpz_abs(r.m, r.m);
    mpz_mul_2exp(r.m, r.m, f->p + GUARD);
    r.e += shift - (int64_t)f->p - GUARD;
    if (above)
        mpz_add_ui(r.m, r.m, 1);
    else
        mpz_sub_ui(r.m, r.m, 1);
    key = key_of(f, &r);
    mpz_clear(r.m);
    return key;
}

/* y near |f(x)|; the relative error is below 2^-(prec - 8), times 2^(2 exponent of x) for gelu:
 * erfc of t changes by about 2 t^2 times what t does; times 2^(3 exponent of x) for gelu-tanh: e^v
 * changes by v times what v does, |v| < 1.7 max(|x|, |x|^3) */
static void approximate(enum tc_op op, mpfr_ptr y, mpfr_srcptr x)
{
    if (op == TC_OP_GELU) { /* |x| erfc(-x / sqrt 2) / 2 */
        mpfr_t t;

        mpfr_init2(t, mpfr_get_prec(y));
        mpfr_sqrt_ui(t, 2, MPFR_RNDN);
        mpfr_div(t, x, t, MPFR_RNDN);
        mpfr_neg(t, t, MPFR_RNDN);
        mpfr_erfc(y, t, MPFR_RNDN);
        mpfr_div_2ui(y, y, 1, MPFR_RNDN);
        mpfr_clear(t);
    } else { /* 1 / (1 + e^-x), or of gelu-tanh's cubic */
        if (op == TC_OP_GELU_TANH)
            taylor_cubic(y, x);
        else
            mpfr_set(y, x, MPFR_RNDN);
        mpfr_neg(y, y, MPFR_RNDN);
        mpfr_exp(y, y, MPFR_RNDN);
        mpfr_add_ui(y, y, 1, MPFR_RNDN);
        mpfr_ui_div(y, 1, y, MPFR_RNDN);
    }
    if (op != TC_OP_SIGMOID)
        mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_abs(y, y, MPFR_RNDN);
}

/* the key of |f(x)| from bounds of so many bits; -1 if they do not decide */
static int64_t decide(enum tc_op op, const struct tc_format *f, mpfr_srcptr x, mpfr_prec_t prec)
{
    mpfr_exp_t e = mpfr_get_exp(x);
    int64_t lost = op == TC_OP_GELU ? 2 * e : op == TC_OP_GELU_TANH ? 3 * e : 0;
    int64_t wide = prec - 8 - (lost > 0 ? lost : 0), key[2];
    struct real r;
    mpfr_t y, error;

    if (wide < GUARD)
        return -1;
    mpz_init(r.m);
    mpfr_inits2(prec, y, error, (mpfr_ptr)0);
    approximate(op, y, x);
    mpfr_mul_2si(error, y, -wide, MPFR_RNDU);
    mpfr_sub(error, y, error, MPFR_RNDD);
    real_of(&r, error, true);
    key[0] = key_of(f, &r);
    mpfr_mul_2si(error, y, -wide, MPFR_RNDU);
    mpfr_add(error, y, error, MPFR_RNDU);
    real_of(&r, error, true);
    key[1] = key_of(f, &r);
    mpfr_clears(y, error, (mpfr_ptr)0);
    mpz_clear(r.m);
    return key[0] == key[1] ? key[0] : -1;
}

static bool composed(enum tc_op op, const struct tc_format *f, mpfr_srcptr x,
                     struct tc_float_value *y, struct tc_error *err)
{
    bool minus = mpfr_signbit(x), one = op == TC_OP_SIGMOID;

    *y = (struct tc_float_value){.class = TC_FINITE, .minus = minus && !one};
    if (mpfr_get_exp(x) < -(mpfr_exp_t)(f->p + GUARD)) { /* half of x or of 1, and a little of x */
        y->key = beside(f, x, one, -1, !minus);
        return true;
    }
    if (mpfr_cmp_si(x, (long)f->p + 3 * GUARD) > 0) { /* x or 1, less e^-x times that */
        y->key = beside(f, x, one, 0, false);
        return true;
    }
    if (mpfr_cmp_si(x, -FAR) < 0)
        return true;
    for (mpfr_prec_t prec = FIRST_PRECISION; prec <= MOST_PRECISION; prec *= 2) {
        y->key = decide(op, f, x, prec);
        if (y->key >= 0)
            return true;
    }
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                   "a value of the function is within 2^-%ld of a tie; it cannot be rounded",
                   (long)MOST_PRECISION);
}

/* ------------------------------------------------------------------- all of them */

/* to the integer below: the magnitude up if it is negative */
static struct tc_float_value floor_of(const struct tc_format *f, mpfr_srcptr x)
{
    struct tc_float_value y = zero(mpfr_signbit(x));
    struct real r;

    mpz_init(r.m);
    r.e = mpfr_get_z_2exp(r.m, x);
    if (r.e < 0) {
        mpz_fdiv_q_2exp(r.m, r.m, (mp_bitcnt_t)-r.e);
        r.e = 0;
    }
    mpz_abs(r.m, r.m);
    if (mpz_sgn(r.m))
        y.key = key_of(f, &r);
    mpz_clear(r.m);
    return y;
}

static bool finite(enum tc_op op, const struct tc_format *f, bool minus, int64_t key,
                   struct tc_float_value *y, struct tc_error *err)
{
    int64_t b = (int64_t)1 << (f->p - 1), field = key >> (f->p - 1);
    bool done = true;
    mpfr_t x;

    if (minus && (op == TC_OP_SQRT || op == TC_OP_RSQRT || op == TC_OP_LOG)) {
        *y = not_a_number(f);
        return true;
    }
    mpfr_init2(x, f->p + 1);
    mpfr_set_si_2exp(x, (long)(key - field * b + (field ? b : 0)),
                     (mpfr_exp_t)(f->low + field - (field != 0)), MPFR_RNDN);
    mpfr_setsign(x, x, minus, MPFR_RNDN);
    switch (op) {
    case TC_OP_NEG:
    case TC_OP_ABS:
    case TC_OP_RELU:
        *y = op == TC_OP_RELU && minus ? zero(false)
                                       : (struct tc_float_value){.class = TC_FINITE,
                                                                 .minus = op == TC_OP_NEG && !minus,
                                                                 .key = key};
        break;
    case TC_OP_FLOOR:
        *y = floor_of(f, x);
        break;
    case TC_OP_SIGMOID:
    case TC_OP_SILU:
    case TC_OP_GELU:
    case TC_OP_GELU_TANH:
        done = composed(op, f, x, y, err);
        break;
    default:
        if ((op == TC_OP_SIN || op == TC_OP_COS) && mpfr_get_exp(x) > MOST_TURNS)
            done = tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                           "arguments beyond 2^%d: a circle is turned that often too much",
                           MOST_TURNS);
        else
            *y = by_mpfr(op, f, x);
    }
    mpfr_clear(x);
    return done;
}

enum tc_class tc_float_class(const struct tc_format *f, bool minus, int64_t key)
{
    int64_t last = tc_format_last_key(f);

    if (key > last)
        return f->infinity && key == last + 1 ? TC_INFINITE : f->nan ? TC_NAN : TC_NO_CODE;
    if (key == 0)
        return minus && !f->signed_zero ? TC_NO_CODE : TC_FINITE;
    return f->underflow != TC_GRADUAL && key < (int64_t)1 << (f->p - 1) ? TC_NO_CODE : TC_FINITE;
}

bool tc_function_float(enum tc_op op, const struct tc_format *f, bool minus, int64_t key,
                       struct tc_float_value *y, struct tc_error *err)
{
    bool done = true;

    switch (tc_float_class(f, minus, key)) {
    case TC_NAN:
        *y = not_a_number(f);
        break;
    case TC_INFINITE:
        *y = at_infinity(op, f, minus);
        break;
    case TC_NO_CODE:
        *y = (struct tc_float_value){.class = TC_NO_CODE};
        return true;
    case TC_FINITE:
        if (key)
            done = finite(op, f, minus, key, y, err);
        else
            *y = at_zero(op, f, minus);
    }
    if (done && y->class == TC_FINITE && y->key > tc_format_last_key(f))
        y->class = TC_INFINITE;
    if (done && y->key == 0 && !f->signed_zero)
        y->minus = false;
    return done;
}
