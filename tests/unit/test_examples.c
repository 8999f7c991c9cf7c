/* the examples: Match3 against brute force, and text that reads back as written
 *
 * Run from the root of the repository. */
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

static const char *const example[] = {"examples/1-tiny.xml",
                                      "examples/2-rope.xml",
                                      "examples/3-rope-tensor.xml",
                                      "examples/4-causal-heads.xml",
                                      "examples/5-match3.xml",
                                      "examples/6-rope-float.xml",
                                      "examples/7-rope-float-block.xml",
                                      "examples/8-four-layers.xml",
                                      "examples/9-layer-norm.xml",
                                      "examples/10-language-model.xml"};

#define NEXAMPLE ((int)(sizeof example / sizeof *example))
#define SEED     UINT64_C(20231212)

/* the spec and its family, sound and counted; free both */
static struct tc_spec *compile(const char *file, int n, int level, struct tc_family **family)
{
    struct tc_error err = {0};
    struct tc_options options = {.level = level};
    char value[16];
    struct tc_setting set = {"n", value};
    struct tc_spec *spec;

    snprintf(value, sizeof value, "%d", n);
    spec = tc_spec_read(file, &set, n > 0, true, &err);
    ck_assert_msg(spec != NULL, "%s:%u: %s", file, err.loc.line, err.msg);
    *family = tc_lower(spec, &options, &err);
    ck_assert_msg(*family != NULL, "%s: %s", file, err.msg);
    ck_assert_msg(tc_family_check(*family, &err), "%s: %s", file, err.msg);
    return spec;
}

/* ------------------------------------------------------------------ Match3 */

#define M 12

/* a row of X is x_i in one-hot form, a one being 2^2 of the format */
static void one_hot(const unsigned *x, unsigned n, uint64_t *word)
{
    memset(word, 0, n * M * sizeof *word);
    for (unsigned i = 0; i < n; i++)
        word[i * M + x[i]] = 4;
}

static bool matches(const unsigned *x, unsigned n, unsigned i)
{
    for (unsigned j = 0; j < n; j++)
        for (unsigned k = 0; k < n; k++)
            if ((x[i] + x[j] + x[k]) % M == 0)
                return true;
    return false;
}

struct tally {
    uint64_t matches, others, partial; /* places; sequences where some match and some do not */
};

/* Column 0 of Y is exactly 1 at a match and exactly 0 elsewhere, others are 0. */
static void match3(struct tc_engine *e, const struct tc_spec *spec, const unsigned *x, size_t count,
                   struct tally *tally)
{
    const struct tc_tensor *y = tc_spec_tensor(spec, "Y");
    unsigned n = (unsigned)spec->length.value, width = (unsigned)y->size[1].value;
    uint64_t *in = tc_xcalloc(count * n * M, sizeof *in);
    uint64_t *out = tc_xcalloc(count * n * width, sizeof *out);
    struct tc_error err = {0};

    for (size_t v = 0; v < count; v++)
        one_hot(x + v * n, n, in + v * n * M);
    ck_assert_msg(e->run(e->state, in, out, count, &err), "%s: %s", e->name, err.msg);
    for (size_t v = 0; v < count; v++) {
        unsigned found = 0;

        for (unsigned i = 0; i < n; i++) {
            const uint64_t *row = out + (v * n + i) * width;
            bool match = matches(x + v * n, n, i);

            ck_assert_msg(row[0] == (match ? 4 : 0),
                          "%s: sequence %zu, place %u: found word %llu, %s", e->name, v, i,
                          (unsigned long long)row[0], match ? "a match" : "no match");
            for (unsigned c = 1; c < width; c++)
                ck_assert_uint_eq(row[c], 0);
            found += match;
        }
        tally->matches += found;
        tally->others += n - found;
        tally->partial += found > 0 && found < n;
    }
    free(in);
    free(out);
}

/* both circuits; the netlist on every step-th batch of 64 */
static void match3_both(int n, int level, const unsigned *x, size_t count, size_t step)
{
    struct tc_error err = {0};
    struct tc_arena *arena = tc_arena_new();
    struct tally tally = {0}, again = {0};
    struct tc_family *family;
    struct tc_spec *spec = compile("examples/5-match3.xml", n, level, &family);
    struct tc_netlist *netlist = tc_family_instantiate(family, 0, 0, &err);
    struct tc_engine engine = tc_engine_family(arena, spec, family);

    ck_assert_msg(netlist != NULL, "%s", err.msg);
    ck_assert_msg(tc_netlist_check(netlist, &err), "%s", err.msg);
    for (size_t v = 0; v < count; v += 64)
        match3(&engine, spec, x + v * (size_t)n, count - v < 64 ? count - v : 64, &tally);
    engine = tc_engine_netlist(arena, spec, netlist);
    for (size_t v = 0; v < count; v += 64 * step)
        match3(&engine, spec, x + v * (size_t)n, count - v < 64 ? count - v : 64, &again);
    ck_assert_uint_gt(tally.matches, 0);
    ck_assert_uint_gt(tally.others, 0);
    ck_assert_uint_gt(tally.partial, 0);
    ck_assert_uint_gt(again.matches, 0);
    ck_assert_uint_gt(again.others, 0);
    tc_netlist_free(netlist);
    tc_family_free(family);
    tc_spec_free(spec);
    tc_arena_free(arena);
}

