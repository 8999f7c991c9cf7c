/* options.c -- the command line */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------- values */

static bool usage(struct tc_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool usage(struct tc_error *err, const char *fmt, ...)
{
    char text[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "%s", text);
}

/* decimal, or a power such as 2^27 */
bool tc_number_parse(const char *text, uint64_t *value)
{
    unsigned long long base, exponent = 1, v = 1;
    char *end;

    errno = 0;
    if (!isdigit((unsigned char)*text))
        return false;
    base = strtoull(text, &end, 10);
    if (*end == '^') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        exponent = strtoull(end + 1, &end, 10);
    }
    if (*end || errno || exponent > 64)
        return false;
    while (exponent--)
        if (__builtin_mul_overflow(v, base, &v))
            return false;
    *value = v;
    return true;
}

static bool want_number(const struct option_def *o, const char *text, uint64_t *value,
                        struct tc_error *err)
{
    if (tc_number_parse(text, value))
        return true;
    return usage(err, "--%s wants a whole number below 2^64, found '%s'", o->name, text);
}

/* the position of text in a list of words; -1 and an error if it is none of them */
static int want_word(const struct option_def *o, const char *text, const char *const *words,
                     unsigned n, struct tc_error *err)
{
    char list[200];
    size_t len = 0;

    for (unsigned i = 0; i < n; i++)
        if (!strcmp(text, words[i]))
            return (int)i;
    for (unsigned i = 0; i < n; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
                                !i          ? ""
                                : i + 1 < n ? ", "
                                            : " or ",
                                words[i]);
    usage(err, "--%s wants %s, found '%s'", o->name, list, text);
    return -1;
}

/* NAME=VALUE; name in the arena, *value what follows the sign */
static bool want_pair(struct tc_arena *a, const struct option_def *o, const char *text,
                      const char **name, const char **value, struct tc_error *err)
{
    const char *sign = strchr(text, '=');

    if (!sign || sign == text || !sign[1])
        return usage(err, "--%s wants %s, found '%s'", o->name, o->arg, text);
    *name = tc_sprintf(a, "%.*s", (int)(sign - text), text);
    *value = sign + 1;
    return true;
}

/* the parts between commas; none may be empty */
static bool want_list(struct tc_arena *a, const struct option_def *o, const char *text,
                      const char ***part, unsigned *n, struct tc_error *err)
{
    char *copy = tc_strdup(a, text), *comma;
    unsigned count = 1;

    for (const char *c = text; *c; c++)
        count += *c == ',';
    *part = tc_alloc(a, count, sizeof **part);
    *n = 0;
    do {
        comma = strchr(copy, ',');
        if (comma)
            *comma = '\0';
        if (!*copy)
            return usage(err, "--%s: nothing between the commas of '%s'", o->name, text);
        (*part)[(*n)++] = copy;
        copy = comma ? comma + 1 : NULL;
    } while (copy);
    return true;
}

static bool take_emit(struct tc_arena *a, const struct option_def *o, const char *text,
                      struct tc_args *args, struct tc_error *err)
{
    const char **part;
    unsigned n;

    if (!want_list(a, o, text, &part, &n, err))
        return false;
    for (unsigned p = 0; p < n; p++) {
        enum tc_kind k;

        if (!kind_of(part[p], &k))
            return usage(
                err,
                "--emit wants report, family, netlist, dot, svg, gates-dot, gates-svg, th, "
                "opb, blif, aiger, aag, verilog, cnf, graphml, family-xml or html, found '%s'",
                part[p]);
        args->nemit += !args->emit[k];
        args->emit[k] = true;
    }
    return true;
}

static bool take_vary(struct tc_arena *a, const struct option_def *o, const char *text,
                      struct tc_args *args, struct tc_error *err)
{
    struct tc_vary *v = &args->vary[args->nvary];
    const char *values;

    if (args->nvary == 2)
        return usage(err, "--vary may be given once or twice, found a third: '%s'", text);
    if (!want_pair(a, o, text, &v->name, &values, err) ||
        !want_list(a, o, values, &v->value, &v->nvalue, err))
        return false;
    args->nvary++;
    return true;
}

