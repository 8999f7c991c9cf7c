/* test_equal.c -- equal netlists are proved equal and wrong ones refuted
 *
 * Random netlists are rewritten in ways that keep what they compute, and broken as a
 * wrong pass would break them; what is said of the pair is compared with both run on
 * all inputs. */
#include "../../drat/drat.h"
#include "../../ir/equal.h"
#include "check_main.h"
#include "netlist_text.h"

#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t below(uint64_t n)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % n;
}

/* ------------------------------------------------------------ random netlists */

static struct tc_netlist *random_netlist(unsigned ninputs, unsigned ngates, unsigned nout)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    struct tc_netlist *nl;

    fprintf(f, "tc 1\ninputs %u\n", ninputs);
    for (unsigned g = 0; g < ngates; g++) {
        unsigned fan_in = (unsigned)below(6), wide = below(4) == 0 ? 9 : 3;
        long sum = 0;

        fprintf(f, "%u =", ninputs + g);
        for (unsigned k = 0; ninputs + g > 0 && k < fan_in; k++) {
            long w = 1 + (long)below(wide);

            w = below(2) ? -w : w;
            sum += below(2) ? w : 0;
            fprintf(f, " %+ld*%u", w, (unsigned)below(ninputs + g));
        }
        fprintf(f, " >= %ld\n", sum + (long)below(2));
    }
    fputs("outputs", f);
    for (unsigned k = 0; k < nout && ninputs + ngates > 0; k++)
        fprintf(f, " %u", (unsigned)below(ninputs + ngates));
    fputc('\n', f);
    fclose(f);
    nl = netlist_of_made(text);
    return nl;
}

/* the same as two-input logic: nothing of its structure is left */
struct lines {
    FILE *f;
    uint32_t wires;
    uint32_t *of; /* per variable */
};

static bool write_node(void *ctx, uint32_t var, tc_lit a, tc_lit b)
{
    struct lines *l = ctx;

    fprintf(l->f, "%u = %+d*%u %+d*%u >= %d\n", l->wires, a & 1 ? -1 : 1, l->of[a >> 1],
            b & 1 ? -1 : 1, l->of[b >> 1], 2 - (int)(a & 1) - (int)(b & 1));
    l->of[var] = l->wires++;
    return true;
}

static struct tc_netlist *as_logic(const struct tc_netlist *nl)
{
    struct tc_expansion count, x;
    struct tc_error err;
    struct lines l = {.wires = nl->ninputs};
    struct tc_netlist *result;
    uint32_t *out = calloc(nl->noutputs + (size_t)1, sizeof *out);
    char *text;
    size_t len;

    ck_assert(tc_expand(nl, NULL, NULL, &count, &err));
    l.of = calloc((size_t)count.nand + nl->ninputs + 1, sizeof *l.of);
    for (uint32_t i = 0; i < nl->ninputs; i++)
        l.of[i + 1] = i;
    l.f = open_memstream(&text, &len);
    fprintf(l.f, "tc 1\ninputs %u\n", nl->ninputs);
    ck_assert(tc_expand(nl, write_node, &l, &x, &err));
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_lit w = x.wire[nl->output[k]];

        out[k] = l.of[w >> 1];
        if (w < 2)
            fprintf(l.f, "%u = >= %d\n", l.wires, 1 - (int)w);
        else if (w & 1)
            fprintf(l.f, "%u = -1*%u >= 0\n", l.wires, out[k]);
        if (w < 2 || w & 1)
            out[k] = l.wires++;
    }
    fputs("outputs", l.f);
    for (uint32_t k = 0; k < nl->noutputs; k++)
        fprintf(l.f, " %u", out[k]);
    fputc('\n', l.f);
    fclose(l.f);
    result = netlist_of_made(text);
    free(out);
    free(l.of);
    free(count.wire);
    free(x.wire);
    return result;
}

static struct tc_netlist *copy_of(const struct tc_netlist *nl)
{
    return netlist_of_made(text_of_netlist(nl));
}

/* A wrong pass: a bound is one off, an edge counts for nothing (its weight goes to another of
 * the row), or an output is another wire.  False if there is nothing to break. */
