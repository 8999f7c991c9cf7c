/* prim_arith_root.c -- square roots of floats, digit by digit
 *
 * X in [B^2, 4 B^2) is the significand times B, twice that where the exponent is odd.  A
 * layer knows the first j bits s of the root, and what they leave, R = X - (s 2^(p-j))^2,
 * as forms.  The next k bits are at least t iff
 *     R >= 2^(2w) (2^(k+1) t s + t^2),   w = p - j - k,
 * linear in s.  The gates are masked by each bit of s at once, so that digit times s, and
 * what is left, are forms again.  CONSTRUCTIONS.md, "Square root by digits".
 */
#include "arith.h"

#include <assert.h>

struct root {
    struct ar_significand x;
    struct tc_form odd; /* 0/1: the exponent is */
    unsigned ndigit, j;
    struct ar_digit digit[AR_MOST_DIGITS];
    struct tc_form rest, value; /* R and s */
};

/* ------------------------------------------------------------------------ operand */

/* parity of the exponent low + p - 2 + field; of field 0, where there are subnormals, of
 * low + the place of the leading one */
struct tc_form ar_odd_exponent(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct ar_operand x = {l, 0};
    struct tc_form bit = ar_bit(x, tc_axis_const((int64_t)l->p - 1)), place;
    bool turned = (l->f->low + (int64_t)l->p) % 2 != 0;
    mpz_ptr *at = ar_powers(l, l->p);
    int64_t *step, before;
    const struct tc_plane *chain;

    if (l->f->underflow != TC_GRADUAL)
        return turned ? tc_form_sub(f, tc_form_si(f, 1), bit) : bit;
    step = tc_alloc(f->arena, l->p, sizeof *step);
    before = l->f->low % 2 != 0;
    for (unsigned k = 0; k + 1 < l->p; k++) { /* the last is of normal numbers */
        int64_t now = k + 2 < l->p ? (l->f->low + k + 1) % 2 != 0 : turned;

        step[k] = now - before;
        before = now;
    }
    chain = fl_bank(l, "place", ar_key(x), l->p - 1, at + 1, "where the leading one is");
    place = fl_weigh(l, chain, l->p - 1, step, l->f->low % 2 != 0, 0, 1);
    place = turned ? tc_form_sub(f, place, bit) : tc_form_add(f, place, bit);
    return claim(&l->low, place, 0, 1);
}

/* the significand where the exponent is odd, else 0: a gate a bit */
static struct tc_form odd_part(struct fl *l, const struct root *r)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *b = tc_index_new(f, "b", l->p, NULL);
    struct tc_form x = tc_form_subst(f, r->x.bit, r->x.b, tc_axis_of(f->arena, b));
    mpz_ptr most = power_of_two(&l->low, l->p);

    x = ar_gate_si(l, "odd", tc_form_add(f, x, r->odd), 2, "bits, where the exponent is odd");
    x = tc_form_sum(f, times_table(&l->low, "power", x, 1, &b, ar_powers(l, l->p)), 1, &b, 0, NULL);
    return claim_mpz(&l->low, x, ar_mpz(l, 0), most);
}

/* -------------------------------------------------------------------------- digits */

/* s 2^(2w) squared of the first digit */
static struct tc_form first_square(struct fl *l, const struct ar_digit *g, unsigned w)
{
    struct tc_arena *arena = l->low.family->arena;
    mpz_ptr *value = tc_alloc(arena, (size_t)g->n + 1, sizeof *value);

    for (int64_t t = 0; t <= g->n; t++) {
        value[t] = tc_mpz_si(arena, g->base + t);
        mpz_mul(value[t], value[t], value[t]);
        mpz_mul_2exp(value[t], value[t], 2 * w);
    }
    return ar_digit_map(l, g, g->gate, value);
}

static void claim_rest(struct fl *l, struct root *r, struct tc_form rest)
{
    mpz_ptr most = power_of_two(&l->low, 2 * l->p - r->j + 1);

    r->rest = claim_mpz(&l->low, rest, ar_mpz(l, 0), most);
}

