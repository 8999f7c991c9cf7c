/* test_word_places.c -- products of wide words, their places, and sums of many, against GMP
 *
 * Operands are inputs in two's complement, of few bits and of several limbs; numbers are random, 0,
 * -1, and both ends of their range.  The run checks the ranges that forms claim.
 */
#include "../../compiler/led.h"
#include "check_main.h"
#include "lowering_case.h"

#include <gmp.h>

#define LANES 64

static gmp_randstate_t random_state;

static void setup(void)
{
    lowering_open();
    gmp_randinit_default(random_state);
    gmp_randseed_ui(random_state, 5);
}

static void teardown(void)
{
    lowering_close();
    gmp_randclear(random_state);
}

static struct number input(const char *name, unsigned bits)
{
    const struct tc_index *a = tc_index_new(L.family, "a", bits, NULL);
    struct tc_axis none = tc_axis_const(0);

    return number_integer(&L, number_wires(&L, tc_family_input(L.family, name, 1, &a), &none));
}

/* 0, -1, the least and the largest in turn; from lane 16 on random ones of random lengths */
static void choose(mpz_ptr x, unsigned bits, unsigned lane)
{
    if (lane >= 16) {
        mpz_urandomb(x, random_state, gmp_urandomm_ui(random_state, bits));
        if (gmp_urandomb_ui(random_state, 1))
            mpz_com(x, x);
        return;
    }
    mpz_set_ui(x, 0);
    if (lane % 4 >= 2)
        mpz_setbit(x, bits - 1);
    if (lane % 4 == 2)
        mpz_neg(x, x);
    else if (lane % 4)
        mpz_sub_ui(x, x, 1);
}

static void put(uint64_t *wire, mpz_srcptr x, unsigned bits, unsigned lane)
{
    for (unsigned a = 0; a < bits; a++)
        wire[a] |= (uint64_t)mpz_tstbit(x, a) << lane;
}

static void taken(const uint64_t *wire, unsigned bits, unsigned lane, mpz_ptr x)
{
    mpz_set_ui(x, 0);
    for (unsigned a = 0; a < bits; a++)
        if (wire[a] >> lane & 1)
            mpz_setbit(x, a);
    if (!mpz_tstbit(x, bits - 1))
        return;
    mpz_com(x, x); /* -1 - x, of the bits that there are */
    mpz_fdiv_r_2exp(x, x, bits);
    mpz_com(x, x);
}

static unsigned output(const struct number *x)
{
    struct number y = number_gates(&L, x->bit, x->a, 1, "y", "the result");

    tc_family_output(L.family, "y", y.bit.term[0].plane);
    ck_assert_msg(!err.kind, "%s", err.msg);
    ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
    return (unsigned)x->a->extent;
}

/* x y of m and k bits */
static void check_product(unsigned m, unsigned k)
{
    struct number x = input("X", m), y = input("Y", k), z = words_product(&L, "z", x, y);
    unsigned bits = output(&z);
    uint64_t *in = tc_xcalloc(m + k, sizeof *in), *out = tc_xcalloc(bits, sizeof *out);
    mpz_t a[LANES], b, c;

    ck_assert_int_eq(z.most, 0);
    mpz_inits(b, c, NULL);
    for (unsigned lane = 0; lane < LANES; lane++) {
        mpz_init(a[lane]);
        choose(a[lane], m, lane);
        choose(b, k, lane >= 16 ? lane : lane / 4);
        put(in, a[lane], m, lane);
        put(in + m, b, k, lane);
        mpz_mul(a[lane], a[lane], b);
    }
    ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
    for (unsigned lane = 0; lane < LANES; lane++) {
        taken(out, bits, lane, c);
        ck_assert_msg(mpz_cmp(a[lane], c) == 0, "%u x %u bits, lane %u", m, k, lane);
        mpz_clear(a[lane]);
    }
    mpz_clears(b, c, NULL);
    free(in);
    free(out);
}

START_TEST(test_products)
{
    static const unsigned size[][2] = {{1, 1},   {1, 2},   {5, 3},   {24, 25}, {64, 64},
                                       {65, 1},  {3, 65},  {65, 32}, {65, 33}, {97, 25},
                                       {96, 64}, {70, 70}, {129, 65}};

    check_product(size[_i][0], size[_i][1]);
}
END_TEST

