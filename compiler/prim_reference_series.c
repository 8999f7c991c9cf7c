/* prim_reference_series.c -- functions defined by truncated series, for the reference
 *
 * SPEC.md, "Functions by series", digit by digit, in integers. */
#include "prim.h"
#include "../ir/integers.h"
#include "prim_exact.h"

#include <mpfr.h>
#include <stdlib.h>

/* z becomes the integer nearest to 2^shift times ln 2, or the inverse */
static void scaled_constant(mpz_ptr z, bool inverse, unsigned shift)
{
    mpfr_t x;

    mpfr_init2(x, shift + 96);
    mpfr_const_log2(x, MPFR_RNDN);
    if (inverse)
        mpfr_ui_div(x, 1, x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, shift, MPFR_RNDN);
    mpfr_get_z(z, x, MPFR_RNDN);
    mpfr_clear(x);
}

/* c = nearest integer to 2^w (ln 2)^i / i! */
static void coefficient(mpz_ptr c, unsigned i, unsigned w)
{
    mpfr_t x;
    mpz_t factorial;

    mpfr_init2(x, w + 256);
    mpz_init(factorial);
    mpfr_const_log2(x, MPFR_RNDN);
    mpfr_pow_ui(x, x, i, MPFR_RNDN);
    mpz_fac_ui(factorial, i);
    mpfr_div_z(x, x, factorial, MPFR_RNDN);
    mpfr_mul_2ui(x, x, w, MPFR_RNDN);
    mpfr_get_z(c, x, MPFR_RNDN);
    mpz_clear(factorial);
    mpfr_clear(x);
}

static void shift_floor(mpz_ptr z, int64_t left)
{
    if (left >= 0)
        mpz_mul_2exp(z, z, (mp_bitcnt_t)left);
    else
        mpz_fdiv_q_2exp(z, z, (mp_bitcnt_t)-left);
}

/* T = +-floor(|x| 2^N) L: whole = floor(T 2^-(N+s)), F = the next n bits */
static void reduce(const struct tc_series *s, const struct exact *x, mpz_srcptr constant,
                   unsigned scale, bool with_sign, mpz_ptr whole, mpz_ptr fraction)
{
    mpz_set(fraction, x->num);
    shift_floor(fraction, x->e + s->below);
    mpz_mul(fraction, fraction, constant);
    if (with_sign && x->minus)
        mpz_neg(fraction, fraction);
    shift_floor(fraction, (int64_t)s->n - (int64_t)s->below - (int64_t)scale);
    mpz_fdiv_q_2exp(whole, fraction, s->n);
    mpz_fdiv_r_2exp(fraction, fraction, s->n);
}

static void exponential(const struct tc_prim *p, const struct tc_series *s, struct exact *x)
{
    const struct tc_format *f = &p->format;
    bool natural = p->op == TC_OP_EXP;
    unsigned down = s->w + s->n * s->degree - f->p + 1;
    mpz_t k, fraction, z, c;

    if ((int64_t)mpz_sizeinbase(x->num, 2) + x->e > s->span) {
        if (x->minus)
            tc_exact_set_ui(x, 0);
        else
            tc_exact_special(x, TC_INFINITE, false);
        return;
    }
    mpz_inits(k, fraction, z, NULL);
    mpz_init_set_ui(c, 1);
    if (natural)
        scaled_constant(c, true, s->scale);
    reduce(s, x, c, natural ? s->scale : 0, true, k, fraction);
    for (unsigned i = 0; i <= s->degree; i++) { /* from the highest: Horner, 2^n each */
        mpz_mul(z, z, fraction);
        coefficient(c, s->degree - i, s->w);
        mpz_mul_2exp(c, c, (mp_bitcnt_t)s->n * i);
        mpz_add(z, z, c);
    }
    mpz_set_ui(c, 1);
    mpz_mul_2exp(c, c, down - 1);
    mpz_add(z, z, c);
    mpz_fdiv_q_2exp(z, z, down);
    tc_exact_set_ui(x, 1);
    mpz_set(x->num, z);
    x->e = mpz_get_si(k) - (int64_t)f->p + 1;
    if (x->e < f->low) { /* below the least normal number, or rounded up to it */
        bool normal = mpz_sizeinbase(z, 2) > f->p && x->e == f->low - 1;

        if (f->underflow == TC_GRADUAL || normal)
            shift_floor(x->num, x->e - f->low);
        else
            mpz_set_ui(x->num, 0);
        x->e = f->low;
    }
    mpz_clears(k, fraction, z, c, NULL);
}

