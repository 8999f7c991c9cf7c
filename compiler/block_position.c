/* block_position.c -- positions that are added to rows: R(x + P), one layer
 *
 * Sinusoidal entries are a computed table of constants, never an array of n rows; learned
 * ones are a tensor like other weights.
 */
#include "lower.h"

/* what the tables of rotations are made for: rope.c; in floats an entry, with an angle of at
 * least 1/base, is a multiple of 2^-rope_fraction */
bool base_fits(struct lowering *L, mpq_srcptr base, const char *what, struct tc_loc loc)
{
    unsigned most =
        is_float(L) && L->fraction > rope_fraction(L) ? rope_fraction(L) - L->format->p - 4 : 64;
    bool fits =
        mpz_sizeinbase(mpq_numref(base), 10) <= 40 && mpz_sizeinbase(mpq_denref(base), 10) <= 40;
    mpq_t limit;

    if (fits) {
        mpq_init(limit);
        mpq_set_ui(limit, 1, 1);
        mpq_mul_2exp(limit, limit, most);
        fits = mpq_cmp(base, limit) <= 0;
        mpq_set_ui(limit, 1, 1);
        mpq_div_2exp(limit, limit, 64);
        fits = fits && mpq_cmp(base, limit) >= 0;
        mpq_clear(limit);
    }
    return fits || tc_fail(L->err, TC_ELIMIT, loc,
                           "%s: rotations are built for bases from 2^-64 to 2^%u, fractions of at "
                           "most 40 digits",
                           what, most);
}

/* sines and cosines at a token and column, in units of 2^-fraction */
static struct tc_form sinusoid(struct lowering *L, const struct tc_position *p,
                               const struct stream *in, const struct tc_size *width)
{
    struct tc_family *f = L->family;
    struct tc_axis at[2] = {tc_axis_of(f->arena, in->token), in->column};
    unsigned fraction = rope_fraction(L);
    const struct tc_table *table;
    const char *number = rational_text(L, p->base), *parameters;
    mpz_ptr unit = tc_mpz_si(f->arena, 1);
    char format[64];

    tc_format_name(L->format, format, sizeof format);
    parameters = is_float(L) ? tc_sprintf(f->arena, "base=%s, width=%lld, fraction=%u, format=%s",
                                          number, (long long)width->value, fraction, format)
                             : tc_sprintf(f->arena, "base=%s, width=%lld, bits=%u, fraction=%u",
                                          number, (long long)width->value, L->bits, L->fraction);
    table = tc_table_computed(f, "sinusoid", &tc_sinusoid, parameters, L->err);
    if (!table)
        return tc_form_si(f, 0);
    mpz_mul_2exp(unit, unit, L->fraction - fraction);
    return tc_form_scale(f, tc_form_table(f, table, at), unit);
}

struct stream position_rows(struct lowering *L, const struct tc_position *p, unsigned tensor,
                            const struct tc_size *width, struct tc_loc loc, const struct stream *in)
{
    struct tc_axis at[2] = {tc_axis_of(L->family->arena, in->token), in->column};
    struct tc_form x;

    if (p->kind == TC_SINUSOIDAL &&
        !base_fits(L, p->base,
                   tc_sprintf(L->family->arena, "base %.60s", rational_text(L, p->base)), loc))
        return *in;
    x = p->kind == TC_SINUSOIDAL ? sinusoid(L, p, in, width) : tensor_form(L, tensor, at);
    return stream_of_steps(L, steps_sum(L, tc_form_add(L->family, in->word.value, x)), "x",
                           "the row plus its position, rounded", in);
}

struct stream lower_position(struct lowering *L, const struct tc_block *block,
                             const struct stream *in)
{
    return position_rows(L, &block->position, block->tensor, &block->in, block->loc, in);
}
