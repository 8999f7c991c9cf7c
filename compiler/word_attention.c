/* word_attention.c -- attention on words: projections, scores, weights, values
 *
 * SPEC.md, "Rounding op" and "Kinds", line by line: every step is an operation at each point of
 * query, keys, head and coordinate.  Tuples that a query does not see have words 0.
 */
#include "carries.h"
#include "far.h"

#include <assert.h>

struct wide_head {
    struct lowering *L;
    struct head head;
    const struct tc_block *block;
    const struct tc_attention *att;
    unsigned keys;
    const struct tc_index *const *key; /* of the tuple */
    bool by_block;                     /* one rounding a unit: SPEC.md, "Rounding block" */
};

/* Indices that exact products of floats of many exponents are to be summed over yet; else none. */
struct unsummed {
    unsigned n;
    const struct tc_index *over[TC_MOST_OVER];
};

static struct tc_arena *arena_of(const struct wide_head *w)
{
    return w->L->family->arena;
}

/* ------------------------------------------------------------------------- projections */

/* coordinate of matrix m at a token, of the rows; its columns are those of the head */
static struct number projected(struct wide_head *w, unsigned m, const struct rows *in, bool score)
{
    const struct matrix *x = &w->head.weight[m];
    struct tc_axis column = head_column(w->L, &w->head, m, score, false);
    struct rows y = words_linear(w->L, x->letter, in, w->block->tensor + m, false, x->column, 0);

    return w->L->err->kind ? y.x : number_at(w->L, y.x, x->column, column);
}

/* the same of scores, not rounded */
static struct number projected_exactly(struct wide_head *w, unsigned m, const struct rows *in,
                                       struct unsummed *sum)
{
    struct lowering *L = w->L;
    const struct matrix *x = &w->head.weight[m];
    struct tc_axis at[2] = {tc_axis_of(arena_of(w), in->coord), tc_axis_of(arena_of(w), x->column)};
    struct number y;

    if (L->err->kind)
        return in->x;
    if (words_are_long(L))
        sum->over[sum->n++] = in->coord;
    y = words_exact_dot(L, x->letter, in->x, words_weight(L, w->block->tensor + m, at), !sum->n,
                        &in->coord);
    return number_at(L, y, x->column, head_column(L, &w->head, m, true, false));
}

static struct number at_key(struct wide_head *w, struct number x, unsigned k)
{
    return number_at(w->L, x, w->head.token[0], tc_axis_of(arena_of(w), w->head.token[k]));
}

/* -------------------------------------------------------------------------- rotations */

/* the complex product of pairs over r: (x0 u0 - x1 u1, x0 u1 + x1 u0) */
static struct number turned(struct wide_head *w, const char *name, struct number x, struct number u)
{
    struct lowering *L = w->L;
    const struct tc_index *r = w->head.r;
    struct tc_axis zero = tc_axis_const(0), one = tc_axis_const(1);
    struct tc_axis other = tc_axis_plus(arena_of(w), one, -1, r);
    struct number p[2], y[2];

    if (L->err->kind)
        return x;
    p[0] = words_binary(L, tc_sprintf(arena_of(w), "%s.first", name), TC_OP_MUL,
                        number_at(L, x, r, zero), u);
    p[1] = words_binary(L, tc_sprintf(arena_of(w), "%s.second", name), TC_OP_MUL,
                        number_at(L, x, r, one), number_at(L, u, r, other));
    if (L->err->kind)
        return x;
    y[0] = words_binary(L, tc_sprintf(arena_of(w), "%s.re", name), TC_OP_SUB,
                        number_at(L, p[0], r, zero), number_at(L, p[1], r, zero));
    y[1] = words_binary(L, tc_sprintf(arena_of(w), "%s.im", name), TC_OP_ADD,
                        number_at(L, p[0], r, one), number_at(L, p[1], r, one));
    return L->err->kind ? x : words_chosen(L, 2, y, r);
}

/* a part of that, exactly (bits 0), or R of it in units of 2^-fraction of the format's */
static struct number turned_part(struct wide_head *w, const char *name, int sign, unsigned bits,
                                 unsigned fraction, const struct number *x, const struct number *u)
{
    struct lowering *L = w->L;
    struct exact e = {.name = name, .bits = bits};

    if (bits)
        e.divide = power_of_two(L, fraction);
    words_term(L, &e, NULL, &x[0], &u[0], 0, NULL);
    words_term(L, &e, tc_mpz_si(arena_of(w), sign), &x[1], &u[1], 0, NULL);
    return words_exactly(L, &e);
}

