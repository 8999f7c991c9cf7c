/* majority.c -- the same function by AND, OR, NOT and MAJ
 *
 * requires weights at most 2^16 times the cube of the number of wires; weights 1, of NOT -1; depth
 * at most 1 more with -O2; gates by at most one for each gate and each input
 *
 * A gate [V >= 0] reads a wire of weight w as w wires: itself w times, or its complement |w|
 * times, since w x = |w| (1 - x) - |w| for w < 0.  It is then [a sum of wires >= t]: AND, OR, or
 * the majority of these wires and constants.  PASSES.md, "majority", has statement and proof.
 *
 * A complement is a NOT of its wire or, where that would add depth, the gate of the complement:
 * V < 0 is [-V - 1 >= 0], of all wires' complements.  With -O2 NOTs are made where the depth
 * leaves room for them, else everywhere.  Of a plane those NOTs alone are made whose place on
 * some axis is one that a reader wants.
 */
#include "../ir/point.h"
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

#define MOST_MARKED ((int64_t)1 << 16) /* extent of an axis of which places are left out */

/* what is wanted of a plane of the original, and what stands for it */
struct both {
    unsigned level[2];  /* least: of the plane; of its complement */
    unsigned wanted[2]; /* the highest level that it may have; 0: nobody wants it */
    const struct tc_plane *plane[2];
    struct part {                     /* of the NOTs: of an axis those places that readers want */
        bool *some;                   /* which; NULL: all */
        const struct tc_index *ix;    /* in the axis' place; NULL: one place, and no axis */
        const struct tc_table *place; /* where one of the axis' is among them; NULL: all are */
    } part[TC_RW_INDICES + 1];
};

struct build {
    struct tc_rw *rw;
    struct tc_arena *scratch;
    struct both *both; /* per plane of the original */
    const struct tc_bank *old;
    struct tc_error *err;
};

static const struct tc_index *axis_of(const struct tc_plane *p, unsigned k)
{
    return k < p->naxis ? p->axis[k] : p->chain;
}

/* ------------------------------------------------------------------- weights */

static bool too_much(struct build *s, const char *what)
{
    return tc_fail(s->err, TC_ELIMIT, (struct tc_loc){0}, "majority: weights of %.80s %s",
                   s->old->plane.name, what);
}

/* of what depends on at most TC_RW_INDICES of them */
static bool gather(struct tc_point *p, const struct tc_term *t)
{
    for (unsigned i = 0; i < t->nfactor; i++)
        for (unsigned r = 0; r < t->factor[i].table->rank; r++)
            tc_point_add_axis(p, &t->factor[i].at[r]);
    return p->n < TC_RW_INDICES;
}

static struct tc_point point_of(const struct tc_cube *c)
{
    struct tc_point p = {0};

    for (unsigned k = 0; k < c->n; k++)
        tc_point_add(&p, c->ix[k]);
    return p;
}

/* The indices of guards, too, unless they are too many; and those guards that it knows. */
static void add_guards(struct tc_point *p, unsigned n, const struct tc_guard *g,
                       struct tc_guard *of, unsigned *nof)
{
    unsigned before = p->n;
    size_t points;

    for (unsigned k = 0; k < n; k++)
        tc_point_add_axis(p, &g[k].expr);
    if (!tc_point_box(p, TC_RW_POINTS, &points))
        p->n = before;
    for (unsigned k = 0; k < n && *nof < TC_RW_GUARDS; k++)
        if (tc_point_knows(p, &g[k].expr))
            of[(*nof)++] = g[k];
}

