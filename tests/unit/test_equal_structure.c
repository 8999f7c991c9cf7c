/* test_equal_structure.c -- what is proved equal by its structure: gates of the same sum, adders,
 * lists, counters and their parts */
#include "equal_case.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ structure */

static const char *const same_gate[][2] = {
    {"2 = +1*0 +1*1 >= 2\noutputs 2\n", "2 = +3*0 +5*1 >= 6\noutputs 2\n"},
    {"2 = +1*0 +1*1 >= 1\noutputs 2\n", "2 = +1*1 +1*0 -1*0 +1*0 >= 1\noutputs 2\n"},
    {"2 = +1*0 >= 1\noutputs 2\n", "outputs 0\n"},
    {"2 = -1*0 >= 0\n3 = -1*2 >= 0\noutputs 3\n", "outputs 0\n"},
    {"2 = +1*0 +1*1 >= 3\noutputs 2\n", "2 = >= 1\noutputs 2\n"},
    {"2 = >= 0\n3 = +2*2 +1*0 >= 3\noutputs 3\n", "outputs 0\n"},
    {"2 = +1*0 +1*1 >= 2\n3 = -1*2 >= 0\noutputs 3\n", "2 = -7*0 -7*1 >= -13\noutputs 2\n"},
    {"2 = -1*0 +1*1 >= 1\noutputs 2\n", "2 = -1*0 >= 0\n3 = +1*2 +1*1 >= 2\noutputs 3\n"},
    {"2 = +9*0 +1*1 >= 1\noutputs 2\n", "2 = +1*0 +4*1 >= 1\noutputs 2\n"},
    {"2 = +100000000000000000000*0 +1*1 >= 1\noutputs 2\n", "2 = +1*0 +1*1 >= 1\noutputs 2\n"},
    {"outputs\n", "2 = >= 1\noutputs\n"},
};

START_TEST(test_structure)
{
    char x[300], y[300];
    struct tc_netlist *a, *b;
    struct tc_equal_options o = {.seconds = 1, .no_exhaustion = true, .no_solver = true};
    struct tc_equal r;
    struct tc_error err;

    sprintf(x, "tc 1\ninputs 2\n%s", same_gate[_i][0]);
    sprintf(y, "tc 1\ninputs 2\n%s", same_gate[_i][1]);
    a = netlist_of_text(x);
    b = netlist_of_text(y);
    ck_assert(tc_equal_run(a, b, NULL, &o, &r, &err));
    if (a->noutputs)
        ck_assert_int_eq(r.how[0], TC_EQUAL_STRUCTURE);
    tc_equal_free(&r);
    tc_netlist_free(a);
    tc_netlist_free(b);
}
END_TEST

/* a majority of n in two orders, and one that needs one more */
static struct tc_netlist *majority(unsigned n, unsigned step, unsigned bound, int sign)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct tc_netlist *nl;

    fprintf(f, "tc 1\ninputs %u\n%u =", n, n);
    for (unsigned i = 0; i < n; i++)
        fprintf(f, " %+d*%u", sign, (unsigned)((uint64_t)i * step % n));
    fprintf(f, " >= %d\n", sign > 0 ? (int)bound : 1 - (int)bound);
    if (sign < 0)
        fprintf(f, "%u = -1*%u >= 0\n", n + 1, n);
    fprintf(f, "outputs %u\n", n + (sign < 0));
    fclose(f);
    nl = netlist_of_made(text);
    return nl;
}

START_TEST(test_majority)
{
    struct tc_netlist *a = majority(1001, 1, 501, 1), *b = majority(1001, 2, 501, 1),
                      *c = majority(1001, 3, 501, -1), *d = majority(1001, 1, 502, 1);
    struct tc_equal r;
    struct tc_error err;
    double start = tc_now();

    ck_assert(tc_equal_run(a, b, NULL, &proofs_alone, &r, &err));
    ck_assert_int_eq(r.how[0], TC_EQUAL_STRUCTURE);
    tc_equal_free(&r);
    ck_assert(tc_equal_run(a, c, NULL, &proofs_alone, &r, &err));
    ck_assert_int_eq(r.how[0], TC_EQUAL_STRUCTURE);
    tc_equal_free(&r);
    ck_assert(tc_now() - start < 0.5);
    ck_assert(tc_equal_run(a, d, NULL, &proofs_alone, &r, &err));
    ck_assert_int_eq(r.how[0], TC_EQUAL_DIFFERENT);
    tc_equal_free(&r);
    tc_netlist_free(a);
    tc_netlist_free(b);
    tc_netlist_free(c);
    tc_netlist_free(d);
}
END_TEST