/* d: the highest `pieces` bits of those of the fraction; u: twice the others, less their middle */
static unsigned long piece_of(const struct tc_series *s, mpz_srcptr fraction, mpz_ptr u)
{
    unsigned h = s->n - s->pieces;
    unsigned long d;
    mpz_t top;

    mpz_init(top);
    mpz_fdiv_q_2exp(top, fraction, h);
    d = mpz_get_ui(top);
    mpz_fdiv_r_2exp(u, fraction, h);
    mpz_mul_2exp(u, u, 1);
    mpz_set_ui(top, 1);
    mpz_mul_2exp(top, top, h);
    mpz_sub(u, u, top);
    mpz_clear(top);
    return d;
}

/* z becomes the sum of c_i u^i 2^(h (K - i)), c_0 first */
static void horner(const struct tc_series *s, mpz_t *c, mpz_srcptr u, mpz_ptr z)
{
    mpz_t t;

    mpz_init(t);
    mpz_set_ui(z, 0);
    for (unsigned i = 0; i <= s->degree; i++) {
        mpz_mul(z, z, u);
        mpz_mul_2exp(t, c[s->degree - i], (mp_bitcnt_t)(s->n - s->pieces) * i);
        mpz_add(z, z, t);
    }
    mpz_clear(t);
}

/* Those of ln(1 + (d + 1/2 + u / 2) 2^-a), D = 2^(a+1) + 2 d + 1: c_i = floor(2^w / (i D^i) + 1/2)
 * with alternating signs, c_0 of the logarithm, or, for d = 0, so that u = -1 gives 0 */
static void log_coefficients(const struct tc_series *s, unsigned long d, mpz_t *c)
{
    unsigned long whole = (2UL << s->pieces) + 2 * d + 1;
    mpz_t over, power;
    mpfr_t x;

    mpz_inits(over, NULL);
    mpz_init_set_ui(power, 1);
    for (unsigned i = 1; i <= s->degree; i++) {
        mpz_mul_ui(power, power, whole);
        mpz_mul_ui(over, power, i);
        mpz_set_ui(c[i], 1);
        mpz_mul_2exp(c[i], c[i], s->w + 1);
        mpz_add(c[i], c[i], over);
        mpz_mul_2exp(over, over, 1);
        mpz_fdiv_q(c[i], c[i], over);
        if (d == 0)
            mpz_add(c[0], c[0], c[i]);
        if (i % 2 == 0)
            mpz_neg(c[i], c[i]);
    }
    if (d) {
        mpfr_init2(x, s->w + 128);
        mpfr_set_ui_2exp(x, whole, -(mpfr_exp_t)s->pieces - 1, MPFR_RNDN);
        mpfr_log(x, x, MPFR_RNDN);
        mpfr_mul_2ui(x, x, s->w, MPFR_RNDN);
        mpfr_get_z(c[0], x, MPFR_RNDN);
        mpfr_clear(x);
    }
    mpz_clears(over, power, NULL);
}

static void logarithm(const struct tc_prim *p, const struct tc_series *s, struct exact *x)
{
    unsigned bits = p->format.p, down = (s->n - s->pieces) * s->degree;
    int64_t top = (int64_t)mpz_sizeinbase(x->num, 2) - 1, e = x->e + top;
    mpz_t u, z, one, *c = tc_integers(s->degree + 1);

    mpz_inits(u, z, one, NULL);
    mpz_setbit(one, bits - 1);
    mpz_set(u, x->num); /* f = m - B */
    shift_floor(u, (int64_t)bits - 1 - top);
    mpz_sub(u, u, one);
    log_coefficients(s, piece_of(s, u, u), c);
    horner(s, c, u, z);
    scaled_constant(one, false, s->w);
    mpz_mul_si(one, one, e);
    mpz_mul_2exp(one, one, down);
    mpz_add(z, z, one);
    tc_exact_set_ui(x, 1);
    x->minus = mpz_sgn(z) < 0;
    mpz_abs(z, z);
    mpz_fdiv_q_2exp(x->num, z, down);
    x->e = -(int64_t)s->w;
    mpz_clears(u, z, one, NULL);
    tc_integers_free(c, s->degree + 1);
}

