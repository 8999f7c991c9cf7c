/* reference.c -- the model computed from its definitions, no circuits
 *
 * What a spec means is written in SPEC.md, "Semantics"; this file says it once
 * more in C, as plainly as it can: integers of GMP scaled by powers of two, so
 * that every sum and product is exact, and one rounding where the definition
 * has one.  exp, cos and sin are in reference_real.c, attention that rounds its
 * weights and results alone in reference_layer.c, floats in reference_float.c.  It shares nothing with lowering:
 * rounding, rotation entries and exp are made here again.
 *
 * A word is an integer m and stands for m * 2^-f.  "z at 2^-g" says that the
 * integer z stands for z * 2^-g, exactly.  R(x) is x rounded to the format.
 */
#include "reference.h"

#include <assert.h>
#include <mpfr.h>
#include <stdlib.h>

#define MAX_KEYS 3 /* order 4 */

struct layer {
    const struct tc_attention *a;
    unsigned nkey;     /* order - 1 */
    int64_t columns;   /* heads * head_width */
    mpz_t up, down;    /* the scale is up / down; squared where it is a root */
    struct tc_memo turns;   /* (position, pair) -> cos and sin */
    struct tc_exact *exact; /* with rounding="layer" */
};

struct tc_reference {
    struct tc_reference_float *floats; /* of a float format: all that is used then */
    const struct tc_spec *spec;
    unsigned long fraction;
    int64_t low, high;                      /* the smallest and the largest word */
    struct layer *layer;                    /* per block */
    struct tc_memo exps;                    /* (word, 0) -> exp */
    int64_t *x, *y;                         /* input and output of a layer */
    int64_t *q, *k[MAX_KEYS], *v[MAX_KEYS]; /* n * columns */
    int64_t nnum;
    mpz_t *num;                      /* numerators, one a coordinate of a head */
    mpz_t den, sum, re, im, t, s, p; /* working numbers */
    mpz_t quotient, rest;            /* of the rounding functions */
};

/* ---------------------------------------------------------------- rounding */

static int64_t clamp(const struct tc_reference *r, mpz_srcptr z)
{
    if (mpz_cmp_si(z, r->high) > 0)
        return r->high;
    if (mpz_cmp_si(z, r->low) < 0)
        return r->low;
    return mpz_get_si(z);
}

/* num / den, to nearest, ties to even, saturating; den > 0 */
static int64_t nearest(struct tc_reference *r, mpz_srcptr num, mpz_srcptr den)
{
    int half;

    assert(mpz_sgn(den) > 0);
    mpz_fdiv_qr(r->quotient, r->rest, num, den);
    mpz_mul_2exp(r->rest, r->rest, 1);
    half = mpz_cmp(r->rest, den);
    if (half > 0 || (half == 0 && mpz_odd_p(r->quotient)))
        mpz_add_ui(r->quotient, r->quotient, 1);
    return clamp(r, r->quotient);
}

/* num / 2^shift likewise */
static int64_t nearest_2exp(struct tc_reference *r, mpz_srcptr num, unsigned long shift)
{
    mpz_fdiv_q_2exp(r->quotient, num, shift);
    /* GMP numbers the bits of two's complement: what was cut off is at least a
     * half if its top bit is set, and more if that is not its lowest set bit */
    if (shift && mpz_tstbit(num, shift - 1) &&
        (mpz_odd_p(r->quotient) || mpz_scan1(num, 0) < shift - 1))
        mpz_add_ui(r->quotient, r->quotient, 1);
    return clamp(r, r->quotient);
}

