/* bounds_measure.c -- what the constants are here, and what formulas come to */
#include "bounds.h"

#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------- the constants */

/* terms of the longest sum: over tuples of keys, rows, hidden layers */
static uint64_t longest_sum(const struct tc_spec *spec, unsigned n, const struct tc_block *b)
{
    uint64_t most = 2;

    for (unsigned k = 0; k < n; k++) {
        uint64_t terms = (uint64_t)b[k].in.value, inner;

        if (b[k].kind == TC_ATTENTION) {
            terms = (uint64_t)spec->length.value;
            for (unsigned o = 2; o < b[k].attention.order && terms < TC_MEASURED_SUM; o++)
                terms *= (uint64_t)spec->length.value;
            if (terms < (uint64_t)b[k].in.value)
                terms = (uint64_t)b[k].in.value;
        }
        if (b[k].kind == TC_MLP && terms < (uint64_t)b[k].mlp.hidden.value)
            terms = (uint64_t)b[k].mlp.hidden.value;
        inner = longest_sum(spec, b[k].nchild, b[k].child);
        most = terms > most ? terms : most;
        most = inner > most ? inner : most;
    }
    return most;
}

static bool computes_angles(unsigned n, const struct tc_block *b)
{
    for (unsigned k = 0; k < n; k++)
        if ((b[k].kind == TC_ATTENTION && b[k].attention.rope_computed) ||
            computes_angles(b[k].nchild, b[k].child))
            return true;
    return false;
}

static void measure(struct tc_constants *c, struct tc_arena *arena, const struct tc_options *options,
                    const char *format, enum tc_constant of, const char *op, unsigned terms)
{
    struct tc_measured *m = &c->measured[c->n++];
    struct tc_args args = {.command = TC_PRIM,
                           .spec = op,
                           .format = format,
                           .terms = terms,
                           .has_terms = terms > 0,
                           .options = *options};
    struct tc_prim_circuit circuit = {0};
    struct tc_error err = {0};
    struct tc_prim prim;

    *m = (struct tc_measured){.of = of, .op = op, .terms = terms, .gates = tc_mpz(arena)};
    if (tc_prim_open(&args, &prim, &err) &&
        tc_prim_build(&prim, TC_ENGINE_FAMILY, UINT64_MAX, &circuit, &err)) {
        m->depth = circuit.compiled.count.depth;
        m->form_depth = circuit.form_depth;
        mpz_set(m->gates, circuit.compiled.count.gates);
        c->value[of] = m->depth > c->value[of] ? m->depth : c->value[of];
    } else {
        m->refused = tc_strdup(arena, err.msg);
        c->known[of] = false;
    }
    tc_prim_free(&circuit);
}

struct tc_constants tc_constants_measure(struct tc_arena *arena, const struct tc_spec *spec,
                                         const struct tc_options *options)
{
    static const struct {
        enum tc_constant of;
        const char *op;
    } plain[] = {
        {TC_D_STD, "add"},   {TC_D_STD, "mul"}, {TC_D_STD, "div"},   {TC_D_STD, "le"},
        {TC_D_STD, "floor"}, {TC_D_EXP, "exp"}, {TC_D_SQRT, "sqrt"}, {TC_D_TRIG, "sin"},
        {TC_D_TRIG, "cos"},
    };
    struct tc_constants c = {.fixed_angles = !computes_angles(spec->nblock, spec->block)};
    uint64_t terms = longest_sum(spec, spec->nblock, spec->block);
    char *format = tc_alloc(arena, 64, 1);

    tc_format_name(&spec->format, format, 64);
    c.measured = tc_alloc(arena, sizeof plain / sizeof *plain + 2, sizeof *c.measured);
    for (unsigned k = 0; k < TC_NCONSTANT; k++)
        c.known[k] = true;
    for (size_t k = 0; k < sizeof plain / sizeof *plain; k++)
        measure(&c, arena, options, format, plain[k].of, plain[k].op, 0);
    measure(&c, arena, options, format, TC_D_SUM, "sum",
            terms < TC_MEASURED_SUM ? (unsigned)terms : TC_MEASURED_SUM);
    measure(&c, arena, options, format, TC_D_PROD, "prod", TC_MEASURED_PROD);
    return c;
}

