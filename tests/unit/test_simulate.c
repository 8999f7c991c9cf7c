/* test_simulate.c -- the bit-sliced simulator against a loop over vectors in GMP */
#include "../../ir/ir.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

static uint64_t seed;

static uint64_t next(void)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t below(uint64_t n)
{
    return next() % n;
}

/* a netlist under construction: rows of edges, then their bounds */
static void begin_row(struct tc_netlist *nl)
{
    nl->first = tc_xrealloc(nl->first, nl->nrows + 2, sizeof *nl->first);
    nl->gate = tc_xrealloc(nl->gate, nl->nrows + 2, sizeof *nl->gate);
    nl->nrows++;
    nl->first[nl->nrows] = nl->nedges;
    nl->gate[nl->nrows] = nl->ngates;
}

static void add_edge(struct tc_netlist *nl, mpz_srcptr w, tc_wire source)
{
    nl->source = tc_xrealloc(nl->source, nl->nedges + 1, sizeof *nl->source);
    nl->weight = tc_xrealloc(nl->weight, nl->nedges + 1, sizeof *nl->weight);
    nl->source[nl->nedges] = source;
    nl->weight[nl->nedges++] = tc_weight_put(nl, w);
    nl->first[nl->nrows] = nl->nedges;
}

static void add_gate(struct tc_netlist *nl, mpz_srcptr bound)
{
    nl->bound = tc_xrealloc(nl->bound, nl->ngates + 1, sizeof *nl->bound);
    nl->bound[nl->ngates++] = tc_weight_put(nl, bound);
    nl->gate[nl->nrows] = nl->ngates;
}

static void outputs_all(struct tc_netlist *nl)
{
    nl->noutputs = nl->ninputs + nl->ngates;
    nl->output = tc_xrealloc(nl->output, nl->noutputs, sizeof *nl->output);
    for (uint32_t w = 0; w < nl->noutputs; w++)
        nl->output[w] = w;
}

static struct tc_netlist *netlist(uint32_t ninputs)
{
    struct tc_netlist *nl = tc_netlist_new();

    nl->ninputs = ninputs;
    return nl;
}

/* every wire is an output: all of them are compared */
static void compare(struct tc_netlist *nl, size_t words)
{
    size_t wires = (size_t)nl->ninputs + nl->ngates;
    uint64_t *in = tc_xcalloc(nl->ninputs * words, sizeof *in);
    uint64_t *out = tc_xcalloc(wires * words, sizeof *out);
    unsigned char *value = tc_xcalloc(wires, 1);
    struct tc_error err = {0};
    mpz_t sum, w;

    mpz_inits(sum, w, NULL);
    for (size_t i = 0; i < nl->ninputs * words; i++)
        in[i] = next();
    for (size_t i = 0; i < wires * words; i++)
        out[i] = next(); /* nothing is taken from what was there */
    outputs_all(nl);
    ck_assert_msg(tc_netlist_check(nl, &err), "%s", err.msg);
    ck_assert(tc_netlist_run(nl, in, out, words, &err));
    for (size_t v = 0; v < 64 * words; v += 1 + below(3)) {
        for (size_t i = 0; i < nl->ninputs; i++)
            value[i] = in[i * words + v / 64] >> v % 64 & 1;
        for (uint32_t r = 0; r < nl->nrows; r++) {
            mpz_set_ui(sum, 0);
            for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
                tc_weight_get(nl, nl->weight[e], w);
                if (value[nl->source[e]])
                    mpz_add(sum, sum, w);
            }
            for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
                tc_weight_get(nl, nl->bound[g], w);
                value[nl->ninputs + g] = mpz_cmp(sum, w) >= 0;
            }
        }
        for (size_t i = 0; i < wires; i++)
            ck_assert_msg((out[i * words + v / 64] >> v % 64 & 1) == value[i],
                          "wire %zu of vector %zu of %zu words", i, v, words);
    }
    mpz_clears(sum, w, NULL);
    free(in);
    free(out);
    free(value);
    tc_netlist_free(nl);
}

static const size_t widths[] = {1, 2, 4, 5, 8, 11, 16};

