/* expand.c -- threshold gates as AND nodes and inverters
 *
 * A row is brought to positive form: complementing a wire of negative weight
 * adds a constant, and so every weight is positive and every threshold t lies in
 * 1..total, or the gate is a constant.  Two bounds then shorten the weights: one
 * above the largest threshold decides all gates alone, and may be that
 * threshold; and, for the same reason seen from the complements, none need
 * exceed the largest total - t + 1.  The common divisor goes last.
 *
 * What is no AND, OR or majority of three is a decision diagram of its wires, the largest weight
 * first, where the row's gates together take few nodes (diagram.h): carries, comparisons and lists
 * of conditions are then the ladders that they are mostly made of elsewhere, node by node, and can
 * be proved equal to those.
 *
 * Else it is summed: bits of equal weight stand in columns, full adders take three bits of a
 * column and leave one there and one in the next, and the binary sum is compared with each
 * threshold of the row from its lowest bit on: ge = t's bit ? bit & ge : bit | ge.
 *
 * The nodes of a row are first made on the side.  Those that its gates need are
 * then given out, which leaves behind the low bits of sums that no threshold
 * looks at. */
#include "expand.h"

#include "diagram.h"
#include "exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VARS ((uint32_t)0x7fffffff)

struct node {
    tc_lit a, b; /* a > b > 1 */
};

struct table { /* of nodes that exist; keys are a and b */
    uint32_t n, room;
    struct entry {
        tc_lit a, b;
        uint32_t var; /* 0: empty */
    } * entry;
};

struct term { /* (plus - minus) * lit */
    tc_lit lit;
    mpz_t plus, minus;
};

struct queue {
    size_t head, n, room;
    tc_lit *lit;
};

struct expander {
    tc_and_sink *sink;
    void *ctx;
    uint32_t nvar; /* given out so far; variables of a row's own nodes begin here */
    struct table given, own;
    struct node *node; /* the row's own */
    tc_lit *as;        /* what an own node was given out as; before, 1 if it is needed */
    uint32_t nnode, node_room;
    bool full, stopped;
    tc_lit *wire;
    struct tc_sum sum;
    struct term *term;
    size_t nterm, term_room;
    tc_lit *bit; /* of the binary sum */
    size_t nbit, bit_room;
    struct queue column, carry;
    struct tc_diagram diagram;
    const struct term **order; /* terms as the diagram has them */
    tc_lit *drawn;             /* of its nodes */
    size_t order_room, drawn_room;
    mpz_t offset, total, low, high, shift, divisor, moved, t, u, v;
};

/* ------------------------------------------------------------------ tables */

static struct entry *find(const struct table *t, tc_lit a, tc_lit b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(h >> 32) & (t->room - 1);

    while (t->entry[at].var && (t->entry[at].a != a || t->entry[at].b != b))
        at = (at + 1) & (t->room - 1);
    return &t->entry[at];
}

static void forget(struct table *t)
{
    if (t->n)
        memset(t->entry, 0, t->room * sizeof *t->entry);
    t->n = 0;
}

static void remember(struct table *t, tc_lit a, tc_lit b, uint32_t var)
{
    if (2 * t->n >= t->room) {
        struct table larger = {.n = t->n, .room = t->room ? 2 * t->room : 64};

        larger.entry = tc_xcalloc(larger.room, sizeof *larger.entry);
        for (uint32_t i = 0; i < t->room; i++)
            if (t->entry[i].var)
                *find(&larger, t->entry[i].a, t->entry[i].b) = t->entry[i];
        free(t->entry);
        *t = larger;
    }
    *find(t, a, b) = (struct entry){a, b, var};
    t->n++;
}

/* --------------------------------------------------------- a row's own nodes */

