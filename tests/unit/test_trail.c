/* test_trail.c -- proofs by steps: adders and multipliers are proved to be what passes made of
 * them; whatever is claimed, and whatever is changed in the result, nothing is proved that running
 * all inputs does not show */
#include "../../passes/trail.h"
#include "check_main.h"
#include "netlist_text.h"
#include "trail_marked.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ circuits */

struct writer {
    FILE *f;
    unsigned wires;
};

static unsigned gate2(struct writer *w, unsigned a, int wa, unsigned b, int wb, int bound)
{
    fprintf(w->f, "%u = %+d*%u %+d*%u >= %d\n", w->wires, wa, a, wb, b, bound);
    return w->wires++;
}

static unsigned and2(struct writer *w, unsigned a, unsigned b)
{
    return gate2(w, a, 1, b, 1, 2);
}

static unsigned xor2(struct writer *w, unsigned a, unsigned b)
{
    return gate2(w, gate2(w, a, 1, b, 1, 1), 1, and2(w, a, b), -1, 1);
}

static unsigned full_adder(struct writer *w, unsigned a, unsigned b, unsigned c, unsigned *carry)
{
    unsigned x = xor2(w, a, b);

    *carry = gate2(w, and2(w, a, b), 1, and2(w, x, c), 1, 1);
    return xor2(w, x, c);
}

/* two numbers of n bits multiplied by rows, or added, in gates of two wires */
static struct tc_netlist *arithmetic(unsigned n, bool product)
{
    char *text;
    size_t size;
    struct writer w = {open_memstream(&text, &size), 2 * n};
    unsigned sum[64], width = n, carry = 0;

    fprintf(w.f, "tc 1\ninputs %u\n", 2 * n);
    for (unsigned i = 0; i < n; i++)
        sum[i] = product ? and2(&w, i, n) : i;
    for (unsigned row = product; row < (product ? n : 1); row++) {
        for (unsigned i = 0; i < n; i++) {
            unsigned at = row + i, term = product ? and2(&w, i, n + row) : n + i;

            if (i == 0) {
                unsigned a = sum[at];

                sum[at] = xor2(&w, a, term);
                carry = and2(&w, a, term);
            } else if (at < width) {
                sum[at] = full_adder(&w, sum[at], term, carry, &carry);
            } else {
                sum[at] = xor2(&w, term, carry);
                carry = and2(&w, term, carry);
                width++;
            }
        }
        sum[row + n] = carry;
        width = row + n + 1;
    }
    fprintf(w.f, "outputs");
    for (unsigned i = 0; i < width; i++)
        fprintf(w.f, " %u", sum[i]);
    fprintf(w.f, "\n");
    fclose(w.f);
    return netlist_of_made(text);
}

/* two numbers of n bits multiplied by columns, three bits of one at a time */
static struct tc_netlist *by_columns(unsigned n)
{
    char *text;
    size_t size;
    struct writer w = {open_memstream(&text, &size), 2 * n};
    unsigned bit[20][64], first[20] = {0}, end[20] = {0};

    fprintf(w.f, "tc 1\ninputs %u\n", 2 * n);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < n; k++)
            bit[i + k][end[i + k]++] = and2(&w, i, n + k);
    for (unsigned at = 0; at < 2 * n; at++)
        while (end[at] - first[at] > 1) {
            const unsigned *x = &bit[at][first[at]];
            bool three = end[at] - first[at] > 2;
            unsigned carry,
                sum = three ? full_adder(&w, x[0], x[1], x[2], &carry) : xor2(&w, x[0], x[1]);

            if (!three)
                carry = and2(&w, x[0], x[1]);
            first[at] += three ? 3 : 2;
            bit[at][end[at]++] = sum;
            bit[at + 1][end[at + 1]++] = carry;
        }
    fprintf(w.f, "outputs");
    for (unsigned at = 0; at < 2 * n; at++)
        fprintf(w.f, " %u", bit[at][first[at]]);
    fprintf(w.f, "\n");
    fclose(w.f);
    return netlist_of_made(text);
}

