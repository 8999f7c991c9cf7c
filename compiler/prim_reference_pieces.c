/* prim_reference_pieces.c -- functions defined by pieces, for the reference
 *
 * SPEC.md, "Functions by pieces", digit by digit, in integers.  Taylor coefficients come from
 * quotients of series and from derivatives in closed form. */
#include "prim.h"
#include "prim_exact.h"

#include <assert.h>
#include <mpfr.h>
#include <stdlib.h>

/* ----------------------------------------------------------------- coefficients */

struct poly {
    unsigned n;      /* terms */
    mpfr_t *a, c, r; /* of h^i, at x = c + r h */
};

static void poly_new(struct poly *p, unsigned n, mpfr_prec_t prec)
{
    p->n = n;
    p->a = tc_xcalloc(n, sizeof *p->a);
    for (unsigned i = 0; i < n; i++) {
        mpfr_init2(p->a[i], prec);
        mpfr_set_zero(p->a[i], 1);
    }
    mpfr_inits2(prec, p->c, p->r, (mpfr_ptr)0);
}

static void poly_free(struct poly *p)
{
    for (unsigned i = 0; i < p->n; i++)
        mpfr_clear(p->a[i]);
    mpfr_clears(p->c, p->r, (mpfr_ptr)0);
    free(p->a);
}

/* x = r^i / i! */
static void step(const struct poly *p, unsigned i, mpfr_ptr x)
{
    mpz_t f;

    mpz_init(f);
    mpz_fac_ui(f, i);
    mpfr_pow_ui(x, p->r, i, MPFR_RNDN);
    mpfr_div_z(x, x, f, MPFR_RNDN);
    mpz_clear(f);
}

/* e^(m x) */
static void exponential(struct poly *p, int m)
{
    mpfr_t e, x;

    mpfr_inits2(mpfr_get_prec(p->c), e, x, (mpfr_ptr)0);
    mpfr_mul_si(e, p->c, m, MPFR_RNDN);
    mpfr_exp(e, e, MPFR_RNDN);
    for (unsigned i = 0; i < p->n; i++) {
        step(p, i, x);
        mpfr_mul(p->a[i], e, x, MPFR_RNDN);
        mpfr_mul_si(e, e, m, MPFR_RNDN);
    }
    mpfr_clears(e, x, (mpfr_ptr)0);
}

/* p / q */
static void divide(struct poly *p, const struct poly *q)
{
    mpfr_t x;

    mpfr_init2(x, mpfr_get_prec(p->c));
    for (unsigned i = 0; i < p->n; i++) {
        for (unsigned k = 0; k < i; k++) {
            mpfr_mul(x, p->a[k], q->a[i - k], MPFR_RNDN);
            mpfr_sub(p->a[i], p->a[i], x, MPFR_RNDN);
        }
        mpfr_div(p->a[i], p->a[i], q->a[0], MPFR_RNDN);
    }
    mpfr_clear(x);
}

static void times_argument(struct poly *p)
{
    mpfr_t x;

    mpfr_init2(x, mpfr_get_prec(p->c));
    for (unsigned i = p->n; i-- > 0;) {
        mpfr_mul(p->a[i], p->a[i], p->c, MPFR_RNDN);
        mpfr_mul(x, i ? p->a[i - 1] : p->c, p->r, MPFR_RNDN);
        if (i)
            mpfr_add(p->a[i], p->a[i], x, MPFR_RNDN);
    }
    mpfr_clear(x);
}

