/* attention_layer.c -- softmax attention that rounds weights and results alone
 *
 * q, the keys and the values are sums over rows of products x w, and the score a
 * sum of products of q and the keys: exact, so a sum over as many rows as there
 * are factors.  The table of layers, weights as inputs:
 *
 *   -O2, depth 4                            -O1, often
 *   1  ANDs of bits of X, W_Q, X, W_K1 ..   ANDs of bits of X and W
 *   2  thresholds of exp, where bits of     carries: bits of q, k1, .. v1, ..
 *      the values' products x w are set
 *   3  quotient                             ANDs of bits of q, k1, ..
 *   4  output bits                          exp, where bits of the values are set
 *   5                                       quotient
 *   6                                       output bits
 *
 * Where a layer more saves most gates at -O1, `plan_new` finds by counting.
 * CONSTRUCTIONS.md, "Attention, one rounding a layer", has the counts.
 */
#include "layer.h"

#include <math.h>
#include <mpfr.h>

struct plan {
    enum shape score, value;
    bool apart; /* exp has a layer of its own, its bits are ANDed in the next */
};

/* -------------------------------------------------------------------- plan */

/* SUMS weighs each wire of a sum in a table, constant weights in each column */
#define MOST_WIRES ((int64_t)1 << 16)

/* what the choice goes by: all of the format and the widths, nothing of n */
struct sizes {
    double positions, rows, columns, heads, parts;
    double x, w, product, chain, sum; /* bits of words; gates of a product's chain */
    double exp, weight;               /* gates of exp, bits of its value */
    unsigned keys;
    bool constant, chains, sums;
};

static double power(double x, unsigned n)
{
    return n ? x * power(x, n - 1) : 1;
}

/* word of a row's bit pattern: x of the stream, w of the format */
static struct word weight_word(const struct lowering *L, const struct tc_table *weight,
                               const struct tc_index *a)
{
    int64_t half = (int64_t)1 << (L->bits - 1);

    return (struct word){.a = a, .weight = weight, .lo = -half, .hi = half - 1};
}

/* ANDs that one coordinate's product takes: rotations mix the parts of pairs */
static double parts_of(const struct head *a)
{
    switch (a->att->rope) {
    case TC_ROPE_EACH:
    case TC_ROPE_COMPLEX:
        return power(2, a->keys);
    case TC_ROPE_FLAT:
    case TC_ROPE_QUERY2:
        return 2;
    default:
        return 1;
    }
}

static struct sizes sizes_of(struct lowering *L, const struct head *a, const struct stream *in)
{
    struct tc_index *bit = tc_index_new(L->family, "a", L->bits, NULL);
    struct word w = weight_word(L, powers(L, L->bits, true), bit);
    const struct word *x = &in->word;
    int64_t c[4] = {x->lo * w.lo, x->lo * w.hi, x->hi * w.lo, x->hi * w.hi}, lo = 0, hi = 0;
    int64_t rows = a->weight[0].tensor->size[0].value, wires;
    struct sizes s = {.positions = power(2, L->bits / 2),
                      .rows = (double)rows,
                      .heads = (double)a->att->heads.value,
                      .parts = parts_of(a),
                      .x = word_bits(x),
                      .w = L->bits,
                      .exp = power(2, L->bits - 1) - 1,
                      .weight = L->bits - 1,
                      .keys = a->keys,
                      .constant = !a->weight[0].plane};

    for (int k = 0; k < 4; k++) {
        lo = c[k] < lo ? c[k] : lo;
        hi = c[k] > hi ? c[k] : hi;
    }
    s.columns = s.heads * (double)a->att->head_width.value;
    s.chain = (double)product_chain_cost(x, &w);
    s.chains = !s.constant && s.chain > 0;
    s.product = least_bits(lo, hi);
    wires = word_bits(x) * (s.constant ? a->weight[0].tensor->size[1].value : L->bits);
    s.sums = rows <= MOST_WIRES / wires;
    s.sum = s.sums ? least_bits(lo * rows, hi * rows) : 0;
    return s;
}

/* layers from x and w to the words of a shape */
static unsigned shape_depth(const struct sizes *s, enum shape shape)
{
    return shape == SUMS && s->constant ? 1 : shape;
}

static unsigned plan_depth(const struct sizes *s, const struct plan *p)
{
    unsigned score = 1 + shape_depth(s, p->score) + p->apart, value = shape_depth(s, p->value);

    return (score > value ? score : value) + 3;
}

