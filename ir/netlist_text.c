/* netlist_text.c -- the text form of a netlist, see FORMAT.md
 *
 * One gate a line.  Gates of a row have the same edges, so the writer makes
 * the text of a row's edges once, and the reader gives consecutive gates with
 * equal edges one row again.  Both stream: a file need not fit into memory,
 * though its netlist must. */
#include "source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------- writing */

#define CHUNK ((size_t)1 << 16)

struct text {
    char *bytes;
    size_t len, size;
};

static char *room(struct text *t, size_t more)
{
    if (t->size - t->len < more) {
        t->size = 2 * (t->len + more);
        t->bytes = tc_xrealloc(t->bytes, t->size, 1);
    }
    return t->bytes + t->len;
}

static void add(struct text *t, const char *s, size_t n)
{
    memcpy(room(t, n), s, n);
    t->len += n;
}

static void add_string(struct text *t, const char *s)
{
    add(t, s, strlen(s));
}

static void add_unsigned(struct text *t, uint64_t v)
{
    char digit[20];
    size_t n = 0;
    char *p = room(t, sizeof digit);

    do
        digit[n++] = (char)('0' + v % 10);
    while (v /= 10);
    t->len += n;
    while (n > 0)
        *p++ = digit[--n];
}

/* plus: also positive numbers carry their sign */
static void add_weight(struct text *t, const struct tc_netlist *nl, tc_weight w, bool plus)
{
    if (tc_weight_is_big(w)) {
        mpz_srcptr z = nl->big[tc_weight_index(w)];
        char *p;

        if (plus && mpz_sgn(z) > 0)
            add(t, "+", 1);
        p = room(t, mpz_sizeinbase(z, 10) + 2);
        mpz_get_str(p, 10, z);
        t->len += strlen(p);
    } else {
        if (w < 0 || plus)
            add(t, w < 0 ? "-" : "+", 1);
        add_unsigned(t, w < 0 ? -(uint64_t)w : (uint64_t)w);
    }
}

static bool flush(FILE *f, struct text *t, size_t most)
{
    bool ok = true;

    if (t->len > most) {
        ok = fwrite(t->bytes, 1, t->len, f) == t->len;
        t->len = 0;
    }
    return ok;
}

static void add_edges(struct text *t, const struct tc_netlist *nl, uint32_t row)
{
    for (uint64_t e = nl->first[row]; e < nl->first[row + 1]; e++) {
        add_weight(t, nl, nl->weight[e], true);
        add(t, "*", 1);
        add_unsigned(t, nl->source[e]);
        add(t, " ", 1);
    }
}

/* comments for places that begin at a wire, from number *place on */
static void add_places(struct text *t, const struct tc_netlist *nl, uint32_t wire, unsigned *place)
{
    for (; *place < nl->nplace && nl->place[*place].first <= wire; ++*place) {
        const struct tc_place *p = &nl->place[*place];

        add_string(t, "# ");
        add_string(t, p->name);
        add_string(t, p->level ? ": level " : ": input ");
        add_unsigned(t, p->level ? p->level : p->first);
        add(t, "\n", 1);
    }
}

/* comments for names of single inputs or outputs */
static bool add_ports(FILE *f, struct text *t, const struct tc_netlist *nl, enum tc_port_kind kind)
{
    for (uint32_t k = 0; k < nl->ports.n[kind]; k++) {
        add_string(t, kind == TC_PORT_INPUT ? "# input " : "# output ");
        add_unsigned(t, nl->ports.port[kind][k].at);
        add_string(t, ": ");
        add_string(t, nl->ports.port[kind][k].name);
        add(t, "\n", 1);
        if (!flush(f, t, CHUNK))
            return false;
    }
    return true;
}

