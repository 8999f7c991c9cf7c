/* main.c -- the program: commands, messages, exit statuses
 *
 * Nothing else prints words or ends the program, but for memory that runs out
 * and for defects. */
#include "explain.h"
#include "prim.h"

#include <errno.h>
#include <graphviz/graphviz_version.h>
#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/xmlschemastypes.h>
#include <libxslt/xsltconfig.h>
#include <mpfr.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum status { DONE = 0, FAILED = 1, WRONG_USAGE = 2, BAD_INPUT = 3, LIMIT = 4 };

/* ---------------------------------------------------------------- commands */

/* in words: buf of 100 bytes or more */
static void describe_format(const struct tc_format *f, char *buf, size_t size)
{
    char name[64];

    tc_format_name(f, name, sizeof name);
    if (f->kind == TC_FLOAT)
        snprintf(buf, size, "%s of %u bits", name, tc_format_width(f));
    else
        snprintf(buf, size, "fixed %u bits (%u of fraction)", f->bits, f->fraction);
}

static bool do_check(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct tc_spec *spec = tc_spec_read(args->spec, args->set, args->nset, true, err);
    char format[100];

    if (!spec)
        return false;
    describe_format(&spec->format, format, sizeof format);
    fprintf(out, "%s: %u block%s, %lld positions of ", spec->name, spec->nblock,
            spec->nblock == 1 ? "" : "s", (long long)spec->length.value);
    if (spec->vocabulary.value)
        fprintf(out, "%lld tokens", (long long)spec->vocabulary.value);
    else
        fprintf(out, "width %lld", (long long)spec->width.value);
    fprintf(out, ", %s, rounding %s, %llu input bits\n", format, tc_rounding_name[spec->rounding],
            (unsigned long long)tc_spec_bits(spec, TC_ROLE_INPUT));
    tc_spec_free(spec);
    return true;
}

static bool do_inputs(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    static const char *const role[] = {"input", "constant", "result"};
    struct tc_spec *spec = tc_spec_read(args->spec, args->set, args->nset, false, err);

    if (!spec)
        return false;
    for (unsigned t = 0; t < spec->ntensor; t++) {
        const struct tc_tensor *x = &spec->tensor[t];

        fprintf(out, "%s ", x->name);
        for (unsigned d = 0; d < x->rank; d++)
            fprintf(out, "%s%lld", d ? "x" : "", (long long)x->size[d].value);
        fprintf(out, " %s\n", role[x->role]);
    }
    tc_spec_free(spec);
    return true;
}

/* what each pass that changed something did */
static void print_passes(const struct tc_pass_log *log, bool times)
{
    for (unsigned k = 0; k < log->n; k++) {
        const struct tc_pass_record *r = &log->record[k];

        if (!r->changed)
            continue;
        gmp_fprintf(stderr,
                    "%s: depth %u to %u, %Zd to %Zd gates, %Zd to %Zd wires, weights to %Zd, "
                    "fan-in to %Zd",
                    r->pass->name, r->depth[0], r->depth[1], r->gates[0], r->gates[1], r->wires[0],
                    r->wires[1], r->max_weight[1], r->max_fan_in[1]);
        if (times)
            fprintf(stderr, ", %.2f s", r->seconds);
        fputc('\n', stderr);
    }
}

/* Words about what was compiled; stderr, since results go to stdout. */
static void summary(const struct tc_args *args, const struct tc_compiled *c)
{
    if (args->quiet)
        return;
    print_passes(&c->passes, !args->no_times);
    gmp_fprintf(stderr, "%s: depth %u, %Zd gates, %Zd wires", c->name, c->count.depth,
                c->count.gates, c->count.wires);
    if (c->family)
        fprintf(stderr, ", %u banks", c->family->nbank);
    if (!args->no_times)
        fprintf(stderr, ", %.2f s", c->seconds);
    fputc('\n', stderr);
}

static bool do_compile(const struct tc_args *args, struct tc_compiled *c, struct tc_error *err)
{
    bool ok = c->netlist  ? tc_circuit_optimize(args, c, err)
              : c->family ? tc_optimize_family(args, c, true, err)
                          : tc_compile_lower(args, c, err);

    if (!ok || !tc_emit(args, c, err))
        return false;
    summary(args, c);
    return true;
}

