/* prim_arith_terms.c -- terms of sums: floats, or products of two
 *
 * A product's significand: ANDs of single bits, with the sign beside them, so that of a
 * negative one the bits are at once the complement's; then its bits by carries.  Two
 * layers, while the places are found.  CONSTRUCTIONS.md, "Products as terms".
 */
#include "cluster.h"

const struct tc_index *cl_term(struct cluster *c)
{
    return tc_index_new(c->l->low.family, "j", c->terms, NULL);
}

/* ------------------------------------------------------------------------- words */

/* operand i's word, of a constant */
static bool constant_bit(const struct tc_prim *p, unsigned i, unsigned a)
{
    return p->constant[(size_t)(i - p->noperand) * p->limbs + a / 64] >> (a % 64) & 1;
}

/* Operands of factor `which`.  A single term has -0 added, which changes nothing; the
 * floor's bits are 0. */
static void factor_constants(struct cluster *c, unsigned which)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_prim *p = l->prim;
    unsigned width = l->p + l->q, all = p->noperand + p->nconst, n = c->products ? all / 2 : all;
    int64_t *operand = tc_alloc(f->arena, c->n, sizeof *operand);
    int64_t *wire = tc_alloc(f->arena, c->n, sizeof *wire), extent[2] = {c->n, width};
    int64_t *bit = tc_alloc(f->arena, (size_t)c->n * width, sizeof *bit);

    for (unsigned j = 0; j < n; j++) {
        unsigned i = which * n + j;

        if (i < p->noperand) {
            wire[j] = 1;
            operand[j] = i;
        } else {
            for (unsigned a = 0; a < width; a++)
                bit[j * width + a] = constant_bit(p, i, a);
        }
    }
    if (n < c->terms && which == 0)
        bit[c->terms * width - 1] = l->f->signed_zero;
    c->operand[which] = table_of(&l->low, "operand", c->n, operand);
    c->wire[which] = table_of(&l->low, "wire", c->n, wire);
    c->constant[which] = tc_table_dense(f, "constant", 2, extent, bit);
}

void cl_constants(struct cluster *c)
{
    unsigned factors = c->products ? 2 : 1;

    for (unsigned which = 0; which < factors; which++)
        if (c->n * factors != c->l->prim->noperand)
            factor_constants(c, which);
}

struct tc_form cl_bit(struct cluster *c, unsigned which, const struct tc_index *j,
                      struct tc_axis a)
{
    struct tc_family *f = c->l->low.family;
    struct tc_axis at[2] = {tc_axis_of(f->arena, j), a}, wire[2] = {at[0], a};
    struct tc_form x;

    wire[0].at.constant = (int64_t)which * c->n;
    if (!c->operand[which])
        return tc_form_wire(f, c->l->x, wire);
    wire[0] = (struct tc_axis){.via = c->operand[which], .arg = at[0].at};
    x = tc_form_times(f, tc_form_wire(f, c->l->x, wire), c->wire[which], at);
    x = tc_form_add(f, x, tc_form_table(f, c->constant[which], at));
    return claim(&c->l->low, x, 0, 1);
}

static struct tc_form word_sign(struct cluster *c, unsigned which, const struct tc_index *j)
{
    return cl_bit(c, which, j, tc_axis_const((int64_t)c->l->p + c->l->q - 1));
}

/* bits of the word as a number */
static struct tc_form number(struct cluster *c, unsigned which, const struct tc_index *j,
                             unsigned first, unsigned n)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", n, NULL);
    mpz_ptr most = power_of_two(&l->low, n);
    struct tc_form x;

    mpz_sub_ui(most, most, 1);
    x = cl_bit(c, which, j, tc_axis_plus(f->arena, tc_axis_const(first), 1, a));
    x = times_table(&l->low, "power", x, 1, &a, ar_powers(l, n));
    return claim_mpz(&l->low, tc_form_sum(f, x, 1, &a, 0, NULL), ar_mpz(l, 0), most);
}

