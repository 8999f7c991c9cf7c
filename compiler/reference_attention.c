/* reference_attention.c -- attention with the roundings op and block
 *
 * SPEC.md, "Attention", in C: q, keys and values are numbers of the format; a score is
 * exact until it is rounded, and so is what the values come to.
 */
#include "reference.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_KEYS (TC_MOST_ORDER - 1)

struct attention {
    const struct tc_block *b;
    const struct tc_attention *a;
    unsigned nkey;                  /* order - 1 */
    int64_t n, columns, kv_columns; /* of q; of keys and values */
    mpz_t up, down;                 /* the scale is up / down; squared where a root */
    struct memo turns;              /* (position, 2 pair + 0 or 1): cos or sin */
    struct position position;
    struct element *rows; /* what is read, with positions added */
    struct element *q, *k[MAX_KEYS], *v[MAX_KEYS], *heads;
    struct dyadic *num; /* numerators, one a coordinate of a head */
    struct dyadic den, sum, re, im, spare, bias;
};

/* a query and a tuple of keys, of one head */
struct tuple {
    int64_t i, head, from, to, j[MAX_KEYS]; /* from <= keys < to */
    const struct element *q, *k[MAX_KEYS], *v[MAX_KEYS];
};

static bool is_hard(const struct tc_attention *a)
{
    return a->kind == TC_AVERAGE_HARD || a->kind == TC_UNIQUE_HARD;
}

/* ------------------------------------------------------------------- pairs */

static void turn_entries(struct evaluator *ev, struct attention *at, int64_t position, int64_t pair,
                         struct element value[2])
{
    const struct tc_attention *a = at->a;

    if (tc_ref_recall(&at->turns, position, 2 * pair, &value[0]) &&
        tc_ref_recall(&at->turns, position, 2 * pair + 1, &value[1]))
        return;
    (a->rope_computed ? tc_ref_turn_computed : tc_ref_turn)(
        &ev->round, a->base, a->head_width.value, position, pair, value);
    for (int c = 0; c < 2; c++)
        tc_ref_remember(&at->turns, position, 2 * pair + c, value[c]);
}

/* (re, im) times the complex number (u, w), which a rotation is too; exact */
static void times_exact(struct attention *at, struct element u, struct element w)
{
    struct dyadic *s = &at->spare, *t = &at->bias;

    tc_ref_copy(s, &at->re);
    tc_ref_multiply(s, w);
    tc_ref_copy(t, &at->im);
    tc_ref_multiply(t, tc_ref_negative(w));
    tc_ref_multiply(&at->re, u);
    tc_ref_add(&at->re, t);
    tc_ref_multiply(&at->im, u);
    tc_ref_add(&at->im, s);
}

/* the same, every product and every sum rounded */
static void times_rounded(struct rounder *r, struct element pair[2], struct element u,
                          struct element w)
{
    struct element re = tc_ref_sum(r, tc_ref_product(r, pair[0], u),
                                   tc_ref_negative(tc_ref_product(r, pair[1], w)));
    struct element im = tc_ref_sum(r, tc_ref_product(r, pair[0], w), tc_ref_product(r, pair[1], u));

    pair[0] = re;
    pair[1] = im;
}

/* ------------------------------------------------------------- projections */

/* a pair of columns, turned by the position */
static void project_pair(struct evaluator *ev, struct attention *at, const struct element *row,
                         const struct element *w, int64_t columns, int64_t position, int64_t pair,
                         struct element to[2])
{
    struct element cs[2];

    turn_entries(ev, at, position, pair, cs);
    tc_ref_dot(ev, &at->re, row, at->b->in.value, w, columns);
    tc_ref_dot(ev, &at->im, row, at->b->in.value, w + 1, columns);
    if (!ev->op)
        times_exact(at, cs[0], cs[1]);
    to[0] = tc_ref_round(&ev->round, &at->re);
    to[1] = tc_ref_round(&ev->round, &at->im);
    if (ev->op)
        times_rounded(&ev->round, to, cs[0], cs[1]);
}

/* out = X W, rounded; row i turned by position rate * i, unless rate is 0 */
static void project(struct evaluator *ev, struct attention *at, const struct element *x,
                    const struct element *w, int64_t columns, int64_t rate, struct element *out)
{
    int64_t width = at->b->in.value;

    for (int64_t i = 0; i < at->n; i++, x += width, out += columns) {
        if (!rate)
            tc_ref_linear(ev, x, width, w, NULL, columns, out);
        for (int64_t c = 0; rate && c < columns; c += 2)
            project_pair(ev, at, x, w + c, columns, rate * i, c % at->a->head_width.value / 2,
                         out + c);
    }
}

