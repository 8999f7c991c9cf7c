/* test_reference.c -- the reference evaluator against hand computation, against
 * the results of reference_vectors.py, and against laws it must obey */
#include "../../compiler/reference.h"
#include "check_main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- small specs */

struct vector_block {
    int64_t order, heads, head_width;
    enum tc_mask mask;
    enum tc_rope rope;
    const char *base, *multiply, *divide;
    bool root;
};

struct vector_case {
    int64_t n, width;
    unsigned bits, fraction;
    enum tc_rounding rounding;
    uint64_t seed;
    int64_t x[2], w[2]; /* least and most of the inputs */
    unsigned block, nblock, result;
};

#include "reference_vectors.h"

static mpq_ptr rational(struct tc_arena *a, const char *text)
{
    mpq_ptr q = tc_mpq(a);

    ck_assert_int_eq(mpq_set_str(q, text, 10), 0);
    mpq_canonicalize(q);
    return q;
}

static void add_matrix(struct tc_spec *s, int64_t rows, int64_t columns)
{
    s->tensor[s->ntensor++] =
        (struct tc_tensor){.name = "matrix", .rank = 2, .size = {{rows, NULL}, {columns, NULL}}};
}

static struct tc_spec *build(const struct vector_case *c, const struct vector_block *block)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_spec *s = tc_alloc(a, 1, sizeof *s);
    int64_t width = c->width;

    s->arena = a;
    s->name = "test";
    s->format = (struct tc_format){.kind = TC_FIXED, .bits = c->bits, .fraction = c->fraction};
    s->rounding = c->rounding;
    s->length.value = c->n;
    s->width.value = c->width;
    s->nblock = c->nblock;
    s->block = tc_alloc(a, c->nblock, sizeof *s->block);
    s->tensor = tc_alloc(a, 32, sizeof *s->tensor);
    add_matrix(s, c->n, width);
    for (unsigned b = 0; b < c->nblock; b++) {
        struct tc_attention *at = &s->block[b].attention;

        s->block[b].kind = TC_ATTENTION;
        s->block[b].in.value = width;
        s->block[b].tensor = s->ntensor;
        s->block[b].path = "attention";
        at->order = (unsigned)block[b].order;
        at->width.value = width;
        at->heads.value = at->kv_heads.value = block[b].heads;
        at->head_width.value = block[b].head_width;
        at->scale.multiply = rational(a, block[b].multiply);
        at->scale.divide = rational(a, block[b].divide);
        at->scale.root = block[b].root;
        at->mask = block[b].mask;
        at->rope = block[b].rope;
        at->base = rational(a, block[b].base);
        for (int64_t t = 0; t < 2 * block[b].order - 1; t++)
            add_matrix(s, width, block[b].heads * block[b].head_width);
        width = s->block[b].out.value = block[b].heads * block[b].head_width;
    }
    add_matrix(s, c->n, width);
    return s;
}

/* the tensors of a spec, to fill with words; and the result */
struct model {
    struct tc_spec *spec;
    struct tc_reference *reference;
    unsigned ntensor;
    size_t count[32];
    uint64_t *tensor[32], *y;
    size_t ny;
};

static void add_tensor(struct model *m, int64_t rows, int64_t columns)
{
    ck_assert_uint_lt(m->ntensor, 32);
    m->count[m->ntensor] = (size_t)(rows * columns);
    m->tensor[m->ntensor++] = calloc((size_t)(rows * columns), sizeof(uint64_t));
}

static struct model open_model(const struct vector_case *c, const struct vector_block *block)
{
    struct model m = {.spec = build(c, block)};
    struct tc_error err;
    int64_t width = c->width;

    add_tensor(&m, c->n, width);
    for (unsigned b = 0; b < c->nblock; b++) {
        int64_t columns = block[b].heads * block[b].head_width;

        for (int64_t t = 0; t < 2 * block[b].order - 1; t++)
            add_tensor(&m, width, columns);
        width = columns;
    }
    m.ny = (size_t)(c->n * width);
    m.y = calloc(m.ny, sizeof *m.y);
    m.reference = tc_reference_new(m.spec, TC_REGIME_AUTO, &err);
    ck_assert_ptr_nonnull(m.reference);
    return m;
}

