/* read_aiger.c -- AIGER 1.9, binary and ascii: a threshold gate for each AND
 *
 * a AND b is [a + b >= 2], where a complemented literal counts -1 and lowers the
 * bound; a constant lowers it too, or leaves it out of reach.  So every node is one
 * gate, and an inverter is made only for an output that is complemented.
 *
 * The head's counts are claims: memory grows with what is there.  Binary nodes are in
 * topological order; ascii ones may come in any. */
#include "source.h"

#include <stdlib.h>
#include <string.h>

struct aiger {
    struct tc_source in;
    struct tc_builder build;
    bool binary;
    uint64_t m, i, l, o, a; /* of the head */
    uint32_t *output;       /* literals */
    size_t noutput, output_room;
    uint32_t *wire; /* ascii: of each variable; NULL: variable v is wire v - 1 */
};

#define MOST_LITERAL ((uint64_t)UINT32_MAX)

static bool line_end(struct aiger *r)
{
    if (tc_peek(&r->in) == '\r')
        tc_skip(&r->in);
    if (tc_peek(&r->in) != '\n')
        return tc_unexpected(&r->in, "the end of the line");
    tc_skip_line_end(&r->in);
    return true;
}

static bool blank(struct aiger *r)
{
    if (tc_peek(&r->in) != ' ')
        return tc_unexpected(&r->in, "a blank");
    tc_skip(&r->in);
    return true;
}

/* -------------------------------------------------------------------- head */

static bool refuse(struct aiger *r, uint64_t n, const char *what)
{
    return tc_fail(r->in.err, TC_EFORMAT, (struct tc_loc){r->in.file, 1, 1},
                   "found %llu %s, wanted a combinational circuit: no latches, and no properties",
                   (unsigned long long)n, what);
}

/* what AIGER 1.9 added behind the five counts: all must be 0 */
static bool extensions(struct aiger *r)
{
    static const char *const what[] = {"bad states", "constraints", "justice properties",
                                       "fairness constraints"};

    for (size_t k = 0; tc_peek(&r->in) == ' '; k++) {
        uint64_t n;

        tc_skip(&r->in);
        if (k == sizeof what / sizeof *what)
            return tc_unexpected(&r->in, "the end of the line");
        if (!tc_source_number(&r->in, what[k], MOST_LITERAL, &n))
            return false;
        if (n)
            return refuse(r, n, what[k]);
    }
    return line_end(r);
}

static bool head(struct aiger *r)
{
    static const char *const what[] = {"the largest variable", "how many inputs",
                                       "how many latches", "how many outputs", "how many ANDs"};
    uint64_t *count[] = {&r->m, &r->i, &r->l, &r->o, &r->a};

    if (!tc_expect(&r->in, "a"))
        return false;
    r->binary = tc_peek(&r->in) == 'i';
    if (!tc_expect(&r->in, r->binary ? "ig" : "ag"))
        return false;
    for (size_t k = 0; k < sizeof count / sizeof *count; k++)
        if (!blank(r) || !tc_source_number(&r->in, what[k], MOST_LITERAL / 2, count[k]))
            return false;
    if (!extensions(r))
        return false;
    if (r->l)
        return refuse(r, r->l, "latches");
    if (r->binary ? r->m != r->i + r->a : r->m < r->i + r->a)
        return tc_fail(r->in.err, TC_EFORMAT, (struct tc_loc){r->in.file, 1, 5},
                       "found the largest variable %llu with %llu inputs and %llu ANDs, wanted %s",
                       (unsigned long long)r->m, (unsigned long long)r->i,
                       (unsigned long long)r->a, r->binary ? "their sum" : "no less than both");
    if (r->i + r->a + r->o + 2 > UINT32_MAX) /* inverters and constants, too */
        return tc_fail(r->in.err, TC_ELIMIT, (struct tc_loc){r->in.file, 1, 5},
                       "more than 2^32 - 1 wires");
    return true;
}

/* ------------------------------------------------------------------- gates */

static tc_wire wire_of(const struct aiger *r, uint32_t literal)
{
    return r->wire ? r->wire[literal / 2] : literal / 2 - 1;
}

