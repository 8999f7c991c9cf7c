/* problem_group.c -- finite groups of permutations */
#include "problem.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_odd(const uint8_t *image, unsigned degree)
{
    bool odd = false;

    for (unsigned p = 0; p < degree; p++)
        for (unsigned q = p + 1; q < degree; q++)
            odd ^= image[p] > image[q];
    return odd;
}

/* the permutation after this one; false after the last */
static bool step(uint8_t *image, unsigned degree)
{
    unsigned i = degree - 1, j = degree - 1;
    uint8_t swap;

    while (i && image[i - 1] > image[i])
        i--;
    if (!i)
        return false;
    while (image[j] < image[i - 1])
        j--;
    swap = image[j], image[j] = image[i - 1], image[i - 1] = swap;
    for (j = degree - 1; i < j; i++, j--)
        swap = image[j], image[j] = image[i], image[i] = swap;
    return true;
}

static void list_permutations(struct tc_arena *a, struct tc_permgroup *g, bool even)
{
    uint8_t image[TC_GROUP_DEGREE];
    unsigned factorial = 1;

    for (unsigned p = 0; p < g->degree; p++) {
        image[p] = (uint8_t)p;
        factorial *= p + 1;
    }
    g->image = tc_alloc(a, (size_t)factorial * g->degree, 1);
    do
        if (!even || !is_odd(image, g->degree))
            memcpy(g->image + (size_t)g->order++ * g->degree, image, g->degree);
    while (step(image, g->degree));
}

static void list_rotations(struct tc_arena *a, struct tc_permgroup *g)
{
    g->order = g->degree;
    g->image = tc_alloc(a, (size_t)g->degree * g->degree, 1);
    for (unsigned r = 0; r < g->order; r++)
        for (unsigned p = 0; p < g->degree; p++)
            g->image[r * g->degree + p] = (uint8_t)((p + r) % g->degree);
}

struct tc_permgroup *tc_permgroup_open(struct tc_arena *a, const char *name, struct tc_error *err)
{
    struct tc_permgroup *g = tc_alloc(a, 1, sizeof *g);
    char kind = *name, *end = NULL;
    unsigned long degree = isdigit((unsigned char)name[kind != 0]) ? strtoul(name + 1, &end, 10) : 0;
    unsigned long least = kind == 'A' ? 3 : 2, most = kind == 'C' ? TC_GROUP_DEGREE : 7;

    if (!kind || !strchr("SAC", kind) || !end || *end || name[1] == '0' || degree < least ||
        degree > most) {
        tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                "wanted a group, S2 to S7, A3 to A7 or C2 to C%d, found '%.40s'", TC_GROUP_DEGREE,
                name);
        return NULL;
    }
    snprintf(g->name, sizeof g->name, "%c%lu", kind, degree);
    g->degree = (unsigned)degree;
    g->cyclic = kind == 'C' || (kind == 'A' && degree == 3) || (kind == 'S' && degree == 2);
    if (kind == 'C')
        list_rotations(a, g);
    else
        list_permutations(a, g, kind == 'A');
    g->solvable = kind == 'C' || degree < 5;
    g->matrix = kind != 'C' && g->order > 6;
    return g;
}

/* the number of a permutation in the group: images are in ascending order */
static unsigned find(const struct tc_permgroup *g, const uint8_t *image)
{
    unsigned low = 0, high = g->order;

    while (high - low > 1) {
        unsigned mid = low + (high - low) / 2;

        if (memcmp(g->image + (size_t)mid * g->degree, image, g->degree) <= 0)
            low = mid;
        else
            high = mid;
    }
    assert(!memcmp(g->image + (size_t)low * g->degree, image, g->degree));
    return low;
}

unsigned tc_permgroup_product(const struct tc_permgroup *g, unsigned x, unsigned y)
{
    const uint8_t *first = g->image + (size_t)x * g->degree;
    const uint8_t *second = g->image + (size_t)y * g->degree;
    uint8_t image[TC_GROUP_DEGREE];

    for (unsigned p = 0; p < g->degree; p++)
        image[p] = second[first[p]];
    return find(g, image);
}

unsigned tc_permgroup_inverse(const struct tc_permgroup *g, unsigned x)
{
    const uint8_t *forth = g->image + (size_t)x * g->degree;
    uint8_t image[TC_GROUP_DEGREE];

    for (unsigned p = 0; p < g->degree; p++)
        image[forth[p]] = (uint8_t)p;
    return find(g, image);
}

unsigned tc_permgroup_width(const struct tc_permgroup *g)
{
    return g->matrix ? g->degree * g->degree : g->order;
}

bool tc_permgroup_bit(const struct tc_permgroup *g, unsigned x, unsigned wire)
{
    if (!g->matrix)
        return wire == x;
    return g->image[(size_t)x * g->degree + wire / g->degree] == wire % g->degree;
}

const char *tc_permgroup_element(const struct tc_permgroup *g, unsigned x, char text[16])
{
    if (*g->name == 'C') {
        snprintf(text, 16, "%u", x);
        return text;
    }
    for (unsigned p = 0; p < g->degree; p++)
        text[p] = (char)('1' + g->image[(size_t)x * g->degree + p]);
    text[g->degree] = '\0';
    return text;
}
