/* formal.h -- between the files of verify --formal */
#ifndef TC_FORMAL_H
#define TC_FORMAL_H

#include "../ir/equal.h"
#include "verify.h"

/* formal_domain.c -- which inputs occur
 *
 * A netlist over the input bits of a specification, whose outputs are all 1 where each word
 * is a number of its format, or a token id that there is; NULL where all words are.  One gate
 * a condition, up to three a word. */
struct tc_netlist *tc_formal_domain(const struct tc_spec *);

#endif
