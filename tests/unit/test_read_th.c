/* test_read_th.c -- .th: the same circuits as .th and as a netlist's text, which share no
 * reader; names of every kind, lines in any order, zero weights, constants; what is refused */
#include "check_main.h"

#include "../../ir/ir.h"

#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

static uint32_t rnd(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 32) * below >> 32);
}

struct text {
    FILE *f;
    char *bytes;
    size_t size;
};

static void text_open(struct text *t)
{
    t->f = open_memstream(&t->bytes, &t->size);
}

static struct tc_netlist *read_text(struct text *t, struct tc_error *err)
{
    struct tc_netlist *nl;
    FILE *f;

    fclose(t->f);
    f = fmemopen(t->bytes, t->size, "r");
    nl = tc_read_circuit(f, "text", err);
    fclose(f);
    free(t->bytes);
    return nl;
}

/* names that are near each other, long, or as good as equal; all different */
static char *name_of(uint32_t k)
{
    char *s = NULL, x[4001];
    int n = 0;

    memset(x, 'x', sizeof x - 1);
    x[sizeof x - 1] = '\0';
    switch (k % 8) {
    case 0: n = asprintf(&s, "g%u", k); break;
    case 1: n = asprintf(&s, "g%03u", k); break;
    case 2: n = asprintf(&s, "%u", k); break;
    case 3: n = asprintf(&s, "new_n%u_", k); break;
    case 4: n = asprintf(&s, "%.*s%u%s", (int)(k % 23), x, k, k & 16 ? "[0]" : ""); break;
    case 5: n = asprintf(&s, "%.*s%c%u", k & 8 ? 12 : 4000, x, 'a' + (int)(k % 26), k); break;
    case 6: n = asprintf(&s, "%.*s", 1 + (int)k, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv"
                                                 "wxyzabcdefghijklmnopqrstuvwxyz"); break;
    default: n = asprintf(&s, "\xc3\xa4%u\xc3\xb6", k); break;
    }
    ck_assert_int_gt(n, 0);
    return s;
}

#define INPUTS  12
#define GATES   60
#define OUTPUTS 8

/* a gate: into the netlist's text, and as two lines of .th */
static void random_gate(FILE *tc, FILE *th, char *const *name, uint32_t gate)
{
    uint32_t n = rnd(9) ? rnd(6) : rnd(40), wire = INPUTS + gate;
    int64_t bound = (int64_t)rnd(9) - 4, shift = 0;
    struct text weights;

    text_open(&weights);
    fprintf(tc, "%u =", wire);
    fprintf(th, ".threshold");
    for (uint32_t k = 0; k < n; k++) {
        uint32_t from = rnd(wire);
        int64_t w = (int64_t)rnd(9) - 4;

        if (rnd(10) == 0) { /* a constant 1 moves the bound */
            fprintf(th, " CONST1");
            shift += w;
        } else {
            fprintf(th, " %s", name[from]);
            if (w)
                fprintf(tc, " %+lld*%u", (long long)w, from);
        }
        fprintf(weights.f, rnd(8) || w < 0 ? "%lld " : rnd(2) ? "+%lld " : "0000000000000000000%lld ",
                (long long)w);
    }
    fclose(weights.f);
    fprintf(tc, " >= %lld\n", (long long)(bound - shift));
    fprintf(th, " %s%s\n%s%lld\n", name[wire], rnd(20) ? "" : " # a comment", weights.bytes,
            (long long)bound);
    free(weights.bytes);
}

static void shuffle(char **line, uint32_t n)
{
    for (uint32_t k = n; k > 1; k--) {
        uint32_t at = rnd(k);
        char *swap = line[k - 1];

        line[k - 1] = line[at];
        line[at] = swap;
    }
}

