/* rope_float.c -- rotation entries in float formats
 *
 * theta = p B^(-2l/D) is computed by a logarithm, two products, a quotient and an
 * exponential, each correctly rounded to k bits.  With 2^-64 <= B <= 2^64 and 2l < D the
 * exponent is below 45 in magnitude and wrong by less than 45 * 5 * 2^-k, so theta's
 * relative error is below 2^(9-k); cosine and sine then err by less than |theta| 2^(9-k) +
 * 2^-k.  Both ends of that interval must round to the same number.  cos and sin of an
 * algebraic number other than 0 are transcendental (Lindemann), so that they do once k
 * is large enough.
 */
#include "float.h"

#include <assert.h>
#include <mpfr.h>
#include <string.h>

#define MOST_PRECISION 65536

void rope_turn(mpq_srcptr base, int64_t width, int64_t position, int64_t pair, bool sine,
               void *low_mpfr, void *high_mpfr)
{
    mpfr_ptr low = low_mpfr, high = high_mpfr;
    mpfr_prec_t precision = mpfr_get_prec(low);
    mpfr_t error;

    assert(precision <= MOST_PRECISION);
    mpfr_init2(error, precision);
    mpfr_set_q(low, base, MPFR_RNDN);
    mpfr_log(low, low, MPFR_RNDN);
    mpfr_mul_si(low, low, -2 * pair, MPFR_RNDN);
    mpfr_div_si(low, low, width, MPFR_RNDN);
    mpfr_exp(low, low, MPFR_RNDN);
    mpfr_mul_si(low, low, position, MPFR_RNDN);
    mpfr_abs(error, low, MPFR_RNDU);
    mpfr_mul_2ui(error, error, 9, MPFR_RNDU);
    mpfr_add_ui(error, error, 1, MPFR_RNDU);
    mpfr_div_2ui(error, error, (unsigned long)precision, MPFR_RNDU);
    (sine ? mpfr_sin : mpfr_cos)(high, low, MPFR_RNDN);
    mpfr_sub(low, high, error, MPFR_RNDD);
    mpfr_add(high, high, error, MPFR_RNDU);
    mpfr_clear(error);
}

int64_t rope_float_key(const struct tc_format *f, mpq_srcptr base, int64_t width, int64_t position,
                       int64_t pair, bool sine)
{
    int64_t least = 0, most = 1;

    if (position == 0)
        return sine ? 0 : float_key_of_one(f);
    for (mpfr_prec_t precision = 192; least != most; precision *= 2) {
        mpfr_t low, high;

        mpfr_inits2(precision, low, high, (mpfr_ptr)0);
        rope_turn(base, width, position, pair, sine, low, high);
        least = float_key_of_bound(f, low);
        most = float_key_of_bound(f, high);
        mpfr_clears(low, high, (mpfr_ptr)0);
    }
    return least;
}

struct rope_float {
    struct tc_format format;
    mpq_ptr base;
    int64_t width;
    unsigned fraction;
    bool sine;
};

static void *open_rope(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                       struct tc_error *err)
{
    struct rope_float *s = tc_alloc(a, 1, sizeof *s);
    char part[4], base[100], format[64];
    long long width;
    struct tc_error ignored;

    s->base = tc_mpq(a);
    if (sscanf(parameters, "%3[a-z], base=%99[0-9/], width=%lld, fraction=%u, format=%63s", part,
               base, &width, &s->fraction, format) != 5 ||
        (strcmp(part, "cos") && strcmp(part, "sin")) || mpq_set_str(s->base, base, 10) ||
        mpz_sgn(mpq_denref(s->base)) == 0 || mpq_sgn(s->base) <= 0 || width < 1 ||
        width > INT32_MAX || s->fraction > 60 || !tc_format_parse(format, &s->format, &ignored) ||
        s->format.kind != TC_FLOAT || s->format.p + s->format.q > 62) {
        tc_fail(err, TC_EFORMAT, loc,
                "found \"%.60s\", wanted \"cos\" or \"sin\", base, width, fraction and a float's "
                "format",
                parameters);
        return NULL;
    }
    mpq_canonicalize(s->base);
    s->width = width;
    s->sine = part[0] == 's';
    return s;
}

/* in units of 2^-fraction; what is finer than that, which takes an angle within
 * 2^-50 of a root, is refused by an assertion rather than rounded twice */
static int64_t entry(const struct rope_float *s, int64_t position, int64_t pair)
{
    int64_t key, shift = s->format.low + s->fraction, r;
    mpz_t m;

    if (pair < 0 || pair > (s->width - 1) / 2)
        return 0;
    key = rope_float_key(&s->format, s->base, s->width, position, pair, s->sine);
    mpz_init(m);
    float_magnitude(&s->format, key < 0 ? -key : key, m);
    if (shift >= 0) {
        mpz_mul_2exp(m, m, (mp_bitcnt_t)shift);
    } else {
        assert(mpz_divisible_2exp_p(m, (mp_bitcnt_t)-shift));
        mpz_fdiv_q_2exp(m, m, (mp_bitcnt_t)-shift);
    }
    r = mpz_get_si(m);
    mpz_clear(m);
    return key < 0 ? -r : r;
}

static void eval_rope(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    for (size_t i = 0; i < count; i++) {
        int64_t at[2] = {arg[0], arg[1]};

        at[axis] = (int64_t)((uint64_t)arg[axis] + (uint64_t)step * i);
        out[i] = entry(state, at[0], at[1]);
    }
}

static int64_t max_abs(const void *state)
{
    return (int64_t)1 << ((const struct rope_float *)state)->fraction;
}

const struct tc_function tc_rope_float = {"rope_float", 2, open_rope, eval_rope, max_abs};
