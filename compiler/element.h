/* element.h -- elements of prim's format by their order, fixed and float alike: for
 * operations of several rounded steps
 *
 * An element is an integer: of a fixed format the integer itself, of a float the signed
 * key, infinity one past the last.  Its number is a multiple of 2^unit; that of an
 * infinity is so large that whatever it is added to or divided by cannot tell.
 */
#ifndef TC_ELEMENT_H
#define TC_ELEMENT_H

#include "float.h"

struct elements {
    struct fl *l;
    const struct tc_format *f;
    unsigned terms;
    bool keys;         /* a float */
    int64_t low, high; /* the least and the largest */
    int64_t unit;
    mpz_ptr infinite;
};

/* TC_ELIMIT above 16 bits */
bool elements_of(struct fl *, struct elements *);
int64_t element_next(const struct elements *, int64_t r);
void element_number(const struct elements *, int64_t r, mpz_ptr);
bool element_is_infinite(const struct elements *, int64_t r);
/* Quarters: what is r or more once it is rounded is at least (or, strict, above)
 * quarters / 4 units. */
bool element_bound(const struct elements *, int64_t r, mpz_ptr quarters);
/* the element nearest to number / divide units, and to a function */
int64_t element_round(const struct elements *, mpz_srcptr number, mpz_srcptr divide);
int64_t element_function(const struct elements *, enum tc_op, int64_t r);

/* operand i's number */
struct tc_form element_operand(const struct elements *, const struct tc_index *i);
/* a 0/1 form each: NaN, and +infinity (and -infinity where there is one); false: no such
 * operand in this format */
struct element_flags {
    bool any;
    struct tc_form special, minus;
};
struct element_flags element_special(const struct elements *, const struct tc_index *i);

/* the form (a number) / divide, rounded */
struct steps element_steps(const struct elements *, struct tc_form, unsigned divide);
/* the number of a chain of elements; or of a function of them */
struct tc_form element_value(const struct elements *, const struct chain *);
struct tc_form element_map(const struct elements *, const struct chain *,
                           int64_t (*fn)(void *, int64_t), void *);
/* The gates [form >= slope[t] d + constant[t] + turn[t] lift] as a chain of the elements
 * value[0..n], for each j; lift may be without terms. */
struct quotient_gates {
    unsigned n;
    int64_t *value;
    mpz_ptr *slope;
    int64_t *constant, *turn;
};
/* for value[0] = low up to high: x / d >= r, with the form element_quarters * x */
struct quotient_gates element_quotient(const struct elements *, int64_t low, int64_t high);
void element_quarters(const struct elements *, mpz_ptr); /* 4 2^-unit, or 4 */
struct chain element_ratio(const struct elements *, const struct tc_index *j,
                           const struct quotient_gates *, struct tc_form form, struct tc_form d,
                           struct tc_form lift, const char *note);

/* result j, j = 0 .. terms-1, is the chain's element; sign (floats) and nan as in struct
 * fl_result, free in j too */
void element_output(const struct elements *, const struct chain *, const struct tc_index *j,
                    struct tc_form sign, bool has_nan, struct tc_form nan);

#endif
