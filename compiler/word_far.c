/* word_far.c -- quotients of sums of numbers that are far apart, rounded once; see far.h
 *
 * Of either sum the leading bits and their exponent make a short quotient; the sign of one more
 * sum, of the terms of the one and of the other times that, says on which side of it the quotient
 * is.  CONSTRUCTIONS.md, "Floats of many exponents".
 */
#include "carries.h"
#include "led.h"

#include <assert.h>

static const char *sub_name(struct lowering *L, const char *name, const char *what)
{
    return tc_sprintf(L->family->arena, "%s.%s", name, what);
}

static unsigned width_of(const struct number *x)
{
    return (unsigned)x->a->extent;
}

static struct tc_form gate(struct lowering *L, const char *name, const char *what, struct tc_form x,
                           int64_t at, const char *note)
{
    return one_gate(L, sub_name(L, name, what), x, at, note);
}

/* ------------------------------------------------------------------------ numbers */

static const struct number *kept(struct lowering *L, struct number x)
{
    struct number *y = tc_alloc(L->family->arena, 1, sizeof *y);

    *y = number_integer(L, x);
    return y;
}

struct number far_of(struct lowering *L, const char *name, struct number x)
{
    static const struct tc_format one = {.kind = TC_FIXED, .bits = 1};
    const uint64_t zero = 0;
    struct number y;

    x = words_significand(L, name, x, true);
    if (L->err->kind || x.place)
        return x;
    y = number_gates(L, x.bit, x.a, 1, sub_name(L, name, "bits"), "bits of the number");
    x.bit = y.bit;
    x.a = y.a;
    y = number_table(L, &one, sub_name(L, name, "place"), 0, NULL, &zero, NULL);
    x.place = kept(L, y);
    return x;
}

const struct number *far_exponent(struct lowering *L, const char *name, const struct number *x,
                                  int sign, const struct number *y, int64_t add)
{
    struct tc_arena *arena = L->family->arena;
    struct exact e = {.name = sub_name(L, name, "exponent"), .add = tc_mpz_si(arena, add)};
    struct number z = *x;

    exact_term(&e, NULL, x, NULL, 0, NULL);
    if (y)
        exact_term(&e, tc_mpz_si(arena, sign), y, NULL, 0, NULL);
    if (!L->err->kind)
        operate_exactly(L, &e, &z);
    return kept(L, z);
}

struct number far_times(struct lowering *L, const char *name, struct number x, mpz_srcptr times)
{
    mpz_ptr odd = tc_mpz(L->family->arena);
    mp_bitcnt_t up = mpz_scan1(times, 0);
    struct exact e = {.name = name};
    struct number y = x;

    mpz_fdiv_q_2exp(odd, times, up);
    x.up += (int64_t)up;
    if (L->err->kind || mpz_cmp_ui(odd, 1) == 0)
        return x;
    exact_term(&e, odd, &x, NULL, 0, NULL);
    operate_exactly(L, &e, &y);
    x.bit = y.bit;
    x.a = y.a;
    return x;
}

struct number far_constant(struct lowering *L, const char *name, mpz_srcptr times)
{
    static const struct tc_format two = {.kind = TC_FIXED, .bits = 2};
    const uint64_t one = 1;
    struct number x = number_integer(L, number_table(L, &two, name, 0, NULL, &one, NULL));

    return far_times(L, sub_name(L, name, "times"), far_of(L, name, x), times);
}

void far_term(struct far_sum *s, const struct number *x, bool minus, unsigned n,
              const struct tc_index *const *over)
{
    struct far_term *t = &s->term[s->n++];

    assert(s->n <= FAR_MOST_TERMS && n <= TC_MOST_OVER);
    *t = (struct far_term){.x = *x, .minus = minus, .nover = n};
    for (unsigned k = 0; k < n; k++)
        t->over[k] = over[k];
}

/* --------------------------------------------------------------------------- sums
 *
 * The terms of a sum are side by side, over one index. */

static int64_t points(unsigned nover, const struct tc_index *const *over)
{
    int64_t n = 1;

    for (unsigned k = 0; k < nover; k++)
        if (__builtin_mul_overflow(n, over[k]->extent, &n))
            return INT64_MAX;
    return n;
}

