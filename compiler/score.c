/* score.c -- from the exact score to the rounded, scaled and biased one
 *
 * One rounding a block: score * multiply / divide + b is a sum of integers once it is
 * multiplied by the divisor, and b, which positions choose from a table, is a constant
 * of each gate.  An irrational divisor is replaced by a fraction so close to it that
 * no score in range tells them apart (CONSTRUCTIONS.md, "Scores with a bias").
 *
 * Every operation rounded: the score, the scaled score and the sum with b are
 * each a function of what is before, so that the sum reaches r where the exact score
 * reaches a threshold that r and b decide: a computed table, no layer.  Where b is
 * itself made by gates or is an input, the scaled score is a layer. */
#include "bias.h"

#include <assert.h>
#include <string.h>

static bool has_bias(const struct head *a)
{
    return a->att->position.kind >= TC_T5;
}

/* whether b is a constant of the positions */
static bool is_constant(const struct lowering *L, const struct head *a)
{
    const struct tc_position *p = &a->att->position;

    return !p->computed && !(p->kind == TC_T5 && L->plane[a->position]);
}

/* ---------------------------------------------------------------- parameters */

static char *fraction_text(struct lowering *L, mpq_srcptr x)
{
    char *text =
        tc_alloc(L->family->arena,
                 mpz_sizeinbase(mpq_numref(x), 10) + mpz_sizeinbase(mpq_denref(x), 10) + 3, 1);

    return mpq_get_str(text, 10, x);
}

static char *integer_text(struct lowering *L, mpz_srcptr x)
{
    char *text = tc_alloc(L->family->arena, mpz_sizeinbase(x, 10) + 2, 1);

    return mpz_get_str(text, 10, x);
}

/* the weights' values, one tensor after the other */
static const char *entries_text(struct lowering *L, const struct head *a, unsigned ntensor)
{
    struct tc_arena *arena = L->family->arena;
    size_t room = 1, length = 0;
    char *text;

    for (unsigned k = 0; k < ntensor; k++) {
        const struct tc_tensor *t = &L->spec->tensor[a->position + k];

        room += 21 * (size_t)(t->size[0].value * (t->rank > 1 ? t->size[1].value : 1));
    }
    text = tc_alloc(arena, room, 1);
    for (unsigned k = 0; k < ntensor; k++) {
        const struct tc_tensor *t = &L->spec->tensor[a->position + k];
        int64_t n = t->size[0].value * (t->rank > 1 ? t->size[1].value : 1);

        for (int64_t e = 0; e < n; e++)
            length += (size_t)sprintf(text + length, "%s%lld", length ? " " : "",
                                      (long long)value_of_code(L, t->word[e]));
    }
    return text;
}

/* but for format and limb; entries: of constant weights */
static const char *bias_text(struct lowering *L, const struct head *a, bool entries)
{
    struct tc_arena *arena = L->family->arena;
    const struct tc_position *p = &a->att->position;
    long long heads = a->att->heads.value;

    switch (p->kind) {
    case TC_ALIBI:
        return tc_sprintf(arena, "alibi, heads=%lld", heads);
    case TC_KERPLE:
        return tc_sprintf(arena, "kerple-%s, r1=%s, r2=%s", p->power ? "power" : "log",
                          fraction_text(L, p->r1), fraction_text(L, p->r2));
    case TC_SANDWICH:
        return tc_sprintf(arena, "sandwich, r1=%s, base=%s, terms=%lld, width=%lld",
                          fraction_text(L, p->r1), fraction_text(L, p->base),
                          (long long)p->terms.value, (long long)p->width.value);
    case TC_T5: {
        const char *text = tc_sprintf(arena, "t5, buckets=%lld, distance=%lld, sides=%d",
                                      (long long)p->buckets.value, (long long)p->distance.value,
                                      a->att->mask == TC_MASK_NONE ? 2 : 1);

        return entries ? tc_sprintf(arena, "%s, heads=%lld, entries=%s", text, heads,
                                    entries_text(L, a, 1))
                       : text;
    }
    default:
        if (p->computed)
            return tc_sprintf(arena, "psi, c=%s", fraction_text(L, p->c));
        return tc_sprintf(arena, "fire, c=%s, limit=%s, hidden=%lld, heads=%lld, entries=%s",
                          fraction_text(L, p->c), fraction_text(L, p->limit),
                          (long long)p->hidden.value, heads, entries_text(L, a, 4));
    }
}

