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

/* as entries below, computed from the rounded angles */
static struct number computed_entries(struct lowering *L, const struct tc_block *block,
                                      const struct head *h, const char *name, int64_t first,
                                      int64_t count, struct tc_axis position)
{
    struct tc_arena *arena = L->family->arena;
    const struct tc_index *t = tc_index_new(L->family, "t", count, NULL);
    int64_t pairs = h->pair->extent, extent[2] = {count, pairs};
    struct tc_axis at[2] = {tc_axis_of(arena, t), tc_axis_of(arena, h->pair)};
    uint64_t *word;
    struct number x = {0}, turn[2];
    mpq_t angle;

    if (count > ((int64_t)1 << 20) / pairs) {
        tc_fail(L->err, TC_ELIMIT, block->loc,
                "past %u bits and with --regime arithmetic computed rotations are built for up to "
                "2^20 pairs",
                TC_TABLE_MAX_BITS);
        return x;
    }
    word = tc_alloc(arena, (size_t)(count * pairs), sizeof *word);
    mpq_init(angle);
    for (int64_t p = 0; p < pairs; p++) {
        int64_t frequency =
            rope_frequency(L, block->attention.base, block->attention.head_width.value, p);

        for (int64_t k = 0; k < count; k++) {
            number_of(L, is_float(L), frequency, mpq_numref(angle));
            mpz_set_ui(mpq_denref(angle), 1);
            mpz_mul_si(mpq_numref(angle), mpq_numref(angle), first + k);
            mpq_div_2exp(angle, angle, L->fraction);
            word[k * pairs + p] = tc_format_round(L->format, angle, NULL);
        }
    }
    mpq_clear(angle);
    x = number_table(L, L->format, "angle", 2, extent, word, at);
    turn[0] = words_unary(L, tc_sprintf(arena, "%s.cos", name), TC_OP_COS, x);
    turn[1] = words_unary(L, tc_sprintf(arena, "%s.sin", name), TC_OP_SIN, x);
    if (L->err->kind)
        return x;
    position.at.constant -= first;
    for (unsigned k = 0; k < 2; k++)
        turn[k] = number_at(L, turn[k], t, position);
    return words_chosen(L, 2, turn, h->r);
}

struct number words_entries(struct lowering *L, const struct tc_block *block, const struct head *h,
                            const char *name, int64_t first, int64_t count, struct tc_axis position)
{
    int64_t pairs = h->pair->extent, extent[3] = {count, pairs, 2};
    uint64_t *word;
    struct tc_axis at[3] = {position, tc_axis_of(L->family->arena, h->pair),
                            tc_axis_of(L->family->arena, h->r)};
    struct number none = {0};

    if (L->err->kind)
        return none;
    if (count > ((int64_t)1 << 24) / pairs) {
        tc_fail(
            L->err, TC_ELIMIT, block->loc,
            "past %u bits and with --regime arithmetic rotations are tables of up to 2^24 pairs",
            TC_TABLE_MAX_BITS);
        return none;
    }
    if (block->attention.rope_computed)
        return computed_entries(L, block, h, name, first, count, position);
    at[0].at.constant -= first;
    word = tc_alloc(L->family->arena, (size_t)(count * pairs * 2), sizeof *word);
    for (int64_t t = 0; t < count; t++)
        for (int64_t p = 0; p < pairs; p++)
            for (int64_t r = 0; r < 2; r++)
                word[(t * pairs + p) * 2 + r] =
                    words_turn(L->format, block->attention.base, block->attention.head_width.value,
                               first + t, p, r == 1);
    return number_table(L, L->format, "turn", 3, extent, word, at);
}
