/* test_exchange.c -- netlists in the formats of other tools: each text is read
 * again by a reader of its own and evaluated; the expansion into two-input logic
 * is simulated; constraints are propagated */
#include "check_main.h"
#include "netlist_text.h"
#include "exchange_read.h"

#include "../../ir/diagram.h"
#include "../../ir/expand.h"

/* ------------------------------------------------------------ random netlists */

static uint64_t state = 1;

static uint64_t rnd(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % below;
}

static void random_weight(mpz_ptr w, unsigned style)
{
    mpz_set_ui(w, 1);
    if (style == 1)
        mpz_set_ui(w, 1 + rnd(9));
    else if (style == 2)
        mpz_mul_2exp(w, w, rnd(71));
    else if (style == 3) {
        mpz_set_ui(w, rnd(UINT64_C(1) << 35) + 1);
        mpz_mul_ui(w, w, rnd(UINT64_C(1) << 35) + 1);
    } else if (style == 4)
        mpz_set_ui(w, 6 * (1 + rnd(5)));
    if (rnd(3) == 0)
        mpz_neg(w, w);
}

/* Edges in a text of their own, for the gates of a chain share them.  The bound
 * is where the sum is for some assignment, or one off, or out of reach. */
static void random_row(FILE *f, unsigned *wire, unsigned most_style)
{
    unsigned style = (unsigned)rnd(most_style + 1), chain = rnd(3) ? 1 : 1 + (unsigned)rnd(6);
    unsigned fan_in = (unsigned)rnd(*wire < 40 ? *wire + 1 : 41);
    mpz_t w, range, sum;
    char *edges;
    size_t len;
    FILE *e = open_memstream(&edges, &len);

    if (rnd(2) && fan_in > 5)
        fan_in = (unsigned)rnd(6);
    mpz_inits(w, range, sum, NULL);
    for (unsigned i = 0; i < fan_in; i++) {
        unsigned from = rnd(3) ? (unsigned)rnd(*wire) : *wire - 1 - (unsigned)rnd(*wire / 4 + 1);

        random_weight(w, style);
        gmp_fprintf(e, "%+Zd*%u ", w, from); /* a wire may come twice */
        if (rnd(2))
            mpz_add(sum, sum, w);
        mpz_abs(w, w);
        mpz_add(range, range, w);
    }
    fclose(e);
    for (unsigned t = 0; t < chain; t++) {
        unsigned kind = (unsigned)rnd(12);

        mpz_set(w, sum);
        if (kind == 0)
            mpz_set(w, range);
        else if (kind == 1)
            mpz_add_ui(w, range, 1 + rnd(3));
        else if (kind == 2)
            mpz_neg(w, range);
        else if (kind < 6)
            mpz_add_ui(w, w, 1);
        else if (kind < 8)
            mpz_sub_ui(w, w, rnd(5));
        gmp_fprintf(f, "%u = %s>= %Zd\n", (*wire)++, edges, w);
    }
    free(edges);
    mpz_clears(w, range, sum, NULL);
}

static struct tc_netlist *random_netlist(unsigned most_style)
{
    unsigned ninputs = rnd(10) ? 1 + (unsigned)rnd(45) : (unsigned)rnd(2), wire = ninputs;
    unsigned rows = (unsigned)rnd(25), outputs;
    struct tc_netlist *nl;
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    fprintf(f, "tc 1\ninputs %u\n", ninputs);
    if (ninputs > 4 && rnd(2))
        fprintf(f, "# a.b: input 0\n# a_b: input 3\n");
    if (wire == 0)
        fprintf(f, "%u = >= 0\n", wire++);
    for (unsigned r = 0; r < rows; r++)
        random_row(f, &wire, most_style);
    outputs = (unsigned)rnd(12);
    fprintf(f, "outputs");
    for (unsigned o = 0; o < outputs; o++)
        fprintf(f, " %u", (unsigned)rnd(wire));
    fprintf(f, "\n");
    fclose(f);
    nl = netlist_of_made(text);
    return nl;
}

