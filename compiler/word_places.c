/* word_places.c -- products of wide integers, by limbs, and of floats, by significands
 *
 * A float is a short significand and a shift, and so is a product of floats.  It is put at its
 * place among all exponents last, where it becomes a word.  CONSTRUCTIONS.md, "Products at their
 * places".  Limbs take 10 to 28 layers more than pieces (word_product.c) and down to 60 % of their
 * wires; products of binary32's kernel regression fit with limbs alone.
 */
#include "carries.h"
#include "far.h"

#include <assert.h>

#define LIMB 16 /* bits of a limb */
#define LONG 64 /* words of up to so many bits have no limbs */

static const char *sub_name(struct lowering *L, const char *name, const char *what)
{
    return tc_sprintf(L->family->arena, "%s.%s", name, what);
}

static unsigned width_of(const struct number *x)
{
    return (unsigned)x->a->extent;
}

/* ------------------------------------------------------------------ sums by limbs
 *
 * Limb j of the sum of words is the sum of their limbs j: its lower bits and what it carries make
 * two words of limbs, and one gate a limb adds these. */

struct limbs {
    struct lowering *L;
    const char *name;
    unsigned bits;            /* of a limb */
    const struct tc_index *j; /* limb */
    unsigned n; /* words: digit k free in j and ix[k], and in over[k] unless it is NULL */
    struct number digit[6];
    const struct tc_index *over[6];
    mpz_ptr add; /* a constant */
};

static void limbs_init(struct limbs *s, struct lowering *L, const char *name, unsigned width)
{
    *s = (struct limbs){.L = L, .name = name, .bits = width > LONG ? LIMB : width};
    s->j = tc_index_new(L->family, "j", (width + s->bits - 1) / s->bits, NULL);
    s->add = tc_mpz(L->family->arena);
}

static struct number *new_digit(struct limbs *s, const struct tc_index *over)
{
    struct number *d = &s->digit[s->n];

    s->over[s->n++] = over;
    *d = (struct number){.a = tc_index_new(s->L->family, "a", s->bits, NULL), .plus = true};
    return d;
}

/* x 2^up, or -x 2^up, x in two's complement (plus: not); over an index k x 2^(k bits) */
static void add_word(struct limbs *s, const struct number *x, unsigned up, bool minus,
                     const struct tc_index *over)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct number *d = new_digit(s, over);
    unsigned below = over ? ((unsigned)over->extent - 1) * s->bits : 0, w = width_of(x);
    unsigned n = below + (unsigned)s->j->extent * s->bits;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *any = tc_alloc(f->arena, n, sizeof *any),
            *one = tc_alloc(f->arena, n, sizeof *one);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const(below), s->bits, s->j), via;
    struct tc_form bit;

    if (over)
        at = tc_axis_plus(f->arena, at, -(int64_t)s->bits, over);
    at = tc_axis_plus(f->arena, at, 1, d->a);
    for (unsigned k = 0; k < n; k++) {
        bool there = k >= below + up && (k < below + up + w || !x->plus);
        unsigned b = there ? k - below - up : 0;

        row[k] = b < w ? b : w - 1;
        any[k] = there ? (minus ? -1 : 1) : 0;
        one[k] = minus && k >= below + up;
    }
    via = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = at.at};
    bit = tc_form_times(f, tc_form_subst(f, x->bit, x->a, via), table_of(L, "any", n, any), &at);
    if (minus) {
        bit = tc_form_add(f, bit, tc_form_table(f, table_of(L, "one", n, one), &at));
        mpz_add(s->add, s->add, power_of_two(L, up));
    }
    d->bit = claim(L, bit, 0, 1);
}

/* limb i + up of a word is bits up * bits .. of the numbers x, free in i */
static void add_numbers(struct limbs *s, const struct number *x, const struct tc_index *i,
                        unsigned up)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct number *d = new_digit(s, NULL);
    unsigned n = (unsigned)s->j->extent;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *any = tc_alloc(f->arena, n, sizeof *any);
    struct tc_axis here = tc_axis_of(f->arena, s->j), at = tc_axis_const((int64_t)up * s->bits);

    for (unsigned k = 0; k < n; k++) {
        any[k] = k >= up && k - up < i->extent;
        row[k] = any[k] ? k - up : 0;
    }
    d->bit = tc_form_subst(f, x->bit, x->a, tc_axis_plus(f->arena, at, 1, d->a));
    at = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = here.at};
    d->bit = tc_form_subst(f, d->bit, i, at);
    d->bit = tc_form_times(f, d->bit, table_of(L, "any", n, any), &here);
}