/* the same of floats of many exponents, both parts */
static struct number turned_far(struct wide_head *w, const char *name, struct number x,
                                struct number u, unsigned bits, unsigned fraction,
                                struct unsummed *sum)
{
    struct exact e = {.name = name, .bits = bits, .divide = power_of_two(w->L, fraction)};

    x = words_long_turn(w->L, tc_sprintf(arena_of(w), "%s.product", name), x, u, w->head.r,
                        &sum->over[sum->n++]);
    if (!bits || w->L->err->kind)
        return x;
    words_term(w->L, &e, NULL, &x, NULL, sum->n, sum->over);
    sum->n = 0;
    return words_exactly(w->L, &e);
}

/* the complex product of exact numbers; exactly or rounded, as a part of it */
static struct number turned_exactly(struct wide_head *w, const char *name, struct number x,
                                    struct number u, unsigned bits, unsigned fraction,
                                    struct unsummed *sum)
{
    struct lowering *L = w->L;
    const struct tc_index *r = w->head.r;
    struct number p[2], v[2], other[2], y[2];

    if (L->err->kind)
        return x;
    if (words_are_long(L))
        return turned_far(w, name, x, u, bits, fraction, sum);
    for (unsigned k = 0; k < 2; k++) {
        p[k] = number_at(L, x, r, tc_axis_const(k));
        v[k] = number_at(L, u, r, tc_axis_const(k));
        other[k] = number_at(L, u, r, tc_axis_const(1 - k));
    }
    y[0] = turned_part(w, tc_sprintf(arena_of(w), "%s.re", name), -1, bits, fraction, p, v);
    y[1] = turned_part(w, tc_sprintf(arena_of(w), "%s.im", name), 1, bits, fraction, p, other);
    if (L->err->kind)
        return x;
    for (unsigned k = 0; k < 2; k++) /* a sum's range is not quite symmetric */
        y[k] = number_widened(L, y[k], y[1 - k].a->extent);
    return words_chosen(L, 2, y, r);
}

/* q (m = 0) or a key, turned where its own position turns it; at its token */
static struct number factor(struct wide_head *w, unsigned m, const struct rows *in)
{
    bool turns = w->att->rope == TC_ROPE_EACH || w->att->rope == TC_ROPE_COMPLEX;
    struct unsummed sum = {0};
    struct number x =
        w->by_block && turns ? projected_exactly(w, m, in, &sum) : projected(w, m, in, true);
    int64_t n = w->L->spec->length.value, rate = 1;
    struct tc_axis position = tc_axis_const(0);
    const char *name = tc_sprintf(arena_of(w), "%s.turned", w->head.weight[m].letter);

    if (turns) {
        if (!m && w->att->rope == TC_ROPE_COMPLEX)
            rate = w->keys;
        position = tc_axis_plus(arena_of(w), position, rate, w->head.token[0]);
        if (w->by_block) /* projection and entries have the format's fraction each */
            x = turned_exactly(
                w, name, x,
                words_entries(w->L, w->block, &w->head, name, 0, rate * (n - 1) + 1, position),
                w->L->bits, 2 * w->L->fraction, &sum);
        else
            x = turned(
                w, name, x,
                words_entries(w->L, w->block, &w->head, name, 0, rate * (n - 1) + 1, position));
    }
    if (w->att->kind == TC_LINEAR_ATTENTION)
        x = words_activation(w->L, tc_sprintf(arena_of(w), "%s.relu", w->head.weight[m].letter),
                             TC_RELU, x);
    return m && !w->L->err->kind ? at_key(w, x, m) : x;
}

/* ------------------------------------------------------------------------------ scores */

/* what the modes flat and query2 turn by: positions of keys less the query's */
static struct number offset_entries(struct wide_head *w)
{
    struct tc_axis at = offset_position(w->L, &w->head);
    int64_t first, last;

    tc_axis_range(&at, &first, &last);
    return words_entries(w->L, w->block, &w->head, "offset", first, last - first + 1, at);
}

/* the product of the keys, exactly: in units of 2^-(keys F), and the rotation's of F more */
static struct number keys_exactly(struct wide_head *w, const struct number *k, struct unsummed *sum)
{
    struct lowering *L = w->L;
    struct number x = k[0];

