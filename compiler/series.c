/* series.c -- how long the series are that define functions of wide floats
 *
 * Sizes are part of the definition (SPEC.md, "Functions by series"), so lowering and
 * reference share them, and nothing else.
 */
#include "prim.h"

#include <math.h>

#define MOST_SPAN 14 /* of what has a constant or a piece for each exponent */

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

bool tc_series_size(const struct tc_prim *prim, struct tc_series *s, struct tc_error *err)
{
    const struct tc_format *f = &prim->format;
    int64_t p = (int64_t)f->p, high = f->low + f->top + p;
    uint64_t far = (uint64_t)(f->low < 0 ? -f->low : f->low);
    unsigned most;

    far = high > (int64_t)far ? (uint64_t)high : far;
    most = tc_bit_length(far) + 1;
    *s = (struct tc_series){.span = most};
    if (most > MOST_SPAN && (prim->op == TC_OP_SIN || prim->op == TC_OP_COS))
        return tc_fail(
            err, TC_ELIMIT, (struct tc_loc){0},
            "exponents of up to 2^%u: the remainder of a number by a quarter turn takes "
            "a constant of as many bits for each; %s is built for exponents of up to 2^%d",
            most - 1, prim->name, MOST_SPAN - 1);
    if (most > MOST_SPAN && (prim->op == TC_OP_GELU || prim->op == TC_OP_GELU_TANH))
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "exponents of up to 2^%u: %s takes pieces as many as a root of that, of "
                       "degrees that grow with it; it is built for exponents of up to 2^%d",
                       most - 1, prim->name, MOST_SPAN - 1);
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
        s->pieces = tc_bit_length(f->p) + 1;
        s->pieces = s->n > s->pieces ? s->pieces : s->n - 1;
        s->degree = degree_of(1 / (ldexp(2, (int)s->pieces) + 1), false, s->w);
        return true;
    default: /* sin, cos */
        s->span = high > 2 ? high : 2;
        s->n = f->p + f->p / 2 + 10;
        s->below = s->n + tc_bit_length(f->p) + 2;
        s->w = s->n + 6;
        s->pieces = tc_bit_length(f->p);
        s->degree = degree_of(ldexp(1.5707963267948966, -(int)s->pieces - 1), true, s->n + 2);
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

/* ---------------------------------------------------------------------- by pieces */

static int64_t root_up(double x)
{
    return (int64_t)ceil(sqrt(x));
}

/* pieces of 1/4 of |x|, until 1 is nearest */
static void tanh_pieces(const struct tc_format *f, struct tc_pieces *s)
{
    unsigned bits;

    s->parts = 2;
    s->after = (7 * (int64_t)(f->p + 6) + 4) / 5;
    bits = tc_bit_length((uint64_t)s->after / 4);
    s->below = f->p + 6;
    s->n = s->below - 2;
    s->w = f->p + 12 + bits;
    s->lose = bits + 1;
    s->degree = (f->p + 10 + bits) * 302 / 1000;
    s->span = bits + 1;
}

/* pieces of 1/8 of |x|, until 0 or 1 times x is nearest */
static void gelu_pieces(const struct tc_format *f, int64_t far, struct tc_pieces *s)
{
    unsigned bits;

    s->parts = 3;
    s->before = root_up(64 * 1.3863 * (double)(far + 2)) + 16;
    s->after = root_up(64 * 1.3863 * (f->p + 6)) + 1;
    s->lose = 3 + (unsigned)s->before / 40;
    bits = tc_bit_length((uint64_t)s->before / 8 + 2);
    s->below = f->p + 6 + bits;
    s->n = s->below - 3;
    s->w = f->p + 12 + s->lose;
    s->degree = (f->p + s->lose + 11 + 17 * (unsigned)s->before / 100) / 4;
    s->span = tc_bit_length((uint64_t)(s->before > s->after ? s->before : s->after) / 8) + 1;
}

/* least J with e^-v < 2^-bits / e x at x = J/8 and beyond, v = 2 sqrt(2/pi) (x + 0.044715 x^3) */
static int64_t cubic_end(double bits)
{
    int64_t j = 0;

    while (0.59 * (double)j / 8 + 0.0713 * pow((double)j / 8, 3) < 0.6932 * bits)
        j++;
    return j;
}

/* the same of gelu-tanh, where the gate's power of two falls as a cube */
static void gelu_tanh_pieces(const struct tc_format *f, int64_t far, struct tc_pieces *s)
{
    unsigned square;

    s->parts = 3;
    s->before = 1 + cubic_end((double)(far + 1));
    s->after = 1 + cubic_end(f->p + 7);
    square = (unsigned)(s->before * s->before);
    s->lose = 3 + square / 1650;
    s->below = f->p + 6 + tc_bit_length(square / 298 + 2);
    s->n = s->below - 3;
    s->w = f->p + 12 + s->lose;
    s->degree = (f->p + s->lose + 13 + square / 207) / 4;
    s->span = tc_bit_length((uint64_t)(s->before > s->after ? s->before : s->after) / 8) + 1;
}

/* sigmoid, silu: pieces of 1 of |x| log2 e */
static void sigmoid_pieces(const struct tc_format *f, int64_t far, struct tc_pieces *s)
{
    s->before = s->after = f->p + 9;
    s->least = far + 2 + tc_bit_length((uint64_t)far + 64);
    s->span = tc_bit_length((uint64_t)(s->least > s->after ? s->least : s->after)) + 1;
    s->n = s->below = f->p + 6;
    s->scale = s->n + (unsigned)s->span;
    s->w = f->p + 12;
    s->lose = 3;
    s->degree = (f->p + 14) / 3;
}

