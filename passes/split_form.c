/* split_form.c -- what the banks of split-weights are written with: names, terms that are read
 * anew, tables of constants and of digits, banks and wires of them */
#include "split.h"

#include <assert.h>
#include <string.h>

/* -------------------------------------------------------------------- names */

static bool plane_named(const struct tc_family *f, const char *name)
{
    for (unsigned k = 0; k < f->ninput; k++)
        if (!strcmp(f->input[k]->name, name))
            return true;
    for (unsigned k = 0; k < f->nbank; k++)
        if (!strcmp(f->bank[k]->plane.name, name))
            return true;
    return false;
}

const char *tc_split_plane_name(struct split_build *s, const char *part)
{
    const char *name = tc_sprintf(s->f->arena, "%s.%s", s->old->plane.name, part);

    while (plane_named(s->f, name))
        name = tc_sprintf(s->f->arena, "%s'", name);
    return name;
}

const char *tc_split_table_name(struct split_build *s, const char *part)
{
    /* equal tables are one, whichever bank made it: no bank's name */
    const char *name = tc_sprintf(s->f->arena, "split.%s", part), *full = name;
    unsigned again = 1;

    for (unsigned k = 0; k < s->f->ntable; k++)
        if (!strcmp(s->f->table[k]->name, full)) {
            full = tc_sprintf(s->f->arena, "%s.%u", name, ++again);
            k = 0;
            if (!strcmp(s->f->table[0]->name, full))
                full = tc_sprintf(s->f->arena, "%s.%u", name, ++again);
        }
    return full;
}

bool tc_split_too_large(struct split_build *s)
{
    return tc_fail(s->err, TC_ELIMIT, (struct tc_loc){0},
                   "--max-weight: a table of digits of %.60s would have more than 2^22 entries",
                   s->old->plane.name);
}

/* ------------------------------------------------------------------- reading */

struct tc_axis tc_split_axis(struct split_build *s, const struct tc_index *ix)
{
    return tc_axis_of(s->f->arena, ix);
}

/* a term that reads what stands for the plane it read */
static void reread(struct split_build *s, struct tc_term *t)
{
    const struct tc_plane *from = t->plane, *to;
    const struct tc_index *group;
    struct tc_axis *at;

    if (!from || from->id >= s->nold)
        return;
    to = s->plane[from->id];
    group = s->group[from->id];
    at = tc_alloc(s->f->arena, tc_plane_axes(to) + 1, sizeof *at);
    for (unsigned k = 0; k < tc_plane_axes(to); k++) {
        const struct tc_index *ix = k < to->naxis ? to->axis[k] : to->chain;
        unsigned i = 0;

        if (ix == group) {
            at[k] = tc_split_axis(s, ix);
            continue;
        }
        while (i < from->naxis && from->axis[i] != ix)
            i++;
        assert(i < from->naxis || from->chain == ix);
        at[k] = t->at[i];
    }
    if (group) {
        const struct tc_index **sum = tc_alloc(s->f->arena, t->nsum + 1, sizeof *sum);

        if (t->nsum)
            memcpy(sum, t->sum, t->nsum * sizeof *sum);
        sum[t->nsum++] = group;
        t->sum = sum;
    }
    t->plane = to;
    t->at = at;
}

struct tc_form tc_split_reread(struct split_build *s, struct tc_form f)
{
    struct tc_term *term = tc_alloc(s->f->arena, f.nterm + 1, sizeof *term);

    for (unsigned k = 0; k < f.nterm; k++) {
        term[k] = f.term[k];
        reread(s, &term[k]);
    }
    f.term = term;
    return f;
}

/* ------------------------------------------------------------------- tables */

struct split_entries tc_split_entries_new(struct split_build *s, unsigned nother,
                                          const int64_t *extent, const struct tc_axis *at)
{
    struct split_entries e = {.nother = nother, .other = 1};

    for (unsigned k = 0; k < nother; k++) {
        e.extent[k] = extent[k];
        e.at[k] = at[k];
        e.other *= (size_t)extent[k];
    }
    if (e.other <= TC_SPLIT_MOST / s->b->nplace)
        e.v = tc_alloc(s->scratch, s->b->nplace * e.other, sizeof *e.v);
    return e; /* v NULL: too large */
}

static bool entry_equal(mpz_srcptr x, mpz_srcptr y)
{
    return (!x || !y) ? (!x || !mpz_sgn(x)) && (!y || !mpz_sgn(y)) : mpz_cmp(x, y) == 0;
}

