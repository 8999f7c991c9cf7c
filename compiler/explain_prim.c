/* explain_prim.c -- one operation and its circuit as a document: `tc0c prim --explain` */
#include "explain.h"

#include <string.h>

static const char *number(struct tc_arena *a, mpz_srcptr x)
{
    char *text = tc_alloc(a, mpz_sizeinbase(x, 10) + 2, 1);

    return mpz_get_str(text, 10, x);
}

/* "--exact --terms 8 --format unsigned:4", with what changes the circuit */
static const char *options(struct tc_arena *a, const struct tc_args *args, const struct tc_prim *p)
{
    static const char *const regime[] = {"", " --regime table", " --regime arithmetic"};
    const char *text = tc_sprintf(a, "%s", p->exact ? " --exact" : "");
    char format[64];

    tc_format_name(&p->format, format, sizeof format);
    if (p->terms)
        text = tc_sprintf(a, "%s --terms %u", text, p->terms);
    if (args->constants)
        text = tc_sprintf(a, "%s --constants %s", text, args->constants);
    return tc_sprintf(a, "%s --format %s%s%s", text, format, regime[args->options.regime],
                      tc_explain_options(a, &args->options));
}

/* ---------------------------------------------------------------- what is computed */

/* of the operands x and y, or x[0] ... x[N - 1] and y[0] ... */
static const char *formula(enum tc_op op)
{
    static const char *const text[] = {
        [TC_OP_ADD] = "x + y",
        [TC_OP_SUB] = "x - y",
        [TC_OP_MUL] = "x y",
        [TC_OP_DIV] = "x / y",
        [TC_OP_LT] = "1 if x < y, else 0",
        [TC_OP_LE] = "1 if x <= y, else 0",
        [TC_OP_EQ] = "1 if x = y, else 0",
        [TC_OP_SQRT] = "the square root of x",
        [TC_OP_RSQRT] = "1 / the square root of x",
        [TC_OP_RECIP] = "1 / x",
        [TC_OP_EXP] = "e^x",
        [TC_OP_EXP2] = "2^x",
        [TC_OP_LOG] = "ln x",
        [TC_OP_SIN] = "sin x, x in radians",
        [TC_OP_COS] = "cos x, x in radians",
        [TC_OP_TANH] = "tanh x",
        [TC_OP_SIGMOID] = "1 / (1 + e^-x)",
        [TC_OP_GELU] = "x Phi(x), Phi being the normal distribution",
        [TC_OP_GELU_TANH] = "x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2",
        [TC_OP_SILU] = "x / (1 + e^-x)",
        [TC_OP_RELU] = "max(x, 0)",
        [TC_OP_FLOOR] = "the largest integer that is at most x",
        [TC_OP_NEG] = "-x",
        [TC_OP_ABS] = "x or -x, whichever is not negative",
        [TC_OP_SUM] = "x[0] + ... + x[N-1]",
        [TC_OP_DOT] = "x[0] y[0] + ... + x[N-1] y[N-1]",
        [TC_OP_MAX] = "the largest of x[0] ... x[N-1]",
        [TC_OP_ARGMAX] = "the place, from 0, of the first largest of x[0] ... x[N-1]",
        [TC_OP_MAXARG] = "the largest of x[0] ... x[N-1], and the place of the first of them",
        [TC_OP_PROD] = "x[0] * ... * x[N-1]",
        [TC_OP_SOFTMAX] =
            "y[j] = e^(x[j] - m) / sum of e^(x[k] - m) over k, m being the largest x[k]",
        [TC_OP_NORM] = "y[j] = (x[j] - mean) / standard deviation",
    };

    return text[op];
}

static const char *rounding(const struct tc_prim *p)
{
    if (p->op == TC_OP_LT || p->op == TC_OP_LE || p->op == TC_OP_EQ || p->op == TC_OP_MAX ||
        p->op == TC_OP_ARGMAX || p->op == TC_OP_MAXARG)
        return "Nothing is rounded.";
    if (p->exact)
        return "The result has all its bits: nothing is rounded.";
    if (p->op == TC_OP_SOFTMAX || p->op == TC_OP_NORM)
        return "Each step is rounded to the format (compiler/SPEC.md, softmax, norm).";
    if (tc_prim_is_series(p))
        return "It is defined by a truncated series (compiler/SPEC.md, Functions by series), and "
               "rounded once.";
    return "The result is the exact one, rounded once: to the nearest number of the format, ties "
           "to "
           "even, and what is beyond the range as compiler/SPEC.md says (One operation).";
}