static void same_on_all(const struct tc_netlist *a, const struct tc_netlist *b)
{
    enum { WORDS = (1 << INPUTS) / 64 };
    static uint64_t in[INPUTS * WORDS], out[2][OUTPUTS * WORDS];
    struct tc_error err = {0};

    ck_assert_uint_eq(a->ninputs, b->ninputs);
    ck_assert_uint_eq(a->noutputs, b->noutputs);
    /* a buffer that is an output is no gate */
    ck_assert(b->ngates <= a->ngates && a->ngates <= b->ngates + OUTPUTS);
    for (uint32_t i = 0; i < INPUTS; i++)
        for (uint32_t x = 0; x < 1u << INPUTS; x++) {
            uint64_t *word = &in[i * WORDS + x / 64];

            *word = (*word & ~((uint64_t)1 << x % 64)) | (uint64_t)(x >> i & 1) << x % 64;
        }
    ck_assert(tc_netlist_run(a, in, out[0], WORDS, &err));
    ck_assert(tc_netlist_run(b, in, out[1], WORDS, &err));
    ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
}

START_TEST(test_random)
{
    struct text tc, th, gate;
    struct tc_error err = {0};
    struct tc_netlist *a, *b;
    char *name[INPUTS + GATES], *line[GATES + OUTPUTS];
    uint32_t n = GATES;

    state = (uint64_t)_i + 1;
    for (uint32_t k = 0; k < INPUTS + GATES; k++)
        name[k] = name_of(k);
    text_open(&tc);
    text_open(&th);
    fprintf(tc.f, "tc 1\ninputs %u\n", INPUTS);
    fprintf(th.f, "what threABC writes there\n.model m\n.inputs");
    for (uint32_t k = 0; k < INPUTS; k++)
        fprintf(th.f, "%s %s", rnd(5) ? "" : " \\\n", name[k]);
    fprintf(th.f, "\n.outputs");
    for (uint32_t g = 0; g < GATES; g++) {
        text_open(&gate);
        random_gate(tc.f, gate.f, name, g);
        fclose(gate.f);
        line[g] = gate.bytes;
    }
    fprintf(tc.f, "outputs");
    for (uint32_t k = 0; k < OUTPUTS; k++) {
        uint32_t from = rnd(INPUTS + GATES);

        fprintf(tc.f, " %u", from);
        if (k % 2) {
            fprintf(th.f, " %s", name[from]);
        } else {
            fprintf(th.f, " out%u", k);
            ck_assert_int_gt(asprintf(&line[n++], ".threshold %s out%u\n1 1\n", name[from], k), 0);
        }
    }
    fprintf(tc.f, "\n");
    fprintf(th.f, "\n");
    shuffle(line, n);
    while (n-- > 0) {
        fputs(line[n], th.f);
        free(line[n]);
    }
    for (uint32_t k = 0; k < INPUTS + GATES; k++)
        free(name[k]);
    a = read_text(&tc, &err);
    b = read_text(&th, &err);
    ck_assert_msg(a && b, "%s", err.msg);
    same_on_all(a, b);
    tc_netlist_free(a);
    tc_netlist_free(b);
}
END_TEST

/* gates stay in the order of the file, though outputs come first */
START_TEST(test_order)
{
    const uint32_t most = 1000;
    struct text th;
    struct tc_error err = {0};
    struct tc_netlist *nl;

    text_open(&th);
    fprintf(th.f, ".inputs a b\n.outputs y\n.threshold g%u y\n1 1\n", most - 1);
    for (uint32_t g = 0; g < most; g++)
        fprintf(th.f, ".threshold a b g%u\n%u 1 2\n", g, g + 1);
    nl = read_text(&th, &err);
    ck_assert_msg(nl != NULL, "%s", err.msg);
    ck_assert_uint_eq(nl->ngates, most);
    for (uint32_t g = 0; g < most; g++)
        ck_assert_int_eq(nl->weight[nl->first[g]], g + 1);
    ck_assert_uint_eq(nl->output[0], 2 + most - 1);
    tc_netlist_free(nl);
}
END_TEST

/* A chain whose last gate comes first; a gate of as many inputs as there are gates; weights past
 * 64 bits. */
