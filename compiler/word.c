/* word.c -- chains, words and their products
 *
 * Everything here is one of four steps: threshold a form (chain_new), read
 * another function off a chain (chain_map, word_of_chain), AND bits (product),
 * or do both at once (product_gated).
 */
#include "float.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

char *name_of(struct lowering *L, const char *name)
{
    return tc_sprintf(L->family->arena, "%s%s", L->prefix, name);
}

char *rational_text(struct lowering *L, mpq_srcptr x)
{
    char *text =
        tc_alloc(L->family->arena,
                 mpz_sizeinbase(mpq_numref(x), 10) + mpz_sizeinbase(mpq_denref(x), 10) + 3, 1);

    return mpq_get_str(text, 10, x);
}

const struct tc_table *table_of(struct lowering *L, const char *name, unsigned n,
                                const int64_t *entries)
{
    int64_t extent = n;

    return tc_table_dense(L->family, name, 1, &extent, entries);
}

bool form_reads(const struct tc_form *f, const struct tc_index *ix)
{
    for (unsigned k = 0; k < f->nterm; k++)
        if (tc_term_reads(&f->term[k], ix))
            return true;
    return false;
}

unsigned guards_of(const struct tc_form *f, const struct tc_form *theta, const struct guards *from,
                   struct tc_guard *to)
{
    unsigned n = 0;

    for (unsigned g = 0; from && g < from->n; g++) {
        const struct tc_affine *x = &from->guard[g].expr.at;
        bool all = true;

        for (unsigned i = 0; i < x->n; i++)
            all = all &&
                  (form_reads(f, x->part[i].ix) || (theta && form_reads(theta, x->part[i].ix)));
        if (all)
            to[n++] = from->guard[g];
    }
    return n;
}

struct tc_form wire_of(struct lowering *L, const struct tc_plane *p)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis at[64];

    assert(p->naxis < 63);
    for (unsigned k = 0; k < p->naxis; k++)
        at[k] = tc_axis_of(arena, p->axis[k]);
    if (p->chain)
        at[p->naxis] = tc_axis_of(arena, p->chain);
    return tc_form_wire(L->family, p, at);
}

struct tc_form one_gate(struct lowering *L, const char *name, struct tc_form x, int64_t at,
                        const char *note)
{
    return wire_of(L, &tc_bank_new(L->family, name_of(L, name), x, NULL, tc_form_si(L->family, at),
                                   true, 0, NULL, L->component, note)
                           ->plane);
}

mpz_ptr *numbers_of(struct lowering *L, unsigned n, const int64_t *value, bool keys)
{
    mpz_ptr *number = tc_alloc(L->family->arena, n + 1, sizeof *number);

    for (unsigned k = 0; k <= n; k++) {
        number[k] = tc_mpz(L->family->arena);
        number_of(L, keys, value[k], number[k]);
    }
    return number;
}

/* 0, but a form that reads x: for special.c */
static struct tc_form not_weighed(struct lowering *L, struct tc_form x, const char *name)
{
    static const int64_t zero[1];

    return tc_form_times(L->family, x, table_of(L, name, 1, zero),
                         (struct tc_axis[1]){tc_axis_const(0)});
}

