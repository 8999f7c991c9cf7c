/* report.c -- what was compiled and what it costs, as XML (INTERFACE 5)
 *
 * Everything in it is exact and the same every time; compiler/report.xsd
 * describes it. */
#include "compiler.h"
#include "../ir/xml.h"

#include <stdlib.h>
#include <string.h>

#define NAMESPACE "urn:tc0c:report:1"

static void formula(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_poly *p)
{
    tc_xml_open(w, "formula");
    tc_xml_put(w, "of", "gates");
    tc_xml_text(w, tc_poly_text(a, p));
    tc_xml_close(w);
}

/* as in specifications, all attributes of its format */
static void precision(xmlTextWriterPtr w, const struct tc_spec *spec)
{
    const struct tc_format *f = &spec->format;
    char name[64];

    tc_format_name(f, name, sizeof name);
    name[strcspn(name, ":")] = '\0';
    tc_xml_open(w, "precision");
    tc_xml_put(w, "format", name);
    if (f->kind == TC_FLOAT) {
        tc_xml_put_int(w, "significand", f->p);
        tc_xml_put_int(w, "exponent-bits", f->q);
        tc_xml_put_int(w, "emin", f->low);
        tc_xml_put_int(w, "emax", f->low + f->top - 1);
    } else {
        tc_xml_put_int(w, "bits", f->bits);
        tc_xml_put_int(w, "fraction", f->fraction);
    }
    tc_xml_put(w, "rounding", tc_rounding_name[spec->rounding]);
    tc_xml_close(w);
}

static void setting(xmlTextWriterPtr w, const struct tc_report *r)
{
    tc_xml_open(w, "setting");
    tc_xml_put(w, "basis", r->options->pass.majority ? "majority" : "threshold");
    if (r->spec)
        tc_xml_put(w, "regime", "table");
    if (r->options->pass.max_weight)
        tc_xml_put_unsigned(w, "max-weight", r->options->pass.max_weight);
    else
        tc_xml_put(w, "max-weight", r->options->pass.poly ? "poly" : "unbounded");
    tc_xml_put(w, "optimize", tc_level_name[r->options->level]);
    tc_xml_close(w);
}

static void tensors(xmlTextWriterPtr w, const struct tc_spec *spec)
{
    static const char *const role[] = {"input", "constant", "result"};

    for (unsigned t = 0; t < spec->ntensor; t++) {
        const struct tc_tensor *x = &spec->tensor[t];
        char shape[80];
        size_t len = 0;

        for (unsigned d = 0; d < x->rank; d++)
            len += (size_t)snprintf(shape + len, sizeof shape - len, "%s%lld", d ? "x" : "",
                                    (long long)x->size[d].value);
        tc_xml_open(w, "tensor");
        tc_xml_put(w, "name", x->name);
        tc_xml_put(w, "shape", shape);
        tc_xml_put(w, "role", role[x->role]);
        tc_xml_put_int(w, "bits", (int64_t)tc_format_width(tc_tensor_format(spec, x)));
        tc_xml_close(w);
    }
}

static void total(xmlTextWriterPtr w, const struct tc_report *r)
{
    const struct tc_count *c = r->count;

    tc_xml_open(w, "total");
    tc_xml_put_int(w, "depth", c->depth);
    tc_xml_put_mpz(w, "gates", c->gates);
    tc_xml_put_mpz(w, "wires", c->wires);
    tc_xml_put_mpz(w, "max-fan-in", c->max_fan_in);
    tc_xml_put_mpz(w, "max-weight", c->max_weight);
    tc_xml_put_mpz(w, "max-threshold", c->max_threshold);
    tc_xml_put_mpz(w, "inputs", c->inputs);
    tc_xml_put_mpz(w, "outputs", c->outputs);
    if (r->family)
        tc_xml_put_int(w, "banks", r->family->nbank);
    tc_xml_close(w);
}