/* Leaves the indices out on which nothing depends; those that remain. */
static unsigned squeeze(struct split_build *s, struct split_entries *e,
                        const struct tc_index **left)
{
    size_t before = s->b->nplace, after = 1;
    unsigned n = 0;

    for (unsigned k = 0; k < s->b->nindex; k++) {
        size_t extent = (size_t)s->b->index[k]->extent, inner;
        bool same = true;

        before /= extent;
        inner = before * e->other;
        for (size_t i = 0; same && i < after; i++)
            for (size_t x = 1; same && x < extent; x++)
                for (size_t j = 0; same && j < inner; j++)
                    same = entry_equal(e->v[i * extent * inner + j],
                                       e->v[(i * extent + x) * inner + j]);
        if (!same) {
            left[n++] = s->b->index[k];
            after *= extent;
            continue;
        }
        for (size_t i = 1; i < after; i++)
            memmove(e->v + i * inner, e->v + i * extent * inner, inner * sizeof *e->v);
    }
    return n;
}

static void fill(struct split_build *s, mpz_ptr *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!v[k])
            v[k] = tc_mpz(s->scratch);
}

struct tc_form tc_split_table_form(struct split_build *s, const char *part, struct split_entries *e)
{
    const struct tc_index *left[64];
    struct tc_axis at[66];
    int64_t extent[66];
    unsigned n = squeeze(s, e, left);
    size_t size = e->other;

    for (unsigned k = 0; k < n; k++) {
        at[k] = tc_split_axis(s, left[k]);
        extent[k] = left[k]->extent;
        size *= (size_t)extent[k];
    }
    for (unsigned k = 0; k < e->nother; k++) {
        at[n + k] = e->at[k];
        extent[n + k] = e->extent[k];
    }
    fill(s, e->v, size);
    if (!(n + e->nother))
        return tc_form_const(s->f, e->v[0]);
    return tc_form_table(
        s->f, tc_table_dense_mpz(s->f, tc_split_table_name(s, part), n + e->nother, extent, e->v),
        at);
}

struct tc_form tc_split_table_times(struct split_build *s, const char *part,
                                    struct split_entries *e, struct tc_form x)
{
    struct tc_form t = tc_split_table_form(s, part, e);

    if (!t.nterm)
        return tc_form_si(s->f, 0);
    if (!t.term[0].nfactor)
        return tc_form_scale(s->f, x, t.term[0].coef);
    return tc_form_times(s->f, x, t.term[0].factor[0].table, t.term[0].factor[0].at);
}

struct tc_axis tc_split_table_axis(struct split_build *s, const char *part, struct split_entries *e)
{
    const struct tc_index *left[64];
    unsigned n = squeeze(s, e, left);
    int64_t stride = 1, *flat;
    size_t size = e->other;
    struct tc_axis x = tc_axis_const(0), arg = tc_axis_const(0);

    for (unsigned k = e->nother; k-- > 0; stride *= e->extent[k]) {
        arg.at.constant += stride * e->at[k].at.constant;
        for (unsigned i = 0; i < e->at[k].at.n; i++)
            arg = tc_axis_plus(s->f->arena, arg, stride * e->at[k].at.part[i].coef,
                               e->at[k].at.part[i].ix);
    }
    for (unsigned k = n; k-- > 0; stride *= left[k]->extent) {
        arg = tc_axis_plus(s->f->arena, arg, stride, left[k]);
        size *= (size_t)left[k]->extent;
    }
    fill(s, e->v, size);
    flat = tc_alloc(s->scratch, size, sizeof *flat);
    for (size_t k = 0; k < size; k++)
        flat[k] = tc_mpz_get_i64(e->v[k]);
    if (size == 1)
        return tc_axis_const(flat[0]);
    stride = (int64_t)size;
    x.via = tc_table_dense(s->f, tc_split_table_name(s, part), 1, &stride, flat);
    x.arg = arg.at;
    return x;
}

/* ------------------------------------------------------------------- digits */

static void digit_of(struct split_build *s, enum split_digits kind, mpz_srcptr w, unsigned slot,
                     mpz_ptr d)
{
    const struct split_plan *p = s->p;

    if (kind == TC_SPLIT_BEFORE && !slot)
        return;
    tc_split_digit(p, w, kind == TC_SPLIT_BEFORE ? slot - 1 : slot, d);
    if (kind == TC_SPLIT_JOINT && mpz_sgn(p->radix[slot])) {
        mpz_ptr below = tc_mpz(s->scratch);

        tc_split_digit(p, w, slot - 1, below);
        mpz_mul(d, d, p->radix[slot]);
        mpz_add(d, d, below);
    }
}

