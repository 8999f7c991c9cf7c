/* net_collapse.c -- gates read through: a gate's sum in its reader's
 *
 * requires nothing; gates and depth fewer or equal; wires and weights may grow
 *
 * A gate g = [R + w f >= T] reads f = [S >= U], w > 0 (else f's complement is
 * read).  Then g = [k R + l S >= V] for some positive k, l if, with the values
 * that R can have,
 *   a = R's least value >= T - w,   a' = its greatest below,
 *   b = R's least value >= T,       b' = its greatest below,
 * and S from m to M, u the least >= U and u' the greatest below,
 *   k (a - a') > l (M - u)     f = 1: all below a' stays below all from a on
 *   l (u - u') > k (b' - a)    R between: only f = 1 reaches V
 *   k (b - a') > l (M - m)     R >= b with f = 0 against R <= a' with f = 1
 *   k (b - b') > l (u' - m)    f = 0
 * where a condition holds if one of its values of R does not exist.  So with
 * w = 1, where b' <= a, any gate can be read through.  V is the lesser of
 * k a + l u and k b + l m.  What is taken for a, a', ... may be further apart from T
 * than the values are: never nearer, and so the result is right also where R and S
 * read the same wires.  Where both together have at most eight wires, the table of g
 * decides, and gives the smallest weights.
 *
 * A gate that all its readers can read through is gone: that is tried first.  For the least
 * depth a reader also reads its deepest gates through where they stay for others, which costs
 * wires and no gate.
 *
 * Of more than LARGE edges a single round is made, for gates of one reader, and rows of one gate.
 *
 * source  collapse: Lee, Kuo, Lai, Jiang, ICCAD 2016; CONSTRUCTIONS.md, "Netlists" */
#include "trail.h"

#include <stdlib.h>
#include <string.h>

#define EXACT   10   /* terms, of which all sums are looked at */
#define FAN_IN  2048 /* edges that a gate may get by reading through */
#define READERS 16   /* of a gate that all of them may read through */
#define RETRIES 4
#define ROUNDS  8
#define SMALL   40                  /* bits of weights in tables */
#define LARGE   ((uint64_t)1 << 20) /* edges */
#define NARROW  32        /* edges that a gate may get by reading through, if there are so many */
#define TABLES  (1 << 14) /* of up to six inputs, whose gates are kept */

struct known {
    uint64_t table;
    unsigned n; /* 0: nothing is known */
    bool is;    /* a threshold function */
    struct tc_threshold gate;
};

struct collapse {
    const struct tc_net *net;
    struct tc_net *to;
    uint32_t *readers; /* per wire, outputs among them */
    uint64_t *first;   /* per gate, and one more: where its readers are */
    uint32_t *reader;
    unsigned char *gone; /* per gate: all its readers shall read it through */
    unsigned char *kept; /* per gate: not all of them could */
    uint32_t *origin;    /* per gate of to: the gate of net, plus 1 */
    size_t origin_room;
    uint64_t most_edges; /* until then gates are read through for depth */
    bool missed;         /* a gate stays that should have gone */
    bool large;
    uint32_t *row; /* per row of net: where it is in to, see tc_net_copy_gate */
    struct known *known;
    struct tc_net_sum now, inner, trial;
    struct tc_trail *trail;
    struct tc_trail_note note;
    tc_lit last; /* the gate that is being made, so far */
    mpz_t k, l, w, at, rlo, rhi, gcd, t, v;
    mpz_t a, a_, b, b_, u, u_;
    mpq_t low, high, q;
};

/* ------------------------------------------------------------------ conditions */

/* above: a value >= at such that the sum of the parts, but for skip, has none between at and
 * it; below likewise.  The nearest that it has if parts are few; out of [lo, hi] if none. */
