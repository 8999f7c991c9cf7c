/* test_netlist.c -- weights, invariants, counts and the text of netlists */
#include "../../ir/ir.h"
#include "check_main.h"
#include "netlist_text.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- helpers */

/* what is read is written the same */
static struct tc_netlist *round_trip(const char *text)
{
    struct tc_netlist *nl = netlist_of_text(text);
    char *again = text_of_netlist(nl);

    ck_assert_str_eq(again, text);
    free(again);
    return nl;
}

/* ------------------------------------------------------------------- weights */

START_TEST(weights_are_exact_and_interned)
{
    struct tc_netlist *nl = tc_netlist_new();
    mpz_t z, back;

    mpz_inits(z, back, NULL);
    for (unsigned again = 0; again < 2; again++)
        for (unsigned shift = 0; shift < 300; shift++)
            for (int off = -1; off <= 1; off++)
                for (int sign = -1; sign <= 1; sign += 2) {
                    tc_weight w;

                    mpz_set_ui(z, 1);
                    mpz_mul_2exp(z, z, shift);
                    mpz_set_si(back, off);
                    mpz_add(z, z, back);
                    if (sign < 0)
                        mpz_neg(z, z);
                    w = tc_weight_put(nl, z);
                    tc_weight_get(nl, w, back);
                    ck_assert(mpz_cmp(z, back) == 0);
                    ck_assert_int_eq(tc_weight_is_big(w), mpz_sizeinbase(z, 2) > 62);
                    ck_assert_int_eq(w, tc_weight_put(nl, back));
                }
    ck_assert_uint_lt(nl->nbig, 300 * 6);
    mpz_clears(z, back, NULL);
    tc_netlist_free(nl);
}
END_TEST

/* --------------------------------------------------------------- text, counts */

static const char *const good[] = {
    "tc 1\ninputs 0\noutputs\n",
    "tc 1\ninputs 3\noutputs 0 2 2\n",
    "tc 1\ninputs 3\n3 = +1*0 +1*1 +1*2 >= 2\n4 = +2*3 -1*0 >= 1\noutputs 3 4\n",
    "tc 1\ninputs 0\n0 = >= 0\n1 = >= 1\n2 = >= -7\noutputs 2\n",
    ("tc 1\ninputs 1\n"
     "1 = +99999999999999999999999999*0 -4611686018427387904*0 >= -123456789012345678901234567890\n"
     "2 = +4611686018427387903*0 -4611686018427387903*1 >= 4611686018427387904\n"
     "3 = -9223372036854775808*0 +9223372036854775807*0 >= 1000000000000000000\n"
     "outputs 1 2\n"),
    ("tc 1\ninputs 4\n# X: input 0\n# W.a: input 1\n# q.and: level 1\n4 = +1*0 +1*1 >= 2\n"
     "# none: level 2\n# q: level 2\n5 = +1*4 >= 1\n6 = +1*4 >= 2\n# end: level 3\noutputs 6\n"),
};

START_TEST(round_trips)
{
    tc_netlist_free(round_trip(good[_i]));
}
END_TEST

START_TEST(rows_and_places)
{
    struct tc_netlist *nl = round_trip(good[5]);

    ck_assert_uint_eq(nl->ngates, 3);
    ck_assert_uint_eq(nl->nrows, 2);
    ck_assert_uint_eq(nl->nedges, 3);
    ck_assert_uint_eq(nl->nplace, 6);
    ck_assert_str_eq(nl->place[1].name, "W.a");
    ck_assert_uint_eq(nl->place[1].first, 1);
    ck_assert_uint_eq(nl->place[1].level, 0);
    ck_assert_str_eq(nl->place[4].name, "q");
    ck_assert_uint_eq(nl->place[4].first, 5);
    ck_assert_uint_eq(nl->place[4].level, 2);
    ck_assert_uint_eq(nl->place[5].first, 7);
    tc_netlist_free(nl);

    /* equal edges, of gates that are not neighbours: two rows */
    nl = round_trip("tc 1\ninputs 2\n2 = +1*0 >= 1\n3 = +1*1 >= 1\n4 = +1*0 >= 1\noutputs\n");
    ck_assert_uint_eq(nl->nrows, 3);
    tc_netlist_free(nl);
    nl = round_trip("tc 1\ninputs 2\n2 = >= 1\n3 = >= 0\n4 = -1*0 >= 1\n5 = +1*0 >= 1\noutputs\n");
    ck_assert_uint_eq(nl->nrows, 3);
    tc_netlist_free(nl);
}
END_TEST

