/* problem_command.c -- the command `problem`: a circuit written, run, checked, measured */
#include "plot.h"
#include "problem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BATCH      64
#define MOST_TRIED ((uint64_t)1 << 26) /* instances, where all are */
#define MOST_GATES ((uint64_t)1 << 27)

struct session {
    const struct tc_args *args;
    struct tc_problem problem;
    struct tc_netlist *netlist;
    unsigned *symbol; /* of a batch */
    bool *out;
};

static uint64_t max_gates(const struct tc_args *args)
{
    return args->max_gates == UINT64_MAX ? MOST_GATES : args->max_gates;
}

/* words to standard error: what it is, and what its depth says */
static void summary(const struct session *s, const struct tc_count *c)
{
    if (s->args->quiet)
        return;
    gmp_fprintf(stderr, "%s, n = %llu: depth %u, %Zd gates, %Zd wires\n", s->problem.title,
                (unsigned long long)s->problem.n, c->depth, c->gates, c->wires);
    fprintf(stderr, "%s\n", s->problem.caption);
}

static bool open_session(struct tc_arena *a, const struct tc_args *args, struct session *s,
                         struct tc_error *err)
{
    *s = (struct session){.args = args};
    if (!args->has_length)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "problem wants a length: -n N");
    if (!tc_problem_open(a, args, args->length, &s->problem, err))
        return false;
    if (s->problem.symbols > UINT32_MAX / BATCH)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "instances of %llu symbols are too long",
                       (unsigned long long)s->problem.symbols);
    s->symbol = tc_alloc(a, s->problem.symbols * BATCH, sizeof *s->symbol);
    s->out = tc_alloc(a, (size_t)s->problem.outputs * BATCH, sizeof *s->out);
    return true;
}

static bool make_netlist(struct tc_arena *a, struct session *s, struct tc_count *count,
                         struct tc_error *err)
{
    s->netlist = tc_problem_build(&s->problem, max_gates(s->args), err);
    if (s->netlist)
        tc_netlist_count(a, s->netlist, count);
    return s->netlist != NULL;
}

/* ------------------------------------------------------------------- emit */

/* The circuit's name says what its depth is, as not every form has room for more. */
static bool emit(struct tc_arena *a, struct session *s, struct tc_error *err)
{
    const struct tc_problem *p = &s->problem;
    struct tc_args plain = *s->args;
    struct tc_compiled c = {.arena = tc_arena_new(), .caption = p->caption};
    bool ok;

    plain.options.level = TC_LEVEL_0; /* no pass runs */
    c.name = tc_sprintf(a, "%s, n = %llu: an upper bound, depth %u", p->title,
                        (unsigned long long)p->n, p->depth);
    ok = make_netlist(c.arena, s, &c.count, err);
    c.netlist = s->netlist;
    if (ok) {
        c.netlist->ports.model = tc_strdup(c.netlist->arena, c.name);
        ok = tc_emit(&plain, &c, err);
    }
    if (ok)
        summary(s, &c.count);
    tc_compiled_free(&c);
    s->netlist = NULL;
    return ok;
}

/* -------------------------------------------------------------- instances */

static void print_instances(FILE *out, struct session *s)
{
    struct tc_random r;

    tc_random_seed(&r, s->args->seed);
    for (uint64_t k = 0; k < s->args->instances && !ferror(out); k++) {
        s->problem.kind->random(&s->problem, &r, s->symbol);
        tc_problem_print(out, &s->problem, s->symbol);
    }
}

/* -------------------------------------------------------------------- run */

/* up to a batch of lines, *n of them */
static bool read_batch(FILE *in, struct session *s, char **line, size_t *room, struct tc_loc *loc,
                       size_t *n, struct tc_error *err)
{
    const struct tc_problem *p = &s->problem;
    ssize_t length;

    for (*n = 0; *n < BATCH; ++*n) {
        errno = 0;
        length = getline(line, room, in);
        if (length < 0)
            return !ferror(in) ||
                   tc_fail(err, errno == ENOMEM ? TC_ELIMIT : TC_EIO,
                           (struct tc_loc){.file = loc->file}, "cannot read: %s", strerror(errno));
        loc->line++;
        loc->col = (unsigned)strlen(*line) + 1;
        if (strlen(*line) != (size_t)length)
            return tc_fail(err, TC_EFORMAT, *loc, "found a zero byte, wanted text");
        if (!tc_problem_read(p, *line, loc, s->symbol + *n * p->symbols, err))
            return false;
    }
    return true;
}

/* what stands before a bad line is still done */
static bool run_lines(FILE *in, FILE *out, const char *file, struct session *s,
                      struct tc_error *err)
{
    const struct tc_problem *p = &s->problem;
    struct tc_loc loc = {.file = file};
    struct tc_error worse = {0};
    char *line = NULL;
    size_t room = 0, n;
    bool ok;