static void around(struct collapse *c, const struct tc_net_sum *s, size_t skip, mpz_srcptr lo,
                   mpz_srcptr hi, mpz_srcptr at, mpz_ptr above, mpz_ptr below)
{
    int64_t sum[1 << EXACT], up = INT64_MAX, down = INT64_MIN, point;
    size_t n = 1;
    bool exact = s->n - (skip < s->n) <= EXACT && mpz_sizeinbase(at, 2) <= SMALL;

    for (size_t k = 0; exact && k < s->n; k++)
        exact = mpz_sizeinbase(s->part[k].weight, 2) <= SMALL;
    if (!exact) {
        mpz_set_ui(c->gcd, 0);
        for (size_t k = 0; k < s->n && mpz_cmp_ui(c->gcd, 1) != 0; k++)
            if (k != skip)
                mpz_gcd(c->gcd, c->gcd, s->part[k].weight);
        mpz_cdiv_q(above, at, c->gcd);
        mpz_mul(above, above, c->gcd);
        mpz_sub(below, above, c->gcd);
        return;
    }
    sum[0] = 0;
    for (size_t k = 0; k < s->n; k++) {
        int64_t w = tc_mpz_get_i64(s->part[k].weight);

        if (k == skip)
            continue;
        for (size_t x = 0; x < n; x++)
            sum[n + x] = sum[x] + w;
        n *= 2;
    }
    point = tc_mpz_get_i64(at);
    for (size_t x = 0; x < n; x++) {
        if (sum[x] >= point && sum[x] < up)
            up = sum[x];
        if (sum[x] < point && sum[x] > down)
            down = sum[x];
    }
    if (up == INT64_MAX)
        mpz_add_ui(above, hi, 1);
    else
        tc_mpz_set_i64(above, up);
    if (down == INT64_MIN)
        mpz_sub_ui(below, lo, 1);
    else
        tc_mpz_set_i64(below, down);
}

/* k (p - p_) > l (s - s_): a bound on k / l from below; false if there are no such k, l */
static bool more(struct collapse *c, mpz_srcptr p, mpz_srcptr p_, mpz_srcptr s, mpz_srcptr s_)
{
    mpz_sub(mpq_denref(c->q), p, p_);
    mpz_sub(mpq_numref(c->q), s, s_);
    if (mpz_sgn(mpq_denref(c->q)) <= 0)
        return false;
    mpq_canonicalize(c->q);
    if (mpq_cmp(c->q, c->low) > 0)
        mpq_swap(c->q, c->low);
    return true;
}

/* The fraction with the least denominator in ]low, high[, 0 <= low, to k / l; high < 0: no end.
 * By the continued fraction of both. */
static void simplest(struct collapse *c)
{
    mpz_t p[2], q[2], n;

    /* k / l = (p0 x + p1) / (q0 x + q1), where x > 0 is what is left to find */
    mpz_init_set_ui(p[0], 1);
    mpz_init(p[1]);
    mpz_init(q[0]);
    mpz_init_set_ui(q[1], 1);
    mpz_init(n);
    for (;;) {
        bool open = mpq_sgn(c->high) < 0;

        mpz_fdiv_q(n, mpq_numref(c->low), mpq_denref(c->low));
        mpz_add_ui(n, n, 1); /* the least integer above low */
        mpq_set_z(c->q, n);
        if (open || mpq_cmp(c->q, c->high) < 0)
            break;
        mpz_sub_ui(n, n, 1);
        mpq_set_z(c->q, n);
        mpq_sub(c->low, c->low, c->q);
        mpq_sub(c->high, c->high, c->q);
        /* x = n + 1 / y, y in ]1 / (high - n), 1 / (low - n)[ */
        mpq_swap(c->low, c->high);
        mpq_inv(c->low, c->low);
        if (mpq_sgn(c->high))
            mpq_inv(c->high, c->high);
        else
            mpq_set_si(c->high, -1, 1);
        mpz_addmul(p[1], p[0], n);
        mpz_addmul(q[1], q[0], n);
        mpz_swap(p[0], p[1]);
        mpz_swap(q[0], q[1]);
    }
    mpz_mul(c->k, p[0], n);
    mpz_add(c->k, c->k, p[1]);
    mpz_mul(c->l, q[0], n);
    mpz_add(c->l, c->l, q[1]);
    mpz_clears(p[0], p[1], q[0], q[1], n, NULL);
}

/* k and l to read the inner sum through, where the other parts are those of now but for skip;
 * false if there are none */
