/* commands.c -- commands, their options and their help, in one table */
#include "options.h"

#include <string.h>

static const struct option_def option_defs[] = {
    {OPT_OUTPUT, 'o', "output", "FILE", "write to FILE, whole or not at all; - is standard output"},
    {OPT_EMIT, 0, "emit", "KIND,...", "what to write (see above); several go to the folder -o"},
    {OPT_LEVEL, 'O', "optimize", "LEVEL",
     "0: every result in binary wires, as textbooks have it; 1\n(default): little depth and few "
     "gates; "
     "2: least depth,\nthen the fewest gates; size: the fewest gates, then the least\ndepth (prim, "
     "and "
     "netlists in files, which 0 leaves as they are)"},
    {OPT_PASSES, 0, "passes", "NAME,...",
     "run these passes, see `tc0c passes`, in place of those of -O:\nof families, and behind them "
     "of "
     "netlists; none: no pass;\nO1, O2 and Osize: those that earn from -O0 what -O1, -O2\n"
     "and -O size lower, as in -O0 --passes O1"},
    {OPT_CHECK, 0, "check", NULL,
     "run the circuit after each pass beside the one before it: on\nall inputs up to 20 bits, else "
     "on "
     "weighted random ones"},
    {OPT_DUMP_AFTER, 0, "dump-after", "NAME[=FILE]",
     "print the circuit as text after the pass NAME; to standard\nerror unless FILE is given"},
    {OPT_VERBOSE, 'v', "verbose", NULL, "the contract of each pass, and the pipelines"},
    {OPT_MAX_GATES, 0, "max-gates", "N",
     "refuse to instantiate more than N gates; 2^27 and the like\nare understood"},
    {OPT_NO_TIMES, 0, "no-times", NULL, "leave times out of reports and summaries"},
    {OPT_VALUES, 0, "values", "FILE", "the inputs, as JSON; - is standard input"},
    {OPT_ENGINE, 0, "engine", "ENGINE",
     "family (default): bank by bank, as a tensor program;\nnetlist: gate by gate; "
     "reference: from the definitions"},
    {OPT_EXACT, 0, "exact", NULL, "a number that the format does not hold is an error"},
    {OPT_DECIMAL, 0, "decimal", NULL, "write decimals instead of hexadecimal floats"},
    {OPT_VECTORS, 0, "vectors", "N", "try N random vectors; `all` tries every input"},
    {OPT_SEED, 0, "seed", "S", "seed of the random vectors (default 1)"},
    {OPT_PERMUTE, 0, "permute", NULL, "the circuit against itself with tokens in another order"},
    {OPT_FORMAL, 0, "formal", NULL, "prove that the passes keep what the circuit computes"},
    {OPT_AGAINST, 0, "against", "WHAT",
     "of --formal: prove the circuit equal to another; WHAT is a\nnetlist or a specification, or, "
     "beginning with -, other\n"
     "options for the same one: '-O2 --max-weight 64'"},
    {OPT_TIMEOUT, 0, "timeout", "S",
     "of --formal: seconds for all proofs (default 300); 0: only\nproofs that need no solver"},
    {OPT_PROOFS, 0, "proofs", "FOLDER",
     "of --formal: keep each formula and its proof, N.cnf and N.drat"},
    {OPT_SECOND, 0, "second-opinion", NULL,
     "of --formal: ask clasp, too, with pseudo-Boolean constraints"},
    {OPT_VARY, 0, "vary", "NAME=A,B,...",
     "values of a parameter, or encodings as NAME position; may\nbe given twice"},
    {OPT_OVER, 0, "over", "depth",
     "in place of --vary: gates against depth, of levels of -O and\npasses; the fewest gates under "
     "each bound on depth"},
    {OPT_FORMAT, 0, "format", "FORMAT",
     "csv (default), or svg: a picture of depth, gates and wires"},
    {OPT_WITH, 0, "with", "FILE",
     "draw this table, too, whose columns are as those printed:\nwhat varies, depth, gates and "
     "more; may be repeated"},
    {OPT_NUMBER_FORMAT, 0, "format", "FORMAT",
     "of operands and results: fixed:B,F (two's complement of B\n"
     "bits, F of them fraction), unsigned:B, float:P,\nfloat:P,EMIN,EMAX, ieee:P,Q, ftz:P,Q, "
     "binary16, bfloat16,\nbinary32, e4m3 or e5m2"},
    {OPT_BOUNDS_FORMAT, 0, "format", "FORMAT",
     "text (default) or xml, described by compiler/bounds.xsd"},
    {OPT_EXPLAIN_FORMAT, 0, "format", "FORMAT", "text (default), markdown or html"},
    {OPT_TERMS, 0, "terms", "N", "of sum, prod, dot, max, argmax, maxarg, softmax, norm"},
    {OPT_CONSTANTS, 0, "constants", "FILE", "its numbers are the last operands of every line"},
    {OPT_ALL_BITS, 0, "exact", NULL,
     "all bits of the result instead of a rounded one: add,\nsub, mul, sum, prod, dot"},
    {OPT_STATS, 0, "stats", NULL, "read nothing; print depth and size of the circuit"},
    {OPT_EXPLAIN, 0, "explain", "FORMAT",
     "read nothing; say how the circuit works, bank by bank, as\ntext, markdown or html"},
    {OPT_LINES, 0, "values", "FILE", "the lines of operands; - (default) is standard input"},
    {OPT_INPUTS, 0, "inputs", "FROM:COUNT", "which of its wires to list (default 0:100)"},
    {OPT_FANOUT, 0, "fanout", "FROM:COUNT", "list these of the gates that read it, too"},
    {OPT_COST, 0, "cost", NULL, "print what the answer took, in operations"},
    {OPT_LANGUAGE, 0, "language", "TUPLE",
     "\"TYPE I J\", in place of a gate: whether wire I is of TYPE\n(input or threshold) and gate J "
     "reads it, I and J being\nnumbers of wires: yes or no, exit status 0 or 1"},
    {OPT_GROUP, 0, "group", "GROUP", "S2 to S7, A3 to A7 or C2 to C64"},
    {OPT_LENGTH, 'n', "length", "N", "how many elements, symbols or letters an instance has"},
    {OPT_PERIOD, 'm', "period", "M",
     "of membership: how many letters v has (default: as many as u)"},
    {OPT_HALVES, 0, "halves", NULL,
     "of word: by divide and conquer, even where constant depth is\nknown"},
    {OPT_SUBGROUP, 0, "subgroup", "A,B,...",
     "of closure: these elements generate it (default: the identity\nalone)"},
    {OPT_PIECES, 0, "pieces", "R", "of closure: pieces have up to R elements"},
    {OPT_INSTANCE, 0, "instance", "COUNT", "print so many random instances, a line each"},
    {OPT_REDUCED, 0, "reduced", NULL,
     "of membership and closure: random instances are made from\nthose that word has with the same "
     "seed"},
    {OPT_RUN, 0, "run", NULL, "print the circuit's answer to each line of --values"},
    {OPT_SWEEP, 0, "sweep", "n=A,B,...", "depth and gates at each length"},
    {OPT_BESIDE, 0, "beside", "SPEC", "of --sweep: the same of a transformer with n positions"},
    {OPT_SET, 0, "set", "NAME=VALUE",
     "give a parameter another value; may be repeated; position\n(unless it is a parameter): "
     "every attention has that encoding,\nwith its defaults, in place of its own: none, "
     "sinusoidal,\nlearned, rope, rope-complex, rope-flat, rope-query2,\nrope-computed, t5, alibi, "
     "kerple, kerple-power, sandwich,\nfire or fire-computed"},
    {OPT_REGIME, 0, "regime", "REGIME",
     "table (size 2^bits); arithmetic (size polynomial in the bits:\nof models every operation is "
     "a "
     "circuit of its own); auto\n(default): of prim whichever serves -O; of models table up to\n16 "
     "bits"},
    {OPT_MAX_WEIGHT, 0, "max-weight", "W",
     "split gates so that no weight is more than W; poly: than a\npolynomial in the wires that "
     "a gate reads; unbounded (default)"},
    {OPT_BASIS, 0, "basis", "BASIS",
     "threshold (default), or majority: AND, OR, NOT and MAJ, with\na wire read once a unit of its "
     "weight; of families"},
    {OPT_THREADS, 0, "threads", "N", "processes that share vectors, of verify (default 1)"},
    {OPT_QUIET, 'q', "quiet", NULL, "say nothing but errors"},
    {OPT_PROGRESS, 0, "progress", "WHEN", "auto (default: on a terminal), always or never"},
    {OPT_HELP, 'h', "help", NULL, "this text"},
    {OPT_VERSION, 0, "version", NULL, "versions of tc0c and of its libraries"},
};

