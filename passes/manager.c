/* manager.c -- the pipelines
 *
 *   lowered family -> passes of families -> family that is counted, drawn, run, instantiated
 *   netlist -> passes of netlists -> netlist that is counted, drawn, run, written
 *
 * The invariants are checked after a pass that changed something, and what it
 * did is recorded for the report.
 */
#include "passes.h"

#include <string.h>

const char *const tc_level_name[] = {"0", "1", "2", "size"};

const struct tc_pass tc_passes[] = {
#define FAMILY(function, name, help, requires, keeps, grows)                                       \
    {name, help, TC_PASS_FAMILY, requires, keeps, grows, tc_pass_##function, NULL},
#define NETLIST(function, name, help, requires, keeps, grows)                                      \
    {name, help, TC_PASS_NETLIST, requires, keeps, grows, NULL, tc_net_##function},
#define PIPELINE(level, of, names)
#define EARN(level, names)
#include "passes.def"
#undef FAMILY
#undef NETLIST
#undef PIPELINE
#undef EARN
};

const unsigned tc_npasses = sizeof tc_passes / sizeof *tc_passes;

static const struct {
    enum tc_level level;
    enum tc_pass_level of;
    const char *names;
} pipelines[] =
    {
#define FAMILY(function, name, help, requires, keeps, grows)
#define NETLIST(function, name, help, requires, keeps, grows)
#define PIPELINE(level, of, names) {level, of, names},
#define EARN(level, names)
#include "passes.def"
#undef PIPELINE
#undef EARN
},
  earning[] = {
#define PIPELINE(level, of, names)
#define EARN(level, names) {level, TC_PASS_FAMILY, names},
#include "passes.def"
#undef FAMILY
#undef NETLIST
#undef PIPELINE
#undef EARN
};

/* ------------------------------------------------------------------- names */

const struct tc_pass *tc_pass_find(const char *name, size_t length)
{
    for (unsigned k = 0; k < tc_npasses; k++)
        if (strlen(tc_passes[k].name) == length && !memcmp(tc_passes[k].name, name, length))
            return &tc_passes[k];
    return NULL;
}

const char *tc_pipeline(enum tc_level level, enum tc_pass_level of)
{
    for (size_t k = 0; k < sizeof pipelines / sizeof *pipelines; k++)
        if (pipelines[k].level == level && pipelines[k].of == of)
            return pipelines[k].names;
    return "none";
}

/* what the name of a level stands for in a list */
static const char *passes_of(enum tc_level level, enum tc_pass_level of)
{
    for (size_t k = 0; k < sizeof earning / sizeof *earning; k++)
        if (earning[k].level == level && earning[k].of == of)
            return earning[k].names;
    return tc_pipeline(level, of);
}

/* an item of a list: a pass, or the passes of a level */
struct item {
    const struct tc_pass *pass; /* or NULL */
    const char *pipeline;       /* names between commas; or NULL */
};

static struct item item_of(const char *name, size_t n, enum tc_pass_level of)
{
    struct item x = {.pass = tc_pass_find(name, n)};

    for (int k = TC_LEVEL_0; n && *name == 'O' && k <= TC_LEVEL_SIZE; k++)
        if (strlen(tc_level_name[k]) == n - 1 && !memcmp(tc_level_name[k], name + 1, n - 1))
            x.pipeline = passes_of((enum tc_level)k, of);
    return x;
}

/* the item that is at *names, which goes on behind its comma */
static struct item next(const char **names, enum tc_pass_level of)
{
    size_t n = strcspn(*names, ",");
    struct item x = item_of(*names, n, of);

    *names += n + ((*names)[n] == ',');
    return x;
}

static bool is_none(const char *names)
{
    return !strcmp(names, "none");
}

/* puts the passes of a level that are named into the list, unless it is NULL; how many they
 * are */
static size_t gather(const char *names, enum tc_pass_level of, const struct tc_pass **list)
{
    size_t n = 0;

    while (*names && !is_none(names)) {
        struct item x = next(&names, of);

        if (x.pipeline)
            n += gather(x.pipeline, of, list ? list + n : NULL);
        else if (x.pass->level == of) {
            if (list)
                list[n] = x.pass;
            n++;
        }
    }
    return n;
}

bool tc_pipeline_has(enum tc_level level, const struct tc_pass *pass)
{
    const char *names = tc_pipeline(level, pass->level);

    while (*names)
        if (next(&names, pass->level).pass == pass)
            return true;
    return false;
}

bool tc_passes_known(const char *named, const char **unknown)
{
    if (is_none(named))
        return true;
    do {
        struct item x;

        *unknown = named;
        x = next(&named, TC_PASS_FAMILY);
        if (!x.pass && !x.pipeline)
            return false;
    } while (*named || named[-1] == ',');
    return true;
}

bool tc_passes_named(const struct tc_pass_options *options, enum tc_pass_level of)
{
    const char *names = options->named;

    while (names && *names && !is_none(names)) {
        struct item x = next(&names, of);

        if (x.pass && x.pass->level == of)
            return true;
    }
    return false;
}

/* whether a list says what to run on that level */
static bool listed(const struct tc_pass_options *options, enum tc_pass_level of)
{
    const char *names = options->named;

    if (!names || is_none(names) || tc_passes_named(options, of))
        return names != NULL;
    while (*names)
        if (next(&names, of).pipeline)
            return true;
    return false;
}

/* what has to run although no list names it */
static bool promised(const struct tc_pass *pass, const struct tc_pass_options *options)
{
    if (pass->run_family == tc_pass_split_weights)
        return options->poly || options->max_weight || options->majority;
    return pass->level == TC_PASS_FAMILY && pass->run_family == tc_pass_majority &&
           options->majority;
}

/* The passes to run, in order; in the arena, ended by NULL. */
static const struct tc_pass **plan(struct tc_arena *arena, const struct tc_pass_options *options,
                                   enum tc_pass_level of)
{
    const char *names = listed(options, of) ? options->named : tc_pipeline(options->level, of);
    size_t n = gather(names, of, NULL), named;
    const struct tc_pass **list = tc_alloc(arena, n + tc_npasses + 1, sizeof *list);

    gather(names, of, list);
    named = n;
    for (unsigned k = 0; k < tc_npasses; k++) {
        bool there = tc_passes[k].level != of || !promised(&tc_passes[k], options);

        /* others undo what majority does */
        for (size_t i = tc_passes[k].run_family == tc_pass_majority ? n - (n > 0) : 0;
             i < named && tc_passes[k].level == of; i++)
            there = there || list[i] == &tc_passes[k];
        if (!there)
            list[n++] = &tc_passes[k];
    }
    return list;
}

/* ----------------------------------------------------------------- running */

static bool count_circuit(struct tc_arena *arena, enum tc_pass_level of, union tc_circuit c,
                          struct tc_count *count, struct tc_error *err)
{
    if (!count)
        return true;
    if (of == TC_PASS_FAMILY)
        return tc_family_count(arena, c.family, true, count, err);
    tc_netlist_count(arena, c.netlist, count);
    return true;
}

static void note(struct tc_arena *arena, struct tc_pass_record *r, unsigned when,
                 const struct tc_count *count)
{
    if (!count)
        return;
    r->depth[when] = count->depth;
    r->gates[when] = tc_mpz_copy(arena, count->gates);
    r->wires[when] = tc_mpz_copy(arena, count->wires);
    r->max_weight[when] = tc_mpz_copy(arena, count->max_weight);
    r->max_fan_in[when] = tc_mpz_copy(arena, count->max_fan_in);
}

static struct tc_pass_record *new_record(struct tc_arena *arena, struct tc_pass_log *log)
{
    if (log->n == log->room) {
        struct tc_pass_record *more;

        log->room = 2 * log->room + 8;
        more = tc_alloc(arena, log->room, sizeof *more);
        if (log->n)
            memcpy(more, log->record, log->n * sizeof *more);
        log->record = more;
    }
    return &log->record[log->n++];
}

/* The new circuit is sound, and the same function if that is to be checked. */
static bool examine(const struct tc_pass *pass, union tc_circuit before, union tc_circuit after,
                    const struct tc_pass_options *options, struct tc_error *err)
{
    struct tc_error why = {0};
    bool sound = pass->level == TC_PASS_FAMILY ? tc_family_check(after.family, &why)
                                               : tc_netlist_check(after.netlist, &why);

    if (sound && (!options->check || tc_passes_same(pass->level, before, after, options, &why)))
        return true;
    return tc_fail(err, sound ? why.kind : TC_ECHECK, (struct tc_loc){0},
                   "after the pass %s: %.300s", pass->name, why.msg);
}

static void release(enum tc_pass_level of, union tc_circuit c)
{
    if (of == TC_PASS_FAMILY)
        tc_family_free(c.family);
    else
        tc_netlist_free(c.netlist);
}

static union tc_circuit run_pass(const struct tc_pass *pass, union tc_circuit c,
                                 const struct tc_pass_options *options, struct tc_error *err)
{
    if (pass->level == TC_PASS_FAMILY)
        return (union tc_circuit){.family = pass->run_family(c.family, options, err)};
    return (union tc_circuit){.netlist = pass->run_netlist(c.netlist, options, err)};
}

bool tc_pass_run(struct tc_arena *arena, const struct tc_pass *pass, union tc_circuit *circuit,
                 const struct tc_pass_options *options, struct tc_count *count,
                 struct tc_pass_log *log, struct tc_error *err)
{
    struct tc_pass_record *r = new_record(arena, log);
    bool family = pass->level == TC_PASS_FAMILY, ok = true;
    double start = tc_now();
    union tc_circuit made = run_pass(pass, *circuit, options, err);

    if (family ? !made.family : !made.netlist)
        return false;
    r->pass = pass;
    r->seconds = tc_now() - start;
    r->changed = family ? made.family != circuit->family : made.netlist != circuit->netlist;
    note(arena, r, 0, count);
    if (r->changed && !family) /* what passes need not know of */
        tc_ports_copy(made.netlist, circuit->netlist);
    if (r->changed) {
        ok = examine(pass, *circuit, made, options, err);
        release(pass->level, *circuit);
        *circuit = made;
        ok = ok && count_circuit(arena, pass->level, made, count, err);
    }
    note(arena, r, 1, count);
    return ok && (!options->after || options->after(options->ctx, pass, made, err));
}

static bool run(struct tc_arena *arena, enum tc_pass_level of, union tc_circuit *circuit,
                const struct tc_pass_options *options, struct tc_count *count,
                struct tc_pass_log *log, struct tc_error *err)
{
    const struct tc_pass **pass = plan(arena, options, of);
    bool ok = count_circuit(arena, of, *circuit, count, err);

    for (; ok && *pass; pass++)
        ok = tc_pass_run(arena, *pass, circuit, options, count, log, err);
    return ok;
}

bool tc_passes_run(struct tc_arena *arena, struct tc_family **family,
                   const struct tc_pass_options *options, struct tc_count *count,
                   struct tc_pass_log *log, struct tc_error *err)
{
    union tc_circuit c = {.family = *family};
    bool ok = run(arena, TC_PASS_FAMILY, &c, options, count, log, err);

    *family = c.family;
    return ok;
}

bool tc_passes_run_netlist(struct tc_arena *arena, struct tc_netlist **netlist,
                           const struct tc_pass_options *options, struct tc_count *count,
                           struct tc_pass_log *log, struct tc_error *err)
{
    union tc_circuit c = {.netlist = *netlist};
    bool ok = run(arena, TC_PASS_NETLIST, &c, options, count, log, err);

    *netlist = c.netlist;
    return ok;
}