/* sign * sqrt(num / den) likewise, compared by squares; num >= 0, den > 0 */
static int64_t nearest_root(struct tc_reference *r, int sign, mpz_srcptr num, mpz_srcptr den)
{
    int half;
    mpz_t num4;

    assert(mpz_sgn(num) >= 0 && mpz_sgn(den) > 0);
    mpz_fdiv_q(r->quotient, num, den);
    mpz_sqrt(r->quotient, r->quotient); /* the floor m of the root */
    mpz_mul_2exp(r->rest, r->quotient, 1);
    mpz_add_ui(r->rest, r->rest, 1);
    mpz_mul(r->rest, r->rest, r->rest);
    mpz_mul(r->rest, r->rest, den); /* (2m + 1)^2 den */
    mpz_init(num4);
    mpz_mul_2exp(num4, num, 2);
    half = mpz_cmp(num4, r->rest);
    mpz_clear(num4);
    if (half > 0 || (half == 0 && mpz_odd_p(r->quotient)))
        mpz_add_ui(r->quotient, r->quotient, 1);
    if (sign < 0)
        mpz_neg(r->quotient, r->quotient);
    return clamp(r, r->quotient);
}

/* R(a * b) */
static int64_t product(struct tc_reference *r, int64_t a, int64_t b)
{
    mpz_set_si(r->p, a);
    mpz_mul_si(r->p, r->p, b);
    return nearest_2exp(r, r->p, r->fraction);
}

/* R(a + b): exact but for saturation, and far from the ends of int64_t */
static int64_t plus(const struct tc_reference *r, int64_t a, int64_t b)
{
    int64_t c = a + b;

    return c > r->high ? r->high : c < r->low ? r->low : c;
}

static void add_si(mpz_ptr z, int64_t v)
{
    if (v >= 0)
        mpz_add_ui(z, z, (unsigned long)v);
    else
        mpz_sub_ui(z, z, (unsigned long)-v);
}

/* ---------------------------------------- exp, cos and sin, remembered */

static struct tc_memo_entry *memo_slot(const struct tc_memo *m, int64_t a, int64_t b)
{
    uint64_t hash = (uint64_t)a * 0x9e3779b97f4a7c15u + (uint64_t)b * 0xc2b2ae3d27d4eb4fu;
    size_t at = (size_t)(hash ^ hash >> 32) & (m->size - 1);

    while (m->entry[at].used && (m->entry[at].arg[0] != a || m->entry[at].arg[1] != b))
        at = (at + 1) & (m->size - 1);
    return &m->entry[at];
}

const int64_t *tc_memo_get(const struct tc_memo *m, int64_t a, int64_t b)
{
    const struct tc_memo_entry *e;

    if (!m->size)
        return NULL;
    e = memo_slot(m, a, b);
    return e->used ? e->value : NULL;
}

const int64_t *tc_memo_put(struct tc_memo *m, int64_t a, int64_t b, int64_t u, int64_t v)
{
    struct tc_memo_entry *e;

    if (m->count >= m->size / 2) {
        struct tc_memo old = *m;

        m->size = old.size ? 2 * old.size : 64;
        m->entry = tc_xcalloc(m->size, sizeof *m->entry);
        for (size_t i = 0; i < old.size; i++)
            if (old.entry[i].used)
                *memo_slot(m, old.entry[i].arg[0], old.entry[i].arg[1]) = old.entry[i];
        free(old.entry);
    }
    e = memo_slot(m, a, b);
    *e = (struct tc_memo_entry){{a, b}, {u, v}, true};
    m->count++;
    return e->value;
}

static int64_t exp_of(struct tc_reference *r, int64_t s)
{
    const int64_t *value = tc_memo_get(&r->exps, s, 0);

    return value ? *value : *tc_memo_put(&r->exps, s, 0, tc_reference_exp(&r->spec->format, s), 0);
}

/* cos and sin; good until the next call */
static const int64_t *turn_entries(struct tc_reference *r, struct layer *l, int64_t position,
                                   int64_t pair)
{
    const int64_t *known = tc_memo_get(&l->turns, position, pair);
    int64_t value[2];

    if (known)
        return known;
    tc_reference_turn(&r->spec->format, l->a->base, l->a->head_width.value, position, pair, value);
    return tc_memo_put(&l->turns, position, pair, value[0], value[1]);
}

