/* problem_formula.c -- the value of a Boolean formula
 *
 * in      n symbols 0 1 & | ^, one-hot, in Polish notation; n odd
 * out     the value, 0 if it is no formula; whether it is one
 * depth   with K = ceil(log2((n + 1)/2)) 5K + 1, but 2 for n = 1 and 5K - 1 for n = 2^K + 1 > 3
 * gates   O(n^3 log n), weights up to O(n log n)
 * source  tree contraction, Brent 1974, Buss 1987; CONSTRUCTIONS.md, "Formulas by halves" */
#include "problem.h"

#define MOST 1023 /* symbols: instances and tables are made for more than can be built */

enum { ZERO, ONE, AND, OR, XOR, NSYMBOL };

/* what the value of an inner node makes of that of the whole: a gate for each of its values */
struct context {
    bool is[2];
    tc_wire wire[2];
};

struct formula {
    struct tc_draft *d;
    unsigned n, level;
    tc_wire *prefix;         /* n x n: [operators of i .. t are at least half] */
    tc_wire *within;         /* n x n: [j is in the subtree of i], i < j */
    tc_wire *near;           /* n x n: i < m: s(i) - s(m) < 2^k, where m - i allows it */
    tc_wire *next;           /* near of k + 1 */
    tc_wire *past;           /* n x n: i <= m: s(i) - s(m's right child) < 2^k, likewise */
    tc_wire *light;          /* n: s(right child) <= 2^k */
    struct tc_value *value;  /* n: of nodes of up to 2^k leaves; else 0 */
    struct tc_value *right;  /* n: of the right child */
    struct tc_value *inner;  /* n: the operator applied, where both children are known */
    struct tc_value *down;   /* n x n x 2: the context of j in the right child */
    struct tc_value *step;   /* n x n x 2: of j in m, where m's other child is known */
    struct context *context; /* n x n: of j in i, i < j, where s(i) - s(j) < 2^k */
};

/* An AND in the making: values of 0 or 1, each wanted or not. */
struct all {
    struct tc_draft *d;
    int64_t wanted;
};

static void yes(struct all *a, tc_wire w)
{
    tc_draft_add_wire(a->d, w, 1);
    a->wanted++;
}

static void no(struct all *a, tc_wire w)
{
    tc_draft_add_wire(a->d, w, -1);
}

static void is(struct all *a, const struct tc_value *v, bool one)
{
    tc_draft_add(a->d, v, one ? 1 : -1);
    a->wanted += one;
}

static tc_wire close(struct all *a)
{
    tc_wire w = tc_draft_gate(a->d, a->wanted);

    a->wanted = 0;
    return w;
}

static size_t at(const struct formula *f, unsigned i, unsigned j)
{
    return (size_t)i * f->n + j;
}

/* the node j, i <= j, is in the subtree of i */
static void want_within(struct all *a, const struct formula *f, unsigned i, unsigned j)
{
    if (i < j)
        yes(a, f->within[at(f, i, j)]);
}

static void refuse_within(struct all *a, const struct formula *f, unsigned i, unsigned j)
{
    if (j < f->n)
        no(a, f->within[at(f, i, j)]);
}

/* r, from m + 2 on, is m's right child: the first behind its left one */
static void want_right(struct all *a, const struct formula *f, unsigned m, unsigned r)
{
    if (m + 1 < r - 1)
        yes(a, f->within[at(f, m + 1, r - 1)]);
    no(a, f->within[at(f, m + 1, r)]);
}

static void place(struct formula *f, const char *name, unsigned level)
{
    f->level = level;
    tc_draft_place(f->d, tc_sprintf(f->d->arena, "%s.%u", name, level), level);
}

/* --------------------------------------------------------------- structure */

static void build_structure(struct formula *f)
{
    place(f, "prefix", 1);
    for (unsigned i = 0; i < f->n; i++)
        for (unsigned t = i; t < f->n; t++) {
            for (unsigned s = i; s <= t; s++)
                for (unsigned o = AND; o < NSYMBOL; o++)
                    tc_draft_add_wire(f->d, s * NSYMBOL + o, 1);
            f->prefix[at(f, i, t)] = tc_draft_gate(f->d, (t - i + 2) / 2);
        }
    if (f->n > 1)
        place(f, "within", 2);
    for (unsigned i = 0; i < f->n; i++)
        for (unsigned j = i + 1; j < f->n; j++) {
            for (unsigned t = i; t < j; t++)
                tc_draft_add_wire(f->d, f->prefix[at(f, i, t)], 1);
            f->within[at(f, i, j)] = tc_draft_gate(f->d, j - i);
        }
}

