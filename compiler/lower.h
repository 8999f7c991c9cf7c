/* lower.h -- the words that lowering is written in
 *
 * Three kinds of value, from the least to the most committed:
 *
 *   steps  a step function of an integer form, no gates yet.  Roundings and
 *          functions compose on it for nothing.
 *   chain  its gates, one a step: [form >= at[0]] ... [form >= at[n-1]].  The
 *          value, and any function of it, is a form over these gates.
 *   word   an integer as 0/1 forms with weights: offset + sum of
 *          weight[a] * bit(a).  What products are made of.
 *
 * CONSTRUCTIONS.md has the proofs.
 */
#ifndef TC_LOWER_H
#define TC_LOWER_H

#include "compiler.h"

#define TC_MOST_KEYS   (TC_MOST_ORDER - 1)
#define TC_MOST_GUARDS (2 * TC_MOST_KEYS) /* a window has two a key */
#define TC_MOST_WORDS  8
/* the table regime makes 2^bits - 1 thresholds a rounding */
#define TC_TABLE_MAX_BITS 16

struct lowering {
    const struct tc_spec *spec;
    const struct tc_options *options;
    struct tc_family *family;
    struct tc_error *err;
    const struct tc_format *format; /* of a model's numbers */
    /* fixed: of the format.  float: bits of a word; -low: an integer of the circuit is in
     * units of 2^-fraction there too */
    unsigned bits, fraction;
    bool special;                  /* words of infinities and NaN mean that */
    const struct tc_format *reach; /* where results may be infinite: a key more, or NULL */
    struct specials *specials;
    const struct tc_format *ieee;  /* words.h, where operations have infinities and NaN, or NULL */
    const struct tc_plane **plane; /* of a model's tensors that are inputs; NULL for constants */
    bool several;                  /* blocks: their paths are prefixes of names */
    const char *component;         /* of banks made from now on */
    const char *prefix;            /* of their names, "" or "attention0." */
};

/* ------------------------------------------- value.c: the values of the format
 *
 * The integers of a fixed format, the signed keys of a float.  All roundings are to
 * nearest, ties to even, and saturate. */

bool is_float(const struct lowering *); /* its values are keys */
/* the integer, in units of 2^-fraction, that a value stands for; keys: of a float */
void number_of(const struct lowering *, bool keys, int64_t value, mpz_ptr);
/* the least and the largest value, and the one after r */
int64_t least_value(const struct lowering *);
int64_t largest_value(const struct lowering *);
int64_t next_value(const struct lowering *, int64_t r);
/* what is rounded to r or more: what is at least the middle, or above it if strict */
void value_middle(const struct lowering *, int64_t r, mpq_ptr middle, bool *strict);
int64_t value_of_code(const struct lowering *, uint64_t word);
int64_t exp_value(void *lowering, int64_t s);
int64_t recip_value(void *lowering, int64_t s); /* of 0: the largest */
/* s * multiply / divide (or its root) */
struct scaling {
    const struct lowering *L;
    const struct tc_scale *scale;
};
int64_t scale_value(void *scaling, int64_t s);
int64_t product_value(const struct lowering *, int64_t x, int64_t y);
int64_t sum_value(const struct lowering *, int64_t x, int64_t y);
int64_t plus_value(void *lowering, int64_t x, int64_t y); /* the same */
/* nearest to number 2^-shift units; to a fraction of units */
int64_t rounded_value(const struct lowering *, mpz_srcptr number, int64_t shift);
int64_t nearest_value(const struct lowering *, mpq_srcptr units);
/* R(value + number), a real number */
int64_t shifted_value(const struct lowering *, int64_t value, mpq_srcptr number);

/* ------------------------------------------- special.c: infinities and NaN
 *
 * Where results may be infinite, a value of steps and chains may be the key after the last one
 * (its number is the largest), or a number with a mark, a function of one such. */
struct specials *specials_new(struct lowering *);
int64_t plain_value(const struct lowering *, int64_t value); /* what it counts as */
bool is_special(const struct lowering *, int64_t value);
/* fn of the value; of a special one that of what it counts as, marked */
int64_t mapped_value(const struct lowering *, int64_t (*fn)(void *, int64_t), void *, int64_t);

/* ----------------------------------------------------- steps.c: step functions */

