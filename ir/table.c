/* table.c -- integer tables that weights and thresholds are made of */
#include "ir.h"

#include <assert.h>
#include <string.h>

#define MAX_FUNCTIONS 32

static const struct tc_function *functions[MAX_FUNCTIONS];

void tc_function_register(const struct tc_function *fn)
{
    unsigned i = 0;

    while (i < MAX_FUNCTIONS && functions[i] && strcmp(functions[i]->name, fn->name) != 0)
        i++;
    assert(i < MAX_FUNCTIONS);
    functions[i] = fn;
}

const struct tc_function *tc_function_find(const char *name)
{
    for (unsigned i = 0; i < MAX_FUNCTIONS && functions[i]; i++)
        if (strcmp(functions[i]->name, name) == 0)
            return functions[i];
    return NULL;
}

size_t tc_table_size(const struct tc_table *t)
{
    size_t size = 1;

    assert(!t->fn);
    for (unsigned k = 0; k < t->rank; k++)
        size *= (size_t)t->extent[k];
    return size;
}

/* row-major position of a dense entry */
static size_t position(const struct tc_table *t, const int64_t *arg)
{
    size_t at = 0;

    for (unsigned k = 0; k < t->rank; k++) {
        assert(arg[k] >= 0 && arg[k] < t->extent[k]);
        at = at * (size_t)t->extent[k] + (size_t)arg[k];
    }
    return at;
}

int64_t tc_table_get_i64(const struct tc_table *t, const int64_t *arg)
{
    int64_t v;

    if (t->fn) {
        t->fn->eval(t->state, arg, 0, 0, 1, &v);
        return v;
    }
    return t->small ? t->small[position(t, arg)] : tc_mpz_get_i64(t->big[position(t, arg)]);
}

void tc_table_get(const struct tc_table *t, const int64_t *arg, mpz_ptr out)
{
    if (t->big)
        mpz_set(out, t->big[position(t, arg)]);
    else
        tc_mpz_set_i64(out, tc_table_get_i64(t, arg));
}

bool tc_table_fits_i64(const struct tc_table *t)
{
    return !t->big;
}

void tc_table_max_abs(const struct tc_table *t, mpz_ptr out)
{
    size_t size;
    uint64_t most = 0;

    if (t->fn) {
        tc_mpz_set_i64(out, t->fn->max_abs(t->state));
        return;
    }
    size = tc_table_size(t);
    if (t->big) {
        mpz_set_ui(out, 0);
        for (size_t i = 0; i < size; i++)
            if (mpz_cmpabs(t->big[i], out) > 0)
                mpz_abs(out, t->big[i]);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        uint64_t v = t->small[i] < 0 ? -(uint64_t)t->small[i] : (uint64_t)t->small[i];

        if (v > most)
            most = v;
    }
    mpz_set_ui(out, most);
}

bool tc_table_equal(const struct tc_table *a, const struct tc_table *b)
{
    size_t size;

    if (a == b)
        return true;
    if (a->fn != b->fn || a->rank != b->rank)
        return false;
    if (a->fn)
        return strcmp(a->parameters, b->parameters) == 0;
    if (memcmp(a->extent, b->extent, a->rank * sizeof *a->extent) != 0)
        return false;
    size = tc_table_size(a);
    if (a->small && b->small)
        return memcmp(a->small, b->small, size * sizeof *a->small) == 0;
    if (!a->big || !b->big)
        return false;
    for (size_t i = 0; i < size; i++)
        if (mpz_cmp(a->big[i], b->big[i]) != 0)
            return false;
    return true;
}

static struct tc_table *table_new(struct tc_family *f, const char *name, unsigned rank)
{
    struct tc_table *t = tc_alloc(f->arena, 1, sizeof *t);

    t->name = tc_strdup(f->arena, name);
    t->rank = rank;
    return t;
}

