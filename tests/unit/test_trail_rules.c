/* test_trail_rules.c -- single steps: each rule believes what it is for, and not what differs from
 * it by a weight, a bound or a wire; what a trail forgets, and one that is full */
#include "../../passes/trail.h"
#include "check_main.h"
#include "netlist_text.h"

#include <stdlib.h>

#define BLOCK 20 /* inputs of an opaque wire */

/* n wires that are too wide to be looked into, [x_1 + ... + x_BLOCK >= 7] each, and m inputs */
struct fixture {
    struct tc_netlist *nl;
    struct tc_trail *t;
    struct tc_net_sum sum;
    tc_lit opaque[24], input[8];
    unsigned claims;
};

static void open_fixture(struct fixture *f, unsigned n, unsigned m)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct tc_error err = {0};
    struct tc_net *net;
    tc_lit *as;

    fprintf(out, "tc 1\ninputs %u\n", n * BLOCK + m);
    for (unsigned k = 0; k < n; k++) {
        fprintf(out, "%u =", n * BLOCK + m + k);
        for (unsigned i = 0; i < BLOCK; i++)
            fprintf(out, " +1*%u", k * BLOCK + i);
        fprintf(out, " >= 7\n");
    }
    fprintf(out, "outputs");
    for (unsigned k = 0; k < n + m; k++)
        fprintf(out, " %u", n * BLOCK + k);
    fprintf(out, "\n");
    fclose(out);
    *f = (struct fixture){.nl = netlist_of_made(text)};
    tc_net_sum_init(&f->sum);
    f->t = tc_trail_new(f->nl);
    net = tc_net_read(f->nl, true, &err);
    as = tc_trail_enter(f->t, net);
    for (unsigned k = 0; k < m; k++)
        f->input[k] = as[n * BLOCK + k];
    for (unsigned k = 0; k < n; k++)
        f->opaque[k] = as[n * BLOCK + m + k];
    free(as);
    tc_net_free(net);
}

static void close_fixture(struct fixture *f)
{
    tc_netlist_free(f->nl);
    tc_trail_free(f->t);
    tc_net_sum_free(&f->sum);
}

/* the sum becomes sum w_k x_k >= bound, of n literals */
static void set_sum(struct fixture *f, int bound, unsigned n, const int *w, const tc_lit *x)
{
    tc_net_sum_clear(&f->sum);
    mpz_set_si(f->sum.bound, bound);
    for (unsigned k = 0; k < n; k++)
        tc_net_sum_add_si(&f->sum, x[k], w[k]);
}

static tc_lit made(struct fixture *f)
{
    return tc_trail_gate(f->t, &f->sum, NULL);
}

static tc_lit gate2(struct fixture *f, int v, tc_lit a, int w, tc_lit b, int bound)
{
    set_sum(f, bound, 2, (int[]){v, w}, (tc_lit[]){a, b});
    return made(f);
}

static tc_lit and2(struct fixture *f, tc_lit a, tc_lit b)
{
    return gate2(f, 1, a, 1, b, 2);
}

static tc_lit or2(struct fixture *f, tc_lit a, tc_lit b)
{
    return gate2(f, 1, a, 1, b, 1);
}

static tc_lit xor2(struct fixture *f, tc_lit a, tc_lit b)
{
    return gate2(f, 1, or2(f, a, b), -1, and2(f, a, b), 1);
}

/* that two literals are the same, of functions of n literals if n is not 0 */
static void claim(struct fixture *f, tc_lit a, tc_lit b, uint32_t base, unsigned n,
                  const tc_lit *leaf)
{
    if (n)
        tc_trail_claim_cut(f->t, a, b, base, leaf, n);
    else
        tc_trail_claim(f->t, a, b, base);
    f->claims++;
}

/* how many claims are proved */
static unsigned proved(struct fixture *f)
{
    unsigned char same[32];
    struct tc_error err = {0};
    uint64_t steps;

    ck_assert_uint_eq(tc_trail_claims(f->t), f->claims);
    ck_assert(tc_trail_check(f->t, f->nl, f->nl, 100, same, &steps, &err));
    return (unsigned)steps;
}

/* what is wrong with the last claim */
enum wrong { NOTHING, BOUND, WEIGHT, WIRE, WRONGS };

/* ----------------------------------------------------------------------- rules */

