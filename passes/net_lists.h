/* net_lists.h -- decision lists of inputs, below wires that choose among them; for net_lists.c and
 * net_choose.c */
#ifndef TC_NET_LISTS_H
#define TC_NET_LISTS_H

#include "net.h"

#define TC_LISTS_INPUTS 1024 /* of a wire at most */
#define TC_LISTS_FAN_IN 16   /* of gates in a cone */
#define TC_LISTS_CUTS   4
#define TC_LISTS_NODES  ((uint32_t)1 << 16) /* of a diagram, with what it is made of */

/* nodes 0 and 1 are the constants, at level TC_LISTS_INPUTS */
struct tc_lists_node {
    uint32_t level, hi, lo;
};

/* one step of a list: of one input, or of two */
struct tc_lists_item {
    tc_lit a, b; /* b: TC_LIT_0 if there is none */
    bool result; /* if a is 1; of two: if both are 1, and the other if both are 0 */
};

struct tc_lists {
    const struct tc_net *net;
    uint32_t ncut; /* wires that a cone ends at */
    tc_wire cut[TC_LISTS_CUTS];
    uint32_t nnever; /* pairs of literals of inputs that are never 1 together where the cuts have */
    tc_lit never[TC_LISTS_CUTS][2]; /* their values; the same literal twice is one */
    uint32_t *seen;                 /* per wire: the cone that it was last seen in */
    uint32_t *node;                 /* per wire of the cone */
    uint32_t *rank;        /* per input: where it was in the order of the last list that has it */
    tc_wire *cone, *stack; /* the gates of the cone, ascending */
    uint32_t ncone, ninput, stamp, nitem;
    tc_wire input[TC_LISTS_INPUTS], order[TC_LISTS_INPUTS];
    struct tc_lists_node *made;
    uint32_t nmade;
    uint32_t *unique; /* node plus 1 */
    uint32_t *place;  /* per node: where it is in unique */
    uint32_t run;     /* diagrams made */
    struct tc_lists_memo {
        uint32_t f, g, h, is, run;
    } * memo;                 /* of ite */
    uint32_t most;            /* nodes of a diagram */
    uint64_t work, most_work; /* steps */
    struct tc_lists_item item[TC_LISTS_INPUTS];
    bool last;   /* what is left behind all items */
    bool failed; /* the last wire's diagrams were too large */
};

/* most_work: steps, a thousandth of a millisecond or less each, after which nothing is found */
struct tc_lists *tc_lists_open(const struct tc_net *, uint64_t most_work);
void tc_lists_close(struct tc_lists *);

/* the gates and inputs that a wire depends on, down to the wires that are cut, which lie before it;
 * false, and no gates, if they are too many, or have large weights */
bool tc_lists_cone(struct tc_lists *, tc_wire top);
/* Whether the last cone's wire is a list of inputs where the cuts have these values, bit k cut k,
 * and nothing happens that never does; the list is in item. */
bool tc_lists_find(struct tc_lists *, uint32_t value);
/* the gate of what was found last, or a constant or input */
tc_lit tc_lists_gate(const struct tc_lists *, struct tc_net *to, struct tc_net_sum *);

/* net_order.c: an order of the cone's inputs that a list may have; false if there is none */
bool tc_lists_order(struct tc_lists *, uint32_t value);
/* 64 values of a gate, from those of its sources, in its row's order */
uint64_t tc_lists_word(const struct tc_net *, tc_wire gate, const uint64_t *source);
/* whether a gate reads few enough wires to be in a cone, with weights that add up to 64 bits */
bool tc_lists_small(const struct tc_net *, tc_wire gate);

#endif
