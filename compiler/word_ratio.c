/* word_ratio.c -- quotients of exact integers of any width, or by a root, rounded to floats
 *
 * A short quotient of the operands' leading bits errs by less than a unit; a comparison of exact
 * products says on which side of it the quotient is, and that is all that rounding asks.
 * CONSTRUCTIONS.md, "Wide floats rounded by blocks".
 */
#include "ratio.h"
#include "carries.h"

/* ------------------------------------------------------------------ leading ones */

/* x at t + 1, 0 where that is t's end */
static struct tc_form next(struct lowering *L, struct tc_form x, const struct tc_index *t)
{
    struct tc_family *f = L->family;
    unsigned n = (unsigned)t->extent;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *more = tc_alloc(f->arena, n, sizeof *more);
    struct tc_axis at = tc_axis_of(f->arena, t);

    for (unsigned k = 0; k < n; k++) {
        more[k] = k + 1 < n;
        row[k] = more[k] ? k + 1 : k;
    }
    x = tc_form_subst(f, x, t, (struct tc_axis){.via = table_of(L, "next", n, row), .arg = at.at});
    return tc_form_times(f, x, table_of(L, "more", n, more), &at);
}

/* of a chain, free in t: [t is its last that is 1] */
static struct tc_form last_of(struct lowering *L, struct tc_form chain, const struct tc_index *t)
{
    return claim(L, tc_form_sub(L->family, chain, next(L, chain, t)), 0, 1);
}

/* bit k of x shifted so that its leading place r comes to the last of n: step (r + 1) - n + k */
static struct number top_bits(struct lowering *L, const char *name, const struct leading *x,
                              unsigned n)
{
    struct tc_family *f = L->family;
    const struct tc_index *r = tc_index_new(f, "r", x->t->extent, NULL);
    const struct tc_index *k = tc_index_new(f, "k", n, NULL);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const(x->step - (int64_t)n), x->step, r);
    struct tc_guard guard[2];
    struct tc_form y = last_of(L, x->at_least, x->t);

    guard[0].expr = at = tc_axis_plus(f->arena, at, 1, k);
    guard[1].expr = tc_axis_const(x->x.a->extent - 1 + n - x->step);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -(int64_t)x->step, r);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, k);
    y = tc_form_subst(f, y, x->t, tc_axis_of(f->arena, r));
    y = tc_form_add(f, y, tc_form_subst(f, x->x.bit, x->x.a, at));
    y = wire_of(L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.select", name)), y, NULL,
                                tc_form_si(f, 2), true, 2, guard, L->component,
                                "bits from the leading one on")
                        ->plane);
    y = claim(L, tc_form_sum(f, y, 1, &r, 2, guard), 0, 1);
    return number_gates(L, y, k, 1, tc_sprintf(f->arena, "%s.top", name),
                        "the same, of any leading one");
}

struct leading leading_bits(struct lowering *L, const char *name, struct number x, unsigned n,
                            unsigned step)
{
    struct tc_family *f = L->family;
    unsigned places = ((unsigned)x.a->extent + step - 1) / step;
    struct leading y = {.x = x, .step = step, .t = tc_index_new(f, "t", places, NULL)};
    mpz_ptr *power = tc_alloc(f->arena, places, sizeof *power);

    for (unsigned k = 0; k < places; k++)
        power[k] = power_of_two(L, step * k);
    y.at_least = wire_of(L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.leading", name)),
                                         number_value(L, &x, true), y.t,
                                         times_table(L, "power", tc_form_si(f, 1), 1, &y.t, power),
                                         true, 0, NULL, L->component, "where its leading one is")
                                 ->plane);
    y.top = top_bits(L, name, &y, n);
    return y;
}

