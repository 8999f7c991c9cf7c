/* expand.h -- threshold gates as two-input logic, for the formats that have
 * nothing else; shared by their writers and tests
 *
 * A literal is twice a variable, plus 1 where it is complemented.  Variable 0
 * is the constant 0; 1..ninputs are the inputs, in order; the others are AND
 * nodes of two literals of smaller variables, without gaps. */
#ifndef TC_EXPAND_H
#define TC_EXPAND_H

#include "ir.h"

typedef uint32_t tc_lit;

/* a & b, if that needs no node; else a > b from here on */
static inline bool tc_lit_and(tc_lit *a, tc_lit *b, tc_lit *is)
{
    if (*a < *b) {
        tc_lit swap = *a;

        *a = *b;
        *b = swap;
    }
    if (*b == 0 || *a == (*b ^ 1))
        *is = 0;
    else if (*b == 1 || *a == *b)
        *is = *a;
    else
        return false;
    return true;
}

/* One AND node: var = a & b, a > b.  False ends the expansion. */
typedef bool tc_and_sink(void *ctx, uint32_t var, tc_lit a, tc_lit b);

struct tc_expansion {
    uint32_t nand; /* nodes */
    tc_lit *wire;  /* of each wire of the netlist; malloc'ed */
};

/* tc_expand -- every gate of a netlist as AND nodes and inverters
 *
 * in      any netlist; sink may be NULL, to count
 * out     nodes in topological order, as their rows are done; then literals
 * how     a row of gates that are no AND, OR or majority of three is a decision diagram of its wires
 *         (diagram.h), two AND nodes a node, or full adders, where those are fewer
 * size    per row at most 7 nodes an edge bit (a set bit of an edge's weight once
 *         weights are shortened, or a signed digit where those are fewer), 3 a bit of the sum, and for
 *         each threshold one a bit of the sum; AND and OR of k wires: k - 1;
 *         majority of three: 4.  Nodes that no gate needs are left out.
 * memory  the nodes of one row, a word a wire, and a table of bounded size: equal
 *         nodes are made once as long as the table remembers them
 *         (TC_EXPAND_TABLE nodes, then it is emptied)
 * twice   the same netlist gives the same nodes again, so that a format whose
 *         head has counts is written in two runs
 *
 * False with an error (TC_ELIMIT) above 2^31 - 2 variables, and without one
 * where the sink ended it. */
#define TC_EXPAND_TABLE ((uint32_t)1 << 22)
bool tc_expand(const struct tc_netlist *, tc_and_sink *, void *ctx, struct tc_expansion *,
               struct tc_error *);

#endif