/* every wire by its definition, for one assignment */
static void direct(const struct tc_netlist *nl, bool *wire)
{
    mpz_t sum, w;

    mpz_inits(sum, w, NULL);
    for (uint32_t r = 0; r < nl->nrows; r++) {
        mpz_set_ui(sum, 0);
        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
            tc_weight_get(nl, nl->weight[e], w);
            if (wire[nl->source[e]])
                mpz_add(sum, sum, w);
        }
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
            tc_weight_get(nl, nl->bound[g], w);
            wire[nl->ninputs + g] = mpz_cmp(sum, w) >= 0;
        }
    }
    mpz_clears(sum, w, NULL);
}

/* a random assignment, all wires; mostly of one kind of bits now and then */
static void random_wires(const struct tc_netlist *nl, bool *wire)
{
    unsigned bias = (unsigned)rnd(5);

    for (uint32_t i = 0; i < nl->ninputs; i++)
        wire[i] = rnd(4) < bias;
    direct(nl, wire);
}

static bool *new_wires(const struct tc_netlist *nl)
{
    return tc_xcalloc((size_t)nl->ninputs + nl->ngates + 1, sizeof(bool));
}

/* ---------------------------------------------------------------- expansion */

struct collected {
    struct {
        tc_lit a, b;
    } * node;
    uint32_t n, room, next; /* next variable */
};

static bool collect(void *ctx, uint32_t var, tc_lit a, tc_lit b)
{
    struct collected *c = ctx;

    ck_assert_uint_eq(var, c->next++);
    ck_assert(a > b && b > 1 && a / 2 < var);
    if (c->n == c->room) {
        c->room = 2 * c->room + 64;
        c->node = tc_xrealloc(c->node, c->room, sizeof *c->node);
    }
    c->node[c->n].a = a;
    c->node[c->n++].b = b;
    return true;
}

/* what expand.h promises, with lengths of weights for their digits */
static uint64_t promised(const struct tc_netlist *nl)
{
    uint64_t most = 0;
    mpz_t total, w;

    mpz_inits(total, w, NULL);
    for (uint32_t r = 0; r < nl->nrows; r++) {
        uint64_t bits = 0;

        mpz_set_ui(total, 1);
        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
            tc_weight_get(nl, nl->weight[e], w);
            mpz_abs(w, w);
            mpz_add(total, total, w);
            bits += mpz_sizeinbase(w, 2) + 1;
        }
        most += 7 * bits + (3 + nl->gate[r + 1] - nl->gate[r]) * (mpz_sizeinbase(total, 2) + 2);
    }
    mpz_clears(total, w, NULL);
    return most;
}

static void expands(const struct tc_netlist *nl, unsigned vectors)
{
    struct collected c = {.next = nl->ninputs + 1};
    struct tc_expansion e, again;
    struct tc_error err = {0};
    bool *wire = new_wires(nl), *var;

    ck_assert_msg(tc_expand(nl, collect, &c, &e, &err), "%s", err.msg);
    ck_assert(tc_expand(nl, NULL, NULL, &again, &err));
    ck_assert_uint_eq(e.nand, c.n);
    ck_assert_uint_eq(again.nand, c.n);
    ck_assert_uint_le(c.n, promised(nl));
    var = tc_xcalloc(c.next, sizeof *var);
    for (unsigned v = 0; v < vectors; v++) {
        random_wires(nl, wire);
        for (uint32_t i = 0; i < nl->ninputs; i++)
            var[i + 1] = wire[i];
        for (uint32_t k = 0; k < c.n; k++) {
            tc_lit a = c.node[k].a, b = c.node[k].b;

            var[nl->ninputs + 1 + k] = (var[a / 2] ^ (a & 1)) & (var[b / 2] ^ (b & 1));
        }
        for (uint32_t w = 0; w < nl->ninputs + nl->ngates; w++) {
            ck_assert_uint_eq(e.wire[w], again.wire[w]);
            ck_assert_msg((var[e.wire[w] / 2] ^ (e.wire[w] & 1)) == wire[w], "wire %u", w);
        }
    }
    free(c.node);
    free(e.wire);
    free(again.wire);
    free(var);
    free(wire);
}

