/* signals.c -- named signals to gates
 *
 * A cover is a sum of products: a cube is one gate, its literals counted 1 and -1;
 * cubes are joined by another.  One cube alone, or cubes of one literal each, need
 * no second gate, and a single literal that is not complemented none at all. */
#include "signals.h"

#include <stdlib.h>
#include <string.h>

#define UNMADE  UINT32_MAX       /* wire of a signal */
#define ON_PATH (UINT32_MAX - 1) /* there are fewer wires, see make_all */

void tc_signals_open(struct tc_signals *s, struct tc_source *in)
{
    *s = (struct tc_signals){.in = in, .arena = tc_arena_new(), .constant = {UNMADE, UNMADE}};
    tc_build_start(&s->build, 0);
}

void tc_signals_close(struct tc_signals *s)
{
    tc_netlist_free(s->build.nl);
    tc_names_free(&s->names);
    tc_arena_free(s->arena);
    free(s->name);
    free(s->def);
    free(s->fan);
    free(s->cube);
    free(s->weight);
    free(s->input);
    free(s->output);
    free(s->by);
    free(s->wire);
}

uint32_t tc_signal(struct tc_signals *s, const char *name)
{
    uint32_t k = tc_names_find(&s->names, name);

    if (k != UINT32_MAX)
        return k;
    TC_SIGNALS_ROOM(s->name, s->n, s->room, 1);
    s->name[s->n] = tc_strdup(s->arena, name);
    tc_names_add(&s->names, s->name[s->n], s->n);
    return s->n++;
}

/* ------------------------------------------------------------------- covers */

/* literals of a cube as edges, each `sign` times; how many are complemented */
static int64_t literals(struct tc_signals *s, const struct tc_definition *d, const char *cube,
                        int sign, int64_t *count)
{
    int64_t complemented = 0;

    for (uint32_t i = 0; i < d->nfan; i++) {
        if (cube[i] == '-')
            continue;
        complemented += cube[i] == '0';
        ++*count;
        tc_build_edge(&s->build, s->wire[s->fan[d->fan + i]], cube[i] == '0' ? -sign : sign);
    }
    return complemented;
}

/* A product of literals, or its complement: with m literals, c of them complemented,
 * x - y >= m - c, or y - x >= 1 - m + c. */
static tc_wire product(struct tc_signals *s, const struct tc_definition *d, const char *cube,
                       bool off)
{
    int64_t m = 0, c = literals(s, d, cube, off ? -1 : 1, &m);

    return tc_build_gate(&s->build, off ? 1 - m + c : m - c);
}

/* how many literals it has, 2 for more than one; the place of the last */
static unsigned few(const struct tc_definition *d, const char *cube, uint32_t *at)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < d->nfan && n < 2; i++)
        if (cube[i] != '-') {
            *at = i;
            n++;
        }
    return n;
}

/* Literals and products, joined: x - y >= 1 - c, or y - x >= c. */
static tc_wire join(struct tc_signals *s, const struct tc_definition *d)
{
    tc_wire *term = tc_xcalloc(d->ncube, sizeof *term), gate;
    bool *inverted = tc_xcalloc(d->ncube, sizeof *inverted);
    int64_t c = 0;

    for (uint32_t k = 0; k < d->ncube; k++) {
        const char *cube = s->cube + d->body + (uint64_t)k * d->nfan;
        uint32_t at;

        if (few(d, cube, &at) == 1) {
            term[k] = s->wire[s->fan[d->fan + at]];
            inverted[k] = cube[at] == '0';
        } else {
            term[k] = product(s, d, cube, false);
        }
        c += inverted[k];
    }
    for (uint32_t k = 0; k < d->ncube; k++)
        tc_build_edge(&s->build, term[k], inverted[k] != d->off ? -1 : 1);
    gate = tc_build_gate(&s->build, d->off ? c : 1 - c);
    free(term);
    free(inverted);
    return gate;
}

static tc_wire constant(struct tc_signals *s, bool one)
{
    if (s->constant[one] == UNMADE)
        s->constant[one] = tc_build_gate(&s->build, !one);
    return s->constant[one];
}

static tc_wire cover(struct tc_signals *s, const struct tc_definition *d)
{
    const char *cube = s->cube + d->body;
    uint32_t at;

    if (d->ncube == 0 || d->nfan == 0) /* the same everywhere */
        return constant(s, d->ncube && !d->off);
    if (d->ncube > 1)
        return join(s, d);
    if (few(d, cube, &at) == 1 && (cube[at] == '0') == d->off)
        return s->wire[s->fan[d->fan + at]];
    return product(s, d, cube, d->off);
}

/* -------------------------------------------------------------------- gates */

/* A buffer in front of an output is no gate. */
static tc_wire weighted(struct tc_signals *s, const struct tc_definition *d)
{
    const tc_weight *w = s->weight + d->body;

    if (d->port && d->nfan == 1 && w[0] == 1 && w[1] == 1)
        return s->wire[s->fan[d->fan]];
    for (uint32_t i = 0; i < d->nfan; i++)
        if (w[i])
            tc_build_edge(&s->build, s->wire[s->fan[d->fan + i]], w[i]);
    return tc_build_gate(&s->build, w[d->nfan]);
}

