/* rope_computed.c -- rotation entries that the circuit computes from the position
 *
 * The position's bits are gates that read no wire.  The angle is the position times the
 * pair's frequency, a constant, rounded: a chain over these bits; cosine and sine are
 * functions of its value and take no layer of their own.  So entries are at depth 2 from
 * the position, and their products with values that are not constants either are ANDs. */
#include "attention.h"
#include "bias.h"

#include <assert.h>
#include <mpfr.h>
#include <string.h>

/* -------------------------------------------------------------------- numbers */

/* R(cos x) or R(sin x) of a value: of a fraction other than 0 transcendental, so that both ends
 * of an interval round alike in the end */
static int64_t turn_value(const struct lowering *L, int64_t x, bool sine)
{
    int64_t value = 0;
    bool done = false;
    mpz_t number;

    mpz_init(number);
    number_of(L, is_float(L), x, number);
    if (mpz_sgn(number) == 0) {
        mpz_set_ui(number, !sine);
        mpz_mul_2exp(number, number, L->fraction);
        value = rounded_value(L, number, 0);
        done = true;
    }
    for (mpfr_prec_t prec = 128 + (mpfr_prec_t)mpz_sizeinbase(number, 2); !done; prec *= 2) {
        mpfr_t lo, hi, y;

        mpfr_init2(y, (mpfr_prec_t)mpz_sizeinbase(number, 2) + 2);
        mpfr_inits2(prec, lo, hi, (mpfr_ptr)0);
        mpfr_set_z_2exp(y, number, -(mpfr_exp_t)L->fraction, MPFR_RNDN); /* exact */
        if (sine) {
            mpfr_sin(lo, y, MPFR_RNDD);
            mpfr_sin(hi, y, MPFR_RNDU);
        } else {
            mpfr_cos(lo, y, MPFR_RNDD);
            mpfr_cos(hi, y, MPFR_RNDU);
        }
        done = bias_decided(L->format, lo, hi, &value);
        mpfr_clears(lo, hi, y, (mpfr_ptr)0);
    }
    mpz_clear(number);
    return value;
}

static int64_t cos_value(void *L, int64_t x)
{
    return turn_value(L, x, false);
}

static int64_t sin_value(void *L, int64_t x)
{
    return turn_value(L, x, true);
}

/* base^(-2 pair / width) where it is rational */
static bool exact_frequency(mpq_srcptr base, int64_t width, int64_t pair, mpq_ptr x)
{
    int64_t num = 2 * pair, den = width;
    bool exact;

    while (num % 2 == 0 && den % 2 == 0) {
        num /= 2;
        den /= 2;
    }
    for (int64_t p = 3; p <= den; p += 2) /* lowest terms */
        while (num % p == 0 && den % p == 0) {
            num /= p;
            den /= p;
        }
    exact = mpz_root(mpq_denref(x), mpq_numref(base), (unsigned long)den);
    exact = mpz_root(mpq_numref(x), mpq_denref(base), (unsigned long)den) && exact;
    if (exact) {
        mpz_pow_ui(mpq_denref(x), mpq_denref(x), (unsigned long)num);
        mpz_pow_ui(mpq_numref(x), mpq_numref(x), (unsigned long)num);
        mpq_canonicalize(x);
    }
    return exact;
}

/* As rope.c has bases exponents are below 45, so there is a relative error below 2^(9-prec). */
int64_t rope_frequency(const struct lowering *L, mpq_srcptr base, int64_t width, int64_t pair)
{
    int64_t value = 0;
    bool done;
    mpq_t x;

    mpq_init(x);
    done = exact_frequency(base, width, pair, x);
    if (done)
        value = bias_nearest(L->format, x);
    for (mpfr_prec_t prec = 128; !done; prec *= 2) {
        mpfr_t lo, hi, error;

        mpfr_inits2(prec, lo, hi, error, (mpfr_ptr)0);
        mpfr_set_q(lo, base, MPFR_RNDN);
        mpfr_log(lo, lo, MPFR_RNDN);
        mpfr_mul_si(lo, lo, -2 * pair, MPFR_RNDN);
        mpfr_div_si(lo, lo, width, MPFR_RNDN);
        mpfr_exp(lo, lo, MPFR_RNDN);
        mpfr_mul_2si(error, lo, 9 - (long)prec, MPFR_RNDU);
        mpfr_add(hi, lo, error, MPFR_RNDU);
        mpfr_sub(lo, lo, error, MPFR_RNDD);
        done = bias_decided(L->format, lo, hi, &value);
        mpfr_clears(lo, hi, error, (mpfr_ptr)0);
    }
    mpq_clear(x);
    return value;
}

