/* reference.h -- between the files of the reference evaluator, and their tests
 *
 * Every sum and every product is an exact number m 2^e, and R rounds it where a definition
 * has a rounding: fixed formats and floats differ in R alone.  Nothing is shared with
 * lowering: words, roundings, functions and positions are made here again.
 */
#ifndef TC_REFERENCE_H
#define TC_REFERENCE_H

#include "compiler.h"

#include <mpfr.h>

/* m 2^e, a number of the format; 0 is 0 2^0.  In fixed formats e is -fraction, of floats m
 * is below 2^p, and less than 2^(p-1) in subnormal numbers alone. */
struct element {
    int64_t m, e;
};

/* what is no number, its m: 1, -1 for infinities, 0 for NaN */
#define TC_REF_SPECIAL INT64_MAX /* its e */
bool tc_ref_special(struct element);
struct element tc_ref_nan(void);

/* any m 2^e; e of 0 is any */
struct dyadic {
    mpz_t m;
    int64_t e;
    bool special; /* one of what it was made of is no number: R of it is NaN */
};

/* -------------------------------------------- reference_number.c: numbers, and R */

/* a format, and working numbers of the functions below */
struct rounder {
    const struct tc_format *f;
    unsigned places;                /* bits of m, but of the least number of a fixed format */
    int64_t low, high;              /* exponents of the last place, least and largest */
    struct element largest, lowest; /* in value, not in magnitude */
    bool infinite;                  /* past these R is infinite */
    enum tc_regime regime;          /* by which functions are defined */
    mpz_t one, n, d, quotient, spare, below;
    int rest; /* of the last division: 0 none, 1 to 3 below, at, above a half */
    struct dyadic s, t;
};

void tc_ref_rounder_init(struct rounder *, const struct tc_format *);
void tc_ref_rounder_clear(struct rounder *);

/* -0 is 0 */
struct element tc_ref_read(const struct rounder *, uint64_t word);
uint64_t tc_ref_write(const struct rounder *, struct element);

void tc_ref_set(struct dyadic *, struct element);
void tc_ref_copy(struct dyadic *, const struct dyadic *);
void tc_ref_multiply(struct dyadic *x, struct element);
/* x += y; y is spent */
void tc_ref_add(struct dyadic *x, struct dyadic *y);
void tc_ref_add_element(struct rounder *, struct dyadic *x, struct element);
struct element tc_ref_negative(struct element);
bool tc_ref_same(struct element, struct element);
/* -1, 0, 1 as a < b, a = b, a > b */
int tc_ref_compare(struct rounder *, struct element a, struct element b);

struct element tc_ref_round(struct rounder *, const struct dyadic *);
/* R(num / den 2^e); den > 0; of numbers */
struct element tc_ref_round_quotient(struct rounder *, mpz_srcptr num, mpz_srcptr den, int64_t e);
struct element tc_ref_round_rational(struct rounder *, mpq_srcptr);
/* R(x + y root(num / den 2^e)) for y = -1, 0 or 1; num >= 0, den > 0; x NULL: 0 */
struct element tc_ref_round_root(struct rounder *, const struct dyadic *x, int y, mpz_srcptr num,
                                 mpz_srcptr den, int64_t e);
struct element tc_ref_product(struct rounder *, struct element, struct element); /* R(a b) */
struct element tc_ref_sum(struct rounder *, struct element, struct element);     /* R(a + b) */
/* R(a / b): of b = 0 the largest, the lowest number or 0, as a says */
struct element tc_ref_quotient(struct rounder *, struct element, struct element);

/* elements at two integers, remembered */
struct memo {
    struct memo_entry {
        int64_t key[2];
        struct element value;
        bool used;
    } * entry;
    size_t size, count; /* size a power of two, or 0 */
};

bool tc_ref_recall(const struct memo *, int64_t a, int64_t b, struct element *);
void tc_ref_remember(struct memo *, int64_t a, int64_t b, struct element);
void tc_ref_forget(struct memo *);

/* --------------------------------- reference_real.c: real functions, rounded once
 *
 * Each is enclosed between two numbers of MPFR, with more and more digits until both
 * round to the same element (Ziv's strategy); where a value may be rational, that is
 * told first. */

/* lo <= the number <= hi, the closer the more their precision */
typedef void enclosure(const void *of, mpfr_ptr lo, mpfr_ptr hi);
struct element tc_ref_enclosed(struct rounder *, enclosure *, const void *of);
/* [lo, hi] times [from, to], of any signs */
void tc_ref_times(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr from, mpfr_srcptr to);

enum real { /* the activations in the order of enum tc_activation_kind */
            REAL_EXP,
            REAL_COS,
            REAL_SIN,
            REAL_RELU,
            REAL_GELU,
            REAL_GELU_TANH,
            REAL_SILU,
            REAL_TANH,
            REAL_SIGMOID,
            REAL_COUNT
};

