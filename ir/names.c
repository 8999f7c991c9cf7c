/* names.c -- from names to small numbers, inside ir/ */
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* what there is to a name but its value */
static struct tc_name_slot key(const char *name)
{
    struct tc_name_slot k = {.name = name};
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    unsigned n = 0;

    for (; name[n]; n++) {
        h = (h ^ (unsigned char)name[n]) * UINT64_C(1099511628211);
        k.head |= n < 8 ? (uint64_t)(unsigned char)name[n] << 8 * n : 0;
    }
    k.hash = (uint32_t)(h ^ h >> 32);
    return k;
}

static bool same(const struct tc_name_slot *a, const struct tc_name_slot *b)
{
    return a->hash == b->hash && a->head == b->head &&
           (!(a->head >> 56) || !strcmp(a->name + 8, b->name + 8));
}

/* where the name is, or an empty place for it; room is a power of two */
static struct tc_name_slot *place(const struct tc_names *x, const struct tc_name_slot *k)
{
    size_t i = k->hash & (x->room - 1);

    while (x->slot[i].name && !same(&x->slot[i], k))
        i = (i + 1) & (x->room - 1);
    return &x->slot[i];
}

uint32_t tc_names_find(const struct tc_names *x, const char *name)
{
    struct tc_name_slot k = key(name);
    const struct tc_name_slot *s = x->room ? place(x, &k) : NULL;

    return s && s->name ? s->value : UINT32_MAX;
}

static void grow(struct tc_names *x)
{
    struct tc_names larger = {.n = x->n, .room = x->room ? 2 * x->room : 64};

    larger.slot = tc_xcalloc(larger.room, sizeof *larger.slot);
    for (size_t k = 0; k < x->room; k++) {
        size_t i = x->slot[k].hash & (larger.room - 1);

        while (x->slot[k].name && larger.slot[i].name)
            i = (i + 1) & (larger.room - 1);
        if (x->slot[k].name)
            larger.slot[i] = x->slot[k];
    }
    free(x->slot);
    *x = larger;
}

bool tc_names_add(struct tc_names *x, const char *name, uint32_t value)
{
    struct tc_name_slot k = key(name), *s;

    if (2 * x->n >= x->room)
        grow(x);
    s = place(x, &k);
    if (s->name)
        return false;
    *s = k;
    s->value = value;
    x->n++;
    return true;
}

void tc_names_free(struct tc_names *x)
{
    free(x->slot);
    *x = (struct tc_names){0};
}
