/* prim_arith_cluster.c -- sums of floats whose exponents are too many for one word
 *
 * Sort the exponents and cut every gap between neighbours off at G = 2p + ceil(log2 N) + 1.
 * What is left are places c_j <= (N-1) G, and S' = sum of +-m_j 2^(c_j) is one integer of
 * a polynomial number of bits.  It has the sign of the sum S, and as S' begins where S does,
 * relative to the terms there, rounds to the same significand.
 *
 * Layer 1: the exponents compared.  Layer 2: gaps, whose sums are the places.  Layer 3: the
 * terms shifted to their places.  Layer 4: the bits of S', where it begins, and which terms
 * are not above that.  Layer 5: the bits selected, and rounded; the exponent of the highest
 * of those terms.  Or the terms are shifted in two steps, by two layers more, which takes
 * fewer gates.  CONSTRUCTIONS.md, "Sums by cut gaps".
 */
#include "arith.h"

struct cluster {
    struct fl *l;
    unsigned n;                /* terms, constants too; at least 2 */
    unsigned gap, most, width; /* G, the largest place C, bits of |S'| */
    unsigned step;             /* R, where terms are shifted in two steps; else 0 */
    /* where there are constants: an operand for each term, 1 if it is the term, else 0 and bits */
    const struct tc_table *operand, *wire, *constant;
    const struct tc_plane *order; /* [E_i - E_k >= t + 1 - G], i < k */
    const struct tc_index *j;
    struct tc_form place;      /* c_j, free in j */
    const struct tc_plane *at; /* [c_j >= t + 1] */
    struct carry_sum s;
    struct tc_form value;                    /* S' */
    const struct tc_plane *side;             /* where S', and -S', begin */
    struct tc_form plus, minus, nan, beyond; /* how many terms are */
};

/* ------------------------------------------------------------------------- words */

static const struct tc_index *new_term(struct cluster *c)
{
    return tc_index_new(c->l->low.family, "j", c->n, NULL);
}

/* the words of constants; a single term has -0 added, which changes nothing */
static void constants(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_prim *p = l->prim;
    unsigned width = l->p + l->q;
    int64_t *operand = tc_alloc(f->arena, c->n, sizeof *operand);
    int64_t *wire = tc_alloc(f->arena, c->n, sizeof *wire), extent[2] = {c->n, width};
    int64_t *bit = tc_alloc(f->arena, (size_t)c->n * width, sizeof *bit);

    if (c->n == p->noperand)
        return;
    for (unsigned i = 0; i < p->noperand; i++) {
        wire[i] = 1;
        operand[i] = i;
    }
    for (unsigned i = 0; i < p->nconst; i++)
        for (unsigned a = 0; a < width; a++)
            bit[(p->noperand + i) * width + a] =
                (int64_t)(p->constant[(size_t)i * p->limbs + a / 64] >> (a % 64) & 1);
    if (p->noperand + p->nconst < c->n)
        bit[c->n * width - 1] = l->f->signed_zero;
    c->operand = table_of(&l->low, "operand", c->n, operand);
    c->wire = table_of(&l->low, "wire", c->n, wire);
    c->constant = tc_table_dense(f, "constant", 2, extent, bit);
}

static struct tc_form word_bit(struct cluster *c, const struct tc_index *j, struct tc_axis a)
{
    struct tc_family *f = c->l->low.family;
    struct tc_axis at[2] = {tc_axis_of(f->arena, j), a}, wire[2] = {at[0], a};
    struct tc_form x;

    if (!c->operand)
        return tc_form_wire(f, c->l->x, at);
    wire[0] = (struct tc_axis){.via = c->operand, .arg = at[0].at};
    x = tc_form_times(f, tc_form_wire(f, c->l->x, wire), c->wire, at);
    return claim(&c->l->low, tc_form_add(f, x, tc_form_table(f, c->constant, at)), 0, 1);
}

static struct tc_form sign_of(struct cluster *c, const struct tc_index *j)
{
    return word_bit(c, j, tc_axis_const((int64_t)c->l->p + c->l->q - 1));
}

/* bits of the word as a number */
static struct tc_form number(struct cluster *c, const struct tc_index *j, unsigned first,
                             unsigned n)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", n, NULL);
    mpz_ptr most = power_of_two(&l->low, n);
    struct tc_form x;

    mpz_sub_ui(most, most, 1);
    x = word_bit(c, j, tc_axis_plus(f->arena, tc_axis_const(first), 1, a));
    x = times_table(&l->low, "power", x, 1, &a, ar_powers(l, n));
    return claim_mpz(&l->low, tc_form_sum(f, x, 1, &a, 0, NULL), ar_mpz(l, 0), most);
}

static struct tc_form field(struct cluster *c, const struct tc_index *j)
{
    return number(c, j, c->l->p - 1, c->l->q);
}

