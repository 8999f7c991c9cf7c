/* pass_case.h -- for tests: a family pass on a family, and what it must keep
 *
 * A pass must give a family that passes the checks, computes the same on all inputs, has no
 * more gates and depth than it may, and whose counts are those of its netlist.
 */
#ifndef TC_TEST_PASS_CASE_H
#define TC_TEST_PASS_CASE_H

#include "../../passes/passes.h"
#include "family_text.h"

static inline const struct tc_pass *pass_of(const char *name)
{
    const struct tc_pass *p = tc_pass_find(name, strlen(name));

    ck_assert_msg(p != NULL, "no pass %s", name);
    return p;
}

/* g is as good as f: checked, the same function, no more gates, no more depth */
static inline void as_good(struct tc_family *f, struct tc_family *g, const char *what)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_pass_options options = {.level = TC_LEVEL_1};
    union tc_circuit before = {.family = f}, after = {.family = g};
    struct tc_count x, y, z;
    struct tc_netlist *net;
    struct tc_error err = {0};

    ck_assert_msg(tc_family_check(g, &err), "%s: %s\n%s", what, err.msg, text_of(g));
    ck_assert_msg(tc_passes_same(TC_PASS_FAMILY, before, after, &options, &err), "%s: %s\n%s\n%s",
                  what, err.msg, text_of(f), text_of(g));
    ck_assert(tc_family_count(a, f, true, &x, &err));
    ck_assert(tc_family_count(a, g, true, &y, &err));
    ck_assert_msg(strstr(what, "distribute") || strstr(what, "materialize") ||
                      strstr(what, "hoist") || mpz_cmp(y.gates, x.gates) <= 0,
                  "%s: gates grow\n%s\n%s", what, text_of(f), text_of(g));
    ck_assert_msg(y.depth <= x.depth, "%s: depth grows", what);
    net = tc_family_instantiate(g, 1 << 22, 1 << 24, &err);
    ck_assert_msg(net != NULL, "%s: %s", what, err.msg);
    tc_netlist_count(a, net, &z);
    ck_assert_int_eq(mpz_cmp(y.gates, z.gates), 0);
    ck_assert_int_eq(mpz_cmp(y.wires, z.wires), 0);
    tc_netlist_free(net);
    tc_arena_free(a);
}

/* what passes named one after the other make of a text */
static inline void becomes(const char *passes, const char *from, const char *to)
{
    struct tc_family *f = family_of_text(from), *g = f;
    struct tc_pass_options options = {.level = TC_LEVEL_1};
    struct tc_error err = {0};
    char *text;

    for (const char *p = passes; *p;) {
        size_t n = strcspn(p, ",");
        const struct tc_pass *pass = tc_pass_find(p, n);
        struct tc_family *next;

        ck_assert(pass != NULL);
        next = pass->run_family(g, &options, &err);
        ck_assert(next != NULL);
        if (next != g && g != f)
            tc_family_free(g);
        g = next;
        p += n + (p[n] == ',');
    }
    as_good(f, g, passes);
    text = text_of(g);
    ck_assert_str_eq(text, to);
    free(text);
    if (g != f)
        tc_family_free(g);
    tc_family_free(f);
}

/* does the pass change it?  Into what is as good; text has served then */
static inline bool changes(const char *pass, char *text)
{
    struct tc_pass_options options = {.level = TC_LEVEL_1};
    struct tc_error err = {0};
    struct tc_family *f = family_of_text(text), *g = pass_of(pass)->run_family(f, &options, &err);
    bool changed = g != f;

    ck_assert(g != NULL);
    as_good(f, g, pass);
    if (changed)
        tc_family_free(g);
    tc_family_free(f);
    free(text);
    return changed;
}

#endif
