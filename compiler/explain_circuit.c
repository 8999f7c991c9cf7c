/* explain_circuit.c -- a family bank by bank, and one gate found from its number */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

static const char *number(struct tc_arena *a, mpz_srcptr x)
{
    size_t n = mpz_sizeinbase(x, 10) + 2;
    char *text = tc_alloc(a, n, 1);

    mpz_get_str(text, 10, x);
    return text;
}

const char *tc_explain_options(struct tc_arena *a, const struct tc_options *o)
{
    const struct tc_pass_options *p = &o->pass;
    const char *text = "";

    if (o->level != TC_LEVEL_1)
        text = tc_sprintf(a, " -O %s", tc_level_name[o->level]);
    if (p->poly)
        text = tc_sprintf(a, "%s --max-weight poly", text);
    else if (p->max_weight)
        text = tc_sprintf(a, "%s --max-weight %llu", text, (unsigned long long)p->max_weight);
    if (p->majority)
        text = tc_sprintf(a, "%s --basis majority", text);
    return p->named ? tc_sprintf(a, "%s --passes %s", text, p->named) : text;
}

/* ----------------------------------------------------------------------- banks */

void tc_explain_notation(struct tc_doc *d)
{
    tc_doc_add(
        d, TC_PARAGRAPH,
        "A threshold gate has wires x with integer weights w and a threshold t: it is 1 if and "
        "only if the sum of w x is at least t. A bank is one formula that stands for many gates: "
        "one for each point of its indices. `bank[i<n; t<T] level L: form >= theta` is a gate for "
        "each i below n and each t below T, `sum{j<n}` a sum within its form, and names such as "
        "`bit(t)` are tables of weights.");
}

/* the repetition above the first that a component is of: the repeat's path and a number */
static const struct tc_block *later(unsigned n, const struct tc_block *b, const char *component)
{
    const struct tc_block *found = NULL;

    for (unsigned k = 0; k < n && !found; k++) {
        size_t len = strlen(b[k].path);

        if (b[k].kind == TC_REPEAT && !strncmp(component, b[k].path, len) &&
            component[len] == '.' && strtoul(component + len + 1, NULL, 10) > 0)
            found = &b[k];
        else
            found = later(b[k].nchild, b[k].child, component);
    }
    return found;
}

static void bank(struct tc_doc *d, const struct tc_family *f, const struct tc_count *count,
                 const struct tc_bank *b)
{
    const struct tc_bank_count *c = &count->bank[b->plane.id - f->ninput];
    const char *gates = number(d->arena, c->gates),
               *formula = tc_poly_text(d->arena, c->gates_formula);

    tc_doc_add(d, TC_PARAGRAPH, "`%s`, level %u: %s; `%s%s%s` gate%s%s.", b->plane.name,
               b->plane.level, b->note ? b->note : "gates", formula,
               strcmp(formula, gates) ? " = " : "", strcmp(formula, gates) ? gates : "",
               strcmp(gates, "1") ? "s" : "",
               b->monotone ? tc_sprintf(d->arena, ", a chain: 1 up to some %s, 0 above it",
                                        b->plane.chain->name)
                           : "");
    tc_doc_add(d, TC_CODE, "%s", tc_bank_text(d->arena, f, b));
}

/* what is left out, of one repeat */
static void skipped(struct tc_doc *d, const struct tc_block *repeat, unsigned n)
{
    if (n)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "Repetitions 1 to %u of `%s` have %u further banks, on the levels above, made in the "
            "same way (`tc0c compile --emit family` writes them all).",
            repeat->nrepeat - 1, repeat->path, n);
}

