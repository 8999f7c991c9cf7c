/* lower.c -- spec to circuit family
 *
 * Inputs become planes of bits, each block maps a stream of words to a chain,
 * and the last chain's bits are the outputs.
 */
#include "lower.h"

#include <assert.h>
#include <string.h>

static const struct tc_poly *times(struct lowering *L, const struct tc_size *x,
                                   const struct tc_size *y)
{
    return tc_poly_mul(L->family->arena, x->poly, y->poly);
}

static struct tc_index *index_of(struct lowering *L, const char *name, const struct tc_size *s)
{
    return tc_index_new(L->family, name, s->value, s->poly);
}

/* The input planes, in the order of `tc0c inputs`; NULL for constants. */
static const struct tc_plane **input_planes(struct lowering *L)
{
    const struct tc_spec *spec = L->spec;
    const struct tc_plane **plane = tc_alloc(L->family->arena, spec->ntensor, sizeof *plane);

    for (unsigned k = 0; k < spec->ntensor; k++) {
        const struct tc_tensor *t = &spec->tensor[k];
        const struct tc_index *axis[4];

        if (t->role != TC_ROLE_INPUT)
            continue;
        assert(t->rank == 2);
        axis[0] = index_of(L, k == 0 ? "i" : "e", &t->size[0]);
        axis[1] = index_of(L, k == 0 ? "e" : "c", &t->size[1]);
        axis[2] = tc_index_new(L->family, "a", L->bits, NULL);
        plane[k] = tc_family_input(L->family, t->name, 3, axis);
    }
    return plane;
}

static struct stream input_stream(struct lowering *L, const struct tc_plane *x)
{
    struct tc_arena *arena = L->family->arena;
    struct stream s = {.ncoord = 1};
    struct tc_axis at[2];

    s.token = index_of(L, "i", &L->spec->length);
    s.coord[0] = index_of(L, "e", &L->spec->width);
    at[0] = tc_axis_of(arena, s.token);
    at[1] = s.column = tc_axis_of(arena, s.coord[0]);
    s.word = word_of_wires(L, x, at);
    return s;
}

/* the indices of one block; made in the order that its gates are numbered in */
static void head_init(struct lowering *L, struct head *a, const struct tc_attention *att,
                      const struct tc_plane *const *plane, const struct tc_tensor *tensor)
{
    static const char *const token[4] = {"i", "j", "k", "l"};
    static const char *const one[3] = {"q", "k", "v"};
    static const char *const key[TC_MOST_KEYS] = {"k1", "k2", "k3"};
    static const char *const value[TC_MOST_KEYS] = {"v1", "v2", "v3"};
    struct tc_arena *arena = L->family->arena;
    struct tc_size cols = {att->heads.value * att->head_width.value,
                           times(L, &att->heads, &att->head_width)};

    memset(a, 0, sizeof *a);
    a->att = att;
    a->keys = att->order - 1;
    for (unsigned k = 0; k <= a->keys; k++)
        a->token[k] = index_of(L, token[k], &L->spec->length);
    if (att->heads.value > 1)
        a->h = index_of(L, "h", &att->heads);
    a->column = index_of(L, "c", &cols);
    a->dot = index_of(L, "e", &att->head_width);
    a->c = index_of(L, "c", &att->head_width);
    if (att->rope != TC_ROPE_NONE) {
        const struct tc_poly *two = tc_poly_int(arena, 2);

        a->pair = tc_index_new(L->family, "p", att->head_width.value / 2,
                               tc_poly_div(arena, att->head_width.poly, two));
        a->r = tc_index_new(L->family, "r", 2, NULL);
    }
    for (unsigned k = 1; att->mask == TC_MASK_CAUSAL && k <= a->keys; k++)
        a->guards.guard[a->guards.n++] = tc_guard_le(arena, a->token[k], a->token[0]);
    for (unsigned k = 0; k < 1 + 2 * a->keys; k++) {
        a->weight[k] = plane[k];
        a->tensor[k] = &tensor[k];
        if (k == 0)
            a->letter[k] = one[0];
        else if (k <= a->keys)
            a->letter[k] = a->keys == 1 ? one[1] : key[k - 1];
        else
            a->letter[k] = a->keys == 1 ? one[2] : value[k - 1 - a->keys];
    }
}

