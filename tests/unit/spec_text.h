/* spec_text.h -- for tests: a specification that is written in place */
#ifndef TC_TEST_SPEC_TEXT_H
#define TC_TEST_SPEC_TEXT_H

#include "../../compiler/compiler.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* the spec of that text, as printf makes it, which must be sound */
__attribute__((format(printf, 1, 2))) static inline struct tc_spec *spec_of_text(const char *format,
                                                                                 ...)
{
    char name[] = "/tmp/tc0c-spec-XXXXXX";
    FILE *f = fdopen(mkstemp(name), "w");
    struct tc_error err = {0};
    struct tc_spec *s;
    va_list list;

    ck_assert_ptr_nonnull(f);
    va_start(list, format);
    vfprintf(f, format, list);
    va_end(list);
    fclose(f);
    s = tc_spec_read(name, NULL, 0, true, &err);
    unlink(name);
    ck_assert_msg(s != NULL, "%s of %s", err.msg, format);
    s->file = NULL; /* borrowed from this frame */
    return s;
}

#endif
