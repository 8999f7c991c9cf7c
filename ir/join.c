/* join.c -- netlists over the same inputs as one, equal gates once */
#include "equal.h"

#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#define CLIPPED    64 /* weights of rows up to so many wires are made small */
#define MOST_GATES ((uint32_t)1 << 30)

struct table { /* of numbers above 0 */
    uint32_t n, room;
    uint32_t *slot;
};

struct tc_join {
    struct tc_netlist *nl;
    uint64_t edge_room;
    uint32_t row_room, gate_room;
    struct table forms, gates; /* row + 1 with the form's edges, gate + 1 */
    uint32_t *form;            /* per gate: the first row with the form */
    struct tc_sum sum, small;
    mpz_t shift, total, t, u, divisor;
};

struct tc_join *tc_join_new(uint32_t ninputs)
{
    struct tc_join *j = tc_xcalloc(1, sizeof *j);

    j->nl = tc_netlist_new();
    j->nl->ninputs = ninputs;
    mpz_inits(j->shift, j->total, j->t, j->u, j->divisor, NULL);
    return j;
}

void tc_join_free(struct tc_join *j)
{
    if (!j)
        return;
    tc_netlist_free(j->nl);
    free(j->forms.slot);
    free(j->gates.slot);
    free(j->form);
    tc_sum_free(&j->sum);
    tc_sum_free(&j->small);
    mpz_clears(j->shift, j->total, j->t, j->u, j->divisor, NULL);
    free(j);
}

uint32_t tc_join_gates(const struct tc_join *j)
{
    return j->nl->ngates;
}

const struct tc_netlist *tc_join_all(const struct tc_join *j)
{
    return j->nl;
}

/* ------------------------------------------------------------- equal things */

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t hash_row(const struct tc_netlist *nl, uint32_t r)
{
    uint64_t h = 1;

    for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
        h = mix(mix(h, nl->source[e]), (uint64_t)nl->weight[e]);
    return h;
}

static uint64_t hash_gate(const struct tc_join *j, uint32_t g)
{
    return mix(mix(2, j->form[g]), (uint64_t)j->nl->bound[g]);
}

/* the slot of what is equal to number k (a row or a gate), or the empty one for it */
static uint32_t *find(const struct tc_join *j, struct table *t, bool gate, uint32_t k)
{
    const struct tc_netlist *nl = j->nl;
    uint64_t h = gate ? hash_gate(j, k) : hash_row(nl, k);
    uint32_t at = (uint32_t)(h >> 32) & (t->room - 1);

    for (; t->slot[at]; at = (at + 1) & (t->room - 1)) {
        uint32_t o = t->slot[at] - 1;
        uint64_t n;

        if (gate) {
            if (j->form[o] == j->form[k] && nl->bound[o] == nl->bound[k])
                break;
            continue;
        }
        n = nl->first[o + 1] - nl->first[o];
        if (n == nl->first[k + 1] - nl->first[k] &&
            (!n || (!memcmp(nl->source + nl->first[o], nl->source + nl->first[k],
                            n * sizeof *nl->source) &&
                    !memcmp(nl->weight + nl->first[o], nl->weight + nl->first[k],
                            n * sizeof *nl->weight))))
            break;
    }
    return &t->slot[at];
}

/* what was there before that is equal to number k; else k, which is there from now on */
static uint32_t unique(const struct tc_join *j, struct table *t, bool gate, uint32_t k)
{
    uint32_t *slot;

    if (2 * t->n >= t->room) {
        struct table larger = {.n = t->n, .room = t->room ? 2 * t->room : 256};

        larger.slot = tc_xcalloc(larger.room, sizeof *larger.slot);
        for (uint32_t i = 0; i < t->room; i++)
            if (t->slot[i])
                *find(j, &larger, gate, t->slot[i] - 1) = t->slot[i];
        free(t->slot);
        *t = larger;
    }
    slot = find(j, t, gate, k);
    if (!*slot) {
        *slot = k + 1;
        t->n++;
    }
    return *slot - 1;
}