static bool wrong_pass(struct tc_netlist *nl, unsigned kind)
{
    uint32_t g = nl->ngates ? (uint32_t)below(nl->ngates) : 0;
    uint64_t e = nl->nedges ? below(nl->nedges) : 0;

    if (kind == 0 && nl->ngates) {
        nl->bound[g] += below(2) ? 1 : -1;
        return true;
    }
    if (kind == 1 && nl->nedges) {
        nl->weight[e] = -nl->weight[e];
        return true;
    }
    if (kind == 2 && nl->noutputs && nl->ngates) {
        nl->output[below(nl->noutputs)] = nl->ninputs + g;
        return true;
    }
    return false;
}

/* ---------------------------------------------------------------- the truth */

static bool run_one(const struct tc_netlist *nl, const unsigned char *in, unsigned char *out)
{
    uint64_t *x = calloc(nl->ninputs + (size_t)1, sizeof *x),
             *y = calloc(nl->noutputs + (size_t)1, sizeof *y);
    struct tc_error err;
    bool ok;

    for (uint32_t i = 0; i < nl->ninputs; i++)
        x[i] = in[i];
    ok = tc_netlist_run(nl, x, y, 1, &err);
    for (uint32_t k = 0; k < nl->noutputs; k++)
        out[k] = y[k] & 1;
    free(x);
    free(y);
    return ok;
}

static bool occurs(const struct tc_netlist *domain, const unsigned char *in)
{
    unsigned char out[64];

    if (!domain)
        return true;
    ck_assert(run_one(domain, in, out));
    for (uint32_t k = 0; k < domain->noutputs; k++)
        if (!out[k])
            return false;
    return true;
}

/* per output, whether some input tells a and b apart */
static void differ_truly(const struct tc_netlist *a, const struct tc_netlist *b,
                         const struct tc_netlist *domain, bool *differ)
{
    unsigned char in[64], x[64], y[64];

    memset(differ, 0, 64);
    for (uint32_t v = 0; v < 1u << a->ninputs; v++) {
        for (uint32_t i = 0; i < a->ninputs; i++)
            in[i] = v >> i & 1;
        if (!occurs(domain, in))
            continue;
        ck_assert(run_one(a, in, x) && run_one(b, in, y));
        for (uint32_t k = 0; k < a->noutputs; k++)
            differ[k] = differ[k] || x[k] != y[k];
    }
}

static bool solver(const char *program)
{
    static bool said;

    if (tc_solver_there(program))
        return true;
    if (!said)
        printf("%s is not installed: what needs it is left out\n", program);
    said = true;
    return false;
}

static struct tc_equal_options proofs_alone = {.seconds = 60, .no_exhaustion = true};

static void compare(const struct tc_netlist *a, const struct tc_netlist *b,
                    const struct tc_netlist *domain, const struct tc_equal_options *o,
                    struct tc_equal *r)
{
    bool differ[64], any = false, shown;
    unsigned char x[64], y[64];
    struct tc_error err;

    differ_truly(a, b, domain, differ);
    ck_assert_msg(tc_equal_run(a, b, domain, o, r, &err), "%s", err.msg);
    ck_assert_uint_eq(r->rejected, 0);
    for (uint32_t k = 0; k < a->noutputs; k++) {
        any = any || differ[k];
        if (r->how[k] == TC_EQUAL_DIFFERENT)
            ck_assert(differ[k]);
        else if (r->how[k] != TC_EQUAL_UNKNOWN)
            ck_assert_msg(!differ[k], "output %u, by %d", k, r->how[k]);
        else /* a difference elsewhere ends the work; so does a missing solver */
            ck_assert(r->witness || r->solver_missing || domain);
    }
    shown = r->witness != NULL;
    ck_assert(!shown || any);
    ck_assert(shown || !any || r->solver_missing);
    if (!shown)
        return;
    ck_assert(occurs(domain, r->witness));
    ck_assert(run_one(a, r->witness, x) && run_one(b, r->witness, y));
    ck_assert(x[r->different] != y[r->different]);
    ck_assert_int_eq(r->how[r->different], TC_EQUAL_DIFFERENT);
}

static unsigned rounds(unsigned many)
{
    return is_fast() ? many / 5 + 1 : many;
}

/* ------------------------------------------------------------------- tests */

