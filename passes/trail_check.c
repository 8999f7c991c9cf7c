/* trail_check.c -- the claims of a trail, each proved or not believed
 *
 * Wires that are proved equal are a class; a gate's form is its sum over the first wires of the
 * classes of what it reads.  A claim that gate a is literal b is believed if one of these shows it:
 *
 *   the forms of a and b are the same;
 *   they become the same where wires of b's form are replaced by sums that they are: a gate whose
 * sum has but the values bound and bound - 1 is that sum, less bound - 1 (substitute); a's sum is k
 * R + l S, where b = [R + w f >= T] and f = [S >= U], and what R and S can be on either side of T,
 * T - w and U says that a is b (read_through); both are the same on all values of a few wires below
 * (windows), or of many in an order that keeps their diagrams small (diagrams).
 *
 * What is claimed before is not used but where it was proved, so that the order is that of a proof.
 * CONSTRUCTIONS.md, "Netlists": Proofs by steps. */
#include "trail_check.h"

#include <stdlib.h>
#include <string.h>

#define MEMBERS 8 /* gates of a class that are tried */

/* ------------------------------------------------------------------ classes */

tc_lit tc_check_find(struct tc_check *c, tc_lit l)
{
    tc_lit root = l;

    while (root < TC_LIT_0 && c->is[root >> 1] != (root & ~(tc_lit)1))
        root = c->is[root >> 1] ^ (root & 1);
    while (l < TC_LIT_0 && c->is[l >> 1] != (l & ~(tc_lit)1)) { /* shorter the next time */
        tc_lit next = c->is[l >> 1] ^ (l & 1);

        c->is[l >> 1] = root ^ (l & 1);
        l = next;
    }
    return root;
}

static void unite(struct tc_check *c, tc_lit a, tc_lit b)
{
    tc_lit x = tc_check_find(c, a), y = tc_check_find(c, b);
    tc_wire v, w, swap;

    if (x >= TC_LIT_0 || (y < TC_LIT_0 && x >> 1 < y >> 1)) {
        tc_lit z = x;

        x = y;
        y = z;
    }
    if (x >> 1 == y >> 1 || x >= TC_LIT_0) /* constants differ: nothing that was proved says so */
        return;
    c->is[x >> 1] = y ^ (x & 1);
    if (y >= TC_LIT_0)
        return;
    v = x >> 1;
    w = y >> 1;
    swap = c->next[v];
    c->next[v] = c->next[w];
    c->next[w] = swap;
}

unsigned tc_check_members(struct tc_check *c, tc_wire w, uint32_t below, unsigned most,
                          tc_wire *member)
{
    tc_wire v = w;
    unsigned n = 0;

    do {
        unsigned k;

        if (v >= c->net->ninputs && v < below && (n < most || v > member[n - 1])) {
            n += n < most;
            for (k = n - 1; k > 0 && member[k - 1] < v; k--)
                member[k] = member[k - 1];
            member[k] = v;
        }
        v = c->next[v];
    } while (v != w);
    return n;
}

void tc_check_form(struct tc_check *c, tc_lit gate, struct tc_net_sum *s)
{
    const struct tc_net *net = c->net;
    const struct tc_net_gate *g = &net->gate[(gate >> 1) - net->ninputs];
    const struct tc_net_row *row = &net->row[g->row];
    tc_lit l;

    tc_net_sum_clear(s);
    tc_weight_get(net->num, g->bound, s->bound);
    if (gate & 1) /* not S >= U is -S >= 1 - U */
        mpz_ui_sub(s->bound, 1, s->bound);
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        tc_weight_get(net->num, net->weight[e], c->z);
        if (gate & 1)
            mpz_neg(c->z, c->z);
        l = tc_check_find(c, 2 * net->source[e]);
        if (l < TC_LIT_0)
            c->read[l >> 1] = net->source[e];
        tc_net_sum_add(s, l, c->z);
    }
    tc_net_sum_merge(s);
}