/* ------------------------------------------------------------- the netlist */

/* the edges of row nrows, which is not one yet */
static void put_edges(struct tc_join *j, const struct tc_sum *s)
{
    struct tc_netlist *nl = j->nl;
    uint64_t e = nl->first[nl->nrows];

    if (j->edge_room < e + s->n) {
        j->edge_room += j->edge_room / 2 + s->n + 64;
        nl->source = tc_xrealloc(nl->source, j->edge_room, sizeof *nl->source);
        nl->weight = tc_xrealloc(nl->weight, j->edge_room, sizeof *nl->weight);
    }
    if (nl->nrows + 2 > j->row_room) {
        j->row_room += j->row_room / 2 + 64;
        nl->first = tc_xrealloc(nl->first, j->row_room, sizeof *nl->first);
        nl->gate = tc_xrealloc(nl->gate, j->row_room, sizeof *nl->gate);
    }
    for (size_t i = 0; i < s->n; i++) {
        nl->source[e + i] = s->var[i] - 1;
        nl->weight[e + i] = tc_weight_put(nl, s->weight[i]);
    }
    nl->first[nl->nrows + 1] = e + s->n;
}

/* the first row with the edges of s; they wait behind the last row to become one */
static uint32_t put_form(struct tc_join *j, const struct tc_sum *s)
{
    uint32_t known;

    put_edges(j, s);
    if (!j->forms.room)
        return 0;
    known = *find(j, &j->forms, false, j->nl->nrows);
    return known ? known - 1 : j->nl->nrows;
}

/* The gate [form >= bound], the form put last: one that is there, or a new one, at the end of
 * the last row if that has these edges. */
static tc_lit put_gate(struct tc_join *j, uint32_t form, mpz_srcptr bound)
{
    struct tc_netlist *nl = j->nl;
    uint32_t g = nl->ngates, known;

    if (g == j->gate_room) {
        j->gate_room += j->gate_room / 2 + 64;
        nl->bound = tc_xrealloc(nl->bound, j->gate_room, sizeof *nl->bound);
        j->form = tc_xrealloc(j->form, j->gate_room, sizeof *j->form);
    }
    nl->bound[g] = tc_weight_put(nl, bound);
    j->form[g] = form;
    known = unique(j, &j->gates, true, g);
    if (known == g) {
        if (nl->nrows == 0 || j->form[g - 1] != form)
            unique(j, &j->forms, false, nl->nrows++);
        nl->gate[nl->nrows] = ++nl->ngates;
        nl->nedges = nl->first[nl->nrows];
    }
    return 2 * (nl->ninputs + known + 1);
}

/* -------------------------------------------------------------- normal form */

static void add_up(struct tc_join *j, const struct tc_sum *s)
{
    mpz_set_ui(j->total, 0);
    for (size_t i = 0; i < s->n; i++) {
        mpz_abs(j->u, s->weight[i]);
        mpz_add(j->total, j->total, j->u);
    }
}

/* Of positive weights: none above `most`; whether one was.  The total is kept. */
static bool clip(struct tc_join *j, struct tc_sum *s, mpz_srcptr most)
{
    bool any = false;

    for (size_t i = 0; i < s->n; i++) {
        if (mpz_cmpabs(s->weight[i], most) <= 0)
            continue;
        mpz_abs(j->u, s->weight[i]);
        mpz_sub(j->u, j->u, most);
        mpz_sub(j->total, j->total, j->u);
        if (mpz_sgn(s->weight[i]) < 0)
            mpz_neg(s->weight[i], most);
        else
            mpz_set(s->weight[i], most);
        any = true;
    }
    return any;
}

static void common_divisor(struct tc_join *j, const struct tc_sum *s)
{
    mpz_set_ui(j->divisor, 0);
    for (size_t i = 0; i < s->n; i++)
        mpz_gcd(j->divisor, j->divisor, s->weight[i]);
}