/* ------------------------------------------------------------ pairs, exact */

/* (re, im) times the complex number of words (u, w), which a rotation is too */
static void times_exact(struct tc_reference *r, int64_t u, int64_t w)
{
    mpz_mul_si(r->s, r->re, w);
    mpz_mul_si(r->t, r->im, w);
    mpz_mul_si(r->re, r->re, u);
    mpz_mul_si(r->im, r->im, u);
    mpz_sub(r->re, r->re, r->t);
    mpz_add(r->im, r->im, r->s);
}

/* the same, every product and every sum rounded */
static void times_rounded(struct tc_reference *r, int64_t pair[2], int64_t u, int64_t w)
{
    int64_t re = plus(r, product(r, pair[0], u), -product(r, pair[1], w));
    int64_t im = plus(r, product(r, pair[0], w), product(r, pair[1], u));

    pair[0] = re;
    pair[1] = im;
}

/* ------------------------------------------------------------- projections */

static int64_t integer_of(const struct tc_reference *r, uint64_t word)
{
    uint64_t sign = (uint64_t)r->high + 1;

    word &= 2 * sign - 1;
    return (int64_t)(word ^ sign) - (int64_t)sign;
}

/* z = row of x times column of the weights: exact, at 2^-2f */
static void dot_exact(struct tc_reference *r, const struct layer *l, mpz_ptr z, const int64_t *row,
                      const uint64_t *column)
{
    mpz_set_ui(z, 0);
    for (int64_t e = 0; e < l->a->width.value; e++) {
        mpz_set_si(r->t, row[e]);
        mpz_mul_si(r->t, r->t, integer_of(r, column[e * l->columns]));
        mpz_add(z, z, r->t);
    }
}

/* the same, every product rounded, and the sum of them */
static int64_t dot_rounded(struct tc_reference *r, const struct layer *l, const int64_t *row,
                           const uint64_t *column)
{
    mpz_set_ui(r->sum, 0);
    for (int64_t e = 0; e < l->a->width.value; e++)
        add_si(r->sum, product(r, row[e], integer_of(r, column[e * l->columns])));
    return clamp(r, r->sum);
}

/* out = X W, rounded; row i turned by position rate * i, unless rate is 0 */
static void project(struct tc_reference *r, struct layer *l, const uint64_t *w, int64_t rate,
                    int64_t *out)
{
    bool block = r->spec->rounding == TC_BLOCK;

    for (int64_t i = 0; i < r->spec->length.value; i++) {
        const int64_t *row = r->x + i * l->a->width.value;

        for (int64_t c = 0; c < l->columns; c += rate ? 2 : 1) {
            int64_t *to = out + i * l->columns + c;
            const int64_t *cs;

            if (!rate) {
                if (block)
                    dot_exact(r, l, r->re, row, w + c);
                *to = block ? nearest_2exp(r, r->re, r->fraction) : dot_rounded(r, l, row, w + c);
                continue;
            }
            cs = turn_entries(r, l, rate * i, c % l->a->head_width.value / 2);
            if (block) {
                dot_exact(r, l, r->re, row, w + c);
                dot_exact(r, l, r->im, row, w + c + 1);
                times_exact(r, cs[0], cs[1]); /* at 2^-3f */
                to[0] = nearest_2exp(r, r->re, 2 * r->fraction);
                to[1] = nearest_2exp(r, r->im, 2 * r->fraction);
            } else {
                to[0] = dot_rounded(r, l, row, w + c);
                to[1] = dot_rounded(r, l, row, w + c + 1);
                times_rounded(r, to, cs[0], cs[1]);
            }
        }
    }
}

/* ------------------------------------------------------------------ scores */

/* a query and a tuple of keys, of one head */
struct tuple {
    int64_t i, j[MAX_KEYS];
    const int64_t *q, *k[MAX_KEYS], *v[MAX_KEYS];
};