START_TEST(test_expand_random)
{
    unsigned rounds = is_fast() ? 50 : 300;

    state = 0x9e3779b97f4a7c15;
    for (unsigned k = 0; k < rounds; k++) {
        struct tc_netlist *nl = random_netlist(4);

        expands(nl, 24);
        tc_netlist_free(nl);
    }
}
END_TEST

/* all inputs of all gates of three inputs with weights -3..3 */
START_TEST(test_expand_small)
{
    for (int a = -3; a <= 3; a++)
        for (int b = a; b <= 3; b++)
            for (int c = b; c <= 3; c++) {
                char text[800], edges[80];
                struct tc_netlist *nl;
                int n = snprintf(text, sizeof text, "tc 1\ninputs 3\n"), g = 3;

                snprintf(edges, sizeof edges, "%+d*0 %+d*1 %+d*2", a, b, c);
                if (!a || !b || !c)
                    snprintf(edges, sizeof edges, "%+d*0", a ? a : 1);
                for (int t = -10; t <= 10; t++)
                    n += snprintf(text + n, sizeof text - (size_t)n, "%d = %s >= %d\n", g++, edges,
                                  t);
                snprintf(text + n, sizeof text - (size_t)n, "outputs\n");
                nl = netlist_of_text(text);
                expands(nl, 30);
                tc_netlist_free(nl);
            }
}
END_TEST

static uint32_t nodes(const char *gates)
{
    char text[2000];
    struct tc_expansion e;
    struct tc_error err;
    struct tc_netlist *nl;

    snprintf(text, sizeof text, "tc 1\ninputs 8\n%s\noutputs 8\n", gates);
    nl = netlist_of_text(text);
    expands(nl, 50);
    ck_assert(tc_expand(nl, NULL, NULL, &e, &err));
    free(e.wire);
    tc_netlist_free(nl);
    return e.nand;
}

START_TEST(test_expand_sizes)
{
    ck_assert_uint_eq(nodes("8 = >= 0"), 0);
    ck_assert_uint_eq(nodes("8 = -5*3 >= -4"), 0);
    ck_assert_uint_eq(nodes("8 = +1*0 +1*1 +1*2 +1*3 >= 4"), 3);
    ck_assert_uint_eq(nodes("8 = +9*0 +5*1 -7*2 +1*3 >= -6"), 3); /* OR */
    ck_assert_uint_eq(nodes("8 = +9*0 +5*1 -7*2 >= 14"), 2);      /* AND */
    ck_assert_uint_eq(nodes("8 = +2*0 +1*1 >= 2"), 0);
    ck_assert_uint_eq(nodes("8 = +4*0 -4*1 +4*2 >= 3"), 4); /* majority */
    ck_assert_uint_eq(nodes("8 = +100*0 +99*1 +98*2 >= 150"), 4);
    ck_assert_uint_eq(nodes("8 = +1*0 +2*0 -3*0 >= 0"), 0); /* nothing is left */
    ck_assert_uint_eq(nodes("8 = +1*0 +1*1 >= 2\n9 = +1*1 +1*0 >= 2"), 1);
    ck_assert_uint_eq(nodes("8 = +1*0 +1*1 >= 2\n9 = -1*8 >= 0\n10 = +1*8 +1*9 >= 1"), 1);
    /* lists of conditions, and comparisons of words, are as many nodes as they have steps */
    ck_assert_uint_eq(nodes("8 = +8*0 +5*1 +3*2 +2*3 +1*4 +1*5 >= 8"), 5);
    ck_assert_uint_eq(nodes("8 = +8*0 -8*1 +4*2 -4*3 +2*4 -2*5 +1*6 -1*7 >= 0"), 3 * 4 + 1);
    /* a chain shares its sum */
    ck_assert_uint_le(nodes("8 = +1*0 +1*1 +1*2 +1*3 >= 1\n9 = +1*0 +1*1 +1*2 +1*3 >= 2\n"
                            "10 = +1*0 +1*1 +1*2 +1*3 >= 3\n11 = +1*0 +1*1 +1*2 +1*3 >= 4"),
                      7 * 4 + 2 * 3);
}
END_TEST

