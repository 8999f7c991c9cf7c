/* write.c -- a family as text, see FORMAT.md
 *
 * Equal families give equal bytes, and reading what was written and writing
 * it again gives the same bytes.  Hence whatever is not part of a family's
 * meaning is put in one order here: the parts of an affine expression follow
 * the order in which the bank names its indices, and indices of equal names
 * get primes in that order.
 */
#include "text.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 96 /* tables are wrapped here */

/* ------------------------------------------------------------ growing text */

static void reserve(struct tc_text *x, size_t more)
{
    if (x->n + more + 1 <= x->room)
        return;
    x->room = 2 * (x->n + more) + 64;
    x->s = tc_xrealloc(x->s, x->room, 1);
}

void tc_text_add(struct tc_text *x, const char *s, size_t n)
{
    reserve(x, n);
    memcpy(x->s + x->n, s, n);
    x->n += n;
    x->s[x->n] = '\0';
}

void tc_text_puts(struct tc_text *x, const char *s)
{
    tc_text_add(x, s, strlen(s));
}

void tc_text_printf(struct tc_text *x, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    reserve(x, (size_t)n);
    va_start(ap, fmt);
    vsnprintf(x->s + x->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    x->n += (size_t)n;
}

void tc_text_mpz(struct tc_text *x, mpz_srcptr v)
{
    reserve(x, mpz_sizeinbase(v, 10) + 2);
    mpz_get_str(x->s + x->n, 10, v);
    x->n += strlen(x->s + x->n);
}

bool tc_name_begins(unsigned char c)
{
    return isalpha(c) || c == '_' || c >= 0x80;
}

bool tc_name_goes_on(unsigned char c)
{
    return tc_name_begins(c) || isdigit(c) || c == '.' || c == '\'';
}

static void add_escaped(struct tc_text *x, const char *s, bool quoted)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '\\' || (quoted && c == '"'))
            tc_text_printf(x, "\\%c", c);
        else if (c == '\n')
            tc_text_puts(x, "\\n");
        else if (c < 0x20 || c == 0x7F)
            tc_text_printf(x, "\\x%02x", c);
        else
            tc_text_add(x, s, 1);
    }
}

void tc_text_quoted(struct tc_text *x, const char *s)
{
    tc_text_puts(x, "\"");
    add_escaped(x, s, true);
    tc_text_puts(x, "\"");
}

void tc_text_name(struct tc_text *x, const char *name)
{
    const char *p = name;

    if (tc_name_begins((unsigned char)*p))
        while (tc_name_goes_on((unsigned char)*p))
            p++;
    if (p > name && !*p) {
        tc_text_puts(x, name);
        return;
    }
    tc_text_quoted(x, name);
}

void tc_text_note(struct tc_text *x, const char *note)
{
    size_t lead, n, trail;

    if (!note || !*note)
        return;
    n = strlen(note);
    lead = strspn(note, " ");
    tc_text_puts(x, "  # ");
    for (size_t i = 0; i < lead; i++)
        tc_text_puts(x, "\\x20");
    if (lead == n)
        return;
    add_escaped(x, note + lead, false);
    for (trail = 0; x->s[x->n - 1] == ' '; trail++)
        x->s[--x->n] = '\0';
    while (trail-- > 0)
        tc_text_puts(x, "\\x20");
}

/* ---------------------------------------------------------- names in scope */

void tc_scope_add(struct tc_scope *s, const struct tc_index *ix)
{
    const char *name = ix->name;

    for (unsigned k = 0; k < s->n; k++)
        if (strcmp(s->name[k], name) == 0) {
            name = tc_sprintf(s->arena, "%s'", name);
            k = UINT32_MAX; /* the longer name from the start */
        }
    if (s->n == s->room) {
        s->room = 2 * s->room + 16;
        s->ix = tc_xrealloc(s->ix, s->room, sizeof *s->ix);
        s->name = tc_xrealloc(s->name, s->room, sizeof *s->name);
    }
    s->ix[s->n] = ix;
    s->name[s->n++] = name;
}

void tc_scope_free(struct tc_scope *s)
{
    free(s->ix);
    free(s->name);
}

