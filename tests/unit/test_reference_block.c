/* test_reference_block.c -- the reference evaluator on every kind of block: against the
 * results of reference_block_vectors.py, and by hand at ties, zeros and ends of ranges */
#include "check_main.h"
#include "reference_model.h"
#include "spec_text.h"

#include <math.h>

struct vector_case {
    const char *precision;
    enum tc_rounding rounding;
    int64_t n, width, tokens;
    bool constant; /* weights */
    uint64_t seed;
    int64_t x[2], w[2]; /* least and most word of a fixed format, or key */
    unsigned result;
    const char *blocks;
};

#include "reference_block_vectors.h"

/* --------------------------------------------------------------- small models */

static struct tc_spec *read_spec(const char *precision, enum tc_rounding rounding, int64_t n,
                                 int64_t width, int64_t tokens, bool constant, const char *blocks)
{
    char input[64];

    snprintf(input, sizeof input,
             tokens ? "<tokens length='%lld' vocabulary='%lld'/>"
                    : "<input length='%lld' width='%lld'/>",
             (long long)n, (long long)(tokens ? tokens : width));
    return spec_of_text(
        "<transformer xmlns='urn:tc0c:spec:1'><precision %s rounding='%s'/>%s<weights %s/>%s"
        "</transformer>",
        precision, tc_rounding_name[rounding], input,
        constant ? "source='random' seed='7' scale='2'" : "source='input'", blocks);
}

static struct model open_model(const char *precision, enum tc_rounding rounding, int64_t n,
                               int64_t width, int64_t tokens, bool constant, const char *blocks)
{
    return model_of(read_spec(precision, rounding, n, width, tokens, constant, blocks));
}

/* ------------------------------------------------- the second evaluator's results */

static void fill(struct model *m, const struct vector_case *c)
{
    uint64_t state = c->seed;

    for (unsigned t = 0; t < m->last; t++) {
        if (m->spec->tensor[t].role != TC_ROLE_INPUT)
            continue;
        for (uint64_t e = 0; e < tc_tensor_count(&m->spec->tensor[t]); e++)
            m->tensor[t][e] = m->spec->tensor[t].ids
                                  ? draw(&state, 0, c->tokens - 1)
                                  : draw_word(&m->spec->format, &state, t ? c->w : c->x);
    }
}

START_TEST(agrees_with_the_python_evaluator)
{
    for (size_t t = 0; t < sizeof vector_case / sizeof *vector_case; t++) {
        const struct vector_case *c = &vector_case[t];
        struct model m = open_model(c->precision, c->rounding, c->n, c->width, c->tokens,
                                    c->constant, c->blocks);

        fill(&m, c);
        for (int again = 0; again < 2; again++) { /* what is remembered changes nothing */
            run(&m);
            for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[m.last]); e++)
                ck_assert_msg(m.tensor[m.last][e] == vector_result[c->result + e],
                              "case %zu (%s, %s, %s), value %u: %llx, but python says %llx", t,
                              c->precision, tc_rounding_name[c->rounding], c->blocks, (unsigned)e,
                              (unsigned long long)m.tensor[m.last][e],
                              (unsigned long long)vector_result[c->result + e]);
        }
        close_model(&m);
    }
}
END_TEST

/* ------------------------------------------------------- R, against format.c's */

static const char *const formats[] = {
    "fixed:6,3", "fixed:5,4", "fixed:2,0",     "fixed:62,30",     "fixed:34,30",
    "ieee:3,3",  "float:3",   "float:2,-9,-4", "float:3,2,5",     "ftz:3,3",
    "e4m3",      "e5m2",      "binary16",      "float:4,-600,600"};

#define NFORMAT ((int)(sizeof formats / sizeof *formats))

/* a model's format: results saturate */
static struct tc_format format_of(const char *name)
{
    struct tc_error err = {0};
    struct tc_format f;

    ck_assert_msg(tc_format_parse(name, &f, &err), "%s", err.msg);
    f.infinity = false;
    return f;
}

static void check_round(const struct rounder *r, struct element found, mpq_srcptr x,
                        const char *what)
{
    uint64_t word = tc_format_round(r->f, x, NULL), mine = tc_ref_write(r, found);

    ck_assert_msg(mine == word, "%s of %g (%d places): %llx, wanted %llx", what, mpq_get_d(x),
                  (int)r->places, (unsigned long long)mine, (unsigned long long)word);
    ck_assert(tc_ref_same(tc_ref_read(r, mine), found));
}

