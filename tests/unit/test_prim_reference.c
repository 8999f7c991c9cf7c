/* the reference of one operation, against facts it does not come from: C's arithmetic
 * of float and double, long double with a search among a format's numbers, and a table
 * of the rules at the ends of the range */
#include "check_main.h"
#include "prim_case.h"
#include "prim_vectors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define EACH(name, list) for (size_t name = 0; name < sizeof list / sizeof *list; name++)

static const struct tc_options options = {.level = TC_LEVEL_1};

/* ---------------------------------------------------------------- C's arithmetic */

static uint64_t bits_of_float(float x)
{
    uint32_t w;

    memcpy(&w, &x, sizeof w);
    return isnan(x) ? 0x7fc00000u : w;
}

static float float_of(uint64_t w)
{
    uint32_t half = (uint32_t)w;
    float x;

    memcpy(&x, &half, sizeof x);
    return x;
}

static uint64_t bits_of_double(double x)
{
    uint64_t w;

    memcpy(&w, &x, sizeof w);
    return isnan(x) ? (uint64_t)0x7ff8 << 48 : w;
}

static double double_of(uint64_t w)
{
    double x;

    memcpy(&x, &w, sizeof x);
    return x;
}

static float c_float(enum tc_op op, float x, float y)
{
    switch (op) {
    case TC_OP_ADD:
        return x + y;
    case TC_OP_SUB:
        return x - y;
    case TC_OP_MUL:
        return x * y;
    case TC_OP_DIV:
        return x / y;
    case TC_OP_SQRT:
        return sqrtf(x);
    case TC_OP_RECIP:
        return 1 / x;
    case TC_OP_FLOOR:
        return floorf(x);
    case TC_OP_NEG:
        return -x;
    default:
        return fabsf(x);
    }
}

static double c_double(enum tc_op op, double x, double y)
{
    switch (op) {
    case TC_OP_ADD:
        return x + y;
    case TC_OP_SUB:
        return x - y;
    case TC_OP_MUL:
        return x * y;
    case TC_OP_DIV:
        return x / y;
    case TC_OP_SQRT:
        return sqrt(x);
    case TC_OP_RECIP:
        return 1 / x;
    case TC_OP_FLOOR:
        return floor(x);
    case TC_OP_NEG:
        return -x;
    default:
        return fabs(x);
    }
}

static const char *const c_ops[] = {"add",   "sub",   "mul", "div", "sqrt",
                                    "recip", "floor", "neg", "abs"};

START_TEST(as_c_floats)
{
    EACH(o, c_ops)
    {
        struct tc_prim p = prim_case(c_ops[o], "binary32", 0, false, &options);
        struct vectors v;
        uint64_t in[2] = {0, 0}, got, want;

        vec_open(&v, &p, o + 1);
        for (unsigned k = 0; k < (is_fast() ? 6000 : 60000); k++) {
            vec_next(&v, in);
            tc_prim_reference(&p, in, &got);
            want = bits_of_float(c_float(p.op, float_of(in[0]), float_of(in[1])));
            ck_assert_msg(got == want, "%s %a %a: %llx, wanted %llx", p.name,
                          (double)float_of(in[0]), (double)float_of(in[1]), (unsigned long long)got,
                          (unsigned long long)want);
        }
    }
}
END_TEST

START_TEST(as_c_doubles)
{
    struct tc_random r;

    tc_random_seed(&r, 5);
    EACH(o, c_ops)
    {
        struct tc_prim p = prim_case(c_ops[o], "ieee:53,11", 0, false, &options);

        for (unsigned k = 0; k < (is_fast() ? 6000 : 30000); k++) {
            uint64_t in[2], got, want;

            for (unsigned i = 0; i < 2; i++) {
                in[i] = tc_random_next(&r);
                if (k % 4 == 1) /* exponents near each other */
                    in[i] = (in[i] & ~((uint64_t)0x7f8 << 52)) | (uint64_t)0x3f8 << 52;
                if (k % 4 == 2) /* subnormal, or small */
                    in[i] &= ~((uint64_t)0x7fc << 52);
                if (k % 4 == 3)
                    in[i] &= ~(((uint64_t)1 << tc_random_below(&r, 60)) - 1);
            }
            tc_prim_reference(&p, in, &got);
            want = bits_of_double(c_double(p.op, double_of(in[0]), double_of(in[1])));
            ck_assert_msg(got == want, "%s %a %a: %llx, wanted %llx", p.name, double_of(in[0]),
                          double_of(in[1]), (unsigned long long)got, (unsigned long long)want);
        }
    }
}
END_TEST

/* --------------------------------------------------------- search among the numbers */

enum below { SUBNORMAL, NEAREST, FLUSH };

