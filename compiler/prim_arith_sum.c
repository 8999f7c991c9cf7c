#include "arith.h"

bool fl_arith_sum(struct fl *l)
{
    return tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0}, "%s of floats by carries is not built yet", l->prim->name);
}