static bool name_taken(const struct tc_family *f, const char *name)
{
    for (unsigned i = 0; i < f->ntable; i++)
        if (strcmp(f->table[i]->name, name) == 0)
            return true;
    return false;
}

/* keeps the table in the family; one that is there already is given instead */
static struct tc_table *table_keep(struct tc_family *f, struct tc_table *t)
{
    unsigned same_name = 0;

    for (unsigned i = 0; i < f->ntable; i++)
        if (tc_table_equal(f->table[i], t))
            return f->table[i];
    for (unsigned i = 0; i < f->ntable; i++) {
        size_t n = strlen(t->name);

        if (strncmp(f->table[i]->name, t->name, n) == 0 &&
            (f->table[i]->name[n] == '\0' || f->table[i]->name[n] == '.'))
            same_name++;
    }
    if (same_name) {
        const char *name = t->name;

        do
            t->name = tc_sprintf(f->arena, "%s.%u", name, ++same_name);
        while (name_taken(f, t->name));
    }
    t->id = f->ntable;
    f->table = tc_xrealloc(f->table, f->ntable + 1, sizeof *f->table);
    f->table[f->ntable++] = t;
    return t;
}

static const int64_t *copy_extent(struct tc_family *f, unsigned rank, const int64_t *extent)
{
    int64_t *copy = tc_alloc(f->arena, rank ? rank : 1, sizeof *copy);

    for (unsigned k = 0; k < rank; k++) {
        assert(extent[k] >= 1);
        copy[k] = extent[k];
    }
    return copy;
}

struct tc_table *tc_table_dense_kept(struct tc_family *f, const char *name, unsigned rank,
                                     const int64_t *extent, const int64_t *entries)
{
    struct tc_table *t = table_new(f, name, rank);

    t->extent = copy_extent(f, rank, extent);
    t->small = entries;
    return table_keep(f, t);
}

struct tc_table *tc_table_dense(struct tc_family *f, const char *name, unsigned rank,
                                const int64_t *extent, const int64_t *entries)
{
    size_t size = 1;
    int64_t *copy;

    for (unsigned k = 0; k < rank; k++)
        size *= (size_t)extent[k];
    copy = tc_alloc(f->arena, size, sizeof *copy);
    memcpy(copy, entries, size * sizeof *copy);
    return tc_table_dense_kept(f, name, rank, extent, copy);
}

struct tc_table *tc_table_dense_mpz(struct tc_family *f, const char *name, unsigned rank,
                                    const int64_t *extent, mpz_ptr *entries)
{
    struct tc_table *t = table_new(f, name, rank);
    bool fits = true;
    size_t size;

    t->extent = copy_extent(f, rank, extent);
    size = tc_table_size(t);
    for (size_t i = 0; i < size; i++)
        fits = fits && tc_mpz_fits_i64(entries[i]);
    if (fits) {
        int64_t *copy = tc_alloc(f->arena, size, sizeof *copy);

        for (size_t i = 0; i < size; i++)
            copy[i] = tc_mpz_get_i64(entries[i]);
        t->small = copy;
    } else {
        t->big = tc_alloc(f->arena, size, sizeof *t->big);
        for (size_t i = 0; i < size; i++)
            t->big[i] = tc_mpz_copy(f->arena, entries[i]);
    }
    return table_keep(f, t);
}

struct tc_table *tc_table_computed(struct tc_family *f, const char *name,
                                   const struct tc_function *fn, const char *parameters,
                                   struct tc_error *err)
{
    struct tc_table *t = table_new(f, name, fn->rank);

    t->fn = fn;
    t->parameters = tc_strdup(f->arena, parameters);
    for (unsigned i = 0; i < f->ntable; i++)
        if (tc_table_equal(f->table[i], t))
            return f->table[i];
    t->state = fn->open(f->arena, parameters, (struct tc_loc){0}, err);
    return t->state ? table_keep(f, t) : NULL;
}
