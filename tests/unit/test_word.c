/* test_word.c -- words and their products on all inputs
 *
 * The inputs are bits: a chain of all values of a range is made of them first,
 * then words of such chains, then products; forms are read by walking over
 * their definition. */
#include "check_main.h"
#include "lowering_case.h"

static void again(void)
{
    lowering_close();
    lowering_open();
}

/* lo .. hi as a chain over inputs in unary: of hi - lo wires any number is set */
static struct chain unary(const struct tc_plane *p, int64_t lo, int64_t hi)
{
    struct tc_family *f = L.family;
    struct steps s = {.n = (unsigned)(hi - lo)};
    const struct tc_index *e = tc_index_new(f, "e", s.n ? s.n : 1, NULL);
    struct tc_axis at = tc_axis_of(f->arena, e);
    struct chain c;

    s.form = tc_form_sum(f, tc_form_wire(f, p, &at), 1, &e, 0, NULL);
    if (!s.n)
        s.form = tc_form_si(f, 0);
    s.at = tc_alloc(f->arena, s.n + 1, sizeof *s.at);
    s.value = tc_alloc(f->arena, s.n + 1, sizeof *s.value);
    for (unsigned k = 0; k <= s.n; k++) {
        s.at[k] = tc_mpz_si(f->arena, k + 1);
        s.value[k] = lo + k;
    }
    c = chain_new(&L, s, tc_sprintf(f->arena, "c%u", f->nbank), "T", NULL, "a value");
    ck_assert_uint_eq(c.n, s.n);
    return c;
}

/* inputs for n words of these ranges */
static void inputs(const struct tc_plane **p, unsigned n, const int64_t *lo, const int64_t *hi)
{
    for (unsigned k = 0; k < n; k++) {
        const struct tc_index *e =
            tc_index_new(L.family, "e", hi[k] > lo[k] ? hi[k] - lo[k] : 1, NULL);

        p[k] = tc_family_input(L.family, tc_sprintf(L.family->arena, "X%u", k), 1, &e);
    }
}

/* sets the words to these values and evaluates all banks */
static void put(unsigned n, const int64_t *lo, const int64_t *value)
{
    lowering_walk();
    for (unsigned k = 0; k < n; k++)
        for (size_t i = 0; i < walk_box(L.family->input[k]); i++)
            w.wire[k][i] = (int64_t)i < value[k] - lo[k];
    lowering_walk_banks();
}

/* offset + sum of weight * bit, every bit 0 or 1; and the value form */
static int64_t value_of_word(const struct word *x)
{
    int64_t v = x->offset;

    for (int64_t a = 0; a < x->a->extent; a++) {
        int64_t bit;

        w.at[x->a->id] = a;
        bit = value_of(&x->bit);
        MUST(bit == 0 || bit == 1);
        v += bit * tc_table_get_i64(x->weight, &a);
    }
    MUST(value_of(&x->value) == v);
    MUST(v >= x->lo && v <= x->hi);
    return v;
}

static const int64_t ranges[][2] = {{0, 1},  {0, 3},  {-1, 0},  {-2, 1},  {-8, 7},  {0, 15},
                                    {-4, 3}, {0, 5},  {-3, 0},  {-3, 2},  {1, 2},   {5, 5},
                                    {0, 0},  {-1, 1}, {-7, -2}, {-5, -5}, {-8, -8}, {0, 7}};

#define RANGES (sizeof ranges / sizeof *ranges)

START_TEST(words_of_chains)
{
    for (size_t k = 0; k < RANGES; k++)
        for (unsigned fixed = 0; fixed <= 6; fixed += fixed ? 2 : 4) {
            int64_t lo = ranges[k][0], hi = ranges[k][1];
            const struct tc_plane *p;
            struct word x;

            if (fixed == 4 && hi > 7)
                continue;
            again();
            inputs(&p, 1, &lo, &hi);
            {
                struct chain c = unary(p, lo, hi);

                x = word_of_chain(&L, &c, fixed);
                for (int64_t v = lo; v <= hi; v++) {
                    put(1, &lo, &v);
                    MUST(value_of(&c.form) == v);
                    MUST(value_of_word(&x) == v);
                }
            }
            ck_assert_int_eq(x.lo, lo);
            ck_assert_int_eq(x.hi, hi);
            if (fixed) {
                ck_assert_uint_eq(word_bits(&x), fixed);
            } else if (word_bits(&x) > 1 + (lo < 0)) { /* one less would not do */
                int64_t half = (int64_t)1 << (word_bits(&x) - (lo < 0 ? 2 : 1));

                ck_assert(hi >= half || lo < -half);
            }
        }
}
END_TEST

static int64_t square(void *ctx, int64_t v)
{
    (void)ctx;
    return v * v;
}

