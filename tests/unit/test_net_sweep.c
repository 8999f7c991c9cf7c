/* test_net_sweep.c -- the pass sweep: on small netlists no wires that are equal are left, told by
 * all inputs; on larger ones the copies that were planted are gone */
#include "../../ir/equal.h"
#include "../../passes/passes.h"
#include "check_main.h"
#include "netlist_text.h"

#include <stdlib.h>
#include <string.h>

static uint64_t state;

static unsigned below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((state >> 33) % n);
}

/* what the pass makes of it: sound, no deeper, and the same function */
static struct tc_netlist *sweep(struct tc_netlist *nl)
{
    struct tc_pass_options options = {.vectors = nl->ninputs > 12 ? 2000 : 0};
    const struct tc_pass *pass = tc_pass_find("sweep", 5);
    union tc_circuit before = {.netlist = nl}, after;
    struct tc_error err = {0};

    after.netlist = pass->run_netlist(nl, &options, &err);
    ck_assert_msg(after.netlist && tc_netlist_check(after.netlist, &err), "%s", err.msg);
    ck_assert_msg(tc_passes_same(TC_PASS_NETLIST, before, after, &options, &err), "%s", err.msg);
    return after.netlist;
}

/* ------------------------------------------------------------- all inputs */

#define INPUTS 7
#define WORDS  2

static struct tc_netlist *random_netlist(void)
{
    unsigned rows = 1 + below(25), wires = INPUTS;
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    fprintf(f, "tc 1\ninputs %u\n", INPUTS);
    for (unsigned r = 0; r < rows; r++) {
        unsigned n = below(5), chain = below(4) ? 1 : 3;
        char edges[200] = "";

        for (unsigned e = 0; e < n; e++)
            sprintf(edges + strlen(edges), " %c%u*%u", below(2) ? '+' : '-', 1 + below(3),
                    below(3) ? wires - 1 - below(INPUTS) : below(wires));
        for (unsigned k = 0; k < chain; k++)
            fprintf(f, "%u =%s >= %d\n", wires + k, edges, (int)below(n + 3) - (int)n / 2 - 1);
        wires += chain;
    }
    fprintf(f, "outputs");
    for (unsigned o = 1 + below(6); o-- > 0;)
        fprintf(f, " %u", wires - 1 - below(wires < 12 ? wires : 12));
    fprintf(f, "\n");
    fclose(f);
    return netlist_of_made(text);
}

/* the tables of all wires, each of 2^7 bits */
static uint64_t *tables(const struct tc_netlist *nl)
{
    uint32_t wires = nl->ninputs + nl->ngates;
    struct tc_netlist *all = tc_netlist_copy(nl);
    uint64_t in[INPUTS * WORDS] = {0}, *out = calloc((size_t)wires * WORDS, sizeof *out);
    struct tc_error err = {0};

    all->output = realloc(all->output, wires * sizeof *all->output);
    all->noutputs = wires;
    for (uint32_t w = 0; w < wires; w++)
        all->output[w] = w;
    for (unsigned x = 0; x < 1 << INPUTS; x++)
        for (unsigned i = 0; i < INPUTS; i++)
            in[i * WORDS + x / 64] |= (uint64_t)(x >> i & 1) << x % 64;
    ck_assert(tc_netlist_run(all, in, out, WORDS, &err));
    tc_netlist_free(all);
    return out;
}

static bool is_output(const struct tc_netlist *nl, uint32_t w)
{
    for (uint32_t o = 0; o < nl->noutputs; o++)
        if (nl->output[o] == w)
            return true;
    return false;
}

/* Complements and constants are gates only where an output wants them. */
static void no_twins(const struct tc_netlist *nl)
{
    uint64_t *table = tables(nl);

    for (uint32_t w = nl->ninputs; w < nl->ninputs + nl->ngates; w++) {
        const uint64_t *x = table + w * WORDS;

        ck_assert(x[0] != x[1] || (x[0] && ~x[0]) || is_output(nl, w));
        for (uint32_t v = 0; v < w; v++) {
            const uint64_t *y = table + v * WORDS;

            ck_assert(x[0] != y[0] || x[1] != y[1]);
            ck_assert(x[0] != ~y[0] || x[1] != ~y[1] || is_output(nl, w) || is_output(nl, v));
        }
    }
    free(table);
}

