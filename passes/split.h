/* split.h -- inside passes/: a bank taken apart into blocks of its weights' digits
 *
 * CONSTRUCTIONS.md, "Bounded weights", has the statement and its proof.  Words:
 * a gate is [V >= 0], V = form - threshold = sum of weight * wire + constant; a
 * place is a point of the indices on which weights, guards or constants depend,
 * among them the chain; block k of V, B_k, is the sum of digit k, in base
 * beta = 2^width, of the weights, signed as they are; the last block has all of
 * the rest.
 */
#ifndef TC_SPLIT_H
#define TC_SPLIT_H

#include "passes.h"

/* split_weigh.c -- what a bank's weights are, whatever the bound */

struct split_term { /* one that reads wires, or a constant */
    const struct tc_term *term;
    bool theta; /* of the threshold: it counts negatively */
    unsigned nvary;
    const struct tc_index **vary; /* on which its weight depends */
    size_t size;                  /* points of their box */
    mpz_ptr *weight;              /* signed as in V; 0 where nothing is read */
    /* How often a weight occurs: per place, then per point of the rest of vary.
     * A weight depends on no other place. */
    unsigned nplace;
    unsigned *place; /* which of the places' indices, ascending */
    size_t nrow, ncol;
    size_t *which;  /* [nrow * ncol]: the weight */
    int64_t *count; /* [nrow * ncol] */
};

struct split_bank {
    struct tc_arena *arena;
    const struct tc_bank *bank;
    unsigned nterm;
    struct split_term *term; /* those with wires */
    unsigned nindex;
    const struct tc_index **index; /* of places; the chain last, if any */
    size_t nplace;                 /* points of their box */
    bool moving;       /* weights or guards of wires depend on the chain */
    bool *valid;       /* per place: guards leave gates there */
    mpz_ptr *constant; /* per place */
    mpz_ptr *most;     /* per place: the largest |weight| */
    mpz_ptr max;       /* the largest |weight|, before division by gcd */
    mpz_ptr gcd;       /* of all weights: constants are rounded down */
};

/* TC_ELIMIT, with the bank's name, if weights cannot be tabulated.  All of the
 * family's, in its arena. */
bool tc_split_weigh(struct tc_arena *, const struct tc_bank *, struct split_bank *,
                    struct tc_error *);
/* the row of a term that belongs to a place */
size_t tc_split_row(const struct split_bank *, const struct split_term *, size_t place);

/* split_plan.c -- how a bank is split under a bound */

struct split_plan {
    struct tc_arena *arena;
    unsigned width;  /* bits of a block */
    unsigned nblock; /* 1: no split but by the gcd */
    bool high;       /* some block has carries into the next */
    bool joint;      /* which are read together with it: a layer less */
    unsigned group;  /* blocks that one gate of the last layer decides */
    unsigned ngroup;
    unsigned layers;
    double gates;        /* over all places */
    unsigned *blocks;    /* per place; the same along the chain */
    int64_t *carries;    /* [place * nblock + k]: J, gates of carries out of block k */
    mpz_ptr *from;       /* likewise: carry j of them is [B_k >= from + j*beta] */
    mpz_ptr *digit;      /* likewise: of the constant */
    mpz_ptr *lo, *hi;    /* likewise: the range of B_k */
    mpz_ptr *radix;      /* joint: per block, what B_k is multiplied by; 0: B_(k-1) is not read */
    struct split_steps { /* joint: per place, block and kind, see split_kind */
        bool start;      /* its value at the least of the joint block */
        unsigned n;      /* it changes at these */
        mpz_ptr *at;
    } *steps;
};

enum split_kind { TC_SPLIT_P, TC_SPLIT_G }; /* [E_k >= 0], [E_k >= 1] */

/* The plan of least depth, then of fewest gates; NULL if there is none. */
struct split_plan *tc_split_plan(const struct split_bank *, mpz_srcptr w);
void tc_split_plan_free(struct split_plan *);
/* whether nothing but the chain tells places apart, and not for the wires: gates of
 * equal blocks and thresholds are then made once */
bool tc_split_row_of_gates(const struct split_bank *);
/* digit k of a weight; all the rest in the last block */
void tc_split_digit(const struct split_plan *, mpz_srcptr weight, unsigned k, mpz_ptr digit);

/* what a bank that is taken apart is made with */
#define TC_SPLIT_MOST ((size_t)1 << 22) /* entries of a table */

struct split_build {
    struct tc_family *f;      /* being built: at first a copy */
    struct tc_arena *scratch;
    unsigned nold;            /* planes of the original */
    const struct tc_plane **plane; /* by id of the original: what stands for it */
    const struct tc_index **group; /* likewise: sum over it, unless NULL */
    /* of the bank at hand */
    const struct tc_bank *old;
    const struct split_bank *b;
    const struct split_plan *p;
    struct tc_error *err;
};

