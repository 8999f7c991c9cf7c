/* prim_text.c -- what `tc0c prim` reads: operations, formats, numbers
 *
 * Numbers are exact before they are rounded, once, to the format.  Short ones,
 * the usual case, take no GMP: a hundred thousand vectors a second pass here. */
#include "prim.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BITS   60
#define MOST_TERMS  65536
#define MOST_DIGITS 4096
#define MOST_TEN    4096
#define MOST_TWO    16384

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

/* ----------------------------------------------------------------- the arguments */

static const struct {
    const char *name;
    enum tc_op op; /* TC_NOP: not built yet */
} op_defs[] = {
    {"add", TC_OP_ADD},       {"sub", TC_OP_SUB},         {"mul", TC_OP_MUL},
    {"div", TC_OP_DIV},       {"lt", TC_OP_LT},           {"le", TC_OP_LE},
    {"eq", TC_OP_EQ},         {"sqrt", TC_OP_SQRT},       {"rsqrt", TC_OP_RSQRT},
    {"recip", TC_OP_RECIP},   {"exp", TC_OP_EXP},         {"exp2", TC_OP_EXP2},
    {"log", TC_OP_LOG},       {"sin", TC_OP_SIN},         {"cos", TC_OP_COS},
    {"tanh", TC_OP_TANH},     {"sigmoid", TC_OP_SIGMOID}, {"gelu", TC_OP_GELU},
    {"silu", TC_OP_SILU},     {"relu", TC_OP_RELU},       {"floor", TC_OP_FLOOR},
    {"neg", TC_OP_NEG},       {"abs", TC_OP_ABS},         {"sum", TC_OP_SUM},
    {"dot", TC_OP_DOT},       {"max", TC_OP_MAX},         {"argmax", TC_OP_ARGMAX},
    {"maxarg", TC_OP_MAXARG}, {"prod", TC_NOP},           {"softmax", TC_NOP},
    {"norm", TC_NOP},
};

static bool usage(struct tc_error *err, const char *what, const char *found)
{
    return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "%s, found '%.80s'", what, found);
}

static bool not_built(struct tc_error *err, const char *what, const char *name)
{
    return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "%s %.80s is not built yet in this version",
                   what, name);
}

static bool find_op(const char *name, struct tc_prim *p, struct tc_error *err)
{
    for (size_t i = 0; i < sizeof op_defs / sizeof *op_defs; i++) {
        if (strcmp(name, op_defs[i].name))
            continue;
        if (op_defs[i].op == TC_NOP)
            return not_built(err, "operation", name);
        p->op = op_defs[i].op;
        p->name = op_defs[i].name;
        return true;
    }
    return usage(err, "prim wants an operation such as add, mul, exp or sum", name);
}

static bool find_format(const char *text, struct tc_format *f, struct tc_error *err)
{
    if (!tc_format_parse(text, f, err))
        return false;
    if (f->kind == TC_FLOAT)
        return not_built(err, "format", text);
    if (f->bits > MOST_BITS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u bits: this version builds up to %d", f->bits, MOST_BITS);
    return true;
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

/* the formats of the results */
static bool find_results(struct tc_prim *p, struct tc_error *err)
{
    struct tc_format *r = p->result;
    unsigned more = p->terms ? log2_upper(p->terms) : 1;

    p->nresult = p->op == TC_OP_MAXARG ? 2 : 1;
    r[0] = p->format;
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
    default:
        break;
    }
    if (!p->exact)
        return true;
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
    default:
        return usage(err, "--exact is for add, sub, mul, sum and dot", p->name);
    }
    if (r->bits > MOST_BITS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "all %u bits of the result: this version builds up to %d", r->bits,
                       MOST_BITS);
    return true;
}

