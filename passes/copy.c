/* copy.c -- a family rebuilt without some of its banks */
#include "passes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct copy {
    const struct tc_family *from;
    struct tc_family *to;
    const struct tc_index **index;  /* by id, of the original; what is used */
    struct tc_index **new_index;    /* by id */
    const struct tc_plane **plane;  /* by id */
    const struct tc_table **table;  /* by id: first of the original, then of the copy */
    bool *symbol;                   /* by number, of the original: used */
};

/* ---------------------------------------------------------------- what is used */

static void use_symbol(void *ctx, const char *name)
{
    struct copy *c = ctx;

    for (unsigned k = 0; k < c->from->nsymbol; k++)
        if (strcmp(c->from->symbol[k].name, name) == 0)
            c->symbol[k] = true;
}

static void use(struct copy *c, const struct tc_index *ix)
{
    if (!ix || c->index[ix->id])
        return;
    c->index[ix->id] = ix;
    tc_poly_symbols(ix->size, use_symbol, c);
}

static void use_axis(struct copy *c, const struct tc_axis *x)
{
    for (unsigned k = 0; k < x->at.n; k++)
        use(c, x->at.part[k].ix);
    for (unsigned k = 0; x->via && k < x->arg.n; k++)
        use(c, x->arg.part[k].ix);
    if (x->via)
        c->table[x->via->id] = x->via;
}

static void use_form(struct copy *c, const struct tc_form *f)
{
    for (unsigned k = 0; k < f->nterm; k++) {
        const struct tc_term *t = &f->term[k];

        for (unsigned i = 0; i < tc_plane_axes(t->plane); i++)
            use_axis(c, &t->at[i]);
        for (unsigned i = 0; i < t->nfactor; i++) {
            c->table[t->factor[i].table->id] = t->factor[i].table;
            for (unsigned r = 0; r < t->factor[i].table->rank; r++)
                use_axis(c, &t->factor[i].at[r]);
        }
        for (unsigned i = 0; i < t->nsum; i++)
            use(c, t->sum[i]);
        for (unsigned i = 0; i < t->nguard; i++)
            use_axis(c, &t->guard[i].expr);
    }
}

static void use_plane(struct copy *c, const struct tc_plane *p)
{
    for (unsigned k = 0; k < p->naxis; k++)
        use(c, p->axis[k]);
    use(c, p->chain);
}

/* Indices anew, in the order of the old ones, which orders the axes. */
static void copy_indices(struct copy *c)
{
    struct tc_error err = {0};

    for (uint32_t id = 0; id < c->from->next_index; id++) {
        const struct tc_index *ix = c->index[id];
        const struct tc_poly *size;

        if (!ix)
            continue;
        size = tc_poly_read(c->to->arena, tc_poly_text(c->to->arena, ix->size),
                            (struct tc_loc){0}, &err);
        assert(size); /* text is read as it was written */
        c->new_index[id] = tc_index_new(c->to, ix->name, ix->extent, size);
    }
}

/* ------------------------------------------------------------------ copying */

static struct tc_affine copy_affine(struct copy *c, const struct tc_affine *x)
{
    struct tc_affine y = {x->n, tc_alloc(c->to->arena, x->n + 1, sizeof *y.part), x->constant};

    for (unsigned k = 0; k < x->n; k++)
        y.part[k] =
            (struct tc_affine_part){c->new_index[x->part[k].ix->id], x->part[k].coef};
    return y;
}

/* Tables and symbols in the order of the old ones. */
static void copy_tables(struct copy *c)
{
    struct tc_error err = {0};

    for (unsigned k = 0; k < c->from->nsymbol; k++)
        if (c->symbol[k])
            tc_family_symbol(c->to, c->from->symbol[k].name,
                             tc_mpz_get_i64(c->from->symbol[k].value), c->from->symbol[k].note);
    for (unsigned k = 0; k < c->from->ntable; k++) {
        const struct tc_table *t = c->table[k];

        if (!t)
            continue;
        if (t->fn)
            c->table[k] = tc_table_computed(c->to, t->name, t->fn, t->parameters, &err);
        else if (t->small)
            c->table[k] = tc_table_dense(c->to, t->name, t->rank, t->extent, t->small);
        else
            c->table[k] = tc_table_dense_mpz(c->to, t->name, t->rank, t->extent, t->big);
        assert(c->table[k]); /* its parameters were read before */
    }
}

static struct tc_axis *copy_axes(struct copy *c, const struct tc_axis *x, unsigned n)
{
    struct tc_axis *y = tc_alloc(c->to->arena, n + 1, sizeof *y);

    for (unsigned k = 0; k < n; k++) {
        y[k].at = copy_affine(c, &x[k].at);
        if (x[k].via) {
            y[k].via = c->table[x[k].via->id];
            y[k].arg = copy_affine(c, &x[k].arg);
        }
    }
    return y;
}

