/* drat.c -- a checker of DRAT proofs
 *
 * Clauses lie one after the other in a pool of words: a size, a mark, the literals.
 * Two literals of each are watched, its first two; a clause in which no unassigned
 * literal can be found to watch is a unit or false.  What follows from the clauses
 * alone is assigned for good.  A lemma is tried by assigning its literals false,
 * propagating, and taking all of that back.
 *
 * A literal is 2 v for variable v and 2 v + 1 for its complement; value[] is 1 true,
 * -1 false, 0 open.  Clauses to be deleted are found by a hash that does not depend
 * on the order of their literals, since watching moves them. */
#include "drat.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_VARS  (1u << 30)
#define MOST_WORDS UINT32_MAX

/* a clause at `at` of the pool: its size, its state, then its literals */
#define HEAD 2
enum { ALIVE, DELETED };

struct list {
    uint32_t n, room;
    uint32_t *at;
};

struct checker {
    struct tc_drat_result *result;
    struct list pool;        /* words of all clauses */
    uint32_t nvar, var_room; /* variables 1..nvar */
    struct list *watch;      /* by literal: clauses that watch it */
    signed char *value;      /* by literal */
    uint32_t *reason;        /* by variable assigned for good: its clause + 1, or 0 */
    unsigned char *seen;     /* by literal, for sets */
    struct list trail;
    uint32_t done;     /* literals of the trail that were propagated */
    bool refuted;      /* the clauses alone give a contradiction */
    struct list lemma; /* as read, no literal twice */
    bool tautology;
    uint32_t *slot, nslot, nclause; /* hash table of clauses at + 1; 0 empty, 1 taken away */
    uint64_t line;
    const char *file;
    bool failed;
    double stop; /* of the processor's time; 0: never */
};

/* ------------------------------------------------------------------- memory */

static void *resize(void *p, size_t count, size_t size)
{
    void *q = count > SIZE_MAX / size ? NULL : realloc(p, count * size);

    if (!q) {
        fputs("drat-check: out of memory\n", stderr);
        exit(4);
    }
    return q;
}

static void push(struct list *l, uint32_t word)
{
    if (l->n == l->room) {
        l->room = l->room > UINT32_MAX / 2 ? UINT32_MAX : 2 * l->room + 4;
        l->at = resize(l->at, l->room, sizeof *l->at);
    }
    l->at[l->n++] = word;
}

static bool fail(struct checker *c, enum tc_drat_verdict verdict, const char *what)
{
    if (!c->failed) {
        c->failed = true;
        c->result->verdict = verdict;
        snprintf(c->result->msg, sizeof c->result->msg, "%s, line %llu: %s", c->file,
                 (unsigned long long)c->line, what);
    }
    return false;
}

static bool need_var(struct checker *c, uint32_t v)
{
    size_t room = c->var_room;

    if (v <= c->nvar)
        return true;
    if (v >= MOST_VARS)
        return fail(c, TC_DRAT_MALFORMED, "a variable above 2^30");
    if (v >= room) {
        room = (size_t)v + v / 2 + 16;
        c->watch = resize(c->watch, 2 * room, sizeof *c->watch);
        c->value = resize(c->value, 2 * room, sizeof *c->value);
        c->seen = resize(c->seen, 2 * room, sizeof *c->seen);
        c->reason = resize(c->reason, room, sizeof *c->reason);
        memset(c->watch + 2 * (size_t)c->var_room, 0, 2 * (room - c->var_room) * sizeof *c->watch);
        memset(c->value + 2 * (size_t)c->var_room, 0, 2 * (room - c->var_room));
        memset(c->seen + 2 * (size_t)c->var_room, 0, 2 * (room - c->var_room));
        memset(c->reason + c->var_room, 0, (room - c->var_room) * sizeof *c->reason);
        c->var_room = (uint32_t)room;
    }
    c->nvar = v;
    return true;
}

/* ------------------------------------------------------------------ reading */

static int next(struct checker *c, FILE *f)
{
    int ch = getc_unlocked(f);

    c->line += ch == '\n';
    return ch;
}