/* innermost first; UINT32_MAX if the family is broken and it is not there */
static unsigned scope_find(const struct tc_scope *s, const struct tc_index *ix)
{
    for (unsigned k = s->n; k-- > 0;)
        if (s->ix[k] == ix)
            return k;
    return UINT32_MAX;
}

const char *tc_scope_name(const struct tc_scope *s, const struct tc_index *ix)
{
    unsigned k = s ? scope_find(s, ix) : UINT32_MAX;

    return k == UINT32_MAX ? ix->name : s->name[k];
}

/* ---------------------------------------------------- affine expressions */

static unsigned place(const struct tc_scope *s, const struct tc_affine *a, unsigned part)
{
    return s ? scope_find(s, a->part[part].ix) : part;
}

/* The parts of one sign, each by its absolute value, in the order of the
 * scope; lead counts the summands of the sum so far. */
static void add_parts(struct tc_text *x, const struct tc_scope *s, const struct tc_affine *a,
                      bool negative, const char *joint, unsigned *lead)
{
    unsigned last = 0;

    for (bool first = true;; first = false) {
        unsigned best = UINT32_MAX;
        uint64_t coef;

        for (unsigned k = 0; k < a->n; k++) /* few parts: selection will do */
            if ((a->part[k].coef < 0) == negative && (first || place(s, a, k) > last) &&
                (best == UINT32_MAX || place(s, a, k) < place(s, a, best)))
                best = k;
        if (best == UINT32_MAX)
            return;
        last = place(s, a, best);
        coef = (uint64_t)a->part[best].coef;
        coef = negative ? -coef : coef;
        if ((*lead)++)
            tc_text_puts(x, joint);
        else if (joint[1] == '-')
            tc_text_puts(x, "-");
        if (coef != 1)
            tc_text_printf(x, "%llu*", (unsigned long long)coef);
        tc_text_name(x, tc_scope_name(s, a->part[best].ix));
    }
}

static void add_constant(struct tc_text *x, uint64_t c, const char *joint, unsigned *lead)
{
    if ((*lead)++)
        tc_text_puts(x, joint);
    else if (joint[1] == '-')
        tc_text_puts(x, "-");
    tc_text_printf(x, "%llu", (unsigned long long)c);
}

/* positive parts, the table, a positive constant, then what is subtracted */
static void add_axis(struct tc_text *x, const struct tc_scope *s, const struct tc_affine *at,
                     const struct tc_table *via, const struct tc_affine *arg)
{
    unsigned lead = 0;

    add_parts(x, s, at, false, " + ", &lead);
    if (via) {
        if (lead++)
            tc_text_puts(x, " + ");
        tc_text_name(x, via->name);
        tc_text_puts(x, "(");
        add_axis(x, s, arg, NULL, NULL); /* once: an argument has no table */
        tc_text_puts(x, ")");
    }
    if (at->constant > 0)
        add_constant(x, (uint64_t)at->constant, " + ", &lead);
    add_parts(x, s, at, true, " - ", &lead);
    if (at->constant < 0)
        add_constant(x, -(uint64_t)at->constant, " - ", &lead);
    if (!lead)
        tc_text_puts(x, "0");
}

/* nothing negative: subtracted parts go to the lesser side */
static void add_guard(struct tc_text *x, const struct tc_scope *s, const struct tc_guard *g)
{
    const struct tc_affine *at = &g->expr.at;
    struct tc_affine greater = *at;
    unsigned lead = 0;

    add_parts(x, s, at, true, " + ", &lead);
    if (at->constant < -1)
        add_constant(x, -(uint64_t)at->constant, " + ", &lead);
    if (!lead)
        tc_text_puts(x, "0");
    tc_text_puts(x, at->constant == -1 ? " < " : " <= ");
    if (greater.constant < 0)
        greater.constant = 0;
    greater.part = tc_xcalloc(at->n, sizeof *greater.part);
    greater.n = 0;
    for (unsigned k = 0; k < at->n; k++)
        if (at->part[k].coef > 0)
            greater.part[greater.n++] = at->part[k];
    add_axis(x, s, &greater, g->expr.via, &g->expr.arg);
    free(greater.part);
}

