/* net.c -- netlists in normal form: reading, making gates, writing
 *
 * Rows and gates are found again in two hash tables with open addressing. */
#include "net.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------- sums */

void tc_net_sum_init(struct tc_net_sum *s)
{
    *s = (struct tc_net_sum){0};
    mpz_inits(s->bound, s->lo, s->hi, s->t, NULL);
}

void tc_net_sum_free(struct tc_net_sum *s)
{
    for (size_t k = 0; k < s->room; k++)
        mpz_clear(s->part[k].weight);
    free(s->part);
    mpz_clears(s->bound, s->lo, s->hi, s->t, NULL);
}

void tc_net_sum_clear(struct tc_net_sum *s)
{
    s->n = 0;
    mpz_set_ui(s->bound, 0);
}

static struct tc_net_part *next_part(struct tc_net_sum *s)
{
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        s->part = tc_xrealloc(s->part, s->room, sizeof *s->part);
        for (size_t k = s->n; k < s->room; k++)
            mpz_init(s->part[k].weight);
    }
    return &s->part[s->n++];
}

void tc_net_sum_add(struct tc_net_sum *s, tc_lit lit, mpz_srcptr weight)
{
    struct tc_net_part *p;

    if (lit == TC_LIT_0)
        return;
    if (lit & 1)
        mpz_sub(s->bound, s->bound, weight);
    if (lit == TC_LIT_1)
        return;
    p = next_part(s);
    p->source = lit >> 1;
    if (lit & 1)
        mpz_neg(p->weight, weight);
    else
        mpz_set(p->weight, weight);
}

void tc_net_sum_add_si(struct tc_net_sum *s, tc_lit lit, int64_t weight)
{
    tc_mpz_set_i64(s->t, weight);
    tc_net_sum_add(s, lit, s->t);
}

static int by_source(const void *a, const void *b)
{
    const struct tc_net_part *p = a, *q = b;

    return (p->source > q->source) - (p->source < q->source);
}

static bool ascending(const struct tc_net_part *part, size_t n)
{
    size_t k = 1;

    while (k < n && part[k - 1].source <= part[k].source)
        k++;
    return k >= n;
}

/* qsort for what is long, since parts may be moved as they are */
static void sort(struct tc_net_part *part, size_t n)
{
    if (ascending(part, n))
        return;
    if (n > 24) {
        qsort(part, n, sizeof *part, by_source);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct tc_net_part p = part[i];
        size_t k = i;

        for (; k > 0 && part[k - 1].source > p.source; k--)
            part[k] = part[k - 1];
        part[k] = p;
    }
}

void tc_net_sum_merge(struct tc_net_sum *s)
{
    size_t n = 0;

    sort(s->part, s->n);
    for (size_t k = 0; k < s->n; k++) {
        if (n > 0 && s->part[n - 1].source == s->part[k].source) {
            mpz_add(s->part[n - 1].weight, s->part[n - 1].weight, s->part[k].weight);
        } else {
            if (n > 0 && !mpz_sgn(s->part[n - 1].weight))
                n--;
            s->part[n].source = s->part[k].source;
            mpz_swap(s->part[n++].weight, s->part[k].weight);
        }
    }
    if (n > 0 && !mpz_sgn(s->part[n - 1].weight))
        n--;
    s->n = n;
    mpz_set_ui(s->lo, 0);
    mpz_set_ui(s->hi, 0);
    for (size_t k = 0; k < n; k++) {
        mpz_ptr end = mpz_sgn(s->part[k].weight) < 0 ? s->lo : s->hi;

        mpz_add(end, end, s->part[k].weight);
    }
}

void tc_net_sum_gate(struct tc_net_sum *s, const struct tc_net *net, uint32_t gate)
{
    const struct tc_net_row *row = &net->row[net->gate[gate].row];

    tc_net_sum_clear(s);
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        struct tc_net_part *p = next_part(s);

        p->source = net->source[e];
        tc_weight_get(net->num, net->weight[e], p->weight);
    }
    tc_net_sum_merge(s);
    tc_weight_get(net->num, net->gate[gate].bound, s->bound);
}

