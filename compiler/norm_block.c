/* norm_block.c -- a norm, its result alone rounded
 *
 *     y = R(gain C / sqrt D + bias)
 *
 * with integers: C = d x - sum x and D = (sum C^2) / d + epsilon d^2 (layer), C = x and
 * D = (sum x^2) / d + epsilon (rms), D = sum x^2 (sphere); 0 / 0 = 0.  The result is r or
 * more iff gain C / sqrt D >= m - bias, m the middle below r, and that is
 *
 *     gain |gain| C |C| >= (m - bias) |m - bias| D,
 *
 * as signed squares rise with their numbers: one gate a value, no root and no divider.
 * CONSTRUCTIONS.md, "Norm of a row, rounded once".
 */
#include "norm.h"

/* values of x, and of C, that a chain of C's may have */
#define MOST_VALUES ((int64_t)1 << 12)
#define MOST_STEPS  ((int64_t)1 << 20)
/* the width that is looked at to choose, so that depth does not depend on the width */
#define SOME_WIDTH 8
/* floats whose pairs of values, of results and biases, are tabled */
#define MOST_BITS 10

/* C |C|, C^2, [C > 0] and [C < 0] at each token and coordinate */
struct squares {
    struct tc_form with_sign, square, plus, minus;
    struct chain chain; /* of C, number[k] at its values; or without values */
    mpz_ptr *number;
};

/* --------------------------------------------------------------------------- squares */

static mpz_ptr *squared(struct norm *n, const struct chain *c, const mpz_ptr *number, bool sign)
{
    struct tc_arena *arena = n->L->family->arena;
    mpz_ptr *square = tc_alloc(arena, (size_t)c->n + 1, sizeof *square);

    for (unsigned k = 0; k <= c->n; k++) {
        square[k] = tc_mpz(arena);
        mpz_mul(square[k], number[k], number[k]);
        if (sign && mpz_sgn(number[k]) < 0)
            mpz_neg(square[k], square[k]);
    }
    return square;
}

static mpz_ptr *numbers(struct norm *n, const struct chain *c)
{
    struct tc_arena *arena = n->L->family->arena;
    mpz_ptr *number = tc_alloc(arena, (size_t)c->n + 1, sizeof *number);

    for (unsigned k = 0; k <= c->n; k++) {
        number[k] = tc_mpz(arena);
        number_of(n->L, c->keys, c->value[k], number[k]);
    }
    return number;
}

static int64_t is_positive(void *lowering, int64_t v)
{
    return plain_value(lowering, v) > 0;
}

static int64_t is_negative(void *lowering, int64_t v)
{
    return plain_value(lowering, v) < 0;
}

/* whether a chain's value is above 0, or below */
static struct tc_form sign(struct norm *n, struct chain c, bool minus)
{
    c.keys = false;
    return claim(n->L, chain_map(n->L, &c, "sign", minus ? is_negative : is_positive, n->L), 0, 1);
}

static struct squares squares_of_chain(struct norm *n, struct chain c)
{
    struct squares s = {
        .chain = c, .number = numbers(n, &c), .plus = sign(n, c, false), .minus = sign(n, c, true)};

    s.with_sign = chain_numbers(n->L, &c, squared(n, &c, s.number, true), "square");
    s.square = chain_numbers(n->L, &c, squared(n, &c, s.number, false), "square");
    return s;
}

/* a gate for each value of C but one */
static struct chain chain_of_integer(struct norm *n, struct tc_form x)
{
    struct tc_arena *arena = n->L->family->arena;
    int64_t lo = tc_mpz_get_i64(x.lo), hi = tc_mpz_get_i64(x.hi);
    struct steps s = {.form = x, .n = (unsigned)(hi - lo)};

    s.at = tc_alloc(arena, (size_t)s.n + 1, sizeof *s.at);
    s.value = tc_alloc(arena, (size_t)s.n + 1, sizeof *s.value);
    s.value[0] = lo;
    for (unsigned k = 0; k < s.n; k++) {
        s.value[k + 1] = lo + k + 1;
        s.at[k] = tc_mpz_si(arena, lo + k + 1);
    }
    return chain_new(n->L, s, "centred", "T_centred", NULL, "x less the mean, times the width");
}

