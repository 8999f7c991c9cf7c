/* layer_words.c -- exact sums over rows of products x w, as words
 *
 * What q, the keys and the values are multiplied on as: the words x and w of each
 * row, the word of their product, or the word of the whole sum.  In the last the
 * bits of the sum come from ANDs by carries (bits.c); with constant weights from the
 * bits of x at once, whose weights are then another in each column.
 */
#include "layer.h"

#include <assert.h>

struct tc_axis axis_at(struct lowering *L, struct tc_axis x, const struct tc_index *from,
                       const struct tc_index *to)
{
    struct tc_guard g = {x};

    return tc_guard_subst(L->family, g, from, tc_axis_of(L->family->arena, to)).expr;
}

/* The bit complemented where the sign of its weight changes: offset + bits
 * becomes the bits of the number itself. */
static struct word without_offset(struct lowering *L, struct word w, int64_t lo)
{
    struct tc_family *f = L->family;
    struct tc_axis at = tc_axis_of(f->arena, w.a);
    unsigned bits = word_bits(&w);
    int64_t sign[64], one[64];

    if (lo >= 0)
        return w;
    for (unsigned a = 0; a < bits; a++) {
        one[a] = -lo >> a & 1;
        sign[a] = 1 - 2 * one[a];
    }
    w.bit = tc_form_times(f, w.bit, table_of(L, "sign", bits, sign), &at);
    w.bit = tc_form_add(f, w.bit, tc_form_table(f, table_of(L, "one", bits, one), &at));
    w.bit = tc_form_range_si(f, w.bit, 0, 1);
    w.weight = signed_powers(L, bits, lo);
    return w;
}

/* Bits of the sum over rows of x w: ANDs, then carries. */
static struct word sum_word(struct lowering *L, const struct factor *v, const char *letter)
{
    struct tc_family *f = L->family;
    const struct word *x = &v->word[0], *w = &v->word[1];
    const struct tc_index *ix[4];
    struct tc_axis a = tc_axis_of(f->arena, ix[v->nrow] = tc_index_new(f, "a", x->a->extent, NULL));
    struct tc_axis b =
        tc_axis_of(f->arena, ix[v->nrow + 1] = tc_index_new(f, "a'", w->a->extent, NULL));
    struct tc_form both = tc_form_add(f, tc_form_subst(f, x->bit, x->a, a),
                                      tc_form_subst(f, w->bit, w->a, b));
    const struct tc_plane *and =
        &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.and", letter)), both, NULL,
                     tc_form_si(f, 2), true, 0, NULL, L->component, "bits of X times bits of W")
             ->plane;
    int64_t lo = mpz_get_si(v->lo), hi = mpz_get_si(v->hi), base = lo < 0 ? lo : 0, *weight;
    struct weighted sum = {wire_of(L, and), v->nrow + 2, ix, NULL, lo, hi};
    size_t pairs = (size_t)(x->a->extent * w->a->extent), wires = pairs;
    struct word r;

    for (unsigned k = 0; k < v->nrow; k++) {
        ix[k] = v->row[k];
        wires *= (size_t)v->row[k]->extent;
    }
    sum.weight = weight = tc_alloc(f->arena, wires, sizeof *weight);
    for (size_t g = 0; g < wires; g++) {
        int64_t i = (int64_t)(g % pairs) / w->a->extent, j = (int64_t)g % w->a->extent;

        weight[g] = tc_table_get_i64(x->weight, &i) * tc_table_get_i64(w->weight, &j);
    }
    r = sum_bits(L, tc_sprintf(f->arena, "%s.carry", letter), &sum, base, 0, least_bits(lo, hi),
                 "carries into each bit of the exact sum");
    r.value = tc_form_times(f, tc_form_times(f, sum.wire, x->weight, &a), w->weight, &b);
    r.value = tc_form_range(f, tc_form_sum(f, r.value, sum.n, ix, 0, NULL), v->lo, v->hi);
    r.lo = lo;
    r.hi = hi;
    return without_offset(L, r, lo);
}

/* entries of a table over (bit z, row, column, bit a of x): w x_a modulo 2^z, or its bit z */
static const struct tc_table *residues(struct lowering *L, const struct factor *v, unsigned bits,
                                       bool digit)
{
    const struct tc_table *w = v->table, *x = v->word[0].weight;
    int64_t extent[4] = {bits, w->extent[0], w->extent[1], v->word[0].a->extent}, at[3];
    int64_t *entry = tc_alloc(L->family->arena,
                              (size_t)(extent[0] * extent[1] * extent[2] * extent[3]),
                              sizeof *entry);
    size_t k = 0;

    for (unsigned z = 0; z < bits; z++)
        for (at[0] = 0; at[0] < extent[1]; at[0]++)
            for (at[1] = 0; at[1] < extent[2]; at[1]++)
                for (at[2] = 0; at[2] < extent[3]; at[2]++) {
                    uint64_t p = (uint64_t)tc_table_get_i64(w, at) *
                                 (uint64_t)tc_table_get_i64(x, &at[2]);

                    entry[k++] = (int64_t)(digit ? p >> z & 1 : p & (((uint64_t)1 << z) - 1));
                }
    return tc_table_dense(L->family, digit ? "digit" : "low", 4, extent, entry);
}

