/* attention_max.c -- weights of tuples; those that look at a row's largest score
 *
 * The rounded score of a tuple is a chain of values v_0 < ... < v_T with gates x_1 .. x_T,
 * x_u = [s >= v_u]; x_0 = 1 and x_(T+1) = 0.  A row's largest score m is at most v_v iff no
 * tuple of the row has x_(v+1).  So one gate says
 *
 *     [s >= v_u and m <= v_v]  =  [x_u - sum over the row of x_(v+1) >= 1],
 *
 * and a function a(s, m) is a sum of such gates:
 *
 *     a(s, v_T) + sum over v < T of (a(s, v_v) - a(s, v_(v+1))) [m <= v_v],
 *
 * with a gate for every step of each difference as s goes from v_0 to v_v.  Bits of values are
 * asked for by the same gates.
 */
#include "attention.h"

#include <math.h>
#include <string.h>

struct steps feature(struct lowering *L, const struct head *a, struct steps s)
{
    struct activation relu = {L, TC_RELU};

    return a->att->kind == TC_LINEAR_ATTENTION ? steps_map(L, s, activation_value, &relu) : s;
}

/* ---------------------------------------------------------------- other tuples */

/* token[k] of the keys, k >= from, become others; the guards that hold for those */
static struct tc_form other_keys(struct lowering *L, const struct head *a, struct tc_form x,
                                 unsigned from, const struct tc_index **over,
                                 struct tc_guard *guard, unsigned *nguard)
{
    struct tc_family *f = L->family;

    *nguard = 0;
    for (unsigned k = from; k <= a->keys; k++) {
        struct tc_axis other;

        over[k - from] = tc_index_new(f, tc_sprintf(f->arena, "%s'", a->token[k]->name),
                                      a->token[k]->extent, a->token[k]->size);
        other = tc_axis_of(f->arena, over[k - from]);
        x = tc_form_subst(f, x, a->token[k], other);
        for (unsigned g = 0; g < a->guards.n; g++)
            if (tc_affine_coef(&a->guards.guard[g].expr.at, a->token[k]))
                guard[(*nguard)++] = tc_guard_subst(f, a->guards.guard[g], a->token[k], other);
    }
    return x;
}

/* the rows that have tuples */
static struct guards row_guards(struct lowering *L, const struct head *a)
{
    struct guards g = {0};

    if (a->att->mask == TC_MASK_STRICT_CAUSAL) {
        g.guard[0].expr = tc_axis_of(L->family->arena, a->token[0]);
        g.guard[g.n++].expr.at.constant = -1;
    }
    return g;
}

/* summed over all tuples of the row */
static struct tc_form row_sum(struct lowering *L, const struct head *a, struct tc_form x)
{
    const struct tc_index *over[TC_MOST_KEYS];
    struct tc_guard guard[TC_MOST_GUARDS];
    unsigned nguard;

    x = other_keys(L, a, x, 1, over, guard, &nguard);
    return tc_form_sum(L->family, x, a->keys, over, nguard, guard);
}

/* summed over the tuples of the row before this one, or after it, in lexicographic order:
 * the same keys up to one, which is less or greater */
static struct tc_form others_sum(struct lowering *L, const struct head *a, struct tc_form x,
                                 bool before)
{
    struct tc_family *f = L->family;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned k = 1; k <= a->keys; k++) {
        const struct tc_index *over[TC_MOST_KEYS];
        struct tc_guard guard[TC_MOST_GUARDS + 1];
        unsigned nguard;
        struct tc_form part = other_keys(L, a, x, k, over, guard, &nguard);

        guard[nguard] = before ? tc_guard_le(f->arena, over[0], a->token[k])
                               : tc_guard_le(f->arena, a->token[k], over[0]);
        guard[nguard++].expr.at.constant--;
        part = tc_form_sum(f, part, a->keys - k + 1, over, nguard, guard);
        sum = tc_form_add(f, sum, part);
    }
    return sum;
}

/* ------------------------------------------------------------- gates of ranks */

/* x_rank of a tuple, rank from 1 to the chain's length; with a chain of one gate the
 * rank is known */
