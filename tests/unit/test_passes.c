/* test_passes.c -- what passes drop, and that nothing else changes */
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

/* a model whose weights all round to 0: its result is 0 and all is dead */
static const char zeros[] =
    "<transformer xmlns='urn:tc0c:spec:1' name='zeros'><precision format='fixed' bits='3' "
    "fraction='1'/><input length='2' width='2'/><weights source='random' scale='1/100'/>"
    "<attention order='3' mask='causal'/></transformer>";
static const char plain[] =
    "<transformer xmlns='urn:tc0c:spec:1' name='plain'><parameter name='n' value='3'/><precision "
    "format='fixed' bits='3' fraction='1'/><input length='n' width='2'/><weights source='input'/>"
    "<attention order='3' mask='causal'><rope mode='flat'/></attention></transformer>";

static const struct tc_pass_options unbounded;

static struct tc_spec *spec_of(const char *text)
{
    char name[] = "/tmp/tc0c-passes-XXXXXX";
    int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w");
    struct tc_error err = {0};
    struct tc_spec *s;

    fputs(text, f);
    fclose(f);
    s = tc_spec_read(name, NULL, 0, true, &err);
    ck_assert_msg(s != NULL, "%s", err.msg);
    remove(name);
    s->file = NULL; /* borrowed from this frame */
    return s;
}

static struct tc_family *family_of(const struct tc_spec *s, int level)
{
    struct tc_options options = {.level = level};
    struct tc_error err = {0};
    struct tc_family *f = tc_lower(s, &options, &err);

    ck_assert_msg(f != NULL, "%s", err.msg);
    return f;
}

static char *text_of(const struct tc_family *f)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    ck_assert(tc_family_write(out, f));
    fclose(out);
    return text;
}

START_TEST(dead_banks_go)
{
    struct tc_spec *s = spec_of(zeros);
    struct tc_family *f = family_of(s, 1), *g = tc_pass_dce(f, &unbounded, NULL);
    struct tc_arena *a = tc_arena_new();
    struct tc_count before, after;
    struct tc_error err = {0};
    uint64_t in[12], out[12];

    ck_assert_ptr_ne(f, g);
    ck_assert(tc_family_check(g, &err));
    ck_assert(tc_family_count(a, f, true, &before, &err));
    ck_assert(tc_family_count(a, g, true, &after, &err));
    /* only the output bits are left: 2 x 2 numbers of 3 bits */
    ck_assert_uint_eq(g->nbank, 1);
    ck_assert_uint_eq(g->ninput, 1);
    ck_assert_uint_eq(g->ntable, 1);
    ck_assert_int_eq(mpz_cmp_ui(after.gates, 12), 0);
    ck_assert_int_eq(mpz_cmp_ui(after.wires, 0), 0);
    ck_assert_int_gt(mpz_cmp(before.gates, after.gates), 0);
    ck_assert_uint_eq(after.depth, 1);
    memset(in, 0xa5, sizeof in);
    memset(out, 0xff, sizeof out);
    ck_assert(tc_family_run(g, in, out, 1, &err));
    for (unsigned k = 0; k < 12; k++)
        ck_assert_uint_eq(out[k], 0);
    tc_family_free(f);
    tc_family_free(g);
    tc_arena_free(a);
    tc_spec_free(s);
}
END_TEST

START_TEST(live_families_stay)
{
    struct tc_spec *s = spec_of(plain);
    struct tc_family *f = family_of(s, 2);

    ck_assert_ptr_eq(tc_pass_dce(f, &unbounded, NULL), f);
    tc_family_free(f);
    tc_spec_free(s);
}
END_TEST

/* A copy that keeps all is the same family, whatever happens to the original. */
START_TEST(copies_are_equal)
{
    for (int level = 1; level <= 2; level++) {
        struct tc_spec *s = spec_of(plain);
        struct tc_family *f = family_of(s, level), *g;
        bool *keep = tc_xcalloc(f->nbank, sizeof *keep);
        char *before = text_of(f), *after;

        memset(keep, true, f->nbank);
        g = tc_family_copy(f, keep);
        tc_family_free(f);
        after = text_of(g);
        ck_assert_str_eq(before, after);
        tc_family_free(g);
        tc_spec_free(s);
        free(before);
        free(after);
        free(keep);
    }
}
END_TEST

START_TEST(records_tell)
{
    struct tc_spec *s = spec_of(zeros);
    struct tc_family *f = family_of(s, 1);
    struct tc_arena *a = tc_arena_new();
    struct tc_pass_record *r;
    struct tc_count count;
    struct tc_error err = {0};

    ck_assert(tc_passes_run(a, &f, &unbounded, &count, &r, &err));
    ck_assert_str_eq(r[0].pass->name, "dce");
    ck_assert(r[0].changed);
    ck_assert_int_gt(mpz_cmp(r[0].gates[0], r[0].gates[1]), 0);
    ck_assert_int_eq(mpz_cmp(r[0].gates[1], count.gates), 0);
    ck_assert_int_ge(mpz_cmp(r[0].wires[0], r[0].wires[1]), 0);
    ck_assert_uint_eq(r[0].depth[1], 1);
    tc_family_free(f);
    tc_arena_free(a);
    tc_spec_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("passes");
    TCase *tc = tcase_create("passes");

    suite_add_tcase(suite, tc);
    tcase_add_test(tc, dead_banks_go);
    tcase_add_test(tc, live_families_stay);
    tcase_add_test(tc, copies_are_equal);
    tcase_add_test(tc, records_tell);
    return check_status(suite);
}