static tc_lit both(struct expander *x, tc_lit a, tc_lit b)
{
    tc_lit result;
    uint32_t var;

    if (tc_lit_and(&a, &b, &result))
        return result;
    if (x->own.room) {
        const struct entry *e = find(&x->own, a, b);

        if (e->var)
            return 2 * e->var;
    }
    if (x->nnode >= MOST_VARS - x->nvar) {
        x->full = true;
        return 0;
    }
    if (x->nnode == x->node_room) {
        x->node_room = x->node_room + x->node_room / 2 + 64;
        x->node = tc_xrealloc(x->node, x->node_room, sizeof *x->node);
        x->as = tc_xrealloc(x->as, x->node_room, sizeof *x->as);
    }
    var = x->nvar + x->nnode;
    x->node[x->nnode++] = (struct node){a, b};
    remember(&x->own, a, b, var);
    return 2 * var;
}

static tc_lit either(struct expander *x, tc_lit a, tc_lit b)
{
    return both(x, a ^ 1, b ^ 1) ^ 1;
}

static tc_lit add2(struct expander *x, tc_lit a, tc_lit b, tc_lit *carry)
{
    *carry = both(x, a, b);
    return both(x, *carry ^ 1, both(x, a ^ 1, b ^ 1) ^ 1);
}

static tc_lit add3(struct expander *x, tc_lit a, tc_lit b, tc_lit c, tc_lit *carry)
{
    tc_lit first, second, sum = add2(x, add2(x, a, b, &first), c, &second);

    *carry = either(x, first, second);
    return sum;
}

static void push(struct queue *q, tc_lit l)
{
    if (q->n == q->room) {
        q->room = q->room + q->room / 2 + 64;
        q->lit = tc_xrealloc(q->lit, q->room, sizeof *q->lit);
    }
    q->lit[q->n++] = l;
}

/* AND of all terms, balanced; of their complements if not positive */
static tc_lit all(struct expander *x, bool positive)
{
    struct queue *q = &x->column;

    q->head = q->n = 0;
    for (size_t i = 0; i < x->nterm; i++)
        push(q, x->term[i].lit ^ !positive);
    while (q->n - q->head > 1) {
        tc_lit l = both(x, q->lit[q->head], q->lit[q->head + 1]);

        q->head += 2;
        push(q, l);
    }
    return q->lit[q->head];
}

/* -------------------------------------------------------------------- sums */

/* Signed digits where they are fewer: 2^k - 1 is two of them and not k.  w = 3 w / 2 - w / 2,
 * and the places where both have a bit cancel; how many are left.  In x->u and x->v what is
 * subtracted from what, in x->t the places. */
static size_t digits(struct expander *x, mpz_srcptr w)
{
    mpz_tdiv_q_2exp(x->u, w, 1);
    mpz_add(x->v, w, x->u);
    mpz_xor(x->t, x->u, x->v);
    return mpz_popcount(x->t);
}

static void write_digits(struct expander *x, struct term *t)
{
    mpz_set_ui(t->minus, 0);
    if (digits(x, t->plus) < mpz_popcount(t->plus)) {
        mpz_and(t->plus, x->v, x->t);
        mpz_and(t->minus, x->u, x->t);
    }
}

/* the binary sum of the terms, plus x->moved */
static void add_up(struct expander *x)
{
    size_t width = 0;
    struct queue swap;

    mpz_set_ui(x->moved, 0);
    for (size_t i = 0; i < x->nterm; i++) {
        size_t bits;

        write_digits(x, &x->term[i]);
        mpz_add(x->moved, x->moved, x->term[i].minus);
        bits = mpz_sizeinbase(x->term[i].plus, 2); /* above those of minus */
        width = bits > width ? bits : width;
    }
    x->nbit = 0;
    x->carry.n = 0;
    for (size_t k = 0; k < width || x->carry.n > 0; k++) {
        struct queue *q = &x->column, *up = &x->carry;
        tc_lit c;

        q->head = q->n = 0;
        for (size_t i = 0; k < width && i < x->nterm; i++) {
            if (mpz_tstbit(x->term[i].plus, k))
                push(q, x->term[i].lit);
            if (mpz_tstbit(x->term[i].minus, k))
                push(q, x->term[i].lit ^ 1);
        }
        for (size_t i = 0; i < up->n; i++) /* last, for they are the deepest */
            push(q, up->lit[i]);
        up->n = 0;
        while (q->n - q->head > 1) {
            const tc_lit *l = &q->lit[q->head];
            size_t take = q->n - q->head > 2 ? 3 : 2;
            tc_lit s = take == 3 ? add3(x, l[0], l[1], l[2], &c) : add2(x, l[0], l[1], &c);

            q->head += take;
            push(q, s);
            if (c != 0)
                push(up, c);
        }
        if (x->nbit == x->bit_room) {
            x->bit_room = 2 * x->bit_room + 64;
            x->bit = tc_xrealloc(x->bit, x->bit_room, sizeof *x->bit);
        }
        x->bit[x->nbit++] = q->n > q->head ? q->lit[q->head] : 0;
    }
    swap = x->column;
    x->column = x->carry;
    x->carry = swap;
}

