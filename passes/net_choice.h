/* net_choice.h -- which cut each wire of a netlist is made of; for net_map.c */
#ifndef TC_NET_CHOICE_H
#define TC_NET_CHOICE_H

#include "net_cuts.h"

struct tc_choice {
    const struct tc_net *net;
    struct tc_cuts *cuts;
    bool depth;         /* least depth before the fewest gates */
    uint16_t *best;     /* per gate: which of its cuts */
    uint32_t *refs;     /* per wire: wires, units and outputs that need it; 0: it is not made */
    uint32_t *goes_on;  /* per wire: those that go on from its chain */
    uint32_t *required; /* per wire, for depth */
    uint32_t *by;       /* per wire: required of its chain */
    bool *wanted;       /* per wire: as a literal, by an output */
};

/* a cut for every wire, such that all that outputs need is there */
void tc_choice_open(struct tc_choice *, const struct tc_net *, bool depth);
void tc_choice_close(struct tc_choice *);
const struct tc_cut *tc_choice_cut(const struct tc_choice *, uint32_t gate);
/* what a step goes on from */
const struct tc_cut *tc_choice_chain(const struct tc_choice *, const struct tc_cut *step);

#endif
