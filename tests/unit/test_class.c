/* test_class.c -- growth of expressions, classes of models, and whose statements are printed */
#include "../../compiler/class.h"
#include "outline.h"

#include <stdio.h>

#define COUNT(list) (sizeof list / sizeof *list)

static struct tc_arena *arena;
static struct tc_spec *spec;
static struct tc_error refused;

static void setup(void)
{
    arena = tc_arena_new();
}

static void teardown(void)
{
    tc_spec_free(spec);
    spec = NULL;
    tc_arena_free(arena);
}

static struct tc_classified classify_with(const struct outline *o, const struct tc_options *options,
                                          const struct tc_setting *set, unsigned nset)
{
    struct tc_growing g;

    tc_spec_free(spec);
    spec = outline_read(o, set, nset, &refused);
    g = tc_growing_of(arena, spec, set, nset);
    return tc_classify(arena, &g, options);
}

static struct tc_classified classify(const struct outline *o)
{
    static const struct tc_options plain = {.level = TC_LEVEL_1};

    return classify_with(o, &plain, NULL, 0);
}

/* ---------------------------------------------------------------------- growth */

START_TEST(test_growth)
{
    static const struct {
        const char *text, *growth;
    } cases[] = {
        {"7", "O(1)"},
        {"d^3 + 2", "O(1)"},
        {"n", "poly(n)"},
        {"n/n", "poly(n)"}, /* an upper bound, no more */
        {"d/n", "O(1)"},
        {"1/2", "O(1)"},
        {"n^2*d", "poly(n)"},
        {"ceil(log2(n))", "O(log n)"},
        {"2*ceil(log2(n)) + 3", "O(log n)"},
        {"ceil(log2(n))^2", "O(log^2 n)"},
        {"ceil(log2(n))*floor(log2(n^3 + 1))", "O(log^2 n)"},
        {"ceil(log2(ceil(log2(n))))", "O(log n)"},
        {"ceil(log2(d))", "O(1)"},
        {"2^ceil(log2(n))", "poly(n)"},
        {"2^(ceil(log2(n))^2)", "not bounded by poly(n)"},
        {"n^ceil(log2(n))", "not bounded by poly(n)"},
        {"2^n", "not bounded by poly(n)"},
        {"ceil(log2(2^n))", "not bounded by poly(n)"},
        {"2^d", "O(1)"},
        {"min(n, 12)", "O(1)"},
        {"min(n - 3, 12)", "poly(n)"}, /* a difference may be below 0 */
        {"max(n, 12)", "poly(n)"},
        {"min(ceil(log2(n)), n)", "O(log n)"},
        {"ceil(sqrt(n))", "poly(n)"},
        {"ceil(1/ceil(log2(n)))", "O(1)"},
        {"ceil(1/(1/2 + 1/n))", "poly(n)"},
        {"1/(1/n)", "poly(n)"},
        {"ceil(log2(1/n + 1))", "O(log n)"},
        {"(1/n)^(0-2)", "poly(n)"},
        {"2^(d*ceil(log2(n)))", "poly(n)"},
        {"2^ceil(d/n)", "poly(n)"},
        {"n^0", "O(1)"},
        {"n^(0-1)", "O(1)"},
        {"layers", "O(log n)"},
        {"m + 1", "poly(n)"},
    };
    struct outline o = {.blocks = "<linear/>",
                        .parameters = "<parameter name=\"m\" value=\"2*n\"/>\n"
                                      "<parameter name=\"layers\" value=\"ceil(log2(m))\"/>\n"};
    struct tc_growing g;

    spec = outline_read(&o, NULL, 0, &refused);
    g = tc_growing_of(arena, spec, NULL, 0);
    ck_assert_str_eq(tc_growing_length(&g), "n");
    for (size_t k = 0; k < COUNT(cases); k++)
        ck_assert_msg(!strcmp(tc_growth_text(arena, tc_growth_of(&g, cases[k].text)),
                              cases[k].growth),
                      "%s: %s, wanted %s", cases[k].text,
                      tc_growth_text(arena, tc_growth_of(&g, cases[k].text)), cases[k].growth);
    ck_assert(tc_growing_own(&g, "2*d"));
    ck_assert(!tc_growing_own(&g, "layers + m + n"));
    ck_assert_int_eq(tc_growth_of(&g, NULL).kind, TC_GROWS_NOT);
}
END_TEST

