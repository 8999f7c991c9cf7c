/* lex.c -- the words of a family's text
 *
 * The text may come from anywhere: nothing is assumed of it, names and digits
 * are bounded by its length, and the whole by MOST_BYTES. */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES  ((size_t)1 << 30)
#define MOST_DIGITS 100000

char *tc_read_all(FILE *in, const char *file, size_t *length, struct tc_error *err)
{
    struct tc_loc loc = {.file = file};
    size_t n = 0, room = 1 << 16, got;
    char *s = tc_xcalloc(room, 1);

    while ((got = fread(s + n, 1, room - n - 1, in)) > 0) {
        n += got;
        if (n > MOST_BYTES) {
            tc_fail(err, TC_ELIMIT, loc, "the text is longer than 2^30 bytes");
            free(s);
            return NULL;
        }
        if (n == room - 1) {
            room *= 2;
            s = tc_xrealloc(s, room, 1);
        }
    }
    if (ferror(in)) {
        tc_fail(err, TC_EIO, loc, "cannot be read: %s", strerror(errno));
        free(s);
        return NULL;
    }
    s[n] = '\0';
    if (memchr(s, '\0', n)) {
        loc.line = loc.col = 1;
        for (const char *p = s; *p; p++) {
            loc.col = *p == '\n' ? 1 : loc.col + 1;
            loc.line += *p == '\n';
        }
        tc_fail(err, TC_EFORMAT, loc, "found a zero byte, wanted text");
        free(s);
        return NULL;
    }
    *length = n;
    return s;
}

/* Columns are characters of UTF-8, counted on from the last place asked for:
 * a line may be long. */
static struct tc_loc loc_of(struct tc_lexer *x, const char *at)
{
    if (x->mark < x->line_start || x->mark > at) {
        x->mark = x->line_start;
        x->mark_col = 1;
    }
    for (; x->mark < at; x->mark++)
        x->mark_col += (*x->mark & 0xC0) != 0x80;
    return (struct tc_loc){x->file, x->line, x->mark_col};
}

bool tc_lex_wanted(struct tc_lexer *x, const char *fmt, ...)
{
    char found[80], wanted[280];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(wanted, sizeof wanted, fmt, ap);
    va_end(ap);
    switch (x->kind) {
    case TC_TOKEN_END:
        snprintf(found, sizeof found, "the end of the file");
        break;
    case TC_TOKEN_LINE:
        snprintf(found, sizeof found, "the end of the line");
        break;
    case TC_TOKEN_SIGN:
        if ((unsigned char)x->sign < 0x20 || x->sign == 0x7F)
            snprintf(found, sizeof found, "character %d", x->sign);
        else
            snprintf(found, sizeof found, "'%c'", x->sign);
        break;
    default:
        snprintf(found, sizeof found, "'%.*s%s'", x->length > 60 ? 60 : (int)x->length, x->start,
                 x->length > 60 ? "..." : "");
    }
    return tc_fail(x->err, TC_EFORMAT, x->loc, "found %s, wanted %s", found, wanted);
}

/* blanks, comments, and line ends that are followed by a blank; true if the
 * statement ended on the way */
static bool skip_blanks(struct tc_lexer *x)
{
    for (;; x->p++) {
        if (*x->p == '#') {
            const char *hash = x->p;

            x->p += strcspn(x->p, "\n");
            if (x->line == x->last_line) {
                x->note = hash + 1;
                x->note_end = x->p;
                x->note_line = x->line;
            }
        }
        if (*x->p == '\n') {
            bool ended = x->p[1] != ' ' && x->p[1] != '\t';

            if (ended)
                x->loc = loc_of(x, x->p);
            x->line++;
            x->line_start = x->p + 1;
            if (ended)
                return true; /* the line end is left to the caller */
        } else if (*x->p != ' ' && *x->p != '\t' && *x->p != '\r') {
            return false;
        }
    }
}

static int hex(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
                                        : -1;
}

/* one character after a backslash, at p; how many were read, 0 if it is none */
static size_t escape(const char *p, char *out)
{
    if (*p == '\\' || *p == '"') {
        *out = *p;
        return 1;
    }
    if (*p == 'n') {
        *out = '\n';
        return 1;
    }
    if (*p == 'x' && hex(p[1]) >= 0 && hex(p[2]) >= 0 && hex(p[1]) + hex(p[2]) > 0) {
        *out = (char)(16 * hex(p[1]) + hex(p[2]));
        return 3;
    }
    return 0;
}