START_TEST(test_rewritten)
{
    unsigned by[TC_EQUAL_NHOW] = {0};

    state = 5;
    for (unsigned round = 0; round < rounds(150); round++) {
        struct tc_netlist *a = random_netlist((unsigned)below(9), (unsigned)below(30), 8),
                          *b = as_logic(a);
        struct tc_equal_options all = {.seconds = 60};
        struct tc_equal r;

        compare(a, b, NULL, &proofs_alone, &r);
        for (uint32_t k = 0; k < r.noutputs; k++) {
            ck_assert(r.how[k] != TC_EQUAL_DIFFERENT);
            by[r.how[k]]++;
        }
        tc_equal_free(&r);
        compare(a, b, NULL, &all, &r);
        for (uint32_t k = 0; k < r.noutputs; k++)
            ck_assert(r.how[k] == TC_EQUAL_STRUCTURE || r.how[k] == TC_EQUAL_EXHAUSTION);
        tc_equal_free(&r);
        compare(a, a, NULL, &proofs_alone, &r);
        for (uint32_t k = 0; k < r.noutputs; k++)
            ck_assert_int_eq(r.how[k], TC_EQUAL_STRUCTURE);
        tc_equal_free(&r);
        tc_netlist_free(a);
        tc_netlist_free(b);
    }
    ck_assert_uint_gt(by[TC_EQUAL_STRUCTURE], 0);
    ck_assert_uint_gt(by[TC_EQUAL_SWEEP], 0);
    ck_assert(by[TC_EQUAL_UNKNOWN] == 0 || !solver("cadical"));
}
END_TEST

/* every layer of checking sees the wrong pass, wherever it changes what is computed */
START_TEST(test_wrong_pass)
{
    unsigned caught[3] = {0}, harmless = 0, vectors = 0, second = 0;

    state = 6;
    for (unsigned round = 0; round < rounds(300); round++) {
        struct tc_netlist *a = random_netlist(1 + (unsigned)below(8), 1 + (unsigned)below(20), 8),
                          *b = below(2) ? as_logic(a) : copy_of(a);
        unsigned kind = (unsigned)below(3);
        unsigned char *witness;
        enum tc_second opinion;
        struct tc_equal r;
        struct tc_error err;
        bool broken = wrong_pass(b, kind);

        compare(a, b, NULL, &proofs_alone, &r);
        if (broken && r.witness) {
            caught[kind]++;
            vectors += r.proofs + r.tables + r.refuted == 0;
        } else {
            harmless++;
        }
        if (round % 4 == 0 && solver("clasp")) {
            ck_assert(tc_second_opinion(a, b, NULL, 20, &opinion, &witness, &err));
            ck_assert_int_eq(opinion, r.witness ? TC_SECOND_DIFFERS : TC_SECOND_AGREES);
            if (witness) {
                unsigned char x[64], y[64];

                ck_assert(run_one(a, witness, x) && run_one(b, witness, y));
                ck_assert(memcmp(x, y, a->noutputs));
                second++;
            }
            free(witness);
        }
        tc_equal_free(&r);
        tc_netlist_free(a);
        tc_netlist_free(b);
    }
    for (unsigned k = 0; k < 3; k++)
        ck_assert_uint_gt(caught[k], 3);
    ck_assert_uint_gt(harmless, 3);
    ck_assert_uint_gt(vectors, 3);
    ck_assert(second > 3 || !solver("clasp"));
}
END_TEST

