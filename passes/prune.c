/* prune.c -- thresholds that say nothing
 *
 * requires nothing; depth, gates and wires fewer or equal; weights may grow
 *
 * A gate of a chain goes, and the others are numbered anew, if
 *   - all readers' tables are 0 there: it is looked at by none,
 *   - its threshold is above the form's range, so that it is 0, or not above its least
 *     value, so that it is 1,
 *   - its threshold is that of the gate before it, whose wire is then read twice.
 * Thresholds that wires are part of are only looked at from their readers' side.  Chains whose
 * guards name the chain's index, and outputs, stay.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

enum fate { UNREAD, KEPT, ONE, SAME }; /* SAME: as the one before */

/* ------------------------------------------------------------------- readers */

/* where along t all entries of a dense factor are 0 */
static void zeros(const struct tc_factor *x, const struct tc_index *t, bool *dead)
{
    size_t size, stride = 1;
    unsigned r = 0;

    while (r < x->table->rank &&
           !(tc_axis_reads(&x->at[r], t) && !x->at[r].via && x->at[r].at.n == 1 &&
             x->at[r].at.part[0].coef == 1 && x->at[r].at.constant == 0))
        r++;
    if (x->table->fn || r == x->table->rank)
        return;
    for (unsigned k = r + 1; k < x->table->rank; k++)
        stride *= (size_t)x->table->extent[k];
    size = tc_table_size(x->table);
    for (int64_t at = 0; at < t->extent; at++) {
        bool zero = true;

        for (size_t k = (size_t)at * stride; zero && k < size;
             k += stride * (size_t)x->table->extent[r])
            for (size_t i = k; zero && i < k + stride; i++)
                zero = x->table->big ? !mpz_sgn(x->table->big[i]) : !x->table->small[i];
        dead[at] = dead[at] || zero;
    }
}

/* fate[t] := KEPT where a term looks */
static void look(const struct tc_term *x, enum fate *fate)
{
    const struct tc_plane *p = x->plane;
    const struct tc_axis *at = &x->at[p->naxis];
    const struct tc_index *t = at->at.n == 1 && !at->via ? at->at.part[0].ix : NULL;
    bool *dead = tc_xcalloc((size_t)p->chain->extent, sizeof *dead);
    int64_t lo, hi;

    if (t && at->at.part[0].coef == 1 && at->at.constant == 0)
        for (unsigned k = 0; k < x->nfactor; k++)
            zeros(&x->factor[k], t, dead);
    tc_axis_range(at, &lo, &hi);
    for (int64_t k = lo < 0 ? 0 : lo; k <= hi && k < p->chain->extent; k++)
        if (!dead[k])
            fate[k] = KEPT;
    free(dead);
}

static void look_all(const struct tc_rw *rw, const struct tc_plane *p, enum fate *fate)
{
    for (unsigned k = 0; k < rw->nbank; k++)
        for (unsigned which = 0; which < 2; which++) {
            const struct tc_form *x = which ? &rw->f->bank[k]->theta : &rw->f->bank[k]->form;

            for (unsigned i = 0; i < x->nterm; i++)
                if (x->term[i].plane == p)
                    look(&x->term[i], fate);
        }
}

/* ---------------------------------------------------------------- thresholds */

