/* net_resub.c -- gates that go, since their readers can be expressed by others
 *
 * requires nothing; gates fewer or equal; depth, wires and weights may grow
 *
 * Of circuits with few inputs all values of all wires are known, and with them the rows that a gate
 * matters in: those where an output changes if the gate does.  A reader r of a gate g needs g no
 * longer where r, on its rows, is a threshold function of other wires that do not depend on r: of
 * those that r and g read, or of these and inputs, or of all there are.  Weights are looked for by
 * the perceptron's rule, always for the row that is furthest off, so many times at most; what it
 * finds is right on all rows.  If all readers of g can be had so, one after the other, g goes; else
 * all is as it was.  Gates of few readers come first, in rounds until nothing goes.
 *
 * Time: at most UPDATES updates for a set of wires, and for all of them and for finding rows WORK
 * words in all.
 * source  resubstitution with don't cares: Mishchenko, Brayton, Jiang, Jang, ACM TRETS 2011;
 *         perceptron: Rosenblatt 1958, Novikoff 1962 */
#include "net.h"

#include <stdlib.h>
#include <string.h>

#define MOST_INPUTS 11
#define MOST_GATES  240
#define WIRES       (MOST_INPUTS + MOST_GATES)
#define ROWS        (1u << MOST_INPUTS)
#define WORDS       ((WIRES + 63) / 64)
#define UPDATES     1000
#define WORK        ((uint64_t)1 << 28)
#define LARGE       ((int64_t)1 << 40) /* weights */

struct gate {
    int64_t weight[WIRES], bound; /* of every wire; mostly 0 */
};

struct circuit {
    uint32_t ninputs, wires;
    struct gate *gate; /* per wire */
    bool *live;
    tc_wire *order; /* live gates, each behind what it reads */
    uint32_t norder;
};

struct resub {
    const struct tc_net *net;
    struct circuit now, was;
    uint32_t rows;
    bool *output;           /* per wire */
    unsigned char *value;   /* per wire and row */
    unsigned char *flipped; /* the same, of one gate's complement */
    unsigned char *care;    /* per row */
    bool after[WIRES];      /* what depends on a gate */
    uint32_t npoint, row[ROWS];
    uint64_t point[ROWS][WORDS];
    int32_t sum[ROWS]; /* of points; within UPDATES times their wires */
    int64_t weight[WIRES + 1];
    uint64_t work;
};

/* ------------------------------------------------------------------ circuits */

static void open_circuit(struct circuit *c, const struct tc_net *net)
{
    c->ninputs = net->ninputs;
    c->wires = net->ninputs + net->ngates;
    c->gate = tc_xcalloc(c->wires + 1, sizeof *c->gate);
    c->live = tc_xcalloc(c->wires + 1, sizeof *c->live);
    c->order = tc_xcalloc(c->wires + 1, sizeof *c->order);
}

static void close_circuit(struct circuit *c)
{
    free(c->gate);
    free(c->live);
    free(c->order);
}

static void copy_circuit(struct circuit *to, const struct circuit *from)
{
    memcpy(to->gate, from->gate, from->wires * sizeof *to->gate);
    memcpy(to->live, from->live, from->wires * sizeof *to->live);
    memcpy(to->order, from->order, from->wires * sizeof *to->order);
    to->norder = from->norder;
}

/* false if a weight is too large */
static bool fill(struct circuit *c, const struct tc_net *net)
{
    for (uint32_t g = 0; g < net->ngates; g++) {
        const struct tc_net_row *row = &net->row[net->gate[g].row];
        struct gate *to = &c->gate[net->ninputs + g];

        to->bound = net->gate[g].bound;
        for (uint64_t e = row->first; e < row->first + row->n; e++) {
            if (tc_weight_is_big(net->weight[e]) || llabs(net->weight[e]) >= LARGE)
                return false;
            to->weight[net->source[e]] = net->weight[e];
        }
        if (tc_weight_is_big(to->bound) || llabs(to->bound) >= LARGE)
            return false;
        c->live[net->ninputs + g] = true;
        c->order[c->norder++] = net->ninputs + g;
    }
    return true;
}

/* w and all live gates that it needs, behind what is there */
static void put_order(struct circuit *c, tc_wire w, bool *there)
{
    if (w < c->ninputs || there[w])
        return;
    there[w] = true;
    for (tc_wire s = 0; s < c->wires; s++)
        if (c->gate[w].weight[s])
            put_order(c, s, there);
    c->order[c->norder++] = w;
}

static void sort_circuit(struct circuit *c)
{
    bool there[WIRES] = {false};

    c->norder = 0;
    for (tc_wire w = c->ninputs; w < c->wires; w++)
        if (c->live[w])
            put_order(c, w, there);
}

/* ---------------------------------------------------------------------- rows */

