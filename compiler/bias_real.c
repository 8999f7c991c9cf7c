/* bias_real.c -- the additive biases as real numbers, rounded once
 *
 * Every bias but those of t5, which are weights, is a real number that is rounded to the
 * format once.  It is computed with more and more digits until both ends of an interval
 * that holds it round alike.  That happens, for where a bias is rational it is computed
 * as such, and an irrational one is not half-way between two numbers of the format:
 *
 *   alibi     |delta| 2^(-a/b), b > 1 in lowest terms: irrational (and for b = 1 exact)
 *   kerple    log(1 + r2 |delta|) is transcendental where r2 |delta| is not 0 (Lindemann);
 *             |delta|^(a/b) in lowest terms is rational where |delta| is a b-th power
 *   sandwich  cosines of algebraic numbers that are not 0, alike or different: a sum of
 *             them, all of one sign, is transcendental (Lindemann and Weierstrass)
 *   fire      u = log A / log B, A and B rational: if it is irrational it is transcendental
 *             (Gelfond and Schneider), and so is a u + b for rational a, not 0, and b; it is
 *             rational where A and B are powers of one number, which Euclid's algorithm on
 *             the exponents finds
 *
 * THEORY.md 5.1 names the sources. */
#include "bias.h"
#include "float.h"

#include <assert.h>
#include <mpfr.h>
#include <stdlib.h>

#define FIRST_PRECISION 96
#define MOST_PRECISION  (1 << 20)
#define EXACT_FROM      256 /* bits above which a rational bias is looked for */

/* ----------------------------------------------------------------- rounding */

static struct tc_format saturating(const struct tc_format *format)
{
    struct tc_format f = *format;

    f.infinity = false;
    return f;
}

int64_t bias_nearest(const struct tc_format *format, mpq_srcptr x)
{
    struct tc_format f = saturating(format);
    unsigned width = tc_format_width(&f);
    uint64_t sign = (uint64_t)1 << (width - 1), word = tc_format_round(&f, x, NULL);

    if (f.kind == TC_FLOAT)
        return word & sign ? -(int64_t)(word ^ sign) : (int64_t)word;
    return (int64_t)(word << (64 - width)) >> (64 - width);
}

static int64_t fixed_of_bound(const struct tc_format *f, mpfr_srcptr x)
{
    int64_t high = INT64_MAX >> (64 - f->bits), v;
    mpfr_t y;

    mpfr_init2(y, mpfr_get_prec(x));
    mpfr_mul_2ui(y, x, f->fraction, MPFR_RNDN);
    mpfr_rint(y, y, MPFR_RNDN);
    v = mpfr_cmp_si(y, high) > 0        ? high
        : mpfr_cmp_si(y, -high - 1) < 0 ? -high - 1
                                        : mpfr_get_si(y, MPFR_RNDN);
    mpfr_clear(y);
    return v;
}

bool bias_decided(const struct tc_format *format, const void *lo, const void *hi, int64_t *value)
{
    struct tc_format f = saturating(format);
    int64_t least, most;

    if (f.kind == TC_FLOAT) {
        least = float_key_of_bound(&f, lo);
        most = float_key_of_bound(&f, hi);
    } else {
        least = fixed_of_bound(&f, lo);
        most = fixed_of_bound(&f, hi);
    }
    *value = least;
    return least == most;
}

/* y is wrong by at most error: does all of that round alike? */
static bool decided(const struct bias *b, mpfr_srcptr y, mpfr_srcptr error, int64_t *value)
{
    mpfr_t lo, hi;
    bool ok;

    mpfr_inits2(mpfr_get_prec(y) + 2, lo, hi, (mpfr_ptr)0);
    mpfr_sub(lo, y, error, MPFR_RNDD);
    mpfr_add(hi, y, error, MPFR_RNDU);
    ok = bias_decided(&b->format, lo, hi, value);
    mpfr_clears(lo, hi, (mpfr_ptr)0);
    return ok;
}

/* y is wrong by at most |y| 2^exponent */
static bool decided_relative(const struct bias *b, mpfr_srcptr y, long exponent, int64_t *value)
{
    mpfr_t error;
    bool ok;

    mpfr_init2(error, 32);
    mpfr_abs(error, y, MPFR_RNDU);
    mpfr_mul_2si(error, error, exponent, MPFR_RNDU);
    ok = decided(b, y, error, value);
    mpfr_clear(error);
    return ok;
}

