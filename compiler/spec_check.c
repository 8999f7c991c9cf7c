/* spec_check.c -- from elements to a specification: meaning
 *
 * The schema has passed the document, so elements and attributes are of the
 * language; here they get values, and what this version does not build is
 * refused by name.  SPEC.md tells what is accepted. */
#include "compiler.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARAMETERS 256
#define MAX_BLOCKS     1024
#define MAX_SIZE       INT32_MAX
#define MAX_CONSTANTS  ((uint64_t)1 << 28) /* words of constant weights: 2 GiB */

struct checker {
    struct tc_spec *spec;
    struct tc_error *err;
    const struct tc_setting *setting;
    unsigned nsetting;
    const struct tc_element *precision, *input, *weights;
};

const char *const tc_rounding_name[] = {"op", "block", "layer"};

static const struct tc_attribute *find(const struct tc_element *e, const char *name)
{
    for (unsigned i = 0; i < e->nattribute; i++)
        if (!strcmp(e->attribute[i].name, name))
            return &e->attribute[i];
    return NULL;
}

static const char *value_of(const struct tc_element *e, const char *name, const char *absent)
{
    const struct tc_attribute *a = find(e, name);

    return a ? a->value : absent;
}

/* where an attribute's value stands, or the element if it is absent */
static struct tc_loc place(const struct tc_element *e, const char *name)
{
    const struct tc_attribute *a = find(e, name);

    return a ? a->text : e->loc;
}

/* absent and "ok" pass */
static bool only(struct checker *c, const struct tc_element *e, const char *name, const char *ok,
                 const char *builds)
{
    const struct tc_attribute *a = find(e, name);

    if (!a || !strcmp(a->value, ok))
        return true;
    return tc_fail(c->err, TC_ESPEC, a->text,
                   "%s %s=\"%.64s\" is not built yet; this version builds %s", e->name, name,
                   a->value, builds);
}

static bool unknown_here(struct checker *c, const struct tc_element *e, const char *name,
                         const char *why)
{
    const struct tc_attribute *a = find(e, name);

    return !a || tc_fail(c->err, TC_ESPEC, a->loc, "'%s' has no meaning here: %s", name, why);
}

static bool required(struct checker *c, const struct tc_element *e, const char *name,
                     const char *why)
{
    return find(e, name) ||
           tc_fail(c->err, TC_ESPEC, e->loc, "%s without '%s': %s", e->name, name, why);
}

/* Where the value holds references, columns within it are not the text's. */
static bool plain_place(struct checker *c, const struct tc_attribute *a)
{
    if (a->text.col == a->loc.col && a->text.line == a->loc.line)
        c->err->loc = a->loc;
    return false;
}

static bool number(struct checker *c, const struct tc_attribute *a, struct tc_number *v)
{
    const struct tc_spec *s = c->spec;

    return tc_expr_eval(s->arena, a->value, s->param, s->nparam, a->text, v, c->err) ||
           plain_place(c, a);
}

/* for messages: the value, and how it came about where that is not plain */
static const char *show(struct checker *c, const struct tc_attribute *a, mpq_srcptr value)
{
    struct tc_arena *arena = c->spec->arena;
    char *text, *digits;

    if (mpz_sizeinbase(mpq_numref(value), 10) + mpz_sizeinbase(mpq_denref(value), 10) > 60)
        return tc_sprintf(arena, "'%.64s'", a->value);
    digits = tc_alloc(arena, 64, 1);
    mpq_get_str(digits, 10, value);
    text = !strcmp(digits, a->value) ? digits : tc_sprintf(arena, "'%.64s' = %s", a->value, digits);
    return text;
}

