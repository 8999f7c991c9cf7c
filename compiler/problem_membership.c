/* problem_membership.c -- whether u v v v ... is in the language of a morphism and linked pairs
 *
 * in      n letters of u, then m of v, each one-hot
 * out     whether for some (s, e) of P the word can be cut into one word with image s and
 *         then words with image e
 * depth   ceil(log2(n + m - 1)) + 2 where a cut behind n + m - 1 letters can be accepted at all
 * gates   one for each pair of factors of a product, n + m - 1 prefixes and m rotations by
 * doubling; up to one for each element and cut (of a group in matrices, for each pair and cut); 1
 * source  Fleischer and Kufleitner 2017 for the problem; CONSTRUCTIONS.md, "Membership by
 *         prefixes and rotations" */
#include "problem.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LENGTH ((uint64_t)1 << 24) /* of u and v */

/* Sets of elements that words of 1, 2, ... letters have as images; from some length on they
 * repeat: set[k - 1] of length k, behind the last again from `from` on. */
struct images {
    uint64_t *set;
    size_t n, from;
};

struct membership {
    const struct tc_semigroup *s;
    uint64_t m;
    uint64_t *good; /* per element z, those w so that a cut with u x in z, y x in w is accepted */
    struct images images;
    uint64_t prefixes; /* how many letters the longest prefix that matters has; 0: none does */
};

static bool has(uint64_t set, unsigned element)
{
    return set >> element & 1;
}

/* ----------------------------------------------------------------- images */

static uint64_t images_of(const struct images *t, uint64_t length)
{
    if (length > t->n)
        length = t->from + 1 + (length - 1 - t->from) % (t->n - t->from);
    return t->set[length - 1];
}

/* up to `most` letters, or until a set comes again: each saved one is compared with twice as
 * many behind it as the one before */
static void find_images(struct tc_arena *a, const struct tc_semigroup *s, uint64_t most,
                        struct images *t)
{
    uint64_t step[TC_SEMIGROUP_ORDER] = {0}, next = 0;
    size_t room = 0;

    *t = (struct images){0};
    for (unsigned l = 0; l < s->nletter; l++) {
        next |= UINT64_C(1) << s->image[l];
        for (unsigned x = 0; x < s->order; x++)
            step[x] |= UINT64_C(1) << tc_semigroup_product(s, x, s->image[l]);
    }
    while (t->n < most && (!t->n || next != t->set[t->from])) {
        if (t->n == room) {
            uint64_t *more = tc_alloc(a, room ? 2 * room : 64, sizeof *more);

            if (room)
                memcpy(more, t->set, room * sizeof *more);
            t->set = more;
            room = room ? 2 * room : 64;
        }
        t->set[t->n++] = next;
        if (t->n - 1 == 2 * t->from + 1)
            t->from = t->n - 1;
        next = 0;
        for (unsigned x = 0; x < s->order; x++)
            if (has(t->set[t->n - 1], x))
                next |= step[x];
    }
}

/* ------------------------------------------------------------------- cuts */

/* with e the idempotent power of w: (z w^a e, e) in P for some a */
static bool accepts(const struct tc_semigroup *s, unsigned z, unsigned w)
{
    unsigned e = w;

    while (tc_semigroup_product(s, e, e) != e)
        e = tc_semigroup_product(s, e, w);
    z = tc_semigroup_product(s, z, e);
    for (unsigned a = 0; a < s->order; a++) {
        if (s->linked[z * s->order + e])
            return true;
        z = tc_semigroup_product(s, z, w);
    }
    return false;
}

/* of those with which z is accepted, the ones that v's rotations can be */
static uint64_t partners(const struct membership *c, unsigned z)
{
    return c->good[z] & images_of(&c->images, c->m);
}

static bool cut_matters(const struct membership *c, uint64_t prefix)
{
    bool some = false;

    for (unsigned z = 0; !some && z < c->s->order; z++)
        some = has(images_of(&c->images, prefix), z) && partners(c, z);
    return some;
}

static void find_cuts(const struct tc_problem *p, struct membership *c)
{
    const struct tc_semigroup *s = c->s;

    c->good = tc_alloc(p->arena, s->order, sizeof *c->good);
    for (unsigned z = 0; z < s->order; z++)
        for (unsigned w = 0; w < s->order; w++)
            if (accepts(s, z, w))
                c->good[z] |= UINT64_C(1) << w;
    c->prefixes = p->n + c->m - 1;
    while (c->prefixes >= p->n && !cut_matters(c, c->prefixes))
        c->prefixes--;
    if (c->prefixes < p->n)
        c->prefixes = 0;
}

