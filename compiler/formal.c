/* formal.c -- verify --formal: two circuits proved equal
 *
 * On the left what was lowered or read, on the right the same after all passes; with
 * --against on the left that after all passes, on the right another circuit. */
#include "formal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct side {
    struct tc_args args;
    struct tc_arena *arena; /* of a netlist */
    struct tc_compiled c;   /* of a specification */
    struct tc_netlist *nl;
    bool steps;             /* passes shall say what they do, */
    struct tc_trail *trail; /* here */
};

static void close_side(struct side *s)
{
    tc_netlist_free(s->nl);
    tc_trail_free(s->trail);
    if (s->arena)
        tc_arena_free(s->arena);
    if (s->c.arena)
        tc_compiled_free(&s->c);
}

static bool open_netlist(struct side *s, bool passes, struct tc_error *err)
{
    struct tc_pass_log log = {0};

    s->nl = tc_netlist_open(&s->args, err);
    if (!s->nl || !passes)
        return s->nl != NULL;
    s->arena = tc_arena_new();
    if (s->steps)
        s->args.options.pass.trail = s->trail = tc_trail_new(s->nl);
    return tc_optimize_netlist(&s->args, s->arena, NULL, &s->nl, NULL, &log, err);
}

/* as lowered: no pass */
static bool open_lowered(struct side *s, struct tc_error *err)
{
    s->c.family = tc_lower(s->c.spec, &s->args.options, err);
    if (!s->c.family || !tc_family_count(s->c.arena, s->c.family, false, &s->c.count, err))
        return false;
    s->nl = tc_compiled_netlist(&s->c, s->args.max_gates, 0, err);
    return s->nl != NULL;
}

static bool open_side(struct side *s, bool passes, struct tc_error *err)
{
    if (tc_is_netlist(&s->args))
        return open_netlist(s, passes, err);
    if (!tc_compile_read(&s->args, s->args.set, s->args.nset, &s->c, err))
        return false;
    if (!passes)
        return open_lowered(s, err);
    if (!tc_compile_lower(&s->args, &s->c, err))
        return false;
    s->nl = tc_compiled_final(&s->args, &s->c, err);
    return s->nl != NULL;
}

/* the same specification with the options in --against, and what it was set to */
static bool other_options(const struct tc_args *args, struct tc_args *other, struct tc_error *err)
{
    char *words = tc_strdup(args->arena, args->against);
    char **argv = tc_alloc(args->arena, strlen(words) + 2 * (size_t)args->nset + 4, sizeof *argv);
    int argc = 0;

    argv[argc++] = tc_strdup(args->arena, "tc0c");
    argv[argc++] = tc_strdup(args->arena, "verify");
    for (unsigned k = 0; k < args->nset; k++) {
        argv[argc++] = tc_strdup(args->arena, "--set");
        argv[argc++] = tc_sprintf(args->arena, "%s=%s", args->set[k].name, args->set[k].value);
    }
    for (char *word = strtok(words, " \t"); word; word = strtok(NULL, " \t"))
        argv[argc++] = word;
    argv[argc++] = tc_strdup(args->arena, args->spec);
    if (!tc_args_parse(args->arena, argc, argv, other, err))
        return false;
    if (other->max_gates == UINT64_MAX)
        other->max_gates = args->max_gates;
    return true;
}

static bool open_sides(const struct tc_args *args, struct side *left, struct side *right,
                       struct tc_error *err)
{
    const char *against = args->against;

    left->args = right->args = *args;
    if (against && *against == '-') {
        if (!other_options(args, &right->args, err))
            return false;
    } else if (against) {
        right->args.spec = against;
        if (tc_is_netlist(&right->args)) { /* as it is */
            right->args.nset = 0;
            right->args.options.level = right->args.options.pass.level = TC_LEVEL_1;
        }
    }
    right->steps = !against;
    memset(left->args.emit, 0, sizeof left->args.emit);
    memset(right->args.emit, 0, sizeof right->args.emit);
    return open_side(left, against != NULL, err) &&
           open_side(right, !against || !tc_is_netlist(&right->args), err);
}

/* ----------------------------------------------------------------- vectors */

struct sampler {
    struct tc_vectors vectors;
    uint64_t *word; /* of 64 vectors */
};

