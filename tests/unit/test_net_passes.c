/* Netlist passes on small random netlists, and on a few by hand: the same outputs on all
 * inputs, the invariants, and what a pass promises. */
#include "../../passes/passes.h"
#include "check_main.h"
#include "netlist_text.h"

#include <stdlib.h>
#include <string.h>

static uint64_t state;

static unsigned below(unsigned n)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (unsigned)(state >> 33) % n;
}

/* two-input gates, wide ones, repeated wires, constants, buffers, chains, large weights */
static struct tc_netlist *random_netlist(void)
{
    unsigned inputs = 1 + below(8), rows = below(30), wires = inputs;
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct tc_netlist *nl;
    unsigned kind = below(3);

    fprintf(f, "tc 1\ninputs %u\n", inputs);
    for (unsigned r = 0; r < rows; r++, wires++) {
        unsigned n = kind == 0 ? 2 : below(kind == 1 ? 4 : 9);

        fprintf(f, "%u =", wires);
        for (unsigned e = 0; e < n; e++) {
            const char *big = below(40) ? "" : "00000000000000000000";

            fprintf(f, " %c%u%s*%u", below(2) ? '+' : '-', kind == 0 ? 1 : 1 + below(5), big,
                    below(3) ? wires - 1 - below(wires < 6 ? wires : 6) : below(wires));
        }
        fprintf(f, " >= %d\n", (int)below(n + 3) - (int)n / 2 - 1);
    }
    fprintf(f, "outputs");
    for (unsigned o = below(6); o-- > 0;)
        fprintf(f, " %u", wires - 1 - below(wires < 9 ? wires : 9));
    fprintf(f, "\n");
    fclose(f);
    nl = netlist_of_made(text);
    return nl;
}

/* the pass's result, held against what went in, which stays; vectors: 0 for as many as usual */
static struct tc_netlist *run_on(const char *name, struct tc_netlist *nl, enum tc_level level,
                                 uint64_t vectors)
{
    struct tc_pass_options options = {.level = level, .vectors = vectors};
    const struct tc_pass *pass = tc_pass_find(name, strlen(name));
    struct tc_error err = {0};
    union tc_circuit before = {.netlist = nl}, after;

    ck_assert(pass && pass->level == TC_PASS_NETLIST);
    after.netlist = pass->run_netlist(nl, &options, &err);
    ck_assert_msg(after.netlist != NULL, "%s: %s", name, err.msg);
    ck_assert_msg(tc_netlist_check(after.netlist, &err), "%s: %s", name, err.msg);
    ck_assert_msg(tc_passes_same(TC_PASS_NETLIST, before, after, &options, &err), "%s: %s", name,
                  err.msg);
    return after.netlist;
}

static struct tc_netlist *run(const char *name, struct tc_netlist *nl, enum tc_level level)
{
    return run_on(name, nl, level, 0);
}

static const char *const names[] = {"constants", "strash",  "recognise", "lists", "map",
                                    "collapse",  "weights", "best",      "resub", "choose"};

/* each pass on its own, then all of them in turn */
START_TEST(random_netlists)
{
    enum tc_level level = _i % 2 ? TC_LEVEL_2 : TC_LEVEL_SIZE;
    int count = is_fast() ? 10 : 100;

    state = (uint64_t)_i + 1;
    for (int k = 0; k < count; k++) {
        struct tc_netlist *nl = random_netlist(), *all = nl;

        for (unsigned p = 0; p < sizeof names / sizeof *names; p++) {
            if (p >= 7 && k % 10) /* these take longer */
                continue;
            struct tc_netlist *one = run(names[p], nl, level), *next;

            if (strcmp(names[p], "map") && strcmp(names[p], "choose")) {
                if (strcmp(names[p], "resub"))
                    ck_assert_uint_le(depth_of_netlist(one), depth_of_netlist(nl) + (p < 7));
                ck_assert_uint_le(one->ngates, nl->ngates + nl->noutputs);
            }
            if (one != nl)
                tc_netlist_free(one);
            next = run(names[p], all, level);
            if (next != all && all != nl)
                tc_netlist_free(all);
            all = next;
        }
        if (all != nl)
            tc_netlist_free(all);
        tc_netlist_free(nl);
    }
}
END_TEST

