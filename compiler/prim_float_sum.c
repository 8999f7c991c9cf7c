/* prim_float_sum.c -- sums of floats, rounded once
 *
 * The operands' numbers in units of 2^low are forms (float_decode.c), so their sum S is,
 * and the result is a function of S: a chain of all keys ("R1"), or regions of keys and
 * one chain within them ("R2").  Infinities add more than any finite sum has; +infinity
 * with -infinity, and NaN, count on both sides.  CONSTRUCTIONS.md, "Sums of floats".
 */
#include "float.h"

#include <string.h>

/* ---------------------------------------------------------------------- operands */

/* x_i at turn[i] = 1, y_i at -1, summed */
static struct tc_form turned(struct fl *l, struct tc_index *i, const int64_t *turn,
                             struct tc_form x, struct tc_form y)
{
    struct tc_family *f = l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, i);
    const struct tc_index *ix = i;
    unsigned n = (unsigned)i->extent, turns = 0;
    int64_t *plus = tc_alloc(f->arena, n, sizeof *plus);
    int64_t *minus = tc_alloc(f->arena, n, sizeof *minus);

    for (unsigned k = 0; k < n; k++) {
        plus[k] = turn[k] > 0;
        minus[k] = turn[k] < 0;
        turns += turn[k] < 0;
    }
    if (turns) {
        x = tc_form_times(f, x, table_of(&l->low, "kept", n, plus), &at);
        y = tc_form_times(f, y, table_of(&l->low, "turned", n, minus), &at);
        x = tc_form_add(f, x, y);
    }
    return tc_form_sum(f, x, 1, &ix, 0, NULL);
}

/* the constants, after the operands that are wires */
static void add_constants(struct fl *l, struct fl_sum *s, const int64_t *turn)
{
    struct tc_family *f = l->low.family;
    mpz_ptr total = tc_mpz(f->arena), v = tc_mpz(f->arena);
    int64_t plus = 0, minus = 0, signs = 0;
    mpq_t x;

    mpq_init(x);
    for (unsigned k = 0; k < l->prim->nconst; k++) {
        enum tc_class class;
        bool negative;

        mpz_import(v, l->prim->limbs, -1, sizeof(uint64_t), 0, 0,
                   l->prim->constant + (size_t)k * l->prim->limbs);
        class = tc_format_decode(l->f, v, x, &negative);
        negative = negative != (turn[l->prim->noperand + k] < 0);
        plus += class == TC_NAN || (class == TC_INFINITE && !negative);
        minus += class == TC_NAN || (class == TC_INFINITE && negative);
        signs += negative;
        if (class != TC_FINITE)
            continue;
        if (l->f->low < 0)
            mpq_mul_2exp(x, x, (mp_bitcnt_t)-l->f->low);
        else
            mpq_div_2exp(x, x, (mp_bitcnt_t)l->f->low);
        if (turn[l->prim->noperand + k] < 0)
            mpz_sub(total, total, mpq_numref(x));
        else
            mpz_add(total, total, mpq_numref(x));
    }
    mpq_clear(x);
    s->constant = total;
    s->plus = tc_form_add(f, s->plus, tc_form_si(f, plus));
    s->minus = tc_form_add(f, s->minus, tc_form_si(f, minus));
    s->signs = tc_form_add(f, s->signs, tc_form_si(f, signs));
}

/* the operands' numbers, summed */
static struct tc_form decoded(struct fl *l, const struct fl_sum *s, unsigned way)
{
    struct tc_family *f = l->low.family;
    struct tc_index *i = tc_index_new(f, "i", l->prim->noperand, NULL);
    struct fl_word w = fl_operand(l, tc_axis_of(f->arena, i));
    struct tc_form x = way ? fl_value_two(l, "value", w) : fl_value(l, "value", w);

    return turned(l, i, s->ctx, x, tc_form_scale_si(f, x, -1));
}

