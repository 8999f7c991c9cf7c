/* reference_position.c -- what positions add to rows and to scores
 *
 * SPEC.md, "Positions".  A real number of positions and parameters is rounded once.  Where
 * it may be rational, and so a tie, that is told from exact powers:
 *
 *   m^(u/v), u/v in lowest terms, is rational iff m is a power of order v;
 *   log x / log y, x and y rational, iff x^q = y^p, and then q is at most the bits of y;
 *   otherwise the latter is transcendental (Gelfond, Schneider), and so is any sum of it
 *   with algebraic factors, unless they are 0; so are log x and sums of cosines with
 *   positive factors (Lindemann, Weierstrass).
 */
#include "reference.h"

#include <assert.h>
#include <stdlib.h>

/* ------------------------------------------------------------------- rows */

/* P[i, c] = sin or cos of i base^(-2 floor(c/2) / width), rounded */
static struct element sinusoid(struct evaluator *ev, struct position *p, int64_t i, int64_t c,
                               int64_t width)
{
    struct element turn[2];

    if (tc_ref_recall(&p->known, i, c, &turn[0]))
        return turn[0];
    tc_ref_turn(&ev->round, p->p->base, width, i, c / 2, turn);
    tc_ref_remember(&p->known, i, c, turn[c % 2 == 0]);
    return turn[c % 2 == 0];
}

void tc_ref_position_rows(struct evaluator *ev, struct position *p, const struct element *x,
                          int64_t width, struct element *y)
{
    const struct element *learned = ev->weight[p->tensor];

    for (int64_t i = 0; i < ev->n; i++)
        for (int64_t c = 0; c < width; c++) {
            struct element added =
                p->p->kind == TC_LEARNED ? learned[i * width + c] : sinusoid(ev, p, i, c, width);

            y[i * width + c] = tc_ref_sum(&ev->round, x[i * width + c], added);
        }
}

/* ------------------------------------------------------------------- alibi */

struct slope {
    int64_t distance;
    uint64_t num, den; /* 2^(-num/den), den a power of two */
};

static void enclose_slope(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    const struct slope *s = of;

    mpfr_set_ui_2exp(lo, 1, -(mpfr_exp_t)s->num, MPFR_RNDN);
    mpfr_set(hi, lo, MPFR_RNDN);
    mpfr_rootn_ui(lo, lo, s->den, MPFR_RNDD);
    mpfr_rootn_ui(hi, hi, s->den, MPFR_RNDU);
    mpfr_mul_si(lo, lo, -s->distance, MPFR_RNDU);
    mpfr_mul_si(hi, hi, -s->distance, MPFR_RNDD);
    mpfr_swap(lo, hi);
}

/* R(-slope distance); slopes by head as the released code has them */
static struct element alibi(struct rounder *r, int64_t heads, int64_t distance, int64_t head)
{
    struct slope s = {distance, 8 * ((uint64_t)head + 1), 1};

    while (2 * s.den <= (uint64_t)heads)
        s.den *= 2;
    if ((uint64_t)head >= s.den)
        s.num = 4 * (2 * ((uint64_t)head - s.den) + 1);
    while (s.den > 1 && s.num % 2 == 0) {
        s.num /= 2;
        s.den /= 2;
    }
    if (distance && s.den > 1)
        return tc_ref_enclosed(r, enclose_slope, &s);
    mpz_set_si(r->s.m, -distance);
    r->s.e = -(int64_t)s.num;
    r->s.special = false;
    return tc_ref_round(r, &r->s);
}

/* ------------------------------------------------------------------ kerple */

static void enclose_times_minus(mpfr_ptr lo, mpfr_ptr hi, mpq_srcptr factor)
{
    mpfr_mul_q(lo, lo, factor, MPFR_RNDD);
    mpfr_mul_q(hi, hi, factor, MPFR_RNDU);
    mpfr_neg(lo, lo, MPFR_RNDN);
    mpfr_neg(hi, hi, MPFR_RNDN);
    mpfr_swap(lo, hi);
}

