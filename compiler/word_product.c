/* word_product.c -- products of wide words, in pieces of a few bits
 *
 * The bits of a product of m and k bits take about m k gates that read most of its m k ANDs.  Cut
 * into pieces of PIECE bits, each pair of pieces is a product of its own, pairs at the same place
 * are summed, and the sums stand side by side in a few words.  CONSTRUCTIONS.md, "Products in
 * pieces".  Of words of many hundreds of bits the pairs are too many: word_places.c multiplies
 * those by limbs, in more layers.
 */
#include "carries.h"
#include "ratio.h"

#include <assert.h>

#define PIECE      8
#define MOST_WORDS (TC_MOST_PRODUCTS - 2)

static struct number plus(struct number x)
{
    x.exact = x.flagged = x.plus = true;
    return x;
}

/* bit a of y is x's at from[a], where that is not below 0, and 0 elsewhere; at is where in from */
static struct tc_form picked(struct lowering *L, struct tc_form bit, const struct tc_index *a,
                             struct tc_axis at, unsigned n, const int64_t *from)
{
    struct tc_family *f = L->family;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *any = tc_alloc(f->arena, n, sizeof *any);
    struct tc_axis to;

    for (unsigned k = 0; k < n; k++) {
        any[k] = from[k] >= 0;
        row[k] = any[k] ? from[k] : 0;
    }
    to = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = at.at};
    bit = tc_form_subst(f, bit, a, to);
    return claim(L, tc_form_times(f, bit, table_of(L, "any", n, any), &at), 0, 1);
}

/* piece i of the first n bits of x */
static struct number piece(struct lowering *L, const struct number *x, unsigned n,
                           const struct tc_index *i)
{
    struct tc_arena *arena = L->family->arena;
    const struct tc_index *a = tc_index_new(L->family, "a", PIECE, NULL);
    struct tc_axis at = tc_axis_plus(arena, tc_axis_of(arena, a), PIECE, i);
    unsigned all = PIECE * (unsigned)i->extent;
    int64_t *from = tc_alloc(arena, all, sizeof *from);

    for (unsigned k = 0; k < all; k++)
        from[k] = k < n ? (int64_t)k : -1;
    return plus((struct number){.bit = picked(L, x->bit, x->a, at, all, from), .a = a});
}

/* what e makes of numbers without a sign */
static struct number unsigned_sum(struct lowering *L, const struct exact *e)
{
    struct number y = e->term[0].factor[0];

    if (!L->err->kind && operate_exactly(L, e, &y))
        y = plus(number_narrowed(L, y, (unsigned)y.a->extent - 1));
    return y;
}

struct pieces {
    struct lowering *L;
    const char *name;
    unsigned n;
    const struct tc_index *const *over;
    unsigned bits[2];         /* of the factors, without their signs */
    const struct tc_index *s; /* place of a pair of pieces */
};

/* the sums of products of pieces i and j with i + j = s, over the n indices too, free in s */
static struct number columns(struct pieces *p, const struct number *x, const struct number *y)
{
    struct lowering *L = p->L;
    struct tc_family *f = L->family;
    unsigned ni = (p->bits[0] + PIECE - 1) / PIECE, nj = (p->bits[1] + PIECE - 1) / PIECE;
    unsigned all = 2 * ni + nj - 2;
    const struct tc_index *i = tc_index_new(f, "i", ni, NULL), *j = tc_index_new(f, "j", nj, NULL);
    const struct tc_index *over[TC_MOST_OVER] = {i};
    struct number u = piece(L, x, p->bits[0], i), v = piece(L, y, p->bits[1], j), z;
    struct exact pairs = {.name = tc_sprintf(f->arena, "%s.pieces", p->name)},
                 sums = {.name = tc_sprintf(f->arena, "%s.columns", p->name)};
    int64_t *from = tc_alloc(f->arena, all, sizeof *from);
    struct tc_axis at;

