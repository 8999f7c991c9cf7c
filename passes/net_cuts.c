/* net_cuts.c -- ways to make each wire of a netlist from few others
 *
 * Gates of up to FAN_IN sources are functions of up to six leaves in as many ways as are kept
 * per gate; cuts are merged from those of the sources, and kept by area flow, or
 * by arrival before that.  A wire is an affine form of other wires, and a form
 * arrives when the last gate in it does: so the exclusive or of two wires
 * is one gate, and no later than that gate.
 *
 * For the least depth, a wire may also go on from another gate's sum: with a linear form A of some
 * leaves, 1 where A > 0, 0 where A < 0 and g where A = 0 is [K A + V >= 0] for g = [V >= 0] and
 * K beyond V's range.  So carries and comparisons of words are one gate each, and no later than
 * the first one, whatever their bits are made of.
 *
 * source  priority cuts and area flow: Mishchenko, Cho, Chatterjee, Brayton, ICCAD 2007;
 *         here the area of a cut is shared by all wires that are forms of its unit */
#include "net_cuts.h"

#include <stdlib.h>
#include <string.h>

#define FAN_IN 4
#define ROOM   512  /* cuts looked at per gate and step */
#define CHAIN  1024 /* leaves of a chain */

struct merge {
    struct tc_cuts *c;
    struct tc_cut *found; /* ROOM */
    unsigned n;
    uint32_t gate;
    uint16_t function; /* the gate's, of its sources */
    tc_lit excluded;
    struct pair {
        tc_lit a, b,
            both; /* a < b, and the literal of a AND b; both is 0 where the place is empty */
    } * pair;
    size_t pairs; /* places */
};

/* ------------------------------------------------------------------- units */

static uint64_t unit_hash(const struct tc_unit *u)
{
    uint64_t h = u->gate + u->n;

    for (unsigned i = 0; i < u->n; i++) {
        h = (h ^ u->leaf[i]) * 0xff51afd7ed558ccd;
        h ^= h >> 32;
    }
    return h;
}

static void grow_units(struct tc_cuts *c)
{
    c->slots = c->slots ? 2 * c->slots : 1024;
    free(c->slot);
    c->slot = tc_xcalloc(c->slots, sizeof *c->slot);
    for (uint32_t u = 0; u < c->nunit; u++) {
        size_t at = unit_hash(&c->unit[u]) & (c->slots - 1);

        while (c->slot[at])
            at = (at + 1) & (c->slots - 1);
        c->slot[at] = u + 1;
    }
}

static uint32_t unit_of(struct tc_cuts *c, const struct tc_unit *u)
{
    size_t at;

    if (2 * (size_t)c->nunit >= c->slots)
        grow_units(c);
    for (at = unit_hash(u) & (c->slots - 1); c->slot[at]; at = (at + 1) & (c->slots - 1)) {
        const struct tc_unit *v = &c->unit[c->slot[at] - 1];

        if (v->gate == u->gate && v->n == u->n && !memcmp(v->leaf, u->leaf, sizeof u->leaf))
            return c->slot[at] - 1;
    }
    if (c->nunit == c->unit_room) {
        c->unit_room = 2 * c->unit_room + 1024;
        c->unit = tc_xrealloc(c->unit, c->unit_room, sizeof *c->unit);
    }
    c->unit[c->nunit] = *u;
    c->slot[at] = c->nunit + 1;
    return c->nunit++;
}

/* ----------------------------------------------------------------- functions */

/* f without the inputs that it does not depend on; leaf follows */
static unsigned support(uint64_t *f, unsigned n, tc_wire *leaf)
{
    for (unsigned i = n; i-- > 0;) {
        if (tc_table_cofactor(*f, n, i, false) != tc_table_cofactor(*f, n, i, true))
            continue;
        *f = tc_table_drop(*f, n, i);
        memmove(&leaf[i], &leaf[i + 1], (n - i - 1) * sizeof *leaf);
        n--;
    }
    memset(&leaf[n], 0, (TC_CUT_LEAVES - n) * sizeof *leaf);
    return n;
}

/* whether f, of any inputs, is one unit, or an input, or a constant */
static bool single(struct tc_tables *t, uint64_t f, unsigned n)
{
    tc_wire leaf[TC_CUT_LEAVES] = {0};

    n = support(&f, n, leaf);
    return n < 2 || tc_table_gate(t, f, n);
}