static void enclose_log(mpq_srcptr x, mpfr_ptr lo, mpfr_ptr hi)
{
    mpfr_set_q(lo, x, MPFR_RNDD);
    mpfr_set_q(hi, x, MPFR_RNDU);
    mpfr_log(lo, lo, MPFR_RNDD);
    mpfr_log(hi, hi, MPFR_RNDU);
}

/* z = a x + 1 */
static void line(mpq_ptr z, mpq_srcptr a, mpq_srcptr x)
{
    mpq_t one;

    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    mpq_mul(z, a, x);
    mpq_add(z, z, one);
    mpq_clear(one);
}

struct logarithm {
    mpq_srcptr x, factor; /* -factor log x */
};

static void enclose_kerple_log(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    const struct logarithm *l = of;

    enclose_log(l->x, lo, hi);
    enclose_times_minus(lo, hi, l->factor);
}

struct power {
    int64_t base;
    mpq_srcptr exponent, factor; /* -factor base^exponent */
};

static void enclose_kerple_power(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    const struct power *p = of;
    mpfr_t base;

    mpfr_init2(base, 64);
    mpfr_set_si(base, p->base, MPFR_RNDN);
    mpfr_set_q(lo, p->exponent, MPFR_RNDD);
    mpfr_set_q(hi, p->exponent, MPFR_RNDU);
    mpfr_pow(lo, base, lo, MPFR_RNDD); /* base is 1 or more */
    mpfr_pow(hi, base, hi, MPFR_RNDU);
    mpfr_clear(base);
    enclose_times_minus(lo, hi, p->factor);
}

/* x = distance^exponent, where that is rational */
static bool exact_power(mpq_ptr x, int64_t distance, mpq_srcptr exponent)
{
    mpz_ptr z = mpq_numref(x);

    mpq_set_si(x, distance, 1);
    if (distance > 1 && (!mpz_fits_ulong_p(mpq_denref(exponent)) ||
                         !mpz_root(z, z, mpz_get_ui(mpq_denref(exponent)))))
        return false;
    if (distance > 1)
        mpz_pow_ui(z, z, mpz_get_ui(mpq_numref(exponent)));
    return true;
}

static struct element kerple(struct rounder *r, const struct tc_position *p, int64_t distance)
{
    struct element value;
    mpq_t x;

    if (!distance)
        return (struct element){0, 0};
    mpq_init(x);
    if (!p->power) {
        const struct logarithm l = {x, p->r1};

        mpq_set_si(x, distance, 1);
        line(x, p->r2, x);
        value = tc_ref_enclosed(r, enclose_kerple_log, &l);
    } else if (exact_power(x, distance, p->r2)) {
        mpq_mul(x, x, p->r1);
        mpq_neg(x, x);
        value = tc_ref_round_rational(r, x);
    } else {
        const struct power of = {distance, p->r2, p->r1};

        value = tc_ref_enclosed(r, enclose_kerple_power, &of);
    }
    mpq_clear(x);
    return value;
}

/* ---------------------------------------------------------------- sandwich */

struct cosines {
    const struct tc_position *p;
    int64_t distance;
};

static void enclose_sandwich(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    const struct cosines *s = of;
    const struct tc_position *p = s->p;
    /* base^(-k / width) is base^(-2 k / 2 width) */
    struct angle a = {p->base, 2 * p->width.value, 0, s->distance, false};
    mpfr_t from, to;

    mpfr_inits2(mpfr_get_prec(lo), from, to, (mpfr_ptr)NULL);
    mpfr_set_zero(lo, 1);
    mpfr_set_zero(hi, 1);
    while (a.pair < p->terms.value) {
        a.pair++;
        tc_ref_enclose_turn(&a, from, to);
        mpfr_add(lo, lo, from, MPFR_RNDD);
        mpfr_add(hi, hi, to, MPFR_RNDU);
    }
    mpfr_set_q(from, p->r1, MPFR_RNDD);
    mpfr_set_q(to, p->r1, MPFR_RNDU);
    tc_ref_times(lo, hi, from, to);
    mpfr_clears(from, to, (mpfr_ptr)NULL);
}

