/* prim_reference.c -- one operation from its definition, no circuits
 *
 * Numbers are exact (prim_exact.h), for every format alike: IEEE 754 says what
 * becomes of infinities, NaN and signs, and tc_exact_round what a format makes of
 * it.  Irrational results are rounded between a lower and an upper bound that MPFR
 * gives by directed rounding, at twice the precision until both round to the same.
 */
#include "prim.h"
#include "prim_exact.h"

#include <assert.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PRECISION ((mpfr_prec_t)1 << 28)

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

/* Phi(x) = erfc(-x / sqrt 2) / 2, and erfc falls */
static void enclose_normal(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr x)
{
    mpfr_t down, up, two, minus;

    mpfr_inits2(mpfr_get_prec(lo), down, up, two, (mpfr_ptr)0);
    mpfr_init2(minus, mpfr_get_prec(x));
    mpfr_neg(minus, x, MPFR_RNDN);
    mpfr_set_ui(two, 2, MPFR_RNDN);
    mpfr_sqrt(down, two, MPFR_RNDD);
    mpfr_sqrt(up, two, MPFR_RNDU);
    /* a larger divisor is below for -x > 0 and above for -x < 0 */
    mpfr_div(hi, minus, mpfr_sgn(minus) > 0 ? up : down, MPFR_RNDD);
    mpfr_div(lo, minus, mpfr_sgn(minus) > 0 ? down : up, MPFR_RNDU);
    mpfr_erfc(hi, hi, MPFR_RNDU);
    mpfr_erfc(lo, lo, MPFR_RNDD);
    mpfr_div_2ui(lo, lo, 1, MPFR_RNDD);
    mpfr_div_2ui(hi, hi, 1, MPFR_RNDU);
    mpfr_clears(down, up, two, minus, (mpfr_ptr)0);
}

/* e^-v rounded one way, v = 2 root(2/pi) (x + 0.044715 x^3), which has the sign of x: of a negative
 * v, the larger in magnitude is the smaller */
static void exp_minus_cubic(mpfr_ptr y, mpfr_srcptr x, bool up)
{
    bool away = (mpfr_sgn(x) < 0) == up; /* from 0, of v */
    mpfr_rnd_t large = away ? MPFR_RNDU : MPFR_RNDD, small = away ? MPFR_RNDD : MPFR_RNDU;
    mpfr_t t;

    mpfr_init2(t, mpfr_get_prec(y));
    mpfr_sqr(y, x, large);
    mpfr_mul_ui(y, y, 44715, large);
    mpfr_div_ui(y, y, 1000000, large);
    mpfr_add_ui(y, y, 1, large);
    mpfr_const_pi(t, small);
    mpfr_ui_div(t, 8, t, large);
    mpfr_sqrt(t, t, large);
    mpfr_mul(y, y, t, large);
    mpfr_abs(t, x, MPFR_RNDN);
    mpfr_mul(y, y, t, large);
    if (mpfr_sgn(x) > 0)
        mpfr_neg(y, y, MPFR_RNDN);
    mpfr_exp(y, y, up ? MPFR_RNDU : MPFR_RNDD);
    mpfr_clear(t);
}