/* sums of two n-bit words: by threshold gates in two layers, and as a chain of full adders */
static struct tc_netlist *adder(unsigned n, bool ripple)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    unsigned wire = 2 * n, carry = 0, *out = calloc(n, sizeof *out);
    struct tc_netlist *nl;
    mpz_t w;

    mpz_init(w);
    fprintf(f, "tc 1\ninputs %u\n", 2 * n);
    for (unsigned i = 0; i < n; i++) { /* carry, then the sum's bit */
        unsigned before = carry;

        carry = wire;
        fprintf(f, "%u =", wire++);
        for (unsigned k = ripple ? i : 0; k <= i; k++) {
            mpz_ui_pow_ui(w, 2, ripple ? 0 : k);
            gmp_fprintf(f, " %+Zd*%u %+Zd*%u", w, k, w, n + k);
        }
        if (ripple && i)
            fprintf(f, " +1*%u", before);
        mpz_ui_pow_ui(w, 2, ripple ? 1 : i + 1);
        gmp_fprintf(f, " >= %Zd\n", w);
        out[i] = wire;
        fprintf(f, "%u = +1*%u +1*%u -2*%u", wire++, i, n + i, carry);
        if (i)
            fprintf(f, " +1*%u", before);
        fprintf(f, " >= 1\n");
    }
    fputs("outputs", f);
    for (unsigned i = 0; i < n; i++)
        fprintf(f, " %u", out[i]);
    fputc('\n', f);
    fclose(f);
    nl = netlist_of_made(text);
    free(out);
    mpz_clear(w);
    return nl;
}

START_TEST(test_adders)
{
    struct tc_netlist *a = adder(32, false), *b = adder(32, true);
    struct tc_equal r;
    struct tc_error err;

    ck_assert(tc_equal_run(a, b, NULL, &proofs_alone, &r, &err));
    for (unsigned k = 0; k < 32; k++)
        ck_assert(r.how[k] <= TC_EQUAL_PROOF || r.solver_missing);
    ck_assert(r.vectors > 0);
    tc_equal_free(&r);
    b->bound[60]++;
    ck_assert(tc_equal_run(a, b, NULL, &proofs_alone, &r, &err));
    ck_assert(r.witness != NULL);
    tc_equal_free(&r);
    tc_netlist_free(a);
    tc_netlist_free(b);
}
END_TEST

/* "the first input that is 1 is one of every third", from the last on: as one gate whose weights
 * no word has, or as n gates of two wires */
static struct tc_netlist *list(unsigned n, bool gate, unsigned wrong)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct tc_netlist *nl;
    mpz_t least, most, w;

    /* sum of those so far from least to most, the list is 1 iff it is >= 1 */
    mpz_inits(least, most, w, NULL);
    fprintf(f, "tc 1\ninputs %u\n%u =", n, n);
    for (unsigned i = 0; i < n; i++) {
        bool one = i % 3 == 0;

        if (gate) {
            if (one)
                mpz_ui_sub(w, 1, least);
            else
                mpz_neg(w, most);
            if (i == wrong)
                mpz_sub_ui(w, w, 1);
            gmp_fprintf(f, " %+Zd*%u", w, i);
            mpz_add(one ? most : least, one ? most : least, w);
        } else if (i == 0) {
            fprintf(f, " +1*0 >= 1\n");
        } else {
            fprintf(f, "%u = %+d*%u +1*%u >= 1\n", n + i, one ? 1 : -1, i, n + i - 1);
        }
    }
    fprintf(f, gate ? " >= 1\noutputs %u\n" : "outputs %u\n", gate ? n : 2 * n - 1);
    fclose(f);
    nl = netlist_of_made(text);
    mpz_clears(least, most, w, NULL);
    return nl;
}