/* 1 / (1 + e^-x); tanh as (e^2x - 1) / (e^2x + 1), over x if asked for */
static void logistic(struct poly *p, bool tanh, bool over)
{
    struct poly q;

    poly_new(&q, p->n, mpfr_get_prec(p->c));
    mpfr_set(q.c, p->c, MPFR_RNDN);
    mpfr_set(q.r, p->r, MPFR_RNDN);
    exponential(&q, tanh ? 2 : -1);
    for (unsigned i = 0; tanh && i < p->n; i++)
        mpfr_set(p->a[i], q.a[i], MPFR_RNDN);
    if (tanh)
        mpfr_sub_ui(p->a[0], p->a[0], 1, MPFR_RNDN);
    else
        mpfr_set_ui(p->a[0], 1, MPFR_RNDN);
    mpfr_add_ui(q.a[0], q.a[0], 1, MPFR_RNDN);
    if (over)
        times_argument(&q);
    divide(p, &q);
    poly_free(&q);
}

/* p times sum of (-m)^i h^(k i) / i! = e^(-m h^k) */
static void times_power(struct poly *p, mpfr_srcptr m, unsigned k)
{
    mpfr_t *old = tc_xcalloc(p->n, sizeof *old), c, t;

    mpfr_inits2(mpfr_get_prec(p->c), c, t, (mpfr_ptr)0);
    for (unsigned i = 0; i < p->n; i++) {
        mpfr_init2(old[i], mpfr_get_prec(p->c));
        mpfr_set(old[i], p->a[i], MPFR_RNDN);
    }
    mpfr_set_ui(c, 1, MPFR_RNDN);
    for (unsigned j = 1; j * k < p->n; j++) {
        mpfr_mul(c, c, m, MPFR_RNDN);
        mpfr_div_si(c, c, -(long)j, MPFR_RNDN);
        for (unsigned i = j * k; i < p->n; i++) {
            mpfr_mul(t, c, old[i - j * k], MPFR_RNDN);
            mpfr_add(p->a[i], p->a[i], t, MPFR_RNDN);
        }
    }
    for (unsigned i = 0; i < p->n; i++)
        mpfr_clear(old[i]);
    free(old);
    mpfr_clears(c, t, (mpfr_ptr)0);
}

/* 2 root(2 / pi) (x + 0.044715 x^3) at x = c + r h is v[0] + .. + v[3] h^3 */
static void cubic(const struct poly *p, mpfr_t v[4])
{
    mpfr_t root, k;

    mpfr_inits2(mpfr_get_prec(p->c), root, k, (mpfr_ptr)0);
    mpfr_const_pi(k, MPFR_RNDN);
    mpfr_set_ui(root, 2, MPFR_RNDN);
    mpfr_div(root, root, k, MPFR_RNDN);
    mpfr_sqrt(root, root, MPFR_RNDN);
    mpfr_mul_2ui(root, root, 1, MPFR_RNDN);
    mpfr_set_ui(k, 8943, MPFR_RNDN); /* 0.044715 = 8943 / 200000 */
    mpfr_div_ui(k, k, 200000, MPFR_RNDN);
    for (unsigned i = 0; i < 4; i++) { /* binomial(3, i) c^(3-i) r^i, and the linear part */
        mpfr_pow_ui(v[i], p->c, 3 - i, MPFR_RNDN);
        for (unsigned j = 0; j < i; j++)
            mpfr_mul(v[i], v[i], p->r, MPFR_RNDN);
        mpfr_mul_ui(v[i], v[i], i % 3 ? 3 : 1, MPFR_RNDN);
        mpfr_mul(v[i], v[i], k, MPFR_RNDN);
    }
    mpfr_add(v[0], v[0], p->c, MPFR_RNDN);
    mpfr_add(v[1], v[1], p->r, MPFR_RNDN);
    for (unsigned i = 0; i < 4; i++)
        mpfr_mul(v[i], v[i], root, MPFR_RNDN);
    mpfr_clears(root, k, (mpfr_ptr)0);
}

