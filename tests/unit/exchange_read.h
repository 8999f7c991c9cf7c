/* exchange_read.h -- small readers of the formats that tc0c writes for other
 * tools, from the formats' own descriptions: each evaluates a text for one
 * assignment of its inputs.  They trust the text to be well formed and abort
 * where it is not. */
#ifndef TC_TEST_EXCHANGE_READ_H
#define TC_TEST_EXCHANGE_READ_H

#include "../../ir/ir.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ values by name */

#define SLOTS 32768 /* of these, half may be taken */

struct values {
    unsigned n;
    unsigned short at[SLOTS]; /* from 1 */
    struct value {
        char name[40];
        mpz_t z;
    } value[SLOTS / 2];
};

static struct values *values_new(void)
{
    return tc_xcalloc(1, sizeof(struct values));
}

static void values_free(struct values *v)
{
    for (unsigned i = 0; i < v->n; i++)
        mpz_clear(v->value[i].z);
    free(v);
}

static unsigned short *value_slot(struct values *v, const char *name)
{
    size_t h = 5381;

    for (const char *s = name; *s; s++)
        h = 33 * h + (unsigned char)*s;
    for (h %= SLOTS; v->at[h] && strcmp(v->value[v->at[h] - 1].name, name); h = (h + 1) % SLOTS)
        ;
    return &v->at[h];
}

static mpz_ptr value_new(struct values *v, const char *name)
{
    unsigned short *slot = value_slot(v, name);
    struct value *x = &v->value[v->n];

    ck_assert_msg(!*slot, "'%s' is driven twice", name);
    ck_assert_uint_lt(v->n, SLOTS / 2);
    ck_assert_uint_lt(strlen(name), sizeof x->name);
    for (const char *c = name; *c; c++)
        ck_assert_msg(isalnum((unsigned char)*c) || *c == '_', "name '%s'", name);
    ck_assert(!isdigit((unsigned char)name[0]));
    *slot = (unsigned short)++v->n;
    strcpy(x->name, name);
    mpz_init(x->z);
    return x->z;
}

static mpz_ptr value_of(struct values *v, const char *name)
{
    unsigned short at = *value_slot(v, name);

    ck_assert_msg(at, "'%s' is read before it is driven", name);
    return v->value[at - 1].z;
}

static bool bit_of(struct values *v, const char *name)
{
    mpz_ptr z = value_of(v, name);

    ck_assert(mpz_cmp_ui(z, 1) <= 0 && mpz_sgn(z) >= 0);
    return mpz_sgn(z) != 0;
}

/* What an evaluator is given, and gives. */
struct eval {
    const bool *in;
    bool *out;
    unsigned ninputs, noutputs;
};

static void bind_inputs(struct values *v, char *names, const struct eval *e)
{
    char *save, *name = strtok_r(names, " ,\n", &save);

    for (unsigned i = 0; i < e->ninputs; i++, name = strtok_r(NULL, " ,\n", &save)) {
        ck_assert_ptr_nonnull(name);
        mpz_set_ui(value_new(v, name), e->in[i]);
    }
    ck_assert_ptr_null(name);
}

static void take_outputs(struct values *v, char *names, const struct eval *e)
{
    char *save, *name = strtok_r(names, " ,\n", &save);

    for (unsigned o = 0; o < e->noutputs; o++, name = strtok_r(NULL, " ,\n", &save)) {
        ck_assert_ptr_nonnull(name);
        e->out[o] = bit_of(v, name);
    }
    ck_assert_ptr_null(name);
}

static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');

    if (!*line)
        return NULL;
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    *text = end + 1;
    return line;
}

/* ---------------------------------------------------------------------- .th */

/* "a b c out" and "1 2 -3 t" */
static void th_gate(struct values *v, char *names, char *numbers)
{
    char *save, *save2, *number = strtok_r(numbers, " ", &save2);
    char *name = strtok_r(names, " ", &save), *next;
    mpz_t sum, w;

    mpz_inits(sum, w, NULL);
    for (; (next = strtok_r(NULL, " ", &save)); name = next, number = strtok_r(NULL, " ", &save2)) {
        ck_assert_int_eq(mpz_set_str(w, number, 10), 0);
        ck_assert(mpz_fits_sint_p(w));
        mpz_addmul(sum, w, value_of(v, name));
    }
    ck_assert_int_eq(mpz_set_str(w, number, 10), 0);
    ck_assert(mpz_fits_sint_p(w));
    mpz_set_ui(value_new(v, name), mpz_cmp(sum, w) >= 0);
    ck_assert_ptr_null(strtok_r(NULL, " ", &save2));
    mpz_clears(sum, w, NULL);
}