/* sum over k <= l of the places of the bits k and l of a number in two's complement, where
 * both are 1 and, with top, the sign is */
static struct tc_form pairs(struct norm *n, const char *name, struct tc_form bit,
                            const struct tc_index *a, bool top)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    int64_t bits = a->extent;
    const struct tc_index *ix[2] = {tc_index_new(f, "a", bits, NULL),
                                    tc_index_new(f, "a'", bits, NULL)};
    struct tc_guard guard = tc_guard_le(f->arena, ix[0], ix[1]);
    mpz_ptr *place = tc_alloc(f->arena, (size_t)(bits * bits), sizeof *place);
    struct tc_form x = tc_form_add(f, tc_form_subst(f, bit, a, tc_axis_of(f->arena, ix[0])),
                                   tc_form_subst(f, bit, a, tc_axis_of(f->arena, ix[1])));
    const struct tc_bank *and;

    if (top)
        x = tc_form_add(f, x, tc_form_subst(f, bit, a, tc_axis_const(bits - 1)));
    for (int64_t k = 0; k < bits; k++)
        for (int64_t l = 0; l < bits; l++) {
            mpz_ptr p = place[k * bits + l] = tc_mpz(f->arena);

            mpz_setbit(p, (mp_bitcnt_t)(k + l + (k != l)));
            if ((k == bits - 1) != (l == bits - 1))
                mpz_neg(p, p);
        }
    and = tc_bank_new(
        f, name_of(L, name), x, NULL, tc_form_si(f, top ? 3 : 2), true, 1, &guard, L->component,
        top ? "pairs of its bits, where it is negative" : "pairs of bits of x less the mean");
    x = times_table(L, "place", wire_of(L, &and->plane), 2, ix, place);
    return tc_form_sum(f, x, 2, ix, 1, &guard);
}

/* by the bits of C: C |C| = C^2 - 2 [C < 0] C^2 */
static struct squares squares_of_bits(struct norm *n, struct tc_form x, unsigned bits)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    const struct tc_index *a;
    struct tc_form bit = float_bits(L, "centred", x, NULL, bits, &a,
                                    "carries into the bits of x less the mean, times the width");
    mpz_ptr most = tc_mpz(f->arena), least = tc_mpz(f->arena), zero = tc_mpz(f->arena);
    struct squares s = {0};
    struct tc_form negative;

    mpz_mul(most, x.hi, x.hi);
    mpz_neg(least, most);
    s.square = claim_mpz(L, pairs(n, "square", bit, a, false), zero, most);
    negative = claim_mpz(L, pairs(n, "negative", bit, a, true), zero, most);
    s.with_sign = tc_form_sub(f, s.square, tc_form_scale_si(f, negative, 2));
    s.with_sign = claim_mpz(L, s.with_sign, least, most);
    s.minus = tc_form_subst(f, bit, a, tc_axis_const(bits - 1));
    s.plus = one_gate(n->L, "positive", x, 1, "above the mean");
    return s;
}

static struct squares squares(struct norm *n)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    mpz_ptr most = tc_mpz(f->arena), least = tc_mpz(f->arena);
    struct cost cost[2] = {{.depth = 1}, {.depth = 2}};
    struct tc_form x = n->in.word.value;
    mpz_ptr values = tc_mpz(f->arena);
    unsigned bits, some;

    if (n->block->norm.kind != TC_NORM_LAYER)
        return squares_of_chain(n, *stream_chain(L, &n->in));
    mpz_sub(most, x.hi, x.lo);
    mpz_mul_si(most, most, n->width - 1);
    mpz_neg(least, most);
    bits = (unsigned)mpz_sizeinbase(most, 2) + 1;
    mpz_sub(values, x.hi, x.lo);
    some = (unsigned)mpz_sizeinbase(values, 2) + 4;
    cost[0].gates = 2 * (SOME_WIDTH - 1) * mpz_get_d(values);
    cost[1].gates = some * (some + 1.0) + some * (2.0 + SOME_WIDTH);
    x = claim_mpz(L, tc_form_sub(f, tc_form_scale_si(f, x, n->width), norm_row(n, x)), least, most);
    if (mpz_cmp_si(values, MOST_VALUES) > 0 || mpz_cmp_si(most, MOST_STEPS) > 0 ||
        cheapest(L, 2, cost) == 1)
        return squares_of_bits(n, x, bits);
    return squares_of_chain(n, chain_of_integer(n, x));
}

