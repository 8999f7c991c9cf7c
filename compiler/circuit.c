/* circuit.c -- circuits from files in the place of specifications: optimised, written,
 * run, and compared with what they were */
#include "compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool tc_is_netlist(const struct tc_args *args)
{
    FILE *f = strcmp(args->spec, "-") ? fopen(args->spec, "rbe") : stdin;
    int c = f ? getc(f) : EOF;

    if (f == stdin && c != EOF)
        ungetc(c, f);
    else if (f && f != stdin)
        fclose(f);
    return c > ' ' && c < 127 && c != '<' && c != '{' && c != '[';
}

static bool refuse(struct tc_error *err, const char *file, const char *what)
{
    return tc_fail(err, TC_EUSAGE, (struct tc_loc){.file = file}, "a netlist has no %s", what);
}

static bool asks_too_much(const struct tc_args *args, const char *file, struct tc_error *err)
{
    if (args->emit[TC_EMIT_FAMILY] || args->emit[TC_EMIT_FAMILY_XML])
        return refuse(err, file, "family: that is made of a specification");
    if (args->nset)
        return refuse(err, file, "parameters to set");
    if (args->options.pass.poly || args->options.pass.max_weight)
        return refuse(err, file, "passes yet that bound its weights");
    if (args->options.pass.majority)
        return refuse(err, file, "passes yet that make it of majorities");
    if (args->options.regime != TC_REGIME_AUTO)
        return refuse(err, file, "regime: its gates are there already");
    if (tc_passes_named(&args->options.pass, TC_PASS_FAMILY))
        return refuse(err, file, "family, which some of the --passes are for");
    if (args->dump && args->dump->level == TC_PASS_FAMILY)
        return refuse(err, file, "family, which --dump-after names a pass of");
    return true;
}

/* the file's name without folders and what follows its last dot */
static const char *base_name(struct tc_arena *a, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    if (!strcmp(path, "-"))
        return "netlist";
    return tc_sprintf(a, "%.*s", (int)(dot && dot > name ? (size_t)(dot - name) : strlen(name)),
                      name);
}

struct tc_netlist *tc_netlist_open(const struct tc_args *args, struct tc_error *err)
{
    bool standard = !strcmp(args->spec, "-");
    struct tc_loc loc = {.file = standard ? "<stdin>" : args->spec};
    struct tc_netlist *nl;
    FILE *f;

    if (!asks_too_much(args, loc.file, err))
        return NULL;
    f = standard ? stdin : fopen(args->spec, "rbe");
    if (!f) {
        tc_fail(err, TC_EIO, loc, "cannot open it: %s", strerror(errno));
        return NULL;
    }
    nl = tc_read_circuit(f, loc.file, err);
    if (f != stdin)
        fclose(f);
    if (nl && args->max_gates != UINT64_MAX && nl->ngates > args->max_gates) {
        tc_fail(err, TC_ELIMIT, loc, "the netlist has %u gates, more than --max-gates %llu",
                nl->ngates, (unsigned long long)args->max_gates);
        tc_netlist_free(nl);
        return NULL;
    }
    return nl;
}

bool tc_circuit_read(const struct tc_args *args, struct tc_compiled *c, struct tc_error *err)
{
    memset(c, 0, sizeof *c);
    c->arena = tc_arena_new();
    c->netlist = tc_netlist_open(args, err);
    if (!c->netlist)
        return false;
    c->name = c->netlist->ports.model ? tc_strdup(c->arena, c->netlist->ports.model)
                                      : base_name(c->arena, args->spec);
    return true;
}

bool tc_circuit_optimize(const struct tc_args *args, struct tc_compiled *c, struct tc_error *err)
{
    double start = tc_now();
    bool ok = tc_optimize_netlist(args, c->arena, NULL, &c->netlist, &c->count, &c->passes, err);

    c->seconds = tc_now() - start;
    return ok;
}

/* --------------------------------------------------------------------- run */

