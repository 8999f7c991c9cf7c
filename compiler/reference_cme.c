/* reference_cme.c -- kernel ridge regression in the place of softmax, by its definition
 *
 * y_i = V^T (K + lambda I)^-1 b_i, K[j,l] = R(kernel(k_j, k_l)), b_i[j] = R(kernel(k_j, q_i)): by the
 * first terms of a damped Neumann series, or by features and the adjugate of a small
 * matrix.  With op everything is rounded in the order written in SPEC.md, else all after K and b
 * (or the features) is exact, in fractions, and rounded once. */
#include "reference.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define MOST 3 /* features */

struct cme {
    struct evaluator *ev;
    const struct tc_block *b;
    const struct tc_cme *c;
    int64_t head, n, d, stride; /* of rows of q, k, v and y */
    const struct element *q, *k, *v;
    struct element *y;
    bool *special; /* what was read since it was cleared */
};

static const struct element *row(const struct cme *m, const struct element *of, int64_t i)
{
    return of + i * m->stride;
}

/* of what is no number 0, and it is noted */
static void fraction(const struct cme *m, mpq_ptr x, struct element v)
{
    if (tc_ref_special(v)) {
        *m->special = true;
        v = (struct element){0, 0};
    }
    mpz_set_si(mpq_numref(x), v.m);
    mpz_set_ui(mpq_denref(x), 1);
    if (v.e < 0)
        mpq_div_2exp(x, x, (mp_bitcnt_t)-v.e);
    else
        mpq_mul_2exp(x, x, (mp_bitcnt_t)v.e);
}

static struct element product(const struct cme *m, struct element a, struct element b)
{
    return tc_ref_product(&m->ev->round, a, b);
}

static struct element sum(const struct cme *m, struct element a, struct element b)
{
    return tc_ref_sum(&m->ev->round, a, b);
}

/* R(c v) of an exact number c */
static struct element scaled(const struct cme *m, mpq_srcptr c, struct element v)
{
    struct element r;
    mpq_t x;

    mpq_init(x);
    fraction(m, x, v);
    mpq_mul(x, x, c);
    r = tc_ref_round_rational(&m->ev->round, x);
    mpq_clear(x);
    return r;
}

/* R of the sum of n elements */
static struct element total(const struct cme *m, int64_t n, const struct element *x)
{
    struct dyadic *s = &m->ev->sum;

    tc_ref_set(s, (struct element){0, 0});
    for (int64_t k = 0; k < n; k++)
        tc_ref_add_element(&m->ev->round, s, x[k]);
    return tc_ref_round(&m->ev->round, s);
}

/* R(x), NaN where what is no number was read */
static struct element rounded(const struct cme *m, mpq_srcptr x)
{
    return *m->special ? tc_ref_nan() : tc_ref_round_rational(&m->ev->round, x);
}

/* ------------------------------------------------------------------ kernels */

/* R(argument of exp), or of the linear kernel R of it */
static struct element argument(const struct cme *m, const struct element *x,
                               const struct element *y)
{
    bool rbf = m->c->kernel == TC_KERNEL_RBF;
    struct element *part = tc_xcalloc((size_t)m->d, sizeof *part), r;
    mpq_t scale, s, a, b;

    *m->special = false;
    mpq_inits(scale, s, a, b, NULL);
    mpq_set_ui(scale, 1, 1);
    if (m->c->kernel != TC_KERNEL_LINEAR)
        mpq_inv(scale, m->c->gamma);
    if (rbf) {
        mpq_div_2exp(scale, scale, 1);
        mpq_neg(scale, scale);
    }
    for (int64_t c = 0; c < m->d; c++) {
        if (m->ev->op && rbf) {
            part[c] = sum(m, x[c], tc_ref_negative(y[c]));
            part[c] = product(m, part[c], part[c]);
        } else if (m->ev->op) {
            part[c] = product(m, x[c], y[c]);
        } else {
            fraction(m, a, x[c]);
            fraction(m, b, y[c]);
            if (rbf) {
                mpq_sub(a, a, b);
                mpq_set(b, a);
            }
            mpq_mul(a, a, b);
            mpq_add(s, s, a);
        }
    }
    if (m->ev->op) {
        r = total(m, m->d, part);
        if (m->c->kernel != TC_KERNEL_LINEAR)
            r = scaled(m, scale, r);
    } else {
        mpq_mul(s, s, scale);
        r = rounded(m, s);
    }
    mpq_clears(scale, s, a, b, NULL);
    free(part);
    return r;
}