/* greatest common divisor 1, the first weight positive; whether the complement is meant */
static bool normal(struct tc_net_sum *s)
{
    bool negative = mpz_sgn(s->part[0].weight) < 0;

    mpz_abs(s->t, s->part[0].weight);
    for (size_t k = 1; k < s->n && mpz_cmp_ui(s->t, 1) > 0; k++)
        mpz_gcd(s->t, s->t, s->part[k].weight);
    if (mpz_cmp_ui(s->t, 1) > 0) {
        for (size_t k = 0; k < s->n; k++)
            mpz_divexact(s->part[k].weight, s->part[k].weight, s->t);
        mpz_divexact(s->lo, s->lo, s->t);
        mpz_divexact(s->hi, s->hi, s->t);
        mpz_cdiv_q(s->bound, s->bound, s->t);
    }
    if (negative) {
        for (size_t k = 0; k < s->n; k++)
            mpz_neg(s->part[k].weight, s->part[k].weight);
        mpz_neg(s->lo, s->lo);
        mpz_neg(s->hi, s->hi);
        mpz_swap(s->lo, s->hi);
        mpz_ui_sub(s->bound, 1, s->bound);
    }
    return negative;
}

/* ------------------------------------------------------------------- tables */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0xff51afd7ed558ccd;
    return h ^ h >> 32;
}

static uint64_t row_hash(const struct tc_net *net, const tc_wire *source, const tc_weight *weight,
                         uint32_t n)
{
    uint64_t h = n;

    (void)net;
    for (uint32_t k = 0; k < n; k++)
        h = mix(h, source[k] * (uint64_t)0x9e3779b97f4a7c15 ^ (uint64_t)weight[k]);
    return h;
}

static uint64_t gate_hash(uint32_t row, tc_weight bound)
{
    return mix(mix(7, row), (uint64_t)bound);
}

static void grow_rows(struct tc_net *net)
{
    net->row_slots = net->row_slots ? 2 * net->row_slots : 64;
    free(net->row_slot);
    net->row_slot = tc_xcalloc(net->row_slots, sizeof *net->row_slot);
    for (uint32_t r = 0; r < net->nrows; r++) {
        const struct tc_net_row *row = &net->row[r];
        size_t at = row_hash(net, &net->source[row->first], &net->weight[row->first], row->n) &
                    (net->row_slots - 1);

        while (net->row_slot[at])
            at = (at + 1) & (net->row_slots - 1);
        net->row_slot[at] = r + 1;
    }
}

static void grow_gates(struct tc_net *net)
{
    net->gate_slots = net->gate_slots ? 2 * net->gate_slots : 64;
    free(net->gate_slot);
    net->gate_slot = tc_xcalloc(net->gate_slots, sizeof *net->gate_slot);
    for (uint32_t g = 0; g < net->ngates; g++) {
        size_t at = gate_hash(net->gate[g].row, net->gate[g].bound) & (net->gate_slots - 1);

        while (net->gate_slot[at])
            at = (at + 1) & (net->gate_slots - 1);
        net->gate_slot[at] = g + 1;
    }
}

static void more_edges(struct tc_net *net, size_t n)
{
    if (net->nedges + n > net->edge_room) {
        net->edge_room = 2 * net->edge_room + n;
        net->source = tc_xrealloc(net->source, net->edge_room, sizeof *net->source);
        net->weight = tc_xrealloc(net->weight, net->edge_room, sizeof *net->weight);
    }
}

/* the edges behind the last ones, where they may stay */
static void put_edges(struct tc_net *net, const struct tc_net_sum *s)
{
    more_edges(net, s->n);
    for (size_t k = 0; k < s->n; k++) {
        net->source[net->nedges + k] = s->part[k].source;
        net->weight[net->nedges + k] = tc_weight_put(net->num, s->part[k].weight);
    }
}

