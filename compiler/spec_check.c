/* spec_check.c -- from elements to a specification: meaning
 *
 * The schema has passed the document, so elements and attributes are of the
 * language; here they get values.  SPEC.md tells what is accepted. */
#include "spec.h"

#include <inttypes.h>
#include <string.h>

#define MAX_PARAMETERS 256

const char *const tc_rounding_name[] = {"op", "block", "layer"};

/* --- parameters */

/* the last --set of the name, or NULL */
static const struct tc_setting *setting_of(struct checker *c, const char *name)
{
    for (unsigned i = c->nsetting; i-- > 0;)
        if (!strcmp(c->setting[i].name, name))
            return &c->setting[i];
    return NULL;
}

static bool set_value(struct checker *c, const struct tc_setting *s, int64_t *value)
{
    struct tc_loc nowhere = {0};
    struct tc_number v;

    if (!tc_expr_eval(c->spec->arena, s->value, NULL, 0, nowhere, &v, c->err)) {
        struct tc_error inner = *c->err;

        return tc_fail(c->err, inner.kind == TC_ELIMIT ? TC_ELIMIT : TC_EUSAGE, nowhere,
                       "--set %.64s=%.64s: %s", s->name, s->value, inner.msg);
    }
    if (mpz_cmp_ui(mpq_denref(v.value), 1) || !tc_mpz_fits_i64(mpq_numref(v.value)))
        return tc_fail(c->err, TC_EUSAGE, nowhere,
                       "--set %.64s=%.64s: wanted an integer below 2^63", s->name, s->value);
    *value = tc_mpz_get_i64(mpq_numref(v.value));
    return true;
}

static bool read_parameter(struct checker *c, const struct tc_element *e)
{
    const struct tc_attribute *name = attr_find(e, "name"), *value = attr_find(e, "value");
    struct tc_spec *s = c->spec;
    struct tc_param *p;
    const struct tc_setting *set;

    if (tc_expr_is_function(name->value))
        return tc_fail(c->err, TC_ESPEC, name->text, "parameter '%s' has the name of a function",
                       name->value);
    for (unsigned i = 0; i < s->nparam; i++)
        if (!strcmp(s->param[i].name, name->value))
            return tc_fail(c->err, TC_ESPEC, name->text,
                           "parameter '%s' is defined twice, first in line %u", name->value,
                           s->param[i].loc.line);
    if (s->nparam == MAX_PARAMETERS)
        return tc_fail(c->err, TC_ELIMIT, e->loc, "more than %d parameters", MAX_PARAMETERS);
    p = &s->param[s->nparam];
    p->name = name->value;
    p->loc = e->loc;
    set = setting_of(c, p->name);
    if (set) {
        if (!set_value(c, set, &p->value))
            return false;
    } else {
        struct tc_number v;

        if (!attr_number(c, value, &v))
            return false;
        if (mpz_cmp_ui(mpq_denref(v.value), 1) || !tc_mpz_fits_i64(mpq_numref(v.value)))
            return tc_fail(c->err, TC_ESPEC, value->text,
                           "parameter '%s' is %s, wanted an integer below 2^63", p->name,
                           attr_show(c, value, v.value));
        p->value = tc_mpz_get_i64(mpq_numref(v.value));
    }
    s->nparam++;
    return true;
}

static bool check_settings(struct checker *c)
{
    const struct tc_spec *s = c->spec;
    struct tc_loc nowhere = {0};

    for (unsigned i = 0; i < c->nsetting; i++) {
        char list[200] = "";
        unsigned j = 0;

        while (j < s->nparam && strcmp(s->param[j].name, c->setting[i].name))
            j++;
        if (j < s->nparam)
            continue;
        if (!strcmp(c->setting[i].name, "position")) { /* unless a parameter is named so */
            if (!spec_encoding(c, c->setting[i].value))
                return false;
            continue;
        }
        for (j = 0; j < s->nparam && strlen(list) < 120; j++)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", j ? ", " : "",
                     s->param[j].name);
        return tc_fail(c->err, TC_EUSAGE, nowhere, "--set %.64s: %s has %s%s", c->setting[i].name,
                       s->file, s->nparam ? "the parameters " : "no parameters", list);
    }
    return true;
}