static void copy_sum(struct tc_net_sum *to, const struct tc_net_sum *from)
{
    tc_net_sum_clear(to);
    for (size_t k = 0; k < from->n; k++)
        tc_net_sum_add(to, 2 * from->part[k].source, from->part[k].weight);
    mpz_set(to->bound, from->bound);
    tc_net_sum_merge(to);
}

static size_t place_of(const struct tc_net_sum *s, tc_wire w)
{
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (s->part[middle].source < w)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n && s->part[low].source == w ? low : SIZE_MAX;
}

/* ------------------------------------------------------------- the same form */

static void divide(struct tc_check *c, struct tc_net_sum *s)
{
    mpz_set_ui(c->z, 0);
    for (size_t k = 0; k < s->n; k++)
        mpz_gcd(c->z, c->z, s->part[k].weight);
    for (size_t k = 0; k < s->n; k++)
        mpz_divexact(s->part[k].weight, s->part[k].weight, c->z);
    if (s->n)
        mpz_cdiv_q(s->bound, s->bound, c->z);
}

/* whether two gates are the same: equal sums but for a factor, equal bounds */
static bool same_form(struct tc_check *c, const struct tc_net_sum *a, const struct tc_net_sum *b)
{
    bool same = a->n == b->n;

    for (size_t k = 0; same && k < a->n; k++)
        same = a->part[k].source == b->part[k].source;
    if (!same)
        return false;
    copy_sum(&c->x, a);
    copy_sum(&c->y, b);
    divide(c, &c->x);
    divide(c, &c->y);
    if (a->n == 0)
        return (mpz_sgn(a->bound) <= 0) == (mpz_sgn(b->bound) <= 0);
    for (size_t k = 0; same && k < a->n; k++)
        same = mpz_cmp(c->x.part[k].weight, c->y.part[k].weight) == 0;
    return same && mpz_cmp(c->x.bound, c->y.bound) == 0;
}

/* --------------------------------------------------------------- substitution */

/* whether a gate is its sum less its bound and one */
static bool is_exact(struct tc_check *c, tc_wire gate, uint32_t base)
{
    if (c->exact[gate] == 0)
        c->exact[gate] = tc_check_exact(c, gate, base) ? 2 : 1;
    return c->exact[gate] == 2;
}

/* Such a gate of a wire's class: the one that was claimed to be what the last form read there,
 * else the newest; 0 if there is none. */
static tc_wire equation(struct tc_check *c, tc_wire w, uint32_t base)
{
    tc_wire member[MEMBERS], said = c->said[c->read[w]];
    unsigned n = tc_check_members(c, w, UINT32_MAX, MEMBERS, member);

    if (said && tc_check_find(c, 2 * said) >> 1 == w && is_exact(c, said, base))
        return said;
    for (unsigned k = 0; k < n; k++)
        if (is_exact(c, member[k], base))
            return member[k];
    return 0;
}

/* s with w's part replaced by the sum that w is */
static void replace(struct tc_check *c, struct tc_net_sum *s, size_t at, tc_wire gate)
{
    bool odd = tc_check_find(c, 2 * gate) & 1; /* the gate is w's complement */

    tc_check_form(c, 2 * gate + odd, &c->e);
    mpz_set(c->w, s->part[at].weight);
    mpz_set_ui(s->part[at].weight, 0);
    for (size_t k = 0; k < c->e.n; k++) {
        mpz_mul(c->z, c->e.part[k].weight, c->w);
        tc_net_sum_add(s, 2 * c->e.part[k].source, c->z);
    }
    mpz_sub_ui(c->z, c->e.bound, 1); /* w = E - (bound - 1) */
    mpz_addmul(s->bound, c->w, c->z);
    tc_net_sum_merge(s);
}

