/* prim_arith_quotient.c -- quotients of floats, digit by digit
 *
 * Significands X, Y in [B, 2B), B = 2^(p-1).  A layer knows the remainder R of the digits
 * before it as a form, 0 <= R < Y, and finds the next digit of k bits by comparing 2^k R with
 * t Y.  Its gates are masked by each bit of Y at once, so that digit times Y, and the next
 * remainder, are forms again.  CONSTRUCTIONS.md, "Quotient by digits".
 */
#include "arith.h"

#include <assert.h>
#include <string.h>

/* ------------------------------------------------------------------- significands */

mpz_ptr *ar_powers(struct fl *l, unsigned n)
{
    mpz_ptr *x = tc_alloc(l->low.family->arena, n, sizeof *x);

    for (unsigned k = 0; k < n; k++)
        x[k] = power_of_two(&l->low, k);
    return x;
}

/* from bits 0 .. p-2, free in b (of extent p), hidden bit put on */
static void complete(struct fl *l, struct ar_significand *s, struct tc_form bit)
{
    struct tc_family *f = l->low.family;
    int64_t *fraction = tc_alloc(f->arena, l->p, sizeof *fraction);
    int64_t *hidden = tc_alloc(f->arena, l->p, sizeof *hidden);
    const struct tc_index *b = tc_index_new(f, "b", l->p, NULL);
    struct tc_axis at = tc_axis_of(f->arena, s->b);
    mpz_ptr least = power_of_two(&l->low, l->p - 1), most = power_of_two(&l->low, l->p);

    for (unsigned a = 0; a < l->p; a++)
        fraction[a] = a + 1 < l->p;
    hidden[l->p - 1] = 1;
    bit = tc_form_times(f, bit, table_of(&l->low, "fraction", l->p, fraction), &at);
    bit = tc_form_add(f, bit, tc_form_table(f, table_of(&l->low, "hidden", l->p, hidden), &at));
    s->bit = claim(&l->low, bit, 0, 1);
    at = tc_axis_of(f->arena, b);
    s->value = tc_form_subst(f, s->bit, s->b, at);
    s->value = times_table(&l->low, "power", s->value, 1, &b, ar_powers(l, l->p));
    s->value = tc_form_sum(f, s->value, 1, &b, 0, NULL);
    mpz_sub_ui(most, most, 1);
    s->value = claim_mpz(&l->low, s->value, least, most);
}

/* Bits of a number that may be subnormal, shifted to its leading one: gates
 * G[e, i] = [key >= 2^(e+1) and bit i], i <= e <= p-2.  Bit b of it, if its leading one is
 * at e + 1, is bit i = b + e + 2 - p. */
static struct tc_form shifted_bit(struct fl *l, struct ar_operand x, const struct tc_index *b,
                                  const char *name)
{
    struct tc_family *f = l->low.family;
    unsigned n = l->p - 1;
    const struct tc_index *e = tc_index_new(f, "e", n, NULL), *i = tc_index_new(f, "i", n, NULL);
    const struct tc_index *s = tc_index_new(f, "e", n, NULL);
    mpz_ptr mask = power_of_two(&l->low, l->p + l->q),
            *theta = tc_alloc(f->arena, n, sizeof *theta);
    struct tc_axis at[2] = {tc_axis_of(f->arena, e), tc_axis_of(f->arena, i)};
    struct tc_guard guard[2];
    struct tc_form bit, first, then;
    const struct tc_plane *g;

    for (unsigned k = 0; k < n; k++) {
        theta[k] = power_of_two(&l->low, k + 1);
        mpz_add(theta[k], theta[k], mask);
    }
    bit = tc_form_add(f, ar_key(x), tc_form_scale(f, ar_bit(x, at[1]), mask));
    guard[0].expr = tc_axis_plus(f->arena, at[0], -1, i);
    g = &tc_bank_new(f, tc_sprintf(f->arena, "%s.shifted", name), bit, NULL,
                     times_table(&l->low, "theta", tc_form_si(f, 1), 1, &e, theta), true, 1, guard,
                     l->low.component, "bits below a leading one, or a higher one")
             ->plane;
    /* leading at e + 1: G[e, i] - G[e + 1, i] */
    at[0] = tc_axis_of(f->arena, s);
    at[1] = tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(2 - (int64_t)l->p), 1, s),
                         1, b);
    guard[0].expr = at[1];
    guard[1].expr = tc_axis_plus(f->arena, tc_axis_const((int64_t)l->p - 2), -1, b);
    first = tc_form_sum(f, tc_form_wire(f, g, at), 1, &s, 2, guard);
    if (n == 1)
        return first;
    s = tc_index_new(f, "e", n - 1, NULL);
    at[0] = tc_axis_plus(f->arena, tc_axis_const(1), 1, s);
    at[1] = tc_axis_plus(f->arena, tc_axis_plus(f->arena, tc_axis_const(2 - (int64_t)l->p), 1, s),
                         1, b);
    guard[0].expr = at[1];
    then = tc_form_sum(f, tc_form_wire(f, g, at), 1, &s, 2, guard);
    return tc_form_sub(f, first, then);
}

