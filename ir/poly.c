/* poly.c -- exact symbolic counts
 *
 * A polynomial is an array of monomials, no two alike, none zero, in graded
 * lexicographic order: total degree first, then the exponents name by name in
 * alphabetical order, larger first.  That makes equality a comparison of
 * arrays, and text a function of the value.
 *
 * Results own everything that they point to, names too, so a polynomial in one
 * arena may outlive its operands in another.
 *
 * The reader faces text from outside: depth, exponents, terms and digits are
 * bounded, so that a short text cannot ask for a huge polynomial. */
#include "ir.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct mono {
    mpq_ptr coef; /* never 0 */
    int degree;   /* sum of exponents */
    unsigned n;
    struct tc_power *power; /* by name, ascending */
};

struct tc_poly {
    unsigned n;
    struct mono *mono;
};

static int mono_order(const struct mono *a, const struct mono *b)
{
    unsigned i = 0, j = 0;

    if (a->degree != b->degree)
        return a->degree > b->degree ? -1 : 1;
    while (i < a->n || j < b->n) {
        int c = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->power[i].name, b->power[j].name);
        int ea = c <= 0 ? a->power[i].exp : 0;
        int eb = c >= 0 ? b->power[j].exp : 0;

        if (ea != eb)
            return ea > eb ? -1 : 1;
        i += c <= 0;
        j += c >= 0;
    }
    return 0;
}

static int mono_compare(const void *a, const void *b)
{
    return mono_order(a, b);
}

/* Sorts monomials of the arena, adds like ones, drops zeros.  The coefficients
 * must belong to nobody else. */
static const struct tc_poly *finish(struct tc_arena *a, struct mono *m, size_t n)
{
    struct tc_poly *p = tc_alloc(a, 1, sizeof *p);
    size_t out = 0;

    if (n > 1)
        qsort(m, n, sizeof *m, mono_compare);
    for (size_t i = 0; i < n;) {
        size_t first = i++;

        for (; i < n && mono_order(&m[first], &m[i]) == 0; i++)
            mpq_add(m[first].coef, m[first].coef, m[i].coef);
        if (mpq_sgn(m[first].coef))
            m[out++] = m[first];
    }
    assert(out <= UINT_MAX);
    p->n = (unsigned)out;
    p->mono = m;
    return p;
}

static struct mono mono_copy(struct tc_arena *a, const struct mono *m)
{
    struct mono r = *m;

    r.coef = tc_mpq(a);
    mpq_set(r.coef, m->coef);
    r.power = tc_alloc(a, m->n, sizeof *r.power);
    for (unsigned i = 0; i < m->n; i++) {
        r.power[i].name = tc_strdup(a, m->power[i].name);
        r.power[i].exp = m->power[i].exp;
    }
    return r;
}

/* x * y, or x / y with sign -1 */
static struct mono mono_mul(struct tc_arena *a, const struct mono *x, const struct mono *y,
                            int sign)
{
    struct mono r = {.coef = tc_mpq(a), .power = tc_alloc(a, x->n + y->n, sizeof *r.power)};
    unsigned i = 0, j = 0;

    if (sign > 0)
        mpq_mul(r.coef, x->coef, y->coef);
    else
        mpq_div(r.coef, x->coef, y->coef);
    while (i < x->n || j < y->n) {
        int c = i == x->n ? 1 : j == y->n ? -1 : strcmp(x->power[i].name, y->power[j].name);
        const char *name = c <= 0 ? x->power[i].name : y->power[j].name;
        int exp = c <= 0 ? x->power[i].exp : 0;
        bool fits = c < 0 || !__builtin_add_overflow(exp, sign * y->power[j].exp, &exp);

        assert(fits);
        (void)fits;
        if (exp) {
            r.power[r.n].name = tc_strdup(a, name);
            r.power[r.n++].exp = exp;
            r.degree += exp;
        }
        i += c <= 0;
        j += c >= 0;
    }
    return r;
}

const struct tc_poly *tc_poly_mpq(struct tc_arena *a, mpq_srcptr v)
{
    struct mono *m = tc_alloc(a, 1, sizeof *m);

    m->coef = tc_mpq(a);
    mpq_set(m->coef, v);
    return finish(a, m, 1);
}

