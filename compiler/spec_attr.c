/* spec_attr.c -- attributes of a specification's elements, and their values */
#include "spec.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

const struct tc_attribute *attr_find(const struct tc_element *e, const char *name)
{
    for (unsigned i = 0; i < e->nattribute; i++)
        if (!strcmp(e->attribute[i].name, name))
            return &e->attribute[i];
    return NULL;
}

const char *attr_value(const struct tc_element *e, const char *name, const char *absent)
{
    const struct tc_attribute *a = attr_find(e, name);

    return a ? a->value : absent;
}

struct tc_loc attr_place(const struct tc_element *e, const char *name)
{
    const struct tc_attribute *a = attr_find(e, name);

    return a ? a->text : e->loc;
}

bool attr_none(struct checker *c, const struct tc_element *e, const char *name,
                         const char *why)
{
    const struct tc_attribute *a = attr_find(e, name);

    return !a || tc_fail(c->err, TC_ESPEC, a->loc, "'%s' has no meaning here: %s", name, why);
}

bool attr_needed(struct checker *c, const struct tc_element *e, const char *name,
                     const char *why)
{
    return attr_find(e, name) ||
           tc_fail(c->err, TC_ESPEC, e->loc, "%s without '%s': %s", e->name, name, why);
}

bool attr_plain_place(struct checker *c, const struct tc_attribute *a)
{
    if (a->text.col == a->loc.col && a->text.line == a->loc.line)
        c->err->loc = a->loc;
    return false;
}

bool attr_number(struct checker *c, const struct tc_attribute *a, struct tc_number *v)
{
    const struct tc_spec *s = c->spec;

    return tc_expr_eval(s->arena, a->value, s->param, s->nparam, a->text, v, c->err) ||
           attr_plain_place(c, a);
}

const char *attr_show(struct checker *c, const struct tc_attribute *a, mpq_srcptr value)
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

bool attr_integer(struct checker *c, const struct tc_attribute *a, int64_t low, int64_t high,
                    int64_t *value, const struct tc_poly **poly)
{
    struct tc_number v;
    bool whole;

    if (!attr_number(c, a, &v))
        return false;
    whole = !mpz_cmp_ui(mpq_denref(v.value), 1);
    if (whole && mpz_cmp_si(mpq_numref(v.value), high) > 0 && high == MAX_SIZE)
        return tc_fail(c->err, TC_ELIMIT, a->text, "%s is %s, at most %" PRId64 " is built",
                       a->name, attr_show(c, a, v.value), high);
    if (!whole || mpz_cmp_si(mpq_numref(v.value), low) < 0 ||
        mpz_cmp_si(mpq_numref(v.value), high) > 0) {
        if (high == MAX_SIZE)
            return tc_fail(c->err, TC_ESPEC, a->text,
                           "%s is %s, wanted an integer, %" PRId64 " or more", a->name,
                           attr_show(c, a, v.value), low);
        return tc_fail(c->err, TC_ESPEC, a->text,
                       "%s is %s, wanted an integer from %" PRId64 " to %" PRId64, a->name,
                       attr_show(c, a, v.value), low, high);
    }
    *value = tc_mpz_get_i64(mpq_numref(v.value));
    if (poly)
        *poly = v.poly;
    return true;
}

bool attr_size(struct checker *c, const struct tc_element *e, const char *name,
               const struct tc_size *absent, struct tc_size *out)
{
    const struct tc_attribute *a = attr_find(e, name);

    if (a)
        return attr_integer(c, a, 1, MAX_SIZE, &out->value, &out->poly);
    assert(absent);
    *out = *absent;
    return true;
}

bool attr_positive(struct checker *c, const struct tc_element *e, const char *name,
                   const char *absent, bool zero, mpq_ptr *out)
{
    const struct tc_attribute *a = attr_find(e, name);
    struct tc_number v;

    *out = tc_mpq(c->spec->arena);
    if (!a) {
        mpq_set_str(*out, absent, 10);
        return true;
    }
    if (!attr_number(c, a, &v))
        return false;
    if (mpq_sgn(v.value) < 0 || (!zero && mpq_sgn(v.value) == 0))
        return tc_fail(c->err, TC_ESPEC, a->text, "%s is %s, wanted a positive number%s", name,
                       attr_show(c, a, v.value), zero ? " or 0" : "");
    mpq_set(*out, v.value);
    return true;
}

unsigned attr_choice(const struct tc_element *e, const char *name, const char *absent,
                     const char *const *names)
{
    const char *value = attr_value(e, name, absent);
    unsigned k = 0;

    while (strcmp(value, names[k]) != 0) {
        k++;
        assert(names[k]);
    }
    return k;
}

struct tc_size size_of(struct checker *c, int64_t value)
{
    return (struct tc_size){value, tc_poly_int(c->spec->arena, value)};
}

struct tc_size size_times(struct checker *c, const struct tc_size *x, const struct tc_size *y)
{
    return (struct tc_size){x->value * y->value, tc_poly_mul(c->spec->arena, x->poly, y->poly)};
}