bool tc_split_digit_form(struct split_build *s, bool theta, enum split_digits kind, unsigned nslot,
                         const unsigned *block_of, struct tc_axis slot, struct tc_form *out)
{
    struct tc_family *f = s->f;
    struct tc_form x = tc_form_si(f, 0);

    for (unsigned i = 0; i < s->b->nterm; i++) {
        const struct split_term *t = &s->b->term[i];
        struct tc_form one = {1, tc_alloc(f->arena, 1, sizeof *one.term), NULL, NULL};
        struct tc_factor *factor = tc_alloc(f->arena, 1, sizeof *factor);
        struct tc_axis *at = tc_alloc(f->arena, t->nvary + (size_t)1, sizeof *at);
        int64_t extent[65];
        mpz_ptr *v, hi = tc_mpz(f->arena), lo = tc_mpz(f->arena);

        if (t->theta != theta)
            continue;
        if (t->size > TC_SPLIT_MOST / nslot)
            return tc_split_too_large(s);
        v = tc_alloc(s->scratch, t->size * nslot, sizeof *v);
        for (size_t w = 0; w < t->size; w++)
            for (unsigned k = 0; k < nslot; k++) {
                mpz_ptr d = v[w * nslot + k] = tc_mpz(s->scratch);

                if (!block_of || block_of[k] != TC_SPLIT_NO_BLOCK)
                    digit_of(s, kind, t->weight[w], block_of ? block_of[k] : k, d);
                if (theta)
                    mpz_neg(d, d);
                if (mpz_cmpabs(d, hi) > 0)
                    mpz_abs(hi, d);
            }
        if (!mpz_sgn(hi))
            continue;
        for (unsigned k = 0; k < t->nvary; k++) {
            at[k] = tc_split_axis(s, t->vary[k]);
            extent[k] = t->vary[k]->extent;
        }
        at[t->nvary] = slot;
        extent[t->nvary] = nslot;
        *factor = (struct tc_factor){
            tc_table_dense_mpz(f, tc_split_table_name(s, "digit"), t->nvary + 1, extent, v), at};
        one.term[0] = *t->term;
        reread(s, &one.term[0]);
        one.term[0].coef = tc_mpz_si(f->arena, 1);
        one.term[0].nfactor = 1;
        one.term[0].factor = factor;
        for (unsigned k = 0; k < one.term[0].nsum; k++)
            mpz_mul_si(hi, hi, one.term[0].sum[k]->extent);
        mpz_neg(lo, hi);
        one.lo = lo;
        one.hi = hi;
        x = tc_form_add(f, x, one);
    }
    *out = x;
    return true;
}

/* -------------------------------------------------------------------- banks */

const struct tc_plane *tc_split_bank_new(struct split_build *s, const char *name,
                                         struct tc_form form, bool chain, struct tc_form theta,
                                         bool monotone, unsigned nguard,
                                         const struct tc_guard *guard, const char *note)
{
    const struct tc_plane *old = &s->old->plane;
    struct tc_guard *all =
        tc_alloc(s->f->arena, s->old->nguard + nguard + old->naxis + (size_t)1, sizeof *all);
    unsigned n = 0;

    for (unsigned k = 0; k < s->old->nguard; k++)
        all[n++] = s->old->guard[k];
    for (unsigned k = 0; k < nguard; k++)
        all[n++] = guard[k];
    for (unsigned k = 0; k < old->naxis; k++) { /* what no weight needs any more stays an axis */
        bool used = false;

        for (unsigned i = 0; i < form.nterm; i++)
            used = used || tc_term_reads(&form.term[i], old->axis[k]);
        for (unsigned i = 0; i < theta.nterm; i++)
            used = used || tc_term_reads(&theta.term[i], old->axis[k]);
        for (unsigned i = 0; i < n; i++)
            used = used || tc_axis_reads(&all[i].expr, old->axis[k]);
        if (!used)
            all[n++].expr = tc_split_axis(s, old->axis[k]);
    }
    return &tc_bank_new(s->f, name, form, chain ? old->chain : NULL, theta, monotone, n, all,
                        s->old->component, note)
                ->plane;
}

struct tc_form tc_split_wire(struct split_build *s, const struct tc_plane *p, unsigned n,
                             const struct tc_index *const *ix, const struct tc_axis *to)
{
    struct tc_axis at[65];

    for (unsigned k = 0; k < tc_plane_axes(p); k++) {
        const struct tc_index *own = k < p->naxis ? p->axis[k] : p->chain;

        at[k] = tc_split_axis(s, own);
        for (unsigned i = 0; i < n; i++)
            if (ix[i] == own)
                at[k] = to[i];
    }
    return tc_form_wire(s->f, p, at);
}