struct hand {
    const char *pass, *text;
    enum tc_level level;
    unsigned gates, depth;
};

#define FIRST_XOR  "tc 1\ninputs 3\n3 = +1*0 -1*1 >= 1\n4 = -1*0 +1*1 >= 1\n5 = +1*3 +1*4 >= 1\n"
#define SECOND_XOR "6 = +1*5 -1*2 >= 1\n7 = -1*5 +1*2 >= 1\n8 = +1*6 +1*7 >= 1\n"
#define TWO_XOR    FIRST_XOR SECOND_XOR "outputs 8\n"
#define CARRY      FIRST_XOR SECOND_XOR "9 = +1*0 +1*1 +1*2 >= 2\n"

static const struct hand hand[] = {
    /* a constant through a buffer and an inverter */
    {"constants",
     "tc 1\ninputs 1\n1 = >= 0\n2 = +1*1 >= 1\n3 = -5*2 >= -4\n4 = +1*3 +1*0 >= 1\n"
     "outputs 4\n",
     0, 0, 0},
    /* weights that cancel, and one that stays */
    {"constants", "tc 1\ninputs 2\n2 = +3*0 -3*0 +2*1 >= 1\noutputs 2\n", 0, 0, 0},
    /* an and and a nor of the complements; its complement is read */
    {"strash",
     "tc 1\ninputs 2\n2 = +1*0 +1*1 >= 2\n3 = -2*0 -2*1 >= -2\n4 = +1*2 +1*3 >= 2\n"
     "outputs 4\n",
     0, 1, 1},
    {"strash", "tc 1\ninputs 2\n2 = +1*0 +1*1 >= 2\n3 = -2*0 -2*1 >= -2\noutputs 2 3\n", 0, 2, 1},
    /* weight 2 is never enough and never missed, and the gate is then the AND before it */
    {"weights", "tc 1\ninputs 3\n3 = +1*0 +1*1 >= 2\n4 = +7*0 +9*1 +2*2 >= 12\noutputs 3 4\n", 0, 1,
     1},
    /* parity of three: a majority and a sum */
    {"map", TWO_XOR, TC_LEVEL_SIZE, 2, 2},
    {"map", TWO_XOR, TC_LEVEL_2, 2, 2},
    /* a carry that both the next carry and a sum read */
    {"collapse", "tc 1\ninputs 4\n4 = +1*0 +1*1 >= 2\n5 = +1*2 +1*3 +1*4 >= 2\noutputs 5\n",
     TC_LEVEL_SIZE, 1, 1},
    {"collapse", "tc 1\ninputs 4\n4 = +1*0 +1*1 >= 2\n5 = +1*2 +1*3 +1*4 >= 2\noutputs 4 5\n",
     TC_LEVEL_2, 2, 1},
    /* two products are no threshold function; one and a wire are */
    {"collapse",
     "tc 1\ninputs 4\n4 = +1*0 +1*1 >= 2\n5 = +1*2 +1*3 >= 2\n6 = +1*4 +1*5 >= 1\n"
     "outputs 6\n",
     TC_LEVEL_SIZE, 2, 2},
    /* parity beside a majority: two gates */
    {"resub", CARRY "outputs 8 9\n", TC_LEVEL_SIZE, 2, 2},
    /* 4 is 3 where 5 asks for it; 6 is wanted as it is */
    {"resub",
     "tc 1\ninputs 3\n3 = +1*0 +1*1 >= 2\n4 = +2*0 +1*1 +1*2 >= 3\n5 = +1*4 -1*2 >= 1\n"
     "6 = +1*3 +1*2 >= 1\noutputs 5 6\n",
     TC_LEVEL_SIZE, 2, 1},
};

START_TEST(by_hand)
{
    struct tc_netlist *nl = netlist_of_text(hand[_i].text),
                      *to = run(hand[_i].pass, nl, hand[_i].level);

    ck_assert_uint_eq(to->ngates, hand[_i].gates);
    ck_assert_uint_eq(depth_of_netlist(to), hand[_i].depth);
    tc_netlist_free(to);
    if (to != nl)
        tc_netlist_free(nl);
}
END_TEST