/* long lists are proved equal by tables alone; with a weight less by one they are not */
START_TEST(test_lists)
{
    struct tc_equal_options o = {.seconds = 30, .no_solver = true};
    struct tc_netlist *chain = list(100, false, 100), *gate = list(100, true, 100);
    struct tc_error err = {0};
    struct tc_equal r;

    ck_assert(tc_equal_run(gate, chain, NULL, &o, &r, &err));
    ck_assert_int_eq(r.how[0], TC_EQUAL_SWEEP);
    ck_assert_uint_eq(r.proofs, 0);
    tc_equal_free(&r);
    o.no_solver = false;
    for (unsigned wrong = 3; wrong < 100; wrong += 48) {
        struct tc_netlist *bad = list(100, true, wrong);

        ck_assert(tc_equal_run(bad, chain, NULL, &o, &r, &err));
        ck_assert_int_eq(r.how[0], TC_EQUAL_DIFFERENT);
        tc_equal_free(&r);
        tc_netlist_free(bad);
    }
    tc_netlist_free(chain);
    tc_netlist_free(gate);
}
END_TEST

/* --------------------------------------------------------------------- parts */

#define MOST_BITS 16
#define NO_WIRE   UINT32_MAX

struct counter { /* inputs counted by a tree of adders, as a netlist's text */
    FILE *f;
    const int *weight;
    uint32_t wires, wrong; /* the gate whose bound is one more */
};

static uint32_t put_gate(struct counter *c, const uint32_t *in, unsigned n, int last, int bound)
{
    fprintf(c->f, "%u =", c->wires);
    for (unsigned k = 0; k < n; k++)
        fprintf(c->f, " %+d*%u", k + 1 == n ? last : 1, in[k]);
    fprintf(c->f, " >= %d\n", bound + (c->wires == c->wrong));
    return c->wires++;
}

/* word = word + other, low bit first */
static void add_word(struct counter *c, uint32_t *word, const uint32_t *other)
{
    uint32_t carry = NO_WIRE;

    for (unsigned k = 0; k < MOST_BITS; k++) {
        uint32_t in[4];
        unsigned n = 0;

        for (unsigned i = 0; i < 3; i++) {
            uint32_t w = i == 0 ? word[k] : i == 1 ? other[k] : carry;

            if (w != NO_WIRE)
                in[n++] = w;
        }
        carry = NO_WIRE;
        word[k] = n ? in[0] : NO_WIRE;
        if (n > 1) {
            in[n] = carry = put_gate(c, in, n, 1, 2);
            word[k] = put_gate(c, in, n + 1, -2, 1);
        }
    }
}

/* the sum of |weight| where a positive one's input is 1, or a negative one's is 0 */
static void count_inputs(struct counter *c, unsigned first, unsigned n, uint32_t *word)
{
    uint32_t other[MOST_BITS];

    if (n == 1) {
        uint32_t wire = first;

        if (c->weight[first] < 0)
            wire = put_gate(c, &wire, 1, -1, 0);
        for (unsigned k = 0; k < MOST_BITS; k++)
            word[k] = abs(c->weight[first]) >> k & 1 ? wire : NO_WIRE;
        return;
    }
    count_inputs(c, first, n / 2, word);
    count_inputs(c, first + n / 2, n - n / 2, other);
    add_word(c, word, other);
}

/* Two outputs: whether the sum reaches a bound, by adders, and as one gate; *gates: of the first.
 */
static struct tc_netlist *counted(const int *weight, unsigned n, int bound, uint32_t wrong,
                                  uint32_t *gates)
{
    char *text;
    size_t len;
    struct counter c = {open_memstream(&text, &len), weight, n, wrong};
    uint32_t word[MOST_BITS];
    struct tc_netlist *nl;
    int shift = 0;

    fprintf(c.f, "tc 1\ninputs %u\n", n);
    for (unsigned i = 0; i < n; i++)
        shift += weight[i] < 0 ? -weight[i] : 0;
    count_inputs(&c, 0, n, word);
    fprintf(c.f, "%u =", c.wires);
    for (unsigned k = 0; k < MOST_BITS; k++)
        if (word[k] != NO_WIRE)
            fprintf(c.f, " +%u*%u", 1U << k, word[k]);
    fprintf(c.f, " >= %d\n%u =", bound + shift + (c.wires == wrong), c.wires + 1);
    for (unsigned i = 0; i < n; i++)
        fprintf(c.f, " %+d*%u", weight[i], i);
    fprintf(c.f, " >= %d\noutputs %u %u\n", bound, c.wires, c.wires + 1);
    fclose(c.f);
    nl = netlist_of_made(text);
    *gates = nl->ngates - 1;
    return nl;
}