static struct element kernel(const struct cme *m, const struct element *x, const struct element *y)
{
    struct element s = argument(m, x, y);

    return m->c->kernel == TC_KERNEL_LINEAR ? s : tc_ref_function(m->ev, REAL_EXP, s);
}

static struct element *kernel_matrix(const struct cme *m)
{
    struct element *k = tc_xcalloc((size_t)(m->n * m->n), sizeof *k);

    for (int64_t j = 0; j < m->n; j++)
        for (int64_t l = 0; l < m->n; l++)
            k[j * m->n + l] = kernel(m, row(m, m->k, j), row(m, m->k, l));
    return k;
}

/* -------------------------------------------------------------------- terms */

/* w <- R(w + R(omega R(b - R(R(K w) + R(lambda w))))), t - 1 times from R(omega b) */
static void richardson(const struct cme *m, const struct element *k, const struct element *b,
                       struct element *w)
{
    struct element *part = tc_xcalloc((size_t)m->n, sizeof *part);
    struct element *next = tc_xcalloc((size_t)m->n, sizeof *next);

    for (int64_t j = 0; j < m->n; j++)
        w[j] = scaled(m, m->c->damping, b[j]);
    for (int64_t t = 1; t < m->c->terms; t++) {
        for (int64_t j = 0; j < m->n; j++) {
            struct element s;

            for (int64_t l = 0; l < m->n; l++)
                part[l] = product(m, k[j * m->n + l], w[l]);
            s = sum(m, total(m, m->n, part), scaled(m, m->c->lambda, w[j]));
            s = scaled(m, m->c->damping, sum(m, b[j], tc_ref_negative(s)));
            next[j] = sum(m, w[j], s);
        }
        for (int64_t j = 0; j < m->n; j++)
            w[j] = next[j];
    }
    free(part);
    free(next);
}

/* the same without roundings: x[j], n fractions */
static void neumann(const struct cme *m, const struct element *k, const struct element *b, mpq_t *x)
{
    mpq_t *next = tc_xcalloc((size_t)m->n, sizeof *next), s, a;

    mpq_inits(s, a, NULL);
    for (int64_t j = 0; j < m->n; j++)
        mpq_init(next[j]);
    for (int64_t t = 0; t < m->c->terms; t++) {
        for (int64_t j = 0; j < m->n; j++) {
            mpq_mul(s, x[j], m->c->lambda);
            for (int64_t l = 0; t && l < m->n; l++) { /* at first x is 0 */
                fraction(m, a, k[j * m->n + l]);
                mpq_mul(a, a, x[l]);
                mpq_add(s, s, a);
            }
            fraction(m, a, b[j]);
            mpq_sub(s, a, s);
            mpq_mul(s, s, m->c->damping);
            mpq_add(next[j], x[j], s);
        }
        for (int64_t j = 0; j < m->n; j++)
            mpq_set(x[j], next[j]);
    }
    for (int64_t j = 0; j < m->n; j++)
        mpq_clear(next[j]);
    free(next);
    mpq_clears(s, a, NULL);
}

#define ROUNDS 1000 /* of the power method: the largest eigenvalue to some digits */

/* y = (I - omega (K + lambda I)) x; its length */
static double contract(const struct cme *m, const double *k, const double *x, double *y)
{
    double omega = mpq_get_d(m->c->damping), lambda = mpq_get_d(m->c->lambda), length = 0;

    for (int64_t j = 0; j < m->n; j++) {
        double s = lambda * x[j];

        for (int64_t l = 0; l < m->n; l++)
            s += k[j * m->n + l] * x[l];
        y[j] = x[j] - omega * s;
        length += y[j] * y[j];
    }
    return sqrt(length);
}