/* A ripple of carries, each read by the next and by an output: one level, however many, and
 * weights of as many bits. */
START_TEST(carries)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct tc_netlist *nl, *to;
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count;
    enum { N = 100 };

    fprintf(f, "tc 1\ninputs %d\n%d = +1*0 +1*1 >= 2\n", 2 * N, 2 * N);
    for (int i = 1; i < N; i++)
        fprintf(f, "%d = +1*%d +1*%d +1*%d >= 2\n", 2 * N + i, 2 * i, 2 * i + 1, 2 * N + i - 1);
    fprintf(f, "outputs");
    for (int i = 0; i < N; i++)
        fprintf(f, " %d", 2 * N + i);
    fprintf(f, "\n");
    fclose(f);
    nl = netlist_of_text(text);
    to = run("collapse", nl, TC_LEVEL_2);
    tc_netlist_count(arena, to, &count);
    ck_assert_uint_eq(count.depth, 1);
    ck_assert_uint_eq(to->ngates, N);
    ck_assert_uint_eq(mpz_sizeinbase(count.max_weight, 2), N);
    ck_assert_uint_eq(mpz_get_ui(count.max_fan_in), 2 * N);
    tc_arena_free(arena);
    tc_netlist_free(to);
    tc_netlist_free(nl);
    free(text);
}
END_TEST

/* An adder from gates of two inputs: its carries are found, each a gate, and sums one more. */
START_TEST(adder)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct tc_netlist *nl, *to;
    enum { N = 12 };
    int wire = 2 * N, carry = 0, out[N + 1];

    fprintf(f, "tc 1\ninputs %d\n", 2 * N);
    for (int i = 0; i < N; i++) {
        int a = 2 * i, b = 2 * i + 1, x = wire + 2;

        fprintf(f, "%d = +1*%d -1*%d >= 1\n%d = -1*%d +1*%d >= 1\n", wire, a, b, wire + 1, a, b);
        fprintf(f, "%d = +1*%d +1*%d >= 1\n%d = +1*%d +1*%d >= 2\n", x, wire, wire + 1, wire + 3, a,
                b);
        wire += 4;
        out[i] = x;
        if (i > 0) {
            fprintf(f, "%d = +1*%d -1*%d >= 1\n%d = -1*%d +1*%d >= 1\n", wire, x, carry, wire + 1,
                    x, carry);
            fprintf(f, "%d = +1*%d +1*%d >= 1\n%d = +1*%d +1*%d >= 2\n", wire + 2, wire, wire + 1,
                    wire + 3, x, carry);
            fprintf(f, "%d = +1*%d +1*%d >= 1\n", wire + 4, wire + 3, wire - 1);
            out[i] = wire + 2;
            wire += 5;
        }
        carry = wire - 1;
    }
    out[N] = carry;
    fprintf(f, "outputs");
    for (int i = 0; i <= N; i++)
        fprintf(f, " %d", out[i]);
    fprintf(f, "\n");
    fclose(f);
    nl = netlist_of_text(text);
    to = run("best", nl, TC_LEVEL_2);
    ck_assert_uint_eq(depth_of_netlist(to), 2);
    ck_assert_uint_eq(to->ngates, 2 * N);
    tc_netlist_free(to);
    tc_netlist_free(nl);
    free(text);
}
END_TEST

/* if s then a, else b, to a new wire */
static int choose_bit(FILE *f, int *wire, int s, int a, int b)
{
    fprintf(f, "%d = +1*%d +1*%d >= 2\n%d = -1*%d +1*%d >= 1\n", *wire, s, a, *wire + 1, s, b);
    fprintf(f, "%d = +1*%d +1*%d >= 1\n", *wire + 2, *wire, *wire + 1);
    *wire += 3;
    return *wire - 1;
}

/* Carries, from gates of two inputs, of words that are given (chosen = 0) or chosen from two each.
 * Carry c is the NOR of u and v; where c AND x is wanted there is but (NOT u AND x) AND NOT v. */
