/* exchange.h -- shared by the writers of other tools' formats; only tests
 * include it, too (the writers themselves are declared in ir.h) */
#ifndef TC_EXCHANGE_H
#define TC_EXCHANGE_H

#include "ir.h"

/* exchange.c -- output in large pieces; an error is kept until the end */

struct tc_out {
    FILE *f;
    char *bytes;
    size_t len;
    bool failed;
};

void tc_out_open(struct tc_out *, FILE *);
bool tc_out_close(struct tc_out *); /* flushes; false if anything could not be written */
void tc_out_add(struct tc_out *, const char *, size_t);
void tc_out_puts(struct tc_out *, const char *);
void tc_out_char(struct tc_out *, char);
void tc_out_unsigned(struct tc_out *, uint64_t);
void tc_out_mpz(struct tc_out *, mpz_srcptr);

/* Names of inputs and outputs: the tensor's name in letters, digits and _, then
 * _ and the number of the bit in the tensor.  All are different, and other
 * names have no _ at all: g17 is the gate at wire 17.  Where a file gave names to
 * single ones (struct tc_ports), these: as they are, or in letters, digits and _ too
 * where `plain` or where they would be mistaken. */

struct tc_labels {
    struct tc_arena *arena;
    const char *model;
    uint32_t ninputs;
    unsigned nin, nout;
    struct tc_label { /* of the bits from first on */
        const char *name;
        uint32_t first;
    } *in, *out;
    const char **port[2]; /* names of single ones; NULL: there are none */
};

void tc_labels_open(struct tc_labels *, const struct tc_netlist *, const struct tc_export *,
                    bool plain);
void tc_labels_close(struct tc_labels *);
void tc_out_input(struct tc_out *, const struct tc_labels *, uint32_t);
void tc_out_output(struct tc_out *, const struct tc_labels *, uint32_t);
void tc_out_wire(struct tc_out *, const struct tc_labels *, tc_wire);

/* A sum of integer multiples of variables, no variable twice once merged. */

struct tc_sum {
    size_t n, room;
    uint32_t *var;
    mpz_t *weight;
    mpz_t *spare; /* for sorting: moved there and back */
    uint64_t *order;
};

void tc_sum_free(struct tc_sum *);
void tc_sum_add(struct tc_sum *, uint32_t var, mpz_srcptr weight);
/* by ascending variable, weights of the same added up, zeros left out */
void tc_sum_merge(struct tc_sum *);
/* the edges of a row, merged: variables are wires */
void tc_sum_row(struct tc_sum *, const struct tc_netlist *, uint32_t row);
/* the least and the greatest value */
void tc_sum_range(const struct tc_sum *, mpz_ptr lo, mpz_ptr hi);

#endif