static void close_model(struct model *m)
{
    for (unsigned t = 0; t < m->ntensor; t++)
        free(m->tensor[t]);
    free(m->y);
    tc_reference_free(m->reference);
    tc_arena_free(m->spec->arena);
}

static uint64_t word_of(const struct model *m, int64_t v)
{
    return (uint64_t)v & ~(~(uint64_t)0 << m->spec->format.bits);
}

static int64_t result(const struct model *m, size_t e)
{
    unsigned rest = 64 - m->spec->format.bits;

    ck_assert_uint_eq(m->y[e], word_of(m, (int64_t)m->y[e]));
    return (int64_t)(m->y[e] << rest) >> rest;
}

static void fill(struct model *m, unsigned tensor, const int64_t *values)
{
    for (size_t e = 0; e < m->count[tensor]; e++)
        m->tensor[tensor][e] = word_of(m, values[e]);
}

/* the generator of reference_vectors.py */
static int64_t draw(uint64_t *state, int64_t low, int64_t high)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return low + (int64_t)((*state >> 33) % ((uint64_t)(high - low) + 1));
}

static void fill_drawn(struct model *m, uint64_t *state, const int64_t x[2], const int64_t w[2])
{
    for (unsigned t = 0; t < m->ntensor; t++)
        for (size_t e = 0; e < m->count[t]; e++)
            m->tensor[t][e] = word_of(m, t ? draw(state, w[0], w[1]) : draw(state, x[0], x[1]));
}

static void run(struct model *m)
{
    const uint64_t *tensor[32];

    for (unsigned t = 0; t < m->ntensor; t++)
        tensor[t] = m->tensor[t];
    tc_reference_run(m->reference, tensor, m->y);
}

/* ------------------------------------------------- the second evaluator's results */

START_TEST(agrees_with_the_python_evaluator)
{
    for (size_t t = 0; t < sizeof vector_case / sizeof *vector_case; t++) {
        const struct vector_case *c = &vector_case[t];
        struct model m = open_model(c, vector_block + c->block);
        uint64_t state = c->seed;

        fill_drawn(&m, &state, c->x, c->w);
        for (int again = 0; again < 2; again++) { /* what is remembered changes nothing */
            run(&m);
            for (size_t e = 0; e < m.ny; e++)
                ck_assert_msg(result(&m, e) == vector_result[c->result + e],
                              "case %zu, value %zu: %lld, but python says %lld", t, e,
                              (long long)result(&m, e), (long long)vector_result[c->result + e]);
        }
        close_model(&m);
    }
}
END_TEST

/* --------------------------------------------------------- by hand, one layer */

static const struct vector_block plain2 = {2,       1,   1,   TC_MASK_NONE, TC_ROPE_NONE,
                                           "10000", "1", "1", false};

static struct vector_case shape(int64_t n, int64_t width, unsigned bits, unsigned fraction,
                                enum tc_rounding rounding)
{
    return (struct vector_case){.n = n,
                                .width = width,
                                .bits = bits,
                                .fraction = fraction,
                                .rounding = rounding,
                                .nblock = 1};
}

/* order 2, width 1: word of row 0 of the result, all else given as words */
static int64_t row0(struct vector_case c, struct vector_block b, const int64_t *x, int64_t wq,
                    int64_t wk, int64_t wv)
{
    struct model m = open_model(&c, &b);
    int64_t y;

    fill(&m, 0, x);
    fill(&m, 1, &wq);
    fill(&m, 2, &wk);
    fill(&m, 3, &wv);
    run(&m);
    y = result(&m, 0);
    close_model(&m);
    return y;
}

