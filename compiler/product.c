/* product.c -- products of words: ANDs of their bits, weighed; gates joined with bits
 *
 * Their value is a form, or a word again (product_word).
 */
#include "float.h"

#include <stdlib.h>
#include <string.h>

struct tc_form bits_together(struct lowering *L, unsigned n, const struct word *w,
                             const struct tc_index **ix)
{
    static const char *const name[TC_MOST_WORDS] = {"a", "a'", "a''", "a'''",
                                                    "b", "b'", "b''", "b'''"};
    struct tc_family *f = L->family;
    struct tc_form x = tc_form_si(f, 0);

    for (unsigned k = 0; k < n; k++) {
        /* a new one: forms of the words may sum over those of other products */
        ix[k] = tc_index_new(f, name[k], w[k].a->extent, NULL);
        x = tc_form_add(f, x, tc_form_subst(f, w[k].bit, w[k].a, tc_axis_of(f->arena, ix[k])));
    }
    return x;
}

struct tc_form weigh(struct lowering *L, struct tc_form x, unsigned n, const struct word *w,
                     const struct tc_index *const *ix)
{
    struct tc_family *f = L->family;

    for (unsigned k = 0; k < n; k++) {
        struct tc_axis at = tc_axis_of(f->arena, ix[k]);

        x = tc_form_times(f, x, w[k].weight, &at);
    }
    return tc_form_sum(f, x, n, ix, 0, NULL);
}

void range_times(struct lowering *L, mpz_ptr lo, mpz_ptr hi, mpz_srcptr lo2, mpz_srcptr hi2)
{
    struct tc_arena *arena = L->family->arena;
    mpz_ptr p = tc_mpz(arena), l = tc_mpz(arena), h = tc_mpz(arena);

    for (unsigned c = 0; c < 4; c++) {
        mpz_mul(p, c & 1 ? hi : lo, c & 2 ? hi2 : lo2);
        if (c == 0 || mpz_cmp(p, l) < 0)
            mpz_set(l, p);
        if (c == 0 || mpz_cmp(p, h) > 0)
            mpz_set(h, p);
    }
    mpz_set(lo, l);
    mpz_set(hi, h);
}

void product_range(struct lowering *L, unsigned n, const struct word *w, mpz_ptr lo, mpz_ptr hi)
{
    struct tc_arena *arena = L->family->arena;

    mpz_set_ui(lo, 1);
    mpz_set_ui(hi, 1);
    for (unsigned k = 0; k < n; k++)
        range_times(L, lo, hi, w[k].wide ? w[k].value.lo : tc_mpz_si(arena, w[k].lo - w[k].offset),
                    w[k].wide ? w[k].value.hi : tc_mpz_si(arena, w[k].hi - w[k].offset));
}

/* the bank of ANDs */
static const struct tc_bank *and_bank(struct lowering *L, const char *name, unsigned n,
                                      const struct word *w, const struct guards *guards,
                                      const char *note, const struct tc_index **ix)
{
    struct tc_form x = bits_together(L, n, w, ix);
    struct tc_guard guard[TC_MOST_GUARDS];
    unsigned nguard = guards_of(&x, NULL, guards, guard);

    return tc_bank_new(L->family, name_of(L, name), x, NULL, tc_form_si(L->family, n), true, nguard,
                       guard, L->component, note);
}

unsigned product_shift(unsigned n, const struct word *w)
{
    return n == 2 && w[0].raw && w[1].raw ? 2 : 0;
}

struct tc_form product(struct lowering *L, const char *name, unsigned n, const struct word *w,
                       const struct guards *guards, const char *note)
{
    const struct tc_index *ix[TC_MOST_WORDS];
    mpz_ptr lo = tc_mpz(L->family->arena), hi = tc_mpz(L->family->arena);
    struct tc_form x;

    if (n == 1)
        return tc_form_sub(L->family, w->value, tc_form_si(L->family, w->offset));
    if (product_shift(n, w))
        return raw_product(L, name, w[0].raw, w[1].raw, note);
    x = wire_of(L, &and_bank(L, name, n, w, guards, note, ix)->plane);
    product_range(L, n, w, lo, hi);
    return tc_form_range(L->family, weigh(L, x, n, w, ix), lo, hi);
}