/* whether the node has that value */
static bool decided(const struct tc_diagram *d, size_t node, const bool *x)
{
    while (node > 1) {
        const struct tc_decision *n = &d->node[node];

        ck_assert(n->high < node && n->low < node && n->high != n->low);
        node = x[n->term] ? n->high : n->low;
    }
    return node == 1;
}

/* Functions of the wires from `term` on as tables over all n, that depend on the first of them;
 * those that the gate's diagram must have are counted by trying all values of the wires before. */
static unsigned subfunctions(unsigned n, const unsigned *w, unsigned t, unsigned term)
{
    uint64_t seen[64], low = (UINT64_C(1) << (1U << (n - term - 1))) - 1;
    unsigned count = 0;

    for (unsigned before = 0; before < 1U << term; before++) {
        uint64_t table = 0;
        unsigned sum = 0, k = 0;

        for (unsigned i = 0; i < term; i++)
            sum += before >> i & 1 ? w[i] : 0;
        for (unsigned rest = 0; rest < 1U << (n - term); rest++) {
            unsigned all = sum; /* the bit of wire `term` is the highest */

            for (unsigned i = term; i < n; i++)
                all += rest >> (n - 1 - i) & 1 ? w[i] : 0;
            table |= (uint64_t)(all >= t) << rest;
        }
        if ((table >> (1U << (n - term - 1))) == (table & low))
            continue;
        while (k < count && seen[k] != table)
            k++;
        count += k == count;
        seen[k] = table;
    }
    return count;
}

/* diagrams compute their gates, and each function is there once */
START_TEST(test_diagram)
{
    struct tc_diagram d = {0};
    mpz_t z;

    mpz_init(z);
    state = 5;
    for (unsigned round = 0; round < 2000; round++) {
        unsigned n = 1 + (unsigned)rnd(6), w[6], total = 0, t, want = 0;
        size_t node, again;

        tc_diagram_start(&d);
        for (unsigned i = 0; i < n; i++) {
            w[i] = 1 + (unsigned)rnd(round % 3 ? 4 : 40);
            total += w[i];
            mpz_set_ui(z, w[i]);
            tc_diagram_term(&d, z);
        }
        t = (unsigned)rnd(total + 3);
        for (unsigned i = 0; i < n; i++)
            want += subfunctions(n, w, t, i);
        mpz_set_ui(z, t);
        ck_assert(tc_diagram_gate(&d, z, want, &node));
        ck_assert_uint_eq(d.nnode - 2, want);
        ck_assert(tc_diagram_gate(&d, z, want, &again) && again == node);
        for (unsigned v = 0; v < 1U << n; v++) {
            bool x[6];
            unsigned sum = 0;

            for (unsigned i = 0; i < n; i++) {
                x[i] = v >> i & 1;
                sum += x[i] ? w[i] : 0;
            }
            ck_assert(decided(&d, node, x) == (sum >= t));
        }
        tc_diagram_start(&d); /* no room for the last node */
        for (unsigned i = 0; i < n; i++) {
            mpz_set_ui(z, w[i]);
            tc_diagram_term(&d, z);
        }
        mpz_set_ui(z, t);
        ck_assert(tc_diagram_gate(&d, z, want ? want - 1 : 0, &node) == (want == 0));
    }
    tc_diagram_free(&d);
    mpz_clear(z);
}
END_TEST

