/* one operation: family and netlist against the reference, and where integers
 * suffice against plain arithmetic here; sizes against their targets */
#include "../../compiler/prim.h"
#include "check_main.h"
#include "prim_case.h"

#include <stdlib.h>
#include <string.h>

#define MANY 4096

static const char *const two[] = {"add", "sub", "mul", "div", "lt", "le", "eq"};
static const char *const one[] = {"sqrt", "rsqrt", "recip", "exp",     "exp2",     "log",
                                  "sin",  "cos",   "tanh",  "sigmoid", "gelu",     "silu",
                                  "relu", "floor", "neg",   "abs",     "gelu-tanh"};
static const char *const many[] = {"sum", "dot", "max", "argmax", "maxarg"};
static const struct tc_options options = {.level = 1};

/* ------------------------------------------------------------- plain arithmetic */

/* x / 2^shift, ties to even, by the remainder */
static int64_t plain_round(int64_t x, unsigned shift)
{
    int64_t unit = (int64_t)1 << shift, q = x / unit, r = x % unit;

    if (r < 0) {
        q--;
        r += unit;
    }
    return q + (2 * r > unit || (2 * r == unit && q % 2 != 0));
}

/* x / y to nearest even, y > 0 */
static int64_t plain_div(int64_t x, int64_t y)
{
    int64_t q = x / y, r = x % y;

    if (r < 0) {
        q--;
        r += y;
    }
    return q + (2 * r > y || (2 * r == y && q % 2 != 0));
}

static int64_t plain_clamp(const struct tc_prim *p, int64_t x)
{
    int64_t low = p->format.kind == TC_FIXED ? -((int64_t)1 << (p->format.bits - 1)) : 0;
    int64_t high = low + ((int64_t)1 << p->format.bits) - 1;

    if (p->exact)
        return x;
    return x < low ? low : x > high ? high : x;
}

/* the results, or false where plain arithmetic does not know them */
static bool plain(const struct tc_prim *p, const int64_t *in, int64_t *out)
{
    int64_t unit = (int64_t)1 << p->format.fraction, sum = 0;
    unsigned shift = p->exact ? 0 : p->format.fraction, best = 0;

    switch (p->op) {
    case TC_OP_ADD:
        out[0] = plain_clamp(p, in[0] + in[1]);
        return true;
    case TC_OP_SUB:
        out[0] = plain_clamp(p, in[0] - in[1]);
        return true;
    case TC_OP_MUL:
        out[0] = plain_clamp(p, plain_round(in[0] * in[1], shift));
        return true;
    case TC_OP_DIV:
        if (in[1])
            out[0] = plain_div((in[1] < 0 ? -in[0] : in[0]) * unit, llabs(in[1]));
        else
            out[0] = in[0] > 0 ? INT64_MAX : in[0] < 0 ? INT64_MIN : 0;
        out[0] = plain_clamp(p, out[0]);
        return true;
    case TC_OP_LT:
        out[0] = in[0] < in[1];
        return true;
    case TC_OP_LE:
        out[0] = in[0] <= in[1];
        return true;
    case TC_OP_EQ:
        out[0] = in[0] == in[1];
        return true;
    case TC_OP_RECIP:
        out[0] = plain_clamp(
            p, in[0] ? plain_div(in[0] < 0 ? -unit * unit : unit * unit, llabs(in[0])) : INT64_MAX);
        return true;
    case TC_OP_NEG:
        out[0] = plain_clamp(p, -in[0]);
        return true;
    case TC_OP_ABS:
        out[0] = plain_clamp(p, llabs(in[0]));
        return true;
    case TC_OP_RELU:
        out[0] = in[0] > 0 ? in[0] : 0;
        return true;
    case TC_OP_FLOOR:
        out[0] = plain_clamp(p, (in[0] - (in[0] % unit + unit) % unit));
        return true;
    case TC_OP_SUM:
        for (unsigned i = 0; i < p->terms; i++)
            sum += in[i];
        out[0] = plain_clamp(p, sum);
        return true;
    case TC_OP_DOT:
        for (unsigned i = 0; i < p->terms; i++)
            sum += in[i] * in[p->terms + i];
        out[0] = plain_clamp(p, plain_round(sum, shift));
        return true;
    case TC_OP_MAX:
    case TC_OP_ARGMAX:
    case TC_OP_MAXARG:
        for (unsigned i = 1; i < p->terms; i++)
            best = in[i] > in[best] ? i : best;
        out[0] = p->op == TC_OP_ARGMAX ? (int64_t)best : in[best];
        if (p->op == TC_OP_MAXARG)
            out[1] = best;
        return true;
    default:
        return false;
    }
}

