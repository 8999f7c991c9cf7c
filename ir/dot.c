/* dot.c -- pictures of families and netlists, through cgraph
 *
 * A family: one node a bank, inputs at the left, outputs at the right (or at
 * the top and the bottom, if there are many levels), a cluster a component.  An edge spans as many
 * ranks as the levels of its ends differ; since a bank's level is one more than the highest it
 * reads, all edges can be tight, and banks of one level stand in one column.
 *
 * What the picture shows can be told without colours: boxes with corners are
 * one gate a point, rounded boxes are chains, a double line says that the
 * thresholds are wires themselves, a heavy line that the gates are an output.
 *
 * Names of nodes are ours; text of users goes into labels, and there through
 * label.c.
 */
#include "dot.h"

#include <stdlib.h>
#include <string.h>

#define NOTE_WIDTH    32 /* characters a line of a note, or as the line of indices */
#define MOST_NAME     80 /* characters of a name or domain on a line */
#define MOST_COLUMNS  9  /* levels side by side, as wide as a slide; more stand upright */
#define MOST_CLUSTERS 60 /* agwrite slows down with their number */

/* lines of some width, broken at blanks */
static void add_wrapped(struct tc_text *x, const char *s, size_t width, const char *begin,
                        const char *end)
{
    while (*s) {
        size_t seen = 0, cut = 0, n = 0;
        char *line;

        while (s[n] && (seen < width || !cut)) {
            seen += (s[n] & 0xC0) != 0x80;
            if (s[n] == ' ')
                cut = n;
            n++;
        }
        if (s[n] && cut)
            n = cut;
        line = tc_xcalloc(n + 1, 1);
        memcpy(line, s, n);
        tc_text_puts(x, begin);
        tc_label_html(x, line, 2 * width);
        tc_text_puts(x, end);
        free(line);
        s += n;
        s += strspn(s, " ");
    }
}

static void add_count(struct tc_text *x, mpz_srcptr v, const char *one, const char *many)
{
    tc_label_number(x, v);
    tc_text_printf(x, " %s", mpz_cmp_ui(v, 1) == 0 ? one : many);
}

/* ------------------------------------------------------------------ families */

enum look { INPUT, GATES, CHAIN, QUOTIENT, OUTPUT };

static const struct {
    const char *fill, *style, *lines;
} looks[] = {
    [INPUT] = {"#dbe7f5", "filled", "1"},         [GATES] = {"#ffffff", "filled", "1"},
    [CHAIN] = {"#fff1c9", "filled,rounded", "1"}, [QUOTIENT] = {"#f9d9c6", "filled,rounded", "2"},
    [OUTPUT] = {"#dcead5", "filled", "1"},
};

static bool has_wires(const struct tc_form *f)
{
    for (unsigned k = 0; k < f->nterm; k++)
        if (f->term[k].plane)
            return true;
    return false;
}

static enum look look_of(const struct tc_bank *b)
{
    if (has_wires(&b->theta))
        return QUOTIENT;
    return b->plane.chain ? CHAIN : GATES;
}

static void set_look(void *node, enum look k, bool output)
{
    tc_dot_set(node, "fillcolor", looks[k].fill);
    tc_dot_set(node, "style", looks[k].style);
    tc_dot_set(node, "peripheries", looks[k].lines);
    tc_dot_set(node, "penwidth", output ? "2.6" : k == INPUT || k == OUTPUT ? "0.6" : "1");
}

