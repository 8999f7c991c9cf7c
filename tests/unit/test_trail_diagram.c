/* test_trail_diagram.c -- steps proved by diagrams: lists and comparisons of many inputs are proved
 * to be one gate; whatever is changed in one, or claimed, nothing is proved that running all inputs
 * does not show */
#include "check_main.h"
#include "netlist_text.h"
#include "trail_marked.h"

/* -------------------------------------------------------------------- lists */

/* "the last input that is 1 is one of every third", of n inputs: a gate whose weights outweigh all
 * before them, or n gates of two wires */
static struct tc_netlist *list(unsigned n, bool gate)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    mpz_t least, most, w;

    mpz_inits(least, most, w, NULL);
    fprintf(f, gate ? "tc 1\ninputs %u\n%u =" : "tc 1\ninputs %u\n", n, n);
    for (unsigned i = 0; i < n; i++) {
        bool one = i % 3 == 0;

        if (one)
            mpz_ui_sub(w, 1, least);
        else
            mpz_neg(w, most);
        mpz_add(one ? most : least, one ? most : least, w);
        if (gate)
            gmp_fprintf(f, " %+Zd*%u", w, i);
        else if (i == 0)
            fprintf(f, "%u = +1*0 +1*0 >= 1\n", n);
        else
            fprintf(f, "%u = %+d*%u +1*%u >= 1\n", n + i, one ? 1 : -1, i, n + i - 1);
    }
    fprintf(f, gate ? " >= 1\noutputs %u\n" : "outputs %u\n", gate ? n : 2 * n - 1);
    fclose(f);
    mpz_clears(least, most, w, NULL);
    return netlist_of_made(text);
}

/* ------------------------------------------------------------------ largest */

/* wires of [x >= y], x and y chosen by wires, high bit first at `x`: by a chain from the low bit */
static unsigned at_least(FILE *f, unsigned *wires, unsigned bits, const unsigned *x,
                         const unsigned *y)
{
    for (unsigned k = bits; k-- > 0; ++*wires) {
        fprintf(f, "%u = +1*%u -1*%u", *wires, x[k], y[k]);
        fprintf(f, k + 1 < bits ? " +1*%u >= 1\n" : " >= 0\n", *wires - 1);
    }
    return *wires - 1;
}

/* bits of x where the wire is 1, else of y */
static void choose(FILE *f, unsigned *wires, unsigned bits, unsigned which, const unsigned *x,
                   const unsigned *y, unsigned *chosen)
{
    for (unsigned k = 0; k < bits; k++) {
        fprintf(f, "%u = +1*%u +1*%u >= 2\n", *wires, which, x[k]);
        fprintf(f, "%u = -1*%u +1*%u >= 1\n", *wires + 1, which, y[k]);
        fprintf(f, "%u = +1*%u +1*%u >= 1\n", *wires + 2, *wires, *wires + 1);
        chosen[k] = *wires + 2;
        *wires += 3;
    }
}

static unsigned compare(FILE *f, unsigned *wires, unsigned bits, unsigned x, unsigned y)
{
    fprintf(f, "%u =", *wires);
    for (unsigned k = 0; k < bits; k++)
        fprintf(f, " +%u*%u -%u*%u", 1u << (bits - 1 - k), x * bits + k, 1u << (bits - 1 - k),
                y * bits + k);
    fprintf(f, " >= 0\n");
    return (*wires)++;
}

/* the largest of four words and which pair it is of, high bits first: by choices, or by all
 * comparisons of inputs, which say of each word whether it is the one */
static struct tc_netlist *largest(unsigned bits, bool compared)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    unsigned word[4][16], x[16], y[16], z[16], wires = 4 * bits, a, c, s;

    fprintf(f, "tc 1\ninputs %u\n", wires);
    for (unsigned i = 0; i < 4 * bits; i++)
        word[i / bits][i % bits] = i;
    if (!compared) {
        a = at_least(f, &wires, bits, word[0], word[1]);
        choose(f, &wires, bits, a, word[0], word[1], x);
        c = at_least(f, &wires, bits, word[2], word[3]);
        choose(f, &wires, bits, c, word[2], word[3], y);
        s = at_least(f, &wires, bits, x, y);
        choose(f, &wires, bits, s, x, y, z);
    } else {
        unsigned first = wires;

        for (unsigned i = 0; i < 4; i++)
            for (unsigned k = i + 1; k < 4; k++)
                compare(f, &wires, bits, i, k);
        s = wires; /* words 0 and 1: no less than both others */
        for (unsigned i = 0; i < 4; i++) {
            static const unsigned number[4][4] = {
                {0, 0, 1, 2}, {0, 0, 3, 4}, {1, 3, 0, 5}, {2, 4, 5, 0}};
            int bound = 3;

            fprintf(f, "%u =", wires++);
            for (unsigned k = 0; k < 4; k++)
                if (k != i) {
                    fprintf(f, " %c1*%u", k > i ? '+' : '-', first + number[i][k]);
                    bound -= k < i;
                }
            fprintf(f, " >= %d\n", bound);
        }
        for (unsigned k = 0; k < bits; k++, wires += 5) {
            for (unsigned i = 0; i < 4; i++)
                fprintf(f, "%u = +1*%u +1*%u >= 2\n", wires + i, s + i, word[i][k]);
            fprintf(f, "%u = +1*%u +1*%u +1*%u +1*%u >= 1\n", wires + 4, wires, wires + 1,
                    wires + 2, wires + 3);
            z[k] = wires + 4;
        }
        fprintf(f, "%u = +1*%u +1*%u >= 1\n", wires, s, s + 1);
        s = wires++;
    }
    fprintf(f, "outputs %u", s);
    for (unsigned k = 0; k < bits; k++)
        fprintf(f, " %u", z[k]);
    fputc('\n', f);
    fclose(f);
    return netlist_of_made(text);
}

