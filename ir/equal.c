/* equal.c -- whether two netlists compute the same, proved
 *
 * Both are joined, equal gates once.  Outputs that are now the same literal are equal by
 * structure.  If all inputs are few enough they are simply run.  Otherwise the gates that
 * the other outputs need are expanded into AND nodes, and these are made again one after the
 * other in a graph where every node is there once.  A node that has had the same value as an
 * earlier one on all vectors so far is perhaps equal to it: both are written as functions of a
 * few wires below them, and if those tables are equal so are the nodes; if not, a solver is
 * asked, and its proof checked.  A node that is proved equal is not made at all, so what reads it
 * reads the earlier one, and more is equal by structure.  Inputs that tell two nodes apart join
 * the vectors, with others like them.
 *
 * Every step rests on those before it alone, so the proofs in their order are a proof of
 * the whole: each is of a formula in which nodes proved equal before are one. */
#include "equal.h"

#include "../drat/drat.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS      8  /* of 64 vectors at first */
#define MOST_ROUNDS 32 /* those after replace the oldest of what differences gave */
#define SIM_BYTES   ((uint64_t)1 << 31)
#define RUN_BITS    20         /* of inputs that are all run, */
#define RUN_WORK    4e9        /* edges times words of vectors at most */
#define LEAVES      10         /* of a table */
#define INNER       250        /* nodes of one */
#define TRIES       12         /* of earlier nodes for one node */
#define CONFLICTS   2000       /* for two nodes that are no outputs */
#define PIECE       256        /* words of vectors at a time */

struct aig {
    uint32_t n, room; /* variables 0..n-1; 0 is the constant, then inputs */
    tc_lit *a, *b;    /* a > b; 0 of inputs */
    uint64_t *value;  /* MOST_ROUNDS a variable */
    struct and_entry {
        tc_lit a, b, is;
    } *entry; /* nodes that were made or proved to be others */
    uint32_t nentry, entry_room;
    uint32_t *class; /* by value: variable + 1 */
    uint32_t class_room, nclass;
};

struct prover {
    const struct tc_netlist *a, *b, *domain;
    const struct tc_equal_options *options;
    struct tc_equal *result;
    struct aig g;
    uint32_t ninputs;
    unsigned rounds, oldest;
    uint32_t ndomain; /* literals of the domain's outputs in g, once they are there */
    tc_lit *holds;
    uint32_t *mark; /* of g's variables, by stamp */
    uint32_t *number; /* of g's variables in a formula or a table */
    uint32_t stamp, mark_room;
    uint32_t *list; /* variables of a cone, ascending */
    size_t nlist, list_room;
    uint64_t random;
    double stop;
    bool solver;
    unsigned char *cex; /* inputs */
    struct tc_error *err;
    bool failed;
};

static double left(const struct prover *p)
{
    return p->stop - tc_now();
}

