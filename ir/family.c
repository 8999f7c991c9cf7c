/* family.c -- building families */
#include "ir.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct tc_family *tc_family_new(const char *name)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_family *f = tc_alloc(a, 1, sizeof *f);

    f->arena = a;
    f->name = tc_strdup(a, name);
    return f;
}

void tc_family_free(struct tc_family *f)
{
    if (!f)
        return;
    free(f->param);
    free(f->symbol);
    free(f->table);
    free(f->input);
    free(f->bank);
    free(f->output);
    tc_arena_free(f->arena);
}

static struct tc_symbol *symbol_find(struct tc_symbol *s, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(s[i].name, name) == 0)
            return &s[i];
    return NULL;
}

void tc_family_param(struct tc_family *f, const char *name, int64_t value)
{
    assert(!symbol_find(f->param, f->nparam, name));
    f->param = tc_xrealloc(f->param, f->nparam + 1, sizeof *f->param);
    f->param[f->nparam++] =
        (struct tc_symbol){tc_strdup(f->arena, name), tc_mpz_si(f->arena, value), NULL};
}

const struct tc_poly *tc_family_symbol(struct tc_family *f, const char *name, int64_t value,
                                       const char *note)
{
    const char *full = name;
    struct tc_symbol *s;

    if (value == 0 || value == 1)
        return tc_poly_int(f->arena, value);
    for (unsigned k = 2; (s = symbol_find(f->symbol, f->nsymbol, full)) ||
                         symbol_find(f->param, f->nparam, full); k++) {
        if (s && mpz_cmp_si(s->value, value) == 0)
            return tc_poly_symbol(f->arena, full);
        full = tc_sprintf(f->arena, "%s_%u", name, k);
    }
    f->symbol = tc_xrealloc(f->symbol, f->nsymbol + 1, sizeof *f->symbol);
    f->symbol[f->nsymbol++] =
        (struct tc_symbol){tc_strdup(f->arena, full), tc_mpz_si(f->arena, value),
                           note ? tc_strdup(f->arena, note) : NULL};
    return tc_poly_symbol(f->arena, full);
}

bool tc_family_symbol_value(void *family, const char *name, mpz_ptr value)
{
    struct tc_family *f = family;
    struct tc_symbol *s = symbol_find(f->param, f->nparam, name);

    if (!s)
        s = symbol_find(f->symbol, f->nsymbol, name);
    if (s)
        mpz_set(value, s->value);
    return s != NULL;
}

struct tc_index *tc_index_new(struct tc_family *f, const char *name, int64_t extent,
                              const struct tc_poly *size)
{
    struct tc_index *ix = tc_alloc(f->arena, 1, sizeof *ix);

    assert(extent >= 1);
    ix->name = tc_strdup(f->arena, name);
    ix->id = f->next_index++;
    ix->extent = extent;
    ix->size = size ? size : tc_poly_int(f->arena, extent);
    return ix;
}

struct tc_plane *tc_family_input(struct tc_family *f, const char *name, unsigned naxis,
                                 const struct tc_index **axis)
{
    struct tc_plane *p = tc_alloc(f->arena, 1, sizeof *p);

    assert(f->nbank == 0);
    p->name = tc_strdup(f->arena, name);
    p->id = f->ninput;
    p->naxis = naxis;
    p->axis = tc_alloc(f->arena, naxis ? naxis : 1, sizeof *p->axis);
    if (naxis)
        memcpy(p->axis, axis, naxis * sizeof *axis);
    f->input = tc_xrealloc(f->input, f->ninput + 1, sizeof *f->input);
    f->input[f->ninput++] = p;
    return p;
}

void tc_family_output(struct tc_family *f, const char *name, const struct tc_plane *plane)
{
    f->output = tc_xrealloc(f->output, f->noutput + 1, sizeof *f->output);
    f->output[f->noutput++] = (struct tc_output){tc_strdup(f->arena, name), plane};
}

static int by_id(const void *x, const void *y)
{
    const struct tc_index *a = *(const struct tc_index *const *)x;
    const struct tc_index *b = *(const struct tc_index *const *)y;

    return (a->id > b->id) - (a->id < b->id);
}

