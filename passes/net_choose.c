/* net_choose.c -- comparisons of words that other comparisons chose
 *
 * requires fewer than 2^30 wires; gates, depth, wires and weights may grow: net_best.c looks
 * whether it was worth it
 *
 * The largest of several words is found by comparing words that earlier comparisons chose.  A wire
 * that many gates read is a select: if it is a list of inputs (net_lists.c), it is a gate of
 * them; if it is not, it may be one for each of the values of a few selects before it, which are
 * then as many gates of inputs, its atoms, and it is a function of these and of the atoms of those
 * selects.  So is a wire that has only selects and inputs below it: a bit of the largest word.
 *
 * These functions, of at most 16 atoms and inputs, are made as sums of products, a gate each, and
 * one for the sum, at most two layers above the atoms.  Atoms do not take all values: of x >= y, y
 * >= z and z > x at most two are true.  What net_care.c says never happens is free.
 *
 * Made anew are the wires that a comparison of chosen words decides and outputs or other gates
 * want, from the outputs on.  Time: WORK steps for diagrams, and TABLES words of tables.
 *
 * source  expansion of a function by a wire: Shannon 1949 */
#include "net_cover.h"
#include "net_lists.h"
#include "trail.h"

#include <stdlib.h>
#include <string.h>

#define LARGE   ((uint32_t)1 << 21) /* gates, of which none are looked at */
#define READERS 4                   /* of a select, at least */
#define MEMBERS 96                  /* selects and gates that a wire is made of */
#define WORK    ((uint64_t)1 << 22) /* of diagrams */
#define TABLES  ((uint64_t)1 << 28) /* words of tables looked at */
#define NONE    (TC_LIT_0 - 1)      /* no wire, and no literal: what is made may be a constant */

struct select { /* a wire that is atom[v] where the selects that cut its cone have value v */
    tc_wire wire;
    uint32_t ncut, cut[TC_LISTS_CUTS];
    struct tc_lists_item first[1 << TC_LISTS_CUTS]; /* steps of the atoms, if they have one */
    tc_lit atom[1 << TC_LISTS_CUTS]; /* of `to`: inputs, gates of inputs, constants */
    unsigned nleaf;
    tc_wire leaf[TC_COVER_INPUTS]; /* the atoms it depends on, descending: gates come first */
};

struct choose {
    const struct tc_net *net;
    struct tc_net *to; /* holds the atoms, and what is made of them */
    struct tc_lists *lists;
    struct tc_net_sum sum;
    uint32_t *readers; /* per wire, outputs among them */
    bool *output;      /* per wire */
    uint32_t *select;  /* per wire: number in selects plus 1; every input that is read has one */
    struct select *selects;
    uint32_t nselect, room;
    uint32_t *count; /* per wire: gates of a cone that read it; 0 */
    bool *wanted;    /* per wire */
    tc_lit *made;    /* per wire: in `to`; NONE */
    uint64_t work;   /* words of tables looked at */

    /* what a wire is made of */
    tc_wire member[MEMBERS];  /* ascending, the wire itself last */
    uint32_t nmember, ngates; /* ngates: of them, not counting atoms and inputs */
    bool chosen;              /* one of them is a select with cuts */
    uint32_t *place;          /* per wire: where it is in member, plus 1; 0 */
    unsigned nleaf, nrelated;
    tc_wire leaf[TC_COVER_INPUTS], related[TC_COVER_INPUTS];
    uint64_t *table; /* per member */
    uint64_t *gates; /* the values that those in related may have */
    uint64_t *care;  /* the values that the leaves may have */
};

static const struct tc_net_row *row_of(const struct tc_net *net, tc_wire w)
{
    return &net->row[net->gate[w - net->ninputs].row];
}

/* ------------------------------------------------------------------- selects */

/* into a descending list; false if it is full */
static bool add_leaf(tc_wire *leaf, unsigned *n, tc_wire w)
{
    unsigned k = *n;

    while (k > 0 && leaf[k - 1] < w)
        k--;
    if (k > 0 && leaf[k - 1] == w)
        return true;
    if (*n == TC_COVER_INPUTS)
        return false;
    memmove(&leaf[k + 1], &leaf[k], (*n - k) * sizeof *leaf);
    leaf[k] = w;
    ++*n;
    return true;
}

