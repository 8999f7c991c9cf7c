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
 * exactly which functions are constant or equal.  Four orders of inputs are tried: as the output's
 * gates read them, depth first, and as they are numbered, both also backwards.  What has no small
 * diagram in any of them, or tests what decides too late, is not found.
 *
 * The pass looks at outputs; tc_net_lists_within at all wires, from the inputs on, but those that read one
 * whose diagram is too large.  Of the lists those are taken that others do not need already: that is a
 * matter of luck, as a part that was shared may be made twice, and so net_best.c tries it.
 *
 * source  decision lists: Rivest 1987; as threshold functions: Anthony, Discrete Mathematics of
 * Neural Networks, 2001, chapter 3; diagrams: Bryant 1986 */
#include "net.h"

#include <stdlib.h>
#include <string.h>

#define LARGE       ((uint32_t)1 << 21) /* gates, of which none are looked at */
#define MOST_INPUTS 1024
#define FAN_IN      16                  /* of gates in a diagram */
#define NODES       ((uint32_t)1 << 16) /* of a diagram, with what it is made of */
#define WITHIN      ((uint32_t)1 << 12) /* of one within a circuit */
#define SLOTS       (4 * NODES)
#define WORK        ((uint64_t)1 << 22) /* steps, for all outputs */
#define FAILED      UINT32_MAX

/* nodes 0 and 1 are the constants, at level MOST_INPUTS */
struct node {
    uint32_t level, hi, lo;
};

/* one step of a list: of one input, or of two */
struct item {
    tc_lit a, b; /* b: TC_LIT_0 if there is none */
    bool result; /* if a is 1; of two: if both are 1, and the other if both are 0 */
};

struct lists {
    const struct tc_net *net;
    bool *list;     /* per wire: to be made as a list */
    uint32_t *seen; /* per wire: the cone that it was last seen in */
    uint32_t *node; /* per wire of the cone */
    tc_wire *cone, *stack;
    uint32_t ncone, ninput, stamp, nitem;
    tc_wire input[MOST_INPUTS], order[MOST_INPUTS];
    struct node *made;
    uint32_t nmade;
    uint32_t *unique; /* node plus 1 */
    uint32_t *place;  /* per node: where it is in unique */
    uint32_t run;     /* diagrams made */
    struct memo {
        uint32_t f, g, h, is, run;
    } * memo; /* of ite */
    uint32_t most;    /* nodes of a diagram */
    bool failed;      /* the last wire's diagrams were too large */
    uint64_t work;
    struct item item[MOST_INPUTS];
    bool last; /* what is left behind all items */
};

static const struct tc_net_row *row_of(const struct tc_net *net, tc_wire w)
{
    return &net->row[net->gate[w - net->ninputs].row];
}

/* ------------------------------------------------------------------ diagrams */

static uint32_t hash(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t h = (a * UINT64_C(0x9e3779b97f4a7c15) ^ b) * UINT64_C(0xff51afd7ed558ccd);

    h = (h ^ h >> 32 ^ c) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32) & (SLOTS - 1);
}

