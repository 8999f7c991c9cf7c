/* compile.c -- spec to family, counted; and out again */
#include "compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MAX_GATES ((uint64_t)1 << 27)

/* The compiler broke its own rules: not the user's fault, and not to be
 * mistaken for a refusal. */
static _Noreturn void defect(const struct tc_error *err)
{
    if (tc_on_exit)
        tc_on_exit();
    fprintf(stderr, "tc0c: defect: the compiled family is not sound: %s\n", err->msg);
    abort();
}

bool tc_compile_read(const struct tc_args *args, const struct tc_setting *set, unsigned nset,
                     struct tc_compiled *c, struct tc_error *err)
{
    memset(c, 0, sizeof *c);
    c->spec = tc_spec_read(args->spec, set, nset, true, err);
    if (!c->spec)
        return false;
    c->arena = tc_arena_new();
    c->name = c->spec->name;
    return true;
}

bool tc_compile_lower(const struct tc_args *args, struct tc_compiled *c, struct tc_error *err)
{
    const struct tc_pass *dump = args->dump;
    bool named = tc_passes_named(&args->options.pass, TC_PASS_NETLIST);
    double start = tc_now();

    if (named &&
        (args->command == TC_GATE || args->command == TC_SWEEP || args->command == TC_BOUNDS))
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "--passes: %s counts in the family, where no pass of netlists runs",
                       tc_command_name(args->command));
    if (!named && dump && dump->level == TC_PASS_NETLIST)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "--dump-after: %s is a pass of netlists, and no --passes runs one",
                       dump->name);
    if (named && args->options.pass.majority)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "--basis majority: passes of netlists join wires of one source");
    c->family = tc_lower(c->spec, &args->options, err);
    if (!c->family)
        return false;
    if (!tc_family_check(c->family, err))
        defect(err);
    /* a gate is found without counting wires, which streams tables of positions */
    if (!tc_optimize_family(args, c, args->command != TC_GATE, err))
        return false;
    c->seconds = tc_now() - start;
    return true;
}

void tc_compiled_free(struct tc_compiled *c)
{
    if (c->family)
        tc_family_free(c->family);
    if (c->spec)
        tc_spec_free(c->spec);
    tc_netlist_free(c->netlist);
    tc_arena_free(c->arena);
    memset(c, 0, sizeof *c);
}

/* The evaluator refuses what memory does not hold, but bank by bank: it would
 * work for minutes on the small ones first. */
bool tc_compiled_runnable(const struct tc_compiled *c, struct tc_error *err)
{
    for (unsigned b = 0; b < c->family->nbank; b++) {
        char *gates;

        if (mpz_sizeinbase(c->count.bank[b].gates, 2) <= TC_RUN_GATE_BITS)
            continue;
        gates = mpz_get_str(NULL, 10, c->count.bank[b].gates);
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                "%.60s has %.80s gates; up to 2^%d in a bank can be run: give smaller sizes",
                c->family->bank[b]->plane.name, gates, TC_RUN_GATE_BITS);
        free(gates);
        return false;
    }
    return true;
}

/* Bytes that we may still take: of the machine, as Linux tells it, or of the
 * limit that the user set on this process; UINT64_MAX if neither is known. */
static uint64_t memory_left(void)
{
    uint64_t left = UINT64_MAX;
    unsigned long long kib;
    struct rlimit lim;
    char line[128];
    FILE *f = fopen("/proc/meminfo", "re");

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
            left = kib << 10;
    if (f)
        fclose(f);
    if (!getrlimit(RLIMIT_AS, &lim) && lim.rlim_cur != RLIM_INFINITY && lim.rlim_cur < left)
        left = lim.rlim_cur;
    return left;
}

struct tc_netlist *tc_compiled_netlist(const struct tc_compiled *c, uint64_t max_gates,
                                       uint64_t max_edges, struct tc_error *err)
{
    /* an edge takes 12 bytes, a gate up to as much again and a place in a row */
    uint64_t room = memory_left() / 24;

    if (max_gates == UINT64_MAX)
        max_gates = DEFAULT_MAX_GATES;
    if (mpz_cmp_ui(c->count.gates, max_gates) > 0) {
        char *gates = mpz_get_str(NULL, 10, c->count.gates);

        tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                "the netlist has %.60s gates, more than --max-gates %llu", gates,
                (unsigned long long)max_gates);
        free(gates);
        return NULL;
    }
    if (!max_edges || room < max_edges)
        max_edges = room;
    return tc_family_instantiate(c->family, max_gates, max_edges, err);
}

struct tc_netlist *tc_compiled_final(const struct tc_args *args, struct tc_compiled *c,
                                     struct tc_error *err)
{
    struct tc_netlist *nl = tc_compiled_netlist(c, args->max_gates, 0, err);
    struct tc_count count;

    if (!nl || !tc_passes_named(&args->options.pass, TC_PASS_NETLIST) ||
        tc_optimize_netlist(args, c->arena, c->spec, &nl, &count, &c->passes, err))
        return nl;
    tc_netlist_free(nl);
    return NULL;
}

