/* spec_xml.c -- reading XML: the only door to libxml2's parser
 *
 * A specification may come from anyone.  Nothing outside the text is ever
 * opened: no network, no document type and so no entities, no inclusion, no
 * hints to other schemas.  Size, depth, tags and attributes are bounded before
 * the parser sees them or as soon as it reports them.
 *
 * libxml2 gives columns for malformed text only, so the whole text stays in
 * memory; each element remembers the offset of its '<', and the places of its
 * attributes are found by reading the tag again. */
#include "compiler.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>

#include "semigroup_xsd.h" /* the schemas are a part of the program: no file is needed */
#include "spec_xsd.h"

#define XSI          "http://www.w3.org/2001/XMLSchema-instance"
#define MAX_FILE     ((size_t)16 << 20)
#define MAX_TAG      ((size_t)1 << 16)
#define MAX_VALUE    4096
#define MAX_LEVELS   64
#define MAX_ELEMENTS 4096

static const struct language {
    const char *root, *namespace, *schema;
    int size; /* of the schema */
} languages[] = {
    [TC_XML_SPEC] = {"transformer", "urn:tc0c:spec:1", tc_spec_xsd, sizeof tc_spec_xsd - 1},
    [TC_XML_SEMIGROUP] = {"semigroup", "urn:tc0c:semigroup:1", tc_semigroup_xsd,
                          sizeof tc_semigroup_xsd - 1},
};

struct reader {
    const struct language *language;
    struct tc_arena *arena;
    const char *text;
    size_t size;
    const char *file; /* for messages */
    unsigned elements;
    bool failed; /* the first error counts, the others follow from it */
    struct tc_error *err;
    size_t offset; /* where line and col are known; they mostly move on */
    unsigned line, col;
};

char *tc_slurp(const char *file, size_t max, size_t *size, struct tc_error *err)
{
    bool standard = !strcmp(file, "-");
    struct tc_loc loc = {.file = standard ? "<stdin>" : file};
    size_t room = (size_t)1 << 16, n = 0, got;
    char *text = NULL;
    struct stat st;
    FILE *in;

    in = standard ? stdin : fopen(file, "rb");
    if (!in) {
        tc_fail(err, TC_EIO, loc, "cannot open: %s", strerror(errno));
        return NULL;
    }
    if (!fstat(fileno(in), &st) && S_ISDIR(st.st_mode)) {
        tc_fail(err, TC_EIO, loc, "found a folder, wanted a file");
        goto fail;
    }
    text = tc_xrealloc(NULL, room, 1);
    while ((got = fread(text + n, 1, room - n, in))) {
        n += got;
        if (n > max) {
            tc_fail(err, TC_ELIMIT, loc, "more than %zu bytes", max);
            goto fail;
        }
        if (n == room)
            text = tc_xrealloc(text, room *= 2, 1);
    }
    if (ferror(in)) {
        tc_fail(err, TC_EIO, loc, "cannot read: %s", strerror(errno));
        goto fail;
    }
    text[n] = 0; /* room is left: n < room */
    if (in != stdin)
        fclose(in);
    *size = n;
    return text;
fail:
    free(text);
    if (in != stdin)
        fclose(in);
    return NULL;
}

/* line and column, counted in characters, of an offset */
static struct tc_loc place(struct reader *r, size_t offset)
{
    if (offset < r->offset || !r->line) {
        r->offset = 0;
        r->line = r->col = 1;
    }
    for (; r->offset < offset && r->offset < r->size; r->offset++)
        if (r->text[r->offset] == '\n') {
            r->line++;
            r->col = 1;
        } else {
            r->col += ((unsigned char)r->text[r->offset] & 0xc0) != 0x80;
        }
    return (struct tc_loc){r->file, r->line, r->col};
}

