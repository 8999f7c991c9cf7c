/* prim_arith_rsqrt.c -- reciprocals of square roots of floats, digit by digit
 *
 * X in [B, 4B) is the significand, twice that where the exponent is odd, and the root
 * 2^((3p-1)/2) / sqrt X.  A layer knows the first j bits s of it, V = s X and
 * R = 2^(3p+1) - 4 (s 2^(p-j))^2 X as forms.  The next k bits are at least t iff
 *     R >= 4^(w+1) (2^(k+1) t V + t^2 X),   w = p - j - k,
 * linear in V and X.  The gates are masked by each bit of X, and by that and each of s at once,
 * so that digit times X, digit times V, and what is left, are forms again.
 * CONSTRUCTIONS.md, "Reciprocal of a square root by digits".
 */
#include "arith.h"

struct root {
    struct ar_significand x;
    struct tc_form odd;        /* 0/1: the exponent is */
    struct tc_form bit, value; /* of X; bits free in b */
    const struct tc_index *b;  /* 0 .. p */
    unsigned ndigit, j;
    struct ar_digit digit[AR_MOST_DIGITS];
    struct tc_form rest, product; /* R and V */
};

/* ------------------------------------------------------------------------ operand
 *
 * Gates O[i] = [bit i, and the exponent is odd]: bit b of X is that of the significand
 * less O[b], and O[b - 1]. */
static void operand(struct fl *l, struct root *r)
{
    struct tc_family *f = l->low.family;
    unsigned p = l->p;
    const struct tc_index *i = tc_index_new(f, "i", p, NULL), *ix[2];
    mpz_ptr *same = tc_alloc(f->arena, (size_t)(p + 1) * p, sizeof *same);
    mpz_ptr *turn = tc_alloc(f->arena, (size_t)(p + 1) * p, sizeof *turn);
    mpz_ptr most = power_of_two(&l->low, p + 1);
    struct tc_form m, odd;

    r->b = ix[0] = tc_index_new(f, "b", p + 1, NULL);
    ix[1] = i;
    for (unsigned b = 0; b <= p; b++)
        for (unsigned a = 0; a < p; a++) {
            same[b * p + a] = tc_mpz_si(f->arena, b == a);
            turn[b * p + a] = tc_mpz_si(f->arena, b == a ? -1 : b == a + 1);
        }
    m = tc_form_subst(f, r->x.bit, r->x.b, tc_axis_of(f->arena, i));
    odd = ar_gate_si(l, "odd", tc_form_add(f, m, r->odd), 2, "bits, where the exponent is odd");
    m = times_table(&l->low, "same", m, 2, ix, same);
    m = tc_form_add(f, m, times_table(&l->low, "turn", odd, 2, ix, turn));
    r->bit = claim(&l->low, tc_form_sum(f, m, 1, &i, 0, NULL), 0, 1);
    odd =
        tc_form_sum(f, times_table(&l->low, "power", odd, 1, &i, ar_powers(l, p)), 1, &i, 0, NULL);
    mpz_sub_ui(most, most, 2);
    r->value =
        claim_mpz(&l->low, tc_form_add(f, r->x.value, odd), power_of_two(&l->low, p - 1), most);
}

/* -------------------------------------------------------------------------- digits */

/* gates [x + mask m >= theta + n mask], free in m's indices and t; m sums n 0/1s */
static struct tc_form compare(struct fl *l, const char *name, struct tc_form x, struct tc_form m,
                              unsigned n, mpz_srcptr mask, const struct tc_index *t,
                              struct tc_form theta, const char *note)
{
    struct tc_family *f = l->low.family;
    mpz_ptr all = tc_mpz(f->arena);

    mpz_mul_ui(all, mask, n);
    if (n) {
        x = tc_form_add(f, x, tc_form_scale(f, m, mask));
        theta = tc_form_add(f, theta, tc_form_const(f, all));
    }
    return wire_of(&l->low, &tc_bank_new(f, name_of(&l->low, name), x, t, theta, true, 0, NULL,
                                         l->low.component, note)
                                 ->plane);
}

/* sum of 2^b (over[t] or 1) of gates free in b and t */
static struct tc_form weighed(struct fl *l, struct tc_form gate, const struct tc_index *b,
                              const struct tc_index *t, mpz_ptr *over)
{
    struct tc_family *f = l->low.family;

    gate = times_table(&l->low, "power", gate, 1, &b, ar_powers(l, l->p + 1));
    if (over)
        gate = times_table(&l->low, "over", gate, 1, &t, over);
    return tc_form_sum(f, gate, 2, (const struct tc_index *const[2]){b, t}, 0, NULL);
}

