/* compiler.h -- from a transformer specification to a circuit family
 *
 * Letters, the same everywhere: n positions, d width, h heads, b bits, f bits
 * of fraction; i the query's position, j, k, l the keys' positions, c, e
 * coordinates, a a bit, t a threshold of a chain.
 */
#ifndef TC_COMPILER_H
#define TC_COMPILER_H

#include "../passes/passes.h"

/* ---------------------------------------------------------------- the spec */

/* format.c -- number formats
 *
 * A value is kept as its word: `width` bits, least significant first, as
 * INTERFACE.md 2 says.  This one description drives lowering, reference, input and
 * output.
 *
 * fixed, unsigned: integer * 2^-fraction, the integer in two's complement or not.
 *
 * float: p - 1 fraction bits f, then a field E of q bits, then the sign.  With
 * B = 2^(p-1) the magnitude's key E B + f is the word without its sign, in the
 * order of the magnitudes:
 *     E = 0: 0 at f = 0, else f 2^low where the format has subnormals
 *     E > 0: (B + f) 2^(low + E - 1)
 * up to the largest finite key, top B + B - 1 - spare.  Then, in formats that have
 * them, the infinity and NaN; their canonical word is tc_format_special's.  Codes
 * that mean nothing (tc_format_decode: TC_NO_CODE) are assumed absent. */

enum tc_format_kind { TC_FIXED, TC_UNSIGNED, TC_FLOAT };

/* what becomes of results below the least normal number */
enum tc_underflow {
    TC_GRADUAL, /* subnormal numbers */
    TC_NEAREST, /* 0 or the least number, whichever is nearer; 0 if both are */
    TC_FLUSH,   /* 0, if below after rounding with unbounded exponent */
};

struct tc_format {
    enum tc_format_kind kind;
    unsigned bits, fraction; /* fixed, unsigned */
    /* float */
    unsigned p, q;
    int64_t low, top;
    unsigned spare; /* 0, or 1: the last key of field `top` is NaN (e4m3) */
    enum tc_underflow underflow;
    bool infinity; /* what overflows to, else the largest number; ftz: of results alone */
    bool nan, signed_zero;
};

#define TC_FIXED_MAX_BITS  62
#define TC_MOST_ORDER      8         /* of attention */
#define TC_FORMAT_MAX_BITS 256       /* of a word */
#define TC_FLOAT_MAX_EXP   (1 << 24) /* |exponents| of a float */

/* p significand bits, exponents emin .. emax of the significand as an integer; the
 * literature's float: saturating, no subnormals, one zero */
struct tc_format tc_format_float(unsigned p, int64_t emin, int64_t emax);
/* p significand bits with the hidden one, q exponent bits, all of IEEE 754 */
struct tc_format tc_format_ieee(unsigned p, unsigned q);
/* fixed:B,F unsigned:B float:P float:P,EMIN,EMAX ieee:P,Q ftz:P,Q binary16 bfloat16
 * e4m3 e5m2 binary32; TC_EUSAGE */
bool tc_format_parse(const char *text, struct tc_format *, struct tc_error *);
/* such a name; buf of 64 bytes or more */
void tc_format_name(const struct tc_format *, char *buf, size_t);

unsigned tc_format_width(const struct tc_format *); /* bits of a word */
/* float: the largest finite magnitude's key, which fits where q + p <= 63 */
int64_t tc_format_last_key(const struct tc_format *);

enum tc_class { TC_FINITE, TC_INFINITE, TC_NAN, TC_NO_CODE };

/* Words of any width as integers.  encode: the element nearest to x, ties to even;
 * minus is the sign of a zero; *exact (may be NULL): x is an element. */
void tc_format_encode(const struct tc_format *, mpq_srcptr x, bool minus, mpz_ptr word,
                      bool *exact);
enum tc_class tc_format_decode(const struct tc_format *, mpz_srcptr word, mpq_ptr x, bool *minus);
/* infinity (or what is in its place) or NaN; false if the format has no NaN */
bool tc_format_special(const struct tc_format *, enum tc_class, bool minus, mpz_ptr word);

/* Words of at most 64 bits.  word of the element nearest to x, ties to even,
 * saturating where the format has no infinity; zeros are +0; *exact (may be NULL) tells
 * whether x is representable */