/* max(x, 0), what linear attention takes its scores of */
static void positive(struct element *x, int64_t count)
{
    for (int64_t e = 0; e < count; e++)
        if (tc_ref_special(x[e]))
            x[e] = tc_ref_nan();
        else if (x[e].m < 0)
            x[e] = (struct element){0, 0};
}

static void project_all(struct evaluator *ev, struct attention *at, const struct element *x)
{
    enum tc_rope rope = at->a->rope;
    bool turned = rope == TC_ROPE_EACH || rope == TC_ROPE_COMPLEX;
    int64_t rate = !turned ? 0 : rope == TC_ROPE_COMPLEX ? at->nkey : 1;
    struct element **weight = ev->weight + at->b->tensor;

    project(ev, at, x, weight[0], at->columns, rate, at->q);
    for (unsigned m = 0; m < at->nkey; m++) {
        project(ev, at, x, weight[1 + m], at->kv_columns, turned, at->k[m]);
        project(ev, at, x, weight[1 + at->nkey + m], at->kv_columns, 0, at->v[m]);
    }
    if (at->a->kind != TC_LINEAR_ATTENTION)
        return;
    positive(at->q, at->n * at->columns);
    for (unsigned m = 0; m < at->nkey; m++)
        positive(at->k[m], at->n * at->kv_columns);
}

/* ------------------------------------------------------------------ scores */

static bool by_offset(enum tc_rope rope)
{
    return rope == TC_ROPE_FLAT || rope == TC_ROPE_QUERY2;
}

static bool in_pairs(enum tc_rope rope)
{
    return by_offset(rope) || rope == TC_ROPE_COMPLEX;
}

/* entries that k1 (query2) or the product of the keys (flat) is turned by */
static void offset_entries(struct evaluator *ev, struct attention *at, const struct tuple *t,
                           int64_t pair, struct element cs[2])
{
    int64_t flat = 0;

    if (at->a->rope == TC_ROPE_QUERY2)
        flat = t->j[0];
    else
        for (unsigned m = at->nkey; m-- > 0;)
            flat = flat * at->n + t->j[m];
    turn_entries(ev, at, flat - t->i, pair, cs);
}

/* score in at->sum, exact; coordinates in pairs where they mix */
static void score_exact(struct evaluator *ev, struct attention *at, const struct tuple *t)
{
    enum tc_rope rope = at->a->rope;
    bool pairs = in_pairs(rope);

    tc_ref_set(&at->sum, (struct element){0, 0});
    for (int64_t c = 0; c < at->a->head_width.value; c += pairs ? 2 : 1) {
        struct element cs[2] = {{0, 0}, {0, 0}};

        if (by_offset(rope))
            offset_entries(ev, at, t, c / 2, cs);
        tc_ref_set(&at->re, t->k[0][c]);
        if (pairs)
            tc_ref_set(&at->im, t->k[0][c + 1]);
        if (rope == TC_ROPE_QUERY2)
            times_exact(at, cs[0], cs[1]);
        for (unsigned m = 1; m < at->nkey; m++) {
            if (rope == TC_ROPE_COMPLEX) {
                times_exact(at, t->k[m][c], t->k[m][c + 1]);
                continue;
            }
            tc_ref_multiply(&at->re, t->k[m][c]);
            if (pairs)
                tc_ref_multiply(&at->im, t->k[m][c + 1]);
        }
        if (rope == TC_ROPE_FLAT)
            times_exact(at, cs[0], cs[1]);
        tc_ref_multiply(&at->re, t->q[c]);
        tc_ref_add(&at->sum, &at->re);
        if (pairs) {
            tc_ref_multiply(&at->im, t->q[c + 1]);
            tc_ref_add(&at->sum, &at->im);
        }
    }
}

