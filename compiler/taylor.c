/* taylor.c -- Taylor coefficients by the functions' differential equations */
#include "pieces.h"

#include <assert.h>
#include <stdlib.h>

struct taylor_series {
    mpfr_t *a; /* of h^i */
    unsigned degree;
    mpfr_srcptr center, r;
    mpfr_t t;
};

static mpfr_t *series_new(unsigned degree, mpfr_prec_t prec)
{
    mpfr_t *a = tc_xcalloc(degree + 1, sizeof *a);

    for (unsigned i = 0; i <= degree; i++) {
        mpfr_init2(a[i], prec);
        mpfr_set_ui(a[i], 0, MPFR_RNDN);
    }
    return a;
}

static void series_free(mpfr_t *a, unsigned degree)
{
    for (unsigned i = 0; i <= degree; i++)
        mpfr_clear(a[i]);
    free(a);
}

/* y' = r y */
static void exponential(struct taylor_series *s)
{
    mpfr_exp(s->a[0], s->center, MPFR_RNDN);
    for (unsigned i = 1; i <= s->degree; i++) {
        mpfr_mul(s->a[i], s->a[i - 1], s->r, MPFR_RNDN);
        mpfr_div_ui(s->a[i], s->a[i], i, MPFR_RNDN);
    }
}

/* ln(c + r h) = ln c - sum of (-r / c)^i / i */
static void logarithm(struct taylor_series *s)
{
    mpfr_t x, power;

    mpfr_inits2(mpfr_get_prec(s->t), x, power, (mpfr_ptr)0);
    mpfr_log(s->a[0], s->center, MPFR_RNDN);
    mpfr_div(x, s->r, s->center, MPFR_RNDN);
    mpfr_neg(x, x, MPFR_RNDN);
    mpfr_set_si(power, -1, MPFR_RNDN);
    for (unsigned i = 1; i <= s->degree; i++) {
        mpfr_mul(power, power, x, MPFR_RNDN);
        mpfr_div_ui(s->a[i], power, i, MPFR_RNDN);
    }
    mpfr_clears(x, power, (mpfr_ptr)0);
}

/* y'' = -r^2 y */
static void sine(struct taylor_series *s)
{
    mpfr_sin(s->a[0], s->center, MPFR_RNDN);
    if (s->degree) {
        mpfr_cos(s->a[1], s->center, MPFR_RNDN);
        mpfr_mul(s->a[1], s->a[1], s->r, MPFR_RNDN);
    }
    for (unsigned i = 2; i <= s->degree; i++) {
        mpfr_mul(s->a[i], s->a[i - 2], s->r, MPFR_RNDN);
        mpfr_mul(s->a[i], s->a[i], s->r, MPFR_RNDN);
        mpfr_div_si(s->a[i], s->a[i], -(long)(i * (i - 1)), MPFR_RNDN);
    }
}

/* sum of a_k a_(i-k) */
static void square_at(struct taylor_series *s, unsigned i, mpfr_ptr sum)
{
    mpfr_set_ui(sum, 0, MPFR_RNDN);
    for (unsigned k = 0; k <= i; k++) {
        mpfr_mul(s->t, s->a[k], s->a[i - k], MPFR_RNDN);
        mpfr_add(sum, sum, s->t, MPFR_RNDN);
    }
}

/* sigmoid: y' = r (y - y^2); tanh: y' = r (1 - y^2) */
static void logistic(struct taylor_series *s, bool tanh)
{
    mpfr_t sum;

    mpfr_init2(sum, mpfr_get_prec(s->t));
    if (tanh) {
        mpfr_tanh(s->a[0], s->center, MPFR_RNDN);
    } else {
        mpfr_neg(s->t, s->center, MPFR_RNDN);
        mpfr_exp(s->t, s->t, MPFR_RNDN);
        mpfr_add_ui(s->t, s->t, 1, MPFR_RNDN);
        mpfr_ui_div(s->a[0], 1, s->t, MPFR_RNDN);
    }
    for (unsigned i = 0; i < s->degree; i++) {
        square_at(s, i, sum);
        if (!tanh)
            mpfr_sub(sum, s->a[i], sum, MPFR_RNDN);
        else if (i)
            mpfr_neg(sum, sum, MPFR_RNDN);
        else
            mpfr_ui_sub(sum, 1, sum, MPFR_RNDN);
        mpfr_mul(sum, sum, s->r, MPFR_RNDN);
        mpfr_div_ui(s->a[i + 1], sum, i + 1, MPFR_RNDN);
    }
    mpfr_clear(sum);
}