/* -------------------------------------------------------------------- claims */

static tc_lit lit_of(const struct tc_net *net, const tc_lit *as, uint32_t k)
{
    tc_lit l = net->output[k];

    return l < TC_LIT_0 ? as[l >> 1] ^ (l & 1) : l;
}

/* Outputs of b claimed to be those of a; the order of leaves, if any, is that of bits of words.
 * How many are proved; each is the same on all inputs, if these are few. */
static unsigned proved(const struct tc_netlist *a, const struct tc_netlist *b, unsigned words)
{
    struct tc_trail *t = tc_trail_new(a);
    struct tc_error err = {0};
    struct tc_net *x = tc_net_read(a, true, &err), *y = tc_net_read(b, true, &err);
    tc_lit *was = tc_trail_enter(t, x), *as, leaf[64];
    uint32_t base = tc_trail_wires(t);
    unsigned char same[64];
    unsigned n = 0;
    uint64_t steps;

    as = tc_trail_enter(t, y);
    for (unsigned i = 0; words && i < a->ninputs; i++)
        leaf[i] = 2 * (i % words * (a->ninputs / words) + i / words);
    for (uint32_t k = 0; k < a->noutputs; k++)
        if (words)
            tc_trail_claim_cut(t, lit_of(y, as, k), lit_of(x, was, k), base, leaf, a->ninputs);
        else
            tc_trail_claim(t, lit_of(y, as, k), lit_of(x, was, k), base);
    if (a->ninputs <= 20) {
        n = marked(t, a, b);
    } else {
        ck_assert(tc_trail_check(t, a, b, 100, same, &steps, &err));
        for (uint32_t k = 0; k < a->noutputs; k++)
            n += same[k];
    }
    free(was);
    free(as);
    tc_net_free(x);
    tc_net_free(y);
    tc_trail_free(t);
    return n;
}

/* one weight, bound or wire is another */
static struct tc_netlist *changed(const struct tc_netlist *nl)
{
    struct tc_netlist *other = tc_netlist_copy(nl);
    uint64_t e = below((unsigned)nl->nedges);
    int by = below(2) ? 1 : -1;

    switch (below(3)) {
    case 0:
        other->weight[e] += other->weight[e] == -by ? 2 * by : by;
        break;
    case 1:
        other->bound[below(nl->ngates)] += by;
        break;
    default:
        other->source[e] = below(other->source[e] + 1);
    }
    return other;
}

/* All outputs of b are proved to be a's; where one is changed, those alone that are as they were.
 */
static void compare_changed(const struct tc_netlist *a, const struct tc_netlist *b, unsigned words,
                            unsigned rounds)
{
    unsigned fewer = 0;

    ck_assert_uint_eq(proved(a, b, words), a->noutputs);
    for (unsigned round = 0; round < rounds; round++) {
        struct tc_netlist *other = changed(b);

        fewer += proved(a, other, words) < a->noutputs;
        tc_netlist_free(other);
    }
    ck_assert_uint_gt(fewer, rounds / 2);
}

START_TEST(test_lists)
{
    struct tc_netlist *chain = list(14, false), *gate = list(14, true);

    state = 3;
    compare_changed(chain, gate, 0, 60);
    compare_changed(gate, chain, 14, 60);
    tc_netlist_free(chain);
    tc_netlist_free(gate);
    chain = list(500, false);
    gate = list(500, true);
    ck_assert_uint_eq(proved(chain, gate, 0), 1);
    mpz_add_ui(gate->big[0], gate->big[0], 1);
    ck_assert_uint_eq(proved(chain, gate, 0), 0);
    tc_netlist_free(chain);
    tc_netlist_free(gate);
}
END_TEST

START_TEST(test_largest)
{
    struct tc_netlist *chosen = largest(4, false), *compared = largest(4, true);

    state = 4;
    compare_changed(chosen, compared, 4, 40);
    compare_changed(compared, chosen, 4, 40);
    tc_netlist_free(chosen);
    tc_netlist_free(compared);
    chosen = largest(16, false);
    compared = largest(16, true);
    ck_assert_uint_eq(proved(chosen, compared, 4), 17);
    tc_netlist_free(chosen);
    tc_netlist_free(compared);
}
END_TEST

