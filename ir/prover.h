/* prover.h -- between equal.c, equal_run.c and equal_pair.c */
#ifndef TC_PROVER_H
#define TC_PROVER_H

#include "equal.h"

#define MOST_ROUNDS                                                                                \
    32 /* words of vectors; those past it replace the oldest of what differences gave */
#define RUN_BITS 20 /* of inputs that are all run before anything else is tried */

struct aig {
    uint32_t n, room; /* variables 0..n-1; 0 is the constant, then inputs */
    tc_lit *a, *b;    /* a > b; 0 of inputs */
    uint64_t *value;  /* MOST_ROUNDS a variable */
    struct and_entry {
        tc_lit a, b, is;
    } * entry; /* nodes that were made or proved to be others */
    uint32_t nentry, entry_room;
    uint32_t *class; /* by value: variable + 1 */
    uint32_t class_room, nclass;
};

struct prover {
    const struct tc_netlist *a, *b, *domain;
    const struct tc_equal_options *options;
    struct tc_equal *result;
    struct aig g;
    uint32_t ninputs;
    unsigned rounds, oldest;
    uint32_t ndomain; /* literals of the domain's outputs in g, once they are there */
    tc_lit *holds;
    uint32_t *mark;   /* of g's variables, by stamp */
    uint32_t *number; /* of g's variables in a formula or a table */
    uint32_t stamp, mark_room;
    uint32_t *list; /* variables of a cone, ascending */
    size_t nlist, list_room;
    uint64_t random;
    uint64_t ran;            /* words of vectors, of all inputs, that were run */
    double stop, sweep_stop; /* when work ends, and work on what is no output */
    double pair_seconds;     /* for two nodes that are no outputs, and conflicts */
    uint64_t pair_conflicts;
    uint64_t work; /* nodes that may still be put into tables and formulas, or run again */
    bool solver, late;
    unsigned char *cex; /* inputs */
    struct tc_error *err;
    bool failed;
};

double tc_prover_left(const struct prover *); /* seconds */
uint64_t tc_prover_draw(struct prover *);     /* a random word */
void tc_prover_spend(struct prover *, uint64_t work);

/* equal_run.c -- both netlists on vectors; bit-sliced, as tc_netlist_run has them */

/* 64 inputs: of the options' sample; else uniform, or with few or many ones */
void tc_prover_inputs(struct prover *, uint64_t round, uint64_t *in);
/* lanes of each word in which the inputs are in the domain */
bool tc_prover_domain(struct prover *, const uint64_t *in, size_t words, uint64_t *lanes);
/* Vectors outside of the domain, which is lanes, become one within; false if there is none. */
bool tc_prover_within(struct prover *, uint64_t *in, uint64_t lanes);
/* Outputs that differ are marked; the first such inputs are the witness. */
bool tc_prover_run(struct prover *, const uint64_t *in, size_t words);
/* inputs number 64 * first .. of all there are, in counting order */
void tc_prover_count(uint32_t ninputs, uint64_t first, size_t words, uint64_t *in);
/* whether all inputs are so few that they may be run whatever time it takes */
bool tc_prover_few(const struct prover *);
/* Seconds that running all inputs takes, as the first ones say, which are run once; INFINITY if
 * they may not be run, or would not be by p->stop; on an error, too, with p->failed. */
double tc_prover_whole(struct prover *);
/* All inputs, or as many as there is time for: outputs that are not known yet become equal by
 * exhaustion, or different. */
bool tc_prover_exhaust(struct prover *, double stop);

/* equal_pair.c -- two nodes compared */

enum outcome { SAME, OTHER, OPEN };

/* Whether x equals literal y on all values of at most ten wires below them; if not, and those are
 * inputs that may have any values, p->cex tells them apart. */
enum outcome tc_prover_table(struct prover *, uint32_t x, tc_lit y);
/* Whether the solver can tell literals apart: on OTHER p->cex does; SAME with a checked proof. */
enum outcome tc_prover_solve(struct prover *, tc_lit x, tc_lit y, double seconds,
                             uint64_t conflicts);

#endif