/* A claim names x_0 and x_1; its wire is their exclusive or, through a long chain that x_2 and x_3
 * are in twice. */
static unsigned beyond_cut(enum wrong wrong)
{
    struct fixture f;
    tc_lit chain, y, both;
    uint32_t base;
    unsigned n;

    open_fixture(&f, 0, 4);
    chain = f.input[0];
    for (unsigned k = 0; k < 80; k++)
        chain = xor2(&f, chain, f.input[2 + k % 2]);
    chain = xor2(&f, chain, f.input[1]);
    base = tc_trail_wires(f.t);
    y = f.input[wrong == WIRE ? 2 : 1];
    both = and2(&f, f.input[0], y);
    set_sum(&f, wrong != BOUND, 3, (int[]){1, 1, wrong == WEIGHT ? -1 : -2},
            (tc_lit[]){f.input[0], y, both});
    claim(&f, made(&f), chain, base, 2, f.input);
    n = proved(&f);
    close_fixture(&f);
    return n;
}

/* [S + BLOCK y >= 7 + BLOCK] is x AND y, x = [S >= 7] the first opaque wire from number k on */
static tc_lit read_through(struct fixture *f, unsigned k, tc_lit y)
{
    tc_net_sum_clear(&f->sum);
    mpz_set_si(f->sum.bound, 7 + BLOCK);
    for (unsigned i = 0; i < BLOCK; i++)
        tc_net_sum_add_si(&f->sum, 2 * (BLOCK * k + i), 1);
    tc_net_sum_add_si(&f->sum, y, BLOCK);
    return made(f);
}

/* x y, x' y and z are ANDed; of the gates that are x y the older one is a function of x and y, of
 * those that are x' y the newer one. */
static unsigned of_two_gates(enum wrong wrong)
{
    struct fixture f;
    tc_lit old, new, and_old, and_new, all;
    uint32_t base;
    unsigned n;

    open_fixture(&f, 5, 0);
    and_old = and2(&f, f.opaque[0], f.opaque[2]);
    old = read_through(&f, 0, f.opaque[2]);
    new = read_through(&f, 1, f.opaque[2]);
    and_new = and2(&f, f.opaque[1], f.opaque[2]);
    claim(&f, old, and_old, 0, 0, NULL);
    claim(&f, new, and_new, 0, 0, NULL);
    set_sum(&f, 3, 3, (int[]){1, 1, 1}, (tc_lit[]){old, new, f.opaque[3]});
    all = made(&f);
    base = tc_trail_wires(f.t);
    set_sum(&f, wrong == BOUND ? 3 : 4, 4, (int[]){wrong == WEIGHT ? 2 : 1, 1, 1, 1},
            (tc_lit[]){f.opaque[0], f.opaque[1], f.opaque[2], f.opaque[wrong == WIRE ? 4 : 3]});
    claim(&f, made(&f), all, base, 4, f.opaque);
    n = proved(&f) - 2;
    close_fixture(&f);
    return n;
}

#define MANY 16

/* x ^ y is 2 (x OR y) - x - y by a claim that names a cut, and x + y - 2 (x AND y) by a later one
 * that names none; a sum of many wires has the former in its place. */
static unsigned by_what_was_said(enum wrong wrong)
{
    struct fixture f;
    tc_lit either, both, xor, wire[MANY + 3];
    int weight[MANY + 3];
    uint32_t base;
    unsigned n;

    open_fixture(&f, MANY + 3, 0);
    either = or2(&f, f.opaque[0], f.opaque[1]);
    both = and2(&f, f.opaque[0], f.opaque[1]);
    xor = gate2(&f, 1, either, -1, both, 1);
    for (unsigned k = 0; k < MANY; k++) {
        wire[k] = f.opaque[2 + k];
        weight[k] = 1;
    }
    wire[MANY] = xor;
    weight[MANY] = 1;
    set_sum(&f, 5, MANY + 1, weight, wire);
    wire[MANY] = made(&f);
    base = tc_trail_wires(f.t);
    set_sum(&f, 1, 3, (int[]){2, -1, -1}, (tc_lit[]){either, f.opaque[0], f.opaque[1]});
    claim(&f, made(&f), xor, base, 2, f.opaque);
    set_sum(&f, 1, 3, (int[]){-2, 1, 1}, (tc_lit[]){both, f.opaque[0], f.opaque[1]});
    claim(&f, made(&f), xor, base, 0, NULL);
    both = wire[MANY]; /* what is claimed to be another gate */
    wire[MANY] = either;
    weight[MANY] = wrong == WEIGHT ? 1 : 2;
    for (unsigned k = 0; k < 2; k++) {
        wire[MANY + 1 + k] = f.opaque[k];
        weight[MANY + 1 + k] = -1;
    }
    if (wrong == WIRE)
        wire[0] = f.opaque[MANY + 2];
    set_sum(&f, wrong == BOUND ? 6 : 5, MANY + 3, weight, wire);
    claim(&f, made(&f), both, base, 0, NULL);
    n = proved(&f) - 2;
    close_fixture(&f);
    return n;
}

