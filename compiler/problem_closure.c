/* problem_closure.c -- words that are concatenations of short words with values in a group
 *
 * in      n elements of a monoid A: of a group in code, as problem_word.c has them, else one-hot
 * out     whether the word is in (A_{F,r})*: cut into words of up to r elements, each with its
 *         product in F, a group in A
 *
 * Where F has the identity of A, by prefixes:
 *
 * depth   with L = ceil(log2 n), c = 1 for matrices, else 0: c + 1 + L, and where n > r
 *         c + 1 + max(L, ceil(log2(n - 1)) + 1)
 * gates   products of all prefixes, sum over t < L of (n - 2^t) of degree^3 or order^2 each;
 *         for matrices |F| for each of n prefixes, or of one if n <= r; n - r if n > r; 1
 *
 * Else by paths: depth up to ceil(log2 min(n, r)) + 2 ceil(log2 n), O(n^3 log n) gates, and
 * order^2 for each word of 2 to r elements.
 *
 * source  Allender, Arvind and Mahajan 2003; CONSTRUCTIONS.md, "Closures by prefixes",
 *         "Closures by paths" */
#include "problem.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PATH 512 /* elements, by paths */

struct closure {
    const struct tc_permgroup *g; /* or NULL */
    const struct tc_semigroup *s; /* a monoid that is no group by name, or NULL */
    const char *name;
    unsigned order, identity;
    bool matrix; /* how it is coded, else one-hot */
    bool *in;    /* order: of F */
    unsigned size;
    bool paths; /* the identity is not in F */
    uint64_t r;
};

static unsigned product(const struct closure *c, unsigned x, unsigned y)
{
    return c->g ? tc_permgroup_product(c->g, x, y) : tc_semigroup_product(c->s, x, y);
}

static void times(const struct closure *c, struct tc_draft *d, const struct tc_value *x,
                  const struct tc_value *y, struct tc_value *to)
{
    if (c->g)
        tc_word_product(c->g, d, x, y, to);
    else
        tc_semigroup_times(c->s, d, x, y, to);
}

static uint64_t times_gates(const struct closure *c)
{
    uint64_t k = c->matrix ? c->g->degree : c->order;

    return c->matrix ? k * k * k : k * k;
}

/* ------------------------------------------------------------- by prefixes */

/* prefix[i] becomes the product of elements 0 .. i */
static void find_prefixes(const struct tc_problem *p, struct tc_draft *d, struct tc_value *prefix)
{
    const struct closure *c = p->data;
    size_t n = (size_t)p->n, width = p->width;
    struct tc_value *left = tc_alloc(d->arena, n * width, sizeof *left);
    unsigned level = 0;

    for (size_t e = 0; e < n * width; e++)
        prefix[e] = tc_value_wire(d, (tc_wire)e);
    for (size_t by = 1; by < n; by *= 2) {
        level++;
        tc_draft_place(d, tc_sprintf(d->arena, "prefixes.%u", level), level);
        memcpy(left, prefix, n * width * sizeof *left);
        for (size_t i = by; i < n && !d->full; i++)
            times(c, d, left + (i - by) * width, left + i * width, prefix + i * width);
    }
}

/* [the product is in F], as a value of 0 or 1: of its elements one at most is it */
static struct tc_value in_group(const struct closure *c, struct tc_draft *d,
                                const struct tc_value *x)
{
    unsigned room = c->size, degree = c->matrix ? c->g->degree : 0;
    struct tc_value v;

    for (unsigned e = 0; !c->matrix && e < c->order; e++)
        room += c->in[e] ? x[e].n : 0;
    v = tc_value_new(d, room);
    for (unsigned e = 0; e < c->order; e++) {
        if (!c->in[e])
            continue;
        if (!c->matrix) {
            for (unsigned k = 0; k < x[e].n; k++)
                tc_value_add(&v, x[e].part[k].wire, x[e].part[k].weight);
            continue;
        }
        for (unsigned q = 0; q < degree; q++)
            tc_draft_add(d, &x[q * degree + c->g->image[(size_t)e * degree + q]], 1);
        tc_value_add(&v, tc_draft_gate(d, degree), 1);
    }
    return v;
}