/* what k1 (query2) or the product of the keys (flat) is turned by */
static int64_t offset_of(const struct tc_reference *r, const struct layer *l, const struct tuple *t)
{
    int64_t flat = 0;

    if (l->a->rope == TC_ROPE_QUERY2)
        return t->j[0] - t->i;
    for (unsigned m = l->nkey; m-- > 0;)
        flat = flat * r->spec->length.value + t->j[m];
    return flat - t->i;
}

/* score in sum, exact; the result g says that it is at 2^-g */
static unsigned long score_exact(struct tc_reference *r, struct layer *l, const struct tuple *t)
{
    enum tc_rope rope = l->a->rope;
    bool offset = rope == TC_ROPE_FLAT || rope == TC_ROPE_QUERY2;
    bool pairs = offset || rope == TC_ROPE_COMPLEX;

    mpz_set_ui(r->sum, 0);
    for (int64_t c = 0; c < l->a->head_width.value; c += pairs ? 2 : 1) {
        int64_t cs[2] = {0, 0};

        if (offset) {
            const int64_t *e = turn_entries(r, l, offset_of(r, l, t), c / 2);

            cs[0] = e[0];
            cs[1] = e[1];
        }
        mpz_set_si(r->re, t->k[0][c]);
        mpz_set_si(r->im, pairs ? t->k[0][c + 1] : 0);
        if (rope == TC_ROPE_QUERY2)
            times_exact(r, cs[0], cs[1]);
        for (unsigned m = 1; m < l->nkey; m++) {
            if (rope == TC_ROPE_COMPLEX) {
                times_exact(r, t->k[m][c], t->k[m][c + 1]);
                continue;
            }
            mpz_mul_si(r->re, r->re, t->k[m][c]);
            mpz_mul_si(r->im, r->im, pairs ? t->k[m][c + 1] : 0);
        }
        if (rope == TC_ROPE_FLAT)
            times_exact(r, cs[0], cs[1]);
        mpz_mul_si(r->re, r->re, t->q[c]);
        mpz_mul_si(r->im, r->im, pairs ? t->q[c + 1] : 0);
        mpz_add(r->sum, r->sum, r->re);
        mpz_add(r->sum, r->sum, r->im);
    }
    return (l->nkey + 1 + (offset ? 1 : 0)) * r->fraction;
}

/* score in sum, at 2^-f: every product and every sum rounded */
static void score_rounded(struct tc_reference *r, struct layer *l, const struct tuple *t)
{
    enum tc_rope rope = l->a->rope;
    bool offset = rope == TC_ROPE_FLAT || rope == TC_ROPE_QUERY2;
    bool pairs = offset || rope == TC_ROPE_COMPLEX;

    mpz_set_ui(r->sum, 0);
    for (int64_t c = 0; c < l->a->head_width.value; c += pairs ? 2 : 1) {
        int64_t key[2] = {t->k[0][c], pairs ? t->k[0][c + 1] : 0}, cs[2] = {0, 0};

        if (offset) {
            const int64_t *e = turn_entries(r, l, offset_of(r, l, t), c / 2);

            cs[0] = e[0];
            cs[1] = e[1];
        }
        if (rope == TC_ROPE_QUERY2)
            times_rounded(r, key, cs[0], cs[1]);
        for (unsigned m = 1; m < l->nkey; m++) {
            if (rope == TC_ROPE_COMPLEX) {
                times_rounded(r, key, t->k[m][c], t->k[m][c + 1]);
                continue;
            }
            key[0] = product(r, key[0], t->k[m][c]);
            if (pairs)
                key[1] = product(r, key[1], t->k[m][c + 1]);
        }
        if (rope == TC_ROPE_FLAT)
            times_rounded(r, key, cs[0], cs[1]);
        add_si(r->sum, product(r, t->q[c], key[0]));
        if (pairs)
            add_si(r->sum, product(r, t->q[c + 1], key[1]));
    }
    mpz_set_si(r->sum, clamp(r, r->sum));
}