struct tc_form form_of_numbers(struct lowering *L, const struct tc_plane *p, unsigned n,
                               const mpz_ptr *number, const char *name)
{
    struct tc_family *f = L->family;
    mpz_srcptr lo = number[0], hi = number[0];
    mpz_ptr least = tc_mpz(f->arena), most = tc_mpz(f->arena);
    struct tc_form x;

    if (!p)
        return tc_form_si(f, 0);
    for (unsigned k = 1; k <= n; k++) {
        lo = mpz_cmp(number[k], lo) < 0 ? number[k] : lo;
        hi = mpz_cmp(number[k], hi) > 0 ? number[k] : hi;
    }
    x = wire_of(L, p);
    if (n == 1) {
        mpz_sub(most, number[1], number[0]);
        x = mpz_sgn(most) ? tc_form_scale(f, x, most) : not_weighed(L, x, name);
    } else {
        struct tc_axis t = tc_axis_of(f->arena, p->chain);
        mpz_ptr *step = tc_alloc(f->arena, n, sizeof *step);
        int64_t extent = n;
        bool same = true;

        for (unsigned k = 0; k < n; k++) {
            step[k] = tc_mpz(f->arena);
            mpz_sub(step[k], number[k + 1], number[k]);
            same = same && mpz_cmp(step[k], step[0]) == 0;
        }
        x = same && mpz_sgn(step[0])
                ? tc_form_scale(f, x, step[0])
                : tc_form_times(f, x, tc_table_dense_mpz(f, name, 1, &extent, step), &t);
        x = tc_form_sum(f, x, 1, &p->chain, 0, NULL);
    }
    mpz_sub(least, lo, number[0]);
    mpz_sub(most, hi, number[0]);
    return tc_form_range(f, x, least, most);
}

struct tc_form chain_numbers(struct lowering *L, const struct chain *c, const mpz_ptr *number,
                             const char *name)
{
    return tc_form_add(L->family, form_of_numbers(L, c->plane, c->n, number, name),
                       tc_form_const(L->family, number[0]));
}

struct tc_form chain_form(struct lowering *L, const struct chain *c)
{
    return chain_numbers(L, c, numbers_of(L, c->n, c->value, c->keys), "step");
}

/* what the named lengths of chains stand for */
static const char *symbol_note(const char *symbol)
{
    static const char *const note[][2] = {
        {"T_round", "values of a rounded number, less 1"},
        {"T_exp", "values of the rounded exp, less 1"},
        {"T_recip", "values of the rounded reciprocal, less 1"},
        {"T_quotient", "values of the rounded quotient, less 1"},
        {"T_digit", "steps of the products of a value with a digit"},
        {"T_gated", "steps of a value that is rounded and multiplied at once"},
        {"T_max", "steps of a function of a score and its row's largest"},
    };

    for (size_t k = 0; k < sizeof note / sizeof *note; k++)
        if (strcmp(note[k][0], symbol) == 0)
            return note[k][1];
    return NULL;
}

struct tc_index *chain_index(struct lowering *L, int64_t length, const char *symbol)
{
    return tc_index_new(L->family, "t", length,
                        tc_family_symbol(L->family, symbol, length, symbol_note(symbol)));
}

/* thresholds from the tables of s.moved, over t (NULL where there is one) */
static struct tc_form moved_thresholds(struct lowering *L, const struct steps *s,
                                       const struct tc_index *t)
{
    struct tc_family *f = L->family;
    const struct moved *m = s->moved;
    struct tc_form theta = tc_form_const(f, m->add);
    struct tc_axis at[TC_MOST_KEYS + 3], *last = &at[m->naxis];
    mpz_ptr unit = tc_mpz_si(f->arena, 1), lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    bool consecutive = true;

    memcpy(at, m->at, m->naxis * sizeof *at);
    for (unsigned k = 1; k < s->n; k++)
        consecutive = consecutive && m->argument[k] == m->argument[k - 1] + 1;
    *last = tc_axis_const(consecutive ? m->argument[0] : 0);
    if (consecutive && t) {
        *last = tc_axis_plus(f->arena, *last, 1, t);
    } else if (t) {
        last->via = table_of(L, "reached", s->n, m->argument);
        last->arg = tc_axis_of(f->arena, t).at;
    }
    for (unsigned k = 0; k < m->ntable; k++) {
        theta = tc_form_add(f, theta, tc_form_scale(f, tc_form_table(f, m->table[k], at), unit));
        mpz_mul_2exp(unit, unit, MOVED_BITS);
    }
    mpz_add(lo, m->lo, m->add);
    mpz_add(hi, m->hi, m->add);
    return tc_form_range(f, theta, lo, hi);
}