/* blanks, comments and line ends that the writer does not make */
START_TEST(free_layout)
{
    struct tc_netlist *nl =
        netlist_of_text("# a netlist: by hand\r\n\n  tc\t1  # version\r\n\t\ninputs 2 # two\n"
                        "#X: input 0\n# Y: input 2\n# Z: input 01\n# a b: level 3\n# q: level 0\n"
                        "#\n# : level 1\n# r: level 99999999999\n# ok: level 3 \n"
                        "2=+1 * 0-3*1>=-0 # a gate: level 1\n   3 = >= 12\n# s: level 4\n"
                        "outputs 3\t2 # last\n# the end\n\n");
    char *text = text_of_netlist(nl);

    ck_assert_str_eq(text, "tc 1\ninputs 2\n2 = +1*0 -3*1 >= 0\n3 = >= 12\n# s: level 4\n"
                           "outputs 3 2\n");
    free(text);
    tc_netlist_free(nl);
    tc_netlist_free(netlist_of_text("tc 1\ninputs 0\noutputs"));
}
END_TEST

START_TEST(counts)
{
    struct tc_netlist *nl =
        netlist_of_text("tc 1\ninputs 2\n2 = +1*0 +5*1 >= 1\n3 = +1*0 +5*1 >= 2\n"
                        "4 = -7*3 >= -9\n5 = +1*4 +1*0 +1*1 >= 2\n6 = >= 0\n"
                        "7 = -100000000000000000000*6 >= 3\noutputs 4 0 6\n");
    struct tc_arena *a = tc_arena_new();
    uint32_t *level = tc_netlist_levels(nl);
    const uint32_t expected[] = {0, 0, 1, 1, 2, 3, 1, 2};
    struct tc_count c;

    for (unsigned w = 0; w < 8; w++)
        ck_assert_uint_eq(level[w], expected[w]);
    tc_netlist_count(a, nl, &c);
    ck_assert_uint_eq(c.depth, 2); /* wire 5 is deeper, and no output */
    ck_assert(mpz_cmp_ui(c.inputs, 2) == 0 && mpz_cmp_ui(c.outputs, 3) == 0);
    ck_assert(mpz_cmp_ui(c.gates, 6) == 0);
    ck_assert(mpz_cmp_ui(c.wires, 2 + 2 + 1 + 3 + 0 + 1) == 0);
    ck_assert(mpz_cmp_ui(c.max_fan_in, 3) == 0);
    ck_assert(mpz_cmp_ui(c.max_threshold, 9) == 0);
    gmp_sscanf("100000000000000000000", "%Zd", c.gates);
    ck_assert(mpz_cmp(c.max_weight, c.gates) == 0);
    ck_assert(!c.gates_formula && !c.bank);
    free(level);
    tc_arena_free(a);
    tc_netlist_free(nl);
}
END_TEST