/* whether the binary sum is at least t > 0 */
static tc_lit at_least(struct expander *x, mpz_srcptr t)
{
    tc_lit ge = 1;

    if (mpz_sizeinbase(t, 2) > x->nbit)
        return 0;
    for (size_t k = mpz_scan1(t, 0); k < x->nbit; k++)
        ge = mpz_tstbit(t, k) ? both(x, x->bit[k], ge) : either(x, x->bit[k], ge);
    return ge;
}

/* -------------------------------------------------------------------- rows */

/* terms of positive weight; the row's sum is theirs plus x->offset */
static void load(struct expander *x, const struct tc_netlist *nl, uint32_t row)
{
    x->sum.n = 0;
    mpz_set_ui(x->offset, 0);
    for (uint64_t e = nl->first[row]; e < nl->first[row + 1]; e++) {
        tc_lit l = x->wire[nl->source[e]];

        tc_weight_get(nl, nl->weight[e], x->t);
        if (l & 1) {
            mpz_add(x->offset, x->offset, x->t);
            mpz_neg(x->t, x->t);
        }
        if (l > 1)
            tc_sum_add(&x->sum, l >> 1, x->t);
    }
    tc_sum_merge(&x->sum);
    while (x->term_room < x->sum.n) {
        size_t room = x->term_room + x->term_room / 2 + 64;

        x->term = tc_xrealloc(x->term, room, sizeof *x->term);
        for (; x->term_room < room; x->term_room++)
            mpz_inits(x->term[x->term_room].plus, x->term[x->term_room].minus, NULL);
    }
    x->nterm = x->sum.n;
    mpz_set_ui(x->total, 0);
    for (size_t i = 0; i < x->nterm; i++) {
        struct term *t = &x->term[i];
        bool negative = mpz_sgn(x->sum.weight[i]) < 0;

        t->lit = 2 * x->sum.var[i] + negative;
        mpz_abs(t->plus, x->sum.weight[i]);
        mpz_add(x->total, x->total, t->plus);
        if (negative)
            mpz_sub(x->offset, x->offset, t->plus);
    }
}

/* weights at most w; the total with them */
static void cut(struct expander *x, mpz_srcptr w)
{
    for (size_t i = 0; i < x->nterm; i++) {
        mpz_ptr p = x->term[i].plus;

        if (mpz_cmp(p, w) > 0) {
            mpz_sub(x->total, x->total, p);
            mpz_add(x->total, x->total, w);
            mpz_set(p, w);
        }
    }
}

/* Thresholds that are not constant lie in low..high.  A threshold t becomes
 * (t - shift) / divisor, rounded up. */
static void shorten(struct expander *x)
{
    cut(x, x->high);
    mpz_set(x->shift, x->total);
    mpz_sub(x->t, x->total, x->low);
    mpz_add_ui(x->t, x->t, 1);
    cut(x, x->t);
    mpz_sub(x->shift, x->shift, x->total);
    mpz_set_ui(x->divisor, 0);
    for (size_t i = 0; i < x->nterm; i++)
        mpz_gcd(x->divisor, x->divisor, x->term[i].plus);
    if (mpz_cmp_ui(x->divisor, 1) > 0) {
        for (size_t i = 0; i < x->nterm; i++)
            mpz_divexact(x->term[i].plus, x->term[i].plus, x->divisor);
        mpz_divexact(x->total, x->total, x->divisor);
    }
}