START_TEST(one_token_gives_its_value)
{
    for (int r = TC_OP; r <= TC_LAYER; r++) {
        struct vector_case c = shape(1, 1, 8, 3, (enum tc_rounding)r);

        /* 1.5 * 0.5; the score is 0 */
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){12}, 0, 0, 4), 6);
        /* 3/8 * 3/8 = 9/64 is 9/8 of a step; 12/64 is a tie, 20/64 another */
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){3}, 0, 0, 3), 1);
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){3}, 0, 0, 4), 2);
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){5}, 0, 0, 4), 2);
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){-5}, 0, 0, 4), -2);
        /* projections saturate */
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){127}, 0, 0, 127), 127);
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){-128}, 0, 0, 127), -128);
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){-128}, 0, 0, -128), 127);
        /* exp of -16 is 0: 0/0 in block, the largest times 0 in op */
        ck_assert_int_eq(row0(c, plain2, (int64_t[]){127}, 127, -128, 4), 0);
    }
}
END_TEST

/* no scores: averages, and where they are ties */
START_TEST(zero_weights_average)
{
    static const int64_t x[][3] = {{1, 2, 2}, {3, 4, 4}, {2, 3, 2}, {-1, -2, -2}, {-3, -2, -2}};

    for (int r = TC_OP; r <= TC_LAYER; r++)
        for (size_t t = 0; t < sizeof x / sizeof *x; t++)
            ck_assert_int_eq(row0(shape(2, 1, 8, 2, (enum tc_rounding)r), plain2, x[t], 0, 0, 4),
                             x[t][2]);
    /* 1/3 is 1/4 in steps of 1/4: op has 3 * 1/4 */
    ck_assert_int_eq(row0(shape(3, 1, 8, 2, TC_BLOCK), plain2, (int64_t[]){4, 4, 4}, 0, 0, 4), 4);
    ck_assert_int_eq(row0(shape(3, 1, 8, 2, TC_OP), plain2, (int64_t[]){4, 4, 4}, 0, 0, 4), 3);
    /* D = 5 saturates at 15/4, 1/D is 1/4, N = 15/4: the product 15/16 is 4/4 */
    ck_assert_int_eq(row0(shape(5, 1, 5, 2, TC_OP), plain2, (int64_t[]){3, 3, 3, 3, 3}, 0, 0, 4),
                     4);
    ck_assert_int_eq(row0(shape(5, 1, 5, 2, TC_BLOCK), plain2, (int64_t[]){3, 3, 3, 3, 3}, 0, 0, 4),
                     3);
    /* a sum that leaves the format and comes back is exact */
    ck_assert_int_eq(row0(shape(4, 1, 5, 2, TC_OP), plain2, (int64_t[]){15, 15, -15, -15}, 0, 0, 4),
                     0);
}
END_TEST

/* In integers: key 0 scores s = 1 * score, key 1 scores 0, values 1000 and 0:
 * the result is 1000 a / (a + 1) with a = R(exp s). */
START_TEST(scales)
{
    static const struct {
        int64_t score;
        const char *multiply, *divide;
        bool root;
        int64_t s;
    } test[] = {
        {1, "1", "1", false, 1},   {2, "1", "1", false, 2},   {3, "1", "2", false, 2},
        {5, "1", "2", false, 2},   {7, "1", "3", false, 2},   {8, "1", "3", false, 3},
        {3, "1", "4", true, 2},    {5, "1", "4", true, 2},    {7, "1", "4", true, 4},
        {1, "1", "2", true, 1},    {2, "1", "2", true, 1},    {3, "1", "2", true, 2},
        {-5, "-1", "4", true, 2},  {-7, "-1", "2", false, 4}, {1, "5/2", "1", false, 2},
        {1, "7/2", "1", false, 4}, {6, "1/4", "1", false, 2}, {1, "1", "4/9", true, 2},
        {5, "3/2", "9", true, 2},  {7, "3/2", "9", true, 4},  {-3, "1", "4", true, -2},
        {1, "1", "2/5", false, 2}, {-4, "1", "1", false, -4}, {9, "2/3", "4", true, 3},
        {30, "1", "400", true, 2}, {50, "1", "400", true, 2}, {50, "1", "399", true, 3},
        {50, "1", "401", true, 2},
    };

    for (size_t t = 0; t < sizeof test / sizeof *test; t++) {
        struct vector_block b = plain2;
        int64_t a = llround(exp((double)test[t].s)), y;

        b.multiply = test[t].multiply;
        b.divide = test[t].divide;
        b.root = test[t].root;
        y = row0(shape(2, 1, 20, 0, TC_BLOCK), b, (int64_t[]){1, 0}, 1, test[t].score, 1000);
        ck_assert_msg(y == llround(1000.0 * (double)a / (double)(a + 1)), "scale %zu: %lld", t,
                      (long long)y);
    }
}
END_TEST

