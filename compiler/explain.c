/* explain.c -- the command: the argument in its order
 *
 * What is computed; the circuit; depth; size; uniformity; what follows. */
#include "explain.h"

#include <string.h>

static const char *number(struct tc_arena *a, mpz_srcptr x)
{
    char *text = tc_alloc(a, mpz_sizeinbase(x, 10) + 2, 1);

    return mpz_get_str(text, 10, x);
}

static void stated(struct tc_doc *d, const struct tc_claim *c)
{
    if (c)
        tc_doc_add(d, TC_PARAGRAPH, "Stated: %s.", tc_claim_text(d->arena, c));
}

/* ----------------------------------------------------------------- the sections */

static void model(struct tc_doc *d, const struct tc_bounds *b)
{
    static const char *const rounding[] = {
        [TC_OP] = "Every operation is rounded; a sum of any length is one operation.",
        [TC_BLOCK] =
            "In a block a few numbers are rounded, such as projections, scores, weights and the "
            "result; what is between them is exact.",
        [TC_LAYER] =
            "In an attention only weights and results are rounded; what is between them is "
            "exact.",
    };
    const struct tc_spec *s = b->spec;
    char format[64];

    tc_format_name(&s->format, format, sizeof format);
    tc_doc_add(d, TC_SECTION, "What the model computes");
    if (s->vocabulary.value)
        tc_doc_add(d, TC_PARAGRAPH, "The input is a sequence of %lld token ids below %lld.",
                   (long long)s->length.value, (long long)s->vocabulary.value);
    else
        tc_doc_add(d, TC_PARAGRAPH, "The input is a sequence of %lld rows, each of %lld numbers.",
                   (long long)s->length.value, (long long)s->width.value);
    tc_doc_add(d, TC_PARAGRAPH,
               "Numbers have the format `%s`. Rounding `%s`: %s A result is rounded to the nearest "
               "number of the format, ties to even (compiler/SPEC.md says each rounding).",
               format, tc_rounding_name[s->rounding], rounding[s->rounding]);
    for (unsigned k = 0; k < s->nblock; k++)
        tc_explain_block(d, s, &s->block[k]);
}

static void circuit(struct tc_doc *d, const struct tc_bounds *b)
{
    tc_doc_add(d, TC_SECTION, "The circuit, bank by bank");
    if (!b->compiled) {
        tc_doc_add(d, TC_PARAGRAPH, "There is none: %s.", b->refused);
        return;
    }
    tc_explain_notation(d);
    tc_explain_banks(d, b->spec, b->compiled->family, &b->compiled->count);
}

static void depth_row(struct tc_doc *d, const struct tc_bounds *b, const char *what,
                      const struct tc_depth *x)
{
    mpz_ptr v = tc_mpz(d->arena);

    tc_doc_add(d, TC_ROW, "%s\t%s\t%s", what, tc_depth_text(d->arena, x),
               tc_depth_value(&b->constants, x, v) ? number(d->arena, v) : "not measured");
}

static void literature(struct tc_doc *d, const struct tc_bounds *b)
{
    const char *text = "";

    tc_doc_add(
        d, TC_PARAGRAPH,
        "The papers on circuit complexity of transformers count depth in constants: `d_std` for "
        "one operation on numbers, `d_⊗` and `d_⊕` for products and sums of many, `d_exp`, "
        "`d_sqrt`, and `d_△` for sin and cos. By that accounting, stages added up here, the model "
        "has");
    tc_doc_add(d, TC_ROW, "accounting\tdepth\twith the values below");
    depth_row(d, b, "stage by stage", &b->depth);
    depth_row(d, b, "parallel stages", &b->parallel);
    for (unsigned k = 0; k < TC_NCONSTANT; k++) {
        bool fixed = k == TC_D_TRIG && b->constants.fixed_angles;

        if (fixed || b->constants.known[k])
            text = tc_sprintf(d->arena, "%s%s`%s` = %u%s", text, *text ? ", " : "",
                              tc_constant_sign[k], fixed ? 0 : b->constants.value[k],
                              fixed ? " (rotations are constants here)" : "");
    }
    tc_doc_add(
        d, TC_PARAGRAPH,
        "where, measured on circuits of one operation in this format, %s. The circuit of the whole "
        "model shares layers between stages, and so may have fewer.",
        text);
}

