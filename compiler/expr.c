/* expr.c -- attribute expressions over parameters
 *
 * Grammar and limits are SPEC.md's.  A value is an exact rational, or a
 * rational times an irrational root, or a logarithm that waits for ceil, floor
 * or round.  Beside the value goes the same expression as a polynomial in the
 * parameters; where there is none, its text, from which an integer becomes a
 * symbol: the name of a symbol is itself an expression with the symbol's value.
 *
 * Expressions come from outside, so everything that an expression of few
 * characters could make large is bounded. */
#include "compiler.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT        1024
#define MAX_DEPTH       64
#define MAX_TEN         4096  /* exponent of ten in a number */
#define MAX_BITS        65536 /* of a numerator or denominator */
#define MAX_POLY_TERMS  256   /* beyond these a polynomial gives way to a symbol */
#define MAX_POLY_DEGREE 64
#define MAX_POLY_BITS   512
#define MAX_SYMBOL      200

enum kind {
    RATIONAL,
    ROOT, /* sign * sqrt(q), q > 0 and no square */
    LOG,  /* log2(q), q > 0 and no power of two */
};

struct value {
    enum kind kind;
    int sign;
    mpq_ptr q;
    bool constant;                /* no parameter in it */
    const struct tc_poly *poly;   /* NULL: none; then text */
    unsigned terms, degree, bits; /* upper bounds for poly */
    const char *text;
};

struct reader {
    struct tc_arena *arena;
    const char *text;
    size_t pos;
    unsigned depth;
    const struct tc_param *param;
    unsigned nparam;
    struct tc_loc loc;
    struct tc_error *err;
};

static const char *const functions[] = {"ceil", "floor", "round", "log2", "sqrt", "min", "max"};
enum { CEIL, FLOOR, ROUND, LOG2, SQRT, MIN, MAX, NFUNCTION };

static bool sum(struct reader *, struct value *);
static bool sign(struct reader *, struct value *);