    if (w->att->rope == TC_ROPE_QUERY2)
        x = turned_exactly(w, "k1.turned", x, offset_entries(w), 0, 0, sum);
    for (unsigned m = 1; m < w->keys && !L->err->kind; m++) {
        const char *name = tc_sprintf(arena_of(w), "k.%u", m);

        x = w->att->rope == TC_ROPE_COMPLEX ? turned_exactly(w, name, x, k[m], 0, 0, sum)
                                            : words_exact_dot(L, name, x, k[m], 0, NULL);
    }
    if (w->att->rope == TC_ROPE_FLAT)
        x = turned_exactly(w, "k.turned", x, offset_entries(w), 0, 0, sum);
    return x;
}

/* the product of the keys */
static struct number keys_together(struct wide_head *w, const struct number *k,
                                   struct unsummed *sum)
{
    struct lowering *L = w->L;
    struct number x = k[0];

    if (w->by_block)
        return keys_exactly(w, k, sum);
    if (w->att->rope == TC_ROPE_QUERY2)
        x = turned(w, "k1.turned", x, offset_entries(w));
    for (unsigned m = 1; m < w->keys && !L->err->kind; m++) {
        const char *name = tc_sprintf(arena_of(w), "k.%u", m);

        x = w->att->rope == TC_ROPE_COMPLEX ? turned(w, name, x, k[m])
                                            : words_binary(L, name, TC_OP_MUL, x, k[m]);
    }
    if (w->att->rope == TC_ROPE_FLAT)
        x = turned(w, "k.turned", x, offset_entries(w));
    return x;
}

static struct number score(struct wide_head *w, struct number q, const struct number *key)
{
    struct lowering *L = w->L;
    bool pairs = w->head.pair, plain = w->att->kind == TC_LINEAR_ATTENTION;
    bool turns = w->att->rope == TC_ROPE_FLAT || w->att->rope == TC_ROPE_QUERY2;
    struct unsummed sum = {1 + pairs, {pairs ? w->head.pair : w->head.dot, w->head.r}};
    struct number k = keys_together(w, key, &sum);
    struct number bias[TC_MOST_KEYS], s;
    unsigned nbias = plain ? 0 : words_bias(L, &w->head, bias, w->block->loc);

    if (w->by_block)
        return words_read(L, "s",
                          words_scored(L, "s", q, k, sum.n, sum.over,
                                       (w->keys + turns) * L->fraction,
                                       plain ? NULL : &w->att->scale, nbias, bias));
    s = words_binary(L, "s.product", TC_OP_MUL, q, k);
    s = words_sum(L, "s.sum", s, sum.n, sum.over, 0);
    if (plain)
        return s;
    s = words_scaled(L, "s", s, &w->att->scale);
    return words_biased(L, s, nbias, bias);
}

/* ------------------------------------------------------------------------------ tuples */

/* 1 where the query sees the tuple */
static struct tc_form seen(struct wide_head *w)
{
    return tc_form_sum(w->L->family, tc_form_si(w->L->family, 1), 0, NULL, w->head.guards.n,
                       w->head.guards.guard);
}

/* words of tuples that are seen, 0 for the others: no gates where there is one key */
static struct number only_seen(struct wide_head *w, const char *name, struct number x)
{
    struct tc_family *f = w->L->family;
    const struct guards *g = &w->head.guards;
    struct tc_form mask;

    if (w->L->err->kind || !g->n)
        return x;
    if (w->keys > 1) {
        mask = seen(w);
        return number_masked(w->L, w->L->format, &x, 1, &mask, name,
                             "0 of tuples that are not seen");
    }
    x.bit = tc_form_sum(f, x.bit, 0, NULL, g->n, g->guard);
    if (x.apart)
        x.sign = tc_form_sum(f, x.sign, 0, NULL, g->n, g->guard);
    return x;
}

/* the same of what is said of infinities and NaN beside numbers that are rounded by blocks */
static struct number only_seen_beyond(struct wide_head *w, const char *name, struct number x,
                                      struct tc_form more)
{
    struct tc_family *f = w->L->family;
    const struct guards *g = &w->head.guards;

    if (w->L->err->kind || !is_float(w->L))
        return x;
    x.beyond = tc_form_add(f, words_beyond(w->L, name, &x), more);
    x.beyond = g->n ? tc_form_sum(f, x.beyond, 0, NULL, g->n, g->guard) : x.beyond;
    x.flagged = true;
    return x;
}