/* the length of a subtree less 1 */
static void add_length(struct formula *f, unsigned i, int32_t factor)
{
    for (unsigned j = i + 1; j < f->n; j++)
        tc_draft_add_wire(f->d, f->within[at(f, i, j)], factor);
}

/* comparisons of sizes with 2^k: a subtree of s leaves has length 2s - 1 */
static void find_near(struct formula *f, unsigned k, tc_wire *near)
{
    for (unsigned i = 0; i < f->n; i++)
        for (unsigned m = i + 1; m < f->n && m - i < 2u << k; m++) {
            add_length(f, m, 1);
            add_length(f, i, -1);
            near[at(f, i, m)] = tc_draft_gate(f->d, 1 - (int64_t)(2u << k));
        }
}

static void find_past(struct formula *f, unsigned k)
{
    for (unsigned i = 0; i < f->n; i++)
        for (unsigned m = i; m + 2 < f->n && m - i < 2u << k; m++) {
            if (i < m) {
                add_length(f, m, 1);
                add_length(f, i, -1);
            }
            add_length(f, m + 1, -1);
            f->past[at(f, i, m)] = tc_draft_gate(f->d, 3 - (int64_t)(2u << k));
        }
}

static void compare_sizes(struct formula *f, unsigned k, bool last)
{
    tc_wire *swap = f->near;

    tc_draft_place(f->d, tc_sprintf(f->d->arena, "sizes.%u", k), 3);
    for (unsigned m = 0; m + 1 < f->n; m++) {
        add_length(f, m + 1, 1);
        add_length(f, m, -1);
        f->light[m] = tc_draft_gate(f->d, -(int64_t)(2u << k));
    }
    if (last)
        return;
    if (!k)
        find_near(f, 0, f->next);
    f->near = f->next;
    f->next = swap;
    find_near(f, k + 1, f->next);
    find_past(f, k);
}

/* ------------------------------------------------------------------- nodes */

typedef void guard_fn(struct all *, struct formula *, unsigned m, unsigned j);

/* x op y with the operator at m, as a sum of ANDs of which at most one is 1: for each the
 * values that x and y have, and operators.  Without y it is a constant.  What else is wanted
 * of m and j is put in by `guard`. */
static void apply(struct formula *f, unsigned m, const struct tc_value *x, const struct tc_value *y,
                  int constant, guard_fn *guard, unsigned j, struct tc_value *to)
{
    static const struct {
        bool x, y;
        unsigned op[2];
    } term[] = {{true, true, {AND, OR}}, {true, false, {OR, XOR}}, {false, true, {OR, XOR}}};

    for (unsigned t = 0; t < 3; t++) {
        struct all a = {f->d, 1};

        if (!y && constant != term[t].y)
            continue;
        for (unsigned o = 0; o < 2; o++)
            tc_draft_add_wire(f->d, m * NSYMBOL + term[t].op[o], 1);
        is(&a, x, term[t].x);
        if (y)
            is(&a, y, term[t].y);
        guard(&a, f, m, j);
        tc_value_add(to, close(&a), 1);
    }
}

static void unguarded(struct all *a, struct formula *f, unsigned m, unsigned j)
{
    (void)a, (void)f, (void)m, (void)j;
}

static void on_left(struct all *a, struct formula *f, unsigned m, unsigned j)
{
    want_within(a, f, m + 1, j);
}

static void on_right(struct all *a, struct formula *f, unsigned m, unsigned j)
{
    refuse_within(a, f, m + 1, j);
    want_within(a, f, m, j);
}

/* the values of right children */
static void find_right(struct formula *f)
{
    place(f, "right", f->level + 1);
    for (unsigned m = 0; m + 2 < f->n && !f->d->full; m++) {
        f->right[m] = tc_value_new(f->d, f->n);
        for (unsigned r = m + 2; r < f->n; r++) {
            struct all a = {f->d, 0};

            want_right(&a, f, m, r);
            is(&a, &f->value[r], true);
            tc_value_add(&f->right[m], close(&a), 1);
        }
    }
}

static void apply_inner(struct formula *f)
{
    for (unsigned m = 0; m + 2 < f->n && !f->d->full; m++) {
        f->inner[m] = tc_value_new(f->d, 3);
        apply(f, m, &f->value[m + 1], &f->right[m], 0, unguarded, 0, &f->inner[m]);
    }
}

