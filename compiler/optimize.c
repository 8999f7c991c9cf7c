/* optimize.c -- the passes as the command line asks for them: what they are
 * checked on, and what is printed after them */
#include "compiler.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hooks {
    const struct tc_args *args;
    struct tc_vectors vectors; /* of a specification's inputs */
    uint64_t *word;            /* of 64 vectors */
    size_t nword;              /* of one */
    bool dumped;
};

/* ------------------------------------------------------------------ inputs */

/* the words of a batch of 64 vectors, as wires in column `at` of `words` */
static void slice(const struct tc_spec *spec, const uint64_t *word, size_t stride, uint64_t *in,
                  size_t words, size_t at)
{
    for (unsigned t = 0; t < spec->ntensor; t++) {
        const struct tc_tensor *x = &spec->tensor[t];
        unsigned width = tc_format_width(tc_tensor_format(spec, x));
        size_t count = tc_tensor_count(x);
        uint64_t *wire;

        if (x->role != TC_ROLE_INPUT)
            continue;
        wire = tc_xcalloc(count * width + 1, sizeof *wire);
        tc_slice(word, stride, count, width, 64, wire, 1);
        for (size_t i = 0; i < count * width; i++)
            in[i * words + at] = wire[i];
        free(wire);
        word += count;
        in += count * width * words;
    }
}

/* the model's inputs: numbers and token ids, no codes that mean nothing */
static void spec_inputs(void *ctx, uint64_t first, size_t words, uint64_t *in)
{
    struct hooks *h = ctx;

    for (size_t at = 0; at < words; at++) {
        for (size_t v = 0; v < 64; v++) {
            uint64_t number = first + 64 * at + v;

            tc_vector_make(&h->vectors, number % h->vectors.count, h->word + v * h->nword);
        }
        slice(h->vectors.spec, h->word, h->nword, in, words, at);
    }
}

/* ----------------------------------------------------------------- printing */

static bool write_circuit(FILE *f, const struct tc_pass *pass, union tc_circuit c)
{
    if (pass->level == TC_PASS_FAMILY)
        return tc_family_write(f, c.family);
    return tc_netlist_write(f, c.netlist);
}

static bool dump(void *ctx, const struct tc_pass *pass, union tc_circuit c, struct tc_error *err)
{
    struct hooks *h = ctx;
    struct tc_sink sink;

    if (pass != h->args->dump)
        return true;
    h->dumped = true;
    if (!h->args->dump_file) {
        /* words that cannot be said are no error */
        (void)write_circuit(stderr, pass, c);
        return true;
    }
    if (!tc_sink_open(&sink, h->args->dump_file, err))
        return false;
    if (write_circuit(sink.file, pass, c))
        return tc_sink_commit(&sink, err);
    tc_sink_failed(&sink, err);
    tc_sink_abandon(&sink);
    return false;
}

/* ------------------------------------------------------------------ running */

static struct tc_pass_options hook(struct hooks *h, const struct tc_args *args,
                                   const struct tc_spec *spec)
{
    struct tc_pass_options o = args->options.pass;

    *h = (struct hooks){.args = args};
    o.after = dump;
    o.ctx = h;
    if (spec && o.check) {
        uint64_t bits = tc_spec_bits(spec, TC_ROLE_INPUT);

        h->vectors = (struct tc_vectors){.spec = spec, .seed = args->seed};
        h->vectors.all = bits <= TC_CHECK_BITS;
        h->vectors.count = h->vectors.all ? (uint64_t)1 << bits : UINT64_MAX;
        h->nword = tc_spec_words(spec, TC_ROLE_INPUT);
        h->word = tc_xcalloc(64 * h->nword, sizeof *h->word);
        o.inputs = spec_inputs;
    }
    return o;
}

static bool close_hook(struct hooks *h, enum tc_pass_level of, bool ok, struct tc_error *err)
{
    free(h->word);
    if (!ok || !h->args->dump || h->args->dump->level != of || h->dumped)
        return ok;
    return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--dump-after: the pass %s did not run",
                   h->args->dump->name);
}

bool tc_optimize_family(const struct tc_args *args, struct tc_compiled *c, bool counted,
                        struct tc_error *err)
{
    struct hooks h;
    struct tc_pass_options o = hook(&h, args, c->spec);

    return close_hook(&h, TC_PASS_FAMILY,
                      tc_passes_run(c->arena, &c->family, &o, counted ? &c->count : NULL,
                                    &c->passes, err),
                      err);
}

bool tc_optimize_netlist(const struct tc_args *args, struct tc_arena *arena,
                         const struct tc_spec *spec, struct tc_netlist **netlist,
                         struct tc_count *count, struct tc_pass_log *log, struct tc_error *err)
{
    struct hooks h;
    struct tc_pass_options o = hook(&h, args, spec);

    return close_hook(&h, TC_PASS_NETLIST,
                      tc_passes_run_netlist(arena, netlist, &o, count, log, err), err);
}
