/* the arithmetic regime: floats of small formats on all operands and of wide ones on
 * weighted ones, by family and netlist, against the reference; integers of any width and
 * products of many against GMP; sizes against their targets */
#include "../../compiler/prim.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#define MANY ((size_t)1 << 16)

static bool open_prim(struct tc_prim *p, const char *op, const char *format, unsigned terms,
                      bool exact, const struct tc_options *options, struct tc_error *err)
{
    struct tc_args args = {
        .spec = op, .format = format, .terms = terms, .has_terms = terms != 0, .exact = exact};
    bool ok = tc_prim_open(&args, p, err);

    p->options = options;
    return ok;
}

static void build(struct tc_prim *p, enum tc_engine_kind engine, struct tc_prim_circuit *c)
{
    struct tc_error err = {0};

    ck_assert_msg(tc_prim_build(p, engine, UINT64_MAX, c, &err), "%s: %s", p->name, err.msg);
}

/* both engines give `want` */
static void same(struct tc_prim *p, const char *format, const uint64_t *in, const uint64_t *want,
                 size_t n)
{
    static const enum tc_engine_kind engine[2] = {TC_ENGINE_FAMILY, TC_ENGINE_NETLIST};
    size_t width = (size_t)p->nresult * p->limbs;
    uint64_t *out = tc_xcalloc(n * width, sizeof *out);

    unsigned most = is_fast() ? 16 : 24; /* netlists of wide formats have many millions of wires */

    for (unsigned e = 0; e < (p->format.p > most ? 1 : 2); e++) {
        struct tc_prim_circuit c;
        struct tc_error err = {0};

        build(p, engine[e], &c);
        ck_assert_msg(tc_prim_run(&c, in, out, n, &err), "%s %s: %s", p->name, format, err.msg);
        for (size_t v = 0; v < n; v++)
            ck_assert_msg(!memcmp(out + v * width, want + v * width, width * sizeof *out),
                          "%s %s, engine %u, vector %zu: %016llx, wanted %016llx", p->name, format,
                          e, v, (unsigned long long)out[v * width],
                          (unsigned long long)want[v * width]);
        tc_prim_free(&c);
    }
    free(out);
}

static void against_reference(struct tc_prim *p, const char *format, const uint64_t *in, size_t n)
{
    uint64_t *want = tc_xcalloc(n * p->nresult * p->limbs, sizeof *want);

    for (size_t v = 0; v < n; v++)
        tc_prim_reference(p, in + v * p->noperand * p->limbs, want + v * p->nresult * p->limbs);
    same(p, format, in, want, n);
    free(want);
}

/* -------------------------------------------------------------------------- floats */

static const char *const float_op[] = {"add", "sub", "mul", "div", "recip", "sqrt", "rsqrt"};
static const char *const small[] = {"ftz:3,3",  "ftz:4,4", "ieee:3,3",
                                    "ieee:4,4", "float:3", "float:4,-3,5"};
static const char *const wide[] = {"ftz:24,8", "ieee:24,8", "ieee:53,11", "float:64,-100,100"};

static bool is_code(const struct tc_format *f, uint64_t word)
{
    enum tc_class class;
    bool minus;
    mpz_t w;
    mpq_t x;

    mpz_init_set_ui(w, word);
    mpq_init(x);
    class = tc_format_decode(f, w, x, &minus);
    mpq_clear(x);
    mpz_clear(w);
    /* ftz has infinities among its results alone */
    return class == TC_FINITE || (f->nan && class != TC_NO_CODE);
}

START_TEST(all_operands)
{
    static const struct tc_options level[2] = {
        {.level = TC_LEVEL_1, .regime = TC_REGIME_ARITHMETIC},
        {.level = TC_LEVEL_SIZE, .regime = TC_REGIME_ARITHMETIC}};
    const char *op = float_op[(size_t)_i % 7], *format = small[(size_t)_i / 7];

    /* -O changes how many digits there are */
    for (unsigned l = 0; l < (_i % 7 < 3 || is_fast() ? 1 : 2); l++) {
        struct tc_error err = {0};
        struct tc_prim p;
        struct tc_prim_circuit c;
        uint64_t *in = tc_xcalloc(2 * MANY, sizeof *in);
        size_t n = 0, words, step = is_fast() ? 9 : 1;

        ck_assert_msg(open_prim(&p, op, format, 0, false, &level[l], &err), "%s", err.msg);
        words = (size_t)1 << tc_format_width(&p.format);
        for (size_t x = 0; x < words; x++)
            for (size_t y = p.noperand == 2 ? x % step : 0; y < (p.noperand == 2 ? words : 1);
                 y += step) {
                if (!is_code(&p.format, x) || !is_code(&p.format, y))
                    continue;
                in[p.noperand * n] = x;
                if (p.noperand == 2)
                    in[2 * n + 1] = y;
                n++;
            }
        if (tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err))
            against_reference(&p, format, in, n);
        else /* p = 3 has no roots by digits */
            ck_assert_msg(err.kind == TC_ELIMIT && !strcmp(op + (*op == 'r'), "sqrt"), "%s %s: %s",
                          op, format, err.msg);
        tc_prim_free(&c);
        free(in);
    }
}
END_TEST

