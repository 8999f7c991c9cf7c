/* prim_arith_many.c -- sums of many terms, rounded once
 *
 * Terms, of floats or of products, at the places of their exponents or of these with gaps cut
 * off (cluster.h).  Layers: the places (none or two); the terms shifted to them (one; or
 * two more, which takes fewer gates); the bits of S', or of S' / N, and where it begins; the
 * bits selected, and rounded.  CONSTRUCTIONS.md, "Sums of many terms".
 */
#include "cluster.h"

#include <assert.h>

#define MOST_WIDTH 1024 /* of S' without cut gaps, if these make it shorter */

/* ------------------------------------------------------------------------ ranges */

/* where the r-th lowest term is at most, and what it is at most */
static unsigned place_most(const struct cluster *c, unsigned r)
{
    return c->cut && (uint64_t)r * c->gap < c->most ? r * c->gap : c->most;
}

static void term_most(const struct cluster *c, unsigned r, mpz_ptr x)
{
    mpz_set_ui(x, 0);
    mpz_setbit(x, c->bits);
    mpz_sub_ui(x, x, 1);
    mpz_mul_2exp(x, x, place_most(c, r) + c->more);
}

static unsigned terms_of_range(const struct cluster *c)
{
    return c->cut ? c->n : c->terms;
}

/* Of each place the most that a term there is with its bits cut off at N 2^z: of numbers below
 * 2^z whole, and any other bit may be nearly N 2^z.  best[c]: of the places up to c. */
static void cut_terms(struct cluster *c, mpz_srcptr unit, mpz_ptr *best)
{
    struct tc_arena *scratch = tc_arena_new();
    unsigned n = c->reach + c->bits + 1;
    mpz_ptr *bit = tc_alloc(scratch, n, sizeof *bit), x = tc_mpz(scratch);

    for (unsigned e = 0; e < n; e++) {
        bit[e] = tc_mpz(scratch);
        mpz_setbit(bit[e], c->more + e);
        mpz_fdiv_r(bit[e], bit[e], unit);
        if (e < c->bits)
            mpz_add(x, x, bit[e]);
    }
    for (unsigned place = 0; place <= c->reach; place++) {
        mpz_set(best[place], place && mpz_cmp(best[place - 1], x) > 0 ? best[place - 1] : x);
        mpz_sub(x, x, bit[place]);
        mpz_add(x, x, bit[place + c->bits]);
    }
    tc_arena_free(scratch);
}

/* What the r lowest terms come to is at most (2^w - 1) 2^c, c <= r G, and all others are
 * cut off at 2^z; or each of their bits at N 2^z.  Negative ones are such a sum less
 * (2^w - 1) 2^c, cut off. */
static void ranges(struct cluster *c)
{
    struct tc_arena *arena = c->l->low.family->arena;
    unsigned n = terms_of_range(c), more = c->l->f->underflow == TC_GRADUAL;
    mpz_ptr x = tc_mpz(arena), unit = tc_mpz(arena);
    mpz_ptr *best = tc_alloc(arena, c->reach + 1, sizeof *best);

    for (unsigned k = 0; c->divide && k <= c->reach; k++)
        best[k] = tc_mpz(arena);
    c->s.constant = tc_mpz(arena);
    c->s.bits = c->width;
    c->s.divide = c->divide;
    c->s.lo = tc_alloc(arena, c->width + 1, sizeof *c->s.lo);
    c->s.hi = tc_alloc(arena, c->width + 1, sizeof *c->s.hi);
    for (unsigned z = 0; z <= c->width; z++) {
        mpz_set_ui(unit, 1);
        mpz_mul_2exp(unit, c->divide ? c->divide : unit, z);
        if (c->divide)
            cut_terms(c, unit, best);
        mpz_sub_ui(unit, unit, 1);
        c->s.lo[z] = tc_mpz(arena);
        c->s.hi[z] = tc_mpz(arena);
        for (unsigned r = 0; r < n; r++) {
            unsigned place = place_most(c, r) + more;

            term_most(c, r, x);
            if (mpz_cmp(x, unit) > 0)
                mpz_set(x, unit);
            mpz_sub(c->s.lo[z], c->s.lo[z], x);
            mpz_add(c->s.hi[z], c->s.hi[z],
                    c->divide ? best[place < c->reach ? place : c->reach] : x);
        }
    }
}

