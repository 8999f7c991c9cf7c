/* The largest of words, of two-input gates in several shapes: how many gates and layers it takes,
 * held against numbers; and what that rests on, products that cover a function, and values that
 * comparisons never have together. */
#include "../../passes/net_cover.h"
#include "check_main.h"
#include "netlist_text.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MOST 6
#define BITS_MOST  20

static uint64_t state;

static uint64_t random_bits(void)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state ^ state >> 33) * UINT64_C(0xff51afd7ed558ccd) >> 16;
}

/* ------------------------------------------------------------ largest words */

struct shape {
    int words, bits;
    bool chain;  /* the largest so far is compared with the next; else in pairs */
    bool strict; /* first > second; else >= */
    bool least;  /* the least of them */
    bool sign;   /* two's complement */
    bool number; /* also which one it is */
};

struct making {
    const struct shape *shape;
    FILE *file;
    int wire;
};

struct word {
    int bit[BITS_MOST], number[3]; /* wires, the low bit first */
};

/* a gate of two wires */
static int gate(struct making *m, int a, const char *sign, int b, int bound)
{
    fprintf(m->file, "%d = +1*%d %s1*%d >= %d\n", m->wire, a, sign, b, bound);
    return m->wire++;
}

/* whether a > b, or a >= b, from the low bits on: a carry of a AND NOT b, a OR NOT b */
static int compare(struct making *m, const struct word *a, const struct word *b)
{
    int bits = m->shape->bits, carry = -1;

    for (int k = 0; k < bits; k++) {
        bool turned = m->shape->sign && k == bits - 1;
        int x = turned ? b->bit[k] : a->bit[k], y = turned ? a->bit[k] : b->bit[k];
        int more = gate(m, x, "-", y, 1), no_less = gate(m, x, "-", y, 0);

        if (k == 0)
            carry = m->shape->strict ? more : no_less;
        else
            carry = gate(m, more, "+", gate(m, carry, "+", no_less, 2), 1);
    }
    return carry;
}

static int choose_bit(struct making *m, int s, int a, int b)
{
    int first = gate(m, s, "+", a, 2), second = gate(m, b, "-", s, 1);

    return gate(m, first, "+", second, 1);
}

static struct word choose(struct making *m, const struct word *a, const struct word *b)
{
    int s = m->shape->least ? compare(m, b, a) : compare(m, a, b);
    struct word c;

    for (int k = 0; k < m->shape->bits; k++)
        c.bit[k] = choose_bit(m, s, a->bit[k], b->bit[k]);
    for (int k = 0; m->shape->number && k < 3; k++)
        c.number[k] = choose_bit(m, s, a->number[k], b->number[k]);
    return c;
}

/* words as inputs, one after the other, low bits first; its bits as outputs, then its number's */
static struct tc_netlist *largest(const struct shape *shape)
{
    struct making m = {.shape = shape};
    struct word word[WORDS_MOST];
    int left = shape->words, one;
    size_t size;
    char *text;

    m.file = open_memstream(&text, &size);
    m.wire = shape->words * shape->bits;
    fprintf(m.file, "tc 1\ninputs %d\n", m.wire);
    one = m.wire + 1;
    fprintf(m.file, "%d = >= 1\n%d = >= 0\n", m.wire, one);
    m.wire += 2;
    for (int i = 0; i < left; i++) {
        for (int k = 0; k < shape->bits; k++)
            word[i].bit[k] = i * shape->bits + k;
        for (int k = 0; k < 3; k++)
            word[i].number[k] = one - 1 + (i >> k & 1);
    }
    while (left > 1 && shape->chain) {
        word[0] = choose(&m, &word[0], &word[shape->words - left + 1]);
        left--;
    }
    for (; left > 1; left = (left + 1) / 2)
        for (int i = 0; i < left; i += 2)
            word[i / 2] = i + 1 < left ? choose(&m, &word[i], &word[i + 1]) : word[i];
    fprintf(m.file, "outputs");
    for (int k = 0; k < shape->bits; k++)
        fprintf(m.file, " %d", word[0].bit[k]);
    for (int k = 0; shape->number && 1 << k < shape->words; k++)
        fprintf(m.file, " %d", word[0].number[k]);
    fprintf(m.file, "\n");
    fclose(m.file);
    return netlist_of_made(text);
}

