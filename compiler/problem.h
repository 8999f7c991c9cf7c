/* problem.h -- hard problems as circuits, for contrast with attention
 *
 * Word problems of groups and the like: of each a netlist for one length, a reference by
 * brute force, and instances.  SPEC.md, "Problems", says what is computed;
 * CONSTRUCTIONS.md, "Products by halves" and what follows, how.
 *
 * An instance is a row of symbols, each one of the problem's alphabet, given to the circuit
 * as `width` wires a symbol. */
#ifndef TC_PROBLEM_H
#define TC_PROBLEM_H

#include "compiler.h"

/* problem_draft.c -- a netlist written gate by gate
 *
 * A sum is a list of weighted wires; it is collected in the draft and closed by the gates
 * that compare it.  Past a limit nothing more is stored: look at `full` in long loops. */

struct tc_value { /* an integer: the weighted sum of some wires */
    unsigned n;
    struct tc_part {
        tc_wire wire;
        int32_t weight;
    } * part;
};

struct tc_draft {
    struct tc_arena *arena; /* of values */
    struct tc_netlist *nl;
    uint64_t gates, edges;           /* room */
    uint64_t most_gates, most_edges; /* limits */
    bool full;
};

void tc_draft_open(struct tc_draft *, struct tc_arena *, uint32_t ninputs, uint64_t max_gates);
/* names what follows: inputs at level 0, gates at another; no blank in the name */
void tc_draft_place(struct tc_draft *, const char *name, unsigned level);
void tc_draft_add(struct tc_draft *, const struct tc_value *, int32_t factor);
void tc_draft_add_wire(struct tc_draft *, tc_wire, int32_t weight);
/* gates [sum >= bound], [sum >= bound + 1], ...; the first one's wire.  count is positive */
tc_wire tc_draft_chain(struct tc_draft *, int64_t bound, uint32_t count);
tc_wire tc_draft_gate(struct tc_draft *, int64_t bound);
void tc_draft_output(struct tc_draft *, tc_wire);
/* the netlist, which is then the caller's; NULL with TC_ELIMIT */
struct tc_netlist *tc_draft_close(struct tc_draft *, struct tc_error *);

struct tc_value tc_value_new(struct tc_draft *, unsigned room); /* 0; room for so many */
void tc_value_add(struct tc_value *, tc_wire, int32_t weight);  /* within the room */
struct tc_value tc_value_wire(struct tc_draft *, tc_wire);

/* problem_group.c -- finite groups of permutations
 *
 * S2 .. S7, A3 .. A7, C2 .. C64.  Elements are numbered by the order of their images, the
 * identity first.  A product of elements applies the first factor first.  Codes are one-hot
 * over the elements for C and for orders up to 6, else permutation matrices: wire
 * (p * degree + q) says that p goes to q. */

#define TC_GROUP_DEGREE 64

struct tc_permgroup {
    char name[8];
    unsigned degree, order;
    uint8_t *image; /* order x degree */
    bool cyclic;    /* element a is a rotation by a */
    bool solvable;
    bool matrix; /* how it is coded */
};

/* NULL and TC_EUSAGE for a name that is none of those */
struct tc_permgroup *tc_permgroup_open(struct tc_arena *, const char *name, struct tc_error *);
unsigned tc_permgroup_product(const struct tc_permgroup *, unsigned, unsigned);
unsigned tc_permgroup_inverse(const struct tc_permgroup *, unsigned);
unsigned tc_permgroup_width(const struct tc_permgroup *); /* wires an element */
bool tc_permgroup_bit(const struct tc_permgroup *, unsigned element, unsigned wire);
/* "21345", where the points 1, 2, ... go; of C the rotation */
const char *tc_permgroup_element(const struct tc_permgroup *, unsigned, char text[16]);

/* problem_semigroup.c -- finite semigroups, a morphism to each, and linked pairs, from files
 *
 * The file is XML by semigroup.xsd, read like a specification; that the table is associative
 * and that s e = s, e e = e of pairs is checked.  Elements are coded one-hot. */

#define TC_SEMIGROUP_ORDER 64 /* the most elements, and the most letters */

