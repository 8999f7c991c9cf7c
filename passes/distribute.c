/* distribute.c -- ANDs of forms, a layer earlier
 *
 * requires ANDs that read wires, as -O0 makes them: it comes before absorb; outputs kept;
 * depth less; gates, wires and weights may grow
 *
 * An AND is linear in each of its wires.  Where wire x is a form c + sum of w(t) g(t), as
 * absorb and compose know it, AND(x, y) = c y + sum of w(t) AND(g(t), y): readers read
 * that, and what cancels in them is never made.  A gate g = [F >= theta] in it need not
 * wait for F: with M > F - theta, AND(g, y1, ..., ym) = [F + M (y1 + ... + ym) >= theta + M m],
 * on the layer of g.  An AND within an AND is one.
 *
 * Tried are the ANDs on longest paths, one by one and then all of them; kept is what makes
 * the family shallower once absorb, compose and prune have run, which then follow.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

#define MOST_WIRES 8

/* a part of the expansion: a term without plane times an AND of wires */
struct part {
    struct tc_term weight;
    unsigned n;
    struct wire {
        const struct tc_plane *plane;
        struct tc_axis *at;
    } wire[MOST_WIRES];
};

struct expansion {
    struct tc_rw *rw;
    const struct tc_bank *old; /* the AND */
    unsigned level;            /* to be reached */
    bool *stands;              /* by plane of the new family: what form it is */
    struct tc_form *form;
    unsigned nplane;
    struct tc_form sum; /* of the parts */
    unsigned nmade;
    const struct tc_bank *made[64];
    bool failed;
};

static unsigned level_of(const struct expansion *e, const struct tc_plane *p)
{
    return e->stands[p->id] ? tc_form_level(&e->form[p->id]) : p->level;
}

/* -------------------------------------------------------------------- a gate */

/* the wires' expressions as axes of the gate: each its own, equal ones once */
struct axes {
    unsigned n;
    struct tc_axis is[TC_RW_INDICES];         /* in the part */
    const struct tc_index *ix[TC_RW_INDICES]; /* in the gate */
};

static bool is_lone(const struct tc_axis *x)
{
    return !x->via && x->at.n == 1 && x->at.constant == 0 && x->at.part[0].coef == 1;
}

static bool axis_for(struct tc_family *f, struct axes *a, const struct tc_axis *x,
                     const struct tc_index *axis, struct tc_axis *to)
{
    for (unsigned k = 0; k < a->n; k++)
        if (tc_axis_equal(&a->is[k], x)) {
            *to = tc_axis_of(f->arena, a->ix[k]);
            return a->ix[k]->extent <= axis->extent;
        }
    if (a->n == TC_RW_INDICES)
        return false;
    a->is[a->n] = *x;
    a->ix[a->n] = is_lone(x) && x->at.part[0].ix->extent == axis->extent
                      ? x->at.part[0].ix
                      : tc_index_new(f, axis->name, axis->extent, axis->size);
    *to = tc_axis_of(f->arena, a->ix[a->n++]);
    return true;
}

/* which wire's threshold is joined: the one on the highest level that is a gate */
static unsigned main_wire(const struct part *p)
{
    unsigned best = p->n;

    for (unsigned k = 0; k < p->n; k++)
        if (p->wire[k].plane->bank &&
            (best == p->n || p->wire[k].plane->level > p->wire[best].plane->level))
            best = k;
    return best;
}

static struct tc_form wire_form(struct expansion *e, const struct tc_plane *p,
                                const struct tc_axis *at)
{
    return tc_form_wire(e->rw->f, p, at);
}

/* guards that the wires' planes have, where they are read */
static bool guards_of(struct expansion *e, const struct part *p, struct tc_axis at[][TC_RW_INDICES],
                      unsigned *n, struct tc_guard *guard)
{
    for (unsigned k = 0; k < p->n; k++) {
        const struct tc_plane *q = p->wire[k].plane;
        struct tc_rw_map m = {.n = tc_plane_axes(q)};

        for (unsigned i = 0; i < m.n; i++) {
            m.from[i] = i < q->naxis ? q->axis[i] : q->chain;
            m.to[i] = at[k][i];
        }
        for (unsigned g = 0; q->bank && g < q->bank->nguard; g++) {
            bool known = false;

            if (*n == TC_RW_GUARDS ||
                !tc_rw_axis(e->rw->f, &q->bank->guard[g].expr, &m, &guard[*n].expr))
                return false;
            for (unsigned i = 0; i < *n; i++)
                known = known || tc_axis_equal(&guard[i].expr, &guard[*n].expr);
            *n += !known;
        }
    }
    return true;
}