static void divide(struct tc_join *j, struct tc_sum *s)
{
    for (size_t i = 0; i < s->n; i++)
        mpz_divexact(s->weight[i], s->weight[i], j->divisor);
}

/* Gate [s >= j->t] over signed weights.  With complements in the place of negative
 * weights all are positive, and the threshold is t + (sum of the negative ones) =: v,
 * in 1..total.  A weight above v may be v; seen from the complement of the gate,
 * one above total - v + 1 may be that. */
static tc_lit small_gate(struct tc_join *j, struct tc_sum *s)
{
    bool again, complement;

    mpz_set_ui(j->shift, 0); /* what negative weights add */
    for (size_t i = 0; i < s->n; i++)
        if (mpz_sgn(s->weight[i]) < 0)
            mpz_sub(j->shift, j->shift, s->weight[i]);
    mpz_add(j->t, j->t, j->shift);
    add_up(j, s);
    do {
        again = clip(j, s, j->t);
        mpz_sub(j->shift, j->total, j->t);
        mpz_add_ui(j->shift, j->shift, 1); /* the threshold of the complement */
        if (clip(j, s, j->shift)) {
            again = true;
            mpz_sub(j->t, j->total, j->shift);
            mpz_add_ui(j->t, j->t, 1);
        }
        common_divisor(j, s);
        if (mpz_cmp_ui(j->divisor, 1) > 0) {
            divide(j, s);
            mpz_cdiv_q(j->t, j->t, j->divisor);
            mpz_divexact(j->total, j->total, j->divisor);
            again = true;
        }
    } while (again);
    complement = mpz_sgn(s->weight[0]) < 0;
    if (s->n == 1)
        return 2 * s->var[0] + complement;
    if (complement) {
        mpz_sub(j->t, j->total, j->t);
        mpz_add_ui(j->t, j->t, 1);
    }
    for (size_t i = 0; i < s->n; i++) {
        if (complement)
            mpz_neg(s->weight[i], s->weight[i]);
        if (mpz_sgn(s->weight[i]) < 0)
            mpz_add(j->t, j->t, s->weight[i]);
    }
    return put_gate(j, put_form(j, s), j->t) ^ complement;
}

static void copy_sum(struct tc_sum *to, const struct tc_sum *from)
{
    to->n = 0;
    for (size_t i = 0; i < from->n; i++)
        tc_sum_add(to, from->var[i], from->weight[i]);
}

/* the row's form over literals; what constants and complements add, into j->shift */
static void load(struct tc_join *j, const struct tc_netlist *nl, uint32_t r, const tc_lit *lit)
{
    j->sum.n = 0;
    mpz_set_ui(j->shift, 0);
    for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
        tc_lit l = lit[nl->source[e]];

        tc_weight_get(nl, nl->weight[e], j->t);
        if (l & 1) {
            mpz_add(j->shift, j->shift, j->t);
            mpz_neg(j->t, j->t);
        }
        if (l > 1)
            tc_sum_add(&j->sum, l >> 1, j->t);
    }
    tc_sum_merge(&j->sum);
}

