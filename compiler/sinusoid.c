/* sinusoid.c -- sinusoidal positions as a computed table
 *
 * Entry [p, e] is the sine of p B^(-2l/D) at e = 2l, its cosine at e = 2l + 1: the rotation
 * entries of rope.c and rope_float.c, whose parameters it takes but for the first.
 */
#include "compiler.h"

#include <string.h>

struct sinusoid {
    const struct tc_function *entry;
    const void *part[2]; /* sine, cosine */
};

static void *open_sinusoid(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                           struct tc_error *err)
{
    static const char *const name[2] = {"sin", "cos"};
    struct sinusoid *s = tc_alloc(a, 1, sizeof *s);

    s->entry = strstr(parameters, "format=") ? &tc_rope_float : &tc_rope;
    for (unsigned k = 0; k < 2; k++) {
        loc.col -= k == 0 && loc.col > 5 ? 5 : 0; /* of "sin, " */
        s->part[k] = s->entry->open(a, tc_sprintf(a, "%s, %s", name[k], parameters), loc, err);
        if (!s->part[k])
            return NULL;
    }
    return s;
}

static void eval_sinusoid(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                          size_t count, int64_t *out)
{
    const struct sinusoid *s = state;
    int64_t at[2] = {arg[0], arg[1] >> 1};

    if (axis == 0) {
        s->entry->eval(s->part[arg[1] & 1], at, 0, step, count, out);
        return;
    }
    for (size_t k = 0; k < count; k++) {
        int64_t e = (int64_t)((uint64_t)arg[1] + (uint64_t)step * k);

        at[1] = e >> 1;
        s->entry->eval(s->part[e & 1], at, 0, 1, 1, out + k);
    }
}

static int64_t max_abs(const void *state)
{
    const struct sinusoid *s = state;

    return s->entry->max_abs(s->part[0]);
}

const struct tc_function tc_sinusoid = {"sinusoid", 2, open_sinusoid, eval_sinusoid, max_abs};