/* each output is looked at, and the domain */
START_TEST(test_second)
{
    static const char *const circuit[] = {
        "tc 1\ninputs 3\n3 = +1*0 +1*1 >= 2\n4 = +1*1 +1*2 >= 1\n5 = +1*0 +1*1 +1*2 >= 2\noutputs "
        "3 4 5\n",
        "tc 1\ninputs 3\n3 = +1*0 +1*1 >= 1\n4 = +1*1 +1*2 >= 1\n5 = +1*0 +1*1 +1*2 >= 2\noutputs "
        "3 4 5\n",
        "tc 1\ninputs 3\n3 = +1*0 +1*1 >= 2\n4 = +1*1 +1*2 >= 2\n5 = +1*0 +1*1 +1*2 >= 2\noutputs "
        "3 4 5\n",
        "tc 1\ninputs 3\n3 = +1*0 +1*1 >= 2\n4 = +1*1 +1*2 >= 1\n5 = +1*0 +1*1 +1*2 >= 3\noutputs "
        "3 4 5\n",
    };
    struct tc_netlist *a = netlist_of_text(circuit[0]),
                      *equal = netlist_of_text(
                          "tc 1\ninputs 3\n3 = +1*0 -1*1 >= 0\n4 = -1*0 +1*1 >= 0\n"
                          "5 = +1*1 -1*2 >= 0\n6 = -1*1 +1*2 >= 0\noutputs 3 4 5 6\n");
    unsigned char *witness;
    enum tc_second opinion;
    struct tc_error err;

    for (unsigned k = 0; k < 4 && solver("clasp"); k++) {
        struct tc_netlist *b = netlist_of_text(circuit[k]);

        ck_assert(tc_second_opinion(a, b, NULL, 20, &opinion, &witness, &err));
        ck_assert_int_eq(opinion, k ? TC_SECOND_DIFFERS : TC_SECOND_AGREES);
        free(witness);
        /* where all inputs are equal, these gates are */
        ck_assert(tc_second_opinion(a, b, equal, 20, &opinion, &witness, &err));
        ck_assert_int_eq(opinion, TC_SECOND_AGREES);
        tc_netlist_free(b);
    }
    if (solver("clasp")) {
        struct tc_netlist *large =
            netlist_of_text("tc 1\ninputs 3\n3 = +4294967296*0 +1*1 +1*2 >= 3\noutputs 3 3 3\n");

        ck_assert(tc_second_opinion(a, large, NULL, 20, &opinion, &witness, &err));
        ck_assert_int_eq(opinion, TC_SECOND_TOO_LARGE);
        tc_netlist_free(large);
    }
    tc_netlist_free(a);
    tc_netlist_free(equal);
}
END_TEST

/* one that reads what comes later breaks an invariant */
START_TEST(test_wrong_order)
{
    struct tc_netlist *nl =
        netlist_of_text("tc 1\ninputs 2\n2 = +1*0 +1*1 >= 1\n3 = +1*2 +1*0 >= 2\noutputs 3\n");
    struct tc_error err;

    ck_assert(tc_netlist_check(nl, &err));
    nl->source[0] = 3;
    ck_assert(!tc_netlist_check(nl, &err));
    tc_netlist_free(nl);
}
END_TEST

/* Wrong on one input of 2^40: no vector finds it, a proof does. */
static struct tc_netlist *needle(int bound)
{
    struct tc_netlist *nl;
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    fputs("tc 1\ninputs 40\n40 =", f);
    for (unsigned i = 0; i < 40; i++)
        fprintf(f, " +1*%u", i);
    fprintf(f, " >= %d\n41 = +1*0 +1*1 +1*40 >= 3\noutputs 41\n", bound);
    fclose(f);
    nl = netlist_of_made(text);
    return nl;
}

START_TEST(test_needle)
{
    struct tc_netlist *a = needle(40), *b = needle(41);
    struct tc_equal r;
    struct tc_error err;

    for (uint32_t wire = 40; wire < 42; wire++) {
        a->output[0] = b->output[0] = wire;
        ck_assert(tc_equal_run(a, b, NULL, &proofs_alone, &r, &err));
        ck_assert_int_eq(r.how[0], solver("cadical") ? TC_EQUAL_DIFFERENT : TC_EQUAL_UNKNOWN);
        for (unsigned i = 0; r.witness && i < 40; i++)
            ck_assert_int_eq(r.witness[i], 1);
        tc_equal_free(&r);
    }
    tc_netlist_free(a);
    tc_netlist_free(b);
}
END_TEST

/* x >= c, x of 21 bits, or x x >= square, from products of its bits */
static struct tc_netlist *root(unsigned c, bool squares, uint64_t square)
{
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    unsigned wire = 21;

    fputs("tc 1\ninputs 21\n", f);
    for (unsigned i = 0; squares && i < 21; i++)
        for (unsigned k = 0; k < i; k++)
            fprintf(f, "%u = +1*%u +1*%u >= 2\n", wire++, k, i);
    fprintf(f, "%u =", wire);
    for (unsigned i = 0; i < 21; i++)
        fprintf(f, " +%llu*%u", 1ULL << (squares ? 2 * i : i), i);
    wire = 21;
    for (unsigned i = 0; squares && i < 21; i++)
        for (unsigned k = 0; k < i; k++)
            fprintf(f, " +%llu*%u", 2ULL << (i + k), wire++);
    fprintf(f, " >= %llu\noutputs %u\n", squares ? (unsigned long long)square : c, wire);
    fclose(f);
    return netlist_of_made(text);
}