struct tc_semigroup {
    const char *name;
    struct tc_loc loc;
    unsigned order, identity; /* identity: order if there is none */
    const char **element;
    uint8_t *table;                   /* order x order: x y at [x * order + y] */
    const struct tc_permgroup *group; /* whose elements these are, or NULL */
    unsigned nletter;                 /* every element is one if the file has none */
    const char **letter;
    uint8_t *image; /* of each letter */
    unsigned npair;
    bool *linked; /* order x order: of (s, e) whether it is in P */
};

/* NULL with TC_EIO, TC_EFORMAT, TC_ESPEC or TC_ELIMIT, and the place */
struct tc_semigroup *tc_semigroup_open(struct tc_arena *, const char *file, struct tc_error *);
unsigned tc_semigroup_product(const struct tc_semigroup *, unsigned, unsigned);
/* Element times another, one-hot, values of 0 or 1: a gate for each pair of elements whose
 * values have parts, in one layer. */
void tc_semigroup_times(const struct tc_semigroup *, struct tc_draft *, const struct tc_value *x,
                        const struct tc_value *y, struct tc_value *to);

/* ---------------------------------------------------------------- problems */

struct tc_problem;

struct tc_problem_kind {
    const char *name;
    bool file; /* a file may define it */
    /* fills the problem, whose arena, kind and n are set; TC_EUSAGE, TC_ESPEC */
    bool (*open)(const struct tc_args *, struct tc_problem *, struct tc_error *);
    /* the inputs are there already, symbol after symbol */
    void (*build)(const struct tc_problem *, struct tc_draft *);
    void (*gates)(const struct tc_problem *, mpz_ptr); /* in closed form; or NULL */
    bool (*bit)(const struct tc_problem *, unsigned symbol, unsigned wire);
    /* all outputs by brute force from the definition; nothing is shared with build */
    void (*reference)(const struct tc_problem *, const unsigned *symbol, bool *out);
    void (*random)(const struct tc_problem *, struct tc_random *, unsigned *symbol);
    void (*answer)(FILE *, const struct tc_problem *, const bool *out);
};

struct tc_problem {
    struct tc_arena *arena;
    const struct tc_problem_kind *kind;
    uint64_t n;
    const void *data;          /* the kind's own */
    uint64_t symbols;          /* of an instance */
    uint64_t split;            /* behind so many of them stands a |; 0: nowhere */
    unsigned alphabet, width;  /* symbols that there are; wires of one */
    const char *const *symbol; /* their names */
    bool glued;                /* names are single characters, with or without blanks between */
    bool reduced;              /* random instances are made from those of word */
    unsigned outputs;
    unsigned depth;      /* proved; the netlist's is the same */
    const char *title;   /* "word A5" */
    const char *caption; /* what its depth says, and what it does not say */
};

extern const struct tc_problem_kind tc_problem_word, tc_problem_formula, tc_problem_closure,
    tc_problem_membership;

/* problem_word.c -- an element times another, a layer; and words over a group as instances */
void tc_word_product(const struct tc_permgroup *, struct tc_draft *, const struct tc_value *x,
                     const struct tc_value *y, struct tc_value *to);
void tc_word_alphabet(struct tc_problem *, const struct tc_permgroup *);
/* any n elements; every other time their product is the identity */
void tc_word_random(const struct tc_permgroup *, uint64_t n, struct tc_random *, unsigned *symbol);

/* The problem of args at length n; TC_EUSAGE, TC_ESPEC, TC_ELIMIT. */
bool tc_problem_open(struct tc_arena *, const struct tc_args *, uint64_t n, struct tc_problem *,
                     struct tc_error *);
struct tc_netlist *tc_problem_build(const struct tc_problem *, uint64_t max_gates,
                                    struct tc_error *);
/* the number of the symbol with this name; as many as there are if there is none */
unsigned tc_problem_symbol(const struct tc_problem *, const char *text, size_t length);
/* One instance from a line of text; loc is the line's place and moves to what is wrong. */
bool tc_problem_read(const struct tc_problem *, const char *line, struct tc_loc *, unsigned *symbol,
                     struct tc_error *);
void tc_problem_print(FILE *, const struct tc_problem *, const unsigned *symbol);
/* Up to 64 instances through the netlist: out is count rows of outputs. */
bool tc_problem_run(const struct tc_problem *, const struct tc_netlist *, const unsigned *symbol,
                    size_t count, bool *out, struct tc_error *);

/* ceil(log2(n)), n at least 1 */
unsigned tc_log2_upper(uint64_t n);

#endif