/* a form at these points, as so many points of z from `first` on; 0 at all other ones */
static struct tc_form among(struct lowering *L, struct tc_form x, unsigned nover,
                            const struct tc_index *const *over, const struct tc_index *z,
                            int64_t first)
{
    struct tc_family *f = L->family;
    unsigned n = (unsigned)z->extent;
    int64_t *one = tc_alloc(f->arena, n, sizeof *one), all = points(nover, over), below = 1;
    struct tc_axis here = tc_axis_of(f->arena, z);

    for (unsigned k = nover; k-- > 0; below *= over[k]->extent) {
        int64_t *place = tc_alloc(f->arena, n, sizeof *place);

        for (int64_t i = 0; i < all; i++)
            place[first + i] = i / below % over[k]->extent;
        x = tc_form_subst(f, x, over[k],
                          (struct tc_axis){.via = table_of(L, "place", n, place), .arg = here.at});
    }
    for (int64_t i = 0; i < all; i++)
        one[first + i] = 1;
    return tc_form_times(f, x, table_of(L, "is", n, one), &here);
}

/* term k's exponent, less p->up */
static struct number in_units(struct placed *p, const struct number *x, unsigned k)
{
    const char *name = tc_sprintf(p->L->family->arena, "%s.%u", p->name, k);

    return x->up == p->up ? *x->place : *far_exponent(p->L, name, x->place, 1, NULL, x->up - p->up);
}

/* the words x (e: exponents) of all terms, as gates; 0 where there is none */
static struct number side_by_side(struct placed *p, const struct far_sum *s, bool e)
{
    struct lowering *L = p->L;
    struct tc_family *f = L->family;
    struct tc_form sum = tc_form_si(f, 0);
    struct number x[FAR_MOST_TERMS];
    const struct tc_index *a;
    int64_t first = 0, bits = 0;

    for (unsigned k = 0; k < s->n; k++) {
        x[k] = e ? in_units(p, &s->term[k].x, k) : s->term[k].x;
        bits = x[k].a->extent > bits ? x[k].a->extent : bits;
    }
    for (unsigned k = 0; k < s->n; k++)
        x[k] = number_widened(L, x[k], bits);
    a = tc_index_new(f, "a", bits, NULL);
    for (unsigned k = 0; k < s->n; k++) {
        const struct far_term *t = &s->term[k];
        struct tc_form y = tc_form_subst(f, x[k].bit, x[k].a, tc_axis_of(f->arena, a));

        sum = tc_form_add(f, sum, among(L, y, t->nover, t->over, p->z, first));
        first += points(t->nover, t->over);
    }
    return number_integer(L, number_gates(L, claim(L, sum, 0, 1), a, 1,
                                          sub_name(L, p->name, e ? "exponents" : "terms"),
                                          "those of all terms"));
}

bool far_few(struct lowering *L, const char *name, int64_t n)
{
    return n <= (int64_t)1 << 20 ||
           tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                   "%s is a sum of too many terms: 2^20 words are added at once", name);
}

static bool count_terms(struct placed *p, const struct far_sum *s)
{
    struct tc_family *f = p->L->family;

    p->beyond = tc_form_si(f, 0);
    for (unsigned k = 0; k < s->n; k++) {
        const struct far_term *t = &s->term[k];

        if (__builtin_add_overflow(p->n, points(t->nover, t->over), &p->n))
            p->n = INT64_MAX;
        if (!far_few(p->L, p->name, p->n))
            return false;
        p->beyond =
            tc_form_add(f, p->beyond, tc_form_sum(f, t->x.beyond, t->nover, t->over, 0, NULL));
    }
    p->z = tc_index_new(f, "z", p->n < 2 ? 2 : p->n, NULL); /* depth is the same for any number */
    return true;
}

