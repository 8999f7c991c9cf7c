/* graph.c -- graphs of cgraph, as dot.c draws on them */
#include "dot.h"

#include <stdlib.h>
#include <string.h>

char *tc_dot_borrow(const char *s)
{
    return (char *)(uintptr_t)s;
}

/* cgraph orders subgraphs by an identifier that it makes of an address, so its
 * text would differ from run to run.  These identifiers count: even ones have
 * names, odd ones have not. */
struct ids {
    struct tc_arena *arena;
    struct tc_names names;
    char **name;
    uint32_t n;
    uint64_t unnamed;
};

static void *ids_open(Agraph_t *g, Agdisc_t *disc)
{
    struct ids *ids = tc_xcalloc(1, sizeof *ids);

    (void)g;
    (void)disc;
    ids->arena = tc_arena_new();
    return ids;
}

static long ids_map(void *state, int kind, char *name, IDTYPE *id, int create)
{
    struct ids *ids = state;
    uint32_t k;

    (void)kind;
    if (!name) {
        *id = 2 * ids->unnamed++ + 1;
        return 1;
    }
    k = tc_names_find(&ids->names, name);
    if (k == UINT32_MAX) {
        if (!create)
            return 0;
        k = ids->n++;
        ids->name = tc_xrealloc(ids->name, ids->n, sizeof *ids->name);
        ids->name[k] = tc_strdup(ids->arena, name);
        tc_names_add(&ids->names, ids->name[k], k);
    }
    *id = 2 * (IDTYPE)k;
    return 1;
}

static long ids_alloc(void *state, int kind, IDTYPE id)
{
    (void)state;
    (void)kind;
    (void)id;
    return 0; /* nobody may choose one */
}

static void ids_free(void *state, int kind, IDTYPE id)
{
    (void)state;
    (void)kind;
    (void)id;
}

static char *ids_print(void *state, int kind, IDTYPE id)
{
    (void)kind;
    return id % 2 ? NULL : ((struct ids *)state)->name[id / 2];
}

static void ids_close(void *state)
{
    struct ids *ids = state;

    tc_names_free(&ids->names);
    free(ids->name);
    tc_arena_free(ids->arena);
    free(ids);
}

static void ids_register(void *state, int kind, void *object)
{
    (void)state;
    (void)kind;
    (void)object;
}

static Agiddisc_t id_functions = {ids_open,  ids_map,   ids_alloc,   ids_free,
                                  ids_print, ids_close, ids_register};

Agraph_t *tc_dot_read(const char *text)
{
    Agdisc_t disc = {&AgMemDisc, &id_functions, &AgIoDisc};
    FILE *in = fmemopen(tc_dot_borrow(text), strlen(text), "r");
    Agraph_t *g = in ? agread(in, &disc) : NULL;

    if (in)
        fclose(in);
    return g;
}

void tc_dot_set(void *object, const char *name, const char *value)
{
    agsafeset(object, tc_dot_borrow(name), tc_dot_borrow(value), tc_dot_borrow(""));
}

void tc_dot_set_html(Agraph_t *g, void *object, const char *name, const char *html)
{
    char *s = agstrdup_html(g, tc_dot_borrow(html));

    agsafeset(object, tc_dot_borrow(name), s, tc_dot_borrow(""));
    agstrfree(g, s);
}

void tc_dot_default(Agraph_t *g, int kind, const char *name, const char *value)
{
    agattr(g, kind, tc_dot_borrow(name), tc_dot_borrow(value));
}

Agnode_t *tc_dot_node(Agraph_t *g, char kind, unsigned id)
{
    char name[24];

    snprintf(name, sizeof name, "%c%u", kind, id);
    return agnode(g, name, 1);
}

Agraph_t *tc_dot_graph(const char *name, Agdesc_t kind)
{
    Agdisc_t disc = {&AgMemDisc, &id_functions, &AgIoDisc};
    Agraph_t *g = agopen(tc_dot_borrow(name), kind, &disc);

    tc_dot_set(g, "linelength", "0"); /* agwrite breaks no lines */
    tc_dot_default(g, AGRAPH, "rankdir", "LR");
    tc_dot_default(g, AGRAPH, "fontname", TC_DOT_FONT);
    tc_dot_default(g, AGRAPH, "fontsize", "14");
    tc_dot_default(g, AGRAPH, "labelloc", "t");
    tc_dot_default(g, AGRAPH, "label", "");
    tc_dot_default(g, AGRAPH, "comment", "");
    tc_dot_default(g, AGNODE, "fontname", TC_DOT_FONT);
    tc_dot_default(g, AGNODE, "label", "\\N");
    tc_dot_default(g, AGEDGE, "color", "#555555");
    tc_dot_default(g, AGEDGE, "arrowsize", "0.7");
    return g;
}