/* m is the last node of more than 2^k leaves in i, which has up to 2^(k+1) */
static void want_last(struct all *a, struct formula *f, unsigned k, unsigned i, unsigned m)
{
    unsigned twice = 2u << k;

    want_within(a, f, i, m);
    want_within(a, f, m, m + twice);
    refuse_within(a, f, m + 1, m + twice);
    yes(a, f->light[m]);
    refuse_within(a, f, i, i + 2 * twice - 1);
}

/* values of nodes of up to 2^(k+1) leaves */
static void double_values(struct formula *f, unsigned k, bool last)
{
    unsigned n = f->n, twice = 2u << k;

    place(f, "value", f->level + 1);
    for (unsigned i = 0; i < (last ? 1 : n) && !f->d->full; i++) {
        struct tc_value v = tc_value_new(f->d, f->value[i].n + 2 * n);

        for (unsigned p = 0; p < f->value[i].n; p++)
            tc_value_add(&v, f->value[i].part[p].wire, 1);
        for (unsigned m = i; m + twice < n; m++)
            for (unsigned b = 0; b < 2; b++) {
                const struct context *c = &f->context[at(f, i, m)];
                struct all a = {f->d, 0};

                if (i == m ? !b : !c->is[b])
                    continue;
                want_last(&a, f, k, i, m);
                is(&a, &f->inner[m], b);
                if (i < m)
                    yes(&a, c->wire[b]);
                tc_value_add(&v, close(&a), 1);
            }
        f->value[i] = v;
    }
}

/* ---------------------------------------------------------------- contexts */

/* the context of j in m's right child r */
static void find_down(struct formula *f, unsigned m, unsigned j, unsigned b)
{
    struct tc_value *to = &f->down[2 * at(f, m, j) + b];

    *to = tc_value_new(f->d, f->n);
    for (unsigned r = m + 2; r <= j; r++) {
        const struct context *c = &f->context[at(f, r, j)];
        struct all a = {f->d, 0};

        if (r < j ? !c->is[b] : !b)
            continue;
        want_right(&a, f, m, r);
        if (r < j)
            yes(&a, c->wire[b]);
        tc_value_add(to, close(&a), 1);
    }
}

/* Of a child to its parent, then within the child. */
static void find_step(struct formula *f, unsigned m, unsigned j, unsigned b)
{
    struct tc_value *to = &f->step[2 * at(f, m, j) + b], below = {0};
    const struct tc_value *down = &f->down[2 * at(f, m, j) + b];
    const struct context *c = &f->context[at(f, m + 1, j)];

    *to = tc_value_new(f->d, 6);
    if (m + 1 == j) {
        apply(f, m, &f->right[m], NULL, (int)b, on_left, j, to);
        return;
    }
    if (c->is[b]) {
        below = tc_value_wire(f->d, c->wire[b]);
        apply(f, m, &f->right[m], &below, 0, on_left, j, to);
    }
    apply(f, m, &f->value[m + 1], down->n ? down : NULL, 0, on_right, j, to);
}

/* s(i) - s(j) < 2^(k+1), and m is the last node between with s(i) - s(m) < 2^k: two gates, by
 * m's child there */
static void find_turn(struct formula *f, unsigned k, unsigned i, unsigned m, unsigned j,
                      struct tc_value *to)
{
    unsigned twice = 2u << k;

    *to = tc_value_new(f->d, 2);
    for (unsigned right = 0; right < 2; right++) {
        struct all a = {f->d, 0};

        if (right && j < m + 2)
            continue;
        if (i < m) {
            yes(&a, f->within[at(f, i, m)]);
            yes(&a, f->near[at(f, i, m)]);
        }
        yes(&a, f->next[at(f, i, j)]);
        (right ? on_right : on_left)(&a, f, m, j);
        if (right)
            no(&a, f->past[at(f, i, m)]);
        else if (m + 1 - i < twice)
            no(&a, f->near[at(f, i, m + 1)]);
        tc_value_add(to, close(&a), 1);
    }
}

/* the context of j in i by way of m, for the value b of j */
static void by_way_of(struct formula *f, unsigned i, unsigned m, unsigned j, unsigned b,
                      const struct tc_value *turn, struct tc_value *to)
{
    const struct context *c = &f->context[at(f, i, m)];

    for (unsigned s = 0; s < 2; s++) { /* the value of m */
        struct all a = {f->d, 0};

        if (i == m ? !s : !c->is[s])
            continue;
        is(&a, turn, true);
        is(&a, &f->step[2 * at(f, m, j) + b], s);
        if (i < m)
            yes(&a, c->wire[s]);
        tc_value_add(to, close(&a), 1);
    }
}

