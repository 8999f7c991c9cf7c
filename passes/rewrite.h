/* rewrite.h -- inside passes/: a family rebuilt bank by bank
 *
 * Every plane of the original stands for a form: a wire of the bank that took its
 * place, or any other form of the same values, which readers then read instead.
 * To read is to put one form into another: indices become expressions, weights are
 * multiplied, guards joined; and then the result is brought into canonical form
 * (fold.c).  Nothing here depends on extents, but for those of dense tables.
 *
 *   rw = open(family)
 *   for each bank of the original: read, make the bank, say what stands for it
 *   close(rw)                       the new family, or the same if nothing changed
 */
#ifndef TC_REWRITE_H
#define TC_REWRITE_H

#include "passes.h"

#define TC_RW_INDICES TC_MOST_INDICES
#define TC_RW_GUARDS  48                /* of a term with its bank */
#define TC_RW_POINTS  ((size_t)1 << 22) /* entries visited to make a table */
#define TC_RW_ENTRIES ((size_t)1 << 20) /* of a table that is made */

struct tc_rw_plane {             /* what stands for a plane of the original */
    const struct tc_plane *wire; /* a bank or input, its axes among the old one's */
    bool inlined;                /* it is read as form, over the old one's axes and chain */
    bool refused;                /* some reader could not, and reads the wire */
    struct tc_form form;
};

struct tc_rw {
    struct tc_family *f; /* at first a copy; new banks come behind */
    unsigned nbank;      /* of the original: f->bank[0 .. nbank[ */
    struct tc_rw_plane *plane;
    char *text;                 /* the original's */
    const struct tc_bank *bank; /* at hand */
};

/* rewrite.c */

struct tc_rw *tc_rw_open(const struct tc_family *);
/* Drops what no output reads; f itself, if the text is the same.  Frees rw. */
struct tc_family *tc_rw_close(struct tc_rw *, struct tc_family *f);
void tc_rw_free(struct tc_rw *); /* with the family */
bool tc_rw_is_output(const struct tc_rw *, const struct tc_bank *);
/* A form of an old bank as the new family reads it, folded. */
struct tc_form tc_rw_read(struct tc_rw *, const struct tc_bank *, struct tc_form);
/* A bank in the place of old, which readers read as a wire: the same guards, and an
 * output keeps its axes.  Where the checker cannot follow, it reads wires alone. */
struct tc_bank *tc_rw_bank(struct tc_rw *, const struct tc_bank *old);
/* the same of given forms, which may not be well-formed: NULL then */
struct tc_bank *tc_rw_bank_of(struct tc_rw *, const struct tc_bank *old, struct tc_form form,
                              const struct tc_index *chain, struct tc_form theta);
/* A bank beside old, named after it and what it is to old, with old's component; NULL where it
 * is not well-formed. */
struct tc_bank *tc_rw_bank_new(struct tc_rw *, const struct tc_bank *old, const char *what,
                               struct tc_form form, const struct tc_index *chain,
                               struct tc_form theta, unsigned nguard, const struct tc_guard *);
/* readers of old read this form instead */
void tc_rw_replace(struct tc_rw *, const struct tc_bank *old, struct tc_form);
/* the same, and all that it reads are wires */
struct tc_bank *tc_rw_bank_wires(struct tc_rw *, const struct tc_bank *old);
/* a wire of a plane at its own indices */
struct tc_form tc_rw_wire(struct tc_rw *, const struct tc_plane *);
/* form - theta */
struct tc_form tc_rw_value(struct tc_rw *, const struct tc_bank *);

/* replace.c -- readers of a bank read a form instead, where that is worth it */

/* What a bank that was just made is equal to, as a form over its axes and chain; false: nothing
 * else. */
typedef bool tc_rw_stands(struct tc_rw *, const struct tc_bank *, struct tc_form *);
/* All banks for which there is such a form, if that saves depth or at most doubles the
 * wires; else those, in order, that do. */
struct tc_family *tc_rw_replace_banks(struct tc_family *, tc_rw_stands *);
/* All of them, but that ANDs go on to read wires. */
struct tc_family *tc_rw_replace_beside(struct tc_family *, tc_rw_stands *);
/* One change at a bank, number `choice` of those that there may be; f itself if there is none.
 * *more: there may be another one. */
typedef struct tc_family *tc_rw_attempt(struct tc_family *f, unsigned bank, unsigned choice,
                                        bool *more);
typedef bool tc_rw_better(const struct tc_count *before, const struct tc_count *after);
/* The family after all changes, one after the other, that leave it better. */
struct tc_family *tc_rw_improve(struct tc_family *f, tc_rw_attempt *, tc_rw_better *);
/* gates and wires together are fewer, and depth no more */
bool tc_rw_smaller(const struct tc_count *before, const struct tc_count *after);
/* an AND of two wires or more: the sum of wires, at least their number */
bool tc_rw_is_and(const struct tc_bank *);