static struct tc_form bit_of(struct fl *l, const struct root *r, const struct tc_index *b)
{
    return tc_form_subst(l->low.family, r->bit, r->b, tc_axis_of(l->low.family->arena, b));
}

/* V, at most 2^(j+p+1), and R, at most (2s + 1) 4^(p-j+1) X */
static void claims(struct fl *l, struct root *r, struct tc_form product, struct tc_form rest)
{
    r->product = claim_mpz(&l->low, product, ar_mpz(l, 0), power_of_two(&l->low, r->j + l->p + 1));
    r->rest = claim_mpz(&l->low, rest, ar_mpz(l, 0), power_of_two(&l->low, 3 * l->p - r->j + 4));
}

/* X <= 2^(3p+1) / (t^2 4^(w+1)), t > 2^(k-1) */
static void first_digit(struct fl *l, struct root *r, unsigned k)
{
    struct tc_family *f = l->low.family;
    struct ar_digit *g = &r->digit[r->ndigit++];
    unsigned p = l->p, w = p - k;
    const struct tc_index *b = tc_index_new(f, "b", p + 1, NULL);
    mpz_ptr mask = power_of_two(&l->low, p + 2), *theta, *over, square;
    struct tc_form x = tc_form_scale_si(f, r->value, -1), at, each, rest;

    g->k = k;
    g->base = (int64_t)1 << (k - 1);
    g->n = g->base - 1;
    g->t = tc_index_new(f, "t", g->n, NULL);
    theta = tc_alloc(f->arena, (size_t)g->n, sizeof *theta);
    over = tc_alloc(f->arena, (size_t)g->n, sizeof *over);
    for (int64_t s = 0; s < g->n; s++) {
        int64_t t = g->base + 1 + s;

        square = shifted_si(&l->low, t * t, 2 * w + 2);
        theta[s] = power_of_two(&l->low, 3 * p + 1);
        mpz_fdiv_q(theta[s], theta[s], square);
        mpz_neg(theta[s], theta[s]);
        over[s] = shifted_si(&l->low, 2 * t - 1, 2 * w + 2);
    }
    at = times_table(&l->low, "theta", tc_form_si(f, 1), 1, &g->t, theta);
    g->gate = compare(l, "digit1", x, x, 0, mask, g->t, at, "the root's first bits");
    each = compare(l, "digit1.times", x, bit_of(l, r, b), 1, mask, g->t, at,
                   "the same with each bit of the operand");
    r->j = k;
    square = shifted_si(&l->low, g->base * g->base, 2 * w + 2);
    rest = tc_form_add(f, tc_form_scale(f, r->value, square), weighed(l, each, b, g->t, over));
    rest = tc_form_sub(f, tc_form_const(f, power_of_two(&l->low, 3 * p + 1)), rest);
    claims(l, r, ar_plus(l, weighed(l, each, b, g->t, NULL), g->base, r->value), rest);
}

/* slope[t] V + square[t] X, free in t */
static struct tc_form bound(struct fl *l, const struct root *r, const struct tc_index *t,
                            const struct ar_root_steps *s)
{
    return tc_form_add(l->low.family, times_table(&l->low, "slope", r->product, 1, &t, s->slope),
                       times_table(&l->low, "square", r->value, 1, &t, s->square));
}