static bool blank(int ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static int skip_blank(struct checker *c, FILE *f)
{
    int ch = next(c, f);

    while (blank(ch))
        ch = next(c, f);
    return ch;
}

static int skip_line(struct checker *c, FILE *f)
{
    int ch;

    do
        ch = next(c, f);
    while (ch != '\n' && ch != EOF);
    return skip_blank(c, f);
}

/* a decimal number whose first character is ch; then a blank or the end */
static bool read_number(struct checker *c, FILE *f, int ch, int64_t most, int64_t *value)
{
    bool minus = ch == '-';

    *value = 0;
    if (minus)
        ch = next(c, f);
    if (ch < '0' || ch > '9')
        return fail(c, TC_DRAT_MALFORMED, ch == EOF ? "it ends within a clause" : "no number");
    for (; ch >= '0' && ch <= '9'; ch = getc_unlocked(f)) {
        *value = 10 * *value + (ch - '0');
        if (*value > most)
            return fail(c, TC_DRAT_MALFORMED, "a number that is too large");
    }
    if (ch != EOF && !blank(ch))
        return fail(c, TC_DRAT_MALFORMED, "no number");
    if (ch == EOF && *value)
        return fail(c, TC_DRAT_MALFORMED, "it ends within a clause");
    if (ch != EOF)
        ungetc(ch, f);
    if (minus)
        *value = -*value;
    return true;
}

/* literals up to 0, into c->lemma, the first one first; ch begins the first */
static bool read_clause(struct checker *c, FILE *f, int ch, int64_t most)
{
    int64_t v;

    c->lemma.n = 0;
    c->tautology = false;
    for (;; ch = skip_blank(c, f)) {
        uint32_t l;

        if (!read_number(c, f, ch, most, &v))
            break;
        if (v == 0)
            break;
        l = v < 0 ? (uint32_t)(2 * -v + 1) : (uint32_t)(2 * v);
        if (!need_var(c, l >> 1))
            break;
        c->tautology = c->tautology || c->seen[l ^ 1];
        if (!c->seen[l])
            push(&c->lemma, l);
        c->seen[l] = 1;
    }
    for (uint32_t i = 0; i < c->lemma.n; i++)
        c->seen[c->lemma.at[i]] = 0;
    return !c->failed;
}

/* -------------------------------------------------------------- propagation */

static void assign(struct checker *c, uint32_t l, uint32_t reason)
{
    c->value[l] = 1;
    c->value[l ^ 1] = -1;
    c->reason[l >> 1] = reason;
    push(&c->trail, l);
}

/* a literal of the clause to watch in place of its second; its number or 0 */
static uint32_t other_watch(const struct checker *c, const uint32_t *lit, uint32_t n)
{
    for (uint32_t k = 2; k < n; k++)
        if (c->value[lit[k]] >= 0)
            return k;
    return 0;
}

/* what follows from literal `falsified`; false on a contradiction */
static bool propagate_one(struct checker *c, uint32_t falsified)
{
    struct list *w = &c->watch[falsified];
    uint32_t kept = 0;
    bool fine = true;

    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t at = w->at[i], n = c->pool.at[at], k;
        uint32_t *lit = c->pool.at + at + HEAD;

        if (c->pool.at[at + 1] == DELETED)
            continue;
        if (!fine) {
            w->at[kept++] = at;
            continue;
        }
        if (lit[0] == falsified) {
            lit[0] = lit[1];
            lit[1] = falsified;
        }
        k = c->value[lit[0]] > 0 ? 0 : other_watch(c, lit, n);
        if (k) {
            lit[1] = lit[k];
            lit[k] = falsified;
            push(&c->watch[lit[1]], at);
            continue;
        }
        w->at[kept++] = at;
        if (c->value[lit[0]] < 0)
            fine = false;
        else if (c->value[lit[0]] == 0)
            assign(c, lit[0], at + 1);
    }
    w->n = kept;
    return fine;
}

static bool propagate(struct checker *c)
{
    while (c->done < c->trail.n)
        if (!propagate_one(c, c->trail.at[c->done++] ^ 1))
            return false;
    return true;
}

static void take_back(struct checker *c, uint32_t n)
{
    while (c->trail.n > n) {
        uint32_t l = c->trail.at[--c->trail.n];

        c->value[l] = c->value[l ^ 1] = 0;
        c->reason[l >> 1] = 0;
    }
    c->done = n;
}

/* ------------------------------------------------------------------ clauses */

