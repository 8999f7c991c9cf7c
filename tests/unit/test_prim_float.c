/* one operation of floats: family and netlist against the reference
 *
 *   test_prim_float                            all tests
 *   test_prim_float OP FORMAT [TERMS [N]]      N weighted vectors, all levels
 *   test_prim_float --vectors OP FORMAT TERMS N SEED    prints them, a line each
 *
 * TERMS is 0 for operations without.  What lowering refuses is counted and named, not
 * passed silently.  VECTORS sets N for the wide formats, TC_FAST=1 lowers it.
 */
#include "check_main.h"
#include "prim_case.h"
#include "prim_vectors.h"

#include <stdio.h>
#include <string.h>

#define MOST_SKIPS 64
#define MOST_WIRES (1ul << 23) /* of a netlist that is run */
#define NETLIST    1024ul      /* vectors of those for the family */
#define BATCH      4096u

#define COUNT(list)      (sizeof list / sizeof *list)
#define EACH(name, list) for (size_t name = 0; name < COUNT(list); name++)

static const struct tc_options levels[] = {
    {.level = TC_LEVEL_1, .regime = TC_REGIME_TABLE},
    {.level = TC_LEVEL_2, .regime = TC_REGIME_TABLE},
    {.level = TC_LEVEL_SIZE, .regime = TC_REGIME_TABLE},
    {.level = TC_LEVEL_1, .regime = TC_REGIME_ARITHMETIC},
    {.level = TC_LEVEL_2, .regime = TC_REGIME_ARITHMETIC},
    {.level = TC_LEVEL_SIZE, .regime = TC_REGIME_ARITHMETIC},
};
#define LEVEL_ARITHMETIC 3
static const char *const level_name[] = {"-O1",
                                         "-O2",
                                         "-O size",
                                         "-O1 --regime arithmetic",
                                         "-O2 --regime arithmetic",
                                         "-O size --regime arithmetic"};

static const char *const two[] = {"add", "sub", "mul", "div", "lt", "le", "eq"};
static const char *const one[] = {"sqrt", "rsqrt", "recip", "exp",     "exp2",     "log",
                                  "sin",  "cos",   "tanh",  "sigmoid", "gelu",     "silu",
                                  "relu", "floor", "neg",   "abs",     "gelu-tanh"};
static const char *const many[] = {"sum",    "dot",  "max",     "argmax",
                                   "maxarg", "prod", "softmax", "norm"};
static const char *const small[] = {"float:2",  "float:3", "float:3,-4,2", "ieee:2,2", "ieee:3,3",
                                    "ieee:4,3", "ftz:2,2", "ftz:3,3",      "e4m3",     "e5m2"};
static const char *const large[] = {"ieee:4,5",       "ftz:4,5",  "float:6",
                                    "float:8,-40,30", "binary16", "bfloat16"};
static const char *const wide[] = {"binary32",   "ftz:24,8",        "ieee:53,11",   "ftz:53,11",
                                   "ieee:100,9", "float:40,-60,60", "float:64,-5,5"};

/* ------------------------------------------------------------------- the harness */

static struct tally {
    unsigned circuits, netlists, nskip;
    unsigned long vectors, on_netlists;
    char skip[MOST_SKIPS][480];
} tally;

static void show_tally(const char *name, const char *op)
{
    printf("%s, %s: %u circuits, %lu vectors; as netlists %u, %lu\n", name, op, tally.circuits,
           tally.vectors, tally.netlists, tally.on_netlists);
    for (unsigned k = 0; k < tally.nskip; k++)
        printf("  skipped: %s\n", tally.skip[k]);
    fflush(stdout);
    memset(&tally, 0, sizeof tally);
}