/* what the series leaves after its terms, for these keys: to see, no part of the result */
static void note_contraction(const struct cme *m, const struct element *kernels)
{
    size_t n = (size_t)m->n;
    double *k = tc_xcalloc(n * n, sizeof *k), *x = tc_xcalloc(n, sizeof *x),
           *y = tc_xcalloc(n, sizeof *y), rate = 0;

    for (size_t e = 0; e < n * n; e++)
        k[e] = tc_ref_special(kernels[e]) ? NAN : ldexp((double)kernels[e].m, (int)kernels[e].e);
    for (size_t j = 0; j < n; j++)
        x[j] = 1 + (double)(j % 7) / 8;
    for (unsigned r = 0; r < ROUNDS; r++) {
        rate = contract(m, k, x, y);
        for (size_t j = 0; j < n; j++)
            x[j] = rate > 0 ? y[j] / rate : 0;
    }
    fprintf(m->ev->notes, "%s, head %lld: ", m->b->path, (long long)m->head);
    if (rate < 1)
        fprintf(m->ev->notes,
                "each term leaves at most rho = %.4g of the error, so %lld leave rho^%lld = %.3g\n",
                rate, (long long)m->c->terms, (long long)m->c->terms,
                pow(rate, (double)m->c->terms));
    else
        fprintf(m->ev->notes,
                "rho = %.4g, so the series does not converge for these keys: lambda is too small "
                "for them, or damping too large\n",
                rate);
    free(k);
    free(x);
    free(y);
}

static void by_terms(const struct cme *m)
{
    struct element *k = kernel_matrix(m);
    struct element *b = tc_xcalloc((size_t)m->n, sizeof *b), *w = tc_xcalloc((size_t)m->n, sizeof *w);
    mpq_t *x = tc_xcalloc((size_t)m->n, sizeof *x), s, a;
    bool weights;

    if (m->ev->notes)
        note_contraction(m, k);
    mpq_inits(s, a, NULL);
    for (int64_t j = 0; j < m->n; j++)
        mpq_init(x[j]);
    for (int64_t i = 0; i < m->n; i++) {
        struct element *y = m->y + i * m->stride;

        for (int64_t j = 0; j < m->n; j++) {
            b[j] = kernel(m, row(m, m->k, j), row(m, m->q, i));
            mpq_set_ui(x[j], 0, 1);
        }
        *m->special = false;
        if (m->ev->op)
            richardson(m, k, b, w);
        else
            neumann(m, k, b, x);
        weights = *m->special;
        for (int64_t c = 0; c < m->d; c++) {
            *m->special = weights;
            mpq_set_ui(s, 0, 1);
            for (int64_t j = 0; j < m->n; j++) {
                struct element v = row(m, m->v, j)[c];

                if (m->ev->op) {
                    b[j] = product(m, w[j], v);
                } else {
                    fraction(m, a, v);
                    mpq_mul(a, a, x[j]);
                    mpq_add(s, s, a);
                }
            }
            y[c] = m->ev->op ? total(m, m->n, b) : rounded(m, s);
        }
    }
    for (int64_t j = 0; j < m->n; j++)
        mpq_clear(x[j]);
    mpq_clears(s, a, NULL);
    free(x);
    free(w);
    free(b);
    free(k);
}

/* ----------------------------------------------------------------- features */

/* R(x^power / root(power! gamma^power)) */
static struct element power_feature(const struct cme *m, struct element x, unsigned power)
{
    struct element r;
    mpq_t s, gamma;

    if (power && tc_ref_special(x))
        return tc_ref_nan();
    mpq_inits(s, gamma, NULL);
    if (power)
        fraction(m, s, x);
    mpq_mul(s, s, s); /* the feature's square */
    mpq_set(gamma, m->c->gamma);
    if (power == 2) {
        mpq_mul(s, s, s);
        mpq_mul(gamma, gamma, gamma);
        mpq_mul_2exp(gamma, gamma, 1);
    }
    mpq_div(s, s, gamma);
    if (power == 0)
        mpq_set_ui(s, 1, 1);
    r = tc_ref_round_root(&m->ev->round, NULL, power == 1 && x.m < 0 ? -1 : 1, mpq_numref(s),
                          mpq_denref(s), 0);
    mpq_clears(s, gamma, NULL);
    return r;
}