struct tc_form cl_key(struct cluster *c, unsigned which, const struct tc_index *j)
{
    return number(c, which, j, 0, c->l->p - 1 + c->l->q);
}

static struct tc_form field(struct cluster *c, unsigned which, const struct tc_index *j)
{
    return number(c, which, j, c->l->p - 1, c->l->q);
}

struct tc_form cl_exponent(struct cluster *c, const struct tc_index *j)
{
    struct tc_family *f = c->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, j);
    struct tc_form x = field(c, 0, j);
    int64_t *last = tc_alloc(f->arena, c->n, sizeof *last);

    if (c->products)
        x = tc_form_add(f, x, field(c, 1, j));
    if (c->floor) {
        last[c->n - 1] = c->last;
        x = tc_form_add(f, x, tc_form_table(f, table_of(&c->l->low, "last", c->n, last), &at));
    }
    return claim(&c->l->low, x, 0, c->top > c->last ? c->top : c->last);
}

/* x and y differ: x + y - 2 [x and y] */
static struct tc_form differing(struct cluster *c, struct tc_form x, struct tc_form y,
                                struct tc_form both)
{
    struct tc_family *f = c->l->low.family;

    x = tc_form_sub(f, tc_form_add(f, x, y), tc_form_scale_si(f, both, 2));
    return claim(&c->l->low, x, 0, 1);
}

struct tc_form cl_sign(struct cluster *c, const struct tc_index *j)
{
    struct tc_family *f = c->l->low.family;
    struct tc_form x, y;

    if (!c->sign_j) {
        c->sign_j = cl_term(c);
        c->sign = x = word_sign(c, 0, c->sign_j);
        if (c->products) {
            y = word_sign(c, 1, c->sign_j);
            c->sign = differing(c, x, y, ar_gate_si(c->l, "signs", tc_form_add(f, x, y), 2,
                                                    "both factors are negative"));
        }
    }
    return tc_form_subst(f, c->sign, c->sign_j, tc_axis_of(f->arena, j));
}

/* a number of the terms, or of their factors */
static struct tc_form count(struct cluster *c, const struct tc_index *j, struct tc_form x)
{
    return tc_form_sum(c->l->low.family, x, 1, &j, 0, NULL);
}

/* --------------------------------------------------------------------- small words */

const struct tc_plane *cl_bank(struct cluster *c, const char *name, struct tc_form x,
                               const struct tc_index *chain, struct tc_form theta,
                               const struct tc_guard *guard, const char *note)
{
    return &tc_bank_new(c->l->low.family, name_of(&c->l->low, name), x, chain, theta, true,
                        guard ? 1 : 0, guard, c->l->low.component, note)
                ->plane;
}

/* thresholds first + t */
struct tc_form cl_thresholds(struct cluster *c, const struct tc_index *t, int64_t first)
{
    struct tc_family *f = c->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, t);
    int64_t *theta = tc_alloc(f->arena, (size_t)t->extent, sizeof *theta);

    for (int64_t k = 0; k < t->extent; k++)
        theta[k] = first + k;
    return tc_form_table(f, table_of(&c->l->low, "theta", (unsigned)t->extent, theta), &at);
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
    const struct tc_index *t = tc_index_new(f, "t", c->reach, NULL);
    struct tc_form x = cl_place_of(c, j);

    if (l->f->underflow == TC_GRADUAL) { /* field 0 has the exponent of field 1 */
        x = ar_plus_si(l, tc_form_sub(f, x, hidden), c->products ? 2 : 1);
        x = claim(&l->low, x, 0, c->reach);
    }
    x = tc_form_add(f, x, tc_form_scale_si(f, bit, c->reach));
    return cl_bank(c, name, x, t, cl_thresholds(c, t, (int64_t)c->reach + 1), NULL,
                   "bits shifted by their terms' places");
}

