/* net_recognise.c -- functions of a number of ones as one or two layers
 *
 * requires fewer than 2^30 wires; depth and gates fewer or equal; wires may grow
 *
 * A wire that is 1 where the number m of ones of a set S is in [t_1, t_2[, [t_3, t_4[, ... is
 * g_1 - g_2 + g_3 - ..., with g_i = [m >= t_i] gates of one sum; one threshold is a gate by
 * itself.  From the outputs on, the wires over the largest sets are looked at first; those of a
 * set that are read from elsewhere are made anew together, where that takes no more gates than
 * are then read by nobody, and not even a third of them if gates are to be few: for map finds
 * carries and sums of three wires on its own.
 *
 * source  symmetric functions in two layers: Muroga, Threshold Logic and Its Applications, 1971 */
#include "net_symmetric.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST 4                   /* atoms of a set */
#define LARGE    ((uint32_t)1 << 21) /* gates, of which none are looked at */

struct recognise {
    const struct tc_net *net;
    struct tc_symmetric s;
    uint32_t wires, nroot, ngone;
    uint32_t *readers; /* per wire, outputs among them */
    bool *wanted;      /* per wire: by an output or a gate that stays */
    bool *anew;        /* per wire */
    tc_wire *order;    /* gates by size of set and number, both descending */
    tc_wire *root, *gone, *stack;
    bool *change; /* per count: whether some root changes there */
    bool few;
    struct tc_net_sum steps; /* to work in */
};

static bool value(const struct recognise *r, tc_wire w, uint32_t count)
{
    return r->s.bits[r->s.vector[w] + count / 64] >> count % 64 & 1;
}

static const struct tc_net_row *row_of(const struct tc_net *net, tc_wire w)
{
    return &net->row[net->gate[w - net->ninputs].row];
}

/* ------------------------------------------------------------------- choice */

/* wanted wires of order[from..to[ want what they read; with roots those with a vector are
 * noted instead */
static void spread(struct recognise *r, uint32_t from, uint32_t to, bool roots)
{
    r->nroot = 0;
    for (uint32_t k = from; k < to; k++) {
        tc_wire w = r->order[k];
        const struct tc_net_row *row = row_of(r->net, w);

        if (!r->wanted[w])
            continue;
        if (roots && r->s.vector[w] != TC_NO_VECTOR) {
            r->root[r->nroot++] = w;
            continue;
        }
        for (uint64_t e = row->first; e < row->first + row->n; e++)
            r->wanted[r->net->source[e]] = true;
    }
}

/* gates that make the roots: the thresholds of all of them, and one more for each root
 * with several */
static uint32_t cost(struct recognise *r, uint32_t set)
{
    uint32_t gates = 0;

    memset(r->change, 0, r->s.size[set] + 1);
    for (uint32_t k = 0; k < r->nroot; k++) {
        uint32_t changes = 0;

        for (uint32_t c = 1; c <= r->s.size[set]; c++)
            if (value(r, r->root[k], c) != value(r, r->root[k], c - 1)) {
                changes++;
                gates += !r->change[c];
                r->change[c] = true;
            }
        gates += changes > 1;
    }
    return gates;
}

/* how many gates nobody reads once the roots are made anew, which are noted */
static uint32_t release(struct recognise *r)
{
    uint32_t top = 0;

    r->ngone = 0;
    for (uint32_t k = 0; k < r->nroot; k++)
        r->anew[r->root[k]] = true;
    for (uint32_t k = 0; k < r->nroot; k++)
        r->stack[top++] = r->root[k];
    while (top) {
        tc_wire w = r->stack[--top];
        const struct tc_net_row *row = row_of(r->net, w);

        r->gone[r->ngone++] = w;
        for (uint64_t e = row->first; e < row->first + row->n; e++) {
            tc_wire source = r->net->source[e];

            if (--r->readers[source] == 0 && source >= r->net->ninputs && !r->s.wide[source] &&
                !r->anew[source])
                r->stack[top++] = source;
        }
    }
    return r->ngone;
}

static void take_back(struct recognise *r)
{
    for (uint32_t k = 0; k < r->ngone; k++) {
        const struct tc_net_row *row = row_of(r->net, r->gone[k]);

        for (uint64_t e = row->first; e < row->first + row->n; e++)
            r->readers[r->net->source[e]]++;
    }
    for (uint32_t k = 0; k < r->nroot; k++)
        r->anew[r->root[k]] = false;
}

/* the atoms of the set are read by what is new */
static void want_atoms(struct recognise *r, uint32_t set)
{
    for (uint32_t a = 0; a < r->s.natoms; a++)
        if (r->s.sets[(size_t)set * r->s.words + a / 64] >> a % 64 & 1) {
            r->wanted[r->s.atom[a]] = true;
            r->readers[r->s.atom[a]]++;
        }
}

/* gates order[from..to[ depend on the same set; whether some are made anew */
static bool choose(struct recognise *r, uint32_t from, uint32_t to)
{
    uint32_t set = r->s.set[r->order[from]];

    if (r->s.size[set] >= SMALLEST) {
        spread(r, from, to, true);
        if (r->nroot) {
            uint64_t gates = cost(r, set);

            if ((r->few ? 3 * gates : gates) <= release(r)) {
                want_atoms(r, set);
                return true;
            }
            take_back(r);
        }
    }
    spread(r, from, to, false);
    return false;
}

