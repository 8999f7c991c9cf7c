/* word.c -- chains, words and their products
 *
 * Everything here is one of four steps: threshold a form (chain_new), read
 * another function off a chain (chain_map, word_of_chain), AND bits (product),
 * or do both at once (product_gated).
 */
#include "lower.h"

#include <assert.h>
#include <string.h>

char *name_of(struct lowering *L, const char *name)
{
    return tc_sprintf(L->family->arena, "%s%s", L->prefix, name);
}

const struct tc_table *table_of(struct lowering *L, const char *name, unsigned n,
                                const int64_t *entries)
{
    int64_t extent = n;

    return tc_table_dense(L->family, name, 1, &extent, entries);
}

static unsigned bit_length(uint64_t x)
{
    unsigned n = 0;

    for (; x; x >>= 1)
        n++;
    return n;
}

static bool form_reads(const struct tc_form *f, const struct tc_index *ix)
{
    for (unsigned k = 0; k < f->nterm; k++)
        if (tc_term_reads(&f->term[k], ix))
            return true;
    return false;
}

/* guards all of whose indices the form reads */
static unsigned guards_of(const struct tc_form *f, const struct guards *from, struct tc_guard *to)
{
    unsigned n = 0;

    for (unsigned g = 0; from && g < from->n; g++) {
        const struct tc_affine *x = &from->guard[g].expr.at;
        bool all = true;

        for (unsigned i = 0; i < x->n; i++)
            all = all && form_reads(f, x->part[i].ix);
        if (all)
            to[n++] = from->guard[g];
    }
    return n;
}

/* the wire of a plane at its own indices; chain: at the given index */
static struct tc_form wire_of(struct lowering *L, const struct tc_plane *p)
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

/* base + sum over t of (value[t+1] - value[t]) * gate t, any values */
static struct tc_form form_of_values(struct lowering *L, const struct tc_plane *p, unsigned n,
                                     const int64_t *value, const char *name)
{
    struct tc_family *f = L->family;
    int64_t lo = value[0], hi = value[0];
    struct tc_form x;

    if (!p)
        return tc_form_si(f, value[0]);
    x = wire_of(L, p);
    if (n == 1) {
        x = tc_form_scale_si(f, x, value[1] - value[0]);
    } else {
        struct tc_axis t = tc_axis_of(f->arena, p->chain);
        int64_t *step = tc_alloc(f->arena, n, sizeof *step);
        bool same = true;

        for (unsigned k = 0; k < n; k++) {
            step[k] = value[k + 1] - value[k];
            same = same && step[k] == step[0];
        }
        x = same ? tc_form_scale_si(f, x, step[0])
                 : tc_form_times(f, x, table_of(L, name, n, step), &t);
        x = tc_form_sum(f, x, 1, &p->chain, 0, NULL);
    }
    x = tc_form_add(f, x, tc_form_si(f, value[0]));
    for (unsigned k = 1; k <= n; k++) {
        lo = value[k] < lo ? value[k] : lo;
        hi = value[k] > hi ? value[k] : hi;
    }
    return tc_form_range_si(f, x, lo, hi);
}

struct tc_form chain_form(struct lowering *L, const struct chain *c)
{
    return form_of_values(L, c->plane, c->n, c->value, "step");
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

struct chain chain_new(struct lowering *L, struct steps s, const char *name, const char *symbol,
                       const struct guards *guards, const char *note)
{
    struct tc_family *f = L->family;
    struct chain c = {.n = s.n, .value = s.value};
    struct tc_guard guard[TC_MOST_KEYS];
    unsigned nguard = guards_of(&s.form, guards, guard);
    struct tc_index *t = NULL;
    struct tc_form theta;

    if (s.n > 1) {
        int64_t extent = s.n;
        struct tc_axis at;

        t = chain_index(L, extent, symbol);
        at = tc_axis_of(f->arena, t);
        theta = tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &extent, s.at), &at);
    } else if (s.n == 1) {
        theta = tc_form_const(f, s.at[0]);
    }
    if (s.n)
        c.plane = &tc_bank_new(f, name_of(L, name), s.form, t, theta, true, nguard, guard,
                               L->component, note)
                       ->plane;
    c.form = chain_form(L, &c);
    return c;
}

