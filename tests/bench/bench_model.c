/* bench_model.c -- RoPE tensor attention: compile times over n, instantiation
 * and the speeds of the three engines
 *
 * usage: bench_model, from the repository's root
 */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const struct tc_error *err)
{
    fprintf(stderr, "bench_model: %s\n", err->msg);
    exit(1);
}

struct model {
    struct tc_arena *arena;
    struct tc_spec *spec;
    struct tc_family *family;
    struct tc_count count;
};

/* RoPE tensor attention of these sizes, counted */
static struct model compile(const char *n, const char *d, const char *bits, const char *mode,
                            int level)
{
    char name[] = "/tmp/tc0c-bench-XXXXXX";
    struct tc_options options = {.level = level};
    struct tc_error err = {0};
    struct model m = {.arena = tc_arena_new()};
    FILE *f = fdopen(mkstemp(name), "w");

    fprintf(f,
            "<transformer xmlns='urn:tc0c:spec:1' name='bench'><parameter name='n' value='%s'/>"
            "<parameter name='d' value='%s'/><precision format='fixed' bits='%s' fraction='%s/2' "
            "rounding='block'/><input length='n' width='d'/><weights source='input'/>"
            "<attention order='3' scale='1/d'>%s%s%s</attention></transformer>",
            n, d, bits, bits, *mode ? "<rope mode='" : "", mode, *mode ? "'/>" : "");
    fclose(f);
    m.spec = tc_spec_read(name, NULL, 0, true, &err);
    remove(name);
    if (!m.spec)
        die(&err);
    m.spec->file = NULL;
    m.family = tc_lower(m.spec, &options, &err);
    if (!m.family || !tc_family_check(m.family, &err) ||
        !tc_family_count(m.arena, m.family, true, &m.count, &err))
        die(&err);
    return m;
}

static void model_free(struct model *m)
{
    tc_family_free(m->family);
    tc_spec_free(m->spec);
    tc_arena_free(m->arena);
}

static void compile_times(void)
{
    static const char *const n[] = {"16", "1024", "65536", "1048576"};
    static const char *const mode[] = {"", "each", "complex"};

    puts("compile, check and count, d = 128, 8 bits; seconds of CPU:");
    for (size_t m = 0; m < 3; m++)
        for (size_t k = 0; k < 4; k++) {
            double start = cpu();
            struct model x = compile(n[k], "128", "8", mode[m], 1);
            struct rusage use;

            getrusage(RUSAGE_SELF, &use);
            gmp_printf("  rope %-8s n = %-8s %6.3f s   peak %ld MB   depth %u   %Zd gates\n",
                       *mode[m] ? mode[m] : "none", n[k], cpu() - start, use.ru_maxrss / 1024,
                       x.count.depth, x.count.gates);
            model_free(&x);
        }
}

/* one engine on so many vectors; logical gates times vectors a second */
static void speed(const char *name, struct tc_engine e, const struct model *m, size_t nvector)
{
    struct tc_vectors v = {.spec = m->spec, .count = nvector, .seed = 1};
    uint64_t nin = tc_spec_words(m->spec, TC_ROLE_INPUT);
    uint64_t nout = tc_spec_words(m->spec, TC_ROLE_RESULT);
    uint64_t *in = tc_xcalloc(nin * nvector, sizeof *in);
    uint64_t *out = tc_xcalloc(nout * nvector, sizeof *out);
    struct tc_error err = {0};
    double start;

    for (size_t k = 0; k < nvector; k++)
        tc_vector_make(&v, k, in + k * nin);
    start = cpu();
    if (!e.run(e.state, in, out, nvector, &err))
        die(&err);
    start = cpu() - start;
    printf("    %-10s %5zu vectors %7.3f s  %9.0f vectors/s  %8.0f M gates x vectors/s\n", name,
           nvector, start, (double)nvector / start,
           mpz_get_d(m->count.gates) * (double)nvector / start / 1e6);
    free(in);
    free(out);
}

static void engines(const char *n, const char *d, const char *bits, int level, size_t nvector)
{
    struct model m = compile(n, d, bits, "each", level);
    struct tc_error err = {0};
    struct tc_reference *reference = tc_reference_new(m.spec, TC_REGIME_TABLE, &err);
    double start = cpu();
    struct tc_netlist *net = tc_family_instantiate(m.family, 0, 0, &err);
    double bytes;

    if (!net || !reference)
        die(&err);
    start = cpu() - start;
    bytes = 12.0 * (double)net->nedges + 8.0 * net->ngates + 12.0 * net->nrows;
    printf("n = %s, d = %s, %s bits, -O%d: %u gates, %llu stored edges\n", n, d, bits, level,
           net->ngates, (unsigned long long)net->nedges);
    printf("    instantiate %.3f s: %.1f M gates/s, %.1f M edges/s, %.1f bytes a gate\n", start,
           net->ngates / start / 1e6, (double)net->nedges / start / 1e6, bytes / net->ngates);
    speed("reference", tc_engine_reference(m.arena, m.spec, reference), &m, nvector);
    speed("family", tc_engine_family(m.arena, m.spec, m.family), &m, nvector);
    speed("netlist", tc_engine_netlist(m.arena, m.spec, net), &m, nvector);
    tc_netlist_free(net);
    tc_reference_free(reference);
    model_free(&m);
}

int main(void)
{
    compile_times();
    engines("4", "4", "4", 1, 4096);
    engines("8", "4", "6", 1, 1024);
    engines("4", "4", "8", 1, 512);
    engines("16", "4", "4", 1, 512);
    engines("4", "4", "4", 2, 1024);
    return 0;
}