void tc_text_axis(struct tc_text *x, const struct tc_axis *axis)
{
    add_axis(x, NULL, &axis->at, axis->via, &axis->arg);
}

void tc_text_guard(struct tc_text *x, const struct tc_guard *g)
{
    add_guard(x, NULL, g);
}

/* "[i, j;t]" of an access; the brackets are the caller's */
static void add_access(struct tc_text *x, const struct tc_scope *s, const struct tc_axis *at,
                       unsigned n, bool chain)
{
    for (unsigned k = 0; k < n + chain; k++) {
        if (k)
            tc_text_puts(x, k == n ? "; " : ", ");
        else if (k == n)
            tc_text_puts(x, "; ");
        add_axis(x, s, &at[k].at, at[k].via, &at[k].arg);
    }
}

/* ------------------------------------------------------------------ forms */

static void add_bound(struct tc_text *x, struct tc_scope *s, const struct tc_index *ix)
{
    char *size;

    tc_scope_add(s, ix);
    tc_text_name(x, s->name[s->n - 1]);
    tc_text_puts(x, "<");
    size = tc_poly_text(s->arena, ix->size);
    tc_text_puts(x, size);
}

static void add_guards(struct tc_text *x, const struct tc_scope *s, unsigned n,
                       const struct tc_guard *g)
{
    for (unsigned k = 0; k < n; k++) {
        tc_text_puts(x, k ? ", " : "| ");
        add_guard(x, s, &g[k]);
    }
}

/* "sum{c<d, a<4 | c <= i}", or nothing; leaves the indices in the scope */
static void add_sum(struct tc_text *x, struct tc_scope *s, const struct tc_term *t)
{
    if (!t->nsum && !t->nguard)
        return;
    tc_text_puts(x, "sum{");
    for (unsigned k = 0; k < t->nsum; k++) {
        if (k)
            tc_text_puts(x, ", ");
        add_bound(x, s, t->sum[k]);
    }
    if (t->nguard) {
        if (t->nsum)
            tc_text_puts(x, " ");
        add_guards(x, s, t->nguard, t->guard);
    }
    tc_text_puts(x, "}");
}

/* "4*pw(a, a')*q.and[i, c, a, a']", without the sign */
static void add_product(struct tc_text *x, const struct tc_scope *s, const struct tc_term *t)
{
    bool lead = mpz_cmpabs_ui(t->coef, 1) != 0 || (!t->nfactor && !t->plane);

    if (lead) {
        mpz_t c;

        mpz_init(c);
        mpz_abs(c, t->coef);
        tc_text_mpz(x, c);
        mpz_clear(c);
    }
    for (unsigned k = 0; k < t->nfactor; k++) {
        if (lead)
            tc_text_puts(x, "*");
        lead = true;
        tc_text_name(x, t->factor[k].table->name);
        tc_text_puts(x, "(");
        add_access(x, s, t->factor[k].at, t->factor[k].table->rank, false);
        tc_text_puts(x, ")");
    }
    if (t->plane) {
        if (lead)
            tc_text_puts(x, "*");
        tc_text_name(x, t->plane->name);
        tc_text_puts(x, "[");
        add_access(x, s, t->at, t->plane->naxis, t->plane->chain != NULL);
        tc_text_puts(x, "]");
    }
}

static void add_sign(struct tc_text *x, bool first, bool negative)
{
    if (!first)
        tc_text_puts(x, negative ? " - " : " + ");
    else if (negative)
        tc_text_puts(x, "-");
}

/* Neighbours under the same sum share it: sum{...} (A - B).  They are the
 * same if they read the same: this is how the reader makes one of them. */