static struct tc_netlist *split_carries(int n, bool chosen)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct tc_netlist *nl;
    int inputs = (chosen ? 4 : 2) * n + 3, wire = inputs, u = inputs - 1, v = inputs - 2;
    int *out = malloc((size_t)n * sizeof *out);

    fprintf(f, "tc 1\ninputs %d\n", inputs);
    for (int i = 0; i < n; i++) {
        int x = 2 * i, y = 2 * i + 1, c;

        if (chosen) {
            x = choose_bit(f, &wire, inputs - 3, 4 * i, 4 * i + 1);
            y = choose_bit(f, &wire, inputs - 3, 4 * i + 2, 4 * i + 3);
        }
        c = wire;
        fprintf(f, "%d = -1*%d -1*%d >= 0\n%d = -1*%d +1*%d >= 1\n", c, u, v, c + 1, u, x);
        fprintf(f, "%d = +1*%d -1*%d >= 1\n%d = -1*%d -1*%d >= 0\n", c + 2, c + 1, v, c + 3, c + 2,
                y);
        fprintf(f, "%d = -1*%d -1*%d >= 0\n", c + 4, c, x);
        u = c + 4;
        v = c + 3;
        out[i] = c;
        wire += 5;
    }
    fprintf(f, "outputs");
    for (int i = 1; i < n; i++)
        fprintf(f, " %d", out[i]);
    fprintf(f, "\n");
    fclose(f);
    nl = netlist_of_made(text);
    free(out);
    return nl;
}

/* Each carry is one gate of its words' bits: in the first layer, or in the second of chosen bits.
 */
START_TEST(steps)
{
    static const struct {
        int n;
        bool chosen;
        unsigned gates, depth;
    } test[] = {{2, false, 1, 1},
                {8, false, 7, 1},
                {100, false, 99, 1},
                {4, true, 19, 2},
                {40, true, 199, 2}};

    for (unsigned k = 0; k < sizeof test / sizeof *test; k++) {
        struct tc_netlist *nl = split_carries(test[k].n, test[k].chosen);
        struct tc_netlist *to = run("map", nl, TC_LEVEL_2);

        ck_assert_uint_eq(depth_of_netlist(to), test[k].depth);
        ck_assert_uint_le(to->ngates, test[k].gates);
        tc_netlist_free(to);
        tc_netlist_free(nl);
    }
}
END_TEST

enum { ONES = 12 };

/* row[k]: whether more than k of the inputs are 1, from gates of two; the first free wire */
static int count_ones(FILE *f, int *row)
{
    int wire = ONES;

    for (int i = 0; i < ONES; i++)
        for (int k = i; k >= 0; k--) { /* row[k]: more than k among the first i + 1 */
            int and = i;

            if (k > 0) {
                fprintf(f, "%d = +1*%d +1*%d >= 2\n", wire, i, row[k - 1]);
                and = wire++;
            }
            if (k == i) {
                row[k] = and;
                continue;
            }
            fprintf(f, "%d = +1*%d +1*%d >= 1\n", wire, and, row[k]);
            row[k] = wire++;
        }
    return wire;
}

/* [w0 * more than a + w1 * more than b + w2 * input 0 >= bound], recognised */
static struct tc_netlist *counted(const int *w, int a, int b)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct tc_netlist *nl, *to;
    int row[ONES], wire;

    fprintf(f, "tc 1\ninputs %d\n", ONES);
    wire = count_ones(f, row);
    fprintf(f, "%d = %+d*%d %+d*%d", wire, w[0], row[a], w[1], row[b]);
    if (w[2])
        fprintf(f, " %+d*0", w[2]);
    fprintf(f, " >= %d\n", w[3]);
    fprintf(f, "outputs %d\n", wire);
    fclose(f);
    nl = netlist_of_text(text);
    to = run("recognise", nl, TC_LEVEL_SIZE);
    if (to != nl)
        tc_netlist_free(nl);
    free(text);
    return to;
}