/* depth and gates at each length; whether they have the same depth */
static bool lengths(struct tc_doc *d, const struct tc_bounds *b)
{
    const struct tc_count *c = &b->compiled->count;
    bool same = true;

    if (!b->nlength)
        return true;
    tc_doc_add(d, TC_ROW, "%s\tdepth\tgates", b->length);
    tc_doc_add(d, TC_ROW, "%lld\t%u\t%s", (long long)b->spec->length.value, c->depth,
               number(d->arena, c->gates));
    for (unsigned k = 0; k < b->nlength; k++) {
        tc_doc_add(d, TC_ROW, "%lld\t%u\t%s", (long long)b->at[k].n, b->at[k].depth,
                   number(d->arena, b->at[k].gates));
        same = same && b->at[k].depth == c->depth;
    }
    return same;
}

static void levels(struct tc_doc *d, const struct tc_bounds *b, bool grows)
{
    const struct tc_compiled *c = b->compiled;

    tc_doc_add(
        d, TC_PARAGRAPH,
        "Each bank reads only inputs and banks of lower levels, so that the level is the depth of "
        "its gates: the depth of the circuit is %u. %s",
        c->count.depth,
        grows ? "More layers are more banks, one above the other."
              : "What the banks compute is the same for every n: n is in the ranges of their "
                "indices, in tables and in lengths of chains, so that a longer input makes banks "
                "wider and sums longer, and no further level.");
    if (!lengths(d, b) && !grows)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "The depths differ because the compiler chooses among constructions by their cost at "
            "the given sizes; each of them has constant depth.");
    if (b->class.verdict == TC_IN_TC0)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "A sum over all tokens is where depth would have to grow: of gates with two inputs it "
            "needs of the order of log n levels. A threshold gate adds any number of wires at "
            "once.");
}

static void depth(struct tc_doc *d, const struct tc_bounds *b)
{
    const struct tc_classified *c = &b->class;
    bool grows = c->verdict == TC_IN_TCI || !tc_hypothesis_met(c, "layers");

    tc_doc_add(d, TC_SECTION,
               grows                       ? "Why the depth grows"
               : c->verdict == TC_NO_CLASS ? "Depth"
                                           : "Why the depth does not depend on n");
    tc_doc_add(d, TC_PARAGRAPH, "Layers: %s.", c->hypothesis[0].why);
    if (c->verdict > TC_IN_TC0)
        tc_doc_add(d, TC_PARAGRAPH, "`%s`: %s.", c->decides->path, c->decides->why);
    if (b->compiled)
        levels(d, b, grows);
    literature(d, b);
}

static void size(struct tc_doc *d, const struct tc_bounds *b)
{
    const struct tc_compiled *c = b->compiled;
    bool bounded = b->class.verdict != TC_NO_CLASS && tc_hypothesis_met(&b->class, "order") &&
                   tc_hypothesis_met(&b->class, "width") &&
                   tc_hypothesis_met(&b->class, "precision");

    tc_doc_add(d, TC_SECTION, bounded ? "Why the size is polynomial" : "Size");
    if (!c) {
        tc_doc_add(d, TC_PARAGRAPH, "No circuit is built here, so there is no count: %s.",
                   b->refused);
        return;
    }
    tc_doc_add(
        d, TC_PARAGRAPH,
        "A bank has one gate for each point of its indices, which is the product of their ranges, "
        "or a sum of such products where conditions hold. There are %u banks. Added up, exactly:",
        c->family->nbank);
    tc_doc_add(d, TC_CODE, "%s = %s", tc_poly_text(d->arena, c->count.gates_formula),
               number(d->arena, c->count.gates));
    tc_doc_add(d, TC_PARAGRAPH,
               "gates, which is `O(%s)`. A gate reads at most %s wires here, with weights "
               "of at most %s.",
               tc_bounds_leading(b, c->count.gates_formula), number(d->arena, c->count.max_fan_in),
               number(d->arena, c->count.max_weight));
    if (c->family->nsymbol)
        tc_doc_add(d, TC_PARAGRAPH,
                   "The numbers in it that are neither n nor a width depend on the format "
                   "and its tables:");
    for (unsigned k = 0; k < c->family->nsymbol; k++) {
        const struct tc_symbol *s = &c->family->symbol[k];

        tc_doc_add(d, TC_ITEM, "`%s = %s`%s%s", s->name, number(d->arena, s->value),
                   s->note ? ": " : "", s->note ? s->note : "");
    }
}

