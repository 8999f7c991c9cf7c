/* test_equal.c -- equal netlists are proved equal and wrong ones refuted
 *
 * Random netlists are rewritten in ways that keep what they compute, and broken as a
 * wrong pass would break them; what is said of the pair is compared with both run on
 * all inputs. */
#include "../../drat/drat.h"
#include "equal_case.h"

#include <stdlib.h>
#include <string.h>

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
    tcase_add_test(c, test_kept_proofs);
    suite_add_tcase(s, c);
    return check_status(s);
}