/* f as a sum of disjoint single functions, by cofactors; how many, or more than most */
static unsigned split(struct tc_tables *t, uint64_t f, unsigned n, uint64_t *piece, unsigned most)
{
    unsigned best = n;

    if (f == 0)
        return 0;
    if (most == 0)
        return 1;
    if (single(t, f, n)) {
        *piece = f;
        return 1;
    }
    /* where one half is single, only the other is left; else the middle way */
    for (unsigned i = 0; i < n && best == n; i++)
        for (int one = 0; one < 2 && best == n; one++) {
            uint64_t v = tc_table_variable(n, i);

            if (f & v && f & ~v && single(t, f & (one ? v : ~v), n))
                best = i;
        }
    if (best == n) {
        int most_one_sided = -1;

        for (unsigned i = 0; i < n; i++) {
            uint64_t v = tc_table_variable(n, i);
            int d = abs(__builtin_popcountll(f & v) - __builtin_popcountll(f & ~v));

            if (f & v && f & ~v && d > most_one_sided) {
                most_one_sided = d;
                best = i;
            }
        }
    }
    {
        uint64_t v = tc_table_variable(n, best);
        unsigned a = split(t, f & v, n, piece, most);

        return a > most ? a : a + split(t, f & ~v, n, piece + a, most - a);
    }
}

static void add_piece(struct tc_cuts *c, struct tc_cut *cut, uint64_t f)
{
    struct tc_unit u = {0};
    struct tc_piece *p;

    if (c->npiece == c->piece_room) {
        c->piece_room = 2 * c->piece_room + 1024;
        c->piece = tc_xrealloc(c->piece, c->piece_room, sizeof *c->piece);
    }
    p = &c->piece[c->npiece++];
    cut->npiece++;
    memcpy(u.leaf, cut->leaf, sizeof u.leaf);
    u.n = (uint8_t)support(&f, cut->n, u.leaf);
    p->table = f;
    /* a leaf or its complement is no gate, but a unit all the same */
    u.gate = u.n < 2 ? 2 : tc_table_gate(c->tables, f, u.n);
    p->unit = unit_of(c, &u);
}

/* when the last leaf but `through` arrives */
static uint32_t last_of(const struct tc_cuts *c, const struct tc_cut *cut, unsigned through)
{
    uint32_t last = 0;

    for (unsigned i = 0; i < cut->n; i++)
        if (i != through && c->arrival[cut->leaf[i]] > last)
            last = c->arrival[cut->leaf[i]];
    return last;
}

/* A cut as a step on from the chain of a leaf, if that makes it earlier than `than`. */
static bool step_on(struct tc_cuts *c, struct tc_cut *cut, uint32_t than)
{
    bool any = false;

    for (unsigned i = 0; i < cut->n; i++) {
        tc_wire w = cut->leaf[i];
        uint32_t late = c->late[w], last;
        struct tc_step_of step;

        if (late >= than || c->length[w - c->net->ninputs] + cut->n > CHAIN)
            continue;
        last = last_of(c, cut, i) + 1;
        late = last > late ? last : late;
        if (late >= than || !tc_table_step(c->tables, cut->table, cut->n, i, &step))
            continue;
        cut->through = (uint8_t)i;
        cut->arrival = than = late;
        any = true;
    }
    return any;
}

/* the wire's chain, if this cut makes it earlier */
static void offer_chain(struct tc_cuts *c, uint32_t g, const struct tc_cut *cut)
{
    tc_wire w = c->net->ninputs + g;
    struct tc_cut step = *cut;

    if (cut->n < 2)
        return;
    if (cut->kind == TC_CUT_UNITS && cut->pure && cut->arrival < c->late[w]) {
        c->chain[g] = *cut;
        c->late[w] = cut->arrival;
        c->length[g] = cut->n;
    }
    if (step_on(c, &step, c->late[w])) {
        step.kind = TC_CUT_STEP;
        c->chain[g] = step;
        c->late[w] = step.arrival;
        c->length[g] = c->length[step.leaf[step.through] - c->net->ninputs] + step.n - 1;
    }
}