/* ------------------------------------------------------------------- comparisons */

/* the last nconst operands are constants */
static void fix(struct tc_prim *p, int64_t *constant, unsigned nconst)
{
    p->constant = (uint64_t *)constant;
    p->nconst = nconst;
    p->noperand -= nconst;
}

/* integers in and out */
static void run(const struct tc_prim_circuit *c, const int64_t *in, int64_t *out, size_t nvector)
{
    const struct tc_prim *p = c->prim;
    struct tc_error err = {0};

    ck_assert(tc_prim_run(c, (const uint64_t *)in, (uint64_t *)out, nvector, &err));
    for (size_t i = 0; i < nvector * p->nresult; i++)
        out[i] = tc_prim_integer(tc_prim_result(p, i % p->nresult), (uint64_t)out[i]);
}

/* all engines on the vectors; the last one's circuit stays in *c */
static void compare(struct tc_prim *p, const int64_t *in, size_t nvector, const char *what,
                    struct tc_prim_circuit *c)
{
    static int64_t want[2 * MANY], got[2 * MANY];
    enum tc_engine_kind engines[] = {TC_ENGINE_REFERENCE, TC_ENGINE_FAMILY, TC_ENGINE_NETLIST};
    struct tc_error err = {0};

    for (unsigned e = 0; e < 3; e++) {
        if (e)
            tc_prim_free(c);
        ck_assert_msg(tc_prim_build(p, engines[e], UINT64_MAX, c, &err), "%s %s: %s", p->name, what,
                      err.msg);
        run(c, in, e ? got : want, nvector);
        for (size_t v = 0; v < nvector; v++) {
            const int64_t *x = in + v * p->noperand;
            int64_t all[200], expected[2];

            if (!e) {
                memcpy(all, x, p->noperand * sizeof *all);
                if (p->nconst)
                    memcpy(all + p->noperand, p->constant, p->nconst * sizeof *all);
                if (!plain(p, all, expected))
                    continue;
            }
            for (unsigned k = 0; k < p->nresult; k++) {
                int64_t w = want[v * p->nresult + k];
                int64_t g = e ? got[v * p->nresult + k] : expected[k];

                ck_assert_msg(g == w, "%s %s, %s: %lld %lld...: %lld, wanted %lld (reference)",
                              p->name, what,
                              e == 0   ? "plain"
                              : e == 1 ? "family"
                                       : "netlist",
                              (long long)x[0], (long long)(p->noperand > 1 ? x[1] : 0),
                              (long long)g, (long long)w);
            }
        }
    }
    /* the counts of the family are the netlist's */
    {
        struct tc_count n;

        ck_assert(tc_netlist_check(c->netlist, &err));
        tc_netlist_count(c->compiled.arena, c->netlist, &n);
        ck_assert_uint_eq(n.depth, c->compiled.count.depth);
        ck_assert(!mpz_cmp(n.gates, c->compiled.count.gates));
        ck_assert(!mpz_cmp(n.wires, c->compiled.count.wires));
    }
}

/* every vector of up to two operands */
static size_t every(const struct tc_prim *p, int64_t *in)
{
    int64_t low = tc_prim_least(&p->format), high = tc_prim_largest(&p->format);
    size_t n = 0;

    for (int64_t x = low; x <= high; x++)
        for (int64_t y = low; y <= (p->noperand == 2 ? high : low); y++) {
            in[n++] = x;
            if (p->noperand == 2)
                in[n++] = y;
        }
    return n / p->noperand;
}

/* extremes, small numbers, any */
static size_t some(const struct tc_prim *p, struct tc_random *r, int64_t *in, size_t nvector)
{
    int64_t low = tc_prim_least(&p->format), high = tc_prim_largest(&p->format);

    for (size_t v = 0; v < nvector; v++)
        for (unsigned i = 0; i < p->noperand; i++) {
            int64_t any = low + (int64_t)tc_random_below(r, (uint64_t)(high - low) + 1);

            in[v * p->noperand + i] = v == 0       ? low
                                      : v == 1     ? high
                                      : v == 2     ? (i % 2 ? low : high)
                                      : v % 4 == 1 ? (any & 1 ? low : high)
                                      : v % 4 == 2 ? any / 8
                                                   : any;
        }
    return nvector;
}