/* A term's weights over the indices on which they depend, 0 where guards leave nothing. */
static bool weigh(struct build *s, const struct tc_term *t, struct tc_cube *c)
{
    struct tc_guard guard[TC_RW_GUARDS];
    struct tc_point p = {0};
    unsigned nguard = 0;

    *c = (struct tc_cube){0};
    if (!gather(&p, t) || !tc_cube_new(c, p.n, p.ix)) {
        tc_cube_free(c);
        return too_much(s, "depend on too many places: more than 2^20 in a term");
    }
    p = point_of(c);
    add_guards(&p, s->old->nguard, s->old->guard, guard, &nguard);
    add_guards(&p, t->nguard, t->guard, guard, &nguard);
    for (size_t k = 0; k < c->size; k++) {
        bool any = false;

        do
            any = tc_point_guards(&p, nguard, guard);
        while (!any && tc_point_next(&p, c->n, p.n));
        if (any)
            tc_point_weight(&p, t, c->value[k]);
        for (unsigned i = c->n; i < p.n; i++)
            p.at[i] = 0;
        tc_point_next(&p, 0, c->n);
    }
    return true;
}

/* of V: the form's, and opposite to the threshold's */
static int sign_of(mpz_srcptr w, bool theta, bool complement)
{
    return theta == complement ? mpz_sgn(w) : -mpz_sgn(w);
}

/* --------------------------------------------------------------------- demand */

/* the places on the axes of the plane that are read with weights below 0 of V */
static void mark(struct build *s, const struct tc_term *t, const struct tc_cube *c, bool theta,
                 bool complement)
{
    struct both *b = &s->both[t->plane->id];
    struct tc_point p = point_of(c);
    size_t k = 0;
    int64_t v;

    for (unsigned x = 0; x < tc_plane_axes(t->plane); x++)
        if (!tc_point_knows(&p, &t->at[x]) || (t->at[x].via && t->at[x].at.n))
            b->part[x].some = NULL;
    do {
        for (unsigned x = 0; x < tc_plane_axes(t->plane); x++)
            if (b->part[x].some && sign_of(c->value[k], theta, complement) < 0 &&
                tc_point_axis(&p, &t->at[x], &v) && v >= 0 && v < axis_of(t->plane, x)->extent)
                b->part[x].some[v] = true;
        k++;
    } while (tc_point_next(&p, 0, p.n));
}

/* What reads of a bank, or of its complement, want of what they read: fn once a term and a sign. */
typedef void reading(struct build *s, struct both *of, bool complement, unsigned *level);

static bool each_reading(struct build *s, bool complement, reading *fn, unsigned *level,
                         bool marking)
{
    for (unsigned theta = 0; theta < 2; theta++) {
        const struct tc_form *x = theta ? &s->old->theta : &s->old->form;

        for (unsigned k = 0; k < x->nterm; k++) {
            bool has[2] = {false, false};
            struct tc_cube c;

            if (!x->term[k].plane)
                continue;
            if (!weigh(s, &x->term[k], &c))
                return false;
            for (size_t i = 0; i < c.size; i++) {
                int sign = sign_of(c.value[i], theta, complement);

                has[0] = has[0] || sign > 0;
                has[1] = has[1] || sign < 0;
            }
            for (unsigned which = 0; which < 2; which++)
                if (has[which])
                    fn(s, &s->both[x->term[k].plane->id], which, level);
            if (marking && has[1])
                mark(s, &x->term[k], &c, theta, complement);
            tc_cube_free(&c);
        }
    }
    return true;
}

static void raise_level(struct build *s, struct both *of, bool complement, unsigned *level)
{
    (void)s;
    if (*level <= of->level[complement])
        *level = of->level[complement] + 1;
}

static void want(struct build *s, struct both *of, bool complement, unsigned *level)
{
    (void)s;
    if (!of->wanted[complement] || of->wanted[complement] > *level)
        of->wanted[complement] = *level;
}

static bool guarded(const struct tc_plane *p, const struct tc_index *ix)
{
    for (unsigned k = 0; p->bank && k < p->bank->nguard; k++)
        if (tc_axis_reads(&p->bank->guard[k].expr, ix))
            return true;
    return false;
}