/* ------------------------------------------------------------------------ places */

/* y > x */
static struct tc_guard after(struct cluster *c, const struct tc_index *x, const struct tc_index *y)
{
    struct tc_arena *arena = c->l->low.family->arena;

    return (struct tc_guard){
        tc_axis_plus(arena, tc_axis_plus(arena, tc_axis_const(-1), 1, y), -1, x)};
}

static const struct tc_plane *bank(struct cluster *c, const char *name, struct tc_form x,
                                   const struct tc_index *chain, struct tc_form theta,
                                   const struct tc_guard *guard, const char *note)
{
    return &tc_bank_new(c->l->low.family, name_of(&c->l->low, name), x, chain, theta, true,
                        guard ? 1 : 0, guard, c->l->low.component, note)
                ->plane;
}

/* thresholds first + t */
static struct tc_form thresholds(struct cluster *c, const struct tc_index *t, int64_t first)
{
    struct tc_family *f = c->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, t);
    int64_t *theta = tc_alloc(f->arena, (size_t)t->extent, sizeof *theta);

    for (int64_t k = 0; k < t->extent; k++)
        theta[k] = first + k;
    return tc_form_table(f, table_of(&c->l->low, "theta", (unsigned)t->extent, theta), &at);
}

static void compare(struct cluster *c)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_index *i = new_term(c), *k = new_term(c);
    const struct tc_index *t = tc_index_new(f, "t", 2 * (int64_t)c->gap, NULL);
    struct tc_guard guard = after(c, i, k);

    c->order =
        bank(c, "order", tc_form_sub(f, field(c, i), field(c, k)), t,
             thresholds(c, t, 1 - (int64_t)c->gap), &guard, "differences of the terms' exponents");
}

/* [E_i - E_k >= t + 1 - G], where i < k */
static struct tc_form differ(struct cluster *c, const struct tc_index *i, const struct tc_index *k,
                             struct tc_axis t)
{
    struct tc_arena *arena = c->l->low.family->arena;
    struct tc_axis at[3] = {tc_axis_of(arena, i), tc_axis_of(arena, k), t};

    return tc_form_wire(c->l->low.family, c->order, at);
}

/* The terms before i by exponents, of equal ones by numbers, that are not t + 1 below it:
 * the gap below term i is larger than t iff there are none. */
static struct tc_form near(struct cluster *c, const struct tc_index *i, const struct tc_index *t)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_index *k = new_term(c);
    int64_t g = c->gap;
    struct tc_guard lower = after(c, k, i), higher = after(c, i, k);
    struct tc_form x = differ(c, k, i, tc_axis_plus(f->arena, tc_axis_const(g - 1), -1, t)), y;

    x = claim(&c->l->low, tc_form_sub(f, x, differ(c, k, i, tc_axis_const(g))), 0, 1);
    x = tc_form_sum(f, x, 1, &k, 1, &lower);
    k = new_term(c);
    higher = after(c, i, k);
    y = differ(c, i, k, tc_axis_plus(f->arena, tc_axis_const(g), 1, t));
    y = claim(&c->l->low, tc_form_sub(f, differ(c, i, k, tc_axis_const(g)), y), 0, 1);
    y = tc_form_sum(f, y, 1, &k, 1, &higher);
    return claim(&c->l->low, tc_form_add(f, x, y), 0, (int64_t)c->n - 1);
}

/* [the gap below term i is larger than t, and term i not above term j]; way: i < j, i > j,
 * i = j.  Summed over t and i. */
static struct tc_form gaps(struct cluster *c, unsigned way)
{
    static const char *const name[] = {"gap.before", "gap.after", "gap"};
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *i = new_term(c), *j = way == 2 ? i : new_term(c);
    const struct tc_index *t = tc_index_new(f, "t", c->gap, NULL), *sum[2] = {t, i};
    struct tc_guard guard = way == 1 ? after(c, j, i) : after(c, i, j);
    struct tc_form x = tc_form_scale_si(f, near(c, i, t), -1);
    int64_t g = c->gap;

    if (way == 0)
        x = tc_form_sub(f, x, differ(c, i, j, tc_axis_const(g)));
    if (way == 1)
        x = ar_plus_si(l, tc_form_add(f, x, differ(c, j, i, tc_axis_const(g - 1))), -1);
    x = wire_of(&l->low, bank(c, name[way], x, NULL, tc_form_si(f, 0), way == 2 ? NULL : &guard,
                              "gaps, cut off, below terms that are not above"));
    x = tc_form_sum(f, x, way == 2 ? 1 : 2, sum, way == 2 ? 0 : 1, &guard);
    return tc_form_subst(f, x, j, tc_axis_of(f->arena, c->j));
}

