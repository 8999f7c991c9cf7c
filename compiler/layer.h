/* layer.h -- between the files of attention that rounds weights and results alone */
#ifndef TC_LAYER_H
#define TC_LAYER_H

#include "lower.h"

/* What a sum over rows of products x w is multiplied on as. */
enum shape {
    BITS,     /* for each row the words x and w; just x where w is constant */
    PRODUCTS, /* for each row the word of x w: one layer */
    SUMS      /* the word of the sum: two layers, or one where w is constant */
};

/* q, a key or a value: the sum over rows of table * product of words */
struct factor {
    unsigned n;
    struct word word[2];
    unsigned nrow;
    const struct tc_index *row[2];
    const struct tc_table *table; /* constant weights; NULL: they are among the words */
    struct tc_axis at[2];
    mpz_ptr lo, hi;               /* range of the sum */
};

/* matrix m at a column, of the rows at a token; its rows have indices of their own */
struct factor factor_new(struct lowering *, const struct head *, const struct stream *, unsigned m,
                         enum shape, struct tc_axis column);
/* all words of the factors; how many */
unsigned factor_words(unsigned n, const struct factor *, struct word *);
/* x, a product of the factors' words and something in [lo, hi], becomes the same of
 * the factors; [lo, hi] becomes its range */
struct tc_form over_rows(struct lowering *, struct tc_form x, unsigned n, const struct factor *,
                         mpz_ptr lo, mpz_ptr hi);
struct tc_axis axis_at(struct lowering *, struct tc_axis, const struct tc_index *from,
                       const struct tc_index *to);

#endif
