/* sizes of operations of floats in the table regime: no more gates at no more depth than
 * the best that is known, of forms; and that what is too large is refused by name */
#include "../../compiler/prim.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

struct target {
    const char *op, *format;
    unsigned terms;
    enum tc_level level;
    enum tc_regime regime;
    unsigned depth;      /* form-depth, at most */
    unsigned long gates; /* form-gates, at most */
};

/* ours where nothing is published for the format */
static const struct target targets[] = {
    {"mul", "ftz:4,5", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 26},
    {"mul", "ftz:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 306},
    {"mul", "ftz:4,5", 0, TC_LEVEL_2, TC_REGIME_TABLE, 1, 60},
    {"mul", "ftz:8,8", 0, TC_LEVEL_2, TC_REGIME_TABLE, 1, 14531},
    {"mul", "float:4,-17,12", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 29},
    {"mul", "float:8,-133,120", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 309},
    {"mul", "ieee:4,5", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 93},
    {"mul", "ieee:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 1277},
    {"mul", "binary16", 0, TC_LEVEL_1, TC_REGIME_TABLE, 2, 12488},
    {"mul", "e4m3", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 89},
    {"mul", "e5m2", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 56},
    {"div", "ftz:4,5", 0, TC_LEVEL_1, TC_REGIME_AUTO, 1, 17},
    {"div", "ftz:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 1, 257},
    {"div", "float:4,-17,12", 0, TC_LEVEL_1, TC_REGIME_AUTO, 1, 18},
    {"div", "float:8,-133,120", 0, TC_LEVEL_1, TC_REGIME_AUTO, 1, 258},
    {"div", "ieee:4,5", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 68},
    {"div", "ieee:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 724},
    {"div", "binary16", 0, TC_LEVEL_1, TC_REGIME_TABLE, 2, 5267},
    {"div", "e4m3", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 65},
    {"div", "e5m2", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 39},
    {"add", "ftz:4,5", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 181},
    {"add", "ftz:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 1379},
    {"sub", "ftz:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 1379},
    {"add", "float:4,-17,12", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 181},
    {"add", "float:8,-133,120", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 1379},
    {"add", "ieee:4,5", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 306},
    {"add", "ieee:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 2204},
    {"add", "binary16", 0, TC_LEVEL_1, TC_REGIME_TABLE, 3, 2013},
    {"add", "binary16", 0, TC_LEVEL_2, TC_REGIME_TABLE, 2, 13457},
    {"add", "e4m3", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 300},
    {"add", "e5m2", 0, TC_LEVEL_1, TC_REGIME_AUTO, 2, 185},
    {"sum", "ieee:4,5", 16, TC_LEVEL_1, TC_REGIME_AUTO, 2, 4291},
    {"sum", "ieee:8,8", 16, TC_LEVEL_1, TC_REGIME_AUTO, 3, 65635},
    {"sum", "ieee:8,8", 16, TC_LEVEL_2, TC_REGIME_TABLE, 2, 130195},
    {"sum", "ieee:8,8", 16, TC_LEVEL_SIZE, TC_REGIME_AUTO, 4, 14435},
    {"sum", "float:4", 16, TC_LEVEL_1, TC_REGIME_AUTO, 2, 4528},
    {"sum", "e4m3", 16, TC_LEVEL_1, TC_REGIME_AUTO, 2, 2109},
    {"sum", "float:8", 4, TC_LEVEL_1, TC_REGIME_AUTO, 5, 4683},
    {"sum", "float:8", 4, TC_LEVEL_SIZE, TC_REGIME_AUTO, 7, 3571},
    {"sum", "float:24", 4, TC_LEVEL_2, TC_REGIME_AUTO, 5, 27691},
    {"dot", "ieee:4,5", 16, TC_LEVEL_1, TC_REGIME_AUTO, 3, 30947},
    {"dot", "ieee:4,5", 16, TC_LEVEL_2, TC_REGIME_TABLE, 2, 90563},
    {"dot", "ieee:4,5", 2, TC_LEVEL_2, TC_REGIME_TABLE, 2, 11824},
    {"max", "ieee:8,8", 16, TC_LEVEL_1, TC_REGIME_AUTO, 2, 632},
    {"maxarg", "ieee:8,8", 16, TC_LEVEL_1, TC_REGIME_AUTO, 2, 647},
    {"maxarg", "ftz:8,8", 16, TC_LEVEL_1, TC_REGIME_AUTO, 2, 511},
    {"argmax", "ieee:4,5", 16, TC_LEVEL_1, TC_REGIME_AUTO, 2, 391},
    {"lt", "binary32", 0, TC_LEVEL_1, TC_REGIME_AUTO, 1, 5},
    {"le", "ftz:8,8", 0, TC_LEVEL_1, TC_REGIME_AUTO, 1, 2},
    {"eq", "bfloat16", 0, TC_LEVEL_1, TC_REGIME_AUTO, 1, 4},
};

static bool open_prim(struct tc_prim *p, const char *op, const char *format, unsigned terms,
                      const struct tc_options *options, struct tc_error *err)
{
    struct tc_args args = {
        .spec = op, .format = format, .options = *options, .has_terms = terms > 0, .terms = terms};
    bool ok = tc_prim_open(&args, p, err);

    p->options = options;
    return ok;
}

START_TEST(sizes)
{
    const struct target *t = &targets[_i];
    struct tc_options options = {.level = t->level, .regime = t->regime};
    struct tc_prim_circuit c;
    struct tc_error err = {0};
    struct tc_prim p;

    ck_assert_msg(open_prim(&p, t->op, t->format, t->terms, &options, &err), "%s", err.msg);
    ck_assert_msg(tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err), "%s %s: %s", t->op,
                  t->format, err.msg);
    ck_assert_msg(c.form_depth <= t->depth, "%s %s: form-depth %u, wanted %u", t->op, t->format,
                  c.form_depth, t->depth);
    ck_assert_msg(mpz_cmp_ui(c.form_gates, t->gates) <= 0, "%s %s: form-gates %lu, wanted %lu",
                  t->op, t->format, mpz_get_ui(c.form_gates), t->gates);
    tc_prim_free(&c);
}
END_TEST

/* what has 2^23 thresholds and more is refused, and what to do instead is said */
START_TEST(refusals)
{
    static const char *const op[] = {"add", "mul", "div", "sum", "dot"};
    static const char *const format[] = {"binary32", "ftz:24,8", "ieee:53,11", "float:24"};
    const struct tc_options options = {.level = TC_LEVEL_1, .regime = TC_REGIME_TABLE};

    for (size_t k = 0; k < sizeof op / sizeof *op; k++)
        for (size_t f = 0; f < sizeof format / sizeof *format; f++) {
            struct tc_prim_circuit c;
            struct tc_error err = {0};
            struct tc_prim p;

            ck_assert_msg(open_prim(&p, op[k], format[f], k > 2 ? 2 : 0, &options, &err), "%s",
                          err.msg);
            ck_assert_msg(!tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err), "%s %s",
                          op[k], format[f]);
            ck_assert_int_eq(err.kind, TC_ELIMIT);
            ck_assert_msg(strstr(err.msg, "--regime arithmetic"), "%s", err.msg);
            tc_prim_free(&c);
        }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("prim_targets");
    TCase *c = tcase_create("targets");

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, sizes, 0, sizeof targets / sizeof *targets);
    tcase_add_test(c, refusals);
    suite_add_tcase(s, c);
    return check_status(s);
}
