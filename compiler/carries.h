/* carries.h -- the bits of an integer of any width, in one layer
 *
 * The integer S is a constant and groups of wires.  A group has a value, 0 (or its start)
 * while all of its wires are 0, and part t's wire g takes it from from[g] to to[g].  With |v| cut
 * off at 2^z in every value v (its sign kept) S becomes S_z, a form over the same
 * wires, and
 *     bit z of S = digit_z + C_z - 2 C_(z+1),   C_z = floor(S_z / 2^z),
 * where digit_z = (S_(z+1) - S_z) / 2^z.  C_z takes as many gates as it has values
 * but one.  The bits of floor(S / N) are the same with N 2^z for 2^z.  CONSTRUCTIONS.md,
 * "Bits of a sum".
 */
#ifndef TC_CARRIES_H
#define TC_CARRIES_H

#include "lower.h"

#define TC_MOST_CARRY_OVER 8

struct carry_part {
    struct tc_form wire; /* 0/1, free in ix; a wire, or a sum of which one is 1 at most */
    unsigned n;
    const struct tc_index *ix[3];
    unsigned nguard; /* of ix, where wires are */
    const struct tc_guard *guard;
    mpz_ptr *from, *to; /* row-major over ix; from NULL: all 0 */
    int times;          /* the wire takes it so many times so far; 0: once */
    unsigned nover;     /* the wire is free in these too: groups of the same values */
    const struct tc_index *over[TC_MOST_CARRY_OVER];
};

#define TC_MOST_PARTS 512

struct carry_sum {
    unsigned npart;
    struct carry_part part[TC_MOST_PARTS];
    mpz_ptr constant;
    size_t nstart; /* groups whose value is not 0 while their wires are */
    mpz_ptr *start;
    int64_t *start_times; /* so many groups each; NULL: one */
    unsigned bits;
    unsigned first;    /* bits below it are not wanted */
    mpz_srcptr divide; /* N: the bits of floor(S / N); NULL: of S */
    mpz_ptr *lo, *hi;  /* of S_z, z = 0 .. bits */
};

/* size of the box of ix, and of that of `over` */
size_t carry_points(const struct carry_part *);
int64_t carry_copies(const struct carry_part *);
/* ranges of the S_z without any wire: lo and hi are made */
void carry_constant_ranges(struct lowering *, struct carry_sum *);
/* Ranges of the S_z where each wire is a group, on its way from or to 0, and no value is
 * negative; S is known to be at most `most` (which may be NULL). */
void carry_ranges(struct lowering *, struct carry_sum *, mpz_srcptr most);
uint64_t carry_cost(const struct carry_sum *);

struct carries {
    const struct tc_index *a, *z; /* of the bits first .. bits-1, of the rows first .. bits */
    struct tc_form bit;           /* free in a */
    struct tc_form low;           /* S_z mod 2^z, or N 2^z, free in z */
    struct tc_form raw;           /* S_z, over the wires alone */
};
struct carries carries_new(struct lowering *, const char *name, const struct carry_sum *,
                           const char *note);

/* x, said to be within lo..hi; where its terms reach less, within that */
struct tc_form claim_mpz(struct lowering *, struct tc_form, mpz_srcptr lo, mpz_srcptr hi);
/* entries of any size, over the indices ix */
struct tc_form times_table(struct lowering *, const char *name, struct tc_form, unsigned n,
                           const struct tc_index *const *ix, mpz_ptr *entry);
/* 2^k, for arenas */
mpz_ptr power_of_two(struct lowering *, unsigned k);
mpz_ptr shifted_si(struct lowering *, int64_t x, unsigned k); /* x 2^k */

#endif