static bool add_leaves(tc_wire *leaf, unsigned *n, const struct select *s)
{
    bool ok = true;

    for (unsigned k = 0; ok && k < s->nleaf; k++)
        ok = add_leaf(leaf, n, s->leaf[k]);
    return ok;
}

static void put_select(struct choose *c, const struct select *s)
{
    if (c->nselect == c->room) {
        c->room = 2 * c->room + 64;
        c->selects = tc_xrealloc(c->selects, c->room, sizeof *c->selects);
    }
    c->selects[c->nselect] = *s;
    c->select[s->wire] = ++c->nselect;
}

/* What the first steps of cuts rule out where these have a value: such inputs would decide
 * otherwise. */
static void find_never(struct choose *c, uint32_t value)
{
    struct tc_lists *l = c->lists;

    l->nnever = 0;
    for (uint32_t k = 0; k < l->ncut; k++) {
        const struct select *s = &c->selects[c->select[l->cut[k]] - 1];
        const struct tc_lists_item *first;
        bool is = value >> k & 1;
        uint32_t v = 0, known = 0;

        for (uint32_t i = 0; i < s->ncut; i++)
            for (uint32_t j = 0; j < l->ncut; j++)
                if (l->cut[j] == c->selects[s->cut[i]].wire) {
                    v |= (value >> j & 1) << i;
                    known++;
                }
        first = &s->first[v];
        if (known < s->ncut || first->a == TC_LIT_0)
            continue;
        if (first->b != TC_LIT_0) {
            l->never[l->nnever][0] = first->a ^ (first->result == is);
            l->never[l->nnever++][1] = first->b ^ (first->result == is);
        } else if (first->result != is) {
            l->never[l->nnever][0] = l->never[l->nnever][1] = first->a;
            l->nnever++;
        }
    }
}

/* Whether the last cone's wire is a list for all values of its cuts; then it is a select, unless it
 * depends on too many atoms. */
static bool find_atoms(struct choose *c, tc_wire w)
{
    struct tc_lists *l = c->lists;
    struct select s = {.wire = w, .ncut = l->ncut};
    bool ok = true;

    for (uint32_t v = 0; v < 1u << s.ncut; v++) {
        find_never(c, v);
        if (!tc_lists_find(l, v))
            return false;
        s.first[v] = l->nitem ? l->item[0] : (struct tc_lists_item){.a = TC_LIT_0};
        s.atom[v] = tc_lists_gate(l, c->to, &c->sum);
        ok = ok && (s.atom[v] >= TC_LIT_0 || add_leaf(s.leaf, &s.nleaf, s.atom[v] >> 1));
    }
    for (uint32_t k = 0; k < s.ncut; k++) {
        s.cut[k] = c->select[l->cut[k]] - 1;
        ok = ok && add_leaves(s.leaf, &s.nleaf, &c->selects[s.cut[k]]);
    }
    if (ok)
        put_select(c, &s);
    return true;
}

static bool is_cut(const struct tc_lists *l, tc_wire w)
{
    uint32_t k = 0;

    while (k < l->ncut && l->cut[k] != w)
        k++;
    return k < l->ncut;
}

/* the select that most gates of the last cone read, READERS of them at least, or NONE */
static tc_wire most_read(struct choose *c)
{
    const struct tc_lists *l = c->lists;
    tc_wire best = NONE;
    uint32_t most = READERS - 1;

    for (int clear = 0; clear < 2; clear++)
        for (uint32_t k = 0; k < l->ncone; k++) {
            const struct tc_net_row *row = row_of(c->net, l->cone[k]);

            for (uint64_t e = row->first; e < row->first + row->n; e++) {
                tc_wire w = c->net->source[e];

                c->count[w] = clear ? 0 : c->count[w] + 1;
                if (c->count[w] > most && c->select[w] && !is_cut(l, w)) {
                    most = c->count[w];
                    best = w;
                }
            }
        }
    return best;
}

/* a list, or one for each value of the selects that most of its cone reads; of so few as will do */
static void find_select(struct choose *c, tc_wire w)
{
    struct tc_lists *l = c->lists;

    for (l->ncut = 0;;) {
        tc_wire next;

        if (!tc_lists_cone(l, w) || find_atoms(c, w))
            return;
        next = l->ncut < TC_LISTS_CUTS ? most_read(c) : NONE;
        if (next == NONE)
            return;
        l->cut[l->ncut++] = next;
    }
}