static bool same_edges(const struct tc_net *net, const struct tc_net_row *row, uint32_t n)
{
    return row->n == n &&
           !memcmp(&net->source[row->first], &net->source[net->nedges], n * sizeof *net->source) &&
           !memcmp(&net->weight[row->first], &net->weight[net->nedges], n * sizeof *net->weight);
}

/* the row of n edges behind the last ones */
static uint32_t find_row(struct tc_net *net, uint32_t n)
{
    size_t at = 0;
    uint32_t level = 0;

    if (net->share) {
        if (2 * (size_t)net->nrows >= net->row_slots)
            grow_rows(net);
        at = row_hash(net, &net->source[net->nedges], &net->weight[net->nedges], n) &
             (net->row_slots - 1);
        for (; net->row_slot[at]; at = (at + 1) & (net->row_slots - 1))
            if (same_edges(net, &net->row[net->row_slot[at] - 1], n))
                return net->row_slot[at] - 1;
        net->row_slot[at] = net->nrows + 1;
    }
    if (net->nrows == net->row_room) {
        net->row_room = 2 * net->row_room + 64;
        net->row = tc_xrealloc(net->row, net->row_room, sizeof *net->row);
    }
    for (uint32_t k = 0; k < n; k++) {
        uint32_t l = tc_net_level(net, net->source[net->nedges + k]);

        level = l > level ? l : level;
    }
    net->row[net->nrows] = (struct tc_net_row){net->nedges, n, level + 1};
    net->nedges += n;
    return net->nrows++;
}

static tc_lit gate_of(struct tc_net *net, uint32_t row, tc_weight bound)
{
    size_t at = 0;

    if (net->share) {
        if (2 * (size_t)net->ngates >= net->gate_slots)
            grow_gates(net);
        at = gate_hash(row, bound) & (net->gate_slots - 1);
        for (; net->gate_slot[at]; at = (at + 1) & (net->gate_slots - 1)) {
            const struct tc_net_gate *g = &net->gate[net->gate_slot[at] - 1];

            if (g->row == row && g->bound == bound)
                return 2 * (net->ninputs + net->gate_slot[at] - 1);
        }
        net->gate_slot[at] = net->ngates + 1;
    }
    if (net->ngates == net->gate_room) {
        net->gate_room = 2 * net->gate_room + 64;
        net->gate = tc_xrealloc(net->gate, net->gate_room, sizeof *net->gate);
    }
    assert(net->ninputs + net->ngates < 2 * TC_NET_WIRES - 4);
    net->gate[net->ngates] = (struct tc_net_gate){row, net->row[row].level, bound};
    return 2 * (net->ninputs + net->ngates++);
}

/* The literal of a normal sum with more than one value, against its bound; row is made
 * when first wanted. */
static tc_lit against(struct tc_net *net, struct tc_net_sum *s, bool negative, uint32_t *row)
{
    if (mpz_cmp(s->bound, s->lo) <= 0)
        return negative ? TC_LIT_0 : TC_LIT_1;
    if (mpz_cmp(s->bound, s->hi) > 0)
        return negative ? TC_LIT_1 : TC_LIT_0;
    if (s->n == 1)
        return 2 * s->part[0].source + negative;
    if (*row == UINT32_MAX) {
        put_edges(net, s);
        *row = find_row(net, (uint32_t)s->n);
    }
    return gate_of(net, *row, tc_weight_put(net->num, s->bound)) + negative;
}

tc_lit tc_net_gate_of(struct tc_net *net, struct tc_net_sum *s)
{
    uint32_t row = UINT32_MAX;

    tc_net_sum_merge(s);
    if (s->n == 0)
        return mpz_sgn(s->bound) <= 0 ? TC_LIT_1 : TC_LIT_0;
    return against(net, s, normal(s), &row);
}

