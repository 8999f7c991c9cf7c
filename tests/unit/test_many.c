/* sums of many terms: sums of products, sums, and means of floats, at the places of exponents and
 * with gaps cut off: family and netlist against the reference, and means against exact numbers
 *
 * All vectors of tiny formats; then terms in chains of distances beside the cut, that cancel,
 * with subnormal factors, zeros, infinities; results at both ends of the range. */
#include "../../compiler/prim_exact.h"
#include "../../ir/exchange.h"
#include "check_main.h"
#include "many_case.h"
#include "prim_vectors.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define BATCH      1024u
#define MOST_WIRES 600000ul /* of a netlist that is run */

static const struct tc_options options[] = {
    {.level = TC_LEVEL_2, .regime = TC_REGIME_ARITHMETIC},
    {.level = TC_LEVEL_SIZE, .regime = TC_REGIME_ARITHMETIC},
};

struct many {
    struct tc_prim prim;
    struct tc_prim_circuit family, netlist;
    const char *what;
    enum fl_places places;
    unsigned divide;
    struct vectors v;
    uint64_t *in, *out, *want;
    unsigned long vectors;
};

static void open_many(struct many *m, const char *op, const char *format, unsigned n, unsigned way,
                      unsigned divide)
{
    struct tc_args args = {.spec = op, .format = format, .terms = n, .has_terms = true};
    struct tc_error err = {0};

    memset(m, 0, sizeof *m);
    ck_assert_msg(tc_prim_open(&args, &m->prim, &err), "%s", err.msg);
    m->prim.options = &options[way / 2 % 2];
    m->places = way % 2 ? FL_CUT_GAPS : FL_EXPONENTS;
    m->divide = divide;
    m->what = format;
    many_open(&m->prim, m->places, divide, way / 2 % 2 ? 9 : 7, MOST_WIRES, &m->family,
              &m->netlist);
    m->in = tc_xcalloc((size_t)BATCH * m->prim.noperand * m->prim.limbs, sizeof *m->in);
    m->out = tc_xcalloc((size_t)BATCH * m->prim.limbs, sizeof *m->out);
    m->want = tc_xcalloc((size_t)BATCH * m->prim.limbs, sizeof *m->want);
    vec_open(&m->v, &m->prim, 100 * n + way);
}

static void close_many(struct many *m)
{
    printf("%s of %u %s, %s, by %u, depth %u: %lu vectors%s\n", m->prim.name, m->prim.terms,
           m->what, m->places == FL_CUT_GAPS ? "gaps cut off" : "exponents", m->divide,
           m->family.compiled.count.depth, m->vectors,
           m->netlist.netlist ? ", also as a netlist" : "");
    fflush(stdout);
    many_close(&m->family, &m->netlist);
    free(m->in);
    free(m->out);
    free(m->want);
}

/* the exact sum by `divide`, rounded */
static void define_mean(const struct many *m, const uint64_t *in, uint64_t *out)
{
    const struct tc_format *f = &m->prim.format;
    unsigned limbs = m->prim.limbs;
    struct exact sum, x;

    tc_exact_init(&sum);
    tc_exact_init(&x);
    sum.minus = true;
    for (unsigned i = 0; i < m->prim.noperand; i++) {
        tc_exact_read(f, in + (size_t)i * limbs, limbs, &x);
        tc_exact_add(&sum, &x);
    }
    tc_exact_set_ui(&x, m->divide);
    tc_exact_div(&sum, &x);
    tc_exact_round(f, &sum);
    tc_exact_write(f, &sum, out, limbs);
    tc_exact_clear(&sum);
    tc_exact_clear(&x);
}

static void compare(struct many *m, const struct tc_prim_circuit *c, unsigned n)
{
    unsigned limbs = m->prim.limbs, operands = m->prim.noperand;
    struct tc_error err = {0};

    ck_assert_msg(tc_prim_run(c, m->in, m->out, n, &err), "%s", err.msg);
    for (unsigned v = 0; v < n; v++) {
        char text[600] = "";

        if (!memcmp(m->out + v * limbs, m->want + v * limbs, limbs * sizeof *m->out))
            continue;
        for (unsigned i = 0; i < operands; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), " %llx",
                     (unsigned long long)m->in[(v * operands + i) * limbs]);
        ck_abort_msg("%s %s, places %u, by %u, of words%s: %llx, wanted %llx", m->prim.name,
                     m->what, m->places, m->divide, text, (unsigned long long)m->out[v * limbs],
                     (unsigned long long)m->want[v * limbs]);
    }
}