bool tc_depth_value(const struct tc_constants *c, const struct tc_depth *d, mpz_ptr value)
{
    mpz_set_ui(value, 0);
    for (unsigned k = 0; k < TC_NCONSTANT; k++) {
        if (!d->of[k] || (k == TC_D_TRIG && c->fixed_angles))
            continue;
        if (!c->known[k])
            return false;
        for (unsigned v = 0; v < c->value[k]; v++)
            mpz_add_ui(value, value, d->of[k]);
    }
    return true;
}

/* --------------------------------------------------------------- leading terms */

struct monomial {
    unsigned n;
    struct tc_power *power;
};

struct leading {
    struct tc_arena *arena;
    bool (*fixed)(const void *, const char *);
    const void *ctx;
    unsigned n, room;
    struct monomial *term;
};

static int exponent(const struct monomial *m, const char *name)
{
    for (unsigned k = 0; k < m->n; k++)
        if (!strcmp(m->power[k].name, name))
            return m->power[k].exp;
    return 0;
}

/* a is at most b, all variables being 1 or more */
static bool within(const struct monomial *a, const struct monomial *b)
{
    for (unsigned k = 0; k < a->n; k++)
        if (a->power[k].exp > exponent(b, a->power[k].name))
            return false;
    for (unsigned k = 0; k < b->n; k++)
        if (b->power[k].exp < exponent(a, b->power[k].name))
            return false;
    return true;
}

static void add_term(void *ctx, mpq_srcptr coef, unsigned n, const struct tc_power *power)
{
    struct leading *l = ctx;
    struct monomial m = {.power = tc_alloc(l->arena, n, sizeof *m.power)};
    unsigned kept = 0;

    (void)coef;
    for (unsigned k = 0; k < n; k++)
        if (!l->fixed(l->ctx, power[k].name))
            m.power[m.n++] = power[k];
    for (unsigned k = 0; k < l->n; k++)
        if (within(&m, &l->term[k]))
            return;
    for (unsigned k = 0; k < l->n; k++)
        if (!within(&l->term[k], &m))
            l->term[kept++] = l->term[k];
    l->n = kept;
    if (l->n == l->room) {
        struct monomial *more = tc_alloc(l->arena, 2 * (size_t)l->room + 8, sizeof *more);

        if (l->n)
            memcpy(more, l->term, l->n * sizeof *more);
        l->term = more;
        l->room = 2 * l->room + 8;
    }
    l->term[l->n++] = m;
}

const char *tc_leading_term(struct tc_arena *arena, const struct tc_poly *p,
                            bool (*fixed)(const void *, const char *), const void *ctx)
{
    struct leading l = {.arena = arena, .fixed = fixed, .ctx = ctx};
    const struct tc_poly *sum = tc_poly_int(arena, 0);

    tc_poly_terms(p, add_term, &l);
    for (unsigned k = 0; k < l.n; k++) {
        const struct tc_poly *m = tc_poly_int(arena, 1);

        for (unsigned i = 0; i < l.term[k].n; i++) {
            const struct tc_power *x = &l.term[k].power[i];
            const struct tc_poly *s = tc_poly_symbol(arena, x->name);

            for (int e = x->exp; e > 0; e--)
                m = tc_poly_mul(arena, m, s);
            for (int e = x->exp; e < 0; e++)
                m = tc_poly_div(arena, m, s);
        }
        sum = tc_poly_add(arena, sum, m);
    }
    return tc_poly_text(arena, l.n ? sum : tc_poly_int(arena, 1));
}
