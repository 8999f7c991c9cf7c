/* equal_parts.c -- a gate over many wires proved equal to a circuit, part by part
 *
 * Let g = [sum of w_i x_i >= t], and f something made of the leaves x_i and other inputs.  A part
 * is a set of leaves and a few wires that depend on these alone, its face; its states are the pairs
 * of
 *
 *   the sum of w_i x_i over its leaves, and the values of its face,
 *
 * that occur.  Up to eight leaves are all tried.  Else the face is taken apart, the wires that
 * depend on most leaves first, until what it is made of falls into parts without common leaves: any
 * states of these occur together, so all their combinations, sums added and the face computed, are
 * the states of the whole. The part of all leaves with the face f shows in its states whether f =
 * g.
 *
 * So a tree of counters or adders is proved, whatever gates it is made of, and whether or not
 * these are right only for the numbers that occur: a part of n leaves of weight 1 has n + 1 states
 * if its face is a function of their number.  Leaves are taken as free, also where they are gates
 * that depend on each other: then what is proved holds, and more may not be.
 *
 * source  reached states of a composition; CONSTRUCTIONS.md, "Netlists" */
#include "equal.h"

#include <stdlib.h>
#include <string.h>

#define FACE    64                  /* wires: their values are one word */
#define FEW     8                   /* leaves that are all tried */
#define STATES  ((size_t)1 << 18)   /* of a part */
#define MOST    ((uint64_t)1 << 26) /* combinations */
#define DEEPEST 2000                /* parts of parts */
#define BYTES   ((uint64_t)1 << 28) /* of sets of leaves */

struct state {
    int64_t sum;
    uint64_t face;
};

struct states { /* no state twice */
    size_t n, room, slots;
    struct state *state;
    uint32_t *slot; /* number + 1 */
};

struct parts {
    const struct tc_netlist *nl;
    uint32_t *row;        /* per gate */
    int64_t *weight;      /* per wire: of g; 0 of others */
    unsigned char *leaf;  /* per wire */
    unsigned char *value; /* per wire, while a part is tried */
    uint32_t *set;        /* per wire: where its leaves are, plus 1; 0: it is not looked at */
    uint32_t nset, words;
    uint64_t *bits; /* words a set */
    uint64_t work;
};

/* -------------------------------------------------------------------- states */

static uint32_t *find_state(const struct states *s, const struct state *x)
{
    uint64_t h = ((uint64_t)x->sum * UINT64_C(0x9e3779b97f4a7c15)) ^ x->face;
    size_t at;

    h *= UINT64_C(0xbf58476d1ce4e5b9);
    at = (size_t)(h >> 32) & (s->slots - 1);
    while (s->slot[at] &&
           (s->state[s->slot[at] - 1].sum != x->sum || s->state[s->slot[at] - 1].face != x->face))
        at = (at + 1) & (s->slots - 1);
    return &s->slot[at];
}

static void more_slots(struct states *s)
{
    free(s->slot);
    s->slots = s->slots ? 2 * s->slots : 64;
    s->slot = tc_xcalloc(s->slots, sizeof *s->slot);
    for (size_t k = 0; k < s->n; k++)
        *find_state(s, &s->state[k]) = (uint32_t)k + 1;
}

/* false if they become too many */
static bool put_state(struct states *s, struct state x)
{
    uint32_t *slot;

    if (2 * s->n >= s->slots)
        more_slots(s);
    slot = find_state(s, &x);
    if (*slot)
        return true;
    if (s->n == STATES)
        return false;
    if (s->n == s->room) {
        s->room = 2 * s->room + 64;
        s->state = tc_xrealloc(s->state, s->room, sizeof *s->state);
    }
    s->state[s->n++] = x;
    *slot = (uint32_t)s->n;
    return true;
}

static void free_states(struct states *s)
{
    free(s->state);
    free(s->slot);
    *s = (struct states){0};
}

/* -------------------------------------------------------------------- leaves */

static const uint64_t *leaves(const struct parts *p, tc_wire w)
{
    return &p->bits[(size_t)(p->set[w] - 1) * p->words];
}

static unsigned size(const struct parts *p, tc_wire w)
{
    unsigned n = 0;

    for (uint32_t k = 0; k < p->words; k++)
        n += (unsigned)__builtin_popcountll(leaves(p, w)[k]);
    return n;
}