/* the constant, as a word */
static void add_constant(struct limbs *s)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    struct number *d;
    unsigned n = (unsigned)s->j->extent * s->bits;
    int64_t *bit = tc_alloc(f->arena, n, sizeof *bit);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const(0), s->bits, s->j);

    if (!mpz_sgn(s->add))
        return;
    d = new_digit(s, NULL);
    at = tc_axis_plus(f->arena, at, 1, d->a);
    for (unsigned k = 0; k < n; k++)
        bit[k] = mpz_tstbit(s->add, k);
    d->bit = tc_form_table(f, table_of(L, "constant", n, bit), &at);
}

/* modulo 2^bits, 0 or more */
static struct number sum_in(struct lowering *L, const char *name, unsigned n, struct number *x,
                            const struct tc_index *const *over, unsigned bits)
{
    struct exact e = {.name = name, .bits = bits, .wraps = true};
    struct number y = x[0];

    for (unsigned k = 0; k < n; k++)
        exact_term(&e, NULL, &x[k], NULL, over && over[k] ? 1 : 0, over ? &over[k] : NULL);
    if (!L->err->kind)
        operate_exactly(L, &e, &y);
    return y;
}

/* bits that the sum of all limbs j takes */
static unsigned limb_sum_bits(const struct limbs *s)
{
    uint64_t terms = 0;

    for (unsigned k = 0; k < s->n; k++)
        terms += s->over[k] ? (uint64_t)s->over[k]->extent : 1;
    return s->bits + (terms > 1 ? tc_bit_length(terms - 1) : 0);
}

/* what limb j - 1 carries into limb j */
static struct number carried(struct limbs *s, const struct number *v)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    unsigned n = (unsigned)s->j->extent;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *any = tc_alloc(f->arena, n, sizeof *any);
    struct tc_axis here = tc_axis_of(f->arena, s->j), at;
    struct number y = {.plus = true};

    for (unsigned k = 1; k < n; k++) {
        row[k] = k - 1;
        any[k] = 1;
    }
    y.a = tc_index_new(f, "a", (int64_t)width_of(v) - s->bits, NULL);
    at = tc_axis_plus(f->arena, tc_axis_const(s->bits), 1, y.a);
    y.bit = tc_form_subst(f, v->bit, v->a, at);
    at = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = here.at};
    y.bit = tc_form_times(f, tc_form_subst(f, y.bit, s->j, at), table_of(L, "any", n, any), &here);
    return y;
}

/* Into limb j of the sum of low and high.  A limb's sum passes a carry on where it is 2^bits - 1,
 * and makes one above that: digits 1 and 2, and what of them is 2^j or more below j carries. */
static struct number carry_into(struct limbs *s, const struct number *low,
                                const struct number *high)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    const struct tc_index *t = tc_index_new(f, "t", 2, NULL), *k, *u;
    mpz_ptr *theta = tc_alloc(f->arena, 2, sizeof *theta), *power;
    unsigned n = (unsigned)s->j->extent;
    struct tc_guard below;
    struct tc_form x;

    for (unsigned r = 0; r < 2; r++) {
        theta[r] = power_of_two(L, s->bits);
        mpz_sub_ui(theta[r], theta[r], 1 - r);
    }
    x = tc_form_add(f, number_value(L, low, true), number_value(L, high, true));
    x = wire_of(L, &tc_bank_new(f, name_of(L, sub_name(L, s->name, "passes")), x, t,
                                times_table(L, "theta", tc_form_si(f, 1), 1, &t, theta), true, 0,
                                NULL, L->component, "limbs that pass a carry on, and that make one")
                        ->plane);
    k = tc_index_new(f, "k", n, NULL);
    u = tc_index_new(f, "t", 2, NULL);
    power = tc_alloc(f->arena, n, sizeof *power);
    for (unsigned r = 0; r < n; r++)
        power[r] = power_of_two(L, r);
    x = tc_form_subst(f, x, t, tc_axis_of(f->arena, u));
    x = tc_form_sum(f, x, 1, &u, 0, NULL);
    x = tc_form_subst(f, x, s->j, tc_axis_of(f->arena, k));
    x = times_table(L, "power", x, 1, &k, power);
    below = tc_guard_le(f->arena, k, s->j);
    below.expr.at.constant--;
    x = tc_form_sum(f, x, 1, &k, 1, &below);
    x = wire_of(L, &tc_bank_new(f, name_of(L, sub_name(L, s->name, "into")), x, NULL,
                                times_table(L, "power", tc_form_si(f, 1), 1, &s->j, power), true, 0,
                                NULL, L->component, "carries into limbs")
                        ->plane);
    return (struct number){.bit = x, .a = tc_index_new(f, "a", 1, NULL), .plus = true};
}