/* what a pass says of itself is proved, and nothing else */
static void run_pass(const struct tc_netlist *nl, const char *name)
{
    struct tc_trail *t = tc_trail_new(nl);
    struct tc_pass_options options = {.level = TC_LEVEL_2, .named = name, .trail = t};
    struct tc_arena *arena = tc_arena_new();
    struct tc_netlist *made = tc_netlist_copy(nl);
    struct tc_pass_log log = {0};
    struct tc_error err = {0};
    unsigned fewer = 0;

    ck_assert_msg(tc_passes_run_netlist(arena, &made, &options, NULL, &log, &err), "%s", err.msg);
    ck_assert_uint_lt(made->ngates, nl->ngates);
    ck_assert_uint_eq(marked(t, nl, made), nl->noutputs);
    for (unsigned round = 0; round < 20; round++) {
        struct tc_netlist *other = changed(made);

        fewer += marked(t, nl, other) < nl->noutputs;
        tc_netlist_free(other);
    }
    ck_assert_uint_gt(fewer, 10);
    tc_netlist_free(made);
    tc_trail_free(t);
    tc_arena_free(arena);
}

START_TEST(test_passes)
{
    struct tc_netlist *nl = list(14, false);

    state = 6;
    run_pass(nl, "lists");
    tc_netlist_free(nl);
    nl = largest(4, false);
    run_pass(nl, "choose,dead");
    run_pass(nl, "strash,lists,best,dead");
    tc_netlist_free(nl);
}
END_TEST

#define INPUTS 13
#define GATES  8
#define WIRES  (INPUTS + 6 * GATES)

/* a sum of wires but the first one, and a bound */
static void print_rest(FILE *f, unsigned w, const unsigned *wire, const int *weight, unsigned n,
                       int bound)
{
    fprintf(f, "%u =", w);
    for (unsigned e = 1; e < n; e++)
        fprintf(f, " %+d*%u", weight[e], wire[e]);
    fprintf(f, " >= %d\n", bound);
}

/* random gates, each once more as what it is for both values of one of its wires */
static struct tc_netlist *random_netlist(void)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    fprintf(f, "tc 1\ninputs %u\n", INPUTS);
    for (unsigned w = INPUTS; w < WIRES; w += 6) {
        unsigned n = 2 + below(5), wire[6];
        int weight[6], bound = (int)below(n + 3) - (int)n / 2 - 1;

        fprintf(f, "%u =", w);
        for (unsigned e = 0; e < n; e++) {
            wire[e] = below(w);
            weight[e] = (below(2) ? 1 : -1) * (int)(1 + below(3));
            fprintf(f, " %+d*%u", weight[e], wire[e]);
        }
        fprintf(f, " >= %d\n", bound);
        print_rest(f, w + 1, wire, weight, n, bound - weight[0]);
        print_rest(f, w + 2, wire, weight, n, bound);
        fprintf(f, "%u = +1*%u +1*%u >= 2\n", w + 3, wire[0], w + 1);
        fprintf(f, "%u = -1*%u +1*%u >= 1\n", w + 4, wire[0], w + 2);
        fprintf(f, "%u = +1*%u +1*%u >= 1\n", w + 5, w + 3, w + 4);
    }
    fprintf(f, "outputs");
    for (unsigned w = 0; w < WIRES; w++)
        fprintf(f, " %u", w);
    fputc('\n', f);
    fclose(f);
    return netlist_of_made(text);
}

/* Claims of random pairs, and of pairs that are equal, with leaves at random, in any order and not
 * always below both: what is marked is true. */
START_TEST(test_claims)
{
    unsigned found = 0;

    state = 5;
    for (unsigned round = 0; round < 60; round++) {
        struct tc_netlist *a = random_netlist(), *b = tc_netlist_copy(a);
        struct tc_trail *t = tc_trail_new(a);
        struct tc_error err = {0};
        struct tc_net *net = tc_net_read(a, true, &err);
        tc_lit *as = tc_trail_enter(t, net), leaf[24];
        size_t words = (size_t)1 << (INPUTS - 6);
        uint64_t *value = all_values(a, words);

        for (uint32_t k = 0; k < WIRES; k++) {
            unsigned w = below(WIRES), n = 13 + below(11);

            for (unsigned i = 0; below(4) && i < WIRES; i++)
                if (i != k && !memcmp(value + i * words, value + k * words, 8 * words))
                    w = i;
            b->output[k] = w;
            for (unsigned i = 0; i < n; i++)
                leaf[i] = lit_of(net, as, below(below(2) ? WIRES : INPUTS));
            tc_trail_claim_cut(t, lit_of(net, as, k), lit_of(net, as, w),
                               below(2) ? 0 : INPUTS + below(WIRES), leaf, n);
        }
        found += marked(t, a, b);
        tc_netlist_free(a);
        tc_netlist_free(b);
        tc_net_free(net);
        tc_trail_free(t);
        free(value);
        free(as);
    }
    ck_assert_uint_gt(found, 300);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("trail_diagram");
    TCase *c = tcase_create("trail_diagram");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, test_lists);
    tcase_add_test(c, test_largest);
    tcase_add_test(c, test_passes);
    tcase_add_test(c, test_claims);
    suite_add_tcase(s, c);
    return check_status(s);
}