static void sample(void *ctx, uint64_t round, uint64_t *in)
{
    struct sampler *s = ctx;
    const struct tc_spec *spec = s->vectors.spec;
    size_t n = tc_spec_words(spec, TC_ROLE_INPUT);
    const uint64_t *word = s->word;

    for (uint64_t v = 0; v < 64; v++)
        tc_vector_make(&s->vectors, 64 * round + v, s->word + v * n);
    for (unsigned t = 0; t < spec->ntensor; t++) {
        const struct tc_tensor *x = &spec->tensor[t];
        unsigned width = tc_format_width(tc_tensor_format(spec, x));
        size_t count = tc_tensor_count(x);

        if (x->role != TC_ROLE_INPUT)
            continue;
        tc_slice(word, n, count, width, 64, in, 1);
        word += count;
        in += count * width;
    }
}

/* ---------------------------------------------------------------- printing */

static void print_size(FILE *out, const char *name, const struct tc_netlist *nl)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count;

    tc_netlist_count(arena, nl, &count);
    gmp_fprintf(out, "%s: depth %u, %Zd gates, %Zd wires\n", name, count.depth, count.gates,
                count.wires);
    tc_arena_free(arena);
}

/* Y[1][0].3; the number alone without a specification */
static void print_output(FILE *out, const struct tc_spec *spec, uint64_t k)
{
    size_t words = 0;

    for (unsigned t = 0; spec && t < spec->ntensor; t++) {
        const struct tc_tensor *y = &spec->tensor[t];
        unsigned width = tc_format_width(tc_tensor_format(spec, y));
        uint64_t count = tc_tensor_count(y);

        if (y->role != TC_ROLE_RESULT)
            continue;
        if (k < count * width) {
            print_entry(out, spec, words + k / width);
            fprintf(out, ".%llu", (unsigned long long)(k % width));
            return;
        }
        k -= count * width;
        words += count;
    }
    fprintf(out, "%llu", (unsigned long long)k);
}

static const char *verdict(const struct tc_equal *r, enum tc_equal_how how, uint64_t timeout,
                           char *buf, size_t size)
{
    static const char *const words[] = {
        [TC_EQUAL_STRUCTURE] = "proved: equal gates",
        [TC_EQUAL_STEPS] = "proved: by the steps of the passes, each checked",
        [TC_EQUAL_PARTS] = "proved: by all states of its parts",
        [TC_EQUAL_SWEEP] = "proved: the same once gates within are",
        [TC_EQUAL_PROOF] = "proved: by a checked proof",
        [TC_EQUAL_DIFFERENT] = "DIFFERENT",
    };

    if (how == TC_EQUAL_EXHAUSTION)
        snprintf(buf, size, "proved: all %llu inputs run", (unsigned long long)r->vectors);
    else if (how == TC_EQUAL_UNKNOWN && r->witness)
        snprintf(buf, size, "not looked at any more");
    else if (how == TC_EQUAL_UNKNOWN)
        snprintf(buf, size, "only sampled, the same on %llu vectors: %s",
                 (unsigned long long)r->vectors,
                 !timeout            ? "no proof was wanted"
                 : r->solver_missing ? "cadical is not installed"
                 : r->rejected       ? "a proof was not accepted"
                                     : "no time was left for a proof");
    else
        return words[how];
    return buf;
}

/* a line for as many outputs as have the same verdict */
static void print_verdicts(FILE *out, const struct tc_spec *spec, const struct tc_equal *r,
                           uint64_t timeout)
{
    char buf[120];

    for (uint32_t k = 0, end; k < r->noutputs; k = end) {
        for (end = k + 1; end < r->noutputs && r->how[end] == r->how[k];)
            end++;
        fputs(spec ? "  " : "  output ", out);
        print_output(out, spec, k);
        if (end > k + 1) {
            fputs(" .. ", out);
            print_output(out, spec, end - 1);
        }
        fprintf(out, ": %s\n", verdict(r, (enum tc_equal_how)r->how[k], timeout, buf, sizeof buf));
    }
}