    exact_term(&pairs, NULL, &u, &v, 0, NULL);
    z = unsigned_sum(L, &pairs);
    p->s = tc_index_new(f, "s", ni + nj - 1, NULL);
    at = tc_axis_plus(f->arena, tc_axis_const(ni - 1), 1, p->s); /* s - i, counted from 1 - ni */
    at = tc_axis_plus(f->arena, at, -1, i);
    for (unsigned k = 0; k < all; k++)
        from[k] = k + 1 >= ni && k + 1 < ni + nj ? (int64_t)k + 1 - ni : -1;
    z.bit = picked(L, z.bit, j, at, all, from);
    for (unsigned k = 0; k < p->n; k++)
        over[k + 1] = p->over[k];
    exact_term(&sums, NULL, &z, NULL, p->n + 1, over);
    return unsigned_sum(L, &sums);
}

/* the columns s = r, r + apart, ... side by side: less than 2^(PIECE apart) each */
static struct number side_by_side(struct pieces *p, const struct number *z, unsigned r,
                                  unsigned apart)
{
    struct lowering *L = p->L;
    struct tc_arena *arena = L->family->arena;
    unsigned width = PIECE * apart, n = ((unsigned)p->s->extent - r + apart - 1) / apart;
    const struct tc_index *a = tc_index_new(L->family, "a", width * n, NULL);
    int64_t *bit = tc_alloc(arena, width * n, sizeof *bit),
            *column = tc_alloc(arena, width * n, sizeof *column);
    struct tc_axis at = tc_axis_of(arena, a);
    struct tc_form x;

    for (unsigned k = 0; k < width * n; k++) {
        column[k] = k / width * apart + r;
        bit[k] = k % width < z->a->extent ? (int64_t)(k % width) : -1;
    }
    x = picked(L, z->bit, p->s, at, width * n, column);
    return plus((struct number){.bit = picked(L, x, z->a, at, width * n, bit), .a = a});
}

/* x's sign times y, as a term at the place of the sign */
static void sign_term(struct pieces *p, struct exact *e, const struct number *x, unsigned place,
                      const struct number *y)
{
    struct number minus;

    if (x->plus)
        return;
    minus = number_minus(p->L, sign_bit(p->L, x));
    exact_term(e, power_of_two(p->L, place), &minus, y, p->n, p->over);
}

static unsigned without_sign(const struct number *x)
{
    return (unsigned)x->a->extent - !x->plus;
}

struct number words_wide_dot(struct lowering *L, const char *name, struct number x, struct number y,
                             unsigned n, const struct tc_index *const *over)
{
    struct pieces p = {
        .L = L, .name = name, .n = n, .over = over, .bits = {without_sign(&x), without_sign(&y)}};
    struct exact e = {.name = name};
    struct number low, z = x;
    unsigned bits = p.bits[0] + p.bits[1] + 2;

    assert(n + 1 < TC_MOST_OVER);
    if (L->err->kind)
        return x;
    for (unsigned k = 0; k < n; k++)
        for (int64_t m = over[k]->extent; m; m >>= 1)
            bits++;
    if (p.bits[0] <= 2 * PIECE || p.bits[1] <= 2 * PIECE) {
        exact_term(&e, NULL, &x, &y, n, over);
    } else {
        struct number column = columns(&p, &x, &y);
        unsigned apart = ((unsigned)column.a->extent + PIECE - 1) / PIECE;

        if (L->err->kind)
            return x;
        assert(apart <= MOST_WORDS);
        for (unsigned r = 0; r < apart && r < p.s->extent; r++) {
            low = side_by_side(&p, &column, r, apart);
            exact_term(&e, power_of_two(L, PIECE * r), &low, NULL, 0, NULL);
        }
        low = plus(number_narrowed(L, x, p.bits[0]));
        sign_term(&p, &e, &x, p.bits[0], &y);
        sign_term(&p, &e, &y, p.bits[1], &low);
    }
    if (!operate_exactly(L, &e, &z))
        return x;
    return number_integer(L, number_narrowed(L, z, bits));
}
