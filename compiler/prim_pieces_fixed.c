/* prim_pieces_fixed.c -- functions of wide fixed and unsigned numbers by pieces
 *
 * The lowest bits of the operand are the place in a piece, gates on the rest say which
 * piece; the polynomials give the result in units finer than the format's, which its bits
 * round.  SPEC.md, "Functions by pieces".
 */
#include "pieces.h"
#include "prim_integer.h"

#include "arith.h"

/* x times a gate: of x >= 0 the polynomials are of that less x, which is added by itself */
static bool is_gated(enum tc_op op)
{
    return op == TC_OP_SILU || op == TC_OP_GELU || op == TC_OP_GELU_TANH;
}

struct table {
    struct prim_lowering *p;
    struct tc_pieces size;
    unsigned magnitude; /* bits but the sign */
    struct tc_form x;   /* the operand */
    struct piecewise pieces;
    struct piece *piece;
    struct tc_form bit; /* where in the piece */
    const struct tc_index *a;
};

static struct tc_arena *arena_of(const struct table *s)
{
    return s->p->low.family->arena;
}

/* gates [x >= at[t]] */
static void piece_gates(struct table *s, struct tc_form x, mpz_ptr *at)
{
    struct lowering *L = &s->p->low;
    struct tc_family *f = L->family;

    s->pieces.t = tc_index_new(f, "t", s->pieces.n - 1, NULL);
    s->pieces.gate =
        wire_of(L, &tc_bank_new(f, "piece", x, NULL,
                                times_table(L, "theta", tc_form_si(f, 1), 1, &s->pieces.t, at),
                                true, 0, NULL, L->component, "which piece the argument is in")
                        ->plane);
}

/* ----------------------------------------------------------------------- coefficients */

struct taylor_at {
    mpfr_t center, r;
};

static void taylor_init(const struct table *s, struct taylor_at *t)
{
    mpfr_inits2(2 * (mpfr_prec_t)s->size.w + 8 * (mpfr_prec_t)s->size.degree + 256, t->center, t->r,
                (mpfr_ptr)0);
}

static void taylor_clear(struct taylor_at *t)
{
    mpfr_clears(t->center, t->r, (mpfr_ptr)0);
}

/* the piece's polynomial, in 2 X - center, of half width 2^(h-1) */
static void fill(struct table *s, unsigned j, enum taylor kind, const struct taylor_at *t,
                 mpz_srcptr center, unsigned h)
{
    struct piece *q = &s->piece[j];

    q->center = tc_mpz_copy(arena_of(s), center);
    q->h = h;
    q->c = tc_alloc(arena_of(s), s->size.degree + 1, sizeof *q->c);
    taylor_coefficients(arena_of(s), kind, t->center, t->r, s->size.degree, (long)s->size.w, q->c);
}

/* the constant v 2^shift / 2^w */
static void constant(struct table *s, unsigned j, int64_t v, unsigned shift)
{
    struct piece *q = &s->piece[j];

    q->center = tc_mpz(arena_of(s));
    q->h = 0;
    q->c = tc_alloc(arena_of(s), s->size.degree + 1, sizeof *q->c);
    for (unsigned i = 0; i <= s->size.degree; i++)
        q->c[i] = tc_mpz(arena_of(s));
    mpz_set_si(q->c[0], v);
    mpz_mul_2exp(q->c[0], q->c[0], shift);
}

/* ---------------------------------------------------------- exp, sigmoid and the like */

/* the first or the last piece, if it is a constant */
static void end_piece(struct table *s, bool last)
{
    unsigned j = last ? s->pieces.n - 1 : 0, w = s->size.w;
    enum tc_op op = s->p->prim->op;

    if (op == TC_OP_TANH)
        constant(s, j, last ? 1 : -1, w);
    else if (op == TC_OP_SIGMOID)
        constant(s, j, last, w);
    else if (op == TC_OP_EXP || op == TC_OP_EXP2) /* past the largest number */
        constant(s, j, last, w + s->magnitude - s->p->prim->format.fraction);
    else
        constant(s, j, 0, 0);
}

