/* carries.c -- the bits of an integer of any width; see carries.h */
#include "carries.h"

#include <assert.h>
#include <string.h>

struct tc_form claim_mpz(struct lowering *L, struct tc_form x, mpz_srcptr lo, mpz_srcptr hi)
{
    return tc_form_range(L->family, x, mpz_cmp(x.lo, lo) > 0 ? x.lo : lo,
                         mpz_cmp(x.hi, hi) < 0 ? x.hi : hi);
}

mpz_ptr power_of_two(struct lowering *L, unsigned k)
{
    mpz_ptr x = tc_mpz(L->family->arena);

    mpz_setbit(x, k);
    return x;
}

mpz_ptr shifted_si(struct lowering *L, int64_t x, unsigned k)
{
    mpz_ptr y = tc_mpz_si(L->family->arena, x);

    mpz_mul_2exp(y, y, k);
    return y;
}

struct tc_form times_table(struct lowering *L, const char *name, struct tc_form x, unsigned n,
                           const struct tc_index *const *ix, mpz_ptr *entry)
{
    struct tc_family *f = L->family;
    int64_t extent[8];
    struct tc_axis at[8];

    assert(n <= 8);
    for (unsigned k = 0; k < n; k++) {
        extent[k] = ix[k]->extent;
        at[k] = tc_axis_of(f->arena, ix[k]);
    }
    return tc_form_times(f, x, tc_table_dense_mpz(f, name, n, extent, entry), at);
}

size_t carry_points(const struct carry_part *p)
{
    size_t points = 1;

    for (unsigned d = 0; d < p->n; d++)
        points *= (size_t)p->ix[d]->extent;
    return points;
}

int64_t carry_copies(const struct carry_part *p)
{
    int64_t copies = 1;

    for (unsigned d = 0; d < p->nover; d++)
        copies *= p->over[d]->extent;
    return copies;
}

/* N 2^z */
static void unit_of(const struct carry_sum *s, unsigned z, mpz_ptr unit)
{
    mpz_set_ui(unit, 1);
    mpz_mul_2exp(unit, s->divide ? s->divide : unit, z);
}

/* v cut off at N 2^z, its sign kept */
static void cut_off(const struct carry_sum *s, mpz_srcptr v, unsigned z, mpz_ptr rest)
{
    if (s->divide) {
        mpz_t unit;

        mpz_init(unit);
        unit_of(s, z, unit);
        mpz_tdiv_r(rest, v, unit);
        mpz_clear(unit);
    } else {
        mpz_tdiv_r_2exp(rest, v, z);
    }
}

/* weight of wire g in S_z */
static void low_weight(const struct carry_sum *s, const struct carry_part *p, size_t g, unsigned z,
                       mpz_ptr w)
{
    cut_off(s, p->to[g], z, w);
    if (p->from && mpz_sgn(p->from[g])) {
        mpz_t from;

        mpz_init(from);
        cut_off(s, p->from[g], z, from);
        mpz_sub(w, w, from);
        mpz_clear(from);
    }
    if (p->times)
        mpz_mul_si(w, w, p->times);
}

/* (S_(z+1) - S_z) / N 2^z: the difference of bits z of the quotients, with the values' signs */
static int digit_of(const struct carry_sum *s, mpz_srcptr v, unsigned z)
{
    int bit;
    mpz_t x;

    if (!s->divide && mpz_sgn(v) >= 0)
        return mpz_tstbit(v, z);
    mpz_init(x);
    mpz_abs(x, v);
    if (s->divide)
        mpz_fdiv_q(x, x, s->divide);
    bit = mpz_tstbit(x, z);
    mpz_clear(x);
    return mpz_sgn(v) < 0 ? -bit : bit;
}

static int digit_weight(const struct carry_sum *s, const struct carry_part *p, size_t g, unsigned z)
{
    return (digit_of(s, p->to[g], z) - (p->from ? digit_of(s, p->from[g], z) : 0)) *
           (p->times ? p->times : 1);
}

void carry_constant_ranges(struct lowering *L, struct carry_sum *s)
{
    struct tc_arena *arena = L->family->arena;

    s->lo = tc_alloc(arena, s->bits + 1, sizeof *s->lo);
    s->hi = tc_alloc(arena, s->bits + 1, sizeof *s->hi);
    for (unsigned z = 0; z <= s->bits; z++) {
        s->lo[z] = tc_mpz(arena);
        unit_of(s, z, s->lo[z]);
        mpz_fdiv_r(s->lo[z], s->constant, s->lo[z]);
        s->hi[z] = tc_mpz_copy(arena, s->lo[z]);
    }
}