static uint64_t draw(struct prover *p)
{
    uint64_t z = p->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* -------------------------------------------------------------- the vectors */

/* 64 inputs: uniform, or with few or many ones */
static void draw_inputs(struct prover *p, uint64_t round, uint64_t *in)
{
    if (p->options->sample) {
        p->options->sample(p->options->ctx, round, in);
        return;
    }
    for (uint32_t i = 0; i < p->ninputs; i++) {
        uint64_t x = draw(p), y = draw(p), z = draw(p);

        in[i] = round % 3 == 0 ? x : round % 3 == 1 ? x & y & z : x | y | z;
    }
}

/* lanes of a word in which the inputs are in the domain */
static bool in_domain(struct prover *p, const uint64_t *in, size_t words, uint64_t *lanes)
{
    uint64_t *out;
    bool ok;

    for (size_t w = 0; w < words; w++)
        lanes[w] = UINT64_MAX;
    if (!p->domain)
        return true;
    out = tc_xcalloc(p->domain->noutputs * words + 1, sizeof *out);
    ok = tc_netlist_run(p->domain, in, out, words, p->err);
    for (uint32_t k = 0; k < p->domain->noutputs; k++)
        for (size_t w = 0; w < words; w++)
            lanes[w] &= out[k * words + w];
    free(out);
    return ok;
}

/* vectors outside of the domain become one within; false if there is none */
static bool stay_within(struct prover *p, uint64_t *in, uint64_t lanes)
{
    unsigned from;

    if (lanes == UINT64_MAX)
        return true;
    if (!lanes)
        return false;
    from = (unsigned)__builtin_ctzll(lanes);
    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = (in[i] & lanes) | (in[i] >> from & 1 ? ~lanes : 0);
    return true;
}

/* a difference that was seen: both netlists were run on these inputs */
static void different(struct prover *p, uint32_t output, const uint64_t *in, size_t words,
                      size_t lane)
{
    struct tc_equal *r = p->result;

    r->how[output] = TC_EQUAL_DIFFERENT;
    if (r->witness)
        return;
    r->different = output;
    r->witness = tc_xcalloc(p->ninputs + (size_t)1, 1);
    for (uint32_t i = 0; i < p->ninputs; i++)
        r->witness[i] = in[i * words + lane / 64] >> lane % 64 & 1;
}

/* Both netlists on vectors; outputs that differ are marked. */
static bool run_both(struct prover *p, const uint64_t *in, size_t words)
{
    uint32_t n = p->a->noutputs;
    uint64_t *x = tc_xcalloc(n * words + 1, sizeof *x), *y = tc_xcalloc(n * words + 1, sizeof *y),
             *lanes = tc_xcalloc(words, sizeof *lanes);
    bool ok = in_domain(p, in, words, lanes) && tc_netlist_run(p->a, in, x, words, p->err) &&
              tc_netlist_run(p->b, in, y, words, p->err);

    for (uint32_t k = 0; ok && k < n; k++)
        for (size_t w = 0; w < words; w++) {
            uint64_t differ = (x[k * words + w] ^ y[k * words + w]) & lanes[w];

            if (differ && p->result->how[k] != TC_EQUAL_DIFFERENT)
                different(p, k, in, words, 64 * w + (unsigned)__builtin_ctzll(differ));
        }
    free(x);
    free(y);
    free(lanes);
    return ok;
}

/* inputs 64 * first .. of all there are, in counting order */
static void count_inputs(uint32_t ninputs, uint64_t first, size_t words, uint64_t *in)
{
    static const uint64_t low[] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                   0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};

    for (uint32_t i = 0; i < ninputs; i++)
        for (size_t w = 0; w < words; w++)
            in[i * words + w] = i < 6 ? low[i] : (first + w) >> (i - 6) & 1 ? UINT64_MAX : 0;
}

static bool exhaust(struct prover *p)
{
    uint64_t total = p->ninputs > 6 ? (uint64_t)1 << (p->ninputs - 6) : 1;
    uint64_t *in = tc_xcalloc(p->ninputs * (size_t)PIECE + 1, sizeof *in);
    bool ok = true;

    tc_progress_start("running all inputs", (double)total);
    for (uint64_t w = 0; ok && w < total; w += PIECE) {
        size_t words = total - w < PIECE ? (size_t)(total - w) : PIECE;

        count_inputs(p->ninputs, w, words, in);
        ok = run_both(p, in, words);
        tc_progress_tick((double)w);
    }
    tc_progress_end();
    free(in);
    p->result->vectors = (uint64_t)1 << p->ninputs;
    return ok;
}

static bool few_inputs(const struct prover *p)
{
    double words = p->ninputs > 6 ? (double)((uint64_t)1 << (p->ninputs - 6)) : 1;

    return !p->options->no_exhaustion &&
           words * ((double)p->a->nedges + (double)p->b->nedges) < RUN_WORK;
}

/* ---------------------------------------------------------------- the graph */

static uint64_t *value_of(const struct prover *p, uint32_t v)
{
    return p->g.value + (size_t)v * MOST_ROUNDS;
}

static uint64_t word(const struct prover *p, tc_lit l, unsigned r)
{
    return value_of(p, l >> 1)[r] ^ (l & 1 ? UINT64_MAX : 0);
}

static void evaluate(struct prover *p, uint32_t v, unsigned r)
{
    value_of(p, v)[r] = word(p, p->g.a[v], r) & word(p, p->g.b[v], r);
}

static uint32_t new_var(struct prover *p, tc_lit a, tc_lit b)
{
    struct aig *g = &p->g;

    if (g->n == g->room) {
        g->room = g->room + g->room / 2 + 256;
        g->a = tc_xrealloc(g->a, g->room, sizeof *g->a);
        g->b = tc_xrealloc(g->b, g->room, sizeof *g->b);
        g->value = tc_xrealloc(g->value, (size_t)g->room * MOST_ROUNDS, sizeof *g->value);
    }
    g->a[g->n] = a;
    g->b[g->n] = b;
    return g->n++;
}

