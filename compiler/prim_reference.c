/* prim_reference.c -- one operation from its definition, no circuits
 *
 * Numbers are fractions here, and every result is rounded by round_exact or, where
 * it is irrational, between a lower and an upper bound that MPFR gives by directed
 * rounding, at twice the precision until both round to the same number.
 */
#include "prim.h"

#include <assert.h>
#include <mpfr.h>
#include <stdlib.h>

#define MOST_PRECISION 8192

static void value_of(const struct tc_format *f, int64_t m, mpq_ptr q)
{
    mpq_set_si(q, (long)m, 1);
    mpq_div_2exp(q, q, f->fraction);
}

static int64_t saturate(const struct tc_format *f, mpz_srcptr m)
{
    if (mpz_cmp_si(m, tc_prim_largest(f)) >= 0)
        return tc_prim_largest(f);
    if (mpz_cmp_si(m, tc_prim_least(f)) <= 0)
        return tc_prim_least(f);
    return mpz_get_si(m);
}

/* nearest number of the format: of the integers beside q 2^F the nearer one, of
 * two as near the even one */
static int64_t round_exact(const struct tc_format *f, mpq_srcptr q)
{
    mpq_t x, down, up;
    int64_t m;
    mpz_t z;
    int c;

    mpq_inits(x, down, up, NULL);
    mpz_init(z);
    mpq_mul_2exp(x, q, f->fraction);
    mpz_fdiv_q(z, mpq_numref(x), mpq_denref(x));
    mpq_set_z(down, z);
    mpq_sub(down, x, down);
    mpq_set_ui(up, 1, 1);
    mpq_sub(up, up, down);
    c = mpq_cmp(down, up);
    if (c > 0 || (c == 0 && mpz_tstbit(z, 0)))
        mpz_add_ui(z, z, 1);
    m = saturate(f, z);
    mpz_clear(z);
    mpq_clears(x, down, up, NULL);
    return m;
}

/* ---------------------------------------------------------- irrational functions */

/* lo <= f(x) <= hi */
static void enclose_sigmoid(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr x)
{
    mpfr_t minus;

    mpfr_init2(minus, mpfr_get_prec(x));
    mpfr_neg(minus, x, MPFR_RNDN);
    mpfr_exp(hi, minus, MPFR_RNDD);
    mpfr_add_ui(hi, hi, 1, MPFR_RNDD);
    mpfr_ui_div(hi, 1, hi, MPFR_RNDU);
    mpfr_exp(lo, minus, MPFR_RNDU);
    mpfr_add_ui(lo, lo, 1, MPFR_RNDU);
    mpfr_ui_div(lo, 1, lo, MPFR_RNDD);
    mpfr_clear(minus);
}

/* Phi(x) = (1 + erf(x / sqrt 2)) / 2 */
static void enclose_normal(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr x)
{
    mpfr_t down, up, two;

    mpfr_inits2(mpfr_get_prec(lo), down, up, two, (mpfr_ptr)0);
    mpfr_set_ui(two, 2, MPFR_RNDN);
    mpfr_sqrt(down, two, MPFR_RNDD);
    mpfr_sqrt(up, two, MPFR_RNDU);
    /* a larger divisor is below for x > 0 and above for x < 0 */
    mpfr_div(lo, x, mpfr_sgn(x) > 0 ? up : down, MPFR_RNDD);
    mpfr_div(hi, x, mpfr_sgn(x) > 0 ? down : up, MPFR_RNDU);
    mpfr_erf(lo, lo, MPFR_RNDD);
    mpfr_erf(hi, hi, MPFR_RNDU);
    mpfr_add_ui(lo, lo, 1, MPFR_RNDD);
    mpfr_add_ui(hi, hi, 1, MPFR_RNDU);
    mpfr_div_2ui(lo, lo, 1, MPFR_RNDD);
    mpfr_div_2ui(hi, hi, 1, MPFR_RNDU);
    mpfr_clears(down, up, two, (mpfr_ptr)0);
}

/* [lo, hi] times x, both bounds at least 0 */
static void times_x(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr x)
{
    if (mpfr_sgn(x) < 0)
        mpfr_swap(lo, hi);
    mpfr_mul(lo, lo, x, MPFR_RNDD);
    mpfr_mul(hi, hi, x, MPFR_RNDU);
}