/* value[k] where at[k-1] <= form < at[k]; at increases strictly.  A value is the
 * integer itself, or with `keys` the signed key of a float, which stands for the
 * integer number_of.  With rows, the thresholds are others at each place of an axis, and
 * may repeat there. */
struct steps {
    struct tc_form form;
    unsigned n;
    mpz_ptr *at;    /* n, or rows times n */
    int64_t *value; /* n + 1 */
    bool keys;
    unsigned rows; /* 0: the same everywhere */
    struct tc_axis row;
    const struct moved *moved; /* or NULL */
    bool stored;               /* at -O0: the form is of wires in binary; */
    const struct word *wires;  /* whose value it is, as a word, or NULL */
};

/* Thresholds that positions choose: tables, whose last argument is argument[k], give the
 * parts of the k-th, in base 2^MOVED_BITS; steps' at[k] is not above it anywhere. */
struct moved {
    unsigned ntable;
    const struct tc_table **table;
    unsigned naxis;
    struct tc_axis at[TC_MOST_KEYS + 2];
    int64_t *argument; /* n */
    mpz_srcptr add;    /* to all of them */
    mpz_srcptr lo, hi; /* their range, without that */
};
#define MOVED_BITS 40

/* round(form * multiply / divide), or / sqrt(divide): nearest, ties to even,
 * clamped to the format.  multiply, divide > 0.  Only values that the form's range
 * allows are kept; consecutive integers, or keys. */
struct steps steps_round(struct lowering *, struct tc_form, mpq_srcptr multiply, mpq_srcptr divide,
                         bool root);
/* round((form) 2^-shift): the form's unit is 2^-shift of the format's */
struct steps steps_shift(struct lowering *, struct tc_form, unsigned shift);
/* the same where the unit is the format's: a sum of numbers */
struct steps steps_sum(struct lowering *, struct tc_form);
/* another function of the same form; steps of equal value are merged */
struct steps steps_map(struct lowering *, struct steps, int64_t (*fn)(void *, int64_t), void *);
/* the same, of infinities too, which are no result: fn says what becomes of them */
struct steps steps_apply(struct lowering *, struct steps, int64_t (*fn)(void *, int64_t), void *);

/* R(value + addend[k]) at place k of the axis, for steps without rows */
struct steps steps_plus(struct lowering *, struct steps, unsigned rows, const int64_t *addend,
                        struct tc_axis row);

/* The integer r nearest (ties to even, clamped) to 2^fraction * exp(s / 2^fraction). */
int64_t tc_exp_round(unsigned bits, unsigned fraction, int64_t s);
/* The same of 2^(2 fraction) / s; 0 has the largest value (0/0 does not occur). */
int64_t tc_recip_round(unsigned bits, unsigned fraction, int64_t s);
/* num / den, den > 0: nearest, ties to even, clamped. */
int64_t tc_div_round(unsigned bits, mpz_srcptr num, mpz_srcptr den);

/* -------------------------------------------------------- word.c: chains, words */

struct chain {
    const struct tc_plane *plane; /* NULL: constant */
    unsigned n;
    int64_t *value; /* n + 1, as in steps */
    bool keys;
    struct tc_form form;      /* its number; free indices are the plane's axes */
    bool stored;              /* at -O0: it reads wires in binary, */
    const struct word *wires; /* which are its word, or NULL */
};

struct word {
    struct tc_form bit; /* 0/1, free in index a and others */
    const struct tc_index *a;
    const struct tc_table *weight;
    int64_t offset, lo, hi;    /* lo, hi: range of the value */
    bool wide;                 /* more than 20 bits: lo, hi are not set, value's range is */
    struct tc_form value;      /* the same integer as a form */
    const struct fl_word *raw; /* a float that is an input's wires; else NULL */
};

struct guards {
    unsigned n;
    struct tc_guard guard[TC_MOST_GUARDS];
};

/* to: those all of whose indices one of the forms reads; how many */
unsigned guards_of(const struct tc_form *, const struct tc_form *theta, const struct guards *from,
                   struct tc_guard *to);
/* n + 1 values as integers; keys: of floats whose values these are the keys of */
mpz_ptr *numbers_of(struct lowering *, unsigned n, const int64_t *value, bool keys);
/* sum over t of (number[t+1] - number[t]) * gate t, n of them; 0 where there is no plane */
struct tc_form form_of_numbers(struct lowering *, const struct tc_plane *, unsigned n,
                               const mpz_ptr *number, const char *name);
