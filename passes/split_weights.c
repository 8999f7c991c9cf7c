/* split_weights.c -- the same function with |weight| <= W
 *
 * requires nothing; depth up to 3 for 1, gates more; weights at most W
 *
 * A bank whose weights are too large is cut into blocks of their digits; what
 * it drove becomes a gate, or a sum of gates of which at most one is 1, over the
 * signs of the blocks.  CONSTRUCTIONS.md, "Bounded weights", has the proof;
 * split_weigh.c and split_plan.c the numbers; here the banks are made:
 *
 *   NAME.carry   from each block into the next, where there are any
 *   NAME.block   whether block k with what enters is at least 0, and at least 1
 *   NAME         the highest block that is not 0 decides
 */
#include "split.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TABLE ((size_t)1 << 22)

struct build {
    struct tc_family *f;      /* being built: at first a copy */
    struct tc_arena *scratch;
    unsigned nold;            /* planes of the original */
    const struct tc_plane **plane; /* by id of the original: what stands for it */
    const struct tc_index **group; /* likewise: sum over it, unless NULL */
    /* of the bank at hand */
    const struct tc_bank *old;
    const struct split_bank *b;
    const struct split_plan *p;
    struct tc_error *err;
};

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

static const char *plane_name(struct build *s, const char *part)
{
    const char *name = tc_sprintf(s->f->arena, "%s.%s", s->old->plane.name, part);

    while (plane_named(s->f, name))
        name = tc_sprintf(s->f->arena, "%s'", name);
    return name;
}

static const char *table_name(struct build *s, const char *part)
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

static bool too_large(struct build *s)
{
    return tc_fail(s->err, TC_ELIMIT, (struct tc_loc){0},
                   "--max-weight: a table of digits of %.60s would have more than 2^22 entries",
                   s->old->plane.name);
}

/* ------------------------------------------------------------------- reading */

static struct tc_axis axis_of(struct build *s, const struct tc_index *ix)
{
    return tc_axis_of(s->f->arena, ix);
}

/* a term that reads what stands for the plane it read */
static void reread(struct build *s, struct tc_term *t)
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
            at[k] = axis_of(s, ix);
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

static struct tc_form reread_form(struct build *s, struct tc_form f)
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

/* entries over some of the place's indices, then over others */
struct entries {
    unsigned nother;
    size_t other; /* points of their box */
    struct tc_axis at[2];
    int64_t extent[2];
    mpz_ptr *v; /* [place * other]; NULL is 0 */
};

static struct entries entries_new(struct build *s, unsigned nother, const int64_t *extent,
                                  const struct tc_axis *at)
{
    struct entries e = {.nother = nother, .other = 1};

    for (unsigned k = 0; k < nother; k++) {
        e.extent[k] = extent[k];
        e.at[k] = at[k];
        e.other *= (size_t)extent[k];
    }
    if (e.other <= MOST_TABLE / s->b->nplace)
        e.v = tc_alloc(s->scratch, s->b->nplace * e.other, sizeof *e.v);
    return e; /* v NULL: too large */
}

static bool entry_equal(mpz_srcptr x, mpz_srcptr y)
{
    return (!x || !y) ? (!x || !mpz_sgn(x)) && (!y || !mpz_sgn(y)) : mpz_cmp(x, y) == 0;
}

/* Leaves the indices out on which nothing depends; those that remain. */
static unsigned squeeze(struct build *s, struct entries *e, const struct tc_index **left)
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

static void fill(struct build *s, mpz_ptr *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!v[k])
            v[k] = tc_mpz(s->scratch);
}

/* the constant entry[place, others] */
static struct tc_form table_form(struct build *s, const char *part, struct entries *e)
{
    const struct tc_index *left[64];
    struct tc_axis at[66];
    int64_t extent[66];
    unsigned n = squeeze(s, e, left);
    size_t size = e->other;

    for (unsigned k = 0; k < n; k++) {
        at[k] = axis_of(s, left[k]);
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
        s->f, tc_table_dense_mpz(s->f, table_name(s, part), n + e->nother, extent, e->v), at);
}

/* the same times a form */
static struct tc_form table_times(struct build *s, const char *part, struct entries *e,
                                  struct tc_form x)
{
    struct tc_form t = table_form(s, part, e);

    if (!t.nterm)
        return tc_form_si(s->f, 0);
    if (!t.term[0].nfactor)
        return tc_form_scale(s->f, x, t.term[0].coef);
    return tc_form_times(s->f, x, t.term[0].factor[0].table, t.term[0].factor[0].at);
}