static void computed(struct tc_doc *d, const struct tc_prim *p)
{
    char format[64];
    unsigned long long bits = 0;

    tc_format_name(&p->format, format, sizeof format);
    for (unsigned k = 0; k < p->nresult; k++)
        bits += tc_format_width(tc_prim_result(p, k));
    tc_doc_add(d, TC_SECTION, "What it computes");
    tc_doc_add(d, TC_CODE, "%s%s", formula(p->op),
               p->terms ? tc_sprintf(d->arena, ", N = %u", p->terms) : "");
    tc_doc_add(
        d, TC_PARAGRAPH,
        "The input is %u number%s of the format `%s` (%u bit%s each), the result %llu bit%s. %s",
        p->noperand, p->noperand == 1 ? "" : "s", format, tc_format_width(&p->format),
        tc_format_width(&p->format) == 1 ? "" : "s", bits, bits == 1 ? "" : "s", rounding(p));
}

/* ------------------------------------------------------------------- depth and size */

static void levels(struct tc_doc *d, const struct tc_family *f, const struct tc_count *n)
{
    tc_doc_add(d, TC_ROW, "level\tbanks\tgates");
    for (unsigned level = 1; level <= n->depth; level++) {
        mpz_ptr gates = tc_mpz(d->arena);
        unsigned banks = 0;

        for (unsigned k = 0; k < f->nbank; k++) {
            if (f->bank[k]->plane.level != level)
                continue;
            mpz_add(gates, gates, n->bank[k].gates);
            banks++;
        }
        tc_doc_add(d, TC_ROW, "%u\t%u\t%s", level, banks, number(d->arena, gates));
    }
}

static void size(struct tc_doc *d, const struct tc_prim_circuit *c)
{
    const struct tc_family *f = c->compiled.family;
    const struct tc_count *n = &c->compiled.count;
    const char *gates = number(d->arena, n->gates);
    const char *form = tc_poly_text(d->arena, n->gates_formula);
    bool one = !strcmp(gates, "1");

    tc_doc_add(d, TC_SECTION, "Depth and size");
    tc_doc_add(
        d, TC_PARAGRAPH,
        "Each bank reads only inputs and banks of lower levels, so the level of the last is the "
        "depth: %u.",
        n->depth);
    if (n->depth)
        levels(d, f, n);
    tc_doc_add(d, TC_PARAGRAPH,
               "%s `%s%s%s` gate%s in all, with %s wire%s. A gate reads at most %s of them, with "
               "weights of at most %s.",
               one ? "This is" : "These are", strcmp(form, gates) ? form : "",
               strcmp(form, gates) ? " = " : "", gates, one ? "" : "s", number(d->arena, n->wires),
               mpz_cmp_ui(n->wires, 1) ? "s" : "", number(d->arena, n->max_fan_in),
               number(d->arena, n->max_weight));
    if (c->form_depth < n->depth)
        tc_doc_add(
            d, TC_PARAGRAPH,
            "Banks of the part `output` only make a gate of each bit of the result, which is "
            "known before as a sum of wires. A circuit that goes on reads these sums instead: as "
            "such the results have depth %u and %s gate%s.",
            c->form_depth, number(d->arena, c->form_gates),
            mpz_cmp_ui(c->form_gates, 1) ? "s" : "");
    for (unsigned k = 0; k < f->nsymbol; k++)
        tc_doc_add(d, TC_ITEM, "`%s = %s`%s%s", f->symbol[k].name,
                   number(d->arena, f->symbol[k].value), f->symbol[k].note ? ": " : "",
                   f->symbol[k].note ? f->symbol[k].note : "");
}

void tc_explain_prim(FILE *out, const struct tc_args *args, const struct tc_prim_circuit *c)
{
    const struct tc_compiled *x = &c->compiled;
    struct tc_doc d = {.arena = x->arena};

    tc_doc_add(&d, TC_TITLE, "`prim %s`: the circuit", c->prim->name);
    tc_doc_add(&d, TC_CODE, "tc0c prim %s%s", c->prim->name, options(d.arena, args, c->prim));
    computed(&d, c->prim);
    tc_doc_add(&d, TC_SECTION, "The circuit, bank by bank");
    tc_explain_notation(&d);
    tc_explain_banks(&d, NULL, x->family, &x->count);
    size(&d, c);
    if (x->family->nbank) {
        tc_doc_add(&d, TC_SECTION, "One gate, found from its number");
        tc_explain_gate(&d, NULL, x->family, &x->count);
    }
    /* a stream that failed says so when it is finished */
    (void)tc_doc_write(out, &d, args->explain);
}
