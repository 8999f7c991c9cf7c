/* block_embedding.c -- rows of a matrix by token ids
 *
 * One layer.  Of a constant matrix the gates are thresholds of the id, and every bit and
 * number of a row is a form over them.  Weights that are inputs meet the id in gates
 * [the id is v and the weight's bit is set]: the id's bits that agree with v's are counted.
 */
#include "float.h"

#define MOST_ENTRIES ((int64_t)1 << 26)

/* words of more bits have no lo and hi */
#define NARROW 20

struct stream token_stream(struct lowering *L)
{
    struct tc_family *f = L->family;
    unsigned bits = tc_format_width(&L->spec->ids);
    struct stream s = {.token = index_of(L, "i", &L->spec->length)};
    struct tc_axis at[2];

    s.word.a = tc_index_new(f, "a", bits, NULL);
    at[0] = tc_axis_of(f->arena, s.token);
    at[1] = tc_axis_of(f->arena, s.word.a);
    s.word.bit = tc_form_wire(f, L->plane[0], at);
    s.word.weight = powers(L, bits, false);
    s.word.hi = L->spec->vocabulary.value - 1;
    s.word.value =
        tc_form_sum(f, tc_form_times(f, s.word.bit, s.word.weight, &at[1]), 1, &s.word.a, 0, NULL);
    s.word.value = tc_form_range_si(f, s.word.value, 0, s.word.hi);
    return s;
}

/* ------------------------------------------------------------ constant weights */

/* an entry of each row's table over columns, and its steps from row to row: at bits of the
 * numbers or (bits 0) the numbers themselves */
struct rows {
    int64_t vocabulary, width, bits;
    const mpz_ptr *number; /* row-major */
};

static void entry_of(const struct rows *r, int64_t row, int64_t column, int64_t bit, mpz_ptr out)
{
    mpz_srcptr x = r->number[row * r->width + column];

    if (r->bits)
        mpz_set_ui(out, (unsigned long)mpz_tstbit(x, (mp_bitcnt_t)bit));
    else
        mpz_set(out, x);
}

/* entry [bit, column] of the token's row, as a form over the id's gates */
static struct tc_form selected(struct lowering *L, const struct rows *r, const struct chain *id,
                               const struct tc_axis *at, const char *name)
{
    struct tc_family *f = L->family;
    int64_t bits = r->bits ? r->bits : 1, steps = r->vocabulary > 1 ? r->vocabulary - 1 : 1;
    int64_t extent[3] = {bits, r->width, steps};
    size_t cells = (size_t)(bits * r->width);
    mpz_ptr *low = numbers_new(cells), *step = numbers_new(cells * (size_t)steps);
    struct tc_axis place[3] = {at[0], at[1], tc_axis_const(0)};
    struct tc_form x, gates;
    mpz_t before;

    mpz_init(before);
    for (size_t cell = 0; cell < cells; cell++) {
        int64_t bit = (int64_t)cell / r->width, column = (int64_t)cell % r->width;

        entry_of(r, 0, column, bit, low[cell]);
        mpz_set(before, low[cell]);
        for (int64_t v = 1; v < r->vocabulary; v++) {
            mpz_ptr s = step[cell * (size_t)steps + (size_t)v - 1];

            entry_of(r, v, column, bit, s);
            mpz_sub(s, s, before);
            mpz_add(before, before, s);
        }
    }
    mpz_clear(before);
    x = tc_form_table(
        f, tc_table_dense_mpz(f, tc_sprintf(f->arena, "%s.low", name), 2, extent, low), place);
    if (id->n) {
        gates = wire_of(L, id->plane);
        if (id->plane->chain)
            place[2] = tc_axis_of(f->arena, id->plane->chain);
        gates = tc_form_times(
            f, gates, tc_table_dense_mpz(f, tc_sprintf(f->arena, "%s.step", name), 3, extent, step),
            place);
        if (id->plane->chain)
            gates = tc_form_sum(f, gates, 1, &id->plane->chain, 0, NULL);
        x = tc_form_add(f, x, gates);
    }
    numbers_free(low, cells);
    numbers_free(step, cells * (size_t)steps);
    return x;
}

/* thresholds of the id, as a chain whose values are the ids */
static struct chain id_chain(struct lowering *L, const struct word *id)
{
    struct steps s = {.form = id->value, .n = (unsigned)id->hi};

    s.at = tc_alloc(L->family->arena, (size_t)s.n + 1, sizeof *s.at);
    s.value = tc_alloc(L->family->arena, (size_t)s.n + 1, sizeof *s.value);
    for (unsigned v = 1; v <= s.n; v++) {
        s.at[v - 1] = tc_mpz_si(L->family->arena, v);
        s.value[v] = v;
    }
    return chain_new(L, s, "id", "T_id", NULL, "thresholds of the token's id");
}