/* split_form.c -- names, tables, forms and banks of the family being built */

/* the old bank's name and what part of it; new in the family */
const char *tc_split_plane_name(struct split_build *, const char *part);
const char *tc_split_table_name(struct split_build *, const char *part);
/* fails: TC_ELIMIT, the old bank's table has too many entries */
bool tc_split_too_large(struct split_build *);
struct tc_axis tc_split_axis(struct split_build *, const struct tc_index *);
/* the form that reads what stands for the planes it read */
struct tc_form tc_split_reread(struct split_build *, struct tc_form);

/* entries over some of the place's indices, then over others */
struct split_entries {
    unsigned nother;
    size_t other; /* points of their box */
    struct tc_axis at[2];
    int64_t extent[2];
    mpz_ptr *v; /* [place * other]; NULL is 0 */
};

/* v NULL: too large */
struct split_entries tc_split_entries_new(struct split_build *, unsigned nother,
                                          const int64_t *extent, const struct tc_axis *at);
/* entry[place, others]: a constant; times a form; as an axis, through a table of one argument */
struct tc_form tc_split_table_form(struct split_build *, const char *part, struct split_entries *);
struct tc_form tc_split_table_times(struct split_build *, const char *part, struct split_entries *,
                                    struct tc_form);
struct tc_axis tc_split_table_axis(struct split_build *, const char *part, struct split_entries *);

/* what block of slot v is, for tables of digits */
enum split_digits {
    TC_SPLIT_PLAIN,  /* slot k: block k */
    TC_SPLIT_BEFORE, /* slot k: block k - 1; slot 0 is empty */
    TC_SPLIT_JOINT,  /* slot k: block k times its radix, and block k - 1 */
};

#define TC_SPLIT_NO_BLOCK UINT32_MAX /* a slot without gates */

/* The wires of the form, or those of the threshold, with digits for weights.  The
 * slot is where along one axis; block_of, if not NULL, gives an entry's slot.  Terms
 * without digits are left out: they would seem to add depth. */
bool tc_split_digit_form(struct split_build *, bool theta, enum split_digits, unsigned nslot,
                         const unsigned *block_of, struct tc_axis slot, struct tc_form *);

/* with the domain of the old one and all of its guards, and what else is given */
const struct tc_plane *tc_split_bank_new(struct split_build *, const char *name, struct tc_form,
                                         bool chain, struct tc_form theta, bool monotone,
                                         unsigned nguard, const struct tc_guard *,
                                         const char *note);
/* one wire of it, at the axes' own indices but for those that stand elsewhere */
struct tc_form tc_split_wire(struct split_build *, const struct tc_plane *, unsigned n,
                             const struct tc_index *const *ix, const struct tc_axis *to);

/* split_gates.c -- gates by place and slot */

/* gates [block >= threshold]: for each place and slot a list of thresholds */
struct split_lists {
    enum split_digits kind;
    unsigned nslot;
    size_t most;    /* in a list */
    size_t *n;      /* [place * nslot + slot] */
    mpz_ptr **at;   /* likewise */
};

/* the same as a bank */
struct split_made {
    const struct split_lists *of;
    const struct tc_plane *plane;
    const struct tc_index *slot, *item; /* its axes, but for a row of gates */
    const struct tc_index *row;         /* that row's, or NULL */
    bool all;                           /* all lists are full; else there is */
    struct tc_guard guard;              /* item < how many the list at slot has */
    size_t *where; /* in the row: [(place * nslot + slot) * most + item] */
};

struct split_lists tc_split_lists_new(struct split_build *, enum split_digits, unsigned nslot);
/* one more gate in the list of place and slot; its threshold, 0, is to be set */
mpz_ptr tc_split_list_add(struct split_build *, struct split_lists *, size_t place, unsigned slot);
/* the bank of all gates: in one row, equal ones once, where tc_split_row_of_gates */
bool tc_split_make(struct split_build *, const struct split_lists *, struct split_made *,
                   const char *name, const char *note);
/* without the bank: its indices, and which pairs of them have a gate */
bool tc_split_made_guard(struct split_build *, struct split_made *);
/* its guard where slot and item stand elsewhere */
struct tc_guard tc_split_guard_at(struct split_build *, const struct split_made *,
                                  struct tc_axis slot, struct tc_axis item);
/* Gate item of the list of a slot; item over an index, too.  Only where there is one. */
bool tc_split_read_item(struct split_build *, const struct split_made *, struct tc_axis slot,
                        struct tc_axis item, struct tc_form *);
/* the sum over a list; sign: +1 and -1 by turns, the first where start is not */
bool tc_split_read_list(struct split_build *, const struct split_made *, struct tc_axis slot,
                        const bool *start, struct tc_form *);

#endif