/* The circuit's bits as a specification's tensors: x, its inputs, and y. */
static struct tc_spec *bits_spec(const struct tc_compiled *c, const char *file)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_spec *s = tc_alloc(a, 1, sizeof *s);
    const struct {
        const char *name;
        enum tc_role role;
        uint32_t size;
    } tensor[] = {{"x", TC_ROLE_INPUT, c->netlist->ninputs},
                  {"y", TC_ROLE_RESULT, c->netlist->noutputs}};

    s->arena = a;
    s->name = c->name;
    s->file = file;
    s->ids = (struct tc_format){.kind = TC_UNSIGNED, .bits = 1};
    s->format = s->ids;
    s->ntensor = 2;
    s->tensor = tc_alloc(a, s->ntensor, sizeof *s->tensor);
    for (unsigned t = 0; t < s->ntensor; t++) {
        struct tc_tensor *x = &s->tensor[t];

        x->name = tensor[t].name;
        x->role = tensor[t].role;
        x->ids = &s->ids;
        x->below = 2;
        x->rank = 1;
        x->size[0].value = tensor[t].size;
    }
    return s;
}

bool tc_circuit_run(FILE *out, const struct tc_args *args, struct tc_compiled *c,
                    struct tc_error *err)
{
    struct tc_spec *s;
    struct tc_engine engine;
    uint64_t *y;
    bool ok;

    if (args->engine == TC_ENGINE_REFERENCE)
        return refuse(err, args->spec, "reference: it is its own definition");
    if (!tc_circuit_optimize(args, c, err))
        return false;
    s = bits_spec(c, args->spec);
    y = tc_xcalloc((size_t)c->netlist->noutputs + 1, sizeof *y);
    engine = tc_engine_netlist(c->arena, s, c->netlist);
    ok = tc_values_read(s->arena, args->values, s, TC_ROLE_INPUT, true, s->tensor, s->ntensor,
                        err) &&
         engine.run(engine.state, s->tensor[0].word, y, 1, err);
    if (ok) {
        s->tensor[1].word = y;
        /* a stream that failed says so when it is finished */
        (void)tc_values_write(out, s, &s->tensor[1], 1, true);
    }
    free(y);
    tc_arena_free(s->arena);
    return ok;
}

/* ------------------------------------------------------------------ verify */

bool tc_circuit_verify(FILE *out, const struct tc_args *args, struct tc_compiled *c, bool *same,
                       struct tc_error *err)
{
    struct tc_pass_options o = {.seed = args->seed, .vectors = args->vectors};
    struct tc_netlist *before = tc_netlist_copy(c->netlist);
    struct tc_error why = {0};
    bool ok = tc_circuit_optimize(args, c, err);
    uint64_t tried;
    bool all;

    if (args->all_vectors && c->netlist->ninputs > TC_CHECK_BITS + 10)
        ok = tc_fail(err, TC_ELIMIT, (struct tc_loc){.file = args->spec},
                     "--vectors all: the circuit has %u inputs, too many to try all",
                     c->netlist->ninputs);
    if (args->all_vectors)
        o.vectors = UINT64_MAX;
    if (ok) {
        tried = tc_check_vectors(TC_PASS_NETLIST, c->netlist->ninputs, &o, &all);
        *same = tc_passes_same(TC_PASS_NETLIST, (union tc_circuit){.netlist = before},
                               (union tc_circuit){.netlist = c->netlist}, &o, &why);
        if (!*same && why.kind != TC_ECHECK) {
            *err = why;
            ok = false;
        } else if (!*same) {
            fprintf(out, "DIFFERENCE: %s\n", why.msg);
        } else if (!args->quiet) {
            fprintf(out, "the same outputs before and after passes on %s%llu%s inputs\n",
                    all ? "all " : "", (unsigned long long)tried, all ? "" : " weighted random");
        }
    }
    tc_netlist_free(before);
    return ok;
}