void carry_ranges(struct lowering *L, struct carry_sum *s, mpz_srcptr most)
{
    struct tc_arena *arena = L->family->arena;
    mpz_ptr w = tc_mpz(arena);

    carry_constant_ranges(L, s);
    for (unsigned k = 0; k < s->npart; k++) {
        const struct carry_part *p = &s->part[k];
        size_t points = carry_points(p);

        for (size_t g = 0; g < points; g++) {
            mpz_srcptr v = mpz_sgn(p->to[g]) || !p->from ? p->to[g] : p->from[g];

            for (unsigned z = s->divide ? 0 : (unsigned)mpz_scan1(v, 0) + 1;
                 mpz_sgn(v) && z <= s->bits; z++) {
                cut_off(s, v, z, w);
                mpz_mul_si(w, w, carry_copies(p));
                mpz_add(s->hi[z], s->hi[z], w);
            }
        }
    }
    if (most && mpz_cmp(s->hi[s->bits], most) > 0 && mpz_cmp(s->constant, s->lo[s->bits]) == 0)
        mpz_set(s->hi[s->bits], most);
}

/* values of C_z: base + 0 .. count */
static unsigned carry_count(const struct carry_sum *s, unsigned z, mpz_ptr base)
{
    unsigned count;
    mpz_t top, unit;

    mpz_inits(top, unit, NULL);
    unit_of(s, z, unit);
    mpz_fdiv_q(base, s->lo[z], unit);
    mpz_fdiv_q(top, s->hi[z], unit);
    mpz_sub(top, top, base);
    assert(mpz_fits_uint_p(top));
    count = (unsigned)mpz_get_ui(top);
    mpz_clears(top, unit, NULL);
    return count;
}

uint64_t carry_cost(const struct carry_sum *s)
{
    uint64_t gates = 0;
    mpz_t base;

    mpz_init(base);
    for (unsigned z = s->first; z <= s->bits; z++)
        gates += carry_count(s, z, base);
    mpz_clear(base);
    return gates;
}

static int64_t start_times(const struct carry_sum *s, size_t k)
{
    return s->start_times ? s->start_times[k] : 1;
}

/* the groups' sum of x, free in ix and over */
static struct tc_form over_part(struct lowering *L, const struct carry_part *p, struct tc_form x)
{
    x = tc_form_sum(L->family, x, p->n, p->ix, p->nguard, p->guard);
    return p->nover ? tc_form_sum(L->family, x, p->nover, p->over, 0, NULL) : x;
}

/* S_z while all wires are 0 */
static void rest_of(const struct carry_sum *s, unsigned z, mpz_ptr rest)
{
    mpz_t x;

    mpz_init(x);
    if (s->divide)
        cut_off(s, s->constant, z, rest);
    else
        mpz_fdiv_r_2exp(rest, s->constant, z);
    for (size_t k = 0; k < s->nstart; k++) {
        cut_off(s, s->start[k], z, x);
        mpz_mul_si(x, x, start_times(s, k));
        mpz_add(rest, rest, x);
    }
    mpz_clear(x);
}

/* S_z, free in z */
static struct tc_form low_form(struct lowering *L, const struct carry_sum *s,
                               const struct tc_index *z)
{
    struct tc_family *f = L->family;
    unsigned rows = (unsigned)z->extent;
    mpz_ptr *entry = tc_alloc(f->arena, rows, sizeof *entry);
    mpz_ptr lo = s->lo[s->first], hi = s->hi[s->first];
    struct tc_form sum;

    for (unsigned r = 0; r < rows; r++) {
        unsigned at = s->first + r;

        entry[r] = tc_mpz(f->arena);
        rest_of(s, at, entry[r]);
        lo = mpz_cmp(s->lo[at], lo) < 0 ? s->lo[at] : lo;
        hi = mpz_cmp(s->hi[at], hi) > 0 ? s->hi[at] : hi;
    }
    sum = times_table(L, "rest", tc_form_si(f, 1), 1, &z, entry);
    for (unsigned k = 0; k < s->npart; k++) {
        const struct carry_part *p = &s->part[k];
        size_t points = carry_points(p);
        const struct tc_index *ix[4] = {z, p->ix[0], p->ix[1], p->ix[2]};
        struct tc_form x;

        entry = tc_alloc(f->arena, rows * points, sizeof *entry);
        for (unsigned r = 0; r < rows; r++)
            for (size_t g = 0; g < points; g++) {
                entry[r * points + g] = tc_mpz(f->arena);
                low_weight(s, p, g, s->first + r, entry[r * points + g]);
            }
        x = times_table(L, "low", p->wire, p->n + 1, ix, entry);
        sum = tc_form_add(f, sum, over_part(L, p, x));
    }
    return claim_mpz(L, sum, lo, hi);
}