/* ------------------------------------------------------------------- members */

static int ascending(const void *a, const void *b)
{
    tc_wire p = *(const tc_wire *)a, q = *(const tc_wire *)b;

    return (p > q) - (p < q);
}

/* a wire that another one is made of; false if they are too many */
static bool add_member(struct choose *c, tc_wire w)
{
    if (c->place[w])
        return true;
    if (c->nmember == MEMBERS)
        return false;
    c->place[w] = 1;
    c->member[c->nmember++] = w;
    return true;
}

/* what a member reads becomes a member, too */
static bool add_sources(struct choose *c, tc_wire w)
{
    const struct select *s = c->select[w] ? &c->selects[c->select[w] - 1] : NULL;
    const struct tc_net_row *row;
    bool ok = true;

    if (s) {
        c->chosen = c->chosen || s->ncut > 0;
        c->ngates += s->ncut > 0;
        for (uint32_t k = 0; ok && k < s->ncut; k++)
            ok = add_member(c, c->selects[s->cut[k]].wire);
        return ok && add_leaves(c->leaf, &c->nleaf, s);
    }
    row = row_of(c->net, w);
    c->ngates++;
    ok = tc_lists_small(c->net, w);
    for (uint64_t e = row->first; ok && e < row->first + row->n; e++)
        ok = add_member(c, c->net->source[e]);
    return ok;
}

/* the selects and gates above them that a wire is made of; false if they, or the atoms, are too
 * many */
static bool find_members(struct choose *c, tc_wire top)
{
    bool ok = true;

    for (uint32_t k = 0; k < c->nmember; k++)
        c->place[c->member[k]] = 0;
    c->nmember = c->ngates = c->nleaf = 0;
    c->chosen = false;
    add_member(c, top);
    for (uint32_t k = 0; ok && k < c->nmember; k++)
        ok = add_sources(c, c->member[k]);
    qsort(c->member, c->nmember, sizeof *c->member, ascending);
    for (uint32_t k = 0; k < c->nmember; k++)
        c->place[c->member[k]] = k + 1;
    return ok;
}

/* selects from the inputs on: wires with many readers, and outputs that are not made of them */
static void find_selects(struct choose *c)
{
    const struct tc_net *net = c->net;
    struct select input = {.first = {{.a = TC_LIT_0}}, .nleaf = 1};

    for (tc_wire w = 0; w < net->ninputs; w++) {
        if (!c->readers[w])
            continue;
        input.wire = input.leaf[0] = w;
        input.atom[0] = 2 * w;
        put_select(c, &input);
    }
    for (tc_wire w = net->ninputs; w < net->ninputs + net->ngates && c->lists->work < WORK; w++)
        if (c->readers[w] >= READERS || (c->output[w] && !find_members(c, w)))
            find_select(c, w);
}

/* -------------------------------------------------------------------- tables */

/* word k of an atom's table */
static uint64_t atom_word(const struct choose *c, tc_lit atom, size_t k)
{
    uint64_t word = 0;
    unsigned i = 0;

    if (atom < TC_LIT_0) {
        while (c->leaf[i] != atom >> 1)
            i++;
        word = tc_cover_variable(i, k);
    }
    return atom & 1 ? ~word : word;
}

static uint64_t select_word(const struct choose *c, const struct select *s, size_t k)
{
    size_t words = tc_cover_words(c->nleaf);
    uint64_t word = 0;

    for (uint32_t v = 0; v < 1u << s->ncut; v++) {
        uint64_t here = atom_word(c, s->atom[v], k);

        for (uint32_t i = 0; i < s->ncut; i++) {
            uint64_t cut = c->table[(c->place[c->selects[s->cut[i]].wire] - 1) * words + k];

            here &= v >> i & 1 ? cut : ~cut;
        }
        word |= here;
    }
    return word;
}