/* "AND of 3", if that is what each gate is: wires once each, all needed */
static void add_kind(struct tc_text *x, const struct tc_bank *b)
{
    unsigned wires = b->form.nterm;
    bool plain = !b->plane.chain && b->theta.nterm == 1 && wires > 1;

    for (unsigned k = 0; k < b->form.nterm; k++) {
        const struct tc_term *t = &b->form.term[k];

        plain = plain && t->plane && !t->nsum && !t->nguard && !t->nfactor &&
                mpz_cmp_ui(t->coef, 1) == 0;
    }
    if (plain) {
        const struct tc_term *t = &b->theta.term[0];

        plain = !t->plane && !t->nfactor && !t->nsum && !t->nguard;
        if (plain && mpz_cmp_ui(t->coef, wires) == 0)
            tc_text_printf(x, "AND of %u", wires);
        else if (plain && mpz_cmp_ui(t->coef, 1) == 0)
            tc_text_printf(x, "OR of %u", wires);
        else
            plain = false;
    }
    if (plain)
        return;
    if (b->plane.chain) {
        mpz_t n;

        mpz_init(n);
        tc_mpz_set_i64(n, b->plane.chain->extent);
        tc_text_puts(x, "chain of ");
        tc_label_number(x, n);
        mpz_clear(n);
    } else {
        tc_text_puts(x, "threshold");
    }
}

/* head of a node: the name in bold, its indices below; returns their length */
static size_t add_title(struct tc_text *x, const struct tc_plane *p)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_text name = {0}, whole = {0};
    size_t length;

    tc_text_name(&name, p->name);
    tc_text_plane(&whole, a, p);
    tc_text_puts(x, "<FONT POINT-SIZE=\"15\"><B>");
    tc_label_html(x, p->name, MOST_NAME);
    tc_text_puts(x, "</B></FONT>");
    if (p->naxis || p->chain) {
        tc_text_puts(x, "<BR/>");
        tc_label_html(x, whole.s + name.n, MOST_NAME);
    }
    length = whole.n - name.n;
    free(name.s);
    free(whole.s);
    tc_arena_free(a);
    return length;
}

#define SMALL "<BR/><FONT POINT-SIZE=\"11\">"
#define NOTE  "<BR/><FONT POINT-SIZE=\"12\"><I>"

static void draw_input(Agraph_t *g, const struct tc_plane *p)
{
    Agnode_t *node = tc_dot_node(g, 'p', p->id);
    struct tc_text x = {0};
    mpz_t wires;

    mpz_init_set_ui(wires, 1);
    for (unsigned k = 0; k < p->naxis; k++)
        mpz_mul_si(wires, wires, p->axis[k]->extent);
    add_title(&x, p);
    tc_text_puts(&x, SMALL "input \xc2\xb7 ");
    add_count(&x, wires, "wire", "wires");
    tc_text_puts(&x, "</FONT>");
    tc_dot_set_html(g, node, "label", x.s);
    set_look(node, INPUT, false);
    free(x.s);
    mpz_clear(wires);
}

static void draw_bank(Agraph_t *g, const struct tc_family *f, const struct tc_bank *b,
                      const struct tc_bank_count *count, bool output)
{
    struct tc_arena *a = tc_arena_new();
    Agnode_t *node = tc_dot_node(g, 'p', b->plane.id);
    struct tc_text x = {0}, tip = {0};
    size_t width;

    width = add_title(&x, &b->plane);
    width = width < NOTE_WIDTH ? NOTE_WIDTH : width > MOST_NAME ? MOST_NAME : width;
    if (b->note)
        add_wrapped(&x, b->note, width, NOTE, "</I></FONT>");
    tc_text_puts(&x, SMALL);
    add_kind(&x, b);
    tc_text_printf(&x, " \xc2\xb7 level %u</FONT>", b->plane.level);
    tc_label_plain(&tip, tc_bank_text(a, f, b));
    if (count) {
        tc_text_puts(&x, SMALL);
        add_count(&x, count->gates, "gate", "gates");
        tc_text_puts(&tip, "\\n");
        tc_label_grouped(&tip, count->gates);
        tc_text_puts(&tip, " gates");
        if (mpz_sgn(count->max_fan_in)) {
            tc_text_puts(&x, " \xc2\xb7 fan-in ");
            tc_label_number(&x, count->max_fan_in);
            tc_text_puts(&tip, ", ");
            tc_label_grouped(&tip, count->wires);
            tc_text_puts(&tip, " wires, fan-in at most ");
            tc_label_grouped(&tip, count->max_fan_in);
        }
        tc_text_puts(&x, "</FONT>");
    }
    tc_dot_set_html(g, node, "label", x.s);
    tc_dot_set(node, "tooltip", tip.s);
    set_look(node, look_of(b), output);
    free(x.s);
    free(tip.s);
    tc_arena_free(a);
}

