/* check_main.h -- how long a program of tests may take, and how it ends
 *
 * Include in place of <check.h>.
 */
#ifndef TC_CHECK_MAIN_H
#define TC_CHECK_MAIN_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* TC_FAST=1: fewer vectors, as where sanitizers slow all down */
static inline bool is_fast(void)
{
    const char *fast = getenv("TC_FAST");

    return fast && *fast && strcmp(fast, "0") != 0;
}

/* Runs the suite and frees it; 0 iff tests ran and none failed.  What is printed is set by
 * CK_VERBOSITY, whether each test is a process of its own by CK_FORK. */
static inline int check_status(Suite *s)
{
    SRunner *r = srunner_create(s);
    int failed, run;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    run = srunner_ntests_run(r);
    srunner_free(r);
    return failed || !run;
}

#endif