void tc_explain_banks(struct tc_doc *d, const struct tc_spec *spec, const struct tc_family *f,
                      const struct tc_count *count)
{
    const char *component = "";
    const struct tc_block *repeat = NULL;
    unsigned nskipped = 0;

    for (unsigned k = 0; k < f->nbank; k++) {
        const struct tc_bank *b = f->bank[k];
        const char *c = b->component ? b->component : "";
        const struct tc_block *r = spec ? later(spec->nblock, spec->block, c) : NULL;

        if (r != repeat) {
            skipped(d, repeat, nskipped);
            nskipped = 0;
        }
        repeat = r;
        nskipped += r != NULL;
        if (r)
            continue;
        if (strcmp(c, component) != 0)
            tc_doc_add(d, TC_SUBSECTION, "%s", c);
        component = c;
        bank(d, f, count, b);
    }
    skipped(d, repeat, nskipped);
}

/* ------------------------------------------------------------------------ a gate */

#define SHOWN_EDGES 4

struct edges {
    struct tc_doc *doc;
    mpz_ptr first; /* the first wire that is read */
    bool input;
    unsigned n;
};

static bool edge(void *ctx, const struct tc_spot *spot, mpz_srcptr wire, mpz_srcptr weight)
{
    struct edges *e = ctx;
    struct tc_arena *a = e->doc->arena;

    if (!e->n++) {
        mpz_set(e->first, wire);
        e->input = !spot->plane->bank;
    }
    tc_doc_add(e->doc, TC_CODE, "%s%s * wire %s, %s", mpz_sgn(weight) < 0 ? "" : "+",
               number(a, weight), number(a, wire), tc_spot_text(a, spot));
    return true;
}

static unsigned largest(const struct tc_family *f, const struct tc_count *count)
{
    unsigned best = 0;

    for (unsigned k = 1; k < f->nbank; k++)
        if (mpz_cmp(count->bank[k].gates, count->bank[best].gates) > 0)
            best = k;
    return best;
}

/* "((1 * 4 + 0) * 4 + 3)", of a plane all of whose points are gates */
static const char *horner(struct tc_arena *a, const struct tc_spot *spot)
{
    const struct tc_plane *p = spot->plane;
    const char *text = NULL;

    for (unsigned k = 0; k < tc_plane_axes(p); k++) {
        const struct tc_index *x = k < p->naxis ? p->axis[k] : p->chain;

        if (!text)
            text = tc_sprintf(a, "%lld", (long long)spot->at[k]);
        else
            text = tc_sprintf(a, "%s%s%s * %lld + %lld", k > 1 ? "(" : "", text, k > 1 ? ")" : "",
                              (long long)x->extent, (long long)spot->at[k]);
    }
    return text ? text : "0";
}

static void place(struct tc_doc *d, const struct tc_family *f, const struct tc_spot *spot,
                  mpz_srcptr gate, mpz_srcptr first, mpz_srcptr last)
{
    const struct tc_plane *p = spot->plane;
    struct tc_arena *a = d->arena;
    mpz_ptr offset = tc_mpz(a);

    mpz_sub(offset, gate, first);
    tc_doc_add(
        d, TC_PARAGRAPH,
        "Which gate is number %s? The banks follow one another, and how many gates each has is "
        "known in closed form: bank %u of %u, `%s`, has the gates %s to %s. So it is gate %s of "
        "that bank.",
        number(a, gate), p->id - f->ninput + 1, f->nbank, p->name, number(a, first),
        number(a, last), number(a, offset));
    if (p->bank->nguard)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "Its indices are found digit by digit, in lexicographic order among the points that "
            "the bank's conditions allow:");
    else
        tc_doc_add(
            d, TC_PARAGRAPH,
            "Its indices are the digits of that number where the bases are the ranges of the "
            "indices, `%s = %s`:",
            number(a, offset), horner(a, spot));
    tc_doc_add(d, TC_ROW, "index\tbelow\tvalue");
    for (unsigned k = 0; k < tc_plane_axes(p); k++) {
        const struct tc_index *x = k < p->naxis ? p->axis[k] : p->chain;

        tc_doc_add(d, TC_ROW, "`%s`\t%lld\t%lld", x->name, (long long)x->extent,
                   (long long)spot->at[k]);
    }
}

