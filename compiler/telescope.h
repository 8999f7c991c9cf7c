/* telescope.h -- functions of a form by their changes: in one layer, or in two with
 * far fewer gates.  CONSTRUCTIONS.md, "Functions by regions". */
#ifndef TC_TELESCOPE_H
#define TC_TELESCOPE_H

#include "float.h"

/* an integer, and a 0/1 side, that depend on x in 0 .. size-1 */
struct stairs {
    struct tc_form x;
    int64_t size;
    unsigned n;
    int64_t *at;       /* n, increasing, above 0: where one of the two changes */
    int64_t *jump;     /* by so much */
    signed char *turn; /* and the side by -1, 0 or 1 */
    int64_t first;     /* the integer and the side at x = 0 */
    bool side;
};

/* How the side is wanted: not at all, as a form, or as the form of side XOR another
 * bit, which needs each of its gates twice. */
enum telescope_side { TELESCOPE_NONE, TELESCOPE_SIDE, TELESCOPE_XOR };

/* Regions by one layer of gates; in the next one gates whose thresholds depend on the
 * region, with weights that do not. */
struct telescope;
/* The plan with fewest gates that was found, by the same steps every time; NULL if it
 * has no use.  estimate: the gates of the one that the search begins with. */
struct telescope *telescope_plan(struct tc_arena *, const struct stairs *, enum telescope_side);
unsigned telescope_estimate(const struct stairs *, enum telescope_side);
unsigned telescope_gates(const struct telescope *);

/* The integer, and the side (XOR `other`): by the plan, or by one layer of a gate a
 * change where it is NULL. */
struct stairs_forms {
    struct tc_form value, side;
};
struct stairs_forms stairs_build(struct fl *, const struct stairs *, const struct telescope *,
                                 enum telescope_side, struct tc_form other, const char *name);
/* gates of one layer */
unsigned stairs_gates(const struct stairs *, enum telescope_side);

#endif
