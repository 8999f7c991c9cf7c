/* test_passes.c -- what passes drop, and that nothing else changes */
#include "check_main.h"
#include "netlist_text.h"
#include "family_text.h"
#include "spec_text.h"

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

static struct tc_family *family_of(const struct tc_spec *s, int level)
{
    struct tc_options options = {.level = level};
    struct tc_error err = {0};
    struct tc_family *f = tc_lower(s, &options, &err);

    ck_assert_msg(f != NULL, "%s", err.msg);
    return f;
}

START_TEST(dead_banks_go)
{
    struct tc_spec *s = spec_of_text("%s", zeros);
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
    struct tc_spec *s = spec_of_text("%s", plain);
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
        struct tc_spec *s = spec_of_text("%s", plain);
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
    struct tc_spec *s = spec_of_text("%s", zeros);
    struct tc_family *f = family_of(s, 1);
    struct tc_arena *a = tc_arena_new();
    struct tc_pass_log log = {0};
    const struct tc_pass_record *r;
    struct tc_count count;
    struct tc_error err = {0};

    ck_assert(tc_passes_run(a, &f, &unbounded, &count, &log, &err));
    ck_assert_uint_eq(log.n, 1);
    r = log.record;
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

/* ---------------------------------------------------------------- netlists */

/* part of a chain, a whole row, a row between, a bank whose first gate goes, large
 * weights of which one is not needed any more */
static const char partly_dead[] = "tc 1\ninputs 3\n# a: input 0\n# b: input 2\n"
                                  "# first: level 1\n"
                                  "3 = +1*0 +1*1 >= 1\n"
                                  "4 = +1*0 +1*1 >= 2\n"
                                  "5 = +9223372036854775809*2 >= 1\n"
                                  "# second: level 2\n"
                                  "6 = +1*5 >= 1\n"
                                  "7 = +9223372036854775808*4 -1*2 >= -9223372036854775808\n"
                                  "# third: level 3\n"
                                  "8 = +1*7 +1*3 >= 2\n"
                                  "outputs 7 1 7\n";
static const char live_part[] = "tc 1\ninputs 3\n# a: input 0\n# b: input 2\n"
                                "# first: level 1\n"
                                "3 = +1*0 +1*1 >= 2\n"
                                "# second: level 2\n"
                                "4 = +9223372036854775808*3 -1*2 >= -9223372036854775808\n"
                                "outputs 4 1 4\n";

START_TEST(dead_gates_go)
{
    struct tc_netlist *nl = netlist_of_text(partly_dead), *to = tc_net_dead(nl, &unbounded, NULL);
    struct tc_error err = {0};
    char *text = text_of_netlist(to);
    bool all;

    ck_assert_str_eq(text, live_part);
    ck_assert(tc_netlist_check(to, &err));
    ck_assert_uint_eq(to->nbig, 2);
    ck_assert_ptr_eq(tc_net_dead(to, &unbounded, NULL), to);
    ck_assert(tc_passes_same(TC_PASS_NETLIST, (union tc_circuit){.netlist = nl},
                             (union tc_circuit){.netlist = to}, &unbounded, &err));
    ck_assert_uint_eq(tc_check_vectors(TC_PASS_NETLIST, to->ninputs, &unbounded, &all), 8);
    ck_assert(all);
    free(text);
    tc_netlist_free(nl);
    tc_netlist_free(to);
    nl = netlist_of_text("tc 1\ninputs 0\n0 = >= 0\noutputs\n");
    to = tc_net_dead(nl, &unbounded, NULL);
    text = text_of_netlist(to);
    ck_assert_str_eq(text, "tc 1\ninputs 0\noutputs\n");
    free(text);
    tc_netlist_free(nl);
    tc_netlist_free(to);
}
END_TEST

/* passes that are wrong, each in its way */

static struct tc_netlist *again(struct tc_netlist *nl)
{
    char *text = text_of_netlist(nl);
    struct tc_netlist *to = netlist_of_text(text);

    free(text);
    return to;
}

static struct tc_netlist *bound_off(struct tc_netlist *nl, const struct tc_pass_options *options,
                                    struct tc_error *err)
{
    struct tc_netlist *to = again(nl);

    (void)options;
    (void)err;
    to->bound[to->ngates - 1]++;
    return to;
}

static struct tc_netlist *output_gone(struct tc_netlist *nl, const struct tc_pass_options *options,
                                      struct tc_error *err)
{
    struct tc_netlist *to = again(nl);

    (void)options;
    (void)err;
    to->noutputs--;
    return to;
}

static struct tc_netlist *broken(struct tc_netlist *nl, const struct tc_pass_options *options,
                                 struct tc_error *err)
{
    struct tc_netlist *to = again(nl);

    (void)options;
    (void)err;
    to->weight[0] = 0;
    return to;
}

static struct tc_netlist *refuses(struct tc_netlist *nl, const struct tc_pass_options *options,
                                  struct tc_error *err)
{
    (void)nl;
    (void)options;
    tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "no room");
    return NULL;
}