static uint64_t magnitude(int64_t delta)
{
    return delta < 0 ? -(uint64_t)delta : (uint64_t)delta;
}

/* ------------------------------------------------------------- alibi, kerple */

/* the slope is 2^(-num / den), den a power of two, in lowest terms */
static void alibi_slope(int64_t heads, int64_t h, int64_t *num, int64_t *den)
{
    int64_t p = 1;

    while (2 * p <= heads)
        p *= 2;
    *den = p;
    *num = h < p ? 8 * (h + 1) : 4 * (2 * (h - p) + 1);
    while (*num % 2 == 0 && *den > 1) {
        *num /= 2;
        *den /= 2;
    }
}

static int64_t alibi(const struct bias *b, uint64_t distance, int64_t h)
{
    int64_t num, den, value = 0;
    bool done = false;

    alibi_slope(b->heads, h, &num, &den);
    if (den == 1 || distance == 0) {
        mpq_t x;

        mpq_init(x);
        mpz_set_ui(mpq_numref(x), distance);
        mpq_div_2exp(x, x, (mp_bitcnt_t)num);
        mpq_neg(x, x);
        value = bias_nearest(&b->format, x);
        mpq_clear(x);
        return value;
    }
    /* the quotient below 2^9 is wrong by a relative 2^-prec, the power by 2^(10-prec) */
    for (mpfr_prec_t prec = FIRST_PRECISION; !done; prec *= 2) {
        mpfr_t x;

        assert(prec <= MOST_PRECISION);
        mpfr_init2(x, prec);
        mpfr_set_si(x, -num, MPFR_RNDN);
        mpfr_div_si(x, x, den, MPFR_RNDN);
        mpfr_exp2(x, x, MPFR_RNDN);
        mpfr_mul_ui(x, x, distance, MPFR_RNDN);
        mpfr_neg(x, x, MPFR_RNDN);
        done = decided_relative(b, x, 12 - (long)prec, &value);
        mpfr_clear(x);
    }
    return value;
}

/* |delta|^r2 where that is rational */
static bool exact_power(const struct bias *b, uint64_t distance, mpq_ptr x)
{
    mpz_srcptr root = mpq_denref(b->r2);
    bool exact = distance <= 1;

    mpz_set_ui(mpq_numref(x), distance);
    mpz_set_ui(mpq_denref(x), 1);
    if (exact)
        return true;
    if (mpz_cmp_ui(root, 64) >= 0) /* 2^64 is past any distance */
        return false;
    exact = mpz_root(mpq_numref(x), mpq_numref(x), mpz_get_ui(root));
    if (exact)
        mpz_pow_ui(mpq_numref(x), mpq_numref(x), mpz_get_ui(mpq_numref(b->r2)));
    return exact;
}

static int64_t kerple(const struct bias *b, uint64_t distance)
{
    bool done = distance == 0;
    int64_t value = 0;
    mpq_t q;

    mpq_init(q);
    if (!done && b->variant && exact_power(b, distance, q)) {
        mpq_mul(q, q, b->r1);
        mpq_neg(q, q);
        value = bias_nearest(&b->format, q);
        done = true;
    }
    mpz_set_ui(mpq_numref(q), distance);
    mpz_set_ui(mpq_denref(q), 1);
    if (!b->variant)
        mpq_mul(q, q, b->r2);
    /* log(1 + x) passes on relative errors at most as they are; the power's exponent is below
     * 2 * 64, wrong by three roundings of it */
    for (mpfr_prec_t prec = FIRST_PRECISION; !done; prec *= 2) {
        mpfr_t x, y;

        assert(prec <= MOST_PRECISION);
        mpfr_inits2(prec, x, y, (mpfr_ptr)0);
        mpfr_set_q(x, q, MPFR_RNDN);
        if (b->variant) {
            mpfr_log(x, x, MPFR_RNDN);
            mpfr_set_q(y, b->r2, MPFR_RNDN);
            mpfr_mul(x, x, y, MPFR_RNDN);
            mpfr_exp(x, x, MPFR_RNDN);
        } else {
            mpfr_log1p(x, x, MPFR_RNDN);
        }
        mpfr_set_q(y, b->r1, MPFR_RNDN);
        mpfr_mul(x, x, y, MPFR_RNDN);
        mpfr_neg(x, x, MPFR_RNDN);
        done = decided_relative(b, x, 12 - (long)prec, &value);
        mpfr_clears(x, y, (mpfr_ptr)0);
    }
    mpq_clear(q);
    return value;
}

