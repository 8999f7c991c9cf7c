/* build.c -- a netlist made gate by gate */
#include "source.h"

#include <assert.h>
#include <string.h>

/* the capacity for one more of n elements */
static bool grow(size_t n, size_t *capacity)
{
    if (n < *capacity)
        return false;
    *capacity = *capacity + *capacity / 2 + 64;
    return true;
}

void tc_build_start(struct tc_builder *b, uint32_t ninputs)
{
    *b = (struct tc_builder){.nl = tc_netlist_new(), .row_room = 1}; /* the sentinels */
    b->nl->ninputs = ninputs;
}

void tc_build_room(struct tc_builder *b)
{
    struct tc_netlist *nl = b->nl;

    grow(nl->nedges, &b->edge_room);
    nl->source = tc_xrealloc(nl->source, b->edge_room, sizeof *nl->source);
    nl->weight = tc_xrealloc(nl->weight, b->edge_room, sizeof *nl->weight);
}

bool tc_build_fits(const struct tc_builder *b, uint64_t n)
{
    return (uint64_t)b->nl->ninputs + b->nl->ngates + n <= UINT32_MAX;
}

/* whether the edges at hand are those of the row before */
static bool repeated(const struct tc_netlist *nl, uint64_t from)
{
    uint64_t n = nl->nedges - from;

    return nl->nrows && from - nl->first[nl->nrows - 1] == n &&
           (n == 0 ||
            (memcmp(nl->source + from, nl->source + from - n, n * sizeof *nl->source) == 0 &&
             memcmp(nl->weight + from, nl->weight + from - n, n * sizeof *nl->weight) == 0));
}

tc_wire tc_build_gate(struct tc_builder *b, tc_weight bound)
{
    struct tc_netlist *nl = b->nl;

    assert(tc_build_fits(b, 1));
    if (grow(nl->ngates, &b->gate_room))
        nl->bound = tc_xrealloc(nl->bound, b->gate_room, sizeof *nl->bound);
    nl->bound[nl->ngates] = bound;
    if (repeated(nl, b->from)) {
        nl->nedges = b->from;
    } else {
        if (grow(nl->nrows + (size_t)1, &b->row_room)) {
            nl->first = tc_xrealloc(nl->first, b->row_room, sizeof *nl->first);
            nl->gate = tc_xrealloc(nl->gate, b->row_room, sizeof *nl->gate);
        }
        nl->first[nl->nrows] = b->from;
        nl->gate[nl->nrows++] = nl->ngates;
    }
    b->from = nl->nedges;
    return nl->ninputs + nl->ngates++;
}

void tc_build_output(struct tc_builder *b, tc_wire wire)
{
    struct tc_netlist *nl = b->nl;

    if (grow(nl->noutputs, &b->output_room))
        nl->output = tc_xrealloc(nl->output, b->output_room, sizeof *nl->output);
    nl->output[nl->noutputs++] = wire;
}

struct tc_netlist *tc_build_end(struct tc_builder *b)
{
    struct tc_netlist *nl = b->nl;

    nl->first = tc_xrealloc(nl->first, nl->nrows + (size_t)1, sizeof *nl->first);
    nl->gate = tc_xrealloc(nl->gate, nl->nrows + (size_t)1, sizeof *nl->gate);
    nl->first[nl->nrows] = nl->nedges;
    nl->gate[nl->nrows] = nl->ngates;
    return nl;
}
