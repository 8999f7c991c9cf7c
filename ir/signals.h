/* signals.h -- inside the reader of BLIF and .th: named signals, and what defines them */
#ifndef TC_SIGNALS_H
#define TC_SIGNALS_H

#include "source.h"
#include "text.h"

/* signals.c
 *
 * A definition stands for gates over other signals, in any order; they are made
 * once all have been read. */

struct tc_definition {
    uint32_t signal; /* what it defines */
    unsigned line;
    uint32_t nfan;
    bool weighted; /* one gate; else a cover */
    bool off;      /* cover: of the inputs where it is 0 */
    bool port;     /* it is an output */
    uint32_t ncube;
    uint64_t fan;  /* its first in fan[] */
    uint64_t body; /* weighted: the weights and the threshold in weight[]; cover: in cube[] */
};

struct tc_signals {
    struct tc_source *in;
    struct tc_builder build; /* also holds large weights */
    struct tc_arena *arena; /* of names */
    struct tc_names names;
    const char **name; /* of each signal */
    uint32_t n;
    size_t room;
    struct tc_definition *def;
    uint32_t ndef;
    size_t def_room;
    uint32_t *fan; /* signals */
    uint64_t nfan;
    size_t fan_room;
    char *cube; /* '0', '1' or '-' for each fan-in of each cube */
    uint64_t ncube;
    size_t cube_room;
    tc_weight *weight;
    uint64_t nweight;
    size_t weight_room;
    uint32_t *input, *output; /* signals */
    uint32_t ninput, noutput;
    size_t input_room, output_room;
    /* while gates are made */
    uint32_t *by; /* of each signal: 1 + its definition; 0: none */
    tc_wire *wire;
    tc_wire constant[2]; /* gates; UINT32_MAX: not there yet */
};

void tc_signals_open(struct tc_signals *, struct tc_source *);
void tc_signals_close(struct tc_signals *);
/* the number of a name, a new one where it is not known */
uint32_t tc_signal(struct tc_signals *, const char *name);
/* Room for n elements more at the end of an array of so many. */
#define TC_SIGNALS_ROOM(array, count, room, n)                                                  \
    do {                                                                                        \
        if ((count) + (n) > (room)) {                                                           \
            (room) = (room) + (room) / 2 + (n) + 64;                                            \
            (array) = tc_xrealloc((array), (room), sizeof *(array));                            \
        }                                                                                       \
    } while (0)
/* The netlist; NULL and an error for what is not defined, or twice, or by itself. */
struct tc_netlist *tc_signals_netlist(struct tc_signals *);

#endif
