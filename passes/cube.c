/* cube.c -- products of dense tables as one */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- shape */

static void add_index(struct tc_cube *c, const struct tc_index *ix, bool *ok)
{
    unsigned k = 0;

    while (k < c->n && c->ix[k]->id < ix->id)
        k++;
    if (k < c->n && c->ix[k] == ix)
        return;
    if (c->n == TC_RW_INDICES) {
        *ok = false;
        return;
    }
    memmove(c->ix + k + 1, c->ix + k, (c->n - k) * sizeof *c->ix);
    c->ix[k] = ix;
    c->n++;
}

static void add_affine(struct tc_cube *c, const struct tc_affine *x, bool *ok)
{
    for (unsigned k = 0; k < x->n; k++)
        add_index(c, x->part[k].ix, ok);
}

static bool box(unsigned n, const struct tc_index *const *ix, size_t most, size_t *size)
{
    *size = 1;
    for (unsigned k = 0; k < n; k++) {
        if ((size_t)ix[k]->extent > most / *size)
            return false;
        *size *= (size_t)ix[k]->extent;
    }
    return true;
}

static bool allocate(struct tc_cube *c)
{
    if (!box(c->n, c->ix, TC_RW_ENTRIES, &c->size))
        return false;
    c->value = tc_xcalloc(c->size, sizeof *c->value);
    for (size_t k = 0; k < c->size; k++)
        mpz_init(c->value[k]);
    return true;
}

bool tc_cube_new(struct tc_cube *c, unsigned n, const struct tc_index *const *ix)
{
    bool ok = true;

    *c = (struct tc_cube){0};
    for (unsigned k = 0; k < n; k++)
        add_index(c, ix[k], &ok);
    return ok && allocate(c);
}

void tc_cube_free(struct tc_cube *c)
{
    for (size_t k = 0; c->value && k < c->size; k++)
        mpz_clear(c->value[k]);
    free(c->value);
    c->value = NULL;
}

size_t tc_cube_stride(const struct tc_cube *c, unsigned k)
{
    size_t stride = 1;

    while (++k < c->n)
        stride *= (size_t)c->ix[k]->extent;
    return stride;
}

/* ---------------------------------------------------------------- products */

/* an affine expression over the positions of a walk */
struct lane {
    int64_t constant, coef[TC_RW_INDICES + 1];
};

struct reader { /* one argument of one factor */
    struct lane at, arg;
    const struct tc_table *via;
};

/* the cube's indices, then the one that is summed over */
static struct lane lane_of(const struct tc_affine *x, unsigned n, const struct tc_index *const *ix)
{
    struct lane l = {.constant = x->constant};

    for (unsigned k = 0; k < n; k++)
        l.coef[k] = tc_affine_coef(x, ix[k]);
    return l;
}

static int64_t lane_at(const struct lane *l, unsigned n, const int64_t *at)
{
    int64_t v = l->constant;

    for (unsigned k = 0; k < n; k++)
        v += l->coef[k] * at[k];
    return v;
}

/* false: outside of a table */
static bool reader_at(const struct reader *r, unsigned n, const int64_t *at, int64_t *v)
{
    *v = lane_at(&r->at, n, at);
    if (r->via) {
        int64_t arg = lane_at(&r->arg, n, at);

        if (arg < 0 || arg >= r->via->extent[0])
            return false;
        *v += r->via->small[arg];
    }
    return true;
}

static bool next_point(unsigned n, const struct tc_index *const *ix, int64_t *at)
{
    for (unsigned k = n; k-- > 0;) {
        if (++at[k] < ix[k]->extent)
            return true;
        at[k] = 0;
    }
    return false;
}

/* product of the entries at a point; false if it is 0 */
static bool product_at(unsigned nfactor, const struct tc_factor *factor, const struct reader *r,
                       unsigned n, const int64_t *at, mpz_ptr product, mpz_ptr entry)
{
    mpz_set_ui(product, 1);
    for (unsigned k = 0; k < nfactor; k++) {
        const struct tc_table *t = factor[k].table;
        int64_t arg[TC_RW_INDICES];

        for (unsigned i = 0; i < t->rank; i++, r++)
            if (!reader_at(r, n, at, &arg[i]) || arg[i] < 0 || arg[i] >= t->extent[i])
                return false;
        tc_table_get(t, arg, entry);
        if (mpz_sgn(entry) == 0)
            return false;
        mpz_mul(product, product, entry);
    }
    return true;
}

