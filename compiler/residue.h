/* residue.h -- integers by their remainders: functions that no sum of bits gives
 *
 * An integer Z, 0 <= Z <= Z_max, is known by its remainders modulo primes m_1 .. m_r
 * with product M > 4 Z_max.  Where a remainder is a function of a small form, such as
 * R_m(X) = sum of (2^k mod m) x_k for a polynomial of X, a chain of it gives
 * a_m = (Z (M/m)^-1) mod m, and with
 *     Z = sum of a_m (M/m) - rank M,   rank = floor(sum of a_m / m)
 * Z is a form one layer further (the rank's).  CONSTRUCTIONS.md, "Integers by remainders".
 */
#ifndef TC_RESIDUE_H
#define TC_RESIDUE_H

#include "carries.h"

struct residues {
    unsigned n;            /* primes */
    const uint32_t *prime; /* ascending */
    mpz_ptr modulus;       /* M */
    mpz_ptr *cofactor;     /* M / m */
    uint32_t *inverse;     /* of M / m modulo m */
    const struct tc_index *m;
};

/* consecutive primes from `least` on whose product is above 4 times z_max */
struct residues residues_new(struct lowering *, uint32_t least, mpz_srcptr z_max);

/* The chains: a_m after a form x >= 0, free in residues->m and at most most[m] there, as a
 * function of it.  remainder(ctx, m, x) = Z mod m. */
struct residue_chains {
    const struct tc_plane *plane; /* axes m and the chain */
    const struct tc_index *t;
    struct tc_guard guard; /* t < how many steps m has */
    mpz_ptr *weight;       /* m x t: steps of a_m */
    int64_t *base;         /* a_m at x = 0 */
};
struct residue_chains residue_chains_new(struct lowering *, const struct residues *,
                                         const char *name, struct tc_form x, const int64_t *most,
                                         uint32_t (*remainder)(void *ctx, uint32_t m, int64_t x),
                                         void *ctx, const char *note);
/* Z as an exact form: r gates more, in one layer */
struct tc_form residue_number(struct lowering *, const struct residues *,
                              const struct residue_chains *, const char *name, mpz_srcptr z_max);

/* The product of numbers x_i, i over an index, at most z_max: from a form x, free in i and
 * residues->m, that is x_i modulo m and at most most[m].  Three layers, or four where the sums
 * of logarithms have more than 65,536 steps: those are reduced modulo m - 1 first. */
struct tc_form residue_product(struct lowering *, const char *name, const struct residues *,
                               struct tc_form x, const int64_t *most, const struct tc_index *i,
                               mpz_srcptr z_max);

/* Sums of N logarithms have up to N(m - 2) + 1 steps, m on after m: where they would be too many
 * in all, the sums are reduced modulo m - 1 first, one layer more. */
bool residue_reduces_logs(const struct residues *, unsigned terms);
/* the logarithm of 0: more than `terms` others together; reduced, then a multiple of m - 1 */
int64_t residue_zero_log(unsigned terms, uint32_t m, bool reduced);
/* how often the sum of logarithms of others than 0 holds m - 1, at most */
int64_t residue_log_turns(unsigned terms, uint32_t m);

/* R_m(X), free in residues->m, for bits 2^a, a < n, that are 0/1 forms free in a; fills
 * most[m] */
struct tc_form residue_of_bits(struct lowering *, const struct residues *, struct tc_form bit,
                               const struct tc_index *a, int64_t *most);
/* x mod m as a form, one layer more: x less m times as often as it holds m; most becomes
 * m - 1 */
struct tc_form residue_reduced(struct lowering *, const struct residues *, const char *name,
                               struct tc_form x, int64_t *most);
/* The polynomial sum of c_i X^i, i <= degree, of X = sum of bit 2^a; within lo .. hi: two
 * layers over the bits, or three where reducing first saves gates as -O asks */
struct tc_form residue_polynomial(struct lowering *, const char *name, struct tc_form bit,
                                  const struct tc_index *a, unsigned degree, mpz_ptr const *c,
                                  mpz_srcptr lo, mpz_srcptr hi);

#endif
