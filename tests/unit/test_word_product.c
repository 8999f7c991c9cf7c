/* test_word_product.c -- sums of products of wide words, in pieces and at once
 *
 * Words are inputs; the bits of the sum are compared with GMP's, for random words and for those at
 * the ends of their range: all bits 0 or 1, and the sign alone.  Sums of ANDs, which are a form,
 * are compared with a constant.
 */
#include "../../compiler/ratio.h"
#include "check_main.h"
#include "lowering_case.h"

#define MOST_BITS  80
#define MOST_TERMS 3
#define LANES      64

/* words of so many bits over e, as inputs */
static struct number input(const char *name, const struct tc_index *e, unsigned bits, bool plus)
{
    const struct tc_index *axis[2] = {e, tc_index_new(L.family, "a", bits, NULL)};
    const struct tc_plane *p = tc_family_input(L.family, name, 2, axis);
    struct tc_axis at = tc_axis_of(L.family->arena, e);
    struct number x = number_integer(&L, number_wires(&L, p, &at));

    x.plus = plus;
    return x;
}

static uint64_t seed;

static unsigned below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

/* random; or 0, all bits, the last bit, all but that */
static void choose(mpz_ptr x, unsigned bits)
{
    unsigned kind = below(8);

    mpz_set_ui(x, 0);
    for (unsigned k = 0; k < bits; k++) {
        bool last = k + 1 == bits;
        bool one[4] = {false, true, last, !last};

        if (kind < 4 ? one[kind] : below(2))
            mpz_setbit(x, k);
    }
}

/* in lane v; the value, with the sign that the last bit is unless `plus` */
static void store(uint64_t *wire, unsigned v, mpz_ptr x, unsigned bits, bool plus)
{
    for (unsigned k = 0; k < bits; k++)
        wire[k] |= (uint64_t)mpz_tstbit(x, k) << v;
    if (!plus && mpz_tstbit(x, bits - 1)) {
        mpz_t power;

        mpz_init(power);
        mpz_setbit(power, bits);
        mpz_sub(x, x, power);
        mpz_clear(power);
    }
}

/* all lanes of `in`, and what each lane's sum is */
static void fill(uint64_t *in, mpz_t *want, unsigned terms, const unsigned *bits, const bool *plus)
{
    mpz_t x, y;

    mpz_inits(x, y, NULL);
    memset(in, 0, (size_t)terms * (bits[0] + bits[1]) * sizeof *in);
    for (unsigned v = 0; v < LANES; v++) {
        mpz_set_ui(want[v], 0);
        for (unsigned t = 0; t < terms; t++) {
            choose(x, bits[0]);
            choose(y, bits[1]);
            store(in + (size_t)t * bits[0], v, x, bits[0], plus[0]);
            store(in + (size_t)terms * bits[0] + (size_t)t * bits[1], v, y, bits[1], plus[1]);
            mpz_addmul(want[v], x, y);
        }
    }
    mpz_clears(x, y, NULL);
}

static void check_lanes(const uint64_t *out, unsigned bits, mpz_t *want)
{
    mpz_t power, y;

    mpz_inits(power, y, NULL);
    mpz_setbit(power, bits);
    for (unsigned v = 0; v < LANES; v++) {
        mpz_set_ui(y, 0);
        for (unsigned k = 0; k < bits; k++)
            if (out[k] >> v & 1)
                mpz_setbit(y, k);
        if (mpz_tstbit(y, bits - 1))
            mpz_sub(y, y, power);
        ck_assert_msg(mpz_cmp(y, want[v]) == 0, "lane %u: wanted another sum", v);
    }
    mpz_clears(power, y, NULL);
}