/* the word of the least number */
static uint64_t least_word(const struct lowering *L)
{
    int64_t above = L->bits; /* the least number is above -2^above */
    mpq_t q;
    uint64_t word;

    if (L->format->kind == TC_FLOAT)
        above = L->format->low + L->format->top + L->format->p;
    mpq_init(q);
    mpq_set_si(q, -1, 1);
    mpq_mul_2exp(q, q, above > 0 ? (mp_bitcnt_t)above : 0);
    word = tc_format_round(L->format, q, NULL);
    mpq_clear(q);
    return word;
}

/* the largest score of the tuples that are seen: of the others the least number stands there */
static struct number largest(struct wide_head *w, struct number s)
{
    struct lowering *L = w->L;
    struct tc_family *f = L->family;
    const struct tc_index *a;
    struct tc_form x, least;
    struct number low;
    uint64_t word;

    if (L->err->kind)
        return s;
    if (w->head.guards.n) {
        a = tc_index_new(f, "a", tc_format_width(L->format), NULL);
        word = least_word(L);
        low = number_table(L, L->format, "least", 0, NULL, &word, NULL);
        least = tc_form_subst(f, low.bit, low.a, tc_axis_of(f->arena, a));
        x = tc_form_add(f, number_bits(L, L->format, &s, a), seen(w));
        x = tc_form_add(f, x, tc_form_scale_si(f, least, 2));
        least = tc_form_sum(f, least, 0, NULL, w->head.guards.n, w->head.guards.guard);
        x = tc_form_sub(f, x, tc_form_scale_si(f, least, 2));
        s = number_gates(L, x, a, 2, "s.seen", "the least number for tuples that are not seen");
    }
    return words_largest(L, "largest", s, w->keys, w->key);
}

/* one gate a tuple: it is seen and has the largest score */
static struct tc_form is_largest(struct wide_head *w, struct number s)
{
    struct lowering *L = w->L;
    struct tc_family *f = L->family;
    struct number e = words_binary(L, "equal", TC_OP_EQ, s, largest(w, s));

    if (L->err->kind || !w->head.guards.n)
        return e.bit;
    return wire_of(L, &tc_bank_new(f, name_of(L, "chosen"), tc_form_add(f, e.bit, seen(w)), NULL,
                                   tc_form_si(f, 2), true, 0, NULL, L->component,
                                   "seen, and with the largest score")
                           ->plane);
}

/* of them the first: no tuple before it is one */
static struct tc_form is_first(struct wide_head *w, struct tc_form e)
{
    struct lowering *L = w->L;
    struct tc_family *f = L->family;
    struct tc_form x = e;

    for (unsigned m = 0; m < w->keys; m++) { /* those that differ in key m first */
        struct tc_form before = e;
        const struct tc_index *other[TC_MOST_KEYS];
        unsigned n = 0;
        struct tc_guard less;

        for (unsigned k = m; k < w->keys; k++) {
            other[n] = tc_index_new(f, "j'", w->key[k]->extent, w->key[k]->size);
            before = tc_form_subst(f, before, w->key[k], tc_axis_of(f->arena, other[n]));
            n++;
        }
        less = tc_guard_le(f->arena, other[0], w->key[m]);
        less.expr.at.constant--;
        x = tc_form_sub(f, x, tc_form_sum(f, before, n, other, 1, &less));
    }
    return wire_of(L, &tc_bank_new(f, name_of(L, "first"), x, NULL, tc_form_si(f, 1), true, 0, NULL,
                                   L->component, "the first of those with the largest score")
                           ->plane);
}

/* ------------------------------------------------------------------------------- values */

static int64_t tuples(const struct wide_head *w)
{
    int64_t n = 1;

    for (unsigned k = 0; k < w->keys; k++)
        if (__builtin_mul_overflow(n, w->L->spec->length.value, &n))
            return INT64_MAX;
    return n;
}

/* how many tuples a query sees, as a word over it */
static struct number count_seen(struct wide_head *w, const struct tc_format *integers)
{
    struct lowering *L = w->L;
    int64_t n = L->spec->length.value;
    uint64_t *word = tc_alloc(arena_of(w), (size_t)n, sizeof *word);
    struct tc_axis at = tc_axis_of(arena_of(w), w->head.token[0]);
    mpq_t count;

