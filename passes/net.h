/* net.h -- netlists as the netlist passes see them; nobody else includes it
 *
 * A literal is twice a wire, plus 1 where it is complemented: complements cost
 * nothing in threshold gates, since w * (1 - x) = w - w * x.  Rows and gates
 * are kept once each, in a normal form in which a gate and its complement are
 * the same gate:
 *   a row's sources ascend strictly, its weights have greatest common divisor 1,
 *   and the first is positive; no weight is 0; a row has an edge;
 *   a gate's bound lies above the least and not above the greatest sum of its
 *   row, and no gate is a buffer of one wire.
 * So constants, buffers and inverters are literals, not gates. */
#ifndef TC_NET_H
#define TC_NET_H

#include "passes.h"

typedef uint32_t tc_lit;
#define TC_LIT_0     (UINT32_MAX - 1) /* constants */
#define TC_LIT_1     UINT32_MAX
#define TC_NET_WIRES ((uint32_t)1 << 30)

/* a sum of integer multiples of literals, being built, and what it is compared with */
struct tc_net_sum {
    size_t n, room;
    struct tc_net_part {
        tc_wire source;
        mpz_t weight;
    } * part;
    mpz_t bound, lo, hi, t; /* lo, hi: of the sum, once normal */
};

struct tc_net {
    struct tc_netlist *num; /* holds its big numbers; names of inputs */
    bool share;             /* equal rows and gates are made once */
    uint32_t ninputs, ngates, nrows, gate_room, row_room;
    struct tc_net_gate {
        uint32_t row, level; /* level: 1 + the highest of its sources */
        tc_weight bound;
    } * gate;
    struct tc_net_row {
        uint64_t first; /* edges [first..first + n[ */
        uint32_t n, level;
    } * row;
    uint64_t nedges, edge_room;
    tc_wire *source;
    tc_weight *weight;
    uint32_t noutputs;
    tc_lit *output;
    uint32_t *row_slot, *gate_slot; /* hash tables; number plus 1, 0 where empty */
    size_t row_slots, gate_slots;
};

/* net.c */

void tc_net_sum_init(struct tc_net_sum *);
void tc_net_sum_free(struct tc_net_sum *);
void tc_net_sum_clear(struct tc_net_sum *); /* 0 >= 0 */
/* adds weight * literal; a complement and a constant move the bound */
void tc_net_sum_add(struct tc_net_sum *, tc_lit, mpz_srcptr weight);
void tc_net_sum_add_si(struct tc_net_sum *, tc_lit, int64_t weight);
/* ascending, merged, without zeros; sets lo and hi */
void tc_net_sum_merge(struct tc_net_sum *);
/* what a gate is in a sum: its row's edges and its bound; merged */
void tc_net_sum_gate(struct tc_net_sum *, const struct tc_net *, uint32_t gate);

/* an empty one with the inputs of a netlist */
struct tc_net *tc_net_new(const struct tc_netlist *, bool share);
struct tc_net *tc_net_new_like(const struct tc_net *); /* of another net */
void tc_net_free(struct tc_net *);
/* the literal of [sum >= bound]; the sum is left in normal form */
tc_lit tc_net_gate_of(struct tc_net *, struct tc_net_sum *);
/* A gate of another net, over literals that its wires are here.  row: per row of the other
 * net, 0 at first, so that a row is looked at once; sum: to work in. */
tc_lit tc_net_copy_gate(struct tc_net *, const struct tc_net *from, const tc_lit *lit,
                        uint32_t gate, uint32_t *row, struct tc_net_sum *sum);
/* the outputs, too; all that they are is copied */
void tc_net_copy_outputs(struct tc_net *, const struct tc_net *from, const tc_lit *lit);
/* a netlist in normal form.  TC_ELIMIT above 2^30 wires */
struct tc_net *tc_net_read(const struct tc_netlist *, bool share, struct tc_error *);
/* a netlist again, without the gates that no output depends on; gates of one row are
 * a chain.  A complement at an output costs a gate only where the wire is wanted too. */
struct tc_netlist *tc_net_write(const struct tc_net *);
/* the netlist if it is what it was, else the other; frees the rest */
struct tc_netlist *tc_net_keep(struct tc_netlist *before, struct tc_netlist *after);

/* net_lists.c: as the pass lists, of all wires; the netlist itself if there are none */
struct tc_netlist *tc_net_lists_within(struct tc_netlist *, const struct tc_pass_options *,
                                       struct tc_error *);

/* net_rebuild.c */

/* The netlist with some gates made otherwise: make(ctx, to, lit, wire, sum, &made) may put a
 * literal of `to` in place of a gate, from those of the wires before it, or say that it is made and
 * put none, where nothing that is made or copied reads it; where it is false the gate is copied.
 * The trail claims that each literal is its wire; it may be NULL. */
typedef bool tc_net_make(void *ctx, struct tc_net *to, const tc_lit *lit, tc_wire wire,
                         struct tc_net_sum *sum, tc_lit *made);
struct tc_netlist *tc_net_rebuild(const struct tc_net *, struct tc_trail *, tc_net_make *,
                                  void *ctx);
/* the same in a net of these inputs that has gates already; it is freed */
struct tc_netlist *tc_net_rebuild_in(const struct tc_net *, struct tc_net *to, struct tc_trail *,
                                     tc_net_make *, void *ctx);

static inline uint32_t tc_net_level(const struct tc_net *net, tc_wire w)
{
    return w < net->ninputs ? 0 : net->gate[w - net->ninputs].level;
}

/* threshold.c -- which truth tables are threshold functions
 *
 * Bit x of a table is the function's value where input i is bit i of x. */

#define TC_THRESHOLD_INPUTS 8

struct tc_threshold {
    unsigned n;
    int32_t weight[TC_THRESHOLD_INPUTS], bound; /* 1 iff the sum is at least bound */
};

/* tc_threshold_find -- integer weights of a threshold function, the smallest
 *
 * in      a table of n <= 8 inputs, 2^n bits in words of 64 (the low ones if n < 6)
 * out     weights and a bound with the least sum of |weight|; 0 where an input
 *         does not matter.  False if it is no threshold function.
 * exact   by linear programming over the rationals
 * source  Muroga, Threshold Logic and Its Applications, 1971, chapters 5 and 7 */
bool tc_threshold_find(const uint64_t *table, unsigned n, struct tc_threshold *);

#endif