/* whether b's form becomes a's */
static bool substitute(struct tc_check *c, const struct tc_net_sum *a, struct tc_net_sum *b,
                       uint32_t base)
{
    for (unsigned step = 0; step < 1000; step++) {
        size_t at = SIZE_MAX;
        tc_wire latest = 0;

        if (same_form(c, a, b))
            return true;
        for (size_t k = 0; k < b->n; k++) {
            tc_wire gate;

            if (place_of(a, b->part[k].source) != SIZE_MAX)
                continue;
            gate = equation(c, b->part[k].source, base); /* those that have none may cancel */
            if (gate > latest) {
                latest = gate;
                at = k;
            }
        }
        if (at == SIZE_MAX)
            return false;
        replace(c, b, at, latest);
    }
    return false;
}

/* ---------------------------------------------------------------- read through */

struct part { /* a sum without one of its parts, and its range */
    const struct tc_net_sum *s;
    size_t skip;
    mpz_t lo, hi;
};

#define EXACT 10
#define SMALL 40

/* The least value of the sum from `at` on, and the greatest below: as they are if parts are few,
 * else at least as far apart from `at` as the common divisor says. */
static void around(struct tc_check *c, const struct part *p, mpz_srcptr at, mpz_ptr above,
                   mpz_ptr below)
{
    int64_t sum[1 << EXACT], point, up = INT64_MAX, down = INT64_MIN;
    size_t n = 1;
    bool few = p->s->n - (p->skip < p->s->n) <= EXACT && mpz_sizeinbase(at, 2) <= SMALL;

    for (size_t k = 0; few && k < p->s->n; k++)
        few = mpz_sizeinbase(p->s->part[k].weight, 2) <= SMALL;
    mpz_set_ui(c->z, 0);
    for (size_t k = 0; k < p->s->n; k++)
        if (k != p->skip)
            mpz_gcd(c->z, c->z, p->s->part[k].weight);
    if (mpz_sgn(c->z) == 0) { /* 0 alone */
        mpz_set_ui(above, mpz_sgn(at) > 0);
        mpz_set_si(below, mpz_sgn(at) > 0 ? 0 : -1);
        return;
    }
    if (!few) {
        mpz_cdiv_q(above, at, c->z);
        mpz_mul(above, above, c->z);
        mpz_sub(below, above, c->z);
        return;
    }
    sum[0] = 0;
    for (size_t k = 0; k < p->s->n; k++) {
        int64_t w = tc_mpz_get_i64(p->s->part[k].weight);

        if (k == p->skip)
            continue;
        for (size_t x = 0; x < n; x++)
            sum[n + x] = sum[x] + w;
        n *= 2;
    }
    point = tc_mpz_get_i64(at);
    for (size_t x = 0; x < n; x++) {
        up = sum[x] >= point && sum[x] < up ? sum[x] : up;
        down = sum[x] < point && sum[x] > down ? sum[x] : down;
    }
    mpz_add_ui(above, p->hi, 1);
    mpz_sub_ui(below, p->lo, 1);
    if (up != INT64_MAX)
        tc_mpz_set_i64(above, up);
    if (down != INT64_MIN)
        tc_mpz_set_i64(below, down);
}

static void open_part(struct part *p, const struct tc_net_sum *s, size_t skip)
{
    p->s = s;
    p->skip = skip;
    mpz_init_set(p->lo, s->lo);
    mpz_init_set(p->hi, s->hi);
    if (skip < s->n) {
        mpz_ptr end = mpz_sgn(s->part[skip].weight) < 0 ? p->lo : p->hi;

        mpz_sub(end, end, s->part[skip].weight);
    }
}

/* weights of a wire in R and in S */
static void weights(const struct part *r, const struct tc_net_sum *s, tc_wire w, mpz_ptr in_r,
                    mpz_ptr in_s)
{
    size_t i = place_of(r->s, w), k = place_of(s, w);

    mpz_set_ui(in_r, 0);
    mpz_set_ui(in_s, 0);
    if (i != SIZE_MAX && i != r->skip)
        mpz_set(in_r, r->s->part[i].weight);
    if (k != SIZE_MAX)
        mpz_set(in_s, s->part[k].weight);
}

