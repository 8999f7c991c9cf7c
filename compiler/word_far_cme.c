/* word_far_cme.c -- kernel ridge regression rounded by blocks, on floats of many exponents
 *
 * No sum is a word before it is rounded, so that what is rounded is multiplied out: a series into
 * products of kernel entries, determinants and cofactors into products of features.
 * CONSTRUCTIONS.md, "Floats of many exponents".
 */
#include "far.h"

#include <assert.h>

static struct number at_token(struct lowering *L, struct number x, const struct tc_index *from,
                              const struct tc_index *to)
{
    return from == to ? x : number_at(L, x, from, tc_axis_of(L->family->arena, to));
}

/* what k factors in units of the least are in units of one */
static int64_t unit_of(const struct lowering *L, int64_t k)
{
    return (k - 1) * L->format->low;
}

/* x^2 - 2 x y + y^2 */
struct number words_far_distance(struct lowering *L, const char *name, const struct tc_index *dot,
                                 const struct tc_scale *scale, struct number x, struct number y)
{
    struct tc_arena *arena = L->family->arena;
    struct exact e = {.name = name, .bits = L->bits};
    const struct number *const factor[3][2] = {{&x, &x}, {&x, &y}, {&y, &y}};
    mpz_ptr twice = tc_mpz(arena);
    mpq_ptr q = tc_mpq(arena);

    if (L->err->kind)
        return x;
    x = far_of(L, tc_sprintf(arena, "%s.x", name), x);
    y = far_of(L, tc_sprintf(arena, "%s.y", name), y);
    mpq_div(q, scale->multiply, scale->divide);
    mpz_mul_si(twice, mpq_numref(q), -2);
    e.divide = mpq_denref(q);
    for (unsigned k = 0; k < 3 && !L->err->kind; k++) {
        struct number z = words_product(L, tc_sprintf(arena, "%s.%u.product", name, k),
                                        *factor[k][0], *factor[k][1]);

        z.up += unit_of(L, 2);
        words_term(L, &e, k == 1 ? twice : mpq_numref(q), &z, NULL, 1, &dot);
    }
    return words_exactly(L, &e);
}

/* --------------------------------------------------------------------- terms of a series */

struct number words_far_series(struct lowering *L, const struct tc_cme *c,
                               const struct tc_index *first, const struct tc_index *other,
                               struct number b, struct number between, struct number v)
{
    struct tc_arena *arena = L->family->arena;
    const struct tc_index *j[TC_MOST_PRODUCTS] = {first, other};
    mpz_ptr scale[TC_MOST_PRODUCTS];
    struct exact y = {.name = "y", .bits = L->bits};
    struct number x, k;

    assert(c->terms <= TC_MOST_PRODUCTS && TC_MOST_PRODUCTS <= TC_MOST_OVER);
    if (L->err->kind)
        return v;
    y.divide = cme_series(arena, c, scale);
    v = far_of(L, "factor.v", v);
    b = far_of(L, "factor.b", b);
    k = c->terms > 1 ? far_of(L, "factor.K", between) : b;
    for (unsigned s = 0; s < c->terms && !L->err->kind; s++) {
        const char *name = tc_sprintf(arena, "term%u", s);

        if (s > 1)
            j[s] = index_of(L, tc_sprintf(arena, "l%u", s), &L->spec->length);
        if (s)
            v = words_product(L, tc_sprintf(arena, "%s.vK", name), v,
                              at_token(L, at_token(L, k, other, j[s]), first, j[s - 1]));
        if (!mpz_sgn(scale[s]) || L->err->kind)
            continue;
        x = words_product(L, name, v, at_token(L, b, first, j[s]));
        x.up += unit_of(L, (int64_t)s + 2);
        words_term(L, &y, scale[s], &x, NULL, s + 1, j);
    }
    return words_exactly(L, &y);
}

/* ----------------------------------------------------------------------------- features
 *
 * Minors of s rows and of s of k columns: the sum over these columns of the product of two, of the
 * left and of the right factors of the rows. */