/* What a cut is good for, when it arrives and its share of the area. */
static void judge(struct tc_cuts *c, struct tc_cut *cut)
{
    uint64_t piece[TC_CUT_PIECES];
    unsigned n = 0;
    uint32_t last = last_of(c, cut, TC_CUT_LEAVES);

    cut->flow = 0;
    for (unsigned i = 0; i < cut->n; i++)
        cut->flow += c->flow[cut->leaf[i]];
    cut->piece = 0;
    cut->npiece = 0;
    cut->pure = cut->n <= 1;
    cut->arrival = last + (cut->n > 1);
    if (cut->n <= 1) {
        cut->kind = TC_CUT_ALIAS;
        return;
    }
    if (c->depth && step_on(c, cut, cut->arrival)) {
        cut->kind = TC_CUT_STEP;
        cut->pure = true;
        cut->flow++;
        return;
    }
    if (tc_table_gate(c->tables, cut->table, cut->n)) {
        n = 1;
        piece[0] = cut->table;
        cut->pure = tc_table_is_threshold(c->tables, cut->table, cut->n);
    } else if (c->depth) {
        n = split(c->tables, cut->table, cut->n, piece, TC_CUT_PIECES);
    }
    cut->kind = n && n <= TC_CUT_PIECES ? TC_CUT_UNITS : TC_CUT_NONE;
    cut->flow += n ? (float)n : 2;
    if (cut->kind != TC_CUT_UNITS)
        return;
    cut->piece = (uint32_t)n; /* how many; they are made when the cut stays */
}

static void make_pieces(struct tc_cuts *c, struct tc_cut *cut)
{
    uint64_t piece[TC_CUT_PIECES] = {cut->table};
    unsigned n = cut->piece;

    if (n > 1)
        n = split(c->tables, cut->table, cut->n, piece, TC_CUT_PIECES);
    cut->piece = (uint32_t)c->npiece;
    for (unsigned k = 0; k < n; k++)
        add_piece(c, cut, piece[k]);
}

/* -------------------------------------------------------------------- merging */

/* the table of a cut as a function of more leaves */
static uint64_t widen(const struct tc_cut *cut, const tc_wire *leaf, unsigned n)
{
    uint64_t f = cut->table;
    unsigned k = 0;

    for (unsigned i = 0; i < n; i++) {
        if (k < cut->n && cut->leaf[k] == leaf[i])
            k++;
        else
            f = tc_table_add(f, i + cut->n - k, i);
    }
    return f;
}

/* leaves of both; more than TC_CUT_LEAVES: too many */
static unsigned unite(const tc_wire *a, unsigned na, const struct tc_cut *b, tc_wire *to)
{
    unsigned i = 0, k = 0, n = 0;

    while (i < na || k < b->n) {
        if (n == TC_CUT_LEAVES)
            return TC_CUT_LEAVES + 1;
        if (k == b->n || (i < na && a[i] < b->leaf[k])) {
            to[n++] = a[i++];
        } else {
            i += i < na && a[i] == b->leaf[k];
            to[n++] = b->leaf[k++];
        }
    }
    return n;
}

static bool before(const struct tc_cuts *c, const struct tc_cut *a, const struct tc_cut *b)
{
    bool na = a->kind == TC_CUT_NONE, nb = b->kind == TC_CUT_NONE;

    if (c->depth && na != nb)
        return nb;
    if (c->depth && a->arrival != b->arrival)
        return a->arrival < b->arrival;
    if (a->flow != b->flow)
        return a->flow < b->flow;
    if (na != nb)
        return nb;
    return a->n < b->n;
}

/* among the kept ones by rank, unless it is there */
static void offer(struct merge *m, const struct tc_cut *cut)
{
    unsigned most = m->c->per_gate, at;

    for (unsigned k = 0; k < m->n; k++)
        if (m->found[k].n == cut->n && !memcmp(m->found[k].leaf, cut->leaf, sizeof cut->leaf))
            return;
    if (m->n == most && !before(m->c, cut, &m->found[most - 1]))
        return;
    at = m->n < most ? m->n++ : most - 1;
    for (; at > 0 && before(m->c, cut, &m->found[at - 1]); at--)
        m->found[at] = m->found[at - 1];
    m->found[at] = *cut;
}

