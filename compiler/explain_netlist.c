/* explain_netlist.c -- a circuit from a file as a document: `tc0c explain FILE.tc` */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#define MOST_GATES 64   /* that are shown */
#define MOST_TERMS 24   /* of a gate's sum */
#define MOST_WIRES 1024 /* of a gate that is named */

static const char *number(struct tc_arena *a, mpz_srcptr x)
{
    char *text = tc_alloc(a, mpz_sizeinbase(x, 10) + 2, 1);

    return mpz_get_str(text, 10, x);
}

static const char *weight(struct tc_arena *a, const struct tc_netlist *nl, tc_weight w)
{
    mpz_ptr z = tc_mpz(a);

    tc_weight_get(nl, w, z);
    return number(a, z);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* the line of the gate in the file; long sums are cut */
static const char *line(struct tc_arena *a, const struct tc_netlist *nl, uint32_t row,
                        uint32_t gate)
{
    const char *text = tc_sprintf(a, "%u =", nl->ninputs + gate);

    for (uint64_t e = nl->first[row]; e < nl->first[row + 1]; e++) {
        const char *w = weight(a, nl, nl->weight[e]);

        if (e - nl->first[row] == MOST_TERMS) {
            text = tc_sprintf(a, "%s ... (%llu more)", text,
                              (unsigned long long)(nl->first[row + 1] - e));
            break;
        }
        text = tc_sprintf(a, "%s %s%s*%u", text, *w == '-' ? "" : "+", w, nl->source[e]);
    }
    return tc_sprintf(a, "%s >= %s", text, weight(a, nl, nl->bound[gate]));
}

/* all weights of a row, if they are the same number and no wire stands twice; else 0 */
static tc_weight same_weight(const struct tc_netlist *nl, uint32_t row)
{
    uint64_t from = nl->first[row], to = nl->first[row + 1];

    for (uint64_t e = from; e < to; e++) {
        if (nl->weight[e] != nl->weight[from])
            return 0;
        for (uint64_t d = from; d < e; d++)
            if (nl->source[d] == nl->source[e])
                return 0;
    }
    return from < to ? nl->weight[from] : 0;
}

/* of k wires at least t are 1 */
static const char *at_least(struct tc_arena *a, uint64_t k, uint64_t t)
{
    if (t == k)
        return k == 1 ? "the wire itself"
                      : tc_sprintf(a, "AND of %llu wires", (unsigned long long)k);
    if (t == 1)
        return tc_sprintf(a, "OR of %llu wires", (unsigned long long)k);
    return tc_sprintf(a, "%swhether at least %llu of %llu wires are 1",
                      t == k / 2 + 1 ? "majority: " : "", (unsigned long long)t,
                      (unsigned long long)k);
}

/* of k wires at most t are 1 */
static const char *at_most(struct tc_arena *a, uint64_t k, uint64_t t)
{
    if (t == 0)
        return k == 1 ? "NOT"
                      : tc_sprintf(a, "NOR: none of %llu wires is 1", (unsigned long long)k);
    if (t == k - 1)
        return tc_sprintf(a, "NAND: not all of %llu wires are 1", (unsigned long long)k);
    return tc_sprintf(a, "%swhether at most %llu of %llu wires are 1",
                      t == (k - 1) / 2 ? "minority: " : "", (unsigned long long)t,
                      (unsigned long long)k);
}

static const char *kind(struct tc_arena *a, const struct tc_netlist *nl, uint32_t row,
                        uint32_t gate)
{
    uint64_t k = nl->first[row + 1] - nl->first[row];
    tc_weight w = k <= MOST_WIRES ? same_weight(nl, row) : 0, bound = nl->bound[gate];
    bool counts = (w == 1 || w == -1) && !tc_weight_is_big(bound);

    if (!k) {
        mpz_ptr z = tc_mpz(a);

        tc_weight_get(nl, bound, z);
        return mpz_sgn(z) > 0 ? "always 0" : "always 1";
    }
    if (!counts)
        return tc_sprintf(a, "a weighted sum of %llu wire%s against its threshold",
                          (unsigned long long)k, plural(k));
    if (w == 1)
        return bound <= 0             ? "always 1"
               : bound > (tc_weight)k ? "always 0"
                                      : at_least(a, k, (uint64_t)bound);
    return bound > 0                ? "always 0"
           : -bound >= (tc_weight)k ? "always 1"
                                    : at_most(a, k, (uint64_t)-bound);
}

static void gates(struct tc_doc *d, const struct tc_netlist *nl)
{
    uint32_t *level = tc_netlist_levels(nl);

    for (uint32_t r = 0, shown = 0; r < nl->nrows && shown < MOST_GATES; r++)
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1] && shown < MOST_GATES; g++, shown++) {
            tc_doc_add(d, TC_PARAGRAPH, "Wire %u, level %u: %s.", nl->ninputs + g,
                       level[nl->ninputs + g], kind(d->arena, nl, r, g));
            tc_doc_add(d, TC_CODE, "%s", line(d->arena, nl, r, g));
        }
    free(level);
    if (nl->ngates > MOST_GATES)
        tc_doc_add(d, TC_PARAGRAPH, "And %u gates more.", nl->ngates - MOST_GATES);
    if (nl->noutputs <= MOST_TERMS) {
        const char *text = nl->noutputs == 1 ? "The output is wire" : "The outputs are wires";

        for (uint32_t o = 0; o < nl->noutputs; o++)
            text = tc_sprintf(d->arena, "%s%s %u", text, o ? "," : "", nl->output[o]);
        if (nl->noutputs)
            tc_doc_add(d, TC_PARAGRAPH, "%s.", text);
    }
}