/* the entry as an axis: through a table of one argument */
static struct tc_axis table_axis(struct build *s, const char *part, struct entries *e)
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
    x.via = tc_table_dense(s->f, table_name(s, part), 1, &stride, flat);
    x.arg = arg.at;
    return x;
}

/* ------------------------------------------------------------------- digits */

/* what block of slot v is, for tables of digits */
enum digits {
    PLAIN,  /* slot k: block k */
    BEFORE, /* slot k: block k - 1; slot 0 is empty */
    JOINT,  /* slot k: block k times its radix, and block k - 1 */
};

static void digit_of(struct build *s, enum digits kind, mpz_srcptr w, unsigned slot, mpz_ptr d)
{
    const struct split_plan *p = s->p;

    if (kind == BEFORE && !slot)
        return;
    tc_split_digit(p, w, kind == BEFORE ? slot - 1 : slot, d);
    if (kind == JOINT && mpz_sgn(p->radix[slot])) {
        mpz_ptr below = tc_mpz(s->scratch);

        tc_split_digit(p, w, slot - 1, below);
        mpz_mul(d, d, p->radix[slot]);
        mpz_add(d, d, below);
    }
}

#define NO_BLOCK UINT32_MAX /* a slot without gates */

/* The wires of the form, or those of the threshold, with digits for weights.  The
 * slot is where along one axis; block_of, if not NULL, gives an entry's slot.  Terms
 * without digits are left out: they would seem to add depth. */
static bool digit_form(struct build *s, bool theta, enum digits kind, unsigned nslot,
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
        if (t->size > MOST_TABLE / nslot)
            return too_large(s);
        v = tc_alloc(s->scratch, t->size * nslot, sizeof *v);
        for (size_t w = 0; w < t->size; w++)
            for (unsigned k = 0; k < nslot; k++) {
                mpz_ptr d = v[w * nslot + k] = tc_mpz(s->scratch);

                if (!block_of || block_of[k] != NO_BLOCK)
                    digit_of(s, kind, t->weight[w], block_of ? block_of[k] : k, d);
                if (theta)
                    mpz_neg(d, d);
                if (mpz_cmpabs(d, hi) > 0)
                    mpz_abs(hi, d);
            }
        if (!mpz_sgn(hi))
            continue;
        for (unsigned k = 0; k < t->nvary; k++) {
            at[k] = axis_of(s, t->vary[k]);
            extent[k] = t->vary[k]->extent;
        }
        at[t->nvary] = slot;
        extent[t->nvary] = nslot;
        *factor = (struct tc_factor){
            tc_table_dense_mpz(f, table_name(s, "digit"), t->nvary + 1, extent, v), at};
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

/* with the domain of the old one and all of its guards, and what else is given */
static const struct tc_plane *bank_new(struct build *s, const char *name, struct tc_form form,
                                       bool chain, struct tc_form theta, bool monotone,
                                       unsigned nguard, const struct tc_guard *guard,
                                       const char *note)
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
            all[n++].expr = axis_of(s, old->axis[k]);
    }
    return &tc_bank_new(s->f, name, form, chain ? old->chain : NULL, theta, monotone, n, all,
                        s->old->component, note)
                ->plane;
}

/* one wire of it, at the axes' own indices but for those that stand elsewhere */
static struct tc_form wire(struct build *s, const struct tc_plane *p, unsigned n,
                           const struct tc_index *const *ix, const struct tc_axis *to)
{
    struct tc_axis at[65];

    for (unsigned k = 0; k < tc_plane_axes(p); k++) {
        const struct tc_index *own = k < p->naxis ? p->axis[k] : p->chain;

        at[k] = axis_of(s, own);
        for (unsigned i = 0; i < n; i++)
            if (ix[i] == own)
                at[k] = to[i];
    }
    return tc_form_wire(s->f, p, at);
}

/* --------------------------------------------------- gates by place and slot */

/* gates [block >= threshold]: for each place and slot a list of thresholds */
struct lists {
    enum digits kind;
    unsigned nslot;
    size_t most;    /* in a list */
    size_t *n;      /* [place * nslot + slot] */
    mpz_ptr **at;   /* likewise */
};

/* the same as a bank */
struct made {
    const struct lists *of;
    const struct tc_plane *plane;
    const struct tc_index *slot, *item; /* its axes, but for a row of gates */
    const struct tc_index *row;         /* that row's, or NULL */
    bool all;                           /* all lists are full; else there is */
    struct tc_guard guard;              /* item < how many the list at slot has */
    size_t *where; /* in the row: [(place * nslot + slot) * most + item] */
};

