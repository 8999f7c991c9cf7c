/* test_reference_float.c -- the reference evaluator of float formats against hand
 * computation, the results of reference_float_vectors.py, and the machine's floats */
#include "../../compiler/prim.h"
#include "check_main.h"
#include "reference_model.h"
#include "spec_text.h"

#include <math.h>

struct vector_case {
    const char *precision;
    enum tc_rounding rounding;
    int64_t n, width;
    uint64_t seed;
    int64_t x[2], w[2]; /* least and most key */
    const char *blocks;
    unsigned result;
};

#include "reference_float_vectors.h"

/* --------------------------------------------------------------- small models */

static struct model open_model(const char *precision, enum tc_rounding rounding, int64_t n,
                               int64_t width, const char *blocks)
{
    return model_of(spec_of_text(
        "<transformer xmlns='urn:tc0c:spec:1'><precision %s rounding='%s'/>"
        "<input length='%lld' width='%lld'/><weights source='input'/>%s</transformer>",
        precision, tc_rounding_name[rounding], (long long)n, (long long)width, blocks));
}

/* ------------------------------------------------- the second evaluator's results */

START_TEST(agrees_with_the_python_evaluator)
{
    for (size_t t = 0; t < sizeof vector_case / sizeof *vector_case; t++) {
        const struct vector_case *c = &vector_case[t];
        struct model m = open_model(c->precision, c->rounding, c->n, c->width, c->blocks);
        uint64_t state = c->seed;

        for (unsigned k = 0; k < m.last; k++)
            for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[k]); e++)
                m.tensor[k][e] = draw_word(&m.spec->format, &state, k ? c->w : c->x);
        for (int again = 0; again < 2; again++) { /* what is remembered changes nothing */
            run(&m);
            for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[m.last]); e++)
                ck_assert_msg(m.tensor[m.last][e] == vector_result[c->result + e],
                              "case %zu (%s), value %u: %llx, but python says %llx", t,
                              c->precision, (unsigned)e, (unsigned long long)m.tensor[m.last][e],
                              (unsigned long long)vector_result[c->result + e]);
        }
        close_model(&m);
    }
}
END_TEST

/* ------------------------------------------------------------------- by hand */

#define ORDER2 "<attention order='2'/>"
#define ORDER3 "<attention order='3'/>"
#define TURNED "<attention order='2'><rope mode='each'/></attention>"
#define LAST   99 /* the largest number */
#define LEAST  98 /* the least positive one */

