/* trail_window.c -- functions of a few wires, by all their values
 *
 * A window's leaves are wires that what is looked at is a function of; any values of theirs are
 * tried, whether they occur or not, so that what is the same in a window is the same.  Leaves are
 * at first what the new gates read, or what a claim names; where some gate below is not a function
 * of these, inputs that were come to are added to those that were named, and leaves that it did not
 * come to are written by what they read; and where a window shows a difference, the newest leaf is.
 * A class is each of its gates, until one is a function of the leaves. */
#include "trail_check.h"

#include <stdlib.h>
#include <string.h>

#define LEAVES  12
#define ROOM    28  /* leaves, until some are fewer again */
#define NODES   400 /* of a window */
#define CHOICES 4   /* of gates of a class, old and new ones */
#define TRIES   24
#define ADDED   4  /* leaves that a claim does not name */
#define SOURCES 64 /* of a gate in a window */
#define FEW     4  /* sources that are looked at 64 values at a time */
#define SMALL   40 /* bits of weights */

struct window {
    tc_wire leaf[ROOM];
    bool met[ROOM];
    unsigned n, given; /* the first ones are those that new gates read */
    uint32_t nodes;    /* and leaves */
    uint32_t base;
    bool oldest; /* a class is its oldest gate, else the newest one below base */
    bool cut;    /* begins with the leaves that the claim says */
    bool narrow; /* the leaf that is written is the one that reads the fewest others */
    bool full;
    tc_wire beyond; /* an input that is no leaf and was come to, or UINT32_MAX */
    unsigned added; /* leaves that were such */
};

/* unless it is a constant */
static void add_leaf(struct window *v, tc_wire w)
{
    if (w >= TC_LIT_0 >> 1)
        return;
    for (unsigned k = 0; k < v->n; k++)
        if (v->leaf[k] == w)
            return;
    if (v->n == ROOM)
        v->full = true;
    else
        v->leaf[v->n++] = w;
}

/* Gates that a class may be taken to be, the first one before others; how many. */
static unsigned gates_for(struct tc_check *c, const struct window *v, tc_wire w, tc_wire *gate)
{
    unsigned n = 0, old;

    if (v->oldest) {
        *gate = w;
        return w >= c->net->ninputs;
    }
    old = tc_check_members(c, w, v->base, CHOICES, gate);
    n = tc_check_members(c, w, UINT32_MAX, CHOICES, gate + old);
    for (unsigned k = 0; k < n && old; k++) /* members below base are there once */
        if (gate[old + k] <= gate[0])
            n = k;
    return old + n;
}

/* the first of them; 0 if there is none */
static tc_wire gate_for(struct tc_check *c, const struct window *v, tc_wire w)
{
    tc_wire gate[2 * CHOICES];

    return gates_for(c, v, w, gate) ? *gate : 0;
}

/* what a gate reads becomes leaves; new gates by what they read */
static void add_sources(struct tc_check *c, struct window *v, tc_wire gate, unsigned depth)
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[gate - c->net->ninputs].row];

    for (uint64_t e = row->first; e < row->first + row->n && !v->full; e++) {
        tc_lit l = tc_check_find(c, 2 * c->net->source[e]);

        if (l >= TC_LIT_0)
            continue;
        if (l >> 1 >= v->base && l >> 1 >= c->net->ninputs && depth > 0)
            add_sources(c, v, gate_for(c, v, l >> 1), depth - 1);
        else
            add_leaf(v, l >> 1);
    }
}

/* Leaf k is written by what it reads; false if it is an input. */
static bool write_leaf(struct tc_check *c, struct window *v, unsigned k)
{
    tc_wire gate = gate_for(c, v, v->leaf[k]);

    if (!gate)
        return false;
    if (k < v->given) {
        v->leaf[k] = v->leaf[--v->given];
        k = v->given;
    }
    v->leaf[k] = v->leaf[--v->n];
    add_sources(c, v, gate, 0);
    return !v->full;
}

