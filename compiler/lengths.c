/* lengths.c -- a specification at other lengths than its own */
#include "class.h"

#include <string.h>

#define MOST_POINTS 10

bool tc_compile_at(const struct tc_args *args, struct tc_arena *a, const char *parameter,
                   int64_t value, struct tc_compiled *c, struct tc_error *err)
{
    struct tc_setting *set = tc_alloc(a, args->nset + 1, sizeof *set);
    struct tc_args quiet = *args;

    quiet.dump = NULL;
    quiet.verbose = quiet.options.pass.check = false;
    if (args->nset)
        memcpy(set, args->set, args->nset * sizeof *set);
    set[args->nset] = (struct tc_setting){parameter, tc_sprintf(a, "%lld", (long long)value)};
    if (!tc_compile_read(&quiet, set, args->nset + 1, c, err))
        return false;
    c->family = tc_lower(c->spec, &args->options, err);
    /* wires are not counted, which streams tables of positions */
    return c->family && tc_optimize_family(&quiet, c, false, err) &&
           tc_family_count(c->arena, c->family, false, &c->count, err);
}

static void add(struct tc_arena *a, struct tc_lengths *l, int64_t value, const struct tc_count *c)
{
    struct tc_at_value *at = &l->at[l->n++];

    *at = (struct tc_at_value){value, c->depth, tc_mpz(a)};
    mpz_set(at->gates, c->gates);
}

static void add_other(const struct tc_args *args, struct tc_arena *a, struct tc_lengths *l,
                      int64_t value)
{
    struct tc_compiled c = {0};
    struct tc_error err = {0};

    if (tc_compile_at(args, a, l->parameter, value, &c, &err))
        add(a, l, value, &c.count);
    tc_compiled_free(&c);
}

/* 2, 4, ... up to 1024, or in larger steps up to the specification's own length if that is
 * larger; its own in between */
bool tc_lengths_of(const struct tc_args *args, struct tc_arena *a, const struct tc_compiled *c,
                   struct tc_lengths *l)
{
    struct tc_growing g = tc_growing_of(a, c->spec, args->set, args->nset);
    int64_t own = c->spec->length.value;
    unsigned step = 1;
    bool done = false;

    *l = (struct tc_lengths){.parameter = tc_growing_length(&g)};
    if (!l->parameter || !strcmp(args->spec, "-"))
        return false;
    while (INT64_C(1) << step * MOST_POINTS < own)
        step++;
    l->at = tc_alloc(a, MOST_POINTS + 1, sizeof *l->at);
    for (unsigned k = 1; k <= MOST_POINTS; k++) {
        int64_t value = INT64_C(1) << step * k;

        if (!done && own <= value)
            add(a, l, own, &c->count);
        done = done || own <= value;
        if (value != own)
            add_other(args, a, l, value);
    }
    return l->n > 1;
}