/* one token of width 1 (TURNED: 2, in all tensors the same): x, W_Q, W_K.., W_V.. and y */
static const struct {
    const char *precision, *block;
    enum tc_rounding rounding;
    double in[6], y; /* INFINITY, NAN: where the format has them */
} hand[] = {
    /* one token: y is its value */
    {"format='float' significand='3'", ORDER2, TC_BLOCK, {1, 1, 1, 1.25}, 1.25},
    {"format='float' significand='3'", ORDER2, TC_BLOCK, {1.25, 1, 1, 1.25}, 1.5}, /* 1.5625 */
    {"format='float' significand='3'", ORDER2, TC_BLOCK, {1.25, 1, 1, 1.5}, 2},    /* 1.875, tie */
    /* but with op a = R(e) = 2.5, r = R(0.4) = 0.375, y = R(0.9375), a tie */
    {"format='float' significand='3'", ORDER2, TC_OP, {1, 1, 1, 1}, 1},
    /* v = 1.25, N = R(3.125) = 3, y = R(1.125), a tie */
    {"format='float' significand='3'", ORDER2, TC_OP, {1, 1, 1, 1.25}, 1},
    /* s = 0: a = 1 */
    {"format='float' significand='3'", ORDER3, TC_OP, {1, 0, 1, 1, 1.25, 1.25}, 1.5},
    {"format='float' significand='3'", ORDER3, TC_BLOCK, {1, 0, 1, 1, 1.25, -1.25}, -1.5},
    /* position 0 turns nothing */
    {"format='float' significand='3'", TURNED, TC_OP, {1, 0, 1, 0.75}, 1.5},
    {"format='e4m3'", TURNED, TC_BLOCK, {1, 0, 1, 0.75}, 1.5},
    /* a = 448, r = R(1/448) = 2^-9, N = R(448 448) = 448 */
    {"format='e4m3'", ORDER2, TC_OP, {448, 448, 448, 448}, 0.875},
    {"format='e4m3'", ORDER2, TC_BLOCK, {448, 448, 448, 448}, LAST},
    /* q, k and v are past the largest number: it is taken for them in op */
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_OP, {14, 14, 14, -14}, -0.875},
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_BLOCK, {14, 14, 14, -14}, NAN},
    /* a = R(e^-14) = 0: y = 0 / 0 = 0; r is the largest number */
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_BLOCK, {1, 14, -1, 14}, 0},
    /* s = -196 is below the least number, and e^3.5 past the largest: both are infinite, and read
     */
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_BLOCK, {1, 14, -14, 14}, NAN},
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_BLOCK, {1, 1, 3.5, 1}, NAN},
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_BLOCK, {1, 1, 2.5, 1}, 1},
    /* 14 1: below half a place past the largest number, at it, an infinite result */
    {"format='ieee' significand='3' exponent-bits='3'", ORDER3, TC_BLOCK, {1, 0, 0, 0, 3.5, 4}, 14},
    {"format='ieee' significand='3' exponent-bits='3'",
     ORDER3,
     TC_BLOCK,
     {1, 0, 0, 0, 3, 5},
     INFINITY},
    {"format='ieee' significand='3' exponent-bits='3'",
     ORDER3,
     TC_BLOCK,
     {1, 0, 0, 0, -3, 5},
     -INFINITY},
    {"format='e4m3'", ORDER3, TC_BLOCK, {1, 0, 0, 0, -448, 5}, -LAST},
    /* 0 infinity, NaN 0: of whatever is read */
    {"format='e5m2'", ORDER2, TC_BLOCK, {0, INFINITY, 0, 1}, NAN},
    {"format='e5m2'", ORDER2, TC_BLOCK, {-INFINITY, 0, 0, 0}, NAN},
    {"format='e4m3'", ORDER2, TC_BLOCK, {1, 0, 0, NAN}, NAN},
    {"format='binary16'", ORDER2, TC_BLOCK, {1, NAN, 0, 1}, NAN},
    {"format='bfloat16'", ORDER2, TC_BLOCK, {1, 0, 1, -INFINITY}, NAN},
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_OP, {14, 14, -14, 14}, 0},
    /* 1/16 is the least subnormal number: 1/4 1/8 is half of it, a tie; 1/4 3/16 is not */
    {"format='ieee' significand='3' exponent-bits='3'", ORDER2, TC_BLOCK, {0.25, 0, 0, 0.125}, 0},
    {"format='ieee' significand='3' exponent-bits='3'",
     ORDER2,
     TC_BLOCK,
     {0.25, 0, 0, 0.1875},
     0.0625},
    /* 1/4 is the least number: 1/4 7/8 = 7/32 keeps its three bits and is flushed,
     * 3/8 5/8 = 15/64 is a tie that goes to 1/4 */
    {"format='ftz' significand='3' exponent-bits='3'", ORDER2, TC_BLOCK, {0.25, 0, 0, 0.875}, 0},
    {"format='ftz' significand='3' exponent-bits='3'",
     ORDER2,
     TC_BLOCK,
     {0.375, 0, 0, 0.625},
     0.25},
    /* 1/4 is the least number: above half of it is nearer */
    {"format='float' significand='3' emin='-4' emax='0'", ORDER2, TC_BLOCK, {0.25, 0, 0, 0.5}, 0},
    {"format='float' significand='3' emin='-4' emax='0'",
     ORDER2,
     TC_BLOCK,
     {0.25, 0, 0, 0.625},
     0.25},
    /* exponents past every other kind of float */
    {"format='float' significand='24'", ORDER2, TC_BLOCK, {LAST, LAST, LAST, LAST}, LAST},
    {"format='float' significand='24'", ORDER2, TC_OP, {LAST, LAST, -LAST, 1}, 0},
    {"format='float' significand='24'", ORDER2, TC_OP, {LEAST, 1, 1, 1}, LEAST},
    {"format='float' significand='24'", ORDER2, TC_BLOCK, {LEAST, 1, 1, LEAST}, 0},
    {"format='float' significand='24'", ORDER2, TC_BLOCK, {LEAST, LAST, -LAST, 1}, 0},
};

