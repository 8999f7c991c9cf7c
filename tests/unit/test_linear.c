/* test_linear.c -- floats times constants and plus constants that are no numbers of the format
 *
 * Families against the exact rational number, rounded by tc_format_round: of all words of small
 * formats, of random words, and of what is near ties, of wide ones.  Roots are enclosed between
 * rationals that round alike. */
#include "../../compiler/words.h"
#include "check_main.h"

#include <mpfr.h>

#define MANY   ((size_t)1 << 11)
#define PLACES 1500

struct circuit {
    struct tc_format format;
    struct tc_options options;
    struct tc_error err;
    struct tc_family *f;
    struct lowering L;
    struct number x;
};

static void circuit_open(struct circuit *c, const char *format)
{
    const struct tc_index *axis;
    static const struct tc_spec rounded = {.rounding = TC_OP};
    const struct tc_axis none = tc_axis_const(0);
    const struct tc_plane *x;

    *c = (struct circuit){.options = {.level = TC_LEVEL_1, .regime = TC_REGIME_ARITHMETIC}};
    ck_assert_msg(tc_format_parse(format, &c->format, &c->err), "%s", c->err.msg);
    c->f = tc_family_new("linear");
    c->L = (struct lowering){.spec = &rounded,
                             .options = &c->options,
                             .family = c->f,
                             .err = &c->err,
                             .format = &c->format,
                             .bits = tc_format_width(&c->format),
                             .component = "linear",
                             .prefix = ""};
    axis = tc_index_new(c->f, "a", tc_format_width(&c->format), NULL);
    x = tc_family_input(c->f, "x", 1, &axis);
    c->x = number_wires(&c->L, x, &none);
}

/* y of n words, 64 at a time */
static void circuit_run(struct circuit *c, struct number y, size_t n, const uint64_t *in,
                        uint64_t *out)
{
    unsigned width = tc_format_width(&c->format);
    const struct tc_index *a = tc_index_new(c->f, "a", width, NULL);
    struct tc_form bit;
    uint64_t *lane;

    ck_assert_msg(!c->err.kind, "%s", c->err.msg);
    bit = number_bits(&c->L, &c->format, &y, a);
    tc_family_output(
        c->f, "y",
        &tc_bank_new(c->f, "y", bit, NULL, tc_form_si(c->f, 1), true, 0, NULL, "output", "the word")
             ->plane);
    ck_assert_msg(tc_family_check(c->f, &c->err), "%s", c->err.msg);
    lane = tc_xcalloc(2 * (size_t)width, sizeof *lane);
    for (size_t k = 0; k < n; k += 64) {
        memset(lane, 0, 2 * (size_t)width * sizeof *lane);
        for (size_t v = 0; v < 64 && k + v < n; v++)
            for (unsigned b = 0; b < width; b++)
                lane[b] |= (in[k + v] >> b & 1) << v;
        ck_assert_msg(tc_family_run(c->f, lane, lane + width, 1, &c->err), "%s", c->err.msg);
        for (size_t v = 0; v < 64 && k + v < n; v++) {
            out[k + v] = 0;
            for (unsigned b = 0; b < width; b++)
                out[k + v] |= (lane[width + b] >> v & 1) << b;
        }
    }
    free(lane);
    tc_family_free(c->f);
}

static enum tc_class decode(const struct tc_format *f, uint64_t word, mpq_ptr x, bool *minus)
{
    enum tc_class class;
    mpz_t w;

    mpz_init_set_ui(w, word);
    class = tc_format_decode(f, w, x, minus);
    mpz_clear(w);
    return class;
}

/* all words that mean something; of wide formats random ones, their exponents within `reach` of
 * that of 1, and some anywhere.  The last significands have few bits. */
static size_t words_of(const struct tc_format *f, unsigned reach, uint64_t *word)
{
    unsigned width = tc_format_width(f);
    int64_t one = 2 - f->low - (int64_t)f->p;
    struct tc_random r;
    size_t n = 0, most = width > 16 ? 64 : is_fast() ? 512 : MANY;
    mpq_t x;
    bool minus;

    mpq_init(x);
    tc_random_seed(&r, 8);
    for (uint64_t w = 0; n < most && (width > 11 || !(w >> width)); w++) {
        uint64_t candidate = w;

        if (width > 11) {
            int64_t field = one + (int64_t)tc_random_below(&r, 2 * reach) - (int64_t)reach;

            if (w % 4 == 0)
                field = (int64_t)tc_random_below(&r, (uint64_t)f->top + 2);
            field = field < 0 ? 0 : field > f->top + 1 ? f->top + 1 : field;
            candidate = tc_random_below(&r, (uint64_t)1 << (f->p - 1));
            if (w % 3 == 0)
                candidate &= ~(((uint64_t)1 << tc_random_below(&r, f->p)) - 1);
            if (w % 3 == 1)
                candidate |= ((uint64_t)1 << tc_random_below(&r, f->p)) - 1;
            candidate &= ((uint64_t)1 << (f->p - 1)) - 1;
            candidate |= (uint64_t)field << (f->p - 1);
            candidate |= (w / 7 & 1) << (width - 1);
        }
        if (decode(f, candidate, x, &minus) != TC_NO_CODE)
            word[n++] = candidate;
    }
    mpq_clear(x);
    return n;
}