static struct lists lists_new(struct build *s, enum digits kind, unsigned nslot)
{
    struct lists l = {.kind = kind, .nslot = nslot};

    l.n = tc_alloc(s->scratch, s->b->nplace * nslot, sizeof *l.n);
    l.at = tc_alloc(s->scratch, s->b->nplace * nslot, sizeof *l.at);
    return l;
}

static mpz_ptr list_add(struct build *s, struct lists *l, size_t place, unsigned slot)
{
    size_t i = place * l->nslot + slot;

    if (!(l->n[i] & (l->n[i] - 1))) {
        mpz_ptr *more = tc_alloc(s->scratch, 2 * l->n[i] + 1, sizeof *more);

        if (l->n[i])
            memcpy(more, l->at[i], l->n[i] * sizeof *more);
        l->at[i] = more;
    }
    l->at[i][l->n[i]] = tc_mpz(s->scratch);
    if (l->n[i] == l->most)
        l->most++;
    return l->at[i][l->n[i]++];
}

/* its indices, and which pairs of them have a gate */
static bool made_guard(struct build *s, struct made *m)
{
    const struct lists *l = m->of;
    int64_t extent = l->nslot;
    struct tc_axis slot;
    struct entries e;

    m->slot = tc_index_new(s->f, "block", l->nslot, NULL);
    m->item = tc_index_new(s->f, "u", (int64_t)l->most, NULL);
    slot = axis_of(s, m->slot);
    e = entries_new(s, 1, &extent, &slot);
    if (!e.v)
        return too_large(s);
    m->all = true;
    for (size_t k = 0; k < s->b->nplace * l->nslot; k++) {
        e.v[k] = tc_mpz_si(s->scratch, (int64_t)l->n[k]);
        /* outside the guards there is nothing, as much as anywhere */
        if (!s->b->valid[k / l->nslot])
            mpz_set_si(e.v[k], (int64_t)(k >= l->nslot ? l->n[k % l->nslot] : 0));
        m->all = m->all && mpz_cmp_ui(e.v[k], l->most) == 0;
    }
    if (m->all)
        return true;
    m->guard.expr = table_axis(s, "count", &e);
    m->guard.expr.at.constant -= 1;
    m->guard.expr = tc_axis_plus(s->f->arena, m->guard.expr, -1, m->item);
    return true;
}

/* the same where slot and item stand elsewhere */
static struct tc_guard guard_at(struct build *s, const struct made *m, struct tc_axis slot,
                                struct tc_axis item)
{
    return tc_guard_subst(s->f, tc_guard_subst(s->f, m->guard, m->slot, slot), m->item, item);
}

static bool make_grid(struct build *s, struct made *m, const char *name, const char *note)
{
    const struct lists *l = m->of;
    const struct tc_index *chain = s->old->plane.chain;
    struct tc_form form, theta;
    struct tc_axis at[2];
    int64_t extent[2] = {l->nslot, (int64_t)l->most};
    unsigned *block_of;
    struct entries e;

    at[0] = axis_of(s, m->slot);
    at[1] = axis_of(s, m->item);
    e = entries_new(s, 2, extent, at);
    if (!e.v)
        return too_large(s);
    for (size_t k = 0; k < s->b->nplace * l->nslot; k++)
        for (size_t u = 0; u < l->n[k]; u++)
            e.v[k * l->most + u] = l->at[k][u];
    block_of = tc_alloc(s->scratch, l->nslot, sizeof *block_of);
    for (unsigned slot = 0; slot < l->nslot; slot++) {
        block_of[slot] = NO_BLOCK;
        for (size_t place = 0; place < s->b->nplace; place++)
            if (l->n[place * l->nslot + slot])
                block_of[slot] = slot;
    }
    if (!digit_form(s, false, l->kind, l->nslot, block_of, at[0], &form) ||
        !digit_form(s, true, l->kind, l->nslot, block_of, at[0], &theta))
        return false;
    theta = tc_form_add(s->f, theta, table_form(s, "theta", &e));
    m->plane = bank_new(s, plane_name(s, name), form, chain != NULL, theta, false, !m->all,
                        &m->guard, note);
    return true;
}

/* All gates in one row, equal ones once: where nothing but the chain tells places
 * apart, and it does not matter for the wires. */
