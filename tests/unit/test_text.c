/* the text form of families: round trips, and what the reader refuses */
#include "../../ir/ir.h"
#include "check_main.h"
#include "family_text.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ helpers */

/* a computed table: entry (x, y) = scale * x - y */
static void *ramp_open(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                       struct tc_error *err)
{
    int64_t *scale = tc_alloc(a, 1, sizeof *scale);
    char *end;

    if (strncmp(parameters, "scale=", 6) == 0) {
        *scale = strtoll(parameters + 6, &end, 10);
        if (end > parameters + 6)
            return scale;
    }
    tc_fail(err, TC_EFORMAT, loc, "found '%s', wanted scale=", parameters);
    return NULL;
}

static void ramp_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    int64_t x[2] = {arg[0], arg[1]};

    for (size_t s = 0; s < count; s++, x[axis] += step)
        out[s] = *(const int64_t *)state * x[0] - x[1];
}

static int64_t ramp_max(const void *state)
{
    return 1000 * *(const int64_t *)state;
}

static const struct tc_function ramp = {"ramp", 2, ramp_open, ramp_eval, ramp_max};

static struct tc_family *family_of_xml(const char *text, size_t n, struct tc_error *err)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, n, "r");
    struct tc_family *f;

    ck_assert_ptr_nonnull(in);
    f = tc_family_read_xml(in, "t.xml", err);
    fclose(in);
    return f;
}

static char *xml_of(const struct tc_family *f, size_t *n)
{
    struct tc_error err = {0};
    char *s = NULL;
    FILE *out = open_memstream(&s, n);

    ck_assert_ptr_nonnull(out);
    ck_assert_msg(tc_family_write_xml(out, f, &err), "%s", err.msg);
    fclose(out);
    return s;
}

/* through XML to the same text */
static void through_xml(const struct tc_family *f, const char *text)
{
    struct tc_error err = {0};
    size_t n;
    char *xml = xml_of(f, &n), *back;
    struct tc_family *g = family_of_xml(xml, n, &err);

    ck_assert_msg(g != NULL, "%u: %s\n%s\n%s", err.loc.line, err.msg, text, xml);
    back = text_of(g);
    ck_assert_str_eq(back, text);
    tc_family_free(g);
    free(back);
    free(xml);
}

/* writes, reads, checks and writes again; gives the text, to be freed */
static char *round_trip(const struct tc_family *f)
{
    struct tc_error err = {0};
    char *first = text_of(f), *second;
    struct tc_family *g;

    ck_assert_msg(tc_family_check(f, &err), "before: %s\n%s", err.msg, first);
    g = try_family(first, &err);
    ck_assert_msg(g != NULL, "%u:%u: %s\n%s", err.loc.line, err.loc.col, err.msg, first);
    ck_assert_msg(tc_family_check(g, &err), "after: %s\n%s", err.msg, first);
    second = text_of(g);
    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(f->nbank, g->nbank);
    for (unsigned k = 0; k < f->nbank; k++) {
        const struct tc_bank *a = f->bank[k], *b = g->bank[k];

        ck_assert_uint_eq(a->plane.naxis, b->plane.naxis);
        ck_assert_uint_eq(a->plane.level, b->plane.level);
        ck_assert_uint_eq(a->form.nterm, b->form.nterm);
        ck_assert_int_eq(mpz_cmp(a->form.lo, b->form.lo), 0);
        ck_assert_int_eq(mpz_cmp(a->form.hi, b->form.hi), 0);
        ck_assert_int_eq(mpz_cmp(a->theta.lo, b->theta.lo), 0);
        ck_assert_int_eq(mpz_cmp(a->theta.hi, b->theta.hi), 0);
        ck_assert(b->monotone == (!a->plane.chain || a->monotone));
        ck_assert_str_eq(a->component, b->component);
        if (a->note && *a->note)
            ck_assert_str_eq(a->note, b->note);
        else
            ck_assert_ptr_null(b->note);
    }
    tc_family_free(g);
    free(second);
    through_xml(f, first);
    return first;
}

/* --------------------------------------------------------------- round trips */

static struct tc_axis ax(struct tc_family *f, const struct tc_index *ix)
{
    return tc_axis_of(f->arena, ix);
}

/* every construct there is */
static struct tc_family *rich(void)
{
    struct tc_family *f = tc_family_new("all-constructs");
    struct tc_arena *a = f->arena;
    struct tc_error err;
    const struct tc_poly *n, *d, *T;
    const struct tc_index *i, *j, *k, *c, *bit, *bit2, *t, *l;
    struct tc_table *pw, *big, *len, *perm, *theta, *rot;
    struct tc_plane *x, *w;
    struct tc_bank *both, *q, *s, *y;
    struct tc_form form, th;
    mpz_ptr entries[3];