/* one vector through the engine that was asked for */
static bool run_engine(const struct tc_args *args, struct tc_compiled *c, const uint64_t *in,
                       uint64_t *out, struct tc_error *err)
{
    struct tc_reference *reference = NULL;
    struct tc_netlist *netlist = NULL;
    struct tc_engine engine = {0};
    bool ok;

    if (args->engine == TC_ENGINE_REFERENCE) {
        reference = tc_reference_new(c->spec, args->options.regime, err);
        if (reference)
            engine = tc_engine_reference(c->arena, c->spec, reference);
    } else if (!tc_compile_lower(args, c, err)) {
        return false;
    } else if (args->engine == TC_ENGINE_NETLIST) {
        netlist = tc_compiled_final(args, c, err);
        if (netlist)
            engine = tc_engine_netlist(c->arena, c->spec, netlist);
    } else if (tc_compiled_runnable(c, err)) {
        engine = tc_engine_family(c->arena, c->spec, c->family);
    }
    ok = engine.run && engine.run(engine.state, in, out, 1, err);
    if (netlist)
        tc_netlist_free(netlist);
    if (reference)
        tc_reference_free(reference);
    if (ok && c->family)
        summary(args, c);
    return ok;
}

/* whether a block says something of the data that it is run on */
static bool has_notes(unsigned n, const struct tc_block *block)
{
    bool has = false;

    for (unsigned k = 0; k < n; k++)
        has = has ||
              (block[k].kind == TC_ATTENTION && block[k].attention.kind == TC_CME &&
               block[k].attention.cme.terms) ||
              has_notes(block[k].nchild, block[k].child);
    return has;
}

static bool print_notes(const struct tc_args *args, const struct tc_compiled *c, const uint64_t *in,
                        uint64_t *result, struct tc_error *err)
{
    struct tc_reference *reference = tc_reference_new(c->spec, args->options.regime, err);
    struct tc_engine engine;
    bool ok;

    if (!reference)
        return false;
    engine = tc_engine_reference(c->arena, c->spec, reference);
    tc_reference_notes(reference, stderr);
    ok = engine.run(engine.state, in, result, 1, err);
    tc_reference_free(reference);
    return ok;
}

static bool do_run(FILE *out, const struct tc_args *args, struct tc_compiled *c,
                   struct tc_error *err)
{
    struct tc_spec *spec = c->spec;
    uint64_t *in = tc_alloc(c->arena, tc_spec_words(spec, TC_ROLE_INPUT), sizeof *in);
    uint64_t *result = tc_alloc(c->arena, tc_spec_words(spec, TC_ROLE_RESULT), sizeof *result);
    struct tc_tensor *view;
    unsigned n;

    if (!tc_values_read(c->arena, args->values, spec, TC_ROLE_INPUT, args->exact, spec->tensor,
                        spec->ntensor, err))
        return false;
    view = tc_spec_view(c->arena, spec, TC_ROLE_INPUT, in, &n);
    for (unsigned t = 0; t < n; t++)
        memcpy(view[t].word, tc_spec_tensor(spec, view[t].name)->word,
               tc_tensor_count(&view[t]) * sizeof *in);
    if (!args->quiet && has_notes(spec->nblock, spec->block) &&
        !print_notes(args, c, in, result, err))
        return false;
    if (!run_engine(args, c, in, result, err))
        return false;
    view = tc_spec_view(c->arena, spec, TC_ROLE_RESULT, result, &n);
    /* a stream that failed says so when it is finished */
    (void)tc_values_write(out, spec, view, n, args->decimal);
    return true;
}

static bool do_verify(FILE *out, const struct tc_args *args, struct tc_compiled *c, bool *same,
                      struct tc_error *err)
{
    if (c->netlist) {
        if (!tc_circuit_verify(out, args, c, same, err))
            return false;
        summary(args, c);
        return true;
    }
    if (!tc_compile_lower(args, c, err))
        return false;
    summary(args, c);
    return tc_verify(out, args, c, same, err);
}

static void print_pass(FILE *out, const struct tc_pass *p, bool contract)
{
    fprintf(out, "%-14s %-8s %s\n", p->name, p->level == TC_PASS_FAMILY ? "family" : "netlist",
            p->help);
    if (!contract)
        return;
    fprintf(out, "    requires  %s\n    keeps     %s\n    may grow  %s\n    run by   ", p->requires,
            p->keeps, p->grows);
    for (int k = TC_LEVEL_0; k <= TC_LEVEL_SIZE; k++)
        if (tc_pipeline_has((enum tc_level)k, p))
            fprintf(out, " -O%s", tc_level_name[k]);
    fputc('\n', out);
}

