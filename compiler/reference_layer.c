/* reference_layer.c -- attention that rounds its weights and results alone
 *
 * SPEC.md, "Rounding layer": q, the keys, the values and the score are integers of
 * GMP, exact, at a power of two each.  Of fixed formats alone.
 */
#include "reference.h"
#include "../ir/integers.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_KEYS (TC_MOST_ORDER - 1)

struct tc_exact {
    const struct tc_spec *spec;
    const struct tc_attention *a;
    unsigned nkey;
    int64_t n, columns;
    mpz_t *q, *k[MAX_KEYS], *v[MAX_KEYS]; /* n * columns */
    struct memo turns;                    /* (position, 2 pair + 0 or 1): cos or sin */
    struct memo exps;                     /* (score, 0): weight */
    struct rounder *round;
    mpz_t *num; /* a coordinate of a head */
    mpz_t den, score, re, im, s, t;
};

/* ------------------------------------------------------------------- pairs */

/* (re, im) times the complex number (u, w) */
static void times(struct tc_exact *r, mpz_srcptr u, mpz_srcptr w)
{
    mpz_mul(r->s, r->re, w);
    mpz_mul(r->t, r->im, w);
    mpz_mul(r->re, r->re, u);
    mpz_mul(r->im, r->im, u);
    mpz_sub(r->re, r->re, r->t);
    mpz_add(r->im, r->im, r->s);
}

/* (re, im) turned by the position; the unit becomes 2^-f of what it was */
static void turn(struct tc_exact *r, int64_t position, int64_t pair)
{
    struct element value[2];
    mpz_t u, w;

    if (!tc_ref_recall(&r->turns, position, 2 * pair, &value[0]) ||
        !tc_ref_recall(&r->turns, position, 2 * pair + 1, &value[1])) {
        tc_ref_turn(r->round, r->a->base, r->a->head_width.value, position, pair, value);
        for (int c = 0; c < 2; c++)
            tc_ref_remember(&r->turns, position, 2 * pair + c, value[c]);
    }
    mpz_init_set_si(u, value[0].m);
    mpz_init_set_si(w, value[1].m);
    times(r, u, w);
    mpz_clears(u, w, (mpz_ptr)NULL);
}

/* ------------------------------------------------------------- projections */

/* out = X W, exact, row i turned by rate * i unless rate is 0 */
static void project(struct tc_exact *r, mpz_t *out, const struct element *x,
                    const struct element *weights, int64_t rate)
{
    int64_t width = r->a->width.value;

    for (int64_t i = 0; i < r->n; i++) {
        mpz_t *row = out + i * r->columns;

        for (int64_t c = 0; c < r->columns; c++) {
            mpz_set_ui(row[c], 0);
            for (int64_t e = 0; e < width; e++) {
                mpz_set_si(r->t, x[i * width + e].m);
                mpz_mul_si(r->t, r->t, weights[e * r->columns + c].m);
                mpz_add(row[c], row[c], r->t);
            }
        }
        for (int64_t c = 0; rate && c < r->columns; c += 2) {
            mpz_set(r->re, row[c]);
            mpz_set(r->im, row[c + 1]);
            turn(r, rate * i, c % r->a->head_width.value / 2);
            mpz_set(row[c], r->re);
            mpz_set(row[c + 1], r->im);
        }
    }
}

/* ----------------------------------------------------------------- weights */

/* a query and a tuple of keys, of one head */
struct tuple {
    int64_t i, j[MAX_KEYS];
    const mpz_t *q, *k[MAX_KEYS], *v[MAX_KEYS];
};

/* what k1 (query2) or the product of the keys (flat) is turned by */
static int64_t offset_of(const struct tc_exact *r, const struct tuple *t)
{
    int64_t at = 0, stride = 1;

    if (r->a->rope == TC_ROPE_QUERY2)
        return t->j[0] - t->i;
    for (unsigned m = 0; m < r->nkey; m++, stride *= r->n)
        at += t->j[m] * stride;
    return at - t->i;
}

/* coordinates c and c + 1 of the keys' product in re and im, turned */
static void keys_pair(struct tc_exact *r, const struct tuple *t, int64_t c)
{
    mpz_set(r->re, t->k[0][c]);
    mpz_set(r->im, t->k[0][c + 1]);
    if (r->a->rope == TC_ROPE_QUERY2)
        turn(r, offset_of(r, t), c / 2);
    for (unsigned m = 1; m < r->nkey; m++) {
        if (r->a->rope == TC_ROPE_COMPLEX) {
            times(r, t->k[m][c], t->k[m][c + 1]);
            continue;
        }
        mpz_mul(r->re, r->re, t->k[m][c]);
        mpz_mul(r->im, r->im, t->k[m][c + 1]);
    }
    if (r->a->rope == TC_ROPE_FLAT)
        turn(r, offset_of(r, t), c / 2);
}

/* the score is at 2^-result */
static unsigned long score(struct tc_exact *r, const struct tuple *t)
{
    enum tc_rope rope = r->a->rope;
    unsigned long factors = 2 * (r->nkey + 1); /* of words, entries of rotations among them */

    mpz_set_ui(r->score, 0);
    if (rope == TC_ROPE_NONE || rope == TC_ROPE_EACH) {
        for (int64_t c = 0; c < r->a->head_width.value; c++) {
            mpz_set(r->re, t->q[c]);
            for (unsigned m = 0; m < r->nkey; m++)
                mpz_mul(r->re, r->re, t->k[m][c]);
            mpz_add(r->score, r->score, r->re);
        }
    } else {
        for (int64_t c = 0; c < r->a->head_width.value; c += 2) {
            keys_pair(r, t, c);
            mpz_addmul(r->score, r->re, t->q[c]);
            mpz_addmul(r->score, r->im, t->q[c + 1]);
        }
    }
    if (rope == TC_ROPE_EACH || rope == TC_ROPE_COMPLEX)
        factors += r->nkey + 1;
    else if (rope != TC_ROPE_NONE)
        factors++;
    return factors * r->spec->format.fraction;
}

