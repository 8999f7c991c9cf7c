/* net_choice.c -- which cut each wire of a netlist is made of
 *
 * The choice begins with area flow and goes on with exact areas: what a wire would add, or leave
 * over, given what all others are made of.  For least depth all that within the time that is left
 * to each wire.
 *
 * Time linear in gates times cuts kept; memory about 100 B a cut.
 * source  as net_cuts.c */
#include "net_choice.h"

#include <stdlib.h>
#include <string.h>

#define CUTS    16 /* per gate */
#define ROUNDS  4
#define DEEPEST 50000 /* levels, up to which exact areas are found by recursion */

static struct tc_cut *cut_of(const struct tc_choice *c, uint32_t g, unsigned k)
{
    return &c->cuts->cut[(size_t)g * c->cuts->per_gate + k];
}

static uint32_t need(struct tc_choice *c, tc_wire w);
static uint32_t spare(struct tc_choice *c, tc_wire w);

static uint32_t count_sources(struct tc_choice *c, uint32_t g,
                              uint32_t (*f)(struct tc_choice *, tc_wire))
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[g].row];
    uint32_t area = 1;

    for (uint64_t e = row->first; e < row->first + row->n; e++)
        area += f(c, c->net->source[e]);
    return area;
}

/* all that a gate reads, in it and in the chain that it goes on from; it is of step or of units */
static uint32_t need_chain(struct tc_choice *c, const struct tc_cut *cut)
{
    uint32_t area = 0;

    for (unsigned i = 0; i < cut->n; i++)
        if (cut->kind != TC_CUT_STEP || i != cut->through)
            area += need(c, cut->leaf[i]);
    if (cut->kind == TC_CUT_STEP && !c->goes_on[cut->leaf[cut->through]]++)
        area += need_chain(c, tc_choice_chain(c, cut));
    return area;
}

static uint32_t spare_chain(struct tc_choice *c, const struct tc_cut *cut)
{
    uint32_t area = 0;

    for (unsigned i = 0; i < cut->n; i++)
        if (cut->kind != TC_CUT_STEP || i != cut->through)
            area += spare(c, cut->leaf[i]);
    if (cut->kind == TC_CUT_STEP && !--c->goes_on[cut->leaf[cut->through]])
        area += spare_chain(c, tc_choice_chain(c, cut));
    return area;
}

/* takes what a cut needs into use: the gates that are new */
static uint32_t need_cut(struct tc_choice *c, uint32_t g, const struct tc_cut *cut)
{
    uint32_t area = 0;

    if (cut->kind == TC_CUT_OWN)
        return count_sources(c, g, need);
    if (cut->kind == TC_CUT_STEP)
        return 1 + need_chain(c, cut);
    if (cut->kind != TC_CUT_UNITS) {
        for (unsigned i = 0; i < cut->n; i++)
            area += need(c, cut->leaf[i]);
        return area;
    }
    for (unsigned p = 0; p < cut->npiece; p++) {
        struct tc_unit *u = &c->cuts->unit[c->cuts->piece[cut->piece + p].unit];

        if (u->refs++)
            continue;
        area += u->n > 1;
        for (unsigned i = 0; i < u->n; i++)
            area += need(c, u->leaf[i]);
    }
    return area;
}

/* the reverse: the gates that are left over */
static uint32_t spare_cut(struct tc_choice *c, uint32_t g, const struct tc_cut *cut)
{
    uint32_t area = 0;

    if (cut->kind == TC_CUT_OWN)
        return count_sources(c, g, spare);
    if (cut->kind == TC_CUT_STEP)
        return 1 + spare_chain(c, cut);
    if (cut->kind != TC_CUT_UNITS) {
        for (unsigned i = 0; i < cut->n; i++)
            area += spare(c, cut->leaf[i]);
        return area;
    }
    for (unsigned p = 0; p < cut->npiece; p++) {
        struct tc_unit *u = &c->cuts->unit[c->cuts->piece[cut->piece + p].unit];

        if (--u->refs)
            continue;
        area += u->n > 1;
        for (unsigned i = 0; i < u->n; i++)
            area += spare(c, u->leaf[i]);
    }
    return area;
}

static uint32_t need(struct tc_choice *c, tc_wire w)
{
    uint32_t g = w - c->net->ninputs;

    if (c->refs[w]++ || w < c->net->ninputs)
        return 0;
    return need_cut(c, g, cut_of(c, g, c->best[g]));
}

static uint32_t spare(struct tc_choice *c, tc_wire w)
{
    uint32_t g = w - c->net->ninputs;

    if (--c->refs[w] || w < c->net->ninputs)
        return 0;
    return spare_cut(c, g, cut_of(c, g, c->best[g]));
}