/* both outputs on all inputs */
static bool agrees(const struct tc_netlist *nl)
{
    struct tc_error err;
    bool same = true;

    for (uint64_t first = 0; first < (uint64_t)1 << nl->ninputs; first += 64) {
        uint64_t in[16] = {0}, out[2];

        for (unsigned i = 0; i < nl->ninputs; i++)
            for (unsigned v = 0; v < 64; v++)
                in[i] |= ((first + v) >> i & 1) << v;
        ck_assert(tc_netlist_run(nl, in, out, 1, &err));
        same = same && out[0] == out[1];
    }
    return same;
}

/* What is proved by parts is so on all inputs; adders as they should be are proved. */
START_TEST(test_parts)
{
    unsigned proved = 0, different = 0;

    state = 23;
    for (unsigned round = 0; round < 300; round++) {
        unsigned n = 10 + (unsigned)below(3), total = 0;
        uint64_t work = (uint64_t)1 << 24;
        int weight[12], low = 0, bound;
        uint32_t gates, wrong;
        struct tc_netlist *nl;
        bool is;

        for (unsigned i = 0; i < n; i++) {
            weight[i] = 1 + (int)below(round % 2 ? 1 : 5);
            total += (unsigned)weight[i];
            weight[i] = below(3) ? weight[i] : -weight[i];
            low += weight[i] < 0 ? weight[i] : 0;
        }
        bound = low + 1 + (int)below(total);
        nl = counted(weight, n, bound, NO_WIRE, &gates);
        ck_assert(agrees(nl));
        ck_assert(tc_equal_parts(nl, nl->output[1], 2 * (nl->output[0] + 1), &work));
        ck_assert_msg(!tc_equal_parts(nl, nl->output[1], 2 * (nl->output[0] + 1) + 1, &work),
                      "a complement");
        tc_netlist_free(nl);
        wrong = n + (uint32_t)below(gates);
        nl = counted(weight, n, bound, wrong, &gates);
        is = tc_equal_parts(nl, nl->output[1], 2 * (nl->output[0] + 1), &work);
        ck_assert_int_eq(is, agrees(nl));
        proved += is;
        different += !is;
        tc_netlist_free(nl);
    }
    ck_assert_uint_gt(proved, 10); /* gates that do not matter, too */
    ck_assert_uint_gt(different, 100);
}
END_TEST

/* leaves that are gates, one the complement of the other: as free ones they prove nothing wrong */
START_TEST(test_parts_free)
{
    struct tc_netlist *nl =
        netlist_of_text("tc 1\ninputs 3\n3 = +1*0 +1*1 >= 2\n4 = -1*3 >= 0\n"
                        "5 = +1*3 +1*4 +1*2 >= 2\n6 = +1*3 +1*2 >= 2\n"
                        "7 = +1*4 +1*2 >= 2\n8 = +1*6 +1*7 >= 1\noutputs 5 8 2\n");
    uint64_t work = 1 << 20, none = 100;

    /* 3 and 4 may both be 1 as far as this knows, where 5 is 1, and 8 as 2 is */
    ck_assert(!tc_equal_parts(nl, 5, 2 * (8 + 1), &work));
    ck_assert(!tc_equal_parts(nl, 5, 1, &work));
    ck_assert(!tc_equal_parts(nl, 5, 2 * (2 + 1), &work)); /* which is so, but not below it */
    ck_assert(tc_equal_parts(nl, 8, 2 * (8 + 1), &work));
    ck_assert(!tc_equal_parts(nl, 8, 2 * (8 + 1), &none)); /* no work left */
    tc_netlist_free(nl);
}
END_TEST