static bool factors(struct collapse *c, size_t skip)
{
    bool a, a_, b, b_;

    mpz_set(c->rlo, c->now.lo);
    mpz_set(c->rhi, c->now.hi);
    mpz_ptr end = mpz_sgn(c->now.part[skip].weight) < 0 ? c->rlo : c->rhi;
    mpz_sub(end, end, c->now.part[skip].weight);
    mpz_set(c->at, c->now.bound);
    if (mpz_sgn(c->w) < 0) /* the complement is read */
        mpz_sub(c->at, c->at, c->w);
    mpz_abs(c->t, c->w);
    around(c, &c->now, skip, c->rlo, c->rhi, c->at, c->b, c->b_);
    mpz_sub(c->at, c->at, c->t);
    around(c, &c->now, skip, c->rlo, c->rhi, c->at, c->a, c->a_);
    around(c, &c->inner, SIZE_MAX, c->inner.lo, c->inner.hi, c->inner.bound, c->u, c->u_);
    a = mpz_cmp(c->a, c->rhi) <= 0;
    b = mpz_cmp(c->b, c->rhi) <= 0;
    a_ = mpz_cmp(c->a_, c->rlo) >= 0;
    b_ = mpz_cmp(c->b_, c->rlo) >= 0;
    mpq_set_ui(c->low, 0, 1);
    mpq_set_si(c->high, -1, 1);
    if ((a && a_ && !more(c, c->a, c->a_, c->inner.hi, c->u)) ||
        (b && a_ && !more(c, c->b, c->a_, c->inner.hi, c->inner.lo)) ||
        (b && b_ && !more(c, c->b, c->b_, c->u_, c->inner.lo)))
        return false;
    if (a && b_ && mpz_cmp(c->b_, c->a) > 0) {
        mpz_sub(mpq_denref(c->high), c->b_, c->a);
        mpz_sub(mpq_numref(c->high), c->u, c->u_);
        mpq_canonicalize(c->high);
        if (mpq_cmp(c->low, c->high) >= 0)
            return false;
    }
    if (!a && !b)
        return false;
    simplest(c);
    mpz_mul(c->v, c->k, c->a);
    mpz_addmul(c->v, c->l, c->u);
    mpz_mul(c->t, c->k, c->b);
    mpz_addmul(c->t, c->l, c->inner.lo);
    if (!a || (b && mpz_cmp(c->t, c->v) < 0))
        mpz_set(c->v, c->t);
    return true;
}

/* ----------------------------------------------------------------- small gates */

static bool small(const struct tc_net_sum *s)
{
    bool ok = mpz_sizeinbase(s->bound, 2) <= SMALL;

    for (size_t k = 0; ok && k < s->n; k++)
        ok = mpz_sizeinbase(s->part[k].weight, 2) <= SMALL;
    return ok;
}

/* the wires that both read, but for skip; more than TC_THRESHOLD_INPUTS: too many */
static unsigned both(const struct tc_net_sum *s, size_t skip, const struct tc_net_sum *inner,
                     tc_wire *wire)
{
    size_t i = 0, k = 0;
    unsigned n = 0;

    while (i < s->n || k < inner->n) {
        if (i == skip) {
            i++;
            continue;
        }
        if (n == TC_THRESHOLD_INPUTS)
            return n + 1;
        if (k == inner->n || (i < s->n && s->part[i].source < inner->part[k].source)) {
            wire[n++] = s->part[i++].source;
        } else {
            i += i < s->n && s->part[i].source == inner->part[k].source;
            wire[n++] = inner->part[k++].source;
        }
    }
    return n;
}

/* weight of each of n wires in a sum of small weights */
static void spread(const struct tc_net_sum *s, const tc_wire *wire, unsigned n, int64_t *weight)
{
    memset(weight, 0, n * sizeof *weight);
    for (size_t k = 0; k < s->n; k++)
        for (unsigned i = 0; i < n; i++)
            if (wire[i] == s->part[k].source)
                weight[i] = tc_mpz_get_i64(s->part[k].weight);
}

static bool reaches(const int64_t *weight, unsigned n, unsigned x, int64_t start, int64_t bound)
{
    for (unsigned i = 0; i < n; i++)
        start += x >> i & 1 ? weight[i] : 0;
    return start >= bound;
}

static bool find_threshold(struct collapse *c, const uint64_t *table, unsigned n,
                           struct tc_threshold *f)
{
    struct known *k = &c->known[(*table * 0x9e3779b97f4a7c15 >> 40 ^ n) % TABLES];