/* significands of runs, single bits, all ones; near exponents */
static void random_word(struct tc_random *r, const struct tc_prim *p, int64_t near, uint64_t *word)
{
    const struct tc_format *f = &p->format;
    int64_t field = near + (int64_t)tc_random_below(r, 2 * f->p + 9) - (int64_t)f->p - 4;
    mpz_t w, x;

    mpz_inits(w, x, NULL);
    if (tc_random_below(r, 8) == 0)
        field = (int64_t)tc_random_below(r, (uint64_t)f->top + 1);
    field = field < 0 ? 0 : field > f->top ? f->top : field;
    switch (tc_random_below(r, 6)) {
    case 0:
        break;
    case 1:
        mpz_setbit(w, f->p - 1);
        mpz_sub_ui(w, w, 1 + tc_random_below(r, 3));
        break;
    case 2:
        mpz_setbit(w, tc_random_below(r, f->p - 1));
        break;
    case 3:
        mpz_setbit(w, tc_random_below(r, f->p - 1));
        mpz_sub_ui(w, w, 1);
        break;
    default:
        for (unsigned a = 0; a + 1 < f->p; a++)
            if (tc_random_below(r, 2))
                mpz_setbit(w, a);
    }
    if (field == 0 && f->underflow != TC_GRADUAL)
        mpz_set_ui(w, 0);
    mpz_set_si(x, field);
    mpz_mul_2exp(x, x, f->p - 1);
    mpz_add(w, w, x);
    if (tc_random_below(r, 2) && (mpz_sgn(w) || f->signed_zero))
        mpz_setbit(w, f->p + f->q - 1);
    memset(word, 0, p->limbs * sizeof *word);
    mpz_export(word, NULL, -1, sizeof *word, 0, 0, w);
    mpz_clears(w, x, NULL);
}

START_TEST(weighted_operands)
{
    static const struct tc_options options = {.level = TC_LEVEL_SIZE,
                                              .regime = TC_REGIME_ARITHMETIC};
    const char *op = float_op[(size_t)_i % 7], *format = wide[(size_t)_i / 7];
    size_t n = is_fast() ? 8 : _i / 7 < 2 ? 128 : 64;
    struct tc_error err = {0};
    struct tc_random r;
    struct tc_prim p;
    uint64_t *in;

    if (!strcmp(op, "rsqrt")) { /* of many wires: of 53 bits more than 10^9 */
        if (_i / 7 > 1)
            return;
        n = is_fast() ? 8 : 32;
    }
    ck_assert_msg(open_prim(&p, op, format, 0, false, &options, &err), "%s", err.msg);
    tc_random_seed(&r, 11 + (uint64_t)_i);
    in = tc_xcalloc(n * p.noperand * p.limbs, sizeof *in);
    for (size_t v = 0; v < n; v++) {
        int64_t field = (int64_t)tc_random_below(&r, (uint64_t)p.format.top + 1);
        int64_t other = field;

        if (!strcmp(op, "mul") && tc_random_below(&r, 2)) /* results at the lower end */
            other =
                2 - p.format.low - (int64_t)p.format.p - field + (int64_t)tc_random_below(&r, 9);
        random_word(&r, &p, field, in + v * p.noperand * p.limbs);
        if (p.noperand == 2)
            random_word(&r, &p, other, in + (v * 2 + 1) * p.limbs);
    }
    against_reference(&p, format, in, n);
    free(in);
}
END_TEST

/* ------------------------------------------------------------------------ integers */

