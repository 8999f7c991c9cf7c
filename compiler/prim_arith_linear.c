/* prim_arith_linear.c -- R(x q), R(x^2 q) and R(x + q) of a float x and any constant q
 *
 * q need be no number of the format, nor rational.  What is rounded in its place is an exact
 * integer that lies on the same side of every number and tie: CONSTRUCTIONS.md, "Floats by
 * constants".
 */
#include "arith.h"

static int64_t bits_of(mpz_srcptr x)
{
    return mpz_sgn(x) ? (int64_t)mpz_sizeinbase(x, 2) : 0;
}

/* q 2^-t */
static void shifted(mpq_ptr y, mpq_srcptr q, int64_t t)
{
    if (t >= 0)
        mpq_div_2exp(y, q, (mp_bitcnt_t)t);
    else
        mpq_mul_2exp(y, q, (mp_bitcnt_t)-t);
}

/* floor(log2 q), q > 0 */
static int64_t log2_of(mpq_srcptr q)
{
    int64_t e = bits_of(mpq_numref(q)) - bits_of(mpq_denref(q));
    mpq_t x;

    mpq_init(x);
    shifted(x, q, e);
    e -= mpq_cmp_ui(x, 1, 1) < 0;
    mpq_clear(x);
    return e;
}

/* ------------------------------------------------------------------------ multiples */

/* |q| or its root is 2^t q0, 1 <= q0 < 2; m = ceil(2^(bits + d) q0), of numbers of so many bits */
struct multiple {
    int64_t t;
    unsigned d, room; /* shifts are d - room or more */
    mpz_ptr m;
};

/* of the significand, or of its square, whose unit is 2^(2 low) where the result's is 2^low */
static struct multiple multiple_of(struct fl *l, const struct fl_factor *q)
{
    struct tc_arena *arena = l->low.family->arena;
    struct multiple r = {.m = tc_mpz(arena)};
    mpq_ptr x = tc_mpq(arena);
    unsigned den, bits = q->square ? 2 * l->p : l->p;
    int64_t far = 2 * (l->f->top + (int64_t)l->p + 4), low = q->square ? l->f->low : 0;

    mpq_abs(x, q->q);
    r.t = log2_of(x);
    if (q->root)
        r.t = r.t >= 0 ? r.t / 2 : -((1 - r.t) / 2);
    shifted(x, x, q->root ? 2 * r.t : r.t);
    r.t += low;
    r.t = r.t > far ? far : r.t < -far ? -far : r.t; /* nothing is finite, or not 0, there */
    den = (unsigned)bits_of(mpq_denref(x));
    if (l->f->underflow == TC_GRADUAL && r.t > 0)
        r.room = r.t < (int64_t)bits ? (unsigned)r.t : bits;
    r.t -= low;
    r.d = den + r.room + 1 + (q->root ? r.room + bits + 4 : 0);
    mpq_mul_2exp(x, x, (mp_bitcnt_t)(bits + r.d) * (q->root ? 2 : 1));
    mpz_cdiv_q(r.m, mpq_numref(x), mpq_denref(x));
    if (q->root) { /* up: of y > 0 it is 1 + the root of y - 1 */
        mpz_sub_ui(r.m, r.m, 1);
        mpz_sqrt(r.m, r.m);
        mpz_add_ui(r.m, r.m, 1);
    }
    return r;
}

/* the significand's multiple: free of x's exponent */
static struct tc_form multiples(struct fl *l, struct ar_operand x, struct tc_form hidden,
                                mpz_srcptr m)
{
    struct tc_family *f = l->low.family;
    const struct tc_index *b = tc_index_new(f, "b", (int64_t)l->p - 1, NULL);
    mpz_ptr *weight = tc_alloc(f->arena, l->p, sizeof *weight), most = tc_mpz(f->arena);
    struct tc_form z;

    for (unsigned k = 0; k < l->p; k++) {
        weight[k] = tc_mpz(f->arena);
        mpz_mul_2exp(weight[k], m, k);
        mpz_add(most, most, weight[k]);
    }
    z = times_table(&l->low, "multiple", ar_bit(x, tc_axis_of(f->arena, b)), 1, &b, weight);
    z = tc_form_add(f, tc_form_sum(f, z, 1, &b, 0, NULL),
                    tc_form_scale(f, hidden, weight[l->p - 1]));
    return claim_mpz(&l->low, z, tc_mpz(f->arena), most);
}