/* all bits of the limbs over one index, gates */
static struct number joined(struct limbs *s, const struct number *x, unsigned width)
{
    struct lowering *L = s->L;
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", width, NULL);
    int64_t *limb = tc_alloc(f->arena, width, sizeof *limb),
            *place = tc_alloc(f->arena, width, sizeof *place);
    struct tc_axis here = tc_axis_of(f->arena, a), at;
    struct tc_form y;

    for (unsigned k = 0; k < width; k++) {
        limb[k] = k / s->bits;
        place[k] = k % s->bits;
    }
    at = (struct tc_axis){.via = table_of(L, "limb", width, limb), .arg = here.at};
    y = tc_form_subst(f, x->bit, s->j, at);
    at = (struct tc_axis){.via = table_of(L, "place", width, place), .arg = here.at};
    y = tc_form_subst(f, y, x->a, at);
    return number_gates(L, y, a, 1, sub_name(L, s->name, "sum"), "bits of the sum");
}

/* all of them modulo 2^width, in two's complement */
static struct number limbs_sum(struct limbs *s, unsigned width)
{
    struct lowering *L = s->L;
    struct number v, part[3];

    add_constant(s);
    if (L->err->kind)
        return s->digit[0];
    v = sum_in(L, sub_name(L, s->name, "limbs"), s->n, s->digit, s->over,
               s->j->extent > 1 ? limb_sum_bits(s) : width);
    if (L->err->kind)
        return v;
    if (s->j->extent == 1) {
        v = number_at(L, v, s->j, tc_axis_const(0));
        v.plus = false;
        return v;
    }
    assert(width_of(&v) <= 2 * s->bits); /* what limbs carry is a limb at most */
    part[0] = number_narrowed(L, v, s->bits);
    part[1] = carried(s, &v);
    part[2] = carry_into(s, &part[0], &part[1]);
    v = sum_in(L, sub_name(L, s->name, "all"), 3, part, NULL, s->bits);
    return L->err->kind ? v : joined(s, &v, width);
}

/* ------------------------------------------------------------------------ products */

/* limb i of x, of words that end with 0 or with their sign */
static struct number limb_of(struct lowering *L, const struct number *x, const struct tc_index *i)
{
    struct limbs s = {.L = L, .bits = LIMB, .j = i, .add = tc_mpz(L->family->arena)};

    add_word(&s, x, 0, false, NULL);
    return s.digit[0];
}

/* x y, y of LIMB bits at most and not negative */
static struct number by_limb(struct lowering *L, const char *name, const struct number *x,
                             const struct number *y)
{
    unsigned width = width_of(x) + width_of(y);
    struct exact e = {.name = sub_name(L, name, "pairs"), .bits = 2 * LIMB, .wraps = true};
    struct limbs s;
    struct number limb, z = *x;
    const struct tc_index *i = tc_index_new(L->family, "i", (width + LIMB - 1) / LIMB, NULL);

    limb = limb_of(L, x, i);
    exact_term(&e, NULL, &limb, y, 0, NULL);
    if (L->err->kind || !operate_exactly(L, &e, &z))
        return z;
    limbs_init(&s, L, name, width);
    add_numbers(&s, &z, i, 0);
    add_numbers(&s, &z, i, 1);
    return limbs_sum(&s, width);
}

/* where x is negative -y, and else 0 */
static struct number where_negative(struct lowering *L, const char *name, const struct number *x,
                                    const struct number *y)
{
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", y->a->extent, NULL);
    struct tc_form bit = tc_form_subst(f, y->bit, y->a, tc_axis_of(f->arena, a));

    bit = tc_form_add(f, bit, tc_form_subst(f, x->bit, x->a, tc_axis_const(x->a->extent - 1)));
    return number_gates(L, bit, a, 2, name, "the one factor, where the other is negative");
}

/* of y's bits as they stand, limb by limb, less those that its sign counts too much */
static struct number by_limbs(struct lowering *L, const char *name, const struct number *x,
                              const struct number *y)
{
    unsigned width = width_of(x) + width_of(y), n = (width_of(y) + LIMB - 1) / LIMB;
    const struct tc_index *k = n > 1 ? tc_index_new(L->family, "j'", n, NULL) : NULL;
    struct number limb = *y, part, less;
    struct limbs s;

    limb.plus = true;
    if (k)
        limb = limb_of(L, &limb, k);
    part = by_limb(L, sub_name(L, name, "limb"), x, &limb);
    less = where_negative(L, sub_name(L, name, "less"), y, x);
    if (L->err->kind)
        return *x;
    limbs_init(&s, L, name, width);
    add_word(&s, &part, 0, false, k);
    add_word(&s, &less, width_of(y), true, NULL);
    return limbs_sum(&s, width);
}