/* A sum of many wires and x OR y is that with x + y where both are never 1, as for y = y' AND NOT
 * x, and only there. */
static unsigned by_two_values(enum wrong wrong)
{
    struct fixture f;
    tc_lit x, y, sum, wire[MANY + 2];
    int weight[MANY + 2];
    uint32_t base;
    unsigned n;

    open_fixture(&f, MANY + 3, 0);
    x = f.opaque[0];
    y = wrong == WIRE ? f.opaque[1] : gate2(&f, 1, f.opaque[1], -1, x, 1); /* y AND NOT x */
    for (unsigned k = 0; k < MANY; k++) {
        wire[k] = f.opaque[2 + k];
        weight[k] = 1;
    }
    wire[MANY] = or2(&f, x, y);
    weight[MANY] = 1;
    set_sum(&f, 5, MANY + 1, weight, wire);
    sum = made(&f);
    base = tc_trail_wires(f.t);
    wire[MANY] = x;
    wire[MANY + 1] = y;
    weight[MANY + 1] = wrong == WEIGHT ? 2 : 1;
    set_sum(&f, wrong == BOUND ? 4 : 5, MANY + 2, weight, wire);
    claim(&f, made(&f), sum, base, 0, NULL);
    n = proved(&f);
    close_fixture(&f);
    return n;
}

START_TEST(test_rules)
{
    unsigned (*const rule[])(enum wrong) = {beyond_cut, of_two_gates, by_what_was_said,
                                            by_two_values};

    ck_assert_uint_eq(rule[_i](NOTHING), 1);
    for (unsigned wrong = 1; wrong < WRONGS; wrong++)
        ck_assert_msg(rule[_i]((enum wrong)wrong) == 0, "rule %d believes number %u", _i, wrong);
}
END_TEST

/* ------------------------------------------------------------------------- map */

/* (x y) q where y q is read, too: map claims that it is x (y q) before it makes cuts of that. */
START_TEST(test_paired)
{
    struct tc_netlist *nl = netlist_of_text("tc 1\n"
                                            "inputs 6\n"
                                            "6 = +1*1 +1*2 >= 2\n"
                                            "7 = +1*0 +1*1 >= 2\n"
                                            "8 = +1*7 +1*2 >= 2\n"
                                            "9 = +1*8 +1*3 -1*4 >= 1\n"
                                            "10 = +1*6 +1*5 >= 1\n"
                                            "outputs 9 10\n");
    struct tc_trail *t = tc_trail_new(nl);
    struct tc_pass_options options = {.level = TC_LEVEL_2, .trail = t};
    struct tc_error err = {0};
    struct tc_netlist *mapped = tc_net_map(nl, &options, &err);
    uint32_t wires = tc_trail_wires(t);
    struct tc_net_sum sum;
    unsigned found = 0;
    tc_lit l[4];

    ck_assert_ptr_nonnull(mapped);
    tc_net_sum_init(&sum);
    for (unsigned k = 0; k < 4; k++) { /* y q, x y, (x y) q, x (y q) */
        tc_lit of[4][2] = {{2, 4}, {0, 2}, {l[1], 4}, {0, l[0]}};

        tc_net_sum_clear(&sum);
        mpz_set_ui(sum.bound, 2);
        tc_net_sum_add_si(&sum, of[k][0], 1);
        tc_net_sum_add_si(&sum, of[k][1], 1);
        l[k] = tc_trail_gate(t, &sum, NULL);
    }
    ck_assert_uint_eq(tc_trail_wires(t), wires); /* all of them were there */
    for (size_t k = 0; k < tc_trail_claims(t); k++)
        found += t->claim[k].a == l[3] && t->claim[k].b == l[2];
    ck_assert_uint_eq(found, 1);
    tc_net_sum_free(&sum);
    if (mapped != nl)
        tc_netlist_free(mapped);
    tc_netlist_free(nl);
    tc_trail_free(t);
}
END_TEST

