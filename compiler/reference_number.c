/* reference_number.c -- the numbers of the reference evaluator, and R
 *
 * R(x) is the number of the format nearest to x, ties to even; past the largest it saturates
 * or, where a model has infinities, is infinite.  What is
 * rounded is exact: m 2^e, a quotient, or a root, of which as many digits are taken as a
 * tie has and a 1 after them where there are others.
 */
#include "reference.h"

#include <assert.h>
#include <stdlib.h>

/* ----------------------------------------------------------- exact numbers */

bool tc_ref_special(struct element v)
{
    return v.e == TC_REF_SPECIAL;
}

struct element tc_ref_nan(void)
{
    return (struct element){0, TC_REF_SPECIAL};
}

void tc_ref_set(struct dyadic *x, struct element v)
{
    x->special = tc_ref_special(v);
    mpz_set_si(x->m, x->special ? 0 : v.m);
    x->e = x->special ? 0 : v.e;
}

void tc_ref_copy(struct dyadic *x, const struct dyadic *y)
{
    mpz_set(x->m, y->m);
    x->e = y->e;
    x->special = y->special;
}

void tc_ref_multiply(struct dyadic *x, struct element v)
{
    if (tc_ref_special(v)) {
        x->special = true;
        return;
    }
    mpz_mul_si(x->m, x->m, v.m);
    x->e += v.e;
}

void tc_ref_add(struct dyadic *x, struct dyadic *y)
{
    x->special = x->special || y->special;
    if (!mpz_sgn(y->m))
        return;
    if (!mpz_sgn(x->m))
        x->e = y->e;
    if (x->e > y->e) {
        mpz_mul_2exp(x->m, x->m, (mp_bitcnt_t)(x->e - y->e));
        x->e = y->e;
    } else if (y->e > x->e) {
        mpz_mul_2exp(y->m, y->m, (mp_bitcnt_t)(y->e - x->e));
    }
    mpz_add(x->m, x->m, y->m);
}

void tc_ref_add_element(struct rounder *r, struct dyadic *x, struct element v)
{
    tc_ref_set(&r->t, v);
    tc_ref_add(x, &r->t);
}

struct element tc_ref_negative(struct element v)
{
    return (struct element){-v.m, v.e};
}

bool tc_ref_same(struct element a, struct element b)
{
    return a.m == b.m && a.e == b.e;
}

int tc_ref_compare(struct rounder *r, struct element a, struct element b)
{
    tc_ref_set(&r->s, a);
    tc_ref_add_element(r, &r->s, tc_ref_negative(b));
    return mpz_sgn(r->s.m);
}

/* ---------------------------------------------------------------- rounding */

enum { REST_NONE, REST_BELOW, REST_HALF, REST_ABOVE };

static int64_t bits(mpz_srcptr z)
{
    return (int64_t)mpz_sizeinbase(z, 2);
}

/* r->quotient, r->rest: num / den 2^shift; den NULL: 1 */
static void divide(struct rounder *r, mpz_srcptr num, mpz_srcptr den, int64_t shift)
{
    if (!den && shift < 0) {
        mp_bitcnt_t cut = (mp_bitcnt_t)-shift, first = mpz_scan1(num, 0);

        mpz_fdiv_q_2exp(r->quotient, num, cut);
        r->rest = first >= cut                ? REST_NONE
                  : !mpz_tstbit(num, cut - 1) ? REST_BELOW
                  : first == cut - 1          ? REST_HALF
                                              : REST_ABOVE;
        return;
    }
    mpz_mul_2exp(r->quotient, num, shift > 0 ? (mp_bitcnt_t)shift : 0);
    r->rest = REST_NONE;
    if (!den)
        return;
    mpz_mul_2exp(r->below, den, shift < 0 ? (mp_bitcnt_t)-shift : 0);
    mpz_fdiv_qr(r->quotient, r->spare, r->quotient, r->below);
    if (mpz_sgn(r->spare)) {
        int half;

        mpz_mul_2exp(r->spare, r->spare, 1);
        half = mpz_cmp(r->spare, r->below);
        r->rest = half < 0 ? REST_BELOW : half == 0 ? REST_HALF : REST_ABOVE;
    }
}