struct element tc_ref_real(struct rounder *, enum real, struct element);
/* what models have: in formats of more than 16 bits as one operation defines it, by series, by
 * pieces, or rounded */
struct element tc_ref_defined(struct rounder *, enum real, struct element);
/* R(exp(s 2^-unit times the scale)) */
struct element tc_ref_exp_scaled(struct rounder *, mpz_srcptr s, unsigned long unit,
                                 const struct tc_scale *);
/* [lo, hi] around base^(-2 pair / width); base > 0 */
void tc_ref_frequency(mpq_srcptr base, int64_t width, int64_t pair, mpfr_ptr lo, mpfr_ptr hi);
/* position * base^(-2 pair / width), position of either sign */
struct angle {
    mpq_srcptr base;
    int64_t width, pair, position;
    bool sine;
};

/* [lo, hi] around its cosine or sine */
void tc_ref_enclose_turn(const struct angle *, mpfr_ptr lo, mpfr_ptr hi);
/* R(cos), R(sin) of such an angle */
void tc_ref_turn(struct rounder *, mpq_srcptr base, int64_t width, int64_t position, int64_t pair,
                 struct element value[2]);
/* the same in steps: R(base^..), R(position times that), R(cos), R(sin) of that */
void tc_ref_turn_computed(struct rounder *, mpq_srcptr base, int64_t width, int64_t position,
                          int64_t pair, struct element value[2]);

/* ---------------------------------------------------------- what blocks share */

struct evaluator {
    const struct tc_spec *spec;
    struct rounder round;
    bool op; /* every product and every step of a block is rounded */
    int64_t n;
    struct element **weight; /* by tensor; NULL for X and Y */
    struct memo real[REAL_COUNT];
    struct dyadic sum, term;
    FILE *notes; /* NULL: none are wanted */
};

/* R of a real function, remembered */
struct element tc_ref_function(struct evaluator *, enum real, struct element);

/* -------------------------------------------------- reference_block.c: blocks
 *
 * x and y are n rows of the widths of the block. */

/* z = row times column of a matrix of so many columns: exact, or with op the sum of
 * rounded products */
void tc_ref_dot(struct evaluator *, struct dyadic *z, const struct element *row, int64_t rows,
                const struct element *column, int64_t columns);
/* y = row W + bias, rounded; bias may be NULL */
void tc_ref_linear(struct evaluator *, const struct element *row, int64_t rows,
                   const struct element *w, const struct element *bias, int64_t columns,
                   struct element *y);
bool tc_ref_block_check(const struct tc_spec *, const struct tc_block *, struct tc_error *);
/* every kind but attention, residual and repeat */
void tc_ref_block_run(struct evaluator *, const struct tc_block *, const struct element *x,
                      struct element *y);
/* y = R(x + step f), or R(x + R(step f)) */
void tc_ref_residual(struct evaluator *, const struct tc_block *, const struct element *x,
                     const struct element *f, struct element *y);

/* ------------------------------------------- reference_position.c: what they add */

struct position {
    const struct tc_position *p;
    unsigned tensor; /* the first of its own */
    bool causal;     /* no key comes after its query */
    int64_t heads;
    struct memo known;
};

bool tc_ref_position_check(const struct tc_spec *, const struct tc_block *,
                           const struct tc_position *, struct tc_error *);
/* y = R(x + P), n rows; sinusoidal and learned */
void tc_ref_position_rows(struct evaluator *, struct position *, const struct element *x,
                          int64_t width, struct element *y);
/* b(i, j) of a head; the others */
struct element tc_ref_bias(struct evaluator *, struct position *, int64_t i, int64_t j,
                           int64_t head);

/* -------------------------------------------- reference_attention.c: attention */

struct attention;

bool tc_ref_attention_check(const struct tc_spec *, const struct tc_block *, struct tc_error *);
struct attention *tc_ref_attention_new(const struct tc_spec *, const struct tc_block *);
void tc_ref_attention_free(struct attention *);
void tc_ref_attention_run(struct evaluator *, struct attention *, const struct element *x,
                          struct element *y);

/* ------------------------------- reference_cme.c: a head of kind cme, from q, k and v */
void tc_ref_cme(struct evaluator *, const struct tc_block *, int64_t head, const struct element *q,
                const struct element *k, const struct element *v, struct element *y);

/* ----------------------------- reference_layer.c: attention with rounding="layer" */

struct tc_exact;

struct tc_exact *tc_exact_new(const struct tc_spec *, const struct tc_attention *);
void tc_exact_free(struct tc_exact *);
/* weights W_Q, the W_K, the W_V */
void tc_exact_run(struct evaluator *, struct tc_exact *, const struct element *x,
                  struct element *const *weights, struct element *y);

#endif