    tc_family_param(f, "n", 4);
    tc_family_param(f, "d", 2);
    n = tc_poly_symbol(a, "n");
    d = tc_poly_symbol(a, "d");
    T = tc_family_symbol(f, "T_q", 5, "thresholds of q; see # 7, \\ and \"x\"");
    tc_family_symbol(f, "ceil(log2(n))", 2, NULL);
    tc_family_symbol(f, "odd name", 3, "line one\nline two ");

    pw = tc_table_dense(f, "pw", 1, (int64_t[]){4}, (int64_t[]){1, 2, 4, -8});
    for (int e = 0; e < 3; e++) {
        entries[e] = tc_mpz(a);
        mpz_ui_pow_ui(entries[e], 3, (unsigned)(60 * e));
    }
    big = tc_table_dense_mpz(f, "big", 1, (int64_t[]){3}, entries);
    len = tc_table_dense(f, "len", 1, (int64_t[]){4}, (int64_t[]){2, 5, 3, 5});
    perm = tc_table_dense(f, "perm", 1, (int64_t[]){8}, (int64_t[]){1, 0, 3, 2, 0, 1, 2, 3});
    theta =
        tc_table_dense(f, "theta", 2, (int64_t[]){4, 5},
                       (int64_t[]){-9, 0, 1, 2, 3, 1, 2, 3, 4, 5, 0, 0, 7, 7, 9, 1, 1, 1, 1, 1});
    rot = tc_table_computed(f, "rot", &ramp, "scale=2 (twice)", &err);
    ck_assert_ptr_nonnull(rot);

    i = tc_index_new(f, "i", 4, n);
    c = tc_index_new(f, "c", 2, d);
    bit = tc_index_new(f, "a", 4, NULL);
    x = tc_family_input(f, "X", 3, (const struct tc_index *[]){i, c, bit});
    l = tc_index_new(f, "l", 1, tc_poly_div(a, d, tc_poly_int(a, 2)));
    w = tc_family_input(f, "weights of W", 2, (const struct tc_index *[]){c, l});

    /* one gate a point; the other bit has the same name */
    bit2 = tc_index_new(f, "a", 4, NULL);
    form = tc_form_add(f, tc_form_wire(f, x, (struct tc_axis[]){ax(f, i), ax(f, c), ax(f, bit)}),
                       tc_form_wire(f, x, (struct tc_axis[]){ax(f, i), ax(f, c), ax(f, bit2)}));
    both = tc_bank_new(f, "x.and", form, NULL, tc_form_si(f, 2), false, 0, NULL, "in.and",
                       "product of bits");

    /* a chain whose length depends on i, with a table of thresholds, over sums */
    form = tc_form_wire(
        f, &both->plane,
        (struct tc_axis[]){
            {.at = {0}, .via = perm, .arg = ax(f, i).at}, ax(f, c), ax(f, bit), ax(f, bit2)});
    form = tc_form_times(f, form, pw, (struct tc_axis[]){ax(f, bit)});
    form = tc_form_times(f, form, pw, (struct tc_axis[]){ax(f, bit2)});
    form = tc_form_sub(
        f, form,
        tc_form_times(
            f,
            tc_form_scale_si(
                f, tc_form_wire(f, x, (struct tc_axis[]){ax(f, i), ax(f, c), tc_axis_const(3)}), 3),
            rot, (struct tc_axis[]){tc_axis_plus(a, ax(f, i), -2, c), ax(f, bit)}));
    form = tc_form_sum(f, form, 3, (const struct tc_index *[]){c, bit, bit2}, 0, NULL);
    form = tc_form_add(f, form, tc_form_table(f, big, (struct tc_axis[]){tc_axis_const(2)}));
    form = tc_form_add(f, form, tc_form_si(f, -7));
    form = tc_form_range(f, form, tc_mpz_si(a, -128), entries[2]);
    t = tc_index_new(f, "t", 5, T);
    th = tc_form_table(f, theta, (struct tc_axis[]){ax(f, i), ax(f, t)});
    {
        struct tc_guard g = {tc_axis_plus(a, tc_axis_const(-1), -1, t)};

        g.expr.via = len;
        g.expr.arg = ax(f, i).at;
        q = tc_bank_new(f, "q", form, t, th, true, 1, &g, "attention.q",
                        "odd characters: \" \\ \t # \xc3\xa9 and blanks at the end  ");
    }