/* a parameter that --set makes a number does not grow, but for that of the length */
START_TEST(test_settings)
{
    static const struct tc_setting set[] = {{"layers", "3"}, {"n", "16"}};
    struct outline o = {.blocks = "<repeat count=\"layers\"><linear/></repeat>",
                        .parameters = "<parameter name=\"layers\" value=\"ceil(log2(n))\"/>\n"};
    static const struct tc_options plain = {.level = TC_LEVEL_1};

    ck_assert_str_eq(classify(&o).name, "TC1, an upper bound");
    ck_assert_str_eq(classify_with(&o, &plain, set, 2).name, "AC0");
    ck_assert_str_eq(classify_with(&o, &plain, set + 1, 1).name, "TC1, an upper bound");
}
END_TEST

/* --------------------------------------------------------------------- classes */

START_TEST(test_classes)
{
    static const struct {
        struct outline o;
        const char *class, *decides, *uniformity;
    } cases[] = {
        {{.blocks = "<attention/>"}, "TC0", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<attention order=\"3\"><rope mode=\"each\"/></attention>"},
         "TC0", "attention", "P-uniform as emitted"},
        {{.blocks = "<attention kind=\"average-hard\"/>"}, "TC0", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"unique-hard\"/>"}, "AC0", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"unique-hard\"/>", .width = "n"}, "TC0", "attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"unique-hard\"/>",
          .precision = "format=\"fixed\" bits=\"1+ceil(log2(n))\" fraction=\"0\""},
         "TC0", "attention", "P-uniform as emitted"},
        {{.blocks = "<attention kind=\"linear\"/>"}, "TC0", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"unnormalized\"/>"}, "TC0", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<mlp/><norm/>"}, "AC0", "mlp", "DLOGTIME-uniform"},
        {{.blocks = "<mlp hidden=\"n\"/>"}, "TC0", "mlp", "DLOGTIME-uniform"},
        {{.blocks = "<norm/><residual><attention/></residual>"}, "TC0", "residual.attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<attention><sinusoidal/></attention>"}, "TC0", "attention",
         "P-uniform as emitted"},
        {{.blocks = "<learned/><attention/>"}, "TC0", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<learned/><attention/>", .weights = "source=\"random\""}, "TC0", "attention",
         "P-uniform as emitted"},
        {{.blocks = "<attention/>", .weights = "source=\"random\""}, "TC0", "attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<attention/>", .weights = "source=\"random\"", .width = "n"}, "TC0",
         "attention", "P-uniform as emitted"},
        {{.blocks = "<repeat count=\"3\"><attention/></repeat>"}, "TC0", "repeat.0.attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<repeat count=\"ceil(log2(n))\"><attention/></repeat>"},
         "TC1, an upper bound", "repeat", "DLOGTIME-uniform"},
        {{.blocks = "<repeat count=\"ceil(log2(n))\"><repeat count=\"ceil(log2(n))\"><linear/>"
                    "</repeat></repeat>"},
         "TC2, an upper bound", "repeat.0.repeat", "DLOGTIME-uniform"},
        {{.blocks = "<repeat count=\"n\" tied=\"true\"><attention/></repeat>"}, "no class claimed",
         "repeat", "DLOGTIME-uniform"},
        {{.blocks = "<attention order=\"n\"/>"}, "no class claimed", "attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<attention order=\"5\"/>"}, "TC0", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\"/>"}, "no class claimed", "attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\" terms=\"3\"/>"}, "TC0", "attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\" terms=\"n\"/>"}, "no class claimed",
         "attention", "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\" terms=\"ceil(log2(n))\"/>"},
         "TC1, an upper bound", "attention", "DLOGTIME-uniform"},
        {{.blocks = "<repeat count=\"ceil(log2(n))\"><attention kind=\"cme\" lambda=\"1\" "
                    "terms=\"ceil(log2(n))\"/></repeat>"},
         "TC2, an upper bound", "repeat.0.attention", "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\" features=\"2\"/>"}, "TC0", "attention",
         "DLOGTIME-uniform"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\" features=\"n\"/>"}, "no class claimed",
         "attention", "DLOGTIME-uniform"},
        {{.blocks = "<linear width=\"2^n\"/>"}, "no class claimed", "linear", "DLOGTIME-uniform"},
    };

    for (size_t k = 0; k < COUNT(cases); k++) {
        struct tc_classified c = classify(&cases[k].o);

        ck_assert_msg(!strcmp(c.name, cases[k].class), "%s: %s", cases[k].o.blocks, c.name);
        ck_assert_msg(!strcmp(c.decides->path, cases[k].decides), "%s: %s", cases[k].o.blocks,
                      c.decides->path);
        ck_assert_msg(!strcmp(c.uniformity_name, cases[k].uniformity), "%s: %s", cases[k].o.blocks,
                      c.uniformity_name);
        ck_assert_uint_eq(c.nhypothesis, 6);
        ck_assert((c.nconsequence == 0) == (c.no_consequence != NULL));
        ck_assert((c.nconsequence == 4) == (c.verdict <= TC_IN_TC0));
    }
}
END_TEST