uint64_t tc_format_round(const struct tc_format *, mpq_srcptr x, bool *exact);
enum tc_class tc_format_value(const struct tc_format *, uint64_t word, mpq_ptr);

/* format_text.c: as INTERFACE.md 2 prints it: "0x1.8p+1", or decimal; buf of 64 bytes or more */
void tc_format_print(const struct tc_format *, uint64_t word, bool decimal, char *buf, size_t);
/* the same of any width; malloc'ed */
char *tc_format_text(const struct tc_format *, mpz_srcptr word, bool decimal);

/* expr.c -- attribute expressions over parameters
 *
 * Integers and decimals, + - * / ^, parentheses, ceil, floor, round, log2, sqrt, min,
 * max; exact where the result is rational (log2 only under ceil or floor, or
 * of a power of two; sqrt only of a square, or under ceil or floor). */

struct tc_param {
    const char *name;
    int64_t value;
    struct tc_loc loc;
};

struct tc_number {    /* what an expression came to */
    const char *text; /* as written */
    mpq_ptr value;
    const struct tc_poly
        *poly; /* in the parameters; what is no polynomial is a symbol of its own */
};

bool tc_expr_eval(struct tc_arena *, const char *text, const struct tc_param *, unsigned nparam,
                  struct tc_loc, struct tc_number *, struct tc_error *);
bool tc_expr_is_function(const char *name); /* names that no parameter may have */

struct tc_size { /* a positive integer from an expression */
    int64_t value;
    const struct tc_poly *poly;
};

enum tc_rounding { TC_OP, TC_BLOCK, TC_LAYER };
extern const char *const tc_rounding_name[]; /* as in specifications */
enum tc_weights_source { TC_WEIGHTS_INPUT, TC_WEIGHTS_RANDOM, TC_WEIGHTS_FILE };
/* keys j that the query i sees: all; j <= i; j < i; i - span < j <= i */
enum tc_mask { TC_MASK_NONE, TC_MASK_CAUSAL, TC_MASK_STRICT_CAUSAL, TC_MASK_WINDOW };
enum tc_rope { TC_ROPE_NONE, TC_ROPE_EACH, TC_ROPE_COMPLEX, TC_ROPE_FLAT, TC_ROPE_QUERY2 };
enum tc_activation_kind { TC_RELU, TC_GELU, TC_GELU_TANH, TC_SILU, TC_TANH, TC_SIGMOID };
enum tc_norm_kind { TC_NORM_LAYER, TC_NORM_RMS, TC_NORM_SPHERE };
enum tc_attention_kind {
    TC_SOFTMAX,
    TC_AVERAGE_HARD,
    TC_UNIQUE_HARD,
    TC_LINEAR_ATTENTION,
    TC_UNNORMALIZED,
    TC_CME,
};
extern const char *const tc_mask_name[],
    *const tc_activation_name[], *const tc_norm_name[],
                                     *const tc_attention_name[],
                                         *const tc_position_name[]; /* as in specifications */

/* scale: score * multiply / divide, or score * multiply / sqrt(divide) when
 * root is set; both are integers (with denominator 1), multiply not 0, divide
 * positive; "1/E" and "1/sqrt(E)" with an integer E give 1 and E.  root is set
 * only where the root is irrational. */
struct tc_scale {
    mpq_ptr multiply, divide;
    bool root;
    const char *text;
};

/* expr.c: the same expressions; the value may also be a rational times a root */
bool tc_expr_scale(struct tc_arena *, const char *text, const struct tc_param *, unsigned nparam,
                   struct tc_loc, struct tc_scale *, struct tc_error *);

/* What positions add: to the rows that a block reads (sinusoidal, learned), or to the
 * scores of an attention, by the offset of query and key (the others).  SPEC.md,
 * "Positions", has the formulas. */
enum tc_position_kind {
    TC_POSITION_NONE,
    TC_SINUSOIDAL,
    TC_LEARNED,
    TC_T5,
    TC_ALIBI,
    TC_KERPLE,
    TC_SANDWICH,
    TC_FIRE,
};

struct tc_position {
    enum tc_position_kind kind;
    bool computed;                    /* fire: in the circuit, each operation rounded */
    mpq_ptr base;                     /* sinusoidal, sandwich */
    struct tc_size buckets, distance; /* t5: how many, and from where on there is one */
    bool power;                       /* kerple: -r1 |i-j|^r2, else -r1 log(1 + r2 |i-j|) */
    mpq_ptr r1, r2;                   /* kerple; sandwich: r1 */
    struct tc_size terms, width;      /* sandwich: r2, d' */
    mpq_ptr c, limit;                 /* fire: c, L */
    struct tc_size hidden;            /* fire: of its MLP */
};