static struct element feature(const struct cme *m, const struct element *x, unsigned r)
{
    if (m->c->kernel == TC_KERNEL_LINEAR)
        return x[r];
    if (m->d == 1)
        return power_feature(m, x[0], r);
    return power_feature(m, r ? x[r - 1] : x[0], r > 0);
}

/* determinant of a by its first row; n up to 3 */
static void determinant(unsigned n, mpq_t a[MOST][MOST], mpq_ptr det)
{
    mpq_t minor[MOST][MOST], d;

    mpq_set_ui(det, n == 0, 1);
    for (unsigned r = 0; r < MOST; r++)
        for (unsigned c = 0; c < MOST; c++)
            mpq_init(minor[r][c]);
    mpq_init(d);
    for (unsigned k = 0; k < n; k++) {
        for (unsigned r = 1; r < n; r++)
            for (unsigned c = 0; c + 1 < n; c++)
                mpq_set(minor[r - 1][c], a[r][c + (c >= k)]);
        determinant(n - 1, minor, d);
        mpq_mul(d, d, a[0][k]);
        if (k % 2)
            mpq_sub(det, det, d);
        else
            mpq_add(det, det, d);
    }
    for (unsigned r = 0; r < MOST; r++)
        for (unsigned c = 0; c < MOST; c++)
            mpq_clear(minor[r][c]);
    mpq_clear(d);
}

/* the solution of g z = f by Cramer's rule, its numerators and the determinant */
static void cramer(unsigned n, mpq_t g[MOST][MOST], mpq_t f[MOST], mpq_t z[MOST], mpq_ptr det)
{
    mpq_t saved[MOST];

    determinant(n, g, det);
    for (unsigned r = 0; r < n; r++)
        mpq_init(saved[r]);
    for (unsigned c = 0; c < n; c++) {
        for (unsigned r = 0; r < n; r++) {
            mpq_set(saved[r], g[r][c]);
            mpq_set(g[r][c], f[r]);
        }
        determinant(n, g, z[c]);
        for (unsigned r = 0; r < n; r++)
            mpq_set(g[r][c], saved[r]);
    }
    for (unsigned r = 0; r < n; r++)
        mpq_clear(saved[r]);
}

static void features_exact(const struct cme *m)
{
    unsigned n = (unsigned)m->c->features;
    mpq_t g[MOST][MOST], f[MOST], z[MOST], det, s, u, a;
    bool keys, query;

    mpq_inits(det, s, u, a, NULL);
    for (unsigned r = 0; r < MOST; r++) {
        mpq_inits(f[r], z[r], NULL);
        for (unsigned c = 0; c < MOST; c++)
            mpq_init(g[r][c]);
    }
    *m->special = false;
    for (unsigned r = 0; r < n; r++)
        for (unsigned c = 0; c < n; c++) {
            if (r == c)
                mpq_set(g[r][c], m->c->lambda);
            for (int64_t j = 0; j < m->n; j++) {
                fraction(m, s, feature(m, row(m, m->k, j), r));
                fraction(m, a, feature(m, row(m, m->k, j), c));
                mpq_mul(s, s, a);
                mpq_add(g[r][c], g[r][c], s);
            }
        }
    keys = *m->special;
    for (int64_t i = 0; i < m->n; i++) {
        *m->special = keys;
        for (unsigned r = 0; r < n; r++)
            fraction(m, f[r], feature(m, row(m, m->q, i), r));
        query = *m->special;
        cramer(n, g, f, z, det);
        assert(mpq_sgn(det) > 0);
        for (int64_t c = 0; c < m->d; c++) {
            *m->special = query;
            mpq_set_ui(s, 0, 1);
            for (unsigned r = 0; r < n; r++)
                for (int64_t j = 0; j < m->n; j++) {
                    fraction(m, u, row(m, m->v, j)[c]);
                    fraction(m, a, feature(m, row(m, m->k, j), r));
                    mpq_mul(u, u, a);
                    mpq_mul(u, u, z[r]);
                    mpq_add(s, s, u);
                }
            mpq_div(s, s, det);
            m->y[i * m->stride + c] = rounded(m, s);
        }
    }
    for (unsigned r = 0; r < MOST; r++) {
        mpq_clears(f[r], z[r], NULL);
        for (unsigned c = 0; c < MOST; c++)
            mpq_clear(g[r][c]);
    }
    mpq_clears(det, s, u, a, NULL);
}