static void sum_of(unsigned terms, unsigned m, unsigned k, bool plus_x, bool plus_y)
{
    unsigned bits[2] = {m, k};
    bool plus[2] = {plus_x, plus_y};
    static uint64_t in[2 * MOST_TERMS * MOST_BITS], out[4 * MOST_BITS];
    mpz_t want[LANES];
    const struct tc_index *e;
    struct number x, y, z;

    lowering_open();
    e = tc_index_new(L.family, "e", terms, NULL);
    x = input("X", e, m, plus_x);
    y = input("Y", e, k, plus_y);
    z = words_wide_dot(&L, "product", x, y, 1, &e);
    ck_assert_msg(!err.kind, "%s", err.msg);
    z = number_gates(&L, z.bit, z.a, 1, "bits", "the sum");
    tc_family_output(L.family, "Z", &L.family->bank[L.family->nbank - 1]->plane);
    ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
    for (unsigned v = 0; v < LANES; v++)
        mpz_init(want[v]);
    for (unsigned times = is_fast() ? 1 : 4; times--;) {
        fill(in, want, terms, bits, plus);
        ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
        check_lanes(out, (unsigned)z.a->extent, want);
    }
    for (unsigned v = 0; v < LANES; v++)
        mpz_clear(want[v]);
    lowering_close();
}

START_TEST(products_in_pieces)
{
    static const unsigned bits[][2] = {{18, 18}, {24, 25}, {33, 18}, {20, 47}, {75, 80}, {64, 32}};

    for (size_t k = 0; k < sizeof bits / sizeof *bits; k++)
        for (unsigned plus = 0; plus < 4; plus++)
            sum_of(1 + plus % MOST_TERMS, bits[k][0], bits[k][1], plus & 1, plus & 2);
}
END_TEST

START_TEST(narrow_products_at_once)
{
    static const unsigned bits[][2] = {{1, 1}, {2, 9}, {17, 40}, {40, 16}, {5, 5}};

    for (size_t k = 0; k < sizeof bits / sizeof *bits; k++)
        for (unsigned plus = 0; plus < 4; plus++)
            sum_of(1 + plus % MOST_TERMS, bits[k][0], bits[k][1], plus & 1, plus & 2);
}
END_TEST

/* all pairs of words of m and k bits: [x y >= t], or of x^2 */
static void ands(unsigned m, unsigned k, bool square)
{
    const struct tc_index *one;
    struct number x, y;
    struct tc_form sum;
    unsigned most = (1u << m) * (1u << (square ? m : k));

    for (unsigned t = 1; t < most; t += 3) {
        lowering_open();
        one = tc_index_new(L.family, "e", 1, NULL);
        x = number_at(&L, input("X", one, m, true), one, tc_axis_const(0));
        y = number_at(&L, input("Y", one, k, true), one, tc_axis_const(0));
        sum = sum_of_ands(&L, "and", &x, square ? NULL : &y);
        tc_family_output(L.family, "Z",
                         &tc_bank_new(L.family, "z", sum, NULL, tc_form_si(L.family, t), true, 0,
                                      NULL, "test", "at least t")
                              ->plane);
        ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
        for (unsigned first = 0; first < 1u << (m + k); first += LANES) {
            uint64_t in[16] = {0}, out;

            for (unsigned v = 0; v < LANES; v++)
                for (unsigned b = 0; b < m + k; b++)
                    in[b] |= (uint64_t)((first + v) >> b & 1) << v;
            ck_assert_msg(tc_family_run(L.family, in, &out, 1, &err), "%s", err.msg);
            for (unsigned v = 0; v < LANES && first + v < 1u << (m + k); v++) {
                unsigned a = (first + v) & ((1u << m) - 1), b = (first + v) >> m;

                ck_assert_uint_eq(out >> v & 1, a * (square ? a : b) >= t);
            }
        }
        lowering_close();
    }
}

START_TEST(sums_of_ands)
{
    ands(3, 4, false);
    ands(4, 2, false);
    ands(1, 5, false);
    ands(5, 1, true);
    ands(1, 1, true);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("word_product");
    TCase *t = tcase_create("products");

    tcase_set_timeout(t, 120);
    tcase_add_test(t, products_in_pieces);
    tcase_add_test(t, narrow_products_at_once);
    tcase_add_test(t, sums_of_ands);
    suite_add_tcase(s, t);
    return check_status(s);
}
