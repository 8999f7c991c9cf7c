/* prim_series_circle.c -- sine and cosine of floats by truncated series
 *
 * |x| 2 / pi modulo 4 is a sum of constants, one for each bit of |x|; half a turn of it is cut
 * into pieces, whose polynomials give the magnitude, and its highest bit is the sign.  SPEC.md,
 * "Functions by series", is the definition, CONSTRUCTIONS.md has the error bounds.
 */
#include "pieces.h"
#include "series.h"

/* ----------------------------------------------------------------------- argument */

/* floor(2^unit (2^t 2 / pi mod 4)) for t = k - unit, k = 0 .. unit + span */
static mpz_ptr *turns(const struct series *s, unsigned unit)
{
    struct tc_arena *arena = s->l->low.family->arena;
    unsigned n = unit + (unsigned)s->size.span + 1;
    mpz_ptr *turn = tc_alloc(arena, n, sizeof *turn), all = tc_mpz(arena);
    mpfr_t x;

    mpfr_init2(x, n + 80);
    mpfr_const_pi(x, MPFR_RNDN);
    mpfr_ui_div(x, 2, x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, n - 1, MPFR_RNDD);
    mpfr_get_z(all, x, MPFR_RNDD);
    mpfr_clear(x);
    for (unsigned k = 0; k < n; k++) {
        turn[k] = tc_mpz(arena);
        mpz_fdiv_q_2exp(turn[k], all, n - 1 - k);
        mpz_fdiv_r_2exp(turn[k], turn[k], unit + 2);
    }
    return turn;
}

/* x and y of 0/1 forms: x + y - 2 [x + y >= 2] */
static struct tc_form exclusive(const struct series *s, const char *name, struct tc_form x,
                                struct tc_form y)
{
    struct fl *l = s->l;
    struct tc_form sum = tc_form_add(l->low.family, x, y);

    return claim(&l->low, ar_plus(l, sum, -2, ar_gate_si(l, name, sum, 2, "both")), 0, 1);
}

/* bits of the argument where it is small: then the sine is the argument.  *small is the
 * gate that says so, or 0. */
static struct tc_form small_key(const struct series *s, struct tc_form *small)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    int64_t field = 2 - (int64_t)s->size.small - l->f->low - (int64_t)l->p; /* of 2^-small */
    int64_t big = (int64_t)1 << l->q;
    const struct tc_index *a;
    struct tc_form x;

    *small = tc_form_si(f, 0);
    if (field < 1)
        return *small;
    *small = ar_gate_si(l, "is.small", tc_form_scale_si(f, s->field, -1), 1 - field,
                        "so small that the sine is the argument");
    a = tc_index_new(f, "a", l->p - 1 + l->q, NULL);
    x = tc_form_scale_si(f, ar_bit(s->x, tc_axis_of(f->arena, a)), big);
    x = series_gates(s, "small", tc_form_sub(f, x, s->field), big + 1 - field, 0, NULL,
                     "bits of a small argument");
    return series_number(s, x, a, 0);
}

/* ----------------------------------------------------------------------- pieces */

/* Of half a turn, 2^pieces a quarter; the cosine's are the sine's a quarter further.  zero: after
 * one whose sum is 0. */
static struct piece *coefficients(const struct series *s, bool zero)
{
    struct tc_arena *arena = s->l->low.family->arena;
    unsigned degree = s->size.degree, n = 2U << s->size.pieces, h = s->size.n - s->size.pieces;
    unsigned further = s->l->prim->op == TC_OP_COS ? n / 2 : 0;
    struct piece *piece = tc_alloc(arena, n + zero, sizeof *piece);
    mpfr_t center, r;