/* ---------------------------------------------------------------- sandwich */

/* r1 times the sum of cos(distance / base^(k / width)); error gets what it may be off by */
static void sandwich_sum(const struct bias *b, uint64_t distance, mpfr_ptr sum, mpfr_ptr error)
{
    mpfr_prec_t prec = mpfr_get_prec(sum);
    mpfr_t log, x, e;

    mpfr_inits2(prec, log, x, (mpfr_ptr)0);
    mpfr_init2(e, 32);
    mpfr_set_q(log, b->base, MPFR_RNDN);
    mpfr_log(log, log, MPFR_RNDN);
    mpfr_set_ui(sum, 0, MPFR_RNDN);
    mpfr_set_ui(error, 0, MPFR_RNDN);
    for (int64_t k = 1; k <= b->terms; k++) {
        mpfr_mul_si(x, log, -k, MPFR_RNDN);
        mpfr_div_si(x, x, b->width, MPFR_RNDN);
        mpfr_abs(e, x, MPFR_RNDU); /* roundings of it and of the base, and those that follow */
        mpfr_mul_ui(e, e, 8, MPFR_RNDU);
        mpfr_add_ui(e, e, 16 + 4 * (unsigned long)(k / b->width), MPFR_RNDU);
        mpfr_exp(x, x, MPFR_RNDN);
        mpfr_mul_ui(x, x, distance, MPFR_RNDN);
        mpfr_mul(e, e, x, MPFR_RNDU);
        mpfr_add_ui(e, e, 4 + (unsigned long)k, MPFR_RNDU); /* of the cosine, and of the sum */
        mpfr_add(error, error, e, MPFR_RNDU);
        mpfr_cos(x, x, MPFR_RNDN);
        mpfr_add(sum, sum, x, MPFR_RNDN);
    }
    mpfr_mul_2si(error, error, 2 - (long)prec, MPFR_RNDU);
    mpfr_set_q(x, b->r1, MPFR_RNDN);
    mpfr_mul(sum, sum, x, MPFR_RNDN);
    mpfr_mul(error, error, x, MPFR_RNDU);
    mpfr_mul_2ui(error, error, 1, MPFR_RNDU); /* of the factor, at most terms 2^(1-prec) */
    mpfr_clears(log, x, e, (mpfr_ptr)0);
}

static int64_t sandwich(const struct bias *b, uint64_t distance)
{
    bool done = distance == 0;
    int64_t value = 0;

    if (done) {
        mpq_t x;

        mpq_init(x);
        mpq_set_si(x, b->terms, 1);
        mpq_mul(x, x, b->r1);
        value = bias_nearest(&b->format, x);
        mpq_clear(x);
    }
    for (mpfr_prec_t prec = FIRST_PRECISION; !done; prec *= 2) {
        mpfr_t sum, error;

        assert(prec <= MOST_PRECISION);
        mpfr_init2(sum, prec);
        mpfr_init2(error, 32);
        sandwich_sum(b, distance, sum, error);
        done = decided(b, sum, error, &value);
        mpfr_clears(sum, error, (mpfr_ptr)0);
    }
    return value;
}

/* --------------------------------------------------------------------- t5 */

/* whether (x / exact)^parts >= (distance / exact)^m */
static bool reaches(const struct bias *b, int64_t exact, int64_t parts, int64_t m, int64_t x)
{
    mpz_t l, r, e;
    bool yes;

    mpz_init_set_si(l, x);
    mpz_init_set_si(r, b->distance);
    mpz_init_set_si(e, exact);
    mpz_pow_ui(l, l, (unsigned long)parts);
    mpz_pow_ui(r, r, (unsigned long)m);
    mpz_pow_ui(e, e, (unsigned long)(parts - m));
    mpz_mul(r, r, e);
    yes = mpz_cmp(l, r) >= 0;
    mpz_clears(l, r, e, NULL);
    return yes;
}

