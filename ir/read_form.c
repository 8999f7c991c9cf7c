/* read_form.c -- formulas from text: indices, affine expressions, forms */
#include "read.h"

#include <stdlib.h>
#include <string.h>

/* room for one more in an array that began as NULL; old copies stay in the arena */
void *tc_grow(struct tc_arena *a, void *array, unsigned n, size_t size)
{
    void *larger;

    if (n & (n - 1)) /* full at 0, 1, 2, 4, 8, ... */
        return array;
    larger = tc_alloc(a, n ? 2 * (size_t)n : 1, size);
    if (n)
        memcpy(larger, array, n * size);
    return larger;
}

static bool next(struct tc_reader *r)
{
    return tc_lex_next(&r->lex);
}

bool tc_take(struct tc_reader *r, char sign, const char *wanted)
{
    return tc_lex_is(&r->lex, sign) ? next(r) : tc_lex_wanted(&r->lex, "%s", wanted);
}

/* a name that need not mean anything yet */
bool tc_take_name(struct tc_reader *r, const char *wanted, const char **name, struct tc_loc *loc)
{
    *name = r->lex.kind == TC_TOKEN_NAME ? r->lex.name : "";
    *loc = r->lex.loc;
    return **name ? next(r) : tc_lex_wanted(&r->lex, "%s", wanted);
}

/* digits with or without a minus */
bool tc_take_integer(struct tc_reader *r, mpz_ptr v)
{
    bool negative = tc_lex_is(&r->lex, '-');

    if (negative && !next(r))
        return false;
    if (!tc_lex_integer(&r->lex, v))
        return false;
    if (negative)
        mpz_neg(v, v);
    return next(r);
}

/* as above, into a machine word of at most 61 bits */
bool tc_take_small(struct tc_reader *r, int64_t *v)
{
    struct tc_loc loc = r->lex.loc;
    mpz_ptr z = tc_mpz(r->scratch);

    if (!tc_take_integer(r, z))
        return false;
    if (!tc_mpz_fits_i64(z) || mpz_sizeinbase(z, 2) > 61)
        return tc_fail(r->err, TC_ELIMIT, loc, "an integer here has at most 61 bits");
    *v = tc_mpz_get_i64(z);
    return true;
}

/* ---------------------------------------------------------- indices, sizes */

static bool symbol_value(void *ctx, const char *name, mpz_ptr value)
{
    const struct tc_reader *r = ctx;
    uint32_t k = tc_names_find(&r->symbols, name);

    if (k == UINT32_MAX)
        return false;
    mpz_set(value, k < r->f->nparam ? r->f->param[k].value : r->f->symbol[k - r->f->nparam].value);
    return true;
}

struct missing {
    const struct tc_reader *r;
    const char *name;
};

static void find_missing(void *ctx, const char *name)
{
    struct missing *m = ctx;

    if (!m->name && tc_names_find(&m->r->symbols, name) == UINT32_MAX)
        m->name = tc_strdup(m->r->scratch, name);
}

static bool size_value(struct tc_reader *r, const char *text, const struct tc_poly *p,
                       struct tc_loc loc, int64_t *extent)
{
    mpq_ptr v = tc_mpq(r->scratch);

    *extent = 0;
    if (!tc_poly_eval(p, symbol_value, r, v)) {
        struct missing m = {r, NULL};

        tc_poly_symbols(p, find_missing, &m);
        return tc_fail(r->err, TC_EFORMAT, loc,
                       m.name ? "size %s names '%s', wanted a param or symbol"
                              : "size %s has no value",
                       text, m.name);
    }
    if (mpz_cmp_ui(mpq_denref(v), 1) != 0 || mpq_sgn(v) <= 0)
        return tc_fail(r->err, TC_EFORMAT, loc, "size %s is %s, wanted a positive integer", text,
                       mpq_sgn(v) <= 0 ? "not positive" : "no integer");
    if (mpz_sizeinbase(mpq_numref(v), 2) > 61)
        return tc_fail(r->err, TC_ELIMIT, loc, "size %s has more than 61 bits", text);
    *extent = tc_mpz_get_i64(mpq_numref(v));
    return true;
}