bool tc_netlist_write(FILE *f, const struct tc_netlist *nl)
{
    struct text out = {0}, edges = {0};
    unsigned place = 0;
    bool ok = true;

    tc_progress_start("writing gates", nl->ngates);
    add_string(&out, "tc 1\ninputs ");
    add_unsigned(&out, nl->ninputs);
    add(&out, "\n", 1);
    if (nl->ports.model) {
        add_string(&out, "# model ");
        add_string(&out, nl->ports.model);
        add(&out, "\n", 1);
    }
    ok = add_ports(f, &out, nl, TC_PORT_INPUT);
    for (unsigned p = 0; p < nl->nplace && !nl->place[p].level; p++)
        add_places(&out, nl, nl->place[p].first, &place);
    for (uint32_t r = 0; ok && r < nl->nrows; r++) {
        edges.len = 0;
        add_edges(&edges, nl, r);
        for (uint32_t g = nl->gate[r]; ok && g < nl->gate[r + 1]; g++) {
            add_places(&out, nl, nl->ninputs + g, &place);
            add_unsigned(&out, nl->ninputs + g);
            add(&out, " = ", 3);
            if (edges.len)
                add(&out, edges.bytes, edges.len);
            add(&out, ">= ", 3);
            add_weight(&out, nl, nl->bound[g], false);
            add(&out, "\n", 1);
            ok = flush(f, &out, CHUNK);
        }
        tc_progress_tick(nl->gate[r + 1]);
    }
    add_places(&out, nl, nl->ninputs + nl->ngates, &place);
    add_string(&out, "outputs");
    for (uint32_t o = 0; ok && o < nl->noutputs; o++) {
        add(&out, " ", 1);
        add_unsigned(&out, nl->output[o]);
        ok = flush(f, &out, CHUNK);
    }
    add(&out, "\n", 1);
    ok = ok && add_ports(f, &out, nl, TC_PORT_OUTPUT);
    ok = flush(f, &out, 0) && ok && fflush(f) == 0;
    tc_progress_end();
    free(out.bytes);
    free(edges.bytes);
    return ok;
}

/* ----------------------------------------------------------------- reading */

#define MOST_DIGITS  ((size_t)1000000)
#define MOST_COMMENT (TC_PLACE_NAME + 24) /* a longer one says nothing */

enum part { HEAD, GATES, TAIL }; /* of the file: what comments may say */

struct reader {
    struct tc_source in;
    struct tc_builder build;
    struct tc_netlist *nl; /* that of build */
    struct text digits;
    mpz_t z;
    size_t place_room;
};

static void remember_place(struct reader *r, const char *name, size_t len, unsigned level,
                           uint32_t wire)
{
    struct tc_netlist *nl = r->nl;
    char *copy = tc_alloc(nl->arena, len + 1, 1);

    if (nl->nplace == r->place_room) {
        r->place_room = 2 * r->place_room + 16;
        nl->place = tc_xrealloc(nl->place, r->place_room, sizeof *nl->place);
    }
    memcpy(copy, name, len);
    nl->place[nl->nplace++] = (struct tc_place){copy, wire, level};
}

/* the number that the text begins with, if it is one below `below` */
static const char *comment_number(const char *text, uint64_t below, uint32_t *v)
{
    size_t n = strspn(text, "0123456789");
    unsigned long long x;

    if (n == 0 || n > 10 || (text[0] == '0' && n > 1))
        return NULL;
    x = strtoull(text, NULL, 10);
    *v = (uint32_t)x;
    return x < below ? text + n : NULL;
}

/* "# input W: NAME" and "# model NAME" before the first gate, "# output K: NAME" behind the
 * outputs */
static bool comment_port(struct reader *r, const char *text, enum part part)
{
    static const char *const word[] = {"# input ", "# output "};
    struct tc_netlist *nl = r->nl;
    enum tc_port_kind kind = part == GATES ? TC_PORT_INPUT : TC_PORT_OUTPUT;
    uint64_t below = part == GATES ? nl->ninputs : nl->noutputs;
    uint32_t at;

    if (part == GATES && nl->ngates)
        return false;
    if (part == GATES && !strncmp(text, "# model ", 8) && !nl->ports.model &&
        tc_port_name_ok(text + 8, strlen(text + 8))) {
        nl->ports.model = tc_strdup(nl->arena, text + 8);
        return true;
    }
    if (strncmp(text, word[kind], strlen(word[kind])) != 0)
        return false;
    text = comment_number(text + strlen(word[kind]), below, &at);
    if (!text || text[0] != ':' || text[1] != ' ' || !tc_port_name_ok(text + 2, strlen(text + 2)))
        return false;
    tc_port_add(nl, kind, at, text + 2, strlen(text + 2));
    return true;
}

