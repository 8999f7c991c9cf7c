/* pieces.h -- smooth functions by polynomials, one for each piece of the argument
 *
 * SPEC.md, "Functions by pieces", is the definition; CONSTRUCTIONS.md has the proofs.
 */
#ifndef TC_PIECES_H
#define TC_PIECES_H

#include "carries.h"
#include "residue.h"

#include <mpfr.h>

/* sum of c[i] ((2 X - center) 2^-h)^i, |2 X - center| <= 2^h, for X in the piece */
struct piece {
    mpz_ptr center;
    unsigned h;
    mpz_ptr *c; /* degree + 1 */
};

struct piecewise {
    unsigned n; /* pieces, at least 2 */
    const struct piece *piece;
    unsigned degree;
    struct tc_form gate; /* 0/1, free in t: as many of n - 1 are 1 as the piece's number */
    const struct tc_index *t;
    mpz_srcptr lo, hi; /* of the sum, at every X */
};

/* The sum of the piece where X = sum of bit 2^a lies, times 2^down: an exact integer, as the form
 * z, and as `part`, whose wires are bits of remainders, and the rest of it, the rank. */
struct piece_sum {
    unsigned down;
    struct tc_form z, rest; /* lo 2^down .. hi 2^down */
    struct carry_part part;
};
/* Three layers over the bits X: how often they hold each prime; the changes of the bits of the
 * sum's remainder, which read the gates of the pieces, too; the rank.  TC_ELIMIT where the changes
 * of all pieces are too many. */
bool pieces_value(struct lowering *, const char *name, const struct piecewise *, struct tc_form bit,
                  const struct tc_index *a, struct piece_sum *);
/* floor(z 2^-first + add) as bits, free in *i: one layer more; two's complement */
struct tc_form pieces_bits(struct lowering *, const char *name, const struct piece_sum *,
                           mpz_srcptr add, unsigned first, unsigned bits, const struct tc_index **i,
                           const char *note);

/* ------------------------------------------------------------------------- taylor.c
 *
 * Coefficients of h^i, i <= degree, of functions of x = center + r h: nearest integers to
 * 2^w times them. */
enum taylor {
    TAYLOR_CONST, /* 1 */
    TAYLOR_EXP,   /* e^x */
    TAYLOR_LOG,   /* ln x */
    TAYLOR_SIN,
    TAYLOR_SIGMOID,
    TAYLOR_TANH,
    TAYLOR_TANH_OVER, /* tanh x / x */
    TAYLOR_NORMAL,    /* Phi(x) */
    TAYLOR_SILU,      /* x sigmoid(x) */
    TAYLOR_GELU,      /* x Phi(x) */
    TAYLOR_CUBIC,     /* sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)) */
    TAYLOR_GELU_TANH, /* x times that */
};
/* y = 2 sqrt(2/pi) (x + 0.044715 x^3), within 8 units of its last place; y may be x */
void taylor_cubic(mpfr_ptr y, mpfr_srcptr x);
void taylor_coefficients(struct tc_arena *, enum taylor, mpfr_srcptr center, mpfr_srcptr r,
                         unsigned degree, long w, mpz_ptr *c);

#endif