/* contexts of s(i) - s(j) < 2^(k+1) */
static void double_contexts(struct formula *f, unsigned k)
{
    unsigned n = f->n, twice = 2u << k;
    struct tc_value *sum = tc_alloc(f->d->arena, 2 * (size_t)n * n, sizeof *sum), turn;

    tc_draft_place(f->d, tc_sprintf(f->d->arena, "down.%u", f->level), f->level);
    for (unsigned m = 0; m + 2 < n && !f->d->full; m++)
        for (unsigned j = m + 2; j < n; j++)
            for (unsigned b = 0; b < 2; b++)
                find_down(f, m, j, b);
    place(f, "step", f->level + 1);
    apply_inner(f);
    for (unsigned m = 0; m + 2 < n && !f->d->full; m++)
        for (unsigned j = m + 1; j < n; j++)
            for (unsigned b = 0; b < 2; b++)
                find_step(f, m, j, b);
    place(f, "way", f->level + 1);
    for (unsigned i = 0; i < n && !f->d->full; i++)
        for (unsigned j = i + 1; j < n && j - i < 2 * twice; j++) {
            for (unsigned b = 0; b < 2; b++)
                sum[2 * at(f, i, j) + b] = tc_value_new(f->d, 2 * (j - i));
            for (unsigned m = i; m < j && m - i < twice; m++) {
                if (m + 2 >= n)
                    continue;
                find_turn(f, k, i, m, j, &turn);
                for (unsigned b = 0; b < 2; b++)
                    by_way_of(f, i, m, j, b, &turn, &sum[2 * at(f, i, j) + b]);
            }
        }
    place(f, "context", f->level + 1);
    for (unsigned i = 0; i < n && !f->d->full; i++)
        for (unsigned j = i + 1; j < n && j - i < 2 * twice; j++)
            for (unsigned b = 0; b < 2; b++) {
                struct context *c = &f->context[at(f, i, j)];

                if (!sum[2 * at(f, i, j) + b].n)
                    continue;
                if (c->is[b])
                    tc_draft_add_wire(f->d, c->wire[b], 1);
                tc_draft_add(f->d, &sum[2 * at(f, i, j) + b], 1);
                c->is[b] = true;
                c->wire[b] = tc_draft_gate(f->d, 1);
            }
}

/* ------------------------------------------------------------- the problem */

static void *square(struct tc_draft *d, unsigned n, size_t size)
{
    return tc_alloc(d->arena, (size_t)n * n, size);
}

/* what is no formula gives nonsense, but no more than v->n */
static void finish(struct formula *f)
{
    const struct tc_value *v = &f->value[0];
    int32_t most = (int32_t)v->n;
    int64_t wanted = most + 1;

    place(f, "result", f->level + 1);
    for (unsigned result = 0; result < 2; result++) {
        int32_t weight = result ? 1 : most;

        if (f->n > 1)
            tc_draft_add_wire(f->d, f->within[at(f, 0, f->n - 1)], weight);
        tc_draft_add_wire(f->d, f->prefix[at(f, 0, f->n - 1)], -weight);
        if (!result)
            tc_draft_add(f->d, v, 1);
        tc_draft_output(f->d, tc_draft_gate(f->d, (result ? 1 : wanted) - (f->n > 1 ? 0 : weight)));
    }
}

static void build(const struct tc_problem *p, struct tc_draft *d)
{
    unsigned n = (unsigned)p->n, rounds = tc_log2_upper((n + 1) / 2);
    struct formula f = {
        .d = d,
        .n = n,
        .prefix = square(d, n, sizeof(tc_wire)),
        .within = square(d, n, sizeof(tc_wire)),
        .near = square(d, n, sizeof(tc_wire)),
        .next = square(d, n, sizeof(tc_wire)),
        .past = square(d, n, sizeof(tc_wire)),
        .light = tc_alloc(d->arena, n, sizeof(tc_wire)),
        .value = tc_alloc(d->arena, n, sizeof(struct tc_value)),
        .right = tc_alloc(d->arena, n, sizeof(struct tc_value)),
        .inner = tc_alloc(d->arena, n, sizeof(struct tc_value)),
        .down = square(d, n, 2 * sizeof(struct tc_value)),
        .step = square(d, n, 2 * sizeof(struct tc_value)),
        .context = square(d, n, sizeof(struct context)),
    };

    build_structure(&f);
    for (unsigned i = 0; i < n; i++)
        f.value[i] = tc_value_wire(d, i * NSYMBOL + ONE);
    if (rounds) {
        find_right(&f);
        place(&f, "inner", f.level + 1);
        apply_inner(&f);
    }
    for (unsigned k = 0; k < rounds && !d->full; k++) {
        compare_sizes(&f, k, k + 1 == rounds);
        double_values(&f, k, k + 1 == rounds);
        if (k + 1 == rounds)
            break;
        find_right(&f);
        double_contexts(&f, k);
    }
    finish(&f);
}