static struct and_entry *find_and(const struct aig *g, tc_lit a, tc_lit b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(h >> 32) & (g->entry_room - 1);

    while (g->entry[at].a && (g->entry[at].a != a || g->entry[at].b != b))
        at = (at + 1) & (g->entry_room - 1);
    return &g->entry[at];
}

static struct and_entry *entry_for(struct aig *g, tc_lit a, tc_lit b)
{
    if (2 * g->nentry >= g->entry_room) {
        struct aig larger = {.entry_room = g->entry_room ? 2 * g->entry_room : 1024};

        larger.entry = tc_xcalloc(larger.entry_room, sizeof *larger.entry);
        for (uint32_t i = 0; i < g->entry_room; i++)
            if (g->entry[i].a)
                *find_and(&larger, g->entry[i].a, g->entry[i].b) = g->entry[i];
        free(g->entry);
        g->entry = larger.entry;
        g->entry_room = larger.entry_room;
    }
    return find_and(g, a, b);
}

/* a & b if that needs no node */
static bool simple_and(tc_lit *a, tc_lit *b, tc_lit *is)
{
    if (*a < *b) {
        tc_lit swap = *a;

        *a = *b;
        *b = swap;
    }
    if (*b == 0 || *a == (*b ^ 1))
        *is = 0;
    else if (*b == 1 || *a == *b)
        *is = *a;
    else
        return false;
    return true;
}

/* --------------------------------------------------------- classes of values */

static uint64_t hash_value(const struct prover *p, uint32_t v)
{
    const uint64_t *x = value_of(p, v);
    uint64_t flip = x[0] & 1 ? UINT64_MAX : 0, h = 1;

    for (unsigned r = 0; r < p->rounds; r++) {
        h = (h ^ x[r] ^ flip) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 31;
    }
    return h;
}

/* equal on all vectors, perhaps once complemented */
static bool alike(const struct prover *p, uint32_t v, uint32_t u)
{
    const uint64_t *x = value_of(p, v), *y = value_of(p, u);
    uint64_t flip = (x[0] ^ y[0]) & 1 ? UINT64_MAX : 0;

    for (unsigned r = 0; r < p->rounds; r++)
        if ((x[r] ^ flip) != y[r])
            return false;
    return true;
}

static uint32_t *find_class(const struct prover *p, uint32_t v)
{
    const struct aig *g = &p->g;
    uint32_t at = (uint32_t)(hash_value(p, v) >> 32) & (g->class_room - 1);

    while (g->class[at] && !alike(p, v, g->class[at] - 1))
        at = (at + 1) & (g->class_room - 1);
    return &g->class[at];
}

/* the first variable of each class, after vectors were added */
static void classify(struct prover *p)
{
    struct aig *g = &p->g;

    while (g->class_room < 4 * (uint64_t)g->n)
        g->class_room = g->class_room ? 2 * g->class_room : 1024;
    free(g->class);
    g->class = tc_xcalloc(g->class_room, sizeof *g->class);
    g->nclass = 0;
    for (uint32_t v = 0; v < g->n; v++) {
        uint32_t *slot = find_class(p, v);

        if (!*slot) {
            *slot = v + 1;
            g->nclass++;
        }
    }
}

/* one more word of vectors: these inputs and others like them */
static bool learn(struct prover *p)
{
    uint64_t *in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in), lanes;
    unsigned r = p->rounds < MOST_ROUNDS ? p->rounds++ : ROUNDS + p->oldest++ % (MOST_ROUNDS - ROUNDS);
    bool ok;

    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = p->cex[i] ? UINT64_MAX : 0;
    for (unsigned lane = 1; p->ninputs && lane < 64; lane++)
        for (unsigned k = 1 + lane / 16; k-- > 0;)
            in[draw(p) % p->ninputs] ^= (uint64_t)1 << lane;
    ok = in_domain(p, in, 1, &lanes) && stay_within(p, in, lanes | 1);
    for (uint32_t i = 0; i < p->ninputs; i++)
        value_of(p, i + 1)[r] = in[i];
    value_of(p, 0)[r] = 0;
    for (uint32_t v = p->ninputs + 1; v < p->g.n; v++)
        evaluate(p, v, r);
    free(in);
    classify(p);
    return ok;
}

/* -------------------------------------------------------------------- cones */