/* constant thresholds over their indices, t among them */
static bool thresholds(const struct tc_bank *b, struct tc_cube *c)
{
    const struct tc_index *ix[2 * TC_RW_INDICES];
    struct tc_cube part;
    unsigned n = 0;

    *c = (struct tc_cube){0};
    ix[n++] = b->plane.chain;
    for (unsigned k = 0; k < b->theta.nterm; k++) {
        const struct tc_term *x = &b->theta.term[k];

        if (x->plane || x->nsum || x->nguard)
            return false;
        for (unsigned i = 0; i < x->nfactor; i++)
            if (x->factor[i].table->fn)
                return false;
        if (!tc_cube_product(&part, x->nfactor, x->factor, 0, NULL, NULL) ||
            n + part.n > TC_RW_INDICES) {
            tc_cube_free(&part);
            return false;
        }
        tc_cube_free(&part);
        memcpy(ix + n, part.ix, part.n * sizeof *ix);
        n += part.n;
    }
    if (!tc_cube_new(c, n, ix))
        return false;
    for (unsigned k = 0; k < b->theta.nterm; k++) {
        const struct tc_term *x = &b->theta.term[k];
        bool ok = tc_cube_product(&part, x->nfactor, x->factor, n, ix, NULL);

        for (size_t i = 0; ok && i < c->size; i++)
            mpz_addmul(c->value[i], part.value[i], x->coef);
        tc_cube_free(&part);
        if (!ok) {
            tc_cube_free(c);
            return false;
        }
    }
    return true;
}

static void cross(const struct tc_bank *b, enum fate *fate)
{
    struct tc_cube c;
    size_t stride = 1, length = (size_t)b->plane.chain->extent;

    if (!thresholds(b, &c))
        return;
    for (unsigned k = 0; k < c.n; k++)
        if (c.ix[k] == b->plane.chain)
            stride = tc_cube_stride(&c, k);
    for (size_t t = 0; t < length; t++) {
        bool above = true, below = true, same = t > 0;

        for (size_t k = 0; k < c.size; k++)
            if (k / stride % length == t) {
                above = above && mpz_cmp(c.value[k], b->form.hi) > 0;
                below = below && mpz_cmp(c.value[k], b->form.lo) <= 0;
                same = same && mpz_cmp(c.value[k], c.value[k - stride]) == 0;
            }
        if (fate[t] == KEPT)
            fate[t] = above ? UNREAD : below ? ONE : same ? SAME : KEPT;
    }
    for (size_t t = 1; t < length; t++) /* the one before may not be there */
        if (fate[t] == SAME && fate[t - 1] == UNREAD)
            fate[t] = KEPT;
    tc_cube_free(&c);
}

/* ------------------------------------------------------------------- renumbered */

static struct tc_form with_chain(struct tc_rw *rw, const struct tc_bank *b, struct tc_form x,
                                 struct tc_axis to)
{
    struct tc_rw_map m = {.n = 1, .from = {b->plane.chain}, .to = {to}};
    struct tc_form y = {x.nterm, tc_alloc(rw->f->arena, x.nterm + 1, sizeof *y.term), x.lo, x.hi};

    for (unsigned k = 0; k < x.nterm; k++)
        if (!tc_rw_term(rw->f, &x.term[k], &m, &y.term[k]))
            return x;
    return tc_rw_fold(rw, b, y);
}

static struct tc_index *short_chain(struct tc_rw *rw, const struct tc_bank *b, int64_t length)
{
    struct tc_arena *a = rw->f->arena;

    return tc_index_new(rw->f, b->plane.chain->name, length,
                        tc_family_symbol(rw->f, tc_sprintf(a, "T_%s", b->plane.name), length,
                                         "thresholds of this bank that something reads"));
}