/* 1 / (1 + e^-v), v that cubic: e^-v is a product of four series */
static void cubic_logistic(struct poly *p)
{
    struct poly q;
    mpfr_t v[4];

    for (unsigned i = 0; i < 4; i++)
        mpfr_init2(v[i], mpfr_get_prec(p->c));
    cubic(p, v);
    poly_new(&q, p->n, mpfr_get_prec(p->c));
    mpfr_neg(q.a[0], v[0], MPFR_RNDN);
    mpfr_exp(q.a[0], q.a[0], MPFR_RNDN);
    for (unsigned k = 1; k < 4; k++)
        times_power(&q, v[k], k);
    mpfr_add_ui(q.a[0], q.a[0], 1, MPFR_RNDN);
    mpfr_set_ui(p->a[0], 1, MPFR_RNDN);
    divide(p, &q);
    poly_free(&q);
    for (unsigned i = 0; i < 4; i++)
        mpfr_clear(v[i]);
}

/* Phi: derivatives by Hermite's polynomials, (-1)^i He_i(c) phi(c) */
static void normal(struct poly *p)
{
    mpfr_prec_t prec = mpfr_get_prec(p->c);
    mpfr_t phi, he, before, x;

    mpfr_inits2(prec, phi, he, before, x, (mpfr_ptr)0);
    mpfr_set_ui_2exp(x, 1, -1, MPFR_RNDN);
    mpfr_sqrt(x, x, MPFR_RNDN);
    mpfr_mul(x, x, p->c, MPFR_RNDN);
    if (mpfr_sgn(x) > 0) { /* (1 + erf) / 2 */
        mpfr_erf(p->a[0], x, MPFR_RNDN);
        mpfr_add_ui(p->a[0], p->a[0], 1, MPFR_RNDN);
    } else {
        mpfr_neg(x, x, MPFR_RNDN);
        mpfr_erfc(p->a[0], x, MPFR_RNDN);
    }
    mpfr_div_2ui(p->a[0], p->a[0], 1, MPFR_RNDN);
    mpfr_mul(phi, p->c, p->c, MPFR_RNDN);
    mpfr_div_si(phi, phi, -2, MPFR_RNDN);
    mpfr_exp(phi, phi, MPFR_RNDN);
    mpfr_const_pi(x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, 1, MPFR_RNDN);
    mpfr_rec_sqrt(x, x, MPFR_RNDN);
    mpfr_mul(phi, phi, x, MPFR_RNDN);
    mpfr_set_ui(he, 1, MPFR_RNDN);
    mpfr_set_ui(before, 0, MPFR_RNDN);
    for (unsigned i = 0; i + 1 < p->n; i++) {
        step(p, i + 1, x);
        mpfr_mul(x, x, he, MPFR_RNDN);
        mpfr_mul(p->a[i + 1], x, phi, MPFR_RNDN);
        if (i % 2)
            mpfr_neg(p->a[i + 1], p->a[i + 1], MPFR_RNDN);
        mpfr_mul(x, p->c, he, MPFR_RNDN); /* c He_i - i He_(i-1) */
        mpfr_mul_ui(before, before, i, MPFR_RNDN);
        mpfr_sub(x, x, before, MPFR_RNDN);
        mpfr_swap(before, he);
        mpfr_set(he, x, MPFR_RNDN);
    }
    mpfr_clears(phi, he, before, x, (mpfr_ptr)0);
}

/* sin x, or cos x */
static void circular(struct poly *p, bool cosine)
{
    mpfr_t s, c, x;

    mpfr_inits2(mpfr_get_prec(p->c), s, c, x, (mpfr_ptr)0);
    mpfr_sin_cos(s, c, p->c, MPFR_RNDN);
    for (unsigned i = 0; i < p->n; i++) {
        unsigned turn = (i + cosine) % 4;

        step(p, i, x);
        mpfr_mul(p->a[i], x, turn % 2 ? c : s, MPFR_RNDN);
        if (turn >= 2)
            mpfr_neg(p->a[i], p->a[i], MPFR_RNDN);
    }
    mpfr_clears(s, c, x, (mpfr_ptr)0);
}