/* what is below the least normal number, in a format without subnormal ones: whether it
 * is nearer to that number than to 0 */
static bool past_half(struct rounder *r, mpz_srcptr num, mpz_srcptr den, int64_t e)
{
    int one;

    divide(r, num, den, e - (r->low + (int64_t)r->places - 2));
    one = mpz_cmp_ui(r->quotient, 1);
    return one > 0 || (one == 0 && r->rest != REST_NONE);
}

/* R of x = num / den 2^e > 0, or the magnitude of R(-x) */
static struct element nearest(struct rounder *r, mpz_srcptr num, mpz_srcptr den, int64_t e,
                              bool minus)
{
    bool fixed = r->f->kind == TC_FIXED;
    const struct element most = minus ? tc_ref_negative(r->lowest) : r->largest;
    const struct element past = r->infinite ? (struct element){1, TC_REF_SPECIAL} : most;
    /* x is between 2^(size - 1) and 2^(size + 1) */
    int64_t size = bits(num) - (den ? bits(den) : 1) + e, unit = r->low, m;

    if (size - 1 >= r->high + (int64_t)r->places + 1)
        return past;
    if (size + 1 < r->low - 1)
        return (struct element){0, 0};
    if (!fixed && (r->f->underflow != TC_GRADUAL || size - (int64_t)r->places > unit))
        unit = size - (int64_t)r->places;
    divide(r, num, den, e - unit);
    if (!fixed && mpz_sizeinbase(r->quotient, 2) > r->places)
        divide(r, num, den, e - ++unit);
    if (r->rest == REST_ABOVE || (r->rest == REST_HALF && mpz_odd_p(r->quotient)))
        mpz_add_ui(r->quotient, r->quotient, 1);
    if (!fixed && mpz_sizeinbase(r->quotient, 2) > r->places) { /* 2^p */
        mpz_fdiv_q_2exp(r->quotient, r->quotient, 1);
        unit++;
    }
    if (unit > r->high || (unit == r->high && mpz_cmp_si(r->quotient, most.m) > 0))
        return past;
    if (unit < r->low) { /* no subnormal numbers */
        if (r->f->underflow == TC_FLUSH || !past_half(r, num, den, e))
            return (struct element){0, 0};
        return (struct element){(int64_t)1 << (r->places - 1), r->low};
    }
    m = mpz_get_si(r->quotient);
    return (struct element){m, m ? unit : 0};
}

/* the same of either sign */
static struct element nearest_signed(struct rounder *r, mpz_srcptr num, mpz_srcptr den, int64_t e)
{
    int sign = mpz_sgn(num);

    if (!sign)
        return (struct element){0, 0};
    if (sign > 0)
        return nearest(r, num, den, e, false);
    mpz_neg(r->n, num);
    return tc_ref_negative(nearest(r, r->n, den, e, true));
}

struct element tc_ref_round(struct rounder *r, const struct dyadic *x)
{
    if (x->special)
        return tc_ref_nan();
    return nearest_signed(r, x->m, NULL, x->e);
}

struct element tc_ref_round_quotient(struct rounder *r, mpz_srcptr num, mpz_srcptr den, int64_t e)
{
    assert(mpz_sgn(den) > 0);
    return nearest_signed(r, num, den, e);
}

struct element tc_ref_round_rational(struct rounder *r, mpq_srcptr x)
{
    return nearest_signed(r, mpq_numref(x), mpq_denref(x), 0);
}

/* s = floor(root(num / den 2^e) 2^k); whether there is nothing after it */
static bool floor_root(struct rounder *r, mpz_srcptr num, mpz_srcptr den, int64_t e, int64_t k)
{
    bool whole;

    divide(r, num, den, e + 2 * k);
    whole = r->rest == REST_NONE;
    mpz_sqrtrem(r->s.m, r->spare, r->quotient);
    return whole && mpz_sgn(r->spare) == 0;
}