static bool take_threads(const char *text, unsigned *workers, struct tc_error *err)
{
    uint64_t n;

    if (!tc_number_parse(text, &n) || !n || n > TC_MOST_WORKERS)
        return usage(err, "--threads wants a whole number from 1 to %d, found '%s'",
                     TC_MOST_WORKERS, text);
    *workers = (unsigned)n;
    return true;
}

static bool take_weight(const struct option_def *o, const char *text, struct tc_pass_options *p,
                        struct tc_error *err)
{
    p->poly = !strcmp(text, "poly");
    p->max_weight = 0;
    if (p->poly || !strcmp(text, "unbounded") ||
        (tc_number_parse(text, &p->max_weight) && p->max_weight))
        return true;
    return usage(err, "--%s wants a whole number from 1 below 2^64, poly or unbounded, found '%s'",
                 o->name, text);
}

static bool take_level(const char *text, struct tc_args *args, struct tc_error *err)
{
    for (int k = TC_LEVEL_0; k <= TC_LEVEL_SIZE; k++)
        if (!strcmp(text, tc_level_name[k])) {
            args->options.level = args->options.pass.level = (enum tc_level)k;
            return true;
        }
    return usage(err, "-O wants 0, 1, 2 or size, found '%s'", text);
}

static bool take_passes(const char *text, struct tc_args *args, struct tc_error *err)
{
    const char *unknown;

    args->options.pass.named = text;
    return tc_passes_known(text, &unknown) ||
           usage(err, "--passes: there is no pass '%.*s'; `tc0c passes` lists them",
                 (int)strcspn(unknown, ","), unknown);
}

static bool take_dump(const char *text, struct tc_args *args, struct tc_error *err)
{
    size_t n = strcspn(text, "=");

    args->dump = tc_pass_find(text, n);
    args->dump_file = text[n] ? text + n + 1 : NULL;
    if (!args->dump)
        return usage(err, "--dump-after: there is no pass '%.*s'; `tc0c passes` lists them", (int)n,
                     text);
    return !args->dump_file || *args->dump_file ||
           usage(err, "--dump-after wants NAME or NAME=FILE, found '%s'", text);
}

static bool take(struct tc_arena *a, int id, const char *text, struct tc_args *args,
                 struct tc_error *err)
{
    static const char *const engines[] = {"family", "netlist", "reference"};
    static const char *const whens[] = {"auto", "always", "never"};
    static const char *const regimes[] = {"auto", "table", "arithmetic"};
    static const char *const formats[] = {"text", "xml"};
    static const char *const documents[] = {"text", "markdown", "html"};
    static const char *const tables[] = {"csv", "svg"};
    static const char *const overs[] = {"depth"};
    static const char *const bases[] = {"threshold", "majority"};
    const struct option_def *o = option_of(id);
    struct tc_setting *set;
    int word;