    if (n == 0 || n > 6)
        return tc_threshold_find(table, n, f);
    if (k->table != *table || k->n != n) {
        k->table = *table;
        k->n = n;
        k->is = tc_threshold_find(table, n, &k->gate);
    }
    *f = k->gate;
    return k->is;
}

/* the threshold gate of a table, if it is one, to *to */
static bool from_table(struct collapse *c, struct tc_net_sum *to, const uint64_t *table, unsigned n,
                       const tc_wire *wire)
{
    struct tc_threshold f;

    if (!find_threshold(c, table, n, &f))
        return false;
    tc_net_sum_clear(to);
    mpz_set_si(to->bound, f.bound);
    for (unsigned i = 0; i < n; i++)
        if (f.weight[i])
            tc_net_sum_add_si(to, 2 * wire[i], f.weight[i]);
    tc_net_sum_merge(to);
    return true;
}

/* now with inner in place of its part, by its table, where wires are few: 1 done, 0 it is no
 * threshold function, -1 too many */
static int by_table(struct collapse *c, size_t part)
{
    tc_wire wire[TC_THRESHOLD_INPUTS + 1];
    int64_t weight[TC_THRESHOLD_INPUTS], in[TC_THRESHOLD_INPUTS], w, bound, inner;
    uint64_t table[4] = {0};
    unsigned n;

    if (c->now.n + c->inner.n > 2 * TC_THRESHOLD_INPUTS || !small(&c->now) || !small(&c->inner))
        return -1;
    n = both(&c->now, part, &c->inner, wire);
    if (n > TC_THRESHOLD_INPUTS)
        return -1;
    spread(&c->now, wire, n, weight);
    spread(&c->inner, wire, n, in);
    w = tc_mpz_get_i64(c->now.part[part].weight);
    bound = tc_mpz_get_i64(c->now.bound);
    inner = tc_mpz_get_i64(c->inner.bound);
    for (unsigned x = 0; x < 1u << n; x++)
        table[x / 64] |= (uint64_t)reaches(weight, n, x, reaches(in, n, x, 0, inner) ? w : 0, bound)
                         << x % 64;
    return from_table(c, &c->trial, table, n, wire);
}

/* now with inner in place of its part, to trial; false if that is no gate, or none is found */
static bool through(struct collapse *c, size_t part)
{
    int table;

    if (c->now.n < 2 || c->now.n + c->inner.n > (c->large ? NARROW : FAN_IN))
        return false;
    table = by_table(c, part);
    if (table >= 0)
        return table;
    mpz_set(c->w, c->now.part[part].weight);
    if (mpz_sgn(c->w) < 0) {
        for (size_t k = 0; k < c->inner.n; k++)
            mpz_neg(c->inner.part[k].weight, c->inner.part[k].weight);
        mpz_swap(c->inner.lo, c->inner.hi);
        mpz_neg(c->inner.lo, c->inner.lo);
        mpz_neg(c->inner.hi, c->inner.hi);
        mpz_ui_sub(c->inner.bound, 1, c->inner.bound);
    }
    if (!factors(c, part))
        return false;
    tc_net_sum_clear(&c->trial);
    mpz_set(c->trial.bound, c->v);
    for (size_t k = 0; k < c->now.n; k++) {
        if (k == part)
            continue;
        mpz_mul(c->t, c->now.part[k].weight, c->k);
        tc_net_sum_add(&c->trial, 2 * c->now.part[k].source, c->t);
    }
    for (size_t k = 0; k < c->inner.n; k++) {
        mpz_mul(c->t, c->inner.part[k].weight, c->l);
        tc_net_sum_add(&c->trial, 2 * c->inner.part[k].source, c->t);
    }
    tc_net_sum_merge(&c->trial);
    return true;
}

/* ---------------------------------------------------------------------- a round */

static void load(struct tc_net_sum *s, const struct tc_net *net, tc_wire w)
{
    tc_net_sum_gate(s, net, w - net->ninputs);
}

/* how many gates a row has, per row of net */
static uint32_t *row_gates(const struct tc_net *net)
{
    uint32_t *gates = tc_xcalloc((size_t)net->nrows + 1, sizeof *gates);

    for (uint32_t g = 0; g < net->ngates; g++)
        gates[net->gate[g].row]++;
    return gates;
}