struct tc_form leading_rest(struct lowering *L, const char *name, const struct leading *x,
                            unsigned n)
{
    struct tc_family *f = L->family;
    const struct tc_index *r = tc_index_new(f, "r", x->t->extent, NULL);
    const struct tc_index *b = tc_index_new(f, "b", x->x.a->extent, NULL);
    struct tc_guard below = {tc_axis_plus(f->arena, tc_axis_const(-(int64_t)n), 1, r)};
    struct tc_form y = tc_form_subst(f, x->x.bit, x->x.a, tc_axis_of(f->arena, b));

    below.expr = tc_axis_plus(f->arena, below.expr, -1, b);
    y = tc_form_sum(f, y, 1, &b, 1, &below);
    y = tc_form_add(f, y,
                    tc_form_scale_si(f,
                                     tc_form_subst(f, last_of(L, x->at_least, x->t), x->t,
                                                   tc_axis_of(f->arena, r)),
                                     b->extent));
    y = wire_of(L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.rest", name)), y, NULL,
                                tc_form_si(f, b->extent + 1), true, 0, NULL, L->component,
                                "something is below the leading bits")
                        ->plane);
    return claim(L, tc_form_sum(f, y, 1, &r, 0, NULL), 0, 1);
}

/* ----------------------------------------------------------------- short quotients */

static const char *named(const struct ratio *q, const char *what)
{
    return tc_sprintf(q->L->family->arena, "%s.%s", q->name, what);
}

static struct tc_form bank(const struct ratio *q, const char *what, struct tc_form x,
                           const struct tc_index *chain, struct tc_form theta, const char *note)
{
    return wire_of(q->L, &tc_bank_new(q->L->family, name_of(q->L, named(q, what)), x, chain, theta,
                                      true, 0, NULL, q->L->component, note)
                              ->plane);
}

struct number short_root(struct lowering *L, const char *name, struct number v, unsigned bits)
{
    const struct tc_format f = {.kind = TC_UNSIGNED, .bits = 2 * bits};

    v = number_shifted(L, v, f.bits - (unsigned)v.a->extent);
    v = words_in(L, &f,
                 (struct operation){
                     .name = name, .component = L->component, .op = TC_OP_SQRT, .operand = {v}});
    return L->err->kind ? v : number_narrowed(L, v, bits + 1);
}

void short_quotient(struct ratio *q)
{
    struct lowering *L = q->L;
    const struct tc_format f = {.kind = TC_FIXED, .bits = q->k + 3, .fraction = q->k};
    struct number y = q->y.step > 1 ? short_root(L, named(q, "root"), q->y.top, q->bits) : q->y.top;

    if (L->err->kind)
        return;
    q->t = words_in(L, &f,
                    (struct operation){.name = named(q, "short"),
                                       .component = L->component,
                                       .op = TC_OP_DIV,
                                       .plus = {true, true},
                                       .bits = {q->bits + 1, (unsigned)y.a->extent + 1},
                                       .operand = {q->x.top, y}});
}

struct tc_form leading_count(struct lowering *L, const struct leading *x)
{
    const struct tc_index *t = tc_index_new(L->family, "t", x->t->extent, NULL);
    struct tc_form y = tc_form_subst(L->family, x->at_least, x->t, tc_axis_of(L->family->arena, t));

    return claim(L, tc_form_sum(L->family, y, 1, &t, 0, NULL), 0, t->extent);
}

void ratio_apart(struct ratio *q, struct tc_form apart, int64_t least, unsigned n)
{
    struct lowering *L = q->L;
    struct tc_family *f = L->family;
    int64_t *theta = tc_alloc(f->arena, n, sizeof *theta);
    struct tc_axis at;

    q->least = least;
    for (unsigned k = 0; k < n; k++)
        theta[k] = least + k;
    q->d = tc_index_new(f, "d", n, NULL);
    at = tc_axis_of(f->arena, q->d);
    q->apart = bank(q, "apart", apart, q->d, tc_form_table(f, table_of(L, "theta", n, theta), &at),
                    "by how many places the leading ones are apart");
}