/* a cut for the gate, of one cut of each of its m sources */
static void combine(struct merge *g, const struct tc_cut **of, unsigned m, const tc_wire *leaf,
                    unsigned n)
{
    struct tc_cut cut = {.n = (uint8_t)n};
    uint64_t in[FAN_IN], mask = tc_table_mask(n);

    memcpy(cut.leaf, leaf, n * sizeof *leaf);
    for (unsigned k = 0; k < m; k++)
        in[k] = widen(of[k], leaf, n);
    for (unsigned x = 0; x < 1u << m; x++) {
        uint64_t all = mask;

        for (unsigned k = 0; k < m; k++)
            all &= x >> k & 1 ? in[k] : ~in[k];
        if (!all && m == 2)
            g->excluded = x;
        if (g->function >> x & 1)
            cut.table |= all;
    }
    cut.n = (uint8_t)support(&cut.table, n, cut.leaf);
    judge(g->c, &cut);
    if (g->c->depth)
        offer_chain(g->c, g->gate, &cut);
    offer(g, &cut);
}

static void merge(struct merge *g, const tc_wire *source, unsigned m, unsigned k,
                  const struct tc_cut **of, const tc_wire *leaf, unsigned n)
{
    const struct tc_cuts *c = g->c;
    uint32_t gate = source[k] - c->net->ninputs;
    unsigned count = source[k] < c->net->ninputs ? 0 : c->count[gate];
    struct tc_cut self = {.table = 2, .leaf = {source[k]}, .n = 1};

    for (unsigned j = 0; j <= count; j++) {
        tc_wire both[TC_CUT_LEAVES];
        unsigned nboth;

        of[k] = j < count ? &c->cut[(size_t)gate * c->per_gate + j] : &self;
        if (j < count && (of[k]->kind == TC_CUT_SUM || of[k]->kind == TC_CUT_OWN))
            continue;
        nboth = unite(leaf, n, of[k], both);
        if (nboth > TC_CUT_LEAVES)
            continue;
        if (k + 1 < m)
            merge(g, source, m, k + 1, of, both, nboth);
        else
            combine(g, of, m, both, nboth);
    }
}

/* which values of its sources make a gate 1 */
static uint16_t function_of(const struct tc_net *net, uint32_t g)
{
    const struct tc_net_row *row = &net->row[net->gate[g].row];
    uint16_t f = 0;
    mpz_t sum, z;

    mpz_inits(sum, z, NULL);
    for (unsigned x = 0; x < 1u << row->n; x++) {
        tc_weight_get(net->num, net->gate[g].bound, sum);
        for (unsigned k = 0; k < row->n; k++)
            if (x >> k & 1) {
                tc_weight_get(net->num, net->weight[row->first + k], z);
                mpz_sub(sum, sum, z);
            }
        f = (uint16_t)(f | (mpz_sgn(sum) <= 0) << x);
    }
    mpz_clears(sum, z, NULL);
    return f;
}

/* the gate as it is, or as the sum of its sources */
static void plain(struct merge *m, const tc_wire *source, unsigned n)
{
    struct tc_cut cut = {.kind = TC_CUT_OWN, .pure = true};
    bool usable = false;
    float flow = 1;
    uint32_t last = 0;

    for (unsigned k = 0; k < n; k++) {
        flow += m->c->flow[source[k]];
        last = m->c->arrival[source[k]] > last ? m->c->arrival[source[k]] : last;
    }
    cut.flow = flow;
    cut.arrival = last + 1;
    for (unsigned k = 0; k < m->n; k++)
        usable = usable || m->found[k].kind != TC_CUT_NONE;
    if (!usable) { /* wide, or the cuts of the gate's own sources were not kept */
        m->n -= m->n == m->c->per_gate;
        m->found[m->n++] = cut;
    } else if (n == 2 && m->excluded < 4) {
        cut.kind = TC_CUT_SUM;
        cut.pure = false;
        cut.table = m->function;
        cut.n = 2;
        cut.excluded = (uint8_t)m->excluded;
        cut.flow = flow - 1;
        cut.arrival = last;
        cut.leaf[0] = source[0];
        cut.leaf[1] = source[1];
        offer(m, &cut);
    }
}

/* ------------------------------------------------------------ other ways to pair */

/* the place of a AND b */
static struct pair *find_pair(struct merge *m, tc_lit a, tc_lit b)
{
    tc_lit x = a < b ? a : b, y = a < b ? b : a;
    uint64_t h = (x * UINT64_C(0x9e3779b97f4a7c15) ^ y) * UINT64_C(0xff51afd7ed558ccd);
    size_t at = (h ^ h >> 32) & (m->pairs - 1);

