/* names.c -- from names to small numbers, inside ir/ */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static size_t hash(const char *s)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

/* where the name is, or an empty place for it; room is a power of two */
static size_t place(const struct tc_names *x, const char *name)
{
    size_t i = hash(name) & (x->room - 1);

    while (x->slot[i].name && strcmp(x->slot[i].name, name) != 0)
        i = (i + 1) & (x->room - 1);
    return i;
}

uint32_t tc_names_find(const struct tc_names *x, const char *name)
{
    struct tc_name_slot *s = x->room ? &x->slot[place(x, name)] : NULL;

    return s && s->name ? s->value : UINT32_MAX;
}

bool tc_names_add(struct tc_names *x, const char *name, uint32_t value)
{
    struct tc_name_slot *s;

    if (2 * x->n >= x->room) {
        struct tc_names larger = {.room = x->room ? 2 * x->room : 64};

        larger.slot = tc_xcalloc(larger.room, sizeof *larger.slot);
        for (size_t i = 0; i < x->room; i++)
            if (x->slot[i].name)
                larger.slot[place(&larger, x->slot[i].name)] = x->slot[i];
        larger.n = x->n;
        free(x->slot);
        *x = larger;
    }
    s = &x->slot[place(x, name)];
    if (s->name)
        return false;
    *s = (struct tc_name_slot){name, value};
    x->n++;
    return true;
}

void tc_names_free(struct tc_names *x)
{
    free(x->slot);
    *x = (struct tc_names){0};
}