/* the largest sum over rows and bits of an entry of row z, over the columns */
static int64_t most_in_row(const struct tc_table *t, int64_t z)
{
    int64_t most = 0, at[4] = {z};

    for (at[2] = 0; at[2] < t->extent[2]; at[2]++) {
        int64_t sum = 0;

        for (at[1] = 0; at[1] < t->extent[1]; at[1]++)
            for (at[3] = 0; at[3] < t->extent[3]; at[3]++)
                sum += tc_table_get_i64(t, at);
        most = sum > most ? sum : most;
    }
    return most;
}

/* sum over rows and bits of x of table[z, row, column, a] */
static struct tc_form row_sum(struct lowering *L, const struct factor *v, const struct tc_table *t,
                              struct tc_axis z, int64_t most)
{
    struct tc_family *f = L->family;
    const struct word *x = &v->word[0];
    const struct tc_index *a = tc_index_new(f, "a", x->a->extent, NULL);
    struct tc_axis at[4] = {z, v->at[0], v->at[1], tc_axis_of(f->arena, a)};
    struct tc_form s = tc_form_times(f, tc_form_subst(f, x->bit, x->a, at[3]), t, at);

    s = sum_over(L, sum_over(L, s, 1, &a, NULL), v->nrow, v->row, NULL);
    return claim(L, s, 0, most);
}

/* carries into bit z: row z is the sum of residues modulo 2^z and of side[z] */
struct carries {
    const struct tc_table *low; /* residues */
    unsigned bits;
    int64_t side[64], count[64]; /* gates in the column that has most */
    int64_t most, top;           /* of the counts; of sums of residues */
};

static void carries_init(struct lowering *L, const struct factor *v, int64_t base, unsigned bits,
                         struct carries *k)
{
    *k = (struct carries){.low = residues(L, v, bits + 1, false), .bits = bits};
    for (unsigned z = 0; z <= bits; z++) {
        int64_t sum = most_in_row(k->low, z);

        k->side[z] = -base & (((int64_t)1 << z) - 1);
        k->count[z] = z ? (sum + k->side[z]) >> z : 0;
        k->most = k->count[z] > k->most ? k->count[z] : k->most;
        k->top = sum > k->top ? sum : k->top;
    }
}

/* floor(row z / 2^z) as a form: gates [row z >= (t + 1) 2^z] */
static struct tc_form carry_form(struct lowering *L, const struct factor *v,
                                 const struct carries *k, const struct tc_index *z,
                                 const char *letter)
{
    struct tc_family *f = L->family;
    const struct tc_index *t = tc_index_new(f, "t", k->most, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, z), tc_axis_of(f->arena, t)};
    int64_t extent[2] = {k->bits + 1, k->most}, size = extent[0] * extent[1];
    int64_t *theta = tc_alloc(f->arena, (size_t)size, sizeof *theta);
    struct tc_form row = row_sum(L, v, k->low, at[0], k->top);
    struct tc_guard guard; /* t < count[z] */
    const struct tc_bank *bank;

    for (int64_t i = 0; i < size; i++)
        theta[i] = (i % k->most + 1) << i / k->most;
    row = tc_form_add(f, row, tc_form_table(f, table_of(L, "side", k->bits + 1, k->side), at));
    guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
    guard.expr.via = table_of(L, "carries", k->bits + 1, k->count);
    guard.expr.arg = at[0].at;
    bank = tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.carry", letter)), row, t,
                       tc_form_table(f, tc_table_dense(f, "carry", 2, extent, theta), at), true, 1,
                       &guard, L->component, "carries into each bit of the exact sum");
    return tc_form_sum(f, wire_of(L, &bank->plane), 1, &t, 1, &guard);
}

/* Bits of the sum over rows of x w, w constant: as sum_bits has them, with weights
 * modulo 2^bits, which do not change the lowest bits, and as many carries as the
 * column that has most. */
static struct word constant_sum(struct lowering *L, const struct factor *v, const char *letter)
{
    struct tc_family *f = L->family;
    struct word r = {.lo = mpz_get_si(v->lo), .hi = mpz_get_si(v->hi)};
    int64_t base = r.lo < 0 ? r.lo : 0, digit[64];
    unsigned bits = least_bits(r.lo, r.hi);
    struct tc_axis a;
    struct carries k;