static void new_stamp(struct prover *p)
{
    if (p->mark_room < p->g.room) {
        p->mark = tc_xrealloc(p->mark, p->g.room, sizeof *p->mark);
        p->number = tc_xrealloc(p->number, p->g.room, sizeof *p->number);
        memset(p->mark + p->mark_room, 0, (p->g.room - p->mark_room) * sizeof *p->mark);
        p->mark_room = p->g.room;
    }
    p->stamp++;
    p->nlist = 0;
}

static void reach(struct prover *p, uint32_t v)
{
    if (p->mark[v] == p->stamp || v == 0)
        return;
    p->mark[v] = p->stamp;
    if (p->nlist == p->list_room) {
        p->list_room = 2 * p->list_room + 256;
        p->list = tc_xrealloc(p->list, p->list_room, sizeof *p->list);
    }
    p->list[p->nlist++] = v;
}

/* the list, and all that it depends on */
static void reach_all(struct prover *p)
{
    for (size_t i = 0; i < p->nlist; i++) {
        uint32_t v = p->list[i];

        if (v > p->ninputs) {
            reach(p, p->g.a[v] >> 1);
            reach(p, p->g.b[v] >> 1);
        }
    }
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* ------------------------------------------------------------------- tables */

enum outcome { SAME, OTHER, OPEN };

struct cut {
    uint32_t leaf[2 * LEAVES], nleaf;
    uint32_t inner[INNER], ninner; /* descending */
};

static void add_leaf(struct cut *c, uint32_t v)
{
    uint32_t k = 0;

    if (v == 0)
        return;
    while (k < c->nleaf && c->leaf[k] > v)
        k++;
    if (k < c->nleaf && c->leaf[k] == v)
        return;
    memmove(&c->leaf[k + 1], &c->leaf[k], (c->nleaf - k) * sizeof *c->leaf);
    c->leaf[k] = v;
    c->nleaf++;
}

/* The deepest cut with few leaves: the largest variable is written by what it reads, as long
 * as there is room.  Leaves are kept in descending order. */
static void find_cut(const struct prover *p, uint32_t x, uint32_t y, struct cut *best)
{
    struct cut c = {0};

    best->ninner = 0;
    add_leaf(&c, x);
    add_leaf(&c, y);
    best->nleaf = c.nleaf;
    memcpy(best->leaf, c.leaf, sizeof c.leaf);
    while (c.nleaf > 0 && c.leaf[0] > p->ninputs && c.ninner < INNER && c.nleaf + 2 < 2 * LEAVES) {
        uint32_t v = c.leaf[0];

        c.inner[c.ninner++] = v;
        memmove(&c.leaf[0], &c.leaf[1], --c.nleaf * sizeof *c.leaf);
        add_leaf(&c, p->g.a[v] >> 1);
        add_leaf(&c, p->g.b[v] >> 1);
        if (c.nleaf <= LEAVES) {
            best->nleaf = c.nleaf;
            best->ninner = c.ninner;
            memcpy(best->leaf, c.leaf, sizeof c.leaf);
        }
    }
    memcpy(best->inner, c.inner, best->ninner * sizeof *c.inner);
}

static uint64_t table_word(const struct prover *p, const uint64_t *table, size_t words, tc_lit l,
                           size_t w)
{
    uint64_t x = l >> 1 ? table[p->number[l >> 1] * words + w] : 0;

    return l & 1 ? ~x : x;
}

/* whether x equals literal y on all values of the leaves; if not, and those are inputs that may
 * have any, p->cex */
static enum outcome by_table(struct prover *p, uint32_t x, tc_lit y)
{
    struct cut c;
    uint64_t *table;
    size_t words;
    enum outcome found = SAME;

    find_cut(p, x, y >> 1, &c);
    words = c.nleaf > 6 ? (size_t)1 << (c.nleaf - 6) : 1;
    table = tc_xcalloc((c.nleaf + c.ninner) * words + 1, sizeof *table);
    count_inputs(c.nleaf, 0, words, table);
    for (uint32_t k = 0; k < c.nleaf; k++)
        p->number[c.leaf[k]] = k;
    for (uint32_t k = c.ninner; k-- > 0;) {
        uint32_t v = c.inner[k], at = c.nleaf + c.ninner - 1 - k;

        p->number[v] = at;
        for (size_t w = 0; w < words; w++)
            table[at * words + w] = table_word(p, table, words, p->g.a[v], w) &
                                    table_word(p, table, words, p->g.b[v], w);
    }
    for (size_t w = 0; w < words && found == SAME; w++) {
        uint64_t differ =
            table_word(p, table, words, 2 * x, w) ^ table_word(p, table, words, y, w);

        if (c.nleaf < 6)
            differ &= ((uint64_t)1 << (1u << c.nleaf)) - 1;
        if (!differ)
            continue;
        found = OPEN;
        if (p->domain || (c.nleaf > 0 && c.leaf[0] > p->ninputs))
            continue;
        for (uint32_t i = 0; i < p->ninputs; i++)
            p->cex[i] = draw(p) & 1;
        for (uint32_t k = 0; k < c.nleaf; k++)
            p->cex[c.leaf[k] - 1] =
                table[k * words + w] >> __builtin_ctzll(differ) & 1;
        found = OTHER;
    }
    free(table);
    return found;
}

/* ------------------------------------------------------------------ solving */

static long lit_text(const struct prover *p, tc_lit l)
{
    return l & 1 ? -(long)p->number[l >> 1] : (long)p->number[l >> 1];
}

/* the formula: cones of x, y and the domain, the domain's outputs, x and y differ */
static void write_formula(struct prover *p, FILE *f, tc_lit x, tc_lit y)
{
    size_t clauses = 2 + p->ndomain;
    bool constant = x < 2 || y < 2;

    new_stamp(p);
    reach(p, x >> 1);
    reach(p, y >> 1);
    for (uint32_t k = 0; k < p->ndomain; k++) {
        reach(p, p->holds[k] >> 1);
        constant = constant || p->holds[k] < 2;
    }
    reach_all(p);
    qsort(p->list, p->nlist, sizeof *p->list, ascending);
    for (size_t i = 0; i < p->nlist; i++) {
        p->number[p->list[i]] = (uint32_t)i + 1;
        clauses += p->list[i] > p->ninputs ? 3 : 0;
    }
    p->number[0] = (uint32_t)p->nlist + 1;
    fprintf(f, "p cnf %zu %zu\n", p->nlist + constant, clauses + constant);
    if (constant)
        fprintf(f, "-%u 0\n", p->number[0]);
    for (size_t i = 0; i < p->nlist; i++) {
        uint32_t v = p->list[i];
        long n = p->number[v];

        if (v > p->ninputs)
            fprintf(f, "-%ld %ld 0\n-%ld %ld 0\n%ld %ld %ld 0\n", n, lit_text(p, p->g.a[v]), n,
                    lit_text(p, p->g.b[v]), n, -lit_text(p, p->g.a[v]),
                    -lit_text(p, p->g.b[v]));
    }
    for (uint32_t k = 0; k < p->ndomain; k++)
        fprintf(f, "%ld 0\n", lit_text(p, p->holds[k]));
    fprintf(f, "%ld %ld 0\n%ld %ld 0\n", lit_text(p, x), lit_text(p, y), -lit_text(p, x),
            -lit_text(p, y));
    fflush(f);
}

static bool keep(struct prover *p, FILE *from, const char *suffix)
{
    char *path;
    FILE *to;
    int c;
    bool ok = asprintf(&path, "%s/%llu.%s", p->options->proofs,
                       (unsigned long long)p->result->proofs + 1, suffix) > 0;

    if (!ok)
        return tc_fail(p->err, TC_EIO, (struct tc_loc){0}, "no memory");
    to = fopen(path, "we");
    ok = to != NULL;
    rewind(from);
    while (ok && (c = getc(from)) != EOF)
        ok = putc(c, to) != EOF;
    ok = (!to || !fclose(to)) && ok;
    if (!ok)
        tc_fail(p->err, TC_EIO, (struct tc_loc){0}, "%s: cannot write it: %s", path,
                strerror(errno));
    free(path);
    return ok;
}

/* an unsatisfiable formula counts once its proof is checked */
static enum outcome check_proof(struct prover *p, FILE *cnf, FILE *proof)
{
    struct tc_drat_result r;

    rewind(cnf);
    rewind(proof);
    tc_drat_check(cnf, proof, left(p) > 1 ? left(p) : 1, &r);
    if (r.verdict == TC_DRAT_TIMEOUT)
        return OPEN;
    if (r.verdict != TC_DRAT_PROVED) {
        p->result->rejected++;
        return OPEN;
    }
    if (p->options->proofs && !(keep(p, cnf, "cnf") && keep(p, proof, "drat"))) {
        p->failed = true;
        return OPEN;
    }
    p->result->proofs++;
    p->result->lemmas += r.lemmas;
    return SAME;
}

/* whether the solver can tell literals apart; if it can, p->cex */
static enum outcome by_solver(struct prover *p, tc_lit x, tc_lit y, double seconds,
                              uint64_t conflicts)
{
    struct tc_solution s;
    enum outcome found = OPEN;
    FILE *cnf, *proof;

    if (!p->solver || seconds <= 0)
        return OPEN;
    cnf = tc_memory_file("formula");
    proof = tc_memory_file("proof");
    write_formula(p, cnf, x, y);
    tc_solve_cnf(cnf, proof, seconds, conflicts, &s);
    if (s.answer == TC_UNSATISFIABLE) {
        found = check_proof(p, cnf, proof);
    } else if (s.answer == TC_SATISFIABLE) {
        found = OTHER;
        for (uint32_t i = 0; i < p->ninputs; i++)
            p->cex[i] = draw(p) & 1;
        for (size_t i = 0; i < p->nlist; i++)
            if (p->list[i] <= p->ninputs)
                p->cex[p->list[i] - 1] = i + 1 <= s.nvar && s.value[i + 1];
    }
    free(s.value);
    fclose(cnf);
    fclose(proof);
    return found;
}

/* ----------------------------------------------------------------- sweeping */

/* whether the inputs in p->cex are in the domain */
static bool cex_occurs(struct prover *p)
{
    uint64_t *in, lanes = 1;

    if (!p->domain)
        return true;
    in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in);
    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = p->cex[i];
    p->failed = !in_domain(p, in, 1, &lanes);
    free(in);
    return !p->failed && (lanes & 1);
}

