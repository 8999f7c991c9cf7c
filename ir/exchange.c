/* exchange.c -- what the writers of other tools' formats share: output, names,
 * and the edges of a row as a sum without repetitions
 *
 * Names have to be legal in every format at once: a letter or _ first, then
 * letters, digits and _, and no key word of Verilog.  Bit K of tensor P is P_K.
 * Two of these are equal only if both parts are, so it is enough to make the
 * tensors' names different after their other characters have become _. */
#include "exchange.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ output */

#define CHUNK ((size_t)1 << 16)

void tc_out_open(struct tc_out *o, FILE *f)
{
    *o = (struct tc_out){.f = f, .bytes = tc_xcalloc(CHUNK, 1)};
}

static void flush(struct tc_out *o)
{
    if (!o->failed && o->len)
        o->failed = fwrite(o->bytes, 1, o->len, o->f) != o->len;
    o->len = 0;
}

bool tc_out_close(struct tc_out *o)
{
    flush(o);
    o->failed = o->failed || fflush(o->f) != 0;
    free(o->bytes);
    o->bytes = NULL;
    return !o->failed;
}

void tc_out_add(struct tc_out *o, const char *s, size_t n)
{
    while (n > 0) {
        size_t piece = CHUNK - o->len < n ? CHUNK - o->len : n;

        memcpy(o->bytes + o->len, s, piece);
        o->len += piece;
        s += piece;
        n -= piece;
        if (o->len == CHUNK)
            flush(o);
    }
}

void tc_out_puts(struct tc_out *o, const char *s)
{
    tc_out_add(o, s, strlen(s));
}

void tc_out_char(struct tc_out *o, char c)
{
    tc_out_add(o, &c, 1);
}

void tc_out_unsigned(struct tc_out *o, uint64_t v)
{
    char digit[20];
    size_t n = sizeof digit;

    do
        digit[--n] = (char)('0' + v % 10);
    while (v /= 10);
    tc_out_add(o, digit + n, sizeof digit - n);
}

void tc_out_mpz(struct tc_out *o, mpz_srcptr z)
{
    if (mpz_fits_slong_p(z)) {
        long v = mpz_get_si(z);

        if (v < 0)
            tc_out_char(o, '-');
        tc_out_unsigned(o, v < 0 ? -(uint64_t)v : (uint64_t)v);
    } else {
        char *s = tc_xcalloc(mpz_sizeinbase(z, 10) + 2, 1);

        tc_out_puts(o, mpz_get_str(s, 10, z));
        free(s);
    }
}

/* ------------------------------------------------------------------- names */