/* formats that are refused with the same words share a line */
static void skip(const struct tc_prim *p, const char *format, const struct tc_error *err)
{
    char key[300];
    char *at;

    snprintf(key, sizeof key, "%.20s: %.220s%s:", p->name, err->msg,
             p->options->regime == TC_REGIME_ARITHMETIC ? " (arithmetic)" : "");
    for (unsigned k = 0; k < tally.nskip; k++) {
        at = tally.skip[k];
        if (strncmp(at, key, strlen(key)))
            continue;
        if (!strstr(at, format) && strlen(at) + strlen(format) + 2 < sizeof tally.skip[k])
            strcat(strcat(at, " "), format);
        return;
    }
    if (tally.nskip == MOST_SKIPS)
        exit(1);
    snprintf(tally.skip[tally.nskip++], sizeof tally.skip[0], "%s %.60s", key, format);
}

static unsigned long wanted_vectors(unsigned long plain)
{
    const char *n = getenv("VECTORS");

    return n ? strtoul(n, NULL, 10) : is_fast() ? plain / 8 + 64 : plain / 2 + 64;
}

/* the last operands are constants */
static void fix(struct tc_prim *p, uint64_t *constant, unsigned nconst)
{
    p->constant = constant;
    p->nconst = nconst;
    p->noperand -= nconst;
}

/* a number after the text */
static void put(const struct tc_prim *p, const struct tc_format *f, const uint64_t *word,
                char *text, size_t size)
{
    size_t n = strlen(text);
    char *number;
    mpz_t z;

    mpz_init(z);
    mpz_import(z, p->limbs, -1, sizeof *word, 0, 0, word);
    number = tc_format_text(f, z, false);
    snprintf(text + n, size - n, "%s", number);
    free(number);
    mpz_clear(z);
}

static const char *mismatch(const struct tc_prim *p, const char *format, const char *engine,
                            const uint64_t *in, const uint64_t *got, const uint64_t *want)
{
    static char text[6000];
    size_t n;

    snprintf(text, sizeof text, "%s %s, terms %u, %s %s:", p->name, format, p->terms,
             level_name[p->options - levels], engine);
    for (unsigned i = 0; i < p->noperand + p->nconst && i < 80; i++) {
        n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s ", i == p->noperand ? ", constant" : "");
        put(p, &p->format,
            i < p->noperand ? in + (size_t)i * p->limbs
                            : p->constant + (size_t)(i - p->noperand) * p->limbs,
            text, sizeof text);
    }
    for (unsigned k = 0; k < p->nresult; k++, got += p->limbs, want += p->limbs)
        if (memcmp(got, want, p->limbs * sizeof *got) != 0) {
            const struct tc_format *f = tc_prim_result(p, k);

            n = strlen(text);
            snprintf(text + n, sizeof text - n, "; result %u is ", k);
            put(p, f, got, text, sizeof text);
            n = strlen(text);
            snprintf(text + n, sizeof text - n, " (word %llx), wanted ",
                     (unsigned long long)got[0]);
            put(p, f, want, text, sizeof text);
            n = strlen(text);
            snprintf(text + n, sizeof text - n, " (%llx)", (unsigned long long)want[0]);
            break;
        }
    return text;
}

/* NULL, or what is wrong */
static const char *run(const struct tc_prim_circuit *c, const char *format, const uint64_t *in,
                       const uint64_t *want, size_t nvector)
{
    const struct tc_prim *p = c->prim;
    size_t given = (size_t)p->noperand * p->limbs, result = (size_t)p->nresult * p->limbs;
    uint64_t *out = tc_xcalloc(nvector * result, sizeof *out);
    const char *wrong = NULL;
    struct tc_error err = {0};

    if (!tc_prim_run(c, in, out, nvector, &err))
        wrong = "the run failed";
    for (size_t v = 0; v < nvector && !wrong; v++)
        if (memcmp(out + v * result, want + v * result, result * sizeof *out) != 0)
            wrong = mismatch(p, format, c->netlist ? "netlist" : "family", in + v * given,
                             out + v * result, want + v * result);
    free(out);
    return wrong;
}

