/* text.h -- shared by the files of ir/ that read, write and check text forms;
 * nobody else includes it */
#ifndef TC_TEXT_H
#define TC_TEXT_H

#include "ir.h"

/* names.c -- from names, which are borrowed, to small numbers */

struct tc_names {
    size_t n, room;
    struct tc_name_slot {
        const char *name;
        uint64_t head; /* its first eight bytes, zeros behind its end */
        uint32_t value, hash;
    } * slot;
};

uint32_t tc_names_find(const struct tc_names *, const char *name);      /* UINT32_MAX: not there */
bool tc_names_add(struct tc_names *, const char *name, uint32_t value); /* false: was there */
void tc_names_free(struct tc_names *);

/* interval.c */

/* Whether thresholds without wires decrease somewhere in t: by looking, where
 * there are not too many.  (The evaluators assert that they do not, also of
 * thresholds with wires.) */
bool tc_threshold_falls(const struct tc_bank *, int64_t *t, mpz_ptr before, mpz_ptr after);

/* check.c */

/* The invariants of one part of a family; what comes before it in the family
 * must have been checked.  The error has no place in a file. */
struct tc_checker;
struct tc_checker *tc_checker_new(const struct tc_family *);
void tc_checker_free(struct tc_checker *);
bool tc_check_input(struct tc_checker *, const struct tc_plane *, struct tc_error *);
bool tc_check_bank(struct tc_checker *, const struct tc_bank *, struct tc_error *);

#define TC_MOST_GUARDS 48                  /* of a bank, and of a term */
#define TC_MOST_AFFINE  ((int64_t)1 << 61) /* |values| of an affine expression stay below */

/* write.c */

/* text that grows; always ends in '\0' */
struct tc_text {
    char *s;
    size_t n, room;
};

void tc_text_add(struct tc_text *, const char *, size_t);
void tc_text_puts(struct tc_text *, const char *);
void tc_text_printf(struct tc_text *, const char *, ...)
    __attribute__((format(printf, 2, 3), nonnull));
void tc_text_mpz(struct tc_text *, mpz_srcptr);
void tc_text_name(struct tc_text *, const char *); /* bare, or in quotes where it must be */
void tc_text_quoted(struct tc_text *, const char *);
/* a name, or one such as ceil(log2(n)), as polynomials have them */
void tc_text_symbol(struct tc_text *, const char *);
/* " # note", with nothing at its ends that a reader or an editor would drop; or nothing */
void tc_text_note(struct tc_text *, const char *note);
void tc_text_entry(struct tc_text *, const struct tc_table *, size_t); /* of a dense table */
void tc_text_axis(struct tc_text *, const struct tc_axis *);
void tc_text_guard(struct tc_text *, const struct tc_guard *);
/* "q[i<n, c<d; t<T]" */
void tc_text_plane(struct tc_text *, struct tc_arena *, const struct tc_plane *);

/* The indices of a bank: its domain, its chain, and those that the term at hand binds.
 * Each has its own name, with primes where another one has it already. */
struct tc_scope {
    struct tc_arena *arena;
    unsigned n, room; /* n: set back to forget the last ones */
    const struct tc_index **ix;
    const char **name;
};
void tc_scope_add(struct tc_scope *, const struct tc_index *);
const char *tc_scope_name(const struct tc_scope *, const struct tc_index *); /* NULL: its own */
void tc_scope_free(struct tc_scope *);

/* whether c may stand in a bare name, at its head or later */
bool tc_name_begins(unsigned char c);
bool tc_name_goes_on(unsigned char c);

/* lex.c -- the words of a family's text
 *
 * A statement ends at a line end that is not followed by a blank: an indented
 * line goes on.  A comment after the last word of a statement is its note. */

enum tc_token {
    TC_TOKEN_END,  /* of the file */
    TC_TOKEN_LINE, /* end of a statement */
    TC_TOKEN_NAME,
    TC_TOKEN_INTEGER, /* digits */
    TC_TOKEN_LE,      /* <= */
    TC_TOKEN_GE,      /* >= */
    TC_TOKEN_SIGN,    /* any other character, in .sign */
};

struct tc_lexer {
    struct tc_arena *arena; /* of names */
    const char *file;
    struct tc_error *err;
    const char *p, *end; /* what is left, behind the token at hand */
    const char *line_start;
    unsigned line;
    const char *mark; /* on the line, in column mark_col */
    unsigned mark_col;
    const char *note, *note_end; /* the last comment, and where it stood */
    unsigned note_line;
    unsigned last_line; /* of the last word */
    /* the token at hand */
    enum tc_token kind;
    char sign;
    bool quoted; /* a name in quotes is never a key word */
    const char *name;
    const char *start; /* in the text; length of an integer or a bare name */
    size_t length;
    struct tc_loc loc;
};

/* all that the file holds, ended by '\0'; malloc'ed; NULL and an error if it
 * cannot be read, is too long or holds a zero byte */
char *tc_read_all(FILE *, const char *file, size_t *length, struct tc_error *);
/* the first token; false and an error for a malformed one, as below */
bool tc_lex_start(struct tc_lexer *, struct tc_arena *, const char *text, size_t length,
                  const char *file, struct tc_error *);
bool tc_lex_next(struct tc_lexer *);
/* The characters behind the token at hand up to one of the stops that is in no
 * parentheses, or the line's end; the stop is then the token at hand. */
bool tc_lex_raw(struct tc_lexer *, const char *stops, const char **raw, struct tc_loc *);
bool tc_lex_is(const struct tc_lexer *, char sign);
bool tc_lex_is_word(const struct tc_lexer *, const char *word);
/* "found ..., wanted ..." at the token at hand; false */
bool tc_lex_wanted(struct tc_lexer *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* the digits at hand; TC_ELIMIT if there are too many */
bool tc_lex_integer(struct tc_lexer *, mpz_ptr);
/* the note of the statement that has just ended; in the arena; NULL if none */
const char *tc_lex_note(struct tc_lexer *);

/* label.c -- text of users and big numbers, as pictures show them */

/* for HTML-like labels; at most so many characters, the rest becomes an ellipsis */
void tc_label_html(struct tc_text *, const char *, size_t most);
/* for plain labels: survives cgraph's quoting and the escapes of labels */
void tc_label_plain(struct tc_text *, const char *);
void tc_label_grouped(struct tc_text *, mpz_srcptr); /* 1,234,567 */
/* 1,024, and 3.57 times a power of ten from ten digits on; not negative */
void tc_label_number(struct tc_text *, mpz_srcptr);

/* svg.c */

/* tc_dot_svg with another time limit, in seconds of the clock */
bool tc_dot_svg_within(const char *dot, size_t len, FILE *svg, unsigned seconds, struct tc_error *);

#endif
