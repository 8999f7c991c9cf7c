/* net_rebuild.c -- a netlist with some of its gates made otherwise */
#include "trail.h"

#include <stdlib.h>

#define NONE (TC_LIT_0 - 1) /* no literal */

struct tc_netlist *tc_net_rebuild_in(const struct tc_net *net, struct tc_net *to,
                                     struct tc_trail *trail, tc_net_make *make, void *ctx)
{
    uint32_t wires = net->ninputs + net->ngates;
    tc_lit *lit = tc_xcalloc((size_t)wires + 1, sizeof *lit);
    uint32_t *row = tc_xcalloc((size_t)net->nrows + 1, sizeof *row);
    struct tc_trail_note note;
    struct tc_netlist *made;
    struct tc_net_sum sum;

    tc_net_sum_init(&sum);
    tc_trail_open(&note, trail, net);
    for (uint32_t i = 0; i < net->ninputs; i++)
        lit[i] = 2 * i;
    for (tc_wire w = net->ninputs; w < wires; w++) {
        lit[w] = NONE;
        if (!make(ctx, to, lit, w, &sum, &lit[w]))
            lit[w] = tc_net_copy_gate(to, net, lit, w - net->ninputs, row, &sum);
        tc_trail_follow(&note, to);
        if (trail && lit[w] != NONE)
            tc_trail_same(&note, lit[w], note.was[w]);
    }
    tc_net_copy_outputs(to, net, lit);
    made = tc_net_write(to);
    tc_trail_close(&note);
    tc_net_sum_free(&sum);
    free(lit);
    free(row);
    tc_net_free(to);
    return made;
}

struct tc_netlist *tc_net_rebuild(const struct tc_net *net, struct tc_trail *trail,
                                  tc_net_make *make, void *ctx)
{
    return tc_net_rebuild_in(net, tc_net_new_like(net), trail, make, ctx);
}