/* The circuit, then batches of vectors from next(), until it gives none.  NULL, or what
 * is wrong. */
static const char *compare(struct tc_prim *p, const char *format,
                           size_t (*next)(void *, uint64_t *, size_t), void *state)
{
    struct tc_prim_circuit family, netlist, reference;
    uint64_t *in = tc_xcalloc((size_t)BATCH * p->noperand * p->limbs, sizeof *in);
    uint64_t *want = tc_xcalloc((size_t)BATCH * p->nresult * p->limbs, sizeof *want);
    struct tc_error err = {0};
    const char *wrong = NULL;
    unsigned long left = NETLIST;
    bool flat = false;
    size_t n;

    if (!tc_prim_build(p, TC_ENGINE_FAMILY, UINT64_MAX, &family, &err)) {
        if (strstr(err.msg, "not built yet") || err.kind == TC_ELIMIT)
            skip(p, format, &err);
        else
            wrong = "the circuit cannot be built";
    } else {
        tally.circuits++;
        flat = mpz_cmp_ui(family.compiled.count.wires, MOST_WIRES) <= 0;
        if (flat && !tc_prim_build(p, TC_ENGINE_NETLIST, UINT64_MAX, &netlist, &err))
            wrong = "the netlist cannot be built";
        tc_prim_build(p, TC_ENGINE_REFERENCE, UINT64_MAX, &reference, &err);
        tally.netlists += flat;
        while (!wrong && (n = next(state, in, BATCH)) > 0) {
            tc_prim_run(&reference, in, want, n, &err);
            wrong = run(&family, format, in, want, n);
            tally.vectors += n;
            n = n < left ? n : left;
            if (!wrong && flat && n)
                wrong = run(&netlist, format, in, want, n);
            left -= n;
            tally.on_netlists += flat ? n : 0;
        }
        if (flat)
            tc_prim_free(&netlist);
        tc_prim_free(&reference);
    }
    tc_prim_free(&family);
    free(in);
    free(want);
    return wrong;
}

struct weighted {
    struct vectors v;
    unsigned long left;
};

static size_t next_weighted(void *state, uint64_t *in, size_t most)
{
    struct weighted *w = state;
    size_t n = w->left < most ? w->left : most;

    for (size_t k = 0; k < n; k++)
        vec_next(&w->v, in + k * w->v.prim->noperand * w->v.prim->limbs);
    w->left -= n;
    return n;
}

struct all {
    struct vectors v;
    uint64_t i, j, step; /* of i */
};

/* all operands, or pairs of them */
static size_t next_all(void *state, uint64_t *in, size_t most)
{
    struct all *a = state;
    unsigned width = a->v.prim->noperand;
    size_t n = 0;

    while (n < most && vec_operand(&a->v, a->i, in + n * width)) {
        if (width == 1) {
            a->i += a->step;
        } else if (vec_operand(&a->v, a->j, in + n * width + 1)) {
            a->j++;
        } else {
            a->i += a->step;
            a->j = 0;
            continue;
        }
        n++;
    }
    return n;
}

static const char *compare_all(struct tc_prim *p, const char *format)
{
    unsigned width = tc_format_width(&p->format);
    /* with VECTORS all of them, also of 16 bits */
    struct all a = {.step = width < 8                         ? 1
                            : is_fast()                       ? (width == 8 ? 7 : 61)
                            : width < 16 || getenv("VECTORS") ? 1
                                                              : 5};

    vec_open(&a.v, p, 0);
    return compare(p, format, next_all, &a);
}

static const char *compare_weighted(struct tc_prim *p, const char *format, unsigned long n)
{
    struct weighted w = {.left = n};

    vec_open(&w.v, p, n + p->op + 100 * p->terms + 10000 * p->format.p);
    return compare(p, format, next_weighted, &w);
}

static void check(const char *wrong)
{
    ck_assert_msg(!wrong, "%s", wrong);
}