static void check_batch(struct many *m, unsigned n)
{
    struct tc_prim_circuit reference = {.prim = &m->prim, .engine = TC_ENGINE_REFERENCE};
    unsigned limbs = m->prim.limbs;
    struct tc_error err = {0};

    if (m->divide)
        for (unsigned v = 0; v < n; v++)
            define_mean(m, m->in + (size_t)v * m->prim.noperand * limbs, m->want + v * limbs);
    else
        tc_prim_run(&reference, m->in, m->want, n, &err);
    compare(m, &m->family, n);
    if (m->netlist.netlist && !m->vectors)
        compare(m, &m->netlist, n);
    m->vectors += n;
}

/* ----------------------------------------------------------------------- all vectors */

static bool is_operand(const struct tc_format *f, uint64_t word)
{
    mpz_t w;
    mpq_t x;
    bool minus;
    enum tc_class class;

    mpz_init_set_ui(w, word);
    mpq_init(x);
    class = tc_format_decode(f, w, x, &minus);
    mpz_clear(w);
    mpq_clear(x);
    return class != TC_NO_CODE && (class != TC_INFINITE || f->nan);
}

static void all_vectors(const char *op, const char *format, unsigned n, unsigned way,
                        unsigned divide)
{
    struct many m;
    uint64_t word[64];
    unsigned words = 0, at[8] = {0}, fill = 0, i = 0, operands;

    open_many(&m, op, format, n, way, divide);
    operands = m.prim.noperand;
    for (uint64_t w = 0; w < m.v.sign * 2; w++)
        if (is_operand(&m.prim.format, w)) {
            ck_assert_uint_lt(words, 64);
            word[words++] = w;
        }
    while (i < operands) {
        for (unsigned k = 0; k < operands; k++)
            m.in[fill * operands + k] = word[at[k]];
        if (++fill == BATCH) {
            check_batch(&m, fill);
            fill = 0;
        }
        for (i = 0; i < operands && ++at[i] == words; i++)
            at[i] = 0;
    }
    check_batch(&m, fill);
    close_many(&m);
}

START_TEST(all_products)
{
    static const char *const format[] = {"ftz:2,2", "float:2,-3,-1", "ftz:2,2", "float:2,2,4"};

    all_vectors("dot", format[_i], 2, (unsigned)_i, 0);
    all_vectors("dot", "ieee:3,3", 1, (unsigned)_i, 0);
}
END_TEST

START_TEST(all_means)
{
    static const char *const format[] = {"ieee:2,3", "ftz:2,3", "float:2,-4,3", "float:3,1,4"};

    all_vectors("sum", format[_i], 2, (unsigned)_i, 3);
    all_vectors("sum", format[_i], 2, 3 - (unsigned)_i, 5);
    all_vectors("sum", format[_i], 1, 1, 6);
}
END_TEST

/* ------------------------------------------------------------------- chains of gaps */

static int64_t distance(struct many *m, int64_t g)
{
    int64_t p = m->prim.format.p;
    const int64_t d[] = {0, 0, 1, 2, p - 1, p, 2 * p, 2 * p + 1, g - 2, g - 1, g, g + 1, g + 5};

    return d[vec_below(&m->v, sizeof d / sizeof *d)];
}

/* the factors of a number of this exponent (of the product, from both least fields) */
static void factors(struct many *m, int64_t e, uint64_t *x, uint64_t *y)
{
    int64_t top = m->prim.format.top, least = e > top ? e - top : 0, most = e < top ? e : top, one;

    if (e < 0 || e > 2 * top) {
        *x = *y = vec_single(&m->v);
        return;
    }
    one = least + (int64_t)vec_below(&m->v, (uint64_t)(most - least + 1));
    *x = vec_make(&m->v, one, vec_significand(&m->v), vec_coin(&m->v));
    *y = vec_make(&m->v, e - one, vec_significand(&m->v), vec_coin(&m->v));
}