/* NAME < SIZE, where the size ends at a comma or a closing bracket */
bool tc_read_bound(struct tc_reader *r, const struct tc_index **ix)
{
    const struct tc_poly *p;
    const char *name, *text;
    struct tc_loc loc, size_loc;
    int64_t extent;
    size_t n;

    if (!tc_take_name(r, "the name of an index", &name, &loc))
        return false;
    for (unsigned k = 0; k < r->nscope; k++)
        if (strcmp(r->scope[k].name, name) == 0)
            return tc_fail(r->err, TC_EFORMAT, loc, "index %s is bound already", name);
    if (r->nscope == TC_MOST_SCOPE)
        return tc_fail(r->err, TC_ELIMIT, loc, "more than %d indices", TC_MOST_SCOPE);
    if (!tc_lex_is(&r->lex, '<'))
        return tc_lex_wanted(&r->lex, "'<' and the size of index %s", name);
    if (!tc_lex_raw(&r->lex, ",;|]}", &text, &size_loc))
        return false;
    while (*text == ' ' || *text == '\t') {
        text++;
        size_loc.col++;
    }
    for (n = strlen(text); n && (text[n - 1] == ' ' || text[n - 1] == '\t'); n--)
        ;
    text = tc_sprintf(r->scratch, "%.*s", n > (1u << 16) ? 1 << 16 : (int)n, text);
    p = tc_poly_read(r->f->arena, text, size_loc, r->err);
    if (!p || !size_value(r, text, p, size_loc, &extent))
        return false;
    *ix = tc_index_new(r->f, name, extent, p);
    r->scope[r->nscope].name = name;
    r->scope[r->nscope++].ix = *ix;
    return true;
}

/* ------------------------------------------------------ affine expressions */

struct linear {
    unsigned n;
    struct tc_affine_part part[TC_MOST_SCOPE];
    int64_t constant;
    const struct tc_table *via;
    struct tc_affine arg;
};

static bool add_part(struct tc_reader *r, struct linear *x, const struct tc_index *ix, int64_t coef,
                     struct tc_loc loc)
{
    int64_t *to = &x->constant;

    if (ix) {
        unsigned k = 0;

        while (k < x->n && x->part[k].ix != ix)
            k++;
        if (k == x->n)
            x->part[x->n++] = (struct tc_affine_part){ix, 0};
        to = &x->part[k].coef;
    }
    if (__builtin_add_overflow(*to, coef, to))
        return tc_fail(r->err, TC_ELIMIT, loc, "a coefficient has more than 63 bits");
    return true;
}

static struct tc_affine affine_of(struct tc_reader *r, const struct linear *x)
{
    struct tc_affine a = {0, NULL, x->constant};

    a.part = tc_alloc(r->f->arena, x->n ? x->n : 1, sizeof *a.part);
    for (unsigned k = 0; k < x->n; k++)
        if (x->part[k].coef)
            a.part[a.n++] = x->part[k];
    return a;
}

static bool read_linear(struct tc_reader *r, struct linear *x, int sign, bool tables);

static const struct tc_table *find_table(struct tc_reader *r, const char *name, struct tc_loc loc)
{
    uint32_t k = tc_names_find(&r->tables, name);

    if (k != UINT32_MAX)
        return r->f->table[k];
    tc_fail(r->err, TC_EFORMAT, loc, "no table is named %s", name);
    return NULL;
}

