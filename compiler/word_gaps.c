/* word_gaps.c -- sums of floats of more exponents than a word has bits, rounded by blocks
 *
 * A block that is one rounding of a sum of numbers and of products of two is a sum of products with
 * the gaps between its exponents cut off.  CONSTRUCTIONS.md, "Floats of many exponents".
 */
#include "carries.h"
#include "float.h"
#include "words.h"

#include <assert.h>

#define MOST_DIVISOR 31 /* bits */

bool words_are_long(const struct lowering *L)
{
    int64_t top = L->ieee ? ((int64_t)1 << L->format->q) - 1 : L->format->top;

    return is_float(L) && top > TC_MOST_BINADES;
}

bool words_refuse_long(struct lowering *L)
{
    return L->err->kind ||
           tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                   "%lld exponents: past %u bits and with --regime arithmetic, rounded by blocks, "
                   "these floats are built where a block is one rounded sum of numbers and of "
                   "products of two; all else is words of all exponents, of which there are up to "
                   "%lld; rounding=\"op\" is built for any",
                   (long long)L->format->top, TC_TABLE_MAX_BITS, (long long)TC_MOST_BINADES);
}

/* ----------------------------------------------------------------- coefficients
 *
 * Of term k scale 2^((factors - 1) F) / divide, in numbers of the format: times / by for integers
 * times, and the least `by` that all have in common. */

struct coefficient {
    mpz_ptr odd;
    int64_t power;
};

static struct coefficient odd_part(struct lowering *L, mpz_srcptr x)
{
    struct coefficient c = {.odd = tc_mpz_si(L->family->arena, 1)};

    if (!x)
        return c;
    assert(mpz_sgn(x));
    c.power = (int64_t)mpz_scan1(x, 0);
    mpz_fdiv_q_2exp(c.odd, x, (mp_bitcnt_t)c.power);
    return c;
}

static bool coefficients(struct lowering *L, const struct exact *e, mpz_ptr *times, mpz_ptr by)
{
    struct coefficient divide = odd_part(L, e->divide), scale[TC_MOST_PRODUCTS];
    int64_t least = 0;
    mpz_ptr common = tc_mpz(L->family->arena);

    for (unsigned k = 0; k < e->n; k++) {
        scale[k] = odd_part(L, e->term[k].scale);
        scale[k].power += (int64_t)(e->term[k].nfactor - 1) * L->fraction - divide.power;
        least = scale[k].power < least ? scale[k].power : least;
        mpz_gcd(common, common, scale[k].odd);
    }
    mpz_gcd(common, common, divide.odd);
    mpz_divexact(by, divide.odd, common);
    if (-least + (int64_t)mpz_sizeinbase(by, 2) > MOST_DIVISOR)
        return false;
    mpz_mul_2exp(by, by, (mp_bitcnt_t)-least);
    for (unsigned k = 0; k < e->n; k++) {
        mpz_divexact(times[k], scale[k].odd, common);
        if (scale[k].power - least > L->format->top)
            return false;
        mpz_mul_2exp(times[k], times[k], (mp_bitcnt_t)(scale[k].power - least));
    }
    return true;
}

/* ------------------------------------------------------------------------ terms */

static bool is_plain(const struct number *x, const struct tc_index *ix)
{
    for (unsigned k = 0; k < x->bit.nterm; k++) {
        const struct tc_term *t = &x->bit.term[k];

        for (unsigned i = 0; i < tc_plane_axes(t->plane); i++)
            if (tc_axis_reads(&t->at[i], ix) &&
                (t->at[i].via || tc_affine_coef(&t->at[i].at, ix) != 1))
                return false;
        for (unsigned i = 0; i < t->nfactor; i++)
            for (unsigned r = 0; r < t->factor[i].table->rank; r++)
                if (tc_axis_reads(&t->factor[i].at[r], ix) &&
                    (t->factor[i].at[r].via || tc_affine_coef(&t->factor[i].at[r].at, ix) != 1))
                    return false;
    }
    return true;
}

/* the word's bits over one index, gates where a table has a say in one of these */
static struct number settled(struct lowering *L, const char *name, const struct number *x,
                             unsigned n, const struct tc_index *const *over)
{
    const struct tc_index *a = tc_index_new(L->family, "a", L->bits, NULL);
    struct number y = {.bit = number_bits(L, L->format, x, a), .a = a};
    bool plain = true;

    for (unsigned k = 0; k < n; k++)
        plain = plain && is_plain(&y, over[k]);
    return plain ? y : number_gates(L, y.bit, a, 1, name, "bits of a term");
}

static int64_t terms_of(const struct product *t)
{
    int64_t n = 1;

    for (unsigned k = 0; k < t->nover; k++)
        if (__builtin_mul_overflow(n, t->over[k]->extent, &n))
            return INT64_MAX;
    return n;
}

