/* sizes of functions, softmax and norm: targets, and what was reached
 *
 * target: of ARITHMETIC 5.4 and 5.6 for finite operands; NaN, infinities and -0 may take
 * 8 gates more.  most: what CONSTRUCTIONS.md says is reached; more is a step back. */
#include "../../compiler/prim.h"

#include <check.h>

struct size {
    enum tc_op op;
    const char *name, *format;
    unsigned terms;
    enum tc_level level;
    unsigned depth, target, most;
};

#define S TC_LEVEL_SIZE
static const struct size sizes[] = {
    {TC_OP_EXP, "exp", "bfloat16", 0, TC_LEVEL_2, 1, 2014, 2015},
    {TC_OP_SQRT, "sqrt", "bfloat16", 0, TC_LEVEL_1, 1, 539, 224},
    {TC_OP_RSQRT, "rsqrt", "bfloat16", 0, TC_LEVEL_1, 1, 537, 232},
    {TC_OP_RECIP, "recip", "bfloat16", 0, TC_LEVEL_1, 1, 743, 302},
    {TC_OP_TANH, "tanh", "bfloat16", 0, TC_LEVEL_1, 1, 525, 141},
    {TC_OP_GELU, "gelu", "bfloat16", 0, TC_LEVEL_1, 1, 1153, 1106},
    {TC_OP_SIN, "sin", "bfloat16", 0, TC_LEVEL_1, 2, 1453, 600},
    {TC_OP_COS, "cos", "bfloat16", 0, TC_LEVEL_1, 2, 1034, 564},
    {TC_OP_EXP, "exp", "bfloat16", 0, S, 2, 474, 203},
    {TC_OP_SQRT, "sqrt", "bfloat16", 0, S, 2, 539, 54},
    {TC_OP_RSQRT, "rsqrt", "bfloat16", 0, S, 2, 537, 57},
    {TC_OP_RECIP, "recip", "bfloat16", 0, S, 2, 743, 62},
    {TC_OP_TANH, "tanh", "bfloat16", 0, S, 2, 525, 43},
    {TC_OP_GELU, "gelu", "bfloat16", 0, S, 2, 1153, 140},
    {TC_OP_SQRT, "sqrt", "bfloat16", 0, TC_LEVEL_2, 1, 16384, 16387},
    {TC_OP_RECIP, "recip", "bfloat16", 0, TC_LEVEL_2, 1, 53810, 26906},
    {TC_OP_RSQRT, "rsqrt", "bfloat16", 0, TC_LEVEL_2, 1, 16371, 16374},
    {TC_OP_TANH, "tanh", "bfloat16", 0, TC_LEVEL_2, 1, 32497, 16249},
    {TC_OP_GELU, "gelu", "bfloat16", 0, TC_LEVEL_2, 1, 48841, 48843},
    {TC_OP_SIN, "sin", "bfloat16", 0, TC_LEVEL_2, 1, 64983, 40357},
    {TC_OP_COS, "cos", "bfloat16", 0, TC_LEVEL_2, 1, 32909, 16455},
    {TC_OP_EXP, "exp", "ieee:4,5", 0, TC_LEVEL_2, 1, 81, 82},
    {TC_OP_SIN, "sin", "ieee:4,5", 0, TC_LEVEL_2, 1, 473, 289},
    {TC_OP_COS, "cos", "ieee:4,5", 0, TC_LEVEL_2, 1, 267, 134},
    {TC_OP_SQRT, "sqrt", "ieee:4,5", 0, TC_LEVEL_2, 1, 128, 131},
    {TC_OP_RECIP, "recip", "ieee:4,5", 0, TC_LEVEL_2, 1, 418, 210},
    {TC_OP_RSQRT, "rsqrt", "ieee:4,5", 0, TC_LEVEL_2, 1, 128, 131},
    {TC_OP_TANH, "tanh", "ieee:4,5", 0, TC_LEVEL_2, 1, 241, 121},
    {TC_OP_GELU, "gelu", "ieee:4,5", 0, TC_LEVEL_2, 1, 355, 357},
    {TC_OP_LOG, "log", "ieee:4,5", 0, TC_LEVEL_2, 1, 80, 83},
    {TC_OP_EXP, "exp", "ieee:4,5", 0, S, 2, 53, 31},
    {TC_OP_SIN, "sin", "ieee:4,5", 0, S, 2, 107, 48},
    {TC_OP_COS, "cos", "ieee:4,5", 0, S, 2, 86, 43},
    {TC_OP_SQRT, "sqrt", "ieee:4,5", 0, S, 2, 43, 13},
    {TC_OP_RECIP, "recip", "ieee:4,5", 0, S, 2, 67, 12},
    {TC_OP_RSQRT, "rsqrt", "ieee:4,5", 0, S, 2, 46, 14},
    {TC_OP_TANH, "tanh", "ieee:4,5", 0, S, 2, 50, 14},
    {TC_OP_GELU, "gelu", "ieee:4,5", 0, S, 2, 73, 25},
    {TC_OP_LOG, "log", "ieee:4,5", 0, S, 2, 61, 32},
    {TC_OP_SOFTMAX, "softmax", "ieee:3,3", 4, TC_LEVEL_1, 5, 434, 347},
    {TC_OP_SOFTMAX, "softmax", "ieee:3,3", 8, TC_LEVEL_1, 5, 1240, 1089},
    {TC_OP_NORM, "norm", "ieee:3,3", 4, TC_LEVEL_1, 5, 1478, 576},
    {TC_OP_NORM, "norm", "ieee:3,3", 8, TC_LEVEL_1, 5, 2902, 1112},
};

START_TEST(test_size)
{
    const struct size *s = &sizes[_i];
    struct tc_options options = {.level = s->level};
    unsigned n = s->terms ? s->terms : 1;
    struct tc_prim p = {.op = s->op,
                        .name = s->name,
                        .terms = s->terms,
                        .noperand = n,
                        .nresult = n,
                        .limbs = 1,
                        .options = &options};
    struct tc_prim_circuit c = {0};
    struct tc_error err = {0};

    ck_assert(tc_format_parse(s->format, &p.format, &err));
    p.result[0] = p.result[1] = p.format;
    ck_assert_msg(tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err), "%s", err.msg);
    ck_assert_msg(c.form_depth <= s->depth && mpz_cmp_ui(c.form_gates, s->target + 8) <= 0 &&
                      mpz_cmp_ui(c.form_gates, s->most) <= 0,
                  "%s of %s: form-depth %u, form-gates %lu; wanted %u, %u (%u)", s->name, s->format,
                  c.form_depth, mpz_get_ui(c.form_gates), s->depth, s->most, s->target);
    tc_prim_free(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("function targets");
    TCase *c = tcase_create("sizes");
    SRunner *r;
    int failed;

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, test_size, 0, sizeof sizes / sizeof *sizes);
    suite_add_tcase(suite, c);
    r = srunner_create(suite);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
