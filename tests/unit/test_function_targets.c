/* sizes of functions, softmax and norm: targets, and what was reached; functions of fixed
 * formats in two layers
 *
 * target: of ARITHMETIC 5.4 and 5.6 for finite operands; NaN, infinities and -0 may take
 * 8 gates more.  most: what CONSTRUCTIONS.md says is reached; more is a step back. */
#include "../../compiler/prim.h"
#include "check_main.h"

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
    {TC_OP_FLOOR, "floor", "bfloat16", 0, TC_LEVEL_1, 1, 32, 32},
    {TC_OP_FLOOR, "floor", "ieee:53,11", 0, TC_LEVEL_1, 1, 170, 170},
    {TC_OP_NEG, "neg", "ieee:100,15", 0, TC_LEVEL_1, 1, 1, 1},
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

static const struct {
    enum tc_op op;
    const char *name;
} one[] = {{TC_OP_SQRT, "sqrt"},       {TC_OP_RSQRT, "rsqrt"},
           {TC_OP_RECIP, "recip"},     {TC_OP_EXP, "exp"},
           {TC_OP_EXP2, "exp2"},       {TC_OP_LOG, "log"},
           {TC_OP_SIN, "sin"},         {TC_OP_COS, "cos"},
           {TC_OP_TANH, "tanh"},       {TC_OP_GELU, "gelu"},
           {TC_OP_SIGMOID, "sigmoid"}, {TC_OP_SILU, "silu"},
           {TC_OP_RELU, "relu"},       {TC_OP_FLOOR, "floor"},
           {TC_OP_ABS, "abs"},         {TC_OP_GELU_TANH, "gelu-tanh"}};

/* every operand of a few formats, at -O size */
START_TEST(test_fixed)
{
    static const char *const format[] = {"fixed:8,4", "fixed:7,0", "fixed:9,8", "unsigned:6"};
    struct tc_options options = {.level = TC_LEVEL_SIZE};
    struct tc_error err = {0};

    for (size_t k = 0; k < sizeof format / sizeof *format; k++) {
        struct tc_prim p = {.op = one[_i].op,
                            .name = one[_i].name,
                            .noperand = 1,
                            .nresult = 1,
                            .limbs = 1,
                            .options = &options};
        struct tc_prim_circuit c = {0};
        uint64_t in[512], out[512], want;
        size_t n;

        ck_assert(tc_format_parse(format[k], &p.format, &err));
        p.result[0] = p.result[1] = p.format;
        n = (size_t)1 << p.format.bits;
        for (size_t x = 0; x < n; x++)
            in[x] = x;
        ck_assert_msg(tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err), "%s", err.msg);
        ck_assert_msg(tc_prim_run(&c, in, out, n, &err), "%s", err.msg);
        for (size_t x = 0; x < n; x++) {
            tc_prim_reference(&p, &in[x], &want);
            ck_assert_msg(out[x] == want, "%s of %s word %zu: %lu, wanted %lu", p.name, format[k],
                          x, (unsigned long)out[x], (unsigned long)want);
        }
        tc_prim_free(&c);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("function targets");
    TCase *c = tcase_create("sizes");

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, test_size, 0, sizeof sizes / sizeof *sizes);
    tcase_add_loop_test(c, test_fixed, 0, sizeof one / sizeof *one);
    suite_add_tcase(suite, c);
    return check_status(suite);
}
