/* compose.h -- operations out of operations
 *
 * A step is one of prim's operations on words that are wires: of the input, or what an
 * earlier step gave.  It is lowered as if it were alone, on stand-ins for its operands;
 * then its banks read the words in their place, at each of the points of an index j where
 * an operand has that index.  Every step is rounded and ends in gates of its bits.
 */
#ifndef TC_COMPOSE_H
#define TC_COMPOSE_H

#include "float.h"

struct step_word {
    const struct tc_plane *bits; /* [j, a], or [a] */
    const struct tc_plane *sign; /* [j] or no axis; NULL: the last one of bits */
    bool over;                   /* j is an axis */
};

struct step {
    const char *name; /* of its banks: name.bank */
    enum tc_op op;
    unsigned terms;  /* of all words of operand[0] over j; 0: an operation of one or two */
    unsigned divide; /* sums are divided by it; 0: they are not */
    struct step_word operand[2];
};

struct steps_of {
    struct fl *l;
    const struct tc_index *j; /* older than any index of a step */
};

struct steps_of steps_open(struct fl *, unsigned n);
/* prim's operands over j */
struct step_word steps_input(struct steps_of *);
/* false: refused, with the error set */
bool steps_take(struct steps_of *, const struct step *, struct step_word *result);
/* 0/1 forms of a word, free in j and a */
struct tc_form steps_bit(struct steps_of *, const struct step_word *, const struct tc_index *a);

/* prim_lower.c: what prim lowers floats by, one operation with words l->x */
bool fl_lower(struct fl *);

#endif
