/* problem_word.c -- the product of n elements of a group
 *
 * in      n elements in code, each exactly one element
 * out     the product in code; whether it is the identity
 * depth   by halves ceil(log2 n) + 1; C_k in 2, S3 in 4 (2 of one element)
 * gates   by halves (n - 1) degree^3 + degree^2 + 1 for matrices, (n - 1) order^2 + order
 *         one-hot; C_k n(k - 1) + k; S3 n(n + 9)/2 + 4; weights up to k - 1
 * source  Barrington 1989; Barrington and Therien 1988; CONSTRUCTIONS.md */
#include "problem.h"

#include <string.h>

struct tc_word {
    const struct tc_permgroup *group;
    bool constant; /* in constant depth, else by halves */
};

static const struct tc_permgroup *group_of(const struct tc_problem *p)
{
    return ((const struct tc_word *)p->data)->group;
}

/* ------------------------------------------------------------------ by halves
 *
 * An element is `width` values, each 0 or 1.  Every entry of a product is a sum of ANDs of
 * which at most one is 1, so that it is such a value again without a gate: a level of the
 * tree is one layer. */

static struct tc_value *of_inputs(struct tc_draft *d, unsigned n, unsigned width)
{
    struct tc_value *x = tc_alloc(d->arena, (size_t)n * width, sizeof *x);

    for (unsigned i = 0; i < n * width; i++)
        x[i] = tc_value_wire(d, i);
    return x;
}

static tc_wire and (struct tc_draft * d, const struct tc_value *x, const struct tc_value *y)
{
    tc_draft_add(d, x, 1);
    tc_draft_add(d, y, 1);
    return tc_draft_gate(d, 2);
}

static void product_matrix(const struct tc_permgroup *g, struct tc_draft *d,
                           const struct tc_value *x, const struct tc_value *y, struct tc_value *to)
{
    unsigned k = g->degree;

    for (unsigned p = 0; p < k; p++)
        for (unsigned r = 0; r < k; r++) {
            struct tc_value *v = &to[p * k + r];

            *v = tc_value_new(d, k);
            for (unsigned q = 0; q < k; q++)
                tc_value_add(v, and(d, &x[p * k + q], &y[q * k + r]), 1);
        }
}

static void product_one_hot(const struct tc_permgroup *g, struct tc_draft *d,
                            const struct tc_value *x, const struct tc_value *y, struct tc_value *to)
{
    for (unsigned z = 0; z < g->order; z++)
        to[z] = tc_value_new(d, g->order);
    for (unsigned a = 0; a < g->order; a++)
        for (unsigned b = 0; b < g->order; b++)
            tc_value_add(&to[tc_permgroup_product(g, a, b)], and(d, &x[a], &y[b]), 1);
}

void tc_word_product(const struct tc_permgroup *g, struct tc_draft *d, const struct tc_value *x,
                     const struct tc_value *y, struct tc_value *to)
{
    if (g->matrix)
        product_matrix(g, d, x, y, to);
    else
        product_one_hot(g, d, x, y, to);
}

/* neighbours are multiplied until one is left; the last of an odd number waits */
static void by_halves(const struct tc_problem *p, struct tc_draft *d)
{
    const struct tc_permgroup *g = group_of(p);
    unsigned width = p->width, m = (unsigned)p->n, level = 0;
    struct tc_value *x = of_inputs(d, m, width);
    tc_wire identity;

    for (; m > 1; m -= m / 2) {
        struct tc_value *next = tc_alloc(d->arena, (size_t)(m - m / 2) * width, sizeof *next);

        tc_draft_place(d, tc_sprintf(d->arena, "halves.%u", level + 1), level + 1);
        level++;
        for (unsigned i = 0; i < m / 2 && !d->full; i++)
            tc_word_product(g, d, x + (size_t)2 * i * width, x + (size_t)(2 * i + 1) * width,
                            next + (size_t)i * width);
        for (unsigned e = 0; m % 2 && e < width; e++)
            next[(size_t)(m / 2) * width + e] = x[(size_t)(m - 1) * width + e];
        x = next;
    }
    tc_draft_place(d, "product", level + 1);
    for (unsigned e = 0; e < width; e++) {
        tc_draft_add(d, &x[e], 1);
        tc_draft_output(d, tc_draft_gate(d, 1));
    }
    identity = d->nl->noutputs ? d->nl->output[0] : 0;
    if (g->matrix) { /* every point stays where it is */
        for (unsigned q = 0; q < g->degree; q++)
            tc_draft_add(d, &x[q * g->degree + q], 1);
        identity = tc_draft_gate(d, g->degree);
    }
    tc_draft_output(d, identity);
}