/* all places are unread as yet, on axes of which some may be left out */
static void unmark(struct build *s, const struct tc_plane *p)
{
    for (unsigned k = 0; k < tc_plane_axes(p); k++) {
        const struct tc_index *ix = axis_of(p, k);

        if (ix->extent <= MOST_MARKED && !guarded(p, ix))
            s->both[p->id].part[k].some = tc_alloc(s->scratch, (size_t)ix->extent, sizeof(bool));
    }
}

/* Which planes and complements are wanted, and how low.  Levels count from 1 more than they are,
 * so that 0 says nothing. */
static bool demand(struct build *s, bool least_depth)
{
    const struct tc_family *f = s->rw->f;
    unsigned depth = 1, nbank = s->rw->nbank;

    for (unsigned k = 0; k < f->ninput; k++) {
        s->both[k].level[0] = 1;
        s->both[k].level[1] = 2;
        unmark(s, f->input[k]);
    }
    for (unsigned b = 0; b < nbank; b++) {
        struct both *x = &s->both[f->ninput + b];

        s->old = f->bank[b];
        unmark(s, &s->old->plane);
        for (unsigned which = 0; which < 2; which++) {
            x->level[which] = 2;
            if (!each_reading(s, which, raise_level, &x->level[which], false))
                return false;
        }
    }
    for (unsigned k = 0; k < f->noutput; k++)
        if (s->both[f->output[k].plane->id].level[0] > depth)
            depth = s->both[f->output[k].plane->id].level[0];
    if (!least_depth) /* as deep as it will be */
        depth = 2 * (nbank + 2);
    for (unsigned k = 0; k < f->noutput; k++)
        want(s, &s->both[f->output[k].plane->id], false, &depth);
    for (unsigned b = nbank; b-- > 0;) {
        struct both *x = &s->both[f->ninput + b];

        s->old = f->bank[b];
        if (x->wanted[1] > x->level[0]) { /* a NOT has room */
            depth = x->wanted[1] - 1;
            want(s, x, false, &depth);
            x->wanted[1] = UINT32_MAX;
        }
        for (unsigned which = 0; which < 2; which++) {
            depth = x->wanted[which] - 1;
            if (x->wanted[which] && x->wanted[which] != UINT32_MAX &&
                !each_reading(s, which, want, &depth, true))
                return false;
        }
    }
    return true;
}

/* ----------------------------------------------------------------------- NOTs */

static const char *fresh_name(const struct tc_family *f, const char *name)
{
    bool taken = true;

    name = tc_sprintf(f->arena, "not.%s", name);
    while (taken) {
        taken = false;
        for (unsigned k = 0; k < f->ninput && !taken; k++)
            taken = !strcmp(f->input[k]->name, name);
        for (unsigned k = 0; k < f->nbank && !taken; k++)
            taken = !strcmp(f->bank[k]->plane.name, name);
        if (taken)
            name = tc_sprintf(f->arena, "%s'", name);
    }
    return name;
}

/* where the NOTs read along an axis; from then on readers find them through its part */
static struct tc_axis shorten(struct build *s, const struct tc_plane *old, unsigned k)
{
    struct part *x = &s->both[old->id].part[k];
    const struct tc_index *ix = axis_of(old, k);
    struct tc_family *f = s->rw->f;
    struct tc_axis at = tc_axis_const(0);
    int64_t *list, *place, n = 0;

    x->ix = ix;
    if (!x->some)
        return tc_axis_of(f->arena, ix);
    list = tc_xcalloc((size_t)ix->extent, sizeof *list);
    place = tc_xcalloc((size_t)ix->extent, sizeof *place);
    for (int64_t v = 0; v < ix->extent; v++)
        if (x->some[v]) {
            place[v] = n;
            list[n++] = v;
        }
    if (n == ix->extent) {
        at = tc_axis_of(f->arena, ix);
    } else if (n == 1) {
        at.at.constant = list[0];
        x->ix = NULL;
    } else {
        x->ix = tc_index_new(f, ix->name, n, NULL);
        x->place = tc_table_dense(f, "place", 1, &ix->extent, place);
        at.via = tc_table_dense(f, "at", 1, &n, list);
        at.arg = tc_axis_of(f->arena, x->ix).at;
    }
    free(list);
    free(place);
    return at;
}

