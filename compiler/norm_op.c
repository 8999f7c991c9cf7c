/* norm_op.c -- a norm, every step rounded
 *
 *     layer    mu = R(sum x / d)    c = R(x - mu)
 *     rms      c = x
 *     both     v = R(R(sum R(c^2) / d) + epsilon)    r = R(sqrt v)
 *     sphere   c = x                r = R(sqrt R(sum R(c^2)))
 *     y = R(c / r), 0 where r = 0;  R(R(y gain) + bias)
 *
 * Squares are a function of c's chain, and r is one of the exact sum of squares.  y is a
 * gate a value, [c >= middle r]; what constants do to it is in the thresholds.
 * CONSTRUCTIONS.md, "Norm of a row, every step rounded".
 */
#include "norm.h"

#include <assert.h>

/* --------------------------------------------------------------- functions of values */

static int64_t square(void *lowering, int64_t v)
{
    return product_value(lowering, v, v);
}

/* R(v + epsilon) */
static int64_t plus_epsilon(void *norm, int64_t v)
{
    const struct norm *n = norm;

    return shifted_value(n->L, v, n->block->norm.epsilon);
}

/* R(sqrt v), v >= 0: the root to a grid finer than all middles, which are multiples of a
 * quarter, and something more where it is between two points of it */
static int64_t root(void *norm, int64_t v)
{
    const struct norm *n = norm;
    int64_t r;
    mpq_t x;
    mpz_t rest;

    mpq_init(x);
    mpz_init(rest);
    number_of(n->L, is_float(n->L), v, mpq_numref(x));
    mpz_mul_2exp(mpq_numref(x), mpq_numref(x), n->L->fraction + 6); /* units: sqrt(v 2^fraction) */
    mpz_sqrtrem(mpq_numref(x), rest, mpq_numref(x));
    mpz_mul_2exp(mpq_numref(x), mpq_numref(x), 1);
    if (mpz_sgn(rest))
        mpz_add_ui(mpq_numref(x), mpq_numref(x), 1);
    mpq_div_2exp(x, x, 4);
    r = nearest_value(n->L, x);
    mpz_clear(rest);
    mpq_clear(x);
    return r;
}

static int64_t is_positive(void *ctx, int64_t v)
{
    (void)ctx;
    return v > 0;
}

/* r of the exact sum of squares */
static int64_t root_of_sum(struct norm *n, mpz_srcptr sum)
{
    mpq_t x;
    int64_t v;

    mpq_init(x);
    mpq_set_z(x, sum);
    if (n->block->norm.kind != TC_NORM_SPHERE) {
        mpz_set_si(mpq_denref(x), n->width);
        mpq_canonicalize(x);
    }
    v = nearest_value(n->L, x);
    mpq_clear(x);
    if (mpq_sgn(n->block->norm.epsilon))
        v = plus_epsilon(n, v);
    return root(n, v);
}

/* ----------------------------------------------------------------------- differences */

/* Fixed formats: R(sum / d) <= x - r is 2 sum <= d (2x - 2r + 1), but < where x - r is odd:
 * one gate with the lowest bit of x in the threshold. */