const struct tc_poly *tc_poly_mpz(struct tc_arena *a, mpz_srcptr v)
{
    struct mono *m = tc_alloc(a, 1, sizeof *m);

    m->coef = tc_mpq(a);
    mpq_set_z(m->coef, v);
    return finish(a, m, 1);
}

const struct tc_poly *tc_poly_int(struct tc_arena *a, int64_t v)
{
    return tc_poly_mpz(a, tc_mpz_si(a, v));
}

const struct tc_poly *tc_poly_symbol(struct tc_arena *a, const char *name)
{
    struct mono *m = tc_alloc(a, 1, sizeof *m);

    assert(*name);
    m->coef = tc_mpq(a);
    mpq_set_ui(m->coef, 1, 1);
    m->degree = 1;
    m->n = 1;
    m->power = tc_alloc(a, 1, sizeof *m->power);
    m->power->name = tc_strdup(a, name);
    m->power->exp = 1;
    return finish(a, m, 1);
}

static const struct tc_poly *add(struct tc_arena *a, const struct tc_poly *x,
                                 const struct tc_poly *y, bool negate)
{
    struct mono *m = tc_alloc(a, (size_t)x->n + y->n, sizeof *m);

    for (unsigned i = 0; i < x->n; i++)
        m[i] = mono_copy(a, &x->mono[i]);
    for (unsigned i = 0; i < y->n; i++) {
        m[x->n + i] = mono_copy(a, &y->mono[i]);
        if (negate)
            mpq_neg(m[x->n + i].coef, m[x->n + i].coef);
    }
    return finish(a, m, (size_t)x->n + y->n);
}

const struct tc_poly *tc_poly_add(struct tc_arena *a, const struct tc_poly *x,
                                  const struct tc_poly *y)
{
    return add(a, x, y, false);
}

const struct tc_poly *tc_poly_sub(struct tc_arena *a, const struct tc_poly *x,
                                  const struct tc_poly *y)
{
    return add(a, x, y, true);
}

const struct tc_poly *tc_poly_mul(struct tc_arena *a, const struct tc_poly *x,
                                  const struct tc_poly *y)
{
    struct mono *m = tc_alloc(a, (size_t)x->n * y->n, sizeof *m);

    for (unsigned i = 0; i < x->n; i++)
        for (unsigned j = 0; j < y->n; j++)
            m[(size_t)i * y->n + j] = mono_mul(a, &x->mono[i], &y->mono[j], 1);
    return finish(a, m, (size_t)x->n * y->n);
}

const struct tc_poly *tc_poly_div(struct tc_arena *a, const struct tc_poly *x,
                                  const struct tc_poly *y)
{
    struct mono *m;

    if (y->n != 1)
        return NULL;
    m = tc_alloc(a, x->n, sizeof *m);
    for (unsigned i = 0; i < x->n; i++)
        m[i] = mono_mul(a, &x->mono[i], y->mono, -1);
    return finish(a, m, x->n);
}

/* B_0 .. B_k with B_1 = -1/2: sum over j <= m of C(m + 1, j) B_j = 0 for m > 0 */
static mpq_ptr *bernoulli(struct tc_arena *a, unsigned k)
{
    mpq_ptr *b = tc_alloc(a, (size_t)k + 1, sizeof *b), t = tc_mpq(a);
    mpz_ptr c = tc_mpz(a);

    for (unsigned m = 0; m <= k; m++) {
        b[m] = tc_mpq(a);
        if (m == 0) {
            mpq_set_ui(b[m], 1, 1);
            continue;
        }
        for (unsigned j = 0; j < m; j++) {
            mpz_bin_uiui(c, m + 1, j);
            mpq_set_z(t, c);
            mpq_mul(t, t, b[j]);
            mpq_sub(b[m], b[m], t);
        }
        mpq_set_ui(t, m + 1, 1);
        mpq_div(b[m], b[m], t);
    }
    return b;
}