/* the operation by GMP, from words: exact, or rounded and clamped */
static void by_gmp(const struct tc_prim *p, const uint64_t *in, uint64_t *out)
{
    const struct tc_format *f = &p->format, *t = tc_prim_result(p, 0);
    bool product = p->op == TC_OP_MUL || p->op == TC_OP_PROD;
    unsigned shift = product && !p->exact ? (p->noperand - 1) * f->fraction : 0;
    mpz_t x, y, high;

    mpz_inits(x, y, high, NULL);
    for (unsigned k = 0; k < p->noperand; k++) {
        mpz_import(x, p->limbs, -1, sizeof *in, 0, 0, in + (size_t)k * p->limbs);
        mpz_setbit(high, f->bits);
        if (f->kind == TC_FIXED && mpz_tstbit(x, f->bits - 1))
            mpz_sub(x, x, high);
        mpz_set_ui(high, 0);
        if (p->op == TC_OP_SUB && k)
            mpz_neg(x, x);
        if (!k)
            mpz_set(y, x);
        else if (product)
            mpz_mul(y, y, x);
        else
            mpz_add(y, y, x);
    }
    if (shift) { /* to nearest even */
        mpz_fdiv_r_2exp(x, y, shift);
        mpz_fdiv_q_2exp(y, y, shift);
        mpz_setbit(high, shift - 1);
        if (mpz_cmp(x, high) > 0 || (mpz_cmp(x, high) == 0 && mpz_odd_p(y)))
            mpz_add_ui(y, y, 1);
        mpz_set_ui(high, 0);
    }
    mpz_setbit(high, t->bits - (t->kind == TC_FIXED));
    if (mpz_cmp(y, high) >= 0)
        mpz_sub_ui(y, high, 1);
    mpz_neg(high, high);
    if (t->kind != TC_FIXED)
        mpz_set_ui(high, 0);
    if (mpz_cmp(y, high) < 0)
        mpz_set(y, high);
    mpz_fdiv_r_2exp(y, y, t->bits);
    memset(out, 0, p->limbs * sizeof *out);
    mpz_export(out, NULL, -1, sizeof *out, 0, 0, y);
    mpz_clears(x, y, high, NULL);
}

static const struct {
    const char *op, *format;
    unsigned terms;
    bool exact;
    unsigned vectors; /* 0: all */
} integer[] = {
    {"add", "unsigned:128", 0, true, 256}, {"add", "fixed:100,7", 0, false, 256},
    {"sub", "unsigned:90", 0, false, 256}, {"sub", "unsigned:90", 0, true, 256},
    {"mul", "unsigned:64", 0, true, 192},  {"mul", "unsigned:40", 0, false, 256},
    {"mul", "fixed:40,20", 0, false, 512}, {"mul", "fixed:33,32", 0, true, 256},
    {"sum", "fixed:70,3", 5, false, 256},  {"prod", "unsigned:3", 3, true, 0},
    {"prod", "fixed:3,1", 3, true, 0},     {"prod", "fixed:4,2", 3, false, 0},
    {"prod", "unsigned:2", 5, false, 0},   {"prod", "unsigned:8", 8, true, 192},
    {"prod", "fixed:8,6", 6, false, 256},  {"prod", "fixed:12,11", 4, true, 256},
    {"prod", "unsigned:16", 1, true, 64},  {"prod", "unsigned:4", 40, true, 64},
    {"prod", "fixed:5,4", 40, false, 64},
};

static void random_integer(struct tc_random *r, const struct tc_prim *p, uint64_t *word)
{
    unsigned bits = p->format.bits;
    mpz_t x;

    mpz_init(x);
    switch (tc_random_below(r, 6)) {
    case 0: /* about 1, of either sign */
        mpz_setbit(x, p->format.fraction < bits ? p->format.fraction : 0);
        mpz_add_ui(x, x, tc_random_below(r, 3));
        break;
    case 1:
        mpz_set_si(x, (int64_t)tc_random_below(r, 9) - 4);
        break;
    case 2:
        mpz_setbit(x, tc_random_below(r, bits));
        mpz_sub_ui(x, x, tc_random_below(r, 3));
        break;
    default:
        for (unsigned a = 0; a < bits; a++)
            if (tc_random_below(r, 2))
                mpz_setbit(x, a);
    }
    if (tc_random_below(r, 3) == 0)
        mpz_neg(x, x);
    mpz_fdiv_r_2exp(x, x, bits);
    memset(word, 0, p->limbs * sizeof *word);
    mpz_export(word, NULL, -1, sizeof *word, 0, 0, x);
    mpz_clear(x);
}

START_TEST(integers)
{
    static const struct tc_options level[2] = {{.level = TC_LEVEL_1}, {.level = TC_LEVEL_SIZE}};

    for (unsigned l = 0; l < 2; l++) {
        struct tc_error err = {0};
        struct tc_random r;
        struct tc_prim p;
        uint64_t *in, *want;
        size_t n = integer[_i].vectors / (is_fast() ? 8 : 1);

        ck_assert_msg(open_prim(&p, integer[_i].op, integer[_i].format, integer[_i].terms,
                                integer[_i].exact, &level[l], &err),
                      "%s", err.msg);
        tc_random_seed(&r, 5 + (uint64_t)_i);
        if (!n)
            n = (size_t)1 << (p.noperand * p.format.bits);
        in = tc_xcalloc(n * p.noperand * p.limbs, sizeof *in);
        want = tc_xcalloc(n * p.limbs, sizeof *want);
        for (size_t v = 0; v < n; v++) {
            for (unsigned k = 0; k < p.noperand; k++) {
                uint64_t *word = in + (v * p.noperand + k) * p.limbs;

                if (integer[_i].vectors)
                    random_integer(&r, &p, word);
                else
                    *word = v >> (k * p.format.bits) & ((1u << p.format.bits) - 1);
            }
            by_gmp(&p, in + v * p.noperand * p.limbs, want + v * p.limbs);
        }
        same(&p, integer[_i].format, in, want, n);
        free(in);
        free(want);
    }
}
END_TEST

