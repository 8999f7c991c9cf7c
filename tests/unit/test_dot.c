/* pictures: what is in the DOT text, and that it can be laid out */
#include "../../ir/ir.h"
#include "../../ir/text.h"
#include "check_main.h"
#include "family_text.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wundef"
#include <cgraph.h>
#pragma GCC diagnostic pop

#include <libxml/parser.h>

/* ------------------------------------------------------------------ helpers */

static char *borrow(const char *s)
{
    return (char *)(uintptr_t)s;
}

static const char *const tiny =
    "tcf 1\n"
    "family \"tiny & <odd> \\\"attention\\\"\"\n"
    "param n = 2\n"
    "table bits(2) = 1 -2\n"
    "table theta(3) = -1 1 2\n"
    "table w(3) = 1 1 3\n"
    "input Q[i<n, a<2]\n"
    "input K[j<n, a<2]\n"
    "bank s.and[i<n, j<n, a<2, a'<2] level 1: Q[i, a] + K[j, a'] >= 2 @ attention.score"
    "  # products & <bits>; \\n two \\\\ lines, &foo; and &amp; as they stand\n"
    "bank s[i<n, j<n; t<3] level 2 monotone: sum{a<2, a'<2} bits(a)*bits(a')*s.and[i, j, a, a']"
    " >= theta(t) @ attention.score\n"
    "bank either[i<n] level 1: Q[i, 0] + Q[i, 1] + K[i, 0] >= 1 @ attention\n"
    "bank y[i<n; t<2] level 3: sum{j<n, t'<3} w(t')*s[i, j; t'] >= sum{j<n} 2*s[i, j; t]"
    " + either[i] @ \"attention.value &foo;\"  # larger half\n"
    "output Y = y\n"
    "output \"seen <b>\" = either\n";

static char *family_dot(const struct tc_family *f, const struct tc_count *count)
{
    char *s = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&s, &n);

    ck_assert(tc_family_dot(out, f, count));
    fclose(out);
    return s;
}

static char *netlist_dot(const struct tc_netlist *n)
{
    struct tc_error err = {0};
    char *s = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&s, &length);

    ck_assert_msg(tc_netlist_dot(out, n, "tiny", &err), "%s", err.msg);
    fclose(out);
    return s;
}

/* counts that need not be true, one of them too long to be shown in full */
static struct tc_count *counts(struct tc_arena *a, const struct tc_family *f)
{
    struct tc_count *c = tc_alloc(a, 1, sizeof *c);

    c->depth = 3;
    c->gates = tc_mpz_si(a, 1234567);
    c->wires = tc_mpz_si(a, INT64_C(35678000000000));
    c->bank = tc_alloc(a, f->nbank, sizeof *c->bank);
    for (unsigned k = 0; k < f->nbank; k++) {
        c->bank[k].gates = tc_mpz_si(a, k == 1 ? INT64_C(10999600000) : k == 2 ? 1 : 1024);
        c->bank[k].wires = tc_mpz_si(a, 2048);
        c->bank[k].max_fan_in = tc_mpz_si(a, 2000 + k);
        c->bank[k].max_weight = tc_mpz_si(a, 1);
    }
    return c;
}

static Agraph_t *parse(const char *dot)
{
    Agraph_t *g = agmemread(dot);

    ck_assert_msg(g != NULL, "not read back: %.2000s", dot);
    return g;
}

static const char *attribute(void *object, const char *name)
{
    const char *s = object ? agget(object, borrow(name)) : NULL;

    return s ? s : "";
}

static Agnode_t *node(Agraph_t *g, const char *name)
{
    Agnode_t *n = agnode(g, borrow(name), 0);

    ck_assert_msg(n != NULL, "no node %s", name);
    return n;
}

static void holds(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in\n%.2000s", part, text);
}

/* ----------------------------------------------------------------- families */