static void logarithm(struct poly *p)
{
    mpfr_t x;

    mpfr_init2(x, mpfr_get_prec(p->c));
    mpfr_log(p->a[0], p->c, MPFR_RNDN);
    mpfr_div(x, p->r, p->c, MPFR_RNDN);
    for (unsigned i = 1; i < p->n; i++) {
        mpfr_pow_ui(p->a[i], x, i, MPFR_RNDN);
        mpfr_div_si(p->a[i], p->a[i], i % 2 ? (long)i : -(long)i, MPFR_RNDN);
    }
    mpfr_clear(x);
}

/* z = sum of [2^w a_i] U^i 2^(h (K - i)) */
static void evaluate(const struct poly *p, long w, mpz_srcptr u, unsigned h, mpz_ptr z)
{
    mpz_t c;
    mpfr_t x;

    mpz_init(c);
    mpfr_init2(x, mpfr_get_prec(p->c));
    mpz_set_ui(z, 0);
    for (unsigned i = p->n; i-- > 0;) {
        mpz_mul(z, z, u);
        mpfr_mul_2si(x, p->a[i], w, MPFR_RNDN);
        mpfr_get_z(c, x, MPFR_RNDN);
        mpz_mul_2exp(c, c, (mp_bitcnt_t)h * (p->n - 1 - i));
        mpz_add(z, z, c);
    }
    mpz_clear(c);
    mpfr_clear(x);
}

/* the same at fraction F of n bits of a piece: U = 2 F - 2^n */
static void evaluate_fraction(const struct poly *p, long w, mpz_srcptr fraction, unsigned n,
                              mpz_ptr z)
{
    mpz_t u, half;

    mpz_init(u);
    mpz_init_set_ui(half, 1);
    mpz_mul_2exp(half, half, n);
    mpz_mul_2exp(u, fraction, 1);
    mpz_sub(u, u, half);
    evaluate(p, w, u, n, z);
    mpz_clears(u, half, NULL);
}

/* centre (2 d + 1) / 2^(a+1), half a piece r, times -1 if minus */
static void middle(struct poly *p, int64_t d, int a, bool minus)
{
    mpfr_set_si(p->c, 2 * d + 1, MPFR_RNDN);
    mpfr_div_2si(p->c, p->c, a + 1, MPFR_RNDN);
    mpfr_set_ui(p->r, 1, MPFR_RNDN);
    mpfr_div_2si(p->r, p->r, a + 1, MPFR_RNDN);
    if (minus) {
        mpfr_neg(p->c, p->c, MPFR_RNDN);
        mpfr_neg(p->r, p->r, MPFR_RNDN);
    }
}

static void poly_for(struct poly *p, const struct tc_pieces *s)
{
    poly_new(p, s->degree + 1, 3 * (mpfr_prec_t)s->w + 16 * (mpfr_prec_t)s->degree + 500);
}

/* ------------------------------------------------------------------------- floats */

/* exponent e with 2^(e-1) < g(-d / 8) <= 2^e, g Phi or the sigmoid of the cubic: the constant of
 * their series there */
static long gate_power(enum tc_op op, int64_t d)
{
    struct poly p;
    long e = 0;

    poly_new(&p, 1, 200);
    mpfr_set_si_2exp(p.c, -d, -3, MPFR_RNDN);
    if (op == TC_OP_GELU)
        normal(&p);
    else
        cubic_logistic(&p);
    while (mpfr_cmp_ui_2exp(p.a[0], 1, e - 1) <= 0)
        e--;
    poly_free(&p);
    return e;
}