START_TEST(match3_every_sequence_of_3)
{
    static unsigned x[M * M * M][3];

    for (unsigned v = 0; v < M * M * M; v++) {
        x[v][0] = v % M;
        x[v][1] = v / M % M;
        x[v][2] = v / M / M;
    }
    match3_both(3, _i, x[0], M * M * M, 1);
}
END_TEST

START_TEST(match3_sequences_of_8)
{
    enum { N = 8, SPECIAL = 64 };
    static const unsigned special[][N] = {
        {11, 11, 8, 8, 4, 3, 7, 0},                                 /* of 5-match3.values.json */
        {1, 1, 1, 1, 1, 1, 1, 2},                                   /* sums of 3 to 6: no match */
        {1, 4, 1, 1, 1, 1, 1, 1},                                   /* 4 with itself alone */
        {1, 1, 1, 1, 1, 1, 1, 8},                                   /* so 8 */
        {1, 1, 1, 1, 1, 1, 1, 10},                                  /* 10 + 1 + 1, so all */
        {1, 2, 2, 2, 2, 2, 2, 9},                                   /* 1 + 2 + 9, three places */
        {1, 5, 1, 5, 1, 5, 6, 6},                                   /* 1 + 5 + 6, each often */
        {11, 11, 11, 11, 11, 11, 11, 11}, {3, 3, 3, 3, 3, 3, 6, 3}, /* 3 + 3 + 6 */
        {0, 1, 1, 1, 1, 1, 1, 1},                                   /* 0 with itself alone */
    };
    size_t count = is_fast() ? 256 : 4096;
    unsigned(*x)[N] = tc_xcalloc(count, sizeof *x);
    struct tc_random random;
    size_t at = 0;

    for (size_t v = 0; v < sizeof special / sizeof *special; v++, at++)
        memcpy(x[at], special[v], sizeof *x);
    for (unsigned value = 0; value < M; value++, at++) /* all equal */
        for (unsigned i = 0; i < N; i++)
            x[at][i] = value;
    tc_random_seed(&random, SEED);
    /* few values: sequences without any match are rare among uniform ones */
    for (; at < count; at++) {
        unsigned values = at % 3 == 0 ? M : 2 + (unsigned)(at / 3 % 2), value[M];

        for (unsigned k = 0; k < values; k++)
            value[k] = values == M ? k : (unsigned)tc_random_below(&random, M);
        for (unsigned i = 0; i < N; i++)
            x[at][i] = value[tc_random_below(&random, values)];
    }
    match3_both(N, 1, x[0], count, count / 64 / (is_fast() ? 1 : 4));
    free(x);
}
END_TEST

/* what brute force itself says, by hand */
START_TEST(brute_force)
{
    const unsigned x[] = {11, 11, 8, 8, 4, 3, 7, 0};
    const bool y[] = {false, false, true, true, true, false, false, true};

    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(matches(x, 8, i), y[i]);
}
END_TEST

/* -------------------------------------------------------------- round trips */

static char *text_of(const struct tc_family *f, size_t *size)
{
    char *s = NULL;
    FILE *out = open_memstream(&s, size);

    ck_assert_ptr_nonnull(out);
    ck_assert(tc_family_write(out, f));
    fclose(out);
    return s;
}

static void same_counts(const struct tc_family *f, const struct tc_family *g)
{
    struct tc_error err = {0};
    struct tc_arena *arena = tc_arena_new();
    struct tc_count a, b;

    ck_assert_msg(tc_family_count(arena, f, true, &a, &err), "%s", err.msg);
    ck_assert_msg(tc_family_count(arena, g, true, &b, &err), "%s", err.msg);
    ck_assert_uint_eq(a.depth, b.depth);
    ck_assert(!mpz_cmp(a.inputs, b.inputs));
    ck_assert(!mpz_cmp(a.outputs, b.outputs));
    ck_assert(!mpz_cmp(a.gates, b.gates));
    ck_assert(!mpz_cmp(a.wires, b.wires));
    ck_assert(!mpz_cmp(a.max_fan_in, b.max_fan_in));
    ck_assert(!mpz_cmp(a.max_weight, b.max_weight));
    ck_assert(!mpz_cmp(a.max_threshold, b.max_threshold));
    ck_assert_str_eq(tc_poly_text(arena, a.gates_formula), tc_poly_text(arena, b.gates_formula));
    ck_assert_uint_eq(f->nbank, g->nbank);
    for (unsigned k = 0; k < f->nbank; k++) {
        ck_assert(!mpz_cmp(a.bank[k].gates, b.bank[k].gates));
        ck_assert(!mpz_cmp(a.bank[k].wires, b.bank[k].wires));
    }
    tc_arena_free(arena);
}