START_TEST(mapped_chain)
{
    int64_t lo = -3, hi = 4;
    const struct tc_plane *p;
    struct tc_form x;
    struct chain c;

    inputs(&p, 1, &lo, &hi);
    c = unary(p, lo, hi);
    x = chain_map(&L, &c, "square", square, NULL);
    ck_assert(mpz_cmp_si(x.lo, 0) == 0 && mpz_cmp_si(x.hi, 16) == 0);
    for (int64_t v = lo; v <= hi; v++) {
        put(1, &lo, &v);
        MUST(value_of(&x) == v * v);
    }
}
END_TEST

START_TEST(word_of_inputs)
{
    for (L.bits = 2; L.bits <= 6; L.bits++) {
        unsigned bits = L.bits;
        const struct tc_index *axis[2];
        const struct tc_plane *p;
        struct tc_axis at;
        struct word x;

        again();
        L.bits = bits;
        axis[0] = tc_index_new(L.family, "i", 1, NULL);
        axis[1] = tc_index_new(L.family, "a", bits, NULL);
        p = tc_family_input(L.family, "X", 2, axis);
        at = tc_axis_const(0);
        x = word_of_wires(&L, p, &at);
        lowering_walk();
        for (int64_t v = -((int64_t)1 << (bits - 1)); v < (int64_t)1 << (bits - 1); v++) {
            for (unsigned a = 0; a < bits; a++)
                w.wire[0][a] = (uint64_t)v >> a & 1;
            MUST(value_of_word(&x) == v);
        }
    }
}
END_TEST

/* the next tuple of values within the ranges */
static bool advance(unsigned n, const int64_t *lo, const int64_t *hi, int64_t *value)
{
    for (unsigned k = n; k-- > 0;) {
        if (++value[k] <= hi[k])
            return true;
        value[k] = lo[k];
    }
    return false;
}

static int64_t gates(void)
{
    int64_t n = 0;

    for (unsigned k = 0; k < L.family->nbank; k++)
        for (size_t i = 0; i < walk_box(&L.family->bank[k]->plane); i++)
            n += w.wire[L.family->ninput + k][i] != WALK_NONE;
    return n;
}

/* all products of one to three words; of three, those of up to 3 bits */
static void all_products(unsigned n, const int64_t *lo, const int64_t *hi)
{
    const struct tc_plane *p[3];
    struct word x[3], r = {0};
    struct tc_form product_form;
    unsigned cost = 0, bits = 0, made = 0, each = 1;
    int64_t value[3];

    again();
    inputs(p, n, lo, hi);
    for (unsigned k = 0; k < n; k++) {
        struct chain *c = tc_alloc(L.family->arena, 1, sizeof *c);

        *c = unary(p[k], lo[k], hi[k]);
        x[k] = word_of_chain(&L, c, 0);
        made += c->n;
        each *= word_bits(&x[k]);
    }
    product_form = product(&L, "direct", n, x, NULL, "product");
    product_word_cost(n, x, &cost, &bits);
    if (bits)
        r = product_word(&L, "p", n, x, "product");
    memcpy(value, lo, sizeof value);
    do {
        int64_t want = 1;

        put(n, lo, value);
        for (unsigned k = 0; k < n; k++)
            want *= value[k];
        MUST(value_of(&product_form) == want);
        if (bits) {
            MUST(value_of_word(&r) == want);
            ck_assert_uint_eq(word_bits(&r), bits);
        }
    } while (advance(n, lo, hi, value));
    ck_assert_int_eq(gates(), made + (n > 1 ? each : 0) + (bits ? cost : 0));
}

START_TEST(products)
{
    for (size_t i = 0; i < RANGES; i++) {
        int64_t lo[3] = {ranges[i][0]}, hi[3] = {ranges[i][1]};

        all_products(1, lo, hi);
        for (size_t j = 0; j < RANGES; j++) {
            lo[1] = ranges[j][0];
            hi[1] = ranges[j][1];
            all_products(2, lo, hi);
        }
    }
}
END_TEST

START_TEST(products_of_three)
{
    const int64_t pick[][3] = {{0, 0, 0},  {3, 3, 3},  {6, 6, 6},   {1, 3, 2},
                               {7, 2, 9},  {2, 2, 2},  {6, 3, 1},   {8, 6, 7},
                               {9, 9, 9},  {14, 6, 8}, {10, 6, 13}, {11, 3, 6},
                               {12, 3, 3}, {15, 6, 6}, {16, 3, 2},  {4, 3, 13}};

    for (size_t k = 0; k < sizeof pick / sizeof *pick; k++) {
        int64_t lo[3], hi[3];

        for (unsigned m = 0; m < 3; m++) {
            lo[m] = ranges[pick[k][m]][0];
            hi[m] = ranges[pick[k][m]][1];
        }
        all_products(3, lo, hi);
    }
}
END_TEST