/* c_j; the gap below the lowest counts as G */
static void places(struct cluster *c)
{
    struct tc_family *f = c->l->low.family;
    struct tc_form x = tc_form_si(f, -(int64_t)c->gap);
    const struct tc_index *t;

    c->j = new_term(c);
    for (unsigned way = 0; way < 3; way++)
        x = tc_form_add(f, x, gaps(c, way));
    c->place = claim(&c->l->low, x, 0, c->most);
    t = tc_index_new(f, "t", c->most, NULL);
    c->at = bank(c, "place", c->place, t, thresholds(c, t, 1), NULL, "the terms' places");
}

static struct tc_form place_of(struct cluster *c, const struct tc_index *j)
{
    struct tc_family *f = c->l->low.family;

    return tc_form_subst(f, c->place, c->j, tc_axis_of(f->arena, j));
}

/* ----------------------------------------------------------------------- the sum */

static struct carry_part *new_part(struct cluster *c, struct tc_form wire, unsigned n,
                                   const struct tc_index *i)
{
    struct carry_part *p = &c->s.part[c->s.npart++];

    *p = (struct carry_part){.wire = wire, .n = n, .ix = {i}};
    p->to = tc_alloc(c->l->low.family->arena, carry_points(p), sizeof *p->to);
    return p;
}

/* [bit and c >= t + 1], free in the bit's indices */
static const struct tc_plane *shifted(struct cluster *c, const char *name, const struct tc_index *j,
                                      struct tc_form bit, struct tc_form hidden)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *t = tc_index_new(f, "t", c->most, NULL);
    struct tc_form x = place_of(c, j);

    if (l->f->underflow == TC_GRADUAL) { /* field 0 has the exponent of field 1 */
        x = ar_plus_si(l, tc_form_sub(f, x, hidden), 1);
        x = claim(&l->low, x, 0, c->most);
    }
    x = tc_form_add(f, x, tc_form_scale_si(f, bit, c->most));
    return bank(c, name, x, t, thresholds(c, t, (int64_t)c->most + 1), NULL,
                "bits shifted by their terms' places");
}

/* value 2^t, from t = first on; negative: of -value */
static void set_powers(struct cluster *c, mpz_ptr *to, size_t n, unsigned first, mpz_srcptr value)
{
    for (size_t t = 0; t < n; t++) {
        to[t] = tc_mpz(c->l->low.family->arena);
        mpz_mul_2exp(to[t], value, first + t);
    }
}

/* a bit a term, of this value, and its way up to its place */
static void add_bit(struct cluster *c, const char *name, const struct tc_index *j,
                    struct tc_form bit, struct tc_form hidden, mpz_srcptr value)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_plane *plane = shifted(c, name, j, bit, hidden);
    struct carry_part *p = new_part(c, tc_form_sum(f, bit, 1, &j, 0, NULL), 0, NULL);

    set_powers(c, p->to, 1, 0, value);
    p = new_part(c, tc_form_sum(f, wire_of(&c->l->low, plane), 1, &j, 0, NULL), 1, plane->chain);
    p->from = tc_alloc(f->arena, c->most, sizeof *p->from);
    set_powers(c, p->from, c->most, 0, value);
    set_powers(c, p->to, c->most, 1, value);
}

/* fraction bits: of all that come to place a the values are the same */
static void add_fraction(struct cluster *c, const struct tc_index *j, const struct tc_index *b,
                         struct tc_form bit, struct tc_form hidden)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_plane *plane = shifted(c, "fraction", j, bit, hidden);
    int64_t places = (int64_t)c->most + b->extent - 1;
    const struct tc_index *a = tc_index_new(f, "a", places, NULL), *sum[2] = {j, b};
    struct carry_part *p = new_part(c, tc_form_sum(f, bit, 1, &j, 0, NULL), 1, b);
    struct tc_axis at[3] = {tc_axis_of(f->arena, j), tc_axis_of(f->arena, b),
                            tc_axis_plus(f->arena, tc_axis_of(f->arena, a), -1, b)};
    struct tc_guard guard[2] = {{at[2]}, {tc_axis_const((int64_t)c->most - 1)}};
    struct tc_form x = tc_form_wire(f, plane, at);

    set_powers(c, p->to, (size_t)b->extent, 0, ar_mpz(c->l, 1));
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, a);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, 1, b);
    p = new_part(c, tc_form_sum(f, x, 2, sum, 2, guard), 1, a);
    p->from = tc_alloc(f->arena, (size_t)places, sizeof *p->from);
    set_powers(c, p->from, (size_t)places, 0, ar_mpz(c->l, 1));
    set_powers(c, p->to, (size_t)places, 1, ar_mpz(c->l, 1));
}

