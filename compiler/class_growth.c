/* class_growth.c -- how an expression grows with n
 *
 * The expression has been read and evaluated by expr.c, so it is well formed; here its
 * values are replaced by bounds of their growth.  Every rule bounds absolute values
 * from above, for all n from some on. */
#include "class.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct tc_growth none = {TC_GROWS_NOT, 0};
static const struct tc_growth poly = {TC_GROWS_POLY, 0};
static const struct tc_growth beyond = {TC_GROWS_BEYOND, 0};

static struct tc_growth logarithm(unsigned power)
{
    return power ? (struct tc_growth){TC_GROWS_LOG, power} : none;
}

static int compare(struct tc_growth a, struct tc_growth b)
{
    return a.kind != b.kind ? (int)a.kind - (int)b.kind : (int)a.power - (int)b.power;
}

struct tc_growth tc_growth_most(struct tc_growth a, struct tc_growth b)
{
    return compare(a, b) < 0 ? b : a;
}

static struct tc_growth least(struct tc_growth a, struct tc_growth b)
{
    return compare(a, b) < 0 ? a : b;
}

struct tc_growth tc_growth_product(struct tc_growth a, struct tc_growth b)
{
    if (a.kind == TC_GROWS_LOG && b.kind == TC_GROWS_LOG)
        return logarithm(a.power + b.power);
    return tc_growth_most(a, b);
}

const char *tc_growth_text(struct tc_arena *a, struct tc_growth g)
{
    switch (g.kind) {
    case TC_GROWS_NOT:
        return "O(1)";
    case TC_GROWS_LOG:
        return g.power == 1 ? "O(log n)" : tc_sprintf(a, "O(log^%u n)", g.power);
    case TC_GROWS_POLY:
        return "poly(n)";
    default:
        return "not bounded by poly(n)";
    }
}

/* ------------------------------------------------------------- expressions */

struct value {
    struct tc_growth growth;
    bool fixed;    /* the same for all n */
    bool whole;    /* an integer, so that its reciprocal is at most 1 */
    double number; /* at these sizes, for exponents; those that do not grow are small */
};

struct reader {
    const char *text;
    const struct tc_growing *growing;
    bool positive; /* nothing is subtracted and no parameter is below 0 */
};

static struct value sum(struct reader *);
static struct value signs(struct reader *);

static char peek(struct reader *r)
{
    r->text += strspn(r->text, " \t\n\r");
    return *r->text;
}

static bool take(struct reader *r, char c)
{
    if (peek(r) != c)
        return false;
    r->text++;
    return true;
}

static struct value inverse(struct value x)
{
    x.growth = x.whole || x.fixed              ? none
               : x.growth.kind == TC_GROWS_BEYOND ? beyond
                                                  : poly;
    x.whole = false;
    x.number = 1 / x.number;
    return x;
}

static struct value times(struct value a, struct value b)
{
    return (struct value){tc_growth_product(a.growth, b.growth), a.fixed && b.fixed,
                          a.whole && b.whole, a.number * b.number};
}

static struct value power(struct value a, struct value b)
{
    struct value v = {a.growth, a.fixed && b.fixed, a.whole && b.fixed && b.number >= 0,
                      pow(a.number, b.number)};
    double k = fabs(b.number);

    if (b.fixed && b.number < 0)
        return inverse(power(a, (struct value){none, true, true, k}));
    if (v.fixed || (b.fixed && k == 0))
        v.growth = none;
    else if (b.fixed && a.growth.kind == TC_GROWS_LOG)
        v.growth = logarithm(a.growth.power * (unsigned)k);
    else if (!b.fixed && b.growth.kind == TC_GROWS_NOT) /* it may be below 0 */
        v.growth = tc_growth_most(a.growth, poly);
    else if (!b.fixed && b.growth.kind == TC_GROWS_LOG && b.growth.power == 1 && a.fixed)
        v.growth = poly; /* c^(k log n) = n^(k log c) */
    else if (!b.fixed)
        v.growth = beyond;
    return v;
}

