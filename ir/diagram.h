/* diagram.h -- threshold gates as decision diagrams over their wires in a given order
 *
 * Term i adds a weight w_i > 0 where its wire x_i is 1.  Once the wires before x_i are known, all
 * that counts is what is still needed: f_i(t) = [sum over j >= i of w_j x_j >= t], and
 *
 *   f_i(t) = f_(i+1)(t) or (x_i and f_(i+1)(t - w_i)),
 *
 * since f_i falls where t grows.  It is 1 for t <= 0, and 0 for t above the sum of the weights
 * left. All t between two neighbouring sums of those give one function; each function is there once
 * a level, so that no diagram of this order is smaller. */
#ifndef TC_DIAGRAM_H
#define TC_DIAGRAM_H

#include "ir.h"

#define TC_DIAGRAM_WIDTH 64 /* functions a level */

struct tc_answer { /* f_i(t) for a t, and for all in least..most */
    mpz_t least, most;
    size_t is; /* a node */
};

struct tc_diagram {
    size_t nterm, nnode; /* nodes 0 and 1 are the constants */
    struct tc_decision { /* low or (x_term and high): both smaller nodes */
        size_t term, high, low;
    } * node;
    size_t term_room, node_room, known_room, nknown; /* how it is made */
    struct tc_known {
        struct tc_answer answer;
        size_t next; /* of the same level, plus 1 */
    } * known;
    struct tc_rung {
        mpz_t weight, rest, t; /* rest: this weight and those behind; t: what is asked for */
        struct tc_answer high; /* f_(i+1)(t - w_i) */
        bool asked_low;
        size_t first, width; /* of known, plus 1 */
    } * rung;
    struct tc_answer answer;
};

/* zeroed before its first use; any number of starts, then freed once */
void tc_diagram_start(struct tc_diagram *);
void tc_diagram_term(struct tc_diagram *, mpz_srcptr weight); /* positive; all before the gates */
/* The node of [sum >= t].  False where that takes more than `most` nodes in all, or more than
 * TC_DIAGRAM_WIDTH functions of one level.  Nodes of gates before it are used again. */
bool tc_diagram_gate(struct tc_diagram *, mpz_srcptr t, size_t most, size_t *node);
void tc_diagram_free(struct tc_diagram *);

#endif