/* --- the head */

static bool once(struct checker *c, const struct tc_element *e, const struct tc_element **slot)
{
    if (*slot)
        return tc_fail(c->err, TC_ESPEC, e->loc, "a second '%s', the first is in line %u", e->name,
                       (*slot)->loc.line);
    *slot = e;
    return true;
}

static bool read_head(struct checker *c, const struct tc_element *root)
{
    const struct tc_element *e;
    unsigned n = 0;

    for (e = root->child; e; e = e->next)
        n += !strcmp(e->name, "parameter");
    c->spec->param =
        tc_alloc(c->spec->arena, n < MAX_PARAMETERS ? n : MAX_PARAMETERS, sizeof *c->spec->param);
    for (e = root->child; e; e = e->next) {
        bool ok = true;

        if (!strcmp(e->name, "parameter"))
            ok = read_parameter(c, e);
        else if (!strcmp(e->name, "precision"))
            ok = once(c, e, &c->precision);
        else if (!strcmp(e->name, "input") || !strcmp(e->name, "tokens"))
            ok = once(c, e, &c->input);
        else if (!strcmp(e->name, "weights"))
            ok = once(c, e, &c->weights);
        if (!ok)
            return false;
    }
    if (!c->precision || !c->input || !c->weights)
        return tc_fail(c->err, TC_ESPEC, root->loc, "transformer without '%s', wanted one",
                       !c->precision ? "precision"
                       : !c->input   ? "input"
                                     : "weights");
    return true;
}

enum { FIXED = 1, FLOAT = 2, IEEE = 4, NAMED = 8 }; /* IEEE: ieee and ftz */

static unsigned family_of(const char *format)
{
    return !strcmp(format, "fixed")   ? FIXED
           : !strcmp(format, "float") ? FLOAT
           : !strcmp(format, "ieee")  ? IEEE
           : !strcmp(format, "ftz")   ? IEEE
                                      : NAMED;
}

/* no attribute that says nothing of this format, and all that it needs */
static bool check_precision(struct checker *c, const struct tc_element *e, unsigned family)
{
    static const struct {
        const char *name;
        unsigned belongs, needs;
        const char *of, *wanted;
    } known[] = {
        {"bits", FIXED, FIXED, "format=\"fixed\"", "the bits of a fixed-point number"},
        {"fraction", FIXED, FIXED, "format=\"fixed\"", "the bits after the point"},
        {"significand", FLOAT | IEEE, FLOAT | IEEE, "format=\"float\", \"ieee\" and \"ftz\"",
         "the bits of a significand"},
        {"emin", FLOAT, 0, "format=\"float\"", ""},
        {"emax", FLOAT, 0, "format=\"float\"", ""},
        {"exponent-bits", IEEE, IEEE, "format=\"ieee\" and \"ftz\"",
         "the bits of an exponent's field"},
    };
    struct tc_arena *arena = c->spec->arena;

    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (!(family & known[k].belongs)) {
            if (!attr_none(c, e, known[k].name, tc_sprintf(arena, "it is of %s", known[k].of)))
                return false;
        }
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if ((family & known[k].needs) &&
            !attr_needed(c, e, known[k].name, tc_sprintf(arena, "wanted %s", known[k].wanted)))
            return false;
    return true;
}

static bool read_fixed(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    int64_t bits, fraction;

    if (!attr_integer(c, attr_find(e, "bits"), 2, TC_FIXED_MAX_BITS, &bits, NULL) ||
        !attr_integer(c, attr_find(e, "fraction"), 0, bits - 1, &fraction, NULL))
        return false;
    *f = (struct tc_format){
        .kind = TC_FIXED, .bits = (unsigned)bits, .fraction = (unsigned)fraction};
    return true;
}