/* of two words in two's complement */
static struct number multiplied(struct lowering *L, const char *name, const struct number *x,
                                const struct number *y)
{
    struct exact e = {.name = name};
    struct number z = *x;

    if (width_of(x) < width_of(y))
        return multiplied(L, name, y, x);
    if (width_of(x) > LONG)
        return by_limbs(L, name, x, y);
    exact_term(&e, NULL, x, y, 0, NULL);
    operate_exactly(L, &e, &z);
    return z;
}

/* bits that are looked up by a table of their place: limbs are such themselves */
static bool looks_up(const struct number *x)
{
    for (unsigned k = 0; k < x->bit.nterm; k++) {
        const struct tc_term *t = &x->bit.term[k];

        for (unsigned i = 0; i < tc_plane_axes(t->plane); i++)
            if (t->at[i].via && tc_axis_reads(&t->at[i], x->a))
                return true;
    }
    return false;
}

static struct number operand(struct lowering *L, const char *name, struct number x)
{
    struct number y;

    x = words_significand(L, name, x, words_are_long(L));
    if (L->err->kind || !looks_up(&x))
        return x;
    y = number_gates(L, x.bit, x.a, 1, sub_name(L, name, "bits"), "bits of a factor");
    x.bit = y.bit;
    x.a = y.a;
    return x;
}

struct number words_product(struct lowering *L, const char *name, struct number x, struct number y)
{
    struct tc_family *f = L->family;
    struct number z;

    if (L->err->kind)
        return x;
    x = operand(L, sub_name(L, name, "x"), x);
    y = operand(L, sub_name(L, name, "y"), y);
    if (L->err->kind)
        return x;
    z = multiplied(L, name, &x, &y);
    z.exact = z.flagged = true;
    z.beyond = tc_form_add(f, x.beyond, y.beyond);
    z.most = x.most + y.most;
    z.shift = x.most ? x.shift : y.shift;
    if (x.most && y.most)
        z.shift = tc_form_add(f, x.shift, y.shift);
    z.up = x.up + y.up;
    z.place = x.place && y.place ? far_exponent(L, name, x.place, 1, y.place, 0)
              : x.place          ? x.place
                                 : y.place;
    return z;
}

/* -------------------------------------------------------------------------- places
 *
 * By the shift modulo R, then by the multiple of R: "Sums by cut gaps", in two steps. */

struct place {
    struct lowering *L;
    const char *name;
    struct number x;
    unsigned width, most, step;
    const struct tc_index *t;
    struct tc_form chain; /* [shift >= t + 1] */
};

static struct tc_form gates_of(const struct place *p, const char *what, struct tc_form x,
                               const struct tc_index *chain, struct tc_form theta, const char *note)
{
    return wire_of(p->L, &tc_bank_new(p->L->family, name_of(p->L, sub_name(p->L, p->name, what)), x,
                                      chain, theta, true, 0, NULL, p->L->component, note)
                              ->plane);
}

/* [the shift's digit is r], free in r: modulo R, or by R */
static struct tc_form digit(const struct place *p, const struct tc_index *r, bool low)
{
    struct lowering *L = p->L;
    struct tc_family *f = L->family;
    size_t n = (size_t)r->extent, most = p->most;
    const struct tc_index *t = tc_index_new(f, "t", (int64_t)most, NULL);
    int64_t *turn = tc_alloc(f->arena, n * most, sizeof *turn), extent[2] = {r->extent, p->most};
    int64_t *first = tc_alloc(f->arena, n, sizeof *first);
    struct tc_axis at[2] = {tc_axis_of(f->arena, r), tc_axis_of(f->arena, t)};
    struct tc_form x = tc_form_subst(f, p->chain, p->t, at[1]);

    first[0] = 1;
    for (size_t k = 0; k < most; k++) {
        turn[(low ? k % p->step : k / p->step) * most + k]--;
        turn[(low ? (k + 1) % p->step : (k + 1) / p->step) * most + k]++;
    }
    x = tc_form_times(f, x, tc_table_dense(f, "turn", 2, extent, turn), at);
    x = tc_form_sum(f, x, 1, &t, 0, NULL);
    x = tc_form_add(f, x, tc_form_table(f, table_of(L, "first", (unsigned)n, first), at));
    return claim(L, x, 0, 1);
}