static void next_digit(struct fl *l, struct root *r, unsigned k)
{
    struct tc_family *f = l->low.family;
    struct ar_digit *g = &r->digit[r->ndigit];
    unsigned w = l->p - r->j - k, shift = 2 * w + 2, j = r->j;
    const char *name = tc_sprintf(f->arena, "digit%u", r->ndigit + 1);
    const struct tc_index *b = tc_index_new(f, "b", l->p + 1, NULL);
    const struct tc_index *i = tc_index_new(f, "i", j - 1, NULL);
    struct carries c = ar_digit_bits(l, r->digit, r->ndigit, j, j);
    mpz_ptr mask = power_of_two(&l->low, 3 * l->p - j + 5);
    struct ar_root_steps steps;
    struct tc_form theta, each, both, rest, product, s;

    g->k = k;
    g->n = ((int64_t)1 << k) - 1;
    g->t = tc_index_new(f, "t", g->n, NULL);
    steps = ar_root_steps(&l->low, g->n, 1, shift + k + 1, shift);
    for (int64_t t = 0; t < g->n; t++) /* of V's highest bit, as s has it, too */
        mpz_add(steps.over[t], steps.over[t], power_of_two(&l->low, shift + k + j));
    theta = bound(l, r, g->t, &steps);
    g->gate = compare(l, name, r->rest, r->rest, 0, mask, g->t, theta, "the root's next bits");
    each = compare(l, tc_sprintf(f->arena, "%s.times", name), r->rest, bit_of(l, r, b), 1, mask,
                   g->t, theta, "the same with each bit of the operand");
    s = tc_form_subst(f, c.bit, c.a, tc_axis_of(f->arena, i));
    both = compare(l, tc_sprintf(f->arena, "%s.both", name), r->rest,
                   tc_form_add(f, bit_of(l, r, b), s), 2, mask, g->t, theta,
                   "the same with each bit of the operand and of the root");
    product = weighed(l, each, b, g->t, NULL);
    rest = weighed(l, each, b, g->t, steps.over);
    both = times_table(&l->low, "power", both, 1, &i, ar_powers(l, j - 1));
    both = tc_form_sum(f, weighed(l, both, b, g->t, NULL), 1, &i, 0, NULL);
    rest = ar_plus_shifted(l, rest, shift + k + 1, both);
    r->ndigit++;
    r->j += k;
    claims(l, r, ar_plus_shifted(l, product, k, r->product), tc_form_sub(f, r->rest, rest));
}

/* the last k bits, rounded: R >= 2^(k+2) (2t - 1) V + (2t - 1)^2 X, t <= 2^k; a root is no
 * midpoint */
static struct tc_form last_digit(struct fl *l, struct root *r, unsigned k)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *t = tc_index_new(f, "t", (int64_t)1 << k, NULL);
    struct ar_root_steps steps = ar_root_steps(&l->low, t->extent, 2, k + 2, 0);
    struct tc_form x;

    x = compare(l, "last", r->rest, r->rest, 0, ar_mpz(l, 0), t, bound(l, r, t, &steps),
                "midpoints of roots");
    return tc_form_sum(f, x, 1, &t, 0, NULL);
}

/* -------------------------------------------------------------------------- result */

static bool is_buildable(struct fl *l)
{
    const struct tc_format *t = l->f;

    if (l->p < 4)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "reciprocals of square roots by digits want 4 significand bits or more");
    /* of what is below 2^(low + top + p - 1) */
    if (t->underflow == TC_GRADUAL && -3 * t->low < t->top + 3 * (int64_t)l->p - 3)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "reciprocals of square roots by digits want exponents that leave them "
                       "normal numbers");
    return true;
}

bool fl_arith_reciprocal_root(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct root *r = tc_alloc(f->arena, 1, sizeof *r);
    struct fl_result y = {0};
    struct tc_form base, far, root;
    struct ar_root_plan plan;

    if (!is_buildable(l))
        return false;
    r->x = ar_significand(l, 0, "x");
    r->odd = ar_odd_exponent(l);
    operand(l, r);
    plan = ar_root_plan(l, (struct ar_root_gates){.first = l->p + 2, .bit = l->p + 1, .alone = 1});
    first_digit(l, r, plan.k[0]);
    for (unsigned i = 1; i + 1 < plan.n; i++)
        next_digit(l, r, plan.k[i]);
    root = last_digit(l, r, plan.k[plan.n - 1]);
    root = ar_digits(l, plan.n - 1, r->digit, l->p, root);
    /* (-(3p - 2 + low + exponent - odd) / 2 - low) B + root */
    base = tc_form_sub(f, r->odd, r->x.exponent);
    base = ar_plus_si(l, base, 2 - 3 * (int64_t)l->p - 3 * l->f->low);
    base = tc_form_scale(f, base, power_of_two(&l->low, l->p - 2));
    far = ar_root_specials(l, &r->x, true, &y);
    y.key = tc_form_add(f, tc_form_add(f, base, far), root);
    y.sign = r->x.sign;
    if (l->f->underflow == TC_NEAREST) { /* x is below the square of what half the least has */
        y.has_half = true;
        y.half = tc_form_scale_si(f, ar_key((struct ar_operand){l, 0}), -1);
        y.half = ar_plus_shifted(l, y.half, l->p - 1,
                                 tc_form_si(f, 6 - 3 * l->f->low - 3 * (int64_t)l->p));
        y.half = tc_form_add(f, y.half, far);
    }
    fl_output(l, "y", y);
    return true;
}
