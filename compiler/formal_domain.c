/* formal_domain.c -- which inputs occur, as gates over their bits
 *
 * A word of a float, with f the p - 1 bits of its fraction, E its exponent field and s its sign:
 *
 *   no subnormals        E = 0 only with f = 0: (p - 1) sum E_k - sum f_j >= 0
 *   the largest number   sum 2^k key_k <= its key, the key being E and f
 *   one zero             not s alone: sum key_k - s >= 0
 *
 * and of a token id, sum 2^k x_k <= the last id. */
#include "formal.h"

#include <stdlib.h>
#include <string.h>

struct writer {
    FILE *f;
    uint64_t inputs, wire;
};

static void no_subnormals(struct writer *w, const struct tc_format *f, uint64_t at)
{
    fprintf(w->f, "%llu =", (unsigned long long)w->wire++);
    for (unsigned k = 0; k < f->p - 1; k++)
        fprintf(w->f, " -1*%llu", (unsigned long long)(at + k));
    for (unsigned k = 0; k < f->q; k++)
        fprintf(w->f, " +%u*%llu", f->p - 1, (unsigned long long)(at + f->p - 1 + k));
    fputs(" >= 0\n", w->f);
}

static void one_zero(struct writer *w, const struct tc_format *f, uint64_t at)
{
    unsigned sign = f->p + f->q - 1;

    fprintf(w->f, "%llu = -1*%llu", (unsigned long long)w->wire++, (unsigned long long)(at + sign));
    for (unsigned k = 0; k < sign; k++)
        fprintf(w->f, " +1*%llu", (unsigned long long)(at + k));
    fputs(" >= 0\n", w->f);
}

/* the number in `bits` bits is at most `last`; nothing if it always is */
static void at_most(struct writer *w, uint64_t at, unsigned bits, uint64_t last)
{
    if (bits >= 64 || last >= (UINT64_C(1) << bits) - 1)
        return;
    fprintf(w->f, "%llu =", (unsigned long long)w->wire++);
    for (unsigned k = 0; k < bits; k++)
        fprintf(w->f, " -%llu*%llu", 1ULL << k, (unsigned long long)(at + k));
    fprintf(w->f, " >= -%llu\n", (unsigned long long)last);
}

static void restrict_word(struct writer *w, const struct tc_tensor *t, const struct tc_format *f,
                          uint64_t at)
{
    if (t->below) {
        at_most(w, at, tc_format_width(f), t->below - 1);
    } else if (f->kind == TC_FLOAT) {
        if (f->underflow != TC_GRADUAL && f->p > 1)
            no_subnormals(w, f, at);
        if (!f->signed_zero)
            one_zero(w, f, at);
        if (!f->infinity)
            at_most(w, at, f->p - 1 + f->q, (uint64_t)tc_format_last_key(f));
    }
}

static struct tc_netlist *read_back(char *text, size_t len)
{
    struct tc_error err;
    FILE *f = fmemopen(text, len, "r");
    struct tc_netlist *nl = f ? tc_netlist_read(f, "domain", &err) : NULL;

    if (f)
        fclose(f);
    free(text);
    return nl;
}

struct tc_netlist *tc_formal_domain(const struct tc_spec *spec)
{
    uint64_t bits = tc_spec_bits(spec, TC_ROLE_INPUT), at = 0;
    char *text = NULL;
    size_t len;
    struct writer w = {open_memstream(&text, &len), bits, bits};

    if (!w.f)
        return NULL;
    fprintf(w.f, "tc 1\ninputs %llu\n", (unsigned long long)bits);
    for (unsigned t = 0; t < spec->ntensor; t++) {
        const struct tc_tensor *x = &spec->tensor[t];
        const struct tc_format *f = tc_tensor_format(spec, x);

        if (x->role != TC_ROLE_INPUT)
            continue;
        for (uint64_t i = 0; i < tc_tensor_count(x); i++, at += tc_format_width(f))
            restrict_word(&w, x, f, at);
    }
    fputs("outputs", w.f);
    for (uint64_t o = bits; o < w.wire; o++)
        fprintf(w.f, " %llu", (unsigned long long)o);
    fputc('\n', w.f);
    fclose(w.f);
    if (w.wire == bits) {
        free(text);
        return NULL;
    }
    return read_back(text, len);
}