/* one edge a pair, as long as the levels are apart */
static void draw_reads(Agraph_t *g, const struct tc_bank *b)
{
    Agnode_t *to = tc_dot_node(g, 'p', b->plane.id);

    for (unsigned which = 0; which < 2; which++) {
        const struct tc_form *form = which ? &b->theta : &b->form;

        for (unsigned k = 0; k < form->nterm; k++) {
            const struct tc_plane *p = form->term[k].plane;
            Agedge_t *e = p ? agedge(g, tc_dot_node(g, 'p', p->id), to, NULL, 1) : NULL;
            char length[16];

            if (!e)
                continue;
            snprintf(length, sizeof length, "%u",
                     b->plane.level > p->level ? b->plane.level - p->level : 1);
            tc_dot_set(e, "minlen", length);
        }
    }
}

/* the cluster of a component: a.b lies in a */
static Agraph_t *cluster_of(Agraph_t *g, const char *component, unsigned *nclusters)
{
    Agraph_t *at = g;

    for (const char *part = component, *end; part && *part; part = *end ? end + 1 : end) {
        struct tc_text path = {0}, label = {0};
        Agraph_t *inner = NULL;

        end = part + strcspn(part, ".");
        tc_text_add(&path, component, (size_t)(end - component));
        for (Agraph_t *s = agfstsubg(at); s && !inner; s = agnxtsubg(s))
            if (strcmp(agget(s, tc_dot_borrow("comment")), path.s) == 0)
                inner = s;
        if (!inner) {
            char name[32], *word = tc_xcalloc((size_t)(end - part) + 1, 1);

            if (*nclusters == MOST_CLUSTERS) {
                free(word);
                free(path.s);
                return at;
            }
            memcpy(word, part, (size_t)(end - part));
            tc_text_puts(&label, ""); /* a part may be empty */
            snprintf(name, sizeof name, "cluster_%u", ++*nclusters);
            tc_label_plain(&label, word);
            inner = agsubg(at, name, 1);
            tc_dot_set(inner, "comment", path.s);
            tc_dot_set(inner, "label", label.s);
            free(word);
            free(label.s);
        }
        free(path.s);
        at = inner;
    }
    return at;
}

/* a table, for lines of different sizes would overlap */
#define TITLE                                                                                      \
    "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\"><TR><TD ALIGN=\"LEFT\"><FONT "         \
    "POINT-SIZE=\"20\"><B>"
#define TITLE_LINE(size) "</FONT></TD></TR><TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"" size "\">"
#define TITLE_END        "</FONT></TD></TR></TABLE>"

static void draw_title(Agraph_t *g, const struct tc_family *f, const struct tc_count *count)
{
    struct tc_text x = {0};
    bool quotients = false, chains = false;

    tc_text_puts(&x, TITLE);
    tc_label_html(&x, f->name, 2 * MOST_NAME);
    tc_text_puts(&x, "</B>" TITLE_LINE("14"));
    for (unsigned k = 0; k < f->nparam; k++) {
        tc_text_puts(&x, k ? ", " : "");
        tc_label_html(&x, f->param[k].name, MOST_NAME);
        tc_text_puts(&x, " = ");
        tc_label_grouped(&x, f->param[k].value);
    }
    if (count) {
        tc_text_printf(&x, "%sdepth %u \xc2\xb7 ", f->nparam ? " \xc2\xb7 " : "", count->depth);
        add_count(&x, count->gates, "gate", "gates");
        if (mpz_sgn(count->wires)) {
            tc_text_puts(&x, " \xc2\xb7 ");
            add_count(&x, count->wires, "wire", "wires");
        }
    }
    for (unsigned k = 0; k < f->nbank; k++) {
        quotients = quotients || look_of(f->bank[k]) == QUOTIENT;
        chains = chains || look_of(f->bank[k]) == CHAIN;
    }
    tc_text_puts(&x, TITLE_LINE("11") "one box is one bank of gates, all at one level");
    if (chains)
        tc_text_puts(&x, " \xc2\xb7 rounded: chains, one sum against many thresholds");
    if (quotients)
        tc_text_puts(&x, " \xc2\xb7 double line: thresholds that are sums of wires");
    tc_text_puts(&x, " \xc2\xb7 heavy line: output" TITLE_END);
    tc_dot_set_html(g, g, "label", x.s);
    free(x.s);
}

