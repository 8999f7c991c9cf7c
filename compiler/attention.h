/* attention.h -- what tuples of keys weigh, of every kind of attention
 *
 * A tuple's weight is a step function of a form; or, with a maximum, a function of the
 * tuple's score and of the largest score of its row.
 */
#ifndef TC_ATTENTION_H
#define TC_ATTENTION_H

#include "lower.h"

/* steps of a function of two ranks: gate p asks for rank at least u[p] of the tuple and
 * at most v[p] of the row's largest, and weighs step[p] */
struct rank_steps {
    unsigned n;
    int64_t *u, *v;
    mpz_ptr *step;
};

/* Weights of tuples.  Without score they are steps, and gates of a form; keys of a hard kind
 * weigh 0 or 1.  With score they are taken from the score's gates and those of all others in
 * the row: CONSTRUCTIONS.md, "Functions of a row's largest". */
struct weights {
    struct steps steps;
    const struct chain *score;
    struct rank_steps both, own, row; /* both ranks; the tuple's alone; the row's alone */
    mpz_srcptr base;                  /* with no gate on */
    mpz_srcptr lo, hi;                /* of the weight */
    struct tc_form form;              /* the weight, after weights_make */
    struct chain gates;               /* the same, without score */
};

/* Of rounded scores: exp of them, or of their difference from the largest; 1 of the largest and
 * 0 of others; or they themselves.  Depth 0 where there is no maximum; else 1, the scores,
 * or 2, as the maximum has a layer of its own. */
struct weights weights_of(struct lowering *, const struct head *, struct steps score);
/* Gates of the weight of a tuple: one layer. */
void weights_make(struct lowering *, const struct head *, struct weights *);
/* Their sum over the row; of unnormalized attention the number of tuples. */
struct tc_form weights_total(struct lowering *, const struct head *, const struct weights *);
/* The weight times words, in one layer; the number of its gates without the words' bits. */
struct tc_form weights_times(struct lowering *, const struct head *, const struct weights *,
                             const char *name, unsigned n, const struct word *, const char *note);
uint64_t weights_gates(const struct weights *);
/* The word, free in a tuple's indices, of the first of the tuples with the largest score: 0
 * where there is none.  Its bits are forms one or two layers above the scores. */
struct word first_largest(struct lowering *, const struct head *, struct steps score,
                          const struct word *);
/* the heads' results, free in the query, head and coordinate; of unique-hard attention the value
 * of the first tuple with the largest score */
struct stream head_chain(struct lowering *, const struct head *, struct chain);
struct stream head_first(struct lowering *, const struct head *, struct steps score,
                         const struct word *value);
/* that words of values must have, or 0: as few as the values need */
unsigned value_bits(const struct lowering *, const struct head *);
/* what scores are made of: q or a key, of linear attention max(x, 0) */
struct steps feature(struct lowering *, const struct head *, struct steps);

#endif