/* Readers of wires that have at most READERS, each gate of a row for itself; of others, and of
 * outputs, only that they are too many. */
static void find_readers(struct collapse *c)
{
    const struct tc_net *net = c->net;
    uint32_t *gates = row_gates(net);
    uint64_t *first = c->first + 1;

    memset(c->readers, 0, ((size_t)net->ninputs + net->ngates) * sizeof *c->readers);
    memset(c->first, 0, ((size_t)net->ngates + 2) * sizeof *c->first);
    for (uint32_t o = 0; o < net->noutputs; o++)
        if (net->output[o] < TC_LIT_0)
            c->readers[net->output[o] >> 1] = READERS + 1;
    for (uint32_t r = 0; r < net->nrows; r++)
        for (uint64_t e = net->row[r].first; e < net->row[r].first + net->row[r].n; e++) {
            uint32_t *n = &c->readers[net->source[e]];

            *n = *n + (uint64_t)gates[r] > READERS ? READERS + 1 : *n + gates[r];
        }
    for (uint32_t g = 0; g < net->ngates; g++)
        first[g + 1] =
            first[g] + (c->readers[net->ninputs + g] <= READERS ? c->readers[net->ninputs + g] : 0);
    c->reader = tc_xrealloc(c->reader, first[net->ngates] + 1, sizeof *c->reader);
    for (uint32_t g = 0; g < net->ngates; g++) {
        const struct tc_net_row *row = &net->row[net->gate[g].row];

        if (gates[net->gate[g].row] > READERS)
            continue;
        for (uint64_t e = row->first; e < row->first + row->n; e++)
            if (net->source[e] >= net->ninputs && c->readers[net->source[e]] <= READERS)
                c->reader[first[net->source[e] - net->ninputs]++] = g;
    }
    free(gates);
}

/* Gates that each of their readers can read through, all else as it is. */
static void plan(struct collapse *c)
{
    const struct tc_net *net = c->net;

    for (uint32_t g = 0; g < net->ngates; g++) {
        tc_wire w = net->ninputs + g;
        bool all = c->readers[w] > 0 && c->readers[w] <= (c->large ? 1 : READERS) && !c->kept[g];

        for (uint64_t k = c->first[g]; all && c->readers[w] > 1 && k < c->first[g + 1]; k++) {
            size_t part = 0;

            load(&c->inner, net, w);
            load(&c->now, net, net->ninputs + c->reader[k]);
            while (c->now.part[part].source != w)
                part++;
            all = through(c, part);
        }
        c->gone[g] = all;
    }
}

static uint32_t level_of(const struct tc_net *net, const struct tc_net_sum *s)
{
    uint32_t last = 0;

    for (size_t k = 0; k < s->n; k++) {
        uint32_t l = tc_net_level(net, s->part[k].source);

        last = l > last ? l : last;
    }
    return last;
}

/* The gate that now is becomes the last one, and is claimed to be the one before. */
static void note_step(struct collapse *c)
{
    tc_lit before = c->last;

    c->last = tc_trail_gate(c->trail, &c->now, c->note.as);
    tc_trail_claim(c->trail, c->last, before, c->note.base);
}

/* One part of now read through, of those that shall go; whether there was one. */
static bool take_gone(struct collapse *c)
{
    for (size_t k = c->now.n; k-- > 0;) {
        tc_wire w = c->now.part[k].source;
        uint32_t origin;

        if (w < c->net->ninputs)
            continue;
        origin = c->origin[w - c->net->ninputs];
        if (!origin || !c->gone[origin - 1])
            continue;
        load(&c->inner, c->to, w);
        if (through(c, k)) {
            struct tc_net_sum s = c->now;

            c->now = c->trial;
            c->trial = s;
            note_step(c);
            return true;
        }
    }
    return false;
}

/* All the deepest parts of now read through, as far as they can be, if that makes it less deep.
 * now is as it was if not. */
