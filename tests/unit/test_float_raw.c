/* test_float_raw.c -- floats that are wires, and the values that attention computes with
 *
 * Every word, and every pair of words, of small formats: the forms are read by walking
 * over their definition and compared with exact fractions. */
#include "../../compiler/float.h"
#include "check_main.h"
#include "lowering_case.h"

static const char *const formats[] = {"ieee:3,3", "ieee:2,2",      "float:2", "float:3,-4,2",
                                      "ftz:3,3",  "float:2,-1,-1", "e4m3",    "ieee:4,3"};

#define EACH(name) for (size_t name = 0; name < sizeof formats / sizeof *formats; name++)

static void begin(struct tc_format *f, const char *name)
{
    ck_assert_msg(tc_format_parse(name, f, &err), "%s", err.msg);
    lowering_open();
    L.format = f;
    L.bits = tc_format_width(f);
    L.fraction = (unsigned)-f->low;
}

static struct fl_word wires(const char *name)
{
    const struct tc_index *a = tc_index_new(L.family, "a", L.bits, NULL);

    return (struct fl_word){.plane = tc_family_input(L.family, name, 1, &a)};
}

static void put(unsigned n, const uint64_t *word)
{
    lowering_walk();
    for (unsigned k = 0; k < n; k++)
        for (unsigned a = 0; a < L.bits; a++)
            w.wire[k][a] = word[k] >> a & 1;
    lowering_walk_banks();
}

/* the number in units of 2^low; false for a word that is none */
static bool number(const struct tc_format *f, uint64_t word, int64_t *m)
{
    bool is;
    mpq_t x;

    mpq_init(x);
    is = tc_format_value(f, word, x) == TC_FINITE;
    if (is) {
        mpq_mul_2exp(x, x, (mp_bitcnt_t)-f->low);
        MUST(mpz_cmp_ui(mpq_denref(x), 1) == 0);
        *m = mpz_get_si(mpq_numref(x));
    }
    mpq_clear(x);
    return is;
}

START_TEST(one_word)
{
    EACH(k)
    {
        struct tc_format f;
        struct fl_word x;
        struct chain c;
        struct word v;
        int64_t m;

        begin(&f, formats[k]);
        x = wires("x");
        v = raw_word(&L, &x, "number");
        c = chain_new(&L, raw_steps(&L, &x), "chain", "T_word", NULL, NULL);
        ck_assert_uint_eq(tc_form_level(&v.value), 1);
        ck_assert_uint_eq(tc_form_level(&c.form), 1);
        for (uint64_t word = 0; word < (uint64_t)1 << L.bits; word++) {
            if (!number(&f, word, &m))
                continue;
            put(1, &word);
            ck_assert_msg(value_of(&v.value) == m, "%s %llx", formats[k], (unsigned long long)word);
            ck_assert_msg(value_of(&c.form) == m, "%s %llx", formats[k], (unsigned long long)word);
        }
        lowering_close();
    }
}
END_TEST

START_TEST(two_words)
{
    EACH(k)
    {
        struct tc_format f;
        struct fl_word x, y;
        struct tc_form p;
        uint64_t word[2], count;
        int64_t m, n;

        begin(&f, formats[k]);
        count = (uint64_t)1 << L.bits;
        x = wires("x");
        y = wires("y");
        p = raw_product(&L, "product", &x, &y, "all pairs");
        ck_assert_uint_eq(tc_form_level(&p), 1);
        for (word[0] = 0; word[0] < count; word[0]++)
            for (word[1] = 0; word[1] < count; word[1]++) {
                /* of the larger formats not every pair */
                if ((word[0] * count + word[1]) % (L.bits > 7   ? 401
                                                   : L.bits > 6 ? 37
                                                   : L.bits > 5 ? 3
                                                                : 1))
                    continue;
                if (!number(&f, word[0], &m) || !number(&f, word[1], &n))
                    continue;
                put(2, word);
                ck_assert_msg(value_of(&p) == 4 * m * n, "%s %llx %llx", formats[k],
                              (unsigned long long)word[0], (unsigned long long)word[1]);
            }
        lowering_close();
    }
}
END_TEST

/* nearest by trying all: least distance, then the even key, then 0 at the half of the
 * least number; flushed below it */
static int64_t nearest(const struct tc_format *f, int64_t quarters)
{
    int64_t size = quarters < 0 ? -quarters : quarters, best = 0, distance = size;
    int64_t b = (int64_t)1 << (f->p - 1);
    mpz_t v;

    mpz_init(v);
    for (int64_t key = float_next(f, 0); key <= tc_format_last_key(f); key = float_next(f, key)) {
        int64_t d;

        float_magnitude(f, key, v);
        d = size - 4 * mpz_get_si(v);
        d = d < 0 ? -d : d;
        if (d < distance ||
            (d == distance && key % 2 == 0 && !(f->underflow == TC_NEAREST && best == 0))) {
            best = key;
            distance = d;
        }
    }
    if (f->underflow == TC_FLUSH && best == b && size < 4 * b) /* 2^p halves and less */
        best = size >= 4 * b - 1 ? b : 0;
    if (f->underflow == TC_FLUSH && best == 0 && size >= 4 * b - 1)
        best = b;
    mpz_clear(v);
    return quarters < 0 ? -best : best;
}