static struct tc_form rank_gate(struct lowering *L, const struct chain *s, struct tc_axis rank)
{
    struct tc_arena *arena = L->family->arena;
    unsigned n = s->plane->naxis;
    struct tc_axis *at = tc_alloc(arena, n + 1, sizeof *at);

    for (unsigned k = 0; k < n; k++)
        at[k] = tc_axis_of(arena, s->plane->axis[k]);
    rank.at.constant--;
    at[n] = rank;
    return tc_form_wire(L->family, s->plane, at);
}

/* table[p] */
static struct tc_axis lookup(struct lowering *L, const char *name, unsigned n, const int64_t *entry,
                             const struct tc_index *p)
{
    struct tc_axis x = tc_axis_const(0);

    x.via = table_of(L, name, n, entry);
    x.arg = tc_axis_of(L->family->arena, p).at;
    return x;
}

/* one gate [form and all bits of the words >= 1 + n] a point and bit, form at most 1:
 * weighed with step[p] and the words' weights.  Of a tuple's score (or NULL): its flags are the
 * gates', those of the row's others are others'. */
static struct tc_form gates_times(struct lowering *L, const struct guards *guards, const char *name,
                                  const struct chain *score, struct tc_form form,
                                  const struct tc_index *p, mpz_ptr *step, unsigned n,
                                  const struct word *w, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[TC_MOST_WORDS];
    struct tc_axis at = tc_axis_of(f->arena, p);
    int64_t extent = p->extent;
    mpz_ptr one = tc_mpz_si(f->arena, 1 + (int64_t)n);
    int64_t value[2] = {0, 1};
    struct steps s = {.n = 1, .at = &one, .value = value};
    struct tc_form x, bits = bits_together(L, n, w, ix);
    const struct tc_plane *plane;

    s.form = tc_form_add(f, form, bits);
    plane = chain_gates(L, s, name, "T_max", guards, note).plane;
    if (score)
        special_copy(L, plane, score, &bits);
    x = wire_of(L, plane);
    x = tc_form_times(f, x, tc_table_dense_mpz(f, "step", 1, &extent, step), &at);
    return tc_form_sum(f, weigh(L, x, n, w, ix), 1, &p, 0, NULL);
}

static struct tc_form rank_steps_times(struct lowering *L, const struct head *a,
                                       const struct weights *w, const struct rank_steps *r,
                                       const char *name, unsigned n, const struct word *word,
                                       const char *note)
{
    struct tc_family *f = L->family;
    struct tc_form x = tc_form_si(f, r == &w->row);
    struct guards guards = r == &w->row && !n ? row_guards(L, a) : a->guards;
    const struct tc_index *p;

    if (!r->n)
        return tc_form_si(f, 0);
    p = chain_index(L, r->n, "T_max");
    if (r != &w->row)
        x = rank_gate(L, w->score, lookup(L, "rank", r->n, r->u, p));
    if (r != &w->own) { /* x_(v+1): the place v of the chain */
        struct tc_axis next = lookup(L, "most", r->n, r->v, p);

        next.at.constant++;
        x = tc_form_sub(f, x, row_sum(L, a, rank_gate(L, w->score, next)));
    }
    return gates_times(L, &guards, name, r == &w->row ? NULL : w->score, x, p, r->step, n, word,
                       note);
}

/* -------------------------------------------------- functions of score and maximum */

/* exp of R(s - m), which is 0 where that is -infinity */
static int64_t exp_of_difference(void *lowering, int64_t d)
{
    return is_special(lowering, d) ? 0 : exp_value(lowering, d);
}

struct difference {
    struct lowering *L;
    const struct chain *score;
    bool hard;
    int64_t *memo; /* of exp, by value; -1: not known */
};

/* the weight's number at ranks s <= m */
static void weight_at(const struct difference *d, unsigned s, unsigned m, mpz_ptr number)
{
    struct lowering *L = d->L;
    int64_t r;
    mpz_t x;

    if (d->hard) {
        mpz_set_si(number, s == m);
        return;
    }
    mpz_init(x);
    number_of(L, d->score->keys, d->score->value[s], number);
    number_of(L, d->score->keys, d->score->value[m], x);
    mpz_sub(number, number, x);
    mpz_clear(x);
    r = rounded_value(L, number, 0);
    if (d->memo[-r] < 0)
        d->memo[-r] = exp_of_difference(L, r);
    number_of(L, d->score->keys, d->memo[-r], number);
}