/* ---------------------------------------------------------------- circuit */

struct building {
    const struct tc_problem *p;
    const struct membership *c;
    struct tc_draft *d;
    struct tc_value *prefix;   /* per position: of the last 2^level letters up to it */
    struct tc_value *rotation; /* per position of v: of the last 2^level letters, round v */
    struct tc_value *whole;    /* per position of v: of the last `length` letters */
    uint64_t length;           /* m modulo a power of two */
};

static bool in_matrices(const struct membership *c)
{
    return c->s->group && c->s->group->matrix;
}

static unsigned code_width(const struct membership *c)
{
    return in_matrices(c) ? tc_permgroup_width(c->s->group) : c->s->order;
}

static void times(struct building *b, const struct tc_value *x, const struct tc_value *y,
                  struct tc_value *to)
{
    if (b->d->full)
        return;
    if (in_matrices(b->c))
        tc_word_product(b->c->s->group, b->d, x, y, to);
    else
        tc_semigroup_times(b->c->s, b->d, x, y, to);
}

static uint64_t times_gates(const struct membership *c, uint64_t left, uint64_t right)
{
    uint64_t k = in_matrices(c) ? c->s->group->degree : 0;

    if (k)
        return k * k * k;
    return (uint64_t)__builtin_popcountll(images_of(&c->images, left)) *
           (uint64_t)__builtin_popcountll(images_of(&c->images, right));
}

/* the code of the image of the letter at a place: sums of its wires */
static void letter_code(const struct building *b, uint64_t place, struct tc_value *to)
{
    const struct tc_semigroup *s = b->c->s;

    for (unsigned e = 0; e < code_width(b->c); e++) {
        to[e] = tc_value_new(b->d, s->nletter);
        for (unsigned l = 0; l < s->nletter; l++)
            if (in_matrices(b->c) ? tc_permgroup_bit(s->group, s->image[l], e) : s->image[l] == e)
                tc_value_add(&to[e], (tc_wire)(place * s->nletter + l), 1);
    }
}

/* whether some cut reads this prefix of the last 2^level letters: multiples of 2^level reach
 * from it to a cut */
static bool prefix_matters(const struct tc_problem *p, uint64_t at, unsigned level)
{
    const struct membership *c = p->data;
    uint64_t step = UINT64_C(1) << level;

    return at + 1 >= p->n || (p->n - 1 - at + step - 1) / step * step <= c->prefixes - 1 - at;
}

/* whether a rotation is not a part of u v that is there anyhow */
static bool rotation_alone(const struct tc_problem *p, uint64_t at, unsigned level)
{
    const struct membership *c = p->data;

    return at + 1 < UINT64_C(1) << level || p->n + at >= c->prefixes;
}

static void double_prefixes(struct building *b, unsigned level)
{
    uint64_t n = b->c->prefixes, by = UINT64_C(1) << (level - 1);
    size_t width = code_width(b->c), size = (size_t)n * width;
    struct tc_value *next = tc_alloc(b->d->arena, size, sizeof *next);

    memcpy(next, b->prefix, size * sizeof *next);
    for (uint64_t i = by; i < n && !b->d->full; i++)
        if (prefix_matters(b->p, i, level))
            times(b, b->prefix + (i - by) * width, b->prefix + i * width, next + i * width);
    b->prefix = next;
}

static void double_rotations(struct building *b, unsigned level)
{
    uint64_t m = b->c->m, by = UINT64_C(1) << (level - 1);
    size_t width = code_width(b->c);
    struct tc_value *next = tc_alloc(b->d->arena, (size_t)m * width, sizeof *next);

    for (uint64_t i = 0; i < m && !b->d->full; i++) {
        struct tc_value *to = next + i * width;

        if (rotation_alone(b->p, i, level))
            times(b, b->rotation + (i + m - by) % m * width, b->rotation + i * width, to);
        else
            memcpy(to, b->prefix + (b->p->n + i) * width, width * sizeof *to);
    }
    b->rotation = next;
}

/* the bit of m with this number is added to the length of `whole` */
static void lengthen(struct building *b, unsigned bit)
{
    uint64_t m = b->c->m;
    size_t width = code_width(b->c);
    struct tc_value *next;

    if (!(m >> bit & 1))
        return;
    next = b->rotation;
    if (b->length) {
        next = tc_alloc(b->d->arena, (size_t)m * width, sizeof *next);
        for (uint64_t i = 0; i < m && !b->d->full; i++)
            times(b, b->rotation + (i + m - b->length) % m * width, b->whole + i * width,
                  next + i * width);
    }
    b->whole = next;
    b->length += UINT64_C(1) << bit;
}