/* ----------------------------------------------------------- exp, cos and sin */

/* words as integers */
static int64_t exp_of(const struct tc_format *f, int64_t word)
{
    struct rounder r;
    struct element y;

    tc_ref_rounder_init(&r, f);
    y = tc_ref_real(&r, REAL_EXP, (struct element){word, word ? -(int64_t)f->fraction : 0});
    tc_ref_rounder_clear(&r);
    return y.m;
}

static void turn_of(const struct tc_format *f, mpq_srcptr base, int64_t width, int64_t position,
                    int64_t pair, int64_t value[2])
{
    struct element cs[2];
    struct rounder r;

    tc_ref_rounder_init(&r, f);
    tc_ref_turn(&r, base, width, position, pair, cs);
    tc_ref_rounder_clear(&r);
    for (int c = 0; c < 2; c++)
        value[c] = cs[c].m;
}

START_TEST(exp_known)
{
    struct tc_format f = {.kind = TC_FIXED, .bits = 8, .fraction = 3}, g = {.kind = TC_FIXED, .bits = 32, .fraction = 30}, h = {.kind = TC_FIXED, .bits = 62, .fraction = 60};

    ck_assert_int_eq(exp_of(&f, 0), 8);
    ck_assert_int_eq(exp_of(&f, 8), 22);
    ck_assert_int_eq(exp_of(&f, -8), 3);
    ck_assert_int_eq(exp_of(&f, -22), 1);
    ck_assert_int_eq(exp_of(&f, -23), 0);
    ck_assert_int_eq(exp_of(&f, 22), 125);
    ck_assert_int_eq(exp_of(&f, 23), 127);
    ck_assert_int_eq(exp_of(&f, 127), 127);
    ck_assert_int_eq(exp_of(&f, -128), 0);
    /* just above a tie: e^t = 1 + t + t^2/2 + t^3/6, t^2/2 half a step */
    ck_assert_int_eq(exp_of(&g, 1 << 15), (1 << 30) + (1 << 15) + 1);
    ck_assert_int_eq(exp_of(&g, -(1 << 15)), (1 << 30) - (1 << 15));
    ck_assert_int_eq(exp_of(&h, 1L << 30), (1L << 60) + (1L << 30) + 1);
    ck_assert_int_eq(exp_of(&h, -(1L << 30)), (1L << 60) - (1L << 30));
    /* 1 is not in the format */
    f = (struct tc_format){.kind = TC_FIXED, .bits = 6, .fraction = 5};
    ck_assert_int_eq(exp_of(&f, 0), 31);
    f = (struct tc_format){.kind = TC_FIXED, .bits = 1, .fraction = 0};
    ck_assert_int_eq(exp_of(&f, 0), 0);
    ck_assert_int_eq(exp_of(&f, -1), 0);
    f = (struct tc_format){.kind = TC_FIXED, .bits = 62, .fraction = 0};
    ck_assert_int_eq(exp_of(&f, INT64_C(1) << 60), (INT64_C(1) << 61) - 1);
    ck_assert_int_eq(exp_of(&f, -(INT64_C(1) << 61)), 0);
    ck_assert_int_eq(exp_of(&f, 40), 235385266837019985); /* e^40 = ...985.4 */
}
END_TEST

/* the nearest step to x, where long double can tell */
static int64_t nearest_step(const struct tc_format *f, long double x)
{
    long double steps = ldexpl(x, (int)f->fraction);
    long double most = ldexpl(1, (int)f->bits - 1) - 1;

    ck_assert(steps > 2 * most || fabsl(steps - floorl(steps) - 0.5L) > 1e-12L);
    return (int64_t)fmaxl(-most - 1, fminl(most, roundl(steps)));
}

