/* float.c -- operands, results and roundings of floats; see float.h */
#include "float.h"

#include <assert.h>
#include <string.h>

/* ---------------------------------------------------------------------- operands */

static struct tc_form bit(struct fl *l, struct fl_word x, struct tc_axis a)
{
    x.at[x.plane->naxis - 1] = a;
    return tc_form_wire(l->low.family, x.plane, x.at);
}

struct fl_word fl_operand(struct fl *l, struct tc_axis i)
{
    return (struct fl_word){.plane = l->x, .at = {i}};
}

/* bits first .. first+n-1 of the word as a number */
static struct tc_form number(struct fl *l, struct fl_word x, unsigned first, unsigned n)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", n, NULL);
    const struct tc_index *ix = a;
    struct tc_axis at = tc_axis_of(f->arena, a);
    mpz_ptr *weight = tc_alloc(f->arena, n, sizeof *weight);
    int64_t extent = n;
    struct tc_form y;

    for (unsigned k = 0; k < n; k++) {
        weight[k] = tc_mpz(f->arena);
        mpz_setbit(weight[k], k);
    }
    y = bit(l, x, tc_axis_plus(f->arena, tc_axis_const(first), 1, a));
    y = tc_form_times(f, y, tc_table_dense_mpz(f, "unsigned", 1, &extent, weight), &at);
    return tc_form_sum(f, y, 1, &ix, 0, NULL);
}

struct tc_form fl_sign(struct fl *l, struct fl_word x)
{
    return bit(l, x, tc_axis_const(l->p + l->q - 1));
}

struct tc_form fl_fraction_bit(struct fl *l, struct fl_word x, struct tc_axis a)
{
    return bit(l, x, a);
}

struct tc_form fl_fraction(struct fl *l, struct fl_word x)
{
    return number(l, x, 0, l->p - 1);
}

struct tc_form fl_field(struct fl *l, struct fl_word x)
{
    return number(l, x, l->p - 1, l->q);
}

struct tc_form fl_key(struct fl *l, struct fl_word x)
{
    return number(l, x, 0, l->p - 1 + l->q);
}

/* ------------------------------------------------------------------------- gates */

struct tc_form fl_gate(struct fl *l, const char *name, struct tc_form x, int64_t at,
                       const char *note)
{
    struct tc_family *f = l->low.family;

    return wire_of(&l->low, &tc_bank_new(f, name, x, NULL, tc_form_si(f, at), true, 0, NULL,
                                         l->low.component, note)
                                 ->plane);
}

const struct tc_plane *fl_bank(struct fl *l, const char *name, struct tc_form x, unsigned n,
                               const mpz_ptr *at, const char *note)
{
    struct tc_family *f = l->low.family;
    struct tc_index *t = NULL;
    struct tc_form theta;

    assert(n);
    if (n == 1) {
        theta = tc_form_const(f, at[0]);
    } else {
        int64_t extent = n;
        struct tc_axis axis;
        mpz_ptr *copy = tc_alloc(f->arena, n, sizeof *copy);

        memcpy(copy, at, n * sizeof *copy);
        t = tc_index_new(f, "t", extent, NULL);
        axis = tc_axis_of(f->arena, t);
        theta = tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &extent, copy), &axis);
    }
    return &tc_bank_new(f, name, x, t, theta, true, 0, NULL, l->low.component, note)->plane;
}

struct tc_form fl_weigh_mpz(struct fl *l, const struct tc_plane *plane, unsigned n,
                            const mpz_ptr *weight)
{
    struct tc_family *f = l->low.family;
    struct tc_form x = wire_of(&l->low, plane);
    bool same = true;

    for (unsigned t = 1; t < n; t++)
        same = same && mpz_cmp(weight[t], weight[0]) == 0;
    if (same) {
        x = tc_form_scale(f, x, weight[0]);
    } else {
        int64_t extent = n;
        struct tc_axis axis = tc_axis_of(f->arena, plane->chain);
        mpz_ptr *copy = tc_alloc(f->arena, n, sizeof *copy);

        memcpy(copy, weight, n * sizeof *copy);
        x = tc_form_times(f, x, tc_table_dense_mpz(f, "step", 1, &extent, copy), &axis);
    }
    return plane->chain ? tc_form_sum(f, x, 1, &plane->chain, 0, NULL) : x;
}

