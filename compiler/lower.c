/* lower.c -- spec to circuit family
 *
 * Inputs become planes of bits, each block maps a stream to another, and the last
 * one's bits are the outputs.
 */
#include "words.h"

#include <assert.h>

struct tc_index *index_of(struct lowering *L, const char *name, const struct tc_size *s)
{
    return tc_index_new(L->family, name, s->value, s->poly);
}

/* The input planes, in the order of `tc0c inputs`; NULL for constants. */
static void input_planes(struct lowering *L)
{
    const struct tc_spec *spec = L->spec;

    L->plane = tc_alloc(L->family->arena, spec->ntensor, sizeof *L->plane);
    for (unsigned k = 0; k < spec->ntensor; k++) {
        const struct tc_tensor *t = &spec->tensor[k];
        static const char *const weight[3] = {"e", "c", "b"};
        const struct tc_index *axis[4];
        unsigned n = 0;

        if (t->role != TC_ROLE_INPUT)
            continue;
        assert(t->rank <= 3);
        for (; n < t->rank; n++)
            axis[n] = index_of(L, k == 0 && n == 0 ? "i" : k == 0 ? "e" : weight[n], &t->size[n]);
        axis[n++] = tc_index_new(L->family, "a", tc_format_width(tc_tensor_format(spec, t)), NULL);
        L->plane[k] = tc_family_input(L->family, t->name, n, axis);
    }
}

static struct stream input_stream(struct lowering *L)
{
    struct tc_arena *arena = L->family->arena;
    struct stream s = {.ncoord = 1};
    struct tc_axis at[2];

    s.token = index_of(L, "i", &L->spec->length);
    s.coord[0] = index_of(L, "e", &L->spec->width);
    at[0] = tc_axis_of(arena, s.token);
    at[1] = s.column = tc_axis_of(arena, s.coord[0]);
    s.word = word_of_wires(L, L->plane[0], at);
    return s;
}

/* bits of a word that are overruled where it is NaN: a bit, or none, and at least one flag */
static struct tc_form with_nan(struct lowering *L, const struct word *w, const struct chain *c)
{
    struct tc_family *f = L->family;
    struct tc_form nan = special_nan(L, c);
    struct tc_axis at = tc_axis_of(f->arena, w->a);
    int64_t *turn = tc_alloc(f->arena, L->bits, sizeof *turn);
    mpz_t word;

    if (!nan.nterm)
        return w->bit;
    mpz_init(word);
    tc_format_special(&L->spec->format, TC_NAN, false, word);
    for (unsigned a = 0; a < L->bits; a++)
        turn[a] = mpz_tstbit(word, a) ? 1 : -1;
    mpz_clear(word);
    return tc_form_add(f, w->bit, tc_form_times(f, nan, table_of(L, "nan", L->bits, turn), &at));
}

/* The bits of the result become gates.  An index that they do not depend on still
 * counts outputs: a guard that always holds brings it into the domain. */
static void output(struct lowering *L, struct stream *y)
{
    struct tc_family *f = L->family;
    struct word w = y->is_code ? y->word : word_of_chain(L, stream_chain(L, y), L->bits);
    const struct tc_index *axis[5] = {y->token, w.a, y->coord[0], y->coord[1], y->coord[2]};
    struct tc_guard guard[5];
    struct tc_bank *bank;
    unsigned nguard = 0;

    if (L->special && !y->is_code)
        w.bit = with_nan(L, &w, y->chain);
    for (unsigned k = 0; k < 2 + y->ncoord; k++)
        if (!form_reads(&w.bit, axis[k]))
            guard[nguard++].expr = tc_axis_of(f->arena, axis[k]);
    L->component = "output";
    L->prefix = "";
    bank = tc_bank_new(f, "Y", w.bit, NULL, tc_form_si(f, 1), true, nguard, guard, L->component,
                       "the result's bits as gates");
    tc_family_output(f, "Y", &bank->plane);
}

static struct stream lower_block(struct lowering *L, const struct tc_block *block,
                                 const struct stream *in)
{
    static block_lowering *const lower[] = {
        [TC_ATTENTION] = lower_attention,
        [TC_LINEAR] = lower_linear,
        [TC_MLP] = lower_mlp,
        [TC_ACTIVATION] = lower_activation,
        [TC_RESIDUAL] = lower_residual,
        [TC_NORM] = lower_norm,
        [TC_POSITION] = lower_position,
        [TC_EMBEDDING] = lower_embedding,
        [TC_UNEMBEDDING] = lower_unembedding,
    };
    struct stream rows = *in;

    if (block->kind == TC_REPEAT)
        return lower_blocks(L, block->nchild, block->child, in);
    if (block->kind != TC_ACTIVATION)
        rows = stream_ready(L, rows);
    if (L->several)
        L->prefix = tc_sprintf(L->family->arena, "%s.", block->path);
    L->component = block->path;
    return lower[block->kind](L, block, &rows);
}