static struct element sandwich(struct rounder *r, const struct tc_position *p, int64_t distance)
{
    const struct cosines of = {p, distance};
    struct element value;
    mpq_t x;

    if (distance)
        return tc_ref_enclosed(r, enclose_sandwich, &of);
    mpq_init(x);
    mpq_set_si(x, p->terms.value, 1);
    mpq_mul(x, x, p->r1);
    value = tc_ref_round_rational(r, x);
    mpq_clear(x);
    return value;
}

/* ---------------------------------------------------------------------- t5 */

/* floor(log(x / exact) / log(most / exact) steps) for exact <= x < most: the largest t with
 * (x / exact)^steps >= (most / exact)^t */
static int64_t log_bucket(int64_t x, int64_t exact, int64_t most, int64_t steps)
{
    int64_t low = 0, high = steps;
    mpz_t power, left, right;

    mpz_inits(power, left, right, (mpz_ptr)NULL);
    mpz_ui_pow_ui(left, (unsigned long)x, (unsigned long)steps);
    while (high - low > 1) {
        int64_t t = low + (high - low) / 2;

        mpz_ui_pow_ui(right, (unsigned long)exact, (unsigned long)(steps - t));
        mpz_ui_pow_ui(power, (unsigned long)most, (unsigned long)t);
        mpz_mul(right, right, power);
        if (mpz_cmp(left, right) >= 0)
            low = t;
        else
            high = t;
    }
    mpz_clears(power, left, right, (mpz_ptr)NULL);
    return low;
}

/* the bucket of i - j */
static int64_t t5_bucket(const struct tc_position *p, bool causal, int64_t offset)
{
    int64_t count = causal ? p->buckets.value : p->buckets.value / 2, exact = count / 2;
    int64_t first = !causal && offset < 0 ? count : 0;
    int64_t distance = offset >= 0 ? offset : causal ? 0 : -offset;

    if (distance < exact)
        return first + distance;
    if (distance >= p->distance.value)
        return first + count - 1;
    return first + exact + log_bucket(distance, exact, p->distance.value, count - exact);
}

static struct element t5(struct evaluator *ev, struct position *p, int64_t offset, int64_t head)
{
    struct element bucket;

    if (!tc_ref_recall(&p->known, offset, 0, &bucket)) {
        bucket = (struct element){t5_bucket(p->p, p->causal, offset), 0};
        tc_ref_remember(&p->known, offset, 0, bucket);
    }
    return ev->weight[p->tensor][bucket.m * p->heads + head];
}

/* -------------------------------------------------------------------- fire */

/* x = c distance + 1, y = c max(limit, i) + 1: what psi takes logarithms of */
static void fire_arguments(const struct tc_position *p, int64_t i, int64_t distance, mpq_ptr x,
                           mpq_ptr y)
{
    mpq_set_si(x, distance, 1);
    line(x, p->c, x);
    mpq_set_si(y, i, 1);
    line(y, p->c, mpq_cmp(y, p->limit) > 0 ? y : p->limit);
}

/* [lo, hi] around log x / log y, x >= 1, y > 1 */
static void enclose_ratio(mpq_srcptr x, mpq_srcptr y, mpfr_ptr lo, mpfr_ptr hi)
{
    mpfr_t from, to;

    mpfr_inits2(mpfr_get_prec(lo), from, to, (mpfr_ptr)NULL);
    enclose_log(x, lo, hi);
    enclose_log(y, from, to);
    mpfr_div(lo, lo, to, MPFR_RNDD);
    mpfr_div(hi, hi, from, MPFR_RNDU);
    mpfr_clears(from, to, (mpfr_ptr)NULL);
}

