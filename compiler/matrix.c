/* matrix.c -- rows times matrices of weights
 *
 * Weights that are inputs meet the row's bits in ANDs.  Constant ones take no gate: exact
 * products scale a form, rounded ones are functions of the row's values.  At -O2 a row that
 * has gates meets input weights in their layer (product_beside).
 */
#include "float.h"

#include <stdlib.h>

#define MOST_ENTRIES ((int64_t)1 << 26)

struct matrix matrix_new(struct lowering *L, unsigned tensor, const struct tc_index *column,
                         const char *letter)
{
    return (struct matrix){.tensor = &L->spec->tensor[tensor],
                           .plane = L->plane[tensor],
                           .column = column,
                           .letter = letter};
}

/* ---------------------------------------------------------------- constants */

struct tc_form constant_range(struct lowering *L, struct tc_form x, const struct tc_table *w,
                              const struct word *in)
{
    struct tc_arena *arena = L->family->arena;
    mpz_ptr lo = tc_mpz(arena), hi = tc_mpz(arena), l = tc_mpz(arena), h = tc_mpz(arena);
    mpz_ptr v = tc_mpz(arena), least = tc_mpz_si(arena, in->lo), most = tc_mpz_si(arena, in->hi);
    int64_t at[2];

    if (in->wide) {
        mpz_set(least, in->value.lo);
        mpz_set(most, in->value.hi);
    }
    for (at[1] = 0; at[1] < w->extent[1]; at[1]++) {
        mpz_set_ui(l, 0);
        mpz_set_ui(h, 0);
        for (at[0] = 0; at[0] < w->extent[0]; at[0]++) {
            tc_table_get(w, at, v);
            mpz_addmul(l, v, mpz_sgn(v) < 0 ? most : least);
            mpz_addmul(h, v, mpz_sgn(v) < 0 ? least : most);
        }
        if (at[1] == 0 || mpz_cmp(l, lo) < 0)
            mpz_set(lo, l);
        if (at[1] == 0 || mpz_cmp(h, hi) > 0)
            mpz_set(hi, h);
    }
    return tc_form_range(L->family, x, lo, hi);
}

/* word of the weight in a row and a column */
static uint64_t weight_at(const struct matrix *m, int64_t row, int64_t column)
{
    const struct tc_tensor *t = m->tensor;

    return m->transposed ? t->word[column * t->size[1].value + row]
                         : t->word[row * t->size[1].value + column];
}

static int64_t rows_of(const struct matrix *m)
{
    return m->tensor->size[m->transposed].value;
}

static int64_t columns_of(const struct matrix *m)
{
    return m->tensor->size[!m->transposed].value;
}

const struct tc_table *weight_table(struct lowering *L, const struct matrix *m)
{
    int64_t extent[2] = {rows_of(m), columns_of(m)}, cell = 0;
    mpz_ptr *entry = tc_alloc(L->family->arena, (size_t)(extent[0] * extent[1]), sizeof *entry);

    for (int64_t row = 0; row < extent[0]; row++)
        for (int64_t column = 0; column < extent[1]; column++, cell++) {
            entry[cell] = tc_mpz(L->family->arena);
            number_of(L, is_float(L), value_of_code(L, weight_at(m, row, column)), entry[cell]);
        }
    return tc_table_dense_mpz(L->family, m->tensor->name, 2, extent, entry);
}

mpz_ptr *numbers_new(size_t n)
{
    mpz_t *z = tc_xcalloc(n, sizeof *z);
    mpz_ptr *number = tc_xcalloc(n, sizeof *number);

    for (size_t k = 0; k < n; k++) {
        mpz_init(z[k]);
        number[k] = z[k];
    }
    return number;
}

void numbers_free(mpz_ptr *number, size_t n)
{
    for (size_t k = 0; k < n; k++)
        mpz_clear(number[k]);
    free(number[0]);
    free(number);
}

void constant_product(const struct lowering *L, int64_t weight, const struct chain *x, mpz_ptr base,
                      mpz_ptr *step, mpz_ptr l, mpz_ptr h)
{
    mpz_t before, now, least, most;

    mpz_inits(before, now, least, most, NULL);
    for (unsigned k = 0; k <= x->n; k++) {
        number_of(L, x->keys, product_value(L, weight, x->value[k]), now);
        if (k == 0)
            mpz_set(base, now);
        else
            mpz_sub(step[k - 1], now, before);
        if (k == 0 || mpz_cmp(now, least) < 0)
            mpz_set(least, now);
        if (k == 0 || mpz_cmp(now, most) > 0)
            mpz_set(most, now);
        mpz_set(before, now);
    }
    mpz_add(l, l, least);
    mpz_add(h, h, most);
    mpz_clears(before, now, least, most, NULL);
}

/* Sum over rows of round(weight * x), for constant weights: tables over the chain of x, no
 * gates. */