START_TEST(small)
{
    state = (uint64_t)_i + 1;
    for (unsigned k = 0; k < 10; k++) {
        struct tc_netlist *nl = random_netlist(), *to = sweep(nl);

        ck_assert_uint_le(to->ngates, nl->ngates + nl->noutputs);
        ck_assert_uint_le(depth_of_netlist(to),
                          depth_of_netlist(nl) + 1); /* a complement that is an output */
        no_twins(to);
        if (to != nl)
            tc_netlist_free(to);
        tc_netlist_free(nl);
    }
}
END_TEST

/* ---------------------------------------------------------------- planted */

#define WIDE  40
#define CELLS 60

/* v*a + w*b >= bound */
static unsigned gate(FILE *f, unsigned *wires, int v, unsigned a, int w, unsigned b, int bound)
{
    fprintf(f, "%u = %+d*%u %+d*%u >= %d\n", *wires, v, a, w, b, bound);
    return (*wires)++;
}

/* majority, parity of two, and a choice, in two ways each */
static unsigned cell(FILE *f, unsigned *wires, unsigned kind, bool other, unsigned a, unsigned b,
                     unsigned c)
{
    unsigned x, y;

    switch (2 * kind + other) {
    case 0:
        fprintf(f, "%u = +1*%u +1*%u +1*%u >= 2\n", *wires, a, b, c);
        return (*wires)++;
    case 1:
        x = gate(f, wires, 1, a, 1, b, 1);
        y = gate(f, wires, 1, a, 1, b, 2);
        x = gate(f, wires, 1, x, 1, c, 2);
        return gate(f, wires, 1, x, 1, y, 1);
    case 2:
        x = gate(f, wires, 1, a, 1, b, 2);
        fprintf(f, "%u = +1*%u +1*%u -2*%u >= 1\n", *wires, a, b, x);
        return (*wires)++;
    case 3:
        x = gate(f, wires, 1, a, -1, b, 1);
        y = gate(f, wires, -1, a, 1, b, 1);
        return gate(f, wires, 1, x, 1, y, 1);
    case 4:
        x = gate(f, wires, 1, a, 1, b, 2);
        y = gate(f, wires, -1, a, 1, c, 1);
        return gate(f, wires, 1, x, 1, y, 1);
    default: /* the complement */
        x = gate(f, wires, 1, a, -1, b, 1);
        y = gate(f, wires, -1, a, -1, c, 0);
        return gate(f, wires, 1, x, 1, y, 1);
    }
}

/* the second output is 1 on one choice of 20 inputs, and not on others */
static void rare_stays(const struct tc_netlist *nl)
{
    uint64_t in[WIDE], *out = calloc(nl->noutputs, sizeof *out);
    struct tc_error err = {0};

    for (unsigned i = 0; i < WIDE; i++)
        in[i] = i % 2 ? i == WIDE - 1 ? 3 : 0 : 1;
    ck_assert(tc_netlist_run(nl, in, out, 1, &err));
    ck_assert_uint_eq(out[1] & 3, 1);
    free(out);
}

/* Each cell twice, of either copy of the cells before it.  The outputs: both, and whether they
 * differ; one gate is right in all but one of 2^20 cases or so, and stays. */