static void enclose(enum tc_op op, mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr x)
{
    int (*fn)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t) = NULL;

    switch (op) {
    case TC_OP_EXP:
        fn = mpfr_exp;
        break;
    case TC_OP_EXP2:
        fn = mpfr_exp2;
        break;
    case TC_OP_LOG:
        fn = mpfr_log;
        break;
    case TC_OP_SIN:
        fn = mpfr_sin;
        break;
    case TC_OP_COS:
        fn = mpfr_cos;
        break;
    case TC_OP_TANH:
        fn = mpfr_tanh;
        break;
    case TC_OP_SQRT:
        fn = mpfr_sqrt;
        break;
    case TC_OP_RSQRT:
        fn = mpfr_rec_sqrt;
        break;
    case TC_OP_SIGMOID:
        enclose_sigmoid(lo, hi, x);
        return;
    case TC_OP_SILU:
        enclose_sigmoid(lo, hi, x);
        times_x(lo, hi, x);
        return;
    default:
        assert(op == TC_OP_GELU);
        enclose_normal(lo, hi, x);
        times_x(lo, hi, x);
        return;
    }
    fn(lo, x, MPFR_RNDD);
    fn(hi, x, MPFR_RNDU);
}

static int64_t round_bound(const struct tc_format *f, mpfr_ptr y)
{
    int64_t m;
    mpz_t z;

    mpfr_mul_2ui(y, y, f->fraction, MPFR_RNDN);
    if (mpfr_cmp_si(y, (long)tc_prim_largest(f)) >= 0)
        return tc_prim_largest(f);
    if (mpfr_cmp_si(y, (long)tc_prim_least(f)) <= 0)
        return tc_prim_least(f);
    mpz_init(z);
    mpfr_get_z(z, y, MPFR_RNDN);
    m = saturate(f, z);
    mpz_clear(z);
    return m;
}

static int64_t irrational(enum tc_op op, const struct tc_format *f, int64_t m)
{
    for (mpfr_prec_t prec = 128;; prec *= 2) {
        mpfr_t x, lo, hi;
        int64_t a, b;

        assert(prec <= MOST_PRECISION);
        mpfr_inits2(prec, x, lo, hi, (mpfr_ptr)0);
        mpfr_set_si_2exp(x, (long)m, -(mpfr_exp_t)f->fraction, MPFR_RNDN); /* exact */
        enclose(op, lo, hi, x);
        a = round_bound(f, lo);
        b = round_bound(f, hi);
        mpfr_clears(x, lo, hi, (mpfr_ptr)0);
        if (a == b)
            return a;
    }
}

/* ----------------------------------------------------------- exact where it can be */

/* f(x) as a fraction, where it is one that is known to be; else false */
static bool rational(enum tc_op op, mpq_srcptr x, mpq_ptr y)
{
    int sign = mpq_sgn(x);

    switch (op) {
    case TC_OP_RECIP:
        mpq_inv(y, x);
        return true;
    case TC_OP_NEG:
        mpq_neg(y, x);
        return true;
    case TC_OP_ABS:
        mpq_abs(y, x);
        return true;
    case TC_OP_RELU:
        if (sign < 0)
            mpq_set_ui(y, 0, 1);
        else
            mpq_set(y, x);
        return true;
    case TC_OP_FLOOR:
        mpz_fdiv_q(mpq_numref(y), mpq_numref(x), mpq_denref(x));
        mpz_set_ui(mpq_denref(y), 1);
        return true;
    case TC_OP_SQRT:
    case TC_OP_RSQRT: /* a fraction in lowest terms is a square if both numbers are */
        if (!mpz_perfect_square_p(mpq_numref(x)) || !mpz_perfect_square_p(mpq_denref(x)))
            return false;
        mpz_sqrt(mpq_numref(y), mpq_numref(x));
        mpz_sqrt(mpq_denref(y), mpq_denref(x));
        if (op == TC_OP_RSQRT)
            mpq_inv(y, y);
        return true;
    case TC_OP_EXP2:
        if (mpz_cmp_ui(mpq_denref(x), 1) != 0)
            return false;
        mpq_set_ui(y, 1, 1);
        if (sign < 0)
            mpq_div_2exp(y, y, mpz_get_ui(mpq_numref(x)));
        else
            mpq_mul_2exp(y, y, mpz_get_ui(mpq_numref(x)));
        return true;
    case TC_OP_LOG:
        mpq_set_ui(y, 0, 1);
        return mpq_cmp_ui(x, 1, 1) == 0;
    default: /* of the others 0 is the one point with a rational value */
        if (op == TC_OP_SIGMOID)
            mpq_set_ui(y, 1, 2);
        else
            mpq_set_ui(y, op == TC_OP_EXP || op == TC_OP_COS, 1);
        return sign == 0;
    }
}