/* a long one, past all buffers, with columns still right */
START_TEST(long_text)
{
    struct tc_netlist *nl = netlist_of_text("tc 1\ninputs 5\noutputs\n");
    uint64_t fan_in = 70000;
    struct tc_error err = {0};
    char *text;
    size_t line, len, broken;

    nl->first = tc_xrealloc(nl->first, 4, sizeof *nl->first);
    nl->gate = tc_xrealloc(nl->gate, 4, sizeof *nl->gate);
    nl->source = tc_xrealloc(nl->source, 3 * fan_in, sizeof *nl->source);
    nl->weight = tc_xrealloc(nl->weight, 3 * fan_in, sizeof *nl->weight);
    nl->bound = tc_xrealloc(nl->bound, 9, sizeof *nl->bound);
    for (uint32_t r = 0; r < 3; r++) {
        for (uint64_t e = 0; e < fan_in; e++) {
            nl->source[nl->nedges] = (tc_wire)(e * 7 % (5 + nl->ngates));
            nl->weight[nl->nedges++] = (int64_t)(e * e) - 1000000000;
        }
        for (unsigned g = 0; g < 3; g++)
            nl->bound[nl->ngates++] = (int64_t)g * 77 - 50;
        nl->nrows = r + 1;
        nl->first[r + 1] = nl->nedges;
        nl->gate[r + 1] = nl->ngates;
    }
    ck_assert(tc_netlist_check(nl, &err));
    text = text_of_netlist(nl);
    tc_netlist_free(nl);
    nl = round_trip(text);
    ck_assert_uint_eq(nl->nrows, 3);
    ck_assert_uint_eq(nl->nedges, 3 * fan_in);
    tc_netlist_free(nl);

    /* the last '*' of the last gate */
    broken = (size_t)(strrchr(text, '*') - text);
    text[broken] = '?';
    for (line = 1, len = 0; len < broken; len++)
        line += text[len] == '\n';
    while (len > 0 && text[len - 1] != '\n')
        len--;
    ck_assert(!try_netlist(text, strlen(text), &err));
    ck_assert_uint_eq(err.loc.line, line);
    ck_assert_uint_eq(err.loc.col, broken - len + 1);
    free(text);
}
END_TEST

/* -------------------------------------------------------------- malformed text */

