/* net_cover.h net_cover.c -- sums of products for functions of few inputs; for net_choose.c
 *
 * A table of n inputs is 2^n bits in words of 64; bit x is the value where input i is bit i of x.
 * One of fewer than six inputs fills its word with copies of itself. */
#ifndef TC_NET_COVER_H
#define TC_NET_COVER_H

#include "net.h"

#define TC_COVER_INPUTS 16
#define TC_COVER_MOST   16 /* products */

size_t tc_cover_words(unsigned n);
uint64_t tc_cover_variable(unsigned i, size_t k); /* word k of input i */

struct tc_product {
    uint32_t reads, ones; /* bit i: reads input i; reads it as it is, not its complement */
};

/* tc_cover_find -- products, each of them within a function, that cover another one
 *
 * in      tables of n <= 16 inputs, on <= may
 * out     products p_1, p_2, ... with on <= p_1 + p_2 + ... <= may
 * False if it finds none of TC_COVER_MOST products or fewer, which does not say that there are
 * none. source  irredundant sums of products from cofactors: Minato 1992, after Morreale 1970 */
bool tc_cover_find(const uint64_t *on, const uint64_t *may, unsigned n,
                   struct tc_product product[TC_COVER_MOST], unsigned *nproduct);

/* net_care.c: the table of the values of n gates, one an input of the table, less some that no
 * values of the gates' sources give: those that two or three of them rule out */
void tc_care_find(const struct tc_net *, const tc_wire *gate, unsigned n, uint64_t *care);
/* the same of gates, first in the list, and the wires behind them: less what two of these and one
 * gate rule out */
void tc_care_read(const struct tc_net *, const tc_wire *wire, unsigned n, unsigned ngates,
                  uint64_t *care);

#endif