static void print_work(FILE *out, const struct tc_equal *r)
{
    if (r->nodes)
        fprintf(out,
                "within, of %u nodes of two-input logic: %llu equal to others by tables, %llu by "
                "cadical, whose\nproofs of %llu lemmas in all were checked; %llu told apart, %llu "
                "left open\n",
                r->nodes, (unsigned long long)r->tables, (unsigned long long)r->proofs,
                (unsigned long long)r->lemmas, (unsigned long long)r->refuted,
                (unsigned long long)r->undecided);
    if (r->rejected)
        fprintf(out, "%llu proofs were NOT accepted by the checker\n",
                (unsigned long long)r->rejected);
}

/* ---------------------------------------------------------- counterexamples */

static bool run_words(const struct side *s, const struct tc_spec *spec, uint64_t *in, uint64_t *out,
                      struct tc_error *err)
{
    struct tc_engine e = tc_engine_netlist(spec->arena, spec, s->nl);

    return e.run(e.state, in, out, 1, err);
}

/* the bits of the inputs as words */
static void to_words(const struct tc_spec *spec, const unsigned char *bit, uint64_t *word)
{
    for (unsigned t = 0; t < spec->ntensor; t++) {
        const struct tc_tensor *x = &spec->tensor[t];
        unsigned width = tc_format_width(tc_tensor_format(spec, x));
        uint64_t count = x->role == TC_ROLE_INPUT ? tc_tensor_count(x) : 0;

        for (uint64_t i = 0; i < count; i++, word++) {
            *word = 0;
            for (unsigned k = 0; k < width; k++)
                *word |= (uint64_t)*bit++ << k;
        }
    }
}

/* values of the outputs that differ, and of all inputs */
static bool show_values(FILE *out, const struct tc_args *args, const struct tc_spec *spec,
                        const struct side *left, const struct side *right,
                        const unsigned char *witness, struct tc_error *err)
{
    size_t nin = tc_spec_words(spec, TC_ROLE_INPUT), nout = tc_spec_words(spec, TC_ROLE_RESULT);
    uint64_t *in = tc_alloc(spec->arena, nin + 1, sizeof *in);
    uint64_t *x = tc_alloc(spec->arena, nout + 1, sizeof *x);
    uint64_t *y = tc_alloc(spec->arena, nout + 1, sizeof *y);

    to_words(spec, witness, in);
    if (!run_words(left, spec, in, x, err) || !run_words(right, spec, in, y, err))
        return false;
    for (size_t w = 0, shown = 0; w < nout && shown < 16; w++) {
        if (x[w] == y[w])
            continue;
        print_place(out, spec, w);
        print_result(out, "left", spec, x[w]);
        print_result(out, "right", spec, y[w]);
        fputc('\n', out);
        shown++;
    }
    return print_inputs(out, spec, in, args->output, err);
}

static bool show_bits(FILE *out, const struct tc_args *args, const struct tc_equal *r,
                      uint32_t ninputs, struct tc_error *err)
{
    struct tc_sink sink;

    fprintf(out, "  output %u differs\ninputs, the first one first:\n", r->different);
    for (uint32_t i = 0; i < ninputs; i++)
        fputc('0' + r->witness[i], out);
    fputc('\n', out);
    if (!args->output)
        return true;
    if (!tc_sink_open(&sink, args->output, err))
        return false;
    for (uint32_t i = 0; i < ninputs; i++)
        fputc('0' + r->witness[i], sink.file);
    fputc('\n', sink.file);
    return tc_sink_commit(&sink, err);
}

/* --------------------------------------------------------------- the command */

static bool second_opinion(FILE *out, const struct tc_args *args, const struct side *left,
                           const struct side *right, const struct tc_netlist *domain,
                           const struct tc_equal *r, bool *same, struct tc_error *err)
{
    static const char *const words[] = {
        [TC_SECOND_AGREES] = "clasp finds no difference (pseudo-Boolean constraints, no proof)",
        [TC_SECOND_DIFFERS] = "clasp finds a difference (pseudo-Boolean constraints)",
        [TC_SECOND_NONE] = "clasp had not enough time",
        [TC_SECOND_TOO_LARGE] = "clasp was not asked: its numbers have 32 bits",
        [TC_SECOND_MISSING] = "clasp was not asked: it is not installed",
    };
    enum tc_second second;
    unsigned char *witness;

    if (!tc_second_opinion(left->nl, right->nl, domain, (double)args->timeout, &second, &witness,
                           err))
        return false;
    free(witness);
    if (!args->quiet || second == TC_SECOND_DIFFERS)
        fprintf(out, "%s\n", words[second]);
    if ((second == TC_SECOND_DIFFERS && *same) || (second == TC_SECOND_AGREES && r->witness)) {
        *same = false;
        return tc_fail(err, TC_ECHECK, (struct tc_loc){0},
                       "the two opinions contradict each other");
    }
    return true;
}