START_TEST(exp_as_long_double)
{
    for (unsigned b = 1; b <= 11; b++)
        for (unsigned fr = 0; fr <= b; fr++) {
            struct tc_format f = {.kind = TC_FIXED, .bits = b, .fraction = fr};

            for (int64_t s = -(1 << (b - 1)); s < 1 << (b - 1); s++)
                ck_assert_int_eq(exp_of(&f, s),
                                 nearest_step(&f, expl(ldexpl((long double)s, -(int)fr))));
        }
}
END_TEST

START_TEST(turns_as_long_double)
{
    static const char *const bases[] = {"10000", "1", "3", "1/4", "625/64"};
    struct tc_arena *a = tc_arena_new();

    for (unsigned t = 0; t < 5; t++)
        for (int64_t width = 2; width <= 8; width += 2)
            for (int64_t pair = 0; pair < width / 2; pair++)
                for (int64_t p = -70; p <= 70; p++)
                    for (unsigned fr = 0; fr <= 8; fr++) {
                        struct tc_format f = {.kind = TC_FIXED, .bits = 8, .fraction = fr};
                        mpq_ptr base = rational(a, bases[t]);
                        long double angle =
                            (long double)p * powl((long double)mpq_get_d(base),
                                                  -2.0L * (long double)pair / (long double)width);
                        int64_t v[2];

                        turn_of(&f, base, width, p, pair, v);
                        ck_assert_int_eq(v[0],
                                         p ? nearest_step(&f, cosl(angle)) : nearest_step(&f, 1));
                        ck_assert_int_eq(v[1], nearest_step(&f, sinl(angle)));
                    }
    tc_arena_free(a);
}
END_TEST

START_TEST(turns_known)
{
    struct tc_format f = {.kind = TC_FIXED, .bits = 62, .fraction = 60}, g = {.kind = TC_FIXED, .bits = 4, .fraction = 3};
    struct tc_arena *a = tc_arena_new();
    int64_t v[2];

    /* angle t = sqrt(3) * 2^-30: cos is 1 - 1.5 steps and a little more */
    turn_of(&f, rational(a, "1152921504606846976/3"), 4, 1, 1, v);
    ck_assert_int_eq(v[0], (1L << 60) - 1);
    ck_assert_int_eq(v[1], 1859775393); /* sqrt(3) * 2^30 = ...393.11 */
    turn_of(&f, rational(a, "1152921504606846976/3"), 4, -1, 1, v);
    ck_assert_int_eq(v[0], (1L << 60) - 1);
    ck_assert_int_eq(v[1], -1859775393);
    /* saturation is not symmetric: sin 11 is -0.99999, sin -11 its negative */
    turn_of(&g, rational(a, "10000"), 2, 11, 0, v);
    ck_assert_int_eq(v[0], 0);
    ck_assert_int_eq(v[1], -8);
    turn_of(&g, rational(a, "10000"), 2, -11, 0, v);
    ck_assert_int_eq(v[1], 7);
    turn_of(&g, rational(a, "10000"), 2, 0, 0, v);
    ck_assert_int_eq(v[0], 7);
    ck_assert_int_eq(v[1], 0);
    /* 10^22 mod 2 pi wants 74 bits before the point: cos = 0.5232..., sin = -0.8522... */
    f = (struct tc_format){.kind = TC_FIXED, .bits = 20, .fraction = 16};
    turn_of(&f, rational(a, "1/100000000000000000000000000000000000000000000"), 4, 1, 1,
                      v);
    ck_assert_int_eq(v[0], lround(0.5232147853951389 * 65536));
    ck_assert_int_eq(v[1], lround(-0.8522008497671888 * 65536));
    tc_arena_free(a);
}
END_TEST

/* ---------------------------------------------------------------------- laws */

static const int64_t wide_range[2] = {-24, 24}, weight_range[2] = {-12, 12};