/* value 2^t, from t = first on, in units of 2^-more; negative: of -value */
static void set_powers(struct cluster *c, mpz_ptr *to, size_t n, unsigned first, mpz_srcptr value)
{
    for (size_t t = 0; t < n; t++) {
        to[t] = tc_mpz(c->l->low.family->arena);
        mpz_mul_2exp(to[t], value, c->more + first + t);
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
    p->from = tc_alloc(f->arena, c->reach, sizeof *p->from);
    set_powers(c, p->from, c->reach, 0, value);
    set_powers(c, p->to, c->reach, 1, value);
}

/* bits of a significand, 2^b: of all that come to place a the values are the same */
static void add_fraction(struct cluster *c, const struct tc_index *j, const struct tc_index *b,
                         struct tc_form bit, struct tc_form hidden)
{
    struct tc_family *f = c->l->low.family;
    const struct tc_plane *plane = shifted(c, "fraction", j, bit, hidden);
    int64_t places = (int64_t)c->reach + b->extent - 1;
    const struct tc_index *a = tc_index_new(f, "a", places, NULL), *sum[2] = {j, b};
    struct carry_part *p = new_part(c, tc_form_sum(f, bit, 1, &j, 0, NULL), 1, b);
    struct tc_axis at[3] = {tc_axis_of(f->arena, j), tc_axis_of(f->arena, b),
                            tc_axis_plus(f->arena, tc_axis_of(f->arena, a), -1, b)};
    struct tc_guard guard[2] = {{at[2]}, {tc_axis_const((int64_t)c->reach - 1)}};
    struct tc_form x = tc_form_wire(f, plane, at);

    set_powers(c, p->to, (size_t)b->extent, 0, ar_mpz(c->l, 1));
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, a);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, 1, b);
    p = new_part(c, tc_form_sum(f, x, 2, sum, 2, guard), 1, a);
    p->from = tc_alloc(f->arena, (size_t)places, sizeof *p->from);
    set_powers(c, p->from, (size_t)places, 0, ar_mpz(c->l, 1));
    set_powers(c, p->to, (size_t)places, 1, ar_mpz(c->l, 1));
}

/* ------------------------------------------------------- in two steps, two layers more
 *
 * By c mod R, then by the multiple of R: w R + (w + R) C / R gates a term, not w C. */

/* [digit = r] of c_j, free in r: of c mod R, or of c div R */
static struct tc_form digit(struct cluster *c, const struct tc_plane *place,
                            const struct tc_index *j, const struct tc_index *r, bool low)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    size_t n = (size_t)r->extent, most = (size_t)place->chain->extent;
    int64_t *turn = tc_alloc(f->arena, n * most, sizeof *turn), extent[2] = {r->extent, (int64_t)most};
    int64_t *first = tc_alloc(f->arena, n, sizeof *first);
    const struct tc_index *t = tc_index_new(f, "t", (int64_t)most, NULL);
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
    plane = cl_bank(c, "shift.low", x, NULL, tc_form_si(f, 2), NULL, "bits shifted by c mod R");
    y = tc_index_new(f, "y", (int64_t)c->bits + step - 1, NULL);
    h = tc_index_new(f, "h", place->chain->extent / step + 1, NULL);
    x = claim(&l->low, slanted(c, plane, j, y, r, 1), 0, 1);
    x = tc_form_add(f, x, digit(c, place, j, h, false));
    plane = cl_bank(c, "shift.high", x, NULL, tc_form_si(f, 2), NULL, "and by the multiple of R");
    a = tc_index_new(f, "a", place->chain->extent + c->bits, NULL);
    x = slanted(c, plane, j, a, h, step);
    p = new_part(c, tc_form_sum(f, x, 1, &j, 0, NULL), 1, a);
    set_powers(c, p->to, (size_t)a->extent, 0, ar_mpz(l, 1));
}

/* -------------------------------------------------------------------------- floats */

