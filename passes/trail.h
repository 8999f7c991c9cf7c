/* trail.h -- why passes did what they did: equal gates, in the order in which they were made
 *
 * A trail is one netlist in normal form, of the gates of what passes were given, of what they
 * made, and of whatever lies between, and claims that literals of it are equal.  Passes write it,
 * trail_check.c believes nothing of it.  All functions of a pass's side take NULL for no trail, and
 * do nothing then. */
#ifndef TC_TRAIL_H
#define TC_TRAIL_H

#include "net.h"

struct tc_claim {
    tc_lit a, b;   /* the newer one first */
    uint32_t base; /* a wire: those from it on were made in the step that says so */
    tc_lit cut; /* what that gate reads, or that wire, both are perhaps functions of; or TC_LIT_0 */
};

struct tc_trail {
    struct tc_net *net;
    struct tc_claim *claim;
    size_t n, room;
    bool full; /* something was too much to be written down: all is in vain */
    struct tc_net_sum sum;
};

/* trail.c */

/* the literals of a net's wires, whose gates the trail has then; malloc'ed */
tc_lit *tc_trail_enter(struct tc_trail *, const struct tc_net *);
/* the gate [sum >= bound], where a wire of the sum is the literal `as` of the trail, or its wire */
tc_lit tc_trail_gate(struct tc_trail *, const struct tc_net_sum *, const tc_lit *as);
/* a gate of a net, likewise */
tc_lit tc_trail_gate_of(struct tc_trail *, const struct tc_net *, uint32_t gate, const tc_lit *as);
void tc_trail_claim(struct tc_trail *, tc_lit a, tc_lit b, uint32_t base);
/* the same, of functions of n literals of the trail; if they are many, in an order in which both
 * have small diagrams */
void tc_trail_claim_cut(struct tc_trail *, tc_lit a, tc_lit b, uint32_t base, const tc_lit *leaf,
                        unsigned n);
/* What a pass makes of a net, in the trail: opened with the net it is given, followed as its own
 * grows. */
struct tc_trail_note {
    struct tc_trail *trail;
    tc_lit *was;      /* per wire of the net that was given */
    tc_lit *as;       /* per wire of the one that is made */
    uint32_t n, room; /* of them */
    uint32_t base;    /* the trail's wires before any was made */
};
void tc_trail_open(struct tc_trail_note *, struct tc_trail *, const struct tc_net *);
void tc_trail_close(struct tc_trail_note *);
/* takes in what wires the net that is made has got since */
void tc_trail_follow(struct tc_trail_note *, const struct tc_net *made);
/* a literal of what is made, in the trail */
static inline tc_lit tc_trail_as(const struct tc_trail_note *note, tc_lit made)
{
    return made < TC_LIT_0 ? note->as[made >> 1] ^ (made & 1) : made;
}
/* claims that a literal of what is made is that one of the trail */
void tc_trail_same(struct tc_trail_note *, tc_lit made, tc_lit same);

uint32_t tc_trail_wires(const struct tc_trail *); /* so far */
size_t tc_trail_claims(const struct tc_trail *);  /* so far */
/* forgets claims number [from, to[ */
void tc_trail_forget(struct tc_trail *, size_t from, size_t to);

#endif