static const struct facts {
    const char *name;
    int p, q, least; /* exponent of the least normal number */
    int numbers;     /* fields of finite numbers, the last one perhaps in part */
    int lost;        /* numbers of the last field that are none */
    enum below below;
    bool infinity, nan, signs;
} facts[] = {
    {"ieee:2,2", 2, 2, 0, 2, 0, SUBNORMAL, true, true, true},
    {"ieee:3,3", 3, 3, -2, 6, 0, SUBNORMAL, true, true, true},
    {"ieee:4,3", 4, 3, -2, 6, 0, SUBNORMAL, true, true, true},
    {"ftz:3,3", 3, 3, -2, 6, 0, FLUSH, true, false, false},
    {"ftz:2,4", 2, 4, -6, 14, 0, FLUSH, true, false, false},
    {"float:2", 2, 4, -3, 8, 0, NEAREST, false, false, false},
    {"float:3", 3, 5, -6, 16, 0, NEAREST, false, false, false},
    {"float:3,-2,1", 3, 3, 0, 4, 0, NEAREST, false, false, false},
    {"e4m3", 4, 4, -6, 15, 1, SUBNORMAL, false, true, true},
    {"e5m2", 3, 5, -14, 30, 0, SUBNORMAL, true, true, true},
    {"binary16", 11, 5, -14, 30, 0, SUBNORMAL, true, true, true},
    {"bfloat16", 8, 8, -126, 254, 0, SUBNORMAL, true, true, true},
};

static uint64_t keys(const struct facts *f)
{
    return ((uint64_t)f->numbers + 1) * ((uint64_t)1 << (f->p - 1)) - (uint64_t)f->lost;
}

static long double magnitude(const struct facts *f, uint64_t key)
{
    uint64_t b = (uint64_t)1 << (f->p - 1), field = key / b;

    if (!field)
        return ldexpl((long double)key, f->least - f->p + 1);
    return ldexpl((long double)(b + key % b), f->least - f->p + (int)field);
}

static long double value(const struct facts *f, uint64_t word)
{
    uint64_t sign = (uint64_t)1 << (f->p + f->q - 1), key = word & (sign - 1);
    long double x = key < keys(f)                   ? magnitude(f, key)
                    : f->infinity && key == keys(f) ? (long double)INFINITY
                                                    : (long double)NAN;

    return word & sign ? -x : x;
}

/* where results begin to be at least number `key`; *up: there too */
static long double threshold(const struct facts *f, uint64_t key, bool *up)
{
    uint64_t b = (uint64_t)1 << (f->p - 1);
    long double x;

    *up = key % 2 == 0;
    if (key == keys(f)) /* half a place past the last */
        return magnitude(f, key - 1) + (magnitude(f, key - 1) - magnitude(f, key - 2)) / 2;
    x = magnitude(f, key);
    if (f->below == NEAREST && key == b) {
        *up = false;
        return x / 2;
    }
    if (f->below == FLUSH && key == b)
        return x - ldexpl(x, -f->p - 1);
    return (x + magnitude(f, key - 1)) / 2;
}

/* What is compared with thresholds: num / den (root: its root, power: -1/2), exactly where these
 * products are exact; else a value that is off by 2^-50 of itself at most. */
struct result {
    enum { QUOTIENT, ROOT, RECIPROCAL_ROOT, NEARLY } kind;
    long double num, den;
};

/* -1, 0, 1 as the result is below, at, above t > 0; *sure */
static int against(const struct result *r, long double t, bool *sure)
{
    long double x = r->num, y = t * r->den;

    if (r->kind == ROOT)
        y *= t;
    if (r->kind == RECIPROCAL_ROOT) {
        x = 1;
        y = t * t * r->num;
    }
    if (r->kind == NEARLY && fabsl(x - y) < ldexpl(y, -50))
        *sure = false;
    return x < y ? -1 : x > y;
}

/* the key of a positive result; *sure: not too near a threshold to tell */
static uint64_t key_of(const struct facts *f, const struct result *r, bool *sure)
{
    uint64_t b = (uint64_t)1 << (f->p - 1), low = 0, high = keys(f) - !f->infinity, key;

    *sure = true;
    while (low < high) { /* key >= low, key <= high */
        bool up;
        int c;

        key = (low + high + 1) / 2;
        if (f->below != SUBNORMAL && key < b) {
            key = b; /* the least one */
            if (key > high)
                break;
        }
        c = against(r, threshold(f, key, &up), sure);
        if (c > 0 || (c == 0 && up))
            low = key;
        else
            high = key - 1;
        if (f->below != SUBNORMAL && low < b && high < b)
            return 0;
    }
    return low;
}

static uint64_t nan_word(const struct facts *f)
{
    return f->lost ? keys(f) : keys(f) | (uint64_t)1 << (f->p - 2);
}

/* the word of a result with this sign, which is NaN, infinite, zero, or r */
static uint64_t word_of(const struct facts *f, long double x, const struct result *r, bool *sure)
{
    uint64_t key;

    *sure = true;
    if (isnan(x))
        return f->nan ? nan_word(f) : 0;
    if (isinf(x))
        key = f->infinity ? keys(f) : keys(f) - 1;
    else
        key = x == 0 ? 0 : key_of(f, r, sure);
    return key | (signbit(x) && (key || f->signs) ? (uint64_t)1 << (f->p + f->q - 1) : 0);
}

static bool is_operand(const struct facts *f, uint64_t word)
{
    uint64_t sign = (uint64_t)1 << (f->p + f->q - 1), key = word & (sign - 1);

    if (key >= keys(f)) /* one NaN is enough */
        return f->nan && ((f->infinity && key == keys(f)) || word == nan_word(f));
    if (!key)
        return f->signs || !(word & sign);
    return f->below == SUBNORMAL || key >= (uint64_t)1 << (f->p - 1);
}

