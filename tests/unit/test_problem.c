/* test_problem.c -- hard problems' circuits against brute force, and their depths */
#include "../../compiler/problem.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

static struct tc_arena *arena;

static void setup(void)
{
    arena = tc_arena_new();
}

static void teardown(void)
{
    tc_arena_free(arena);
}

static struct tc_args word_args(const char *group, bool halves)
{
    return (struct tc_args){.spec = "word", .group = group, .halves = halves};
}

static struct tc_problem open_problem(const struct tc_args *args, uint64_t n)
{
    struct tc_problem p;
    struct tc_error err = {0};

    ck_assert_msg(tc_problem_open(arena, args, n, &p, &err), "%s", err.msg);
    return p;
}

static struct tc_netlist *build(const struct tc_problem *p)
{
    struct tc_error err = {0};
    struct tc_netlist *nl = tc_problem_build(p, (uint64_t)1 << 27, &err);

    ck_assert_msg(nl != NULL, "%s", err.msg);
    ck_assert_msg(tc_netlist_check(nl, &err), "%s", err.msg);
    ck_assert_uint_eq(nl->noutputs, p->outputs);
    return nl;
}

/* count instances, all from the first or random, through circuit and reference */
static void compare(const struct tc_problem *p, const struct tc_netlist *nl, bool all,
                    uint64_t count)
{
    unsigned *symbol = tc_xcalloc(64 * p->symbols, sizeof *symbol);
    bool *out = tc_xcalloc(64 * (size_t)p->outputs, sizeof *out);
    bool *wanted = tc_xcalloc(p->outputs, sizeof *wanted);
    struct tc_error err = {0};
    struct tc_random r;

    tc_random_seed(&r, p->n);
    for (uint64_t v = 0; v < count; v += 64) {
        size_t n = count - v < 64 ? (size_t)(count - v) : 64;

        for (size_t k = 0; k < n; k++) {
            unsigned *s = symbol + k * p->symbols;

            if (!all)
                p->kind->random(p, &r, s);
            for (uint64_t i = 0, x = v + k; all && i < p->symbols; i++, x /= p->alphabet)
                s[i] = (unsigned)(x % p->alphabet);
        }
        ck_assert(tc_problem_run(p, nl, symbol, n, out, &err));
        for (size_t k = 0; k < n; k++) {
            p->kind->reference(p, symbol + k * p->symbols, wanted);
            ck_assert_msg(!memcmp(wanted, out + k * p->outputs, p->outputs * sizeof *out),
                          "%s, n = %llu, instance %llu", p->title, (unsigned long long)p->n,
                          (unsigned long long)(v + k));
        }
    }
    free(symbol);
    free(out);
    free(wanted);
}

static uint64_t instances(const struct tc_problem *p)
{
    uint64_t count = 1;

    for (uint64_t i = 0; i < p->symbols && count < 1000000; i++)
        count *= p->alphabet;
    return count;
}

/* ------------------------------------------------------------------ groups */

START_TEST(groups)
{
    static const struct {
        const char *name;
        unsigned order, width;
        bool solvable, cyclic;
    } known[] = {
        {"S2", 2, 2, true, true},       {"S3", 6, 6, true, false},
        {"S4", 24, 16, true, false},    {"S5", 120, 25, false, false},
        {"S7", 5040, 49, false, false}, {"A3", 3, 3, true, true},
        {"A4", 12, 16, true, false},    {"A5", 60, 25, false, false},
        {"A6", 360, 36, false, false},  {"C2", 2, 2, true, true},
        {"C64", 64, 64, true, true},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct tc_permgroup *g = tc_permgroup_open(arena, known[i].name, NULL);

        ck_assert_uint_eq(g->order, known[i].order);
        ck_assert_uint_eq(tc_permgroup_width(g), known[i].width);
        ck_assert_int_eq(g->solvable, known[i].solvable);
        ck_assert_int_eq(g->cyclic, known[i].cyclic);
        for (unsigned x = 0; x < g->order; x++) {
            unsigned y = (7 * x + 3) % g->order, z = (5 * x + 1) % g->order;

            ck_assert_uint_eq(tc_permgroup_product(g, x, 0), x);
            ck_assert_uint_eq(tc_permgroup_product(g, 0, x), x);
            ck_assert_uint_eq(tc_permgroup_product(g, x, tc_permgroup_inverse(g, x)), 0);
            ck_assert_uint_eq(tc_permgroup_product(g, tc_permgroup_product(g, x, y), z),
                              tc_permgroup_product(g, x, tc_permgroup_product(g, y, z)));
            if (g->cyclic)
                ck_assert_uint_eq(tc_permgroup_product(g, x, y), (x + y) % g->order);
        }
    }
}
END_TEST