static const char *with_format(struct lowering *L, const char *text, unsigned limb)
{
    char format[64];

    tc_format_name(L->format, format, sizeof format);
    if (limb)
        return tc_sprintf(L->family->arena, "%s, limb=%u, format=%s", text, limb, format);
    return tc_sprintf(L->family->arena, "%s, format=%s", text, format);
}

const struct bias *bias_of(struct lowering *L, const struct head *a)
{
    const char *text = with_format(L, bias_text(L, a, is_constant(L, a)), 0);
    struct tc_error ignored = {0};

    return bias_open(L->family->arena, text, (struct tc_loc){0}, &ignored);
}

bool bias_fits(struct lowering *L, const struct head *a, struct tc_loc loc)
{
    if (!has_bias(a))
        return true;
    return bias_of(L, a) ||
           tc_fail(L->err, TC_ELIMIT, loc,
                   "%s is built for parameters from 2^-64 to 2^64, up to 2^20 weights and, of "
                   "sandwich, 2^16 terms and 64 times as many as the width",
                   tc_position_name[a->att->position.kind]);
}

/* ------------------------------------------------------- a bias as a form */

struct tc_axis head_axis(struct lowering *L, const struct head *a)
{
    struct tc_axis x = a->h ? tc_axis_of(L->family->arena, a->h) : tc_axis_const(0);

    if (!a->g)
        return x;
    return tc_axis_plus(L->family->arena, x, a->att->heads.value / a->att->kv_heads.value, a->g);
}

/* i - j of the query and its k-th key */
static struct tc_axis offset_axis(struct lowering *L, const struct head *a, unsigned k)
{
    return tc_axis_plus(L->family->arena, tc_axis_of(L->family->arena, a->token[0]), -1,
                        a->token[k]);
}

/* what a table of the query's position reads: of fire alone */
static struct tc_axis query_axis(struct lowering *L, const struct head *a)
{
    return a->att->position.kind == TC_FIRE ? tc_axis_of(L->family->arena, a->token[0])
                                            : tc_axis_const(0);
}

/* entries of tables of the kind fn, at these places: the parts of a number */
static struct tc_form entries_form(struct lowering *L, const char *name,
                                   const struct tc_function *fn, const char *text,
                                   const struct tc_axis *at)
{
    struct tc_family *f = L->family;
    struct bias *b = bias_open(f->arena, with_format(L, text, 0), (struct tc_loc){0}, L->err);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), unit = tc_mpz_si(f->arena, 1);
    struct tc_form x = tc_form_si(f, 0);
    unsigned n;

    bias_range(b, lo, hi);
    n = bias_limbs(mpz_cmpabs(lo, hi) > 0 ? lo : hi);
    for (unsigned limb = 0; limb < n; limb++) {
        const struct tc_table *t =
            tc_table_computed(f, name, fn, with_format(L, text, limb), L->err);

        x = tc_form_add(f, x, tc_form_scale(f, tc_form_table(f, t, at), unit));
        mpz_mul_2exp(unit, unit, BIAS_LIMB);
    }
    return tc_form_range(f, x, lo, hi);
}

/* the bias of the first key, from constant tables */
static struct tc_form constant_bias(struct lowering *L, const struct head *a)
{
    struct tc_axis at[3] = {query_axis(L, a), offset_axis(L, a, 1), head_axis(L, a)};

    return entries_form(L, "bias", &tc_bias, bias_text(L, a, true), at);
}

/* ------------------------------------------------ fire's bias, each operation rounded
 *
 * psi is a table of positions.  The quotient is one layer.  All that follows is a function of
 * it where the weights are constants, at no cost; else the MLP's layers are those of mlp:
 * products, sums with biases and relu, products, their sums, sums with biases. */

