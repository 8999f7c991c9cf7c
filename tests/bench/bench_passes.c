/* bench_passes.c -- every pass on specifications: the same circuit on all inputs, or on 10,048
 *
 * Each registered pass runs alone on what -O0 and -O1 lower, a netlist's on the circuit at these
 * sizes.  The circuit before runs once, gate by gate, on all inputs up to 20 bits, else on 10,048
 * random ones of the model's; what a pass changes runs on the same, gate by gate, and a family as
 * tensor program on some of them, which asserts what it claims of ranges and chains.  Families of
 * more than 2^28 wires run as tensor programs alone, on fewer vectors, and are left to no pass of
 * netlists; nor are circuits of more than 2^25 wires.  Passes of weights have 16 for their bound.
 * Prints a line a specification, and one for whatever differs; the exit status is 1 then.
 *
 * usage: bench_passes [--passes A,B,...] [SPEC]..., from the repository's root
 */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

#define INSTANCE ((unsigned long)1 << 28) /* wires: as a netlist up to so many */
#define PASSES   ((unsigned long)1 << 25) /* likewise, through passes of netlists */
#define LIGHT    ((unsigned long)1 << 21) /* wires: as a tensor program on TC_CHECK_FAMILY */
#define GIVEN_UP ((unsigned long)1 << 34) /* wires: as a tensor program on no vector */

struct tally {
    unsigned runs, changed, refused, large, differ;
    uint64_t vectors;
};

struct trial { /* a specification lowered, and what it is to compute */
    const char *file;
    struct tc_compiled c;
    struct tc_pass_options options;
    struct tc_netlist *nl; /* NULL: too large */
    uint64_t nin, nout, vectors;
    size_t words;
    uint64_t *in, *want;
    struct tally *sum;
};

/* -------------------------------------------------------------------- running */

/* at most so many words of vectors */
static void make_inputs(struct trial *t, size_t most)
{
    const struct tc_spec *spec = t->c.spec;
    uint64_t bits = tc_spec_bits(spec, TC_ROLE_INPUT);
    struct tc_vectors of = {.spec = spec, .seed = 1, .all = bits <= TC_CHECK_BITS};
    size_t nword = tc_spec_words(spec, TC_ROLE_INPUT);
    uint64_t *word = tc_xcalloc(64 * nword + 1, sizeof *word), *one;

    t->vectors = of.all ? (uint64_t)1 << bits : TC_CHECK_NETLIST;
    t->words = (t->vectors + 63) / 64 < most ? (t->vectors + 63) / 64 : most;
    of.count = of.all ? t->vectors : UINT64_MAX;
    t->nin = tc_family_inputs(t->c.family);
    t->nout = tc_family_outputs(t->c.family);
    t->in = tc_xcalloc(t->nin * t->words + 1, sizeof *t->in);
    one = tc_xcalloc(t->nin + 1, sizeof *one);
    for (size_t at = 0; at < t->words; at++) {
        uint64_t *wire = one, *from = word;

        for (size_t v = 0; v < 64; v++)
            tc_vector_make(&of, (64 * at + v) % t->vectors, word + v * nword);
        for (unsigned k = 0; k < spec->ntensor; k++) {
            const struct tc_tensor *x = &spec->tensor[k];
            unsigned width = tc_format_width(tc_tensor_format(spec, x));

            if (x->role != TC_ROLE_INPUT)
                continue;
            tc_slice(from, nword, tc_tensor_count(x), width, 64, wire, 1);
            from += tc_tensor_count(x);
            wire += tc_tensor_count(x) * width;
        }
        for (uint64_t i = 0; i < t->nin; i++)
            t->in[i * t->words + at] = one[i];
    }
    free(word);
    free(one);
}

