/* prim_pieces.c -- sigmoid, tanh, silu, gelu and gelu-tanh of floats by pieces
 *
 * Of formats beyond tables, and with --regime arithmetic.  The argument becomes a fixed-point
 * number T; its pieces' polynomials give an exact Q, 0 <= Q 2^-w <= 1, and the result is Q
 * or |x| Q, times a power of two of the piece: silu is x sigmoid(x), tanh is x (tanh x / x), gelu
 * is x Phi(x), or x sigmoid of a cubic, so that what is small keeps its precision.  SPEC.md,
 * "Functions by pieces".
 */
#include "arith.h"
#include "pieces.h"

#include <assert.h>

struct smooth {
    struct fl *l;
    struct ar_operand x;
    struct tc_pieces size;
    struct tc_form field, sign;
    struct ar_special special;
    struct tc_form t;     /* |x|, or |x| log2 e, in units of 2^-unit */
    unsigned unit, width; /* pieces are 2^width units */
    mpz_ptr mask;         /* above t */
    struct piecewise pieces;
    struct tc_form exponent; /* of the power of two */
    struct tc_form zero;     /* 0/1s: the result is 0 */
    struct tc_form far;      /* 0/1, tanh: 1 is nearest */
};

static struct tc_arena *arena_of(const struct smooth *s)
{
    return s->l->low.family->arena;
}

/* gelu, and that by tanh */
static bool is_gelu(const struct smooth *s)
{
    return s->l->prim->op == TC_OP_GELU || s->l->prim->op == TC_OP_GELU_TANH;
}

/* ------------------------------------------------------------------------- argument */

static void argument(struct smooth *s)
{
    struct tc_family *f = s->l->low.family;
    mpz_ptr scale = tc_mpz(f->arena);
    mpfr_t x;

    s->t = ar_argument(s->l, s->x, s->size.span, s->size.below);
    s->unit = s->size.below + s->size.scale;
    if (s->size.scale) {
        mpfr_init2(x, s->size.scale + 80);
        mpfr_const_log2(x, MPFR_RNDN);
        mpfr_ui_div(x, 1, x, MPFR_RNDN);
        mpfr_mul_2ui(x, x, s->size.scale, MPFR_RNDN);
        mpfr_get_z(scale, x, MPFR_RNDN);
        mpfr_clear(x);
        s->t = tc_form_scale(f, s->t, scale);
    }
    s->width = s->unit - s->size.parts;
    if (s->special.has_infinity) { /* as far out as any piece */
        int64_t far = s->size.before > s->size.after ? s->size.before : s->size.after;

        scale = tc_mpz_si(f->arena, s->size.least > far ? s->size.least : far);
        mpz_mul_2exp(scale, scale, s->width);
        s->t = tc_form_add(f, s->t, tc_form_scale(f, s->special.beyond, scale));
    }
    s->mask = power_of_two(&s->l->low, (unsigned)mpz_sizeinbase(s->t.hi, 2));
}

/* d pieces, as many units */
static mpz_ptr distance(const struct smooth *s, int64_t d)
{
    mpz_ptr x = tc_mpz_si(arena_of(s), d);

    mpz_mul_2exp(x, x, s->width);
    return x;
}

/* The gates that say the piece: x is not as far below 0 as the first, second .. piece is;
 * not negative; as far above as the second, third .. one of those. */
static void piece_gates(struct smooth *s)
{
    struct lowering *L = &s->l->low;
    struct tc_family *f = L->family;
    int64_t before = s->size.before, n = before + s->size.after - 1;
    const struct tc_index *t = tc_index_new(f, "t", n, NULL);
    mpz_ptr *slope = tc_alloc(f->arena, (size_t)n, sizeof *slope);
    mpz_ptr *sign = tc_alloc(f->arena, (size_t)n, sizeof *sign);
    mpz_ptr *theta = tc_alloc(f->arena, (size_t)n, sizeof *theta);
    struct tc_form x;

    for (int64_t k = 0; k < n; k++) {
        slope[k] = tc_mpz_si(f->arena, k + 1 < before ? -1 : k + 1 == before ? 0 : 1);
        sign[k] = tc_mpz(f->arena);
        mpz_neg(sign[k], s->mask);
        if (k + 1 < before) { /* -T - M s >= 1 - d - M: s = 0, or T < d */
            theta[k] = distance(s, before - 1 - k);
            mpz_add(theta[k], theta[k], s->mask);
            mpz_ui_sub(theta[k], 1, theta[k]);
        } else {
            theta[k] = distance(s, k + 1 - before);
        }
    }
    x = times_table(L, "slope", s->t, 1, &t, slope);
    if (before)
        x = tc_form_add(f, x, times_table(L, "sign", s->sign, 1, &t, sign));
    s->pieces.n = (unsigned)n + 1;
    s->pieces.t = t;
    s->pieces.gate =
        wire_of(L, &tc_bank_new(f, name_of(L, "piece"), x, NULL,
                                times_table(L, "theta", tc_form_si(f, 1), 1, &t, theta), true, 0,
                                NULL, L->component, "which piece the argument is in")
                        ->plane);
}