struct stream lower_blocks(struct lowering *L, unsigned n, const struct tc_block *block,
                           const struct stream *in)
{
    struct stream s = *in;

    for (unsigned k = 0; k < n && !L->err->kind; k++)
        s = lower_block(L, &block[k], &s);
    return s;
}

/* blocks that compute something */
static unsigned blocks_in(unsigned n, const struct tc_block *block)
{
    unsigned count = 0;

    for (unsigned k = 0; k < n; k++)
        count += (block[k].kind != TC_REPEAT) + blocks_in(block[k].nchild, block[k].child);
    return count;
}

/* A model rounded by blocks has infinities and NaN where its format has them: SPEC.md. */
static void allow_special(struct lowering *L, struct tc_format *format, struct tc_format *reach)
{
    *format = L->spec->format;
    if (format->kind == TC_FLOAT && L->spec->rounding == TC_BLOCK && format->nan) {
        L->special = true;
        L->specials = specials_new(L);
    }
    if (L->special && format->infinity) { /* the first key of the next field, and the last one */
        *reach = *format;
        reach->infinity = false;
        reach->top++;
        reach->spare = (1u << (reach->p - 1)) - 1;
        L->reach = reach;
    }
    format->infinity = false;
    L->format = format;
}

/* each operation a circuit of the arithmetic regime: wherever the format is too wide for tables of
 * its values */
static bool is_wide(const struct lowering *L)
{
    return L->bits > TC_TABLE_MAX_BITS || L->options->regime == TC_REGIME_ARITHMETIC;
}

static bool check_format(const struct lowering *L)
{
    const struct tc_format *f = L->format;
    struct tc_loc loc = {.file = L->spec->file};

    if (is_float(L) && f->low > 1 - (int64_t)f->p)
        return tc_fail(L->err, TC_ESPEC, loc,
                       "found emin %lld: circuits are built for emin up to %d; above it 1 is less "
                       "than the least number",
                       (long long)f->low, 1 - (int)f->p);
    if (is_wide(L) && L->options->regime == TC_REGIME_TABLE)
        return tc_fail(L->err, TC_ELIMIT, loc,
                       "%u bits: the table regime makes 2^%u - 1 thresholds a rounding and goes "
                       "up to %u bits",
                       L->bits, L->bits, TC_TABLE_MAX_BITS);
    if (is_wide(L) && L->spec->rounding == TC_LAYER)
        return tc_fail(L->err, TC_ELIMIT, loc,
                       "%u bits: past %u bits and with --regime arithmetic exp is built of numbers "
                       "of the format, and "
                       "rounding=\"layer\" takes it of exact scores: rounding=\"block\" is built",
                       L->bits, TC_TABLE_MAX_BITS);
    return true;
}

static struct tc_family *lower_words(struct lowering *L, struct tc_format *format)
{
    struct tc_format ieee = *format;
    struct rows rows;

    if (L->special) {
        ieee.infinity = L->spec->format.infinity;
        ieee.signed_zero = false;
        L->ieee = &ieee;
    }
    L->special = false;
    L->reach = NULL;
    format->nan = format->signed_zero = false;
    rows = words_lower(L);
    if (L->err->kind) {
        tc_family_free(L->family);
        return NULL;
    }
    words_output(L, &rows);
    return L->family;
}

struct tc_family *tc_lower(const struct tc_spec *spec, const struct tc_options *options,
                           struct tc_error *err)
{
    struct lowering low = {.spec = spec,
                           .options = options,
                           .err = err,
                           .format = &spec->format,
                           .bits = tc_format_width(&spec->format),
                           .fraction = spec->format.kind == TC_FLOAT ? (unsigned)-spec->format.low
                                                                     : spec->format.fraction,
                           .several = blocks_in(spec->nblock, spec->block) > 1,
                           .component = "input",
                           .prefix = ""};
    struct lowering *L = &low;
    struct tc_format format, reach;
    struct stream stream;

    if (!check_format(L))
        return NULL;
    tc_rope_register();
    tc_bias_register();
    L->family = tc_family_new(spec->name);
    allow_special(L, &format, &reach);
    for (unsigned k = 0; k < spec->nparam; k++)
        tc_family_param(L->family, spec->param[k].name, spec->param[k].value);
    input_planes(L);
    if (is_wide(L))
        return lower_words(L, &format);
    stream = spec->vocabulary.value ? token_stream(L) : input_stream(L);
    stream = lower_blocks(L, spec->nblock, spec->block, &stream);
    if (err->kind) {
        tc_family_free(L->family);
        return NULL;
    }
    output(L, &stream);
    return L->family;
}
