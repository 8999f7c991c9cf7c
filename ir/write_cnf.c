/* write_cnf.c -- DIMACS CNF: three clauses for each AND node of the expansion
 *
 * Variables are those of the expansion; where an output is constant there is one
 * more, which a clause makes true.  Given the inputs, unit propagation finds the
 * one assignment.  The expansion runs twice, for the head counts clauses. */
#include "exchange.h"
#include "expand.h"

#include <assert.h>
#include <stdlib.h>

static void literal(struct tc_out *o, tc_lit l, bool negative)
{
    if ((l & 1) ^ negative)
        tc_out_char(o, '-');
    tc_out_unsigned(o, l >> 1);
    tc_out_char(o, ' ');
}

static bool write_and(void *ctx, uint32_t var, tc_lit p, tc_lit q)
{
    struct tc_out *o = ctx;

    literal(o, 2 * var, true);
    literal(o, p, false);
    tc_out_puts(o, "0\n");
    literal(o, 2 * var, true);
    literal(o, q, false);
    tc_out_puts(o, "0\n");
    literal(o, 2 * var, false);
    literal(o, p, true);
    literal(o, q, true);
    tc_out_puts(o, "0\n");
    return !o->failed;
}

bool tc_write_cnf(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                  struct tc_error *err)
{
    struct tc_expansion count, nodes = {0};
    struct tc_labels l;
    struct tc_out o;
    uint32_t vars, truth = 0;
    bool ok;

    if (!tc_expand(nl, NULL, NULL, &count, err))
        return false;
    vars = nl->ninputs + count.nand;
    for (uint32_t k = 0; k < nl->noutputs && !truth; k++)
        if (count.wire[nl->output[k]] < 2)
            truth = ++vars;
    tc_out_open(&o, f);
    tc_labels_open(&l, nl, x, false);
    tc_out_puts(&o, "c circuit ");
    tc_out_puts(&o, l.model);
    tc_out_puts(&o, ", written by tc0c; an output is a literal\n");
    for (uint32_t i = 0; i < nl->ninputs; i++) {
        tc_out_puts(&o, "c input ");
        tc_out_input(&o, &l, i);
        tc_out_char(&o, ' ');
        tc_out_unsigned(&o, (uint64_t)i + 1);
        tc_out_char(&o, '\n');
    }
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_lit w = count.wire[nl->output[k]];
        bool negative = w < 2 ? w == 0 : w & 1;

        tc_out_puts(&o, "c output ");
        tc_out_output(&o, &l, k);
        tc_out_puts(&o, negative ? " -" : " ");
        tc_out_unsigned(&o, w < 2 ? truth : w >> 1);
        tc_out_char(&o, '\n');
    }
    tc_out_puts(&o, "p cnf ");
    tc_out_unsigned(&o, vars);
    tc_out_char(&o, ' ');
    tc_out_unsigned(&o, 3 * (uint64_t)count.nand + (truth != 0));
    tc_out_char(&o, '\n');
    if (truth) {
        tc_out_unsigned(&o, truth);
        tc_out_puts(&o, " 0\n");
    }
    ok = tc_expand(nl, write_and, &o, &nodes, err);
    assert(!ok || nodes.nand == count.nand);
    tc_labels_close(&l);
    free(count.wire);
    free(nodes.wire);
    return tc_out_close(&o) && ok;
}