/* how many of n inputs are 1, by adders of one bit, and whether they are more than half */
static struct tc_netlist *counter(unsigned n)
{
    char *text;
    size_t size;
    struct writer w = {open_memstream(&text, &size), n};
    unsigned sum[64], width = 1;

    fprintf(w.f, "tc 1\ninputs %u\n", n);
    sum[0] = 0;
    for (unsigned i = 1; i < n; i++) {
        unsigned carry = i;

        for (unsigned b = 0; b < width; b++) {
            unsigned a = sum[b];

            sum[b] = xor2(&w, a, carry);
            carry = and2(&w, a, carry);
        }
        if (i & (i + 1)) /* of i + 1 inputs no more bits than of i */
            continue;
        sum[width++] = carry;
    }
    fprintf(w.f, "outputs %u", gate2(&w, sum[width - 1], 1, sum[width - 2], 1, 1));
    for (unsigned i = 0; i < width; i++)
        fprintf(w.f, " %u", sum[i]);
    fprintf(w.f, "\n");
    fclose(w.f);
    return netlist_of_made(text);
}

static struct tc_netlist *passed(const struct tc_netlist *nl, const char *passes,
                                 enum tc_level level, struct tc_trail *t)
{
    struct tc_pass_options options = {.level = level, .named = passes, .trail = t};
    struct tc_arena *arena = tc_arena_new();
    struct tc_netlist *made = tc_netlist_copy(nl);
    struct tc_pass_log log = {0};
    struct tc_error err = {0};

    ck_assert_msg(tc_passes_run_netlist(arena, &made, &options, NULL, &log, &err), "%s", err.msg);
    tc_arena_free(arena);
    return made;
}

static struct tc_netlist *mapped(const struct tc_netlist *nl, enum tc_level level,
                                 struct tc_trail *t)
{
    return passed(nl, "strash,map,collapse,dead", level, t);
}

START_TEST(test_proved)
{
    for (unsigned k = 0; k < 8; k++) {
        struct tc_netlist *nl = arithmetic(k < 4 ? 5 : 4 + k % 2, k >= 4);
        enum tc_level level = k % 4 < 2 ? TC_LEVEL_SIZE : TC_LEVEL_2;
        struct tc_trail *t = tc_trail_new(nl);
        struct tc_netlist *made = mapped(nl, level, t);

        ck_assert_uint_lt(made->ngates, nl->ngates);
        ck_assert_uint_eq(marked(t, nl, made), nl->noutputs);
        tc_netlist_free(nl);
        tc_netlist_free(made);
        tc_trail_free(t);
    }
}
END_TEST

/* Each pass that makes a netlist anew says why: of what it makes of few inputs all is proved. */
START_TEST(test_passes)
{
    static const char *const passes[] = {"recognise",
                                         "lists",
                                         "weights",
                                         "choose",
                                         "best",
                                         "lists,best",
                                         "map,recognise,collapse,best"};
    struct tc_netlist *of[] = {counter(8), arithmetic(5, false), arithmetic(4, true)};
    unsigned other[7] = {0};

    for (unsigned k = 0; k < 6 * 7; k++) {
        const struct tc_netlist *nl = of[k % 3];
        struct tc_trail *t = tc_trail_new(nl);
        struct tc_netlist *made =
            passed(nl, passes[k / 6], k / 3 % 2 ? TC_LEVEL_2 : TC_LEVEL_SIZE, t);

        other[k / 6] += made->ngates != nl->ngates || made->nedges != nl->nedges;
        ck_assert_uint_eq(marked(t, nl, made), nl->noutputs);
        tc_netlist_free(made);
        tc_trail_free(t);
    }
    for (unsigned k = 0; k < 7; k++) /* all but choose have something to do */
        ck_assert_uint_eq(other[k] > 0, k != 3);
    for (unsigned k = 0; k < 3; k++)
        tc_netlist_free(of[k]);
}
END_TEST

/* Of more inputs than a window has leaves, best keeps the claims of what won. */
START_TEST(test_best)
{
    struct tc_netlist *nl = by_columns(7);
    struct tc_trail *t = tc_trail_new(nl);
    struct tc_netlist *made =
        passed(nl, "strash,lists,best,dead", _i ? TC_LEVEL_2 : TC_LEVEL_SIZE, t);

    ck_assert_uint_lt(made->ngates, nl->ngates);
    ck_assert_uint_eq(marked(t, nl, made), nl->noutputs);
    tc_netlist_free(nl);
    tc_netlist_free(made);
    tc_trail_free(t);
}
END_TEST

