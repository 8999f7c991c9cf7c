/* verify.c -- engines against each other */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ENGINES 3
#define SHOWN       16 /* outputs that differ, printed */

struct batch {
    const struct tc_vectors *vectors;
    const struct tc_engine *engine;
    unsigned nengine;
    size_t size;      /* vectors */
    size_t nin, nout; /* words a vector */
    uint64_t *in;
    uint64_t *out[MAX_ENGINES];
    /* the one that ran last: vector `differs` is the first on which engines do, if any do */
    uint64_t last;
    size_t given[MAX_ENGINES], differs;
    struct tc_error err;
    bool ran, same;
};

/* How many of n vectors from `first` on an engine is to run. */
static size_t share(const struct tc_engine *e, uint64_t first, size_t n)
{
    return first >= e->limit ? 0 : e->limit - first < n ? (size_t)(e->limit - first) : n;
}

void print_result(FILE *out, const char *name, const struct tc_spec *spec, uint64_t word)
{
    char text[80];

    tc_format_print(tc_tensor_format(spec, &spec->tensor[spec->ntensor - 1]), word, false, text,
                    sizeof text);
    fprintf(out, " %s %s", name, text);
}

void print_entry(FILE *out, const struct tc_spec *spec, size_t w)
{
    const struct tc_tensor *y = NULL;

    for (unsigned t = 0; t < spec->ntensor; t++) {
        uint64_t count = tc_tensor_count(&spec->tensor[t]);

        if (spec->tensor[t].role != TC_ROLE_RESULT)
            continue;
        y = &spec->tensor[t];
        if (w < count)
            break;
        w -= count;
    }
    fputs(y->name, out);
    for (unsigned r = 0; r < y->rank; r++) {
        uint64_t below = 1;

        for (unsigned s = r + 1; s < y->rank; s++)
            below *= (uint64_t)y->size[s].value;
        fprintf(out, "[%llu]", (unsigned long long)(w / below % (uint64_t)y->size[r].value));
    }
}

void print_place(FILE *out, const struct tc_spec *spec, size_t w)
{
    fputs("  ", out);
    print_entry(out, spec, w);
    fputc(':', out);
}

static bool write_inputs(FILE *out, const struct tc_spec *spec, uint64_t *in)
{
    struct tc_arena *arena = tc_arena_new();
    unsigned n;
    struct tc_tensor *view = tc_spec_view(arena, spec, TC_ROLE_INPUT, in, &n);
    bool ok = tc_values_write(out, spec, view, n, false);

    tc_arena_free(arena);
    return ok;
}

bool print_inputs(FILE *out, const struct tc_spec *spec, uint64_t *in, const char *witness,
                  struct tc_error *err)
{
    struct tc_sink sink;

    fputs("inputs:\n", out);
    write_inputs(out, spec, in);
    if (!witness)
        return true;
    if (!tc_sink_open(&sink, witness, err))
        return false;
    write_inputs(sink.file, spec, in);
    return tc_sink_commit(&sink, err);
}

static bool show_difference(FILE *out, const struct batch *b, const char *witness,
                            struct tc_error *err)
{
    const struct tc_spec *spec = b->vectors->spec;
    size_t v = b->differs;
    unsigned shown = 0;

    fprintf(out, "DIFFERENCE at vector %llu\n", (unsigned long long)(b->last * b->size + v));
    for (size_t w = v * b->nout; w < (v + 1) * b->nout; w++) {
        bool same = true;

        for (unsigned e = 1; e < b->nengine; e++)
            same = same && (v >= b->given[e] || b->out[e][w] == b->out[0][w]);
        if (same || shown++ >= SHOWN)
            continue;
        print_place(out, spec, w - v * b->nout);
        for (unsigned e = 0; e < b->nengine; e++)
            if (v < b->given[e])
                print_result(out, b->engine[e].name, spec, b->out[e][w]);
        fputc('\n', out);
    }
    if (shown > SHOWN)
        fprintf(out, "  and %u more\n", shown - SHOWN);
    return print_inputs(out, spec, b->in + v * b->nin, witness, err);
}

