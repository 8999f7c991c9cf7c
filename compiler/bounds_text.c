/* bounds_text.c -- bounds for people */
#include "bounds.h"

#include <stdlib.h>
#include <string.h>

const char *tc_bounds_setting(const struct tc_bounds *b)
{
    static const char *const regime[] = {"auto", "table", "arithmetic"};
    const struct tc_options *o = &b->args->options;
    const char *weights = o->pass.max_weight ? tc_sprintf(b->arena, "up to %llu",
                                                          (unsigned long long)o->pass.max_weight)
                          : o->pass.poly     ? "poly"
                                             : "unbounded";
    const char *text;
    char format[64];

    tc_format_name(&b->spec->format, format, sizeof format);
    text = tc_sprintf(b->arena, "%s, rounding %s, regime %s, -O %s, weights %s%s", format,
                      tc_rounding_name[b->spec->rounding], regime[o->regime],
                      tc_level_name[o->level], weights, o->pass.majority ? ", basis majority" : "");
    for (unsigned k = 0; k < b->spec->nparam; k++)
        text = tc_sprintf(b->arena, "%s%s%s = %lld", text, k ? ", " : "; ", b->spec->param[k].name,
                          (long long)b->spec->param[k].value);
    return text;
}

static void claim(FILE *out, struct tc_arena *a, const struct tc_claim *c)
{
    if (c)
        fprintf(out, "    stated: %s\n", tc_claim_text(a, c));
}

/* ---------------------------------------------------------------------- class */

static void class(FILE *out, struct tc_arena *a, const struct tc_classified *c)
{
    fprintf(out, "\nClass: %s\n", c->name);
    fprintf(out, "  decided by %s, line %u: %s\n", c->decides->path, c->decides->loc.line,
            c->decides->why);
    claim(out, a, c->decides->claim);
    fprintf(out, "  uniformity: %s\n    %s\n", c->uniformity_name, c->uniformity_why);
    claim(out, a, c->uniformity_claim);
    fprintf(out, "  %s\n  blocks:\n", tc_upper_bound);
    for (unsigned k = 0; k < c->nnode; k++) {
        const struct tc_node *n = &c->node[k];

        fprintf(out, "    %s: %s; %s\n", n->path, tc_verdict_text(a, n), n->why);
    }
    fputs("  hypotheses:\n", out);
    for (unsigned k = 0; k < c->nhypothesis; k++) {
        const struct tc_hypothesis *h = &c->hypothesis[k];

        fprintf(out, "    %s: %s\n      %s\n", h->statement, tc_met_name[h->met], h->why);
    }
}

static void consequences(FILE *out, struct tc_arena *a, const struct tc_classified *c)
{
    fputs("\nConsequences\n", out);
    if (c->no_consequence)
        fprintf(out, "  none: %s\n", c->no_consequence);
    for (unsigned k = 0; k < c->nconsequence; k++) {
        const struct tc_consequence *q = &c->consequence[k];

        fprintf(out, "  %s\n    %s\n", tc_consequence_text(a, q), q->why);
        claim(out, a, q->claim[0]);
        claim(out, a, q->claim[1]);
    }
}

/* ---------------------------------------------------------------------- depth */

static void value(FILE *out, const struct tc_bounds *b, const struct tc_depth *d)
{
    mpz_t v;

    mpz_init(v);
    if (tc_depth_value(&b->constants, d, v))
        gmp_fprintf(out, " = %Zd", v);
    mpz_clear(v);
    fputs("\n", out);
}

static void depth(FILE *out, const struct tc_bounds *b, const char *indent,
                  const struct tc_depth *stages, const struct tc_depth *parallel)
{
    fprintf(out, "%sstage by stage   %s", indent, tc_depth_text(b->arena, stages));
    value(out, b, stages);
    fprintf(out, "%sparallel stages  %s", indent, tc_depth_text(b->arena, parallel));
    value(out, b, parallel);
}