static const enum tc_rope ropes[] = {TC_ROPE_NONE, TC_ROPE_EACH, TC_ROPE_COMPLEX, TC_ROPE_FLAT,
                                     TC_ROPE_QUERY2};

static struct vector_block attention(int64_t order, int64_t heads, int64_t head_width,
                                     enum tc_mask mask, enum tc_rope rope)
{
    return (struct vector_block){order, heads, head_width, mask, rope, "100", "1", "2", false};
}

/* two models with the same tensors give the same */
static void check_same(struct vector_case c, struct vector_block b1, struct vector_block b2)
{
    struct model m1 = open_model(&c, &b1), m2 = open_model(&c, &b2);

    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint64_t s1 = seed, s2 = seed;

        fill_drawn(&m1, &s1, wide_range, weight_range);
        fill_drawn(&m2, &s2, wide_range, weight_range);
        run(&m1);
        run(&m2);
        for (size_t e = 0; e < m1.ny; e++)
            ck_assert_int_eq(result(&m1, e), result(&m2, e));
    }
    close_model(&m1);
    close_model(&m2);
}

/* position 0 turns nothing; complex is the product of coordinates at order 2 only */
START_TEST(one_position_is_no_rope)
{
    for (int r = TC_OP; r <= TC_LAYER; r++)
        for (int64_t order = 2; order <= 4; order++)
            for (unsigned t = 1; t < 5; t++) {
                if (order == 2 ? ropes[t] == TC_ROPE_FLAT || ropes[t] == TC_ROPE_QUERY2
                               : ropes[t] == TC_ROPE_COMPLEX)
                    continue;
                check_same(shape(1, 3, 9, 3, (enum tc_rounding)r),
                           attention(order, 2, 4, TC_MASK_NONE, ropes[t]),
                           attention(order, 2, 4, TC_MASK_NONE, TC_ROPE_NONE));
            }
}
END_TEST

START_TEST(each_is_complex_at_order_2)
{
    for (int r = TC_OP; r <= TC_LAYER; r++)
        for (int causal = 0; causal < 2; causal++)
            check_same(shape(4, 3, 10, 4, (enum tc_rounding)r),
                       attention(2, 2, 4, causal ? TC_MASK_CAUSAL : TC_MASK_NONE, TC_ROPE_EACH),
                       attention(2, 2, 4, causal ? TC_MASK_CAUSAL : TC_MASK_NONE, TC_ROPE_COMPLEX));
}
END_TEST

/* K2 = V2 = 1 repeats each key of order 2 as often as there are positions */
START_TEST(ones_reduce_the_order)
{
    for (int causal = 0; causal < 2; causal++)
        for (int64_t order = 3; order <= 4; order++) {
            enum tc_mask mask = causal ? TC_MASK_CAUSAL : TC_MASK_NONE;
            struct vector_case c = shape(3, 3, 10, 4, TC_BLOCK);
            struct vector_block b2 = attention(2, 1, 2, mask, TC_ROPE_NONE);
            struct vector_block b3 = attention(order, 1, 2, mask, TC_ROPE_NONE);
            struct model m2 = open_model(&c, &b2), m3 = open_model(&c, &b3);
            static const int64_t ones[6] = {0, 0, 0, 0, 16, 16};
            uint64_t state = 5;

            for (int round = 0; round < 40; round++) {
                fill_drawn(&m2, &state, wide_range, weight_range);
                for (size_t i = 0; i < 3; i++)
                    m2.tensor[0][3 * i + 2] = 16; /* the coordinate that is 1 */
                memcpy(m3.tensor[0], m2.tensor[0], m2.count[0] * sizeof(uint64_t));
                memcpy(m3.tensor[1], m2.tensor[1], m2.count[1] * sizeof(uint64_t));
                for (unsigned k = 0; k < order - 1; k++) {
                    fill(&m3, 2 + k, ones);
                    fill(&m3, (unsigned)order + 1 + k, ones);
                }
                memcpy(m3.tensor[2], m2.tensor[2], m2.count[2] * sizeof(uint64_t));
                memcpy(m3.tensor[order + 1], m2.tensor[3], m2.count[3] * sizeof(uint64_t));
                run(&m2);
                run(&m3);
                for (size_t e = 0; e < m2.ny; e++)
                    ck_assert_int_eq(result(&m2, e), result(&m3, e));
            }
            close_model(&m2);
            close_model(&m3);
        }
}
END_TEST