/* x quarters of 2^low, by steps of attention and of prim, and as a number */
static void round_one(const struct tc_format *f, const char *name, int64_t x)
{
    int64_t want = nearest(f, x);
    struct steps s = steps_shift(&L, tc_form_si(L.family, x), 2);
    mpz_t v;

    ck_assert_msg(s.n == 0 && s.value[0] == want, "%s %lld quarters: %lld, wanted %lld", name,
                  (long long)x, (long long)s.value[0], (long long)want);
    s = steps_float(&L, f, tc_form_si(L.family, x), f->low - 2, false);
    ck_assert_int_eq(s.value[0], want);
    mpz_init_set_si(v, x);
    ck_assert_int_eq(rounded_value(&L, v, 2), want);
    mpz_clear(v);
}

START_TEST(roundings)
{
    EACH(k)
    {
        struct tc_format f;
        int64_t last = 0, next;
        mpz_t v;

        begin(&f, formats[k]);
        mpz_init(v);
        for (int64_t key = 0; key <= tc_format_last_key(&f); key = float_next(&f, key)) {
            float_magnitude(&f, key, v);
            next = 4 * mpz_get_si(v);
            for (int64_t d = -1; d <= 1; d++) { /* the middle, and the number */
                round_one(&f, formats[k], (last + next) / 2 + d);
                round_one(&f, formats[k], -(last + next) / 2 + d);
                round_one(&f, formats[k], next + d);
            }
            last = next;
        }
        for (int64_t x = 0; x <= 64; x++) /* below the least normal number */
            round_one(&f, formats[k], x);
        round_one(&f, formats[k], 2 * last);
        round_one(&f, formats[k], -2 * last);
        mpz_clear(v);
        lowering_close();
    }
}
END_TEST

START_TEST(functions)
{
    struct tc_format f;

    begin(&f, "bfloat16");
    ck_assert_int_eq(exp_value(&L, 0), 0x3f80);
    ck_assert_int_eq(exp_value(&L, 0x3f80), 0x402e); /* e = 2.71875 */
    ck_assert_int_eq(exp_value(&L, 0x7f7f), 0x7f7f); /* saturates */
    ck_assert_int_eq(exp_value(&L, -0x7f7f), 0);
    ck_assert_int_eq(recip_value(&L, 0), 0x7f7f);
    ck_assert_int_eq(recip_value(&L, 0x4000), 0x3f00);
    ck_assert_int_eq(recip_value(&L, -0x4040), -0x3eab); /* -1/3 */
    ck_assert_int_eq(product_value(&L, 0x3fc0, -0x3fc0), -0x4010);
    ck_assert_int_eq(product_value(&L, 1, 1), 0);
    ck_assert_int_eq(product_value(&L, 0x7f7f, 0x7f7f), 0x7f7f);
    lowering_close();
    begin(&f, "e4m3");
    ck_assert_int_eq(exp_value(&L, 126), 126);
    ck_assert_int_eq(recip_value(&L, 1), 126); /* 2^9 is beyond 448 */
    lowering_close();
}
END_TEST

START_TEST(rotations)
{
    struct tc_format f;
    mpq_t base;

    mpq_init(base);
    mpq_set_ui(base, 10000, 1);
    ck_assert(tc_format_parse("bfloat16", &f, &err));
    ck_assert_int_eq(rope_float_key(&f, base, 4, 0, 1, false), 0x3f80);
    ck_assert_int_eq(rope_float_key(&f, base, 4, 0, 1, true), 0);
    ck_assert_int_eq(rope_float_key(&f, base, 4, 1, 0, false), 0x3f0a);  /* 0.5403 */
    ck_assert_int_eq(rope_float_key(&f, base, 4, 1, 0, true), 0x3f57);   /* 0.8415 */
    ck_assert_int_eq(rope_float_key(&f, base, 4, 1, 1, true), 0x3c24);   /* 0.0099998 */
    ck_assert_int_eq(rope_float_key(&f, base, 4, 3, 0, false), -0x3f7d); /* -0.98999 */
    ck_assert_int_eq(rope_float_key(&f, base, 4, -1, 0, true), -0x3f57);
    mpq_clear(base);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("float_raw");
    TCase *c = tcase_create("float_raw");

    tcase_set_timeout(c, 240);
    tcase_add_test(c, one_word);
    tcase_add_test(c, two_words);
    tcase_add_test(c, roundings);
    tcase_add_test(c, functions);
    tcase_add_test(c, rotations);
    suite_add_tcase(s, c);
    return check_status(s);
}