/* 0.044715 x */
static void cube_part(mpfr_ptr y, mpfr_srcptr x)
{
    mpfr_mul_ui(y, x, 44715, MPFR_RNDN);
    mpfr_div_ui(y, y, 1000000, MPFR_RNDN);
}

/* 2 sqrt(2/pi) x */
static void times_root(mpfr_ptr y, mpfr_srcptr x)
{
    mpfr_t root;

    mpfr_init2(root, mpfr_get_prec(y));
    mpfr_const_pi(root, MPFR_RNDN);
    mpfr_ui_div(root, 8, root, MPFR_RNDN);
    mpfr_sqrt(root, root, MPFR_RNDN);
    mpfr_mul(y, x, root, MPFR_RNDN);
    mpfr_clear(root);
}

void taylor_cubic(mpfr_ptr y, mpfr_srcptr x)
{
    mpfr_t t;

    mpfr_init2(t, mpfr_get_prec(y));
    mpfr_sqr(t, x, MPFR_RNDN);
    cube_part(t, t);
    mpfr_add_ui(t, t, 1, MPFR_RNDN);
    mpfr_mul(y, t, x, MPFR_RNDN);
    times_root(y, y);
    mpfr_clear(t);
}

/* v' of v = taylor_cubic(center + r h): r 2 sqrt(2/pi) (1 + 3 c (center + r h)^2), of h^0, h^1, h^2
 */
static void cubic_slope(const struct taylor_series *s, mpfr_t slope[3])
{
    cube_part(slope[2], s->r);
    mpfr_mul_ui(slope[2], slope[2], 3, MPFR_RNDN);
    mpfr_mul(slope[1], slope[2], s->center, MPFR_RNDN);
    mpfr_mul(slope[0], slope[1], s->center, MPFR_RNDN);
    mpfr_add(slope[0], slope[0], s->r, MPFR_RNDN);
    mpfr_mul(slope[1], slope[1], s->r, MPFR_RNDN);
    mpfr_mul_2ui(slope[1], slope[1], 1, MPFR_RNDN);
    mpfr_mul(slope[2], slope[2], s->r, MPFR_RNDN);
    mpfr_mul(slope[2], slope[2], s->r, MPFR_RNDN);
    for (unsigned j = 0; j < 3; j++)
        times_root(slope[j], slope[j]);
}

/* y = sigmoid(v): y' = v' (y - y^2) */
static void cubic(struct taylor_series *s)
{
    mpfr_prec_t prec = mpfr_get_prec(s->t);
    mpfr_t *rest = series_new(s->degree, prec), *slope = series_new(2, prec), sum; /* y - y^2 */

    mpfr_init2(sum, prec);
    cubic_slope(s, slope);
    taylor_cubic(s->t, s->center);
    mpfr_neg(s->t, s->t, MPFR_RNDN);
    mpfr_exp(s->t, s->t, MPFR_RNDN);
    mpfr_add_ui(s->t, s->t, 1, MPFR_RNDN);
    mpfr_ui_div(s->a[0], 1, s->t, MPFR_RNDN);
    for (unsigned i = 0; i < s->degree; i++) {
        square_at(s, i, sum);
        mpfr_sub(rest[i], s->a[i], sum, MPFR_RNDN);
        mpfr_set_ui(sum, 0, MPFR_RNDN);
        for (unsigned j = 0; j <= i && j < 3; j++) {
            mpfr_mul(s->t, slope[j], rest[i - j], MPFR_RNDN);
            mpfr_add(sum, sum, s->t, MPFR_RNDN);
        }
        mpfr_div_ui(s->a[i + 1], sum, i + 1, MPFR_RNDN);
    }
    mpfr_clear(sum);
    series_free(slope, 2);
    series_free(rest, s->degree);
}