/* how many of a gate's sources are no leaves */
static unsigned count_others(struct tc_check *c, const struct window *v, tc_wire gate)
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[gate - c->net->ninputs].row];
    unsigned n = 0;

    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        tc_lit l = tc_check_find(c, 2 * c->net->source[e]);
        unsigned k = 0;

        while (k < v->n && v->leaf[k] != l >> 1)
            k++;
        n += k == v->n && l < TC_LIT_0;
    }
    return n;
}

/* The newest leaf, or that which brings the fewest, is written by what it reads: of those that are
 * not given, if they are not all inputs. */
static bool write_newest(struct tc_check *c, struct window *v)
{
    unsigned best = 0, fewest = UINT32_MAX;
    tc_wire newest = 0;

    for (unsigned k = v->n; k-- > 0 && (k >= v->given || !newest);) {
        tc_wire gate = gate_for(c, v, v->leaf[k]);
        unsigned others = gate && v->narrow ? count_others(c, v, gate) : 0;

        if (gate && (others < fewest || (others == fewest && gate > newest))) {
            fewest = others;
            newest = gate;
            best = k;
        }
    }
    return newest && write_leaf(c, v, best);
}

/* An input that was come to becomes a leaf: what does not depend on it was found to be a function
 * without it. */
static bool add_beyond(struct window *v)
{
    if (!v->cut || v->beyond == UINT32_MAX || v->n >= LEAVES || v->added == ADDED)
        return false;
    v->added++;
    add_leaf(v, v->beyond);
    return !v->full;
}

static bool write_missed(struct tc_check *c, struct window *v)
{
    bool missed[ROOM];
    tc_wire leaf[ROOM];
    unsigned n = v->n;
    bool any = false;

    memcpy(leaf, v->leaf, sizeof leaf);
    for (unsigned k = 0; k < n; k++)
        missed[k] = !v->met[k];
    for (unsigned k = 0; k < n && !v->full; k++)
        for (unsigned i = 0; missed[k] && i < v->n; i++)
            if (v->leaf[i] == leaf[k]) {
                any = write_leaf(c, v, i) || any;
                break;
            }
    return any ? !v->full : write_newest(c, v);
}

/* -------------------------------------------------------------------- tables */

static size_t words_of(const struct window *v)
{
    return v->n > 6 ? (size_t)1 << (v->n - 6) : 1;
}

static void open_window(struct tc_check *c, struct window *v)
{
    static const uint64_t variable[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc,
                                         0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00,
                                         0xffff0000ffff0000, 0xffffffff00000000};
    size_t words = words_of(v), room = (LEAVES + NODES + 2) * words;

    if (c->table_room < room) {
        c->table = tc_xrealloc(c->table, room, sizeof *c->table);
        c->table_room = room;
    }
    c->now++;
    for (unsigned k = 0; k < v->n; k++) {
        c->stamp[v->leaf[k]] = c->now;
        c->number[v->leaf[k]] = k;
        v->met[k] = false;
        for (size_t w = 0; w < words; w++)
            c->table[k * words + w] = k < 6 ? variable[k] : w >> (k - 6) & 1 ? UINT64_MAX : 0;
    }
    v->nodes = v->n;
    v->beyond = UINT32_MAX;
}

struct source {
    const uint64_t *table;
    int64_t weight;
};

/* what a gate reads, as tables; the sum's constant; false where it is too much */
static bool sources_of(struct tc_check *c, const struct window *v, tc_wire gate, struct source *s,
                       unsigned *n, int64_t *constant)
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[gate - c->net->ninputs].row];

    *n = 0;
    tc_weight_get(c->net->num, c->net->gate[gate - c->net->ninputs].bound, c->z);
    if (mpz_sizeinbase(c->z, 2) > SMALL || row->n > SOURCES)
        return false;
    *constant = -tc_mpz_get_i64(c->z);
    for (uint64_t e = row->first; e < row->first + row->n; e++) {
        tc_lit l = tc_check_find(c, 2 * c->net->source[e]);
        int64_t w;

        tc_weight_get(c->net->num, c->net->weight[e], c->z);
        if (mpz_sizeinbase(c->z, 2) > SMALL)
            return false;
        w = tc_mpz_get_i64(c->z);
        if (l & 1) {
            *constant += w;
            w = -w;
        }
        if (l < TC_LIT_0)
            s[(*n)++] = (struct source){c->table + c->number[l >> 1] * words_of(v), w};
    }
    return true;
}