    carries_init(L, v, base, bits, &k);
    for (unsigned z = 0; z < bits; z++)
        digit[z] = -base >> z & 1;
    r.a = tc_index_new(f, "a", bits, NULL);
    r.weight = powers(L, bits, false);
    a = tc_axis_of(f->arena, r.a);
    r.bit = row_sum(L, v, residues(L, v, bits, true), a,
                    v->table->extent[0] * v->word[0].a->extent);
    r.bit = tc_form_add(f, r.bit, tc_form_table(f, table_of(L, "digits", bits, digit), &a));
    if (k.most) {
        const struct tc_index *z = tc_index_new(f, "z", bits + 1, NULL);
        struct tc_form carry = carry_form(L, v, &k, z, letter);
        struct tc_axis next = tc_axis_plus(f->arena, tc_axis_const(1), 1, r.a);

        r.bit = tc_form_add(f, r.bit, tc_form_subst(f, carry, z, a));
        carry = tc_form_subst(f, carry, z, next);
        r.bit = tc_form_sub(f, r.bit, tc_form_scale_si(f, carry, 2));
    }
    r.bit = claim(L, r.bit, 0, 1);
    r.value = tc_form_times(f, v->word[0].value, v->table, v->at);
    r.value = tc_form_range(f, sum_over(L, r.value, v->nrow, v->row, NULL), v->lo, v->hi);
    return without_offset(L, r, r.lo);
}

/* range of the sum over rows */
static void factor_range(struct lowering *L, struct factor *v, const struct word *x)
{
    struct tc_arena *arena = L->family->arena;

    v->lo = tc_mpz(arena);
    v->hi = tc_mpz(arena);
    if (v->table) {
        struct tc_form sum = constant_range(L, tc_form_si(L->family, 0), v->table, x);

        mpz_set(v->lo, sum.lo);
        mpz_set(v->hi, sum.hi);
        return;
    }
    product_range(L, v->n, v->word, v->lo, v->hi);
    for (unsigned k = 0; k < v->nrow; k++) {
        mpz_mul_ui(v->lo, v->lo, (unsigned long)v->row[k]->extent);
        mpz_mul_ui(v->hi, v->hi, (unsigned long)v->row[k]->extent);
    }
}

struct factor factor_new(struct lowering *L, const struct head *a, const struct stream *in,
                         unsigned m, enum shape shape, struct tc_axis column)
{
    const struct tc_index *token = a->token[m <= a->keys ? m : m - a->keys];
    struct tc_family *f = L->family;
    struct factor v = {.n = 1, .nrow = in->ncoord, .at = {in->column, column}};

    v.word[0] = word_at_index(L, in->word, in->token, token);
    for (unsigned k = 0; k < in->ncoord; k++) {
        const struct tc_index *row = in->coord[k];

        v.row[k] = tc_index_new(f, row->name, row->extent, row->size);
        v.word[0] = word_at_index(L, v.word[0], row, v.row[k]);
        v.at[0] = axis_at(L, v.at[0], row, v.row[k]);
    }
    if (!a->weight[m].plane) {
        v.table = weight_table(L, &a->weight[m]);
        factor_range(L, &v, &in->word);
        if (shape == SUMS) {
            v.word[0] = constant_sum(L, &v, a->weight[m].letter);
            v.table = NULL;
            v.nrow = 0;
        }
        return v;
    }
    v.word[v.n++] = word_of_wires(L, a->weight[m].plane, v.at);
    factor_range(L, &v, &in->word);
    if (shape == PRODUCTS) {
        v.word[0] = product_chain(L, &v.word[0], &v.word[1], a->weight[m].letter);
        v.n = 1;
    } else if (shape == SUMS) {
        v.word[0] = sum_word(L, &v, a->weight[m].letter);
        v.n = 1;
        v.nrow = 0;
    }
    return v;
}

unsigned factor_words(unsigned n, const struct factor *v, struct word *w)
{
    unsigned words = 0;

    for (unsigned k = 0; k < n; k++)
        for (unsigned i = 0; i < v[k].n; i++)
            w[words++] = v[k].word[i];
    assert(words <= TC_MOST_WORDS);
    return words;
}

struct tc_form over_rows(struct lowering *L, struct tc_form x, unsigned n, const struct factor *v,
                         mpz_ptr lo, mpz_ptr hi)
{
    for (unsigned k = 0; k < n; k++) {
        if (v[k].table)
            x = tc_form_times(L->family, x, v[k].table, v[k].at);
        x = sum_over(L, x, v[k].nrow, v[k].row, NULL);
        range_times(L, lo, hi, v[k].lo, v[k].hi);
    }
    return tc_form_range(L->family, x, lo, hi);
}
