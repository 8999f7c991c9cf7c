/* bits.c -- the bits of a weighted sum of wires, in one layer
 *
 * P = sum of w g over wires g.  With y = g where w > 0 and 1 - g where w < 0,
 * Q = P - base + half = sum |w| y + c >= 0 for a constant c, where half is
 * 2^(shift-1), or 0 without a shift.  Let F_j be the same with |w| and c modulo
 * 2^j, and C_j = floor(F_j / 2^j): then bit j of Q is (bit j of the |w|, c,
 * summed) + C_j - 2 C_(j+1), and C_j is a chain of floor(max F_j / 2^j) gates.
 *
 * floor(Q / 2^shift) is P - base rounded, but for ties, which go up: where the
 * result is odd then, its lowest bit alone is wrong.  That bit is 1 iff Q modulo
 * 2^(shift+1) is above 2^shift: it has a chain of its own, in the place of
 * C_shift, of about as many gates.
 */
#include "lower.h"

#include <string.h>

struct carries {
    unsigned bits, shift;
    size_t nwire;
    int64_t constant; /* c */
    /* row z is C_(shift+z); row 0, with a shift, the lowest bit's own chain */
    unsigned count[64]; /* gates */
    int64_t base[64];   /* value without them */
    unsigned most;
};

static int64_t modulo(int64_t x, unsigned j)
{
    return x & (((int64_t)1 << j) - 1);
}

static int64_t size(int64_t w)
{
    return w < 0 ? -w : w;
}

/* the power of two that row z reduces by */
static unsigned modulus(const struct carries *k, unsigned z)
{
    return z == 0 && k->shift ? k->shift + 1 : k->shift + z;
}

/* threshold t of row z */
static int64_t threshold(const struct carries *k, unsigned z, int64_t t)
{
    if (z == 0 && k->shift)
        return ((t + k->base[0]) << (k->shift + 1)) + ((int64_t)1 << k->shift) + 1;
    return (t + 1) << (k->shift + z);
}

static void carries_init(const struct weighted *w, int64_t base, unsigned shift, unsigned bits,
                         struct carries *k)
{
    int64_t half = shift ? (int64_t)1 << (shift - 1) : 0, negative = 0;

    memset(k, 0, sizeof *k);
    k->bits = bits;
    k->shift = shift;
    k->nwire = 1;
    for (unsigned i = 0; i < w->n; i++)
        k->nwire *= (size_t)w->ix[i]->extent;
    for (size_t g = 0; g < k->nwire; g++)
        negative += w->weight[g] < 0 ? -w->weight[g] : 0;
    k->constant = half - negative - base;
    for (unsigned z = shift ? 0 : 1; z <= bits; z++) {
        unsigned j = modulus(k, z);
        int64_t least = modulo(k->constant, j), most = least;
        bool whole = true; /* no weight is cut off: F_j is Q plus a multiple of 2^j */

        for (size_t g = 0; g < k->nwire; g++) {
            most += modulo(size(w->weight[g]), j);
            whole = whole && size(w->weight[g]) >> j == 0;
        }
        if (z == 0) {
            k->base[0] = least >= threshold(k, 0, 0);
            while (threshold(k, 0, k->count[0]) <= most)
                k->count[0]++;
        } else if (whole && (w->hi - base + half) >> j == 0) {
            k->base[z] = (least - k->constant) >> j;
        } else {
            k->count[z] = (unsigned)(most >> j);
        }
        if (k->count[z] > k->most)
            k->most = k->count[z];
    }
}

uint64_t sum_bits_cost(const struct weighted *w, int64_t base, unsigned shift, unsigned bits)
{
    struct carries k;
    uint64_t gates = 0;

    carries_init(w, base, shift, bits, &k);
    for (unsigned z = 0; z <= bits; z++)
        gates += k.count[z];
    return gates;
}

/* The wires, each times its entry, summed.  part gives |w|'s part of a row; the
 * parts of complemented wires go to side. */
static struct tc_form row_form(struct lowering *L, const struct weighted *w,
                               const struct carries *k, const struct tc_index *row,
                               const char *name,
                               int64_t (*part)(const struct carries *, int64_t, unsigned),
                               int64_t *side)
{
    struct tc_family *f = L->family;
    int64_t extent[TC_MOST_WORDS + 1];
    struct tc_axis at[TC_MOST_WORDS + 1];
    int64_t *entry = tc_alloc(f->arena, (size_t)row->extent * k->nwire, sizeof *entry);
    struct tc_form x;

    extent[0] = row->extent;
    at[0] = tc_axis_of(f->arena, row);
    for (unsigned i = 0; i < w->n; i++) {
        extent[i + 1] = w->ix[i]->extent;
        at[i + 1] = tc_axis_of(f->arena, w->ix[i]);
    }
    for (unsigned z = 0; z < row->extent; z++)
        for (size_t g = 0; g < k->nwire; g++) {
            bool negative = w->weight[g] < 0;
            int64_t p = part(k, size(w->weight[g]), z);

            entry[z * k->nwire + g] = negative ? -p : p;
            side[z] += negative ? p : 0;
        }
    x = tc_form_times(f, w->wire, tc_table_dense(f, name, w->n + 1, extent, entry), at);
    x = tc_form_sum(f, x, w->n, w->ix, 0, NULL);
    return tc_form_add(f, x,
                       tc_form_table(f, table_of(L, "side", (unsigned)row->extent, side), at));
}