static int64_t sum_at(const struct source *s, unsigned n, int64_t constant, size_t x)
{
    for (unsigned k = 0; k < n; k++)
        constant += s[k].table[x / 64] >> x % 64 & 1 ? s[k].weight : 0;
    return constant;
}

/* a gate of few sources, for 64 values at a time: the OR of what it is 1 for */
static uint64_t fill_word(const struct source *s, unsigned n, unsigned ones, size_t w)
{
    uint64_t any = 0;

    for (unsigned y = 0; y < 1u << n; y++) {
        uint64_t all = ones >> y & 1 ? UINT64_MAX : 0;

        for (unsigned k = 0; all && k < n; k++)
            all &= y >> k & 1 ? s[k].table[w] : ~s[k].table[w];
        any |= all;
    }
    return any;
}

static void fill_few(const struct window *v, const struct source *s, unsigned n, int64_t constant,
                     uint64_t *table)
{
    unsigned ones = 0;

    for (unsigned y = 0; y < 1u << n; y++) {
        int64_t sum = constant;

        for (unsigned k = 0; k < n; k++)
            sum += y >> k & 1 ? s[k].weight : 0;
        ones |= (unsigned)(sum >= 0) << y;
    }
    for (size_t w = 0; w < words_of(v); w++)
        table[w] = fill_word(s, n, ones, w);
}

static bool fill(struct tc_check *c, const struct window *v, tc_wire gate, uint64_t *table)
{
    struct source s[SOURCES];
    int64_t constant;
    unsigned n;

    if (!sources_of(c, v, gate, s, &n, &constant))
        return false;
    if (n <= FEW) {
        fill_few(v, s, n, constant, table);
        return true;
    }
    memset(table, 0, words_of(v) * sizeof *table);
    for (size_t x = 0; x < (size_t)1 << v->n; x++)
        table[x / 64] |= (uint64_t)(sum_at(s, n, constant, x) >= 0) << x % 64;
    for (size_t x = (size_t)1 << v->n; x < 64; x++) /* few leaves: the table again */
        table[0] |= (table[0] >> (x & (((size_t)1 << v->n) - 1)) & 1) << x;
    return true;
}

static bool reach_sources(struct tc_check *c, struct window *v, tc_wire gate, unsigned depth);

/* whether a gate of w's class gives it a table */
static bool reach_by(struct tc_check *c, struct window *v, tc_wire w, tc_wire gate, unsigned depth)
{
    if (!reach_sources(c, v, gate, depth + 1) || v->nodes >= LEAVES + NODES ||
        !fill(c, v, gate, c->table + v->nodes * words_of(v)))
        return false;
    for (size_t k = 0; (tc_check_find(c, 2 * gate) & 1) && k < words_of(v); k++)
        c->table[v->nodes * words_of(v) + k] ^= UINT64_MAX; /* the gate is the complement */
    c->number[w] = v->nodes++;
    return true;
}

/* whether a first wire has a table now */
static bool reach(struct tc_check *c, struct window *v, tc_wire w, unsigned depth)
{
    tc_wire gate[2 * CHOICES];
    unsigned n;

    if (c->stamp[w] == c->now) {
        if (c->number[w] < v->n)
            v->met[c->number[w]] = true;
        return c->number[w] != UINT32_MAX;
    }
    c->stamp[w] = c->now;
    c->number[w] = UINT32_MAX; /* what reads itself is no function */
    n = depth > NODES ? 0 : gates_for(c, v, w, gate);
    if (w < c->net->ninputs && v->beyond == UINT32_MAX)
        v->beyond = w;
    for (unsigned k = 0; k < n; k++)
        if (reach_by(c, v, w, gate[k], depth))
            return true;
    return false;
}

