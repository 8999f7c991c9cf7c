/* net_sweep.c -- wires that are equal on all inputs, though their gates are not, become one
 *
 * requires cadical; depth, gates and wires fewer or equal, but for gates that an output wants
 * complemented; weights kept
 *
 * equal.c says which wires are equal: it expands gates into two-input logic, tells wires
 * apart by random inputs, and proves those equal that are left, from the inputs on, by tables of a few
 * wires, or by cadical, whose proofs it checks.  Of wires that are equal the first one in the
 * netlist's order that is least deep stays; constants are read through.  What equal.c asks is
 * bounded by sizes of formulas and by conflicts, so that the result is the same each time.  Of more
 * than LARGE edges, or 2 GB of two-input logic, nothing is looked at.  No pipeline has it: `passes/PASSES.md`. */
#include "net.h"

#include "../ir/equal.h"

#include <stdlib.h>

#define LARGE ((uint64_t)1 << 18)

/* the gate of a row again, over the literals that its wires have become */
static tc_lit copy_gate(struct tc_net *to, const struct tc_netlist *nl, uint32_t row, uint32_t gate,
                        const tc_lit *lit, struct tc_net_sum *sum)
{
    mpz_t z;

    mpz_init(z);
    tc_net_sum_clear(sum);
    for (uint64_t e = nl->first[row]; e < nl->first[row + 1]; e++) {
        tc_weight_get(nl, nl->weight[e], z);
        tc_net_sum_add(sum, lit[nl->source[e]], z);
    }
    tc_weight_get(nl, nl->bound[gate], z);
    mpz_add(sum->bound, sum->bound, z);
    mpz_clear(z);
    return tc_net_gate_of(to, sum);
}

/* How deep a literal is; constants not at all. */
static uint32_t level(const struct tc_net *net, tc_lit lit)
{
    return lit >= TC_LIT_0 ? 0 : tc_net_level(net, lit >> 1);
}

/* is: what equal.c says of each wire, below 2 * nvar */
static struct tc_netlist *rebuild(const struct tc_netlist *nl, const tc_lit *is, uint32_t nvar)
{
    tc_lit *lit = tc_xcalloc((size_t)nl->ninputs + nl->ngates + 1, sizeof *lit);
    tc_lit *of = tc_xcalloc((size_t)nvar + 1, sizeof *of); /* of each variable, once seen */
    bool *seen = tc_xcalloc((size_t)nvar + 1, sizeof *seen);
    struct tc_net *net = tc_net_new(nl, true);
    struct tc_netlist *made;
    struct tc_net_sum sum;

    tc_net_sum_init(&sum);
    of[0] = TC_LIT_0;
    seen[0] = true;
    for (tc_wire w = 0; w < nl->ninputs; w++) {
        lit[w] = 2 * w;
        of[is[w] >> 1] = lit[w] ^ (is[w] & 1);
        seen[is[w] >> 1] = true;
    }
    for (uint32_t r = 0; r < nl->nrows; r++)
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
            tc_wire w = nl->ninputs + g;
            uint32_t v = is[w] >> 1;
            tc_lit own;

            if (seen[v] && level(net, of[v]) == 0) {
                lit[w] = of[v] ^ (is[w] & 1);
                continue;
            }
            own = copy_gate(net, nl, r, g, lit, &sum) ^ (is[w] & 1);
            if (!seen[v] || level(net, own) < level(net, of[v]))
                of[v] = own;
            seen[v] = true;
            lit[w] = of[v] ^ (is[w] & 1);
        }
    for (uint32_t o = 0; o < nl->noutputs; o++)
        net->output[o] = lit[nl->output[o]];
    made = tc_net_write(net);
    tc_net_sum_free(&sum);
    tc_net_free(net);
    free(lit);
    free(of);
    free(seen);
    return made;
}

struct tc_netlist *tc_net_sweep(struct tc_netlist *nl, const struct tc_pass_options *options,
                                struct tc_error *err)
{
    struct tc_error why = {0};
    struct tc_netlist *made;
    uint32_t nvar;
    tc_lit *is;

    (void)options;
    if (nl->nedges > LARGE)
        return nl;
    is = tc_equal_wires(nl, &nvar, &why);
    if (!is && why.kind == TC_ELIMIT) /* its two-input logic is too large */
        return nl;
    if (!is) {
        *err = why;
        return NULL;
    }
    made = rebuild(nl, is, nvar);
    free(is);
    return tc_net_keep(nl, made);
}
