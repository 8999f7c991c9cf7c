/* netlist_text.c -- the text form of a netlist, see FORMAT.md
 *
 * One gate a line.  Gates of a row have the same edges, so the writer makes
 * the text of a row's edges once, and the reader gives consecutive gates with
 * equal edges one row again.  Both stream: a file need not fit into memory,
 * though its netlist must. */
#include "ir.h"

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

bool tc_netlist_write(FILE *f, const struct tc_netlist *nl)
{
    struct text out = {0}, edges = {0};
    unsigned place = 0;
    bool ok = true;

    tc_progress_start("writing gates", nl->ngates);
    add_string(&out, "tc 1\ninputs ");
    add_unsigned(&out, nl->ninputs);
    add(&out, "\n", 1);
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
    ok = flush(f, &out, 0) && ok && fflush(f) == 0;
    tc_progress_end();
    free(out.bytes);
    free(edges.bytes);
    return ok;
}

/* ----------------------------------------------------------------- reading */

#define MOST_DIGITS  ((size_t)1000000)
#define MOST_COMMENT (TC_PLACE_NAME + 24) /* a longer one is no place */

struct reader {
    FILE *f;
    const char *file;
    struct tc_error *err;
    unsigned char *bytes;
    size_t at, len;
    uint64_t before;     /* bytes of the file before the buffer */
    uint64_t line_start; /* in the file */
    unsigned line;
    bool read_failed;
    struct text digits;
    mpz_t z;
    struct tc_netlist *nl;
    size_t gate_room, row_room, edge_room, output_room, place_room;
};

static int fill(struct reader *r)
{
    r->before += r->len;
    r->at = 0;
    r->len = r->read_failed ? 0 : fread(r->bytes, 1, CHUNK, r->f);
    if (r->len == 0) {
        r->read_failed = r->read_failed || ferror(r->f);
        return EOF;
    }
    return r->bytes[0];
}

static inline int peek(struct reader *r)
{
    return r->at < r->len ? r->bytes[r->at] : fill(r);
}

static struct tc_loc here(const struct reader *r)
{
    uint64_t col = r->before + r->at - r->line_start + 1;

    return (struct tc_loc){r->file, r->line, col > UINT32_MAX ? UINT32_MAX : (unsigned)col};
}

/* wanted, and found what stands here */
static bool unexpected(struct reader *r, const char *wanted)
{
    struct tc_loc loc = here(r);
    int c = peek(r);
    char found[20];

    if (r->read_failed)
        return tc_fail(r->err, TC_EIO, loc, "the file cannot be read further");
    if (c == EOF)
        snprintf(found, sizeof found, "end of file");
    else if (c == '\n' || c == '#')
        snprintf(found, sizeof found, "end of line");
    else if (c == '\r')
        snprintf(found, sizeof found, "a carriage return");
    else if (c >= ' ' && c < 127)
        snprintf(found, sizeof found, "'%c'", c);
    else
        snprintf(found, sizeof found, "byte 0x%02x", (unsigned)c);
    return tc_fail(r->err, TC_EFORMAT, loc, "found %s, wanted %s", found, wanted);
}

static void skip_blanks(struct reader *r)
{
    for (int c = peek(r); c == ' ' || c == '\t'; c = peek(r))
        r->at++;
}

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

/* "# NAME: level L" before a gate, "# NAME: input W" before the first gate;
 * any other comment is only a comment */
static void comment_place(struct reader *r, const char *text, bool inputs_known)
{
    const struct tc_netlist *nl = r->nl;
    const char *colon = strchr(text, ':'), *number;
    unsigned long long v = 0;
    bool level;
    size_t n;

    if (!inputs_known || text[0] != '#' || text[1] != ' ' || !colon || colon == text + 2 ||
        colon - text - 2 > TC_PLACE_NAME)
        return;
    for (const char *s = text + 2; s < colon; s++)
        if (*s <= ' ' || *s >= 127)
            return;
    level = strncmp(colon, ": level ", 8) == 0;
    if (!level && strncmp(colon, ": input ", 8) != 0)
        return;
    number = colon + 8;
    n = strspn(number, "0123456789");
    if (n == 0 || n > 10 || number[n] != '\0' || (number[0] == '0' && n > 1))
        return;
    v = strtoull(number, NULL, 10);
    if (level ? v == 0 || v > UINT32_MAX : v >= nl->ninputs)
        return;
    if (level)
        remember_place(r, text + 2, (size_t)(colon - text) - 2, (unsigned)v,
                       nl->ninputs + nl->ngates);
    else if (nl->nplace == 0 ||
             (nl->place[nl->nplace - 1].level == 0 && nl->place[nl->nplace - 1].first <= v))
        remember_place(r, text + 2, (size_t)(colon - text) - 2, 0, (uint32_t)v);
}

/* a comment, if one is here, up to the end of the line */
static void skip_comment(struct reader *r, bool alone, bool inputs_known)
{
    char text[MOST_COMMENT];
    size_t n = 0;
    int c = peek(r);

    if (c != '#')
        return;
    for (; c != '\n' && c != EOF; c = peek(r)) {
        if (n < sizeof text)
            text[n++] = (char)c;
        r->at++;
    }
    if (!alone || n == sizeof text)
        return;
    if (n > 0 && text[n - 1] == '\r')
        n--;
    text[n] = '\0';
    if (strlen(text) == n)
        comment_place(r, text, inputs_known);
}