/* ------------------------------------------------------------------ where it begins */

struct tc_form cl_turned(struct cluster *c, const struct tc_index *side, int64_t coef)
{
    static const int64_t turn[2] = {1, -1};
    struct tc_family *f = c->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, side);
    struct tc_form x = tc_form_scale_si(f, c->value, coef);

    return tc_form_times(f, x, table_of(&c->l->low, "turn", 2, turn), &at);
}

/* [some field is at most e], e < p: it ends the shift of a sum of subnormal numbers */
static struct tc_form room(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = cl_term(c), *e = tc_index_new(f, "e", l->p, NULL);
    struct tc_form x;

    x = wire_of(&l->low, cl_bank(c, "above", cl_exponent(c, j), e, cl_thresholds(c, e, 1), NULL,
                                 "its field leaves room for a shift"));
    x = tc_form_scale_si(f, tc_form_sum(f, x, 1, &j, 0, NULL), -1);
    return ar_gate_si(l, "room", x, 1 - (int64_t)c->terms, "the least field leaves no room");
}

/* Sums of floats are exact where they are subnormal: a shift of t + 1 - p at least where a
 * field is at most p - t.  Others end at the last place of subnormal numbers. */
static bool has_room(const struct cluster *c)
{
    return c->cut && !c->floor && c->l->f->underflow == TC_GRADUAL;
}

/* [the shift is at least least + t whatever the sum is, unless that is 0], free in t; with
 * entries mask[t] as large as thresholds */
static struct tc_form least_shift(struct cluster *c, const struct tc_index *t, mpz_ptr *const theta,
                                  mpz_ptr *mask)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t *row = tc_alloc(f->arena, c->rows, sizeof *row);
    struct tc_axis at = tc_axis_of(f->arena, t), axis[2];
    const struct tc_index **free;
    bool by_room = has_room(c);
    struct tc_form x;

    for (unsigned k = 0; k < c->rows; k++) {
        bool masked = k >= 1 && k <= (by_room ? l->p : c->most);

        row[k] = masked ? (by_room ? l->p - k : k - 1) : 0;
        mask[k] = masked ? tc_mpz_copy(f->arena, theta[k]) : tc_mpz(f->arena);
        if (masked)
            mpz_sub_ui(mask[k], mask[k], 1);
    }
    at = (struct tc_axis){.via = table_of(&l->low, "row", c->rows, row), .arg = at.at};
    if (!by_room) {
        axis[0] = tc_axis_const((int64_t)c->n - 1);
        axis[1] = at;
        return tc_form_wire(f, c->at, axis);
    }
    x = room(c);
    tc_form_free(f, &x, &free);
    return tc_form_subst(f, x, free[0], at);
}

/* gates [side S' >= N 2^(least + p - 1 + t)], and [side S' >= 1] of t = 0: the quotient's
 * shift is at least least + t */
static void sides(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *side = tc_index_new(f, "side", 2, NULL);
    const struct tc_index *t = tc_index_new(f, "t", c->rows, NULL);
    bool masked = c->floor || has_room(c);
    struct tc_form x = cl_turned(c, side, 1), at;
    mpz_ptr *theta = tc_alloc(f->arena, c->rows, sizeof *theta);
    mpz_ptr *mask = tc_alloc(f->arena, c->rows, sizeof *mask);

    for (unsigned k = 0; k < c->rows; k++) {
        theta[k] = tc_mpz_si(f->arena, 1);
        if (k && c->divide)
            mpz_set(theta[k], c->divide);
        if (k)
            mpz_mul_2exp(theta[k], theta[k], (unsigned)(c->least + (int)l->p - 1) + k);
    }
    at = times_table(&l->low, "theta", tc_form_si(f, 1), 1, &t, theta);
    if (masked) {
        struct tc_form least = least_shift(c, t, theta, mask);

        x = tc_form_add(f, x, times_table(&l->low, "mask", least, 1, &t, mask));
    }
    c->side = cl_bank(c, "begin", x, masked ? NULL : t, at, NULL, "where the sum's leading one is");
}