bool tc_prim_open(const struct tc_args *args, struct tc_prim *p, struct tc_error *err)
{
    *p = (struct tc_prim){.exact = args->exact, .options = &args->options, .limbs = 1};
    if (!find_op(args->spec, p, err))
        return false;
    if (!args->format)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "prim wants --format, such as fixed:8,4 or unsigned:16");
    if (!find_format(args->format, &p->format, err))
        return false;
    if (is_vector(p->op) != args->has_terms)
        return usage(err,
                     is_vector(p->op) ? "the operation wants --terms N"
                                      : "--terms is for sum, dot, max, argmax and maxarg",
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

/* ----------------------------------------------------------------------- numbers */

static int64_t clamp(const struct tc_format *f, mpz_srcptr x)
{
    int64_t low = tc_prim_least(f), high = tc_prim_largest(f);

    return mpz_cmp_si(x, (long)low) < 0    ? low
           : mpz_cmp_si(x, (long)high) > 0 ? high
                                           : mpz_get_si(x);
}

struct token { /* of a number, checked */
    bool negative, hex;
    char digits[MOST_DIGITS + 1]; /* without point */
    size_t n;
    long exponent; /* of ten or two, the places taken off */
};

/* digits 2^exponent 2^F or digits 10^exponent 2^F to nearest even */
static int64_t round_long(const struct token *t, const struct tc_format *f)
{
    int64_t m;
    mpz_t num, den, q, r;
    int half;

    mpz_inits(num, den, q, r, NULL);
    mpz_set_str(num, t->digits, t->hex ? 16 : 10);
    mpz_ui_pow_ui(den, t->hex ? 2 : 10, (unsigned long)labs(t->exponent));
    if (t->exponent > 0) {
        mpz_mul(num, num, den);
        mpz_set_ui(den, 1);
    }
    if (t->negative)
        mpz_neg(num, num);
    mpz_mul_2exp(num, num, f->fraction);
    mpz_fdiv_qr(q, r, num, den);
    mpz_mul_2exp(r, r, 1);
    half = mpz_cmp(r, den);
    if (half > 0 || (half == 0 && mpz_odd_p(q)))
        mpz_add_ui(q, q, 1);
    m = clamp(f, q);
    mpz_clears(num, den, q, r, NULL);
    return m;
}

/* the same for a mantissa below 2^60 and a power of two, without GMP */
static int64_t round_short(uint64_t x, long e, bool negative, const struct tc_format *f)
{
    int64_t low = tc_prim_least(f), high = tc_prim_largest(f), m;

    e += (long)f->fraction;
    if (e >= 0) {
        m = x == 0 ? 0 : e > 62 || x > ((uint64_t)INT64_MAX >> e) ? INT64_MAX : (int64_t)(x << e);
    } else if (e < -62) {
        m = 0;
    } else {
        uint64_t rest = x & (((uint64_t)1 << -e) - 1), half = (uint64_t)1 << (-e - 1);

        x >>= -e;
        m = (int64_t)(x + (rest > half || (rest == half && (x & 1))));
    }
    m = negative ? -m : m;
    return m < low ? low : m > high ? high : m;
}

enum parsed { FINITE, INFINITE, NAN_WORD, MALFORMED, TOO_LONG };

static enum parsed read_exponent(const char **s, long most, long *e)
{
    bool negative = *++*s == '-';

    *s += negative || **s == '+';
    if (!isdigit((unsigned char)**s))
        return MALFORMED;
    for (*e = 0; isdigit((unsigned char)**s); ++*s)
        *e = *e > most ? *e : *e * 10 + (**s - '0');
    if (*e > most)
        return TOO_LONG;
    *e = negative ? -*e : *e;
    return FINITE;
}

static bool ends(const char *s)
{
    return !*s || isspace((unsigned char)*s);
}

static bool is_digit(char c, bool hex)
{
    return hex ? isxdigit((unsigned char)c) : isdigit((unsigned char)c);
}

/* the number at s, which ends at a blank or the end; t is scratch */
static enum parsed read_number(const char *s, struct token *t, const struct tc_format *f,
                               int64_t *m)
{
    uint64_t mantissa = 0;
    long e = 0, places = 0;
    enum parsed p;

    t->negative = *s == '-';
    s += *s == '-' || *s == '+';
    if (!strncmp(s, "inf", 3) && ends(s + 3)) {
        *m = t->negative ? tc_prim_least(f) : tc_prim_largest(f);
        return INFINITE;
    }
    if (!strncmp(s, "nan", 3) && ends(s + 3))
        return NAN_WORD;
    t->hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    s += t->hex ? 2 : 0;
    for (t->n = 0; is_digit(*s, t->hex) || (*s == '.' && !places); s++) {
        if (*s == '.') {
            places = 1; /* one more than there are, to know the point by */
            continue;
        }
        if (t->n == MOST_DIGITS)
            return TOO_LONG;
        places += places != 0;
        t->digits[t->n++] = *s;
        mantissa = t->n > 15 ? 0
                   : t->hex  ? mantissa << 4 |
                                  (uint64_t)(isdigit((unsigned char)*s) ? *s - '0'
                                                                        : (*s | 0x20) - 'a' + 10)
                            : mantissa * 10 + (uint64_t)(*s - '0');
    }
    t->digits[t->n] = '\0';
    places -= places != 0;
    if (!t->n)
        return MALFORMED;
    if (t->hex ? *s == 'p' || *s == 'P' : *s == 'e' || *s == 'E') {
        p = read_exponent(&s, t->hex ? MOST_TWO : MOST_TEN, &e);
        if (p != FINITE)
            return p;
    }
    if (!ends(s))
        return MALFORMED;
    t->exponent = t->hex ? e - 4 * places : e - places;
    *m = t->n <= 15 && (t->hex || !t->exponent) ? round_short(mantissa, t->exponent, t->negative, f)
                                                : round_long(t, f);
    return FINITE;
}

bool tc_prim_line(const char *text, const struct tc_format *f, unsigned limbs, uint64_t *word,
                  unsigned most, unsigned *n, struct tc_loc loc, struct tc_error *err)
{
    static const char *const words[] = {"", "", "nan: the format has none", "",
                                        "a number too long"};
    const char *s = text;
    struct token t;

    for (*n = 0;; ++*n) {
        size_t length;
        int64_t value;
        enum parsed p;

        while (*s == ' ' || *s == '\t' || *s == '\r')
            s++;
        if (!*s || *s == '\n')
            return true;
        loc.col = (unsigned)(s - text) + 1;
        if (*n == most)
            return tc_fail(err, TC_EFORMAT, loc, "found one more number, wanted %u", most);
        length = strcspn(s, " \t\r\n\v\f");
        p = read_number(s, &t, f, &value);
        if (p == MALFORMED)
            return tc_fail(err, TC_EFORMAT, loc,
                           "found '%.*s', wanted a decimal or hexadecimal number",
                           length > 60 ? 60 : (int)length, s);
        if (p == NAN_WORD || p == TOO_LONG)
            return tc_fail(err, p == TOO_LONG ? TC_ELIMIT : TC_EFORMAT, loc, "found %s", words[p]);
        word[(size_t)*n * limbs] = (uint64_t)value & ~(~(uint64_t)0 << f->bits);
        s += length;
    }
}

/* --------------------------------------------------------------------- constants */

bool tc_prim_constants(struct tc_arena *a, const char *file, struct tc_prim *p,
                       struct tc_error *err)
{
    struct tc_loc loc = {.file = file, .line = 1};
    unsigned most = p->op == TC_OP_DOT ? p->terms : p->noperand - 1, n, least = most;
    size_t size;
    char *text, *line;
    bool ok = true;

    if (p->op == TC_OP_SUM)
        least = 1;
    if (p->op == TC_OP_MAX || p->op == TC_OP_ARGMAX || p->op == TC_OP_MAXARG)
        return not_built(err, "--constants with", p->name);
    if (!most)
        return usage(err, "--constants wants an operation that has operands left", p->name);
    text = tc_slurp(file, (size_t)64 << 20, &size, err);
    if (!text)
        return false;
    p->constant = tc_alloc(a, (size_t)most * p->limbs, sizeof *p->constant);
    for (line = text; ok && line && line < text + size; loc.line++) {
        char *next = strchr(line, '\n');

        ok =
            tc_prim_line(line, &p->format, p->limbs, p->constant + (size_t)p->nconst * p->limbs,
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