    do {
        ok = read_batch(in, s, &line, &room, &loc, &n, err);
        if (n && !tc_problem_run(p, s->netlist, s->symbol, n, s->out, &worse)) {
            *err = worse;
            ok = false;
            break;
        }
        for (size_t v = 0; v < n; v++)
            p->kind->answer(out, p, s->out + v * p->outputs);
    } while (ok && n == BATCH && !ferror(out));
    free(line);
    return ok;
}

static bool run_file(FILE *out, struct session *s, struct tc_error *err)
{
    const char *file = s->args->values ? s->args->values : "-";
    bool standard = !strcmp(file, "-"), ok;
    FILE *in = standard ? stdin : fopen(file, "re");

    if (!in)
        return tc_fail(err, TC_EIO, (struct tc_loc){.file = file}, "cannot open: %s",
                       strerror(errno));
    ok = run_lines(in, out, standard ? "<stdin>" : file, s, err);
    if (!standard)
        fclose(in);
    return ok;
}

/* ----------------------------------------------------------------- verify */

/* all instances in turn, or random ones */
static void make_instance(const struct session *s, bool all, uint64_t v, struct tc_random *r,
                          unsigned *symbol)
{
    const struct tc_problem *p = &s->problem;

    if (!all)
        p->kind->random(p, r, symbol);
    for (uint64_t i = 0; all && i < p->symbols; i++, v /= p->alphabet)
        symbol[i] = (unsigned)(v % p->alphabet);
}

static bool count_vectors(const struct session *s, bool *all, uint64_t *count, struct tc_error *err)
{
    const struct tc_args *args = s->args;
    uint64_t every = 1;

    for (uint64_t i = 0; i < s->problem.symbols && every <= MOST_TRIED; i++)
        every *= s->problem.alphabet;
    if (args->all_vectors && s->problem.reduced)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "--vectors all: wanted a number of reduced instances");
    if (args->all_vectors && every > MOST_TRIED)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "--vectors all: there are more than 2^26 instances");
    *count = args->all_vectors ? every : args->vectors;
    *all = *count >= every && !s->problem.reduced;
    if (*all)
        *count = every;
    return true;
}

static bool verify_batch(FILE *out, struct session *s, size_t n, bool *same, struct tc_error *err)
{
    const struct tc_problem *p = &s->problem;
    bool *wanted = tc_xcalloc(p->outputs, sizeof *wanted);
    bool ok = tc_problem_run(p, s->netlist, s->symbol, n, s->out, err);

    for (size_t v = 0; ok && *same && v < n; v++) {
        p->kind->reference(p, s->symbol + v * p->symbols, wanted);
        *same = !memcmp(wanted, s->out + v * p->outputs, p->outputs * sizeof *wanted);
        if (*same)
            continue;
        fputs("DIFFERENCE\n  instance ", out);
        tc_problem_print(out, p, s->symbol + v * p->symbols);
        fputs("  reference ", out);
        p->kind->answer(out, p, wanted);
        fputs("  circuit ", out);
        p->kind->answer(out, p, s->out + v * p->outputs);
    }
    free(wanted);
    return ok;
}

static bool check_depth(FILE *out, const struct session *s, const struct tc_count *count)
{
    mpz_t gates;
    bool same = count->depth == s->problem.depth;

    mpz_init_set(gates, count->gates);
    if (s->problem.kind->gates)
        s->problem.kind->gates(&s->problem, gates);
    if (!same || mpz_cmp(gates, count->gates)) {
        same = false;
        gmp_fprintf(out, "DIFFERENCE: depth %u and %Zd gates, proved %u and %Zd\n", count->depth,
                    count->gates, s->problem.depth, gates);
    }
    mpz_clear(gates);
    return same;
}

static bool verify(FILE *out, struct session *s, const struct tc_count *count, bool *same,
                   struct tc_error *err)
{
    struct tc_random r;
    uint64_t vectors = 0;
    bool all = false, ok;

    if (!count_vectors(s, &all, &vectors, err) || !tc_netlist_check(s->netlist, err))
        return false;
    tc_random_seed(&r, s->args->seed);
    *same = check_depth(out, s, count);
    ok = true;
    for (uint64_t v = 0; ok && *same && v < vectors; v += BATCH) {
        size_t n = vectors - v < BATCH ? (size_t)(vectors - v) : BATCH;

        for (size_t k = 0; k < n; k++)
            make_instance(s, all, v + k, &r, s->symbol + k * s->problem.symbols);
        ok = verify_batch(out, s, n, same, err);
    }
    if (ok && *same && !s->args->quiet)
        gmp_fprintf(out,
                    "brute force and circuit agree on %s%llu%s instances\n"
                    "depth %u as proved, %Zd gates%s\n%s\n",
                    all ? "all " : "", (unsigned long long)vectors, all ? "" : " random",
                    count->depth, count->gates, s->problem.kind->gates ? " as well" : "",
                    s->problem.caption);
    return ok;
}

