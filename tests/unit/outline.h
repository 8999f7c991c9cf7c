/* outline.h -- specifications written by tests, read as outlines */
#ifndef TC_OUTLINE_H
#define TC_OUTLINE_H

#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char outline_path[64];

/* what precision, width, weights and blocks say; NULL: fixed:4,2, "d", source="input" */
struct outline {
    const char *precision, *width, *weights, *blocks, *parameters;
};

static inline void outline_write(const struct outline *o)
{
    int fd;
    FILE *f;

    strcpy(outline_path, "/tmp/outline.XXXXXX");
    fd = mkstemp(outline_path);
    ck_assert(fd >= 0);
    f = fdopen(fd, "w");
    fprintf(f,
            "<transformer xmlns=\"urn:tc0c:spec:1\">\n"
            "<parameter name=\"n\" value=\"8\"/>\n<parameter name=\"d\" value=\"4\"/>\n%s"
            "<precision %s/>\n<input length=\"n\" width=\"%s\"/>\n<weights %s/>\n%s\n"
            "</transformer>\n",
            o->parameters ? o->parameters : "",
            o->precision ? o->precision : "format=\"fixed\" bits=\"4\" fraction=\"2\"",
            o->width ? o->width : "d", o->weights ? o->weights : "source=\"input\"", o->blocks);
    fclose(f);
}

static inline struct tc_spec *outline_read(const struct outline *o, const struct tc_setting *set,
                                           unsigned nset, struct tc_error *refused)
{
    struct tc_error err = {0};
    struct tc_spec *s;

    outline_write(o);
    s = tc_spec_outline(outline_path, set, nset, refused, &err);
    unlink(outline_path);
    ck_assert_msg(s != NULL, "%s: %u:%u: %s", o->blocks, err.loc.line, err.loc.col, err.msg);
    return s;
}

#endif