    while (m->pair[at].both && (m->pair[at].a != x || m->pair[at].b != y))
        at = (at + 1) & (m->pairs - 1);
    if (!m->pair[at].both)
        m->pair[at] = (struct pair){x, y, 0};
    return &m->pair[at];
}

/* whether a gate of two sources, or its complement, is l[0] AND l[1]; which, is *both */
static bool is_and(const struct tc_net *net, uint32_t g, tc_lit *l, tc_lit *both)
{
    const struct tc_net_row *row = &net->row[net->gate[g].row];
    unsigned f, x;

    if (row->n != 2)
        return false;
    f = function_of(net, g);
    *both = 2 * (net->ninputs + g) + (f & (f - 1) ? 1 : 0);
    f = f & (f - 1) ? ~f & 15u : f;
    if (f & (f - 1) || !f)
        return false;
    x = (unsigned)__builtin_ctz(f);
    for (unsigned k = 0; k < 2; k++)
        l[k] = 2 * net->source[row->first + k] + !(x >> k & 1);
    return true;
}

/* cuts of a AND b, which is a literal of the gate */
static void merge_and(struct merge *m, tc_lit a, tc_lit b, bool complement)
{
    const struct tc_cut *of[FAN_IN];
    tc_wire source[2] = {a >> 1, b >> 1};
    tc_lit excluded = m->excluded;
    unsigned x = (a & 1 ? 0 : 1) + (b & 1 ? 0 : 2);

    m->function = (uint16_t)(complement ? ~(1u << x) & 15u : 1u << x);
    merge(m, source, 2, 0, of, NULL, 0);
    m->excluded = excluded;
}

static void note_paired(struct tc_cuts *c, tc_lit x, tc_lit yq, tc_lit all)
{
    if (c->npaired == c->paired_room) {
        c->paired_room = 2 * c->paired_room + 256;
        c->paired = tc_xrealloc(c->paired, c->paired_room, sizeof *c->paired);
    }
    c->paired[c->npaired++] = (struct tc_paired){x, yq, all};
}

/* (x y) q as x (y q) where y q is a gate before this one */
static void pair_again(struct merge *m, uint32_t g)
{
    uint16_t function = m->function;
    tc_lit l[2], both;

    if (!is_and(m->c->net, g, l, &both))
        return;
    for (unsigned k = 0; k < 2; k++) {
        tc_lit p = l[k], q = l[1 - k], of[2], is;

        if (p >> 1 < m->c->net->ninputs ||
            !is_and(m->c->net, (p >> 1) - m->c->net->ninputs, of, &is) || is != p)
            continue;
        for (unsigned i = 0; i < 2; i++) {
            tc_lit u = find_pair(m, of[1 - i], q)->both;

            if (!u || u >> 1 == of[i] >> 1)
                continue;
            merge_and(m, of[i], u, both & 1);
            note_paired(m->c, of[i], u, both);
        }
    }
    m->function = function;
    find_pair(m, l[0], l[1])->both = both;
}

static void gate_cuts(struct merge *m, uint32_t g)
{
    struct tc_cuts *c = m->c;
    const struct tc_net_row *row = &c->net->row[c->net->gate[g].row];
    const tc_wire *source = &c->net->source[row->first];
    tc_wire w = c->net->ninputs + g;
    unsigned n = 0;

    m->n = 0;
    m->gate = g;
    m->excluded = 4;
    if (row->n <= FAN_IN) {
        const struct tc_cut *of[FAN_IN];

        m->function = function_of(c->net, g);
        merge(m, source, row->n, 0, of, NULL, 0);
        pair_again(m, g);
    }
    plain(m, source, row->n);
    for (unsigned k = 0; k < m->n; k++) {
        struct tc_cut *to = &c->cut[(size_t)g * c->per_gate + n++];

        *to = m->found[k];
        if (to->kind == TC_CUT_UNITS)
            make_pieces(c, to);
    }
    c->count[g] = (uint8_t)n;
    for (unsigned k = 0; k < n; k++) {
        struct tc_cut *to = &c->cut[(size_t)g * c->per_gate + k];

        if (to->kind == TC_CUT_NONE)
            continue;
        c->arrival[w] = to->arrival;
        c->flow[w] = to->flow / (float)(c->readers[w] ? c->readers[w] : 1);
        break;
    }
}

/* --------------------------------------------------------- what sums rest on */