enum tc_kernel { TC_KERNEL_LINEAR, TC_KERNEL_EXPONENTIAL, TC_KERNEL_RBF };

struct tc_cme { /* V^T (K(K,K) + lambda I)^-1 K(K,q) */
    enum tc_kernel kernel;
    mpq_ptr gamma, lambda, damping;
    int64_t features, terms; /* one of them is 0 */
};

struct tc_attention {
    unsigned order; /* 2, 3 or 4: order - 1 keys and values */
    enum tc_attention_kind kind;
    struct tc_size width;             /* of its input */
    struct tc_size heads, head_width; /* output width is heads * head_width */
    struct tc_size kv_heads;          /* of keys and values; divides heads */
    struct tc_scale scale;
    bool stable; /* softmax: less the row's largest score */
    enum tc_mask mask;
    int64_t span; /* of a window */
    bool output;  /* W_O: heads * head_width to width */
    enum tc_rope rope;
    bool rope_computed; /* its angles in the circuit */
    mpq_ptr base;       /* of the rope angles */
    const char *base_text;
    struct tc_position position; /* but rope */
    struct tc_cme cme;
};

struct tc_mlp {
    struct tc_size hidden;
    enum tc_activation_kind activation;
    bool gated, bias;
};

struct tc_norm {
    enum tc_norm_kind kind;
    mpq_ptr epsilon; /* 0 or more */
    bool affine;     /* gain, and bias where the kind is layer */
};

enum tc_block_kind {
    TC_ATTENTION,
    TC_LINEAR,
    TC_MLP,
    TC_ACTIVATION,
    TC_NORM,
    TC_POSITION, /* sinusoidal or learned, added to the rows */
    TC_EMBEDDING,
    TC_UNEMBEDDING,
    TC_RESIDUAL, /* x + step f(x), f its children */
    TC_REPEAT,   /* its children are the repetitions, one after the other */
};

/* A block maps rows of width in to rows of width out.  Each that computes something has a
 * place of its own in the tree; tied repetitions share their tensors. */
struct tc_block {
    enum tc_block_kind kind;
    const char *path; /* "attention", "attention0", "repeat.1.attention", ... */
    struct tc_loc loc;
    const struct tc_element *element; /* its expressions as they are written */
    struct tc_size in, out;           /* widths; in of an embedding: the vocabulary */
    unsigned tensor;                  /* its first weight in tc_spec.tensor */
    unsigned ntensor;                 /* of its own, children's apart */
    union {
        struct tc_attention attention;
        struct tc_mlp mlp;
        struct tc_norm norm;
        struct tc_position position;
        struct {
            bool bias;
        } linear;
        struct {
            enum tc_activation_kind kind;
        } activation;
        struct {
            bool tied;   /* to the embedding, whose matrix its tensor then is */
            bool argmax; /* Y is the ids of the largest logits, the first if several */
        } unembedding;
        struct {
            mpq_ptr step; /* not 0 */
        } residual;
    };
    unsigned nchild; /* residual, repeat */
    struct tc_block *child;
    unsigned nrepeat; /* repeat: nchild / nrepeat blocks each time */
    bool tied;        /* the repetitions share their tensors */
};

/* A tensor of the model, in the order of `tc0c inputs`: X, weights, (Y last). */
enum tc_role { TC_ROLE_INPUT, TC_ROLE_CONSTANT, TC_ROLE_RESULT };

struct tc_tensor {
    const char *name; /* "X", "attention.W_K1", "Y" */
    enum tc_role role;
    const struct tc_format *ids; /* token ids: their format; NULL: the model's numbers */
    uint64_t below;              /* token ids: all words are; else 0 */
    unsigned rank;
    struct tc_size size[3];
    uint64_t *word; /* row-major words; NULL until filled */
    struct tc_loc loc;
};

