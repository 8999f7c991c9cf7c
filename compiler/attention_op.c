/* attention_op.c -- attention of any order and kind, every operation rounded
 *
 * The order of operations is SPEC.md's.  Each product is a layer of ANDs and a
 * layer of thresholds; each sum is free and its saturation is one layer, into
 * which the scaling, exp and the reciprocal go as functions of the same form.
 * Multiplication by a constant is a function of a rounded value: no gate.
 *
 * At -O2 a rounding and the product that reads it are one layer where the
 * other factor's bits are ready (product_gated), three layers less.
 */
#include "attention.h"
#include "float.h"

#include <assert.h>
#include <string.h>

/* steps_sum of a sum over tokens that is never negative, with a step for every
 * value that it takes at some n: how many tokens there are must not decide
 * whether there are steps at all. */
static struct steps saturated_row(struct lowering *L, struct tc_form x)
{
    struct tc_form every = x;
    struct steps s;

    if (mpz_sgn(x.lo) > 0)
        every.lo = tc_mpz(L->family->arena);
    s = steps_sum(L, every);
    s.form = x;
    return s;
}

/* ------------------------------------------------------------- projections */

/* The saturated sum of rounded products, over token i and the column. */
static struct chain projected(struct lowering *L, const struct head *a, unsigned m,
                              struct stream *in)
{
    struct tc_family *f = L->family;
    struct tc_form sum = tc_form_subst(f, matrix_rounded(L, &a->weight[m], in), in->token,
                                       tc_axis_of(f->arena, a->token[0]));
    struct steps s = steps_sum(L, sum);

    if (m <= a->keys && !a->pair)
        s = feature(L, a, s);
    return chain_new(L, s, tc_sprintf(f->arena, "%s.sum", a->weight[m].letter), "T_round", NULL,
                     "projection: the sum of a row's products");
}

/* ---------------------------------------------------------------- rotation */

#define MOST_TURNS ((int64_t)1 << 22)

/* Tables of round(entry * value) for a chain of floats: at its first value, and its
 * steps, for every position that the axis reaches, which becomes their index; and the
 * range of the products.  (Where entries are less than half of the least number, a
 * product may never come near the largest.) */
static bool turn_tables(struct lowering *L, const struct head *a, const struct chain *c, bool sine,
                        struct tc_axis *position, const struct tc_table **low,
                        const struct tc_table **step, mpz_ptr least, mpz_ptr most)
{
    struct tc_family *f = L->family;
    int64_t first, last, pairs = a->pair->extent, extent[3], cell = 0;
    int64_t length = c->n ? c->n : 1;
    mpz_ptr *base, *steps, lo, hi;

    tc_axis_range(position, &first, &last);
    if (last - first >= MOST_TURNS / length / pairs)
        return tc_fail(L->err, TC_ELIMIT, (struct tc_loc){.file = L->spec->file},
                       "rotations in a float format with rounding op are tabled: %lld positions "
                       "of %lld pairs and %lld values are more than 2^22 entries",
                       (long long)(last - first + 1), (long long)pairs, (long long)length);
    extent[0] = last - first + 1;
    extent[1] = pairs;
    extent[2] = length;
    position->at.constant -= first;
    base = numbers_new((size_t)(extent[0] * pairs));
    steps = numbers_new((size_t)(extent[0] * pairs * length));
    lo = tc_mpz(f->arena);
    hi = tc_mpz(f->arena);
    for (int64_t p = first; p <= last; p++)
        for (int64_t l = 0; l < pairs; l++, cell++) {
            int64_t entry =
                rope_float_key(L->format, a->att->base, a->att->head_width.value, p, l, sine);

            mpz_set_ui(lo, 0);
            mpz_set_ui(hi, 0);
            constant_product(L, entry, c, base[cell], steps + cell * length, lo, hi);
            if (cell == 0 || mpz_cmp(lo, least) < 0)
                mpz_set(least, lo);
            if (cell == 0 || mpz_cmp(hi, most) > 0)
                mpz_set(most, hi);
        }
    *low = tc_table_dense_mpz(f, sine ? "sin.low" : "cos.low", 2, extent, base);
    *step = tc_table_dense_mpz(f, sine ? "sin.step" : "cos.step", 3, extent, steps);
    numbers_free(base, (size_t)(extent[0] * pairs));
    numbers_free(steps, (size_t)(extent[0] * pairs * length));
    return true;
}

