/* net_diagram.c -- decision lists of inputs, read off decision diagrams
 *
 * The diagram says exactly which functions are constant or equal.  Wires that a cone is cut at have
 * given values there, and what then never happens is left out: the list is the wire's function
 * wherever they do have these values.
 *
 * source  diagrams: Bryant 1986; what is left out: Coudert, Berthet, Madre 1989; lists: net_lists.c
 */
#include "net_lists.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS     (4 * TC_LISTS_NODES)
#define FAILED    UINT32_MAX
#define CONSTRAIN (UINT32_MAX - 1) /* in place of a node, in the memo */

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

static uint32_t make(struct tc_lists *l, uint32_t level, uint32_t hi, uint32_t lo)
{
    uint32_t at = hash(level, hi, lo);

    if (hi == FAILED || lo == FAILED)
        return FAILED;
    if (hi == lo)
        return hi;
    for (; l->unique[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct tc_lists_node *n = &l->made[l->unique[at] - 1];

        if (n->level == level && n->hi == hi && n->lo == lo)
            return l->unique[at] - 1;
    }
    if (l->nmade >= l->most)
        return FAILED;
    l->made[l->nmade] = (struct tc_lists_node){level, hi, lo};
    l->place[l->nmade] = at;
    l->unique[at] = l->nmade + 1;
    return l->nmade++;
}

static uint32_t child(const struct tc_lists *l, uint32_t f, uint32_t level, bool hi)
{
    const struct tc_lists_node *n = &l->made[f];

    return n->level != level ? f : hi ? n->hi : n->lo;
}

/* f ? g : h; as deep as there are inputs */
static uint32_t ite(struct tc_lists *l, uint32_t f, uint32_t g, uint32_t h)
{
    struct tc_lists_memo *m = &l->memo[hash(f, g, h)];
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
    if (l->work++ >= l->most_work)
        return FAILED;
    hi = ite(l, child(l, f, level, true), child(l, g, level, true), child(l, h, level, true));
    is = hi == FAILED ? FAILED
                      : make(l, level, hi,
                             ite(l, child(l, f, level, false), child(l, g, level, false),
                                 child(l, h, level, false)));
    *m = (struct tc_lists_memo){f, g, h, is, l->run};
    return is;
}

/* a function that is f where c is 1, and depends on inputs of f alone; mostly it is smaller */
static uint32_t constrain(struct tc_lists *l, uint32_t f, uint32_t c)
{
    struct tc_lists_memo *m = &l->memo[hash(f, c, CONSTRAIN)];
    uint32_t level, one, zero, is;

    if (f == FAILED || c == FAILED || l->work++ >= l->most_work)
        return FAILED;
    if (f < 2 || c < 2)
        return f;
    if (m->f == f && m->g == c && m->h == CONSTRAIN && m->run == l->run)
        return m->is;
    level = l->made[f].level < l->made[c].level ? l->made[f].level : l->made[c].level;
    one = child(l, c, level, true);
    zero = child(l, c, level, false);
    if (l->made[f].level > level)
        is = constrain(l, f, ite(l, one, 1, zero));
    else if (!one)
        is = constrain(l, child(l, f, level, false), zero);
    else if (!zero)
        is = constrain(l, child(l, f, level, true), one);
    else
        is = make(l, level, constrain(l, child(l, f, level, true), one),
                  constrain(l, child(l, f, level, false), zero));
    *m = (struct tc_lists_memo){f, c, CONSTRAIN, is, l->run};
    return is;
}

/* where nothing happens that never does */
static uint32_t may_be(struct tc_lists *l)
{
    uint32_t may = 1;

    for (uint32_t k = 0; k < l->nnever; k++) {
        uint32_t all = 1;

        for (int i = 0; i < 2; i++) {
            tc_lit lit = l->never[k][i];

            if (l->seen[lit >> 1] == l->stamp)
                all = ite(l, l->node[lit >> 1], lit & 1 ? 0 : all, lit & 1 ? all : 0);
            else
                all = 0; /* the wire does not depend on it */
        }
        may = ite(l, all, 0, may);
    }
    return may;
}

/* whether edges k .. of the row reach what is missing */
static uint32_t reach(struct tc_lists *l, const struct tc_net_row *row, uint32_t k, int64_t missing)
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

/* the diagram of the cone's last gate, for the order, where cuts have these values */
static uint32_t diagram(struct tc_lists *l, uint32_t value)
{
    for (uint32_t f = 2; f < l->nmade; f++)
        l->unique[l->place[f]] = 0;
    l->made[0] = l->made[1] = (struct tc_lists_node){.level = TC_LISTS_INPUTS};
    l->nmade = 2;
    l->run++;
    l->work += l->ncone + l->ninput;
    for (uint32_t k = 0; k < l->ninput; k++)
        l->node[l->order[k]] = make(l, k, 1, 0);
    for (uint32_t k = 0; k < l->ncut; k++)
        l->node[l->cut[k]] = value >> k & 1;
    for (uint32_t k = 0; k < l->ncone; k++) {
        tc_wire w = l->cone[k];

        l->node[w] = reach(l, row_of(l->net, w), 0, l->net->gate[w - l->net->ninputs].bound);
        if (l->node[w] == FAILED)
            return FAILED;
    }
    return constrain(l, l->node[l->cone[l->ncone - 1]], may_be(l));
}

/* --------------------------------------------------------------------- cones */

bool tc_lists_small(const struct tc_net *net, tc_wire w)
{
    const int64_t most = (int64_t)1 << 56;
    const struct tc_net_row *row = row_of(net, w);
    int64_t bound = net->gate[w - net->ninputs].bound;

    if (row->n > TC_LISTS_FAN_IN || bound >= most || bound <= -most)
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

/* depth first; false if they are too many or too large */
static bool find_cone(struct tc_lists *l, tc_wire top)
{
    const struct tc_net *net = l->net;
    uint32_t n = 0;

    l->ncone = l->ninput = 0;
    l->stamp++;
    for (uint32_t k = 0; k < l->ncut; k++)
        l->seen[l->cut[k]] = l->stamp;
    l->seen[top] = l->stamp;
    l->stack[n++] = top;
    while (n) {
        tc_wire w = l->stack[--n];
        const struct tc_net_row *row;

        if (w < net->ninputs) {
            if (l->ninput == TC_LISTS_INPUTS)
                return false;
            l->input[l->ninput++] = w;
            continue;
        }
        row = row_of(net, w);
        if (l->work++ >= l->most_work || !tc_lists_small(net, w))
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

static int by_key(const void *a, const void *b)
{
    uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;

    return (p > q) - (p < q);
}

/* inputs as lists had them that were found before, others behind them as they are */
static void sort_inputs(struct tc_lists *l)
{
    uint64_t key[TC_LISTS_INPUTS];
    tc_wire was[TC_LISTS_INPUTS];

    for (uint32_t k = 0; k < l->ninput; k++)
        key[k] = (uint64_t)l->rank[l->input[k]] << 32 | k;
    qsort(key, l->ninput, sizeof *key, by_key);
    memcpy(was, l->input, l->ninput * sizeof *was);
    for (uint32_t k = 0; k < l->ninput; k++)
        l->input[k] = was[(uint32_t)key[k]];
}

bool tc_lists_cone(struct tc_lists *l, tc_wire top)
{
    bool ok = find_cone(l, top);

    l->failed = !ok;
    l->ncone = ok ? l->ncone : 0;
    if (ok)
        sort_inputs(l);
    return ok;
}

/* --------------------------------------------------------------------- lists */

static tc_lit literal(const struct tc_lists *l, uint32_t level, bool value)
{
    return 2 * l->order[level] + !value;
}

/* The step at the root of f, which tests an input; what is left, or FAILED.  Of one
 * input a constant child is the result; of two, two constant grandchildren that differ. */
static uint32_t step(const struct tc_lists *l, uint32_t f, struct tc_lists_item *item)
{
    const struct tc_lists_node *n = &l->made[f], *hi = &l->made[n->hi], *lo = &l->made[n->lo];

    *item = (struct tc_lists_item){.b = TC_LIT_0};
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

/* whether what the diagram says is a list of inputs, which is then in item */
static bool read_list(struct tc_lists *l, uint32_t f)
{
    l->nitem = 0;
    while (f > 1 && f != FAILED)
        f = step(l, f, &l->item[l->nitem++]);
    l->last = f == 1;
    return f != FAILED;
}

bool tc_lists_find(struct tc_lists *l, uint32_t value)
{
    bool found = false;

    l->failed = false;
    if (!tc_lists_order(l, value))
        return false;
    l->failed = true;
    for (int order = 0; order < 5 && !found; order++) {
        uint32_t f;

        if (order == 3)
            qsort(l->input, l->ninput, sizeof *l->input, ascending);
        for (uint32_t k = 0; order > 0 && k < l->ninput; k++)
            l->order[k] = l->input[order & 1 ? k : l->ninput - 1 - k];
        f = diagram(l, value);
        l->failed = l->failed && f == FAILED;
        found = read_list(l, f);
    }
    for (uint32_t k = 0; found && k < l->ninput; k++)
        l->rank[l->order[k]] = k;
    return found;
}

/* The list's gate, [sum >= 1] in the end: lo and hi are the least and the greatest sum of what
 * is done, from the end. */
static void weigh(const struct tc_lists *l, struct tc_net_sum *sum)
{
    mpz_t lo, hi, w;

    mpz_init_set_ui(lo, l->last);
    mpz_init_set_ui(hi, l->last);
    mpz_init(w);
    tc_net_sum_clear(sum);
    mpz_set_ui(sum->bound, !l->last);
    for (uint32_t k = l->nitem; k-- > 0;) {
        const struct tc_lists_item *i = &l->item[k];
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

tc_lit tc_lists_gate(const struct tc_lists *l, struct tc_net *to, struct tc_net_sum *sum)
{
    weigh(l, sum);
    return tc_net_gate_of(to, sum);
}

struct tc_lists *tc_lists_open(const struct tc_net *net, uint64_t most_work)
{
    size_t wires = (size_t)net->ninputs + net->ngates + 1;
    struct tc_lists *l = tc_xcalloc(1, sizeof *l);

    l->net = net;
    l->most_work = most_work;
    l->seen = tc_xcalloc(wires, sizeof *l->seen);
    l->rank = tc_xcalloc((size_t)net->ninputs + 1, sizeof *l->rank);
    memset(l->rank, 0xff, net->ninputs * sizeof *l->rank);
    l->node = tc_xcalloc(wires, sizeof *l->node);
    l->cone = tc_xcalloc(wires, sizeof *l->cone);
    l->stack = tc_xcalloc(wires, sizeof *l->stack);
    l->most = TC_LISTS_NODES;
    l->made = tc_xcalloc(TC_LISTS_NODES, sizeof *l->made);
    l->place = tc_xcalloc(TC_LISTS_NODES, sizeof *l->place);
    l->unique = tc_xcalloc(SLOTS, sizeof *l->unique);
    l->memo = tc_xcalloc(SLOTS, sizeof *l->memo);
    return l;
}

void tc_lists_close(struct tc_lists *l)
{
    free(l->seen);
    free(l->rank);
    free(l->node);
    free(l->cone);
    free(l->stack);
    free(l->made);
    free(l->place);
    free(l->unique);
    free(l->memo);
    free(l);
}