static const char *const two[] = {"add", "sub", "mul", "div", "lt", "le", "eq"};

static uint64_t expected_pair(const struct facts *f, enum tc_op op, long double x, long double y)
{
    struct result r = {QUOTIENT, 0, 1};
    long double z = op == TC_OP_ADD   ? x + y
                    : op == TC_OP_SUB ? x - y
                    : op == TC_OP_MUL ? x * y
                                      : x / y;
    bool sure;
    uint64_t word;

    if (op == TC_OP_LT || op == TC_OP_LE || op == TC_OP_EQ)
        return op == TC_OP_LT ? x < y : op == TC_OP_LE ? x <= y : x == y;
    r.num = op == TC_OP_DIV ? fabsl(x) : fabsl(z);
    r.den = op == TC_OP_DIV ? fabsl(y) : 1;
    word = word_of(f, z, &r, &sure);
    ck_assert(sure);
    return word;
}

/* exact in long double: 64 bits hold sums and products of these formats */
START_TEST(all_pairs)
{
    EACH(k, facts)
    EACH(o, two)
    {
        const struct facts *f = &facts[k];
        struct tc_prim p = prim_case(two[o], f->name, 0, false, &options);
        uint64_t words = (uint64_t)1 << (f->p + f->q), in[2], got, want;

        if (f->p + f->q > 8)
            continue;
        ck_assert_uint_eq(tc_format_width(&p.format), f->p + f->q);
        for (in[0] = 0; in[0] < words; in[0] += words == 256 && is_fast() ? 7 : 1)
            for (in[1] = 0; in[1] < words; in[1]++) {
                if (!is_operand(f, in[0]) || !is_operand(f, in[1]))
                    continue;
                tc_prim_reference(&p, in, &got);
                want = expected_pair(f, p.op, value(f, in[0]), value(f, in[1]));
                ck_assert_msg(got == want, "%s %s %La %La: %llx, wanted %llx", f->name, two[o],
                              value(f, in[0]), value(f, in[1]), (unsigned long long)got,
                              (unsigned long long)want);
            }
    }
}
END_TEST

static const char *const one[] = {"sqrt", "rsqrt", "recip", "exp",     "exp2",     "log",
                                  "sin",  "cos",   "tanh",  "sigmoid", "gelu",     "silu",
                                  "relu", "floor", "neg",   "abs",     "gelu-tanh"};

static long double one_value(enum tc_op op, long double x)
{
    switch (op) {
    case TC_OP_SQRT:
        return sqrtl(x);
    case TC_OP_RSQRT:
        return 1 / sqrtl(x);
    case TC_OP_RECIP:
        return 1 / x;
    case TC_OP_EXP:
        return expl(x);
    case TC_OP_EXP2:
        return exp2l(x);
    case TC_OP_LOG:
        return logl(x);
    case TC_OP_SIN:
        return sinl(x);
    case TC_OP_COS:
        return cosl(x);
    case TC_OP_TANH:
        return tanhl(x);
    case TC_OP_SIGMOID:
        return 1 / (1 + expl(-x));
    case TC_OP_GELU:
        return isinf(x) && x < 0 ? -0.0L : x * (erfcl(-x / sqrtl(2)) / 2);
    case TC_OP_GELU_TANH:
        return isinf(x) && x < 0
                   ? -0.0L
                   : x / (1 + expl(-2 * sqrtl(2 / acosl(-1)) * (x + 0.044715L * x * x * x)));
    case TC_OP_SILU:
        return isinf(x) && x < 0 ? -0.0L : x / (1 + expl(-x));
    case TC_OP_RELU:
        return x > 0 || isnan(x) ? x : 0;
    case TC_OP_FLOOR:
        return floorl(x);
    case TC_OP_NEG:
        return -x;
    default:
        return fabsl(x);
    }
}

/* what is rational: compared exactly */
static bool is_exact(enum tc_op op, long double x)
{
    return op == TC_OP_RELU || op == TC_OP_FLOOR || op == TC_OP_NEG || op == TC_OP_ABS ||
           (op == TC_OP_EXP2 && floorl(x) == x) || (op == TC_OP_LOG && x == 1) ||
           (x == 0 && op != TC_OP_SQRT);
}

START_TEST(all_operands)
{
    unsigned long unsure = 0, all = 0;

    EACH(k, facts)
    EACH(o, one)
    {
        const struct facts *f = &facts[k];
        struct tc_prim p = prim_case(one[o], f->name, 0, false, &options);
        uint64_t words = (uint64_t)1 << (f->p + f->q), got, want;
        unsigned step = words > 256 && is_fast() ? 53 : 1;

        for (uint64_t word = 0; word < words; word += step) {
            long double x = value(f, word), y = one_value(p.op, x);
            struct result r = {p.op == TC_OP_SQRT                         ? ROOT
                               : p.op == TC_OP_RSQRT                      ? RECIPROCAL_ROOT
                               : p.op == TC_OP_RECIP || is_exact(p.op, x) ? QUOTIENT
                                                                          : NEARLY,
                               fabsl(y), 1};
            bool sure;

            if (!is_operand(f, word))
                continue;
            if (r.kind == ROOT || r.kind == RECIPROCAL_ROOT)
                r.num = x;
            if (p.op == TC_OP_RECIP) {
                r.num = 1;
                r.den = fabsl(x);
            }
            want = word_of(f, y, &r, &sure);
            all++;
            unsure += !sure;
            if (!sure)
                continue;
            tc_prim_reference(&p, &word, &got);
            ck_assert_msg(got == want, "%s %s %La (%La): %llx, wanted %llx", f->name, one[o], x, y,
                          (unsigned long long)got, (unsigned long long)want);
        }
    }
    ck_assert_msg(unsure < all / 50, "%lu of %lu are unsure", unsure, all);
}
END_TEST

