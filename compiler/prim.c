/* prim.c -- the command `prim`: one operation, built once, run on lines of operands
 *
 * Lines are taken in batches, because circuits run 64 vectors at once; results
 * are printed batch by batch, so that a stream of any length passes. */
#include "explain.h"
#include "prim.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VECTORS 4096 /* in a batch; a multiple of 64 */
#define MOST_WORDS   ((size_t)1 << 20)

/* ---------------------------------------------------------------------- circuits */

/* form-depth, form-gates: banks that only make gates of forms are left out */
static void count_forms(struct tc_prim_circuit *c)
{
    const struct tc_family *f = c->compiled.family;

    c->form_gates = tc_mpz(c->compiled.arena);
    for (unsigned i = 0; i < f->nbank; i++) {
        if (!strcmp(f->bank[i]->component, "output"))
            continue;
        mpz_add(c->form_gates, c->form_gates, c->compiled.count.bank[i].gates);
        if (f->bank[i]->plane.level > c->form_depth)
            c->form_depth = f->bank[i]->plane.level;
    }
}

bool tc_prim_build(struct tc_prim *prim, enum tc_engine_kind engine, uint64_t max_gates,
                   struct tc_prim_circuit *c, struct tc_error *err)
{
    bool ok;

    memset(c, 0, sizeof *c);
    c->prim = prim;
    c->engine = engine;
    if (engine == TC_ENGINE_REFERENCE)
        return true;
    c->compiled.arena = tc_arena_new();
    c->compiled.family = tc_prim_lower(prim, err);
    if (!c->compiled.family)
        return false;
    ok = tc_family_check(c->compiled.family, err);
    if (!ok)
        fprintf(stderr, "tc0c: defect: the family of %s is not sound: %s\n", prim->name, err->msg);
    assert(ok); /* the compiler's fault, not to be mistaken for a refusal */
    if (!tc_passes_run(c->compiled.arena, &c->compiled.family, &prim->options->pass,
                       &c->compiled.count, &c->compiled.passes, err))
        return false;
    count_forms(c);
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

const struct tc_format *tc_prim_result(const struct tc_prim *p, unsigned k)
{
    return &p->result[p->nresult > 1 && k + 1 == p->nresult];
}

static void run_reference(const struct tc_prim *p, const uint64_t *in, uint64_t *out,
                          size_t nvector)
{
    size_t given = (size_t)p->noperand * p->limbs, fixed = (size_t)p->nconst * p->limbs;
    uint64_t *all = tc_xcalloc(given + fixed, sizeof *all);

    if (p->nconst)
        memcpy(all + given, p->constant, fixed * sizeof *all);
    for (size_t v = 0; v < nvector; v++) {
        memcpy(all, in + v * given, given * sizeof *all);
        tc_prim_reference(p, all, out + v * p->nresult * p->limbs);
    }
    free(all);
}

/* the limbs of number k of every vector, bit by bit to wires of `width`, or back */
static void slice_number(const struct tc_prim *p, uint64_t *word, size_t stride, unsigned k,
                         unsigned width, size_t nvector, uint64_t *wire, size_t words, bool back)
{
    for (unsigned l = 0; l < p->limbs && 64 * l < width; l++) {
        unsigned bits = width - 64 * l < 64 ? width - 64 * l : 64;
        uint64_t *from = word + (size_t)k * p->limbs + l, *to = wire + 64 * l * words;

        if (back)
            tc_unslice(to, words, 1, bits, nvector, from, stride);
        else
            tc_slice(from, stride, 1, bits, nvector, to, words);
    }
}

bool tc_prim_run(const struct tc_prim_circuit *c, const uint64_t *in, uint64_t *out, size_t nvector,
                 struct tc_error *err)
{
    const struct tc_prim *p = c->prim;
    size_t words = (nvector + 63) / 64, nin = p->noperand, nout = 0, most;
    unsigned width = tc_format_width(&p->format);
    uint64_t *word, *wire_in, *wire_out, *wire;
    bool ok;