/* bits of words that a sum over rows is multiplied on by */
static double shape_bits(const struct sizes *s, enum shape shape)
{
    double bits = s->constant ? s->x : s->x * s->w;

    return shape == BITS ? s->rows * bits : shape == PRODUCTS ? s->rows * s->product : s->sum;
}

static double plan_gates(const struct sizes *s, const struct plan *p)
{
    double tuples = power(s->positions, s->keys + 1), a = p->apart ? s->weight : s->exp;
    double score = power(shape_bits(s, p->score), s->keys + 1);
    double value = power(shape_bits(s, p->value), s->keys);
    double words = s->positions * s->columns * s->rows; /* made by chains, ANDs and carries */
    double sums = s->constant ? s->x * s->sum / 2 : 2 * s->x * s->w;
    double making[3] = {0, words * s->chain, words * sums};

    /* constant weights are in no word of x alone: one product serves all columns */
    score *= s->constant && p->score == BITS ? 1 : s->columns * s->parts;
    value *= s->constant && p->value == BITS ? s->heads : s->columns;
    return tuples * (score + a * value + s->heads * s->exp) + (s->keys + 1) * making[p->score] +
           s->keys * making[p->value];
}

static bool possible(const struct sizes *s, const struct plan *p)
{
    bool chains = p->score == PRODUCTS || p->value == PRODUCTS;
    bool sums = p->score == SUMS || p->value == SUMS;

    return (s->chains || !chains) && (s->sums || !sums);
}

/* what a deeper plan may take at most, as in `cheapest` */
static double worth_a_layer(enum tc_level level, double gates)
{
    if (level == TC_LEVEL_SIZE)
        return gates;
    return gates - 4096 < 0.51 * gates ? gates - 4096 : 0.51 * gates;
}

/* The fewest gates at the least depth; below -O2 then deeper, step by step, where
 * that saves half of the gates and thousands of them. */
static struct plan plan_new(struct lowering *L, const struct head *a, const struct stream *in)
{
    enum tc_level level = (enum tc_level)L->options->level;
    struct sizes s = sizes_of(L, a, in);
    struct plan best = {BITS, BITS, false};
    double least = INFINITY;

    for (unsigned depth = 4; depth <= (level == TC_LEVEL_2 ? 4 : 7); depth++) {
        double need = depth == 4 ? least : worth_a_layer(level, least);

        for (unsigned k = 0; k < 18; k++) {
            struct plan p = {(enum shape)(k % 3), (enum shape)(k / 3 % 3), k >= 9};
            double gates = plan_gates(&s, &p);

            if (plan_depth(&s, &p) == depth && possible(&s, &p) && gates < need) {
                need = least = gates;
                best = p;
            }
        }
    }
    return best;
}

/* ------------------------------------------------------------------- score */

/* product of q and the keys: q at part[0] of its pair, key m at part[m] */
static struct tc_form score_product(struct lowering *L, struct head *a, const struct stream *in,
                                    enum shape shape, const struct tc_index *const *part)
{
    struct tc_arena *arena = L->family->arena;
    struct factor v[1 + TC_MOST_KEYS];
    struct word w[TC_MOST_WORDS];
    const char *path = L->component;
    struct tc_form x;
    unsigned n;

    L->component = tc_sprintf(arena, "%s.projections", path);
    for (unsigned m = 0; m <= a->keys; m++) {
        struct tc_axis column = head_column(L, a, m, true, false);

        v[m] = factor_new(L, a, in, m, shape, a->pair ? axis_at(L, column, a->r, part[m]) : column);
    }
    L->component = tc_sprintf(arena, "%s.scores", path);
    n = factor_words(1 + a->keys, v, w);
    x = product(L, "s.and", n, w, &a->guards,
                v[0].table   ? "bits of X at the query and at the keys"
                : v[0].n > 1 ? "bits of X and W for q and each key"
                             : "bits of the exact q, k1, ...");
    L->component = path;
    return over_rows(L, x, 1 + a->keys, v, tc_mpz_si(arena, 1), tc_mpz_si(arena, 1));
}

/* x, in which index `part` says which coordinate of a pair is read, turned: `same`
 * and `other` are what it becomes, sign[..] that of the sine */
