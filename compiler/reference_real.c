/* reference_real.c -- real functions, rounded to the format once
 *
 * That growing precision ends: exp, cos and sin at algebraic numbers other than 0 are
 * transcendental (Lindemann, Weierstrass), so are tanh, the sigmoid and erf there
 * (Siegel, Shidlovskii), and no tie is.  Of gelu's form with tanh, whose argument is
 * transcendental, it is not known; a value that were a tie would be met by the bound on
 * the precision.  Arguments next to 0 and far from it are told apart first, so that no
 * precision is large.
 */
#include "reference.h"

#include <assert.h>
#include <stdlib.h>

#define MOST_PRECISION ((mpfr_prec_t)1 << 28)

/* -------------------------------------------------------------- enclosures */

/* R, of a number of either sign, or infinite */
static struct element round_mpfr(struct rounder *r, mpfr_srcptr x)
{
    struct dyadic d;
    struct element v;

    assert(!mpfr_nan_p(x));
    if (mpfr_inf_p(x) && r->infinite)
        return (struct element){mpfr_sgn(x) > 0 ? 1 : -1, TC_REF_SPECIAL};
    if (mpfr_inf_p(x))
        return mpfr_sgn(x) > 0 ? r->largest : r->lowest;
    if (mpfr_zero_p(x))
        return (struct element){0, 0};
    mpz_init(d.m);
    d.special = false;
    d.e = mpfr_get_z_2exp(d.m, x);
    v = tc_ref_round(r, &d);
    mpz_clear(d.m);
    return v;
}

struct element tc_ref_enclosed(struct rounder *r, enclosure *enclose, const void *of)
{
    mpfr_prec_t precision = 64 + (mpfr_prec_t)r->places;
    struct element low, high;

    do {
        mpfr_t lo, hi;

        assert(precision < MOST_PRECISION);
        mpfr_inits2(precision, lo, hi, (mpfr_ptr)NULL);
        enclose(of, lo, hi);
        assert(mpfr_lessequal_p(lo, hi));
        low = round_mpfr(r, lo);
        high = round_mpfr(r, hi);
        mpfr_clears(lo, hi, (mpfr_ptr)NULL);
        precision *= 2;
    } while (!tc_ref_same(low, high));
    return low;
}

void tc_ref_times(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr from, mpfr_srcptr to)
{
    mpfr_srcptr const own[2] = {lo, hi}, other[2] = {from, to};
    mpfr_t least, most, t;

    mpfr_inits2(mpfr_get_prec(lo), least, most, t, (mpfr_ptr)NULL);
    for (int c = 0; c < 4; c++) {
        mpfr_mul(t, own[c & 1], other[c >> 1], MPFR_RNDD);
        if (c == 0 || mpfr_less_p(t, least))
            mpfr_set(least, t, MPFR_RNDD);
        mpfr_mul(t, own[c & 1], other[c >> 1], MPFR_RNDU);
        if (c == 0 || mpfr_greater_p(t, most))
            mpfr_set(most, t, MPFR_RNDU);
    }
    mpfr_swap(lo, least);
    mpfr_swap(hi, most);
    mpfr_clears(least, most, t, (mpfr_ptr)NULL);
}

/* ---------------------------------------------- functions of an exact number */

struct argument {
    enum real f;
    mpfr_srcptr x; /* exact */
};

/* 1 / (1 + e^-u) for u in [lo, hi] */
static void enclose_sigmoid(mpfr_ptr lo, mpfr_ptr hi)
{
    mpfr_neg(lo, lo, MPFR_RNDN);
    mpfr_neg(hi, hi, MPFR_RNDN);
    mpfr_exp(lo, lo, MPFR_RNDU);
    mpfr_exp(hi, hi, MPFR_RNDD);
    mpfr_add_ui(lo, lo, 1, MPFR_RNDU);
    mpfr_add_ui(hi, hi, 1, MPFR_RNDD);
    mpfr_ui_div(lo, 1, lo, MPFR_RNDD);
    mpfr_ui_div(hi, 1, hi, MPFR_RNDU);
}

