/* point.h -- indices and where they stand: tables, guards and weights looked at one point at a time
 */
#ifndef TC_POINT_H
#define TC_POINT_H

#include "ir.h"

#define TC_POINT_INDICES (2 * TC_MOST_INDICES + 2) /* of a bank, bound in a term, and two more */

struct tc_point {
    unsigned n;
    const struct tc_index *ix[TC_POINT_INDICES];
    int64_t at[TC_POINT_INDICES];
};

bool tc_point_has(const struct tc_point *p, const struct tc_index *ix);
/* an index joins, at 0, if it is not there; at most TC_POINT_INDICES do */
void tc_point_add(struct tc_point *p, const struct tc_index *ix);
/* those that an axis, or the guard that is one, depends on */
void tc_point_add_axis(struct tc_point *p, const struct tc_axis *x);
/* does it have all of them? */
bool tc_point_knows(const struct tc_point *p, const struct tc_axis *x);
/* all values of its indices; false if there are more than most */
bool tc_point_box(const struct tc_point *p, size_t most, size_t *points);
/* the next one by the indices [from..to[, the last running fastest; false, and they are 0, behind
 * the last */
bool tc_point_next(struct tc_point *p, unsigned from, unsigned to);

/* the value; false where its table has no such entry.  Indices that are not there count as 0. */
bool tc_point_axis(const struct tc_point *p, const struct tc_axis *x, int64_t *v);
/* do all hold?  In their order: one may rely on those before it. */
bool tc_point_guards(const struct tc_point *p, unsigned n, const struct tc_guard *g);
/* w: the term's coefficient times its tables' entries, 0 where one has no such entry */
void tc_point_weight(const struct tc_point *p, const struct tc_term *t, mpz_ptr w);

#endif