static void start(struct building *b)
{
    size_t width = code_width(b->c);

    b->prefix = tc_alloc(b->d->arena, (size_t)b->c->prefixes * width, sizeof *b->prefix);
    b->rotation = tc_alloc(b->d->arena, (size_t)b->c->m * width, sizeof *b->rotation);
    for (uint64_t i = 0; i < b->c->prefixes; i++)
        letter_code(b, i, b->prefix + i * width);
    for (uint64_t i = 0; i < b->c->m; i++)
        letter_code(b, b->p->n + i, b->rotation + i * width);
}

/* adds [x is this element], scaled: 1 one-hot, the degree in matrices; how much that is */
static unsigned add_test(struct building *b, const struct tc_value *x, unsigned element)
{
    const struct tc_permgroup *g = b->c->s->group;

    if (!in_matrices(b->c)) {
        tc_draft_add(b->d, &x[element], 1);
        return 1;
    }
    for (unsigned q = 0; q < g->degree; q++)
        tc_draft_add(b->d, &x[q * g->degree + g->image[(size_t)element * g->degree + q]], 1);
    return g->degree;
}

/* gates of which one is 1 iff the cut behind so many letters of v is accepted */
static void test_cut(struct building *b, uint64_t cut, tc_wire *gate, uint64_t *ngate)
{
    const struct tc_semigroup *s = b->c->s;
    uint64_t here = images_of(&b->c->images, b->p->n + cut), m = b->c->m;
    size_t width = code_width(b->c);
    const struct tc_value *z = b->prefix + (b->p->n + cut - 1) * width;
    const struct tc_value *w = b->whole + (cut + m - 1) % m * width;

    for (unsigned x = 0; x < s->order && !b->d->full; x++) {
        uint64_t with = has(here, x) ? partners(b->c, x) : 0;
        unsigned most = 0;

        if (with && !in_matrices(b->c))
            most = add_test(b, z, x);
        for (unsigned y = 0; y < s->order; y++) {
            if (!has(with, y))
                continue;
            if (in_matrices(b->c)) {
                most = add_test(b, z, x) + add_test(b, w, y);
                gate[(*ngate)++] = tc_draft_gate(b->d, most);
            } else {
                add_test(b, w, y);
            }
        }
        if (with && !in_matrices(b->c))
            gate[(*ngate)++] = tc_draft_gate(b->d, most + 1);
    }
}

static uint64_t cut_gates(const struct membership *c, uint64_t prefix)
{
    uint64_t here = images_of(&c->images, prefix), count = 0;

    for (unsigned z = 0; z < c->s->order; z++)
        if (has(here, z) && partners(c, z))
            count += in_matrices(c) ? (uint64_t)__builtin_popcountll(partners(c, z)) : 1;
    return count;
}

/* of the words that are multiplied */
static uint64_t longest(const struct membership *c)
{
    return c->prefixes > c->m ? c->prefixes : c->m;
}

static void build(const struct tc_problem *p, struct tc_draft *d)
{
    const struct membership *c = p->data;
    struct building b = {.p = p, .c = c, .d = d};
    unsigned level = 0, top = 63 - (unsigned)__builtin_clzll(c->m);
    uint64_t cuts = c->prefixes ? c->prefixes - p->n + 1 : 0, ngate = 0, room = 0;
    tc_wire *gate;

    for (uint64_t k = 0; k < cuts; k++)
        room += cut_gates(c, p->n + k);
    gate = tc_alloc(d->arena, room + 1, sizeof *gate);
    if (cuts)
        start(&b);
    for (; cuts && UINT64_C(1) << level < longest(c); level++) {
        tc_draft_place(d, tc_sprintf(d->arena, "products.%u", level + 1), level + 1);
        if (level <= top)
            lengthen(&b, level);
        double_prefixes(&b, level + 1);
        if (level < top)
            double_rotations(&b, level + 1);
    }
    if (cuts && level <= top)
        lengthen(&b, level);
    tc_draft_place(d, "cuts", p->depth > 1 ? p->depth - 1 : 1);
    for (uint64_t k = 0; k < cuts; k++)
        test_cut(&b, k, gate, &ngate);
    tc_draft_place(d, "member", p->depth);
    for (uint64_t k = 0; k < ngate; k++)
        tc_draft_add_wire(d, gate[k], 1);
    tc_draft_output(d, tc_draft_gate(d, 1));
}