static bool take_deepest(struct collapse *c, struct tc_net_sum *before)
{
    uint32_t deepest = level_of(c->to, &c->now);
    tc_lit last = c->last;
    bool any = false;

    tc_net_sum_clear(before);
    for (size_t k = 0; k < c->now.n; k++)
        tc_net_sum_add(before, 2 * c->now.part[k].source, c->now.part[k].weight);
    mpz_set(before->bound, c->now.bound);
    tc_net_sum_merge(before);
    for (size_t k = c->now.n; deepest > 0 && k-- > 0;) {
        if (k >= c->now.n || tc_net_level(c->to, c->now.part[k].source) < deepest)
            continue;
        load(&c->inner, c->to, c->now.part[k].source);
        if (!through(c, k))
            break;
        any = true;
        struct tc_net_sum s = c->now;

        c->now = c->trial;
        c->trial = s;
        note_step(c);
        k = c->now.n;
    }
    if (any && level_of(c->to, &c->now) < deepest)
        return true;
    struct tc_net_sum s = c->now;

    c->now = *before;
    *before = s;
    c->last = last;
    return false;
}

/* marks those that stay although they should have gone */
static void note_kept(struct collapse *c)
{
    for (size_t k = 0; k < c->now.n; k++) {
        tc_wire w = c->now.part[k].source;

        uint32_t origin = w < c->net->ninputs ? 0 : c->origin[w - c->net->ninputs];

        if (!origin || !c->gone[origin - 1] || c->kept[origin - 1])
            continue;
        c->kept[origin - 1] = 1;
        c->missed = true;
    }
}

static void put_origin(struct collapse *c, tc_lit lit, uint32_t before, uint32_t g)
{
    if (c->to->ngates == before)
        return;
    if (c->to->ngates > c->origin_room) {
        c->origin_room = 2 * c->origin_room + 1024;
        c->origin = tc_xrealloc(c->origin, c->origin_room, sizeof *c->origin);
    }
    c->origin[(lit >> 1) - c->net->ninputs] = g + 1;
}

/* whether a gate reads one that shall go */
static bool reads_gone(const struct collapse *c, uint32_t g)
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[g].row];

    for (uint64_t e = row->first; e < row->first + row->n; e++)
        if (c->net->source[e] >= c->net->ninputs && c->gone[c->net->source[e] - c->net->ninputs])
            return true;
    return false;
}

/* gate g of net, whose sources are there as literals, with gates read through */
static tc_lit rebuild_gate(struct collapse *c, const tc_lit *lit, uint32_t g, bool depth,
                           struct tc_net_sum *before)
{
    const struct tc_net *net = c->net;
    const struct tc_net_row *row = &net->row[net->gate[g].row];

    if (!depth && !reads_gone(c, g))
        return tc_net_copy_gate(c->to, net, lit, g, c->row, &c->now);
    tc_net_sum_clear(&c->now);
    tc_weight_get(net->num, net->gate[g].bound, c->now.bound);
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        tc_weight_get(net->num, net->weight[e], c->t);
        tc_net_sum_add(&c->now, lit[net->source[e]], c->t);
    }
    tc_net_sum_merge(&c->now);
    c->last = c->trail ? c->note.was[net->ninputs + g] : 0;
    note_step(c);
    while (take_gone(c))
        ;
    while (depth && c->to->nedges < c->most_edges && take_deepest(c, before))
        ;
    note_kept(c);
    return tc_net_gate_of(c->to, &c->now);
}

/* net made anew, with gates read through as planned, and the deepest ones if depth is wanted */
static struct tc_net *rebuild(struct collapse *c, bool depth)
{
    const struct tc_net *net = c->net;
    tc_lit *lit = tc_xcalloc((size_t)net->ninputs + net->ngates + 1, sizeof *lit);
    struct tc_net_sum before;

    tc_net_sum_init(&before);
    c->to = tc_net_new_like(net);
    memset(c->row, 0, net->nrows * sizeof *c->row);
    for (uint32_t i = 0; i < net->ninputs; i++)
        lit[i] = 2 * i;
    c->note.n = 0;
    tc_trail_follow(&c->note, c->to);
    for (uint32_t g = 0; g < net->ngates; g++) {
        uint32_t ngates = c->to->ngates;

        lit[net->ninputs + g] = rebuild_gate(c, lit, g, depth, &before);
        put_origin(c, lit[net->ninputs + g], ngates, g);
        tc_trail_follow(&c->note, c->to);
        if (c->trail)
            tc_trail_same(&c->note, lit[net->ninputs + g], c->note.was[net->ninputs + g]);
    }
    tc_net_copy_outputs(c->to, net, lit);
    tc_net_sum_free(&before);
    free(lit);
    return c->to;
}