START_TEST(groups_refused)
{
    static const char *const name[] = {"",    "S",  "S1",  "S8", "A2",  "A8",  "C1",
                                       "C65", "D4", "A05", "a5", "A5 ", "C-2", "5"};

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        struct tc_error err = {0};

        ck_assert_ptr_null(tc_permgroup_open(arena, name[i], &err));
        ck_assert_int_eq(err.kind, TC_EUSAGE);
    }
}
END_TEST

/* ------------------------------------------------------------------- words */

static const struct {
    const char *group;
    bool halves;
    unsigned most; /* all inputs up to this length */
} words[] = {
    {"C2", false, 10}, {"C2", true, 10}, {"S2", false, 8},  {"C3", false, 7}, {"C3", true, 7},
    {"A3", false, 7},  {"C5", false, 5}, {"C7", true, 4},   {"S3", false, 5}, {"S3", true, 5},
    {"A4", false, 4},  {"S4", false, 3}, {"A5", false, 2},  {"S5", false, 2}, {"A6", false, 1},
    {"A7", false, 1},  {"S6", false, 1}, {"C64", false, 2},
};

START_TEST(words_all)
{
    struct tc_args args = word_args(words[_i].group, words[_i].halves);

    for (unsigned n = 1; n <= words[_i].most; n++) {
        struct tc_problem p = open_problem(&args, n);
        struct tc_netlist *nl = build(&p);
        uint64_t count = instances(&p);

        compare(&p, nl, true, is_fast() && count > 2000 ? 2000 : count);
        tc_netlist_free(nl);
    }
}
END_TEST

START_TEST(words_random)
{
    static const char *const group[] = {"A5", "S5", "S3", "C3", "C64", "S4", "A6"};
    struct tc_args args = word_args(group[_i % 7], _i >= 7);

    for (unsigned n = 3; n <= 64; n += n < 9 ? 1 : 11) {
        struct tc_problem p = open_problem(&args, n);
        struct tc_netlist *nl = build(&p);

        compare(&p, nl, false, is_fast() ? 64 : 256);
        tc_netlist_free(nl);
    }
}
END_TEST

/* one product by hand: the first factor is applied first */
START_TEST(words_known)
{
    struct tc_args args = word_args("S5", false);
    struct tc_problem p = open_problem(&args, 5);
    struct tc_netlist *nl = build(&p);
    struct tc_loc loc = {0};
    struct tc_error err = {0};
    unsigned symbol[10];
    bool out[2 * 26];

    ck_assert(tc_problem_read(&p, "21345 13245 12345 12345 12345", &loc, symbol, &err));
    ck_assert(tc_problem_read(&p, "23451 23451 23451 23451 23451\n", &loc, symbol + 5, &err));
    ck_assert(tc_problem_run(&p, nl, symbol, 2, out, &err));
    for (unsigned e = 0; e < 25; e++) { /* 31245 and 12345 */
        static const unsigned to[] = {2, 0, 1, 3, 4};

        ck_assert_int_eq(out[e], to[e / 5] == e % 5);
        ck_assert_int_eq(out[26 + e], e / 5 == e % 5);
    }
    ck_assert(!out[25]);
    ck_assert(out[51]);
    tc_netlist_free(nl);
}
END_TEST

