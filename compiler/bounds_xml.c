/* bounds_xml.c -- bounds for programs; compiler/bounds.xsd describes it */
#include "bounds.h"
#include "../ir/xml.h"

#include <stdlib.h>
#include <string.h>

#define NAMESPACE "urn:tc0c:bounds:1"

/* ----------------------------------------------------------------------- class */

static void claim(xmlTextWriterPtr w, const struct tc_claim *c)
{
    char tag[2] = {0};

    if (!c)
        return;
    tag[0] = c->tag;
    tc_xml_open(w, "stated");
    tc_xml_put(w, "source", c->source);
    tc_xml_put(w, "read", tag);
    tc_xml_text(w, c->statement);
    tc_xml_close(w);
}

static void class(xmlTextWriterPtr w, const struct tc_classified *c)
{
    static const char *const met[] = {"met", "not-met", "assumed"};
    static const char *const verdict[] = {"AC0", "TC0", "TC", "none"};

    tc_xml_open(w, "class");
    tc_xml_put(w, "name", c->name);
    tc_xml_put(w, "decided-by", c->decides->path);
    tc_xml_put_unsigned(w, "line", c->decides->loc.line);
    tc_xml_open(w, "uniformity");
    tc_xml_put(w, "name", c->uniformity_name);
    tc_xml_element(w, "why", c->uniformity_why);
    claim(w, c->uniformity_claim);
    tc_xml_close(w);
    for (unsigned k = 0; k < c->nnode; k++) {
        const struct tc_node *n = &c->node[k];

        tc_xml_open(w, "node");
        tc_xml_put(w, "path", n->path);
        tc_xml_put_unsigned(w, "line", n->loc.line);
        tc_xml_put(w, "class", verdict[n->verdict]);
        if (n->verdict == TC_IN_TCI)
            tc_xml_put_unsigned(w, "power", n->power);
        tc_xml_element(w, "why", n->why);
        claim(w, n->claim);
        tc_xml_close(w);
    }
    for (unsigned k = 0; k < c->nhypothesis; k++) {
        tc_xml_open(w, "hypothesis");
        tc_xml_put(w, "name", c->hypothesis[k].name);
        tc_xml_put(w, "statement", c->hypothesis[k].statement);
        tc_xml_put(w, "status", met[c->hypothesis[k].met]);
        tc_xml_element(w, "why", c->hypothesis[k].why);
        tc_xml_close(w);
    }
    for (unsigned k = 0; k < c->nconsequence; k++) {
        tc_xml_open(w, "consequence");
        tc_xml_put(w, "cannot-solve", c->consequence[k].problem);
        tc_xml_put(w, "assumption", c->consequence[k].assumption);
        tc_xml_element(w, "why", c->consequence[k].why);
        claim(w, c->consequence[k].claim[0]);
        claim(w, c->consequence[k].claim[1]);
        tc_xml_close(w);
    }
    if (c->no_consequence)
        tc_xml_element(w, "no-consequence", c->no_consequence);
    tc_xml_close(w);
}

/* ----------------------------------------------------------------------- depth */

static void symbolic(xmlTextWriterPtr w, const struct tc_bounds *b, const char *name,
                     const struct tc_depth *d)
{
    static const char *const attribute[] = {"std", "prod", "sum", "exp", "sqrt", "trig"};
    mpz_t value;

    tc_xml_open(w, name);
    for (unsigned k = 0; k < TC_NCONSTANT; k++)
        if (d->of[k])
            tc_xml_put_unsigned(w, attribute[k], d->of[k]);
    mpz_init(value);
    if (tc_depth_value(&b->constants, d, value))
        tc_xml_put_mpz(w, "value", value);
    mpz_clear(value);
    tc_xml_text(w, tc_depth_text(b->arena, d));
    tc_xml_close(w);
}

static void constants(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    const struct tc_constants *c = &b->constants;

    for (unsigned k = 0; k < TC_NCONSTANT; k++) {
        tc_xml_open(w, "constant");
        tc_xml_put(w, "name", tc_constant_name[k]);
        tc_xml_put(w, "sign", tc_constant_sign[k]);
        if (k == TC_D_TRIG && c->fixed_angles)
            tc_xml_put_unsigned(w, "value", 0);
        else if (c->known[k])
            tc_xml_put_unsigned(w, "value", c->value[k]);
        for (unsigned m = 0; m < c->n; m++) {
            const struct tc_measured *x = &c->measured[m];

            if (x->of != k)
                continue;
            tc_xml_open(w, "operation");
            tc_xml_put(w, "op", x->op);
            if (x->terms)
                tc_xml_put_unsigned(w, "terms", x->terms);
            if (x->refused) {
                tc_xml_put(w, "refused", x->refused);
            } else {
                tc_xml_put_unsigned(w, "depth", x->depth);
                tc_xml_put_unsigned(w, "form-depth", x->form_depth);
                tc_xml_put_mpz(w, "gates", x->gates);
            }
            tc_xml_close(w);
        }
        tc_xml_close(w);
    }
}

