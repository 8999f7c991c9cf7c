/* bounds.h -- depth, size and class of a model: `tc0c bounds`
 *
 * SPEC.md, "Bounds", says what each line means. */
#ifndef TC_BOUNDS_H
#define TC_BOUNDS_H

#include "class.h"
#include "prim.h"

/* ------------------------------------------------------------ bounds_depth.c
 *
 * Depth as the papers on circuit complexity of RoPE transformers count it: every operation
 * is rounded, a matrix product is a layer of products and an iterated sum, independent
 * computations run in parallel, every stage is charged in full. */

enum tc_constant {
    TC_D_STD,  /* + x / <= of two numbers, and floor */
    TC_D_PROD, /* an iterated product */
    TC_D_SUM,  /* an iterated sum */
    TC_D_EXP,
    TC_D_SQRT,
    TC_D_TRIG, /* sin and cos */
    TC_NCONSTANT,
};
extern const char *const tc_constant_name[TC_NCONSTANT]; /* "d_std", ... */
extern const char *const tc_constant_sign[TC_NCONSTANT]; /* as in the literature: "d_⊕" */

struct tc_depth {
    uint64_t of[TC_NCONSTANT];
};

/* One stage.  parallel is what is left of it where what can run beside other stages does:
 * A V beside the divisor D and its reciprocal. */
struct tc_stage {
    const char *what;
    struct tc_depth depth, parallel;
};

struct tc_stages {
    unsigned n;
    struct tc_stage *stage;
    struct tc_depth depth, parallel; /* their sums */
};

/* a block alone, what it holds apart; repetitions are not multiplied */
struct tc_stages tc_block_stages(struct tc_arena *, const struct tc_block *);
/* blocks one after the other with all that they hold, repetitions as often as they occur */
void tc_blocks_depth(struct tc_arena *, unsigned n, const struct tc_block *,
                     struct tc_depth *depth, struct tc_depth *parallel);
void tc_depth_add(struct tc_depth *, const struct tc_depth *);
/* "7 d_std + 5 d_⊕ + d_exp"; "0" */
const char *tc_depth_text(struct tc_arena *, const struct tc_depth *);

/* ---------------------------------------------------------- bounds_measure.c */

/* a circuit that `tc0c prim` builds for the format and regime */
struct tc_measured {
    enum tc_constant of;
    const char *op;
    unsigned terms;       /* 0: an operation without */
    const char *refused;  /* why there is none, or NULL */
    unsigned depth, form_depth;
    mpz_ptr gates;
};

/* the values of the constants; unknown where nothing could be measured */
struct tc_constants {
    unsigned n;
    struct tc_measured *measured;
    bool known[TC_NCONSTANT];
    unsigned value[TC_NCONSTANT];
    bool fixed_angles; /* rotations are constants: d_△ is 0 in the sums below */
};

#define TC_MEASURED_SUM  16 /* terms of an iterated sum that is measured, if there are as many */
#define TC_MEASURED_PROD 4

struct tc_constants tc_constants_measure(struct tc_arena *, const struct tc_spec *,
                                         const struct tc_options *);
/* the sum with the constants' values; false if one that occurs is unknown */
bool tc_depth_value(const struct tc_constants *, const struct tc_depth *, mpz_ptr);

/* The terms of a count that no other one dominates, all variables being 1 or more, without
 * their coefficients and the symbols of which fixed says that they are constants. */
const char *tc_leading_term(struct tc_arena *, const struct tc_poly *,
                            bool (*fixed)(const void *ctx, const char *symbol), const void *ctx);

/* -------------------------------------------------------------------- bounds.c */

#define TC_NLENGTH 2 /* lengths beside the given n: 2n and 64n */

struct tc_at_length { /* the family at another length */
    int64_t n;
    unsigned depth;
    mpz_ptr gates;
    bool same; /* the formula at the first length, evaluated here, is this number */
    unsigned nsymbol; /* lengths of chains and so on, as the family has them */
    struct tc_symbol *symbol;
};

struct tc_bounds_block {
    const struct tc_block *block;
    struct tc_stages stages;
    struct tc_depth depth, parallel;  /* with what it holds */
    unsigned from, to;                /* levels of its banks; 0, 0: none of its own */
    const struct tc_poly *gates;      /* with what it holds; NULL without a circuit */
    mpz_ptr gates_value;
};

struct tc_bounds {
    struct tc_arena *arena;
    const struct tc_args *args;
    const struct tc_spec *spec;
    struct tc_classified class;
    struct tc_constants constants;
    struct tc_depth depth, parallel; /* of the model */
    unsigned nblock;
    struct tc_bounds_block *block;   /* every one in the order of the document, containers first */
    const char *refused;             /* why there is no circuit, or NULL */
    struct tc_compiled *compiled;    /* else the circuit */
    const char *length;              /* the parameter that is varied, or NULL */
    unsigned nlength;
    struct tc_at_length at[TC_NLENGTH];
};

/* leading terms; held fixed: symbols of the family that are the same at both larger lengths */
const char *tc_bounds_leading(const struct tc_bounds *, const struct tc_poly *);

/* err: where the specification is none; what is refused by its construction is a result.
 * The circuit, which b refers to, is to be freed also after an error. */
bool tc_bounds_of(const struct tc_args *, struct tc_compiled *, struct tc_bounds *,
                  struct tc_error *);
bool tc_bounds_command(FILE *, const struct tc_args *, struct tc_error *);

/* bounds_text.c, bounds_xml.c */
const char *tc_bounds_setting(const struct tc_bounds *); /* format, options, parameters */
bool tc_bounds_text(FILE *, const struct tc_bounds *);
bool tc_bounds_xml(FILE *, const struct tc_bounds *);

#endif