/* functions of a number of ones, and one that is none */
START_TEST(numbers)
{
    static const struct {
        int weight[4];
        unsigned gates, depth;
    } test[] = {
        {{2, 1, 0, 3}, 1, 1},  /* more than b */
        {{1, -1, 0, 1}, 3, 2}, /* between */
        {{1, 1, 2, 3}, 0, 0},  /* input 0 is more than one of a number */
    };

    for (int k = 0; k < 3; k++)
        for (int a = 0; a < ONES - 2; a += 3) {
            struct tc_netlist *nl = counted(test[k].weight, a, a + 2);

            if (test[k].depth) {
                ck_assert_uint_eq(nl->ngates, test[k].gates);
                ck_assert_uint_eq(depth_of_netlist(nl), test[k].depth);
            }
            tc_netlist_free(nl);
        }
}
END_TEST

/* no weights from -4 to 4 of the same function have a smaller sum, and some have that one */
START_TEST(weights)
{
    struct tc_netlist *nl =
        netlist_of_text("tc 1\ninputs 5\n5 = +19*0 +17*1 +16*2 +5*3 -3*4 >= 29\noutputs 5\n");
    struct tc_netlist *to = run("weights", nl, TC_LEVEL_SIZE);
    static const int was[5] = {19, 17, 16, 5, -3};
    int least = INT32_MAX, sum = 0;

    for (int code = 0; code < 9 * 9 * 9 * 9 * 9; code++) {
        int w[5], rest = code, total = 0, lo = -100, hi = 100;

        for (int i = 0; i < 5; i++, rest /= 9) {
            w[i] = rest % 9 - 4;
            total += abs(w[i]);
        }
        if (total >= least)
            continue;
        for (unsigned x = 0; x < 32; x++) {
            int a = 0, b = 0;

            for (int i = 0; i < 5; i++) {
                a += x >> i & 1 ? was[i] : 0;
                b += x >> i & 1 ? w[i] : 0;
            }
            if (a >= 29)
                hi = b < hi ? b : hi;
            else
                lo = b > lo ? b : lo;
        }
        if (lo < hi)
            least = total;
    }
    for (uint64_t e = 0; e < to->nedges; e++)
        sum += abs((int)to->weight[e]);
    ck_assert_int_eq(sum, least);
    ck_assert_int_lt(sum, 60);
    tc_netlist_free(to);
    tc_netlist_free(nl);
}
END_TEST

/* two gates of one row share its wires, and keep them */
START_TEST(weights_of_chains)
{
    struct tc_netlist *nl = netlist_of_text("tc 1\ninputs 3\n3 = +2*0 +3*1 +4*2 >= 5\n"
                                            "4 = +2*0 +3*1 +4*2 >= 7\noutputs 3 4\n");
    struct tc_netlist *to = run("weights", nl, TC_LEVEL_SIZE);

    ck_assert_uint_eq(to->nedges, 3);
    if (to != nl)
        tc_netlist_free(to);
    tc_netlist_free(nl);
}
END_TEST

/* Lists over forty inputs, or few enough for all values, in any order, made from their ends: a gate
 * a step, of one input and the rest, or the majority of two and the rest; one gate each.  What
 * comes of two of them need not be one, and is right. */
START_TEST(lists)
{
    enum { INPUTS = 40 };
    static const char *const pass[] = {"lists", "map"};

    state = (uint64_t)_i + 1;
    for (int k = 0; k < 20; k++) {
        unsigned inputs = _i % 2 ? INPUTS : 12, order[INPUTS], wires = inputs, end = 0;
        bool no_list = k % 4 == 3;
        struct tc_netlist *nl, *to;
        char *text;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        for (unsigned i = 0; i < inputs; i++) {
            unsigned at = below(i + 1);

            order[i] = order[at];
            order[at] = i;
        }
        fprintf(f, "tc 1\ninputs %u\n", inputs);
        for (unsigned i = 1, last = order[0]; i < inputs; last = wires++) {
            bool two = i + 1 < inputs && below(2), a = below(2), b = below(2), result = below(2);

            fprintf(f, "%u = +1*%u %c1*%u", wires, last, a ? '+' : '-', order[i++]);
            if (two)
                fprintf(f, " %c1*%u >= %d\n", b ? '+' : '-', order[i++], 2 - !a - !b);
            else
                fprintf(f, " >= %d\n", 1 - !a + !result);
            end = wires;
        }
        if (no_list)
            fprintf(f, "%u = -1*%u -1*%u >= 0\n%u = +1*%u +1*%u +2*%u >= 2\n", end + 1, end,
                    end - 1, end + 2, end, end - 1, end + 1);
        fprintf(f, "outputs %u\n", no_list ? end + 2 : end);
        fclose(f);
        nl = netlist_of_text(text);
        for (int p = 0; p < 2; p++) {
            to = run(pass[p], nl, TC_LEVEL_2);
            if (!no_list) {
                ck_assert_uint_eq(to->ngates, 1);
                ck_assert_uint_eq(depth_of_netlist(to), 1);
            }
            if (to != nl)
                tc_netlist_free(to);
        }
        tc_netlist_free(nl);
        free(text);
    }
}
END_TEST