/* Equal, or different on one input of 2^21, which no node within says: all inputs are run. */
START_TEST(test_all_inputs)
{
    const unsigned c = 1234567;
    struct tc_equal_options o = {.seconds = 60, .no_solver = true};
    struct tc_netlist *a = root(c, false, 0);
    struct tc_error err;
    struct tc_equal r;

    for (unsigned more = 0; more < 2; more++) {
        struct tc_netlist *b = root(c, true, (uint64_t)c * c + more);

        ck_assert(tc_equal_run(a, b, NULL, &o, &r, &err));
        ck_assert_int_eq(r.how[0], more ? TC_EQUAL_DIFFERENT : TC_EQUAL_EXHAUSTION);
        ck_assert_uint_eq(r.vectors, 1 << 21);
        ck_assert((r.witness != NULL) == (more == 1));
        for (unsigned i = 0; more && i < 21; i++)
            ck_assert_int_eq(r.witness[i], c >> i & 1);
        tc_equal_free(&r);
        o.seconds = 0; /* no time for them */
        ck_assert(tc_equal_run(a, b, NULL, &o, &r, &err));
        ck_assert_int_eq(r.how[0], TC_EQUAL_UNKNOWN);
        tc_equal_free(&r);
        o.seconds = 60;
        tc_netlist_free(b);
    }
    tc_netlist_free(a);
}
END_TEST

START_TEST(test_domain)
{
    unsigned same = 0, differ = 0;

    state = 7;
    for (unsigned round = 0; round < rounds(200); round++) {
        unsigned n = 2 + (unsigned)below(6);
        struct tc_netlist *a = random_netlist(n, 1 + (unsigned)below(12), 4), *b = as_logic(a),
                          *domain = random_netlist(n, 1 + (unsigned)below(6), 2);
        struct tc_equal_options all = {.seconds = 60};
        struct tc_equal r;

        wrong_pass(b, (unsigned)below(3));
        compare(a, b, domain, round % 2 ? &proofs_alone : &all, &r);
        same += !r.witness;
        differ += r.witness != NULL;
        tc_equal_free(&r);
        tc_netlist_free(a);
        tc_netlist_free(b);
        tc_netlist_free(domain);
    }
    ck_assert_uint_gt(same, 3);
    ck_assert_uint_gt(differ, 3);
}
END_TEST

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

/* ------------------------------------------------------------------- proofs */

static char *slurp(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    ssize_t n;

    ck_assert(f != NULL);
    n = getdelim(&text, &room, EOF, f);
    ck_assert(n > 0);
    fclose(f);
    return text;
}

static enum tc_drat_verdict check_text(const char *cnf, const char *proof)
{
    struct tc_drat_result r;
    FILE *f = fmemopen((void *)(uintptr_t)cnf, strlen(cnf), "r"), *p = tmpfile();

    fputs(proof, p);
    rewind(p);
    tc_drat_check(f, p, 0, &r);
    fclose(f);
    fclose(p);
    return r.verdict;
}

/* the formula with clause k of the file left out, or with its first literal complemented */
static char *without(const char *cnf, unsigned k, bool flip)
{
    const char *line = strchr(cnf, '\n') + 1, *end;
    unsigned nvar, nclause;
    char *out = malloc(strlen(cnf) + 20);
    int at;

    ck_assert_int_eq(sscanf(cnf, "p cnf %u %u", &nvar, &nclause), 2);
    at = sprintf(out, "p cnf %u %u\n", nvar, nclause - !flip);
    while (k-- > 0)
        line = strchr(line, '\n') + 1;
    at += sprintf(out + at, "%.*s", (int)(line - strchr(cnf, '\n') - 1), strchr(cnf, '\n') + 1);
    end = strchr(line, '\n') + 1;
    if (flip)
        at += sprintf(out + at, "%s%.*s", *line == '-' ? "" : "-",
                      (int)(end - line) - (*line == '-'), line + (*line == '-'));
    sprintf(out + at, "%s", end);
    return out;
}

/* The proof that two ways to say parity are equal, kept and corrupted: a formula that lacks what
 * makes it unsatisfiable must not be refuted by it, whatever else may be. */
