/* prim.c -- the command `prim`: one operation, built once, run on lines of operands
 *
 * Lines are taken in batches, because circuits run 64 vectors at once; results
 * are printed batch by batch, so that a stream of any length passes. */
#include "prim.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VECTORS 4096 /* in a batch; a multiple of 64 */
#define MOST_WORDS   ((size_t)1 << 20)

/* ---------------------------------------------------------------------- circuits */

/* form-depth, form-gates: outputs that only make gates of forms are left out */
static void count_forms(struct tc_prim_circuit *c, const bool *converted)
{
    const struct tc_family *f = c->compiled.family;

    c->form_gates = tc_mpz_copy(c->compiled.arena, c->compiled.count.gates);
    for (unsigned k = 0; k < f->noutput; k++) {
        const struct tc_bank *b = f->output[k].plane->bank;
        unsigned level = b->plane.level;

        if (converted[k]) {
            for (unsigned i = 0; i < f->nbank; i++)
                if (f->bank[i] == b)
                    mpz_sub(c->form_gates, c->form_gates, c->compiled.count.bank[i].gates);
            level = tc_form_level(&b->form);
        }
        if (level > c->form_depth)
            c->form_depth = level;
    }
}

bool tc_prim_build(struct tc_prim *prim, enum tc_engine_kind engine, uint64_t max_gates,
                   struct tc_prim_circuit *c, struct tc_error *err)
{
    bool *converted, kept[8];
    bool ok;

    memset(c, 0, sizeof *c);
    c->prim = prim;
    c->engine = engine;
    c->compiled.arena = tc_arena_new();
    c->compiled.family = tc_prim_lower(prim, &converted, err);
    if (!c->compiled.family)
        return false;
    memcpy(kept, converted, c->compiled.family->noutput * sizeof *kept);
    ok = tc_family_check(c->compiled.family, err);
    if (!ok)
        fprintf(stderr, "tc0c: defect: the family of %s is not sound: %s\n", prim->name, err->msg);
    assert(ok); /* the compiler's fault, not to be mistaken for a refusal */
    if (!tc_passes_run(c->compiled.arena, &c->compiled.family, &c->compiled.count,
                       &c->compiled.pass, err))
        return false;
    count_forms(c, kept);
    if (engine == TC_ENGINE_NETLIST)
        c->netlist = tc_compiled_netlist(&c->compiled, max_gates, 0, err);
    return engine != TC_ENGINE_NETLIST || c->netlist;
}

void tc_prim_free(struct tc_prim_circuit *c)
{
    if (c->netlist)
        tc_netlist_free(c->netlist);
    if (c->compiled.family)
        tc_family_free(c->compiled.family);
    if (c->compiled.arena)
        tc_arena_free(c->compiled.arena);
    memset(c, 0, sizeof *c);
}

/* --------------------------------------------------------------------------- run */

static void run_reference(const struct tc_prim *p, const int64_t *in, int64_t *out, size_t nvector)
{
    int64_t *all = tc_xcalloc(p->noperand + p->nconst, sizeof *all);

    if (p->nconst)
        memcpy(all + p->noperand, p->constant, p->nconst * sizeof *all);
    for (size_t v = 0; v < nvector; v++) {
        memcpy(all, in + v * p->noperand, p->noperand * sizeof *all);
        tc_prim_reference(p, all, out + v * p->nresult);
    }
    free(all);
}

/* the wires' words, whose upper bits are 0, to integers */
static int64_t integer_of(const struct tc_prim_format *f, uint64_t word)
{
    uint64_t sign = (uint64_t)1 << (f->bits - 1);

    return f->sign ? (int64_t)(word ^ sign) - (int64_t)sign : (int64_t)word;
}

bool tc_prim_run(const struct tc_prim_circuit *c, const int64_t *in, int64_t *out, size_t nvector,
                 struct tc_error *err)
{
    const struct tc_prim *p = c->prim;
    size_t words = (nvector + 63) / 64, nin = p->noperand, nout = 0;
    uint64_t *word, *wire_in, *wire_out, *wire;
    unsigned bits = p->format.bits;
    bool ok;

    if (c->engine == TC_ENGINE_REFERENCE) {
        run_reference(p, in, out, nvector);
        return true;
    }
    for (unsigned k = 0; k < p->nresult; k++)
        nout += p->result[k].bits;
    word = tc_xcalloc(nvector * (nin > p->nresult ? nin : p->nresult), sizeof *word);
    wire_in = tc_xcalloc(nin * bits * words, sizeof *wire_in);
    wire_out = tc_xcalloc(nout * words, sizeof *wire_out);
    for (size_t i = 0; i < nvector * nin; i++)
        word[i] = (uint64_t)in[i];
    tc_slice(word, nin, nin, bits, nvector, wire_in, words);
    ok = c->netlist ? tc_netlist_run(c->netlist, wire_in, wire_out, words, err)
                    : tc_family_run(c->compiled.family, wire_in, wire_out, words, err);
    wire = wire_out;
    for (unsigned k = 0; ok && k < p->nresult; k++) {
        tc_unslice(wire, words, 1, p->result[k].bits, nvector, word + k, p->nresult);
        for (size_t v = 0; v < nvector; v++)
            out[v * p->nresult + k] = integer_of(&p->result[k], word[v * p->nresult + k]);
        wire += p->result[k].bits * words;
    }
    free(word);
    free(wire_in);
    free(wire_out);
    return ok;
}