/* The newest variable x and an earlier literal y that has had its values. */
static enum outcome compare(struct prover *p, uint32_t x, tc_lit y)
{
    enum outcome found;

    new_stamp(p);
    found = by_table(p, x, y);
    if (found == SAME) {
        p->result->tables++;
    } else if (found == OPEN) {
        found = by_solver(p, 2 * x, y, left(p) < 10 ? left(p) : 10, CONFLICTS);
    }
    if (found == OTHER && !cex_occurs(p))
        found = OPEN;
    p->result->refuted += found == OTHER;
    p->result->undecided += found == OPEN;
    return found;
}

/* the newest variable, or what it is equal to */
static tc_lit settle(struct prover *p, uint32_t x)
{
    struct aig *g = &p->g;

    if (4 * (uint64_t)g->nclass >= g->class_room)
        classify(p);
    for (unsigned try = 0; try < TRIES && !p->failed; try++) {
        uint32_t *slot = find_class(p, x), u = *slot - 1;
        tc_lit y;
        enum outcome found;

        if (!*slot || u == x) {
            g->nclass += !*slot;
            *slot = x + 1;
            break;
        }
        y = 2 * u + ((value_of(p, u)[0] ^ value_of(p, x)[0]) & 1);
        found = compare(p, x, y);
        if (found == SAME) {
            g->n--;
            return y;
        }
        if (found == OPEN)
            break;
        p->failed = !learn(p);
    }
    return 2 * x;
}