static struct value call(struct reader *r, const char *name, size_t n)
{
    struct value v = sum(r);

    while (take(r, ',')) {
        struct value x = sum(r);
        bool smaller = !strncmp(name, "min", n);

        /* of positive numbers the least grows no faster than either */
        v.growth = smaller && r->positive ? least(v.growth, x.growth)
                                          : tc_growth_most(v.growth, x.growth);
        v.number = smaller ? fmin(v.number, x.number) : fmax(v.number, x.number);
        v.fixed = v.fixed && x.fixed;
        v.whole = v.whole && x.whole;
    }
    take(r, ')');
    if (!strncmp(name, "log2", n)) {
        /* of 1/n and the like it grows as of n */
        v.growth = v.fixed ? none : v.growth.kind == TC_GROWS_BEYOND ? beyond : logarithm(1);
        v.whole = false;
        v.number = log2(v.number);
    } else if (!strncmp(name, "sqrt", n)) {
        v.whole = false;
        v.number = sqrt(v.number);
    } else if (!strncmp(name, "ceil", n) || !strncmp(name, "floor", n) ||
               !strncmp(name, "round", n)) {
        v.whole = true;
        v.number = ceil(v.number);
    }
    return v;
}

static const struct tc_growing_param *find(const struct tc_growing *g, const char *name, size_t n)
{
    for (unsigned k = 0; k < g->spec->nparam; k++)
        if (strlen(g->param[k].name) == n && !strncmp(g->param[k].name, name, n))
            return &g->param[k];
    return NULL;
}

static struct value atom(struct reader *r)
{
    const char *name;
    char *end;
    size_t n = 0;
    struct value v;

    if (take(r, '(')) {
        v = sum(r);
        take(r, ')');
        return v;
    }
    name = r->text;
    if (isdigit((unsigned char)*name)) {
        v.number = strtod(name, &end);
        v.growth = none;
        v.fixed = true;
        v.whole = v.number == floor(v.number);
        r->text = end;
        return v;
    }
    while (isalnum((unsigned char)name[n]) || name[n] == '_')
        n++;
    r->text += n;
    if (take(r, '('))
        return call(r, name, n);
    for (unsigned k = 0; k < r->growing->spec->nparam; k++)
        if (find(r->growing, name, n) == &r->growing->param[k]) {
            int64_t at = r->growing->spec->param[k].value;

            r->positive = r->positive && at > 0;
            return (struct value){r->growing->param[k].growth, r->growing->param[k].fixed, true,
                                  (double)at};
        }
    assert(!"a name that is no parameter has been refused");
    return (struct value){beyond, false, false, 0};
}

static struct value signs(struct reader *r)
{
    bool minus = false;
    struct value v;

    while (peek(r) == '+' || peek(r) == '-')
        minus ^= *r->text++ == '-';
    v = atom(r);
    if (take(r, '^'))
        v = power(v, signs(r));
    if (minus)
        v.number = -v.number;
    return v;
}

static struct value product(struct reader *r)
{
    struct value v = signs(r);

    for (;;) {
        if (take(r, '*'))
            v = times(v, signs(r));
        else if (take(r, '/'))
            v = times(v, inverse(signs(r)));
        else
            return v;
    }
}

static struct value sum(struct reader *r)
{
    struct value v = product(r);

    while (peek(r) == '+' || peek(r) == '-') {
        bool minus = *r->text++ == '-';
        struct value x = product(r);

        v.growth = tc_growth_most(v.growth, x.growth);
        v.fixed = v.fixed && x.fixed;
        v.whole = v.whole && x.whole;
        v.number += minus ? -x.number : x.number;
    }
    return v;
}

struct tc_growth tc_growth_of(const struct tc_growing *g, const char *text)
{
    struct reader r = {text, g, true};

