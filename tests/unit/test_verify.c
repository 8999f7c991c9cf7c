/* verify: vectors are what they claim to be, and an engine that lies is found */
#include "../../compiler/verify.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* X: rows x columns, a constant that nobody may fill, Y: of the same shape */
struct model {
    struct tc_spec spec;
    struct tc_tensor tensor[4];
};

static void make_model(struct model *m, unsigned bits, int64_t rows, int64_t columns)
{
    static const char *const name[] = {"X", "attention.W_Q", "attention.W_K", "Y"};
    static const enum tc_role role[] = {TC_ROLE_INPUT, TC_ROLE_CONSTANT, TC_ROLE_INPUT,
                                        TC_ROLE_RESULT};

    memset(m, 0, sizeof *m);
    for (unsigned t = 0; t < 4; t++) {
        m->tensor[t] = (struct tc_tensor){.name = name[t], .role = role[t], .rank = 2};
        m->tensor[t].size[0].value = t == 0 || t == 3 ? rows : columns;
        m->tensor[t].size[1].value = columns;
    }
    m->spec.format = (struct tc_format){.kind = TC_FIXED, .bits = bits, .fraction = bits / 2};
    m->spec.ntensor = 4;
    m->spec.tensor = m->tensor;
}

START_TEST(all_inputs_once)
{
    struct model m;
    struct tc_vectors vs = {.spec = &m.spec, .all = true};
    uint64_t *seen;

    for (unsigned bits = 2; bits <= 8; bits += 3) {
        make_model(&m, bits, 1, 1);
        vs.count = UINT64_C(1) << (2 * bits);
        seen = tc_xcalloc(vs.count, sizeof *seen);
        for (uint64_t v = 0; v < vs.count; v++) {
            uint64_t word[2];

            tc_vector_make(&vs, v, word);
            ck_assert_uint_lt(word[0], UINT64_C(1) << bits);
            ck_assert_uint_lt(word[1], UINT64_C(1) << bits);
            seen[word[0] | word[1] << bits]++;
        }
        for (uint64_t v = 0; v < vs.count; v++)
            ck_assert_uint_eq(seen[v], 1);
        free(seen);
    }
}
END_TEST

START_TEST(random_inputs_repeat)
{
    struct model m;
    struct tc_vectors vs = {.spec = &m.spec, .count = 1000, .seed = 42};
    struct tc_vectors other = {.spec = &m.spec, .count = 1000, .seed = 43};
    uint64_t a[15], b[15], c[15], different = 0;
    bool least = false, zeros = false, rows = false;

    make_model(&m, 6, 2, 3); /* 6 + 9 words */
    for (uint64_t v = 0; v < vs.count; v++) {
        tc_vector_make(&vs, v, a);
        tc_vector_make(&vs, v, b);
        tc_vector_make(&other, v, c);
        ck_assert_mem_eq(a, b, sizeof a);
        different += memcmp(a, c, sizeof a) != 0;
        for (unsigned i = 0; i < 15; i++) {
            ck_assert_uint_lt(a[i], 64);
            least = least || a[i] == 32;
        }
        zeros = zeros || (!a[0] && !memcmp(a, a + 1, sizeof a - sizeof *a));
        rows = rows || (a[0] != a[1] && !memcmp(a, a + 3, 3 * sizeof *a));
    }
    ck_assert_uint_gt(different, 900);
    ck_assert(least);
    ck_assert(zeros);
    ck_assert(rows);
}
END_TEST

/* ------------------------------------------------------- permutations */

/* Y = X of 3 tokens; a liar's first token has another's number where that is larger,
 * as only a circuit that sees the order would have it */
static bool copy_rows(void *liar, const uint64_t *in, uint64_t *out, size_t nvector,
                      struct tc_error *err)
{
    (void)err;
    for (size_t v = 0; v < nvector; v++) {
        memcpy(out + 6 * v, in + (6 + 4) * v, 6 * sizeof *out);
        if (*(bool *)liar && out[6 * v + 2] > out[6 * v])
            out[6 * v] = out[6 * v + 2];
    }
    return true;
}