START_TEST(wide_operands)
{
    EACH(o, one)
    {
        struct tc_prim p = prim_case(one[o], "binary32", 0, false, &options);
        struct vectors v;
        uint64_t word, got;

        if (tc_prim_is_series(&p) || tc_prim_is_pieces(&p)) /* test_series, test_pieces */
            continue;
        vec_open(&v, &p, 20 + o);
        for (unsigned k = 0; k < (is_fast() ? 2000 : 20000); k++) {
            long double y;
            float low, high;

            vec_next(&v, &word);
            y = one_value(p.op, (long double)float_of(word));
            low = (float)(y - y * 0x1p-50L);
            high = (float)(y + y * 0x1p-50L);
            if (bits_of_float(low) != bits_of_float(high))
                continue;
            tc_prim_reference(&p, &word, &got);
            ck_assert_msg(got == bits_of_float(low), "%s %a: %llx, wanted %a", one[o],
                          (double)float_of(word), (unsigned long long)got, (double)low);
        }
    }
}
END_TEST

/* ---------------------------------------------------------- the rules, one by one */

static const struct rule {
    const char *op, *format;
    unsigned terms;
    const char *in, *out;
} rules[] = {
    /* overflow: to infinity from half a place past the last number; else the last */
    {"add", "binary16", 0, "65504 15.99", "0x1.ffcp+15"},
    {"add", "binary16", 0, "65504 16", "inf"},
    {"mul", "binary16", 0, "-65504 2", "-inf"},
    {"add", "e5m2", 0, "57344 4096", "inf"},
    {"add", "e5m2", 0, "57344 3584", "0x1.cp+15"},
    {"add", "e4m3", 0, "448 448", "0x1.cp+8"},
    {"mul", "e4m3", 0, "-448 448", "-0x1.cp+8"},
    {"add", "float:3", 0, "896 896", "0x1.cp+9"},
    {"mul", "float:3", 0, "-896 896", "-0x1.cp+9"},
    {"add", "ftz:3,3", 0, "14 1", "inf"},
    {"add", "ftz:3,3", 0, "14 0.75", "0x1.cp+3"},
    {"mul", "ftz:3,3", 0, "-14 14", "-inf"},
    {"exp", "e4m3", 0, "7", "0x1.cp+8"},
    {"exp", "ftz:3,3", 0, "3", "inf"},
    {"exp", "bfloat16", 0, "inf", "inf"},
    {"exp", "bfloat16", 0, "-inf", "0x0p+0"},
    /* underflow: gradual; ties at half the least to 0; flushed after rounding */
    {"mul", "binary16", 0, "0x1p-24 0.5", "0x0p+0"},
    {"mul", "binary16", 0, "-0x1p-24 0.5", "-0x0p+0"},
    {"mul", "binary16", 0, "0x3p-24 0.5", "0x1p-23"},
    {"mul", "binary16", 0, "0x1p-12 0x1.8p-12", "0x1p-23"},
    {"mul", "float:3", 0, "0x1p-6 0.5", "0x0p+0"},
    {"mul", "float:3", 0, "-0x1p-6 0.5", "0x0p+0"},
    {"mul", "float:3", 0, "0x1.4p-6 0.5", "0x1p-6"},
    {"mul", "float:3", 0, "-0x1.4p-6 0.5", "-0x1p-6"},
    {"mul", "ftz:3,3", 0, "0.25 0.875", "0x0p+0"},
    {"mul", "ftz:3,3", 0, "0.3125 0.75", "0x1p-2"},
    {"mul", "ftz:3,3", 0, "-0.25 0.5", "0x0p+0"},
    {"sub", "ftz:3,3", 0, "0.3125 0.25", "0x0p+0"},
    {"exp", "e4m3", 0, "-7", "0x0p+0"},
    {"exp", "e4m3", 0, "-6.5", "0x1p-9"},
    {"exp", "float:2", 0, "-8", "0x0p+0"},
    /* ties to even, a carry into the next binade */
    {"add", "bfloat16", 0, "1 0x1p-8", "0x1p+0"},
    {"add", "bfloat16", 0, "0x1.02p+0 0x1p-8", "0x1.04p+0"},
    {"add", "bfloat16", 0, "0x1.fep+0 0x1p-8", "0x1p+1"},
    /* zeros of sums */
    {"add", "binary16", 0, "1 -1", "0x0p+0"},
    {"sub", "binary16", 0, "-1 -1", "0x0p+0"},
    {"add", "binary16", 0, "-0 -0", "-0x0p+0"},
    {"add", "binary16", 0, "-0 0", "0x0p+0"},
    {"sub", "binary16", 0, "-0 0", "-0x0p+0"},
    {"sub", "binary16", 0, "0 0", "0x0p+0"},
    {"sum", "binary16", 3, "-0 -0 -0", "-0x0p+0"},
    {"sum", "binary16", 3, "-0 0 -0", "0x0p+0"},
    {"sum", "binary16", 3, "1 -0 -1", "0x0p+0"},
    {"sum", "binary16", 1, "-0", "-0x0p+0"},
    {"sum", "binary16", 4, "65504 65504 -65504 -65504", "0x0p+0"},
    {"sum", "binary16", 3, "1 0x1p-11 0x1p-24", "0x1.004p+0"},
    {"sum", "binary16", 3, "1 0x1p-11 0", "0x1p+0"},
    {"sum", "binary16", 3, "inf 1 -inf", "nan"},
    {"sum", "binary16", 3, "inf 1 inf", "inf"},
    {"sum", "binary16", 3, "65504 65504 -inf", "-inf"},
    {"sum", "binary16", 3, "inf nan 1", "nan"},
    {"sum", "float:3", 3, "896 896 -896", "0x1.cp+9"},
    {"sum", "e4m3", 2, "-0 -0", "-0x0p+0"},
    {"sum", "ftz:3,3", 2, "-14 -14", "-inf"},
    {"dot", "binary16", 2, "-0 0 1 -1", "-0x0p+0"},
    {"dot", "binary16", 2, "-0 0 1 1", "0x0p+0"},
    {"dot", "binary16", 2, "1 -1 1 1", "0x0p+0"},
    {"dot", "binary16", 2, "0 1 inf 1", "nan"},
    {"dot", "binary16", 2, "inf 1 1 -inf", "nan"},
    {"dot", "binary16", 2, "65504 65504 65504 -65504", "0x0p+0"},
    {"dot", "binary16", 2, "-0x1p-24 0 0x1p-24 1", "-0x0p+0"},
    /* products and quotients */
    {"mul", "binary16", 0, "0 -1", "-0x0p+0"},
    {"mul", "binary16", 0, "-0 -1", "0x0p+0"},
    {"mul", "binary16", 0, "0 inf", "nan"},
    {"mul", "binary16", 0, "-inf 2", "-inf"},
    {"mul", "e4m3", 0, "-0 448", "-0x0p+0"},
    {"prod", "binary16", 3, "2 inf 0", "nan"},
    {"prod", "binary16", 3, "-2 inf 3", "-inf"},
    {"prod", "binary16", 3, "-2 0 3", "-0x0p+0"},
    {"prod", "binary16", 3, "65504 65504 0x1p-24", "0x1.ff8p+7"},
    {"prod", "binary16", 3, "0x1p-24 0x1p-24 65504", "0x0p+0"},
    {"prod", "float:3", 2, "-896 896", "-0x1.cp+9"},
    {"div", "binary16", 0, "1 -0", "-inf"},
    {"div", "binary16", 0, "0 0", "nan"},
    {"div", "binary16", 0, "inf -inf", "nan"},
    {"div", "binary16", 0, "-1 inf", "-0x0p+0"},
    {"div", "binary16", 0, "inf -0", "-inf"},
    {"div", "binary16", 0, "0 -3", "-0x0p+0"},
    {"div", "e4m3", 0, "-1 0", "-0x1.cp+8"},
    {"div", "e4m3", 0, "-1 -0", "0x1.cp+8"},
    {"div", "e4m3", 0, "0 0", "nan"},
    {"div", "float:3", 0, "-1 0", "-0x1.cp+9"},
    {"div", "float:3", 0, "0 0", "0x0p+0"},
    {"div", "ftz:3,3", 0, "-1 0", "-inf"},
    {"div", "ftz:3,3", 0, "0 0", "0x0p+0"},
    {"recip", "binary16", 0, "-0", "-inf"},
    {"recip", "binary16", 0, "-inf", "-0x0p+0"},
    {"recip", "e4m3", 0, "-0", "-0x1.cp+8"},
    {"recip", "float:3", 0, "0", "0x1.cp+9"},
    {"recip", "ftz:3,3", 0, "0", "inf"},
    /* roots and logarithms */
    {"sqrt", "binary16", 0, "-0", "-0x0p+0"},
    {"sqrt", "binary16", 0, "-1", "nan"},
    {"sqrt", "binary16", 0, "inf", "inf"},
    {"sqrt", "float:3", 0, "-1", "0x0p+0"},
    {"sqrt", "ftz:3,3", 0, "-1", "0x0p+0"},
    {"rsqrt", "binary16", 0, "0", "inf"},
    {"rsqrt", "binary16", 0, "-0", "-inf"},
    {"rsqrt", "binary16", 0, "inf", "0x0p+0"},
    {"rsqrt", "binary16", 0, "-inf", "nan"},
    {"rsqrt", "e4m3", 0, "0", "0x1.cp+8"},
    {"rsqrt", "float:3", 0, "0", "0x1.cp+9"},
    {"rsqrt", "float:3", 0, "-1", "0x0p+0"},
    {"log", "binary16", 0, "-0", "-inf"},
    {"log", "binary16", 0, "1", "0x0p+0"},
    {"log", "binary16", 0, "-1", "nan"},
    {"log", "e4m3", 0, "0", "-0x1.cp+8"},
    {"log", "float:3", 0, "0", "-0x1.cp+9"},
    {"log", "ftz:3,3", 0, "0", "-inf"},
    {"log", "ftz:3,3", 0, "-1", "0x0p+0"},
    /* the others at zeros, infinities and NaN */
    {"sin", "binary16", 0, "-0", "-0x0p+0"},
    {"sin", "binary16", 0, "inf", "nan"},
    {"cos", "binary16", 0, "-inf", "nan"},
    {"cos", "binary16", 0, "-0", "0x1p+0"},
    {"tanh", "binary16", 0, "-inf", "-0x1p+0"},
    {"tanh", "binary16", 0, "-0", "-0x0p+0"},
    {"sigmoid", "binary16", 0, "-inf", "0x0p+0"},
    {"sigmoid", "binary16", 0, "-0", "0x1p-1"},
    {"sigmoid", "binary16", 0, "inf", "0x1p+0"},
    {"gelu", "binary16", 0, "-inf", "-0x0p+0"},
    {"gelu", "binary16", 0, "-0", "-0x0p+0"},
    {"gelu", "binary16", 0, "-60", "-0x0p+0"},
    {"gelu", "binary16", 0, "inf", "inf"},
    {"gelu", "binary16", 0, "0x3p-24", "0x1p-23"},
    {"gelu", "binary16", 0, "0x1p-24", "0x1p-24"},
    {"gelu", "binary16", 0, "-0x1p-24", "-0x0p+0"},
    {"gelu", "float:3", 0, "0x1p-6", "0x1p-6"},
    {"gelu", "float:3", 0, "-0x1p-6", "0x0p+0"},
    {"gelu-tanh", "binary16", 0, "-inf", "-0x0p+0"},
    {"gelu-tanh", "binary16", 0, "-0", "-0x0p+0"},
    {"gelu-tanh", "binary16", 0, "-60", "-0x0p+0"},
    {"gelu-tanh", "binary16", 0, "inf", "inf"},
    {"gelu-tanh", "binary16", 0, "0x3p-24", "0x1p-23"},
    {"gelu-tanh", "binary16", 0, "0x1p-24", "0x1p-24"},
    {"gelu-tanh", "binary16", 0, "-0x1p-24", "-0x0p+0"},
    {"silu", "binary16", 0, "-inf", "-0x0p+0"},
    {"silu", "binary16", 0, "-0x1p-24", "-0x0p+0"},
    {"silu", "binary16", 0, "0x1p-24", "0x1p-24"},
    {"relu", "binary16", 0, "-0", "0x0p+0"},
    {"relu", "binary16", 0, "-inf", "0x0p+0"},
    {"relu", "binary16", 0, "nan", "nan"},
    {"floor", "binary16", 0, "-0", "-0x0p+0"},
    {"floor", "binary16", 0, "-0x1p-24", "-0x1p+0"},
    {"floor", "binary16", 0, "0.5", "0x0p+0"},
    {"floor", "binary16", 0, "-inf", "-inf"},
    {"floor", "float:3,-8,-3", 0, "-0.5", "-0x1.cp-1"},
    {"exp2", "binary16", 0, "-25", "0x0p+0"},
    {"exp2", "binary16", 0, "-24", "0x1p-24"},
    {"exp2", "float:3", 0, "-7", "0x0p+0"},
    {"neg", "binary16", 0, "nan", "nan"},
    {"neg", "binary16", 0, "0", "-0x0p+0"},
    {"neg", "ftz:3,3", 0, "0", "0x0p+0"},
    {"abs", "binary16", 0, "-0", "0x0p+0"},
    {"abs", "e4m3", 0, "-448", "0x1.cp+8"},
    /* order */
    {"lt", "binary16", 0, "-0 0", "0"},
    {"le", "binary16", 0, "0 -0", "1"},
    {"eq", "binary16", 0, "-0 0", "1"},
    {"eq", "binary16", 0, "nan nan", "0"},
    {"le", "binary16", 0, "nan 1", "0"},
    {"lt", "binary16", 0, "1 nan", "0"},
    {"lt", "binary16", 0, "-inf -65504", "1"},
    {"le", "binary16", 0, "inf inf", "1"},
    {"max", "binary16", 3, "-0 0 -1", "-0x0p+0"},
    {"max", "binary16", 3, "-1 0 -0", "0x0p+0"},
    {"max", "binary16", 3, "1 nan inf", "nan"},
    {"argmax", "binary16", 4, "3 nan inf nan", "1"},
    {"argmax", "binary16", 3, "-0 0 -0", "0"},
    {"maxarg", "binary16", 3, "1 2 nan", "nan 2"},
    {"maxarg", "float:3", 3, "-1 -0.5 -0.5", "-0x1p-1 1"},
    /* softmax, norm */
    {"softmax", "binary16", 2, "0 0", "0x1p-1 0x1p-1"},
    {"softmax", "binary16", 2, "inf 1", "nan nan"},
    {"softmax", "binary16", 2, "-inf 1", "0x0p+0 0x1p+0"},
    {"softmax", "binary16", 2, "-inf -inf", "nan nan"},
    {"softmax", "binary16", 2, "nan 1", "nan nan"},
    {"softmax", "float:3", 2, "896 -896", "0x1p+0 0x0p+0"},
    {"softmax", "fixed:8,7", 2, "0 0", "0x1.fcp-1 0x1.fcp-1"},
    {"softmax", "fixed:8,4", 3, "0 0 0", "0x1.4p-2 0x1.4p-2 0x1.4p-2"},
    {"norm", "binary16", 2, "3 3", "0x0p+0 0x0p+0"},
    {"norm", "binary16", 2, "1 3", "-0x1p+0 0x1p+0"},
    {"norm", "binary16", 2, "0 0x1p-23", "0x0p+0 0x0p+0"},
    {"norm", "binary16", 2, "1 inf", "nan nan"},
    {"norm", "binary16", 2, "1 nan", "nan nan"},
    {"norm", "binary16", 2, "-65504 65504", "-0x0p+0 0x0p+0"},
    {"norm", "e4m3", 2, "-448 448", "-0x1.4p+4 0x1.4p+4"},
    {"norm", "ftz:3,3", 2, "-14 14", "0x0p+0 0x0p+0"},
    {"norm", "fixed:8,4", 4, "1 2 3 4", "-0x1.5p+0 -0x1.cp-2 0x1.cp-2 0x1.5p+0"},
    /* fixed and unsigned formats: the same, with what they have */
    {"div", "fixed:8,4", 0, "-1 0", "-0x1p+3"},
    {"div", "unsigned:70", 0, "0 0", "0x0p+0"},
    {"log", "fixed:8,4", 0, "0", "-0x1p+3"},
    {"log", "unsigned:70", 0, "0", "0x0p+0"},
    {"sub", "unsigned:70", 0, "1 2", "0x0p+0"},
    {"neg", "fixed:100,3", 0, "-0x1p96", "0x1.ffffffffffffffffffffffffcp+95"},
    {"mul", "fixed:100,60", 0, "0x1p-30 0x1p-31", "0x0p+0"},
    {"mul", "fixed:100,60", 0, "0x3p-30 0x1p-31", "0x1p-59"},
};