/* ----------------------------------------------------------------------- comparisons */

/* factor C |C| >= (parts m) |parts m| D without gain and bias; D = times sum + constant */
struct compare {
    struct squares c;
    mpz_ptr factor, times, constant;
    struct tc_form sum, d;
    bool positive; /* D is above 0 */
    mpq_ptr reach; /* at least C / sqrt D */
};

static void scales(struct norm *n, struct compare *c)
{
    struct tc_arena *arena = n->L->family->arena;
    enum tc_norm_kind kind = n->block->norm.kind;
    int64_t d = n->width, mean = kind == TC_NORM_SPHERE ? 1 : d;
    mpz_ptr common = tc_mpz(arena);
    mpq_ptr e = tc_mpq(arena);

    mpq_mul_2exp(e, n->block->norm.epsilon, 2 * n->L->fraction);
    for (unsigned k = 0; kind == TC_NORM_LAYER && k < 2; k++) {
        mpz_mul_si(mpq_numref(e), mpq_numref(e), d);
        mpq_canonicalize(e);
    }
    c->times = tc_mpz_copy(arena, mpq_denref(e));
    c->constant = tc_mpz(arena);
    mpz_mul_si(c->constant, mpq_numref(e), mean);
    mpz_gcd(common, c->times, c->constant);
    c->factor = tc_mpz_si(arena, (int64_t)norm_parts(n) * norm_parts(n));
    mpz_mul(c->factor, c->factor, c->times);
    mpz_mul_si(c->factor, c->factor, mean);
    mpz_divexact(c->factor, c->factor, common);
    mpz_divexact(c->times, c->times, common);
    mpz_divexact(c->constant, c->constant, common);

    c->reach = tc_mpq(arena);
    mpz_set_si(mpq_numref(c->reach), kind == TC_NORM_LAYER ? d - 1 : mean);
    mpz_mul_2exp(mpq_numref(c->reach), mpq_numref(c->reach), 16);
    mpz_sqrtrem(mpq_numref(c->reach), common, mpq_numref(c->reach));
    if (mpz_sgn(common))
        mpz_add_ui(mpq_numref(c->reach), mpq_numref(c->reach), 1);
    mpq_div_2exp(c->reach, c->reach, 8);
}

static void compare_init(struct norm *n, struct compare *c)
{
    struct tc_family *f = n->L->family;

    c->c = squares(n);
    scales(n, c);
    c->sum = norm_row(n, c->c.square);
    c->d = tc_form_add(f, tc_form_scale(f, c->sum, c->times), tc_form_const(f, c->constant));
    c->positive = mpz_sgn(c->d.lo) > 0;
}

/* The gate [v >= 0], or [v > 0] if strict, v = factor x - slope D with x signed as `sign` C is
 * and slope the signed square of m, not 0.  Where D may be 0, and v is then, it is to say 0 >= m:
 *     v + [x > 0] >= [m > 0],  strict  v - [x < 0] >= [m > 0].
 * CONSTRUCTIONS.md has the proof. */
static void test(const struct compare *c, mpz_srcptr m, bool strict, int sign, struct ratio_gate *g)
{
    mpz_mul(g->slope, m, m);
    if (mpz_sgn(m) < 0)
        mpz_neg(g->slope, g->slope);
    g->constant = strict;
    if (c->positive)
        return;
    g->constant = mpz_sgn(m) > 0;
    g->turn[(sign < 0) != strict] = strict ? 1 : -1;
}

/* the middle below r, less the bias */
static void middle(struct norm *n, int64_t r, mpz_srcptr bias, mpz_ptr m, bool *strict)
{
    norm_middle(n, r, m, strict);
    mpz_submul_ui(m, bias, norm_parts(n));
}