/* u = R(n / d) of psi(i - j) and psi(max(L, i)), which are not negative; 0/0 = 0, of another n
 * by 0 the largest.  u >= r where v = n 2^f - m d >= 0 for the middle m below r (> 0, where a tie
 * goes down) and n > 0: K v + n >= 1, or 1 + N d, with n <= N and K = 1 + N D, d <= D. */
static struct chain fire_quotient(struct lowering *L, const struct head *a)
{
    struct tc_family *f = L->family;
    const char *text = bias_text(L, a, false);
    struct tc_axis delta = offset_axis(L, a, 1), query = tc_axis_of(f->arena, a->token[0]), t;
    struct tc_form n = entries_form(L, "psi", &tc_bias_psi, text, &delta), d, theta;
    int64_t most = plain_value(L, largest_value(L)), count = 0, parts = is_float(L) ? 4 : 2;
    mpz_ptr big = tc_mpz_si(f->arena, 1), unit = tc_mpz(f->arena), *slope;
    struct chain u = {.keys = is_float(L)};
    mpq_ptr middle = tc_mpq(f->arena);
    struct tc_index *chain;

    text = tc_sprintf(f->arena, "%s, limit=%s", text, fraction_text(L, a->att->position.limit));
    d = entries_form(L, "psi", &tc_bias_psi, text, &query);
    for (int64_t r = 0; r < most; r = next_value(L, r))
        count++;
    u.n = (unsigned)count;
    u.value = tc_alloc(f->arena, (size_t)count + 1, sizeof *u.value);
    slope = tc_alloc(f->arena, (size_t)count, sizeof(mpz_ptr));
    mpz_addmul(big, n.hi, d.hi);
    for (int64_t k = 0; k < count; k++) {
        bool strict;

        u.value[k + 1] = next_value(L, u.value[k]);
        value_middle(L, u.value[k + 1], middle, &strict);
        slope[k] = tc_mpz_si(f->arena, parts);
        mpz_mul(slope[k], slope[k], mpq_numref(middle));
        mpz_divexact(slope[k], slope[k], mpq_denref(middle));
        mpz_mul(slope[k], slope[k], big);
        if (strict)
            mpz_add(slope[k], slope[k], n.hi);
    }
    mpz_mul_si(unit, big, parts);
    mpz_mul_2exp(unit, unit, L->fraction);
    mpz_add_ui(unit, unit, 1);
    chain = chain_index(L, count, "T_quotient");
    t = tc_axis_of(f->arena, chain);
    theta = tc_form_times(f, d, tc_table_dense_mpz(f, "slope", 1, &count, slope), &t);
    theta = tc_form_add(f, theta, tc_form_si(f, 1));
    u.plane =
        &tc_bank_new(f, name_of(L, "u"), tc_form_scale(f, n, unit), chain, theta, true, 0, NULL,
                     L->component, "psi of the offset by psi of the query's position, rounded")
             ->plane;
    u.form = chain_form(L, &u);
    return u;
}

/* the MLP of u with constant weights; as all that inputs do not change it has no infinity */
static int64_t fire_value(const struct lowering *from, const struct head *a, int64_t u, int64_t h)
{
    struct lowering low = *from, *L = &low;
    const struct tc_tensor *t = L->spec->tensor + a->position;
    int64_t hidden = a->att->position.hidden.value, heads = a->att->heads.value, v;
    mpz_t sum, x;

    low.reach = NULL;
    mpz_inits(sum, x, NULL);
    for (int64_t m = 0; m < hidden; m++) {
        v = product_value(L, u, value_of_code(L, t[0].word[m]));
        v = sum_value(L, v, value_of_code(L, t[1].word[m]));
        if (v <= 0)
            continue;
        v = product_value(L, v, value_of_code(L, t[2].word[m * heads + h]));
        number_of(L, is_float(L), v, x);
        mpz_add(sum, sum, x);
    }
    v = sum_value(L, rounded_value(L, sum, 0), value_of_code(L, t[3].word[h]));
    mpz_clears(sum, x, NULL);
    return v;
}