static struct tc_form constant_products(struct lowering *L, const struct matrix *m,
                                        const struct stream *in, const struct chain *x)
{
    struct tc_family *f = L->family;
    const struct tc_tensor *t = m->tensor;
    int64_t extent[3] = {rows_of(m), columns_of(m), x->n ? x->n : 1};
    struct tc_axis at[3] = {in->column, tc_axis_of(f->arena, m->column), tc_axis_const(0)};
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), l = tc_mpz(f->arena),
            h = tc_mpz(f->arena);
    mpz_ptr *step, *base;
    struct tc_form sum;

    if (extent[0] > MOST_ENTRIES / extent[1] || extent[0] * extent[1] > MOST_ENTRIES / extent[2]) {
        tc_fail(L->err, TC_ELIMIT, L->spec->weights_loc,
                "constant weights of %s would take %lld x %lld x %lld table entries; at most "
                "2^26 are kept",
                t->name, (long long)extent[0], (long long)extent[1], (long long)extent[2]);
        return tc_form_si(f, 0);
    }
    step = numbers_new((size_t)(extent[0] * extent[1] * extent[2]));
    base = numbers_new((size_t)(extent[0] * extent[1]));
    for (int64_t col = 0; col < extent[1]; col++) {
        mpz_set_ui(l, 0);
        mpz_set_ui(h, 0);
        for (int64_t row = 0; row < extent[0]; row++) {
            int64_t cell = row * extent[1] + col;

            constant_product(L, value_of_code(L, weight_at(m, row, col)), x, base[cell],
                             step + cell * extent[2], l, h);
        }
        if (col == 0 || mpz_cmp(l, lo) < 0)
            mpz_set(lo, l);
        if (col == 0 || mpz_cmp(h, hi) > 0)
            mpz_set(hi, h);
    }
    sum = tc_form_table(
        f, tc_table_dense_mpz(f, tc_sprintf(f->arena, "%s.low", t->name), 2, extent, base), at);
    if (x->n) {
        struct tc_form gates = wire_of(L, x->plane);

        if (x->plane->chain)
            at[2] = tc_axis_of(f->arena, x->plane->chain);
        gates = tc_form_times(
            f, gates,
            tc_table_dense_mpz(f, tc_sprintf(f->arena, "%s.step", t->name), 3, extent, step), at);
        if (x->plane->chain)
            gates = tc_form_sum(f, gates, 1, &x->plane->chain, 0, NULL);
        sum = tc_form_add(f, sum, gates);
    }
    numbers_free(step, (size_t)(extent[0] * extent[1] * extent[2]));
    numbers_free(base, (size_t)(extent[0] * extent[1]));
    return tc_form_range(f, sum_over(L, sum, in->ncoord, in->coord, NULL), lo, hi);
}

/* ----------------------------------------------------------------- products */

struct steps rounded_product(struct lowering *L, const char *name, const struct word *x,
                             const struct word *y, const struct guards *guards, const char *note)
{
    struct word w[2] = {*x, *y};

    name = tc_sprintf(L->family->arena, "%s.and", name);
    return steps_shift(L, product(L, name, 2, w, guards, note), L->fraction + product_shift(2, w));
}

struct steps rounded_times(struct lowering *L, const char *value, struct steps s, const char *name,
                           const struct word *y, const struct guards *guards, const char *note)
{
    struct word x;
    struct chain c;

    if (L->options->level == TC_LEVEL_2) {
        name = tc_sprintf(L->family->arena, "%s.and", name);
        return steps_shift(L, product_gated(L, name, s, 1, y, guards, note), L->fraction);
    }
    c = chain_new(L, s, value, "T_round", guards, "rounded");
    x = word_of_chain(L, &c, 0);
    return rounded_product(L, name, &x, y, guards, note);
}

static struct word matrix_word(struct lowering *L, const struct matrix *m, const struct stream *in)
{
    struct tc_axis row = in->column, column = tc_axis_of(L->family->arena, m->column);
    struct tc_axis at[2] = {m->transposed ? column : row, m->transposed ? row : column};

    return word_of_wires(L, m->plane, at);
}

/* Exact products of the row's numbers and the weights, which sum over rows; the unit is
 * finer by 2^-*shift. */
static struct tc_form products(struct lowering *L, const struct matrix *m, const struct stream *in,
                               const char *name, unsigned *shift)
{
    struct word w[2] = {in->word, matrix_word(L, m, in)};
    const char *note =
        tc_sprintf(L->family->arena, "bits of a row times bits of %s", m->tensor->name);

    name = tc_sprintf(L->family->arena, "%s.and", name);
    /* the row's own gates and the product's are one layer */
    if (L->options->level == TC_LEVEL_2 && in->chain)
        return product_beside(L, name, in->chain, 1, &w[1], note);
    *shift += product_shift(2, w);
    return product(L, name, 2, w, NULL, note);
}

struct tc_form matrix_exact(struct lowering *L, const struct matrix *m, const struct stream *in,
                            unsigned *shift)
{
    struct tc_family *f = L->family;
    struct tc_form x;

    if (m->plane) {
        x = products(L, m, in, m->letter, shift);
        return sum_over(L, x, in->ncoord, in->coord, NULL);
    } else {
        const struct tc_table *w = weight_table(L, m);
        struct tc_axis at[2] = {in->column, tc_axis_of(f->arena, m->column)};

        x = tc_form_times(f, in->word.value, w, at);
        return constant_range(L, sum_over(L, x, in->ncoord, in->coord, NULL), w, &in->word);
    }
}

struct tc_form matrix_rounded(struct lowering *L, const struct matrix *m, struct stream *in)
{
    if (m->plane) {
        const char *name = tc_sprintf(L->family->arena, "%s.product", m->letter);
        unsigned shift = L->fraction;
        struct tc_form x = products(L, m, in, name, &shift);
        struct chain c =
            chain_new(L, steps_shift(L, x, shift), name, "T_round", NULL, "rounded products");

        return sum_over(L, c.form, in->ncoord, in->coord, NULL);
    }
    return constant_products(L, m, in, stream_chain(L, in));
}
