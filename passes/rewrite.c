/* rewrite.c -- a family rebuilt bank by bank */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

static char *text_of(const struct tc_family *f)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    bool ok = out && tc_family_write(out, f);

    if (out && fclose(out) == 0 && ok)
        return text;
    free(text);
    return NULL;
}

struct tc_rw *tc_rw_open(const struct tc_family *f)
{
    struct tc_rw *rw = tc_xcalloc(1, sizeof *rw);
    bool *all = tc_xcalloc(f->nbank + 1, sizeof *all);

    memset(all, true, f->nbank);
    rw->text = text_of(f);
    rw->f = tc_family_copy(f, all);
    rw->nbank = f->nbank;
    rw->plane = tc_xcalloc(f->ninput + f->nbank + 1, sizeof *rw->plane);
    for (unsigned k = 0; k < f->ninput; k++)
        rw->plane[k].wire = rw->f->input[k];
    free(all);
    return rw;
}

static void mark(const struct tc_family *f, bool *keep, const struct tc_form *x)
{
    for (unsigned k = 0; k < x->nterm; k++)
        if (x->term[k].plane && x->term[k].plane->bank)
            keep[x->term[k].plane->id - f->ninput] = true;
}

/* names of tables as if each were the first of its name: a copy numbers them */
static void rename_tables(struct tc_family *f)
{
    for (unsigned k = 0; k < f->ntable; k++)
        f->table[k]->name = tc_rw_base_name(f, f->table[k]->name);
}

void tc_rw_free(struct tc_rw *rw)
{
    tc_family_free(rw->f);
    free(rw->plane);
    free(rw->text);
    free(rw);
}

struct tc_family *tc_rw_close(struct tc_rw *rw, struct tc_family *f)
{
    bool *keep = tc_xcalloc(rw->f->nbank + 1, sizeof *keep);
    struct tc_family *copy;
    char *text;

    for (unsigned k = 0; k < rw->f->noutput; k++) {
        struct tc_output *o = &rw->f->output[k];

        o->plane = rw->plane[o->plane->id].wire;
        if (o->plane->bank)
            keep[o->plane->id - f->ninput] = true;
    }
    for (unsigned b = rw->f->nbank; b-- > 0;)
        if (keep[b]) {
            mark(rw->f, keep, &rw->f->bank[b]->form);
            mark(rw->f, keep, &rw->f->bank[b]->theta);
        }
    rename_tables(rw->f);
    copy = tc_family_copy(rw->f, keep);
    free(keep);
    text = text_of(copy);
    if (text && rw->text && strcmp(text, rw->text) == 0) {
        tc_family_free(copy);
        copy = f;
    }
    free(text);
    tc_rw_free(rw);
    return copy;
}

bool tc_rw_is_output(const struct tc_rw *rw, const struct tc_bank *b)
{
    for (unsigned k = 0; k < rw->f->noutput; k++)
        if (rw->f->output[k].plane == &b->plane)
            return true;
    return false;
}

/* ------------------------------------------------------------------- reading */

struct tc_form tc_rw_wire(struct tc_rw *rw, const struct tc_plane *p)
{
    struct tc_axis *at = tc_alloc(rw->f->arena, tc_plane_axes(p) + 1, sizeof *at);

    for (unsigned k = 0; k < p->naxis; k++)
        at[k] = tc_axis_of(rw->f->arena, p->axis[k]);
    if (p->chain)
        at[p->naxis] = tc_axis_of(rw->f->arena, p->chain);
    return tc_form_wire(rw->f, p, at);
}

/* the term, of the wire that stands for its plane, which may have fewer axes */
static struct tc_term read_wire(struct tc_rw *rw, const struct tc_term *t)
{
    const struct tc_plane *old = t->plane, *p = rw->plane[old->id].wire;
    struct tc_term to = *t;

    to.plane = p;
    to.at = tc_alloc(rw->f->arena, tc_plane_axes(p) + 1, sizeof *to.at);
    for (unsigned k = 0, n = 0; k < tc_plane_axes(old); k++)
        if (k == old->naxis || (n < p->naxis && p->axis[n] == old->axis[k]))
            to.at[n++] = t->at[k];
    return to;
}

static struct tc_form read_form(struct tc_rw *rw, struct tc_form x, bool wires)
{
    struct tc_form to = {0, NULL, x.lo, x.hi};

    for (unsigned k = 0; k < x.nterm; k++) {
        const struct tc_term *t = &x.term[k];
        struct tc_form part = {1, tc_alloc(rw->f->arena, 1, sizeof *part.term), NULL, NULL};
        struct tc_rw_plane *p = t->plane ? &rw->plane[t->plane->id] : NULL;
        struct tc_term *both;

        if (p && p->inlined && !wires && tc_rw_inline(rw->f, t, &p->form, &part)) {
        } else if (p) {
            p->refused = p->refused || p->inlined;
            part.nterm = 1;
            part.term = tc_alloc(rw->f->arena, 1, sizeof *part.term);
            part.term[0] = read_wire(rw, t);
        } else {
            part.term[0] = *t;
        }
        both = tc_alloc(rw->f->arena, to.nterm + part.nterm + 1, sizeof *both);
        if (to.nterm)
            memcpy(both, to.term, to.nterm * sizeof *both);
        if (part.nterm)
            memcpy(both + to.nterm, part.term, part.nterm * sizeof *both);
        to.term = both;
        to.nterm += part.nterm;
    }
    return to;
}

