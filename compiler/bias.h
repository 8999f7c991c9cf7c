/* bias.h -- what positions add to scores, as numbers
 *
 * The text of a table's parameters is what a bias is made of; bias.c reads it, and
 * writes it for an attention of a specification.  bias_real.c has the formulas. */
#ifndef TC_BIAS_H
#define TC_BIAS_H

#include "lower.h"

#define BIAS_MOST_ENTRIES (1 << 20) /* weights of t5 and fire */
#define BIAS_MOST_BITS                                                                             \
    64 /* of the format, as of all that specifications have: values are integers of 64 */
#define BIAS_LIMB       MOVED_BITS /* bits of a part of a number */
#define BIAS_MOST_LIMBS 128
#define BIAS_MOST_TERMS (1 << 16) /* of sandwich */
#define BIAS_MOST_TURNS 64        /* its terms by its width */

struct bias_slot {
    bool used;
    int64_t i, delta, h, value;
};

struct bias {
    enum tc_position_kind kind;
    struct tc_format format;
    int64_t heads; /* alibi, t5, fire */
    bool
        variant; /* kerple: the power; fire: psi alone, of distances or, with limit, of positions */
    bool both;   /* t5: half of the buckets for keys past the query */
    int64_t buckets, distance, terms, width, hidden;
    mpq_ptr r1, r2, base, c, limit;
    int64_t nentry, *entry; /* t5: B; fire: F_1, F_b1, F_2, F_b2; values of the format */
    unsigned limb;
    const struct tc_scale *scale; /* of the thresholds of scores, with lo and hi */
    mpz_ptr lo, hi;
    /* made when opened */
    mpq_ptr *number;        /* fire: the entries */
    int64_t *bound;         /* t5: the first distances of the buckets above exact */
    struct lowering low;    /* of the format alone */
    struct bias_slot *slot; /* a cache, filled in while reading */
    void *scores;           /* score.c */
};

/* Reads "KIND, name=value, ..., format=NAME"; NULL and TC_EFORMAT if it makes no sense. */
struct bias *bias_open(struct tc_arena *, const char *parameters, struct tc_loc, struct tc_error *);
/* score.c: of an attention; NULL where bias_fits refuses it */
const struct bias *bias_of(struct lowering *, const struct head *);
/* bias_real.c: the value of the format nearest to b at query i and key i - delta, head h;
 * i matters to fire alone */
int64_t bias_real(const struct bias *, int64_t i, int64_t delta, int64_t h);
/* fire's psi: R(log(c x + 1)) of x = |position|, or where that is less of the limit */
int64_t bias_psi(const struct bias *, int64_t position);
/* the bucket of t5, below `buckets` */
int64_t bias_bucket(const struct bias *, int64_t delta);
/* has what bias_real needs: not psi, nor t5 without entries */
bool bias_is_whole(const struct bias *);
void bias_real_open(struct tc_arena *, struct bias *);
/* the value nearest to x; or to a number within [lo, hi] (mpfr), if all of them have the same */
int64_t bias_nearest(const struct tc_format *, mpq_srcptr x);
bool bias_decided(const struct tc_format *, const void *lo, const void *hi, int64_t *value);
/* bias_real, remembered */
int64_t bias_value(const struct bias *, int64_t i, int64_t delta, int64_t h);
/* sum over keys of the numbers, in units of 2^-fraction */
void bias_number(const struct bias *, int64_t i, unsigned keys, const int64_t *delta, int64_t h,
                 mpz_ptr sum);
/* least and most of all biases at any positions, or wider */
void bias_range(const struct bias *, mpz_ptr lo, mpz_ptr hi);
/* how many parts numbers up to this magnitude have */
unsigned bias_limbs(mpz_srcptr most);
int64_t bias_limb_most(mpz_srcptr most, unsigned limb); /* the largest part, up to this magnitude */
/* a lowering that knows of the format alone, for value.c and steps.c */
void bias_format(struct lowering *, const struct tc_format *, struct tc_arena *);
/* part `limb` of x in base 2^BIAS_LIMB, with its sign */
int64_t bias_limb(mpz_srcptr x, unsigned limb);

/* tables: bias(i, delta, h) in parts; bias_bucket(delta, b): 1 where b is the bucket;
 * bias_psi(x); the
 * thresholds of scores by i, the keys' delta, h and the value to be reached */
extern const struct tc_function tc_bias, tc_bias_bucket, tc_bias_psi, tc_bias_scores[TC_MOST_KEYS];
/* rope_computed.c: position_bit(), bit b of an integer x >= 0 */
extern const struct tc_function tc_position_bit;

#endif