/* long diagrams take no stack, and wide ones end soon */
START_TEST(test_diagram_large)
{
    struct tc_diagram d = {0};
    size_t node;
    mpz_t z;

    mpz_init(z);
    for (unsigned wide = 0; wide < 2; wide++) {
        tc_diagram_start(&d);
        for (unsigned i = 0; i < 300000; i++) {
            mpz_set_ui(z, 1);
            tc_diagram_term(&d, z);
        }
        mpz_set_ui(z, wide ? 150000 : 1);
        ck_assert(tc_diagram_gate(&d, z, SIZE_MAX, &node) == !wide);
        if (!wide)
            ck_assert_uint_eq(d.nnode - 2, 300000);
    }
    tc_diagram_free(&d);
    mpz_clear(z);
}
END_TEST

/* a majority of many: seven nodes an edge, and not one for each subset */
START_TEST(test_expand_wide)
{
    unsigned n = 1001;
    struct tc_expansion e;
    struct tc_error err;
    struct tc_netlist *nl;
    char *text;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    fprintf(f, "tc 1\ninputs %u\n%u =", n, n);
    for (unsigned i = n; i-- > 0;)
        fprintf(f, " +1*%u", i);
    fprintf(f, " >= %u\noutputs %u\n", n / 2 + 1, n);
    fclose(f);
    nl = netlist_of_text(text);
    expands(nl, 20);
    ck_assert(tc_expand(nl, NULL, NULL, &e, &err));
    ck_assert_uint_le(e.nand, 7 * n + 40);
    free(e.wire);
    tc_netlist_free(nl);
    free(text);
}
END_TEST

static bool refuse(void *ctx, uint32_t var, tc_lit a, tc_lit b)
{
    (void)ctx, (void)var, (void)a, (void)b;
    return false;
}

START_TEST(test_expand_stops)
{
    struct tc_netlist *nl = netlist_of_text("tc 1\ninputs 2\n2 = +1*0 +1*1 >= 2\noutputs 2\n");
    struct tc_error err = {0};
    struct tc_expansion e;

    ck_assert(!tc_expand(nl, refuse, NULL, &e, &err));
    ck_assert_int_eq((int)err.kind, 0);
    tc_netlist_free(nl);
}
END_TEST

/* ------------------------------------------------------------------ writers */

static char *written(tc_netlist_writer *write, const struct tc_netlist *nl,
                     const struct tc_export *x, size_t *len)
{
    struct tc_error err = {0};
    char *text;
    FILE *f = open_memstream(&text, len);

    ck_assert_msg(write(f, nl, x, &err), "%s", err.msg);
    fclose(f);
    return text;
}

static void same_as_run(tc_netlist_writer *write, void (*eval)(char *, const struct eval *),
                        const struct tc_netlist *nl)
{
    bool *wire = new_wires(nl), *out = tc_xcalloc(nl->noutputs + (size_t)1, sizeof *out);
    uint64_t *in = tc_xcalloc(nl->ninputs + (size_t)1, sizeof *in);
    uint64_t *result = tc_xcalloc(nl->noutputs + (size_t)1, sizeof *result);
    struct eval e = {wire, out, nl->ninputs, nl->noutputs};
    struct tc_error err;
    size_t len;
    char *text = written(write, nl, NULL, &len), *copy = tc_xcalloc(len + 1, 1);

    for (unsigned v = 0; v < 8; v++) {
        random_wires(nl, wire);
        for (uint32_t i = 0; i < nl->ninputs; i++)
            in[i] = wire[i];
        ck_assert(tc_netlist_run(nl, in, result, 1, &err));
        memcpy(copy, text, len + 1);
        eval(copy, &e);
        for (uint32_t o = 0; o < nl->noutputs; o++) {
            ck_assert_int_eq(out[o], (int)(result[o] & 1));
            ck_assert_int_eq(out[o], wire[nl->output[o]]);
        }
    }
    free(text);
    free(copy);
    free(wire);
    free(out);
    free(in);
    free(result);
}