static void rank_steps_add(struct rank_steps *r, struct tc_arena *arena, int64_t u, int64_t v,
                           mpz_srcptr step)
{
    if ((r->n & (r->n - 1)) == 0) { /* room for twice as many */
        unsigned room = r->n ? 2 * r->n : 1;
        int64_t *us = tc_alloc(arena, room, sizeof *us), *vs = tc_alloc(arena, room, sizeof *vs);
        mpz_ptr *steps = tc_alloc(arena, room, sizeof *steps);

        if (r->n) {
            memcpy(us, r->u, r->n * sizeof *us);
            memcpy(vs, r->v, r->n * sizeof *vs);
            memcpy(steps, r->step, r->n * sizeof *steps);
        }
        r->u = us;
        r->v = vs;
        r->step = steps;
    }
    r->u[r->n] = u;
    r->v[r->n] = v;
    r->step[r->n++] = tc_mpz_copy(arena, step);
}

/* the steps of a(s, v_v) - a(s, v_(v+1)), of a(s, v_T) where v = T */
static void steps_at(struct weights *w, const struct difference *d, unsigned v)
{
    struct tc_arena *arena = d->L->family->arena;
    bool last = v == d->score->n;
    mpz_t now, before, x;

    mpz_inits(now, before, x, NULL);
    for (unsigned s = 0; s <= v; s++) {
        weight_at(d, s, v, now);
        if (!last) {
            weight_at(d, s, v + 1, x);
            mpz_sub(now, now, x);
        }
        mpz_sub(x, now, before);
        if (s == 0 && last)
            w->base = tc_mpz_copy(arena, now);
        else if (mpz_sgn(x))
            rank_steps_add(s == 0 ? &w->row : last ? &w->own : &w->both, arena, s, v, x);
        mpz_set(before, now);
    }
    mpz_clears(now, before, x, NULL);
}

/* What a gate a tuple, and one a bit of the tuple's values, are taken to be when constructions
 * are chosen: of the format and the order alone, so that depth is one at all sizes.  2^(b/2)
 * positions, as the table regime is for b = O(log n). */
static double tuple_gates(const struct lowering *L, const struct head *a)
{
    return ldexp(1, (int)(L->bits / 2 * (a->keys + 1)));
}

static double value_gates(const struct lowering *L, const struct head *a, unsigned values)
{
    double gates = tuple_gates(L, a);
    mpz_t x;

    mpz_init(x);
    number_of(L, is_float(L), largest_value(L), x);
    for (unsigned k = 0; k < values; k++)
        gates *= 1 + (double)mpz_sizeinbase(x, 2);
    mpz_clear(x);
    return gates;
}

/* whether the maximum is not worth a layer of its own */
static bool is_fused(const struct lowering *L, const struct head *a, bool hard)
{
    double ranks = ldexp(1, (int)L->bits), pairs = hard ? ranks : ranks * ranks / 2;
    struct cost way[2] = {{1, pairs * value_gates(L, a, a->keys)}};

    way[1] = (struct cost){2, value_gates(L, a, a->keys) + (hard ? 1 : ranks) * tuple_gates(L, a)};
    return L->options->level != TC_LEVEL_0 && cheapest(L, 2, way) == 0;
}

/* weights from the score's gates alone */
static void fuse(struct lowering *L, struct weights *w, const struct chain *score, bool hard)
{
    struct tc_arena *arena = L->family->arena;
    struct difference d = {.L = L, .score = score, .hard = hard};
    mpz_ptr lo = tc_mpz(arena), hi = tc_mpz(arena);

    if (!hard) {
        int64_t least = least_value(L);

        d.memo = tc_alloc(arena, (size_t)-least + 1, sizeof *d.memo);
        memset(d.memo, -1, ((size_t)-least + 1) * sizeof *d.memo);
    }
    for (unsigned v = 0; v <= score->n; v++)
        steps_at(w, &d, v);
    w->score = score;
    weight_at(&d, 0, score->n, lo);
    weight_at(&d, score->n, score->n, hi);
    w->lo = lo;
    w->hi = hi;
}

