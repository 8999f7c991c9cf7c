/* report.c -- what was compiled and what it costs, as XML (INTERFACE 5)
 *
 * Everything in it is exact and the same every time; compiler/report.xsd
 * describes it. */
#include "compiler.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "urn:tc0c:report:1"

/* libxml2 has a type of its own for text */
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

static void put_int(xmlTextWriterPtr w, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)value);
    put(w, name, text);
}

static void put_unsigned(xmlTextWriterPtr w, const char *name, uint64_t value)
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

static void formula(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_poly *p)
{
    open_element(w, "formula");
    put(w, "of", "gates");
    xmlTextWriterWriteString(w, xml(tc_poly_text(a, p)));
    close_element(w);
}

/* as in specifications, all attributes of its format */
static void precision(xmlTextWriterPtr w, const struct tc_spec *spec)
{
    const struct tc_format *f = &spec->format;
    char name[64];

    tc_format_name(f, name, sizeof name);
    name[strcspn(name, ":")] = '\0';
    open_element(w, "precision");
    put(w, "format", name);
    if (f->kind == TC_FLOAT) {
        put_int(w, "significand", f->p);
        put_int(w, "exponent-bits", f->q);
        put_int(w, "emin", f->low);
        put_int(w, "emax", f->low + f->top - 1);
    } else {
        put_int(w, "bits", f->bits);
        put_int(w, "fraction", f->fraction);
    }
    put(w, "rounding", tc_rounding_name[spec->rounding]);
    close_element(w);
}

static void setting(xmlTextWriterPtr w, const struct tc_report *r)
{
    open_element(w, "setting");
    put(w, "basis", "threshold");
    if (r->spec)
        put(w, "regime", "table");
    if (r->options->pass.max_weight)
        put_unsigned(w, "max-weight", r->options->pass.max_weight);
    else
        put(w, "max-weight", r->options->pass.poly ? "poly" : "unbounded");
    put(w, "optimize", tc_level_name[r->options->level]);
    close_element(w);
}

static void symbols(xmlTextWriterPtr w, const char *element, unsigned n, const struct tc_symbol *s)
{
    for (unsigned i = 0; i < n; i++) {
        open_element(w, element);
        put(w, "name", s[i].name);
        put_mpz(w, "value", s[i].value);
        if (s[i].note)
            put(w, "note", s[i].note);
        close_element(w);
    }
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
        open_element(w, "tensor");
        put(w, "name", x->name);
        put(w, "shape", shape);
        put(w, "role", role[x->role]);
        put_int(w, "bits", (int64_t)tc_format_width(tc_tensor_format(spec, x)));
        close_element(w);
    }
}

static void total(xmlTextWriterPtr w, const struct tc_report *r)
{
    const struct tc_count *c = r->count;

    open_element(w, "total");
    put_int(w, "depth", c->depth);
    put_mpz(w, "gates", c->gates);
    put_mpz(w, "wires", c->wires);
    put_mpz(w, "max-fan-in", c->max_fan_in);
    put_mpz(w, "max-weight", c->max_weight);
    put_mpz(w, "max-threshold", c->max_threshold);
    put_mpz(w, "inputs", c->inputs);
    put_mpz(w, "outputs", c->outputs);
    if (r->family)
        put_int(w, "banks", r->family->nbank);
    close_element(w);
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
        open_element(w, element);
        put(w, "path", path);
        put_int(w, "depth", (int64_t)to - from + 1);
        put_int(w, "level-from", from);
        put_int(w, "level-to", to);
        put_mpz(w, "gates", gates);
        put_mpz(w, "wires", wires);
        put_mpz(w, "max-fan-in", fan_in);
        put_int(w, "banks", n);
        close_element(w);
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

        open_element(w, "bank");
        put(w, "name", bank->plane.name);
        put(w, "component", bank->component);
        put_int(w, "level", bank->plane.level);
        put_mpz(w, "gates", c->gates);
        put_mpz(w, "wires", c->wires);
        put_mpz(w, "max-fan-in", c->max_fan_in);
        put_mpz(w, "max-weight", c->max_weight);
        if (bank->note)
            put(w, "note", bank->note);
        formula(w, a, c->gates_formula);
        close_element(w);
    }
}

static void passes(xmlTextWriterPtr w, const struct tc_report *r)
{
    for (unsigned k = 0; k < r->passes->n; k++) {
        const struct tc_pass_record *p = &r->passes->record[k];
        char seconds[32];

        open_element(w, "pass");
        put(w, "name", p->pass->name);
        put(w, "of", p->pass->level == TC_PASS_FAMILY ? "family" : "netlist");
        put_int(w, "depth-before", p->depth[0]);
        put_int(w, "depth-after", p->depth[1]);
        put_mpz(w, "gates-before", p->gates[0]);
        put_mpz(w, "gates-after", p->gates[1]);
        put_mpz(w, "wires-before", p->wires[0]);
        put_mpz(w, "wires-after", p->wires[1]);
        put_mpz(w, "max-weight-before", p->max_weight[0]);
        put_mpz(w, "max-weight-after", p->max_weight[1]);
        put_mpz(w, "max-fan-in-before", p->max_fan_in[0]);
        put_mpz(w, "max-fan-in-after", p->max_fan_in[1]);
        snprintf(seconds, sizeof seconds, "%.6f", p->seconds);
        if (r->times)
            put(w, "seconds", seconds);
        close_element(w);
    }
}

static void family(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_report *r)
{
    precision(w, r->spec);
    symbols(w, "parameter", r->family->nparam, r->family->param);
    symbols(w, "symbol", r->family->nsymbol, r->family->symbol);
    symbols(w, "symbol", r->count->nsymbol, r->count->symbol);
    tensors(w, r->spec);
    total(w, r);
    formula(w, a, r->count->gates_formula);
    blocks(w, a, r, r->spec->nblock, r->spec->block);
    components(w, r);
    banks(w, a, r);
}

static void report(xmlTextWriterPtr w, struct tc_arena *a, const struct tc_report *r)
{
    xmlTextWriterSetIndent(w, 1);
    xmlTextWriterSetIndentString(w, xml("  "));
    xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
    open_element(w, "report");
    put(w, "xmlns", NAMESPACE);
    put(w, "spec", r->name);
    put(w, "version", TC_VERSION);
    if (r->caption)
        put(w, "caption", r->caption);
    setting(w, r);
    if (r->spec)
        family(w, a, r);
    else
        total(w, r);
    passes(w, r);
    close_element(w);
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