/* Phi' = r phi, phi' = -r x phi */
static void normal(struct taylor_series *s)
{
    mpfr_prec_t prec = mpfr_get_prec(s->t);
    mpfr_t two, before, now, next;

    mpfr_inits2(prec, two, before, now, next, (mpfr_ptr)0);
    mpfr_sqrt_ui(two, 2, MPFR_RNDN);
    mpfr_div(s->t, s->center, two, MPFR_RNDN);
    mpfr_neg(s->t, s->t, MPFR_RNDN);
    mpfr_erfc(s->a[0], s->t, MPFR_RNDN);
    mpfr_div_2ui(s->a[0], s->a[0], 1, MPFR_RNDN);
    mpfr_sqr(s->t, s->t, MPFR_RNDN); /* phi(c) = e^(-c^2/2) / (sqrt 2 sqrt pi) */
    mpfr_neg(s->t, s->t, MPFR_RNDN);
    mpfr_exp(now, s->t, MPFR_RNDN);
    mpfr_const_pi(s->t, MPFR_RNDN);
    mpfr_sqrt(s->t, s->t, MPFR_RNDN);
    mpfr_mul(s->t, s->t, two, MPFR_RNDN);
    mpfr_div(now, now, s->t, MPFR_RNDN);
    mpfr_set_ui(before, 0, MPFR_RNDN);
    for (unsigned i = 0; i < s->degree; i++) {
        mpfr_mul(s->a[i + 1], now, s->r, MPFR_RNDN);
        mpfr_div_ui(s->a[i + 1], s->a[i + 1], i + 1, MPFR_RNDN);
        /* (i + 1) phi_(i+1) = -r (c phi_i + r phi_(i-1)) */
        mpfr_mul(next, now, s->center, MPFR_RNDN);
        mpfr_mul(s->t, before, s->r, MPFR_RNDN);
        mpfr_add(next, next, s->t, MPFR_RNDN);
        mpfr_mul(next, next, s->r, MPFR_RNDN);
        mpfr_div_si(next, next, -(long)(i + 1), MPFR_RNDN);
        mpfr_set(before, now, MPFR_RNDN);
        mpfr_set(now, next, MPFR_RNDN);
    }
    mpfr_clears(two, before, now, next, (mpfr_ptr)0);
}

/* times c + r h */
static void times_argument(struct taylor_series *s)
{
    for (unsigned i = s->degree + 1; i-- > 0;) {
        mpfr_mul(s->a[i], s->a[i], s->center, MPFR_RNDN);
        if (i) {
            mpfr_mul(s->t, s->a[i - 1], s->r, MPFR_RNDN);
            mpfr_add(s->a[i], s->a[i], s->t, MPFR_RNDN);
        }
    }
}

/* divided by c + r h */
static void over_argument(struct taylor_series *s)
{
    for (unsigned i = 0; i <= s->degree; i++) {
        if (i) {
            mpfr_mul(s->t, s->a[i - 1], s->r, MPFR_RNDN);
            mpfr_sub(s->a[i], s->a[i], s->t, MPFR_RNDN);
        }
        mpfr_div(s->a[i], s->a[i], s->center, MPFR_RNDN);
    }
}

static void derive(struct taylor_series *s, enum taylor kind)
{
    switch (kind) {
    case TAYLOR_CONST:
        mpfr_set_ui(s->a[0], 1, MPFR_RNDN);
        return;
    case TAYLOR_EXP:
        exponential(s);
        return;
    case TAYLOR_LOG:
        logarithm(s);
        return;
    case TAYLOR_SIN:
        sine(s);
        return;
    case TAYLOR_SIGMOID:
    case TAYLOR_SILU:
        logistic(s, false);
        break;
    case TAYLOR_TANH:
    case TAYLOR_TANH_OVER:
        logistic(s, true);
        break;
    case TAYLOR_NORMAL:
    case TAYLOR_GELU:
        normal(s);
        break;
    case TAYLOR_CUBIC:
    case TAYLOR_GELU_TANH:
        cubic(s);
        break;
    }
    if (kind == TAYLOR_SILU || kind == TAYLOR_GELU || kind == TAYLOR_GELU_TANH)
        times_argument(s);
    else if (kind == TAYLOR_TANH_OVER)
        over_argument(s);
}

void taylor_coefficients(struct tc_arena *arena, enum taylor kind, mpfr_srcptr center,
                         mpfr_srcptr r, unsigned degree, long w, mpz_ptr *c)
{
    mpfr_prec_t prec = mpfr_get_prec(center);
    struct taylor_series s = {
        .a = series_new(degree, prec), .degree = degree, .center = center, .r = r};

    mpfr_init2(s.t, prec);
    derive(&s, kind);
    for (unsigned i = 0; i <= degree; i++) {
        c[i] = tc_mpz(arena);
        mpfr_mul_2si(s.a[i], s.a[i], w, MPFR_RNDN);
        mpfr_get_z(c[i], s.a[i], MPFR_RNDN);
    }
    mpfr_clear(s.t);
    series_free(s.a, degree);
}