struct tc_spec {
    struct tc_arena *arena;
    const char *name, *file;
    const struct tc_element *root;
    unsigned nparam;
    struct tc_param *param;
    struct tc_format format; /* infinity only where results may be: rounding TC_BLOCK */
    enum tc_rounding rounding;
    struct tc_size length, width;     /* of X; width 0 if it is tokens */
    struct tc_size vocabulary;        /* of tokens: ids below it; else 0 */
    struct tc_format ids, result_ids; /* unsigned words of token ids: of X, of Y */
    enum tc_weights_source weights;
    uint64_t seed;        /* random */
    mpq_ptr weight_scale; /* random: weights uniform in [-scale, scale], rounded */
    const char *href;     /* file, resolved against the spec's folder */
    struct tc_loc weights_loc;
    unsigned nblock;
    struct tc_block *block;
    unsigned ntensor;         /* X, then weights block by block, then Y */
    struct tc_tensor *tensor; /* constants filled in by tc_spec_load */
};

struct tc_setting { /* --set NAME=VALUE */
    const char *name, *value;
};

/* spec_xml.c -- the document, safe to keep after libxml2 is done with it
 *
 * Elements are validated against the language's schema; every one and every attribute knows
 * its place.  Everything is in the arena. */

struct tc_attribute {
    const char *name, *value;
    struct tc_loc loc;  /* of its name */
    struct tc_loc text; /* of its value, after the quote; loc where it holds references */
};

struct tc_element {
    const char *name;
    struct tc_loc loc;
    unsigned nattribute;
    struct tc_attribute *attribute;
    struct tc_element *child, *next;
};

enum tc_xml_language { TC_XML_SPEC, TC_XML_SEMIGROUP };

struct tc_element *tc_xml_read(struct tc_arena *, enum tc_xml_language, const char *file,
                               struct tc_error *);
/* Whole file, "-" for standard input, at most max bytes (else TC_ELIMIT);
 * malloc'ed and ended by a 0 that *size does not count.  NULL on error. */
char *tc_slurp(const char *file, size_t max, size_t *size, struct tc_error *);

/* spec_check.c
 * file is borrowed ("-" is standard input).  Every error has file, line and, where libxml2
 * knows it, column; found and wanted.  NULL on error.  With load, constant
 * weights are made (random) or read (file). */
struct tc_spec *tc_spec_read(const char *file, const struct tc_setting *, unsigned nsetting,
                             bool load, struct tc_error *);
/* The same with load; but what the language has and no circuit is built for (attention of an
 * order above 4, the inverse of an n x n matrix, too many terms, features, repetitions) is
 * no error: the first such is *refused, of kind 0 if there is none.  A spec of which
 * something is refused has no tensors, and blocks that are too many are there once. */
struct tc_spec *tc_spec_outline(const char *file, const struct tc_setting *, unsigned nsetting,
                                struct tc_error *refused, struct tc_error *);
void tc_spec_free(struct tc_spec *);
struct tc_tensor *tc_spec_tensor(const struct tc_spec *, const char *name); /* or NULL */
uint64_t tc_tensor_count(const struct tc_tensor *);
const struct tc_format *tc_tensor_format(const struct tc_spec *, const struct tc_tensor *);

/* values.c -- tensors from and to JSON (INTERFACE.md 2)
 *
 * Fills word of each tensor of role INPUT, allocated in arena, from the file;
 * a missing, unknown or misshapen tensor is an error that names it. exact:
 * a number that the format does not hold is an error. */
bool tc_values_read(struct tc_arena *, const char *file, const struct tc_spec *, enum tc_role,
                    bool exact, struct tc_tensor *tensor, unsigned ntensor, struct tc_error *);
/* writes {"Y": [[...]]}, one row a line */
bool tc_values_write(FILE *, const struct tc_spec *, const struct tc_tensor *, unsigned ntensor,
                     bool decimal);

/* random.c -- the one generator: xoshiro256**, seeded through splitmix64 */
struct tc_random {
    uint64_t s[4];
};
void tc_random_seed(struct tc_random *, uint64_t seed);
uint64_t tc_random_next(struct tc_random *);
uint64_t tc_random_below(struct tc_random *, uint64_t bound); /* unbiased */

/* table: size 2^(bits); arithmetic: size polynomial in them */
enum tc_regime { TC_REGIME_AUTO, TC_REGIME_TABLE, TC_REGIME_ARITHMETIC };