/* x and y differ: x + y - 2 [x and y] */
static struct tc_form differing(struct cluster *c, struct tc_form x, struct tc_form y,
                                struct tc_form both)
{
    struct tc_family *f = c->l->low.family;

    x = tc_form_sub(f, tc_form_add(f, x, y), tc_form_scale_si(f, both, 2));
    return claim(&c->l->low, x, 0, 1);
}

/* ------------------------------------------------------- in two steps, two layers more
 *
 * By c mod R, then by the multiple of R: p R + (p + R) C / R gates a term, not p C. */

/* [digit = r] of c_j, free in r: of c mod R, or of c div R */
static struct tc_form digit(struct cluster *c, const struct tc_plane *place,
                            const struct tc_index *j, const struct tc_index *r, bool low)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    size_t n = (size_t)r->extent, most = c->most;
    int64_t *turn = tc_alloc(f->arena, n * most, sizeof *turn), extent[2] = {r->extent, c->most};
    int64_t *first = tc_alloc(f->arena, n, sizeof *first);
    const struct tc_index *t = tc_index_new(f, "t", c->most, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, j), tc_axis_of(f->arena, t)};
    struct tc_form x = tc_form_wire(f, place, at);

    first[0] = 1;
    for (size_t k = 0; k < most; k++) {
        turn[(low ? k % c->step : k / c->step) * most + k]--;
        turn[(low ? (k + 1) % c->step : (k + 1) / c->step) * most + k]++;
    }
    at[0] = tc_axis_of(f->arena, r);
    x = tc_form_times(f, x, tc_table_dense(f, "turn", 2, extent, turn), at);
    x = tc_form_sum(f, x, 1, &t, 0, NULL);
    x = tc_form_add(f, x, tc_form_table(f, table_of(&l->low, "first", (unsigned)n, first), at));
    return claim(&l->low, x, 0, 1);
}

/* sum over k of the gates (j, a - scale k, k) that there are; free in j and a */
static struct tc_form slanted(struct cluster *c, const struct tc_plane *plane,
                              const struct tc_index *j, const struct tc_index *a,
                              const struct tc_index *k, int64_t scale)
{
    struct tc_family *f = c->l->low.family;
    struct tc_axis at[3] = {tc_axis_of(f->arena, j),
                            tc_axis_plus(f->arena, tc_axis_of(f->arena, a), -scale, k),
                            tc_axis_of(f->arena, k)};
    struct tc_guard guard[2] = {{at[1]}, {tc_axis_const(plane->axis[1]->extent - 1)}};

    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, a);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, scale, k);
    return tc_form_sum(f, tc_form_wire(f, plane, at), 1, &k, 2, guard);
}

/* all p bits: the fraction's, free in b, and the highest; free in a */
static struct tc_form all_bits(struct cluster *c, struct tc_form fraction, const struct tc_index *b,
                               struct tc_form leading, const struct tc_index *a)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t *row = tc_alloc(f->arena, l->p, sizeof *row),
            *low = tc_alloc(f->arena, l->p, sizeof *low);
    int64_t *high = tc_alloc(f->arena, l->p, sizeof *high);
    struct tc_axis at = tc_axis_of(f->arena, a), via;

    for (unsigned k = 0; k < l->p; k++) {
        high[k] = k + 1 == l->p;
        low[k] = !high[k];
        row[k] = high[k] ? 0 : k;
    }
    via = (struct tc_axis){.via = table_of(&l->low, "row", l->p, row), .arg = at.at};
    fraction = tc_form_subst(f, fraction, b, via);
    fraction = tc_form_times(f, fraction, table_of(&l->low, "fraction", l->p, low), &at);
    leading = tc_form_times(f, leading, table_of(&l->low, "leading", l->p, high), &at);
    return claim(&l->low, tc_form_add(f, fraction, leading), 0, 1);
}

static void add_in_steps(struct cluster *c, const struct tc_index *j, struct tc_form bit,
                         struct tc_form hidden)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t step = c->step;
    const struct tc_index *r = tc_index_new(f, "r", step, NULL), *y, *h, *a;
    const struct tc_plane *place = c->at, *plane;
    struct carry_part *p;
    struct tc_form x;

    if (l->f->underflow == TC_GRADUAL)
        place = shifted(c, "shift", j, tc_form_si(f, 1), hidden);
    x = tc_form_add(f, bit, digit(c, place, j, r, true));
    plane = bank(c, "shift.low", x, NULL, tc_form_si(f, 2), NULL, "bits shifted by c mod R");
    y = tc_index_new(f, "y", (int64_t)l->p + step - 1, NULL);
    h = tc_index_new(f, "h", c->most / step + 1, NULL);
    x = claim(&l->low, slanted(c, plane, j, y, r, 1), 0, 1);
    x = tc_form_add(f, x, digit(c, place, j, h, false));
    plane = bank(c, "shift.high", x, NULL, tc_form_si(f, 2), NULL, "and by the multiple of R");
    a = tc_index_new(f, "a", (int64_t)c->most + l->p, NULL);
    x = slanted(c, plane, j, a, h, step);
    p = new_part(c, tc_form_sum(f, x, 1, &j, 0, NULL), 1, a);
    set_powers(c, p->to, (size_t)a->extent, 0, ar_mpz(l, 1));
}

