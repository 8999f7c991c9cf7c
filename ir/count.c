/* count.c -- exact counts of a family, without instantiating it
 *
 * For each bank: gates are the points of domain and chain; wires are counted
 * term by term, over the points of domain, chain and reduction together; the
 * largest fan-in is the maximum over points of the sum over terms of points of
 * the reduction.  count.h says how such sums and maxima are taken. */
#include "count.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WORK_MOST 0x1p36

/* domain and chain, the same in every graph of a bank */
static bool bank_graph(struct tc_graph *g, struct tc_arena *a, struct tc_counter *c)
{
    const struct tc_plane *p = &c->bank->plane;

    tc_graph_init(g, a, c);
    for (unsigned i = 0; i < p->naxis; i++)
        if (!tc_graph_var(g, p->axis[i]))
            return false;
    return !p->chain || tc_graph_var(g, p->chain);
}

static void bank_guards(struct tc_graph *g, struct tc_node *n)
{
    for (unsigned i = 0; i < g->counter->bank->nguard; i++)
        tc_graph_guard(g, n, &g->counter->bank->guard[i]);
}

/* one node: the bank's indices, the term's, its tables and guards.  *fits is
 * false where entries are too large. */
static bool term_graph(struct tc_graph *g, struct tc_arena *a, struct tc_counter *c,
                       const struct tc_term *t, enum tc_reading reading, bool *fits)
{
    struct tc_node *n;

    *fits = true;
    if (!bank_graph(g, a, c))
        return false;
    for (unsigned i = 0; i < t->nsum; i++)
        if (!tc_graph_var(g, t->sum[i]))
            return false;
    n = tc_graph_node(g);
    for (unsigned i = 0; i < t->nguard; i++)
        tc_graph_guard(g, n, &t->guard[i]);
    for (unsigned i = 0; i < t->nfactor; i++)
        *fits = *fits && tc_graph_table(g, n, &t->factor[i], reading);
    return true;
}

static bool too_large(struct tc_counter *c)
{
    return tc_fail(c->err, TC_ELIMIT, (struct tc_loc){0},
                   "bank %.200s: a count of one table passes 2^61, or a table has more than 16 "
                   "axes",
                   c->bank->plane.name);
}

static bool count_points(struct tc_arena *a, struct tc_arena *out, struct tc_counter *c,
                         mpz_ptr points, const struct tc_poly **formula, mpz_ptr other)
{
    struct tc_graph g;
    bool fits;

    if (!bank_graph(&g, a, c))
        return false;
    tc_graph_node(&g);
    bank_guards(&g, g.node[0]);
    if (!tc_graph_total(&g, points, out, formula, other, &fits))
        return false;
    return fits || too_large(c);
}

/* wires of one term in all gates */
static bool count_term(struct tc_arena *a, struct tc_counter *c, const struct tc_term *t,
                       mpz_ptr wires)
{
    struct tc_graph g, *all = &g;
    bool fits;

    if (!term_graph(&g, a, c, t, TC_NONZERO, &fits))
        return false;
    if (!fits)
        return too_large(c);
    bank_guards(&g, g.node[0]);
    tc_graph_replace(&all, 1, g.nvar);
    if (!tc_graph_total(&g, wires, NULL, NULL, NULL, &fits))
        return false;
    return fits || too_large(c);
}

static bool weight_of_term(struct tc_arena *a, struct tc_counter *c, const struct tc_term *t,
                           mpz_ptr most)
{
    struct tc_graph g, *all = &g;
    bool fits;

    mpz_set_ui(most, 0);
    if (!term_graph(&g, a, c, t, TC_ABSOLUTE, &fits))
        return false;
    if (fits) {
        bank_guards(&g, g.node[0]);
        tc_graph_replace(&all, 1, g.nvar);
        tc_graph_relax(&all, 1, g.nvar, false);
        tc_graph_prepare(&g);
        if (g.empty)
            return true;
        if (!tc_graph_max_product(&g, most, &fits))
            return false;
        if (fits) {
            mpz_mul(most, most, t->coef);
            mpz_abs(most, most);
            return true;
        }
    }
    tc_brute_weight(c->bank, t, most);
    return true;
}