static const struct {
    const char *name;
    tc_netlist_writer *write;
    void (*eval)(char *, const struct eval *);
    unsigned style; /* the largest weights it can say */
} forms[] = {
    {"th", tc_write_th, eval_th, 1},
    {"graphml", tc_write_graphml, eval_graphml, 4},
    {"verilog", tc_write_verilog, eval_verilog, 4},
    {"blif", tc_write_blif, eval_blif, 4},
    {"aiger", tc_write_aiger, eval_aiger, 4},
    {"aag", tc_write_aag, eval_aiger, 4},
};

START_TEST(test_writers)
{
    unsigned rounds = is_fast() ? 10 : 30;

    state = 0x1234567 + (uint64_t)_i;
    for (unsigned k = 0; k < rounds; k++) {
        struct tc_netlist *nl = random_netlist(forms[_i].style);

        same_as_run(forms[_i].write, forms[_i].eval, nl);
        tc_netlist_free(nl);
    }
}
END_TEST

/* -------------------------------------------------------------- constraints */

struct constraint {
    unsigned n;
    unsigned *var; /* from 1 */
    mpz_t *coef, bound;
};

struct system {
    unsigned nvar, n, ninputs, noutputs;
    struct constraint *at;
    unsigned *input;
    int *output; /* literals */
};

static void add_coef(struct constraint *c, unsigned var, mpz_srcptr w)
{
    c->var = tc_xrealloc(c->var, c->n + (size_t)1, sizeof *c->var);
    c->coef = tc_xrealloc(c->coef, c->n + (size_t)1, sizeof *c->coef);
    c->var[c->n] = var;
    mpz_init_set(c->coef[c->n++], w);
}

static void parse_opb(struct constraint *c, char *line)
{
    char *save, *word = strtok_r(line, " ", &save);
    mpz_t w;

    mpz_init(w);
    for (; strcmp(word, ">=") != 0; word = strtok_r(NULL, " ", &save)) {
        ck_assert_int_eq(mpz_set_str(w, word + (*word == '+'), 10), 0);
        word = strtok_r(NULL, " ", &save);
        ck_assert_int_eq(*word, 'x');
        add_coef(c, (unsigned)strtoul(word + 1, NULL, 10), w);
    }
    ck_assert_int_eq(mpz_set_str(c->bound, strtok_r(NULL, " ", &save), 10), 0);
    ck_assert_str_eq(strtok_r(NULL, " ", &save), ";");
    mpz_clear(w);
}

/* a clause holds if the sum of its literals is at least 1 */
static void parse_clause(struct constraint *c, char *line)
{
    char *end;
    mpz_t w;

    mpz_init(w);
    mpz_set_ui(c->bound, 1);
    for (long l = strtol(line, &end, 10); l; l = strtol(end, &end, 10)) {
        mpz_set_si(w, l < 0 ? -1 : 1);
        add_coef(c, (unsigned)labs(l), w);
        mpz_sub_ui(c->bound, c->bound, l < 0);
    }
    mpz_clear(w);
}

static void parse_system(struct system *s, char *text, bool opb)
{
    unsigned count = 0, total = 0;
    char *line;

    *s = (struct system){0};
    if (opb)
        ck_assert_int_eq(sscanf(text, "* #variable= %u #constraint= %u", &s->nvar, &total), 2);
    else
        ck_assert_int_eq(sscanf(strstr(text, "\np cnf ") + 1, "p cnf %u %u", &s->nvar, &total), 2);
    s->at = tc_xcalloc(total + (size_t)1, sizeof *s->at);
    s->input = tc_xcalloc(strlen(text), sizeof *s->input);
    s->output = tc_xcalloc(strlen(text), sizeof *s->output);
    while ((line = next_line(&text))) {
        int skip_sign = opb ? 'x' : ' ';

        if (line[0] == (opb ? '*' : 'c')) {
            char *last = strrchr(line, skip_sign);

            if (!strncmp(line + 2, "input ", 6))
                s->input[s->ninputs++] = (unsigned)atoi(last + 1);
            if (!strncmp(line + 2, "output ", 7))
                s->output[s->noutputs++] = atoi(last + 1);
        } else if (line[0] != 'p') {
            ck_assert_uint_lt(count, total);
            mpz_init(s->at[count].bound);
            (opb ? parse_opb : parse_clause)(&s->at[count++], line);
        }
    }
    ck_assert_uint_eq(count, total);
    s->n = count;
}