/* k_0 a = k R + l S with c->k0, c->k, c->l > 0, as two wires with different ratios say; whether it
 * is so for all wires */
static bool factors(struct tc_check *c, const struct tc_net_sum *a, const struct part *r,
                    const struct tc_net_sum *s)
{
    bool found = false;

    if (s->n == 0)
        return false;
    for (size_t i = 0; !found && i < s->n; i++) {
        tc_wire p = s->part[i].source;
        size_t at = place_of(a, p);

        weights(r, s, p, c->rp, c->sp);
        mpz_set_ui(c->ap, 0);
        if (at != SIZE_MAX)
            mpz_set(c->ap, a->part[at].weight);
        for (size_t k = 0; !found && k < r->s->n; k++) {
            size_t to = place_of(a, r->s->part[k].source);

            if (k == r->skip)
                continue;
            weights(r, s, r->s->part[k].source, c->rq, c->sq);
            mpz_mul(c->k0, c->rp, c->sq); /* Cramer's rule */
            mpz_submul(c->k0, c->rq, c->sp);
            if (mpz_sgn(c->k0) == 0)
                continue;
            mpz_set_ui(c->aq, 0);
            if (to != SIZE_MAX)
                mpz_set(c->aq, a->part[to].weight);
            mpz_mul(c->k, c->ap, c->sq);
            mpz_submul(c->k, c->aq, c->sp);
            mpz_mul(c->l, c->rp, c->aq);
            mpz_submul(c->l, c->rq, c->ap);
            found = true;
        }
        if (!found && r->s->n == 1) { /* R is 0 */
            mpz_set(c->k0, c->sp);
            mpz_set_ui(c->k, 1);
            mpz_set(c->l, c->ap);
            found = true;
        }
    }
    if (found && mpz_sgn(c->k0) < 0) {
        mpz_neg(c->k0, c->k0);
        mpz_neg(c->k, c->k);
        mpz_neg(c->l, c->l);
    }
    if (!found || mpz_sgn(c->k) <= 0 || mpz_sgn(c->l) <= 0)
        return false;
    tc_net_sum_clear(&c->x); /* k0 a - k R - l S = 0 */
    for (size_t i = 0; i < a->n; i++) {
        mpz_mul(c->z, c->k0, a->part[i].weight);
        tc_net_sum_add(&c->x, 2 * a->part[i].source, c->z);
    }
    for (size_t i = 0; i < r->s->n; i++) {
        mpz_mul(c->z, c->k, r->s->part[i].weight);
        mpz_neg(c->z, c->z);
        if (i != r->skip)
            tc_net_sum_add(&c->x, 2 * r->s->part[i].source, c->z);
    }
    for (size_t i = 0; i < s->n; i++) {
        mpz_mul(c->z, c->l, s->part[i].weight);
        mpz_neg(c->z, c->z);
        tc_net_sum_add(&c->x, 2 * s->part[i].source, c->z);
    }
    tc_net_sum_merge(&c->x);
    return c->x.n == 0;
}

/* whether k r + l s is on the right side of a's bound: at least V where above, else below */
static bool beyond(struct tc_check *c, mpz_srcptr r, mpz_srcptr s, const struct tc_net_sum *a,
                   bool above)
{
    mpz_mul(c->z, c->k, r);
    mpz_addmul(c->z, c->l, s);
    mpz_submul(c->z, c->k0, a->bound);
    return (mpz_sgn(c->z) >= 0) == above;
}

/* a = [R + w f >= T], w > 0, f = [S >= U]: at the ends of what R and S can be, at T in c->t */
static bool decided(struct tc_check *c, const struct tc_net_sum *a, const struct part *r,
                    const struct part *s, bool f)
{
    around(c, r, c->t, c->above, c->below);
    around(c, s, s->s->bound, c->up, c->down);
    if (mpz_cmp(c->above, r->hi) <= 0 && (!f || mpz_cmp(c->up, s->hi) <= 0) &&
        (f || mpz_cmp(c->down, s->lo) >= 0) && !beyond(c, c->above, f ? c->up : s->lo, a, true))
        return false;
    return mpz_cmp(c->below, r->lo) < 0 || (f && mpz_cmp(c->up, s->hi) > 0) ||
           (!f && mpz_cmp(c->down, s->lo) < 0) ||
           beyond(c, c->below, f ? s->hi : c->down, a, false);
}

