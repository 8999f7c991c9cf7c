/* net_lists.c -- wires that are decision lists or comparisons, as one gate each
 *
 * requires fewer than 2^30 wires; depth and gates fewer or equal; wires and weights may grow
 *
 * "If l_1 then c_1, else if l_2 then c_2, ..., else c", with literals l_i of inputs, is a
 * threshold function: seen from the end, each l_i has a weight that outweighs all after it.  The
 * highest one of a priority encoder's inputs decides each bit of its number, so each is a gate.
 * Likewise a step that two inputs decide: both 1 is one result, both 0 the other, and if they
 * differ the rest decides; or, with one of them complemented, unequal ones decide.  So carries
 * and comparisons of numbers are lists.
 *
 * The list is read off the output's binary decision diagram from its root on: a diagram says
 * exactly which functions are constant or equal.  Five orders of inputs are tried: in which they
 * decide random vectors (net_order.c), as the output's gates read them, depth first, and as they
 * are numbered, both also backwards.  What has no small diagram in any of them, or tests what
 * decides too late, is not found.
 *
 * The pass looks at outputs; tc_net_lists_within at all wires, from the inputs on, but those that
 * read one whose diagram is too large.  Of the lists those are taken that others do not need
 * already: that is a matter of luck, as a part that was shared may be made twice, and so net_best.c
 * tries it.
 *
 * source  decision lists: Rivest 1987; as threshold functions: Anthony, Discrete Mathematics of
 * Neural Networks, 2001, chapter 3; diagrams: Bryant 1986 */
#include "net_lists.h"

#include <stdlib.h>

#define LARGE  ((uint32_t)1 << 21) /* gates, of which none are looked at */
#define WITHIN ((uint32_t)1 << 12) /* nodes of a diagram within a circuit */
#define WORK   ((uint64_t)1 << 22) /* for all outputs */

struct lists {
    struct tc_lists *find;
    bool *list; /* per wire: to be made as a list */
};

static const struct tc_net_row *row_of(const struct tc_net *net, tc_wire w)
{
    return &net->row[net->gate[w - net->ninputs].row];
}

static bool is_list(struct lists *l, tc_wire w)
{
    return tc_lists_cone(l->find, w) && tc_lists_find(l->find, 0);
}

/* of outputs that are lists, their gates; they come where they were */
static bool make_list(void *ctx, struct tc_net *to, const tc_lit *lit, tc_wire w,
                      struct tc_net_sum *sum, tc_lit *made)
{
    struct lists *l = ctx;

    (void)lit; /* of inputs, which are the same here */
    if (!l->list[w] || !is_list(l, w))
        return false;
    *made = tc_lists_gate(l->find, to, sum);
    return true;
}

static struct lists open_lists(const struct tc_net *net)
{
    return (struct lists){tc_lists_open(net, WORK),
                          tc_xcalloc((size_t)net->ninputs + net->ngates + 1, sizeof(bool))};
}

/* the netlist with its lists as gates; all is freed */
static struct tc_netlist *finish(struct tc_netlist *nl, struct tc_net *net, struct lists *l,
                                 bool any, struct tc_trail *trail)
{
    struct tc_netlist *made = nl;

    if (any) {
        l->find->work = 0;
        made = tc_net_rebuild(net, trail, make_list, l);
    }
    tc_lists_close(l->find);
    free(l->list);
    tc_net_free(net);
    return made;
}

struct tc_netlist *tc_net_lists(struct tc_netlist *nl, const struct tc_pass_options *options,
                                struct tc_error *err)
{
    struct tc_net *net = nl->ngates > LARGE ? NULL : tc_net_read(nl, true, err);
    struct lists l;
    bool any = false;

    if (!net)
        return nl->ngates > LARGE ? nl : NULL;
    l = open_lists(net);
    for (uint32_t o = 0; o < net->noutputs && l.find->work < WORK; o++) {
        tc_lit lit = net->output[o];

        if (lit < TC_LIT_0 && tc_net_level(net, lit >> 1) > 1 && !l.list[lit >> 1])
            any = (l.list[lit >> 1] = is_list(&l, lit >> 1)) || any;
    }
    return finish(nl, net, &l, any, options->trail);
}

/* lists that outputs need, where lists need inputs alone; whether there are any */
static bool wanted_lists(struct lists *l)
{
    const struct tc_net *net = l->find->net;
    bool *wanted = tc_xcalloc((size_t)net->ninputs + net->ngates + 1, sizeof *wanted), any = false;

    for (uint32_t o = 0; o < net->noutputs; o++)
        if (net->output[o] < TC_LIT_0)
            wanted[net->output[o] >> 1] = true;
    for (tc_wire w = net->ninputs + net->ngates; w-- > net->ninputs;) {
        const struct tc_net_row *row = row_of(net, w);

        l->list[w] = l->list[w] && wanted[w];
        any = any || l->list[w];
        for (uint64_t e = row->first; wanted[w] && !l->list[w] && e < row->first + row->n; e++)
            wanted[net->source[e]] = true;
    }
    free(wanted);
    return any;
}

struct tc_netlist *tc_net_lists_within(struct tc_netlist *nl, const struct tc_pass_options *options,
                                       struct tc_error *err)
{
    struct tc_net *net = tc_net_read(nl, true, err);
    struct lists l;
    bool *large;

    if (!net)
        return NULL;
    l = open_lists(net);
    l.find->most = WITHIN;
    large = tc_xcalloc((size_t)net->ninputs + net->ngates + 1, sizeof *large);
    for (tc_wire w = net->ninputs; w < net->ninputs + net->ngates && l.find->work < WORK; w++) {
        const struct tc_net_row *row = row_of(net, w);

        for (uint64_t e = row->first; e < row->first + row->n; e++)
            large[w] = large[w] || large[net->source[e]];
        if (large[w] || row->level == 1)
            continue;
        l.list[w] = is_list(&l, w);
        large[w] = l.find->failed;
    }
    free(large);
    return finish(nl, net, &l, wanted_lists(&l), options->trail);
}