struct element tc_ref_round_root(struct rounder *r, const struct dyadic *x, int y, mpz_srcptr num,
                                 mpz_srcptr den, int64_t e)
{
    int64_t digits = (int64_t)r->places + 6, k = digits - (bits(num) - bits(den) + e) / 2;
    bool whole = false;

    assert(mpz_sgn(num) >= 0 && mpz_sgn(den) > 0);
    if (r->f->kind == TC_FIXED)
        k = 3 - r->low;
    if (x && mpz_sgn(x->m) && k < -x->e)
        k = -x->e;
    if (!y || !mpz_sgn(num))
        return x ? tc_ref_round(r, x) : (struct element){0, 0};
    for (;; k += digits) {
        whole = floor_root(r, num, den, e, k);
        if (y < 0) { /* its floor, too */
            mpz_neg(r->s.m, r->s.m);
            mpz_sub_ui(r->s.m, r->s.m, !whole);
        }
        if (x && mpz_sgn(x->m)) {
            mpz_mul_2exp(r->spare, x->m, (mp_bitcnt_t)(x->e + k));
            mpz_add(r->s.m, r->s.m, r->spare);
        }
        if (whole || bits(r->s.m) >= digits - 2 || k >= 3 - r->low)
            break;
    }
    /* between two multiples of 2^-k, on the same side of all numbers and ties as a half is */
    mpz_mul_2exp(r->s.m, r->s.m, 1);
    mpz_add_ui(r->s.m, r->s.m, !whole);
    r->s.e = -k - 1;
    r->s.special = x && x->special;
    return tc_ref_round(r, &r->s);
}

struct element tc_ref_product(struct rounder *r, struct element a, struct element b)
{
    tc_ref_set(&r->t, a);
    tc_ref_multiply(&r->t, b);
    return tc_ref_round(r, &r->t);
}

struct element tc_ref_sum(struct rounder *r, struct element a, struct element b)
{
    tc_ref_set(&r->s, a);
    tc_ref_add_element(r, &r->s, b);
    return tc_ref_round(r, &r->s);
}

struct element tc_ref_quotient(struct rounder *r, struct element a, struct element b)
{
    if (tc_ref_special(a) || tc_ref_special(b))
        return tc_ref_nan();
    if (!a.m)
        return a;
    if (!b.m)
        return a.m > 0 ? r->largest : r->lowest;
    mpz_set_si(r->s.m, b.m > 0 ? a.m : -a.m);
    mpz_set_si(r->d, b.m > 0 ? b.m : -b.m);
    return tc_ref_round_quotient(r, r->s.m, r->d, a.e - b.e);
}

/* ------------------------------------------------------------------- words */

static struct element read_fixed(const struct rounder *r, uint64_t word)
{
    uint64_t sign = (uint64_t)r->largest.m + 1;
    int64_t m;

    word &= 2 * sign - 1;
    m = (int64_t)(word ^ sign) - (int64_t)sign;
    return (struct element){m, m ? r->low : 0};
}

struct element tc_ref_read(const struct rounder *r, uint64_t word)
{
    const struct tc_format *f = r->f;
    uint64_t hidden, fraction, field;
    struct element v;

    if (f->kind == TC_FIXED)
        return read_fixed(r, word);
    hidden = (uint64_t)1 << (f->p - 1);
    fraction = word & (hidden - 1);
    field = word >> (f->p - 1) & (((uint64_t)1 << f->q) - 1);
    v = (struct element){(int64_t)fraction, f->low};
    if (field)
        v = (struct element){(int64_t)(hidden + fraction), f->low + (int64_t)field - 1};
    assert(field || !fraction || f->underflow == TC_GRADUAL);
    if (f->nan && (v.e > r->high || (v.e == r->high && v.m > r->largest.m))) {
        if (!f->infinity || fraction)
            return tc_ref_nan();
        return (struct element){word >> (f->p + f->q - 1) & 1 ? -1 : 1, TC_REF_SPECIAL};
    }
    assert(v.e < r->high || (v.e == r->high && v.m <= r->largest.m));
    if (!v.m)
        v.e = 0;
    return word >> (f->p + f->q - 1) & 1 ? tc_ref_negative(v) : v;
}