/* ----------------------------------------------------------------------- command */

static void print_stats(FILE *out, const struct tc_prim_circuit *c)
{
    const struct tc_count *n = &c->compiled.count;
    mpz_srcptr number[] = {n->gates, n->wires, n->max_fan_in, n->max_weight};
    static const char *const name[] = {"gates", "wires", "max-fan-in", "max-weight"};

    fprintf(out, "depth %u", n->depth);
    for (unsigned k = 0; k < 4; k++) {
        fprintf(out, " %s ", name[k]);
        mpz_out_str(out, 10, number[k]);
    }
    fprintf(out, " form-depth %u form-gates ", c->form_depth);
    mpz_out_str(out, 10, c->form_gates);
    fputc('\n', out);
}

/* places and truths are plain integers in either style */
static void print_results(FILE *out, const struct tc_prim *p, const int64_t *result, size_t nvector,
                          bool decimal)
{
    for (size_t v = 0; v < nvector; v++)
        for (unsigned k = 0; k < p->nresult; k++) {
            bool place = (k == 1 || p->op == TC_OP_ARGMAX || p->op == TC_OP_LT ||
                          p->op == TC_OP_LE || p->op == TC_OP_EQ);
            struct tc_format f = {TC_FIXED, TC_FIXED_MAX_BITS, p->result[k].fraction};
            int64_t m = result[v * p->nresult + k];
            char text[192];

            if (place)
                snprintf(text, sizeof text, "%lld", (long long)m);
            else
                tc_format_print(&f, (uint64_t)m, decimal, text, sizeof text);
            fputs(text, out);
            fputc(k + 1 < p->nresult ? ' ' : '\n', out);
        }
}

/* up to `most` lines; *n < most at the end of the file */
static bool read_batch(FILE *in, const struct tc_prim *p, char **line, size_t *room,
                       struct tc_loc *loc, int64_t *operand, size_t most, size_t *n,
                       struct tc_error *err)
{
    unsigned found;
    ssize_t length;

    for (*n = 0; *n < most; ++*n, operand += p->noperand) {
        errno = 0;
        length = getline(line, room, in);
        if (length < 0)
            return !ferror(in) ||
                   tc_fail(err, errno == ENOMEM ? TC_ELIMIT : TC_EIO,
                           (struct tc_loc){loc->file, 0, 0}, "cannot read: %s", strerror(errno));
        loc->line++;
        loc->col = (unsigned)strlen(*line) + 1;
        if (strlen(*line) != (size_t)length)
            return tc_fail(err, TC_EFORMAT, *loc, "found a zero byte, wanted text");
        if (!tc_prim_line(*line, &p->format, operand, p->noperand, &found, *loc, err))
            return false;
        loc->col = (unsigned)strcspn(*line, "\r\n") + 1;
        if (found < p->noperand)
            return tc_fail(err, TC_EFORMAT, *loc, "found %u number%s, wanted %u", found,
                           found == 1 ? "" : "s", p->noperand);
    }
    return true;
}

static bool run_lines(FILE *in, FILE *out, const char *file, const struct tc_args *args,
                      const struct tc_prim_circuit *c, struct tc_error *err)
{
    const struct tc_prim *p = c->prim;
    size_t most = MOST_WORDS / p->noperand / 64 * 64, n, room = 0;
    struct tc_loc loc = {.file = file};
    int64_t *operand, *result;
    char *line = NULL;
    bool ok;

    most = most < 64 ? 64 : most > MOST_VECTORS ? MOST_VECTORS : most;
    operand = tc_xcalloc(most * p->noperand, sizeof *operand);
    result = tc_xcalloc(most * p->nresult, sizeof *result);
    do {
        ok = read_batch(in, p, &line, &room, &loc, operand, most, &n, err);
        if (!ok && err->kind == TC_EIO)
            break;
        /* what stands before a bad line is still done */
        if (n) {
            struct tc_error worse;

            if (!tc_prim_run(c, operand, result, n, &worse)) {
                *err = worse;
                ok = false;
                break;
            }
            print_results(out, p, result, n, args->decimal);
        }
    } while (ok && n == most && !ferror(out));
    free(line);
    free(operand);
    free(result);
    return ok;
}

static bool run_file(FILE *out, const struct tc_args *args, const struct tc_prim_circuit *c,
                     struct tc_error *err)
{
    const char *file = args->values ? args->values : "-";
    bool standard = !strcmp(file, "-"), ok;
    FILE *in = standard ? stdin : fopen(file, "re");

    if (!in)
        return tc_fail(err, TC_EIO, (struct tc_loc){.file = file}, "cannot open: %s",
                       strerror(errno));
    ok = run_lines(in, out, file, args, c, err);
    if (!standard)
        fclose(in);
    return ok;
}

bool tc_prim_command(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_prim_circuit c = {0};
    struct tc_prim prim;
    bool ok = tc_prim_open(args, &prim, err) &&
              (!args->constants || tc_prim_constants(arena, args->constants, &prim, err)) &&
              tc_prim_build(&prim, args->engine, args->max_gates, &c, err);

    if (ok && args->stats)
        print_stats(out, &c);
    else if (ok)
        ok = run_file(out, args, &c, err);
    tc_prim_free(&c);
    tc_arena_free(arena);
    return ok;
}