/* a gate's values from those of what it reads */
static void evaluate(const struct resub *r, tc_wire w, unsigned char *value)
{
    const struct gate *g = &r->now.gate[w];
    int64_t sum[ROWS];

    memset(sum, 0, r->rows * sizeof *sum);
    for (tc_wire s = 0; s < r->now.wires; s++)
        for (uint32_t x = 0; g->weight[s] && x < r->rows; x++)
            sum[x] += value[s * r->rows + x] ? g->weight[s] : 0;
    for (uint32_t x = 0; x < r->rows; x++)
        value[w * r->rows + x] = sum[x] >= g->bound;
}

static void evaluate_all(struct resub *r)
{
    for (tc_wire i = 0; i < r->now.ninputs; i++)
        for (uint32_t x = 0; x < r->rows; x++)
            r->value[i * r->rows + x] = x >> i & 1;
    for (uint32_t k = 0; k < r->now.norder; k++)
        evaluate(r, r->now.order[k], r->value);
}

/* what depends on w, and the rows in which an output changes with it */
static void find_care(struct resub *r, tc_wire w)
{
    const struct circuit *c = &r->now;

    r->work += (uint64_t)r->rows * c->norder;
    memset(r->after, 0, sizeof r->after);
    r->after[w] = true;
    memcpy(r->flipped, r->value, (size_t)c->wires * r->rows);
    for (uint32_t x = 0; x < r->rows; x++)
        r->flipped[w * r->rows + x] ^= 1;
    for (uint32_t k = 0; k < c->norder; k++) {
        tc_wire g = c->order[k];

        for (tc_wire s = 0; s < c->wires && !r->after[g]; s++)
            r->after[g] = c->gate[g].weight[s] && r->after[s];
        if (r->after[g] && g != w)
            evaluate(r, g, r->flipped);
    }
    memset(r->care, 0, r->rows);
    for (tc_wire g = 0; g < c->wires; g++)
        for (uint32_t x = 0; r->output[g] && r->after[g] && x < r->rows; x++)
            r->care[x] |= r->flipped[g * r->rows + x] ^ r->value[g * r->rows + x];
}

/* ---------------------------------------------------------------- perceptron */

/* the rows that matter, as points of 1 and -1 of the wires in use, a bit each */
static void set_points(struct resub *r, const bool *use)
{
    r->npoint = 0;
    for (uint32_t x = 0; x < r->rows; x++)
        if (r->care[x])
            r->row[r->npoint++] = x;
    memset(r->point, 0, r->npoint * sizeof *r->point);
    memset(r->sum, 0, r->npoint * sizeof *r->sum);
    for (tc_wire w = 0; w < r->now.wires; w++)
        for (uint32_t i = 0; use[w] && i < r->npoint; i++)
            r->point[i][w / 64] |= (uint64_t)r->value[w * r->rows + r->row[i]] << w % 64;
}

/* the point that is furthest off; npoint: none */
static uint32_t furthest(const struct resub *r, const unsigned char *is)
{
    uint32_t at = r->npoint;
    int32_t least = 1;

    for (uint32_t i = 0; i < r->npoint; i++) {
        int32_t s = is[r->row[i]] ? r->sum[i] : -r->sum[i];

        at = s < least ? i : at;
        least = s < least ? s : least;
    }
    return at;
}

/* Weights of the wires in use, of values 1 and -1, and of 1, such that the sum is positive in
 * rows of value 1 and negative in those of value 0; false if they are not found. */
static bool separate(struct resub *r, const unsigned char *is, const bool *use)
{
    const uint32_t words = (r->now.wires + 63) / 64;
    int used = 1;

    set_points(r, use);
    for (tc_wire w = 0; w < r->now.wires; w++)
        used += use[w];
    memset(r->weight, 0, sizeof r->weight);
    for (unsigned k = 0; k < UPDATES && r->work < WORK; k++) {
        uint32_t at = furthest(r, is);
        int sign;

        if (at == r->npoint)
            return true;
        sign = is[r->row[at]] ? 1 : -1;
        for (uint32_t i = 0; i < r->npoint; i++) {
            int apart = 0;

            for (uint32_t j = 0; j < words; j++)
                apart += __builtin_popcountll(r->point[i][j] ^ r->point[at][j]);
            r->sum[i] += sign * (used - 2 * apart);
        }
        for (tc_wire w = 0; w < r->now.wires; w++)
            if (use[w])
                r->weight[w] += r->value[w * r->rows + r->row[at]] ? sign : -sign;
        r->weight[r->now.wires] += sign;
        r->work += r->npoint * words;
    }
    return false;
}

/* the weights as a gate's, of values 1 and 0 */
static void set_gate(struct resub *r, tc_wire w)
{
    struct gate *g = &r->now.gate[w];

    g->bound = 1 - r->weight[r->now.wires];
    for (tc_wire s = 0; s < r->now.wires; s++) {
        g->weight[s] = 2 * r->weight[s];
        g->bound += r->weight[s];
    }
}

