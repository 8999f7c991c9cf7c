/* error.c -- what was wrong, and where */
#include "ir.h"

#include <stdarg.h>

bool tc_fail(struct tc_error *err, enum tc_errkind kind, struct tc_loc loc, const char *fmt, ...)
{
    va_list ap;

    err->kind = kind;
    err->loc = loc;
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    return false;
}