/* R of the sum, which is at 2^-g, times the scale */
static int64_t scaled(struct tc_reference *r, const struct layer *l, unsigned long g)
{
    unsigned long shift = g - r->fraction;
    int sign = mpz_sgn(r->sum) * mpq_sgn(l->a->scale.multiply);

    if (!l->a->scale.root) {
        mpz_mul(r->s, r->sum, l->up);
        mpz_mul_2exp(r->t, l->down, shift);
        return nearest(r, r->s, r->t);
    }
    mpz_mul(r->s, r->sum, r->sum);
    mpz_mul(r->s, r->s, l->up);
    mpz_mul_2exp(r->t, l->down, 2 * shift);
    return nearest_root(r, sign, r->s, r->t);
}

/* --------------------------------------------------------------- attention */

static int64_t weight_of(struct tc_reference *r, struct layer *l, const struct tuple *t)
{
    unsigned long g = r->fraction;

    if (r->spec->rounding == TC_BLOCK)
        g = score_exact(r, l, t);
    else
        score_rounded(r, l, t);
    return exp_of(r, scaled(r, l, g));
}

/* adds a tuple to numerators and denominator */
static void gather(struct tc_reference *r, struct layer *l, const struct tuple *t)
{
    int64_t a = weight_of(r, l, t);

    add_si(r->den, a);
    for (int64_t c = 0; c < l->a->head_width.value; c++) {
        if (r->spec->rounding == TC_BLOCK) {
            mpz_set_si(r->t, a);
            for (unsigned m = 0; m < l->nkey; m++)
                mpz_mul_si(r->t, r->t, t->v[m][c]);
            mpz_add(r->num[c], r->num[c], r->t);
        } else {
            int64_t v = t->v[0][c];

            for (unsigned m = 1; m < l->nkey; m++)
                v = product(r, v, t->v[m][c]);
            add_si(r->num[c], product(r, a, v));
        }
    }
}

/* the results of one query of a head, from numerators and denominator */
static void divide(struct tc_reference *r, const struct layer *l, int64_t *out)
{
    if (r->spec->rounding == TC_BLOCK) {
        /* numerators are at 2^-(nkey + 1)f, the denominator at 2^-f */
        mpz_mul_2exp(r->den, r->den, (l->nkey - 1) * r->fraction);
        for (int64_t c = 0; c < l->a->head_width.value; c++)
            out[c] = mpz_sgn(r->den) ? nearest(r, r->num[c], r->den) : 0;
        return;
    }
    mpz_set_si(r->den, clamp(r, r->den));
    mpz_set_ui(r->t, 1);
    mpz_mul_2exp(r->t, r->t, 2 * r->fraction);
    int64_t inverse = mpz_sgn(r->den) ? nearest(r, r->t, r->den) : r->high;

    for (int64_t c = 0; c < l->a->head_width.value; c++)
        out[c] = product(r, inverse, clamp(r, r->num[c]));
}

/* the next tuple of key positions, each below limit; false after the last */
static bool advance(struct tuple *t, unsigned nkey, int64_t limit)
{
    for (unsigned m = 0; m < nkey; m++) {
        if (++t->j[m] < limit)
            return true;
        t->j[m] = 0;
    }
    return false;
}

static void attend(struct tc_reference *r, struct layer *l, int64_t i, int64_t head)
{
    int64_t limit = l->a->mask == TC_MASK_CAUSAL ? i + 1 : r->spec->length.value;
    int64_t first = head * l->a->head_width.value; /* column of the head */
    struct tuple t = {.i = i, .q = r->q + i * l->columns + first};

    mpz_set_ui(r->den, 0);
    for (int64_t c = 0; c < l->a->head_width.value; c++)
        mpz_set_ui(r->num[c], 0);
    do {
        for (unsigned m = 0; m < l->nkey; m++) {
            t.k[m] = r->k[m] + t.j[m] * l->columns + first;
            t.v[m] = r->v[m] + t.j[m] * l->columns + first;
        }
        gather(r, l, &t);
    } while (advance(&t, l->nkey, limit));
    divide(r, l, r->y + i * l->columns + first);
}