const struct tc_poly *tc_poly_sum(struct tc_arena *a, const struct tc_poly *p, const char *x,
                                  const struct tc_poly *upto)
{
    const struct tc_poly *sum = tc_poly_int(a, 0), **pow;
    struct tc_poly part;
    unsigned most = 0;
    mpq_ptr *b, c = tc_mpq(a), t = tc_mpq(a);
    mpz_ptr z = tc_mpz(a);

    for (unsigned i = 0; i < p->n; i++)
        for (unsigned j = 0; j < p->mono[i].n; j++)
            if (!strcmp(p->mono[i].power[j].name, x)) {
                assert(p->mono[i].power[j].exp > 0);
                if ((unsigned)p->mono[i].power[j].exp > most)
                    most = (unsigned)p->mono[i].power[j].exp;
            }
    b = bernoulli(a, most);
    pow = tc_alloc(a, (size_t)most + 2, sizeof(struct tc_poly *));
    pow[0] = tc_poly_int(a, 1);
    for (unsigned e = 1; e <= most + 1; e++)
        pow[e] = tc_poly_mul(a, pow[e - 1], upto);
    for (unsigned i = 0; i < p->n; i++) {
        struct mono rest = mono_copy(a, &p->mono[i]);
        const struct tc_poly *s = tc_poly_int(a, 0);
        unsigned k = 0, n = 0;

        for (unsigned j = 0; j < rest.n; j++)
            if (!strcmp(rest.power[j].name, x))
                k = (unsigned)rest.power[j].exp;
            else
                rest.power[n++] = rest.power[j];
        rest.n = n;
        rest.degree -= (int)k;
        /* sum of x^k below N = 1/(k+1) * sum over j of C(k+1, j) B_j N^(k+1-j) */
        for (unsigned j = 0; j <= k; j++) {
            mpz_bin_uiui(z, k + 1, j);
            mpq_set_z(c, z);
            mpq_mul(c, c, b[j]);
            mpq_set_ui(t, k + 1, 1);
            mpq_div(c, c, t);
            s = tc_poly_add(a, s, tc_poly_mul(a, tc_poly_mpq(a, c), pow[k + 1 - j]));
        }
        part.n = 1;
        part.mono = &rest;
        sum = tc_poly_add(a, sum, tc_poly_mul(a, &part, s));
    }
    return sum;
}

bool tc_poly_is_const(const struct tc_poly *p, mpq_ptr value)
{
    if (p->n > 1 || (p->n == 1 && p->mono->n > 0))
        return false;
    if (value) {
        if (p->n)
            mpq_set(value, p->mono->coef);
        else
            mpq_set_ui(value, 0, 1);
    }
    return true;
}

bool tc_poly_equal(const struct tc_poly *x, const struct tc_poly *y)
{
    if (x->n != y->n)
        return false;
    for (unsigned i = 0; i < x->n; i++)
        if (mono_order(&x->mono[i], &y->mono[i]) || !mpq_equal(x->mono[i].coef, y->mono[i].coef))
            return false;
    return true;
}

