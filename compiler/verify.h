/* verify.h -- between the files that compare engines */
#ifndef TC_VERIFY_H
#define TC_VERIFY_H

#include "compiler.h"

/* where word w of the results is: Y[1][0] */
void print_entry(FILE *, const struct tc_spec *, size_t w);
/* the same at the beginning of a line, with a colon */
void print_place(FILE *, const struct tc_spec *, size_t w);
/* " name value" of a word of the result */
void print_result(FILE *, const char *name, const struct tc_spec *, uint64_t word);
/* the inputs as `tc0c run --values` reads them; also to the file witness, unless it is NULL */
bool print_inputs(FILE *, const struct tc_spec *, uint64_t *in, const char *witness,
                  struct tc_error *);

/* permute.c: the engine on inputs and on permutations of them.  *same is false if no block
 * sees the order of tokens, by definition, and yet the results differ. */
bool tc_verify_permute(FILE *out, const struct tc_vectors *, const struct tc_engine *, size_t batch,
                       const char *witness, bool *same, struct tc_error *);

#endif