/* terms from some exponent downwards; of some the opposite, or nearly, further on */
static void next_chain(struct many *m, uint64_t *x)
{
    unsigned n = m->prim.terms;
    bool dot = m->prim.op == TC_OP_DOT;
    int64_t p = m->prim.format.p, top = m->prim.format.top * (dot ? 2 : 1), g = (dot ? 3 : 2) * p;
    int64_t e = vec_below(&m->v, 3) ? (int64_t)vec_below(&m->v, (uint64_t)top + 1)
                                    : vec_near(&m->v, dot ? 2 - m->prim.format.low : 1, 3 * p);

    while ((1u << (g - (dot ? 3 : 2) * p)) < n + 1)
        g++;
    g += 1 + (m->divide ? 3 : 0);
    for (unsigned i = 0; i < n; i++) {
        uint64_t *y = dot ? &x[n + i] : &x[i];

        if (dot)
            factors(m, e, &x[i], y);
        else
            x[i] = vec_make(&m->v, e, vec_significand(&m->v), vec_coin(&m->v));
        if (i && vec_below(&m->v, 3) == 0) {
            unsigned of = (unsigned)vec_below(&m->v, i);

            x[i] = x[of];
            if (dot)
                *y = x[n + of];
            if (x[i] & (m->v.sign - 1))
                x[i] ^= m->v.sign;
            if (vec_coin(&m->v) && *y % m->v.b)
                *y ^= 1;
        }
        e -= distance(m, g);
    }
}

static void random_vectors(const char *op, const char *format, unsigned n, unsigned way,
                           unsigned divide, unsigned long vectors)
{
    const char *more = getenv("N");
    struct many m;

    vectors *= more ? strtoul(more, NULL, 10) : 1;
    vectors /= is_fast() ? 4 : 1;
    open_many(&m, op, format, n, way, divide);
    while (m.vectors < vectors) {
        unsigned some = vectors - m.vectors < BATCH ? (unsigned)(vectors - m.vectors) : BATCH;

        for (unsigned v = 0; v < some; v++) {
            uint64_t *x = m.in + (size_t)v * m.prim.noperand * m.prim.limbs;

            if (m.v.b && v % 4)
                next_chain(&m, x);
            else
                vec_next(&m.v, x);
        }
        check_batch(&m, some);
    }
    close_many(&m);
}

START_TEST(products)
{
    unsigned n = 2 + (unsigned)_i / 2, way = (unsigned)_i % 2;

    random_vectors("dot", n == 2 ? "ieee:3,5" : "ieee:2,3", n, way, 0, 500);
    random_vectors("dot", "ieee:3,3", n, 2 + way, 0, 500);
    random_vectors("dot", n == 2 ? "float:3,-40,20" : "float:2", n, way, 0, 500);
    random_vectors("dot", "ftz:2,4", n, 2 + way, 0, 300);
    random_vectors("dot", "e4m3", 2, way, 0, 300);
}
END_TEST

START_TEST(means)
{
    unsigned n = 2 + (unsigned)_i / 2, way = (unsigned)_i % 2;

    random_vectors("sum", "ieee:3,5", n, way, n, 400);
    random_vectors("sum", "ieee:5,4", n, 2 + way, 11, 300);
    random_vectors("sum", "float:3,-30,30", n, way, n + 1, 400);
    random_vectors("sum", "ftz:3,5", n, 2 + way, 7, 300);
    random_vectors("sum", "e4m3", n, 3 - way, 100, 300);
}
END_TEST

START_TEST(wide)
{
    static const struct {
        const char *op, *format;
        unsigned terms, way, divide;
    } t[] = {{"dot", "binary32", 2, 2, 0},
             {"dot", "float:24", 2, 3, 0},
             {"sum", "binary32", 2, 3, 3},
             {"sum", "float:40,-500,500", 2, 3, 5}};

    random_vectors(t[_i].op, t[_i].format, t[_i].terms, t[_i].way, t[_i].divide, 32);
}
END_TEST

/* ------------------------------------------------------------- through prim's command
 *
 * Softmax and norm by steps; constants among the operands of max and prod; wide integers. */

/* limbs at random to a word of `bits`: any, a small number or its opposite, an end of the range */
static void next_integer(struct tc_random *r, unsigned bits, uint64_t kind, uint64_t *limb,
                         unsigned limbs)
{
    mpz_t x, end;

    mpz_inits(x, end, NULL);
    mpz_import(x, limbs, -1, sizeof *limb, 0, 0, limb);
    if (kind == 1)
        mpz_set_ui(x, tc_random_below(r, 3));
    else if (kind < 5)
        mpz_fdiv_q_2exp(x, x, tc_random_below(r, 64 * limbs));
    mpz_setbit(end, bits - 1);
    if (kind == 2)
        mpz_add(x, end, x);
    else if (kind == 3)
        mpz_neg(x, x);
    mpz_fdiv_r_2exp(x, x, bits);
    memset(limb, 0, limbs * sizeof *limb);
    mpz_export(limb, NULL, -1, sizeof *limb, 0, 0, x);
    mpz_clears(x, end, NULL);
}