struct ar_significand ar_significand(struct fl *l, unsigned i, const char *name)
{
    struct tc_family *f = l->low.family;
    struct ar_operand x = {l, i};
    struct ar_significand s = {.b = tc_index_new(f, "b", l->p, NULL), .sign = ar_sign(x)};
    struct tc_axis last = tc_axis_const((int64_t)l->p - 2);
    struct tc_form place, bit;
    const struct tc_plane *chain;

    s.exponent = ar_field(x);
    s.special = ar_special(l, x, name);
    if (l->f->underflow != TC_GRADUAL) {
        s.one = ar_gate_si(l, tc_sprintf(f->arena, "%s.one", name), s.exponent, 1, "it is not 0");
        complete(l, &s, ar_bit(x, tc_axis_of(f->arena, s.b)));
        return s;
    }
    s.one = ar_gate_si(l, tc_sprintf(f->arena, "%s.one", name), ar_key(x), 1, "it is not 0");
    /* the leading one's place: gates [key >= 2^(e+1)]; the last says that E > 0 */
    chain = fl_bank(l, tc_sprintf(f->arena, "%s.leading", name), ar_key(x), l->p - 1,
                    ar_powers(l, l->p) + 1, "where its leading one is");
    place = wire_of(&l->low, chain);
    place = chain->chain ? tc_form_sum(f, place, 1, &chain->chain, 0, NULL) : place;
    bit = shifted_bit(l, x, s.b, name);
    complete(l, &s, bit);
    s.exponent = tc_form_add(f, s.exponent, place);
    s.exponent = ar_plus_si(l, s.exponent, 2 - (int64_t)l->p);
    s.exponent = tc_form_sub(f, s.exponent, tc_form_wire(f, chain, &last)); /* [E > 0] */
    return s;
}

/* 1, whatever the format holds */
static struct ar_significand significand_one(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct ar_significand s = {.b = tc_index_new(f, "b", l->p, NULL)};

    complete(l, &s, tc_form_si(f, 0));
    s.exponent = tc_form_si(f, 2 - (int64_t)l->p - l->f->low);
    s.one = tc_form_si(f, 1);
    s.sign = tc_form_si(f, 0);
    return s;
}

/* -------------------------------------------------------------------------- digits */

struct division {
    struct ar_significand x, y;
    unsigned ndigit;
    struct ar_digit digit[AR_MOST_DIGITS];
    struct tc_form rest;  /* of the digits so far, 0 .. Y-1 */
    struct tc_form large; /* 0/1: X >= Y, from the first digit on */
};

/* coef[t] Y + add, free in t */
static struct tc_form multiples(struct fl *l, struct tc_form y, const struct tc_index *t,
                                const int64_t *coef, mpz_srcptr add)
{
    struct tc_family *f = l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, t);

    y = tc_form_times(f, y, table_of(&l->low, "multiple", (unsigned)t->extent, coef), &at);
    return tc_form_add(f, y, tc_form_const(f, add));
}

/* gates [x + mask m >= coef[t] Y + add + mask], free in m's indices and t */
static const struct tc_plane *compare(struct fl *l, const struct division *d, const char *name,
                                      struct tc_form x, struct tc_form m, unsigned k,
                                      const struct tc_index *t, const int64_t *coef, int64_t add,
                                      const char *note)
{
    struct tc_family *f = l->low.family;
    mpz_ptr mask = power_of_two(&l->low, l->p + k + 2), theta = tc_mpz(f->arena);

    mpz_add_ui(theta, mask, (unsigned long)add);
    x = tc_form_add(f, x, tc_form_scale(f, m, mask));
    return &tc_bank_new(f, name_of(&l->low, name), x, t, multiples(l, d->y.value, t, coef, theta),
                        true, 0, NULL, l->low.component, note)
                ->plane;
}