static bool meet(const struct parts *p, tc_wire a, tc_wire b)
{
    for (uint32_t k = 0; k < p->words; k++)
        if (leaves(p, a)[k] & leaves(p, b)[k])
            return true;
    return false;
}

/* ---------------------------------------------------------------------- faces */

struct face {
    unsigned n;
    tc_wire wire[FACE];
};

/* gates between a face and what it is made of, ascending */
struct inner {
    size_t n, room;
    tc_wire *gate;
    uint64_t edges;
};

static bool put_wire(struct face *f, tc_wire w)
{
    for (unsigned k = 0; k < f->n; k++)
        if (f->wire[k] == w)
            return true;
    if (f->n == FACE)
        return false;
    f->wire[f->n++] = w;
    return true;
}

/* One gate of the face, which depends on most leaves and is the last such, becomes what it reads.
 * False if there is none, or too much of it. */
static bool open_gate(const struct parts *p, struct face *f, struct inner *inner)
{
    const struct tc_netlist *nl = p->nl;
    unsigned most = 0, at = 0;
    uint32_t r;

    for (unsigned k = 0; k < f->n; k++) {
        unsigned n = p->leaf[f->wire[k]] ? 0 : size(p, f->wire[k]) + 1;

        if (n > most || (n == most && n && f->wire[k] > f->wire[at])) {
            most = n;
            at = k;
        }
    }
    if (!most)
        return false;
    if (inner->n == inner->room) {
        inner->room = 2 * inner->room + 64;
        inner->gate = tc_xrealloc(inner->gate, inner->room, sizeof *inner->gate);
    }
    inner->gate[inner->n++] = f->wire[at];
    r = p->row[f->wire[at] - nl->ninputs];
    inner->edges += nl->first[r + 1] - nl->first[r] + 1;
    f->wire[at] = f->wire[--f->n];
    for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
        if (!put_wire(f, nl->source[e]))
            return false;
    return true;
}

static int ascending(const void *a, const void *b)
{
    tc_wire x = *(const tc_wire *)a, y = *(const tc_wire *)b;

    return (x > y) - (x < y);
}

/* part[k]: the first wire of the face that wire k shares leaves with, through others; how many
 * parts there are */
static unsigned divide(const struct parts *p, const struct face *f, unsigned *part)
{
    unsigned n = 0;

    for (unsigned k = 0; k < f->n; k++) {
        part[k] = k;
        for (unsigned i = 0; i < k; i++)
            if (part[i] != part[k] && meet(p, f->wire[i], f->wire[k])) {
                unsigned old = part[i] > part[k] ? part[i] : part[k];
                unsigned now = part[i] < part[k] ? part[i] : part[k];

                for (unsigned j = 0; j <= k; j++)
                    part[j] = part[j] == old ? now : part[j];
            }
    }
    for (unsigned k = 0; k < f->n; k++)
        n += part[k] == k;
    return n;
}

/* ------------------------------------------------------------------- evaluation */

/* the values of the gates, then the face as a word */
static uint64_t evaluate(const struct parts *p, const struct inner *inner, const struct face *f)
{
    const struct tc_netlist *nl = p->nl;
    uint64_t word = 0;

    for (size_t k = 0; k < inner->n; k++) {
        tc_wire w = inner->gate[k];
        uint32_t r = p->row[w - nl->ninputs];
        int64_t sum = 0;

        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
            sum += p->value[nl->source[e]] ? nl->weight[e] : 0;
        p->value[w] = sum >= nl->bound[w - nl->ninputs];
    }
    for (unsigned k = 0; k < f->n; k++)
        word |= (uint64_t)p->value[f->wire[k]] << k;
    return word;
}

/* work on so many edges, or words, that many times */
static bool spend(struct parts *p, uint64_t times, uint64_t edges)
{
    if (times > p->work / (edges + FACE))
        return false;
    p->work -= times * (edges + FACE);
    return true;
}

/* all values of few leaves, which are what is left of the face `of` below the gates */
static bool try_leaves(struct parts *p, const struct face *of, const struct face *leaf,
                       const struct inner *inner, struct states *out)
{
    if (!spend(p, UINT64_C(1) << leaf->n, inner->edges))
        return false;
    for (unsigned v = 0; v < 1U << leaf->n; v++) {
        struct state x = {0};

        for (unsigned k = 0; k < leaf->n; k++) {
            p->value[leaf->wire[k]] = v >> k & 1;
            x.sum += v >> k & 1 ? p->weight[leaf->wire[k]] : 0;
        }
        x.face = evaluate(p, inner, of);
        if (!put_state(out, x))
            return false;
    }
    return true;
}