/* ---------------------------------------------------------------------- gates */

static void *open_bits(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                       struct tc_error *err)
{
    if (*parameters) {
        tc_fail(err, TC_EFORMAT, loc, "found \"%.24s\", wanted no parameters", parameters);
        return NULL;
    }
    return tc_alloc(a, 1, 1);
}

static void eval_bits(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    uint64_t at[2] = {(uint64_t)arg[0], (uint64_t)arg[1]};

    (void)state;
    for (size_t s = 0; s < count; s++, at[axis] += (uint64_t)step)
        out[s] = at[1] < 64 && (at[0] >> at[1] & 1);
}

static int64_t one(const void *state)
{
    (void)state;
    return 1;
}

const struct tc_function tc_position_bit = {"position_bit", 2, open_bits, eval_bits, one};

/* the position along an axis, less its least one, as an index of its own */
static struct tc_index *position_index(struct lowering *L, int64_t range)
{
    return tc_index_new(L->family, "s", range,
                        tc_family_symbol(L->family, "N_position", range,
                                         "positions that a rotation is computed for"));
}

/* the rounded angles of all positions first .. first + range - 1 */
static struct chain angles(struct lowering *L, const struct head *a, const struct tc_index *s,
                           int64_t first, const char *name)
{
    struct tc_family *f = L->family;
    int64_t pairs = a->pair->extent, bits = 1;
    mpz_ptr *theta = tc_alloc(f->arena, (size_t)pairs, sizeof *theta);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    struct tc_axis at[2] = {tc_axis_of(f->arena, s)}, pair = tc_axis_of(f->arena, a->pair), place;
    const struct tc_table *frequencies, *two;
    const struct tc_plane *bit;
    struct tc_index *b;
    struct tc_form x, every;
    struct steps steps;

    while (bits < 62 && (s->extent - 1) >> bits)
        bits++;
    b = tc_index_new(f, "b", bits, tc_family_symbol(f, "T_position", bits, "bits of a position"));
    at[1] = place = tc_axis_of(f->arena, b);
    bit = &tc_bank_new(
               f, name_of(L, tc_sprintf(f->arena, "%s.position", name)),
               tc_form_table(f, tc_table_computed(f, "position", &tc_position_bit, "", L->err), at),
               NULL, tc_form_si(f, 1), true, 0, NULL, L->component,
               "the bits of the position, gates without wires")
               ->plane;
    for (int64_t p = 0; p < pairs; p++) {
        theta[p] = tc_mpz(f->arena);
        number_of(L, is_float(L), rope_frequency(L, a->att->base, a->att->head_width.value, p),
                  theta[p]);
        if (mpz_cmp(theta[p], hi) > 0)
            mpz_set(hi, theta[p]);
    }
    frequencies = tc_table_dense_mpz(f, "frequency", 1, &pairs, theta);
    two = powers(L, (unsigned)bits, false);
    x = tc_form_sum(f, tc_form_times(f, wire_of(L, bit), two, &place), 1,
                    (const struct tc_index *const *)&b, 0, NULL);
    x = tc_form_add(f, x, tc_form_si(f, first));
    x = tc_form_times(f, x, frequencies, &pair);
    mpz_mul_si(lo, hi, first < 0 ? first : 0);
    mpz_mul_si(hi, hi, first + s->extent - 1 > 0 ? first + s->extent - 1 : 0);
    every = x = tc_form_range(f, x, lo, hi);
    /* steps for every value that there is at some length */
    every.lo = tc_mpz(f->arena);
    every.hi = hi = tc_mpz(f->arena);
    number_of(L, is_float(L), largest_value(L), hi);
    if (first < 0 || a->att->rope == TC_ROPE_FLAT || a->att->rope == TC_ROPE_QUERY2) {
        every.lo = lo = tc_mpz(f->arena);
        number_of(L, is_float(L), least_value(L), lo);
    }
    steps = steps_sum(L, every);
    steps.form = x;
    return chain_new(L, steps, tc_sprintf(f->arena, "%s.angle", name), "T_round", NULL,
                     "position times frequency, rounded");
}

void rope_words(struct lowering *L, const struct head *a, struct tc_axis position,
                struct word word[2])
{
    struct tc_family *f = L->family;
    struct rope_entries *known = a->entries;
    const struct tc_axis at = position;
    int64_t first, last;
    struct tc_index *s;
    struct chain c;