static bool legal(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* with room behind it for the _ that make it different from others */
static char *legalise(struct tc_arena *a, const char *name, size_t spare)
{
    char *s = tc_alloc(a, strlen(name) + spare + 2, 1), *end = s;

    if (*name >= '0' && *name <= '9')
        *end++ = '_';
    for (; *name; name++)
        *end++ = legal(*name) ? *name : '_';
    return s;
}

static void add_label(struct tc_labels *l, struct tc_names *taken, struct tc_label *at,
                      const char *name, uint32_t first, size_t most)
{
    /* each _ more makes way past one name that is taken */
    char *s = legalise(l->arena, *name ? name : "_", most);

    while (!tc_names_add(taken, s, 0))
        strcat(s, "_");
    *at = (struct tc_label){s, first};
}

/* characters that names may have in all formats but Verilog */
static bool printable(const char *name)
{
    for (; *name; name++)
        if (*name <= ' ' || *name >= 127 || strchr("#\\\"=<>&", *name))
            return false;
    return true;
}

/* such as g17: what gates, nodes and sums are called; and what has a meaning in a format */
static bool taken_by_us(const char *name)
{
    size_t n = strspn(name + 1, "0123456789");

    return (strchr("gns", name[0]) && n && !name[n + 1]) || name[0] == '.' ||
           !strcmp(name, "CONST1");
}

/* a name of one input or output, different from all before */
static const char *port_label(struct tc_labels *l, struct tc_names *taken, const char *name,
                              uint32_t at, bool plain)
{
    char *s;

    if (!plain && printable(name) && !taken_by_us(name) && tc_names_add(taken, name, 0))
        return name;
    s = legalise(l->arena, name, 1);
    if (!strchr(s, '_'))
        strcat(s, "_");
    if (tc_names_add(taken, s, 0))
        return s;
    for (const char *sign = "_";; sign = tc_sprintf(l->arena, "%s_", sign)) {
        char *t = tc_sprintf(l->arena, "%s%s%u", s, sign, at);

        if (tc_names_add(taken, t, 0))
            return t;
    }
}

static void name_ports(struct tc_labels *l, struct tc_names *taken, const struct tc_netlist *nl,
                       bool plain)
{
    const uint32_t n[2] = {nl->ninputs, nl->noutputs};

    for (int kind = TC_PORT_INPUT; kind <= TC_PORT_OUTPUT; kind++) {
        const struct tc_port *p = nl->ports.port[kind], *end = p + nl->ports.n[kind];

        l->port[kind] = tc_alloc(l->arena, (size_t)n[kind] + 1, sizeof *l->port[kind]);
        for (uint32_t k = 0; k < n[kind]; k++) {
            bool has = p < end && p->at == k;
            const char *name = has ? p->name
                               : kind == TC_PORT_INPUT ? tc_sprintf(l->arena, "x_%u", k)
                                                       : tc_sprintf(l->arena, "y_%u", k);

            l->port[kind][k] = port_label(l, taken, name, k, plain);
            p += has;
        }
    }
}

void tc_labels_open(struct tc_labels *l, const struct tc_netlist *nl, const struct tc_export *x,
                    bool plain)
{
    const char *model = x && x->name && *x->name ? x->name : "netlist";
    struct tc_names taken = {0};
    unsigned nin = 0, nout = x ? x->noutput : 0;
    size_t most;

    while (nin < nl->nplace && !nl->place[nin].level)
        nin++;
    most = (size_t)nin + nout + 2;
    *l = (struct tc_labels){.arena = tc_arena_new(), .ninputs = nl->ninputs};
    if (nl->ports.model && !plain && printable(nl->ports.model))
        l->model = nl->ports.model;
    else
        l->model = legalise(l->arena, nl->ports.model ? nl->ports.model : model, 0);
    if (nl->ports.n[TC_PORT_INPUT] || nl->ports.n[TC_PORT_OUTPUT]) {
        name_ports(l, &taken, nl, plain);
        tc_names_free(&taken);
        return;
    }
    l->in = tc_alloc(l->arena, (size_t)nin + 1, sizeof *l->in);
    l->out = tc_alloc(l->arena, (size_t)nout + 1, sizeof *l->out);
    for (unsigned p = 0; p < nin; p++)
        add_label(l, &taken, &l->in[l->nin++], nl->place[p].name, nl->place[p].first, most);
    for (unsigned p = 0; p < nout; p++)
        add_label(l, &taken, &l->out[l->nout++], x->output[p].name, x->output[p].first, most);
    if (l->nin == 0 || l->in[0].first > 0) { /* bits before the first that has a name */
        memmove(l->in + 1, l->in, l->nin++ * sizeof *l->in);
        add_label(l, &taken, &l->in[0], "x", 0, most);
    }
    if (l->nout == 0 || l->out[0].first > 0) {
        memmove(l->out + 1, l->out, l->nout++ * sizeof *l->out);
        add_label(l, &taken, &l->out[0], "y", 0, most);
    }
    tc_names_free(&taken);
}

void tc_labels_close(struct tc_labels *l)
{
    tc_arena_free(l->arena);
}

static void out_bit(struct tc_out *o, const struct tc_label *label, unsigned n, uint32_t bit)
{
    unsigned low = 0, high = n; /* label[low].first <= bit */

    while (high - low > 1) {
        unsigned mid = low + (high - low) / 2;

        if (label[mid].first <= bit)
            low = mid;
        else
            high = mid;
    }
    tc_out_puts(o, label[low].name);
    tc_out_char(o, '_');
    tc_out_unsigned(o, bit - label[low].first);
}

void tc_out_input(struct tc_out *o, const struct tc_labels *l, uint32_t input)
{
    if (l->port[TC_PORT_INPUT])
        tc_out_puts(o, l->port[TC_PORT_INPUT][input]);
    else
        out_bit(o, l->in, l->nin, input);
}

void tc_out_output(struct tc_out *o, const struct tc_labels *l, uint32_t output)
{
    if (l->port[TC_PORT_OUTPUT])
        tc_out_puts(o, l->port[TC_PORT_OUTPUT][output]);
    else
        out_bit(o, l->out, l->nout, output);
}

void tc_out_wire(struct tc_out *o, const struct tc_labels *l, tc_wire w)
{
    if (w < l->ninputs) {
        tc_out_input(o, l, w);
    } else {
        tc_out_char(o, 'g');
        tc_out_unsigned(o, w);
    }
}

/* -------------------------------------------------------------------- sums */

void tc_sum_free(struct tc_sum *s)
{
    for (size_t i = 0; i < s->room; i++)
        mpz_clear(s->weight[i]);
    free(s->weight);
    free(s->var);
    free(s->spare);
    free(s->order);
    *s = (struct tc_sum){0};
}

void tc_sum_add(struct tc_sum *s, uint32_t var, mpz_srcptr weight)
{
    if (s->n == s->room) {
        size_t room = s->room + s->room / 2 + 16;

        s->var = tc_xrealloc(s->var, room, sizeof *s->var);
        s->weight = tc_xrealloc(s->weight, room, sizeof *s->weight);
        s->spare = tc_xrealloc(s->spare, room, sizeof *s->spare);
        s->order = tc_xrealloc(s->order, room, sizeof *s->order);
        while (s->room < room)
            mpz_init(s->weight[s->room++]);
    }
    s->var[s->n] = var;
    mpz_set(s->weight[s->n++], weight);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Equal variables side by side.  A row of 2^32 edges is beyond any memory that
 * its netlist would fit into. */
static void sort(struct tc_sum *s)
{
    bool sorted = true;

    for (size_t i = 1; i < s->n; i++)
        sorted = sorted && s->var[i - 1] < s->var[i];
    if (sorted)
        return;
    for (size_t i = 0; i < s->n; i++) {
        s->order[i] = (uint64_t)s->var[i] << 32 | (uint32_t)i;
        *s->spare[i] = *s->weight[i]; /* an integer of GMP may be moved about */
    }
    qsort(s->order, s->n, sizeof *s->order, by_value);
    for (size_t i = 0; i < s->n; i++) {
        s->var[i] = (uint32_t)(s->order[i] >> 32);
        *s->weight[i] = *s->spare[(uint32_t)s->order[i]];
    }
}

void tc_sum_merge(struct tc_sum *s)
{
    size_t n = 0;

    sort(s);
    for (size_t i = 0; i < s->n; i++) {
        if (n > 0 && s->var[n - 1] == s->var[i]) {
            mpz_add(s->weight[n - 1], s->weight[n - 1], s->weight[i]);
            continue;
        }
        n -= n > 0 && mpz_sgn(s->weight[n - 1]) == 0;
        s->var[n] = s->var[i];
        if (n != i)
            mpz_swap(s->weight[n], s->weight[i]);
        n++;
    }
    n -= n > 0 && mpz_sgn(s->weight[n - 1]) == 0;
    s->n = n;
}

void tc_sum_row(struct tc_sum *s, const struct tc_netlist *nl, uint32_t row)
{
    mpz_t w;

    mpz_init(w);
    s->n = 0;
    for (uint64_t e = nl->first[row]; e < nl->first[row + 1]; e++) {
        tc_weight_get(nl, nl->weight[e], w);
        tc_sum_add(s, nl->source[e], w);
    }
    mpz_clear(w);
    tc_sum_merge(s);
}

void tc_sum_range(const struct tc_sum *s, mpz_ptr lo, mpz_ptr hi)
{
    mpz_set_ui(lo, 0);
    mpz_set_ui(hi, 0);
    for (size_t i = 0; i < s->n; i++) {
        mpz_ptr end = mpz_sgn(s->weight[i]) < 0 ? lo : hi;

        mpz_add(end, end, s->weight[i]);
    }
}