static void set_element(mpq_ptr x, struct element v)
{
    mpq_set_si(x, v.m, 1);
    if (v.e < 0)
        mpq_div_2exp(x, x, (mp_bitcnt_t)-v.e);
    else
        mpq_mul_2exp(x, x, (mp_bitcnt_t)v.e);
}

/* a number of the format */
static struct element some(const struct rounder *r, uint64_t *state)
{
    const struct tc_format *f = r->f;
    uint64_t low = draw(state, 0, INT32_MAX) << 31 | draw(state, 0, INT32_MAX), key;

    if (f->kind == TC_FIXED)
        return tc_ref_read(r, low & (((uint64_t)1 << f->bits) - 1));
    key = low % ((uint64_t)tc_format_last_key(f) + 1);
    if (f->underflow != TC_GRADUAL && key < (uint64_t)1 << (f->p - 1))
        key = 0;
    return tc_ref_read(r, key | draw(state, 0, 1) << (f->p + f->q - 1));
}

/* sums, products and quotients of numbers are where ties, underflow and overflow are */
START_TEST(rounds_as_format_does)
{
    const struct tc_format f = format_of(formats[_i]);
    uint64_t state = 5;
    struct rounder r;
    mpq_t x, y, z;

    mpq_inits(x, y, z, (mpq_ptr)NULL);
    tc_ref_rounder_init(&r, &f);
    for (int k = 0; k < 2000; k++) {
        struct element a = some(&r, &state), b = some(&r, &state);

        set_element(x, a);
        set_element(y, b);
        mpq_add(z, x, y);
        check_round(&r, tc_ref_sum(&r, a, b), z, "sum");
        ck_assert_int_eq(tc_ref_compare(&r, a, b), (mpq_cmp(x, y) > 0) - (mpq_cmp(x, y) < 0));
        mpq_mul(z, x, y);
        check_round(&r, tc_ref_product(&r, a, b), z, "product");
        mpq_div_2exp(z, z, 1);
        check_round(&r, tc_ref_round_rational(&r, z), z, "half");
        if (mpq_sgn(y) == 0) {
            struct element q = tc_ref_quotient(&r, a, b);

            ck_assert(tc_ref_same(q, a.m > 0 ? r.largest : a.m < 0 ? r.lowest : a));
        } else {
            mpq_div(z, x, y);
            check_round(&r, tc_ref_quotient(&r, a, b), z, "quotient");
        }
    }
    tc_ref_rounder_clear(&r);
    mpq_clears(x, y, z, (mpq_ptr)NULL);
}
END_TEST

/* x + y root(q), of q = a^2 b: rational for b = 1, 4, 9/4 */
START_TEST(rounds_roots)
{
    static const unsigned b[][2] = {{1, 1}, {4, 1}, {9, 4}, {2, 1}, {1, 3}, {99, 100}, {1, 1000}};
    const struct tc_format f = format_of(formats[_i]);
    struct dyadic shift;
    uint64_t state = 11;
    struct rounder r;
    mpq_t q, x, z;
    mpfr_t root;

    mpz_init(shift.m);
    mpfr_init2(root, 2600);
    mpq_inits(q, x, z, (mpq_ptr)NULL);
    tc_ref_rounder_init(&r, &f);
    for (int k = 0; k < 1050; k++) {
        struct element a = some(&r, &state), c = some(&r, &state);
        int sign = (int)draw(&state, 0, 1) * 2 - 1;

        if (k % 3 == 0)
            c = tc_ref_negative(sign > 0 ? a : tc_ref_negative(a)); /* it cancels */
        mpq_set_ui(q, b[k % 7][0], b[k % 7][1]);
        set_element(x, a);
        mpq_mul(q, q, x);
        mpq_mul(q, q, x);
        mpfr_set_q(root, q, MPFR_RNDN);
        mpfr_sqrt(root, root, MPFR_RNDN);
        mpfr_get_q(z, root);
        set_element(x, c);
        if (sign > 0)
            mpq_add(z, x, z);
        else
            mpq_sub(z, x, z);
        tc_ref_set(&shift, c);
        check_round(&r, tc_ref_round_root(&r, &shift, sign, mpq_numref(q), mpq_denref(q), 0), z,
                    "root");
    }
    tc_ref_rounder_clear(&r);
    mpq_clears(q, x, z, (mpq_ptr)NULL);
    mpfr_clear(root);
    mpz_clear(shift.m);
}
END_TEST

