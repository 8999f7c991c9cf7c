/* bench_netlist.c -- how fast families become netlists, and netlists run
 *
 * Prints a line a family: gates and stored edges, each a second of
 * instantiation, bytes a gate, and the simulator's logical gates x vectors
 * and edges x vectors a second.  The families are the shapes of attention:
 * products of bits, weighted sums with thresholds, causal sums. */
#include "../../ir/ir.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* of this process alone: other work on the machine does not count */
static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static struct tc_form wire(struct tc_family *f, const struct tc_plane *p, unsigned n,
                           const struct tc_index **ix)
{
    struct tc_axis at[8];

    for (unsigned k = 0; k < n; k++)
        at[k] = tc_axis_of(f->arena, ix[k]);
    return tc_form_wire(f, p, at);
}

static const struct tc_table *ramp(struct tc_family *f, const char *name, int64_t n, int64_t first,
                                   int64_t step, bool power)
{
    int64_t *entry = tc_xcalloc((size_t)n, sizeof *entry);
    const struct tc_table *t;

    for (int64_t i = 0; i < n; i++)
        entry[i] = power ? (int64_t)1 << i : first + step * i;
    t = tc_table_dense(f, name, 1, &n, entry);
    free(entry);
    return t;
}

struct sizes {
    int64_t n, d, b, thresholds;
};

/* [X[i,e,a] + W[e,c,b] >= 2]; then per (i, c) a rotated, weighted sum of them */
static struct tc_family *projection(struct sizes z, bool sums)
{
    struct tc_family *f = tc_family_new(sums ? "projection" : "products of 2");
    const struct tc_index *i = tc_index_new(f, "i", z.n, NULL),
                          *c = tc_index_new(f, "c", z.d, NULL),
                          *e = tc_index_new(f, "e", z.d, NULL),
                          *a = tc_index_new(f, "a", z.b, NULL),
                          *b = tc_index_new(f, "b", z.b, NULL), *r = tc_index_new(f, "r", 2, NULL),
                          *t = tc_index_new(f, "t", z.thresholds, NULL);
    const struct tc_index *x_at[] = {i, e, a}, *w_at[] = {e, c, b}, *p_at[] = {i, c, e, a, b},
                          *over[] = {a, b, e};
    struct tc_plane *x = tc_family_input(f, "X", 3, x_at), *w = tc_family_input(f, "W", 3, w_at);
    struct tc_axis at_a = tc_axis_of(f->arena, a), at_b = tc_axis_of(f->arena, b),
                   at_t = tc_axis_of(f->arena, t), at_rot[3];
    const struct tc_table *power = ramp(f, "power", z.b, 1, 1, true);
    struct tc_form form = tc_form_add(f, wire(f, x, 3, x_at), wire(f, w, 3, w_at));
    struct tc_bank *product =
        tc_bank_new(f, "and", form, NULL, tc_form_si(f, 2), true, 0, NULL, "c", NULL);
    int64_t extent[3] = {z.n, z.d, 2}, *rot;

    if (!sums) {
        tc_family_output(f, "Y", &product->plane);
        return f;
    }
    rot = tc_xcalloc((size_t)(z.n * z.d * 2), sizeof *rot);
    for (int64_t k = 0; k < z.n * z.d * 2; k++)
        rot[k] = k % 17 - 8;
    at_rot[0] = tc_axis_of(f->arena, i);
    at_rot[1] = tc_axis_of(f->arena, c);
    at_rot[2] = tc_axis_of(f->arena, r);
    form = wire(f, &product->plane, 5, p_at);
    form = tc_form_times(f, tc_form_times(f, form, power, &at_a), power, &at_b);
    form = tc_form_sum(f, form, 3, over, 0, NULL);
    form = tc_form_times(f, form, tc_table_dense(f, "rot", 3, extent, rot), at_rot);
    form = tc_form_sum(f, form, 1, &r, 0, NULL);
    free(rot);
    product = tc_bank_new(f, "q", form, t,
                          tc_form_table(f, ramp(f, "theta", z.thresholds, -500, 37, false), &at_t),
                          true, 0, NULL, "c", NULL);
    tc_family_output(f, "Y", &product->plane);
    return f;
}