START_TEST(words_counts)
{
    mpz_t gates;

    mpz_init(gates);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (unsigned n = 1; n <= 33; n += 1 + n / 5) {
            struct tc_args args = word_args(words[i].group, words[i].halves);
            struct tc_problem p = open_problem(&args, n);
            struct tc_netlist *nl;
            struct tc_count c;
            unsigned depth = 1, order = p.alphabet, w = p.width;
            uint64_t size, k = 0;

            while (k * k < w)
                k++;
            if (words[i].group[0] == 'S' && order == 6 && !words[i].halves) {
                depth = n == 1 ? 2 : 4;
                size = n * (n + 1) / 2 + 4 * n + 4;
            } else if (w == order && !words[i].halves) {
                depth = 2;
                size = n * (order - 1) + order;
            } else {
                while (((uint64_t)1 << (depth - 1)) < n)
                    depth++;
                size = w == order ? (n - 1) * order * order + order : (n - 1) * k * k * k + w + 1;
            }
            p.kind->gates(&p, gates);
            ck_assert_uint_eq(mpz_get_ui(gates), size);
            ck_assert_uint_eq(p.depth, depth);
            if (size > 300000)
                continue;
            nl = build(&p);
            tc_netlist_count(arena, nl, &c);
            ck_assert_uint_eq(c.depth, depth);
            ck_assert_uint_eq(mpz_get_ui(c.gates), size);
            tc_netlist_free(nl);
        }
    mpz_clear(gates);
}
END_TEST

/* --------------------------------------------------------------- formulas */

static struct tc_problem open_formula(uint64_t n)
{
    struct tc_args args = {.spec = "formula"};

    return open_problem(&args, n);
}

START_TEST(formulas_all)
{
    for (unsigned n = 1; n <= (is_fast() ? 5 : 7); n += 2) {
        struct tc_problem p = open_formula(n);
        struct tc_netlist *nl = build(&p);

        compare(&p, nl, true, instances(&p));
        tc_netlist_free(nl);
    }
}
END_TEST

/* by recursion from the left; NULL where it ends too early */
static const char *evaluate(const char *text, bool *value)
{
    bool x, y;
    const char *rest;

    if (*text == '0' || *text == '1') {
        *value = *text == '1';
        return text + 1;
    }
    rest = *text ? evaluate(text + 1, &x) : NULL;
    rest = rest ? evaluate(rest, &y) : NULL;
    if (rest)
        *value = *text == '&' ? x && y : *text == '|' ? x || y : x != y;
    return rest;
}

START_TEST(formulas_known)
{
    static const char *const text[] = {
        "^|10&11",
        "|^1&10",
        "&|^10^110",
        "1111111",
        "^^^^^^^",
        "0&|110&",
        "1^10^10",
        "^1^1^01",
        "&&&&&&&&&&11111111111",
        "|0|0|0|0|0|0|0|0|0|01",
        "^1^1^1^1^1^1^1^1^1^10",
        "^^^^^^^^^^10101010101",
        "|&|&|&|&|&01010101010",
        "&1|0&1|0&1|0&1|0&1|00",
    };

    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        struct tc_problem p = open_formula(strlen(text[i]) | 1);
        struct tc_loc loc = {0};
        struct tc_error err = {0};
        const char *line = strlen(text[i]) % 2 ? text[i] : tc_sprintf(arena, "%s0", text[i]);
        const char *end;
        struct tc_netlist *nl = build(&p);
        unsigned symbol[21];
        bool out[2], value = false, right;

        ck_assert_msg(tc_problem_read(&p, line, &loc, symbol, &err), "%s", err.msg);
        ck_assert(tc_problem_run(&p, nl, symbol, 1, out, &err));
        end = evaluate(line, &value);
        right = end && !*end;
        ck_assert_msg(out[1] == right, "%s", line);
        ck_assert_msg(out[0] == (right && value), "%s", line);
        tc_netlist_free(nl);
    }
}
END_TEST