static void constants(FILE *out, const struct tc_bounds *b)
{
    const struct tc_constants *c = &b->constants;

    fputs("\nDepth of the constants: the circuits of `tc0c prim` in this format and regime, with "
          "gates for the result's bits\n",
          out);
    for (unsigned k = 0; k < TC_NCONSTANT; k++) {
        if (k == TC_D_TRIG && c->fixed_angles)
            fprintf(out,
                    "  %s = 0: no angle depends on inputs, rotations are constants; as an "
                    "operation",
                    tc_constant_sign[k]);
        else if (c->known[k])
            fprintf(out, "  %s = %u", tc_constant_sign[k], c->value[k]);
        else
            fprintf(out, "  %s: not measured", tc_constant_sign[k]);
        for (unsigned m = 0, n = 0; m < c->n; m++) {
            const struct tc_measured *x = &c->measured[m];

            if (x->of != k)
                continue;
            fprintf(out, "%s%s", n++ ? ", " : ": ", x->op);
            if (x->terms)
                fprintf(out, " of %u terms", x->terms);
            if (x->refused)
                fprintf(out, " refused (%s)", x->refused);
            else
                gmp_fprintf(out, " %u (%u as a form, %Zd gates)", x->depth, x->form_depth,
                            x->gates);
        }
        fputs("\n", out);
    }
}

static void model_depth(FILE *out, const struct tc_bounds *b)
{
    fputs(
        "\nDepth, following the accounting of the RoPE circuit-complexity papers: every operation "
        "rounded, sums of stages derived here\n",
        out);
    for (unsigned k = 0; k < b->nblock; k++) {
        const struct tc_bounds_block *x = &b->block[k];

        fprintf(out, "  %s\n", x->block->path);
        for (unsigned s = 0; s < x->stages.n; s++) {
            const struct tc_stage *t = &x->stages.stage[s];

            fprintf(out, "    %-40s %s\n", t->what, tc_depth_text(b->arena, &t->depth));
        }
        depth(out, b, "    ", &x->depth, &x->parallel);
        if (x->to)
            fprintf(out, "    the circuit      %u: levels %u to %u\n", x->to - x->from + 1, x->from,
                    x->to);
        else if (b->compiled)
            fputs("    the circuit      0: no gates of its own\n", out);
    }
    fprintf(out, "  the model\n");
    depth(out, b, "    ", &b->depth, &b->parallel);
    if (b->compiled)
        fprintf(out, "    the circuit      %u, the layer of the result's bits with it\n",
                b->compiled->count.depth);
    else
        fprintf(out, "    the circuit      none: %s\n", b->refused);
}

/* ----------------------------------------------------------------------- size */

static void symbols(FILE *out, unsigned n, const struct tc_symbol *s)
{
    for (unsigned k = 0; k < n; k++) {
        gmp_fprintf(out, "    %s = %Zd", s[k].name, s[k].value);
        fprintf(out, "%s%s\n", s[k].note ? ": " : "", s[k].note ? s[k].note : "");
    }
}

static void size(FILE *out, const struct tc_bounds *b)
{
    const struct tc_compiled *c = b->compiled;
    bool same = true;

    fputs("\nSize, in gates, exact\n", out);
    for (unsigned k = 0; k < b->nblock; k++)
        if (b->block[k].to)
            gmp_fprintf(out, "  %s\n    %s = %Zd\n", b->block[k].block->path,
                        tc_poly_text(b->arena, b->block[k].gates), b->block[k].gates_value);
    gmp_fprintf(out, "  the model\n    %s = %Zd\n", tc_poly_text(b->arena, c->count.gates_formula),
                c->count.gates);
    fprintf(out, "    leading: O(%s)\n", tc_bounds_leading(b, c->count.gates_formula));
    gmp_fprintf(out, "    wires %Zd, largest fan-in %Zd, largest weight %Zd\n", c->count.wires,
                c->count.max_fan_in, c->count.max_weight);
    fputs("  where, for this format and these tables (in leading terms fixed, unless they grow "
          "from 2n "
          "to 64n)\n",
          out);
    symbols(out, c->family->nsymbol, c->family->symbol);
    symbols(out, c->count.nsymbol, c->count.symbol);
    for (unsigned k = 0; k < b->nlength; k++) {
        const struct tc_at_length *at = &b->at[k];

        gmp_fprintf(out, "  at %s = %lld: depth %u, %Zd gates%s\n", b->length, (long long)at->n,
                    at->depth, at->gates, at->same ? ", as the formula says" : "");
        same = same && at->same;
    }
    if (!same)
        fputs(
            "  The numbers in the formula are not the same at each length: bits of sums grow, or a "
            "range is not yet reached.\n",
            out);
}

bool tc_bounds_text(FILE *out, const struct tc_bounds *b)
{
    fprintf(out, "%s: %s\n", b->spec->name, tc_bounds_setting(b));
    class(out, b->arena, &b->class);
    consequences(out, b->arena, &b->class);
    constants(out, b);
    model_depth(out, b);
    if (b->compiled)
        size(out, b);
    return !ferror(out);
}
