/* run.h -- what the files that run families share */
#ifndef TC_RUN_H
#define TC_RUN_H

#include "text.h"

#define LANES        64
#define MOST_AT_ONCE 16 /* words */

struct store {
    const struct tc_plane *plane;
    bool ranked;
    unsigned naxis; /* of the box: the chain is one unless ranked */
    int64_t extent[64], stride[64];
    size_t points;
    unsigned last_reader; /* bank */
    uint64_t *bits;       /* r->words a point */
    uint32_t *rank;       /* LANES for each of these */
};

/* run_acc.c: a sum for each lane of all words, narrow or wide */
struct acc {
    int64_t *v; /* narrow */
    /* wide: what is added and what is subtracted, a word a bit and word; in all lanes */
    size_t nlimb, top[2]; /* bits from there on are 0 */
    uint64_t *plane[2];
    mpz_t all;
    mpz_t *z; /* the sums, once settled */
};

struct entry {
    int64_t offset;
    int64_t weight;        /* narrow */
    const int64_t *prefix; /* ranked: weight summed over the chain, by rank */
    int64_t t;             /* ranked, one threshold; -1: none */
};

struct part {
    uint32_t slot;
    int64_t coef;
};

struct affine {
    int64_t constant;
    unsigned n;
    struct part part[TC_MOST_INDICES];
};

/* stride * via[arg] */
struct lookup {
    const struct tc_table *via;
    struct affine arg;
    int64_t stride;
};

struct term {
    const struct tc_term *t;
    struct store *store;       /* NULL: constant */
    struct affine base, inner; /* offsets over domain and sum indices */
    unsigned nbase, ninner;
    struct lookup *base_via, *inner_via; /* at most one an axis */
    const struct tc_index *swept;        /* ranked: the chain index that the prefix sums over */
    unsigned nloop;
    const struct tc_index *loop[TC_MOST_INDICES];
    unsigned nkey; /* domain indices that the pattern depends on */
    uint32_t key[TC_MOST_INDICES];
    int64_t key_value[TC_MOST_INDICES], key_extent[TC_MOST_INDICES];
    size_t nvariant; /* kept: a term for each value of the key, made when asked; or 0 */
    struct term **variant;
    bool have, wide, safe;
    /* the pattern */
    size_t n, room;
    struct entry *e;
    mpz_t *big; /* wide weights */
    size_t nbig;
    int64_t constant; /* narrow, of terms without a plane */
    mpz_t big_constant;
    int64_t **prefix; /* owned */
    size_t nprefix, room_prefix;
};

/* run_surface.c: a part of a threshold, by t and ranks */
struct surface {
    const struct store *store;
    size_t rows, ranks; /* thresholds; the chain's extent + 1 */
    size_t nplace, *place;
    int64_t *narrow; /* [t, rank] */
    mpz_t *wide;
};

struct run {
    const struct tc_family *f;
    struct tc_error *err;
    struct tc_arena *arena; /* of one bank */
    int64_t *val;           /* by index id */
    struct store *store;    /* by plane id */
    uint64_t bytes;
    size_t words; /* of 64 vectors each, that are run at once */
};

/* run_lanes.c: of so many words; v has LANES integers for each, rank as many; bit l of a word's
 * mask is lane l */
void tc_lanes_add_mask(int64_t *restrict v, int64_t w, const uint64_t *restrict mask, size_t words);
void tc_lanes_add_prefix(int64_t *restrict v, int64_t w, const int64_t *restrict prefix,
                         const uint32_t *restrict rank, size_t words);
void tc_lanes_add_vector(int64_t *restrict v, const int64_t *restrict x, size_t words);
void tc_lanes_add_constant(int64_t *v, int64_t w, size_t words);
bool tc_lanes_within(const int64_t *v, int64_t lo, int64_t hi, size_t words);
void tc_lanes_at_least(const int64_t *restrict v, int64_t bound, uint64_t *restrict mask,
                       size_t words);
void tc_lanes_count_reached(uint32_t *restrict rank, const int64_t *restrict v, int64_t bound,
                            size_t words);
/* adds a bit, masks, to numbers whose bit k is plane[k * words ...]: how many bits were read */
size_t tc_lanes_count(uint64_t *restrict plane, const uint64_t *restrict mask, size_t words);
void tc_lanes_rank_above(const uint32_t *restrict rank, int64_t t, uint64_t *restrict mask,
                         size_t words);

/* run_acc.c: of sums below 2^bits, partial ones too; 0 bits: narrow, which are added to v itself */
void tc_acc_init(const struct run *r, struct acc *a, size_t bits);
void tc_acc_free(const struct run *r, struct acc *a);
void tc_acc_zero(const struct run *r, struct acc *a);
void tc_acc_add(const struct run *r, struct acc *a, mpz_srcptr w,
                const uint64_t *mask); /* NULL: in all lanes */
void tc_acc_settle(const struct run *r, struct acc *a);

/* run.c: memory of a plane; TC_ELIMIT if all planes together take too much */
bool tc_run_take(struct run *r, struct store *s);
void tc_run_drop(struct run *r, struct store *s);

/* run_term.c: values at the point that r->val holds */
bool tc_run_affine(struct affine *to, const struct tc_affine *from, int64_t stride);
int64_t tc_run_affine_value(const struct run *r, const struct affine *x);
int64_t tc_run_axis_value(const struct run *r, const struct tc_axis *x);
bool tc_run_guards_hold(const struct run *r, unsigned n, const struct tc_guard *g);
bool tc_factor_has(const struct tc_factor *f, const struct tc_index *ix);
void tc_run_factor_args(const struct run *r, const struct tc_factor *f, int64_t *arg);
struct term *tc_run_term(struct run *r, const struct tc_term *t, bool wide);
void tc_run_term_free(struct term *c);
void tc_run_term_add(struct run *r, struct term *c, struct acc *to);
void tc_run_term_constant(struct run *r, struct term *c, mpz_ptr to); /* one without a plane */

/* whether the term is such a part; then to be freed */
bool tc_run_surface(struct run *r, const struct tc_term *term, const struct tc_index *t, bool wide,
                    struct surface *x);
void tc_run_surface_free(struct surface *x);
int64_t tc_run_surface_at(const struct run *r, const struct surface *x, int64_t t, size_t lane);
void tc_run_surface_add(const struct run *r, const struct surface *x, int64_t t, size_t lane,
                        mpz_ptr to);

/* run_bank.c: all gates of the family's bank k, for all words */
bool tc_run_bank(struct run *r, unsigned k);

#endif