static bool report(FILE *out, const struct tc_args *args, const struct side *left,
                   const struct side *right, const struct tc_netlist *domain,
                   const struct tc_equal *r, bool *same, struct tc_error *err)
{
    const struct tc_spec *spec = left->c.spec;
    uint32_t proved = 0;

    for (uint32_t k = 0; k < r->noutputs; k++)
        proved += r->how[k] < TC_EQUAL_UNKNOWN;
    *same = !r->witness;
    if (!args->quiet) {
        print_size(out, "left", left->nl);
        print_size(out, "right", right->nl);
        if (domain)
            fputs("assumed: inputs are numbers of their format, and token ids that there are\n",
                  out);
        print_verdicts(out, spec, r, args->timeout);
        print_work(out, r);
        fprintf(out, "%u of %u outputs are proved equal\n", proved, r->noutputs);
    }
    if (args->second && !second_opinion(out, args, left, right, domain, r, same, err))
        return false;
    if (r->witness) {
        fputs("DIFFERENCE\n", out);
        return spec ? show_values(out, args, spec, left, right, r->witness, err)
                    : show_bits(out, args, r, left->nl->ninputs, err);
    }
    if (r->rejected)
        return tc_fail(err, TC_ECHECK, (struct tc_loc){0},
                       "a proof of the solver was not accepted by the checker");
    if (proved == r->noutputs || !args->timeout)
        return true;
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "%u of %u outputs are not proved%s",
                   r->noutputs - proved, r->noutputs,
                   r->solver_missing ? ": cadical is not installed" : "");
}

/* outputs that the steps of the passes prove equal; malloc'ed, NULL if there are no steps */
static bool prove_steps(const struct side *left, const struct side *right, double seconds,
                        unsigned char **known, struct tc_error *err)
{
    uint64_t steps;

    if (!right->trail)
        return true;
    *known = tc_xcalloc(left->nl->noutputs + (size_t)1, 1);
    return tc_trail_check(right->trail, left->nl, right->nl, seconds, *known, &steps, err);
}

static bool prove_sides(FILE *out, const struct tc_args *args, const struct side *left,
                        const struct side *right, bool *same, struct tc_error *err)
{
    const struct tc_spec *spec = left->c.spec;
    struct tc_netlist *domain = spec ? tc_formal_domain(spec) : NULL;
    struct sampler s = {.vectors = {.spec = spec, .seed = args->seed, .count = UINT64_MAX}};
    struct tc_equal_options o = {
        .seconds = (double)args->timeout, .no_solver = !args->timeout, .proofs = args->proofs};
    double start = tc_now();
    unsigned char *known = NULL;
    struct tc_equal r = {0};
    bool ok;

    if (spec) {
        s.word = tc_xcalloc(64 * tc_spec_words(spec, TC_ROLE_INPUT) + 1, sizeof *s.word);
        o.sample = sample;
        o.ctx = &s;
    }
    ok = prove_steps(left, right, o.seconds, &known, err);
    o.known = known;
    o.seconds -= tc_now() - start;
    ok = ok && tc_equal_run(left->nl, right->nl, domain, &o, &r, err) &&
         report(out, args, left, right, domain, &r, same, err);
    tc_equal_free(&r);
    tc_netlist_free(domain);
    free(known);
    free(s.word);
    return ok;
}

bool tc_formal(FILE *out, const struct tc_args *args, bool *same, struct tc_error *err)
{
    struct side left = {0}, right = {0};
    bool ok =
        open_sides(args, &left, &right, err) && prove_sides(out, args, &left, &right, same, err);

    close_side(&left);
    close_side(&right);
    return ok;
}