/* the word of y; of 0 and infinity with that sign */
static void same(const struct circuit *c, const char *what, uint64_t in, uint64_t got,
                 uint64_t want, bool minus)
{
    uint64_t sign = (uint64_t)1 << (tc_format_width(&c->format) - 1);

    if ((want & ~sign) == 0)
        want = minus && c->format.signed_zero ? sign : 0;
    ck_assert_msg(got == want, "%s: of %llx %llx, wanted %llx", what, (unsigned long long)in,
                  (unsigned long long)got, (unsigned long long)want);
}

/* infinities and NaN stay */
static bool is_number(const struct circuit *c, uint64_t in, uint64_t got, bool minus, mpq_ptr x)
{
    bool sign, other;
    mpq_t y;
    enum tc_class class = decode(&c->format, in, x, &sign), result;

    if (class == TC_FINITE)
        return true;
    mpq_init(y);
    result = decode(&c->format, got, y, &other);
    mpq_clear(y);
    ck_assert_int_eq(class, result);
    if (class == TC_INFINITE)
        ck_assert_int_eq(other, sign != minus);
    return false;
}

static const char *const formats[] = {
    "ieee:3,3", "float:3,-4,2", "float:4,-9,5",      "e4m3",      "e5m2", "ieee:4,4",
    "binary16", "binary32",     "float:24,-150,100", "ieee:53,11"};
#define FORMATS (sizeof formats / sizeof *formats)
#define NARROW  7 /* of these */

/* ------------------------------------------------------------------------ multiples */

static const char *const factors[] = {"1",
                                      "1/3",
                                      "-2/3",
                                      "7",
                                      "5/6",
                                      "-1/7",
                                      "3/1000",
                                      "1000/3",
                                      "1/1024",
                                      "96",
                                      "1/1000000007",
                                      "340282366920938463463374607431768211455/3",
                                      "3/340282366920938463463374607431768211455",
                                      "16777217/16777216",
                                      "33554431/16777216"};

START_TEST(rational)
{
    static uint64_t in[MANY], out[MANY];

    for (size_t k = 0; k < sizeof factors / sizeof *factors; k++) {
        struct circuit c;
        size_t n;
        mpq_t q, x;

        if (_i >= NARROW && is_fast() && k % 4 != 1)
            continue;
        circuit_open(&c, formats[_i]);
        mpq_inits(q, x, NULL);
        ck_assert(mpq_set_str(q, factors[k], 10) == 0);
        n = words_of(&c.format, 2 * c.format.p, in);
        circuit_run(&c, words_times(&c.L, "y", c.x, q), n, in, out);
        for (size_t v = 0; v < n; v++) {
            bool minus = in[v] >> (tc_format_width(&c.format) - 1) & 1;

            if (!is_number(&c, in[v], out[v], mpq_sgn(q) < 0, x))
                continue;
            mpq_mul(x, x, q);
            if (k) /* times 1 is nothing, and -0 may be 0 there */
                same(&c, factors[k], in[v], out[v], tc_format_round(&c.format, x, NULL),
                     minus != (mpq_sgn(q) < 0));
        }
        mpq_clears(q, x, NULL);
    }
}
END_TEST

/* multiply / root(divide) */
static const struct {
    const char *multiply, *divide;
} roots[] = {{"1", "2"},   {"1", "3"},    {"-1", "128"},    {"5/3", "7"},
             {"1", "5/2"}, {"1", "1/11"}, {"1/1000", "96"}, {"100000", "1000003"}};