START_TEST(formulas_random)
{
    static const unsigned length[] = {9, 11, 13, 15, 17, 19, 21, 31, 33, 35, 63};
    struct tc_problem p = open_formula(length[_i]);
    struct tc_netlist *nl;

    if (is_fast() && p.n > 35)
        return;
    nl = build(&p);
    compare(&p, nl, false, is_fast() ? 256 : 1024);
    tc_netlist_free(nl);
}
END_TEST

START_TEST(formulas_depth)
{
    for (unsigned n = 1; n <= 43; n += 2) {
        struct tc_problem p = open_formula(n);
        struct tc_netlist *nl = build(&p);
        struct tc_count c;
        unsigned rounds = 0;

        while ((1u << rounds) < (n + 1) / 2)
            rounds++;
        tc_netlist_count(arena, nl, &c);
        ck_assert_uint_eq(p.depth, c.depth);
        ck_assert_uint_le(c.depth, 5 * rounds + 2 - (n > 1));
        ck_assert_uint_ge(c.depth + 2, 5 * rounds + 1);
        if (n == 31)
            ck_assert_uint_eq(mpz_get_ui(c.gates), 36964);
        tc_netlist_free(nl);
    }
}
END_TEST

START_TEST(formulas_refused)
{
    struct tc_args args = {.spec = "formula"};
    struct tc_problem p;
    struct tc_error err = {0};

    ck_assert(!tc_problem_open(arena, &args, 4, &p, &err));
    ck_assert_int_eq(err.kind, TC_EUSAGE);
    ck_assert(!tc_problem_open(arena, &args, 1025, &p, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    p = open_formula(31);
    ck_assert_ptr_null(tc_problem_build(&p, 30000, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
}
END_TEST

/* --------------------------------------------------------------- closures */

static const struct {
    const char *group, *subgroup;
    unsigned most; /* all inputs up to this length */
} closures[] = {
    {"C2", NULL, 7},  {"C4", "2", 5},         {"C3", "1", 4},    {"S3", NULL, 4},
    {"S3", "231", 4}, {"S3", "213", 4},       {"A4", NULL, 3},   {"A4", "2143", 3},
    {"A5", NULL, 2},  {"S4", "2143,3412", 2}, {"S4", "2341", 2},
};

START_TEST(closures_all)
{
    for (unsigned n = 1; n <= 24; n += n < 8 ? 1 : 4)
        for (unsigned r = 1; r <= n + 1; r += 1 + r / 4) {
            struct tc_args args = {.spec = "closure",
                                   .group = closures[_i].group,
                                   .subgroup = closures[_i].subgroup,
                                   .pieces = r};
            struct tc_problem p = open_problem(&args, n);
            struct tc_netlist *nl = build(&p);
            struct tc_count c;
            mpz_t gates;

            tc_netlist_count(arena, nl, &c);
            mpz_init(gates);
            p.kind->gates(&p, gates);
            ck_assert(!mpz_cmp(gates, c.gates));
            ck_assert_uint_eq(p.depth, c.depth);
            mpz_clear(gates);
            if (n <= closures[_i].most && !(is_fast() && instances(&p) > 300))
                compare(&p, nl, true, instances(&p));
            compare(&p, nl, false, 64);
            tc_netlist_free(nl);
        }
}
END_TEST

/* g1 u g2 u ... is in the closure iff g1 g2 ... is the identity */
START_TEST(closures_hard)
{
    enum { N = 3, BLOCK = 7 };
    struct tc_args args = {.spec = "closure", .group = "S3", .pieces = 12};
    struct tc_problem p = open_problem(&args, N * BLOCK);
    struct tc_netlist *nl = build(&p);
    struct tc_permgroup *g = tc_permgroup_open(arena, "S3", NULL);
    unsigned symbol[N * BLOCK], before, product;
    struct tc_error err = {0};
    bool out;

    for (unsigned x = 0; x < 216; x++) {
        product = 0;
        for (unsigned i = 0; i < N; i++) {
            symbol[BLOCK * i] = i == 0 ? x % 6 : i == 1 ? x / 6 % 6 : x / 36;
            product = tc_permgroup_product(g, product, symbol[BLOCK * i]);
            before = 0;
            for (unsigned k = 1; k < BLOCK; k++) { /* through 1, ..., 5, 0 */
                symbol[BLOCK * i + k] =
                    tc_permgroup_product(g, tc_permgroup_inverse(g, before), k % 6);
                before = k % 6;
            }
        }
        ck_assert(tc_problem_run(&p, nl, symbol, 1, &out, &err));
        ck_assert_int_eq(out, product == 0);
    }
    tc_netlist_free(nl);
}
END_TEST

/* -------------------------------------------------------------- membership */

static struct tc_problem open_membership(const char *file, uint64_t n, uint64_t m)
{
    struct tc_args args = {.spec = "membership", .definition = file, .period = m};

    return open_problem(&args, n);
}

static void check_counts(const struct tc_problem *p, const struct tc_netlist *nl)
{
    struct tc_count c;
    mpz_t gates;

    tc_netlist_count(arena, nl, &c);
    mpz_init(gates);
    p->kind->gates(p, gates);
    ck_assert_msg(!mpz_cmp(gates, c.gates), "%s, n = %llu", p->title, (unsigned long long)p->n);
    ck_assert_msg(p->depth == c.depth, "%s, n = %llu", p->title, (unsigned long long)p->n);
    mpz_clear(gates);
}

/* maps of the points 0, 1, 2, as numbers to base 3; x y is first x, then y */
static unsigned map_after(unsigned x, unsigned y)
{
    unsigned z = 0;

    for (unsigned q = 0, by = 1; q < 3; q++, x /= 3, by *= 3)
        z += (x % 3 == 0 ? y : x % 3 == 1 ? y / 3 : y / 9) % 3 * by;
    return z;
}

/* what letters[0 .. n[ generate, written as elements; how many those are */
static unsigned write_elements(FILE *f, const unsigned *letter, unsigned letters, unsigned map[27])
{
    bool in[27] = {false};
    unsigned n = 0;

    for (unsigned l = 0; l < letters; l++) {
        if (!in[letter[l]])
            map[n++] = letter[l];
        in[letter[l]] = true;
    }
    for (unsigned k = 0; k < n; k++)
        for (unsigned l = 0; l < letters; l++) {
            unsigned z = map_after(map[k], letter[l]);

            if (!in[z])
                map[n++] = z;
            in[z] = true;
        }
    fputs("<semigroup xmlns='urn:tc0c:semigroup:1'>\n", f);
    for (unsigned x = 0; x < n; x++) {
        fprintf(f, "<element name='x%u' times='", map[x]);
        for (unsigned y = 0; y < n; y++)
            fprintf(f, " x%u", map_after(map[x], map[y]));
        fputs("'/>\n", f);
    }
    return n;
}

/* random maps as letters, some of the linked pairs; the words of a length may have few of the
 * elements as images */
static void write_semigroup(FILE *f, struct tc_random *r)
{
    unsigned map[27], n, letters = 1 + (unsigned)tc_random_below(r, 3), letter[3] = {0}, pairs = 0;

    for (unsigned l = 0; l < letters; l++)
        letter[l] = (unsigned)tc_random_below(r, 27);
    n = write_elements(f, letter, letters, map);
    for (unsigned l = 0; l < letters; l++)
        fprintf(f, "<letter name='%c' to='x%u'/>\n", 'a' + l, letter[l]);
    while (!pairs)
        for (unsigned x = 0; x < n; x++)
            for (unsigned y = 0; y < n; y++)
                if (map_after(map[y], map[y]) == map[y] && map_after(map[x], map[y]) == map[x] &&
                    !tc_random_below(r, 4)) {
                    fprintf(f, "<pair s='x%u' e='x%u'/>\n", map[x], map[y]);
                    pairs++;
                }
    fputs("</semigroup>\n", f);
}

START_TEST(membership_random)
{
    char file[] = "/tmp/semigroup.XXXXXX";
    FILE *f = fdopen(mkstemp(file), "w");
    struct tc_random r;

    tc_random_seed(&r, (uint64_t)_i + 1);
    write_semigroup(f, &r);
    fclose(f);
    for (unsigned n = 1; n <= 5; n++)
        for (unsigned m = 1; m <= 9; m += 1 + m / 5) {
            struct tc_problem p = open_membership(file, n, m);
            struct tc_netlist *nl = build(&p);

            check_counts(&p, nl);
            if (instances(&p) <= (is_fast() ? 64 : 512))
                compare(&p, nl, true, instances(&p));
            else
                compare(&p, nl, false, is_fast() ? 32 : 128);
            tc_netlist_free(nl);
        }
    remove(file);
}
END_TEST

/* random maps and the identity; F from an element of a group, most often not the monoid's */
START_TEST(closures_monoids)
{
    char file[] = "/tmp/semigroup.XXXXXX";
    FILE *f = fdopen(mkstemp(file), "w");
    struct tc_random r;
    unsigned map[27], letter[] = {21, 0, 0}, n, x, power;

    tc_random_seed(&r, (uint64_t)_i + 1);
    for (unsigned l = 1; l < 3; l++)
        letter[l] = (unsigned)tc_random_below(&r, 27);
    n = write_elements(f, letter, 3, map);
    fputs("</semigroup>\n", f);
    fclose(f);
    x = power = map[tc_random_below(&r, n)];
    while (map_after(power, power) != power)
        power = map_after(power, x);
    x = map_after(x, power);
    for (n = 1; n <= 9; n++)
        for (unsigned pieces = 1; pieces <= n + 1; pieces += 1 + pieces / 3) {
            struct tc_args args = {.spec = "closure",
                                   .definition = file,
                                   .pieces = pieces,
                                   .subgroup = tc_sprintf(arena, "x%u", x)};
            struct tc_problem p = open_problem(&args, n);
            struct tc_netlist *nl;

            if (p.alphabet > 12 && n > 4)
                continue;
            nl = build(&p);
            check_counts(&p, nl);
            if (instances(&p) <= (is_fast() ? 64 : 2048))
                compare(&p, nl, true, instances(&p));
            compare(&p, nl, false, 64);
            tc_netlist_free(nl);
        }
    remove(file);
}
END_TEST

/* longer words, in matrices and one-hot */
START_TEST(membership_long)
{
    static const char *const text[] = {
        "group='A5'><pair s='12345' e='12345'/>",
        "group='S3'><pair s='213' e='123'/>",
        ("group='S4'><letter name='a' to='2341'/><letter name='b' to='2134'/>"
         "<pair s='2143' e='1234'/><pair s='1243' e='1234'/>"),
    };
    char file[] = "/tmp/semigroup.XXXXXX";
    FILE *f = fdopen(mkstemp(file), "w");

    fprintf(f, "<semigroup xmlns='urn:tc0c:semigroup:1' %s</semigroup>\n", text[_i]);
    fclose(f);
    for (unsigned n = 1; n <= (is_fast() ? 7 : 17); n += 4)
        for (unsigned m = 1; m <= (is_fast() ? 8 : 17); m += 1 + m / 2) {
            struct tc_problem p = open_membership(file, n, m);
            struct tc_netlist *nl = build(&p);

            check_counts(&p, nl);
            compare(&p, nl, false, _i == 0 && n + m > 8 ? 8 : 64);
            tc_netlist_free(nl);
        }
    remove(file);
}
END_TEST

/* -------------------------------------------------------------------- both */

/* captions: no lower bound without its assumption */
START_TEST(captions)
{
    static const char *const hard[] = {"A5", "A6", "A7", "S5", "S6", "S7"};

    for (unsigned i = 0; i < 6; i++) {
        struct tc_args args = word_args(hard[i], false);
        struct tc_problem p = open_problem(&args, 4);

        ck_assert_ptr_nonnull(strstr(p.caption, "An upper bound"));
        ck_assert_ptr_nonnull(strstr(p.caption, "if TC0 != NC1"));
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct tc_args args = word_args(words[i].group, true);
        struct tc_problem p = open_problem(&args, 4);

        ck_assert_ptr_nonnull(strstr(p.caption, "An upper bound"));
        if (p.alphabet < 60)
            ck_assert_ptr_null(strstr(p.caption, "NC1"));
    }
}
END_TEST

START_TEST(limits)
{
    struct tc_args args = word_args("A5", false);
    struct tc_problem p = open_problem(&args, 100);
    struct tc_error err = {0};

    ck_assert_ptr_null(tc_problem_build(&p, 12400, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    p = open_problem(&args, UINT32_MAX);
    ck_assert_ptr_null(tc_problem_build(&p, UINT64_MAX, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert(!tc_problem_open(arena, &args, 0, &p, &err));
    ck_assert_int_eq(err.kind, TC_EUSAGE);
    args.definition = "x.xml";
    ck_assert(!tc_problem_open(arena, &args, 4, &p, &err));
    ck_assert_int_eq(err.kind, TC_EUSAGE);
}
END_TEST

/* what is wrong in a line, and where */
START_TEST(lines)
{
    static const struct {
        const char *text;
        unsigned col; /* 0: right */
    } line[] = {
        {"1 2 0", 0}, {" 1\t2  0 \r\n", 0}, {"1 2", 4},    {"", 1},
        {"1 3 0", 3}, {"1 2 0 1", 7},       {"1 2 00", 5}, {"1, 2 0", 1},
    };
    struct tc_args args = word_args("C3", false);
    struct tc_problem p = open_problem(&args, 3);

    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        struct tc_loc loc = {.file = "lines", .line = 7};
        struct tc_error err = {0};
        unsigned symbol[3];
        bool ok = tc_problem_read(&p, line[i].text, &loc, symbol, &err);

        ck_assert_msg(ok == !line[i].col, "%s", line[i].text);
        if (ok) {
            ck_assert_uint_eq(symbol[0], 1);
            ck_assert_uint_eq(symbol[1], 2);
            ck_assert_uint_eq(symbol[2], 0);
            continue;
        }
        ck_assert_int_eq(err.kind, TC_EFORMAT);
        ck_assert_uint_eq(err.loc.line, 7);
        ck_assert_uint_eq(err.loc.col, line[i].col);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("problem");
    TCase *t = tcase_create("problem");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, groups);
    tcase_add_test(t, groups_refused);
    tcase_add_loop_test(t, words_all, 0, (int)(sizeof words / sizeof *words));
    tcase_add_loop_test(t, words_random, 0, 14);
    tcase_add_test(t, words_known);
    tcase_add_test(t, words_counts);
    tcase_add_test(t, formulas_all);
    tcase_add_test(t, formulas_known);
    tcase_add_loop_test(t, formulas_random, 0, 11);
    tcase_add_test(t, formulas_depth);
    tcase_add_test(t, formulas_refused);
    tcase_add_loop_test(t, closures_all, 0, (int)(sizeof closures / sizeof *closures));
    tcase_add_test(t, closures_hard);
    tcase_add_loop_test(t, membership_random, 0, 24);
    tcase_add_loop_test(t, membership_long, 0, 3);
    tcase_add_loop_test(t, closures_monoids, 0, 16);
    tcase_add_test(t, captions);
    tcase_add_test(t, limits);
    tcase_add_test(t, lines);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_status(suite());
}