/* whether a is b with part `at` of b, a gate, read through; f: the gate, as that part's wire has it
 * or, for a negative weight, its complement */
static bool through(struct tc_check *c, const struct tc_net_sum *a, const struct tc_net_sum *b,
                    size_t at, tc_lit f)
{
    struct part r, s;
    bool ok;

    tc_check_form(c, f, &c->e);
    open_part(&r, b, at);
    open_part(&s, &c->e, SIZE_MAX);
    ok = factors(c, a, &r, &c->e);
    if (ok) {
        mpz_set(c->t, b->bound); /* f = 0: R alone, or with w < 0 R + w */
        if (mpz_sgn(b->part[at].weight) < 0)
            mpz_sub(c->t, c->t, b->part[at].weight);
        ok = decided(c, a, &r, &s, false);
        mpz_abs(c->w, b->part[at].weight);
        mpz_sub(c->t, c->t, c->w);
        ok = ok && decided(c, a, &r, &s, true);
    }
    mpz_clears(r.lo, r.hi, s.lo, s.hi, NULL);
    return ok || tc_check_inner(c, a, b, at, f);
}

static bool read_through(struct tc_check *c, const struct tc_net_sum *a, const struct tc_net_sum *b)
{
    tc_wire member[MEMBERS];

    for (unsigned all = 0; all < 2; all++)
        for (size_t k = 0; k < b->n; k++) {
            tc_wire w = b->part[k].source;
            unsigned n;

            if ((place_of(a, w) == SIZE_MAX) == (all == 1))
                continue;
            n = tc_check_members(c, w, UINT32_MAX, MEMBERS, member);
            for (unsigned i = 0; i < n; i++) {
                tc_lit f = 2 * member[i];

                f ^= (tc_check_find(c, f) & 1) ^ (mpz_sgn(b->part[k].weight) < 0);
                if (through(c, a, b, k, f))
                    return true;
            }
        }
    return false;
}

/* --------------------------------------------------------------------- claims */

static bool is_gate(const struct tc_check *c, tc_lit l)
{
    return l < TC_LIT_0 && l >> 1 >= c->net->ninputs;
}

/* whether gate a is gate b by their sums */
static bool by_sums(struct tc_check *c, tc_lit a, tc_lit b, uint32_t base)
{
    tc_check_form(c, a, &c->a);
    tc_check_form(c, b, &c->b);
    if (substitute(c, &c->a, &c->b, base))
        return true;
    tc_check_form(c, b, &c->b);
    return read_through(c, &c->a, &c->b);
}

static bool holds(struct tc_check *c, const struct tc_claim *claim)
{
    tc_lit a = claim->a, b = claim->b;

    if (is_gate(c, a) && claim->cut != TC_LIT_0) {
        c->cut[a >> 1] = claim->cut;
        c->exact[a >> 1] = 0;
    }
    if (tc_check_find(c, a) == tc_check_find(c, b))
        return true;
    if (is_gate(c, a) && is_gate(c, b) && by_sums(c, a, b, claim->base))
        return true;
    return tc_check_window(c, a, b, claim->base) || tc_check_diagrams(c, claim);
}

static void believe(struct tc_check *c, const struct tc_claim *claim)
{
    if (claim->cut != TC_LIT_0 && is_gate(c, claim->a) && claim->b < TC_LIT_0)
        c->said[claim->b >> 1] = claim->a >> 1;
    unite(c, claim->a, claim->b);
}