static void do_passes(FILE *out, const struct tc_args *args)
{
    for (unsigned k = 0; k < tc_npasses; k++)
        if (!args->spec || !strcmp(args->spec, tc_passes[k].name))
            print_pass(out, &tc_passes[k], args->spec || args->verbose);
    if (args->spec || !args->verbose)
        return;
    for (int k = TC_LEVEL_0; k <= TC_LEVEL_SIZE; k++)
        fprintf(out, "-O%s of families: %s; of netlists: %s\n", tc_level_name[k],
                tc_pipeline((enum tc_level)k, TC_PASS_FAMILY),
                tc_pipeline((enum tc_level)k, TC_PASS_NETLIST));
}

/* whether the file is a family's: its text, or its XML; standard input is never taken for one */
static bool is_family(const char *path, bool *xml)
{
    char head[4096];
    FILE *f = strcmp(path, "-") ? fopen(path, "rbe") : NULL;
    size_t n = f ? fread(head, 1, sizeof head - 1, f) : 0;

    if (f)
        fclose(f);
    head[n] = '\0';
    *xml = strstr(head, "<family") && strstr(head, "\"" TC_FAMILY_NAMESPACE "\"");
    return *xml || !strncmp(head, "tcf ", 4);
}

static bool read_family(const struct tc_args *args, bool xml, struct tc_compiled *c,
                        struct tc_error *err)
{
    bool majority =
        args->options.pass.majority && tc_passes_named(&args->options.pass, TC_PASS_NETLIST);
    FILE *f;

    memset(c, 0, sizeof *c);
    c->arena = tc_arena_new();
    if (args->nset || args->options.regime != TC_REGIME_AUTO || majority)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){.file = args->spec}, "a family has no %s",
                       args->nset ? "parameters to set"
                       : majority ? "majorities behind passes of netlists"
                                  : "regime: its gates are there already");
    tc_rope_register();
    tc_bias_register();
    f = fopen(args->spec, "rbe");
    if (!f)
        return tc_fail(err, TC_EIO, (struct tc_loc){.file = args->spec}, "cannot open it: %s",
                       strerror(errno));
    c->family = xml ? tc_family_read_xml(f, args->spec, err) : tc_family_read(f, args->spec, err);
    fclose(f);
    if (!c->family || !tc_family_check(c->family, err))
        return false;
    c->name = tc_strdup(c->arena, c->family->name); /* passes make families anew */
    return true;
}

/* the specification, or the circuit in its place */
static bool read_operand(const struct tc_args *args, struct tc_compiled *c, struct tc_error *err)
{
    bool xml;

    if (args->command == TC_COMPILE && is_family(args->spec, &xml))
        return read_family(args, xml, c, err);
    if (tc_is_netlist(args))
        return tc_circuit_read(args, c, err);
    return tc_compile_read(args, args->set, args->nset, c, err);
}

/* commands whose one result goes to a stream; the others see to their files */
static bool to_stream(FILE *out, const struct tc_args *args, bool *same, struct tc_error *err)
{
    struct tc_compiled c;
    bool ok;

    switch (args->command) {
    case TC_CHECK:
        return do_check(out, args, err);
    case TC_INPUTS:
        return do_inputs(out, args, err);
    case TC_SWEEP:
        return tc_sweep(out, args, err);
    case TC_PRIM:
        return tc_prim_command(out, args, err);
    case TC_BOUNDS:
        return tc_bounds_command(out, args, err);
    case TC_EXPLAIN:
        return tc_explain_command(out, args, err);
    case TC_IMPORT:
        return tc_import(out, args, err);
    case TC_PASSES:
        do_passes(out, args);
        return true;
    case TC_GATE:
        ok = tc_compile_read(args, args->set, args->nset, &c, err) &&
             tc_compile_lower(args, &c, err) && tc_gate_command(out, args, &c, same, err);
        tc_compiled_free(&c);
        return ok;
    default:
        ok = read_operand(args, &c, err) &&
             (c.netlist ? tc_circuit_run(out, args, &c, err) : do_run(out, args, &c, err));
        if (ok && c.netlist)
            summary(args, &c);
        tc_compiled_free(&c);
        return ok;
    }
}

static bool execute(const struct tc_args *args, bool *same, struct tc_error *err)
{
    struct tc_compiled c;
    struct tc_sink sink;
    bool ok;

    switch (args->command) {
    case TC_COMPILE:
        ok = read_operand(args, &c, err) && do_compile(args, &c, err);
        tc_compiled_free(&c);
        return ok;
    case TC_VERIFY:
        if (args->formal)
            return tc_formal(stdout, args, same, err);
        ok = read_operand(args, &c, err) && do_verify(stdout, args, &c, same, err);
        tc_compiled_free(&c);
        return ok;
    case TC_PROBLEM:
        return tc_problem_command(args, same, err);
    default:
        if (!tc_sink_open(&sink, args->output, err))
            return false;
        if (to_stream(sink.file, args, same, err))
            return tc_sink_commit(&sink, err);
        tc_sink_abandon(&sink);
        return false;
    }
}