/* the thresholds as a form: over the chain t where there are several, over the rows */
static struct tc_form thresholds(struct lowering *L, const struct steps *s,
                                 const struct tc_index *t)
{
    struct tc_family *f = L->family;
    int64_t extent[2];
    struct tc_axis at[2];
    unsigned rank = 0;

    if (s->moved)
        return moved_thresholds(L, s, t);
    if (s->rows) {
        at[rank] = s->row;
        extent[rank++] = s->rows;
    }
    if (t) {
        at[rank] = tc_axis_of(f->arena, t);
        extent[rank++] = s->n;
    }
    return rank ? tc_form_table(f, tc_table_dense_mpz(f, "theta", rank, extent, s->at), at)
                : tc_form_const(f, s->at[0]);
}

struct chain chain_gates(struct lowering *L, struct steps s, const char *name, const char *symbol,
                         const struct guards *guards, const char *note)
{
    struct tc_family *f = L->family;
    struct tc_guard guard[TC_MOST_GUARDS];
    struct tc_index *t = NULL;
    struct tc_form theta;
    struct chain c;
    unsigned nguard;

    s = special_kept(L, s);
    c = (struct chain){.n = s.n, .value = s.value, .keys = s.keys};
    if (s.n > 1)
        t = chain_index(L, s.n, symbol);
    if (s.n)
        theta = thresholds(L, &s, t);
    nguard = guards_of(&s.form, s.n ? &theta : NULL, guards, guard);
    if (s.n)
        c.plane = &tc_bank_new(f, name_of(L, name), s.form, t, theta, true, nguard, guard,
                               L->component, note)
                       ->plane;
    for (unsigned k = 0, any = 0; k <= s.n && !any; k++)
        if ((any = s.keys && is_special(L, s.value[k])))
            special_chain(L, &c, NULL);
    c.wires = s.wires;
    c.stored = s.stored;
    c.form = s.wires ? s.wires->value : chain_form(L, &c);
    return c;
}

struct tc_form chain_map(struct lowering *L, const struct chain *c, const char *name,
                         int64_t (*fn)(void *, int64_t), void *ctx)
{
    int64_t *value = tc_alloc(L->family->arena, c->n + 1, sizeof *value);

    for (unsigned k = 0; k <= c->n; k++)
        value[k] = fn(ctx, c->keys ? plain_value(L, c->value[k]) : c->value[k]);
    return chain_numbers(L, c, numbers_of(L, c->n, value, c->keys), name);
}

unsigned word_bits(const struct word *w)
{
    return (unsigned)w->a->extent;
}

const struct tc_table *powers(struct lowering *L, unsigned bits, bool negative_top)
{
    mpz_ptr *weight = tc_alloc(L->family->arena, bits, sizeof *weight);
    int64_t extent = bits;

    for (unsigned a = 0; a < bits; a++) {
        weight[a] = tc_mpz(L->family->arena);
        mpz_setbit(weight[a], a);
    }
    if (negative_top)
        mpz_neg(weight[bits - 1], weight[bits - 1]);
    return tc_table_dense_mpz(L->family, negative_top ? "signed" : "unsigned", 1, &extent, weight);
}

/* least and most of a chain's values */
static void chain_range(const struct chain *c, int64_t *lo, int64_t *hi)
{
    *lo = *hi = c->value[0];
    for (unsigned k = 1; k <= c->n; k++) {
        *lo = c->value[k] < *lo ? c->value[k] : *lo;
        *hi = c->value[k] > *hi ? c->value[k] : *hi;
    }
}