static bool same_power(mpq_srcptr x, unsigned long q, mpq_srcptr y, unsigned long p)
{
    mpz_t a, b;
    bool same;

    mpz_inits(a, b, (mpz_ptr)NULL);
    mpz_pow_ui(a, mpq_numref(x), q);
    mpz_pow_ui(b, mpq_numref(y), p);
    same = mpz_cmp(a, b) == 0;
    if (same) {
        mpz_pow_ui(a, mpq_denref(x), q);
        mpz_pow_ui(b, mpq_denref(y), p);
        same = mpz_cmp(a, b) == 0;
    }
    mpz_clears(a, b, (mpz_ptr)NULL);
    return same;
}

/* u = log x / log y, if that is rational; x >= 1, y > 1 */
static bool rational_ratio(mpq_srcptr x, mpq_srcptr y, mpq_ptr u)
{
    unsigned long bits = mpz_sizeinbase(mpq_numref(y), 2);
    bool found = false;
    mpfr_t lo, hi, t;

    mpfr_inits2(256, lo, hi, t, (mpfr_ptr)NULL);
    enclose_ratio(x, y, lo, hi);
    for (unsigned long q = 1; !found && q <= bits; q++) {
        mpfr_mul_ui(t, lo, q, MPFR_RNDN);
        mpfr_round(t, t);
        if (!mpfr_fits_ulong_p(t, MPFR_RNDN))
            break;
        mpq_set_ui(u, mpfr_get_ui(t, MPFR_RNDN), q);
        mpq_canonicalize(u);
        /* cheaper first: whether it is near at all */
        found = mpfr_cmp_q(lo, u) <= 0 && mpfr_cmp_q(hi, u) >= 0 &&
                same_power(x, q, y, mpfr_get_ui(t, MPFR_RNDN));
    }
    mpfr_clears(lo, hi, t, (mpfr_ptr)NULL);
    return found;
}

static void set_rational(mpq_ptr q, struct element v)
{
    mpq_set_si(q, v.m, 1);
    if (v.e >= 0)
        mpq_mul_2exp(q, q, (mp_bitcnt_t)v.e);
    else
        mpq_div_2exp(q, q, (mp_bitcnt_t)-v.e);
}

/* the MLP's weights; unit m gives relu(u first + bias) second */
struct unit {
    mpq_t first, bias, second;
};

static void read_unit(struct evaluator *ev, const struct position *p, int64_t m, int64_t head,
                      struct unit *w)
{
    mpq_inits(w->first, w->bias, w->second, (mpq_ptr)NULL);
    set_rational(w->first, ev->weight[p->tensor][m]);
    set_rational(w->bias, ev->weight[p->tensor + 1][m]);
    set_rational(w->second, ev->weight[p->tensor + 2][m * p->heads + head]);
}

static void clear_unit(struct unit *w)
{
    mpq_clears(w->first, w->bias, w->second, (mpq_ptr)NULL);
}

/* the sign of u first + bias, u irrational: more digits until it is known */
static int irrational_sign(const struct unit *w, mpq_srcptr x, mpq_srcptr y)
{
    mpq_t zero; /* where it is 0 */
    int sign = 0;

    if (mpq_sgn(w->first) == 0)
        return mpq_sgn(w->bias);
    mpq_init(zero);
    mpq_div(zero, w->bias, w->first);
    mpq_neg(zero, zero);
    for (mpfr_prec_t precision = 128; !sign; precision *= 2) {
        mpfr_t lo, hi;

        mpfr_inits2(precision, lo, hi, (mpfr_ptr)NULL);
        enclose_ratio(x, y, lo, hi);
        sign = mpfr_cmp_q(lo, zero) > 0 ? 1 : mpfr_cmp_q(hi, zero) < 0 ? -1 : 0;
        mpfr_clears(lo, hi, (mpfr_ptr)NULL);
    }
    mpq_clear(zero);
    return sign * mpq_sgn(w->first);
}