static void smooth_piece(struct table *s, unsigned j, struct taylor_at *t)
{
    static const enum taylor kind[] = {[TC_OP_EXP] = TAYLOR_EXP,
                                       [TC_OP_EXP2] = TAYLOR_EXP,
                                       [TC_OP_SIGMOID] = TAYLOR_SIGMOID,
                                       [TC_OP_TANH] = TAYLOR_TANH,
                                       [TC_OP_SILU] = TAYLOR_SILU,
                                       [TC_OP_GELU] = TAYLOR_GELU,
                                       [TC_OP_GELU_TANH] = TAYLOR_GELU_TANH};
    int64_t d = (int64_t)j - s->size.before;
    enum tc_op op = s->p->prim->op;
    int unit = (int)s->size.n - (int)s->p->prim->format.fraction - 1;
    mpz_ptr center = power_of_two(&s->p->low, s->size.n), x = tc_mpz(arena_of(s));
    mpfr_t ln2;

    mpfr_set_si_2exp(t->center, 2 * d + 1, unit, MPFR_RNDN);
    mpfr_set_si_2exp(t->r, 1, unit, MPFR_RNDN);
    if (op == TC_OP_EXP2) {
        mpfr_init2(ln2, mpfr_get_prec(t->r));
        mpfr_const_log2(ln2, MPFR_RNDN);
        mpfr_mul(t->center, t->center, ln2, MPFR_RNDN);
        mpfr_mul(t->r, t->r, ln2, MPFR_RNDN);
        mpfr_clear(ln2);
    }
    fill(s, j, kind[op], t, center, s->size.n);
    if (is_gated(op) && d >= 0) {
        mpz_set_si(x, 2 * d + 1);
        mpz_mul_2exp(x, x, (mp_bitcnt_t)((int)s->size.w + unit));
        mpz_sub(s->piece[j].c[0], s->piece[j].c[0], x);
        mpz_sub(s->piece[j].c[1], s->piece[j].c[1],
                power_of_two(&s->p->low, (unsigned)((int)s->size.w + unit)));
    }
}

static void smooth(struct table *s)
{
    struct tc_family *f = s->p->low.family;
    mpz_ptr *at;
    struct taylor_at t;

    s->pieces.n = (unsigned)(s->size.before + s->size.after);
    at = tc_alloc(f->arena, s->pieces.n, sizeof *at);
    for (unsigned k = 0; k + 1 < s->pieces.n; k++) {
        at[k] = tc_mpz_si(f->arena, (int64_t)k + 1 - s->size.before);
        mpz_mul_2exp(at[k], at[k], s->size.n);
    }
    piece_gates(s, s->x, at);
    s->a = tc_index_new(f, "a", s->size.n, NULL);
    s->bit = il_bit(s->p, tc_axis_const(0), tc_axis_of(f->arena, s->a));
    taylor_init(s, &t);
    s->piece = tc_alloc(f->arena, s->pieces.n, sizeof *s->piece);
    for (unsigned j = 0; j < s->pieces.n; j++)
        if (j == 0 && s->size.before && s->size.ends[0])
            end_piece(s, false);
        else if (j + 1 == s->pieces.n && s->size.ends[1])
            end_piece(s, true);
        else
            smooth_piece(s, j, &t);
    taylor_clear(&t);
}

/* -------------------------------------------------------------------------- logarithms */

/* The piece from `start` on, eighths of its power of two: 2^*h of them, centre and half
 * its width in t, twice the centre in `center`. */
static void eighth(const struct table *s, mpz_srcptr start, struct taylor_at *t, mpz_ptr center,
                   unsigned *h)
{
    unsigned fraction = s->p->prim->format.fraction;

    *h = (unsigned)mpz_sizeinbase(start, 2);
    *h = *h < 4 ? 0 : *h - 4;
    mpz_mul_2exp(center, start, 1);
    if (*h)
        mpz_add(center, center, power_of_two(&s->p->low, *h));
    mpfr_set_z_2exp(t->center, center, -(mpfr_exp_t)fraction - 1, MPFR_RNDN);
    mpfr_set_ui_2exp(t->r, 1, (mpfr_exp_t)*h - (mpfr_exp_t)fraction - 1, MPFR_RNDN);
}

/* the first of piece k from 0 on: 1 .. 7, 8, 9, .. 15, 16, 18, .. */
static mpz_ptr start_of(const struct table *s, int64_t k)
{
    int64_t e = k < 7 ? 0 : (k - 7) / 8;
    mpz_ptr x = tc_mpz_si(arena_of(s), k < 7 ? k + 1 : 8 + (k - 7) % 8);

    mpz_mul_2exp(x, x, (mp_bitcnt_t)e);
    return x;
}