/* the same as a form over the gates of u */
static struct tc_form fire_of_chain(struct lowering *L, const struct head *a, const struct chain *u)
{
    struct tc_family *f = L->family;
    int64_t heads = a->att->heads.value, extent[2] = {heads, u->n};
    mpz_ptr *base = tc_alloc(f->arena, (size_t)heads, sizeof *base);
    mpz_ptr *step = tc_alloc(f->arena, (size_t)heads * (u->n + 1), sizeof *step);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), now = tc_mpz(f->arena);
    struct tc_axis at[2] = {head_axis(L, a)};
    struct tc_form x;

    for (int64_t h = 0; h < heads; h++) {
        mpz_ptr before = tc_mpz(f->arena);

        for (unsigned k = 0; k <= u->n; k++) {
            mpz_ptr *entry = k ? &step[h * u->n + k - 1] : &base[h];

            number_of(L, is_float(L), fire_value(L, a, u->value[k], h), now);
            *entry = tc_mpz(f->arena);
            mpz_sub(*entry, now, before);
            mpz_set(before, now);
            if ((h == 0 && k == 0) || mpz_cmp(now, lo) < 0)
                mpz_set(lo, now);
            if ((h == 0 && k == 0) || mpz_cmp(now, hi) > 0)
                mpz_set(hi, now);
        }
    }
    x = tc_form_table(f, tc_table_dense_mpz(f, "fire.low", 1, extent, base), at);
    if (u->n) {
        struct tc_form gates = wire_of(L, u->plane);

        at[1] = u->plane->chain ? tc_axis_of(f->arena, u->plane->chain) : tc_axis_const(0);
        gates = tc_form_times(f, gates, tc_table_dense_mpz(f, "fire.step", 2, extent, step), at);
        if (u->plane->chain)
            gates = tc_form_sum(f, gates, 1, &u->plane->chain, 0, NULL);
        x = tc_form_add(f, x, gates);
    }
    return tc_form_range(f, x, lo, hi);
}

static int64_t positive_part(void *unused, int64_t x)
{
    (void)unused;
    return x > 0 ? x : 0;
}

/* the MLP of u with weights that are inputs */
static struct tc_form fire_of_inputs(struct lowering *L, const struct head *a,
                                     const struct chain *u)
{
    struct tc_family *f = L->family;
    const struct tc_index *m = index_of(L, "m", &a->att->position.hidden);
    struct tc_axis at[2] = {tc_axis_of(f->arena, m), head_axis(L, a)};
    unsigned t = a->position;
    struct word x = word_of_chain(L, u, 0), w = word_of_wires(L, L->plane[t], at);
    struct steps s = rounded_product(L, "f", &x, &w, &a->guards, "bits of u times bits of F_1");
    struct chain c = chain_new(L, s, "f", "T_round", &a->guards, "u times F_1, rounded");

    s = steps_sum(L, tc_form_add(f, c.form, tensor_form(L, t + 1, at)));
    s = steps_applied(L, s, positive_part, NULL, "f.sum", &a->guards, "plus F_b1, rounded");
    w = word_of_wires(L, L->plane[t + 2], at);
    s = rounded_times(L, "f.hidden", s, "g", &w, &a->guards, "the hidden units times bits of F_2");
    c = chain_new(L, s, "g", "T_round", &a->guards, "the hidden units times F_2, rounded");
    s = steps_sum(L, sum_over(L, c.form, 1, &m, NULL));
    c = chain_new(L, s, "g.sum", "T_round", &a->guards, "their sum, rounded");
    s = steps_sum(L, tc_form_add(f, c.form, tensor_form(L, t + 3, &at[1])));
    return chain_new(L, s, "b", "T_round", &a->guards, "fire's bias").form;
}

static struct tc_form computed_bias(struct lowering *L, const struct head *a)
{
    const char *component = L->component, *prefix = L->prefix, *end = strrchr(component, '.');
    struct tc_family *f = L->family;
    struct chain u;
    struct tc_form b;

    L->component = tc_sprintf(f->arena, "%.*s.bias", (int)(end ? end - component : 0), component);
    L->prefix = tc_sprintf(f->arena, "%sfire.", prefix);
    u = fire_quotient(L, a);
    b = L->plane[a->position] ? fire_of_inputs(L, a, &u) : fire_of_chain(L, a, &u);
    L->component = component;
    L->prefix = prefix;
    return b;
}

