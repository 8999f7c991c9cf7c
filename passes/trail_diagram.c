/* trail_diagram.c -- functions of many wires, by their decision diagrams
 *
 * Leaves in an order, any values of theirs, whether they occur or not: then each wire has one
 * diagram, and wires with the same one are the same.  The order is the claim's, or, of a gate of
 * inputs, that of its weights: a decision list's, so that the diagrams of what it came from stay
 * small.  An input that is no leaf becomes the last one.
 *
 * A gate's diagram is that of its weights (ir/diagram.c) with the diagrams of what it reads put in:
 * from low or (x and high), low at most high, becomes x ? high : low.
 *
 * source  Bryant 1986; complements at edges: Brace, Rudell and Bryant 1990 */
#include "trail_check.h"

#include "../ir/diagram.h"

#include <stdlib.h>

#define NODES   ((uint32_t)1 << 20)
#define DEEPEST 4096                /* leaves: as deep is the recursion */
#define CONE    ((uint32_t)1 << 16) /* wires that are looked at for a claim */
#define PIECES  ((size_t)1 << 12)   /* of a gate's own diagram */
#define WORK    ((uint64_t)1 << 25) /* steps for a claim that says in which order, */
#define LIST    ((uint64_t)1 << 21) /* for another one */
#define ALL     ((uint64_t)1 << 29) /* and for all that are not proved */
#define FEW     12                  /* leaves that a window has, see trail_window.c */
#define SLOTS   ((uint32_t)1 << 18)
#define FAILED  UINT32_MAX
#define PENDING UINT32_MAX /* in the place of a wire's edge */

typedef uint32_t edge; /* twice a node, plus 1 for the complement; 0 and 1 are the constants */

struct node { /* lo is no complement; the constant's level is FAILED, below all */
    uint32_t level;
    edge hi, lo;
    uint32_t next; /* of the same slot, plus 1 */
};

struct tc_diagrams {
    struct node *node;
    uint32_t n, room;
    uint32_t *slot; /* node plus 1 */
    struct memo {
        edge f, g, h, is;
        uint32_t run;
    } * memo;
    uint32_t *stamp; /* per wire: that of the run in which it has */
    edge *edge;      /* this */
    uint32_t run, nlevel;
    bool valid;    /* the levels are there: */
    tc_lit order;  /* of what, */
    uint32_t base; /* and for what base; */
    bool oldest;   /* a class is its oldest gate, else the newest one below base */
    uint32_t seen; /* wires of a cone */
    uint64_t work, most, lost;
    tc_wire *stack;
    size_t nstack, stack_room;
    struct term {
        edge is;
        uint32_t level;
        mpz_t weight;
    } * term;
    size_t nterm, term_room;
    struct tc_diagram weights;
    edge *value; /* of the nodes of weights */
    size_t value_room;
};

static uint32_t slot_of(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t h = (a * UINT64_C(0x9e3779b97f4a7c15) ^ b) * UINT64_C(0xff51afd7ed558ccd);

    h = (h ^ h >> 32 ^ c) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32) & (SLOTS - 1);
}

/* -------------------------------------------------------------------- nodes */

static edge make(struct tc_diagrams *d, uint32_t level, edge hi, edge lo)
{
    edge flip = lo & 1;
    uint32_t at;

    if (hi == FAILED || lo == FAILED)
        return FAILED;
    if (hi == lo)
        return hi;
    hi ^= flip;
    lo ^= flip;
    at = slot_of(level, hi, lo);
    for (uint32_t k = d->slot[at]; k; k = d->node[k - 1].next)
        if (d->node[k - 1].level == level && d->node[k - 1].hi == hi && d->node[k - 1].lo == lo)
            return 2 * (k - 1) ^ flip;
    if (d->n == NODES)
        return FAILED;
    if (d->n == d->room) {
        d->room = 2 * d->room + 1024;
        d->node = tc_xrealloc(d->node, d->room, sizeof *d->node);
    }
    d->node[d->n] = (struct node){level, hi, lo, d->slot[at]};
    d->slot[at] = ++d->n;
    return 2 * (d->n - 1) ^ flip;
}

static uint32_t level_of(const struct tc_diagrams *d, edge f)
{
    return d->node[f >> 1].level;
}