/* ------------------------------------------------------------ functions, by MPFR */

/* many digits of f(x), without directed roundings */
static void plain(enum real f, mpfr_ptr y, mpfr_srcptr x)
{
    mpfr_t t;

    mpfr_init2(t, mpfr_get_prec(y));
    mpfr_neg(t, x, MPFR_RNDN);
    switch (f) {
    case REAL_EXP:
        mpfr_exp(y, x, MPFR_RNDN);
        break;
    case REAL_COS:
        mpfr_cos(y, x, MPFR_RNDN);
        break;
    case REAL_SIN:
        mpfr_sin(y, x, MPFR_RNDN);
        break;
    case REAL_TANH:
        mpfr_tanh(y, x, MPFR_RNDN);
        break;
    case REAL_GELU:
        mpfr_sqrt_ui(y, 2, MPFR_RNDN);
        mpfr_div(y, t, y, MPFR_RNDN);
        mpfr_erfc(y, y, MPFR_RNDN);
        mpfr_mul(y, y, x, MPFR_RNDN);
        mpfr_div_2ui(y, y, 1, MPFR_RNDN);
        break;
    case REAL_GELU_TANH: /* x/2 (1 + tanh u) = x / (1 + e^-2u) */
        mpfr_sqr(y, x, MPFR_RNDN);
        mpfr_mul_ui(y, y, 44715, MPFR_RNDN);
        mpfr_div_ui(y, y, 1000000, MPFR_RNDN);
        mpfr_add_ui(y, y, 1, MPFR_RNDN);
        mpfr_mul(t, t, y, MPFR_RNDN);
        mpfr_const_pi(y, MPFR_RNDN);
        mpfr_ui_div(y, 8, y, MPFR_RNDN);
        mpfr_sqrt(y, y, MPFR_RNDN);
        mpfr_mul(t, t, y, MPFR_RNDN);
        /* fall through */
    case REAL_SILU:
    case REAL_SIGMOID:
        mpfr_exp(y, t, MPFR_RNDN);
        mpfr_add_ui(y, y, 1, MPFR_RNDN);
        mpfr_ui_div(y, 1, y, MPFR_RNDN);
        if (f != REAL_SIGMOID)
            mpfr_mul(y, y, x, MPFR_RNDN);
        break;
    default:
        mpfr_max(y, x, y, MPFR_RNDN);
    }
    mpfr_clear(t);
}

START_TEST(functions_are_correctly_rounded)
{
    const struct tc_format f = format_of(formats[_i]);
    int count = is_fast() ? 4 : 16;
    uint64_t state = 23;
    struct rounder r;
    mpfr_t x, y;
    mpq_t z;

    mpq_init(z);
    mpfr_init2(x, 64);
    mpfr_init2(y, 2600);
    tc_ref_rounder_init(&r, &f);
    for (int k = 0; k < count; k++)
        for (enum real fn = REAL_EXP; fn < REAL_COUNT; fn++) {
            struct element v = some(&r, &state);

            if (k == 0)
                v = (struct element){0, 0};
            mpfr_set_si_2exp(x, v.m, v.e, MPFR_RNDN);
            if (v.m && mpfr_get_exp(x) > 12) /* MPFR would take long */
                continue;
            mpfr_set_zero(y, 1);
            plain(fn, y, x);
            mpfr_get_q(z, y);
            check_round(&r, tc_ref_real(&r, fn, v), z, "function");
        }
    tc_ref_rounder_clear(&r);
    mpfr_clears(x, y, (mpfr_ptr)NULL);
    mpq_clear(z);
}
END_TEST