static struct tc_form turned(struct lowering *L, const struct head *a, struct tc_form x,
                             const struct tc_index *part, struct tc_axis same, struct tc_axis other,
                             const struct tc_table *sign, struct tc_axis sign_at,
                             struct tc_axis position)
{
    struct tc_family *f = L->family;
    struct tc_axis at[2] = {position, tc_axis_of(f->arena, a->pair)};
    struct tc_form s = tc_form_subst(f, x, part, same), o = tc_form_subst(f, x, part, other);

    s = tc_form_times(f, s, rope_table(L, a, &tc_rope, "cos"), at);
    o = tc_form_times(f, o, rope_table(L, a, &tc_rope, "sin"), at);
    return tc_form_add(f, s, tc_form_times(f, o, sign, &sign_at));
}

/* to row r of the pair */
static struct tc_form turned_to(struct lowering *L, const struct head *a, struct tc_form x,
                                const struct tc_index *part, const struct tc_index *r,
                                struct tc_axis position)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis same = tc_axis_of(arena, r);
    struct tc_axis other = tc_axis_plus(arena, tc_axis_const(1), -1, r);

    return turned(L, a, x, part, same, other, sine_sign(L), same, position);
}

/* q and each key turned by its own position, coordinate by coordinate */
static struct tc_form score_each(struct lowering *L, struct head *a, const struct stream *in,
                                 enum shape shape)
{
    struct tc_family *f = L->family;
    const struct tc_index *part[1 + TC_MOST_KEYS], *over[2] = {a->pair, a->r};
    struct tc_form x;

    for (unsigned m = 0; m <= a->keys; m++)
        part[m] = tc_index_new(f, tc_sprintf(f->arena, "r%u", m), 2, NULL);
    x = score_product(L, a, in, shape, part);
    for (unsigned m = 0; m <= a->keys; m++)
        x = turned_to(L, a, x, part[m], a->r, tc_axis_of(f->arena, a->token[m]));
    return sum_over(L, x, 2, over, NULL);
}

/* Re sum q conj(k1 k2 ...), as dot_complex in attention.c has it, of turned q and keys */
static struct tc_form score_complex(struct lowering *L, struct head *a, const struct stream *in,
                                    enum shape shape)
{
    static const int64_t even[TC_MOST_ORDER] = {0, 1, 0, 1, 0, 1, 0, 1};
    static const int64_t odd[TC_MOST_ORDER] = {1, 0, 1, 0, 1, 0, 1, 0};
    static const int64_t sine[TC_MOST_ORDER] = {-1, 1, -1, 1, -1, 1, -1, 1};
    static const int64_t conjugate[TC_MOST_ORDER] = {1, 1, -1, -1, 1, 1, -1, -1};
    struct tc_family *f = L->family;
    const struct tc_index *part[1 + TC_MOST_KEYS], *over[1 + TC_MOST_KEYS] = {a->pair};
    struct tc_axis parts = tc_axis_const(0), same = parts, other = parts, position = parts;
    struct tc_form x;

    for (unsigned m = 0; m <= a->keys; m++)
        part[m] = tc_index_new(f, tc_sprintf(f->arena, "r%u", m), 2, NULL);
    x = score_product(L, a, in, shape, part);
    for (unsigned m = 1; m <= a->keys; m++) {
        over[m] = tc_index_new(f, tc_sprintf(f->arena, "u%u", m), 2, NULL);
        x = turned_to(L, a, x, part[m], over[m], tc_axis_of(f->arena, a->token[m]));
        parts = tc_axis_plus(f->arena, parts, 1, over[m]);
    }
    same.via = table_of(L, "parity", a->keys + 1, even);
    other.via = table_of(L, "parity", a->keys + 1, odd);
    same.arg = other.arg = parts.at;
    position = tc_axis_plus(f->arena, position, a->keys, a->token[0]);
    x = turned(L, a, x, part[0], same, other, table_of(L, "sign", a->keys + 1, sine), parts,
               position);
    x = tc_form_times(f, x, table_of(L, "conjugate", a->keys + 1, conjugate), &parts);
    return sum_over(L, x, 1 + a->keys, over, NULL);
}

/* the keys' product, or the first key, turned by an offset */
static struct tc_form score_offset(struct lowering *L, struct head *a, const struct stream *in,
                                   enum shape shape)
{
    struct tc_family *f = L->family;
    struct tc_index *first = tc_index_new(f, "r'", 2, NULL);
    const struct tc_index *part[1 + TC_MOST_KEYS], *over[2] = {a->pair, a->r};
    struct tc_form x;