    mpq_init(count);
    for (int64_t i = 0; i < n; i++) {
        int64_t one = w->att->mask == TC_MASK_NONE            ? n
                      : w->att->mask == TC_MASK_STRICT_CAUSAL ? i
                                                              : i + 1;

        if (w->att->mask == TC_MASK_WINDOW && one > w->att->span)
            one = w->att->span;
        mpz_set_si(mpq_numref(count), one);
        mpz_pow_ui(mpq_numref(count), mpq_numref(count), w->keys);
        word[i] = tc_format_round(integers, count, NULL);
    }
    mpq_clear(count);
    return number_table(L, integers, "seen", 1, &n, word, &at);
}

/* the number of tuples with the largest score, as a word */
static struct number count_chosen(struct wide_head *w, struct tc_form e,
                                  const struct tc_format *integers)
{
    struct lowering *L = w->L;
    struct operation o = {.name = "count", .component = L->component, .op = TC_OP_SUM};
    struct number one;
    uint64_t word;
    mpq_t q;

    mpq_init(q);
    mpq_set_ui(q, 1, 1);
    word = tc_format_round(integers, q, NULL);
    mpq_clear(q);
    one = number_table(L, integers, "one", 0, NULL, &word, NULL);
    one = number_masked(L, integers, &one, 1, &e, "one",
                        "1 for each of those with the largest score");
    for (unsigned k = 0; k < w->keys; k++) {
        if (w->key[k]->extent > 1)
            o.over[o.nover++] = w->key[k];
        else
            one = number_at(L, one, w->key[k], tc_axis_const(0));
    }
    o.operand[0] = one;
    return o.nover ? words_in(L, integers, o) : one;
}

/* the same of floats of many exponents */
static struct number weighted_far(struct wide_head *w, struct number a, struct number v)
{
    struct lowering *L = w->L;
    struct tc_format integers = words_integers(L, tuples(w));
    struct far_sum sum = {.name = "numerator"}, d = {.name = "divisor"};
    bool counted = w->att->kind == TC_UNNORMALIZED;
    struct number x = far_of(L, "numerator.a", a), y;

    y = words_product(L, "numerator.av", x, v);
    far_term(&sum, &y, false, w->keys, w->key);
    if (counted)
        x = far_of(L, d.name, number_integer(L, count_seen(w, &integers)));
    far_term(&d, &x, false, counted ? 0 : w->keys, w->key);
    L->component = tc_sprintf(arena_of(w), "%s.quotient", w->block->path);
    return far_quotient(L, "y", &sum, &d, (w->keys - !counted) * L->fraction);
}

/* a weight for each tuple: R(sum a v / sum a), or by how many there are */
static struct number weighted_exactly(struct wide_head *w, struct number a, struct number v)
{
    struct lowering *L = w->L;
    const char *path = L->component;
    struct tc_format integers = words_integers(L, tuples(w));
    struct exact e = {.name = "divisor"};
    struct number sum, d;

    if (words_are_long(L))
        return weighted_far(w, a, v);
    L->component = tc_sprintf(arena_of(w), "%s.values", w->block->path);
    sum = words_exact_dot(L, "numerator", a, v, w->keys, w->key);
    L->component = path;
    if (L->err->kind)
        return a;
    if (w->att->kind == TC_UNNORMALIZED) {
        d = count_seen(w, &integers);
    } else {
        words_term(L, &e, NULL, &a, NULL, w->keys, w->key);
        d = words_exactly(L, &e);
    }
    L->component = tc_sprintf(arena_of(w), "%s.quotient", w->block->path);
    return words_quotient(L, "y", sum, d,
                          (w->keys - (w->att->kind != TC_UNNORMALIZED)) * L->fraction);
}

/* a weight for each tuple: N = R(sum R(a v)) by what the kind says */
static struct number weighted(struct wide_head *w, struct number a, struct number v)
{
    struct lowering *L = w->L;
    const char *path = L->component;
    struct tc_format integers;
    struct number d, r, sum;