static bool reach_sources(struct tc_check *c, struct window *v, tc_wire gate, unsigned depth)
{
    const struct tc_net_row *row = &c->net->row[c->net->gate[gate - c->net->ninputs].row];
    bool ok = true;

    for (uint64_t e = row->first; e < row->first + row->n && (ok || depth < 8); e++) {
        tc_lit l = tc_check_find(c, 2 * c->net->source[e]);

        ok = (l >= TC_LIT_0 || reach(c, v, l >> 1, depth)) && ok;
    }
    return ok;
}

/* a literal's own gate, not its class; a constant */
static bool table_of(struct tc_check *c, struct window *v, tc_lit l, uint64_t *table)
{
    bool gate = l < TC_LIT_0 && l >> 1 >= c->net->ninputs;

    if (l < TC_LIT_0 && c->stamp[l >> 1] == c->now && c->number[l >> 1] < v->n) {
        memcpy(table, c->table + c->number[l >> 1] * words_of(v), words_of(v) * sizeof *table);
        v->met[c->number[l >> 1]] = true;
    } else if (gate) {
        if (!reach_sources(c, v, l >> 1, 0) || !fill(c, v, l >> 1, table))
            return false;
    } else if (l < TC_LIT_0) {
        return false;
    } else {
        memset(table, 0, words_of(v) * sizeof *table);
    }
    for (size_t w = 0; l & 1 && w < words_of(v); w++)
        table[w] = ~table[w];
    return true;
}

/* what is looked at: literals a and b that may be the same */
struct question {
    tc_lit a, b;
    bool made; /* a is a new gate */
    bool two;  /* asked is whether gate a has a sum of two values; b is nothing */
};

static bool two_values(struct tc_check *c, struct window *v, tc_wire gate)
{
    struct source s[SOURCES];
    int64_t constant;
    unsigned n;
    bool two = sources_of(c, v, gate, s, &n, &constant);

    for (size_t x = 0; two && x < (size_t)1 << v->n; x++) {
        int64_t sum = sum_at(s, n, constant, x);

        two = sum == 0 || sum == -1;
    }
    return two;
}

enum answer { YES, NO, BEYOND }; /* BEYOND: something is no function of the leaves */

static enum answer ask(struct tc_check *c, struct window *v, const struct question *q)
{
    uint64_t x[1 << (LEAVES - 6)], y[1 << (LEAVES - 6)];

    if (v->n > LEAVES)
        return NO;
    open_window(c, v);
    if (q->two)
        return !reach_sources(c, v, q->a >> 1, 0) ? BEYOND : two_values(c, v, q->a >> 1) ? YES : NO;
    if (!table_of(c, v, q->b, y) || !table_of(c, v, q->made ? q->a : tc_check_find(c, q->a), x))
        return BEYOND;
    return memcmp(x, y, words_of(v) * sizeof *x) ? NO : YES;
}

static void first_leaves(struct tc_check *c, struct window *v, const struct question *q)
{
    tc_lit cut = q->a < TC_LIT_0 ? c->cut[q->a >> 1] : TC_LIT_0;

    v->n = v->given = v->added = 0;
    v->full = false;
    if (v->cut && cut < TC_LIT_0 && cut >> 1 >= c->net->ninputs)
        add_sources(c, v, cut >> 1, 0);
    else if (v->cut && cut < TC_LIT_0)
        add_leaf(v, tc_check_find(c, cut) >> 1);
    else if (q->made)
        add_sources(c, v, q->a >> 1, 3);
    else if (q->a < TC_LIT_0)
        add_leaf(v, tc_check_find(c, q->a) >> 1);
}

/* leaves only of what new gates read, or of what those are functions of */
static bool below_leaves(struct tc_check *c, struct window *v, const struct question *q)
{
    enum answer is = NO;

    first_leaves(c, v, q);
    for (unsigned k = 0; k < TRIES && !v->full; k++) {
        is = ask(c, v, q);
        if (is == YES || !(is == BEYOND ? add_beyond(v) || write_missed(c, v) : write_newest(c, v)))
            break;
    }
    return is == YES;
}

