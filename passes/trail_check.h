/* trail_check.h -- between trail_check.c and trail_window.c */
#ifndef TC_TRAIL_CHECK_H
#define TC_TRAIL_CHECK_H

#include "trail.h"

struct tc_check {
    const struct tc_net *net;
    tc_lit *is;           /* per wire: itself, or what it was proved equal to */
    tc_wire *next;        /* of its class, in a circle */
    unsigned char *exact; /* per wire: 0 not known, 1 no, 2 its sum has two values */
    tc_wire *read;        /* per first wire: what of its class the last form with it reads */
    tc_wire *said;        /* per wire: what was last proved to be it by a cut, or 0 */
    tc_lit *cut;          /* per wire: what is perhaps good leaves for it, or TC_LIT_0 */
    uint32_t *number;     /* per wire: its table in a window, where stamped */
    uint32_t *stamp;
    uint32_t now;
    uint64_t *table;
    size_t table_room;
    struct tc_diagrams *diagrams;
    struct tc_net_sum a, b, e, x, y;
    mpz_t z, w, t, k0, k, l, rp, sp, ap, rq, sq, aq, above, below, up, down;
};

/* the first literal of a literal's class */
tc_lit tc_check_find(struct tc_check *, tc_lit);
/* the newest gates of a wire's class that are below some wire; how many */
unsigned tc_check_members(struct tc_check *, tc_wire, uint32_t below, unsigned most,
                          tc_wire *member);
/* the sum and bound of a gate, or of its complement, over first wires */
void tc_check_form(struct tc_check *, tc_lit gate, struct tc_net_sum *);

/* trail_window.c -- functions of a few wires */

/* whether literals are the same function of a few wires below; those from base on are new */
bool tc_check_window(struct tc_check *, tc_lit a, tc_lit b, uint32_t base);
/* whether a gate's sum is its bound or one less, for a few wires below */
bool tc_check_exact(struct tc_check *, tc_wire gate, uint32_t base);
/* whether sum a is sum b on all values of what they read, where part `at` of b is gate f, or, if
 * its weight is negative, what f is the complement of */
bool tc_check_inner(struct tc_check *, const struct tc_net_sum *a, const struct tc_net_sum *b,
                    size_t at, tc_lit f);

/* trail_diagram.c -- functions of many wires */

/* whether both sides of a claim have the same diagram, of the wires that it names, if they are more
 * than the leaves of a window; else of inputs, if the newer gate reads nothing else */
bool tc_check_diagrams(struct tc_check *, const struct tc_claim *);
void tc_check_diagrams_free(struct tc_diagrams *); /* may be NULL */

#endif