static void make_nots(struct build *s, const struct tc_plane *old)
{
    struct both *b = &s->both[old->id];
    const struct tc_plane *p = b->plane[0];
    struct tc_family *f = s->rw->f;
    struct tc_axis at[TC_RW_INDICES + 1], of[TC_RW_INDICES + 1];
    struct tc_form form;

    for (unsigned k = 0; k < tc_plane_axes(old); k++)
        of[k] = shorten(s, old, k);
    for (unsigned i = 0; i < tc_plane_axes(p); i++) /* axes stand in another order, perhaps */
        for (unsigned k = 0; k < tc_plane_axes(old); k++)
            if (axis_of(p, i) == axis_of(old, k))
                at[i] = of[k];
    form = tc_form_scale_si(f, tc_form_wire(f, p, at), -1);
    b->plane[1] =
        &tc_bank_new(f, fresh_name(f, old->name), form, NULL, tc_form_si(f, 0), false,
                     old->bank ? old->bank->nguard : 0, old->bank ? old->bank->guard : NULL,
                     old->bank ? old->bank->component : "inputs", "NOT")
             ->plane;
}

/* ---------------------------------------------------------------------- gates */

struct terms {
    unsigned n, room;
    struct tc_term *term;
};

static void add_term(struct build *s, struct terms *x, struct tc_term t)
{
    if (x->n == x->room) {
        struct tc_term *more = tc_alloc(s->rw->f->arena, 2 * x->room + 4, sizeof *more);

        if (x->n)
            memcpy(more, x->term, x->n * sizeof *more);
        x->term = more;
        x->room = 2 * x->room + 4;
    }
    x->term[x->n++] = t;
}

static struct tc_form form_of(struct build *s, const struct terms *x)
{
    mpz_ptr lo = tc_mpz(s->rw->f->arena), hi = tc_mpz(s->rw->f->arena);
    struct tc_form form = {x->n, x->term, lo, hi};

    tc_form_interval(&form, true, lo, hi);
    return form;
}

/* the term's wire, of what stands for its plane or the complement */
static void read_plane(struct build *s, struct tc_term *t, bool complement)
{
    const struct tc_plane *old = t->plane, *p = s->both[old->id].plane[complement];
    struct tc_family *f = s->rw->f;
    struct tc_axis *at = tc_alloc(f->arena, tc_plane_axes(p) + 1, sizeof *at);
    bool nots = complement && s->both[old->id].wanted[1] == UINT32_MAX;

    for (unsigned i = 0; i < tc_plane_axes(p); i++) {
        unsigned k = 0;
        const struct part *x;

        while (axis_of(p, i) != (nots ? s->both[old->id].part[k].ix : axis_of(old, k)))
            k++;
        at[i] = t->at[k];
        x = &s->both[old->id].part[k];
        if (nots && x->place) {
            struct tc_rw_map m = {1, {x->ix}, {t->at[k]}};
            struct tc_axis look = {.via = x->place, .arg = tc_axis_of(f->arena, x->ix).at};

            tc_rw_axis(f, &look, &m, &at[i]);
        }
    }
    t->plane = p;
    t->at = at;
}

/* Terms of the wires whose weights are c's values, 0 or more: by values where they are
 * few, else by bits.  Each is read so often: over an index of its own. */
static bool repeat(struct build *s, struct tc_term t, struct tc_cube *c, bool theta,
                   struct terms *to)
{
    struct tc_family *f = s->rw->f;
    mpz_t value[64], most;
    unsigned n = 0, bits;
    bool ok = true;