static void eval_th(char *text, const struct eval *e)
{
    struct values *v = values_new();
    char *outputs, *line, **buffer = tc_xcalloc(2 * e->noutputs + 1, sizeof *buffer);

    next_line(&text); /* free text */
    ck_assert_int_eq(strncmp(next_line(&text), ".model ", 7), 0);
    mpz_set_ui(value_new(v, "CONST1"), 1);
    bind_inputs(v, next_line(&text) + strlen(".inputs"), e);
    outputs = next_line(&text) + strlen(".outputs");
    for (unsigned k = 0; k < 2 * e->noutputs; k++)
        buffer[k] = next_line(&text);
    while ((line = next_line(&text))) {
        ck_assert_int_eq(strncmp(line, ".threshold ", 11), 0);
        th_gate(v, line + 11, next_line(&text));
    }
    for (unsigned k = 0; k < e->noutputs; k++)
        th_gate(v, buffer[2 * k] + 11, buffer[2 * k + 1]);
    take_outputs(v, outputs, e);
    free(buffer);
    values_free(v);
}

/* --------------------------------------------------------------------- BLIF */

static void eval_blif(char *text, const struct eval *e)
{
    struct values *v = values_new();
    char *line, *outputs = NULL;

    for (char *s = text; (s = strstr(s, "\\\n"));)
        s[0] = s[1] = ' ';
    while ((line = next_line(&text)) && strcmp(line, ".end") != 0) {
        char name[4][40], a, b;
        int n = sscanf(line, ".names %39s %39s %39s %39s", name[0], name[1], name[2], name[3]);

        if (*line == '#' || !strncmp(line, ".model ", 7))
            continue;
        if (!strncmp(line, ".inputs", 7)) {
            bind_inputs(v, line + 7, e);
        } else if (!strncmp(line, ".outputs", 8)) {
            outputs = line + 8;
        } else if (n == 1) { /* a constant: a line 1, or none */
            mpz_set_ui(value_new(v, name[0]), *text == '1');
            if (*text == '1')
                ck_assert_str_eq(next_line(&text), "1");
        } else if (n == 2) {
            ck_assert_int_eq(sscanf(next_line(&text), "%c 1", &a), 1);
            mpz_set_ui(value_new(v, name[1]), bit_of(v, name[0]) == (a == '1'));
        } else {
            ck_assert_int_eq(n, 3);
            ck_assert_int_eq(sscanf(next_line(&text), "%c%c 1", &a, &b), 2);
            mpz_set_ui(value_new(v, name[2]), bit_of(v, name[0]) == (a == '1') &&
                                                  bit_of(v, name[1]) == (b == '1'));
        }
    }
    ck_assert_ptr_nonnull(line);
    take_outputs(v, outputs, e);
    values_free(v);
}

/* ------------------------------------------------------------------ GraphML */

/* the text between two strings, in place */
static char *between(char *line, const char *before, const char *after, char *buf, size_t size)
{
    char *from = strstr(line, before), *to = from ? strstr(from + strlen(before), after) : NULL;

    if (!to)
        return NULL;
    from += strlen(before);
    ck_assert_uint_lt((size_t)(to - from), size);
    memcpy(buf, from, (size_t)(to - from));
    buf[to - from] = '\0';
    return buf;
}

