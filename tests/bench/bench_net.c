/* bench_net.c -- how fast passes of netlists are, and readers, and what they take
 *
 * usage: bench_net [gates in millions, 10 [passes between commas in place of a level's]]
 *
 * Prints a line a pipeline: CPU seconds, the most memory that the process had, the
 * netlist with it, and gates and edges before and after; then a line a format read, and proofs of
 * a gate against itself.  Each is a process of its own.  The netlists: gates of two inputs near
 * them, a million wires back at most, of the kinds that AIGER and carries have; and few
 * wide sums, with a hundred thresholds each. */
#include "../../ir/equal.h"
#include "../../passes/passes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t state = 1;

static uint32_t below(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 32) * n >> 32);
}

static double seconds(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static double peak(void) /* megabytes */
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss / 1e3;
}

/* room for so many gates, rows and edges */
static struct tc_netlist *room(uint32_t inputs, uint32_t gates, uint32_t rows, uint64_t edges)
{
    struct tc_netlist *nl = tc_netlist_new();

    nl->ninputs = inputs;
    nl->first = tc_xrealloc(nl->first, (size_t)rows + 1, sizeof *nl->first);
    nl->gate = tc_xrealloc(nl->gate, (size_t)rows + 1, sizeof *nl->gate);
    nl->source = tc_xcalloc(edges, sizeof *nl->source);
    nl->weight = tc_xcalloc(edges, sizeof *nl->weight);
    nl->bound = tc_xcalloc(gates, sizeof *nl->bound);
    return nl;
}

static void add_edge(struct tc_netlist *nl, tc_wire source, int64_t weight)
{
    nl->source[nl->nedges] = source;
    nl->weight[nl->nedges++] = weight;
}

static void end_row(struct tc_netlist *nl)
{
    nl->nrows++;
    nl->first[nl->nrows] = nl->nedges;
    nl->gate[nl->nrows] = nl->ngates;
}

/* all wires that no gate reads are outputs */
static struct tc_netlist *outputs(struct tc_netlist *nl)
{
    bool *read = tc_xcalloc((size_t)nl->ninputs + nl->ngates, 1);

    for (uint64_t e = 0; e < nl->nedges; e++)
        read[nl->source[e]] = true;
    nl->output = tc_xcalloc((size_t)nl->ngates, sizeof *nl->output);
    for (uint32_t w = nl->ninputs; w < nl->ninputs + nl->ngates; w++)
        if (!read[w])
            nl->output[nl->noutputs++] = w;
    free(read);
    return nl;
}

/* ANDs and ORs of two wires or complements; every tenth a majority of three */
static struct tc_netlist *local(uint32_t gates)
{
    const uint32_t inputs = gates / 100 + 2, near = 1000000;
    struct tc_netlist *nl = room(inputs, gates, gates, (uint64_t)gates * 3);

    for (uint32_t g = 0; g < gates; g++) {
        uint32_t wires = inputs + g, n = g % 10 ? 2 : 3;
        int64_t bound = below(2) ? 1 : (int64_t)n;

        if (n == 3)
            bound = 2;
        for (uint32_t k = 0; k < n; k++) {
            bool turned = below(2);

            add_edge(nl, wires - 1 - below(wires < near ? wires : near), turned ? -1 : 1);
            bound -= turned;
        }
        nl->bound[nl->ngates++] = bound;
        end_row(nl);
    }
    return outputs(nl);
}

/* sums of 200 wires with 100 thresholds each */
static struct tc_netlist *wide(uint32_t gates)
{
    const uint32_t inputs = 1000, chain = 100, fan_in = 200, near = 20000;
    struct tc_netlist *nl = room(inputs, gates, gates / chain, (uint64_t)gates / chain * fan_in);

    for (uint32_t g = 0; g + chain <= gates; g += chain) {
        uint32_t wires = inputs + nl->ngates;

        for (uint32_t k = 0; k < fan_in; k++)
            add_edge(nl, wires - 1 - below(wires < near ? wires : near), (int64_t)below(63) - 31);
        for (uint64_t e = nl->first[nl->nrows]; e < nl->nedges; e++)
            nl->weight[e] += nl->weight[e] >= 0;
        for (uint32_t k = 0; k < chain; k++)
            nl->bound[nl->ngates++] = 20 * ((int64_t)k - chain / 2);
        end_row(nl);
    }
    return outputs(nl);
}

