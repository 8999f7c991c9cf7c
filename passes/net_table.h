/* net_table.h -- functions of up to six inputs, in a word: bit x is the value where input
 * i is bit i of x; nobody but netlist passes includes it */
#ifndef TC_NET_TABLE_H
#define TC_NET_TABLE_H

#include "net.h"

uint64_t tc_table_mask(unsigned n);
uint64_t tc_table_variable(unsigned n, unsigned i);
uint64_t tc_table_cofactor(uint64_t f, unsigned n, unsigned i, bool one);
uint64_t tc_table_drop(uint64_t f, unsigned n, unsigned i); /* of n, without input i */
uint64_t tc_table_add(uint64_t f, unsigned n, unsigned i);  /* to n, one in front of input i */

/* f = gate * h + sum of input[i] * x[i] + constant */
struct tc_affine_of {
    int gate, input[6], constant;
};

/* False unless f is that, with integers, gate not 0; f and h of n inputs. */
bool tc_table_affine(uint64_t f, uint64_t h, unsigned n, struct tc_affine_of *);

struct tc_tables;

struct tc_tables *tc_tables_new(void);
void tc_tables_free(struct tc_tables *);
bool tc_table_is_threshold(struct tc_tables *, uint64_t f, unsigned n);
/* A threshold function h, such that f is an affine form of h and the inputs, the same for
 * all such f as far as is known; or 0.  f depends on all n <= 6 inputs, n >= 2.  Up to four
 * inputs all such f are found, from five on threshold functions. */
uint64_t tc_table_gate(struct tc_tables *, uint64_t f, unsigned n);

/* what decides a step: A = sum of weight[i] * x[i] + constant */
struct tc_step_of {
    int weight[6], constant; /* weight of the input that is asked about: 0 */
    int lo, hi;              /* of A */
    bool turned;             /* where A = 0, f is the complement of that input */
};

/* Whether f is 1 where A > 0, 0 where A < 0, and input c, or its complement, where A = 0; f of
 * n <= 6 inputs depends on all.  Such A are found as have weights up to 4, of five inputs up to 2. */
bool tc_table_step(struct tc_tables *, uint64_t f, unsigned n, unsigned c, struct tc_step_of *);

#endif