/* an integer from low to high */
static bool integer(struct checker *c, const struct tc_attribute *a, int64_t low, int64_t high,
                    int64_t *value, const struct tc_poly **poly)
{
    struct tc_number v;
    bool whole;

    if (!number(c, a, &v))
        return false;
    whole = !mpz_cmp_ui(mpq_denref(v.value), 1);
    if (whole && mpz_cmp_si(mpq_numref(v.value), high) > 0 && high == MAX_SIZE)
        return tc_fail(c->err, TC_ELIMIT, a->text, "%s is %s, at most %" PRId64 " is built",
                       a->name, show(c, a, v.value), high);
    if (!whole || mpz_cmp_si(mpq_numref(v.value), low) < 0 ||
        mpz_cmp_si(mpq_numref(v.value), high) > 0) {
        if (high == MAX_SIZE)
            return tc_fail(c->err, TC_ESPEC, a->text,
                           "%s is %s, wanted an integer, %" PRId64 " or more", a->name,
                           show(c, a, v.value), low);
        return tc_fail(c->err, TC_ESPEC, a->text,
                       "%s is %s, wanted an integer from %" PRId64 " to %" PRId64, a->name,
                       show(c, a, v.value), low, high);
    }
    *value = tc_mpz_get_i64(mpq_numref(v.value));
    if (poly)
        *poly = v.poly;
    return true;
}

/* a positive integer below 2^31; absent: absent (0: it is required by the schema) */
static bool size(struct checker *c, const struct tc_element *e, const char *name, int64_t absent,
                 struct tc_size *out)
{
    const struct tc_attribute *a = find(e, name);

    if (a)
        return integer(c, a, 1, MAX_SIZE, &out->value, &out->poly);
    assert(absent > 0);
    out->value = absent;
    out->poly = tc_poly_int(c->spec->arena, absent);
    return true;
}

static bool positive(struct checker *c, const struct tc_element *e, const char *name,
                     unsigned long absent, mpq_ptr *out)
{
    const struct tc_attribute *a = find(e, name);
    struct tc_number v;

    *out = tc_mpq(c->spec->arena);
    mpq_set_ui(*out, absent, 1);
    if (!a)
        return true;
    if (!number(c, a, &v))
        return false;
    if (mpq_sgn(v.value) <= 0)
        return tc_fail(c->err, TC_ESPEC, a->text, "%s is %s, wanted a positive number", name,
                       show(c, a, v.value));
    mpq_set(*out, v.value);
    return true;
}

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
    const struct tc_attribute *name = find(e, "name"), *value = find(e, "value");
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

        if (!number(c, value, &v))
            return false;
        if (mpz_cmp_ui(mpq_denref(v.value), 1) || !tc_mpz_fits_i64(mpq_numref(v.value)))
            return tc_fail(c->err, TC_ESPEC, value->text,
                           "parameter '%s' is %s, wanted an integer below 2^63", p->name,
                           show(c, value, v.value));
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
        else if (!strcmp(e->name, "input"))
            ok = once(c, e, &c->input);
        else if (!strcmp(e->name, "weights"))
            ok = once(c, e, &c->weights);
        else if (!strcmp(e->name, "tokens"))
            ok =
                tc_fail(c->err, TC_ESPEC, e->loc,
                        "input 'tokens' is not built yet; this version builds 'input', of numbers");
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
            if (!unknown_here(c, e, known[k].name, tc_sprintf(arena, "it is of %s", known[k].of)))
                return false;
        }
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if ((family & known[k].needs) &&
            !required(c, e, known[k].name, tc_sprintf(arena, "wanted %s", known[k].wanted)))
            return false;
    return true;
}

static bool read_fixed(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    int64_t bits, fraction;

    if (!integer(c, find(e, "bits"), 2, TC_FIXED_MAX_BITS, &bits, NULL) ||
        !integer(c, find(e, "fraction"), 0, bits - 1, &fraction, NULL))
        return false;
    *f = (struct tc_format){
        .kind = TC_FIXED, .bits = (unsigned)bits, .fraction = (unsigned)fraction};
    return true;
}

