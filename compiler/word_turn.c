/* word_turn.c -- rotation entries as words of any format
 *
 * Both ends of what cosine or sine may be must round to the same word, which they do once they are
 * near enough (rope_float.c), but at position 0, where they are 1 and 0.
 */
#include "float.h"
#include "words.h"

#include <mpfr.h>

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
        mpfr_t low, high;

        mpfr_inits2(precision, low, high, (mpfr_ptr)0);
        rope_turn(base, width, position, pair, sine, low, high);
        end[0] = nearest(f, low);
        end[1] = nearest(f, high);
        mpfr_clears(low, high, (mpfr_ptr)0);
    }
    return end[0];
}
