/* steps.c -- step functions of forms
 *
 * A rounding to nearest even of S * m / d reaches r where S * m / d >= r - 1/2,
 * the tie itself included where r is even.  So its threshold for r is the
 * least integer S that does: one comparison of integers, no division.
 */
#include "float.h"

#include <assert.h>
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

/* least integer x with x >= y, or x > y if strict, where y = sign * num / den
 * (root: sign * sqrt(num / den)); num >= 0, den > 0 */
static void least_integer(mpz_ptr x, int sign, mpz_srcptr num, mpz_srcptr den, bool root,
                          bool strict)
{
    mpz_t q, r;
    bool exact;

    mpz_inits(q, r, NULL);
    mpz_fdiv_qr(q, r, num, den);
    exact = mpz_sgn(r) == 0;
    if (root) { /* floor(sqrt(num / den)) = floor(sqrt(floor(num / den))) */
        mpz_sqrtrem(q, r, q);
        exact = exact && mpz_sgn(r) == 0;
    }
    /* |y| is q if exact, else within q .. q + 1 */
    if (sign > 0) {
        mpz_set(x, q);
        if (!exact || strict)
            mpz_add_ui(x, x, 1);
    } else {
        mpz_neg(x, q);
        if (exact && strict)
            mpz_add_ui(x, x, 1);
    }
    mpz_clears(q, r, NULL);
}

/* the threshold of r: middle d / m, or middle sqrt(d) / m */
static void round_threshold(const struct lowering *L, mpz_ptr x, int64_t r, mpq_srcptr multiply,
                            mpq_srcptr divide, bool root)
{
    bool strict;
    int sign;
    mpq_t y;

    mpq_init(y);
    value_middle(L, r, y, &strict);
    sign = mpq_sgn(y);
    mpq_abs(y, y);
    mpq_div(y, y, multiply);
    if (root)
        mpq_mul(y, y, y);
    mpq_mul(y, y, divide);
    least_integer(x, sign > 0 ? 1 : -1, mpq_numref(y), mpq_denref(y), root, strict);
    mpq_clear(y);
}

struct steps steps_round(struct lowering *L, struct tc_form form, mpq_srcptr multiply,
                         mpq_srcptr divide, bool root)
{
    struct tc_arena *arena = L->family->arena;
    int64_t low = least_value(L), high = largest_value(L);
    struct steps s = {.form = form, .keys = L->format && L->format->kind == TC_FLOAT};
    mpz_ptr at = tc_mpz(arena);

    assert(mpq_sgn(multiply) > 0 && mpq_sgn(divide) > 0);
    s.at = tc_alloc(arena, (size_t)(high - low) + 1, sizeof *s.at);
    s.value = tc_alloc(arena, (size_t)(high - low) + 2, sizeof *s.value);
    s.value[0] = low;
    while (low < high) {
        int64_t r = low = next_value(L, low);

        round_threshold(L, at, r, multiply, divide, root);
        if (mpz_cmp(at, form.lo) <= 0) {
            s.value[0] = r; /* always reached */
        } else if (mpz_cmp(at, form.hi) <= 0) {
            if (s.n && mpz_cmp(s.at[s.n - 1], at) == 0) {
                s.value[s.n] = r; /* the form steps over values */
                continue;
            }
            s.at[s.n++] = tc_mpz_copy(arena, at);
            s.value[s.n] = r;
        }
    }
    return s;
}

struct steps steps_shift(struct lowering *L, struct tc_form form, unsigned shift)
{
    mpq_ptr one = tc_mpq(L->family->arena), unit = tc_mpq(L->family->arena);

    mpq_set_ui(one, 1, 1);
    mpq_set_ui(unit, 1, 1);
    mpq_mul_2exp(unit, unit, shift);
    return steps_round(L, form, one, unit, false);
}

struct steps steps_sum(struct lowering *L, struct tc_form form)
{
    return steps_shift(L, form, 0);
}