START_TEST(planted)
{
    unsigned wires = WIDE, copy[WIDE + CELLS][2], single = 0, rare;
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct tc_netlist *nl, *to;
    bool turned[WIDE + CELLS] = {false};

    state = (uint64_t)_i + 1;
    fprintf(f, "tc 1\ninputs %u\n", WIDE);
    for (unsigned i = 0; i < WIDE; i++)
        copy[i][0] = copy[i][1] = i;
    for (unsigned k = WIDE; k < WIDE + CELLS; k++) {
        unsigned kind = below(3), a = below(k), b = k - 1 - below(WIDE / 2), c = below(k);
        unsigned from[3] = {a, b, c};

        for (unsigned i = 0; i < 3; i++) /* never a complement, nor the same wire again */
            while (turned[from[i]] || (i > 0 && from[i] == from[0]) ||
                   (i > 1 && from[i] == from[1]))
                from[i] = (from[i] + 1) % k;
        turned[k] = kind == 2;
        for (unsigned other = 0; other < 2; other++) {
            unsigned before = wires;

            copy[k][other] = cell(f, &wires, kind, other, copy[from[0]][below(2)],
                                  copy[from[1]][below(2)], copy[from[2]][below(2)]);
            single += other ? 0 : wires - before;
        }
    }
    fprintf(f, "%u =", wires);
    for (unsigned i = 0; i < 20; i++)
        fprintf(f, " %c1*%u", i % 2 ? '-' : '+', i);
    fprintf(f, " >= 10\n%u = +1*%u -1*0 >= 0\n", wires + 1, wires);
    rare = wires;
    wires += 2;
    fprintf(f, "%u = +1*%u +1*%u >= 2\n", wires, rare, WIDE - 1);
    fprintf(f, "outputs %u %u", rare + 1, wires);
    for (unsigned k = WIDE; k < WIDE + CELLS; k++)
        fprintf(f, " %u %u", copy[k][0], copy[k][1]);
    fprintf(f, "\n");
    fclose(f);
    nl = netlist_of_made(text);
    to = sweep(nl);
    /* those of one copy, the rare ones, and complements of outputs */
    ck_assert_uint_le(to->ngates, single + 3 + CELLS);
    for (unsigned k = WIDE; k < WIDE + CELLS; k++) {
        const uint32_t *out = to->output + 2 + 2 * (k - WIDE);

        ck_assert_int_eq(out[0] == out[1], !turned[k]);
    }
    ck_assert_uint_ne(to->output[0], to->output[1]);
    rare_stays(to);
    tc_netlist_free(nl);
    tc_netlist_free(to);
}
END_TEST

/* ORs of twelve ANDs of inputs, joined from either end: what no table over ten wires shows */
START_TEST(ordered)
{
    enum { PAIRS = 12 };
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    unsigned wires = 2 * PAIRS, pair[PAIRS], up, down;
    struct tc_netlist *nl, *to;

    fprintf(f, "tc 1\ninputs %u\n", 2 * PAIRS);
    for (unsigned k = 0; k < PAIRS; k++)
        pair[k] = gate(f, &wires, 1, 2 * k, 1, 2 * k + 1, 2);
    up = pair[0];
    down = pair[PAIRS - 1];
    for (unsigned k = 1; k < PAIRS; k++) {
        up = gate(f, &wires, 1, up, 1, pair[k], 1);
        down = gate(f, &wires, 1, down, 1, pair[PAIRS - 1 - k], 1);
    }
    fprintf(f, "outputs %u %u\n", up, down);
    fclose(f);
    nl = netlist_of_made(text);
    to = sweep(nl);
    ck_assert_uint_eq(to->output[0], to->output[1]);
    ck_assert_uint_eq(to->ngates, 2 * PAIRS - 1);
    tc_netlist_free(nl);
    tc_netlist_free(to);
}
END_TEST

START_TEST(empty)
{
    struct tc_netlist *nl =
        netlist_of_made(strdup("tc 1\ninputs 0\n0 = >= 0\n1 = >= 1\noutputs 1 0 1\n"));
    struct tc_netlist *to = sweep(nl);

    ck_assert_uint_eq(to->ngates, 2);
    if (to != nl)
        tc_netlist_free(to);
    tc_netlist_free(nl);
    nl = netlist_of_made(strdup("tc 1\ninputs 3\noutputs\n"));
    ck_assert_ptr_eq(sweep(nl), nl);
    tc_netlist_free(nl);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_sweep");
    TCase *t = tcase_create("net_sweep");
    int fast = getenv("TC_FAST") != NULL;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, small, 0, fast ? 3 : 30);
    tcase_add_loop_test(t, planted, 0, fast ? 2 : 10);
    tcase_add_test(t, ordered);
    tcase_add_test(t, empty);
    suite_add_tcase(s, t);
    return check_status(s);
}
