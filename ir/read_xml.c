/* read_xml.c -- a family from XML, see FORMAT.md and compiler/family.xsd
 *
 * The schema says what may stand where.  What passes is put into the text form, a statement
 * a line, and read from there: one reader knows what makes a family sound.  Errors get the
 * line of the XML element that the statement came from.
 *
 * A file may come from anyone: there is no network and no document type, and so no entities. */
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "family_xsd.h"

struct xml_reader {
    const char *file;
    struct tc_error *err;
    struct tc_text text;
    unsigned nline; /* of text */
    unsigned *line; /* of XML, per line of text */
    unsigned nextent;
    struct extent { /* of all indices, as they come */
        int64_t value;
        unsigned line;
    } *extent;
    bool failed;
};

static bool fail(struct xml_reader *r, long line, const char *what)
{
    char msg[300];

    if (r->failed)
        return false;
    r->failed = true;
    snprintf(msg, sizeof msg, "%s", what);
    msg[strcspn(msg, "\n")] = '\0';
    return tc_fail(r->err, TC_EFORMAT,
                   (struct tc_loc){r->file, line > 0 ? (unsigned)line : 1, 0}, "%s", msg);
}

static void complain(void *reader, xmlErrorPtr e)
{
    struct xml_reader *r = reader;

    if (e->level >= XML_ERR_ERROR)
        fail(r, e->node ? xmlGetLineNo(e->node) : e->line, e->message ? e->message : "not XML");
}

static void no_subset(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    xmlParserCtxtPtr c = ctx;

    (void)name;
    (void)id;
    (void)system;
    fail(c->_private, c->input ? c->input->line : 1,
         "found a document type (DOCTYPE), wanted none: it could ask for other files");
    xmlStopParser(c);
}

/* ----------------------------------------------------------- elements to text */

static bool is(const xmlNode *e, const char *name)
{
    return e && !strcmp((const char *)e->name, name);
}

static xmlNodePtr element(xmlNodePtr e) /* this one or the next that is an element */
{
    while (e && e->type != XML_ELEMENT_NODE)
        e = e->next;
    return e;
}

static xmlNodePtr first(const xmlNode *e)
{
    return element(e->children);
}

static xmlNodePtr after(const xmlNode *e)
{
    return element(e->next);
}

/* an attribute, or "" */
static char *attribute(struct tc_arena *a, xmlNodePtr e, const char *name)
{
    xmlChar *s = xmlGetNoNsProp(e, (const xmlChar *)name);
    char *copy = tc_strdup(a, s ? (const char *)s : "");

    xmlFree(s);
    return copy;
}

static void add_name(struct xml_reader *r, struct tc_arena *a, xmlNodePtr e, const char *name)
{
    tc_text_name(&r->text, attribute(a, e, name));
}

static void add_bound(struct xml_reader *r, struct tc_arena *a, xmlNodePtr e)
{
    char *extent = attribute(a, e, "extent");
    int64_t value = strlen(extent) < 19 ? atoll(extent) : INT64_MAX;

    add_name(r, a, e, "index");
    tc_text_printf(&r->text, "<%s", attribute(a, e, "size"));
    r->extent = tc_xrealloc(r->extent, r->nextent + (size_t)1, sizeof *r->extent);
    r->extent[r->nextent++] = (struct extent){value, (unsigned)xmlGetLineNo(e)};
}

/* "constant + coefficient*index + ... + table(...)" */
static void add_expression(struct xml_reader *r, struct tc_arena *a, xmlNodePtr e)
{
    const char *constant = attribute(a, e, "constant");

    tc_text_puts(&r->text, *constant ? constant : "0");
    for (xmlNodePtr p = first(e); p; p = after(p)) {
        const char *coefficient = attribute(a, p, "coefficient");

        if (is(p, "entry")) {
            tc_text_puts(&r->text, " + ");
            add_name(r, a, p, "table");
            tc_text_puts(&r->text, "(");
            add_expression(r, a, p); /* once: an entry has no entry */
            tc_text_puts(&r->text, ")");
            continue;
        }
        if (*coefficient == '-')
            tc_text_printf(&r->text, " - %s*", coefficient + 1);
        else
            tc_text_printf(&r->text, " + %s*", *coefficient ? coefficient : "1");
        add_name(r, a, p, "index");
    }
}

