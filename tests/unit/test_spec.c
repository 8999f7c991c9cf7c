/* test_spec.c -- specifications: what is read from good ones, where bad ones fail
 *
 * Messages of bad ones are in tests/errors. */
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/test_spec.XXXXXX";

static char *path_of(const char *name)
{
    char *path;

    ck_assert(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static void write_file(const char *name, const char *text)
{
    char *path = path_of(name);
    FILE *out = fopen(path, "w");

    ck_assert(out != NULL);
    fputs(text, out);
    fclose(out);
    free(path);
}

static void make_folder(void)
{
    ck_assert(mkdtemp(folder) != NULL);
}

static void remove_folder(void)
{
    static const char *const names[] = {"spec.xml", "w.json"};

    for (int i = 0; i < 2; i++) {
        char *path = path_of(names[i]);

        unlink(path);
        free(path);
    }
    rmdir(folder);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

/* the file's name must live as long as the specification */
static char *spec_path;

static struct tc_spec *read_text(const char *text, const struct tc_setting *set, unsigned n,
                                 bool load, struct tc_error *err)
{
    write_file("spec.xml", text);
    free(spec_path);
    spec_path = path_of("spec.xml");
    return tc_spec_read(spec_path, set, n, load, err);
}

static struct tc_spec *good(const char *text)
{
    struct tc_error err = {0};
    struct tc_spec *s = read_text(text, NULL, 0, true, &err);

    ck_assert_msg(s != NULL, "%u:%u: %s", err.loc.line, err.loc.col, err.msg);
    return s;
}

static void same_poly(const struct tc_spec *s, const struct tc_poly *p, const char *text)
{
    ck_assert_str_eq(tc_poly_text(s->arena, p), text);
}

static const char whole[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<transformer xmlns=\"urn:tc0c:spec:1\" name=\"rope-tensor.2\">\n"
    "  <parameter name=\"n\" value=\"8\"/>\n"
    "  <parameter name=\"d\" value=\"n/2\"/>\n"
    "  <precision format=\"fixed\" bits=\"6\" fraction=\"d - 1\" rounding=\"op\"/>\n"
    "  <input name=\"V\" length=\"n\" width=\"d\"/>\n"
    "  <weights source=\"input\"/>\n"
    "  <attention order=\"3\" heads=\"2\" scale=\"1/sqrt(d/2)\" mask=\"causal\">\n"
    "    <rope mode=\"query2\" base=\"1e4/2\"/>\n"
    "  </attention>\n"
    "  <attention heads=\"d\" head-width=\"3\"/>\n"
    "</transformer>\n";

START_TEST(everything)
{
    static const char *const names[] = {"V",
                                        "attention0.W_Q",
                                        "attention0.W_K1",
                                        "attention0.W_K2",
                                        "attention0.W_V1",
                                        "attention0.W_V2",
                                        "attention1.W_Q",
                                        "attention1.W_K",
                                        "attention1.W_V",
                                        "Y"};
    struct tc_spec *s = good(whole);
    const struct tc_attention *a = &s->block[0].attention, *b = &s->block[1].attention;

    ck_assert_str_eq(s->name, "rope-tensor.2");
    ck_assert_uint_eq(s->nparam, 2);
    ck_assert_str_eq(s->param[1].name, "d");
    ck_assert_int_eq(s->param[1].value, 4);
    ck_assert_uint_eq(s->param[1].loc.line, 4);
    ck_assert_uint_eq(s->param[1].loc.col, 3);
    ck_assert_uint_eq(s->format.bits, 6);
    ck_assert_uint_eq(s->format.fraction, 3);
    ck_assert_int_eq(s->rounding, TC_OP);
    ck_assert_int_eq(s->length.value, 8);
    ck_assert_int_eq(s->width.value, 4);
    same_poly(s, s->length.poly, "n");
    same_poly(s, s->width.poly, "d");
    ck_assert_int_eq(s->weights, TC_WEIGHTS_INPUT);

    ck_assert_uint_eq(s->nblock, 2);
    ck_assert_str_eq(s->block[0].path, "attention0");
    ck_assert_uint_eq(a->order, 3);
    ck_assert_int_eq(a->width.value, 4);
    ck_assert_int_eq(a->heads.value, 2);
    ck_assert_int_eq(a->head_width.value, 2);
    same_poly(s, a->head_width.poly, "1/2*d");
    ck_assert(a->scale.root);
    ck_assert(mpq_cmp_ui(a->scale.multiply, 1, 1) == 0);
    ck_assert(mpq_cmp_ui(a->scale.divide, 2, 1) == 0);
    ck_assert_int_eq(a->mask, TC_MASK_CAUSAL);
    ck_assert_int_eq(a->rope, TC_ROPE_QUERY2);
    ck_assert(mpq_cmp_ui(a->base, 5000, 1) == 0);
    ck_assert_str_eq(a->base_text, "1e4/2");

    ck_assert_uint_eq(b->order, 2);
    ck_assert_int_eq(b->width.value, 4); /* what the first block gives */
    same_poly(s, b->width.poly, "d");
    ck_assert_int_eq(b->heads.value, 4);
    ck_assert_int_eq(b->head_width.value, 3);
    ck_assert(!b->scale.root && mpq_cmp_ui(b->scale.divide, 1, 1) == 0);
    ck_assert_int_eq(b->mask, TC_MASK_NONE);
    ck_assert_int_eq(b->rope, TC_ROPE_NONE);

    ck_assert_uint_eq(s->ntensor, 10);
    for (unsigned i = 0; i < 10; i++) {
        ck_assert_str_eq(s->tensor[i].name, names[i]);
        ck_assert_int_eq(s->tensor[i].role, i < 9 ? TC_ROLE_INPUT : TC_ROLE_RESULT);
        ck_assert_uint_eq(s->tensor[i].rank, 2);
        ck_assert_int_eq(s->tensor[i].size[0].value, i == 0 || i == 9 ? 8 : 4);
        ck_assert_int_eq(s->tensor[i].size[1].value, i < 6 ? 4 : 12);
        ck_assert(!s->tensor[i].word);
    }
    same_poly(s, s->tensor[9].size[1].poly, "3*d");
    ck_assert(tc_tensor_count(&s->tensor[9]) == 96);
    ck_assert(tc_spec_tensor(s, "attention1.W_V") == &s->tensor[8]);
    ck_assert(!tc_spec_tensor(s, "attention.W_V"));
    tc_spec_free(s);
}
END_TEST

START_TEST(defaults)
{
    /* any order, a prefix for the namespace */
    struct tc_spec *s = good("<t:transformer xmlns:t='urn:tc0c:spec:1'>"
                             "<t:weights source='random'/>"
                             "<t:input length='3' width='2'/>"
                             "<t:precision format='fixed' bits='62' fraction='61'/>"
                             "<t:attention><t:rope mode='each'/></t:attention>"
                             "</t:transformer>");
    const struct tc_attention *a = &s->block[0].attention;

    ck_assert_str_eq(s->name, "transformer");
    ck_assert_int_eq(s->rounding, TC_BLOCK);
    ck_assert_str_eq(s->block[0].path, "attention");
    ck_assert_str_eq(s->tensor[0].name, "X");
    ck_assert_uint_eq(a->order, 2);
    ck_assert_int_eq(a->heads.value, 1);
    ck_assert_int_eq(a->head_width.value, 2);
    ck_assert(mpq_cmp_ui(a->base, 10000, 1) == 0);
    ck_assert_str_eq(a->base_text, "10000");
    ck_assert_uint_eq(s->seed, 0);
    ck_assert(mpq_cmp_ui(s->weight_scale, 1, 1) == 0);
    tc_spec_free(s);
}
END_TEST

/* d = n/2 follows n, so fraction = d - 1 leaves its range */
static const struct {
    const char *precision, *name;
    unsigned width;
    enum tc_rounding rounding;
} floats[] = {
    {"format='float' significand='3'", "float:3", 8, TC_BLOCK},
    {"format='float' significand='24' rounding='op'", "float:24", 50, TC_OP},
    {"format='float' significand='3' emin='-8' emax='7'", "float:3", 8, TC_BLOCK},
    {"format='float' significand='p' emin='-2*p' emax='p'", "float:5,-10,5", 10, TC_BLOCK},
    {"format='float' significand='3' emax='0'", "float:3,-8,0", 7, TC_BLOCK},
    {"format='float' significand='60' emin='0' emax='0'", "float:60,0,0", 61, TC_BLOCK},
    {"format='ieee' significand='3' exponent-bits='3' rounding='op'", "ieee:3,3", 6, TC_OP},
    {"format='ieee' significand='53' exponent-bits='11'", "ieee:53,11", 64, TC_BLOCK},
    {"format='ieee' significand='p+6' exponent-bits='p'", "binary16", 16, TC_BLOCK},
    {"format='ftz' significand='8' exponent-bits='8'", "ftz:8,8", 16, TC_BLOCK},
    {"format='binary16'", "binary16", 16, TC_BLOCK},
    {"format='bfloat16' rounding='op'", "bfloat16", 16, TC_OP},
    {"format='e4m3'", "e4m3", 8, TC_BLOCK},
    {"format='e5m2'", "e5m2", 8, TC_BLOCK},
    {"format='binary32'", "binary32", 32, TC_BLOCK},
};

START_TEST(float_formats)
{
    struct tc_spec *s;
    char text[500], name[64];

    snprintf(text, sizeof text,
             "<transformer xmlns='urn:tc0c:spec:1'><parameter name='p' value='5'/><precision %s/>"
             "<input length='1' width='1'/><weights source='random'/><attention/></transformer>",
             floats[_i].precision);
    s = good(text);
    tc_format_name(&s->format, name, sizeof name);
    ck_assert_str_eq(name, floats[_i].name);
    ck_assert_uint_eq(tc_format_width(&s->format), floats[_i].width);
    ck_assert_int_eq(s->rounding, floats[_i].rounding);
    /* results are infinite where rounding is TC_BLOCK, and the format has NaN too */
    ck_assert_int_eq(s->format.infinity, s->rounding == TC_BLOCK && s->format.nan &&
                                             !s->format.spare);
    tc_spec_free(s);
}
END_TEST

START_TEST(settings)
{
    struct tc_setting set[] = {{"d", "4"}, {"n", "9"}, {"n", "2^40/2^20"}};
    struct tc_error err = {0};
    struct tc_spec *s = read_text(whole, set, 3, false, &err);

    ck_assert_msg(s != NULL, "%s", err.msg);
    ck_assert_int_eq(s->length.value, 1 << 20); /* the last one counts */
    ck_assert_int_eq(s->width.value, 4);
    same_poly(s, s->width.poly, "d");
    tc_spec_free(s);

    s = read_text(whole, set + 2, 1, false, &err);
    ck_assert(!s);
    ck_assert_int_eq(err.kind, TC_ESPEC);
    ck_assert_uint_eq(err.loc.line, 5);
    ck_assert_uint_eq(err.loc.col, 48);
}
END_TEST

/* columns count characters, tabs and the byte order mark as one; lines end by LF;
 * where a value has references or line ends the attribute is the place */
START_TEST(places)
{
    static const struct {
        const char *text;
        unsigned line, col;
    } c[] = {
        {"<transformer xmlns='urn:tc0c:spec:1'>\n<!-- \xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82 "
         "--><no/></transformer>",
         2, 13},
        {"<transformer xmlns='urn:tc0c:spec:1'>\r\n\t<parameter\r\n\tvalue = '1 + m' "
         "name\n=\"a\"/></transformer>",
         3, 15},
        {"<transformer xmlns='urn:tc0c:spec:1'><parameter name='a' value='&#49;+m'/></transformer>",
         1, 58},
        {"<transformer xmlns='urn:tc0c:spec:1'>\n<parameter name='a' value='1\n+m'/></transformer>",
         2, 21},
        {"\xef\xbb\xbf<transformer/>", 1, 2},
        {"<transformer xmlns='urn:tc0c:spec:1'><parameter value='>' name='1'/></transformer>", 1,
         59},
    };
    struct tc_error err = {0};

    ck_assert(!read_text(c[_i].text, NULL, 0, false, &err));
    ck_assert_msg(err.loc.line == c[_i].line && err.loc.col == c[_i].col, "%u:%u: %s, wanted %u:%u",
                  err.loc.line, err.loc.col, err.msg, c[_i].line, c[_i].col);
}
END_TEST

#define HEAD(weights)                                                                              \
    "<transformer xmlns='urn:tc0c:spec:1'>"                                                        \
    "<precision format='fixed' bits='8' fraction='4'/><input length='2' width='2'/>" weights       \
    "<attention/></transformer>"

/* the generator's first outputs by a program of our own (SPEC.md) */
START_TEST(generator)
{
    static const uint64_t zero[] = {UINT64_C(0x99ec5f36cb75f2b4), UINT64_C(0xbf6e1f784956452a),
                                    UINT64_C(0x1a5f849d4933e6e0)};
    struct tc_random r;

    tc_random_seed(&r, 0);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(tc_random_next(&r), zero[i]);
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_lt(tc_random_below(&r, 3), 3);
        ck_assert_uint_eq(tc_random_below(&r, 1), 0);
    }
    /* the state of the generator's paper, whose outputs are published */
    r = (struct tc_random){{1, 2, 3, 4}};
    ck_assert_uint_eq(tc_random_next(&r), 11520);
    ck_assert_uint_eq(tc_random_next(&r), 0);
    ck_assert_uint_eq(tc_random_next(&r), 1509978240);
    ck_assert_uint_eq(tc_random_next(&r), UINT64_C(1215971899390074240));
}
END_TEST

START_TEST(random_weights)
{
    /* upper halves of the outputs above: 0x99ec5f36, 0xbf6e1f78, 0x1a5f849d;
     * (2r + 1) / 2^32 - 1 = 0.2025, 0.4956, -0.7940; times 16 and rounded */
    struct tc_spec *s = good(HEAD("<weights source='random'/>")), *t;
    const uint64_t *w = s->tensor[1].word;
    bool differ = false;

    ck_assert_uint_eq(w[0], 3);
    ck_assert_uint_eq(w[1], 8);
    ck_assert_uint_eq(w[2], 0x100 - 13);
    ck_assert(!s->tensor[0].word);
    ck_assert_int_eq(s->tensor[1].role, TC_ROLE_CONSTANT);
    tc_spec_free(s);

    s = good(HEAD("<weights source='random' seed='2^64-1' scale='1/2'/>"));
    ck_assert(s->seed == UINT64_MAX);
    t = good(HEAD("<weights source='random' seed='7' scale='1/2'/>"));
    for (unsigned i = 1; i < 4; i++)
        for (unsigned j = 0; j < 4; j++) {
            int8_t v = (int8_t)t->tensor[i].word[j];

            ck_assert_int_le(v, 8);
            ck_assert_int_ge(v, -8);
            differ |= t->tensor[i].word[j] != s->tensor[i].word[j];
        }
    ck_assert(differ);
    tc_spec_free(s);
    tc_spec_free(t);
}
END_TEST

START_TEST(weights_from_file)
{
    struct tc_error err = {0};
    struct tc_spec *s;
    char *path = path_of("w.json"), *text;

    write_file("w.json",
               "{\"attention.W_V\": [[1, 2], [3, 4]], \"attention.W_K\": [[0, 0], [0, 0]],"
               "\"attention.W_Q\": [[0.5, -0.5], [\"-0x1p-3\", 1e-9]]}");
    s = good(HEAD("<weights source='file' href='w.json'/>"));
    ck_assert_str_eq(s->href, path);
    ck_assert_uint_eq(s->tensor[1].word[0], 8);
    ck_assert_uint_eq(s->tensor[1].word[1], 0xf8);
    ck_assert_uint_eq(s->tensor[1].word[2], 0xfe);
    ck_assert_uint_eq(s->tensor[1].word[3], 0);
    ck_assert_uint_eq(s->tensor[3].word[3], 64);
    tc_spec_free(s);

    ck_assert(asprintf(&text, HEAD("<weights source='file' href='%s'/>"), path) > 0);
    s = good(text); /* an absolute path */
    tc_spec_free(s);
    free(text);

    write_file("w.json", "{");
    s = read_text(HEAD("<weights source='file' href='w.json'/>"), NULL, 0, false, &err);
    ck_assert(s != NULL); /* not loaded, not read */
    tc_spec_free(s);
    ck_assert(!read_text(HEAD("<weights source='file' href='w.json'/>"), NULL, 0, true, &err));
    ck_assert_int_eq(err.kind, TC_EFORMAT);
    ck_assert_str_eq(err.loc.file, spec_path);
    ck_assert_uint_eq(err.loc.line, 1);
    ck_assert(strstr(err.msg, "w.json:1:") != NULL);
    free(path);
}
END_TEST

/* every beginning of a good document is refused, and nothing crashes or leaks */
START_TEST(truncated)
{
    char text[sizeof whole];

    for (size_t n = 0; n + 2 < sizeof whole; n++) { /* without the last line end it is whole */
        struct tc_error err = {0};

        memcpy(text, whole, n);
        text[n] = 0;
        ck_assert_msg(!read_text(text, NULL, 0, true, &err), "%zu", n);
        ck_assert_msg(err.loc.line > 0 && err.msg[0], "%zu: %s", n, err.msg);
    }
}
END_TEST

/* and neither with one byte changed, whatever comes of it */
START_TEST(changed)
{
    static const char with[] = "<>&\"'/=0 \n\x80\x01x-";
    char text[sizeof whole];
    struct tc_random r;

    tc_random_seed(&r, 1);
    for (int i = 0; i < 2000; i++) {
        struct tc_error err = {0};
        struct tc_spec *s;

        memcpy(text, whole, sizeof whole);
        text[tc_random_below(&r, sizeof whole - 1)] = with[tc_random_below(&r, sizeof with - 1)];
        s = read_text(text, NULL, 0, true, &err);
        ck_assert(s || err.msg[0]);
        tc_spec_free(s);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spec");
    TCase *tc = tcase_create("spec");
    int status;

    tcase_add_checked_fixture(tc, make_folder, remove_folder);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, everything);
    tcase_add_test(tc, defaults);
    tcase_add_loop_test(tc, float_formats, 0, (int)(sizeof floats / sizeof *floats));
    tcase_add_test(tc, settings);
    tcase_add_loop_test(tc, places, 0, 6);
    tcase_add_test(tc, generator);
    tcase_add_test(tc, random_weights);
    tcase_add_test(tc, weights_from_file);
    tcase_add_test(tc, truncated);
    tcase_add_test(tc, changed);
    suite_add_tcase(suite, tc);
    status = check_status(suite);
    free(spec_path);
    return status;
}