/* that of its square: ANDs of two bits of the fraction, and of one and the hidden bit */
static struct tc_form multiples_of_square(struct fl *l, struct ar_operand x, struct tc_form hidden,
                                          mpz_srcptr m)
{
    struct tc_family *f = l->low.family;
    unsigned n = l->p - 1;
    const struct tc_index *a = tc_index_new(f, "a", n, NULL), *b = tc_index_new(f, "b", n, NULL);
    const struct tc_index *both[2] = {a, b};
    mpz_ptr *pair = tc_alloc(f->arena, (size_t)n * n, sizeof *pair), most = tc_mpz(f->arena);
    mpz_ptr *one = tc_alloc(f->arena, n, sizeof *one), top = tc_mpz(f->arena);
    struct tc_form bit = ar_bit(x, tc_axis_of(f->arena, a)), z, y;

    for (unsigned k = 0; k < n; k++) {
        one[k] = tc_mpz(f->arena);
        mpz_mul_2exp(one[k], m, n + k + 1);
        for (unsigned i = 0; i < n; i++) {
            pair[k * n + i] = tc_mpz(f->arena);
            mpz_mul_2exp(pair[k * n + i], m, k + i);
        }
    }
    z = tc_form_add(f, bit, ar_bit(x, tc_axis_of(f->arena, b)));
    z = ar_gate_si(l, "and", z, 2, "both bits are set");
    z = tc_form_sum(f, times_table(&l->low, "multiple", z, 2, both, pair), 2, both, 0, NULL);
    y = bit;
    if (l->f->underflow == TC_GRADUAL)
        y = ar_masked(l, "normal", ar_field(x), ar_mpz(l, 1), 1, bit, "a bit, and a hidden one");
    y = tc_form_sum(f, times_table(&l->low, "multiple", y, 1, &a, one), 1, &a, 0, NULL);
    mpz_mul_2exp(top, m, 2 * n);
    z = tc_form_add(f, tc_form_add(f, z, y), tc_form_scale(f, hidden, top));
    mpz_mul_2exp(most, m, 2 * l->p);
    return claim_mpz(&l->low, z, tc_mpz(f->arena), most);
}

bool fl_arith_multiple(struct fl *l, const struct fl_factor *q)
{
    struct tc_family *f = l->low.family;
    struct ar_operand x = {l, 0};
    struct multiple c = multiple_of(l, q);
    int64_t times = 1 + q->square;
    struct ar_unrounded u = {.by = AR_FIELD, .down = (unsigned)times * l->p, .floor = times};
    struct tc_form hidden = tc_form_si(f, 1);

    u.field = tc_form_scale_si(f, ar_field(x), times);
    if (l->f->underflow == TC_GRADUAL)
        hidden = ar_gate_si(l, "hidden", ar_field(x), 1, "it has its hidden bit");
    u.length = q->square ? multiples_of_square(l, x, hidden, c.m) : multiples(l, x, hidden, c.m);
    u.width = (unsigned)bits_of(u.length.hi) - u.down;
    u.bit = float_bits_from(&l->low, "bit", u.length, NULL, u.down, u.down + u.width + 1, &u.a,
                            "bits of the multiple");
    u.least = (int)(c.d - c.room);
    u.unit = times * (l->f->low - 1) + c.t - (int64_t)c.d;
    u.exponent = ar_plus_si(l, u.field, u.unit);
    if (l->f->underflow == TC_GRADUAL) /* fields 0 and 1 have the same */
        u.exponent = ar_plus(l, ar_plus_si(l, u.exponent, times), -times, hidden);
    u.zero = ar_gate_si(l, "zero", tc_form_scale_si(f, ar_key(x), -1), 0, "it is 0");
    u.special = ar_special(l, x, "x");
    u.infinite = u.special.any ? u.special.beyond : tc_form_si(f, 0);
    u.sign = q->square ? tc_form_si(f, 0) : ar_sign(x);
    if (q->minus)
        u.sign = tc_form_sub(f, tc_form_si(f, 1), u.sign);
    ar_output(l, &u);
    return true;
}