/* y from x; weights: W_Q, the W_K, the W_V */
static void run_layer(struct tc_reference *r, struct layer *l, const uint64_t *const *weights)
{
    bool turned = l->a->rope == TC_ROPE_EACH || l->a->rope == TC_ROPE_COMPLEX;
    int64_t rate = !turned ? 0 : l->a->rope == TC_ROPE_COMPLEX ? l->nkey : 1;

    project(r, l, weights[0], rate, r->q);
    for (unsigned m = 0; m < l->nkey; m++) {
        project(r, l, weights[1 + m], turned, r->k[m]);
        project(r, l, weights[1 + l->nkey + m], 0, r->v[m]);
    }
    for (int64_t head = 0; head < l->a->heads.value; head++)
        for (int64_t i = 0; i < r->spec->length.value; i++)
            attend(r, l, i, head);
}

void tc_reference_run(struct tc_reference *r, const uint64_t *const *tensor, uint64_t *out)
{
    int64_t width = r->spec->width.value, count = r->spec->length.value * width;
    const uint64_t *const *weights = tensor + 1;

    if (r->floats) {
        tc_reference_float_run(r->floats, tensor, out);
        return;
    }
    for (int64_t e = 0; e < count; e++)
        r->x[e] = integer_of(r, tensor[0][e]);
    for (unsigned b = 0; b < r->spec->nblock; b++) {
        struct layer *l = &r->layer[b];
        int64_t *swap = r->x;

        if (l->exact)
            tc_exact_run(l->exact, r->x, weights, r->y);
        else
            run_layer(r, l, weights);
        weights += 1 + 2 * l->nkey;
        r->x = r->y;
        r->y = swap;
        count = r->spec->length.value * l->columns;
    }
    for (int64_t e = 0; e < count; e++)
        out[e] = (uint64_t)r->x[e] & (2 * (uint64_t)r->high + 1);
}

/* ----------------------------------------------------------------- context */

/* asserts what the front end promises; *columns is the width of the result */
static bool check_block(const struct tc_spec *spec, const struct tc_block *b, int64_t width,
                        int64_t *columns, struct tc_error *err)
{
    const struct tc_attention *a = &b->attention;
    int64_t tuples = 1;

    assert(b->kind == TC_ATTENTION && a->order >= 2 && a->order <= MAX_KEYS + 1);
    assert(a->width.value == width && a->heads.value > 0 && a->head_width.value > 0);
    assert(mpq_sgn(a->scale.divide) > 0);
    for (unsigned m = 1; m < a->order; m++)
        if (__builtin_mul_overflow(tuples, spec->length.value, &tuples) || tuples > INT64_MAX / 4)
            return tc_fail(err, TC_ELIMIT, b->loc, "too many tuples of keys to evaluate");
    if (__builtin_mul_overflow(a->heads.value, a->head_width.value, columns))
        return tc_fail(err, TC_ELIMIT, b->loc, "too many columns to evaluate");
    if (a->rope == TC_ROPE_NONE)
        return true;
    if (a->head_width.value % 2)
        return tc_fail(err, TC_ESPEC, b->loc, "head width %lld is odd, rope wants pairs",
                       (long long)a->head_width.value);
    if (mpq_sgn(a->base) <= 0)
        return tc_fail(err, TC_ESPEC, b->loc, "the base of rope is not positive");
    if (a->order == 2 && (a->rope == TC_ROPE_FLAT || a->rope == TC_ROPE_QUERY2))
        return tc_fail(err, TC_ESPEC, b->loc, "this mode of rope wants order 3 or 4");
    return true;
}