struct tc_form chain_map(struct lowering *L, const struct chain *c, const char *name,
                         int64_t (*fn)(void *, int64_t), void *ctx)
{
    int64_t *value = tc_alloc(L->family->arena, c->n + 1, sizeof *value);

    for (unsigned k = 0; k <= c->n; k++)
        value[k] = fn(ctx, c->value[k]);
    return form_of_values(L, c->plane, c->n, value, name);
}

unsigned word_bits(const struct word *w)
{
    return (unsigned)w->a->extent;
}

/* 2^0, 2^1, ...; the last one negative in two's complement */
static const struct tc_table *powers(struct lowering *L, unsigned bits, bool negative_top)
{
    int64_t weight[64];

    for (unsigned a = 0; a < bits; a++)
        weight[a] = (int64_t)1 << a;
    if (negative_top)
        weight[bits - 1] = -weight[bits - 1];
    return table_of(L, negative_top ? "signed" : "unsigned", bits, weight);
}

struct word word_of_chain(struct lowering *L, const struct chain *c, unsigned fixed)
{
    struct tc_family *f = L->family;
    int64_t lo = c->value[0], hi = c->value[0];
    int64_t *entry, extent[2];
    struct word w = {.value = c->form};
    struct tc_axis at[2];
    struct tc_form base;
    unsigned bits;

    for (unsigned k = 1; k <= c->n; k++) {
        lo = c->value[k] < lo ? c->value[k] : lo;
        hi = c->value[k] > hi ? c->value[k] : hi;
    }
    bits = bit_length((uint64_t)(hi > 0 ? hi : 0));
    if (lo < 0) {
        unsigned below = bit_length((uint64_t)(-(lo + 1)));

        bits = 1 + (below > bits ? below : bits);
    }
    if (fixed || bits == 0)
        bits = fixed ? fixed : 1;
    w.lo = lo;
    w.hi = hi;
    w.a = tc_index_new(f, "a", bits, NULL);
    w.weight = powers(L, bits, fixed || lo < 0);
    at[0] = tc_axis_of(f->arena, w.a);

    /* bit a of value k, as steps over the chain */
    entry = tc_alloc(f->arena, (size_t)bits * (c->n + 1), sizeof *entry);
    for (unsigned a = 0; a < bits; a++)
        entry[a] = ((uint64_t)c->value[0] >> a) & 1;
    base = tc_form_table(f, table_of(L, "bit", bits, entry), at);
    if (c->n == 0) {
        w.bit = base;
        return w;
    }
    for (unsigned a = 0; a < bits; a++)
        for (unsigned k = 0; k < c->n; k++)
            entry[a * c->n + k] = (int64_t)(((uint64_t)c->value[k + 1] >> a) & 1) -
                                  (int64_t)(((uint64_t)c->value[k] >> a) & 1);
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

struct word word_of_wires(struct lowering *L, const struct tc_plane *p, const struct tc_axis *at)
{
    struct tc_family *f = L->family;
    struct tc_axis full[64], bit;
    struct word w = {0};