static bool make_row(struct build *s, struct made *m, const char *name, const char *note)
{
    const struct lists *l = m->of;
    size_t nplace = s->b->nplace, total = 0, n = 0, *first;
    unsigned *block_of;
    mpz_ptr *at;
    int64_t extent;
    struct tc_form form, theta;
    struct tc_axis row;

    for (size_t k = 0; k < nplace * l->nslot; k++)
        total += l->n[k];
    m->where = tc_alloc(s->scratch, nplace * l->nslot * l->most, sizeof *m->where);
    at = tc_alloc(s->scratch, total, sizeof *at);
    block_of = tc_alloc(s->scratch, total, sizeof *block_of);
    first = tc_alloc(s->scratch, l->nslot + (size_t)1, sizeof *first);
    for (unsigned slot = 0; slot < l->nslot; slot++)
        for (size_t place = first[slot] = 0; place < nplace; place++)
            for (size_t u = 0; u < l->n[place * l->nslot + slot]; u++) {
                mpz_srcptr v = l->at[place * l->nslot + slot][u];
                size_t k = first[slot] ? first[slot] - 1 : n;

                if (!first[slot])
                    first[slot] = n + 1;
                while (k < n && mpz_cmp(at[k], v))
                    k++;
                if (k == n) {
                    at[n] = tc_mpz_copy(s->scratch, v);
                    block_of[n++] = slot;
                }
                m->where[(place * l->nslot + slot) * l->most + u] = k;
            }
    for (unsigned i = 0; i < s->b->nterm; i++)
        if (n > MOST_TABLE / s->b->term[i].size)
            return make_grid(s, m, name, note); /* more gates, fewer digits */
    extent = (int64_t)n;
    m->row = tc_index_new(s->f, "r", extent, NULL);
    row = axis_of(s, m->row);
    if (!digit_form(s, false, l->kind, (unsigned)n, block_of, row, &form) ||
        !digit_form(s, true, l->kind, (unsigned)n, block_of, row, &theta))
        return false;
    theta = tc_form_add(
        s->f, theta,
        tc_form_table(s->f, tc_table_dense_mpz(s->f, table_name(s, "theta"), 1, &extent, at), &row));
    m->plane = bank_new(s, plane_name(s, name), form, false, theta, false, 0, NULL, note);
    return true;
}

static bool make(struct build *s, const struct lists *l, struct made *m, const char *name,
                 const char *note)
{
    *m = (struct made){.of = l};
    if (!made_guard(s, m))
        return false;
    if (tc_split_row_of_gates(s->b))
        return make_row(s, m, name, note);
    return make_grid(s, m, name, note);
}

/* Gate item of the list of a slot; item over an index, too.  Only where there is one. */
static bool read_item(struct build *s, const struct made *m, struct tc_axis slot,
                      struct tc_axis item, struct tc_form *out)
{
    const struct lists *l = m->of;

    if (m->row) {
        struct tc_axis at[2] = {slot, item};
        int64_t extent[2] = {l->nslot, (int64_t)l->most};
        struct entries e = entries_new(s, 2, extent, at);
        struct tc_axis to;

        if (!e.v)
            return too_large(s);
        for (size_t k = 0; k < s->b->nplace * e.other; k++)
            e.v[k] = tc_mpz_si(s->scratch, (int64_t)m->where[k]);
        to = table_axis(s, "row", &e);
        *out = wire(s, m->plane, 1, &m->row, &to);
    } else {
        const struct tc_index *ix[2] = {m->slot, m->item};
        struct tc_axis to[2] = {slot, item};

        *out = wire(s, m->plane, 2, ix, to);
    }
    return true;
}

/* the sum over a list; sign: +1 and -1 by turns, the first where start is not */
static bool read_list(struct build *s, const struct made *m, struct tc_axis slot,
                      const bool *start, struct tc_form *out)
{
    const struct lists *l = m->of;
    const struct tc_index *item = tc_index_new(s->f, "u", (int64_t)l->most, NULL);
    struct tc_axis at[2] = {slot, axis_of(s, item)};
    struct tc_guard guard;

    if (!read_item(s, m, slot, at[1], out))
        return false;
    if (start) {
        int64_t extent[2] = {l->nslot, (int64_t)l->most};
        struct entries e = entries_new(s, 2, extent, at);

        if (!e.v)
            return too_large(s);
        for (size_t k = 0; k < s->b->nplace * l->nslot; k++)
            for (size_t u = 0; u < l->most; u++)
                e.v[k * l->most + u] = tc_mpz_si(s->scratch, (u % 2 == 0) == !start[k] ? 1 : -1);
        *out = table_times(s, "sign", &e, *out);
    }
    if (!m->all)
        guard = guard_at(s, m, slot, at[1]);
    *out = tc_form_sum(s->f, *out, 1, &item, !m->all, &guard);
    return true;
}