/* products of three bits over (i, j, k), causal or not, and their sums */
static struct tc_family *scores(struct sizes z, bool causal, bool outer)
{
    struct tc_family *f =
        tc_family_new(!outer ? (causal ? "causal scores" : "scores") : "causal weighted sum");
    const struct tc_index *i = tc_index_new(f, "i", z.n, NULL),
                          *j = tc_index_new(f, "j", z.n, NULL),
                          *k = tc_index_new(f, "k", z.n, NULL),
                          *c = tc_index_new(f, "c", z.d, NULL),
                          *a = tc_index_new(f, "a", z.b, NULL),
                          *b = tc_index_new(f, "b", z.b, NULL),
                          *g = tc_index_new(f, "g", z.b, NULL),
                          *t = tc_index_new(f, "t", z.thresholds, NULL);
    const struct tc_index *q_at[] = {i, c, a}, *k_at[] = {j, c, b}, *l_at[] = {k, c, g},
                          *p_at[] = {i, j, k, c, a, b, g}, *inner[] = {a, b, g, c},
                          *all[] = {a, b, g, j, k};
    struct tc_plane *q = tc_family_input(f, "q", 3, q_at), *l = tc_family_input(f, "k", 3, q_at);
    struct tc_axis at_a = tc_axis_of(f->arena, a), at_b = tc_axis_of(f->arena, b),
                   at_g = tc_axis_of(f->arena, g), at_t = tc_axis_of(f->arena, t);
    const struct tc_table *power = ramp(f, "power", z.b, 1, 1, true);
    struct tc_guard le[2] = {tc_guard_le(f->arena, j, i), tc_guard_le(f->arena, k, i)};
    struct tc_form form = tc_form_add(f, wire(f, q, 3, q_at), wire(f, l, 3, k_at));
    struct tc_bank *product;

    form = tc_form_add(f, form, wire(f, l, 3, l_at));
    product =
        tc_bank_new(f, "and", form, NULL, tc_form_si(f, 3), true, causal ? 2 : 0, le, "c", NULL);
    form = wire(f, &product->plane, 7, p_at);
    form = tc_form_times(f, tc_form_times(f, form, power, &at_a), power, &at_b);
    form = tc_form_times(f, form, power, &at_g);
    form = outer ? tc_form_sum(f, form, 5, all, 2, le) : tc_form_sum(f, form, 4, inner, 0, NULL);
    product = tc_bank_new(f, "s", form, t,
                          tc_form_table(f, ramp(f, "theta", z.thresholds, 5, 37, false), &at_t),
                          true, causal && !outer ? 2 : 0, le, "c", NULL);
    tc_family_output(f, "Y", &product->plane);
    return f;
}

/* products of three bits, each a sum over the thresholds of a chain */
static struct tc_family *bits(struct sizes z)
{
    struct tc_family *f = tc_family_new("bits of chains");
    const struct tc_index *ix[3], *bit[3], *e = tc_index_new(f, "e", z.d, NULL), *t;
    const struct tc_table *power, *digit;
    int64_t extent[2] = {z.b, z.thresholds}, *entry = tc_xcalloc((size_t)(z.b * z.thresholds), 8);
    struct tc_form sum = tc_form_si(f, 0), form;
    const struct tc_index *x_at[3];
    struct tc_axis at[3];
    struct tc_plane *x;
    struct tc_bank *q;

    for (unsigned k = 0; k < 3; k++)
        ix[k] = tc_index_new(f, "i", z.n, NULL);
    for (unsigned k = 0; k < 3; k++)
        bit[k] = tc_index_new(f, "a", z.b, NULL);
    t = tc_index_new(f, "t", z.thresholds, NULL);
    for (int64_t b = 0; b < z.b; b++)
        for (int64_t k = 0; k < z.thresholds; k++)
            entry[b * z.thresholds + k] = ((k + 1) >> b & 1) - (k >> b & 1);
    power = ramp(f, "power", z.b, 1, 1, true);
    digit = tc_table_dense(f, "bit", 2, extent, entry);
    free(entry);
    x_at[0] = ix[0];
    x_at[1] = e;
    x_at[2] = bit[0];
    x = tc_family_input(f, "X", 3, x_at);
    at[0] = tc_axis_of(f->arena, bit[0]);
    form = tc_form_times(f, wire(f, x, 3, x_at), power, at);
    at[0] = tc_axis_of(f->arena, t);
    q = tc_bank_new(f, "q", tc_form_sum(f, form, 1, &bit[0], 0, NULL), t,
                    tc_form_table(f, ramp(f, "theta", z.thresholds, 1, 1, false), at), true, 0,
                    NULL, "c", NULL);
    for (unsigned k = 0; k < 3; k++) {
        at[0] = tc_axis_of(f->arena, ix[k]);
        at[1] = tc_axis_of(f->arena, e);
        at[2] = tc_axis_of(f->arena, t);
        form = tc_form_wire(f, &q->plane, at);
        at[0] = tc_axis_of(f->arena, bit[k]);
        at[1] = at[2];
        form = tc_form_sum(f, tc_form_times(f, form, digit, at), 1, &t, 0, NULL);
        sum = tc_form_add(f, sum, form);
    }
    q = tc_bank_new(f, "and", sum, NULL, tc_form_si(f, 3), true, 0, NULL, "c", NULL);
    tc_family_output(f, "Y", &q->plane);
    return f;
}