/* an index, or a table of an expression that has none itself */
static bool read_part(struct tc_reader *r, struct linear *x, int64_t coef, bool tables)
{
    struct linear arg = {0};
    struct tc_loc loc;
    const char *name;

    if (!tc_take_name(r, "an index, a number or a table", &name, &loc))
        return false;
    if (!tc_lex_is(&r->lex, '(')) {
        for (unsigned k = r->nscope; k-- > 0;)
            if (strcmp(r->scope[k].name, name) == 0)
                return add_part(r, x, r->scope[k].ix, coef, loc);
        return tc_fail(r->err, TC_EFORMAT, loc, "index %s is not bound here", name);
    }
    if (!tables)
        return tc_fail(r->err, TC_EFORMAT, loc, "a table inside a table's argument");
    if (x->via)
        return tc_fail(r->err, TC_EFORMAT, loc, "a second table in one expression");
    if (coef != 1)
        return tc_fail(r->err, TC_EFORMAT, loc,
                       "a table is subtracted or multiplied; it can only be added");
    x->via = find_table(r, name, loc);
    if (!x->via || !next(r) || !read_linear(r, &arg, 1, false) ||
        !tc_take(r, ')', "')' after a table's argument"))
        return false;
    x->arg = affine_of(r, &arg);
    return true;
}

/* summands, each times sign, added to x */
static bool read_linear(struct tc_reader *r, struct linear *x, int sign, bool tables)
{
    for (bool first = true;; first = false) {
        struct tc_loc loc = r->lex.loc;
        int64_t coef = sign;

        if (tc_lex_is(&r->lex, '-'))
            coef = -coef;
        else if (!first && !tc_lex_is(&r->lex, '+'))
            return true;
        if ((tc_lex_is(&r->lex, '-') || (!first && tc_lex_is(&r->lex, '+'))) && !next(r))
            return false;
        if (r->lex.kind == TC_TOKEN_INTEGER) {
            int64_t v;

            loc = r->lex.loc;
            if (!tc_take_small(r, &v))
                return false;
            coef *= v;
            if (!tc_lex_is(&r->lex, '*')) {
                if (!add_part(r, x, NULL, coef, loc))
                    return false;
                continue;
            }
            if (!next(r))
                return false;
        }
        if (!read_part(r, x, coef, tables))
            return false;
    }
}

static bool read_axis(struct tc_reader *r, struct tc_axis *axis)
{
    struct linear x = {0};

    if (!read_linear(r, &x, 1, true))
        return false;
    *axis = (struct tc_axis){affine_of(r, &x), x.via, x.arg};
    return true;
}

/* LESSER <= GREATER and its like become GREATER - LESSER >= 0 */
static bool read_guard(struct tc_reader *r, struct tc_guard *g)
{
    struct tc_loc loc = r->lex.loc;
    struct tc_lexer start = r->lex;
    struct linear x = {0};
    bool strict, reversed;

    /* which side is the greater is known only behind the first: read it twice */
    if (!read_linear(r, &x, 1, true))
        return false;
    strict = tc_lex_is(&r->lex, '<') || tc_lex_is(&r->lex, '>');
    reversed = tc_lex_is(&r->lex, '>') || r->lex.kind == TC_TOKEN_GE;
    if (!strict && !reversed && r->lex.kind != TC_TOKEN_LE)
        return tc_lex_wanted(&r->lex, "'<=', '<', '>=' or '>' in a guard");
    r->lex = start;
    x = (struct linear){0};
    if (!read_linear(r, &x, reversed ? 1 : -1, true) || !next(r) ||
        !read_linear(r, &x, reversed ? -1 : 1, true))
        return false;
    if (strict && !add_part(r, &x, NULL, -1, loc))
        return false;
    g->expr = (struct tc_axis){affine_of(r, &x), x.via, x.arg};
    return true;
}

/* behind '|', separated by commas */
bool tc_read_guards(struct tc_reader *r, unsigned *n, struct tc_guard **guard)
{
    do {
        if (!next(r))
            return false;
        if (*n == TC_MOST_GUARDS)
            return tc_fail(r->err, TC_ELIMIT, r->lex.loc, "more than %d guards", TC_MOST_GUARDS);
        *guard = tc_grow(r->f->arena, *guard, *n, sizeof **guard);
        if (!read_guard(r, &(*guard)[*n]))
            return false;
        ++*n;
    } while (tc_lex_is(&r->lex, ','));
    return true;
}