struct tc_form fl_weigh(struct fl *l, const struct tc_plane *plane, unsigned n,
                        const int64_t *weight, int64_t base, int64_t lo, int64_t hi)
{
    struct tc_family *f = l->low.family;
    mpz_ptr *copy = tc_alloc(f->arena, n, sizeof *copy);
    struct tc_form x;

    for (unsigned t = 0; t < n; t++)
        copy[t] = tc_mpz_si(f->arena, weight[t]);
    x = tc_form_add(f, fl_weigh_mpz(l, plane, n, copy), tc_form_si(f, base));
    return claim(&l->low, x, lo, hi);
}

/* ----------------------------------------------------------------- bits of a form
 *
 * A group is what one term reads at one point: a wire, v in {0, w}, or a whole chain,
 * v in {0, w_0, w_0 + w_1, ...}.  With m the least of v, v - m >= 0, and the form is
 * c + sum over groups of (v - m).  Then, as in bits.c,
 *     bit j = bit j of c + sum of bit j of (v - m) + C_j - 2 C_(j+1),
 *     C_j = floor((c mod 2^j + sum of (v - m) mod 2^j) / 2^j),
 * and both sums are forms over the same wires: a chain's increments are differences
 * of consecutive values' bits.
 */
struct group_row { /* of a term at one bit */
    int64_t *low;   /* increments of (v - m) mod 2^j */
    int64_t *digit; /* of bit j of v - m */
};

struct flat_term {
    const struct tc_term *term;
    unsigned n;        /* sum indices, the chain's last if whole */
    bool whole;        /* groups are chains */
    size_t groups, length;
    int64_t *weight;   /* groups x length */
    int64_t *value;    /* v - m: groups x (length + 1) */
};

static int64_t modulo(int64_t x, unsigned j)
{
    return j >= 63 ? x : x & (((int64_t)1 << j) - 1);
}

static int64_t weight_at(const struct tc_term *t, const struct tc_index *const *ix,
                         const int64_t *at)
{
    int64_t w = tc_mpz_get_i64(t->coef);

    for (unsigned k = 0; k < t->nfactor; k++) {
        const struct tc_factor *c = &t->factor[k];
        int64_t arg[8];

        assert(c->table->rank <= 8);
        for (unsigned r = 0; r < c->table->rank; r++) {
            const struct tc_affine *a = &c->at[r].at;

            assert(!c->at[r].via);
            arg[r] = a->constant;
            for (unsigned s = 0; s < a->n; s++)
                for (unsigned d = 0; d < t->nsum; d++)
                    arg[r] += a->part[s].ix == ix[d] ? a->part[s].coef * at[d] : 0;
        }
        w *= tc_table_get_i64(c->table, arg);
    }
    return w;
}

/* the term's plane is a chain read whole: its last axis is a sum index of its own,
 * which comes last in ix */
static bool reads_whole_chain(const struct tc_term *t, const struct tc_index **ix)
{
    const struct tc_plane *p = t->plane;
    const struct tc_axis *last;

    if (!p || !p->chain || !p->bank->monotone)
        return false;
    last = &t->at[p->naxis];
    if (last->via || last->at.n != 1 || last->at.part[0].coef != 1 || last->at.constant ||
        last->at.part[0].ix->extent != p->chain->extent)
        return false;
    for (unsigned k = 0; k < p->naxis; k++)
        if (tc_axis_reads(&t->at[k], last->at.part[0].ix))
            return false;
    for (unsigned d = 0; d < t->nsum; d++)
        if (t->sum[d] == last->at.part[0].ix) {
            ix[d] = ix[t->nsum - 1];
            ix[t->nsum - 1] = last->at.part[0].ix;
            return true;
        }
    return false;
}

static void flatten(struct tc_arena *arena, const struct tc_term *t, const struct tc_index **ix,
                    struct flat_term *out)
{
    size_t total = 1;
    int64_t at[8] = {0};

    assert(t->nsum <= 3 && !t->nguard);
    for (unsigned d = 0; d < t->nsum; d++)
        ix[d] = t->sum[d];
    *out = (struct flat_term){.term = t, .n = t->nsum, .whole = reads_whole_chain(t, ix)};
    out->length = out->whole ? (size_t)ix[t->nsum - 1]->extent : 1;
    for (unsigned d = 0; d < t->nsum; d++)
        total *= (size_t)ix[d]->extent;
    out->groups = total / out->length;
    out->weight = tc_alloc(arena, total, sizeof *out->weight);
    out->value = tc_alloc(arena, out->groups * (out->length + 1), sizeof *out->value);
    for (size_t g = 0; g < total; g++) {
        size_t rest = g;

        for (unsigned d = t->nsum; d-- > 0; rest /= (size_t)ix[d]->extent)
            at[d] = (int64_t)(rest % (size_t)ix[d]->extent);
        out->weight[g] = weight_at(t, ix, at);
    }
}