/* causal: row i does not change with tokens after i, and is the last row of
 * the model of i + 1 tokens without a mask */
START_TEST(causal_rows_see_the_past)
{
    for (int r = TC_OP; r <= TC_LAYER; r++)
        for (unsigned t = 0; t < 5; t++) {
            struct vector_case c = shape(4, 3, 10, 4, (enum tc_rounding)r);
            struct vector_block b = attention(3, 1, 2, TC_MASK_CAUSAL, ropes[t]), free = b;
            struct model m = open_model(&c, &b);
            uint64_t state = 77 + t;

            free.mask = TC_MASK_NONE;
            fill_drawn(&m, &state, wide_range, weight_range);
            run(&m);
            for (int64_t i = 0; i < c.n; i++) {
                struct vector_case shorter = c;
                struct model s;

                shorter.n = i + 1;
                /* the flat index j + k n depends on n; below 2 tokens there is no k */
                if (ropes[t] == TC_ROPE_FLAT && i > 0 && i < c.n - 1)
                    continue;
                s = open_model(&shorter, &free);
                for (unsigned k = 0; k < s.ntensor; k++)
                    memcpy(s.tensor[k], m.tensor[k], s.count[k] * sizeof(uint64_t));
                run(&s);
                for (size_t e = 0; e < 2; e++)
                    ck_assert_int_eq(result(&m, 2 * (size_t)i + e), result(&s, 2 * (size_t)i + e));
                close_model(&s);
            }
            close_model(&m);
        }
}
END_TEST

START_TEST(permutes_without_positions)
{
    static const size_t permutation[4] = {2, 0, 3, 1};

    for (int r = TC_OP; r <= TC_LAYER; r++)
        for (int64_t order = 2; order <= 4; order++) {
            struct vector_case c = shape(4, 2, 10, 4, (enum tc_rounding)r);
            struct vector_block b = attention(order, 1, 2, TC_MASK_NONE, TC_ROPE_NONE);
            struct model m = open_model(&c, &b), p = open_model(&c, &b);
            uint64_t s1 = 9, s2 = 9;

            for (int round = 0; round < 20; round++) {
                fill_drawn(&m, &s1, wide_range, weight_range);
                fill_drawn(&p, &s2, wide_range, weight_range);
                for (size_t i = 0; i < 4; i++)
                    memcpy(p.tensor[0] + 2 * i, m.tensor[0] + 2 * permutation[i], 16);
                run(&m);
                run(&p);
                for (size_t i = 0; i < 4; i++)
                    for (size_t e = 0; e < 2; e++)
                        ck_assert_int_eq(result(&p, 2 * i + e), result(&m, 2 * permutation[i] + e));
            }
            close_model(&m);
            close_model(&p);
        }
}
END_TEST

/* head h is the model of columns h * dh .. of every weight matrix */
START_TEST(heads_stand_alone)
{
    for (unsigned t = 0; t < 5; t++) {
        struct vector_case c = shape(3, 3, 10, 4, t % 2 ? TC_OP : TC_BLOCK);
        struct vector_block many = attention(3, 3, 2, TC_MASK_NONE, ropes[t]), one = many;
        struct model m = open_model(&c, &many), s;
        uint64_t state = 31 + t;

        one.heads = 1;
        s = open_model(&c, &one);
        fill_drawn(&m, &state, wide_range, weight_range);
        run(&m);
        memcpy(s.tensor[0], m.tensor[0], m.count[0] * sizeof(uint64_t));
        for (size_t h = 0; h < 3; h++) {
            for (unsigned k = 1; k < m.ntensor; k++)
                for (size_t e = 0; e < 3; e++)
                    memcpy(s.tensor[k] + 2 * e, m.tensor[k] + 6 * e + 2 * h, 16);
            run(&s);
            for (size_t i = 0; i < 3; i++)
                for (size_t e = 0; e < 2; e++)
                    ck_assert_int_eq(result(&s, 2 * i + e), result(&m, 6 * i + 2 * h + e));
        }
        close_model(&m);
        close_model(&s);
    }
}
END_TEST