    for (unsigned k = 0; k < known->n; k++)
        if (tc_axis_equal(&known->position[k], &position)) {
            memcpy(word, known->word[k], 2 * sizeof *word);
            return;
        }
    assert(known->n < sizeof known->position / sizeof *known->position);
    tc_axis_range(&position, &first, &last);
    s = position_index(L, last - first + 1);
    c = angles(L, a, s, first, tc_sprintf(f->arena, "turn%u", known->n));
    position.at.constant -= first;
    for (unsigned part = 0; part < 2; part++) {
        struct chain turn = chain_mapped(L, &c, part ? sin_value : cos_value, L);

        word[part] = word_at(L, word_of_chain(L, &turn, 0), s, position);
    }
    known->position[known->n] = at;
    memcpy(known->word[known->n++], word, 2 * sizeof *word);
}

/* -------------------------------------------------------------------- products */

/* A row times the columns of matrix m that the coordinate, or the other of its pair, has in a
 * head, times an entry: exact.  The row's token is the query's. */
static struct tc_form turned_column(struct lowering *L, const struct head *a, unsigned m,
                                    const struct stream *in, const struct word *weight,
                                    const struct word *entry, bool flip)
{
    struct tc_family *f = L->family;
    const struct matrix *w = &a->weight[m];
    struct tc_axis at[2] = {in->column, head_column(L, a, m, true, flip)};
    const char *name = tc_sprintf(f->arena, "%s.%s", w->letter, flip ? "sin" : "cos");
    struct word x[3] = {word_at_index(L, in->word, in->token, a->token[0]), *entry};
    struct tc_form sum;

    if (weight) {
        x[2] = word_at(L, *weight, w->column, at[1]);
        sum = product(L, name, 3, x, NULL, "bits of a row, of a weight and of an entry");
    } else {
        sum = product(L, name, 2, x, NULL, "bits of a row times bits of an entry");
        sum = tc_form_times(f, sum, weight_table(L, w), at);
    }
    return sum_over(L, sum, in->ncoord, in->coord, NULL);
}

struct tc_form rope_projection(struct lowering *L, const struct head *a, unsigned m,
                               const struct stream *in, struct tc_axis position)
{
    struct tc_family *f = L->family;
    const struct matrix *w = &a->weight[m];
    struct tc_axis at[2] = {in->column, tc_axis_of(f->arena, w->column)};
    struct tc_axis r = tc_axis_of(f->arena, a->r);
    struct word entry[2], weight;
    struct tc_form same, other;

    rope_words(L, a, position, entry);
    if (w->plane)
        weight = word_of_wires(L, w->plane, at);
    same = turned_column(L, a, m, in, w->plane ? &weight : NULL, &entry[0], false);
    other = turned_column(L, a, m, in, w->plane ? &weight : NULL, &entry[1], true);
    return tc_form_add(f, same, tc_form_times(f, other, sine_sign(L), &r));
}

struct tc_form rope_rounded(struct lowering *L, const struct head *a, unsigned m,
                            const struct chain *c, const struct tc_index *token,
                            struct tc_axis position, const char *name, const struct guards *guards)
{
    struct tc_family *f = L->family;
    const struct tc_index *column = a->weight[m].column;
    struct tc_axis r = tc_axis_of(f->arena, a->r);
    struct word entry[2], x = word_of_chain(L, c, 0);
    struct tc_form form[2];
    bool own = false;

    for (unsigned k = 0; c->plane && k < c->plane->naxis; k++)
        own = own || c->plane->axis[k] == a->r;
    x = word_at_index(L, x, a->token[0], token);
    rope_words(L, a, position, entry);
    for (unsigned part = 0; part < 2; part++) {
        const char *product = tc_sprintf(f->arena, "%s.%s", name, part ? "sin" : "cos");
        struct word w = word_at(L, x, column, head_column(L, a, m, true, part));
        struct steps s;

        if (part && own) /* where the coordinate is r itself */
            w = word_at(L, w, a->r, tc_axis_plus(f->arena, tc_axis_const(1), -1, a->r));
        s = rounded_product(L, product, &w, &entry[part], guards,
                            "bits of a value times bits of an entry");
        form[part] = chain_new(L, s, product, "T_round", guards, "rounded products").form;
    }
    return tc_form_add(f, form[0], tc_form_times(f, form[1], sine_sign(L), &r));
}