/* on 64 random vectors */
static void same_results(const struct tc_spec *spec, const struct tc_family *f,
                         const struct tc_family *g)
{
    struct tc_vectors vectors = {.spec = spec, .count = 64, .seed = SEED};
    size_t nin = tc_spec_words(spec, TC_ROLE_INPUT), nout = tc_spec_words(spec, TC_ROLE_RESULT);
    uint64_t *in = tc_xcalloc(64 * nin, sizeof *in), any = 0;
    uint64_t *a = tc_xcalloc(64 * nout, sizeof *a), *b = tc_xcalloc(64 * nout, sizeof *b);
    struct tc_arena *arena = tc_arena_new();
    struct tc_engine left, right;
    struct tc_error err = {0};

    ck_assert_uint_eq(tc_family_inputs(f), tc_family_inputs(g));
    ck_assert_uint_eq(tc_family_outputs(f), tc_family_outputs(g));
    left = tc_engine_family(arena, spec, f);
    right = tc_engine_family(arena, spec, g);
    for (uint64_t v = 0; v < 64; v++)
        tc_vector_make(&vectors, v, in + v * nin);
    ck_assert_msg(left.run(left.state, in, a, 64, &err), "%s", err.msg);
    ck_assert_msg(right.run(right.state, in, b, 64, &err), "%s", err.msg);
    ck_assert_mem_eq(a, b, 64 * nout * sizeof *a);
    for (size_t w = 0; w < 64 * nout; w++)
        any |= a[w];
    ck_assert_uint_ne(any, 0);
    free(in);
    free(a);
    free(b);
    tc_arena_free(arena);
}

/* write, read, check, write: the same bytes, counts and results */
START_TEST(family_text)
{
    const char *file = example[_i / 2];
    struct tc_error err = {0};
    struct tc_family *f, *g;
    struct tc_spec *spec = compile(file, 0, 1 + _i % 2, &f);
    size_t size, size2;
    char *first = text_of(f, &size), *second;
    FILE *in = fmemopen(first, size, "r");

    ck_assert_ptr_nonnull(in);
    g = tc_family_read(in, file, &err);
    fclose(in);
    ck_assert_msg(g != NULL, "%s:%u:%u: %s", file, err.loc.line, err.loc.col, err.msg);
    ck_assert_msg(tc_family_check(g, &err), "%s: %s", file, err.msg);
    second = text_of(g, &size2);
    ck_assert_uint_eq(size, size2);
    ck_assert_mem_eq(first, second, size);
    same_counts(f, g);
    same_results(spec, f, g);
    free(first);
    free(second);
    tc_family_free(f);
    tc_family_free(g);
    tc_spec_free(spec);
}
END_TEST

/* the same through XML */
START_TEST(family_xml)
{
    const char *file = example[_i / 2];
    struct tc_error err = {0};
    struct tc_family *f, *g;
    struct tc_spec *spec = compile(file, 0, 1 + _i % 2, &f);
    size_t size, size2, length = 0;
    char *first = text_of(f, &size), *second, *xml = NULL;
    FILE *out = open_memstream(&xml, &length), *in;

    ck_assert_msg(tc_family_write_xml(out, f, &err), "%s: %s", file, err.msg);
    fclose(out);
    in = fmemopen(xml, length, "r");
    g = tc_family_read_xml(in, file, &err);
    fclose(in);
    ck_assert_msg(g != NULL, "%s:%u: %s", file, err.loc.line, err.msg);
    second = text_of(g, &size2);
    ck_assert_uint_eq(size, size2);
    ck_assert_mem_eq(first, second, size);
    free(xml);
    free(first);
    free(second);
    tc_family_free(f);
    tc_family_free(g);
    tc_spec_free(spec);
}
END_TEST

/* compiling twice gives the same text */
START_TEST(compiled_twice)
{
    struct tc_family *f, *g;
    struct tc_spec *a = compile(example[_i / 2], 0, 1 + _i % 2, &f);
    struct tc_spec *b = compile(example[_i / 2], 0, 1 + _i % 2, &g);
    size_t size, size2;
    char *first = text_of(f, &size), *second = text_of(g, &size2);

    ck_assert_uint_eq(size, size2);
    ck_assert_mem_eq(first, second, size);
    free(first);
    free(second);
    tc_family_free(f);
    tc_family_free(g);
    tc_spec_free(a);
    tc_spec_free(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("examples");
    TCase *tc = tcase_create("examples");

    tcase_set_timeout(tc, 300);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, brute_force);
    tcase_add_loop_test(tc, match3_every_sequence_of_3, 1, 3);
    tcase_add_test(tc, match3_sequences_of_8);
    tcase_add_loop_test(tc, family_text, 0, 2 * NEXAMPLE);
    tcase_add_loop_test(tc, family_xml, 0, 2 * NEXAMPLE);
    tcase_add_loop_test(tc, compiled_twice, 0, 2 * NEXAMPLE);
    return check_status(s);
}