/* parts within parts: an OR of n inputs one after the other; there is an end to it, and to sets */
START_TEST(test_parts_deep)
{
    static const unsigned sizes[] = {1000, 5000, 80000};

    for (unsigned k = 0; k < 3; k++) {
        unsigned n = sizes[k];
        uint64_t work = (uint64_t)1 << 32;
        char *text;
        size_t len;
        FILE *f = open_memstream(&text, &len);
        struct tc_netlist *nl;

        fprintf(f, "tc 1\ninputs %u\n", n);
        for (unsigned i = 0; i + 1 < n; i++)
            fprintf(f, "%u = +1*%u +1*%u >= 1\n", n + i, i + 1, i ? n + i - 1 : 0);
        fprintf(f, "%u =", 2 * n - 1);
        for (unsigned i = 0; i < n; i++)
            fprintf(f, " +1*%u", i);
        fprintf(f, " >= 1\noutputs\n");
        fclose(f);
        nl = netlist_of_made(text);
        ck_assert(tc_equal_parts(nl, 2 * n - 1, 2 * (2 * n - 1), &work) == (n == 1000));
        tc_netlist_free(nl);
    }
}
END_TEST

/* a vote of 300: by states, without a solver; not with a gate that is wrong for few inputs */
START_TEST(test_parts_large)
{
    static int weight[300];
    struct tc_equal_options o = {.seconds = 20, .no_solver = true};
    struct tc_error err = {0};
    struct tc_equal r;
    uint32_t gates;

    for (unsigned i = 0; i < 300; i++)
        weight[i] = 1;
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        struct tc_netlist *tree = counted(weight, 300, 151, NO_WIRE, &gates), *gate, *other;

        if (wrong) {
            other = counted(weight, 300, 151, 300 + gates - 4, &gates);
            tc_netlist_free(tree);
            tree = other;
        }
        gate = tc_netlist_copy(tree);
        tree->noutputs = gate->noutputs = 1;
        gate->output[0] = gate->output[1];
        ck_assert(tc_equal_run(tree, gate, NULL, &o, &r, &err));
        if (wrong)
            ck_assert_int_ge(r.how[0], TC_EQUAL_UNKNOWN);
        else
            ck_assert_int_eq(r.how[0], TC_EQUAL_PARTS);
        tc_equal_free(&r);
        tc_netlist_free(tree);
        tc_netlist_free(gate);
    }
}
END_TEST

START_TEST(test_shapes)
{
    struct tc_netlist *a = netlist_of_text("tc 1\ninputs 2\noutputs 0 1\n"),
                      *b = netlist_of_text("tc 1\ninputs 3\noutputs 0 1\n"),
                      *c = netlist_of_text("tc 1\ninputs 0\n0 = >= 0\noutputs 0\n"),
                      *d = netlist_of_text("tc 1\ninputs 0\n0 = >= 1\noutputs 0\n");
    struct tc_equal r;
    struct tc_error err;

    ck_assert(!tc_equal_run(a, b, NULL, &proofs_alone, &r, &err));
    ck_assert_int_eq(err.kind, TC_EUSAGE);
    tc_equal_free(&r);
    ck_assert(tc_equal_run(c, d, NULL, &proofs_alone, &r, &err));
    ck_assert_int_eq(r.how[0], TC_EQUAL_DIFFERENT);
    tc_equal_free(&r);
    tc_netlist_free(a);
    tc_netlist_free(b);
    tc_netlist_free(c);
    tc_netlist_free(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("equal structure");
    TCase *c = tcase_create("netlists");

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, test_structure, 0, (int)(sizeof same_gate / sizeof *same_gate));
    tcase_add_test(c, test_majority);
    tcase_add_test(c, test_adders);
    tcase_add_test(c, test_lists);
    tcase_add_test(c, test_parts);
    tcase_add_test(c, test_parts_free);
    tcase_add_test(c, test_parts_large);
    tcase_add_test(c, test_parts_deep);
    tcase_add_test(c, test_shapes);
    suite_add_tcase(s, c);
    return check_status(s);
}