/* "| EXPR >= 0, ..." of the guards that stand at *e */
static void add_guards(struct xml_reader *r, struct tc_arena *a, xmlNodePtr *e)
{
    for (unsigned k = 0; is(*e, "guard"); k++, *e = after(*e)) {
        tc_text_puts(&r->text, k ? ", " : " | ");
        add_expression(r, a, *e);
        tc_text_puts(&r->text, " >= 0");
    }
}

static void add_places(struct xml_reader *r, struct tc_arena *a, xmlNodePtr e, bool chain)
{
    for (xmlNodePtr at = first(e); at; at = after(at)) {
        add_expression(r, a, at);
        if (after(at))
            tc_text_puts(&r->text, chain && !after(after(at)) ? "; " : ", ");
    }
}

/* whether bank or input `name` before has a chain: its last place stands behind ';' */
static bool has_chain(const struct tc_names *planes, const char *name)
{
    return tc_names_find(planes, name) == 1;
}

static void add_term(struct xml_reader *r, struct tc_arena *a, const struct tc_names *planes,
                     xmlNodePtr e, bool lead)
{
    const char *coefficient = attribute(a, e, "coefficient");
    bool negative = *coefficient == '-';
    xmlNodePtr p = first(e);

    tc_text_puts(&r->text, negative ? lead ? "-" : " - " : lead ? "" : " + ");
    if (is(p, "sum") || is(p, "guard")) {
        tc_text_puts(&r->text, "sum{");
        for (bool more = false; is(p, "sum"); p = after(p), more = true) {
            tc_text_puts(&r->text, more ? ", " : "");
            add_bound(r, a, p);
        }
        add_guards(r, a, &p);
        tc_text_puts(&r->text, "} ");
    }
    tc_text_puts(&r->text, coefficient + negative);
    for (; p; p = after(p)) {
        bool wire = is(p, "wire"), single;
        const char *name = attribute(a, p, wire ? "plane" : "table");
        bool chain = wire && has_chain(planes, name);

        single = chain && first(p) && !after(first(p));
        tc_text_puts(&r->text, "*");
        tc_text_name(&r->text, name);
        tc_text_puts(&r->text, wire ? "[" : "(");
        tc_text_puts(&r->text, single ? "; " : "");
        add_places(r, a, p, chain);
        tc_text_puts(&r->text, wire ? "]" : ")");
    }
}

static void add_form(struct xml_reader *r, struct tc_arena *a, const struct tc_names *planes,
                     xmlNodePtr e)
{
    if (!first(e))
        tc_text_puts(&r->text, "0");
    for (xmlNodePtr t = first(e); t; t = after(t))
        add_term(r, a, planes, t, t == first(e));
    tc_text_printf(&r->text, " in [%s, ", attribute(a, e, "least"));
    tc_text_printf(&r->text, "%s]", attribute(a, e, "greatest"));
}

/* "[i<n, c<d; t<T | c <= i]" */
static void add_axes(struct xml_reader *r, struct tc_arena *a, xmlNodePtr *e)
{
    tc_text_puts(&r->text, "[");
    for (bool more = false; is(*e, "axis"); *e = after(*e), more = true) {
        tc_text_puts(&r->text, more ? ", " : "");
        add_bound(r, a, *e);
    }
    if (is(*e, "chain")) {
        tc_text_puts(&r->text, "; ");
        add_bound(r, a, *e);
        *e = after(*e);
    }
    add_guards(r, a, e);
    tc_text_puts(&r->text, "]");
}

static void add_bank(struct xml_reader *r, struct tc_arena *a, struct tc_names *planes,
                     xmlNodePtr e)
{
    const char *name = attribute(a, e, "name"), *monotone = attribute(a, e, "monotone");
    const char *component = attribute(a, e, "component");
    xmlNodePtr p = first(e);
    bool chain = false;

    for (xmlNodePtr x = p; x; x = after(x))
        chain = chain || is(x, "chain");
    tc_text_name(&r->text, name);
    add_axes(r, a, &p);
    tc_text_printf(&r->text, " level %s", attribute(a, e, "level"));
    if (chain && (!strcmp(monotone, "true") || !strcmp(monotone, "1")))
        tc_text_puts(&r->text, " monotone");
    tc_text_puts(&r->text, ": ");
    add_form(r, a, planes, p);
    tc_text_puts(&r->text, " >= ");
    add_form(r, a, planes, after(p));
    if (*component) {
        tc_text_puts(&r->text, " @ ");
        tc_text_name(&r->text, component);
    }
    tc_text_note(&r->text, attribute(a, e, "note"));
    tc_names_add(planes, name, chain);
}