static struct tc_guard *copy_guards(struct copy *c, const struct tc_guard *g, unsigned n)
{
    struct tc_guard *to = tc_alloc(c->to->arena, n + 1, sizeof *to);

    for (unsigned k = 0; k < n; k++)
        to[k].expr = *copy_axes(c, &g[k].expr, 1);
    return to;
}

static struct tc_term copy_term(struct copy *c, const struct tc_term *t)
{
    struct tc_arena *a = c->to->arena;
    struct tc_term to = {.coef = tc_mpz_copy(a, t->coef),
                         .nfactor = t->nfactor,
                         .nsum = t->nsum,
                         .nguard = t->nguard};

    if (t->plane) {
        to.plane = c->plane[t->plane->id];
        to.at = copy_axes(c, t->at, tc_plane_axes(t->plane));
    }
    to.factor = tc_alloc(a, t->nfactor + 1, sizeof *to.factor);
    for (unsigned k = 0; k < t->nfactor; k++) {
        to.factor[k].table = c->table[t->factor[k].table->id];
        to.factor[k].at = copy_axes(c, t->factor[k].at, t->factor[k].table->rank);
    }
    to.sum = tc_alloc(a, t->nsum + 1, sizeof *to.sum);
    for (unsigned k = 0; k < t->nsum; k++)
        to.sum[k] = c->new_index[t->sum[k]->id];
    to.guard = copy_guards(c, t->guard, t->nguard);
    return to;
}

static struct tc_form copy_form(struct copy *c, const struct tc_form *f)
{
    struct tc_arena *a = c->to->arena;
    struct tc_form to = {f->nterm, tc_alloc(a, f->nterm + 1, sizeof *to.term),
                         tc_mpz_copy(a, f->lo), tc_mpz_copy(a, f->hi)};

    for (unsigned k = 0; k < f->nterm; k++)
        to.term[k] = copy_term(c, &f->term[k]);
    return to;
}

static void copy_input(struct copy *c, const struct tc_plane *p)
{
    const struct tc_index **axis = tc_alloc(c->to->arena, p->naxis + 1, sizeof *axis);

    for (unsigned k = 0; k < p->naxis; k++)
        axis[k] = c->new_index[p->axis[k]->id];
    c->plane[p->id] = tc_family_input(c->to, p->name, p->naxis, axis);
}

static void copy_bank(struct copy *c, const struct tc_bank *b)
{
    struct tc_form form = copy_form(c, &b->form), theta = copy_form(c, &b->theta);
    const struct tc_index *chain = b->plane.chain ? c->new_index[b->plane.chain->id] : NULL;

    c->plane[b->plane.id] =
        &tc_bank_new(c->to, b->plane.name, form, chain, theta, b->monotone, b->nguard,
                     copy_guards(c, b->guard, b->nguard), b->component, b->note)
             ->plane;
}

struct tc_family *tc_family_copy(const struct tc_family *f, const bool *keep)
{
    struct copy c = {.from = f, .to = tc_family_new(f->name)};

    c.index = tc_xcalloc(f->next_index + 1, sizeof *c.index);
    c.new_index = tc_xcalloc(f->next_index + 1, sizeof *c.new_index);
    c.plane = tc_xcalloc(f->ninput + f->nbank + 1, sizeof *c.plane);
    c.table = tc_xcalloc(f->ntable + 1, sizeof *c.table);
    c.symbol = tc_xcalloc(f->nsymbol + 1, sizeof *c.symbol);
    for (unsigned k = 0; k < f->nparam; k++)
        tc_family_param(c.to, f->param[k].name, tc_mpz_get_i64(f->param[k].value));
    for (unsigned k = 0; k < f->ninput; k++)
        use_plane(&c, f->input[k]);
    for (unsigned b = 0; b < f->nbank; b++)
        if (keep[b]) {
            use_plane(&c, &f->bank[b]->plane);
            use_form(&c, &f->bank[b]->form);
            use_form(&c, &f->bank[b]->theta);
            for (unsigned k = 0; k < f->bank[b]->nguard; k++)
                use_axis(&c, &f->bank[b]->guard[k].expr);
        }
    copy_tables(&c);
    copy_indices(&c);
    for (unsigned k = 0; k < f->ninput; k++)
        copy_input(&c, f->input[k]);
    for (unsigned b = 0; b < f->nbank; b++)
        if (keep[b])
            copy_bank(&c, f->bank[b]);
    for (unsigned k = 0; k < f->noutput; k++)
        tc_family_output(c.to, f->output[k].name, c.plane[f->output[k].plane->id]);
    free(c.index);
    free(c.new_index);
    free(c.plane);
    free(c.table);
    free(c.symbol);
    return c.to;
}
