/* word_gaps.c -- sums of floats of more exponents than a word has bits, rounded by blocks
 *
 * A block that is one rounding of a sum of numbers and of products of two is a sum of numbers that
 * are far apart (far.h).  CONSTRUCTIONS.md, "Floats of many exponents".
 */
#include "far.h"

#include <assert.h>

/* term k, times what the sum is divided by */
static struct number term_of(struct lowering *L, const struct exact *e, unsigned k)
{
    const struct product *t = &e->term[k];
    struct tc_arena *arena = L->family->arena;
    const char *name = tc_sprintf(arena, "%s.%u", e->name, k);
    struct number x = t->factor[0];

    x = t->nfactor > 1 ? words_product(L, name, x, t->factor[1]) : far_of(L, name, x);
    return t->scale ? far_times(L, tc_sprintf(arena, "%s.times", name), x, t->scale) : x;
}

/* the terms of a sum that is rounded */
static bool terms_of(struct lowering *L, const struct exact *e, struct far_sum *sum)
{
    assert(e->bits && !e->add);
    for (unsigned k = 0; k < e->n && !L->err->kind; k++) {
        struct number x = term_of(L, e, k);

        far_term(sum, &x, false, e->term[k].nover, e->term[k].over);
    }
    return !L->err->kind;
}

struct number words_long_sum(struct lowering *L, const struct exact *e)
{
    struct far_sum sum = {.name = e->name}, by = {.name = NULL};
    mp_bitcnt_t down = e->divide ? mpz_scan1(e->divide, 0) : 0;
    mpz_ptr odd = tc_mpz_si(L->family->arena, 1);
    struct number x;

    if (!terms_of(L, e, &sum))
        return e->term[0].factor[0];
    if (e->divide)
        mpz_fdiv_q_2exp(odd, e->divide, down);
    if (mpz_cmp_ui(odd, 1) == 0)
        return far_rounded(L, &sum, (int64_t)down);
    by.name = tc_sprintf(L->family->arena, "%s.divisor", e->name);
    x = far_constant(L, by.name, odd);
    far_term(&by, &x, false, 0, NULL);
    return far_quotient(L, tc_sprintf(L->family->arena, "%s.mean", e->name), &sum, &by,
                        (int64_t)down);
}

struct number words_long_by_root(struct lowering *L, const struct exact *e, mpz_srcptr v,
                                 unsigned down, unsigned nbias, const struct number *bias)
{
    struct tc_arena *arena = L->family->arena;
    struct far_sum sum = {.name = e->name}, by = {.name = NULL}, plus = {.name = NULL};
    const char *name = tc_sprintf(arena, "%s.by.root", e->name);
    struct number x;

    if (!terms_of(L, e, &sum))
        return e->term[0].factor[0];
    by.name = tc_sprintf(arena, "%s.square", e->name);
    x = far_even(L, tc_sprintf(arena, "%s.even", by.name), far_constant(L, by.name, v));
    far_term(&by, &x, false, 0, NULL);
    if (!nbias)
        return far_by_root(L, name, &sum, &by, -(int64_t)down);
    for (unsigned k = 0; k < sum.n; k++)
        sum.term[k].x.up -= down;
    plus.name = tc_sprintf(arena, "%s.bias", e->name);
    for (unsigned k = 0; k < nbias; k++) {
        x = far_of(L, tc_sprintf(arena, "%s.%u", plus.name, k), bias[k]);
        far_term(&plus, &x, false, 0, NULL);
    }
    return L->err->kind ? x : far_by_root_plus(L, name, &sum, &by, &plus);
}

/* -x of a word where `minus` is 1 */
static struct number turned_sign(struct lowering *L, struct number x, const struct tc_table *minus,
                                 const struct tc_axis *at)
{
    struct tc_family *f = L->family;
    struct tc_form turn;

    x = number_apart(L, x);
    turn = tc_form_sub(f, tc_form_si(f, 1), tc_form_scale_si(f, x.sign, 2));
    x.sign = claim(L, tc_form_add(f, x.sign, tc_form_times(f, turn, minus, at)), 0, 1);
    return x;
}

/* x_s times u_r (s = 0) or (-1)^[r = 0] u_(1-r) */
struct number words_long_turn(struct lowering *L, const char *name, struct number x,
                              struct number u, const struct tc_index *r, const struct tc_index **s)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis here = tc_axis_of(arena, r), one = tc_axis_const(1);
    int64_t *minus = tc_alloc(arena, 2, sizeof *minus);
    struct number y[2];

    *s = tc_index_new(L->family, "s", 2, NULL);
    if (L->err->kind)
        return x;
    minus[0] = 1;
    y[0] = u;
    y[1] = number_at(L, u, r, tc_axis_plus(arena, one, -1, r));
    y[1] = turned_sign(L, y[1], table_of(L, "minus", 2, minus), &here);
    return words_product(L, name, number_at(L, x, r, tc_axis_of(arena, *s)),
                         words_chosen(L, 2, y, *s));
}
