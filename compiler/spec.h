/* spec.h -- between the files that make a specification of its document
 *
 * spec_check.c has the head, spec_block.c the blocks, spec_tensor.c the tensors and
 * constant weights, spec_attr.c attributes of elements. */
#ifndef TC_SPEC_H
#define TC_SPEC_H

#include "compiler.h"

#define MAX_SIZE INT32_MAX

struct checker {
    struct tc_spec *spec;
    struct tc_error *err;
    const struct tc_setting *setting;
    unsigned nsetting;
    const struct tc_element *precision, *input, *weights;
    const char *encoding; /* of every attention in place of its own positions, or NULL */
    struct tc_error *refused; /* tc_spec_outline's, else NULL */
};

/* After an error that says what is not built: true where an outline is wanted, and it is
 * no error then. */
bool spec_outlined(struct checker *);

/* ------------------------------------------------------------ spec_attr.c
 *
 * All but the first three fill c->err and return false where an attribute is not as
 * wanted. */

const struct tc_attribute *attr_find(const struct tc_element *, const char *name); /* or NULL */
const char *attr_value(const struct tc_element *, const char *name, const char *absent);
/* where its value stands, or the element if it is absent */
struct tc_loc attr_place(const struct tc_element *, const char *name);

/* it may not be there */
bool attr_none(struct checker *, const struct tc_element *, const char *name, const char *why);
/* it must be there */
bool attr_needed(struct checker *, const struct tc_element *, const char *name, const char *why);
bool attr_number(struct checker *, const struct tc_attribute *, struct tc_number *);
/* an integer from low to high; poly may be NULL */
bool attr_integer(struct checker *, const struct tc_attribute *, int64_t low, int64_t high,
                  int64_t *value, const struct tc_poly **poly);
/* a positive integer below 2^31; absent is its default, NULL if the schema requires it */
bool attr_size(struct checker *, const struct tc_element *, const char *name,
               const struct tc_size *absent, struct tc_size *);
/* a positive number, or with zero also 0; absent is its default */
bool attr_positive(struct checker *, const struct tc_element *, const char *name,
                   const char *absent, bool zero, mpq_ptr *);
/* the place in names, ended by NULL, of a value that the schema knows */
unsigned attr_choice(const struct tc_element *, const char *name, const char *absent,
                     const char *const *names);
/* for messages: the value, and how it came about where that is not plain */
const char *attr_show(struct checker *, const struct tc_attribute *, mpq_srcptr value);
/* where the value holds references, the error's column is the attribute's; false */
bool attr_plain_place(struct checker *, const struct tc_attribute *);

struct tc_size size_of(struct checker *, int64_t value);
struct tc_size size_times(struct checker *, const struct tc_size *, const struct tc_size *);

/* ----------------------------------------------------------- spec_block.c */
bool spec_blocks(struct checker *, const struct tc_element *root);
bool spec_encoding(struct checker *, const char *name); /* becomes the checker's; TC_EUSAGE */

/* ---------------------------------------------------------- spec_tensor.c */
/* lists the tensors and numbers the blocks' first ones */
bool spec_tensors(struct checker *);
/* constant weights: made or read */
bool spec_load(struct checker *);

#endif