/* where |x| is far from 1: the limit, from the right side */
START_TEST(functions_far_away)
{
    struct tc_format f = tc_format_float(3, -9, -4), g = tc_format_float(4, -600, 600);
    const struct element one = {8, -3}, big = {9, 500}, tiny = {8, -590};
    struct rounder r;

    tc_ref_rounder_init(&r, &g);
    ck_assert(tc_ref_same(tc_ref_real(&r, REAL_EXP, big), r.largest));
    ck_assert_int_eq(tc_ref_real(&r, REAL_EXP, tc_ref_negative(big)).m, 0);
    ck_assert(tc_ref_same(tc_ref_real(&r, REAL_EXP, tiny), one));
    ck_assert(tc_ref_same(tc_ref_real(&r, REAL_TANH, big), one));
    ck_assert(tc_ref_same(tc_ref_real(&r, REAL_TANH, tiny), tiny));
    ck_assert(tc_ref_same(tc_ref_real(&r, REAL_SIGMOID, big), one));
    ck_assert_int_eq(tc_ref_real(&r, REAL_SIGMOID, tc_ref_negative(big)).m, 0);
    for (enum real fn = REAL_GELU; fn <= REAL_SILU; fn++) {
        ck_assert(tc_ref_same(tc_ref_real(&r, fn, big), big));
        ck_assert_int_eq(tc_ref_real(&r, fn, tc_ref_negative(big)).m, 0);
        ck_assert(tc_ref_same(tc_ref_real(&r, fn, tiny), (struct element){8, -591}));
        /* the least number is 8 2^-600, half of it a tie: x/2 and a little more */
        ck_assert(
            tc_ref_same(tc_ref_real(&r, fn, (struct element){8, -600}), (struct element){8, -600}));
        ck_assert_int_eq(tc_ref_real(&r, fn, (struct element){-8, -600}).m, 0);
    }
    tc_ref_rounder_clear(&r);
    tc_ref_rounder_init(&r, &f); /* the largest number is 7/16 */
    ck_assert(tc_ref_same(tc_ref_real(&r, REAL_EXP, (struct element){0, 0}), r.largest));
    ck_assert(tc_ref_same(tc_ref_real(&r, REAL_SIGMOID, (struct element){0, 0}), r.largest));
    tc_ref_rounder_clear(&r);
}
END_TEST

/* ------------------------------------------------------------------ positions */

struct setting {
    struct evaluator ev;
    struct position p;
    struct tc_position text;
    struct tc_format f;
    mpq_t number[4];
};

static void open_setting(struct setting *s, const char *format, enum tc_position_kind kind)
{
    memset(s, 0, sizeof *s);
    s->f = format_of(format);
    tc_ref_rounder_init(&s->ev.round, &s->f);
    s->ev.n = 1000;
    s->text.kind = kind;
    s->p.p = &s->text;
    s->p.heads = 1;
    for (int k = 0; k < 4; k++)
        mpq_init(s->number[k]);
}

static void close_setting(struct setting *s)
{
    tc_ref_rounder_clear(&s->ev.round);
    tc_ref_forget(&s->p.known);
    for (int k = 0; k < 4; k++)
        mpq_clear(s->number[k]);
}

/* b(i, j), times 2^fraction */
static int64_t bias(struct setting *s, int64_t i, int64_t j, int64_t head)
{
    return tc_ref_bias(&s->ev, &s->p, i, j, head).m;
}

/* slopes of 4 heads are 2^-2, 2^-4, 2^-6, 2^-8; of 3 heads those of 2, 2^-4 and 2^-8, and the
 * first of 4; of 16 roots of 2 */
START_TEST(alibi_slopes)
{
    static const int64_t of4[] = {64, 16, 4, 1}, of3[] = {16, 1, 64},
                         of6[] = {64, 16, 4, 1, 128, 32};
    struct setting s;

    open_setting(&s, "fixed:32,8", TC_ALIBI);
    for (int k = 0; k < 4; k++) {
        static const int64_t one[] = {1};
        const int64_t *slope[] = {one, of3, of4, of6};
        static const int64_t heads[] = {1, 3, 4, 6};

        tc_ref_forget(&s.p.known);
        s.p.heads = heads[k];
        for (int64_t h = 0; h < heads[k]; h++) {
            ck_assert_int_eq(bias(&s, 7, 2, h), -5 * slope[k][h]);
            ck_assert_int_eq(bias(&s, 2, 7, h), -5 * slope[k][h]);
            ck_assert_int_eq(bias(&s, 3, 3, h), 0);
        }
    }
    tc_ref_forget(&s.p.known);
    s.p.heads = 16; /* 2^(-1/2), 2^-1, 2^(-3/2) */
    ck_assert_int_eq(bias(&s, 1000, 0, 0), -lround(256 * 1000 * sqrt(0.5)));
    ck_assert_int_eq(bias(&s, 1000, 0, 1), -128000);
    ck_assert_int_eq(bias(&s, 1000, 0, 2), -lround(128 * 1000 * sqrt(0.5)));
    close_setting(&s);
}
END_TEST

