/* check_main.h -- how a program of tests ends
 *
 * Include in place of <check.h>.
 */
#ifndef TC_CHECK_MAIN_H
#define TC_CHECK_MAIN_H

#include <check.h>

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
