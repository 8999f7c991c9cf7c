/* sweep.c -- counts over the values of one or two parameters, or encodings: CSV, pictures
 *
 * RFC 4180, but lines end in a newline alone, as text does here.  No field
 * needs quotes: names are XML names and the rest are numbers. */
#include "plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* a parameter's value; of what is none, position, the text */
static void write_value(FILE *out, const struct tc_spec *spec, const struct tc_setting *set)
{
    for (unsigned p = 0; p < spec->nparam; p++)
        if (!strcmp(spec->param[p].name, set->name)) {
            fprintf(out, "%lld,", (long long)spec->param[p].value);
            return;
        }
    fprintf(out, "%s,", set->value);
}

static void write_row(FILE *out, unsigned nvary, const struct tc_setting *set,
                      const struct tc_compiled *c)
{
    for (unsigned v = 0; v < nvary; v++)
        write_value(out, c->spec, &set[v]);
    gmp_fprintf(out, "%u,%Zd,%Zd,%Zd,%Zd,%u,%Zd\n", c->count.depth, c->count.gates, c->count.wires,
                c->count.max_fan_in, c->count.max_weight, c->family->nbank, c->count.inputs);
}

/* of a picture: what stays the same */
struct caption {
    struct tc_arena *arena;
    const char *name, *note; /* NULL: not yet known */
};

static bool is_varied(const struct tc_args *args, const char *name)
{
    return (args->nvary && !strcmp(args->vary[0].name, name)) ||
           (args->nvary > 1 && !strcmp(args->vary[1].name, name));
}

static void describe(struct caption *caption, const struct tc_args *args,
                     const struct tc_spec *spec)
{
    const char *note = "";
    char format[64];

    for (unsigned p = 0; p < spec->nparam; p++)
        if (!is_varied(args, spec->param[p].name))
            note = tc_sprintf(caption->arena, "%s%s = %lld, ", note, spec->param[p].name,
                              (long long)spec->param[p].value);
    tc_format_name(&spec->format, format, sizeof format);
    caption->name = tc_strdup(caption->arena, spec->name);
    caption->note =
        tc_sprintf(caption->arena, "%s%s, rounding %s, -O %s", note, format,
                   tc_rounding_name[spec->rounding], tc_level_name[args->options.level]);
}

static bool sweep_row(FILE *out, const struct tc_args *args, const struct tc_setting *set,
                      unsigned nset, struct caption *caption, struct tc_error *err)
{
    struct tc_compiled c;
    bool ok = tc_compile_read(args, set, nset, &c, err) && tc_compile_lower(args, &c, err);

    if (ok)
        write_row(out, args->nvary, set + nset - args->nvary, &c);
    if (ok && !caption->name)
        describe(caption, args, c.spec);
    tc_compiled_free(&c);
    return ok;
}

static bool sweep(FILE *out, const struct tc_args *args, struct caption *caption,
                  struct tc_error *err)
{
    const struct tc_vary none = {.nvalue = 1};
    const struct tc_vary *outer = &args->vary[0];
    const struct tc_vary *inner = args->nvary > 1 ? &args->vary[1] : &none;
    struct tc_setting *set = tc_alloc(caption->arena, args->nset + 2, sizeof *set);
    unsigned nset = args->nset + args->nvary;
    bool ok = true;

    if (args->nset)
        memcpy(set, args->set, args->nset * sizeof *set);
    for (unsigned v = 0; v < args->nvary; v++)
        fprintf(out, "%s,", args->vary[v].name);
    fputs("depth,gates,wires,max-fan-in,max-weight,banks,inputs\n", out);
    for (unsigned i = 0; ok && i < outer->nvalue; i++) {
        set[args->nset] = (struct tc_setting){outer->name, outer->value[i]};
        for (unsigned j = 0; ok && j < inner->nvalue; j++) {
            if (args->nvary > 1)
                set[args->nset + 1] = (struct tc_setting){inner->name, inner->value[j]};
            ok = sweep_row(out, args, set, nset, caption, err);
        }
    }
    return ok;
}

static bool sweep_svg(FILE *out, const struct tc_args *args, struct caption *caption,
                      struct tc_error *err)
{
    char *csv = NULL;
    size_t size;
    FILE *table = open_memstream(&csv, &size);
    bool ok;

    if (!table)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "no table: %s", strerror(errno));
    ok = sweep(table, args, caption, err);
    if (fclose(table))
        ok = ok && tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "no table: %s", strerror(errno));
    ok = ok && tc_sweep_plot(out, args, caption->name, caption->note, csv, err);
    free(csv);
    return ok;
}

bool tc_sweep(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct caption caption = {.arena = tc_arena_new()};
    bool ok = args->over  ? tc_sweep_over(out, args, err)
              : args->svg ? sweep_svg(out, args, &caption, err)
                          : sweep(out, args, &caption, err);

    tc_arena_free(caption.arena);
    return ok;
}