/* the index of a chain's thresholds; symbol names its length in formulas */
struct tc_index *chain_index(struct lowering *, int64_t length, const char *symbol);
/* Gates for the steps: depth 1, n gates a point.  symbol names n in formulas.
 * Guards that speak of indices the steps do not read are left out. */
struct chain chain_new(struct lowering *, struct steps, const char *name, const char *symbol,
                       const struct guards *, const char *note);
/* the same at every level: gates alone, see below */
struct chain chain_gates(struct lowering *, struct steps, const char *name, const char *symbol,
                         const struct guards *, const char *note);
/* At -O0 every value is put into wires in binary before anything reads it: the steps are
 * those of the wires' value then (else what is given).  Two layers; guards as in chain_new,
 * which does so too.  chain_stored: the same of a chain that was not made by it. */
struct steps steps_stored(struct lowering *, struct steps, const char *name, const char *symbol,
                          const struct guards *, const char *note);
struct chain chain_stored(struct lowering *, struct chain);
/* another function of the chain's value: the same gates, but stored at -O0 */
struct chain chain_mapped(struct lowering *, const struct chain *, int64_t (*fn)(void *, int64_t),
                          void *);
/* steps_map of a value that is stored so first */
struct steps steps_applied(struct lowering *, struct steps, int64_t (*fn)(void *, int64_t), void *,
                           const char *name, const struct guards *, const char *note);
/* The chain's value as a form over its gates. */
struct tc_form chain_form(struct lowering *, const struct chain *);
/* number[k] where the chain has value[k]: the same as a form; as a word in two's complement */
struct tc_form chain_numbers(struct lowering *, const struct chain *, const mpz_ptr *number,
                             const char *name);
struct word word_of_numbers(struct lowering *, const struct chain *, const mpz_ptr *number,
                            const char *name);
/* Another function of the chain's value: a form over the same gates. */
struct tc_form chain_map(struct lowering *, const struct chain *, const char *name,
                         int64_t (*fn)(void *, int64_t), void *);
/* Its bits: fixed of them in two's complement, or the float's word; or, where fixed is
 * 0, as few as its values need, two's complement if some value is negative. */
struct word word_of_chain(struct lowering *, const struct chain *, unsigned fixed);
/* Its bits with weights 2^a and -2^a such that they reach from lo, below 0, or 0 to
 * hi: least_bits(lo, hi) of them, no more than lo..hi needs, and no offset.
 * CONSTRUCTIONS.md, "Signs of bits". */
struct word word_of_chain_least(struct lowering *, const struct chain *);
unsigned least_bits(int64_t lo, int64_t hi);
/* the weights: negative where bit a of -lo is 1 */
const struct tc_table *signed_powers(struct lowering *, unsigned bits, int64_t lo);
/* A format word that is wires, such as an input: plane's last axis is the bit.  A
 * float's bits are the gates of raw_word. */
struct word word_of_wires(struct lowering *, const struct tc_plane *, const struct tc_axis *at);
/* index replaced everywhere */
struct word word_at(struct lowering *, struct word, const struct tc_index *from, struct tc_axis to);
struct word word_at_index(struct lowering *, struct word, const struct tc_index *from,
                          const struct tc_index *to);
unsigned word_bits(const struct word *);
/* 2^0, 2^1, ...; the last one negative in two's complement */
const struct tc_table *powers(struct lowering *, unsigned bits, bool negative_top);
/* the wire of a plane at its own indices, the chain's among them */
struct tc_form wire_of(struct lowering *, const struct tc_plane *);
/* [x >= at], a gate a point of the indices that are free in x */
struct tc_form one_gate(struct lowering *, const char *name, struct tc_form x, int64_t at,
                        const char *note);

/* --------------------------------------------------- product.c: products of words */

/* Product of words without offset (but the last may have one, which is left
 * out: the product is with value - offset): one layer of ANDs, product of the
 * words' bit counts a point.  At one word it is the word itself, no gate.  In units
 * finer by 2^-product_shift: the product of two floats that are wires has its own layer
 * (raw_product). */
unsigned product_shift(unsigned n, const struct word *);
struct tc_form product(struct lowering *, const char *name, unsigned n, const struct word *,
                       const struct guards *, const char *note);