struct minors {
    struct lowering *L;
    unsigned k;
    int64_t n;                    /* tokens */
    const struct tc_index *token; /* of a row */
    const struct tc_index *left, *right;
    struct number row;        /* phi_left phi_right of a key */
    const struct number *own; /* of the first row, times more; NULL: it is like others */
};

/* 1, -1, and 0 where they are not different */
static int parity(unsigned s, const unsigned *column)
{
    int sign = 1;

    for (unsigned x = 0; x < s; x++)
        for (unsigned y = 0; y < x; y++)
            sign = column[y] == column[x] ? 0 : column[y] > column[x] ? -sign : sign;
    return sign;
}

/* columns of s rows, left and right, the same ones: the products that have this sign */
struct products {
    unsigned n;
    int64_t *column[TC_MOST_FEATURES][2];
};

static void products_of(struct tc_arena *arena, unsigned k, unsigned s, int sign,
                        struct products *p)
{
    unsigned all = 1, column[2][TC_MOST_FEATURES], set[2];

    for (unsigned r = 0; r < s; r++)
        all *= k;
    p->n = 0;
    for (unsigned r = 0; r < s; r++)
        for (unsigned side = 0; side < 2; side++)
            p->column[r][side] = tc_alloc(arena, all * all, sizeof(int64_t));
    for (unsigned x = 0; x < all * all; x++) {
        for (unsigned side = 0, y = x; side < 2; side++) {
            set[side] = 0;
            for (unsigned r = 0; r < s; r++, y /= k) {
                column[side][r] = y % k;
                set[side] |= 1u << y % k;
            }
        }
        if (set[0] != set[1] || parity(s, column[0]) * parity(s, column[1]) != sign)
            continue;
        for (unsigned r = 0; r < s; r++)
            for (unsigned side = 0; side < 2; side++)
                p->column[r][side][p->n] = column[side][r];
        p->n++;
    }
}

/* tokens of s rows, ascending, but for an own first row, which is any other */
struct tuples {
    int64_t n; /* 0 of fewer tokens than rows: minors are 0 */
    int64_t *token[TC_MOST_FEATURES];
};

static bool is_tuple(unsigned s, bool own, const int64_t *at)
{
    for (unsigned r = 1; r < s; r++)
        if (own ? at[r] == at[0] || (r > 1 && at[r] <= at[r - 1]) : at[r] <= at[r - 1])
            return false;
    return true;
}

static bool tuples_of(const struct minors *m, const char *name, unsigned s, struct tuples *t)
{
    int64_t all = 1, at[TC_MOST_FEATURES];

    for (unsigned r = 0; r < s; r++)
        if (__builtin_mul_overflow(all, m->n, &all))
            all = INT64_MAX;
    if (!far_few(m->L, name, all))
        return false;
    t->n = 0;
    for (unsigned r = 0; r < s; r++)
        t->token[r] = tc_alloc(m->L->family->arena, (size_t)all, sizeof(int64_t));
    for (int64_t x = 0; x < all; x++) {
        int64_t left = x;

        for (unsigned r = s; r-- > 0; left /= m->n)
            at[r] = left % m->n;
        if (!is_tuple(s, m->own != NULL, at))
            continue;
        for (unsigned r = 0; r < s; r++)
            t->token[r][t->n] = at[r];
        t->n++;
    }
    return true;
}

/* value[of]; of itself where that is what stands there */
static struct tc_axis looked_up(struct lowering *L, const char *name, const struct tc_index *of,
                                const int64_t *value)
{
    struct tc_axis at = tc_axis_of(L->family->arena, of);
    int64_t k = 0;

    while (k < of->extent && value[k] == k)
        k++;
    return k == of->extent ? at
                           : (struct tc_axis){.via = table_of(L, name, (unsigned)of->extent, value),
                                              .arg = at.at};
}