tc_rw_stands tc_absorb_stands, tc_compose_stands; /* absorb.c, compose.c */

/* cse.c: whether two banks are equal, their axes taken in order for one another */
bool tc_rw_equal(struct tc_rw *, const struct tc_bank *, const struct tc_bank *);

/* substitute.c -- indices replaced by expressions, all at once */

struct tc_rw_map {
    unsigned n;
    const struct tc_index *from[2 * TC_RW_INDICES + 2];
    struct tc_axis to[2 * TC_RW_INDICES + 2];
};

/* False where the result is no affine expression with one table. */
bool tc_rw_axis(struct tc_family *, const struct tc_axis *, const struct tc_rw_map *,
                struct tc_axis *out);
/* in the plane's axes, factors and guards; sums stay; out may be the term itself */
bool tc_rw_term(struct tc_family *, const struct tc_term *, const struct tc_rw_map *,
                struct tc_term *out);
/* The term where form stands for its plane, whose indices are ix; guards of the plane
 * join. */
bool tc_rw_inline(struct tc_family *, const struct tc_term *, const struct tc_form *,
                  struct tc_form *out);

/* cube.c -- products of dense tables as one */

struct tc_cube { /* value[...] over the boxes of indices, the last fastest */
    unsigned n;
    const struct tc_index *ix[TC_RW_INDICES];
    size_t size;
    mpz_t *value; /* malloc'ed */
};

/* The product of n factors, all dense, over their indices and more, by id; summed over
 * one of them unless NULL.  What is read outside of a table is 0.  False if it
 * is too large. */
bool tc_cube_product(struct tc_cube *, unsigned n, const struct tc_factor *, unsigned more,
                     const struct tc_index *const *, const struct tc_index *over);
void tc_cube_free(struct tc_cube *);
/* a zero cube over these indices, by id; false if it is too large */
bool tc_cube_new(struct tc_cube *, unsigned n, const struct tc_index *const *);
size_t tc_cube_stride(const struct tc_cube *, unsigned k);
/* Adds it as a factor to a term without indices that do not matter, the gcd of all
 * entries in the coefficient.  False if all entries are 0. */
bool tc_cube_factor(struct tc_family *, struct tc_cube *, const char *name, struct tc_term *);
/* "theta" of "theta.3" */
const char *tc_rw_base_name(struct tc_family *, const char *name);

/* constants.c -- what a form says beside its wires */

bool tc_rw_dense(const struct tc_term *); /* no computed table */
/* The sum of a form's constants, over their indices; false where it is no table.  To be freed
 * in both cases. */
bool tc_rw_constants(const struct tc_form *, struct tc_cube *);
/* a form of one constant term, or none: the entries, which it changes */
struct tc_form tc_rw_table(struct tc_rw *, struct tc_cube *, const char *name);
/* what divides all weights of a term: its coefficient times what divides its tables */
void tc_rw_content(const struct tc_term *, mpz_ptr);
/* The wires of a form over g > 0, with the range that its claim leaves them; false where that
 * cannot be told, or g does not divide them. */
bool tc_rw_quotient(struct tc_rw *, const struct tc_form *, mpz_srcptr g, struct tc_form *out);

/* materialize.c -- a sum over a chain through bits */

struct tc_rw_bits {
    const struct tc_index *arg[TC_RW_INDICES]; /* what else its tables read, in order */
    unsigned narg;
    struct tc_form form; /* the same value, over the plane's axes and these; no range */
};

/* the index over which a term sums all of a monotone chain, lone in dense tables; or NULL */
const struct tc_index *tc_rw_chain_sum(const struct tc_term *);
/* makes the bits of such a sum; false where it is too large, or always one value */
bool tc_rw_bits_new(struct tc_rw *, const struct tc_term *, const struct tc_index *t,
                    struct tc_rw_bits *);
/* a term with the same tables along the chain, through bits */
bool tc_rw_bits_put(struct tc_rw *, const struct tc_rw_bits *, const struct tc_term *,
                    const struct tc_index *t, struct tc_form *out);

/* narrow.c: what a term comes to at least and at most; false where it cannot be told */
bool tc_rw_term_range(const struct tc_term *, mpz_ptr lo, mpz_ptr hi);

/* fold.c */

/* Canonical form, among the guards of a bank. */
struct tc_form tc_rw_fold(struct tc_rw *, const struct tc_bank *, struct tc_form);
/* one dense or computed factor reads the index */
bool tc_factor_reads(const struct tc_factor *, const struct tc_index *);

#endif