/* -------------------------------------------------------------- the last layer */

/* weights of the last layer: of P and G in block k, for group g */
static int64_t last_weight(const struct split_plan *p, unsigned g, unsigned k, enum split_kind kind)
{
    if (k / p->group < g)
        return 0;
    if (k / p->group == g)
        return (int64_t)1 << (k - g * p->group);
    return kind == TC_SPLIT_P ? (int64_t)1 << p->group : -((int64_t)1 << p->group);
}

/* [E_block >= kind] as a form, in the blocks that are guarded; start: 1 less than it */
struct sign {
    struct tc_form form;
    unsigned nguard;
    struct tc_guard guard;
    const bool *start; /* per place and block; NULL: never */
};

/* Of each group of blocks: it is positive (the lowest: or 0), and all above are 0. */
static bool last_layer(struct build *s, const struct tc_index *block, const struct sign *sign)
{
    const struct split_plan *p = s->p;
    const struct tc_index *chain = s->old->plane.chain, *group = NULL;
    struct tc_form sum = tc_form_si(s->f, 0), part;
    struct tc_axis at[2], one[1];
    int64_t extent[2] = {p->ngroup, p->nblock};
    struct entries e;

    if (p->ngroup > 1)
        group = tc_index_new(s->f, "g", p->ngroup, NULL);
    at[0] = one[0] = group ? axis_of(s, group) : tc_axis_const(0);
    at[1] = axis_of(s, block);
    for (unsigned kind = TC_SPLIT_P; kind <= TC_SPLIT_G; kind++) {
        mpz_ptr *v = tc_alloc(s->scratch, p->ngroup * p->nblock, sizeof *v);
        const struct tc_table *t;

        for (unsigned g = 0; g < p->ngroup; g++)
            for (unsigned k = 0; k < p->nblock; k++)
                v[g * p->nblock + k] =
                    tc_mpz_si(s->scratch, last_weight(p, g, k, (enum split_kind)kind));
        t = tc_table_dense_mpz(s->f, table_name(s, "last"), 2 - !group, extent + !group, v);
        part = tc_form_times(s->f, sign[kind].form, t, at + !group);
        part = tc_form_sum(s->f, part, 1, &block, sign[kind].nguard, &sign[kind].guard);
        sum = tc_form_add(s->f, sum, part);
    }
    e = entries_new(s, group != NULL, extent, one);
    if (!e.v)
        return too_large(s);
    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned g = 0; g < p->ngroup; g++) {
            int64_t v = g > 0;

            for (unsigned k = 0; k < p->blocks[place]; k++) {
                v += last_weight(p, g, k, TC_SPLIT_P);
                for (unsigned kind = TC_SPLIT_P; kind <= TC_SPLIT_G; kind++)
                    if (sign[kind].start && sign[kind].start[place * p->nblock + k])
                        v -= last_weight(p, g, k, (enum split_kind)kind);
            }
            e.v[place * p->ngroup + g] = tc_mpz_si(s->scratch, v);
        }
    part = table_form(s, "last", &e);
    if (chain)
        s->plane[s->old->plane.id] = bank_new(s, s->old->plane.name, tc_form_si(s->f, 0), true,
                                              tc_form_sub(s->f, part, sum), false, 0, NULL,
                                              s->old->note);
    else
        s->plane[s->old->plane.id] = bank_new(s, s->old->plane.name, sum, false, part, false, 0,
                                              NULL, s->old->note);
    s->group[s->old->plane.id] = group;
    return true;
}

/* ------------------------------------------------------------- the ways to split */

/* no block needs to know the one below */
static bool split_apart(struct build *s)
{
    const struct split_plan *p = s->p;
    const struct tc_index *block;
    struct lists l = lists_new(s, PLAIN, p->nblock);
    struct sign sign[2] = {{.nguard = 1}, {.nguard = 1}};
    struct made m;

    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned k = 0; s->b->valid[place] && k < p->blocks[place]; k++)
            for (unsigned kind = 0; kind < (k ? 2 : 1); kind++)
                mpz_ui_sub(list_add(s, &l, place, k), kind, p->digit[place * p->nblock + k]);
    if (!make(s, &l, &m, "block", "blocks of the weights' digits: at least 0, at least 1"))
        return false;
    block = tc_index_new(s->f, "block", p->nblock, NULL);
    assert(!m.all); /* block 0 has but one */
    for (unsigned kind = 0; kind < 2; kind++) {
        if (!read_item(s, &m, axis_of(s, block), tc_axis_const(kind), &sign[kind].form))
            return false;
        sign[kind].guard = guard_at(s, &m, axis_of(s, block), tc_axis_const(kind));
    }
    return last_layer(s, block, sign);
}