static bool fail(struct reader *, enum tc_errkind, struct tc_loc, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static bool fail(struct reader *r, enum tc_errkind kind, struct tc_loc loc, const char *fmt, ...)
{
    char msg[sizeof r->err->msg];
    va_list ap;

    if (r->failed)
        return false;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    for (char *c = msg; *c; c++) /* one line, whatever the text holds */
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    r->failed = true;
    return tc_fail(r->err, kind, loc, "%s", msg);
}

/* bytes of the UTF-8 character at s, 0 if it is none */
static size_t utf8(const unsigned char *s, size_t left)
{
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xc2 ? 0
               : s[0] < 0xe0 ? 2
               : s[0] < 0xf0 ? 3
               : s[0] < 0xf5 ? 4
                             : 0;

    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

/* what encoding = "..." in the XML declaration says, if it is not UTF-8 */
static bool check_encoding(struct reader *r, size_t start)
{
    const char *s = r->text + start, *end, *e;
    size_t n;

    if (strncmp(s, "<?xml", 5) || !isspace((unsigned char)s[5]) || !(end = strstr(s, "?>")))
        return true;
    e = strstr(s, "encoding");
    if (!e || e > end)
        return true;
    e += strlen("encoding");
    e += strspn(e, " \t\r\n=");
    if (*e != '"' && *e != '\'')
        return true; /* malformed: the parser will say so */
    n = strcspn(e + 1, "\"'?");
    if (n == 5 && !strncasecmp(e + 1, "UTF-8", 5))
        return true;
    return fail(r, TC_EFORMAT, place(r, (size_t)(e + 1 - r->text)),
                "found encoding '%.*s', wanted UTF-8", n > 40 ? 40 : (int)n, e + 1);
}

static bool check_text(struct reader *r)
{
    const unsigned char *s = (const unsigned char *)r->text;
    bool bom = r->size >= 3 && !memcmp(s, "\xef\xbb\xbf", 3), in_tag = false;
    size_t tag = 0, n;

    if (!r->size)
        return fail(r, TC_EFORMAT, place(r, 0), "the file is empty, wanted an XML document");
    for (size_t i = 0; i < r->size; i += n) {
        n = utf8(s + i, r->size - i);
        if (!n || !s[i])
            return fail(r, TC_EFORMAT, place(r, i), "found byte 0x%02x, which is not %s", s[i],
                        n ? "text" : "UTF-8");
        if (s[i] == '<') {
            tag = i;
            in_tag = s[i + 1] != '!' && s[i + 1] != '?';
        }
        /* the parser's test for double attributes is quadratic */
        if (in_tag && i - tag > MAX_TAG)
            return fail(r, TC_ELIMIT, place(r, tag),
                        "more than %zu bytes from this '<' to the next", MAX_TAG);
    }
    return check_encoding(r, bom ? 3 : 0);
}

/* offset of the last '<' before the parser, or the size of the text */
static size_t tag_start(struct reader *r, xmlParserCtxtPtr c)
{
    long at = xmlByteConsumed(c);
    const char *s = at > 0 && (size_t)at <= r->size ? memrchr(r->text, '<', (size_t)at) : NULL;

    return s ? (size_t)(s - r->text) : r->size;
}

static void no_subset(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    xmlParserCtxtPtr c = ctx;
    struct reader *r = c->_private;

    (void)name;
    (void)id;
    (void)system;
    fail(r, TC_EFORMAT, place(r, tag_start(r, c)),
         "found a document type (DOCTYPE), wanted none: it could ask for other files");
    xmlStopParser(c);
}

static xmlParserInputPtr no_entity(const char *url, const char *id, xmlParserCtxtPtr c)
{
    (void)url;
    (void)id;
    (void)c;
    return NULL;
}

static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                          int nnamespace, const xmlChar **namespace, int nattribute, int ndefaulted,
                          const xmlChar **attribute)
{
    xmlParserCtxtPtr c = ctx;
    struct reader *r = c->_private;
    size_t at = tag_start(r, c);
    struct tc_loc loc = place(r, at);

    if (c->nodeNr >= MAX_LEVELS)
        fail(r, TC_ELIMIT, loc, "elements nested more than %d deep", MAX_LEVELS);
    if (++r->elements > MAX_ELEMENTS)
        fail(r, TC_ELIMIT, loc, "more than %d elements", MAX_ELEMENTS);
    for (int i = 0; i < nattribute; i++) {
        const xmlChar **a = attribute + 5 * i; /* name, prefix, namespace, value, its end */

        if (a[4] - a[3] > MAX_VALUE)
            fail(r, TC_ELIMIT, loc, "attribute '%.64s' has %ld bytes, at most %d are read",
                 (const char *)a[0], (long)(a[4] - a[3]), MAX_VALUE);
        if (a[2] && !strcmp((const char *)a[2], XSI))
            fail(r, TC_EFORMAT, loc,
                 "found attribute '%.64s:%.64s', wanted none of XML Schema: the schema is built in",
                 (const char *)a[1], (const char *)a[0]);
    }
    if (r->failed) {
        xmlStopParser(c);
        return;
    }
    xmlSAX2StartElementNs(ctx, name, prefix, uri, nnamespace, namespace, nattribute, ndefaulted,
                          attribute);
    if (c->node) /* offset + 1, 0 being unknown */
        c->node->_private = (void *)(uintptr_t)(at < r->size ? at + 1 : 0);
}

/* no element of the language holds text */
static void characters(void *ctx, const xmlChar *s, int n)
{
    xmlParserCtxtPtr c = ctx;
    struct reader *r = c->_private;
    const char *text = (const char *)s;
    long at = xmlByteConsumed(c), from;
    int i = 0, length;

    while (i < n && strchr(" \t\r\n", text[i]))
        i++;
    if (i == n)
        return;
    /* the parser stands at the text, behind it or behind its "]]>" */
    for (from = at - n - 3 > 0 ? at - n - 3 : 0; from <= at; from++)
        if ((size_t)(from + n) <= r->size && !memcmp(r->text + from, text, (size_t)n)) {
            at = from + i;
            break;
        }
    for (length = 0; i + length < n && !strchr("<\r\n", text[i + length]); length++)
        continue;
    fail(r, TC_ESPEC, place(r, at > 0 ? (size_t)at : 0), "found text '%.*s', wanted elements only",
         length < 60 ? length : 60, text + i);
    xmlStopParser(c);
}

static void parser_error(void *ctx, xmlErrorPtr e)
{
    xmlParserCtxtPtr c = ctx;
    struct reader *r = c->_private;
    struct tc_loc loc = {r->file, e->line > 0 ? (unsigned)e->line : 0,
                         e->int2 > 0 ? (unsigned)e->int2 : 0};
    const char *msg = e->message ? e->message : "not XML";

    if (e->level < XML_ERR_ERROR)
        return;
    fail(r, e->code == XML_ERR_NO_MEMORY ? TC_ELIMIT : TC_EFORMAT, loc, "not well-formed XML: %.*s",
         (int)strcspn(msg, "\n"), msg);
}

/* Where in a tag the attribute stands: the parser took the tag, so it is
 * names and quoted values. */
static void place_attribute(struct reader *r, size_t at, const char *name, const char *value,
                            struct tc_loc *loc, struct tc_loc *text)
{
    const char *s = r->text + at, *end = r->text + r->size;

    *loc = *text = place(r, at);
    for (s++; s < end && !isspace((unsigned char)*s) && *s != '>'; s++)
        continue;
    while (s < end) {
        const char *key, *key_end, *v;
        char quote;

        s += strspn(s, " \t\r\n");
        key = s;
        s = key_end = s + strcspn(s, " \t\r\n=/>");
        s += strspn(s, " \t\r\n=");
        quote = *s;
        if (key == key_end || (quote != '"' && quote != '\''))
            return;
        v = ++s;
        s = memchr(s, quote, (size_t)(end - s));
        if (!s)
            return;
        if (strlen(name) == (size_t)(key_end - key) && !memcmp(key, name, strlen(name))) {
            *loc = place(r, (size_t)(key - r->text));
            /* with references in the text the value's columns are not the text's */
            *text = value && strlen(value) == (size_t)(s - v) && !memcmp(value, v, (size_t)(s - v))
                        ? place(r, (size_t)(v - r->text))
                        : *loc;
            return;
        }
        s++;
    }
}

static struct tc_loc place_node(struct reader *r, const xmlNode *node)
{
    size_t at = (size_t)(uintptr_t)node->_private;

    if (at)
        return place(r, at - 1);
    return (struct tc_loc){r->file, (unsigned)xmlGetLineNo(node), 0};
}

/* the attributes that the schema gives an element, for messages */
static void list_attributes(const struct language *language, const char *element, char *list,
                            size_t size)
{
    xmlDocPtr doc = xmlReadMemory(language->schema, language->size, NULL, NULL, XML_PARSE_NONET);
    xmlNodePtr node = doc ? xmlDocGetRootElement(doc)->children : NULL;
    size_t n = 0;

    *list = 0;
    for (; node; node = node->next) {
        /* types are named as their elements; the root's own is inside it */
        xmlChar *name =
            node->type == XML_ELEMENT_NODE ? xmlGetProp(node, (const xmlChar *)"name") : NULL;
        bool here = name && !strcmp((const char *)name, element);

        xmlFree(name);
        if (here)
            break;
    }
    if (node && !strcmp((const char *)node->name, "element"))
        node = xmlFirstElementChild(node);
    for (node = node ? node->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, "attribute")) {
            xmlChar *name = xmlGetProp(node, (const xmlChar *)"name");

            if (n < size)
                n +=
                    (size_t)snprintf(list + n, size - n, "%s%s", n ? ", " : "", (const char *)name);
            xmlFree(name);
        }
    xmlFreeDoc(doc);
}