static void words_of(const struct tc_prim *p, const char *text, uint64_t *word)
{
    struct tc_error err = {0};
    unsigned n;

    ck_assert_msg(
        tc_prim_line(text, &p->format, p->limbs, word, p->noperand, &n, (struct tc_loc){0}, &err),
        "%s: %s", text, err.msg);
    ck_assert_uint_eq(n, p->noperand);
}

static void texts_of(const struct tc_prim *p, const uint64_t *word, char *text)
{
    for (unsigned k = 0; k < p->nresult; k++) {
        const struct tc_format *f = tc_prim_result(p, k);
        char *one_text;
        mpz_t z;

        mpz_init(z);
        mpz_import(z, p->limbs, -1, sizeof *word, 0, 0, word + (size_t)k * p->limbs);
        one_text = tc_format_text(f, z, f->kind == TC_UNSIGNED && f->bits < 8);
        text += sprintf(text, "%s%s", k ? " " : "", one_text);
        free(one_text);
        mpz_clear(z);
    }
}

START_TEST(every_rule)
{
    EACH(k, rules)
    {
        struct tc_prim p = prim_case(rules[k].op, rules[k].format, rules[k].terms, false, &options);
        uint64_t in[16] = {0}, out[16];
        char text[600];

        words_of(&p, rules[k].in, in);
        tc_prim_reference(&p, in, out);
        texts_of(&p, out, text);
        ck_assert_msg(!strcmp(text, rules[k].out), "%s %s %s: %s, wanted %s", rules[k].op,
                      rules[k].format, rules[k].in, text, rules[k].out);
    }
}
END_TEST

