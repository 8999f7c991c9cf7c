/* signals.h -- inside the reader of BLIF and .th: named signals, and what defines them */
#ifndef TC_SIGNALS_H
#define TC_SIGNALS_H

#include "source.h"

/* signals.c
 *
 * A definition stands for gates over other signals, in any order; they are made
 * once all have been read. */

struct tc_definition {
    unsigned line;
    uint32_t nfan;
    bool weighted; /* one gate; else a cover */
    bool off;      /* cover: of the inputs where it is 0 */
    bool port;     /* it is an output */
    uint32_t ncube;
    uint64_t fan;  /* its fan-ins in fan[], and behind them what it defines */
    uint64_t body; /* weighted: the weights and the threshold in weight[]; cover: in cube[] */
};

/* Names are found by their stems: the name with 0 for the last digit in it.  So numbered signals
 * that are near each other in a file are near each other in memory. */
struct tc_stem {
    const char *name; /* the stem */
    size_t length;
    uint64_t head;       /* the stem's first eight bytes, zeros behind its end */
    uint32_t signal[10]; /* 1 + that of the name with that digit; 0: none.  First, without one */
};

struct tc_signal_word {
    char *name; /* its stem while it is looked for */
    size_t length, at; /* at: behind the last digit; 0: it has none */
    uint32_t hash;
    char digit;
};

/* Names that wait to be looked up together: the memory that they need is then on its way. */
#define TC_SIGNALS_WAIT 64

struct tc_signals {
    struct tc_source *in;
    struct tc_builder build; /* also holds large weights */
    struct tc_arena *arena; /* of names */
    struct tc_stem *stem;
    size_t nstem, stem_room;
    struct tc_stem_slot {
        uint32_t hash, stem; /* 1 + its number; 0: empty */
    } *slot;
    size_t slots;      /* a power of two */
    const char **name; /* of each signal */
    uint32_t n;
    size_t room;
    uint32_t one; /* the signal CONST1 */
    struct tc_signal_word wait[TC_SIGNALS_WAIT];
    char text[32 * TC_SIGNALS_WAIT]; /* of those that wait, eight zeros behind each */
    size_t nwait, ntext;
    struct tc_definition *def;
    uint32_t ndef;
    size_t def_room;
    uint32_t *fan; /* signals */
    uint64_t nfan; /* with those that wait */
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
/* The number of a name of one byte or more, a new one where it is not known.  So many zeros
 * stand behind the name, which is written to meanwhile. */
#define TC_SIGNALS_ZEROS 8
uint32_t tc_signal(struct tc_signals *, char *name, size_t length);
/* likewise; it becomes the last of fan[], if not at once */
void tc_signal_fan(struct tc_signals *, char *name, size_t length);
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