static uint64_t word_of(const struct tc_format *f, double v)
{
    uint64_t word, sign = (uint64_t)(v < 0) << (f->p + f->q - 1);
    uint64_t hidden = (uint64_t)1 << (f->p - 1);
    bool exact;
    mpq_t x;
    mpz_t z;

    if (isinf(v) || isnan(v)) {
        ck_assert(f->nan && (f->infinity || isnan(v)));
        mpz_init(z);
        tc_format_special(f, isnan(v) ? TC_NAN : TC_INFINITE, v < 0, z);
        word = mpz_get_ui(z);
        mpz_clear(z);
        return word;
    }
    if (fabs(v) == LAST)
        return sign | ((uint64_t)f->top * hidden + hidden - 1 - f->spare);
    if (fabs(v) == LEAST)
        return sign | (f->underflow == TC_GRADUAL ? 1 : hidden);
    mpq_init(x);
    mpq_set_d(x, v);
    word = tc_format_round(f, x, &exact);
    ck_assert_msg(exact, "%g", v);
    mpq_clear(x);
    return word;
}

START_TEST(by_hand)
{
    int64_t width = !strcmp(hand[_i].block, TURNED) ? 2 : 1;
    struct model m = open_model(hand[_i].precision, hand[_i].rounding, 1, width, hand[_i].block);
    char found[64];

    for (unsigned t = 0; t < m.last; t++)
        for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[t]); e++)
            m.tensor[t][e] = word_of(&m.spec->format, hand[_i].in[t]);
    run(&m);
    tc_format_print(&m.spec->format, m.tensor[m.last][0], false, found, sizeof found);
    ck_assert_msg(m.tensor[m.last][0] == word_of(&m.spec->format, hand[_i].y),
                  "%s: found %s, wanted %g", hand[_i].precision, found, hand[_i].y);
    close_model(&m);
}
END_TEST