static tc_lit make_and(struct prover *p, tc_lit a, tc_lit b)
{
    struct and_entry *e;
    tc_lit is;
    uint32_t v;

    if (simple_and(&a, &b, &is))
        return is;
    e = entry_for(&p->g, a, b);
    if (e->a)
        return e->is;
    v = new_var(p, a, b);
    for (unsigned r = 0; r < p->rounds; r++)
        evaluate(p, v, r);
    is = settle(p, v);
    e = entry_for(&p->g, a, b);
    *e = (struct and_entry){a, b, is};
    p->g.nentry++;
    return is;
}

struct nodes { /* as expanded */
    tc_lit *a, *b;
    size_t n, room;
};

static bool take_node(void *ctx, uint32_t var, tc_lit a, tc_lit b)
{
    struct nodes *n = ctx;

    (void)var;
    if (n->n == n->room) {
        n->room = n->room + n->room / 2 + 1024;
        n->a = tc_xrealloc(n->a, n->room, sizeof *n->a);
        n->b = tc_xrealloc(n->b, n->room, sizeof *n->b);
    }
    n->a[n->n] = a;
    n->b[n->n++] = b;
    return true;
}

/* the constant and the inputs, with their first vectors; false if none is in the domain */
static bool start_graph(struct prover *p)
{
    uint64_t *in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in), lanes;
    bool ok = true;

    for (uint32_t i = 0; i <= p->ninputs; i++)
        new_var(p, 0, 0);
    for (uint64_t round = 0; ok && p->rounds < ROUNDS && round < 64 * ROUNDS; round++) {
        draw_inputs(p, round, in);
        if (!in_domain(p, in, 1, &lanes)) {
            p->failed = true;
            break;
        }
        if (!stay_within(p, in, lanes))
            continue;
        ok = run_both(p, in, 1) && !p->result->witness;
        value_of(p, 0)[p->rounds] = 0;
        for (uint32_t i = 0; i < p->ninputs; i++)
            value_of(p, i + 1)[p->rounds] = in[i];
        p->rounds++;
    }
    p->result->vectors = 64 * (uint64_t)p->rounds;
    free(in);
    classify(p);
    return p->rounds > 0;
}