static uint64_t gate_word(const struct choose *c, tc_wire w, size_t k)
{
    const struct tc_net_row *row = row_of(c->net, w);
    size_t words = tc_cover_words(c->nleaf);
    uint64_t source[TC_LISTS_FAN_IN];

    for (uint32_t e = 0; e < row->n; e++)
        source[e] = c->table[(c->place[c->net->source[row->first + e]] - 1) * words + k];
    return tc_lists_word(c->net, w, source);
}

/* the last member's function of the leaves */
static void find_table(struct choose *c)
{
    size_t words = tc_cover_words(c->nleaf);

    c->table = tc_xrealloc(c->table, c->nmember * words, sizeof *c->table);
    c->work += c->nmember * words;
    for (uint32_t m = 0; m < c->nmember; m++) {
        uint32_t s = c->select[c->member[m]];

        for (size_t k = 0; k < words; k++)
            c->table[m * words + k] =
                s ? select_word(c, &c->selects[s - 1], k) : gate_word(c, c->member[m], k);
    }
}

/* the values that the leaves may have */
static void find_care(struct choose *c)
{
    size_t words = tc_cover_words(c->nleaf), repeat;
    unsigned n = 0;

    while (n < c->nleaf && c->leaf[n] >= c->to->ninputs)
        n++;
    if (n != c->nrelated || memcmp(c->leaf, c->related, n * sizeof *c->leaf)) {
        c->nrelated = n;
        memcpy(c->related, c->leaf, n * sizeof *c->leaf);
        tc_care_find(c->to, c->leaf, n, c->gates);
    }
    repeat = tc_cover_words(n);
    for (size_t k = 0; k < words; k++)
        c->care[k] = c->gates[k % repeat];
    tc_care_read(c->to, c->leaf, c->nleaf, n, c->care);
}

/* -------------------------------------------------------------------- making */

struct sum_of_products {
    struct tc_product product[TC_COVER_MOST];
    unsigned n, literals; /* n: above TC_COVER_MOST if there is none */
};

static unsigned count_literals(const struct sum_of_products *s)
{
    unsigned n = 0;

    for (unsigned k = 0; k < s->n; k++)
        n += (unsigned)__builtin_popcount(s->product[k].reads);
    return n;
}

/* of the last member or its complement */
static void find_products(struct choose *c, bool complement, struct sum_of_products *s)
{
    size_t words = tc_cover_words(c->nleaf);
    const uint64_t *f = &c->table[(c->nmember - 1) * words];
    uint64_t *on = tc_xcalloc(2 * words, sizeof *on), *may = on + words;

    for (size_t k = 0; k < words; k++) {
        uint64_t is = complement ? ~f[k] : f[k], care = c->care[k];

        on[k] = is & care;
        may[k] = is | ~care;
    }
    if (!tc_cover_find(on, may, c->nleaf, s->product, &s->n))
        s->n = TC_COVER_MOST + 1;
    else
        s->literals = count_literals(s);
    c->work += (uint64_t)s->n * c->nleaf * c->nleaf * words;
    free(on);
}

static tc_lit make_product(struct choose *c, const struct tc_product *p)
{
    tc_net_sum_clear(&c->sum);
    mpz_set_ui(c->sum.bound, (unsigned long)__builtin_popcount(p->reads));
    for (unsigned i = 0; i < c->nleaf; i++)
        if (p->reads >> i & 1)
            tc_net_sum_add_si(&c->sum, 2 * c->leaf[i] + !(p->ones >> i & 1), 1);
    return tc_net_gate_of(c->to, &c->sum);
}

static tc_lit make_sum(struct choose *c, const struct sum_of_products *s)
{
    tc_lit product[TC_COVER_MOST];

    for (unsigned k = 0; k < s->n; k++)
        product[k] = make_product(c, &s->product[k]);
    tc_net_sum_clear(&c->sum);
    mpz_set_ui(c->sum.bound, 1);
    for (unsigned k = 0; k < s->n; k++)
        tc_net_sum_add_si(&c->sum, product[k], 1);
    return tc_net_gate_of(c->to, &c->sum);
}

/* Makes a wire that a comparison of chosen words decides, or a select; false if it is none, or has
 * more products than it was made of gates. */