/* 1 / (1 + e^-v) */
static void enclose_cubic(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr x)
{
    exp_minus_cubic(lo, x, true);
    exp_minus_cubic(hi, x, false);
    mpfr_add_ui(lo, lo, 1, MPFR_RNDU);
    mpfr_add_ui(hi, hi, 1, MPFR_RNDD);
    mpfr_ui_div(lo, 1, lo, MPFR_RNDD);
    mpfr_ui_div(hi, 1, hi, MPFR_RNDU);
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
    case TC_OP_GELU_TANH:
        enclose_cubic(lo, hi, x);
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

static void from_bound(struct exact *x, mpfr_srcptr y)
{
    tc_exact_set_ui(x, 0);
    x->minus = mpfr_signbit(y);
    assert(!mpfr_nan_p(y));
    if (mpfr_inf_p(y)) {
        tc_exact_special(x, TC_INFINITE, x->minus);
    } else if (!mpfr_zero_p(y)) {
        x->e = mpfr_get_z_2exp(x->num, y);
        mpz_abs(x->num, x->num);
    }
}

static void irrational(enum tc_op op, const struct tc_format *f, struct exact *x)
{
    mpfr_prec_t most = (mpfr_prec_t)mpz_sizeinbase(x->num, 2), prec;
    struct exact other;
    mpfr_t in, lo, hi;
    bool same;

    tc_exact_init(&other);
    mpfr_init2(in, most < 2 ? 2 : most);
    mpfr_set_z_2exp(in, x->num, x->e, MPFR_RNDN); /* exact */
    mpfr_setsign(in, in, x->minus, MPFR_RNDN);
    prec = 64 + (mpfr_prec_t)(f->kind == TC_FLOAT ? f->p : f->bits);
    mpfr_inits2(prec, lo, hi, (mpfr_ptr)0);
    do {
        assert(prec <= MOST_PRECISION);
        enclose(op, lo, hi, in);
        from_bound(x, lo);
        from_bound(&other, hi);
        tc_exact_round(f, x);
        tc_exact_round(f, &other);
        same = tc_exact_same(x, &other);
        prec *= 2;
        mpfr_set_prec(lo, prec);
        mpfr_set_prec(hi, prec);
    } while (!same);
    mpfr_clears(in, lo, hi, (mpfr_ptr)0);
    tc_exact_clear(&other);
}

/* ----------------------------------------------------------- exact where they can be */

/* x^(1/2), if that is rational */
static bool exact_root(struct exact *x)
{
    mp_bitcnt_t low = mpz_scan1(x->num, 0);

    mpz_fdiv_q_2exp(x->num, x->num, low); /* num and 2^e have no factor in common */
    x->e += (int64_t)low;
    if (x->e % 2 || !mpz_perfect_square_p(x->num))
        return false;
    mpz_sqrt(x->num, x->num);
    x->e /= 2;
    return true;
}

/* 2^x, if x is an integer; limits as good as infinite */
static bool exact_power(struct exact *x)
{
    int64_t n = (int64_t)1 << 40;

    if (x->e < 0 && mpz_scan1(x->num, 0) < (mp_bitcnt_t)-x->e)
        return false;
    if ((int64_t)mpz_sizeinbase(x->num, 2) + x->e < 40) {
        if (x->e < 0)
            mpz_fdiv_q_2exp(x->num, x->num, (mp_bitcnt_t)-x->e);
        else
            mpz_mul_2exp(x->num, x->num, (mp_bitcnt_t)x->e);
        n = mpz_get_si(x->num);
    }
    n = x->minus ? -n : n;
    tc_exact_set_ui(x, 1);
    x->e = n;
    return true;
}

static void floor_of(struct exact *x)
{
    if (x->e >= 0)
        return;
    if (x->minus)
        mpz_cdiv_q_2exp(x->num, x->num, (mp_bitcnt_t)-x->e);
    else
        mpz_fdiv_q_2exp(x->num, x->num, (mp_bitcnt_t)-x->e);
    x->e = 0;
}

static void invert(struct exact *x)
{
    struct exact one;

    tc_exact_init(&one);
    tc_exact_set_ui(&one, 1);
    tc_exact_div(&one, x);
    tc_exact_set(x, &one);
    tc_exact_clear(&one);
}

/* at 0, which keeps its sign where the function passes through it, and at infinity */
static void at_special(enum tc_op op, struct exact *x)
{
    bool zero = x->class == TC_FINITE, minus = x->minus;

    switch (op) {
    case TC_OP_SQRT:
        if (!zero && minus)
            tc_exact_special(x, TC_NAN, false);
        return;
    case TC_OP_RSQRT:
        if (!zero && minus)
            tc_exact_special(x, TC_NAN, false);
        else
            invert(x);
        return;
    case TC_OP_EXP:
    case TC_OP_EXP2:
        if (zero || minus)
            tc_exact_set_ui(x, zero);
        return;
    case TC_OP_LOG:
        if (zero)
            tc_exact_special(x, TC_INFINITE, true);
        else if (minus)
            tc_exact_special(x, TC_NAN, false);
        return;
    case TC_OP_SIN:
        if (!zero)
            tc_exact_special(x, TC_NAN, false);
        return;
    case TC_OP_COS:
        if (zero)
            tc_exact_set_ui(x, 1);
        else
            tc_exact_special(x, TC_NAN, false);
        return;
    case TC_OP_TANH:
        if (!zero)
            tc_exact_set_ui(x, 1);
        x->minus = minus;
        return;
    case TC_OP_SIGMOID:
        tc_exact_set_ui(x, zero || !minus);
        x->e = zero ? -1 : 0;
        return;
    case TC_OP_GELU:
    case TC_OP_GELU_TANH:
    case TC_OP_SILU: /* from below */
        if (minus)
            tc_exact_set_ui(x, 0);
        x->minus = minus;
        return;
    default:
        assert(op == TC_OP_FLOOR);
        return;
    }
}

/* of one operand, rounded */
static void function(enum tc_op op, const struct tc_format *f, struct exact *x)
{
    bool exact = false;

    if (x->class == TC_NAN || op == TC_OP_NEG || op == TC_OP_ABS) {
        x->minus = op == TC_OP_NEG && !x->minus;
        exact = true;
    } else if (op == TC_OP_RELU) {
        if (x->minus)
            tc_exact_set_ui(x, 0);
        exact = true;
    } else if (op == TC_OP_RECIP) {
        invert(x);
        exact = true;
    } else if (x->class == TC_INFINITE || tc_exact_is_zero(x)) {
        at_special(op, x);
        exact = true;
    } else if (x->minus && (op == TC_OP_SQRT || op == TC_OP_RSQRT || op == TC_OP_LOG)) {
        tc_exact_special(x, TC_NAN, false);
        exact = true;
    } else if (op == TC_OP_FLOOR) {
        floor_of(x);
        exact = true;
    } else if (op == TC_OP_SQRT || op == TC_OP_RSQRT) {
        exact = exact_root(x);
        if (exact && op == TC_OP_RSQRT)
            invert(x);
    } else if (op == TC_OP_EXP2) {
        exact = exact_power(x);
    } else if (op == TC_OP_LOG && mpz_scan1(x->num, 0) == (mp_bitcnt_t)-x->e &&
               mpz_sizeinbase(x->num, 2) == (size_t)-x->e + 1) {
        tc_exact_set_ui(x, 0); /* of 1 */
        exact = true;
    }
    if (exact)
        tc_exact_round(f, x);
    else
        irrational(op, f, x); /* elsewhere no rational number has a rational value */
}

/* ---------------------------------------------------------------- several operands */

/* out of x and y, not rounded */
static void pair(enum tc_op op, const struct exact *x, const struct exact *y, struct exact *out)
{
    struct exact minus;

    tc_exact_set(out, x);
    if (op == TC_OP_MUL) {
        tc_exact_mul(out, y);
    } else if (op == TC_OP_DIV) {
        tc_exact_div(out, y);
    } else {
        tc_exact_init(&minus);
        tc_exact_set(&minus, y);
        minus.minus = minus.minus != (op == TC_OP_SUB);
        tc_exact_add(out, &minus);
        tc_exact_clear(&minus);
    }
}

/* sums are -0 where every term is, so they start there */
static void sum(const struct exact *x, unsigned n, struct exact *out)
{
    tc_exact_set_ui(out, 0);
    out->minus = true;
    for (unsigned i = 0; i < n; i++)
        tc_exact_add(out, &x[i]);
}

static void dot(const struct exact *x, unsigned n, struct exact *out)
{
    struct exact t;

    tc_exact_init(&t);
    tc_exact_set_ui(out, 0);
    out->minus = true;
    for (unsigned i = 0; i < n; i++) {
        pair(TC_OP_MUL, &x[i], &x[n + i], &t);
        tc_exact_add(out, &t);
    }
    tc_exact_clear(&t);
}

static void product(const struct exact *x, unsigned n, struct exact *out)
{
    tc_exact_set_ui(out, 1);
    for (unsigned i = 0; i < n; i++)
        tc_exact_mul(out, &x[i]);
}

/* the place of the first NaN, or of the first largest */
static unsigned largest(const struct exact *x, unsigned n)
{
    unsigned best = 0;

    for (unsigned i = 0; i < n; i++)
        if (x[i].class == TC_NAN)
            return i;
    for (unsigned i = 1; i < n; i++)
        if (tc_exact_compare(&x[i], &x[best]) > 0)
            best = i;
    return best;
}

static bool order(enum tc_op op, const struct exact *x, const struct exact *y)
{
    int c;

    if (x->class == TC_NAN || y->class == TC_NAN)
        return false;
    c = tc_exact_compare(x, y);
    return op == TC_OP_LT ? c < 0 : op == TC_OP_LE ? c <= 0 : c == 0;
}

/* exp, rounded, or by its series or pieces where prim's exp is that */
static void exponential(const struct tc_prim *p, struct exact *x)
{
    struct tc_prim exp = *p;

    exp.op = TC_OP_EXP;
    if (tc_prim_is_pieces(&exp))
        tc_reference_pieces(&exp, x);
    else if (tc_prim_is_series(&exp) && x->class == TC_FINITE && !tc_exact_is_zero(x))
        tc_reference_series(&exp, x);
    else
        function(TC_OP_EXP, &p->format, x);
}

/* every step rounded to the format */
static void softmax(const struct tc_prim *p, const struct exact *x, unsigned n, struct exact *out)
{
    const struct tc_format *f = &p->format;
    const struct exact *most = &x[largest(x, n)];
    struct exact z;

    tc_exact_init(&z);
    for (unsigned i = 0; i < n; i++) {
        pair(TC_OP_SUB, &x[i], most, &out[i]);
        tc_exact_round(f, &out[i]);
        exponential(p, &out[i]);
    }
    sum(out, n, &z);
    tc_exact_round(f, &z);
    for (unsigned i = 0; i < n; i++) {
        tc_exact_div(&out[i], &z);
        tc_exact_round(f, &out[i]);
    }
    tc_exact_clear(&z);
}

static void mean(const struct tc_format *f, const struct exact *x, unsigned n, struct exact *out)
{
    struct exact count;

    tc_exact_init(&count);
    tc_exact_set_ui(&count, n);
    sum(x, n, out);
    tc_exact_div(out, &count);
    tc_exact_round(f, out);
    tc_exact_clear(&count);
}

static void norm(const struct tc_format *f, const struct exact *x, unsigned n, struct exact *out)
{
    struct exact *square = tc_xcalloc(n, sizeof *square), t;

    tc_exact_init(&t);
    mean(f, x, n, &t);
    for (unsigned i = 0; i < n; i++) {
        pair(TC_OP_SUB, &x[i], &t, &out[i]);
        tc_exact_round(f, &out[i]);
        tc_exact_init(&square[i]);
        pair(TC_OP_MUL, &out[i], &out[i], &square[i]);
        tc_exact_round(f, &square[i]);
    }
    mean(f, square, n, &t);
    function(TC_OP_SQRT, f, &t);
    for (unsigned i = 0; i < n; i++) {
        if (tc_exact_is_zero(&t))
            tc_exact_set_ui(&out[i], 0);
        else
            tc_exact_div(&out[i], &t);
        tc_exact_round(f, &out[i]);
        tc_exact_clear(&square[i]);
    }
    tc_exact_clear(&t);
    free(square);
}

/* -------------------------------------------------------------------- operations */

static void evaluate(const struct tc_prim *p, const struct exact *in, struct exact *out)
{
    unsigned n = p->terms;

    switch (p->op) {
    case TC_OP_LT:
    case TC_OP_LE:
    case TC_OP_EQ:
        tc_exact_set_ui(&out[0], order(p->op, &in[0], &in[1]));
        return;
    case TC_OP_ADD:
    case TC_OP_SUB:
    case TC_OP_MUL:
    case TC_OP_DIV:
        pair(p->op, &in[0], &in[1], &out[0]);
        break;
    case TC_OP_SUM:
        sum(in, n, &out[0]);
        break;
    case TC_OP_DOT:
        dot(in, n, &out[0]);
        break;
    case TC_OP_PROD:
        product(in, n, &out[0]);
        break;
    case TC_OP_MAX:
    case TC_OP_ARGMAX:
    case TC_OP_MAXARG:
        n = largest(in, n);
        tc_exact_set(&out[0], &in[n]);
        if (p->op != TC_OP_MAX)
            tc_exact_set_ui(&out[p->op == TC_OP_MAXARG], n);
        return;
    case TC_OP_SOFTMAX:
        softmax(p, in, n, out);
        return;
    case TC_OP_NORM:
        norm(&p->format, in, n, out);
        return;
    default:
        tc_exact_set(&out[0], &in[0]);
        if (tc_prim_is_series(p) && out->class == TC_FINITE && !tc_exact_is_zero(out) &&
            !(p->op == TC_OP_LOG && out->minus))
            tc_reference_series(p, &out[0]);
        else if (tc_prim_is_pieces(p) && (p->format.kind != TC_FLOAT ||
                                          (out->class == TC_FINITE && !tc_exact_is_zero(out))))
            tc_reference_pieces(p, &out[0]);
        else
            function(p->op, &p->format, &out[0]);
        return;
    }
    tc_exact_round(&p->result[0], &out[0]);
}

void tc_prim_reference(const struct tc_prim *p, const uint64_t *in, uint64_t *out)
{
    unsigned n = p->noperand + p->nconst;
    struct exact *x = tc_xcalloc((size_t)n + p->nresult, sizeof *x), *y = x + n;

    for (unsigned i = 0; i < n + p->nresult; i++)
        tc_exact_init(&x[i]);
    for (unsigned i = 0; i < n; i++)
        tc_exact_read(&p->format, in + (size_t)i * p->limbs, p->limbs, &x[i]);
    evaluate(p, x, y);
    for (unsigned k = 0; k < p->nresult; k++)
        tc_exact_write(tc_prim_result(p, k), &y[k], out + (size_t)k * p->limbs, p->limbs);
    for (unsigned i = 0; i < n + p->nresult; i++)
        tc_exact_clear(&x[i]);
    free(x);
}