/* runs and compares the k-th batch: whether all is well */
static bool run_batch(void *state, uint64_t k)
{
    struct batch *b = state;
    uint64_t first = k * b->size, left = b->vectors->count - first;
    size_t n = left < b->size ? (size_t)left : b->size;

    b->last = k;
    b->ran = b->same = true;
    for (size_t v = 0; v < n; v++)
        tc_vector_make(b->vectors, first + v, b->in + v * b->nin);
    /* circuits first: they refuse what is too large; definitions only take long */
    for (unsigned e = b->nengine; b->ran && e--;) {
        b->given[e] = share(&b->engine[e], first, n);
        b->ran = !b->given[e] ||
                 b->engine[e].run(b->engine[e].state, b->in, b->out[e], b->given[e], &b->err);
    }
    for (size_t v = 0; b->ran && b->same && v < n; v++) {
        b->differs = v;
        for (unsigned e = 0; e < b->nengine; e++)
            if (v < b->given[e] && memcmp(b->out[e] + v * b->nout, b->out[0] + v * b->nout,
                                          b->nout * sizeof *b->out[e]))
                b->same = false;
    }
    tc_progress_tick((double)first + (double)n);
    return b->ran && b->same;
}

bool tc_verify_vectors(FILE *out, const struct tc_vectors *vectors, const struct tc_engine *engine,
                       unsigned nengine, size_t batch, const char *witness, bool *same,
                       struct tc_error *err)
{
    struct batch b = {.vectors = vectors,
                      .engine = engine,
                      .nengine = nengine,
                      .size = batch,
                      .last = UINT64_MAX};
    uint64_t batches = vectors->count / batch + (vectors->count % batch != 0), stopped;
    bool ok;

    b.nin = tc_spec_words(vectors->spec, TC_ROLE_INPUT);
    b.nout = tc_spec_words(vectors->spec, TC_ROLE_RESULT);
    b.in = tc_xcalloc(batch * b.nin, sizeof *b.in);
    for (unsigned e = 0; e < nengine; e++)
        b.out[e] = tc_xcalloc(batch * b.nout, sizeof *b.out[e]);
    tc_progress_start("verifying", (double)vectors->count);
    ok = tc_share_steps(vectors->workers ? vectors->workers : 1, batches, run_batch, &b, &stopped,
                        err);
    tc_progress_end();
    *same = stopped == batches;
    /* of another process: again here */
    if (ok && !*same && b.last != stopped && run_batch(&b, stopped))
        ok = tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                     "vectors from %llu on stopped a process once, and not again",
                     (unsigned long long)(stopped * batch));
    else if (ok && !*same && !b.ran)
        *err = b.err;
    ok = ok && (*same || (b.ran && show_difference(out, &b, witness, err)));
    free(b.in);
    for (unsigned e = 0; e < nengine; e++)
        free(b.out[e]);
    return ok;
}

bool tc_verify_counts(FILE *out, const struct tc_count *family, const struct tc_count *netlist)
{
    const struct {
        const char *name;
        mpz_srcptr family, netlist;
    } counts[] = {
        {"inputs", family->inputs, netlist->inputs},
        {"outputs", family->outputs, netlist->outputs},
        {"gates", family->gates, netlist->gates},
        {"wires", family->wires, netlist->wires},
        {"max-fan-in", family->max_fan_in, netlist->max_fan_in},
        {"max-weight", family->max_weight, netlist->max_weight},
        {"max-threshold", family->max_threshold, netlist->max_threshold},
    };
    bool same = family->depth == netlist->depth;

    if (!same)
        fprintf(out, "DIFFERENCE in depth: family %u, netlist %u\n", family->depth, netlist->depth);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (!mpz_cmp(counts[i].family, counts[i].netlist))
            continue;
        same = false;
        gmp_fprintf(out, "DIFFERENCE in %s: family %Zd, netlist %Zd\n", counts[i].name,
                    counts[i].family, counts[i].netlist);
    }
    return same;
}

/* ------------------------------------------------------------- the command */

/* Vectors a batch: enough to share the work of a bank, few enough for memory;
 * 0 if even 64 are too many. */
static size_t batch_size(const struct tc_compiled *c)
{
    uint64_t bits = tc_spec_bits(c->spec, TC_ROLE_INPUT) + tc_spec_bits(c->spec, TC_ROLE_RESULT);
    uint64_t room = ((uint64_t)1 << 28) / (bits / 16 + 1);
    size_t most = 1024;

    return room < 64 ? 0 : room < most ? (size_t)room / 64 * 64 : most;
}

static bool choose_vectors(const struct tc_args *args, const struct tc_compiled *c,
                           struct tc_vectors *vs, struct tc_error *err)
{
    uint64_t bits = tc_spec_bits(c->spec, TC_ROLE_INPUT);