/* the threshold of gate g of the row; 0, with *constant, if it has one value */
static void threshold(struct expander *x, const struct tc_netlist *nl, uint32_t g, mpz_srcptr total,
                      tc_lit *constant)
{
    tc_weight_get(nl, nl->bound[g], x->t);
    mpz_sub(x->t, x->t, x->offset);
    if (mpz_sgn(x->t) <= 0 || mpz_cmp(x->t, total) > 0) {
        *constant = mpz_sgn(x->t) <= 0;
        mpz_set_ui(x->t, 0);
    }
}

enum shape { AND, OR, MAJORITY, SUM };

/* of the gate with threshold x->t; least: the smallest weight */
static enum shape shape(const struct expander *x, mpz_srcptr least, mpz_ptr scratch)
{
    if (mpz_cmp(x->t, least) <= 0)
        return OR;
    mpz_sub(scratch, x->total, least);
    if (mpz_cmp(x->t, scratch) > 0)
        return AND;
    for (size_t i = 0; i < x->nterm; i++) { /* no wire decides alone, any two do */
        mpz_sub(scratch, x->total, x->term[i].plus);
        if (x->nterm != 3 || mpz_cmp(x->term[i].plus, x->t) >= 0 || mpz_cmp(scratch, x->t) < 0)
            return SUM;
    }
    return MAJORITY;
}

static tc_lit simple(struct expander *x, enum shape s)
{
    tc_lit a, b;

    if (s != MAJORITY)
        return s == AND ? all(x, true) : all(x, false) ^ 1;
    a = x->term[0].lit;
    b = x->term[1].lit;
    return either(x, both(x, a, b), both(x, x->term[2].lit, either(x, a, b)));
}

/* ---------------------------------------------------------------- diagrams */

static int by_weight(const void *a, const void *b)
{
    const struct term *p = *(const struct term *const *)a, *q = *(const struct term *const *)b;
    int c = mpz_cmp(q->plus, p->plus);

    return c ? c : (p > q) - (p < q);
}

/* The diagram begins; how many nodes it may have: as many as take no more AND nodes, two each,
 * than adders do. */
static size_t start_diagram(struct expander *x)
{
    size_t bits = 0;

    if (x->order_room < x->nterm) {
        x->order_room = x->term_room;
        x->order = tc_xrealloc(x->order, x->order_room, sizeof *x->order);
    }
    for (size_t i = 0; i < x->nterm; i++) {
        size_t plain = mpz_popcount(x->term[i].plus), fewer = digits(x, x->term[i].plus);

        bits += fewer < plain ? fewer : plain;
        x->order[i] = &x->term[i];
    }
    qsort(x->order, x->nterm, sizeof *x->order, by_weight);
    tc_diagram_start(&x->diagram);
    for (size_t i = 0; i < x->nterm; i++)
        tc_diagram_term(&x->diagram, x->order[i]->plus);
    return bits < MOST_VARS / 7 ? 7 * bits / 2 : MOST_VARS / 2;
}

/* x->drawn, of the diagram's nodes */
static void draw(struct expander *x)
{
    const struct tc_diagram *d = &x->diagram;

    if (x->drawn_room < d->nnode) {
        x->drawn_room = d->node_room > d->nnode ? d->node_room : d->nnode;
        x->drawn = tc_xrealloc(x->drawn, x->drawn_room, sizeof *x->drawn);
    }
    x->drawn[0] = 0;
    x->drawn[1] = 1;
    for (size_t k = 2; k < d->nnode; k++) {
        const struct tc_decision *n = &d->node[k];

        x->drawn[k] =
            either(x, x->drawn[n->low], both(x, x->order[n->term]->lit, x->drawn[n->high]));
    }
}