/* operands of formats without signed zeros have no signs that matter */
static struct fl_sum operands(struct fl *l)
{
    struct tc_family *f = l->low.family;
    unsigned n = l->prim->noperand, all = n + l->prim->nconst;
    int64_t *turn = tc_alloc(f->arena, all, sizeof *turn);
    struct tc_index *i = tc_index_new(f, "i", n, NULL);
    struct fl_word x = fl_operand(l, tc_axis_of(f->arena, i));
    struct tc_form zero = tc_form_si(f, 0);
    struct fl_sum s = {.plus = zero,
                       .minus = zero,
                       .nan = zero,
                       .signs = zero,
                       .n = all,
                       .unit = l->f->low,
                       .nway = 1,
                       .way = {{1, (double)(fl_value_cost(l) * n)}},
                       .align = fl_can_align(l),
                       .value = decoded,
                       .ctx = turn};

    for (unsigned k = 0; k < all; k++)
        turn[k] = l->prim->op == TC_OP_SUB && k == 1 ? -1 : 1;
    if (l->f->infinity && l->f->nan) {
        struct tc_form plus = fl_is_infinite(l, "infinite.plus", x, false);
        struct tc_form minus = fl_is_infinite(l, "infinite.minus", x, true);

        s.plus = turned(l, i, turn, plus, minus);
        s.minus = turned(l, i, turn, minus, plus);
    } else if (l->f->nan) {
        struct tc_form nan = fl_is_nan(l, "nan", x);

        s.plus = s.minus = turned(l, i, turn, nan, nan);
    }
    if (l->f->signed_zero)
        s.signs =
            turned(l, i, turn, fl_sign(l, x), tc_form_sub(f, tc_form_si(f, 1), fl_sign(l, x)));
    s.most = tc_mpz(f->arena);
    fl_largest_value(l, s.most);
    mpz_add_ui(s.most, s.most, (unsigned long)l->hidden);
    mpz_mul_ui(s.most, s.most, n);
    if (l->low.options->level == TC_LEVEL_SIZE && fl_can_split(l)) { /* -O1 is for less depth */
        s.way[1] = (struct cost){2, (double)(fl_value_two_cost(l) * n)};
        s.twice[1] = true;
        s.nway = 2;
    }
    add_constants(l, &s, turn);
    return s;
}

/* ------------------------------------------------------------------- specials */

/* a form of the range that S will have */
static struct tc_form range_of(struct fl *l, const struct fl_sum *s)
{
    struct tc_family *f = l->low.family;
    mpz_ptr lo = tc_mpz(f->arena);

    mpz_neg(lo, s->most);
    return tc_form_add(f, tc_form_const(f, s->constant),
                       tc_form_range(f, tc_form_si(f, 0), lo, s->most));
}

/* and what infinities make of it: beyond all thresholds */
static struct tc_form with_infinities(struct fl *l, const struct fl_sum *s, struct tc_form x)
{
    struct tc_family *f = l->low.family;
    mpz_ptr big = tc_mpz(f->arena), over = tc_mpz(f->arena);

    if (!l->f->infinity || !l->f->nan)
        return x;
    float_threshold(l->f, l->last + 1, s->unit, over);
    mpz_abs(big, s->constant);
    mpz_add(big, big, s->most);
    mpz_mul_2exp(big, big, 1);
    mpz_add(big, big, over);
    return tc_form_add(f, x, tc_form_scale(f, tc_form_sub(f, s->plus, s->minus), big));
}

/* both are positive, or counted as NaN; 2 gates */
static struct tc_form sum_nan(struct fl *l, const struct fl_sum *s)
{
    struct tc_family *f = l->low.family;
    struct tc_form both;

    if (!l->f->infinity)
        return tc_form_add(f, s->nan, s->plus);
    both = tc_form_sub(f, s->plus, tc_form_scale_si(f, s->minus, 2 * (int64_t)s->n + 1));
    both = tc_form_sub(f, fl_gate(l, "nan.plus", s->plus, 1, "some infinity, or NaN"),
                       fl_gate(l, "nan.not", both, 1, "and none of the other sign"));
    return tc_form_add(f, s->nan, both);
}