    for (unsigned m = 0; m <= a->keys; m++)
        part[m] = m == 1 || (m && a->att->rope == TC_ROPE_FLAT) ? first : a->r;
    x = score_product(L, a, in, shape, part);
    x = turned_to(L, a, x, first, a->r, offset_position(L, a));
    return sum_over(L, x, 2, over, NULL);
}

/* the exact score, at 2^-*unit */
static struct tc_form score_of(struct lowering *L, struct head *a, const struct stream *in,
                               enum shape shape, unsigned *unit)
{
    enum tc_rope rope = a->att->rope;

    *unit = 2 * (a->keys + 1) * L->fraction;
    if (rope == TC_ROPE_NONE)
        return sum_over(L, score_product(L, a, in, shape, NULL), 1, &a->dot, NULL);
    if (rope == TC_ROPE_FLAT || rope == TC_ROPE_QUERY2) {
        *unit += L->fraction;
        return score_offset(L, a, in, shape);
    }
    *unit += (a->keys + 1) * L->fraction;
    return rope == TC_ROPE_COMPLEX && a->keys > 1 ? score_complex(L, a, in, shape)
                                                  : score_each(L, a, in, shape);
}

/* --------------------------------------------------------------------- exp */

/* x = [lo, hi] times a positive number within [plo, phi], outward */
static void times_positive(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr plo, mpfr_srcptr phi)
{
    mpfr_mul(lo, lo, mpfr_sgn(lo) < 0 ? phi : plo, MPFR_RNDD);
    mpfr_mul(hi, hi, mpfr_sgn(hi) < 0 ? plo : phi, MPFR_RNDU);
}

/* lo <= y <= hi, y = ln((2r - 1) / 2^(fraction + 1)) 2^unit divide / multiply, or the
 * root of divide; r > 0 */
static void enclose_threshold(mpfr_ptr lo, mpfr_ptr hi, int64_t r, unsigned fraction, unsigned unit,
                              const struct tc_scale *scale, mpq_srcptr multiply)
{
    mpfr_t plo, phi;

    mpfr_init2(plo, mpfr_get_prec(lo));
    mpfr_init2(phi, mpfr_get_prec(lo));
    mpfr_set_ui_2exp(lo, (unsigned long)(2 * r - 1), -(mpfr_exp_t)fraction - 1, MPFR_RNDN);
    mpfr_log(hi, lo, MPFR_RNDU); /* of an exact argument */
    mpfr_log(lo, lo, MPFR_RNDD);
    mpfr_mul_2ui(lo, lo, unit, MPFR_RNDD);
    mpfr_mul_2ui(hi, hi, unit, MPFR_RNDU);
    mpfr_div_q(lo, lo, multiply, MPFR_RNDD);
    mpfr_div_q(hi, hi, multiply, MPFR_RNDU);
    mpfr_set_q(plo, scale->divide, MPFR_RNDD);
    mpfr_set_q(phi, scale->divide, MPFR_RNDU);
    if (scale->root) {
        mpfr_sqrt(plo, plo, MPFR_RNDD);
        mpfr_sqrt(phi, phi, MPFR_RNDU);
    }
    times_positive(lo, hi, plo, phi);
    mpfr_clears(plo, phi, (mpfr_ptr)0);
}

/* The least integer S with round(2^fraction exp(S 2^-unit multiply / divide)) >= r > 0,
 * not saturated.  exp of S = 0 is 1 and no tie, that of any other algebraic number
 * transcendental, so exp passes r - 1/2 strictly between two integers: floor(y) + 1,
 * y irrational, and enough digits tell the floor (Ziv). */
static void exp_threshold(mpz_ptr at, int64_t r, unsigned fraction, unsigned unit,
                          const struct tc_scale *scale, mpq_srcptr multiply)
{
    bool decided = false;
    mpz_t other;

    mpz_init(other);
    for (mpfr_prec_t precision = 128; !decided; precision *= 2) {
        mpfr_t lo, hi;

        mpfr_init2(lo, precision);
        mpfr_init2(hi, precision);
        enclose_threshold(lo, hi, r, fraction, unit, scale, multiply);
        mpfr_get_z(at, lo, MPFR_RNDD);
        mpfr_get_z(other, hi, MPFR_RNDD);
        decided = mpz_cmp(at, other) == 0;
        mpfr_clears(lo, hi, (mpfr_ptr)0);
    }
    mpz_add_ui(at, at, 1);
    mpz_clear(other);
}