/* what is rational is a tie where it is one */
START_TEST(kerple_ties)
{
    struct setting s;

    open_setting(&s, "fixed:12,1", TC_KERPLE);
    s.text.power = true;
    mpq_set_ui(s.number[0], 1, 4);
    mpq_set_ui(s.number[1], 1, 2);
    s.text.r1 = s.number[0];
    s.text.r2 = s.number[1];
    ck_assert_int_eq(bias(&s, 9, 9, 0), 0);
    ck_assert_int_eq(bias(&s, 1, 0, 0), 0);   /* -1/4 is half of a step */
    ck_assert_int_eq(bias(&s, 9, 0, 0), -2);  /* -3/4 too */
    ck_assert_int_eq(bias(&s, 25, 0, 0), -2); /* -5/4 */
    ck_assert_int_eq(bias(&s, 8, 0, 0), -1);
    ck_assert_int_eq(bias(&s, 10, 0, 0), -2);
    tc_ref_forget(&s.p.known);
    mpq_set_ui(s.number[1], 3, 2);
    ck_assert_int_eq(bias(&s, 9, 0, 0), -14); /* -27/4 */
    ck_assert_int_eq(bias(&s, 1, 0, 0), 0);
    tc_ref_forget(&s.p.known);
    s.text.power = false; /* log 1 = 0; 10 log 2.5 / 4 */
    ck_assert_int_eq(bias(&s, 5, 5, 0), 0);
    ck_assert_int_eq(bias(&s, 6, 0, 0), -lround(2 * 0.25 * log(10)));
    mpq_set_ui(s.number[0], 100000, 1); /* saturates */
    tc_ref_forget(&s.p.known);
    ck_assert_int_eq(bias(&s, 6, 0, 0), -2048);
    close_setting(&s);
}
END_TEST

/* distances 8, 16, 32 from 4 on, to 64: whole numbers of buckets, which logarithms of the
 * machine miss */
START_TEST(t5_buckets)
{
    struct element table[16], *weight[1] = {table};
    struct setting s;

    open_setting(&s, "fixed:16,0", TC_T5);
    for (int64_t k = 0; k < 16; k++)
        table[k] = (struct element){k, 0};
    s.ev.weight = weight;
    s.text.buckets.value = 8;
    s.text.distance.value = 64;
    s.p.causal = true;
    for (int64_t d = 0; d < 200; d++) {
        int64_t wanted = d < 4 ? d : d < 8 ? 4 : d < 16 ? 5 : d < 32 ? 6 : 7;

        ck_assert_int_eq(bias(&s, d, 0, 0), wanted);
        ck_assert_int_eq(bias(&s, 0, d, 0), 0); /* no key after the query */
    }
    tc_ref_forget(&s.p.known);
    s.p.causal = false;
    s.text.buckets.value = 16;
    for (int64_t d = 0; d < 200; d++) {
        int64_t wanted = d < 4 ? d : d < 8 ? 4 : d < 16 ? 5 : d < 32 ? 6 : 7;

        ck_assert_int_eq(bias(&s, d, 0, 0), wanted);
        ck_assert_int_eq(bias(&s, 0, d, 0), d ? 8 + wanted : 0);
    }
    close_setting(&s);
}
END_TEST