/* -------------------------------------------------------------------- gates */

struct row {
    const struct tc_netlist *nl;
    uint32_t number;
    bool any, sums, drawn; /* gates that are not constant, that need a sum, that have a diagram */
    size_t most;           /* nodes of the diagram */
    mpz_t least, total, scratch; /* weight; as read */
};

/* the range of thresholds that are not constant; literals of those that are */
static void look_at_bounds(struct expander *x, struct row *r)
{
    tc_lit *out = x->wire + r->nl->ninputs;

    for (uint32_t g = r->nl->gate[r->number]; g < r->nl->gate[r->number + 1]; g++) {
        threshold(x, r->nl, g, r->total, &out[g]);
        if (mpz_sgn(x->t) == 0)
            continue;
        if (!r->any || mpz_cmp(x->t, x->low) < 0)
            mpz_set(x->low, x->t);
        if (!r->any || mpz_cmp(x->t, x->high) > 0)
            mpz_set(x->high, x->t);
        r->any = true;
    }
}

/* what is done for each gate that is no constant, its threshold in x->t */
typedef void gate_step(struct expander *, struct row *, tc_lit *out);

static void each_gate(struct expander *x, struct row *r, gate_step *step)
{
    tc_lit *out = x->wire + r->nl->ninputs, constant;

    for (uint32_t g = r->nl->gate[r->number]; g < r->nl->gate[r->number + 1]; g++) {
        threshold(x, r->nl, g, r->total, &constant);
        if (mpz_sgn(x->t) == 0)
            continue;
        mpz_sub(x->t, x->t, x->shift);
        mpz_cdiv_q(x->t, x->t, x->divisor);
        step(x, r, &out[g]);
    }
}

static void look_at_shape(struct expander *x, struct row *r, tc_lit *out)
{
    (void)out;
    r->sums = r->sums || shape(x, r->least, r->scratch) == SUM;
}

/* the gate's node in the place of its literal */
static void try_diagram(struct expander *x, struct row *r, tc_lit *out)
{
    size_t node = 0;

    r->drawn = r->drawn && tc_diagram_gate(&x->diagram, x->t, r->most, &node);
    *out = (tc_lit)node;
}

static void make_gate(struct expander *x, struct row *r, tc_lit *out)
{
    if (r->drawn) {
        *out = x->drawn[*out];
    } else if (r->sums) {
        mpz_add(x->t, x->t, x->moved);
        *out = at_least(x, x->t);
    } else {
        *out = simple(x, shape(x, r->least, r->scratch));
    }
}

/* literals of the row's gates, made of its own nodes, into x->wire */
static void make_row(struct expander *x, const struct tc_netlist *nl, uint32_t row)
{
    struct row r = {.nl = nl, .number = row};

    load(x, nl, row);
    mpz_inits(r.least, r.scratch, NULL);
    mpz_init_set(r.total, x->total);
    look_at_bounds(x, &r);
    if (r.any) {
        shorten(x);
        mpz_set(r.least, x->term[0].plus);
        for (size_t i = 1; i < x->nterm; i++)
            if (mpz_cmp(x->term[i].plus, r.least) < 0)
                mpz_set(r.least, x->term[i].plus);
        each_gate(x, &r, look_at_shape);
    }
    if (r.sums) { /* what serves the simple gates of the row, too */
        r.drawn = true;
        r.most = start_diagram(x);
        each_gate(x, &r, try_diagram);
        if (r.drawn)
            draw(x);
        else
            add_up(x);
    }
    if (r.any)
        each_gate(x, &r, make_gate);
    mpz_clears(r.least, r.total, r.scratch, NULL);
}

/* -------------------------------------------------------------- giving out */