/* reference.c -- the model computed from its definitions, no circuits
 *
 * in: words of every tensor of the spec (inputs and constants), in spec order;
 * out: words of Y.  GMP and MPFR throughout; shares no arithmetic with
 * lowering.  A context keeps what does not depend on the values.  Functions past 16 bits, and in
 * the arithmetic regime, are those of SPEC.md's "Functions by series" and "by pieces". */
struct tc_reference;
struct tc_reference *tc_reference_new(const struct tc_spec *, enum tc_regime, struct tc_error *);
void tc_reference_run(struct tc_reference *, const uint64_t *const *tensor, uint64_t *out);
void tc_reference_free(struct tc_reference *);
/* from now on runs say there what holds for their data alone: the contraction of cme's series */
void tc_reference_notes(struct tc_reference *, FILE *);

/* rope.c -- rotation entries as computed tables
 *
 * rope(PART, base=B, width=D, bits=b, fraction=f): entry [p, l] is the integer
 * of the format nearest to cos or sin (PART) of p * B^(-2l/D).
 * rope_product(same): entry [p, l, v]: round(entry * v), both in the format.
 * rope_step(same): rope_product[p, l, v] - rope_product[p, l, v - 1]. */
extern const struct tc_function tc_rope, tc_rope_product, tc_rope_step;
/* rope_float.c: rope_float(PART, base=B, width=D, fraction=T, format=F): the same in a
 * float's format F, as an integer in units of 2^-T */
extern const struct tc_function tc_rope_float;
/* sinusoid.c: sinusoid(base=B, width=D, bits=b, fraction=f) or (base=B, width=D, fraction=T,
 * format=F): entry [p, e] is rope's or rope_float's sine of pair e/2 at p, cosine where e is odd */
extern const struct tc_function tc_sinusoid;
void tc_rope_register(void);

/* bias.c -- what positions add to scores, as computed tables; SPEC.md has them */
void tc_bias_register(void);

/* lower.c -- spec to family */
struct tc_options {
    enum tc_level level; /* of lowering; that of the passes is in theirs */
    enum tc_regime regime;
    struct tc_pass_options pass;
};
struct tc_family *tc_lower(const struct tc_spec *, const struct tc_options *, struct tc_error *);

/* lengths.c -- depth and gates over the length, for plots */
struct tc_lengths {
    const char *parameter; /* whose value the length is */
    unsigned n;
    struct tc_at_value {
        int64_t value; /* in ascending order; the specification's own is among them */
        unsigned depth;
        mpz_ptr gates;
    } * at;
};

/* report.c */
struct tc_report {
    const char *name;
    const struct tc_spec *spec; /* NULL, and family too, for a circuit from a file */
    const struct tc_options *options;
    const struct tc_family *family;
    const struct tc_count *count;
    const struct tc_pass_log *passes;
    bool times;                       /* how long each pass took, too */
    const char *caption;              /* or NULL */
    const struct tc_lengths *lengths; /* or NULL */
};
bool tc_report_write(FILE *, const struct tc_report *);

/* html.c -- a report as a page, by report.xsl */

struct tc_page {
    const char *report, *svg; /* svg NULL: there is no drawing, */
    size_t report_len, svg_len;
    const char *undrawn; /* and why; "" if there is one */
};
/* false without an error: the stream failed */
bool tc_html_write(FILE *, const struct tc_page *, struct tc_error *);

/* -------------------------------------------------------- the command line */

#define TC_VERSION "0.1.0"

/* options.c, commands.c -- commands, their options and their help */

enum tc_command {
    TC_CHECK,
    TC_INPUTS,
    TC_COMPILE,
    TC_RUN,
    TC_VERIFY,
    TC_SWEEP,
    TC_PASSES,
    TC_PRIM,
    TC_GATE,
    TC_BOUNDS,
    TC_PROBLEM,
    TC_EXPLAIN,
    TC_IMPORT,
};

enum tc_kind { /* of output, --emit */
               TC_EMIT_REPORT,
               TC_EMIT_FAMILY,
               TC_EMIT_NETLIST,
               TC_EMIT_DOT,
               TC_EMIT_SVG,
               TC_EMIT_GATES_DOT,
               TC_EMIT_GATES_SVG,
               TC_EMIT_TH,
               TC_EMIT_OPB,
               TC_EMIT_BLIF,
               TC_EMIT_AIGER,
               TC_EMIT_AAG,
               TC_EMIT_VERILOG,
               TC_EMIT_CNF,
               TC_EMIT_GRAPHML,
               TC_EMIT_FAMILY_XML,
               TC_EMIT_HTML,
               TC_NEMIT,
};
const char *tc_kind_name(enum tc_kind);
const char *tc_kind_file(enum tc_kind); /* its name in a folder */