static void octaves(struct table *s)
{
    struct tc_family *f = s->p->low.family;
    unsigned n = (unsigned)(s->size.before + s->size.after), zero = (unsigned)s->size.before - 1, h;
    mpz_ptr *start = tc_alloc(f->arena, n, sizeof *start), center = tc_mpz(f->arena);
    struct taylor_at t;

    s->pieces.n = n;
    s->piece = tc_alloc(f->arena, n, sizeof *s->piece);
    taylor_init(s, &t);
    for (unsigned j = 0; j < n; j++) {
        if (j <= zero) { /* what is negative, and 0 */
            start[j] = tc_mpz(f->arena);
            constant(s, j, j == zero ? -1 : 0, s->size.w + s->p->prim->format.bits);
            continue;
        }
        start[j] = start_of(s, (int64_t)j - zero - 1);
        eighth(s, start[j], &t, center, &h);
        fill(s, j, TAYLOR_LOG, &t, center, h);
    }
    taylor_clear(&t);
    piece_gates(s, s->x, start + 1);
    s->a = tc_index_new(f, "a", s->magnitude, NULL);
    s->bit = il_bit(s->p, tc_axis_const(0), tc_axis_of(f->arena, s->a));
}

/* ----------------------------------------------------------------------- sine, cosine */

/* T = x 2 / pi, of which the place in a sixteenth of the circle and its number are bits */
static void circle(struct table *s)
{
    struct lowering *L = &s->p->low;
    struct tc_family *f = L->family;
    unsigned n = s->size.n, unit = s->p->prim->format.fraction + s->size.scale;
    mpz_ptr scale = tc_mpz(f->arena), *at, *weight;
    const struct tc_index *b, *i = tc_index_new(f, "i", 4, NULL);
    struct taylor_at t;
    struct tc_form bit, x;
    mpfr_t pi;

    mpfr_init2(pi, 2 * s->size.w + s->size.scale + 8 * s->size.degree + 256);
    mpfr_const_pi(pi, MPFR_RNDN);
    taylor_init(s, &t);
    mpfr_ui_div(t.r, 2, pi, MPFR_RNDN);
    mpfr_mul_2ui(t.r, t.r, s->size.scale, MPFR_RNDN);
    mpfr_get_z(scale, t.r, MPFR_RNDN);
    bit = float_bits_from(L, "reduce", tc_form_scale(f, s->x, scale), NULL, unit - 2 - n, unit + 2,
                          &b, "the argument as a part of the circle");
    s->a = tc_index_new(f, "a", n, NULL);
    s->bit = tc_form_subst(f, bit, b, tc_axis_of(f->arena, s->a));
    s->pieces.n = 16;
    at = tc_alloc(f->arena, 15, sizeof *at);
    weight = tc_alloc(f->arena, 4, sizeof *weight);
    for (unsigned k = 0; k < 15; k++)
        at[k] = tc_mpz_si(f->arena, k + 1);
    for (unsigned k = 0; k < 4; k++)
        weight[k] = power_of_two(L, k);
    x = tc_form_subst(f, bit, b, tc_axis_plus(f->arena, tc_axis_const(n), 1, i));
    x = tc_form_sum(f, times_table(L, "power", x, 1, &i, weight), 1, &i, 0, NULL);
    piece_gates(s, x, at);
    s->piece = tc_alloc(f->arena, 16, sizeof *s->piece);
    for (unsigned j = 0; j < 16; j++) { /* middles of sixteenths, for cosines 4 further */
        unsigned turn = s->p->prim->op == TC_OP_COS ? 4 : 0;

        mpfr_mul_ui(t.center, pi, 2 * (j + turn) + 1, MPFR_RNDN);
        mpfr_div_2ui(t.center, t.center, 4, MPFR_RNDN);
        mpfr_div_2ui(t.r, pi, 4, MPFR_RNDN);
        fill(s, j, TAYLOR_SIN, &t, power_of_two(L, n), n);
    }
    taylor_clear(&t);
    mpfr_clear(pi);
}

/* ---------------------------------------------------------------------------- result */

/* max(x, 0) in units of 2^-unit of the format's, as gates */
static struct tc_form positive_part(struct table *s, unsigned unit)
{
    struct lowering *L = &s->p->low;
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", s->magnitude, NULL);
    struct tc_form x = il_bit(s->p, tc_axis_const(0), tc_axis_of(f->arena, a));
    mpz_ptr *weight = tc_alloc(f->arena, s->magnitude, sizeof *weight);

    for (unsigned k = 0; k < s->magnitude; k++)
        weight[k] = power_of_two(L, k + unit);
    if (s->size.before) {
        x = tc_form_sub(f, x, il_bit(s->p, tc_axis_const(0), tc_axis_const(s->magnitude)));
        x = wire_of(
            L, &il_bank(s->p, "positive", x, tc_form_si(f, 1), "bits, where it is not negative")
                    ->plane);
    }
    return tc_form_sum(f, times_table(L, "weight", x, 1, &a, weight), 1, &a, 0, NULL);
}