    a = only_seen(w, "a.seen", a);
    if (w->by_block)
        return weighted_exactly(w, a, only_seen_beyond(w, "v", v, tc_form_si(L->family, 0)));
    L->component = tc_sprintf(arena_of(w), "%s.values", w->block->path);
    sum = words_binary(L, "av", TC_OP_MUL, a, v);
    sum = words_sum(L, "numerator", sum, w->keys, w->key, 0);
    L->component = path;
    if (w->att->kind == TC_UNNORMALIZED) {
        integers = words_integers(L, tuples(w));
        return L->err->kind ? sum : words_mean(L, "y", sum, count_seen(w, &integers), &integers);
    }
    d = words_sum(L, "divisor", a, w->keys, w->key, 0);
    r = words_inverse(L, "inverse", d);
    L->component = tc_sprintf(arena_of(w), "%s.quotient", w->block->path);
    return words_binary(L, "y", TC_OP_MUL, r, sum);
}

/* R(sum x / count), count NULL: 1, of floats of many exponents that are chosen */
static struct number mean_far(struct wide_head *w, struct number x, const struct number *count)
{
    struct far_sum sum = {.name = "y"}, d = {.name = "divisor"};
    int64_t down = (w->keys - 1) * w->L->fraction;
    struct number y;

    far_term(&sum, &x, false, w->keys, w->key);
    if (!count)
        return far_rounded(w->L, &sum, down);
    sum.name = "numerator";
    y = far_of(w->L, d.name, number_integer(w->L, *count));
    far_term(&d, &y, false, 0, NULL);
    return far_quotient(w->L, "y", &sum, &d, down);
}

/* R(sum x / count) of exact products of values */
static struct number mean_all(struct wide_head *w, struct number x, struct number count)
{
    struct exact e = {.name = "sum"};

    if (w->L->err->kind)
        return x;
    words_term(w->L, &e, NULL, &x, NULL, w->keys, w->key);
    return words_quotient(w->L, "y", words_exactly(w->L, &e), count,
                          (w->keys - 1) * w->L->fraction);
}

/* chosen values, which are no numbers where any of those that are seen, or their scores, is none */
static struct number of_all_seen(struct wide_head *w, struct number x, struct number v,
                                 struct number s)
{
    if (w->L->err->kind || !is_float(w->L))
        return x;
    v = only_seen_beyond(w, "v", v, words_beyond(w->L, "score", &s));
    x.exact = x.flagged = true;
    x.beyond = v.beyond;
    return x;
}

static struct number hard(struct wide_head *w, struct number s, struct number v)
{
    struct lowering *L = w->L;
    struct tc_family *f = L->family;
    struct tc_form e = is_largest(w, s);
    struct tc_format integers, format = *L->format;
    struct number x;

    if (L->err->kind)
        return v;
    if (w->att->kind == TC_UNIQUE_HARD)
        e = is_first(w, e);
    L->component = tc_sprintf(arena_of(w), "%s.values", w->block->path);
    if (w->by_block) {
        v = words_are_long(L) ? far_of(L, "chosen.v", v) : words_integer(L, "v", v);
        if (L->err->kind)
            return v;
        format = (struct tc_format){.kind = TC_FIXED, .bits = (unsigned)v.a->extent};
    }
    x = number_masked(L, &format, &v, 1, &e, "ev", "values of tuples with the largest score");
    if (w->by_block)
        x = of_all_seen(w, x, v, s);
    x.place = v.place;
    x.up = v.up;
    if (x.place && w->att->kind == TC_UNIQUE_HARD)
        return mean_far(w, x, NULL);
    if (w->att->kind == TC_UNIQUE_HARD) {
        x.bit = claim(L, tc_form_sum(f, x.bit, w->keys, w->key, 0, NULL), 0, 1);
        if (w->by_block && is_float(L))
            x.beyond = tc_form_sum(f, x.beyond, w->keys, w->key, 0, NULL);
        return w->by_block && (w->keys > 1 || is_float(L))
                   ? words_unit(L, "y", x, (w->keys - 1) * L->fraction)
                   : x;
    }
    integers = words_integers(L, tuples(w));
    if (w->by_block) {
        struct number count = count_chosen(w, e, &integers);

        return x.place ? mean_far(w, x, &count) : mean_all(w, x, count);
    }
    x = words_sum(L, "sum", x, w->keys, w->key, 0);
    return L->err->kind ? x : words_mean(L, "y", x, count_chosen(w, e, &integers), &integers);
}

static struct number values(struct wide_head *w, const struct rows *in)
{
    struct number v = {0};