/* a row of another net, put behind the last edges as it is; false if its wires are not all
 * plain and ascending here */
static bool copy_edges(struct tc_net *to, const struct tc_net *from, const struct tc_net_row *row,
                       const tc_lit *lit)
{
    more_edges(to, row->n);
    for (uint32_t k = 0; k < row->n; k++) {
        tc_lit l = lit[from->source[row->first + k]];
        tc_weight w = from->weight[row->first + k];

        if (l & 1 || l >= TC_LIT_0 || (k && to->source[to->nedges + k - 1] >= l >> 1))
            return false;
        to->source[to->nedges + k] = l >> 1;
        to->weight[to->nedges + k] =
            tc_weight_is_big(w) ? tc_weight_put(to->num, from->num->big[tc_weight_index(w)]) : w;
    }
    return true;
}

tc_lit tc_net_copy_gate(struct tc_net *to, const struct tc_net *from, const tc_lit *lit,
                        uint32_t gate, uint32_t *row, struct tc_net_sum *sum)
{
    const struct tc_net_gate *g = &from->gate[gate];
    const struct tc_net_row *r = &from->row[g->row];

    if (row[g->row] == 0)
        row[g->row] = copy_edges(to, from, r, lit) ? 1 + find_row(to, r->n) : UINT32_MAX;
    if (row[g->row] != UINT32_MAX)
        return gate_of(to, row[g->row] - 1,
                       tc_weight_is_big(g->bound)
                           ? tc_weight_put(to->num, from->num->big[tc_weight_index(g->bound)])
                           : g->bound);
    tc_net_sum_clear(sum);
    tc_weight_get(from->num, g->bound, sum->bound);
    for (uint64_t e = r->first; e < r->first + r->n; e++) {
        tc_weight_get(from->num, from->weight[e], sum->lo);
        tc_net_sum_add(sum, lit[from->source[e]], sum->lo);
    }
    return tc_net_gate_of(to, sum);
}

void tc_net_copy_outputs(struct tc_net *to, const struct tc_net *from, const tc_lit *lit)
{
    for (uint32_t o = 0; o < from->noutputs; o++) {
        tc_lit y = from->output[o];

        to->output[o] = y < TC_LIT_0 ? lit[y >> 1] ^ (y & 1) : y;
    }
}

/* ------------------------------------------------------------------ reading */

/* an empty one, with the places of inputs */
static struct tc_net *begin(uint32_t ninputs, uint32_t noutputs, unsigned nplace,
                            const struct tc_place *place)
{
    struct tc_net *net = tc_xcalloc(1, sizeof *net);

    net->num = tc_netlist_new();
    net->share = true;
    net->ninputs = ninputs;
    net->noutputs = noutputs;
    net->output = tc_xcalloc((size_t)noutputs + 1, sizeof *net->output);
    net->num->place = tc_xcalloc(nplace + 1, sizeof *net->num->place);
    for (unsigned p = 0; p < nplace && !place[p].level; p++) {
        net->num->place[p] = place[p];
        net->num->place[p].name = tc_strdup(net->num->arena, place[p].name);
        net->num->nplace++;
    }
    return net;
}

struct tc_net *tc_net_new(const struct tc_netlist *nl, bool share)
{
    struct tc_net *net = begin(nl->ninputs, nl->noutputs, nl->nplace, nl->place);

    net->share = share;
    return net;
}

struct tc_net *tc_net_new_like(const struct tc_net *net)
{
    return begin(net->ninputs, net->noutputs, net->num->nplace, net->num->place);
}

void tc_net_free(struct tc_net *net)
{
    if (!net)
        return;
    tc_netlist_free(net->num);
    free(net->gate);
    free(net->row);
    free(net->source);
    free(net->weight);
    free(net->output);
    free(net->row_slot);
    free(net->gate_slot);
    free(net);
}