static edge child(const struct tc_diagrams *d, edge f, uint32_t level, bool hi)
{
    const struct node *n = &d->node[f >> 1];

    return n->level != level ? f : (hi ? n->hi : n->lo) ^ (f & 1);
}

/* f ? g : h */
static edge ite(struct tc_diagrams *d, edge f, edge g, edge h)
{
    edge flip = 0, hi, is;
    uint32_t level;
    struct memo *m;

    if (f == FAILED || g == FAILED || h == FAILED || d->work >= d->most)
        return FAILED;
    d->work++;
    if (f < 2 || g == h)
        return f ? g : h;
    if (f & 1) {
        edge swap = g;

        f ^= 1;
        g = h;
        h = swap;
    }
    g = g == f ? 1 : g == (f ^ 1) ? 0 : g;
    h = h == f ? 0 : h == (f ^ 1) ? 1 : h;
    if (g == h)
        return g;
    if (g < 2 && h < 2)
        return f ^ h;
    flip = h & 1;
    g ^= flip;
    h ^= flip;
    m = &d->memo[slot_of(f, g, h)];
    if (m->run == d->run && m->f == f && m->g == g && m->h == h)
        return m->is ^ flip;
    level = level_of(d, f);
    level = level_of(d, g) < level ? level_of(d, g) : level;
    level = level_of(d, h) < level ? level_of(d, h) : level;
    hi = ite(d, child(d, f, level, true), child(d, g, level, true), child(d, h, level, true));
    is = hi == FAILED ? FAILED
                      : make(d, level, hi,
                             ite(d, child(d, f, level, false), child(d, g, level, false),
                                 child(d, h, level, false)));
    if (is == FAILED)
        return FAILED;
    *m = (struct memo){f, g, h, is, d->run};
    return is ^ flip;
}

/* --------------------------------------------------------------------- gates */

static void put_term(struct tc_diagrams *d, edge is, mpz_srcptr weight)
{
    struct term *t;

    if (d->nterm == d->term_room) {
        size_t room = 2 * d->term_room + 64;

        d->term = tc_xrealloc(d->term, room, sizeof *d->term);
        for (; d->term_room < room; d->term_room++)
            mpz_init(d->term[d->term_room].weight);
    }
    t = &d->term[d->nterm++];
    t->is = is;
    t->level = level_of(d, is);
    mpz_abs(t->weight, weight);
}

/* from the top on; of one level the heaviest first */
static int order_terms(const void *a, const void *b)
{
    const struct term *s = a, *t = b;

    return s->level != t->level ? (s->level > t->level) - (s->level < t->level)
                                : mpz_cmp(t->weight, s->weight);
}

/* The diagram of a gate, or of its complement, whose sources have one. */
static edge gate_edge(struct tc_check *c, struct tc_diagrams *d, tc_lit gate)
{
    struct tc_net_sum *s = &c->x;
    size_t node;

    tc_check_form(c, gate, s);
    d->nterm = 0;
    for (size_t k = 0; k < s->n; k++) {
        edge is = d->edge[s->part[k].source];
        bool negative = mpz_sgn(s->part[k].weight) < 0;

        if (negative) /* w x = w + |w| (1 - x) */
            mpz_sub(s->bound, s->bound, s->part[k].weight);
        is ^= negative;
        mpz_abs(c->z, s->part[k].weight);
        if (is == 1)
            mpz_sub(s->bound, s->bound, c->z);
        if (is > 1)
            put_term(d, is, c->z);
    }
    if (d->nterm)
        qsort(d->term, d->nterm, sizeof *d->term, order_terms);
    tc_diagram_start(&d->weights);
    for (size_t k = 0; k < d->nterm; k++)
        tc_diagram_term(&d->weights, d->term[k].weight);
    if (!tc_diagram_gate(&d->weights, s->bound, PIECES, &node))
        return FAILED;
    if (d->weights.nnode > d->value_room) {
        d->value_room = 2 * d->weights.nnode;
        d->value = tc_xrealloc(d->value, d->value_room, sizeof *d->value);
    }
    d->value[0] = 0;
    d->value[1] = 1;
    for (size_t k = 2; k < d->weights.nnode; k++) {
        const struct tc_decision *n = &d->weights.node[k];

        d->value[k] = ite(d, d->term[n->term].is, d->value[n->high], d->value[n->low]);
    }
    return d->value[node];
}

/* -------------------------------------------------------------------- cones */