/* --------------------------------------------------------------------------- sizes */

static const struct {
    const char *op, *format;
    unsigned terms;
    bool exact;
    enum tc_level level;
    unsigned depth;      /* form-depth, at most */
    unsigned long gates; /* form-gates, at most */
} target[] = {
    {"mul", "ftz:8,8", 0, false, TC_LEVEL_1, 3, 125},
    {"mul", "ftz:24,8", 0, false, TC_LEVEL_1, 3, 1133},
    {"mul", "ftz:53,11", 0, false, TC_LEVEL_1, 3, 5570},
    {"mul", "binary32", 0, false, TC_LEVEL_1, 3, 2261},
    {"mul", "float:64,-500,500", 0, false, TC_LEVEL_1, 3, 8135},
    {"add", "ftz:8,8", 0, false, TC_LEVEL_1, 3, 388},
    {"add", "ftz:24,8", 0, false, TC_LEVEL_1, 3, 2444},
    {"add", "binary32", 0, false, TC_LEVEL_1, 3, 2687},
    {"add", "ftz:53,11", 0, false, TC_LEVEL_1, 3, 10744},
    {"div", "ftz:8,8", 0, false, TC_LEVEL_1, 2, 139},
    {"div", "ftz:24,8", 0, false, TC_LEVEL_1, 4, 3449},
    {"div", "ftz:24,8", 0, false, TC_LEVEL_SIZE, 20, 549},
    {"div", "binary32", 0, false, TC_LEVEL_1, 6, 5390},
    {"sqrt", "ftz:24,8", 0, false, TC_LEVEL_1, 3, 1358},
    {"sqrt", "binary32", 0, false, TC_LEVEL_1, 4, 1683},
    {"rsqrt", "ftz:24,8", 0, false, TC_LEVEL_1, 4, 10438},
    {"rsqrt", "ftz:24,8", 0, false, TC_LEVEL_2, 3, 29695},
    {"rsqrt", "binary32", 0, false, TC_LEVEL_1, 5, 10763},
    {"mul", "unsigned:64", 0, true, TC_LEVEL_1, 2, 8128},
    {"add", "unsigned:128", 0, true, TC_LEVEL_1, 1, 128},
    {"prod", "unsigned:8", 8, true, TC_LEVEL_1, 4, 9857},
    {"prod", "unsigned:8", 8, true, TC_LEVEL_SIZE, 5, 7849},
};

START_TEST(sizes)
{
    struct tc_options options = {.level = target[_i].level, .regime = TC_REGIME_ARITHMETIC};
    struct tc_prim_circuit c;
    struct tc_error err = {0};
    struct tc_prim p;

    ck_assert_msg(open_prim(&p, target[_i].op, target[_i].format, target[_i].terms,
                            target[_i].exact, &options, &err),
                  "%s", err.msg);
    build(&p, TC_ENGINE_FAMILY, &c);
    ck_assert_msg(c.form_depth <= target[_i].depth, "%s %s: form-depth %u", target[_i].op,
                  target[_i].format, c.form_depth);
    ck_assert_msg(mpz_cmp_ui(c.form_gates, target[_i].gates) <= 0, "%s %s: form-gates %lu",
                  target[_i].op, target[_i].format, mpz_get_ui(c.form_gates));
    tc_prim_free(&c);
}
END_TEST

static void add_case(Suite *s, const char *name, const TTest *test, int n)
{
    TCase *c = tcase_create(name);

    tcase_set_timeout(c, 240);
    tcase_add_loop_test(c, test, 0, n);
    suite_add_tcase(s, c);
}

int main(void)
{
    Suite *s = suite_create("arith");

    add_case(s, "all operands", all_operands, 7 * sizeof small / sizeof *small);
    add_case(s, "weighted operands", weighted_operands, 7 * sizeof wide / sizeof *wide);
    add_case(s, "integers", integers, sizeof integer / sizeof *integer);
    add_case(s, "sizes", sizes, sizeof target / sizeof *target);
    return check_status(s);
}