/* a step function times words, whose first value may be 0 or not */
START_TEST(gated_products)
{
    const int64_t step[][2] = {{0, 5}, {-2, 3}, {3, 4}, {-7, -4}, {6, 6}};

    for (size_t s = 0; s < sizeof step / sizeof *step; s++)
        for (size_t i = 0; i < RANGES; i++)
            for (size_t j = 0; j <= RANGES; j += 3) {
                unsigned n = j < RANGES ? 3 : 2;
                int64_t lo[3] = {step[s][0], ranges[i][0], 0},
                        hi[3] = {step[s][1], ranges[i][1], 0};
                const struct tc_plane *p[3];
                struct word x[2];
                struct tc_form product_form;
                struct steps to;
                struct chain c;
                int64_t value[3], form[2] = {step[s][0], step[s][1]};

                if (n == 3) {
                    lo[2] = ranges[j][0];
                    hi[2] = ranges[j][1];
                }
                if ((hi[1] - lo[1] + 1) * (hi[2] - lo[2] + 1) > 60)
                    continue;
                again();
                L.bits = 5;
                inputs(p, n, lo, hi);
                for (unsigned k = 1; k < n; k++) {
                    struct chain *v = tc_alloc(L.family->arena, 1, sizeof *v);

                    *v = unary(p[k], lo[k], hi[k]);
                    x[k - 1] = word_of_chain(&L, v, 0);
                }
                c = unary(p[0], lo[0], hi[0]);
                ck_assert(mpz_cmp_si(c.form.lo, form[0]) == 0 &&
                          mpz_cmp_si(c.form.hi, form[1]) == 0);
                to = steps_shift(&L, c.form, 1); /* halves, rounded */
                product_form = product_gated(&L, "g", to, n - 1, x, NULL, "gated");
                memcpy(value, lo, sizeof value);
                do {
                    int64_t want = value[0] / 2;

                    if (value[0] % 2)
                        want = 2 * ((value[0] + (value[0] < 0 ? -1 : 1)) / 4);
                    put(n, lo, value);
                    for (unsigned k = 1; k < n; k++)
                        want *= value[k];
                    MUST(value_of(&product_form) == want);
                } while (advance(n, lo, hi, value));
            }
}
END_TEST

/* three words of 16 bits at their extremes: weights up to 2^45 */
START_TEST(large_words)
{
    int64_t lo[3] = {0, 0, 0}, hi[3] = {1, 1, 1};
    const int64_t low = -32768, high = 32767;
    const struct tc_plane *p[3];
    struct word x[3], r;
    unsigned cost, bits;

    inputs(p, 3, lo, hi);
    for (unsigned k = 0; k < 3; k++) {
        struct chain *c = tc_alloc(L.family->arena, 1, sizeof *c);

        *c = unary(p[k], 0, 1);
        c->value = tc_alloc(L.family->arena, 2, sizeof *c->value);
        c->value[0] = low;
        c->value[1] = high;
        c->form = chain_form(&L, c);
        x[k] = word_of_chain(&L, c, 0);
        ck_assert_uint_eq(word_bits(&x[k]), 16);
    }
    product_word_cost(3, x, &cost, &bits);
    ck_assert_uint_eq(bits, 46); /* from -2^45 to (2^15 - 1) 2^30 */
    r = product_word(&L, "p", 3, x, "product");
    {
        const struct tc_bank *y = tc_bank_new(L.family, "Y", r.bit, NULL, tc_form_si(L.family, 1),
                                              true, 0, NULL, "test", NULL);
        uint64_t in[3] = {0xf0, 0xcc, 0xaa}, out[46];

        tc_family_output(L.family, "Y", &y->plane);
        ck_assert_uint_eq(tc_family_outputs(L.family), 46);
        ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
        ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
        for (unsigned v = 0; v < 8; v++) {
            int64_t want = 1, got = r.offset;

            for (unsigned k = 0; k < 3; k++)
                want *= in[k] >> v & 1 ? high : low;
            for (int64_t a = 0; a < 46; a++)
                got += (int64_t)(out[a] >> v & 1) * tc_table_get_i64(r.weight, &a);
            ck_assert_int_eq(got, want);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("word");
    TCase *c = tcase_create("word");

    tcase_add_checked_fixture(c, lowering_open, lowering_close);
    tcase_set_timeout(c, 300);
    tcase_add_test(c, words_of_chains);
    tcase_add_test(c, mapped_chain);
    tcase_add_test(c, word_of_inputs);
    tcase_add_test(c, products);
    tcase_add_test(c, products_of_three);
    tcase_add_test(c, gated_products);
    tcase_add_test(c, large_words);
    suite_add_tcase(s, c);
    return check_status(s);
}
