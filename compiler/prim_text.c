/* prim_text.c -- what `tc0c prim` is asked for: the operation, formats, constants */
#include "prim.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TERMS  65536
#define MOST_RESULT 65536             /* bits */
#define MOST_LIMBS  ((size_t)1 << 18) /* of a vector */

int64_t tc_prim_integer(const struct tc_format *f, uint64_t word)
{
    uint64_t sign = (uint64_t)1 << (f->bits - 1);

    word &= 2 * sign - 1;
    return f->kind == TC_FIXED ? (int64_t)(word ^ sign) - (int64_t)sign : (int64_t)word;
}

int64_t tc_prim_least(const struct tc_format *f)
{
    return f->kind == TC_FIXED ? -((int64_t)1 << (f->bits - 1)) : 0;
}

int64_t tc_prim_largest(const struct tc_format *f)
{
    return ((int64_t)1 << (f->bits - (f->kind == TC_FIXED))) - 1;
}

static const struct {
    const char *name;
    enum tc_op op;
} op_defs[] = {
    {"add", TC_OP_ADD},
    {"sub", TC_OP_SUB},
    {"mul", TC_OP_MUL},
    {"div", TC_OP_DIV},
    {"lt", TC_OP_LT},
    {"le", TC_OP_LE},
    {"eq", TC_OP_EQ},
    {"sqrt", TC_OP_SQRT},
    {"rsqrt", TC_OP_RSQRT},
    {"recip", TC_OP_RECIP},
    {"exp", TC_OP_EXP},
    {"exp2", TC_OP_EXP2},
    {"log", TC_OP_LOG},
    {"sin", TC_OP_SIN},
    {"cos", TC_OP_COS},
    {"tanh", TC_OP_TANH},
    {"sigmoid", TC_OP_SIGMOID},
    {"gelu", TC_OP_GELU},
    {"gelu-tanh", TC_OP_GELU_TANH},
    {"silu", TC_OP_SILU},
    {"relu", TC_OP_RELU},
    {"floor", TC_OP_FLOOR},
    {"neg", TC_OP_NEG},
    {"abs", TC_OP_ABS},
    {"sum", TC_OP_SUM},
    {"dot", TC_OP_DOT},
    {"max", TC_OP_MAX},
    {"argmax", TC_OP_ARGMAX},
    {"maxarg", TC_OP_MAXARG},
    {"prod", TC_OP_PROD},
    {"softmax", TC_OP_SOFTMAX},
    {"norm", TC_OP_NORM},
};

static bool usage(struct tc_error *err, const char *what, const char *found)
{
    return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "%s, found '%.80s'", what, found);
}

static bool find_op(const char *name, struct tc_prim *p, struct tc_error *err)
{
    for (size_t i = 0; i < sizeof op_defs / sizeof *op_defs; i++)
        if (!strcmp(name, op_defs[i].name)) {
            p->op = op_defs[i].op;
            p->name = op_defs[i].name;
            return true;
        }
    return usage(err, "prim wants an operation such as add, mul, exp or sum", name);
}

static bool is_vector(enum tc_op op)
{
    return op >= TC_OP_SUM;
}

static unsigned log2_upper(unsigned n)
{
    unsigned k = 0;

    while ((1u << k) < n)
        k++;
    return k;
}

/* all bits instead of a rounding */
static bool find_exact(struct tc_prim *p, struct tc_error *err)
{
    struct tc_format *r = p->result;
    unsigned more = p->terms ? log2_upper(p->terms) : 1;

    if (r->kind == TC_FLOAT)
        return usage(err, "--exact is for fixed and unsigned formats", p->name);
    switch (p->op) {
    case TC_OP_SUB:
        r->kind = TC_FIXED;
        r->bits++;
        break;
    case TC_OP_ADD:
    case TC_OP_SUM:
        r->bits += more;
        break;
    case TC_OP_MUL:
    case TC_OP_DOT:
        r->bits = 2 * r->bits + (p->terms ? more : 0);
        r->fraction *= 2;
        break;
    case TC_OP_PROD:
        r->bits *= p->terms;
        r->fraction *= p->terms;
        break;
    default:
        return usage(err, "--exact is for add, sub, mul, sum, prod and dot", p->name);
    }
    if (r->bits > MOST_RESULT)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "all %u bits of the result: this version goes up to %d", r->bits,
                       MOST_RESULT);
    return true;
}