bool far_place(struct placed *p, struct lowering *L, const struct far_sum *s, unsigned bits,
               unsigned step)
{
    struct lowering *inner = tc_alloc(L->family->arena, 1, sizeof *inner);
    struct number x;

    *p = (struct placed){.L = L, .name = s->name};
    if (L->err->kind || !count_terms(p, s))
        return false;
    p->up = s->term[0].x.up;
    for (unsigned k = 1; k < s->n; k++)
        p->up = s->term[k].x.up < p->up ? s->term[k].x.up : p->up;
    p->x = side_by_side(p, s, false);
    p->e = side_by_side(p, s, true);
    if (L->err->kind)
        return false;
    *inner = *L;
    inner->prefix = tc_sprintf(L->family->arena, "%s%s.", L->prefix, s->name);
    p->cut = (struct cut){.low = inner, .n = (unsigned)p->z->extent, .j = p->z};
    p->cut.exponent = number_value(L, &p->e, false);
    cut_sizes(&p->cut, width_of(&p->x), bits, ((int64_t)1 << width_of(&p->e)) - 1, step);
    cut_places(&p->cut);
    x = p->x;
    x.shift = p->cut.place;
    x.most = p->cut.most;
    p->at = words_placed(L, s->name, x);
    return !L->err->kind;
}

void far_placed_terms(struct placed *p, const struct far_sum *s, bool turned, struct exact *e)
{
    struct lowering *L = p->L;
    struct tc_family *f = L->family;
    struct tc_axis here = tc_axis_of(f->arena, p->z);

    for (unsigned minus = 0; minus < 2; minus++) {
        int64_t *one = tc_alloc(f->arena, (size_t)p->z->extent, sizeof *one), first = 0;
        bool any = false;
        struct number y = p->at;

        for (unsigned k = 0; k < s->n; k++) {
            const struct far_term *t = &s->term[k];
            int64_t n = points(t->nover, t->over);

            for (int64_t i = 0; i < n; i++)
                one[first + i] = t->minus == minus;
            any = any || t->minus == minus;
            first += n;
        }
        if (!any)
            continue;
        y.bit = tc_form_times(f, y.bit, table_of(L, "is", (unsigned)p->z->extent, one), &here);
        exact_term(e, minus && !turned ? tc_mpz_si(f->arena, -1) : NULL, &y, NULL, 1, &p->z);
    }
}

/* -------------------------------------------------------------------- leading bits */

/* how many gates of a chain are 1, as a word: bit a is turned by those t that it is another one
 * below than above */
static struct number counted(struct lowering *L, struct tc_form chain, const struct tc_index *t)
{
    struct tc_family *f = L->family;
    size_t most = (size_t)t->extent, bits = tc_bit_length(most);
    const struct tc_index *a = tc_index_new(f, "a", (int64_t)bits, NULL);
    int64_t *turn = tc_alloc(f->arena, bits * most, sizeof *turn);
    int64_t extent[2] = {a->extent, t->extent};
    struct tc_axis at[2] = {tc_axis_of(f->arena, a), tc_axis_of(f->arena, t)};
    struct number y = {.a = a, .plus = true};

    for (size_t k = 0; k < bits; k++)
        for (size_t n = 0; n < most; n++)
            turn[k * most + n] = (int64_t)((n + 1) >> k & 1) - (int64_t)(n >> k & 1);
    y.bit = tc_form_times(f, chain, tc_table_dense(f, "turn", 2, extent, turn), at);
    y.bit = tc_form_sum(f, y.bit, 1, &t, 0, NULL);
    return y;
}

/* e of the highest term that the sum reaches, less its place, and the place of the leading one
 * from 1 on */
static struct number leading_exponent(struct led *d)
{
    struct placed *p = &d->p;
    struct lowering *L = p->L;
    struct tc_family *f = L->family;
    const struct tc_index *j = tc_index_new(f, "j", p->z->extent, NULL), *a, *t;
    struct tc_axis at = tc_axis_of(f->arena, j);
    struct exact e = {.name = sub_name(L, p->name, "exponent")};
    int64_t m = p->z->extent + 1;
    struct tc_form x = tc_form_scale_si(f, leading_count(L, &d->leading), d->leading.step);
    struct number bits, place, count, y = p->e;