/* exp of the scaled score, rounded, as steps of the exact score */
static struct steps exp_steps(struct lowering *L, const struct tc_scale *scale,
                              struct tc_form score, unsigned unit)
{
    struct tc_arena *arena = L->family->arena;
    int64_t most = ((int64_t)1 << (L->bits - 1)) - 1;
    mpq_ptr multiply = tc_mpq(arena);
    mpz_ptr at = tc_mpz(arena);
    struct steps s = {.form = score};

    mpq_abs(multiply, scale->multiply);
    if (mpq_sgn(multiply) == 0) { /* exp 0 */
        s.form = tc_form_si(L->family, 0);
        mpq_set_ui(multiply, 1, 1);
    }
    if (mpq_sgn(scale->multiply) < 0)
        s.form = tc_form_scale_si(L->family, score, -1);
    s.at = tc_alloc(arena, (size_t)most, sizeof *s.at);
    s.value = tc_alloc(arena, (size_t)most + 1, sizeof *s.value);
    for (int64_t r = 1; r <= most; r++) {
        exp_threshold(at, r, L->fraction, unit, scale, multiply);
        if (mpz_cmp(at, s.form.hi) > 0)
            break;
        if (mpz_cmp(at, s.form.lo) > 0 && !(s.n && mpz_cmp(at, s.at[s.n - 1]) == 0))
            s.at[s.n++] = tc_mpz_copy(arena, at);
        s.value[s.n] = r;
    }
    return s;
}

/* ------------------------------------------------------------------- block */

/* sum over the keys of a v1 v2 ..., and the range of v1 v2 ... */
static struct tc_form weighted_values(struct lowering *L, struct head *a, const struct stream *in,
                                      const struct plan *plan, struct steps weight,
                                      const struct chain *e, mpz_ptr lo, mpz_ptr hi)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis column = head_column(L, a, 0, false, false);
    struct factor v[TC_MOST_KEYS];
    struct word w[1 + TC_MOST_WORDS];
    mpz_ptr l = tc_mpz_copy(arena, e->form.lo), h = tc_mpz_copy(arena, e->form.hi);
    const char *path = L->component;
    struct tc_form x;
    unsigned n;

    L->component = tc_sprintf(arena, "%s.projections", path);
    for (unsigned k = 0; k < a->keys; k++) {
        v[k] = factor_new(L, a, in, a->keys + 1 + k, plan->value, column);
        if (k == 0) {
            mpz_set(lo, v[0].lo);
            mpz_set(hi, v[0].hi);
        } else {
            range_times(L, lo, hi, v[k].lo, v[k].hi);
        }
    }
    n = factor_words(a->keys, v, w + 1);
    L->component = tc_sprintf(arena, "%s.values", path);
    if (plan->apart) {
        w[0] = word_of_chain(L, e, 0);
        x = product(L, "av.and", n + 1, w, &a->guards, "bits of the weight times bits of values");
    } else {
        x = product_gated(L, "av", weight, n, w + 1, &a->guards,
                          "exp of the score, where the values' bits are set");
    }
    x = over_rows(L, x, a->keys, v, l, h);
    L->component = path;
    return sum_over(L, x, a->keys, a->token + 1, &a->guards);
}

struct chain attention_layer(struct lowering *L, struct head *a, const struct stream *in)
{
    struct tc_family *f = L->family;
    const char *path = L->component;
    struct plan plan = plan_new(L, a, in);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    unsigned unit, shift = (2 * a->keys - 1) * L->fraction;
    struct tc_form score = score_of(L, a, in, plan.score, &unit), total, sum;
    struct steps weight = exp_steps(L, &a->att->scale, score, unit);
    int64_t least, most;
    struct chain e;

    L->component = tc_sprintf(f->arena, "%s.weights", path);
    e = chain_new(L, weight, "a", "T_exp", &a->guards, "exp of the exact score, rounded");
    total = sum_over(L, e.form, a->keys, a->token + 1, &a->guards);
    /* a query sees at least one tuple of keys: the first, if no other */
    if (a->guards.n)
        total = tc_form_range(f, total, e.form.lo, total.hi);

    L->component = path;
    sum = weighted_values(L, a, in, &plan, weight, &e, lo, hi);
    L->component = tc_sprintf(f->arena, "%s.quotient", path);
    quotient_range(L, lo, hi, shift, mpz_sgn(total.lo) <= 0, &least, &most);
    return quotient(L, sum, total, 0, shift, least, most);
}