/* -k where x < 0, k the integer part of T, of which `bit` is bit a - n; and where that is so
 * large that 0 is nearest */
static void powers_of_sigmoid(struct smooth *s, struct tc_form bit, const struct tc_index *a)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned n = (unsigned)a->extent - s->size.n;
    const struct tc_index *b = tc_index_new(f, "b", n, NULL);
    mpz_ptr at = distance(s, s->size.least);
    struct tc_form x;

    x = tc_form_subst(f, bit, a, tc_axis_plus(f->arena, tc_axis_const(s->size.n), 1, b));
    x = ar_gate_si(l, "power", tc_form_add(f, x, s->sign), 2,
                   "the power of two of a negative argument");
    x = times_table(&l->low, "power", x, 1, &b, ar_powers(l, n));
    s->exponent = tc_form_scale_si(f, tc_form_sum(f, x, 1, &b, 0, NULL), -1);
    mpz_add(at, at, s->mask);
    s->zero = ar_gate(l, "nothing", tc_form_add(f, s->t, tc_form_scale(f, s->sign, s->mask)), at,
                      "0 is nearest to it");
}

/* ----------------------------------------------------------------------- coefficients */

struct taylor_at {
    enum taylor kind;
    long w;
    mpfr_t center, r;
};

static mpfr_prec_t precision(const struct smooth *s)
{
    return 2 * (mpfr_prec_t)s->size.w + 8 * (mpfr_prec_t)s->size.degree + 256;
}

/* pieces of 2^-a, d of them nearer to 0: (d + 1/2) 2^-a, and half a piece, times -1 below 0 */
static void middle(struct taylor_at *t, int64_t d, unsigned a, bool minus)
{
    mpfr_set_si_2exp(t->center, 2 * d + 1, -(mpfr_exp_t)a - 1, MPFR_RNDN);
    mpfr_set_ui_2exp(t->r, 1, -(mpfr_exp_t)a - 1, MPFR_RNDN);
    if (minus) {
        mpfr_neg(t->center, t->center, MPFR_RNDN);
        mpfr_neg(t->r, t->r, MPFR_RNDN);
    }
}

/* e with 2^(e-1) < g(-d / 8) <= 2^e, g the gate that gelu is x times: Phi, or the sigmoid of a
 * cubic */
static long gate_exponent(const struct smooth *s, int64_t d)
{
    mpfr_t x, two;
    long e = -1;

    mpfr_inits2(128, x, two, (mpfr_ptr)0);
    mpfr_set_si_2exp(x, d, -3, MPFR_RNDN);
    if (s->l->prim->op == TC_OP_GELU) {
        mpfr_sqrt_ui(two, 2, MPFR_RNDN);
        mpfr_div(x, x, two, MPFR_RNDN);
        mpfr_erfc(x, x, MPFR_RNDN);
        mpfr_div_2ui(x, x, 1, MPFR_RNDN);
    } else {
        taylor_cubic(x, x);
        mpfr_exp(x, x, MPFR_RNDN);
        mpfr_add_ui(x, x, 1, MPFR_RNDN);
        mpfr_ui_div(x, 1, x, MPFR_RNDN);
    }
    if (d)
        e = mpfr_get_exp(x);
    mpfr_clears(x, two, (mpfr_ptr)0);
    return e;
}

/* the piece d from 0 on either side */
static void sigmoid_at(const struct smooth *s, struct taylor_at *t, int64_t d, bool minus)
{
    mpfr_t ln2;

    middle(t, minus && d + 1 == s->size.before ? 0 : d, 0, minus);
    t->kind = TAYLOR_SIGMOID;
    if (minus && d + 1 == s->size.before) /* and all beyond: 2^-F */
        t->kind = TAYLOR_EXP;
    else if (minus)
        t->w += d;
    else if (d + 1 == s->size.after)
        t->kind = TAYLOR_CONST;
    mpfr_init2(ln2, precision(s));
    mpfr_const_log2(ln2, MPFR_RNDN);
    mpfr_mul(t->center, t->center, ln2, MPFR_RNDN);
    mpfr_mul(t->r, t->r, ln2, MPFR_RNDN);
    mpfr_clear(ln2);
}