    for (unsigned m = 0; m < w->keys && !w->L->err->kind; m++) {
        struct number x = projected(w, 1 + w->keys + m, in, false);

        if (w->L->err->kind)
            return x;
        x = at_key(w, x, 1 + m);
        if (!m)
            v = x;
        else if (w->by_block)
            v = words_exact_dot(w->L, tc_sprintf(arena_of(w), "v.%u", m), v, x, 0, NULL);
        else
            v = words_binary(w->L, tc_sprintf(arena_of(w), "v.%u", m), TC_OP_MUL, v, x);
    }
    return v;
}

/* the heads' results, free in the query, head and coordinate */
static struct number attend(struct wide_head *w, const struct rows *in)
{
    struct lowering *L = w->L;
    const char *path = w->block->path;
    struct number q, k[TC_MOST_KEYS], v, s;

    L->component = tc_sprintf(arena_of(w), "%s.projections", path);
    q = factor(w, 0, in);
    for (unsigned m = 0; m < w->keys; m++)
        k[m] = factor(w, 1 + m, in);
    v = values(w, in);
    if (L->err->kind)
        return q;
    L->component = tc_sprintf(arena_of(w), "%s.scores", path);
    if (w->att->kind == TC_CME)
        return words_cme(L, &w->head, q, k[0], v, w->block->loc);
    s = score(w, q, k);
    L->component = tc_sprintf(arena_of(w), "%s.weights", path);
    if (w->att->kind == TC_AVERAGE_HARD || w->att->kind == TC_UNIQUE_HARD)
        return hard(w, s, v);
    if (w->att->stable)
        s = words_binary(L, "s.below", TC_OP_SUB, s, largest(w, s));
    if (w->att->kind != TC_LINEAR_ATTENTION)
        s = words_exp(L, "a", s, w->block->loc);
    return weighted(w, s, v);
}

/* one coordinate over the columns of all heads */
static struct rows flat(struct wide_head *w, struct number y, const struct tc_index *column)
{
    struct lowering *L = w->L;
    struct tc_family *f = L->family;
    const struct tc_index *ix[3] = {w->head.g, w->head.h, w->head.c};
    int64_t below = 1;
    struct rows r = {.token = w->head.token[0], .coord = column, .x = y};

    for (unsigned k = 3; k-- > 0; below *= ix[k] ? ix[k]->extent : 1) {
        int64_t *place;
        struct tc_axis at = tc_axis_of(f->arena, column);

        if (!ix[k])
            continue;
        if (ix[k]->extent == column->extent) {
            r.x = number_at(L, r.x, ix[k], at);
            continue;
        }
        place = tc_alloc(f->arena, (size_t)column->extent, sizeof *place);
        for (int64_t c = 0; c < column->extent; c++)
            place[c] = c / below % ix[k]->extent;
        at = (struct tc_axis){.via = table_of(L, "place", (unsigned)column->extent, place),
                              .arg = at.at};
        r.x = number_at(L, r.x, ix[k], at);
    }
    return r;
}

struct rows words_attention(struct lowering *L, const struct tc_block *block, const struct rows *in)
{
    struct wide_head w = {
        .L = L, .block = block, .att = &block->attention, .by_block = words_by_block(L)};
    const struct tc_attention *att = w.att;
    struct rows y = *in, x = *in;
    const struct tc_index *out;

    if ((att->rope != TC_ROPE_NONE &&
         !base_fits(L, att->base, tc_sprintf(L->family->arena, "rope base '%.60s'", att->base_text),
                    block->loc)))
        return y;
    if (att->position.kind == TC_SINUSOIDAL || att->position.kind == TC_LEARNED) {
        L->component = tc_sprintf(L->family->arena, "%s.positions", block->path);
        x = words_position(L, &att->position, block->tensor + 2 * att->order - 1 + att->output, &x,
                           block->loc);
        L->component = block->path;
        if (L->err->kind)
            return y;
    }
    head_init(L, &w.head, block);
    if (!bias_fits(L, &w.head, block->loc))
        return y;
    w.keys = w.head.keys;
    w.key = w.head.token + 1;
    out = index_of(L, "c", &block->out);
    x.x = number_at(L, x.x, in->token, tc_axis_of(L->family->arena, w.head.token[0]));
    x.token = w.head.token[0];
    y.x = attend(&w, &x);
    if (L->err->kind)
        return y;
    y = flat(&w, y.x, w.head.weight[0].column);
    if (!att->output)
        return y;
    L->component = tc_sprintf(L->family->arena, "%s.output", block->path);
    return words_linear(L, "o", &y, block->tensor + 2 * att->order - 1, false, out, 0);
}