START_TEST(test_kept_proofs)
{
    struct tc_netlist *a, *b;
    char folder[] = "/tmp/test_equal-XXXXXX", path[100], x[3000], y[3000], *cnf, *proof;
    struct tc_equal_options o = {.seconds = 60, .no_exhaustion = true, .proofs = folder};
    struct tc_equal r;
    struct tc_error err;
    int nx, ny;
    size_t whole;

    if (!solver("cadical"))
        return;
    ck_assert(mkdtemp(folder) != NULL);
    /* 16 wires from the left and from the right; tables see but ten */
    nx = sprintf(x, "tc 1\ninputs 16\n");
    ny = sprintf(y, "tc 1\ninputs 16\n");
    for (unsigned i = 1; i < 16; i++) {
        unsigned left = i == 1 ? 0 : 13 + 2 * i, right = i == 1 ? 15 : 13 + 2 * i;

        nx += sprintf(x + nx, "%u = +1*%u +1*%u >= 2\n%u = +1*%u +1*%u -2*%u >= 1\n", 14 + 2 * i,
                      left, i, 15 + 2 * i, left, i, 14 + 2 * i);
        ny += sprintf(y + ny, "%u = +1*%u +1*%u >= 2\n%u = +1*%u +1*%u -2*%u >= 1\n", 14 + 2 * i,
                      right, 15 - i, 15 + 2 * i, right, 15 - i, 14 + 2 * i);
    }
    sprintf(x + nx, "outputs 45\n");
    sprintf(y + ny, "outputs 45\n");
    a = netlist_of_text(x);
    b = netlist_of_text(y);
    ck_assert(tc_equal_run(a, b, NULL, &o, &r, &err));
    ck_assert_int_le(r.how[0], TC_EQUAL_PROOF);
    ck_assert_uint_eq(r.proofs, 1);
    ck_assert_uint_gt(r.lemmas, 100);
    tc_equal_free(&r);
    tc_netlist_free(a);
    tc_netlist_free(b);
    sprintf(path, "%s/1.cnf", folder);
    cnf = slurp(path);
    remove(path);
    sprintf(path, "%s/1.drat", folder);
    proof = slurp(path);
    remove(path);
    remove(folder);
    ck_assert_int_eq(check_text(cnf, proof), TC_DRAT_PROVED);
    ck_assert_int_eq(check_text(cnf, ""), TC_DRAT_REJECTED);
    ck_assert_int_eq(check_text(cnf, "0\n"), TC_DRAT_REJECTED);
    ck_assert_int_eq(check_text(cnf, "d 1 2 0\n0\n"), TC_DRAT_REJECTED);
    /* none of the clauses of the last gate and of the miter can be spared */
    for (unsigned k = 0; k < 200; k += 7)
        for (int flip = 0; flip < 2; flip++) {
            char *less = without(cnf, k, flip);

            if (check_text(less, "") != TC_DRAT_MALFORMED)
                ck_assert_msg(check_text(less, proof) != TC_DRAT_PROVED, "clause %u", k);
            free(less);
        }
    whole = strlen(proof);
    for (unsigned k = 1; k < 10; k++) { /* cut off, at the end of a line and within */
        char *cut = strndup(proof, whole * k / 10), *end = strrchr(cut, '\n');

        ck_assert_int_ne(check_text(cnf, cut), TC_DRAT_PROVED);
        *(end + 1) = '\0';
        ck_assert_int_eq(check_text(cnf, cut), TC_DRAT_REJECTED);
        free(cut);
    }
    free(cnf);
    free(proof);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("equal");
    TCase *c = tcase_create("netlists");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, test_rewritten);
    tcase_add_test(c, test_wrong_pass);
    tcase_add_test(c, test_second);
    tcase_add_test(c, test_wrong_order);
    tcase_add_test(c, test_needle);
    tcase_add_test(c, test_all_inputs);
    tcase_add_test(c, test_domain);
    tcase_add_loop_test(c, test_structure, 0, (int)(sizeof same_gate / sizeof *same_gate));
    tcase_add_test(c, test_majority);
    tcase_add_test(c, test_adders);
    tcase_add_test(c, test_lists);
    tcase_add_test(c, test_parts);
    tcase_add_test(c, test_parts_free);
    tcase_add_test(c, test_parts_large);
    tcase_add_test(c, test_parts_deep);
    tcase_add_test(c, test_shapes);
    tcase_add_test(c, test_kept_proofs);
    suite_add_tcase(s, c);
    return check_status(s);
}