#define PASSING  OPT_PASSES, OPT_CHECK, OPT_DUMP_AFTER
#define LOWERING OPT_LEVEL, OPT_REGIME, OPT_MAX_WEIGHT, OPT_BASIS
#define COMMON   OPT_THREADS, OPT_QUIET, OPT_PROGRESS, OPT_HELP

struct command_def {
    const char *name, *summary;
    const char *about, *examples;
    enum option_id options[32];
};

/* in the order of enum tc_command */
static const struct command_def command_defs[] = {
    {"check",
     "validate a specification and say in a line what it is",
     "Reads SPEC, checks it against the schema and for meaning, reads or makes its\n"
     "constant weights, and prints one line.  The first error ends it, with its place.\n",
     "  tc0c check examples/3-rope-tensor.xml\n"
     "  tc0c check --set n=1048576 examples/3-rope-tensor.xml\n",
     {OPT_SET, COMMON}},
    {"inputs",
     "the tensors: name, shape, input or constant or result",
     "Prints the tensors of SPEC, one a line: its name, its shape, and whether it is an\n"
     "input of the circuit, a constant built into it, or its result.  Inputs in this\n"
     "order, row-major, least significant bit first, are the circuit's input wires.\n",
     "  tc0c inputs examples/3-rope-tensor.xml\n",
     {OPT_OUTPUT, OPT_SET, COMMON}},
    {"compile",
     "make the circuit family and write reports, text, pictures",
     "Compiles SPEC to a family of threshold circuits and writes what --emit names:\n"
     "\n"
     "  report     XML: depth, gates, wires, formulas, components, banks (default)\n"
     "  family     the family as text, a bank a line, written as a formula\n"
     "  family-xml the same as XML, part by part (compiler/family.xsd)\n"
     "  netlist    the circuit at these sizes as text, a gate a line\n"
     "  dot, svg   a picture of the family: one node a bank\n"
     "  html       a page: the report, and the picture, in which banks can be clicked\n"
     "  gates-dot, gates-svg   a picture of the circuit: one node a gate, for up to\n"
     "             2000 gates and 5000 edges\n"
     "  th, opb, verilog, graphml   the circuit for other tools (ir/FORMAT.md): of\n"
     "             threABC; pseudo-Boolean; Verilog; a graph\n"
     "  blif, aiger, aag, cnf   its gates expanded into two-input logic: BLIF;\n"
     "             AIGER, binary and ascii; DIMACS\n"
     "\n"
     "With one kind, -o is a file and may be left out.  With several, -o is a folder\n"
     "and they are report.xml, family.tcf, netlist.tc, circuit.dot, circuit.svg,\n"
     "gates.dot and gates.svg in it, and circuit.th and so on.  The report, the family\n"
     "and its picture take no longer for a million positions than for two.\n"
     "\n"
     "SPEC may be a netlist's text instead, and is then written in any form that needs\n"
     "no family; or the file of a family, its text or XML, on which passes run, too.\n",
     "  tc0c compile examples/3-rope-tensor.xml\n"
     "  tc0c compile --set n=1024 --set d=64 --emit report,family,dot,svg -o out \\\n"
     "       examples/3-rope-tensor.xml\n"
     "  tc0c compile --emit aiger -o tiny.aig examples/1-tiny.xml\n",
     {OPT_OUTPUT, OPT_EMIT, OPT_MAX_GATES, OPT_NO_TIMES, OPT_SET, LOWERING, PASSING, COMMON}},
    {"run",
     "run the circuit on values",
     "Runs SPEC on the inputs in --values, a JSON object {\"X\": [[0.5, -1.25], ...], ...}\n"
     "with one entry for each input that `tc0c inputs` lists, and prints {\"Y\": ...}.\n"
     "Numbers are rounded to the format.\n",
     "  tc0c run --decimal --values examples/5-match3.values.json examples/5-match3.xml\n"
     "  tc0c run --engine reference --values x.json examples/3-rope-tensor.xml\n",
     {OPT_VALUES, OPT_OUTPUT, OPT_ENGINE, OPT_EXACT, OPT_DECIMAL, OPT_MAX_GATES, OPT_SET, LOWERING,
      PASSING, COMMON}},
    {"verify",
     "run the engines against each other",
     "Runs three engines that share no code on the same inputs and compares every bit:\n"
     "the reference (GMP and MPFR, from the definitions), the family (bank by bank) and\n"
     "the netlist (gate by gate).  Circuits of up to 20 input bits are tried on all\n"
     "inputs, others on 1000 seeded random vectors; --vectors says otherwise.  The\n"
     "netlist takes part in full up to 2 million wires, with 64 vectors up to 2^25\n"
     "gates and 2^27 stored edges, and not at all above; where it does, its counts are\n"
     "also compared with the family's.  Exit status 1 means that a difference was\n"
     "found: the inputs are printed, and written to -o for `tc0c run --values`.\n"
     "\n"
     "With --permute the family alone runs, on inputs and on the same with their tokens\n"
     "in another order: a model without positions, masks and leftmost choice gives its\n"
     "results in that order, bit for bit (exit status 1 if not); of any other an input\n"
     "is shown that tells the orders apart, if one was found.\n"
     "\n"
     "With --formal two circuits are proved equal, output by output: SPEC's before and after\n"
     "the passes, or with --against SPEC's after them and another.  SPEC may be a netlist.\n"
     "Equal gates are found by a normal form; inputs are all run where they are few; gates\n"
     "over many wires are compared with all states of parts of the other circuit; of a\n"
     "netlist the steps that passes say they took are checked, one by one; else\n"
     "cadical proves equal what within the circuits has been equal on random vectors, from\n"
     "the inputs on, and each of its DRAT proofs is checked here (drat-check does so by\n"
     "itself).  Words of floats that mean nothing, and token ids that there are not, are\n"
     "assumed not to occur.  Exit status 0: all outputs are proved equal; 1: a difference\n"
     "was found, its inputs are printed and written to -o; 4: something is only sampled.\n",
     "  tc0c verify examples/3-rope-tensor.xml\n"
     "  tc0c verify --vectors 100000 --seed 7 --set n=3 examples/3-rope-tensor.xml\n"
     "  tc0c verify --permute examples/3-rope-tensor.xml\n"
     "  tc0c verify --formal --against -O2 examples/1-tiny.xml\n"
     "  tc0c verify --formal --against circuit.tc examples/1-tiny.xml\n",
     {OPT_VECTORS, OPT_SEED, OPT_PERMUTE, OPT_FORMAL, OPT_AGAINST, OPT_TIMEOUT, OPT_PROOFS,
      OPT_SECOND, OPT_OUTPUT, OPT_MAX_GATES, OPT_NO_TIMES, OPT_SET, LOWERING, PASSING, COMMON}},
    {"sweep",
     "depth and size over values of parameters: CSV, or a picture",
     "Compiles SPEC for every value of the varied parameters, or for every encoding of\n"
     "positions that --vary position names, and prints a table: the parameters, depth,\n"
     "gates, wires, max-fan-in, max-weight, banks, inputs (bits).  With two, the second\n"
     "varies fastest.\n"
     "\n"
     "As svg, depth, gates and wires are drawn on logarithmic axes.  With two parameters\n"
     "the second is along the axis, and each value of the first has a line.\n"
     "\n"
     "With --over depth the table is of one circuit's forms: options, depth, gates, wires and\n"
     "whether no other form has at most its depth and fewer gates (front), of -O0, -O1 and\n"
     "-O2 after each pass of O1 and O2, or of --passes.\n",
     "  tc0c sweep --vary n=2,4,8,1024,1048576 examples/3-rope-tensor.xml\n"
     "  tc0c sweep --vary n=8,64 --vary d=4,8,16 -o size.csv examples/3-rope-tensor.xml\n"
     "  tc0c sweep --vary position=none,rope,alibi,t5 examples/3-rope-tensor.xml\n"
     "  tc0c sweep --over depth --format svg -o trade.svg examples/3-rope-tensor.xml\n"
     "  tc0c sweep --vary d=4,64 --vary n=4,64,1024 --format svg -o size.svg \\\n"
     "       examples/3-rope-tensor.xml\n",
     {OPT_VARY, OPT_OVER, OPT_FORMAT, OPT_WITH, OPT_OUTPUT, OPT_SET, LOWERING, PASSING, COMMON}},
    {"passes",
     "the passes, a line each",
     "Lists the passes: those of circuit families, then those of netlists.  With NAME, or\n"
     "with --verbose of all, also what a pass requires, what it keeps, what may grow, and\n"
     "which -O runs it.\n",
     "  tc0c passes\n"
     "  tc0c passes split-weights\n",
     {OPT_VERBOSE, OPT_OUTPUT, COMMON}},
    {"prim",
     "one arithmetic operation as a circuit",
     "Builds the circuit of operation OP and runs it for each line of operands (decimal\n"
     "or hexadecimal floats between blanks, rounded to the format); prints a line of\n"
     "results for each.  OP, correctly rounded (to nearest, ties to even):\n"
     "\n"
     "  add sub mul div             of two operands\n"
     "  lt le eq                    0 or 1\n"
     "  sqrt rsqrt recip exp exp2 log sin cos tanh sigmoid gelu gelu-tanh silu relu\n"
     "  floor neg abs               of one\n"
     "  sum prod dot                with --terms N: N operands, 2N of dot; one rounding\n"
     "  max argmax maxarg           of N: argmax: place of the first largest; maxarg: both\n"
     "  softmax norm                of N, N results; each step rounded\n"
     "\n"
     "--stats prints a line: depth, gates, wires, max-fan-in, max-weight of the circuit;\n"
     "form-depth and form-gates without the layer that makes gates of the result's bits.\n",
     "  echo 1.5 -0.25 | tc0c prim mul --format fixed:8,4 --decimal\n"
     "  echo 1 3 | tc0c prim div --format bfloat16\n"
     "  tc0c prim dot --terms 16 --format fixed:8,4 --stats\n",
     {OPT_NUMBER_FORMAT, OPT_TERMS, OPT_CONSTANTS, OPT_ALL_BITS, OPT_STATS, OPT_EXPLAIN, OPT_LINES,
      OPT_OUTPUT, OPT_ENGINE, OPT_DECIMAL, OPT_MAX_GATES, LOWERING, COMMON}},
    {"gate",
     "one gate by its number: place, level, threshold, wires",
     "Prints gate K of the circuit of SPEC, K from 0 to the size less 1, however large,\n"
     "by index arithmetic on the family: nothing is instantiated, and no table is made\n"
     "over the positions.  That is what makes a family uniform: one short description\n"
     "says of each gate of each size what it is and what it reads, quickly.\n"
     "\n"
     "Wires are numbered as in the netlist: the inputs first, then the gates; gate K is\n"
     "wire (inputs + K).  Gates go bank by bank, in each the points of its indices in\n"
     "lexicographic order within the guards, the thresholds last.  In place of K stands\n"
     "also a PATH: BANK[i, j; t] with numbers for the indices, as the text form of the\n"
     "family has them; X[i, e].bit of an input; Y[i, c].bit of an output.\n"
     "\n"
     "The wires that the gate reads are listed with their weights in the order of the\n"
     "netlist's row; those with weight 0 are none and are not counted.  A gate is 1 if and\n"
     "only if the weighted sum is at least its threshold.\n"
     "\n"
     "Exit status 4 says that a sum over an index has no closed form here and too many\n"
     "values to try: readers through a table over all positions, for one.\n",
     "  tc0c gate --set n=1024 --set d=64 examples/3-rope-tensor.xml 1234567890123\n"
     "  tc0c gate --inputs 100:5 --cost examples/3-rope-tensor.xml 'q[1, 0, 1; 5]'\n"
     "  tc0c gate --fanout 0:10 examples/3-rope-tensor.xml 'X[0, 1].2'\n"
     "  tc0c gate --language 'input 3 400' examples/1-tiny.xml\n",
     {OPT_INPUTS, OPT_FANOUT, OPT_COST, OPT_LANGUAGE, OPT_OUTPUT, OPT_SET, LOWERING, PASSING,
      COMMON}},
    {"bounds",
     "symbolic and measured depth, size, class",
     "Prints what is known of SPEC as a family of circuits, one for each length:\n"
     "\n"
     "  its class (AC0, TC0, ...), the block that decides, which hypotheses are met, how\n"
     "  uniform the family is, and what it then cannot solve, under which assumption;\n"
     "  its depth in the literature's constants d_std, d_prod, d_sum, d_exp, d_sqrt, d_trig,\n"
     "  stage by stage and with parallel stages, with the depths that the circuits of one\n"
     "  operation have (`tc0c prim`), and the depth of the circuit itself;\n"
     "  its gates as an exact closed form, and the leading term.\n"
     "\n"
     "A specification of which no circuit is built, such as one of growing order, has its\n"
     "class and symbolic depth all the same.  compiler/SPEC.md, \"Bounds\", says more.\n",
     "  tc0c bounds examples/3-rope-tensor.xml\n"
     "  tc0c bounds --format xml -o bounds.xml examples/10-language-model.xml\n",
     {OPT_BOUNDS_FORMAT, OPT_OUTPUT, OPT_SET, LOWERING, OPT_PASSES, COMMON}},
    {"problem",
     "hard problems as circuits, for contrast",
     "Builds the circuit of a problem at one length.  PROBLEM:\n"
     "\n"
     "  word         the product of N elements of --group, and whether it is the identity\n"
     "  formula      the value of a Boolean formula of N symbols 0 1 & | ^ in Polish notation\n"
     "  closure      whether N elements of --group, or of the monoid of FILE, can be cut into\n"
     "               pieces of up to R, each with its product in a subgroup\n"
     "  membership   whether u v v v ... is in the language of a morphism to a finite semigroup "
     "and\n"
     "               linked pairs, those of FILE; u has N letters, v has M\n"
     "\n"
     "A product is a tree: neighbours are multiplied until one is left, so that depth grows\n"
     "as log N; so it does of formulas, cut in halves.  These are upper bounds on our\n"
     "constructions, and no lower bounds: that no circuits of constant depth and polynomial\n"
     "size exist for formulas and for words (and closures, for some R) over A5, A6, A7, S5,\n"
     "S6, S7 holds if TC0 != NC1 (these problems are NC1-complete).  Where constant depth is "
     "known\n"
     "and built (C2 to C64, S2, S3, A3) that circuit is made, unless --halves is given.\n"
     "\n"
     "The circuit is written as --emit says (the report by default); with --run it answers\n"
     "instances, one a line: elements between blanks, 21345 being where 1, 2, ... go,\n"
     "or of C the rotation; with --instance it has none made and read: COUNT random ones\n"
     "are printed; with --vectors it is compared with a reference by brute force; --sweep\n"
     "prints a table or a picture, with --beside a transformer's flat depth, too.\n",
     "  tc0c problem word --group A5 -n 64 --emit netlist,dot -o out\n"
     "  tc0c problem word --group A5 -n 8 --instance 5 | tc0c problem word --group A5 -n 8 --run\n"
     "  tc0c problem word --group S3 -n 6 --vectors all\n"
     "  echo '^|10&11' | tc0c problem formula -n 7 --run\n"
     "  echo 'ab|ba' | tc0c problem membership examples/problem/infinitely-often.xml -n 2 --run\n"
     "  tc0c problem word --group A5 --sweep n=2,16,256 --beside examples/3-rope-tensor.xml\n"
     "  tc0c problem word --group A5 --sweep n=2,16,256,65536 --format svg \\\n"
     "       --beside examples/3-rope-tensor.xml -o contrast.svg\n",
     {OPT_GROUP,  OPT_LENGTH, OPT_PERIOD, OPT_HALVES,   OPT_SUBGROUP,  OPT_PIECES,   OPT_EMIT,
      OPT_OUTPUT, OPT_RUN,    OPT_LINES,  OPT_INSTANCE, OPT_REDUCED,   OPT_VECTORS,  OPT_SEED,
      OPT_SWEEP,  OPT_BESIDE, OPT_FORMAT, OPT_WITH,     OPT_MAX_GATES, OPT_NO_TIMES, COMMON}},
    {"explain",
     "the complexity argument, step by step",
     "Writes the argument that SPEC has circuits of constant depth, so that it can be\n"
     "followed: what the model computes; the family bank by bank, each formula with its\n"
     "reason; why depth does not depend on n; why size is polynomial, and which polynomial;\n"
     "why the family is uniform, with one gate found from its number; what follows, and\n"
     "under which assumption.  The numbers and statements are those of `tc0c bounds`.\n"
     "\n"
     "Of a netlist in the place of SPEC: its gates as the file has them, each with what it\n"
     "is (AND, majority, ...), depth and size.\n",
     "  tc0c explain examples/3-rope-tensor.xml\n"
     "  tc0c explain --format html -o rope-tensor.html examples/3-rope-tensor.xml\n",
     {OPT_EXPLAIN_FORMAT, OPT_OUTPUT, OPT_SET, LOWERING, OPT_PASSES, COMMON}},
    {"import",
     "config.json of a published model to a spec",
     "Reads FILE, the config.json of a model as hubs publish it, and writes a specification\n"
     "of the same shape: layers, widths, heads, norms, activations, positions, vocabulary.\n"
     "What a specification cannot say is left out, and a comment in it says so.  Numbers are\n"
     "8-bit fixed point, whatever the model's; weights are inputs.  Types that are known:\n"
     "llama, mistral, qwen2, gpt2, gpt_neox, bloom, bert.\n",
     "  tc0c import config.json -o model.xml\n"
     "  tc0c import config.json | tc0c compile --set n=1024 -\n",
     {OPT_OUTPUT, COMMON}},
};