static struct tc_form scaled_rest(struct fl *l, const struct division *d, unsigned k)
{
    if (!d->ndigit)
        return tc_form_scale(l->low.family, d->x.value, power_of_two(&l->low, k - 1));
    return tc_form_scale(l->low.family, d->rest, power_of_two(&l->low, k));
}

/* the next digit and the next remainder; masked: and the digit where X >= Y */
static void next_digit(struct fl *l, struct division *d, unsigned k, bool masked)
{
    struct tc_family *f = l->low.family;
    struct ar_digit *g = &d->digit[d->ndigit];
    const char *name = tc_sprintf(f->arena, "digit%u", d->ndigit + 1);
    struct tc_form x = scaled_rest(l, d, k), product;
    mpz_ptr most = power_of_two(&l->low, l->p);
    int64_t *coef;
    const struct tc_index *b = tc_index_new(f, "b", l->p, NULL);
    const struct tc_plane *plane;
    struct tc_axis at[2];

    g->k = k;
    g->base = d->ndigit ? 0 : (int64_t)1 << (k - 2); /* X / Y > 1/2 */
    g->n = ((int64_t)1 << k) - 1 - g->base;
    coef = tc_alloc(f->arena, (size_t)g->n, sizeof *coef);
    for (int64_t t = 0; t < g->n; t++)
        coef[t] = g->base + 1 + t;
    g->t = tc_index_new(f, "t", g->n, NULL);
    plane =
        compare(l, d, name, x, tc_form_subst(f, d->y.bit, d->y.b, tc_axis_of(f->arena, b)), k, g->t,
                coef, 0, "multiples of the divisor in the remainder, with each of its bits");
    if (masked)
        g->large = compare(l, d, tc_sprintf(f->arena, "%s.large", name), x, d->large, k, g->t, coef,
                           0, "the same where the quotient is at least 1");
    /* bit p - 1 of Y is 1 */
    at[0] = tc_axis_const((int64_t)l->p - 1);
    at[1] = tc_axis_of(f->arena, g->t);
    g->gate = tc_form_wire(f, plane, at);
    product = times_table(&l->low, "power", wire_of(&l->low, plane), 1, &b, ar_powers(l, l->p));
    product = tc_form_sum(f, product, 2, (const struct tc_index *const[2]){b, g->t}, 0, NULL);
    product = ar_plus(l, product, g->base, d->y.value);
    if (!d->ndigit++) {
        at[1] = tc_axis_const(((int64_t)1 << (k - 1)) - 1 - g->base);
        d->large = tc_form_wire(f, plane, at);
    }
    mpz_sub_ui(most, most, 1);
    d->rest = claim_mpz(&l->low, tc_form_sub(f, x, product), ar_mpz(l, 0), most);
}

struct tc_form ar_digits(struct fl *l, unsigned n, const struct ar_digit *digit, unsigned place,
                         struct tc_form last)
{
    for (unsigned i = 0; i < n; i++) {
        const struct ar_digit *g = &digit[i];
        struct tc_form d =
            ar_plus_si(l, tc_form_sum(l->low.family, g->gate, 1, &g->t, 0, NULL), g->base);

        place -= g->k;
        last = ar_plus_shifted(l, last, place, d);
    }
    return last;
}

struct tc_form ar_digit_map(struct fl *l, const struct ar_digit *g, struct tc_form gate,
                            mpz_ptr *value)
{
    struct tc_family *f = l->low.family;
    mpz_ptr *step = tc_alloc(f->arena, (size_t)g->n, sizeof *step);
    struct tc_form x;

    for (int64_t t = 0; t < g->n; t++) {
        step[t] = tc_mpz(f->arena);
        mpz_sub(step[t], value[t + 1], value[t]);
    }
    x = times_table(&l->low, "step", gate, 1, &g->t, step);
    x = tc_form_sum(f, x, 1, &g->t, 0, NULL);
    return tc_form_add(f, x, tc_form_const(f, value[0]));
}