/* R(exp(scale * score)) */
static int64_t weight(struct tc_exact *r, const struct tuple *t)
{
    unsigned long unit = score(r, t);
    bool small = mpz_fits_slong_p(r->score);
    struct element value;

    if (small && tc_ref_recall(&r->exps, mpz_get_si(r->score), 0, &value))
        return value.m;
    value = tc_ref_exp_scaled(r->round, r->score, unit, &r->a->scale);
    if (small)
        tc_ref_remember(&r->exps, mpz_get_si(r->score), 0, value);
    return value.m;
}

/* ----------------------------------------------------------------- results */

/* the tuple of keys number `at`; false if the mask hides it */
static bool tuple_at(const struct tc_exact *r, struct tuple *t, int64_t at, int64_t column)
{
    for (unsigned m = 0; m < r->nkey; m++, at /= r->n) {
        t->j[m] = at % r->n;
        if (r->a->mask == TC_MASK_CAUSAL && t->j[m] > t->i)
            return false;
        t->k[m] = (const mpz_t *)r->k[m] + t->j[m] * r->columns + column;
        t->v[m] = (const mpz_t *)r->v[m] + t->j[m] * r->columns + column;
    }
    return true;
}

/* 0/0 = 0 */
static void attend(struct tc_exact *r, int64_t i, int64_t column, struct element *y)
{
    struct tuple t = {.i = i, .q = (const mpz_t *)r->q + i * r->columns + column};
    int64_t tuples = 1, width = r->a->head_width.value;

    for (unsigned m = 0; m < r->nkey; m++)
        tuples *= r->n;
    mpz_set_ui(r->den, 0);
    for (int64_t c = 0; c < width; c++)
        mpz_set_ui(r->num[c], 0);
    for (int64_t at = 0; at < tuples; at++) {
        int64_t a;

        if (!tuple_at(r, &t, at, column))
            continue;
        a = weight(r, &t);
        mpz_add_ui(r->den, r->den, (unsigned long)a); /* never negative */
        for (int64_t c = 0; a && c < width; c++) {
            mpz_set_si(r->t, a);
            for (unsigned m = 0; m < r->nkey; m++)
                mpz_mul(r->t, r->t, t.v[m][c]);
            mpz_add(r->num[c], r->num[c], r->t);
        }
    }
    /* numerators are at 2^-(2 nkey + 1)f, the sum of weights at 2^-f */
    for (int64_t c = 0; c < width; c++)
        y[i * r->columns + column + c] =
            mpz_sgn(r->den)
                ? tc_ref_round_quotient(r->round, r->num[c], r->den,
                                        -2 * (int64_t)r->nkey * r->spec->format.fraction)
                : (struct element){0, 0};
}

void tc_exact_run(struct evaluator *ev, struct tc_exact *r, const struct element *x,
                  struct element *const *weights, struct element *y)
{
    bool turned = r->a->rope == TC_ROPE_EACH || r->a->rope == TC_ROPE_COMPLEX;
    int64_t rate = r->a->rope == TC_ROPE_COMPLEX ? r->nkey : 1;

    r->round = &ev->round;
    project(r, r->q, x, weights[0], turned ? rate : 0);
    for (unsigned m = 0; m < r->nkey; m++) {
        project(r, r->k[m], x, weights[1 + m], turned);
        project(r, r->v[m], x, weights[1 + r->nkey + m], 0);
    }
    for (int64_t h = 0; h < r->a->heads.value; h++)
        for (int64_t i = 0; i < r->n; i++)
            attend(r, i, h * r->a->head_width.value, y);
}

/* ----------------------------------------------------------------- context */

struct tc_exact *tc_exact_new(const struct tc_spec *spec, const struct tc_attention *a)
{
    struct tc_exact *r = tc_xcalloc(1, sizeof *r);
    int64_t cells;

    r->spec = spec;
    r->a = a;
    r->nkey = a->order - 1;
    r->n = spec->length.value;
    r->columns = a->heads.value * a->head_width.value;
    cells = r->n * r->columns;
    r->q = tc_integers(cells);
    for (unsigned m = 0; m < r->nkey; m++) {
        r->k[m] = tc_integers(cells);
        r->v[m] = tc_integers(cells);
    }
    r->num = tc_integers(a->head_width.value);
    mpz_inits(r->den, r->score, r->re, r->im, r->s, r->t, (mpz_ptr)NULL);
    return r;
}

void tc_exact_free(struct tc_exact *r)
{
    int64_t cells;

    if (!r)
        return;
    cells = r->n * r->columns;
    tc_integers_free(r->q, cells);
    for (unsigned m = 0; m < r->nkey; m++) {
        tc_integers_free(r->k[m], cells);
        tc_integers_free(r->v[m], cells);
    }
    tc_integers_free(r->num, r->a->head_width.value);
    mpz_clears(r->den, r->score, r->re, r->im, r->s, r->t, (mpz_ptr)NULL);
    tc_ref_forget(&r->turns);
    tc_ref_forget(&r->exps);
    free(r);
}