    /* causal: j <= i, sums with guards, an axis with a shift */
    j = tc_index_new(f, "j", 4, n);
    k = tc_index_new(f, "k", 4, n);
    {
        struct tc_guard causal = tc_guard_le(a, j, i), inner = tc_guard_le(a, k, j), low;
        struct tc_form g, one;

        low = (struct tc_guard){tc_axis_plus(a, tc_axis_const(-1), -1, t)};
        low.expr.via = len;
        low.expr.arg = ax(f, j).at;
        g = tc_form_wire(f, &q->plane, (struct tc_axis[]){ax(f, j), ax(f, t)});
        g = tc_form_sum(f, g, 1, &t, 1, &low);
        g = tc_form_add(f, g, tc_form_si(f, -2));
        one = tc_form_wire(f, x,
                           (struct tc_axis[]){tc_axis_plus(a, ax(f, i), -1, j), tc_axis_const(1),
                                              tc_axis_const(0)});
        g = tc_form_add(f, g, tc_form_scale_si(f, one, -1));
        one = tc_form_sum(f, tc_form_si(f, 2), 1, &k, 1, &inner);
        g = tc_form_add(f, g, one);
        s = tc_bank_new(f, "s.le", g, NULL, tc_form_si(f, 0), true, 1, &causal, "attention/2",
                        NULL);
    }

    /* thresholds with wires; no index at all but the chain */
    {
        struct tc_form g = tc_form_si(f, 1), v;
        struct tc_guard later = tc_guard_le(a, j, i);

        v = tc_form_wire(f, &s->plane, (struct tc_axis[]){ax(f, i), ax(f, j)});
        v = tc_form_sum(f, v, 2, (const struct tc_index *[]){i, j}, 1, &later);
        g = tc_form_add(f, g,
                        tc_form_wire(f, w, (struct tc_axis[]){tc_axis_const(1), tc_axis_const(0)}));
        g = tc_form_add(f, g, v);
        y = tc_bank_new(
            f, "y", g, t,
            tc_form_add(
                f,
                tc_form_sub(
                    f, v,
                    tc_form_wire(f, w, (struct tc_axis[]){tc_axis_const(0), tc_axis_const(0)})),
                tc_form_table(f, theta, (struct tc_axis[]){tc_axis_const(1), ax(f, t)})),
            false, 0, NULL, "", "");
    }
    tc_family_output(f, "Y", &y->plane);
    tc_family_output(f, "other output", &both->plane);
    return f;
}

START_TEST(round_trip_of_every_construct)
{
    struct tc_family *f = rich();
    char *s = round_trip(f);
    static const char *const lines[] = {
        "tcf 1\nfamily \"all-constructs\"\nparam n = 4\nparam d = 2\n",
        "symbol T_q = 5  # thresholds of q; see # 7, \\\\ and \"x\"\n",
        "symbol ceil(log2(n)) = 2\n",
        "symbol \"odd name\" = 3  # line one\\nline two\\x20\n",
        "table big(3) = 1 42391158275216203514294433201\n"
        "    1797010299914431210413179829509605039731475627537851106401\n",
        "table theta(4, 5) = -9 0 1 2 3 1 2 3 4 5 0 0 7 7 9 1 1 1 1 1\n",
        "table rot = ramp(scale=2 (twice))\n",
        "input \"weights of W\"[c<d, l<1/2*d]\n",
        "bank x.and[i<n, c<d, a<4, a'<4] level 1: X[i, c, a] + X[i, c, a'] >= 2  @ in.and  # "
        "product "
        "of bits\n",
        "bank q[i<n; t<T_q | t < len(i)] level 2 monotone: sum{c<d, a<4, a'<4} pw(a)*pw(a')*"
        "x.and[perm(i), c, a, a'] - sum{c<d, a<4} 12*rot(i - 2*c, a)*X[i, c, 3] + big(2) - 7 in "
        "[-128, 1797010299914431210413179829509605039731475627537851106401] >= theta(i, t)  @ "
        "attention.q  # odd characters: \" \\\\ \\x09 # \xc3\xa9 and blanks at the "
        "end\\x20\\x20\n",
        "bank s.le[i<n, j<n | j <= i] level 3: sum{t<T_q | t < len(j)} q[j; t] - "
        "X[i - j, 1, 0] + sum{k<n | k <= j} 2 - 2 >= 0  @ \"attention/2\"\n",
        "bank y[; t<T_q] level 4: \"weights of W\"[1, 0] + sum{i<n, j<n | j <= i} s.le[i, j] + 1 "
        ">= "
        "sum{i<n, j<n | j <= i} s.le[i, j] - \"weights of W\"[0, 0] + theta(1, t)\n",
        "output Y = y\noutput \"other output\" = x.and\n",
    };

    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
        ck_assert_msg(strstr(s, lines[k]) != NULL, "'%s' is not in\n%s", lines[k], s);
    free(s);
    tc_family_free(f);
}
END_TEST

