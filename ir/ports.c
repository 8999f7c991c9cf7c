/* ports.c -- names that files give to single inputs and outputs */
#include "ir.h"

#include <stdlib.h>
#include <string.h>

bool tc_port_name_ok(const char *name, size_t length)
{
    if (length == 0 || length > TC_PLACE_NAME)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 127)
            return false;
    return true;
}

void tc_port_add(struct tc_netlist *nl, enum tc_port_kind kind, uint32_t at, const char *name,
                 size_t length)
{
    struct tc_ports *p = &nl->ports;
    char *copy = tc_alloc(nl->arena, length + 1, 1);

    memcpy(copy, name, length);
    if ((p->n[kind] & (p->n[kind] + 1)) == 0) /* full at one less than a power of two */
        p->port[kind] =
            tc_xrealloc(p->port[kind], 2 * ((size_t)p->n[kind] + 1), sizeof *p->port[kind]);
    p->port[kind][p->n[kind]++] = (struct tc_port){at, copy};
}

static int by_number(const void *a, const void *b)
{
    const struct tc_port *p = a, *q = b;

    return p->at != q->at ? (p->at > q->at) - (p->at < q->at) : strcmp(p->name, q->name);
}

void tc_ports_sort(struct tc_netlist *nl)
{
    struct tc_ports *p = &nl->ports;

    for (int kind = TC_PORT_INPUT; kind <= TC_PORT_OUTPUT; kind++) {
        uint32_t n = 0;

        if (p->n[kind])
            qsort(p->port[kind], p->n[kind], sizeof *p->port[kind], by_number);
        for (uint32_t k = 0; k < p->n[kind]; k++)
            if (n == 0 || p->port[kind][n - 1].at != p->port[kind][k].at)
                p->port[kind][n++] = p->port[kind][k];
        /* room stays as it was: nothing is added behind this */
        p->n[kind] = n;
    }
}

const char *tc_port_name(const struct tc_netlist *nl, enum tc_port_kind kind, uint32_t at)
{
    const struct tc_port *port = nl->ports.port[kind];
    uint32_t low = 0, high = nl->ports.n[kind];

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (port[mid].at == at)
            return port[mid].name;
        if (port[mid].at < at)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

void tc_ports_copy(struct tc_netlist *to, const struct tc_netlist *from)
{
    if (from->ports.model)
        to->ports.model = tc_strdup(to->arena, from->ports.model);
    for (int kind = TC_PORT_INPUT; kind <= TC_PORT_OUTPUT; kind++) {
        to->ports.n[kind] = 0;
        for (uint32_t k = 0; k < from->ports.n[kind]; k++) {
            const struct tc_port *p = &from->ports.port[kind][k];

            tc_port_add(to, (enum tc_port_kind)kind, p->at, p->name, strlen(p->name));
        }
    }
}
