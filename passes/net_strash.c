/* net_strash.c -- constants, and equal gates
 *
 * constants  Constant wires, buffers and inverters are read through, edges from one
 *            wire are added up, weights are divided by their greatest common divisor;
 *            a gate whose bound is out of reach is a constant.
 * strash     That, and of gates with the same sum and bound, up to complement, one
 *            stays; rows with the same sum become one chain.
 *
 * requires nothing; depth, gates, wires and weights fewer or equal, but for gates that
 * an output wants complemented.  Time linear, but for sorting the edges of a row.
 */
#include "net.h"

static struct tc_netlist *rebuild(struct tc_netlist *nl, bool share, struct tc_error *err)
{
    struct tc_net *net = tc_net_read(nl, share, err);
    struct tc_netlist *to;

    if (!net)
        return NULL;
    to = tc_net_write(net);
    tc_net_free(net);
    return tc_net_keep(nl, to);
}

struct tc_netlist *tc_net_constants(struct tc_netlist *nl, const struct tc_pass_options *options,
                                    struct tc_error *err)
{
    (void)options;
    return rebuild(nl, false, err);
}

struct tc_netlist *tc_net_strash(struct tc_netlist *nl, const struct tc_pass_options *options,
                                 struct tc_error *err)
{
    (void)options;
    return rebuild(nl, true, err);
}