/* x 2^shift, shift the number of `most` wires that are 1 */
START_TEST(test_places)
{
    static const unsigned size[][2] = {{1, 1}, {1, 5}, {4, 1}, {3, 2}, {7, 9}, {25, 31}, {70, 100}};
    unsigned m = size[_i][0], most = size[_i][1], bits;
    struct number x = input("X", m), z;
    const struct tc_index *e = tc_index_new(L.family, "e", most, NULL);
    const struct tc_plane *p = tc_family_input(L.family, "E", 1, &e);
    struct tc_axis at = tc_axis_of(L.family->arena, e);
    uint64_t *in = tc_xcalloc(m + most, sizeof *in), *out = tc_xcalloc(m + most, sizeof *out);
    mpz_t a[LANES], c;

    x.most = most;
    x.shift = tc_form_sum(L.family, tc_form_wire(L.family, p, &at), 1, &e, 0, NULL);
    z = words_placed(&L, "z", x);
    bits = output(&z);
    ck_assert_uint_eq(bits, m + most);
    mpz_init(c);
    for (unsigned lane = 0; lane < LANES; lane++) {
        unsigned shift = lane % (most + 1);

        mpz_init(a[lane]);
        choose(a[lane], m, lane);
        put(in, a[lane], m, lane);
        for (unsigned k = 0; k < shift; k++)
            in[m + k] |= (uint64_t)1 << lane;
        mpz_mul_2exp(a[lane], a[lane], shift);
    }
    ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
    for (unsigned lane = 0; lane < LANES; lane++) {
        taken(out, bits, lane, c);
        ck_assert_msg(mpz_cmp(a[lane], c) == 0, "%u bits by up to %u, lane %u", m, most, lane);
        mpz_clear(a[lane]);
    }
    mpz_clear(c);
    free(in);
    free(out);
}
END_TEST

/* sums of n words, some of which are taken off */
START_TEST(test_totals)
{
    static const unsigned size[][2] = {{1, 2}, {5, 2},   {9, 3},   {64, 4},
                                       {7, 8}, {130, 7}, {33, 15}, {3, 50}};
    unsigned m = size[_i][0], n = size[_i][1], bits;
    struct tc_arena *arena = L.family->arena;
    const struct tc_index *axis[2] = {tc_index_new(L.family, "z", n, NULL),
                                      tc_index_new(L.family, "a", m, NULL)};
    struct tc_axis at = tc_axis_of(arena, axis[0]);
    struct number x = number_wires(&L, tc_family_input(L.family, "X", 2, axis), &at);
    int64_t *minus = tc_alloc(arena, n, sizeof *minus);
    uint64_t *in = tc_xcalloc((size_t)m * n, sizeof *in), *out = tc_xcalloc(m + n, sizeof *out);
    mpz_t a[LANES], c;

    for (unsigned z = 0; z < n; z++)
        minus[z] = _i % 3 == 1 ? z % 3 == 1 : _i % 3 == 2;
    x = words_total(&L, "z", number_integer(&L, x), axis[0], minus);
    bits = output(&x);
    ck_assert_uint_eq(bits, m + tc_bit_length(n));
    mpz_init(c);
    for (unsigned lane = 0; lane < LANES; lane++) {
        mpz_init(a[lane]);
        for (unsigned z = 0; z < n; z++) {
            choose(c, m, lane % 3 ? lane + 4 * z : lane);
            put(in + z * m, c, m, lane);
            if (minus[z])
                mpz_neg(c, c);
            mpz_add(a[lane], a[lane], c);
        }
    }
    ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
    for (unsigned lane = 0; lane < LANES; lane++) {
        taken(out, bits, lane, c);
        ck_assert_msg(mpz_cmp(a[lane], c) == 0, "%u words of %u bits, lane %u", n, m, lane);
        mpz_clear(a[lane]);
    }
    mpz_clear(c);
    free(in);
    free(out);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("word_places");
    TCase *t = tcase_create("all");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_products, 0, 13);
    tcase_add_loop_test(t, test_places, 0, 7);
    tcase_add_loop_test(t, test_totals, 0, 8);
    suite_add_tcase(s, t);
    return check_status(s);
}