/* ------------------------------------------------------------------------- tests */

/* a third of the circuits, another third for every operation and format; with TC_FAST an
 * eighth; with VECTORS all */
static bool left_out(size_t k)
{
    return k % (getenv("VECTORS") ? 1 : is_fast() ? 8 : 3) != 0;
}

START_TEST(pairs)
{
    EACH(f, small)
    EACH(l, levels)
    {
        struct tc_prim p = prim_case(two[_i], small[f], 0, false, &levels[0]);

        if (left_out(f + l + (size_t)_i))
            continue;
        p.options = &levels[l];
        check(compare_all(&p, small[f]));
    }
    show_tally("pairs", two[_i]);
}
END_TEST

START_TEST(functions)
{
    EACH(f, small)
    EACH(l, levels)
    {
        struct tc_prim p = prim_case(one[_i], small[f], 0, false, &levels[0]);

        if (left_out(f + l + (size_t)_i))
            continue;
        p.options = &levels[l];
        /* test_series and test_pieces have these by themselves: a fourth of them here */
        if ((tc_prim_is_series(&p) || tc_prim_is_pieces(&p)) && !getenv("VECTORS") &&
            (f + (size_t)_i) % 4)
            continue;
        check(compare_all(&p, small[f]));
    }
    show_tally("functions", one[_i]);
}
END_TEST

START_TEST(wide_functions)
{
    EACH(f, large)
    {
        struct tc_prim p = prim_case(one[_i], large[f], 0, false, &levels[0]);

        check(compare_all(&p, large[f]));
    }
    show_tally("functions of wide formats", one[_i]);
}
END_TEST

START_TEST(wide_pairs)
{
    EACH(f, large)
    EACH(l, levels)
    {
        struct tc_prim p = prim_case(two[_i], large[f], 0, false, &levels[0]);

        if (left_out(f + l + (size_t)_i))
            continue;
        p.options = &levels[l];
        check(compare_weighted(&p, large[f], wanted_vectors(1500)));
    }
    show_tally("pairs of wide formats", two[_i]);
}
END_TEST

START_TEST(small_terms)
{
    static const unsigned counts[] = {1, 2, 3, 5};

    EACH(f, small)
    EACH(l, levels)
    EACH(t, counts)
    {
        struct tc_prim p = prim_case(many[_i], small[f], counts[t], false, &levels[0]);

        /* softmax and norm are step by step there: test_many has them */
        if (l == LEVEL_ARITHMETIC && (p.op == TC_OP_SOFTMAX || p.op == TC_OP_NORM))
            continue;
        if (left_out(f + l + t + (size_t)_i))
            continue;
        p.options = &levels[l];
        check(compare_weighted(&p, small[f], wanted_vectors(400)));
    }
    show_tally("vectors", many[_i]);
}
END_TEST

START_TEST(wide_words)
{
    EACH(f, wide)
    EACH(l, levels)
    {
        struct tc_prim p = prim_case(two[_i], wide[f], 0, false, &levels[0]);
        bool slow = p.format.p > 24; /* to build: one of them will do */

        if (left_out(f + l + (size_t)_i))
            continue;
        if (slow && !getenv("VECTORS") &&
            (is_fast() || l != LEVEL_ARITHMETIC || strcmp(wide[f], "float:64,-5,5") != 0))
            continue;
        p.options = &levels[l];
        check(compare_weighted(&p, wide[f], wanted_vectors(slow ? 128 : 1000)));
    }
    show_tally("wide words", two[_i]);
}
END_TEST

START_TEST(wide_terms)
{
    static const unsigned counts[] = {2, 7};

    EACH(f, large)
    EACH(t, counts)
    {
        struct tc_prim p = prim_case(many[_i], large[f], counts[t], false, &levels[0]);

        if (left_out(f + t + (size_t)_i))
            continue;
        check(compare_weighted(&p, large[f], wanted_vectors(400)));
    }
    show_tally("vectors of wide formats", many[_i]);
}
END_TEST