/* the rest of a line: blanks, a comment, its end */
static bool end_line(struct reader *r)
{
    skip_blanks(r);
    skip_comment(r, false, false);
    if (peek(r) == '\r')
        r->at++;
    if (peek(r) == EOF && !r->read_failed)
        return true;
    if (peek(r) != '\n')
        return unexpected(r, "the end of the line");
    r->at++;
    r->line++;
    r->line_start = r->before + r->at;
    return true;
}

/* to the next line that says something; false at the end of the file */
static bool next_line(struct reader *r, bool inputs_known)
{
    for (;;) {
        skip_blanks(r);
        skip_comment(r, true, inputs_known);
        if (peek(r) == '\r')
            r->at++;
        if (peek(r) != '\n')
            return peek(r) != EOF;
        r->at++;
        r->line++;
        r->line_start = r->before + r->at;
    }
}

static bool word(struct reader *r, const char *w)
{
    char wanted[32];

    snprintf(wanted, sizeof wanted, "'%s'", w);
    for (const char *s = w; *s; s++, r->at++)
        if (peek(r) != *s)
            return unexpected(r, wanted);
    return true;
}

/* digits without leading zeros; true and *v, or true and big with r->z */
static bool number(struct reader *r, const char *wanted, uint64_t *v, bool *big)
{
    struct tc_loc loc = here(r);
    int c = peek(r), first = c;
    size_t n = 0;

    *v = 0;
    *big = false;
    if (c < '0' || c > '9')
        return unexpected(r, wanted);
    r->digits.len = 0;
    for (; c >= '0' && c <= '9'; c = peek(r), n++) {
        if (n == 18) { /* the rest as text */
            add_unsigned(&r->digits, *v);
            *big = true;
        }
        if (n < 18)
            *v = 10 * *v + (uint64_t)(c - '0');
        else
            add(&r->digits, &(char){(char)c}, 1);
        if (n == MOST_DIGITS)
            return tc_fail(r->err, TC_ELIMIT, loc, "a number has more than %zu digits",
                           MOST_DIGITS);
        r->at++;
    }
    if (first == '0' && n > 1)
        return tc_fail(r->err, TC_EFORMAT, loc, "found a number with a leading zero, wanted %s",
                       wanted);
    if (*big) {
        add(&r->digits, "", 1);
        mpz_set_str(r->z, r->digits.bytes, 10);
    }
    return true;
}