    switch (id) {
    case OPT_SET:
        set = &args->set[args->nset];
        if (!want_pair(a, o, text, &set->name, &set->value, err))
            return false;
        args->nset++;
        return true;
    case OPT_OUTPUT:
        args->output = text;
        return true;
    case OPT_EMIT:
        return take_emit(a, o, text, args, err);
    case OPT_LEVEL:
        return take_level(text, args, err);
    case OPT_PASSES:
        return take_passes(text, args, err);
    case OPT_CHECK:
        args->options.pass.check = true;
        return true;
    case OPT_DUMP_AFTER:
        return take_dump(text, args, err);
    case OPT_VERBOSE:
        args->verbose = true;
        return true;
    case OPT_MAX_GATES:
        return want_number(o, text, &args->max_gates, err);
    case OPT_NO_TIMES:
        args->no_times = true;
        return true;
    case OPT_VALUES:
        args->values = text;
        return true;
    case OPT_ENGINE:
        word = want_word(o, text, engines, NDEF(engines), err);
        args->engine = (enum tc_engine_kind)word;
        return word >= 0;
    case OPT_EXACT:
        args->exact = true;
        return true;
    case OPT_DECIMAL:
        args->decimal = true;
        return true;
    case OPT_VECTORS:
        args->has_vectors = true;
        args->all_vectors = !strcmp(text, "all");
        if (!args->all_vectors && !want_number(o, text, &args->vectors, err))
            return false;
        return args->all_vectors || args->vectors || usage(err, "--vectors wants at least 1");
    case OPT_SEED:
        return want_number(o, text, &args->seed, err);
    case OPT_PERMUTE:
        args->permute = true;
        return true;
    case OPT_FORMAL:
        args->formal = true;
        return true;
    case OPT_AGAINST:
        args->against = text;
        return true;
    case OPT_TIMEOUT:
        return want_number(o, text, &args->timeout, err);
    case OPT_PROOFS:
        args->proofs = text;
        return true;
    case OPT_SECOND:
        args->second = true;
        return true;
    case OPT_VARY:
        return take_vary(a, o, text, args, err);
    case OPT_OVER:
        args->over = true;
        return want_word(o, text, overs, NDEF(overs), err) >= 0;
    case OPT_NUMBER_FORMAT:
        args->format = text;
        return true;
    case OPT_BOUNDS_FORMAT:
        args->format = text;
        return want_word(o, text, formats, NDEF(formats), err) >= 0;
    case OPT_EXPLAIN_FORMAT:
        args->format = text;
        return want_word(o, text, documents, NDEF(documents), err) >= 0;
    case OPT_EXPLAIN:
        args->explain = text;
        return want_word(o, text, documents, NDEF(documents), err) >= 0;
    case OPT_TERMS:
        args->has_terms = true;
        return want_number(o, text, &args->terms, err);
    case OPT_CONSTANTS:
        args->constants = text;
        return true;
    case OPT_ALL_BITS:
        args->exact = true;
        return true;
    case OPT_STATS:
        args->stats = true;
        return true;
    case OPT_LINES:
        args->values = text;
        return true;
    case OPT_INPUTS:
        args->inputs = text;
        return true;
    case OPT_FANOUT:
        args->fanout = text;
        return true;
    case OPT_COST:
        args->cost = true;
        return true;
    case OPT_LANGUAGE:
        args->language = text;
        return true;
    case OPT_GROUP:
        args->group = text;
        return true;
    case OPT_LENGTH:
        args->has_length = true;
        return want_number(o, text, &args->length, err);
    case OPT_PERIOD:
        return want_number(o, text, &args->period, err) &&
               (args->period || usage(err, "--period wants at least 1"));
    case OPT_REDUCED:
        args->reduced = true;
        return true;
    case OPT_HALVES:
        args->halves = true;
        return true;
    case OPT_SUBGROUP:
        args->subgroup = text;
        return true;
    case OPT_PIECES:
        return want_number(o, text, &args->pieces, err);
    case OPT_INSTANCE:
        return want_number(o, text, &args->instances, err) &&
               (args->instances || usage(err, "--instance wants at least 1"));
    case OPT_RUN:
        args->run = true;
        return true;
    case OPT_SWEEP:
        return take_vary(a, o, text, args, err);
    case OPT_BESIDE:
        args->beside = text;
        return true;
    case OPT_REGIME:
        word = want_word(o, text, regimes, NDEF(regimes), err);
        args->options.regime = (enum tc_regime)word;
        return word >= 0;
    case OPT_MAX_WEIGHT:
        return take_weight(o, text, &args->options.pass, err);
    case OPT_FORMAT:
        word = want_word(o, text, tables, NDEF(tables), err);
        args->svg = word == 1;
        return word >= 0;
    case OPT_WITH:
        args->with[args->nwith++] = text;
        return true;
    case OPT_BASIS:
        word = want_word(o, text, bases, NDEF(bases), err);
        args->options.pass.majority = word == 1;
        return word >= 0;
    case OPT_THREADS:
        return take_threads(text, &args->workers, err);
    case OPT_QUIET:
        args->quiet = true;
        return true;
    case OPT_PROGRESS:
        word = want_word(o, text, whens, NDEF(whens), err);
        args->progress = (enum tc_when)word;
        return word >= 0;
    case OPT_HELP:
        args->help = true;
        return true;
    default:
        args->version = true;
        return true;
    }
}

/* ---------------------------------------------------------------- parsing */

#define MAX_OPTIONS 26