/* The words times the numbers of gates that their bits gate: number[0] is the words' own
 * product, the others' steps are weights of the plane's gates. */
static struct tc_form gated_value(struct lowering *L, const char *name,
                                  const struct tc_plane *plane, unsigned count,
                                  const mpz_ptr *number, unsigned n, const struct word *w,
                                  const struct tc_index **ix, const struct guards *guards,
                                  const char *note)
{
    struct tc_family *f = L->family;
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    mpz_ptr steplo = tc_mpz(f->arena), stephi = tc_mpz(f->arena);
    struct tc_form x = tc_form_si(f, 0), base = tc_form_si(f, 0);

    product_range(L, n, w, lo, hi);
    if (count) {
        x = form_of_numbers(L, plane, count, number, "step");
        mpz_set(steplo, x.lo);
        mpz_set(stephi, x.hi);
        x = weigh(L, x, n, w, ix);
    }
    if (mpz_sgn(number[0]))
        base = tc_form_scale(
            f, product(L, tc_sprintf(f->arena, "%s.base", name), n, w, guards, note), number[0]);
    x = tc_form_add(f, x, base);
    /* values are within [v0 + steplo, v0 + stephi] */
    mpz_add(steplo, steplo, number[0]);
    mpz_add(stephi, stephi, number[0]);
    range_times(L, lo, hi, steplo, stephi);
    return tc_form_range(f, x, lo, hi);
}

struct tc_form product_gated(struct lowering *L, const char *name, struct steps s, unsigned n,
                             const struct word *w, const struct guards *guards, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[TC_MOST_WORDS];
    mpz_ptr mask = tc_mpz(f->arena);
    struct flags infinite = special_steps(L, &s, name, guards);
    mpz_ptr *number = numbers_of(L, s.n, s.value, s.keys);
    const struct tc_plane *plane = NULL;

    if (s.n) {
        struct tc_form u = bits_together(L, n, w, ix);
        size_t count = (size_t)s.n * (s.rows ? s.rows : 1);
        mpz_srcptr least = s.at[0];
        struct steps masked = s;

        for (size_t t = s.n; t < count; t += s.n)
            least = mpz_cmp(s.at[t], least) < 0 ? s.at[t] : least;
        /* with fewer than n bits set the form stays below every threshold */
        mpz_sub(mask, s.form.hi, least);
        mpz_add_ui(mask, mask, 1);
        masked.form = tc_form_add(f, s.form, tc_form_scale(f, u, mask));
        masked.at = tc_alloc(f->arena, count, sizeof *masked.at);
        for (size_t t = 0; t < count; t++) {
            masked.at[t] = tc_mpz_copy(f->arena, s.at[t]);
            mpz_addmul_ui(masked.at[t], mask, n);
        }
        if (s.moved) {
            struct moved *moved = tc_alloc(f->arena, 1, sizeof *moved);
            mpz_ptr add = tc_mpz_copy(f->arena, s.moved->add);

            *moved = *s.moved;
            mpz_addmul_ui(add, mask, n);
            moved->add = add;
            masked.moved = moved;
        }
        plane = chain_gates(L, masked, name, "T_gated", guards, note).plane;
        if (infinite.n)
            special_flags(L, plane, &infinite, &u);
    }
    return gated_value(L, name, plane, s.n, number, n, w, ix, guards, note);
}