/* words that often are equal, or from some bit on */
static void draw(const struct shape *shape, uint64_t *value)
{
    uint64_t mask = ((uint64_t)1 << shape->bits) - 1;

    for (int i = 0; i < shape->words; i++) {
        unsigned low = (unsigned)(random_bits() % (unsigned)(shape->bits + 1));
        uint64_t new = random_bits() & mask;

        value[i] = i ? value[random_bits() % (unsigned)i] : new;
        value[i] = (value[i] >> low << low) | (new &(((uint64_t)1 << low) - 1));
    }
}

/* the word, with its number above its bits */
static uint64_t answer(const struct shape *shape, const uint64_t *value)
{
    uint64_t high = shape->sign ? (uint64_t)1 << (shape->bits - 1) : 0;
    int best = 0;

    /* first > second takes the second one of equal words; by >= the first */
    for (int i = 1; i < shape->words; i++) {
        uint64_t a = value[best] ^ high, b = value[i] ^ high;
        bool stays = shape->least ? a < b : a > b;

        best = stays || (a == b && !shape->strict) ? best : i;
    }
    return value[best] | (shape->number ? (uint64_t)best << shape->bits : 0);
}

static void check_largest(const struct tc_netlist *nl, const struct shape *shape)
{
    int inputs = shape->words * shape->bits, n = inputs <= 12 ? 1 << inputs : 4096;
    uint32_t outputs = nl->noutputs;
    uint64_t *in = tc_xcalloc((size_t)inputs, 8), *out = tc_xcalloc(outputs, 8);
    struct tc_error err = {0};

    for (int first = 0; first < n; first += 64) {
        uint64_t want[64], value[WORDS_MOST];

        memset(in, 0, (size_t)inputs * sizeof *in);
        for (int v = 0; v < 64; v++) {
            draw(shape, value);
            for (int i = 0; inputs <= 12 && i < shape->words; i++)
                value[i] = (unsigned)(first + v) >> i * shape->bits & ((1u << shape->bits) - 1);
            for (int i = 0; i < inputs; i++)
                in[i] |= (value[i / shape->bits] >> i % shape->bits & 1) << v;
            want[v] = answer(shape, value);
        }
        ck_assert(tc_netlist_run(nl, in, out, 1, &err));
        for (int v = 0; v < 64; v++)
            for (uint32_t o = 0; o < outputs; o++)
                ck_assert_uint_eq(out[o] >> v & 1, want[v] >> o & 1);
    }
    free(in);
    free(out);
}

/* what passes make of it, which is held against numbers */
static struct tc_netlist *made(const struct shape *shape, const char *named, enum tc_level level)
{
    struct tc_pass_options options = {.level = level, .named = named};
    struct tc_arena *arena = tc_arena_new();
    struct tc_netlist *nl = largest(shape);
    struct tc_pass_log log = {0};
    struct tc_error err = {0};

    state = 1;
    check_largest(nl, shape);
    ck_assert_msg(tc_passes_run_netlist(arena, &nl, &options, NULL, &log, &err), "%s", err.msg);
    check_largest(nl, shape);
    tc_arena_free(arena);
    return nl;
}

/* Gates by hand: n (n - 1) / 2 comparisons; the first bit is one gate, and each other one is n
 * products of n - 1 comparisons and a bit, the last of them joined with their sum.  Depth 3, or 2
 * of two words. */
START_TEST(shapes)
{
    static const int bits[] = {1, 2, 5, 16};
    struct shape shape = {.words = 2 + _i % 3};
    unsigned n = (unsigned)shape.words;
    bool size = _i < 3;

    for (unsigned k = 0; k < 64; k += is_fast() ? 21 : 7) {
        struct tc_netlist *nl;
        unsigned most;

        shape.bits = bits[k % 4];
        shape.chain = k & 4;
        shape.strict = k & 8;
        shape.least = k & 16;
        shape.sign = k & 32;
        most = n * (n - 1) / 2 + n * (unsigned)(shape.bits - 1) + 1;
        nl = made(&shape, NULL, size ? TC_LEVEL_SIZE : TC_LEVEL_2);
        if (size)
            ck_assert_uint_le(nl->ngates, most);
        if (size && shape.bits == 16 && n > 2)
            ck_assert_uint_eq(nl->ngates, most);
        if (!size || shape.bits >= 5 || shape.bits == 1)
            ck_assert_uint_le(depth_of_netlist(nl), n == 2 ? 2 : 3);
        if (shape.bits == 1)
            ck_assert_uint_eq(nl->ngates, 1);
        tc_netlist_free(nl);
    }
}
END_TEST