    assert(p->naxis < 63 && !p->chain);
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

/* sum of the words' bits, each over its own index */
static struct tc_form bits_together(struct lowering *L, unsigned n, const struct word *w,
                                    const struct tc_index **ix)
{
    static const char *const name[TC_MOST_WORDS] = {"a", "a'", "a''", "a'''"};
    struct tc_family *f = L->family;
    struct tc_form x = tc_form_si(f, 0);

    for (unsigned k = 0; k < n; k++) {
        /* a new one: forms of the words may sum over those of other products */
        ix[k] = tc_index_new(f, name[k], w[k].a->extent, NULL);
        x = tc_form_add(f, x,
                        tc_form_subst(f, w[k].bit, w[k].a, tc_axis_of(f->arena, ix[k])));
    }
    return x;
}

/* x times the words' weights, summed over their bits; range from the words */
static struct tc_form weigh(struct lowering *L, struct tc_form x, unsigned n,
                            const struct word *w, const struct tc_index **ix)
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
        range_times(L, lo, hi, tc_mpz_si(arena, w[k].lo - w[k].offset),
                    tc_mpz_si(arena, w[k].hi - w[k].offset));
}

/* the bank of ANDs */
static const struct tc_bank *and_bank(struct lowering *L, const char *name, unsigned n,
                                      const struct word *w, const struct guards *guards,
                                      const char *note, const struct tc_index **ix)
{
    struct tc_form x = bits_together(L, n, w, ix);
    struct tc_guard guard[TC_MOST_KEYS];
    unsigned nguard = guards_of(&x, guards, guard);

    return tc_bank_new(L->family, name_of(L, name), x, NULL, tc_form_si(L->family, n), true,
                       nguard, guard, L->component, note);
}

struct tc_form product(struct lowering *L, const char *name, unsigned n, const struct word *w,
                       const struct guards *guards, const char *note)
{
    const struct tc_index *ix[TC_MOST_WORDS];
    mpz_ptr lo = tc_mpz(L->family->arena), hi = tc_mpz(L->family->arena);
    struct tc_form x;

    if (n == 1)
        return tc_form_sub(L->family, w->value, tc_form_si(L->family, w->offset));
    x = wire_of(L, &and_bank(L, name, n, w, guards, note, ix)->plane);
    product_range(L, n, w, lo, hi);
    return tc_form_range(L->family, weigh(L, x, n, w, ix), lo, hi);
}

struct tc_form product_gated(struct lowering *L, const char *name, struct steps s, unsigned n,
                             const struct word *w, const struct guards *guards, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[TC_MOST_WORDS];
    mpz_ptr mask = tc_mpz(f->arena), lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    mpz_ptr steplo = tc_mpz(f->arena), stephi = tc_mpz(f->arena);
    struct tc_form x = tc_form_si(f, 0), base = tc_form_si(f, 0);

    product_range(L, n, w, lo, hi);
    if (s.n) {
        struct tc_form u = bits_together(L, n, w, ix);
        struct chain gated;
        struct steps masked = s;

        /* with fewer than n bits set the form stays below every threshold */
        mpz_sub(mask, s.form.hi, s.at[0]);
        mpz_add_ui(mask, mask, 1);
        masked.form = tc_form_add(f, s.form, tc_form_scale(f, u, mask));
        masked.at = tc_alloc(f->arena, s.n, sizeof *masked.at);
        for (unsigned t = 0; t < s.n; t++) {
            masked.at[t] = tc_mpz_copy(f->arena, s.at[t]);
            mpz_addmul_ui(masked.at[t], mask, n);
        }
        masked.value = tc_alloc(f->arena, s.n + 1, sizeof *masked.value);
        for (unsigned t = 0; t <= s.n; t++)
            masked.value[t] = s.value[t] - s.value[0];
        gated = chain_new(L, masked, name, "T_gated", guards, note);
        mpz_set(steplo, gated.form.lo);
        mpz_set(stephi, gated.form.hi);
        x = weigh(L, gated.form, n, w, ix);
    }
    if (s.value[0])
        base = tc_form_scale_si(
            f, product(L, tc_sprintf(f->arena, "%s.base", name), n, w, guards, note),
            s.value[0]);
    x = tc_form_add(f, x, base);
    /* values are within [v0 + steplo, v0 + stephi] */
    mpz_add(steplo, steplo, tc_mpz_si(f->arena, s.value[0]));
    mpz_add(stephi, stephi, tc_mpz_si(f->arena, s.value[0]));
    range_times(L, lo, hi, steplo, stephi);
    return tc_form_range(f, x, lo, hi);
}

/* ------------------------------------------------------ products as words
 *
 * P = sum of w g over ANDs g, w = +-2^m.  With y = g where w > 0 and 1 - g
 * where w < 0, P - lo = sum |w| y + c >= 0 for a constant c.  Let F_j be the
 * same with |w| and c modulo 2^j, and C_j = floor(F_j / 2^j): then bit j of
 * P - lo is (bit j of the |w|, c, summed) + C_j - 2 C_(j+1), and C_j is a
 * chain of floor(max F_j / 2^j) gates.
 */

struct carries {
    unsigned bits;
    size_t nand;           /* ANDs, row-major over the words' bits */
    int64_t *weight;       /* of each */
    int64_t lo, hi;        /* of P */
    int64_t constant;      /* c */
    unsigned count[64];    /* gates of C_j, j = 0..bits */
    int64_t base[64];      /* value of C_j without them */
    unsigned most;
};

static int64_t modulo(int64_t x, unsigned j)
{
    return x & (((int64_t)1 << j) - 1);
}

static void carries_init(struct tc_arena *arena, unsigned n, const struct word *w,
                         struct carries *k)
{
    int64_t lo = 1, hi = 1, negative = 0;