static bool table_at(const struct tc_cut *cut, const tc_wire *leaf, unsigned n, unsigned x)
{
    unsigned at = 0;

    for (unsigned i = 0; i < cut->n; i++)
        for (unsigned k = 0; k < n; k++)
            if (leaf[k] == cut->leaf[i])
                at |= (x >> k & 1) << i;
    return cut->table >> at & 1;
}

/* whether cuts of two wires say that a value of both does not occur; leaves: of both cuts */
static bool excludes(const struct tc_cut *a, const struct tc_cut *b, unsigned value, tc_wire *leaf,
                     unsigned *n)
{
    *n = 0;
    for (unsigned i = 0; i < a->n; i++)
        leaf[(*n)++] = a->leaf[i];
    for (unsigned i = 0; i < b->n; i++) {
        unsigned k = 0;

        while (k < *n && leaf[k] != b->leaf[i])
            k++;
        if (k == TC_CUT_LEAVES)
            return false;
        leaf[k] = b->leaf[i];
        *n += k == *n;
    }
    for (unsigned x = 0; x < 1u << *n; x++)
        if ((table_at(a, leaf, *n, x) | table_at(b, leaf, *n, x) << 1) == (int)value)
            return false;
    return true;
}

unsigned tc_cuts_excluding(const struct tc_cuts *c, const struct tc_cut *cut, tc_wire *leaf)
{
    struct tc_cut own[2] = {{.n = 1, .table = 2}, {.n = 1, .table = 2}};
    const struct tc_cut *of[2] = {NULL, NULL};
    unsigned count[2] = {0}, n;

    for (unsigned k = 0; k < 2; k++) {
        own[k].leaf[0] = cut->leaf[k];
        if (cut->leaf[k] >= c->net->ninputs) {
            of[k] = &c->cut[(size_t)(cut->leaf[k] - c->net->ninputs) * c->per_gate];
            count[k] = c->count[cut->leaf[k] - c->net->ninputs];
        }
    }
    for (unsigned i = 0; i <= count[0]; i++)
        for (unsigned k = 0; k <= count[1]; k++)
            if (excludes(i ? of[0] + i - 1 : &own[0], k ? of[1] + k - 1 : &own[1], cut->excluded,
                         leaf, &n))
                return n;
    return 0;
}

struct tc_cuts *tc_cuts_new(const struct tc_net *net, bool depth, unsigned per_gate)
{
    size_t wires = (size_t)net->ninputs + net->ngates;
    struct tc_cuts *c = tc_xcalloc(1, sizeof *c);
    struct merge m = {.c = c, .found = tc_xcalloc(ROOM, sizeof *m.found)};

    c->net = net;
    c->depth = depth;
    c->per_gate = per_gate;
    c->tables = tc_tables_new();
    c->cut = tc_xcalloc((size_t)net->ngates * per_gate + 1, sizeof *c->cut);
    c->count = tc_xcalloc((size_t)net->ngates + 1, 1);
    c->arrival = tc_xcalloc(wires + 1, sizeof *c->arrival);
    c->flow = tc_xcalloc(wires + 1, sizeof *c->flow);
    c->readers = tc_xcalloc(wires + 1, sizeof *c->readers);
    c->chain = tc_xcalloc((size_t)net->ngates + 1, sizeof *c->chain);
    c->length = tc_xcalloc((size_t)net->ngates + 1, sizeof *c->length);
    c->late = tc_xcalloc(wires + 1, sizeof *c->late);
    memset(c->late, 0xff, wires * sizeof *c->late);
    for (uint32_t g = 0; g < net->ngates; g++) {
        const struct tc_net_row *row = &net->row[net->gate[g].row];

        for (uint64_t e = row->first; e < row->first + row->n; e++)
            c->readers[net->source[e]]++;
    }
    for (m.pairs = 64; m.pairs < 2 * (size_t)net->ngates;)
        m.pairs *= 2;
    m.pair = tc_xcalloc(m.pairs, sizeof *m.pair);
    for (uint32_t g = 0; g < net->ngates; g++)
        gate_cuts(&m, g);
    free(m.pair);
    free(m.found);
    return c;
}

void tc_cuts_free(struct tc_cuts *c)
{
    tc_tables_free(c->tables);
    free(c->cut);
    free(c->count);
    free(c->arrival);
    free(c->flow);
    free(c->readers);
    free(c->chain);
    free(c->length);
    free(c->late);
    free(c->piece);
    free(c->unit);
    free(c->slot);
    free(c->paired);
    free(c);
}