static bool caught(const char *circuit,
                   struct tc_netlist *run(struct tc_netlist *, const struct tc_pass_options *,
                                          struct tc_error *),
                   bool check, struct tc_error *err)
{
    const struct tc_pass wrong = {"wrong", "", TC_PASS_NETLIST, "", "", "", NULL, run};
    struct tc_pass_options options = {.check = check};
    union tc_circuit c = {.netlist = netlist_of_text(circuit)};
    struct tc_arena *a = tc_arena_new();
    struct tc_pass_log log = {0};
    bool ok = tc_pass_run(a, &wrong, &c, &options, NULL, &log, err);

    tc_netlist_free(c.netlist);
    tc_arena_free(a);
    return !ok;
}

START_TEST(wrong_passes_are_caught)
{
    /* and of all; majority of 41, never near its threshold but on weighted inputs */
    static const char and3[] = "tc 1\ninputs 3\n3 = +1*0 +1*1 +1*2 >= 3\noutputs 3\n";
    struct tc_error err = {0};
    char wide[900], *p = wide;

    p += sprintf(p, "tc 1\ninputs 41\n41 =");
    for (unsigned k = 0; k < 41; k++)
        p += sprintf(p, " +1*%u", k);
    sprintf(p, " >= 41\noutputs 41\n");
    ck_assert(caught(and3, bound_off, true, &err));
    ck_assert_int_eq(err.kind, TC_ECHECK);
    ck_assert_str_eq(err.msg, "after the pass wrong: output 0 was 1 and is 0 on the inputs 111");
    ck_assert(caught(wide, bound_off, true, &err));
    ck_assert(!caught(and3, bound_off, false, &err)); /* nobody looked */
    ck_assert(caught(and3, output_gone, true, &err));
    ck_assert_str_eq(err.msg, "after the pass wrong: there were 1 outputs and are 0");
    ck_assert(caught(and3, broken, false, &err));
    ck_assert_int_eq(err.kind, TC_ECHECK);
    ck_assert(caught(and3, refuses, true, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_str_eq(err.msg, "no room");
}
END_TEST

START_TEST(names_choose)
{
    static const struct {
        const char *named;
        bool known;
    } lists[] = {
        {"dce", true},     {"dce,dead,dce", true}, {"none", true},       {"none,dce", false},
        {"", false},       {"dce,", false},        {",dce", false},      {"dc", false},
        {"dead,x", false}, {"O1", true},           {"Osize,dead", true}, {"O3", false},
        {"O", false},      {"o1", false}};
    struct tc_pass_options o = {.named = "dead,dead", .level = TC_LEVEL_1};
    struct tc_netlist *nl = netlist_of_text(partly_dead);
    struct tc_arena *a = tc_arena_new();
    struct tc_pass_log log = {0};
    struct tc_count count;
    struct tc_error err = {0};
    const char *unknown;

    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        ck_assert_msg(tc_passes_known(lists[k].named, &unknown) == lists[k].known, "'%s'",
                      lists[k].named);
    ck_assert(tc_passes_named(&o, TC_PASS_NETLIST));
    ck_assert(!tc_passes_named(&o, TC_PASS_FAMILY));
    ck_assert(tc_passes_run_netlist(a, &nl, &o, &count, &log, &err));
    ck_assert_uint_eq(log.n, 2);
    ck_assert(log.record[0].changed && !log.record[1].changed);
    ck_assert_uint_eq(mpz_get_ui(log.record[0].gates[0]), 6);
    ck_assert_uint_eq(mpz_get_ui(log.record[0].gates[1]), 2);
    ck_assert_uint_eq(log.record[0].depth[0], 2);
    ck_assert_uint_eq(mpz_get_ui(log.record[1].wires[1]), 4);
    ck_assert_int_gt(mpz_cmp(log.record[0].max_weight[0], log.record[0].max_weight[1]), 0);
    ck_assert_uint_eq(mpz_get_ui(log.record[0].max_fan_in[1]), 2);
    /* the log goes on; a list that names none of them leaves -O's; none is none */
    o.named = "dce";
    ck_assert(tc_passes_run_netlist(a, &nl, &o, &count, &log, &err));
    ck_assert_uint_eq(log.n, 3);
    o.named = "none";
    ck_assert(tc_passes_run_netlist(a, &nl, &o, NULL, &log, &err));
    ck_assert_uint_eq(log.n, 3);
    /* a level's name is what it runs, and names no pass of netlists behind families */
    o = (struct tc_pass_options){.named = "O1,dead", .level = TC_LEVEL_0};
    ck_assert(tc_passes_run_netlist(a, &nl, &o, NULL, &log, &err));
    ck_assert_uint_eq(log.n, 5);
    ck_assert_str_eq(log.record[3].pass->name, "dead");
    o.named = "O2";
    ck_assert(!tc_passes_named(&o, TC_PASS_NETLIST));
    ck_assert(!tc_passes_named(&o, TC_PASS_FAMILY));
    tc_netlist_free(nl);
    tc_arena_free(a);
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
    tcase_add_test(tc, dead_gates_go);
    tcase_add_test(tc, wrong_passes_are_caught);
    tcase_add_test(tc, names_choose);
    return check_status(suite);
}