static void add_terms(struct tc_text *x, struct tc_scope *s, const struct tc_form *f)
{
    unsigned outer = s->n;
    struct tc_text sum = {0}, next = {0};

    if (!f->nterm)
        tc_text_puts(x, "0");
    for (unsigned k = 0, end; k < f->nterm; k = end) {
        sum.n = 0;
        add_sum(&sum, s, &f->term[k]);
        for (end = k + 1; end < f->nterm && sum.n; end++) {
            next.n = 0;
            s->n = outer;
            add_sum(&next, s, &f->term[end]);
            if (next.n != sum.n || memcmp(next.s, sum.s, sum.n) != 0)
                break;
        }
        add_sign(x, k == 0, end == k + 1 && mpz_sgn(f->term[k].coef) < 0);
        if (sum.n)
            tc_text_printf(x, "%s ", sum.s);
        if (end > k + 1)
            tc_text_puts(x, "(");
        for (unsigned m = k; m < end; m++) {
            s->n = outer;
            next.n = 0;
            add_sum(&next, s, &f->term[m]); /* its own indices under the common names */
            if (end > k + 1)
                add_sign(x, m == k, mpz_sgn(f->term[m].coef) < 0);
            add_product(x, s, &f->term[m]);
        }
        if (end > k + 1)
            tc_text_puts(x, ")");
        s->n = outer;
    }
    free(sum.s);
    free(next.s);
}

static void add_form(struct tc_text *x, struct tc_scope *s, const struct tc_form *f)
{
    mpz_t lo, hi;

    add_terms(x, s, f);
    mpz_inits(lo, hi, NULL);
    tc_form_interval(f, true, lo, hi);
    if (mpz_cmp(lo, f->lo) != 0 || mpz_cmp(hi, f->hi) != 0) {
        tc_text_puts(x, " in [");
        tc_text_mpz(x, f->lo);
        tc_text_puts(x, ", ");
        tc_text_mpz(x, f->hi);
        tc_text_puts(x, "]");
    }
    mpz_clears(lo, hi, NULL);
}

/* ------------------------------------------------------------------ banks */

/* "q[i<n, c<d; t<T | c <= i]"; leaves the indices in the scope */
static void add_plane(struct tc_text *x, struct tc_scope *s, const struct tc_plane *p)
{
    tc_text_name(x, p->name);
    tc_text_puts(x, "[");
    for (unsigned k = 0; k < p->naxis; k++) {
        if (k)
            tc_text_puts(x, ", ");
        add_bound(x, s, p->axis[k]);
    }
    if (p->chain) {
        tc_text_puts(x, "; ");
        add_bound(x, s, p->chain);
    }
    if (p->bank && p->bank->nguard) {
        tc_text_puts(x, " ");
        add_guards(x, s, p->bank->nguard, p->bank->guard);
    }
    tc_text_puts(x, "]");
}

void tc_text_plane(struct tc_text *x, struct tc_arena *a, const struct tc_plane *p)
{
    struct tc_scope s = {.arena = a};

    add_plane(x, &s, p);
    tc_scope_free(&s);
}

static void add_bank(struct tc_text *x, struct tc_arena *a, const struct tc_bank *b, bool whole)
{
    struct tc_scope s = {.arena = a};

    add_plane(x, &s, &b->plane);
    if (whole)
        tc_text_printf(x, " level %u%s", b->plane.level,
                       b->plane.chain && b->monotone ? " monotone" : "");
    tc_text_puts(x, ": ");
    add_form(x, &s, &b->form);
    tc_text_puts(x, " >= ");
    add_form(x, &s, &b->theta);
    if (whole && b->component && *b->component) {
        tc_text_puts(x, "  @ ");
        tc_text_name(x, b->component);
    }
    if (whole)
        tc_text_note(x, b->note);
    tc_scope_free(&s);
}

char *tc_bank_text(struct tc_arena *a, const struct tc_family *f, const struct tc_bank *b)
{
    struct tc_text x = {0};
    char *s;

    (void)f;
    add_bank(&x, a, b, false);
    s = tc_strdup(a, x.s);
    free(x.s);
    return s;
}

/* ----------------------------------------------------------------- tables */

void tc_text_entry(struct tc_text *x, const struct tc_table *t, size_t i)
{
    if (t->big)
        tc_text_mpz(x, t->big[i]);
    else
        tc_text_printf(x, "%lld", (long long)t->small[i]);
}