static void build_prefixes(const struct tc_problem *p, struct tc_draft *d)
{
    const struct closure *c = p->data;
    size_t n = (size_t)p->n, first = n > c->r ? 0 : n - 1, windows = n > c->r ? n - c->r : 0;
    unsigned level = tc_log2_upper(n);
    struct tc_value *prefix = tc_alloc(d->arena, n * p->width, sizeof *prefix);
    struct tc_value *in = tc_alloc(d->arena, n, sizeof *in);
    tc_wire *window = tc_alloc(d->arena, windows + 1, sizeof *window);

    find_prefixes(p, d, prefix);
    if (c->matrix)
        tc_draft_place(d, "subgroup", level + 1);
    for (size_t i = first; i < n && !d->full; i++)
        in[i] = in_group(c, d, prefix + i * p->width);
    if (windows)
        tc_draft_place(d, "windows", level + c->matrix + 1);
    for (size_t w = 0; w < windows && !d->full; w++) {
        for (size_t i = w; i < w + c->r; i++)
            tc_draft_add(d, &in[i], 1);
        window[w] = tc_draft_gate(d, 1);
    }
    tc_draft_place(d, "closure", p->depth);
    for (size_t w = 0; w < windows; w++)
        tc_draft_add_wire(d, window[w], 1);
    tc_draft_add(d, &in[n - 1], 1);
    tc_draft_output(d, tc_draft_gate(d, (int64_t)windows + 1));
}

static void prefixes_gates(const struct tc_problem *p, mpz_ptr z)
{
    const struct closure *c = p->data;

    mpz_set_ui(z, 0);
    for (uint64_t by = 1; by < p->n; by *= 2)
        mpz_add_ui(z, z, p->n - by);
    mpz_mul_ui(z, z, times_gates(c));
    if (c->matrix)
        mpz_add_ui(z, z, (p->n > c->r ? p->n : 1) * c->size);
    mpz_add_ui(z, z, (p->n > c->r ? p->n - c->r : 0) + 1);
}

static unsigned prefixes_depth(const struct tc_problem *p)
{
    const struct closure *c = p->data;
    unsigned most = tc_log2_upper(p->n);

    if (p->n > c->r && tc_log2_upper(p->n - 1) + 1 > most)
        most = tc_log2_upper(p->n - 1) + 1;
    return c->matrix + 1 + most;
}

/* ----------------------------------------------------------------- by paths
 *
 * A path from place i to place i + l goes over cuts.  After s rounds it is known whether there
 * is one of up to 2^s pieces; `most` is how long it can be. */

struct paths {
    const struct closure *c;
    struct tc_draft *d;
    size_t n, r;            /* r: n at most */
    struct tc_value *value; /* products, one-hot: of l from i at [(l - 1) * n + i] * order */
    struct tc_value *path;  /* whether there is one: likewise */
    unsigned *level;        /* per length - 1: of the path's wires */
};

static size_t first_factor(size_t length)
{
    return (length + 1) / 2;
}

static void find_products(struct paths *s)
{
    unsigned order = s->c->order, level = 0;

    s->value = tc_alloc(s->d->arena, s->r * s->n * order, sizeof *s->value);
    for (size_t e = 0; e < s->n * order; e++)
        s->value[e] = tc_value_wire(s->d, (tc_wire)e);
    for (size_t l = 2; l <= s->r; l++) {
        size_t k = first_factor(l);

        if (tc_log2_upper(l) > level) {
            level = tc_log2_upper(l);
            tc_draft_place(s->d, tc_sprintf(s->d->arena, "pieces.%u", level), level);
        }
        for (size_t i = 0; i + l <= s->n && !s->d->full; i++)
            times(s->c, s->d, s->value + ((k - 1) * s->n + i) * order,
                  s->value + ((l - k - 1) * s->n + i + k) * order,
                  s->value + ((l - 1) * s->n + i) * order);
    }
}

/* whether paths of this length have a middle: both parts are known up to `most` */
static bool has_middle(size_t length, size_t most, size_t k)
{
    return k < length && k <= most && length - k <= most;
}

/* the levels after a round; where there is no middle, as before */
static void raise_levels(unsigned *level, size_t n, size_t most)
{
    for (size_t l = n; l > 1; l--) { /* from the longest: shorter ones are still as before */
        unsigned highest = 0, above = 0;

        for (size_t k = 1; k < l; k++) {
            if (!has_middle(l, most, k))
                continue;
            highest = level[k - 1] > highest ? level[k - 1] : highest;
            above = 1;
        }
        if (above && l <= most && level[l - 1] > highest + 1)
            level[l - 1]++;
        else if (above)
            level[l - 1] = highest + 2;
    }
}

static struct tc_value go_on(struct paths *s, size_t i, size_t l, size_t most)
{
    const struct tc_value *old = &s->path[(l - 1) * s->n + i];
    tc_wire *gate = tc_alloc(s->d->arena, l, sizeof *gate);
    unsigned n = 0;