/* the AND of two literals; the edges in the order of the literals */
static void and_gate(struct aiger *r, uint32_t p, uint32_t q)
{
    const uint32_t literal[2] = {p < q ? p : q, p < q ? q : p};
    int64_t bound = 2;

    for (int k = 0; k < 2; k++) {
        uint32_t x = literal[k];

        bound -= (int64_t)(x & 1);
        if (x > 1)
            tc_build_edge(&r->build, wire_of(r, x), x & 1 ? -1 : 1);
    }
    tc_build_gate(&r->build, bound);
}

static bool literal(struct aiger *r, const char *what, uint32_t *x)
{
    uint64_t v;

    if (!tc_source_number(&r->in, what, 2 * r->m + 1, &v))
        return false;
    *x = (uint32_t)v;
    return true;
}

static bool read_outputs(struct aiger *r)
{
    for (uint64_t k = 0; k < r->o; k++) {
        if (r->noutput == r->output_room) {
            r->output_room = 2 * r->output_room + 64;
            r->output = tc_xrealloc(r->output, r->output_room, sizeof *r->output);
        }
        if (!literal(r, "the literal of an output", &r->output[r->noutput++]) || !line_end(r))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ binary */

/* seven bits a byte, the lowest first; the eighth says that more follow */
static bool delta(struct aiger *r, uint32_t most, uint32_t *v)
{
    uint64_t at = r->in.before + r->in.at, x = 0;
    unsigned shift = 0;
    int c;

    do {
        c = tc_peek(&r->in);
        if (c == EOF)
            return tc_unexpected(&r->in, "a binary AND");
        tc_skip(&r->in);
        x |= (uint64_t)(c & 127) << shift;
        shift += 7;
    } while (c & 128 && shift < 35);
    if (c & 128 || x > most)
        return tc_fail(r->in.err, TC_EFORMAT, (struct tc_loc){.file = r->in.file},
                       "byte %llu: found a difference of literals over %u, the literal it is taken "
                       "from",
                       (unsigned long long)at, most);
    *v = (uint32_t)x;
    return true;
}

static bool binary_nodes(struct aiger *r)
{
    uint32_t lhs = 2 * (uint32_t)r->i, first, second;

    for (uint64_t k = 0; k < r->a; k++) {
        lhs += 2;
        if (!delta(r, lhs, &first))
            return false;
        if (first == 0)
            return tc_fail(r->in.err, TC_EFORMAT, (struct tc_loc){.file = r->in.file},
                           "byte %llu: found AND %u that reads itself",
                           (unsigned long long)(r->in.before + r->in.at - 1), lhs);
        if (!delta(r, lhs - first, &second))
            return false;
        and_gate(r, lhs - first, lhs - first - second);
        tc_progress_tick((double)k);
    }
    /* lines are counted from here on again, for the names */
    r->in.line = (unsigned)r->o + 2;
    r->in.line_start = r->in.before + r->in.at;
    return true;
}

/* ------------------------------------------------------------------- ascii */

struct node {
    uint32_t lhs, p, q;
};

struct ascii {
    struct node *node;
    uint32_t n, room;
    uint32_t *input;
    uint32_t ninput, input_room;
    uint32_t *def; /* of each variable: 1 + its node; INPUT; or 0 */
    uint32_t *stack;
};

#define INPUT UINT32_MAX /* there are fewer nodes */

static unsigned node_line(const struct aiger *r, uint64_t node)
{
    uint64_t line = 2 + r->i + r->o + node;

    return line > UINT32_MAX ? UINT32_MAX : (unsigned)line;
}

static bool read_inputs(struct aiger *r, struct ascii *s)
{
    for (uint64_t k = 0; k < r->i; k++) {
        if (s->ninput == s->input_room) {
            s->input_room = 2 * s->input_room + 64;
            s->input = tc_xrealloc(s->input, s->input_room, sizeof *s->input);
        }
        if (!literal(r, "the literal of an input", &s->input[s->ninput++]) || !line_end(r))
            return false;
    }
    return true;
}

static bool read_nodes(struct aiger *r, struct ascii *s)
{
    for (uint64_t k = 0; k < r->a; k++) {
        struct node *x;

        if (s->n == s->room) {
            s->room = s->room + s->room / 2 + 64;
            s->node = tc_xrealloc(s->node, s->room, sizeof *s->node);
        }
        x = &s->node[s->n++];
        if (!literal(r, "the literal of an AND", &x->lhs) || !blank(r) ||
            !literal(r, "a literal", &x->p) || !blank(r) || !literal(r, "a literal", &x->q) ||
            !line_end(r))
            return false;
    }
    return true;
}

static bool define(struct aiger *r, struct ascii *s, uint32_t x, uint64_t line, uint32_t as)
{
    struct tc_loc loc = {r->in.file, line > UINT32_MAX ? UINT32_MAX : (unsigned)line, 1};

    if (x < 2 || x & 1)
        return tc_fail(r->in.err, TC_EFORMAT, loc,
                       "found literal %u, wanted an even one from 2 on: it is defined here", x);
    if (s->def[x / 2])
        return tc_fail(r->in.err, TC_EFORMAT, loc, "literal %u is defined twice", x);
    s->def[x / 2] = as;
    return true;
}

/* Tables over variables, whose numbers may have gaps: but not so large that a small
 * file takes all memory. */
static bool define_all(struct aiger *r, struct ascii *s)
{
    if (r->m > 64 * (r->i + r->a) + ((uint64_t)1 << 20))
        return tc_fail(r->in.err, TC_ELIMIT, (struct tc_loc){r->in.file, 1, 5},
                       "variables go up to %llu, but only %llu of them are used",
                       (unsigned long long)r->m, (unsigned long long)(r->i + r->a));
    s->def = tc_xcalloc(r->m + 1, sizeof *s->def);
    r->wire = tc_xcalloc(r->m + 1, sizeof *r->wire);
    for (uint32_t k = 0; k < s->ninput; k++) {
        if (!define(r, s, s->input[k], (uint64_t)k + 2, INPUT))
            return false;
        r->wire[s->input[k] / 2] = k;
    }
    for (uint32_t k = 0; k < s->n; k++)
        if (!define(r, s, s->node[k].lhs, node_line(r, k), k + 1))
            return false;
    return true;
}

#define MADE    ((uint32_t)1 << 31) /* in def of a node: its gate is made */
#define ON_PATH ((uint32_t)1 << 30)

/* The node on top of the stack: its gate if all it reads is there, else what is not
 * goes on top. */
static bool step(struct aiger *r, struct ascii *s, size_t *depth)
{
    uint32_t k = s->stack[*depth - 1];
    struct node *x = &s->node[k];
    uint32_t *def = &s->def[x->lhs / 2];
    const uint32_t read[2] = {x->p, x->q};

    if (*def & MADE) {
        --*depth;
        return true;
    }
    *def |= ON_PATH;
    for (int i = 0; i < 2; i++) {
        uint32_t d = s->def[read[i] / 2];

        if (read[i] < 2 || d == INPUT || d & MADE)
            continue;
        if (!d)
            return tc_fail(r->in.err, TC_EFORMAT, (struct tc_loc){r->in.file, node_line(r, k), 1},
                           "AND %u reads literal %u, which is defined nowhere", x->lhs, read[i]);
        if (d & ON_PATH)
            return tc_fail(r->in.err, TC_EFORMAT, (struct tc_loc){r->in.file, node_line(r, k), 1},
                           "AND %u reads literal %u, which reads it in turn", x->lhs, read[i]);
        s->stack[(*depth)++] = d - 1;
        return true;
    }
    r->wire[x->lhs / 2] = r->build.nl->ninputs + r->build.nl->ngates;
    and_gate(r, x->p, x->q);
    *def |= MADE;
    --*depth;
    return true;
}

/* Gates in the order of the file as far as that is topological.  On the path that
 * leads down from a node each other node is once, so the stack holds all. */
static bool make_nodes(struct aiger *r, struct ascii *s)
{
    if (s->n >= ON_PATH)
        return tc_fail(r->in.err, TC_ELIMIT, (struct tc_loc){r->in.file, 1, 5},
                       "more than 2^30 ANDs in ascii");
    s->stack = tc_xcalloc((size_t)s->n + 1, sizeof *s->stack);
    for (uint32_t k = 0; k < s->n; k++) {
        size_t depth = 1;

        s->stack[0] = k;
        while (depth > 0)
            if (!step(r, s, &depth))
                return false;
        tc_progress_tick(k);
    }
    for (size_t k = 0; k < r->noutput; k++)
        if (r->output[k] > 1 && !s->def[r->output[k] / 2])
            return tc_fail(r->in.err, TC_EFORMAT,
                           (struct tc_loc){r->in.file, (unsigned)(2 + r->i + k), 1},
                           "output %zu reads literal %u, which is defined nowhere", k,
                           r->output[k]);
    return true;
}

static bool ascii_body(struct aiger *r)
{
    struct ascii s = {0};
    bool ok = read_inputs(r, &s) && read_outputs(r) && read_nodes(r, &s) && define_all(r, &s) &&
              make_nodes(r, &s);

    free(s.node);
    free(s.input);
    free(s.def);
    free(s.stack);
    return ok;
}

/* ----------------------------------------------------------------- the end */

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* literals 0, 1 and odd ones need a gate; each once, in ascending order */
static void make_outputs(struct aiger *r)
{
    uint32_t *need = tc_xcalloc(r->noutput + 1, sizeof *need), n = 0, distinct = 0;
    tc_wire first = r->build.nl->ninputs + r->build.nl->ngates;

    for (size_t k = 0; k < r->noutput; k++)
        if (r->output[k] < 2 || r->output[k] & 1)
            need[n++] = r->output[k];
    qsort(need, n, sizeof *need, by_value);
    for (uint32_t k = 0; k < n; k++) {
        if (k && need[k] == need[k - 1])
            continue;
        need[distinct++] = need[k];
        if (need[k] > 1)
            tc_build_edge(&r->build, wire_of(r, need[k]), -1);
        tc_build_gate(&r->build, need[k] == 0 ? 1 : 0);
    }
    for (size_t k = 0; k < r->noutput; k++) {
        const uint32_t *at =
            bsearch(&r->output[k], need, distinct, sizeof *need, by_value);

        tc_build_output(&r->build, at ? first + (tc_wire)(at - need) : wire_of(r, r->output[k]));
    }
    free(need);
}

/* a line "i3 name", of inputs and outputs */
static bool symbol(struct aiger *r, int kind)
{
    struct tc_loc loc = tc_here(&r->in);
    uint64_t of = kind == 'i' ? r->i : r->o, at;
    char name[TC_PLACE_NAME + 2];
    size_t n = 0;

    tc_skip(&r->in);
    if (!tc_source_number(&r->in, "the number of a name", MOST_LITERAL, &at) || !blank(r))
        return false;
    if (at >= of)
        return tc_fail(r->in.err, TC_EFORMAT, loc, "found a name of %s %llu of %llu",
                       kind == 'i' ? "input" : "output", (unsigned long long)at,
                       (unsigned long long)of);
    for (int c = tc_peek(&r->in); c != '\n' && c != EOF; c = tc_peek(&r->in)) {
        if (n <= TC_PLACE_NAME)
            name[n++] = (char)c;
        tc_skip(&r->in);
    }
    n -= n > 0 && name[n - 1] == '\r';
    if (!tc_port_name_ok(name, n))
        return tc_fail(r->in.err, TC_EFORMAT, loc,
                       "found a name that is empty, has control characters or is longer than %d",
                       TC_PLACE_NAME);
    tc_port_add(r->build.nl, kind == 'i' ? TC_PORT_INPUT : TC_PORT_OUTPUT, (uint32_t)at, name, n);
    return line_end(r);
}

/* names up to the comment, which says nothing to us */
static bool symbols(struct aiger *r)
{
    for (;;) {
        int c = tc_peek(&r->in);

        if (r->in.failed)
            return tc_unexpected(&r->in, "a name");
        if (c == EOF || c == 'c')
            break;
        if (c != 'i' && c != 'o')
            return tc_unexpected(&r->in, "a name of an input or an output, or 'c'");
        if (!symbol(r, c))
            return false;
    }
    tc_ports_sort(r->build.nl);
    return true;
}

struct tc_netlist *tc_read_aiger(FILE *f, const char *file, struct tc_error *err)
{
    struct aiger r = {0};
    bool ok;

    tc_source_open(&r.in, f, file, err);
    ok = head(&r);
    tc_build_start(&r.build, (uint32_t)r.i);
    tc_progress_start("reading gates", (double)r.a);
    ok = ok && (r.binary ? read_outputs(&r) && binary_nodes(&r) : ascii_body(&r));
    tc_progress_end();
    if (ok) {
        make_outputs(&r);
        ok = symbols(&r);
    }
    tc_source_close(&r.in);
    free(r.output);
    free(r.wire);
    if (ok)
        return tc_build_end(&r.build);
    tc_netlist_free(r.build.nl);
    return NULL;
}
