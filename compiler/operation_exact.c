/* operation_exact.c -- exact sums of words, and of products of two, rounded once
 *
 * As prim_wide.c's linear operations, at every point of the operands' indices: bits of a sum come
 * from carries (carries.h), terms of the same weights are counted, not listed.  CONSTRUCTIONS.md,
 * "Exact sums of words".
 */
#include "operation.h"
#include "prim_wide.h"

#include <assert.h>

#define MOST_ENTRIES 8000000 /* of a table of weights: pairs of bits times carries */
#define MOST_TERMS   ((int64_t)1 << 32)

void exact_term(struct exact *e, mpz_srcptr scale, const struct number *x, const struct number *y,
                unsigned n, const struct tc_index *const *over)
{
    struct product *t = &e->term[e->n++];

    assert(e->n <= TC_MOST_PRODUCTS && n <= TC_MOST_OVER);
    *t = (struct product){.scale = scale, .nfactor = y ? 2 : 1, .nover = n, .factor = {*x}};
    if (y)
        t->factor[1] = *y;
    for (unsigned k = 0; k < n; k++)
        t->over[k] = over[k];
}

static unsigned width_of(const struct number *x)
{
    assert(!x->apart);
    return (unsigned)x->a->extent;
}

/* scale times the product's weight at bits a and b: the last of a number with a sign is negative */
static mpz_ptr weight_at(struct lowering *L, const struct product *t, unsigned a, unsigned b)
{
    unsigned sign = !t->factor[0].plus && a + 1 == width_of(&t->factor[0]);
    mpz_ptr x = power_of_two(L, a + b);

    if (t->nfactor > 1)
        sign += !t->factor[1].plus && b + 1 == width_of(&t->factor[1]);
    if (t->scale)
        mpz_mul(x, x, t->scale);
    if (sign % 2)
        mpz_neg(x, x);
    return x;
}

/* the wires of a product, over new indices of their bits */
static void wires_of(struct lowering *L, const struct exact *e, unsigned k, struct carry_part *p)
{
    static const char *const name[2] = {"a", "a'"};
    const struct product *t = &e->term[k];
    struct tc_family *f = L->family;
    struct tc_form x[2] = {{0}};

    for (unsigned i = 0; i < t->nfactor; i++) {
        p->ix[i] = tc_index_new(f, name[i], width_of(&t->factor[i]), NULL);
        x[i] = tc_form_subst(f, t->factor[i].bit, t->factor[i].a, tc_axis_of(f->arena, p->ix[i]));
    }
    p->n = t->nfactor;
    p->wire = x[0];
    if (t->nfactor > 1)
        p->wire = wire_of(
            L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, e->n > 1 ? "and%u" : "and", k)),
                            tc_form_add(f, x[0], x[1]), NULL, tc_form_si(f, 2), true, 0, NULL,
                            L->component, "products of single bits")
                    ->plane);
    p->nover = t->nover;
    for (unsigned i = 0; i < t->nover; i++)
        p->over[i] = t->over[i];
}

static void add_product(struct wide *w, const struct exact *e, unsigned k)
{
    struct lowering *L = w->low;
    const struct product *t = &e->term[k];
    struct carry_part *p = &w->sum.part[w->sum.npart++];
    size_t n = 0;
    mpz_ptr *weight;
    struct tc_form x;

    wires_of(L, e, k, p);
    weight = tc_alloc(L->family->arena, carry_points(p), sizeof *weight);
    for (unsigned a = 0; a < p->ix[0]->extent; a++)
        for (unsigned b = 0; b < (t->nfactor > 1 ? p->ix[1]->extent : 1); b++)
            weight[n++] = weight_at(L, t, a, b);
    x = times_table(L, "weight", p->wire, p->n, p->ix, weight);
    x = tc_form_sum(L->family, x, p->n, p->ix, 0, NULL);
    if (p->nover)
        x = tc_form_sum(L->family, x, p->nover, p->over, 0, NULL);
    w->value = tc_form_add(L->family, w->value, x);
    wide_part(w, p, weight);
}