static struct tc_form side_at(struct cluster *c, unsigned side, struct tc_axis t)
{
    struct tc_axis at[2] = {tc_axis_const(side), t};

    return tc_form_wire(c->l->low.family, c->side, at);
}

/* [the shift is least + k, and the sum is of this side], free in k */
static struct tc_form chosen(struct cluster *c, unsigned side, const struct tc_index *k)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t *next = tc_alloc(f->arena, c->rows, sizeof *next);
    int64_t *more = tc_alloc(f->arena, c->rows, sizeof *more);
    struct tc_axis at = tc_axis_of(f->arena, k), via;
    struct tc_form x;

    for (unsigned t = 0; t < c->rows; t++) {
        more[t] = t + 1 < c->rows;
        next[t] = more[t] ? t + 1 : t;
    }
    via = (struct tc_axis){.via = table_of(&l->low, "next", c->rows, next), .arg = at.at};
    x = tc_form_times(f, side_at(c, side, via), table_of(&l->low, "more", c->rows, more), &at);
    return claim(&l->low, tc_form_sub(f, side_at(c, side, at), x), 0, 1);
}

/* ---------------------------------------------------------------------- rounding */

/* S' < 0, or it is 0 and all terms are -0; infinities decide before that */
static struct tc_form sum_sign(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = cl_term(c);
    mpz_ptr big = tc_mpz_copy(f->arena, c->value.hi);
    struct tc_form x;

    if (!l->f->signed_zero && !l->f->nan)
        return side_at(c, 1, tc_axis_const(0));
    x = tc_form_scale_si(f, c->value, -(int64_t)c->terms - 1);
    if (l->f->signed_zero)
        x = tc_form_add(f, x, tc_form_sum(f, cl_sign(c, j), 1, &j, 0, NULL));
    mpz_add_ui(big, big, 1);
    mpz_mul_ui(big, big, 2 * (c->terms + 1));
    x = tc_form_add(f, x, tc_form_scale(f, tc_form_sub(f, c->minus, c->plus), big));
    return ar_gate_si(l, "sign", x, c->terms, "negative, or a zero of negative terms");
}

/* Of negative numbers the quotient's bits below the lowest of S', which is there where the
 * shift is below 0: the complements of 0. */
static struct tc_form below_all(struct cluster *c, const struct tc_index *i)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t *row = tc_alloc(f->arena, (size_t)i->extent, sizeof *row);
    struct tc_axis at = tc_axis_of(f->arena, i);

    for (int64_t k = 0; k < i->extent; k++)
        row[k] = -(int64_t)c->least - k > 0 ? -(int64_t)c->least - k : 0;
    at = (struct tc_axis){.via = table_of(&l->low, "row", (unsigned)i->extent, row), .arg = at.at};
    return tc_form_sub(f, side_at(c, 1, tc_axis_const(0)), side_at(c, 1, at));
}

/* Sums of floats are exact below the least normal number. */
static bool asks_for_half(const struct cluster *c)
{
    return c->l->f->underflow == TC_NEAREST && (c->products || c->mean || c->exact);
}

/* The rounded quotient of |S'|.  That of S' is [S' / 2^s] + up; negative, its complement
 * and 1 - up.  *inexact: what more than the complement, twice, is |S'| / 2^s rounded down,
 * twice, and 1 if that is not exact. */
