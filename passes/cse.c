/* cse.c -- equal banks are one
 *
 * requires nothing; depth and gates fewer or equal; weights and wires of gates that stay kept
 *
 * Two banks are equal if, their axes taken in order for one another, the guards are the same
 * and the difference of the two [form - threshold] folds to nothing.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

static const struct tc_index *axis(const struct tc_plane *p, unsigned k)
{
    return k < p->naxis ? p->axis[k] : p->chain;
}

static bool same_shape(const struct tc_plane *x, const struct tc_plane *y)
{
    if (x->naxis != y->naxis || !x->chain != !y->chain || x->level != y->level)
        return false;
    for (unsigned k = 0; k < tc_plane_axes(x); k++)
        if (axis(x, k)->extent != axis(y, k)->extent)
            return false;
    return true;
}

/* y's indices as x's */
static struct tc_rw_map by_axis(struct tc_rw *rw, const struct tc_plane *x,
                                const struct tc_plane *y)
{
    struct tc_rw_map m = {.n = tc_plane_axes(x)};

    for (unsigned k = 0; k < m.n; k++) {
        m.from[k] = axis(y, k);
        m.to[k] = tc_axis_of(rw->f->arena, axis(x, k));
    }
    return m;
}

static bool same_guards(struct tc_rw *rw, const struct tc_bank *x, const struct tc_bank *y,
                        const struct tc_rw_map *m)
{
    if (x->nguard != y->nguard)
        return false;
    for (unsigned k = 0; k < y->nguard; k++) {
        struct tc_axis g;
        bool found = false;

        if (!tc_rw_axis(rw->f, &y->guard[k].expr, m, &g))
            return false;
        for (unsigned i = 0; i < x->nguard; i++)
            found = found || tc_axis_equal(&x->guard[i].expr, &g);
        if (!found)
            return false;
    }
    return true;
}

/* terms that read each plane, as one number: equal banks have equal ones */
static unsigned signature(const struct tc_bank *b)
{
    unsigned n = 0;

    for (unsigned which = 0; which < 2; which++) {
        const struct tc_form *x = which ? &b->theta : &b->form;

        for (unsigned k = 0; k < x->nterm; k++)
            if (x->term[k].plane)
                n += 1 + 31 * x->term[k].plane->id;
    }
    return n;
}

bool tc_rw_equal(struct tc_rw *rw, const struct tc_bank *x, const struct tc_bank *y)
{
    struct tc_form v, w, difference;
    struct tc_rw_map m;

    if (!same_shape(&x->plane, &y->plane) || signature(x) != signature(y) ||
        x->monotone != y->monotone)
        return false;
    m = by_axis(rw, &x->plane, &y->plane);
    if (!same_guards(rw, x, y, &m))
        return false;
    v = tc_rw_value(rw, x);
    w = tc_rw_value(rw, y);
    for (unsigned k = 0; k < w.nterm; k++)
        if (!tc_rw_term(rw->f, &w.term[k], &m, &w.term[k]))
            return false;
    difference = tc_rw_fold(rw, x, tc_form_sub(rw->f, v, w));
    return difference.nterm == 0;
}

struct tc_family *tc_pass_cse(struct tc_family *f, const struct tc_pass_options *options,
                              struct tc_error *err)
{
    struct tc_rw *rw = tc_rw_open(f);
    const struct tc_bank **made = tc_xcalloc(f->nbank + 1, sizeof *made);
    unsigned n = 0;

    (void)options;
    (void)err;
    for (unsigned k = 0; k < rw->nbank; k++) {
        const struct tc_bank *old = rw->f->bank[k], *b = tc_rw_bank(rw, old);
        unsigned i = 0;

        while (i < n && !tc_rw_equal(rw, made[i], b))
            i++;
        if (i == n) {
            made[n++] = b;
        } else { /* its axes are b's, by other names */
            struct tc_form wire = tc_rw_wire(rw, &made[i]->plane);
            struct tc_rw_map m = by_axis(rw, &b->plane, &made[i]->plane);

            tc_rw_term(rw->f, &wire.term[0], &m, &wire.term[0]);
            tc_rw_replace(rw, old, wire);
            if (tc_rw_is_output(rw, old))
                rw->plane[old->plane.id].wire = &made[i]->plane;
        }
    }
    free(made);
    return tc_rw_close(rw, f);
}