static bool lex_quoted(struct tc_lexer *x)
{
    size_t n = strcspn(x->p + 1, "\n");
    char *out = tc_alloc(x->arena, n + 1, 1), *o = out;
    const char *p = x->p + 1;

    while (*p && *p != '\n' && *p != '"') {
        if (*p == '\\') {
            size_t used = escape(p + 1, o++);

            if (!used)
                return tc_fail(x->err, TC_EFORMAT, loc_of(x, p),
                               "found a backslash, wanted \\\\, \\\", \\n or \\xHH");
            p += 1 + used;
        } else {
            *o++ = *p++;
        }
    }
    if (*p != '"')
        return tc_fail(x->err, TC_EFORMAT, x->loc, "the quote is not closed on its line");
    if (o == out)
        return tc_fail(x->err, TC_EFORMAT, x->loc, "found an empty name");
    x->name = out;
    x->quoted = true;
    x->p = p + 1;
    return true;
}

bool tc_lex_next(struct tc_lexer *x)
{
    const char *p;
    bool ended = skip_blanks(x);

    x->quoted = false;
    if (ended) {
        x->kind = TC_TOKEN_LINE;
        x->p++;
        x->length = 0;
        return true;
    }
    p = x->start = x->p;
    x->loc = loc_of(x, p);
    if (p == x->end) {
        x->kind = TC_TOKEN_END;
        return true;
    }
    x->last_line = x->line;
    if (*p == '"') {
        x->kind = TC_TOKEN_NAME;
        if (!lex_quoted(x))
            return false;
    } else if (tc_name_begins((unsigned char)*p)) {
        char *name;

        while (tc_name_goes_on((unsigned char)*x->p))
            x->p++;
        x->kind = TC_TOKEN_NAME;
        name = tc_alloc(x->arena, (size_t)(x->p - p) + 1, 1);
        memcpy(name, p, (size_t)(x->p - p));
        x->name = name;
    } else if (isdigit((unsigned char)*p)) {
        while (isdigit((unsigned char)*x->p))
            x->p++;
        x->kind = TC_TOKEN_INTEGER;
    } else if (*p == '<' && p[1] == '=') {
        x->kind = TC_TOKEN_LE;
        x->p += 2;
    } else if (*p == '>' && p[1] == '=') {
        x->kind = TC_TOKEN_GE;
        x->p += 2;
    } else {
        x->kind = TC_TOKEN_SIGN;
        x->sign = *p;
        x->p++;
    }
    x->length = (size_t)(x->p - p);
    return true;
}

bool tc_lex_start(struct tc_lexer *x, struct tc_arena *a, const char *text, size_t length,
                  const char *file, struct tc_error *err)
{
    *x = (struct tc_lexer){.arena = a,
                           .file = file,
                           .err = err,
                           .p = text,
                           .end = text + length,
                           .line_start = text,
                           .mark = text,
                           .mark_col = 1,
                           .line = 1};
    return tc_lex_next(x);
}

bool tc_lex_raw(struct tc_lexer *x, const char *stops, const char **raw, struct tc_loc *loc)
{
    const char *p = x->p, *end;
    char *copy;
    int depth = 0;

    for (end = p; *end && *end != '\n' && *end != '#'; end++) {
        if (depth == 0 && strchr(stops, *end))
            break;
        depth += *end == '(';
        depth -= *end == ')';
    }
    *loc = loc_of(x, p);
    copy = tc_alloc(x->arena, (size_t)(end - p) + 1, 1);
    memcpy(copy, p, (size_t)(end - p));
    *raw = copy;
    x->p = end;
    return tc_lex_next(x);
}

bool tc_lex_is(const struct tc_lexer *x, char sign)
{
    return x->kind == TC_TOKEN_SIGN && x->sign == sign;
}

bool tc_lex_is_word(const struct tc_lexer *x, const char *word)
{
    return x->kind == TC_TOKEN_NAME && !x->quoted && strcmp(x->name, word) == 0;
}

bool tc_lex_integer(struct tc_lexer *x, mpz_ptr v)
{
    char *digits;

    if (x->kind != TC_TOKEN_INTEGER)
        return tc_lex_wanted(x, "an integer");
    if (x->length > MOST_DIGITS)
        return tc_fail(x->err, TC_ELIMIT, x->loc, "an integer of %zu digits; at most %d are read",
                       x->length, MOST_DIGITS);
    if (x->length <= 18) {
        tc_mpz_set_i64(v, strtoll(x->start, NULL, 10));
        return true;
    }
    digits = tc_xcalloc(x->length + 1, 1);
    memcpy(digits, x->start, x->length);
    mpz_set_str(v, digits, 10);
    free(digits);
    return true;
}

const char *tc_lex_note(struct tc_lexer *x)
{
    const char *p = x->note, *end = x->note_end;
    char *out, *o;

    if (!p || x->note_line != x->last_line)
        return NULL;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    if (p == end)
        return NULL;
    o = out = tc_alloc(x->arena, (size_t)(end - p) + 1, 1);
    while (p < end) {
        size_t used = *p == '\\' ? escape(p + 1, o) : 0;

        if (!used)
            *o = *p; /* in a comment a lone backslash is one */
        o++;
        p += 1 + used;
    }
    return out;
}