static void rounded(struct cluster *c, const struct carries *bits, struct fl_result *r,
                    struct tc_form *inexact)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    struct ar_rounding round = {
        .bits = *bits, .width = c->width, .least = c->least, .n = c->rows - 1, .divide = c->divide};
    const struct tc_index *k = tc_index_new(f, "k", c->rows, NULL), *i;
    struct carry_part minus;
    struct tc_axis at;
    struct tc_form up, x;
    bool halves = asks_for_half(c);

    round.k = k;
    round.chosen = chosen(c, 0, k);
    r->npart = 2;
    ar_selected(l, "select", &round, &r->part[0]);
    up = ar_rounded_up(l, "up", &round);
    *inexact = tc_form_si(f, 0);
    if (halves)
        *inexact = ar_inexact(l, "inexact", &round);
    round.chosen = chosen(c, 1, k);
    up = tc_form_sub(f, up, ar_rounded_up(l, "up.minus", &round));
    up = tc_form_add(f, up, side_at(c, 1, tc_axis_const(0)));
    if (halves) {
        *inexact = tc_form_sub(f, *inexact, ar_inexact(l, "inexact.minus", &round));
        *inexact = ar_plus(l, *inexact, 2, side_at(c, 1, tc_axis_const(0)));
    }
    round.bits.bit = tc_form_sub(f, tc_form_si(f, 1), round.bits.bit);
    ar_selected(l, "select.minus", &round, &minus);
    i = r->part[0].ix[0];
    at = tc_axis_of(f->arena, i);
    x = tc_form_add(f, r->part[0].wire, tc_form_subst(f, minus.wire, minus.ix[0], at));
    if (c->least < 0)
        x = tc_form_add(f, x, below_all(c, i));
    r->part[0].wire = claim(&l->low, x, 0, 1);
    r->part[1] = (struct carry_part){.wire = claim(&l->low, up, 0, 1)};
    r->part[1].to = tc_alloc(f->arena, 1, sizeof *r->part[1].to);
    r->part[1].to[0] = ar_mpz(l, 1);
}

/* the rows' gates from t = 1 on, of both sides: the shift, less the least one */
static struct tc_form amount(struct cluster *c)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_index *t = tc_index_new(f, "t", c->rows, NULL);
    const struct tc_index *side = tc_index_new(f, "side", 2, NULL), *ix[2] = {side, t};
    struct tc_axis at[2] = {tc_axis_of(f->arena, side), tc_axis_of(f->arena, t)};
    int64_t *some = tc_alloc(f->arena, c->rows, sizeof *some);
    struct tc_form x;

    for (unsigned k = 1; k < c->rows; k++)
        some[k] = 1;
    x = tc_form_times(f, tc_form_wire(f, c->side, at), table_of(&c->l->low, "some", c->rows, some),
                      &at[1]);
    return claim(&c->l->low, tc_form_sum(f, x, 2, ix, 0, NULL), 0, (int64_t)c->rows - 1);
}

/* (field - 1) B, far beyond for infinities; 0 or less for a sum of 0 */
static struct tc_form key_base(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t unit = (c->exact ? c->unit : c->products ? l->f->low - 2 : -1) - c->halve, least;
    mpz_ptr big = power_of_two(&l->low, l->q);
    struct tc_form x = amount(c);

    mpz_mul_ui(big, big, 4);
    least = c->least + unit - (int64_t)c->more;
    if (c->cut)
        x = tc_form_add(f, x, cl_offset(c));
    x = tc_form_scale(f, ar_plus_si(l, x, least), power_of_two(&l->low, l->p - 1));
    mpz_add_ui(big, big, 2 * (l->p + c->width) + (least < 0 ? 0 : (unsigned long)least));
    mpz_add_ui(big, big, c->last < 0 ? 0 : (unsigned long)c->last);
    mpz_mul_2exp(big, big, l->p + 1);
    if (least > 0) {
        struct tc_form none = side_at(c, 0, tc_axis_const(0));

        none = tc_form_add(f, none, side_at(c, 1, tc_axis_const(0)));
        x = tc_form_add(f, x, tc_form_scale(f, ar_plus_si(l, none, -1), big));
    }
    mpz_mul_2exp(big, big, 1);
    return tc_form_add(f, x, tc_form_scale(f, c->beyond, big));
}