static const struct {
    unsigned line, col;
    const char *message, *text;
} bad[] = {
    {1, 1, "found end of file, wanted a netlist", ""},
    {3, 1, "wanted a netlist", "# nothing\n\n"},
    {1, 1, "found 'a', wanted a netlist", "aag 1 2 3\n"},
    {1, 2, "found 'x', wanted 'tc'", "tx 1\n"},
    {1, 4, "found version 2, wanted 1", "tc 2\ninputs 0\noutputs\n"},
    {1, 3, "wanted the version", "tc\ninputs 0\noutputs\n"},
    {1, 6, "found 'i', wanted the end of the line", "tc 1 inputs 0\noutputs\n"},
    {2, 1, "found 'o', wanted 'inputs'", "tc 1\noutputs\n"},
    {2, 1, "found end of file, wanted 'inputs'", "tc 1\n"},
    {2, 8, "found '-', wanted how many inputs", "tc 1\ninputs -1\noutputs\n"},
    {2, 8, "more than 2^32 - 1 inputs", "tc 1\ninputs 4294967296\noutputs\n"},
    {2, 8, "more than 2^32 - 1 inputs", "tc 1\ninputs 99999999999999999999999\noutputs\n"},
    {2, 8, "leading zero", "tc 1\ninputs 03\noutputs\n"},
    {3, 1, "found end of file, wanted a gate or 'outputs'", "tc 1\ninputs 3\n"},
    {3, 1, "found 'x', wanted a gate's wire or 'outputs'", "tc 1\ninputs 3\nx = >= 1\noutputs\n"},
    {3, 1, "found a gate at wire 2, wanted wire 3", "tc 1\ninputs 3\n2 = +1*0 >= 1\noutputs\n"},
    {4, 1, "found a gate at wire 3, wanted wire 4",
     "tc 1\ninputs 3\n3 = +1*0 >= 1\n3 = +1*0 >= 1\noutputs\n"},
    {4, 1, "found a gate at wire 5, wanted wire 4",
     "tc 1\ninputs 3\n3 = +1*0 >= 1\n5 = +1*0 >= 1\noutputs\n"},
    {3, 1, "wanted wire 3", "tc 1\ninputs 3\n33333333333333333333 = +1*0 >= 1\noutputs\n"},
    {3, 3, "found '+', wanted '='", "tc 1\ninputs 3\n3 +1*0 >= 1\noutputs\n"},
    {3, 5, "found '1', wanted an edge", "tc 1\ninputs 3\n3 = 1*0 >= 1\noutputs\n"},
    {3, 5, "found weight 0", "tc 1\ninputs 3\n3 = +0*0 >= 1\noutputs\n"},
    {3, 6, "found '*', wanted the digits of a weight", "tc 1\ninputs 3\n3 = +*0 >= 1\noutputs\n"},
    {3, 6, "leading zero", "tc 1\ninputs 3\n3 = +01*0 >= 1\noutputs\n"},
    {3, 8, "found '0', wanted '*'", "tc 1\ninputs 3\n3 = +1 0 >= 1\noutputs\n"},
    {3, 8, "found wire 3, wanted a wire that the gate may read, less than 3",
     "tc 1\ninputs 3\n3 = +1*3 >= 1\noutputs\n"},
    {3, 8, "found wire 18446744073709551616",
     "tc 1\ninputs 3\n3 = +1*18446744073709551616 >= 1\noutputs\n"},
    {3, 8, "found '-', wanted a wire", "tc 1\ninputs 3\n3 = +1*-1 >= 1\noutputs\n"},
    {3, 10, "found end of line, wanted an edge such as '+1*0', or '>='",
     "tc 1\ninputs 3\n3 = +1*0 \n4 = +1*0 >= 1\noutputs\n"},
    {3, 11, "found ' ', wanted '>='", "tc 1\ninputs 3\n3 = +1*0 > = 1\noutputs\n"},
    {3, 12, "found end of line, wanted a bound", "tc 1\ninputs 3\n3 = +1*0 >=\noutputs\n"},
    {3, 13, "found '+', wanted a bound", "tc 1\ninputs 3\n3 = +1*0 >= +1\noutputs\n"},
    {3, 15, "found '4', wanted the end of the line",
     "tc 1\ninputs 3\n3 = +1*0 >= 1 4 = +1*0 >= 1\noutputs\n"},
    {3, 9, "found wire 3, wanted an output's wire or the end of the line, less than 3",
     "tc 1\ninputs 3\noutputs 3\n"},
    {3, 11, "found ',', wanted an output's wire or the end of the line",
     "tc 1\ninputs 3\noutputs 0 , 1\n"},
    {3, 8, "found 's', wanted the end of the line", "tc 1\ninputs 3\noutputss 0\n"},
    {4, 1, "found 'o', wanted nothing after the outputs", "tc 1\ninputs 3\noutputs\noutputs\n"},
    {4, 1, "found '3', wanted nothing after the outputs",
     "tc 1\ninputs 3\noutputs 0\n3 = +1*0 >= 1\n"},
    {3, 5, "found byte 0x0c", "tc 1\ninputs 3\n3 = \f>= 1\noutputs\n"},
    {3, 1, "found byte 0xe2", "tc 1\ninputs 3\n\xe2\x88\x91 = >= 1\noutputs\n"},
    {1, 6, "found a carriage return, wanted the end of the line", "tc 1\r\rinputs 3\noutputs\n"},
};

#define BAD (sizeof bad / sizeof *bad)

START_TEST(malformed)
{
    struct tc_error err = {0};

    ck_assert(!try_netlist(bad[_i].text, strlen(bad[_i].text), &err));
    ck_assert_msg(strstr(err.msg, bad[_i].message) != NULL, "'%s' for\n%s", err.msg, bad[_i].text);
    ck_assert_str_eq(err.loc.file, "text");
    ck_assert_msg(err.loc.line == bad[_i].line && err.loc.col == bad[_i].col, "%u:%u: '%s' for\n%s",
                  err.loc.line, err.loc.col, err.msg, bad[_i].text);
}
END_TEST