/* the normal distribution at x: erfc(-x / root 2) / 2 */
static void enclose_normal(mpfr_srcptr x, mpfr_ptr lo, mpfr_ptr hi)
{
    mpfr_t from, to;

    mpfr_inits2(mpfr_get_prec(lo), from, to, (mpfr_ptr)NULL);
    mpfr_set_ui(from, 2, MPFR_RNDN);
    mpfr_rec_sqrt(to, from, MPFR_RNDU);
    mpfr_rec_sqrt(from, from, MPFR_RNDD);
    mpfr_neg(lo, x, MPFR_RNDD);
    mpfr_neg(hi, x, MPFR_RNDU);
    tc_ref_times(lo, hi, from, to);
    mpfr_erfc(from, hi, MPFR_RNDD);
    mpfr_erfc(to, lo, MPFR_RNDU);
    mpfr_div_2ui(lo, from, 1, MPFR_RNDD);
    mpfr_div_2ui(hi, to, 1, MPFR_RNDU);
    mpfr_clears(from, to, (mpfr_ptr)NULL);
}

/* 2 root(2/pi) (x + 0.044715 x^3); half of gelu's tanh is a sigmoid of twice as much */
static void enclose_cubic(mpfr_srcptr x, mpfr_ptr lo, mpfr_ptr hi)
{
    mpfr_t from, to;

    mpfr_inits2(mpfr_get_prec(lo), from, to, (mpfr_ptr)NULL);
    mpfr_sqr(from, x, MPFR_RNDD);
    mpfr_sqr(to, x, MPFR_RNDU);
    mpfr_mul_ui(from, from, 44715, MPFR_RNDD);
    mpfr_mul_ui(to, to, 44715, MPFR_RNDU);
    mpfr_div_ui(from, from, 1000000, MPFR_RNDD);
    mpfr_div_ui(to, to, 1000000, MPFR_RNDU);
    mpfr_add_ui(from, from, 1, MPFR_RNDD);
    mpfr_add_ui(to, to, 1, MPFR_RNDU);
    mpfr_set(lo, x, MPFR_RNDD);
    mpfr_set(hi, x, MPFR_RNDU);
    tc_ref_times(lo, hi, from, to);
    mpfr_const_pi(to, MPFR_RNDD);
    mpfr_const_pi(from, MPFR_RNDU);
    mpfr_ui_div(from, 8, from, MPFR_RNDD);
    mpfr_ui_div(to, 8, to, MPFR_RNDU);
    mpfr_sqrt(from, from, MPFR_RNDD);
    mpfr_sqrt(to, to, MPFR_RNDU);
    tc_ref_times(lo, hi, from, to);
    mpfr_clears(from, to, (mpfr_ptr)NULL);
}

/* x has fewer digits than lo and hi; but relu, which is exact */
static void enclose_function(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    static int (*const plain[])(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t) = {[REAL_EXP] = mpfr_exp,
                                                                      [REAL_COS] = mpfr_cos,
                                                                      [REAL_SIN] = mpfr_sin,
                                                                      [REAL_TANH] = mpfr_tanh};
    const struct argument *a = of;

    mpfr_set(lo, a->x, MPFR_RNDD);
    mpfr_set(hi, a->x, MPFR_RNDU);
    switch (a->f) {
    case REAL_SIGMOID:
        enclose_sigmoid(lo, hi);
        return;
    case REAL_SILU:
        enclose_sigmoid(lo, hi);
        break;
    case REAL_GELU:
        enclose_normal(a->x, lo, hi);
        break;
    case REAL_GELU_TANH:
        enclose_cubic(a->x, lo, hi);
        enclose_sigmoid(lo, hi);
        break;
    default:
        plain[a->f](lo, a->x, MPFR_RNDD);
        plain[a->f](hi, a->x, MPFR_RNDU);
        return;
    }
    tc_ref_times(lo, hi, a->x, a->x);
}

/* R of v and less than any distance of a number or tie from it, up or down */
static struct element beside(struct rounder *r, struct element v, int64_t halvings, int up)
{
    struct element result;
    struct dyadic x;

    mpz_init_set_si(x.m, v.m);
    mpz_mul_2exp(x.m, x.m, 80);
    mpz_add_ui(x.m, x.m, up > 0);
    mpz_sub_ui(x.m, x.m, up < 0);
    x.e = v.e - 80 - halvings;
    x.special = false;
    result = tc_ref_round(r, &x);
    mpz_clear(x.m);
    return result;
}

/* R(f(x)) for |x| below 2^-200: the first term of the series, and the sign of the next */
static struct element near_zero(struct rounder *r, enum real f, struct element x)
{
    const struct element one = {1, 0};
    int sign = x.m > 0 ? 1 : x.m < 0 ? -1 : 0;

    switch (f) {
    case REAL_EXP:
        return beside(r, one, 0, sign);
    case REAL_COS:
        return beside(r, one, 0, sign ? -1 : 0);
    case REAL_SIGMOID:
        return beside(r, one, 1, sign);
    case REAL_SIN:
    case REAL_TANH:
        return beside(r, x, 0, -sign);
    default: /* gelu, silu: x/2 and a square */
        return beside(r, x, 1, sign ? 1 : 0);
    }
}