/* the key, with its parts */
static struct tc_form whole_key(struct cluster *c, const struct fl_result *r)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *i = r->part[0].ix[0];
    struct tc_form x = times_table(&l->low, "place", r->part[0].wire, 1, &i, r->part[0].to);

    x = tc_form_add(f, tc_form_sum(f, x, 1, &i, 0, NULL), r->part[1].wire);
    x = claim_mpz(&l->low, x, ar_mpz(l, 0), power_of_two(&l->low, l->p));
    return tc_form_add(f, r->high, x);
}

/* ---------------------------------------------------------------------- the ways */

/* Where the shift begins.  A quotient by N is cut nowhere above half of its last place, so
 * it begins with a shift of 1 or more. */
static void sizes(struct cluster *c, bool cut)
{
    struct fl *l = c->l;
    bool gradual = l->f->underflow == TC_GRADUAL;
    int64_t least;
    mpz_t full, x;

    c->cut = cut;
    c->floor = cut && gradual && (c->products || c->mean);
    c->n = c->terms + c->floor;
    c->more = 0;
    c->reach = c->most = (unsigned)c->top;
    if (cut)
        cl_gaps(c);
    c->reach = c->most + (cut && gradual && c->products);
    if (!cut)
        least = gradual ? c->last : c->last - 1;
    else
        least = c->floor ? 0 : 1 - (int64_t)l->p;
    least = least < 1 - (int64_t)l->p ? 1 - (int64_t)l->p : least;
    if (c->divide && least < 1)
        c->more =
            cut && !gradual ? l->p + (unsigned)mpz_sizeinbase(c->divide, 2) : (unsigned)(1 - least);
    c->least = c->divide && least < 1 ? 1 : (int)(least + (int64_t)c->more);
    mpz_inits(full, x, NULL);
    for (unsigned r = 0; r < terms_of_range(c); r++) {
        term_most(c, r, x);
        mpz_add(full, full, x);
    }
    if (c->divide)
        mpz_fdiv_q(full, full, c->divide);
    c->width = (unsigned)mpz_sizeinbase(full, 2);
    mpz_clears(full, x, NULL);
    if (c->floor && c->width < c->most + c->more + l->p)
        c->width = c->most + c->more + l->p;
    if ((int64_t)c->width < c->least + (int64_t)l->p)
        c->width = (unsigned)(c->least + (int)l->p);
    c->rows = c->width - (unsigned)(c->least + (int)l->p - 1);
}

static double shift_gates(const struct cluster *c, unsigned step)
{
    double w = c->bits, reach = c->reach, n = c->terms, gates = n * w * reach;

    if (!step)
        return gates;
    gates = n * (w * step + (w + step - 1) * (c->reach / step + 1));
    return gates + (c->l->f->underflow == TC_GRADUAL ? n * reach : 0);
}

/* the step that takes the fewest gates, or 0 */
static unsigned best_step(const struct cluster *c)
{
    double least = shift_gates(c, 0);
    unsigned best = 0;

    for (unsigned r = 2; r <= c->reach; r++)
        if (shift_gates(c, r) < least) {
            least = shift_gates(c, r);
            best = r;
        }
    return best;
}

/* roughly: what all ways have in common is left out */
static struct cost cost_of(const struct cluster *c, unsigned step)
{
    double p = c->l->p, n = c->n, gates = shift_gates(c, step);
    unsigned depth = c->products || c->cut ? 3 : 2;

    if (c->cut)
        gates += 2 * n * n * c->gap + 2 * n * c->most;
    if (c->cut || step)
        gates += n * c->most;
    if (step)
        depth = c->cut ? 5 : c->products || c->l->f->underflow == TC_GRADUAL ? 4 : 3;
    gates += (2 * p + 4) * c->rows + n * c->width * (c->divide ? c->bits / 2 : 1);
    return (struct cost){depth + 2, gates};
}