static bool make_wire(struct choose *c, tc_wire w)
{
    struct sum_of_products s[2];
    bool turn;

    if (c->work >= TABLES || !find_members(c, w) || !(c->select[w] || c->chosen))
        return false;
    find_table(c);
    find_care(c);
    find_products(c, false, &s[0]);
    find_products(c, true, &s[1]);
    turn = s[1].n < s[0].n || (s[1].n == s[0].n && s[1].literals < s[0].literals);
    if (s[turn].n > TC_COVER_MOST || (!c->select[w] && s[turn].n > c->ngates))
        return false;
    c->made[w] = make_sum(c, &s[turn]) ^ turn;
    return true;
}

static void make_wires(struct choose *c)
{
    const struct tc_net *net = c->net;

    for (tc_wire w = net->ninputs + net->ngates; w-- > net->ninputs;) {
        const struct tc_net_row *row = row_of(net, w);

        if (!c->wanted[w] || make_wire(c, w))
            continue;
        for (uint64_t e = row->first; e < row->first + row->n; e++)
            c->wanted[net->source[e]] = true;
    }
}

static bool make_gate(void *ctx, struct tc_net *to, const tc_lit *lit, tc_wire w,
                      struct tc_net_sum *sum, tc_lit *made)
{
    const struct choose *c = ctx;

    (void)to, (void)lit, (void)sum;
    if (c->made[w] != NONE)
        *made = c->made[w];
    return c->made[w] != NONE || !c->wanted[w];
}

/* --------------------------------------------------------------------- trail */

/* what the trail is told, and in which order inputs decide */
struct note {
    struct tc_trail_note made;
    tc_lit *leaf; /* room for selects, then all inputs */
};

struct ranked {
    uint32_t rank;
    tc_wire wire;
};

/* by where they were in the last list that had them */
static int by_rank(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;

    return p->rank != q->rank ? (p->rank > q->rank) - (p->rank < q->rank)
                              : (p->wire > q->wire) - (p->wire < q->wire);
}

static void order_inputs(const struct choose *c, tc_lit *leaf)
{
    uint32_t n = c->net->ninputs;
    struct ranked *input = tc_xcalloc((size_t)n + 1, sizeof *input);

    for (tc_wire w = 0; w < n; w++)
        input[w] = (struct ranked){c->lists->rank[w], w};
    qsort(input, n, sizeof *input, by_rank);
    for (uint32_t k = 0; k < n; k++)
        leaf[k] = 2 * input[k].wire;
    free(input);
}

/* The trail's gate of a sum over its literals. */
static tc_lit trail_gate(struct choose *c, struct note *n, const tc_lit *lit, unsigned nlit,
                         unsigned bound)
{
    tc_net_sum_clear(&c->sum);
    mpz_set_ui(c->sum.bound, bound);
    for (unsigned k = 0; k < nlit; k++)
        tc_net_sum_add_si(&c->sum, lit[k], 1);
    return tc_trail_gate(n->made.trail, &c->sum, NULL);
}

/* Claims that a select is its atom where the selects that cut it have a value: the OR over these of
 * ANDs, as a function of those selects and of inputs; or of inputs alone, if it is so because not
 * all values occur. */
static void note_select(struct choose *c, struct note *n, const struct select *s)
{
    tc_lit product[1 << TC_LISTS_CUTS], lit[TC_LISTS_CUTS + 1], is;
    tc_lit *leaf = n->leaf + TC_LISTS_CUTS - s->ncut;

    for (uint32_t v = 0; v < 1u << s->ncut; v++) {
        for (uint32_t k = 0; k < s->ncut; k++)
            lit[k] = n->made.was[c->selects[s->cut[k]].wire] ^ !(v >> k & 1);
        lit[s->ncut] = tc_trail_as(&n->made, s->atom[v]);
        product[v] = trail_gate(c, n, lit, s->ncut + 1, s->ncut + 1);
    }
    is = trail_gate(c, n, product, 1u << s->ncut, 1);
    for (uint32_t k = 0; k < s->ncut; k++)
        leaf[k] = n->made.was[c->selects[s->cut[k]].wire];
    tc_trail_claim_cut(n->made.trail, is, n->made.was[s->wire], n->made.base, leaf,
                       s->ncut + c->net->ninputs);
    if (s->ncut)
        tc_trail_claim_cut(n->made.trail, is, n->made.was[s->wire], n->made.base,
                           n->leaf + TC_LISTS_CUTS, c->net->ninputs);
}