/* round(entry * value) of a chain, the entry at a position and a->pair: a form
 * over the chain's gates at another token, with steps of the product for weights */
static struct tc_form turned_part(struct lowering *L, const struct head *a, const struct chain *c,
                                  const struct tc_index *token, const char *part,
                                  struct tc_axis position)
{
    struct tc_family *f = L->family;
    bool table = is_float(L);
    const struct tc_table *low = NULL, *step = NULL;
    mpz_ptr least = tc_mpz(f->arena), most = tc_mpz(f->arena);
    struct tc_axis at[3] = {position, tc_axis_of(f->arena, a->pair), tc_axis_const(c->value[0])};
    struct tc_form x;

    if (table) {
        if (!turn_tables(L, a, c, part[0] == 's', &at[0], &low, &step, least, most))
            return tc_form_si(f, 0);
    } else {
        low = rope_table(L, a, &tc_rope_product, part);
        number_of(L, false, least_value(L), least);
        number_of(L, false, largest_value(L), most);
    }
    if (!low)
        return tc_form_si(f, 0);
    x = tc_form_table(f, low, at);
    if (c->n) {
        struct tc_form gates = wire_of(L, c->plane);

        at[2] = tc_axis_const(table ? 0 : c->value[0] + 1);
        if (c->plane->chain)
            at[2] = tc_axis_plus(f->arena, at[2], 1, c->plane->chain);
        if (!table) {
            assert(c->value[c->n] - c->value[0] == c->n); /* consecutive */
            step = rope_table(L, a, &tc_rope_step, part);
        }
        gates = tc_form_subst(f, gates, a->token[0], tc_axis_of(f->arena, token));
        gates = tc_form_times(f, gates, step, at);
        if (c->plane->chain)
            gates = tc_form_sum(f, gates, 1, &c->plane->chain, 0, NULL);
        x = tc_form_add(f, x, gates);
    }
    return tc_form_range(f, x, least, most);
}

/* A chain at a token, turned.  Its coordinates are columns of matrix m or a->r. */
static struct chain turned(struct lowering *L, const struct head *a, unsigned m,
                           const struct chain *c, const struct tc_index *token,
                           struct tc_axis position, const char *name, const struct guards *guards)
{
    struct tc_family *f = L->family;
    struct tc_axis r = tc_axis_of(f->arena, a->r);
    struct tc_form same, other;

    if (a->entries) {
        same = rope_rounded(L, a, m, c, token, position, name, guards);
        return chain_new(L, feature(L, a, steps_sum(L, same)), name, "T_round", guards,
                         "rotated by its position");
    }
    same = turned_part(L, a, c, token, "cos", position);
    other = turned_part(L, a, c, token, "sin", position);
    same = tc_form_subst(f, same, a->weight[m].column, head_column(L, a, m, true, false));
    other = tc_form_subst(f, other, a->weight[m].column, head_column(L, a, m, true, true));
    /* where the coordinate is r itself, the other one of the pair is 1 - r */
    if (c->plane) {
        bool own = false;

        for (unsigned k = 0; k < c->plane->naxis; k++)
            own = own || c->plane->axis[k] == a->r;
        if (own)
            other =
                tc_form_subst(f, other, a->r, tc_axis_plus(f->arena, tc_axis_const(1), -1, a->r));
    }
    other = tc_form_times(f, other, sine_sign(L), &r);
    return chain_new(L, feature(L, a, steps_sum(L, tc_form_add(f, same, other))), name, "T_round",
                     guards, "rotated by its position");
}

/* ------------------------------------------------------------------ scores */

/* k1 k2 as complex numbers: two sums of two rounded products */
static struct chain complex_product(struct lowering *L, const struct head *a, struct word x,
                                    struct word y, const char *name)
{
    struct tc_family *f = L->family;
    struct tc_index *r1 = tc_index_new(f, "r1", 2, NULL), *r2 = tc_index_new(f, "r2", 2, NULL);
    struct tc_axis r = tc_axis_of(f->arena, a->r);
    struct tc_form same, other;
    struct steps s;
    struct chain c;