static void coefficients(struct smooth *s)
{
    struct tc_arena *arena = arena_of(s);
    enum tc_op op = s->l->prim->op;
    struct piece *piece = tc_alloc(arena, s->pieces.n, sizeof *piece);
    struct taylor_at t;

    mpfr_inits2(precision(s), t.center, t.r, (mpfr_ptr)0);
    for (int64_t j = 0; j < s->pieces.n; j++) {
        bool minus = j < s->size.before;
        int64_t d = minus ? s->size.before - 1 - j : j - s->size.before;
        bool last = d + 1 == (minus ? s->size.before : s->size.after);
        struct piece *q = &piece[j];

        q->h = s->size.n;
        q->center = power_of_two(&s->l->low, s->size.n);
        q->c = tc_alloc(arena, s->size.degree + 1, sizeof *q->c);
        t.w = (long)s->size.w;
        if (op == TC_OP_TANH) {
            t.kind = TAYLOR_TANH_OVER;
            middle(&t, d, 2, false);
        } else if (is_gelu(s)) {
            t.kind = last ? TAYLOR_CONST : op == TC_OP_GELU ? TAYLOR_NORMAL : TAYLOR_CUBIC;
            middle(&t, d, 3, minus);
            t.w -= minus ? gate_exponent(s, d) : 0;
        } else {
            sigmoid_at(s, &t, d, minus);
        }
        taylor_coefficients(arena, t.kind, t.center, t.r, s->size.degree, t.w, q->c);
        if (last && (op == TC_OP_TANH || (is_gelu(s) && minus)))
            for (unsigned i = 0; i <= s->size.degree; i++)
                mpz_set_ui(q->c[i], 0);
    }
    mpfr_clears(t.center, t.r, (mpfr_ptr)0);
    s->pieces.piece = piece;
    s->pieces.degree = s->size.degree;
    s->pieces.lo = tc_mpz(arena);
    s->pieces.hi = power_of_two(&s->l->low, s->size.w + 1);
}

/* gelu's powers of two; 0 is nearest in the first piece */
static void powers_of_gate(struct smooth *s)
{
    struct tc_family *f = s->l->low.family;
    int64_t n = s->pieces.t->extent, *step = tc_alloc(f->arena, (size_t)n, sizeof *step);
    struct tc_axis at = tc_axis_of(f->arena, s->pieces.t), first = tc_axis_const(0);
    long before = gate_exponent(s, s->size.before - 1);
    struct tc_form x;

    s->exponent = tc_form_si(f, before);
    for (int64_t k = 0; k < n; k++) {
        long now = k + 1 < s->size.before ? gate_exponent(s, s->size.before - 2 - k) : 0;

        step[k] = now - before;
        before = now;
    }
    x = tc_form_times(f, s->pieces.gate, table_of(&s->l->low, "step", (unsigned)n, step), &at);
    x = tc_form_sum(f, x, 1, &s->pieces.t, 0, NULL);
    s->exponent = tc_form_add(f, s->exponent, x);
    s->zero = tc_form_subst(f, s->pieces.gate, s->pieces.t, first);
    s->zero = tc_form_sub(f, tc_form_si(f, 1), s->zero);
}

/* ---------------------------------------------------------------------------- product
 *
 * The significand is M 2^(low + e): hidden bit h = [E >= 1], e = E - h.  Where 1 is nearest
 * (far), Q is 0 and M Q, e are put to those of 1. */