/* Claims of selects, from the inputs on, and of the wires that are made, read as selects are. */
static void note_all(struct choose *c, struct tc_trail *trail)
{
    const struct tc_net *net = c->net;
    struct note n;

    if (!trail || net->ninputs > TC_LISTS_INPUTS)
        return;
    tc_trail_open(&n.made, trail, net);
    tc_trail_follow(&n.made, c->to);
    n.leaf = tc_xcalloc(TC_LISTS_CUTS + (size_t)net->ninputs, sizeof *n.leaf);
    order_inputs(c, n.leaf + TC_LISTS_CUTS);
    for (uint32_t s = 0; s < c->nselect; s++)
        if (c->selects[s].wire >= net->ninputs)
            note_select(c, &n, &c->selects[s]);
    n.made.base = tc_trail_wires(trail);
    for (tc_wire w = net->ninputs; w < net->ninputs + net->ngates; w++)
        if (c->made[w] != NONE)
            tc_trail_claim_cut(trail, tc_trail_as(&n.made, c->made[w]), n.made.was[w], n.made.base,
                               n.leaf + TC_LISTS_CUTS, net->ninputs);
    free(n.leaf);
    tc_trail_close(&n.made);
}

/* --------------------------------------------------------------------- whole */

static void count_readers(struct choose *c)
{
    const struct tc_net *net = c->net;

    for (uint32_t r = 0; r < net->nrows; r++)
        for (uint64_t e = net->row[r].first; e < net->row[r].first + net->row[r].n; e++)
            c->readers[net->source[e]]++;
    for (uint32_t o = 0; o < net->noutputs; o++)
        if (net->output[o] < TC_LIT_0) {
            c->readers[net->output[o] >> 1]++;
            c->output[net->output[o] >> 1] = c->wanted[net->output[o] >> 1] = true;
        }
}

static void open_choose(struct choose *c, const struct tc_net *net)
{
    size_t n = (size_t)net->ninputs + net->ngates + 1;

    *c = (struct choose){.net = net, .to = tc_net_new_like(net), .lists = tc_lists_open(net, WORK)};
    tc_net_sum_init(&c->sum);
    c->readers = tc_xcalloc(n, sizeof *c->readers);
    c->output = tc_xcalloc(n, sizeof *c->output);
    c->select = tc_xcalloc(n, sizeof *c->select);
    c->count = tc_xcalloc(n, sizeof *c->count);
    c->wanted = tc_xcalloc(n, sizeof *c->wanted);
    c->made = tc_xcalloc(n, sizeof *c->made);
    c->place = tc_xcalloc(n, sizeof *c->place);
    c->care = tc_xcalloc(tc_cover_words(TC_COVER_INPUTS), sizeof *c->care);
    c->gates = tc_xcalloc(tc_cover_words(TC_COVER_INPUTS), sizeof *c->gates);
    c->gates[0] = UINT64_MAX;
    for (size_t w = 0; w < n; w++)
        c->made[w] = NONE;
}

/* all but what is made */
static void close_choose(struct choose *c)
{
    tc_lists_close(c->lists);
    tc_net_sum_free(&c->sum);
    free(c->readers);
    free(c->output);
    free(c->select);
    free(c->selects);
    free(c->count);
    free(c->wanted);
    free(c->made);
    free(c->place);
    free(c->table);
    free(c->care);
    free(c->gates);
}

struct tc_netlist *tc_net_choose(struct tc_netlist *nl, const struct tc_pass_options *options,
                                 struct tc_error *err)
{
    struct tc_net *net = nl->ngates > LARGE ? NULL : tc_net_read(nl, true, err);
    struct tc_netlist *made = nl;
    struct choose c;
    bool any = false;

    if (!net)
        return nl->ngates > LARGE ? nl : NULL;
    open_choose(&c, net);
    count_readers(&c);
    find_selects(&c);
    for (uint32_t s = 0; s < c.nselect; s++)
        any = any || c.selects[s].ncut > 0;
    if (any) {
        make_wires(&c);
        note_all(&c, options->trail);
        made = tc_net_rebuild_in(net, c.to, options->trail, make_gate, &c);
    } else {
        tc_net_free(c.to);
    }
    close_choose(&c);
    tc_net_free(net);
    return made;
}
