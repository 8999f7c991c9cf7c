/* words.h -- models in formats too wide for tables: every operation is a circuit of its own
 *
 * Between operations numbers are words that are wires; each is one of operation.h, at every
 * point of the indices that its operands have.  Rounding is `op`.  CONSTRUCTIONS.md, "Wide
 * models".
 */
#ifndef TC_WORDS_H
#define TC_WORDS_H

#include "operation.h"

/* What flows from block to block: a number for each token and coordinate. */
struct rows {
    const struct tc_index *token, *coord;
    struct number x;
    bool ids; /* token ids, without coordinate */
};

/* words.c: the model's blocks; planes of inputs exist.  Sets L->err where it is refused. */
struct rows words_lower(struct lowering *);
/* gates of the result's bits */
void words_output(struct lowering *, const struct rows *);

/* One operation.  After an error they do nothing: the result is an operand. */
struct number words_unary(struct lowering *, const char *name, enum tc_op, struct number);
struct number words_binary(struct lowering *, const char *name, enum tc_op, struct number,
                           struct number);
/* of numbers that are not negative */
struct number words_ratio(struct lowering *, const char *name, struct number x, bool minus_x,
                          struct number y);
/* R of the sum over n indices, that by divide unless it is 0; of one term the term itself */
struct number words_sum(struct lowering *, const char *name, struct number, unsigned n,
                        const struct tc_index *const *over, int64_t divide);
struct number words_largest(struct lowering *, const char *name, struct number, unsigned n,
                            const struct tc_index *const *over);
/* R(x multiply / divide), or by the root of divide */
struct number words_scaled(struct lowering *, const char *name, struct number,
                           const struct tc_scale *);
/* R(x q) */
struct number words_times(struct lowering *, const char *name, struct number, mpq_srcptr q);
/* R(x^2 root(q)) of a float, q > 0 */
struct number words_square_root(struct lowering *, const char *name, struct number, mpq_srcptr q);
/* R(x + q) of a number x that is not negative */
struct number words_plus(struct lowering *, const char *name, struct number, mpq_srcptr q);
/* the word of a value of the format */
uint64_t words_value(const struct lowering *, int64_t value);
/* R(q), everywhere */
struct number words_constant(struct lowering *, const char *name, mpq_srcptr q);
/* R(1 / x) of a number that is not negative; of 0 the largest */
struct number words_inverse(struct lowering *, const char *name, struct number x);
/* R(exp x); floats that have no 1 are refused */
struct number words_exp(struct lowering *, const char *name, struct number x, struct tc_loc);
/* n numbers over an index of so many; all points are those of one of them at least */
struct number words_chosen(struct lowering *, unsigned n, const struct number *,
                           const struct tc_index *);
/* a weight at these places */
struct number words_weight(struct lowering *, unsigned tensor, const struct tc_axis *at);
struct number words_activation(struct lowering *, const char *name, enum tc_activation_kind,
                               struct number);
/* rows times a matrix over the column, plus a bias (0: none) */
struct rows words_linear(struct lowering *, const char *name, const struct rows *, unsigned tensor,
                         bool transposed, const struct tc_index *column, unsigned bias);
/* R(x / y), y a count: integers, 0 or more, over the bits of words_integers' format */
struct number words_mean(struct lowering *, const char *name, struct number x, struct number y,
                         const struct tc_format *integers);
/* counts up to `most`: in this format numbers are divided by them, as integers; floats, unless they
 * are rounded by blocks, in their own */
struct tc_format words_integers(const struct lowering *, int64_t most);
/* that of operations: with infinities and NaN where the model has them */
const struct tc_format *words_format(const struct lowering *);
/* one operation in another format, or with another one's result (NULL: the format) */
struct number words_in(struct lowering *, const struct tc_format *, struct operation);

/* word_block.c: rounding `block`, in fixed formats: words of exact integers, in units of 2^-f for
 * the F of the format times what was multiplied, and one rounding of them */