/* v - m of every group; m summed to *constant */
static void group_values(struct flat_term *t, int64_t *constant)
{
    for (size_t g = 0; g < t->groups; g++) {
        int64_t *v = t->value + g * (t->length + 1), least = 0;

        v[0] = 0;
        for (size_t s = 0; s < t->length; s++) {
            v[s + 1] = v[s] + t->weight[g * t->length + s];
            least = v[s + 1] < least ? v[s + 1] : least;
        }
        for (size_t s = 0; s <= t->length; s++)
            v[s] -= least;
        *constant += least;
    }
}

/* the terms, weighted for row z of `row`; part(v, j) of each value; increments' bases
 * are summed to side[z] */
static struct tc_form rows(struct lowering *L, unsigned n, const struct flat_term *t,
                           const struct tc_index *const (*ix)[8], const struct tc_index *row,
                           int64_t (*part)(int64_t, unsigned), const char *name, int64_t *side)
{
    struct tc_family *f = L->family;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned k = 0; k < n; k++) {
        size_t total = t[k].groups * t[k].length;
        int64_t *entry = tc_alloc(f->arena, (size_t)row->extent * total, sizeof *entry);
        int64_t extent[9];
        struct tc_axis at[9];
        struct tc_form x;
        bool any = false;

        extent[0] = row->extent;
        at[0] = tc_axis_of(f->arena, row);
        for (unsigned d = 0; d < t[k].n; d++) {
            extent[d + 1] = ix[k][d]->extent;
            at[d + 1] = tc_axis_of(f->arena, ix[k][d]);
        }
        for (unsigned z = 0; z < row->extent; z++)
            for (size_t g = 0; g < t[k].groups; g++) {
                const int64_t *v = t[k].value + g * (t[k].length + 1);

                side[z] += part(v[0], z);
                for (size_t s = 0; s < t[k].length; s++) {
                    int64_t e = part(v[s + 1], z) - part(v[s], z);

                    entry[(z * t[k].groups + g) * t[k].length + s] = e;
                    any = any || e;
                }
            }
        if (!any)
            continue;
        x = tc_form_wire(f, t[k].term->plane, t[k].term->at);
        x = tc_form_times(f, x, tc_table_dense(f, name, t[k].n + 1, extent, entry), at);
        x = tc_form_sum(f, x, t[k].n, ix[k], 0, NULL);
        sum = tc_form_add(f, sum, x);
    }
    return tc_form_add(f, sum, tc_form_table(f, table_of(L, "side", (unsigned)row->extent, side),
                                             (struct tc_axis[1]){tc_axis_of(f->arena, row)}));
}

static int64_t digit_part(int64_t v, unsigned j)
{
    return (v >> j) & 1;
}

#define MOST_TERMS 64

