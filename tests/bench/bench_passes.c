/* bench_passes.c -- every pass on specifications: the same circuit on all inputs, or on 10,048
 *
 * Each registered pass runs alone on what -O0 and -O1 lower, a netlist's on the circuit at these
 * sizes; before and after it run beside each other on all inputs up to 20 bits, else on as many
 * random ones of the model's.  Prints a line a specification, and one for whatever differs; the
 * exit status is 1 then.  Passes of weights have 16 for their bound.  What has more gates than
 * 2^18 is left to the family's passes with a sixteenth of the vectors, and to no netlist's.
 *
 * usage: bench_passes [SPEC]..., from the repository's root
 */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

#define MANY ((unsigned long)1 << 18)

struct tally {
    unsigned runs, all, changed, refused, differ;
};

static void try_pass(const char *file, enum tc_level level, const struct tc_pass *pass,
                     struct tally *sum)
{
    struct tc_args args = {.command = TC_COMPILE, .spec = file, .seed = 1, .max_gates = UINT64_MAX};
    struct tc_netlist *nl = NULL;
    struct tc_compiled c;
    struct tc_error err = {0};
    bool ok, large;

    args.options.level = args.options.pass.level = level;
    args.options.pass.named = pass->name;
    args.options.pass.check = true;
    args.options.pass.max_weight = strcmp(pass->name, "split-weights") ? 0 : 16;
    if (!tc_compile_read(&args, NULL, 0, &c, &err)) {
        fprintf(stderr, "bench_passes: %s: %s\n", file, err.msg);
        exit(1);
    }
    c.family = tc_lower(c.spec, &args.options, &err);
    ok = c.family && tc_family_count(c.arena, c.family, true, &c.count, &err);
    large = ok && mpz_cmp_ui(c.count.gates, MANY) > 0;
    if (tc_spec_bits(c.spec, TC_ROLE_INPUT) > TC_CHECK_BITS)
        args.options.pass.vectors = TC_CHECK_NETLIST / (large ? 16 : 1);
    if (ok && pass->level == TC_PASS_FAMILY)
        ok = tc_optimize_family(&args, &c, true, &err);
    else if (ok && !large && mpz_cmp_ui(c.count.wires, 1 << 24) <= 0)
        nl = tc_compiled_final(&args, &c, &err);
    if (pass->level == TC_PASS_FAMILY || nl || err.kind) {
        sum->runs++;
        sum->all += tc_spec_bits(c.spec, TC_ROLE_INPUT) <= TC_CHECK_BITS;
        sum->refused += err.kind == TC_ELIMIT;
        sum->differ += err.kind && err.kind != TC_ELIMIT;
        for (unsigned k = 0; k < c.passes.n; k++)
            sum->changed += c.passes.record[k].changed;
    }
    if (err.kind)
        printf("%s -O%s %s: %s\n", file, tc_level_name[level], pass->name, err.msg);
    tc_netlist_free(nl);
    tc_compiled_free(&c);
}

static void try_all(const char *file, struct tally *total)
{
    struct tally sum = {0};
    double start = tc_now();

    for (int level = TC_LEVEL_0; level <= TC_LEVEL_1; level++)
        for (unsigned k = 0; k < tc_npasses; k++)
            try_pass(file, (enum tc_level)level, &tc_passes[k], &sum);
    printf("%-44s %u runs, %u on all inputs, %u changed, %u refused, %u differ, %.1f s\n", file,
           sum.runs, sum.all, sum.changed, sum.refused, sum.differ, tc_now() - start);
    fflush(stdout);
    total->runs += sum.runs;
    total->all += sum.all;
    total->changed += sum.changed;
    total->refused += sum.refused;
    total->differ += sum.differ;
}

int main(int argc, char **argv)
{
    static const char *const few[] = {"examples/1-tiny.xml", "examples/blocks/linear.xml"};
    struct tally total = {0};

    for (int k = 1; k < argc; k++)
        try_all(argv[k], &total);
    for (unsigned k = 0; argc < 2 && k < sizeof few / sizeof *few; k++)
        try_all(few[k], &total);
    printf("%u runs, %u on all inputs, %u changed, %u refused, %u differ\n", total.runs, total.all,
           total.changed, total.refused, total.differ);
    return total.differ > 0;
}