/* Literals of the joined netlist become literals of the graph.  The first ndomain are those of
 * the domain, which formulas have from the node on that completes them. */
static bool sweep(struct prover *p, const struct tc_netlist *cone, tc_lit *lit, size_t n,
                  uint32_t ndomain)
{
    struct tc_expansion x = {0};
    struct nodes old = {0};
    tc_lit *as = NULL;
    uint32_t first = p->ninputs + 1, complete = 0;
    bool ok = tc_expand(cone, take_node, &old, &x, p->err);

    if (ok && (old.n + first) * (uint64_t)MOST_ROUNDS * sizeof *p->g.value > SIM_BYTES)
        ok = tc_fail(p->err, TC_ELIMIT, (struct tc_loc){0},
                     "the circuits have %zu nodes of two-input logic to compare, too many", old.n);
    if (ok)
        as = tc_xcalloc(first + old.n, sizeof *as);
    for (uint32_t v = 0; ok && v < first; v++)
        as[v] = 2 * v;
    for (size_t i = 0; ok && i < n; i++) {
        if (lit[i] > 1)
            lit[i] = x.wire[(lit[i] >> 1) - 1] ^ (lit[i] & 1);
        if (i < ndomain && lit[i] >> 1 > complete)
            complete = lit[i] >> 1;
    }
    tc_progress_start("proving equal nodes", (double)old.n);
    for (size_t k = 0; ok && k <= old.n; k++) {
        if (first + k == (complete < first ? first : complete + 1)) {
            for (uint32_t i = 0; i < ndomain; i++)
                p->holds[i] = as[lit[i] >> 1] ^ (lit[i] & 1);
            p->ndomain = ndomain;
        }
        if (k < old.n)
            as[first + k] = make_and(p, as[old.a[k] >> 1] ^ (old.a[k] & 1),
                                     as[old.b[k] >> 1] ^ (old.b[k] & 1));
        ok = !p->failed;
        tc_progress_tick((double)k);
    }
    tc_progress_end();
    for (size_t i = 0; ok && i < n; i++)
        lit[i] = as[lit[i] >> 1] ^ (lit[i] & 1);
    p->result->nodes = (uint32_t)old.n;
    free(as);
    free(old.a);
    free(old.b);
    free(x.wire);
    return ok;
}

/* the inputs in p->cex are run: an output may differ there */
static bool run_cex(struct prover *p)
{
    uint64_t *in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in);
    bool ok;

    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = p->cex[i];
    ok = run_both(p, in, 1);
    free(in);
    return ok;
}

/* outputs that the sweep left apart */
static bool finish_output(struct prover *p, uint32_t k, tc_lit x, tc_lit y, uint32_t after)
{
    double share = left(p) / (after + 1);
    enum outcome found;

    if (x == y) {
        p->result->how[k] = TC_EQUAL_SWEEP;
        return true;
    }
    found = by_solver(p, x, y, share > 1 ? share : 1, 0);
    if (found == SAME)
        p->result->how[k] = TC_EQUAL_PROOF;
    if (p->failed || (found == OTHER && !run_cex(p)))
        return false;
    assert(found != OTHER || p->result->how[k] == TC_EQUAL_DIFFERENT);
    return true;
}

/* ----------------------------------------------------------------- together */