bool tc_family_dot(FILE *out, const struct tc_family *f, const struct tc_count *count)
{
    Agraph_t *g = tc_dot_graph("family", Agstrictdirected);
    unsigned nclusters = 0, deepest = 0;
    bool ok;

    for (unsigned k = 0; k < f->nbank; k++)
        if (f->bank[k]->plane.level > deepest)
            deepest = f->bank[k]->plane.level;
    if (deepest > MOST_COLUMNS)
        tc_dot_set(g, "rankdir", "TB");
    tc_dot_set(g, "newrank", "true"); /* ranks go by levels, not by clusters */
    tc_dot_set(g, "ranksep", "0.6");
    tc_dot_set(g, "nodesep", "0.22");
    tc_dot_default(g, AGRAPH, "style", "rounded");
    tc_dot_default(g, AGRAPH, "color", "#999999");
    tc_dot_default(g, AGRAPH, "labeljust", "l");
    tc_dot_default(g, AGNODE, "shape", "box");
    tc_dot_default(g, AGNODE, "fontsize", "12");
    tc_dot_default(g, AGNODE, "margin", "0.12,0.06");
    draw_title(g, f, count);
    for (unsigned k = 0; k < f->ninput; k++)
        draw_input(g, f->input[k]);
    for (unsigned k = 0; k < f->nbank; k++) {
        const struct tc_bank *b = f->bank[k];
        Agraph_t *home = cluster_of(g, b->component, &nclusters);
        bool output = false;

        for (unsigned o = 0; o < f->noutput; o++)
            output = output || f->output[o].plane == &b->plane;
        draw_bank(g, f, b, count && count->bank ? &count->bank[k] : NULL, output);
        agsubnode(home, tc_dot_node(g, 'p', b->plane.id), 1);
        draw_reads(g, b);
    }
    for (unsigned k = 0; k < f->noutput; k++) {
        Agnode_t *node = tc_dot_node(g, 'o', k);
        struct tc_text x = {0};

        tc_text_puts(&x, "<FONT POINT-SIZE=\"15\"><B>");
        tc_label_html(&x, f->output[k].name, MOST_NAME);
        tc_text_puts(&x, "</B></FONT>" SMALL "output</FONT>");
        tc_dot_set_html(g, node, "label", x.s);
        set_look(node, OUTPUT, false);
        agedge(g, tc_dot_node(g, 'p', f->output[k].plane->id), node, NULL, 1);
        free(x.s);
    }
    ok = agwrite(g, out) == 0 && fflush(out) == 0 && !ferror(out);
    agclose(g);
    return ok;
}

/* ------------------------------------------------------------------ netlists */

#define MOST_DIGITS 12 /* of a weight or threshold that is written out */

static void add_weight(struct tc_text *x, const struct tc_netlist *n, tc_weight w)
{
    struct tc_text digits = {0};
    mpz_t v;

    mpz_init(v);
    tc_weight_get(n, w, v);
    if (mpz_sgn(v) < 0)
        tc_text_puts(x, "\xe2\x88\x92"); /* a minus as wide as a plus */
    mpz_abs(v, v);
    tc_text_mpz(&digits, v);
    if (digits.n <= MOST_DIGITS)
        tc_text_puts(x, digits.s);
    else
        tc_label_number(x, v);
    free(digits.s);
    mpz_clear(v);
}

static bool weight_is(const struct tc_netlist *n, tc_weight w, long value)
{
    mpz_t v;
    bool is;

    mpz_init(v);
    tc_weight_get(n, w, v);
    is = mpz_cmp_si(v, value) == 0;
    mpz_clear(v);
    return is;
}