/* adjugate times the reciprocal of the determinant of a symmetric matrix, every operation rounded */
static void inverse_rounded(const struct cme *m, unsigned n, struct element g[MOST][MOST],
                            struct element inverse[MOST][MOST])
{
    struct element zero = {0, 0}, c[MOST][MOST], part[MOST], det = g[0][0], recip;
    mpq_t x;

    for (unsigned a = 0; n > 1 && a < n; a++)
        for (unsigned b = a; b < n; b++) {
            unsigned r = (a + 1) % n, s = (a + 2) % n, t = (b + 1) % n, u = (b + 2) % n;

            if (n == 3)
                c[a][b] = sum(m, product(m, g[r][t], g[s][u]),
                              tc_ref_negative(product(m, g[r][u], g[s][t])));
            else
                c[a][b] = a == b ? g[r][r] : sum(m, zero, tc_ref_negative(g[a][b]));
            c[b][a] = c[a][b];
        }
    for (unsigned b = 0; n > 1 && b < n; b++)
        part[b] = product(m, g[0][b], c[0][b]);
    if (n > 1)
        det = total(m, n, part);
    mpq_init(x);
    fraction(m, x, det);
    recip = m->ev->round.largest;
    if (det.m) {
        mpq_inv(x, x);
        recip = tc_ref_round_rational(&m->ev->round, x);
    }
    mpq_clear(x);
    for (unsigned a = 0; a < n; a++)
        for (unsigned b = 0; b < n; b++)
            inverse[a][b] = n == 1 ? recip : product(m, c[a][b], recip);
}

static void features_rounded(const struct cme *m)
{
    unsigned n = (unsigned)m->c->features;
    struct element *part = tc_xcalloc((size_t)m->n, sizeof *part);
    struct element g[MOST][MOST] = {{{0}}}, inverse[MOST][MOST], z[MOST], u, few[MOST];
    mpq_t x;

    mpq_init(x);
    for (unsigned r = 0; r < n; r++)
        for (unsigned c = 0; c < n; c++) {
            for (int64_t j = 0; j < m->n; j++)
                part[j] = product(m, feature(m, row(m, m->k, j), r), feature(m, row(m, m->k, j), c));
            g[r][c] = total(m, m->n, part);
            if (r == c) {
                fraction(m, x, g[r][c]);
                mpq_add(x, x, m->c->lambda);
                g[r][c] = tc_ref_round_rational(&m->ev->round, x);
            }
        }
    inverse_rounded(m, n, g, inverse);
    for (int64_t i = 0; i < m->n; i++) {
        for (unsigned r = 0; r < n; r++) {
            for (unsigned c = 0; c < n; c++)
                few[c] = product(m, inverse[r][c], feature(m, row(m, m->q, i), c));
            z[r] = total(m, n, few);
        }
        for (int64_t c = 0; c < m->d; c++) {
            for (unsigned r = 0; r < n; r++) {
                for (int64_t j = 0; j < m->n; j++)
                    part[j] = product(m, feature(m, row(m, m->k, j), r), row(m, m->v, j)[c]);
                u = total(m, m->n, part);
                few[r] = product(m, u, z[r]);
            }
            m->y[i * m->stride + c] = total(m, n, few);
        }
    }
    mpq_clear(x);
    free(part);
}

void tc_ref_cme(struct evaluator *ev, const struct tc_block *b, int64_t head,
                const struct element *q, const struct element *k, const struct element *v,
                struct element *y)
{
    const struct tc_attention *a = &b->attention;
    bool special = false;
    struct cme m = {.ev = ev,
                    .b = b,
                    .head = head,
                    .c = &a->cme,
                    .n = ev->n,
                    .d = a->head_width.value,
                    .stride = a->heads.value * a->head_width.value,
                    .q = q,
                    .k = k,
                    .v = v,
                    .y = y,
                    .special = &special};

    if (a->cme.terms)
        by_terms(&m);
    else if (ev->op)
        features_rounded(&m);
    else
        features_exact(&m);
}