/* format number k: unsigned 1..5, fixed 1..6 bits with any fraction */
static bool small_format(unsigned k, char *text)
{
    if (k < 5) {
        sprintf(text, "unsigned:%u", k + 1);
        return true;
    }
    k -= 5;
    for (unsigned bits = 1; bits <= 6; bits++)
        for (unsigned fraction = 0; fraction < bits; fraction++)
            if (!k--) {
                sprintf(text, "fixed:%u,%u", bits, fraction);
                return true;
            }
    return false;
}

#define EACH(name, list) for (size_t name = 0; name < sizeof list / sizeof *list; name++)

START_TEST(pairs)
{
    static int64_t in[2 * MANY];
    struct tc_prim_circuit c;
    char format[40];

    EACH(o, two)
    for (unsigned k = 0; small_format(k, format); k++)
        for (unsigned exact = 0; exact < (o < 3 ? 2 : 1); exact++) {
            struct tc_prim p = prim_case(two[o], format, 0, exact, &options);

            compare(&p, in, every(&p, in), format, &c);
            tc_prim_free(&c);
        }
}
END_TEST

/* as many gates as the function has changes */
static void one_function(const char *op, const char *format)
{
    static int64_t in[MANY];
    struct tc_prim p = prim_case(op, format, 0, false, &options);
    size_t n = every(&p, in), changes = 0;
    struct tc_prim_circuit c;
    int64_t last = 0, next;

    for (size_t v = 0; v < n; v++) {
        tc_prim_reference(&p, (const uint64_t *)&in[v], (uint64_t *)&next);
        next = tc_prim_integer(tc_prim_result(&p, 0), (uint64_t)next);
        changes += v && next != last;
        last = next;
    }
    compare(&p, in, n, format, &c);
    ck_assert_msg(mpz_cmp_ui(c.form_gates, changes) <= 0, "%s %s: more than %zu gates", op, format,
                  changes);
    ck_assert_uint_le(c.form_depth, 1);
    tc_prim_free(&c);
}

START_TEST(functions)
{
    char format[40];

    EACH(o, one)
    {
        for (unsigned k = 0; small_format(k, format); k++)
            one_function(one[o], format);
        one_function(one[o], "fixed:10,5");
        one_function(one[o], "fixed:9,0");
        one_function(one[o], "unsigned:9");
    }
}
END_TEST

START_TEST(vectors)
{
    static const char *const formats[] = {"unsigned:1", "unsigned:4", "fixed:1,0",  "fixed:3,2",
                                          "fixed:5,2",  "fixed:8,4",  "fixed:12,3", "unsigned:9"};
    static const unsigned terms[] = {1, 2, 3, 5};
    static int64_t in[100 * 10];
    struct tc_prim_circuit c;
    struct tc_random r;

    tc_random_seed(&r, 1);
    EACH(o, many)
    EACH(f, formats)
    EACH(t, terms)
    for (unsigned exact = 0; exact < (o < 2 ? 2 : 1); exact++) {
        struct tc_prim p = prim_case(many[o], formats[f], terms[t], exact, &options);

        compare(&p, in, some(&p, &r, in, 100), formats[f], &c);
        tc_prim_free(&c);
    }
}
END_TEST

/* wide ones, which no chain of the values holds */
START_TEST(wide)
{
    static const char *const formats[] = {"fixed:16,8", "fixed:20,19", "unsigned:24", "fixed:24,0"};
    static const char *const ops[] = {"add", "sub", "mul",  "lt",   "eq",
                                      "neg", "abs", "relu", "floor"};
    static int64_t in[2 * 512];
    struct tc_prim_circuit c;
    struct tc_random r;

    tc_random_seed(&r, 2);
    EACH(o, ops)
    EACH(f, formats)
    for (unsigned exact = 0; exact < (o < 3 ? 2 : 1); exact++) {
        struct tc_prim p = prim_case(ops[o], formats[f], 0, exact, &options);

        compare(&p, in, some(&p, &r, in, 512), formats[f], &c);
        tc_prim_free(&c);
    }
}
END_TEST