/* --------------------------------------------------------------- the world */

/* FILE:LINE:COL: error: MESSAGE, as far as the place is known */
static void print_error(const struct tc_args *args, const struct tc_error *err)
{
    if (!err->loc.file)
        fprintf(stderr, "tc0c: error: %s\n", err->msg);
    else if (err->loc.line && err->loc.col)
        fprintf(stderr, "%s:%u:%u: error: %s\n", err->loc.file, err->loc.line, err->loc.col,
                err->msg);
    else if (err->loc.line)
        fprintf(stderr, "%s:%u: error: %s\n", err->loc.file, err->loc.line, err->msg);
    else
        fprintf(stderr, "%s: error: %s\n", err->loc.file, err->msg);
    if (err->kind == TC_EUSAGE)
        fprintf(stderr, "tc0c: try 'tc0c %s%s--help'\n",
                args->has_command ? tc_command_name(args->command) : "",
                args->has_command ? " " : "");
}

static enum status status_of(enum tc_errkind kind)
{
    return kind == TC_EUSAGE   ? WRONG_USAGE
           : kind == TC_ELIMIT ? LIMIT
           : kind == TC_ECHECK ? FAILED
                               : BAD_INPUT;
}

static volatile pid_t program; /* a signal handler cannot be told in another way */

static void on_signal(int sig)
{
    static const char words[] = "tc0c: error: the time limit of this process was reached\n";
    ssize_t ignored;

    tc_sink_cleanup();
    if (sig == SIGXCPU && getpid() == program) { /* a child that draws just ends */
        ignored = write(STDERR_FILENO, words, sizeof words - 1);
        (void)ignored;
        _exit(LIMIT);
    }
    /* the handler was installed for one time only: now the signal does its work */
    raise(sig);
}

static void *plain_calloc(size_t size)
{
    return tc_xcalloc(1, size);
}

static void *plain_realloc(void *p, size_t size)
{
    return tc_xrealloc(p, 1, size);
}

static char *plain_strdup(const char *s)
{
    return strcpy(tc_xcalloc(strlen(s) + 1, 1), s);
}

static void on_exit_early(void)
{
    tc_progress_enable(false);
    tc_sink_cleanup();
}

/* Memory that runs out inside a library is a limit too, never a crash; and no
 * way out but SIGKILL leaves a partial file. */
static void set_up(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU};
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_NODEFER};
    struct sigaction before;

    tc_on_exit = on_exit_early;
    xmlMemSetup(free, plain_calloc, plain_realloc, plain_strdup);
    json_set_alloc_funcs(plain_calloc, free);
    program = getpid();
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (!sigaction(ends[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(ends[i], &act, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file too large is then an error of write() */
}

static void tear_down(struct tc_arena *arena)
{
    tc_arena_free(arena);
    xmlSchemaCleanupTypes();
    xmlCleanupParser();
    mpfr_free_cache();
}

static void print_version(void)
{
    printf("tc0c %s\nlibxml2 %s, libxslt %s, Graphviz %s, GMP %s, MPFR %s, jansson %s\n",
           TC_VERSION, LIBXML_DOTTED_VERSION, LIBXSLT_DOTTED_VERSION, PACKAGE_VERSION, gmp_version,
           mpfr_get_version(), JANSSON_VERSION);
}

static bool wants_progress(const struct tc_args *args)
{
    if (args->progress == TC_AUTO)
        return !args->quiet && isatty(STDERR_FILENO);
    return args->progress == TC_ALWAYS;
}

int main(int argc, char **argv)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_error err = {0};
    struct tc_sink words = {.file = stdout};
    struct tc_args args;
    bool ok, same = true;
    int status;

    set_up();
    ok = tc_args_parse(arena, argc, argv, &args, &err);
    if (ok && args.help) {
        tc_help_write(stdout, &args);
    } else if (ok && args.version) {
        print_version();
    } else if (ok) {
        tc_progress_enable(wants_progress(&args));
        ok = execute(&args, &same, &err);
        tc_progress_enable(false);
    }
    ok = ok && tc_sink_finish(&words, &err);
    if (!ok)
        print_error(&args, &err);
    status = !ok ? (int)status_of(err.kind) : same ? DONE : FAILED;
    tear_down(arena);
    return status;
}