/* The pass alone, with the number of the word.  Gates by hand: comparisons; the first bit, and for
 * each other one its n products and their sum; of three words the number's bits are products, of
 * more three bits at most, for each of them two products and their sum, or the product of one word.
 */
START_TEST(alone)
{
    struct shape shape = {.words = 3 + _i, .bits = 12, .number = true};
    unsigned n = (unsigned)shape.words, number[] = {2, 6, 7};

    for (unsigned k = 0; k < 4; k++) {
        struct tc_netlist *nl;

        shape.chain = k & 1;
        shape.strict = k & 2;
        nl = made(&shape, "strash,choose,dead", TC_LEVEL_SIZE);
        ck_assert_uint_le(nl->ngates, n * (n - 1) / 2 + 1 + 11 * (n + 1) + number[_i]);
        ck_assert_uint_eq(depth_of_netlist(nl), 3);
        tc_netlist_free(nl);
    }
}
END_TEST

/* A word chosen by a comparison, compared with one chosen by a comparison of other words: nothing
 * is free, and the bits are right. */
START_TEST(chosen_by_others)
{
    struct tc_pass_options options = {.level = TC_LEVEL_SIZE, .vectors = UINT64_MAX};
    struct shape shape = {.words = 2, .bits = _i};
    struct making m = {.shape = &shape};
    const struct tc_pass *pass = tc_pass_find("choose", 6);
    union tc_circuit before, after;
    struct tc_error err = {0};
    struct word word[6] = {0}, a = {0}, b = {0};
    size_t size;
    char *text;
    int s, t;

    m.file = open_memstream(&text, &size);
    m.wire = 6 * _i;
    fprintf(m.file, "tc 1\ninputs %d\n", m.wire);
    for (int i = 0; i < 6 * _i; i++)
        word[i / _i].bit[i % _i] = i;
    s = compare(&m, &word[0], &word[1]);
    t = compare(&m, &word[4], &word[5]);
    for (int k = 0; k < _i; k++) {
        a.bit[k] = choose_bit(&m, s, word[0].bit[k], word[1].bit[k]);
        b.bit[k] = choose_bit(&m, t, word[2].bit[k], word[3].bit[k]);
    }
    a = choose(&m, &a, &b);
    fprintf(m.file, "outputs");
    for (int k = 0; k < _i; k++)
        fprintf(m.file, " %d", a.bit[k]);
    fprintf(m.file, "\n");
    fclose(m.file);
    before.netlist = netlist_of_made(text);
    after.netlist = pass->run_netlist(before.netlist, &options, &err);
    ck_assert(after.netlist != before.netlist && tc_netlist_check(after.netlist, &err));
    ck_assert_uint_eq(depth_of_netlist(after.netlist), 3);
    ck_assert_msg(tc_passes_same(TC_PASS_NETLIST, before, after, &options, &err), "%s", err.msg);
    tc_netlist_free(after.netlist);
    tc_netlist_free(before.netlist);
}
END_TEST

/* what is chosen may be always 1, and is read by what is not made anew */
START_TEST(always_one)
{
    struct tc_pass_options options = {.level = TC_LEVEL_SIZE, .vectors = UINT64_MAX};
    const struct tc_pass *pass = tc_pass_find("choose", 6);
    union tc_circuit before, after;
    struct tc_error err = {0};

    before.netlist = netlist_of_text("tc 1\n"
                                     "inputs 2\n"
                                     "2 = +1*0 +1*1 >= 2\n"
                                     "3 = +1*1 -1*0 >= 0\n"
                                     "4 = +1*3 -1*1 >= 1\n"
                                     "5 = +1*1 +1*2 +2*4 >= 2\n"
                                     "6 = +1*1 +1*5 >= 1\n"
                                     "7 = +1*5 +1*6 >= 1\n"
                                     "8 = +1*2 +1*7 -1*5 >= 0\n"
                                     "outputs 5 8\n");
    after.netlist = pass->run_netlist(before.netlist, &options, &err);
    ck_assert(after.netlist != before.netlist && tc_netlist_check(after.netlist, &err));
    ck_assert_msg(tc_passes_same(TC_PASS_NETLIST, before, after, &options, &err), "%s", err.msg);
    tc_netlist_free(after.netlist);
    tc_netlist_free(before.netlist);
}
END_TEST

/* Words chosen by comparisons of chosen words, in any order: of the last ones the bits, and whether
 * they compare so, are the same on all inputs. */