bool words_by_block(const struct lowering *);
struct number words_exactly(struct lowering *, const struct exact *);
/* one more term: scale times x, or x y (y NULL: x), summed over n indices; words of floats too */
void words_term(struct lowering *, struct exact *, mpz_srcptr scale, const struct number *x,
                const struct number *y, unsigned n, const struct tc_index *const *over);
/* the sum of x y over n indices, exactly; R of it and a bias (NULL: none), numbers of the format */
struct number words_exact_dot(struct lowering *, const char *name, struct number x, struct number y,
                              unsigned n, const struct tc_index *const *over);
struct number words_rounded_dot(struct lowering *, const char *name, struct number x,
                                struct number y, unsigned n, const struct tc_index *const *over,
                                const struct number *bias);
/* R(x), x in units of 2^-fraction of the format's */
struct number words_unit(struct lowering *, const char *name, struct number x, unsigned fraction);
/* R(the sum of x y over n indices, in units of 2^-fraction of the format's, scaled (NULL: not),
 * plus nbias numbers of the format) */
struct number words_scored(struct lowering *, const char *name, struct number x, struct number y,
                           unsigned n, const struct tc_index *const *over, unsigned fraction,
                           const struct tc_scale *, unsigned nbias, const struct number *bias);
/* R(x multiply / divide), or by the root of divide, of numbers of the format */
struct number words_scaled_exactly(struct lowering *, const char *name, struct number,
                                   const struct tc_scale *);
/* R(x / (y 2^down)) of exact integers, y 0 or more: 0 / 0 = 0 */
struct number words_quotient(struct lowering *, const char *name, struct number x, struct number y,
                             unsigned down);
struct number words_residual(struct lowering *, struct number x, struct number f, mpq_srcptr step);
struct number words_norm(struct lowering *, const struct tc_block *, const struct rows *);

/* M, s: round(x root(q)) = round(x M 2^-s) for every integer |x| < 2^bits, and so for a multiple of
 * 2^-k of it */
void words_root_multiple(unsigned bits, mpq_srcptr q, mpz_ptr m, mpz_ptr unit);

/* word_float.c: the same of floats.  Words of the format, and integers in units of its least, or
 * of what was multiplied, which say beside whether an infinity or a NaN was read. */
#define TC_MOST_BINADES ((int64_t)1 << 9)
/* >= 0: 1 or more where the number is infinite or NaN */
struct tc_form words_beyond(struct lowering *, const char *name, const struct number *);
/* a word that a unit reads: infinities become NaN, which its operation gives again */
struct number words_read(struct lowering *, const char *name, struct number);
/* a word that is NaN where `beyond` is 1 or more */
struct number words_nan(struct lowering *, const char *name, struct number, struct tc_form beyond);
/* a word of the format as an integer in two's complement; of fixed formats it is one */
struct number words_integer(struct lowering *, const char *name, struct number);
struct number words_float_exactly(struct lowering *, const struct exact *);
/* a word of the format as its significand in two's complement, to be shifted by its exponent, or
 * (far) with that as a word */
struct number words_significand(struct lowering *, const char *name, struct number, bool far);

bool words_are_long(const struct lowering *); /* more than TC_MOST_BINADES exponents */

/* word_gaps.c: more than TC_MOST_BINADES exponents; R of a sum of these, with their gaps cut off
 */
struct number words_long_sum(struct lowering *, const struct exact *);
/* R(the sum of the terms / (root(v) 2^down), v > 0, plus nbias numbers of the format) */
struct number words_long_by_root(struct lowering *, const struct exact *, mpz_srcptr v,
                                 unsigned down, unsigned nbias, const struct number *bias);
/* products whose sum over *s, a new index, is the complex product of a number and a word, of which
 * r tells the parts */
struct number words_long_turn(struct lowering *, const char *name, struct number x, struct number u,
                              const struct tc_index *r, const struct tc_index **s);

/* word_places.c: products of integers and of words of the format, to be shifted; and that put at
 * its place, in two's complement */