/* smallest and largest product of the words' values, offsets taken off */
void product_range(struct lowering *, unsigned n, const struct word *, mpz_ptr lo, mpz_ptr hi);
/* [lo, hi] becomes the range of products with numbers in [lo2, hi2] */
void range_times(struct lowering *, mpz_ptr lo, mpz_ptr hi, mpz_srcptr lo2, mpz_srcptr hi2);
/* steps times words, in ONE layer: gates [form + M(u + ...) >= at + mM], with
 * the word's bits u.  n(steps) * product of bit counts gates a point; and the
 * words' own product times value[0] where that is not 0. */
struct tc_form product_gated(struct lowering *, const char *name, struct steps, unsigned n,
                             const struct word *, const struct guards *, const char *note);
/* The same of a chain's value, its gates made once more in the layer that they are in. */
struct tc_form product_beside(struct lowering *, const char *name, const struct chain *, unsigned n,
                              const struct word *, const char *note);
/* Bits of a non-negative integer offset + sum |w| y below 2^bits, given as the
 * ANDs of words: two layers (ANDs, carries). */
struct word product_word(struct lowering *, const char *name, unsigned n, const struct word *,
                         const char *note);
/* gates that product_word takes a point, and how many bits it gives */
void product_word_cost(unsigned n, const struct word *, unsigned *gates, unsigned *bits);
/* the words' bits, each over an index of its own, added up; that form, or gates of it, times
 * the words' weights, summed over these indices */
struct tc_form bits_together(struct lowering *, unsigned n, const struct word *,
                             const struct tc_index **ix);
struct tc_form weigh(struct lowering *, struct tc_form, unsigned n, const struct word *,
                     const struct tc_index *const *ix);

/* ------------------------------------- special.c: what reads infinities and NaN
 *
 * Forms >= 0, of which one is at least 1 where something is infinite or NaN.  Nothing is done
 * where a model has none. */
struct flags {
    unsigned n;
    struct tc_form *flag;
    bool wide; /* one is a sum over places */
};
/* of all that the form reads, at the places where it reads it; no layer: a flag's level is that
 * of what it is of, or 1 */
struct flags special_reads(struct lowering *, const struct tc_form *);
/* Its gates are made: a flag of what they read, `more` too (or NULL), one gate a number at most;
 * where they read nothing but inputs none. */
void special_chain(struct lowering *, const struct chain *, const struct flags *more);
/* further values of a chain's gates that are infinite */
void special_also(struct lowering *, const struct chain *);
/* the plane's flags: these, or the chain's, and those of what `with` reads */
void special_flags(struct lowering *, const struct tc_plane *, const struct flags *,
                   const struct tc_form *with);
void special_copy(struct lowering *, const struct tc_plane *, const struct chain *,
                  const struct tc_form *with);
/* gates of a chain's value: flags are what the chain reads, its infinities are values again */
void special_stored(struct lowering *, const struct tc_form *bit, const struct chain *);
/* the plane's only flag */
void special_input(struct lowering *, const struct tc_plane *, const struct tc_plane *flag);
/* >= 1 where the chain's value is NaN */
struct tc_form special_nan(struct lowering *, const struct chain *);
/* Steps without gates, where they read flags, get some that are never 1, for these. */
struct steps special_kept(struct lowering *, struct steps);
/* Flags of steps that have infinities, in a gate or three a number; the steps are then plain. */
struct flags special_steps(struct lowering *, struct steps *, const char *name,
                           const struct guards *);

/* --------------------------------------- bits.c: the bits of a weighted sum */

/* P = sum over ix of weight * wire */
struct weighted {
    struct tc_form wire; /* 0/1, free in ix and maybe others */
    unsigned n;          /* at most TC_MOST_WORDS */
    const struct tc_index *const *ix;
    const int64_t *weight; /* row-major over ix; their sum is below 2^62 */
    int64_t lo, hi;        /* range of P */
};

/* The `bits` lowest bits of (P - base) / 2^shift >= 0, rounded to nearest, ties to
 * even: one layer, sum_bits_cost gates.  base <= lo.  value, lo and offset of
 * the word are left 0, for the caller to say. */
struct word sum_bits(struct lowering *, const char *name, const struct weighted *, int64_t base,
                     unsigned shift, unsigned bits, const char *note);