/* Bucket exact + m begins at the least x with log(x / exact) / log(distance / exact) parts
 * >= m: at exact (distance / exact)^(m / parts), rounded up.  Where that is close to an
 * integer, integers are compared. */
static int64_t t5_bound(const struct bias *b, int64_t exact, int64_t parts, int64_t m)
{
    mpfr_t x, away;
    int64_t bound;

    mpfr_inits2(128, x, away, (mpfr_ptr)0);
    mpfr_set_si(x, b->distance, MPFR_RNDN);
    mpfr_div_si(x, x, exact, MPFR_RNDN);
    mpfr_log(x, x, MPFR_RNDN);
    mpfr_mul_si(x, x, m, MPFR_RNDN);
    mpfr_div_si(x, x, parts, MPFR_RNDN);
    mpfr_exp(x, x, MPFR_RNDN);
    mpfr_mul_si(x, x, exact, MPFR_RNDN);
    mpfr_rint(away, x, MPFR_RNDN);
    bound = mpfr_get_si(away, MPFR_RNDN);
    mpfr_sub(away, x, away, MPFR_RNDN);
    /* below 2^32, wrong by less than 2^-80 */
    if (mpfr_cmp_d(away, 0x1p-64) > 0 ||
        (mpfr_cmp_d(away, -0x1p-64) >= 0 && !reaches(b, exact, parts, m, bound)))
        bound++;
    mpfr_clears(x, away, (mpfr_ptr)0);
    return bound;
}

static void t5_bounds(struct tc_arena *arena, struct bias *b)
{
    int64_t n = b->both ? b->buckets / 2 : b->buckets, exact = n / 2, parts = n - exact;

    b->bound = tc_alloc(arena, (size_t)parts, sizeof *b->bound);
    for (int64_t m = 0; m < parts; m++)
        b->bound[m] = m ? t5_bound(b, exact, parts, m) : exact;
}

int64_t bias_bucket(const struct bias *b, int64_t delta)
{
    int64_t n = b->both ? b->buckets / 2 : b->buckets, exact = n / 2, lo = 0, hi = n - exact;
    int64_t base = b->both && delta < 0 ? n : 0;
    uint64_t x = delta < 0 && !b->both ? 0 : magnitude(delta);

    if (x < (uint64_t)exact)
        return base + (int64_t)x;
    while (hi - lo > 1) { /* the last bucket that begins at x or before */
        int64_t middle = lo + (hi - lo) / 2;

        if (x >= (uint64_t)b->bound[middle])
            lo = middle;
        else
            hi = middle;
    }
    return base + exact + lo;
}

/* ------------------------------------------------------------------- fire */

/* 1 + c x */
static void fire_argument(const struct bias *b, mpq_srcptr x, mpq_ptr y)
{
    mpq_t one;

    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    mpq_mul(y, b->c, x);
    mpq_add(y, y, one);
    mpq_clear(one);
}

/* u = log A / log B, A, B > 1, where that is rational: they are powers of one number */
static bool exact_log(mpq_srcptr a, mpq_srcptr b, mpq_ptr u)
{
    size_t limit = mpz_sizeinbase(mpq_numref(a), 2) + mpz_sizeinbase(mpq_denref(a), 2) +
                   mpz_sizeinbase(mpq_numref(b), 2) + mpz_sizeinbase(mpq_denref(b), 2);
    /* x = a^p[0] b^q[0], y = a^p[1] b^q[1], until one of them is 1 */
    int64_t p[2] = {1, 0}, q[2] = {0, 1};
    mpq_t x[2];
    bool exact = false;

    mpq_init(x[0]);
    mpq_init(x[1]);
    mpq_set(x[0], a);
    mpq_set(x[1], b);
    for (size_t round = 0; round < 2 * limit && !exact; round++) {
        unsigned large = mpq_cmp(x[0], x[1]) >= 0 ? 0 : 1;

        mpq_div(x[large], x[large], x[!large]);
        p[large] -= p[!large];
        q[large] -= q[!large];
        if (mpz_sizeinbase(mpq_numref(x[large]), 2) > limit)
            break;
        exact = mpq_cmp_ui(x[large], 1, 1) == 0;
        if (exact) { /* p log a + q log b = 0 */
            mpq_set_si(u, -q[large], 1);
            mpz_set_si(mpq_denref(u), p[large]);
            if (p[large] < 0) {
                mpz_neg(mpq_numref(u), mpq_numref(u));
                mpz_neg(mpq_denref(u), mpq_denref(u));
            }
            mpq_canonicalize(u);
        }
    }
    mpq_clear(x[0]);
    mpq_clear(x[1]);
    return exact;
}