/* R(f(x)) for |x| of 2^40 or more: the limit, or x */
static struct element far_away(struct rounder *r, enum real f, struct element x)
{
    const struct element zero = {0, 0}, one = {1, 0};

    switch (f) {
    case REAL_EXP:
        if (x.m < 0)
            return zero;
        return r->infinite ? (struct element){1, TC_REF_SPECIAL} : r->largest;
    case REAL_TANH:
        return beside(r, x.m > 0 ? one : tc_ref_negative(one), 0, x.m > 0 ? -1 : 1);
    case REAL_SIGMOID:
        return x.m > 0 ? beside(r, one, 0, -1) : zero;
    default:
        return x.m > 0 ? x : zero;
    }
}

struct element tc_ref_real(struct rounder *r, enum real f, struct element x)
{
    struct element value;
    int64_t size; /* |x| below 2^size */
    mpfr_t exact;

    if (f == REAL_RELU)
        return x.m > 0 ? x : (struct element){0, 0};
    mpfr_init2(exact, 64);
    mpfr_set_si_2exp(exact, x.m, x.e, MPFR_RNDN);
    size = x.m ? mpfr_get_exp(exact) : 0;
    if (!x.m || size < -200) {
        value = near_zero(r, f, x);
    } else if (size > 40 && f != REAL_COS && f != REAL_SIN) {
        value = far_away(r, f, x);
    } else {
        const struct argument a = {f, exact};

        value = tc_ref_enclosed(r, enclose_function, &a);
    }
    mpfr_clear(exact);
    return value;
}

/* ------------------------------------------------- exp of an unrounded score */

struct scaled {
    mpq_srcptr x; /* of a root its square */
    bool root;
    int sign;
};

static void enclose_scaled(const struct scaled *s, mpfr_ptr lo, mpfr_ptr hi)
{
    mpfr_set_q(lo, s->x, MPFR_RNDD);
    mpfr_set_q(hi, s->x, MPFR_RNDU);
    if (s->root) {
        mpfr_sqrt(lo, lo, MPFR_RNDD);
        mpfr_sqrt(hi, hi, MPFR_RNDU);
        if (s->sign < 0) {
            mpfr_neg(lo, lo, MPFR_RNDN);
            mpfr_neg(hi, hi, MPFR_RNDN);
            mpfr_swap(lo, hi);
        }
    }
}

static void enclose_exp_scaled(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    enclose_scaled(of, lo, hi);
    mpfr_exp(lo, lo, MPFR_RNDD);
    mpfr_exp(hi, hi, MPFR_RNDU);
}

/* whether e^x > 2^x for x > 0, or e^x < 2^x, is beyond every number, or below half of the
 * least: which spares most of them exp */
static bool is_extreme(const struct rounder *r, const struct scaled *s)
{
    mpfr_t lo, hi;
    bool is;

    mpfr_inits2(64, lo, hi, (mpfr_ptr)NULL);
    enclose_scaled(s, lo, hi);
    is = s->sign > 0 ? mpfr_cmp_si(lo, r->high + (int64_t)r->places + 1) >= 0
                     : mpfr_cmp_si(hi, r->low - 2) <= 0;
    mpfr_clears(lo, hi, (mpfr_ptr)NULL);
    return is;
}

struct element tc_ref_exp_scaled(struct rounder *r, mpz_srcptr s, unsigned long unit,
                                 const struct tc_scale *scale)
{
    struct scaled of = {.root = scale->root};
    struct element value;
    mpq_t x;

    mpq_init(x);
    mpq_set_z(x, s);
    mpq_mul(x, x, scale->multiply);
    of.sign = mpq_sgn(x);
    if (scale->root)
        mpq_mul(x, x, x);
    mpq_div(x, x, scale->divide);
    mpq_div_2exp(x, x, scale->root ? 2 * unit : unit);
    of.x = x;
    if (!of.sign)
        value = near_zero(r, REAL_EXP, (struct element){0, 0});
    else if (is_extreme(r, &of))
        value = of.sign > 0 ? r->largest : (struct element){0, 0};
    else
        value = tc_ref_enclosed(r, enclose_exp_scaled, &of);
    mpq_clear(x);
    return value;
}

/* ---------------------------------------------------------------- rotations */

static uint64_t gcd(uint64_t a, uint64_t b)
{
    return b ? gcd(b, a % b) : a;
}