struct tc_form tc_rw_read(struct tc_rw *rw, const struct tc_bank *b, struct tc_form x)
{
    return tc_rw_fold(rw, b, read_form(rw, x, false));
}

/* --------------------------------------------------------------------- banks */

static bool reads(const struct tc_form *x, const struct tc_index *ix)
{
    for (unsigned k = 0; k < x->nterm; k++)
        if (tc_term_reads(&x->term[k], ix))
            return true;
    return false;
}

/* The old one's guards, but for those that always hold; an output keeps all indices, if
 * by a guard that says nothing. */
static unsigned guards_of(struct tc_rw *rw, const struct tc_bank *old, const struct tc_form *form,
                          const struct tc_form *theta, struct tc_guard *guard)
{
    unsigned n = 0;

    for (unsigned k = 0; k < old->nguard; k++) {
        int64_t lo, hi;

        tc_axis_range(&old->guard[k].expr, &lo, &hi);
        if (lo < 0)
            guard[n++] = old->guard[k];
    }
    for (unsigned k = 0; tc_rw_is_output(rw, old) && k < old->plane.naxis; k++) {
        const struct tc_index *ix = old->plane.axis[k];
        bool used = reads(form, ix) || reads(theta, ix);

        for (unsigned i = 0; i < n; i++)
            used = used || tc_axis_reads(&guard[i].expr, ix);
        if (!used)
            guard[n++].expr = tc_axis_of(rw->f->arena, ix);
    }
    return n;
}

static struct tc_bank *make(struct tc_rw *rw, const struct tc_bank *old, struct tc_form form,
                            const struct tc_index *chain, struct tc_form theta)
{
    struct tc_guard *guard =
        tc_alloc(rw->f->arena, old->nguard + old->plane.naxis + 1, sizeof *guard);
    unsigned nguard = guards_of(rw, old, &form, &theta, guard);

    return tc_bank_new(rw->f, old->plane.name, form, chain, theta, old->monotone, nguard, guard,
                       old->component, old->note);
}

struct tc_bank *tc_rw_bank_of(struct tc_rw *rw, const struct tc_bank *old, struct tc_form form,
                              const struct tc_index *chain, struct tc_form theta)
{
    struct tc_error err = {0};
    struct tc_bank *b;

    b = make(rw, old, form, chain, theta);
    if (tc_bank_check(rw->f, b, &err))
        return b;
    rw->f->nbank--;
    return NULL;
}

static bool is_taken(const struct tc_family *f, const char *name)
{
    for (unsigned k = 0; k < f->ninput + f->nbank; k++)
        if (!strcmp(k < f->ninput ? f->input[k]->name : f->bank[k - f->ninput]->plane.name, name))
            return true;
    return false;
}

struct tc_bank *tc_rw_bank_new(struct tc_rw *rw, const struct tc_bank *old, const char *what,
                               struct tc_form form, const struct tc_index *chain,
                               struct tc_form theta, unsigned nguard, const struct tc_guard *guard)
{
    struct tc_error err = {0};
    const char *name = tc_sprintf(rw->f->arena, "%s.%s", old->plane.name, what), *first = name;
    struct tc_bank *b;

    for (unsigned k = 2; is_taken(rw->f, name); k++)
        name = tc_sprintf(rw->f->arena, "%s.%u", first, k);
    b = tc_bank_new(rw->f, name, form, chain, theta, chain != NULL, nguard, guard, old->component,
                    old->note);
    if (tc_bank_check(rw->f, b, &err))
        return b;
    rw->f->nbank--;
    return NULL;
}

struct tc_bank *tc_rw_bank_wires(struct tc_rw *rw, const struct tc_bank *old)
{
    struct tc_bank *b = make(rw, old, read_form(rw, old->form, true), old->plane.chain,
                             read_form(rw, old->theta, true));

    rw->plane[old->plane.id].wire = &b->plane;
    return b;
}

struct tc_bank *tc_rw_bank(struct tc_rw *rw, const struct tc_bank *old)
{
    struct tc_bank *b = tc_rw_bank_of(rw, old, tc_rw_read(rw, old, old->form), old->plane.chain,
                                      tc_rw_read(rw, old, old->theta));

    if (!b)
        return tc_rw_bank_wires(rw, old);
    rw->plane[old->plane.id].wire = &b->plane;
    return b;
}

void tc_rw_replace(struct tc_rw *rw, const struct tc_bank *old, struct tc_form form)
{
    rw->plane[old->plane.id].inlined = true;
    rw->plane[old->plane.id].form = form;
}

struct tc_form tc_rw_value(struct tc_rw *rw, const struct tc_bank *b)
{
    return tc_form_sub(rw->f, b->form, b->theta);
}
