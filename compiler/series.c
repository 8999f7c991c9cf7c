/* series.c -- how long the series are that define functions of wide floats
 *
 * Sizes are part of the definition (SPEC.md, "Functions by series"), so lowering and
 * reference share them, and nothing else.
 */
#include "prim.h"

#include <math.h>

#define MOST_SPAN 14 /* exponents up to 2^14 */

/* least K with ratio^(K+1), over (K+1)! if factorial, below 2^-bits */
static unsigned degree_of(double ratio, bool factorial, unsigned bits)
{
    double log = 0;
    unsigned k = 0;

    do {
        k++;
        log += log2(ratio) - (factorial ? log2(k) : 0);
    } while (log >= -(double)bits);
    return k - 1;
}

static unsigned bit_length(uint64_t x)
{
    return x ? 64 - (unsigned)__builtin_clzll(x) : 0;
}

bool tc_series_size(const struct tc_prim *prim, struct tc_series *s, struct tc_error *err)
{
    const struct tc_format *f = &prim->format;
    int64_t p = (int64_t)f->p, high = f->low + f->top + p;
    uint64_t far = (uint64_t)(f->low < 0 ? -f->low : f->low);
    unsigned most;

    far = high > (int64_t)far ? (uint64_t)high : far;
    most = bit_length(far) + 1;
    *s = (struct tc_series){.span = most};
    if (most > MOST_SPAN)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "exponents of up to 2^%u: series are built for formats with exponents of up "
                       "to 2^%d",
                       most - 1, MOST_SPAN - 1);
    if (f->low + p - 1 > 0 || f->low + f->top + p - 2 < 0)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "1 is no number of the format: series are built where it is");
    switch (prim->op) {
    case TC_OP_EXP:
    case TC_OP_EXP2:
        s->below = s->n = s->w = f->p + 6;
        s->scale = f->p + 6 + most;
        s->degree = degree_of(0.69314718055994531, true, f->p + 6);
        return true;
    case TC_OP_LOG:
        s->n = f->p - 1;
        s->w = 2 * f->p + 8;
        s->degree = degree_of(1.0 / 3, false, s->w);
        return true;
    default: /* sin, cos */
        s->span = high > 2 ? high : 2;
        s->n = f->p + f->p / 2 + 10;
        s->below = s->n + 2;
        s->scale = s->n + 3 + (unsigned)s->span;
        s->w = s->n + 6;
        s->degree = degree_of(1.5707963267948966, true, s->n + 2);
        s->small = (f->p + 1) / 2 + 1;
        return true;
    }
}

bool tc_prim_is_series(const struct tc_prim *p)
{
    bool function = p->op == TC_OP_EXP || p->op == TC_OP_EXP2 || p->op == TC_OP_LOG ||
                    p->op == TC_OP_SIN || p->op == TC_OP_COS;
    struct tc_error ignored;
    struct tc_series s;

    return p->format.kind == TC_FLOAT && function &&
           (p->options->regime == TC_REGIME_ARITHMETIC || tc_format_width(&p->format) > 16) &&
           tc_series_size(p, &s, &ignored);
}