/* [X >= (t 2^w)^2], t > 2^(k-1): as the root of 2 is irrational, t decides which exponents
 * are to be asked, and those of the other parity always or never pass */
static void first_digit(struct fl *l, struct root *r, unsigned k)
{
    struct tc_family *f = l->low.family;
    struct ar_digit *g = &r->digit[r->ndigit++];
    unsigned p = l->p, w = p - k;
    mpz_ptr mask = power_of_two(&l->low, 2 * p), *theta, two = power_of_two(&l->low, 2 * p - 1);
    struct tc_form x;

    g->k = k;
    g->base = (int64_t)1 << (k - 1);
    g->n = g->base - 1;
    theta = tc_alloc(f->arena, (size_t)g->n, sizeof *theta);
    for (int64_t t = 0; t < g->n; t++) {
        theta[t] = tc_mpz_si(f->arena, g->base + 1 + t);
        mpz_mul(theta[t], theta[t], theta[t]);
        mpz_mul_2exp(theta[t], theta[t], 2 * w);
        if (mpz_cmp(theta[t], two) > 0) {
            mpz_cdiv_q_2exp(theta[t], theta[t], 1);
            mpz_add(theta[t], theta[t], mask);
        }
    }
    g->t = tc_index_new(f, "t", g->n, NULL);
    x = tc_form_scale(f, r->x.value, power_of_two(&l->low, p - 1));
    g->gate = wire_of(
        &l->low, &tc_bank_new(f, name_of(&l->low, "digit1"),
                              tc_form_add(f, x, tc_form_scale(f, r->odd, mask)), g->t,
                              times_table(&l->low, "square", tc_form_si(f, 1), 1, &g->t, theta),
                              true, 0, NULL, l->low.component, "the root's first bits")
                      ->plane);
    r->j = k;
    x = tc_form_add(f, x, tc_form_scale(f, odd_part(l, r), power_of_two(&l->low, p - 1)));
    claim_rest(l, r, tc_form_sub(f, x, first_square(l, g, w)));
}

struct ar_root_steps ar_root_steps(struct lowering *L, int64_t n, unsigned step, unsigned slope,
                                   unsigned square)
{
    struct tc_arena *arena = L->family->arena;
    struct ar_root_steps s = {tc_alloc(arena, (size_t)n, sizeof *s.slope),
                              tc_alloc(arena, (size_t)n, sizeof *s.square),
                              tc_alloc(arena, (size_t)n, sizeof *s.over)};

    for (int64_t k = 0; k < n; k++) {
        int64_t c = 1 + step * k;

        s.slope[k] = shifted_si(L, c, slope);
        s.square[k] = shifted_si(L, c * c, square);
        s.over[k] = tc_mpz_copy(arena, s.square[k]);
        if (k)
            mpz_sub(s.over[k], s.over[k], s.square[k - 1]);
    }
    return s;
}

/* slope[t] s + square[t], free in t */
static struct tc_form bound(struct fl *l, struct tc_form s, const struct tc_index *t,
                            const struct ar_root_steps *steps)
{
    struct tc_family *f = l->low.family;
    struct tc_form x = times_table(&l->low, "slope", s, 1, &t, steps->slope);

    return tc_form_add(f, x,
                       times_table(&l->low, "square", tc_form_si(f, 1), 1, &t, steps->square));
}

/* s, and its bits, from the digits so far */
static struct carries known(struct fl *l, struct root *r)
{
    struct tc_family *f = l->low.family;
    struct carries c = ar_digit_bits(l, r->digit, r->ndigit, r->j, r->j);
    mpz_ptr least = power_of_two(&l->low, r->j - 1), most = power_of_two(&l->low, r->j);

    mpz_sub_ui(most, most, 1);
    r->value = tc_form_subst(f, c.low, c.z, tc_axis_const(r->j));
    r->value = claim_mpz(&l->low, r->value, least, most);
    return c;
}

