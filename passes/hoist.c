/* hoist.c -- what does not depend on an index of its bank is computed once
 *
 * requires nothing; outputs and depth kept; gates and wires together fewer
 *
 *   gates  [U >= theta(i, t)], with an index i that U does not read: one chain has all thresholds
 * that are different, and each gate is one of its wires parts  the terms of a form or threshold
 * that read the same indices of the domain, not all of them, come to least + unit * k, 0 <= k <= m:
 * m gates [part >= ...] at these indices alone, and the bits of k on them (materialize.c), which
 * the bank reads where a layer or two are free
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

#define MOST 4096 /* gates of a part at a place */

static bool form_reads(const struct tc_form *x, const struct tc_index *ix)
{
    for (unsigned k = 0; k < x->nterm; k++)
        if (tc_term_reads(&x->term[k], ix))
            return true;
    return false;
}

/* the guards that read no other index of the bank than the form does */
static unsigned own_guards(struct tc_rw *rw, const struct tc_bank *b, const struct tc_form *x,
                           struct tc_guard **guard)
{
    unsigned n = 0;

    *guard = tc_alloc(rw->f->arena, b->nguard + 1, sizeof **guard);
    for (unsigned k = 0; k < b->nguard; k++) {
        const struct tc_axis *e = &b->guard[k].expr;
        bool own = !b->plane.chain || !tc_axis_reads(e, b->plane.chain);

        for (unsigned i = 0; i < b->plane.naxis; i++)
            own = own && (!tc_axis_reads(e, b->plane.axis[i]) || form_reads(x, b->plane.axis[i]));
        if (own)
            (*guard)[n++] = b->guard[k];
    }
    return n;
}

/* one wire of a bank at its own indices, or the sum over its chain, at *own */
static struct tc_term read_bank(struct tc_rw *rw, const struct tc_bank *b,
                                const struct tc_index **own)
{
    struct tc_term x = tc_rw_wire(rw, &b->plane).term[0];
    const struct tc_index *chain = b->plane.chain, **sum;

    *own = NULL;
    if (!chain)
        return x;
    *own = tc_index_new(rw->f, chain->name, chain->extent, chain->size);
    x.at[b->plane.naxis] = tc_axis_of(rw->f->arena, *own);
    sum = tc_alloc(rw->f->arena, 1, sizeof *sum);
    sum[0] = *own;
    x.sum = sum;
    x.nsum = 1;
    return x;
}

/* ------------------------------------------------------------------- gates */

struct rank { /* of a threshold among those at its place */
    mpz_srcptr value;
    size_t at, place, rank;
};

static int by_place(const void *x, const void *y)
{
    const struct rank *a = x, *b = y;

    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return mpz_cmp(a->value, b->value);
}

/* entry by entry: its place, over the first `n` indices of ix, and its rank there; how many
 * ranks there are at most */
static size_t rank_all(const struct tc_cube *c, unsigned n, const struct tc_index *const *ix,
                       struct rank *r)
{
    size_t most = 0;

    for (size_t k = 0; k < c->size; k++) {
        r[k] = (struct rank){.value = c->value[k], .at = k};
        for (unsigned i = 0; i < n; i++)
            for (unsigned j = 0; j < c->n; j++)
                if (c->ix[j] == ix[i])
                    r[k].place = r[k].place * (size_t)ix[i]->extent +
                                 k / tc_cube_stride(c, j) % (size_t)ix[i]->extent;
    }
    qsort(r, c->size, sizeof *r, by_place);
    for (size_t k = 0; k < c->size; k++) {
        if (k && r[k].place == r[k - 1].place)
            r[k].rank = r[k - 1].rank + (mpz_cmp(r[k].value, r[k - 1].value) != 0);
        if (r[k].rank >= most)
            most = r[k].rank + 1;
    }
    return most;
}

/* thresholds by place and rank, the last one again where there are fewer; and which of them each
 * entry has */
static bool tables(const struct tc_cube *c, const struct rank *r, unsigned n,
                   const struct tc_index **place, const struct tc_index *s, struct tc_cube *theta,
                   struct tc_cube *which)
{
    size_t ranks = s ? (size_t)s->extent : 1;
    const struct tc_index *ix[TC_RW_INDICES + 1];