static void formula(xmlTextWriterPtr w, const struct tc_bounds *b, const struct tc_poly *p,
                    mpz_srcptr value)
{
    tc_xml_open(w, "gates");
    tc_xml_put_mpz(w, "value", value);
    tc_xml_put(w, "leading", tc_bounds_leading(b, p));
    tc_xml_text(w, tc_poly_text(b->arena, p));
    tc_xml_close(w);
}

static void blocks(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    for (unsigned k = 0; k < b->nblock; k++) {
        const struct tc_bounds_block *x = &b->block[k];

        tc_xml_open(w, "block");
        tc_xml_put(w, "path", x->block->path);
        for (unsigned s = 0; s < x->stages.n; s++) {
            tc_xml_open(w, "stage");
            tc_xml_put(w, "what", x->stages.stage[s].what);
            symbolic(w, b, "depth", &x->stages.stage[s].depth);
            symbolic(w, b, "parallel", &x->stages.stage[s].parallel);
            tc_xml_close(w);
        }
        symbolic(w, b, "depth", &x->depth);
        symbolic(w, b, "parallel", &x->parallel);
        if (b->compiled) {
            tc_xml_open(w, "circuit");
            tc_xml_put_unsigned(w, "depth", x->to ? x->to - x->from + 1 : 0);
            if (x->to) {
                tc_xml_put_unsigned(w, "level-from", x->from);
                tc_xml_put_unsigned(w, "level-to", x->to);
            }
            formula(w, b, x->gates, x->gates_value);
            tc_xml_close(w);
        }
        tc_xml_close(w);
    }
}

static void model(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    const struct tc_compiled *c = b->compiled;

    tc_xml_open(w, "model");
    symbolic(w, b, "depth", &b->depth);
    symbolic(w, b, "parallel", &b->parallel);
    if (c) {
        tc_xml_open(w, "circuit");
        tc_xml_put_unsigned(w, "depth", c->count.depth);
        tc_xml_put_mpz(w, "wires", c->count.wires);
        tc_xml_put_mpz(w, "max-fan-in", c->count.max_fan_in);
        tc_xml_put_mpz(w, "max-weight", c->count.max_weight);
        formula(w, b, c->count.gates_formula, c->count.gates);
        tc_xml_symbols(w, "symbol", c->family->nsymbol, c->family->symbol);
        tc_xml_symbols(w, "symbol", c->count.nsymbol, c->count.symbol);
        tc_xml_close(w);
        for (unsigned k = 0; k < b->nlength; k++) {
            tc_xml_open(w, "length");
            tc_xml_put(w, "parameter", b->length);
            tc_xml_put_unsigned(w, "value", (uint64_t)b->at[k].n);
            tc_xml_put_unsigned(w, "depth", b->at[k].depth);
            tc_xml_put_mpz(w, "gates", b->at[k].gates);
            tc_xml_put(w, "same-formula", b->at[k].same ? "true" : "false");
            tc_xml_close(w);
        }
    } else {
        tc_xml_element(w, "refused", b->refused);
    }
    tc_xml_close(w);
}

static void setting(xmlTextWriterPtr w, const struct tc_bounds *b)
{
    static const char *const regime[] = {"auto", "table", "arithmetic"};
    const struct tc_options *o = &b->args->options;
    char format[64];

    tc_format_name(&b->spec->format, format, sizeof format);
    tc_xml_open(w, "setting");
    tc_xml_put(w, "basis", o->pass.majority ? "majority" : "threshold");
    tc_xml_put(w, "format", format);
    tc_xml_put(w, "rounding", tc_rounding_name[b->spec->rounding]);
    tc_xml_put(w, "regime", regime[o->regime]);
    if (o->pass.max_weight)
        tc_xml_put_unsigned(w, "max-weight", o->pass.max_weight);
    else
        tc_xml_put(w, "max-weight", o->pass.poly ? "poly" : "unbounded");
    tc_xml_put(w, "optimize", tc_level_name[o->level]);
    tc_xml_close(w);
    for (unsigned k = 0; k < b->spec->nparam; k++) {
        mpz_t v;

        mpz_init_set_si(v, b->spec->param[k].value);
        tc_xml_open(w, "parameter");
        tc_xml_put(w, "name", b->spec->param[k].name);
        tc_xml_put_mpz(w, "value", v);
        tc_xml_close(w);
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
    xmlTextWriterSetIndentString(w, (const xmlChar *)"  ");
    xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
    tc_xml_open(w, "bounds");
    tc_xml_put(w, "xmlns", NAMESPACE);
    tc_xml_put(w, "spec", b->spec->name);
    tc_xml_put(w, "version", TC_VERSION);
    setting(w, b);
    class(w, &b->class);
    constants(w, b);
    blocks(w, b);
    model(w, b);
    tc_xml_close(w);
    xmlTextWriterEndDocument(w);
    xmlFreeTextWriter(w); /* flushes it into the buffer */
    len = (size_t)xmlBufferLength(buffer);
    ok = fwrite(xmlBufferContent(buffer), 1, len, f) == len;
    xmlBufferFree(buffer);
    return ok;
}