START_TEST(family_nodes_edges_clusters)
{
    struct tc_family *f = family_of_text(tiny);
    char *dot = family_dot(f, NULL);
    Agraph_t *g = parse(dot), *outer, *inner;

    ck_assert_int_eq(agnnodes(g), 2 + 4 + 2);
    /* s.and 2, s 1, either 2, y 2 (s once, though form and threshold read it), outputs 2 */
    ck_assert_int_eq(agnedges(g), 9);
    ck_assert_ptr_nonnull(agedge(g, node(g, "p3"), node(g, "p5"), NULL, 0));
    ck_assert_ptr_nonnull(agedge(g, node(g, "p4"), node(g, "p5"), NULL, 0));
    ck_assert_ptr_nonnull(agedge(g, node(g, "p5"), node(g, "o0"), NULL, 0));
    ck_assert_ptr_null(agedge(g, node(g, "p2"), node(g, "p5"), NULL, 0));
    ck_assert_str_eq(attribute(agedge(g, node(g, "p4"), node(g, "p5"), NULL, 0), "minlen"), "2");
    outer = agsubg(g, borrow("cluster_1"), 0);
    ck_assert_ptr_nonnull(outer);
    ck_assert_str_eq(attribute(outer, "label"), "attention");
    ck_assert_int_eq(agnnodes(outer), 4);
    inner = agsubg(outer, borrow("cluster_2"), 0);
    ck_assert_ptr_nonnull(inner);
    ck_assert_str_eq(attribute(inner, "label"), "score");
    ck_assert_int_eq(agnnodes(inner), 2);
    agclose(g);
    free(dot);
    tc_family_free(f);
}
END_TEST

START_TEST(family_labels)
{
    struct tc_family *f = family_of_text(tiny);
    struct tc_arena *a = tc_arena_new();
    char *dot = family_dot(f, counts(a, f));
    Agraph_t *g = parse(dot);
    const char *s;

    s = attribute(g, "label");
    holds(s, "tiny &amp; &lt;odd&gt; &quot;attention&quot;");
    holds(s, "n = 2 \xc2\xb7 depth 3 \xc2\xb7 1,234,567 gates \xc2\xb7 3.57\xc2\xb7"
             "10\xc2\xb9\xc2\xb3 wires");
    s = attribute(node(g, "p0"), "label");
    holds(s, "<B>Q</B></FONT><BR/>[i&lt;n, a&lt;2]<BR/>");
    holds(s, "input \xc2\xb7 4 wires");
    s = attribute(node(g, "p2"), "label");
    holds(s, "<B>s.and</B>");
    holds(s, "[i&lt;n, j&lt;n, a&lt;2, a'&lt;2]");
    holds(s, "products &amp; &lt;bits&gt;;");
    holds(s, "AND of 2 \xc2\xb7 level 1");
    holds(s, "1,024 gates \xc2\xb7 fan-in 2,000");
    s = attribute(node(g, "p2"), "tooltip");
    holds(s, "s.and[i<n, j<n, a<2, a'<2]: Q[i, a] + K[j, a'] >= 2\\n1,024 gates, 2,048 wires");
    s = attribute(node(g, "p3"), "label");
    holds(s, "chain of 3 \xc2\xb7 level 2");
    holds(s, "1.10\xc2\xb7"
             "10\xc2\xb9\xe2\x81\xb0 gates \xc2\xb7 fan-in 2,001");
    holds(attribute(node(g, "p3"), "tooltip"), "10,999,600,000 gates");
    s = attribute(node(g, "p4"), "label");
    holds(s, "OR of 3 \xc2\xb7 level 1");
    holds(s, ">1 gate \xc2\xb7");
    holds(attribute(node(g, "o1"), "label"), "seen &lt;b&gt;");
    agclose(g);
    free(dot);
    tc_arena_free(a);
    tc_family_free(f);
}
END_TEST

/* told apart by lines and corners, not by colours alone */
START_TEST(family_looks)
{
    struct tc_family *f = family_of_text(tiny);
    char *dot = family_dot(f, NULL);
    Agraph_t *g = parse(dot);

    ck_assert_str_eq(attribute(node(g, "p2"), "style"), "filled");
    ck_assert_str_eq(attribute(node(g, "p3"), "style"), "filled,rounded");
    ck_assert_str_eq(attribute(node(g, "p3"), "peripheries"), "1");
    ck_assert_str_eq(attribute(node(g, "p3"), "penwidth"), "1");
    ck_assert_str_eq(attribute(node(g, "p5"), "peripheries"), "2");
    ck_assert_str_eq(attribute(node(g, "p5"), "penwidth"), "2.6");
    agclose(g);
    free(dot);
    tc_family_free(f);
}
END_TEST

START_TEST(same_bytes_twice)
{
    struct tc_family *f = family_of_text(tiny), *g = family_of_text(tiny);
    char *first = family_dot(f, NULL), *second = family_dot(g, NULL);

    ck_assert_str_eq(first, second);
    free(first);
    free(second);
    tc_family_free(f);
    tc_family_free(g);
}
END_TEST

START_TEST(bank_text)
{
    struct tc_family *f = family_of_text(tiny);

    ck_assert_str_eq(tc_bank_text(f->arena, f, f->bank[3]),
                     "y[i<n; t<2]: sum{j<n, t'<3} w(t')*s[i, j; t'] >= "
                     "sum{j<n} 2*s[i, j; t] + either[i]");
    tc_family_free(f);
}
END_TEST