/* each with the one below, as one number */
static bool split_joint(struct build *s)
{
    static const char *const name[] = {"block", "positive"};
    static const char *const note[] = {"joint blocks: where at least 0 changes",
                                       "joint blocks: where at least 1 changes"};
    const struct split_plan *p = s->p;
    const struct tc_index *block = tc_index_new(s->f, "block", p->nblock, NULL);
    struct sign sign[2] = {{.nguard = 0}, {.nguard = 0}};
    struct lists l[2];
    struct made m[2];

    for (unsigned kind = 0; kind < 2; kind++) {
        bool *first = tc_alloc(s->scratch, s->b->nplace * p->nblock, sizeof *first);

        l[kind] = lists_new(s, JOINT, p->nblock);
        for (size_t place = 0; place < s->b->nplace; place++)
            for (unsigned k = kind; s->b->valid[place] && k < p->blocks[place]; k++) {
                size_t i = place * p->nblock + k;

                first[i] = p->steps[2 * i + kind].start;
                for (unsigned u = 0; u < p->steps[2 * i + kind].n; u++)
                    mpz_set(list_add(s, &l[kind], place, k), p->steps[2 * i + kind].at[u]);
            }
        sign[kind].start = first;
        sign[kind].form = tc_form_si(s->f, 0);
        if (l[kind].most && (!make(s, &l[kind], &m[kind], name[kind], note[kind]) ||
                             !read_list(s, &m[kind], axis_of(s, block), first, &sign[kind].form)))
            return false;
    }
    return last_layer(s, block, sign);
}

/* carries first */
static bool split_carries(struct build *s)
{
    const struct split_plan *p = s->p;
    const struct tc_index *chain = s->old->plane.chain, *block;
    struct lists l = lists_new(s, BEFORE, p->nblock + 1);
    struct lists two = {.nslot = p->nblock, .most = 2};
    struct sign sign[2] = {{.nguard = 1}, {.nguard = 1}};
    struct made m, made = {.of = &two};
    struct tc_axis own, next, at[2];
    struct tc_form form, theta, high, enter;
    int64_t extent[2] = {p->nblock, 2};
    const struct tc_plane *plane;
    struct entries e;
    mpz_t beta;
    bool ok;

    mpz_init_set_ui(beta, 1);
    mpz_mul_2exp(beta, beta, p->width);
    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned k = 0; s->b->valid[place] && k + 1 < p->blocks[place]; k++)
            for (int64_t j = 0; j < p->carries[place * p->nblock + k]; j++) {
                mpz_ptr v = list_add(s, &l, place, k + 1);

                mpz_mul_si(v, beta, j);
                mpz_add(v, v, p->from[place * p->nblock + k]);
            }
    /* gates of blocks: at slot block + 1, and what enters at slot block */
    ok = make(s, &l, &m, "carry", "carries out of blocks of the weights' digits");
    two.n = tc_alloc(s->scratch, s->b->nplace * p->nblock, sizeof *two.n);
    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned k = 0; s->b->valid[place] && k < p->blocks[place]; k++)
            two.n[place * p->nblock + k] = k ? 2 : 1;
    if (!ok || !made_guard(s, &made)) {
        mpz_clear(beta);
        return false;
    }
    block = made.slot;
    own = axis_of(s, block);
    next = tc_axis_plus(s->f->arena, tc_axis_const(1), 1, block);
    at[0] = own;
    at[1] = axis_of(s, made.item);
    e = entries_new(s, 2, extent, at);
    ok = e.v ? true : too_large(s);
    ok = ok && digit_form(s, false, PLAIN, p->nblock, NULL, own, &form) &&
         digit_form(s, true, PLAIN, p->nblock, NULL, own, &theta) &&
         read_list(s, &m, next, NULL, &high) && read_list(s, &m, own, NULL, &enter);
    if (ok) {
        for (size_t place = 0; place < s->b->nplace; place++)
            for (unsigned k = 0; s->b->valid[place] && k < p->blocks[place]; k++)
                for (unsigned kind = 0; kind < (k ? 2 : 1); kind++) {
                    mpz_ptr v = tc_mpz(s->scratch);

                    mpz_ui_sub(v, kind, p->digit[place * p->nblock + k]);
                    e.v[(place * p->nblock + k) * 2 + kind] = v;
                }
        theta = tc_form_add(s->f, theta, table_form(s, "theta", &e));
        theta = tc_form_add(s->f, theta, tc_form_scale(s->f, high, beta));
        theta = tc_form_sub(s->f, theta, enter);
        assert(!made.all);
    }
    mpz_clear(beta);
    if (!ok)
        return false;
    plane = bank_new(s, plane_name(s, "block"), form, chain != NULL, theta, false, 1, &made.guard,
                     "blocks with what enters them: at least 0, at least 1");
    for (unsigned kind = 0; kind < 2; kind++) {
        struct tc_axis to = tc_axis_const(kind);

        sign[kind].form = wire(s, plane, 1, &made.item, &to);
        sign[kind].guard = guard_at(s, &made, own, to);
    }
    return last_layer(s, block, sign);
}