struct tc_form float_bits(struct lowering *L, const char *name, struct tc_form x, int64_t base,
                          unsigned bits, const struct tc_index **a, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_index *ix[MOST_TERMS][8];
    struct flat_term *t = tc_alloc(f->arena, MOST_TERMS, sizeof *t);
    int64_t constant = -base, *side, *zero, count[64], most = 0, extent[2];
    const struct tc_index *z, *s;
    const struct tc_bank *carry = NULL;
    struct tc_form sum, bit_form, high;
    struct tc_axis at;
    struct tc_guard guard;
    unsigned n = 0;

    for (unsigned k = 0; k < x.nterm; k++) {
        const struct tc_term *term = &x.term[k];

        if (!term->plane && !term->nsum && !term->nfactor) {
            constant += tc_mpz_get_i64(term->coef);
            continue;
        }
        assert(term->plane && n < MOST_TERMS && bits < 62);
        flatten(f->arena, term, ix[n], &t[n]);
        group_values(&t[n++], &constant);
    }
    /* carries into bits 0 .. bits; row z has floor(largest / 2^z) of them */
    z = tc_index_new(f, "z", bits + 1, NULL);
    side = tc_alloc(f->arena, bits + 1, sizeof *side);
    zero = tc_alloc(f->arena, bits + 1, sizeof *zero);
    for (unsigned j = 0; j <= bits; j++) {
        int64_t largest = modulo(constant, j);

        for (unsigned k = 0; k < n; k++)
            for (size_t g = 0; g < t[k].groups; g++) {
                int64_t top = 0;

                for (size_t q = 0; q <= t[k].length; q++) {
                    int64_t v = modulo(t[k].value[g * (t[k].length + 1) + q], j);

                    top = v > top ? v : top;
                }
                largest += top;
            }
        count[j] = largest >> j;
        if (j == 0)
            count[j] = 0;
        most = count[j] > most ? count[j] : most;
        side[j] = modulo(constant, j);
    }
    s = tc_index_new(f, "t", most ? most : 1, NULL);
    if (most) {
        int64_t *theta = tc_alloc(f->arena, (bits + 1) * (size_t)most, sizeof *theta);
        struct tc_axis axes[2] = {tc_axis_of(f->arena, z), tc_axis_of(f->arena, s)};

        sum = rows(L, n, t, (const struct tc_index *const(*)[8])ix, z, modulo, "low", side);
        extent[0] = bits + 1;
        extent[1] = most;
        for (unsigned j = 0; j <= bits; j++)
            for (int64_t r = 0; r < most; r++)
                theta[j * (size_t)most + (size_t)r] = (r + 1) << j;
        guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, s);
        guard.expr.via = table_of(L, "carries", bits + 1, count);
        guard.expr.arg = axes[0].at;
        carry = tc_bank_new(f, name_of(L, name), sum, s,
                            tc_form_table(f, tc_table_dense(f, "carry", 2, extent, theta), axes),
                            true, 1, &guard, L->component, note);
    }
    *a = tc_index_new(f, "a", bits, NULL);
    at = tc_axis_of(f->arena, *a);
    for (unsigned j = 0; j < bits; j++)
        zero[j] = (constant >> j) & 1;
    bit_form = rows(L, n, t, (const struct tc_index *const(*)[8])ix, *a, digit_part, "digit", zero);
    if (carry) {
        high = tc_form_sum(f, wire_of(L, &carry->plane), 1, &s, 1, &guard);
        bit_form = tc_form_add(f, bit_form, tc_form_subst(f, high, z, at));
        high = tc_form_subst(f, high, z, tc_axis_plus(f->arena, tc_axis_const(1), 1, *a));
        bit_form = tc_form_sub(f, bit_form, tc_form_scale_si(f, high, 2));
    }
    return claim(L, bit_form, 0, 1);
}

/* ----------------------------------------------------------------------- results */

static int64_t word_bit(const struct tc_format *f, enum tc_class class, unsigned a)
{
    int64_t r;
    mpz_t w;

    mpz_init(w);
    tc_format_special(f, class, false, w);
    r = mpz_tstbit(w, a);
    mpz_clear(w);
    return r;
}

void fl_output(struct fl *l, const char *name, struct fl_result r)
{
    struct tc_family *f = l->low.family;
    const char *component = l->low.component;
    unsigned bits = l->p - 1 + l->q;
    int64_t zero = l->f->signed_zero ? 0 : l->least - 1; /* keys up to here are 0 */
    int64_t *turn = tc_alloc(f->arena, bits, sizeof *turn);
    const struct tc_index *a;
    struct tc_form x, under, over, sign;
    struct tc_axis at;

    l->low.component = "output";
    x = float_bits(&l->low, "bits", r.key, 0, bits, &a, "carries into the bits of the key");
    at = tc_axis_of(f->arena, a);
    sign = r.sign;
    if (mpz_cmp_si(r.key.lo, zero) <= 0 && (mpz_sgn(r.key.lo) < 0 || !l->f->signed_zero)) {
        under = fl_gate(l, "under", tc_form_scale_si(f, r.key, -1), -zero, "it is zero");
        x = tc_form_sub(f, x, under);
        if (!l->f->signed_zero)
            sign = tc_form_sub(f, sign, under);
    }
    if (mpz_cmp_si(r.key.hi, l->last + l->f->infinity) > 0) {
        over = fl_gate(l, "over", r.key, l->last + 1, "beyond the largest number");
        for (unsigned k = 0; k < bits; k++)
            turn[k] = word_bit(l->f, TC_INFINITE, k) ? 1 : -1;
        x = tc_form_add(f, x, tc_form_times(f, over, table_of(&l->low, "over", bits, turn), &at));
    }
    if (r.has_nan) {
        for (unsigned k = 0; k < bits; k++)
            turn[k] = word_bit(l->f, TC_NAN, k) ? 3 : -3;
        x = tc_form_add(f, x, tc_form_times(f, r.nan, table_of(&l->low, "nan", bits, turn), &at));
        sign = tc_form_sub(f, sign, r.nan);
    }
    tc_family_output(f, name,
                     &tc_bank_new(f, name_of(&l->low, name), x, NULL, tc_form_si(f, 1), true, 0,
                                  NULL, "output", "the result's bits as gates")
                          ->plane);
    tc_family_output(f, tc_sprintf(f->arena, "%s.sign", name),
                     &tc_bank_new(f, tc_sprintf(f->arena, "%s.sign", name_of(&l->low, name)), sign,
                                  NULL, tc_form_si(f, 1), true, 0, NULL, "output",
                                  "the result's sign as a gate")
                          ->plane);
    l->low.component = component;
}