/* -------------------------------------------------------------------- choice */

/* reader made anew without the gate, of more and more wires; false if that is not found */
static bool express(struct resub *r, tc_wire reader, tc_wire gate)
{
    const struct circuit *c = &r->now;
    bool use[WIRES] = {false}, any;

    find_care(r, reader);
    for (int more = 0; more < 3; more++) {
        any = false;
        for (tc_wire w = 0; w < c->wires; w++) {
            bool want = more == 2 || (more == 1 && w < c->ninputs) || c->gate[reader].weight[w] ||
                        c->gate[gate].weight[w];

            want = want && w != gate && !r->after[w] && (w < c->ninputs || c->live[w]);
            any = any || (want && !use[w]);
            use[w] = use[w] || want;
        }
        if (any && separate(r, &r->value[reader * r->rows], use)) {
            set_gate(r, reader);
            return true;
        }
    }
    return false;
}

static uint32_t count_readers(const struct circuit *c, tc_wire w)
{
    uint32_t n = 0;

    for (uint32_t k = 0; k < c->norder; k++)
        n += c->gate[c->order[k]].weight[w] != 0;
    return n;
}

/* whether the gate could be made to go */
static bool remove_gate(struct resub *r, tc_wire w)
{
    copy_circuit(&r->was, &r->now);
    for (;;) {
        uint32_t k = 0;

        while (k < r->now.norder && !r->now.gate[r->now.order[k]].weight[w])
            k++;
        if (k == r->now.norder)
            break;
        if (!express(r, r->now.order[k], w)) {
            copy_circuit(&r->now, &r->was);
            evaluate_all(r);
            return false;
        }
        sort_circuit(&r->now);
        evaluate_all(r);
    }
    r->now.live[w] = false;
    sort_circuit(&r->now);
    return true;
}

static bool choose(struct resub *r)
{
    bool any = false, again = true;

    while (again) {
        again = false;
        for (uint32_t readers = 0; readers <= r->now.norder; readers++)
            for (tc_wire w = r->now.ninputs; w < r->now.wires; w++)
                if (r->now.live[w] && !r->output[w] && count_readers(&r->now, w) == readers &&
                    r->work < WORK && remove_gate(r, w))
                    any = again = true;
    }
    return any;
}

static struct tc_netlist *build(const struct resub *r)
{
    const struct circuit *c = &r->now;
    struct tc_net *to = tc_net_new_like(r->net);
    tc_lit *lit = tc_xcalloc(c->wires + 1, sizeof *lit);
    struct tc_netlist *made;
    struct tc_net_sum sum;

    tc_net_sum_init(&sum);
    for (tc_wire i = 0; i < c->ninputs; i++)
        lit[i] = 2 * i;
    for (uint32_t k = 0; k < c->norder; k++) {
        const struct gate *g = &c->gate[c->order[k]];

        tc_net_sum_clear(&sum);
        tc_mpz_set_i64(sum.bound, g->bound);
        for (tc_wire s = 0; s < c->wires; s++)
            if (g->weight[s])
                tc_net_sum_add_si(&sum, lit[s], g->weight[s]);
        lit[c->order[k]] = tc_net_gate_of(to, &sum);
    }
    tc_net_copy_outputs(to, r->net, lit);
    made = tc_net_write(to);
    tc_net_sum_free(&sum);
    free(lit);
    tc_net_free(to);
    return made;
}

struct tc_netlist *tc_net_resub(struct tc_netlist *nl, const struct tc_pass_options *options,
                                struct tc_error *err)
{
    bool small = nl->ninputs <= MOST_INPUTS && nl->ngates <= MOST_GATES;
    struct tc_net *net = small ? tc_net_read(nl, true, err) : NULL;
    struct tc_netlist *made = nl;
    struct resub *r;
    size_t values;

    (void)options;
    if (!net)
        return small ? NULL : nl;
    r = tc_xcalloc(1, sizeof *r);
    r->net = net;
    r->rows = 1u << net->ninputs;
    values = (size_t)(net->ninputs + net->ngates + 1) * r->rows;
    r->value = tc_xcalloc(values, 1);
    r->flipped = tc_xcalloc(values, 1);
    r->care = tc_xcalloc(r->rows, 1);
    r->output = tc_xcalloc(net->ninputs + net->ngates + 1, sizeof *r->output);
    for (uint32_t o = 0; o < net->noutputs; o++)
        if (net->output[o] < TC_LIT_0)
            r->output[net->output[o] >> 1] = true;
    open_circuit(&r->now, net);
    open_circuit(&r->was, net);
    if (fill(&r->now, net)) {
        evaluate_all(r);
        if (choose(r))
            made = build(r);
    }
    close_circuit(&r->now);
    close_circuit(&r->was);
    free(r->value);
    free(r->flipped);
    free(r->care);
    free(r->output);
    free(r);
    tc_net_free(net);
    return made;
}
