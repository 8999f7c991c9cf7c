/* equal_case.h -- for tests of ir/equal.h: random numbers, solvers, what proves alone */
#ifndef TC_TEST_EQUAL_CASE_H
#define TC_TEST_EQUAL_CASE_H

#include "../../ir/equal.h"
#include "check_main.h"
#include "netlist_text.h"

static uint64_t state;

static inline uint64_t below(uint64_t n)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % n;
}

static inline bool solver(const char *program)
{
    static bool said;

    if (tc_solver_there(program))
        return true;
    if (!said)
        printf("%s is not installed: what needs it is left out\n", program);
    said = true;
    return false;
}

/* what is shown without trying all inputs */
static const struct tc_equal_options proofs_alone = {.seconds = 60, .no_exhaustion = true};

#endif