/* when a cut arrives, with the arrivals that now are */
static uint32_t arrival(const struct tc_choice *c, uint32_t g, const struct tc_cut *cut)
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[g].row];
    uint32_t last = 0;

    if (cut->kind == TC_CUT_OWN) {
        for (uint64_t e = row->first; e < row->first + row->n; e++) {
            uint32_t a = c->cuts->arrival[c->net->source[e]];

            last = a > last ? a : last;
        }
        return last + 1;
    }
    for (unsigned i = 0; i < cut->n; i++) {
        uint32_t a = c->cuts->arrival[cut->leaf[i]];

        if (cut->kind == TC_CUT_STEP)
            a = i == cut->through ? c->cuts->late[cut->leaf[i]] : a + 1;
        last = a > last ? a : last;
    }
    return last + (cut->kind == TC_CUT_UNITS);
}

/* a wire's arrivals, its chain's among them */
static void arrive(struct tc_choice *c, uint32_t g)
{
    tc_wire w = c->net->ninputs + g;

    if (c->cuts->chain[g].kind != TC_CUT_NONE)
        c->cuts->late[w] = arrival(c, g, &c->cuts->chain[g]);
    c->cuts->arrival[w] = arrival(c, g, cut_of(c, g, c->best[g]));
}

/* an output costs a gate, and a level, where its wire is not one */
static uint32_t at_output(const struct tc_choice *c, tc_wire w, const struct tc_cut *cut)
{
    return c->wanted[w] && !cut->pure;
}

/* the cut that was best when cuts were made */
static void first_choice(struct tc_choice *c)
{
    for (uint32_t g = 0; g < c->net->ngates; g++) {
        tc_wire w = c->net->ninputs + g;
        uint32_t least = UINT32_MAX;
        float flow = 0;

        for (unsigned k = 0; k < c->cuts->count[g]; k++) {
            const struct tc_cut *cut = cut_of(c, g, k);
            uint32_t a = c->depth ? arrival(c, g, cut) + at_output(c, w, cut) : 0;
            float f = cut->flow + (float)at_output(c, w, cut);

            if (cut->kind == TC_CUT_NONE)
                continue;
            if (a > least || (a == least && f >= flow))
                continue;
            least = a;
            flow = f;
            c->best[g] = (uint16_t)k;
        }
        arrive(c, g);
    }
}

static void tighten(struct tc_choice *c, tc_wire w, uint32_t level)
{
    if (level < c->required[w])
        c->required[w] = level;
}

/* a cut of step or of units that is to be there by a level */
static void tighten_cut(struct tc_choice *c, const struct tc_cut *cut, uint32_t level)
{
    for (unsigned i = 0; i < cut->n; i++) {
        tc_wire w = cut->leaf[i];

        if (cut->kind != TC_CUT_STEP || i != cut->through)
            tighten(c, w, level - 1);
        else if (level < c->by[w])
            c->by[w] = level;
    }
}

/* the level by which each wire must be there, so that no output is later than the last */
static void require(struct tc_choice *c)
{
    uint32_t last = 0;

    for (tc_wire w = 0; w < c->net->ninputs + c->net->ngates; w++)
        c->required[w] = c->by[w] = UINT32_MAX;
    for (uint32_t o = 0; o < c->net->noutputs; o++) {
        tc_wire w = c->net->output[o] >> 1;
        uint32_t a;

        if (c->net->output[o] >= TC_LIT_0 || w < c->net->ninputs)
            continue;
        a = c->cuts->arrival[w] +
            at_output(c, w, cut_of(c, w - c->net->ninputs, c->best[w - c->net->ninputs]));
        last = a > last ? a : last;
    }
    for (uint32_t o = 0; o < c->net->noutputs; o++)
        if (c->net->output[o] < TC_LIT_0)
            tighten(c, c->net->output[o] >> 1, last);
    for (uint32_t g = c->net->ngates; g-- > 0;) {
        const struct tc_net_row *row = &c->net->row[c->net->gate[g].row];
        const struct tc_cut *cut = cut_of(c, g, c->best[g]);
        tc_wire w = c->net->ninputs + g;
        uint32_t r = c->required[w];

        if (c->by[w] != UINT32_MAX)
            tighten_cut(c, &c->cuts->chain[g], c->by[w]);
        if (!c->refs[w] || r == UINT32_MAX)
            continue;
        if (cut->kind == TC_CUT_STEP)
            tighten_cut(c, cut, r);
        else if (cut->kind == TC_CUT_OWN)
            for (uint64_t e = row->first; e < row->first + row->n; e++)
                tighten(c, c->net->source[e], r - 1);
        else
            for (unsigned i = 0; i < cut->n; i++)
                tighten(c, cut->leaf[i], r - (cut->kind == TC_CUT_UNITS) - at_output(c, w, cut));
    }
}