/* what is read need not be written in the writer's way */
START_TEST(loose_text)
{
    static const char *const text =
        "  # a comment before all\n\n"
        "tcf 1 # version\n"
        "family f # no note\n"
        "param n=3\r\n"
        "symbol T = 5 #  what it stands for  \n"
        "table w( 3 )=1\n"
        "    2 # in the middle\n"
        "    3\n"
        "# between\n"
        "input X [ i< n , a < n - 1 ] # trailing\n"
        "bank y [ i<n, j<n; t<T\n"
        "         | i>=j, j+1 > 0, 2 + i >= j - t ]\n"
        "   level 1 : -sum{a<2|a<=i} ( X[i,a] - 2 * 3*w(j)*X[j, 1 - a] )\n"
        "   + 4 + 3 >= -2 + 4\n"
        "  @ part # its note\n"
        "\n"
        "output Y=y";
    static const char *const canonical =
        "tcf 1\n"
        "family f\n"
        "param n = 3\n"
        "symbol T = 5  # what it stands for\n"
        "table w(3) = 1 2 3\n"
        "input X[i<n, a<n - 1]\n"
        "bank y[i<n, j<n; t<T | j <= i, 0 <= j, j <= i + t + 2] level 1: "
        "sum{a<2 | a <= i} (-X[i, a] + 6*w(j)*X[j, 1 - a]) + 4 + 3 >= -2 + 4  @ part  # its note\n"
        "output Y = y\n";
    struct tc_error err = {0};
    struct tc_family *f;
    char *s;

    f = try_family(text, &err);
    ck_assert_msg(f != NULL, "%u:%u: %s", err.loc.line, err.loc.col, err.msg);
    s = text_of(f);
    ck_assert_str_eq(s, canonical);
    free(s);
    free(round_trip(f));
    tc_family_free(f);
}
END_TEST

START_TEST(empty_family)
{
    struct tc_family *f = tc_family_new("nothing");
    char *s = round_trip(f);

    ck_assert_str_eq(s, "tcf 1\nfamily nothing\n");
    free(s);
    tc_family_free(f);
}
END_TEST

/* long tables are wrapped, and read as one */
START_TEST(long_tables)
{
    struct tc_family *f = tc_family_new("long");
    int64_t entry[500];
    struct tc_error err = {0};
    struct tc_family *g;
    char *s;

    for (int k = 0; k < 500; k++)
        entry[k] = k % 7 == 0 ? INT64_MIN : k % 7 == 1 ? INT64_MAX : k * k - 1000;
    tc_table_dense(f, "a.b", 2, (int64_t[]){10, 50}, entry);
    tc_table_dense(f, "none", 0, NULL, entry);
    s = round_trip(f);
    for (const char *p = s, *q; (q = strchr(p, '\n')); p = q + 1)
        ck_assert_int_le(q - p, 100);
    g = try_family(s, &err);
    ck_assert(tc_table_equal(f->table[0], g->table[0]));
    ck_assert(tc_table_equal(f->table[1], g->table[1]));
    free(s);
    tc_family_free(f);
    tc_family_free(g);
}
END_TEST

/* ------------------------------------------------------------------ refusals */

#define HEAD "tcf 1\nfamily f\n"
#define INPUTS                                                                                     \
    HEAD "param n = 3\nsymbol T = 5\ntable w(3) = 1 2 3\ntable m(2, 2) = 1 2 3 4\n"                \
         "input X[i<n, a<2]\n"
#define BANK INPUTS "bank q[i<n; t<3] level 1 monotone: X[i, 0] + X[i, 1] >= w(t)\n"