/* by digits, and by a constant: every pair of small formats */
START_TEST(quotients)
{
    static const struct tc_options by[] = {
        {.level = TC_LEVEL_1, .regime = TC_REGIME_ARITHMETIC},
        {.level = TC_LEVEL_SIZE, .regime = TC_REGIME_ARITHMETIC}};
    static int64_t in[2 * MANY];
    struct tc_prim_circuit c;
    char format[40];

    for (unsigned k = 0; small_format(k, format); k++)
        for (unsigned size = 0; size < 2; size++) {
            struct tc_prim p = prim_case("div", format, 0, false, &options);

            p.options = &by[size];
            compare(&p, in, every(&p, in), format, &c);
            tc_prim_free(&c);
        }
    for (unsigned k = 0; small_format(k, format); k += 3) {
        struct tc_prim p = prim_case("div", format, 0, false, &options);
        int64_t high = tc_prim_largest(&p.format);

        for (int64_t y = tc_prim_least(&p.format); y <= high; y++) {
            p = prim_case("div", format, 0, false, &options);
            p.options = &by[0];
            fix(&p, &y, 1);
            compare(&p, in, every(&p, in), format, &c);
            ck_assert_uint_le(c.form_depth, 1);
            tc_prim_free(&c);
        }
    }
}
END_TEST

START_TEST(constants)
{
    static const char *const formats[] = {"unsigned:1", "unsigned:4", "fixed:1,0", "fixed:4,2",
                                          "fixed:5,0"};
    static int64_t in[2 * MANY];
    int64_t constant[8];
    struct tc_prim_circuit c;
    struct tc_random r;

    tc_random_seed(&r, 3);
    EACH(f, formats)
    {
        EACH(o, two)
        for (unsigned exact = 0; exact < (o < 3 ? 2 : 1); exact++) {
            struct tc_prim p = prim_case(two[o], formats[f], 0, exact, &options);
            int64_t high = tc_prim_largest(&p.format);

            for (int64_t k = tc_prim_least(&p.format); k <= high; k++) {
                p = prim_case(two[o], formats[f], 0, exact, &options);
                fix(&p, &k, 1);
                compare(&p, in, every(&p, in), formats[f], &c);
                ck_assert_uint_le(c.form_depth, 1);
                tc_prim_free(&c);
            }
        }
        for (unsigned n = 1; n <= 5; n++)
            for (unsigned what = 0; what < 4; what++) {
                bool dot = what & 1, exact = what & 2;
                struct tc_prim p = prim_case(dot ? "dot" : "sum", formats[f], n, exact, &options);

                if (!dot && n == 1)
                    continue;
                for (unsigned i = 0; i < n; i++) {
                    some(&p, &r, in, 8);
                    constant[i] = in[7 * p.noperand];
                }
                fix(&p, constant, dot ? n : 1 + n / 3);
                compare(&p, in, some(&p, &r, in, 200), formats[f], &c);
                ck_assert_uint_le(c.form_depth, 1);
                tc_prim_free(&c);
            }
    }
}
END_TEST

/* ----------------------------------------------------------------------- targets */

static void target(const char *op, const char *format, unsigned terms, bool exact, unsigned depth,
                   unsigned long gates)
{
    struct tc_prim p = prim_case(op, format, terms, exact, &options);
    struct tc_error err = {0};
    struct tc_prim_circuit c;

    ck_assert(tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err));
    ck_assert_msg(c.form_depth <= depth && mpz_cmp_ui(c.form_gates, gates) <= 0,
                  "%s %s: form-depth %u, %lu gates", op, format, c.form_depth,
                  mpz_get_ui(c.form_gates));
    ck_assert_uint_le(c.compiled.count.depth, depth + 1);
    tc_prim_free(&c);
}

START_TEST(targets)
{
    static const unsigned counts[] = {2, 3, 7, 16};
    char format[40];

    for (unsigned n = 1; n <= 24; n++) {
        sprintf(format, "unsigned:%u", n);
        target("add", format, 0, true, 1, n);
        target("mul", format, 0, true, 2, 2 * n * n - n);
        EACH(t, counts)
        {
            unsigned long most = counts[t] * ((1ul << n) - 1);

            target("sum", format, counts[t], true, 1,
                   (unsigned long)counts[t] * n - (unsigned)__builtin_popcountl(most));
        }
        target("lt", format, 0, false, 1, 1);
        target("le", format, 0, false, 1, 1);
        target("eq", format, 0, false, 1, 2);
    }
    for (unsigned f = 0; f < 8; f++) {
        sprintf(format, "fixed:8,%u", f);
        target("dot", format, 16, false, 2, 1279);
        target("add", format, 0, false, 1, 10);
        target("sub", format, 0, false, 1, 10);
        target("mul", format, 0, false, 2, 319);
        target("div", format, 0, false, 1, 510);
    }
    target("div", "unsigned:8", 0, false, 1, 255);
    target("maxarg", "unsigned:16", 16, false, 2, 392);
    target("max", "unsigned:16", 16, false, 2, 392);
    target("argmax", "unsigned:16", 16, false, 2, 392);
}
END_TEST