    mpz_init(most);
    for (size_t k = 0; k < c->size; k++)
        if (mpz_cmp(c->value[k], most) > 0)
            mpz_set(most, c->value[k]);
    bits = (unsigned)mpz_sizeinbase(most, 2);
    ok = bits <= 60 || too_much(s, "have more than 60 bits");
    for (size_t k = 0; k < c->size && ok && n <= bits; k++) {
        unsigned i = 0;

        while (i < n && mpz_cmp(value[i], c->value[k]))
            i++;
        if (i == n && mpz_sgn(c->value[k]))
            mpz_init_set(value[n++], c->value[k]);
    }
    for (unsigned i = 0; ok && i < (n < bits ? n : bits); i++) {
        struct tc_term one = t;
        struct tc_cube has;
        int64_t times = n < bits ? mpz_get_si(value[i]) : (int64_t)1 << i;

        tc_cube_new(&has, c->n, c->ix);
        for (size_t k = 0; k < c->size; k++)
            mpz_set_ui(has.value[k], n < bits ? mpz_cmp(value[i], c->value[k]) == 0
                                              : (unsigned)mpz_tstbit(c->value[k], i));
        one.coef = tc_mpz_si(f->arena, theta ? -1 : 1);
        one.nfactor = 0;
        one.factor = NULL;
        if (times > 1) {
            one.sum = tc_alloc(f->arena, t.nsum + (size_t)1, sizeof *one.sum);
            if (t.nsum)
                memcpy(one.sum, t.sum, t.nsum * sizeof *one.sum);
            one.sum[one.nsum++] = tc_index_new(f, "m", times, NULL);
        }
        if (tc_cube_factor(f, &has, "reads", &one))
            add_term(s, to, one);
        tc_cube_free(&has);
    }
    while (n)
        mpz_clear(value[--n]);
    mpz_clear(most);
    return ok;
}

/* The term of a form or of a threshold; what complements leave is a constant. */
static bool add_wires(struct build *s, const struct tc_term *t, bool theta, bool complement,
                      struct terms *wires, struct terms *constant)
{
    struct tc_family *f = s->rw->f;
    struct tc_cube c, part;
    bool ok = weigh(s, t, &c);

    for (unsigned which = 0; ok && which < 2; which++) {
        struct tc_term one = *t;
        bool any = false;

        tc_cube_new(&part, c.n, c.ix);
        for (size_t k = 0; k < c.size; k++)
            if (sign_of(c.value[k], theta, complement) * (which ? -1 : 1) > 0) {
                mpz_abs(part.value[k], c.value[k]);
                any = true;
            }
        if (any) {
            read_plane(s, &one, which);
            ok = repeat(s, one, &part, theta, wires);
        }
        if (any && which) {
            one = *t;
            one.plane = NULL;
            one.at = NULL;
            one.coef = tc_mpz_si(f->arena, 1);
            one.nfactor = 0;
            tc_cube_factor(f, &part, "theta", &one);
            add_term(s, constant, one);
        }
        tc_cube_free(&part);
    }
    tc_cube_free(&c);
    return ok;
}

static bool uses(const struct tc_form *x, const struct tc_index *ix)
{
    for (unsigned k = 0; k < x->nterm; k++)
        if (tc_term_reads(&x->term[k], ix))
            return true;
    return false;
}