static void eval_graphml(char *text, const struct eval *e)
{
    struct values *v = values_new();
    char *line, name[40], other[40], number[100], gate[40] = "";
    unsigned inputs = 0, outputs = 0;
    mpz_t sum, t, w;

    mpz_inits(sum, t, w, NULL);
    while ((line = next_line(&text))) {
        bool node = between(line, "<node id=\"", "\"", name, sizeof name);

        if ((node || strstr(line, "</graph>")) && gate[0]) {
            mpz_set_ui(value_new(v, gate), mpz_cmp(sum, t) >= 0);
            gate[0] = '\0';
        }
        if (node && strstr(line, ">input<")) {
            mpz_set_ui(value_new(v, name), e->in[inputs++]);
        } else if (node && strstr(line, ">gate<")) {
            strcpy(gate, name);
            mpz_set_ui(sum, 0);
            mpz_set_str(t, between(line, "\"threshold\">", "<", number, sizeof number), 10);
        } else if (between(line, "source=\"", "\"", other, sizeof other)) {
            between(line, "target=\"", "\"", name, sizeof name);
            if (between(line, "\"weight\">", "<", number, sizeof number)) {
                ck_assert_str_eq(name, gate);
                mpz_set_str(w, number, 10);
                mpz_addmul(sum, w, value_of(v, other));
            } else {
                e->out[outputs++] = bit_of(v, other);
            }
        }
    }
    ck_assert_uint_eq(inputs, e->ninputs);
    ck_assert_uint_eq(outputs, e->noutputs);
    mpz_clears(sum, t, w, NULL);
    values_free(v);
}

/* ------------------------------------------------------------------ Verilog */

static void skip(char **s)
{
    while (**s == ' ' || **s == '\n')
        ++*s;
}

static bool eat(char **s, const char *word)
{
    skip(s);
    if (strncmp(*s, word, strlen(word)) != 0)
        return false;
    *s += strlen(word);
    return true;
}

static void identifier(char **s, char name[40])
{
    size_t n = 0;

    skip(s);
    while (isalnum((unsigned char)**s) || **s == '_') {
        ck_assert_uint_lt(n, 39);
        name[n++] = *(*s)++;
    }
    ck_assert_uint_gt(n, 0);
    name[n] = '\0';
}

/* WIDTH'hVALUE or 1'bVALUE */
static void verilog_constant(char **s, mpz_ptr z)
{
    unsigned long width = strtoul(*s, s, 10);
    char digits[200];
    int base;
    size_t n;

    ck_assert(eat(s, "'"));
    base = *(*s)++ == 'h' ? 16 : 2;
    n = strspn(*s, "0123456789abcdef");
    ck_assert(n > 0 && n < sizeof digits);
    memcpy(digits, *s, n);
    digits[n] = '\0';
    *s += n;
    ck_assert_int_eq(mpz_set_str(z, digits, base), 0);
    ck_assert(mpz_sgn(z) == 0 || mpz_sizeinbase(z, 2) <= width);
}

static bool verilog_literal(struct values *v, char **s)
{
    bool negative = eat(s, "!");
    char name[40];

    identifier(s, name);
    return bit_of(v, name) != negative;
}

static void verilog_sum(struct values *v, char **s, mpz_ptr sum)
{
    mpz_t yes, no;

    mpz_inits(yes, no, NULL);
    do {
        char name[40];

        skip(s);
        if (eat(s, "(")) {
            bool on = verilog_literal(v, s);

            ck_assert(eat(s, "?"));
            skip(s);
            verilog_constant(s, yes);
            ck_assert(eat(s, ":"));
            skip(s);
            verilog_constant(s, no);
            ck_assert(eat(s, ")"));
            mpz_add(sum, sum, on ? yes : no);
        } else if (isdigit((unsigned char)**s)) {
            verilog_constant(s, yes);
            mpz_add(sum, sum, yes);
        } else if (**s == '!') {
            mpz_add_ui(sum, sum, verilog_literal(v, s));
        } else {
            identifier(s, name);
            mpz_add(sum, sum, value_of(v, name));
        }
    } while (eat(s, "+"));
    mpz_clears(yes, no, NULL);
}

static void verilog_expression(struct values *v, char **s, mpz_ptr z)
{
    mpz_t t;

    mpz_init(t);
    skip(s);
    if (**s == '&' || **s == '|') {
        bool and = *(*s)++ == '&', bit = and;

        ck_assert(eat(s, "{"));
        do
            bit = and ? verilog_literal(v, s) & bit : verilog_literal(v, s) | bit;
        while (eat(s, ","));
        ck_assert(eat(s, "}"));
        mpz_set_ui(z, bit);
    } else {
        verilog_sum(v, s, z);
        if (eat(s, ">=")) {
            skip(s);
            verilog_constant(s, t);
            mpz_set_ui(z, mpz_cmp(z, t) >= 0);
        }
    }
    ck_assert(eat(s, ";"));
    mpz_clear(t);
}