    memset(k, 0, sizeof *k);
    k->nand = 1;
    for (unsigned i = 0; i < n; i++) {
        int64_t c[4] = {lo * w[i].lo, lo * w[i].hi, hi * w[i].lo, hi * w[i].hi};

        lo = hi = c[0];
        for (unsigned m = 1; m < 4; m++) {
            lo = c[m] < lo ? c[m] : lo;
            hi = c[m] > hi ? c[m] : hi;
        }
        k->nand *= word_bits(&w[i]);
    }
    k->lo = lo;
    k->hi = hi;
    k->bits = bit_length((uint64_t)(hi - lo));
    k->weight = tc_alloc(arena, k->nand, sizeof *k->weight);
    for (size_t g = 0; g < k->nand; g++) {
        size_t rest = g;

        k->weight[g] = 1;
        for (unsigned i = n; i-- > 0; rest /= word_bits(&w[i])) {
            int64_t a = (int64_t)(rest % word_bits(&w[i]));

            k->weight[g] *= tc_table_get_i64(w[i].weight, &a);
        }
        if (k->weight[g] < 0)
            negative -= k->weight[g];
    }
    k->constant = -negative - lo;
    for (unsigned j = 1; j <= k->bits; j++) {
        int64_t least = modulo(k->constant, j), most = least;

        for (size_t g = 0; g < k->nand; g++)
            most += modulo(k->weight[g] < 0 ? -k->weight[g] : k->weight[g], j);
        if (j == k->bits) {
            bool whole = true; /* no weight is cut off: F_j is P - lo plus a multiple of 2^j */

            for (size_t g = 0; g < k->nand; g++)
                whole = whole && modulo(k->weight[g] < 0 ? -k->weight[g] : k->weight[g], j) != 0;
            if (whole) {
                k->base[j] = (least - k->constant) >> j;
                continue;
            }
        }
        k->count[j] = (unsigned)((most >> j) - (least >> j));
        if (k->count[j] > k->most)
            k->most = k->count[j];
    }
}

void product_word_cost(unsigned n, const struct word *w, unsigned *gates, unsigned *bits)
{
    struct tc_arena *arena = tc_arena_new();
    struct carries k;

    carries_init(arena, n, w, &k);
    *gates = (unsigned)k.nand;
    for (unsigned j = 0; j <= k.bits; j++)
        *gates += k.count[j];
    *bits = k.bits;
    tc_arena_free(arena);
}

struct word product_word(struct lowering *L, const char *name, unsigned n, const struct word *w,
                         const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[TC_MOST_WORDS], *t;
    struct tc_index *j;
    const struct tc_bank *and, *carry;
    struct word r = {0};
    struct carries k;
    struct tc_form form, theta, bit, high;
    struct tc_guard guard;
    struct tc_axis at[TC_MOST_WORDS + 1];
    int64_t extent[TC_MOST_WORDS + 1], *entry, *side, *count;

    carries_init(f->arena, n, w, &k);
    and = and_bank(L, tc_sprintf(f->arena, "%s.and", name), n, w, NULL, note, ix);
    r.value = tc_form_range_si(f, weigh(L, wire_of(L, &and->plane), n, w, ix), k.lo, k.hi);
    r.lo = k.lo;
    r.hi = k.hi;
    r.offset = k.lo;
    r.a = tc_index_new(f, "a", k.bits, NULL);
    r.weight = powers(L, k.bits, false);

    /* carries: gates [F_j >= (t + 1) 2^j] for t < count[j], j = 0..bits */
    j = tc_index_new(f, "z", k.bits + 1, NULL);
    t = tc_index_new(f, "t", k.most ? k.most : 1, NULL);
    extent[0] = k.bits + 1;
    at[0] = tc_axis_of(f->arena, j);
    for (unsigned i = 0; i < n; i++) {
        extent[i + 1] = ix[i]->extent;
        at[i + 1] = tc_axis_of(f->arena, ix[i]);
    }
    entry = tc_alloc(f->arena, (k.bits + 1) * k.nand, sizeof *entry);
    side = tc_alloc(f->arena, k.bits + 1, sizeof *side);
    for (unsigned m = 0; m <= k.bits; m++) {
        side[m] = modulo(k.constant, m);
        for (size_t g = 0; g < k.nand; g++) {
            bool negative = k.weight[g] < 0;
            int64_t part = modulo(negative ? -k.weight[g] : k.weight[g], m);

            entry[m * k.nand + g] = negative ? -part : part;
            side[m] += negative ? part : 0;
        }
    }
    form = tc_form_times(f, wire_of(L, &and->plane),
                         tc_table_dense(f, "low", n + 1, extent, entry), at);
    form = tc_form_sum(f, form, n, ix, 0, NULL);
    form = tc_form_add(f, form, tc_form_table(f, table_of(L, "side", k.bits + 1, side), at));

    count = tc_alloc(f->arena, (k.bits + 1) * (size_t)t->extent, sizeof *count);
    for (unsigned m = 0; m <= k.bits; m++)
        for (int64_t s = 0; s < t->extent; s++)
            count[m * t->extent + s] = (s + 1) << m;
    extent[1] = t->extent;
    at[1] = tc_axis_of(f->arena, t);
    theta = tc_form_table(f, tc_table_dense(f, "carry", 2, extent, count), at);
    for (unsigned m = 0; m <= k.bits; m++)
        count[m] = k.count[m];
    /* t < count[j]: count[j] - t - 1 >= 0 */
    guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
    guard.expr.via = table_of(L, "carries", k.bits + 1, count);
    guard.expr.arg = at[0].at;
    carry = tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.carry", name)), form, t, theta,
                        true, 1, &guard, L->component, "carries into each bit of the product");