/* what the assumption is follows the uniformity */
START_TEST(test_assumptions)
{
    static const struct {
        struct outline o;
        const char *assumption;
    } cases[] = {
        {{.blocks = "<attention/>"}, "NC1 is not contained in DLOGTIME-uniform TC0"},
        {{.blocks = "<attention><alibi/></attention>"}, "NC1 is not contained in P-uniform TC0"},
        {{.blocks = "<attention kind=\"unique-hard\"/>"}, "none"},
    };
    char weights[] = "/tmp/test_class.XXXXXX", source[100];
    struct outline given = {.blocks = "<learned/>", .weights = source};
    struct tc_classified c;
    FILE *f;

    for (size_t k = 0; k < COUNT(cases); k++) {
        c = classify(&cases[k].o);
        for (unsigned q = 0; q < c.nconsequence; q++) {
            ck_assert_str_eq(c.consequence[q].assumption, cases[k].assumption);
            ck_assert(!strstr(c.consequence[q].problem, "parity"));
        }
    }
    /* weights from a file, as many as there are positions: no uniform family */
    f = fdopen(mkstemp(weights), "w");
    fputs("{\"learned.P\": [", f);
    for (int i = 0; i < 8; i++)
        fprintf(f, "%s[0,0,1,0]", i ? "," : "");
    fputs("], \"attention.W_Q\": [[0],[0],[0],[0]], \"attention.W_K\": [[0],[0],[0],[0]],"
          "\"attention.W_V\": [[0],[0],[0],[0]]}",
          f);
    fclose(f);
    snprintf(source, sizeof source, "source=\"file\" href=\"%s\"", weights);
    given.blocks = "<learned/><attention head-width=\"1\"/>";
    c = classify(&given);
    unlink(weights);
    ck_assert_str_eq(c.uniformity_name, "none");
    ck_assert_uint_eq(c.nconsequence, 4);
    ck_assert_str_eq(c.consequence[0].assumption,
                     "NC1 is not contained in nonuniform TC0 (TC0/poly)");
    ck_assert_int_eq(c.hypothesis[5].met, TC_NOT_MET);
}
END_TEST

static enum tc_met met(const struct tc_classified *c, const char *name)
{
    for (unsigned k = 0; k < c->nhypothesis; k++)
        if (!strcmp(c->hypothesis[k].name, name))
            return c->hypothesis[k].met;
    ck_abort_msg("no hypothesis %s", name);
    return TC_NOT_MET;
}

START_TEST(test_hypotheses)
{
    static const struct tc_options plain = {.level = TC_LEVEL_1};
    static const struct tc_options arithmetic = {.level = TC_LEVEL_1,
                                                 .regime = TC_REGIME_ARITHMETIC};
    static const struct tc_options poly = {.level = TC_LEVEL_1, .pass = {.poly = true}};
    struct outline o = {.blocks = "<attention/>"}, wide = o, log = o, floats = o;
    struct tc_classified c = classify_with(&o, &plain, NULL, 0);

    ck_assert_int_eq(met(&c, "layers"), TC_MET);
    ck_assert_int_eq(met(&c, "order"), TC_MET);
    ck_assert_int_eq(met(&c, "width"), TC_ASSUMED);
    ck_assert_int_eq(met(&c, "precision"), TC_MET);
    ck_assert_int_eq(met(&c, "weights"), TC_MET);
    o.width = "n";
    c = classify_with(&o, &plain, NULL, 0);
    ck_assert_int_eq(met(&c, "width"), TC_MET);
    wide.precision = "format=\"fixed\" bits=\"n\" fraction=\"0\"";
    c = classify_with(&wide, &plain, NULL, 0);
    ck_assert_int_eq(met(&c, "precision"), TC_NOT_MET);
    ck_assert_uint_eq(c.nconsequence, 0);
    c = classify_with(&wide, &arithmetic, NULL, 0);
    ck_assert_int_eq(met(&c, "precision"), TC_MET);
    /* one rounding a block: exact sums have a place for each exponent */
    floats.precision = "format=\"ieee\" significand=\"3\" exponent-bits=\"n\"";
    c = classify_with(&floats, &arithmetic, NULL, 0);
    ck_assert_int_eq(met(&c, "precision"), TC_NOT_MET);
    floats.precision = "format=\"ieee\" significand=\"3\" exponent-bits=\"n\" rounding=\"op\"";
    c = classify_with(&floats, &arithmetic, NULL, 0);
    ck_assert_int_eq(met(&c, "precision"), TC_MET);
    floats.precision = "format=\"ieee\" significand=\"n\" exponent-bits=\"1+ceil(log2(n))\"";
    c = classify_with(&floats, &arithmetic, NULL, 0);
    ck_assert_int_eq(met(&c, "precision"), TC_MET);
    log.precision = "format=\"fixed\" bits=\"1+ceil(log2(n))\" fraction=\"0\"";
    c = classify_with(&log, &plain, NULL, 0);
    ck_assert_int_eq(met(&c, "precision"), TC_MET);
    ck_assert_int_eq(met(&c, "weights"), TC_MET);
    /* the literature's floats: exponents have as many bits as significands */
    floats.precision = "format=\"float\" significand=\"1+ceil(log2(n))\"";
    c = classify_with(&floats, &plain, NULL, 0);
    ck_assert_int_eq(met(&c, "precision"), TC_MET);
    ck_assert_int_eq(met(&c, "weights"), TC_NOT_MET);
    c = classify_with(&floats, &poly, NULL, 0);
    ck_assert_int_eq(met(&c, "weights"), TC_MET);
    floats.blocks = "<attention order=\"1+ceil(log2(n))\"/>";
    c = classify_with(&floats, &plain, NULL, 0);
    ck_assert_int_eq(met(&c, "order"), TC_NOT_MET);
    floats.blocks = "<repeat count=\"n\"><attention/></repeat>";
    c = classify_with(&floats, &plain, NULL, 0);
    ck_assert_int_eq(met(&c, "layers"), TC_NOT_MET);
}
END_TEST