/* the command's row of the table, in the form that getopt_long reads */
static void for_getopt(const enum option_id *ids, struct option *longs, char *letters)
{
    size_t n = 0;

    *letters++ = ':'; /* tell a missing argument from an unknown option */
    for (; ids[n]; n++) {
        const struct option_def *o = option_of((int)ids[n]);

        longs[n] =
            (struct option){o->name, o->arg ? required_argument : no_argument, NULL, (int)o->id};
        if (o->letter)
            *letters++ = o->letter;
        if (o->letter && o->arg)
            *letters++ = ':';
    }
    longs[n] = (struct option){0};
    *letters = '\0';
}

static bool parse_options(struct tc_arena *a, const enum option_id *ids, int argc, char **argv,
                          struct tc_args *args, struct tc_error *err)
{
    struct option longs[MAX_OPTIONS];
    char letters[2 * MAX_OPTIONS + 2];
    int c;

    for_getopt(ids, longs, letters);
    optind = 0;
    opterr = 0;
    while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const char *word = argv[optind - 1];

        if (c == '?' && optopt && !option_of(optopt))
            return usage(err, "unknown option '-%c'", optopt);
        if (c == '?' && optopt)
            return usage(err, "'%s': this option takes no value", word);
        if (c == '?')
            return usage(err, "unknown or ambiguous option '%s'", word);
        if (c == ':')
            return usage(err, "'%s' wants a value", word);
        if (!take(a, c < 256 ? (int)option_letter(c) : c, optarg, args, err))
            return false;
    }
    return true;
}

static bool find_command(const char *word, struct tc_args *args, struct tc_error *err)
{
    if (command_of(word, &args->command))
        return args->has_command = true;
    return usage(err, "unknown command '%s'", word);
}

static bool check_problem(const struct tc_args *args, int nrest, char **rest, struct tc_error *err)
{
    unsigned what = (args->nemit > 0) + args->run + (args->instances > 0) + args->has_vectors +
                    (args->nvary > 0);
    uint64_t n;

    if (!nrest)
        return usage(err, "problem wants one, such as word");
    if (nrest > 2)
        return usage(err, "problem wants a file at most, found another: '%s'", rest[2]);
    if (what > 1)
        return usage(err, "one of --emit, --run, --instance, --vectors and --sweep is enough");
    if (args->values && !args->run)
        return usage(err, "--values is for --run");
    if (args->reduced && !args->instances && !args->has_vectors)
        return usage(err, "--reduced is for --instance and --vectors");
    if (args->nemit > 1 && (!args->output || !strcmp(args->output, "-")))
        return usage(err, "several kinds of output want a folder: -o FOLDER");
    if (args->emit[TC_EMIT_FAMILY] || args->emit[TC_EMIT_FAMILY_XML])
        return usage(err, "--emit family: a problem is a netlist, made for one length");
    if (args->nvary && (args->nvary > 1 || strcmp(args->vary[0].name, "n")))
        return usage(err, "--sweep wants n=A,B,... once");
    for (unsigned v = 0; args->nvary && v < args->vary[0].nvalue; v++)
        if (!tc_number_parse(args->vary[0].value[v], &n))
            return usage(err, "--sweep wants n=A,B,..., found '%s'", args->vary[0].value[v]);
    if (args->nvary && args->has_length)
        return usage(err, "--sweep and --length do not go together");
    if ((args->svg || args->nwith) && !args->nvary)
        return usage(err, "--format and --with are for --sweep");
    return !args->beside || args->nvary || usage(err, "--beside is for --sweep");
}