static bool weight_is_negative(const struct tc_netlist *n, tc_weight w)
{
    mpz_t v;
    bool is;

    mpz_init(v);
    tc_weight_get(n, w, v);
    is = mpz_sgn(v) < 0;
    mpz_clear(v);
    return is;
}

static uint64_t drawn_edges(const struct tc_netlist *n)
{
    uint64_t edges = 0;

    for (uint32_t r = 0; r < n->nrows; r++)
        edges += (n->first[r + 1] - n->first[r]) * (n->gate[r + 1] - n->gate[r]);
    return edges;
}

/* the place of a wire; nplace if there is none */
static unsigned place_of(const struct tc_netlist *n, uint32_t wire)
{
    unsigned at = n->nplace;

    for (unsigned k = 0; k < n->nplace && n->place[k].first <= wire; k++)
        at = k;
    return at;
}

static Agraph_t **draw_places(Agraph_t *g, const struct tc_netlist *n)
{
    Agraph_t **home = tc_xcalloc((size_t)n->nplace + 1, sizeof *home);

    for (unsigned k = 0; k <= n->nplace; k++) {
        struct tc_text x = {0};
        char name[32];

        home[k] = g;
        if (k == n->nplace || n->nplace > MOST_CLUSTERS || n->place[k].first < n->ninputs)
            continue;
        snprintf(name, sizeof name, "cluster_%u", k);
        home[k] = agsubg(g, name, 1);
        tc_text_puts(&x, "");
        tc_label_plain(&x, n->place[k].name);
        tc_dot_set(home[k], "label", x.s);
        free(x.s);
    }
    return home;
}

static void draw_input_wire(Agraph_t *g, const struct tc_netlist *n, uint32_t w)
{
    Agnode_t *node = tc_dot_node(g, 'w', w);
    unsigned place = place_of(n, w);
    struct tc_text x = {0};

    if (place < n->nplace) {
        tc_label_plain(&x, n->place[place].name);
        tc_text_printf(&x, " %u", w - n->place[place].first);
    } else {
        tc_text_printf(&x, "%u", w);
    }
    tc_dot_set(node, "label", x.s);
    tc_dot_set(node, "shape", "box");
    tc_dot_set(node, "fillcolor", looks[INPUT].fill);
    free(x.s);
}

static void draw_gate(Agraph_t *g, Agraph_t *home, const struct tc_netlist *n, uint32_t gate,
                      uint32_t row, const uint32_t *level)
{
    uint32_t wire = n->ninputs + gate;
    Agnode_t *node = tc_dot_node(g, 'w', wire);
    struct tc_text x = {0};

    tc_text_puts(&x, "\xe2\x89\xa5 ");
    add_weight(&x, n, n->bound[gate]);
    tc_dot_set(node, "label", x.s);
    x.n = 0;
    tc_text_printf(&x, "wire %u, level %u", wire, level[wire]);
    tc_dot_set(node, "tooltip", x.s);
    agsubnode(home, node, 1);
    for (uint64_t e = n->first[row]; e < n->first[row + 1]; e++) {
        Agedge_t *edge = agedge(g, tc_dot_node(g, 'w', n->source[e]), node, NULL, 1);
        char length[16];

        snprintf(length, sizeof length, "%u", level[wire] - level[n->source[e]]);
        tc_dot_set(edge, "minlen", length);
        if (!weight_is(n, n->weight[e], 1)) {
            x.n = 0;
            add_weight(&x, n, n->weight[e]);
            tc_dot_set(edge, "headlabel", x.s);
        }
        if (weight_is_negative(n, n->weight[e])) {
            tc_dot_set(edge, "style", "dashed");
            tc_dot_set(edge, "color", "#a03020");
        }
    }
    free(x.s);
}