static const struct {
    const char *name, *file;
} kind_defs[] = {
    {"report", "report.xml"},     {"family", "family.tcf"}, {"netlist", "netlist.tc"},
    {"dot", "circuit.dot"},       {"svg", "circuit.svg"},   {"gates-dot", "gates.dot"},
    {"gates-svg", "gates.svg"},   {"th", "circuit.th"},     {"opb", "circuit.opb"},
    {"blif", "circuit.blif"},     {"aiger", "circuit.aig"}, {"aag", "circuit.aag"},
    {"verilog", "circuit.v"},     {"cnf", "circuit.cnf"},   {"graphml", "circuit.graphml"},
    {"family-xml", "family.xml"}, {"html", "circuit.html"},
};

const char *tc_kind_name(enum tc_kind k)
{
    return kind_defs[k].name;
}

const char *tc_kind_file(enum tc_kind k)
{
    return kind_defs[k].file;
}

const char *tc_command_name(enum tc_command c)
{
    return command_defs[c].name;
}

const struct option_def *option_of(int id)
{
    for (size_t i = 0; i < NDEF(option_defs); i++)
        if ((int)option_defs[i].id == id)
            return &option_defs[i];
    return NULL;
}

enum option_id option_letter(int letter)
{
    for (size_t i = 0; i < NDEF(option_defs); i++)
        if (option_defs[i].letter && option_defs[i].letter == letter)
            return option_defs[i].id;
    return NONE;
}