/* --------------------------------------------- quotients of normal numbers, rounded
 *
 * The result's significand is round(B Q) where Q >= 1, else round(2 B Q): the last digit's
 * thresholds are midpoints, in two sets.  A quotient is never a midpoint.  In units where
 * the last digit's is 1 a digit d of weight 2^w counts 2^(w-1) d where Q >= 1, 2^w d else. */

/* the first digit's part: a function of it alone, as it knows whether Q >= 1 */
static struct tc_form first_part(struct fl *l, const struct ar_digit *g, unsigned w)
{
    struct tc_arena *arena = l->low.family->arena;
    mpz_ptr *value = tc_alloc(arena, (size_t)g->n + 1, sizeof *value);
    int64_t one = (int64_t)1 << (g->k - 1);

    for (int64_t t = 0; t <= g->n; t++) {
        int64_t digit = g->base + t;

        /* 2^(w-1) d, or 2^w d - B with B = 2^(w-1) one */
        value[t] = tc_mpz_si(arena, digit >= one ? digit : 2 * digit - one);
        mpz_mul_2exp(value[t], value[t], w - 1);
    }
    return ar_digit_map(l, g, g->gate, value);
}

static struct tc_form later_part(struct fl *l, const struct ar_digit *g, unsigned w)
{
    struct tc_family *f = l->low.family;
    struct tc_form x = tc_form_sum(f, g->gate, 1, &g->t, 0, NULL), y;

    x = tc_form_scale(f, x, power_of_two(&l->low, w));
    y = tc_form_sum(f, wire_of(&l->low, g->large), 1, &g->large->chain, 0, NULL);
    return tc_form_sub(f, x, tc_form_scale(f, y, power_of_two(&l->low, w - 1)));
}

/* the last digit, rounded: n = 2^(k-1) thresholds if Q >= 1, 2^k if not */
static struct tc_form last_part(struct fl *l, const struct division *d, unsigned k, bool large)
{
    struct tc_family *f = l->low.family;
    int64_t n = (int64_t)1 << (large ? k - 1 : k),
            *coef = tc_alloc(f->arena, (size_t)n, sizeof *coef);
    const struct tc_index *t = tc_index_new(f, "t", n, NULL);
    struct tc_form x = tc_form_scale(f, d->rest, power_of_two(&l->low, large ? k : k + 1)), m;

    for (int64_t s = 0; s < n; s++)
        coef[s] = 2 * s + 1;
    m = large ? d->large : tc_form_sub(f, tc_form_si(f, 1), d->large);
    x = wire_of(&l->low, compare(l, d, large ? "last.large" : "last.small", x, m, k + 1, t, coef, 0,
                                 large ? "midpoints, where the quotient is at least 1"
                                       : "midpoints, where it is less"));
    return tc_form_sum(f, x, 1, &t, 0, NULL);
}

/* round(B Q) - B (1 - [Q >= 1]), or round(2 B Q) - B */
static struct tc_form normal_quotient(struct fl *l, struct division *d, unsigned n,
                                      const unsigned *k)
{
    struct tc_family *f = l->low.family;
    struct tc_form sum;
    unsigned w = l->p;

    for (unsigned i = 0; i + 1 < n; i++) {
        next_digit(l, d, k[i], i > 0);
        w -= i ? k[i] : k[i] - 1;
    }
    assert(w == k[n - 1]);
    sum = tc_form_add(f, last_part(l, d, w, true), last_part(l, d, w, false));
    w = l->p;
    for (unsigned i = 0; i + 1 < n; i++) {
        w -= i ? k[i] : k[i] - 1;
        sum = tc_form_add(f, sum,
                          i ? later_part(l, &d->digit[i], w) : first_part(l, &d->digit[0], w));
    }
    return sum;
}

/* -------------------------------------------------------------------- which digits */

struct plan {
    unsigned n, k[AR_MOST_DIGITS];
    double gates;
};

/* gates of a digit: the i-th of n */
static double digit_cost(const struct fl *l, bool gradual, unsigned i, unsigned n, unsigned k)
{
    double all = (double)((int64_t)1 << k);

    if (i == 0)
        return (all - 1 - all / 4) * l->p;
    if (i + 1 < n)
        return (all - 1) * (l->p + !gradual);
    return gradual ? 2 * all - 1 : all + all / 2;
}

