/* net_weights.c -- the smallest integer weights of gates that read few wires
 *
 * requires fewer than 2^30 wires; depth, gates and wires fewer or equal; weights smaller or equal
 *
 * The function of a gate of up to eight wires is its table, which threshold.c gives weights with
 * the least sum of absolute values for; wires that it does not depend on are read no longer. Gates
 * of more wires, and of one row with others, which share their weights, stay; so do those whose
 * weights are all 1 or -1, for every wire of them counts.  No pipeline has it, as collapse gives
 * what it makes such weights itself. */
#include "net.h"

#include <stdlib.h>

#define SMALL ((int64_t)1 << 56)

/* the gate's function, if it is small and may have other weights */
static bool table_of(const struct tc_net *net, uint32_t g, uint64_t *table)
{
    const struct tc_net_row *row = &net->row[net->gate[g].row];
    int64_t bound = net->gate[g].bound;
    bool unit = true;

    if (row->n > TC_THRESHOLD_INPUTS || bound >= SMALL || bound <= -SMALL)
        return false;
    for (uint32_t k = 0; k < row->n; k++)
        if (net->weight[row->first + k] >= SMALL || net->weight[row->first + k] <= -SMALL)
            return false;
    for (uint32_t k = 0; k < row->n; k++)
        unit = unit && llabs(net->weight[row->first + k]) == 1;
    if (unit)
        return false;
    for (unsigned x = 0; x < 1u << row->n; x++) {
        int64_t sum = 0;

        for (uint32_t k = 0; k < row->n; k++)
            sum += x >> k & 1 ? net->weight[row->first + k] : 0;
        table[x / 64] |= (uint64_t)(sum >= bound) << x % 64;
    }
    return true;
}

/* the gate's sum with its smallest weights; false if it stays as it is */
static bool smallest(const struct tc_net *net, uint32_t g, const tc_lit *lit,
                     struct tc_net_sum *sum)
{
    const struct tc_net_row *row = &net->row[net->gate[g].row];
    uint64_t table[(1 << TC_THRESHOLD_INPUTS) / 64] = {0};
    struct tc_threshold f;

    if (!table_of(net, g, table) || !tc_threshold_find(table, row->n, &f))
        return false;
    tc_net_sum_clear(sum);
    mpz_set_si(sum->bound, f.bound);
    for (uint32_t k = 0; k < row->n; k++)
        if (f.weight[k])
            tc_net_sum_add_si(sum, lit[net->source[row->first + k]], f.weight[k]);
    return true;
}

/* per row, how many gates it has */
static uint32_t *row_gates(const struct tc_net *net)
{
    uint32_t *gates = tc_xcalloc((size_t)net->nrows + 1, sizeof *gates);

    for (uint32_t g = 0; g < net->ngates; g++)
        gates[net->gate[g].row]++;
    return gates;
}

struct weights {
    const struct tc_net *net;
    uint32_t *gates; /* of each row */
};

static bool make_smallest(void *ctx, struct tc_net *to, const tc_lit *lit, tc_wire w,
                          struct tc_net_sum *sum, tc_lit *made)
{
    const struct weights *c = ctx;
    uint32_t g = w - c->net->ninputs;

    if (c->gates[c->net->gate[g].row] != 1 || !smallest(c->net, g, lit, sum))
        return false;
    *made = tc_net_gate_of(to, sum);
    return true;
}

struct tc_netlist *tc_net_weights(struct tc_netlist *nl, const struct tc_pass_options *options,
                                  struct tc_error *err)
{
    struct tc_net *net = tc_net_read(nl, true, err);
    struct weights c = {.net = net};
    struct tc_netlist *made;

    if (!net)
        return NULL;
    c.gates = row_gates(net);
    made = tc_net_rebuild(net, options->trail, make_smallest, &c);
    free(c.gates);
    tc_net_free(net);
    return tc_net_keep(nl, made);
}