/* c = 1, L = 8: psi(2) / psi(8) = log 3 / log 9 is 1/2; units of 2^-3 */
START_TEST(fire_rational)
{
    struct element first[2] = {{16, -3}, {-8, -3}}, shift[2] = {{-8, -3}, {0, 0}};
    struct element second[2] = {{8, -3}, {12, -3}}, last[1] = {{1, -3}};
    struct element *weight[] = {first, shift, second, last};
    struct setting s;

    open_setting(&s, "fixed:12,3", TC_FIRE);
    s.ev.weight = weight;
    mpq_set_ui(s.number[0], 1, 1);
    mpq_set_ui(s.number[1], 8, 1);
    s.text.c = s.number[0];
    s.text.limit = s.number[1];
    s.text.hidden.value = 2;
    /* max(2u - 1, 0) + 1.5 max(-u, 0) + 1/8 */
    ck_assert_int_eq(bias(&s, 2, 0, 0), 1); /* u = 1/2: nothing passes */
    ck_assert_int_eq(bias(&s, 0, 0, 0), 1);
    ck_assert_int_eq(bias(&s, 8, 0, 0), 9); /* u = 1 */
    ck_assert_int_eq(bias(&s, 5, 0, 0), 1 + lround(8 * (2 * log(6) / log(9) - 1)));
    /* past the limit the query counts: u = log 10 / log 31 */
    ck_assert_int_eq(bias(&s, 30, 21, 0), 1 + lround(8 * (2 * log(10) / log(31) - 1)));
    /* a key after the query */
    ck_assert_int_eq(bias(&s, 0, 26, 0), 1 + lround(8 * (2 * log(27) / log(9) - 1)));
    tc_ref_forget(&s.p.known);
    second[0] = (struct element){1, -3}; /* at u = 3/2 1/4: at a tie (4.5 steps) no more */
    last[0] = (struct element){0, 0};
    ck_assert_int_eq(bias(&s, 0, 26, 0), 2);
    first[0] = (struct element){12, -3}; /* 1.5 * 1.5 - 1 = 5/4, times 1/8: 5/4 steps */
    tc_ref_forget(&s.p.known);
    ck_assert_int_eq(bias(&s, 0, 26, 0), 1);
    shift[0] = (struct element){-6, -3}; /* 9/4 - 3/4 = 3/2: a tie, to even */
    tc_ref_forget(&s.p.known);
    ck_assert_int_eq(bias(&s, 0, 26, 0), 2);
    shift[0] = (struct element){2, -3}; /* 9/4 + 1/4 = 5/2: another */
    tc_ref_forget(&s.p.known);
    ck_assert_int_eq(bias(&s, 0, 26, 0), 2);
    close_setting(&s);
}
END_TEST

/* -------------------------------------------------------------------- by hand */