/* --------------------------------------------------------------------- outlines */

START_TEST(test_outline)
{
    static const struct {
        struct outline o;
        const char *refused; /* NULL: nothing */
    } cases[] = {
        {{.blocks = "<attention/>"}, NULL},
        {{.blocks = "<attention order=\"2^30\"/>"}, "order 1073741824; circuits are built up to order 8"},
        {{.blocks = "<attention kind=\"cme\"/>"}, "inverts an n x n matrix"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\" features=\"5\"/>"}, "5 features"},
        {{.blocks = "<attention kind=\"cme\" lambda=\"1\" terms=\"7\"/>"}, "terms is 7"},
        {{.blocks = "<repeat count=\"5000\"><linear/></repeat>"}, "5000 repetitions"},
        {{.blocks = "<repeat count=\"4000\"><linear/><norm/></repeat>"}, "4000 repetitions"},
        {{.blocks = "<repeat count=\"5000\"><attention order=\"9\"/></repeat>"},
         "5000 repetitions"},
    };

    for (size_t k = 0; k < COUNT(cases); k++) {
        tc_spec_free(spec);
        spec = outline_read(&cases[k].o, NULL, 0, &refused);
        ck_assert_msg((refused.kind != 0) == (cases[k].refused != NULL), "%s", cases[k].o.blocks);
        ck_assert_msg(!cases[k].refused || strstr(refused.msg, cases[k].refused), "%s: %s",
                      cases[k].o.blocks, refused.msg);
        ck_assert((spec->ntensor > 0) == !cases[k].refused);
    }
}
END_TEST

/* what is wrong, and not merely unbuilt, is an error of an outline too */
START_TEST(test_outline_errors)
{
    static const char *const bad[] = {
        "<attention order=\"1\"/>",
        "<attention kind=\"cme\" lambda=\"1\" terms=\"0\"/>",
        "<attention kind=\"cme\" lambda=\"0\" terms=\"7\"/>",
        "<attention order=\"9\" head-width=\"3\"><rope mode=\"each\"/></attention>",
        "<repeat count=\"0\"><linear/></repeat>",
        "<linear width=\"e\"/>",
    };

    for (size_t k = 0; k < COUNT(bad); k++) {
        struct outline o = {.blocks = bad[k]};
        struct tc_error err = {0};

        outline_write(&o);
        ck_assert_msg(!tc_spec_outline(outline_path, NULL, 0, &refused, &err), "%s", bad[k]);
        unlink(outline_path);
        ck_assert_msg(err.kind != 0, "%s", bad[k]);
    }
}
END_TEST

/* ----------------------------------------------------------------------- claims */

/* Where the notes on the literature have each statement: words of one of their lines (with the
 * line after it), which carries the tag. */