/* least K with 2^most ratio^(K+1) / (1 - ratio), over (K+1)! if factorial, at most 2^-bits */
static unsigned degree_below(double most, double ratio, bool factorial, double bits)
{
    double log = factorial ? most : most - log2(1 - ratio);
    unsigned k = 0;

    do {
        log += log2(ratio) - (factorial ? log2(k + 1) : 0);
        k++;
    } while (log > -bits);
    return k - 1;
}

/* pieces of 2^n units up to the argument `far`, and one that is all the rest, but no more than
 * the format has */
static int64_t pieces_to(const struct tc_format *f, const struct tc_pieces *s, double far,
                         bool *end)
{
    double all = ldexp(1, (int)(f->bits - (f->kind == TC_FIXED) - s->n));
    double n = ceil(ldexp(far, (int)f->fraction - (int)s->n)) + 1;

    *end = n < all;
    return (int64_t)(*end ? n : all);
}

/* exp, exp2, sigmoid, tanh, silu, gelu, gelu-tanh of fixed formats */
static void smooth_pieces(const struct tc_prim *prim, struct tc_pieces *s)
{
    const struct tc_format *f = &prim->format;
    unsigned magnitude = f->bits - (f->kind == TC_FIXED);
    double b = f->fraction, low = 0, high = 0, half;
    double above = magnitude > f->fraction ? magnitude - f->fraction : 0;

    s->n = f->fraction > 3 ? f->fraction - 2 : 1;
    s->n = s->n < magnitude ? s->n : magnitude - 1;
    half = ldexp(1, (int)s->n - (int)f->fraction - 1);
    switch (prim->op) {
    case TC_OP_EXP:
    case TC_OP_EXP2:
        low = (b + 5) * (prim->op == TC_OP_EXP ? 0.6932 : 1);
        high = above * (prim->op == TC_OP_EXP ? 0.6932 : 1);
        s->degree = degree_below(above + 3 * half * log2(exp(1)), half, true, b + 4);
        break;
    case TC_OP_SIGMOID:
        low = high = (b + 5) * 0.6932;
        s->degree = degree_below(log2(7.1), half / 3, false, b + 4);
        break;
    case TC_OP_TANH:
        low = high = (b + 6) * 0.3466;
        s->degree = degree_below(log2(14.2), half / 1.5, false, b + 4);
        break;
    case TC_OP_SILU:
        low = high = (b + 12) * 0.6932;
        s->degree = degree_below(log2(b > 62 ? 1400 : 400), half / 3, false, b + 4);
        break;
    case TC_OP_GELU_TANH:
        low = high = (double)cubic_end(b + 4) / 8;
        s->degree = degree_below(log2(10), half / 2, false, b + 4);
        break;
    default: /* gelu */
        low = high = sqrt(1.3863 * (b + 4));
        s->degree = degree_below(log2(110), half / 2, false, b + 4);
    }
    if (f->kind == TC_FIXED)
        s->before = pieces_to(f, s, low, &s->ends[0]);
    s->after = pieces_to(f, s, high, &s->ends[1]);
}

static void fixed_pieces(const struct tc_prim *prim, struct tc_pieces *s)
{
    const struct tc_format *f = &prim->format;

    s->w = f->fraction + 10;
    switch (prim->op) {
    case TC_OP_LOG: /* eighths of 2^e .. 2^(e+1), single numbers below 8; 0; and all that is below
                     */
        s->n = f->bits - (f->kind == TC_FIXED);
        s->after = 7 + 8 * (int64_t)(s->n - 3);
        s->before = 1 + (f->kind == TC_FIXED);
        s->degree = degree_below(0, 1.0 / 17, false, f->fraction + 4);
        break;
    case TC_OP_SIN:
    case TC_OP_COS: /* 16 of the circle */
        s->scale = f->bits + 6;
        s->n = f->fraction + 6;
        s->after = 16;
        s->degree = degree_below(log2(1.3), 0.19635, true, f->fraction + 4);
        break;
    default:
        smooth_pieces(prim, s);
    }
}

bool tc_pieces_size(const struct tc_prim *prim, struct tc_pieces *s, struct tc_error *err)
{
    const struct tc_format *f = &prim->format;
    int64_t far = f->low < 0 ? -f->low : 0;
    struct tc_series ignored;

    *s = (struct tc_pieces){0};
    if (f->kind != TC_FLOAT) {
        fixed_pieces(prim, s);
        return true;
    }
    if (!tc_series_size(prim, &ignored, err)) /* the same formats */
        return false;
    if (prim->op == TC_OP_TANH)
        tanh_pieces(f, s);
    else if (prim->op == TC_OP_GELU)
        gelu_pieces(f, far, s);
    else if (prim->op == TC_OP_GELU_TANH)
        gelu_tanh_pieces(f, far, s);
    else
        sigmoid_pieces(f, far, s);
    return true;
}

bool tc_prim_is_pieces(const struct tc_prim *p)
{
    bool circle = p->op == TC_OP_SIN || p->op == TC_OP_COS;
    bool power = p->op == TC_OP_EXP || p->op == TC_OP_EXP2 || p->op == TC_OP_LOG;
    bool function = p->op == TC_OP_TANH || p->op == TC_OP_SIGMOID || p->op == TC_OP_SILU ||
                    p->op == TC_OP_GELU || p->op == TC_OP_GELU_TANH;
    unsigned width = tc_format_width(&p->format);
    struct tc_error ignored;
    struct tc_pieces s;

    if (p->format.kind != TC_FLOAT)
        return !p->nconst && (function || circle || power) && width > 16;
    return function && (p->options->regime == TC_REGIME_ARITHMETIC || width > 16) &&
           tc_pieces_size(p, &s, &ignored);
}