/* exponents are -2^p .. 2^p - 1 where the specification does not say otherwise */
static bool read_float(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    const struct tc_attribute *low = attr_find(e, "emin"), *high = attr_find(e, "emax");
    int64_t p, emin, emax;

    if (!attr_integer(c, attr_find(e, "significand"), 2, low && high ? 62 : 24, &p, NULL))
        return false;
    emin = -((int64_t)1 << p);
    emax = -emin - 1;
    if (low && !attr_integer(c, low, -TC_FLOAT_MAX_EXP, TC_FLOAT_MAX_EXP, &emin, NULL))
        return false;
    if (high && !attr_integer(c, high, -TC_FLOAT_MAX_EXP, TC_FLOAT_MAX_EXP, &emax, NULL))
        return false;
    if (emin > emax)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, high ? "emax" : "emin"),
                       "exponents from %" PRId64 " to %" PRId64 ", wanted emin at most emax", emin,
                       emax);
    *f = tc_format_float((unsigned)p, emin, emax);
    return true;
}

static bool read_ieee(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    char name[40];
    int64_t p, q;

    if (!attr_integer(c, attr_find(e, "significand"), 2, 62, &p, NULL) ||
        !attr_integer(c, attr_find(e, "exponent-bits"), 2, 24, &q, NULL))
        return false;
    snprintf(name, sizeof name, "%s:%d,%d", attr_value(e, "format", ""), (int)p, (int)q);
    return tc_format_parse(name, f, c->err);
}

static bool read_format(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    const char *name = attr_value(e, "format", "");
    unsigned family = family_of(name);
    bool ok;

    if (!check_precision(c, e, family))
        return false;
    ok = family == FIXED   ? read_fixed(c, e, f)
         : family == FLOAT ? read_float(c, e, f)
         : family == IEEE  ? read_ieee(c, e, f)
                           : tc_format_parse(name, f, c->err);
    if (!ok || f->kind == TC_FIXED)
        return ok;
    if (tc_format_width(f) > 64)
        return tc_fail(c->err, TC_ELIMIT, attr_place(e, "significand"),
                       "words of %u bits (%u of significand with the sign, %u of exponent), at "
                       "most 64 are built",
                       tc_format_width(f), f->p, f->q);
    return true;
}

static bool read_precision(struct checker *c, const struct tc_element *e)
{
    const char *rounding = attr_value(e, "rounding", "block");
    struct tc_spec *s = c->spec;

    if (!strcmp(rounding, "layer") && strcmp(attr_value(e, "format", ""), "fixed"))
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "rounding"),
                       "rounding=\"layer\" sums exactly over rows and keys; it goes with "
                       "format=\"fixed\", found '%.64s'",
                       attr_value(e, "format", ""));
    if (!read_format(c, e, &s->format))
        return false;
    s->rounding = TC_OP; /* the schema knows these three */
    while (strcmp(rounding, tc_rounding_name[s->rounding]) != 0)
        s->rounding++;
    if (s->rounding != TC_BLOCK || !s->format.nan) /* ftz's infinity is none of a model's */
        s->format.infinity = false;
    return true;
}

static const char *resolve(struct checker *c, const char *href)
{
    const char *slash = strrchr(c->spec->file, '/');

    if (*href == '/' || !slash)
        return href;
    return tc_sprintf(c->spec->arena, "%.*s/%s", (int)(slash - c->spec->file), c->spec->file, href);
}

static bool read_seed(struct checker *c, const struct tc_element *e)
{
    const struct tc_attribute *a = attr_find(e, "seed");
    struct tc_number v;

    if (!a)
        return true;
    if (!attr_number(c, a, &v))
        return false;
    if (mpz_cmp_ui(mpq_denref(v.value), 1) || mpq_sgn(v.value) < 0 ||
        mpz_sizeinbase(mpq_numref(v.value), 2) > 64)
        return tc_fail(c->err, TC_ESPEC, a->text,
                       "seed is %s, wanted an integer from 0 to 2^64 - 1",
                       attr_show(c, a, v.value));
    c->spec->seed = mpz_get_ui(mpq_numref(v.value));
    return true;
}