/* pairs of bits, and how many carries there may be (of a sign none) */
static bool fits(struct lowering *L, const struct exact *e, bool carries, size_t *points)
{
    double rows = 1;

    *points = 0;
    for (unsigned k = 0; k < e->n; k++) {
        const struct product *t = &e->term[k];
        unsigned a = width_of(&t->factor[0]), b = t->nfactor > 1 ? width_of(&t->factor[1]) : 1;
        double bits = a + b + (t->scale ? (double)mpz_sizeinbase(t->scale, 2) : 0), terms = 1;

        for (unsigned i = 0; i < t->nover; i++)
            terms *= (double)t->over[i]->extent;
        if (terms > (double)MOST_TERMS)
            return tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                           "%s is a sum of too many terms: 2^32 words are added at once", e->name);
        *points += (size_t)a * b;
        rows = carries && bits + 33 > rows ? bits + 33 : rows;
    }
    return (double)*points * rows <= MOST_ENTRIES ||
           tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                   "%s: %zu weights of single bits in %.0f carries, and this version builds up to "
                   "%d in all",
                   e->name, *points, rows, MOST_ENTRIES);
}

/* bits in two's complement of all from least to most */
static unsigned bits_of_range(mpz_srcptr least, mpz_srcptr most)
{
    size_t n = mpz_sgn(most) > 0 ? mpz_sizeinbase(most, 2) : 0, m;
    mpz_t x;

    mpz_init(x);
    mpz_com(x, least); /* -least - 1 */
    m = mpz_sgn(x) > 0 ? mpz_sizeinbase(x, 2) : 0;
    mpz_clear(x);
    return 1 + (unsigned)(n > m ? n : m);
}

/* the sum as parts and as a form */
static struct wide *summed(struct lowering *L, const struct exact *e, bool carries,
                           struct lowering *inner)
{
    struct tc_arena *arena = L->family->arena;
    struct wide *w;
    size_t points;

    if (!fits(L, e, carries, &points))
        return NULL;
    *inner = *L;
    inner->prefix = tc_sprintf(arena, "%s%s.", L->prefix, e->name);
    w = tc_alloc(arena, 1, sizeof *w);
    *w = (struct wide){.low = inner, .word = true, .ranges = wide_ranges};
    w->sum.constant = tc_mpz(arena);
    w->sum.start = tc_alloc(arena, points + 1, sizeof *w->sum.start);
    w->sum.start_times = tc_alloc(arena, points + 1, sizeof *w->sum.start_times);
    w->least = tc_mpz(arena);
    w->most = tc_mpz(arena);
    w->value = tc_form_si(L->family, 0);
    for (unsigned k = 0; k < e->n; k++)
        add_product(w, e, k);
    if (e->add) {
        mpz_add(w->sum.constant, w->sum.constant, e->add);
        mpz_add(w->least, w->least, e->add);
        mpz_add(w->most, w->most, e->add);
        w->value = tc_form_add(L->family, w->value, tc_form_const(L->family, e->add));
    }
    w->value = claim_mpz(inner, w->value, w->least, w->most);
    return w;
}

bool operate_exactly(struct lowering *L, const struct exact *e, struct number *result)
{
    struct tc_family *f = L->family;
    struct tc_prim *prim = tc_alloc(f->arena, 1, sizeof *prim);
    struct lowering inner;
    struct wide *w = summed(L, e, true, &inner);
    unsigned output = f->noutput;
    const struct tc_plane *y;
    struct tc_axis *at;

    if (!w)
        return false;
    if (e->divide && mpz_scan1(e->divide, 0) + 1 == mpz_sizeinbase(e->divide, 2))
        w->shift = (unsigned)mpz_scan1(e->divide, 0);
    else
        w->divide = e->divide;
    prim->name = e->name;
    prim->exact = e->wraps;
    prim->format = (struct tc_format){.kind = e->wraps ? TC_UNSIGNED : TC_FIXED,
                                      .bits = e->bits ? e->bits : bits_of_range(w->least, w->most)};
    prim->result[0] = prim->format;
    w->prim = prim;
    wide_result(w);
    y = f->output[output].plane;
    at = tc_alloc(f->arena, y->naxis, sizeof *at);
    for (unsigned k = 0; k + 1 < y->naxis; k++)
        at[k] = tc_axis_of(f->arena, y->axis[k]);
    f->bank[f->nbank - 1]->component = L->component;
    *result = number_wires(L, y, at);
    result->plus = e->wraps;
    f->noutput = output;
    return true;
}