static void open_check(struct tc_check *c, const struct tc_net *net)
{
    size_t wires = (size_t)net->ninputs + net->ngates;

    *c = (struct tc_check){.net = net};
    c->is = tc_xcalloc(wires + 1, sizeof *c->is);
    c->next = tc_xcalloc(wires + 1, sizeof *c->next);
    c->exact = tc_xcalloc(wires + 1, 1);
    c->read = tc_xcalloc(wires + 1, sizeof *c->read);
    c->said = tc_xcalloc(wires + 1, sizeof *c->said);
    c->cut = tc_xcalloc(wires + 1, sizeof *c->cut);
    c->number = tc_xcalloc(wires + 1, sizeof *c->number);
    c->stamp = tc_xcalloc(wires + 1, sizeof *c->stamp);
    for (tc_wire w = 0; w < wires; w++) {
        c->is[w] = 2 * w;
        c->cut[w] = TC_LIT_0;
        c->next[w] = w;
    }
    tc_net_sum_init(&c->a);
    tc_net_sum_init(&c->b);
    tc_net_sum_init(&c->e);
    tc_net_sum_init(&c->x);
    tc_net_sum_init(&c->y);
    mpz_inits(c->z, c->w, c->t, c->k0, c->k, c->l, c->rp, c->sp, c->ap, c->rq, c->sq, c->aq,
              c->above, c->below, c->up, c->down, NULL);
}

static void close_check(struct tc_check *c)
{
    free(c->is);
    free(c->next);
    free(c->exact);
    free(c->read);
    free(c->said);
    free(c->cut);
    free(c->number);
    free(c->stamp);
    free(c->table);
    tc_check_diagrams_free(c->diagrams);
    tc_net_sum_free(&c->a);
    tc_net_sum_free(&c->b);
    tc_net_sum_free(&c->e);
    tc_net_sum_free(&c->x);
    tc_net_sum_free(&c->y);
    mpz_clears(c->z, c->w, c->t, c->k0, c->k, c->l, c->rp, c->sp, c->ap, c->rq, c->sq, c->aq,
               c->above, c->below, c->up, c->down, NULL);
}

/* the literals of a netlist's outputs in the trail; malloc'ed, NULL with an error */
static tc_lit *outputs_of(struct tc_trail *t, const struct tc_netlist *nl, struct tc_error *err)
{
    struct tc_net *net = tc_net_read(nl, true, err);
    tc_lit *out, *as;

    if (!net)
        return NULL;
    as = tc_trail_enter(t, net);
    out = tc_xcalloc((size_t)nl->noutputs + 1, sizeof *out);
    for (uint32_t k = 0; k < nl->noutputs; k++)
        out[k] = net->output[k] < TC_LIT_0 ? as[net->output[k] >> 1] ^ (net->output[k] & 1)
                                           : net->output[k];
    free(as);
    tc_net_free(net);
    return out;
}

bool tc_trail_check(struct tc_trail *t, const struct tc_netlist *before,
                    const struct tc_netlist *after, double seconds, unsigned char *same,
                    uint64_t *steps, struct tc_error *err)
{
    double stop = tc_now() + seconds;
    tc_lit *x = outputs_of(t, before, err), *y = x ? outputs_of(t, after, err) : NULL;
    struct tc_check c;

    *steps = 0;
    if (!y || t->full) { /* what is not in it has no literal */
        bool ok = y != NULL;

        free(x);
        free(y);
        return ok;
    }
    open_check(&c, t->net);
    tc_progress_start("proving steps", (double)t->n);
    for (size_t k = 0; k < t->n && tc_now() < stop; k++) {
        if (holds(&c, &t->claim[k])) {
            believe(&c, &t->claim[k]);
            ++*steps;
        }
        tc_progress_tick((double)k);
    }
    tc_progress_end();
    for (uint32_t k = 0; k < before->noutputs; k++)
        same[k] = tc_check_find(&c, x[k]) == tc_check_find(&c, y[k]);
    close_check(&c);
    free(x);
    free(y);
    return true;
}