static uint32_t make(struct lists *l, uint32_t level, uint32_t hi, uint32_t lo)
{
    uint32_t at = hash(level, hi, lo);

    if (hi == FAILED || lo == FAILED)
        return FAILED;
    if (hi == lo)
        return hi;
    for (; l->unique[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct node *n = &l->made[l->unique[at] - 1];

        if (n->level == level && n->hi == hi && n->lo == lo)
            return l->unique[at] - 1;
    }
    if (l->nmade >= l->most)
        return FAILED;
    l->made[l->nmade] = (struct node){level, hi, lo};
    l->place[l->nmade] = at;
    l->unique[at] = l->nmade + 1;
    return l->nmade++;
}

static uint32_t child(const struct lists *l, uint32_t f, uint32_t level, bool hi)
{
    const struct node *n = &l->made[f];

    return n->level != level ? f : hi ? n->hi : n->lo;
}

/* f ? g : h; as deep as there are inputs */
static uint32_t ite(struct lists *l, uint32_t f, uint32_t g, uint32_t h)
{
    struct memo *m = &l->memo[hash(f, g, h)];
    uint32_t level, hi, is;

    if (f == FAILED || g == FAILED || h == FAILED)
        return FAILED;
    if (f < 2 || g == h)
        return f ? g : h;
    if (g == 1 && h == 0)
        return f;
    if (m->f == f && m->g == g && m->h == h && m->run == l->run)
        return m->is;
    level = l->made[f].level;
    level = l->made[g].level < level ? l->made[g].level : level;
    level = l->made[h].level < level ? l->made[h].level : level;
    if (l->work++ >= WORK)
        return FAILED;
    hi = ite(l, child(l, f, level, true), child(l, g, level, true), child(l, h, level, true));
    is = hi == FAILED ? FAILED
                      : make(l, level, hi,
                             ite(l, child(l, f, level, false), child(l, g, level, false),
                                 child(l, h, level, false)));
    *m = (struct memo){f, g, h, is, l->run};
    return is;
}

/* whether edges k .. of the row reach what is missing */
static uint32_t reach(struct lists *l, const struct tc_net_row *row, uint32_t k, int64_t missing)
{
    int64_t lo = 0, hi = 0, w;

    for (uint32_t e = k; e < row->n; e++) {
        w = l->net->weight[row->first + e];
        lo += w < 0 ? w : 0;
        hi += w > 0 ? w : 0;
    }
    if (missing <= lo || missing > hi)
        return missing <= lo;
    w = l->net->weight[row->first + k];
    return ite(l, l->node[l->net->source[row->first + k]], reach(l, row, k + 1, missing - w),
               reach(l, row, k + 1, missing));
}

/* the diagram of the cone's last gate, for the order */
static uint32_t diagram(struct lists *l)
{
    for (uint32_t f = 2; f < l->nmade; f++)
        l->unique[l->place[f]] = 0;
    l->made[0] = l->made[1] = (struct node){.level = MOST_INPUTS};
    l->nmade = 2;
    l->run++;
    l->work += l->ncone + l->ninput;
    for (uint32_t k = 0; k < l->ninput; k++)
        l->node[l->order[k]] = make(l, k, 1, 0);
    for (uint32_t k = 0; k < l->ncone; k++) {
        tc_wire w = l->cone[k];

        l->node[w] = reach(l, row_of(l->net, w), 0, l->net->gate[w - l->net->ninputs].bound);
        if (l->node[w] == FAILED)
            return FAILED;
    }
    return l->node[l->cone[l->ncone - 1]];
}

/* --------------------------------------------------------------------- cones */

static bool small_gate(const struct tc_net *net, tc_wire w)
{
    const int64_t most = (int64_t)1 << 56;
    const struct tc_net_row *row = row_of(net, w);
    int64_t bound = net->gate[w - net->ninputs].bound;

    if (row->n > FAN_IN || bound >= most || bound <= -most)
        return false;
    for (uint64_t e = row->first; e < row->first + row->n; e++)
        if (net->weight[e] >= most || net->weight[e] <= -most)
            return false;
    return true;
}

static int ascending(const void *a, const void *b)
{
    tc_wire p = *(const tc_wire *)a, q = *(const tc_wire *)b;

    return (p > q) - (p < q);
}

/* the gates, ascending, and inputs that a wire depends on, depth first; false if they are too many
 * or too large */
static bool find_cone(struct lists *l, tc_wire top)
{
    const struct tc_net *net = l->net;
    uint32_t n = 0;

    l->ncone = l->ninput = 0;
    l->stamp++;
    l->seen[top] = l->stamp;
    l->stack[n++] = top;
    while (n) {
        tc_wire w = l->stack[--n];
        const struct tc_net_row *row;

        if (w < net->ninputs) {
            if (l->ninput == MOST_INPUTS)
                return false;
            l->input[l->ninput++] = w;
            continue;
        }
        row = row_of(net, w);
        if (l->work++ >= WORK || !small_gate(net, w))
            return false;
        l->cone[l->ncone++] = w;
        for (uint32_t k = row->n; k-- > 0;) {
            tc_wire source = net->source[row->first + k];

            if (l->seen[source] == l->stamp)
                continue;
            l->seen[source] = l->stamp;
            l->stack[n++] = source;
        }
    }
    qsort(l->cone, l->ncone, sizeof *l->cone, ascending);
    return true;
}

/* --------------------------------------------------------------------- lists */

static tc_lit literal(const struct lists *l, uint32_t level, bool value)
{
    return 2 * l->order[level] + !value;
}

/* The step at the root of f, which tests an input; what is left, or FAILED.  Of one
 * input a constant child is the result; of two, two constant grandchildren that differ. */
static uint32_t step(const struct lists *l, uint32_t f, struct item *item)
{
    const struct node *n = &l->made[f], *hi = &l->made[n->hi], *lo = &l->made[n->lo];

    *item = (struct item){.b = TC_LIT_0};
    if (n->hi < 2 || n->lo < 2) {
        item->a = literal(l, n->level, n->hi < 2);
        item->result = n->hi < 2 ? n->hi : n->lo;
        return n->hi < 2 ? n->lo : n->hi;
    }
    if (hi->level != lo->level)
        return FAILED;
    for (int same = 0; same < 2; same++) { /* whether equal inputs decide */
        uint32_t both = same ? hi->hi : hi->lo, none = same ? lo->lo : lo->hi;
        uint32_t rest = same ? hi->lo : hi->hi;

        if (both > 1 || none > 1 || both == none || rest != (same ? lo->hi : lo->lo))
            continue;
        item->a = literal(l, n->level, true);
        item->b = literal(l, hi->level, same);
        item->result = both;
        return rest;
    }
    return FAILED;
}

static bool read_list(struct lists *l, uint32_t f)
{
    l->nitem = 0;
    while (f > 1 && f != FAILED)
        f = step(l, f, &l->item[l->nitem++]);
    l->last = f == 1;
    return f != FAILED;
}

/* whether a wire is a list, which is then in item */
static bool find_list(struct lists *l, tc_wire top)
{
    bool found = false;

    l->failed = true;
    if (!find_cone(l, top))
        return false;
    for (int order = 0; order < 4 && !found; order++) {
        uint32_t f;

        if (order == 2)
            qsort(l->input, l->ninput, sizeof *l->input, ascending);
        for (uint32_t k = 0; k < l->ninput; k++)
            l->order[k] = l->input[order & 1 ? l->ninput - 1 - k : k];
        f = diagram(l);
        l->failed = l->failed && f == FAILED;
        found = read_list(l, f);
    }
    return found;
}

/* The list's gate, [sum >= 1] in the end: lo and hi are the least and the greatest sum of what
 * is done, from the end. */
static void weigh(const struct lists *l, struct tc_net_sum *sum)
{
    mpz_t lo, hi, w;

    mpz_init_set_ui(lo, l->last);
    mpz_init_set_ui(hi, l->last);
    mpz_init(w);
    tc_net_sum_clear(sum);
    mpz_set_ui(sum->bound, !l->last);
    for (uint32_t k = l->nitem; k-- > 0;) {
        const struct item *i = &l->item[k];
        bool two = i->b != TC_LIT_0;

        mpz_ui_sub(w, 1, lo); /* reaches 1 in spite of lo */
        if (two ? mpz_cmp(w, hi) < 0 : !i->result)
            mpz_set(w, hi); /* comes to 0 in spite of hi */
        if (mpz_sgn(w) <= 0)
            continue;
        if (two || i->result)
            mpz_add(hi, hi, w);
        if (two || !i->result)
            mpz_sub(lo, lo, w);
        if (!i->result)
            mpz_neg(w, w);
        tc_net_sum_add(sum, i->a, w);
        if (two) { /* w (a + b - 1) */
            tc_net_sum_add(sum, i->b, w);
            mpz_add(sum->bound, sum->bound, w);
        }
    }
    mpz_clears(lo, hi, w, NULL);
}

/* of outputs that are lists, their gates; they come where they were */
static bool make_list(void *ctx, struct tc_net *to, const tc_lit *lit, tc_wire w,
                      struct tc_net_sum *sum, tc_lit *made)
{
    struct lists *l = ctx;

    (void)lit; /* of inputs, which are the same here */
    if (!l->list[w] || !find_list(l, w))
        return false;
    weigh(l, sum);
    *made = tc_net_gate_of(to, sum);
    return true;
}

static struct lists *open_lists(const struct tc_net *net)
{
    size_t wires = (size_t)net->ninputs + net->ngates + 1;
    struct lists *l = tc_xcalloc(1, sizeof *l);

    l->net = net;
    l->seen = tc_xcalloc(wires, sizeof *l->seen);
    l->list = tc_xcalloc(wires, sizeof *l->list);
    l->node = tc_xcalloc(wires, sizeof *l->node);
    l->cone = tc_xcalloc(wires, sizeof *l->cone);
    l->stack = tc_xcalloc(wires, sizeof *l->stack);
    l->most = NODES;
    l->made = tc_xcalloc(NODES, sizeof *l->made);
    l->place = tc_xcalloc(NODES, sizeof *l->place);
    l->unique = tc_xcalloc(SLOTS, sizeof *l->unique);
    l->memo = tc_xcalloc(SLOTS, sizeof *l->memo);
    return l;
}

static void close_lists(struct lists *l)
{
    free(l->seen);
    free(l->list);
    free(l->node);
    free(l->cone);
    free(l->stack);
    free(l->made);
    free(l->place);
    free(l->unique);
    free(l->memo);
    free(l);
}

/* the netlist with its lists as gates; all is freed */
static struct tc_netlist *finish(struct tc_netlist *nl, struct tc_net *net, struct lists *l, bool any)
{
    struct tc_netlist *made = nl;

    if (any) {
        l->work = 0;
        made = tc_net_rebuild(net, make_list, l);
    }
    close_lists(l);
    tc_net_free(net);
    return made;
}

struct tc_netlist *tc_net_lists(struct tc_netlist *nl, const struct tc_pass_options *options,
                                struct tc_error *err)
{
    struct tc_net *net = nl->ngates > LARGE ? NULL : tc_net_read(nl, true, err);
    struct lists *l;
    bool any = false;

    (void)options;
    if (!net)
        return nl->ngates > LARGE ? nl : NULL;
    l = open_lists(net);
    for (uint32_t o = 0; o < net->noutputs && l->work < WORK; o++) {
        tc_lit lit = net->output[o];

        if (lit < TC_LIT_0 && tc_net_level(net, lit >> 1) > 1 && !l->list[lit >> 1])
            any = (l->list[lit >> 1] = find_list(l, lit >> 1)) || any;
    }
    return finish(nl, net, l, any);
}

/* lists that outputs need, where lists need inputs alone; whether there are any */
static bool wanted_lists(struct lists *l)
{
    const struct tc_net *net = l->net;
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

struct tc_netlist *tc_net_lists_within(struct tc_netlist *nl, struct tc_error *err)
{
    struct tc_net *net = tc_net_read(nl, true, err);
    struct lists *l;
    bool *large;

    if (!net)
        return NULL;
    l = open_lists(net);
    l->most = WITHIN;
    large = tc_xcalloc((size_t)net->ninputs + net->ngates + 1, sizeof *large);
    for (tc_wire w = net->ninputs; w < net->ninputs + net->ngates && l->work < WORK; w++) {
        const struct tc_net_row *row = row_of(net, w);

        for (uint64_t e = row->first; e < row->first + row->n; e++)
            large[w] = large[w] || large[net->source[e]];
        if (large[w] || row->level == 1)
            continue;
        l->list[w] = find_list(l, w);
        large[w] = l->failed;
    }
    free(large);
    return finish(nl, net, l, wanted_lists(l));
}