/* ------------------------------------------------------------------ made of others */

static uint64_t apply(const char *op, const char *format, unsigned terms, const uint64_t *in)
{
    struct tc_prim p = prim_case(op, format, terms, false, &options);
    uint64_t out;

    tc_prim_reference(&p, in, &out);
    return out;
}

static uint64_t apply2(const char *op, const char *format, uint64_t x, uint64_t y)
{
    uint64_t in[2] = {x, y};

    return apply(op, format, 0, in);
}

START_TEST(softmax_by_steps)
{
    static const char *const formats[] = {"float:3", "ieee:3,3", "ftz:3,3", "e4m3", "binary16"};

    EACH(f, formats)
    for (unsigned n = 1; n <= 6; n++) {
        struct tc_prim p = prim_case("softmax", formats[f], n, false, &options);
        struct vectors v;

        vec_open(&v, &p, n);
        for (unsigned k = 0; k < 2000; k++) {
            uint64_t x[6], got[6], want[6], z;

            vec_next(&v, x);
            tc_prim_reference(&p, x, got);
            z = apply("max", formats[f], n, x);
            for (unsigned i = 0; i < n; i++) {
                want[i] = apply2("sub", formats[f], x[i], z);
                /* steps of ftz may be infinite, as operands may not: the reference reads them */
                want[i] = apply("exp", formats[f], 0, &want[i]);
            }
            z = apply("sum", formats[f], n, want);
            for (unsigned i = 0; i < n; i++) {
                want[i] = apply2("div", formats[f], want[i], z);
                ck_assert_msg(got[i] == want[i], "%s %u: %llx %llx", formats[f], i,
                              (unsigned long long)got[i], (unsigned long long)want[i]);
            }
        }
    }
}
END_TEST