static struct tc_form gate(struct table *s, const char *name, struct tc_form x, mpz_srcptr at,
                           const char *note)
{
    struct tc_family *f = s->p->low.family;

    return wire_of(&s->p->low, &il_bank(s->p, name, x, tc_form_const(f, at), note)->plane);
}

/* coef x, free in a: of a word's bits, of which the sign has the opposite */
static struct tc_form by_sign(struct table *s, struct tc_form x, const struct tc_index *a)
{
    struct tc_family *f = s->p->low.family;
    int64_t *row = tc_alloc(f->arena, (size_t)a->extent, sizeof *row);
    struct tc_axis at = tc_axis_of(f->arena, a);

    for (int64_t k = 0; k < a->extent; k++)
        row[k] = k < (int64_t)s->magnitude ? 1 : -1;
    return tc_form_times(f, x, table_of(&s->p->low, "sign", (unsigned)a->extent, row), &at);
}

/* floor(z 2^-shift + 1/2), saturated: its bits, and [bit + over - under >= 1]; a sign that
 * is one of them [bit - over + under >= 1] */
static void round_off(struct table *s, const struct piece_sum *sum, unsigned shift)
{
    struct tc_family *f = s->p->low.family;
    mpz_ptr half = power_of_two(&s->p->low, shift - 1), at = tc_mpz(f->arena);
    struct tc_form bit, minus = tc_form_scale_si(f, sum->z, -1);
    const struct tc_index *i;
    bool sign = s->p->prim->format.kind == TC_FIXED, word = sign && s->p->word;

    bit = pieces_bits(&s->p->low, "carry", sum, half, shift, shift + s->magnitude + word, &i,
                      "bits of the rounded result");
    mpz_setbit(at, s->magnitude + shift);
    mpz_sub(at, at, half);
    if (mpz_cmp(at, sum->z.hi) <= 0)
        bit = tc_form_add(f, bit,
                          by_sign(s, gate(s, "over", sum->z, at, "above the largest number"), i));
    mpz_set_ui(at, 0);
    if (sign)
        mpz_setbit(at, s->magnitude + shift);
    mpz_add(at, at, half); /* -(least 2^shift - half) + 1 */
    mpz_add_ui(at, at, 1);
    if (mpz_cmp(at, minus.hi) <= 0)
        bit = tc_form_sub(f, bit,
                          by_sign(s, gate(s, "under", minus, at, "below the least number"), i));
    if (sign && !word) {
        mpz_add_ui(at, half, 1);
        minus = gate(s, "negative", minus, at, "the sign");
    }
    il_output(s->p, "y", bit);
    if (sign && !word)
        il_output(s->p, "sign", minus);
}

bool il_pieces(struct prim_lowering *p)
{
    const struct tc_format *t = &p->prim->format;
    struct tc_family *f = p->low.family;
    struct table s = {.p = p, .magnitude = t->bits - (t->kind == TC_FIXED)};
    mpz_ptr lo, hi = tc_mpz(f->arena), x;
    struct piece_sum sum;
    enum tc_op op = p->prim->op;
    unsigned shift;

    if (!tc_pieces_size(p->prim, &s.size, p->low.err))
        return false;
    s.x = il_value(p, tc_axis_const(0));
    if (op == TC_OP_LOG)
        octaves(&s);
    else if (op == TC_OP_SIN || op == TC_OP_COS)
        circle(&s);
    else
        smooth(&s);
    s.pieces.piece = s.piece;
    s.pieces.degree = s.size.degree;
    mpz_setbit(hi, s.size.w + (op == TC_OP_LOG ? t->bits + 1 : 1));
    if (op == TC_OP_EXP || op == TC_OP_EXP2) /* a piece more than the format */
        mpz_setbit(hi, s.size.w + (s.magnitude > t->fraction ? s.magnitude - t->fraction : 0) + 5);
    lo = tc_mpz_copy(f->arena, hi);
    mpz_neg(lo, lo);
    s.pieces.lo = lo;
    s.pieces.hi = hi;
    if (!pieces_value(&p->low, p->prim->name, &s.pieces, s.bit, s.a, &sum))
        return false;
    shift = s.size.w + sum.down - t->fraction;
    if (is_gated(op)) {
        struct tc_form positive = positive_part(&s, shift);

        x = tc_mpz_copy(f->arena, sum.z.hi);
        mpz_add(x, x, positive.hi);
        lo = tc_mpz_copy(f->arena, sum.z.lo);
        sum.rest = tc_form_add(f, sum.rest, positive);
        sum.z = tc_form_range(f, tc_form_add(f, sum.z, positive), lo, x);
    }
    round_off(&s, &sum, shift);
    return true;
}
