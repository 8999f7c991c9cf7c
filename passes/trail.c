/* trail.c -- what passes say of what they do, written down: see trail.h
 *
 * Gates are there once, so that a netlist that is read again is found again gate by gate, whatever
 * order and numbers it was given in between. */
#include "trail.h"

#include <stdlib.h>
#include <string.h>

#define MOST_EDGES ((uint64_t)1 << 27) /* beyond them no more is written */

struct tc_trail *tc_trail_new(const struct tc_netlist *nl)
{
    struct tc_trail *t;

    if ((uint64_t)nl->ninputs + nl->ngates >= TC_NET_WIRES)
        return NULL;
    t = tc_xcalloc(1, sizeof *t);
    t->net = tc_net_new(nl, true);
    tc_net_sum_init(&t->sum);
    return t;
}

void tc_trail_free(struct tc_trail *t)
{
    if (!t)
        return;
    tc_net_free(t->net);
    tc_net_sum_free(&t->sum);
    free(t->claim);
    free(t);
}

static bool is_full(struct tc_trail *t)
{
    t->full = t->full || t->net->nedges > MOST_EDGES || t->net->ngates > TC_NET_WIRES / 2;
    return t->full;
}

tc_lit *tc_trail_enter(struct tc_trail *t, const struct tc_net *net)
{
    tc_lit *as;
    uint32_t *row;

    if (!t)
        return NULL;
    as = tc_xcalloc((size_t)net->ninputs + net->ngates + 1, sizeof *as);
    row = tc_xcalloc((size_t)net->nrows + 1, sizeof *row);
    for (uint32_t i = 0; i < net->ninputs; i++)
        as[i] = 2 * i;
    for (uint32_t g = 0; g < net->ngates; g++)
        as[net->ninputs + g] =
            is_full(t) ? TC_LIT_0 : tc_net_copy_gate(t->net, net, as, g, row, &t->sum);
    free(row);
    return as;
}

tc_lit tc_trail_gate(struct tc_trail *t, const struct tc_net_sum *s, const tc_lit *as)
{
    if (!t || is_full(t))
        return TC_LIT_0;
    tc_net_sum_clear(&t->sum);
    mpz_set(t->sum.bound, s->bound);
    for (size_t k = 0; k < s->n; k++)
        tc_net_sum_add(&t->sum, as ? as[s->part[k].source] : 2 * s->part[k].source,
                       s->part[k].weight);
    return tc_net_gate_of(t->net, &t->sum);
}

tc_lit tc_trail_gate_of(struct tc_trail *t, const struct tc_net *net, uint32_t gate,
                        const tc_lit *as)
{
    const struct tc_net_row *row = &net->row[net->gate[gate].row];

    if (!t || is_full(t))
        return TC_LIT_0;
    tc_net_sum_clear(&t->sum);
    tc_weight_get(net->num, net->gate[gate].bound, t->sum.bound);
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        tc_weight_get(net->num, net->weight[e], t->sum.hi);
        tc_net_sum_add(&t->sum, as[net->source[e]], t->sum.hi);
    }
    return tc_net_gate_of(t->net, &t->sum);
}

static void put_claim(struct tc_trail *t, tc_lit a, tc_lit b, uint32_t base)
{
    if (t->n == t->room) {
        t->room = 2 * t->room + 256;
        t->claim = tc_xrealloc(t->claim, t->room, sizeof *t->claim);
    }
    t->claim[t->n++] = (struct tc_claim){a, b, base, TC_LIT_0};
}

void tc_trail_claim(struct tc_trail *t, tc_lit a, tc_lit b, uint32_t base)
{
    if (t && a != b && !is_full(t))
        put_claim(t, a, b, base);
}

void tc_trail_claim_cut(struct tc_trail *t, tc_lit a, tc_lit b, uint32_t base, const tc_lit *leaf,
                        unsigned n)
{
    if (!t || is_full(t))
        return;
    put_claim(t, a, b, base);
    tc_net_sum_clear(&t->sum); /* any gate that reads them all */
    mpz_set_ui(t->sum.bound, 1);
    for (unsigned k = 0; k < n; k++)
        if (leaf[k] < TC_LIT_0)
            tc_net_sum_add_si(&t->sum, leaf[k] & ~(tc_lit)1, (int64_t)k + 1);
    t->claim[t->n - 1].cut = tc_net_gate_of(t->net, &t->sum);
}

void tc_trail_open(struct tc_trail_note *note, struct tc_trail *t, const struct tc_net *net)
{
    *note = (struct tc_trail_note){.trail = t, .was = tc_trail_enter(t, net)};
    note->base = tc_trail_wires(t);
}

void tc_trail_close(struct tc_trail_note *note)
{
    free(note->was);
    free(note->as);
}

void tc_trail_follow(struct tc_trail_note *note, const struct tc_net *made)
{
    uint32_t wires = made->ninputs + made->ngates;

    if (!note->trail)
        return;
    if (wires > note->room) {
        note->room = 2 * wires;
        note->as = tc_xrealloc(note->as, note->room, sizeof *note->as);
    }
    for (; note->n < made->ninputs; note->n++)
        note->as[note->n] = 2 * note->n;
    for (; note->n < wires; note->n++)
        note->as[note->n] = tc_trail_gate_of(note->trail, made, note->n - made->ninputs, note->as);
}

void tc_trail_same(struct tc_trail_note *note, tc_lit made, tc_lit same)
{
    if (note->trail)
        tc_trail_claim(note->trail, made < TC_LIT_0 ? note->as[made >> 1] ^ (made & 1) : made, same,
                       note->base);
}

uint32_t tc_trail_wires(const struct tc_trail *t)
{
    return t ? t->net->ninputs + t->net->ngates : 0;
}

size_t tc_trail_claims(const struct tc_trail *t)
{
    return t ? t->n : 0;
}

void tc_trail_forget(struct tc_trail *t, size_t from, size_t to)
{
    if (!t || from == to)
        return;
    memmove(&t->claim[from], &t->claim[to], (t->n - to) * sizeof *t->claim);
    t->n -= to - from;
}