static void through_prim(const char *op, const char *format, unsigned n, unsigned nconst,
                         unsigned count)
{
    static const char *const terms[] = {"max", "argmax", "maxarg", "prod", "softmax", "norm"};
    struct tc_args args = {.spec = op, .format = format};
    struct tc_prim_circuit family, netlist, reference;
    struct tc_error err = {0};
    struct tc_prim prim;
    struct tc_random r;
    uint64_t *in, *want, *out;
    size_t size;
    unsigned all, limbs;

    for (unsigned k = 0; k < sizeof terms / sizeof *terms; k++)
        if (!strcmp(op, terms[k])) {
            args.has_terms = true;
            args.terms = n;
        }
    ck_assert_msg(tc_prim_open(&args, &prim, &err), "%s", err.msg);
    prim.options = &options[1];
    all = prim.noperand;
    limbs = prim.limbs;
    tc_random_seed(&r, n);
    in = tc_xcalloc((size_t)(count + 1) * all * limbs, sizeof *in);
    size = (size_t)count * prim.nresult * limbs;
    want = tc_xcalloc(size, sizeof *want);
    out = tc_xcalloc(size, sizeof *out);
    for (size_t k = 0; k < (size_t)(count + 1) * all; k++) { /* numbers near 1, and each other's */
        const struct tc_format *f = &prim.format;
        uint64_t *x = in + k * limbs, few = tc_random_below(&r, 6);

        if (few == 0 && k) {
            memcpy(x, in + tc_random_below(&r, k) * limbs, limbs * sizeof *x);
            continue;
        }
        for (unsigned l = 0; l < limbs; l++)
            x[l] = tc_random_next(&r);
        if (f->kind != TC_FLOAT)
            next_integer(&r, f->bits, few, x, limbs);
        if (f->kind == TC_FLOAT) {
            uint64_t field = (uint64_t)(2 - f->low - (int64_t)f->p) - 3 + tc_random_below(&r, 5);

            x[0] &= ((uint64_t)1 << (f->p - 1)) - 1;
            x[0] |= (few == 1 ? 0 : field) << (f->p - 1);
            if (few == 1 && f->underflow != TC_GRADUAL)
                x[0] = 0;
            if (x[0] || f->signed_zero)
                x[0] |= tc_random_below(&r, 2) << (f->p + f->q - 1);
        }
    }
    prim.nconst = nconst;
    prim.noperand -= nconst;
    prim.constant = in + (size_t)count * all * limbs;
    ck_assert_msg(tc_prim_build(&prim, TC_ENGINE_FAMILY, UINT64_MAX, &family, &err), "%s", err.msg);
    reference = family;
    reference.engine = TC_ENGINE_REFERENCE;
    ck_assert(tc_prim_run(&reference, in, want, count, &err));
    ck_assert_msg(tc_prim_run(&family, in, out, count, &err), "%s", err.msg);
    ck_assert_msg(!memcmp(want, out, size * sizeof *out), "%s %s", op, format);
    if (mpz_cmp_ui(family.compiled.count.wires, MOST_WIRES) <= 0) {
        ck_assert(tc_prim_build(&prim, TC_ENGINE_NETLIST, UINT64_MAX, &netlist, &err));
        ck_assert(tc_prim_run(&netlist, in, out, count, &err));
        ck_assert_msg(!memcmp(want, out, size * sizeof *out), "%s %s as a netlist", op, format);
        tc_prim_free(&netlist);
    }
    tc_prim_free(&family);
    free(in);
    free(want);
    free(out);
}

START_TEST(by_steps)
{
    static const char *const format[] = {"ieee:4,4", "float:4,-20,20", "ftz:4,4", "ieee:12,6"};

    through_prim("softmax", format[_i], 3, 0, 200);
    through_prim("norm", format[_i], 3, 0, 200);
}
END_TEST