/* what the old chain's gate t is: a gate of the new one, or 1, or 0 */
static struct tc_form read_short(struct tc_rw *rw, const struct tc_bank *old,
                                 const struct tc_bank *b, const enum fate *fate)
{
    struct tc_family *f = rw->f;
    const struct tc_index *ix[2] = {old->plane.chain, b ? b->plane.chain : NULL};
    struct tc_term *term = tc_alloc(f->arena, 2, sizeof *term);
    struct tc_form form = {0, term, tc_mpz_si(f->arena, 0), tc_mpz_si(f->arena, 1)};
    size_t length = (size_t)old->plane.chain->extent, width = ix[1] ? (size_t)ix[1]->extent : 1;
    struct tc_cube one, which = {0};

    tc_cube_new(&one, 1, ix);
    for (size_t t = 0; t < length; t++)
        mpz_set_ui(one.value[t], fate[t] == ONE || (fate[t] == SAME && t && fate[t - 1] == ONE));
    term[0].coef = tc_mpz_si(f->arena, 1);
    form.nterm += tc_cube_factor(f, &one, "one", &term[0]);
    tc_cube_free(&one);
    if (b && tc_cube_new(&which, ix[1] ? 2 : 1, ix)) {
        struct tc_term *x = &term[form.nterm];
        size_t at = SIZE_MAX;

        *x = tc_rw_wire(rw, &b->plane).term[0];
        if (ix[1]) {
            const struct tc_index **sum = tc_alloc(f->arena, 1, sizeof *sum);

            sum[0] = ix[1];
            x->sum = sum;
            x->nsum = 1;
        }
        for (size_t t = 0; t < length; t++) {
            at += fate[t] == KEPT;
            if (fate[t] == KEPT || fate[t] == SAME)
                mpz_set_ui(which.value[t * width + at], 1);
        }
        tc_cube_factor(f, &which, "kept", x);
        form.nterm++;
    }
    tc_cube_free(&which);
    return form;
}

static void prune(struct tc_rw *rw, const struct tc_bank *old, const struct tc_bank *b,
                  const enum fate *fate)
{
    size_t length = (size_t)old->plane.chain->extent, n = 0;
    int64_t *kept = tc_xcalloc(length, sizeof *kept);
    const struct tc_bank *made = NULL;

    for (size_t t = 0; t < length; t++)
        if (fate[t] == KEPT)
            kept[n++] = (int64_t)t;
    if (n > 0 && n < length && n * length <= TC_RW_ENTRIES) {
        struct tc_index *t = n > 1 ? short_chain(rw, b, (int64_t)n) : NULL;
        struct tc_axis to = tc_axis_const(kept[0]);
        int64_t extent = (int64_t)n;

        if (t) {
            to = tc_axis_const(0);
            to.via = tc_table_dense(rw->f, "kept", 1, &extent, kept);
            to.arg = tc_axis_of(rw->f->arena, t).at;
        }
        made = tc_rw_bank_of(rw, old, b->form, t, with_chain(rw, b, b->theta, to));
    }
    if (n == 0 || made)
        tc_rw_replace(rw, old, read_short(rw, old, made, fate));
    free(kept);
}

static bool guarded(const struct tc_bank *b)
{
    for (unsigned k = 0; k < b->nguard; k++)
        if (tc_axis_reads(&b->guard[k].expr, b->plane.chain))
            return true;
    return false;
}

/* all chains but those that stay; says which of them have a reader that cannot follow */
static struct tc_family *prune_all(struct tc_family *f, bool *stay, bool *again)
{
    struct tc_rw *rw = tc_rw_open(f);

    *again = false;
    for (unsigned k = 0; k < rw->nbank; k++) {
        const struct tc_bank *old = rw->f->bank[k], *b = tc_rw_bank(rw, old);
        enum fate *fate;

        if (stay[k] || !old->plane.chain || tc_rw_is_output(rw, old) || guarded(old))
            continue;
        fate = tc_xcalloc((size_t)old->plane.chain->extent, sizeof *fate);
        look_all(rw, &old->plane, fate);
        cross(b, fate);
        prune(rw, old, b, fate);
        free(fate);
    }
    for (unsigned k = 0; k < rw->nbank; k++)
        if (rw->plane[rw->f->ninput + k].refused)
            stay[k] = *again = true;
    return tc_rw_close(rw, f);
}

struct tc_family *tc_pass_prune(struct tc_family *f, const struct tc_pass_options *options,
                                struct tc_error *err)
{
    bool *stay = tc_xcalloc(f->nbank + 1, sizeof *stay), again;
    struct tc_family *g = prune_all(f, stay, &again);

    (void)options;
    (void)err;
    while (again) {
        if (g != f)
            tc_family_free(g);
        g = prune_all(f, stay, &again);
    }
    free(stay);
    return g;
}