/* numbers and blanks; line ends become blanks */
static bool add_entries(struct xml_reader *r, const xmlNode *e)
{
    tc_text_puts(&r->text, " = ");
    for (const xmlNode *t = e->children; t; t = t->next) {
        if (t->type != XML_TEXT_NODE && t->type != XML_CDATA_SECTION_NODE)
            continue;
        for (const char *s = (const char *)t->content; *s; s++) {
            char c = isspace((unsigned char)*s) ? ' ' : *s;

            if (c != ' ' && c != '-' && !isdigit((unsigned char)c))
                return fail(r, xmlGetLineNo(e), "entries of a table are integers");
            tc_text_add(&r->text, &c, 1);
        }
    }
    return true;
}

static bool add_table(struct xml_reader *r, struct tc_arena *a, xmlNodePtr e)
{
    char *extents = attribute(a, e, "extents");
    bool dense = xmlHasProp(e, (const xmlChar *)"extents");

    if (dense == (xmlHasProp(e, (const xmlChar *)"function") != NULL))
        return fail(r, xmlGetLineNo(e), "a table has either extents or a function");
    add_name(r, a, e, "name");
    if (!dense) {
        tc_text_puts(&r->text, " = ");
        add_name(r, a, e, "function");
        tc_text_puts(&r->text, "(");
        tc_text_quoted(&r->text, attribute(a, e, "parameters"));
        tc_text_puts(&r->text, ")");
        return true;
    }
    tc_text_puts(&r->text, "(");
    for (char *s = extents; *s; s++)
        if (*s == ' ')
            tc_text_puts(&r->text, ", ");
        else
            tc_text_add(&r->text, s, 1);
    tc_text_puts(&r->text, ")");
    return add_entries(r, e);
}

static void end_line(struct xml_reader *r, const xmlNode *e)
{
    r->line = tc_xrealloc(r->line, r->nline + (size_t)1, sizeof *r->line);
    r->line[r->nline++] = (unsigned)xmlGetLineNo(e);
    tc_text_puts(&r->text, "\n");
}

static bool add_statement(struct xml_reader *r, struct tc_arena *a, struct tc_names *planes,
                          xmlNodePtr e)
{
    xmlNodePtr p = first(e);

    tc_text_printf(&r->text, "%s ", (const char *)e->name);
    if (is(e, "table"))
        return add_table(r, a, e);
    if (is(e, "bank")) {
        add_bank(r, a, planes, e);
    } else if (is(e, "input")) {
        add_name(r, a, e, "name");
        add_axes(r, a, &p);
    } else if (is(e, "output")) {
        add_name(r, a, e, "name");
        tc_text_puts(&r->text, " = ");
        add_name(r, a, e, "plane");
    } else {
        tc_text_symbol(&r->text, attribute(a, e, "name"));
        tc_text_printf(&r->text, " = %s", attribute(a, e, "value"));
        tc_text_note(&r->text, attribute(a, e, "note"));
    }
    return true;
}

static bool add_family(struct xml_reader *r, xmlNodePtr root)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_names planes = {0};
    bool ok = true;

    tc_text_puts(&r->text, "tcf 1");
    end_line(r, root);
    tc_text_puts(&r->text, "family ");
    add_name(r, a, root, "name");
    end_line(r, root);
    for (xmlNodePtr e = first(root); ok && e; e = after(e)) {
        ok = add_statement(r, a, &planes, e);
        end_line(r, e);
    }
    tc_names_free(&planes);
    tc_arena_free(a);
    return ok;
}

/* ------------------------------------------------------------------- extents */

static bool same_extent(struct xml_reader *r, const struct tc_index *ix, unsigned *k)
{
    const struct extent *x = &r->extent[(*k)++];
    char what[120];

    if (x->value == ix->extent)
        return true;
    snprintf(what, sizeof what, "an extent is %lld, its size is %lld", (long long)x->value,
             (long long)ix->extent);
    return fail(r, x->line, what);
}