static void next_digit(struct fl *l, struct root *r, unsigned k)
{
    struct tc_family *f = l->low.family;
    struct carries c = known(l, r);
    struct ar_digit *g = &r->digit[r->ndigit];
    unsigned w = l->p - r->j - k, shift = 2 * w;
    mpz_ptr mask = power_of_two(&l->low, 2 * l->p - r->j + 3);
    mpz_ptr *value;
    struct ar_root_steps steps;
    const struct tc_index *b = tc_index_new(f, "b", r->j, NULL);
    const struct tc_plane *plane;
    struct tc_form x, theta, product;
    struct tc_axis at[2];

    g->k = k;
    g->n = ((int64_t)1 << k) - 1;
    g->t = tc_index_new(f, "t", g->n, NULL);
    steps = ar_root_steps(&l->low, g->n, 1, shift + k + 1, shift);
    value = tc_alloc(f->arena, (size_t)g->n + 1, sizeof *value);
    value[0] = tc_mpz(f->arena);
    for (int64_t t = 0; t < g->n; t++) {
        value[t + 1] = tc_mpz_copy(f->arena, steps.square[t]);
        mpz_add(steps.square[t], steps.square[t], mask);
    }
    theta = bound(l, r->value, g->t, &steps);
    x = tc_form_subst(f, c.bit, c.a, tc_axis_of(f->arena, b));
    x = tc_form_add(f, r->rest, tc_form_scale(f, x, mask));
    plane = &tc_bank_new(f, name_of(&l->low, tc_sprintf(f->arena, "digit%u", r->ndigit + 1)), x,
                         g->t, theta, true, 0, NULL, l->low.component,
                         "the root's next bits, with each of those before")
                 ->plane;
    /* the first bit is 1 */
    at[0] = tc_axis_const((int64_t)r->j - 1);
    at[1] = tc_axis_of(f->arena, g->t);
    g->gate = tc_form_wire(f, plane, at);
    product = times_table(&l->low, "power", wire_of(&l->low, plane), 1, &b, ar_powers(l, r->j));
    product = tc_form_sum(f, product, 2, (const struct tc_index *const[2]){b, g->t}, 0, NULL);
    product = tc_form_scale(f, product, power_of_two(&l->low, shift + k + 1));
    product = tc_form_add(f, product, ar_digit_map(l, g, g->gate, value));
    r->ndigit++;
    r->j += k;
    claim_rest(l, r, tc_form_sub(f, r->rest, product));
}

/* the last k bits, rounded: 4 R >= 2^(k+2) (2t - 1) s + (2t - 1)^2; a root is no midpoint */
static struct tc_form last_digit(struct fl *l, struct root *r, unsigned k)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *t = tc_index_new(f, "t", (int64_t)1 << k, NULL);
    struct ar_root_steps steps = ar_root_steps(&l->low, t->extent, 2, k + 2, 0);
    struct tc_form x;

    known(l, r);
    x = tc_form_scale_si(f, r->rest, 4);
    x = wire_of(&l->low,
                &tc_bank_new(f, name_of(&l->low, "last"), x, t, bound(l, r->value, t, &steps), true,
                             0, NULL, l->low.component, "midpoints of roots")
                     ->plane);
    return tc_form_sum(f, x, 1, &t, 0, NULL);
}

/* -------------------------------------------------------------------- which digits */

/* least[i][j]: gates of i digits of j bits together, but the last; by the widths before */
struct ar_root_plan ar_root_plan(struct fl *l, struct ar_root_gates g)
{
    struct tc_arena *arena = l->low.family->arena;
    unsigned p = l->p, found = 0, width = p + 1;
    double *least = tc_alloc(arena, (size_t)width * width, sizeof *least);
    unsigned *from = tc_alloc(arena, (size_t)width * width, sizeof *from);
    struct cost *cost = tc_alloc(arena, width, sizeof *cost);
    struct ar_root_plan *plan = tc_alloc(arena, width, sizeof *plan);