/* The largest number of the row, and the tuple's less that: as ranks, or numbers. */
static struct tc_form below_largest(struct lowering *L, const struct head *a, const struct chain *s,
                                    bool ranks)
{
    struct tc_family *f = L->family;
    mpz_ptr *step = tc_alloc(f->arena, s->n, sizeof *step), lo = tc_mpz(f->arena);
    struct tc_index *t = tc_index_new(f, "t", s->n, s->plane->chain ? s->plane->chain->size : NULL);
    const struct tc_index *over = t;
    struct tc_axis at = tc_axis_of(f->arena, t);
    int64_t extent = s->n, value[2] = {0, 1};
    mpz_ptr one = tc_mpz_si(f->arena, 1);
    struct steps any = {.n = 1, .at = &one, .value = value};
    struct tc_form x = rank_gate(L, s, tc_axis_plus(f->arena, tc_axis_const(1), 1, t));
    struct guards guards = row_guards(L, a);
    struct tc_form m;

    any.form = row_sum(L, a, x);
    m = wire_of(L, chain_new(L, any, "max", "T_max", &guards,
                             "a row's largest score: the OR over its tuples")
                       .plane);
    for (unsigned k = 0; k < s->n; k++) {
        step[k] = tc_mpz_si(f->arena, 1);
        if (!ranks) {
            mpz_t before;

            mpz_init(before);
            number_of(L, s->keys, s->value[k + 1], step[k]);
            number_of(L, s->keys, s->value[k], before);
            mpz_sub(step[k], step[k], before);
            mpz_clear(before);
        }
        mpz_sub(lo, lo, step[k]);
    }
    x = tc_form_sub(f, x, m);
    x = tc_form_times(f, x, tc_table_dense_mpz(f, "step", 1, &extent, step), &at);
    return tc_form_range(f, tc_form_sum(f, x, 1, &over, 0, NULL), lo, tc_mpz(f->arena));
}

/* 1 where form >= 0, else 0 */
static struct steps at_least_zero(struct lowering *L, struct tc_form form)
{
    struct tc_arena *arena = L->family->arena;
    struct steps s = {.form = form, .n = 1};

    s.at = tc_alloc(arena, 1, sizeof *s.at);
    s.at[0] = tc_mpz(arena);
    s.value = tc_alloc(arena, 2, sizeof *s.value);
    s.value[1] = 1;
    return s;
}

/* the same weight of all tuples */
static struct steps one_weight(struct lowering *L, int64_t value, bool keys)
{
    struct steps s = {.form = tc_form_si(L->family, 0), .keys = keys};

    s.value = tc_alloc(L->family->arena, 1, sizeof *s.value);
    s.value[0] = value;
    return s;
}

/* the same value, which rises with the form */
static struct steps rising(struct lowering *L, struct steps s)
{
    struct tc_arena *arena = L->family->arena;
    size_t rows = s.rows ? s.rows : 1;
    struct steps r = s;

    if (!s.n || s.value[0] < s.value[s.n])
        return s;
    r.form = tc_form_scale_si(L->family, s.form, -1);
    r.at = tc_alloc(arena, rows * s.n, sizeof *r.at);
    r.value = tc_alloc(arena, s.n + 1, sizeof *r.value);
    for (size_t row = 0; row < rows; row++)
        for (size_t k = 0; k < s.n; k++) { /* form >= at: unless -form >= 1 - at */
            mpz_ptr at = r.at[row * s.n + k] = tc_mpz(arena);

            mpz_ui_sub(at, 1, s.at[row * s.n + s.n - 1 - k]);
        }
    for (size_t k = 0; k <= s.n; k++)
        r.value[k] = s.value[s.n - k];
    return r;
}

struct weights weights_of(struct lowering *L, const struct head *a, struct steps score)
{
    bool hard = a->att->kind == TC_AVERAGE_HARD;
    struct weights w = {0};
    struct chain *s;