/* whether parameters can stand between parentheses as they are */
static bool plain_parameters(const char *p)
{
    int depth = 0;

    if (*p == '"')
        return false;
    for (; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c < 0x20 || c == 0x7F || c == '#')
            return false;
        depth += c == '(';
        depth -= c == ')';
        if (depth < 0)
            return false;
    }
    return depth == 0;
}

static void add_table(struct tc_text *x, const struct tc_table *t)
{
    size_t line = x->n, size;

    tc_text_puts(x, "table ");
    tc_text_name(x, t->name);
    if (t->fn) {
        tc_text_puts(x, " = ");
        tc_text_name(x, t->fn->name);
        tc_text_puts(x, "(");
        if (plain_parameters(t->parameters)) {
            tc_text_puts(x, t->parameters);
        } else {
            tc_text_quoted(x, t->parameters);
        }
        tc_text_puts(x, ")\n");
        return;
    }
    for (unsigned k = 0; k < t->rank; k++)
        tc_text_printf(x, "%s%lld", k ? ", " : "(", (long long)t->extent[k]);
    tc_text_puts(x, t->rank ? ") =" : "() =");
    size = tc_table_size(t);
    for (size_t i = 0; i < size; i++) {
        size_t before = x->n;

        tc_text_puts(x, " ");
        tc_text_entry(x, t, i);
        if (x->n - line > WIDTH) { /* an indented line goes on */
            x->n = before;
            tc_text_puts(x, "\n   ");
            line = before + 1;
            tc_text_puts(x, " ");
            tc_text_entry(x, t, i);
        }
    }
    tc_text_puts(x, "\n");
}

/* ----------------------------------------------------------------- family */

void tc_text_symbol(struct tc_text *x, const char *name)
{
    const char *open = strchr(name, '(');

    if (open && open > name && tc_name_begins((unsigned char)*name) && plain_parameters(open) &&
        !strchr(name, '"') && name[strlen(name) - 1] == ')') {
        const char *p = name;

        while (tc_name_goes_on((unsigned char)*p))
            p++;
        if (p == open) {
            tc_text_puts(x, name);
            return;
        }
    }
    tc_text_name(x, name);
}

static void add_symbols(struct tc_text *x, const char *kind, const struct tc_symbol *s, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        tc_text_printf(x, "%s ", kind);
        tc_text_symbol(x, s[k].name);
        tc_text_puts(x, " = ");
        tc_text_mpz(x, s[k].value);
        tc_text_note(x, s[k].note);
        tc_text_puts(x, "\n");
    }
}

static bool flush(FILE *out, struct tc_text *x)
{
    bool ok = fwrite(x->s, 1, x->n, out) == x->n;

    x->n = 0;
    return ok;
}

bool tc_family_write(FILE *out, const struct tc_family *f)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_text x = {0};
    bool ok = true;

    tc_text_puts(&x, "tcf 1\nfamily ");
    tc_text_name(&x, f->name);
    tc_text_puts(&x, "\n");
    add_symbols(&x, "param", f->param, f->nparam);
    add_symbols(&x, "symbol", f->symbol, f->nsymbol);
    for (unsigned k = 0; k < f->ntable && ok; k++) {
        add_table(&x, f->table[k]);
        ok = flush(out, &x);
    }
    for (unsigned k = 0; k < f->ninput; k++) {
        tc_text_puts(&x, "input ");
        tc_text_plane(&x, a, f->input[k]);
        tc_text_puts(&x, "\n");
    }
    for (unsigned k = 0; k < f->nbank && ok; k++) {
        tc_text_puts(&x, "bank ");
        add_bank(&x, a, f->bank[k], true);
        tc_text_puts(&x, "\n");
        ok = flush(out, &x);
    }
    for (unsigned k = 0; k < f->noutput; k++) {
        tc_text_puts(&x, "output ");
        tc_text_name(&x, f->output[k].name);
        tc_text_puts(&x, " = ");
        tc_text_name(&x, f->output[k].plane->name);
        tc_text_puts(&x, "\n");
    }
    ok = ok && flush(out, &x) && fflush(out) == 0;
    free(x.s);
    tc_arena_free(a);
    return ok;
}
