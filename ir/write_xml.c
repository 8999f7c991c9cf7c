/* write_xml.c -- a family as XML, see FORMAT.md and compiler/family.xsd
 *
 * It says what the text form says, part by part, for programs that have a reader of XML
 * and none of formulas. */
#include "text.h"
#include "xml.h"

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
    tc_xml_put(x->w, name, value);
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
        tc_xml_open(x->w, element);
        put(x, "name", s[k].name);
        put_mpz(x, "value", s[k].value);
        put(x, "note", s[k].note);
        tc_xml_close(x->w);
    }
}

static void table(struct writer *x, const struct tc_table *t)
{
    size_t size;

    tc_xml_open(x->w, "table");
    put(x, "name", t->name);
    if (t->fn) {
        put(x, "function", t->fn->name);
        put(x, "parameters", t->parameters);
        tc_xml_close(x->w);
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
        tc_xml_text(x->w, x->text.s);
    }
    tc_xml_close(x->w);
}

/* an index, which joins the scope */
static void bound(struct writer *x, const char *element, struct tc_scope *s,
                  const struct tc_index *ix)
{
    tc_scope_add(s, ix);
    tc_xml_open(x->w, element);
    put(x, "index", tc_scope_name(s, ix));
    put(x, "size", tc_poly_text(s->arena, ix->size));
    put_int(x, "extent", ix->extent);
    tc_xml_close(x->w);
}

/* constant and parts of the element that has been opened */
static void affine(struct writer *x, const struct tc_scope *s, const struct tc_affine *a)
{
    if (a->constant)
        put_int(x, "constant", a->constant);
    for (unsigned k = 0; k < a->n; k++) {
        tc_xml_open(x->w, "part");
        put(x, "index", tc_scope_name(s, a->part[k].ix));
        if (a->part[k].coef != 1)
            put_int(x, "coefficient", a->part[k].coef);
        tc_xml_close(x->w);
    }
}

static void axis(struct writer *x, const char *element, const struct tc_scope *s,
                 const struct tc_axis *at)
{
    tc_xml_open(x->w, element);
    affine(x, s, &at->at);
    if (at->via) {
        tc_xml_open(x->w, "entry");
        put(x, "table", at->via->name);
        affine(x, s, &at->arg);
        tc_xml_close(x->w);
    }
    tc_xml_close(x->w);
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

    tc_xml_open(x->w, "term");
    put_mpz(x, "coefficient", t->coef);
    for (unsigned k = 0; k < t->nsum; k++)
        bound(x, "sum", s, t->sum[k]);
    guards(x, s, t->nguard, t->guard);
    for (unsigned k = 0; k < t->nfactor; k++) {
        tc_xml_open(x->w, "factor");
        put(x, "table", t->factor[k].table->name);
        accesses(x, s, t->factor[k].at, t->factor[k].table->rank);
        tc_xml_close(x->w);
    }
    if (t->plane) {
        tc_xml_open(x->w, "wire");
        put(x, "plane", t->plane->name);
        accesses(x, s, t->at, tc_plane_axes(t->plane));
        tc_xml_close(x->w);
    }
    tc_xml_close(x->w);
    s->n = outer;
}

static void form(struct writer *x, const char *element, struct tc_scope *s,
                 const struct tc_form *f)
{
    tc_xml_open(x->w, element);
    put_mpz(x, "least", f->lo);
    put_mpz(x, "greatest", f->hi);
    for (unsigned k = 0; k < f->nterm; k++)
        term(x, s, &f->term[k]);
    tc_xml_close(x->w);
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

    tc_xml_open(x->w, "input");
    put(x, "name", p->name);
    plane(x, &s, p);
    tc_xml_close(x->w);
    tc_scope_free(&s);
}

static void bank(struct writer *x, const struct tc_bank *b)
{
    struct tc_scope s = {.arena = x->arena};

    tc_xml_open(x->w, "bank");
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
    tc_xml_close(x->w);
    tc_scope_free(&s);
}

static void family(struct writer *x, const struct tc_family *f)
{
    xmlTextWriterSetIndent(x->w, 1);
    xmlTextWriterSetIndentString(x->w, xml(" "));
    xmlTextWriterStartDocument(x->w, NULL, "UTF-8", NULL);
    tc_xml_open(x->w, "family");
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
        tc_xml_open(x->w, "output");
        put(x, "name", f->output[k].name);
        put(x, "plane", f->output[k].plane->name);
        tc_xml_close(x->w);
    }
    tc_xml_close(x->w);
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