static void gates(const struct tc_problem *p, mpz_ptr z)
{
    const struct membership *c = p->data;
    uint64_t n = c->prefixes, m = n ? c->m : 0, total = 1, length = 0;

    for (unsigned level = 0; UINT64_C(1) << level < n; level++)
        for (uint64_t by = UINT64_C(1) << level, i = by; i < n; i++)
            if (prefix_matters(p, i, level + 1))
                total += times_gates(c, i + 1 < 2 * by ? i + 1 - by : by, by);
    for (unsigned level = 0; m >> level; level++) {
        uint64_t by = UINT64_C(1) << level;

        if (m & by && length)
            total += m * times_gates(c, by, length);
        length += m & by;
        for (uint64_t i = 0; m >> (level + 1) && i < m; i++)
            if (rotation_alone(p, i, level + 1))
                total += times_gates(c, by, by);
    }
    for (uint64_t cut = p->n; cut <= n; cut++)
        total += cut_gates(c, cut);
    mpz_set_ui(z, total);
}

/* ------------------------------------------------------------- the problem */

/* Every element of a group has a letter, and P is (1, 1) alone: u c c c ... with c for 1 is
 * accepted iff u is 1. */
static bool is_word_problem(const struct tc_semigroup *s)
{
    uint64_t images = 0;

    for (unsigned l = 0; l < s->nletter; l++)
        images |= UINT64_C(1) << s->image[l];
    return s->group && s->npair == 1 && s->linked[s->identity * s->order + s->identity] &&
           images == UINT64_MAX >> (64 - s->order);
}

static const char *caption(const struct tc_semigroup *s, struct tc_arena *a)
{
    if (s->order < 60)
        return "An upper bound, by prefixes and rotations, on this construction and not on the "
               "problem: groups of fewer than 60 elements are solvable, and products in such "
               "semigroups are in ACC0, within TC0 (Barrington and Therien 1988).";
    if (is_word_problem(s) && !s->group->solvable)
        return tc_sprintf(a,
                          "An upper bound, by prefixes and rotations, and no lower bound: that no "
                          "threshold circuits of constant depth and polynomial size do it holds if "
                          "TC0 != NC1, for the word problem of %s is reduced to this one "
                          "(CONSTRUCTIONS.md).",
                          s->group->name);
    return "An upper bound, by prefixes and rotations, and no lower bound.  For some semigroups "
           "and "
           "pairs the problem is NC1-complete (Fleischer and Kufleitner); of these here nothing is "
           "claimed.";
}

static bool check_definition(const struct tc_args *args, const struct tc_semigroup *s,
                             struct tc_error *err)
{
    if (!s->npair)
        return tc_fail(err, TC_ESPEC, s->loc, "found no pair, membership wants some");
    return !args->reduced || is_word_problem(s) ||
           tc_fail(err, TC_ESPEC, s->loc,
                   "--reduced wants a group by name, a letter for each of its elements and no pair "
                   "but (1, 1)");
}

static bool open_membership(const struct tc_args *args, struct tc_problem *p, struct tc_error *err)
{
    struct membership *c = tc_alloc(p->arena, 1, sizeof *c);

    if (args->group || args->halves || args->subgroup || args->pieces)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--%s is not for membership",
                       args->group      ? "group"
                       : args->halves   ? "halves"
                       : args->subgroup ? "subgroup"
                                        : "pieces");
    if (!args->definition)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "problem membership wants a file with a semigroup, a morphism and pairs");
    c->m = args->period ? args->period : p->n;
    if (c->m > MOST_LENGTH || p->n > MOST_LENGTH - c->m)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "u and v have up to 2^24 letters together");
    c->s = tc_semigroup_open(p->arena, args->definition, err);
    if (!c->s || !check_definition(args, c->s, err))
        return false;
    find_images(p->arena, c->s, p->n + c->m, &c->images);
    find_cuts(p, c);
    p->data = c;
    p->symbols = p->n + c->m;
    p->split = p->n;
    p->alphabet = p->width = c->s->nletter;
    p->symbol = c->s->letter;
    p->glued = true;
    for (unsigned l = 0; l < c->s->nletter; l++)
        p->glued = p->glued && !c->s->letter[l][1];
    p->outputs = 1;
    p->depth = c->prefixes ? tc_log2_upper(longest(c)) + 2 : 1;
    p->title = args->period ? tc_sprintf(p->arena, "membership %s m = %llu", c->s->name,
                                         (unsigned long long)c->m)
                            : tc_sprintf(p->arena, "membership %s", c->s->name);
    p->caption = caption(c->s, p->arena);
    return true;
}

static bool bit(const struct tc_problem *p, unsigned symbol, unsigned wire)
{
    (void)p;
    return symbol == wire;
}

/* ---------------------------------------------------------------- reference
 *
 * Places are numbers of letters read, of the last m of them again from n on.  A word with
 * image e leads from cut to cut; there is a factorisation iff from a place behind a word
 * with image s one can go on without end. */