/* form or threshold of a bank whose axes and chain stand elsewhere */
static bool moved(struct expansion *e, const struct tc_bank *b, const struct tc_form *x,
                  const struct tc_axis *at, struct tc_form *to)
{
    struct tc_term wire = {
        .plane = &b->plane,
        .at = tc_alloc(e->rw->f->arena, tc_plane_axes(&b->plane) + 1, sizeof *wire.at),
        .coef = tc_mpz_si(e->rw->f->arena, 1)};

    memcpy(wire.at, at, tc_plane_axes(&b->plane) * sizeof *at);
    *to = *x;
    return tc_rw_inline(e->rw->f, &wire, x, to);
}

/* Form and threshold of the AND: of g's own where there is one, and M times the others. */
static bool gate_forms(struct expansion *e, const struct part *p,
                       struct tc_axis at[][TC_RW_INDICES], unsigned g, struct tc_form *form,
                       struct tc_form *theta)
{
    struct tc_family *f = e->rw->f;
    mpz_ptr m = tc_mpz_si(f->arena, 1), all = tc_mpz(f->arena);

    *form = *theta = tc_form_si(f, 0);
    if (g < p->n) {
        const struct tc_bank *b = p->wire[g].plane->bank;

        if (!moved(e, b, &b->form, at[g], form) || !moved(e, b, &b->theta, at[g], theta))
            return false;
        mpz_sub(m, b->form.hi, b->theta.lo);
        mpz_add_ui(m, m, 1);
        if (mpz_sgn(m) <= 0)
            mpz_set_ui(m, 1);
    }
    for (unsigned k = 0; k < p->n; k++)
        if (k != g) {
            struct tc_form x = wire_form(e, p->wire[k].plane, at[k]);

            *form = tc_form_add(f, *form, tc_form_scale(f, x, m));
            mpz_add(all, all, m);
        }
    *theta = tc_form_add(f, *theta, tc_form_const(f, all));
    return true;
}

/* the chain of the gate: what is g's alone */
static const struct tc_index *chain_of(const struct part *p, struct tc_axis at[][TC_RW_INDICES],
                                       unsigned g)
{
    const struct tc_plane *q = g < p->n ? p->wire[g].plane : NULL;
    const struct tc_index *t;

    if (!q || !q->chain || !q->bank->monotone)
        return NULL;
    t = at[g][q->naxis].at.part[0].ix;
    for (unsigned k = 0; k < p->n; k++)
        for (unsigned i = 0; i < tc_plane_axes(p->wire[k].plane); i++)
            if ((k != g || i != q->naxis) && tc_axis_reads(&at[k][i], t))
                return NULL;
    for (unsigned k = 0; k < q->bank->nguard; k++)
        if (tc_axis_reads(&q->bank->guard[k].expr, q->chain))
            return NULL;
    return t;
}

/* one that was made before, or this one */
static const struct tc_bank *made_once(struct expansion *e, const struct tc_bank *b)
{
    for (unsigned k = 0; k < e->nmade; k++)
        if (tc_rw_equal(e->rw, e->made[k], b))
            return e->made[k];
    if (e->nmade < sizeof e->made / sizeof *e->made)
        e->made[e->nmade++] = b;
    return b;
}

static const struct tc_bank *gate_of(struct expansion *e, const struct part *p, struct axes *axes,
                                     const struct tc_index **chain)
{
    struct tc_axis at[MOST_WIRES][TC_RW_INDICES];
    struct tc_guard guard[TC_RW_GUARDS + 1];
    unsigned nguard = 0, g = main_wire(p);
    struct tc_form form, theta;
    struct tc_error err = {0};
    struct tc_bank *b;
    const char *name;

    for (unsigned k = 0; k < p->n; k++)
        for (unsigned i = 0; i < tc_plane_axes(p->wire[k].plane); i++) {
            const struct tc_plane *q = p->wire[k].plane;

            if (!axis_for(e->rw->f, axes, &p->wire[k].at[i], i < q->naxis ? q->axis[i] : q->chain,
                          &at[k][i]))
                return NULL;
        }
    if (!guards_of(e, p, at, &nguard, guard) || !gate_forms(e, p, at, g, &form, &theta))
        return NULL;
    *chain = chain_of(p, at, g);
    name = e->nmade ? tc_sprintf(e->rw->f->arena, "%s.%u", e->old->plane.name, e->nmade)
                    : tc_sprintf(e->rw->f->arena, "%s.gated", e->old->plane.name);
    b = tc_bank_new(e->rw->f, name, form, *chain, theta, *chain != NULL, nguard, guard,
                    e->old->component, e->old->note);
    if (!tc_bank_check(e->rw->f, b, &err)) {
        e->rw->f->nbank--;
        return NULL;
    }
    return made_once(e, b);
}