/* Literals of outputs that are not equal yet and, behind them, of the domain's. */
static bool prove_rest(struct prover *p, struct tc_join *j, const tc_lit *x, const tc_lit *y,
                       const tc_lit *d)
{
    uint32_t n = p->a->noutputs, nd = p->domain ? p->domain->noutputs : 0, m = 0, open = 0;
    tc_lit *lit = tc_xcalloc(2 * (size_t)n + nd + 1, sizeof *lit);
    struct tc_netlist *cone;
    bool ok;

    for (uint32_t k = 0; k < nd; k++)
        lit[m++] = d[p->domain->output[k]];
    for (uint32_t k = 0; k < n; k++)
        if (p->result->how[k] == TC_EQUAL_UNKNOWN) {
            lit[m++] = x[p->a->output[k]];
            lit[m++] = y[p->b->output[k]];
            open++;
        }
    cone = tc_join_netlist(j, lit, m);
    p->holds = tc_xcalloc(nd + (size_t)1, sizeof *p->holds);
    ok = sweep(p, cone, lit, m, nd);
    m = nd;
    for (uint32_t k = 0; ok && k < n; k++)
        if (p->result->how[k] == TC_EQUAL_UNKNOWN) {
            ok = finish_output(p, k, lit[m], lit[m + 1], --open);
            m += 2;
        }
    tc_netlist_free(cone);
    free(lit);
    return ok;
}

static bool prove(struct prover *p)
{
    struct tc_join *j = tc_join_new(p->ninputs);
    tc_lit *d = NULL, *x = NULL, *y = NULL;
    uint32_t open = 0;
    bool ok;

    tc_progress_start("joining circuits", (double)p->a->ngates);
    ok = (!p->domain || (d = tc_join_add(j, p->domain, p->err))) &&
         (x = tc_join_add(j, p->a, p->err)) && (y = tc_join_add(j, p->b, p->err));
    tc_progress_end();
    p->result->gates = tc_join_gates(j);
    for (uint32_t k = 0; ok && k < p->a->noutputs; k++) {
        bool same = x[p->a->output[k]] == y[p->b->output[k]];

        p->result->how[k] = same ? TC_EQUAL_STRUCTURE : TC_EQUAL_UNKNOWN;
        open += !same;
    }
    if (ok && open && p->ninputs <= RUN_BITS && few_inputs(p)) {
        ok = exhaust(p);
        for (uint32_t k = 0; ok && k < p->a->noutputs; k++)
            if (p->result->how[k] == TC_EQUAL_UNKNOWN)
                p->result->how[k] = TC_EQUAL_EXHAUSTION;
    } else if (ok && open) {
        ok = !start_graph(p) || p->result->witness || prove_rest(p, j, x, y, d);
        ok = ok && !p->failed;
    }
    free(d);
    free(x);
    free(y);
    tc_join_free(j);
    return ok;
}

bool tc_equal_run(const struct tc_netlist *a, const struct tc_netlist *b,
                  const struct tc_netlist *domain, const struct tc_equal_options *options,
                  struct tc_equal *result, struct tc_error *err)
{
    struct prover p = {.a = a, .b = b, .domain = domain, .options = options, .result = result,
                       .ninputs = a->ninputs, .err = err, .random = 1};
    bool ok;

    *result = (struct tc_equal){.noutputs = a->noutputs};
    if (a->ninputs != b->ninputs || a->noutputs != b->noutputs)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "the circuits have %u and %u inputs, %u and %u outputs: they cannot be "
                       "compared",
                       a->ninputs, b->ninputs, a->noutputs, b->noutputs);
    assert(!domain || domain->ninputs == a->ninputs);
    result->how = tc_xcalloc(a->noutputs + (size_t)1, 1);
    p.cex = tc_xcalloc(p.ninputs + (size_t)1, 1);
    p.stop = tc_now() + options->seconds;
    p.solver = !options->no_solver && tc_solver_there("cadical");
    ok = prove(&p);
    for (uint32_t k = 0; k < a->noutputs; k++)
        result->solver_missing = result->solver_missing ||
                                 (!p.solver && result->how[k] == TC_EQUAL_UNKNOWN);
    free(p.g.a);
    free(p.g.b);
    free(p.g.value);
    free(p.g.entry);
    free(p.g.class);
    free(p.mark);
    free(p.number);
    free(p.list);
    free(p.holds);
    free(p.cex);
    return ok;
}

void tc_equal_free(struct tc_equal *r)
{
    free(r->how);
    free(r->witness);
    *r = (struct tc_equal){0};
}