/* of step 2 in pairs of y's bits: root(y) leads where they do */
static void compare_places(struct ratio *q)
{
    struct lowering *L = q->L;
    int64_t x = q->x.t->extent, y = q->y.t->extent;

    ratio_apart(q, tc_form_sub(L->family, leading_count(L, &q->x), leading_count(L, &q->y)), 1 - y,
                (unsigned)(x + y - 1));
}

/* x 2^a, a free in x */
static struct tc_form times_power(struct lowering *L, struct tc_form x, const struct tc_index *a)
{
    unsigned n = (unsigned)a->extent;
    mpz_ptr *power = tc_alloc(L->family->arena, n, sizeof *power);

    for (unsigned k = 0; k < n; k++)
        power[k] = power_of_two(L, k);
    return times_table(L, "power", x, 1, &a, power);
}

/* of ANDs w, free in a and b, of the same bits b <= a: the sum over b = a, and twice that over b <
 * a */
static struct tc_form sum_of_square(struct lowering *L, struct tc_form w, const struct tc_index *a,
                                    const struct tc_index *b)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[2] = {a, b};
    struct tc_guard below = tc_guard_le(f->arena, b, a);
    struct tc_form same = tc_form_subst(f, w, b, tc_axis_of(f->arena, a));

    below.expr.at.constant--;
    same = tc_form_sum(f, times_power(L, times_power(L, same, a), a), 1, &a, 0, NULL);
    w = tc_form_sum(f, times_power(L, times_power(L, w, a), b), 2, ix, 1, &below);
    return tc_form_add(f, same, tc_form_scale_si(f, w, 2));
}

struct tc_form sum_of_ands(struct lowering *L, const char *name, const struct number *x,
                           const struct number *y)
{
    struct tc_family *f = L->family;
    const struct number *z = y ? y : x;
    const struct tc_index *a = tc_index_new(f, "a", x->a->extent, NULL);
    const struct tc_index *b = tc_index_new(f, "b", z->a->extent, NULL), *ix[2] = {a, b};
    struct tc_guard below = tc_guard_le(f->arena, b, a);
    struct tc_form w = tc_form_add(f, tc_form_subst(f, x->bit, x->a, tc_axis_of(f->arena, a)),
                                   tc_form_subst(f, z->bit, z->a, tc_axis_of(f->arena, b)));

    w = wire_of(L, &tc_bank_new(f, name_of(L, name), w, NULL, tc_form_si(f, 2), true, !y, &below,
                                L->component, "products of single bits")
                        ->plane);
    if (!y)
        return sum_of_square(L, w, a, b);
    return tc_form_sum(f, times_power(L, times_power(L, w, a), b), 2, ix, 0, NULL);
}

/* The distance d of the leading places, q = x / y or its square, t the short quotient or its
 * square: x 4^k and t y 4^d are compared, or x 4^(k - d) and t y where d < 0; with 2 for 4 where no
 * root is taken. */
struct sides {
    struct tc_form x, ty;
    unsigned bits[2]; /* of them */
};

static struct sides sides(struct ratio *q)
{
    struct lowering *L = q->L;
    struct number t = q->t;
    struct sides s = {.bits = {q->y.step * (unsigned)q->x.x.a->extent, 0}};

    if (q->y.step > 1)
        t = words_exact_dot(L, named(q, "square"), number_integer(L, t), number_integer(L, t), 0,
                            NULL);
    if (L->err->kind)
        return s;
    s.x = q->y.step > 1 ? sum_of_ands(L, named(q, "and.x"), &q->x.x, NULL)
                        : number_value(L, &q->x.x, true);
    s.ty = sum_of_ands(L, named(q, "and"), &t, &q->y.x);
    s.bits[1] = (unsigned)(t.a->extent + q->y.x.a->extent);
    return s;
}