START_TEST(test_large)
{
    const uint32_t most = 100000;
    struct text th;
    struct tc_error err = {0};
    struct tc_netlist *nl;
    mpz_t w;

    text_open(&th);
    fprintf(th.f, ".inputs g0\n.outputs y\n.threshold");
    for (uint32_t g = 0; g < most; g++)
        fprintf(th.f, " g%u", g);
    fprintf(th.f, " y\n");
    for (uint32_t g = 0; g < most; g++)
        fprintf(th.f, g % 2 ? "-1 " : "123456789012345678901234567890 ");
    fprintf(th.f, "-99999999999999999999\n");
    for (uint32_t g = most; g-- > 1;)
        fprintf(th.f, ".threshold g%u g%u\n-1 0\n", g - 1, g);
    nl = read_text(&th, &err);
    ck_assert_msg(nl != NULL, "%s", err.msg);
    ck_assert_uint_eq(nl->ngates, most);
    ck_assert_uint_eq(nl->nedges, 2 * most - 1);
    mpz_init(w);
    tc_weight_get(nl, nl->weight[nl->first[most - 1]], w);
    ck_assert_int_eq(gmp_snprintf(NULL, 0, "%Zd", w), 30);
    tc_weight_get(nl, nl->bound[most - 1], w);
    mpz_add_ui(w, w, 99);
    ck_assert_int_eq(mpz_sgn(w), -1);
    mpz_clear(w);
    tc_netlist_free(nl);
}
END_TEST

static const struct {
    const char *text, *says;
} fault[] = {
    {".inputs a\n.outputs y\n.threshold a y\n1\n", "found 1 numbers, wanted 1 weights"},
    {".inputs a\n.outputs y\n.threshold a y\n1 1 1\n", "wanted the end of the line"},
    {".inputs a\n.outputs y\n.threshold a y\n1 1x\n", "wanted an integer"},
    {".inputs a\n.outputs y\n.threshold a y\n1 -\n", "wanted an integer"},
    {".inputs a\n.outputs y\n.threshold a y\n1 1e9999999999999999999\n", "wanted an integer"},
    {".inputs a\n.outputs y\n.threshold a y\n1 1", ""},
    {".inputs a\n.outputs y\n.threshold CONST1 y\n1 1\n", ""},
    {".inputs a\n.outputs y\n.threshold b y\n1 1\n", "'b' is read and never defined"},
    {".inputs a\n.outputs y\n", "output 'y' is never defined"},
    {".inputs a\n.outputs y\n.threshold a y\n1 1\n.threshold a y\n1 1\n", "'y' is defined twice"},
    {".inputs a\n.outputs y\n.threshold a a\n1 1\n", "'a' is an input and defined here"},
    {".inputs a a\n.outputs y\n.threshold a y\n1 1\n", "input 'a' is there twice"},
    {".inputs a\n.outputs y\n.threshold z y\n2 1\n.threshold y z\n1 1\n", "by what it is defined by"},
    {".inputs a\n.outputs y\n.threshold\n1\n", "wanted the signal that is defined"},
    {".inputs a\n.outputs y\n.names CONST1 y\n1 1\n", "'CONST1' is read and never defined"},
    {".inputs a1\n.outputs y\n.threshold a2 y\n1 1\n", "'a2' is read and never defined"},
    {".inputs a1\n.outputs y\n.threshold a01 y\n1 1\n", "'a01' is read and never defined"},
};

START_TEST(test_faults)
{
    struct text th;
    struct tc_error err = {0};
    struct tc_netlist *nl;

    text_open(&th);
    fputs(fault[_i].text, th.f);
    nl = read_text(&th, &err);
    ck_assert_int_eq(nl != NULL, !*fault[_i].says);
    ck_assert_msg(strstr(err.msg, fault[_i].says) != NULL, "%s", err.msg);
    ck_assert_int_eq((int)err.kind, *fault[_i].says ? TC_EFORMAT : 0);
    tc_netlist_free(nl);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("read_th");
    TCase *t = tcase_create("read_th");

    tcase_add_loop_test(t, test_random, 0, getenv("TC_FAST") ? 20 : 200);
    tcase_add_test(t, test_order);
    tcase_add_test(t, test_large);
    tcase_add_loop_test(t, test_faults, 0, (int)(sizeof fault / sizeof *fault));
    suite_add_tcase(s, t);
    return check_status(s);
}