static bool put_leaf(struct tc_diagrams *d, tc_wire w)
{
    edge is = d->nlevel == DEEPEST ? FAILED : make(d, d->nlevel++, 1, 0);

    d->stamp[w] = d->run;
    d->edge[w] = is;
    return is != FAILED;
}

static void push(struct tc_diagrams *d, tc_wire w)
{
    if (d->nstack == d->stack_room) {
        d->stack_room = 2 * d->stack_room + 256;
        d->stack = tc_xrealloc(d->stack, d->stack_room, sizeof *d->stack);
    }
    d->stack[d->nstack++] = w;
}

/* the gate that a class is taken to be; 0 if there is none */
static tc_wire gate_for(struct tc_check *c, const struct tc_diagrams *d, tc_wire w)
{
    tc_wire m;

    if (d->oldest)
        return w >= c->net->ninputs ? w : 0;
    if (tc_check_members(c, w, d->base, 1, &m) || tc_check_members(c, w, UINT32_MAX, 1, &m))
        return m;
    return 0;
}

/* What of a gate's sources has no diagram yet is to be looked at first; false: one of them is being
 * looked at, and so reads itself.  *more: there is any. */
static bool push_sources(struct tc_check *c, struct tc_diagrams *d, tc_wire gate, bool *more)
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[gate - c->net->ninputs].row];

    *more = false;
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        tc_lit l = tc_check_find(c, 2 * c->net->source[e]);

        if (l >= TC_LIT_0)
            continue;
        if (d->stamp[l >> 1] == d->run && d->edge[l >> 1] == PENDING)
            return false;
        if (d->stamp[l >> 1] != d->run) {
            push(d, l >> 1);
            *more = true;
        }
    }
    return true;
}

/* gives the uppermost wire of the stack its diagram, or puts what that needs on it */
static bool look_at(struct tc_check *c, struct tc_diagrams *d)
{
    tc_wire w = d->stack[d->nstack - 1], gate = gate_for(c, d, w);
    bool more;

    if (d->stamp[w] == d->run && d->edge[w] != PENDING) {
        d->nstack--;
        return true;
    }
    if (!gate) {
        d->nstack--;
        return put_leaf(d, w);
    }
    if (d->stamp[w] != d->run && d->seen++ == CONE)
        return false;
    d->stamp[w] = d->run;
    d->edge[w] = PENDING;
    if (!push_sources(c, d, gate, &more))
        return false;
    if (more)
        return true;
    d->nstack--;
    d->edge[w] = gate_edge(c, d, 2 * gate ^ (tc_check_find(c, 2 * gate) & 1));
    return d->edge[w] != FAILED;
}

/* a literal's own gate, not its class; FAILED */
static edge edge_of(struct tc_check *c, struct tc_diagrams *d, tc_lit l)
{
    bool gate = l < TC_LIT_0 && l >> 1 >= c->net->ninputs, more = true;
    tc_lit first = tc_check_find(c, l);

    if (first >= TC_LIT_0)
        return first == TC_LIT_1;
    d->nstack = 0;
    if (!gate || (d->stamp[first >> 1] == d->run && d->edge[first >> 1] != PENDING))
        push(d, first >> 1);
    else if (!push_sources(c, d, l >> 1, &more))
        return FAILED;
    while (d->nstack)
        if (!look_at(c, d))
            return FAILED;
    return gate && d->stamp[first >> 1] != d->run ? gate_edge(c, d, l)
                                                  : d->edge[first >> 1] ^ (first & 1);
}

/* -------------------------------------------------------------------- claims */

static void empty(struct tc_diagrams *d)
{
    for (uint32_t k = 1; k < d->n; k++)
        d->slot[slot_of(d->node[k].level, d->node[k].hi, d->node[k].lo)] = 0;
    d->n = 1;
    d->nlevel = 0;
    d->run++;
}

static struct tc_diagrams *diagrams_of(struct tc_check *c)
{
    size_t wires = (size_t)c->net->ninputs + c->net->ngates + 1;
    struct tc_diagrams *d = c->diagrams;

