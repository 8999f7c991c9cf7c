/* split.h -- inside passes/: a bank taken apart into blocks of its weights' digits
 *
 * CONSTRUCTIONS.md, "Bounded weights", has the statement and its proof.  Words:
 * a gate is [V >= 0], V = form - threshold = sum of weight * wire + constant; a
 * place is a point of the indices on which weights, guards or constants depend,
 * among them the chain; block k of V, B_k, is the sum of digit k, in base
 * beta = 2^width, of the weights, signed as they are; the last block has all of
 * the rest.
 */
#ifndef TC_SPLIT_H
#define TC_SPLIT_H

#include "passes.h"

/* split_weigh.c -- what a bank's weights are, whatever the bound */

struct split_term { /* one that reads wires, or a constant */
    const struct tc_term *term;
    bool theta; /* of the threshold: it counts negatively */
    unsigned nvary;
    const struct tc_index **vary; /* on which its weight depends */
    size_t size;                  /* points of their box */
    mpz_ptr *weight;              /* signed as in V; 0 where nothing is read */
    /* How often a weight occurs: per place, then per point of the rest of vary.
     * A weight depends on no other place. */
    unsigned nplace;
    unsigned *place; /* which of the places' indices, ascending */
    size_t nrow, ncol;
    size_t *which;  /* [nrow * ncol]: the weight */
    int64_t *count; /* [nrow * ncol] */
};

struct split_bank {
    struct tc_arena *arena;
    const struct tc_bank *bank;
    unsigned nterm;
    struct split_term *term; /* those with wires */
    unsigned nindex;
    const struct tc_index **index; /* of places; the chain last, if any */
    size_t nplace;                 /* points of their box */
    bool moving;       /* weights or guards of wires depend on the chain */
    bool *valid;       /* per place: guards leave gates there */
    mpz_ptr *constant; /* per place */
    mpz_ptr *most;     /* per place: the largest |weight| */
    mpz_ptr max;       /* the largest |weight|, before division by gcd */
    mpz_ptr gcd;       /* of all weights: constants are rounded down */
};

/* TC_ELIMIT, with the bank's name, if weights cannot be tabulated.  All of the
 * family's, in its arena. */
bool tc_split_weigh(struct tc_arena *, const struct tc_bank *, struct split_bank *,
                    struct tc_error *);
/* the row of a term that belongs to a place */
size_t tc_split_row(const struct split_bank *, const struct split_term *, size_t place);

/* split_plan.c -- how a bank is split under a bound */

struct split_plan {
    struct tc_arena *arena;
    unsigned width;  /* bits of a block */
    unsigned nblock; /* 1: no split but by the gcd */
    bool high;       /* some block has carries into the next */
    bool joint;      /* which are read together with it: a layer less */
    unsigned group;  /* blocks that one gate of the last layer decides */
    unsigned ngroup;
    unsigned layers;
    double gates;        /* over all places */
    unsigned *blocks;    /* per place; the same along the chain */
    int64_t *carries;    /* [place * nblock + k]: J, gates of carries out of block k */
    mpz_ptr *from;       /* likewise: carry j of them is [B_k >= from + j*beta] */
    mpz_ptr *digit;      /* likewise: of the constant */
    mpz_ptr *lo, *hi;    /* likewise: the range of B_k */
    mpz_ptr *radix;      /* joint: per block, what B_k is multiplied by; 0: B_(k-1) is not read */
    struct split_steps { /* joint: per place, block and kind, see split_kind */
        bool start;      /* its value at the least of the joint block */
        unsigned n;      /* it changes at these */
        mpz_ptr *at;
    } *steps;
};

enum split_kind { TC_SPLIT_P, TC_SPLIT_G }; /* [E_k >= 0], [E_k >= 1] */

/* The plan of least depth, then of fewest gates; NULL if there is none. */
struct split_plan *tc_split_plan(const struct split_bank *, mpz_srcptr w);
void tc_split_plan_free(struct split_plan *);
/* whether nothing but the chain tells places apart, and not for the wires: gates of
 * equal blocks and thresholds are then made once */
bool tc_split_row_of_gates(const struct split_bank *);
/* digit k of a weight; all the rest in the last block */
void tc_split_digit(const struct split_plan *, mpz_srcptr weight, unsigned k, mpz_ptr digit);

#endif