static void eval_verilog(char *text, const struct eval *e)
{
    struct values *v = values_new();
    unsigned inputs = 0, outputs = 0;
    char name[40], *s = strstr(text, ");");

    ck_assert_ptr_nonnull(s);
    for (s += 2; !eat(&s, "endmodule");) {
        mpz_ptr z;

        if (eat(&s, "input ")) {
            identifier(&s, name);
            mpz_set_ui(value_new(v, name), e->in[inputs++]);
            ck_assert(eat(&s, ";"));
        } else if (eat(&s, "output ")) {
            identifier(&s, name);
            ck_assert(eat(&s, ";"));
        } else if (eat(&s, "wire ")) {
            unsigned long width = eat(&s, "[") ? strtoul(s, &s, 10) + 1 : 1;

            if (eat(&s, ":0]"))
                skip(&s);
            identifier(&s, name);
            ck_assert(eat(&s, "="));
            z = value_new(v, name);
            verilog_expression(v, &s, z);
            ck_assert_msg(mpz_sizeinbase(z, 2) <= width, "%s wraps around", name);
        } else {
            ck_assert(eat(&s, "assign "));
            identifier(&s, name);
            ck_assert(eat(&s, "="));
            verilog_expression(v, &s, value_new(v, name));
            e->out[outputs++] = bit_of(v, name);
        }
    }
    ck_assert_uint_eq(inputs, e->ninputs);
    ck_assert_uint_eq(outputs, e->noutputs);
    values_free(v);
}

/* -------------------------------------------------------------------- AIGER */

static unsigned aiger_delta(char **s)
{
    unsigned v = 0, shift = 0;

    for (; (unsigned char)**s & 128; ++*s, shift += 7)
        v |= ((unsigned)(unsigned char)**s & 127) << shift;
    return v | (unsigned)(unsigned char)*(*s)++ << shift;
}

/* both kinds; the byte behind the text is 0 */
static void eval_aiger(char *text, const struct eval *e)
{
    bool binary = !strncmp(text, "aig ", 4), *var;
    unsigned m, i, l, o, a, *output;

    ck_assert(binary || !strncmp(text, "aag ", 4));
    ck_assert_int_eq(sscanf(text + 4, "%u %u %u %u %u", &m, &i, &l, &o, &a), 5);
    ck_assert(i == e->ninputs && o == e->noutputs && l == 0 && m == i + a);
    var = tc_xcalloc(m + (size_t)1, sizeof *var);
    output = tc_xcalloc(o + (size_t)1, sizeof *output);
    next_line(&text);
    for (unsigned k = 0; k < i; k++) {
        if (!binary)
            ck_assert_uint_eq(strtoul(next_line(&text), NULL, 10), 2 * (k + 1));
        var[k + 1] = e->in[k];
    }
    for (unsigned k = 0; k < o; k++)
        output[k] = (unsigned)strtoul(next_line(&text), NULL, 10);
    for (unsigned k = i + 1; k <= m; k++) {
        unsigned lhs = 2 * k, p, q;

        if (binary) {
            p = lhs - aiger_delta(&text);
            q = p - aiger_delta(&text);
        } else {
            ck_assert_int_eq(sscanf(next_line(&text), "%u %u %u", &lhs, &p, &q), 3);
        }
        ck_assert(lhs == 2 * k && lhs > p && p >= q);
        var[k] = (var[p / 2] ^ (p & 1)) & (var[q / 2] ^ (q & 1));
    }
    for (unsigned k = 0; k < o; k++)
        e->out[k] = var[output[k] / 2] ^ (output[k] & 1);
    for (unsigned k = 0; k < i + o; k++) {
        char kind, name[40];
        unsigned n;

        ck_assert_int_eq(sscanf(next_line(&text), "%c%u %39s", &kind, &n, name), 3);
        ck_assert(kind == (k < i ? 'i' : 'o') && n == (k < i ? k : k - i));
    }
    ck_assert_str_eq(next_line(&text), "c");
    free(var);
    free(output);
}

#endif