/* the form, said to be within lo..hi; where its terms reach less, within that */
struct tc_form claim(struct lowering *, struct tc_form, int64_t lo, int64_t hi);
uint64_t sum_bits_cost(const struct weighted *, int64_t base, unsigned shift, unsigned bits);

/* ------------------------------------------- digits.c: products by digits
 *
 * x y = sum of weight[k] * word[k]: one layer, the words' gates by chains, no
 * AND.  digit_width says how wide digits should be if each bit of the product
 * is read so many times, or 0 if ANDs of single bits are as good. */
#define TC_MOST_DIGITS 16
unsigned digit_width(const struct word *x, const struct word *y, uint64_t reads);
unsigned digit_products(struct lowering *, const struct word *x, const struct word *y,
                        unsigned width, const char *name, struct word *word, int64_t *weight);

/* x y as one chain and its word of the fewest bits; the chain's gates, or 0 where
 * there would be too many */
struct word product_chain(struct lowering *, const struct word *x, const struct word *y,
                          const char *name);
uint64_t product_chain_cost(const struct word *x, const struct word *y);

/* ------------------------------------------ pair.c: a rounded form and another value
 *
 * The chain of fn(value of the steps, value of x), which must not fall as the first grows,
 * and is a value of the format: one gate a result, no layer for the rounding.  Tables have
 * an entry for each result and value of x, whose gates may stand at other indices (wires,
 * else NULL).  fits: the steps' values rise, and there are not too many entries. */
bool chain_of_two_fits(const struct lowering *, const struct steps *, unsigned n); /* x's gates */
struct chain chain_of_two(struct lowering *, struct steps, const struct chain *x,
                          const struct tc_form *wires, int64_t (*fn)(void *, int64_t, int64_t),
                          void *ctx, const char *name, const char *note);
struct steps steps_negated(struct lowering *, struct steps); /* of - form: - value */

/* What a construction would take.  The place of the one that -O asks for: 2 the least depth,
 * then gates; size the fewest gates, then depth; 1 the least depth, but another layer, or
 * several, where each saves nearly half of the gates and thousands of them.  Constructions of more
 * than 2^22 gates do not count if there is another. */
struct cost {
    unsigned depth;
    double gates;
};
unsigned cheapest(const struct lowering *, unsigned n, const struct cost *);

/* form summed over keys */
struct tc_form sum_over(struct lowering *, struct tc_form, unsigned n,
                        const struct tc_index *const *, const struct guards *);
const struct tc_table *table_of(struct lowering *, const char *name, unsigned n,
                                const int64_t *entries);
bool form_reads(const struct tc_form *, const struct tc_index *);
char *name_of(struct lowering *, const char *name);
char *rational_text(struct lowering *, mpq_srcptr);

/* ---------------------------------------------------------- stream.c: what flows
 *
 * A number for each token and coordinate.  What was rounded last may still be steps, into
 * which functions go for nothing; stream_ready makes its gates and its word. */
struct stream {
    const struct steps *steps; /* NULL once there are gates, and of wires */
    const struct chain *chain; /* its gates, or NULL: not yet, or wires */
    struct word word;          /* unless w.a is NULL: not yet */
    bool is_code;              /* its bits are those of the format, or of ids */
    const struct tc_index *token;
    unsigned ncoord;
    const struct tc_index *coord[3];
    struct tc_axis column; /* of its row, 0 .. width-1, over coord */
    /* of gates to be made */
    const char *name, *note, *component, *prefix;
};

/* streams over the indices of another */
struct stream stream_of_chain(struct lowering *, struct chain, const struct stream *like);
struct stream stream_of_steps(struct lowering *, struct steps, const char *name, const char *note,
                              const struct stream *like);
struct stream stream_ready(struct lowering *, struct stream);
/* its values as a chain, what functions of them are read from: for wires one layer */
const struct chain *stream_chain(struct lowering *, struct stream *);
/* A function of each number: in the steps or the chain's values, no gates; of wires it is
 * steps.  what: for notes. */
struct stream stream_map(struct lowering *, const struct stream *, int64_t (*fn)(void *, int64_t),
                         void *, const char *what);

/* ------------------------------------------------- matrix.c: products with weights */