struct fire {
    mpq_t x, y, u;
    bool rational;     /* u = log x / log y is */
    mpq_t slope, rest; /* the bias is slope u + rest */
};

static void enclose_fire(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    const struct fire *f = of;
    mpfr_t from, to;

    mpfr_inits2(mpfr_get_prec(lo), from, to, (mpfr_ptr)NULL);
    enclose_ratio(f->x, f->y, lo, hi);
    mpfr_set_q(from, f->slope, MPFR_RNDD);
    mpfr_set_q(to, f->slope, MPFR_RNDU);
    tc_ref_times(lo, hi, from, to);
    mpfr_add_q(lo, lo, f->rest, MPFR_RNDD);
    mpfr_add_q(hi, hi, f->rest, MPFR_RNDU);
    mpfr_clears(from, to, (mpfr_ptr)NULL);
}

/* adds a unit of the MLP to slope and rest, if its relu lets it pass */
static void add_unit(struct fire *f, const struct unit *w)
{
    mpq_t t;
    bool on;

    mpq_init(t);
    if (f->rational) {
        mpq_mul(t, f->u, w->first);
        mpq_add(t, t, w->bias);
        on = mpq_sgn(t) > 0;
    } else {
        on = irrational_sign(w, f->x, f->y) > 0;
    }
    if (on) {
        mpq_mul(t, w->first, w->second);
        mpq_add(f->slope, f->slope, t);
        mpq_mul(t, w->bias, w->second);
        mpq_add(f->rest, f->rest, t);
    }
    mpq_clear(t);
}

/* R of the real number */
static struct element fire_constant(struct evaluator *ev, const struct position *p, int64_t i,
                                    int64_t distance, int64_t head)
{
    struct element value;
    struct fire f;

    mpq_inits(f.x, f.y, f.u, f.slope, f.rest, (mpq_ptr)NULL);
    fire_arguments(p->p, i, distance, f.x, f.y);
    f.rational = rational_ratio(f.x, f.y, f.u);
    set_rational(f.rest, ev->weight[p->tensor + 3][head]);
    for (int64_t m = 0; m < p->p->hidden.value; m++) {
        struct unit w;

        read_unit(ev, p, m, head, &w);
        add_unit(&f, &w);
        clear_unit(&w);
    }
    if (f.rational || mpq_sgn(f.slope) == 0) {
        if (f.rational)
            mpq_mul(f.u, f.u, f.slope);
        else
            mpq_set_ui(f.u, 0, 1);
        mpq_add(f.u, f.u, f.rest);
        value = tc_ref_round_rational(&ev->round, f.u);
    } else {
        value = tc_ref_enclosed(&ev->round, enclose_fire, &f);
    }
    mpq_clears(f.x, f.y, f.u, f.slope, f.rest, (mpq_ptr)NULL);
    return value;
}

static void enclose_psi(const void *of, mpfr_ptr lo, mpfr_ptr hi)
{
    enclose_log(of, lo, hi);
}

/* u = R(psi(distance) / psi(max(limit, i))), of rounded psi */
static struct element fire_ratio(struct evaluator *ev, const struct position *p, int64_t i,
                                 int64_t distance)
{
    const struct element zero = {0, 0};
    struct element above;
    mpq_t x, y;

    mpq_inits(x, y, (mpq_ptr)NULL);
    fire_arguments(p->p, i, distance, x, y);
    above = distance ? tc_ref_enclosed(&ev->round, enclose_psi, x) : zero;
    above = tc_ref_quotient(&ev->round, above, tc_ref_enclosed(&ev->round, enclose_psi, y));
    mpq_clears(x, y, (mpq_ptr)NULL);
    return above;
}

/* the MLP of u, each operation rounded */
static struct element fire_computed(struct evaluator *ev, const struct position *p,
                                    struct element u, int64_t head)
{
    struct element *const *w = ev->weight + p->tensor;
    struct rounder *r = &ev->round;

