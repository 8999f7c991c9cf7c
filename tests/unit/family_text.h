/* family_text.h -- for tests: families as text */
#ifndef TC_TEST_FAMILY_TEXT_H
#define TC_TEST_FAMILY_TEXT_H

#include "../../ir/ir.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* to be freed */
static inline char *text_of(const struct tc_family *f)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    ck_assert(tc_family_write(out, f));
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/* the family, or NULL and why; the file's name is t.tcf */
static inline struct tc_family *try_family(const char *text, struct tc_error *err)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    struct tc_family *f;

    ck_assert_ptr_nonnull(in);
    f = tc_family_read(in, "t.tcf", err);
    fclose(in);
    return f;
}

/* the family, which must be sound */
static inline struct tc_family *family_of_text(const char *text)
{
    struct tc_error err = {0};
    struct tc_family *f = try_family(text, &err);

    ck_assert_msg(f && tc_family_check(f, &err), "%u:%u: %s in\n%s", err.loc.line, err.loc.col,
                  err.msg, text);
    return f;
}

/* the text form can say it: what is read of what is written, written the same */
static inline struct tc_family *copy_by_text(const struct tc_family *f)
{
    char *text = text_of(f), *again;
    struct tc_family *g = family_of_text(text);

    again = text_of(g);
    ck_assert_str_eq(text, again);
    free(text);
    free(again);
    return g;
}

#endif