/* ------------------------------------------------------------------------ all terms */

/* -m is the complement of m's p bits, less 2^p - 1 */
static void terms(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = new_term(c), *b = tc_index_new(f, "b", (int64_t)l->p - 1, NULL);
    struct tc_form sign = sign_of(c, j), bit = word_bit(c, j, tc_axis_of(f->arena, b));
    struct tc_form hidden = ar_gate_si(l, "hidden", field(c, j), 1, "it has its hidden bit");
    struct tc_form both =
        ar_gate_si(l, "fraction.minus", tc_form_add(f, bit, sign), 2, "bits of a negative term");
    mpz_ptr ones = power_of_two(&l->low, l->p), minus = tc_mpz(f->arena);
    struct tc_form leading;

    bit = differing(c, bit, sign, both);
    both = ar_masked(l, "hidden.minus", field(c, j), ar_mpz(l, 1), 1, sign,
                     "hidden bit of a negative term");
    leading = differing(c, hidden, sign, both);
    if (c->step) {
        const struct tc_index *a = tc_index_new(f, "b", l->p, NULL);

        add_in_steps(c, j, all_bits(c, bit, b, leading, a), hidden);
    } else {
        add_fraction(c, j, b, bit, hidden);
        add_bit(c, "leading", j, leading, hidden, power_of_two(&l->low, l->p - 1));
    }
    mpz_sub_ui(ones, ones, 1);
    mpz_neg(minus, ones);
    add_bit(c, "sign.minus", j, sign, hidden, minus);
}

/* What the r lowest terms come to is at most (2^p - 1) 2^c, c <= r G, and all others are
 * cut off at 2^z. */
static void ranges(struct cluster *c)
{
    struct tc_arena *arena = c->l->low.family->arena;
    mpz_ptr x = tc_mpz(arena), ones = power_of_two(&c->l->low, c->l->p), full = tc_mpz(arena);

    mpz_sub_ui(ones, ones, 1);
    for (unsigned r = 0; r < c->n; r++) {
        mpz_mul_2exp(x, ones, r * c->gap < c->most ? r * c->gap : c->most);
        mpz_add(full, full, x);
    }
    c->width = (unsigned)mpz_sizeinbase(full, 2);
    c->s.constant = tc_mpz(arena);
    c->s.bits = c->width;
    c->s.lo = tc_alloc(arena, c->width + 1, sizeof *c->s.lo);
    c->s.hi = tc_alloc(arena, c->width + 1, sizeof *c->s.hi);
    for (unsigned z = 0; z <= c->width; z++) {
        c->s.lo[z] = tc_mpz(arena);
        c->s.hi[z] = tc_mpz(arena);
        for (unsigned r = 0; r < c->n; r++) {
            mpz_mul_2exp(x, ones, r * c->gap < c->most ? r * c->gap : c->most);
            if (mpz_sizeinbase(x, 2) > z) {
                mpz_set_ui(x, 0);
                mpz_setbit(x, z);
                mpz_sub_ui(x, x, 1);
            }
            mpz_add(c->s.hi[z], c->s.hi[z], x);
        }
        mpz_neg(c->s.lo[z], c->s.hi[z]);
    }
}

/* ------------------------------------------------------------------ where it begins */

/* S' of sign side: S' or -S' */
static struct tc_form turned(struct cluster *c, const struct tc_index *side, int64_t coef)
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
    const struct tc_index *j = new_term(c), *e = tc_index_new(f, "e", l->p, NULL);
    struct tc_form x;

    x = wire_of(&l->low, bank(c, "above", field(c, j), e, thresholds(c, e, 1), NULL,
                              "its field leaves room for a shift"));
    x = tc_form_scale_si(f, tc_form_sum(f, x, 1, &j, 0, NULL), -1);
    return ar_gate_si(l, "room", x, 1 - (int64_t)c->n, "the least field leaves no room");
}