#define WIDTHS (sizeof widths / sizeof *widths)

/* what weights a netlist has */
enum kind { UNIT, SMALL, WIDE, BIG, MIXED, POWERS, KINDS };

static void random_weight(enum kind kind, mpz_ptr w)
{
    switch (kind) {
    case UNIT:
        mpz_set_si(w, 1);
        break;
    case SMALL:
        mpz_set_si(w, 1 + (long)below(20));
        break;
    case WIDE:
        mpz_set_ui(w, 1 + (next() >> (2 + below(60))));
        break;
    case BIG:
        mpz_set_ui(w, 1);
        mpz_mul_2exp(w, w, 80);
        mpz_add_ui(w, w, next() >> 32);
        break;
    case POWERS:
        mpz_set_ui(w, 1);
        mpz_mul_2exp(w, w, below(200));
        break;
    default:
        random_weight((enum kind)below(MIXED), w);
        return;
    }
    if (below(2))
        mpz_neg(w, w);
}

/* a bound near what the row's sum can be: ties are frequent */
static void random_bound(const struct tc_netlist *nl, mpz_ptr b)
{
    uint64_t n = nl->first[nl->nrows];
    mpz_t w;

    mpz_init(w);
    mpz_set_si(b, (long)below(3) - 1);
    for (uint64_t e = nl->first[nl->nrows - 1]; e < n; e++)
        if (below(2)) {
            tc_weight_get(nl, nl->weight[e], w);
            mpz_add(b, b, w);
        }
    mpz_clear(w);
}

static int ascending(const void *a, const void *b)
{
    return mpz_cmp((mpz_srcptr)a, (mpz_srcptr)b);
}

static struct tc_netlist *random_netlist(enum kind kind)
{
    struct tc_netlist *nl = netlist(1 + (uint32_t)below(12));
    uint64_t nrows = 1 + below(12);
    mpz_t w;

    mpz_init(w);
    for (uint64_t r = 0; r < nrows; r++) {
        uint64_t fan_in = below(4) ? below(9) : below(40);
        uint64_t gates = below(3) ? 1 : 1 + below(20);
        uint32_t wires = nl->ninputs + nl->ngates;
        mpz_t *bound = tc_xcalloc(gates, sizeof *bound);

        begin_row(nl);
        for (uint64_t e = 0; e < fan_in; e++) {
            random_weight(kind, w);
            add_edge(nl, w, (tc_wire)below(wires));
        }
        for (uint64_t g = 0; g < gates; g++) {
            mpz_init(bound[g]);
            random_bound(nl, bound[g]);
        }
        if (below(2)) /* most chains are in order */
            qsort(bound, gates, sizeof *bound, ascending);
        for (uint64_t g = 0; g < gates; g++) {
            add_gate(nl, bound[g]);
            mpz_clear(bound[g]);
        }
        free(bound);
    }
    mpz_clear(w);
    return nl;
}

START_TEST(random_netlists)
{
    for (unsigned round = 0; round < 40; round++) {
        seed = 1000 * (uint64_t)_i + round;
        compare(random_netlist((enum kind)_i), widths[round % WIDTHS]);
    }
}
END_TEST

/* every row of up to 4 edges of weight 1 and -1, with every bound */
START_TEST(small_unit_rows)
{
    struct tc_netlist *nl = netlist(5);
    mpz_t z;

    seed = 1;
    mpz_init(z);
    for (unsigned n = 0; n <= 4; n++)
        for (unsigned signs = 0; signs < 1u << n; signs++)
            for (int b = -6; b <= 6; b++) {
                begin_row(nl);
                for (unsigned e = 0; e < n; e++) {
                    mpz_set_si(z, signs >> e & 1 ? -1 : 1);
                    add_edge(nl, z, e);
                }
                mpz_set_si(z, b);
                add_gate(nl, z);
            }
    mpz_clear(z);
    compare(nl, widths[_i]);
}
END_TEST