/* the weights divided by what they have in common */
static bool split_not(struct build *s)
{
    const struct tc_axis slot = tc_axis_const(0);
    struct entries e = entries_new(s, 0, NULL, NULL);
    struct tc_form form, theta;

    if (!e.v)
        return too_large(s);
    if (!digit_form(s, false, PLAIN, 1, NULL, slot, &form) ||
        !digit_form(s, true, PLAIN, 1, NULL, slot, &theta))
        return false;
    for (size_t place = 0; place < s->b->nplace; place++) {
        e.v[place] = tc_mpz(s->scratch);
        mpz_neg(e.v[place], s->b->constant[place]);
    }
    theta = tc_form_add(s->f, theta, table_form(s, "theta", &e));
    s->plane[s->old->plane.id] =
        bank_new(s, s->old->plane.name, form, s->old->plane.chain != NULL, theta,
                 s->old->monotone, 0, NULL, s->old->note);
    return true;
}

/* ---------------------------------------------------------------------- pass */

static bool is_output(const struct tc_family *f, const struct tc_plane *p)
{
    for (unsigned k = 0; k < f->noutput; k++)
        if (f->output[k].plane == p)
            return true;
    return false;
}

/* an output's wires are gates, not sums of them */
static void gate_layer(struct build *s)
{
    const struct tc_plane *p = s->plane[s->old->plane.id];
    const struct tc_index *group = s->group[s->old->plane.id];
    struct tc_bank *b = s->f->bank[s->f->nbank - 1];
    struct tc_form x;

    b->plane.name = plane_name(s, "group");
    x = tc_form_sum(s->f, wire(s, p, 0, NULL, NULL), 1, &group, 0, NULL);
    if (s->old->plane.chain)
        p = bank_new(s, s->old->plane.name, tc_form_si(s->f, 0), true,
                     tc_form_sub(s->f, tc_form_si(s->f, 1), x), false, 0, NULL, s->old->note);
    else
        p = bank_new(s, s->old->plane.name, x, false, tc_form_si(s->f, 1), false, 0, NULL,
                     s->old->note);
    s->plane[s->old->plane.id] = p;
    s->group[s->old->plane.id] = NULL;
}

static void keep(struct build *s)
{
    const struct tc_bank *old = s->old;

    s->plane[old->plane.id] =
        &tc_bank_new(s->f, old->plane.name, reread_form(s, old->form), old->plane.chain,
                     reread_form(s, old->theta), old->monotone, old->nguard, old->guard,
                     old->component, old->note)
             ->plane;
}

static bool split(struct build *s, struct split_bank *b, struct split_plan *p)
{
    bool ok;

    s->b = b;
    s->p = p;
    s->scratch = tc_arena_new();
    ok = p->nblock == 1 ? split_not(s)
         : p->joint     ? split_joint(s)
         : p->high      ? split_carries(s)
                        : split_apart(s);
    tc_arena_free(s->scratch);
    if (ok && s->group[s->old->plane.id] && is_output(s->f, &s->old->plane))
        gate_layer(s);
    return ok;
}

/* the least power of two under which there is a plan; the largest weight if none is less */
static void least_bound(const struct split_bank *b, mpz_ptr w)
{
    struct split_plan *p = NULL;

    for (mpz_set_ui(w, 2); mpz_cmp(w, b->max) < 0; mpz_mul_2exp(w, w, 1)) {
        p = tc_split_plan(b, w);
        if (p)
            break;
    }
    if (!p)
        mpz_set(w, b->max);
    tc_split_plan_free(p);
}