    if (a->att->kind == TC_LINEAR_ATTENTION) {
        w.steps = score;
        return w;
    }
    if (!hard && !a->att->stable) {
        w.steps = steps_applied(L, score, exp_value, L, "score", &a->guards, "the score, rounded");
        return w;
    }
    if (!score.n) {
        w.steps = hard ? one_weight(L, 1, false) : one_weight(L, exp_value(L, 0), score.keys);
        return w;
    }
    s = tc_alloc(L->family->arena, 1, sizeof *s);
    *s = chain_new(L, rising(L, score), "score", "T_round", &a->guards, "rounded scores");
    if (is_fused(L, a, hard))
        fuse(L, &w, s, hard);
    else if (hard)
        w.steps = at_least_zero(L, below_largest(L, a, s, true));
    else
        w.steps =
            steps_apply(L,
                        steps_stored(L, steps_shift(L, below_largest(L, a, s, false), 0), "below",
                                     "T_round", &a->guards, "the score less the row's largest"),
                        exp_of_difference, L);
    return w;
}

uint64_t weights_gates(const struct weights *w)
{
    return w->score ? (uint64_t)w->both.n + w->own.n + w->row.n : w->steps.n;
}

struct tc_form weights_times(struct lowering *L, const struct head *a, const struct weights *w,
                             const char *name, unsigned n, const struct word *word,
                             const char *note)
{
    struct tc_family *f = L->family;
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    struct tc_form x;

    if (!w->score)
        return product_gated(L, name, w->steps, n, word, &a->guards, note);
    product_range(L, n, word, lo, hi);
    range_times(L, lo, hi, w->lo, w->hi);
    x = rank_steps_times(L, a, w, &w->both, name, n, word, note);
    x = tc_form_add(
        f, x,
        rank_steps_times(L, a, w, &w->own, tc_sprintf(f->arena, "%s.own", name), n, word, note));
    x = tc_form_add(
        f, x,
        rank_steps_times(L, a, w, &w->row, tc_sprintf(f->arena, "%s.row", name), n, word, note));
    if (mpz_sgn(w->base) && n) {
        struct tc_form all =
            product(L, tc_sprintf(f->arena, "%s.base", name), n, word, &a->guards, note);

        x = tc_form_add(f, x, tc_form_scale(f, all, w->base));
    } else {
        x = tc_form_add(f, x, tc_form_const(f, w->base));
    }
    return tc_form_range(f, x, lo, hi);
}

void weights_make(struct lowering *L, const struct head *a, struct weights *w)
{
    bool hard = a->att->kind == TC_AVERAGE_HARD;
    const char *note = hard                                  ? "the tuple has the largest score"
                       : a->att->kind == TC_LINEAR_ATTENTION ? "rounded scores, never negative"
                       : L->spec->rounding == TC_OP          ? "exp of the rounded, scaled score"
                                                             : "exp of the rounded score";

    if (w->score) {
        w->form = weights_times(L, a, w, "a", 0, NULL, note);
        return;
    }
    w->gates = chain_new(L, w->steps, "a", hard ? "T_max" : "T_exp", &a->guards, note);
    w->form = w->gates.form;
}

struct tc_form weights_total(struct lowering *L, const struct head *a, const struct weights *w)
{
    struct tc_family *f = L->family;
    bool count = a->att->kind == TC_UNNORMALIZED;
    struct tc_form one = count ? tc_form_si(f, 1) : w->form;
    struct tc_form x = sum_over(L, one, a->keys, a->token + 1, &a->guards);
    mpz_srcptr least = a->att->kind == TC_AVERAGE_HARD || a->att->stable ? one.hi : one.lo;

    /* unless keys are before the query it sees one tuple at least, and one is the largest */
    if (a->att->mask != TC_MASK_STRICT_CAUSAL && L->spec->rounding == TC_BLOCK &&
        mpz_cmp(least, x.lo) > 0)
        x = tc_form_range(f, x, least, x.hi);
    return x;
}

/* ------------------------------------------------------------ the first largest */

/* over tuples and ranks v: x_v, no x_(v+1) here or after the tuple, no x_v before it.  Of
 * all tuples and ranks just one is 1, the others 0 or less. */
