/* write_xml.c -- a family as XML, see FORMAT.md and compiler/family.xsd
 *
 * It says what the text form says, part by part, for programs that have a reader of XML
 * and none of formulas. */
#include "text.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    xmlTextWriterPtr w;
    struct tc_arena *arena;
    struct tc_text text; /* of numbers */
    struct tc_error *err;
    bool failed;
};

static const xmlChar *xml(const char *s)
{
    return (const xmlChar *)s;
}

static void open_element(struct writer *x, const char *name)
{
    xmlTextWriterStartElement(x->w, xml(name));
}

static void close_element(struct writer *x)
{
    xmlTextWriterEndElement(x->w);
}

/* whether XML 1.0 has all its characters */
static bool sayable(const char *s)
{
    if (!xmlCheckUTF8(xml(s)))
        return false;
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 && *s != '\t' && *s != '\n' && *s != '\r')
            return false;
        else if (!strncmp(s, "\xef\xbf\xbe", 3) || !strncmp(s, "\xef\xbf\xbf", 3))
            return false;
    return true;
}

static void put(struct writer *x, const char *name, const char *value)
{
    if (!value)
        return;
    if (!sayable(value) && !x->failed) {
        tc_fail(x->err, TC_EUSAGE, (struct tc_loc){0},
                "XML cannot say a %s of the family: it has bytes that are no characters there",
                name);
        x->failed = true;
        return;
    }
    xmlTextWriterWriteAttribute(x->w, xml(name), xml(value));
}

static void put_mpz(struct writer *x, const char *name, mpz_srcptr value)
{
    x->text.n = 0;
    tc_text_mpz(&x->text, value);
    put(x, name, x->text.s);
}

static void put_int(struct writer *x, const char *name, int64_t value)
{
    x->text.n = 0;
    tc_text_printf(&x->text, "%lld", (long long)value);
    put(x, name, x->text.s);
}

static void symbols(struct writer *x, const char *element, const struct tc_symbol *s, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        open_element(x, element);
        put(x, "name", s[k].name);
        put_mpz(x, "value", s[k].value);
        put(x, "note", s[k].note);
        close_element(x);
    }
}

static void table(struct writer *x, const struct tc_table *t)
{
    size_t size;

    open_element(x, "table");
    put(x, "name", t->name);
    if (t->fn) {
        put(x, "function", t->fn->name);
        put(x, "parameters", t->parameters);
        close_element(x);
        return;
    }
    x->text.n = 0;
    tc_text_puts(&x->text, "");
    for (unsigned k = 0; k < t->rank; k++)
        tc_text_printf(&x->text, "%s%lld", k ? " " : "", (long long)t->extent[k]);
    put(x, "extents", x->text.s);
    size = tc_table_size(t);
    for (size_t i = 0; i < size; i++) {
        x->text.n = 0;
        tc_text_puts(&x->text, i ? " " : "");
        tc_text_entry(&x->text, t, i);
        xmlTextWriterWriteString(x->w, xml(x->text.s));
    }
    close_element(x);
}

/* an index, which joins the scope */
static void bound(struct writer *x, const char *element, struct tc_scope *s,
                  const struct tc_index *ix)
{
    tc_scope_add(s, ix);
    open_element(x, element);
    put(x, "index", tc_scope_name(s, ix));
    put(x, "size", tc_poly_text(s->arena, ix->size));
    put_int(x, "extent", ix->extent);
    close_element(x);
}

/* constant and parts of the element that has been opened */
static void affine(struct writer *x, const struct tc_scope *s, const struct tc_affine *a)
{
    if (a->constant)
        put_int(x, "constant", a->constant);
    for (unsigned k = 0; k < a->n; k++) {
        open_element(x, "part");
        put(x, "index", tc_scope_name(s, a->part[k].ix));
        if (a->part[k].coef != 1)
            put_int(x, "coefficient", a->part[k].coef);
        close_element(x);
    }
}

static void axis(struct writer *x, const char *element, const struct tc_scope *s,
                 const struct tc_axis *at)
{
    open_element(x, element);
    affine(x, s, &at->at);
    if (at->via) {
        open_element(x, "entry");
        put(x, "table", at->via->name);
        affine(x, s, &at->arg);
        close_element(x);
    }
    close_element(x);
}

static void guards(struct writer *x, const struct tc_scope *s, unsigned n,
                   const struct tc_guard *guard)
{
    for (unsigned k = 0; k < n; k++)
        axis(x, "guard", s, &guard[k].expr);
}