/* ----------------------------------------------------------------------- trail */

/* Claims are forgotten, and those behind them not; without a trail nothing happens. */
START_TEST(test_forget)
{
    struct fixture f;
    tc_lit gate[6];

    open_fixture(&f, 0, 7);
    for (unsigned k = 0; k < 6; k++) {
        gate[k] = and2(&f, f.input[k], f.input[k + 1]);
        claim(&f, gate[k], f.input[k], 0, 0, NULL); /* false */
    }
    tc_trail_forget(f.t, 3, 3);
    ck_assert_uint_eq(tc_trail_claims(f.t), 6);
    tc_trail_forget(f.t, 1, 3);
    ck_assert_uint_eq(tc_trail_claims(f.t), 4);
    for (unsigned k = 0; k < 4; k++)
        ck_assert_uint_eq(f.t->claim[k].a, gate[k ? k + 2 : 0]);
    tc_trail_forget(f.t, 3, 4);
    tc_trail_forget(f.t, 0, 1);
    ck_assert_uint_eq(tc_trail_claims(f.t), 2);
    ck_assert_uint_eq(f.t->claim[0].a, gate[3]);
    ck_assert_uint_eq(f.t->claim[1].a, gate[4]);
    f.claims = 2;
    claim(&f, or2(&f, f.input[0], f.input[0]), f.input[0], 0, 0, NULL); /* the same literal */
    ck_assert_uint_eq(tc_trail_claims(f.t), 2);
    f.claims = 2;
    ck_assert_uint_eq(proved(&f), 0);
    tc_trail_forget(NULL, 0, 0);
    ck_assert_uint_eq(tc_trail_claims(NULL), 0);
    ck_assert_uint_eq(tc_trail_wires(NULL), 0);
    close_fixture(&f);
}
END_TEST

/* A trail that is full takes nothing more, and what it has proves nothing. */
START_TEST(test_full)
{
    struct fixture f;
    struct tc_error err = {0};
    struct tc_trail_note note;
    struct tc_net *net;
    unsigned char same[32] = {0};
    uint64_t edges, steps;
    uint32_t wires;
    tc_lit g;

    open_fixture(&f, 0, 3);
    g = xor2(&f, f.input[0], f.input[1]);
    set_sum(&f, 1, 3, (int[]){1, 1, -2},
            (tc_lit[]){f.input[0], f.input[1], and2(&f, f.input[0], f.input[1])});
    claim(&f, made(&f), g, 0, 0, NULL);
    ck_assert_uint_eq(proved(&f), 1);
    wires = tc_trail_wires(f.t);
    edges = f.t->net->nedges;
    f.t->net->nedges = ((uint64_t)1 << 27) + 1; /* as if it had so many */
    net = tc_net_read(f.nl, true, &err);
    tc_trail_open(&note, f.t, net);
    tc_trail_follow(&note, net);
    tc_trail_same(&note, 0, g);
    ck_assert_uint_eq(and2(&f, f.input[1], f.input[2]), TC_LIT_0);
    tc_trail_claim(f.t, g, f.input[0], 0);
    tc_trail_claim_cut(f.t, g, f.input[0], 0, f.input, 3);
    ck_assert(f.t->full);
    ck_assert_uint_eq(tc_trail_claims(f.t), 1);
    ck_assert_uint_eq(tc_trail_wires(f.t), wires);
    f.t->net->nedges = edges;
    ck_assert(tc_trail_check(f.t, f.nl, f.nl, 100, same, &steps, &err));
    ck_assert_uint_eq(steps, 0);
    for (unsigned k = 0; k < f.nl->noutputs; k++)
        ck_assert_uint_eq(same[k], 0);
    tc_trail_close(&note);
    tc_net_free(net);
    close_fixture(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("trail_rules");
    TCase *c = tcase_create("trail_rules");

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, test_rules, 0, 4);
    tcase_add_test(c, test_paired);
    tcase_add_test(c, test_forget);
    tcase_add_test(c, test_full);
    suite_add_tcase(s, c);
    return check_status(s);
}
