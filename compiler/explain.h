/* explain.h -- the complexity argument as a document: `tc0c explain`
 *
 * What is said of class, depth, size and papers is what `tc0c bounds` says: the same
 * analysis, and the same sentences. */
#ifndef TC_EXPLAIN_H
#define TC_EXPLAIN_H

#include "bounds.h"

#include <stdarg.h>

/* -------------------------------------------------------------- explain_doc.c
 *
 * A document is a list of parts, written as text, Markdown or HTML.  Between backticks
 * words are code.  Rows that follow one another are a table, the first its head. */

enum tc_part_kind {
    TC_TITLE,
    TC_SECTION,
    TC_SUBSECTION,
    TC_PARAGRAPH,
    TC_ITEM,
    TC_CODE, /* a line of it; in text it is broken between words */
    TC_ROW,  /* cells between tabs */
};

struct tc_part {
    enum tc_part_kind kind;
    const char *text;
};

struct tc_doc {
    struct tc_arena *arena;
    unsigned n, room;
    struct tc_part *part;
};

#define TC_DOC_WIDTH 76 /* columns of text */

void tc_doc_add(struct tc_doc *, enum tc_part_kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* format: "text", "markdown" or "html"; false if the stream failed */
bool tc_doc_write(FILE *, const struct tc_doc *, const char *format);

/* ------------------------------------------------------------ explain_model.c */

/* what a block computes, and what it holds; of repetitions the first alone */
void tc_explain_block(struct tc_doc *, const struct tc_spec *, const struct tc_block *);

/* ---------------------------------------------------------- explain_circuit.c */

/* the options that make a circuit another one, as the command line has them, each after a blank */
const char *tc_explain_options(struct tc_arena *, const struct tc_options *);
/* what a threshold gate is, and how a bank is written */
void tc_explain_notation(struct tc_doc *);
/* The family bank by bank: the formula, its reason, level and gates.  Banks of later
 * repetitions are counted and not shown; spec may be NULL. */
void tc_explain_banks(struct tc_doc *, const struct tc_spec *, const struct tc_family *,
                      const struct tc_count *);
/* One gate found from its number, 5/7 into the largest bank, or why that has no closed
 * form.  spec: the specification and options, for commands; NULL: there are none. */
void tc_explain_gate(struct tc_doc *, const char *spec, const struct tc_family *,
                     const struct tc_count *);

/* ------------------------------------------------------------- explain_prim.c */

/* One operation and its circuit, which has been built: what it computes, bank by bank, depth and
 * size, one gate; in the format args->explain. */
void tc_explain_prim(FILE *, const struct tc_args *, const struct tc_prim_circuit *);

/* ---------------------------------------------------------- explain_netlist.c */

/* A circuit from a file: its gates, each with what it is, depth and size. */
bool tc_explain_netlist(FILE *, const struct tc_args *, struct tc_error *);

/* ------------------------------------------------------------------ explain.c */

bool tc_explain_command(FILE *, const struct tc_args *, struct tc_error *);

#endif
