/* net_care.c -- values that gates and their sources never have together
 *
 * Let gates g_i = [V_i >= b_i], and s_i = 1 or -1.  That all with s_i = 1 are 1 and all with s_i =
 * -1 are 0 says s_i V_i >= b_i, or 1 - b_i.  Where the sum of s_i V_i is 0, wire by wire, and that
 * of these ends is above 0, it cannot be.  So of comparisons a >= b and b >= c give a >= c, and
 * thresholds of one sum are a chain.
 *
 * Where a source of g_i has a value, or two have, V_i may be at least b_i, or below, whatever the
 * others are: then g_i has one value with these.  So the first bits of two words say which is the
 * larger.
 *
 * Sums of two and three gates are looked at, and of those only what hashes of the V_i, linear in
 * the weights, do not rule out: every sum that is found is added up exactly.
 * Time: of n gates n^3, beside the weights of those that are found; of n gates and m sources n m^2.
 */
#include "net_cover.h"

static const struct tc_net_row *row_of(const struct tc_net *net, tc_wire w)
{
    return &net->row[net->gate[w - net->ninputs].row];
}

/* some wires of a list, and which of them are 1 */
struct event {
    unsigned n, wire[3], ones;
};

/* the sum of weights times numbers of their wires, modulo 2^64 */
static uint64_t hash(const struct tc_net *net, tc_wire w)
{
    const struct tc_net_row *row = row_of(net, w);
    uint64_t sum = 0;

    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        uint64_t of = (net->source[e] + 1) * UINT64_C(0x9e3779b97f4a7c15), weight;
        tc_weight v = net->weight[e];

        of = (of ^ of >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
        if (tc_weight_is_big(v)) {
            mpz_srcptr z = net->num->big[tc_weight_index(v)];

            weight = mpz_get_ui(z); /* of |z| */
            weight = mpz_sgn(z) < 0 ? -weight : weight;
        } else {
            weight = (uint64_t)v;
        }
        sum += weight * (of ^ of >> 32);
    }
    return sum;
}

/* whether what the event says of the sums cannot be */
static bool excluded(const struct tc_net *net, const tc_wire *gate, const struct event *event,
                     struct tc_net_sum *sum, mpz_t z)
{
    tc_net_sum_clear(sum);
    for (unsigned k = 0; k < event->n; k++) {
        tc_wire w = gate[event->wire[k]];
        const struct tc_net_row *row = row_of(net, w);
        bool one = event->ones >> k & 1;

        for (uint64_t e = row->first; e < row->first + row->n; e++) {
            tc_weight_get(net->num, net->weight[e], z);
            if (!one)
                mpz_neg(z, z);
            tc_net_sum_add(sum, 2 * net->source[e], z);
        }
        tc_weight_get(net->num, net->gate[w - net->ninputs].bound, z);
        if (!one)
            mpz_ui_sub(z, 1, z);
        mpz_add(sum->bound, sum->bound, z);
    }
    tc_net_sum_merge(sum);
    return sum->n == 0 && mpz_sgn(sum->bound) > 0;
}

/* the values where the event happens leave the table */
static void leave_out(uint64_t *care, unsigned n, const struct event *event)
{
    for (uint32_t x = 0; x < 1u << (n < 6 ? 6 : n); x++) {
        bool all = true;

        for (unsigned k = 0; k < event->n; k++)
            all = all && (x >> event->wire[k] & 1) == (event->ones >> k & 1);
        if (all)
            care[x / 64] &= ~(UINT64_C(1) << x % 64);
    }
}

void tc_care_find(const struct tc_net *net, const tc_wire *gate, unsigned n, uint64_t *care)
{
    uint64_t h[TC_COVER_INPUTS + 1] = {0}; /* the last is that of no gate */
    struct tc_net_sum sum;
    mpz_t z;

    tc_net_sum_init(&sum);
    mpz_init(z);
    for (unsigned i = 0; i < n; i++)
        h[i] = hash(net, gate[i]);
    for (size_t k = 0; k < tc_cover_words(n); k++)
        care[k] = UINT64_MAX;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = i + 1; j < n; j++)
            for (unsigned k = j + 1; k <= n; k++)
                for (unsigned ones = 0; ones < (k < n ? 8 : 4); ones++) {
                    struct event event = {k < n ? 3 : 2, {i, j, k}, ones};
                    uint64_t total = 0;

                    for (unsigned e = 0; e < event.n; e++)
                        total += ones >> e & 1 ? h[event.wire[e]] : -h[event.wire[e]];
                    if (!total && excluded(net, gate, &event, &sum, z))
                        leave_out(care, n, &event);
                }
    tc_net_sum_free(&sum);
    mpz_clear(z);
}

/* a gate of a list, what its sum can come to, and the weights with which it reads the others */
struct reader {
    mpz_t lo, hi, bound, weight[TC_COVER_INPUTS];
};

static void set_reader(struct reader *r, const struct tc_net *net, tc_wire gate,
                       const tc_wire *wire, unsigned n)
{
    const struct tc_net_row *row = row_of(net, gate);
    mpz_t z;

    mpz_init(z);
    mpz_set_ui(r->lo, 0);
    mpz_set_ui(r->hi, 0);
    tc_weight_get(net->num, net->gate[gate - net->ninputs].bound, r->bound);
    for (unsigned i = 0; i < n; i++)
        mpz_set_ui(r->weight[i], 0);
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        mpz_ptr end;

        tc_weight_get(net->num, net->weight[e], z);
        end = mpz_sgn(z) < 0 ? r->lo : r->hi;
        mpz_add(end, end, z);
        for (unsigned i = 0; i < n; i++)
            if (wire[i] == net->source[e])
                mpz_set(r->weight[i], z);
    }
    mpz_clear(z);
}

/* moves an end of the range: the wire has the value, or (sign -1) may have any again */
static void fix(struct reader *r, unsigned wire, bool one, int sign)
{
    mpz_srcptr w = r->weight[wire];
    mpz_ptr end = one == (mpz_sgn(w) > 0) ? r->lo : r->hi;

    /* to lo + |w|, or to hi - |w| */
    if (one == (sign > 0))
        mpz_add(end, end, w);
    else
        mpz_sub(end, end, w);
}

void tc_care_read(const struct tc_net *net, const tc_wire *wire, unsigned n, unsigned ngates,
                  uint64_t *care)
{
    struct reader r;

    mpz_inits(r.lo, r.hi, r.bound, NULL);
    for (unsigned i = 0; i < n; i++)
        mpz_init(r.weight[i]);
    for (unsigned g = 0; g < ngates; g++) {
        set_reader(&r, net, wire[g], wire, n);
        for (unsigned i = ngates; i < n; i++)
            for (unsigned j = i + 1; j < n; j++)
                for (unsigned v = 0; v < 4; v++) {
                    struct event event = {3, {g, i, j}, 2 * v};

                    fix(&r, i, v & 1, 1);
                    fix(&r, j, v >> 1, 1);
                    event.ones += mpz_cmp(r.hi, r.bound) < 0; /* 1 cannot be */
                    if (mpz_cmp(r.hi, r.bound) < 0 || mpz_cmp(r.lo, r.bound) >= 0)
                        leave_out(care, n, &event);
                    fix(&r, i, v & 1, -1);
                    fix(&r, j, v >> 1, -1);
                }
    }
    for (unsigned i = 0; i < n; i++)
        mpz_clear(r.weight[i]);
    mpz_clears(r.lo, r.hi, r.bound, NULL);
}
