/* read.h -- inside ir/: the reader of families, in two files */
#ifndef TC_READ_H
#define TC_READ_H

#include "text.h"

#define TC_MOST_SCOPE (2 * TC_MOST_INDICES + 1)

struct tc_reader {
    struct tc_lexer lex;
    struct tc_family *f;
    struct tc_arena *scratch;
    struct tc_error *err;
    struct tc_checker *checker;
    struct tc_names symbols, tables, planes, outputs;
    unsigned nscope;
    struct {
        const char *name;
        const struct tc_index *ix;
    } scope[TC_MOST_SCOPE];
};

/* read_form.c -- formulas; all false with an error at the token at hand */

bool tc_take(struct tc_reader *, char sign, const char *wanted);
/* a name that need not mean anything yet */
bool tc_take_name(struct tc_reader *, const char *wanted, const char **, struct tc_loc *);
/* digits with or without a minus; the second of at most 61 bits */
bool tc_take_integer(struct tc_reader *, mpz_ptr);
bool tc_take_small(struct tc_reader *, int64_t *);

/* NAME < SIZE, where the size ends at a comma or a closing bracket; the index
 * joins the scope */
bool tc_read_bound(struct tc_reader *, const struct tc_index **);
/* behind '|', separated by commas */
bool tc_read_guards(struct tc_reader *, unsigned *n, struct tc_guard **);
bool tc_read_form(struct tc_reader *, struct tc_form *);

/* room for one more in an array that began as NULL; old copies stay in the arena */
void *tc_grow(struct tc_arena *, void *array, unsigned n, size_t size);

#endif