/* ----------------------------------------------------------------- sums with constants */

/* q is 2^e or more, below 2^(e+1); m, odd or q itself, is q 2^-unit, which no number x cut off
 * below 2^unit moves to the next number or tie */
struct summand {
    int64_t e, unit;
    mpz_ptr m;
};

static struct summand summand_of(struct fl *l, mpq_srcptr q)
{
    struct tc_arena *arena = l->low.family->arena;
    struct summand r = {.e = log2_of(q), .m = tc_mpz(arena)};
    int64_t grid = r.e - (int64_t)l->p > l->f->low - 2 ? r.e - (int64_t)l->p : l->f->low - 2;
    mpq_ptr x = tc_mpq(arena), next = tc_mpq(arena);

    shifted(x, q, grid); /* what is missing to the next tie */
    mpz_fdiv_q(mpq_numref(next), mpq_numref(x), mpq_denref(x));
    mpz_add_ui(mpq_numref(next), mpq_numref(next), 1);
    mpq_sub(next, next, x);
    r.unit = grid + log2_of(next) - (int64_t)l->p - 2;
    r.unit = r.unit < 0 ? r.unit : 0;
    shifted(x, q, r.unit);
    mpz_fdiv_q(r.m, mpq_numref(x), mpq_denref(x));
    if (mpz_cmp_ui(mpq_denref(x), 1) != 0)
        mpz_setbit(r.m, 0);
    return r;
}

bool fl_plus_is_none(const struct tc_format *f, mpq_srcptr q)
{
    return log2_of(q) < f->low - 1;
}

int64_t fl_plus_far(const struct tc_format *f, mpq_srcptr q)
{
    int64_t field = log2_of(q) - f->low + 4;

    return field <= f->top ? field : 0;
}

/* 0/1: x is not 0, and below 2^at */
static struct tc_form cut_off(struct fl *l, struct ar_operand x, int64_t at)
{
    struct tc_family *f = l->low.family;
    int64_t field = at - l->f->low - (int64_t)l->p + 2; /* of 2^at */
    mpz_ptr bound = tc_mpz(f->arena);
    struct tc_form some;

    mpz_set_ui(bound, 0);
    if (field >= 1) {
        mpz_set_si(bound, field);
        mpz_mul_2exp(bound, bound, l->p - 1);
    } else if (l->f->underflow == TC_GRADUAL && at > l->f->low) {
        mpz_setbit(bound, (mp_bitcnt_t)(at - l->f->low));
    }
    if (mpz_cmp_ui(bound, 1) <= 0)
        return tc_form_si(f, 0);
    some = ar_gate_si(l, "some", ar_key(x), 1, "it is not 0");
    some =
        tc_form_sub(f, some, ar_gate(l, "whole", ar_key(x), bound, "none of its bits are cut off"));
    return claim(&l->low, some, 0, 1);
}

/* in units of 2^(unit - 1): x cut off, twice, 1 more where it may be cut; and q */
bool fl_arith_plus(struct fl *l, mpq_srcptr q)
{
    struct tc_family *f = l->low.family;
    struct ar_operand x = {l, 0};
    struct summand c = summand_of(l, q);
    struct ar_unrounded u = {.by = AR_UNIT, .unit = c.unit - 1, .zero = tc_form_si(f, 0)};
    struct tc_form z;

    z = ar_argument(l, x, c.e + (int64_t)l->p + 2, (unsigned)-c.unit);
    z = tc_form_scale_si(f, tc_form_add(f, z, tc_form_const(f, c.m)), 2);
    u.length = ar_plus(l, z, 1, cut_off(l, x, c.unit + (int64_t)l->p));
    u.width = (unsigned)bits_of(u.length.hi);
    u.bit = float_bits(&l->low, "bit", u.length, NULL, u.width + 1, &u.a, "bits of the sum");
    u.least = (int)(bits_of(c.m) + 1 - (int64_t)l->p);
    u.exponent = tc_form_si(f, u.unit);
    u.special = ar_special(l, x, "x");
    u.infinite = u.special.any ? u.special.beyond : tc_form_si(f, 0);
    u.sign = tc_form_si(f, 0);
    ar_output(l, &u);
    return true;
}