bool exact_sign(struct lowering *L, const struct exact *e, struct tc_form *above,
                struct tc_form *below)
{
    struct tc_family *f = L->family;
    struct lowering inner;
    struct wide *w = summed(L, e, false, &inner);

    if (!w)
        return false;
    *above = wire_of(L, &tc_bank_new(f, name_of(&inner, "above"), w->value, NULL, tc_form_si(f, 1),
                                     true, 0, NULL, L->component, "the sum is above 0")
                             ->plane);
    if (!below)
        return true;
    *below = wire_of(L, &tc_bank_new(f, name_of(&inner, "below"), tc_form_scale_si(f, w->value, -1),
                                     NULL, tc_form_si(f, 1), true, 0, NULL, L->component,
                                     "the sum is below 0")
                             ->plane);
    return true;
}

/* ------------------------------------------------------------------- words of words */

struct number number_integer(struct lowering *L, struct number x)
{
    x.exact = x.flagged = true;
    x.beyond = tc_form_si(L->family, 0);
    return x;
}

struct number number_minus(struct lowering *L, struct tc_form x)
{
    struct number y = {.bit = x, .a = tc_index_new(L->family, "a", 1, NULL)};

    return number_integer(L, y);
}

struct tc_form number_value(struct lowering *L, const struct number *x, bool plus)
{
    struct tc_family *f = L->family;
    unsigned n = width_of(x);
    const struct tc_index *a = tc_index_new(f, "a", n, NULL);
    mpz_ptr *power = tc_alloc(f->arena, n, sizeof *power);
    struct tc_form y = tc_form_subst(f, x->bit, x->a, tc_axis_of(f->arena, a));

    for (unsigned k = 0; k < n; k++)
        power[k] = power_of_two(L, k);
    if (!plus)
        mpz_neg(power[n - 1], power[n - 1]);
    return tc_form_sum(f, times_table(L, "power", y, 1, &a, power), 1, &a, 0, NULL);
}

struct number number_shifted(struct lowering *L, struct number x, unsigned k)
{
    struct tc_family *f = L->family;
    unsigned bits = width_of(&x) + k;
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct tc_axis here = tc_axis_of(f->arena, a), at;
    int64_t *row = tc_alloc(f->arena, bits, sizeof *row),
            *any = tc_alloc(f->arena, bits, sizeof *any);

    if (!k)
        return x;
    for (unsigned b = k; b < bits; b++) {
        row[b] = b - k;
        any[b] = 1;
    }
    at = (struct tc_axis){.via = table_of(L, "row", bits, row), .arg = here.at};
    x.bit =
        tc_form_times(f, tc_form_subst(f, x.bit, x.a, at), table_of(L, "any", bits, any), &here);
    x.bit = claim(L, x.bit, 0, 1);
    x.a = a;
    return x;
}

struct number number_narrowed(struct lowering *L, struct number x, unsigned bits)
{
    const struct tc_index *a;

    if (bits >= width_of(&x))
        return x;
    a = tc_index_new(L->family, "a", bits, NULL);
    x.bit = tc_form_subst(L->family, x.bit, x.a, tc_axis_of(L->family->arena, a));
    x.a = a;
    return x;
}

struct number number_widened(struct lowering *L, struct number x, int64_t bits)
{
    struct tc_family *f = L->family;
    const struct tc_index *a;
    int64_t *row;
    struct tc_axis at;

    if (x.a->extent >= bits)
        return x;
    a = tc_index_new(f, "a", bits, NULL);
    row = tc_alloc(f->arena, (size_t)bits, sizeof *row);
    for (int64_t k = 0; k < bits; k++)
        row[k] = k < x.a->extent ? k : x.a->extent - 1;
    at = (struct tc_axis){.via = table_of(L, "row", (unsigned)bits, row),
                          .arg = tc_axis_of(f->arena, a).at};
    x.bit = tc_form_subst(f, x.bit, x.a, at);
    x.a = a;
    return x;
}