/* [the quotient is above (below) the short one], masked by [the distance is d], summed over d */
static struct tc_form beside(struct ratio *q, const struct sides *s, bool above)
{
    struct lowering *L = q->L;
    struct tc_family *f = L->family;
    unsigned n = (unsigned)q->d->extent, step = q->y.step;
    mpz_ptr *up = tc_alloc(f->arena, n, sizeof *up), *down = tc_alloc(f->arena, n, sizeof *down);
    mpz_ptr *mask = tc_alloc(f->arena, n, sizeof *mask),
            *theta = tc_alloc(f->arena, n, sizeof *theta);
    struct tc_form z, w;

    for (unsigned k = 0; k < n; k++) {
        int64_t d = q->least + k;
        unsigned a = step * (q->k + (d < 0 ? (unsigned)-d : 0)), b = d > 0 ? step * (unsigned)d : 0;
        unsigned x = s->bits[0] + a, y = s->bits[1] + b;

        up[k] = power_of_two(L, a);
        down[k] = power_of_two(L, b);
        mask[k] = power_of_two(L, x > y ? x : y); /* above either side */
        theta[k] = tc_mpz(f->arena);
        mpz_add_ui(theta[k], mask[k], 1);
    }
    z = times_table(L, "up", s->x, 1, &q->d, up);
    w = times_table(L, "down", s->ty, 1, &q->d, down);
    z = above ? tc_form_sub(f, z, w) : tc_form_sub(f, w, z);
    z = tc_form_add(f, z, times_table(L, "mask", last_of(L, q->apart, q->d), 1, &q->d, mask));
    z = bank(q, above ? "above" : "below", z, NULL,
             times_table(L, "theta", tc_form_si(f, 1), 1, &q->d, theta),
             above ? "the quotient is above the short one" : "the quotient is below the short one");
    return claim(L, tc_form_sum(f, z, 1, &q->d, 0, NULL), 0, 1);
}

struct number ratio_odd(struct ratio *q, struct tc_form more, struct tc_form less)
{
    struct lowering *L = q->L;
    struct tc_arena *arena = L->family->arena;
    struct number above = number_minus(L, more), below = number_minus(L, less), z = q->t;
    struct exact e = {.name = named(q, "odd")};

    exact_term(&e, tc_mpz_si(arena, 2), &q->t, NULL, 0, NULL);
    exact_term(&e, tc_mpz_si(arena, -1), &above, NULL, 0, NULL);
    exact_term(&e, NULL, &below, NULL, 0, NULL);
    if (!L->err->kind)
        operate_exactly(L, &e, &z);
    return z;
}

static struct number to_odd(struct ratio *q)
{
    struct sides s = sides(q);

    return q->L->err->kind ? q->t : ratio_odd(q, beside(q, &s, true), beside(q, &s, false));
}

/* ------------------------------------------------------------------------ places */

/* [the leading ones are at least first + j apart], for the first n of j's places; else 0 */
static struct tc_form reached(struct ratio *q, const struct tc_index *j, unsigned n, int64_t first)
{
    struct lowering *L = q->L;
    struct tc_family *f = L->family;
    unsigned all = (unsigned)j->extent;
    int64_t *row = tc_alloc(f->arena, all, sizeof *row),
            *any = tc_alloc(f->arena, all, sizeof *any),
            *one = tc_alloc(f->arena, all, sizeof *one);
    struct tc_axis here = tc_axis_of(f->arena, j), at;
    struct tc_form x;

    for (unsigned k = 0; k < n; k++) {
        int64_t d = first + k - q->least;

        one[k] = d < 0;
        any[k] = d >= 0 && d < q->d->extent;
        row[k] = any[k] ? d : 0;
    }
    at = (struct tc_axis){.via = table_of(L, "row", all, row), .arg = here.at};
    x = tc_form_times(f, tc_form_subst(f, q->apart, q->d, at), table_of(L, "any", all, any), &here);
    return tc_form_add(f, x, tc_form_table(f, table_of(L, "one", all, one), &here));
}