    if (d)
        return d;
    d = c->diagrams = tc_xcalloc(1, sizeof *d);
    d->slot = tc_xcalloc(SLOTS, sizeof *d->slot);
    d->memo = tc_xcalloc(SLOTS, sizeof *d->memo);
    d->stamp = tc_xcalloc(wires, sizeof *d->stamp);
    d->edge = tc_xcalloc(wires, sizeof *d->edge);
    d->node = tc_xcalloc(d->room = 1024, sizeof *d->node);
    d->node[0].level = FAILED;
    d->n = 1;
    return d;
}

/* What a gate reads becomes leaves, the lightest first, or, of a list, the heaviest; or what is no
 * gate does, unless it is a constant. */
static bool put_leaves(struct tc_check *c, struct tc_diagrams *d, tc_lit order, bool list)
{
    const struct tc_net_row *row;
    bool ok = true;

    if (order >= TC_LIT_0 || order >> 1 < c->net->ninputs) {
        tc_lit l = tc_check_find(c, order);

        return l >= TC_LIT_0 || put_leaf(d, l >> 1);
    }
    row = &c->net->row[c->net->gate[(order >> 1) - c->net->ninputs].row];
    d->nterm = 0;
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        tc_weight_get(c->net->num, c->net->weight[e], c->z);
        put_term(d, 0, c->z);
        d->term[d->nterm - 1].is = tc_check_find(c, 2 * c->net->source[e]);
    }
    qsort(d->term, d->nterm, sizeof *d->term, order_terms);
    for (size_t k = 0; ok && k < d->nterm; k++) {
        tc_lit l = d->term[list ? k : d->nterm - 1 - k].is;

        ok = l >= TC_LIT_0 || d->stamp[l >> 1] == d->run || put_leaf(d, l >> 1);
    }
    return ok;
}

/* whether both have the same diagram, in levels that are there or anew */
static bool same_edge(struct tc_check *c, struct tc_diagrams *d, const struct tc_claim *claim,
                      tc_lit order, bool list, bool oldest)
{
    bool there = d->valid && d->order == order && d->base == claim->base && d->oldest == oldest;
    edge x = FAILED, y = FAILED;

    d->work = 0;
    d->most = list ? LIST : WORK;
    d->most = d->most < ALL - d->lost ? d->most : ALL - d->lost;
    for (unsigned k = !there; k < 2; k++) {
        bool ok = true;

        if (k == 1) { /* where those that are there leave too little room, too */
            empty(d);
            d->valid = true;
            d->order = order;
            d->base = claim->base;
            d->oldest = oldest;
            ok = put_leaves(c, d, order, list);
        }
        d->seen = 0;
        y = ok ? edge_of(c, d, claim->b) : FAILED;
        x = y == FAILED ? FAILED : edge_of(c, d, claim->a);
        if (x != FAILED && x == y)
            return true;
        if (x != FAILED)
            break;
        d->valid = false; /* what is pending is of no use */
    }
    d->lost += d->work;
    return false;
}

/* whether all that a literal's gate reads is inputs, or it is no gate */
static bool is_list(const struct tc_check *c, tc_lit l)
{
    const struct tc_net_row *row;
    bool inputs = true;

    if (l >= TC_LIT_0 || l >> 1 < c->net->ninputs)
        return true;
    row = &c->net->row[c->net->gate[(l >> 1) - c->net->ninputs].row];
    for (uint64_t e = row->first; inputs && e < row->first + row->n; e++)
        inputs = c->net->source[e] < c->net->ninputs;
    return inputs;
}

bool tc_check_diagrams(struct tc_check *c, const struct tc_claim *claim)
{
    tc_lit order = claim->cut;
    bool wide = order < TC_LIT_0 && order >> 1 >= c->net->ninputs &&
                c->net->row[c->net->gate[(order >> 1) - c->net->ninputs].row].n > FEW;
    struct tc_diagrams *d;

    if (!wide && !is_list(c, claim->a))
        return false;
    order = wide ? order : claim->a;
    d = diagrams_of(c);
    return same_edge(c, d, claim, order, !wide, false) ||
           same_edge(c, d, claim, order, !wide, true);
}

void tc_check_diagrams_free(struct tc_diagrams *d)
{
    if (!d)
        return;
    for (size_t k = 0; k < d->term_room; k++)
        mpz_clear(d->term[k].weight);
    tc_diagram_free(&d->weights);
    free(d->node);
    free(d->slot);
    free(d->memo);
    free(d->stamp);
    free(d->edge);
    free(d->stack);
    free(d->term);
    free(d->value);
    free(d);
}
