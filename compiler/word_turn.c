/* word_turn.c -- rotation entries as words of any format
 *
 * As rope_float.c: theta = p B^(-2l/D) by a logarithm, two products, a quotient and an
 * exponential of k bits each, whose relative error is below 2^(9-k); both ends of what cosine or
 * sine then may be must round to the same word, which they do once k is large enough
 * (Lindemann), but at p = 0, where they are 1 and 0.
 */
#include "words.h"

#include <assert.h>
#include <mpfr.h>

#define MOST_PRECISION 65536

static uint64_t nearest(const struct tc_format *f, mpfr_srcptr x)
{
    mpq_t q;
    uint64_t word;

    mpq_init(q);
    mpfr_get_q(q, x);
    word = tc_format_round(f, q, NULL);
    mpq_clear(q);
    return word;
}

/* words of the ends at a precision */
static void ends(const struct tc_format *f, mpq_srcptr base, int64_t width, int64_t position,
                 int64_t pair, bool sine, mpfr_prec_t precision, uint64_t end[2])
{
    mpfr_t x, y, error;

    mpfr_inits2(precision, x, y, error, (mpfr_ptr)0);
    mpfr_set_q(x, base, MPFR_RNDN);
    mpfr_log(x, x, MPFR_RNDN);
    mpfr_mul_si(x, x, -2 * pair, MPFR_RNDN);
    mpfr_div_si(x, x, width, MPFR_RNDN);
    mpfr_exp(x, x, MPFR_RNDN);
    mpfr_mul_si(x, x, position, MPFR_RNDN);
    mpfr_abs(error, x, MPFR_RNDU);
    mpfr_mul_2ui(error, error, 9, MPFR_RNDU);
    mpfr_add_ui(error, error, 1, MPFR_RNDU);
    mpfr_div_2ui(error, error, (unsigned long)precision, MPFR_RNDU);
    (sine ? mpfr_sin : mpfr_cos)(y, x, MPFR_RNDN);
    mpfr_sub(x, y, error, MPFR_RNDD);
    mpfr_add(y, y, error, MPFR_RNDU);
    end[0] = nearest(f, x);
    end[1] = nearest(f, y);
    mpfr_clears(x, y, error, (mpfr_ptr)0);
}

uint64_t words_turn(const struct tc_format *f, mpq_srcptr base, int64_t width, int64_t position,
                    int64_t pair, bool sine)
{
    uint64_t end[2] = {0, 1};
    mpq_t whole;

    if (position == 0) {
        mpq_init(whole);
        mpq_set_ui(whole, !sine, 1);
        end[0] = tc_format_round(f, whole, NULL);
        mpq_clear(whole);
        return end[0];
    }
    for (mpfr_prec_t precision = 256; end[0] != end[1]; precision *= 2) {
        assert(precision <= MOST_PRECISION);
        ends(f, base, width, position, pair, sine, precision, end);
    }
    return end[0];
}
