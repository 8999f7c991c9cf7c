/* test_formal.c -- the inputs that proofs are about are those that have a value */
#include "../../compiler/formal.h"
#include "check_main.h"
#include "spec_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "<transformer xmlns=\"urn:tc0c:spec:1\" name=\"t\"><parameter name=\"n\" value=\"1\"/>"
#define TAIL "<weights source=\"random\" seed=\"1\" scale=\"1\"/>"

static const char *const precisions[] = {
    "format=\"fixed\" bits=\"5\" fraction=\"2\"",
    "format=\"float\" significand=\"2\"",
    "format=\"float\" significand=\"3\" emin=\"-3\" emax=\"2\"",
    "format=\"float\" significand=\"4\" emin=\"0\" emax=\"0\"",
    "format=\"e4m3\"",
    "format=\"e5m2\"",
    "format=\"ieee\" significand=\"3\" exponent-bits=\"3\"",
};

static struct tc_spec *spec_of(const char *precision, const char *rest)
{
    return spec_of_text(HEAD "<precision %s rounding=\"block\"/>%s</transformer>\n", precision,
                        rest);
}

/* whether the domain holds for one word, at number `at` of words of that width */
static bool holds(const struct tc_netlist *domain, uint64_t word, unsigned width, unsigned at)
{
    uint64_t *in = calloc(domain->ninputs, sizeof *in),
             *out = calloc(domain->noutputs, sizeof *out);
    struct tc_error err;
    bool all = true;

    for (unsigned k = 0; k < width; k++)
        in[at * width + k] = word >> k & 1;
    ck_assert(tc_netlist_run(domain, in, out, 1, &err));
    for (uint32_t k = 0; k < domain->noutputs; k++)
        all = all && (out[k] & 1);
    free(in);
    free(out);
    return all;
}

START_TEST(test_words)
{
    struct tc_spec *spec =
        spec_of(precisions[_i],
                "<input name=\"X\" length=\"n\" width=\"2\"/>" TAIL "<linear width=\"1\"/>");
    struct tc_netlist *domain = tc_formal_domain(spec);
    unsigned width = tc_format_width(&spec->format);
    bool all = true;
    mpq_t x;

    mpq_init(x);
    for (uint64_t word = 0; word < 1u << width; word++) {
        enum tc_class class = tc_format_value(&spec->format, word, x);
        bool occurs = class == TC_FINITE || (spec->format.infinity && class != TC_NO_CODE);

        all = all && occurs;
        for (unsigned at = 0; at < 2; at++) /* the other word is 0 */
            ck_assert_msg((!domain || holds(domain, word, width, at)) == occurs, "%s: word %llx",
                          precisions[_i], (unsigned long long)word);
    }
    ck_assert((domain == NULL) == all);
    mpq_clear(x);
    tc_netlist_free(domain);
    tc_spec_free(spec);
}
END_TEST

START_TEST(test_ids)
{
    for (unsigned vocabulary = 1; vocabulary <= 9; vocabulary++) {
        char rest[400];
        struct tc_spec *spec;
        struct tc_netlist *domain;
        unsigned width;

        sprintf(rest,
                "<tokens name=\"X\" length=\"n\" vocabulary=\"%u\"/>" TAIL
                "<embedding width=\"2\"/>",
                vocabulary);
        spec = spec_of(precisions[0], rest);
        domain = tc_formal_domain(spec);
        width = tc_format_width(&spec->ids);
        for (uint64_t word = 0; word < 1u << width; word++)
            ck_assert((!domain || holds(domain, word, width, 0)) == (word < vocabulary));
        tc_netlist_free(domain);
        tc_spec_free(spec);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("formal");
    TCase *c = tcase_create("inputs");

    tcase_add_loop_test(c, test_words, 0, (int)(sizeof precisions / sizeof *precisions));
    tcase_add_test(c, test_ids);
    suite_add_tcase(s, c);
    return check_status(s);
}