static struct word constant_rows(struct lowering *L, const struct tc_block *block,
                                 const struct word *id, const struct tc_axis *column)
{
    struct tc_family *f = L->family;
    const struct tc_tensor *t = &L->spec->tensor[block->tensor];
    struct rows r = {block->in.value, block->out.value, 0, NULL};
    size_t count = (size_t)tc_tensor_count(t);
    mpz_ptr *number = tc_alloc(f->arena, count, sizeof *number);
    mpz_srcptr lo, hi;
    struct tc_axis at[2] = {tc_axis_const(0), *column};
    unsigned bits = 1;
    struct chain c;
    struct word w = {0};

    for (size_t k = 0; k < count; k++) {
        unsigned length;

        number[k] = tc_mpz(f->arena);
        number_of(L, is_float(L), value_of_code(L, t->word[k]), number[k]);
        length = (unsigned)mpz_sizeinbase(number[k], 2);
        bits = length > bits ? length : bits;
        lo = k == 0 || mpz_cmp(number[k], lo) < 0 ? number[k] : lo;
        hi = k == 0 || mpz_cmp(number[k], hi) > 0 ? number[k] : hi;
    }
    bits += mpz_sgn(lo) < 0;
    if ((int64_t)count > MOST_ENTRIES / bits) {
        tc_fail(L->err, TC_ELIMIT, block->loc,
                "%s would take %zu x %u table entries; at most 2^26 are kept", t->name, count,
                bits);
        return w;
    }
    r.number = number;
    c = id_chain(L, id);
    w.value = tc_form_range(f, selected(L, &r, &c, at, t->name), lo, hi);
    r.bits = bits;
    w.a = tc_index_new(f, "a", bits, NULL);
    w.weight = powers(L, bits, mpz_sgn(lo) < 0);
    at[0] = tc_axis_of(f->arena, w.a);
    w.bit =
        tc_form_range_si(f, selected(L, &r, &c, at, tc_sprintf(f->arena, "%s.bit", t->name)), 0, 1);
    w.wide = bits > NARROW;
    if (!w.wide) {
        w.lo = mpz_get_si(lo);
        w.hi = mpz_get_si(hi);
    }
    return w;
}

/* ------------------------------------------------------- weights that are inputs */

struct tc_form id_agrees(struct lowering *L, struct tc_form bit, const struct tc_index *a,
                         const struct tc_index *v)
{
    struct tc_family *f = L->family;
    unsigned bits = (unsigned)a->extent;
    int64_t extent[2] = {v->extent, bits};
    int64_t *sign = tc_alloc(f->arena, (size_t)(v->extent * bits), sizeof *sign);
    int64_t *zeros = tc_alloc(f->arena, (size_t)v->extent, sizeof *zeros);
    struct tc_axis at[2] = {tc_axis_of(f->arena, v), tc_axis_of(f->arena, a)};
    struct tc_form x;

    for (int64_t k = 0; k < v->extent; k++)
        for (unsigned b = 0; b < bits; b++) {
            bool set = k >> b & 1;

            sign[k * bits + b] = set ? 1 : -1;
            zeros[k] += !set;
        }
    x = tc_form_times(f, bit, tc_table_dense(f, "agrees", 2, extent, sign), at);
    x = tc_form_sum(f, x, 1, &a, 0, NULL);
    x = tc_form_add(f, x, tc_form_table(f, table_of(L, "zeros", (unsigned)v->extent, zeros), at));
    return tc_form_range_si(f, x, 0, bits);
}

static struct word input_rows(struct lowering *L, const struct tc_block *block,
                              const struct word *id, const struct tc_axis *column)
{
    struct tc_family *f = L->family;
    const struct tc_index *v = index_of(L, "v", &block->in);
    struct tc_form agree = id_agrees(L, id->bit, id->a, v), x;
    struct tc_axis at[2] = {tc_axis_of(f->arena, v), *column};
    const struct tc_plane *e = L->plane[block->tensor];
    const char *note = "the id is v, and the bit of its row is set";
    struct word w;

    if (is_float(L)) {
        struct fl_word raw = {.plane = e, .at = {at[0], at[1]}};

        return raw_selected(L, &raw, "e", agree, word_bits(id), v, note);
    }
    w = word_of_wires(L, e, at);
    x = tc_form_add(f, agree, w.bit);
    x = wire_of(L, &tc_bank_new(f, name_of(L, "e"), x, NULL, tc_form_si(f, word_bits(id) + 1), true,
                                0, NULL, L->component, note)
                        ->plane);
    at[0] = tc_axis_of(f->arena, w.a);
    w.bit = tc_form_range_si(f, tc_form_sum(f, x, 1, &v, 0, NULL), 0, 1);
    w.value = tc_form_sum(f, tc_form_times(f, w.bit, w.weight, at), 1, &w.a, 0, NULL);
    w.value = tc_form_range_si(f, w.value, w.lo, w.hi);
    return w;
}

struct stream lower_embedding(struct lowering *L, const struct tc_block *block,
                              const struct stream *in)
{
    struct stream out = {.token = in->token, .ncoord = 1};

    out.coord[0] = index_of(L, "e", &block->out);
    out.column = tc_axis_of(L->family->arena, out.coord[0]);
    out.is_code = L->plane[block->tensor] && !is_float(L);
    out.word = L->plane[block->tensor] ? input_rows(L, block, &in->word, &out.column)
                                       : constant_rows(L, block, &in->word, &out.column);
    return out;
}