    x = word_at_index(L, x, a->r, r1);
    y = word_at_index(L, y, a->r, r2);
    s = rounded_product(L, tc_sprintf(f->arena, "%s.part", name), &x, &y, &a->guards,
                        "bits of k1 times bits of k2: real and imaginary parts");
    c = chain_new(L, s, tc_sprintf(f->arena, "%s.part", name), "T_round", &a->guards, "rounded");
    /* part r: x_0 y_r and, with the sign - + at r = 0, 1, x_1 y_(1-r) */
    same = tc_form_subst(f, tc_form_subst(f, c.form, r1, tc_axis_const(0)), r2, r);
    other = tc_form_subst(f, c.form, r1, tc_axis_const(1));
    other = tc_form_subst(f, other, r2, tc_axis_plus(f->arena, tc_axis_const(1), -1, a->r));
    other = tc_form_times(f, other, sine_sign(L), &r);
    return chain_new(L, steps_sum(L, tc_form_add(f, same, other)), name, "T_round", &a->guards,
                     "real and imaginary part of the keys' product");
}

/* letter and 1, .., n: of the first n keys' or values' product */
static const char *product_name(struct lowering *L, char letter, unsigned n)
{
    return tc_sprintf(L->family->arena, "%c%.*s", letter, (int)n, "123456789");
}

/* The exact sum of q's rounded products with the keys' product. */
static struct tc_form score(struct lowering *L, const struct head *a, const struct chain *proj)
{
    struct tc_family *f = L->family;
    enum tc_rope mode = a->att->rope;
    struct word q, k[TC_MOST_KEYS];
    const struct tc_index *over[2] = {a->dot, NULL};
    unsigned keys = a->keys;
    struct steps s = {0};
    struct chain c = {0};
    bool lazy = false; /* the keys' product is s, not yet c */

    if (a->pair) {
        over[0] = a->pair;
        over[1] = a->r;
    }
    for (unsigned m = 0; m <= keys; m++) {
        bool turns = mode == TC_ROPE_EACH || mode == TC_ROPE_COMPLEX;
        struct word w;

        if (turns) {
            int64_t rate = mode == TC_ROPE_COMPLEX && m == 0 ? (int64_t)keys : 1;
            struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const(0), rate, a->token[0]);
            struct chain t = turned(L, a, m, &proj[m], a->token[0], at, a->weight[m].letter, NULL);

            w = word_of_chain(L, &t, 0);
        } else if (mode == TC_ROPE_QUERY2 && m == 1) {
            struct chain t = turned(L, a, m, &proj[m], a->token[1], offset_position(L, a),
                                    a->weight[m].letter, &a->guards);

            k[0] = word_of_chain(L, &t, 0);
            continue;
        } else {
            w = word_of_chain(L, &proj[m], 0);
            w = word_at(L, w, a->weight[m].column, head_column(L, a, m, true, false));
        }
        if (m == 0)
            q = w;
        else
            k[m - 1] = word_at_index(L, w, a->token[0], a->token[m]);
    }
    for (unsigned m = 1; m < keys; m++) {
        const char *before = product_name(L, 'k', m), *name = product_name(L, 'k', m + 1);

        if (mode == TC_ROPE_COMPLEX) {
            c = complex_product(L, a, k[m - 1], k[m], name);
            k[m] = word_of_chain(L, &c, 0);
        } else {
            s = lazy ? rounded_times(L, before, s, name, &k[m], &a->guards,
                                     "the keys' product, times the next")
                     : rounded_product(L, name, &k[m - 1], &k[m], &a->guards,
                                       "bits of k1 times bits of k2");
            lazy = true;
        }
    }
    if (mode == TC_ROPE_FLAT) {
        c = chain_new(L, s, product_name(L, 'k', keys), "T_round", &a->guards,
                      "the keys' product, rounded");
        c = turned(L, a, 1, &c, a->token[0], offset_position(L, a), "k.turned", &a->guards);
        k[keys - 1] = word_of_chain(L, &c, 0);
        lazy = false;
    }
    s = lazy ? rounded_times(L, product_name(L, 'k', keys), s, "qk", &q, &a->guards,
                             "the keys' product times bits of q")
             : rounded_product(L, "qk", &q, &k[keys - 1], &a->guards,
                               "bits of q times bits of the keys' product");
    c = chain_new(L, s, "qk", "T_round", &a->guards, "rounded products of the score");
    return sum_over(L, c.form, a->pair ? 2 : 1, over, NULL);
}

/* The values' product of a tuple, rounded after each factor. */
static struct word values(struct lowering *L, const struct head *a, const struct chain *proj)
{
    unsigned keys = a->keys;
    struct word v = {0};

