/* simple.h -- functions of floats that need no table */
#ifndef TC_SIMPLE_H
#define TC_SIMPLE_H

#include "float.h"

/* relu, neg, abs; floor where 1 is a normal number: 3 p + q gates */
void fl_lower_simple(struct fl *);
bool fl_has_floor(const struct fl *);

#endif