/* the piece's polynomial at F; returns the power of two that it is to be multiplied by */
static long of_piece(enum tc_op op, const struct tc_pieces *s, int64_t d, bool minus,
                     mpz_srcptr fraction, mpz_ptr z)
{
    int64_t last = (minus ? s->before : s->after) - 1, k = d;
    long w = s->w, power = 0;
    struct poly p;

    poly_for(&p, s);
    d = d < last ? d : last;
    if (op == TC_OP_TANH) {
        middle(&p, d, 2, false);
        logistic(&p, true, true);
    } else if (op == TC_OP_GELU || op == TC_OP_GELU_TANH) {
        middle(&p, d, 3, minus);
        power = minus ? gate_power(op, d) : 0;
        w -= power;
        if (d < last && op == TC_OP_GELU)
            normal(&p);
        else if (d < last)
            cubic_logistic(&p);
        else if (!minus)
            mpfr_set_ui(p.a[0], 1, MPFR_RNDN);
    } else {
        mpfr_t ln2;

        middle(&p, minus && d == last ? 0 : d, 0, minus);
        mpfr_init2(ln2, mpfr_get_prec(p.c));
        mpfr_const_log2(ln2, MPFR_RNDN);
        mpfr_mul(p.c, p.c, ln2, MPFR_RNDN);
        mpfr_mul(p.r, p.r, ln2, MPFR_RNDN);
        mpfr_clear(ln2);
        power = minus ? -(long)k : 0;
        if (d < last)
            logistic(&p, false, false);
        else if (minus)
            exponential(&p, 1);
        else
            mpfr_set_ui(p.a[0], 1, MPFR_RNDN);
        w += minus && d < last ? (long)d : 0;
    }
    evaluate_fraction(&p, w, fraction, s->n, z);
    mpz_fdiv_q_2exp(z, z, (mp_bitcnt_t)s->n * s->degree);
    poly_free(&p);
    return power;
}

static void of_float(const struct tc_prim *p, const struct tc_pieces *s, struct exact *x)
{
    bool minus = s->before && x->minus;
    int64_t last = (minus ? s->before : s->after) - 1, d = INT64_MAX / 2;
    mpz_t t, c, z;
    mpfr_t l;

    mpz_inits(t, c, z, NULL);
    if ((int64_t)mpz_sizeinbase(x->num, 2) + x->e <= s->span) {
        int64_t shift = x->e + s->below;

        if (shift >= 0)
            mpz_mul_2exp(t, x->num, (mp_bitcnt_t)shift);
        else
            mpz_fdiv_q_2exp(t, x->num, (mp_bitcnt_t)-shift);
        if (s->scale) {
            mpfr_init2(l, s->scale + 128);
            mpfr_log_ui(l, 2, MPFR_RNDN);
            mpfr_si_div(l, 1, l, MPFR_RNDN);
            mpfr_mul_2ui(l, l, s->scale, MPFR_RNDN);
            mpfr_get_z(c, l, MPFR_RNDN);
            mpz_mul(t, t, c);
            mpfr_clear(l);
        }
        /* pieces, and their bits */
        mpz_fdiv_q_2exp(t, t, s->below + s->scale - s->parts - s->n);
        mpz_fdiv_q_2exp(c, t, s->n);
        mpz_fdiv_r_2exp(t, t, s->n);
        d = mpz_get_si(c);
    }
    if (minus && (s->least ? d >= s->least : d >= last)) {
        tc_exact_set_ui(x, 0);
        x->minus = p->op != TC_OP_SIGMOID;
    } else if (p->op == TC_OP_TANH && d >= last) {
        minus = x->minus;
        tc_exact_set_ui(x, 1);
        x->minus = minus;
    } else {
        long power = of_piece(p->op, s, d, minus, t, z);

        if (p->op == TC_OP_SIGMOID) {
            tc_exact_set_ui(x, 1);
            x->e = 0;
        }
        mpz_mul(x->num, x->num, z);
        x->e += power - (int64_t)s->w;
    }
    mpz_clears(t, c, z, NULL);
}

/* ------------------------------------------------------------------ fixed, unsigned */

/* x times a number of 0 to 1 */
static bool is_gated(enum tc_op op)
{
    return op == TC_OP_SILU || op == TC_OP_GELU || op == TC_OP_GELU_TANH;
}