START_TEST(chain_of_every_threshold)
{
    struct tc_netlist *nl = netlist(8);
    mpz_t z;

    seed = 2;
    mpz_init(z);
    for (int down = 0; down <= 1; down++) {
        begin_row(nl);
        for (unsigned e = 0; e < 8; e++) {
            mpz_set_si(z, e == 7 ? -(1 << e) : 1 << e);
            add_edge(nl, z, e);
        }
        for (int b = -140; b <= 140; b++) {
            mpz_set_si(z, down ? -b : b);
            add_gate(nl, z);
        }
    }
    mpz_clear(z);
    compare(nl, widths[_i]);
}
END_TEST

START_TEST(wide_fan_in)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        struct tc_netlist *nl = netlist(300);
        mpz_t w;

        seed = 3 + kind;
        mpz_init(w);
        for (unsigned r = 0; r < 3; r++) {
            begin_row(nl);
            for (unsigned e = 0; e < 5000; e++) {
                random_weight((enum kind)kind, w);
                if (r == 0)
                    mpz_abs(w, w);
                add_edge(nl, w, (tc_wire)below(300));
            }
            for (unsigned g = 0; g < 1 + 10 * r; g++) {
                random_bound(nl, w);
                add_gate(nl, w);
            }
        }
        /* an OR and an AND of 5000 */
        mpz_set_ui(w, 1);
        for (unsigned r = 0; r < 2; r++) {
            begin_row(nl);
            for (unsigned e = 0; e < 5000; e++)
                add_edge(nl, w, (tc_wire)below(300));
            mpz_set_ui(w, r ? 5000 : 1);
            add_gate(nl, w);
            mpz_set_ui(w, 1);
        }
        mpz_clear(w);
        compare(nl, kind == 0 ? 1 : 5);
    }
}
END_TEST

START_TEST(weights_at_the_edge_of_small)
{
    struct tc_netlist *nl = netlist(6);
    mpz_t w, b;

    seed = 4;
    mpz_inits(w, b, NULL);
    for (int shift = 61; shift <= 65; shift++)
        for (int off = -1; off <= 1; off++) {
            begin_row(nl);
            for (unsigned e = 0; e < 6; e++) {
                mpz_set_ui(w, 1);
                mpz_mul_2exp(w, w, (mp_bitcnt_t)shift);
                mpz_add_ui(w, w, 1);
                mpz_add_ui(w, w, (unsigned long)e);
                if (e % 2)
                    mpz_neg(w, w);
                add_edge(nl, w, e);
            }
            for (int k = -2; k <= 2; k++) {
                mpz_set_si(b, k);
                mpz_mul_2exp(b, b, (mp_bitcnt_t)shift);
                if (off < 0)
                    mpz_sub_ui(b, b, 3);
                else
                    mpz_add_ui(b, b, (unsigned long)(3 * off));
                add_gate(nl, b);
            }
        }
    mpz_clears(w, b, NULL);
    compare(nl, 4);
}
END_TEST

START_TEST(constants_and_nothing)
{
    struct tc_netlist *nl = netlist(0);
    struct tc_error err = {0};
    mpz_t z;

    mpz_init(z);
    for (int b = -2; b <= 2; b++) { /* rows without edges: 1 iff 0 >= bound */
        begin_row(nl);
        mpz_set_si(z, b);
        add_gate(nl, z);
        mpz_mul_2exp(z, z, 100);
        begin_row(nl);
        add_gate(nl, z);
    }
    mpz_clear(z);
    compare(nl, 1);

    nl = netlist(0);
    ck_assert(tc_netlist_run(nl, NULL, NULL, 3, &err));
    tc_netlist_free(nl);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("simulate");
    TCase *tc = tcase_create("simulate");

    tcase_set_timeout(tc, 300);
    suite_add_tcase(s, tc);
    tcase_add_loop_test(tc, random_netlists, 0, KINDS);
    tcase_add_loop_test(tc, small_unit_rows, 0, WIDTHS);
    tcase_add_loop_test(tc, chain_of_every_threshold, 0, WIDTHS);
    tcase_add_test(tc, wide_fan_in);
    tcase_add_test(tc, weights_at_the_edge_of_small);
    tcase_add_test(tc, constants_and_nothing);
    return check_status(s);
}