/* score in at->sum, every product rounded, then the sum */
static void score_rounded(struct evaluator *ev, struct attention *at, const struct tuple *t)
{
    struct rounder *r = &ev->round;
    enum tc_rope rope = at->a->rope;
    bool pairs = in_pairs(rope);

    tc_ref_set(&at->sum, (struct element){0, 0});
    for (int64_t c = 0; c < at->a->head_width.value; c += pairs ? 2 : 1) {
        struct element cs[2] = {{0, 0}, {0, 0}}, key[2] = {t->k[0][c], {0, 0}};

        if (pairs)
            key[1] = t->k[0][c + 1];
        if (by_offset(rope))
            offset_entries(ev, at, t, c / 2, cs);
        if (rope == TC_ROPE_QUERY2)
            times_rounded(r, key, cs[0], cs[1]);
        for (unsigned m = 1; m < at->nkey; m++) {
            if (rope == TC_ROPE_COMPLEX) {
                times_rounded(r, key, t->k[m][c], t->k[m][c + 1]);
                continue;
            }
            key[0] = tc_ref_product(r, key[0], t->k[m][c]);
            if (pairs)
                key[1] = tc_ref_product(r, key[1], t->k[m][c + 1]);
        }
        if (rope == TC_ROPE_FLAT)
            times_rounded(r, key, cs[0], cs[1]);
        tc_ref_add_element(r, &at->sum, tc_ref_product(r, t->q[c], key[0]));
        if (pairs)
            tc_ref_add_element(r, &at->sum, tc_ref_product(r, t->q[c + 1], key[1]));
    }
    tc_ref_set(&at->sum, tc_ref_round(r, &at->sum));
}

/* R(at->sum times the scale + at->bias) */
static struct element scaled(struct rounder *r, struct attention *at)
{
    struct dyadic *s = &at->spare;
    int sign = mpz_sgn(at->sum.m) * mpq_sgn(at->a->scale.multiply);

    if (at->sum.special || at->bias.special)
        return tc_ref_nan();
    s->special = false;
    if (at->a->scale.root) {
        mpz_mul(s->m, at->sum.m, at->sum.m);
        mpz_mul(s->m, s->m, at->up);
        return tc_ref_round_root(r, &at->bias, sign, s->m, at->down, 2 * at->sum.e);
    }
    mpz_mul(s->m, at->sum.m, at->up);
    s->e = at->sum.e;
    if (mpz_sgn(at->bias.m)) {
        mpz_mul(at->bias.m, at->bias.m, at->down);
        tc_ref_add(s, &at->bias);
    }
    return mpz_cmp_ui(at->down, 1) ? tc_ref_round_quotient(r, s->m, at->down, s->e)
                                   : tc_ref_round(r, s);
}

static void add_biases(struct evaluator *ev, struct attention *at, const struct tuple *t)
{
    for (unsigned m = 0; m < at->nkey; m++)
        tc_ref_add_element(&ev->round, &at->bias,
                           tc_ref_bias(ev, &at->position, t->i, t->j[m], t->head));
}

/* the rounded score, scaled and with its biases */
static struct element score(struct evaluator *ev, struct attention *at, const struct tuple *t)
{
    const struct element zero = {0, 0};
    struct element s;

    if (ev->op)
        score_rounded(ev, at, t);
    else
        score_exact(ev, at, t);
    tc_ref_set(&at->bias, zero);
    if (at->position.p->kind < TC_T5)
        return scaled(&ev->round, at);
    if (!ev->op) {
        add_biases(ev, at, t);
        return scaled(&ev->round, at);
    }
    s = scaled(&ev->round, at);
    tc_ref_set(&at->bias, s);
    add_biases(ev, at, t);
    return tc_ref_round(&ev->round, &at->bias);
}

/* --------------------------------------------------------------- attention */

/* the first tuple of those that the query sees; false if there is none */
static bool first_tuple(const struct attention *at, struct tuple *t, int64_t i, int64_t head)
{
    const struct tc_attention *a = at->a;

    *t = (struct tuple){.i = i, .head = head, .to = at->n};
    t->q = at->q + i * at->columns + head * a->head_width.value;
    if (a->mask != TC_MASK_NONE)
        t->to = a->mask == TC_MASK_STRICT_CAUSAL ? i : i + 1;
    if (a->mask == TC_MASK_WINDOW && i >= a->span)
        t->from = i - a->span + 1;
    for (unsigned m = 0; m < at->nkey; m++)
        t->j[m] = t->from;
    return t->from < t->to;
}

/* the next one in lexicographic order; false after the last */
static bool next_tuple(const struct attention *at, struct tuple *t)
{
    for (unsigned m = at->nkey; m-- > 0; t->j[m] = t->from)
        if (++t->j[m] < t->to)
            return true;
    return false;
}