START_TEST(networks)
{
    enum { MOST = 10 };
    struct tc_pass_options options = {.level = TC_LEVEL_SIZE, .vectors = UINT64_MAX};
    struct shape shape = {.words = 3 + _i % 2, .bits = _i % 2 ? 2 : 3};
    struct making m = {.shape = &shape, .wire = shape.words * shape.bits};
    const struct tc_pass *pass = tc_pass_find("choose", 6);
    union tc_circuit before, after;
    struct tc_error err = {0};
    struct word word[MOST] = {0};
    int n = shape.words, output[64], outputs = 0;
    size_t size;
    char *text;

    state = (uint64_t)_i;
    m.file = open_memstream(&text, &size);
    fprintf(m.file, "tc 1\ninputs %d\n", m.wire);
    for (int i = 0; i < m.wire; i++)
        word[i / shape.bits].bit[i % shape.bits] = i;
    while (n + 2 <= MOST) {
        const struct word *a = &word[random_bits() % (unsigned)n];
        const struct word *b = &word[n - 1 - (int)(random_bits() % 3)];
        int s;

        shape.strict = random_bits() & 1;
        s = random_bits() % 3 ? compare(&m, a, b)
                              : gate(&m, a->bit[0], random_bits() & 1 ? "-" : "+", b->bit[1],
                                     (int)(random_bits() % 2) + 1);
        output[outputs++] = s;
        for (int both = 0; both < 1 + (int)(random_bits() & 1); both++, n++)
            for (int k = 0; k < shape.bits; k++) {
                word[n].bit[k] = choose_bit(&m, s, (both ? b : a)->bit[k], (both ? a : b)->bit[k]);
                output[outputs++] = word[n].bit[k];
            }
    }
    fprintf(m.file, "outputs");
    for (int o = outputs - 8; o < outputs; o++)
        fprintf(m.file, " %d", output[o]);
    fprintf(m.file, "\n");
    fclose(m.file);
    before.netlist = netlist_of_made(text);
    after.netlist = pass->run_netlist(before.netlist, &options, &err);
    ck_assert_msg(tc_netlist_check(after.netlist, &err), "%s", err.msg);
    ck_assert_msg(tc_passes_same(TC_PASS_NETLIST, before, after, &options, &err), "%s", err.msg);
    if (after.netlist != before.netlist)
        tc_netlist_free(after.netlist);
    tc_netlist_free(before.netlist);
}
END_TEST

/* ------------------------------------------------------------ one comparison */

struct range {
    int more, equal; /* wires: of these bits a is larger, or not smaller */
};

/* of bits first .. first + n - 1 of two words, cut anywhere and made from either half on */
static struct range compare_range(struct making *m, int first, int n)
{
    int low = n > 1 ? 1 + (int)(random_bits() % (unsigned)(n - 1)) : 0;
    struct range r[2], all;

    if (n == 1) {
        all.more = gate(m, first, "-", m->shape->bits + first, 1);
        all.equal = gate(m, first, "-", m->shape->bits + first, 0);
        return all;
    }
    for (int k = 0, turn = (int)(random_bits() & 1); k < 2; k++)
        r[k ^ turn] =
            k ^ turn ? compare_range(m, first + low, n - low) : compare_range(m, first, low);
    all.more = gate(m, r[1].more, "+", gate(m, r[1].equal, "+", r[0].more, 2), 1);
    all.equal = gate(m, r[1].more, "+", gate(m, r[1].equal, "+", r[0].equal, 2), 1);
    return all;
}

/* a tree of ranges, in any order, is found to be one gate */
START_TEST(trees)
{
    struct tc_pass_options options = {.level = TC_LEVEL_SIZE};
    const struct tc_pass *pass = tc_pass_find("lists", 5);
    struct shape shape = {.words = 2, .bits = 64};
    struct making m = {.shape = &shape, .wire = 128};
    union tc_circuit before, after;
    struct tc_error err = {0};
    size_t size;
    char *text;

    state = (uint64_t)_i;
    m.file = open_memstream(&text, &size);
    fprintf(m.file, "tc 1\ninputs 128\n");
    fprintf(m.file, "outputs %d\n", compare_range(&m, 0, 64).more);
    fclose(m.file);
    before.netlist = netlist_of_made(text);
    after.netlist = pass->run_netlist(before.netlist, &options, &err);
    ck_assert_uint_eq(after.netlist->ngates, 1);
    ck_assert_msg(tc_passes_same(TC_PASS_NETLIST, before, after, &options, &err), "%s", err.msg);
    tc_netlist_free(after.netlist);
    tc_netlist_free(before.netlist);
}
END_TEST

/* ------------------------------------------------------- products and cares */