/* the specification and the options that make this circuit of it */
static const char *operand(const struct tc_bounds *b)
{
    const struct tc_args *args = b->args;
    const char *text = args->spec;

    for (unsigned k = 0; k < args->nset; k++)
        text = tc_sprintf(b->arena, "%s --set %s=%s", text, args->set[k].name, args->set[k].value);
    return tc_sprintf(b->arena, "%s%s", text, tc_explain_options(b->arena, &args->options));
}

static void uniform(struct tc_doc *d, const struct tc_bounds *b)
{
    const struct tc_classified *c = &b->class;

    tc_doc_add(d, TC_SECTION,
               c->uniformity == TC_NONUNIFORM ? "Why it is not uniform" : "Why it is uniform");
    tc_doc_add(
        d, TC_PARAGRAPH,
        "One circuit for each n might hide anything in the choice of the circuit. A family is "
        "uniform if what each gate is can be said quickly from its number. Uniformity of this "
        "one: %s; %s.",
        c->uniformity_name, c->uniformity_why);
    stated(d, c->uniformity_claim);
    if (b->compiled && b->compiled->family->nbank)
        tc_explain_gate(d, operand(b), b->compiled->family, &b->compiled->count);
}

static void follows(struct tc_doc *d, const struct tc_bounds *b)
{
    const struct tc_classified *c = &b->class;

    tc_doc_add(d, TC_SECTION, "What follows");
    tc_doc_add(d, TC_PARAGRAPH, "Class: %s; %s. It is decided by `%s`: %s.", c->name,
               tc_upper_bound, c->decides->path, c->decides->why);
    stated(d, c->decides->claim);
    tc_doc_add(d, TC_PARAGRAPH, "What this rests on:");
    for (unsigned k = 0; k < c->nhypothesis; k++)
        tc_doc_add(d, TC_ITEM, "%s: %s; %s", c->hypothesis[k].statement,
                   tc_met_name[c->hypothesis[k].met], c->hypothesis[k].why);
    if (c->no_consequence)
        tc_doc_add(d, TC_PARAGRAPH, "Consequences: none; %s.", c->no_consequence);
    for (unsigned k = 0; k < c->nconsequence; k++) {
        const struct tc_consequence *q = &c->consequence[k];

        tc_doc_add(d, TC_PARAGRAPH, "%s The reason: %s.", tc_consequence_text(d->arena, q), q->why);
        stated(d, q->claim[0]);
        stated(d, q->claim[1]);
    }
}

/* ------------------------------------------------------------------ the command */

bool tc_explain_command(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct tc_compiled c;
    struct tc_bounds b;
    bool ok;

    if (tc_is_netlist(args))
        return tc_explain_netlist(out, args, err);
    ok = tc_bounds_of(args, &c, &b, err);
    if (ok) {
        struct tc_doc d = {.arena = b.arena};

        tc_doc_add(&d, TC_TITLE, "%s: the argument", b.spec->name);
        tc_doc_add(&d, TC_PARAGRAPH, "%s. `tc0c bounds` has the same numbers as a table.",
                   tc_bounds_setting(&b));
        model(&d, &b);
        circuit(&d, &b);
        depth(&d, &b);
        size(&d, &b);
        uniform(&d, &b);
        follows(&d, &b);
        /* a stream that failed says so when it is finished */
        (void)tc_doc_write(out, &d, args->format ? args->format : "text");
    }
    tc_compiled_free(&c);
    return ok;
}
