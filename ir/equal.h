/* equal.h -- whether two netlists compute the same, proved
 *
 * The netlists share their inputs and are compared output by output: joined, equal
 * gates once (join.c); then as two-input logic, swept from the inputs on for nodes
 * that are equal (equal.c), each pair proved by a table over few wires or by a
 * solver whose proof is checked (solve.c and drat/). */
#ifndef TC_EQUAL_H
#define TC_EQUAL_H

#include "expand.h"

/* join.c -- netlists over the same inputs as one, equal gates once
 *
 * Literals are those of expand.h, of the joined netlist: variable 0 is the constant
 * 0, 1 + w is its wire w.  A gate is brought to a normal form over the literals of
 * what it reads: repeated wires merged, constants moved into the threshold, weights
 * without common divisor and (rows of up to 64 wires) none larger than what decides
 * alone, the first one positive, for which the gate may be complemented.  Gates that
 * are equal then are one; a gate that is a constant or a wire is none. */
struct tc_join;

struct tc_join *tc_join_new(uint32_t ninputs);
void tc_join_free(struct tc_join *);
/* the literal of each wire of a netlist with so many inputs; malloc'ed.  NULL, with
 * TC_ELIMIT, past 2^30 gates */
tc_lit *tc_join_add(struct tc_join *, const struct tc_netlist *, struct tc_error *);
/* The gates that some of n literals depend on, as a netlist of its own; the literals become
 * its literals. */
struct tc_netlist *tc_join_netlist(const struct tc_join *, tc_lit *lit, size_t n);
uint32_t tc_join_gates(const struct tc_join *);
const struct tc_netlist *tc_join_all(const struct tc_join *); /* without outputs */

/* solve.c -- programs that solve */

enum tc_answer { TC_SATISFIABLE, TC_UNSATISFIABLE, TC_NO_ANSWER };

/* A file in memory that other programs can open; ends the program if there is none. */
FILE *tc_memory_file(const char *name);
/* whether a program can be found */
bool tc_solver_there(const char *program);

struct tc_solution {
    enum tc_answer answer;
    unsigned char *value; /* satisfiable: 0 or 1 for variables 1..nvar; the caller's */
    size_t nvar;
};

/* cadical on a formula (written and flushed); at most so many seconds and conflicts (0: no
 * limit); a proof, as text, to `proof` */
void tc_solve_cnf(FILE *cnf, FILE *proof, double seconds, uint64_t conflicts, struct tc_solution *);
/* clasp on pseudo-Boolean constraints */
void tc_solve_opb(FILE *opb, double seconds, struct tc_solution *);

/* equal.c -- the proof */

enum tc_equal_how {
    TC_EQUAL_STRUCTURE,  /* equal gates */
    TC_EQUAL_STEPS,      /* options.known says so */
    TC_EQUAL_EXHAUSTION, /* all inputs were run */
    TC_EQUAL_PARTS,      /* a gate over many wires: all states of parts of the other circuit */
    TC_EQUAL_SWEEP,      /* equal once nodes within are known to be: tables and checked proofs */
    TC_EQUAL_PROOF,      /* the same, and a checked proof of its own */
    TC_EQUAL_UNKNOWN,    /* no difference on the vectors tried, and no proof */
    TC_EQUAL_DIFFERENT,
    TC_EQUAL_NHOW
};

struct tc_equal_options {
    double seconds;             /* for everything */
    bool no_exhaustion;         /* do not run all inputs, however few */
    bool no_solver;             /* only what needs none */
    const unsigned char *known; /* per output, those that are proved equal already are 1; or NULL */
    const char *proofs;         /* folder where formulas and proofs are kept, or NULL */
    /* 64 inputs that may occur, bit-sliced; NULL: any */
    void (*sample)(void *ctx, uint64_t round, uint64_t *in);
    void *ctx;
};

struct tc_equal {
    uint32_t noutputs;
    unsigned char *how;     /* per output */
    uint32_t different;     /* an output with TC_EQUAL_DIFFERENT, if there is one */
    unsigned char *witness; /* inputs that show it; else NULL */
    bool solver_missing;    /* a solver was needed and not found */
    uint32_t gates;         /* of the joined netlist */
    uint32_t nodes;         /* of two-input logic that were looked at */
    uint64_t vectors;       /* tried at random, or all there are */
    uint64_t tables, proofs, lemmas, refuted, undecided; /* pairs of nodes; lemmas checked */
    uint64_t rejected; /* proofs that the checker did not accept */
};

/* tc_equal_run -- whether netlists a and b agree on all inputs
 *
 * in      netlists with as many inputs and outputs each; domain, NULL or a netlist over
 *         the same inputs: only inputs for which all its outputs are 1 occur
 * out     a verdict for each output.  A difference was seen running both netlists.
 * error   TC_EUSAGE if the shapes differ; TC_ELIMIT past 2^30 gates; TC_EIO for `proofs` */
bool tc_equal_run(const struct tc_netlist *a, const struct tc_netlist *b,
                  const struct tc_netlist *domain, const struct tc_equal_options *,
                  struct tc_equal *, struct tc_error *);
void tc_equal_free(struct tc_equal *);

/* tc_equal_wires -- which wires of a netlist are equal, perhaps once complemented
 *
 * in      a netlist of fewer than 2^30 wires
 * out     a literal of each wire, malloc'ed: 0 and 1 of constants; wires with the same literal are
 *         equal on all inputs, with l and l ^ 1 complements.  All are less than 2 * nvar.  Not
 *         all that is equal is found: what tables over ten wires do not show is asked of cadical,
 *         with 200 conflicts a question, and its proofs are checked.  Nothing hangs on a clock: a
 * table is worth 20 nodes, a question 10,000 and those of its formula, what it tells apart as many
 * as are run again; past 5 million no wires are compared. error   NULL; TC_ELIMIT where the
 * two-input logic takes more than 2 GB, TC_ESPEC without cadical */
tc_lit *tc_equal_wires(const struct tc_netlist *, uint32_t *nvar, struct tc_error *);

/* equal_parts.c -- whether gate g of a netlist has the value of a literal f of it (as of a joined
 * one)
 *
 * Proved by what values f's circuit can have part by part, wires that g reads taken as free; exact
 * arithmetic, no solver.  False also where that is too much; *work is how many edges may be looked
 * at, and becomes what is left. */
bool tc_equal_parts(const struct tc_netlist *, tc_wire g, tc_lit f, uint64_t *work);

/* miter.c -- both netlists and what compares them as one netlist
 *
 * Its one output is 1 iff some output of a and b differs and all of the domain's are 1. */
struct tc_netlist *tc_miter(const struct tc_netlist *a, const struct tc_netlist *b,
                            const struct tc_netlist *domain, struct tc_error *);

enum tc_second {
    TC_SECOND_AGREES,
    TC_SECOND_DIFFERS,
    TC_SECOND_NONE,
    TC_SECOND_TOO_LARGE,
    TC_SECOND_MISSING
};

/* clasp's opinion of the miter as pseudo-Boolean constraints, two a gate; without
 * proof.  None past its 32 bits.  *witness: inputs that differ, as above; the caller's */
bool tc_second_opinion(const struct tc_netlist *a, const struct tc_netlist *b,
                       const struct tc_netlist *domain, double seconds, enum tc_second *,
                       unsigned char **witness, struct tc_error *);

#endif