static void join_row(struct tc_join *j, const struct tc_netlist *nl, uint32_t r, tc_lit *lit)
{
    struct tc_sum *s = &j->sum;
    mpz_t shift, lo, hi, divisor;
    bool negative;
    uint32_t form = 0;

    load(j, nl, r, lit);
    mpz_init_set(shift, j->shift);
    mpz_inits(lo, hi, divisor, NULL);
    tc_sum_range(s, lo, hi);
    negative = s->n > CLIPPED && mpz_sgn(s->weight[0]) < 0;
    if (s->n > CLIPPED) {
        common_divisor(j, s);
        if (negative)
            mpz_neg(j->divisor, j->divisor);
        divide(j, s);
        mpz_abs(divisor, j->divisor);
        form = put_form(j, s);
    }
    for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
        tc_lit *out = &lit[nl->ninputs + g];

        tc_weight_get(nl, nl->bound[g], j->t);
        mpz_sub(j->t, j->t, shift);
        if (mpz_cmp(j->t, lo) <= 0 || mpz_cmp(j->t, hi) > 0) {
            *out = mpz_cmp(j->t, lo) <= 0;
        } else if (s->n <= CLIPPED) {
            copy_sum(&j->small, s);
            *out = small_gate(j, &j->small);
        } else {
            mpz_cdiv_q(j->t, j->t, divisor);
            if (negative) /* s >= t iff not -s >= 1 - t */
                mpz_ui_sub(j->t, 1, j->t);
            *out = put_gate(j, form, j->t) ^ negative;
        }
    }
    mpz_clears(shift, lo, hi, divisor, NULL);
}

tc_lit *tc_join_add(struct tc_join *j, const struct tc_netlist *nl, struct tc_error *err)
{
    tc_lit *lit = tc_xcalloc((size_t)nl->ninputs + nl->ngates + 1, sizeof *lit);

    if ((uint64_t)nl->ngates + j->nl->ngates + nl->ninputs > MOST_GATES) {
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "more than 2^30 gates in both circuits");
        free(lit);
        return NULL;
    }
    for (uint32_t i = 0; i < nl->ninputs; i++)
        lit[i] = 2 * (i + 1);
    for (uint32_t r = 0; r < nl->nrows; r++) {
        join_row(j, nl, r, lit);
        tc_progress_tick(nl->gate[r + 1]);
    }
    return lit;
}

/* -------------------------------------------------------------------- cones */

/* the needed gates of a row, whose wires are `as` in the cone */
static void copy_row(struct tc_join *cone, const struct tc_netlist *nl, uint32_t r,
                     const unsigned char *needed, tc_lit *as)
{
    bool any = false;
    uint32_t form = 0;

    for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
        if (!needed[nl->ninputs + g])
            continue;
        if (!any) {
            cone->sum.n = 0;
            for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
                tc_weight_get(nl, nl->weight[e], cone->t);
                tc_sum_add(&cone->sum, as[nl->source[e]] >> 1, cone->t);
            }
            form = put_form(cone, &cone->sum);
            any = true;
        }
        tc_weight_get(nl, nl->bound[g], cone->t);
        as[nl->ninputs + g] = put_gate(cone, form, cone->t);
    }
}

struct tc_netlist *tc_join_netlist(const struct tc_join *j, tc_lit *lit, size_t n)
{
    const struct tc_netlist *nl = j->nl;
    uint32_t nwires = nl->ninputs + nl->ngates;
    unsigned char *needed = tc_xcalloc((size_t)nwires + 1, 1);
    tc_lit *as = tc_xcalloc((size_t)nwires + 1, sizeof *as);
    struct tc_join *cone = tc_join_new(nl->ninputs);
    struct tc_netlist *result;

    for (size_t i = 0; i < n; i++)
        if (lit[i] > 1)
            needed[(lit[i] >> 1) - 1] = 1;
    for (uint32_t r = nl->nrows; r-- > 0;) {
        bool any = false;

        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++)
            any = any || needed[nl->ninputs + g];
        for (uint64_t e = nl->first[r]; any && e < nl->first[r + 1]; e++)
            needed[nl->source[e]] = 1;
    }
    for (uint32_t i = 0; i < nl->ninputs; i++)
        as[i] = 2 * (i + 1);
    for (uint32_t r = 0; r < nl->nrows; r++)
        copy_row(cone, nl, r, needed, as);
    for (size_t i = 0; i < n; i++)
        if (lit[i] > 1)
            lit[i] = as[(lit[i] >> 1) - 1] ^ (lit[i] & 1);
    result = cone->nl;
    cone->nl = tc_netlist_new();
    tc_join_free(cone);
    free(needed);
    free(as);
    return result;
}