const enum option_id *command_options(enum tc_command c)
{
    return command_defs[c].options;
}

bool command_of(const char *name, enum tc_command *c)
{
    for (size_t i = 0; i < NDEF(command_defs); i++)
        if (!strcmp(name, command_defs[i].name)) {
            *c = (enum tc_command)i;
            return true;
        }
    return false;
}

bool kind_of(const char *name, enum tc_kind *k)
{
    for (size_t i = 0; i < NDEF(kind_defs); i++)
        if (!strcmp(name, kind_defs[i].name)) {
            *k = (enum tc_kind)i;
            return true;
        }
    return false;
}

/* ------------------------------------------------------------------- help */

static void option_help(FILE *f, const struct option_def *o)
{
    char left[60];
    const char *line = o->help;
    int n;

    snprintf(left, sizeof left, "  %c%c%s--%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->arg ? " " : "",
             o->arg ? o->arg : "");
    fprintf(f, "%-26s", left);
    for (;;) {
        n = (int)strcspn(line, "\n");
        fprintf(f, " %.*s\n", n, line);
        if (!line[n])
            break;
        line += n + 1;
        fprintf(f, "%-26s", "");
    }
}

static void command_help(FILE *f, const struct command_def *c)
{
    fprintf(f, "tc0c %s: %s\n\nUsage: tc0c %s [OPTION]...%s\n\n%s\nOptions:\n", c->name, c->summary,
            c->name,
            c == &command_defs[TC_PASSES]    ? " [NAME]"
            : c == &command_defs[TC_PRIM]    ? " OP < LINES"
            : c == &command_defs[TC_GATE]    ? " SPEC K|PATH"
            : c == &command_defs[TC_IMPORT]  ? " FILE"
            : c == &command_defs[TC_PROBLEM] ? " PROBLEM [FILE]"
                                             : " SPEC",
            c->about);
    for (const enum option_id *id = c->options; *id; id++)
        option_help(f, option_of((int)*id));
    fprintf(f, "\nExamples:\n%s", c->examples);
}