    x = gate(L, p->name, "reached", tc_form_sub(f, x, cut_place(&p->cut, j)), 0,
             "the term is not above the sum");
    x = cut_highest(&p->cut, x, j);
    place.bit = cut_highest_place(&p->cut, x, j, &t);
    place = counted(L, place.bit, t);
    place.bit = claim(L, tc_form_sum(f, place.bit, 1, &j, 0, NULL), 0, 1);
    t = tc_index_new(f, "t", d->leading.t->extent, NULL);
    count =
        counted(L, tc_form_subst(f, d->leading.at_least, d->leading.t, tc_axis_of(f->arena, t)), t);
    count.bit = claim(L, count.bit, 0, 1);
    a = tc_index_new(f, "a", y.a->extent, NULL);
    x = tc_form_add(f, x,
                    tc_form_scale_si(f,
                                     tc_form_subst(f, tc_form_subst(f, y.bit, p->z, at), y.a,
                                                   tc_axis_of(f->arena, a)),
                                     m));
    bits = number_gates(L, x, a, 2 * m, sub_name(L, p->name, "highest"),
                        "the exponent of the highest term that the sum reaches");
    exact_term(&e, NULL, &bits, NULL, 1, &j);
    exact_term(&e, tc_mpz_si(f->arena, -1), &place, NULL, 0, NULL);
    exact_term(&e, tc_mpz_si(f->arena, d->leading.step), &count, NULL, 0, NULL);
    return !L->err->kind && operate_exactly(L, &e, &y) ? number_integer(L, y) : y;
}

bool far_all_plus(const struct far_sum *s)
{
    bool plus = true;

    for (unsigned k = 0; k < s->n; k++)
        plus = plus && !s->term[k].minus;
    return plus;
}

/* 1: the term at z is a negative one */
static const int64_t *taken_off(const struct placed *p, const struct far_sum *s)
{
    int64_t *minus = tc_alloc(p->L->family->arena, (size_t)p->z->extent, sizeof *minus), z = 0;

    for (unsigned k = 0; k < s->n; k++)
        for (int64_t n = points(s->term[k].nover, s->term[k].over); n; n--)
            minus[z++] = s->term[k].minus;
    return minus;
}

void far_lead(struct led *d, struct lowering *L, const struct far_sum *s, unsigned n, bool signs,
              unsigned step)
{
    struct number x;

    if (!far_place(&d->p, L, s, n + 2, step))
        return;
    x = words_total(L, sub_name(L, s->name, "sum"), d->p.at, d->p.z, taken_off(&d->p, s));
    if (L->err->kind)
        return;
    d->sign = signs ? sign_bit(L, &x) : tc_form_si(L->family, 0);
    x = signs ? magnitude_of(L, s->name, &x) : number_narrowed(L, x, width_of(&x) - 1);
    d->leading = leading_bits(L, s->name, x, n, step);
    d->e = leading_exponent(d);
}

/* ------------------------------------------------------------------------ quotients */

struct tc_form far_of_sign(struct lowering *L, const char *name, const char *what, struct tc_form x,
                           struct tc_form sign, bool minus)
{
    struct tc_family *f = L->family;

    x = minus ? tc_form_add(f, x, sign) : tc_form_sub(f, x, sign);
    return gate(L, name, what, x, minus ? 2 : 1, "the rest, by the sign");
}

/* On which side of the short quotient t the quotient is: the signs of |x| 2^k - t y 2^d, for x the
 * sum's, of x less and plus that. */
static bool rest_of(struct ratio *q, const struct led *x, const struct led *y,
                    struct tc_form side[2])
{
    struct lowering *L = q->L;
    struct tc_family *f = L->family;
    struct far_sum rest = {.name = sub_name(L, q->name, "rest")};
    struct number v = x->p.x, w;
    struct tc_form sign[2][2];
    struct placed p;