/* the text between two others in s, or NULL */
static char *between(struct reader *r, const char *s, const char *before, const char *after)
{
    const char *from = strstr(s, before), *to;

    if (!from)
        return NULL;
    from += strlen(before);
    to = strstr(from, after);
    return to ? tc_sprintf(r->arena, "%.*s", (int)(to - from), from) : NULL;
}

/* libxml2's message in our words: what was found, what was wanted */
static const char *reword(struct reader *r, const char *msg, const char *element,
                          const char *attribute)
{
    const char *value = between(r, msg, "The value '", "' is not "), *x;
    char list[200];

    if (attribute && strstr(msg, "is not allowed.")) {
        list_attributes(r->language, element, list, sizeof list);
        return tc_sprintf(r->arena, "found attribute '%s' of '%s', wanted one of %s", attribute,
                          element, list);
    }
    if (attribute && value && (x = between(r, msg, "of the set {", "}.")))
        return tc_sprintf(r->arena, "%s %s is '%s', wanted one of %s", element, attribute, value,
                          x);
    if (attribute && value && (x = between(r, msg, "by the pattern '", "'.")))
        return tc_sprintf(r->arena, "%s %s is '%s', wanted one of the form %s", element, attribute,
                          value, x);
    if ((x = between(r, msg, "The attribute '", "' is required but missing.")))
        return tc_sprintf(r->arena, "%s without '%s', wanted it", element, x);
    if ((x = between(r, msg, "not expected. Expected is one of ( ", " ).")) ||
        (x = between(r, msg, "not expected. Expected is ( ", " ).")))
        return tc_sprintf(r->arena, "found element '%s', wanted one of %s", element, x);
    if (attribute && (x = between(r, msg, "allowed maximum length of '", "'.")))
        return tc_sprintf(r->arena, "%s %s is too long, wanted %s characters at most", element,
                          attribute, x);
    if (strstr(msg, "the content type is empty."))
        return tc_sprintf(r->arena, "found an element in '%s', wanted none", element);
    if (r->language == &languages[TC_XML_SPEC] && strstr(msg, "This element is not expected.") &&
        strstr("parameter precision input tokens weights", element))
        return tc_sprintf(r->arena, "found element '%s', wanted it above the blocks", element);
    if (strstr(msg, "This element is not expected."))
        return tc_sprintf(r->arena, "found element '%s', wanted none such here", element);
    return msg;
}

