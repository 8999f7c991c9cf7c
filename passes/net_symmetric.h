/* net_symmetric.h -- wires that depend on a number of ones alone; for net_recognise.c */
#ifndef TC_NET_SYMMETRIC_H
#define TC_NET_SYMMETRIC_H

#include "net.h"

#define TC_NO_VECTOR UINT64_MAX

struct tc_symmetric {
    uint32_t natoms, words, nsets; /* words: of 64 bits, of a set of atoms */
    tc_wire *atom;     /* their wires */
    uint32_t *set;     /* per wire: of the atoms that it depends on */
    uint64_t *sets;    /* per set, words of them */
    uint32_t *size;    /* per set: how many atoms */
    uint64_t *vector;  /* per wire: where in bits its value is for 0, 1, ... size ones; or none */
    uint64_t *bits;
    uint64_t *table;   /* per gate of few sources, by wire: its function of them */
    bool *wide;        /* per gate, by wire: more sources, or large weights: an atom */
};

/* tc_symmetric_find -- the vectors of all wires for which they are found
 *
 * exact   each is proved by running all combinations of counts
 * time    per wire at most 512 gates on at most 2^22 values, mostly a few hundred values
 * False, with nothing to free, where sets or vectors would take more than 2^28 bytes. */
bool tc_symmetric_find(struct tc_symmetric *, const struct tc_net *);
void tc_symmetric_free(struct tc_symmetric *);

#endif