    v.place = far_exponent(L, sub_name(L, q->name, "x"), &x->p.e, 1, &y->e, q->k);
    w = words_product(L, sub_name(L, q->name, "short.y"), number_integer(L, q->t), y->p.x);
    w.place = far_exponent(L, sub_name(L, q->name, "y"), &y->p.e, 1, &x->e, 0);
    far_term(&rest, &v, false, 1, &x->p.z);
    far_term(&rest, &w, true, 1, &y->p.z);
    if (!far_place(&p, L, &rest, 0, 1))
        return false;
    for (unsigned turned = 0; turned < 2; turned++) {
        struct exact e = {.name = sub_name(L, rest.name, turned ? "plus" : "less")};

        far_placed_terms(&p, &rest, turned, &e);
        if (!exact_sign(L, &e, &sign[turned][0], &sign[turned][1]))
            return false;
    }
    for (unsigned below = 0; below < 2; below++)
        side[below] =
            claim(L,
                  tc_form_add(f,
                              far_of_sign(L, rest.name, below ? "below" : "above", sign[0][below],
                                          x->sign, false),
                              far_of_sign(L, rest.name, below ? "below.minus" : "above.minus",
                                          sign[1][!below], x->sign, true)),
                  0, 1);
    return true;
}

struct number far_with_sign(struct lowering *L, const struct number *x, unsigned up,
                            struct tc_form low, struct tc_form sign)
{
    struct tc_family *f = L->family;
    unsigned n = width_of(x) + up + 1;
    const struct tc_index *a = tc_index_new(f, "a", n, NULL);
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *own = tc_alloc(f->arena, n, sizeof *own),
            *first = tc_alloc(f->arena, n, sizeof *first),
            *last = tc_alloc(f->arena, n, sizeof *last);
    struct tc_axis here = tc_axis_of(f->arena, a), at;
    struct tc_form bit;

    for (unsigned k = up; k + 1 < n; k++) {
        row[k] = k - up;
        own[k] = 1;
    }
    first[0] = up;
    last[n - 1] = 1;
    at = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = here.at};
    bit = tc_form_times(f, tc_form_subst(f, x->bit, x->a, at), table_of(L, "own", n, own), &here);
    bit = tc_form_add(f, bit, tc_form_times(f, low, table_of(L, "first", n, first), &here));
    bit = tc_form_add(f, bit, tc_form_times(f, sign, table_of(L, "last", n, last), &here));
    return (struct number){.bit = claim(L, bit, 0, 1), .a = a};
}

struct number far_scaled(struct lowering *L, const char *name, struct number z, struct number e,
                         int64_t up)
{
    struct operation o = {.name = tc_sprintf(L->family->arena, "%s.rounded", name),
                          .component = L->component,
                          .step = OPERATION_SCALE,
                          .unit = up + L->format->low};

    if (L->err->kind)
        return z;
    o.operand[0] = z;
    o.operand[1] = e;
    o.bits[0] = width_of(&z);
    o.bits[1] = width_of(&e);
    return words_in(L, words_format(L), o);
}

struct number far_quotient(struct lowering *L, const char *name, const struct far_sum *x,
                           const struct far_sum *y, int64_t down)
{
    unsigned k = L->format->p + 2;
    struct ratio q = {.L = L, .name = name, .k = k, .bits = k + 4};
    struct led n, d;
    struct tc_form side[2];
    struct number z = x->term[0].x, e;

    assert(far_all_plus(x) && far_all_plus(y));
    far_lead(&n, L, x, q.bits, true, 1);
    far_lead(&d, L, y, q.bits, false, 1);
    if (L->err->kind)
        return z;
    q.x = n.leading;
    q.y = d.leading;
    short_quotient(&q);
    if (L->err->kind || !rest_of(&q, &n, &d, side))
        return z;
    z = ratio_odd(&q, side[0], side[1]);
    z = number_narrowed(L, z, width_of(&z) - 1);
    z = far_with_sign(L, &z, 0, tc_form_si(L->family, 0), n.sign);
    e = *far_exponent(L, name, &n.e, -1, &d.e, 0);
    z = far_scaled(L, name, z, e, n.p.up - d.p.up - (int64_t)k - 1 - down);
    return words_nan(L, sub_name(L, name, "nan"), z,
                     tc_form_add(L->family, n.p.beyond, d.p.beyond));
}

struct number far_rounded(struct lowering *L, const struct far_sum *s, int64_t down)
{
    unsigned n = L->format->p + 2;
    struct number z = s->term[0].x;
    struct tc_form rest;
    struct led d;