    *vs = (struct tc_vectors){
        .spec = c->spec, .seed = args->seed, .count = TC_VERIFY_VECTORS, .workers = args->workers};
    if (args->has_vectors && !args->all_vectors)
        vs->count = args->vectors;
    if (args->all_vectors && bits > 40)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "--vectors all: the circuit has %llu input bits, too many to try all",
                       (unsigned long long)bits);
    /* no more work than was asked for, and certain */
    vs->all = args->all_vectors || (!args->has_vectors && bits <= TC_VERIFY_ALL_BITS) ||
              (bits < 40 && vs->count >= (uint64_t)1 << bits);
    if (vs->all)
        vs->count = (uint64_t)1 << bits;
    return true;
}

struct plan {
    struct tc_vectors vectors;
    struct tc_engine engine[MAX_ENGINES];
    unsigned nengine;
    struct tc_netlist *netlist;
    char *why_not; /* the netlist is left out */
};

/* the plain netlist's counts are those of the family */
static bool verify_netlist(FILE *out, const struct tc_compiled *c, const struct plan *p, bool *same,
                           struct tc_error *err)
{
    struct tc_count count;

    if (!tc_netlist_check(p->netlist, err))
        return false;
    tc_netlist_count(c->arena, p->netlist, &count);
    *same = tc_verify_counts(out, &c->count, &count);
    return true;
}

/* The netlist takes part if it is not too large; that it is, is no error. */
static bool add_netlist(FILE *out, const struct tc_args *args, const struct tc_compiled *c,
                        struct plan *p, bool *same, struct tc_error *err)
{
    uint64_t most = TC_VERIFY_MAX_GATES;
    struct tc_pass_log log = {0};

    if (args->max_gates < most)
        most = args->max_gates;
    p->netlist = tc_compiled_netlist(c, most, TC_VERIFY_MAX_EDGES, err);
    if (!p->netlist && err->kind != TC_ELIMIT)
        return false;
    if (!p->netlist) {
        p->why_not = tc_strdup(c->arena, err->msg);
        return true;
    }
    if (!verify_netlist(out, c, p, same, err) ||
        (tc_passes_named(&args->options.pass, TC_PASS_NETLIST) &&
         !tc_optimize_netlist(args, c->arena, c->spec, &p->netlist, NULL, &log, err)))
        return false;
    p->engine[p->nengine] = tc_engine_netlist(c->arena, c->spec, p->netlist);
    if (mpz_cmp_ui(c->count.wires, TC_VERIFY_WIRES) > 0)
        p->engine[p->nengine].limit = TC_VERIFY_FEW;
    p->nengine++;
    return true;
}

static void summarize(FILE *out, const struct tc_args *args, const struct plan *p)
{
    const struct tc_vectors *vs = &p->vectors;
    unsigned long long n = vs->count;

    if (vs->all)
        fprintf(out, "reference and family agree on all %llu inputs\n", n);
    else
        fprintf(out, "reference and family agree on %llu random inputs, seed %llu\n", n,
                (unsigned long long)args->seed);
    if (p->why_not) {
        fprintf(out, "netlist not run: %s\n", p->why_not);
        return;
    }
    if (p->engine[2].limit < vs->count)
        fprintf(out, "netlist agrees on %llu of them (it has more than %d wires)\n",
                (unsigned long long)p->engine[2].limit, TC_VERIFY_WIRES);
    else
        fprintf(out, "netlist agrees on all of them\n");
    fputs("depth, gates, wires, fan-in, weights and thresholds of family and netlist agree\n", out);
}

bool tc_verify(FILE *out, const struct tc_args *args, const struct tc_compiled *c, bool *same,
               struct tc_error *err)
{
    struct tc_reference *reference;
    struct plan p = {0};
    size_t batch = batch_size(c);
    bool counts = true, ok;

    if (!batch)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "the inputs are too large to try 64 of them at once");
    if (!tc_compiled_runnable(c, err) || !choose_vectors(args, c, &p.vectors, err))
        return false;
    if (args->permute) {
        p.engine[0] = tc_engine_family(c->arena, c->spec, c->family);
        return tc_verify_permute(out, &p.vectors, &p.engine[0], batch, args->output, same, err);
    }
    reference = tc_reference_new(c->spec, args->options.regime, err);
    if (!reference)
        return false;
    p.engine[p.nengine++] = tc_engine_reference(c->arena, c->spec, reference);
    p.engine[p.nengine++] = tc_engine_family(c->arena, c->spec, c->family);
    ok = add_netlist(out, args, c, &p, &counts, err) &&
         tc_verify_vectors(out, &p.vectors, p.engine, p.nengine, batch, args->output, same, err);
    if (ok && *same && counts && !args->quiet)
        summarize(out, args, &p);
    *same = *same && counts;
    if (p.netlist)
        tc_netlist_free(p.netlist);
    tc_reference_free(reference);
    return ok;
}