/* text, and line:column: message */
static const char *const malformed[][2] = {
    {"\n", "2:1: found the end of the file, wanted tcf 1"},
    {"tc 1\n", "1:1: found 'tc', wanted tcf 1"},
    {"tcf 2\n", "1:5: found version 2, wanted 1"},
    {"tcf 1 1\n", "1:7: found '1', wanted the end of the line"},
    {"tcf 1\ninput X[i<2]\n", "2:1: found 'input', wanted family and its name"},
    {"tcf 1\nfamily\n", "2:7: found the end of the line, wanted the name of the family"},
    {"tcf 1\nfamily f g\n", "2:10: found 'g', wanted the end of the line"},
    {HEAD "bnak y\n", "3:1: found 'bnak', wanted param, symbol, table, input, bank or output"},
    {HEAD "\"param\" n = 3\n",
     "3:1: found '\"param\"', wanted param, symbol, table, input, bank or output"},
    {HEAD "param n 3\n", "3:9: found '3', wanted '=' and a value"},
    {HEAD "param n = x\n", "3:11: found 'x', wanted an integer"},
    {HEAD "param n = 3 4\n", "3:13: found '4', wanted the end of the line"},
    {HEAD "param n = 3\nparam n = 4\n", "4:7: the name n is taken"},
    {HEAD "symbol T = 3\nparam n = 4\n", "4:7: param n stands behind a symbol"},
    {HEAD "symbol T = 3\nsymbol T = 3\n", "4:8: the name T is taken"},
    {HEAD "table w = 1 2\n", "3:11: found '1', wanted the name of a function"},
    {HEAD "table w = nothing(x)\n", "3:11: no function is named nothing"},
    {HEAD "table w = ramp\n",
     "3:15: found the end of the line, wanted '(' and the parameters of ramp"},
    {HEAD "table w = ramp(x)\n", "3:16: found 'x', wanted scale="},
    {HEAD "table w = ramp(scale=2\n",
     "3:23: found the end of the line, wanted ')' after the parameters"},
    {HEAD "table w(3) 1 2 3\n", "3:12: found '1', wanted '=' and the entries"},
    {HEAD "table w(3) = 1 2\n", "3:17: found the end of the line, wanted 3 entries, 1 more"},
    {HEAD "table w(3) = 1 2 3 4\n", "3:20: found '4', wanted no more than 3 entries"},
    {HEAD "table w(3) = 1 2 x\n", "3:18: found 'x', wanted an integer"},
    {HEAD "table w(0) =\n", "3:9: found extent 0, wanted 1 or more"},
    {HEAD "table w(3 3) = 1\n", "3:11: found '3', wanted ',' or ')' after an extent"},
    {HEAD "table w(65536, 65536) = 1\n", "3:16: more than 2^32 - 1 entries"},
    {HEAD "table w(2) = 1 2\ntable w(2) = 1 3\n", "4:7: the name w is taken"},
    {HEAD "input X\n", "3:8: found the end of the line, wanted '[' and the indices"},
    {HEAD "input X[]]\n", "3:10: found ']', wanted the end of the line"},
    {HEAD "input X[i]\n", "3:10: found ']', wanted '<' and the size of index i"},
    {HEAD "input X[i<0]\n", "3:11: size 0 is not positive, wanted a positive integer"},
    {HEAD "input X[i<m]\n", "3:11: size m names 'm', wanted a param or symbol"},
    {HEAD "param n = 3\ninput X[i<1/2*n]\n",
     "4:11: size 1/2*n is no integer, wanted a positive integer"},
    {HEAD "param n = 3\ninput X[i<n*]\n",
     "4:13: polynomial, character 3: found the end, wanted a number, a name or \"(\""},
    {HEAD "param n = 3\ninput X[i<n^70]\n", "4:11: size n^70 has more than 61 bits"},
    {HEAD "input X[i<2, i<2]\n", "3:14: index i is bound already"},
    {HEAD "input X[i<2,]\n", "3:13: found ']', wanted the name of an index"},
    {HEAD "input X[i<2; t<2]\n", "3:12: found ';', wanted ',' or ']' after an index"},
    {HEAD "input X[i<2]\ninput X[i<3]\n", "4:7: the name X is taken"},
    {HEAD "input \"X[i<2]\n", "3:7: the quote is not closed on its line"},
    {HEAD "input \"\"[i<2]\n", "3:7: found an empty name"},
    {HEAD "input \"a\\q\"[i<2]\n", "3:9: found a backslash, wanted \\\\, \\\", \\n or \\xHH"},
    {BANK "input Z[i<2]\n", "9:1: found an input behind a bank"},
    {INPUTS "bank X[i<n] level 1: X[i, 0] >= 1\n", "8:6: the name X is taken"},
    {INPUTS "bank y[i<n]: X[i, 0] >= 1\n", "8:12: found ':', wanted level"},
    {INPUTS "bank y[i<n] level x: X[i, 0] >= 1\n", "8:19: found 'x', wanted an integer"},
    {INPUTS "bank y[i<n] level 1 X[i, 0] >= 1\n", "8:21: found 'X', wanted ':'"},
    {INPUTS "bank y[i<n] level 2: X[i, 0] >= 1\n",
     "8:6: bank y: level 2; what it reads makes it 1"},
    {INPUTS "bank y[i<n] level 1: X[i, 0] > 1\n", "8:30: found '>', wanted '+', '-', in or '>='"},
    {INPUTS "bank y[i<n] level 1: X[i, 0] >= 1 ; x\n",
     "8:35: found ';', wanted '+', '-', in, '@' or the end of the line"},
    {INPUTS "bank y[i<n] level 1: X[i, 0] >= 1 @\n",
     "8:36: found the end of the line, wanted the name of a component"},
    {INPUTS "bank y[i<n] level 1: X[i] >= 1\n", "8:25: found ']', wanted ',': X has 2 axes"},
    {INPUTS "bank y[i<n] level 1: X[i, 0, 0] >= 1\n", "8:28: found ',', wanted ']': X has 2 axes"},
    {INPUTS "bank y[i<n] level 1: X[i; 0] >= 1\n", "8:25: found ';', wanted ',': X has 2 axes"},
    {INPUTS "bank y[i<n] level 1: X[j, 0] >= 1\n", "8:24: index j is not bound here"},
    {INPUTS "bank y[i<n] level 1: X[i + 1, 0] >= 1\n",
     "8:6: bank y, term 1 of the form: axis 1 of X is read at i + 1, outside 0..2 at i = 2"},
    {INPUTS "bank y[i<n] level 1: X[2*i, 0] >= 1\n",
     "8:6: bank y, term 1 of the form: axis 1 of X is read at 2*i, outside 0..2 at i = 2"},
    {INPUTS "bank y[i<n, j<n] level 1: X[i, 0] >= 1\n",
     "8:6: bank y: index j of the domain is not used"},
    {INPUTS "bank y[i<n] level 1: y[i] >= 1\n", "8:22: no plane before this is named y"},
    {INPUTS "bank y[i<n] level 1: Z[i, 0] >= 1\n", "8:22: no plane before this is named Z"},
    {INPUTS "bank y[i<n] level 1: X >= 1\n",
     "8:24: found '>=', wanted '(' if X is a table, '[' if it is a plane"},
    {INPUTS "bank y[i<n] level 1: X[i, 0]*X[i, 1] >= 1\n", "8:30: a second plane in one product"},
    {INPUTS "bank y[i<n] level 1: X[i, 0]*w(i) >= 1\n",
     "8:30: found table w, wanted it before the plane"},
    {INPUTS "bank y[i<n] level 1: u(i)*X[i, 0] >= 1\n", "8:22: no table is named u"},
    {INPUTS "bank y[i<n] level 1: w(i, i)*X[i, 0] >= 1\n",
     "8:25: found ',', wanted ')': w takes 1 argument"},
    {INPUTS "bank y[i<n] level 1: w(i + 1)*X[i, 0] >= 1\n",
     "8:6: bank y, term 1 of the form: argument 1 of w is read at i + 1, outside 0..2 at i = 2"},
    {INPUTS "bank y[i<n] level 1: 0*X[i, 0] >= 1\n", "8:22: a coefficient of 0"},
    {INPUTS "bank y[i<n] level 1: 0 + X[i, 0] >= 1\n", "8:22: a coefficient of 0"},
    {INPUTS "bank y[i<n] level 1: sum X[i, 0] >= 1\n", "8:26: found 'X', wanted '{' after sum"},
    {INPUTS "bank y[i<n] level 1: sum{i<2} X[i, 0] >= 1\n", "8:26: index i is bound already"},
    {INPUTS "bank y[i<n] level 1: sum{a<2 X[i, a] >= 1\n",
     "8:30: polynomial, character 3: found \"X[i\", wanted an operator or the end"},
    {INPUTS "bank y[i<n] level 1: sum{a<2} (X[i, a] >= 1\n",
     "8:40: found '>=', wanted '+', '-' or ')' in a sum"},
    {INPUTS "bank y[i<n] level 1: sum{a<2} sum{j<2} X[i, a] >= 1\n",
     "8:34: found '{', wanted '(' if sum is a table, '[' if it is a plane"},
    {INPUTS "bank y[i<n] level 1: sum{a<2 | a} X[i, a] >= 1\n",
     "8:33: found '}', wanted '<=', '<', '>=' or '>' in a guard"},
    {INPUTS "bank y[i<n] level 1: sum{a<2 | w(a) <= i} X[i, a] >= 1\n",
     "8:32: a table is subtracted or multiplied; it can only be added"},
    {INPUTS "bank y[i<n] level 1: sum{a<2 | a <= w(w(i))} X[i, a] >= 1\n",
     "8:39: a table inside a table's argument"},
    {INPUTS "bank y[i<n] level 1: sum{a<2 | a <= w(i) + w(i)} X[i, a] >= 1\n",
     "8:44: a second table in one expression"},
    {INPUTS "bank y[i<n] level 1: sum{a<2 | a <= w(i + 1)} X[i, a] >= 1\n",
     "8:6: bank y, term 1 of the form: the argument of w is read at i + 1, outside 0..2 at i = 2"},
    {INPUTS "bank y[i<n] level 1: X[m(i), 0] >= 1\n",
     "8:6: bank y, term 1 of the form: an index goes through table m, which is not dense, of rank "
     "1 and small"},
    {INPUTS "bank y[i<n] level 1: X[i, 0] in 0, 1 >= 1\n",
     "8:33: found '0', wanted '[' and the range of the form"},
    {INPUTS "bank y[i<n] level 1: X[i, 0] in [0, 2] >= 1\n",
     "8:6: bank y, form: the range [0, 2] exceeds what the terms can reach, [0, 1]"},
    {INPUTS "bank y[i<n] level 1: X[i, 0] in [1, 0] >= 1\n",
     "8:6: bank y, form: the range is empty: its lower end exceeds its upper end"},
    {INPUTS "bank y[; t<3] level 1 monotone: X[0, 0] >= w(2 - t)\n",
     "8:6: bank y: said to be monotone, but the threshold falls from 3 to 2 at t = 1"},
    {BANK "bank y[i<n] level 2: q[i] >= 1\n",
     "9:25: found ']', wanted ';': q has 1 axis and a chain"},
    {BANK "bank y[i<n] level 2: q[i; i + 1] >= 1\n",
     "9:6: bank y, term 1 of the form: the chain of q is read at i + 1, outside 0..2 at i = 2"},
    {INPUTS "bank s[i<n, j<n | j <= i] level 1: X[i, 0] + X[j, 0] >= 1\nbank y[i<n, j<n] level 2: "
            "s[i, j] >= 1\n",
     "9:6: bank y, term 1 of the form: s is read where its guard j <= i does not hold at i = 0, j "
     "= 1"},
    {INPUTS "bank s[i<n, j<n | j <= i] level 1: X[i, 0] + X[j, 0] >= 1\nbank y[i<n, j<n | j < i] "
            "level 2: s[j, i] >= 1\n",
     "9:6: bank y, term 1 of the form: s is read where its guard j <= i does not hold at j = 0, i "
     "= 1"},
    {INPUTS "bank y[i<n] level 1: X[99999999999999999999*i, 0] >= 1\n",
     "8:24: an integer here has at most 61 bits"},
    {BANK "output Y\n", "9:9: found the end of the line, wanted '=' and the name of a plane"},
    {BANK "output Y = z\n", "9:12: no plane is named z"},
    {BANK "output Y = q\noutput Y = q\n", "10:8: the name Y is taken"},
    {BANK "output Y = q q\n", "9:14: found 'q', wanted the end of the line"},
    {HEAD "input X[i<2] \x01\n", "3:14: found character 1, wanted the end of the line"},
};

