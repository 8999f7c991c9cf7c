/* check.c -- invariants of a family
 *
 * In the order of the text: names, tables, inputs, banks, outputs.  A bank is
 * checked from its indices outwards: first that every name is bound, then
 * what the bank is (domain, level), then that accesses stay within what they
 * read (prove.c), then ranges, then thresholds.  The first broken invariant is
 * named with its bank and term; nothing is assumed of a family but that its
 * arrays are as long as they say.
 */
#include "text.h"
#include "prove.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET ((int64_t)1 << 28) /* points tried in all proofs together */

__extension__ typedef __int128 wide;

struct tc_checker {
    const struct tc_family *f;
    const struct tc_bank *bank; /* at hand; NULL elsewhere */
    const char *of;             /* "form", "threshold" or NULL */
    unsigned term;              /* from 1; 0 if none */
    struct tc_names planes;     /* names so far */
    int64_t budget;
    struct tc_error *err;
};

static const char *shown(const char *name)
{
    return name ? name : "(no name)";
}

/* "bank q, term 2 of the form: " and what is wrong */
static bool fails(struct tc_checker *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fails(struct tc_checker *c, const char *fmt, ...)
{
    char what[sizeof c->err->msg], where[200] = "";
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (c->bank && c->term)
        snprintf(where, sizeof where,
                 "bank %.120s, term %u of the %s: ", shown(c->bank->plane.name), c->term, c->of);
    else if (c->bank && c->of)
        snprintf(where, sizeof where, "bank %.120s, %s: ", shown(c->bank->plane.name), c->of);
    else if (c->bank)
        snprintf(where, sizeof where, "bank %.120s: ", shown(c->bank->plane.name));
    return tc_fail(c->err, TC_EFORMAT, (struct tc_loc){0}, "%s%s", where, what);
}

/* an axis as text, in a buffer that lives as long as the message needs it */
struct shown_axis {
    char s[120];
};

static struct shown_axis axis_text(const struct tc_axis *x)
{
    struct shown_axis r;
    struct tc_text t = {0};

    tc_text_axis(&t, x);
    snprintf(r.s, sizeof r.s, "%s", t.s);
    free(t.s);
    return r;
}

static struct shown_axis guard_text(const struct tc_guard *g)
{
    struct shown_axis r;
    struct tc_text t = {0};

    tc_text_guard(&t, g);
    snprintf(r.s, sizeof r.s, "%s", t.s);
    free(t.s);
    return r;
}

/* " at i = 3, j = 0", or nothing */
static struct shown_axis witness_text(const struct tc_witness *w)
{
    struct shown_axis r = {""};
    size_t n = 0;

    for (unsigned k = 0; k < w->n && n < sizeof r.s; k++)
        n += (size_t)snprintf(r.s + n, sizeof r.s - n, "%s%s = %lld", k ? ", " : " at ",
                              w->ix[k]->name, (long long)w->at[k]);
    return r;
}

/* --------------------------------------------------------- what is in scope */

/* indices that an expression may name: the bank's, and those bound by a term */
struct scope {
    unsigned n;
    const struct tc_index *ix[2 * TC_MOST_INDICES + 2];
};

static bool in_scope(const struct scope *s, const struct tc_index *ix)
{
    for (unsigned k = 0; k < s->n; k++)
        if (s->ix[k] == ix)
            return true;
    return false;
}

static bool known_symbol(void *ctx, const char *name, mpz_ptr value)
{
    const struct tc_checker *c = ctx;

    for (unsigned k = 0; k < c->f->nparam + c->f->nsymbol; k++) {
        const struct tc_symbol *s =
            k < c->f->nparam ? &c->f->param[k] : &c->f->symbol[k - c->f->nparam];

        if (strcmp(s->name, name) == 0) {
            mpz_set(value, s->value);
            return true;
        }
    }
    return false;
}

static bool check_index(struct tc_checker *c, const struct tc_index *ix)
{
    mpq_t size;
    bool known, equal;

    if (!ix->name || !*ix->name)
        return fails(c, "an index has no name");
    if (ix->extent < 1 || ix->extent > TC_MOST_AFFINE)
        return fails(c, "index %s has extent %lld; 1 or more wanted", ix->name,
                     (long long)ix->extent);
    if (!ix->size)
        return fails(c, "index %s has no size", ix->name);
    mpq_init(size);
    known = tc_poly_eval(ix->size, known_symbol, c, size);
    equal = known && mpq_cmp_si(size, ix->extent, 1) == 0;
    mpq_clear(size);
    if (!known)
        return fails(c, "the size of index %s names an unknown symbol", ix->name);
    if (!equal)
        return fails(c, "the size of index %s is not its extent %lld", ix->name,
                     (long long)ix->extent);
    return true;
}

static bool check_affine(struct tc_checker *c, const struct scope *s, const struct tc_affine *a)
{
    wide lo = a->constant, hi = a->constant;

    for (unsigned k = 0; k < a->n; k++) {
        const struct tc_affine_part *p = &a->part[k];
        wide most;

        if (!in_scope(s, p->ix))
            return fails(c, "index %s is not bound here", shown(p->ix->name));
        if (p->coef == 0)
            return fails(c, "index %s has coefficient 0", p->ix->name);
        for (unsigned i = 0; i < k; i++)
            if (a->part[i].ix == p->ix)
                return fails(c, "index %s stands twice in one expression", p->ix->name);
        most = (wide)p->coef * (p->ix->extent - 1);
        *(most < 0 ? &lo : &hi) += most;
        if (p->coef <= -TC_MOST_AFFINE || p->coef >= TC_MOST_AFFINE || lo <= -TC_MOST_AFFINE ||
            hi >= TC_MOST_AFFINE)
            return fails(c, "an expression in index %s exceeds 61 bits", p->ix->name);
    }
    if (lo <= -TC_MOST_AFFINE || hi >= TC_MOST_AFFINE)
        return fails(c, "the constant of an expression exceeds 61 bits");
    return true;
}

static bool known_table(const struct tc_checker *c, const struct tc_table *t)
{
    return t && t->id < c->f->ntable && c->f->table[t->id] == t;
}

/* 0 <= x < extent at all points within the guards */
static bool check_within(struct tc_checker *c, const struct tc_axis *x, int64_t extent,
                         const struct tc_guards *known, const char *what, const char *name)
{
    for (unsigned upper = 0; upper < 2; upper++) {
        struct tc_goal g = {x, upper ? -1 : 1, upper ? extent - 1 : 0, NULL, NULL};
        struct tc_witness w;
        enum tc_proof p = tc_prove(&g, known, &c->budget, &w);

        if (p == TC_REFUTED)
            return fails(c, "%s of %s is read at %s, outside 0..%lld%s", what, shown(name),
                         axis_text(x).s, (long long)extent - 1, witness_text(&w).s);
        if (p == TC_UNKNOWN)
            return fails(c, "%s of %s is read at %s, which cannot be shown to lie in 0..%lld", what,
                         shown(name), axis_text(x).s, (long long)extent - 1);
    }
    return true;
}

/* a well-formed axis, whose table is read within its entries */
static bool check_axis(struct tc_checker *c, const struct scope *s, const struct tc_axis *x,
                       const struct tc_guards *known)
{
    struct tc_axis arg = {.at = x->arg};

    if (!check_affine(c, s, &x->at))
        return false;
    if (!x->via)
        return true;
    if (!known_table(c, x->via))
        return fails(c, "an index goes through a table that is not the family's");
    if (x->via->fn || x->via->rank != 1 || !x->via->small)
        return fails(c, "an index goes through table %s, which is not dense, of rank 1 and small",
                     x->via->name);
    return check_affine(c, s, &x->arg) &&
           check_within(c, &arg, x->via->extent[0], known, "the argument", x->via->name);
}

/* adds guards to those known; each may rely on the ones before it */
static bool check_guards(struct tc_checker *c, const struct scope *s, unsigned n,
                         const struct tc_guard *g, struct tc_guards *known)
{
    if (n > TC_MOST_GUARDS)
        return fails(c, "%u guards; at most %d wanted", n, TC_MOST_GUARDS);
    for (unsigned k = 0; k < n; k++) {
        if (!check_axis(c, s, &g[k].expr, known))
            return false;
        known->expr[known->n++] = &g[k];
    }
    return true;
}

/* ------------------------------------------------------------------ terms */

static bool known_plane(const struct tc_checker *c, const struct tc_plane *p)
{
    const struct tc_family *f = c->f;

    if (p->id < f->ninput)
        return f->input[p->id] == p;
    return p->id - f->ninput < f->nbank && &f->bank[p->id - f->ninput]->plane == p;
}

static bool check_read(struct tc_checker *c, const struct scope *s, const struct tc_term *t,
                       const struct tc_guards *known)
{
    const struct tc_plane *p = t->plane;
    char what[32];

    if (!known_plane(c, p))
        return fails(c, "reads plane %s, which is not the family's", shown(p->name));
    if (p->id >= c->bank->plane.id)
        return fails(c, "reads plane %s, which does not come before it", p->name);
    for (unsigned k = 0; k < tc_plane_axes(p); k++) {
        const struct tc_index *axis = k < p->naxis ? p->axis[k] : p->chain;

        if (k < p->naxis)
            snprintf(what, sizeof what, "axis %u", k + 1);
        else
            snprintf(what, sizeof what, "the chain");
        if (!check_axis(c, s, &t->at[k], known) ||
            !check_within(c, &t->at[k], axis->extent, known, what, p->name))
            return false;
    }
    for (unsigned k = 0; p->bank && k < p->bank->nguard; k++) {
        struct tc_goal g = {&p->bank->guard[k].expr, 1, 0, p, t->at};
        struct tc_witness w;
        enum tc_proof proof = tc_prove(&g, known, &c->budget, &w);

        if (proof != TC_PROVED)
            return fails(c, "%s is read where its guard %s %s%s", p->name,
                         guard_text(&p->bank->guard[k]).s,
                         proof == TC_REFUTED ? "does not hold" : "cannot be shown to hold",
                         proof == TC_REFUTED ? witness_text(&w).s : "");
    }
    return true;
}

static bool check_factor(struct tc_checker *c, const struct scope *s, const struct tc_factor *x,
                         const struct tc_guards *known)
{
    const struct tc_table *t = x->table;
    char what[32];

    if (!known_table(c, t))
        return fails(c, "a factor is a table that is not the family's");
    for (unsigned k = 0; k < t->rank; k++) {
        snprintf(what, sizeof what, "argument %u", k + 1);
        if (!check_axis(c, s, &x->at[k], known) ||
            (!t->fn && !check_within(c, &x->at[k], t->extent[k], known, what, t->name)))
            return false;
    }
    return true;
}

static bool check_term(struct tc_checker *c, const struct scope *outer, const struct tc_term *t,
                       const struct tc_guards *bank_guards)
{
    struct scope s = *outer;
    struct tc_guards known = *bank_guards;

    if (!t->coef || mpz_sgn(t->coef) == 0)
        return fails(c, "the coefficient is 0");
    if (t->nsum > TC_MOST_INDICES)
        return fails(c, "%u indices are bound; at most %d wanted", t->nsum, TC_MOST_INDICES);
    for (unsigned k = 0; k < t->nsum; k++) {
        if (!check_index(c, t->sum[k]))
            return false;
        if (t->sum[k] == c->bank->plane.chain || in_scope(&s, t->sum[k]))
            return fails(c, "index %s is bound twice", t->sum[k]->name);
        s.ix[s.n++] = t->sum[k];
    }
    if (!check_guards(c, &s, t->nguard, t->guard, &known))
        return false;
    for (unsigned k = 0; k < t->nfactor; k++)
        if (!check_factor(c, &s, &t->factor[k], &known))
            return false;
    return !t->plane || check_read(c, &s, t, &known);
}

/* ------------------------------------------------------ domain and guards */

static bool bank_uses(const struct tc_bank *b, const struct tc_index *ix)
{
    for (unsigned k = 0; k < b->nguard; k++)
        if (tc_axis_reads(&b->guard[k].expr, ix))
            return true;
    for (unsigned k = 0; k < b->form.nterm; k++)
        if (tc_term_reads(&b->form.term[k], ix))
            return true;
    for (unsigned k = 0; k < b->theta.nterm; k++)
        if (tc_term_reads(&b->theta.term[k], ix))
            return true;
    return false;
}

static bool check_axes(struct tc_checker *c, const struct tc_plane *p, struct scope *s)
{
    if (p->naxis + (p->chain != NULL) > TC_MOST_INDICES)
        return fails(c, "%s has %u indices; at most %d wanted", shown(p->name),
                     p->naxis + (p->chain != NULL), TC_MOST_INDICES);
    for (unsigned k = 0; k < p->naxis; k++) {
        if (!check_index(c, p->axis[k]))
            return false;
        if (in_scope(s, p->axis[k]))
            return fails(c, "index %s is bound twice", p->axis[k]->name);
        s->ix[s->n++] = p->axis[k];
    }
    if (p->chain) {
        if (!check_index(c, p->chain))
            return false;
        if (in_scope(s, p->chain))
            return fails(c, "index %s is bound twice", p->chain->name);
    }
    return true;
}

static bool check_forms(struct tc_checker *c, struct scope *domain, struct scope *whole,
                        const struct tc_guards *known)
{
    const struct tc_bank *b = c->bank;

    for (unsigned which = 0; which < 2; which++) {
        const struct tc_form *form = which ? &b->theta : &b->form;

        c->of = which ? "threshold" : "form";
        for (unsigned k = 0; k < form->nterm; k++) {
            c->term = k + 1;
            if (!check_term(c, which ? whole : domain, &form->term[k], known))
                return false;
        }
        c->term = 0;
    }
    c->of = NULL;
    return true;
}

/* -------------------------------------------------- ranges and thresholds */

static bool check_range(struct tc_checker *c, const struct tc_form *f, const char *of)
{
    mpz_t lo, hi;
    bool ok = true;

    c->of = of;
    if (!f->lo || !f->hi)
        return fails(c, "there is no range");
    if (mpz_cmp(f->lo, f->hi) > 0)
        return fails(c, "the range is empty: its lower end exceeds its upper end");
    mpz_inits(lo, hi, NULL);
    tc_form_interval(f, false, lo, hi);
    if (mpz_cmp(f->lo, lo) < 0 || mpz_cmp(f->hi, hi) > 0) {
        char claim[130], most[130];

        gmp_snprintf(claim, sizeof claim, "[%Zd, %Zd]", f->lo, f->hi);
        gmp_snprintf(most, sizeof most, "[%Zd, %Zd]", lo, hi);
        ok = fails(c, "the range %s exceeds what the terms can reach, %s", claim, most);
    }
    mpz_clears(lo, hi, NULL);
    c->of = NULL;
    return ok;
}

static bool check_monotone(struct tc_checker *c)
{
    char from[80], to[80];
    mpz_t before, after;
    int64_t t;
    bool ok;

    mpz_inits(before, after, NULL);
    ok = !tc_threshold_falls(c->bank, &t, before, after);
    if (!ok) {
        gmp_snprintf(from, sizeof from, "%Zd", before);
        gmp_snprintf(to, sizeof to, "%Zd", after);
        fails(c, "said to be monotone, but the threshold falls from %s to %s at %s = %lld", from,
              to, c->bank->plane.chain->name, (long long)t);
    }
    mpz_clears(before, after, NULL);
    return ok;
}

/* ------------------------------------------------------------------- names */

static bool check_plane_name(struct tc_checker *c, const struct tc_plane *p)
{
    if (!p->name || !*p->name)
        return fails(c, "plane %u has no name", p->id);
    if (!tc_names_add(&c->planes, p->name, p->id))
        return fails(c, "two planes are named %s", p->name);
    return true;
}

struct tc_checker *tc_checker_new(const struct tc_family *f)
{
    struct tc_checker *c = tc_xcalloc(1, sizeof *c);

    c->f = f;
    c->budget = BUDGET;
    return c;
}

void tc_checker_free(struct tc_checker *c)
{
    tc_names_free(&c->planes);
    free(c);
}

bool tc_check_input(struct tc_checker *c, const struct tc_plane *p, struct tc_error *err)
{
    struct scope s = {0};

    c->err = err;
    c->bank = NULL;
    c->of = NULL;
    c->term = 0;
    if (!check_plane_name(c, p))
        return false;
    if (p->chain || p->bank || p->level)
        return fails(c, "input %s has a chain, a bank or a level", p->name);
    return check_axes(c, p, &s);
}

bool tc_check_bank(struct tc_checker *c, const struct tc_bank *b, struct tc_error *err)
{
    unsigned level = tc_form_level(&b->form), other = tc_form_level(&b->theta);
    struct scope domain = {0}, whole;
    struct tc_guards known = {0};

    c->err = err;
    c->bank = b;
    c->of = NULL;
    c->term = 0;
    if (!check_plane_name(c, &b->plane))
        return false;
    if (b->plane.bank != b)
        return fails(c, "its plane belongs to another bank");
    if (!check_axes(c, &b->plane, &domain))
        return false;
    whole = domain;
    if (b->plane.chain)
        whole.ix[whole.n++] = b->plane.chain;
    for (unsigned k = 1; k < b->plane.naxis; k++)
        if (b->plane.axis[k]->id <= b->plane.axis[k - 1]->id)
            return fails(c, "index %s is out of order: indices go by id", b->plane.axis[k]->name);
    if (!check_guards(c, &whole, b->nguard, b->guard, &known) ||
        !check_forms(c, &domain, &whole, &known))
        return false;
    for (unsigned k = 0; k < b->plane.naxis; k++)
        if (!bank_uses(b, b->plane.axis[k]))
            return fails(c, "index %s of the domain is not used", b->plane.axis[k]->name);
    level = 1 + (level > other ? level : other);
    if (b->plane.level != level)
        return fails(c, "level %u; what it reads makes it %u", b->plane.level, level);
    if (!check_range(c, &b->form, "form") || !check_range(c, &b->theta, "threshold"))
        return false;
    return !b->monotone || !b->plane.chain || check_monotone(c);
}

bool tc_bank_check(const struct tc_family *f, const struct tc_bank *b, struct tc_error *err)
{
    struct tc_checker *c = tc_checker_new(f);
    bool ok = tc_check_bank(c, b, err);

    tc_checker_free(c);
    return ok;
}

/* ------------------------------------------------------------------ family */

static bool check_table(struct tc_checker *c, unsigned k, struct tc_names *names)
{
    const struct tc_table *t = c->f->table[k];
    size_t size = 1;

    if (!t->name || !*t->name)
        return fails(c, "table %u has no name", k);
    if (!tc_names_add(names, t->name, k))
        return fails(c, "two tables are named %s", t->name);
    if (t->id != k)
        return fails(c, "table %s has id %u; %u wanted", t->name, t->id, k);
    if (t->rank > TC_MOST_INDICES)
        return fails(c, "table %s has rank %u; at most %d wanted", t->name, t->rank,
                     TC_MOST_INDICES);
    if (t->fn) {
        if (t->small || t->big || t->fn->rank != t->rank)
            return fails(c, "table %s is computed, and has entries or another rank", t->name);
        return true;
    }
    if (!t->small == !t->big)
        return fails(c, "table %s has no entries, or two kinds of them", t->name);
    for (unsigned i = 0; i < t->rank; i++)
        if (t->extent[i] < 1 || __builtin_mul_overflow(size, (size_t)t->extent[i], &size))
            return fails(c, "table %s has an extent that is not positive, or too many entries",
                         t->name);
    return true;
}

static bool check_symbols(struct tc_checker *c, struct tc_names *names)
{
    const struct tc_family *f = c->f;

    for (unsigned k = 0; k < f->nparam + f->nsymbol; k++) {
        const struct tc_symbol *s = k < f->nparam ? &f->param[k] : &f->symbol[k - f->nparam];

        if (!s->name || !*s->name || !s->value)
            return fails(c, "a parameter or symbol has no name or no value");
        if (!tc_names_add(names, s->name, k))
            return fails(c, "two parameters or symbols are named %s", s->name);
    }
    return true;
}

static bool check_outputs(struct tc_checker *c, struct tc_names *names)
{
    const struct tc_family *f = c->f;

    for (unsigned k = 0; k < f->noutput; k++) {
        const struct tc_output *o = &f->output[k];

        if (!o->name || !*o->name)
            return fails(c, "output %u has no name", k);
        if (!tc_names_add(names, o->name, k))
            return fails(c, "two outputs are named %s", o->name);
        if (!o->plane || !known_plane(c, o->plane))
            return fails(c, "output %s is no plane of the family", o->name);
    }
    return true;
}

static bool check_planes(struct tc_checker *c, struct tc_error *err)
{
    const struct tc_family *f = c->f;

    for (unsigned k = 0; k < f->ninput; k++) {
        if (f->input[k]->id != k)
            return fails(c, "input %s has id %u; %u wanted", shown(f->input[k]->name),
                         f->input[k]->id, k);
        if (!tc_check_input(c, f->input[k], err))
            return false;
    }
    for (unsigned k = 0; k < f->nbank; k++) {
        c->bank = NULL;
        if (f->bank[k]->plane.id != f->ninput + k)
            return fails(c, "bank %s has id %u; %u wanted", shown(f->bank[k]->plane.name),
                         f->bank[k]->plane.id, f->ninput + k);
        if (!tc_check_bank(c, f->bank[k], err))
            return false;
    }
    c->bank = NULL;
    return true;
}

bool tc_family_check(const struct tc_family *f, struct tc_error *err)
{
    struct tc_checker *c = tc_checker_new(f);
    struct tc_names symbols = {0}, tables = {0}, outputs = {0};
    bool ok = true;

    c->err = err;
    if (!f->name || !*f->name)
        ok = fails(c, "the family has no name");
    ok = ok && check_symbols(c, &symbols);
    for (unsigned k = 0; k < f->ntable && ok; k++)
        ok = check_table(c, k, &tables);
    ok = ok && check_planes(c, err) && check_outputs(c, &outputs);
    tc_names_free(&symbols);
    tc_names_free(&tables);
    tc_names_free(&outputs);
    tc_checker_free(c);
    return ok;
}