/* gates [side S' >= 2^t], t < width: the quotient's shift is at least t + 1 - p */
static void sides(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *side = tc_index_new(f, "side", 2, NULL);
    const struct tc_index *t = tc_index_new(f, "t", c->width, NULL), *e;
    bool gradual = l->f->underflow == TC_GRADUAL;
    struct tc_form x = turned(c, side, 1), theta;
    mpz_ptr *mask = tc_alloc(f->arena, c->width, sizeof *mask);
    int64_t *row = tc_alloc(f->arena, c->width, sizeof *row);

    theta = times_table(&l->low, "theta", tc_form_si(f, 1), 1, &t, ar_powers(l, c->width));
    if (gradual) { /* at least t + 1 - p where a field is at most p - t, and S' not 0 */
        struct tc_form r = room(c);
        const struct tc_index **free;
        struct tc_axis at = tc_axis_of(f->arena, t);

        tc_form_free(f, &r, &free);
        e = free[0];
        for (unsigned k = 0; k < c->width; k++) {
            bool masked = k >= 1 && k <= l->p;

            row[k] = masked ? l->p - k : 0;
            mask[k] = masked ? power_of_two(&l->low, k) : tc_mpz(f->arena);
            if (masked)
                mpz_sub_ui(mask[k], mask[k], 1);
        }
        at = (struct tc_axis){.via = table_of(&l->low, "row", c->width, row), .arg = at.at};
        r = tc_form_subst(f, r, e, at);
        x = tc_form_add(f, x, times_table(&l->low, "mask", r, 1, &t, mask));
    }
    c->side =
        bank(c, "begin", x, gradual ? NULL : t, theta, NULL, "where the sum's leading one is");
}

static struct tc_form side_at(struct cluster *c, unsigned side, struct tc_axis t)
{
    struct tc_axis at[2] = {tc_axis_const(side), t};

    return tc_form_wire(c->l->low.family, c->side, at);
}

/* [the shift is k + 1 - p, and the sum is of this side], free in k */
static struct tc_form chosen(struct cluster *c, unsigned side, const struct tc_index *k)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t *next = tc_alloc(f->arena, c->width, sizeof *next);
    int64_t *more = tc_alloc(f->arena, c->width, sizeof *more);
    struct tc_axis at = tc_axis_of(f->arena, k), via;
    struct tc_form x;

    for (unsigned t = 0; t < c->width; t++) {
        more[t] = t + 1 < c->width;
        next[t] = more[t] ? t + 1 : t;
    }
    via = (struct tc_axis){.via = table_of(&l->low, "next", c->width, next), .arg = at.at};
    x = tc_form_times(f, side_at(c, side, via), table_of(&l->low, "more", c->width, more), &at);
    return claim(&l->low, tc_form_sub(f, side_at(c, side, at), x), 0, 1);
}

/* ------------------------------------------------------------------- the exponent */

/* [term j is not above the sum: 2^(c_j) <= 2 |S'|], summed over sides, free in j */
static struct tc_form reached(struct cluster *c, const struct tc_index *j)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *side = tc_index_new(f, "side", 2, NULL), *t = c->at->chain;
    struct tc_axis at[2] = {tc_axis_of(f->arena, j), tc_axis_of(f->arena, t)};
    struct tc_form place, x;

    place = times_table(&l->low, "power", tc_form_wire(f, c->at, at), 1, &t, ar_powers(l, c->most));
    place = ar_plus_si(l, tc_form_sum(f, place, 1, &t, 0, NULL), 1);
    place = claim_mpz(&l->low, place, ar_mpz(l, 1), power_of_two(&l->low, c->most));
    x = ar_gate_si(l, "reached", tc_form_sub(f, turned(c, side, 2), place), 0,
                   "the term is not above the sum");
    return claim(&l->low, tc_form_sum(f, x, 1, &side, 0, NULL), 0, 1);
}

/* terms before j in the order of `near` */
static struct tc_form rank(struct cluster *c, const struct tc_index *j)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_index *k = new_term(c);
    struct tc_guard guard = after(c, k, j);
    struct tc_form x, y;

    x = tc_form_sub(f, tc_form_si(f, 1), differ(c, k, j, tc_axis_const(c->gap)));
    x = tc_form_sum(f, x, 1, &k, 1, &guard);
    k = new_term(c);
    guard = after(c, j, k);
    y = tc_form_sum(f, differ(c, j, k, tc_axis_const(c->gap)), 1, &k, 1, &guard);
    return claim(&c->l->low, tc_form_add(f, x, y), 0, (int64_t)c->n - 1);
}