/* turn = sum over the bits 2^t of |x| of floor(2^N (2^t 2 / pi mod 4)) */
static void turn_of(const struct tc_series *s, const struct exact *x, mpz_ptr turn)
{
    mpz_t all, one;
    mpfr_t c;

    mpz_inits(all, one, NULL);
    mpfr_init2(c, s->below + (unsigned)s->span + 128);
    mpfr_const_pi(c, MPFR_RNDN);
    mpfr_ui_div(c, 2, c, MPFR_RNDN);
    mpfr_mul_2ui(c, c, s->below + (unsigned)s->span, MPFR_RNDN);
    mpfr_get_z(all, c, MPFR_RNDD); /* 2 / pi, to be shifted */
    mpfr_clear(c);
    mpz_set_ui(turn, 0);
    for (size_t k = 0; k < mpz_sizeinbase(x->num, 2); k++) {
        if (!mpz_tstbit(x->num, k))
            continue;
        mpz_set(one, all);
        shift_floor(one, x->e + (int64_t)k - s->span);
        mpz_fdiv_r_2exp(one, one, s->below + 2);
        mpz_add(turn, turn, one);
    }
    mpz_clears(all, one, NULL);
}

/* those of sin(pi / 2 (d + 1/2 + u / 2) 2^-a): derivatives s, c, -s, -c */
static void sine_coefficients(const struct tc_series *s, unsigned long d, mpz_t *c)
{
    mpfr_t r, sine, cosine, x;

    mpfr_inits2(s->w + 256, r, sine, cosine, x, (mpfr_ptr)0);
    mpfr_const_pi(r, MPFR_RNDN);
    mpfr_div_2ui(r, r, s->pieces + 2, MPFR_RNDN);
    mpfr_mul_ui(x, r, 2 * d + 1, MPFR_RNDN);
    mpfr_sin_cos(sine, cosine, x, MPFR_RNDN);
    mpfr_set_ui_2exp(x, 1, s->w, MPFR_RNDN);
    for (unsigned i = 0; i <= s->degree; i++) {
        mpfr_t y;

        mpfr_init2(y, s->w + 256);
        if (i) {
            mpfr_mul(x, x, r, MPFR_RNDN);
            mpfr_div_ui(x, x, i, MPFR_RNDN);
        }
        mpfr_mul(y, x, i % 2 ? cosine : sine, MPFR_RNDN);
        mpfr_get_z(c[i], y, MPFR_RNDN);
        if (i % 4 >= 2)
            mpz_neg(c[i], c[i]);
        mpfr_clear(y);
    }
    mpfr_clears(r, sine, cosine, x, (mpfr_ptr)0);
}

static void circle(const struct tc_prim *p, const struct tc_series *s, struct exact *x)
{
    bool sine = p->op == TC_OP_SIN, minus;
    unsigned quarter, down = (s->n - s->pieces) * s->degree;
    unsigned long d;
    mpz_t t, z, bias, *c;

    if (sine && (int64_t)mpz_sizeinbase(x->num, 2) + x->e <= -(int64_t)s->small)
        return; /* sin x = x */
    c = tc_integers(s->degree + 1);
    mpz_inits(t, z, bias, NULL);
    turn_of(s, x, t);
    mpz_fdiv_q_2exp(t, t, s->below - s->n);
    quarter = (unsigned)mpz_tstbit(t, s->n) + 2 * (unsigned)mpz_tstbit(t, s->n + 1);
    minus = sine ? (quarter >= 2) != x->minus : quarter == 1 || quarter == 2;
    mpz_fdiv_r_2exp(t, t, s->n + 1); /* of half a turn */
    d = piece_of(s, t, t);
    if (!sine)
        d = (d + (1UL << s->pieces)) % (2UL << s->pieces);
    sine_coefficients(s, d, c);
    mpz_setbit(bias, s->w - s->n - 1);
    mpz_add(c[0], c[0], bias);
    horner(s, c, t, z);
    tc_exact_set_ui(x, 1);
    mpz_fdiv_q_2exp(x->num, z, down);
    x->e = -(int64_t)s->w;
    x->minus = minus;
    mpz_clears(t, z, bias, NULL);
    tc_integers_free(c, s->degree + 1);
}

void tc_reference_series(const struct tc_prim *p, struct exact *x)
{
    struct tc_error ignored;
    struct tc_series s;

    tc_series_size(p, &s, &ignored);
    if (p->op == TC_OP_LOG)
        logarithm(p, &s, x);
    else if (p->op == TC_OP_SIN || p->op == TC_OP_COS)
        circle(p, &s, x);
    else
        exponential(p, &s, x);
    tc_exact_round(&p->format, x);
}