/* ---------------------------------------------------------- in constant depth */

/* [sum mod k = r] for a sum in 0 .. most, of which first .. are [sum >= 1], [sum >= 2], ...:
 * a value less the constant that is returned, 1 if r = 0 */
static int64_t is_residue(struct tc_draft *d, tc_wire first, unsigned most, unsigned k, unsigned r)
{
    for (unsigned t = 1; t <= most; t++) {
        int32_t rise = (t % k == r) - ((t - 1) % k == r);

        if (rise)
            tc_draft_add_wire(d, first + t - 1, rise);
    }
    return r == 0;
}

static void sum_cyclic(const struct tc_problem *p, struct tc_draft *d)
{
    unsigned k = group_of(p)->order, n = (unsigned)p->n, most = n * (k - 1);
    tc_wire first;

    tc_draft_place(d, "count", 1);
    for (unsigned i = 0; i < n; i++)
        for (unsigned a = 1; a < k; a++)
            tc_draft_add_wire(d, i * k + a, (int32_t)a);
    first = tc_draft_chain(d, 1, most);
    tc_draft_place(d, "product", 2);
    for (unsigned r = 0; r < k; r++) {
        int64_t constant = is_residue(d, first, most, k, r);

        tc_draft_output(d, tc_draft_gate(d, 1 - constant));
    }
    tc_draft_output(d, d->nl->output[0]);
}

/* S3: an element sends p to turn + p or to turn - p, mod 3; the latter are odd */
struct dihedral {
    const struct tc_permgroup *g;
    struct tc_draft *d;
    unsigned n;
    tc_wire *odd; /* per i: [so many odd ones from i on], a chain of n - i */
};

static unsigned turn(const struct tc_permgroup *g, unsigned x)
{
    return g->image[x * 3];
}

static bool odd(const struct tc_permgroup *g, unsigned x)
{
    return (g->image[x * 3 + 1] + 3 - g->image[x * 3]) % 3 == 2;
}

/* how many odd elements there are from i on */
static void count_odd(struct dihedral *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        for (unsigned j = i; j < s->n; j++)
            for (unsigned x = 0; x < 6; x++)
                if (odd(s->g, x))
                    tc_draft_add_wire(s->d, j * 6 + x, 1);
        s->odd[i] = tc_draft_chain(s->d, 1, s->n - i);
    }
}

/* adds whether there is an odd number of odd ones from i on */
static void add_parity(struct dihedral *s, unsigned i, int32_t factor)
{
    for (unsigned t = 0; t < s->n - i; t++)
        tc_draft_add_wire(s->d, s->odd[i] + t, t % 2 ? -factor : factor);
}

/* [element i turns by a, and an odd number of odd ones follows] */
static tc_wire turned_back(struct dihedral *s, unsigned i, unsigned a)
{
    for (unsigned x = 0; x < 6; x++)
        if (turn(s->g, x) == a)
            tc_draft_add_wire(s->d, i * 6 + x, 1);
    add_parity(s, i + 1, 1);
    return tc_draft_gate(s->d, 2);
}