/* adds the indices of one axis that are not among those left out */
static unsigned axis_indices(const struct tc_axis *x, const struct tc_index **set, unsigned n,
                             unsigned nleft, const struct tc_index **left)
{
    for (unsigned part = 0; part < 2; part++) {
        const struct tc_affine *a = part ? &x->arg : &x->at;

        for (unsigned i = 0; i < a->n; i++) {
            unsigned k = 0;

            while (k < n && set[k] != a->part[i].ix)
                k++;
            if (k < n)
                continue;
            for (k = 0; k < nleft && left[k] != a->part[i].ix; k++)
                ;
            if (k == nleft)
                set[n++] = a->part[i].ix;
        }
    }
    return n;
}

#define MOST_INDICES 64

static unsigned term_indices(const struct tc_term *t, const struct tc_index **set, unsigned n)
{
    unsigned naxis = t->plane ? t->plane->naxis + (t->plane->chain != NULL) : 0;

    for (unsigned k = 0; k < naxis; k++)
        n = axis_indices(&t->at[k], set, n, t->nsum, t->sum);
    for (unsigned k = 0; k < t->nfactor; k++)
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            n = axis_indices(&t->factor[k].at[r], set, n, t->nsum, t->sum);
    for (unsigned k = 0; k < t->nguard; k++)
        n = axis_indices(&t->guard[k].expr, set, n, t->nsum, t->sum);
    assert(n <= MOST_INDICES / 2);
    return n;
}

unsigned tc_form_free(struct tc_family *f, const struct tc_form *form,
                      const struct tc_index ***out)
{
    const struct tc_index *set[MOST_INDICES];
    unsigned n = 0;

    for (unsigned k = 0; k < form->nterm; k++)
        n = term_indices(&form->term[k], set, n);
    qsort(set, n, sizeof *set, by_id);
    *out = tc_alloc(f->arena, n ? n : 1, sizeof **out);
    memcpy(*out, set, n * sizeof *set);
    return n;
}

struct tc_bank *tc_bank_new(struct tc_family *f, const char *name, struct tc_form form,
                            const struct tc_index *chain, struct tc_form theta, bool monotone,
                            unsigned nguard, const struct tc_guard *guard, const char *component,
                            const char *note)
{
    struct tc_bank *b = tc_alloc(f->arena, 1, sizeof *b);
    const struct tc_index *set[MOST_INDICES];
    unsigned n = 0, high = tc_form_level(&form), level = tc_form_level(&theta);

    for (unsigned k = 0; k < form.nterm; k++)
        n = term_indices(&form.term[k], set, n);
    for (unsigned k = 0; k < theta.nterm; k++)
        n = term_indices(&theta.term[k], set, n);
    for (unsigned k = 0; k < nguard; k++)
        n = axis_indices(&guard[k].expr, set, n, 0, NULL);
    for (unsigned k = 0; k < n; k++)
        if (set[k] == chain)
            set[k--] = set[--n];
    qsort(set, n, sizeof *set, by_id);

    b->plane.name = tc_strdup(f->arena, name);
    b->plane.id = f->ninput + f->nbank;
    b->plane.level = 1 + (high > level ? high : level);
    b->plane.naxis = n;
    b->plane.axis = tc_alloc(f->arena, n ? n : 1, sizeof *set);
    memcpy(b->plane.axis, set, n * sizeof *set);
    b->plane.chain = chain;
    b->plane.bank = b;
    b->form = form;
    b->theta = theta;
    b->monotone = chain && monotone;
    b->nguard = nguard;
    b->guard = tc_alloc(f->arena, nguard ? nguard : 1, sizeof *guard);
    if (nguard)
        memcpy(b->guard, guard, nguard * sizeof *guard);
    b->component = tc_strdup(f->arena, component);
    b->note = note ? tc_strdup(f->arena, note) : NULL;
    f->bank = tc_xrealloc(f->bank, f->nbank + 1, sizeof *f->bank);
    f->bank[f->nbank++] = b;
    return b;
}