/* exponents are -2^p .. 2^p - 1 where the specification does not say otherwise */
static bool read_float(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    const struct tc_attribute *low = find(e, "emin"), *high = find(e, "emax");
    int64_t p, emin, emax;

    if (!integer(c, find(e, "significand"), 2, low && high ? 62 : 24, &p, NULL))
        return false;
    emin = -((int64_t)1 << p);
    emax = -emin - 1;
    if (low && !integer(c, low, -TC_FLOAT_MAX_EXP, TC_FLOAT_MAX_EXP, &emin, NULL))
        return false;
    if (high && !integer(c, high, -TC_FLOAT_MAX_EXP, TC_FLOAT_MAX_EXP, &emax, NULL))
        return false;
    if (emin > emax)
        return tc_fail(c->err, TC_ESPEC, place(e, high ? "emax" : "emin"),
                       "exponents from %" PRId64 " to %" PRId64 ", wanted emin at most emax", emin,
                       emax);
    *f = tc_format_float((unsigned)p, emin, emax);
    return true;
}

static bool read_ieee(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    char name[40];
    int64_t p, q;

    if (!integer(c, find(e, "significand"), 2, 62, &p, NULL) ||
        !integer(c, find(e, "exponent-bits"), 2, 24, &q, NULL))
        return false;
    snprintf(name, sizeof name, "%s:%d,%d", value_of(e, "format", ""), (int)p, (int)q);
    return tc_format_parse(name, f, c->err);
}

static bool read_format(struct checker *c, const struct tc_element *e, struct tc_format *f)
{
    const char *name = value_of(e, "format", "");
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
        return tc_fail(c->err, TC_ELIMIT, place(e, "significand"),
                       "words of %u bits (%u of significand with the sign, %u of exponent), at "
                       "most 64 are built",
                       tc_format_width(f), f->p, f->q);
    f->infinity = false; /* a model's numbers stay numbers: results saturate */
    return true;
}

static bool read_precision(struct checker *c, const struct tc_element *e)
{
    const char *rounding = value_of(e, "rounding", "block");
    struct tc_spec *s = c->spec;

    if (!strcmp(rounding, "layer") && strcmp(value_of(e, "format", ""), "fixed"))
        return tc_fail(c->err, TC_ESPEC, place(e, "rounding"),
                       "rounding=\"layer\" sums exactly over rows and keys; it goes with "
                       "format=\"fixed\", found '%.64s'",
                       value_of(e, "format", ""));
    if (!read_format(c, e, &s->format))
        return false;
    s->rounding = TC_OP; /* the schema knows these three */
    while (strcmp(rounding, tc_rounding_name[s->rounding]) != 0)
        s->rounding++;
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
    const struct tc_attribute *a = find(e, "seed");
    struct tc_number v;

    if (!a)
        return true;
    if (!number(c, a, &v))
        return false;
    if (mpz_cmp_ui(mpq_denref(v.value), 1) || mpq_sgn(v.value) < 0 ||
        mpz_sizeinbase(mpq_numref(v.value), 2) > 64)
        return tc_fail(c->err, TC_ESPEC, a->text,
                       "seed is %s, wanted an integer from 0 to 2^64 - 1", show(c, a, v.value));
    c->spec->seed = mpz_get_ui(mpq_numref(v.value));
    return true;
}