/* The banks of some components, added up.  Depth is the number of levels that they reach
 * over, from the first to the last. */
static void added(xmlTextWriterPtr w, const struct tc_report *r, const char *element,
                  const char *path, bool (*of)(const char *component, const char *path))
{
    unsigned from = UINT32_MAX, to = 0, n = 0;
    mpz_t gates, wires, fan_in;

    mpz_inits(gates, wires, fan_in, NULL);
    for (unsigned b = 0; b < r->family->nbank; b++) {
        const struct tc_bank *bank = r->family->bank[b];
        const struct tc_bank_count *c = &r->count->bank[b];

        if (!of(bank->component, path))
            continue;
        n++;
        from = bank->plane.level < from ? bank->plane.level : from;
        to = bank->plane.level > to ? bank->plane.level : to;
        mpz_add(gates, gates, c->gates);
        mpz_add(wires, wires, c->wires);
        if (mpz_cmp(c->max_fan_in, fan_in) > 0)
            mpz_set(fan_in, c->max_fan_in);
    }
    if (n) {
        tc_xml_open(w, element);
        tc_xml_put(w, "path", path);
        tc_xml_put_int(w, "depth", (int64_t)to - from + 1);
        tc_xml_put_int(w, "level-from", from);
        tc_xml_put_int(w, "level-to", to);
        tc_xml_put_mpz(w, "gates", gates);
        tc_xml_put_mpz(w, "wires", wires);
        tc_xml_put_mpz(w, "max-fan-in", fan_in);
        tc_xml_put_int(w, "banks", n);
        tc_xml_close(w);
    }
    mpz_clears(gates, wires, fan_in, NULL);
}

static bool is(const char *component, const char *path)
{
    return !strcmp(component, path);
}

static bool is_within(const char *component, const char *path)
{
    size_t n = strlen(path);

    return !strncmp(component, path, n) && (!component[n] || component[n] == '.');
}

/* Each block, what it holds added up, before its parts; and each repetition: the layers. */
static void blocks(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_report *r, unsigned n,
                   const struct tc_block *block)
{
    for (unsigned k = 0; k < n; k++) {
        const struct tc_block *b = &block[k];
        unsigned times = b->kind == TC_REPEAT ? b->nrepeat : 1, body = b->nchild / times;

        added(w, r, "block", b->path, is_within);
        for (unsigned t = 0; t < times; t++) {
            if (b->kind == TC_REPEAT)
                added(w, r, "block", tc_sprintf(a, "%s.%u", b->path, t), is_within);
            blocks(w, a, r, body, b->child + t * body);
        }
    }
}

/* each component where its first bank stands */
static void components(xmlTextWriterPtr w, const struct tc_report *r)
{
    for (unsigned b = 0; b < r->family->nbank; b++) {
        const char *path = r->family->bank[b]->component;
        unsigned before = 0;

        while (before < b && strcmp(r->family->bank[before]->component, path))
            before++;
        if (before == b)
            added(w, r, "component", path, is);
    }
}

static void banks(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_report *r)
{
    for (unsigned b = 0; b < r->family->nbank; b++) {
        const struct tc_bank *bank = r->family->bank[b];
        const struct tc_bank_count *c = &r->count->bank[b];

        tc_xml_open(w, "bank");
        tc_xml_put(w, "name", bank->plane.name);
        tc_xml_put(w, "component", bank->component);
        tc_xml_put_int(w, "level", bank->plane.level);
        tc_xml_put_mpz(w, "gates", c->gates);
        tc_xml_put_mpz(w, "wires", c->wires);
        tc_xml_put_mpz(w, "max-fan-in", c->max_fan_in);
        tc_xml_put_mpz(w, "max-weight", c->max_weight);
        if (bank->note)
            tc_xml_put(w, "note", bank->note);
        formula(w, a, c->gates_formula);
        tc_xml_close(w);
    }
}

