/* passes.h -- transformations of families and netlists
 *
 * passes.def lists them once.  A transformation reads one circuit and builds
 * the next; analyses (tc_family_count, ...) live in ir.h.
 */
#ifndef TC_PASSES_H
#define TC_PASSES_H

#include "../ir/ir.h"

#endif