/* n digits whose widths, the first's less 1, sum to `bits`: of the fewest gates */
static bool plan_digits(const struct fl *l, bool gradual, unsigned bits, unsigned n,
                        struct plan *plan)
{
    double least = -1;
    struct plan p = {.n = n};

    /* equal middle ones are best, up to 1; the first and the last are tried */
    for (unsigned first = 2; first <= AR_MOST_DIGIT; first++)
        for (unsigned last = 1; last <= AR_MOST_DIGIT; last++) {
            unsigned used = first - 1 + last, middle = n - 2;

            if (used > bits || (middle ? bits - used < middle : bits != used))
                continue;
            p.k[0] = first;
            p.k[n - 1] = last;
            p.gates = digit_cost(l, gradual, 0, n, first) + digit_cost(l, gradual, n - 1, n, last);
            for (unsigned i = 0; i < middle; i++) {
                p.k[1 + i] = (bits - used) / middle + (i < (bits - used) % middle);
                if (p.k[1 + i] > AR_MOST_DIGIT)
                    p.gates = 1e18;
                else
                    p.gates += digit_cost(l, gradual, 1 + i, n, p.k[1 + i]);
            }
            if (least < 0 || p.gates < least) {
                least = p.gates;
                *plan = p;
            }
        }
    return least >= 0;
}

static struct plan best_plan(struct fl *l, bool gradual, unsigned bits)
{
    struct plan *plan = tc_alloc(l->low.family->arena, AR_MOST_DIGITS, sizeof *plan);
    struct cost *cost = tc_alloc(l->low.family->arena, AR_MOST_DIGITS, sizeof *cost);
    unsigned found = 0;

    for (unsigned n = 2; n <= bits && n < AR_MOST_DIGITS; n++)
        if (plan_digits(l, gradual, bits, n, &plan[found])) {
            cost[found] = (struct cost){n, plan[found].gates};
            found++;
        }
    return plan[cheapest(&l->low, found, cost)];
}

/* ------------------------------------------------- quotients as bits, then rounded */

/* bit a of digit 2^place, or its rest modulo 2^a */
static void digit_part(int64_t digit, unsigned place, unsigned a, bool rest, mpz_ptr x)
{
    mpz_set_si(x, digit);
    mpz_mul_2exp(x, x, place);
    if (rest)
        mpz_fdiv_r_2exp(x, x, a);
    else
        mpz_set_ui(x, mpz_tstbit(x, a));
}

/* such a part, free in row: a form over the digit's gates */
static struct tc_form digit_parts(struct fl *l, const struct ar_digit *g, unsigned place,
                                  const struct tc_index *row, bool rest)
{
    struct tc_family *f = l->low.family;
    size_t n = (size_t)g->n, rows = (size_t)row->extent;
    mpz_ptr *step = tc_alloc(f->arena, rows * n, sizeof *step), before = tc_mpz(f->arena);
    mpz_ptr *first = tc_alloc(f->arena, rows, sizeof *first);
    const struct tc_index *ix[2] = {row, g->t};
    struct tc_form x;

    for (unsigned a = 0; a < rows; a++) {
        first[a] = tc_mpz(f->arena);
        digit_part(g->base, place, a, rest, first[a]);
        for (size_t t = 0; t < n; t++) {
            mpz_ptr here = step[a * n + t] = tc_mpz(f->arena);

            digit_part(g->base + (int64_t)t, place, a, rest, before);
            digit_part(g->base + (int64_t)t + 1, place, a, rest, here);
            mpz_sub(here, here, before);
        }
    }
    x = tc_form_sum(f, times_table(&l->low, "step", g->gate, 2, ix, step), 1, &g->t, 0, NULL);
    if (g->base)
        x = tc_form_add(f, x, times_table(&l->low, "first", tc_form_si(f, 1), 1, &row, first));
    return x;
}

struct carries ar_digit_bits(struct fl *l, const struct ar_digit *digit, unsigned n, unsigned bits,
                             unsigned rows)
{
    struct tc_family *f = l->low.family;
    struct carries c = {.a = tc_index_new(f, "a", rows, NULL),
                        .z = tc_index_new(f, "z", rows + 1, NULL),
                        .bit = tc_form_si(f, 0),
                        .low = tc_form_si(f, 0)};
    unsigned place = bits;

    for (unsigned i = 0; i < n; i++) {
        place -= digit[i].k;
        c.bit = tc_form_add(f, c.bit, digit_parts(l, &digit[i], place, c.a, false));
        c.low = tc_form_add(f, c.low, digit_parts(l, &digit[i], place, c.z, true));
    }
    assert(!place);
    c.bit = claim(&l->low, c.bit, 0, 1);
    c.low = claim_mpz(&l->low, c.low, ar_mpz(l, 0), power_of_two(&l->low, bits));
    return c;
}