/* E_j - c_j of the highest term that is not above the sum: the exponent of S' */
static struct tc_form offset(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = new_term(c), *k = new_term(c), *ix[2] = {j, NULL};
    const struct tc_index *a = tc_index_new(f, "a", l->q, NULL);
    const struct tc_index *t = tc_index_new(f, "t", c->most, NULL);
    struct tc_form here = reached(c, j), highest, x, y;
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const((int64_t)l->p - 1), 1, a);
    int64_t m = (int64_t)c->n + 1;
    mpz_ptr most = power_of_two(&l->low, l->q);

    /* 0 for the highest, below for others that the sum reaches; all others miss m */
    x = tc_form_subst(f, here, j, tc_axis_of(f->arena, k));
    x = ar_plus_si(l, tc_form_sub(f, rank(c, j), tc_form_sum(f, x, 1, &k, 0, NULL)), 1);
    highest = tc_form_add(f, x, tc_form_scale_si(f, here, m));
    x = tc_form_add(f, highest, tc_form_scale_si(f, word_bit(c, j, at), m));
    x = ar_gate_si(l, "exponent", x, 2 * m,
                   "the exponent of the highest term that the sum reaches");
    x = times_table(&l->low, "power", x, 1, &a, ar_powers(l, l->q));
    ix[1] = a;
    x = tc_form_sum(f, x, 2, ix, 0, NULL);
    y = tc_form_add(f, place_of(c, j), tc_form_scale_si(f, highest, c->most));
    y = wire_of(&l->low,
                bank(c, "offset", y, t, thresholds(c, t, m * c->most + 1), NULL, "and its place"));
    ix[1] = t;
    y = tc_form_sum(f, y, 2, ix, 0, NULL);
    mpz_sub_ui(most, most, 1);
    return claim_mpz(&l->low, tc_form_sub(f, x, y), ar_mpz(l, 0), most);
}

/* ---------------------------------------------------------------------- specials */

static struct tc_form count(struct cluster *c, const struct tc_index *j, struct tc_form x)
{
    return tc_form_sum(c->l->low.family, x, 1, &j, 0, NULL);
}

static void specials(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = new_term(c);
    mpz_ptr at = tc_mpz(f->arena);
    struct tc_form key, x;

    c->plus = c->minus = c->nan = c->beyond = tc_form_si(f, 0);
    if (!l->f->nan)
        return;
    key = number(c, j, 0, l->p - 1 + l->q);
    fl_largest(l->f, at);
    mpz_add_ui(at, at, 1);
    x = ar_gate(l, "beyond", key, at, "it is infinite or NaN");
    c->beyond = c->nan = count(c, j, x);
    if (!l->f->infinity)
        return;
    x = ar_masked(l, "beyond.minus", key, at, 1, sign_of(c, j), "and negative");
    c->minus = count(c, j, x);
    c->plus = claim(&l->low, tc_form_sub(f, c->beyond, c->minus), 0, c->n);
    mpz_add_ui(at, at, 1);
    c->nan = count(c, j, ar_gate(l, "nan", key, at, "it is NaN"));
    /* both: of the first there is one, and of the other not none */
    x = tc_form_sub(f, c->plus, tc_form_scale_si(f, c->minus, (int64_t)c->n + 1));
    c->nan = tc_form_add(f, c->nan, ar_gate_si(l, "infinity", c->plus, 1, "an infinity"));
    c->nan = tc_form_sub(f, c->nan, ar_gate_si(l, "infinity.alone", x, 1, "of one sign"));
}

/* S' < 0, or it is 0 and all terms are -0; infinities decide before that */
static struct tc_form sum_sign(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = new_term(c);
    mpz_ptr big = power_of_two(&l->low, c->width);
    struct tc_form x;

    if (!l->f->signed_zero && !l->f->nan)
        return side_at(c, 1, tc_axis_const(0));
    x = tc_form_scale_si(f, c->value, -(int64_t)c->n - 1);
    if (l->f->signed_zero)
        x = tc_form_add(f, x, count(c, j, sign_of(c, j)));
    mpz_mul_ui(big, big, 2 * (c->n + 1));
    x = tc_form_add(f, x, tc_form_scale(f, tc_form_sub(f, c->minus, c->plus), big));
    return ar_gate_si(l, "sign", x, c->n, "negative, or a zero of negative terms");
}

/* ---------------------------------------------------------------------- rounding */

/* The rounded quotient of |S'|.  That of S' is [S' / 2^s] + up; negative, its complement
 * and 1 - up.  Bits below the lowest of S' are 0, so their complements are 1. */