/* "# NAME: level L" before a gate, "# NAME: input W" before the first gate;
 * any other comment is only a comment */
static void comment_place(struct reader *r, const char *text)
{
    const struct tc_netlist *nl = r->nl;
    const char *colon = strchr(text, ':'), *end;
    uint32_t v = 0;
    bool level;

    if (text[0] != '#' || text[1] != ' ' || !colon || colon == text + 2 ||
        colon - text - 2 > TC_PLACE_NAME)
        return;
    for (const char *s = text + 2; s < colon; s++)
        if (*s <= ' ' || *s >= 127)
            return;
    level = strncmp(colon, ": level ", 8) == 0;
    if (!level && strncmp(colon, ": input ", 8) != 0)
        return;
    end = comment_number(colon + 8, level ? (uint64_t)UINT32_MAX + 1 : nl->ninputs, &v);
    if (!end || *end || (level && v == 0))
        return;
    if (level)
        remember_place(r, text + 2, (size_t)(colon - text) - 2, v, nl->ninputs + nl->ngates);
    else if (nl->nplace == 0 ||
             (nl->place[nl->nplace - 1].level == 0 && nl->place[nl->nplace - 1].first <= v))
        remember_place(r, text + 2, (size_t)(colon - text) - 2, 0, v);
}

/* a comment, if one is here, up to the end of the line */
static void skip_comment(struct reader *r, bool alone, enum part part)
{
    char text[MOST_COMMENT];
    size_t n = 0;
    int c = tc_peek(&r->in);

    if (c != '#')
        return;
    for (; c != '\n' && c != EOF; c = tc_peek(&r->in)) {
        if (n < sizeof text)
            text[n++] = (char)c;
        tc_skip(&r->in);
    }
    if (!alone || part == HEAD || n == sizeof text)
        return;
    if (n > 0 && text[n - 1] == '\r')
        n--;
    text[n] = '\0';
    if (strlen(text) == n && !comment_port(r, text, part) && part == GATES)
        comment_place(r, text);
}

/* the rest of a line: blanks, a comment, its end */
static bool end_line(struct reader *r)
{
    tc_skip_blanks(&r->in);
    skip_comment(r, false, HEAD);
    if (tc_peek(&r->in) == '\r')
        tc_skip(&r->in);
    if (tc_peek(&r->in) == EOF && !r->in.failed)
        return true;
    if (tc_peek(&r->in) != '\n')
        return tc_unexpected(&r->in, "the end of the line");
    tc_skip_line_end(&r->in);
    return true;
}

/* to the next line that says something; false at the end of the file */
static bool next_line(struct reader *r, enum part part)
{
    for (;;) {
        tc_skip_blanks(&r->in);
        skip_comment(r, true, part);
        if (tc_peek(&r->in) == '\r')
            tc_skip(&r->in);
        if (tc_peek(&r->in) != '\n')
            return tc_peek(&r->in) != EOF;
        tc_skip_line_end(&r->in);
    }
}