static uint32_t hash(const uint32_t *lit, uint32_t n)
{
    uint64_t sum = n;

    for (uint32_t i = 0; i < n; i++) {
        uint64_t x = lit[i] * UINT64_C(0x9e3779b97f4a7c15);

        sum += (x ^ x >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    }
    return (uint32_t)(sum >> 32);
}

static void enter(struct checker *c, uint32_t at)
{
    uint32_t h = hash(c->pool.at + at + HEAD, c->pool.at[at]) & (c->nslot - 1);

    while (c->slot[h] > 1)
        h = (h + 1) & (c->nslot - 1);
    c->slot[h] = at + 1;
}

static void grow_table(struct checker *c)
{
    uint32_t *old = c->slot, n = c->nslot;

    c->nslot = n ? 2 * n : 1024;
    c->slot = resize(NULL, c->nslot, sizeof *c->slot);
    memset(c->slot, 0, c->nslot * sizeof *c->slot);
    for (uint32_t i = 0; i < n; i++)
        if (old[i] > 1)
            enter(c, old[i] - 1);
    free(old);
}

/* a clause with the literals of the lemma; its place in the hash table or UINT32_MAX */
static uint32_t find(struct checker *c)
{
    uint32_t n = c->lemma.n, h = hash(c->lemma.at, n) & (c->nslot - 1), found = UINT32_MAX;

    for (uint32_t i = 0; i < n; i++)
        c->seen[c->lemma.at[i]] = 1;
    for (; c->slot[h] && found == UINT32_MAX; h = (h + 1) & (c->nslot - 1)) {
        uint32_t at = c->slot[h] - 1, k = 0;

        if (c->slot[h] == 1 || c->pool.at[at] != n)
            continue;
        while (k < n && c->seen[c->pool.at[at + HEAD + k]])
            k++;
        if (k == n)
            found = h;
    }
    for (uint32_t i = 0; i < n; i++)
        c->seen[c->lemma.at[i]] = 0;
    return found;
}

/* the lemma becomes a clause, and what follows from it is assigned for good */
static bool add_clause(struct checker *c)
{
    uint32_t n = c->lemma.n, at = c->pool.n, open = 0;
    uint32_t *lit;

    if (c->pool.n > MOST_WORDS - n - HEAD)
        return fail(c, TC_DRAT_MALFORMED, "more than 2^32 literals in all");
    if (c->nclause >= c->nslot / 2)
        grow_table(c);
    push(&c->pool, n);
    push(&c->pool, ALIVE);
    for (uint32_t i = 0; i < n; i++)
        push(&c->pool, c->lemma.at[i]);
    c->nclause++;
    enter(c, at);
    lit = c->pool.at + at + HEAD;
    for (uint32_t i = 0; i < n; i++) /* what is not false to the front */
        if (c->value[lit[i]] >= 0) {
            uint32_t l = lit[i];

            lit[i] = lit[open];
            lit[open++] = l;
        }
    if (n > 1) {
        push(&c->watch[lit[0]], at);
        push(&c->watch[lit[1]], at);
    }
    if (open == 0)
        c->refuted = true;
    else if (open == 1 && c->value[lit[0]] == 0)
        assign(c, lit[0], at + 1);
    if (!c->refuted && !propagate(c))
        c->refuted = true;
    return true;
}

/* A clause that implies a literal assigned for good stays: that is sound, since more
 * clauses only make RAT harder. */
static bool delete_clause(struct checker *c)
{
    uint32_t h = find(c), at;

    if (h == UINT32_MAX)
        return fail(c, TC_DRAT_REJECTED, "it deletes a clause that is not there");
    at = c->slot[h] - 1;
    for (uint32_t i = 0; i < c->lemma.n; i++)
        if (c->reason[c->lemma.at[i] >> 1] == at + 1) {
            c->result->kept++;
            return true;
        }
    c->slot[h] = 1;
    c->pool.at[at + 1] = DELETED;
    c->result->deletions++;
    return true;
}

/* ------------------------------------------------------------------- lemmas */

/* the literal false; whether that is a contradiction */
static bool deny(struct checker *c, uint32_t l)
{
    if (c->value[l] == 0)
        assign(c, l ^ 1, 0);
    return c->value[l] > 0;
}

/* the resolvent of the lemma, denied and propagated already, with the clause */
static bool resolvent_follows(struct checker *c, uint32_t at, uint32_t pivot)
{
    uint32_t mark = c->trail.n;
    bool follows = false;

    for (uint32_t k = 0; !follows && k < c->pool.at[at]; k++)
        if (c->pool.at[at + HEAD + k] != (pivot ^ 1))
            follows = deny(c, c->pool.at[at + HEAD + k]);
    follows = follows || !propagate(c);
    take_back(c, mark);
    return follows;
}

static bool contains(const struct checker *c, uint32_t at, uint32_t l)
{
    for (uint32_t k = 0; k < c->pool.at[at]; k++)
        if (c->pool.at[at + HEAD + k] == l)
            return true;
    return false;
}

/* by resolution on the first literal with every clause that has its complement */
static bool by_resolution(struct checker *c)
{
    uint32_t pivot = c->lemma.at[0];

    for (uint32_t at = 1; at < c->pool.n; at += c->pool.at[at] + HEAD)
        if (c->pool.at[at + 1] == ALIVE && contains(c, at, pivot ^ 1) &&
            !resolvent_follows(c, at, pivot))
            return false;
    return true;
}

static bool lemma_follows(struct checker *c)
{
    uint32_t mark = c->trail.n;
    bool follows = c->tautology;

    for (uint32_t i = 0; !follows && i < c->lemma.n; i++)
        follows = deny(c, c->lemma.at[i]);
    follows = follows || !propagate(c);
    if (!follows && c->lemma.n > 0 && by_resolution(c)) {
        c->result->rat++;
        follows = true;
    }
    take_back(c, mark);
    return follows;
}

/* --------------------------------------------------------------- the inputs */

static bool read_formula(struct checker *c, FILE *f)
{
    int64_t nvar, nclause, n = 0;
    int ch = skip_blank(c, f);

    while (ch == 'c')
        ch = skip_line(c, f);
    for (const char *p = "p"; *p; p++, ch = next(c, f))
        if (ch != *p)
            return fail(c, TC_DRAT_MALFORMED, "it does not begin with p cnf");
    ch = skip_blank(c, f);
    for (const char *p = "cnf"; *p; p++, ch = next(c, f))
        if (ch != *p)
            return fail(c, TC_DRAT_MALFORMED, "it does not begin with p cnf");
    if (!blank(ch) || !read_number(c, f, skip_blank(c, f), MOST_VARS - 1, &nvar) ||
        !read_number(c, f, skip_blank(c, f), INT64_MAX / 16, &nclause) || nvar < 0 || nclause < 0)
        return fail(c, TC_DRAT_MALFORMED, "no numbers of variables and clauses");
    for (ch = skip_blank(c, f); ch != EOF; ch = skip_blank(c, f)) {
        if (ch == 'c') {
            ch = skip_line(c, f);
            if (ch != EOF)
                ungetc(ch, f);
            continue;
        }
        if (!read_clause(c, f, ch, nvar) || !add_clause(c))
            return false;
        n++;
    }
    if (n != nclause)
        return fail(c, TC_DRAT_MALFORMED, "not as many clauses as its head says");
    return true;
}

static bool read_step(struct checker *c, FILE *f, int ch)
{
    bool deletion = ch == 'd';

    if (deletion) {
        ch = next(c, f);
        if (!blank(ch))
            return fail(c, TC_DRAT_MALFORMED, "no step of a proof in text");
        ch = skip_blank(c, f);
    }
    if (!read_clause(c, f, ch, MOST_VARS - 1))
        return false;
    if (deletion)
        return delete_clause(c);
    if (!lemma_follows(c))
        return fail(c, TC_DRAT_REJECTED, "a lemma that does not follow");
    c->result->lemmas++;
    return add_clause(c);
}

static bool late(const struct checker *c)
{
    return c->stop > 0 && (double)clock() / CLOCKS_PER_SEC > c->stop;
}

static bool read_proof(struct checker *c, FILE *f)
{
    uint64_t steps = 0;
    int ch;

    while (!c->refuted) {
        ch = skip_blank(c, f);
        if (ch == 'c') {
            ch = skip_line(c, f);
            if (ch != EOF)
                ungetc(ch, f);
            continue;
        }
        if (ch == EOF)
            return fail(c, TC_DRAT_REJECTED, "it ends without the empty clause");
        if (!read_step(c, f, ch))
            return false;
        if (++steps % 64 == 0 && late(c))
            return fail(c, TC_DRAT_TIMEOUT, "no time left");
    }
    return true;
}

void tc_drat_check(FILE *cnf, FILE *proof, double seconds, struct tc_drat_result *result)
{
    struct checker c = {.result = result, .line = 1, .file = "formula"};

    *result = (struct tc_drat_result){.verdict = TC_DRAT_PROVED};
    if (seconds > 0)
        c.stop = (double)clock() / CLOCKS_PER_SEC + seconds;
    grow_table(&c);
    push(&c.pool, 0); /* no clause is at 0 */
    if (read_formula(&c, cnf)) {
        c.line = 1;
        c.file = "proof";
        read_proof(&c, proof);
    }
    for (size_t l = 0; l < 2 * (size_t)c.var_room; l++)
        free(c.watch[l].at);
    free(c.watch);
    free(c.value);
    free(c.seen);
    free(c.reason);
    free(c.pool.at);
    free(c.trail.at);
    free(c.lemma.at);
    free(c.slot);
}