static const struct {
    enum tc_claim_id id;
    const char *words[3];
} notes[] = {
    {TC_CLAIM_ROPE_TENSOR, {"Theorem 4.5", "DLOGTIME-uniform TC0"}},
    {TC_CLAIM_TENSOR, {"Theorem 3.7", "tensor attention, no RoPE"}},
    {TC_CLAIM_ROPE, {"matrix RoPE attention", "2411.07602", "DLOGTIME-uniform TC0"}},
    {TC_CLAIM_ROPE_FORMULA, {"unless TC0 = NC1, a RoPE transformer"}},
    {TC_CLAIM_LOG_PRECISION, {"Theorem 2", "log-precision transformer", "log-uniform TC0"}},
    {TC_CLAIM_POLY_PRECISION, {"softmax, poly(n) bits", "DLOGTIME-uniform TC0", "Chiang"}},
    {TC_CLAIM_AVERAGE_HARD, {"average-hard", "DLOGTIME-uniform, no approximation (Chiang)"}},
    {TC_CLAIM_UNIQUE_HARD, {"unique hard attention", "AC0", "Hao, Angluin, Frank 2022"}},
    {TC_CLAIM_DIVISION, {"Division is in DLOGTIME-uniform TC0"}},
    {TC_CLAIM_COMPOSITION, {"Uniform compilation of computation graphs", "Corollary 3.1"}},
    {TC_CLAIM_LOOPS, {"log n) layers", "all regular languages", "2503.03961"}},
    {TC_CLAIM_MEMBERSHIP, {"(5.6) every fixed membership problem"}},
    {TC_CLAIM_CLOSURE, {"(5.7) every (A_{F,r})* closure problem"}},
    {TC_CLAIM_CLOSURE_COMPLETE, {"**non-solvable** monoid A", "Theorem 7.3", "NC1-complete"}},
    {TC_CLAIM_FORMULA, {"Boolean formula value", "Buss 1987"}},
    {TC_CLAIM_WORD, {"word problem of A5", "Barrington 1989"}},
    {TC_CLAIM_MAJORITY, {"majority", "in TC0, not AC0"}},
    {TC_CLAIM_FOM, {"DLOGTIME-uniform TC0 = FOM[BIT]"}},
};

/* lines of the paragraph or table row at p, up to 1500 characters before and 700 behind, within
 * a heading's section */
static bool found(const char *text, const char *const *words, char tag)
{
    for (const char *p = text; (p = strstr(p, words[0])); p++) {
        const char *from = p, *to = p;
        char part[4000], mark[] = {'[', tag, 0}, later[] = {' ', tag, ']', 0};
        bool all = true;
        size_t n;

        while (from > text && p - from < 1500 && strncmp(from, "\n##", 3) != 0 &&
               strncmp(from, "\n| ", 3) != 0)
            from--;
        while (*to && to - p < 700 && strncmp(to, "\n##", 3) != 0 && strncmp(to, "\n| ", 3) != 0)
            to++;
        n = (size_t)(to - from);
        memcpy(part, from, n);
        part[n] = '\0';
        for (int k = 1; k < 3 && words[k]; k++)
            all = all && strstr(part, words[k]);
        if (all && (strstr(part, mark) || strstr(part, later)))
            return true;
    }
    return false;
}

START_TEST(test_claims)
{
    const char *path = getenv("TC_THEORY") ? getenv("TC_THEORY") : "../shared/THEORY.md";
    struct tc_error err = {0};
    char *text;
    size_t size;

    for (unsigned k = 0; k < TC_NCLAIM; k++) {
        const struct tc_claim *c = &tc_claims[k];

        ck_assert(c->statement && *c->statement && c->source && *c->source);
        ck_assert_msg(c->tag == 'F' || c->tag == 'A' || c->tag == 'S', "%s", c->statement);
        ck_assert(!strstr(c->statement, "parity"));
    }
    ck_assert_uint_eq(COUNT(notes), TC_NCLAIM);
    if (access(path, R_OK)) {
        printf("test_class: %s is not there: statements are not held against it\n", path);
        return;
    }
    text = tc_slurp(path, (size_t)1 << 22, &size, &err);
    ck_assert(text != NULL);
    for (size_t k = 0; k < COUNT(notes); k++)
        ck_assert_msg(found(text, notes[k].words, tc_claims[notes[k].id].tag),
                      "not confirmed: %s", tc_claims[notes[k].id].statement);
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("class");
    TCase *t = tcase_create("class");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_growth);
    tcase_add_test(t, test_settings);
    tcase_add_test(t, test_classes);
    tcase_add_test(t, test_assumptions);
    tcase_add_test(t, test_hypotheses);
    tcase_add_test(t, test_outline);
    tcase_add_test(t, test_outline_errors);
    tcase_add_test(t, test_claims);
    suite_add_tcase(s, t);
    return check_status(s);
}