START_TEST(constant_dot)
{
    static int64_t constant[16], in[16 * 256];
    struct tc_prim_circuit c;
    struct tc_random r;
    char format[40];

    tc_random_seed(&r, 4);
    for (unsigned f = 0; f < 8; f++) {
        struct tc_prim p;

        sprintf(format, "fixed:8,%u", f);
        p = prim_case("dot", format, 16, false, &options);
        for (unsigned i = 0; i < 16; i++)
            constant[i] = (int64_t)tc_random_below(&r, 256) - 128;
        fix(&p, constant, 16);
        compare(&p, in, some(&p, &r, in, 256), format, &c);
        ck_assert_uint_le(c.form_depth, 1);
        ck_assert(mpz_cmp_ui(c.form_gates, 255) <= 0);
        tc_prim_free(&c);
    }
}
END_TEST

/* -------------------------------------------------------------------------- text */

START_TEST(numbers)
{
    static const struct {
        const char *text;
        int64_t m; /* of fixed:8,4 */
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"1", 16},
        {"1.5", 24},
        {"+.5", 8},
        {"1.", 16},
        {"0x1p-4", 1},
        {"0x1p-5", 0},
        {"0x1.8p-4", 2},
        {"0x.18p+0", 2},
        {"-0x1p3", -128},
        {"0x1p3", 127},
        {"1e0", 16},
        {"15e-1", 24},
        {"0.03125", 0},
        {"0.09375", 2},
        {"0.031250000000000000000001", 1},
        {"0.0312499999999999999999999", 0},
        {"inf", 127},
        {"-inf", -128},
        {"1e4096", 127},
        {"-1e-4096", 0},
        {"0x1p16384", 127},
        {"0xFFFFFFFFFFFFFFFFp-60", 127},
        {"-9999999999999999999", -128},
        {"-0x3p-5", -2},
        {"-0x1p-5", 0},
        {"0x0p99", 0},
        {"0x123456789abcdefp-99", 0},
    };
    static const char *const bad[] = {"x", "1x",  "--1",    "0x",       "1e",     "1p3", "1.2.3",
                                      ".", "nan", "1e4097", "infinity", "0x1e+3", "1,5"};
    struct tc_prim p = prim_case("abs", "fixed:8,4", 0, false, &options);
    struct tc_error err;
    char line[100];
    uint64_t m[2];
    unsigned n;

    EACH(k, good)
    {
        struct tc_loc loc = {"f", 1, 1};

        snprintf(line, sizeof line, " \t%s \r\n", good[k].text);
        ck_assert_msg(tc_prim_line(line, &p.format, 1, m, 2, &n, loc, &err), "%s", good[k].text);
        ck_assert_uint_eq(n, 1);
        ck_assert_msg(tc_prim_integer(&p.format, m[0]) == good[k].m, "%s: %llx", good[k].text,
                      (unsigned long long)m[0]);
    }
    EACH(k, bad)
    {
        struct tc_loc loc = {"f", 7, 1};

        snprintf(line, sizeof line, "1 %s", bad[k]);
        ck_assert_msg(!tc_prim_line(line, &p.format, 1, m, 2, &n, loc, &err), "%s", bad[k]);
        ck_assert_uint_eq(err.loc.line, 7);
        ck_assert_uint_eq(err.loc.col, 3);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("prim");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 600);
    tcase_add_test(c, numbers);
    tcase_add_test(c, targets);
    tcase_add_test(c, constant_dot);
    tcase_add_test(c, vectors);
    tcase_add_test(c, wide);
    tcase_add_test(c, quotients);
    tcase_add_test(c, constants);
    tcase_add_test(c, functions);
    tcase_add_test(c, pairs);
    suite_add_tcase(s, c);
    return check_status(s);
}