    far_lead(&d, L, s, n, true, 1);
    if (L->err->kind)
        return z;
    rest = leading_rest(L, s->name, &d.leading, n);
    z = far_with_sign(L, &d.leading.top, 1, rest, d.sign);
    z = far_scaled(L, s->name, z, d.e, d.p.up - (int64_t)n - 1 - down);
    return words_nan(L, s->name, z, d.p.beyond);
}

/* ---------------------------------------------------------------------------- roots */

struct number far_even(struct lowering *L, const char *name, struct number x)
{
    struct number y;

    if (L->err->kind || !(x.up & 1))
        return x;
    y = number_shifted(L, x, 1);
    y = number_gates(L, y.bit, y.a, 1, sub_name(L, name, "twice"), "twice the number");
    x.bit = y.bit;
    x.a = y.a;
    x.up--;
    return x;
}

/* 2 - [it is even], in two's complement, of an integer */
static struct number one_or_two(struct lowering *L, const char *name, const struct number *x)
{
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", 3, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    int64_t *one = tc_alloc(f->arena, 3, sizeof *one), *turn = tc_alloc(f->arena, 3, sizeof *turn);
    struct tc_form bit = tc_form_subst(f, x->bit, x->a, tc_axis_const(0));

    one[0] = turn[1] = 1;
    turn[0] = -1;
    bit = tc_form_times(f, bit, table_of(L, "turn", 3, turn), &at);
    bit = tc_form_add(f, bit, tc_form_table(f, table_of(L, "one", 3, one), &at));
    return number_integer(
        L, number_gates(L, claim(L, bit, 0, 1), a, 1, name, "2 where the place is odd, else 1"));
}

struct number far_even_place(struct lowering *L, const char *name, struct number x)
{
    struct tc_family *f = L->family;
    struct number *even = tc_alloc(f->arena, 1, sizeof *even);
    int64_t *above;
    struct tc_axis at;

    if (L->err->kind)
        return x;
    *even = *x.place;
    x = words_product(L, name, x, one_or_two(L, sub_name(L, name, "odd"), even));
    if (L->err->kind)
        return x;
    above = tc_alloc(f->arena, (size_t)even->a->extent, sizeof *above);
    for (int64_t k = 1; k < even->a->extent; k++)
        above[k] = 1;
    at = tc_axis_of(f->arena, even->a);
    even->bit =
        tc_form_times(f, even->bit, table_of(L, "above", (unsigned)even->a->extent, above), &at);
    x.place = even;
    return x;
}

struct number far_half(struct lowering *L, struct number x)
{
    const struct tc_index *a = tc_index_new(L->family, "a", x.a->extent - 1, NULL);

    x.bit = tc_form_subst(L->family, x.bit, x.a,
                          tc_axis_plus(L->family->arena, tc_axis_const(1), 1, a));
    x.a = a;
    return x;
}

/* x_y x_z 2^(e_y + e_z + add) of two terms, which these axes are at, times what squares are */
static struct number pair_term(const struct far_square *s, const char *name,
                               const struct tc_axis at[2], int64_t add)
{
    const struct placed *p = s->x;
    struct lowering *L = p->L;
    struct number x[2], place[2], v;

    for (unsigned k = 0; k < 2; k++) {
        x[k] = number_at(L, p->x, p->z, at[k]);
        place[k] = number_at(L, p->e, p->z, at[k]);
    }
    v = words_product(L, sub_name(L, name, "product"), x[0], x[1]);
    v.place = far_exponent(L, sub_name(L, name, "twice"), &place[0], 1, &place[1], add);
    if (s->e)
        v.place = far_exponent(L, name, v.place, 1, s->e, 0);
    if (!s->by)
        return v;
    x[0] = s->by->x;
    x[0].place = &s->by->e;
    return words_product(L, sub_name(L, name, "times"), v, x[0]);
}

bool far_pairs(struct lowering *L, const char *name, int64_t n, const struct tc_index **pair,
               struct tc_axis at[2])
{
    static const char *const which[] = {"first", "second"};
    struct tc_arena *arena = L->family->arena;
    int64_t *term[2], all, k = 0;