enum tc_engine_kind { TC_ENGINE_FAMILY, TC_ENGINE_NETLIST, TC_ENGINE_REFERENCE };
enum tc_when { TC_AUTO, TC_ALWAYS, TC_NEVER };

struct tc_vary {
    const char *name;
    unsigned nvalue;
    const char **value;
};

struct tc_args {
    struct tc_arena *arena; /* what errors point to lives as long */
    enum tc_command command;
    bool help, version; /* nothing else was asked for; command if has_command */
    bool has_command;
    const char *spec;
    unsigned nset;
    struct tc_setting *set;
    const char *output, *values; /* or NULL */
    bool emit[TC_NEMIT];
    unsigned nemit;
    struct tc_options options;
    uint64_t max_gates; /* UINT64_MAX: not given */
    uint64_t vectors;   /* if has_vectors */
    bool has_vectors, all_vectors;
    bool permute; /* verify */
    bool formal, second;
    uint64_t timeout;             /* seconds */
    const char *against, *proofs; /* or NULL */
    uint64_t seed;
    unsigned workers; /* --threads; 0 is 1 */
    enum tc_engine_kind engine;
    enum tc_when progress;
    bool exact, decimal, quiet, no_times, verbose;
    const struct tc_pass *dump; /* after which to print; or NULL */
    const char *dump_file;      /* or NULL: standard error */
    /* sweep */
    unsigned nvary;
    struct tc_vary *vary;
    bool over;      /* depth: gates against it, and nothing is varied */
    bool svg;       /* a picture in place of the table */
    unsigned nwith; /* tables in it, too */
    const char **with;
    const char *format; /* of prim's numbers; what bounds and explain print; or NULL */
    /* prim, whose operation is in the place of the specification */
    const char *constants; /* or NULL */
    uint64_t terms;        /* if has_terms */
    bool has_terms, stats;
    const char *explain; /* text, markdown or html; or NULL */
    /* gate */
    const char *gate;                       /* the number or place; NULL with language */
    const char *inputs, *fanout, *language; /* or NULL */
    bool cost;
    /* problem, whose name is in the place of the specification */
    const char *group, *subgroup, *definition, *beside; /* or NULL */
    uint64_t length, period, instances, pieces; /* length if has_length; the others 0: not given */
    bool has_length, halves, reduced, run;
};

/* TC_EUSAGE on error; args->has_command tells whose help may help */
bool tc_args_parse(struct tc_arena *, int argc, char **argv, struct tc_args *, struct tc_error *);
const char *tc_command_name(enum tc_command);
bool tc_number_parse(const char *text, uint64_t *value); /* decimal, or a power such as 2^27 */
void tc_help_write(FILE *, const struct tc_args *);      /* of the command, or in general */

/* output.c -- files that are written whole or not at all
 *
 * A sink writes to a temporary file beside its target and takes its name at
 * the end.  Standard output, devices and pipes are written directly. */
struct tc_sink {
    FILE *file;       /* to write to */
    const char *path; /* of the target, as named by the user; NULL for standard output */
    char *target;     /* the file itself, symbolic links followed */
    char *temp;       /* NULL if written directly */
};
bool tc_sink_open(struct tc_sink *, const char *path, struct tc_error *); /* NULL, "-": stdout */
/* a write that has just failed, with the reason in errno; returns false */
bool tc_sink_failed(const struct tc_sink *, struct tc_error *);
bool tc_sink_finish(struct tc_sink *, struct tc_error *); /* all is written; not yet in place */
bool tc_sink_commit(struct tc_sink *, struct tc_error *); /* finishes if need be, and frees */
void tc_sink_abandon(struct tc_sink *);                   /* as if nothing had been written */
void tc_sink_cleanup(void); /* removes temporary files; safe in a signal handler */