/* --------------------------------------------------------------------- roundings */

void float_magnitude(const struct tc_format *f, int64_t key, mpz_ptr v)
{
    int64_t b = (int64_t)1 << (f->p - 1), field = key / b;

    mpz_set_si(v, key % b + (field ? b : 0));
    if (field)
        mpz_mul_2exp(v, v, (mp_bitcnt_t)(field - 1));
}

int64_t float_next(const struct tc_format *f, int64_t key)
{
    return key == 0 && f->underflow != TC_GRADUAL ? (int64_t)1 << (f->p - 1) : key + 1;
}

void float_middle(const struct tc_format *f, int64_t key, mpz_ptr quarters, bool *up)
{
    int64_t b = (int64_t)1 << (f->p - 1);
    mpz_t below;

    float_magnitude(f, key, quarters);
    *up = key % 2 == 0;
    if (key == b && f->underflow == TC_FLUSH) { /* 2^p - 1/2 halves of the unit */
        mpz_mul_2exp(quarters, quarters, 2);
        mpz_sub_ui(quarters, quarters, 1);
        return;
    }
    if (key == b && f->underflow == TC_NEAREST) {
        mpz_mul_2exp(quarters, quarters, 1);
        *up = false;
        return;
    }
    mpz_init(below);
    float_magnitude(f, key - 1, below);
    mpz_add(quarters, quarters, below);
    mpz_mul_2exp(quarters, quarters, 1);
    mpz_clear(below);
}

void float_threshold(const struct tc_format *f, int64_t key, int64_t unit, mpz_ptr at)
{
    int64_t shift = f->low - 2 - unit;
    mpz_t middle;
    bool up;

    mpz_init(middle);
    float_middle(f, key, middle, &up);
    /* least n with n 2^unit >= (or >) middle 2^(low - 2) */
    if (shift >= 0)
        mpz_mul_2exp(at, middle, (mp_bitcnt_t)shift);
    else if (up)
        mpz_cdiv_q_2exp(at, middle, (mp_bitcnt_t)-shift);
    else
        mpz_fdiv_q_2exp(at, middle, (mp_bitcnt_t)-shift);
    if (!up)
        mpz_add_ui(at, at, 1);
    mpz_clear(middle);
}

/* key k's threshold for a positive sum; a negative one reaches -k at 1 - that */
struct steps steps_float(struct lowering *L, const struct tc_format *f, struct tc_form x,
                         int64_t unit, bool past)
{
    struct tc_arena *arena = L->family->arena;
    int64_t last = tc_format_last_key(f) + past, b = (int64_t)1 << (f->p - 1);
    int64_t least = f->underflow == TC_GRADUAL ? 1 : b;
    struct steps s = {.form = x};
    mpz_ptr at = tc_mpz(arena);

    assert(last <= 1 << 24);
    s.at = tc_alloc(arena, 2 * (size_t)last + 1, sizeof *s.at);
    s.value = tc_alloc(arena, 2 * (size_t)last + 2, sizeof *s.value);
    s.value[0] = -last;
    for (int64_t k = -last; k <= last; k++) {
        int64_t next = k < 0 ? (k == -least ? 0 : k + 1) : k; /* what is reached */

        if (k == 0 || (k > 0 && k < least) || (k < 0 && -k < least))
            continue;
        float_threshold(f, k < 0 ? -k : k, unit, at);
        if (k < 0) { /* S > -threshold */
            mpz_neg(at, at);
            mpz_add_ui(at, at, 1);
        }
        if (mpz_cmp(at, x.lo) <= 0) {
            s.value[0] = next;
        } else if (mpz_cmp(at, x.hi) <= 0) {
            if (s.n && mpz_cmp(s.at[s.n - 1], at) == 0) {
                s.value[s.n] = next;
                continue;
            }
            s.at[s.n++] = tc_mpz_copy(arena, at);
            s.value[s.n] = next;
        }
    }
    return s;
}