/* t5 where its weights are inputs: the entry of the bucket, chosen by a table; of the first key */
static struct tc_form chosen_bias(struct lowering *L, const struct head *a)
{
    struct tc_family *f = L->family;
    const struct tc_position *p = &a->att->position;
    const struct tc_index *bucket = tc_index_new(f, "b", p->buckets.value, p->buckets.poly);
    struct tc_axis at[2] = {tc_axis_of(f->arena, bucket), head_axis(L, a)};
    struct word w = word_of_wires(L, L->plane[a->position], at);
    struct tc_axis chooses[2] = {offset_axis(L, a, 1), at[0]};
    const struct tc_table *t = tc_table_computed(f, "bucket", &tc_bias_bucket,
                                                 with_format(L, bias_text(L, a, false), 0), L->err);
    struct tc_form x = tc_form_sum(f, tc_form_times(f, w.value, t, chooses), 1, &bucket, 0, NULL);

    return tc_form_range(f, x, w.value.lo, w.value.hi);
}

/* b(i, j) + b(i, k) + ..., in units of 2^-fraction */
static struct tc_form bias_form(struct lowering *L, const struct head *a)
{
    struct tc_family *f = L->family;
    struct tc_form b = is_constant(L, a)           ? constant_bias(L, a)
                       : a->att->position.computed ? computed_bias(L, a)
                                                   : chosen_bias(L, a);
    struct tc_form x = b;

    for (unsigned k = 2; k <= a->keys; k++)
        x = tc_form_add(f, x, tc_form_subst(f, b, a->token[1], tc_axis_of(f->arena, a->token[k])));
    return x;
}

/* ------------------------------------------------------- one rounding a block */

/* Least fraction p / q of the continued fraction of sqrt(x) with q > |most|: for 0 < s <=
 * |most| no integer is between s sqrt(x) and s p / q, nor is it the latter. */
static void root_fraction(mpq_srcptr x, mpz_srcptr most, mpq_ptr fraction)
{
    mpz_t d, floor, m, q, a, p0, p1, q0, q1, t;

    /* sqrt(d) / q with d = num den, q = den; then (sqrt(d) + m) / q, q dividing d - m^2 */
    mpz_inits(d, floor, m, q, a, p0, p1, q0, q1, t, NULL);
    mpz_mul(d, mpq_numref(x), mpq_denref(x));
    mpz_sqrt(floor, d);
    mpz_set(q, mpq_denref(x));
    mpz_set_ui(p1, 1);
    mpz_set_ui(q0, 1);
    do {
        mpz_add(t, floor, m);
        mpz_fdiv_q(a, t, q);
        mpz_addmul(p0, a, p1);
        mpz_addmul(q0, a, q1);
        mpz_swap(p0, p1);
        mpz_swap(q0, q1);
        mpz_mul(t, a, q);
        mpz_sub(m, t, m);
        mpz_mul(t, m, m);
        mpz_sub(t, d, t);
        mpz_divexact(q, t, q);
    } while (mpz_cmpabs(q1, most) <= 0);
    mpz_set(mpq_numref(fraction), p1);
    mpz_set(mpq_denref(fraction), q1);
    mpz_clears(d, floor, m, q, a, p0, p1, q0, q1, t, NULL);
}

/* a fraction that the scale may be taken for, of scores up to `most` whose middles are
 * multiples of 1/4 */
static void rational_scale(const struct tc_scale *scale, unsigned shift, mpz_srcptr most,
                           mpq_ptr fraction)
{
    mpq_t x;

    mpq_init(x);
    mpq_abs(x, scale->multiply);
    mpq_div_2exp(x, x, shift);
    if (scale->root) {
        mpq_mul_2exp(x, x, 2);
        mpq_mul(x, x, x);
        mpq_div(x, x, scale->divide);
        root_fraction(x, most, fraction);
        mpq_div_2exp(fraction, fraction, 2);
    } else {
        mpq_div(fraction, x, scale->divide);
    }
    mpq_clear(x);
}

