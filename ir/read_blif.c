/* read_blif.c -- BLIF, and .th of threABC, which is BLIF with threshold gates in the
 * place of covers
 *
 * One model without latches and hierarchy.  A statement is a line; a line that ends
 * with \ goes on, # begins a comment.  .names is followed by the lines of its cover,
 * .threshold by one of integers: a weight for each fan-in, and the threshold.
 * The first line of a .th file is free text. */
#include "signals.h"

#include <stdlib.h>
#include <string.h>

#define ZEROS      TC_SIGNALS_ZEROS
#define MOST_SMALL 18 /* digits of a weight that stays in its word */

struct blif {
    struct tc_source in;
    struct tc_signals s;
    char *word; /* at hand, ended by zeros */
    size_t length, room;
    struct tc_loc loc; /* of the word */
    const char *model;
    bool seen_model, ended;
    mpz_t z;
};

/* -------------------------------------------------------------------- words */

/* blanks, a comment, and the ends of lines that go on */
static bool skip(struct blif *b)
{
    for (;;) {
        int c = tc_peek(&b->in);

        if (c == '#') {
            while (c != '\n' && c != EOF) {
                tc_skip(&b->in);
                c = tc_peek(&b->in);
            }
            return true;
        }
        if (c == '\\') {
            tc_skip(&b->in);
            if (tc_peek(&b->in) == '\r')
                tc_skip(&b->in);
            if (tc_peek(&b->in) != '\n')
                return tc_unexpected(&b->in, "the end of the line behind a \\");
            tc_skip_line_end(&b->in);
            continue;
        }
        if (c != ' ' && c != '\t' && c != '\r')
            return true;
        tc_skip(&b->in);
    }
}

/* what a word is made of; c may be EOF */
static bool in_word(int c)
{
    return c > ' ' && c != '#' && c != '\\' && c != 127;
}

/* the rest of a word, as far as it is there without reading on */
static void take(struct blif *b)
{
    struct tc_source *in = &b->in;
    size_t n = in->at;

    while (n < in->len && in_word(in->bytes[n]))
        n++;
    n -= in->at;
    TC_SIGNALS_ROOM(b->word, b->length, b->room, n + ZEROS);
    memcpy(b->word + b->length, in->bytes + in->at, n);
    b->length += n;
    in->at += n;
}

/* The next word of the line; false at its end, and for an error, with err->kind set. */
static bool word(struct blif *b)
{
    int c;

    b->length = 0;
    if (!skip(b))
        return false;
    b->loc = tc_here(&b->in);
    for (c = tc_peek(&b->in); in_word(c); c = tc_peek(&b->in))
        take(b);
    if (b->in.failed || (b->length == 0 && c != '\n' && c != EOF)) {
        tc_unexpected(&b->in, "a word or the end of the line");
        return false;
    }
    if (b->length)
        memset(b->word + b->length, 0, ZEROS);
    return b->length > 0;
}

static bool failed(const struct blif *b)
{
    return b->in.err->kind != 0;
}

/* To the first word of the next line that has one; false at the end of the file, and
 * for an error. */
static bool next_line(struct blif *b)
{
    for (;;) {
        if (word(b))
            return true;
        if (failed(b) || tc_peek(&b->in) == EOF)
            return false;
        tc_skip_line_end(&b->in);
    }
}

static bool wrong(struct blif *b, const char *wanted)
{
    if (!b->length)
        return tc_fail(b->in.err, TC_EFORMAT, b->loc, "found the end of the line, wanted %s", wanted);
    return tc_fail(b->in.err, TC_EFORMAT, b->loc, "found '%.100s', wanted %s", b->word, wanted);
}

/* nothing more stands on the line */
static bool line_ends(struct blif *b)
{
    if (!word(b))
        return !failed(b);
    return wrong(b, "the end of the line");
}

static bool starts_with(const struct blif *b, const char *keyword)
{
    return !strncmp(b->word, keyword, strlen(keyword));
}

/* ---------------------------------------------------------------- statements */

static bool model(struct blif *b)
{
    if (b->seen_model)
        return wrong(b, "one model alone: no hierarchy is read");
    b->seen_model = true;
    if (!word(b))
        return !failed(b);
    b->model = tc_strdup(b->s.arena, b->word);
    return line_ends(b);
}

