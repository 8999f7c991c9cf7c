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
#define AHEAD   16               /* definitions whose wires are looked up meanwhile */
#define ZEROS   TC_SIGNALS_ZEROS

void tc_signals_open(struct tc_signals *s, struct tc_source *in)
{
    char one[16] = "CONST1";

    *s = (struct tc_signals){.in = in, .arena = tc_arena_new(), .constant = {UNMADE, UNMADE}};
    tc_build_start(&s->build, 0);
    s->one = tc_signal(s, one, strlen(one));
}

void tc_signals_close(struct tc_signals *s)
{
    tc_netlist_free(s->build.nl);
    tc_arena_free(s->arena);
    free(s->stem);
    free(s->slot);
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

/* -------------------------------------------------------------------- names */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* a name as its stem, and what has to be known to make it the name again */
static struct tc_signal_word stem_of(char *name, size_t length)
{
    struct tc_signal_word w = {.name = name, .length = length, .at = length, .digit = '0'};
    uint64_t h = length, x;

    while (w.at > 0 && !is_digit(name[w.at - 1]))
        w.at--;
    if (w.at > 0) {
        w.digit = name[w.at - 1];
        name[w.at - 1] = '0';
    }
    for (size_t k = 0; k < length; k += sizeof x) {
        memcpy(&x, name + k, sizeof x);
        h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    w.hash = (uint32_t)h;
    return w;
}

static void more_slots(struct tc_signals *s)
{
    size_t slots = s->slots ? 2 * s->slots : 64;
    struct tc_stem_slot *slot = tc_xcalloc(slots, sizeof *slot);

    for (size_t k = 0; k < s->slots; k++) {
        size_t i = s->slot[k].hash & (slots - 1);

        while (s->slot[k].stem && slot[i].stem)
            i = (i + 1) & (slots - 1);
        if (s->slot[k].stem)
            slot[i] = s->slot[k];
    }
    free(s->slot);
    s->slot = slot;
    s->slots = slots;
}

static bool is_stem(const struct tc_stem *stem, const struct tc_signal_word *w, uint64_t head)
{
    return stem->head == head && stem->length == w->length &&
           (w->length <= sizeof head ||
            !memcmp(stem->name + sizeof head, w->name + sizeof head, w->length - sizeof head));
}

/* the stem of a word, a new one where it is not known */
static struct tc_stem *find_stem(struct tc_signals *s, const struct tc_signal_word *w)
{
    uint64_t head;
    size_t i;

    memcpy(&head, w->name, sizeof head);
    if (2 * s->nstem >= s->slots)
        more_slots(s);
    for (i = w->hash & (s->slots - 1); s->slot[i].stem; i = (i + 1) & (s->slots - 1))
        if (s->slot[i].hash == w->hash && is_stem(&s->stem[s->slot[i].stem - 1], w, head))
            return &s->stem[s->slot[i].stem - 1];
    TC_SIGNALS_ROOM(s->stem, s->nstem, s->stem_room, 1);
    s->stem[s->nstem] =
        (struct tc_stem){.name = tc_strdup(s->arena, w->name), .length = w->length, .head = head};
    s->slot[i] = (struct tc_stem_slot){w->hash, (uint32_t)s->nstem + 1};
    return &s->stem[s->nstem++];
}

static uint32_t signal_of(struct tc_signals *s, const struct tc_signal_word *w)
{
    uint32_t *signal = &find_stem(s, w)->signal[w->digit - '0'];

    if (w->at > 0)
        w->name[w->at - 1] = w->digit;
    if (!*signal) {
        TC_SIGNALS_ROOM(s->name, s->n, s->room, 1);
        s->name[s->n] = tc_strdup(s->arena, w->name);
        *signal = ++s->n;
    }
    return *signal - 1;
}

uint32_t tc_signal(struct tc_signals *s, char *name, size_t length)
{
    struct tc_signal_word w = stem_of(name, length);

    return signal_of(s, &w);
}

/* where the stem of a word is, if nothing is in its way */
static void fetch(const struct tc_signals *s, const struct tc_signal_word *w)
{
    const struct tc_stem_slot *slot = &s->slot[w->hash & (s->slots - 1)];

    if (slot->stem) {
        __builtin_prefetch(&s->stem[slot->stem - 1]);
        __builtin_prefetch(&s->stem[slot->stem - 1].signal[9]);
    }
}

/* those that wait */
static void find_fans(struct tc_signals *s)
{
    uint64_t n = s->nfan - s->nwait;

    TC_SIGNALS_ROOM(s->fan, n, s->fan_room, s->nwait);
    for (size_t k = 0; k < s->nwait; k++)
        fetch(s, &s->wait[k]);
    for (size_t k = 0; k < s->nwait; k++)
        s->fan[n + k] = signal_of(s, &s->wait[k]);
    s->nwait = s->ntext = 0;
}

void tc_signal_fan(struct tc_signals *s, char *name, size_t length)
{
    if (s->nwait == TC_SIGNALS_WAIT || sizeof s->text - s->ntext < length + ZEROS)
        find_fans(s);
    if (sizeof s->text < length + ZEROS) {
        TC_SIGNALS_ROOM(s->fan, s->nfan, s->fan_room, 1);
        s->fan[s->nfan++] = tc_signal(s, name, length);
        return;
    }
    memcpy(s->text + s->ntext, name, length + ZEROS);
    s->wait[s->nwait] = stem_of(s->text + s->ntext, length);
    __builtin_prefetch(&s->slot[s->wait[s->nwait].hash & (s->slots - 1)]);
    s->ntext += length + ZEROS;
    s->nwait++;
    s->nfan++;
}

static uint32_t defined(const struct tc_signals *s, const struct tc_definition *d)
{
    return s->fan[d->fan + d->nfan];
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

static tc_weight less(struct tc_signals *s, tc_weight bound, tc_weight w)
{
    mpz_t b, x;

    mpz_inits(b, x, NULL);
    tc_weight_get(s->build.nl, bound, b);
    tc_weight_get(s->build.nl, w, x);
    mpz_sub(b, b, x);
    bound = tc_weight_put(s->build.nl, b);
    mpz_clears(b, x, NULL);
    return bound;
}

/* a buffer in front of an output, which is no gate */
static bool is_port(const struct tc_signals *s, const struct tc_definition *d)
{
    return d->port && d->weighted && d->nfan == 1 && s->weight[d->body] == 1 &&
           s->weight[d->body + 1] == 1 && s->fan[d->fan] != s->one;
}

/* CONST1 is the constant 1: its weight moves to the
 * bound. */
static tc_wire weighted(struct tc_signals *s, const struct tc_definition *d)
{
    const tc_weight *w = s->weight + d->body;
    const uint32_t *fan = s->fan + d->fan;
    tc_weight bound = w[d->nfan];

    if (is_port(s, d))
        return s->wire[fan[0]];
    for (uint32_t i = 0; i < d->nfan; i++)
        if (fan[i] == s->one)
            bound = less(s, bound, w[i]);
        else if (w[i])
            tc_build_edge(&s->build, s->wire[fan[i]], w[i]);
    return tc_build_gate(&s->build, bound);
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

    s->wire[defined(s, d)] = ON_PATH;
    for (; top->next < d->nfan; top->next++) {
        uint32_t signal = s->fan[d->fan + top->next];

        if (s->wire[signal] < ON_PATH || (signal == s->one && d->weighted))
            continue;
        if (!s->by[signal])
            return fault(s, d, signal, "read and never defined");
        if (s->wire[signal] == ON_PATH)
            return fault(s, d, signal, "read by what it is defined by");
        stack[(*depth)++] = (struct frame){s->by[signal] - 1, 0};
        return true;
    }
    s->wire[defined(s, d)] = d->weighted ? weighted(s, d) : cover(s, d);
    --*depth;
    return true;
}

/* of what the definitions some places behind this one read */
static void fetch_wires(const struct tc_signals *s, uint32_t k)
{
    const struct tc_definition *d = &s->def[k];

    if (s->ndef - k <= AHEAD)
        return;
    for (uint64_t i = d[AHEAD - 1].fan; i < d[AHEAD].fan; i++)
        __builtin_prefetch(&s->wire[s->fan[i]]);
}

/* the definition, and before it all it depends on; stack: as many frames as definitions */
static bool make(struct tc_signals *s, struct frame *stack, uint32_t k)
{
    size_t depth = 1;
    bool ok = true;

    stack[0] = (struct frame){k, 0};
    while (ok && depth > 0)
        ok = step(s, stack, &depth);
    return ok;
}

/* In the order of the file as far as that is topological.  Buffers of outputs come last: they may
 * be first in the file, and all else would be made in their order. */
static bool make_all(struct tc_signals *s)
{
    struct frame *stack = tc_xcalloc((size_t)s->ndef + 1, sizeof *stack);
    bool ok = true;

    tc_progress_start("making gates", s->ndef);
    for (unsigned last = 0; last < 2; last++)
        for (uint32_t k = 0; ok && k < s->ndef; k++) {
            fetch_wires(s, k);
            if (is_port(s, &s->def[k]) == last && s->wire[defined(s, &s->def[k])] >= ON_PATH)
                ok = make(s, stack, k);
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
        uint32_t signal = defined(s, &s->def[k]);

        if (s->wire[signal] != UNMADE)
            return fault(s, &s->def[k], signal, "an input and defined here");
        if (s->by[signal])
            return fault(s, &s->def[k], signal, "defined twice");
        s->by[signal] = k + 1;
    }
    for (uint32_t k = 0; k < s->noutput; k++)
        if (s->by[s->output[k]])
            s->def[s->by[s->output[k]] - 1].port = true;
    return true;
}

struct tc_netlist *tc_signals_netlist(struct tc_signals *s)
{
    struct tc_netlist *nl = s->build.nl;
    bool ok;

    find_fans(s);
    ok = number_all(s);
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
