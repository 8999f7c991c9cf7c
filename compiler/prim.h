/* prim.h -- one arithmetic operation as a circuit: `tc0c prim`
 *
 * SPEC.md, "One operation", says what is computed.  Numbers are words of their
 * format, of prim->limbs 64-bit limbs each, least significant first.  The circuit's
 * inputs are the operands' words in the order of a line.
 */
#ifndef TC_PRIM_H
#define TC_PRIM_H

#include "compiler.h"

enum tc_op {
    /* two operands */
    TC_OP_ADD,
    TC_OP_SUB,
    TC_OP_MUL,
    TC_OP_DIV,
    TC_OP_LT,
    TC_OP_LE,
    TC_OP_EQ,
    /* one operand: x */
    TC_OP_SQRT,
    TC_OP_RSQRT,
    TC_OP_RECIP,
    TC_OP_EXP,
    TC_OP_EXP2,
    TC_OP_LOG,
    TC_OP_SIN,
    TC_OP_COS,
    TC_OP_TANH,
    TC_OP_SIGMOID,
    TC_OP_GELU,
    TC_OP_GELU_TANH,
    TC_OP_SILU,
    TC_OP_RELU,
    TC_OP_FLOOR,
    TC_OP_NEG,
    TC_OP_ABS,
    /* --terms of them */
    TC_OP_SUM,
    TC_OP_DOT, /* x_0 .. x_(N-1) y_0 .. y_(N-1) */
    TC_OP_MAX,
    TC_OP_ARGMAX,
    TC_OP_MAXARG,
    TC_OP_PROD,
    TC_OP_SOFTMAX, /* as many results */
    TC_OP_NORM,
};

struct tc_prim {
    enum tc_op op;
    const char *name; /* of op */
    struct tc_format format;
    bool exact;                 /* all bits of the result */
    unsigned terms;             /* N, where the operation has terms; else 0 */
    unsigned nconst;            /* the last operands are constants */
    uint64_t *constant;         /* words */
    unsigned noperand;          /* of a vector, without constants */
    unsigned nresult;           /* results 0 .. nresult - 2 have the format result[0], the last */
    struct tc_format result[2]; /* has result[nresult > 1] */
    unsigned limbs;             /* of every word: as many as the widest needs */
    const struct tc_options *options;
};

const struct tc_format *tc_prim_result(const struct tc_prim *, unsigned k);

/* fixed and unsigned formats of at most 62 bits, for lowering: the integer of a word, the range */
int64_t tc_prim_integer(const struct tc_format *, uint64_t word);
int64_t tc_prim_least(const struct tc_format *);
int64_t tc_prim_largest(const struct tc_format *);

/* prim_text.c */

/* what the arguments ask for, without the constants; TC_EUSAGE if they make no sense */
bool tc_prim_open(const struct tc_args *, struct tc_prim *, struct tc_error *);
/* the constants from a file; noperand is what remains */
bool tc_prim_constants(struct tc_arena *, const char *file, struct tc_prim *, struct tc_error *);

/* prim_number.c */

/* The numbers of a line, at most `most`, rounded to the format: words of `limbs`
 * limbs; *n is how many there are.  Ends at a newline or the end.  loc: of the line. */
bool tc_prim_line(const char *text, const struct tc_format *, unsigned limbs, uint64_t *word,
                  unsigned most, unsigned *n, struct tc_loc loc, struct tc_error *);

/* prim_lower.c: planes of gates, the results' bits in order.  Banks whose component
 * is "output" only make gates of result forms. */
struct tc_family *tc_prim_lower(const struct tc_prim *, struct tc_error *);

/* function.c: m -> the fixed or unsigned format's integer nearest to the function of one
 * operand, for lowering */
int64_t tc_function_round(enum tc_op, const struct tc_format *, int64_t m);

/* function_float.c: the same of a float, given by its sign and key; p + q <= 62 */
struct tc_float_value {
    enum tc_class class; /* TC_NO_CODE: the operand means nothing */
    bool minus;
    int64_t key; /* of the canonical word, but for NaN */
};
enum tc_class tc_float_class(const struct tc_format *, bool minus, int64_t key);
/* TC_ELIMIT where the rounding cannot be decided within reason */
bool tc_function_float(enum tc_op, const struct tc_format *, bool minus, int64_t key,
                       struct tc_float_value *, struct tc_error *);

/* prim_reference.c, prim_exact.c: the operands' words of one vector, constants too -> the results';
 * from the definitions, no circuits */
void tc_prim_reference(const struct tc_prim *, const uint64_t *in, uint64_t *out);

/* series.c: the sizes of the functions that are defined by series: SPEC.md, "Functions by
 * series" */
struct tc_series {
    int64_t span;    /* larger arguments are 2^span and more */
    unsigned below;  /* N: the argument is cut off below 2^-N */
    unsigned n;      /* bits of the reduced argument */
    unsigned scale;  /* exp: s, of the constant that reduces it */
    unsigned w;      /* of the coefficients */
    unsigned pieces; /* a: log has 2^a of a binade, sin and cos 2^a of a quarter turn */
    unsigned degree; /* K */
    unsigned small;  /* sin: x itself below 2^-small */
};
bool tc_prim_is_series(const struct tc_prim *);
bool tc_series_size(const struct tc_prim *, struct tc_series *, struct tc_error *);

/* and by pieces: SPEC.md, "Functions by pieces" */
struct tc_pieces {
    int64_t span;          /* floats: arguments of 2^span and more count as far out */
    unsigned below;        /* N: the argument is cut off below 2^-N */
    unsigned scale;        /* s: of the constant that reduces it; 0: there is none */
    unsigned parts;        /* floats: a piece is 2^-parts */
    unsigned n;            /* bits of a piece */
    unsigned w;            /* of the coefficients */
    unsigned lose;         /* floats: the polynomial is 2^-lose or more, or 0 */
    unsigned degree;       /* K */
    int64_t before, after; /* pieces of negative and of other arguments */
    bool ends[2];          /* fixed: the first and the last piece are constants */
    int64_t least;         /* floats: results up to 2^-least are 0 */
};
bool tc_prim_is_pieces(const struct tc_prim *);
bool tc_pieces_size(const struct tc_prim *, struct tc_pieces *, struct tc_error *);

/* prim.c */

struct tc_prim_circuit {
    struct tc_prim *prim;
    enum tc_engine_kind engine;
    struct tc_compiled compiled; /* arena, family, count; unless the reference */
    struct tc_netlist *netlist;
    unsigned form_depth; /* without the layer that makes gates of result forms */
    mpz_ptr form_gates;
};

/* prim is borrowed; free it also after an error */
bool tc_prim_build(struct tc_prim *, enum tc_engine_kind, uint64_t max_gates,
                   struct tc_prim_circuit *, struct tc_error *);
/* nvector times noperand words -> nvector times nresult */
bool tc_prim_run(const struct tc_prim_circuit *, const uint64_t *in, uint64_t *out, size_t nvector,
                 struct tc_error *);
void tc_prim_free(struct tc_prim_circuit *);
bool tc_prim_command(FILE *out, const struct tc_args *, struct tc_error *);

#endif