    if (c->engine == TC_ENGINE_REFERENCE) {
        run_reference(p, in, out, nvector);
        return true;
    }
    for (unsigned k = 0; k < p->nresult; k++)
        nout += tc_format_width(tc_prim_result(p, k));
    most = (nin > p->nresult ? nin : p->nresult) * p->limbs;
    word = tc_xcalloc(nvector * most, sizeof *word);
    wire_in = tc_xcalloc(nin * width * words, sizeof *wire_in);
    wire_out = tc_xcalloc(nout * words, sizeof *wire_out);
    memcpy(word, in, nvector * nin * p->limbs * sizeof *word);
    for (unsigned k = 0; k < nin; k++)
        slice_number(p, word, nin * p->limbs, k, width, nvector, wire_in + k * width * words, words,
                     false);
    ok = c->netlist ? tc_netlist_run(c->netlist, wire_in, wire_out, words, err)
                    : tc_family_run(c->compiled.family, wire_in, wire_out, words, err);
    if (ok)
        memset(out, 0, nvector * p->nresult * p->limbs * sizeof *out);
    wire = wire_out;
    for (unsigned k = 0; ok && k < p->nresult; k++) {
        width = tc_format_width(tc_prim_result(p, k));
        slice_number(p, out, (size_t)p->nresult * p->limbs, k, width, nvector, wire, words, true);
        wire += width * words;
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

static void print_wide(FILE *out, const struct tc_format *f, const uint64_t *limb, unsigned limbs,
                       bool decimal)
{
    char *text;
    mpz_t word;

    mpz_init(word);
    mpz_import(word, limbs, -1, sizeof *limb, 0, 0, limb);
    text = tc_format_text(f, word, decimal);
    fputs(text, out);
    free(text);
    mpz_clear(word);
}

/* places and truths are plain integers in either style */
static void print_results(FILE *out, const struct tc_prim *p, const uint64_t *result,
                          size_t nvector, bool decimal)
{
    bool truth = p->op == TC_OP_LT || p->op == TC_OP_LE || p->op == TC_OP_EQ;
    bool place = p->op == TC_OP_ARGMAX || p->op == TC_OP_MAXARG;
    char text[64];

    for (size_t v = 0; v < nvector; v++)
        for (unsigned k = 0; k < p->nresult; k++, result += p->limbs) {
            const struct tc_format *f = tc_prim_result(p, k);
            bool plain = decimal || truth || (place && k + 1 == p->nresult);

            if (tc_format_width(f) <= 64) {
                tc_format_print(f, *result, plain, text, sizeof text);
                fputs(text, out);
            } else {
                print_wide(out, f, result, p->limbs, plain);
            }
            fputc(k + 1 < p->nresult ? ' ' : '\n', out);
        }
}

/* up to `most` lines; *n < most at the end of the file */
static bool read_batch(FILE *in, const struct tc_prim *p, char **line, size_t *room,
                       struct tc_loc *loc, uint64_t *operand, size_t most, size_t *n,
                       struct tc_error *err)
{
    unsigned found;
    ssize_t length;

    for (*n = 0; *n < most; ++*n, operand += (size_t)p->noperand * p->limbs) {
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
        if (!tc_prim_line(*line, &p->format, p->limbs, operand, p->noperand, &found, *loc, err))
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
    size_t most = MOST_WORDS / p->noperand / p->limbs / 64 * 64, n, room = 0;
    struct tc_loc loc = {.file = file};
    uint64_t *operand, *result;
    char *line = NULL;
    bool ok;

    most = most < 64 ? 64 : most > MOST_VECTORS ? MOST_VECTORS : most;
    operand = tc_xcalloc(most * p->noperand * p->limbs, sizeof *operand);
    result = tc_xcalloc(most * p->nresult * p->limbs, sizeof *result);
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
    bool ok = (!args->stats && !args->explain) || args->engine != TC_ENGINE_REFERENCE ||
              tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                      "%s is of a circuit, which the reference has none of",
                      args->stats ? "--stats" : "--explain");

    ok = ok && tc_prim_open(args, &prim, err) &&
         (!args->constants || tc_prim_constants(arena, args->constants, &prim, err)) &&
         tc_prim_build(&prim, args->engine, args->max_gates, &c, err);

    if (ok && args->stats)
        print_stats(out, &c);
    else if (ok && args->explain)
        tc_explain_prim(out, args, &c);
    else if (ok)
        ok = run_file(out, args, &c, err);
    tc_prim_free(&c);
    tc_arena_free(arena);
    return ok;
}