bool tc_poly_eval(const struct tc_poly *p, tc_symbol_value *look, void *ctx, mpq_ptr value)
{
    mpq_t sum, t, q;
    mpz_t z;
    bool ok = true;

    mpq_inits(sum, t, q, (mpq_ptr)NULL);
    mpz_init(z);
    for (unsigned i = 0; ok && i < p->n; i++) {
        const struct mono *m = &p->mono[i];

        mpq_set(t, m->coef);
        for (unsigned j = 0; ok && j < m->n; j++) {
            int e = m->power[j].exp;

            ok = look(ctx, m->power[j].name, z) && (e > 0 || mpz_sgn(z));
            if (!ok)
                break;
            mpz_pow_ui(z, z, (unsigned long)(e < 0 ? -(long)e : e));
            mpq_set_z(q, z);
            if (e > 0)
                mpq_mul(t, t, q);
            else
                mpq_div(t, t, q);
        }
        mpq_add(sum, sum, t);
    }
    if (ok)
        mpq_set(value, sum);
    mpq_clears(sum, t, q, (mpq_ptr)NULL);
    mpz_clear(z);
    return ok;
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void tc_poly_symbols(const struct tc_poly *p, void (*fn)(void *ctx, const char *name), void *ctx)
{
    size_t n = 0, i = 0;
    const char **name;

    for (unsigned m = 0; m < p->n; m++)
        n += p->mono[m].n;
    name = tc_xcalloc(n, sizeof *name);
    for (unsigned m = 0; m < p->n; m++)
        for (unsigned j = 0; j < p->mono[m].n; j++)
            name[i++] = p->mono[m].power[j].name;
    qsort(name, n, sizeof *name, name_compare);
    for (i = 0; i < n; i++)
        if (i == 0 || strcmp(name[i - 1], name[i]))
            fn(ctx, name[i]);
    free(name);
}

void tc_poly_terms(const struct tc_poly *p,
                   void (*fn)(void *ctx, mpq_srcptr coef, unsigned n, const struct tc_power *),
                   void *ctx)
{
    for (unsigned i = 0; i < p->n; i++)
        fn(ctx, p->mono[i].coef, p->mono[i].n, p->mono[i].power);
}

/* as written: higher powers first, so that n^2*d reads as people write it */
static int power_compare(const void *a, const void *b)
{
    const struct tc_power *x = a, *y = b;

    if (x->exp != y->exp)
        return x->exp > y->exp ? -1 : 1;
    return strcmp(x->name, y->name);
}

char *tc_poly_text(struct tc_arena *a, const struct tc_poly *p)
{
    char *text = NULL, *kept;
    size_t size = 0;
    mpq_t c;
    FILE *f;

    if (!p->n)
        return tc_strdup(a, "0");
    f = open_memstream(&text, &size);
    if (!f)
        return tc_strdup(a, "?"); /* unreachable while memory lasts */
    mpq_init(c);
    for (unsigned i = 0; i < p->n; i++) {
        const struct mono *m = &p->mono[i];
        struct tc_power *order = tc_xcalloc(m->n, sizeof *order);
        bool one;

        if (m->n)
            memcpy(order, m->power, m->n * sizeof *order);
        qsort(order, m->n, sizeof *order, power_compare);
        mpq_abs(c, m->coef);
        if (i)
            fputs(mpq_sgn(m->coef) < 0 ? " - " : " + ", f);
        else if (mpq_sgn(m->coef) < 0)
            fputc('-', f);
        one = m->n && mpq_cmp_ui(c, 1, 1) == 0;
        if (!one) {
            char *digits = mpq_get_str(NULL, 10, c);

            fputs(digits, f);
            free(digits);
        }
        for (unsigned j = 0; j < m->n; j++) {
            fprintf(f, "%s%s", one && j == 0 ? "" : "*", order[j].name);
            if (order[j].exp != 1)
                fprintf(f, "^%d", order[j].exp);
        }
        free(order);
    }
    mpq_clear(c);
    fclose(f);
    kept = tc_strdup(a, text);
    free(text);
    return kept;
}

/* the reader */

enum {
    MAX_TEXT = 1 << 16,  /* bytes */
    MAX_DEPTH = 64,      /* parentheses within parentheses */
    MAX_DIGITS = 1000,   /* of one number */
    MAX_EXPONENT = 1000, /* of one name in one monomial */
    MAX_TERMS = 4096,    /* of a polynomial, also on the way */
    MAX_BITS = 1 << 12,  /* of a coefficient, numerator and denominator together */
    MAX_WORK = 1 << 20,  /* monomials made in all */
};

struct reader {
    struct tc_arena *arena;
    const char *text;
    size_t pos;
    unsigned depth;
    uint64_t work;
    struct tc_loc loc;
    struct tc_error *err;
};

__attribute__((format(printf, 3, 4))) static const struct tc_poly *
fail(struct reader *r, enum tc_errkind kind, const char *fmt, ...)
{
    struct tc_loc loc = r->loc;
    char msg[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    if (loc.col)
        loc.col += (unsigned)r->pos;
    tc_fail(r->err, kind, loc, "polynomial, character %zu: %s", r->pos + 1, msg);
    return NULL;
}

static const struct tc_poly *expected(struct reader *r, const char *wanted)
{
    unsigned char c = (unsigned char)r->text[r->pos];

    if (!c)
        return fail(r, TC_EFORMAT, "found the end, wanted %s", wanted);
    if (c < 0x20 || c == 0x7f)
        return fail(r, TC_EFORMAT, "found byte 0x%02x, wanted %s", c, wanted);
    return fail(r, TC_EFORMAT, "found \"%.24s\", wanted %s", r->text + r->pos, wanted);
}

static char peek(struct reader *r)
{
    while (r->text[r->pos] == ' ' || r->text[r->pos] == '\t')
        r->pos++;
    return r->text[r->pos];
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool name_start(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool name_rest(char c)
{
    return name_start(c) || digit(c) || c == '.' || c == '\'' || c == '"';
}

/* accounts for n more monomials */
static bool afford(struct reader *r, uint64_t n)
{
    r->work += n;
    if (r->work <= MAX_WORK)
        return true;
    fail(r, TC_ELIMIT, "expanding it takes more than %d terms", MAX_WORK);
    return false;
}

/* p, if it keeps within the reader's bounds */
static const struct tc_poly *bounded(struct reader *r, const struct tc_poly *p)
{
    if (p->n > MAX_TERMS)
        return fail(r, TC_ELIMIT, "more than %d terms", MAX_TERMS);
    for (unsigned i = 0; i < p->n; i++) {
        const struct mono *m = &p->mono[i];

        if (mpz_sizeinbase(mpq_numref(m->coef), 2) + mpz_sizeinbase(mpq_denref(m->coef), 2) >
            MAX_BITS)
            return fail(r, TC_ELIMIT, "a coefficient of more than %d bits", MAX_BITS);
        for (unsigned j = 0; j < m->n; j++)
            if (abs(m->power[j].exp) > MAX_EXPONENT)
                return fail(r, TC_ELIMIT, "an exponent above %d", MAX_EXPONENT);
    }
    return p;
}

static const struct tc_poly *multiply(struct reader *r, const struct tc_poly *x,
                                      const struct tc_poly *y)
{
    if (!afford(r, (uint64_t)x->n * y->n))
        return NULL;
    return bounded(r, tc_poly_mul(r->arena, x, y));
}

static const struct tc_poly *read_sum(struct reader *r);

static const struct tc_poly *read_number(struct reader *r)
{
    size_t start = r->pos, n;
    const struct tc_poly *p;
    char *digits;
    mpz_t z;

    while (digit(r->text[r->pos]))
        r->pos++;
    n = r->pos - start;
    if (n > MAX_DIGITS) {
        r->pos = start;
        return fail(r, TC_ELIMIT, "a number of %zu digits, at most %d are read", n, MAX_DIGITS);
    }
    if (name_rest(r->text[r->pos]))
        return expected(r, "an operator after a number");
    digits = tc_xcalloc(n + 1, 1);
    memcpy(digits, r->text + start, n);
    mpz_init_set_str(z, digits, 10);
    p = tc_poly_mpz(r->arena, z);
    mpz_clear(z);
    free(digits);
    return p;
}

static const struct tc_poly *read_name(struct reader *r)
{
    size_t start = r->pos;
    const struct tc_poly *p;
    unsigned open = 0;
    char *name;

    while (name_rest(r->text[r->pos]))
        r->pos++;
    if (r->text[r->pos] == '(')
        do {
            unsigned char c = (unsigned char)r->text[r->pos];

            if (c < 0x20 || c == 0x7f)
                return expected(r, "\")\" that ends the name");
            open += c == '(';
            open -= c == ')';
            r->pos++;
        } while (open);
    name = tc_xcalloc(r->pos - start + 1, 1);
    memcpy(name, r->text + start, r->pos - start);
    p = tc_poly_symbol(r->arena, name);
    free(name);
    return p;
}

static const struct tc_poly *read_atom(struct reader *r)
{
    char c = peek(r);
    const struct tc_poly *p;

    if (digit(c))
        return read_number(r);
    if (name_start(c))
        return read_name(r);
    if (c != '(')
        return expected(r, "a number, a name or \"(\"");
    if (r->depth == MAX_DEPTH)
        return fail(r, TC_ELIMIT, "more than %d parentheses within each other", MAX_DEPTH);
    r->pos++;
    r->depth++;
    p = read_sum(r);
    r->depth--;
    if (!p)
        return NULL;
    if (peek(r) != ')')
        return expected(r, "\")\" or an operator");
    r->pos++;
    return p;
}

static const struct tc_poly *read_power(struct reader *r)
{
    const struct tc_poly *base = read_atom(r), *p;
    bool negative = false;
    size_t start;
    int exp = 0;

    if (!base || peek(r) != '^')
        return base;
    r->pos++;
    if (peek(r) == '-') {
        negative = true;
        r->pos++;
    }
    if (!digit(peek(r)))
        return expected(r, "an integer exponent");
    start = r->pos;
    for (; digit(r->text[r->pos]); r->pos++)
        if (exp <= MAX_EXPONENT)
            exp = exp * 10 + (r->text[r->pos] - '0');
    if (name_rest(r->text[r->pos]))
        return expected(r, "an operator after an exponent");
    if (exp > MAX_EXPONENT) {
        r->pos = start;
        return fail(r, TC_ELIMIT, "an exponent above %d", MAX_EXPONENT);
    }
    if (negative && base->n != 1) {
        r->pos = start;
        return fail(r, TC_EFORMAT, "a negative power of what is not one nonzero monomial");
    }
    p = tc_poly_int(r->arena, 1);
    for (int i = 0; i < exp && p; i++)
        p = multiply(r, p, base);
    return p && negative ? tc_poly_div(r->arena, tc_poly_int(r->arena, 1), p) : p;
}

static const struct tc_poly *read_product(struct reader *r)
{
    const struct tc_poly *p = read_power(r), *q;

    while (p && (peek(r) == '*' || peek(r) == '/')) {
        bool divide = r->text[r->pos++] == '/';
        size_t start;

        peek(r);
        start = r->pos;
        q = read_power(r);
        if (!q)
            return NULL;
        if (!divide) {
            p = multiply(r, p, q);
            continue;
        }
        if (q->n != 1) {
            r->pos = start;
            return fail(r, TC_EFORMAT,
                        q->n ? "a divisor of %u terms, wanted one monomial"
                             : "a divisor that is zero (%u terms)",
                        q->n);
        }
        p = bounded(r, tc_poly_div(r->arena, p, q));
    }
    return p;
}

/* collects terms and merges them now and then, so that a long sum takes time
 * and memory in proportion to its text */
static const struct tc_poly *read_sum(struct reader *r)
{
    const struct tc_poly *sum = NULL, *p;
    struct mono *m = NULL;
    size_t n = 0, room = 0;
    char c = peek(r);

    if (c == '+' || c == '-')
        r->pos++;
    for (;;) {
        bool negate = c == '-';

        p = read_product(r);
        if (!p || !afford(r, p->n))
            break;
        c = peek(r);
        if (!n && !negate && c != '+' && c != '-') {
            sum = p;
            break;
        }
        if (n + p->n > room) {
            room = 2 * (n + p->n);
            m = tc_xrealloc(m, room, sizeof *m);
        }
        for (unsigned i = 0; i < p->n; i++, n++) {
            m[n] = mono_copy(r->arena, &p->mono[i]);
            if (negate)
                mpq_neg(m[n].coef, m[n].coef);
        }
        if (c != '+' && c != '-') {
            sum = finish(r->arena, m, n);
            break;
        }
        r->pos++;
        if (n > 2 * MAX_TERMS) {
            p = bounded(r, finish(r->arena, m, n));
            if (!p)
                break;
            n = p->n;
        }
    }
    if (sum && m) { /* the array, too, belongs to the arena */
        struct tc_poly *own = tc_alloc(r->arena, 1, sizeof *own);

        own->n = sum->n;
        own->mono = tc_alloc(r->arena, sum->n, sizeof *own->mono);
        if (sum->n)
            memcpy(own->mono, sum->mono, sum->n * sizeof *m);
        sum = own;
    }
    free(m);
    return sum ? bounded(r, sum) : NULL;
}

const struct tc_poly *tc_poly_read(struct tc_arena *a, const char *text, struct tc_loc loc,
                                   struct tc_error *err)
{
    struct reader r = {.text = text, .loc = loc, .err = err};
    const struct tc_poly *p;

    if (strnlen(text, MAX_TEXT + 1) > MAX_TEXT)
        return fail(&r, TC_ELIMIT, "more than %d bytes", MAX_TEXT);
    r.arena = tc_arena_new();
    p = read_sum(&r);
    if (p && peek(&r))
        p = expected(&r, "an operator or the end");
    if (p)
        p = add(a, tc_poly_int(a, 0), p, false);
    tc_arena_free(r.arena);
    return p;
}