    mpfr_inits2(2 * s->size.w + 8 * degree + 256, center, r, (mpfr_ptr)0);
    mpfr_const_pi(r, MPFR_RNDN);
    mpfr_div_2ui(r, r, s->size.pieces + 2, MPFR_RNDN);
    for (unsigned j = 0; j < n + zero; j++) {
        struct piece *q = &piece[j];

        q->h = h;
        q->center = power_of_two(&s->l->low, h);
        q->c = tc_alloc(arena, degree + 1, sizeof *q->c);
        if (j < zero) {
            for (unsigned i = 0; i <= degree; i++)
                q->c[i] = tc_mpz(arena);
            continue;
        }
        mpfr_mul_ui(center, r, 2 * ((j - zero + further) % n) + 1, MPFR_RNDN);
        taylor_coefficients(arena, TAYLOR_SIN, center, r, degree, (long)s->size.w, q->c);
        mpz_add(q->c[0], q->c[0], power_of_two(&s->l->low, s->size.w - s->size.n - 1));
    }
    mpfr_clears(center, r, (mpfr_ptr)0);
    return piece;
}

/* the magnitude, 0 where it is small, of the bits of T from 2^-n on, n + 1 of which are half a
 * turn */
static bool half_turn(const struct series *s, struct tc_form bit, const struct tc_index *a,
                      struct tc_form small, struct piece_sum *sum)
{
    struct tc_family *f = s->l->low.family;
    bool zero = small.nterm;
    unsigned n = (2U << s->size.pieces) + zero, h = s->size.n - s->size.pieces;
    const struct tc_index *place = tc_index_new(f, "a", h, NULL);
    const struct tc_index *b = tc_index_new(f, "b", s->size.pieces + 1, NULL);
    struct piecewise p = {.n = n, .degree = s->size.degree, .lo = tc_mpz(f->arena)};
    struct tc_form x = series_number(s, series_bits(s, bit, a, h, b), b, 0);

    if (zero) /* its piece is the first, which has no gate */
        x = ar_plus(s->l, ar_plus_si(s->l, x, 1), -(int64_t)n, small);
    p.gate = series_pieces(s, x, n - 1, &p.t);
    p.piece = coefficients(s, zero);
    p.hi = power_of_two(&s->l->low, s->size.w + 1);
    return pieces_value(&s->l->low, s->l->prim->name, &p, series_bits(s, bit, a, 0, place), place,
                        sum);
}

bool fl_series_circle(const struct series *s)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const struct tc_series *z = &s->size;
    bool sine = l->prim->op == TC_OP_SIN;
    mpz_ptr turn = power_of_two(&l->low, z->below + 2);
    const struct tc_index *a, *b;
    struct tc_form bit, low, high, small, key = tc_form_si(f, 0);
    struct fl_result result = {0};
    struct piece_sum sum;

    bit = series_argument(s, false, turns(s, z->below), turn);
    bit = float_bits_from(&l->low, "reduce", bit, NULL, z->below - z->n, z->below + 2, &a,
                          "the argument as a part of the circle");
    low = tc_form_subst(f, bit, a, tc_axis_const(z->n));
    high = tc_form_subst(f, bit, a, tc_axis_const(z->n + 1));
    small = tc_form_si(f, 0);
    if (sine)
        key = small_key(s, &small);
    if (!half_turn(s, bit, a, small, &sum))
        return false;
    bit = pieces_bits(&l->low, "magnitude", &sum, tc_mpz(f->arena), sum.down, sum.down + z->w + 2,
                      &b, "bits of the magnitude");
    series_round(s, bit, b, &result);
    result.high = tc_form_add(f, result.high, key);
    result.key = tc_form_add(f, result.key, key);
    if (result.has_half && small.nterm) { /* a small argument is, if it is not 0 */
        result.half = tc_form_add(f, result.half, small);
        result.half =
            ar_plus(l, result.half, -1,
                    ar_gate_si(l, "zero", tc_form_scale_si(f, s->field, -1), 0, "it is 0"));
    }
    result.sign = exclusive(s, "signs", high, sine ? s->sign : low);
    result.has_nan = s->special.any;
    if (s->special.any)
        result.nan = s->special.beyond;
    fl_output(l, "y", result);
    return true;
}