    for (size_t k = 1; k < l; k++) {
        if (!has_middle(l, most, k))
            continue;
        tc_draft_add(s->d, &s->path[(k - 1) * s->n + i], 1);
        tc_draft_add(s->d, &s->path[(l - k - 1) * s->n + i + k], 1);
        gate[n++] = tc_draft_gate(s->d, 2);
    }
    if (!n)
        return *old;
    tc_draft_add(s->d, old, 1);
    for (unsigned k = 0; k < n; k++)
        tc_draft_add_wire(s->d, gate[k], 1);
    return tc_value_wire(s->d, tc_draft_gate(s->d, 1));
}

/* paths of twice as many pieces; at last the whole one alone */
static void double_paths(struct paths *s, size_t most, bool last)
{
    struct tc_value *next = tc_alloc(s->d->arena, s->n * s->n, sizeof *next);

    for (size_t l = last ? s->n : 1; l <= s->n; l++)
        for (size_t i = 0; i + l <= s->n && !s->d->full; i++)
            next[(l - 1) * s->n + i] = go_on(s, i, l, most);
    s->path = next;
    raise_levels(s->level, s->n, most);
}

static void start_levels(unsigned *level, size_t r)
{
    for (size_t l = 1; l <= r; l++)
        level[l - 1] = tc_log2_upper(l);
}

static void build_paths(const struct tc_problem *p, struct tc_draft *d)
{
    const struct closure *c = p->data;
    size_t n = (size_t)p->n, r = p->n < c->r ? (size_t)p->n : (size_t)c->r;
    struct paths s = {.c = c, .d = d, .n = n, .r = r};
    unsigned rounds = tc_log2_upper(n);

    find_products(&s);
    s.path = tc_alloc(d->arena, n * n, sizeof *s.path);
    s.level = tc_alloc(d->arena, n, sizeof *s.level);
    start_levels(s.level, r);
    for (size_t l = 1; l <= r && !d->full; l++)
        for (size_t i = 0; i + l <= n; i++)
            s.path[(l - 1) * n + i] = in_group(c, d, s.value + ((l - 1) * n + i) * c->order);
    for (unsigned k = 0; k < rounds && !d->full; k++) {
        tc_draft_place(d, tc_sprintf(d->arena, "paths.%u", k + 1), s.level[r - 1] + 1);
        double_paths(&s, r << k < n ? r << k : n, k + 1 == rounds);
    }
    if (!rounds) {
        tc_draft_place(d, "closure", 1);
        tc_draft_add(d, &s.path[0], 1);
        tc_draft_gate(d, 1);
    }
    tc_draft_output(d, d->nl->ninputs + d->nl->ngates - 1);
}

static void paths_gates(const struct tc_problem *p, mpz_ptr z)
{
    const struct closure *c = p->data;
    uint64_t n = p->n, r = n < c->r ? n : c->r, total = n == 1;
    unsigned rounds = tc_log2_upper(n);

    for (uint64_t l = 2; l <= r; l++)
        total += (n - l + 1) * times_gates(c);
    for (unsigned k = 0; k < rounds; k++)
        for (uint64_t most = r << k < n ? r << k : n, l = k + 1 == rounds ? n : 2; l <= n; l++) {
            /* middles are from l - most to most */
            uint64_t from = l > most ? l - most : 1, to = l <= most ? l - 1 : most;

            if (from <= to)
                total += (n - l + 1) * (to - from + 2);
        }
    mpz_set_ui(z, total);
}

static unsigned paths_depth(const struct tc_problem *p)
{
    const struct closure *c = p->data;
    size_t n = (size_t)p->n, r = p->n < c->r ? (size_t)p->n : (size_t)c->r;
    unsigned *level = tc_alloc(p->arena, n, sizeof *level), rounds = tc_log2_upper(n);

    start_levels(level, r);
    for (unsigned k = 0; k < rounds; k++)
        raise_levels(level, n, r << k < n ? r << k : n);
    return rounds ? level[n - 1] : 1;
}

/* ------------------------------------------------------------- the problem */

static void build(const struct tc_problem *p, struct tc_draft *d)
{
    (((const struct closure *)p->data)->paths ? build_paths : build_prefixes)(p, d);
}

static void gates(const struct tc_problem *p, mpz_ptr z)
{
    (((const struct closure *)p->data)->paths ? paths_gates : prefixes_gates)(p, z);
}

/* words over the group are reduced to it */
static bool is_hard(const struct closure *c)
{
    return c->g && c->size == 1 && c->r >= 2 * (uint64_t)c->order;
}