static void rounded(struct cluster *c, const struct carries *bits, struct fl_result *r)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    struct ar_rounding round = {
        .bits = *bits, .width = c->width, .least = 1 - (int)l->p, .n = c->width - 1};
    const struct tc_index *k = tc_index_new(f, "k", c->width, NULL), *i;
    struct carry_part minus;
    struct tc_axis at;
    struct tc_form up;

    round.k = k;
    round.chosen = chosen(c, 0, k);
    r->npart = 2;
    ar_selected(l, "select", &round, &r->part[0]);
    up = ar_rounded_up(l, "up", &round);
    round.chosen = chosen(c, 1, k);
    up = tc_form_sub(f, up, ar_rounded_up(l, "up.minus", &round));
    up = tc_form_add(f, up, side_at(c, 1, tc_axis_const(0)));
    round.bits.bit = tc_form_sub(f, tc_form_si(f, 1), round.bits.bit);
    ar_selected(l, "select.minus", &round, &minus);
    i = r->part[0].ix[0];
    at = tc_axis_of(f->arena, i);
    minus.wire = tc_form_add(f, r->part[0].wire, tc_form_subst(f, minus.wire, minus.ix[0], at));
    minus.wire = tc_form_add(f, minus.wire, side_at(c, 1, tc_axis_const(0)));
    at = tc_axis_plus(f->arena, tc_axis_const((int64_t)l->p - 1), -1, i);
    minus.wire = tc_form_sub(f, minus.wire, side_at(c, 1, at));
    r->part[0].wire = claim(&l->low, minus.wire, 0, 1);
    r->part[1] = (struct carry_part){.wire = claim(&l->low, up, 0, 1)};
    r->part[1].to = tc_alloc(f->arena, 1, sizeof *r->part[1].to);
    r->part[1].to[0] = ar_mpz(l, 1);
}

/* (field - 1) B, far beyond for infinities */
static struct tc_form key_base(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *t = tc_index_new(f, "t", c->width, NULL), *ix[2];
    const struct tc_index *side = tc_index_new(f, "side", 2, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, side), tc_axis_of(f->arena, t)};
    int64_t *some = tc_alloc(f->arena, c->width, sizeof *some);
    mpz_ptr big = power_of_two(&l->low, l->q);
    struct tc_form x;

    for (unsigned k = 1; k < c->width; k++)
        some[k] = 1;
    ix[0] = side;
    ix[1] = t;
    x = tc_form_times(f, tc_form_wire(f, c->side, at), table_of(&l->low, "some", c->width, some),
                      &at[1]);
    x = claim(&l->low, tc_form_sum(f, x, 2, ix, 0, NULL), 0, (int64_t)c->width - 1);
    x = tc_form_add(f, ar_plus_si(l, x, -(int64_t)l->p), offset(c));
    x = tc_form_scale(f, x, power_of_two(&l->low, l->p - 1));
    mpz_add_ui(big, big, 2 * (l->p + c->width));
    mpz_mul_2exp(big, big, l->p + 1);
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

static void sizes(struct cluster *c)
{
    struct fl *l = c->l;
    int64_t top = l->f->nan ? ((int64_t)1 << l->q) - 1 : l->f->top, gap;
    unsigned n = l->prim->noperand + l->prim->nconst, log = 0;

    c->n = n < 2 ? 2 : n;
    while ((1u << log) < c->n)
        log++;
    gap = 2 * (int64_t)l->p + log + 1;
    gap = gap < top ? gap : top;
    c->gap = (unsigned)gap;
    gap *= (int64_t)c->n - 1;
    c->most = (unsigned)(gap < top ? gap : top);
}

/* the step that takes the fewest gates, or 0 */
static unsigned best_step(const struct cluster *c)
{
    double p = c->l->p, most = c->most, n = c->n, gates, least = n * p * most;
    double rest = 2 * n * n * c->gap + 3 * n * most + (2 * p + 4 + n) * (most + p);
    struct cost cost[2] = {{5, least + rest}, {7, 0}};
    unsigned best = 0;

    for (unsigned r = 2; r <= c->most; r++) {
        gates = n * (p * r + (p + r - 1) * (c->most / r + 1));
        if (c->l->f->underflow == TC_GRADUAL)
            gates += n * most;
        if (gates < least) {
            least = gates;
            best = r;
        }
    }
    cost[1].gates = least + rest;
    return best && cheapest(&c->l->low, 2, cost) ? best : 0;
}

bool fl_arith_cluster(struct fl *l)
{
    struct cluster *c = tc_alloc(l->low.family->arena, 1, sizeof *c);
    struct fl_result r = {.has_nan = l->f->nan};
    struct carries bits;

    c->l = l;
    sizes(c);
    c->step = best_step(c);
    constants(c);
    compare(c);
    places(c);
    terms(c);
    ranges(c);
    bits = carries_new(&l->low, "carry", &c->s, "carries into each bit of the sum");
    c->value = tc_form_subst(l->low.family, bits.raw, bits.z, tc_axis_const(c->width));
    c->value = claim_mpz(&l->low, c->value, c->s.lo[c->width], c->s.hi[c->width]);
    sides(c);
    specials(c);
    rounded(c, &bits, &r);
    r.high = key_base(c);
    r.key = whole_key(c, &r);
    r.sign = sum_sign(c);
    r.nan = c->nan;
    if (l->f->underflow == TC_NEAREST) { /* below the least number sums are exact */
        r.has_half = true;
        r.half = r.key;
    }
    fl_output(l, "y", r);
    return true;
}