static int64_t low_part(const struct carries *k, int64_t x, unsigned z)
{
    return modulo(x, modulus(k, z));
}

static int64_t digit_part(const struct carries *k, int64_t x, unsigned z)
{
    return z == 0 && k->shift ? 0 : (x >> (k->shift + z)) & 1;
}

/* within what its terms reach, as far as that is known */
struct tc_form claim(struct lowering *L, struct tc_form x, int64_t lo, int64_t hi)
{
    struct tc_arena *arena = L->family->arena;
    mpz_ptr low = tc_mpz_si(arena, lo), high = tc_mpz_si(arena, hi);

    return tc_form_range(L->family, x, mpz_cmp(x.lo, low) > 0 ? x.lo : low,
                         mpz_cmp(x.hi, high) < 0 ? x.hi : high);
}

struct word sum_bits(struct lowering *L, const char *name, const struct weighted *w, int64_t base,
                     unsigned shift, unsigned bits, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *t;
    const struct tc_bank *carry = NULL;
    struct tc_guard guard;
    struct tc_index *j;
    struct word r = {0};
    struct carries k;
    struct tc_form form, theta, bit, high;
    struct tc_axis at[2];
    int64_t extent[2], *side, *count, twice[64];

    carries_init(w, base, shift, bits, &k);
    r.hi = ((int64_t)1 << bits) - 1;
    r.a = tc_index_new(f, "a", bits, NULL);
    r.weight = powers(L, bits, false);

    /* gates [row z >= threshold(z, t)] for t < count[z] */
    j = tc_index_new(f, "z", bits + 1, NULL);
    t = tc_index_new(f, "t", k.most ? k.most : 1, NULL);
    at[0] = tc_axis_of(f->arena, j);
    side = tc_alloc(f->arena, bits + 1, sizeof *side);
    if (k.most) {
        for (unsigned z = 0; z <= bits; z++)
            side[z] = modulo(k.constant, modulus(&k, z));
        form = row_form(L, w, &k, j, "low", low_part, side);
        extent[0] = bits + 1;
        extent[1] = t->extent;
        count = tc_alloc(f->arena, (bits + 1) * (size_t)t->extent, sizeof *count);
        for (unsigned z = 0; z <= bits; z++)
            for (int64_t s = 0; s < t->extent; s++)
                count[z * t->extent + s] = threshold(&k, z, s);
        at[1] = tc_axis_of(f->arena, t);
        theta = tc_form_table(f, tc_table_dense(f, "carry", 2, extent, count), at);
        for (unsigned z = 0; z <= bits; z++)
            count[z] = k.count[z];
        /* t < count[z]: count[z] - t - 1 >= 0 */
        guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
        guard.expr.via = table_of(L, "carries", bits + 1, count);
        guard.expr.arg = at[0].at;
        carry =
            tc_bank_new(f, name_of(L, name), form, t, theta, true, 1, &guard, L->component, note);
    }

    /* bit a = digit sum + C_a - 2 C_(a+1); the lowest after a shift: its chain - C_1 */
    at[0] = tc_axis_of(f->arena, r.a);
    for (unsigned z = 0; z < bits; z++) {
        twice[z] = z == 0 && shift ? 1 : 2;
        side[z] = k.base[z] - twice[z] * k.base[z + 1];
        side[z] += z == 0 && shift ? 0 : (k.constant >> (shift + z)) & 1;
    }
    bit = row_form(L, w, &k, r.a, "digit", digit_part, side);
    if (carry) {
        high = tc_form_sum(f, wire_of(L, &carry->plane), 1, &t, 1, &guard);
        bit = tc_form_add(f, bit, tc_form_subst(f, high, j, at[0]));
        high = tc_form_subst(f, high, j, tc_axis_plus(f->arena, tc_axis_const(1), 1, r.a));
        high = shift ? tc_form_times(f, high, table_of(L, "twice", bits, twice), at)
                     : tc_form_scale_si(f, high, 2);
        bit = tc_form_sub(f, bit, high);
    }
    r.bit = claim(L, bit, 0, 1);
    return r;
}