/* all combinations of states of parts, which are disjoint; wires of part k are those of face[k] */
static bool combine(struct parts *p, const struct face *of, const struct face *face,
                    const struct states *part, unsigned n, const struct inner *inner,
                    struct states *out)
{
    size_t at[FACE] = {0};
    uint64_t times = 1;
    unsigned k = 0;

    for (unsigned i = 0; i < n; i++) {
        if (times > MOST / part[i].n)
            return false;
        times *= part[i].n;
    }
    if (!spend(p, times, inner->edges))
        return false;
    while (k < n) {
        struct state x = {0};

        for (unsigned i = 0; i < n; i++) {
            const struct state *s = &part[i].state[at[i]];

            x.sum += s->sum;
            for (unsigned b = 0; b < face[i].n; b++)
                p->value[face[i].wire[b]] = s->face >> b & 1;
        }
        x.face = evaluate(p, inner, of);
        if (!put_state(out, x))
            return false;
        for (k = 0; k < n && ++at[k] == part[k].n; k++)
            at[k] = 0;
    }
    return true;
}

static bool solve(struct parts *p, const struct face *of, unsigned depth, struct states *out);

/* what is left of the face falls into n parts */
static bool solve_parts(struct parts *p, const struct face *of, const struct face *left,
                        const unsigned *part, unsigned n, const struct inner *inner, unsigned depth,
                        struct states *out)
{
    struct face *face = tc_xcalloc(n, sizeof *face);
    struct states *states = tc_xcalloc(n, sizeof *states);
    unsigned m = 0;
    bool ok = true;

    for (unsigned k = 0; k < left->n; k++) {
        if (part[k] != k)
            continue;
        for (unsigned i = k; i < left->n; i++)
            if (part[i] == k)
                put_wire(&face[m], left->wire[i]);
        m++;
    }
    for (unsigned k = 0; k < n && ok; k++)
        ok = solve(p, &face[k], depth + 1, &states[k]);
    ok = ok && combine(p, of, face, states, n, inner, out);
    for (unsigned k = 0; k < n; k++)
        free_states(&states[k]);
    free(face);
    free(states);
    return ok;
}

static bool only_leaves(const struct parts *p, const struct face *f)
{
    for (unsigned k = 0; k < f->n; k++)
        if (!p->leaf[f->wire[k]])
            return false;
    return true;
}

static bool few_leaves(const struct parts *p, const struct face *f)
{
    unsigned n = 0;

    for (uint32_t k = 0; k < p->words; k++) {
        uint64_t all = 0;

        for (unsigned i = 0; i < f->n; i++)
            all |= leaves(p, f->wire[i])[k];
        n += (unsigned)__builtin_popcountll(all);
    }
    return n <= FEW;
}

/* the states of a part, within so many others; false if that takes too much */
static bool solve(struct parts *p, const struct face *of, unsigned depth, struct states *out)
{
    struct face left = *of;
    struct inner inner = {0};
    unsigned part[FACE], n = divide(p, &left, part);
    bool ok = depth < DEEPEST, few = few_leaves(p, of);

    while (ok && (few || n < 2) && !only_leaves(p, &left)) {
        ok = spend(p, 1, (uint64_t)left.n * left.n * p->words) && open_gate(p, &left, &inner);
        n = divide(p, &left, part);
    }
    if (inner.n)
        qsort(inner.gate, inner.n, sizeof *inner.gate, ascending);
    if (few)
        ok = ok && try_leaves(p, of, &left, &inner, out);
    else
        ok = ok && solve_parts(p, of, &left, part, n, &inner, depth, out);
    free(inner.gate);
    return ok;
}

/* ------------------------------------------------------------------ the whole */

/* weights that are words, and whose sums are */
static bool small_row(const struct tc_netlist *nl, uint32_t r)
{
    const int64_t most = (int64_t)1 << 40;
    uint64_t n = nl->first[r + 1] - nl->first[r];

    for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
        if (nl->weight[e] > most || nl->weight[e] < -most)
            return false;
    for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++)
        if (nl->bound[g] >= TC_WEIGHT_SMALL)
            return false;
    return n < (uint64_t)1 << 20;
}