/* S < 0; or S = 0 and all operands have sign 1 */
static struct tc_form sum_sign(struct fl *l, const struct fl_sum *s, struct tc_form value)
{
    struct tc_family *f = l->low.family;
    struct tc_form x = tc_form_scale_si(f, value, -(int64_t)s->n - 1);

    return fl_gate(l, "sign", tc_form_add(f, x, s->signs), s->n,
                   "negative, or a zero of negative operands");
}

/* --------------------------------------------------------------------- roundings */

static int64_t magnitude(void *unused, int64_t key)
{
    (void)unused;
    return key < 0 ? -key : key;
}

static int64_t negative(void *unused, int64_t key)
{
    (void)unused;
    return key < 0;
}

/* R1: one gate a key */
static void round_unary(struct fl *l, struct steps s, struct fl_result *r)
{
    struct chain *c = tc_alloc(l->low.family->arena, 1, sizeof *c);

    *c = chain_new(&l->low, s, "round", "T_round", NULL, "the sum at least so large, by keys");
    r->key =
        claim(&l->low, chain_map(&l->low, c, "key", magnitude, NULL), 0, l->last + l->f->infinity);
    if (!l->f->signed_zero)
        r->sign = chain_map(&l->low, c, "sign", negative, NULL);
}

/* thresholds of the keys least, least + 1, ... of a form, ascending */
struct side {
    struct tc_form form;
    unsigned n;
    mpz_ptr *at;
    int64_t least;
};

/* of the positive keys; or of the negative ones, of -form */
static struct side side_of(struct fl *l, const struct steps *s, bool minus)
{
    struct tc_family *f = l->low.family;
    struct side x = {.form = minus ? tc_form_scale_si(f, s->form, -1) : s->form,
                     .at = tc_alloc(f->arena, s->n + 1, sizeof *x.at)};

    for (unsigned k = 0; k < s->n; k++) {
        unsigned t = minus ? s->n - 1 - k : k;
        int64_t key = minus ? -s->value[t] : s->value[t + 1];

        if (key <= 0)
            continue;
        if (!x.n)
            x.least = key;
        x.at[x.n] = tc_mpz_copy(f->arena, s->at[t]);
        if (minus) { /* form < at: -form >= 1 - at */
            mpz_neg(x.at[x.n], x.at[x.n]);
            mpz_add_ui(x.at[x.n], x.at[x.n], 1);
        }
        x.n++;
    }
    return x;
}

/* how many keys a region has: regions + keys - 1 gates are fewest */
static unsigned region(unsigned n, unsigned *gates)
{
    unsigned best = 1;

    *gates = n;
    for (unsigned g = 2; g <= n; g++)
        if (n / g + g - 1 < *gates) {
            best = g;
            *gates = n / g + g - 1;
        }
    return best;
}

static uint64_t side_cost(const struct side *x)
{
    unsigned gates;

    region(x->n, &gates);
    return gates + (x->n && x->least > 1);
}

/* threshold t of region r, beyond all that the form reaches where there is none */
static mpz_srcptr side_at(const struct side *x, unsigned t, mpz_srcptr beyond)
{
    return t <= x->n ? x->at[t - 1] : beyond;
}

/* The key of one side, 0 on the other: R2.  Keys are numbered from 1; a region begins at
 * each multiple of g, and its gates move the thresholds of g - 1 steps to its own. */
static struct tc_form side_key(struct fl *l, const struct side *x, const char *name)
{
    struct tc_family *f = l->low.family;
    unsigned gates, g = region(x->n, &gates), n = x->n / g;
    mpz_ptr *at = tc_alloc(f->arena, n + 1, sizeof *at), *move, beyond = tc_mpz(f->arena);
    const struct tc_plane *regions, *steps;
    const struct tc_index *t;
    struct tc_axis axis[2];
    struct tc_form theta, key;
    int64_t extent[2];