static bool read_weights(struct checker *c, const struct tc_element *e)
{
    const char *source = value_of(e, "source", "");
    struct tc_spec *s = c->spec;
    const struct tc_attribute *href = find(e, "href");

    s->weights_loc = e->loc;
    s->weights = !strcmp(source, "input")    ? TC_WEIGHTS_INPUT
                 : !strcmp(source, "random") ? TC_WEIGHTS_RANDOM
                                             : TC_WEIGHTS_FILE;
    if (s->weights != TC_WEIGHTS_RANDOM &&
        (!unknown_here(c, e, "seed", "it goes with source=\"random\"") ||
         !unknown_here(c, e, "scale", "it goes with source=\"random\"")))
        return false;
    if (s->weights != TC_WEIGHTS_FILE) {
        if (!unknown_here(c, e, "href", "it goes with source=\"file\""))
            return false;
        return read_seed(c, e) && positive(c, e, "scale", 1, &s->weight_scale);
    }
    if (!required(c, e, "href", "wanted the path of a JSON file"))
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

/* --- blocks */

static bool read_position(struct checker *c, const struct tc_element *e, struct tc_attention *a)
{
    const char *mode;

    if (!e)
        return true;
    if (strcmp(e->name, "rope"))
        return tc_fail(c->err, TC_ESPEC, e->loc,
                       "position '%s' is not built yet; this version builds rope", e->name);
    mode = value_of(e, "mode", "");
    a->rope = !strcmp(mode, "each")      ? TC_ROPE_EACH
              : !strcmp(mode, "complex") ? TC_ROPE_COMPLEX
              : !strcmp(mode, "flat")    ? TC_ROPE_FLAT
                                         : TC_ROPE_QUERY2;
    if (!only(c, e, "angles", "constant", "angles=\"constant\""))
        return false;
    if (a->order == 2 && (a->rope == TC_ROPE_FLAT || a->rope == TC_ROPE_QUERY2))
        return tc_fail(c->err, TC_ESPEC, place(e, "mode"),
                       "rope mode '%s' at order 2, which has one key; wanted 'each' or 'complex'",
                       mode);
    if (a->head_width.value % 2)
        return tc_fail(c->err, TC_ESPEC, e->loc,
                       "rope turns pairs, but the head width is %" PRId64 ", wanted an even one",
                       a->head_width.value);
    /* positions j + k n + l n^2 - i stay below 2^61 */
    if (a->rope == TC_ROPE_FLAT && c->spec->length.value > (a->order == 4 ? 1 << 20 : 1 << 30))
        return tc_fail(c->err, TC_ELIMIT, place(e, "mode"),
                       "rope mode 'flat' at order %u is built up to length %d", a->order,
                       a->order == 4 ? 1 << 20 : 1 << 30);
    a->base_text = value_of(e, "base", "10000");
    return positive(c, e, "base", 10000, &a->base);
}

static bool read_scale(struct checker *c, const struct tc_element *e, struct tc_scale *scale)
{
    const struct tc_attribute *a = find(e, "scale");
    const struct tc_spec *s = c->spec;

    return tc_expr_scale(s->arena, a ? a->value : "1", s->param, s->nparam, place(e, "scale"),
                         scale, c->err) ||
           (a && plain_place(c, a));
}

static bool read_attention(struct checker *c, const struct tc_element *e, struct tc_attention *a)
{
    struct tc_arena *arena = c->spec->arena;
    const struct tc_attribute *order = find(e, "order"), *kv = find(e, "kv-heads");
    int64_t k = 2;

    if (order && !integer(c, order, 2, MAX_SIZE, &k, NULL))
        return false;
    if (k > 4)
        return tc_fail(c->err, TC_ESPEC, order->text,
                       "attention of order %" PRId64 " is not built "
                       "yet; this version builds orders 2, 3 and 4",
                       k);
    a->order = (unsigned)k;
    if (!only(c, e, "kind", "softmax", "kind=\"softmax\"") ||
        !only(c, e, "stable", "false", "stable=\"false\"") ||
        !only(c, e, "output", "false", "output=\"false\""))
        return false;
    if (kv)
        return tc_fail(c->err, TC_ESPEC, kv->loc,
                       "attention kv-heads is not built yet; this "
                       "version builds as many heads of keys as of queries");
    a->mask = TC_MASK_NONE;
    if (!strcmp(value_of(e, "mask", "none"), "causal"))
        a->mask = TC_MASK_CAUSAL;
    else if (!only(c, e, "mask", "none", "mask=\"none\" and \"causal\""))
        return false;
    if (!unknown_here(c, e, "span", "it goes with mask=\"window\""))
        return false;
    if (!size(c, e, "heads", 1, &a->heads))
        return false;
    if (find(e, "head-width")) {
        if (!size(c, e, "head-width", 1, &a->head_width))
            return false;
    } else {
        if (a->width.value % a->heads.value)
            return tc_fail(c->err, TC_ESPEC, place(e, "heads"),
                           "%" PRId64 " heads do not divide the width %" PRId64
                           "; wanted a divisor, or head-width",
                           a->heads.value, a->width.value);
        a->head_width.value = a->width.value / a->heads.value;
        a->head_width.poly = tc_poly_div(arena, a->width.poly, a->heads.poly);
        if (!a->head_width.poly) /* heads is a sum: the number itself */
            a->head_width.poly = tc_poly_int(arena, a->head_width.value);
    }
    if (a->heads.value * a->head_width.value > MAX_SIZE)
        return tc_fail(c->err, TC_ELIMIT, e->loc,
                       "heads times head-width is %" PRId64 ", at most %d is built",
                       a->heads.value * a->head_width.value, MAX_SIZE);
    return read_scale(c, e, &a->scale) && read_position(c, e->child, a);
}

static bool is_head(const struct tc_element *e)
{
    return !strcmp(e->name, "parameter") || !strcmp(e->name, "precision") ||
           !strcmp(e->name, "input") || !strcmp(e->name, "weights");
}

static bool read_blocks(struct checker *c, const struct tc_element *root)
{
    struct tc_spec *s = c->spec;
    struct tc_size width = s->width;
    const struct tc_element *e;
    unsigned n = 0;

    for (e = root->child; e; e = e->next)
        if (!is_head(e)) {
            if (strcmp(e->name, "attention"))
                return tc_fail(c->err, TC_ESPEC, e->loc,
                               "block '%s' is not built yet; this version builds attention",
                               e->name);
            if (++n > MAX_BLOCKS)
                return tc_fail(c->err, TC_ELIMIT, e->loc, "more than %d blocks", MAX_BLOCKS);
        }
    if (!n)
        return tc_fail(c->err, TC_ESPEC, root->loc,
                       "transformer without a block, wanted an attention at least");
    s->block = tc_alloc(s->arena, n, sizeof *s->block);
    for (e = root->child; e; e = e->next)
        if (!is_head(e)) {
            struct tc_block *b = &s->block[s->nblock];

            b->kind = TC_ATTENTION;
            b->path = n == 1 ? "attention" : tc_sprintf(s->arena, "attention%u", s->nblock);
            b->loc = e->loc;
            b->attention.width = width;
            if (!read_attention(c, e, &b->attention))
                return false;
            width.value = b->attention.heads.value * b->attention.head_width.value;
            width.poly =
                tc_poly_mul(s->arena, b->attention.heads.poly, b->attention.head_width.poly);
            s->nblock++;
        }
    return true;
}

/* --- tensors */

static void add_tensor(struct tc_spec *s, const char *name, enum tc_role role, struct tc_size rows,
                       struct tc_size columns, struct tc_loc loc)
{
    struct tc_tensor *t = &s->tensor[s->ntensor++];

    t->name = name;
    t->role = role;
    t->rank = 2;
    t->size[0] = rows;
    t->size[1] = columns;
    t->loc = loc;
}

static void list_tensors(struct checker *c)
{
    enum tc_role role = c->spec->weights == TC_WEIGHTS_INPUT ? TC_ROLE_INPUT : TC_ROLE_CONSTANT;
    struct tc_spec *s = c->spec;
    struct tc_size out = s->width;

    s->tensor = tc_alloc(s->arena, 2 + 7 * (size_t)s->nblock, sizeof *s->tensor);
    add_tensor(s, value_of(c->input, "name", "X"), TC_ROLE_INPUT, s->length, s->width,
               c->input->loc);
    for (unsigned i = 0; i < s->nblock; i++) {
        const struct tc_block *b = &s->block[i];
        const struct tc_attention *a = &b->attention;

        out.value = a->heads.value * a->head_width.value;
        out.poly = tc_poly_mul(s->arena, a->heads.poly, a->head_width.poly);
        add_tensor(s, tc_sprintf(s->arena, "%s.W_Q", b->path), role, a->width, out, b->loc);
        for (const char *kv = "KV"; *kv; kv++)
            for (unsigned k = 1; k < a->order; k++)
                add_tensor(s,
                           a->order == 2 ? tc_sprintf(s->arena, "%s.W_%c", b->path, *kv)
                                         : tc_sprintf(s->arena, "%s.W_%c%u", b->path, *kv, k),
                           role, a->width, out, b->loc);
    }
    add_tensor(s, "Y", TC_ROLE_RESULT, s->length, out, c->input->loc);
}

static bool check_names(struct checker *c)
{
    const struct tc_spec *s = c->spec;

    /* other names hold a dot, which an input's name does not */
    if (!strcmp(s->tensor[0].name, "Y"))
        return tc_fail(c->err, TC_ESPEC, place(c->input, "name"),
                       "input 'Y' has the name of the result, wanted another");
    return true;
}

/* scale * (2r + 1 - 2^32) / 2^32, rounded; SPEC.md, "Random weights" */
static void fill_random(const struct tc_spec *s, struct tc_tensor *t, struct tc_random *random)
{
    uint64_t n = tc_tensor_count(t);
    mpq_t x;

    mpq_init(x);
    t->word = tc_alloc(s->arena, n, sizeof *t->word);
    for (uint64_t i = 0; i < n; i++) {
        int64_t r = (int64_t)(tc_random_next(random) >> 32);

        mpz_set_si(mpq_numref(x), 2 * r + 1 - ((int64_t)1 << 32));
        mpz_set_ui(mpq_denref(x), 1);
        mpq_div_2exp(x, x, 32);
        mpq_mul(x, x, s->weight_scale);
        t->word[i] = tc_format_round(&s->format, x, NULL);
    }
    mpq_clear(x);
}

static bool load(struct checker *c)
{
    struct tc_spec *s = c->spec;
    struct tc_random random;
    struct tc_error inner;
    uint64_t words = 0;
    char at[48] = "";

    if (s->weights == TC_WEIGHTS_INPUT)
        return true;
    for (unsigned i = 0; i < s->ntensor; i++) {
        uint64_t n = s->tensor[i].role == TC_ROLE_CONSTANT ? tc_tensor_count(&s->tensor[i]) : 0;

        if (n > MAX_CONSTANTS || (words += n) > MAX_CONSTANTS)
            return tc_fail(c->err, TC_ELIMIT, s->weights_loc,
                           "more than %" PRIu64 " constant weights", MAX_CONSTANTS);
    }
    if (s->weights == TC_WEIGHTS_RANDOM) {
        tc_random_seed(&random, s->seed);
        for (unsigned i = 0; i < s->ntensor; i++)
            if (s->tensor[i].role == TC_ROLE_CONSTANT)
                fill_random(s, &s->tensor[i], &random);
        return true;
    }
    if (tc_values_read(s->arena, s->href, s, TC_ROLE_CONSTANT, false, s->tensor, s->ntensor,
                       &inner))
        return true;
    /* the place is the specification's, as its name outlives the arena */
    if (inner.loc.line)
        snprintf(at, sizeof at, ":%u:%u", inner.loc.line, inner.loc.col);
    return tc_fail(c->err, inner.kind, s->weights_loc, "weights file %.100s%s: %s", s->href, at,
                   inner.msg);
}

static bool check(struct checker *c, const struct tc_element *root)
{
    struct tc_spec *s = c->spec;

    s->name = value_of(root, "name", "transformer");
    return read_head(c, root) && check_settings(c) && read_precision(c, c->precision) &&
           size(c, c->input, "length", 0, &s->length) && size(c, c->input, "width", 0, &s->width) &&
           read_weights(c, c->weights) && read_blocks(c, root);
}

struct tc_spec *tc_spec_read(const char *file, const struct tc_setting *setting, unsigned nsetting,
                             bool fill, struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_spec *spec = tc_alloc(arena, 1, sizeof *spec);
    struct checker c = {.spec = spec, .err = err, .setting = setting, .nsetting = nsetting};
    struct tc_element *root;

    spec->arena = arena;
    spec->file = strcmp(file, "-") ? file : "<stdin>";
    root = tc_xml_read(arena, file, err);
    if (root && check(&c, root)) {
        list_tensors(&c);
        if (check_names(&c) && (!fill || load(&c)))
            return spec;
    }
    tc_arena_free(arena);
    return NULL;
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