static void die(const struct tc_error *err)
{
    fprintf(stderr, "bench_net: %s\n", err->msg);
    exit(1);
}

/* what a child does; the parent waits for it */
static bool child(void)
{
    pid_t pid;
    int status;

    fflush(stdout);
    pid = fork();
    if (!pid)
        return true;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
        exit(1);
    return false;
}

static void passes(const char *what, struct tc_netlist *(*make)(uint32_t), uint32_t gates,
                   enum tc_level level, const char *named)
{
    struct tc_pass_options options = {.level = level, .named = named};
    struct tc_pass_log log = {0};
    struct tc_error err = {0};
    struct tc_arena *arena;
    struct tc_netlist *nl;
    uint64_t edges;
    double start;

    if (!child())
        return;
    nl = make(gates);
    edges = nl->nedges;
    gates = nl->ngates;
    arena = tc_arena_new();
    start = seconds();
    if (!tc_passes_run_netlist(arena, &nl, &options, NULL, &log, &err))
        die(&err);
    printf("%-6s -O%-5s %9u gates %9llu edges to %9u, %9llu: %6.1f s %6.0f MB", what,
           tc_level_name[level], gates, (unsigned long long)edges, nl->ngates,
           (unsigned long long)nl->nedges, seconds() - start, peak());
    for (unsigned k = 0; k < log.n; k++)
        printf("  %s %.1f", log.record[k].pass->name, log.record[k].seconds);
    printf("\n");
    fflush(stdout);
    _exit(0);
}

/* a file in a format, written and read */
static void reading(const char *what, tc_netlist_writer *write, uint32_t gates)
{
    struct tc_error err = {0};
    struct tc_netlist *nl, *again;
    FILE *file = tmpfile();
    double start, size;

    if (!child())
        return;
    nl = local(gates);
    if (!file || !(write ? write(file, nl, NULL, &err) : tc_netlist_write(file, nl)))
        die(&err);
    size = (double)ftell(file);
    rewind(file);
    start = seconds();
    again = tc_read_circuit(file, what, &err);
    if (!again)
        die(&err);
    start = seconds() - start;
    printf("read %-7s %9u gates %7.1f MB: %5.2f s, %5.2f million gates a second\n", what,
           again->ngates, size / 1e6, start, again->ngates / start / 1e6);
    fflush(stdout);
    _exit(0);
}

/* the majority of so many inputs against the same in another netlist */
static void against_itself(uint32_t inputs)
{
    struct tc_equal_options options = {.seconds = 60};
    struct tc_netlist *nl = room(inputs, 1, 1, inputs), *other;
    struct tc_error err = {0};
    struct tc_equal equal;
    double start;

    for (uint32_t i = 0; i < inputs; i++)
        add_edge(nl, i, 1);
    nl->bound[nl->ngates++] = inputs / 2 + 1;
    end_row(nl);
    outputs(nl);
    other = tc_netlist_copy(nl);
    start = seconds();
    if (!tc_equal_run(nl, other, NULL, &options, &equal, &err))
        die(&err);
    printf("majority of %u against itself: %s, %.3f ms\n", inputs,
           equal.how[0] == TC_EQUAL_STRUCTURE ? "equal" : "not proved", 1e3 * (seconds() - start));
    tc_equal_free(&equal);
    tc_netlist_free(nl);
    tc_netlist_free(other);
}

int main(int argc, char **argv)
{
    uint32_t gates = (uint32_t)(1e6 * (argc > 1 ? strtod(argv[1], NULL) : 10));
    static const enum tc_level level[] = {TC_LEVEL_1, TC_LEVEL_2, TC_LEVEL_SIZE};

    for (int k = 0; k < 3; k++) {
        passes("local", local, gates, level[k], argc > 2 ? argv[2] : NULL);
        passes("wide", wide, gates, level[k], argc > 2 ? argv[2] : NULL);
    }
    for (uint32_t n = gates / 10; n <= gates / 2; n *= 5) {
        reading("netlist", NULL, n);
        reading("th", tc_write_th, n);
        reading("aiger", tc_write_aiger, n);
    }
    against_itself(1001);
    against_itself(100001);
    return 0;
}