static const char *caption(const struct tc_problem *p)
{
    const struct closure *c = p->data;

    if (c->paths)
        return "An upper bound, by paths, and no lower bound.  For some monoids, groups in them "
               "and "
               "lengths the problem is NC1-complete; of these here nothing is claimed.";
    if (c->g ? c->g->solvable : c->order < 60)
        return "An upper bound, by prefixes, on this construction and not on the problem: over a "
               "solvable monoid, with its identity in F, it is in ACC0, within TC0 (Allender, "
               "Arvind and Mahajan).";
    if (!is_hard(c))
        return "An upper bound, by prefixes, and no lower bound.  For some subgroups and lengths "
               "the problem is NC1-complete; of these here nothing is claimed.";
    return "An upper bound, by prefixes, and no lower bound: that no threshold circuits of "
           "constant "
           "depth and polynomial size do it holds if TC0 != NC1, for the word problem of the group "
           "is reduced to this one (CONSTRUCTIONS.md).";
}

/* whether F, closed under products, is a group: one idempotent, which is an identity of it */
static bool is_group(const struct closure *c)
{
    unsigned idempotents = 0;
    bool neutral = true;

    for (unsigned e = 0; e < c->order; e++) {
        if (!c->in[e] || product(c, e, e) != e)
            continue;
        idempotents++;
        for (unsigned x = 0; x < c->order; x++)
            neutral = neutral && (!c->in[x] || (product(c, e, x) == x && product(c, x, e) == x));
    }
    return idempotents == 1 && neutral;
}

static void close_products(struct closure *c)
{
    bool more = true;

    while (more) {
        more = false;
        for (unsigned x = 0; x < c->order; x++)
            for (unsigned y = 0; c->in[x] && y < c->order; y++) {
                unsigned z = c->in[y] ? product(c, x, y) : x;

                more = more || !c->in[z];
                c->in[z] = true;
            }
    }
}

/* what the elements between commas generate, or the identity */
static bool read_subgroup(const char *text, struct tc_problem *p, struct closure *c,
                          struct tc_error *err)
{
    c->in[c->identity] = !text;
    for (const char *at = text; at && *at; at += *at == ',') {
        size_t length = strcspn(at, ",");
        unsigned e = tc_problem_symbol(p, at, length);

        if (e == p->alphabet)
            return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                           "--subgroup wants elements of %s, found '%.*s'", c->name,
                           length < 40 ? (int)length : 40, at);
        c->in[e] = true;
        at += length;
    }
    close_products(c);
    if (!is_group(c))
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "--subgroup %s: what these elements generate is no group", text);
    for (unsigned e = 0; e < c->order; e++)
        c->size += c->in[e];
    c->paths = !c->in[c->identity];
    return true;
}

/* from --group, or from a file */
static bool open_monoid(const struct tc_args *args, struct tc_problem *p, struct closure *c,
                        struct tc_error *err)
{
    c->s = args->definition ? tc_semigroup_open(p->arena, args->definition, err) : NULL;
    if (args->definition && !c->s)
        return false;
    if (c->s && c->s->identity == c->s->order)
        return tc_fail(err, TC_ESPEC, c->s->loc, "found no identity, closure wants a monoid");
    c->g = c->s ? c->s->group : tc_permgroup_open(p->arena, args->group, err);
    if (!c->s && !c->g)
        return false;
    if (c->g) {
        c->s = NULL;
        c->name = c->g->name;
        c->order = c->g->order;
        c->matrix = c->g->matrix;
        tc_word_alphabet(p, c->g);
        return true;
    }
    c->name = c->s->name;
    c->order = c->s->order;
    c->identity = c->s->identity;
    p->symbols = p->n;
    p->alphabet = p->width = c->order;
    p->symbol = c->s->element;
    return true;
}

static bool check_closure(const struct tc_problem *p, const struct closure *c, struct tc_error *err)
{
    if (c->paths && p->n > MOST_PATH)
        return tc_fail(
            err, TC_ELIMIT, (struct tc_loc){0},
            "where F has an identity of its own, up to %d elements are taken, found %llu",
            MOST_PATH, (unsigned long long)p->n);
    if (p->reduced && !is_hard(c))
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "--reduced wants a group, no --subgroup and --pieces of at least %llu",
                       2 * (unsigned long long)c->order);
    return !p->reduced || p->n % (c->order + 1) == 0 ||
           tc_fail(
               err, TC_EUSAGE, (struct tc_loc){0},
               "--reduced wants a multiple of %u elements: one of the word, then all of the group",
               c->order + 1);
}