/* which wires the circuit below f has, down to leaves; each gets the number of its set */
static bool mark(struct parts *p, tc_wire f)
{
    const struct tc_netlist *nl = p->nl;
    uint64_t edges = 0;

    p->set[f] = 1;
    for (tc_wire w = f + 1; w-- > nl->ninputs;) {
        uint32_t r = p->row[w - nl->ninputs];

        if (!p->set[w] || p->leaf[w])
            continue;
        if (!small_row(nl, r))
            return false;
        edges += nl->first[r + 1] - nl->first[r];
        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
            p->set[nl->source[e]] = 1;
    }
    for (tc_wire w = 0; w <= f; w++)
        if (p->set[w]) {
            p->set[w] = ++p->nset;
            p->words += p->leaf[w];
        }
    p->words = (p->words + 63) / 64;
    return (uint64_t)p->nset * p->words <= BYTES / sizeof *p->bits && spend(p, edges, p->words);
}

static void find_leaves(struct parts *p, tc_wire f)
{
    const struct tc_netlist *nl = p->nl;
    uint32_t nleaf = 0;

    p->bits = tc_xcalloc((size_t)p->nset * p->words + 1, sizeof *p->bits);
    for (tc_wire w = 0; w <= f; w++) {
        uint64_t *own;
        uint32_t r;

        if (!p->set[w])
            continue;
        own = &p->bits[(size_t)(p->set[w] - 1) * p->words];
        if (p->leaf[w]) {
            own[nleaf / 64] |= (uint64_t)1 << nleaf % 64;
            nleaf++;
            continue;
        }
        r = p->row[w - nl->ninputs];
        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
            for (uint32_t k = 0; k < p->words; k++)
                own[k] |= leaves(p, nl->source[e])[k];
    }
}

/* leaves are inputs and what g reads, all of which f has below it */
static bool prepare(struct parts *p, tc_wire g, tc_wire f)
{
    const struct tc_netlist *nl = p->nl;
    uint32_t row = p->row[g - nl->ninputs];

    memset(p->leaf, 1, nl->ninputs);
    for (uint64_t e = nl->first[row]; e < nl->first[row + 1]; e++) {
        p->leaf[nl->source[e]] = 1;
        p->weight[nl->source[e]] += nl->weight[e];
    }
    if (!small_row(nl, row) || !mark(p, f))
        return false;
    for (uint64_t e = nl->first[row]; e < nl->first[row + 1]; e++)
        if (!p->set[nl->source[e]])
            return false;
    find_leaves(p, f);
    return true;
}

static bool prove(struct parts *p, tc_wire g, tc_lit f)
{
    struct face whole = {1, {(f >> 1) - 1}};
    struct states states = {0};
    bool ok = prepare(p, g, whole.wire[0]) && solve(p, &whole, 0, &states);

    for (size_t k = 0; ok && k < states.n; k++)
        ok = ((states.state[k].face ^ f) & 1) ==
             (uint64_t)(states.state[k].sum >= p->nl->bound[g - p->nl->ninputs]);
    free_states(&states);
    return ok;
}

bool tc_equal_parts(const struct tc_netlist *nl, tc_wire g, tc_lit f, uint64_t *work)
{
    size_t wires = (size_t)nl->ninputs + nl->ngates;
    struct parts p = {.nl = nl, .work = *work};
    bool ok;

    if (f < 2)
        return false;
    p.row = tc_xcalloc((size_t)nl->ngates + 1, sizeof *p.row);
    for (uint32_t r = 0; r < nl->nrows; r++)
        for (uint32_t k = nl->gate[r]; k < nl->gate[r + 1]; k++)
            p.row[k] = r;
    p.weight = tc_xcalloc(wires + 1, sizeof *p.weight);
    p.leaf = tc_xcalloc(wires + 1, 1);
    p.value = tc_xcalloc(wires + 1, 1);
    p.set = tc_xcalloc(wires + 1, sizeof *p.set);
    ok = prove(&p, g, f);
    *work = p.work;
    free(p.row);
    free(p.weight);
    free(p.leaf);
    free(p.value);
    free(p.set);
    free(p.bits);
    return ok;
}