START_TEST(refused)
{
    const char *const *c = malformed[_i];
    struct tc_error err = {0};
    struct tc_family *f = try_family(c[0], &err);
    char found[500];

    ck_assert_msg(f == NULL, "read: %s", c[0]);
    snprintf(found, sizeof found, "%u:%u: %s", err.loc.line, err.loc.col, err.msg);
    ck_assert_str_eq(found, c[1]);
    ck_assert_str_eq(err.loc.file, "t.tcf");
}
END_TEST

/* every beginning of a text, and every text with one byte changed, is read or
 * refused, and nothing worse */
START_TEST(mutilated)
{
    struct tc_family *f = rich(), *g;
    struct tc_error err;
    char *s = text_of(f);
    size_t n = strlen(s);
    uint32_t seed = 12345;

    for (size_t k = 1; k < n; k++) {
        char kept = s[k];

        s[k] = '\0';
        g = try_family(s, &err);
        tc_family_free(g);
        s[k] = kept;
    }
    for (size_t k = 0; k < 4000; k++) {
        size_t at;
        char kept;

        seed = seed * 1664525 + 1013904223;
        at = (seed >> 8) % n;
        kept = s[at];
        seed = seed * 1664525 + 1013904223;
        s[at] = (seed >> 8) % 3 ? s[(seed >> 10) % n] : (char)((seed >> 10) % 127 + 1);
        g = try_family(s, &err);
        if (g)
            ck_assert_msg(tc_family_check(g, &err), "%s\n%s", err.msg, s);
        tc_family_free(g);
        s[at] = kept;
    }
    free(s);
    tc_family_free(f);
}
END_TEST