static bool bit(const uint64_t *table, uint32_t x)
{
    return table[x / 64] >> x % 64 & 1;
}

/* random functions of which some values are free: products cover what they must, and no more */
START_TEST(covers)
{
    unsigned n = (unsigned)_i, found = 0;
    size_t words = tc_cover_words(n);
    uint64_t *on = tc_xcalloc(2 * words, 8), *may = on + words;

    state = n;
    for (int k = 0; k < 50; k++) {
        struct tc_product p[TC_COVER_MOST], of[4];
        unsigned count, some = (unsigned)(random_bits() % 5);

        for (unsigned i = 0; i < some; i++) {
            of[i].reads = (uint32_t)random_bits() & ((1u << n) - 1);
            of[i].ones = (uint32_t)random_bits() & of[i].reads;
        }
        memset(on, 0, 2 * words * sizeof *on);
        for (uint32_t x = 0; x < 64 * words; x++) {
            bool is = false, free = random_bits() % 4 == 0;

            for (unsigned i = 0; i < some; i++)
                is = is || (x & of[i].reads) == of[i].ones;
            on[x / 64] |= (uint64_t)(is && !free) << x % 64;
            may[x / 64] |= (uint64_t)(is || free) << x % 64;
        }
        for (uint32_t x = 1u << n; x < 64; x++) { /* copies */
            *on = (*on & ~(UINT64_C(1) << x)) | (uint64_t)bit(on, x & ((1u << n) - 1)) << x;
            *may = (*may & ~(UINT64_C(1) << x)) | (uint64_t)bit(may, x & ((1u << n) - 1)) << x;
        }
        if (!tc_cover_find(on, may, n, p, &count))
            continue;
        found++;
        for (uint32_t x = 0; x < 1u << n; x++) {
            bool is = false;

            for (unsigned i = 0; i < count; i++)
                is = is || (x & p[i].reads) == p[i].ones;
            ck_assert(is || !bit(on, x));
            ck_assert(!is || bit(may, x));
        }
    }
    ck_assert_uint_gt(found, 25);
    free(on);
}
END_TEST

/* Comparisons of four words of two bits, and the words' first bits, in all values of the words:
 * what is left out never happens; of the comparisons alone the 24 orders are left; and where the
 * first bits differ, they say which word is larger. */
START_TEST(cares)
{
    enum { WORDS = 4, GATES = 6, INPUTS = 2 * WORDS, ALL = GATES + WORDS };
    static const struct tc_netlist empty = {.ninputs = INPUTS};
    struct tc_net *net = tc_net_new(&empty, true);
    bool happens[1 << ALL] = {false};
    uint64_t gates[1], care[1 << (ALL - 6)];
    tc_wire wire[ALL];
    struct tc_net_sum sum;
    unsigned n = 0, orders = 0;

    tc_net_sum_init(&sum);
    for (unsigned a = 0; a < WORDS; a++)
        for (unsigned b = a + 1; b < WORDS; b++) {
            tc_net_sum_clear(&sum);
            mpz_set_si(sum.bound, _i); /* a >= b, or a > b */
            for (unsigned k = 0; k < 2; k++) {
                tc_net_sum_add_si(&sum, 2 * (2 * a + k), 1 + (int)k);
                tc_net_sum_add_si(&sum, 2 * (2 * b + k), -1 - (int)k);
            }
            wire[n++] = tc_net_gate_of(net, &sum) >> 1;
        }
    for (unsigned a = 0; a < WORDS; a++)
        wire[n++] = 2 * a + 1;
    for (unsigned x = 0; x < 1 << INPUTS; x++) {
        unsigned values = 0, place = 0;

        for (unsigned a = 0; a < WORDS; a++)
            for (unsigned b = a + 1; b < WORDS; b++)
                values |= (unsigned)((int)(x >> 2 * a & 3) - (int)(x >> 2 * b & 3) >= _i)
                          << place++;
        for (unsigned a = 0; a < WORDS; a++)
            values |= (x >> (2 * a + 1) & 1) << place++;
        happens[values] = true;
    }
    tc_care_find(net, wire, GATES, gates);
    for (unsigned k = 0; k < 1 << (ALL - 6); k++)
        care[k] = *gates;
    tc_care_read(net, wire, ALL, GATES, care);
    for (unsigned v = 0; v < 1 << GATES; v++)
        orders += bit(gates, v);
    ck_assert_uint_eq(orders, 24);
    for (unsigned v = 0; v < 1 << ALL; v++) {
        unsigned first = v >> GATES, place = 0;
        bool said = true;

        for (unsigned a = 0; a < WORDS; a++)
            for (unsigned b = a + 1; b < WORDS; b++, place++)
                said = said && ((first >> a & 1) == (first >> b & 1) ||
                                (first >> a & 1) == (v >> place & 1));
        ck_assert(!happens[v] || bit(care, v));
        ck_assert(bit(care, v) == (said && bit(gates, v & 63)));
    }
    tc_net_sum_free(&sum);
    tc_net_free(net);
}
END_TEST