struct walk {
    const struct tc_problem *p;
    const struct membership *c;
    const unsigned *symbol;
    size_t places;
    bool *to; /* places x places: by a word with image e */
    bool *on; /* one can go on from there */
};

/* the images of all words from a place on: to[] of those that are `wanted` */
static void follow(const struct walk *w, size_t from, unsigned wanted, bool *to)
{
    const struct tc_semigroup *s = w->c->s;
    uint64_t steps = w->p->n + w->c->m * (s->order + (uint64_t)1);
    unsigned value = s->order;

    for (uint64_t at = from, k = 0; k < steps; k++) {
        unsigned x = s->image[w->symbol[at]];

        value = value == s->order ? x : tc_semigroup_product(s, value, x);
        at = at + 1 < w->places ? at + 1 : w->p->n;
        to[at] = to[at] || value == wanted;
    }
}

/* place n + m is place n again, which as a place behind u has another way to it, but the same from
 * it */
static void find_endless(struct walk *w)
{
    bool more = true;

    memset(w->on, true, w->places * sizeof *w->on);
    while (more) {
        more = false;
        for (size_t i = 0; i < w->places; i++) {
            bool some = false;

            for (size_t j = 0; w->on[i] && j < w->places; j++)
                some = some || (w->to[i * w->places + j] && w->on[j]);
            more = more || (w->on[i] && !some);
            w->on[i] = w->on[i] && some;
        }
    }
}

static void reference(const struct tc_problem *p, const unsigned *symbol, bool *out)
{
    const struct membership *c = p->data;
    struct walk w = {p, c, symbol, (size_t)(p->n + c->m), NULL, NULL};
    bool *first = tc_xcalloc(w.places, sizeof *first);

    w.to = tc_xcalloc(w.places * w.places, sizeof *w.to);
    w.on = tc_xcalloc(w.places, sizeof *w.on);
    *out = false;
    for (unsigned e = 0; !*out && e < c->s->order; e++) {
        bool known = false;

        for (unsigned s = 0; !*out && s < c->s->order; s++) {
            if (!c->s->linked[s * c->s->order + e])
                continue;
            if (!known) {
                memset(w.to, false, w.places * w.places * sizeof *w.to);
                for (size_t i = 0; i < w.places; i++)
                    follow(&w, i, e, w.to + i * w.places);
                find_endless(&w);
                known = true;
            }
            memset(first, false, w.places * sizeof *first);
            follow(&w, 0, s, first);
            for (size_t i = 0; i < w.places; i++)
                *out = *out || (first[i] && w.on[i]);
        }
    }
    free(first);
    free(w.to);
    free(w.on);
}

/* ---------------------------------------------------------------- instances */

static unsigned letter_of(const struct tc_semigroup *s, unsigned element)
{
    unsigned l = 0;

    while (s->image[l] != element)
        l++;
    return l;
}

static void random_membership(const struct tc_problem *p, struct tc_random *r, unsigned *symbol)
{
    const struct membership *c = p->data;
    const struct tc_semigroup *s = c->s;
    uint64_t period;
    unsigned few[2];

    if (p->reduced) {
        tc_word_random(s->group, p->n, r, symbol);
        for (uint64_t i = 0; i < p->symbols; i++)
            symbol[i] = letter_of(s, i < p->n ? symbol[i] : s->identity);
        return;
    }
    /* u and v half the time of two letters; v often of a short word again and again */
    for (unsigned k = 0; k < 2; k++)
        few[k] = (unsigned)tc_random_below(r, s->nletter);
    period = tc_random_below(r, 2) ? c->m : 1 + tc_random_below(r, c->m);
    for (uint64_t i = 0, any = tc_random_below(r, 2); i < p->n; i++)
        symbol[i] = any ? (unsigned)tc_random_below(r, s->nletter) : few[tc_random_below(r, 2)];
    for (uint64_t i = 0, any = tc_random_below(r, 2); i < c->m; i++)
        symbol[p->n + i] = i >= period ? symbol[p->n + i - period]
                           : any       ? (unsigned)tc_random_below(r, s->nletter)
                                       : few[tc_random_below(r, 2)];
}

static void answer(FILE *f, const struct tc_problem *p, const bool *out)
{
    (void)p;
    fputs(*out ? "yes\n" : "no\n", f);
}

const struct tc_problem_kind tc_problem_membership = {
    .name = "membership",
    .file = true,
    .open = open_membership,
    .build = build,
    .gates = gates,
    .bit = bit,
    .reference = reference,
    .random = random_membership,
    .answer = answer,
};