/* depth and length of what is asked for, not of the text, must not matter */
START_TEST(hostile)
{
    struct tc_error err = {0};
    size_t n = 1 << 20;
    char *s = calloc(n + 100, 1);

    strcpy(s, HEAD "input X[i<");
    memset(s + strlen(s), '(', n);
    ck_assert_ptr_null(try_family(s, &err));
    strcpy(s, HEAD "param n = ");
    memset(s + strlen(s), '9', n);
    ck_assert_ptr_null(try_family(s, &err));
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_str_eq(err.msg, "an integer of 1048576 digits; at most 100000 are read");
    memset(s, 0, n + 100);
    strcpy(s, HEAD "table w(4294967295) = 1\n");
    ck_assert_ptr_null(try_family(s, &err));
    strcpy(s, HEAD "param n = 2000000000000000000\ninput X[i<n, j<n]\n"
                   "bank y[i<n] level 1: X[2*i, 0] >= 1\n");
    ck_assert_ptr_null(try_family(s, &err));
    ck_assert_str_eq(err.msg,
                     "bank y, term 1 of the form: an expression in index i exceeds 61 bits");
    free(s);
}
END_TEST

/* each is one change of a sound file; errors have the line of the element */
static const char *const spoiled[][3] = {
    {"extent=\"3\"", "extent=\"4\"", "6: an extent is 4, its size is 3"},
    {"size=\"n\"", "size=\"m\"", "5: size m names 'm', wanted a param or symbol"},
    {"size=\"n\"", "size=\"n] x\"", "6: Element '{urn:tc0c:family:1}axis', attribute 'size'"},
    {"level=\"1\"", "level=\"2\"", "8: bank y: level 2; what it reads makes it 1"},
    {"level=\"1\"", "", "8: Element '{urn:tc0c:family:1}bank': The attribute 'level' is required"},
    {"plane=\"X\"", "plane=\"Z\"", "8: no plane before this is named Z"},
    {"extents=\"3\"", "", "4: a table has either extents or a function"},
    {"1 2 3", "1 x 3", "4: entries of a table are integers"},
    {"1 2 3", "1 2", "4: found the end of the line, wanted 3 entries, 1 more"},
    {"<output", "<result",
     "29: Element '{urn:tc0c:family:1}result': This element is not expected."},
    {"</family>", "", "31: Premature end of data in tag family"},
    {"<family", "<!DOCTYPE family [<!ENTITY x \"y\">]><family",
     "2: found a document type (DOCTYPE), wanted none: it could ask for other files"},
    {"coefficient=\"1\"", "coefficient=\"1*2\"", "11: Element '{urn:tc0c:family:1}term'"},
};