/* words of fixed:8,3 as integers: weights and X row-major, in the order of the tensors */
static const struct {
    const char *blocks;
    int64_t n, width;
    int64_t in[16], y[4];
    enum { BOTH, OP, BLOCK } rounding;
} hand[] = {
    /* a row of equal numbers has no spread: 0, or the bias; with epsilon 0 / root of it */
    {"<norm/>", 1, 2, {5, 5}, {0, 0}, BOTH},
    {"<norm affine='true'/>", 1, 2, {5, 5, 100, 100, 3, -7}, {3, -7}, BOTH},
    {"<norm epsilon='4'/>", 1, 2, {5, 5}, {0, 0}, BOTH},
    {"<norm/>", 1, 1, {77}, {0}, BOTH},
    {"<norm kind='rms'/>", 1, 1, {-24}, {-8}, BOTH},
    {"<norm kind='rms'/>", 1, 2, {0, 0}, {0, 0}, BOTH},
    {"<norm kind='sphere'/>", 1, 2, {0, 0}, {0, 0}, BOTH},
    {"<norm kind='sphere'/>", 1, 2, {24, -32}, {6, -8}, OP}, /* 9 + 16 saturates: root 4 */
    {"<norm kind='sphere'/>", 1, 2, {24, -32}, {5, -6}, BLOCK},
    {"<norm kind='rms' affine='true'/>", 1, 1, {1, 127}, {0}, OP}, /* 1/64 is 0, and 1/0 */
    {"<norm/>", 1, 2, {8, 24}, {-8, 8}, BOTH},
    {"<norm affine='true'/>", 1, 2, {8, 24, 120, 120, 100, 100}, {-20, 127}, BOTH},
    /* sums saturate, once; ties to even */
    {"<linear/>", 1, 1, {127, 127, 127}, {127}, BOTH},
    {"<linear/>", 1, 2, {100, 100, 8, 0, -8, 4, 5, 6}, {5, 56}, BOTH},
    {"<linear width='1' bias='false'/>", 1, 1, {1, 4}, {0}, BOTH},
    {"<linear width='1' bias='false'/>", 1, 1, {3, 4}, {2}, BOTH},
    {"<linear width='1' bias='false'/>", 1, 2, {1, 1, 4, 4}, {0}, OP},
    {"<residual><linear bias='false'/></residual>", 1, 1, {100, 8}, {127}, BOTH},
    {"<residual step='-2'><linear bias='false'/></residual>", 1, 1, {100, 8}, {-28}, OP},
    {"<residual step='1/2'><activation kind='relu'/></residual>", 1, 1, {-5}, {-5}, BOTH},
    {"<residual step='1/2'><activation kind='relu'/></residual>", 1, 1, {5}, {7}, OP},
    {"<activation kind='relu'/>", 1, 2, {-128, 127}, {0, 127}, BOTH},
    {"<activation kind='sigmoid'/>", 1, 3, {0, 127, -128}, {4, 8, 0}, BOTH},
    /* no key: 0.  The query alone: its value, at any weight */
    {"<attention mask='strict-causal'/>", 1, 1, {9, 8, 8, 8}, {0}, BOTH},
    {"<attention mask='strict-causal' kind='unnormalized'/>", 1, 1, {9, 8, 8, 8}, {0}, BOTH},
    {"<attention mask='strict-causal' kind='average-hard'/>", 2, 1, {9, 5, 8, 8, 8}, {0, 9}, BOTH},
    {"<attention mask='strict-causal' stable='true'/>", 2, 1, {9, 5, 8, 8, 8}, {0, 9}, BOTH},
    {"<attention mask='window' span='1' stable='true'/>", 2, 1, {9, 5, 127, 127, 8}, {9, 5}, BOTH},
    {"<attention mask='window' span='2' kind='average-hard'/>",
     3,
     1,
     {9, 5, 8, 0, 0, 8},
     {9, 7, 6},
     BOTH}, /* 6.5 is a tie */
    /* order 3: of the tuples (0, 1) and (1, 0) the first */
    {"<attention order='3' kind='unique-hard' head-width='1'/>",
     2,
     2,
     {8, 8, -8, 16, -8, 0, 8, 0, 8, 0, 0, 8, 8, 8},
     {8, 16},
     BOTH},
    /* of equal scores the mean, or the first */
    {"<attention kind='average-hard'/>", 2, 1, {9, 6, 0, 0, 8}, {8, 8}, BOTH},
    {"<attention kind='unique-hard'/>", 2, 1, {9, 6, 0, 0, 8}, {9, 9}, BOTH},
    {"<attention kind='unique-hard'/>", 2, 1, {9, 6, 8, 8, 8}, {9, 9}, BOTH},
    {"<attention kind='unique-hard'/>", 2, 1, {9, 6, 8, -8, 8}, {6, 6}, BOTH},
    {"<attention kind='linear'/>", 2, 1, {9, 6, 8, -8, 8}, {0, 0}, BOTH},
    {"<attention kind='unnormalized'/>", 2, 1, {24, 8, 0, 0, 8}, {16, 16}, BOTH},
    {"<attention kind='unnormalized'/>", 2, 1, {24, 24, 127, -127, 8}, {0, 0}, BOTH},
    /* exp saturates at 127/8 without stable, so that scores 8 and 127/8 weigh the same; in op
     * so do the sums, and the inverse is 1/8 */
    {"<attention/>", 2, 1, {32, 64, 8, 4, 8}, {48, 48}, BLOCK},
    {"<attention/>", 2, 1, {32, 64, 8, 4, 8}, {16, 16}, OP},
    {"<attention stable='true'/>", 2, 1, {32, 64, 8, 4, 8}, {64, 48}, BOTH},
    /* two heads of queries, one of keys: 1/2 x, -x of both */
    {"<attention heads='2' kv-heads='1' head-width='1' output='true'/>",
     1,
     1,
     {10, 0, 0, 0, 8, 8, -4},
     {5},
     BOTH},
};

START_TEST(by_hand)
{
    for (int rounding = TC_OP; rounding <= TC_BLOCK; rounding++) {
        struct model m =
            open_model("format='fixed' bits='8' fraction='3'", (enum tc_rounding)rounding,
                       hand[_i].n, hand[_i].width, 0, false, hand[_i].blocks);
        bool asked = hand[_i].rounding == BOTH || (hand[_i].rounding == OP) == (rounding == TC_OP);
        const int64_t *in = hand[_i].in;

        for (unsigned t = 0; t < m.last; t++)
            for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[t]); e++)
                m.tensor[t][e] = (uint64_t)*in++ & 255;
        run(&m);
        for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[m.last]); e++)
            ck_assert_msg(!asked || (int8_t)m.tensor[m.last][e] == hand[_i].y[e],
                          "%s, %s, value %u: %d, wanted %d", hand[_i].blocks,
                          tc_rounding_name[rounding], (unsigned)e, (int8_t)m.tensor[m.last][e],
                          (int)hand[_i].y[e]);
        close_model(&m);
    }
}
END_TEST