static bool fail(struct reader *, size_t pos, enum tc_errkind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static bool fail(struct reader *r, size_t pos, enum tc_errkind kind, const char *fmt, ...)
{
    struct tc_loc loc = r->loc;
    char msg[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    if (loc.col)
        for (size_t i = 0; i < pos; i++)
            loc.col += ((unsigned char)r->text[i] & 0xc0) != 0x80;
    return tc_fail(r->err, kind, loc, "%s", msg);
}

static char peek(struct reader *r)
{
    while (r->text[r->pos] == ' ')
        r->pos++;
    return r->text[r->pos];
}

static bool wanted(struct reader *r, const char *what)
{
    unsigned char c = (unsigned char)peek(r);

    if (!c)
        return fail(r, r->pos, TC_ESPEC, "the expression ends, wanted %s", what);
    if (c < 0x20 || c >= 0x7f)
        return fail(r, r->pos, TC_ESPEC, "found byte 0x%02x in an expression, wanted %s", c, what);
    return fail(r, r->pos, TC_ESPEC, "found '%c' in an expression, wanted %s", c, what);
}

/* a polynomial is made while it stays small */
static bool small(const struct value *v)
{
    return v->terms <= MAX_POLY_TERMS && v->degree <= MAX_POLY_DEGREE && v->bits <= MAX_POLY_BITS;
}

static unsigned bits_of(mpq_srcptr q)
{
    size_t n = mpz_sizeinbase(mpq_numref(q), 2), d = mpz_sizeinbase(mpq_denref(q), 2);

    return (unsigned)(n > d ? n : d);
}

static void make_constant(struct reader *r, struct value *v)
{
    v->poly = tc_poly_mpq(r->arena, v->q);
    v->terms = 1;
    v->degree = 0;
    v->bits = bits_of(v->q);
}

/* canonical text, without blanks */
static const char *text_of(struct reader *r, const struct value *v)
{
    char *s, *to;

    if (!v->poly)
        return v->text;
    s = to = tc_poly_text(r->arena, v->poly);
    for (const char *from = s; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = 0;
    return s;
}

/* Checks a new value and gives it a polynomial if it has none yet but may:
 * symbol is a text of the form name(...), or NULL to make one from v->text. */
static bool finish(struct reader *r, size_t pos, struct value *v, const char *symbol)
{
    if (bits_of(v->q) > MAX_BITS)
        return fail(r, pos, TC_ELIMIT, "a value of more than %d bits", MAX_BITS);
    if (v->kind != RATIONAL) {
        v->poly = NULL;
        return true;
    }
    if (v->constant)
        make_constant(r, v);
    if (v->poly || mpz_cmp_ui(mpq_denref(v->q), 1))
        return true;
    if (!symbol)
        symbol = tc_sprintf(r->arena, "floor(%.*s)", MAX_SYMBOL + 1, v->text);
    if (strlen(symbol) > MAX_SYMBOL) { /* too long for a name: the number itself */
        make_constant(r, v);
        return true;
    }
    v->poly = tc_poly_symbol(r->arena, symbol);
    v->terms = v->degree = v->bits = 1;
    return true;
}

static void text_binary(struct reader *r, struct value *v, const struct value *a, char op,
                        const struct value *b)
{
    /* longer texts than names may be are never used */
    v->text = tc_sprintf(r->arena, "(%.*s)%c(%.*s)", MAX_SYMBOL, text_of(r, a), op, MAX_SYMBOL,
                         text_of(r, b));
}

static bool add(struct reader *r, size_t pos, struct value *a, const struct value *b, bool minus)
{
    struct value v = {.q = tc_mpq(r->arena), .constant = a->constant && b->constant};

    if (a->kind == LOG || b->kind == LOG)
        return fail(r, pos, TC_ESPEC,
                    "a sum with log2 of no power of two; it stands only directly under ceil, "
                    "floor or round");
    if (a->kind == ROOT || b->kind == ROOT)
        return fail(r, pos, TC_ESPEC,
                    "a sum with an irrational root; it may only be multiplied and divided");
    (minus ? mpq_sub : mpq_add)(v.q, a->q, b->q);
    if (a->poly && b->poly) {
        v.terms = a->terms + b->terms;
        v.degree = a->degree > b->degree ? a->degree : b->degree;
        v.bits = a->bits + b->bits + 1; /* over a common denominator */
        if (small(&v))
            v.poly = (minus ? tc_poly_sub : tc_poly_add)(r->arena, a->poly, b->poly);
    }
    if (!v.poly)
        text_binary(r, &v, a, minus ? '-' : '+', b);
    if (!finish(r, pos, &v, NULL))
        return false;
    *a = v;
    return true;
}

/* what stands under the root when v is sign * sqrt(square) */
static void square(struct reader *r, struct value *v)
{
    mpq_ptr q = tc_mpq(r->arena);

    if (v->kind == ROOT)
        return;
    v->sign = mpq_sgn(v->q);
    mpq_mul(q, v->q, v->q);
    v->q = q;
    v->kind = ROOT;
}

/* sqrt(q), q >= 0, rational if it can be */
static void root(struct reader *r, struct value *v)
{
    mpq_ptr q;

    if (!mpz_perfect_square_p(mpq_numref(v->q)) || !mpz_perfect_square_p(mpq_denref(v->q))) {
        v->kind = ROOT;
        return;
    }
    q = tc_mpq(r->arena);
    mpz_sqrt(mpq_numref(q), mpq_numref(v->q));
    mpz_sqrt(mpq_denref(q), mpq_denref(v->q));
    if (v->sign < 0)
        mpq_neg(q, q);
    v->q = q;
    v->kind = RATIONAL;
}

static bool multiply(struct reader *r, size_t pos, struct value *a, const struct value *b0,
                     bool divide)
{
    struct value v = {.q = tc_mpq(r->arena), .constant = a->constant && b0->constant, .sign = 1};
    struct value a1 = *a, b = *b0;

    if (a->kind == LOG || b.kind == LOG)
        return fail(r, pos, TC_ESPEC,
                    "a product with log2 of no power of two; it stands only directly under ceil, "
                    "floor or round");
    if (divide && !mpq_sgn(b.q))
        return fail(r, pos, TC_ESPEC, "division by zero: '%.*s' is 0", (int)(r->pos - pos),
                    r->text + pos);
    if (a->poly && b.poly) {
        v.terms = a->terms * b.terms;
        v.degree = a->degree + b.degree;
        v.bits = a->bits + b.bits + 8; /* 2^8 products may fall on one term */
        if (small(&v))
            v.poly = (divide ? tc_poly_div : tc_poly_mul)(r->arena, a->poly, b.poly);
    }
    if (!v.poly)
        text_binary(r, &v, a, divide ? '/' : '*', &b);
    if (a1.kind == ROOT || b.kind == ROOT) {
        square(r, &a1);
        square(r, &b);
        v.sign = a1.sign * b.sign;
        v.kind = ROOT;
    }
    (divide ? mpq_div : mpq_mul)(v.q, a1.q, b.q);
    if (v.kind == ROOT)
        root(r, &v);
    if (!finish(r, pos, &v, NULL))
        return false;
    *a = v;
    return true;
}

static void mpq_power(mpq_ptr q, mpq_srcptr base, unsigned long k, bool invert)
{
    mpz_pow_ui(mpq_numref(q), mpq_numref(base), k);
    mpz_pow_ui(mpq_denref(q), mpq_denref(base), k);
    if (invert)
        mpq_inv(q, q);
}

static bool power(struct reader *r, size_t pos, struct value *a, const struct value *b)
{
    struct value v = {.q = tc_mpq(r->arena), .constant = a->constant && b->constant, .sign = 1};
    long k;

    if (a->kind == LOG || b->kind != RATIONAL || mpz_cmp_ui(mpq_denref(b->q), 1))
        return fail(r, pos, TC_ESPEC, "wanted a rational base and an integer exponent");
    if (mpz_cmpabs_ui(mpq_numref(b->q), MAX_BITS) > 0)
        return fail(r, pos, TC_ELIMIT, "an exponent of more than %d", MAX_BITS);
    k = mpz_get_si(mpq_numref(b->q));
    if (k < 0 && !mpq_sgn(a->q))
        return fail(r, pos, TC_ESPEC, "division by zero: a negative power of 0");
    if ((unsigned long)labs(k) * bits_of(a->q) > MAX_BITS && bits_of(a->q) > 1)
        return fail(r, pos, TC_ELIMIT, "a value of more than %d bits", MAX_BITS);
    mpq_power(v.q, a->q, (unsigned long)labs(k), k < 0);
    if (a->kind == ROOT) {
        v.sign = a->sign < 0 && k % 2 ? -1 : 1;
        root(r, &v);
    }
    if (a->poly && b->poly && tc_poly_is_const(b->poly, NULL) && k >= 0 && k <= 16) {
        v.poly = tc_poly_int(r->arena, 1);
        v.terms = 1;
        v.bits = 1;
        for (long i = 0; i < k && v.poly; i++) {
            v.terms *= a->terms;
            v.degree += a->degree;
            v.bits += a->bits + 8;
            v.poly = small(&v) ? tc_poly_mul(r->arena, v.poly, a->poly) : NULL;
        }
    }
    if (!v.poly)
        text_binary(r, &v, a, '^', b);
    if (!finish(r, pos, &v, NULL))
        return false;
    *a = v;
    return true;
}

/* floor of log2(q), q > 0 */
static long floor_log2(mpq_srcptr q)
{
    long k = (long)mpz_sizeinbase(mpq_numref(q), 2) - (long)mpz_sizeinbase(mpq_denref(q), 2);
    mpz_t t;
    bool below;

    mpz_init(t);
    if (k >= 0) {
        mpz_mul_2exp(t, mpq_denref(q), (mp_bitcnt_t)k);
        below = mpz_cmp(mpq_numref(q), t) < 0;
    } else {
        mpz_mul_2exp(t, mpq_numref(q), (mp_bitcnt_t)-k);
        below = mpz_cmp(t, mpq_denref(q)) < 0;
    }
    mpz_clear(t);
    return k - below;
}

/* ceil, floor or round of |v|, v irrational: k = floor, and whether v > k + 1/2 */
static void irrational(const struct value *v, mpz_ptr k, bool *above_half)
{
    mpq_t x, y;

    mpq_init(x);
    mpq_init(y);
    if (v->kind == ROOT) { /* q against (2k + 1)^2 / 4 */
        mpz_fdiv_q(k, mpq_numref(v->q), mpq_denref(v->q));
        mpz_sqrt(k, k);
        mpq_set(x, v->q);
        mpz_mul_2exp(mpq_numref(y), k, 1);
        mpz_add_ui(mpq_numref(y), mpq_numref(y), 1);
        mpz_mul(mpq_numref(y), mpq_numref(y), mpq_numref(y));
        mpq_div_2exp(y, y, 2);
    } else { /* q^2 against 2^(2k + 1) */
        long e = floor_log2(v->q);

        mpz_set_si(k, e);
        mpq_mul(x, v->q, v->q);
        mpq_set_ui(y, 1, 1);
        if (2 * e + 1 >= 0)
            mpq_mul_2exp(y, y, (mp_bitcnt_t)(2 * e + 1));
        else
            mpq_div_2exp(y, y, (mp_bitcnt_t)(-2 * e - 1));
    }
    *above_half = mpq_cmp(x, y) > 0;
    mpq_clear(x);
    mpq_clear(y);
}

static void to_integer(struct reader *r, int fn, struct value *v)
{
    mpq_ptr q = tc_mpq(r->arena);
    mpz_ptr k = mpq_numref(q);

    if (v->kind == RATIONAL) {
        if (fn == ROUND) { /* floor(q + 1/2), one less where that is odd and a tie */
            mpq_set_ui(q, 1, 2);
            mpq_add(q, q, v->q);
            if (!mpz_cmp_ui(mpq_denref(q), 1)) {
                if (mpz_odd_p(k))
                    mpz_sub_ui(k, k, 1);
            } else {
                mpz_fdiv_q(k, k, mpq_denref(q));
            }
        } else {
            (fn == CEIL ? mpz_cdiv_q : mpz_fdiv_q)(k, mpq_numref(v->q), mpq_denref(v->q));
        }
    } else {
        bool negative = v->kind == ROOT && v->sign < 0, above;

        irrational(v, k, &above);
        if (fn == ROUND ? above : (fn == CEIL) != negative)
            mpz_add_ui(k, k, 1);
        if (negative)
            mpz_neg(k, k);
    }
    mpz_set_ui(mpq_denref(q), 1);
    v->q = q;
    v->kind = RATIONAL;
}

static bool take_root(struct reader *r, size_t pos, struct value *v)
{
    if (v->kind != RATIONAL)
        return fail(r, pos, TC_ESPEC, "sqrt of an irrational value");
    if (mpq_sgn(v->q) < 0)
        return fail(r, pos, TC_ESPEC, "sqrt of a negative value, wanted 0 or more");
    v->sign = 1;
    root(r, v);
    return true;
}

static bool take_log(struct reader *r, size_t pos, struct value *v)
{
    mpq_ptr q;

    if (v->kind != RATIONAL)
        return fail(r, pos, TC_ESPEC, "log2 of an irrational value");
    if (mpq_sgn(v->q) <= 0)
        return fail(r, pos, TC_ESPEC, "log2 of a value of 0 or less, wanted a positive one");
    if (mpz_popcount(mpq_numref(v->q)) != 1 || mpz_popcount(mpq_denref(v->q)) != 1) {
        v->kind = LOG;
        return true;
    }
    q = tc_mpq(r->arena);
    mpz_set_si(mpq_numref(q), floor_log2(v->q));
    v->q = q;
    return true;
}

/* after "name(" */
static bool call(struct reader *r, size_t start, int fn, struct value *v)
{
    const char *text = tc_sprintf(r->arena, "%s(", functions[fn]);
    unsigned n = 0;

    do {
        size_t pos = (peek(r), r->pos);
        struct value x;

        if (!sum(r, &x))
            return false;
        if (n && fn != MIN && fn != MAX)
            return fail(r, pos, TC_ESPEC, "a second argument, %s takes one", functions[fn]);
        if ((fn == MIN || fn == MAX) && x.kind != RATIONAL)
            return fail(r, pos, TC_ESPEC, "%s of an irrational value", functions[fn]);
        text = tc_sprintf(r->arena, "%.*s%s%.*s", MAX_SYMBOL, text, n ? "," : "", MAX_SYMBOL,
                          text_of(r, &x));
        if (!n++) {
            *v = x;
        } else {
            int c = mpq_cmp(x.q, v->q);

            if (fn == MIN ? c < 0 : c > 0)
                v->q = x.q;
            v->constant = v->constant && x.constant;
        }
    } while (peek(r) == ',' && r->pos++ < MAX_TEXT);
    if (peek(r) != ')')
        return wanted(r, fn == MIN || fn == MAX ? "',' or ')'" : "an operator or ')'");
    r->pos++;
    if (fn == SQRT && !take_root(r, start, v))
        return false;
    if (fn == LOG2 && !take_log(r, start, v))
        return false;
    if (fn <= ROUND)
        to_integer(r, fn, v);
    v->poly = NULL;
    v->text = tc_sprintf(r->arena, "%s)", text);
    return finish(r, start, v, v->text);
}

static bool number(struct reader *r, struct value *v)
{
    const char *s = r->text + r->pos, *end = s;
    mpz_t ten;
    char *digits;
    size_t n = 0, places = 0;
    long exp = 0;

    *v = (struct value){.q = tc_mpq(r->arena), .constant = true, .sign = 1};
    digits = tc_alloc(r->arena, MAX_TEXT + 1, 1);
    for (; isdigit((unsigned char)*end); end++)
        digits[n++] = *end;
    if (*end == '.') {
        if (!isdigit((unsigned char)*++end)) {
            r->pos += (size_t)(end - s);
            return wanted(r, "a digit after the point");
        }
        for (; isdigit((unsigned char)*end); end++, places++)
            digits[n++] = *end;
    }
    if (*end == 'e' || *end == 'E') {
        bool negative = *++end == '-';

        end += negative || *end == '+';
        if (!isdigit((unsigned char)*end)) {
            r->pos += (size_t)(end - s);
            return wanted(r, "the digits of an exponent");
        }
        for (; isdigit((unsigned char)*end); end++)
            exp = exp > MAX_TEN ? exp : exp * 10 + (*end - '0');
        if (exp > MAX_TEN)
            return fail(r, r->pos, TC_ELIMIT, "an exponent of ten above %d", MAX_TEN);
        if (negative)
            exp = -exp;
    }
    if (isalpha((unsigned char)*end) || *end == '_' || *end == '.') {
        r->pos += (size_t)(end - s);
        return wanted(r, "an operator after a number");
    }
    exp -= (long)places;
    mpz_set_str(mpq_numref(v->q), digits, 10);
    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)labs(exp));
    if (exp >= 0)
        mpz_mul(mpq_numref(v->q), mpq_numref(v->q), ten);
    else
        mpz_set(mpq_denref(v->q), ten);
    mpz_clear(ten);
    mpq_canonicalize(v->q);
    r->pos += (size_t)(end - s);
    return finish(r, r->pos, v, NULL);
}

static bool name(struct reader *r, struct value *v)
{
    size_t start = r->pos, n = 0;
    const char *s = r->text + start;
    char list[160] = "";

    while (isalnum((unsigned char)s[n]) || s[n] == '_')
        n++;
    r->pos += n;
    for (int f = 0; f < NFUNCTION; f++)
        if (strlen(functions[f]) == n && !memcmp(s, functions[f], n)) {
            if (peek(r) != '(')
                return wanted(r, "'(' after the name of a function");
            r->pos++;
            return call(r, start, f, v);
        }
    for (unsigned i = r->nparam; i-- > 0;)
        if (strlen(r->param[i].name) == n && !memcmp(s, r->param[i].name, n)) {
            *v = (struct value){.q = tc_mpq(r->arena), .sign = 1};
            mpz_set_si(mpq_numref(v->q), r->param[i].value);
            v->poly = tc_poly_symbol(r->arena, r->param[i].name);
            v->terms = v->degree = v->bits = 1;
            return true;
        }
    if (peek(r) == '(')
        return fail(r, start, TC_ESPEC,
                    "unknown function '%.*s', wanted ceil, floor, round, log2, sqrt, min or max",
                    n > 64 ? 64 : (int)n, s);
    for (unsigned i = 0; i < r->nparam && strlen(list) < 100; i++) {
        size_t used = strlen(list);

        snprintf(list + used, sizeof list - used, "%s%.40s", i ? ", " : "", r->param[i].name);
    }
    return fail(r, start, TC_ESPEC, "unknown parameter '%.*s', wanted %s%s", n > 64 ? 64 : (int)n,
                s, r->nparam ? "one of " : "a number: no parameter is known here", list);
}

static bool atom(struct reader *r, struct value *v)
{
    unsigned char c = (unsigned char)peek(r);

    if (isdigit(c))
        return number(r, v);
    if (isalpha(c) || c == '_')
        return name(r, v);
    if (c != '(')
        return wanted(r, "a number, a parameter, a function or '('");
    r->pos++;
    if (!sum(r, v))
        return false;
    if (peek(r) != ')')
        return wanted(r, "an operator or ')'");
    r->pos++;
    return true;
}

static bool sign(struct reader *r, struct value *v)
{
    bool negative = false;
    size_t pos;

    while (peek(r) == '+' || peek(r) == '-')
        negative ^= r->text[r->pos++] == '-';
    if (r->depth == MAX_DEPTH)
        return fail(r, r->pos, TC_ELIMIT, "an expression nested more than %d deep", MAX_DEPTH);
    r->depth++;
    if (!atom(r, v))
        return false;
    if (peek(r) == '^') {
        struct value e;

        pos = r->pos++;
        if (!sign(r, &e) || !power(r, pos, v, &e))
            return false;
    }
    r->depth--;
    if (negative) {
        struct value minus = {.q = tc_mpq(r->arena), .constant = true, .sign = 1};

        mpq_set_si(minus.q, -1, 1);
        make_constant(r, &minus);
        return multiply(r, r->pos, v, &minus, false);
    }
    return true;
}

static bool product(struct reader *r, struct value *v)
{
    struct value x;

    if (!sign(r, v))
        return false;
    while (peek(r) == '*' || peek(r) == '/') {
        bool divide = r->text[r->pos++] == '/';
        size_t pos = (peek(r), r->pos);

        if (!sign(r, &x) || !multiply(r, pos, v, &x, divide))
            return false;
    }
    return true;
}

static bool sum(struct reader *r, struct value *v)
{
    struct value x;

    if (!product(r, v))
        return false;
    while (peek(r) == '+' || peek(r) == '-') {
        size_t pos = r->pos;
        bool minus = r->text[r->pos++] == '-';

        if (!product(r, &x) || !add(r, pos, v, &x, minus))
            return false;
    }
    return true;
}

static bool expression(struct reader *r, struct value *v)
{
    if (strnlen(r->text, MAX_TEXT + 1) > MAX_TEXT)
        return fail(r, 0, TC_ELIMIT, "an expression of more than %d characters", MAX_TEXT);
    if (!sum(r, v))
        return false;
    return !peek(r) || wanted(r, "an operator or the end");
}

bool tc_expr_eval(struct tc_arena *a, const char *text, const struct tc_param *param,
                  unsigned nparam, struct tc_loc loc, struct tc_number *number_out,
                  struct tc_error *err)
{
    struct reader r = {
        .arena = a, .text = text, .param = param, .nparam = nparam, .loc = loc, .err = err};
    struct value v;

    if (!expression(&r, &v))
        return false;
    if (v.kind != RATIONAL)
        return fail(&r, 0, TC_ESPEC,
                    "'%.100s' is irrational, wanted a rational value "
                    "(put it under ceil, floor or round)",
                    text);
    if (!v.poly) /* neither polynomial nor integer */
        v.poly = tc_poly_mpq(a, v.q);
    number_out->text = tc_strdup(a, text);
    number_out->value = v.q;
    number_out->poly = v.poly;
    return true;
}

bool tc_expr_scale(struct tc_arena *a, const char *text, const struct tc_param *param,
                   unsigned nparam, struct tc_loc loc, struct tc_scale *s, struct tc_error *err)
{
    struct reader r = {
        .arena = a, .text = text, .param = param, .nparam = nparam, .loc = loc, .err = err};
    struct value v;

    if (!expression(&r, &v))
        return false;
    if (v.kind == LOG)
        return fail(&r, 0, TC_ESPEC,
                    "'%.100s' is irrational, wanted a rational value or a rational times a root",
                    text);
    if (!mpq_sgn(v.q))
        return fail(&r, 0, TC_ESPEC, "a scale of 0, wanted another number");
    s->text = tc_strdup(a, text);
    s->multiply = tc_mpq(a);
    s->divide = tc_mpq(a);
    s->root = v.kind == ROOT;
    mpz_set(mpq_numref(s->multiply), mpq_numref(v.q));
    mpz_set(mpq_numref(s->divide), mpq_denref(v.q));
    if (s->root) { /* sqrt(u / w) = u / sqrt(u w) */
        mpz_mul(mpq_numref(s->divide), mpq_numref(v.q), mpq_denref(v.q));
        if (v.sign < 0)
            mpq_neg(s->multiply, s->multiply);
    }
    return true;
}

bool tc_expr_is_function(const char *s)
{
    for (int f = 0; f < NFUNCTION; f++)
        if (!strcmp(s, functions[f]))
            return true;
    return false;
}