struct matrix {
    const struct tc_tensor *tensor;
    const struct tc_plane *plane; /* NULL: constant */
    bool transposed;
    const struct tc_index *column; /* of the result */
    const char *letter;            /* "q", "k1", ... for names */
};

struct matrix matrix_new(struct lowering *, unsigned tensor, const struct tc_index *column,
                         const char *letter);
/* Constant weights over rows and columns as integers, and the form's range over all columns:
 * sum over rows of weight * x, x as the word's */
const struct tc_table *weight_table(struct lowering *, const struct matrix *);
struct tc_form constant_range(struct lowering *, struct tc_form, const struct tc_table *,
                              const struct word *);
/* A row of a ready stream times the matrix, free in the stream's token and the column.
 *
 * matrix_exact: exact, its unit finer by 2^-*shift than before; no layer for constants,
 * else one of ANDs, which at -O2 is that of the stream's own gates.
 * matrix_rounded: the exact sum of the rounded products; no layer for constants (but
 * stream_chain's), else one more. */
struct tc_form matrix_exact(struct lowering *, const struct matrix *, const struct stream *,
                            unsigned *shift);
struct tc_form matrix_rounded(struct lowering *, const struct matrix *, struct stream *);

/* Numbers of round(weight * x) at the chain's values for one weight: the first, and the
 * steps; their range is widened by [l, h]. */
void constant_product(const struct lowering *, int64_t weight, const struct chain *x, mpz_ptr base,
                      mpz_ptr *step, mpz_ptr l, mpz_ptr h);
/* integers outside the arena: tables keep what they need of them */
mpz_ptr *numbers_new(size_t n);
void numbers_free(mpz_ptr *, size_t n);

/* rounded products: of words; of steps and a word, at -O2 without the steps' gates */
struct steps rounded_product(struct lowering *, const char *name, const struct word *x,
                             const struct word *y, const struct guards *, const char *note);
struct steps rounded_times(struct lowering *, const char *value, struct steps, const char *name,
                           const struct word *y, const struct guards *, const char *note);

/* ------------------------------------- lower.c, block_*.c: one function a kind of block
 *
 * From a ready stream to one that may be steps; err->kind is set where it is refused. */
struct stream lower_blocks(struct lowering *, unsigned n, const struct tc_block *,
                           const struct stream *);
typedef struct stream block_lowering(struct lowering *, const struct tc_block *,
                                     const struct stream *);
block_lowering lower_attention, lower_linear, lower_mlp, lower_residual, lower_norm, lower_position,
    lower_embedding, lower_unembedding;
block_lowering lower_activation; /* of any stream */
struct tc_index *index_of(struct lowering *, const char *name, const struct tc_size *);

/* block_embedding.c: token ids, without coordinates: what only an embedding reads */
struct stream token_stream(struct lowering *);

/* how many of an id's bits (index a) are those of v */
struct tc_form id_agrees(struct lowering *, struct tc_form bit, const struct tc_index *a,
                         const struct tc_index *v);

/* block_activation.c: R of the function at a value */
struct activation {
    struct lowering *L;
    enum tc_activation_kind kind;
};
int64_t activation_value(void *activation, int64_t x);

/* block_position.c: R(x + P) of a ready stream, P sinusoidal or, as this tensor, learned */
struct stream position_rows(struct lowering *, const struct tc_position *, unsigned tensor,
                            const struct tc_size *width, struct tc_loc, const struct stream *);
/* whether tables of rotations are built for it; what: of the message */
bool base_fits(struct lowering *, mpq_srcptr base, const char *what, struct tc_loc);

/* block_linear.c: rows times a matrix and, unless it is 0, plus a bias (a tensor) */
struct stream linear_rows(struct lowering *, struct matrix, unsigned bias, struct stream *);
/* a tensor's numbers, one axis for each of its own: wires or a table */
struct tc_form tensor_form(struct lowering *, unsigned tensor, const struct tc_axis *);

/* ---------------------------- attention.c, attention_op.c, attention_layer.c */