static struct chain centre_fixed(struct norm *n)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    const struct word *w = &n->in.word;
    int64_t d = n->width, lo, hi;
    struct chain c = {0};
    struct tc_form x, odd, theta;
    mpz_ptr *at, *turn;
    mpz_t sum, by;

    mpz_init(sum);
    mpz_init_set_si(by, d);
    tc_mpz_set_i64(sum, w->lo + (d - 1) * w->hi);
    lo = w->lo - tc_div_round(L->bits + 1, sum, by);
    tc_mpz_set_i64(sum, w->hi + (d - 1) * w->lo);
    hi = w->hi - tc_div_round(L->bits + 1, sum, by);
    mpz_clears(sum, by, NULL);
    lo = lo < least_value(L) ? least_value(L) : lo;
    hi = hi > largest_value(L) ? largest_value(L) : hi;
    assert(w->offset == 0 && lo <= hi);
    c.n = (unsigned)(hi - lo);
    c.value = tc_alloc(f->arena, (size_t)c.n + 1, sizeof *c.value);
    at = tc_alloc(f->arena, (size_t)c.n + 1, sizeof *at);
    turn = tc_alloc(f->arena, (size_t)c.n + 1, sizeof *turn);
    c.value[0] = lo;
    for (unsigned t = 0; t < c.n; t++) {
        int64_t r = c.value[t + 1] = lo + t + 1;
        bool tie = d % 2 == 0;

        at[t] = tc_mpz_si(f->arena, d * (2 * r - 1) + (tie && r % 2));
        turn[t] = tc_mpz_si(f->arena, !tie ? 0 : r % 2 ? -1 : 1);
    }
    if (c.n) {
        int64_t extent = c.n;
        struct tc_index *t = c.n > 1 ? chain_index(L, c.n, "T_round") : NULL;
        struct tc_axis axis = t ? tc_axis_of(f->arena, t) : tc_axis_const(0);

        x = tc_form_scale_si(f, w->value, 2 * d);
        x = tc_form_sub(f, x, tc_form_scale_si(f, norm_row(n, w->value), 2));
        theta = tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &extent, at), &axis);
        if (d % 2 == 0) {
            odd = tc_form_subst(f, w->bit, w->a, tc_axis_const(0));
            odd = tc_form_times(f, odd, tc_table_dense_mpz(f, "odd", 1, &extent, turn), &axis);
            theta = tc_form_add(f, theta, odd);
        }
        c.plane = &tc_bank_new(f, name_of(L, "centred"), x, t, theta, true, 0, NULL, L->component,
                               "x less the mean, which is rounded: a gate a value")
                       ->plane;
    }
    c.form = chain_form(L, &c);
    return c;
}

static struct chain centre(struct norm *n)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    mpq_ptr one = tc_mpq(f->arena), d = tc_mpq(f->arena);
    struct chain mean;
    struct steps s;

    if (!is_float(L))
        return centre_fixed(n);
    mpq_set_ui(one, 1, 1);
    mpq_set_si(d, n->width, 1);
    s = steps_round(L, norm_row(n, n->in.word.value), one, d, false);
    if (L->options->level == TC_LEVEL_2 && L->bits <= NORM_PAIR_BITS)
        return chain_of_two(L, steps_negated(L, s), stream_chain(L, &n->in), NULL, plus_value, L,
                            "centred", "x less the mean, which is rounded: a gate a value");
    mean = chain_new(L, s, "mean", "T_round", NULL, "the mean, rounded");
    return chain_new(L, steps_shift(L, tc_form_sub(f, n->in.word.value, mean.form), 0), "centred",
                     "T_round", NULL, "x less the mean, rounded");
}

/* r, a chain over the exact sum of squares */
static struct chain deviation(struct norm *n, const struct chain *c)
{
    struct lowering *L = n->L;
    struct tc_form sum = norm_row(n, chain_map(L, c, "square", square, L));
    mpq_ptr one = tc_mpq(L->family->arena), d = tc_mpq(L->family->arena);
    struct steps s;

    mpq_set_ui(one, 1, 1);
    mpq_set_si(d, n->block->norm.kind == TC_NORM_SPHERE ? 1 : n->width, 1);
    s = steps_round(L, sum, one, d, false);
    if (mpq_sgn(n->block->norm.epsilon))
        s = steps_applied(L, s, plus_epsilon, n, "variance", NULL, "the mean of the squares, rounded");
    s = steps_applied(L, s, root, n, "radicand", NULL, "what the root is taken of, rounded");
    return chain_new(L, s, "root", "T_root", NULL,
                     "the root of the rounded sum of squares");
}

/* -------------------------------------------------------------------------- quotients */

/* The least and the largest R(c / r): r is at least what c's own square makes it, and at
 * least the least r above 0. */