static void system_free(struct system *s)
{
    for (unsigned k = 0; k < s->n; k++) {
        for (unsigned i = 0; i < s->at[k].n; i++)
            mpz_clear(s->at[k].coef[i]);
        mpz_clear(s->at[k].bound);
        free(s->at[k].var);
        free(s->at[k].coef);
    }
    free(s->at);
    free(s->input);
    free(s->output);
}

/* value: 0, 1 or -1 for unknown; false if the constraint cannot hold any more.
 * Sets what must be so: a coefficient above the slack. */
static bool propagate(const struct constraint *c, signed char *value, bool *more)
{
    bool holds;
    mpz_t slack;

    mpz_init(slack);
    mpz_neg(slack, c->bound);
    for (unsigned i = 0; i < c->n; i++) {
        signed char x = value[c->var[i]];

        if (x == 1 || (x < 0 && mpz_sgn(c->coef[i]) > 0))
            mpz_add(slack, slack, c->coef[i]);
    }
    holds = mpz_sgn(slack) >= 0;
    for (unsigned i = 0; holds && i < c->n; i++)
        if (value[c->var[i]] < 0 && mpz_cmpabs(c->coef[i], slack) > 0) {
            value[c->var[i]] = mpz_sgn(c->coef[i]) > 0;
            *more = true;
        }
    mpz_clear(slack);
    return holds;
}

static bool all_hold(const struct system *s, signed char *value)
{
    bool ok = true, more;

    for (unsigned k = 0; ok && k < s->n; k++)
        ok = propagate(&s->at[k], value, &more);
    return ok;
}

static void defines(const struct tc_netlist *nl, bool opb)
{
    bool *wire = new_wires(nl);
    struct system s;
    signed char *value;
    size_t len;
    char *text = written(opb ? tc_write_opb : tc_write_cnf, nl, NULL, &len);

    parse_system(&s, text, opb);
    ck_assert_uint_eq(s.ninputs, nl->ninputs);
    ck_assert_uint_eq(s.noutputs, nl->noutputs);
    value = tc_xcalloc(s.nvar + (size_t)1, sizeof *value);
    for (unsigned v = 0; v < 4; v++) {
        bool more = true;

        random_wires(nl, wire);
        memset(value, -1, s.nvar + (size_t)1);
        for (uint32_t i = 0; i < nl->ninputs; i++)
            value[s.input[i]] = wire[i];
        while (more) {
            more = false;
            for (unsigned k = 0; k < s.n; k++)
                ck_assert(propagate(&s.at[k], value, &more));
        }
        for (unsigned x = 1; x <= s.nvar; x++) /* so there is one extension */
            ck_assert_int_ge(value[x], 0);
        for (uint32_t w = 0; opb && w < nl->ninputs + nl->ngates; w++)
            ck_assert_int_eq(value[w + 1], wire[w]);
        for (uint32_t o = 0; o < nl->noutputs; o++)
            ck_assert_int_eq(value[abs(s.output[o])] != (s.output[o] < 0), wire[nl->output[o]]);
        /* each in a small system, some in a large one */
        for (unsigned x = nl->ninputs + 1; x <= s.nvar; x += 1 + (unsigned)rnd(s.nvar / 100 + 1)) {
            value[x] = !value[x];
            ck_assert_msg(!all_hold(&s, value), "x%u may be either", x);
            value[x] = !value[x];
        }
    }
    system_free(&s);
    free(value);
    free(wire);
    free(text);
}

START_TEST(test_constraints)
{
    unsigned rounds = is_fast() ? 8 : 30;

    state = 77 + (uint64_t)_i;
    for (unsigned k = 0; k < rounds; k++) {
        struct tc_netlist *nl = random_netlist(_i ? 4 : 1);

        defines(nl, _i);
        tc_netlist_free(nl);
    }
}
END_TEST