/* the gates of one row; their literals go to lit */
static void read_row(struct tc_net *net, const struct tc_netlist *nl, uint32_t r,
                     struct tc_net_sum *s, mpz_t z, tc_lit *lit)
{
    uint32_t row = UINT32_MAX;
    mpz_t shift, g;
    bool negative = false;

    mpz_inits(shift, g, NULL);
    tc_net_sum_clear(s);
    for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
        tc_weight_get(nl, nl->weight[e], z);
        tc_net_sum_add(s, lit[nl->source[e]], z);
    }
    tc_net_sum_merge(s);
    mpz_set(shift, s->bound);
    if (s->n) {
        mpz_abs(g, s->part[0].weight);
        negative = normal(s);
        mpz_divexact(g, g, s->part[0].weight);
    }
    for (uint32_t k = nl->gate[r]; k < nl->gate[r + 1]; k++) {
        tc_weight_get(nl, nl->bound[k], s->bound);
        mpz_add(s->bound, s->bound, shift);
        if (s->n == 0) {
            lit[nl->ninputs + k] = mpz_sgn(s->bound) <= 0 ? TC_LIT_1 : TC_LIT_0;
            continue;
        }
        mpz_cdiv_q(s->bound, s->bound, g);
        if (negative)
            mpz_ui_sub(s->bound, 1, s->bound);
        lit[nl->ninputs + k] = against(net, s, negative, &row);
    }
    mpz_clears(shift, g, NULL);
}

struct tc_net *tc_net_read(const struct tc_netlist *nl, bool share, struct tc_error *err)
{
    struct tc_net *net;
    struct tc_net_sum s;
    tc_lit *lit;
    mpz_t z;

    if ((uint64_t)nl->ninputs + nl->ngates >= TC_NET_WIRES) {
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                "%u inputs and %u gates: netlist passes take fewer than 2^30 wires", nl->ninputs,
                nl->ngates);
        return NULL;
    }
    net = tc_net_new(nl, share);
    lit = tc_xcalloc((size_t)nl->ninputs + nl->ngates + 1, sizeof *lit);
    tc_net_sum_init(&s);
    mpz_init(z);
    for (uint32_t i = 0; i < nl->ninputs; i++)
        lit[i] = 2 * i;
    for (uint32_t r = 0; r < nl->nrows; r++)
        read_row(net, nl, r, &s, z, lit);
    for (uint32_t o = 0; o < nl->noutputs; o++)
        net->output[o] = lit[nl->output[o]];
    mpz_clear(z);
    tc_net_sum_free(&s);
    free(lit);
    return net;
}

/* ------------------------------------------------------------------ writing */

/* Per gate, what is written of it: the gate itself, its complement, or both. */
enum { PLAIN = 1, COMPLEMENT = 2 };

struct writer {
    const struct tc_net *net;
    struct tc_netlist *to;
    unsigned char *want; /* per wire */
    uint32_t *next;      /* per gate: the next of its row, plus 1 */
    uint32_t *head;      /* per row */
    tc_wire *wire[2];    /* per wire: where it, and its complement, are in the copy */
    uint64_t edge_room;
    uint32_t gate_room, row_room;
    mpz_t shift, z;
};

static void mark(struct writer *w)
{
    const struct tc_net *net = w->net;

    for (uint32_t o = 0; o < net->noutputs; o++)
        if (net->output[o] < TC_LIT_0)
            w->want[net->output[o] >> 1] |= net->output[o] & 1 ? COMPLEMENT : PLAIN;
    for (uint32_t g = net->ngates; g-- > 0;) {
        const struct tc_net_row *row = &net->row[net->gate[g].row];

        if (!w->want[net->ninputs + g])
            continue;
        w->next[g] = w->head[net->gate[g].row];
        w->head[net->gate[g].row] = g + 1;
        for (uint64_t e = row->first; !w->next[g] && e < row->first + row->n; e++)
            if (!w->want[net->source[e]])
                w->want[net->source[e]] = PLAIN;
    }
}