/* digits without leading zeros; true and *v, or true and big with r->z */
static bool number(struct reader *r, const char *wanted, uint64_t *v, bool *big)
{
    struct tc_loc loc = tc_here(&r->in);
    int c = tc_peek(&r->in), first = c;
    size_t n = 0;

    *v = 0;
    *big = false;
    if (c < '0' || c > '9')
        return tc_unexpected(&r->in, wanted);
    r->digits.len = 0;
    for (; c >= '0' && c <= '9'; c = tc_peek(&r->in), n++) {
        if (n == 18) { /* the rest as text */
            add_unsigned(&r->digits, *v);
            *big = true;
        }
        if (n < 18)
            *v = 10 * *v + (uint64_t)(c - '0');
        else
            add(&r->digits, &(char){(char)c}, 1);
        if (n == MOST_DIGITS)
            return tc_fail(r->in.err, TC_ELIMIT, loc, "a number has more than %zu digits",
                           MOST_DIGITS);
        tc_skip(&r->in);
    }
    if (first == '0' && n > 1)
        return tc_fail(r->in.err, TC_EFORMAT, loc, "found a number with a leading zero, wanted %s",
                       wanted);
    if (*big) {
        add(&r->digits, "", 1);
        mpz_set_str(r->z, r->digits.bytes, 10);
    }
    return true;
}

static bool wire(struct reader *r, const char *wanted, uint64_t below, uint32_t *w)
{
    struct tc_loc loc = tc_here(&r->in);
    uint64_t v;
    bool big;

    if (!number(r, wanted, &v, &big))
        return false;
    if (big || v >= below) {
        char shown[24];

        if (big)
            snprintf(shown, sizeof shown, "%.20s...", r->digits.bytes);
        else
            snprintf(shown, sizeof shown, "%llu", (unsigned long long)v);
        return tc_fail(r->in.err, TC_EFORMAT, loc, "found wire %s, wanted %s, less than %llu", shown,
                       wanted, (unsigned long long)below);
    }
    *w = (uint32_t)v;
    return true;
}

static bool weight(struct reader *r, const char *wanted, bool negative, tc_weight *w)
{
    uint64_t v;
    bool big;

    if (!number(r, wanted, &v, &big))
        return false;
    if (big) {
        if (negative)
            mpz_neg(r->z, r->z);
        *w = tc_weight_put(r->nl, r->z);
    } else {
        *w = negative ? -(int64_t)v : (int64_t)v;
    }
    return true;
}

static bool edge(struct reader *r)
{
    struct tc_netlist *nl = r->nl;
    bool negative = tc_peek(&r->in) == '-';
    struct tc_loc loc = tc_here(&r->in);
    tc_weight w;
    tc_wire from;

    tc_skip(&r->in); /* the sign */
    if (!weight(r, "the digits of a weight", negative, &w))
        return false;
    if (w == 0)
        return tc_fail(r->in.err, TC_EFORMAT, loc, "found weight 0, wanted an edge that counts");
    tc_skip_blanks(&r->in);
    if (tc_peek(&r->in) != '*')
        return tc_unexpected(&r->in, "'*' between weight and wire");
    tc_skip(&r->in);
    tc_skip_blanks(&r->in);
    if (!wire(r, "a wire that the gate may read", (uint64_t)nl->ninputs + nl->ngates,
              &from))
        return false;
    tc_build_edge(&r->build, from, w);
    return true;
}

static bool gate(struct reader *r)
{
    struct tc_netlist *nl = r->nl;
    uint64_t self = (uint64_t)nl->ninputs + nl->ngates, v;
    struct tc_loc loc = tc_here(&r->in);
    bool big, negative;
    tc_weight bound;

    if (!number(r, "a gate's wire or 'outputs'", &v, &big))
        return false;
    if (big || v != self)
        return tc_fail(r->in.err, TC_EFORMAT, loc,
                       "found a gate at wire %s%llu, wanted wire %llu: each in order, once",
                       big ? "over " : "", (unsigned long long)v, (unsigned long long)self);
    if (self == UINT32_MAX)
        return tc_fail(r->in.err, TC_ELIMIT, loc, "more than 2^32 - 1 wires");
    tc_skip_blanks(&r->in);
    if (tc_peek(&r->in) != '=')
        return tc_unexpected(&r->in, "'=' after a gate's wire");
    tc_skip(&r->in);
    for (tc_skip_blanks(&r->in); tc_peek(&r->in) == '+' || tc_peek(&r->in) == '-'; tc_skip_blanks(&r->in))
        if (!edge(r))
            return false;
    if (tc_peek(&r->in) != '>')
        return tc_unexpected(&r->in, "an edge such as '+1*0', or '>='");
    if (!tc_expect(&r->in, ">="))
        return false;
    tc_skip_blanks(&r->in);
    negative = tc_peek(&r->in) == '-';
    if (negative)
        tc_skip(&r->in);
    if (!weight(r, "a bound", negative, &bound))
        return false;
    tc_build_gate(&r->build, bound);
    return end_line(r);
}