/* the word whose bits are those of value + flip, complemented where flip's are 1 */
static struct word bits_of_chain(struct lowering *L, const struct chain *c, unsigned bits,
                                 const struct tc_table *weight, int64_t flip)
{
    struct tc_family *f = L->family;
    struct word w = {.value = c->form, .weight = weight};
    uint64_t *word = tc_alloc(f->arena, c->n + 1, sizeof *word);
    int64_t *entry, extent[2];
    struct tc_axis at[2];
    struct tc_form base;

    chain_range(c, &w.lo, &w.hi);
    w.a = tc_index_new(f, "a", bits, NULL);
    at[0] = tc_axis_of(f->arena, w.a);
    for (unsigned k = 0; k <= c->n; k++)
        word[k] = (uint64_t)(c->value[k] + flip) ^ (uint64_t)flip;

    /* bit a of value k, as steps over the chain */
    entry = tc_alloc(f->arena, (size_t)bits * (c->n + 1), sizeof *entry);
    for (unsigned a = 0; a < bits; a++)
        entry[a] = (word[0] >> a) & 1;
    base = tc_form_table(f, table_of(L, "bit", bits, entry), at);
    if (c->n == 0) {
        w.bit = base;
        return w;
    }
    for (unsigned a = 0; a < bits; a++)
        for (unsigned k = 0; k < c->n; k++)
            entry[a * c->n + k] = (int64_t)((word[k + 1] >> a) & 1) - (int64_t)((word[k] >> a) & 1);
    extent[0] = bits;
    extent[1] = c->n;
    w.bit = wire_of(L, c->plane);
    if (c->n == 1) {
        w.bit = tc_form_times(f, w.bit, tc_table_dense(f, "bit", 1, extent, entry), at);
    } else {
        at[1] = tc_axis_of(f->arena, c->plane->chain);
        w.bit = tc_form_times(f, w.bit, tc_table_dense(f, "bit", 2, extent, entry), at);
        w.bit = tc_form_sum(f, w.bit, 1, &c->plane->chain, 0, NULL);
    }
    w.bit = tc_form_range_si(f, tc_form_add(f, w.bit, base), 0, 1);
    return w;
}

/* Tables of the bits of a chain's words: bit a at value 0, and its steps.  Chains of all
 * the same keys share theirs. */
static void bit_tables(struct lowering *L, const struct chain *c, unsigned bits,
                       const mpz_ptr *word, const struct tc_table **base,
                       const struct tc_table **step)
{
    struct tc_family *f = L->family;
    int64_t *entry = tc_alloc(f->arena, (size_t)bits * (c->n + 1), sizeof *entry), extent[2];

    for (unsigned a = 0; a < bits; a++)
        entry[a] = mpz_tstbit(word[0], a);
    *base = table_of(L, "bit", bits, entry);
    extent[0] = bits;
    extent[1] = c->n;
    for (unsigned a = 0; a < bits; a++)
        for (unsigned k = 0; k < c->n; k++)
            entry[a * (size_t)c->n + k] =
                (int64_t)mpz_tstbit(word[k + 1], a) - (int64_t)mpz_tstbit(word[k], a);
    if (c->n)
        *step = tc_table_dense(f, "bit", c->n == 1 ? 1 : 2, extent, entry);
}

/* the word of this value whose bits are those of word[k], where the chain has value k */
static struct word word_of_bits(struct lowering *L, const struct chain *c, struct tc_form value,
                                unsigned bits, const mpz_ptr *word)
{
    struct tc_family *f = L->family;
    const struct tc_table *base, *step = NULL;
    struct word w = {.value = value, .wide = true};
    struct tc_axis at[2];

    w.a = tc_index_new(f, "a", bits, NULL);
    w.weight = powers(L, bits, mpz_sgn(value.lo) < 0);
    bit_tables(L, c, bits, word, &base, &step);
    at[0] = tc_axis_of(f->arena, w.a);
    w.bit = tc_form_table(f, base, at);
    if (c->n) {
        struct tc_form gates = wire_of(L, c->plane);

        if (c->plane->chain)
            at[1] = tc_axis_of(f->arena, c->plane->chain);
        gates = tc_form_times(f, gates, step, at);
        if (c->plane->chain)
            gates = tc_form_sum(f, gates, 1, &c->plane->chain, 0, NULL);
        w.bit = tc_form_range_si(f, tc_form_add(f, gates, w.bit), 0, 1);
    }
    return w;
}

