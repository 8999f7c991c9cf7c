/* bounds_xml.c -- bounds for programs; compiler/bounds.xsd describes it */
#include "bounds.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "urn:tc0c:bounds:1"

static const xmlChar *xml(const char *s)
{
    return (const xmlChar *)s;
}

static void open_element(xmlTextWriterPtr w, const char *name)
{
    xmlTextWriterStartElement(w, xml(name));
}

static void close_element(xmlTextWriterPtr w)
{
    xmlTextWriterEndElement(w);
}

static void put(xmlTextWriterPtr w, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(w, xml(name), xml(value));
}

static void put_number(xmlTextWriterPtr w, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    put(w, name, text);
}

static void put_mpz(xmlTextWriterPtr w, const char *name, mpz_srcptr value)
{
    char *text = mpz_get_str(NULL, 10, value);

    put(w, name, text);
    free(text);
}

static void element(xmlTextWriterPtr w, const char *name, const char *text)
{
    xmlTextWriterWriteElement(w, xml(name), xml(text));
}

/* ----------------------------------------------------------------------- class */

static void claim(xmlTextWriterPtr w, const struct tc_claim *c)
{
    char tag[2] = {0};

    if (!c)
        return;
    tag[0] = c->tag;
    open_element(w, "stated");
    put(w, "source", c->source);
    put(w, "read", tag);
    xmlTextWriterWriteString(w, xml(c->statement));
    close_element(w);
}

static void class(xmlTextWriterPtr w, const struct tc_classified *c)
{
    static const char *const met[] = {"met", "not-met", "assumed"};
    static const char *const verdict[] = {"AC0", "TC0", "TC", "none"};

    open_element(w, "class");
    put(w, "name", c->name);
    put(w, "decided-by", c->decides->path);
    put_number(w, "line", c->decides->loc.line);
    open_element(w, "uniformity");
    put(w, "name", c->uniformity_name);
    element(w, "why", c->uniformity_why);
    claim(w, c->uniformity_claim);
    close_element(w);
    for (unsigned k = 0; k < c->nnode; k++) {
        const struct tc_node *n = &c->node[k];

        open_element(w, "node");
        put(w, "path", n->path);
        put_number(w, "line", n->loc.line);
        put(w, "class", verdict[n->verdict]);
        if (n->verdict == TC_IN_TCI)
            put_number(w, "power", n->power);
        element(w, "why", n->why);
        claim(w, n->claim);
        close_element(w);
    }
    for (unsigned k = 0; k < c->nhypothesis; k++) {
        open_element(w, "hypothesis");
        put(w, "name", c->hypothesis[k].name);
        put(w, "statement", c->hypothesis[k].statement);
        put(w, "status", met[c->hypothesis[k].met]);
        element(w, "why", c->hypothesis[k].why);
        close_element(w);
    }
    for (unsigned k = 0; k < c->nconsequence; k++) {
        open_element(w, "consequence");
        put(w, "cannot-solve", c->consequence[k].problem);
        put(w, "assumption", c->consequence[k].assumption);
        element(w, "why", c->consequence[k].why);
        claim(w, c->consequence[k].claim[0]);
        claim(w, c->consequence[k].claim[1]);
        close_element(w);
    }
    if (c->no_consequence)
        element(w, "no-consequence", c->no_consequence);
    close_element(w);
}

/* ----------------------------------------------------------------------- depth */

static void symbolic(xmlTextWriterPtr w, const struct tc_bounds *b, const char *name,
                     const struct tc_depth *d)
{
    static const char *const attribute[] = {"std", "prod", "sum", "exp", "sqrt", "trig"};
    mpz_t value;

    open_element(w, name);
    for (unsigned k = 0; k < TC_NCONSTANT; k++)
        if (d->of[k])
            put_number(w, attribute[k], d->of[k]);
    mpz_init(value);
    if (tc_depth_value(&b->constants, d, value))
        put_mpz(w, "value", value);
    mpz_clear(value);
    xmlTextWriterWriteString(w, xml(tc_depth_text(b->arena, d)));
    close_element(w);
}

static void constants(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    const struct tc_constants *c = &b->constants;

    for (unsigned k = 0; k < TC_NCONSTANT; k++) {
        open_element(w, "constant");
        put(w, "name", tc_constant_name[k]);
        put(w, "sign", tc_constant_sign[k]);
        if (k == TC_D_TRIG && c->fixed_angles)
            put_number(w, "value", 0);
        else if (c->known[k])
            put_number(w, "value", c->value[k]);
        for (unsigned m = 0; m < c->n; m++) {
            const struct tc_measured *x = &c->measured[m];

            if (x->of != k)
                continue;
            open_element(w, "operation");
            put(w, "op", x->op);
            if (x->terms)
                put_number(w, "terms", x->terms);
            if (x->refused) {
                put(w, "refused", x->refused);
            } else {
                put_number(w, "depth", x->depth);
                put_number(w, "form-depth", x->form_depth);
                put_mpz(w, "gates", x->gates);
            }
            close_element(w);
        }
        close_element(w);
    }
}