static bool outputs(struct reader *r)
{
    struct tc_netlist *nl = r->nl;

    if (!tc_expect(&r->in, "outputs"))
        return false;
    for (;;) {
        int c = tc_peek(&r->in);
        tc_wire w;

        if (c != ' ' && c != '\t')
            return end_line(r);
        tc_skip_blanks(&r->in);
        c = tc_peek(&r->in);
        if (c == '\n' || c == '\r' || c == '#' || c == EOF)
            return end_line(r);
        if (nl->noutputs == UINT32_MAX)
            return tc_fail(r->in.err, TC_ELIMIT, tc_here(&r->in), "more than 2^32 - 1 outputs");
        if (!wire(r, "an output's wire or the end of the line", (uint64_t)nl->ninputs + nl->ngates,
                  &w))
            return false;
        tc_build_output(&r->build, w);
    }
}

static bool head(struct reader *r)
{
    struct tc_loc loc;
    uint64_t v;
    bool big;

    next_line(r, HEAD);
    if (tc_peek(&r->in) != 't')
        return tc_unexpected(&r->in, "a netlist, which begins with 'tc 1'");
    if (!tc_expect(&r->in, "tc"))
        return false;
    tc_skip_blanks(&r->in);
    loc = tc_here(&r->in);
    if (!number(r, "the version, 1", &v, &big))
        return false;
    if (big || v != 1)
        return tc_fail(r->in.err, TC_EFORMAT, loc, "found version %llu, wanted 1",
                       (unsigned long long)v);
    if (!end_line(r))
        return false;
    next_line(r, HEAD);
    if (!tc_expect(&r->in, "inputs"))
        return false;
    tc_skip_blanks(&r->in);
    loc = tc_here(&r->in);
    if (!number(r, "how many inputs", &v, &big))
        return false;
    if (big || v > UINT32_MAX)
        return tc_fail(r->in.err, TC_ELIMIT, loc, "more than 2^32 - 1 inputs");
    r->nl->ninputs = (uint32_t)v;
    return end_line(r);
}

static bool read_all(struct reader *r)
{
    struct tc_netlist *nl = r->nl;

    if (!head(r))
        return false;
    tc_progress_start("reading gates", 0);
    while (next_line(r, GATES) && tc_peek(&r->in) != 'o') {
        if (!gate(r))
            return false;
        tc_progress_tick(nl->ngates);
    }
    if (tc_peek(&r->in) != 'o')
        return tc_unexpected(&r->in, "a gate or 'outputs'");
    if (!outputs(r))
        return false;
    if (next_line(r, TAIL) || r->in.failed)
        return tc_unexpected(&r->in, "nothing after the outputs");
    tc_ports_sort(nl);
    tc_build_end(&r->build);
    return true;
}

struct tc_netlist *tc_netlist_read(FILE *f, const char *file, struct tc_error *err)
{
    struct reader r = {0};
    bool ok;

    tc_source_open(&r.in, f, file, err);
    tc_build_start(&r.build, 0);
    r.nl = r.build.nl;
    mpz_init(r.z);
    ok = read_all(&r);
    tc_progress_end();
    tc_source_close(&r.in);
    free(r.digits.bytes);
    mpz_clear(r.z);
    if (ok)
        return r.nl;
    tc_netlist_free(r.nl);
    return NULL;
}