/* R(|gain| reach + bias) or less of a gain in units */
static int64_t reach_of(struct norm *n, const struct compare *c, mpz_srcptr gain, mpz_srcptr bias,
                        bool low)
{
    int64_t r;
    mpq_t x, b;

    mpq_inits(x, b, NULL);
    mpz_abs(mpq_numref(x), gain);
    mpq_mul(x, x, c->reach);
    if (low)
        mpq_neg(x, x);
    mpq_set_z(b, bias);
    mpq_add(x, x, b);
    r = nearest_value(n->L, x);
    mpq_clears(x, b, NULL);
    return r;
}

/* the gain and bias of a column: constants, or 1 and 0 */
static void constants(struct norm *n, int64_t column, mpz_ptr gain, mpz_ptr bias)
{
    bool keys = is_float(n->L);

    mpz_set_ui(gain, 0);
    mpz_set_ui(bias, 0);
    if (n->gain.tensor)
        number_of(n->L, keys, norm_constant(n, &n->gain, column), gain);
    else
        mpz_setbit(gain, n->L->fraction);
    if (n->bias.tensor)
        number_of(n->L, keys, norm_constant(n, &n->bias, column), bias);
}

static struct stream by_constants(struct norm *n, const struct compare *c)
{
    struct tc_arena *arena = n->L->family->arena;
    int64_t columns = n->gain.tensor ? n->width : 1, lo = 0, hi = 0;
    mpz_ptr gain = tc_mpz(arena), bias = tc_mpz(arena);
    struct ratio q = {.name = "y",
                      .note = "by the root of the sum of squares: one gate a value",
                      .x = c->c.with_sign,
                      .d = c->d,
                      .lift = {c->c.plus, c->c.minus}};
    mpz_ptr m = tc_mpz(arena);
    bool strict;

    for (int64_t e = 0; e < columns; e++) {
        int64_t l, h;

        constants(n, e, gain, bias);
        l = reach_of(n, c, gain, bias, true);
        h = reach_of(n, c, gain, bias, false);
        lo = e == 0 || l < lo ? l : lo;
        hi = e == 0 || h > hi ? h : hi;
    }
    if (!ratio_init(&q, n, columns, lo, hi))
        return n->in;
    for (int64_t e = 0; e < columns; e++) {
        constants(n, e, gain, bias);
        mpz_abs(q.factor[e], gain);
        mpz_mul(q.factor[e], q.factor[e], gain);
        mpz_mul(q.factor[e], q.factor[e], c->factor);
        for (unsigned t = 0; t < q.n; t++) {
            middle(n, q.value[t + 1], bias, m, &strict);
            test(c, m, strict, mpz_sgn(gain), ratio_gate(&q, e, t));
        }
    }
    return stream_of_chain(n->L, ratio_chain(&q), &n->in);
}

/* ----------------------------------------------------------- gains that are inputs */

/* the bits of a form, in one layer */
static struct word word_of_form(struct norm *n, const char *name, struct tc_form x,
                                const char *note)
{
    struct lowering *L = n->L;
    struct tc_arena *arena = L->family->arena;
    mpz_ptr most = tc_mpz_copy(arena, x.hi);
    struct word w = {.wide = true, .value = x};
    unsigned bits;

    if (mpz_cmpabs(x.lo, most) > 0)
        mpz_abs(most, x.lo);
    bits = (unsigned)mpz_sizeinbase(most, 2) + (mpz_sgn(x.lo) < 0);
    w.bit = float_bits(L, name, x, NULL, bits, &w.a, note);
    w.weight = powers(L, bits, mpz_sgn(x.lo) < 0);
    return w;
}

/* gain |gain| C |C| as ANDs of bits, and its signs as ANDs of signs, into the ratio */
static void times_gain(struct norm *n, const struct compare *c, struct ratio *q)
{
    static const char *const name[2][2] = {{"plus.plus", "plus.minus"},
                                           {"minus.plus", "minus.minus"}};
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    struct chain gain = norm_chain(n, norm_word(n, &n->gain), "gain.steps");
    const struct tc_form x[2] = {c->c.plus, c->c.minus};
    struct word w[2];

    if (c->c.number)
        w[0] =
            word_of_numbers(L, &c->c.chain, squared(n, &c->c.chain, c->c.number, true), "square");
    else
        w[0] = word_of_form(n, "square.carry", c->c.with_sign, "carries into the bits of squares");
    w[1] = word_of_numbers(L, &gain, squared(n, &gain, numbers(n, &gain), true), "square");
    q->x = product(L, "gain.and", 2, w, NULL, "bits of squares times bits of the gain's square");
    q->x = tc_form_scale(f, q->x, c->factor);
    q->d = c->d;
    q->lift[0] = q->lift[1] = tc_form_si(f, 0);
    for (int k = 0; !c->positive && k < 4; k++) {
        struct tc_form both = tc_form_add(f, x[k / 2], sign(n, gain, k % 2));

        both = one_gate(n->L, name[k / 2][k % 2], both, 2, "signs of x and of the gain");
        q->lift[k / 2 != k % 2] = tc_form_add(f, q->lift[k / 2 != k % 2], both);
    }
}