bool tc_cube_product(struct tc_cube *c, unsigned nfactor, const struct tc_factor *factor,
                     unsigned more, const struct tc_index *const *extra,
                     const struct tc_index *over)
{
    const struct tc_index *ix[TC_RW_INDICES + 1];
    int64_t at[TC_RW_INDICES + 1] = {0};
    struct reader *readers;
    unsigned nreader = 0, n;
    size_t points, k = 0;
    mpz_t product, entry;
    bool ok = true;

    *c = (struct tc_cube){0};
    for (unsigned i = 0; i < nfactor; i++)
        for (unsigned r = 0; r < factor[i].table->rank; r++, nreader++) {
            add_affine(c, &factor[i].at[r].at, &ok);
            if (factor[i].at[r].via)
                add_affine(c, &factor[i].at[r].arg, &ok);
        }
    for (unsigned i = 0; i < more; i++)
        add_index(c, extra[i], &ok);
    for (unsigned i = 0; over && i < c->n; i++)
        if (c->ix[i] == over)
            memmove(c->ix + i, c->ix + i + 1, (--c->n - i) * sizeof *c->ix);
    memcpy(ix, c->ix, c->n * sizeof *ix);
    n = c->n;
    if (over)
        ix[n++] = over;
    if (!ok || !box(n, ix, TC_RW_POINTS, &points) || !allocate(c))
        return false;
    readers = tc_xcalloc(nreader + 1, sizeof *readers);
    nreader = 0;
    for (unsigned i = 0; i < nfactor; i++)
        for (unsigned r = 0; r < factor[i].table->rank; r++) {
            const struct tc_axis *x = &factor[i].at[r];

            readers[nreader].via = x->via;
            readers[nreader].at = lane_of(&x->at, n, ix);
            if (x->via)
                readers[nreader].arg = lane_of(&x->arg, n, ix);
            nreader++;
        }
    mpz_inits(product, entry, NULL);
    do {
        if (product_at(nfactor, factor, readers, n, at, product, entry))
            mpz_add(c->value[over ? k / (size_t)over->extent : k],
                    c->value[over ? k / (size_t)over->extent : k], product);
        k++;
    } while (next_point(n, ix, at));
    mpz_clears(product, entry, NULL);
    free(readers);
    return true;
}

/* -------------------------------------------------------------- as a factor */

static bool matters(const struct tc_cube *c, unsigned k)
{
    size_t stride = tc_cube_stride(c, k), row = stride * (size_t)c->ix[k]->extent;

    for (size_t i = 0; i < c->size; i++)
        if (mpz_cmp(c->value[i], c->value[i - i % row + i % stride]) != 0)
            return true;
    return false;
}

/* without index k, on which nothing depends */
static void drop(struct tc_cube *c, unsigned k)
{
    size_t stride = tc_cube_stride(c, k), row = stride * (size_t)c->ix[k]->extent, n = 0;

    for (size_t i = 0; i < c->size; i++) {
        if (i % row < stride)
            mpz_swap(c->value[n++], c->value[i]);
    }
    for (size_t i = n; i < c->size; i++)
        mpz_clear(c->value[i]);
    c->size = n;
    memmove(c->ix + k, c->ix + k + 1, (--c->n - k) * sizeof *c->ix);
}

const char *tc_rw_base_name(struct tc_family *f, const char *name)
{
    size_t n = strlen(name), k = n;
    char *base;

    while (k > 0 && name[k - 1] >= '0' && name[k - 1] <= '9')
        k--;
    if (k == n || k < 2 || name[k - 1] != '.')
        return name;
    base = tc_strdup(f->arena, name);
    base[k - 1] = '\0';
    return base;
}

static void add_factor(struct tc_family *f, struct tc_cube *c, const char *name, struct tc_term *t)
{
    struct tc_factor *factor = tc_alloc(f->arena, t->nfactor + 1, sizeof *factor);
    mpz_ptr *entry = tc_xcalloc(c->size, sizeof *entry);
    struct tc_axis *at = tc_alloc(f->arena, c->n, sizeof *at);
    int64_t extent[TC_RW_INDICES];

    for (size_t k = 0; k < c->size; k++)
        entry[k] = c->value[k];
    for (unsigned k = 0; k < c->n; k++) {
        extent[k] = c->ix[k]->extent;
        at[k] = tc_axis_of(f->arena, c->ix[k]);
    }
    if (t->nfactor)
        memcpy(factor, t->factor, t->nfactor * sizeof *factor);
    factor[t->nfactor++] = (struct tc_factor){
        tc_table_dense_mpz(f, tc_rw_base_name(f, name), c->n, extent, entry), at};
    t->factor = factor;
    free(entry);
}

bool tc_cube_factor(struct tc_family *f, struct tc_cube *c, const char *name, struct tc_term *t)
{
    mpz_ptr coef = tc_mpz(f->arena), gcd = tc_mpz(f->arena);

    for (size_t k = 0; k < c->size; k++)
        mpz_gcd(gcd, gcd, c->value[k]);
    if (mpz_sgn(gcd) == 0)
        return false;
    for (unsigned k = c->n; k-- > 0;)
        if (!matters(c, k))
            drop(c, k);
    if (c->n == 0 && mpz_sgn(c->value[0]) < 0)
        mpz_neg(gcd, gcd);
    mpz_mul(coef, t->coef, gcd);
    t->coef = coef;
    if (c->n == 0)
        return true;
    for (size_t k = 0; k < c->size; k++)
        mpz_divexact(c->value[k], c->value[k], gcd);
    add_factor(f, c, name, t);
    return true;
}