static void point(const struct attention *at, struct tuple *t)
{
    int64_t group = at->a->heads.value / at->a->kv_heads.value;
    int64_t column = t->head / group * at->a->head_width.value;

    for (unsigned m = 0; m < at->nkey; m++) {
        t->k[m] = at->k[m] + t->j[m] * at->kv_columns + column;
        t->v[m] = at->v[m] + t->j[m] * at->kv_columns + column;
    }
}

/* adds weight times values to the numerators */
static void gather(struct evaluator *ev, struct attention *at, const struct tuple *t,
                   const struct element *weight)
{
    struct rounder *r = &ev->round;

    for (int64_t c = 0; c < at->a->head_width.value; c++) {
        struct element v = t->v[0][c];

        if (ev->op) {
            for (unsigned m = 1; m < at->nkey; m++)
                v = tc_ref_product(r, v, t->v[m][c]);
            tc_ref_add_element(r, &at->num[c], weight ? tc_ref_product(r, *weight, v) : v);
            continue;
        }
        tc_ref_set(&at->spare, v);
        for (unsigned m = 1; m < at->nkey; m++)
            tc_ref_multiply(&at->spare, t->v[m][c]);
        if (weight)
            tc_ref_multiply(&at->spare, *weight);
        tc_ref_add(&at->num[c], &at->spare);
    }
}

/* R(numerators / denominator), 0/0 = 0; in op of R(numerators) */
static void divide_exact(struct evaluator *ev, struct attention *at, struct element *out)
{
    for (int64_t c = 0; c < at->a->head_width.value; c++) {
        if (ev->op)
            tc_ref_set(&at->num[c], tc_ref_round(&ev->round, &at->num[c]));
        out[c] = (struct element){0, 0};
        if (at->num[c].special || at->den.special)
            out[c] = tc_ref_nan();
        else if (mpz_sgn(at->den.m))
            out[c] = tc_ref_round_quotient(&ev->round, at->num[c].m, at->den.m,
                                           at->num[c].e - at->den.e);
    }
}

/* the rounded numerators times the rounded inverse of the rounded denominator */
static void divide_rounded(struct evaluator *ev, struct attention *at, struct element *out)
{
    struct rounder *r = &ev->round;
    struct element sum = tc_ref_round(r, &at->den);
    struct element inverse = tc_ref_quotient(r, (struct element){1, 0}, sum);

    for (int64_t c = 0; c < at->a->head_width.value; c++)
        out[c] = tc_ref_product(r, inverse, tc_ref_round(r, &at->num[c]));
}

/* the largest score of those that the query sees */
static struct element largest_score(struct evaluator *ev, struct attention *at, struct tuple t)
{
    struct element most = {0, 0};
    bool first = true;

    do {
        struct element s;

        point(at, &t);
        s = score(ev, at, &t);
        if (tc_ref_special(s))
            return s;
        if (first || tc_ref_compare(&ev->round, s, most) > 0)
            most = s;
        first = false;
    } while (next_tuple(at, &t));
    return most;
}

/* Hard attention reads all scores and values: whether one is no number, or of a coordinate. */
static void read_all(struct evaluator *ev, struct attention *at, struct tuple t)
{
    do {
        point(at, &t);
        if (tc_ref_special(score(ev, at, &t)))
            at->den.special = true;
        for (int64_t c = 0; c < at->a->head_width.value; c++)
            for (unsigned m = 0; m < at->nkey; m++)
                if (tc_ref_special(t.v[m][c]))
                    at->num[c].special = true;
    } while (next_tuple(at, &t));
}

/* R(exp(R(s - m))), s - m rounded to -infinity being 0; of s or m that are no numbers NaN */
static struct element exp_below(struct evaluator *ev, struct element s, struct element most)
{
    struct element d = tc_ref_sum(&ev->round, s, tc_ref_negative(most));

    return tc_ref_special(d) && d.m ? (struct element){0, 0} : tc_ref_function(ev, REAL_EXP, d);
}

/* all tuples into numerators and denominator; most: the largest score, where it matters */
static void gather_all(struct evaluator *ev, struct attention *at, struct tuple t,
                       struct element most)
{
    const struct tc_attention *a = at->a;
    const struct element one = {1, 0};