/* one bound of the result, or one weight, is another */
START_TEST(test_changed)
{
    struct tc_netlist *nl = arithmetic(4, true);
    struct tc_trail *t = tc_trail_new(nl);
    struct tc_netlist *made = mapped(nl, TC_LEVEL_SIZE, t);
    unsigned all = marked(t, nl, made), fewer = 0;

    for (uint32_t g = 0; g < made->ngates; g++) {
        struct tc_netlist *other = tc_netlist_copy(made);

        other->bound[g]++;
        fewer += marked(t, nl, other) < all;
        tc_netlist_free(other);
    }
    for (uint64_t e = 0; e < made->nedges; e++) {
        struct tc_netlist *other = tc_netlist_copy(made);

        other->weight[e] = other->weight[e] == -1 ? 1 : other->weight[e] + 1;
        fewer += marked(t, nl, other) < all;
        tc_netlist_free(other);
    }
    ck_assert_uint_gt(fewer, made->ngates);
    tc_netlist_free(nl);
    tc_netlist_free(made);
    tc_trail_free(t);
}
END_TEST

/* ---------------------------------------------------------------- any claims */

#define INPUTS 6
#define WIRES  40

static struct tc_netlist *random_netlist(void)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    fprintf(f, "tc 1\ninputs %u\n", INPUTS);
    for (unsigned w = INPUTS; w < WIRES; w++) {
        unsigned n = 1 + below(4);

        fprintf(f, "%u =", w);
        for (unsigned e = 0; e < n; e++)
            fprintf(f, " %c%u*%u", below(2) ? '+' : '-', 1 + below(3),
                    below(2) ? below(w) : w - 1 - below(w < 8 ? w : 8));
        fprintf(f, " >= %d\n", (int)below(n + 3) - (int)n / 2 - 1);
    }
    fprintf(f, "outputs 0\n");
    fclose(f);
    return netlist_of_made(text);
}

/* Claims of random pairs, most of which are false, and of pairs that are equal: what is marked is
 * true, and not nothing. */
START_TEST(test_claims)
{
    unsigned found = 0;

    for (unsigned round = 0; round < 300; round++) {
        struct tc_netlist *a = random_netlist(), *b;
        struct tc_trail *t = tc_trail_new(a);
        struct tc_error err = {0};
        struct tc_net *net;
        uint64_t *value;
        tc_lit *as;

        a->output = realloc(a->output, 2 * WIRES * sizeof *a->output);
        a->noutputs = WIRES;
        for (uint32_t w = 0; w < WIRES; w++)
            a->output[w] = w;
        value = all_values(a, 1);
        b = tc_netlist_copy(a);
        net = tc_net_read(a, true, &err);
        as = tc_trail_enter(t, net);
        for (uint32_t k = 0; k < WIRES; k++) {
            unsigned w = below(WIRES);
            tc_lit x = net->output[k], y;
            uint32_t base;

            for (unsigned i = 0; below(2) && i < WIRES; i++)
                if (i != k && value[i] == value[k])
                    w = i;
            y = net->output[w];
            b->output[k] = w;
            x = x < TC_LIT_0 ? as[x >> 1] ^ (x & 1) : x;
            y = y < TC_LIT_0 ? as[y >> 1] ^ (y & 1) : y;
            base = below(2) ? 0 : INPUTS + below(WIRES);
            if (below(2))
                tc_trail_claim(t, x, y, base);
            else
                tc_trail_claim_cut(t, x, y, base, &as[below(net->ninputs + net->ngates - 2)],
                                   1 + below(3));
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
    Suite *s = suite_create("trail");
    TCase *c = tcase_create("trail");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, test_proved);
    tcase_add_test(c, test_passes);
    tcase_add_loop_test(c, test_best, 0, 2);
    tcase_add_test(c, test_changed);
    tcase_add_test(c, test_claims);
    suite_add_tcase(s, c);
    return check_status(s);
}