/* One attention block being lowered. Indices that a variant lacks are NULL. */
struct head {
    const struct tc_attention *att;
    unsigned keys;                               /* order - 1 */
    const struct tc_index *token[TC_MOST_ORDER]; /* i, j, k, l, ... */
    const struct tc_index *g, *h;                /* head h of queries, or h of those that share
                                                  * head g of keys and values; NULL if one */
    const struct tc_index *c;                    /* coordinate of a head's values */
    const struct tc_index *dot;                  /* coordinate that scores sum over */
    const struct tc_index *pair, *r;             /* the same as 2 pair + r, with rope */
    struct guards guards;                        /* the keys that the query sees */
    struct matrix weight[1 + 2 * TC_MOST_KEYS];  /* Q, K.., V.. */
    unsigned position;                           /* first tensor of what positions add */
    struct rope_entries *entries;                /* rope, angles computed; else NULL */
};

/* The indices of one block; made in the order that its gates are numbered in. */
void head_init(struct lowering *, struct head *, const struct tc_block *);
/* round((n + offset d) / (d 2^shift)), 0/0 = 0, values lo..hi: one layer */
struct chain quotient(struct lowering *, struct tc_form n, struct tc_form d, int64_t offset,
                      unsigned shift, int64_t lo, int64_t hi);
/* range of the rounded quotient when its exact value times 2^shift lies in
 * [lo, hi], or is 0 */
void quotient_range(struct lowering *, mpz_srcptr lo, mpz_srcptr hi, unsigned shift, bool zero,
                    int64_t *least, int64_t *most);
/* column of a head's coordinate in matrix m (W_Q: 0; the result's columns are as its): c;
 * in scores dot, or 2 pair + r, or the other of the pair (flip) */
struct tc_axis head_column(struct lowering *, const struct head *, unsigned m, bool score,
                           bool flip);
/* number of the query's head */
struct tc_axis head_axis(struct lowering *, const struct head *);
/* -1, 1 at r = 0, 1: the sign of the sine in row r of a rotation */
const struct tc_table *sine_sign(struct lowering *);
/* Table of cos or sin (part), or of fn's kind, for this block; cos and sin in units of
 * 2^-rope_fraction. */
unsigned rope_fraction(const struct lowering *);
const struct tc_table *rope_table(struct lowering *, const struct head *,
                                  const struct tc_function *, const char *part);
/* position by which the score's keys turn in the modes flat and query2 */
struct tc_axis offset_position(struct lowering *, const struct head *);

/* rope_computed.c: the value R(base^(-2 pair / width)) */
int64_t rope_frequency(const struct lowering *, mpq_srcptr base, int64_t width, int64_t pair);
/* rotations whose entries are gates, at depth 2 from the position's bits */
struct rope_entries { /* what is made already */
    unsigned n;
    struct tc_axis position[3];
    struct word word[3][2];
};
/* the words of R(cos) and R(sin) of the angle at a position and a->pair */
void rope_words(struct lowering *, const struct head *, struct tc_axis position, struct word[2]);
/* Row r of a pair of the m-th projection, turned: exact, unit finer by 2^-(2 fraction); ANDs of
 * three words where weights are inputs, else of two. */
struct tc_form rope_projection(struct lowering *, const struct head *, unsigned m,
                               const struct stream *, struct tc_axis position);
/* the sum of two rounded products of a chain's values, at a token, with entries */
struct tc_form rope_rounded(struct lowering *, const struct head *, unsigned m,
                            const struct chain *, const struct tc_index *token,
                            struct tc_axis position, const char *name, const struct guards *);
/* score.c: the rounded score, scaled and with what positions add, as steps of the exact one in
 * units finer by 2^-shift (op: of the sum of rounded products, shift 0; rounded, scaled and
 * rounded, biased and rounded).  No layer, but where a bias is gates or inputs and every
 * operation is rounded: one. */
struct steps score_steps(struct lowering *, const struct head *, struct tc_form score,
                         unsigned shift);
/* whether the bias has tables; TC_ELIMIT */
bool bias_fits(struct lowering *, const struct head *, struct tc_loc);
struct stream attention_block(struct lowering *, struct head *, const struct stream *);
struct stream attention_op(struct lowering *, struct head *, const struct stream *);
struct chain attention_layer(struct lowering *, struct head *, const struct stream *);
struct chain attention_cme(struct lowering *, struct head *, struct stream *);
/* the series: y is the sum over s < terms of scale[s] V^T K^s b, by what is returned, > 0 */
mpz_ptr cme_series(struct tc_arena *, const struct tc_cme *, mpz_ptr *scale);

#endif