/* ------------------------------------------------------------------ sweep */

static bool sweep_problem(FILE *out, const struct tc_args *args, uint64_t n, struct tc_error *err)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_problem p;
    struct tc_netlist *nl = NULL;
    struct tc_count count;
    mpz_ptr gates = tc_mpz(a);
    bool ok = tc_problem_open(a, args, n, &p, err);

    if (ok && p.kind->gates) {
        p.kind->gates(&p, gates);
    } else if (ok) {
        nl = tc_problem_build(&p, max_gates(args), err);
        ok = nl != NULL;
        if (ok) {
            tc_netlist_count(a, nl, &count);
            mpz_set(gates, count.gates);
        }
    }
    if (ok)
        gmp_fprintf(out, "%s,%llu,%u,%Zd,upper\n", p.title, (unsigned long long)n, p.depth, gates);
    tc_netlist_free(nl);
    tc_arena_free(a);
    return ok;
}

/* the specification's own depth and gates at the same n */
static bool sweep_beside(FILE *out, const struct tc_args *args, uint64_t n, struct tc_error *err)
{
    char value[24];
    struct tc_setting set = {"n", value};
    struct tc_args spec = *args;
    struct tc_compiled c;
    bool ok;

    snprintf(value, sizeof value, "%llu", (unsigned long long)n);
    spec.spec = args->beside;
    ok = tc_compile_read(&spec, &set, 1, &c, err) && tc_compile_lower(&spec, &c, err);
    if (ok)
        gmp_fprintf(out, "%s,%llu,%u,%Zd,upper\n", c.name, (unsigned long long)n, c.count.depth,
                    c.count.gates);
    tc_compiled_free(&c);
    return ok;
}

static bool sweep(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    const struct tc_vary *vary = &args->vary[0];
    uint64_t n; /* what is none was refused when the options were read */

    fputs("problem,n,depth,gates,bound\n", out);
    for (unsigned b = 0; b < 1 + (args->beside != NULL); b++)
        for (unsigned v = 0; v < vary->nvalue; v++) {
            if (!tc_number_parse(vary->value[v], &n) ||
                !(b ? sweep_beside : sweep_problem)(out, args, n, err))
                return false;
        }
    return true;
}

/* the table as a picture; its title and note are those of the first length */
static bool sweep_svg(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_problem p;
    char *csv = NULL;
    size_t size;
    uint64_t n = 0;
    FILE *table;
    bool ok = tc_number_parse(args->vary[0].value[0], &n) && tc_problem_open(a, args, n, &p, err);

    table = ok ? open_memstream(&csv, &size) : NULL;
    if (ok && !table)
        ok = tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "no table: %s", strerror(errno));
    ok = ok && sweep(table, args, err);
    if (table && fclose(table))
        ok = ok && tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "no table: %s", strerror(errno));
    ok = ok && tc_sweep_plot(out, args, p.title, p.caption, csv, err);
    free(csv);
    tc_arena_free(a);
    return ok;
}

/* ---------------------------------------------------------------- command */

/* what goes to one stream */
static bool to_stream(FILE *out, struct tc_arena *a, struct session *s, bool *same,
                      struct tc_error *err)
{
    struct tc_count count;
    bool ok;

    if (s->args->instances) {
        print_instances(out, s);
        return true;
    }
    ok = make_netlist(a, s, &count, err) &&
         (s->args->has_vectors ? verify(out, s, &count, same, err) : run_file(out, s, err));
    if (ok && !s->args->has_vectors)
        summary(s, &count);
    return ok;
}

bool tc_problem_command(const struct tc_args *args, bool *same, struct tc_error *err)
{
    struct tc_arena *a = tc_arena_new();
    bool stream = args->nvary || args->instances || args->has_vectors || args->run;
    struct session s = {0};
    struct tc_sink sink;
    bool ok = args->nvary || open_session(a, args, &s, err);

    if (ok && !stream) {
        ok = emit(a, &s, err);
    } else if (ok) {
        ok = tc_sink_open(&sink, args->output, err);
        if (ok) {
            ok = args->nvary ? (args->svg ? sweep_svg : sweep)(sink.file, args, err)
                             : to_stream(sink.file, a, &s, same, err);
            if (ok)
                ok = tc_sink_commit(&sink, err);
            else
                tc_sink_abandon(&sink);
        }
    }
    tc_netlist_free(s.netlist);
    tc_arena_free(a);
    return ok;
}
