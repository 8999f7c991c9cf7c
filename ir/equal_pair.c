/* equal_pair.c -- two nodes compared: by a table over few wires, by a solver */
#include "prover.h"

#include "../drat/drat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES 10  /* of a table */
#define INNER  250 /* nodes of one */

#define QUESTION 10000 /* nodes of a formula that take as long as a solver's start */

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

enum outcome tc_prover_table(struct prover *p, uint32_t x, tc_lit y)
{
    struct cut c;
    uint64_t *table;
    size_t words;
    enum outcome found = SAME;

    new_stamp(p);
    find_cut(p, x, y >> 1, &c);
    words = c.nleaf > 6 ? (size_t)1 << (c.nleaf - 6) : 1;
    table = tc_xcalloc((c.nleaf + c.ninner) * words + 1, sizeof *table);
    tc_prover_count(c.nleaf, 0, words, table);
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
        uint64_t differ = table_word(p, table, words, 2 * x, w) ^ table_word(p, table, words, y, w);

        if (!differ)
            continue;
        found = OPEN;
        if (p->domain || (c.nleaf > 0 && c.leaf[0] > p->ninputs))
            continue;
        for (uint32_t i = 0; i < p->ninputs; i++)
            p->cex[i] = tc_prover_draw(p) & 1;
        for (uint32_t k = 0; k < c.nleaf; k++)
            p->cex[c.leaf[k] - 1] = table[k * words + w] >> __builtin_ctzll(differ) & 1;
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
                    lit_text(p, p->g.b[v]), n, -lit_text(p, p->g.a[v]), -lit_text(p, p->g.b[v]));
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
    tc_drat_check(cnf, proof, tc_prover_left(p) + 1, &r);
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

enum outcome tc_prover_solve(struct prover *p, tc_lit x, tc_lit y, double seconds,
                             uint64_t conflicts)
{
    struct tc_solution s;
    enum outcome found = OPEN;
    FILE *cnf, *proof;

    if (!p->solver || seconds <= 0 || !p->work)
        return OPEN;
    cnf = tc_memory_file("formula");
    proof = tc_memory_file("proof");
    write_formula(p, cnf, x, y);
    tc_prover_spend(p, QUESTION + p->nlist);
    tc_solve_cnf(cnf, proof, seconds, conflicts, &s);
    if (s.answer == TC_UNSATISFIABLE) {
        found = check_proof(p, cnf, proof);
    } else if (s.answer == TC_SATISFIABLE) {
        found = OTHER;
        for (uint32_t i = 0; i < p->ninputs; i++)
            p->cex[i] = tc_prover_draw(p) & 1;
        for (size_t i = 0; i < p->nlist; i++)
            if (p->list[i] <= p->ninputs)
                p->cex[p->list[i] - 1] = i + 1 <= s.nvar && s.value[i + 1];
    }
    free(s.value);
    fclose(cnf);
    fclose(proof);
    return found;
}