/* cut anywhere, changed anywhere: refused or read, never worse */
START_TEST(damaged)
{
    const char *text = good[_i];
    size_t len = strlen(text);
    char *copy = tc_xcalloc(len + 1, 1);
    struct tc_error err = {0};

    for (size_t i = 0; i < len; i++) {
        static const char other[] = {'\0', ' ', '\n', '0', '9', '-', '*', '#', 'o', '\xff'};

        tc_netlist_free(try_netlist(text, i, &err));
        for (size_t k = 0; k < sizeof other; k++) {
            struct tc_netlist *nl;

            memcpy(copy, text, len);
            copy[i] = other[k];
            nl = try_netlist(copy, len, &err);
            if (nl)
                ck_assert_msg(tc_netlist_check(nl, &err), "%s", err.msg);
            tc_netlist_free(nl);
        }
    }
    free(copy);
}
END_TEST

START_TEST(numbers_without_end)
{
    size_t len = 1200000;
    char *text = tc_xcalloc(len, 1);
    struct tc_error err = {0};
    size_t n = (size_t)sprintf(text, "tc 1\ninputs 1\n1 = +");

    memset(text + n, '7', len - n);
    ck_assert(!try_netlist(text, len, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_uint_eq(err.loc.line, 3);
    free(text);
}
END_TEST

START_TEST(unreadable)
{
    struct tc_error err = {0};
    FILE *f = fopen("/", "r"); /* a folder opens, and does not read */

    if (f) {
        ck_assert(!tc_netlist_read(f, "/", &err));
        ck_assert_int_eq(err.kind, TC_EIO);
        fclose(f);
    }
    f = fopen("/dev/full", "w");
    if (f) {
        struct tc_netlist *nl = netlist_of_text(good[2]);

        ck_assert(!tc_netlist_write(f, nl));
        tc_netlist_free(nl);
        fclose(f);
    }
}
END_TEST

/* ------------------------------------------------------------------ invariants */

static void breaks(unsigned which, struct tc_netlist *nl)
{
    switch (which) {
    case 0:
        nl->source[0] = nl->ninputs;
        break;
    case 1:
        nl->weight[1] = 0;
        break;
    case 2:
        nl->weight[1] = TC_WEIGHT_SMALL; /* the first big number, and there is none */
        break;
    case 3:
        nl->weight[1] = -TC_WEIGHT_SMALL;
        break;
    case 4:
        nl->bound[1] = TC_WEIGHT_SMALL + 3;
        break;
    case 5:
        nl->output[0] = nl->ninputs + nl->ngates;
        break;
    case 6:
        nl->first[1] = nl->nedges + 1;
        break;
    case 7:
        nl->gate[1] = 0;
        break;
    case 8:
        nl->first[nl->nrows]--;
        break;
    case 9:
        nl->ninputs = UINT32_MAX;
        break;
    case 10:
        nl->place[1].first = nl->ninputs;
        break;
    case 12:
        nl->place[1].name = "a:b";
        break;
    case 11:
        nl->place[1].name = "two words";
        break;
    default:
        nl->gate[nl->nrows]++;
    }
}

START_TEST(broken)
{
    struct tc_netlist *nl = netlist_of_text(good[5]);
    struct tc_error err = {0};

    breaks((unsigned)_i, nl);
    ck_assert(!tc_netlist_check(nl, &err));
    ck_assert(err.msg[0] != '\0');
    tc_netlist_free(nl);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("netlist");
    TCase *tc = tcase_create("netlist");

    tcase_set_timeout(tc, 300);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, weights_are_exact_and_interned);
    tcase_add_loop_test(tc, round_trips, 0, sizeof good / sizeof *good);
    tcase_add_test(tc, rows_and_places);
    tcase_add_test(tc, free_layout);
    tcase_add_test(tc, counts);
    tcase_add_test(tc, long_text);
    tcase_add_loop_test(tc, malformed, 0, BAD);
    tcase_add_loop_test(tc, damaged, 0, sizeof good / sizeof *good);
    tcase_add_test(tc, numbers_without_end);
    tcase_add_test(tc, unreadable);
    tcase_add_loop_test(tc, broken, 0, 14);
    return check_status(s);
}