struct tc_form product_beside(struct lowering *L, const char *name, const struct chain *c,
                              unsigned n, const struct word *w, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[TC_MOST_WORDS];
    const struct tc_plane *plane = NULL;

    if (c->n) {
        const struct tc_bank *bank = c->plane->bank;
        struct tc_form u = bits_together(L, n, w, ix), theta = bank->theta;
        const struct tc_index *t = c->plane->chain;
        mpz_ptr mask = tc_mpz(f->arena), most = tc_mpz(f->arena);

        mpz_sub(mask, bank->form.hi, theta.lo);
        mpz_add_ui(mask, mask, 1);
        mpz_mul_ui(most, mask, n);
        if (t) {
            t = chain_index(L, c->n, "T_gated");
            theta = tc_form_subst(f, theta, c->plane->chain, tc_axis_of(f->arena, t));
        }
        plane =
            &tc_bank_new(f, name_of(L, name), tc_form_add(f, bank->form, tc_form_scale(f, u, mask)),
                         t, tc_form_add(f, theta, tc_form_const(f, most)), true, bank->nguard,
                         bank->guard, L->component, note)
                 ->plane;
        special_copy(L, plane, c, &u);
    }
    return gated_value(L, name, plane, c->n, numbers_of(L, c->n, c->value, c->keys), n, w, ix, NULL,
                       note);
}

/* ------------------------------------------------------ products as words */

/* the product as a weighted sum of its ANDs, which are not there yet */
static void product_weights(struct tc_arena *arena, unsigned n, const struct word *w,
                            struct weighted *x, unsigned *bits)
{
    int64_t lo = 1, hi = 1, *weight;
    size_t nand = 1;

    for (unsigned i = 0; i < n; i++) {
        int64_t c[4] = {lo * w[i].lo, lo * w[i].hi, hi * w[i].lo, hi * w[i].hi};

        lo = hi = c[0];
        for (unsigned m = 1; m < 4; m++) {
            lo = c[m] < lo ? c[m] : lo;
            hi = c[m] > hi ? c[m] : hi;
        }
        nand *= word_bits(&w[i]);
    }
    weight = tc_alloc(arena, nand, sizeof *weight);
    for (size_t g = 0; g < nand; g++) {
        size_t rest = g;

        weight[g] = 1;
        for (unsigned i = n; i-- > 0; rest /= word_bits(&w[i])) {
            int64_t a = (int64_t)(rest % word_bits(&w[i]));

            weight[g] *= tc_table_get_i64(w[i].weight, &a);
        }
    }
    *x = (struct weighted){.n = n, .weight = weight, .lo = lo, .hi = hi};
    *bits = tc_bit_length((uint64_t)(hi - lo));
}

void product_word_cost(unsigned n, const struct word *w, unsigned *gates, unsigned *bits)
{
    struct tc_arena *arena = tc_arena_new();
    const struct tc_index *ix[TC_MOST_WORDS];
    struct weighted x;

    product_weights(arena, n, w, &x, bits);
    *gates = 1;
    for (unsigned i = 0; i < n; i++) {
        ix[i] = w[i].a;
        *gates *= word_bits(&w[i]);
    }
    x.ix = ix;
    *gates += (unsigned)sum_bits_cost(&x, x.lo, 0, *bits);
    tc_arena_free(arena);
}

struct word product_word(struct lowering *L, const char *name, unsigned n, const struct word *w,
                         const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[TC_MOST_WORDS];
    const struct tc_bank *and;
    struct tc_form value;
    struct weighted x;
    struct word r;
    unsigned bits;

    product_weights(f->arena, n, w, &x, &bits);
    and = and_bank(L, tc_sprintf(f->arena, "%s.and", name), n, w, NULL, note, ix);
    value = tc_form_range_si(f, weigh(L, wire_of(L, &and->plane), n, w, ix), x.lo, x.hi);
    x.ix = ix;
    x.wire = wire_of(L, &and->plane);
    r = sum_bits(L, tc_sprintf(f->arena, "%s.carry", name), &x, x.lo, 0, bits,
                 "carries into each bit of the product");
    r.value = value;
    r.lo = x.lo;
    r.hi = x.hi;
    r.offset = x.lo;
    if (L->options->level == TC_LEVEL_0) /* its axes are those of its form: a's is the last */
        r.bit = wire_of(L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.bits", name)), r.bit,
                                        NULL, tc_form_si(f, 1), false, 0, NULL, L->component,
                                        "the product in binary")
                                ->plane);
    return r;
}
