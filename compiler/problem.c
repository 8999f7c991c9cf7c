/* problem.c -- what hard problems have in common: lengths, instances, runs */
#include "problem.h"

#include <stdlib.h>
#include <string.h>

#define MOST_WIRES ((uint64_t)1 << 27) /* of the inputs */

static const struct tc_problem_kind *const kinds[] = {&tc_problem_word, &tc_problem_formula,
                                                      &tc_problem_closure, &tc_problem_membership};

#define NKIND (sizeof kinds / sizeof *kinds)

unsigned tc_log2_upper(uint64_t n)
{
    unsigned k = 0;

    while (k < 64 && (UINT64_C(1) << k) < n)
        k++;
    return k;
}

static const struct tc_problem_kind *find_kind(const char *name, struct tc_error *err)
{
    char list[100];
    size_t len = 0;

    for (size_t k = 0; k < NKIND; k++)
        if (!strcmp(name, kinds[k]->name))
            return kinds[k];
    for (size_t k = 0; k < NKIND; k++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
                                !k              ? ""
                                : k + 1 < NKIND ? ", "
                                                : " or ",
                                kinds[k]->name);
    tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "problem wants %s, found '%.40s'", list, name);
    return NULL;
}

bool tc_problem_open(struct tc_arena *a, const struct tc_args *args, uint64_t n,
                     struct tc_problem *p, struct tc_error *err)
{
    const struct tc_problem_kind *kind = find_kind(args->spec, err);

    *p = (struct tc_problem){.arena = a, .kind = kind, .n = n, .reduced = args->reduced};
    if (!kind)
        return false;
    if (args->definition && !kind->file)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "problem %s wants no file", kind->name);
    if (args->period && kind != &tc_problem_membership)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "--period is for membership");
    if (!n || n > UINT32_MAX)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "a length is a whole number from 1 below 2^32, found %llu",
                       (unsigned long long)n);
    return kind->open(args, p, err);
}

struct tc_netlist *tc_problem_build(const struct tc_problem *p, uint64_t max_gates,
                                    struct tc_error *err)
{
    struct tc_arena *arena;
    struct tc_draft d;
    struct tc_netlist *nl;
    mpz_t gates;
    bool fits = p->symbols <= MOST_WIRES / p->width;

    if (!fits) {
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                "%llu symbols of %u wires each: up to 2^27 inputs are built",
                (unsigned long long)p->symbols, p->width);
        return NULL;
    }
    mpz_init(gates);
    if (p->kind->gates)
        p->kind->gates(p, gates);
    fits = mpz_cmp_ui(gates, max_gates) <= 0;
    if (!fits) {
        char *text = mpz_get_str(NULL, 10, gates);

        tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                "the netlist has %.60s gates, more than --max-gates %llu", text,
                (unsigned long long)max_gates);
        free(text);
    }
    mpz_clear(gates);
    if (!fits)
        return NULL;
    arena = tc_arena_new();
    tc_draft_open(&d, arena, (uint32_t)(p->symbols * p->width), max_gates);
    tc_draft_place(&d, "symbols", 0);
    p->kind->build(p, &d);
    nl = tc_draft_close(&d, err);
    tc_arena_free(arena);
    return nl;
}

/* ------------------------------------------------------------------- text */

unsigned tc_problem_symbol(const struct tc_problem *p, const char *text, size_t length)
{
    unsigned s = 0;

    while (s < p->alphabet && (strncmp(p->symbol[s], text, length) || p->symbol[s][length]))
        s++;
    return s;
}

/* The symbol at a place; 0 bytes at the end.  A | is one by itself where a line is split. */
static size_t token(const struct tc_problem *p, const char *at)
{
    size_t length = *at && (p->glued || (p->split && *at == '|')) ? 1 : strcspn(at, " \t\r\n");
    const char *bar = p->split && length > 1 ? memchr(at, '|', length) : NULL;

    return bar ? (size_t)(bar - at) : length;
}

bool tc_problem_read(const struct tc_problem *p, const char *line, struct tc_loc *loc,
                     unsigned *symbol, struct tc_error *err)
{
    static const char blank[] = " \t\r\n";
    uint64_t n = 0;
    bool split = !p->split;

    for (const char *at = line + strspn(line, blank); *at; at += strspn(at, blank)) {
        size_t length = token(p, at);
        unsigned s = tc_problem_symbol(p, at, length);

        loc->col = (unsigned)(at - line) + 1;
        if (n == p->symbols)
            return tc_fail(err, TC_EFORMAT, *loc, "found more than %llu symbols",
                           (unsigned long long)p->symbols);
        if (!split && n == p->split) {
            if (*at != '|')
                return tc_fail(err, TC_EFORMAT, *loc, "found '%.*s', wanted | behind %llu symbols",
                               length < 40 ? (int)length : 40, at, (unsigned long long)n);
            split = true;
        } else if (s == p->alphabet) {
            return tc_fail(err, TC_EFORMAT, *loc, "found '%.*s', wanted a symbol of %s, such as %s",
                           length < 40 ? (int)length : 40, at, p->title, p->symbol[0]);
        } else {
            symbol[n++] = s;
        }
        at += length;
    }
    loc->col = (unsigned)strcspn(line, "\r\n") + 1;
    return n == p->symbols ||
           tc_fail(err, TC_EFORMAT, *loc, "found %llu symbol%s, wanted %llu", (unsigned long long)n,
                   n == 1 ? "" : "s", (unsigned long long)p->symbols);
}

void tc_problem_print(FILE *f, const struct tc_problem *p, const unsigned *symbol)
{
    const char *blank = p->glued ? "" : " ", *bar = p->glued ? "|" : " | ";

    for (uint64_t i = 0; i < p->symbols; i++)
        fprintf(f, "%s%s", !i ? "" : i == p->split ? bar : blank, p->symbol[symbol[i]]);
    fputc('\n', f);
}

/* -------------------------------------------------------------------- run */

bool tc_problem_run(const struct tc_problem *p, const struct tc_netlist *nl, const unsigned *symbol,
                    size_t count, bool *out, struct tc_error *err)
{
    uint64_t *in = tc_xcalloc((size_t)nl->ninputs + 1, sizeof *in);
    uint64_t *result = tc_xcalloc((size_t)nl->noutputs + 1, sizeof *result);
    bool ok;

    for (size_t v = 0; v < count; v++)
        for (uint64_t i = 0; i < p->symbols; i++)
            for (unsigned w = 0; w < p->width; w++)
                in[i * p->width + w] |= (uint64_t)p->kind->bit(p, symbol[v * p->symbols + i], w)
                                        << v;
    ok = tc_netlist_run(nl, in, result, 1, err);
    for (size_t v = 0; ok && v < count; v++)
        for (unsigned o = 0; o < p->outputs; o++)
            out[v * p->outputs + o] = result[o] >> v & 1;
    free(in);
    free(result);
    return ok;
}