/* what no option can know by itself */
static bool check_args(const struct tc_args *args, int nrest, char **rest, struct tc_error *err)
{
    if (args->command == TC_PASSES) {
        if (nrest > 1)
            return usage(err, "passes wants one name at most, found another: '%s'", rest[1]);
        return !nrest || tc_pass_find(rest[0], strlen(rest[0])) ||
               usage(err, "there is no pass '%s'; `tc0c passes` lists them", rest[0]);
    }
    if (args->command == TC_PRIM) {
        if (nrest != 1)
            return usage(err, "prim wants one operation, such as add%s%s%s",
                         nrest ? ", found another: '" : "", nrest ? rest[1] : "", nrest ? "'" : "");
        if (args->constants && !strcmp(args->constants, "-") && !args->stats && !args->explain &&
            (!args->values || !strcmp(args->values, "-")))
            return usage(err, "constants and operands cannot both be standard input");
        return true;
    }
    if (args->nwith && !args->svg)
        return usage(err, "--with is for --format svg");
    if (args->command == TC_PROBLEM)
        return check_problem(args, nrest, rest, err);
    if (!nrest)
        return usage(err, "%s wants a specification", tc_command_name(args->command));
    if (args->command == TC_GATE) {
        if (args->language)
            return nrest == 1 || usage(err, "gate --language wants no gate, found '%s'", rest[1]);
        if (nrest != 2)
            return usage(
                err, "gate wants a specification, then the number of a gate or its place%s%s%s",
                nrest > 2 ? ", found more: '" : "", nrest > 2 ? rest[2] : "", nrest > 2 ? "'" : "");
        return true;
    }
    if (nrest > 1)
        return usage(err, "%s wants one specification, found another: '%s'",
                     tc_command_name(args->command), rest[1]);
    if (args->nemit > 1 && (!args->output || !strcmp(args->output, "-")))
        return usage(err, "several kinds of output want a folder: -o FOLDER");
    if (args->command == TC_RUN && !args->values)
        return usage(err, "run wants --values FILE, the inputs as JSON");
    if (args->values && !strcmp(args->values, "-") && !strcmp(rest[0], "-"))
        return usage(err, "the specification and the values cannot both be standard input");
    if (!args->formal && (args->against || args->proofs || args->second))
        return usage(err, "--%s is for verify --formal",
                     args->against  ? "against"
                     : args->proofs ? "proofs"
                                    : "second-opinion");
    if (args->formal && (args->permute || args->has_vectors))
        return usage(err, "--formal and --%s do not go together",
                     args->permute ? "permute" : "vectors");
    if (args->against && !strcmp(args->against, "-"))
        return usage(err, "--against wants a file or options, not standard input");
    if (args->command == TC_SWEEP && !args->nvary && !args->over)
        return usage(err, "sweep wants --vary NAME=A,B,..., or --over depth");
    if (args->over && (args->nvary || args->nwith))
        return usage(err, "--over and --%s do not go together", args->nvary ? "vary" : "with");
    for (unsigned v = 0; v < args->nvary; v++) {
        for (unsigned s = 0; s < args->nset; s++)
            if (!strcmp(args->vary[v].name, args->set[s].name))
                return usage(err, "'%s' is both set and varied", args->vary[v].name);
        if (v && !strcmp(args->vary[0].name, args->vary[1].name))
            return usage(err, "'%s' is varied twice", args->vary[v].name);
    }
    return true;
}

bool tc_args_parse(struct tc_arena *a, int argc, char **argv, struct tc_args *args,
                   struct tc_error *err)
{
    static const enum option_id general[] = {OPT_HELP, OPT_VERSION, NONE};

    memset(args, 0, sizeof *args);
    args->arena = a;
    args->options.level = args->options.pass.level = TC_LEVEL_1;
    args->seed = 1;
    args->timeout = 300;
    args->max_gates = UINT64_MAX;
    args->set = tc_alloc(a, (size_t)argc + 1, sizeof *args->set);
    args->vary = tc_alloc(a, 3, sizeof *args->vary);
    args->with = tc_alloc(a, (size_t)argc + 1, sizeof *args->with);
    if (argc < 2)
        return usage(err, "nothing to do: no command was given");
    if (argv[1][0] == '-') {
        if (!parse_options(a, general, argc, argv, args, err))
            return false;
        if (!args->help && !args->version)
            return usage(err, "no command was given");
        return true;
    }
    if (!find_command(argv[1], args, err) ||
        !parse_options(a, command_options(args->command), argc - 1, argv + 1, args, err))
        return false;
    if (args->help)
        return true;
    /* getopt_long has moved the operands to the end */
    if (!check_args(args, argc - 1 - optind, argv + 1 + optind, err))
        return false;
    args->spec = argv[1 + optind];
    if (args->command == TC_GATE && !args->language)
        args->gate = argv[2 + optind];
    if (args->command == TC_PROBLEM)
        args->definition = argv[2 + optind];
    if (!args->nemit)
        args->nemit = args->emit[TC_EMIT_REPORT] = 1;
    return true;
}