static struct steps block_steps(struct lowering *L, const struct head *a, struct tc_form score,
                                unsigned shift)
{
    struct tc_family *f = L->family;
    const struct tc_scale *scale = &a->att->scale;
    mpq_ptr multiply = tc_mpq(f->arena), divide = tc_mpq(f->arena);
    struct tc_form b;

    if (mpq_sgn(scale->multiply) < 0)
        score = tc_form_scale_si(f, score, -1);
    if (!has_bias(a)) {
        mpq_abs(multiply, scale->multiply);
        mpq_div_2exp(multiply, multiply, shift);
        return steps_round(L, score, multiply, scale->divide, scale->root);
    }
    b = bias_form(L, a);
    rational_scale(scale, shift, mpz_cmpabs(score.lo, score.hi) > 0 ? score.lo : score.hi,
                   multiply);
    mpq_set_z(divide, mpq_denref(multiply));
    score = tc_form_add(f, tc_form_scale(f, score, mpq_numref(multiply)),
                        tc_form_scale(f, b, mpq_denref(multiply)));
    mpq_set_ui(multiply, 1, 1);
    return steps_round(L, score, multiply, divide, false);
}

/* --------------------------------------------------- every operation rounded */

/* The scaled score as steps of the exact one, or of its negative where the scale is
 * negative: values that increase. */
static struct steps scaled_steps(struct lowering *L, struct tc_form score,
                                 const struct tc_scale *scale)
{
    struct tc_arena *arena = L->family->arena;
    struct scaling scaling = {L, scale};
    mpz_ptr lo = tc_mpz(arena), hi = tc_mpz(arena);
    struct tc_form x = score;
    struct steps s, r;

    if (mpq_sgn(scale->multiply) > 0)
        return steps_map(L, steps_shift(L, x, 0), scale_value, &scaling);
    mpz_neg(lo, score.hi);
    mpz_neg(hi, score.lo);
    x.lo = lo;
    x.hi = hi;
    s = steps_map(L, steps_shift(L, x, 0), scale_value, &scaling);
    r = (struct steps){.form = score, .n = s.n, .keys = s.keys};
    r.at = tc_alloc(arena, s.n + 1, sizeof *r.at);
    r.value = tc_alloc(arena, s.n + 1, sizeof *r.value);
    for (unsigned k = 0; k <= s.n; k++)
        r.value[k] = s.value[s.n - k];
    for (unsigned k = 0; k < s.n; k++) { /* x >= at iff -x < 1 - at */
        r.at[k] = tc_mpz_si(arena, 1);
        mpz_sub(r.at[k], r.at[k], s.at[s.n - 1 - k]);
    }
    return r;
}

/* the scaled score: its steps and the numbers that they stand for */
struct scores {
    struct steps steps;
    mpz_ptr *number; /* n + 1 */
};

static struct scores *scores_new(struct lowering *L, struct tc_form score,
                                 const struct tc_scale *scale)
{
    struct tc_arena *arena = L->family->arena;
    struct scores *s = tc_alloc(arena, 1, sizeof *s);

    s->steps = scaled_steps(L, score, scale);
    s->number = tc_alloc(arena, s->steps.n + 1, sizeof *s->number);
    for (unsigned k = 0; k <= s->steps.n; k++) {
        s->number[k] = tc_mpz(arena);
        number_of(L, s->steps.keys, s->steps.value[k], s->number[k]);
    }
    return s;
}

/* Where the exact score must be for the scaled one plus b to be rounded to r or more: the
 * least score if it always is, one above the largest if it never is. */