    if (!x->n)
        return tc_form_si(f, 0);
    for (unsigned r = 0; r < n; r++)
        at[r] = x->at[(r + 1) * g - 1];
    regions = fl_bank(l, tc_sprintf(f->arena, "%s.regions", name), x->form, n, at,
                      "the sum is in this region of keys or above");
    key = wire_of(&l->low, regions);
    if (regions->chain)
        key = tc_form_sum(f, key, 1, &regions->chain, 0, NULL);
    key = tc_form_scale_si(f, key, g);
    if (g > 1) {
        unsigned m = g - 1;
        mpz_ptr *first = tc_alloc(f->arena, m, sizeof *first);

        mpz_add_ui(beyond, x->form.hi, 1);
        extent[0] = n;
        extent[1] = m;
        move = tc_alloc(f->arena, (size_t)n * m, sizeof *move);
        for (unsigned k = 0; k < m; k++) {
            first[k] = tc_mpz_copy(f->arena, side_at(x, k + 1, beyond));
            for (unsigned r = 0; r < n; r++) {
                move[r * m + k] = tc_mpz(f->arena);
                mpz_sub(move[r * m + k], side_at(x, (r + 1) * g + k + 1, beyond),
                        side_at(x, r * g + k + 1, beyond));
            }
        }
        t = tc_index_new(f, "t", m, NULL);
        axis[0] = regions->chain ? tc_axis_of(f->arena, regions->chain) : tc_axis_const(0);
        axis[1] = tc_axis_of(f->arena, t);
        theta = tc_form_times(f, wire_of(&l->low, regions),
                              tc_table_dense_mpz(f, "move", 2, extent, move), axis);
        if (regions->chain)
            theta = tc_form_sum(f, theta, 1, &regions->chain, 0, NULL);
        theta = tc_form_add(
            f, theta,
            tc_form_table(f, tc_table_dense_mpz(f, "first", 1, extent + 1, first), &axis[1]));
        theta = tc_form_range(f, theta, mpz_cmp(first[0], theta.lo) > 0 ? first[0] : theta.lo,
                              mpz_cmp(beyond, theta.hi) < 0 ? beyond : theta.hi);
        steps = &tc_bank_new(f, tc_sprintf(f->arena, "%s.steps", name), x->form, t, theta, true, 0,
                             NULL, l->low.component, "keys within the region that the sum is in")
                     ->plane;
        key = tc_form_add(f, key, tc_form_sum(f, wire_of(&l->low, steps), 1, &t, 0, NULL));
    }
    if (x->least > 1) {
        struct tc_form some =
            wire_of(&l->low, &tc_bank_new(f, tc_sprintf(f->arena, "%s.some", name), x->form, NULL,
                                          tc_form_const(f, x->at[0]), true, 0, NULL,
                                          l->low.component, "the least number or more")
                                  ->plane);

        key = tc_form_add(f, key, tc_form_scale_si(f, some, x->least - 1));
    }
    return claim(&l->low, key, 0, x->least - 1 + (int64_t)x->n);
}

static void round_regions(struct fl *l, const struct side *plus, const struct side *minus,
                          struct fl_result *r)
{
    struct tc_family *f = l->low.family;

    r->key = tc_form_add(f, side_key(l, plus, "plus"), side_key(l, minus, "minus"));
    r->key = claim(&l->low, r->key, 0, l->last + l->f->infinity);
    if (l->f->signed_zero)
        return;
    r->sign = minus->n
                  ? wire_of(&l->low, &tc_bank_new(f, "sign", minus->form, NULL,
                                                  tc_form_const(f, minus->at[0]), true, 0, NULL,
                                                  l->low.component, "negative, not rounded to 0")
                                          ->plane)
                  : tc_form_si(f, 0);
}

/* ------------------------------------------------------------------------- ways */

struct way {
    struct cost cost;
    unsigned value;
    enum { ALIGNED, UNARY, REGIONS } round;
};

/* thresholds of all keys, as long as the largest number, are too much */
static bool has_many_keys(const struct fl *l)
{
    return l->p + l->q > 21 || (double)l->last * (double)(l->f->top / 8 + 16) > (double)(1 << 28);
}