static void open_collapse(struct collapse *c, const struct tc_netlist *nl)
{
    *c = (struct collapse){0};
    c->most_edges = 16 * nl->nedges + 4000000;
    c->known = tc_xcalloc(TABLES, sizeof *c->known);
    c->readers = tc_xcalloc((size_t)nl->ninputs + nl->ngates + 1, sizeof *c->readers);
    c->first = tc_xcalloc((size_t)nl->ngates + 2, sizeof *c->first);
    c->gone = tc_xcalloc((size_t)nl->ngates + 1, 1);
    c->kept = tc_xcalloc((size_t)nl->ngates + 1, 1);
    tc_net_sum_init(&c->now);
    tc_net_sum_init(&c->inner);
    tc_net_sum_init(&c->trial);
    mpz_inits(c->k, c->l, c->w, c->at, c->rlo, c->rhi, c->gcd, c->t, c->v, NULL);
    mpz_inits(c->a, c->a_, c->b, c->b_, c->u, c->u_, NULL);
    mpq_inits(c->low, c->high, c->q, NULL);
}

static void close_collapse(struct collapse *c)
{
    free(c->readers);
    free(c->first);
    free(c->reader);
    free(c->gone);
    free(c->kept);
    free(c->origin);
    free(c->row);
    free(c->known);
    tc_net_sum_free(&c->now);
    tc_net_sum_free(&c->inner);
    tc_net_sum_free(&c->trial);
    mpz_clears(c->k, c->l, c->w, c->at, c->rlo, c->rhi, c->gcd, c->t, c->v, NULL);
    mpz_clears(c->a, c->a_, c->b, c->b_, c->u, c->u_, NULL);
    mpq_clears(c->low, c->high, c->q, NULL);
}

/* A round: what is planned and yet stays is left alone in another try. */
static struct tc_netlist *try_round(struct collapse *c, const struct tc_net *net, bool depth)
{
    struct tc_netlist *best = NULL;
    size_t first = tc_trail_claims(c->trail);

    c->net = net;
    c->row = tc_xrealloc(c->row, (size_t)net->nrows + 1, sizeof *c->row);
    memset(c->kept, 0, net->ngates);
    find_readers(c);
    c->missed = true;
    tc_trail_open(&c->note, c->trail, net);
    for (unsigned k = 0; k < (c->large ? 1 : RETRIES) && c->missed; k++) {
        size_t claims = tc_trail_claims(c->trail);
        struct tc_netlist *nl;

        c->missed = false;
        plan(c);
        nl = tc_net_write(rebuild(c, depth));
        tc_net_free(c->to);
        if (!best || nl->ngates < best->ngates ||
            (nl->ngates == best->ngates && nl->nedges < best->nedges)) {
            tc_netlist_free(best);
            best = nl;
            tc_trail_forget(c->trail, first, claims);
        } else {
            tc_netlist_free(nl);
            tc_trail_forget(c->trail, claims, tc_trail_claims(c->trail));
        }
    }
    tc_trail_close(&c->note);
    return best;
}

struct tc_netlist *tc_net_collapse(struct tc_netlist *nl, const struct tc_pass_options *options,
                                   struct tc_error *err)
{
    bool large = nl->nedges > LARGE, depth = !large && options->level == TC_LEVEL_2;
    struct tc_net *net = tc_net_read(nl, !large, err);
    struct tc_netlist *now = NULL;
    struct collapse c;

    if (!net)
        return NULL;
    open_collapse(&c, nl);
    c.large = large;
    c.trail = options->trail;
    for (unsigned k = 0; net && k < ROUNDS; k++) {
        size_t claims = tc_trail_claims(c.trail);
        struct tc_netlist *next = try_round(&c, net, depth && k == 0);
        bool better = !now || next->ngates < now->ngates;

        tc_net_free(net);
        net = NULL;
        if (better) {
            tc_netlist_free(now);
            now = next;
            net = large ? NULL : tc_net_read(now, true, err);
        } else {
            tc_netlist_free(next);
            tc_trail_forget(c.trail, claims, tc_trail_claims(c.trail));
        }
    }
    tc_net_free(net);
    close_collapse(&c);
    return tc_net_keep(nl, now);
}
