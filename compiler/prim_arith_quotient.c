#include "arith.h"

bool fl_arith_quotient(struct fl *l)
{
    return tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0}, "%s of floats by digits is not built yet", l->prim->name);
}
