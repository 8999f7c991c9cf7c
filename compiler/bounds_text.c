/* bounds_text.c -- bounds for people */
#include "bounds.h"

#include <stdlib.h>
#include <string.h>

static void setting(FILE *out, const struct tc_bounds *b)
{
    static const char *const regime[] = {"auto", "table", "arithmetic"};
    const struct tc_options *o = &b->args->options;
    char format[64];

    tc_format_name(&b->spec->format, format, sizeof format);
    fprintf(out, "%s: %s, rounding %s, regime %s, -O %s, weights ", b->spec->name, format,
            tc_rounding_name[b->spec->rounding], regime[o->regime],
            tc_level_name[o->level]);
    if (o->pass.max_weight)
        fprintf(out, "up to %llu", (unsigned long long)o->pass.max_weight);
    else
        fputs(o->pass.poly ? "poly" : "unbounded", out);
    for (unsigned k = 0; k < b->spec->nparam; k++)
        fprintf(out, "%s%s = %lld", k ? ", " : "; ", b->spec->param[k].name,
                (long long)b->spec->param[k].value);
    fputs("\n", out);
}

static void claim(FILE *out, const struct tc_claim *c)
{
    if (c)
        fprintf(out, "    stated: %s (%s; %s)\n", c->statement, c->source, tc_claim_read(c));
}

/* ---------------------------------------------------------------------- class */

static void class(FILE *out, const struct tc_classified *c)
{
    static const char *const met[] = {"met", "not met", "assumed"};
    static const char *const verdict[] = {"AC0", "TC0", "TC", "no class claimed"};

    fprintf(out, "\nClass: %s\n", c->name);
    fprintf(out, "  decided by %s, line %u: %s\n", c->decides->path, c->decides->loc.line,
            c->decides->why);
    claim(out, c->decides->claim);
    fprintf(out, "  uniformity: %s\n    %s\n", c->uniformity_name, c->uniformity_why);
    claim(out, c->uniformity_claim);
    fputs("  an upper bound on what such models compute; a model need not reach all of it\n", out);
    fputs("  blocks:\n", out);
    for (unsigned k = 0; k < c->nnode; k++) {
        const struct tc_node *n = &c->node[k];

        fprintf(out, "    %s: %s", n->path, verdict[n->verdict]);
        if (n->verdict == TC_IN_TCI)
            fprintf(out, "%u", n->power);
        fprintf(out, "; %s\n", n->why);
    }
    fputs("  hypotheses:\n", out);
    for (unsigned k = 0; k < c->nhypothesis; k++) {
        const struct tc_hypothesis *h = &c->hypothesis[k];

        fprintf(out, "    %s: %s\n      %s\n", h->statement, met[h->met], h->why);
    }
}

static void consequences(FILE *out, const struct tc_classified *c)
{
    fputs("\nConsequences\n", out);
    if (c->no_consequence)
        fprintf(out, "  none: %s\n", c->no_consequence);
    for (unsigned k = 0; k < c->nconsequence; k++) {
        const struct tc_consequence *q = &c->consequence[k];

        if (strcmp(q->assumption, "none") != 0)
            fprintf(out, "  If %s, then no such family solves %s.\n", q->assumption, q->problem);
        else
            fprintf(out, "  No such family solves %s (unconditionally).\n", q->problem);
        fprintf(out, "    %s\n", q->why);
        claim(out, q->claim[0]);
        claim(out, q->claim[1]);
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
            fprintf(out, "  %s = 0: no angle depends on inputs, rotations are constants; as an "
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
    fputs("\nDepth, following the accounting of the RoPE circuit-complexity papers: every operation "
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
    gmp_fprintf(out, "  the model\n    %s = %Zd\n",
                tc_poly_text(b->arena, c->count.gates_formula), c->count.gates);
    fprintf(out, "    leading: O(%s)\n",
            tc_bounds_leading(b, c->count.gates_formula));
    gmp_fprintf(out, "    wires %Zd, largest fan-in %Zd, largest weight %Zd\n", c->count.wires,
                c->count.max_fan_in, c->count.max_weight);
    fputs("  where, for this format and these tables (in leading terms fixed, unless they grow from 2n "
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
        fputs("  The numbers in the formula are not the same at each length: bits of sums grow, or a "
              "range is not yet reached.\n",
              out);
}

bool tc_bounds_text(FILE *out, const struct tc_bounds *b)
{
    setting(out, b);
    class(out, &b->class);
    consequences(out, &b->class);
    constants(out, b);
    model_depth(out, b);
    if (b->compiled)
        size(out, b);
    return !ferror(out);
}