/* entries of the MLP as fractions: F_1, F_b1, F_2, F_b2 */
static mpq_srcptr fire_weight(const struct bias *b, int64_t at)
{
    return b->number[at];
}

/* the MLP at a rational u, exactly */
static int64_t fire_exact(const struct bias *b, mpq_srcptr u, int64_t h)
{
    int64_t n = b->hidden, value;
    mpq_t sum, x;

    mpq_init(sum);
    mpq_init(x);
    mpq_set(sum, fire_weight(b, 2 * n + n * b->heads + h));
    for (int64_t m = 0; m < n; m++) {
        mpq_mul(x, u, fire_weight(b, m));
        mpq_add(x, x, fire_weight(b, n + m));
        if (mpq_sgn(x) <= 0)
            continue;
        mpq_mul(x, x, fire_weight(b, 2 * n + m * b->heads + h));
        mpq_add(sum, sum, x);
    }
    value = bias_nearest(&b->format, sum);
    mpq_clear(sum);
    mpq_clear(x);
    return value;
}

/* The MLP at u, wrong by a relative 2^(5-prec) and irrational.  error: each of its 6 roundings
 * a unit, and the last sum's, is at most 2^-prec of the sum of the parts' magnitudes.  *flat:
 * the sum does not depend on u, and is *constant. */
static void fire_real(const struct bias *b, mpfr_srcptr u, int64_t h, mpfr_ptr sum, mpfr_ptr error,
                      bool *flat, mpq_ptr constant)
{
    mpfr_prec_t prec = mpfr_get_prec(u);
    int64_t n = b->hidden;
    mpq_srcptr last = fire_weight(b, 2 * n + n * b->heads + h);
    mpq_t slope, part;
    mpfr_t z, w, all;

    mpq_init(slope);
    mpq_init(part);
    mpq_set(constant, last);
    mpfr_inits2(prec, z, w, (mpfr_ptr)0);
    mpfr_init2(all, 32);
    mpfr_set_q(sum, last, MPFR_RNDN);
    mpfr_abs(all, sum, MPFR_RNDU);
    for (int64_t m = 0; m < n; m++) {
        mpq_srcptr f1 = fire_weight(b, m), b1 = fire_weight(b, n + m);
        mpq_srcptr f2 = fire_weight(b, 2 * n + m * b->heads + h);

        /* |f2| (|f1 u| + |b1|) bounds the part whether the unit is on or not */
        mpfr_mul_q(z, u, f1, MPFR_RNDN);
        mpfr_mul_q(w, z, f2, MPFR_RNDN);
        mpfr_abs(w, w, MPFR_RNDU);
        mpfr_add(all, all, w, MPFR_RNDU);
        mpq_mul(part, b1, f2);
        mpfr_set_q(w, part, MPFR_RNDN);
        mpfr_abs(w, w, MPFR_RNDU);
        mpfr_add(all, all, w, MPFR_RNDU);
        mpfr_add_q(z, z, b1, MPFR_RNDN);
        if (mpfr_sgn(z) <= 0)
            continue;
        mpq_add(constant, constant, part);
        mpq_mul(part, f1, f2);
        mpq_add(slope, slope, part);
        mpfr_mul_q(z, z, f2, MPFR_RNDN);
        mpfr_add(sum, sum, z, MPFR_RNDN);
    }
    mpfr_mul_ui(error, all, 64 + 2 * (unsigned long)n, MPFR_RNDU);
    mpfr_mul_2si(error, error, 1 - (long)prec, MPFR_RNDU);
    *flat = mpq_sgn(slope) == 0;
    mpq_clear(slope);
    mpq_clear(part);
    mpfr_clears(z, w, all, (mpfr_ptr)0);
}

