/* prim_reference_series.c -- functions defined by truncated series, for the reference
 *
 * SPEC.md, "Functions by series", digit by digit, in integers. */
#include "prim.h"
#include "prim_exact.h"

#include <mpfr.h>

/* z becomes the integer nearest to 2^shift times ln 2, pi / 2 or the inverse */
static void scaled_constant(mpz_ptr z, bool circle, bool inverse, unsigned shift)
{
    mpfr_t x;

    mpfr_init2(x, shift + 96);
    if (circle) {
        mpfr_const_pi(x, MPFR_RNDN);
        mpfr_div_ui(x, x, 2, MPFR_RNDN);
    } else {
        mpfr_const_log2(x, MPFR_RNDN);
    }
    if (inverse)
        mpfr_ui_div(x, 1, x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, shift, MPFR_RNDN);
    mpfr_get_z(z, x, MPFR_RNDN);
    mpfr_clear(x);
}

/* c = nearest integer to 2^w b^i / i! */
static void coefficient(mpz_ptr c, bool circle, unsigned i, unsigned w)
{
    mpfr_t x;
    mpz_t factorial;

    mpfr_init2(x, w + 256);
    mpz_init(factorial);
    if (circle) {
        mpfr_const_pi(x, MPFR_RNDN);
        mpfr_div_ui(x, x, 2, MPFR_RNDN);
    } else {
        mpfr_const_log2(x, MPFR_RNDN);
    }
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
        scaled_constant(c, false, true, s->scale);
    reduce(s, x, c, natural ? s->scale : 0, true, k, fraction);
    for (unsigned i = 0; i <= s->degree; i++) { /* from the highest: Horner, 2^n each */
        mpz_mul(z, z, fraction);
        coefficient(c, false, s->degree - i, s->w);
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

static void logarithm(const struct tc_prim *p, const struct tc_series *s, struct exact *x)
{
    unsigned bits = p->format.p;
    int64_t top = (int64_t)mpz_sizeinbase(x->num, 2) - 1, e = x->e + top;
    mpz_t u, b, z, c, power, minus;

    mpz_inits(u, b, z, c, power, minus, NULL);
    mpz_setbit(b, bits - 1);
    mpz_set(u, x->num); /* f = m - B, U = 2 f - B */
    shift_floor(u, (int64_t)bits - 1 - top);
    mpz_mul_2exp(u, u, 1);
    mpz_submul_ui(u, b, 3);
    for (unsigned i = 1; i <= s->degree; i++) {
        mpz_t three;

        mpz_init(three);
        mpz_ui_pow_ui(three, 3, i);
        mpz_mul_ui(three, three, i);
        mpz_set_ui(c, 1); /* floor(2^(w+i) / (3^i i) + 1/2) */
        mpz_mul_2exp(c, c, s->w + i + 1);
        mpz_add(c, c, three);
        mpz_mul_2exp(three, three, 1);
        mpz_fdiv_q(c, c, three);
        if (i % 2 == 0)
            mpz_neg(c, c);
        mpz_pow_ui(power, u, i);
        mpz_neg(minus, b);
        mpz_pow_ui(minus, minus, i);
        mpz_sub(power, power, minus);
        mpz_mul(power, power, c);
        mpz_mul_2exp(power, power, (mp_bitcnt_t)bits * (s->degree - i));
        mpz_add(z, z, power);
        mpz_clear(three);
    }
    scaled_constant(c, false, false, s->w);
    mpz_mul_si(c, c, e);
    mpz_mul_2exp(c, c, (mp_bitcnt_t)bits * s->degree);
    mpz_add(z, z, c);
    tc_exact_set_ui(x, 1);
    x->minus = mpz_sgn(z) < 0;
    mpz_abs(z, z);
    mpz_fdiv_q_2exp(x->num, z, (mp_bitcnt_t)bits * s->degree);
    x->e = -(int64_t)s->w;
    mpz_clears(u, b, z, c, power, minus, NULL);
}

static void circle(const struct tc_prim *p, const struct tc_series *s, struct exact *x)
{
    bool sine = p->op == TC_OP_SIN, odd, minus;
    unsigned quadrant;
    mpz_t whole, fraction, z, c;

    if (sine && (int64_t)mpz_sizeinbase(x->num, 2) + x->e <= -(int64_t)s->small)
        return; /* sin x = x */
    mpz_inits(whole, fraction, z, c, NULL);
    scaled_constant(c, true, true, s->scale);
    reduce(s, x, c, s->scale, false, whole, fraction);
    quadrant = (unsigned)mpz_fdiv_ui(whole, 4);
    odd = sine == (quadrant % 2 == 0); /* the odd part, a sine */
    minus = sine ? (quadrant >= 2) != x->minus : quadrant == 1 || quadrant == 2;
    for (unsigned i = 0; i <= s->degree; i++) {
        unsigned k = s->degree - i;

        mpz_mul(z, z, fraction);
        if ((k % 2 == 1) != odd)
            continue;
        coefficient(c, true, k, s->w);
        mpz_mul_2exp(c, c, (mp_bitcnt_t)s->n * i);
        if (k % 4 >= 2)
            mpz_sub(z, z, c);
        else
            mpz_add(z, z, c);
    }
    mpz_set_ui(c, 1);
    mpz_mul_2exp(c, c, (mp_bitcnt_t)s->n * s->degree + s->w - s->n - 1);
    mpz_add(z, z, c);
    tc_exact_set_ui(x, 1);
    mpz_fdiv_q_2exp(x->num, z, (mp_bitcnt_t)s->n * s->degree);
    x->e = -(int64_t)s->w;
    x->minus = minus;
    mpz_clears(whole, fraction, z, c, NULL);
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