/* what the tables of rotations are made for: rope.c */
static bool base_fits(struct lowering *L, const struct tc_block *block)
{
    const struct tc_attention *a = &block->attention;
    bool fits = a->rope == TC_ROPE_NONE ||
                (mpz_sizeinbase(mpq_numref(a->base), 10) <= 40 &&
                 mpz_sizeinbase(mpq_denref(a->base), 10) <= 40);
    mpq_t limit;

    if (a->rope != TC_ROPE_NONE && fits) {
        mpq_init(limit);
        mpq_set_ui(limit, 1, 1);
        mpq_mul_2exp(limit, limit, 64);
        fits = mpq_cmp(a->base, limit) <= 0;
        mpq_inv(limit, limit);
        fits = fits && mpq_cmp(a->base, limit) >= 0;
        mpq_clear(limit);
    }
    return fits || tc_fail(L->err, TC_ELIMIT, block->loc,
                           "rope base '%.60s': rotations are built for bases from 2^-64 to 2^64, "
                           "fractions of at most 40 digits",
                           a->base_text);
}

/* The bits of a chain over i, h, c become the gates of the result.  An index
 * that the chain does not depend on still counts its outputs: a guard that
 * always holds brings it into the domain. */
static void output(struct lowering *L, const struct chain *y, const struct head *a)
{
    struct tc_family *f = L->family;
    struct word w = word_of_chain(L, y, L->bits);
    const struct tc_index *axis[3] = {a->token[0], a->h, a->c};
    struct tc_guard guard[3];
    struct tc_bank *bank;
    unsigned nguard = 0;

    for (unsigned k = 0; k < 3; k++) {
        bool read = false;

        for (unsigned t = 0; t < w.bit.nterm; t++)
            read = read || (axis[k] && tc_term_reads(&w.bit.term[t], axis[k]));
        if (axis[k] && !read)
            guard[nguard++].expr = tc_axis_of(f->arena, axis[k]);
    }
    L->component = "output";
    L->prefix = "";
    bank = tc_bank_new(f, "Y", w.bit, NULL, tc_form_si(f, 1), true, nguard, guard, L->component,
                       "the result's bits as gates");
    tc_family_output(f, "Y", &bank->plane);
}

struct tc_family *tc_lower(const struct tc_spec *spec, const struct tc_options *options,
                           struct tc_error *err)
{
    struct lowering low = {.spec = spec,
                           .options = options,
                           .err = err,
                           .format = &spec->format,
                           .bits = tc_format_width(&spec->format),
                           .fraction = spec->format.kind == TC_FLOAT
                                           ? (unsigned)-spec->format.low
                                           : spec->format.fraction,
                           .prefix = ""};
    struct lowering *L = &low;
    const struct tc_plane **plane;
    struct stream stream;
    struct chain y = {0};
    struct head a = {0};

    if (is_float(L) && spec->format.low > 1 - (int64_t)spec->format.p) {
        tc_fail(err, TC_ESPEC, (struct tc_loc){.file = spec->file},
                "found emin %lld: circuits are built for emin up to %d; above it 1 is less than "
                "the least number",
                (long long)spec->format.low, 1 - (int)spec->format.p);
        return NULL;
    }
    if (L->bits > TC_TABLE_MAX_BITS) {
        tc_fail(err, TC_ELIMIT, (struct tc_loc){.file = spec->file},
                "%u bits: the table regime makes 2^%u - 1 thresholds a rounding and goes up to "
                "%u bits",
                L->bits, L->bits, TC_TABLE_MAX_BITS);
        return NULL;
    }
    tc_rope_register();
    L->family = tc_family_new(spec->name);
    for (unsigned k = 0; k < spec->nparam; k++)
        tc_family_param(L->family, spec->param[k].name, spec->param[k].value);
    plane = input_planes(L);
    L->component = "input";
    stream = input_stream(L, plane[0]);
    for (unsigned b = 0; b < spec->nblock; b++) {
        const struct tc_block *block = &spec->block[b];
        struct chain *kept = tc_alloc(L->family->arena, 1, sizeof *kept);

        if (spec->nblock > 1)
            L->prefix = tc_sprintf(L->family->arena, "%s.", block->path);
        if (!base_fits(L, block)) {
            tc_family_free(L->family);
            return NULL;
        }
        L->component = block->path;
        head_init(L, &a, &block->attention, plane + block->tensor, spec->tensor + block->tensor);
        y = spec->rounding == TC_BLOCK ? attention_block(L, &a, &stream)
            : spec->rounding == TC_OP  ? attention_op(L, &a, &stream)
                                       : attention_layer(L, &a, &stream);
        if (err->kind) {
            tc_family_free(L->family);
            return NULL;
        }
        *kept = y;
        if (b + 1 == spec->nblock)
            break;
        stream = (struct stream){.word = word_of_chain(L, kept, 0),
                                 .chain = kept,
                                 .token = a.token[0],
                                 .column = head_column(L, &a, false, false)};
        if (a.h)
            stream.coord[stream.ncoord++] = a.h;
        stream.coord[stream.ncoord++] = a.c;
    }
    output(L, &y, &a);
    return L->family;
}
