/* engine.c -- the three engines, alike
 *
 * All take words and give words; the two that run circuits turn them into
 * wires here. */
#include "compiler.h"

#include <assert.h>
#include <stdlib.h>

uint64_t tc_spec_words(const struct tc_spec *spec, enum tc_role role)
{
    uint64_t n = 0;

    for (unsigned t = 0; t < spec->ntensor; t++)
        if (spec->tensor[t].role == role)
            n += tc_tensor_count(&spec->tensor[t]);
    return n;
}

uint64_t tc_spec_bits(const struct tc_spec *spec, enum tc_role role)
{
    uint64_t n = 0;

    for (unsigned t = 0; t < spec->ntensor; t++)
        if (spec->tensor[t].role == role)
            n += tc_tensor_count(&spec->tensor[t]) *
                 tc_format_width(tc_tensor_format(spec, &spec->tensor[t]));
    return n;
}

struct tc_tensor *tc_spec_view(struct tc_arena *a, const struct tc_spec *spec, enum tc_role role,
                               uint64_t *word, unsigned *ntensor)
{
    struct tc_tensor *view = tc_alloc(a, spec->ntensor, sizeof *view);
    unsigned n = 0;

    for (unsigned t = 0; t < spec->ntensor; t++) {
        if (spec->tensor[t].role != role)
            continue;
        view[n] = spec->tensor[t];
        view[n++].word = word;
        word += tc_tensor_count(&spec->tensor[t]);
    }
    *ntensor = n;
    return view;
}

/* ------------------------------------------------------------- circuits */

struct circuit {
    const struct tc_family *family; /* or */
    const struct tc_netlist *netlist;
    const struct tc_spec *spec;
    size_t nin, nout; /* words a vector */
};

static void slice_in(const struct circuit *c, const uint64_t *word, size_t nvector, uint64_t *wire,
                     size_t words)
{
    for (unsigned t = 0; t < c->spec->ntensor; t++) {
        const struct tc_tensor *x = &c->spec->tensor[t];
        unsigned width = tc_format_width(tc_tensor_format(c->spec, x));
        size_t count = tc_tensor_count(x);

        if (x->role != TC_ROLE_INPUT)
            continue;
        tc_slice(word, c->nin, count, width, nvector, wire, words);
        word += count;
        wire += count * width * words;
    }
}

static void slice_out(const struct circuit *c, const uint64_t *wire, size_t words, size_t nvector,
                      uint64_t *word)
{
    for (unsigned t = 0; t < c->spec->ntensor; t++) {
        const struct tc_tensor *x = &c->spec->tensor[t];
        unsigned width = tc_format_width(tc_tensor_format(c->spec, x));
        size_t count = tc_tensor_count(x);

        if (x->role != TC_ROLE_RESULT)
            continue;
        tc_unslice(wire, words, count, width, nvector, word, c->nout);
        word += count;
        wire += count * width * words;
    }
}

static bool circuit_run(void *state, const uint64_t *in, uint64_t *out, size_t nvector,
                        struct tc_error *err)
{
    const struct circuit *c = state;
    size_t words = (nvector + 63) / 64;
    uint64_t *wire_in = tc_xcalloc(tc_spec_bits(c->spec, TC_ROLE_INPUT) * words, sizeof *wire_in);
    uint64_t *wire_out =
        tc_xcalloc(tc_spec_bits(c->spec, TC_ROLE_RESULT) * words, sizeof *wire_out);
    bool ok;

    slice_in(c, in, nvector, wire_in, words);
    if (c->family)
        ok = tc_family_run(c->family, wire_in, wire_out, words, err);
    else
        ok = tc_netlist_run(c->netlist, wire_in, wire_out, words, err);
    if (ok)
        slice_out(c, wire_out, words, nvector, out);
    free(wire_in);
    free(wire_out);
    return ok;
}

static struct circuit *circuit_new(struct tc_arena *a, const struct tc_spec *spec)
{
    struct circuit *c = tc_alloc(a, 1, sizeof *c);

    c->spec = spec;
    c->nin = tc_spec_words(spec, TC_ROLE_INPUT);
    c->nout = tc_spec_words(spec, TC_ROLE_RESULT);
    return c;
}

struct tc_engine tc_engine_family(struct tc_arena *a, const struct tc_spec *spec,
                                  const struct tc_family *family)
{
    struct circuit *c = circuit_new(a, spec);

    assert(tc_family_inputs(family) == tc_spec_bits(spec, TC_ROLE_INPUT));
    assert(tc_family_outputs(family) == tc_spec_bits(spec, TC_ROLE_RESULT));
    c->family = family;
    return (struct tc_engine){"family", circuit_run, c, UINT64_MAX};
}

struct tc_engine tc_engine_netlist(struct tc_arena *a, const struct tc_spec *spec,
                                   const struct tc_netlist *netlist)
{
    struct circuit *c = circuit_new(a, spec);

    assert(netlist->ninputs == tc_spec_bits(spec, TC_ROLE_INPUT));
    assert(netlist->noutputs == tc_spec_bits(spec, TC_ROLE_RESULT));
    c->netlist = netlist;
    return (struct tc_engine){"netlist", circuit_run, c, UINT64_MAX};
}

/* ------------------------------------------------------------ definitions */

struct definition {
    const struct tc_spec *spec;
    struct tc_reference *reference;
    const uint64_t **tensor; /* per tensor of the spec */
    size_t nin, nout;
};

static bool definition_run(void *state, const uint64_t *in, uint64_t *out, size_t nvector,
                           struct tc_error *err)
{
    const struct definition *d = state;

    (void)err;
    for (size_t v = 0; v < nvector; v++) {
        const uint64_t *word = in + v * d->nin;

        for (unsigned t = 0; t < d->spec->ntensor; t++) {
            if (d->spec->tensor[t].role != TC_ROLE_INPUT)
                continue;
            d->tensor[t] = word;
            word += tc_tensor_count(&d->spec->tensor[t]);
        }
        tc_reference_run(d->reference, d->tensor, out + v * d->nout);
    }
    return true;
}

struct tc_engine tc_engine_reference(struct tc_arena *a, const struct tc_spec *spec,
                                     struct tc_reference *reference)
{
    struct definition *d = tc_alloc(a, 1, sizeof *d);

    d->spec = spec;
    d->reference = reference;
    d->nin = tc_spec_words(spec, TC_ROLE_INPUT);
    d->nout = tc_spec_words(spec, TC_ROLE_RESULT);
    d->tensor = tc_alloc(a, spec->ntensor, sizeof *d->tensor);
    for (unsigned t = 0; t < spec->ntensor; t++)
        if (spec->tensor[t].role == TC_ROLE_CONSTANT)
            d->tensor[t] = spec->tensor[t].word;
    return (struct tc_engine){"reference", definition_run, d, UINT64_MAX};
}