static bool fault(struct tc_signals *s, const struct tc_definition *d, uint32_t signal,
                  const char *what)
{
    return tc_fail(s->in->err, TC_EFORMAT, (struct tc_loc){s->in->file, d->line, 1},
                   "'%.200s' is %s", s->name[signal], what);
}

struct frame {
    uint32_t def;
    uint32_t next; /* fan-in to look at */
};

/* The definition on top of the stack: its gates if all it reads is there, else what
 * is not goes on top. */
static bool step(struct tc_signals *s, struct frame *stack, size_t *depth)
{
    struct frame *top = &stack[*depth - 1];
    const struct tc_definition *d = &s->def[top->def];

    s->wire[d->signal] = ON_PATH;
    for (; top->next < d->nfan; top->next++) {
        uint32_t signal = s->fan[d->fan + top->next];

        if (s->wire[signal] < ON_PATH)
            continue;
        if (!s->by[signal])
            return fault(s, d, signal, "read and never defined");
        if (s->wire[signal] == ON_PATH)
            return fault(s, d, signal, "read by what it is defined by");
        stack[(*depth)++] = (struct frame){s->by[signal] - 1, 0};
        return true;
    }
    s->wire[d->signal] = d->weighted ? weighted(s, d) : cover(s, d);
    --*depth;
    return true;
}

/* in the order of the file as far as that is topological */
static bool make_all(struct tc_signals *s)
{
    struct frame *stack = tc_xcalloc((size_t)s->ndef + 1, sizeof *stack);
    bool ok = true;

    tc_progress_start("making gates", s->ndef);
    for (uint32_t k = 0; ok && k < s->ndef; k++) {
        size_t depth = 1;

        if (s->wire[s->def[k].signal] < ON_PATH)
            continue;
        stack[0] = (struct frame){k, 0};
        while (ok && depth > 0)
            ok = step(s, stack, &depth);
        tc_progress_tick(k);
    }
    tc_progress_end();
    free(stack);
    return ok;
}

static void port(struct tc_signals *s, enum tc_port_kind kind, uint32_t at, uint32_t signal)
{
    const char *name = s->name[signal];
    size_t n = strlen(name);

    if (tc_port_name_ok(name, n))
        tc_port_add(s->build.nl, kind, at, name, n);
}

static bool number_all(struct tc_signals *s)
{
    struct tc_loc whole = {.file = s->in->file};
    uint64_t most = (uint64_t)s->ninput + 1;

    for (uint32_t k = 0; k < s->ndef; k++)
        most += (uint64_t)s->def[k].ncube + 1;
    if (most >= ON_PATH)
        return tc_fail(s->in->err, TC_ELIMIT, whole, "more than 2^32 - 2 wires");
    s->by = tc_xcalloc((size_t)s->n + 1, sizeof *s->by);
    s->wire = tc_xcalloc((size_t)s->n + 1, sizeof *s->wire);
    memset(s->wire, 0xff, s->n * sizeof *s->wire);
    for (uint32_t k = 0; k < s->ninput; k++) {
        if (s->wire[s->input[k]] != UNMADE)
            return tc_fail(s->in->err, TC_EFORMAT, whole, "input '%.200s' is there twice",
                           s->name[s->input[k]]);
        s->wire[s->input[k]] = k;
    }
    for (uint32_t k = 0; k < s->ndef; k++) {
        struct tc_definition *d = &s->def[k];

        if (s->wire[d->signal] != UNMADE)
            return fault(s, d, d->signal, "an input and defined here");
        if (s->by[d->signal])
            return fault(s, d, d->signal, "defined twice");
        s->by[d->signal] = k + 1;
    }
    for (uint32_t k = 0; k < s->noutput; k++)
        if (s->by[s->output[k]])
            s->def[s->by[s->output[k]] - 1].port = true;
    return true;
}

struct tc_netlist *tc_signals_netlist(struct tc_signals *s)
{
    struct tc_netlist *nl = s->build.nl;
    bool ok = number_all(s);

    nl->ninputs = s->ninput;
    ok = ok && make_all(s);
    for (uint32_t k = 0; ok && k < s->noutput; k++) {
        if (s->wire[s->output[k]] == UNMADE)
            ok = tc_fail(s->in->err, TC_EFORMAT, (struct tc_loc){.file = s->in->file},
                         "output '%.200s' is never defined", s->name[s->output[k]]);
        else
            tc_build_output(&s->build, s->wire[s->output[k]]);
    }
    if (!ok)
        return NULL;
    for (uint32_t k = 0; k < s->ninput; k++)
        port(s, TC_PORT_INPUT, k, s->input[k]);
    for (uint32_t k = 0; k < s->noutput; k++)
        port(s, TC_PORT_OUTPUT, k, s->output[k]);
    tc_build_end(&s->build);
    s->build.nl = NULL;
    return nl;
}
