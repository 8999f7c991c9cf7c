/* dot.h -- inside ir/: graphs of cgraph (graph.c), for dot.c */
#ifndef TC_DOT_H
#define TC_DOT_H

#include "text.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wundef"
#include <cgraph.h>
#pragma GCC diagnostic pop

#define TC_DOT_FONT "DejaVu Sans,Verdana,sans-serif"

/* cgraph takes char * and writes to none of them */
char *tc_dot_borrow(const char *);
/* left to right, with our fonts; its text is the same in every run */
Agraph_t *tc_dot_graph(const char *name, Agdesc_t kind);
/* of DOT text, laid out the same in every run; NULL if there is no sense in it */
Agraph_t *tc_dot_read(const char *text);
/* p7, made if it is not there */
Agnode_t *tc_dot_node(Agraph_t *, char kind, unsigned id);
/* of a graph, node or edge */
void tc_dot_set(void *object, const char *name, const char *value);
void tc_dot_set_html(Agraph_t *, void *object, const char *name, const char *html);
/* for all objects of a kind, unless they say otherwise */
void tc_dot_default(Agraph_t *, int kind, const char *name, const char *value);

#endif
