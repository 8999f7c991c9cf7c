/* net_dead.c -- gates that no output depends on
 *
 * requires nothing; depth, gates and wires fewer or equal; weights kept
 *
 * The gates that stay keep their order; a chain keeps its row as long as one of
 * its gates is read.  Linear time.
 */
#include "passes.h"

#include <stdlib.h>
#include <string.h>

/* wire[w] becomes 1 where an output depends on w; how many gates do */
static uint32_t mark(const struct tc_netlist *nl, uint32_t *wire)
{
    uint32_t live = 0;

    for (uint32_t o = 0; o < nl->noutputs; o++)
        wire[nl->output[o]] = 1;
    for (uint32_t r = nl->nrows; r-- > 0;) {
        uint32_t before = live;

        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++)
            live += wire[nl->ninputs + g];
        for (uint64_t e = nl->first[r]; live > before && e < nl->first[r + 1]; e++)
            wire[nl->source[e]] = 1;
    }
    return live;
}

/* wire[w] becomes the number of w in the copy, where it has one */
static void number(const struct tc_netlist *nl, uint32_t *wire, struct tc_netlist *to)
{
    uint32_t next = nl->ninputs;

    for (uint32_t i = 0; i < nl->ninputs; i++)
        wire[i] = i;
    for (uint32_t r = 0; r < nl->nrows; r++) {
        uint32_t before = next;

        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++)
            wire[nl->ninputs + g] = wire[nl->ninputs + g] ? next++ : UINT32_MAX;
        if (next > before) {
            to->nrows++;
            to->nedges += nl->first[r + 1] - nl->first[r];
        }
    }
    to->ninputs = nl->ninputs;
    to->ngates = next - nl->ninputs;
    to->noutputs = nl->noutputs;
}

static tc_weight copy_weight(const struct tc_netlist *nl, struct tc_netlist *to, tc_weight w)
{
    return tc_weight_is_big(w) ? tc_weight_put(to, nl->big[tc_weight_index(w)]) : w;
}

static void copy_rows(const struct tc_netlist *nl, const uint32_t *wire, struct tc_netlist *to)
{
    uint32_t row = 0, gate = 0;
    uint64_t edge = 0;

    for (uint32_t r = 0; r < nl->nrows; r++) {
        uint32_t before = gate;

        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++)
            if (wire[nl->ninputs + g] != UINT32_MAX)
                to->bound[gate++] = copy_weight(nl, to, nl->bound[g]);
        if (gate == before)
            continue;
        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++, edge++) {
            to->source[edge] = wire[nl->source[e]];
            to->weight[edge] = copy_weight(nl, to, nl->weight[e]);
        }
        to->gate[++row] = gate;
        to->first[row] = edge;
    }
}

/* a bank begins with the first of its gates that is left, if any is */
static void copy_places(const struct tc_netlist *nl, const uint32_t *wire, struct tc_netlist *to)
{
    uint32_t end = nl->ninputs + nl->ngates;

    to->place = tc_xcalloc(nl->nplace + 1, sizeof *to->place);
    for (unsigned p = 0; p < nl->nplace; p++) {
        struct tc_place at = nl->place[p];
        uint32_t stop = p + 1 < nl->nplace ? nl->place[p + 1].first : end;

        while (at.level && at.first < stop && wire[at.first] == UINT32_MAX)
            at.first++;
        if (at.level && at.first == stop)
            continue;
        at.first = wire[at.first];
        at.name = tc_strdup(to->arena, at.name);
        to->place[to->nplace++] = at;
    }
}

struct tc_netlist *tc_net_dead(struct tc_netlist *nl, const struct tc_pass_options *options,
                               struct tc_error *err)
{
    uint32_t *wire = tc_xcalloc((size_t)nl->ninputs + nl->ngates + 1, sizeof *wire);
    struct tc_netlist *to = nl;

    (void)options;
    (void)err;
    if (mark(nl, wire) < nl->ngates) {
        to = tc_netlist_new();
        number(nl, wire, to);
        to->first = tc_xrealloc(to->first, (size_t)to->nrows + 1, sizeof *to->first);
        to->gate = tc_xrealloc(to->gate, (size_t)to->nrows + 1, sizeof *to->gate);
        to->source = tc_xcalloc(to->nedges + 1, sizeof *to->source);
        to->weight = tc_xcalloc(to->nedges + 1, sizeof *to->weight);
        to->bound = tc_xcalloc((size_t)to->ngates + 1, sizeof *to->bound);
        to->output = tc_xcalloc((size_t)to->noutputs + 1, sizeof *to->output);
        copy_rows(nl, wire, to);
        copy_places(nl, wire, to);
        for (uint32_t o = 0; o < nl->noutputs; o++)
            to->output[o] = wire[nl->output[o]];
    }
    free(wire);
    return to;
}