/* the first outputs, of so many words, are those that are wanted */
static bool agree(const struct trial *t, const uint64_t *got, size_t words, const char *engine,
                  struct tc_error *err)
{
    for (uint64_t o = 0; o < t->nout; o++)
        for (size_t w = 0; w < words; w++)
            if (got[o * words + w] != t->want[o * t->words + w])
                return tc_fail(err, TC_ECHECK, (struct tc_loc){0},
                               "output %llu differs in one of the vectors %zu to %zu, %s",
                               (unsigned long long)o, 64 * w, 64 * w + 63, engine);
    return true;
}

static bool run_family(struct trial *t, const struct tc_family *f, size_t words,
                       struct tc_error *err)
{
    uint64_t *in = tc_xcalloc(t->nin * words + 1, sizeof *in);
    uint64_t *out = tc_xcalloc(t->nout * words + 1, sizeof *out);
    bool ok;

    for (uint64_t i = 0; i < t->nin; i++)
        memcpy(in + i * words, t->in + i * t->words, words * sizeof *in);
    ok = tc_family_run(f, in, out, words, err) && agree(t, out, words, "as a tensor program", err);
    free(in);
    free(out);
    return ok;
}

static bool run_netlist(struct trial *t, const struct tc_netlist *nl, struct tc_error *err)
{
    uint64_t *out = tc_xcalloc(t->nout * t->words + 1, sizeof *out);
    bool ok = tc_netlist_check(nl, err) && tc_netlist_run(nl, t->in, out, t->words, err) &&
              agree(t, out, t->words, "gate by gate", err);

    free(out);
    return ok;
}

/* words of vectors that a family of so many wires runs on */
static size_t share(const struct trial *t, mpz_srcptr wires)
{
    size_t words = mpz_cmp_ui(wires, LIGHT) <= 0 ? TC_CHECK_FAMILY / 64 : 1;

    if (mpz_cmp_ui(wires, GIVEN_UP) > 0)
        return 0;
    return words < t->words ? words : t->words;
}

/* a family that a pass made, by both engines as far as they go */
static bool compare(struct trial *t, const struct tc_family *f, struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_netlist *nl = NULL;
    struct tc_count count;
    bool ok = tc_family_check(f, err) && tc_family_count(arena, f, true, &count, err);
    size_t words = ok ? share(t, count.wires) : 0;

    ok = ok && run_family(t, f, words, err);
    if (ok && t->nl && mpz_cmp_ui(count.wires, INSTANCE) <= 0) {
        nl = tc_family_instantiate(f, UINT32_MAX, 0, err);
        ok = nl && run_netlist(t, nl, err);
        words = t->words;
    } else {
        t->sum->large += ok;
    }
    t->sum->vectors += ok ? 64 * words < t->vectors ? 64 * words : t->vectors : 0;
    tc_netlist_free(nl);
    tc_arena_free(arena);
    return ok;
}

/* ---------------------------------------------------------------------- passes */

static bool try_family(struct trial *t, const struct tc_pass *pass, struct tc_error *err)
{
    struct tc_family *f = pass->run_family(t->c.family, &t->options, err);
    bool ok = f != NULL;

    t->sum->runs++;
    if (f && f != t->c.family) {
        t->sum->changed++;
        ok = compare(t, f, err);
        tc_family_free(f);
    }
    return ok;
}

static bool try_netlist(struct trial *t, const struct tc_pass *pass, struct tc_error *err)
{
    struct tc_netlist *nl;
    bool ok;

    if (!t->nl || t->nl->nedges > PASSES)
        return true;
    nl = pass->run_netlist(t->nl, &t->options, err);
    ok = nl != NULL;
    t->sum->runs++;
    if (nl && nl != t->nl) {
        t->sum->changed++;
        ok = run_netlist(t, nl, err);
        t->sum->vectors += ok ? t->vectors : 0;
        tc_netlist_free(nl);
    }
    return ok;
}

static void note(const struct trial *t, const char *what, const struct tc_error *err)
{
    t->sum->refused += err->kind == TC_ELIMIT;
    t->sum->differ += err->kind != TC_ELIMIT;
    printf("%s -O%s %s: %s\n", t->file, tc_level_name[t->options.level], what, err->msg);
}