/* the same with what b reads, written by what that reads, the newest first */
static bool with_leaves(struct tc_check *c, struct window *v, const struct question *q)
{
    first_leaves(c, v, q);
    v->given = v->n;
    if (!q->two && q->b < TC_LIT_0 && q->b >> 1 >= c->net->ninputs)
        add_sources(c, v, q->b >> 1, 0);
    for (unsigned k = 0; k < TRIES && !v->full; k++) {
        if (ask(c, v, q) == YES)
            return true;
        if (!write_newest(c, v))
            break;
    }
    return false;
}

static bool look(struct tc_check *c, const struct question *q, uint32_t base)
{
    for (unsigned k = 0; k < 8; k++) {
        struct window v = {.base = base, .cut = !(k >> 2), .oldest = k >> 1 & 1, .narrow = k & 1};

        if (k < 4 && (q->a >= TC_LIT_0 || c->cut[q->a >> 1] == TC_LIT_0))
            continue;

        if (below_leaves(c, &v, q) || with_leaves(c, &v, q))
            return true;
    }
    return false;
}

bool tc_check_window(struct tc_check *c, tc_lit a, tc_lit b, uint32_t base)
{
    struct question q = {a, b, a < TC_LIT_0 && a >> 1 >= base && a >> 1 >= c->net->ninputs, false};

    return look(c, &q, base);
}

bool tc_check_exact(struct tc_check *c, tc_wire gate, uint32_t base)
{
    struct question q = {2 * gate, TC_LIT_0, true, true};

    return look(c, &q, base);
}

/* ---------------------------------------------------------------- read through */

static void leaves_of(struct window *v, const struct tc_net_sum *s, size_t skip)
{
    for (size_t k = 0; k < s->n && !v->full; k++)
        if (k != skip)
            add_leaf(v, s->part[k].source);
}

static bool small(const struct tc_net_sum *s)
{
    bool ok = mpz_sizeinbase(s->bound, 2) <= SMALL;

    for (size_t k = 0; ok && k < s->n; k++)
        ok = mpz_sizeinbase(s->part[k].weight, 2) <= SMALL;
    return ok;
}

static void spread(const struct window *v, const struct tc_net_sum *s, size_t skip, int64_t *weight)
{
    memset(weight, 0, LEAVES * sizeof *weight);
    for (size_t k = 0; k < s->n; k++)
        for (unsigned i = 0; i < v->n; i++)
            if (k != skip && v->leaf[i] == s->part[k].source)
                weight[i] = tc_mpz_get_i64(s->part[k].weight);
}

static bool reaches(const int64_t *weight, unsigned n, unsigned x, int64_t bound)
{
    for (unsigned i = 0; i < n; i++)
        bound -= x >> i & 1 ? weight[i] : 0;
    return bound <= 0;
}

bool tc_check_inner(struct tc_check *c, const struct tc_net_sum *a, const struct tc_net_sum *b,
                    size_t at, tc_lit f)
{
    int64_t wa[LEAVES], wb[LEAVES], wf[LEAVES], w, ta, tb, tf;
    struct window v = {0};
    bool same = true;

    tc_check_form(c, f, &c->e);
    if (a->n > LEAVES || b->n > LEAVES + 1 || c->e.n > LEAVES || !small(a) || !small(b) ||
        !small(&c->e))
        return false;
    leaves_of(&v, a, SIZE_MAX);
    leaves_of(&v, b, at);
    leaves_of(&v, &c->e, SIZE_MAX);
    if (v.n > LEAVES)
        return false;
    spread(&v, a, SIZE_MAX, wa);
    spread(&v, b, at, wb);
    spread(&v, &c->e, SIZE_MAX, wf);
    w = tc_mpz_get_i64(b->part[at].weight);
    ta = tc_mpz_get_i64(a->bound);
    tb = tc_mpz_get_i64(b->bound);
    tf = tc_mpz_get_i64(c->e.bound);
    for (unsigned x = 0; same && x < 1u << v.n; x++) {
        bool wire = reaches(wf, v.n, x, tf) != (w < 0);

        same = reaches(wa, v.n, x, ta) == reaches(wb, v.n, x, wire ? tb - w : tb);
    }
    return same;
}
