/* nest.h -- terms as nests of loops that write edges; private to ir/
 *
 * nest.c compiles a term, nest_run.c runs it; instantiate.c walks the points of
 * a bank. */
#ifndef TC_IR_NEST_H
#define TC_IR_NEST_H

#include "ir.h"

#define NEST_SLOTS     60 /* indices of a term: domain, chain and reduction */
#define NEST_MEMO_BITS 13 /* entries of a computed table that are remembered, log2 */
#define NEST_MEMO_RANK 4  /* and the most arguments that one of these has */

/* An index is known by its slot: the axes of the domain in order, then the
 * chain (also where there is none), then the reduction indices of a term.  A
 * slot is also a loop of the nest, and level s + 1 is its inside; level 0 is
 * outside of all loops. */
struct nest_affine {
    int64_t constant;
    unsigned n;
    struct nest_part {
        unsigned slot;
        int64_t coef;
    } * part;
};

struct nest_expr {
    struct nest_affine at;
    const struct tc_table *via; /* or NULL */
    struct nest_affine arg;
};

/* a remembered entry */
struct nest_memo {
    bool known;
    int64_t arg[NEST_MEMO_RANK], value;
};

/* something to be done for a term, at one level */
struct nest_item {
    enum {
        NEST_GUARD,  /* expr >= 0, or there is no edge */
        NEST_ENTRY,  /* weight times table->small[expr] */
        NEST_LOOKUP, /* weight times table[expr ...] */
        NEST_WIRE,   /* wire + stride * expr */
        NEST_RANKED, /* wire + stride * group->rank[position of expr ...] */
    } kind;
    unsigned level;
    uint64_t mentions; /* slots, a bit each */
    unsigned nexpr;
    struct nest_expr *expr;
    const struct tc_table *table;
    uint64_t size;          /* entries of a dense table */
    struct nest_memo *memo; /* of a computed table */
    const struct tc_group *group;
    uint64_t stride;
};

/* items in order of level: item[at[level]..at[level + 1][ are done at level */
struct nest_items {
    unsigned n;
    struct nest_item *item;
    unsigned at[NEST_SLOTS + 3];
};

/* what a level knows of a term */
struct nest_state {
    uint32_t base; /* wire, so far */
    bool dead;     /* a guard does not hold, or the weight is 0 */
    bool bad;      /* read outside of a table or plane: a deeper guard must fail */
    int64_t scale; /* weight, so far */
    mpz_ptr big;   /* the same where it may pass 62 bits, else NULL */
};

/* edges in order, relative to a base and a scale */
struct nest_pattern {
    bool made;
    size_t n, room;
    uint32_t *offset; /* with NEST_SLACK more, as in the sink */
    int64_t *weight;  /* 0: nothing can be here, its class must be dead */
};

/* values of the mixed reduction indices, taken together */
struct nest_class {
    uint32_t offset;
    bool alive, bad;
    int64_t scale;
};

struct nest_term {
    bool big; /* weights may pass 62 bits: no pattern */
    mpz_t coef;
    uint32_t base;
    uint32_t step[NEST_SLOTS];  /* wires per slot, where affine */
    unsigned first, split, end; /* slots: reductions from first, the pattern's from split */
    int64_t extent[NEST_SLOTS];
    struct nest_items items;
    struct nest_state *state; /* reduction levels: state[slot + 1 - first] inside of slot */

    uint64_t mixed; /* slots from split on that meet earlier ones in an item, */
    uint64_t met;   /* and those earlier ones */
    bool *fixed;    /* per item: part of the pattern itself */
    size_t nkey;    /* values of those met: a pattern each; 1 if there are classes */
    struct nest_pattern *pattern;

    bool classes; /* values of those mixed are classes of pattern[0] */
    size_t nclass;
    uint32_t *of_class; /* per entry */
    struct nest_class *class;
    size_t *population;       /* entries of a class */
    int64_t seen[NEST_SLOTS]; /* values of those met when classes were made */
    bool made;
};

/* Where edges go; source NULL: only counted.  Up to NEST_SLACK entries past
 * the last are written, too. */
#define NEST_SLACK 8

struct nest_sink {
    struct tc_netlist *netlist;
    tc_wire *source;
    tc_weight *weight;
    uint64_t nedges;
};

/* the indices that a bank's terms share */
struct nest_domain {
    struct tc_arena *arena;
    unsigned naxis;
    const struct tc_index **axis;
    const struct tc_index *chain; /* slot naxis; NULL if none */
    unsigned nguard;
    const struct tc_guard *guard;
    double points;             /* about how many there are, for choices */
    bool counting;             /* wires do not matter */
    int64_t value[NEST_SLOTS]; /* of each slot, now */
    mpz_t scratch;
};

bool nest_guards(const struct nest_domain *, struct nest_items *, struct tc_error *);
/* sign: 1 or -1; numbering and first wire of the term's plane, NULL and 0 for
 * a constant */
bool nest_compile(struct nest_domain *, struct nest_term *, const struct tc_term *, int sign,
                  const struct tc_numbering *, uint32_t first_wire, struct tc_error *);
void nest_free(struct nest_term *);
/* bounds |weight|, or for a constant its |value|, and all that occurs on the way */
void nest_upper(const struct tc_term *, mpz_ptr);

/* outside of all loops */
void nest_begin(const struct nest_domain *, const struct nest_term *, struct nest_state *);
/* n terms go into the loop of a slot, its index having a value */
void nest_enter(const struct nest_domain *, unsigned n, const struct nest_term *, unsigned slot,
                const struct nest_state *outside, struct nest_state *inside);
bool nest_hold(const struct nest_domain *, const struct nest_items *, unsigned level);
/* all edges of n terms at a point of the domain and the chain, one after the
 * other; outside: of the chain's loop, inside: scratch */
void nest_edges(struct nest_domain *, unsigned n, struct nest_term *,
                const struct nest_state *outside, struct nest_state *inside, struct nest_sink *);
/* the value of a term without a plane at a point; in z if the term is big */
int64_t nest_constant(struct nest_domain *, struct nest_term *, mpz_ptr z);

#endif