/* factor x of a term that is all from `first` on of the index z, 0 elsewhere */
static struct tc_form among(struct lowering *L, const struct product *t, struct number x,
                            const struct tc_index *z, int64_t first, const struct tc_index *a)
{
    struct tc_family *f = L->family;
    unsigned n = (unsigned)z->extent;
    int64_t *one = tc_alloc(f->arena, n, sizeof *one), all = terms_of(t), below = 1;
    struct tc_axis here = tc_axis_of(f->arena, z);
    struct tc_form y;

    x = settled(L, "term", &x, t->nover, t->over);
    y = tc_form_subst(f, x.bit, x.a, tc_axis_of(f->arena, a));
    for (unsigned k = t->nover; k-- > 0; below *= t->over[k]->extent) {
        int64_t *place = tc_alloc(f->arena, n, sizeof *place);

        for (int64_t i = 0; i < all; i++)
            place[first + i] = i / below % t->over[k]->extent;
        y = tc_form_subst(f, y, t->over[k],
                          (struct tc_axis){.via = table_of(L, "place", n, place), .arg = here.at});
    }
    for (int64_t i = 0; i < all; i++)
        one[first + i] = 1;
    return tc_form_times(f, y, table_of(L, "is", n, one), &here);
}

/* the terms' factors `which` side by side; of a term that has none the constants */
static struct number side_by_side(struct lowering *L, const struct exact *e, unsigned which,
                                  mpz_ptr *times, const struct tc_index *z)
{
    struct tc_family *f = L->family;
    const struct tc_index *a = NULL;
    struct tc_form form[TC_MOST_PRODUCTS], sum = tc_form_si(f, 0);
    struct number x[TC_MOST_PRODUCTS];
    int64_t first = 0;

    for (unsigned k = 0; k < e->n; k++) {
        mpq_ptr q = tc_mpq(f->arena);

        if (which < e->term[k].nfactor) {
            x[k] = words_read(L, tc_sprintf(f->arena, "%s.%u.%u", e->name, k, which),
                              e->term[k].factor[which]);
            continue;
        }
        mpq_set_z(q, times[k]);
        x[k] = words_constant(L, "times", q);
    }
    a = tc_index_new(f, "a", L->bits, NULL);
    for (unsigned k = 0; k < e->n; k++) {
        form[k] = among(L, &e->term[k], x[k], z, first, a);
        sum = tc_form_add(f, sum, form[k]);
        first += terms_of(&e->term[k]);
    }
    return number_gates(L, claim(L, sum, 0, 1), a, 1,
                        tc_sprintf(f->arena, "%s.factor%u", e->name, which),
                        "factors of all terms");
}

/* 1 for each term, and all are products then; or sums of numbers alone */
static bool fits(struct lowering *L, const struct exact *e, mpz_ptr *times, bool *products)
{
    int64_t all = 0;
    bool exact = true;

    *products = false;
    for (unsigned k = 0; k < e->n; k++) {
        bool one = mpz_cmp_ui(times[k], 1) == 0, whole;
        mpq_ptr q = tc_mpq(L->family->arena);
        int64_t n = terms_of(&e->term[k]);

        *products = *products || !one || e->term[k].nfactor > 1;
        mpq_set_z(q, times[k]);
        tc_format_round(L->format, q, &whole);
        exact = exact && (e->term[k].nfactor > 1 ? one : whole);
        if (n > ((int64_t)1 << 20) - all)
            return tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                           "%s is a sum of too many terms: 2^20 words are added at once", e->name);
        all += n;
    }
    return exact || words_refuse_long(L);
}

struct number words_long_sum(struct lowering *L, const struct exact *e)
{
    struct tc_arena *arena = L->family->arena;
    struct operation o = {.name = e->name, .component = L->component, .steady = true};
    struct number none = e->term[0].factor[0];
    mpz_ptr times[TC_MOST_PRODUCTS], by = tc_mpz(arena);
    const struct tc_index *z;
    int64_t n = 0;
    bool products;

    for (unsigned k = 0; k < e->n; k++)
        times[k] = tc_mpz(arena);
    if (!e->bits || e->add || !coefficients(L, e, times, by))
        words_refuse_long(L);
    if (L->err->kind || !fits(L, e, times, &products))
        return none;
    for (unsigned k = 0; k < e->n; k++)
        n += terms_of(&e->term[k]);
    z = tc_index_new(L->family, "z", n, NULL);
    o.op = products ? TC_OP_DOT : TC_OP_SUM;
    for (unsigned which = 0; which < (products ? 2 : 1); which++) {
        o.operand[which] = side_by_side(L, e, which, times, z);
        if (n == 1)
            o.operand[which] = number_at(L, o.operand[which], z, tc_axis_const(0));
    }
    if (n > 1)
        o.over[o.nover++] = z;
    if (mpz_cmp_ui(by, 1) > 0)
        o.divide = by;
    return words_in(L, words_format(L), o);
}
