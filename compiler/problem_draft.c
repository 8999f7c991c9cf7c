/* problem_draft.c -- a netlist written gate by gate */
#include "problem.h"

#include <assert.h>

#define MOST_EDGES ((uint64_t)1 << 27)

void tc_draft_open(struct tc_draft *d, struct tc_arena *arena, uint32_t ninputs,
                   uint64_t max_gates)
{
    uint64_t wires = UINT32_MAX - (uint64_t)ninputs;

    *d = (struct tc_draft){.arena = arena, .nl = tc_netlist_new(), .most_edges = MOST_EDGES};
    d->nl->ninputs = ninputs;
    d->most_gates = max_gates < wires ? max_gates : wires;
}

void tc_draft_place(struct tc_draft *d, const char *name, unsigned level)
{
    struct tc_netlist *nl = d->nl;

    nl->place = tc_xrealloc(nl->place, nl->nplace + (size_t)1, sizeof *nl->place);
    nl->place[nl->nplace++] = (struct tc_place){
        tc_strdup(nl->arena, name), level ? nl->ninputs + nl->ngates : 0, level};
}

void tc_draft_add_wire(struct tc_draft *d, tc_wire w, int32_t weight)
{
    struct tc_netlist *nl = d->nl;

    assert(weight);
    d->full = d->full || nl->nedges == d->most_edges;
    if (d->full)
        return;
    if (nl->nedges == d->edges) {
        d->edges = d->edges ? 2 * d->edges : 1024;
        nl->source = tc_xrealloc(nl->source, d->edges, sizeof *nl->source);
        nl->weight = tc_xrealloc(nl->weight, d->edges, sizeof *nl->weight);
    }
    nl->source[nl->nedges] = w;
    nl->weight[nl->nedges++] = weight;
}

void tc_draft_add(struct tc_draft *d, const struct tc_value *v, int32_t factor)
{
    for (unsigned k = 0; k < v->n; k++)
        tc_draft_add_wire(d, v->part[k].wire, factor * v->part[k].weight);
}

tc_wire tc_draft_chain(struct tc_draft *d, int64_t bound, uint32_t count)
{
    struct tc_netlist *nl = d->nl;
    tc_wire first = nl->ninputs + nl->ngates;

    assert(count);
    d->full = d->full || nl->ngates + (uint64_t)count > d->most_gates;
    if (d->full)
        return 0;
    /* rows are no more than gates, and each array has one place behind the last */
    if (nl->ngates + (uint64_t)count >= d->gates) {
        d->gates = 2 * (nl->ngates + (uint64_t)count) + 512;
        nl->bound = tc_xrealloc(nl->bound, d->gates, sizeof *nl->bound);
        nl->first = tc_xrealloc(nl->first, d->gates, sizeof *nl->first);
        nl->gate = tc_xrealloc(nl->gate, d->gates, sizeof *nl->gate);
    }
    for (uint32_t t = 0; t < count; t++)
        nl->bound[nl->ngates++] = bound + t;
    nl->nrows++;
    nl->first[nl->nrows] = nl->nedges;
    nl->gate[nl->nrows] = nl->ngates;
    return first;
}

tc_wire tc_draft_gate(struct tc_draft *d, int64_t bound)
{
    return tc_draft_chain(d, bound, 1);
}

void tc_draft_output(struct tc_draft *d, tc_wire w)
{
    struct tc_netlist *nl = d->nl;

    nl->output = tc_xrealloc(nl->output, nl->noutputs + (size_t)1, sizeof *nl->output);
    nl->output[nl->noutputs++] = w;
}

struct tc_netlist *tc_draft_close(struct tc_draft *d, struct tc_error *err)
{
    if (!d->full)
        return d->nl;
    tc_netlist_free(d->nl);
    tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
            "the circuit has more than %llu gates or %llu stored edges: give a smaller length, or "
            "more with --max-gates",
            (unsigned long long)d->most_gates, (unsigned long long)d->most_edges);
    return NULL;
}

struct tc_value tc_value_new(struct tc_draft *d, unsigned room)
{
    return (struct tc_value){0, tc_alloc(d->arena, room, sizeof(struct tc_part))};
}

void tc_value_add(struct tc_value *v, tc_wire w, int32_t weight)
{
    v->part[v->n++] = (struct tc_part){w, weight};
}

struct tc_value tc_value_wire(struct tc_draft *d, tc_wire w)
{
    struct tc_value v = tc_value_new(d, 1);

    tc_value_add(&v, w, 1);
    return v;
}