/* ------------------------------------------------------------------ output */

struct emission { /* what the kinds share */
    const struct tc_args *args;
    struct tc_compiled *compiled;
    struct tc_arena *arena;
    struct tc_netlist *netlist; /* made when first needed, of a family */
    struct tc_lengths *lengths; /* likewise, where a page wants them */
    char *dot[2];               /* of the family, of the gates; likewise */
    size_t dot_len[2];
};

static bool need_netlist(struct emission *e, struct tc_error *err)
{
    if (!e->netlist)
        e->netlist = tc_compiled_final(e->args, e->compiled, err);
    return e->netlist != NULL;
}

static bool stream_failed(struct tc_error *err)
{
    return tc_fail(err, errno == ENOMEM ? TC_ELIMIT : TC_EIO, (struct tc_loc){0}, "cannot draw: %s",
                   strerror(errno));
}

/* DOT text, kept for the SVG that may follow */
static bool need_dot(struct emission *e, bool gates, struct tc_error *err)
{
    const struct tc_compiled *c = e->compiled;
    FILE *f;
    bool ok;

    if (e->dot[gates])
        return true;
    if (gates && c->family && mpz_cmp_ui(c->count.gates, TC_DOT_MAX_GATES) > 0) {
        char *n = mpz_get_str(NULL, 10, c->count.gates);

        tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                "the circuit has %.60s gates; up to %d are drawn one by one "
                "(--emit dot draws the family)",
                n, TC_DOT_MAX_GATES);
        free(n);
        return false;
    }
    if (gates && !need_netlist(e, err))
        return false;
    f = open_memstream(&e->dot[gates], &e->dot_len[gates]);
    if (!f)
        return stream_failed(err);
    err->kind = 0;
    ok = gates ? tc_netlist_dot(f, e->netlist, c->name, err)
               : tc_family_dot(f, c->family, &c->count);
    if (fclose(f) || (!ok && !err->kind))
        return stream_failed(err);
    return ok;
}

/* one of the formats of other tools, with the names of the family's outputs */
static bool emit_exchange(struct emission *e, enum tc_kind kind, struct tc_sink *sink,
                          struct tc_error *err)
{
    static tc_netlist_writer *const writer[] = {
        [TC_EMIT_TH] = tc_write_th,     [TC_EMIT_OPB] = tc_write_opb,
        [TC_EMIT_BLIF] = tc_write_blif, [TC_EMIT_AIGER] = tc_write_aiger,
        [TC_EMIT_AAG] = tc_write_aag,   [TC_EMIT_VERILOG] = tc_write_verilog,
        [TC_EMIT_CNF] = tc_write_cnf,   [TC_EMIT_GRAPHML] = tc_write_graphml,
    };
    const struct tc_family *f = e->compiled->family;
    struct tc_export x = {.name = e->compiled->name, .noutput = f ? f->noutput : 0};
    struct tc_place *output = tc_alloc(e->arena, x.noutput + (size_t)1, sizeof *output);
    uint64_t at = 0, points;

    if (!need_netlist(e, err))
        return false;
    for (unsigned k = 0; k < x.noutput; k++, at += points) {
        output[k] = (struct tc_place){.name = f->output[k].name, .first = (uint32_t)at};
        if (!tc_numbering_points(f->output[k].plane, &points, err))
            return false;
    }
    x.output = output;
    err->kind = 0;
    return writer[kind](sink->file, e->netlist, &x, err) ||
           (!err->kind && tc_sink_failed(sink, err));
}

/* for plots: what takes several compilations is done for a page alone */
static const struct tc_lengths *need_lengths(struct emission *e)
{
    if (!e->args->emit[TC_EMIT_HTML] || !e->compiled->family || !e->compiled->spec)
        return NULL;
    if (!e->lengths) {
        e->lengths = tc_alloc(e->arena, 1, sizeof *e->lengths);
        if (!tc_lengths_of(e->args, e->arena, e->compiled, e->lengths))
            e->lengths->n = 0;
    }
    return e->lengths->n ? e->lengths : NULL;
}

static bool emit_report(struct emission *e, FILE *out, struct tc_error *err)
{
    const struct tc_compiled *c = e->compiled;
    struct tc_report report = {c->name,        c->spec,    &e->args->options,  c->family,
                               &c->count,      &c->passes, !e->args->no_times, c->caption,
                               need_lengths(e)};

    /* it tells of passes of netlists, too */
    if (c->family && tc_passes_named(&e->args->options.pass, TC_PASS_NETLIST) &&
        !need_netlist(e, err))
        return false;
    return tc_report_write(out, &report);
}

/* the drawing as text; what is too large to be drawn has none */
static bool draw_page(struct emission *e, char **svg, size_t *len, struct tc_error *undrawn)
{
    bool gates = !e->compiled->family, ok;
    FILE *f;

    if (!need_dot(e, gates, undrawn))
        return false;
    f = open_memstream(svg, len);
    if (!f)
        return stream_failed(undrawn);
    ok = tc_dot_svg(e->dot[gates], e->dot_len[gates], f, undrawn);
    if (fclose(f) && ok)
        ok = stream_failed(undrawn);
    return ok;
}