/* Without a bias: its value, rounded. */
static struct stream scaled(struct norm *n, const struct compare *c, struct ratio *q)
{
    mpz_ptr zero = tc_mpz(n->L->family->arena), m = tc_mpz(n->L->family->arena);
    bool strict;

    if (!ratio_init(q, n, 1, least_value(n->L), largest_value(n->L)))
        return n->in;
    for (unsigned t = 0; t < q->n; t++) {
        middle(n, q->value[t + 1], zero, m, &strict);
        test(c, m, strict, 1, ratio_gate(q, 0, t));
    }
    return stream_of_chain(n->L, ratio_chain(q), &n->in);
}

/* Fixed formats: results change at halves alone, so the value with the bias is rounded as the
 * nearest integer is with it, or as the half where it is one: a chain of both, in halves. */
static struct stream shifted(struct norm *n, const struct compare *c, struct ratio *q)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    mpz_ptr m = tc_mpz(f->arena), most = tc_mpz_si(f->arena, -least_value(L));
    int64_t reach, half;
    struct word bias = norm_word(n, &n->bias);
    struct tc_form x;

    mpz_mul(most, most, mpq_numref(c->reach)); /* the largest gain's, twice */
    mpz_mul_2exp(most, most, 1);
    mpz_cdiv_q(most, most, mpq_denref(c->reach));
    reach = (int64_t)2 << L->bits;
    if (mpz_cmp_si(most, reach) < 0)
        reach = mpz_get_si(most);
    half = (reach + 2) / 2;
    if (!ratio_room(q, n, 1, 4 * half))
        return n->in;
    q->value[0] = -2 * half;
    for (unsigned t = 0; t < q->n; t++) { /* at least j + 1/2, and above it */
        mpz_set_si(m, 2 * ((int64_t)(t / 2) - half) + 1);
        test(c, m, t % 2, 1, ratio_gate(q, 0, t));
        q->value[t + 1] = q->value[t] + 1;
    }
    x = tc_form_add(f, ratio_chain(q).form, tc_form_scale_si(f, bias.value, 2));
    return stream_of_steps(L, steps_shift(L, x, 1), "shifted", "with the bias, rounded", &n->in);
}

/* Floats: slope D + constant of each result, which are functions of the bias: at its first value,
 * and what its steps add, ANDs of them with bits of the sum of squares. */