/* compile.c -- spec to family, counted; and out again */
struct tc_compiled {
    struct tc_arena *arena;
    struct tc_spec *spec; /* NULL, and family too: a circuit from a file */
    struct tc_family *family;
    struct tc_netlist *netlist; /* that circuit; NULL with a family */
    const char *name;           /* of the circuit */
    const char *caption;        /* what its depth says; or NULL */
    struct tc_count count;
    struct tc_pass_log passes;
    double seconds;
};
/* the spec, with its constants; then the rest.  Free it also after an error. */
bool tc_compile_read(const struct tc_args *, const struct tc_setting *, unsigned nsetting,
                     struct tc_compiled *, struct tc_error *);
bool tc_compile_lower(const struct tc_args *, struct tc_compiled *, struct tc_error *);
void tc_compiled_free(struct tc_compiled *);
/* lengths.c -- the family of args with another value of a parameter; its wires are not counted.
 * Free it also after an error, and before the arena, where its settings are. */
bool tc_compile_at(const struct tc_args *, struct tc_arena *, const char *parameter, int64_t value,
                   struct tc_compiled *, struct tc_error *);
/* Powers of two, as far as they can be built, and its own length; false if no parameter is
 * the length, if there is no other or nothing can be read again. */
bool tc_lengths_of(const struct tc_args *, struct tc_arena *, const struct tc_compiled *,
                   struct tc_lengths *);
/* TC_ELIMIT if a bank is so large that running the family is hopeless */
#define TC_RUN_GATE_BITS 38
bool tc_compiled_runnable(const struct tc_compiled *, struct tc_error *);
/* optimize.c -- the passes as the command line asks for them */
bool tc_optimize_family(const struct tc_args *, struct tc_compiled *, bool counted,
                        struct tc_error *);
/* spec: whose circuit it is, or NULL; count may be NULL */
bool tc_optimize_netlist(const struct tc_args *, struct tc_arena *, const struct tc_spec *,
                         struct tc_netlist **, struct tc_count *, struct tc_pass_log *,
                         struct tc_error *);
/* the netlist within max_gates and what memory holds; no pass has run */
struct tc_netlist *tc_compiled_netlist(const struct tc_compiled *, uint64_t max_gates,
                                       uint64_t max_edges, struct tc_error *);
/* the same after the passes of netlists that --passes names */
struct tc_netlist *tc_compiled_final(const struct tc_args *, struct tc_compiled *,
                                     struct tc_error *);
/* writes what --emit names to -o */
bool tc_emit(const struct tc_args *, struct tc_compiled *, struct tc_error *);
/* circuit.c -- circuits from files in the place of specifications
 *
 * Whether the operand is one, and no XML, by its first byte; standard input is left as
 * it was. */
bool tc_is_netlist(const struct tc_args *);
/* the circuit, in any form that tc_read_circuit knows, or a refusal of what is asked of it */
struct tc_netlist *tc_netlist_open(const struct tc_args *, struct tc_error *);
/* the same, and then its passes.  Free it also after an error. */
bool tc_circuit_read(const struct tc_args *, struct tc_compiled *, struct tc_error *);
bool tc_circuit_optimize(const struct tc_args *, struct tc_compiled *, struct tc_error *);
/* runs the passes; on the bits {"x": [0, 1, ...]} of --values, printing {"y": ...} */
bool tc_circuit_run(FILE *out, const struct tc_args *, struct tc_compiled *, struct tc_error *);
/* runs the passes, and the circuit before and after them on the same inputs */
bool tc_circuit_verify(FILE *out, const struct tc_args *, struct tc_compiled *, bool *same,
                       struct tc_error *);

/* engine.c -- the three engines, alike
 *
 * in: the words of all tensors of role INPUT, in spec order, vector after
 * vector; out: the words of Y, likewise. */
struct tc_engine {
    const char *name;
    bool (*run)(void *state, const uint64_t *in, uint64_t *out, size_t nvector, struct tc_error *);
    void *state;
    uint64_t limit; /* of vectors that verify gives it; UINT64_MAX for all */
};
/* what is not made by the call is borrowed; state is in the arena */
struct tc_engine tc_engine_family(struct tc_arena *, const struct tc_spec *,
                                  const struct tc_family *);
struct tc_engine tc_engine_netlist(struct tc_arena *, const struct tc_spec *,
                                   const struct tc_netlist *);
struct tc_engine tc_engine_reference(struct tc_arena *, const struct tc_spec *,
                                     struct tc_reference *);