static void accesses(struct writer *x, const struct tc_scope *s, const struct tc_axis *at,
                     unsigned n)
{
    for (unsigned k = 0; k < n; k++)
        axis(x, "at", s, &at[k]);
}

static void term(struct writer *x, struct tc_scope *s, const struct tc_term *t)
{
    unsigned outer = s->n;

    open_element(x, "term");
    put_mpz(x, "coefficient", t->coef);
    for (unsigned k = 0; k < t->nsum; k++)
        bound(x, "sum", s, t->sum[k]);
    guards(x, s, t->nguard, t->guard);
    for (unsigned k = 0; k < t->nfactor; k++) {
        open_element(x, "factor");
        put(x, "table", t->factor[k].table->name);
        accesses(x, s, t->factor[k].at, t->factor[k].table->rank);
        close_element(x);
    }
    if (t->plane) {
        open_element(x, "wire");
        put(x, "plane", t->plane->name);
        accesses(x, s, t->at, tc_plane_axes(t->plane));
        close_element(x);
    }
    close_element(x);
    s->n = outer;
}

static void form(struct writer *x, const char *element, struct tc_scope *s,
                 const struct tc_form *f)
{
    open_element(x, element);
    put_mpz(x, "least", f->lo);
    put_mpz(x, "greatest", f->hi);
    for (unsigned k = 0; k < f->nterm; k++)
        term(x, s, &f->term[k]);
    close_element(x);
}

static void plane(struct writer *x, struct tc_scope *s, const struct tc_plane *p)
{
    for (unsigned k = 0; k < p->naxis; k++)
        bound(x, "axis", s, p->axis[k]);
    if (p->chain)
        bound(x, "chain", s, p->chain);
}

static void input(struct writer *x, const struct tc_plane *p)
{
    struct tc_scope s = {.arena = x->arena};

    open_element(x, "input");
    put(x, "name", p->name);
    plane(x, &s, p);
    close_element(x);
    tc_scope_free(&s);
}

static void bank(struct writer *x, const struct tc_bank *b)
{
    struct tc_scope s = {.arena = x->arena};

    open_element(x, "bank");
    put(x, "name", b->plane.name);
    put_int(x, "level", b->plane.level);
    if (b->plane.chain)
        put(x, "monotone", b->monotone ? "true" : "false");
    if (b->component && *b->component)
        put(x, "component", b->component);
    put(x, "note", b->note);
    plane(x, &s, &b->plane);
    guards(x, &s, b->nguard, b->guard);
    form(x, "form", &s, &b->form);
    form(x, "threshold", &s, &b->theta);
    close_element(x);
    tc_scope_free(&s);
}

static void family(struct writer *x, const struct tc_family *f)
{
    xmlTextWriterSetIndent(x->w, 1);
    xmlTextWriterSetIndentString(x->w, xml(" "));
    xmlTextWriterStartDocument(x->w, NULL, "UTF-8", NULL);
    open_element(x, "family");
    put(x, "xmlns", TC_FAMILY_NAMESPACE);
    put(x, "name", f->name);
    symbols(x, "param", f->param, f->nparam);
    symbols(x, "symbol", f->symbol, f->nsymbol);
    for (unsigned k = 0; k < f->ntable; k++)
        table(x, f->table[k]);
    for (unsigned k = 0; k < f->ninput; k++)
        input(x, f->input[k]);
    for (unsigned k = 0; k < f->nbank; k++)
        bank(x, f->bank[k]);
    for (unsigned k = 0; k < f->noutput; k++) {
        open_element(x, "output");
        put(x, "name", f->output[k].name);
        put(x, "plane", f->output[k].plane->name);
        close_element(x);
    }
    close_element(x);
    xmlTextWriterEndDocument(x->w);
}

static int to_stream(void *f, const char *bytes, int n)
{
    return fwrite(bytes, 1, (size_t)n, f) == (size_t)n ? n : -1;
}

bool tc_family_write_xml(FILE *out, const struct tc_family *f, struct tc_error *err)
{
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateIO(to_stream, NULL, out, NULL);
    struct writer x = {.w = xmlNewTextWriter(buffer), .arena = tc_arena_new(), .err = err};

    family(&x, f);
    xmlFreeTextWriter(x.w); /* and the buffer */
    tc_arena_free(x.arena);
    free(x.text.s);
    return !x.failed && fflush(out) == 0 && !ferror(out);
}