static void quotient_reach(struct norm *n, const struct chain *c, const struct chain *r,
                           int64_t *lo, int64_t *hi)
{
    struct lowering *L = n->L;
    int64_t least = r->value[r->n];
    mpz_t v;
    mpq_t x;

    *lo = *hi = 0;
    mpz_init(v);
    mpq_init(x);
    for (unsigned k = r->n + 1; k-- > 0;)
        least = r->value[k] > 0 ? r->value[k] : least;
    for (unsigned k = 0; k <= c->n; k++) {
        int64_t own, y;

        number_of(L, c->keys, square(L, c->value[k]), v);
        own = root_of_sum(n, v);
        own = own > least ? own : least;
        if (own == 0)
            continue;
        mpq_set_ui(x, 1, 1);
        number_of(L, c->keys, c->value[k], mpq_numref(x));
        number_of(L, c->keys, own, mpq_denref(x));
        mpz_mul_2exp(mpq_numref(x), mpq_numref(x), L->fraction);
        mpq_canonicalize(x);
        y = nearest_value(L, x);
        *lo = y < *lo ? y : *lo;
        *hi = y > *hi ? y : *hi;
    }
    mpz_clear(v);
    mpq_clear(x);
}

/* R(R(y gain) + bias) in a column */
static int64_t affine(const struct norm *n, int64_t column, int64_t y)
{
    const struct lowering *L = n->L;

    y = product_value(L, y, norm_constant(n, &n->gain, column));
    return n->bias.tensor ? sum_value(L, y, norm_constant(n, &n->bias, column)) : y;
}

/* sign [c / r >= the middle below y], or [<]: lifted where r = 0, such that the quotient is 0 */
static void test(struct norm *n, int64_t y, bool below, struct ratio_gate *g)
{
    bool strict;

    norm_middle(n, y, g->slope, &strict);
    g->constant = strict;
    g->turn[0] = y > 0 ? 1 : -1;
    if (below) {
        mpz_neg(g->slope, g->slope);
        g->constant = 1 - g->constant;
        g->turn[0] = -g->turn[0];
    }
}

/* the gates of a column's results, its function of y = list[0 .. count-1] being monotone */
static void column_gates(struct norm *n, struct ratio *q, int64_t e, unsigned count,
                         const int64_t *list)
{
    bool rises = affine(n, e, list[count - 1]) >= affine(n, e, list[0]);
    unsigned k = rises ? 0 : count; /* of y's that do not (rises) or do reach the result */

    if (!rises)
        mpz_set_si(q->factor[e], -1);
    for (unsigned t = 0; t < q->n; t++) {
        struct ratio_gate *g = ratio_gate(q, e, t);
        int64_t r = q->value[t + 1];

        while (rises && k < count && affine(n, e, list[k]) < r)
            k++;
        while (!rises && k > 0 && affine(n, e, list[k - 1]) < r)
            k--;
        if (rises ? k == 0 : k == count)
            g->kind = RATIO_ALWAYS;
        else if (rises ? k == count : k == 0)
            g->kind = RATIO_NEVER;
        else
            test(n, list[k], !rises, g);
    }
}

/* the quotient, and what constants of the columns do to it */
static bool quotient_gates(struct norm *n, struct ratio *q, int64_t lo, int64_t hi, bool constants)
{
    struct lowering *L = n->L;
    int64_t *list, least = 0, most = 0;
    unsigned count = 1;

    if (!constants) {
        if (!ratio_init(q, n, 1, lo, hi))
            return false;
        for (unsigned t = 0; t < q->n; t++)
            test(n, q->value[t + 1], false, ratio_gate(q, 0, t));
        return true;
    }
    for (int64_t y = lo; y < hi; y = next_value(L, y))
        count++;
    list = tc_alloc(L->family->arena, count, sizeof *list);
    list[0] = lo;
    for (unsigned k = 1; k < count; k++)
        list[k] = next_value(L, list[k - 1]);
    for (int64_t e = 0; e < n->width; e++)
        for (unsigned end = 0; end < 2; end++) {
            int64_t z = affine(n, e, end ? hi : lo);

            least = (e == 0 && !end) || z < least ? z : least;
            most = (e == 0 && !end) || z > most ? z : most;
        }
    if (!ratio_init(q, n, n->width, least, most))
        return false;
    for (int64_t e = 0; e < n->width; e++)
        column_gates(n, q, e, count, list);
    return true;
}