/* Largest sum over points of the bank of its terms, each summed over its own
 * reduction: TC_NONZERO the points of terms that read wires (fan-in), TC_SIGNED
 * the values of those that do not, times `sign`.  The bank has gates. */
static bool most_in(struct tc_arena *a, struct tc_counter *c, unsigned n,
                    const struct tc_count_term *term, enum tc_reading reading, int sign,
                    mpz_ptr most, bool *fits)
{
    struct tc_graph *g = tc_alloc(a, n + 1, sizeof *g);
    struct tc_graph **all = tc_alloc(a, n + 1, sizeof(struct tc_graph *));
    unsigned domain;
    bool any;

    *fits = true;
    mpz_set_ui(most, 0);
    if (!bank_graph(&g[0], a, c))
        return false;
    domain = g[0].nvar;
    bank_guards(&g[0], NULL);
    all[0] = &g[0];
    for (unsigned k = 0; k < n; k++) {
        if (!term_graph(&g[k + 1], a, c, term[k].term, reading, fits))
            return false;
        if (!*fits)
            return true;
        all[k + 1] = &g[k + 1];
    }
    tc_graph_replace(all, n + 1, domain);
    tc_graph_relax(all, n + 1, domain, reading == TC_NONZERO);
    if (reading == TC_NONZERO)
        tc_graph_dominate(all, n + 1, domain);
    for (unsigned k = 1; k <= n; k++) {
        tc_varset over = 0;
        struct tc_node *to;

        for (unsigned v = domain; v < g[k].nvar; v++)
            over |= (tc_varset)1 << v;
        tc_graph_prepare(&g[k]);
        if (g[k].empty)
            continue;
        if (!tc_graph_sum(&g[k], over, fits))
            return false;
        if (!*fits)
            return true;
        to = tc_graph_node(&g[0]);
        mpz_set(to->scale, g[k].node[0]->scale);
        if (reading == TC_SIGNED) {
            mpz_mul(to->scale, to->scale, term[k - 1].term->coef);
            mpz_mul_si(to->scale, to->scale, sign * term[k - 1].sign);
        }
        for (unsigned i = 0; i < g[k].node[0]->n; i++)
            tc_node_add(&g[0], to, g[k].node[0]->factor[i]);
        for (unsigned i = 0; i < g[k].guards.n; i++) /* on the domain alone */
            tc_node_add(&g[0], to, g[k].guards.factor[i]);
    }
    tc_graph_prepare(&g[0]);
    assert(!g[0].empty);
    if (!tc_graph_max_sum(&g[0], most, &any, fits))
        return false;
    assert(any || !*fits);
    return true;
}

static bool most_over_points(struct tc_counter *c, unsigned n, const struct tc_count_term *term,
                             enum tc_reading reading, int sign, mpz_ptr most, bool *fits)
{
    struct tc_arena *a = tc_arena_new();
    bool ok = most_in(a, c, n, term, reading, sign, most, fits);

    tc_arena_free(a);
    return ok;
}

static unsigned terms_of(const struct tc_bank *b, bool wires, struct tc_count_term *out)
{
    unsigned n = 0;

    for (unsigned k = 0; k < b->form.nterm; k++)
        if ((b->form.term[k].plane != NULL) == wires)
            out[n++] = (struct tc_count_term){&b->form.term[k], wires ? 1 : -1};
    for (unsigned k = 0; k < b->theta.nterm; k++)
        if ((b->theta.term[k].plane != NULL) == wires)
            out[n++] = (struct tc_count_term){&b->theta.term[k], 1};
    return n;
}

static void keep_larger(mpz_ptr most, mpz_srcptr v)
{
    if (mpz_cmp(v, most) > 0)
        mpz_set(most, v);
}

/* largest |threshold|: the constant part of theta less that of the form */
static bool count_threshold(struct tc_arena *a, struct tc_counter *c, mpz_ptr most)
{
    const struct tc_bank *b = c->bank;
    struct tc_count_term *term =
        tc_alloc(a, (size_t)b->form.nterm + b->theta.nterm + 1, sizeof *term);
    unsigned n = terms_of(b, false, term);
    mpz_ptr least = tc_mpz(a);
    bool fits;

    if (!most_over_points(c, n, term, TC_SIGNED, 1, most, &fits))
        return false;
    if (fits && !most_over_points(c, n, term, TC_SIGNED, -1, least, &fits))
        return false;
    if (!fits) {
        tc_brute_constant(b, n, term, most);
        return true;
    }
    keep_larger(most, least); /* it is that of the negated sums; one is not negative */
    return true;
}