/* ----------------------------------------------------------------- netlists */

START_TEST(netlist_nodes_edges_weights)
{
    struct tc_family *f = family_of_text(tiny);
    struct tc_error err = {0};
    struct tc_netlist *n = tc_family_instantiate(f, 0, 0, &err);
    struct tc_arena *a = tc_arena_new();
    struct tc_count c;
    char *dot;
    Agraph_t *g;
    unsigned weights = 0, dashed = 0;

    ck_assert_msg(n != NULL, "%s", err.msg);
    tc_netlist_count(a, n, &c);
    dot = netlist_dot(n);
    g = parse(dot);
    ck_assert_int_eq(agnnodes(g), (int)(n->ninputs + n->ngates + n->noutputs));
    ck_assert_int_eq(agnedges(g), (int)(mpz_get_ui(c.wires) + n->noutputs));
    for (Agnode_t *v = agfstnode(g); v; v = agnxtnode(g, v))
        for (Agedge_t *e = agfstout(g, v); e; e = agnxtout(g, e)) {
            weights += *attribute(e, "headlabel") != '\0';
            dashed += strcmp(attribute(e, "style"), "dashed") == 0;
        }
    /* s: 4 terms a row, one of them of weight 1, 12 gates; two of the others negative;
     * y: of the 6 + 2 + 1 wires of each of 4 gates, two of weight 3, two of -2, one of -1 */
    ck_assert_uint_eq(weights, 12 * 3 + 4 * 5);
    ck_assert_uint_eq(dashed, 12 * 2 + 4 * 3);
    ck_assert_str_eq(attribute(node(g, "w8"), "label"), "\xe2\x89\xa5 2");
    agclose(g);
    free(dot);
    tc_arena_free(a);
    tc_netlist_free(n);
    tc_family_free(f);
}
END_TEST