/* adds (-1)^parity * turn mod 3 of all elements: 1 turned back is 2, and 2 is 1 */
static void add_turns(struct dihedral *s, const tc_wire *back)
{
    for (unsigned i = 0; i < s->n; i++) {
        for (unsigned x = 0; x < 6; x++)
            if (turn(s->g, x))
                tc_draft_add_wire(s->d, i * 6 + x, (int32_t)turn(s->g, x));
        if (i + 1 < s->n) {
            tc_draft_add_wire(s->d, back[2 * i], 1);
            tc_draft_add_wire(s->d, back[2 * i + 1], -1);
        }
    }
}

static void sum_dihedral(const struct tc_problem *p, struct tc_draft *d)
{
    struct dihedral s = {group_of(p), d, (unsigned)p->n, tc_alloc(d->arena, p->n, sizeof(tc_wire))};
    tc_wire *back = tc_alloc(d->arena, 2 * (size_t)s.n, sizeof *back), first;
    unsigned above = s.n > 1;

    tc_draft_place(d, "odd", 1);
    count_odd(&s);
    if (above)
        tc_draft_place(d, "back", 2);
    for (unsigned i = 0; i + 1 < s.n && !d->full; i++)
        for (unsigned a = 1; a < 3; a++)
            back[2 * i + a - 1] = turned_back(&s, i, a);
    tc_draft_place(d, "turns", 1 + 2 * above);
    add_turns(&s, back);
    first = tc_draft_chain(d, 1, 2 * s.n);
    tc_draft_place(d, "product", 2 + 2 * above);
    for (unsigned x = 0; x < 6; x++) {
        int64_t constant = is_residue(d, first, 2 * s.n, 3, turn(s.g, x));

        add_parity(&s, 0, odd(s.g, x) ? 1 : -1);
        tc_draft_output(d, tc_draft_gate(d, 2 - constant - !odd(s.g, x)));
    }
    tc_draft_output(d, d->nl->output[0]);
}

/* ------------------------------------------------------------- the problem */

static void build(const struct tc_problem *p, struct tc_draft *d)
{
    const struct tc_word *w = p->data;

    if (!w->constant)
        by_halves(p, d);
    else if (w->group->cyclic)
        sum_cyclic(p, d);
    else
        sum_dihedral(p, d);
}

static unsigned depth(const struct tc_problem *p)
{
    const struct tc_word *w = p->data;

    if (!w->constant)
        return tc_log2_upper(p->n) + 1;
    return w->group->cyclic || p->n == 1 ? 2 : 4;
}

static void gates(const struct tc_problem *p, mpz_ptr z)
{
    const struct tc_word *w = p->data;
    const struct tc_permgroup *g = w->group;
    unsigned k = g->matrix ? g->degree : g->order;

    if (!w->constant) {
        mpz_set_ui(z, p->n - 1);
        mpz_mul_ui(z, z, g->matrix ? k * k * k : k * k);
        mpz_add_ui(z, z, g->matrix ? k * k + 1 : k);
    } else if (g->cyclic) {
        mpz_set_ui(z, p->n);
        mpz_mul_ui(z, z, k - 1);
        mpz_add_ui(z, z, k);
    } else {
        mpz_set_ui(z, p->n + 9);
        mpz_mul_ui(z, z, p->n);
        mpz_fdiv_q_2exp(z, z, 1);
        mpz_add_ui(z, z, 4);
    }
}

static const char *caption(const struct tc_word *w, struct tc_arena *a)
{
    const struct tc_permgroup *g = w->group;

    if (w->constant)
        return tc_sprintf(a,
                          "An upper bound in constant depth: %s is solvable, and words over "
                          "solvable groups are in ACC0, within TC0 (Barrington and Therien 1988).",
                          g->name);
    if (g->solvable)
        return tc_sprintf(a,
                          "An upper bound, by divide and conquer, on this construction and not "
                          "on the problem: %s is solvable, so that circuits of constant depth "
                          "exist (Barrington and Therien 1988).",
                          g->name);
    return tc_sprintf(a,
                      "An upper bound, by divide and conquer, and no lower bound: that no "
                      "threshold circuits of constant depth and polynomial size do it holds if "
                      "TC0 != NC1, for the word problem of %s is NC1-complete (Barrington 1989).",
                      g->name);
}

