/* options.h -- between the table of commands and options, and what reads them */
#ifndef TC_OPTIONS_H
#define TC_OPTIONS_H

#include "compiler.h"

enum option_id {
    NONE,
    OPT_SET = 256, /* above any letter, as getopt_long wants it */
    OPT_OUTPUT,
    OPT_EMIT,
    OPT_LEVEL,
    OPT_PASSES,
    OPT_CHECK,
    OPT_DUMP_AFTER,
    OPT_VERBOSE,
    OPT_MAX_GATES,
    OPT_NO_TIMES,
    OPT_VALUES,
    OPT_ENGINE,
    OPT_EXACT,
    OPT_DECIMAL,
    OPT_VECTORS,
    OPT_SEED,
    OPT_PERMUTE,
    OPT_FORMAL,
    OPT_AGAINST,
    OPT_TIMEOUT,
    OPT_PROOFS,
    OPT_SECOND,
    OPT_VARY,
    OPT_OVER,
    OPT_FORMAT,
    OPT_WITH,
    OPT_NUMBER_FORMAT,
    OPT_BOUNDS_FORMAT,
    OPT_EXPLAIN_FORMAT,
    OPT_EXPLAIN,
    OPT_TERMS,
    OPT_CONSTANTS,
    OPT_ALL_BITS,
    OPT_STATS,
    OPT_LINES,
    OPT_INPUTS,
    OPT_FANOUT,
    OPT_COST,
    OPT_LANGUAGE,
    OPT_GROUP,
    OPT_LENGTH,
    OPT_PERIOD,
    OPT_HALVES,
    OPT_SUBGROUP,
    OPT_PIECES,
    OPT_INSTANCE,
    OPT_REDUCED,
    OPT_RUN,
    OPT_SWEEP,
    OPT_BESIDE,
    OPT_REGIME,
    OPT_MAX_WEIGHT,
    OPT_BASIS,
    OPT_THREADS,
    OPT_QUIET,
    OPT_PROGRESS,
    OPT_HELP,
    OPT_VERSION,
};

struct option_def {
    enum option_id id;
    char letter; /* or 0 */
    const char *name, *arg, *help;
};

#define NDEF(a) (sizeof(a) / sizeof *(a))

/* commands.c */
const struct option_def *option_of(int id);             /* NULL: none */
enum option_id option_letter(int letter);               /* NONE: none */
const enum option_id *command_options(enum tc_command); /* up to NONE */
bool command_of(const char *name, enum tc_command *);
bool kind_of(const char *name, enum tc_kind *);

#endif
