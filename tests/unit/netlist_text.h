/* netlist_text.h -- for tests: netlists as text */
#ifndef TC_TEST_NETLIST_TEXT_H
#define TC_TEST_NETLIST_TEXT_H

#include "../../ir/ir.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* the netlist, or NULL and why; the file's name is text */
static inline struct tc_netlist *try_netlist(const char *text, size_t len, struct tc_error *err)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, len, "r");
    struct tc_netlist *nl;

    ck_assert_ptr_nonnull(in);
    nl = tc_netlist_read(in, "text", err);
    fclose(in);
    return nl;
}

/* the netlist, which must be sound */
static inline struct tc_netlist *netlist_of_text(const char *text)
{
    struct tc_error err = {0};
    struct tc_netlist *nl = try_netlist(text, strlen(text), &err);

    ck_assert_msg(nl && tc_netlist_check(nl, &err), "%u:%u: %s in\n%s", err.loc.line, err.loc.col,
                  err.msg, text);
    return nl;
}

/* the same, of text that has served */
static inline struct tc_netlist *netlist_of_made(char *text)
{
    struct tc_netlist *nl = netlist_of_text(text);

    free(text);
    return nl;
}

/* to be freed; inlined, it has gcc 12 warn of text that dangles */
__attribute__((noinline, unused)) static char *text_of_netlist(const struct tc_netlist *nl)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    ck_assert(tc_netlist_write(out, nl));
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static inline unsigned depth_of_netlist(const struct tc_netlist *nl)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count;
    unsigned depth;

    tc_netlist_count(arena, nl, &count);
    depth = count.depth;
    tc_arena_free(arena);
    return depth;
}

#endif