struct steps steps_apply(struct lowering *L, struct steps s, int64_t (*fn)(void *, int64_t),
                         void *ctx)
{
    struct tc_arena *arena = L->family->arena;
    struct steps r = {.form = s.form, .keys = s.keys, .rows = s.rows, .row = s.row};
    unsigned *from = tc_alloc(arena, s.n + 1, sizeof *from), rows = s.rows ? s.rows : 1;

    r.value = tc_alloc(arena, s.n + 1, sizeof *r.value);
    r.value[0] = fn(ctx, s.value[0]);
    for (unsigned k = 0; k < s.n; k++) {
        int64_t v = fn(ctx, s.value[k + 1]);

        if (v != r.value[r.n]) {
            from[r.n++] = k;
            r.value[r.n] = v;
        }
    }
    r.at = tc_alloc(arena, (size_t)rows * r.n + 1, sizeof *r.at);
    for (unsigned row = 0; row < rows; row++)
        for (unsigned k = 0; k < r.n; k++)
            r.at[(size_t)row * r.n + k] = s.at[(size_t)row * s.n + from[k]];
    if (s.moved) {
        struct moved *moved = tc_alloc(arena, 1, sizeof *moved);

        *moved = *s.moved;
        moved->argument = tc_alloc(arena, r.n + 1, sizeof *moved->argument);
        for (unsigned k = 0; k < r.n; k++)
            moved->argument[k] = s.moved->argument[from[k]];
        r.moved = moved;
    }
    return r;
}

struct of_value {
    struct lowering *L;
    int64_t (*fn)(void *, int64_t);
    void *ctx;
};

static int64_t mapped(void *ctx, int64_t value)
{
    const struct of_value *of = ctx;

    return mapped_value(of->L, of->fn, of->ctx, value);
}

struct steps steps_map(struct lowering *L, struct steps s, int64_t (*fn)(void *, int64_t),
                       void *ctx)
{
    if (!s.keys)
        return steps_apply(L, s, fn, ctx);
    return steps_apply(L, s, mapped, &(struct of_value){L, fn, ctx});
}

