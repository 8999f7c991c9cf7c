/* sweep_over.c -- gates against depth: what one specification's circuits trade
 *
 * A point is what a level of -O lowers, with no pass or after the first so many of a list: the
 * lists of --passes O1 and O2, or the one that was given.  A point is on the front if none has
 * no more depth and no more gates, and less of one; of equal ones the first is.  So the front
 * says for each bound on depth the fewest gates that were found under it. */
#include "plot.h"

#include <stdlib.h>
#include <string.h>

struct point {
    const char *how; /* options */
    unsigned depth;
    mpz_ptr gates, wires, max_fan_in, max_weight;
    bool front;
};

struct over {
    struct tc_arena *arena;
    const struct tc_args *args;
    unsigned n, room;
    struct point *point;
    const char *name, *note;
};

static void add(struct over *o, struct point p)
{
    for (unsigned k = 0; k < o->n; k++)
        if (o->point[k].depth == p.depth && !mpz_cmp(o->point[k].gates, p.gates) &&
            !mpz_cmp(o->point[k].wires, p.wires))
            return; /* the same circuit, or as good as that */
    if (o->n == o->room) {
        struct point *more = tc_alloc(o->arena, 2 * o->room + 16, sizeof *more);

        if (o->n)
            memcpy(more, o->point, o->n * sizeof *more);
        o->point = more;
        o->room = 2 * o->room + 16;
    }
    p.gates = tc_mpz_copy(o->arena, p.gates);
    p.wires = tc_mpz_copy(o->arena, p.wires);
    p.max_fan_in = tc_mpz_copy(o->arena, p.max_fan_in);
    p.max_weight = tc_mpz_copy(o->arena, p.max_weight);
    o->point[o->n++] = p;
}

/* after each pass; where weights or gates are asked for, after all */
static void add_passes(struct over *o, const char *level, const struct tc_compiled *c)
{
    const struct tc_pass_options *asked = &o->args->options.pass;
    bool whole = asked->max_weight || asked->poly || asked->majority;
    const char *names = "";

    for (unsigned k = 0; k < c->passes.n; k++) {
        const struct tc_pass_record *r = &c->passes.record[k];

        names = tc_sprintf(o->arena, "%s%s%s", names, k ? "," : "", r->pass->name);
        if (!whole || k + 1 == c->passes.n)
            add(o, (struct point){tc_sprintf(o->arena, "-O%s --passes %s", level, names),
                                  r->depth[1], r->gates[1], r->wires[1], r->max_fan_in[1],
                                  r->max_weight[1], false});
    }
}

static void describe(struct over *o, const struct tc_spec *spec)
{
    char format[64];

    if (o->name)
        return;
    tc_format_name(&spec->format, format, sizeof format);
    o->name = tc_strdup(o->arena, spec->name);
    o->note = tc_sprintf(o->arena, "%s, rounding %s", format, tc_rounding_name[spec->rounding]);
    for (unsigned p = 0; p < spec->nparam; p++)
        o->note = tc_sprintf(o->arena, "%s, %s = %lld", o->note, spec->param[p].name,
                             (long long)spec->param[p].value);
}

/* the circuits of a level; passes NULL: those of -O */
static bool compile(struct over *o, enum tc_level level, const char *passes, struct tc_error *err)
{
    struct tc_args args = *o->args;
    struct tc_compiled c;
    bool ok;

    args.options.level = args.options.pass.level = level;
    args.options.pass.named = passes;
    ok = tc_compile_read(&args, args.set, args.nset, &c, err) && tc_compile_lower(&args, &c, err);
    if (ok && passes)
        add_passes(o, tc_level_name[level], &c);
    else if (ok)
        add(o, (struct point){tc_sprintf(o->arena, "-O%s", tc_level_name[level]), c.count.depth,
                              c.count.gates, c.count.wires, c.count.max_fan_in, c.count.max_weight,
                              false});
    if (ok)
        describe(o, c.spec);
    tc_compiled_free(&c);
    return ok;
}