static bool quotients(struct norm *n, struct ratio *q, const struct chain *c, const struct chain *r)
{
    struct lowering *L = n->L;
    struct tc_family *f = L->family;
    mpz_ptr scale = tc_mpz_si(f->arena, norm_parts(n)), big = tc_mpz(f->arena);
    int64_t lo, hi;

    mpz_mul_2exp(scale, scale, L->fraction);
    q->x = tc_form_scale(f, c->form, scale);
    q->d = r->form;
    q->lift[0] = q->lift[1] = tc_form_si(f, 0);
    q->name = "y";
    q->note = "x by the root, one gate a value";
    if (mpz_sgn(r->form.lo) == 0) {
        struct chain plain = *r;

        plain.keys = false;
        mpz_neg(big, q->x.lo);
        if (mpz_cmp(big, q->x.hi) < 0)
            mpz_set(big, q->x.hi);
        mpz_add_ui(big, big, 1);
        q->lift[0] = claim(L, chain_map(L, &plain, "some", is_positive, NULL), 0, 1);
        q->lift[0] = tc_form_scale(f, tc_form_sub(f, tc_form_si(f, 1), q->lift[0]), big);
    }
    quotient_reach(n, c, r, &lo, &hi);
    return quotient_gates(n, q, lo, hi, n->gain.tensor && !n->gain.plane);
}

/* ------------------------------------------------------------- gains that are inputs */

static struct steps times_gain(struct norm *n, struct ratio *q)
{
    struct lowering *L = n->L;
    struct word gain = norm_word(n, &n->gain), w[2];
    struct chain y;

    if (gain.raw) { /* a chain a column, for fewer bits at all tokens */
        y = norm_chain(n, gain, "gain.steps");
        gain = word_of_chain(L, &y, 0);
    }
    if (L->options->level == TC_LEVEL_2 && (double)q->n * word_bits(&gain) < (1 << 20))
        return steps_shift(L, ratio_times(q, &gain), L->fraction);
    y = ratio_chain(q);
    w[0] = word_of_chain(L, &y, 0);
    w[1] = gain;
    return steps_shift(L, product(L, "gain.and", 2, w, NULL, "bits of y times bits of the gain"),
                       L->fraction + product_shift(2, w));
}

static struct stream scaled(struct norm *n, struct ratio *q)
{
    static const char *const note = "times the gain", *const sum = "times the gain, plus the bias";
    struct lowering *L = n->L;
    struct steps s = times_gain(n, q);
    struct word bias;
    struct chain c;

    if (!n->bias.tensor)
        return stream_of_steps(L, s, "scaled", note, &n->in);
    bias = norm_word(n, &n->bias);
    if (L->options->level == TC_LEVEL_2 && L->bits <= NORM_PAIR_BITS) {
        c = norm_chain(n, bias, "bias.steps");
        c = chain_of_two(L, s, &c, NULL, plus_value, L, "shifted", sum);
        return stream_of_chain(L, c, &n->in);
    }
    c = chain_new(L, s, "scaled", "T_round", NULL, note);
    return stream_of_steps(L, steps_shift(L, tc_form_add(L->family, c.form, bias.value), 0),
                           "shifted", sum, &n->in);
}

struct stream norm_op(struct norm *n)
{
    struct lowering *L = n->L;
    struct chain c, r;
    struct ratio q;

    c = n->block->norm.kind == TC_NORM_LAYER ? centre(n) : *stream_chain(L, &n->in);
    r = deviation(n, &c);
    if (!quotients(n, &q, &c, &r))
        return n->in;
    return n->gain.plane ? scaled(n, &q) : stream_of_chain(L, ratio_chain(&q), &n->in);
}