START_TEST(permuted)
{
    static struct tc_block seeing[] = {
        {.kind = TC_ATTENTION, .path = "a", .attention = {.mask = TC_MASK_CAUSAL}},
        {.kind = TC_ATTENTION, .path = "a", .attention = {.kind = TC_UNIQUE_HARD}},
        {.kind = TC_POSITION, .path = "p", .position = {.kind = TC_LEARNED}},
        {.kind = TC_ATTENTION, .path = "a", .attention = {.position = {.kind = TC_ALIBI}}},
    };
    struct tc_block residual = {.kind = TC_RESIDUAL, .path = "r"};
    struct model m;
    struct tc_vectors vs = {.spec = &m.spec, .count = 100, .seed = 1};
    bool liar = _i % 2, same = _i == 1;
    struct tc_engine engine = {"copy", copy_rows, &liar, UINT64_MAX};
    struct tc_error err = {0};
    char text[4000] = "";
    FILE *out = fmemopen(text, sizeof text, "w");

    make_model(&m, 6, 3, 2);
    m.spec.length.value = 3;
    m.spec.nblock = 1;
    m.spec.block = &residual;
    if (_i > 1) {
        residual.nchild = 1;
        residual.child = &seeing[_i / 2 - 1];
    }
    ck_assert(tc_verify_permute(out, &vs, &engine, 64, NULL, &same, &err));
    fclose(out);
    ck_assert_int_eq(same, _i != 1);
    ck_assert_msg(strstr(text, _i == 0   ? "permutation-equivariant: no position"
                               : _i == 1 ? "DIFFERENCE"
                               : liar    ? "not permutation-equivariant"
                                         : "none of 100 inputs") != NULL,
                  "%s", text);
}
END_TEST

/* ------------------------------------------------------------ floats */

static const char *const floats[] = {"ieee:3,3", "float:2", "float:3", "ftz:3,3", "e4m3", "e5m2"};

static void make_floats(struct model *m, const char *format, int64_t rows, int64_t columns)
{
    struct tc_error err = {0};

    make_model(m, 4, rows, columns);
    ck_assert(tc_format_parse(format, &m->spec.format, &err));
    m->spec.format.infinity = false; /* as in every model */
}

static bool is_finite(const struct model *m, uint64_t word)
{
    enum tc_class class;
    mpq_t x;

    mpq_init(x);
    class = tc_format_value(&m->spec.format, word, x);
    mpq_clear(x);
    return class == TC_FINITE && word >> tc_format_width(&m->spec.format) == 0;
}

/* every word that is a finite number, and no other */
START_TEST(all_floats)
{
    struct model m;
    struct tc_vectors vs = {.spec = &m.spec, .all = true};
    unsigned width;
    uint64_t *seen;

    make_floats(&m, floats[_i], 1, 1);
    m.tensor[2].role = TC_ROLE_CONSTANT;
    width = tc_format_width(&m.spec.format);
    vs.count = UINT64_C(1) << width;
    seen = tc_xcalloc(vs.count, sizeof *seen);
    for (uint64_t v = 0; v < vs.count; v++) {
        uint64_t word;

        tc_vector_make(&vs, v, &word);
        ck_assert_msg(is_finite(&m, word), "%s: %llx", floats[_i], (unsigned long long)word);
        seen[word]++;
    }
    for (uint64_t w = 0; w < vs.count; w++)
        ck_assert_msg(!seen[w] == !is_finite(&m, w), "%s: %llx", floats[_i],
                      (unsigned long long)w);
    free(seen);
}
END_TEST

START_TEST(random_floats)
{
    struct model m;
    struct tc_vectors vs = {.spec = &m.spec, .count = 1000, .seed = 42};
    uint64_t a[15], b[15], sign, all = 0, opposite = 0;
    bool *seen;

    make_floats(&m, floats[_i], 2, 3); /* 6 + 9 words */
    sign = UINT64_C(1) << (tc_format_width(&m.spec.format) - 1);
    seen = tc_xcalloc(2 * sign, sizeof *seen);
    for (uint64_t v = 0; v < vs.count; v++) {
        bool pairs = true;

        tc_vector_make(&vs, v, a);
        tc_vector_make(&vs, v, b);
        ck_assert_mem_eq(a, b, sizeof a);
        for (unsigned i = 0; i < 15; i++) {
            ck_assert_msg(is_finite(&m, a[i]), "%s: %llx", floats[_i], (unsigned long long)a[i]);
            seen[a[i]] = true;
        }
        for (unsigned i = 0; i < 6; i += 2)
            pairs = pairs && a[i] && (a[i] ^ a[i + 1]) == sign;
        opposite += pairs;
    }
    ck_assert_uint_gt(opposite, 50);
    /* so many vectors leave out no number of so few bits */
    for (uint64_t w = 0; w < 2 * sign; w++)
        all += is_finite(&m, w) && !seen[w];
    ck_assert_uint_eq(all, 0);
    free(seen);
}
END_TEST