static int by_depth(const void *x, const void *y)
{
    const struct point *a = x, *b = y;
    int order = (a->depth > b->depth) - (a->depth < b->depth);

    if (!order)
        order = mpz_cmp(a->gates, b->gates);
    return order ? order : strcmp(a->how, b->how);
}

static bool gather(struct over *o, struct tc_error *err)
{
    const char *const list[] = {"O1", "O2"};
    bool ok = true;
    mpz_ptr least = NULL;

    for (int level = TC_LEVEL_0; ok && level <= TC_LEVEL_2; level++)
        ok = compile(o, (enum tc_level)level, NULL, err);
    for (int level = TC_LEVEL_0; ok && level <= TC_LEVEL_2; level++)
        for (unsigned k = 0; ok && k < (o->args->options.pass.named ? 1 : 2); k++)
            ok = compile(o, (enum tc_level)level,
                         o->args->options.pass.named ? o->args->options.pass.named : list[k], err);
    if (!ok)
        return false;
    qsort(o->point, o->n, sizeof *o->point, by_depth);
    for (unsigned k = 0; k < o->n; k++)
        if (!least || mpz_cmp(o->point[k].gates, least) < 0) {
            o->point[k].front = true;
            least = o->point[k].gates;
        }
    return true;
}

/* the options have commas: in quotes, as RFC 4180 has it */
static void write_csv(FILE *out, const struct over *o)
{
    fputs("options,depth,gates,wires,max-fan-in,max-weight,front\n", out);
    for (unsigned k = 0; k < o->n; k++) {
        const struct point *p = &o->point[k];

        gmp_fprintf(out, "\"%s\",%u,%Zd,%Zd,%Zd,%Zd,%d\n", p->how, p->depth, p->gates, p->wires,
                    p->max_fan_in, p->max_weight, p->front);
    }
}

static const char *text_of(struct tc_arena *a, mpz_srcptr n)
{
    char *text = tc_alloc(a, mpz_sizeinbase(n, 10) + 2, 1);

    return mpz_get_str(text, 10, n);
}

static struct tc_plot_point plotted(struct tc_arena *a, const struct point *p)
{
    struct tc_plot_point at = {.x = tc_sprintf(a, "%u", p->depth),
                               .y = tc_alloc(a, 2, sizeof *at.y)};

    at.y[0] = text_of(a, p->gates);
    at.y[1] = text_of(a, p->wires);
    return at;
}

/* the front is a line, every other point a series of its own, which the legend names */
static void write_svg(FILE *out, const struct over *o)
{
    static const char *const panel[] = {"gates", "wires"};
    struct tc_plot p = {
        .title = o->name, .note = o->note, .x = "depth", .panel = panel, .npanel = 2};
    struct tc_plot_series *front;

    p.series = tc_alloc(o->arena, o->n + (size_t)1, sizeof *p.series);
    front = &p.series[p.nseries++];
    *front = (struct tc_plot_series){"fewest gates", 0,
                                     tc_alloc(o->arena, o->n + (size_t)1, sizeof *front->point)};
    for (unsigned k = 0; k < o->n; k++) {
        struct tc_plot_series *s = &p.series[p.nseries];

        if (o->point[k].front)
            front->point[front->npoint++] = plotted(o->arena, &o->point[k]);
        s->name = o->point[k].how;
        s->npoint = 1;
        s->point = tc_alloc(o->arena, 1, sizeof *s->point);
        *s->point = plotted(o->arena, &o->point[k]);
        p.nseries++;
    }
    /* a stream that failed says so when it is finished */
    (void)tc_plot_write(out, &p);
}

bool tc_sweep_over(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct over o = {.arena = tc_arena_new(), .args = args};
    bool ok = gather(&o, err);

    if (ok && args->svg)
        write_svg(out, &o);
    else if (ok)
        write_csv(out, &o);
    tc_arena_free(o.arena);
    return ok;
}
