/* write_aiger.c -- AIGER 1.9, binary and ascii: the literals of an expansion are
 * the format's own
 *
 * The head counts the nodes and outputs stand before them, so the expansion runs
 * twice: for the count, then for the nodes. */
#include "exchange.h"
#include "expand.h"

#include <assert.h>
#include <stdlib.h>

struct aiger {
    struct tc_out o;
    bool binary;
};

/* seven bits a byte, the lowest first; the eighth says that more follow */
static void delta(struct tc_out *o, uint32_t v)
{
    for (; v >= 128; v >>= 7)
        tc_out_char(o, (char)(v | 128));
    tc_out_char(o, (char)v);
}

static bool write_and(void *ctx, uint32_t var, tc_lit p, tc_lit q)
{
    struct aiger *a = ctx;

    if (a->binary) {
        delta(&a->o, 2 * var - p);
        delta(&a->o, p - q);
    } else {
        tc_out_unsigned(&a->o, 2 * (uint64_t)var);
        tc_out_char(&a->o, ' ');
        tc_out_unsigned(&a->o, p);
        tc_out_char(&a->o, ' ');
        tc_out_unsigned(&a->o, q);
        tc_out_char(&a->o, '\n');
    }
    return !a->o.failed;
}

static void write_head(struct aiger *a, const struct tc_netlist *nl, const struct tc_expansion *e)
{
    const uint32_t n[] = {nl->ninputs + e->nand, nl->ninputs, 0, nl->noutputs, e->nand};

    tc_out_puts(&a->o, a->binary ? "aig" : "aag");
    for (int i = 0; i < 5; i++) {
        tc_out_char(&a->o, ' ');
        tc_out_unsigned(&a->o, n[i]);
    }
    tc_out_char(&a->o, '\n');
    for (uint32_t i = 0; !a->binary && i < nl->ninputs; i++) {
        tc_out_unsigned(&a->o, 2 * ((uint64_t)i + 1));
        tc_out_char(&a->o, '\n');
    }
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_unsigned(&a->o, e->wire[nl->output[k]]);
        tc_out_char(&a->o, '\n');
    }
}

/* names that a file gave, as it gave them */
static void write_ports(struct aiger *a, const struct tc_netlist *nl)
{
    for (int kind = TC_PORT_INPUT; kind <= TC_PORT_OUTPUT; kind++)
        for (uint32_t k = 0; k < nl->ports.n[kind]; k++) {
            tc_out_char(&a->o, kind == TC_PORT_INPUT ? 'i' : 'o');
            tc_out_unsigned(&a->o, nl->ports.port[kind][k].at);
            tc_out_char(&a->o, ' ');
            tc_out_puts(&a->o, nl->ports.port[kind][k].name);
            tc_out_char(&a->o, '\n');
        }
}

static void write_labels(struct aiger *a, const struct tc_netlist *nl, const struct tc_labels *l)
{
    for (uint32_t i = 0; i < nl->ninputs; i++) {
        tc_out_char(&a->o, 'i');
        tc_out_unsigned(&a->o, i);
        tc_out_char(&a->o, ' ');
        tc_out_input(&a->o, l, i);
        tc_out_char(&a->o, '\n');
    }
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_char(&a->o, 'o');
        tc_out_unsigned(&a->o, k);
        tc_out_char(&a->o, ' ');
        tc_out_output(&a->o, l, k);
        tc_out_char(&a->o, '\n');
    }
}

static void write_names(struct aiger *a, const struct tc_netlist *nl, const struct tc_labels *l)
{
    if (nl->ports.n[TC_PORT_INPUT] || nl->ports.n[TC_PORT_OUTPUT])
        write_ports(a, nl);
    else
        write_labels(a, nl, l);
    tc_out_puts(&a->o, "c\n");
    tc_out_puts(&a->o, l->model);
    tc_out_puts(&a->o, ": threshold gates as two-input logic, written by tc0c\n");
}

static bool write_aiger(FILE *f, bool binary, const struct tc_netlist *nl,
                        const struct tc_export *x, struct tc_error *err)
{
    struct aiger a = {.binary = binary};
    struct tc_expansion count, nodes = {0};
    struct tc_labels l;
    bool ok;

    if (!tc_expand(nl, NULL, NULL, &count, err))
        return false;
    tc_out_open(&a.o, f);
    tc_labels_open(&l, nl, x, false);
    write_head(&a, nl, &count);
    ok = tc_expand(nl, write_and, &a, &nodes, err);
    assert(!ok || nodes.nand == count.nand);
    write_names(&a, nl, &l);
    tc_labels_close(&l);
    free(count.wire);
    free(nodes.wire);
    return tc_out_close(&a.o) && ok;
}

bool tc_write_aiger(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                    struct tc_error *err)
{
    return write_aiger(f, true, nl, x, err);
}

bool tc_write_aag(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                  struct tc_error *err)
{
    return write_aiger(f, false, nl, x, err);
}