/* -m is the complement of m's p bits, less 2^p - 1 */
static void float_terms(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = cl_term(c), *b = tc_index_new(f, "b", (int64_t)l->p - 1, NULL);
    struct tc_form sign = cl_sign(c, j), bit = cl_bit(c, 0, j, tc_axis_of(f->arena, b));
    struct tc_form hidden = ar_gate_si(l, "hidden", field(c, 0, j), 1, "it has its hidden bit");
    struct tc_form both =
        ar_gate_si(l, "fraction.minus", tc_form_add(f, bit, sign), 2, "bits of a negative term");
    mpz_ptr ones = power_of_two(&l->low, l->p), minus = tc_mpz(f->arena);
    struct tc_form leading;

    bit = differing(c, bit, sign, both);
    both = ar_masked(l, "hidden.minus", field(c, 0, j), ar_mpz(l, 1), 1, sign,
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

/* ------------------------------------------------------------------------ products */

/* a factor's words over pairs */
struct factor {
    unsigned which;
    struct tc_form field, sign;
};

struct pair {
    struct cluster *c;
    const struct tc_index *j;
    struct factor x[2];
    struct carry_sum s; /* of the significands' product, or its complement */
};

/* v 2^shift, a wire each of a, or of a and b, or one: from 0, or from v to -v where the sign
 * turns it */
static void pair_part(struct pair *p, struct tc_form wire, unsigned shift, bool turns,
                      const struct tc_index *a, const struct tc_index *b)
{
    struct tc_arena *arena = p->c->l->low.family->arena;
    struct carry_part *part = &p->s.part[p->s.npart++];
    unsigned columns = b ? (unsigned)b->extent : 1;
    size_t points;

    *part = (struct carry_part){.wire = wire, .n = !!a + !!b, .ix = {a, b}};
    points = carry_points(part);
    part->to = tc_alloc(arena, points, sizeof *part->to);
    if (turns)
        part->from = tc_alloc(arena, points, sizeof *part->from);
    for (size_t g = 0; g < points; g++) {
        unsigned at = shift + (unsigned)(g / columns + g % columns);

        part->to[g] = power_of_two(&p->c->l->low, at);
        if (turns) {
            part->from[g] = power_of_two(&p->c->l->low, at);
            mpz_neg(part->to[g], part->to[g]);
        }
    }
}

/* [x >= at and all of mask], m forms; and the same where the signs differ: a form */
static struct tc_form pair_gate(struct pair *p, const char *name, struct tc_form x, int64_t at,
                                unsigned m, struct tc_form mask, bool turned)
{
    struct fl *l = p->c->l;
    struct tc_family *f = l->low.family;
    mpz_ptr bound = tc_mpz_si(f->arena, at);
    struct tc_form sum = tc_form_si(f, 0);

    if (!turned)
        return ar_masked(l, name, x, bound, m, mask, "ANDs of two bits of the factors");
    for (unsigned k = 0; k < 2; k++) {
        struct tc_form signs = tc_form_sub(f, p->x[k].sign, p->x[!k].sign);
        const char *full = tc_sprintf(f->arena, "%s.minus.%u", name, k);

        signs = claim(&l->low, ar_plus_si(l, signs, 1), 0, 2);
        sum = tc_form_add(f, sum,
                          ar_masked(l, full, x, bound, m + 2, tc_form_add(f, signs, mask),
                                    "the same, of factors with different signs"));
    }
    return claim(&l->low, sum, 0, 1);
}

/* fraction bits of both factors */
static void pair_bits(struct pair *p, bool turned)
{
    struct fl *l = p->c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", (int64_t)l->p - 1, NULL);
    const struct tc_index *b = tc_index_new(f, "b", (int64_t)l->p - 1, NULL);
    struct tc_form both = tc_form_add(f, cl_bit(p->c, 0, p->j, tc_axis_of(f->arena, a)),
                                      cl_bit(p->c, 1, p->j, tc_axis_of(f->arena, b)));

    pair_part(p, pair_gate(p, "and", tc_form_si(f, 0), 0, 2, both, turned), 0, turned, a, b);
}

/* fraction bits of one factor, the other's hidden bit */
static void pair_half(struct pair *p, unsigned which, bool turned)
{
    struct fl *l = p->c->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *a = tc_index_new(f, "a", (int64_t)l->p - 1, NULL);
    struct tc_form bit = cl_bit(p->c, which, p->j, tc_axis_of(f->arena, a));

    bit = pair_gate(p, which ? "and.y" : "and.x", p->x[!which].field, 1, 1, bit, turned);
    pair_part(p, bit, l->p - 1, turned, a, NULL);
}

/* both hidden bits: one, and the other, and not only either */
static void pair_hidden(struct pair *p, bool turned)
{
    struct fl *l = p->c->l;
    struct tc_family *f = l->low.family;
    struct tc_form none = tc_form_si(f, 0), x;

    x = pair_gate(p, "both.x", p->x[0].field, 1, 0, none, turned);
    x = tc_form_add(f, x, pair_gate(p, "both.y", p->x[1].field, 1, 0, none, turned));
    x = tc_form_sub(f, x,
                    pair_gate(p, "either", tc_form_add(f, p->x[0].field, p->x[1].field), 1, 0,
                              none, turned));
    pair_part(p, claim(&l->low, x, 0, 1), 2 * l->p - 2, turned, NULL, NULL);
}

/* cut off below 2^z, the sum of all bits' products is at most H; or (turned) 2^z - 1 less that */
static void pair_ranges(struct pair *p)
{
    struct tc_arena *arena = p->c->l->low.family->arena;
    unsigned n = p->c->l->p, bits = p->s.bits;
    mpz_ptr most = tc_mpz(arena), ones = tc_mpz(arena), unit = tc_mpz_si(arena, 1);

    p->s.lo = tc_alloc(arena, bits + 1, sizeof *p->s.lo);
    p->s.hi = tc_alloc(arena, bits + 1, sizeof *p->s.hi);
    for (unsigned z = 0; z <= bits; z++) {
        p->s.lo[z] = tc_mpz(arena);
        if (mpz_cmp(ones, most) < 0)
            mpz_sub(p->s.lo[z], ones, most);
        p->s.hi[z] = tc_mpz_copy(arena, mpz_cmp(ones, most) < 0 ? most : ones);
        if (z + 1 < 2 * n) /* pairs a + b = z */
            mpz_addmul_ui(most, unit, z < n ? z + 1 : 2 * n - 1 - z);
        mpz_add(ones, ones, unit);
        mpz_mul_2exp(unit, unit, 1);
    }
}

static void product_terms(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    struct pair *p = tc_alloc(f->arena, 1, sizeof *p);
    struct tc_form sign, hidden = tc_form_si(f, 0);
    struct carry_part *part;
    mpz_ptr ones = power_of_two(&l->low, 2 * l->p), minus = tc_mpz(f->arena);
    struct carries bits;

    p->c = c;
    p->j = cl_term(c);
    for (unsigned k = 0; k < 2; k++) {
        p->x[k] = (struct factor){k, field(c, k, p->j), word_sign(c, k, p->j)};
        if (l->f->underflow == TC_GRADUAL)
            hidden = tc_form_add(f, hidden,
                                 ar_gate_si(l, k ? "hidden.y" : "hidden.x", p->x[k].field, 1,
                                            "it has its hidden bit"));
    }
    for (unsigned turned = 0; turned < 2; turned++) {
        if (l->p > 1) {
            pair_bits(p, turned);
            pair_half(p, 0, turned);
            pair_half(p, 1, turned);
        }
        pair_hidden(p, turned);
    }
    sign = cl_sign(c, p->j);
    mpz_sub_ui(ones, ones, 1);
    part = &p->s.part[p->s.npart++];
    *part = (struct carry_part){.wire = sign};
    part->to = tc_alloc(f->arena, 1, sizeof *part->to);
    part->to[0] = ones;
    p->s.bits = 2 * l->p;
    p->s.constant = tc_mpz(f->arena);
    pair_ranges(p);
    bits = carries_new(&l->low, "product", &p->s, "carries into the bits of a product");
    if (c->step)
        add_in_steps(c, p->j, tc_form_subst(f, bits.bit, bits.a, tc_axis_of(f->arena, bits.a)),
                     hidden);
    else
        add_fraction(c, p->j, bits.a, bits.bit, hidden);
    mpz_neg(minus, ones);
    add_bit(c, "sign.minus", p->j, sign, hidden, minus);
}

void cl_terms(struct cluster *c)
{
    if (c->products)
        product_terms(c);
    else
        float_terms(c);
}

/* ------------------------------------------------------------------------ specials */

/* of factor `which` of j, infinite or NaN */
static void factor_specials(struct cluster *c, unsigned which, const struct tc_index *j)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    mpz_ptr at = tc_mpz(f->arena);
    struct tc_form key = cl_key(c, which, j), x, signs;
    const char *name = !c->products ? "" : which ? ".y" : ".x";

    fl_largest(l->f, at);
    mpz_add_ui(at, at, 1);
    x = ar_gate(l, tc_sprintf(f->arena, "beyond%s", name), key, at, "it is infinite or NaN");
    c->beyond = tc_form_add(f, c->beyond, count(c, j, x));
    if (!l->f->infinity) {
        c->nan = tc_form_add(f, c->nan, count(c, j, x));
        return;
    }
    if (c->products) { /* infinity times 0 */
        struct tc_form one = ar_gate_si(l, tc_sprintf(f->arena, "one%s", name),
                                        cl_key(c, !which, j), 1, "the other factor is not 0");

        one = ar_gate_si(l, tc_sprintf(f->arena, "clash%s", name), tc_form_sub(f, x, one), 1,
                         "infinity times 0");
        c->nan = tc_form_add(f, c->nan, count(c, j, one));
    }
    for (unsigned k = 0; k < (c->products ? 2 : 1); k++) {
        const char *full = tc_sprintf(f->arena, "beyond%s.minus%s", name, k ? ".too" : "");

        signs = word_sign(c, c->products ? k : which, j);
        if (c->products)
            signs = ar_plus_si(l, tc_form_sub(f, signs, word_sign(c, !k, j)), 1);
        signs = claim(&l->low, signs, 0, c->products ? 2 : 1);
        signs = ar_masked(l, full, key, at, c->products ? 2 : 1, signs, "and negative");
        c->minus = tc_form_add(f, c->minus, count(c, j, signs));
    }
    mpz_add_ui(at, at, 1);
    x = ar_gate(l, tc_sprintf(f->arena, "nan%s", name), key, at, "it is NaN");
    c->nan = tc_form_add(f, c->nan, count(c, j, x));
}

void cl_specials(struct cluster *c)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    unsigned factors = c->products ? 2 : 1;
    struct tc_form x;

    c->plus = c->minus = c->nan = c->beyond = tc_form_si(f, 0);
    if (!l->f->nan)
        return;
    for (unsigned which = 0; which < factors; which++)
        factor_specials(c, which, cl_term(c));
    if (!l->f->infinity)
        return;
    c->plus = claim(&l->low, tc_form_sub(f, c->beyond, c->minus), 0, (int64_t)factors * c->terms);
    /* both: of the first there is one, and of the other not none */
    x = tc_form_scale_si(f, c->minus, (int64_t)factors * c->terms + 1);
    x = tc_form_sub(f, c->plus, x);
    c->nan = tc_form_add(f, c->nan, ar_gate_si(l, "infinity", c->plus, 1, "an infinity"));
    c->nan = tc_form_sub(f, c->nan, ar_gate_si(l, "infinity.alone", x, 1, "of one sign"));
}
