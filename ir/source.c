/* source.c -- a file's bytes, with the place of each */
#include "source.h"

#include <stdlib.h>

#define CHUNK ((size_t)1 << 16)

void tc_source_open(struct tc_source *s, FILE *f, const char *file, struct tc_error *err)
{
    *s = (struct tc_source){
        .f = f, .file = file, .err = err, .bytes = tc_xcalloc(CHUNK, 1), .line = 1};
}

void tc_source_close(struct tc_source *s)
{
    free(s->bytes);
    s->bytes = NULL;
}

int tc_source_fill(struct tc_source *s)
{
    s->before += s->len;
    s->at = 0;
    s->len = s->failed ? 0 : fread(s->bytes, 1, CHUNK, s->f);
    if (s->len == 0) {
        s->failed = s->failed || ferror(s->f);
        return EOF;
    }
    return s->bytes[0];
}

void tc_skip_blanks(struct tc_source *s)
{
    for (int c = tc_peek(s); c == ' ' || c == '\t'; c = tc_peek(s))
        s->at++;
}

struct tc_loc tc_here(const struct tc_source *s)
{
    uint64_t col = s->before + s->at - s->line_start + 1;

    return (struct tc_loc){s->file, s->line, col > UINT32_MAX ? UINT32_MAX : (unsigned)col};
}

bool tc_unexpected(struct tc_source *s, const char *wanted)
{
    struct tc_loc loc = tc_here(s);
    int c = tc_peek(s);
    char found[20];

    if (s->failed)
        return tc_fail(s->err, TC_EIO, loc, "the file cannot be read further");
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
    return tc_fail(s->err, TC_EFORMAT, loc, "found %s, wanted %s", found, wanted);
}

bool tc_expect(struct tc_source *s, const char *word)
{
    char wanted[32];

    snprintf(wanted, sizeof wanted, "'%s'", word);
    for (const char *c = word; *c; c++, s->at++)
        if (tc_peek(s) != *c)
            return tc_unexpected(s, wanted);
    return true;
}

bool tc_source_number(struct tc_source *s, const char *what, uint64_t most, uint64_t *v)
{
    struct tc_loc loc = tc_here(s);
    int first = tc_peek(s);

    *v = 0;
    if (first < '0' || first > '9')
        return tc_unexpected(s, what);
    for (int c = first; c >= '0' && c <= '9'; c = tc_peek(s)) {
        *v = 10 * *v + (uint64_t)(c - '0');
        if (*v > most)
            return tc_fail(s->err, TC_EFORMAT, loc, "found a number over %llu, wanted %s",
                           (unsigned long long)most, what);
        s->at++;
    }
    return first != '0' || *v == 0 ||
           tc_fail(s->err, TC_EFORMAT, loc, "found a number with a leading zero, wanted %s", what);
}