static void score_threshold(const struct lowering *L, const struct scores *s, mpz_srcptr b,
                            int64_t r, mpz_ptr at)
{
    unsigned low = 0, high = s->steps.n + 1;
    bool strict;
    mpq_t middle;
    mpz_t least;

    mpz_set(at, s->steps.form.lo);
    if (r <= least_value(L))
        return;
    mpq_init(middle);
    mpz_init(least);
    value_middle(L, r, middle, &strict);
    mpz_submul(mpq_numref(middle), mpq_denref(middle), b);
    mpz_cdiv_q(least, mpq_numref(middle), mpq_denref(middle));
    if (strict && mpz_cmp_ui(mpq_denref(middle), 1) == 0)
        mpz_add_ui(least, least, 1);
    while (low < high) { /* the first number that is at least that */
        unsigned m = low + (high - low) / 2;

        if (mpz_cmp(s->number[m], least) >= 0)
            high = m;
        else
            low = m + 1;
    }
    if (low > s->steps.n || r > largest_value(L))
        mpz_add_ui(at, s->steps.form.hi, 1);
    else if (low)
        mpz_set(at, s->steps.at[low - 1]);
    mpq_clear(middle);
    mpz_clear(least);
}

/* Tables of thresholds: arguments the query's position, an offset a key, the head, r. */
static void *open_scores(struct tc_arena *arena, const char *parameters, struct tc_loc loc,
                         struct tc_error *err)
{
    struct bias *b = bias_open(arena, parameters, loc, err);
    struct tc_form score = {0};

    if (b && (!b->scale || !bias_is_whole(b))) {
        tc_fail(err, TC_EFORMAT, loc,
                "found a bias alone, wanted a scale and a range of scores, too");
        return NULL;
    }
    if (!b)
        return NULL;
    score.lo = b->lo;
    score.hi = b->hi;
    b->scores = scores_new(&b->low, score, b->scale);
    return b;
}

static void eval_scores(const struct bias *b, unsigned keys, const int64_t *arg, unsigned axis,
                        int64_t step, size_t count, int64_t *out)
{
    int64_t at[TC_MOST_KEYS + 3];
    mpz_t sum, threshold;

    mpz_inits(sum, threshold, NULL);
    memcpy(at, arg, (keys + 3) * sizeof *at);
    for (size_t s = 0; s < count; s++) {
        at[axis] = (int64_t)((uint64_t)arg[axis] + (uint64_t)step * s);
        if (s == 0 || axis != keys + 2)
            bias_number(b, at[0], keys, at + 1, at[keys + 1], sum);
        score_threshold(&b->low, b->scores, sum, at[keys + 2], threshold);
        out[s] = bias_limb(threshold, b->limb);
    }
    mpz_clears(sum, threshold, NULL);
}

#define EVAL_SCORES(keys)                                                                          \
    static void eval_scores_##keys(const void *state, const int64_t *arg, unsigned axis,           \
                                   int64_t step, size_t count, int64_t *out)                       \
    {                                                                                              \
        eval_scores(state, keys, arg, axis, step, count, out);                                     \
    }
EVAL_SCORES(1)
EVAL_SCORES(2)
EVAL_SCORES(3)
EVAL_SCORES(4)
EVAL_SCORES(5)
EVAL_SCORES(6)
EVAL_SCORES(7)

static void score_most(const struct bias *b, mpz_ptr most)
{
    mpz_add_ui(most, b->hi, 1);
    if (mpz_cmpabs(b->lo, most) > 0)
        mpz_set(most, b->lo);
}

static int64_t max_abs_score(const void *state)
{
    const struct bias *b = state;
    int64_t most;
    mpz_t x;

    mpz_init(x);
    score_most(b, x);
    most = bias_limb_most(x, b->limb);
    mpz_clear(x);
    return most;
}

const struct tc_function tc_bias_scores[TC_MOST_KEYS] = {
    {"bias_scores", 4, open_scores, eval_scores_1, max_abs_score},
    {"bias_scores2", 5, open_scores, eval_scores_2, max_abs_score},
    {"bias_scores3", 6, open_scores, eval_scores_3, max_abs_score},
    {"bias_scores4", 7, open_scores, eval_scores_4, max_abs_score},
    {"bias_scores5", 8, open_scores, eval_scores_5, max_abs_score},
    {"bias_scores6", 9, open_scores, eval_scores_6, max_abs_score},
    {"bias_scores7", 10, open_scores, eval_scores_7, max_abs_score},
};

