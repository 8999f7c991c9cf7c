/* problem_closure.c -- words that are concatenations of short words with values in a subgroup
 *
 * in      n elements of a group G in code, as problem_word.c has them
 * out     whether the word is in (G_{F,r})*: cut into words of up to r elements, each with its
 *         product in the subgroup F
 * depth   with L = ceil(log2 n), c = 1 for matrices, else 0: c + 1 + L, and where n > r
 *         c + 1 + max(L, ceil(log2(n - 1)) + 1)
 * gates   products of all prefixes, sum over t < L of (n - 2^t) of degree^3 or order^2 each;
 *         for matrices |F| for each of n prefixes, or of one if n <= r; n - r if n > r; 1
 * source  Allender, Arvind and Mahajan 2003; CONSTRUCTIONS.md, "Closures by prefixes" */
#include "problem.h"

#include <stdlib.h>
#include <string.h>

struct closure {
    const struct tc_permgroup *g;
    bool *in; /* order: of F */
    unsigned size;
    uint64_t r;
};

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
            tc_word_product(c->g, d, left + (i - by) * width, left + i * width,
                            prefix + i * width);
    }
}

/* [the product is in F], as a value of 0 or 1: of its elements one at most is it */
static struct tc_value in_subgroup(const struct closure *c, struct tc_draft *d,
                                   const struct tc_value *x)
{
    unsigned room = c->size, degree = c->g->degree;
    struct tc_value v;

    for (unsigned e = 0; !c->g->matrix && e < c->g->order; e++)
        room += c->in[e] ? x[e].n : 0;
    v = tc_value_new(d, room);
    for (unsigned e = 0; e < c->g->order; e++) {
        if (!c->in[e])
            continue;
        if (!c->g->matrix) {
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

static void build(const struct tc_problem *p, struct tc_draft *d)
{
    const struct closure *c = p->data;
    size_t n = (size_t)p->n, first = n > c->r ? 0 : n - 1, windows = n > c->r ? n - c->r : 0;
    unsigned level = tc_log2_upper(n);
    struct tc_value *prefix = tc_alloc(d->arena, n * p->width, sizeof *prefix);
    struct tc_value *in = tc_alloc(d->arena, n, sizeof *in);
    tc_wire *window = tc_alloc(d->arena, windows + 1, sizeof *window);

    find_prefixes(p, d, prefix);
    if (c->g->matrix)
        tc_draft_place(d, "subgroup", level + 1);
    for (size_t i = first; i < n && !d->full; i++)
        in[i] = in_subgroup(c, d, prefix + i * p->width);
    if (windows)
        tc_draft_place(d, "windows", level + c->g->matrix + 1);
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

static void gates(const struct tc_problem *p, mpz_ptr z)
{
    const struct closure *c = p->data;
    unsigned k = c->g->matrix ? c->g->degree : c->g->order;

    mpz_set_ui(z, 0);
    for (uint64_t by = 1; by < p->n; by *= 2)
        mpz_add_ui(z, z, p->n - by);
    mpz_mul_ui(z, z, c->g->matrix ? k * k * k : k * k);
    if (c->g->matrix)
        mpz_add_ui(z, z, (p->n > c->r ? p->n : 1) * c->size);
    mpz_add_ui(z, z, (p->n > c->r ? p->n - c->r : 0) + 1);
}

static unsigned depth(const struct tc_problem *p)
{
    const struct closure *c = p->data;
    unsigned most = tc_log2_upper(p->n);

    if (p->n > c->r && tc_log2_upper(p->n - 1) + 1 > most)
        most = tc_log2_upper(p->n - 1) + 1;
    return c->g->matrix + 1 + most;
}

static const char *caption(const struct tc_problem *p)
{
    const struct closure *c = p->data;

    if (c->g->solvable)
        return "An upper bound, by prefixes, on this construction and not on the problem: over a "
               "solvable group it is in ACC0, within TC0 (Allender, Arvind and Mahajan).";
    if (c->size > 1 || c->r < 2 * (uint64_t)c->g->order)
        return "An upper bound, by prefixes, and no lower bound.  For some subgroups and lengths "
               "the problem is NC1-complete; of these here nothing is claimed.";
    return "An upper bound, by prefixes, and no lower bound: that no threshold circuits of constant "
           "depth and polynomial size do it holds if TC0 != NC1, for the word problem of the group "
           "is reduced to this one (CONSTRUCTIONS.md).";
}

/* what the elements between commas generate */
static bool read_subgroup(const char *text, struct tc_problem *p, struct closure *c,
                          struct tc_error *err)
{
    bool more = true;

    for (; text && *text; text += *text == ',') {
        size_t length = strcspn(text, ",");
        unsigned e = tc_problem_symbol(p, text, length);

        if (e == p->alphabet)
            return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                           "--subgroup wants elements of %s, found '%.*s'", c->g->name,
                           length < 40 ? (int)length : 40, text);
        c->in[e] = true;
        text += length;
    }
    while (more) {
        more = false;
        for (unsigned x = 0; x < c->g->order; x++)
            for (unsigned y = 0; c->in[x] && y < c->g->order; y++) {
                unsigned z = c->in[y] ? tc_permgroup_product(c->g, x, y) : 0;

                more = more || !c->in[z];
                c->in[z] = true;
            }
    }
    for (unsigned e = 0; e < c->g->order; e++)
        c->size += c->in[e];
    return true;
}

static bool open_closure(const struct tc_args *args, struct tc_problem *p, struct tc_error *err)
{
    struct closure *c = tc_alloc(p->arena, 1, sizeof *c);

    if (!args->group || !args->pieces)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "problem closure wants --%s",
                       args->group ? "pieces R, from 1" : "group, such as A5 or C2");
    if (args->halves || args->reduced)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--%s is not for closure",
                       args->halves ? "halves" : "reduced");
    c->g = tc_permgroup_open(p->arena, args->group, err);
    if (!c->g)
        return false;
    tc_word_alphabet(p, c->g);
    p->data = c;
    c->in = tc_alloc(p->arena, c->g->order, sizeof *c->in);
    c->in[0] = true;
    c->r = args->pieces;
    if (!read_subgroup(args->subgroup, p, c, err))
        return false;
    p->outputs = 1;
    p->depth = depth(p);
    p->title = tc_sprintf(p->arena, "closure %s |F| = %u r = %llu", c->g->name, c->size,
                          (unsigned long long)c->r);
    p->caption = caption(p);
    return true;
}

static bool bit(const struct tc_problem *p, unsigned symbol, unsigned wire)
{
    return tc_permgroup_bit(((const struct closure *)p->data)->g, symbol, wire);
}

/* cuts are reached from left to right, piece by piece */
static void reference(const struct tc_problem *p, const unsigned *symbol, bool *out)
{
    const struct closure *c = p->data;
    bool *cut = tc_xcalloc((size_t)p->n + 1, sizeof *cut);

    cut[0] = true;
    for (uint64_t i = 0; i < p->n; i++) {
        unsigned value = 0;

        for (uint64_t j = i; cut[i] && j < p->n && j - i < c->r; j++) {
            value = tc_permgroup_product(c->g, value, symbol[j]);
            cut[j + 1] = cut[j + 1] || c->in[value];
        }
    }
    *out = cut[p->n];
    free(cut);
}

/* pieces of any length up to r, with values in F; every other time one element is another */
static void random_closure(const struct tc_problem *p, struct tc_random *r, unsigned *symbol)
{
    const struct closure *c = p->data;

    for (uint64_t i = 0; i < p->n;) {
        uint64_t most = p->n - i < c->r ? p->n - i : c->r;
        uint64_t length = 1 + tc_random_below(r, most);
        unsigned value = 0, f;

        for (; length > 1; length--, i++) {
            symbol[i] = (unsigned)tc_random_below(r, c->g->order);
            value = tc_permgroup_product(c->g, value, symbol[i]);
        }
        do
            f = (unsigned)tc_random_below(r, c->g->order);
        while (!c->in[f]);
        symbol[i++] = tc_permgroup_product(c->g, tc_permgroup_inverse(c->g, value), f);
    }
    if (tc_random_below(r, 2))
        symbol[tc_random_below(r, p->n)] = (unsigned)tc_random_below(r, c->g->order);
}

static void answer(FILE *f, const struct tc_problem *p, const bool *out)
{
    (void)p;
    fputs(*out ? "yes\n" : "no\n", f);
}

const struct tc_problem_kind tc_problem_closure = {
    .name = "closure",
    .open = open_closure,
    .build = build,
    .gates = gates,
    .bit = bit,
    .reference = reference,
    .random = random_closure,
    .answer = answer,
};