/* the AND of a part's wires, as a plane and where it is read */
static bool emit(struct expansion *e, const struct part *p)
{
    struct tc_family *f = e->rw->f;
    struct tc_form x = {1, tc_alloc(f->arena, 1, sizeof *x.term), tc_mpz(f->arena),
                        tc_mpz(f->arena)};
    struct axes axes = {0};

    x.term[0] = p->weight;
    if (p->n == 1) {
        x.term[0].plane = p->wire[0].plane;
        x.term[0].at = p->wire[0].at;
    } else if (p->n > 1) {
        const struct tc_index *chain = NULL;
        const struct tc_bank *b = gate_of(e, p, &axes, &chain);
        unsigned n = 0;

        if (!b)
            return false;
        x.term[0].plane = &b->plane;
        x.term[0].at = tc_alloc(f->arena, axes.n + 1, sizeof *x.term[0].at);
        /* the gate's axes are ours in order of their ids, the chain last */
        for (uint32_t id = 0; id < f->next_index; id++)
            for (unsigned k = 0; k < axes.n; k++)
                if (axes.ix[k]->id == id && axes.ix[k] != chain)
                    x.term[0].at[n++] = axes.is[k];
        for (unsigned k = 0; k < axes.n; k++)
            if (axes.ix[k] == chain)
                x.term[0].at[n++] = axes.is[k];
        if (n != tc_plane_axes(&b->plane))
            return false;
    }
    e->sum = tc_form_add(f, e->sum, x);
    return true;
}

/* ----------------------------------------------------------------- expansions */

static bool expand(struct expansion *, struct part, unsigned depth);

/* wire k replaced by the form that it is */
static bool expand_form(struct expansion *e, const struct part *p, unsigned k, unsigned depth)
{
    const struct wire *w = &p->wire[k];
    struct tc_term t = p->weight;
    struct tc_form out;

    t.plane = w->plane;
    t.at = w->at;
    if (!tc_rw_inline(e->rw->f, &t, &e->form[w->plane->id], &out))
        return false;
    for (unsigned i = 0; i < out.nterm; i++) {
        struct part q = *p;

        q.weight = out.term[i];
        q.weight.plane = NULL;
        q.weight.at = NULL;
        if (out.term[i].plane) {
            q.wire[k] = (struct wire){out.term[i].plane, out.term[i].at};
        } else {
            memmove(q.wire + k, q.wire + k + 1, (q.n - k - 1) * sizeof *q.wire);
            q.n--;
        }
        if (!expand(e, q, depth + 1))
            return false;
    }
    return true;
}

/* wire k, an AND, replaced by its wires */
static bool flatten(struct expansion *e, const struct part *p, unsigned k, unsigned depth)
{
    const struct tc_bank *b = p->wire[k].plane->bank;
    struct part q = *p;
    struct tc_form out;

    if (p->n + b->form.nterm - 1 > MOST_WIRES || !moved(e, b, &b->form, p->wire[k].at, &out))
        return false;
    for (unsigned i = 0; i < out.nterm; i++)
        q.wire[i ? q.n++ : k] = (struct wire){out.term[i].plane, out.term[i].at};
    return expand(e, q, depth + 1);
}

static bool expand(struct expansion *e, struct part p, unsigned depth)
{
    if (depth > 16)
        return false;
    for (unsigned k = 0; k < p.n; k++)
        if (level_of(e, p.wire[k].plane) >= e->level && e->stands[p.wire[k].plane->id])
            return expand_form(e, &p, k, depth);
    for (unsigned k = 0; k < p.n; k++)
        if (p.wire[k].plane->level >= e->level && p.wire[k].plane->bank &&
            tc_rw_is_and(p.wire[k].plane->bank))
            return flatten(e, &p, k, depth);
    return emit(e, &p);
}

/* ------------------------------------------------------------------ the family */

/* what each bank of the new family is, and the levels that count */
static void know(struct expansion *e, const struct tc_bank *b)
{
    unsigned id = b->plane.id;

    if (id >= e->nplane) {
        unsigned room = 2 * id + 16;

        e->stands = tc_xrealloc(e->stands, room, sizeof *e->stands);
        e->form = tc_xrealloc(e->form, room, sizeof *e->form);
        memset(e->stands + e->nplane, 0, (room - e->nplane) * sizeof *e->stands);
        e->nplane = room;
    }
    e->stands[id] =
        tc_absorb_stands(e->rw, b, &e->form[id]) || tc_compose_stands(e->rw, b, &e->form[id]);
}

