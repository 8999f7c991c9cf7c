/* pair.c -- a function of a rounded form and of a value that has gates, in one layer
 *
 * Where the function does not fall as the form grows, it is r or more from some integer
 * G_r(x) on, which is a function of the other value x: a form over x's gates.  So
 * [form >= G_r(x)] is one gate a result, and the form's rounding takes none.
 */
#include "carries.h"

#include <stdlib.h>

struct steps steps_negated(struct lowering *L, struct steps s)
{
    struct tc_arena *arena = L->family->arena;
    struct steps r = {.form = tc_form_scale_si(L->family, s.form, -1),
                      .n = s.n,
                      .keys = s.keys,
                      .rows = s.rows,
                      .row = s.row};
    size_t count = (size_t)s.n * (s.rows ? s.rows : 1);

    r.at = tc_alloc(arena, count + 1, sizeof *r.at);
    r.value = tc_alloc(arena, s.n + 1, sizeof *r.value);
    for (size_t k = 0; k < count; k++) { /* form >= at, or -form >= 1 - at */
        r.at[k] = tc_mpz_si(arena, 1);
        mpz_sub(r.at[k], r.at[k], s.at[k - k % s.n + (s.n - 1 - k % s.n)]);
    }
    for (unsigned k = 0; k <= s.n; k++)
        r.value[k] = -s.value[s.n - k];
    return r;
}

/* G_r(x) in a row of the steps' thresholds: below every value of the form, one of them, or
 * above */
static mpz_srcptr reached(const struct steps *s, unsigned row, unsigned k, mpz_srcptr above)
{
    return k == 0 ? s->form.lo : k <= s->n ? s->at[(size_t)row * s->n + k - 1] : above;
}

static bool same(const unsigned *x, const unsigned *y, unsigned n)
{
    for (unsigned k = 0; k < n; k++)
        if (x[k] != y[k])
            return false;
    return true;
}

/* at[r][x]: from which of the form's values on the result is value[r + 1] or more; n + 1 of
 * them where it never is.  Results that come together are one. */
static unsigned pair_results(struct lowering *L, const struct steps *s, const struct chain *x,
                             int64_t (*fn)(void *, int64_t, int64_t), void *ctx, int64_t *value,
                             unsigned *at)
{
    unsigned columns = x->n + 1, n = 0;
    int64_t least = fn(ctx, s->value[0], x->value[0]), most = least;
    int64_t *result = tc_xcalloc((size_t)columns * (s->n + 1), sizeof *result);
    unsigned *k = tc_xcalloc(columns, sizeof *k);

    for (unsigned c = 0; c < columns; c++)
        for (unsigned m = 0; m <= s->n; m++) {
            int64_t y = result[c * (s->n + 1) + m] = fn(ctx, s->value[m], x->value[c]);

            least = y < least ? y : least;
            most = y > most ? y : most;
        }
    value[0] = least;
    for (int64_t r = least; r < most;) {
        r = next_value(L, r);
        for (unsigned c = 0; c < columns; c++)
            while (k[c] <= s->n && result[c * (s->n + 1) + k[c]] < r)
                k[c]++;
        if (n == 0 || !same(k, at + (size_t)(n - 1) * columns, columns)) {
            for (unsigned c = 0; c < columns; c++)
                at[(size_t)n * columns + c] = k[c];
            n++;
        }
        value[n] = r;
    }
    free(k);
    free(result);
    return n;
}

static struct tc_form pair_thresholds(struct lowering *L, const struct steps *s,
                                      const struct chain *x, const struct tc_form *wires,
                                      unsigned n, const unsigned *at, struct tc_axis t)
{
    struct tc_family *f = L->family;
    unsigned columns = x->n + 1, rows = s->rows ? s->rows : 1;
    int64_t extent[3] = {rows, n, x->n};
    mpz_ptr *first = tc_alloc(f->arena, (size_t)rows * n, sizeof *first);
    mpz_ptr *step = tc_alloc(f->arena, (size_t)rows * n * columns, sizeof *step);
    mpz_ptr above = tc_mpz_copy(f->arena, s->form.hi);
    struct tc_axis axis[3] = {s->row, t, tc_axis_const(0)};
    unsigned skip = !s->rows; /* axes */
    struct tc_form theta;

    mpz_add_ui(above, above, 1);
    for (size_t k = 0; k < (size_t)rows * n; k++) {
        const unsigned *row = at + k % n * columns, of = (unsigned)(k / n);

        first[k] = tc_mpz_copy(f->arena, reached(s, of, row[0], above));
        for (unsigned c = 0; c < x->n; c++) {
            mpz_ptr d = step[k * x->n + c] = tc_mpz(f->arena);

            mpz_sub(d, reached(s, of, row[c + 1], above), reached(s, of, row[c], above));
        }
    }
    theta = tc_form_table(f, tc_table_dense_mpz(f, "theta", 2 - skip, extent + skip, first),
                          axis + skip);
    if (x->n) {
        struct tc_form gates = wires ? *wires : wire_of(L, x->plane);

        if (x->plane->chain)
            axis[2] = tc_axis_of(f->arena, x->plane->chain);
        gates = tc_form_times(
            f, gates, tc_table_dense_mpz(f, "theta", 3 - skip, extent + skip, step), axis + skip);
        if (x->plane->chain)
            gates = tc_form_sum(f, gates, 1, &x->plane->chain, 0, NULL);
        theta = tc_form_add(f, theta, gates);
    }
    return claim_mpz(L, theta, s->form.lo, above);
}

bool chain_of_two_fits(const struct lowering *L, const struct steps *s, unsigned n)
{
    double results = (double)(largest_value(L) - least_value(L)) + 1, columns = n + 1.0;

    if (s->moved || L->options->level == TC_LEVEL_0)
        return false;
    for (unsigned k = 0; k < s->n; k++)
        if (plain_value(L, s->value[k + 1]) < plain_value(L, s->value[k]))
            return false;
    return results * columns <= 1 << 20 &&
           (s->rows ? s->rows : 1) * (s->n + 1.0) * columns <= 1 << 22;
}

struct chain chain_of_two(struct lowering *L, struct steps s, const struct chain *x,
                          const struct tc_form *wires, int64_t (*fn)(void *, int64_t, int64_t),
                          void *ctx, const char *name, const char *note)
{
    struct tc_family *f = L->family;
    size_t most = (size_t)(largest_value(L) - least_value(L)) + 1;
    unsigned *at = tc_xcalloc(most * (x->n + 1), sizeof *at);
    struct flags infinite = special_steps(L, &s, name, NULL);
    struct chain c = {.keys = s.keys};

    c.value = tc_alloc(f->arena, most + 1, sizeof *c.value);
    c.n = pair_results(L, &s, x, fn, ctx, c.value, at);
    if (c.n) {
        struct tc_index *t = c.n > 1 ? chain_index(L, c.n, "T_round") : NULL;
        struct tc_axis axis = t ? tc_axis_of(f->arena, t) : tc_axis_const(0);

        c.plane = &tc_bank_new(f, name_of(L, name), s.form, t,
                               pair_thresholds(L, &s, x, wires, c.n, at, axis), true, 0, NULL,
                               L->component, note)
                       ->plane;
        special_chain(L, &c, &infinite);
    }
    c.form = chain_form(L, &c);
    free(at);
    return c;
}