static bool plane_extents(struct xml_reader *r, const struct tc_plane *p, unsigned *k)
{
    bool ok = true;

    for (unsigned m = 0; ok && m < p->naxis; m++)
        ok = same_extent(r, p->axis[m], k);
    return ok && (!p->chain || same_extent(r, p->chain, k));
}

static bool form_extents(struct xml_reader *r, const struct tc_form *f, unsigned *k)
{
    bool ok = true;

    for (unsigned t = 0; ok && t < f->nterm; t++)
        for (unsigned m = 0; ok && m < f->term[t].nsum; m++)
            ok = same_extent(r, f->term[t].sum[m], k);
    return ok;
}

/* those in the file are those that the sizes have: in the order of the text */
static bool extents(struct xml_reader *r, const struct tc_family *f)
{
    unsigned k = 0;
    bool ok = true;

    for (unsigned p = 0; ok && p < f->ninput; p++)
        ok = plane_extents(r, f->input[p], &k);
    for (unsigned b = 0; ok && b < f->nbank; b++)
        ok = plane_extents(r, &f->bank[b]->plane, &k) && form_extents(r, &f->bank[b]->form, &k) &&
             form_extents(r, &f->bank[b]->theta, &k);
    return ok;
}

/* -------------------------------------------------------------------- the file */

static bool valid(struct xml_reader *r, xmlDocPtr doc)
{
    xmlSchemaParserCtxtPtr p = xmlSchemaNewMemParserCtxt(tc_family_xsd, sizeof tc_family_xsd - 1);
    xmlSchemaPtr schema = xmlSchemaParse(p);
    xmlSchemaValidCtxtPtr v = xmlSchemaNewValidCtxt(schema);
    int wrong;

    xmlSchemaSetValidStructuredErrors(v, (xmlStructuredErrorFunc)complain, r);
    wrong = xmlSchemaValidateDoc(v, doc);
    xmlSchemaFreeValidCtxt(v);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(p);
    return wrong == 0 || fail(r, 1, "the schema of families does not allow it");
}

static xmlDocPtr parse(struct xml_reader *r, const char *text, size_t n)
{
    xmlParserCtxtPtr c = xmlNewParserCtxt();
    xmlDocPtr doc;

    c->_private = r;
    c->sax->internalSubset = no_subset;
    xmlSetStructuredErrorFunc(r, (xmlStructuredErrorFunc)complain);
    doc = xmlCtxtReadMemory(c, text, (int)n, NULL, "UTF-8",
                            XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_HUGE);
    xmlSetStructuredErrorFunc(NULL, NULL);
    if (!doc || r->failed) {
        fail(r, 1, "not XML");
        xmlFreeDoc(doc);
        doc = NULL;
    }
    xmlFreeParserCtxt(c);
    return doc;
}

static struct tc_family *from_text(struct xml_reader *r)
{
    FILE *in = fmemopen(r->text.s, r->text.n, "r");
    struct tc_family *f = in ? tc_family_read(in, r->file, r->err) : NULL;

    if (in)
        fclose(in);
    if (f && !extents(r, f)) {
        tc_family_free(f);
        return NULL;
    }
    if (!f && !r->failed && r->err->loc.line) { /* a line of ours: the reader wants theirs */
        unsigned k = r->err->loc.line - 1;

        r->err->loc.line = r->line[k < r->nline ? k : r->nline - 1];
        r->err->loc.col = 0;
    }
    return f;
}

struct tc_family *tc_family_read_xml(FILE *in, const char *file, struct tc_error *err)
{
    struct xml_reader r = {.file = file, .err = err};
    struct tc_family *f = NULL;
    xmlDocPtr doc = NULL;
    size_t n;
    char *text = tc_read_all(in, file, &n, err);

    if (text && n > INT32_MAX)
        tc_fail(err, TC_ELIMIT, (struct tc_loc){.file = file}, "more than 2^31 - 1 bytes");
    else if (text)
        doc = parse(&r, text, n);
    if (doc && valid(&r, doc) && add_family(&r, xmlDocGetRootElement(doc)))
        f = from_text(&r);
    xmlFreeDoc(doc);
    free(text);
    free(r.text.s);
    free(r.line);
    free(r.extent);
    return f;
}
