/* bench_gate.c -- how long an answer about one gate takes
 *
 * Prints a line a model: gates, what it took to open the family, then microseconds an
 * answer, over random gates: its place and number back, its threshold, its fan-in
 * and first 100 wires, and the first 100 of its readers.
 *
 * usage: bench_gate, from the repository's root
 */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <time.h>

#define ROUNDS 2000

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool count(void *ctx, const struct tc_spot *spot, mpz_srcptr wire, mpz_srcptr weight)
{
    (void)spot;
    (void)wire;
    (void)weight;
    ++*(uint64_t *)ctx;
    return true;
}

static void die(const struct tc_error *err)
{
    fprintf(stderr, "bench_gate: %s\n", err->msg);
    exit(1);
}

/* the slowest kind of answer, too: all that `tc0c gate` prints by default */
static void measure(const char *file, const char *n, const char *d)
{
    struct tc_setting set[] = {{"n", n}, {"d", d}};
    struct tc_options options = {.level = TC_LEVEL_1};
    struct tc_error err = {0};
    struct tc_spec *spec = tc_spec_read(file, set, d ? 2 : 1, true, &err);
    struct tc_family *f = spec ? tc_lower(spec, &options, &err) : NULL;
    double spent[4] = {0}, most = 0, opened, start = cpu();
    struct tc_gates *g = f ? tc_gates_open(f, &err) : NULL;
    uint64_t edges = 0, refused = 0;
    gmp_randstate_t random;
    mpz_t wire, back, bound, total, zero;

    if (!g)
        die(&err);
    opened = cpu() - start;
    mpz_inits(wire, back, bound, total, zero, NULL);
    gmp_randinit_default(random);
    for (int i = 0; i < ROUNDS; i++) {
        struct tc_spot spot;
        double t[5];

        mpz_sub(back, tc_gates_wires(g), tc_gates_inputs(g));
        mpz_urandomm(wire, random, back);
        mpz_add(wire, wire, tc_gates_inputs(g));
        t[0] = cpu();
        if (!tc_wire_spot(g, wire, &spot, &err) || !tc_spot_wire(g, &spot, back, &err))
            die(&err);
        t[1] = cpu();
        if (!tc_spot_bound(g, &spot, bound, &err))
            die(&err);
        t[2] = cpu();
        if (!tc_spot_reads(g, &spot, zero, 100, count, &edges, total, &err))
            die(&err);
        t[3] = cpu();
        refused += !tc_spot_readers(g, &spot, zero, 100, count, &edges, total, &err);
        t[4] = cpu();
        for (int k = 0; k < 4; k++)
            spent[k] += t[k + 1] - t[k];
        most = i && t[3] - t[0] > most ? t[3] - t[0] : most;
        if (mpz_cmp(wire, back))
            abort();
    }
    mpz_sub(back, tc_gates_wires(g), tc_gates_inputs(g));
    gmp_printf("%-28s n=%-8s %26Zd gates  open %6.2f ms;  us: place %5.1f  threshold %5.1f  "
               "inputs %6.1f  readers %6.1f  slowest but readers %6.1f",
               file, n, back, 1e3 * opened, 1e6 * spent[0] / ROUNDS, 1e6 * spent[1] / ROUNDS,
               1e6 * spent[2] / ROUNDS, 1e6 * spent[3] / ROUNDS, 1e6 * most);
    printf(refused ? "  (%llu readers refused)\n" : "\n", (unsigned long long)refused);
    gmp_randclear(random);
    mpz_clears(wire, back, bound, total, zero, NULL);
    tc_gates_free(g);
    tc_family_free(f);
    tc_spec_free(spec);
}

int main(void)
{
    measure("examples/3-rope-tensor.xml", "8", NULL);
    measure("examples/3-rope-tensor.xml", "1024", "64");
    measure("examples/3-rope-tensor.xml", "1048576", NULL);
    measure("examples/2-rope.xml", "1048576", NULL);
    measure("examples/4-causal-heads.xml", "1048576", NULL);
    measure("examples/8-four-layers.xml", "1048576", NULL);
    return 0;
}