/* gaps cut off or not, in one step or in two, as -O asks for */
static void choose(struct cluster *c, enum fl_places places)
{
    struct cluster way[4];
    struct cost cost[4];
    unsigned n = 0, best;

    for (unsigned cut = 0; cut < 2; cut++) {
        if (places == (cut ? FL_EXPONENTS : FL_CUT_GAPS))
            continue;
        sizes(c, cut);
        if (!cut && places == FL_ANY_PLACES && c->width > MOST_WIDTH) {
            unsigned width = c->width;

            sizes(c, true);
            if (c->width < width)
                continue;
            sizes(c, false);
        }
        for (unsigned steps = 0; steps < 2; steps++) {
            c->step = steps ? best_step(c) : 0;
            if (steps && !c->step)
                continue;
            cost[n] = cost_of(c, c->step);
            way[n++] = *c;
        }
    }
    for (unsigned k = 1; k < n; k++) /* by depth */
        for (unsigned m = k; m && cost[m].depth < cost[m - 1].depth; m--) {
            struct cost t = cost[m];
            struct cluster w = way[m];

            cost[m] = cost[m - 1];
            way[m] = way[m - 1];
            cost[m - 1] = t;
            way[m - 1] = w;
        }
    best = cheapest(&c->l->low, n, cost);
    *c = way[best];
}

static struct cluster *opened(struct fl *l, unsigned divide)
{
    struct cluster *c = tc_alloc(l->low.family->arena, 1, sizeof *c);
    unsigned n = l->prim->noperand + l->prim->nconst;
    int64_t top = l->f->nan ? ((int64_t)1 << l->q) - 1 : l->f->top;

    c->l = l;
    c->products = l->prim->op == TC_OP_DOT;
    n = c->products ? n / 2 : n;
    c->terms = n < 2 ? 2 : n;
    c->bits = c->products ? 2 * l->p : l->p;
    c->top = c->products ? 2 * top : top;
    c->mean = divide > 1;
    for (; divide && divide % 2 == 0; divide /= 2)
        c->halve++;
    c->last = (c->products ? 2 - l->f->low : 1) + c->halve;
    c->divide = divide > 1 ? ar_mpz(l, divide) : NULL;
    return c;
}

/* the number rounded, without sign and NaN */
static struct fl_result magnitude(struct cluster *c, const struct carries *bits)
{
    struct fl *l = c->l;
    struct fl_result r = {.has_nan = l->f->nan, .has_half = l->f->underflow == TC_NEAREST};
    struct tc_form inexact;

    rounded(c, bits, &r, &inexact);
    r.high = key_base(c);
    r.key = whole_key(c, &r);
    if (r.has_half)
        r.half = r.key;
    if (asks_for_half(c)) { /* rounded down: 0 is the half */
        r.half = ar_plus(l, r.key, -1, r.part[1].wire);
        r.half = ar_plus(l, inexact, 2, r.half);
    }
    return r;
}

bool fl_arith_many(struct fl *l, enum fl_places places, unsigned divide)
{
    struct cluster *c = opened(l, divide);
    struct fl_result r;
    struct carries bits;

    choose(c, places);
    cl_constants(c);
    cl_places(c);
    cl_terms(c);
    ranges(c);
    bits = carries_new(&l->low, "carry", &c->s, "carries into each bit of the sum");
    c->value = tc_form_subst(l->low.family, bits.raw, bits.z, tc_axis_const(c->width));
    c->value = claim_mpz(&l->low, c->value, c->s.lo[c->width], c->s.hi[c->width]);
    sides(c);
    cl_specials(c);
    r = magnitude(c, &bits);
    r.sign = sum_sign(c);
    r.nan = c->nan;
    fl_output(l, "y", r);
    return true;
}

/* ----------------------------------------------------------------- exact numbers */

#define MOST_REACH 64 /* of shifts in one step, whatever -O says: depth is the same for all n */

/* S' is a multiple of 4, as fields of numbers that are not 0 count from 1 on */
bool fl_arith_exact_dot(struct fl *l)
{
    struct cluster *c = opened(l, 0);
    struct carries bits;

    c->terms = l->prim->noperand / 2;
    sizes(c, false);
    c->step = c->reach > MOST_REACH ? best_step(c) : 0;
    c->width++; /* the sign */
    cl_constants(c);
    cl_places(c);
    cl_terms(c);
    ranges(c);
    c->s.first = 2;
    bits = carries_new(&l->low, "carry", &c->s, "carries into each bit of the sum");
    tc_family_output(
        l->low.family, "y",
        cl_bank(c, "y", bits.bit, NULL, tc_form_si(l->low.family, 1), NULL, "bits of the sum"));
    return true;
}