    *theta = *which = (struct tc_cube){0};
    memcpy(ix, c->ix, c->n * sizeof *ix);
    ix[c->n] = s;
    place[n] = s;
    if (c->n + (s != NULL) > TC_RW_INDICES || !tc_cube_new(theta, n + (s != NULL), place) ||
        !tc_cube_new(which, c->n + (s != NULL), ix))
        return false;
    for (size_t k = 0; k < c->size; k++) {
        for (size_t i = r[k].rank; i < ranks; i++)
            mpz_set(theta->value[r[k].place * ranks + i], r[k].value);
        mpz_set_ui(which->value[r[k].at * ranks + r[k].rank], 1);
    }
    return true;
}

/* the gates of b, whose wires come to u, as those of one chain without the indices that u does
 * not read */
static bool once(struct tc_rw *rw, const struct tc_bank *old, const struct tc_bank *b,
                 const struct tc_form *u, struct tc_cube *c)
{
    const struct tc_index *place[TC_RW_INDICES + 1], *s, *own;
    struct rank *r = tc_xcalloc(c->size + 1, sizeof *r);
    struct tc_cube theta = {0}, which = {0};
    struct tc_form stands = {0, tc_alloc(rw->f->arena, 1, sizeof *stands.term),
                             tc_mpz_si(rw->f->arena, 0), tc_mpz_si(rw->f->arena, 1)};
    struct tc_bank *made = NULL;
    struct tc_guard *guard;
    unsigned n = 0, nguard = own_guards(rw, b, u, &guard);
    size_t ranks;

    for (unsigned k = 0; k < c->n; k++)
        if (form_reads(u, c->ix[k]))
            place[n++] = c->ix[k];
    ranks = rank_all(c, n, place, r);
    s = ranks > 1 ? tc_index_new(rw->f, "s", (int64_t)ranks, NULL) : NULL;
    if (tables(c, r, n, place, s, &theta, &which))
        made =
            tc_rw_bank_new(rw, b, "once", *u, s, tc_rw_table(rw, &theta, "theta"), nguard, guard);
    if (made) {
        stands.term[0] = read_bank(rw, made, &own);
        for (unsigned k = 0; own && k < which.n; k++)
            if (which.ix[k] == s)
                which.ix[k] = own;
        stands.nterm = tc_cube_factor(rw->f, &which, "which", &stands.term[0]);
        tc_rw_replace(rw, old, stands);
    }
    tc_cube_free(&theta);
    tc_cube_free(&which);
    free(r);
    return made != NULL;
}

static void hoist_gates(struct tc_rw *rw, const struct tc_bank *old, const struct tc_bank *b)
{
    struct tc_form v = tc_rw_fold(rw, b, tc_rw_value(rw, b)), u;
    mpz_ptr one = tc_mpz_si(rw->f->arena, 1);
    bool wires = false, free_of = false;
    struct tc_cube c;

    for (unsigned k = 0; k < b->theta.nterm; k++)
        wires = wires || b->theta.term[k].plane;
    if (tc_rw_is_output(rw, old) || wires || !tc_rw_quotient(rw, &b->form, one, &u))
        return;
    for (unsigned k = 0; k < b->plane.naxis; k++)
        free_of = free_of || (b->plane.axis[k]->extent > 1 && !form_reads(&u, b->plane.axis[k]));
    if (free_of && tc_rw_constants(&v, &c)) {
        for (size_t k = 0; k < c.size; k++)
            mpz_neg(c.value[k], c.value[k]);
        once(rw, old, b, &u, &c);
        tc_cube_free(&c);
    } else if (free_of) {
        tc_cube_free(&c);
    }
}

/* -------------------------------------------------------------------- parts */