/* the numbers in as many bits as they need, two's complement if one is negative */
static struct word word_of_all(struct lowering *L, const struct chain *c, struct tc_form value,
                               const mpz_ptr *number)
{
    unsigned bits = 1, length;
    struct word w;

    for (unsigned k = 0; k <= c->n; k++) {
        length = (unsigned)mpz_sizeinbase(number[k], 2);
        bits = length > bits ? length : bits;
    }
    w = word_of_bits(L, c, value, bits + (mpz_sgn(value.lo) < 0), number);
    if (w.a->extent <= 20) {
        w.wide = false;
        w.lo = mpz_get_si(value.lo);
        w.hi = mpz_get_si(value.hi);
    }
    return w;
}

struct word word_of_numbers(struct lowering *L, const struct chain *c, const mpz_ptr *number,
                            const char *name)
{
    return word_of_all(L, c, chain_numbers(L, c, number, name), number);
}

/* the word of a chain of keys: its number's bits in two's complement, or the float's */
static struct word word_of_keys(struct lowering *L, const struct chain *c, unsigned fixed)
{
    mpz_ptr *word = numbers_of(L, c->n, c->value, true);

    if (!fixed)
        return word_of_all(L, c, c->form, word);
    for (unsigned k = 0; k <= c->n; k++) {
        int64_t v = c->value[k];

        if (L->reach && v > tc_format_last_key(L->reach)) /* NaN, of which special_nan tells */
            v = 0;
        mpz_set_si(word[k], v < 0 ? -v : v);
        if (v < 0)
            mpz_setbit(word[k], fixed - 1);
    }
    return word_of_bits(L, c, c->form, fixed, word);
}

/* word_of_chain, whatever the level */
static struct word coded(struct lowering *L, const struct chain *c, unsigned fixed)
{
    int64_t lo, hi;
    unsigned bits;

    if (c->keys)
        return word_of_keys(L, c, fixed);

    chain_range(c, &lo, &hi);
    bits = tc_bit_length((uint64_t)(hi > 0 ? hi : 0));
    if (lo < 0) {
        unsigned below = tc_bit_length((uint64_t)(-(lo + 1)));

        bits = 1 + (below > bits ? below : bits);
    }
    if (fixed || bits == 0)
        bits = fixed ? fixed : 1;
    return bits_of_chain(L, c, bits, powers(L, bits, fixed || lo < 0), 0);
}

unsigned least_bits(int64_t lo, int64_t hi)
{
    unsigned bits = tc_bit_length((uint64_t)(hi > 0 ? hi : 0) + (uint64_t)(lo < 0 ? -lo : 0));

    return bits ? bits : 1;
}

const struct tc_table *signed_powers(struct lowering *L, unsigned bits, int64_t lo)
{
    int64_t weight[64];

    for (unsigned a = 0; a < bits; a++) {
        weight[a] = (int64_t)1 << a;
        if (lo < 0 && (-lo >> a & 1))
            weight[a] = -weight[a];
    }
    return table_of(L, "signs", bits, weight);
}

static struct word coded_least(struct lowering *L, const struct chain *c)
{
    int64_t lo, hi;
    unsigned bits;

    if (c->keys)
        return word_of_keys(L, c, 0);
    chain_range(c, &lo, &hi);
    bits = least_bits(lo, hi);
    return bits_of_chain(L, c, bits, signed_powers(L, bits, lo), lo < 0 ? -lo : 0);
}

struct word word_of_wires(struct lowering *L, const struct tc_plane *p, const struct tc_axis *at)
{
    struct tc_family *f = L->family;
    struct tc_axis full[64], bit;
    struct word w = {0};