static bool describe(struct tc_doc *d, const char *spec, struct tc_gates *g,
                     const struct tc_family *f, const struct tc_spot *spot, mpz_srcptr gate,
                     struct tc_error *err)
{
    struct tc_arena *a = d->arena;
    struct edges e = {d, tc_mpz(a), false, 0};
    mpz_ptr first = tc_mpz(a), last = tc_mpz(a), bound = tc_mpz(a), none = tc_mpz(a);
    mpz_ptr edges = tc_mpz(a), wire = tc_mpz(a);

    mpz_sub(first, tc_gates_first(g, spot->plane), tc_gates_inputs(g));
    mpz_add(last, first, tc_gates_points(g, spot->plane));
    mpz_sub_ui(last, last, 1);
    mpz_add(wire, gate, tc_gates_inputs(g));
    place(d, f, spot, gate, first, last);
    if (!tc_spot_bound(g, spot, bound, err) ||
        !tc_spot_reads(g, spot, none, 0, edge, &e, edges, err))
        return false;
    tc_doc_add(
        d, TC_PARAGRAPH,
        "With these in the bank's formula it is the gate `%s`, wire %s of the circuit (%s input%s "
        "first), on level %u. It is 1 if and only if the weighted sum over its %s wire%s is "
        "at least %s. %s:",
        tc_spot_text(a, spot), number(a, wire), number(a, tc_gates_inputs(g)),
        mpz_cmp_ui(tc_gates_inputs(g), 1) ? "s come" : " comes", spot->plane->level,
        number(a, edges), mpz_cmp_ui(edges, 1) ? "s" : "", number(a, bound),
        mpz_cmp_ui(edges, SHOWN_EDGES) > 0 ? "The first of them" : "They are");
    if (!tc_spot_reads(g, spot, none, SHOWN_EDGES, edge, &e, edges, err))
        return false;
    if (!spec)
        return true;
    tc_doc_add(d, TC_PARAGRAPH,
               "The program answers the same, and decides tuples of the direct "
               "connection language (a wire's type, the wire, a gate that reads it):");
    tc_doc_add(d, TC_CODE, "tc0c gate %s %s", spec, number(a, gate));
    if (e.n)
        tc_doc_add(d, TC_CODE, "tc0c gate %s --language '%s %s %s'", spec,
                   e.input ? "input" : "threshold", number(a, e.first), number(a, wire));
    return true;
}

static bool answer(struct tc_doc *d, const char *spec, const struct tc_family *f,
                   const struct tc_count *count, struct tc_error *err)
{
    struct tc_gates *g = tc_gates_open(f, err);
    struct tc_gate_cost before, after;
    struct tc_spot spot;
    mpz_ptr gate = tc_mpz(d->arena), wire = tc_mpz(d->arena);
    unsigned k = largest(f, count);
    bool ok;

    if (!g)
        return false;
    mpz_mul_ui(wire, count->bank[k].gates, 5);
    mpz_fdiv_q_ui(wire, wire, 7);
    mpz_add(wire, wire, tc_gates_first(g, &f->bank[k]->plane));
    mpz_sub(gate, wire, tc_gates_inputs(g));
    before = tc_gates_cost(g);
    ok = tc_wire_spot(g, wire, &spot, err) && describe(d, spec, g, f, &spot, gate, err);
    after = tc_gates_cost(g);
    if (ok)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "That took %llu expressions over indices, %llu entries of tables and %llu sums in "
            "closed form; no gate was written down.",
            (unsigned long long)(after.expressions - before.expressions),
            (unsigned long long)(after.entries - before.entries),
            (unsigned long long)(after.sums - before.sums));
    tc_gates_free(g);
    return ok;
}

void tc_explain_gate(struct tc_doc *d, const char *spec, const struct tc_family *f,
                     const struct tc_count *count)
{
    struct tc_error err = {0};

    if (!answer(d, spec, f, count, &err))
        tc_doc_add(d, TC_PARAGRAPH, "No gate is worked out here: %s.", err.msg);
}