/* Gates over two sums, that of both, and its negative, at any thresholds, and two inputs: what
 * happens is not left out, and of two thresholds of a sum the higher one is never reached alone. */
START_TEST(cares_at_random)
{
    enum { INPUTS = 6, MOST = 6, ALL = MOST + 2 };
    static const struct tc_netlist empty = {.ninputs = INPUTS};
    struct tc_net *net = tc_net_new(&empty, true);
    uint64_t gates[1], care[1 << (ALL - 6)];
    int64_t weight[2][INPUTS];
    struct tc_net_sum sum;
    tc_wire wire[ALL];
    unsigned n = 0, all;

    state = (uint64_t)_i;
    tc_net_sum_init(&sum);
    for (unsigned k = 0; k < 2 * INPUTS; k++)
        weight[k % 2][k / 2] = (int64_t)(random_bits() % 5) - 2;
    for (unsigned tries = 0; tries < 20 && n < MOST; tries++) {
        unsigned kind = (unsigned)(random_bits() % 4), k = 0;
        tc_lit made;

        tc_net_sum_clear(&sum);
        mpz_set_si(sum.bound, (long)(random_bits() % 7) - 3);
        for (unsigned i = 0; i < INPUTS; i++) {
            int64_t both = weight[0][i] + weight[1][i];

            tc_net_sum_add_si(&sum, 2 * i, kind < 2 ? weight[kind][i] : kind == 2 ? both : -both);
        }
        made = tc_net_gate_of(net, &sum);
        while (k < n && wire[k] != made >> 1)
            k++;
        if (k == n && made < TC_LIT_0 && made >> 1 >= INPUTS)
            wire[n++] = made >> 1;
    }
    all = n + 2;
    wire[n] = 0;
    wire[n + 1] = 1 + (tc_wire)(random_bits() % (INPUTS - 1));
    tc_care_find(net, wire, n, gates);
    for (unsigned k = 0; k < 1 << (ALL - 6); k++)
        care[k] = *gates; /* as it repeats itself up to 2^6 */
    tc_care_read(net, wire, all, n, care);
    for (unsigned x = 0; x < 1 << INPUTS; x++) {
        unsigned values = 0;

        for (unsigned g = 0; g < n; g++) {
            const struct tc_net_gate *gate = &net->gate[wire[g] - INPUTS];
            const struct tc_net_row *row = &net->row[gate->row];
            int64_t v = 0;

            for (uint64_t e = row->first; e < row->first + row->n; e++)
                v += x >> net->source[e] & 1 ? net->weight[e] : 0;
            values |= (unsigned)(v >= gate->bound) << g;
        }
        for (unsigned i = n; i < all; i++)
            values |= (x >> wire[i] & 1) << i;
        ck_assert(bit(care, values));
    }
    for (unsigned v = 0; v < 1u << all; v++)
        for (unsigned g = 0; g < n; g++)
            for (unsigned h = 0; h < n; h++) {
                const struct tc_net_gate *p = &net->gate[wire[g] - INPUTS],
                                         *q = &net->gate[wire[h] - INPUTS];

                if (p->row == q->row && p->bound > q->bound && v >> g & 1 && !(v >> h & 1))
                    ck_assert(!bit(care, v));
            }
    tc_net_sum_free(&sum);
    tc_net_free(net);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("words that are chosen");
    TCase *t = tcase_create("words that are chosen");

    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, shapes, 0, 6);
    tcase_add_loop_test(t, alone, 0, 3);
    tcase_add_loop_test(t, chosen_by_others, 2, 4);
    tcase_add_loop_test(t, trees, 1, 11);
    tcase_add_test(t, always_one);
    tcase_add_loop_test(t, networks, 0, 300);
    tcase_add_loop_test(t, covers, 1, 11);
    tcase_add_loop_test(t, cares, 0, 2);
    tcase_add_loop_test(t, cares_at_random, 0, 200);
    suite_add_tcase(suite, t);
    return check_status(suite);
}