/* the sum over k of x at a - scale k, where a's places of x are */
static struct tc_form slanted(const struct place *p, struct tc_form x, const struct tc_index *of,
                              const struct tc_index *a, const struct tc_index *k, int64_t scale)
{
    struct tc_family *f = p->L->family;
    const struct tc_index *u = tc_index_new(f, k->name, k->extent, NULL);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_of(f->arena, a), -scale, u);
    struct tc_guard guard[2] = {{at}, {tc_axis_const(of->extent - 1)}};

    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, a);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, scale, u);
    x = tc_form_subst(f, x, of, at);
    x = tc_form_subst(f, x, k, tc_axis_of(f->arena, u));
    return tc_form_sum(f, x, 1, &u, 2, guard);
}

/* bits of x 2^shift below 2^(width + most), x's bits as they stand; free in a */
static struct tc_form shifted(const struct place *p, const struct tc_index **a)
{
    struct lowering *L = p->L;
    struct tc_family *f = L->family;
    const struct tc_index *b = tc_index_new(f, "b", p->width, NULL);
    const struct tc_index *r = tc_index_new(f, "r", p->step, NULL), *y, *h;
    struct tc_form x = tc_form_subst(f, p->x.bit, p->x.a, tc_axis_of(f->arena, b));

    x = gates_of(p, "shift.low", tc_form_add(f, x, digit(p, r, true)), NULL, tc_form_si(f, 2),
                 "bits shifted by the shift modulo R");
    y = tc_index_new(f, "y", (int64_t)p->width + p->step - 1, NULL);
    h = tc_index_new(f, "h", p->most / p->step + 1, NULL);
    x = claim(L, slanted(p, x, b, y, r, 1), 0, 1);
    x = gates_of(p, "shift.high", tc_form_add(f, x, digit(p, h, false)), NULL, tc_form_si(f, 2),
                 "and by the multiple of R");
    *a = tc_index_new(f, "a", (int64_t)p->width + p->most, NULL);
    return claim(L, slanted(p, x, y, *a, h, p->step), 0, 1);
}

/* [x < 0 and the shift is a - width at most], free in a from width on: its sign goes on there */
static struct tc_form sign_above(const struct place *p)
{
    struct tc_family *f = p->L->family;
    struct tc_form sign = tc_form_subst(f, p->x.bit, p->x.a, tc_axis_const((int64_t)p->width - 1));

    return gates_of(p, "sign", tc_form_sub(f, sign, p->chain), NULL, tc_form_si(f, 1),
                    "the sign, above the bits of a negative number");
}

struct number words_placed(struct lowering *L, const char *name, struct number x)
{
    struct tc_family *f = L->family;
    struct place p = {
        .L = L, .name = name, .x = x, .width = width_of(&x), .most = (unsigned)x.most};
    const struct tc_index *a;
    int64_t *row, *any, *theta;
    struct tc_axis at;
    struct tc_form bit, above;
    struct number y;
    unsigned n = p.width + p.most;

    if (L->err->kind || !p.most)
        return x;
    for (p.step = 1; p.step * p.step < p.most;)
        p.step++;
    p.t = tc_index_new(f, "t", p.most, NULL);
    theta = tc_alloc(f->arena, p.most, sizeof *theta);
    for (unsigned k = 0; k < p.most; k++)
        theta[k] = k + 1;
    at = tc_axis_of(f->arena, p.t);
    p.chain = gates_of(&p, "exponent", x.shift, p.t,
                       tc_form_table(f, table_of(L, "theta", p.most, theta), &at),
                       "the exponent, as a shift");
    above = sign_above(&p);
    bit = shifted(&p, &a);
    row = tc_alloc(f->arena, n, sizeof *row);
    any = tc_alloc(f->arena, n, sizeof *any);
    for (unsigned k = p.width; k < n; k++) {
        row[k] = k - p.width;
        any[k] = 1;
    }
    at = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = tc_axis_of(f->arena, a).at};
    above = tc_form_subst(f, above, p.t, at);
    at = tc_axis_of(f->arena, a);
    bit = tc_form_add(f, bit, tc_form_times(f, above, table_of(L, "any", n, any), &at));
    y = number_gates(L, claim(L, bit, 0, 1), a, 1, sub_name(L, name, "placed"),
                     "bits at the places of its exponent");
    y.exact = y.flagged = true;
    y.beyond = x.beyond;
    return y;
}