/* ------------------------------------------------------------ names, limits */

START_TEST(test_names)
{
    struct tc_netlist *nl = netlist_of_text("tc 1\ninputs 7\n"
                                            "# a.b: input 1\n# a_b: input 2\n# 3'x: input 3\n"
                                            "# Y: input 5\n7 = +1*0 +1*6 >= 2\noutputs 7 0 7\n");
    struct tc_place output[] = {{"Y", 0, 0}, {"Z[]", 1, 0}};
    struct tc_export x = {.name = "two words", .noutput = 2, .output = output};
    size_t len;
    char *text = written(tc_write_th, nl, &x, &len);

    ck_assert_msg(strstr(text, ".model two_words\n"
                               ".inputs x_0 a_b_0 a_b__0 _3_x_0 _3_x_1 Y_0 Y_1\n"
                               ".outputs Y__0 Z___0 Z___1\n"),
                  "%s", text);
    free(text);
    text = written(tc_write_th, nl, NULL, &len);
    ck_assert_ptr_nonnull(strstr(text, ".outputs y_0 y_1 y_2\n"));
    free(text);
    tc_netlist_free(nl);
}
END_TEST

START_TEST(test_th_limits)
{
    static const char *const gate[] = {
        "+2147483647*0 >= -2147483648", "-2147483648*0 >= 0", "+2147483648*0 >= 1",
        "+1*0 >= 2147483648",           "-2147483649*0 >= 1", "+1*0 >= -99999999999999999999"};

    for (size_t k = 0; k < sizeof gate / sizeof *gate; k++) {
        struct tc_error err = {0};
        struct tc_netlist *nl;
        char text[100];
        FILE *f = tmpfile();

        snprintf(text, sizeof text, "tc 1\ninputs 1\n1 = %s\noutputs 1\n", gate[k]);
        nl = netlist_of_text(text);
        ck_assert_int_eq(tc_write_th(f, nl, NULL, &err), k < 2);
        if (k >= 2) {
            ck_assert_int_eq((int)err.kind, TC_ELIMIT);
            ck_assert_ptr_nonnull(strstr(err.msg, "32 bits"));
        }
        tc_netlist_free(nl);
        fclose(f);
    }
}
END_TEST

START_TEST(test_disk_full)
{
    static tc_netlist_writer *const all[] = {tc_write_th,      tc_write_opb,  tc_write_graphml,
                                             tc_write_verilog, tc_write_blif, tc_write_aiger,
                                             tc_write_aag,     tc_write_cnf};
    struct tc_netlist *nl = netlist_of_text("tc 1\ninputs 2\n2 = +1*0 +1*1 >= 2\noutputs 2\n");

    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        struct tc_error err = {0};
        FILE *f = fopen("/dev/full", "w");

        if (!f)
            break;
        ck_assert(!all[k](f, nl, NULL, &err));
        ck_assert_int_eq((int)err.kind, 0);
        fclose(f);
    }
    tc_netlist_free(nl);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("exchange");
    TCase *t = tcase_create("expand"), *w = tcase_create("write");

    tcase_set_timeout(t, 60);
    tcase_set_timeout(w, 60);
    tcase_add_test(t, test_expand_sizes);
    tcase_add_test(t, test_expand_small);
    tcase_add_test(t, test_expand_random);
    tcase_add_test(t, test_diagram);
    tcase_add_test(t, test_diagram_large);
    tcase_add_test(t, test_expand_wide);
    tcase_add_test(t, test_expand_stops);
    tcase_add_loop_test(w, test_writers, 0, (int)(sizeof forms / sizeof *forms));
    tcase_add_loop_test(w, test_constraints, 0, 2);
    tcase_add_test(w, test_names);
    tcase_add_test(w, test_th_limits);
    tcase_add_test(w, test_disk_full);
    suite_add_tcase(s, t);
    suite_add_tcase(s, w);
    return check_status(s);
}