/* a row of to is over, if it has a gate */
static void end_row(struct writer *w)
{
    struct tc_netlist *to = w->to;

    if (to->nrows + 1 >= w->row_room) {
        w->row_room = 2 * w->row_room + 64;
        to->first = tc_xrealloc(to->first, (size_t)w->row_room + 1, sizeof *to->first);
        to->gate = tc_xrealloc(to->gate, (size_t)w->row_room + 1, sizeof *to->gate);
    }
    to->nrows++;
    to->first[to->nrows] = to->nedges;
    to->gate[to->nrows] = to->ngates;
}

static tc_wire put_gate(struct writer *w, mpz_srcptr bound)
{
    struct tc_netlist *to = w->to;

    if (to->ngates == w->gate_room) {
        w->gate_room = 2 * w->gate_room + 64;
        to->bound = tc_xrealloc(to->bound, w->gate_room, sizeof *to->bound);
    }
    to->bound[to->ngates] = tc_weight_put(to, bound);
    return to->ninputs + to->ngates++;
}

static void put_edge(struct writer *w, tc_wire source, mpz_srcptr weight)
{
    struct tc_netlist *to = w->to;

    if (to->nedges == w->edge_room) {
        w->edge_room = 2 * w->edge_room + 64;
        to->source = tc_xrealloc(to->source, w->edge_room, sizeof *to->source);
        to->weight = tc_xrealloc(to->weight, w->edge_room, sizeof *to->weight);
    }
    to->source[to->nedges] = source;
    to->weight[to->nedges++] = tc_weight_put(to, weight);
}

/* The live gates of a row, or their complements, where they are wanted. */
static void write_row(struct writer *w, uint32_t r, bool complement)
{
    const struct tc_net *net = w->net;
    unsigned kind = complement ? COMPLEMENT : PLAIN;
    bool any = false;

    mpz_set_ui(w->shift, 0);
    for (uint32_t g = w->head[r]; g; g = w->next[g - 1])
        any = any || (w->want[net->ninputs + g - 1] & kind);
    if (!any)
        return;
    for (uint64_t e = net->row[r].first; e < net->row[r].first + net->row[r].n; e++) {
        tc_wire s = net->source[e];
        bool turned = w->wire[0][s] == UINT32_MAX; /* only its complement is there */

        tc_weight_get(net->num, net->weight[e], w->z);
        if (turned)
            mpz_sub(w->shift, w->shift, w->z);
        if (turned != complement)
            mpz_neg(w->z, w->z);
        put_edge(w, w->wire[turned][s], w->z);
    }
    for (uint32_t g = w->head[r]; g; g = w->next[g - 1]) {
        if (!(w->want[net->ninputs + g - 1] & kind))
            continue;
        tc_weight_get(net->num, net->gate[g - 1].bound, w->z);
        mpz_add(w->z, w->z, w->shift);
        if (complement)
            mpz_ui_sub(w->z, 1, w->z);
        w->wire[complement][net->ninputs + g - 1] = put_gate(w, w->z);
    }
    end_row(w);
}

/* an inverter of an input, or a constant */
static tc_wire write_simple(struct writer *w, tc_lit lit)
{
    mpz_set_si(w->z, -1);
    if (lit < TC_LIT_0)
        put_edge(w, lit >> 1, w->z);
    mpz_set_ui(w->z, lit == TC_LIT_0);
    tc_wire wire = put_gate(w, w->z);
    end_row(w);
    return wire;
}