START_TEST(netlist_too_large)
{
    struct tc_family *f = family_of_text("tcf 1\nfamily f\ninput X[i<2001]\n"
                                         "bank y[i<2001] level 1: X[i] >= 1\noutput Y = y\n");
    struct tc_error err = {0};
    struct tc_netlist *n = tc_family_instantiate(f, 0, 0, &err);
    char *s = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&s, &length);

    ck_assert_ptr_nonnull(n);
    ck_assert(!tc_netlist_dot(out, n, "f", &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_str_eq(err.msg, "2001 inputs, 2001 gates and 2001 wires are too many to draw gate by "
                              "gate; at most 2000, 2000 and 5000 are drawn");
    fclose(out);
    ck_assert_uint_eq(length, 0);
    free(s);
    tc_netlist_free(n);
    tc_family_free(f);
}
END_TEST

/* ---------------------------------------------------------------------- svg */

static char *svg_of(const char *dot, size_t *n)
{
    struct tc_error err = {0};
    char *s = NULL;
    FILE *out = open_memstream(&s, n);

    ck_assert_msg(tc_dot_svg(dot, strlen(dot), out, &err), "%s", err.msg);
    fclose(out);
    return s;
}

static void well_formed(const char *s, size_t n)
{
    xmlDocPtr doc;

    ck_assert_ptr_nonnull(s);
    doc = xmlReadMemory(s, (int)n, "svg", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    ck_assert_msg(doc != NULL, "not well-formed: %.*s", n > 3000 ? 3000 : (int)n, s);
    ck_assert_str_eq((const char *)xmlDocGetRootElement(doc)->name, "svg");
    xmlFreeDoc(doc);
}

static void no_children(void)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

START_TEST(family_svg)
{
    struct tc_family *f = family_of_text(tiny);
    struct tc_arena *a = tc_arena_new();
    char *dot = family_dot(f, counts(a, f)), *svg;
    size_t n;

    svg = svg_of(dot, &n);
    well_formed(svg, n);
    holds(svg, "s.and");
    holds(svg, "1,234,567 gates");
    no_children();
    free(svg);
    free(dot);
    tc_arena_free(a);
    tc_family_free(f);
}
END_TEST

START_TEST(netlist_svg)
{
    struct tc_family *f = family_of_text(tiny);
    struct tc_error err = {0};
    struct tc_netlist *n = tc_family_instantiate(f, 0, 0, &err);
    char *dot = netlist_dot(n), *svg;
    size_t length;

    svg = svg_of(dot, &length);
    well_formed(svg, length);
    no_children();
    free(svg);
    free(dot);
    tc_netlist_free(n);
    tc_family_free(f);
}
END_TEST

/* every odd byte in a name, a note, a component */
START_TEST(odd_characters)
{
    struct tc_text t = {0};

    for (unsigned k = 1; k < 256; k += 15) {
        struct tc_family *f;
        char odd[32], *dot, *svg;
        size_t n, used = 0;

        for (unsigned c = k; c < k + 15 && c < 256; c++)
            odd[used++] = (char)c;
        odd[used] = '\0';
        t.n = 0;
        tc_text_puts(&t, "tcf 1\nfamily f\ninput X[i<2]\nbank ");
        tc_text_name(&t, odd);
        tc_text_puts(&t, "[i<2] level 1: X[i] >= 1 @ ");
        tc_text_name(&t, odd);
        tc_text_puts(&t, " # note\noutput ");
        tc_text_name(&t, odd);
        tc_text_puts(&t, " = X\n");
        f = family_of_text(t.s);
        ck_assert_str_eq(f->bank[0]->plane.name, odd);
        dot = family_dot(f, NULL);
        agclose(parse(dot));
        svg = svg_of(dot, &n);
        well_formed(svg, n);
        free(svg);
        free(dot);
        tc_family_free(f);
    }
    free(t.s);
}
END_TEST

static bool svg_fails(const char *dot, unsigned seconds, struct tc_error *err)
{
    char *s = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&s, &n);
    bool ok = tc_dot_svg_within(dot, strlen(dot), out, seconds, err);

    fclose(out);
    if (!ok)
        ck_assert_uint_eq(n, 0);
    free(s);
    no_children();
    return !ok;
}

START_TEST(svg_of_nonsense)
{
    struct tc_error err = {0};

    ck_assert(svg_fails("digraph { a -> ", 60, &err));
    ck_assert_int_eq(err.kind, TC_EIO);
    ck_assert_msg(strncmp(err.msg, "the layout engine gave no picture: Error: ", 42) == 0, "%s",
                  err.msg);
}
END_TEST

/* fan-in decides how long the engine takes */
START_TEST(svg_in_too_little_time)
{
    struct tc_error err = {0};
    struct tc_text t = {0};

    tc_text_puts(&t, "digraph {\n");
    for (unsigned layer = 0; layer < 12; layer++)
        for (unsigned k = 0; k < 100; k++)
            for (unsigned e = 0; e < 60; e++)
                tc_text_printf(&t, "n%u -> n%u\n", layer * 100 + (k * 31 + e * e * 7) % 100,
                               (layer + 1) * 100 + k);
    tc_text_puts(&t, "}\n");
    ck_assert(svg_fails(t.s, 1, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_str_eq(err.msg, "drawing the picture takes more than 1 seconds; its DOT text can be "
                              "laid out by other means");
    free(t.s);
}
END_TEST

START_TEST(big_numbers_in_labels)
{
    static const struct {
        const char *value, *shown;
    } cases[] = {
        {"0", "0"},
        {"999", "999"},
        {"1000", "1,000"},
        {"999999999", "999,999,999"},
        {"1000000000", "1.00\xc2\xb7"
                       "10\xe2\x81\xb9"},
        {"9999999999", "9.99\xc2\xb7"
                       "10\xe2\x81\xb9"},
        {"255141827706880", "2.55\xc2\xb7"
                            "10\xc2\xb9\xe2\x81\xb4"},
        {"123456789012345678901234567890", "1.23\xc2\xb7"
                                           "10\xc2\xb2\xe2\x81\xb9"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct tc_text t = {0};
        mpz_t v;

        mpz_init_set_str(v, cases[k].value, 10);
        tc_label_number(&t, v);
        ck_assert_str_eq(t.s, cases[k].shown);
        mpz_clear(v);
        free(t.s);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dot");
    TCase *c = tcase_create("families"), *n = tcase_create("netlists"), *v = tcase_create("svg");
    int status;

    tcase_set_timeout(v, 300);
    tcase_add_test(c, family_nodes_edges_clusters);
    tcase_add_test(c, family_labels);
    tcase_add_test(c, family_looks);
    tcase_add_test(c, same_bytes_twice);
    tcase_add_test(c, bank_text);
    tcase_add_test(c, big_numbers_in_labels);
    tcase_add_test(n, netlist_nodes_edges_weights);
    tcase_add_test(n, netlist_too_large);
    tcase_add_test(v, family_svg);
    tcase_add_test(v, netlist_svg);
    tcase_add_test(v, odd_characters);
    tcase_add_test(v, svg_of_nonsense);
    tcase_add_test(v, svg_in_too_little_time);
    suite_add_tcase(s, c);
    suite_add_tcase(s, n);
    suite_add_tcase(s, v);
    status = check_status(s);
    xmlCleanupParser();
    return status;
}