/* words of 64 bits, exponents past those of a double */
START_TEST(wide_floats)
{
    static const char *const wide[] = {"binary32", "ieee:53,11", "float:14", "ftz:46,16"};
    struct model m;
    struct tc_vectors vs = {.spec = &m.spec, .count = 200, .seed = 1};
    uint64_t a[15];

    make_floats(&m, wide[_i], 2, 3);
    for (uint64_t v = 0; v < vs.count; v++) {
        tc_vector_make(&vs, v, a);
        for (unsigned i = 0; i < 15; i++) {
            enum tc_class class;
            mpq_t x;

            mpq_init(x);
            class = tc_format_value(&m.spec.format, a[i], x);
            mpq_clear(x);
            ck_assert_int_eq(class, TC_FINITE);
        }
    }
}
END_TEST

/* ------------------------------------------------------------ false engines */

#define WORDS_IN 15 /* of the model 2 x 3 */
#define WORDS_OUT 6

struct liar {
    uint64_t at;   /* wrong in the vector of this number; UINT64_MAX: honest */
    uint64_t seen; /* vectors so far */
};

/* Y = X, or almost */
static bool copy(void *state, const uint64_t *in, uint64_t *out, size_t n, struct tc_error *err)
{
    struct liar *liar = state;

    (void)err;
    for (size_t v = 0; v < n; v++, liar->seen++) {
        memcpy(out + v * WORDS_OUT, in + v * WORDS_IN, WORDS_OUT * sizeof *out);
        if (liar->seen == liar->at)
            out[v * WORDS_OUT + 4] ^= 1;
    }
    return true;
}

/* Y = X, but where some of its bits are as `state` says; or the process ends */
static bool copy_most(void *state, const uint64_t *in, uint64_t *out, size_t n, struct tc_error *err)
{
    const struct liar *liar = state;

    for (size_t v = 0; v < n; v++) {
        uint64_t x = 0;

        for (unsigned k = 0; k < WORDS_IN; k++)
            x = (x + in[v * WORDS_IN + k]) * 0x9e3779b97f4a7c15;
        memcpy(out + v * WORDS_OUT, in + v * WORDS_IN, WORDS_OUT * sizeof *out);
        out[v * WORDS_OUT + 4] ^= x >> 48 < liar->at;
        if (x >> 48 < liar->seen)
            return tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "the vector %llx",
                           (unsigned long long)in[v * WORDS_IN]);
    }
    return true;
}

static bool refuse(void *state, const uint64_t *in, uint64_t *out, size_t n, struct tc_error *err)
{
    (void)state, (void)in, (void)out, (void)n;
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "too large");
}

struct outcome {
    char *text;
    bool ok, same;
    struct tc_error err;
};

static unsigned workers;

static struct outcome verify(struct tc_engine *engine, unsigned n, uint64_t count,
                             const char *witness)
{
    struct model m;
    struct tc_vectors vs = {.spec = &m.spec, .count = count, .seed = 1, .workers = workers};
    struct outcome o = {0};
    size_t len;
    FILE *f = open_memstream(&o.text, &len);

    ck_assert_ptr_nonnull(f);
    make_model(&m, 4, 2, 3);
    o.ok = tc_verify_vectors(f, &vs, engine, n, 64, witness, &o.same, &o.err);
    fclose(f);
    return o;
}

START_TEST(honest_engines_agree)
{
    struct liar state[3] = {{UINT64_MAX, 0}, {UINT64_MAX, 0}, {UINT64_MAX, 0}};
    struct tc_engine engine[3] = {{"one", copy, &state[0], UINT64_MAX},
                                  {"two", copy, &state[1], UINT64_MAX},
                                  {"few", copy, &state[2], 70}};
    struct outcome o = verify(engine, 3, 1000, NULL);

    ck_assert(o.ok && o.same);
    ck_assert_str_eq(o.text, "");
    ck_assert_uint_eq(state[0].seen, 1000);
    ck_assert_uint_eq(state[1].seen, 1000);
    ck_assert_uint_eq(state[2].seen, 70);
    free(o.text);
}
END_TEST