/* words of all tensors of a role together */
uint64_t tc_spec_words(const struct tc_spec *, enum tc_role);
uint64_t tc_spec_bits(const struct tc_spec *, enum tc_role); /* their wires */
/* copies of the spec's tensors of a role, their words set to successive parts of `word` */
struct tc_tensor *tc_spec_view(struct tc_arena *, const struct tc_spec *, enum tc_role,
                               uint64_t *word, unsigned *ntensor);

/* vectors.c -- inputs to try: all of them, or seeded random ones
 *
 * Vector v depends on the seed and on v alone.  The first ones are the plain
 * extremes; then uniform words, small values, extremes, rows that repeat,
 * tensors of one value and sparse ones take turns; of floats also exponents beside
 * that of 1, x and -x, and ties.  All words mean finite numbers (-0 too): with `all`,
 * codes that do not are others once more. */
struct tc_vectors {
    const struct tc_spec *spec;
    bool all;       /* vector v < count is one of all inputs, in scattered order */
    uint64_t count; /* of vectors */
    uint64_t seed;
    unsigned workers; /* processes that share them; 0 is 1 */
};
void tc_vector_make(const struct tc_vectors *, uint64_t v, uint64_t *word);

/* workers.c: step(state, k) for k < n, until one gives false; *stopped is the least k that did,
 * or n.  Worker w < workers takes the steps k = w modulo workers, in order, and all but worker 0
 * are processes of their own, so that what their steps write is lost: a step that stops is to be
 * taken again.  False where there is no process or memory. */
#define TC_MOST_WORKERS 256
typedef bool tc_step(void *state, uint64_t k);
bool tc_share_steps(unsigned workers, uint64_t n, tc_step *, void *state, uint64_t *stopped,
                    struct tc_error *);

/* verify.c -- engines against each other */

/* up to so many wires the netlist runs on all vectors, above on 64 */
#define TC_VERIFY_WIRES 2000000
#define TC_VERIFY_FEW   64
/* above either of these it is left out */
#define TC_VERIFY_MAX_GATES ((uint64_t)1 << 25)
#define TC_VERIFY_MAX_EDGES ((uint64_t)1 << 27)
/* up to so many input bits, all inputs are tried */
#define TC_VERIFY_ALL_BITS 20
#define TC_VERIFY_VECTORS  1000

/* Runs every engine on the vectors and compares with the first.  *same tells
 * whether all agreed; if not, the inputs and the outputs that differ go to
 * `out`, the inputs as JSON also to the file `witness` unless it is NULL. */
bool tc_verify_vectors(FILE *out, const struct tc_vectors *, const struct tc_engine *,
                       unsigned nengine, size_t batch, const char *witness, bool *same,
                       struct tc_error *);
/* the counts of a family and of a netlist; differences go to `out` */
bool tc_verify_counts(FILE *out, const struct tc_count *family, const struct tc_count *netlist);
/* the command: reference, family and netlist; a summary to `out` */
bool tc_verify(FILE *out, const struct tc_args *, const struct tc_compiled *, bool *same,
               struct tc_error *);

/* formal.c -- verify --formal: two circuits proved equal, output by output
 *
 * The circuit before and after its passes, or with args->against after them and another.
 * *same is false where a difference was found, which is printed with its inputs; TC_ELIMIT
 * where proofs are missing, unless no time was given. */
bool tc_formal(FILE *out, const struct tc_args *, bool *same, struct tc_error *);

/* gate.c -- the command: one gate by its number or place
 *
 * Prints what the gate is, reads and drives; with --language whether a tuple is in
 * the direct connection language, *yes.  TC_EUSAGE for what names no wire. */
bool tc_gate_command(FILE *out, const struct tc_args *, const struct tc_compiled *, bool *yes,
                     struct tc_error *);

/* problem_command.c -- the command: a hard problem's circuit; see problem.h
 *
 * *same is false where --vectors found a difference. */
bool tc_problem_command(const struct tc_args *, bool *same, struct tc_error *);

/* sweep.c -- counts over the values of one or two parameters, as CSV or a picture */
bool tc_sweep(FILE *out, const struct tc_args *, struct tc_error *);

/* import.c -- config.json of a published model as a specification, with comments on what was
 * left out.  TC_ESPEC for a type of model or a feature that is not known, by name. */
bool tc_import(FILE *out, const struct tc_args *, struct tc_error *);

#endif