static bool count_wires(struct tc_arena *a, struct tc_counter *c, struct tc_bank_count *n)
{
    const struct tc_bank *b = c->bank;
    struct tc_count_term *term =
        tc_alloc(a, (size_t)b->form.nterm + b->theta.nterm + 1, sizeof *term);
    unsigned nterm = terms_of(b, true, term);
    mpz_ptr v = tc_mpz(a);
    bool fits;

    for (unsigned k = 0; k < nterm; k++) {
        if (!count_term(a, c, term[k].term, v))
            return false;
        mpz_add(n->wires, n->wires, v);
        if (mpz_sgn(v) == 0) /* no wire has a weight */
            continue;
        if (!weight_of_term(a, c, term[k].term, v))
            return false;
        if (mpz_cmp(v, n->max_weight) > 0)
            mpz_set(n->max_weight, v);
    }
    if (!most_over_points(c, nterm, term, TC_NONZERO, 1, n->max_fan_in, &fits))
        return false;
    return fits || too_large(c);
}

/* N_ and the bank's name, of letters that names of polynomials have */
static char *symbol_name(struct tc_arena *a, const struct tc_bank *b)
{
    char *name = tc_sprintf(a, "N_%s", b->plane.name);

    for (char *s = name; *s; s++)
        if (!strchr("._'", *s) && !(*s >= '0' && *s <= '9') && !(*s >= 'a' && *s <= 'z') &&
            !(*s >= 'A' && *s <= 'Z') && (unsigned char)*s < 0x80)
            *s = '_';
    return name;
}

/* formula times other, a number that has no closed form, as a symbol */
static void name_other(struct tc_arena *a, const struct tc_bank *b, mpz_srcptr other,
                       const struct tc_poly **formula)
{
    mpq_ptr zero = tc_mpq(a);

    if (mpz_cmp_ui(other, 1) == 0 || (tc_poly_is_const(*formula, zero) && mpq_sgn(zero) == 0))
        return;
    *formula = tc_poly_mul(a, *formula, tc_poly_symbol(a, symbol_name(a, b)));
}

bool tc_bank_points(struct tc_arena *a, const struct tc_family *f, const struct tc_bank *b,
                    mpz_ptr points, const struct tc_poly **formula, struct tc_error *err)
{
    struct tc_counter c = {.most = WORK_MOST, .cache = tc_cache_new(), .bank = b, .err = err};
    struct tc_arena *scratch = tc_arena_new();
    mpz_ptr other = tc_mpz(a);
    bool ok = count_points(scratch, a, &c, points, formula, other);

    (void)f;
    if (ok && formula)
        name_other(a, b, other, formula);
    tc_arena_free(scratch);
    tc_cache_free(c.cache);
    return ok;
}

static void init(struct tc_arena *a, const struct tc_family *f, struct tc_count *n)
{
    *n = (struct tc_count){.inputs = tc_mpz(a),
                           .outputs = tc_mpz(a),
                           .gates = tc_mpz(a),
                           .wires = tc_mpz(a),
                           .max_fan_in = tc_mpz(a),
                           .max_weight = tc_mpz(a),
                           .max_threshold = tc_mpz(a),
                           .gates_formula = tc_poly_int(a, 0),
                           .bank = tc_alloc(a, f->nbank + 1, sizeof *n->bank),
                           .symbol = tc_alloc(a, f->nbank + 1, sizeof *n->symbol)};
    for (unsigned k = 0; k < f->nbank; k++) {
        struct tc_bank_count *b = &n->bank[k];

        b->gates = tc_mpz(a);
        b->wires = tc_mpz(a);
        b->max_fan_in = tc_mpz(a);
        b->max_weight = tc_mpz(a);
    }
}

static void plane_size(const struct tc_family *f, const struct tc_count *n,
                       const struct tc_plane *p, mpz_ptr size)
{
    if (p->bank) {
        mpz_set(size, n->bank[p->id - f->ninput].gates);
        return;
    }
    mpz_set_ui(size, 1);
    for (unsigned i = 0; i < p->naxis; i++)
        mpz_mul_ui(size, size, (unsigned long)p->axis[i]->extent);
}

