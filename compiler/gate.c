/* gate.c -- the command: one gate by its number or place */
#include "compiler.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 10000

static bool usage(struct tc_error *err, const char *wanted, const char *found)
{
    return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "%s, found '%.200s'", wanted, found);
}

/* the digits at *text, which is moved behind them; false if there are none */
static bool read_number(const char **text, mpz_ptr number)
{
    size_t n = strspn(*text, "0123456789");
    char *digits;

    if (n == 0 || n > MOST_DIGITS)
        return false;
    digits = tc_xcalloc(n + 1, 1);
    memcpy(digits, *text, n);
    mpz_set_str(number, digits, 10);
    free(digits);
    *text += n;
    return true;
}

/* FROM:COUNT */
static bool read_range(const char *option, const char *text, mpz_ptr from, uint64_t *count,
                       struct tc_error *err)
{
    const char *p = text;
    char wanted[80];
    mpz_t n;
    bool ok;

    mpz_init(n);
    ok = read_number(&p, from) && *p++ == ':' && read_number(&p, n) && !*p &&
         mpz_sizeinbase(n, 2) <= 64;
    *count = mpz_get_ui(n);
    mpz_clear(n);
    snprintf(wanted, sizeof wanted, "%s wants FROM:COUNT, such as 0:100", option);
    return ok || usage(err, wanted, text);
}

/* ---------------------------------------------------------------- printing */

struct printer {
    FILE *out;
    const char *between; /* weight and wire */
};

/* "    +4 * 17    X[0, 1].2" */
static bool print_edge(void *ctx, const struct tc_spot *spot, mpz_srcptr wire, mpz_srcptr weight)
{
    const struct printer *p = ctx;
    struct tc_arena *arena = tc_arena_new();

    gmp_fprintf(p->out, "  %s%Zd %s %Zd  %s\n", mpz_sgn(weight) < 0 ? "" : "+", weight, p->between,
                wire, tc_spot_text(arena, spot));
    tc_arena_free(arena);
    return true;
}

/* "inputs     100 to 104 of 17856" before the first of them */
struct range {
    mpz_t from, total;
    uint64_t count;
};

static void print_range(FILE *out, const char *what, const struct range *r)
{
    mpz_t last;

    mpz_init(last);
    mpz_set_ui(last, r->count);
    mpz_add(last, last, r->from);
    if (mpz_cmp(last, r->total) > 0)
        mpz_set(last, r->total);
    if (mpz_cmp(r->from, last) >= 0) {
        gmp_fprintf(out, "%-11snone of %Zd\n", what, r->total);
    } else {
        mpz_sub_ui(last, last, 1);
        gmp_fprintf(out, "%-11s%Zd to %Zd of %Zd\n", what, r->from, last, r->total);
    }
    mpz_clear(last);
}

typedef bool lister(struct tc_gates *, const struct tc_spot *, mpz_srcptr, uint64_t, tc_spot_edge *,
                    void *, mpz_ptr, struct tc_error *);

/* a heading that tells how many there are, then those of the range */
static bool print_edges(FILE *out, struct tc_gates *g, const struct tc_spot *spot, lister *list,
                        const char *what, const char *between, struct range *r,
                        struct tc_error *err)
{
    struct printer p = {out, between};
    mpz_t none;
    bool ok;

    mpz_init(none);
    ok = list(g, spot, none, 0, print_edge, &p, r->total, err);
    mpz_clear(none);
    if (!ok)
        return false;
    print_range(out, what, r);
    return list(g, spot, r->from, r->count, print_edge, &p, r->total, err);
}

static void print_place(FILE *out, const struct tc_spot *spot)
{
    struct tc_arena *arena = tc_arena_new();
    const struct tc_plane *p = spot->plane;

    fprintf(out, "%-11s%s", "place", tc_spot_text(arena, spot));
    for (unsigned k = 0; k < tc_plane_axes(p); k++)
        fprintf(out, "%s%s = %lld", k ? ", " : "   ",
                k < p->naxis ? p->axis[k]->name : p->chain->name, (long long)spot->at[k]);
    fputc('\n', out);
    tc_arena_free(arena);
}

/* all of a gate but its wires */
static bool print_bank(FILE *out, struct tc_gates *g, const struct tc_family *f,
                       const struct tc_spot *spot, struct tc_error *err)
{
    const struct tc_bank *bank = spot->plane->bank;
    struct tc_arena *arena = tc_arena_new();
    mpz_t first, last, bound;
    bool ok;

    mpz_inits(first, last, bound, NULL);
    mpz_sub(first, tc_gates_first(g, spot->plane), tc_gates_inputs(g));
    mpz_add(last, first, tc_gates_points(g, spot->plane));
    mpz_sub_ui(last, last, 1);
    gmp_fprintf(out, "%-11s%u of %u, gates %Zd to %Zd: %s\n", "bank",
                spot->plane->id - f->ninput + 1, f->nbank, first, last, tc_bank_text(arena, f, bank));
    if (bank->component && *bank->component)
        fprintf(out, "%-11s%s\n", "component", bank->component);
    fprintf(out, "%-11s%u\n", "level", spot->plane->level);
    ok = tc_spot_bound(g, spot, bound, err);
    if (ok)
        gmp_fprintf(out, "%-11s%Zd\n", "threshold", bound);
    mpz_clears(first, last, bound, NULL);
    tc_arena_free(arena);
    return ok;
}