/* the last digit, of which no remainder is wanted but whether there is one: 0/1 */
static struct tc_form last_digit(struct fl *l, struct division *d, unsigned k)
{
    struct tc_family *f = l->low.family;
    struct ar_digit *g = &d->digit[d->ndigit];
    int64_t n = (int64_t)1 << k, *coef = tc_alloc(f->arena, (size_t)n, sizeof *coef);
    const struct tc_index *t = tc_index_new(f, "t", n, NULL);
    struct tc_form x = scaled_rest(l, d, k), none = tc_form_si(f, 1), rest;

    for (int64_t s = 0; s < n; s++)
        coef[s] = s;
    rest = wire_of(&l->low, compare(l, d, "above", x, none, k, t, coef, 1,
                                    "the remainder is above a multiple of the divisor"));
    rest = tc_form_sum(f, rest, 1, &t, 0, NULL);
    *g = (struct ar_digit){.k = k, .n = n - 1, .t = tc_index_new(f, "t", n - 1, NULL)};
    g->gate = wire_of(&l->low, compare(l, d, "last", x, none, k, g->t, coef + 1, 0,
                                       "multiples of the divisor in the remainder"));
    d->ndigit++;
    /* above as many as are reached, but for the last one where it is met: 1 + digit - above */
    rest = tc_form_sub(f, rest, tc_form_sum(f, g->gate, 1, &g->t, 0, NULL));
    return claim(&l->low, rest, 0, 1);
}

/* gates [shift >= 2 + t], n of them: where the quotient is 1 or more (t = 0), or the difference
 * of the exponents leaves so few places */
static const struct tc_plane *quotient_shifts(struct fl *l, const struct division *d, unsigned n,
                                              struct tc_form difference)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *t = tc_index_new(f, "t", n, NULL);
    int64_t *theta = tc_alloc(f->arena, n, sizeof *theta),
            *large = tc_alloc(f->arena, n, sizeof *large);
    struct tc_axis at = tc_axis_of(f->arena, t);
    struct tc_form x = tc_form_scale_si(f, difference, -1);

    /* shift >= s where s <= low + p + 1 - difference */
    for (unsigned k = 0; k < n; k++)
        theta[k] = 2 + k - (l->f->low + (int64_t)l->p + 1);
    large[0] = (int64_t)1 << 40; /* above any exponent */
    x = tc_form_add(f, x, tc_form_times(f, d->large, table_of(&l->low, "large", n, large), &at));
    return &tc_bank_new(f, name_of(&l->low, "shift"), x, NULL,
                        tc_form_table(f, table_of(&l->low, "theta", n, theta), &at), true, 0, NULL,
                        l->low.component, "how far the quotient is shifted")
                ->plane;
}

/* ------------------------------------------------------------------------- results */

/* 0, infinity and NaN: keys far off, and flags */
static struct tc_form specials(struct fl *l, const struct division *d, struct fl_result *r)
{
    struct tc_family *f = l->low.family;
    struct tc_form zero = ar_plus_si(l, tc_form_scale_si(f, d->x.one, 2), -2), pair;
    mpz_ptr beyond = tc_mpz(f->arena);

    zero = ar_plus_si(l, ar_plus(l, zero, -1, d->y.one), 1); /* -2, 1: 0/0 is 0 without NaN */
    if (d->y.special.any) {
        r->has_nan = true;
        r->nan = d->y.special.nan;
        pair = ar_plus_si(l, ar_plus(l, tc_form_scale_si(f, d->x.one, -1), -1, d->y.one), 2);
        r->nan = tc_form_add(f, r->nan, ar_gate_si(l, "zeros", pair, 2, "0 by 0"));
        zero = ar_plus(l, zero, -1, d->y.special.beyond);
        if (d->x.special.any) {
            r->nan = tc_form_add(f, r->nan, d->x.special.nan);
            pair = tc_form_add(f, d->x.special.beyond, d->y.special.beyond);
            if (d->x.special.has_infinity)
                r->nan = tc_form_add(f, r->nan,
                                     ar_gate_si(l, "infinities", pair, 2, "infinity by infinity"));
            zero = tc_form_add(f, zero, d->x.special.beyond);
        }
    }
    ar_beyond(l, beyond);
    return tc_form_scale(f, zero, beyond);
}

