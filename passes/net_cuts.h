/* net_cuts.h -- ways to make each wire of a netlist from few others; for net_choice.c and
 * net_map.c */
#ifndef TC_NET_CUTS_H
#define TC_NET_CUTS_H

#include "net_table.h"

#define TC_CUT_LEAVES 6
#define TC_CUT_PIECES 16

enum tc_cut_kind {
    TC_CUT_NONE,  /* no use but in larger cuts */
    TC_CUT_ALIAS, /* a leaf, or its complement */
    TC_CUT_SUM, /* an affine form of the gate's two sources, which exclude one of their four values
                 */
    TC_CUT_UNITS, /* the sum of pieces, each an affine form of a unit and of leaves */
    TC_CUT_OWN,   /* the gate as it is */
    TC_CUT_STEP,  /* a gate that leaves decide, or else leaf `through`, whose chain it goes on */
};

/* A wire's value as a function of leaves: bit x of the table where leaf i is bit i of x. */
struct tc_cut {
    uint64_t table;
    tc_wire leaf[TC_CUT_LEAVES]; /* ascending */
    uint8_t n, kind, npiece;
    uint8_t excluded; /* of a sum: the value of the sources that does not occur */
    uint8_t through;
    bool pure; /* a threshold function or an alias */
    uint32_t piece, arrival;
    float flow;
};

struct tc_piece {
    uint32_t unit;
    uint64_t table; /* of the cut's leaves that the unit has */
};

/* one gate over leaves, that several wires may be affine forms of */
struct tc_unit {
    uint64_t gate;
    tc_wire leaf[TC_CUT_LEAVES];
    uint8_t n;
    uint32_t refs;
};

struct tc_cuts {
    const struct tc_net *net;
    struct tc_tables *tables;
    bool depth; /* arrival before area; pieces where one unit is not enough */
    unsigned per_gate;
    struct tc_cut *cut; /* per gate, per_gate of them */
    uint8_t *count;     /* per gate */
    uint32_t *arrival;  /* per wire: of the best cut; 0 for inputs */
    float *flow;        /* per wire */
    /* Per gate, a cut that makes the wire one gate whose sum another can go on from: a threshold
     * function of leaves, or a step; TC_CUT_NONE if there is none.  A chain arrives with the
     * last gate that is made of it, later than its leaves. */
    struct tc_cut *chain;
    uint32_t *late;    /* per wire: when its chain arrives, or UINT32_MAX */
    uint32_t *length;  /* per gate: how many leaves its chain has */
    uint32_t *readers; /* per wire */
    struct tc_piece *piece;
    size_t npiece, piece_room;
    struct tc_unit *unit;
    uint32_t nunit, unit_room;
    uint32_t *slot; /* hash table over units */
    size_t slots;
    /* (x y) q that x (y q) was put for, by a gate that is y q */
    struct tc_paired {
        tc_lit x, yq, all; /* literals of the net */
    } * paired;
    size_t npaired, paired_room;
};

/* all gates' cuts, the best one first */
struct tc_cuts *tc_cuts_new(const struct tc_net *, bool depth, unsigned per_gate);
void tc_cuts_free(struct tc_cuts *);
/* Leaves of cuts of both wires of a TC_CUT_SUM which show that these exclude a value; how many, 0
 * if there are none any more. */
unsigned tc_cuts_excluding(const struct tc_cuts *, const struct tc_cut *sum, tc_wire *leaf);

#endif