uint64_t tc_ref_write(const struct rounder *r, struct element v)
{
    const struct tc_format *f = r->f;
    uint64_t m = (uint64_t)(v.m < 0 ? -v.m : v.m), sign = v.m < 0, hidden;

    if (f->kind == TC_FIXED)
        return (uint64_t)v.m & (2 * (uint64_t)r->largest.m + 1);
    hidden = (uint64_t)1 << (f->p - 1);
    sign <<= f->p + f->q - 1;
    if (tc_ref_special(v)) { /* fields of ones; of NaN the first fraction bit, or all */
        uint64_t ones = (((uint64_t)1 << f->q) - 1) << (f->p - 1);

        return m ? sign | ones : ones | (f->spare ? hidden - 1 : hidden >> 1);
    }
    if (m < hidden) /* 0 or subnormal */
        return sign | m;
    return sign | (uint64_t)(v.e - f->low + 1) << (f->p - 1) | (m - hidden);
}

/* --------------------------------------------------------------- a format's */

void tc_ref_rounder_init(struct rounder *r, const struct tc_format *f)
{
    *r = (struct rounder){.f = f};
    if (f->kind == TC_FIXED) {
        assert(f->bits >= 1 && f->bits <= TC_FIXED_MAX_BITS && f->fraction <= f->bits);
        r->places = f->bits - 1;
        r->low = r->high = -(int64_t)f->fraction;
        r->largest = (struct element){((int64_t)1 << r->places) - 1, r->low};
        r->lowest = (struct element){-r->largest.m - 1, r->low};
    } else {
        assert(f->kind == TC_FLOAT && f->p + f->q <= 64 && f->p <= 62);
        r->places = f->p;
        r->low = f->low;
        r->high = f->low + f->top - 1;
        r->largest = (struct element){((int64_t)1 << f->p) - 1 - (int64_t)f->spare, r->high};
        r->lowest = tc_ref_negative(r->largest);
        r->infinite = f->infinity;
    }
    if (!r->largest.m) /* a fixed format of one bit */
        r->largest.e = 0;
    mpz_inits(r->n, r->d, r->quotient, r->spare, r->below, r->s.m, r->t.m, (mpz_ptr)NULL);
    mpz_init_set_ui(r->one, 1);
}

void tc_ref_rounder_clear(struct rounder *r)
{
    mpz_clears(r->one, r->n, r->d, r->quotient, r->spare, r->below, r->s.m, r->t.m, (mpz_ptr)NULL);
}

/* -------------------------------------------------------------- remembered */

/* what was asked for so often is not remembered any more */
#define MOST_REMEMBERED ((size_t)1 << 20)

static struct memo_entry *slot(const struct memo *m, int64_t a, int64_t b)
{
    uint64_t hash = (uint64_t)a * 0x9e3779b97f4a7c15u + (uint64_t)b * 0xc2b2ae3d27d4eb4fu;
    size_t at = (size_t)(hash ^ hash >> 32) & (m->size - 1);

    while (m->entry[at].used && (m->entry[at].key[0] != a || m->entry[at].key[1] != b))
        at = (at + 1) & (m->size - 1);
    return &m->entry[at];
}

bool tc_ref_recall(const struct memo *m, int64_t a, int64_t b, struct element *value)
{
    const struct memo_entry *e;

    if (!m->size)
        return false;
    e = slot(m, a, b);
    if (e->used)
        *value = e->value;
    return e->used;
}

void tc_ref_remember(struct memo *m, int64_t a, int64_t b, struct element value)
{
    if (m->count >= MOST_REMEMBERED)
        return;
    if (m->count >= m->size / 2) {
        struct memo old = *m;

        m->size = old.size ? 2 * old.size : 64;
        m->entry = tc_xcalloc(m->size, sizeof *m->entry);
        for (size_t i = 0; i < old.size; i++)
            if (old.entry[i].used)
                *slot(m, old.entry[i].key[0], old.entry[i].key[1]) = old.entry[i];
        free(old.entry);
    }
    *slot(m, a, b) = (struct memo_entry){{a, b}, value, true};
    m->count++;
}

void tc_ref_forget(struct memo *m)
{
    free(m->entry);
    *m = (struct memo){0};
}