START_TEST(both_zeros_are_zero)
{
    struct model m = open_model("format='e5m2'", TC_OP, 2, 1, ORDER2);
    uint64_t one = word_of(&m.spec->format, 1), minus = 0x80;
    uint64_t y[2][2];

    for (int k = 0; k < 2; k++) {
        for (unsigned t = 1; t < 4; t++)
            m.tensor[t][0] = one;
        m.tensor[0][0] = one;
        m.tensor[0][1] = k ? minus : 0;
        m.tensor[3][0] = k ? one | minus : one;
        run(&m);
        memcpy(y[k], m.tensor[4], sizeof y[k]);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_uint_eq(y[0][i] | minus, y[1][i]);
    for (unsigned t = 0; t < 4; t++)
        m.tensor[t][0] = minus;
    run(&m);
    ck_assert_uint_eq(m.tensor[4][0], 0); /* results have +0 */
    close_model(&m);
}
END_TEST

/* ------------------------------------------------------ the machine's floats */

/* R of a number that a long double holds, or of one whose 64 bits are enough to know */
static long double nearest(const struct tc_format *f, long double x)
{
    long double largest = ldexpl((long double)((1ll << f->p) - 1), (int)(f->low + f->top - 1));
    int e;

    if (f->p == 24)
        x = fabsl(x) > largest ? x : (float)x;
    else if (x != 0) {
        frexpl(x, &e);
        e = e - (int)f->p < (int)f->low ? (int)f->low : e - (int)f->p;
        x = ldexpl(nearbyintl(ldexpl(x, -e)), e);
    }
    return x > largest ? largest : x < -largest ? -largest : x;
}

static long double value_of(const struct tc_format *f, uint64_t word)
{
    long double v;
    mpq_t x;

    mpq_init(x);
    ck_assert_int_eq(tc_format_value(f, word, x), TC_FINITE);
    v = mpq_get_d(x);
    mpq_clear(x);
    return v;
}

/* past 16 bits as one operation defines it */
static long double exponential(const struct tc_format *f, long double x)
{
    const struct tc_options options = {.regime = TC_REGIME_AUTO};
    const struct tc_prim exp = {.op = TC_OP_EXP,
                                .name = "exp",
                                .format = *f,
                                .noperand = 1,
                                .nresult = 1,
                                .result = {*f},
                                .limbs = 1,
                                .options = &options};
    uint64_t in, out;

    if (tc_format_width(f) <= 16)
        return nearest(f, expl(x));
    in = word_of(f, x);
    tc_prim_reference(&exp, &in, &out);
    return value_of(f, out);
}

/* op of order 2 or 3 with heads and mask, straight from SPEC.md */
static void chain(const struct tc_format *f, const struct tc_attention *a, int64_t n,
                  const long double *const *in, long double *y)
{
    int64_t d = a->head_width.value, keys = a->order - 1;
    long double p[5][16];

    for (int64_t t = 0; t < 1 + 2 * keys; t++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t c = 0; c < d; c++) {
                long double sum = 0;

                for (int64_t e = 0; e < d; e++)
                    sum += nearest(f, in[0][i * d + e] * in[1 + t][e * d + c]);
                p[t][i * d + c] = nearest(f, sum);
            }
    for (int64_t i = 0; i < n; i++) {
        int64_t limit = a->mask == TC_MASK_CAUSAL ? i + 1 : n;
        long double den = 0, num[4] = {0};

        for (int64_t j = 0; j < limit; j++)
            for (int64_t k = 0; k < (keys == 2 ? limit : 1); k++) {
                long double s = 0, w;

                for (int64_t c = 0; c < d; c++) {
                    long double key = p[1][j * d + c];

                    if (keys == 2)
                        key = nearest(f, key * p[2][k * d + c]);
                    s += nearest(f, p[0][i * d + c] * key);
                }
                w = exponential(f, nearest(f, s));
                den += w;
                for (int64_t c = 0; c < d; c++) {
                    long double v = p[1 + keys][j * d + c];

                    if (keys == 2)
                        v = nearest(f, v * p[4][k * d + c]);
                    num[c] += nearest(f, w * v);
                }
            }
        for (int64_t c = 0; c < d; c++)
            y[i * d + c] = nearest(f, nearest(f, 1 / nearest(f, den)) * nearest(f, num[c]));
    }
}

START_TEST(as_the_machine)
{
    static const char *const precision[] = {"format='binary32'", "format='bfloat16'"};
    struct model m = open_model(precision[_i % 2], TC_OP, 3, 2,
                                _i & 4   ? "<attention order='3' mask='causal'/>"
                                : _i & 2 ? "<attention order='3'/>"
                                         : "<attention order='2'/>");
    const struct tc_format *f = &m.spec->format;
    long double in[6][6], y[6];
    const long double *at[6];
    uint64_t state = 17, one = word_of(f, 1);
    /* exponents -2 .. 2: sums of so few products fit into 64 bits */
    const int64_t range[2] = {(int64_t)(one - ((uint64_t)2 << (f->p - 1))),
                              (int64_t)(one + ((uint64_t)1 << (f->p - 1)))};

    for (int round = 0; round < 300; round++) {
        for (unsigned t = 0; t < m.last; t++) {
            at[t] = in[t];
            for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[t]); e++) {
                m.tensor[t][e] = draw_word(f, &state, range);
                in[t][e] = value_of(f, m.tensor[t][e]);
            }
        }
        run(&m);
        chain(f, &m.spec->block[0].attention, 3, at, y);
        for (int e = 0; e < 6; e++)
            ck_assert_msg(value_of(f, m.tensor[m.last][e]) == y[e],
                          "%s, round %d: %.9Lg, wanted %.9Lg", precision[_i % 2], round,
                          value_of(f, m.tensor[m.last][e]), y[e]);
    }
    close_model(&m);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("reference_float");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, agrees_with_the_python_evaluator);
    tcase_add_loop_test(c, by_hand, 0, (int)(sizeof hand / sizeof *hand));
    tcase_add_test(c, both_zeros_are_zero);
    tcase_add_loop_test(c, as_the_machine, 0, 6);
    suite_add_tcase(s, c);
    return check_status(s);
}