    if (!text)
        return none;
    r.positive = !strchr(text, '-');
    return sum(&r).growth;
}

/* ---------------------------------------------------------------- parameters */

/* calls fn for each parameter that the text names */
static void names_in(const struct tc_growing *g, const char *text,
                     void (*fn)(const struct tc_growing *, struct tc_growing_param *, void *),
                     void *ctx)
{
    while (text && *text) {
        size_t n = 0;
        const struct tc_growing_param *p;

        while (isalnum((unsigned char)text[n]) || text[n] == '_')
            n++;
        p = n && !isdigit((unsigned char)*text) ? find(g, text, n) : NULL;
        if (p)
            fn(g, &g->param[p - g->param], ctx);
        text += n ? n : 1;
    }
}

static void made_of(const struct tc_growing *g, struct tc_growing_param *p, void *of)
{
    struct tc_growing_param *made = of;

    (void)g;
    made->base = false;
    made->fixed = made->fixed && p->fixed;
}

static void of_length(const struct tc_growing *g, struct tc_growing_param *p, void *ctx)
{
    p->in_length = true;
    names_in(g, p->text, of_length, ctx);
}

/* the definition of a parameter: --set's, or the document's */
static const char *definition(const struct tc_spec *spec, const char *name,
                              const struct tc_setting *set, unsigned nset)
{
    for (unsigned k = nset; k-- > 0;)
        if (!strcmp(set[k].name, name))
            return set[k].value;
    for (const struct tc_element *e = spec->root->child; e; e = e->next) {
        const char *found = NULL, *value = NULL;

        for (unsigned k = 0; !strcmp(e->name, "parameter") && k < e->nattribute; k++) {
            if (!strcmp(e->attribute[k].name, "name"))
                found = e->attribute[k].value;
            if (!strcmp(e->attribute[k].name, "value"))
                value = e->attribute[k].value;
        }
        if (found && !strcmp(found, name))
            return value;
    }
    return NULL;
}

static const char *length_text(const struct tc_spec *spec)
{
    for (const struct tc_element *e = spec->root->child; e; e = e->next)
        for (unsigned k = 0; k < e->nattribute; k++)
            if ((!strcmp(e->name, "input") || !strcmp(e->name, "tokens")) &&
                !strcmp(e->attribute[k].name, "length"))
                return e->attribute[k].value;
    return NULL;
}

struct tc_growing tc_growing_of(struct tc_arena *arena, const struct tc_spec *spec,
                                const struct tc_setting *set, unsigned nset)
{
    struct tc_growing g = {.arena = arena, .spec = spec};

    g.param = tc_alloc(arena, spec->nparam, sizeof *g.param);
    for (unsigned k = 0; k < spec->nparam; k++) {
        g.param[k].name = spec->param[k].name;
        g.param[k].text = definition(spec, g.param[k].name, set, nset);
    }
    names_in(&g, length_text(spec), of_length, NULL);
    for (unsigned k = 0; k < spec->nparam; k++) { /* each names those above it alone */
        struct tc_growing_param *p = &g.param[k];

        p->base = true;
        p->fixed = true;
        names_in(&g, p->text, made_of, p);
        p->fixed = p->fixed && !(p->base && p->in_length);
        p->growth = !p->base ? tc_growth_of(&g, p->text) : p->in_length ? poly : none;
    }
    return g;
}

const char *tc_growing_length(const struct tc_growing *g)
{
    const char *text = length_text(g->spec);
    const struct tc_growing_param *p = text ? find(g, text, strlen(text)) : NULL;

    return p && p->base ? p->name : NULL;
}

static void is_own(const struct tc_growing *g, struct tc_growing_param *p, void *own)
{
    if (p->base && !p->in_length)
        *(bool *)own = true;
    else
        names_in(g, p->text, is_own, own);
}

bool tc_growing_own(const struct tc_growing *g, const char *text)
{
    bool own = false;

    names_in(g, text, is_own, &own);
    return own;
}