static void draw_gates(Agraph_t *g, const struct tc_netlist *n)
{
    uint32_t *level = tc_xcalloc((size_t)n->ninputs + n->ngates + 1, sizeof *level);
    Agraph_t **home = draw_places(g, n);

    for (uint32_t w = 0; w < n->ninputs; w++)
        draw_input_wire(g, n, w);
    for (uint32_t r = 0; r < n->nrows; r++) {
        uint32_t most = 0;

        for (uint64_t e = n->first[r]; e < n->first[r + 1]; e++)
            most = level[n->source[e]] > most ? level[n->source[e]] : most;
        for (uint32_t k = n->gate[r]; k < n->gate[r + 1]; k++) {
            level[n->ninputs + k] = most + 1;
            draw_gate(g, home[place_of(n, n->ninputs + k)], n, k, r, level);
        }
    }
    for (uint32_t o = 0; o < n->noutputs; o++) {
        Agnode_t *node = tc_dot_node(g, 'o', o), *from = tc_dot_node(g, 'w', n->output[o]);
        char label[16];

        snprintf(label, sizeof label, "out %u", o);
        tc_dot_set(node, "label", label);
        tc_dot_set(node, "shape", "box");
        tc_dot_set(node, "fillcolor", looks[OUTPUT].fill);
        tc_dot_set(from, "penwidth", "2.6");
        agedge(g, from, node, NULL, 1);
    }
    free(home);
    free(level);
}

bool tc_netlist_dot(FILE *out, const struct tc_netlist *n, const char *name, struct tc_error *err)
{
    struct tc_text x = {0};
    Agraph_t *g;
    bool ok;

    if (n->ninputs > TC_DOT_MAX_GATES || n->ngates > TC_DOT_MAX_GATES ||
        drawn_edges(n) > TC_DOT_MAX_EDGES)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u inputs, %u gates and %llu wires are too many to draw gate by gate; at "
                       "most %d, %d and %d are drawn",
                       n->ninputs, n->ngates, (unsigned long long)drawn_edges(n), TC_DOT_MAX_GATES,
                       TC_DOT_MAX_GATES, TC_DOT_MAX_EDGES);
    g = tc_dot_graph("netlist", Agdirected);
    tc_dot_set(g, "newrank", "true");
    tc_dot_set(g, "splines", "line"); /* many wires: straight ones can be followed */
    tc_dot_set(g, "ranksep", "2");
    tc_dot_set(g, "nodesep", "0.1");
    tc_dot_default(g, AGRAPH, "style", "rounded");
    tc_dot_default(g, AGRAPH, "color", "#999999");
    tc_dot_default(g, AGRAPH, "labeljust", "l");
    tc_dot_default(g, AGNODE, "shape", "ellipse");
    tc_dot_default(g, AGNODE, "style", "filled");
    tc_dot_default(g, AGNODE, "fillcolor", "#ffffff");
    tc_dot_default(g, AGNODE, "fontsize", "12");
    tc_dot_default(g, AGNODE, "margin", "0.06,0.03");
    tc_dot_default(g, AGNODE, "height", "0.3");
    tc_dot_default(g, AGNODE, "width", "0.5");
    tc_dot_default(g, AGEDGE, "fontname", TC_DOT_FONT);
    tc_dot_default(g, AGEDGE, "fontsize", "10");
    tc_dot_default(g, AGEDGE, "headlabel", "");
    tc_dot_default(g, AGEDGE, "labeldistance", "4.5"); /* where the wires are apart */
    tc_dot_default(g, AGEDGE, "labelangle", "0");
    tc_text_puts(&x, TITLE);
    tc_label_html(&x, name ? name : "", 2 * MOST_NAME);
    tc_text_puts(&x, "</B>" TITLE_LINE("14"));
    tc_text_printf(&x, "%u inputs \xc2\xb7 %u gates \xc2\xb7 %llu wires", n->ninputs, n->ngates,
                   (unsigned long long)drawn_edges(n));
    tc_text_puts(&x, TITLE_LINE("11") "a gate is 1 if its weighted sum reaches its number \xc2\xb7 "
                                      "wires without a number weigh 1, dashed ones less than 0 "
                                      "\xc2\xb7 heavy line: output" TITLE_END);
    tc_dot_set_html(g, g, "label", x.s);
    free(x.s);
    draw_gates(g, n);
    ok = agwrite(g, out) == 0 && fflush(out) == 0 && !ferror(out);
    agclose(g);
    return ok || tc_fail(err, TC_EIO, (struct tc_loc){0}, "the picture cannot be written");
}