/* which indices of the bank a term reads, its chain's last */
static uint64_t reach(const struct tc_bank *b, const struct tc_term *x)
{
    uint64_t set = 0;

    for (unsigned k = 0; k < b->plane.naxis && k < 63; k++)
        set |= (uint64_t)tc_term_reads(x, b->plane.axis[k]) << k;
    if (b->plane.chain && tc_term_reads(x, b->plane.chain))
        set |= (uint64_t)1 << 63;
    return set;
}

static bool is_part(const struct tc_bank *b, uint64_t set)
{
    for (unsigned k = 0; k < b->plane.naxis && k < 63; k++)
        if (b->plane.axis[k]->extent > 1 && !(set >> k & 1))
            return true;
    return false;
}

/* part number `wanted` of those that the form has; counts them on in *n */
static bool find_part(const struct tc_bank *b, const struct tc_form *x, unsigned wanted,
                      unsigned *n, uint64_t *set)
{
    bool found = false;

    for (unsigned k = 0; k < x->nterm; k++) {
        uint64_t here = reach(b, &x->term[k]);
        bool seen = !x->term[k].plane || !is_part(b, here);

        for (unsigned i = 0; i < k; i++)
            seen = seen || (x->term[i].plane && reach(b, &x->term[i]) == here);
        if (!seen && (*n)++ == wanted) {
            *set = here;
            found = true;
        }
    }
    return found;
}

/* the part, with its range, and what divides its weights */
static struct tc_form take_part(struct tc_rw *rw, const struct tc_bank *b, const struct tc_form *x,
                                uint64_t set, mpz_ptr unit)
{
    struct tc_arena *a = rw->f->arena;
    struct tc_form part = {0, tc_alloc(a, x->nterm + 1, sizeof *part.term), NULL, NULL}, all;
    mpz_ptr lo = tc_mpz(a), hi = tc_mpz(a), l = tc_mpz(a), h = tc_mpz(a), one = tc_mpz_si(a, 1);
    unsigned wires = 0;

    for (unsigned k = 0; k < x->nterm; k++) {
        struct tc_form single = {1, &x->term[k], NULL, NULL};

        wires += x->term[k].plane != NULL;
        if (!x->term[k].plane || reach(b, &x->term[k]) != set)
            continue;
        part.term[part.nterm++] = x->term[k];
        tc_rw_content(&x->term[k], l);
        mpz_gcd(unit, unit, l);
        if (!tc_rw_term_range(&x->term[k], l, h))
            tc_form_interval(&single, true, l, h);
        mpz_add(lo, lo, l);
        mpz_add(hi, hi, h);
    }
    if (wires == part.nterm && tc_rw_quotient(rw, x, one, &all)) {
        if (mpz_cmp(all.lo, lo) > 0)
            mpz_set(lo, all.lo);
        if (mpz_cmp(all.hi, hi) < 0)
            mpz_set(hi, all.hi);
    }
    part.lo = lo;
    part.hi = hi;
    return part;
}

/* the part as gates of its own: *value is what it comes to, by their wires */
static bool make_part(struct tc_rw *rw, const struct tc_bank *b, const struct tc_form *part,
                      mpz_srcptr unit, struct tc_form *value)
{
    struct tc_arena *a = rw->f->arena;
    mpz_ptr m = tc_mpz(a), least = tc_mpz(a);
    const struct tc_index *s, *own;
    struct tc_rw_bits bits;
    struct tc_form u, sum = {1, tc_alloc(a, 1, sizeof *sum.term), NULL, NULL}, read;
    struct tc_cube theta = {0};
    struct tc_guard *guard;
    struct tc_bank *made = NULL;
    unsigned nguard = own_guards(rw, b, part, &guard);

    if (mpz_sgn(unit) == 0 || !tc_rw_quotient(rw, part, unit, &u))
        return false;
    mpz_sub(m, u.hi, u.lo);
    if (mpz_sgn(m) <= 0 || mpz_cmp_ui(m, MOST) > 0)
        return false;
    s = tc_index_new(rw->f, "s", mpz_get_si(m), NULL);
    if (tc_cube_new(&theta, 1, &s)) {
        for (size_t k = 0; k < theta.size; k++)
            mpz_add_ui(theta.value[k], u.lo, k + 1);
        made = tc_rw_bank_new(rw, b, "part", u, theta.size > 1 ? s : NULL,
                              tc_rw_table(rw, &theta, "theta"), nguard, guard);
    }
    tc_cube_free(&theta);
    if (!made)
        return false;
    sum.term[0] = read_bank(rw, made, &own);
    read = sum;
    if (own && tc_rw_bits_new(rw, &sum.term[0], own, &bits) &&
        !tc_rw_bits_put(rw, &bits, &sum.term[0], own, &read))
        read = sum;
    value->term = tc_alloc(a, read.nterm + 1, sizeof *value->term);
    value->nterm = 0;
    for (unsigned k = 0; k < read.nterm; k++) {
        mpz_ptr coef = tc_mpz(a);

        mpz_mul(coef, read.term[k].coef, unit);
        value->term[value->nterm] = read.term[k];
        value->term[value->nterm++].coef = coef;
    }
    mpz_mul(least, u.lo, unit);
    if (mpz_sgn(least))
        value->term[value->nterm++] = (struct tc_term){.coef = least};
    return true;
}