START_TEST(spoiled_xml)
{
    const char *const *c = spoiled[_i];
    struct tc_error err = {0};
    struct tc_family *f = try_family("tcf 1\nfamily f\nparam n = 3\ntable w(3) = 1 2 3\n"
                                     "input X[i<n]\nbank y[i<n] level 1: X[i] >= w(i)\n"
                                     "output Y = y\n",
                                     &err);
    size_t n;
    char *xml = xml_of(f, &n), *at = strstr(xml, c[0]), found[500], *changed;

    ck_assert_ptr_nonnull(at);
    changed = calloc(n + 200, 1);
    snprintf(changed, n + 200, "%.*s%s%s", (int)(at - xml), xml, c[1], at + strlen(c[0]));
    ck_assert_ptr_null(family_of_xml(changed, strlen(changed), &err));
    snprintf(found, sizeof found, "%u: %s", err.loc.line, err.msg);
    ck_assert_msg(!strncmp(found, c[2], strlen(c[2])), "found '%s', wanted '%s'\n%s", found, c[2],
                  changed);
    ck_assert_str_eq(err.loc.file, "t.xml");
    free(changed);
    free(xml);
    tc_family_free(f);
}
END_TEST

/* as `mutilated`, of XML */
START_TEST(mutilated_xml)
{
    struct tc_family *f = rich(), *g;
    size_t n;
    char *s = xml_of(f, &n);
    uint32_t random = 12345;

    for (size_t k = 0; k < 2000; k++) {
        struct tc_error err = {0};
        size_t at;
        char kept;

        random = random * 1664525 + 1013904223;
        at = (random >> 8) % n;
        kept = s[at];
        random = random * 1664525 + 1013904223;
        s[at] = s[(random >> 10) % n];
        g = family_of_xml(s, n, &err);
        if (g)
            ck_assert_msg(tc_family_check(g, &err), "%s\n%s", err.msg, s);
        else
            ck_assert_uint_ne(err.kind, 0);
        tc_family_free(g);
        s[at] = kept;
    }
    free(s);
    tc_family_free(f);
}
END_TEST

/* XML 1.0 has no such character */
START_TEST(unsayable)
{
    struct tc_error err = {0};
    struct tc_family *f = tc_family_new("a\001b");
    char *s = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&s, &n);

    ck_assert(!tc_family_write_xml(out, f, &err));
    ck_assert_int_eq(err.kind, TC_EUSAGE);
    fclose(out);
    free(s);
    tc_family_free(f);
}
END_TEST

START_TEST(zero_byte)
{
    static const char text[] = "tcf 1\nfamily\0f\n";
    FILE *in = fmemopen((void *)(uintptr_t)text, sizeof text - 1, "r");
    struct tc_error err = {0};

    ck_assert_ptr_null(tc_family_read(in, "t.tcf", &err));
    ck_assert_uint_eq(err.loc.line, 2);
    ck_assert_uint_eq(err.loc.col, 7);
    ck_assert_str_eq(err.msg, "found a zero byte, wanted text");
    fclose(in);
}
END_TEST

START_TEST(full_disk)
{
    struct tc_family *f = rich();
    FILE *out = fopen("/dev/full", "w");

    if (out) {
        ck_assert(!tc_family_write(out, f));
        fclose(out);
    }
    tc_family_free(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("text");
    TCase *c = tcase_create("write and read"), *d = tcase_create("refuse");

    tc_function_register(&ramp);
    tcase_set_timeout(c, 60);
    tcase_set_timeout(d, 120);
    tcase_add_test(c, round_trip_of_every_construct);
    tcase_add_test(c, loose_text);
    tcase_add_test(c, empty_family);
    tcase_add_test(c, long_tables);
    tcase_add_test(c, full_disk);
    tcase_add_loop_test(d, refused, 0, (int)(sizeof malformed / sizeof *malformed));
    tcase_add_test(d, mutilated);
    tcase_add_test(d, hostile);
    tcase_add_test(d, zero_byte);
    tcase_add_loop_test(d, spoiled_xml, 0, (int)(sizeof spoiled / sizeof *spoiled));
    tcase_add_test(d, mutilated_xml);
    tcase_add_test(d, unsayable);
    suite_add_tcase(s, c);
    suite_add_tcase(s, d);
    return check_status(s);
}