void tc_word_alphabet(struct tc_problem *p, const struct tc_permgroup *g)
{
    const char **name = tc_alloc(p->arena, g->order, sizeof *name);
    char text[16];

    for (unsigned x = 0; x < g->order; x++)
        name[x] = tc_strdup(p->arena, tc_permgroup_element(g, x, text));
    p->symbols = p->n;
    p->alphabet = g->order;
    p->width = tc_permgroup_width(g);
    p->symbol = name;
}

static bool open_word(const struct tc_args *args, struct tc_problem *p, struct tc_error *err)
{
    struct tc_word *w = tc_alloc(p->arena, 1, sizeof *w);

    if (!args->group)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "problem word wants --group, such as A5 or C2");
    w->group = tc_permgroup_open(p->arena, args->group, err);
    if (!w->group)
        return false;
    if (args->subgroup || args->pieces || args->reduced)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--%s is not for word",
                       args->subgroup ? "subgroup"
                       : args->pieces ? "pieces"
                                      : "reduced");
    w->constant = !args->halves && (w->group->cyclic || !strcmp(w->group->name, "S3"));
    p->data = w;
    tc_word_alphabet(p, w->group);
    p->outputs = p->width + 1;
    p->depth = depth(p);
    p->title = tc_sprintf(p->arena, "word %s", w->group->name);
    p->caption = caption(w, p->arena);
    return true;
}

static bool bit(const struct tc_problem *p, unsigned symbol, unsigned wire)
{
    return tc_permgroup_bit(group_of(p), symbol, wire);
}

/* each point followed through all factors */
static void reference(const struct tc_problem *p, const unsigned *symbol, bool *out)
{
    const struct tc_permgroup *g = group_of(p);
    uint8_t to[TC_GROUP_DEGREE];
    bool same = true, at;

    for (unsigned q = 0; q < g->degree; q++) {
        to[q] = (uint8_t)q;
        for (uint64_t i = 0; i < p->n; i++)
            to[q] = g->image[(size_t)symbol[i] * g->degree + to[q]];
        same = same && to[q] == q;
    }
    for (unsigned e = 0; e < p->width; e++) {
        at = g->matrix ? to[e / g->degree] == e % g->degree
                       : !memcmp(to, g->image + (size_t)e * g->degree, g->degree);
        out[e] = at;
    }
    out[p->width] = same;
}

void tc_word_random(const struct tc_permgroup *g, uint64_t n, struct tc_random *r, unsigned *symbol)
{
    unsigned product = 0;

    for (uint64_t i = 0; i < n; i++) {
        symbol[i] = (unsigned)tc_random_below(r, g->order);
        if (i + 1 < n)
            product = tc_permgroup_product(g, product, symbol[i]);
    }
    if (tc_random_below(r, 2))
        symbol[n - 1] = tc_permgroup_inverse(g, product);
}

static void random_word(const struct tc_problem *p, struct tc_random *r, unsigned *symbol)
{
    tc_word_random(group_of(p), p->n, r, symbol);
}

/* the element whose code it is, and whether it is the identity */
static void answer(FILE *f, const struct tc_problem *p, const bool *out)
{
    unsigned x = 0, e = 0;

    for (; x < p->alphabet; x++) {
        for (e = 0; e < p->width && out[e] == bit(p, x, e); e++)
            ;
        if (e == p->width)
            break;
    }
    fprintf(f, "%s%s\n", x < p->alphabet ? p->symbol[x] : "no element",
            out[p->width] ? " identity" : "");
}

const struct tc_problem_kind tc_problem_word = {
    .name = "word",
    .open = open_word,
    .build = build,
    .gates = gates,
    .bit = bit,
    .reference = reference,
    .random = random_word,
    .answer = answer,
};