/* how many results and their formats */
static bool find_results(struct tc_prim *p, struct tc_error *err)
{
    struct tc_format *r = p->result;
    unsigned more = p->terms ? log2_upper(p->terms) : 1, width = tc_format_width(&p->format);

    p->nresult = p->op == TC_OP_MAXARG                           ? 2
                 : p->op == TC_OP_SOFTMAX || p->op == TC_OP_NORM ? p->terms
                                                                 : 1;
    r[0] = r[1] = p->format;
    switch (p->op) {
    case TC_OP_LT:
    case TC_OP_LE:
    case TC_OP_EQ:
        r[0] = (struct tc_format){.kind = TC_UNSIGNED, .bits = 1};
        break;
    case TC_OP_ARGMAX:
    case TC_OP_MAXARG:
        r[p->nresult - 1] = (struct tc_format){.kind = TC_UNSIGNED, .bits = more ? more : 1};
        break;
    case TC_OP_SOFTMAX:
    case TC_OP_NORM:
        if (p->format.kind == TC_UNSIGNED)
            return usage(err, "the operation wants a format with negative numbers", p->name);
        break;
    default:
        break;
    }
    if (p->exact && !find_exact(p, err))
        return false;
    for (unsigned k = 0; k < 2 && k < p->nresult; k++)
        if (tc_format_width(&r[k]) > width)
            width = tc_format_width(&r[k]);
    p->limbs = (width + 63) / 64;
    if ((size_t)p->noperand * p->limbs > MOST_LIMBS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u operands with results of %u bits are too large", p->noperand, width);
    return true;
}

bool tc_prim_open(const struct tc_args *args, struct tc_prim *p, struct tc_error *err)
{
    *p = (struct tc_prim){.exact = args->exact, .options = &args->options};
    if (!find_op(args->spec, p, err))
        return false;
    if (!args->format)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "prim wants --format, such as fixed:8,4, unsigned:16 or bfloat16");
    if (!tc_format_parse(args->format, &p->format, err))
        return false;
    if (is_vector(p->op) != args->has_terms)
        return usage(err,
                     is_vector(p->op) ? "the operation wants --terms N"
                                      : "--terms is for operations of N operands, such as sum",
                     p->name);
    if (args->has_terms && (args->terms < 1 || args->terms > MOST_TERMS))
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--terms wants 1 to %d", MOST_TERMS);
    p->terms = (unsigned)args->terms;
    p->noperand = p->op == TC_OP_DOT    ? 2 * p->terms
                  : p->terms            ? p->terms
                  : p->op >= TC_OP_SQRT ? 1
                                        : 2;
    return find_results(p, err);
}

/* --------------------------------------------------------------------- constants */

bool tc_prim_constants(struct tc_arena *a, const char *file, struct tc_prim *p,
                       struct tc_error *err)
{
    struct tc_loc loc = {.file = file, .line = 1};
    bool chain = is_vector(p->op) && p->op != TC_OP_DOT;
    unsigned most = p->op == TC_OP_DOT ? p->terms : p->noperand - 1, n, least = chain ? 1 : most;
    size_t size;
    char *text, *line;
    bool ok = true;

    if (!most || p->op == TC_OP_SOFTMAX || p->op == TC_OP_NORM)
        return usage(err,
                     "--constants is for operations of two operands, and of N but softmax and "
                     "norm; at least one operand is none",
                     p->name);
    text = tc_slurp(file, (size_t)64 << 20, &size, err);
    if (!text)
        return false;
    p->constant = tc_alloc(a, (size_t)most * p->limbs, sizeof *p->constant);
    for (line = text; ok && line && line < text + size; loc.line++) {
        char *next = strchr(line, '\n');

        ok = tc_prim_line(line, &p->format, p->limbs, p->constant + (size_t)p->nconst * p->limbs,
                          most - p->nconst, &n, loc, err);
        p->nconst += ok ? n : 0;
        line = next ? next + 1 : NULL;
    }
    free(text);
    loc.line = loc.col = 0;
    if (ok && p->nconst < least)
        ok = tc_fail(err, TC_EFORMAT, loc, "found %u constants, wanted %s%u", p->nconst,
                     least == most ? "" : "at least ", least);
    p->noperand -= p->nconst;
    return ok;
}