static struct tc_form biased(struct norm *n, const struct compare *c, const struct ratio *q,
                             const struct chain *bias, struct tc_axis t)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    int64_t extent[2] = {q->n, bias->n}, *constant = tc_alloc(f->arena, q->n, sizeof *constant);
    int64_t *jump = tc_alloc(f->arena, (size_t)q->n * (bias->n + 1), sizeof *jump);
    mpz_ptr *first = tc_alloc(f->arena, q->n, sizeof *first), *b = numbers(n, bias);
    mpz_ptr *step = tc_alloc(f->arena, (size_t)q->n * (bias->n + 1), sizeof *step);
    mpz_ptr m = tc_mpz(f->arena);
    struct word sum = word_of_form(n, "sum", c->sum, "carries into the bits of the sum of squares");
    struct tc_axis at[2] = {t, tc_axis_of(f->arena, bias->plane->chain)};
    struct tc_axis bit = tc_axis_of(f->arena, sum.a);
    struct tc_form x, wire = wire_of(L, bias->plane), and;
    bool strict;

    for (unsigned k = 0; k < q->n; k++) {
        struct ratio_gate before = {.slope = first[k] = tc_mpz(f->arena)};

        middle(n, q->value[k + 1], b[0], m, &strict);
        test(c, m, strict, 1, &before);
        constant[k] = before.constant;
        for (unsigned s = 0; s < bias->n; s++) {
            struct ratio_gate now = {.slope = tc_mpz(f->arena)};

            middle(n, q->value[k + 1], b[s + 1], m, &strict);
            test(c, m, strict, 1, &now);
            step[k * bias->n + s] = tc_mpz(f->arena);
            mpz_sub(step[k * bias->n + s], now.slope, before.slope);
            jump[k * bias->n + s] = now.constant - before.constant;
            before = now;
        }
    }
    and = one_gate(n->L, "sum.and", tc_form_add(f, sum.bit, wire), 2,
                   "bits of the sum of squares times steps of the bias");
    and = tc_form_sum(f, tc_form_times(f, and, sum.weight, &bit), 1, &sum.a, 0, NULL);
    x = tc_form_add(f, tc_form_scale(f, and, c->times), tc_form_scale(f, wire, c->constant));
    x = tc_form_times(f, x, tc_table_dense_mpz(f, "slope", 2, extent, step), at);
    wire = tc_form_times(f, wire, tc_table_dense(f, "theta", 2, extent, jump), at);
    x = tc_form_sum(f, tc_form_add(f, x, wire), 1, &bias->plane->chain, 0, NULL);
    wire = tc_form_times(f, c->d, tc_table_dense_mpz(f, "slope", 1, extent, first), &t);
    x = tc_form_add(f, x, wire);
    return tc_form_add(f, x, tc_form_table(f, tc_table_dense(f, "theta", 1, extent, constant), &t));
}

static struct stream shifted_float(struct norm *n, const struct compare *c, struct ratio *q)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    struct chain bias = norm_chain(n, norm_word(n, &n->bias), "bias.steps"), y = {.keys = true};
    struct tc_index *ix;
    struct tc_form theta;
    struct tc_axis t;
    mpz_ptr m = tc_mpz(f->arena);

    if (!ratio_init(q, n, 1, least_value(L), largest_value(L)))
        return n->in;
    ix = chain_index(L, q->n, "T_quotient");
    t = tc_axis_of(f->arena, ix);
    theta = biased(n, c, q, &bias, t);
    for (int k = 0; k < 2 && q->lift[k].nterm; k++) {
        int64_t extent = q->n, *turn = tc_alloc(f->arena, q->n, sizeof *turn);

        for (unsigned v = 0; v < q->n; v++) {
            bool strict;

            norm_middle(n, q->value[v + 1], m, &strict);
            turn[v] = k != strict ? 0 : strict ? 1 : -1;
        }
        theta = tc_form_add(
            f, theta,
            tc_form_times(f, q->lift[k], tc_table_dense(f, "turn", 1, &extent, turn), &t));
    }
    y.n = q->n;
    y.value = q->value;
    y.plane =
        &tc_bank_new(f, name_of(L, q->name), q->x, ix, theta, true, 0, NULL, L->component, q->note)
             ->plane;
    special_chain(L, &y, NULL);
    y.form = chain_form(L, &y);
    return stream_of_chain(L, y, &n->in);
}

static struct stream by_inputs(struct norm *n, const struct compare *c)
{
    struct ratio q = {.name = "y", .note = "by the root of the sum of squares: one gate a value"};

    times_gain(n, c, &q);
    if (!n->bias.tensor)
        return scaled(n, c, &q);
    return is_float(n->L) ? shifted_float(n, c, &q) : shifted(n, c, &q);
}

struct stream norm_block(struct norm *n)
{
    struct lowering *L = n->L;
    struct compare c;

    if (n->bias.plane && is_float(L) && L->bits > MOST_BITS) {
        tc_fail(L->err, TC_ELIMIT, n->block->loc,
                "%u bits: a norm rounded once whose bias is an input is built for floats of up to "
                "%d bits",
                L->bits, MOST_BITS);
        return n->in;
    }
    compare_init(n, &c);
    return n->gain.plane ? by_inputs(n, &c) : by_constants(n, &c);
}