static bool expand_bank(struct expansion *e, const struct tc_bank *old, const struct tc_bank *b)
{
    struct part p = {.weight = {.coef = tc_mpz_si(e->rw->f->arena, 1)}};

    if (b->form.nterm > MOST_WIRES)
        return false;
    e->old = old;
    e->sum = tc_form_si(e->rw->f, 0);
    e->nmade = 0;
    e->level = 0;
    for (unsigned k = 0; k < b->form.nterm; k++) {
        const struct tc_term *t = &b->form.term[k];
        unsigned level = level_of(e, t->plane);

        p.wire[p.n++] = (struct wire){t->plane, t->at};
        e->level = level > e->level ? level : e->level;
    }
    if (!e->level || !expand(e, p, 0))
        return false;
    tc_rw_replace(e->rw, old, e->sum);
    return true;
}

/* the family with some of its ANDs expanded; itself if that cannot be had */
static struct tc_family *expanded(struct tc_family *f, const bool *which)
{
    struct expansion e = {.rw = tc_rw_open(f)};
    unsigned ninput = f->ninput;

    e.nplane = ninput + f->nbank + 16;
    e.stands = tc_xcalloc(e.nplane, sizeof *e.stands);
    e.form = tc_xcalloc(e.nplane, sizeof *e.form);
    for (unsigned k = 0; k < e.rw->nbank; k++) {
        const struct tc_bank *old = e.rw->f->bank[k];
        const struct tc_bank *b = tc_rw_bank(e.rw, old);

        know(&e, b);
        if (which[k])
            expand_bank(&e, old, b);
        for (unsigned i = b->plane.id - ninput + 1; i < e.rw->f->nbank; i++)
            know(&e, e.rw->f->bank[i]);
    }
    free(e.stands);
    free(e.form);
    return tc_rw_close(e.rw, f);
}

/* *g after a pass, which frees it */
static void then(struct tc_family **g, const struct tc_family *keep,
                 struct tc_family *(*pass)(struct tc_family *, const struct tc_pass_options *,
                                           struct tc_error *),
                 const struct tc_pass_options *options)
{
    struct tc_error err = {0};
    struct tc_family *next = pass(*g, options, &err);

    if (next && next != *g) {
        if (*g != keep)
            tc_family_free(*g);
        *g = next;
    }
}

/* how deep it is once the other passes have run */
static unsigned depth_after(struct tc_family *f, const struct tc_pass_options *options)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_family *g = f;
    struct tc_error err = {0};
    struct tc_count n = {0};

    then(&g, f, tc_pass_absorb, options);
    then(&g, f, tc_pass_compose, options);
    then(&g, f, tc_pass_prune, options);
    if (!tc_family_count(a, g, false, &n, &err))
        n.depth = UINT32_MAX;
    if (g != f)
        tc_family_free(g);
    tc_arena_free(a);
    return n.depth;
}

static bool any_stands(struct tc_rw *rw, const struct tc_bank *b, struct tc_form *form)
{
    return tc_absorb_stands(rw, b, form) || tc_compose_stands(rw, b, form);
}

/* one family less deep than *f, in its place */
static bool improve(struct tc_family **f, const struct tc_family *keep, unsigned *depth,
                    const struct tc_pass_options *options)
{
    bool *which = tc_xcalloc((*f)->nbank + 1, sizeof *which), done = false;
    unsigned n = (*f)->nbank;

    for (unsigned k = 0; k <= n && !done; k++) { /* n: all */
        struct tc_family *g;
        unsigned after;

        for (unsigned i = 0; i < n; i++)
            which[i] = (i == k || k == n) && tc_rw_is_and((*f)->bank[i]);
        if (k < n && !which[k])
            continue;
        g = expanded(*f, which);
        if (g == *f)
            continue;
        after = depth_after(g, options);
        done = after < *depth;
        if (done) {
            *depth = after;
            if (*f != keep)
                tc_family_free(*f);
            *f = g;
        } else {
            tc_family_free(g);
        }
    }
    free(which);
    return done;
}

struct tc_family *tc_pass_distribute(struct tc_family *f, const struct tc_pass_options *options,
                                     struct tc_error *err)
{
    struct tc_family *g = tc_rw_replace_beside(f, any_stands);
    unsigned depth = depth_after(f, options), before = depth;

    (void)err;
    then(&g, f, tc_pass_prune, options);
    while (improve(&g, f, &depth, options))
        ;
    if (depth == before && g != f) {
        tc_family_free(g);
        g = f;
    }
    return g;
}
