/* count.h -- shared by count.c and count_*.c; nobody else includes it
 *
 * Counting is summing over points: the wires of a term are the points of the
 * domain and of the reduction at which guards hold and tables are not 0, its
 * largest weight is the largest product of entries over them, a gate's fan-in a
 * sum over terms, and the largest fan-in its maximum over the domain.  All of
 * these are sums or maxima of products of small factors, each reading a few
 * indices, so the indices are eliminated one after the other (the generalised
 * distributive law): what a factor does not read is never enumerated with it. */
#ifndef TC_COUNT_H
#define TC_COUNT_H

#include "text.h"

#define TC_COUNT_VARS 64        /* indices of a bank and of one term */
#define TC_COUNT_NONE INT64_MIN /* a maximum over no points */

typedef uint64_t tc_varset;

struct tc_lin { /* an affine expression in variables */
    int64_t constant;
    tc_varset vars;
    int64_t coef[TC_COUNT_VARS];
};

struct tc_lin_axis { /* at + via[arg], as tc_axis */
    struct tc_lin at, arg;
    const struct tc_table *via;
};

enum tc_reading {             /* what an entry of a table stands for */
                  TC_NONZERO, /* 0 or 1 */
                  TC_ABSOLUTE,
                  TC_SIGNED,
};

enum tc_factor_kind {
    TC_F_GUARD, /* 1 where axis[0] >= 0, else 0 */
    TC_F_TABLE, /* table at axes */
    TC_F_ARRAY, /* value[sum of stride * variable] */
};

struct tc_count_factor {
    enum tc_factor_kind kind;
    tc_varset vars;
    int64_t bound; /* |values| are at most this; below 2^62 */
    bool partial;  /* an array, whose NONE excludes a point */
    enum tc_reading reading;
    const struct tc_table *table;
    struct tc_lin_axis *axis;
    int64_t *map;  /* of a table, or NULL: the value is map[entry + reach], however read */
    int64_t reach; /* |entries| are at most this */
    int64_t *stride, *value;
};

/* scale * product of factors */
struct tc_node {
    mpz_ptr scale;
    unsigned n, room;
    struct tc_count_factor **factor;
};

/* limits and what is kept between banks */
struct tc_counter {
    double work, most; /* points visited, and how many may be */
    struct tc_cache *cache;
    const struct tc_bank *bank; /* for messages */
    struct tc_error *err;
};

/* A sum of nodes over points of variables where the guards hold. */
struct tc_graph {
    struct tc_arena *arena; /* scratch */
    struct tc_counter *counter;
    unsigned nvar;
    const struct tc_index *ix[TC_COUNT_VARS]; /* NULL once replaced */
    int64_t extent[TC_COUNT_VARS];            /* 1 once pinned */
    unsigned nnode;
    struct tc_node **node;
    struct tc_node guards; /* via-free guards, all must hold; scale unused */
    bool empty;            /* some guard never holds */
};

/* count_graph.c */

void tc_graph_init(struct tc_graph *, struct tc_arena *, struct tc_counter *);
/* adds an index; false if there are too many */
bool tc_graph_var(struct tc_graph *, const struct tc_index *);
unsigned tc_graph_find(const struct tc_graph *, const struct tc_index *);
struct tc_node *tc_graph_node(struct tc_graph *);
void tc_node_add(struct tc_graph *, struct tc_node *, struct tc_count_factor *);
/* For all points; one with a table becomes a factor of the node, or with node
 * NULL a node of its own that excludes points from maxima. */
void tc_graph_guard(struct tc_graph *, struct tc_node *, const struct tc_guard *);
/* False if entries do not fit 62 bits.  A table without zeros read for
 * TC_NONZERO is left out. */
bool tc_graph_table(struct tc_graph *, struct tc_node *, const struct tc_factor *, enum tc_reading);
/* For maxima: fixes variables below `shared`, the same in all graphs, that
 * guards alone read, each with one sign, at the end where most guards hold.
 * The guards of the first graph limit the points; those of others are of their
 * terms, and may be relaxed if more points there never lower the value (rising). */
void tc_graph_relax(struct tc_graph **, unsigned ngraph, unsigned shared, bool rising);
/* Tables read at an expression in several variables over large boxes: one of
 * the variables is replaced by the expression, and guards keep it in its box.
 * Variables below `shared` are the same in all graphs; their guards go to the
 * first. */
void tc_graph_replace(struct tc_graph **, unsigned ngraph, unsigned shared);
/* Once no expression changes any more: drops guards that always hold, makes
 * arrays of small tables and of guards with tables. */