/* one round over all wires in use: the cut that costs the fewest gates, in time */
static void improve(struct tc_choice *c)
{
    if (c->depth)
        require(c);
    for (uint32_t g = 0; g < c->net->ngates; g++) {
        tc_wire w = c->net->ninputs + g;
        uint32_t least = UINT32_MAX, early = 0;
        unsigned best = c->best[g];

        arrive(c, g);
        if (!c->refs[w])
            continue;
        spare_cut(c, g, cut_of(c, g, best));
        for (unsigned k = 0; k < c->cuts->count[g]; k++) {
            const struct tc_cut *cut = cut_of(c, g, k);
            uint32_t a, area;

            if (cut->kind == TC_CUT_NONE)
                continue;
            a = arrival(c, g, cut);
            if (c->depth && a + at_output(c, w, cut) > c->required[w])
                continue;
            area = need_cut(c, g, cut) + at_output(c, w, cut);
            spare_cut(c, g, cut);
            if (area > least || (area == least && a >= early))
                continue;
            least = area;
            early = a;
            best = k;
        }
        c->best[g] = (uint16_t)best;
        need_cut(c, g, cut_of(c, g, best));
        c->cuts->arrival[w] = arrival(c, g, cut_of(c, g, best));
    }
}

static void choose(struct tc_choice *c)
{
    uint32_t deepest = 0;

    for (uint32_t o = 0; o < c->net->noutputs; o++)
        if (c->net->output[o] < TC_LIT_0)
            c->wanted[c->net->output[o] >> 1] = 1;
    first_choice(c);
    for (uint32_t g = 0; g < c->net->ngates; g++)
        deepest = c->net->gate[g].level > deepest ? c->net->gate[g].level : deepest;
    for (uint32_t o = 0; deepest <= DEEPEST && o < c->net->noutputs; o++)
        if (c->net->output[o] < TC_LIT_0)
            need(c, c->net->output[o] >> 1);
    for (unsigned k = 0; deepest <= DEEPEST && k < ROUNDS; k++)
        improve(c);
}

static void reach_cut(struct tc_choice *c, const struct tc_cut *cut)
{
    for (unsigned i = 0; i < cut->n; i++)
        if (cut->kind == TC_CUT_STEP && i == cut->through)
            c->goes_on[cut->leaf[i]]++;
        else
            c->refs[cut->leaf[i]]++;
}

/* which wires are needed, where exact areas did not say */
static void reach(struct tc_choice *c)
{
    for (uint32_t o = 0; o < c->net->noutputs; o++)
        if (c->net->output[o] < TC_LIT_0)
            c->refs[c->net->output[o] >> 1]++;
    for (uint32_t g = c->net->ngates; g-- > 0;) {
        const struct tc_net_row *row = &c->net->row[c->net->gate[g].row];
        const struct tc_cut *cut = cut_of(c, g, c->best[g]);

        if (c->goes_on[c->net->ninputs + g])
            reach_cut(c, &c->cuts->chain[g]);
        if (!c->refs[c->net->ninputs + g])
            continue;
        for (uint64_t e = row->first; cut->kind == TC_CUT_OWN && e < row->first + row->n; e++)
            c->refs[c->net->source[e]]++;
        reach_cut(c, cut);
    }
}

void tc_choice_open(struct tc_choice *c, const struct tc_net *net, bool depth)
{
    size_t wires = (size_t)net->ninputs + net->ngates + 1;
    uint64_t per_gate = ((uint64_t)1 << 24) / (net->ngates + 1);

    *c = (struct tc_choice){.net = net, .depth = depth};
    c->cuts = tc_cuts_new(net, depth,
                          per_gate < 2      ? 2
                          : per_gate > CUTS ? CUTS
                                            : (unsigned)per_gate);
    c->best = tc_xcalloc((size_t)net->ngates + 1, sizeof *c->best);
    c->refs = tc_xcalloc(wires, sizeof *c->refs);
    c->goes_on = tc_xcalloc(wires, sizeof *c->goes_on);
    c->required = tc_xcalloc(wires, sizeof *c->required);
    c->by = tc_xcalloc(wires, sizeof *c->by);
    c->wanted = tc_xcalloc(wires, sizeof *c->wanted);
    choose(c);
    memset(c->refs, 0, (wires - 1) * sizeof *c->refs);
    memset(c->goes_on, 0, (wires - 1) * sizeof *c->goes_on);
    reach(c);
}

void tc_choice_close(struct tc_choice *c)
{
    tc_cuts_free(c->cuts);
    free(c->best);
    free(c->refs);
    free(c->goes_on);
    free(c->required);
    free(c->by);
    free(c->wanted);
}

const struct tc_cut *tc_choice_cut(const struct tc_choice *c, uint32_t gate)
{
    return cut_of(c, gate, c->best[gate]);
}

const struct tc_cut *tc_choice_chain(const struct tc_choice *c, const struct tc_cut *step)
{
    return &c->cuts->chain[step->leaf[step->through] - c->net->ninputs];
}