    /* bit a = digit sum + C_a - 2 C_(a+1) */
    extent[0] = k.bits;
    at[0] = tc_axis_of(f->arena, r.a);
    for (unsigned i = 0; i < n; i++) {
        extent[i + 1] = ix[i]->extent;
        at[i + 1] = tc_axis_of(f->arena, ix[i]);
    }
    for (unsigned m = 0; m < k.bits; m++) {
        side[m] = ((k.constant >> m) & 1) + k.base[m] - 2 * k.base[m + 1];
        for (size_t g = 0; g < k.nand; g++) {
            bool negative = k.weight[g] < 0;
            int64_t part = ((negative ? -k.weight[g] : k.weight[g]) >> m) & 1;

            entry[m * k.nand + g] = negative ? -part : part;
            side[m] += negative ? part : 0;
        }
    }
    bit = tc_form_times(f, wire_of(L, &and->plane),
                        tc_table_dense(f, "digit", n + 1, extent, entry), at);
    bit = tc_form_sum(f, bit, n, ix, 0, NULL);
    bit = tc_form_add(f, bit, tc_form_table(f, table_of(L, "side", k.bits, side), at));
    high = tc_form_sum(f, wire_of(L, &carry->plane), 1, &t, 1, &guard);
    bit = tc_form_add(f, bit, tc_form_subst(f, high, j, at[0]));
    high = tc_form_subst(f, high, j, tc_axis_plus(f->arena, tc_axis_const(1), 1, r.a));
    bit = tc_form_sub(f, bit, tc_form_scale_si(f, high, 2));
    r.bit = tc_form_range_si(f, bit, 0, 1);
    return r;
}

struct tc_form sum_over(struct lowering *L, struct tc_form x, unsigned n,
                        const struct tc_index *const *ix, const struct guards *guards)
{
    return tc_form_sum(L->family, x, n, ix, guards ? guards->n : 0,
                       guards ? guards->guard : NULL);
}