static unsigned depth(unsigned n)
{
    unsigned rounds = tc_log2_upper((n + 1) / 2);

    if (!rounds)
        return 2;
    return 5 * rounds + (rounds > 1 && n == (1u << rounds) + 1 ? -1 : 1);
}

static bool open_formula(const struct tc_args *args, struct tc_problem *p, struct tc_error *err)
{
    static const char *const names[] = {"0", "1", "&", "|", "^"};

    if (args->group || args->halves || args->subgroup || args->pieces || args->reduced)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--%s is for words",
                       args->group      ? "group"
                       : args->halves   ? "halves"
                       : args->subgroup ? "subgroup"
                       : args->pieces   ? "pieces"
                                        : "reduced");
    if (p->n % 2 == 0)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "a formula of two-sided operators has an odd number of symbols, found %llu",
                       (unsigned long long)p->n);
    if (p->n > MOST)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "formulas of up to %d symbols are built, found %llu", MOST,
                       (unsigned long long)p->n);
    p->symbols = p->n;
    p->alphabet = p->width = NSYMBOL;
    p->symbol = names;
    p->glued = true;
    p->outputs = 2;
    p->depth = depth((unsigned)p->n);
    p->title = "formula";
    p->caption = "An upper bound, by divide and conquer, and no lower bound: that no threshold "
                 "circuits of constant depth and polynomial size do it holds if TC0 != NC1, for "
                 "the value of Boolean formulas is NC1-complete (Buss 1987).";
    return true;
}

static bool bit(const struct tc_problem *p, unsigned symbol, unsigned wire)
{
    (void)p;
    return symbol == wire;
}

/* from the right, with a stack of values */
static void reference(const struct tc_problem *p, const unsigned *symbol, bool *out)
{
    bool stack[MOST];
    unsigned height = 0;

    out[0] = out[1] = false;
    for (uint64_t i = p->n; i--;) {
        bool x, y;

        if (symbol[i] <= ONE) {
            stack[height++] = symbol[i] == ONE;
            continue;
        }
        if (height < 2)
            return;
        x = stack[height - 1];
        y = stack[height - 2];
        stack[--height - 1] = symbol[i] == AND ? x && y : symbol[i] == OR ? x || y : x != y;
    }
    out[1] = height == 1;
    out[0] = out[1] && stack[0];
}

/* a tree of so many leaves; 0: halves, 1: left leaves, 2: right leaves, else any */
static unsigned *grow(struct tc_random *r, unsigned leaves, unsigned style, unsigned *symbol)
{
    unsigned left;

    if (leaves == 1) {
        *symbol = (unsigned)tc_random_below(r, 2);
        return symbol + 1;
    }
    *symbol = AND + (unsigned)tc_random_below(r, 3);
    left = style == 0   ? leaves / 2
           : style == 1 ? 1
           : style == 2 ? leaves - 1
                        : 1 + (unsigned)tc_random_below(r, leaves - 1);
    return grow(r, leaves - left, style, grow(r, left, style, symbol + 1));
}

/* one in eight is no formula, or is one by luck */
static void random_formula(const struct tc_problem *p, struct tc_random *r, unsigned *symbol)
{
    unsigned style = (unsigned)tc_random_below(r, 8);

    if (style < 7) {
        grow(r, (unsigned)(p->n + 1) / 2, style, symbol);
        return;
    }
    for (uint64_t i = 0; i < p->n; i++)
        symbol[i] = (unsigned)tc_random_below(r, NSYMBOL);
}

static void answer(FILE *f, const struct tc_problem *p, const bool *out)
{
    (void)p;
    fputs(!out[1] ? "no formula\n" : out[0] ? "1\n" : "0\n", f);
}

const struct tc_problem_kind tc_problem_formula = {
    .name = "formula",
    .open = open_formula,
    .build = build,
    .bit = bit,
    .reference = reference,
    .random = random_formula,
    .answer = answer,
};