static bool list(struct blif *b, uint32_t **signal, uint32_t *n, size_t *room)
{
    while (word(b)) {
        if (*n == UINT32_MAX - 2)
            return tc_fail(b->in.err, TC_ELIMIT, b->loc, "more than 2^32 - 2 wires");
        TC_SIGNALS_ROOM(*signal, *n, *room, 1);
        (*signal)[(*n)++] = tc_signal(&b->s, b->word, b->length);
    }
    return !failed(b);
}

/* The words of .names and .threshold: fan-ins, and what they define. */
static struct tc_definition *define(struct blif *b)
{
    struct tc_signals *s = &b->s;
    struct tc_definition d = {.line = b->loc.line, .fan = s->nfan};
    struct tc_loc loc = b->loc;

    while (word(b))
        tc_signal_fan(s, b->word, b->length);
    if (failed(b))
        return NULL;
    if (s->nfan == d.fan) {
        tc_fail(b->in.err, TC_EFORMAT, loc, "found no name, wanted the signal that is defined");
        return NULL;
    }
    if (s->nfan - d.fan > UINT32_MAX || s->ndef == UINT32_MAX - 1) {
        tc_fail(b->in.err, TC_ELIMIT, loc, "more than 2^32 - 1 signals");
        return NULL;
    }
    d.nfan = (uint32_t)(s->nfan - d.fan - 1);
    TC_SIGNALS_ROOM(s->def, s->ndef, s->def_room, 1);
    s->def[s->ndef] = d;
    return &s->def[s->ndef++];
}

/* a line of a cover, whose first word is at hand */
static bool cube(struct blif *b, struct tc_definition *d)
{
    struct tc_signals *s = &b->s;
    char value;

    if (d->nfan) {
        if (b->length != d->nfan)
            return tc_fail(b->in.err, TC_EFORMAT, b->loc, "found %zu characters, wanted %u: one for "
                           "each input of the cover", b->length, d->nfan);
        if (strspn(b->word, "01-") != b->length)
            return wrong(b, "0, 1 and -");
        TC_SIGNALS_ROOM(s->cube, s->ncube, s->cube_room, d->nfan);
        memcpy(s->cube + s->ncube, b->word, d->nfan);
        s->ncube += d->nfan;
        if (!word(b))
            return failed(b) ? false : wrong(b, "the cover's value");
    }
    value = b->word[0];
    if (b->length != 1 || (value != '0' && value != '1'))
        return wrong(b, "0 or 1");
    if (d->ncube && d->off != (value == '0'))
        return wrong(b, "the value of the cover's other lines");
    d->off = value == '0';
    if (++d->ncube == UINT32_MAX)
        return tc_fail(b->in.err, TC_ELIMIT, b->loc, "more than 2^32 - 2 lines in a cover");
    return line_ends(b);
}

/* The lines of the cover; *more: the first word of a statement is at hand. */
static bool names(struct blif *b, bool *more)
{
    struct tc_definition *d = define(b);

    if (!d)
        return false;
    d->body = b->s.ncube;
    while ((*more = next_line(b)) && b->word[0] != '.')
        if (!cube(b, d))
            return false;
    return !failed(b);
}

/* an integer of any size; plus signs are allowed */
static bool integer(struct blif *b, tc_weight *w)
{
    bool negative = b->word[0] == '-';
    const char *digits = b->word + (negative || b->word[0] == '+');
    size_t n = 0;
    int64_t v = 0;

    for (; digits[n] >= '0' && digits[n] <= '9'; n++)
        if (n < MOST_SMALL)
            v = 10 * v + (digits[n] - '0');
    if (!n || digits[n])
        return wrong(b, "an integer");
    if (n > 1000000)
        return tc_fail(b->in.err, TC_ELIMIT, b->loc, "a number has more than 1000000 digits");
    if (n <= MOST_SMALL) {
        *w = negative ? -v : v;
        return true;
    }
    mpz_set_str(b->z, digits, 10);
    if (negative)
        mpz_neg(b->z, b->z);
    *w = tc_weight_put(b->s.build.nl, b->z);
    return true;
}