static void schema_error(void *ctx, xmlErrorPtr e)
{
    struct reader *r = ctx;
    struct tc_loc loc = {r->file, e->line > 0 ? (unsigned)e->line : 0, 0}, text;
    const xmlNode *node = e->node;
    const char *s = e->message ? e->message : "not by the schema", *element, *attribute;
    char msg[1024], space[64];
    size_t n = 0;

    if (r->failed || e->level < XML_ERR_ERROR)
        return;
    snprintf(space, sizeof space, "{%s}", r->language->namespace);
    while (*s && *s != '\n' && n < sizeof msg - 1) {
        if (!strncmp(s, space, strlen(space)))
            s += strlen(space);
        else
            msg[n++] = *s++;
    }
    msg[n] = 0;
    element = between(r, msg, "Element '", "'");
    attribute = between(r, msg, ", attribute '", "': ");
    if (node && node->type == XML_ATTRIBUTE_NODE)
        node = node->parent;
    if (node && node->type == XML_ELEMENT_NODE) {
        loc = place_node(r, node);
        if (attribute && node->_private)
            place_attribute(r, (size_t)(uintptr_t)node->_private - 1, attribute, NULL, &loc, &text);
    }
    fail(r, TC_ESPEC, loc, "%s", element ? reword(r, msg, element, attribute) : msg);
}

