/* write_blif.c -- BLIF: a table for each AND node of the expansion, streamed as
 * they are made, and a buffer for each output */
#include "exchange.h"
#include "expand.h"

#include <stdlib.h>

struct blif {
    struct tc_out o;
    struct tc_labels l;
    uint32_t ninputs;
};

static void name(struct blif *b, uint32_t var)
{
    if (var <= b->ninputs) {
        tc_out_input(&b->o, &b->l, var - 1);
    } else {
        tc_out_char(&b->o, 'n');
        tc_out_unsigned(&b->o, var);
    }
}

static bool write_and(void *ctx, uint32_t var, tc_lit p, tc_lit q)
{
    struct blif *b = ctx;

    tc_out_puts(&b->o, ".names ");
    name(b, p >> 1);
    tc_out_char(&b->o, ' ');
    name(b, q >> 1);
    tc_out_char(&b->o, ' ');
    name(b, var);
    tc_out_char(&b->o, '\n');
    tc_out_char(&b->o, p & 1 ? '0' : '1');
    tc_out_char(&b->o, q & 1 ? '0' : '1');
    tc_out_puts(&b->o, " 1\n");
    return !b->o.failed;
}

static void write_output(struct blif *b, uint32_t output, tc_lit l)
{
    tc_out_puts(&b->o, ".names ");
    if (l > 1) {
        name(b, l >> 1);
        tc_out_char(&b->o, ' ');
    }
    tc_out_output(&b->o, &b->l, output);
    tc_out_char(&b->o, '\n');
    if (l > 1)
        tc_out_puts(&b->o, l & 1 ? "0 1\n" : "1 1\n");
    else if (l == 1) /* a table without rows is the constant 0 */
        tc_out_puts(&b->o, "1\n");
}

bool tc_write_blif(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                   struct tc_error *err)
{
    struct blif b = {.ninputs = nl->ninputs};
    struct tc_expansion e;
    bool ok;

    tc_out_open(&b.o, f);
    tc_labels_open(&b.l, nl, x, false);
    tc_out_puts(&b.o, "# threshold gates as two-input logic, written by tc0c\n.model ");
    tc_out_puts(&b.o, b.l.model);
    tc_out_puts(&b.o, "\n.inputs");
    for (uint32_t i = 0; i < nl->ninputs; i++) {
        tc_out_puts(&b.o, i % 8 ? " " : " \\\n ");
        tc_out_input(&b.o, &b.l, i);
    }
    tc_out_puts(&b.o, "\n.outputs");
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_puts(&b.o, k % 8 ? " " : " \\\n ");
        tc_out_output(&b.o, &b.l, k);
    }
    tc_out_char(&b.o, '\n');
    ok = tc_expand(nl, write_and, &b, &e, err);
    for (uint32_t k = 0; ok && k < nl->noutputs; k++)
        write_output(&b, k, e.wire[nl->output[k]]);
    tc_out_puts(&b.o, ".end\n");
    free(e.wire);
    tc_labels_close(&b.l);
    return tc_out_close(&b.o) && ok;
}