START_TEST(blocks_follow_each_other)
{
    struct vector_case both = shape(3, 2, 10, 4, TC_BLOCK), first = both, second = both;
    struct vector_block b[2] = {attention(3, 3, 2, TC_MASK_NONE, TC_ROPE_EACH),
                                attention(2, 1, 4, TC_MASK_CAUSAL, TC_ROPE_EACH)};
    struct model m, m1, m2;
    uint64_t state = 3;

    both.nblock = 2;
    second.width = 6;
    m = open_model(&both, b);
    m1 = open_model(&first, b);
    m2 = open_model(&second, b + 1);
    fill_drawn(&m, &state, wide_range, weight_range);
    for (unsigned k = 0; k < m1.ntensor; k++)
        memcpy(m1.tensor[k], m.tensor[k], m.count[k] * sizeof(uint64_t));
    run(&m);
    run(&m1);
    memcpy(m2.tensor[0], m1.y, m1.ny * sizeof(uint64_t));
    for (unsigned k = 1; k < m2.ntensor; k++)
        memcpy(m2.tensor[k], m.tensor[m1.ntensor + k - 1], m2.count[k] * sizeof(uint64_t));
    run(&m2);
    ck_assert_uint_eq(m.ny, m2.ny);
    ck_assert_mem_eq(m.y, m2.y, m.ny * sizeof(uint64_t));
    close_model(&m);
    close_model(&m1);
    close_model(&m2);
}
END_TEST

/* ----------------------------------------------------------------- refusals */

static enum tc_errkind refused(struct vector_case c, struct vector_block b)
{
    struct tc_spec *s = build(&c, &b);
    struct tc_error err = {0};

    ck_assert_ptr_null(tc_reference_new(s, TC_REGIME_AUTO, &err));
    ck_assert_uint_gt(strlen(err.msg), 0);
    tc_arena_free(s->arena);
    return err.kind;
}

START_TEST(refuses_what_it_cannot)
{
    struct vector_case c = shape(2, 2, 8, 3, TC_BLOCK);
    struct vector_block b = attention(2, 1, 2, TC_MASK_NONE, TC_ROPE_FLAT);

    ck_assert_int_eq(refused(c, b), TC_ESPEC);
    b.rope = TC_ROPE_QUERY2;
    ck_assert_int_eq(refused(c, b), TC_ESPEC);
    b = attention(3, 1, 3, TC_MASK_NONE, TC_ROPE_EACH);
    ck_assert_int_eq(refused(c, b), TC_ESPEC);
    b.head_width = 2;
    b.base = "-1";
    ck_assert_int_eq(refused(c, b), TC_ESPEC);
    b = attention(4, 1, 2, TC_MASK_NONE, TC_ROPE_NONE);
    c.n = INT64_C(1) << 31;
    ck_assert_int_eq(refused(c, b), TC_ELIMIT);
    tc_reference_free(NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("reference");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, agrees_with_the_python_evaluator);
    tcase_add_test(c, one_token_gives_its_value);
    tcase_add_test(c, zero_weights_average);
    tcase_add_test(c, scales);
    tcase_add_test(c, exp_known);
    tcase_add_test(c, exp_as_long_double);
    tcase_add_test(c, turns_as_long_double);
    tcase_add_test(c, turns_known);
    tcase_add_test(c, one_position_is_no_rope);
    tcase_add_test(c, each_is_complex_at_order_2);
    tcase_add_test(c, ones_reduce_the_order);
    tcase_add_test(c, causal_rows_see_the_past);
    tcase_add_test(c, permutes_without_positions);
    tcase_add_test(c, heads_stand_alone);
    tcase_add_test(c, blocks_follow_each_other);
    tcase_add_test(c, refuses_what_it_cannot);
    suite_add_tcase(s, c);
    return check_status(s);
}