    for (unsigned m = 0; m < keys; m++) {
        struct word w = word_of_chain(L, &proj[1 + keys + m], value_bits(L, a));

        w = word_at(L, w, a->weight[1 + keys + m].column,
                    head_column(L, a, 1 + keys + m, false, false));
        w = word_at_index(L, w, a->token[0], a->token[m + 1]);
        if (m == 0) {
            v = w;
        } else {
            const char *name = product_name(L, 'v', m + 1);
            struct chain c = chain_new(
                L, rounded_product(L, name, &v, &w, &a->guards, "bits of v1 times bits of v2"),
                name, "T_round", &a->guards, "the values' product, rounded");

            v = word_of_chain(L, &c, value_bits(L, a));
        }
    }
    return v;
}

/* The rounded sum of rounded products of weights and values; hard weights are 0 or 1, and
 * their products exact. */
static struct steps weighted(struct lowering *L, const struct head *a, const struct weights *w,
                             const struct word *v)
{
    const char *note = "weights times values";
    struct tc_form x;

    if (a->att->kind == TC_AVERAGE_HARD) {
        x = weights_times(L, a, w, "av", 1, v, note);
    } else {
        struct steps s;

        if (L->options->level == TC_LEVEL_2 || w->score) {
            s = steps_shift(L, weights_times(L, a, w, "av.and", 1, v, note), L->fraction);
        } else {
            struct word bits = word_of_chain(L, &w->gates, 0);

            s = rounded_product(L, "av", &bits, v, &a->guards, note);
        }
        x = chain_new(L, s, "av", "T_round", &a->guards, "weights times values, rounded").form;
    }
    return steps_sum(L, sum_over(L, x, a->keys, a->token + 1, &a->guards));
}

/* the row's rounded sum by an exact number of tuples */
static struct chain mean(struct lowering *L, struct steps s, struct tc_form count)
{
    struct chain c = chain_new(L, s, "sum", "T_round", NULL, "the row's sum, rounded");
    int64_t lo, hi;

    quotient_range(L, c.form.lo, c.form.hi, 0, true, &lo, &hi);
    return quotient(L, c.form, count, 0, 0, lo, hi);
}

struct stream attention_op(struct lowering *L, struct head *a, const struct stream *in)
{
    struct tc_family *f = L->family;
    const char *path = L->component;
    unsigned keys = a->keys;
    enum tc_attention_kind kind = a->att->kind;
    struct chain proj[1 + 2 * TC_MOST_KEYS], d;
    struct stream rows = *in;
    struct weights w;
    struct tc_form sum, total;
    struct word v, r;
    struct steps s;

    L->component = tc_sprintf(f->arena, "%s.projections", path);
    for (unsigned m = 0; m < 1 + 2 * keys; m++)
        proj[m] = projected(L, a, m, &rows);

    L->component = tc_sprintf(f->arena, "%s.scores", path);
    sum = score(L, a, proj);

    L->component = tc_sprintf(f->arena, "%s.weights", path);
    s = score_steps(L, a, sum, 0);
    if (kind == TC_UNIQUE_HARD) {
        L->component = tc_sprintf(f->arena, "%s.values", path);
        v = values(L, a, proj);
        L->component = tc_sprintf(f->arena, "%s.weights", path);
        return head_first(L, a, s, &v);
    }
    w = weights_of(L, a, s);
    weights_make(L, a, &w);
    total = weights_total(L, a, &w);
    if (kind != TC_AVERAGE_HARD && kind != TC_UNNORMALIZED) {
        d = chain_new(L,
                      steps_applied(L, saturated_row(L, total), recip_value, L, "row", NULL,
                                    "the row's sum, rounded"),
                      "d", "T_recip", NULL, "reciprocal of the row's rounded sum");
        r = word_of_chain(L, &d, 0);
    }

    L->component = tc_sprintf(f->arena, "%s.values", path);
    v = values(L, a, proj);
    s = weighted(L, a, &w, &v);

    L->component = tc_sprintf(f->arena, "%s.quotient", path);
    if (kind == TC_AVERAGE_HARD || kind == TC_UNNORMALIZED)
        return head_chain(L, a, mean(L, s, total));
    s = rounded_times(L, "sum", s, "y", &r, NULL, "the row's sum times the reciprocal");
    return head_chain(L, a, chain_new(L, s, "y", "T_round", NULL, "the result, rounded"));
}