/* The bank, or that of its complement: [-V - 1 >= 0]. */
static bool make_gates(struct build *s, bool complement)
{
    const struct tc_bank *old = s->old;
    struct tc_family *f = s->rw->f;
    struct terms wires[2] = {{0}}, constant = {0};
    struct tc_guard *guard =
        tc_alloc(f->arena, old->nguard + old->plane.naxis + (size_t)1, sizeof *guard);
    unsigned nguard = old->nguard;
    struct tc_form form, theta;

    for (unsigned which = 0; which < 2; which++) {
        const struct tc_form *x = which ? &old->theta : &old->form;

        for (unsigned k = 0; k < x->nterm; k++) {
            struct tc_term t = x->term[k];

            if (t.plane) {
                if (!add_wires(s, &t, which, complement, &wires[which], &constant))
                    return false;
                continue;
            }
            if ((which == 0) != complement) {
                mpz_ptr opposite = tc_mpz(f->arena);

                mpz_neg(opposite, t.coef);
                t.coef = opposite;
            }
            add_term(s, &constant, t);
        }
    }
    if (complement)
        add_term(s, &constant, (struct tc_term){.coef = tc_mpz_si(f->arena, 1)});
    theta = tc_rw_fold(s->rw, old, form_of(s, &constant));
    for (unsigned k = 0; k < theta.nterm; k++)
        add_term(s, &wires[1], theta.term[k]);
    form = form_of(s, &wires[0]);
    theta = form_of(s, &wires[1]);
    if (nguard)
        memcpy(guard, old->guard, nguard * sizeof *guard);
    for (unsigned k = 0; k < old->plane.naxis; k++) { /* what no weight needs stays an axis */
        const struct tc_index *ix = old->plane.axis[k];
        bool used = uses(&form, ix) || uses(&theta, ix);

        for (unsigned i = 0; i < nguard && !used; i++)
            used = tc_axis_reads(&guard[i].expr, ix);
        if (!used)
            guard[nguard++].expr = tc_axis_of(f->arena, ix);
    }
    s->both[old->plane.id].plane[complement] =
        &tc_bank_new(f, complement ? fresh_name(f, old->plane.name) : old->plane.name, form,
                     old->plane.chain, theta, old->monotone && !complement, nguard, guard,
                     old->component, old->note)
             ->plane;
    return true;
}

static bool build(struct build *s)
{
    struct tc_family *f = s->rw->f;
    unsigned ninput = f->ninput, nbank = s->rw->nbank;

    for (unsigned k = 0; k < ninput; k++) {
        s->both[k].plane[0] = f->input[k];
        if (s->both[k].wanted[1]) {
            s->both[k].wanted[1] = UINT32_MAX;
            make_nots(s, f->input[k]);
        }
    }
    for (unsigned b = 0; b < nbank; b++) {
        struct both *x = &s->both[ninput + b];

        s->old = f->bank[b];
        if ((x->wanted[0] && !make_gates(s, false)) ||
            (x->wanted[1] && x->wanted[1] != UINT32_MAX && !make_gates(s, true)))
            return false;
        if (x->wanted[1] == UINT32_MAX)
            make_nots(s, &s->old->plane);
        s->rw->plane[ninput + b].wire = x->plane[0];
    }
    return true;
}

/* ----------------------------------------------------------------------- pass */

/* weights polynomial in the wires that there are: what split-weights leaves is */
static bool modest(const struct tc_family *f, struct tc_arena *a, struct tc_error *err)
{
    struct tc_count count;

    if (!tc_family_count(a, f, true, &count, err))
        return false;
    for (unsigned b = 0; b < f->nbank; b++)
        if (mpz_sizeinbase(count.bank[b].max_weight, 2) > 3 * mpz_sizeinbase(count.wires, 2) + 16)
            return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                           "majority: weights of %.80s have %zu bits, more than 2^16 times the "
                           "cube of all wires: split-weights has to run before, see --max-weight",
                           f->bank[b]->plane.name, mpz_sizeinbase(count.bank[b].max_weight, 2));
    return true;
}

struct tc_family *tc_pass_majority(struct tc_family *f, const struct tc_pass_options *options,
                                   struct tc_error *err)
{
    struct build s = {.scratch = tc_arena_new(), .err = err};
    bool ok = modest(f, s.scratch, err);

    if (ok) {
        s.rw = tc_rw_open(f);
        s.both = tc_xcalloc(f->ninput + (size_t)f->nbank + 1, sizeof *s.both);
        ok = demand(&s, options->level != TC_LEVEL_0 && options->level != TC_LEVEL_SIZE) &&
             build(&s);
        free(s.both);
        if (ok)
            f = tc_rw_close(s.rw, f);
        else
            tc_rw_free(s.rw);
    }
    tc_arena_free(s.scratch);
    return ok ? f : NULL;
}