/* sums over 2^k terms are exact halves of an exact sum: N = 1, 2, 4 by other operations */
START_TEST(norm_by_steps)
{
    static const char *const formats[] = {"float:3", "ieee:3,3", "e4m3", "binary16"};

    EACH(f, formats)
    for (unsigned n = 1; n <= 4; n *= 2) {
        struct tc_prim p = prim_case("norm", formats[f], n, false, &options);
        struct tc_prim dot = prim_case("dot", formats[f], n, false, &options);
        struct vectors v;

        vec_open(&v, &p, n);
        for (unsigned k = 0; k < 2000; k++) {
            uint64_t x[8], got[4], c[8], mean, s, part, unused;
            struct tc_error err = {0};
            unsigned count;
            char text[16];

            sprintf(text, "%g", 1.0 / n);
            tc_prim_line(text, &p.format, 1, &part, 1, &count, (struct tc_loc){0}, &err);
            vec_next(&v, x);
            tc_prim_reference(&p, x, got);
            for (unsigned i = 0; i < n; i++)
                x[n + i] = c[n + i] = part;
            tc_prim_reference(&dot, x, &mean);
            for (unsigned i = 0; i < n; i++)
                c[i] = apply2("sub", formats[f], x[i], mean);
            for (unsigned i = 0; i < n; i++)
                x[i] = apply2("mul", formats[f], c[i], c[i]);
            tc_prim_reference(&dot, x, &s);
            s = apply("sqrt", formats[f], 0, &s);
            for (unsigned i = 0; i < n; i++) {
                unused = s ? apply2("div", formats[f], c[i], s) : 0;
                ck_assert_msg(got[i] == unused, "%s %u: %llx %llx", formats[f], i,
                              (unsigned long long)got[i], (unsigned long long)unused);
            }
        }
    }
}
END_TEST

