/* miter.c -- both netlists and what compares them as one netlist, for a second opinion
 *
 * Nothing of the joining and sweeping of equal.c is used: gates are copied as they are,
 * outputs x and y compared by two gates, z = [x + y >= 2] and [x + y - 2 z >= 1]. */
#include "equal.h"

#include <stdlib.h>
#include <string.h>

struct growing {
    struct tc_netlist *nl;
    uint64_t edge_room;
    uint32_t row_room, gate_room;
};

static void add_edge(struct growing *m, tc_wire source, mpz_srcptr weight)
{
    struct tc_netlist *nl = m->nl;

    if (nl->nedges == m->edge_room) {
        m->edge_room += m->edge_room / 2 + 64;
        nl->source = tc_xrealloc(nl->source, m->edge_room, sizeof *nl->source);
        nl->weight = tc_xrealloc(nl->weight, m->edge_room, sizeof *nl->weight);
    }
    nl->source[nl->nedges] = source;
    nl->weight[nl->nedges++] = tc_weight_put(nl, weight);
}

static void add_edge_si(struct growing *m, tc_wire source, long weight)
{
    mpz_t w;

    mpz_init_set_si(w, weight);
    add_edge(m, source, w);
    mpz_clear(w);
}

static void add_gate(struct growing *m, mpz_srcptr bound)
{
    struct tc_netlist *nl = m->nl;

    if (nl->ngates == m->gate_room) {
        m->gate_room += m->gate_room / 2 + 64;
        nl->bound = tc_xrealloc(nl->bound, m->gate_room, sizeof *nl->bound);
    }
    nl->bound[nl->ngates++] = tc_weight_put(nl, bound);
}

/* the edges and gates since the last row are one; the wire of its last gate */
static tc_wire end_row(struct growing *m)
{
    struct tc_netlist *nl = m->nl;

    if (nl->nrows + 2 > m->row_room) {
        m->row_room += m->row_room / 2 + 64;
        nl->first = tc_xrealloc(nl->first, m->row_room, sizeof *nl->first);
        nl->gate = tc_xrealloc(nl->gate, m->row_room, sizeof *nl->gate);
    }
    nl->nrows++;
    nl->first[nl->nrows] = nl->nedges;
    nl->gate[nl->nrows] = nl->ngates;
    return nl->ninputs + nl->ngates - 1;
}

static tc_wire end_gate(struct growing *m, long bound)
{
    mpz_t t;

    mpz_init_set_si(t, bound);
    add_gate(m, t);
    mpz_clear(t);
    return end_row(m);
}

/* the gates of a netlist; wires of its outputs, malloc'ed */
static tc_wire *copy(struct growing *m, const struct tc_netlist *nl)
{
    uint32_t shift = m->nl->ngates;
    tc_wire *out = tc_xcalloc(nl->noutputs + (size_t)1, sizeof *out);
    mpz_t z;

    mpz_init(z);
    for (uint32_t r = 0; r < nl->nrows; r++) {
        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
            tc_weight_get(nl, nl->weight[e], z);
            add_edge(m, nl->source[e] + (nl->source[e] < nl->ninputs ? 0 : shift), z);
        }
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
            tc_weight_get(nl, nl->bound[g], z);
            add_gate(m, z);
        }
        end_row(m);
    }
    for (uint32_t k = 0; k < nl->noutputs; k++)
        out[k] = nl->output[k] + (nl->output[k] < nl->ninputs ? 0 : shift);
    mpz_clear(z);
    return out;
}

static tc_wire differ(struct growing *m, tc_wire x, tc_wire y)
{
    tc_wire both;

    add_edge_si(m, x, 1);
    add_edge_si(m, y, 1);
    both = end_gate(m, 2);
    add_edge_si(m, x, 1);
    add_edge_si(m, y, 1);
    add_edge_si(m, both, -2);
    return end_gate(m, 1);
}

struct tc_netlist *tc_miter(const struct tc_netlist *a, const struct tc_netlist *b,
                            const struct tc_netlist *domain, struct tc_error *err)
{
    struct growing m = {.nl = tc_netlist_new()};
    uint64_t gates = (uint64_t)a->ngates + b->ngates + 2 * (uint64_t)a->noutputs + a->ninputs +
                     (domain ? domain->ngates : 0);
    uint32_t n = a->noutputs, nd = domain ? domain->noutputs : 0;
    tc_wire *x, *y, *d, any;

    if (gates > (uint32_t)1 << 31) {
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "more than 2^31 gates in both circuits");
        tc_netlist_free(m.nl);
        return NULL;
    }
    m.nl->ninputs = a->ninputs;
    x = copy(&m, a);
    y = copy(&m, b);
    d = domain ? copy(&m, domain) : tc_xcalloc(1, sizeof *d);
    for (uint32_t k = 0; k < n; k++)
        x[k] = differ(&m, x[k], y[k]);
    for (uint32_t k = 0; k < n; k++)
        add_edge_si(&m, x[k], 1);
    any = end_gate(&m, 1);
    add_edge_si(&m, any, 1);
    for (uint32_t k = 0; k < nd; k++)
        add_edge_si(&m, d[k], 1);
    any = end_gate(&m, (long)nd + 1);
    m.nl->output = tc_xcalloc(1, sizeof *m.nl->output);
    m.nl->output[0] = any;
    m.nl->noutputs = 1;
    free(x);
    free(y);
    free(d);
    return m.nl;
}

/* Variable w + 1 of the constraints is wire w. */
static void take_witness(const struct tc_solution *s, uint32_t ninputs, unsigned char **witness)
{
    *witness = tc_xcalloc(ninputs + (size_t)1, 1);
    for (uint32_t i = 0; i < ninputs; i++)
        (*witness)[i] = i + (size_t)1 <= s->nvar && s->value[i + 1];
}

bool tc_second_opinion(const struct tc_netlist *a, const struct tc_netlist *b,
                       const struct tc_netlist *domain, double seconds, enum tc_second *second,
                       unsigned char **witness, struct tc_error *err)
{
    struct tc_export goal = {.name = "miter", .goal = true};
    struct tc_solution s;
    struct tc_netlist *m;
    FILE *opb;
    bool ok;

    *witness = NULL;
    *second = TC_SECOND_MISSING;
    if (!tc_solver_there("clasp"))
        return true;
    m = tc_miter(a, b, domain, err);
    if (!m)
        return false;
    *second = TC_SECOND_TOO_LARGE;
    if (tc_opb_bits(m) > 31) {
        tc_netlist_free(m);
        return true;
    }
    opb = tc_memory_file("constraints");
    err->kind = 0;
    ok = tc_write_opb(opb, m, &goal, err);
    tc_netlist_free(m);
    if (ok) {
        tc_solve_opb(opb, seconds, &s);
        *second = s.answer == TC_UNSATISFIABLE ? TC_SECOND_AGREES
                  : s.answer == TC_SATISFIABLE ? TC_SECOND_DIFFERS
                                               : TC_SECOND_NONE;
        if (s.answer == TC_SATISFIABLE)
            take_witness(&s, a->ninputs, witness);
        free(s.value);
    } else if (!err->kind) {
        tc_fail(err, TC_EIO, (struct tc_loc){0}, "the constraints cannot be written");
    }
    fclose(opb);
    return ok;
}