static bool validate(struct reader *r, xmlDocPtr doc)
{
    const struct language *language = r->language;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    xmlSchemaParserCtxtPtr p;
    xmlSchemaPtr schema;
    xmlSchemaValidCtxtPtr v;

    if (strcmp((const char *)root->name, language->root) || !root->ns ||
        strcmp((const char *)root->ns->href, language->namespace))
        return fail(r, TC_ESPEC, place_node(r, root),
                    "found element '%.100s' in %s%.100s, wanted '%s' in namespace %s",
                    (const char *)root->name, root->ns ? "namespace " : "no namespace",
                    root->ns ? (const char *)root->ns->href : "", language->root,
                    language->namespace);
    p = xmlSchemaNewMemParserCtxt(language->schema, language->size);
    schema = p ? xmlSchemaParse(p) : NULL;
    assert(schema);
    v = xmlSchemaNewValidCtxt(schema);
    if (v) {
        xmlSchemaSetValidStructuredErrors(v, schema_error, r);
        if (xmlSchemaValidateDoc(v, doc))
            fail(r, TC_ESPEC, place_node(r, root), "the document does not fit the schema");
    } else {
        fail(r, TC_ELIMIT, (struct tc_loc){r->file, 0, 0}, "no memory for the schema");
    }
    xmlSchemaFreeValidCtxt(v);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(p);
    return !r->failed;
}

/* the tree without libxml2; at most MAX_LEVELS deep */
static struct tc_element *convert(struct reader *r, const xmlNode *node)
{
    struct tc_element *e = tc_alloc(r->arena, 1, sizeof *e), **next = &e->child;
    size_t at = (size_t)(uintptr_t)node->_private;

    e->name = tc_strdup(r->arena, (const char *)node->name);
    e->loc = place_node(r, node);
    for (const xmlAttr *a = node->properties; a; a = a->next)
        e->nattribute++;
    e->attribute = tc_alloc(r->arena, e->nattribute, sizeof *e->attribute);
    e->nattribute = 0;
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        struct tc_attribute *to = &e->attribute[e->nattribute++];
        xmlChar *value = xmlNodeListGetString(node->doc, a->children, 1);

        to->name = tc_strdup(r->arena, (const char *)a->name);
        to->value = tc_strdup(r->arena, value ? (const char *)value : "");
        to->loc = to->text = e->loc;
        xmlFree(value);
        if (at)
            place_attribute(r, at - 1, to->name, to->value, &to->loc, &to->text);
    }
    for (const xmlNode *c = node->children; c; c = c->next)
        if (c->type == XML_ELEMENT_NODE) {
            *next = convert(r, c);
            next = &(*next)->next;
        }
    return e;
}

static struct tc_element *parse(struct reader *r)
{
    xmlParserCtxtPtr c = xmlNewParserCtxt();
    struct tc_element *root = NULL;
    xmlDocPtr doc;

    if (!c) {
        fail(r, TC_ELIMIT, (struct tc_loc){r->file, 0, 0}, "no memory for the parser");
        return NULL;
    }
    c->_private = r;
    c->sax->startElementNs = start_element;
    c->sax->internalSubset = no_subset;
    c->sax->characters = c->sax->ignorableWhitespace = c->sax->cdataBlock = characters;
    c->sax->serror = parser_error;
    /* NOENT, DTDLOAD, XINCLUDE and HUGE stay off */
    doc = xmlCtxtReadMemory(c, r->text, (int)r->size, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_BIG_LINES);
    if (!r->failed && (!doc || !c->wellFormed || !xmlDocGetRootElement(doc)))
        fail(r, TC_EFORMAT, place(r, 0), "not a well-formed XML document");
    if (!r->failed && validate(r, doc))
        root = convert(r, xmlDocGetRootElement(doc));
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(c);
    return root;
}

struct tc_element *tc_xml_read(struct tc_arena *arena, enum tc_xml_language language,
                               const char *file, struct tc_error *err)
{
    struct reader r = {.language = &languages[language], .arena = arena, .err = err};
    xmlExternalEntityLoader loader;
    struct tc_element *root = NULL;
    char *text = tc_slurp(file, MAX_FILE, &r.size, err);

    if (!text)
        return NULL;
    r.text = text;
    r.file = strcmp(file, "-") ? file : "<stdin>";
    xmlInitParser();
    loader = xmlGetExternalEntityLoader();
    xmlSetExternalEntityLoader(no_entity);
    if (check_text(&r))
        root = parse(&r);
    xmlSetExternalEntityLoader(loader);
    free(text);
    return root;
}

/* leak checkers see libxml2's tables otherwise */
__attribute__((destructor)) static void clean_up(void)
{
    xmlSchemaCleanupTypes();
    xmlCleanupParser();
}
