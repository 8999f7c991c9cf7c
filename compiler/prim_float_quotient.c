/* prim_float_quotient.c -- not built yet */
#include "float.h"

bool fl_lower_quotient(struct fl *l)
{
    return tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0}, "%s of floats is not built yet",
                   l->prim->name);
}