/* wide integers against GMP */
START_TEST(wide_integers)
{
    static const char *const ops[] = {"add", "sub", "mul"};
    struct tc_random r;
    mpz_t x[2], y, want;

    tc_random_seed(&r, 9);
    mpz_inits(x[0], x[1], y, want, NULL);
    EACH(o, ops)
    for (unsigned what = 0; what < 4; what++) {
        bool exact = what & 1, minus = what & 2;
        struct tc_prim p =
            prim_case(ops[o], minus ? "fixed:200,0" : "unsigned:200", 0, exact, &options);
        const struct tc_format *out = tc_prim_result(&p, 0);
        uint64_t in[20] = {0}, got[10];

        for (unsigned k = 0; k < 2000; k++) {
            for (unsigned i = 0; i < 2; i++) {
                for (unsigned l = 0; l < 4; l++)
                    in[i * p.limbs + l] = tc_random_next(&r);
                in[i * p.limbs + 3] &= 0xff;
                if (k % 2) /* small: its sign over all */
                    for (unsigned l = 1; l < 4; l++)
                        in[i * p.limbs + l] = minus && k % 4 == 3 ? l < 3 ? UINT64_MAX : 0xff : 0;
                mpz_import(x[i], 4, -1, 8, 0, 0, in + i * p.limbs);
                if (minus && mpz_tstbit(x[i], 199)) {
                    mpz_set_ui(y, 0);
                    mpz_setbit(y, 200);
                    mpz_sub(x[i], x[i], y);
                }
            }
            if (o == 0)
                mpz_add(want, x[0], x[1]);
            else if (o == 1)
                mpz_sub(want, x[0], x[1]);
            else
                mpz_mul(want, x[0], x[1]);
            if (!exact) {
                mpz_set_ui(y, 0);
                mpz_setbit(y, minus ? 199 : 200);
                if (mpz_cmp(want, y) >= 0)
                    mpz_sub_ui(want, y, 1);
                mpz_neg(y, y);
                if (!minus)
                    mpz_set_ui(y, 0);
                if (mpz_cmp(want, y) < 0)
                    mpz_set(want, y);
            }
            mpz_fdiv_r_2exp(want, want, out->bits);
            tc_prim_reference(&p, in, got);
            mpz_import(y, p.limbs, -1, 8, 0, 0, got);
            ck_assert_msg(mpz_cmp(y, want) == 0, "%s %u", ops[o], what);
        }
    }
    mpz_clears(x[0], x[1], y, want, NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("prim_reference");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 600);
    tcase_add_test(c, every_rule);
    tcase_add_test(c, as_c_floats);
    tcase_add_test(c, as_c_doubles);
    tcase_add_test(c, all_pairs);
    tcase_add_test(c, all_operands);
    tcase_add_test(c, wide_operands);
    tcase_add_test(c, softmax_by_steps);
    tcase_add_test(c, norm_by_steps);
    tcase_add_test(c, wide_integers);
    suite_add_tcase(s, c);
    return check_status(s);
}