static void formula(xmlTextWriterPtr w, const struct tc_bounds *b, const struct tc_poly *p,
                    mpz_srcptr value)
{
    open_element(w, "gates");
    put_mpz(w, "value", value);
    put(w, "leading", tc_bounds_leading(b, p));
    xmlTextWriterWriteString(w, xml(tc_poly_text(b->arena, p)));
    close_element(w);
}

static void blocks(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    for (unsigned k = 0; k < b->nblock; k++) {
        const struct tc_bounds_block *x = &b->block[k];

        open_element(w, "block");
        put(w, "path", x->block->path);
        for (unsigned s = 0; s < x->stages.n; s++) {
            open_element(w, "stage");
            put(w, "what", x->stages.stage[s].what);
            symbolic(w, b, "depth", &x->stages.stage[s].depth);
            symbolic(w, b, "parallel", &x->stages.stage[s].parallel);
            close_element(w);
        }
        symbolic(w, b, "depth", &x->depth);
        symbolic(w, b, "parallel", &x->parallel);
        if (b->compiled) {
            open_element(w, "circuit");
            put_number(w, "depth", x->to ? x->to - x->from + 1 : 0);
            if (x->to) {
                put_number(w, "level-from", x->from);
                put_number(w, "level-to", x->to);
            }
            formula(w, b, x->gates, x->gates_value);
            close_element(w);
        }
        close_element(w);
    }
}

static void named(xmlTextWriterPtr w, const char *name, unsigned n, const struct tc_symbol *s)
{
    for (unsigned k = 0; k < n; k++) {
        open_element(w, name);
        put(w, "name", s[k].name);
        put_mpz(w, "value", s[k].value);
        if (s[k].note)
            put(w, "note", s[k].note);
        close_element(w);
    }
}

static void model(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    const struct tc_compiled *c = b->compiled;

    open_element(w, "model");
    symbolic(w, b, "depth", &b->depth);
    symbolic(w, b, "parallel", &b->parallel);
    if (c) {
        open_element(w, "circuit");
        put_number(w, "depth", c->count.depth);
        put_mpz(w, "wires", c->count.wires);
        put_mpz(w, "max-fan-in", c->count.max_fan_in);
        put_mpz(w, "max-weight", c->count.max_weight);
        formula(w, b, c->count.gates_formula, c->count.gates);
        named(w, "symbol", c->family->nsymbol, c->family->symbol);
        named(w, "symbol", c->count.nsymbol, c->count.symbol);
        close_element(w);
        for (unsigned k = 0; k < b->nlength; k++) {
            open_element(w, "length");
            put(w, "parameter", b->length);
            put_number(w, "value", (uint64_t)b->at[k].n);
            put_number(w, "depth", b->at[k].depth);
            put_mpz(w, "gates", b->at[k].gates);
            put(w, "same-formula", b->at[k].same ? "true" : "false");
            close_element(w);
        }
    } else {
        element(w, "refused", b->refused);
    }
    close_element(w);
}

static void setting(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    static const char *const regime[] = {"auto", "table", "arithmetic"};
    const struct tc_options *o = &b->args->options;
    char format[64];

    tc_format_name(&b->spec->format, format, sizeof format);
    open_element(w, "setting");
    put(w, "format", format);
    put(w, "rounding", tc_rounding_name[b->spec->rounding]);
    put(w, "regime", regime[o->regime]);
    if (o->pass.max_weight)
        put_number(w, "max-weight", o->pass.max_weight);
    else
        put(w, "max-weight", o->pass.poly ? "poly" : "unbounded");
    put(w, "optimize", tc_level_name[o->level]);
    close_element(w);
    for (unsigned k = 0; k < b->spec->nparam; k++) {
        mpz_t v;

        mpz_init_set_si(v, b->spec->param[k].value);
        open_element(w, "parameter");
        put(w, "name", b->spec->param[k].name);
        put_mpz(w, "value", v);
        close_element(w);
        mpz_clear(v);
    }
}

bool tc_bounds_xml(FILE *f, const struct tc_bounds *b)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlTextWriterPtr w = xmlNewTextWriterMemory(buffer, 0);
    size_t len;
    bool ok;

    xmlTextWriterSetIndent(w, 1);
    xmlTextWriterSetIndentString(w, xml("  "));
    xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
    open_element(w, "bounds");
    put(w, "xmlns", NAMESPACE);
    put(w, "spec", b->spec->name);
    put(w, "version", TC_VERSION);
    setting(w, b);
    class(w, &b->class);
    constants(w, b);
    blocks(w, b);
    model(w, b);
    close_element(w);
    xmlTextWriterEndDocument(w);
    xmlFreeTextWriter(w); /* flushes it into the buffer */
    len = (size_t)xmlBufferLength(buffer);
    ok = fwrite(xmlBufferContent(buffer), 1, len, f) == len;
    xmlBufferFree(buffer);
    return ok;
}
