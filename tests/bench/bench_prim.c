/* bench_prim.c -- one operation: how fast its circuit is made, and run
 *
 * A line an operation: gates, seconds to build it, vectors a second of the family
 * and of the netlist engine, on random words of the format. */
#include "../../compiler/prim.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VECTORS 8192

static const struct tc_options options = {.level = TC_LEVEL_1};

/* of this process alone: other work on the machine does not count */
static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* finite numbers, so that no format's code is one that means nothing */
static void words(const struct tc_prim *p, uint64_t *word, size_t n)
{
    struct tc_random r;
    mpq_t x;

    mpq_init(x);
    tc_random_seed(&r, 1);
    for (size_t k = 0; k < n; k++) {
        int e = (int)tc_random_below(&r, 40) - 20;

        mpq_set_si(x, (long)tc_random_below(&r, 1 << 20) - (1 << 19), 1 << 19);
        mpq_canonicalize(x);
        if (e < 0)
            mpq_div_2exp(x, x, (mp_bitcnt_t)-e);
        else
            mpq_mul_2exp(x, x, (mp_bitcnt_t)e);
        word[k] = tc_format_round(&p->format, x, NULL);
    }
    mpq_clear(x);
}

static double vectors_a_second(struct tc_prim *p, enum tc_engine_kind engine, double *build,
                               double *gates)
{
    uint64_t *in = tc_xcalloc((size_t)VECTORS * p->noperand, sizeof *in);
    uint64_t *out = tc_xcalloc((size_t)VECTORS * p->nresult, sizeof *out);
    struct tc_prim_circuit c;
    struct tc_error err = {0};
    double start = now();
    unsigned rounds = 0;

    if (!tc_prim_build(p, engine, UINT64_MAX, &c, &err)) {
        fprintf(stderr, "%s: %s\n", p->name, err.msg);
        exit(1);
    }
    *build = now() - start;
    *gates = mpz_get_d(c.compiled.count.gates);
    words(p, in, (size_t)VECTORS * p->noperand);
    start = now();
    do {
        tc_prim_run(&c, in, out, VECTORS, &err);
        rounds++;
    } while (now() - start < 0.5);
    start = (now() - start) / rounds;
    tc_prim_free(&c);
    free(in);
    free(out);
    return VECTORS / start;
}

int main(void)
{
    static const struct {
        const char *op, *format;
        unsigned terms;
    } line[] = {{"mul", "bfloat16", 0}, {"add", "bfloat16", 0}, {"div", "bfloat16", 0},
                {"exp", "bfloat16", 0}, {"tanh", "binary16", 0}, {"mul", "binary32", 0},
                {"add", "binary32", 0}, {"dot", "fixed:8,4", 16}, {"sum", "ieee:4,5", 16}};

    printf("%-22s %10s %8s %14s %14s\n", "operation", "gates", "build s", "family v/s",
           "netlist v/s");
    for (size_t k = 0; k < sizeof line / sizeof *line; k++) {
        struct tc_args args = {.spec = line[k].op,
                               .format = line[k].format,
                               .terms = line[k].terms,
                               .has_terms = line[k].terms != 0};
        struct tc_error err = {0};
        struct tc_prim p;
        double build, gates, family, netlist, ignored;
        char name[64];

        if (!tc_prim_open(&args, &p, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        p.options = &options;
        family = vectors_a_second(&p, TC_ENGINE_FAMILY, &build, &gates);
        netlist = vectors_a_second(&p, TC_ENGINE_NETLIST, &ignored, &gates);
        snprintf(name, sizeof name, "%s %s", line[k].op, line[k].format);
        printf("%-22s %10.0f %8.2f %14.0f %14.0f\n", name, gates, build, family, netlist);
    }
    return 0;
}