static bool read_weights(struct checker *c, const struct tc_element *e)
{
    const char *source = attr_value(e, "source", "");
    struct tc_spec *s = c->spec;
    const struct tc_attribute *href = attr_find(e, "href");

    s->weights_loc = e->loc;
    s->weights = !strcmp(source, "input")    ? TC_WEIGHTS_INPUT
                 : !strcmp(source, "random") ? TC_WEIGHTS_RANDOM
                                             : TC_WEIGHTS_FILE;
    if (s->weights != TC_WEIGHTS_RANDOM &&
        (!attr_none(c, e, "seed", "it goes with source=\"random\"") ||
         !attr_none(c, e, "scale", "it goes with source=\"random\"")))
        return false;
    if (s->weights != TC_WEIGHTS_FILE) {
        if (!attr_none(c, e, "href", "it goes with source=\"file\""))
            return false;
        return read_seed(c, e) && attr_positive(c, e, "scale", "1", false, &s->weight_scale);
    }
    if (!attr_needed(c, e, "href", "wanted the path of a JSON file"))
        return false;
    s->weights_loc = href->text;
    if (!*href->value)
        return tc_fail(c->err, TC_ESPEC, href->loc,
                       "href is empty, wanted the path of a JSON file");
    if (strstr(href->value, "://") || !strcmp(href->value, "-"))
        return tc_fail(c->err, TC_ESPEC, href->text,
                       "found '%.100s', wanted the path of a JSON file on this machine",
                       href->value);
    s->href = resolve(c, href->value);
    return true;
}

bool spec_outlined(struct checker *c)
{
    if (!c->refused)
        return false;
    if (!c->refused->kind)
        *c->refused = *c->err;
    c->err->kind = 0;
    return true;
}

static bool check(struct checker *c, const struct tc_element *root)
{
    struct tc_spec *s = c->spec;

    s->name = attr_value(root, "name", "transformer");
    return read_head(c, root) && check_settings(c) && read_precision(c, c->precision) &&
           attr_size(c, c->input, "length", NULL, &s->length) &&
           (!strcmp(c->input->name, "tokens")
                ? attr_size(c, c->input, "vocabulary", NULL, &s->vocabulary)
                : attr_size(c, c->input, "width", NULL, &s->width)) &&
           read_weights(c, c->weights) && spec_blocks(c, root);
}

static struct tc_spec *read_spec(const char *file, const struct tc_setting *setting,
                                 unsigned nsetting, bool fill, struct tc_error *refused,
                                 struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_spec *spec = tc_alloc(arena, 1, sizeof *spec);
    struct checker c = {
        .spec = spec, .err = err, .setting = setting, .nsetting = nsetting, .refused = refused};

    spec->arena = arena;
    spec->file = strcmp(file, "-") ? file : "<stdin>";
    spec->root = tc_xml_read(arena, TC_XML_SPEC, file, err);
    if (spec->root && check(&c, spec->root) &&
        ((refused && refused->kind) || (spec_tensors(&c) && (!fill || spec_load(&c)))))
        return spec;
    tc_arena_free(arena);
    return NULL;
}

struct tc_spec *tc_spec_read(const char *file, const struct tc_setting *setting, unsigned nsetting,
                             bool fill, struct tc_error *err)
{
    return read_spec(file, setting, nsetting, fill, NULL, err);
}

struct tc_spec *tc_spec_outline(const char *file, const struct tc_setting *setting,
                                unsigned nsetting, struct tc_error *refused, struct tc_error *err)
{
    refused->kind = 0;
    return read_spec(file, setting, nsetting, true, refused, err);
}

void tc_spec_free(struct tc_spec *s)
{
    if (s)
        tc_arena_free(s->arena);
}

struct tc_tensor *tc_spec_tensor(const struct tc_spec *s, const char *name)
{
    for (unsigned i = 0; i < s->ntensor; i++)
        if (!strcmp(s->tensor[i].name, name))
            return &s->tensor[i];
    return NULL;
}

uint64_t tc_tensor_count(const struct tc_tensor *t)
{
    uint64_t n = 1;

    for (unsigned i = 0; i < t->rank; i++)
        n *= (uint64_t)t->size[i].value;
    return n;
}

const struct tc_format *tc_tensor_format(const struct tc_spec *s, const struct tc_tensor *t)
{
    return t->ids ? t->ids : &s->format;
}