static int64_t fire(const struct bias *b, int64_t i, uint64_t distance, int64_t h)
{
    mpq_t x, a, m, u;
    int64_t value = 0;
    bool done = false;

    mpq_init(x);
    mpq_init(a);
    mpq_init(m);
    mpq_init(u);
    mpz_set_si(mpq_numref(x), i);
    fire_argument(b, mpq_cmp(b->limit, x) > 0 ? b->limit : x, m);
    mpz_set_ui(mpq_numref(x), distance);
    fire_argument(b, x, a);
    if (distance == 0) {
        value = fire_exact(b, u, h);
        done = true;
    }
    for (mpfr_prec_t prec = FIRST_PRECISION; !done; prec *= 2) {
        mpfr_t y, z, sum, error;
        bool flat;

        if (prec >= EXACT_FROM && prec < 2 * EXACT_FROM && exact_log(a, m, u)) {
            value = fire_exact(b, u, h);
            break;
        }
        assert(prec <= MOST_PRECISION);
        mpfr_inits2(prec, y, z, sum, (mpfr_ptr)0);
        mpfr_init2(error, 32);
        /* log(1 + x): of the exact x, each to a relative 2^(1-prec) */
        mpq_mul(u, b->c, x);
        mpfr_set_q(y, u, MPFR_RNDN);
        mpfr_log1p(y, y, MPFR_RNDN);
        mpq_set_ui(u, 1, 1);
        mpq_sub(u, m, u);
        mpfr_set_q(z, u, MPFR_RNDN);
        mpfr_log1p(z, z, MPFR_RNDN);
        mpfr_div(y, y, z, MPFR_RNDN);
        fire_real(b, y, h, sum, error, &flat, u);
        done = decided(b, sum, error, &value);
        if (!done && flat && prec >= 2 * EXACT_FROM) {
            value = bias_nearest(&b->format, u);
            done = true;
        }
        mpfr_clears(y, z, sum, error, (mpfr_ptr)0);
    }
    mpq_clear(x);
    mpq_clear(a);
    mpq_clear(m);
    mpq_clear(u);
    return value;
}

int64_t bias_psi(const struct bias *b, int64_t position)
{
    int64_t value = 0;
    bool done;
    mpq_t x;

    mpq_init(x);
    mpz_set_ui(mpq_numref(x), magnitude(position));
    if (b->limit && mpq_cmp(b->limit, x) > 0)
        mpq_set(x, b->limit);
    mpq_mul(x, x, b->c);
    done = mpq_sgn(x) == 0;
    for (mpfr_prec_t prec = FIRST_PRECISION; !done; prec *= 2) {
        mpfr_t y;

        assert(prec <= MOST_PRECISION);
        mpfr_init2(y, prec);
        mpfr_set_q(y, x, MPFR_RNDN);
        mpfr_log1p(y, y, MPFR_RNDN);
        done = decided_relative(b, y, 2 - (long)prec, &value);
        mpfr_clear(y);
    }
    mpq_clear(x);
    return value;
}

/* ---------------------------------------------------------------------- all */

void bias_real_open(struct tc_arena *arena, struct bias *b)
{
    if (b->kind == TC_T5)
        t5_bounds(arena, b);
    if (b->nentry && b->kind == TC_FIRE) {
        mpz_ptr z = tc_mpz(arena);

        b->number = tc_alloc(arena, (size_t)b->nentry, sizeof *b->number);
        for (int64_t k = 0; k < b->nentry; k++) {
            mpq_ptr q = tc_mpq(arena);

            number_of(&b->low, b->format.kind == TC_FLOAT, b->entry[k], z);
            mpq_set_z(q, z);
            mpq_div_2exp(q, q, b->low.fraction);
            b->number[k] = q;
        }
    }
}

int64_t bias_real(const struct bias *b, int64_t i, int64_t delta, int64_t h)
{
    uint64_t distance = magnitude(delta);

    if (h < 0 || (b->heads && h >= b->heads))
        return 0;
    switch (b->kind) {
    case TC_ALIBI:
        return alibi(b, distance, h);
    case TC_KERPLE:
        return kerple(b, distance);
    case TC_SANDWICH:
        return sandwich(b, distance);
    case TC_T5:
        return b->entry[bias_bucket(b, delta) * b->heads + h];
    case TC_FIRE:
        return fire(b, i < 0 ? 0 : i, distance, h);
    default:
        return 0;
    }
}
