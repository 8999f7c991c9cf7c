/* Threshold functions: how many there are, and that the weights found are theirs and
 * the smallest, against a search through all small weights. */
#include "../../passes/net_table.h"
#include "check_main.h"

#include <stdlib.h>

static bool value(const struct tc_threshold *f, unsigned x)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < f->n; i++)
        sum += x >> i & 1 ? f->weight[i] : 0;
    return sum >= f->bound;
}

static uint64_t table_of(const struct tc_threshold *f)
{
    uint64_t table = 0;

    for (unsigned x = 0; x < 1u << f->n; x++)
        table |= (uint64_t)value(f, x) << x;
    return table;
}

static int size_of(const struct tc_threshold *f)
{
    int size = 0;

    for (unsigned i = 0; i < f->n; i++)
        size += abs(f->weight[i]);
    return size;
}

/* least[table]: the least sum of |weight|, of all weights up to 3 and all bounds */
static void search(unsigned n, int *least)
{
    int combinations = 1;

    for (unsigned i = 0; i < n; i++)
        combinations *= 7;
    for (int c = 0; c < combinations; c++) {
        struct tc_threshold f = {.n = n};
        int rest = c;

        for (unsigned i = 0; i < n; i++, rest /= 7)
            f.weight[i] = rest % 7 - 3;
        for (f.bound = -12; f.bound <= 13; f.bound++) {
            uint64_t t = table_of(&f);

            if (least[t] < 0 || size_of(&f) < least[t])
                least[t] = size_of(&f);
        }
    }
}

/* 2, 4, 14, 104, 1882 of 0 .. 4 inputs */
START_TEST(test_all)
{
    static const unsigned known[] = {2, 4, 14, 104, 1882};
    unsigned n = (unsigned)_i, found = 0, tables = 1u << (1u << n);
    int *least = malloc(tables * sizeof *least);

    for (unsigned t = 0; t < tables; t++)
        least[t] = -1;
    search(n, least);
    for (uint64_t t = 0; t < tables; t++) {
        struct tc_threshold f;
        bool is = tc_threshold_find(&t, n, &f);

        ck_assert_msg(is == (least[t] >= 0), "table %llx of %u inputs", (unsigned long long)t, n);
        found += is;
        if (is) {
            ck_assert_uint_eq(table_of(&f), t);
            ck_assert_int_eq(size_of(&f), least[t]);
        }
    }
    ck_assert_uint_eq(found, known[n]);
    free(least);
}
END_TEST

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 33;
}

/* made of weights, of 5 to 8 inputs: found, with weights that are no larger in all */
START_TEST(test_made)
{
    uint64_t state = 77;

    for (int k = 0; k < 1500; k++) {
        struct tc_threshold made = {.n = 5 + (unsigned)(k % 4)}, f;
        uint64_t table[4] = {0};
        int64_t sum = 0;

        for (unsigned i = 0; i < made.n; i++) {
            made.weight[i] = (int32_t)(next(&state) % 19) - 9;
            sum += next(&state) & 1 ? made.weight[i] : 0;
        }
        made.bound = (int32_t)sum;
        for (unsigned x = 0; x < 1u << made.n; x++)
            table[x / 64] |= (uint64_t)value(&made, x) << x % 64;
        ck_assert(tc_threshold_find(table, made.n, &f));
        for (unsigned x = 0; x < 1u << made.n; x++)
            ck_assert(value(&f, x) == value(&made, x));
        ck_assert_int_le(size_of(&f), size_of(&made));
    }
}
END_TEST

/* Two disjoint thresholds, and parity, are none; a comparison of numbers is one. */
START_TEST(test_none)
{
    struct tc_threshold f;
    uint64_t two = 0, parity = 0x6996966996696996, largest[4] = {0};

    for (unsigned x = 0; x < 64; x++)
        two |= (uint64_t)((x & 7) == 7 || x >> 3 == 7) << x;
    ck_assert(!tc_threshold_find(&two, 6, &f));
    ck_assert(!tc_threshold_find(&parity, 6, &f));
    for (unsigned x = 0; x < 256; x++)
        largest[x / 64] |= (uint64_t)(x >= 171) << x % 64;
    ck_assert(tc_threshold_find(largest, 8, &f));
    for (unsigned x = 0; x < 256; x++)
        ck_assert(value(&f, x) == (x >= 171));
}
END_TEST

static unsigned draw(uint64_t *state, unsigned below)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return (unsigned)(*state >> 33) % below;
}

/* one of weights up to 5, n <= 6 */
static uint64_t random_threshold(uint64_t *state, unsigned n)
{
    struct tc_threshold f = {.n = n, .bound = (int32_t)draw(state, 15) - 7};

    for (unsigned i = 0; i < n; i++)
        f.weight[i] = (int32_t)draw(state, 11) - 5;
    return table_of(&f);
}

/* What is looked up by the regular function is what the table itself gives: for all tables of up to
 * four inputs; of five and six for threshold functions, those but for one point, and ANDs of two. */
START_TEST(test_looked_up)
{
    struct tc_tables *t = tc_tables_new();
    struct tc_threshold w;
    uint64_t state = 1, count[2] = {0};

    for (unsigned n = 0; n <= 4; n++)
        for (uint64_t f = 0; f < (uint64_t)1 << (1u << n); f++)
            ck_assert(tc_table_is_threshold(t, f, n) == tc_threshold_find(&f, n, &w));
    for (unsigned k = 0; k < (getenv("TC_FAST") ? 1000 : 20000); k++) {
        unsigned n = 5 + k % 2;
        uint64_t f = random_threshold(&state, n);

        if (k % 3 == 1)
            f ^= (uint64_t)1 << draw(&state, 1u << n);
        if (k % 3 == 2)
            f &= random_threshold(&state, n);
        ck_assert(tc_table_is_threshold(t, f, n) == tc_threshold_find(&f, n, &w));
        count[tc_table_is_threshold(t, f, n)]++;
    }
    ck_assert(count[0] > 100 && count[1] > 100);
    tc_tables_free(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threshold");
    TCase *tc = tcase_create("tables");

    suite_add_tcase(suite, tc);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, test_all, 0, 5);
    tcase_add_test(tc, test_made);
    tcase_add_test(tc, test_none);
    tcase_add_test(tc, test_looked_up);
    return check_status(suite);
}