static int64_t unary(const struct tc_prim *p, int64_t m)
{
    const struct tc_format *f = &p->format;
    bool root = p->op == TC_OP_SQRT || p->op == TC_OP_RSQRT;
    int64_t r;
    mpq_t x, y;

    if (m < 0 && (root || p->op == TC_OP_LOG))
        return 0;
    if (m == 0 && (p->op == TC_OP_RECIP || p->op == TC_OP_RSQRT))
        return tc_prim_largest(f);
    if (m == 0 && p->op == TC_OP_LOG)
        return tc_prim_least(f);
    mpq_inits(x, y, NULL);
    value_of(f, m, x);
    r = rational(p->op, x, y) ? round_exact(f, y) : irrational(p->op, f, m);
    mpq_clears(x, y, NULL);
    return r;
}

/* ---------------------------------------------------------------- several operands */

/* sum, product and quotient: rounded to the result's format, which holds all bits
 * of an exact one */
static int64_t arithmetic(const struct tc_prim *p, const int64_t *in)
{
    const struct tc_format *f = &p->format;
    unsigned n = p->terms ? p->terms : 2;
    mpq_t x, y, sum;
    int64_t r;

    mpq_inits(x, y, sum, NULL);
    switch (p->op) {
    case TC_OP_MUL:
    case TC_OP_DOT:
        n = p->op == TC_OP_MUL ? 1 : n;
        for (unsigned i = 0; i < n; i++) {
            value_of(f, in[i], x);
            value_of(f, in[n + i], y);
            mpq_mul(x, x, y);
            mpq_add(sum, sum, x);
        }
        break;
    case TC_OP_DIV:
        value_of(f, in[0], x);
        value_of(f, in[1], y);
        mpq_div(sum, x, y);
        break;
    default:
        for (unsigned i = 0; i < n; i++) {
            value_of(f, in[i], x);
            if (p->op == TC_OP_SUB && i)
                mpq_neg(x, x);
            mpq_add(sum, sum, x);
        }
    }
    r = round_exact(&p->result[0], sum);
    mpq_clears(x, y, sum, NULL);
    return r;
}

static void evaluate_integers(const struct tc_prim *p, const int64_t *in, int64_t *out)
{
    unsigned best = 0;

    switch (p->op) {
    case TC_OP_LT:
        out[0] = in[0] < in[1];
        return;
    case TC_OP_LE:
        out[0] = in[0] <= in[1];
        return;
    case TC_OP_EQ:
        out[0] = in[0] == in[1];
        return;
    case TC_OP_MAX:
    case TC_OP_ARGMAX:
    case TC_OP_MAXARG:
        for (unsigned i = 1; i < p->terms; i++)
            if (in[i] > in[best])
                best = i;
        out[0] = p->op == TC_OP_ARGMAX ? (int64_t)best : in[best];
        if (p->op == TC_OP_MAXARG)
            out[1] = best;
        return;
    case TC_OP_DIV:
        if (in[1] == 0) { /* x/0 as the limit from above, 0/0 = 0 */
            out[0] = in[0] > 0   ? tc_prim_largest(&p->format)
                     : in[0] < 0 ? tc_prim_least(&p->format)
                                 : 0;
            return;
        }
        out[0] = arithmetic(p, in);
        return;
    case TC_OP_ADD:
    case TC_OP_SUB:
    case TC_OP_MUL:
    case TC_OP_SUM:
    case TC_OP_DOT:
        out[0] = arithmetic(p, in);
        return;
    default:
        out[0] = unary(p, in[0]);
    }
}

/* fixed and unsigned formats */
void tc_prim_reference(const struct tc_prim *p, const uint64_t *in, uint64_t *out)
{
    unsigned n = p->noperand + p->nconst;
    int64_t *m = tc_xcalloc(n, sizeof *m), r[2];

    assert(p->limbs == 1);
    for (unsigned i = 0; i < n; i++)
        m[i] = tc_prim_integer(&p->format, in[i]);
    evaluate_integers(p, m, r);
    for (unsigned k = 0; k < p->nresult; k++)
        out[k] = (uint64_t)r[k] & ~(~(uint64_t)0 << tc_format_width(tc_prim_result(p, k)));
    free(m);
}