static void write_outputs(struct writer *w)
{
    const struct tc_net *net = w->net;
    tc_wire constant[2] = {UINT32_MAX, UINT32_MAX};

    w->to->output = tc_xcalloc((size_t)net->noutputs + 1, sizeof *w->to->output);
    for (uint32_t o = 0; o < net->noutputs; o++) {
        tc_lit lit = net->output[o];
        tc_wire *wire = lit < TC_LIT_0 ? &w->wire[lit & 1][lit >> 1] : &constant[lit & 1];

        if (*wire == UINT32_MAX)
            *wire = write_simple(w, lit);
        w->to->output[o] = *wire;
    }
    w->to->noutputs = net->noutputs;
}

static void copy_places(struct writer *w)
{
    const struct tc_netlist *num = w->net->num;

    w->to->place = tc_xcalloc(num->nplace + 1, sizeof *w->to->place);
    for (unsigned p = 0; p < num->nplace; p++) {
        w->to->place[p] = num->place[p];
        w->to->place[p].name = tc_strdup(w->to->arena, num->place[p].name);
    }
    w->to->nplace = num->nplace;
}

struct tc_netlist *tc_net_write(const struct tc_net *net)
{
    size_t wires = (size_t)net->ninputs + net->ngates;
    struct writer w = {.net = net, .to = tc_netlist_new()};

    w.want = tc_xcalloc(wires + 1, 1);
    w.next = tc_xcalloc((size_t)net->ngates + 1, sizeof *w.next);
    w.head = tc_xcalloc((size_t)net->nrows + 1, sizeof *w.head);
    for (int c = 0; c < 2; c++) {
        w.wire[c] = tc_xcalloc(wires + 1, sizeof *w.wire[c]);
        memset(w.wire[c], 0xff, wires * sizeof *w.wire[c]);
    }
    mpz_inits(w.shift, w.z, NULL);
    mark(&w);
    w.to->ninputs = net->ninputs;
    for (uint32_t i = 0; i < net->ninputs; i++)
        w.wire[0][i] = i;
    for (uint32_t g = 0; g < net->ngates; g++) {
        uint32_t r = net->gate[g].row;

        if (w.head[r] != g + 1) /* not the first that is left of its row */
            continue;
        write_row(&w, r, false);
        write_row(&w, r, true);
    }
    write_outputs(&w);
    copy_places(&w);
    mpz_clears(w.shift, w.z, NULL);
    free(w.want);
    free(w.next);
    free(w.head);
    free(w.wire[0]);
    free(w.wire[1]);
    return w.to;
}

static bool same_numbers(const struct tc_netlist *a, const tc_weight *v, const struct tc_netlist *b,
                         const tc_weight *w, uint64_t n)
{
    for (uint64_t k = 0; k < n; k++) {
        bool big = tc_weight_is_big(v[k]);

        if (big != tc_weight_is_big(w[k]) ||
            (big ? mpz_cmp(a->big[tc_weight_index(v[k])], b->big[tc_weight_index(w[k])]) != 0
                 : v[k] != w[k]))
            return false;
    }
    return true;
}

/* arrays of no bytes may be NULL */
static bool same_bytes(const void *a, const void *b, size_t n)
{
    return !n || !memcmp(a, b, n);
}

static bool same(const struct tc_netlist *a, const struct tc_netlist *b)
{
    return a->ngates == b->ngates && a->nrows == b->nrows && a->nedges == b->nedges &&
           same_bytes(a->first, b->first, ((size_t)a->nrows + 1) * sizeof *a->first) &&
           same_bytes(a->gate, b->gate, ((size_t)a->nrows + 1) * sizeof *a->gate) &&
           same_bytes(a->source, b->source, a->nedges * sizeof *a->source) &&
           same_bytes(a->output, b->output, a->noutputs * sizeof *a->output) &&
           same_numbers(a, a->weight, b, b->weight, a->nedges) &&
           same_numbers(a, a->bound, b, b->bound, a->ngates);
}

struct tc_netlist *tc_net_keep(struct tc_netlist *before, struct tc_netlist *after)
{
    if (!same(before, after))
        return after;
    tc_netlist_free(after);
    return before;
}