/* an integer of few digits and without plus sign, whole among the bytes at hand; nothing is read if
 * that is not what comes */
static bool small(struct tc_source *in, tc_weight *w)
{
    const unsigned char *p = in->bytes + in->at, *end = in->bytes + in->len, *digits;
    bool negative;
    int64_t v = 0;

    while (p < end && *p == ' ')
        p++;
    negative = p < end && *p == '-';
    digits = p += negative;
    for (; p < end && *p >= '0' && *p <= '9' && p - digits < MOST_SMALL; p++)
        v = 10 * v + (*p - '0');
    if (p == digits || p == end || (*p != ' ' && *p != '\n'))
        return false;
    *w = negative ? -v : v;
    in->at = (size_t)(p - in->bytes);
    return true;
}

static bool threshold(struct blif *b)
{
    struct tc_signals *s = &b->s;
    struct tc_definition *d = define(b);
    unsigned line;

    if (!d)
        return false;
    line = b->loc.line;
    d->weighted = true;
    d->body = s->nweight;
    TC_SIGNALS_ROOM(s->weight, s->nweight, s->weight_room, (size_t)d->nfan + 1);
    if (tc_peek(&b->in) == '\n')
        tc_skip_line_end(&b->in);
    for (uint32_t i = 0; i <= d->nfan; i++, s->nweight++) {
        if (small(&b->in, &s->weight[s->nweight]))
            continue;
        if (!word(b))
            return failed(b) ? false
                             : tc_fail(b->in.err, TC_EFORMAT, b->loc,
                                       "found %u numbers, wanted %u weights and the threshold of "
                                       "the gate in line %u", i, d->nfan, line);
        if (!integer(b, &s->weight[s->nweight]))
            return false;
    }
    return line_ends(b);
}

/* The statement whose first word is at hand; *more as in names. */
static bool statement(struct blif *b, bool *more)
{
    bool ok;

    *more = false;
    if (!strcmp(b->word, ".names"))
        return names(b, more);
    if (starts_with(b, ".thres"))
        ok = threshold(b);
    else if (!strcmp(b->word, ".model"))
        ok = model(b);
    else if (starts_with(b, ".input"))
        ok = list(b, &b->s.input, &b->s.ninput, &b->s.input_room);
    else if (starts_with(b, ".output"))
        ok = list(b, &b->s.output, &b->s.noutput, &b->s.output_room);
    else if (!strcmp(b->word, ".end"))
        ok = b->ended = line_ends(b);
    else
        return wrong(b, ".model, .inputs, .outputs, .names, .threshold or .end: no latches and "
                        "no hierarchy are read");
    return ok && !failed(b) && ((*more = next_line(b)) || !failed(b));
}

/* a first line of free text, which only .th has */
static void first_line(struct blif *b)
{
    int c = tc_peek(&b->in);

    if (c == '.' || c == '#' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return;
    while (c != '\n' && c != EOF) {
        tc_skip(&b->in);
        c = tc_peek(&b->in);
    }
}

static bool read_all(struct blif *b)
{
    bool more;

    first_line(b);
    more = next_line(b);
    if (failed(b))
        return false;
    if (!more)
        return tc_fail(b->in.err, TC_EFORMAT, b->loc, "found no statement, wanted .model");
    while (more) {
        if (b->ended)
            return wrong(b, "nothing behind .end: one model alone is read");
        if (!statement(b, &more))
            return false;
    }
    return true;
}

struct tc_netlist *tc_read_blif(FILE *f, const char *file, struct tc_error *err)
{
    struct blif b = {0};
    struct tc_netlist *nl = NULL;
    struct tc_error why = {0};

    tc_source_open(&b.in, f, file, &why);
    tc_signals_open(&b.s, &b.in);
    mpz_init(b.z);
    tc_progress_start("reading gates", 0);
    if (read_all(&b))
        nl = tc_signals_netlist(&b.s);
    tc_progress_end();
    if (nl && b.model && tc_port_name_ok(b.model, strlen(b.model)))
        nl->ports.model = tc_strdup(nl->arena, b.model);
    if (!nl)
        *err = why;
    mpz_clear(b.z);
    free(b.word);
    tc_signals_close(&b.s);
    tc_source_close(&b.in);
    return nl;
}