/* "w takes 2 arguments", "q has 1 axis and a chain" */
static bool wrong_access(struct tc_reader *r, char wanted, const char *name, unsigned n, bool chain,
                         bool table)
{
    const char *many = n == 1 ? "" : table ? "s" : "es";

    return tc_lex_wanted(&r->lex, "'%c': %s %s %u %s%s%s", wanted, name, table ? "takes" : "has", n,
                         table    ? "argument"
                         : n == 1 ? "axis"
                                  : "ax",
                         many, chain ? " and a chain" : "");
}

/* n axes, one more behind ';' for a chain, and the closing bracket */
static bool read_access(struct tc_reader *r, const char *name, unsigned n, bool chain, char close,
                        struct tc_axis **at)
{
    *at = tc_alloc(r->f->arena, n + 1, sizeof **at);
    for (unsigned k = 0; k < n + chain; k++) {
        char before = k == n ? ';' : ',';

        if (k > 0 || k == n) {
            if (!tc_lex_is(&r->lex, before))
                return wrong_access(r, before, name, n, chain, close == ')');
            if (!next(r))
                return false;
        }
        if (!read_axis(r, &(*at)[k]))
            return false;
    }
    if (!tc_lex_is(&r->lex, close))
        return wrong_access(r, close, name, n, chain, close == ')');
    return next(r);
}

/* ------------------------------------------------------------------- forms */

/* what a sum binds; its terms share it */
struct binding {
    unsigned nsum, nguard;
    const struct tc_index **sum;
    struct tc_guard *guard;
};

/* TABLE(...) or PLANE[...] */
static bool read_factor(struct tc_reader *r, struct tc_term *t)
{
    struct tc_loc loc;
    const char *name;

    if (!tc_take_name(r, "a number, a table or a plane", &name, &loc))
        return false;
    if (tc_lex_is(&r->lex, '(')) {
        struct tc_factor *x;

        if (t->plane)
            return tc_fail(r->err, TC_EFORMAT, loc, "found table %s, wanted it before the plane",
                           name);
        t->factor = tc_grow(r->f->arena, t->factor, t->nfactor, sizeof *t->factor);
        x = &t->factor[t->nfactor++];
        x->table = find_table(r, name, loc);
        return x->table && next(r) && read_access(r, name, x->table->rank, false, ')', &x->at);
    }
    if (tc_lex_is(&r->lex, '[')) {
        uint32_t k = tc_names_find(&r->planes, name);

        if (k == UINT32_MAX)
            return tc_fail(r->err, TC_EFORMAT, loc, "no plane before this is named %s", name);
        if (t->plane)
            return tc_fail(r->err, TC_EFORMAT, loc, "a second plane in one product");
        t->plane = k < r->f->ninput ? r->f->input[k] : &r->f->bank[k - r->f->ninput]->plane;
        return next(r) &&
               read_access(r, name, t->plane->naxis, t->plane->chain != NULL, ']', &t->at);
    }
    return tc_lex_wanted(&r->lex, "'(' if %s is a table, '[' if it is a plane", name);
}

static bool read_product(struct tc_reader *r, bool negative, const struct binding *b,
                         struct tc_form *f)
{
    mpz_ptr coef = tc_mpz_si(r->f->arena, negative ? -1 : 1);
    struct tc_loc loc = r->lex.loc;
    struct tc_term t = {
        .coef = coef, .nsum = b->nsum, .sum = b->sum, .nguard = b->nguard, .guard = b->guard};