static const struct tc_symmetric *sorting;

static int by_size(const void *a, const void *b)
{
    tc_wire p = *(const tc_wire *)a, q = *(const tc_wire *)b;
    uint32_t s = sorting->set[p], t = sorting->set[q];

    if (s != t && sorting->size[s] != sorting->size[t])
        return sorting->size[s] < sorting->size[t] ? 1 : -1;
    if (s != t)
        return s < t ? 1 : -1;
    return p < q ? 1 : -1;
}

static bool choose_all(struct recognise *r)
{
    uint32_t ngates = r->net->ngates;
    bool any = false;

    for (uint32_t o = 0; o < r->net->noutputs; o++)
        if (r->net->output[o] < TC_LIT_0) {
            r->wanted[r->net->output[o] >> 1] = true;
            r->readers[r->net->output[o] >> 1]++;
        }
    for (uint32_t g = ngates; g-- > 0;) {
        tc_wire w = r->net->ninputs + g;
        const struct tc_net_row *row = row_of(r->net, w);

        r->order[g] = w;
        if (!r->readers[w]) /* an output depends on what is counted */
            continue;
        for (uint64_t e = row->first; e < row->first + row->n; e++) {
            r->readers[r->net->source[e]]++;
            if (r->s.wide[w]) /* these stay, and come last as sets of one */
                r->wanted[r->net->source[e]] = true;
        }
    }
    sorting = &r->s;
    qsort(r->order, ngates, sizeof *r->order, by_size);
    for (uint32_t k = 0, end; k < ngates; k = end) {
        for (end = k + 1; end < ngates && r->s.set[r->order[end]] == r->s.set[r->order[k]];)
            end++;
        any = choose(r, k, end) || any;
    }
    return any;
}

/* ------------------------------------------------------------------- making */

/* the number of ones of w's set, at least `least` */
static tc_lit threshold(const struct recognise *r, struct tc_net *to, struct tc_net_sum *sum,
                        const tc_lit *lit, tc_wire w, uint32_t least)
{
    const uint64_t *set = &r->s.sets[(size_t)r->s.set[w] * r->s.words];

    tc_net_sum_clear(sum);
    mpz_set_ui(sum->bound, least);
    for (uint32_t a = 0; a < r->s.natoms; a++)
        if (set[a / 64] >> a % 64 & 1)
            tc_net_sum_add_si(sum, lit[r->s.atom[a]], 1);
    return tc_net_gate_of(to, sum);
}

static tc_lit make_anew(const struct recognise *r, struct tc_net *to, struct tc_net_sum *sum,
                        struct tc_net_sum *steps, const tc_lit *lit, tc_wire w)
{
    bool now = value(r, w, 0);

    tc_net_sum_clear(steps);
    mpz_set_ui(steps->bound, !now);
    for (uint32_t c = 1; c <= r->s.size[r->s.set[w]]; c++)
        if (value(r, w, c) != now) {
            now = !now;
            tc_net_sum_add_si(steps, threshold(r, to, sum, lit, w, c), now ? 1 : -1);
        }
    return tc_net_gate_of(to, steps);
}

static bool make_gate(void *ctx, struct tc_net *to, const tc_lit *lit, tc_wire w,
                      struct tc_net_sum *sum, tc_lit *made)
{
    struct recognise *r = ctx;

    if (r->anew[w])
        *made = make_anew(r, to, sum, &r->steps, lit, w);
    return r->anew[w] || !r->wanted[w];
}

static void open_recognise(struct recognise *r)
{
    size_t n = (size_t)r->wires + 1;

    r->readers = tc_xcalloc(n, sizeof *r->readers);
    r->wanted = tc_xcalloc(n, sizeof *r->wanted);
    r->anew = tc_xcalloc(n, sizeof *r->anew);
    r->order = tc_xcalloc(n, sizeof *r->order);
    r->root = tc_xcalloc(n, sizeof *r->root);
    r->gone = tc_xcalloc(n, sizeof *r->gone);
    r->stack = tc_xcalloc(n, sizeof *r->stack);
    r->change = tc_xcalloc(n, sizeof *r->change);
    tc_net_sum_init(&r->steps);
}

static void close_recognise(struct recognise *r)
{
    free(r->readers);
    free(r->wanted);
    free(r->anew);
    free(r->order);
    free(r->root);
    free(r->gone);
    free(r->stack);
    free(r->change);
    tc_net_sum_free(&r->steps);
    tc_symmetric_free(&r->s);
}

struct tc_netlist *tc_net_recognise(struct tc_netlist *nl, const struct tc_pass_options *options,
                                    struct tc_error *err)
{
    struct tc_net *net = nl->ngates > LARGE ? NULL : tc_net_read(nl, true, err);
    struct recognise r = {.net = net, .few = options->level != TC_LEVEL_2};
    struct tc_netlist *made = nl;

    if (!net)
        return nl->ngates > LARGE ? nl : NULL;
    r.wires = net->ninputs + net->ngates;
    if (tc_symmetric_find(&r.s, net)) {
        open_recognise(&r);
        if (choose_all(&r))
            made = tc_net_rebuild(net, options->trail, make_gate, &r);
        close_recognise(&r);
    }
    tc_net_free(net);
    return made;
}