static void open_layer(struct layer *l, const struct tc_spec *spec, const struct tc_attention *a)
{
    if (spec->rounding == TC_LAYER)
        l->exact = tc_exact_new(spec, a);
    l->a = a;
    l->nkey = a->order - 1;
    l->columns = a->heads.value * a->head_width.value;
    mpz_init_set(l->up, mpq_numref(a->scale.multiply));
    mpz_init_set(l->down, mpq_denref(a->scale.multiply));
    if (a->scale.root) {
        mpz_mul(l->up, l->up, l->up);
        mpz_mul(l->down, l->down, l->down);
    }
    mpz_mul(l->up, l->up, mpq_denref(a->scale.divide));
    mpz_mul(l->down, l->down, mpq_numref(a->scale.divide));
}

struct tc_reference *tc_reference_new(const struct tc_spec *spec, struct tc_error *err)
{
    const struct tc_format *f = &spec->format;
    int64_t width = spec->width.value, most = width, cells;
    struct tc_reference *r;

    for (unsigned b = 0; b < spec->nblock; b++) {
        if (!check_block(spec, &spec->block[b], width, &width, err))
            return NULL;
        most = width > most ? width : most;
    }
    if (__builtin_mul_overflow(spec->length.value, most, &cells)) {
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "too many values to evaluate");
        return NULL;
    }

    r = tc_xcalloc(1, sizeof *r);
    r->spec = spec;
    if (f->kind == TC_FLOAT) {
        r->floats = tc_reference_float_new(spec, most);
        return r;
    }
    assert(f->kind == TC_FIXED && f->bits >= 1 && f->bits <= TC_FIXED_MAX_BITS);
    assert(f->fraction <= f->bits);
    r->fraction = f->fraction;
    r->high = ((int64_t)1 << (f->bits - 1)) - 1;
    r->low = -r->high - 1;
    r->layer = tc_xcalloc(spec->nblock, sizeof *r->layer);
    for (unsigned b = 0; b < spec->nblock; b++)
        open_layer(&r->layer[b], spec, &spec->block[b].attention);
    r->x = tc_xcalloc((size_t)cells, sizeof *r->x);
    r->y = tc_xcalloc((size_t)cells, sizeof *r->y);
    r->q = tc_xcalloc((size_t)cells, sizeof *r->q);
    for (unsigned m = 0; m < MAX_KEYS; m++) {
        r->k[m] = tc_xcalloc((size_t)cells, sizeof *r->k[m]);
        r->v[m] = tc_xcalloc((size_t)cells, sizeof *r->v[m]);
    }
    r->nnum = most;
    r->num = tc_xcalloc((size_t)most, sizeof *r->num);
    for (int64_t c = 0; c < most; c++)
        mpz_init(r->num[c]);
    mpz_inits(r->den, r->sum, r->re, r->im, r->t, r->s, r->p, r->quotient, r->rest, (mpz_ptr)NULL);
    return r;
}

void tc_reference_free(struct tc_reference *r)
{
    if (!r)
        return;
    if (r->floats) {
        tc_reference_float_free(r->floats);
        free(r);
        return;
    }
    for (unsigned b = 0; b < r->spec->nblock; b++) {
        mpz_clear(r->layer[b].up);
        mpz_clear(r->layer[b].down);
        free(r->layer[b].turns.entry);
        tc_exact_free(r->layer[b].exact);
    }
    free(r->layer);
    free(r->exps.entry);
    free(r->x);
    free(r->y);
    free(r->q);
    for (unsigned m = 0; m < MAX_KEYS; m++) {
        free(r->k[m]);
        free(r->v[m]);
    }
    for (int64_t c = 0; c < r->nnum; c++)
        mpz_clear(r->num[c]);
    free(r->num);
    mpz_clears(r->den, r->sum, r->re, r->im, r->t, r->s, r->p, r->quotient, r->rest, (mpz_ptr)NULL);
    free(r);
    mpfr_free_cache();
}