static void general_help(FILE *f)
{
    fputs("tc0c compiles transformer specifications to TC0 threshold circuits.\n\n"
          "Usage: tc0c COMMAND [OPTION]... SPEC\n"
          "       tc0c COMMAND --help\n"
          "       tc0c --help | --version\n\n"
          "Commands:\n",
          f);
    for (size_t i = 0; i < NDEF(command_defs); i++)
        fprintf(f, "  %-9s %s\n", command_defs[i].name, command_defs[i].summary);
    fputs("\n"
          "SPEC is an XML file, described in compiler/SPEC.md; - is standard input.  Results\n"
          "go to standard output or to -o, words to standard error.\n"
          "\n"
          "Exit status: 0 done; 1 a check failed; 2 wrong usage; 3 bad input; 4 a limit was\n"
          "reached (memory, gates); anything else is a defect.\n"
          "\n"
          "A first session:\n"
          "  tc0c inputs  examples/3-rope-tensor.xml\n"
          "  tc0c compile examples/3-rope-tensor.xml --emit family\n"
          "  tc0c verify  examples/3-rope-tensor.xml\n"
          "  tc0c sweep   examples/3-rope-tensor.xml --vary n=2,4,8,1024\n",
          f);
}

void tc_help_write(FILE *f, const struct tc_args *args)
{
    if (args->has_command)
        command_help(f, &command_defs[args->command]);
    else
        general_help(f);
}