struct number words_product(struct lowering *, const char *name, struct number x, struct number y);
struct number words_placed(struct lowering *, const char *name, struct number);

/* fields 1, 2, ... of numbers, with those of infinities and NaN */
unsigned words_binades(const struct lowering *);
/* m or -m, by the sign, in two's complement of one bit more; m that many bits of any integer */
struct number words_signed(struct lowering *, const char *name, const struct number *m,
                           struct tc_form sign);
/* R(x / divide) of an integer in units of the format's least, divide > 0 or NULL */
struct number words_rounded(struct lowering *, const char *name, struct number x,
                            mpz_srcptr divide);

/* word_ratio.c: R(x / (y 2^down)) of exact integers, to a float, y 0 or more; 0 / 0 = 0 */
struct number words_float_quotient(struct lowering *, const char *name, struct number x,
                                   struct number y, unsigned down);
/* R(x 2^up / root(y)), the same */
struct number words_float_by_root(struct lowering *, const char *name, struct number x,
                                  struct number y, unsigned up);

/* word_turn.c: R(cos) or R(sin) of position base^(-2 pair / width), as a word of the format */
uint64_t words_turn(const struct tc_format *, mpq_srcptr base, int64_t width, int64_t position,
                    int64_t pair, bool sine);
/* those of the head's pairs, cosine at r = 0, sine at r = 1, of so many positions from `first` on,
 * at `position` less that; or computed, R(cos) and R(sin) of R(angle) */
struct number words_entries(struct lowering *, const struct tc_block *, const struct head *,
                            const char *name, int64_t first, int64_t count,
                            struct tc_axis position);

/* word_position.c: R(x + P), P sinusoidal or, as this tensor, learned */
struct rows words_position(struct lowering *, const struct tc_position *, unsigned tensor,
                           const struct rows *, struct tc_loc);
/* the biases of the score at a tuple, one a key; none: 0 */
unsigned words_bias(struct lowering *, const struct head *, struct number *, struct tc_loc);
/* a score plus these, rounded */
struct number words_biased(struct lowering *, struct number score, unsigned n,
                           const struct number *bias);

/* word_token.c */
struct rows words_embedding(struct lowering *, const struct tc_block *, const struct rows *);
struct rows words_unembedding(struct lowering *, const struct tc_block *, const struct rows *);

/* word_cme.c: a head's kernel regression, q at its token, k and v at token 1, over the head's
 * coordinate (of scores for q and k) */
struct number words_cme(struct lowering *, const struct head *, struct number q, struct number k,
                        struct number v, struct tc_loc);

#define TC_MOST_FEATURES 3

/* word_block_cme.c: entries and features, rounded; then y, exact until it is rounded */
struct number words_kernel(struct lowering *, const struct tc_cme *, const struct tc_index *dot,
                           const char *name, struct number x, struct number y);
/* those of x, over `dot`, one by one */
void words_features(struct lowering *, const struct head *, const char *name, struct number x,
                    struct number *feature);
struct number words_cme_terms_block(struct lowering *, const struct head *, struct number q,
                                    struct number k, struct number v);
struct number words_cme_features_block(struct lowering *, const struct head *, struct number q,
                                       struct number k, struct number v);

/* word_far_cme.c: the same of floats of many exponents.  b at token `first`, the kernel between
 * keys at both, v at the first */
struct number words_far_series(struct lowering *, const struct tc_cme *,
                               const struct tc_index *first, const struct tc_index *other,
                               struct number b, struct number between, struct number v);
/* R(the sum of (x - y)^2 over an index, scaled by a rational) */
struct number words_far_distance(struct lowering *, const char *name, const struct tc_index *dot,
                                 const struct tc_scale *, struct number x, struct number y);
struct number words_far_features(struct lowering *, const struct head *,
                                 const struct number *of_key, const struct number *of_query,
                                 struct number v);

/* word_attention.c */
struct rows words_attention(struct lowering *, const struct tc_block *, const struct rows *);

#endif