/* of all gates, those that no output depends on too */
static void levels(struct tc_doc *d, const struct tc_netlist *nl)
{
    uint32_t *level = tc_netlist_levels(nl), *count, most = 0;

    for (uint32_t g = 0; g < nl->ngates; g++)
        most = level[nl->ninputs + g] > most ? level[nl->ninputs + g] : most;
    count = tc_xcalloc(most + (size_t)1, sizeof *count);
    for (uint32_t g = 0; g < nl->ngates; g++)
        count[level[nl->ninputs + g]]++;
    tc_doc_add(d, TC_ROW, "level\tgates");
    for (uint32_t k = 1; k <= most; k++)
        tc_doc_add(d, TC_ROW, "%u\t%u", k, count[k]);
    free(level);
    free(count);
}

static void size(struct tc_doc *d, const struct tc_netlist *nl, const struct tc_count *c)
{
    bool one = nl->ngates == 1;

    tc_doc_add(d, TC_SECTION, "Depth and size");
    tc_doc_add(d, TC_PARAGRAPH,
               "A gate reads inputs and gates before it; its level is one more than the highest of "
               "theirs, "
               "and the highest level of an output is the depth: %u.",
               c->depth);
    if (nl->ngates)
        levels(d, nl);
    tc_doc_add(d, TC_PARAGRAPH,
               "%s %u gate%s in all, with %s wire%s. A gate reads at most %s of them, with "
               "weights of at most %s.",
               one ? "This is" : "These are", nl->ngates, plural(nl->ngates),
               number(d->arena, c->wires), mpz_cmp_ui(c->wires, 1) ? "s" : "",
               number(d->arena, c->max_fan_in), number(d->arena, c->max_weight));
    tc_doc_add(
        d, TC_PARAGRAPH,
        "It is one circuit, for inputs of one length, and says nothing of a class: TC0 is about "
        "families, one circuit for each length, of the same depth and of polynomial size.");
}

bool tc_explain_netlist(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct tc_compiled c = {0};
    bool ok;

    if (args->options.pass.named)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){.file = args->spec},
                       "explain takes a netlist as it is: --passes is for compile");
    ok = tc_circuit_read(args, &c, err);
    if (ok) {
        struct tc_doc d = {.arena = c.arena};
        const struct tc_netlist *nl = c.netlist;

        tc_netlist_count(c.arena, nl, &c.count);
        tc_doc_add(&d, TC_TITLE, "%s: the circuit", c.name);
        tc_doc_add(&d, TC_PARAGRAPH, "%u input%s, wires from 0 on; %u gate%s; %u output%s.",
                   nl->ninputs, plural(nl->ninputs), nl->ngates, plural(nl->ngates), nl->noutputs,
                   plural(nl->noutputs));
        tc_doc_add(&d, TC_SECTION, "The circuit, gate by gate");
        tc_doc_add(
            &d, TC_PARAGRAPH,
            "A threshold gate has wires x with integer weights w and a threshold t: it is 1 if and "
            "only if the sum of w x is at least t. `WIRE = +W*WIRE ... >= T` is one, as the file "
            "has it.");
        gates(&d, nl);
        size(&d, nl, &c.count);
        /* a stream that failed says so when it is finished */
        (void)tc_doc_write(out, &d, args->format ? args->format : "text");
    }
    tc_compiled_free(&c);
    return ok;
}