/* what there is to compare with: the lowered circuit by the quicker engine, and by the other */
static bool prepare(struct trial *t, struct tc_error *err)
{
    bool large = mpz_cmp_ui(t->c.count.wires, INSTANCE) > 0;

    make_inputs(t, large ? 1 : SIZE_MAX);
    t->want = tc_xcalloc(t->nout * t->words + 1, sizeof *t->want);
    if (large)
        return tc_family_run(t->c.family, t->in, t->want, t->words, err);
    t->nl = tc_family_instantiate(t->c.family, UINT32_MAX, 0, err);
    return t->nl && tc_netlist_run(t->nl, t->in, t->want, t->words, err) &&
           run_family(t, t->c.family, share(t, t->c.count.wires), err);
}

/* is the pass among those names, between commas?  NULL: all are */
static bool is_named(const char *names, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = names; p && *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == n && !strncmp(p, name, n))
            return true;
    return !names;
}

static void try_level(const char *file, enum tc_level level, const char *names, struct tally *sum)
{
    struct tc_args args = {.command = TC_COMPILE, .spec = file, .seed = 1};
    struct trial t = {.file = file, .sum = sum};
    struct tc_error err = {0};

    args.options.level = args.options.pass.level = level;
    if (!tc_compile_read(&args, NULL, 0, &t.c, &err)) {
        fprintf(stderr, "bench_passes: %s: %s\n", file, err.msg);
        exit(1);
    }
    t.options = args.options.pass;
    t.c.family = tc_lower(t.c.spec, &args.options, &err);
    if (!t.c.family || !tc_family_count(t.c.arena, t.c.family, true, &t.c.count, &err) ||
        !prepare(&t, &err))
        note(&t, "lowered", &err);
    for (unsigned k = 0; !err.kind && k < tc_npasses; k++) {
        const struct tc_pass *pass = &tc_passes[k];
        struct tc_error why = {0};

        if (!is_named(names, pass->name))
            continue;
        t.options.max_weight = strcmp(pass->name, "split-weights") ? 0 : 16;
        if (!(pass->level == TC_PASS_FAMILY ? try_family : try_netlist)(&t, pass, &why))
            note(&t, pass->name, &why);
    }
    tc_netlist_free(t.nl);
    tc_compiled_free(&t.c);
    free(t.in);
    free(t.want);
}

static void add(struct tally *total, const struct tally *x)
{
    total->runs += x->runs;
    total->changed += x->changed;
    total->refused += x->refused;
    total->large += x->large;
    total->differ += x->differ;
    total->vectors += x->vectors;
}

static void print(const char *name, const struct tally *x, double seconds)
{
    printf("%-44s %u runs, %u changed, %llu vectors, %u too large for gates, %u refused, "
           "%u differ, %.1f s\n",
           name, x->runs, x->changed, (unsigned long long)x->vectors, x->large, x->refused,
           x->differ, seconds);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const char *const few[] = {"examples/1-tiny.xml", "examples/blocks/linear.xml"};
    const char *names = argc > 2 && !strcmp(argv[1], "--passes") ? argv[2] : NULL;
    const char *const *files = (const char *const *)argv + (names ? 3 : 1);
    unsigned n = (unsigned)argc - (names ? 3 : 1);
    struct tally total = {0};
    double begin = tc_now();

    if (n == 0) {
        files = few;
        n = sizeof few / sizeof *few;
    }
    for (unsigned k = 0; k < n; k++) {
        const char *file = files[k];
        struct tally sum = {0};
        double start = tc_now();

        for (int level = TC_LEVEL_0; level <= TC_LEVEL_1; level++)
            try_level(file, (enum tc_level)level, names, &sum);
        print(file, &sum, tc_now() - start);
        add(&total, &sum);
    }
    if (n > 1)
        print("all", &total, tc_now() - begin);
    return total.differ > 0;
}