/* R(x multiply / root(divide)), or of x^2 and |multiply| */
static void check_root(const char *format, size_t k, bool square)
{
    static uint64_t in[MANY], out[MANY];
    struct circuit c;
    struct tc_scale scale = {.root = true};
    struct number y;
    size_t n;
    mpq_t m, d, q, x;
    mpfr_t lo, hi, t;
    bool down;

    circuit_open(&c, format);
    mpq_inits(m, d, q, x, NULL);
    mpfr_inits2(PLACES, lo, hi, t, (mpfr_ptr)0);
    ck_assert(mpq_set_str(m, roots[k].multiply, 10) == 0);
    ck_assert(mpq_set_str(d, roots[k].divide, 10) == 0);
    if (square)
        mpq_abs(m, m);
    scale.multiply = m;
    scale.divide = d;
    down = mpq_sgn(m) < 0;
    mpq_mul(q, m, m);
    mpq_div(q, q, d);
    n = words_of(&c.format, 2 * c.format.p, in);
    y = square ? words_square_root(&c.L, "y", c.x, q) : words_scaled(&c.L, "y", c.x, &scale);
    circuit_run(&c, y, n, in, out);
    for (size_t v = 0; v < n; v++) {
        bool minus = in[v] >> (tc_format_width(&c.format) - 1) & 1;
        uint64_t want[2];

        if (square && minus && decode(&c.format, in[v], x, &minus) != TC_FINITE)
            continue; /* infinite of another sign */
        if (!is_number(&c, in[v], out[v], down, x))
            continue;
        if (square)
            mpq_mul(x, x, x);
        mpq_mul(x, x, m);
        mpfr_set_q(lo, d, MPFR_RNDN); /* within 2^-(PLACES - 8) of it */
        mpfr_rec_sqrt(lo, lo, MPFR_RNDN);
        mpfr_mul_q(lo, lo, x, MPFR_RNDN);
        mpfr_mul_2si(t, lo, 8 - PLACES, MPFR_RNDN);
        mpfr_abs(t, t, MPFR_RNDN);
        mpfr_add(hi, lo, t, MPFR_RNDU);
        mpfr_sub(lo, lo, t, MPFR_RNDD);
        mpfr_get_q(x, lo);
        want[0] = tc_format_round(&c.format, x, NULL);
        mpfr_get_q(x, hi);
        want[1] = tc_format_round(&c.format, x, NULL);
        ck_assert_uint_eq(want[0], want[1]);
        same(&c, roots[k].divide, in[v], out[v], want[0], square ? false : minus != down);
    }
    mpq_clears(m, d, q, x, NULL);
    mpfr_clears(lo, hi, t, (mpfr_ptr)0);
}

START_TEST(irrational)
{
    for (size_t k = 0; k < sizeof roots / sizeof *roots; k++) {
        if (_i >= NARROW && is_fast() && k % 4 != 1)
            continue;
        check_root(formats[_i], k, false);
        if (_i + 1 < NARROW || (_i < NARROW && k == 1))
            check_root(formats[_i], k, true);
    }
}
END_TEST

/* ----------------------------------------------------------------- sums with constants */

static const char *const summands[] = {"1",
                                       "1/100000",
                                       "1/3",
                                       "3/2",
                                       "17/16",
                                       "33/32",
                                       "5",
                                       "1000/7",
                                       "16777217/16777216",
                                       "33554433/33554432",
                                       "33554431/16777216",
                                       "67108863/67108864",
                                       "1/1000000000000",
                                       "4294967297/4294967296",
                                       "1/16384",
                                       "3/32768",
                                       "1/340282366920938463463374607431768211455",
                                       "100000000000000000000000",
                                       "1125899906842625/1125899906842624"};

START_TEST(sums)
{
    static uint64_t in[MANY], out[MANY];

    for (size_t k = 0; k < sizeof summands / sizeof *summands; k++) {
        struct circuit c;
        size_t n, m = 0;
        mpq_t q, x;

        if (_i >= NARROW && k % 9 != 1) /* of many million wires */
            continue;
        circuit_open(&c, formats[_i]);
        mpq_inits(q, x, NULL);
        ck_assert(mpq_set_str(q, summands[k], 10) == 0);
        n = words_of(&c.format, 3 * c.format.p, in);
        for (size_t v = 0; v < n; v++) /* 0 or more */
            if (!(in[v] >> (tc_format_width(&c.format) - 1)))
                in[m++] = in[v];
        circuit_run(&c, words_plus(&c.L, "y", c.x, q), m, in, out);
        for (size_t v = 0; v < m; v++) {
            if (!is_number(&c, in[v], out[v], false, x))
                continue;
            mpq_add(x, x, q);
            same(&c, summands[k], in[v], out[v], tc_format_round(&c.format, x, NULL), false);
        }
        mpq_clears(q, x, NULL);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("linear");
    TCase *c = tcase_create("linear");

    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, rational, 0, FORMATS);
    tcase_add_loop_test(c, irrational, 0, FORMATS);
    tcase_add_loop_test(c, sums, 0, FORMATS);
    suite_add_tcase(s, c);
    return check_status(s);
}