/* of equal logits, and of equal ones after saturation, the first */
START_TEST(argmax_takes_the_first)
{
    static const struct {
        int8_t x, u[4];
        uint64_t y;
    } test[] = {{8, {1, 5, 5, 2}, 1}, {8, {-1, -5, -5, -2}, 0},  {127, {1, 60, 127, 100}, 1},
                {0, {1, 2, 3, 4}, 0}, {-128, {9, 127, 9, 1}, 3}, {8, {0, 0, 0, 1}, 3}};

    for (size_t k = 0; k < sizeof test / sizeof *test; k++) {
        struct model m = open_model("format='fixed' bits='8' fraction='3'", TC_BLOCK, 1, 1, 0,
                                    false, "<unembedding vocabulary='4' output='argmax'/>");

        m.tensor[0][0] = (uint8_t)test[k].x;
        for (int t = 0; t < 4; t++)
            m.tensor[1][t] = (uint8_t)test[k].u[t];
        run(&m);
        ck_assert_uint_eq(m.tensor[m.last][0], test[k].y);
        close_model(&m);
    }
}
END_TEST

/* ------------------------------------------------------------------ refusals */

static void refuse(struct tc_spec *s, enum tc_errkind kind)
{
    struct tc_error err = {0};

    ck_assert_ptr_null(tc_reference_new(s, TC_REGIME_AUTO, &err));
    ck_assert_int_eq(err.kind, kind);
    ck_assert_uint_gt(strlen(err.msg), 0);
    tc_spec_free(s);
}

static struct tc_spec *plain_spec(const char *blocks)
{
    return read_spec("format='fixed' bits='8' fraction='3'", TC_BLOCK, 2, 2, 0, false, blocks);
}

/* what the front end lets no one write */
START_TEST(refuses_what_makes_no_sense)
{
    struct tc_spec *s = plain_spec("<attention heads='2'/>");

    s->block[0].attention.kv_heads.value = 3;
    refuse(s, TC_ESPEC);
    s = plain_spec("<attention mask='window' span='1'/>");
    s->block[0].attention.span = 0;
    refuse(s, TC_ESPEC);
    s = plain_spec("<attention stable='true'/>");
    s->block[0].attention.kind = TC_UNIQUE_HARD;
    refuse(s, TC_ESPEC);
    s = plain_spec("<attention kind='linear'><rope mode='each'/></attention>");
    s->block[0].attention.rope = TC_ROPE_COMPLEX;
    refuse(s, TC_ESPEC);
    s = plain_spec("<attention stable='true'/>");
    s->rounding = TC_LAYER;
    refuse(s, TC_ESPEC);
    s = plain_spec("<linear/>");
    s->rounding = TC_LAYER;
    refuse(s, TC_ESPEC);
    s = plain_spec("<norm affine='true'/>");
    s->block[0].norm.kind = TC_NORM_SPHERE;
    refuse(s, TC_ESPEC);
    s = plain_spec("<norm epsilon='1'/>");
    mpq_neg(s->block[0].norm.epsilon, s->block[0].norm.epsilon);
    refuse(s, TC_ESPEC);
    s = plain_spec("<attention><t5/></attention>");
    s->block[0].attention.position.buckets.value = 6;
    refuse(s, TC_ESPEC);
    s = plain_spec("<residual><attention><fire bias='computed'/></attention></residual>");
    s->block[0].child[0].attention.position.computed = false;
    refuse(s, TC_ESPEC);
    s = plain_spec("<linear/>");
    s->length.value = INT64_MAX / 4;
    refuse(s, TC_ELIMIT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("reference_block");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, agrees_with_the_python_evaluator);
    tcase_add_loop_test(c, rounds_as_format_does, 0, NFORMAT);
    tcase_add_loop_test(c, rounds_roots, 0, NFORMAT);
    tcase_add_loop_test(c, functions_are_correctly_rounded, 0, NFORMAT);
    tcase_add_test(c, functions_far_away);
    tcase_add_test(c, alibi_slopes);
    tcase_add_test(c, kerple_ties);
    tcase_add_test(c, t5_buckets);
    tcase_add_test(c, fire_rational);
    tcase_add_loop_test(c, by_hand, 0, (int)(sizeof hand / sizeof *hand));
    tcase_add_test(c, argmax_takes_the_first);
    tcase_add_test(c, refuses_what_makes_no_sense);
    suite_add_tcase(s, c);
    return check_status(s);
}