static bool count_bank(struct tc_arena *a, struct tc_counter *c, bool wires, struct tc_count *all,
                       struct tc_bank_count *n)
{
    struct tc_arena *scratch = tc_arena_new();
    mpz_ptr other = tc_mpz(a), threshold = tc_mpz(scratch);
    bool ok = count_points(scratch, a, c, n->gates, &n->gates_formula, other);

    if (ok) {
        const struct tc_poly *plain = n->gates_formula;

        name_other(a, c->bank, other, &n->gates_formula);
        if (n->gates_formula != plain)
            all->symbol[all->nsymbol++] = (struct tc_symbol){
                symbol_name(a, c->bank), other,
                tc_sprintf(a, "points of bank %s for which there is no closed form",
                           c->bank->plane.name)};
    }
    if (ok && mpz_sgn(n->gates)) {
        ok = count_threshold(scratch, c, threshold);
        keep_larger(all->max_threshold, threshold);
        if (ok && wires)
            ok = count_wires(scratch, c, n);
    }
    tc_arena_free(scratch);
    return ok;
}

/* whether a guard holds nowhere */
static bool is_empty(const struct tc_term *t)
{
    int64_t lo, hi;

    for (unsigned g = 0; g < t->nguard; g++) {
        tc_axis_range(&t->guard[g].expr, &lo, &hi);
        if (hi < 0)
            return true;
    }
    return false;
}

static unsigned deepest(const struct tc_form *x, const unsigned *level)
{
    unsigned most = 0;

    for (unsigned k = 0; k < x->nterm; k++) {
        const struct tc_term *t = &x->term[k];

        if (t->plane && level[t->plane->id] > most && !is_empty(t))
            most = level[t->plane->id];
    }
    return most;
}

/* The level of the outputs, without planes that have no gate and terms that have no point:
 * keys before the first position. */
static unsigned depth_of(struct tc_arena *a, const struct tc_family *f, const struct tc_count *n)
{
    unsigned *level = tc_alloc(a, f->ninput + f->nbank, sizeof *level), most = 0;

    for (unsigned k = 0; k < f->nbank; k++) {
        const struct tc_bank *b = f->bank[k];
        unsigned form = deepest(&b->form, level), theta = deepest(&b->theta, level);

        if (mpz_sgn(n->bank[k].gates))
            level[b->plane.id] = 1 + (form > theta ? form : theta);
    }
    for (unsigned k = 0; k < f->noutput; k++)
        most = level[f->output[k].plane->id] > most ? level[f->output[k].plane->id] : most;
    return most;
}

bool tc_family_count(struct tc_arena *a, const struct tc_family *f, bool wires, struct tc_count *n,
                     struct tc_error *err)
{
    struct tc_counter c = {.most = WORK_MOST, .cache = tc_cache_new(), .err = err};
    mpz_t size;
    bool ok = true;

    init(a, f, n);
    tc_progress_start("counting", f->nbank);
    for (unsigned k = 0; ok && k < f->nbank; k++) {
        struct tc_bank_count *b = &n->bank[k];

        c.bank = f->bank[k];
        ok = count_bank(a, &c, wires, n, b);
        if (!ok)
            break;
        mpz_add(n->gates, n->gates, b->gates);
        mpz_add(n->wires, n->wires, b->wires);
        keep_larger(n->max_fan_in, b->max_fan_in);
        keep_larger(n->max_weight, b->max_weight);
        n->gates_formula = tc_poly_add(a, n->gates_formula, b->gates_formula);
        tc_progress_tick(k + 1);
    }
    tc_progress_end();
    tc_cache_free(c.cache);
    if (!ok)
        return false;
    mpz_init(size);
    for (unsigned k = 0; k < f->ninput; k++) {
        plane_size(f, n, f->input[k], size);
        mpz_add(n->inputs, n->inputs, size);
    }
    for (unsigned k = 0; k < f->noutput; k++) {
        const struct tc_plane *p = f->output[k].plane;

        plane_size(f, n, p, size);
        mpz_add(n->outputs, n->outputs, size);
    }
    n->depth = depth_of(a, f, n);
    mpz_clear(size);
    return true;
}