    assert(p->naxis < 63 && !p->chain);
    if (is_float(L)) {
        struct fl_word *raw = tc_alloc(f->arena, 1, sizeof *raw);

        assert(p->naxis <= sizeof raw->at / sizeof *raw->at);
        raw->plane = p;
        memcpy(raw->at, at, (p->naxis - 1) * sizeof *at);
        return raw_word(L, raw, tc_sprintf(f->arena, "%s.number", p->name));
    }
    memcpy(full, at, (p->naxis - 1) * sizeof *at);
    w.a = tc_index_new(f, "a", L->bits, NULL);
    bit = full[p->naxis - 1] = tc_axis_of(f->arena, w.a);
    w.bit = tc_form_wire(f, p, full);
    w.weight = powers(L, L->bits, true);
    w.hi = ((int64_t)1 << (L->bits - 1)) - 1;
    w.lo = -w.hi - 1;
    w.value = tc_form_sum(f, tc_form_times(f, w.bit, w.weight, &bit), 1, &w.a, 0, NULL);
    w.value = tc_form_range_si(f, w.value, w.lo, w.hi);
    return w;
}

/* ---------------------------------------------------------------- values at -O0
 *
 * A value is its bits, wires that a bank drives, as an input is; whoever reads more than
 * bits of it makes gates of them. */

/* the name, and a number where it is taken */
static const char *fresh(const struct lowering *L, const char *name)
{
    const struct tc_family *f = L->family;
    const char *text = name;
    unsigned number = 1;

    for (unsigned b = 0; b < f->nbank; b++)
        if (strcmp(f->bank[b]->plane.name, text) == 0) {
            text = tc_sprintf(f->arena, "%s%u", name, ++number);
            b = 0;
        }
    return text;
}

/* the bits as wires over the chain's axes and, last, the bit's */
static const struct tc_plane *bits_as_gates(struct lowering *L, const struct chain *c,
                                            const struct word *w)
{
    const struct tc_bank *bank = c->plane->bank;

    return &tc_bank_new(L->family,
                        fresh(L, tc_sprintf(L->family->arena, "%s.bits", c->plane->name)), w->bit,
                        NULL, tc_form_si(L->family, 1), true, bank->nguard, bank->guard,
                        L->component, "the value in binary")
                ->plane;
}

/* the word, of which the chain has the values, read from those wires */
static struct word word_of_gates(struct lowering *L, const struct chain *c, struct word w)
{
    struct tc_family *f = L->family;
    const struct tc_plane *p;
    struct tc_axis at;

    if (!c->plane)
        return w;
    p = bits_as_gates(L, c, &w);
    w.a = p->axis[p->naxis - 1];
    w.bit = wire_of(L, p);
    at = tc_axis_of(f->arena, w.a);
    w.value = tc_form_sum(f, tc_form_times(f, w.bit, w.weight, &at), 1, &w.a, 0, NULL);
    w.value = tc_form_range_si(f, w.value, w.lo, w.hi);
    return w;
}

static int compare_values(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return (a > b) - (a < b);
}

/* steps of the word's value at those that the chain has */
static struct steps steps_of_integers(struct lowering *L, const struct chain *c,
                                      const struct word *w)
{
    struct tc_arena *arena = L->family->arena;
    struct steps s = {.form = w->value};

    s.value = tc_alloc(arena, (size_t)c->n + 1, sizeof *s.value);
    memcpy(s.value, c->value, ((size_t)c->n + 1) * sizeof *s.value);
    qsort(s.value, (size_t)c->n + 1, sizeof *s.value, compare_values);
    s.at = tc_alloc(arena, c->n, sizeof *s.at);
    for (unsigned k = 1; k <= c->n; k++)
        if (s.value[k] != s.value[s.n]) {
            s.value[++s.n] = s.value[k];
            s.at[s.n - 1] = tc_mpz_si(arena, s.value[k]);
        }
    return s;
}

/* The chain's value, or a float's signed key, as wires in binary: as few bits of two's
 * complement as it needs. */
static struct steps stored(struct lowering *L, const struct chain *c)
{
    struct word *w = tc_alloc(L->family->arena, 1, sizeof *w);
    struct chain integers = *c;
    struct steps s;

    integers.keys = false;
    integers.form = chain_form(L, &integers);
    *w = word_of_gates(L, &integers, coded(L, &integers, 0));
    special_stored(L, &w->bit, c);
    s = steps_of_integers(L, c, w);
    s.keys = c->keys;
    s.wires = c->keys ? NULL : w;
    s.stored = true;
    return s;
}