/* the values that the sum may be rounded to, with a threshold each at the largest bias */
static void shifted_values(struct lowering *L, const struct scores *scores, mpz_srcptr lo,
                           mpz_srcptr hi, struct steps *s)
{
    struct tc_arena *arena = L->family->arena;
    int64_t first, last;
    mpz_t x;

    mpz_init(x);
    mpz_add(x, scores->number[0], lo);
    first = rounded_value(L, x, 0);
    mpz_add(x, scores->number[scores->steps.n], hi);
    last = rounded_value(L, x, 0);
    mpz_clear(x);
    s->at = tc_alloc(arena, (size_t)(last - first) + 1, sizeof *s->at);
    s->value = tc_alloc(arena, (size_t)(last - first) + 1, sizeof *s->value);
    s->value[0] = first;
    for (int64_t r = first; r < last;) {
        r = next_value(L, r);
        s->at[s->n] = tc_mpz(arena);
        score_threshold(L, scores, hi, r, s->at[s->n]);
        s->value[++s->n] = r;
    }
}

/* steps whose thresholds positions choose */
static struct steps moved_steps(struct lowering *L, const struct head *a, struct tc_form score)
{
    struct tc_family *f = L->family;
    const struct tc_scale *scale = &a->att->scale;
    const char *text = bias_text(L, a, true);
    struct bias *b = bias_open(f->arena, with_format(L, text, 0), (struct tc_loc){0}, L->err);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    struct moved *moved = tc_alloc(f->arena, 1, sizeof *moved);
    struct steps s = {.form = score, .keys = is_float(L), .moved = moved};

    text = tc_sprintf(f->arena, "%s, multiply=%s, divide=%s, root=%d, low=%s, high=%s", text,
                      fraction_text(L, scale->multiply), fraction_text(L, scale->divide),
                      scale->root, integer_text(L, score.lo), integer_text(L, score.hi));
    bias_range(b, lo, hi);
    mpz_mul_ui(lo, lo, a->keys);
    mpz_mul_ui(hi, hi, a->keys);
    shifted_values(L, scores_new(L, score, scale), lo, hi, &s);
    moved->argument = s.value + 1;
    mpz_set(lo, score.lo);
    mpz_add_ui(hi, score.hi, 1);
    moved->ntable = bias_limbs(mpz_cmpabs(lo, hi) > 0 ? lo : hi);
    moved->table = tc_alloc(f->arena, moved->ntable, sizeof *moved->table);
    for (unsigned limb = 0; limb < moved->ntable; limb++)
        moved->table[limb] = tc_table_computed(f, "theta", &tc_bias_scores[a->keys - 1],
                                               with_format(L, text, limb), L->err);
    moved->at[moved->naxis++] = query_axis(L, a);
    for (unsigned k = 1; k <= a->keys; k++)
        moved->at[moved->naxis++] = offset_axis(L, a, k);
    moved->at[moved->naxis++] = head_axis(L, a);
    moved->lo = lo;
    moved->hi = hi;
    moved->add = tc_mpz(f->arena);
    return s;
}

static struct steps op_steps(struct lowering *L, const struct head *a, struct tc_form score)
{
    const struct tc_scale *scale = &a->att->scale;
    struct scaling scaling = {L, scale};
    struct steps s;
    struct chain c;

    if (!has_bias(a))
        return steps_applied(L, steps_shift(L, score, 0), scale_value, &scaling, "qk.sum",
                             &a->guards, "the score, rounded");
    if (is_constant(L, a))
        return moved_steps(
            L, a, mpq_sgn(scale->multiply) < 0 ? tc_form_scale_si(L->family, score, -1) : score);
    s = steps_applied(L, steps_shift(L, score, 0), scale_value, &scaling, "qk.sum", &a->guards,
                      "the score, rounded");
    c = chain_new(L, s, "s", "T_round", &a->guards, "the rounded, scaled score");
    return steps_shift(L, tc_form_add(L->family, c.form, bias_form(L, a)), 0);
}

struct steps score_steps(struct lowering *L, const struct head *a, struct tc_form score,
                         unsigned shift)
{
    return L->spec->rounding == TC_OP ? op_steps(L, a, score) : block_steps(L, a, score, shift);
}