static struct tc_form is_first(struct lowering *L, const struct head *a, const struct chain *s,
                               const struct tc_index *v)
{
    struct tc_family *f = L->family;
    struct tc_axis rank = tc_axis_of(f->arena, v), next = rank;
    struct tc_form one = tc_form_si(f, 1), x = one, above = tc_form_si(f, 0);
    struct tc_guard guard = {.expr = rank};

    if (s->n) {
        guard.expr.at.constant = -1; /* v >= 1 */
        x = tc_form_sum(f, rank_gate(L, s, rank), 0, NULL, 1, &guard);
        guard.expr = tc_axis_plus(f->arena, tc_axis_const(0), -1, v); /* v <= 0 */
        x = tc_form_add(f, x, tc_form_sum(f, one, 0, NULL, 1, &guard));
        x = tc_form_range_si(f, x, 0, 1);
        guard.expr.at.constant = (int64_t)s->n - 1; /* v < n */
        next.at.constant = 1;
        above = tc_form_sum(f, rank_gate(L, s, next), 0, NULL, 1, &guard);
    }
    above = tc_form_add(f, above, others_sum(L, a, above, false));
    return tc_form_sub(f, tc_form_sub(f, x, others_sum(L, a, x, true)), above);
}

/* gates of a form of the tuple's score that is at most 1, and of `with`, 0 or 1 */
static struct tc_form is_one(struct lowering *L, const struct head *a, const struct chain *score,
                             struct tc_form form, struct tc_form with, const char *name, int64_t at,
                             const char *note)
{
    struct steps s = at_least_zero(L, tc_form_add(L->family, form, with));
    struct chain c;

    s.at[0] = tc_mpz_si(L->family->arena, at);
    c = chain_new(L, s, name, "T_max", &a->guards, note);
    special_copy(L, c.plane, score, &with);
    return c.form;
}

struct word first_largest(struct lowering *L, const struct head *a, struct steps score,
                          const struct word *v)
{
    struct tc_family *f = L->family;
    double ranks = ldexp(1, (int)L->bits), tuple = tuple_gates(L, a), bit = value_gates(L, a, 1);
    struct cost way[3] = {{1, ranks * bit}, {2, ranks * tuple + bit}, {3, tuple + bit}};
    unsigned chosen = cheapest(L, 3, way), nover = a->keys;
    const struct tc_index *over[TC_MOST_KEYS + 1];
    struct chain s =
        chain_new(L, rising(L, score), "score", "T_round", &a->guards, "rounded scores");
    struct word y = *v;
    struct tc_form x, none = tc_form_si(f, 0);

    memcpy(over, a->token + 1, a->keys * sizeof *over);
    if (chosen == 2 && s.n) { /* the largest, then the first of those */
        x = is_one(L, a, &s, below_largest(L, a, &s, true), none, "largest", 0,
                   "the tuple has the largest score");
        x = tc_form_sub(f, x, others_sum(L, a, x, true));
    } else {
        over[nover++] = tc_index_new(f, "v", (int64_t)s.n + 1, NULL);
        x = is_first(L, a, &s, over[nover - 1]);
        if (chosen == 1) {
            x = is_one(L, a, &s, x, none, "first", 1,
                       "the tuple is the first with the largest score");
            x = tc_form_range_si(f, tc_form_sum(f, x, 1, &over[--nover], 0, NULL), 0, 1);
        }
    }
    x = is_one(L, a, &s, x, v->bit, "y.and", 2,
               "bits of the value of the first tuple with the largest score");
    y.bit = tc_form_range_si(f, sum_over(L, x, nover, over, &a->guards), 0, 1);
    x = tc_form_times(f, y.bit, y.weight, (struct tc_axis[1]){tc_axis_of(f->arena, y.a)});
    y.value = tc_form_sum(f, x, 1, &y.a, 0, NULL);
    if (y.wide) {
        mpz_ptr zero = tc_mpz(f->arena);

        y.value = tc_form_range(f, y.value, mpz_sgn(v->value.lo) < 0 ? v->value.lo : zero,
                                mpz_sgn(v->value.hi) > 0 ? v->value.hi : zero);
    } else {
        y.lo = y.lo < 0 ? y.lo : 0;
        y.hi = y.hi > 0 ? y.hi : 0;
        y.value = tc_form_range_si(f, y.value, y.lo, y.hi);
    }
    return y;
}