/* base^(-2 pair / width) as the root of order *root of a rational */
static void frequency_power(mpq_srcptr base, int64_t width, int64_t pair, mpq_ptr power,
                            uint64_t *root)
{
    uint64_t common = gcd(2 * (uint64_t)pair, (uint64_t)width);
    uint64_t num = 2 * (uint64_t)pair / common;

    *root = (uint64_t)width / common;
    mpz_pow_ui(mpq_numref(power), mpq_denref(base), num);
    mpz_pow_ui(mpq_denref(power), mpq_numref(base), num);
}

/* a root of a rational, so that each step is monotone and rounds outward */
void tc_ref_frequency(mpq_srcptr base, int64_t width, int64_t pair, mpfr_ptr lo, mpfr_ptr hi)
{
    uint64_t root;
    mpq_t power;

    mpq_init(power);
    frequency_power(base, width, pair, power, &root);
    mpfr_set_q(lo, power, MPFR_RNDD);
    mpfr_set_q(hi, power, MPFR_RNDU);
    mpq_clear(power);
    mpfr_rootn_ui(lo, lo, root, MPFR_RNDD);
    mpfr_rootn_ui(hi, hi, root, MPFR_RNDU);
}

void tc_ref_enclose_turn(const struct angle *a, mpfr_ptr lo, mpfr_ptr hi)
{
    mpfr_t at, radius;

    mpfr_inits2(mpfr_get_prec(lo), at, radius, (mpfr_ptr)NULL);
    tc_ref_frequency(a->base, a->width, a->pair, lo, hi);
    mpfr_mul_si(lo, lo, labs(a->position), MPFR_RNDD);
    mpfr_mul_si(hi, hi, labs(a->position), MPFR_RNDU);
    (a->sine ? mpfr_sin : mpfr_cos)(at, lo, MPFR_RNDN);
    if (a->sine && a->position < 0)
        mpfr_neg(at, at, MPFR_RNDN);
    /* neither moves more than its argument, and at, at most 1, is off by less than
     * 2^-precision */
    mpfr_sub(radius, hi, lo, MPFR_RNDU);
    mpfr_set_ui_2exp(lo, 1, -mpfr_get_prec(lo), MPFR_RNDU);
    mpfr_add(radius, radius, lo, MPFR_RNDU);
    mpfr_sub(lo, at, radius, MPFR_RNDD);
    mpfr_add(hi, at, radius, MPFR_RNDU);
    mpfr_clears(at, radius, (mpfr_ptr)NULL);
}

static void enclose_turn(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    tc_ref_enclose_turn(of, lo, hi);
}

void tc_ref_turn(struct rounder *r, mpq_srcptr base, int64_t width, int64_t position, int64_t pair,
                 struct element value[2])
{
    struct angle a = {base, width, pair, position, false};

    if (position == 0) {
        value[0] = near_zero(r, REAL_COS, (struct element){0, 0});
        value[1] = (struct element){0, 0};
        return;
    }
    value[0] = tc_ref_enclosed(r, enclose_turn, &a);
    a.sine = true;
    value[1] = tc_ref_enclosed(r, enclose_turn, &a);
}

static void enclose_frequency(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    const struct angle *a = of;

    tc_ref_frequency(a->base, a->width, a->pair, lo, hi);
}

/* R(base^(-2 pair / width)): a rational where both are powers */
static struct element round_frequency(struct rounder *r, mpq_srcptr base, int64_t width,
                                      int64_t pair)
{
    const struct angle a = {base, width, pair, 1, false};
    struct element value;
    uint64_t root;
    mpq_t power;

    mpq_init(power);
    frequency_power(base, width, pair, power, &root);
    if (mpz_root(mpq_numref(power), mpq_numref(power), root) &&
        mpz_root(mpq_denref(power), mpq_denref(power), root))
        value = tc_ref_round_rational(r, power);
    else
        value = tc_ref_enclosed(r, enclose_frequency, &a);
    mpq_clear(power);
    return value;
}

void tc_ref_turn_computed(struct rounder *r, mpq_srcptr base, int64_t width, int64_t position,
                          int64_t pair, struct element value[2])
{
    bool infinite = r->infinite;
    struct element angle;

    r->infinite = false; /* what positions alone decide */
    angle = round_frequency(r, base, width, pair);
    tc_ref_set(&r->s, angle);
    mpz_mul_si(r->s.m, r->s.m, position);
    angle = tc_ref_round(r, &r->s);
    value[0] = tc_ref_defined(r, REAL_COS, angle);
    value[1] = tc_ref_defined(r, REAL_SIN, angle);
    r->infinite = infinite;
}