    do {
        struct element s;

        point(at, &t);
        s = score(ev, at, &t);
        if (is_hard(a)) {
            if (!tc_ref_same(s, most))
                continue;
            gather(ev, at, &t, NULL);
            tc_ref_add_element(&ev->round, &at->den, one);
            if (a->kind == TC_UNIQUE_HARD)
                return;
            continue;
        }
        if (a->stable)
            s = exp_below(ev, s, most);
        else if (a->kind != TC_LINEAR_ATTENTION)
            s = tc_ref_function(ev, REAL_EXP, s);
        gather(ev, at, &t, &s);
        tc_ref_add_element(&ev->round, &at->den, a->kind == TC_UNNORMALIZED ? one : s);
    } while (next_tuple(at, &t));
}

static void attend(struct evaluator *ev, struct attention *at, int64_t i, int64_t head,
                   struct element *out)
{
    const struct tc_attention *a = at->a;
    const struct element zero = {0, 0};
    struct element most = zero;
    struct tuple t;

    tc_ref_set(&at->den, zero);
    for (int64_t c = 0; c < a->head_width.value; c++)
        tc_ref_set(&at->num[c], zero);
    if (first_tuple(at, &t, i, head)) {
        if (a->stable || is_hard(a))
            most = largest_score(ev, at, t);
        if (is_hard(a))
            read_all(ev, at, t);
        gather_all(ev, at, t, most);
    }
    if (ev->op && (a->kind == TC_SOFTMAX || a->kind == TC_LINEAR_ATTENTION))
        divide_rounded(ev, at, out);
    else
        divide_exact(ev, at, out);
}

void tc_ref_attention_run(struct evaluator *ev, struct attention *at, const struct element *x,
                          struct element *y)
{
    const struct tc_attention *a = at->a;
    struct element *heads = a->output ? at->heads : y;
    const struct element *w = a->output ? ev->weight[at->b->tensor + 1 + 2 * at->nkey] : NULL;

    if (at->rows) {
        tc_ref_position_rows(ev, &at->position, x, at->b->in.value, at->rows);
        x = at->rows;
    }
    project_all(ev, at, x);
    for (int64_t head = 0; a->kind == TC_CME && head < a->heads.value; head++) {
        int64_t c = head * a->head_width.value;

        tc_ref_cme(ev, at->b, head, at->q + c, at->k[0] + c, at->v[0] + c, heads + c);
    }
    for (int64_t head = 0; a->kind != TC_CME && head < a->heads.value; head++)
        for (int64_t i = 0; i < at->n; i++)
            attend(ev, at, i, head, heads + i * at->columns + head * a->head_width.value);
    for (int64_t i = 0; a->output && i < at->n; i++)
        tc_ref_linear(ev, heads + i * at->columns, at->columns, w, NULL, at->b->out.value,
                      y + i * at->b->out.value);
}

/* ----------------------------------------------------------------- context */

static bool check_rope(const struct tc_block *b, struct tc_error *err)
{
    const struct tc_attention *a = &b->attention;

    if (a->head_width.value % 2)
        return tc_fail(err, TC_ESPEC, b->loc, "head width %lld is odd, rope wants pairs",
                       (long long)a->head_width.value);
    if (mpq_sgn(a->base) <= 0)
        return tc_fail(err, TC_ESPEC, b->loc, "the base of rope is not positive");
    if (a->order == 2 && by_offset(a->rope))
        return tc_fail(err, TC_ESPEC, b->loc, "this mode of rope wants order 3 or more");
    if (a->kind == TC_LINEAR_ATTENTION && a->rope != TC_ROPE_EACH)
        return tc_fail(err, TC_ESPEC, b->loc,
                       "linear attention turns with rope of mode each alone");
    return true;
}

static bool check_kind(const struct tc_spec *spec, const struct tc_block *b, struct tc_error *err)
{
    const struct tc_attention *a = &b->attention;
    bool plain = a->kind == TC_SOFTMAX && !a->stable && !a->output && !a->rope_computed &&
                 a->position.kind == TC_POSITION_NONE && a->kv_heads.value == a->heads.value;

    if (spec->rounding == TC_LAYER && !plain)
        return tc_fail(err, TC_ESPEC, b->loc, "rounding=\"layer\" evaluates plain softmax alone");
    if (a->stable && a->kind != TC_SOFTMAX)
        return tc_fail(err, TC_ESPEC, b->loc, "stable is of softmax alone");
    if (a->kind == TC_LINEAR_ATTENTION &&
        (a->scale.root || mpq_cmp(a->scale.multiply, a->scale.divide) || a->position.kind >= TC_T5))
        return tc_fail(err, TC_ESPEC, b->loc, "linear attention has no scale and no bias");
    if (a->heads.value % a->kv_heads.value)
        return tc_fail(err, TC_ESPEC, b->loc, "%lld kv-heads do not divide %lld heads",
                       (long long)a->kv_heads.value, (long long)a->heads.value);
    if (a->mask == TC_MASK_WINDOW && a->span < 1)
        return tc_fail(err, TC_ESPEC, b->loc, "the window has no span");
    return true;
}