START_TEST(a_lie_is_found)
{
    /* _i: which of three engines lies */
    static const uint64_t when[] = {0, 63, 64, 129, 199};

    for (size_t w = 0; w < sizeof when / sizeof *when; w++) {
        struct liar state[3] = {{UINT64_MAX, 0}, {UINT64_MAX, 0}, {UINT64_MAX, 0}};
        struct tc_engine engine[3] = {{"one", copy, &state[0], UINT64_MAX},
                                      {"two", copy, &state[1], UINT64_MAX},
                                      {"three", copy, &state[2], UINT64_MAX}};
        char line[80];
        struct outcome o;

        state[_i].at = when[w];
        o = verify(engine, 3, 200, NULL);
        ck_assert(o.ok && !o.same);
        snprintf(line, sizeof line, "DIFFERENCE at vector %d\n  Y[1][1]: one ", (int)when[w]);
        ck_assert_msg(!strncmp(o.text, line, strlen(line)), "%s", o.text);
        ck_assert_ptr_nonnull(strstr(o.text, "\"attention.W_K\": "));
        ck_assert_ptr_null(strstr(o.text, "W_Q"));
        free(o.text);
    }
}
END_TEST

/* what many processes find is what one finds: the first, and its inputs */
START_TEST(processes_find_the_same)
{
    /* of 2^16: how often a lie is, and an engine that fails */
    static const uint64_t often[][2] = {{0, 0}, {1, 0}, {20, 0}, {300, 0}, {0, 20}, {60, 60}};
    struct liar state[2] = {{0, 0}, {often[_i][0], often[_i][1]}};
    struct tc_engine engine[2] = {{"one", copy_most, &state[0], UINT64_MAX},
                                  {"two", copy_most, &state[1], UINT64_MAX}};
    struct outcome one, many;

    workers = 1;
    one = verify(engine, 2, 20000, NULL);
    ck_assert(one.ok == !often[_i][1] || often[_i][0]);
    ck_assert(!one.ok || often[_i][0] == 1 || one.same == !often[_i][0]);
    for (workers = 2; workers <= 9; workers += 7) {
        many = verify(engine, 2, 20000, NULL);
        ck_assert(one.ok == many.ok && one.same == many.same);
        ck_assert_str_eq(one.text, many.text);
        ck_assert_str_eq(one.err.msg, many.err.msg);
        free(many.text);
    }
    free(one.text);
}
END_TEST

/* as `at` says, each step is remembered by a byte in memory that processes share, or ends them */
static unsigned char *taken;

static bool take_step(void *state, uint64_t k)
{
    const uint64_t *at = state;

    taken[k]++;
    if (k == at[2])
        abort();
    return k != at[0] && k != at[1];
}