/* above half of the least number iff the exponents say so, or they are at it and X > Y */
static struct tc_form above_half(struct fl *l, const struct division *d, struct tc_form zero)
{
    struct tc_family *f = l->low.family;
    struct tc_form e = tc_form_sub(f, d->x.exponent, d->y.exponent);

    e = ar_plus_si(l, e, 2 - (int64_t)l->p - l->f->low);
    e = ar_plus_shifted(l, tc_form_sub(f, d->x.value, d->y.value), l->p, e);
    return ar_plus_shifted(l, e, l->p, zero);
}

static void normal_result(struct fl *l, struct division *d, struct fl_result *r)
{
    struct tc_family *f = l->low.family;
    struct plan plan = best_plan(l, false, l->p);
    struct tc_form quotient = normal_quotient(l, d, plan.n, plan.k), base, zero;

    /* (Ex - Ey - (p-1) - low) B + the rounded quotient, which is less B where it is small */
    base = tc_form_sub(f, d->x.exponent, d->y.exponent);
    base = ar_plus_si(l, base, 1 - (int64_t)l->p - l->f->low);
    base = tc_form_scale(f, base, power_of_two(&l->low, l->p - 1));
    zero = specials(l, d, r);
    r->key = tc_form_add(f, tc_form_add(f, base, zero), quotient);
    if (l->f->underflow == TC_NEAREST) {
        r->has_half = true;
        r->half = above_half(l, d, zero);
    }
}

/* with subnormals: floor(2^(p+1) Q) as bits, selected and rounded at any place */
static void gradual_result(struct fl *l, struct division *d, struct fl_result *r)
{
    struct tc_family *f = l->low.family;
    struct plan plan = best_plan(l, true, l->p + 1);
    struct ar_rounding round = {.width = l->p + 2, .least = 1, .n = l->p + 2};
    struct tc_form difference = tc_form_sub(f, d->x.exponent, d->y.exponent), base;
    const struct tc_plane *shift;

    for (unsigned i = 0; i + 1 < plan.n; i++)
        next_digit(l, d, plan.k[i], false);
    round.sticky = true;
    round.rest = last_digit(l, d, plan.k[plan.n - 1]);
    round.rest_bits = 1;
    round.bits = ar_digit_bits(l, d->digit, d->ndigit, l->p + 2, l->p + 3);
    shift = quotient_shifts(l, d, round.n, difference);
    round.chosen = ar_one_hot(l, shift, round.n, &round.k);
    /* N = 2^(p+1) Q: (s + difference - (p+1) - low) B */
    base = tc_form_sum(f, wire_of(&l->low, shift), 1, shift->axis, 0, NULL);
    base = ar_plus_si(l, tc_form_add(f, base, difference), -(int64_t)l->p - l->f->low);
    base = tc_form_scale(f, base, power_of_two(&l->low, l->p - 1));
    base = tc_form_add(f, base, specials(l, d, r));
    r->npart = 2;
    r->high = base;
    r->key = tc_form_add(f, base, ar_round(l, &round, r->part));
}

bool fl_arith_quotient(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct division *d = tc_alloc(f->arena, 1, sizeof *d);
    struct fl_result r = {0};

    if (l->p < 3)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "quotients by digits want 3 significand bits or more");
    d->x = l->prim->op == TC_OP_RECIP ? significand_one(l) : ar_significand(l, 0, "x");
    d->y = ar_significand(l, l->prim->op != TC_OP_RECIP, "y");
    if (l->f->underflow == TC_GRADUAL)
        gradual_result(l, d, &r);
    else
        normal_result(l, d, &r);
    r.sign = d->y.sign;
    if (l->prim->op != TC_OP_RECIP) {
        r.sign = tc_form_add(f, d->x.sign, d->y.sign);
        r.sign = ar_plus(l, r.sign, -2, ar_gate_si(l, "signs", r.sign, 2, "both are negative"));
        r.sign = claim(&l->low, r.sign, 0, 1);
    }
    fl_output(l, "y", r);
    return true;
}