START_TEST(with_constants)
{
    static const char *const format[] = {"ieee:4,4", "float:9,-300,300", "unsigned:5",
                                         "fixed:70,8"};
    const char *f = format[_i];

    through_prim("max", f, 4, 2, 200);
    through_prim("argmax", f, 3, 1, 200);
    through_prim("maxarg", f, 3, 2, 200);
    if (_i < 2)
        through_prim("prod", f, 3, 1 + (unsigned)_i, 100);
    for (unsigned k = 0; k < 2; k++) {
        through_prim("lt", f, 2, k, 200);
        through_prim("le", f, 2, k, 200);
        through_prim("eq", f, 2, k, 200);
    }
}
END_TEST

START_TEST(wide_integers)
{
    static const char *const format[] = {"fixed:17,16", "unsigned:33", "fixed:66,8"};
    static const char *const op[] = {"abs", "relu", "floor", "div"};

    for (unsigned k = 0; k < 4; k++)
        through_prim(op[k], format[_i], 0, 0, k == 3 ? 64 : 300);
    through_prim("div", format[_i], 0, 1, 300);
}
END_TEST

/* a gate has a weight above the bound, where wires that it reads twice are one */
static bool is_heavy(const struct tc_netlist *nl, unsigned bound)
{
    struct tc_sum sum = {0};
    bool heavy = false;

    for (uint32_t r = 0; r < nl->nrows; r++) {
        tc_sum_row(&sum, nl, r);
        for (size_t k = 0; k < sum.n; k++)
            heavy = heavy || mpz_cmpabs_ui(sum.weight[k], bound) > 0;
    }
    tc_sum_free(&sum);
    return heavy;
}

START_TEST(bounded_comparisons)
{
    static const char *const op[] = {"lt", "le", "maxarg"};
    static const char *const format[] = {"ieee:4,5", "ftz:4,5"};
    static const struct tc_options bounded = {.level = TC_LEVEL_2, .pass.max_weight = 256};
    struct tc_args args = {.spec = op[_i / 2], .format = format[_i % 2]};
    struct tc_prim_circuit c;
    struct tc_error err = {0};
    struct tc_prim prim;

    args.has_terms = _i / 2 == 2;
    args.terms = args.has_terms ? 4 : 0;
    ck_assert(tc_prim_open(&args, &prim, &err));
    prim.options = &bounded;
    ck_assert_msg(tc_prim_build(&prim, TC_ENGINE_NETLIST, UINT64_MAX, &c, &err), "%s", err.msg);
    ck_assert(!is_heavy(c.netlist, 256));
    ck_assert(is_heavy(c.netlist, 255));
    tc_prim_free(&c);
}
END_TEST

/* softmax and norm of small numbers too, by the same steps */
START_TEST(integers_by_steps)
{
    static const char *const format[] = {"fixed:2,1", "fixed:5,2", "fixed:6,0", "fixed:17,8"};

    for (unsigned n = 1; n <= 4; n += _i < 3 ? 1 : 2) {
        through_prim("softmax", format[_i], n, 0, _i < 3 ? 500 : 64);
        through_prim("norm", format[_i], n, 0, _i < 3 ? 500 : 64);
    }
}
END_TEST

/* exp of a step is limited as exp is */
START_TEST(refused_steps)
{
    static const char *const format[] = {"float:24,-100,-60"};
    struct tc_args args = {.spec = "softmax", .format = format[_i], .has_terms = true, .terms = 3};
    struct tc_prim_circuit c;
    struct tc_error err = {0};
    struct tc_prim prim;

    ck_assert(tc_prim_open(&args, &prim, &err));
    prim.options = &options[1];
    ck_assert(!tc_prim_build(&prim, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err));
    ck_assert(err.kind == TC_ELIMIT);
    ck_assert(strstr(err.msg, "exp by its series"));
    tc_prim_free(&c); /* also of one that was not built */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("many");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 600);
    tcase_add_loop_test(c, all_products, 0, 4);
    tcase_add_loop_test(c, all_means, 0, 4);
    tcase_add_loop_test(c, products, 0, 3);
    tcase_add_loop_test(c, means, 0, 3);
    tcase_add_loop_test(c, wide, 0, 4);
    tcase_add_loop_test(c, by_steps, 0, 4);
    tcase_add_loop_test(c, with_constants, 0, 4);
    tcase_add_loop_test(c, wide_integers, 0, 3);
    tcase_add_loop_test(c, integers_by_steps, 0, 4);
    tcase_add_loop_test(c, bounded_comparisons, 0, 6);
    tcase_add_loop_test(c, refused_steps, 0, 1);
    suite_add_tcase(suite, c);
    return check_status(suite);
}