/* the product of the rows, over tuples and products of columns */
static struct number rows_product(const struct minors *m, const char *name, unsigned s,
                                  const struct tuples *t, const struct products *p,
                                  const struct tc_index *const over[2])
{
    struct lowering *L = m->L;
    struct number x = m->row;

    for (unsigned r = 0; r < s; r++) {
        struct number y = r == 0 && m->own ? *m->own : m->row;

        y = number_at(L, y, m->token, looked_up(L, "row", over[0], t->token[r]));
        y = number_at(L, y, m->left, looked_up(L, "left", over[1], p->column[r][0]));
        y = number_at(L, y, m->right, looked_up(L, "right", over[1], p->column[r][1]));
        x = r ? words_product(L, tc_sprintf(L->family->arena, "%s.%u", name, r), x, y) : y;
    }
    return x;
}

/* the products of two minors of s rows, for all s columns, times m^s l^(k - s) 4^((k - s) F) */
static void minor_terms(const struct minors *m, unsigned s, mpq_srcptr lambda, struct far_sum *sum)
{
    struct lowering *L = m->L;
    struct tc_arena *arena = L->family->arena;
    const struct tc_index *over[2];
    mpz_ptr scale = tc_mpz(arena), power = tc_mpz(arena), times = tc_mpz(arena);
    struct tuples t;

    if (L->err->kind || !tuples_of(m, sum->name, s, &t) || !t.n)
        return;
    mpz_pow_ui(scale, mpq_denref(lambda), s);
    mpz_pow_ui(power, mpq_numref(lambda), m->k - s);
    mpz_mul(scale, scale, power);
    over[0] = tc_index_new(L->family, "rows", t.n, NULL);
    for (int sign = 1; sign >= -1; sign -= 2) {
        const char *name = tc_sprintf(arena, "%s.%s%u", sum->name, sign > 0 ? "plus" : "minus", s);
        struct products p;
        struct number x;

        products_of(arena, m->k, s, sign, &p);
        if (!p.n)
            continue;
        over[1] = tc_index_new(L->family, "columns", p.n, NULL);
        mpz_mul_si(times, scale, sign);
        x = far_times(L, tc_sprintf(arena, "%s.times", name),
                      rows_product(m, name, s, &t, &p, over), times);
        x.up -= 2 * (int64_t)(m->k - s) * L->format->low;
        far_term(sum, &x, false, 2, over);
    }
}

/* l^k 4^(k F) */
static void ridge_term(const struct minors *m, mpq_srcptr lambda, struct far_sum *sum)
{
    mpz_ptr power = tc_mpz(m->L->family->arena);
    struct number x;

    mpz_pow_ui(power, mpq_numref(lambda), m->k);
    x = far_constant(m->L, "ridge", power);
    x.up -= 2 * (int64_t)m->k * m->L->format->low;
    far_term(sum, &x, false, 0, NULL);
}

struct number words_far_features(struct lowering *L, const struct head *head,
                                 const struct number *of_key, const struct number *of_query,
                                 struct number v)
{
    const struct tc_cme *c = &head->att->cme;
    struct minors m = {
        .L = L, .k = (unsigned)c->features, .n = L->spec->length.value, .token = head->token[1]};
    struct far_sum x = {.name = "numerator"}, y = {.name = "det"};
    struct number key, query, own;

    if (L->err->kind)
        return v;
    m.left = tc_index_new(L->family, "left", m.k, NULL);
    m.right = tc_index_new(L->family, "right", m.k, NULL);
    key = far_of(L, "factor.k", words_chosen(L, m.k, of_key, m.left));
    query = far_of(L, "factor.q", words_chosen(L, m.k, of_query, m.right));
    own = words_product(L, "own", words_product(L, "own.key", key, v), query);
    m.row = words_product(L, "row", key,
                          number_at(L, key, m.left, tc_axis_of(L->family->arena, m.right)));
    ridge_term(&m, c->lambda, &y);
    for (unsigned s = 1; s <= m.k; s++)
        minor_terms(&m, s, c->lambda, &y);
    m.own = &own;
    for (unsigned s = 1; s <= m.k; s++)
        minor_terms(&m, s, c->lambda, &x);
    return L->err->kind ? v : far_quotient(L, "y", &x, &y, 0);
}