    for (;;) {
        if (r->lex.kind == TC_TOKEN_INTEGER) {
            mpz_ptr v = tc_mpz(r->scratch);

            if (!tc_lex_integer(&r->lex, v) || !next(r))
                return false;
            mpz_mul(coef, coef, v);
        } else if (!read_factor(r, &t)) {
            return false;
        }
        if (!tc_lex_is(&r->lex, '*'))
            break;
        if (!next(r))
            return false;
    }
    if (mpz_sgn(coef) == 0) {
        if (f->nterm || t.plane || t.nfactor || b->nsum || b->nguard || tc_lex_is(&r->lex, '+') ||
            tc_lex_is(&r->lex, '-'))
            return tc_fail(r->err, TC_EFORMAT, loc, "a coefficient of 0");
        return true; /* the empty sum */
    }
    f->term = tc_grow(r->f->arena, f->term, f->nterm, sizeof *f->term);
    f->term[f->nterm++] = t;
    return true;
}

/* sum{BOUND, ... | GUARD, ...} */
static bool read_binding(struct tc_reader *r, struct binding *b)
{
    if (!next(r))
        return false;
    if (!tc_lex_is(&r->lex, '{'))
        return tc_lex_wanted(&r->lex, "'{' after sum");
    if (!next(r))
        return false;
    while (!tc_lex_is(&r->lex, '|') && !tc_lex_is(&r->lex, '}')) {
        if (b->nsum == TC_MOST_INDICES)
            return tc_fail(r->err, TC_ELIMIT, r->lex.loc, "more than %d indices in a sum",
                           TC_MOST_INDICES);
        b->sum = tc_grow(r->f->arena, b->sum, b->nsum, sizeof *b->sum);
        if (!tc_read_bound(r, &b->sum[b->nsum]))
            return false;
        b->nsum++;
        if (tc_lex_is(&r->lex, ',')) {
            if (!next(r))
                return false;
            if (r->lex.kind != TC_TOKEN_NAME)
                return tc_lex_wanted(&r->lex, "the name of an index");
        }
    }
    if (tc_lex_is(&r->lex, '|') && !tc_read_guards(r, &b->nguard, &b->guard))
        return false;
    return tc_take(r, '}', "',' or '}' in a sum");
}

static bool read_sign(struct tc_reader *r, bool *negative)
{
    bool minus = tc_lex_is(&r->lex, '-');

    *negative = *negative != minus;
    return !(minus || tc_lex_is(&r->lex, '+')) || next(r);
}

/* one product, or a sum over a product or over several in parentheses */
static bool read_summand(struct tc_reader *r, bool negative, struct tc_form *f)
{
    unsigned outer = r->nscope;
    struct binding b = {0};
    bool sign, more = true;

    if (!tc_lex_is_word(&r->lex, "sum"))
        return read_product(r, negative, &b, f);
    if (!read_binding(r, &b))
        return false;
    if (!tc_lex_is(&r->lex, '(')) {
        if (!read_product(r, negative, &b, f))
            return false;
    } else {
        if (!next(r))
            return false;
        while (more) {
            sign = negative;
            if (!read_sign(r, &sign) || !read_product(r, sign, &b, f))
                return false;
            more = tc_lex_is(&r->lex, '+') || tc_lex_is(&r->lex, '-');
        }
        if (!tc_take(r, ')', "'+', '-' or ')' in a sum"))
            return false;
    }
    r->nscope = outer;
    return true;
}

bool tc_read_form(struct tc_reader *r, struct tc_form *f)
{
    mpz_ptr lo = tc_mpz(r->f->arena), hi = tc_mpz(r->f->arena);
    bool more = true;

    *f = (struct tc_form){0, NULL, lo, hi};
    while (more) {
        bool negative = false;

        if (!read_sign(r, &negative) || !read_summand(r, negative, f))
            return false;
        more = tc_lex_is(&r->lex, '+') || tc_lex_is(&r->lex, '-');
    }
    if (!tc_lex_is_word(&r->lex, "in")) {
        tc_form_interval(f, true, lo, hi);
        return true;
    }
    return next(r) && tc_take(r, '[', "'[' and the range of the form") && tc_take_integer(r, lo) &&
           tc_take(r, ',', "',' and the upper end of the range") && tc_take_integer(r, hi) &&
           tc_take(r, ']', "']' after the range");
}