/* z 2^-(n K) in units of 2^-w; the piece d of 2^n units, F in it */
static void smooth_value(const struct tc_prim *p, const struct tc_pieces *s, int64_t d,
                         mpz_srcptr fraction, mpz_ptr z)
{
    const struct tc_format *f = &p->format;
    bool last = s->ends[1] && d >= s->after - 1, first = s->ends[0] && d <= -s->before;
    mpfr_t ln2;
    struct poly q;

    poly_for(&q, s);
    middle(&q, d, (int)f->fraction - (int)s->n, false);
    if (p->op == TC_OP_EXP2) {
        mpfr_init2(ln2, mpfr_get_prec(q.c));
        mpfr_const_log2(ln2, MPFR_RNDN);
        mpfr_mul(q.c, q.c, ln2, MPFR_RNDN);
        mpfr_mul(q.r, q.r, ln2, MPFR_RNDN);
        mpfr_clear(ln2);
    }
    if (first || last) {
        if (p->op == TC_OP_TANH)
            mpfr_set_si(q.a[0], last ? 1 : -1, MPFR_RNDN);
        else if (last && (p->op == TC_OP_EXP || p->op == TC_OP_EXP2))
            mpfr_set_ui_2exp(q.a[0], 1,
                             (mpfr_exp_t)f->bits - (f->kind == TC_FIXED) - (mpfr_exp_t)f->fraction,
                             MPFR_RNDN);
        else if (last && p->op == TC_OP_SIGMOID)
            mpfr_set_ui(q.a[0], 1, MPFR_RNDN);
    } else if (p->op == TC_OP_TANH || p->op == TC_OP_SIGMOID || p->op == TC_OP_SILU) {
        logistic(&q, p->op == TC_OP_TANH, false);
    } else if (p->op == TC_OP_GELU) {
        normal(&q);
    } else if (p->op == TC_OP_GELU_TANH) {
        cubic_logistic(&q);
    } else {
        exponential(&q, 1);
    }
    if (!first && !last && is_gated(p->op)) {
        times_argument(&q);
        if (d >= 0) {
            mpfr_sub(q.a[0], q.a[0], q.c, MPFR_RNDN);
            mpfr_sub(q.a[1], q.a[1], q.r, MPFR_RNDN);
        }
    }
    evaluate_fraction(&q, (long)s->w, fraction, s->n, z);
    poly_free(&q);
}

/* down: z is in units of 2^-(w + down) */
static void log_value(const struct tc_prim *p, const struct tc_pieces *s, mpz_srcptr x, mpz_ptr z,
                      unsigned *down)
{
    unsigned h = (unsigned)mpz_sizeinbase(x, 2);
    struct poly q;
    mpz_t u, start;

    *down = 0;
    mpz_set_ui(z, 0);
    if (mpz_sgn(x) < 0)
        return;
    if (!mpz_sgn(x)) {
        mpz_set_si(z, -1);
        mpz_mul_2exp(z, z, s->w + p->format.bits);
        return;
    }
    h = h < 4 ? 0 : h - 4;
    *down = h * s->degree;
    mpz_inits(u, start, NULL);
    poly_for(&q, s);
    mpz_fdiv_q_2exp(start, x, h); /* the eighth; its middle is 2 start + 1 halves */
    mpz_mul_2exp(start, start, 1);
    if (h)
        mpz_add_ui(start, start, 1);
    mpfr_set_z_2exp(q.c, start, (mpfr_exp_t)h - 1 - (mpfr_exp_t)p->format.fraction, MPFR_RNDN);
    mpfr_set_ui_2exp(q.r, 1, (mpfr_exp_t)h - 1 - (mpfr_exp_t)p->format.fraction, MPFR_RNDN);
    logarithm(&q);
    mpz_mul_2exp(start, start, h);
    mpz_mul_2exp(u, x, 1);
    mpz_sub(u, u, start);
    evaluate(&q, (long)s->w, u, h, z);
    mpz_clears(u, start, NULL);
    poly_free(&q);
}

