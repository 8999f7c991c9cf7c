/* prim_words.h -- operands of one operation of which the last are constants
 *
 * As tables over all operands, for operations that read operand i, i an index: its place
 * among the wires, 1 where it is wires, its bits where it is none.
 */
#ifndef TC_PRIM_WORDS_H
#define TC_PRIM_WORDS_H

#include "lower.h"
#include "prim.h"

struct prim_words {
    const struct tc_table *operand, *wire, *bit;
};
/* NULL if no operand is constant */
const struct prim_words *prim_words(struct lowering *, const struct tc_prim *);
/* bit a of operand i, x the others' plane [i, a]: a 0/1 form */
struct tc_form prim_word_bit(struct lowering *, const struct prim_words *, const struct tc_plane *x,
                             struct tc_axis i, struct tc_axis a);

#endif