struct plans {
    struct tc_arena *arena;
    struct split_bank *bank;  /* by number; those that need it */
    struct split_plan **plan; /* NULL: the bank stays */
};

static bool plan_all(const struct tc_family *f, const struct tc_count *count, mpz_srcptr w,
                     struct plans *p, struct tc_error *err)
{
    unsigned culprit = 0;
    mpz_t least, most;
    bool ok = true;

    p->bank = tc_alloc(p->arena, f->nbank + 1, sizeof *p->bank);
    p->plan = tc_alloc(p->arena, f->nbank + 1, sizeof *p->plan);
    mpz_inits(least, most, NULL);
    for (unsigned k = 0; k < f->nbank && ok; k++) {
        if (mpz_cmp(count->bank[k].max_weight, w) <= 0)
            continue;
        ok = tc_split_weigh(p->arena, f->bank[k], &p->bank[k], err);
        p->plan[k] = ok ? tc_split_plan(&p->bank[k], w) : NULL;
        if (!ok || p->plan[k])
            continue;
        least_bound(&p->bank[k], least);
        if (mpz_cmp(least, most) > 0) {
            mpz_set(most, least);
            culprit = k;
        }
    }
    if (ok && mpz_sgn(most)) {
        char bound[80], wanted[80];

        gmp_snprintf(bound, sizeof bound, "%Zd", w);
        gmp_snprintf(wanted, sizeof wanted, "%Zd", most);
        ok = tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                     "--max-weight %s is too small for the sums of %.60s; %s is enough for all",
                     bound, f->bank[culprit]->plane.name, wanted);
    }
    mpz_clears(least, most, NULL);
    return ok;
}

static struct tc_family *build(struct tc_family *f, struct plans *p, struct tc_error *err)
{
    bool *kept = tc_xcalloc(f->nbank + 1, sizeof *kept), ok = true;
    struct build s = {.err = err};
    struct tc_family *copy = NULL;
    unsigned nbank = f->nbank;

    memset(kept, true, nbank);
    s.f = tc_family_copy(f, kept);
    free(kept);
    s.nold = f->ninput + nbank;
    s.plane = tc_xcalloc(s.nold + 1, sizeof *s.plane);
    s.group = tc_xcalloc(s.nold + 1, sizeof *s.group);
    for (unsigned k = 0; k < f->ninput; k++)
        s.plane[k] = s.f->input[k];
    for (unsigned k = 0; k < nbank && ok; k++) {
        s.old = s.f->bank[k];
        if (p->plan[k]) {
            struct split_bank b; /* of the copy */

            ok = tc_split_weigh(p->arena, s.old, &b, err) && split(&s, &b, p->plan[k]);
        } else {
            keep(&s);
        }
    }
    for (unsigned k = 0; ok && k < f->noutput; k++)
        s.f->output[k].plane = s.plane[f->output[k].plane->id];
    if (ok) {
        kept = tc_xcalloc(s.f->nbank + 1, sizeof *kept);
        for (unsigned k = nbank; k < s.f->nbank; k++)
            kept[k] = true;
        copy = tc_family_copy(s.f, kept);
        free(kept);
    }
    tc_family_free(s.f);
    free(s.plane);
    free(s.group);
    return copy;
}

struct tc_family *tc_pass_split_weights(struct tc_family *f, const struct tc_pass_options *options,
                                        struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_family *result = f;
    struct plans p = {.arena = arena};
    struct tc_count count;
    mpz_ptr w = tc_mpz(arena);
    bool ok = true;

    mpz_import(w, 1, 1, sizeof options->max_weight, 0, 0, &options->max_weight);
    if (options->poly || mpz_sgn(w))
        ok = tc_family_count(arena, f, true, &count, err);
    if (ok && options->poly) { /* 2^3h, where a gate reads less than 2^h wires */
        mpz_set_ui(w, 1);
        mpz_mul_2exp(w, w, 3 * mpz_sizeinbase(count.max_fan_in, 2));
    }
    if (ok && mpz_sgn(w) && mpz_cmp(count.max_weight, w) > 0) {
        ok = plan_all(f, &count, w, &p, err);
        result = ok ? build(f, &p, err) : NULL;
        for (unsigned k = 0; p.plan && k < f->nbank; k++)
            tc_split_plan_free(p.plan[k]);
    }
    tc_arena_free(arena);
    return ok ? result : NULL;
}
