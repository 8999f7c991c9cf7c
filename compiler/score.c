/* score.c -- from the exact score to the rounded and scaled one */
#include "lower.h"

struct steps score_steps(struct lowering *L, const struct head *a, struct tc_form score,
                         unsigned shift)
{
    struct tc_family *f = L->family;
    const struct tc_scale *scale = &a->att->scale;
    struct scaling scaling = {L, scale};
    mpq_ptr multiply = tc_mpq(f->arena);

    if (L->spec->rounding == TC_OP)
        return steps_map(L, steps_shift(L, score, shift), scale_value, &scaling);
    mpq_abs(multiply, scale->multiply);
    if (mpq_sgn(scale->multiply) < 0)
        score = tc_form_scale_si(f, score, -1);
    mpq_div_2exp(multiply, multiply, shift);
    return steps_round(L, score, multiply, scale->divide, scale->root);
}
