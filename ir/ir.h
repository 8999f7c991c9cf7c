/* ir.h -- threshold circuits: families of them, and single ones
 *
 * A circuit family is a short list of banks of threshold gates over indexed
 * wires; a netlist is that family at given sizes, gate by gate.  This header
 * is the whole interface of ir/; it knows nothing of transformers.
 *
 * Words used throughout (DESIGN.md): an index ranges over 0..extent-1; a plane
 * is an array of wires over indices; a term reads a plane; a form is a sum of
 * terms, an integer; a bank compares a form with thresholds, and its gates are
 * again a plane; a family is planes of input, banks in topological order, and
 * outputs.
 */
#ifndef TC_IR_H
#define TC_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* before gmp.h, which then has gmp_fprintf and its like */

#include <gmp.h>

/* arena.c -- memory that is freed at once */

struct tc_arena;

struct tc_arena *tc_arena_new(void);
void tc_arena_free(struct tc_arena *);
/* zeroed, aligned for any type; ends the program with exit 4 if memory runs out */
void *tc_alloc(struct tc_arena *, size_t count, size_t size);
char *tc_strdup(struct tc_arena *, const char *);
char *tc_sprintf(struct tc_arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* integers and fractions that the arena clears when it is freed; initially 0 */
mpz_ptr tc_mpz(struct tc_arena *);
mpz_ptr tc_mpz_si(struct tc_arena *, int64_t);
mpz_ptr tc_mpz_copy(struct tc_arena *, mpz_srcptr);
mpq_ptr tc_mpq(struct tc_arena *);

/* Outside arenas: like malloc and realloc, but they end the program with exit
 * status 4 and a message when memory runs out; count * size is checked. */
void *tc_xcalloc(size_t count, size_t size);
void *tc_xrealloc(void *, size_t count, size_t size);

/* Called by the allocator before it exits, so that no partial file is left. */
extern void (*tc_on_exit)(void);

/* 64-bit integers and GMP */
void tc_mpz_set_i64(mpz_ptr, int64_t);
bool tc_mpz_fits_i64(mpz_srcptr);
int64_t tc_mpz_get_i64(mpz_srcptr); /* asserts that it fits */

/* binary digits; 0 has none */
static inline unsigned tc_bit_length(uint64_t x)
{
    return x ? 64 - (unsigned)__builtin_clzll(x) : 0;
}

/* error.c */

enum tc_errkind {
    TC_EIO = 1,  /* a file cannot be read or written */
    TC_EFORMAT,  /* a text form, JSON or XML is malformed */
    TC_ESPEC,    /* a well-formed spec that makes no sense, or is not built yet */
    TC_EUSAGE,   /* the command line */
    TC_ELIMIT,   /* too large: memory, gates, table entries */
    TC_ECHECK,   /* a check that was made found something wrong */
};

struct tc_loc {
    const char *file;   /* NULL if no file is at fault */
    unsigned line, col; /* from 1; 0 if unknown */
};

struct tc_error {
    enum tc_errkind kind;
    struct tc_loc loc;
    char msg[400]; /* what was found, what was wanted */
};

/* fills the record and returns false */
bool tc_fail(struct tc_error *, enum tc_errkind, struct tc_loc, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* progress.c -- one line on a terminal, for work of more than a second
 *
 * A step names what is being done and, where known, how much of it there is.
 * Ticks are cheap: call them often.  Nothing is shown unless it was switched
 * on, and then only after a second, at most ten times a second.  Of steps
 * within steps the outermost is shown; to switch it off ends all of them. */
void tc_progress_enable(bool on);
void tc_progress_start(const char *what, double total); /* total 0: unknown */
void tc_progress_tick(double done);
void tc_progress_end(void);
double tc_now(void); /* seconds, of a clock that only goes forward */

/* poly.c -- exact symbolic counts: polynomials in named parameters
 *
 * Laurent polynomials with rational coefficients; a symbol is any name, also
 * one such as "T_exp" or "ceil(log2(n))".  Immutable, canonical: equal
 * polynomials print the same. */

struct tc_poly;

const struct tc_poly *tc_poly_int(struct tc_arena *, int64_t);
const struct tc_poly *tc_poly_mpz(struct tc_arena *, mpz_srcptr);
const struct tc_poly *tc_poly_mpq(struct tc_arena *, mpq_srcptr);
const struct tc_poly *tc_poly_symbol(struct tc_arena *, const char *name);
const struct tc_poly *tc_poly_add(struct tc_arena *, const struct tc_poly *, const struct tc_poly *);
const struct tc_poly *tc_poly_sub(struct tc_arena *, const struct tc_poly *, const struct tc_poly *);
const struct tc_poly *tc_poly_mul(struct tc_arena *, const struct tc_poly *, const struct tc_poly *);
/* NULL if the divisor is not a single monomial */
const struct tc_poly *tc_poly_div(struct tc_arena *, const struct tc_poly *, const struct tc_poly *);
/* sum over x = 0 .. upto-1 of p(x), by Bernoulli numbers; p a polynomial
 * (no negative power) in the symbol x */
const struct tc_poly *tc_poly_sum(struct tc_arena *, const struct tc_poly *, const char *x,
                                  const struct tc_poly *upto);
bool tc_poly_is_const(const struct tc_poly *, mpq_ptr value); /* value may be NULL */
bool tc_poly_equal(const struct tc_poly *, const struct tc_poly *);
/* Value of each symbol; returns false if unknown. */
typedef bool tc_symbol_value(void *ctx, const char *name, mpz_ptr value);
bool tc_poly_eval(const struct tc_poly *, tc_symbol_value *, void *ctx, mpq_ptr value);
/* calls fn once a symbol that occurs, in alphabetical order */
void tc_poly_symbols(const struct tc_poly *, void (*fn)(void *ctx, const char *name), void *ctx);
/* calls fn once a term, in the order of the text; powers by name, ascending, no exponent 0 */
struct tc_power {
    const char *name;
    int exp;
};
void tc_poly_terms(const struct tc_poly *,
                   void (*fn)(void *ctx, mpq_srcptr coef, unsigned n, const struct tc_power *),
                   void *ctx);
/* e.g. "1/2*n^2*d + 3*T_exp - 1"; highest total degree first, then alphabetical */
char *tc_poly_text(struct tc_arena *, const struct tc_poly *);
/* reads what tc_poly_text writes, and products, quotients by monomials,
 * powers and parentheses in general; a name may carry a balanced (...) */
const struct tc_poly *tc_poly_read(struct tc_arena *, const char *text, struct tc_loc,
                                   struct tc_error *);

/* table.c -- integer tables that weights and thresholds are made of
 *
 * A dense table stores its entries, row-major.  A computed one is a named
 * function of its arguments, evaluated when asked: entries of a rotation over
 * a million positions are never an array.  Its arguments may be any integers
 * (also negative) that the function accepts. */

struct tc_table;

struct tc_function {
    const char *name; /* as in the text form: table cos = NAME(parameters) */
    unsigned rank;    /* how many arguments an entry takes */
    /* Parameters are the text between the parentheses, kept verbatim; state is
     * made once a table and freed with the arena.  NULL and an error if the
     * parameters make no sense. */
    void *(*open)(struct tc_arena *, const char *parameters, struct tc_loc, struct tc_error *);
    /* count entries along one axis: arg[axis] = arg[axis] + s * step, s < count */
    void (*eval)(const void *state, const int64_t *arg, unsigned axis, int64_t step, size_t count,
                 int64_t *out);
    int64_t (*max_abs)(const void *state); /* an upper bound on |entry|, for ranges */
};

/* Makes a function known to the reader of the text form.  At most 32. */
void tc_function_register(const struct tc_function *);
const struct tc_function *tc_function_find(const char *name);

struct tc_table {
    const char *name;
    uint32_t id;
    unsigned rank;
    const int64_t *extent;        /* dense: per axis */
    const int64_t *small;         /* dense, all entries fit */
    mpz_ptr *big;                 /* dense, some do not; else NULL */
    const struct tc_function *fn; /* computed, else NULL */
    const char *parameters;
    const void *state;
};

size_t tc_table_size(const struct tc_table *);                     /* dense: entries */
void tc_table_get(const struct tc_table *, const int64_t *arg, mpz_ptr); /* asserts bounds */
int64_t tc_table_get_i64(const struct tc_table *, const int64_t *arg);   /* asserts that it fits */
bool tc_table_fits_i64(const struct tc_table *);
void tc_table_max_abs(const struct tc_table *, mpz_ptr); /* computed: an upper bound */
bool tc_table_equal(const struct tc_table *, const struct tc_table *);

/* form.c -- indices, planes, terms, forms */

struct tc_index {
    const char *name;
    uint32_t id;                /* order of creation: the order of axes in a domain */
    int64_t extent;             /* at least 1 */
    const struct tc_poly *size; /* its extent in parameters and symbols */
};

/* sum of coef * index, plus constant; no index twice, coef never 0 */
struct tc_affine {
    unsigned n;
    struct tc_affine_part {
        const struct tc_index *ix;
        int64_t coef;
    } *part;
    int64_t constant;
};

/* where along one axis: at + via[arg]; via (dense, rank 1) is mostly NULL */
struct tc_axis {
    struct tc_affine at;
    const struct tc_table *via;
    struct tc_affine arg;
};

/* holds where at + via[arg] >= 0; a guard's axis is that sum */
struct tc_guard {
    struct tc_axis expr;
};

struct tc_bank;

/* wires over axes; the gates of a bank, or an input */
struct tc_plane {
    const char *name;              /* unique in the family */
    uint32_t id;                   /* position among planes: inputs, then banks */
    unsigned level;                /* 0 for inputs */
    unsigned naxis;                /* without the chain axis */
    const struct tc_index **axis;  /* extents of the axes, by index */
    const struct tc_index *chain;  /* the last axis: thresholds; NULL if one gate a point */
    const struct tc_bank *bank;    /* NULL for inputs */
};

/* axes that an access to it has: its own, and the chain's; 0 for NULL, a constant */
unsigned tc_plane_axes(const struct tc_plane *);

#define TC_MOST_INDICES 32 /* of a bank, and bound in a term */

/* coef * product of factors * wire, summed over indices where all guards hold */
struct tc_term {
    const struct tc_plane *plane; /* NULL: no wire, a constant */
    struct tc_axis *at;           /* naxis, and one more if the plane is a chain */
    mpz_srcptr coef;              /* not 0 */
    unsigned nfactor;
    struct tc_factor {
        const struct tc_table *table;
        struct tc_axis *at; /* table->rank of them */
    } *factor;
    unsigned nsum;
    const struct tc_index **sum; /* reduction indices, bound in this term alone */
    unsigned nguard;
    struct tc_guard *guard;
};

/* an integer: the sum of its terms; always within [lo, hi] (a claim that the
 * evaluators assert).  Immutable; terms may be shared between forms. */
struct tc_form {
    unsigned nterm;
    struct tc_term *term;
    mpz_srcptr lo, hi;
};

/* Gates [form >= theta], for each point of the domain and each t of the chain.
 * The domain is the set of free indices of form and theta (t apart), in the
 * order of their ids; guards restrict the points (and, where they name t, the
 * thresholds).  theta is a form in which t may occur; it has wires only in
 * gates whose threshold depends on other gates (quotients, telescoping). */
struct tc_bank {
    struct tc_plane plane; /* what it drives */
    struct tc_form form;
    struct tc_form theta;
    unsigned nguard;
    struct tc_guard *guard;
    bool monotone;         /* gates of a chain are 1...10...0 in t; checked */
    const char *component; /* path, such as "attention.scores" */
    const char *note;      /* one line: what it computes and why; may be NULL */
};

struct tc_output {
    const char *name;      /* tensor name, e.g. "Y" */
    const struct tc_plane *plane; /* all its wires, row-major in the order of the axes */
};

struct tc_symbol {
    const char *name;
    mpz_srcptr value;
    const char *note; /* what it stands for */
};

struct tc_family {
    struct tc_arena *arena;
    const char *name;
    unsigned nparam;      /* parameters: n, d, ... */
    struct tc_symbol *param;
    unsigned nsymbol;     /* named lengths: T_exp, ... */
    struct tc_symbol *symbol;
    unsigned ntable;
    struct tc_table **table;
    unsigned ninput;
    struct tc_plane **input;
    unsigned nbank;
    struct tc_bank **bank;
    unsigned noutput;
    struct tc_output *output;
    uint32_t next_index;
};

/* family.c -- building families
 *
 * The builder checks with assertions; a family read from text is checked by
 * tc_family_check. */

struct tc_family *tc_family_new(const char *name);
void tc_family_free(struct tc_family *);

void tc_family_param(struct tc_family *, const char *name, int64_t value);
/* A named length: gives back the polynomial that stands for it.  The same name
 * with the same value is the same symbol; with another value the name gets a
 * number appended.  1 and 0 are not named: they give the constant. */
const struct tc_poly *tc_family_symbol(struct tc_family *, const char *name, int64_t value,
                                       const char *note);
bool tc_family_symbol_value(void *family, const char *name, mpz_ptr value); /* tc_symbol_value */

struct tc_index *tc_index_new(struct tc_family *, const char *name, int64_t extent,
                              const struct tc_poly *size); /* size NULL: the number itself */
struct tc_table *tc_table_dense(struct tc_family *, const char *name, unsigned rank,
                                const int64_t *extent, const int64_t *entries);
/* entries stay where they are, in the family's arena; nobody writes them from here on */
struct tc_table *tc_table_dense_kept(struct tc_family *, const char *name, unsigned rank,
                                     const int64_t *extent, const int64_t *entries);
struct tc_table *tc_table_dense_mpz(struct tc_family *, const char *name, unsigned rank,
                                    const int64_t *extent, mpz_ptr *entries);
struct tc_table *tc_table_computed(struct tc_family *, const char *name,
                                   const struct tc_function *, const char *parameters,
                                   struct tc_error *);
struct tc_plane *tc_family_input(struct tc_family *, const char *name, unsigned naxis,
                                 const struct tc_index **axis);

/* affine expressions and axes */
struct tc_axis tc_axis_of(struct tc_arena *, const struct tc_index *);
struct tc_axis tc_axis_const(int64_t);
/* a + coef * ix */
struct tc_axis tc_axis_plus(struct tc_arena *, struct tc_axis, int64_t coef,
                            const struct tc_index *ix);
bool tc_axis_equal(const struct tc_axis *, const struct tc_axis *);
int64_t tc_affine_coef(const struct tc_affine *, const struct tc_index *); /* 0: not there */
bool tc_axis_reads(const struct tc_axis *, const struct tc_index *);
/* smallest and largest value over the boxes of its indices, guards ignored */
void tc_axis_range(const struct tc_axis *, int64_t *lo, int64_t *hi);

/* forms */
struct tc_form tc_form_const(struct tc_family *, mpz_srcptr);
struct tc_form tc_form_si(struct tc_family *, int64_t);
/* the constant table[at...]; its range is that of the table's entries */
struct tc_form tc_form_table(struct tc_family *, const struct tc_table *, const struct tc_axis *at);
/* one wire; at as in struct tc_term */
struct tc_form tc_form_wire(struct tc_family *, const struct tc_plane *, const struct tc_axis *at);
struct tc_form tc_form_add(struct tc_family *, struct tc_form, struct tc_form);
struct tc_form tc_form_sub(struct tc_family *, struct tc_form, struct tc_form);
struct tc_form tc_form_scale(struct tc_family *, struct tc_form, mpz_srcptr);
struct tc_form tc_form_scale_si(struct tc_family *, struct tc_form, int64_t);
/* every term times table[at...]; range: times the largest |entry| */
struct tc_form tc_form_times(struct tc_family *, struct tc_form, const struct tc_table *,
                             const struct tc_axis *at);
/* Sum over indices where the guards hold.  An index that a term and the
 * guards do not mention multiplies it by its extent. */
struct tc_form tc_form_sum(struct tc_family *, struct tc_form, unsigned n,
                           const struct tc_index *const *, unsigned nguard,
                           const struct tc_guard *);
/* Index from replaced by an axis expression, everywhere it is free.  An axis
 * with a table (via) may only go where the index stands alone with coefficient 1. */
struct tc_form tc_form_subst(struct tc_family *, struct tc_form, const struct tc_index *from,
                             struct tc_axis to);
/* The same form with a declared range (a claim). */
struct tc_form tc_form_range(struct tc_family *, struct tc_form, mpz_srcptr lo, mpz_srcptr hi);
struct tc_form tc_form_range_si(struct tc_family *, struct tc_form, int64_t lo, int64_t hi);
unsigned tc_form_level(const struct tc_form *);
/* free indices, by id; returns how many; *out in the arena */
unsigned tc_form_free(struct tc_family *, const struct tc_form *, const struct tc_index ***out);
bool tc_term_reads(const struct tc_term *, const struct tc_index *);

/* guards: upper >= lower, both indices */
struct tc_guard tc_guard_le(struct tc_arena *, const struct tc_index *lower,
                            const struct tc_index *upper);
struct tc_guard tc_guard_subst(struct tc_family *, struct tc_guard, const struct tc_index *from,
                               struct tc_axis to);

/* banks; component and note are borrowed into the arena */
struct tc_bank *tc_bank_new(struct tc_family *, const char *name, struct tc_form form,
                            const struct tc_index *chain, struct tc_form theta, bool monotone,
                            unsigned nguard, const struct tc_guard *, const char *component,
                            const char *note);
void tc_family_output(struct tc_family *, const char *name, const struct tc_plane *);

/* number.c -- the order of gates
 *
 * Gates of a plane are numbered in lexicographic order of its points within
 * the guards, the chain last.  Axes fall into consecutive groups, such that
 * each guard lies in one; a point's number is the mixed-radix combination of
 * its numbers in the groups. */
struct tc_numbering {
    unsigned naxis; /* with the chain axis, if any */
    unsigned ngroup;
    struct tc_group {
        unsigned first, naxis; /* axes [first, first + naxis[ */
        int64_t *extent;       /* per axis */
        uint64_t points;       /* within guards */
        uint32_t *rank;        /* box position to number, UINT32_MAX outside; NULL: all inside */
        uint64_t stride;       /* product of points of later groups */
    } *group;
    uint64_t points; /* wires of the plane */
};

/* TC_ELIMIT if a guarded group's box or the whole has more than 2^32 - 1 points */
bool tc_numbering_init(struct tc_arena *, const struct tc_plane *, struct tc_numbering *,
                       struct tc_error *);
/* the same number of points, without tables; with the same limits */
bool tc_numbering_points(const struct tc_plane *, uint64_t *points, struct tc_error *);
/* coordinates must lie in the box; UINT64_MAX if a guard excludes the point */
uint64_t tc_numbering_wire(const struct tc_numbering *, const int64_t *at);

/* check.c -- invariants of a family
 *
 * Names unique; every bank reads only earlier planes; accesses lie within the
 * axes and the guards of what they read; domain = free indices in order of id;
 * level = 1 + highest level read; coefficients not 0; lo <= hi, and not wider
 * than what interval arithmetic gives nor outside it; monotone chains have
 * thresholds that do not decrease; tables read within their extents; indices
 * bound once.  Names the first that is broken. */
bool tc_family_check(const struct tc_family *, struct tc_error *);
/* of one bank alone, where what it reads is known to be sound */
bool tc_bank_check(const struct tc_family *, const struct tc_bank *, struct tc_error *);

/* interval.c */

/* What the terms alone say of a form's value.  A wire is in [0, 1]; each table
 * multiplies by -M..M with M its largest absolute value; a sum multiplies by
 * its points, and may also be 0 if it is guarded.  exact: a constant that is
 * one dense table lies between its least and greatest entry.  That is the
 * range that a text leaves out; a check must not insist on it, for the builder
 * does not always know it. */
void tc_form_interval(const struct tc_form *, bool exact, mpz_ptr lo, mpz_ptr hi);

/* count.c -- exact counts of a family, without instantiating it */

struct tc_bank_count {
    mpz_ptr gates, wires, max_fan_in, max_weight; /* max_weight: |w| over wires */
    const struct tc_poly *gates_formula;          /* exact */
};

struct tc_count {
    unsigned depth;
    mpz_ptr inputs, outputs, gates, wires, max_fan_in, max_weight, max_threshold;
    const struct tc_poly *gates_formula;
    struct tc_bank_count *bank; /* per bank */
    unsigned nsymbol;           /* numbers in the formulas that have no closed form, beside */
    struct tc_symbol *symbol;   /* the family's symbols: N_BANK, where guards allow none */
};

/* Counting is quicker where a computed table's entry at (arg, rest) is a
 * function of another one's at arg, with the same state: of a million positions
 * few entries are different.  At most 32. */
struct tc_through {
    const struct tc_function *fn, *base; /* base has a smaller rank */
    int64_t (*apply)(const void *state, int64_t entry, const int64_t *rest);
};
void tc_through_register(const struct tc_through *);

/* Time independent of extents, but for position tables, which are streamed.
 * wires = false leaves wires, fan-in and weight out (0).
 * All numbers are exact, but max_weight and max_threshold are upper bounds where
 * they pass 62 bits and differ from point to point over more than 2^24 points.
 * TC_ELIMIT if more than 2^36 table entries would be streamed. */
bool tc_family_count(struct tc_arena *, const struct tc_family *, bool wires, struct tc_count *,
                     struct tc_error *);
/* number of points of a bank (domain times chain, within guards), exact and symbolic */
bool tc_bank_points(struct tc_arena *, const struct tc_family *, const struct tc_bank *,
                    mpz_ptr points, const struct tc_poly **formula, struct tc_error *);

/* gate.c -- one gate of a family by its number, without instantiating it
 *
 * Wires are numbered as in the netlist: inputs first, then the gates, bank by bank,
 * in each its points in lexicographic order within the guards, the chain last; the
 * numbers are of any size.  Answers take index arithmetic on the family alone:
 * time polynomial in the number of digits and in what is printed, as long as
 * guards and tables that may be 0 have closed forms, see rank.c; where they have
 * none and there are too many values to try, TC_ELIMIT. */
#define TC_SPOT_AXES 33

struct tc_spot { /* a wire's place */
    const struct tc_plane *plane;
    int64_t at[TC_SPOT_AXES]; /* per axis, the chain's last */
};

struct tc_gates;

/* NULL with TC_ELIMIT if a bank cannot be counted; the family is borrowed */
struct tc_gates *tc_gates_open(const struct tc_family *, struct tc_error *);
void tc_gates_free(struct tc_gates *);
mpz_srcptr tc_gates_inputs(const struct tc_gates *); /* wires that are inputs */
mpz_srcptr tc_gates_wires(const struct tc_gates *);  /* inputs and gates */
mpz_srcptr tc_gates_first(const struct tc_gates *, const struct tc_plane *); /* its first wire */
mpz_srcptr tc_gates_points(const struct tc_gates *, const struct tc_plane *);

/* TC_EUSAGE for a wire, or a place, that there is not */
bool tc_wire_spot(struct tc_gates *, mpz_srcptr wire, struct tc_spot *, struct tc_error *);
bool tc_spot_wire(struct tc_gates *, const struct tc_spot *, mpz_ptr wire, struct tc_error *);

/* What the gate compares the sum over its wires with: the constants of its
 * threshold less those of its form. */
bool tc_spot_bound(struct tc_gates *, const struct tc_spot *, mpz_ptr bound, struct tc_error *);

/* one edge: the wire at its other end, and the weight; false ends the listing */
typedef bool tc_spot_edge(void *ctx, const struct tc_spot *, mpz_srcptr wire, mpz_srcptr weight);

/* The wires that a gate reads, as a row of the netlist has them, from number `from`,
 * at most `count` of them; *edges is how many there are in all.  An input reads none. */
bool tc_spot_reads(struct tc_gates *, const struct tc_spot *, mpz_srcptr from, uint64_t count,
                   tc_spot_edge *, void *ctx, mpz_ptr edges, struct tc_error *);
/* The gates that read a wire: by bank, term, place, then as the sum runs; a gate that
 * reads it more than once is there more than once. */
bool tc_spot_readers(struct tc_gates *, const struct tc_spot *, mpz_srcptr from, uint64_t count,
                     tc_spot_edge *, void *ctx, mpz_ptr edges, struct tc_error *);
/* how often a gate reads a wire */
bool tc_spot_joined(struct tc_gates *, const struct tc_spot *wire, const struct tc_spot *gate,
                    mpz_ptr edges, struct tc_error *);

/* "q[3, 0; 5]", of an input "X[3, 0].5": the last axis behind the dot; in the arena */
char *tc_spot_text(struct tc_arena *, const struct tc_spot *);
/* The same read, of planes and outputs, of all with or without the dot.  TC_EUSAGE if
 * it is none, or its place is outside of the axes; it may be outside of guards. */
bool tc_spot_read(struct tc_gates *, const char *text, struct tc_spot *, struct tc_error *);

struct tc_gate_cost { /* since the family was opened */
    uint64_t expressions; /* over indices, evaluated */
    uint64_t entries;     /* of tables, looked up */
    uint64_t sums;        /* over an index, in closed form */
};
struct tc_gate_cost tc_gates_cost(const struct tc_gates *);

/* slice.c -- words to wires, 64 vectors side by side, and back
 *
 * words: vector v at [v * stride], count words of `width` bits each.  wires: as
 * tc_family_run has them, bit a of word i at wire i * width + a; vectors past
 * nvector are 0. */
void tc_slice(const uint64_t *word, size_t stride, size_t count, unsigned width, size_t nvector,
              uint64_t *wire, size_t words);
void tc_unslice(const uint64_t *wire, size_t words, size_t count, unsigned width, size_t nvector,
                uint64_t *word, size_t stride);

/* run.c -- a family run as a tensor program
 *
 * Inputs and outputs are bit-sliced: wire w of vector v is bit v % 64 of
 * word [w * words + v / 64]; inputs in the order of the input planes, each
 * row-major, outputs likewise.  words is 1 or more: 64 * words vectors at once.
 * Chains are ranks; ranges and monotonicity are asserted. */
bool tc_family_run(const struct tc_family *, const uint64_t *in, uint64_t *out, size_t words,
                   struct tc_error *);
uint64_t tc_family_inputs(const struct tc_family *);  /* wires */
uint64_t tc_family_outputs(const struct tc_family *);

/* netlist.c -- a circuit, gate by gate */

typedef uint32_t tc_wire;
/* small integers stand for themselves; others are indices into tc_netlist.big */
typedef int64_t tc_weight;
#define TC_WEIGHT_SMALL ((int64_t)1 << 62) /* |w| below this: small */
#define tc_weight_is_big(w) ((w) >= TC_WEIGHT_SMALL)
#define tc_weight_index(w) ((size_t)((w) - TC_WEIGHT_SMALL))

#define TC_PLACE_NAME 1000 /* a place's name: so many printable characters, no blank, no colon */

/* Invariants:
 *   wires [0..ninputs[ are inputs, wire ninputs + g is gate g
 *   row r holds edges [first[r]..first[r+1][ and drives gates [gate[r]..gate[r+1][, at least one
 *   source[e] < ninputs + gate[r] for each edge e of row r
 *   weight[e] != 0
 *   gate g of row r is 1 iff the weighted sum of the row >= bound[g]
 *   output[o] < ninputs + ngates */
struct tc_netlist {
    struct tc_arena *arena; /* names only; arrays are malloc'ed */
    uint32_t ninputs, ngates, noutputs, nrows;
    uint64_t nedges;   /* stored */
    uint64_t *first;   /* nrows + 1 */
    uint32_t *gate;    /* nrows + 1 */
    tc_wire *source;   /* nedges */
    tc_weight *weight; /* nedges */
    tc_weight *bound;  /* ngates */
    tc_wire *output;   /* noutputs */
    size_t nbig;
    mpz_t *big;     /* no value twice: equal weights are equal words */
    uint32_t *slot; /* nslot, a hash table over big; tc_weight_put alone uses it */
    size_t nslot;
    unsigned nplace; /* where banks begin, for comments and pictures; may be 0 */
    struct tc_place {
        const char *name;
        uint32_t first; /* wire */
        unsigned level;
    } *place;
    struct tc_ports { /* names that a file gave to single inputs and outputs; mostly none */
        const char *model;  /* of the circuit, or NULL */
        uint32_t n[2];      /* by enum tc_port_kind */
        struct tc_port {
            uint32_t at; /* number of the input or output, ascending */
            const char *name;
        } *port[2];
    } ports;
};

/* ports.c: a name has 1 to TC_PLACE_NAME bytes, none a control character */
enum tc_port_kind { TC_PORT_INPUT, TC_PORT_OUTPUT };
bool tc_port_name_ok(const char *name, size_t length);
void tc_port_add(struct tc_netlist *, enum tc_port_kind, uint32_t at, const char *name,
                 size_t length);
void tc_ports_sort(struct tc_netlist *); /* once all are added; of equal numbers one stays */
const char *tc_port_name(const struct tc_netlist *, enum tc_port_kind, uint32_t at); /* or NULL */
void tc_ports_copy(struct tc_netlist *to, const struct tc_netlist *from);

struct tc_netlist *tc_netlist_new(void);
void tc_netlist_free(struct tc_netlist *);
struct tc_netlist *tc_netlist_copy(const struct tc_netlist *);
void tc_weight_get(const struct tc_netlist *, tc_weight, mpz_ptr);
tc_weight tc_weight_put(struct tc_netlist *, mpz_srcptr);
/* the family at its sizes.  TC_ELIMIT above max_gates gates, max_edges stored
 * edges (0: no limit of ours) or 2^32 - 1 wires; checked before memory is taken */
struct tc_netlist *tc_family_instantiate(const struct tc_family *, uint64_t max_gates,
                                         uint64_t max_edges, struct tc_error *);
bool tc_netlist_check(const struct tc_netlist *, struct tc_error *);
/* depth, gates, wires (each gate counted in full), fan-in, weights, by looking
 * at every gate; shares nothing with tc_family_count */
void tc_netlist_count(struct tc_arena *, const struct tc_netlist *, struct tc_count *);
/* level[w] of every wire; malloc'ed, the caller frees it */
uint32_t *tc_netlist_levels(const struct tc_netlist *);

/* simulate.c -- a netlist run gate by gate, 64 * words vectors at once;
 * in and out as in tc_family_run */
bool tc_netlist_run(const struct tc_netlist *, const uint64_t *in, uint64_t *out, size_t words,
                    struct tc_error *);

/* write.c read.c -- text forms, see FORMAT.md */
bool tc_family_write(FILE *, const struct tc_family *);
struct tc_family *tc_family_read(FILE *, const char *file, struct tc_error *);
/* write_xml.c read_xml.c -- the same as XML, by compiler/family.xsd.  TC_EUSAGE for a name that
 * XML has no characters for; with err->kind untouched the stream failed. */
#define TC_FAMILY_NAMESPACE "urn:tc0c:family:1"
bool tc_family_write_xml(FILE *, const struct tc_family *, struct tc_error *);
struct tc_family *tc_family_read_xml(FILE *, const char *file, struct tc_error *);
bool tc_netlist_write(FILE *, const struct tc_netlist *);
struct tc_netlist *tc_netlist_read(FILE *, const char *file, struct tc_error *);
/* one bank as a formula, e.g. for labels; in the arena */
char *tc_bank_text(struct tc_arena *, const struct tc_family *, const struct tc_bank *);

/* exchange: netlists in the formats of other tools, see FORMAT.md, "Exchange" */
struct tc_export { /* what a netlist does not know; NULL: nothing */
    const char *name;              /* of the circuit */
    unsigned noutput;              /* names of outputs, by ascending first, which is here */
    const struct tc_place *output; /* the number of an output */
    bool goal;                     /* opb: the first output is 1 */
};
/* False with an error for what the format cannot say, and with err->kind
 * untouched where the stream failed. */
typedef bool tc_netlist_writer(FILE *, const struct tc_netlist *, const struct tc_export *,
                               struct tc_error *);
tc_netlist_writer tc_write_th;      /* threABC; TC_ELIMIT past 32 bits */
tc_netlist_writer tc_write_opb;     /* pseudo-Boolean constraints */
size_t tc_opb_bits(const struct tc_netlist *); /* of their largest sum of absolute values */
tc_netlist_writer tc_write_graphml;
tc_netlist_writer tc_write_verilog;
/* two-input logic, made by expand.c */
tc_netlist_writer tc_write_blif;
tc_netlist_writer tc_write_aiger;   /* binary */
tc_netlist_writer tc_write_aag;     /* AIGER, ascii */
tc_netlist_writer tc_write_cnf;     /* DIMACS */

/* and read: errors with their place.  Combinational circuits alone.
 * Linear time; memory grows with the file, whatever its head claims. */
struct tc_netlist *tc_read_aiger(FILE *, const char *file, struct tc_error *); /* both */
struct tc_netlist *tc_read_blif(FILE *, const char *file, struct tc_error *);  /* and .th */
/* any of these or a netlist's text, whatever the file's name; pipes too */
struct tc_netlist *tc_read_circuit(FILE *, const char *file, struct tc_error *);

/* dot.c -- pictures through cgraph and gvc */
#define TC_DOT_MAX_GATES 2000  /* netlists up to this size are drawn gate by gate */
#define TC_DOT_MAX_EDGES 5000
/* one node a bank, a cluster a component */
bool tc_family_dot(FILE *, const struct tc_family *, const struct tc_count *);
/* one node a gate; TC_ELIMIT above the sizes */
bool tc_netlist_dot(FILE *, const struct tc_netlist *, const char *name, struct tc_error *);
/* lays out DOT text with `dot` through libgvc, in a child process */
bool tc_dot_svg(const char *dot, size_t len, FILE *svg, struct tc_error *);

#endif
