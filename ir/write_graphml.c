/* write_graphml.c -- GraphML: a node a wire and an output, an edge for each wire
 * that a gate reads, with its weight; numbers are text, for they may be long */
#include "exchange.h"

#include <stdlib.h>

static const char head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
    "<key id=\"kind\" for=\"node\" attr.name=\"kind\" attr.type=\"string\"/>\n"
    "<key id=\"place\" for=\"node\" attr.name=\"place\" attr.type=\"string\"/>\n"
    "<key id=\"level\" for=\"node\" attr.name=\"level\" attr.type=\"int\"/>\n"
    "<key id=\"threshold\" for=\"node\" attr.name=\"threshold\" attr.type=\"string\"/>\n"
    "<key id=\"weight\" for=\"edge\" attr.name=\"weight\" attr.type=\"string\"/>\n";

/* names of places have no blanks, but anything else that can be printed */
static void escaped(struct tc_out *o, const char *s)
{
    for (; *s; s++) {
        if (*s == '&')
            tc_out_puts(o, "&amp;");
        else if (*s == '<')
            tc_out_puts(o, "&lt;");
        else if (*s == '>')
            tc_out_puts(o, "&gt;");
        else
            tc_out_char(o, *s);
    }
}

static void data(struct tc_out *o, const char *key)
{
    tc_out_puts(o, "<data key=\"");
    tc_out_puts(o, key);
    tc_out_puts(o, "\">");
}

static void edge(struct tc_out *o, const struct tc_labels *l, tc_wire from)
{
    tc_out_puts(o, "<edge source=\"");
    tc_out_wire(o, l, from);
    tc_out_puts(o, "\" target=\"");
}

static void write_inputs(struct tc_out *o, const struct tc_netlist *nl, const struct tc_labels *l)
{
    for (uint32_t i = 0; i < nl->ninputs; i++) {
        tc_out_puts(o, "<node id=\"");
        tc_out_input(o, l, i);
        tc_out_puts(o, "\"><data key=\"kind\">input</data></node>\n");
    }
}

static void write_outputs(struct tc_out *o, const struct tc_netlist *nl, const struct tc_labels *l)
{
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_puts(o, "<node id=\"");
        tc_out_output(o, l, k);
        tc_out_puts(o, "\"><data key=\"kind\">output</data></node>\n");
        edge(o, l, nl->output[k]);
        tc_out_output(o, l, k);
        tc_out_puts(o, "\"/>\n");
    }
}

static void write_gate(struct tc_out *o, const struct tc_labels *l, const struct tc_sum *s,
                       tc_wire gate, const char *place, unsigned level, mpz_srcptr bound)
{
    tc_out_puts(o, "<node id=\"");
    tc_out_wire(o, l, gate);
    tc_out_puts(o, "\"><data key=\"kind\">gate</data>");
    if (place) {
        data(o, "place");
        escaped(o, place);
        tc_out_puts(o, "</data>");
    }
    data(o, "level");
    tc_out_unsigned(o, level);
    tc_out_puts(o, "</data>");
    data(o, "threshold");
    tc_out_mpz(o, bound);
    tc_out_puts(o, "</data></node>\n");
    for (size_t i = 0; i < s->n; i++) {
        edge(o, l, s->var[i]);
        tc_out_wire(o, l, gate);
        tc_out_puts(o, "\">");
        data(o, "weight");
        tc_out_mpz(o, s->weight[i]);
        tc_out_puts(o, "</data></edge>\n");
    }
}

bool tc_write_graphml(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                      struct tc_error *err)
{
    uint32_t *level = tc_netlist_levels(nl);
    const char *place = NULL;
    struct tc_labels l;
    struct tc_sum s = {0};
    struct tc_out o;
    unsigned p = 0;
    mpz_t bound;

    (void)err;
    mpz_init(bound);
    tc_out_open(&o, f);
    tc_labels_open(&l, nl, x, false);
    tc_progress_start("writing gates", nl->ngates);
    tc_out_puts(&o, head);
    tc_out_puts(&o, "<graph id=\"");
    tc_out_puts(&o, l.model);
    tc_out_puts(&o, "\" edgedefault=\"directed\">\n");
    write_inputs(&o, nl, &l);
    for (uint32_t r = 0; !o.failed && r < nl->nrows; r++) {
        tc_sum_row(&s, nl, r);
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
            tc_wire w = nl->ninputs + g;

            for (; p < nl->nplace && nl->place[p].first <= w; p++)
                if (nl->place[p].level)
                    place = nl->place[p].name;
            tc_weight_get(nl, nl->bound[g], bound);
            write_gate(&o, &l, &s, w, place, level[w], bound);
        }
        tc_progress_tick(nl->gate[r + 1]);
    }
    write_outputs(&o, nl, &l);
    tc_out_puts(&o, "</graph>\n</graphml>\n");
    tc_progress_end();
    tc_labels_close(&l);
    tc_sum_free(&s);
    mpz_clear(bound);
    free(level);
    return tc_out_close(&o);
}