static bool wire(struct reader *r, const char *wanted, uint64_t below, uint32_t *w)
{
    struct tc_loc loc = here(r);
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
        return tc_fail(r->err, TC_EFORMAT, loc, "found wire %s, wanted %s, less than %llu", shown,
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

/* the capacity for one more of n elements */
static bool grow(size_t n, size_t *capacity)
{
    if (n < *capacity)
        return false;
    *capacity = *capacity + *capacity / 2 + 64;
    return true;
}

static bool edge(struct reader *r)
{
    struct tc_netlist *nl = r->nl;
    bool negative = peek(r) == '-';
    struct tc_loc loc = here(r);
    uint64_t e = nl->nedges;

    if (grow(e, &r->edge_room)) {
        nl->source = tc_xrealloc(nl->source, r->edge_room, sizeof *nl->source);
        nl->weight = tc_xrealloc(nl->weight, r->edge_room, sizeof *nl->weight);
    }
    r->at++; /* the sign */
    if (!weight(r, "the digits of a weight", negative, &nl->weight[e]))
        return false;
    if (nl->weight[e] == 0)
        return tc_fail(r->err, TC_EFORMAT, loc, "found weight 0, wanted an edge that counts");
    skip_blanks(r);
    if (peek(r) != '*')
        return unexpected(r, "'*' between weight and wire");
    r->at++;
    skip_blanks(r);
    if (!wire(r, "a wire that the gate may read", (uint64_t)nl->ninputs + nl->ngates,
              &nl->source[e]))
        return false;
    nl->nedges++;
    return true;
}

/* the edges just read become a row, or join the row before */
static void close_row(struct reader *r, uint64_t from)
{
    struct tc_netlist *nl = r->nl;
    uint64_t n = nl->nedges - from;

    if (nl->nrows && from - nl->first[nl->nrows - 1] == n &&
        (n == 0 ||
         (memcmp(nl->source + from, nl->source + from - n, n * sizeof *nl->source) == 0 &&
          memcmp(nl->weight + from, nl->weight + from - n, n * sizeof *nl->weight) == 0))) {
        nl->nedges = from;
        return;
    }
    if (grow(nl->nrows + (size_t)1, &r->row_room)) {
        nl->first = tc_xrealloc(nl->first, r->row_room, sizeof *nl->first);
        nl->gate = tc_xrealloc(nl->gate, r->row_room, sizeof *nl->gate);
    }
    nl->first[nl->nrows] = from;
    nl->gate[nl->nrows++] = nl->ngates;
}

static bool gate(struct reader *r)
{
    struct tc_netlist *nl = r->nl;
    uint64_t self = (uint64_t)nl->ninputs + nl->ngates, v, from = nl->nedges;
    struct tc_loc loc = here(r);
    bool big, negative;

    if (!number(r, "a gate's wire or 'outputs'", &v, &big))
        return false;
    if (big || v != self)
        return tc_fail(r->err, TC_EFORMAT, loc,
                       "found a gate at wire %s%llu, wanted wire %llu: each in order, once",
                       big ? "over " : "", (unsigned long long)v, (unsigned long long)self);
    if (self == UINT32_MAX)
        return tc_fail(r->err, TC_ELIMIT, loc, "more than 2^32 - 1 wires");
    skip_blanks(r);
    if (peek(r) != '=')
        return unexpected(r, "'=' after a gate's wire");
    r->at++;
    for (skip_blanks(r); peek(r) == '+' || peek(r) == '-'; skip_blanks(r))
        if (!edge(r))
            return false;
    if (peek(r) != '>')
        return unexpected(r, "an edge such as '+1*0', or '>='");
    if (!word(r, ">="))
        return false;
    skip_blanks(r);
    negative = peek(r) == '-';
    r->at += negative;
    if (grow(nl->ngates, &r->gate_room))
        nl->bound = tc_xrealloc(nl->bound, r->gate_room, sizeof *nl->bound);
    if (!weight(r, "a bound", negative, &nl->bound[nl->ngates]))
        return false;
    close_row(r, from);
    nl->ngates++;
    return end_line(r);
}

static bool outputs(struct reader *r)
{
    struct tc_netlist *nl = r->nl;

    if (!word(r, "outputs"))
        return false;
    for (;;) {
        int c = peek(r);

        if (c != ' ' && c != '\t')
            return end_line(r);
        skip_blanks(r);
        c = peek(r);
        if (c == '\n' || c == '\r' || c == '#' || c == EOF)
            return end_line(r);
        if (nl->noutputs == UINT32_MAX)
            return tc_fail(r->err, TC_ELIMIT, here(r), "more than 2^32 - 1 outputs");
        if (grow(nl->noutputs, &r->output_room))
            nl->output = tc_xrealloc(nl->output, r->output_room, sizeof *nl->output);
        if (!wire(r, "an output's wire or the end of the line", (uint64_t)nl->ninputs + nl->ngates,
                  &nl->output[nl->noutputs]))
            return false;
        nl->noutputs++;
    }
}

static bool head(struct reader *r)
{
    struct tc_loc loc;
    uint64_t v;
    bool big;

    next_line(r, false);
    if (peek(r) != 't')
        return unexpected(r, "a netlist, which begins with 'tc 1'");
    if (!word(r, "tc"))
        return false;
    skip_blanks(r);
    loc = here(r);
    if (!number(r, "the version, 1", &v, &big))
        return false;
    if (big || v != 1)
        return tc_fail(r->err, TC_EFORMAT, loc, "found version %llu, wanted 1",
                       (unsigned long long)v);
    if (!end_line(r))
        return false;
    next_line(r, false);
    if (!word(r, "inputs"))
        return false;
    skip_blanks(r);
    loc = here(r);
    if (!number(r, "how many inputs", &v, &big))
        return false;
    if (big || v > UINT32_MAX)
        return tc_fail(r->err, TC_ELIMIT, loc, "more than 2^32 - 1 inputs");
    r->nl->ninputs = (uint32_t)v;
    return end_line(r);
}

static bool read_all(struct reader *r)
{
    struct tc_netlist *nl = r->nl;

    if (!head(r))
        return false;
    tc_progress_start("reading gates", 0);
    while (next_line(r, true) && peek(r) != 'o') {
        if (!gate(r))
            return false;
        tc_progress_tick(nl->ngates);
    }
    if (peek(r) != 'o')
        return unexpected(r, "a gate or 'outputs'");
    if (!outputs(r))
        return false;
    if (next_line(r, false) || r->read_failed)
        return unexpected(r, "nothing after the outputs");
    nl->first = tc_xrealloc(nl->first, nl->nrows + (size_t)1, sizeof *nl->first);
    nl->gate = tc_xrealloc(nl->gate, nl->nrows + (size_t)1, sizeof *nl->gate);
    nl->first[nl->nrows] = nl->nedges;
    nl->gate[nl->nrows] = nl->ngates;
    return true;
}

struct tc_netlist *tc_netlist_read(FILE *f, const char *file, struct tc_error *err)
{
    struct reader r = {.f = f, .file = file, .err = err, .line = 1, .nl = tc_netlist_new()};
    bool ok;

    r.row_room = 1; /* the sentinels */
    r.bytes = tc_xcalloc(CHUNK, 1);
    mpz_init(r.z);
    ok = read_all(&r);
    tc_progress_end();
    free(r.bytes);
    free(r.digits.bytes);
    mpz_clear(r.z);
    if (ok)
        return r.nl;
    tc_netlist_free(r.nl);
    return NULL;
}