/* quotient gates: the weights depend on the threshold, a row a gate */
static struct tc_family *quotient(struct sizes z)
{
    struct tc_family *f = tc_family_new("quotients");
    const struct tc_index *i = tc_index_new(f, "i", z.n, NULL),
                          *c = tc_index_new(f, "c", z.d, NULL),
                          *e = tc_index_new(f, "e", z.b * z.b, NULL),
                          *t = tc_index_new(f, "t", z.thresholds, NULL);
    const struct tc_index *n_at[] = {i, c, e}, *d_at[] = {i, e};
    struct tc_plane *n = tc_family_input(f, "N", 3, n_at), *d = tc_family_input(f, "D", 2, d_at);
    struct tc_axis at_e = tc_axis_of(f->arena, e), at_t = tc_axis_of(f->arena, t);
    const struct tc_table *w = ramp(f, "w", z.b * z.b, 3, 5, false);
    struct tc_form top = tc_form_times(f, wire(f, n, 3, n_at), w, &at_e);
    struct tc_form bottom = tc_form_times(f, wire(f, d, 2, d_at), w, &at_e);
    struct tc_bank *bank;

    top = tc_form_sum(f, top, 1, &e, 0, NULL);
    bottom = tc_form_sum(f, bottom, 1, &e, 0, NULL);
    bottom = tc_form_times(f, bottom, ramp(f, "r", z.thresholds, 1, 2, false), &at_t);
    bank = tc_bank_new(f, "y", top, t, bottom, true, 0, NULL, "c", NULL);
    tc_family_output(f, "Y", &bank->plane);
    return f;
}

static void measure(struct tc_family *f, size_t words)
{
    struct tc_error err = {0};
    double start = now(), built, ran;
    struct tc_netlist *nl = tc_family_instantiate(f, 0, 0, &err);
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count;
    uint64_t *in, *out;
    double bytes, vectors = 64 * (double)words;

    if (!nl) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    built = now() - start;
    bytes = 12.0 * (double)nl->nedges + 12.0 * nl->nrows + 8.0 * nl->ngates;
    in = tc_xcalloc(nl->ninputs * words, sizeof *in);
    out = tc_xcalloc(nl->noutputs * words, sizeof *out);
    for (size_t i = 0; i < nl->ninputs * words; i++)
        in[i] = 0x9e3779b97f4a7c15 * (i + 1);
    start = now();
    tc_netlist_run(nl, in, out, words, &err);
    ran = now() - start;
    tc_netlist_count(arena, nl, &count);
    printf("%-20s %10u gates %11llu edges  %7.1f Mgates/s %7.1f Medges/s %8.1f bytes/gate  "
           "run %zu: %8.0f Mgates x vectors/s %8.0f Medges x vectors/s\n",
           f->name, nl->ngates, (unsigned long long)nl->nedges, nl->ngates / built / 1e6,
           (double)nl->nedges / built / 1e6, bytes / nl->ngates, words * 64,
           nl->ngates * vectors / ran / 1e6, (double)nl->nedges * vectors / ran / 1e6);
    free(in);
    free(out);
    tc_arena_free(arena);
    tc_netlist_free(nl);
}

static void text_speed(struct tc_family *f)
{
    struct tc_error err = {0};
    struct tc_netlist *nl = tc_family_instantiate(f, 0, 0, &err), *again;
    FILE *file = tmpfile();
    double start, wrote, size;

    if (!nl || !file)
        exit(1);
    start = now();
    tc_netlist_write(file, nl);
    wrote = now() - start;
    size = (double)ftell(file);
    rewind(file);
    start = now();
    again = tc_netlist_read(file, "text", &err);
    if (!again)
        exit(1);
    printf("text of %-20s %7.1f MB  write %6.1f MB/s  read %6.1f MB/s\n", f->name, size / 1e6,
           size / wrote / 1e6, size / (now() - start) / 1e6);
    fclose(file);
    tc_netlist_free(nl);
    tc_netlist_free(again);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? strtoll(argv[1], NULL, 10) : 48;
    struct sizes z = {n, 8, 6, 31}, small = {n / 4, 4, 4, 15};
    struct tc_family *f[] = {projection(z, false),
                             projection(z, true),
                             scores(small, false, false),
                             scores(small, true, false),
                             scores(small, true, true),
                             bits(small),
                             quotient(z)};

    for (size_t k = 0; k < sizeof f / sizeof *f; k++) {
        measure(f[k], 1);
        measure(f[k], 8);
    }
    text_speed(f[0]);
    text_speed(f[4]);
    for (size_t k = 0; k < sizeof f / sizeof *f; k++)
        tc_family_free(f[k]);
    return 0;
}