static void circle_value(const struct tc_prim *p, const struct tc_pieces *s, mpz_srcptr x,
                         mpz_ptr z)
{
    mpz_t t, c;
    mpfr_t l;
    struct poly q;
    long d;

    mpz_inits(t, c, NULL);
    mpfr_init2(l, s->scale + 200);
    mpfr_const_pi(l, MPFR_RNDN);
    mpfr_si_div(l, 2, l, MPFR_RNDN);
    mpfr_mul_2ui(l, l, s->scale, MPFR_RNDN);
    mpfr_get_z(c, l, MPFR_RNDN);
    mpfr_clear(l);
    mpz_mul(t, x, c);
    mpz_fdiv_q_2exp(t, t, p->format.fraction + s->scale - 2 - s->n);
    mpz_fdiv_q_2exp(c, t, s->n);
    mpz_fdiv_r_2exp(t, t, s->n);
    d = (long)mpz_fdiv_ui(c, 16);
    poly_for(&q, s);
    mpfr_const_pi(q.r, MPFR_RNDN);
    mpfr_div_2ui(q.r, q.r, 4, MPFR_RNDN);
    mpfr_mul_si(q.c, q.r, 2 * d + 1, MPFR_RNDN);
    circular(&q, p->op == TC_OP_COS);
    evaluate_fraction(&q, (long)s->w, t, s->n, z);
    poly_free(&q);
    mpz_clears(t, c, NULL);
}

static void of_fixed(const struct tc_prim *p, const struct tc_pieces *s, struct exact *x)
{
    unsigned down = s->n * s->degree, fraction = p->format.fraction;
    mpz_t n, t, z, d;

    mpz_inits(n, t, z, d, NULL);
    mpz_set(n, x->num); /* in units of the format */
    if (x->e + (int64_t)fraction >= 0)
        mpz_mul_2exp(n, n, (mp_bitcnt_t)(x->e + (int64_t)fraction));
    else
        mpz_fdiv_q_2exp(n, n, (mp_bitcnt_t) - (x->e + (int64_t)fraction));
    if (x->minus)
        mpz_neg(n, n);
    if (p->op == TC_OP_LOG) {
        log_value(p, s, n, z, &down);
    } else if (p->op == TC_OP_SIN || p->op == TC_OP_COS) {
        circle_value(p, s, n, z);
    } else {
        mpz_fdiv_q_2exp(d, n, s->n);
        mpz_fdiv_r_2exp(t, n, s->n);
        if (mpz_cmp_si(d, s->after) >= 0) /* in the outermost piece, whichever they would be */
            mpz_set_si(d, s->after - 1);
        else if (mpz_cmp_si(d, -s->before) < 0)
            mpz_set_si(d, -s->before);
        smooth_value(p, s, mpz_get_si(d), t, z);
    }
    down += s->w - fraction;
    mpz_set_ui(t, 1);
    mpz_mul_2exp(t, t, down - 1);
    mpz_add(z, z, t);
    mpz_fdiv_q_2exp(z, z, down);
    if (is_gated(p->op) && mpz_sgn(n) > 0)
        mpz_add(z, z, n);
    tc_exact_set_ui(x, 1);
    x->minus = mpz_sgn(z) < 0;
    mpz_abs(x->num, z);
    x->e = -(int64_t)fraction;
    mpz_clears(n, t, z, d, NULL);
}

void tc_reference_pieces(const struct tc_prim *p, struct exact *x)
{
    struct tc_error ignored;
    struct tc_pieces s;

    tc_pieces_size(p, &s, &ignored);
    if (p->format.kind == TC_FLOAT)
        of_float(p, &s, x);
    else
        of_fixed(p, &s, x);
    tc_exact_round(&p->format, x);
}