struct word word_of_chain(struct lowering *L, const struct chain *c, unsigned fixed)
{
    struct word w;

    if (c->wires && (!fixed || (fixed == word_bits(c->wires) && c->wires->lo < 0)))
        return *c->wires;
    w = coded(L, c, fixed);
    return L->options->level == TC_LEVEL_0 && !c->keys ? word_of_gates(L, c, w) : w;
}

struct word word_of_chain_least(struct lowering *L, const struct chain *c)
{
    struct word w = coded_least(L, c);

    return L->options->level == TC_LEVEL_0 && !c->keys ? word_of_gates(L, c, w) : w;
}

struct steps steps_stored(struct lowering *L, struct steps s, const char *name, const char *symbol,
                          const struct guards *guards, const char *note)
{
    const char *prefix = L->prefix;
    struct chain c;

    if (L->options->level != TC_LEVEL_0 || s.stored || s.n == 0)
        return s;
    name = fresh(L, tc_sprintf(L->family->arena, "%s%s.rounded", prefix, name));
    L->prefix = "";
    c = chain_gates(L, s, name, symbol, guards, note);
    L->prefix = prefix;
    return stored(L, &c);
}

struct steps steps_applied(struct lowering *L, struct steps s, int64_t (*fn)(void *, int64_t),
                           void *ctx, const char *name, const struct guards *guards,
                           const char *note)
{
    return steps_map(L, steps_stored(L, s, name, "T_round", guards, note), fn, ctx);
}

struct chain chain_stored(struct lowering *L, struct chain c)
{
    const char *prefix = L->prefix, *name;
    struct guards guards = {0};
    const struct tc_bank *bank;
    struct steps s;

    if (L->options->level != TC_LEVEL_0 || c.stored || !c.plane)
        return c;
    bank = c.plane->bank;
    assert(bank->nguard <= TC_MOST_GUARDS);
    guards.n = bank->nguard;
    memcpy(guards.guard, bank->guard, bank->nguard * sizeof *bank->guard);
    name = fresh(L, tc_sprintf(L->family->arena, "%s.value", c.plane->name));
    s = stored(L, &c);
    L->prefix = "";
    c = chain_gates(L, s, name, "T_value", &guards, "the value, read from its bits");
    L->prefix = prefix;
    return c;
}

struct chain chain_mapped(struct lowering *L, const struct chain *c, int64_t (*fn)(void *, int64_t),
                          void *ctx)
{
    struct chain r = {.plane = c->plane, .n = c->n, .keys = c->keys};

    r.value = tc_alloc(L->family->arena, (size_t)c->n + 1, sizeof *r.value);
    for (unsigned k = 0; k <= c->n; k++)
        r.value[k] = c->keys ? mapped_value(L, fn, ctx, c->value[k]) : fn(ctx, c->value[k]);
    r.form = chain_form(L, &r);
    special_also(L, &r);
    return chain_stored(L, r);
}

struct chain chain_new(struct lowering *L, struct steps s, const char *name, const char *symbol,
                       const struct guards *guards, const char *note)
{
    return chain_gates(L, steps_stored(L, s, name, symbol, guards, note), name, symbol, guards,
                       note);
}

struct word word_at(struct lowering *L, struct word w, const struct tc_index *from,
                    struct tc_axis to)
{
    w.bit = tc_form_subst(L->family, w.bit, from, to);
    w.value = tc_form_subst(L->family, w.value, from, to);
    return w;
}

struct word word_at_index(struct lowering *L, struct word w, const struct tc_index *from,
                          const struct tc_index *to)
{
    return word_at(L, w, from, tc_axis_of(L->family->arena, to));
}

struct tc_form sum_over(struct lowering *L, struct tc_form x, unsigned n,
                        const struct tc_index *const *ix, const struct guards *guards)
{
    return tc_form_sum(L->family, x, n, ix, guards ? guards->n : 0, guards ? guards->guard : NULL);
}