static struct way choose_of(struct fl *l, const struct fl_sum *sum)
{
    struct tc_form x = with_infinities(l, sum, range_of(l, sum));
    struct steps s = steps_float(&l->low, l->f, x, sum->unit, l->f->infinity);
    struct side plus = side_of(l, &s, false), minus = side_of(l, &s, true);
    double regions = (double)(side_cost(&plus) + side_cost(&minus));
    struct way way[8];
    struct cost cost[8];
    unsigned n = 0;

    for (unsigned k = 0; k < sum->nway; k++) {
        struct cost c = sum->way[k];

        way[n++] = (struct way){{c.depth + 1, c.gates + s.n}, k, UNARY};
        way[n++] = (struct way){{c.depth + 2, c.gates + regions}, k, REGIONS};
    }
    if (sum->align)
        way[n++] = (struct way){{2, (double)fl_align_cost(l)}, 0, ALIGNED};
    for (unsigned k = 1; k < n; k++) /* by depth */
        for (unsigned m = k; m && way[m].cost.depth < way[m - 1].cost.depth; m--) {
            struct way t = way[m];

            way[m] = way[m - 1];
            way[m - 1] = t;
        }
    for (unsigned k = 0; k < n; k++)
        cost[k] = way[k].cost;
    return way[cheapest(&l->low, n, cost)];
}

/* the sum in the unit of 2 S */
static struct fl_sum doubled(struct fl *l, struct fl_sum s)
{
    struct tc_arena *arena = l->low.family->arena;

    s.unit--;
    s.constant = tc_mpz_copy(arena, s.constant);
    s.most = tc_mpz_copy(arena, s.most);
    mpz_mul_2exp(s.constant, s.constant, 1);
    mpz_mul_2exp(s.most, s.most, 2); /* infinities' numbers are larger here */
    return s;
}

/* the best of all constructions of S with both roundings of each */
static struct way choose(struct fl *l, const struct fl_sum *sum)
{
    struct way aligned = {.round = ALIGNED};

    if (!has_many_keys(l))
        return choose_of(l, sum);
    aligned.cost = (struct cost){2, (double)fl_align_cost(l)};
    return aligned;
}

bool fl_round_sum(struct fl *l, const struct fl_sum *given)
{
    struct way way = choose(l, given);
    struct fl_sum copy = given->twice[way.value] ? doubled(l, *given) : *given;
    const struct fl_sum *sum = &copy;
    struct fl_result r = {.has_nan = l->f->nan};
    struct tc_form x;

    if (way.cost.gates > (double)(1 << 22))
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "%s in this format takes %.0f gates by tables, and 2^22 are built; "
                       "--regime arithmetic takes a polynomial number",
                       l->prim->name, way.cost.gates);
    if (way.round == ALIGNED) {
        fl_align(l, sum->plus, sum->minus, &r, &x);
    } else {
        struct steps s;

        x = tc_form_add(l->low.family, tc_form_const(l->low.family, sum->constant),
                        sum->value(l, sum, way.value));
        x = with_infinities(l, sum, x);
        s = steps_float(&l->low, l->f, x, sum->unit, l->f->infinity);
        if (way.round == UNARY) {
            round_unary(l, s, &r);
        } else {
            struct side plus = side_of(l, &s, false), minus = side_of(l, &s, true);

            round_regions(l, &plus, &minus, &r);
        }
    }
    if (l->f->signed_zero)
        r.sign = sum_sign(l, sum, x);
    if (l->f->nan)
        r.nan = sum_nan(l, sum);
    fl_output(l, "y", r);
    return true;
}

bool fl_lower_sum(struct fl *l)
{
    struct fl_sum s;

    if (has_many_keys(l) && !fl_can_align(l))
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "%s: tables of this format take 2^%u thresholds of 2^%u bits; --regime "
                       "arithmetic takes a polynomial number of gates",
                       l->prim->name, l->p + l->q, l->q);
    if (l->prim->op == TC_OP_DOT)
        return fl_lower_dot(l);
    s = operands(l);
    return fl_round_sum(l, &s);
}