static bool emit_html(struct emission *e, FILE *out, struct tc_error *err)
{
    struct tc_error undrawn = {0};
    char *report = NULL, *svg = NULL;
    struct tc_page page = {.undrawn = ""};
    FILE *f = open_memstream(&report, &page.report_len);
    bool ok;

    if (!f)
        return stream_failed(err);
    ok = emit_report(e, f, err);
    if (fclose(f) && ok)
        ok = stream_failed(err);
    if (ok && !draw_page(e, &svg, &page.svg_len, &undrawn)) {
        page.undrawn = undrawn.msg;
        ok = undrawn.kind == TC_ELIMIT;
        if (!ok)
            *err = undrawn;
    }
    page.report = report;
    page.svg = *page.undrawn ? NULL : svg;
    ok = ok && tc_html_write(out, &page, err);
    free(report);
    free(svg);
    return ok;
}

static bool emit_kind(struct emission *e, enum tc_kind kind, struct tc_sink *sink,
                      struct tc_error *err)
{
    const struct tc_compiled *c = e->compiled;
    /* a circuit from a file has no other picture */
    bool gates = kind == TC_EMIT_GATES_DOT || kind == TC_EMIT_GATES_SVG || !c->family;

    errno = 0; /* a writer that gives false tells the reason in it */
    switch (kind) {
    case TC_EMIT_REPORT:
        err->kind = 0;
        return emit_report(e, sink->file, err) || (!err->kind && tc_sink_failed(sink, err));
    case TC_EMIT_HTML:
        err->kind = 0;
        return emit_html(e, sink->file, err) || (!err->kind && tc_sink_failed(sink, err));
    case TC_EMIT_FAMILY:
        return tc_family_write(sink->file, c->family) || tc_sink_failed(sink, err);
    case TC_EMIT_FAMILY_XML:
        err->kind = 0;
        return tc_family_write_xml(sink->file, c->family, err) ||
               (!err->kind && tc_sink_failed(sink, err));
    case TC_EMIT_NETLIST:
        return need_netlist(e, err) &&
               (tc_netlist_write(sink->file, e->netlist) || tc_sink_failed(sink, err));
    case TC_EMIT_DOT:
    case TC_EMIT_GATES_DOT:
        return need_dot(e, gates, err) &&
               (fwrite(e->dot[gates], 1, e->dot_len[gates], sink->file) == e->dot_len[gates] ||
                tc_sink_failed(sink, err));
    default:
        if (kind > TC_EMIT_GATES_SVG)
            return emit_exchange(e, kind, sink, err);
        if (!need_dot(e, gates, err))
            return false;
        if (tc_dot_svg(e->dot[gates], e->dot_len[gates], sink->file, err))
            return true;
        if (!err->loc.file)
            err->loc.file = sink->path ? sink->path : "standard output";
        return false;
    }
}

static bool make_folder(const char *path, bool *made, struct tc_error *err)
{
    struct stat st;

    *made = !mkdir(path, 0777);
    if (*made || (errno == EEXIST && !stat(path, &st) && S_ISDIR(st.st_mode)))
        return true;
    return tc_fail(err, TC_EIO, (struct tc_loc){.file = path},
                   "several kinds of output go to a folder, and this cannot be made one: %s",
                   strerror(errno));
}

/* All kinds are written before the first takes its name. */
static bool emit_all(struct emission *e, struct tc_error *err)
{
    const struct tc_args *args = e->args;
    bool folder = args->nemit > 1, made = false, ok = true;
    struct tc_sink sink[TC_NEMIT];
    char *path[TC_NEMIT];
    unsigned n = 0, done = 0;

    if (folder && !make_folder(args->output, &made, err))
        return false;
    for (unsigned k = 0; ok && k < TC_NEMIT; k++) {
        if (!args->emit[k])
            continue;
        path[n] =
            folder ? tc_sprintf(args->arena, "%s/%s", args->output, tc_kind_file((enum tc_kind)k))
                   : NULL;
        ok = tc_sink_open(&sink[n], folder ? path[n] : args->output, err);
        n += ok;
        ok = ok && emit_kind(e, (enum tc_kind)k, &sink[n - 1], err) &&
             tc_sink_finish(&sink[n - 1], err);
    }
    while (ok && done < n)
        ok = tc_sink_commit(&sink[done++], err);
    while (done < n)
        tc_sink_abandon(&sink[done++]);
    if (!ok && made)
        rmdir(args->output);
    return ok;
}

static void emission_free(struct emission *e)
{
    if (e->compiled->family)
        tc_netlist_free(e->netlist);
    free(e->dot[0]);
    free(e->dot[1]);
    tc_arena_free(e->arena);
}

bool tc_emit(const struct tc_args *args, struct tc_compiled *c, struct tc_error *err)
{
    struct emission e = {
        .args = args, .compiled = c, .arena = tc_arena_new(), .netlist = c->netlist};
    bool ok = emit_all(&e, err);

    emission_free(&e);
    return ok;
}