/* the operand's word, in two's complement, as parts and as a form */
static void add_word(struct cluster *c, unsigned bits)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct tc_axis at[2] = {tc_axis_const(0), tc_axis_of(f->arena, a)};
    struct carry_part *p = &c->s.part[c->s.npart++];
    mpz_ptr *weight = tc_alloc(f->arena, bits, sizeof *weight), low = tc_mpz(f->arena);

    *p = (struct carry_part){.wire = tc_form_wire(f, l->x, at), .n = 1, .ix = {a}};
    p->from = tc_alloc(f->arena, bits, sizeof *p->from);
    p->to = tc_alloc(f->arena, bits, sizeof *p->to);
    for (unsigned k = 0; k < bits; k++) {
        weight[k] = p->to[k] = power_of_two(&l->low, k);
        p->from[k] = tc_mpz(f->arena);
    }
    weight[bits - 1] = low; /* on its way to 0 */
    mpz_neg(low, p->to[bits - 1]);
    p->from[bits - 1] = p->to[bits - 1];
    p->to[bits - 1] = tc_mpz(f->arena);
    c->s.constant = tc_mpz_copy(f->arena, low);
    c->s.nstart = 1;
    c->s.start = tc_alloc(f->arena, 1, sizeof *c->s.start);
    c->s.start[0] = p->from[bits - 1];
    c->value = times_table(&l->low, "weight", p->wire, 1, &a, weight);
    c->value = tc_form_sum(f, c->value, 1, &a, 0, NULL);
    c->value = claim_mpz(&l->low, c->value, low, p->from[bits - 1]);
}

/* Of N the constant is taken modulo 2^width N, which changes no bit of the quotient. */
static void word_ranges(struct cluster *c)
{
    mpz_ptr all = power_of_two(&c->l->low, c->width);

    c->s.bits = c->width;
    c->s.divide = c->divide;
    if (c->divide) {
        mpz_mul(all, all, c->divide);
        mpz_fdiv_r(c->s.constant, c->s.constant, all);
    }
    carry_ranges(&c->l->low, &c->s, NULL);
}

bool fl_arith_round(struct fl *l, unsigned bits, mpz_srcptr divide, int64_t unit)
{
    struct tc_family *f = l->low.family;
    struct cluster *c = tc_alloc(f->arena, 1, sizeof *c);
    struct fl_result r;
    struct tc_axis nan[2] = {tc_axis_const(1), tc_axis_const(0)};
    int64_t least = l->f->underflow == TC_GRADUAL ? -unit : -unit - 1;
    struct carries carried;
    mpz_ptr most = power_of_two(&l->low, bits - 1);

    *c = (struct cluster){.l = l, .exact = true, .unit = unit, .divide = divide};
    c->least = (int)(least < 1 - (int64_t)l->p ? 1 - (int64_t)l->p : least);
    assert(!divide || c->least >= 1);
    if (divide)
        mpz_fdiv_q(most, most, divide);
    c->width = (unsigned)mpz_sizeinbase(most, 2);
    if ((int64_t)c->width < c->least + (int64_t)l->p)
        c->width = (unsigned)(c->least + (int)l->p);
    c->rows = c->width - (unsigned)(c->least + (int)l->p - 1);
    c->beyond = tc_form_si(f, 0);
    add_word(c, bits);
    word_ranges(c);
    carried = carries_new(&l->low, "carry", &c->s, "carries into each bit of the quotient");
    sides(c);
    r = magnitude(c, &carried);
    r.sign = side_at(c, 1, tc_axis_const(0));
    if (r.has_nan)
        r.nan = tc_form_wire(f, l->x, nan);
    fl_output(l, "y", r);
    return true;
}