START_TEST(steps_are_shared)
{
    static const uint64_t none = UINT64_MAX;
    static const uint64_t at[][3] = {{none, none, none}, {0, none, none}, {61, 40, none},
                                     {99, 98, none},     {5, none, 1}};
    struct tc_error err = {0};

    taken = mmap(NULL, 100, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (size_t t = 0; t < sizeof at / sizeof *at; t++)
        for (unsigned w = 1; w <= 4; w++)
            for (uint64_t n = 0; n <= 100; n += 50) {
                uint64_t first = at[t][0] < at[t][1] ? at[t][0] : at[t][1], stopped = 77, a[3];

                memcpy(a, at[t], sizeof a);
                if (a[2] < n && w == 1)
                    continue;
                memset(taken, 0, 100);
                if (a[2] < n) {
                    ck_assert(!tc_share_steps(w, n, take_step, a, &stopped, &err));
                    ck_assert_ptr_nonnull(strstr(err.msg, "process 2 of --threads ended (signal 6)"));
                    continue;
                }
                ck_assert(tc_share_steps(w, n, take_step, a, &stopped, &err));
                ck_assert_uint_eq(stopped, first < n ? first : n);
                for (uint64_t k = 0; k <= stopped && k < n; k++)
                    ck_assert_uint_eq(taken[k], 1);
            }
    munmap(taken, 100);
}
END_TEST

START_TEST(a_lie_past_the_limit_is_not_run)
{
    struct liar state[2] = {{UINT64_MAX, 0}, {64, 0}};
    struct tc_engine engine[2] = {{"one", copy, &state[0], UINT64_MAX},
                                  {"few", copy, &state[1], 64}};
    struct outcome o = verify(engine, 2, 200, NULL);

    ck_assert(o.ok && o.same);
    free(o.text);
}
END_TEST

START_TEST(the_inputs_are_kept)
{
    struct liar state[2] = {{UINT64_MAX, 0}, {3, 0}};
    struct tc_engine engine[2] = {{"one", copy, &state[0], UINT64_MAX},
                                  {"two", copy, &state[1], UINT64_MAX}};
    char path[] = "/tmp/tc0c-test-XXXXXX", text[4096];
    int fd = mkstemp(path);
    struct outcome o;
    const char *json;
    size_t n;
    FILE *f;

    ck_assert_int_ge(fd, 0);
    close(fd);
    o = verify(engine, 2, 10, path);
    ck_assert(o.ok && !o.same);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    unlink(path);
    json = strstr(o.text, "inputs:\n");
    ck_assert_ptr_nonnull(json);
    ck_assert_str_eq(json + strlen("inputs:\n"), text);
    free(o.text);
}
END_TEST

START_TEST(a_refusal_is_passed_on)
{
    struct liar state = {UINT64_MAX, 0};
    struct tc_engine engine[2] = {{"one", copy, &state, UINT64_MAX},
                                  {"two", refuse, NULL, UINT64_MAX}};
    struct outcome o = verify(engine, 2, 10, NULL);

    ck_assert(!o.ok);
    ck_assert_int_eq(o.err.kind, TC_ELIMIT);
    ck_assert_msg(state.seen == 0, "definitions ran before the circuit had refused");
    free(o.text);
}
END_TEST

/* each count in turn is one too many */
START_TEST(counts_are_compared)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count[2];
    char *text;
    size_t len;
    FILE *f;

    for (int i = 0; i < 2; i++)
        count[i] = (struct tc_count){.depth = 3,
                                     .inputs = tc_mpz_si(arena, 1),
                                     .outputs = tc_mpz_si(arena, 2),
                                     .gates = tc_mpz_si(arena, 3),
                                     .wires = tc_mpz_si(arena, 4),
                                     .max_fan_in = tc_mpz_si(arena, 5),
                                     .max_weight = tc_mpz_si(arena, 6),
                                     .max_threshold = tc_mpz_si(arena, 7)};
    f = open_memstream(&text, &len);
    ck_assert_ptr_nonnull(f);
    ck_assert(tc_verify_counts(f, &count[0], &count[1]));
    fflush(f);
    ck_assert_uint_eq(len, 0);
    for (int field = 0; field < 8; field++) {
        const mpz_ptr z[] = {count[1].inputs,     count[1].outputs,    count[1].gates,
                             count[1].wires,      count[1].max_fan_in, count[1].max_weight,
                             count[1].max_threshold};

        if (field == 7)
            count[1].depth++;
        else
            mpz_add_ui(z[field], z[field], 1);
        ck_assert_msg(!tc_verify_counts(f, &count[0], &count[1]), "field %d", field);
        if (field < 7)
            mpz_sub_ui(z[field], z[field], 1);
    }
    fclose(f);
    ck_assert_ptr_nonnull(strstr(text, "DIFFERENCE in gates: family 3, netlist 4\n"));
    ck_assert_ptr_nonnull(strstr(text, "DIFFERENCE in depth: family 3, netlist 4\n"));
    free(text);
    tc_arena_free(arena);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("verify");
    TCase *vectors = tcase_create("vectors");
    TCase *engines = tcase_create("engines");

    tcase_add_test(vectors, all_inputs_once);
    tcase_add_test(vectors, random_inputs_repeat);
    tcase_add_loop_test(vectors, all_floats, 0, (int)(sizeof floats / sizeof *floats));
    tcase_add_loop_test(vectors, random_floats, 0, (int)(sizeof floats / sizeof *floats));
    tcase_add_loop_test(vectors, wide_floats, 0, 4);
    tcase_add_test(engines, honest_engines_agree);
    tcase_add_loop_test(engines, a_lie_is_found, 0, 3);
    tcase_add_loop_test(engines, processes_find_the_same, 0, 6);
    tcase_add_test(engines, steps_are_shared);
    tcase_add_test(engines, a_lie_past_the_limit_is_not_run);
    tcase_add_test(engines, the_inputs_are_kept);
    tcase_add_test(engines, a_refusal_is_passed_on);
    tcase_add_test(engines, counts_are_compared);
    tcase_add_loop_test(engines, permuted, 0, 10);
    suite_add_tcase(s, vectors);
    suite_add_tcase(s, engines);
    return check_status(s);
}