START_TEST(constants)
{
    static const char *const formats[] = {"float:2", "ieee:3,3", "ftz:3,3", "e4m3"};
    uint64_t constant[8];

    EACH(o, two)
    EACH(f, formats)
    for (uint64_t k = 0;; k += f == 3 ? 7 : 1) {
        struct tc_prim p = prim_case(two[o], formats[f], 0, false, &levels[0]);
        struct vectors v;

        vec_open(&v, &p, 1);
        if (!vec_operand(&v, k, constant))
            break;
        if (left_out(o + f + k))
            continue;
        fix(&p, constant, 1);
        check(compare_all(&p, formats[f]));
    }
    EACH(f, formats)
    for (unsigned what = 0; what < 3; what++)
        for (unsigned n = 2; n <= 5; n++)
            for (unsigned again = 0; again < 5; again++) {
                static const char *const ops[] = {"sum", "prod", "dot"};
                struct tc_prim p = prim_case(ops[what], formats[f], n, false, &levels[0]);
                struct vectors v;

                vec_open(&v, &p, again);
                vec_terms(&v, constant, n);
                fix(&p, constant, what == 2 ? n : 1 + n / 3);
                check(compare_weighted(&p, formats[f], wanted_vectors(150)));
            }
    show_tally("constants", "all");
}
END_TEST

/* ------------------------------------------------------------------ command line */

static int print_vectors(char **argv)
{
    struct tc_prim p = prim_case(argv[0], argv[1], (unsigned)atoi(argv[2]), false, &levels[0]);
    uint64_t *x = tc_xcalloc((size_t)p.noperand * p.limbs, sizeof *x);
    struct vectors v;
    char text[600];

    vec_open(&v, &p, strtoull(argv[4], NULL, 10));
    for (unsigned long n = strtoul(argv[3], NULL, 10); n; n--) {
        vec_next(&v, x);
        for (unsigned i = 0; i < p.noperand; i++) {
            *text = '\0';
            put(&p, &p.format, x + (size_t)i * p.limbs, text, sizeof text);
            fputs(text, stdout);
            putchar(i + 1 < p.noperand ? ' ' : '\n');
        }
    }
    free(x);
    return fflush(stdout) != 0;
}

static int compare_one(int argc, char **argv)
{
    unsigned terms = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 10) : wanted_vectors(10000);

    EACH(l, levels)
    {
        struct tc_prim p = prim_case(argv[0], argv[1], terms, false, &levels[0]);
        bool all = p.noperand <= 2 && p.noperand * tc_format_width(&p.format) <= 18;
        const char *wrong;

        p.options = &levels[l];
        wrong = all && argc < 4 ? compare_all(&p, argv[1]) : compare_weighted(&p, argv[1], n);
        if (wrong) {
            puts(wrong);
            return 1;
        }
    }
    show_tally(argv[0], argv[1]);
    return 0;
}

static int run_tests(void)
{
    Suite *s = suite_create("prim_float");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 900);
    tcase_add_loop_test(c, pairs, 0, COUNT(two));
    tcase_add_loop_test(c, functions, 0, COUNT(one));
    tcase_add_loop_test(c, small_terms, 0, COUNT(many));
    tcase_add_test(c, constants);
    tcase_add_loop_test(c, wide_pairs, 0, COUNT(two));
    tcase_add_loop_test(c, wide_functions, 0, COUNT(one));
    tcase_add_loop_test(c, wide_words, 0, COUNT(two));
    tcase_add_loop_test(c, wide_terms, 0, COUNT(many));
    suite_add_tcase(s, c);
    return check_status(s);
}

int main(int argc, char **argv)
{
    if (argc == 7 && !strcmp(argv[1], "--vectors"))
        return print_vectors(argv + 2);
    return argc >= 3 ? compare_one(argc - 1, argv + 1) : run_tests();
}