static bool open_closure(const struct tc_args *args, struct tc_problem *p, struct tc_error *err)
{
    struct closure *c = tc_alloc(p->arena, 1, sizeof *c);

    if (args->halves)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--halves is for word");
    if (!args->group == !args->definition)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "problem closure wants --group, such as A5 or C2, or a file with a monoid%s",
                       args->group ? ", not both" : "");
    if (!args->pieces)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "problem closure wants --pieces R, from 1");
    if (!open_monoid(args, p, c, err))
        return false;
    p->data = c;
    c->in = tc_alloc(p->arena, c->order, sizeof *c->in);
    c->r = args->pieces;
    if (!read_subgroup(args->subgroup, p, c, err) || !check_closure(p, c, err))
        return false;
    p->outputs = 1;
    p->depth = (c->paths ? paths_depth : prefixes_depth)(p);
    p->title = tc_sprintf(p->arena, "closure %s |F| = %u r = %llu", c->name, c->size,
                          (unsigned long long)c->r);
    p->caption = caption(p);
    return true;
}

static bool bit(const struct tc_problem *p, unsigned symbol, unsigned wire)
{
    const struct closure *c = p->data;

    return c->g ? tc_permgroup_bit(c->g, symbol, wire) : symbol == wire;
}

/* cuts are reached from left to right, piece by piece */
static void reference(const struct tc_problem *p, const unsigned *symbol, bool *out)
{
    const struct closure *c = p->data;
    bool *cut = tc_xcalloc((size_t)p->n + 1, sizeof *cut);

    cut[0] = true;
    for (uint64_t i = 0; i < p->n; i++) {
        unsigned value = c->identity;

        for (uint64_t j = i; cut[i] && j < p->n && j - i < c->r; j++) {
            value = product(c, value, symbol[j]);
            cut[j + 1] = cut[j + 1] || c->in[value];
        }
    }
    *out = cut[p->n];
    free(cut);
}

/* g u for each g of a word: the partial products of u are all elements, the identity last */
static void reduce_word(const struct tc_problem *p, struct tc_random *r, unsigned *symbol)
{
    const struct closure *c = p->data;
    uint64_t block = c->order + (uint64_t)1, n = p->n / block;
    unsigned *word = tc_xcalloc((size_t)n, sizeof *word);

    tc_word_random(c->g, n, r, word);
    for (uint64_t i = 0; i < n; i++) {
        *symbol++ = word[i];
        for (unsigned k = 1; k <= c->order; k++)
            *symbol++ = product(c, tc_permgroup_inverse(c->g, k - 1), k % c->order);
    }
    free(word);
}

/* with the product before it in F; false: there is no such element */
static bool last_letter(const struct closure *c, struct tc_random *r, unsigned before, unsigned *to)
{
    unsigned from = (unsigned)tc_random_below(r, c->order), k = 0;

    while (k < c->order && !c->in[product(c, before, (from + k) % c->order)])
        k++;
    *to = (from + k) % c->order;
    return k < c->order;
}

static unsigned random_of_group(const struct closure *c, struct tc_random *r)
{
    unsigned f;

    do
        f = (unsigned)tc_random_below(r, c->order);
    while (!c->in[f]);
    return f;
}

/* pieces of any length up to r, with values in F; every other time one element is another */
static void random_closure(const struct tc_problem *p, struct tc_random *r, unsigned *symbol)
{
    const struct closure *c = p->data;

    if (p->reduced) {
        reduce_word(p, r, symbol);
        return;
    }
    for (uint64_t i = 0; i < p->n;) {
        uint64_t most = p->n - i < c->r ? p->n - i : c->r, from = i;
        uint64_t length = 1 + tc_random_below(r, most);
        unsigned value = c->identity;

        for (; length > 1; length--, i++) {
            symbol[i] = (unsigned)tc_random_below(r, c->order);
            value = product(c, value, symbol[i]);
        }
        if (!last_letter(c, r, value, &symbol[i++]))
            for (uint64_t j = from; j < i; j++)
                symbol[j] = random_of_group(c, r);
    }
    if (tc_random_below(r, 2))
        symbol[tc_random_below(r, p->n)] = (unsigned)tc_random_below(r, c->order);
}

static void answer(FILE *f, const struct tc_problem *p, const bool *out)
{
    (void)p;
    fputs(*out ? "yes\n" : "no\n", f);
}

const struct tc_problem_kind tc_problem_closure = {
    .name = "closure",
    .file = true,
    .open = open_closure,
    .build = build,
    .gates = gates,
    .bit = bit,
    .reference = reference,
    .random = random_closure,
    .answer = answer,
};