static void passes(xmlTextWriterPtr w, const struct tc_report *r)
{
    for (unsigned k = 0; k < r->passes->n; k++) {
        const struct tc_pass_record *p = &r->passes->record[k];
        char seconds[32];

        tc_xml_open(w, "pass");
        tc_xml_put(w, "name", p->pass->name);
        tc_xml_put(w, "of", p->pass->level == TC_PASS_FAMILY ? "family" : "netlist");
        tc_xml_put_int(w, "depth-before", p->depth[0]);
        tc_xml_put_int(w, "depth-after", p->depth[1]);
        tc_xml_put_mpz(w, "gates-before", p->gates[0]);
        tc_xml_put_mpz(w, "gates-after", p->gates[1]);
        tc_xml_put_mpz(w, "wires-before", p->wires[0]);
        tc_xml_put_mpz(w, "wires-after", p->wires[1]);
        tc_xml_put_mpz(w, "max-weight-before", p->max_weight[0]);
        tc_xml_put_mpz(w, "max-weight-after", p->max_weight[1]);
        tc_xml_put_mpz(w, "max-fan-in-before", p->max_fan_in[0]);
        tc_xml_put_mpz(w, "max-fan-in-after", p->max_fan_in[1]);
        snprintf(seconds, sizeof seconds, "%.6f", p->seconds);
        if (r->times)
            tc_xml_put(w, "seconds", seconds);
        tc_xml_close(w);
    }
}

static void lengths(xmlTextWriterPtr w, const struct tc_lengths *l)
{
    tc_xml_open(w, "lengths");
    tc_xml_put(w, "parameter", l->parameter);
    for (unsigned k = 0; k < l->n; k++) {
        tc_xml_open(w, "at");
        tc_xml_put_int(w, "value", l->at[k].value);
        tc_xml_put_int(w, "depth", l->at[k].depth);
        tc_xml_put_mpz(w, "gates", l->at[k].gates);
        tc_xml_close(w);
    }
    tc_xml_close(w);
}

static void family(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_report *r)
{
    if (r->spec)
        precision(w, r->spec);
    tc_xml_symbols(w, "parameter", r->family->nparam, r->family->param);
    tc_xml_symbols(w, "symbol", r->family->nsymbol, r->family->symbol);
    tc_xml_symbols(w, "symbol", r->count->nsymbol, r->count->symbol);
    if (r->spec)
        tensors(w, r->spec);
    total(w, r);
    formula(w, a, r->count->gates_formula);
    if (r->lengths)
        lengths(w, r->lengths);
    if (r->spec)
        blocks(w, a, r, r->spec->nblock, r->spec->block);
    components(w, r);
    banks(w, a, r);
}

static void report(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_report *r)
{
    xmlTextWriterSetIndent(w, 1);
    xmlTextWriterSetIndentString(w, (const xmlChar *)"  ");
    xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
    tc_xml_open(w, "report");
    tc_xml_put(w, "xmlns", NAMESPACE);
    tc_xml_put(w, "spec", r->name);
    tc_xml_put(w, "version", TC_VERSION);
    if (r->caption)
        tc_xml_put(w, "caption", r->caption);
    setting(w, r);
    if (r->family)
        family(w, a, r);
    else
        total(w, r);
    passes(w, r);
    tc_xml_close(w);
    xmlTextWriterEndDocument(w);
}

bool tc_report_write(FILE *f, const struct tc_report *r)
{
    struct tc_arena *arena = tc_arena_new();
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlTextWriterPtr w = xmlNewTextWriterMemory(buffer, 0);
    size_t len;
    bool ok;

    report(w, arena, r);
    xmlFreeTextWriter(w); /* flushes it into the buffer */
    len = (size_t)xmlBufferLength(buffer);
    ok = fwrite(xmlBufferContent(buffer), 1, len, f) == len;
    xmlBufferFree(buffer);
    tc_arena_free(arena);
    return ok;
}
