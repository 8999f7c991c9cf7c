/* rank.h -- points of a box within guards, in lexicographic order; private to ir/
 *
 * rank.c counts, ranks and unranks them without going through them; piece.c has
 * the functions of one variable that it counts with. */
#ifndef TC_RANK_H
#define TC_RANK_H

#include "ir.h"

/* piece.c -- integer functions of one integer, made of polynomials
 *
 * On [from, from of the next piece[ the value at from + u is the sum over k of
 * diff[k] * binomial(u, k); the value is 0 before the first piece and from
 * `end` on.  Sums of such functions are such functions, without fractions. */
struct tc_piece {
    int64_t from;
    unsigned degree;
    mpz_t *diff;  /* degree + 1 */
    mpz_t before; /* sum of all values before from */
};

struct tc_pieces {
    size_t n, room;
    struct tc_piece *piece;
    int64_t end;
    mpz_t total; /* sum of all values */
};

/* y between bounds: at least, or at most, sign * x + constant */
struct tc_bound {
    bool lower;
    int sign; /* 1 or -1 */
    int64_t constant;
};

void tc_pieces_init(struct tc_pieces *);
void tc_pieces_clear(struct tc_pieces *);
/* `value` at each of [from, to[, which begins at or after the end */
void tc_pieces_append(struct tc_pieces *, int64_t from, int64_t to, mpz_srcptr value);
void tc_pieces_scale(struct tc_pieces *, mpz_srcptr);
void tc_pieces_add(struct tc_pieces *, const struct tc_pieces *);
/* f(x) becomes f(x) times the sum of g(y) over the y within the bounds at x */
void tc_pieces_join(struct tc_pieces *f, const struct tc_pieces *g, unsigned n,
                    const struct tc_bound *);
void tc_pieces_at(const struct tc_pieces *, int64_t x, mpz_ptr value);
void tc_pieces_below(const struct tc_pieces *, int64_t x, mpz_ptr sum); /* over values before x */
/* the x at which sums pass `sum`, 0 <= sum < total; takes off what is below x */
int64_t tc_pieces_search(const struct tc_pieces *, mpz_ptr sum);
/* the next x that is not less at which the value is not 0; the end if there is none.
 * Only where pieces are constant. */
int64_t tc_pieces_next(const struct tc_pieces *, int64_t x);

/* rank.c */

#define TC_SPACE_VARS 60
#define TC_SPACE_CONS 192
#define TC_SPACE_WORK ((uint64_t)1 << 17) /* values looked at one by one, in one question */

typedef uint64_t tc_space_set; /* of variables */

struct tc_space_lin {
    int64_t constant;
    unsigned n;
    struct tc_space_part {
        unsigned var;
        int64_t coef;
    } *part;
};

struct tc_space_expr {
    struct tc_space_lin at, arg;
    const struct tc_table *via; /* or NULL */
};

struct tc_space_cons {
    enum { TC_AT_LEAST, TC_EQUAL, TC_NONZERO } kind;
    tc_space_set vars; /* all must be known before it can be asked */
    tc_space_set read; /* those of them that only a look at each value can tell */
    unsigned nexpr;
    struct tc_space_expr *expr; /* >= 0; == want; where table is read */
    int64_t want;
    const struct tc_table *table;
};

/* What spaces of a family share: what answers took, and entries of computed tables that
 * were asked for lately, since one may take longer than all the rest. */
#define TC_ENTRY_MEMO 1024
#define TC_ENTRY_RANK 4 /* tables with more arguments are not remembered */

struct tc_entries {
    struct tc_gate_cost cost;
    struct tc_entry {
        const struct tc_table *table; /* NULL: empty */
        int64_t arg[TC_ENTRY_RANK], value;
    } memo[TC_ENTRY_MEMO];
};

/* an entry, by arguments that the table has */
void tc_entry_get(struct tc_entries *, const struct tc_table *, const int64_t *arg, mpz_ptr);
bool tc_entry_is_zero(struct tc_entries *, const struct tc_table *, const int64_t *arg);

/* Variables in lexicographic order, the first one slowest, and what ties them. */
struct tc_space {
    struct tc_arena *arena;
    const char *name; /* of the bank, for messages */
    struct tc_entries *entries;
    unsigned nvar;
    const struct tc_index *ix[TC_SPACE_VARS];
    unsigned ncons;
    struct tc_space_cons *cons;
    tc_space_set guarded; /* variables of guards */
    unsigned npart; /* variables tied together, directly or not */
    struct tc_space_group {
        tc_space_set vars;
        bool moving; /* tied by an equation, whose wanted value changes */
        bool known;
        struct tc_pieces first; /* points at each value of its first variable, if known */
    } *part;
    uint64_t work;
    const struct tc_index *slow; /* where the work went */
};

struct tc_space *tc_space_new(struct tc_arena *, const char *name, struct tc_entries *);
void tc_space_free(struct tc_space *); /* what the arena does not */
bool tc_space_var(struct tc_space *, const struct tc_index *); /* false: too many */
/* All variables must be there, and guards before other conditions; these give
 * false where there are too many. */
bool tc_space_guard(struct tc_space *, const struct tc_guard *);
bool tc_space_equal(struct tc_space *, const struct tc_axis *); /* to cons[...].want */
bool tc_space_nonzero(struct tc_space *, const struct tc_factor *);
void tc_space_close(struct tc_space *); /* all conditions are there */
unsigned tc_space_find(const struct tc_space *, const struct tc_index *);

/* These take the values of the first `given` variables as they are in `at`, which
 * has one for each variable.  TC_ELIMIT where conditions have no closed form and
 * leave too many points to look at. */
bool tc_space_count(struct tc_space *, unsigned given, const int64_t *at, mpz_ptr points,
                    struct tc_error *);
/* the others, of point number `rank` from 0, which is below the count */
bool tc_space_unrank(struct tc_space *, unsigned given, int64_t *at, mpz_srcptr rank,
                     struct tc_error *);
/* The point after the one in `at`, false if there is none that differs in the last
 * variable alone.  own is for its use between calls, and to be cleared by the caller;
 * its end is 0 to begin with, and wherever another variable changed. */
bool tc_space_step(struct tc_space *, unsigned given, int64_t *at, struct tc_pieces *own);
/* *within false if it is no point at all */
bool tc_space_rank(struct tc_space *, unsigned given, const int64_t *at, mpz_ptr rank, bool *within,
                   struct tc_error *);

int64_t tc_space_axis(struct tc_space *, const struct tc_axis *, const int64_t *at);

#endif