void tc_graph_prepare(struct tc_graph *);
/* bound := largest magnitude of its entries */
void tc_array_bound(struct tc_count_factor *, size_t size);
const struct tc_through *tc_through_find(const struct tc_function *);
tc_varset tc_node_vars(const struct tc_node *);
double tc_graph_box(const struct tc_graph *, tc_varset); /* points of variables' boxes */
int64_t tc_lin_at(const struct tc_lin *, const int64_t *value);
/* over the boxes of some variables, the others 0 */
void tc_lin_range(const struct tc_graph *, const struct tc_lin *, tc_varset over, int64_t *lo,
                  int64_t *hi);
/* 0 outside a dense table, which happens only where a guard fails */
int64_t tc_factor_at(const struct tc_count_factor *, const int64_t *value);
/* count entries along variable x, from value[x] on */
void tc_factor_row(const struct tc_count_factor *, const int64_t *value, unsigned x, size_t count,
                   int64_t *out);

/* count_dominate.c */

/* For the maximum of sums of products of entries read as TC_NONZERO: leaves out
 * values of indices of the domain where others have each factor at least as large.
 * Where there are few points it does nothing. */
void tc_graph_dominate(struct tc_graph **, unsigned ngraph, unsigned shared);

/* count_plan.c */

#define TC_ROW_WORK 32 /* starting a row costs as much as so many points */

/* what eliminating `e` reads, costs and leaves */
struct tc_plan {
    tc_varset e, all;
    unsigned x;        /* the innermost loop */
    double cost, size; /* points; entries of the result */
};

/* Of the live variables; whole: a step takes nodes as they are, since they are
 * added, not multiplied. */
struct tc_plan tc_plan_choose(const struct tc_graph *, tc_varset live, bool whole);

/* count_step.c */

#define TC_BOUND_MOST 0x1p61 /* values stay below, and sums of rows in 128 bits */

enum tc_op { TC_SUM, TC_MAX };

/* Sum or maximum over plan.e of the sum of nodes, where the guards that read
 * any of it hold; these are taken out.  TC_SUM: of one node.  An array over the
 * other variables, or if there are none (result NULL) a scalar.  none: the
 * maximum over no points; *any false if the scalar is that. */
bool tc_step_run(struct tc_graph *, const struct tc_plan *, enum tc_op, int64_t none, unsigned n,
                 struct tc_node *const *, struct tc_count_factor **result, mpz_ptr scalar,
                 bool *any, bool *fits);
bool tc_count_too_long(const struct tc_graph *); /* the error; false */
void tc_graph_merge(struct tc_graph *);          /* nodes that read the same become one */
struct tc_cache *tc_cache_new(void);
void tc_cache_free(struct tc_cache *);

/* count_fold.c */

/* Takes a variable out of the one node that only a function of another table's
 * entry, and arrays of its own, read; false if there is none. */
bool tc_graph_fold(struct tc_graph *, tc_varset over, enum tc_op, tc_varset *gone);

/* count_eliminate.c */

/* All of these return false with an error when it would take too long or too
 * much memory; *fits is false, and nothing else set, where values may exceed 62
 * bits. */

/* Sums the one node over variables, among the points where the guards hold;
 * guards that read them go into the sum, others stay. */
bool tc_graph_sum(struct tc_graph *, tc_varset over, bool *fits);
/* Largest product of the one node's factors over all points; 0 if there are none. */
bool tc_graph_max_product(struct tc_graph *, mpz_ptr, bool *fits);
/* Largest sum of the nodes over the points, of which there must be some; *any
 * false if a node excludes them all. */
bool tc_graph_max_sum(struct tc_graph *, mpz_ptr, bool *any, bool *fits);
/* count_points.c */

/* Sums the one node over all variables and points.  Parts that only guards
 * tie together, as trees of "child <= parent" over equal sizes, have closed
 * forms.  formula, unless NULL, is set to the polynomial, but for `other`, the
 * product of the parts that have none. */
bool tc_graph_total(struct tc_graph *, mpz_ptr total, struct tc_arena *,
                    const struct tc_poly **formula, mpz_ptr other, bool *fits);

/* count_brute.c -- point by point in GMP, where numbers are large or all else fails */

struct tc_count_term { /* a term of a form or, sign -1, of the other side */
    const struct tc_term *term;
    int sign;
};

/* Largest |coef * product of entries| over points; an upper bound, guards and
 * positions aside, if there are too many points. */
void tc_brute_weight(const struct tc_bank *, const struct tc_term *, mpz_ptr);
/* Largest |sum of the constant terms|; likewise an upper bound. */
void tc_brute_constant(const struct tc_bank *, unsigned n, const struct tc_count_term *, mpz_ptr);

#endif