static bool print_spot(FILE *out, const struct tc_args *args, struct tc_gates *g,
                       const struct tc_family *f, const struct tc_spot *spot, mpz_srcptr wire,
                       struct range *inputs, struct range *fanout, struct tc_error *err)
{
    mpz_t gate;

    if (spot->plane->bank) {
        mpz_init(gate);
        mpz_sub(gate, wire, tc_gates_inputs(g));
        gmp_fprintf(out, "%-11s%Zd\n", "gate", gate);
        mpz_clear(gate);
    } else {
        fprintf(out, "%-11s%s\n", "input", spot->plane->name);
    }
    gmp_fprintf(out, "%-11s%Zd\n", "wire", wire);
    print_place(out, spot);
    if (spot->plane->bank &&
        (!print_bank(out, g, f, spot, err) ||
         !print_edges(out, g, spot, tc_spot_reads, "inputs", "*", inputs, err)))
        return false;
    return !args->fanout ||
           print_edges(out, g, spot, tc_spot_readers, "readers", "in", fanout, err);
}

/* ---------------------------------------------------------------- answering */

/* K or PATH */
static bool find(struct tc_gates *g, const char *text, struct tc_spot *spot, mpz_ptr wire,
                 struct tc_error *err)
{
    const char *p = text;
    char *gates;

    if (!isdigit((unsigned char)*text))
        return tc_spot_read(g, text, spot, err) && tc_spot_wire(g, spot, wire, err);
    if (!read_number(&p, wire) || *p)
        return usage(err, "gate wants the number of a gate, or a place such as q[3, 0; 5]", text);
    mpz_add(wire, wire, tc_gates_inputs(g));
    if (mpz_cmp(wire, tc_gates_wires(g)) >= 0) {
        mpz_sub(wire, tc_gates_wires(g), tc_gates_inputs(g));
        gates = mpz_get_str(NULL, 10, wire);
        tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                "the circuit has %.100s gates, numbered from 0; found '%.100s'", gates, text);
        free(gates);
        return false;
    }
    return tc_wire_spot(g, wire, spot, err);
}

static bool show(FILE *out, const struct tc_args *args, struct tc_gates *g,
                 const struct tc_family *f, struct tc_error *err)
{
    struct range inputs = {.count = 100}, fanout = {.count = 0};
    struct tc_spot spot;
    mpz_t wire;
    bool ok;

    mpz_inits(wire, inputs.from, inputs.total, fanout.from, fanout.total, NULL);
    ok = (!args->inputs ||
          read_range("--inputs", args->inputs, inputs.from, &inputs.count, err)) &&
         (!args->fanout ||
          read_range("--fanout", args->fanout, fanout.from, &fanout.count, err)) &&
         find(g, args->gate, &spot, wire, err) &&
         print_spot(out, args, g, f, &spot, wire, &inputs, &fanout, err);
    mpz_clears(wire, inputs.from, inputs.total, fanout.from, fanout.total, NULL);
    return ok;
}

/* "TYPE I J"; a wire that there is not is in no tuple */
static bool decide(FILE *out, const char *text, struct tc_gates *g, bool *yes,
                   struct tc_error *err)
{
    static const char *const types[] = {"input", "threshold"};
    const char *p = text + strspn(text, " ");
    struct tc_spot from, to;
    unsigned type = 0;
    bool ok = true, read;
    mpz_t i, j, edges;

    while (type < 2 && strncmp(p, types[type], strlen(types[type])) != 0)
        type++;
    mpz_inits(i, j, edges, NULL);
    read = type < 2 && (p += strlen(types[type]), *p == ' ') && (p += strspn(p, " "), true) &&
           read_number(&p, i) && *p == ' ' && (p += strspn(p, " "), true) && read_number(&p, j) &&
           !p[strspn(p, " ")];
    if (!read) {
        ok = usage(err,
                   "--language wants \"TYPE I J\", such as \"threshold 400 500\" or "
                   "\"input 3 400\"",
                   text);
    } else {
        *yes = mpz_cmp(i, tc_gates_wires(g)) < 0 && mpz_cmp(j, tc_gates_wires(g)) < 0 &&
               (mpz_cmp(i, tc_gates_inputs(g)) < 0) == (type == 0);
        if (*yes)
            ok = tc_wire_spot(g, i, &from, err) && tc_wire_spot(g, j, &to, err) &&
                 tc_spot_joined(g, &from, &to, edges, err);
        *yes = *yes && mpz_sgn(edges) > 0;
    }
    if (ok)
        fputs(*yes ? "yes\n" : "no\n", out);
    mpz_clears(i, j, edges, NULL);
    return ok;
}

bool tc_gate_command(FILE *out, const struct tc_args *args, const struct tc_compiled *c, bool *yes,
                     struct tc_error *err)
{
    struct tc_gates *g = tc_gates_open(c->family, err);
    struct tc_gate_cost before, after;
    bool ok;

    if (!g)
        return false;
    before = tc_gates_cost(g);
    ok = args->language ? decide(out, args->language, g, yes, err)
                        : show(out, args, g, c->family, err);
    after = tc_gates_cost(g);
    if (ok && args->cost)
        fprintf(out,
                "%-11s%llu expressions over indices, %llu entries of tables, "
                "%llu sums in closed form\n",
                "cost", (unsigned long long)(after.expressions - before.expressions),
                (unsigned long long)(after.entries - before.entries),
                (unsigned long long)(after.sums - before.sums));
    tc_gates_free(g);
    return ok;
}