struct number moved_up(struct lowering *L, const char *name, struct tc_form x,
                       const struct tc_index *b, const struct tc_index *j, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *k = tc_index_new(f, "j", j->extent, NULL);
    const struct tc_index *a = tc_index_new(f, "a", b->extent + j->extent, NULL);
    struct tc_axis bit = tc_axis_plus(f->arena, tc_axis_of(f->arena, a), -1, k);
    struct tc_guard guard[2] = {{bit}, {tc_axis_const(b->extent - 1)}};

    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, a);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, 1, k);
    x = tc_form_subst(f, x, b, bit);
    x = tc_form_subst(f, x, j, tc_axis_of(f->arena, k));
    x = claim(L, tc_form_sum(f, x, 1, &k, 2, guard), 0, 1);
    return number_gates(L, x, a, 1, name, note);
}

struct number ratio_placed(struct ratio *q, const struct number *z, int64_t first, unsigned places)
{
    struct lowering *L = q->L;
    struct tc_family *f = L->family;
    const struct tc_index *b = tc_index_new(f, "b", z->a->extent, NULL);
    const struct tc_index *j = tc_index_new(f, "j", places, NULL);
    struct tc_form x = tc_form_subst(f, z->bit, z->a, tc_axis_of(f->arena, b));

    x = tc_form_add(f, x, reached(q, j, places, first));
    x = tc_form_sub(f, x, reached(q, j, places - 1, first + 1));
    x = bank(q, "placed", x, NULL, tc_form_si(f, 2), "the quotient's bits at their places");
    return moved_up(L, named(q, "exact"), x, b, j, "the quotient, as it rounds");
}

struct number magnitude_of(struct lowering *L, const char *name, const struct number *x)
{
    struct tc_form sign = sign_bit(L, x);
    struct number m = words_signed(L, name, x, sign);

    m = number_narrowed(L, m, (unsigned)x->a->extent);
    return number_gates(L, m.bit, m.a, 1, tc_sprintf(L->family->arena, "%s.absolute", name),
                        "bits of the magnitude");
}

struct tc_form sign_bit(struct lowering *L, const struct number *x)
{
    return tc_form_subst(L->family, x->bit, x->a, tc_axis_const(x->a->extent - 1));
}

/* -------------------------------------------------------------------------- all */

/* R(x 2^up / y), or by the root of y (step 2) */
static struct number by_leading(struct lowering *L, const char *name, struct number x,
                                struct number y, unsigned step, int64_t up)
{
    unsigned p = L->format->p, k = p + 2, unit = k + 6;
    struct ratio q = {.L = L, .name = name, .k = k, .bits = step > 1 ? (k + 6) / 2 * 2 : k + 4};
    struct tc_form sign, beyond;
    struct number m, z;

    if (L->err->kind)
        return x;
    sign = sign_bit(L, &x);
    beyond = y.flagged ? tc_form_add(L->family, x.beyond, y.beyond) : x.beyond; /* or a count */
    m = magnitude_of(L, named(&q, "numerator"), &x);
    q.x = leading_bits(L, named(&q, "numerator"), m, q.bits, 1);
    q.y = leading_bits(L, named(&q, "divisor"), y, step > 1 ? q.bits + 2 : q.bits, step);
    short_quotient(&q);
    if (L->err->kind)
        return x;
    compare_places(&q);
    z = to_odd(&q);
    if (L->err->kind)
        return x;
    /* z 2^(d - k - 1 + up), counted in 2^-unit */
    z = ratio_placed(&q, &z, (int64_t)k + 1 - up - unit, words_binades(L) + p + 8);
    z = words_signed(L, name, &z, sign);
    z.exact = z.flagged = true;
    z.beyond = beyond;
    return words_rounded(L, name, z, power_of_two(L, unit));
}

struct number words_float_quotient(struct lowering *L, const char *name, struct number x,
                                   struct number y, unsigned down)
{
    return by_leading(L, name, x, y, 1, -(int64_t)down);
}

struct number words_float_by_root(struct lowering *L, const char *name, struct number x,
                                  struct number y, unsigned up)
{
    return by_leading(L, name, x, y, 2, up);
}