    if (L->err->kind || !far_few(L, name, n) || !far_few(L, name, all = n * (n - 1) / 2))
        return false;
    *pair = tc_index_new(L->family, "pair", all, NULL);
    for (unsigned i = 0; i < 2; i++)
        term[i] = tc_alloc(arena, (size_t)all, sizeof *term[i]);
    for (int64_t z = 1; z < n; z++)
        for (int64_t y = 0; y < z; y++, k++) {
            term[0][k] = y;
            term[1][k] = z;
        }
    for (unsigned i = 0; i < 2; i++)
        at[i] = (struct tc_axis){.via = table_of(L, which[i], (unsigned)all, term[i]),
                                 .arg = tc_axis_of(arena, *pair).at};
    return true;
}

bool far_square_terms(const struct far_square *s, struct far_sum *sum)
{
    const struct placed *p = s->x;
    struct lowering *L = p->L;
    struct tc_axis here = tc_axis_of(L->family->arena, p->z), at[2] = {here, here};
    const struct tc_index *over[2] = {p->z, s->by ? s->by->z : NULL};
    unsigned n = s->by ? 2 : 1;
    struct number v = pair_term(s, s->name, at, s->add);

    v.up = s->up;
    far_term(sum, &v, s->minus, n, over);
    if (p->n < 2)
        return !L->err->kind;
    if (!far_pairs(L, sum->name, p->n, &over[0], at))
        return false;
    v = pair_term(s, sub_name(L, s->name, "pair"), at, s->add + 1);
    v.up = s->up;
    far_term(sum, &v, s->minus, n, over);
    return !L->err->kind;
}

/* the sign of x^2 4^k 2^e(y) - t^2 y 4^e(x) */
static bool rest_of_root(struct ratio *q, const struct led *x, const struct led *y,
                         struct tc_form side[2])
{
    struct lowering *L = q->L;
    struct far_sum rest = {.name = sub_name(L, q->name, "rest")};
    struct number w, t;
    struct exact e = {.name = sub_name(L, rest.name, "less")};
    const struct number *twice = far_exponent(L, sub_name(L, q->name, "x.2"), &x->e, 1, &x->e, 0);
    const struct far_square square = {
        .x = &x->p, .name = sub_name(L, q->name, "x"), .e = &y->e, .add = 2 * (int64_t)q->k};
    struct placed p;

    if (!far_square_terms(&square, &rest))
        return false;
    t = number_integer(L, q->t);
    t = words_product(L, sub_name(L, q->name, "short.square"), t, t);
    w = words_product(L, sub_name(L, q->name, "short.y"), t, y->p.x);
    w.place = far_exponent(L, sub_name(L, q->name, "y"), &y->p.e, 1, twice, 0);
    far_term(&rest, &w, true, 1, &y->p.z);
    if (!far_place(&p, L, &rest, 0, 1))
        return false;
    far_placed_terms(&p, &rest, false, &e);
    return exact_sign(L, &e, &side[0], &side[1]);
}

struct number far_by_root(struct lowering *L, const char *name, const struct far_sum *x,
                          const struct far_sum *y, int64_t up)
{
    unsigned k = L->format->p + 2;
    struct ratio q = {.L = L, .name = name, .k = k, .bits = (k + 6) / 2 * 2};
    struct number z = x->term[0].x, e;
    struct tc_form side[2];
    struct led n, d;

    assert(far_all_plus(x) && far_all_plus(y));
    far_lead(&n, L, x, q.bits, true, 1);
    far_lead(&d, L, y, q.bits + 2, false, 2);
    if (L->err->kind)
        return z;
    q.x = n.leading;
    q.y = d.leading;
    short_quotient(&q);
    if (L->err->kind || !rest_of_root(&q, &n, &d, side))
        return z;
    z = ratio_odd(&q, side[0], side[1]);
    z = number_narrowed(L, z, width_of(&z) - 1);
    z = far_with_sign(L, &z, 0, tc_form_si(L->family, 0), n.sign);
    e = far_half(L, d.e);
    e = *far_exponent(L, name, &n.e, -1, &e, 0);
    z = far_scaled(L, name, z, e, n.p.up - d.p.up / 2 - (int64_t)k - 1 + up);
    return words_nan(L, sub_name(L, name, "nan"), z,
                     tc_form_add(L->family, n.p.beyond, d.p.beyond));
}