static tc_lit give(struct expander *x, tc_lit a, tc_lit b)
{
    tc_lit result;

    if (tc_lit_and(&a, &b, &result))
        return result;
    if (x->given.room) {
        const struct entry *e = find(&x->given, a, b);

        if (e->var)
            return 2 * e->var;
    }
    if (x->given.n == TC_EXPAND_TABLE)
        forget(&x->given);
    remember(&x->given, a, b, x->nvar);
    x->stopped = x->stopped || (x->sink && !x->sink(x->ctx, x->nvar, a, b));
    return 2 * x->nvar++;
}

static tc_lit given_as(const struct expander *x, uint32_t base, tc_lit l)
{
    return l >> 1 < base ? l : x->as[(l >> 1) - base] ^ (l & 1);
}

static void need(struct expander *x, uint32_t base, tc_lit l)
{
    if (l >> 1 >= base)
        x->as[(l >> 1) - base] = 1;
}

static void give_row(struct expander *x, const struct tc_netlist *nl, uint32_t row)
{
    tc_lit *out = x->wire + nl->ninputs;
    uint32_t base = x->nvar;

    if (x->nnode)
        memset(x->as, 0, x->nnode * sizeof *x->as);
    for (uint32_t g = nl->gate[row]; g < nl->gate[row + 1]; g++)
        need(x, base, out[g]);
    for (uint32_t k = x->nnode; k-- > 0;) {
        if (x->as[k]) {
            need(x, base, x->node[k].a);
            need(x, base, x->node[k].b);
        }
    }
    for (uint32_t k = 0; k < x->nnode && !x->stopped; k++)
        if (x->as[k])
            x->as[k] = give(x, given_as(x, base, x->node[k].a), given_as(x, base, x->node[k].b));
    for (uint32_t g = nl->gate[row]; g < nl->gate[row + 1] && !x->stopped; g++)
        out[g] = given_as(x, base, out[g]);
    x->nnode = 0;
    if (x->own.room > 1024) { /* emptying it should not cost more than the row did */
        free(x->own.entry);
        x->own = (struct table){0};
    }
    forget(&x->own);
}

static void expander_free(struct expander *x)
{
    for (size_t i = 0; i < x->term_room; i++)
        mpz_clears(x->term[i].plus, x->term[i].minus, NULL);
    mpz_clears(x->offset, x->total, x->low, x->high, x->shift, x->divisor, x->moved, x->t, x->u,
               x->v, NULL);
    tc_sum_free(&x->sum);
    free(x->term);
    free(x->given.entry);
    free(x->own.entry);
    free(x->node);
    free(x->as);
    free(x->bit);
    free(x->column.lit);
    free(x->carry.lit);
    tc_diagram_free(&x->diagram);
    free(x->order);
    free(x->drawn);
}

bool tc_expand(const struct tc_netlist *nl, tc_and_sink *sink, void *ctx, struct tc_expansion *out,
               struct tc_error *err)
{
    struct expander x = {.sink = sink, .ctx = ctx, .nvar = nl->ninputs + 1};
    bool ok;

    *out = (struct tc_expansion){0};
    if (nl->ninputs >= MOST_VARS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u inputs are more than two-input logic can number", nl->ninputs);
    mpz_inits(x.offset, x.total, x.low, x.high, x.shift, x.divisor, x.moved, x.t, x.u, x.v, NULL);
    x.wire = tc_xcalloc((size_t)nl->ninputs + nl->ngates, sizeof *x.wire);
    for (uint32_t i = 0; i < nl->ninputs; i++)
        x.wire[i] = 2 * (i + 1);
    tc_progress_start("expanding gates", nl->ngates);
    for (uint32_t r = 0; r < nl->nrows && !x.full && !x.stopped; r++) {
        make_row(&x, nl, r);
        if (!x.full)
            give_row(&x, nl, r);
        tc_progress_tick(nl->gate[r + 1]);
    }
    tc_progress_end();
    ok = !x.full && !x.stopped;
    if (x.full)
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                "as two-input logic the circuit has more than 2^31 - 2 variables");
    out->nand = x.nvar - nl->ninputs - 1;
    if (ok)
        out->wire = x.wire;
    else
        free(x.wire);
    expander_free(&x);
    return ok;
}