/* digit_a + side[a], free in a */
static struct tc_form digit_form(struct lowering *L, const struct carry_sum *s,
                                 const struct tc_index *a, int64_t *side)
{
    struct tc_family *f = L->family;
    unsigned bits = s->bits - s->first;
    struct tc_axis at[4];
    struct tc_form sum;

    at[0] = tc_axis_of(f->arena, a);
    for (unsigned z = 0; z < bits; z++) {
        side[z] += s->divide ? digit_of(s, s->constant, s->first + z)
                             : mpz_tstbit(s->constant, s->first + z);
        for (size_t k = 0; k < s->nstart; k++)
            side[z] += digit_of(s, s->start[k], s->first + z) * start_times(s, k);
    }
    sum = tc_form_table(f, table_of(L, "side", bits, side), at);
    for (unsigned k = 0; k < s->npart; k++) {
        const struct carry_part *p = &s->part[k];
        size_t points = carry_points(p);
        int64_t *entry = tc_alloc(f->arena, bits * points, sizeof *entry);
        int64_t extent[4] = {bits};
        struct tc_form x;

        for (unsigned d = 0; d < p->n; d++) {
            extent[d + 1] = p->ix[d]->extent;
            at[d + 1] = tc_axis_of(f->arena, p->ix[d]);
        }
        for (unsigned z = 0; z < bits; z++)
            for (size_t g = 0; g < points; g++)
                entry[z * points + g] = digit_weight(s, p, g, s->first + z);
        x = tc_form_times(f, p->wire, tc_table_dense(f, "digit", p->n + 1, extent, entry), at);
        sum = tc_form_add(f, sum, over_part(L, p, x));
    }
    return sum;
}

/* thresholds (base[z] + t + 1) scale[z] of row z */
static const struct tc_bank *carry_bank(struct lowering *L, const char *name, struct tc_form low,
                                        const struct tc_index *z, const struct tc_index *t,
                                        const mpz_ptr *scale, mpz_ptr *base, const int64_t *count,
                                        struct tc_guard *guard, const char *note)
{
    struct tc_family *f = L->family;
    size_t rows = (size_t)z->extent, most = (size_t)t->extent;
    mpz_ptr *theta = tc_alloc(f->arena, rows * most, sizeof *theta);
    struct tc_axis at[2] = {tc_axis_of(f->arena, z), tc_axis_of(f->arena, t)};
    int64_t extent[2] = {z->extent, t->extent};

    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < most; k++) {
            theta[r * most + k] = tc_mpz_copy(f->arena, base[r]);
            mpz_add_ui(theta[r * most + k], base[r], k + 1);
            mpz_mul(theta[r * most + k], theta[r * most + k], scale[r]);
        }
    guard->expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
    guard->expr.via = table_of(L, "carries", (unsigned)rows, count);
    guard->expr.arg = at[0].at;
    return tc_bank_new(f, name_of(L, name), low, t,
                       tc_form_table(f, tc_table_dense_mpz(f, "carry", 2, extent, theta), at), true,
                       1, guard, L->component, note);
}

struct carries carries_new(struct lowering *L, const char *name, const struct carry_sum *s,
                           const char *note)
{
    struct tc_family *f = L->family;
    unsigned rows = s->bits - s->first + 1;
    mpz_ptr *base = tc_alloc(f->arena, rows, sizeof *base);
    int64_t *count = tc_alloc(f->arena, rows, sizeof *count), most = 0;
    int64_t *side = tc_alloc(f->arena, rows, sizeof *side);
    const struct tc_index *t;
    struct carries c = {0};
    struct tc_form low, high;
    struct tc_guard guard;
    mpz_ptr *scale = tc_alloc(f->arena, rows, sizeof *scale);

    for (unsigned z = 0; z < rows; z++) {
        base[z] = tc_mpz(f->arena);
        count[z] = carry_count(s, s->first + z, base[z]);
        most = count[z] > most ? count[z] : most;
        scale[z] = tc_mpz(f->arena);
        unit_of(s, s->first + z, scale[z]);
    }
    c.z = tc_index_new(f, "z", rows, NULL);
    t = tc_index_new(f, "t", most ? most : 1, NULL);
    low = low_form(L, s, c.z);
    c.a = tc_index_new(f, "a", s->bits - s->first, NULL);
    for (unsigned z = 0; z + 1 < rows; z++)
        side[z] = mpz_get_si(base[z]) - 2 * mpz_get_si(base[z + 1]);
    c.bit = digit_form(L, s, c.a, side);
    c.raw = low;
    for (unsigned z = 0; z < rows; z++)
        mpz_mul(base[z], base[z], scale[z]);
    c.low = tc_form_sub(f, low, times_table(L, "base", tc_form_si(f, 1), 1, &c.z, base));
    for (unsigned z = 0; z < rows; z++)
        mpz_divexact(base[z], base[z], scale[z]);
    if (most) {
        struct tc_axis a = tc_axis_of(f->arena, c.a);
        const struct tc_bank *b =
            carry_bank(L, name, low, c.z, t, scale, base, count, &guard, note);

        high = tc_form_sum(f, wire_of(L, &b->plane), 1, &t, 1, &guard);
        c.low = tc_form_sub(f, c.low, times_table(L, "weight", high, 1, &c.z, scale));
        c.bit = tc_form_add(f, c.bit, tc_form_subst(f, high, c.z, a));
        a = tc_axis_plus(f->arena, tc_axis_const(1), 1, c.a);
        high = tc_form_subst(f, high, c.z, a);
        c.bit = tc_form_sub(f, c.bit, tc_form_scale_si(f, high, 2));
    }
    c.bit = claim(L, c.bit, 0, 1);
    c.low = claim_mpz(L, c.low, tc_mpz(f->arena), scale[rows - 1]);
    return c;
}