    for (unsigned k = 2; k < p && k <= AR_MOST_DIGIT; k++)
        least[width + k] = ((double)((int64_t)1 << (k - 1)) - 1) * g.first + p;
    for (unsigned i = 2; i < p; i++)
        for (unsigned j = 3; j < p; j++)
            for (unsigned k = 1; k + 2 <= j && k <= AR_MOST_DIGIT; k++) {
                double before = least[(i - 1) * width + j - k];
                double gates =
                    before + (double)(((int64_t)1 << k) - 1) * ((j - k) * g.bit + g.alone);

                if (before && (!least[i * width + j] || gates < least[i * width + j])) {
                    least[i * width + j] = gates;
                    from[i * width + j] = k;
                }
            }
    for (unsigned n = 2; n <= p && n < AR_MOST_DIGITS; n++) {
        struct ar_root_plan *q = &plan[found];
        unsigned j = 0;

        q->gates = -1;
        for (unsigned k = 1; k < p && k <= AR_MOST_DIGIT; k++) {
            double before = least[(n - 1) * width + p - k];
            double gates = before + (double)((int64_t)1 << k);

            if (before && (q->gates < 0 || gates < q->gates)) {
                q->gates = gates;
                q->k[n - 1] = k;
            }
        }
        if (q->gates < 0)
            continue;
        q->n = n;
        j = p - q->k[n - 1];
        for (unsigned i = n - 1; i > 1; i--) {
            q->k[i - 1] = from[i * width + j];
            j -= q->k[i - 1];
        }
        q->k[0] = j;
        cost[found++] = (struct cost){n, q->gates};
    }
    return plan[cheapest(&l->low, found, cost)];
}

/* -------------------------------------------------------------------------- result */

struct tc_form ar_root_specials(struct fl *l, const struct ar_significand *x, bool reciprocal,
                                struct fl_result *y)
{
    struct tc_family *f = l->low.family;
    struct ar_operand operand = {l, 0};
    struct tc_form some = ar_plus_si(l, x->one, -1), negative;
    mpz_ptr beyond = tc_mpz(f->arena);

    if (reciprocal)
        some = tc_form_scale_si(f, some, -2);
    if (x->special.any) {
        negative = ar_masked(l, "negative", ar_key(operand), ar_mpz(l, 1), 1, x->sign,
                             "of a negative number");
        y->has_nan = true;
        y->nan = tc_form_add(f, x->special.nan, negative);
        some = tc_form_add(f, some, tc_form_scale_si(f, x->special.beyond, reciprocal ? -1 : 1));
    } else {
        some = tc_form_sub(f, some, x->sign);
    }
    ar_beyond(l, beyond);
    return tc_form_scale(f, some, beyond);
}

bool fl_arith_root(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct root *r = tc_alloc(f->arena, 1, sizeof *r);
    struct fl_result y = {0};
    struct tc_form base, zero, root;
    struct ar_root_plan plan;

    if (l->p < 4)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "square roots by digits want 4 significand bits or more");
    if (l->f->underflow == TC_GRADUAL && -l->f->low < 2 * (int64_t)l->p - 2)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "square roots by digits want exponents that leave them normal numbers");
    r->x = ar_significand(l, 0, "x");
    r->odd = ar_odd_exponent(l);
    plan = ar_root_plan(l, (struct ar_root_gates){.first = 1, .bit = 1});
    first_digit(l, r, plan.k[0]);
    for (unsigned i = 1; i + 1 < plan.n; i++)
        next_digit(l, r, plan.k[i]);
    root = last_digit(l, r, plan.k[plan.n - 1]);
    root = ar_digits(l, plan.n - 1, r->digit, l->p, root);
    /* ((low + p - 2 + field - odd) / 2 - (p - 1) - low) B + root */
    base = ar_plus_si(l, tc_form_sub(f, r->x.exponent, r->odd), -(int64_t)l->p - l->f->low);
    base = tc_form_scale(f, base, power_of_two(&l->low, l->p - 2));
    zero = ar_root_specials(l, &r->x, false, &y);
    y.key = tc_form_add(f, tc_form_add(f, base, zero), root);
    y.sign = r->x.sign;
    if (l->f->underflow == TC_NEAREST) { /* x is above the square of half the least number */
        y.has_half = true;
        y.half = ar_plus_shifted(l, ar_key((struct ar_operand){l, 0}), l->p - 1,
                                 tc_form_si(f, 2 - l->f->low - (int64_t)l->p));
        y.half = tc_form_add(f, y.half, zero);
    }
    fl_output(l, "y", y);
    return true;
}