static struct tc_form times_significand(struct smooth *s, struct tc_form bit,
                                        const struct tc_index *a)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *b = tc_index_new(f, "b", l->p, NULL);
    const struct tc_index *ix[2] = {a, b};
    int64_t *fraction = tc_alloc(f->arena, l->p, sizeof *fraction);
    int64_t *hidden = tc_alloc(f->arena, l->p, sizeof *hidden);
    mpz_ptr *weight = tc_alloc(f->arena, (size_t)(a->extent * b->extent), sizeof *weight);
    struct tc_form h = ar_gate_si(l, "hidden", s->field, 1, "it has its hidden bit"), m, e;
    struct tc_axis at = tc_axis_of(f->arena, b);

    for (unsigned k = 0; k < l->p; k++)
        fraction[k] = k + 1 < l->p;
    hidden[l->p - 1] = 1;
    m = tc_form_times(f, ar_bit(s->x, at), table_of(&l->low, "fraction", l->p, fraction), &at);
    m = tc_form_add(f, m, tc_form_times(f, h, table_of(&l->low, "hidden", l->p, hidden), &at));
    m = ar_gate_si(l, "and", tc_form_add(f, bit, claim(&l->low, m, 0, 1)), 2,
                   "bits of the significand and of its factor");
    for (int64_t i = 0; i < a->extent; i++)
        for (int64_t k = 0; k < b->extent; k++)
            weight[i * b->extent + k] = power_of_two(&l->low, (unsigned)(i + k));
    m = tc_form_sum(f, times_table(&l->low, "weight", m, 2, ix, weight), 2, ix, 0, NULL);
    e = s->field;
    if (l->prim->op == TC_OP_TANH) {
        const struct tc_index *c = tc_index_new(f, "c", l->q, NULL);

        at = tc_axis_plus(f->arena, tc_axis_const((int64_t)l->p - 1), 1, c);
        e = ar_gate_si(l, "near", tc_form_sub(f, ar_bit(s->x, at), s->far), 1,
                       "bits of the exponent, of what is not far");
        e = times_table(&l->low, "power", e, 1, &c, ar_powers(l, l->q));
        e = tc_form_sum(f, e, 1, &c, 0, NULL);
        e = ar_plus(l, e, 2 - (int64_t)l->p - l->f->low, s->far);
        m = ar_plus_shifted(l, m, s->size.w + l->p - 1, s->far);
    }
    e = ar_plus_si(l, tc_form_sub(f, e, h), l->f->low);
    s->exponent = tc_form_add(f, s->exponent, e);
    return claim_mpz(&l->low, m, tc_mpz(f->arena), power_of_two(&l->low, s->size.w + 1 + l->p));
}

bool fl_lower_pieces(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct smooth s = {.l = l, .x = {l, 0}};
    enum tc_op op = l->prim->op;
    bool power = op == TC_OP_SIGMOID || op == TC_OP_SILU;
    struct ar_unrounded u = {.by = AR_EXPONENT};
    const struct tc_index *a, *place;
    struct piece_sum sum;
    struct tc_form bit;

    if (!tc_pieces_size(l->prim, &s.size, l->low.err))
        return false;
    s.field = ar_field(s.x);
    s.sign = ar_sign(s.x);
    s.special = ar_special(l, s.x, "x");
    s.zero = s.exponent = tc_form_si(f, 0);
    argument(&s);
    piece_gates(&s);
    coefficients(&s);
    bit = float_bits_from(&l->low, "fraction", s.t, NULL, s.width - s.size.n,
                          power ? (unsigned)mpz_sizeinbase(s.t.hi, 2) : s.width, &a,
                          power ? "bits of the argument" : "where in its piece the argument is");
    if (is_gelu(&s))
        powers_of_gate(&s);
    else if (power)
        powers_of_sigmoid(&s, bit, a);
    else
        s.far = tc_form_subst(f, s.pieces.gate, s.pieces.t, tc_axis_const(s.size.after - 2));
    place = tc_index_new(f, "a", s.size.n, NULL);
    bit = tc_form_subst(f, bit, a, tc_axis_of(f->arena, place));
    if (!pieces_value(&l->low, l->prim->name, &s.pieces, bit, place, &sum))
        return false;
    u.width = s.size.w + 1;
    u.least = (int)(s.size.w - s.size.lose) - (int)l->p;
    u.bit = pieces_bits(&l->low, "factor", &sum, tc_mpz(f->arena), sum.down,
                        sum.down + u.width + (op == TC_OP_SIGMOID), &u.a, "bits of the polynomial");
    u.length = sum.z;
    u.down = sum.down;
    if (op != TC_OP_SIGMOID) {
        u.length = times_significand(&s, u.bit, u.a);
        u.down = 0;
        u.width += l->p;
        u.least += l->f->underflow == TC_GRADUAL ? 0 : (int)l->p - 1;
        u.bit = float_bits(&l->low, "product", u.length, NULL, u.width + 1, &u.a,
                           "bits of the product");
        s.zero = tc_form_add(
            f, s.zero,
            ar_gate_si(l, "zero", tc_form_scale_si(f, ar_key(s.x), -1), 0, "the argument is 0"));
    }
    u.exponent = ar_plus_si(l, s.exponent, -(int64_t)s.size.w);
    u.zero = s.zero;
    u.infinite = tc_form_si(f, 0);
    u.sign = op == TC_OP_SIGMOID ? tc_form_si(f, 0) : s.sign;
    u.special = s.special;
    ar_output(l, &u);
    return true;
}