/* the form with gates in the place of that part */
static bool without_part(struct tc_rw *rw, const struct tc_bank *b, struct tc_form *x, uint64_t set)
{
    mpz_ptr unit = tc_mpz(rw->f->arena);
    struct tc_form part = take_part(rw, b, x, set, unit), value, to = *x;

    if (!make_part(rw, b, &part, unit, &value))
        return false;
    to.term = tc_alloc(rw->f->arena, x->nterm + value.nterm + 1, sizeof *to.term);
    to.nterm = 0;
    for (unsigned k = 0; k < x->nterm; k++)
        if (!x->term[k].plane || reach(b, &x->term[k]) != set)
            to.term[to.nterm++] = x->term[k];
    memcpy(to.term + to.nterm, value.term, value.nterm * sizeof *to.term);
    to.nterm += value.nterm;
    *x = tc_rw_fold(rw, b, to);
    return true;
}

/* part number `wanted`; returns how many there are */
static unsigned hoist_part(struct tc_rw *rw, const struct tc_bank *old, const struct tc_bank *b,
                           unsigned wanted)
{
    struct tc_form form = b->form, theta = b->theta;
    struct tc_bank *made = NULL;
    uint64_t set;
    unsigned n = 0;
    bool changed = find_part(b, &form, wanted, &n, &set) && without_part(rw, b, &form, set);

    if (find_part(b, &theta, wanted, &n, &set) && without_part(rw, b, &theta, set))
        changed = true;
    if (changed)
        made = tc_rw_bank_of(rw, old, form, old->plane.chain, theta);
    if (made)
        rw->plane[old->plane.id].wire = &made->plane;
    return n;
}

static bool has_parts(const struct tc_bank *b)
{
    for (unsigned which = 0; which < 2; which++) {
        const struct tc_form *x = which ? &b->theta : &b->form;

        for (unsigned k = 0; k < x->nterm; k++)
            if (x->term[k].plane && is_part(b, reach(b, &x->term[k])))
                return true;
    }
    return false;
}

/* the gates of a bank first, then its parts */
static struct tc_family *attempt(struct tc_family *f, unsigned bank, unsigned choice, bool *more)
{
    struct tc_rw *rw;
    unsigned n = 0;

    *more = false;
    if (!has_parts(f->bank[bank]))
        return f;
    rw = tc_rw_open(f);
    for (unsigned k = 0; k < rw->nbank; k++) {
        const struct tc_bank *old = rw->f->bank[k], *b = tc_rw_bank(rw, old);

        if (k == bank && choice == 0)
            hoist_gates(rw, old, b);
        else if (k == bank)
            n = hoist_part(rw, old, b, choice - 1);
    }
    *more = choice == 0 || n > choice;
    return tc_rw_close(rw, f);
}

struct tc_family *tc_pass_hoist(struct tc_family *f, const struct tc_pass_options *options,
                                struct tc_error *err)
{
    (void)options;
    (void)err;
    return tc_rw_improve(f, attempt, tc_rw_smaller);
}