/* a sum of wires at the beginning, with a threshold for each line that is wanted */
static void wide_sum(FILE *f, unsigned *wires, unsigned inputs, unsigned lines)
{
    uint64_t begin = state;
    unsigned before = *wires;

    for (unsigned t = 0; t < lines; t++) {
        state = begin;
        fprintf(f, "%u =", (*wires)++);
        for (unsigned i = 0; i < inputs; i++)
            fprintf(f, " %+d*%u", 1 + 2 * (int)below(9) - 16 * (int)below(2),
                    i + below(before < 4 * inputs ? before - inputs + 1 : 3 * inputs));
        fprintf(f, " >= %u\n", 400 * (t + 1));
    }
}

/* More than a million edges, most of them of wide sums, some with several thresholds; between
 * them gates of two and three wires that are near, for which collapse finds readers. */
START_TEST(large)
{
    enum { INPUTS = 600, ROWS = 2400, GATES = 10 };
    struct tc_netlist *nl, *chains, *to;
    unsigned wires = INPUTS;
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    state = 5;
    fprintf(f, "tc 1\ninputs %u\n", INPUTS);
    for (unsigned r = 0; r < ROWS; r++) {
        wide_sum(f, &wires, INPUTS, r % 8 ? 1 : 3);
        for (unsigned g = 0; g < GATES; g++, wires++) {
            unsigned n = 2 + below(2);
            int bound = 1 + (int)below(n);

            fprintf(f, "%u =", wires);
            for (unsigned e = 0; e < n; e++) {
                bool turned = below(2);

                fprintf(f, " %s1*%u", turned ? "-" : "+", wires - 1 - below(40));
                bound -= turned;
            }
            fprintf(f, " >= %d\n", bound);
        }
    }
    fprintf(f, "outputs");
    for (unsigned r = 0, w = INPUTS; r < ROWS; w += GATES + (r++ % 8 ? 1 : 3))
        fprintf(f, " %u %u", w, w + 3);
    fprintf(f, "\n");
    fclose(f);
    nl = netlist_of_made(text);
    chains = run_on("strash", nl, TC_LEVEL_SIZE, 640);
    ck_assert_uint_gt(chains->nedges, 1 << 20);
    ck_assert_uint_lt(chains->nedges, nl->nedges - nl->nedges / 8);
    to = run_on("collapse", chains, TC_LEVEL_2, 640);
    ck_assert_uint_lt(to->ngates, chains->ngates - chains->ngates / 8);
    ck_assert_uint_le(depth_of_netlist(to),
                      depth_of_netlist(chains) + 1); /* an inverter at an output */
    tc_netlist_free(to);
    tc_netlist_free(chains);
    tc_netlist_free(nl);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("netlist passes");
    TCase *random = tcase_create("random"), *tc = tcase_create("by hand");

    suite_add_tcase(suite, random);
    suite_add_tcase(suite, tc);
    tcase_set_timeout(random, 120);
    tcase_add_loop_test(random, random_netlists, 0, 6);
    tcase_add_test(random, large);
    tcase_add_loop_test(tc, by_hand, 0, (int)(sizeof hand / sizeof *hand));
    tcase_add_test(tc, carries);
    tcase_add_test(tc, adder);
    tcase_add_test(tc, steps);
    tcase_add_test(tc, numbers);
    tcase_add_loop_test(tc, lists, 0, 3);
    tcase_add_test(tc, weights);
    tcase_add_test(tc, weights_of_chains);
    return check_status(suite);
}