static int compare_values(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

struct steps steps_plus(struct lowering *L, struct steps s, unsigned rows, const int64_t *addend,
                        struct tc_axis row)
{
    struct tc_arena *arena = L->family->arena;
    struct steps r = {.form = s.form, .keys = s.keys, .rows = rows, .row = row};
    size_t length = (size_t)s.n + 1, n = 0;
    int64_t *sum = tc_xcalloc(rows * length, sizeof *sum);
    mpz_ptr never = tc_mpz_copy(arena, s.form.hi), always = tc_mpz_copy(arena, s.form.lo);

    assert(!s.rows);
    mpz_add_ui(never, never, 1);
    for (unsigned k = 0; k < rows; k++)
        for (size_t t = 0; t < length; t++)
            sum[k * length + t] = plus_value(L, s.value[t], addend[k]);
    /* the values that occur in any row, in order */
    r.value = tc_alloc(arena, rows * length, sizeof *r.value);
    memcpy(r.value, sum, rows * length * sizeof *sum);
    qsort(r.value, rows * length, sizeof *r.value, compare_values);
    for (size_t k = 1; k < rows * length; k++)
        if (r.value[k] != r.value[n])
            r.value[++n] = r.value[k];
    r.n = (unsigned)n;
    r.at = tc_alloc(arena, rows * n + 1, sizeof *r.at);
    for (unsigned k = 0; k < rows; k++)
        for (size_t v = 0, t = 0; v < n; v++) {
            while (t < length && sum[k * length + t] < r.value[v + 1])
                t++;
            r.at[k * n + v] = t == 0 ? always : t == length ? never : s.at[t - 1];
        }
    free(sum);
    return r;
}

static int64_t clamp(unsigned bits, mpz_srcptr x)
{
    int64_t high = ((int64_t)1 << (bits - 1)) - 1;

    if (mpz_cmp_si(x, high) > 0)
        return high;
    if (mpz_cmp_si(x, -high - 1) < 0)
        return -high - 1;
    return mpz_get_si(x);
}

int64_t tc_div_round(unsigned bits, mpz_srcptr num, mpz_srcptr den)
{
    mpz_t q, r;
    int64_t v;
    int half;

    mpz_inits(q, r, NULL);
    mpz_fdiv_qr(q, r, num, den);
    mpz_mul_2exp(r, r, 1);
    half = mpz_cmp(r, den);
    if (half > 0 || (half == 0 && mpz_odd_p(q)))
        mpz_add_ui(q, q, 1);
    v = clamp(bits, q);
    mpz_clears(q, r, NULL);
    return v;
}

int64_t tc_recip_round(unsigned bits, unsigned fraction, int64_t s)
{
    mpz_t num, den;
    int64_t v;

    if (s == 0)
        return ((int64_t)1 << (bits - 1)) - 1;
    mpz_init_set_si(num, s < 0 ? -1 : 1);
    mpz_init_set_si(den, s < 0 ? -s : s);
    mpz_mul_2exp(num, num, 2 * fraction);
    v = tc_div_round(bits, num, den);
    mpz_clears(num, den, NULL);
    return v;
}

/* exp of a rational other than 0 is irrational: lower and upper bounds round
 * to the same integer once the precision is high enough */
int64_t tc_exp_round(unsigned bits, unsigned fraction, int64_t s)
{
    int64_t high = ((int64_t)1 << (bits - 1)) - 1;
    int64_t v = 0;

    if (s == 0)
        return fraction < bits - 1 ? (int64_t)1 << fraction : high;
    if (s > 0 && s >> fraction > 64)
        return high; /* e^64 is past any format here */
    if (s < 0 && -s >> fraction > 64)
        return 0;
    for (mpfr_prec_t prec = 64;; prec *= 2) {
        mpfr_t x, lo, hi;
        mpz_t a, b;
        bool decided;

        mpfr_init2(x, 64);
        mpfr_init2(lo, prec);
        mpfr_init2(hi, prec);
        mpz_inits(a, b, NULL);
        mpfr_set_si_2exp(x, s, -(mpfr_exp_t)fraction, MPFR_RNDN); /* exact */
        mpfr_exp(lo, x, MPFR_RNDD);
        mpfr_exp(hi, x, MPFR_RNDU);
        mpfr_mul_2ui(lo, lo, fraction, MPFR_RNDN);
        mpfr_mul_2ui(hi, hi, fraction, MPFR_RNDN);
        mpfr_get_z(a, lo, MPFR_RNDN);
        mpfr_get_z(b, hi, MPFR_RNDN);
        decided = mpz_cmp(a, b) == 0;
        if (decided)
            v = clamp(bits, a);
        mpz_clears(a, b, NULL);
        mpfr_clears(x, lo, hi, (mpfr_ptr)0);
        if (decided)
            return v;
    }
}

/* every layer that a has more than b saves nearly half of the gates, and thousands */
static bool is_worth(const struct cost *a, const struct cost *b)
{
    unsigned layers = a->depth - b->depth;

    return b->gates - a->gates >= 4096.0 * layers && a->gates <= pow(0.51, layers) * b->gates;
}

static bool is_better(enum tc_level level, const struct cost *a, const struct cost *b)
{
    const double large = (double)(1 << 22);

    if ((a->gates > large) != (b->gates > large))
        return a->gates < b->gates;
    if (level == TC_LEVEL_SIZE)
        return a->gates < b->gates || (a->gates == b->gates && a->depth < b->depth);
    if (a->depth == b->depth)
        return a->gates < b->gates;
    if (level == TC_LEVEL_2)
        return a->depth < b->depth;
    return a->depth > b->depth ? is_worth(a, b) : !is_worth(b, a);
}

unsigned cheapest(const struct lowering *L, unsigned n, const struct cost *c)
{
    unsigned best = 0;

    for (unsigned k = 1; k < n; k++)
        if (is_better(L->options->level, &c[k], &c[best]))
            best = k;
    return best;
}