bool tc_ref_attention_check(const struct tc_spec *spec, const struct tc_block *b,
                            struct tc_error *err)
{
    const struct tc_attention *a = &b->attention;
    int64_t tuples = 1, columns;

    assert(a->order >= 2 && a->order <= MAX_KEYS + 1);
    assert(a->heads.value > 0 && a->head_width.value > 0 && a->kv_heads.value > 0);
    assert(mpq_sgn(a->scale.divide) > 0);
    for (unsigned m = 1; m < a->order; m++)
        if (__builtin_mul_overflow(tuples, spec->length.value, &tuples) || tuples > INT64_MAX / 4)
            return tc_fail(err, TC_ELIMIT, b->loc, "too many tuples of keys to evaluate");
    if (__builtin_mul_overflow(a->heads.value, a->head_width.value, &columns) ||
        __builtin_mul_overflow(columns, spec->length.value, &columns))
        return tc_fail(err, TC_ELIMIT, b->loc, "too many columns to evaluate");
    return check_kind(spec, b, err) && (a->rope == TC_ROPE_NONE || check_rope(b, err)) &&
           tc_ref_position_check(spec, b, &a->position, err);
}

static struct element *elements(int64_t count)
{
    return tc_xcalloc((size_t)count, sizeof(struct element));
}

static void scale_of(struct attention *at, const struct tc_scale *scale)
{
    mpz_init_set(at->up, mpq_numref(scale->multiply));
    mpz_init_set(at->down, mpq_denref(scale->multiply));
    if (scale->root) {
        mpz_mul(at->up, at->up, at->up);
        mpz_mul(at->down, at->down, at->down);
    }
    mpz_mul(at->up, at->up, mpq_denref(scale->divide));
    mpz_mul(at->down, at->down, mpq_numref(scale->divide));
}

struct attention *tc_ref_attention_new(const struct tc_spec *spec, const struct tc_block *b)
{
    struct attention *at = tc_xcalloc(1, sizeof *at);
    const struct tc_attention *a = &b->attention;

    at->b = b;
    at->a = a;
    at->nkey = a->order - 1;
    at->n = spec->length.value;
    at->columns = a->heads.value * a->head_width.value;
    at->kv_columns = a->kv_heads.value * a->head_width.value;
    at->position = (struct position){.p = &a->position,
                                     .tensor = b->tensor + 1 + 2 * at->nkey + a->output,
                                     .causal = a->mask != TC_MASK_NONE,
                                     .heads = a->heads.value};
    scale_of(at, &a->scale);
    if (a->position.kind == TC_SINUSOIDAL || a->position.kind == TC_LEARNED)
        at->rows = elements(at->n * b->in.value);
    at->q = elements(at->n * at->columns);
    at->heads = elements(a->output ? at->n * at->columns : 0);
    for (unsigned m = 0; m < at->nkey; m++) {
        at->k[m] = elements(at->n * at->kv_columns);
        at->v[m] = elements(at->n * at->kv_columns);
    }
    at->num = tc_xcalloc((size_t)a->head_width.value, sizeof *at->num);
    for (int64_t c = 0; c < a->head_width.value; c++)
        mpz_init(at->num[c].m);
    mpz_inits(at->den.m, at->sum.m, at->re.m, at->im.m, at->spare.m, at->bias.m, (mpz_ptr)NULL);
    return at;
}

void tc_ref_attention_free(struct attention *at)
{
    if (!at)
        return;
    for (int64_t c = 0; c < at->a->head_width.value; c++)
        mpz_clear(at->num[c].m);
    free(at->num);
    for (unsigned m = 0; m < at->nkey; m++) {
        free(at->k[m]);
        free(at->v[m]);
    }
    free(at->heads);
    free(at->q);
    free(at->rows);
    tc_ref_forget(&at->turns);
    tc_ref_forget(&at->position.known);
    mpz_clears(at->up, at->down, at->den.m, at->sum.m, at->re.m, at->im.m, at->spare.m, at->bias.m,
               (mpz_ptr)NULL);
    free(at);
}