    r->infinite = ev->spec->format.infinity && ev->spec->weights == TC_WEIGHTS_INPUT;
    tc_ref_set(&ev->sum, (struct element){0, 0});
    for (int64_t m = 0; m < p->p->hidden.value; m++) {
        struct element v = tc_ref_sum(r, tc_ref_product(r, u, w[0][m]), w[1][m]);

        if (v.m < 0 && !tc_ref_special(v))
            v = (struct element){0, 0};
        tc_ref_add_element(r, &ev->sum, tc_ref_product(r, v, w[2][m * p->heads + head]));
    }
    return tc_ref_sum(r, tc_ref_round(r, &ev->sum), w[3][head]);
}

static struct element fire(struct evaluator *ev, struct position *p, int64_t i, int64_t j,
                           int64_t head)
{
    int64_t distance = i < j ? j - i : i - j, a = p->p->computed ? distance : i * ev->n + j;
    int64_t b = p->p->computed ? i : head;
    struct element v;

    if (!tc_ref_recall(&p->known, a, b, &v)) {
        v = p->p->computed ? fire_ratio(ev, p, i, distance)
                           : fire_constant(ev, p, i, distance, head);
        tc_ref_remember(&p->known, a, b, v);
    }
    return p->p->computed ? fire_computed(ev, p, v, head) : v;
}

/* --------------------------------------------------------------------- all */

static struct element bias(struct evaluator *ev, struct position *p, int64_t i, int64_t j,
                           int64_t head)
{
    int64_t distance = i < j ? j - i : i - j;
    struct element v = {0, 0};

    if (p->p->kind == TC_T5)
        return t5(ev, p, i - j, head);
    if (p->p->kind == TC_FIRE)
        return fire(ev, p, i, j, head);
    if (tc_ref_recall(&p->known, distance, head, &v))
        return v;
    if (p->p->kind == TC_ALIBI)
        v = alibi(&ev->round, p->heads, distance, head);
    else if (p->p->kind == TC_KERPLE)
        v = kerple(&ev->round, p->p, distance);
    else if (p->p->kind == TC_SANDWICH)
        v = sandwich(&ev->round, p->p, distance);
    tc_ref_remember(&p->known, distance, head, v);
    return v;
}

struct element tc_ref_bias(struct evaluator *ev, struct position *p, int64_t i, int64_t j,
                           int64_t head)
{
    bool infinite = ev->round.infinite;
    struct element v;

    ev->round.infinite = false; /* what inputs do not change */
    v = bias(ev, p, i, j, head);
    ev->round.infinite = infinite;
    return v;
}

bool tc_ref_position_check(const struct tc_spec *spec, const struct tc_block *b,
                           const struct tc_position *p, struct tc_error *err)
{
    switch (p->kind) {
    case TC_SINUSOIDAL:
    case TC_SANDWICH:
        if (mpq_sgn(p->base) <= 0)
            return tc_fail(err, TC_ESPEC, b->loc, "the base of positions is not positive");
        break;
    case TC_T5:
        if (p->buckets.value < 4 || p->buckets.value % 4 ||
            p->distance.value <= p->buckets.value / 2)
            return tc_fail(err, TC_ESPEC, b->loc,
                           "t5 wants buckets by fours and a distance above half of them");
        break;
    case TC_KERPLE:
        if (mpq_sgn(p->r2) <= 0)
            return tc_fail(err, TC_ESPEC, b->loc, "r2 of kerple is not positive");
        break;
    case TC_FIRE:
        if (mpq_sgn(p->c) <= 0 || mpq_sgn(p->limit) <= 0)
            return tc_fail(err, TC_ESPEC, b->loc, "c and limit of fire are not positive");
        if (!p->computed && spec->weights == TC_WEIGHTS_INPUT)
            return tc_fail(err, TC_ESPEC, b->loc, "fire's bias is no constant of inputs");
        break;
    default:
        break;
    }
    return true;
}
