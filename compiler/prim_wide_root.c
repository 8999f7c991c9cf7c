/* prim_wide_root.c -- square roots of integers of any width, and their reciprocals
 *
 * The root is below 2^n.  A layer knows its first j bits s, V = s X and what they leave,
 * R = N - (s 2^(n-j))^2 X, as forms: N = x 2^F, X = 1 for the root of x, N = 2^(3F), X = x for its
 * reciprocal.  The next k bits are at least t iff
 *     R >= 4^w (2^(k+1) t V + t^2 X),   w = n - j - k,
 * and such gates masked by the bits of X, of s, and of both make digit times X and V forms
 * again.  CONSTRUCTIONS.md, "Roots of wide integers".
 */
#include "arith.h"
#include "prim_wide.h"

#include <assert.h>

#define MOST_DIGITS AR_MOST_DIGITS

struct plan {
    unsigned n, k[MOST_DIGITS]; /* bits of each, the highest first */
};

struct root {
    struct wide *w;
    struct fl l; /* of the lowering alone, for its digits' bits */
    bool reciprocal;
    unsigned m, n; /* bits of |x|, and of the root */
    unsigned ndigit, j;
    struct ar_digit digit[MOST_DIGITS];
    struct tc_form x;             /* X, so large that no digit is left where x < 0 */
    struct tc_form rest, product; /* R and V */
    mpz_srcptr least, most;       /* of R */
    unsigned bound;               /* R < 2^bound */
};

static struct lowering *low_of(const struct root *r)
{
    return r->w->low;
}

static struct tc_form bit_of(const struct root *r, struct tc_axis a)
{
    struct tc_axis at[2] = {tc_axis_const(0), a};

    return tc_form_wire(low_of(r)->family, r->w->x, at);
}

/* sum of 2^a x over a */
static struct tc_form number(const struct root *r, struct tc_form x, const struct tc_index *a)
{
    struct lowering *L = low_of(r);
    mpz_ptr *power = tc_alloc(L->family->arena, (size_t)a->extent, sizeof *power);

    for (unsigned k = 0; k < a->extent; k++)
        power[k] = power_of_two(L, k);
    return tc_form_sum(L->family, times_table(L, "power", x, 1, &a, power), 1, &a, 0, NULL);
}

/* |x| where x is not negative, plus 2^far where it is; far = 0: less 2^m */
static struct tc_form operand(const struct root *r, unsigned far)
{
    struct lowering *L = low_of(r);
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", r->m, NULL);
    struct tc_form x = number(r, bit_of(r, tc_axis_of(f->arena, a)), a), sign;

    if (r->w->prim->format.kind != TC_FIXED)
        return x;
    sign = bit_of(r, tc_axis_const(r->m));
    if (far)
        return tc_form_add(f, x, tc_form_scale(f, sign, power_of_two(L, far)));
    return tc_form_sub(f, x, tc_form_scale(f, sign, power_of_two(L, r->m)));
}

/* -------------------------------------------------------------------------- digits */

/* gates [x >= at], free in t and whatever else x is */
static const struct tc_plane *compare(const struct root *r, const char *name, struct tc_form x,
                                      const struct tc_index *t, struct tc_form at, const char *note)
{
    struct lowering *L = low_of(r);

    return &tc_bank_new(L->family, name_of(L, name), x, t, at, true, 0, NULL, L->component, note)
                ->plane;
}

/* the same, masked by so many 0/1s summed in `mask` */
static struct tc_form masked(const struct root *r, const char *name, unsigned masks,
                             struct tc_form mask, const struct tc_index *t, struct tc_form at,
                             const char *note)
{
    struct tc_family *f = low_of(r)->family;
    mpz_ptr all = shifted_si(low_of(r), masks, r->bound);
    struct tc_form x =
        tc_form_add(f, r->rest, tc_form_scale(f, mask, power_of_two(low_of(r), r->bound)));

    return wire_of(low_of(r),
                   compare(r, name, x, t, tc_form_add(f, at, tc_form_const(f, all)), note));
}

/* slope[t] V + square[t] X, free in t */
static struct tc_form threshold(const struct root *r, const struct tc_index *t,
                                const struct ar_root_steps *s)
{
    struct lowering *L = low_of(r);
    struct tc_form x = times_table(L, "square", r->x, 1, &t, s->square);

    return tc_form_add(L->family, times_table(L, "slope", r->product, 1, &t, s->slope), x);
}

/* sum of gates over t, each times weight[t] if there are weights */
static struct tc_form over_gates(const struct root *r, struct tc_form gate,
                                 const struct tc_index *t, mpz_ptr *weight)
{
    if (weight)
        gate = times_table(low_of(r), "step", gate, 1, &t, weight);
    return tc_form_sum(low_of(r)->family, gate, 1, &t, 0, NULL);
}

static void claims(struct root *r, struct tc_form product, struct tc_form rest)
{
    struct lowering *L = low_of(r);
    struct tc_family *f = L->family;
    mpz_ptr most = power_of_two(L, r->j + (r->reciprocal ? r->m : 0));

    r->product = claim_mpz(L, product, tc_mpz(f->arena), most);
    r->rest = claim_mpz(L, rest, r->least, r->most);
}

/* k bits: digit times V is the sum of `both` over its masks, digit times X that of `each` */
static void next_digit(struct root *r, unsigned k)
{
    struct lowering *L = low_of(r);
    struct tc_family *f = L->family;
    struct ar_digit *g = &r->digit[r->ndigit];
    unsigned j = r->j, shift = 2 * (r->n - j - k);
    const char *name = tc_sprintf(f->arena, "digit%u", r->ndigit + 1);
    const struct tc_index *b = r->reciprocal ? tc_index_new(f, "b", r->m, NULL) : NULL;
    const struct tc_index *i = j ? tc_index_new(f, "i", j, NULL) : NULL;
    struct tc_form at, s = tc_form_si(f, 0), each, both = s, product, rest;
    struct ar_root_steps steps;

    *g = (struct ar_digit){.k = k, .n = ((int64_t)1 << k) - 1};
    g->t = tc_index_new(f, "t", g->n, NULL);
    steps = ar_root_steps(L, g->n, 1, shift + k + 1, shift);
    at = threshold(r, g->t, &steps);
    g->gate = wire_of(L, compare(r, name, r->rest, g->t, at, "the root's next bits"));
    each = g->gate;
    if (b) {
        s = bit_of(r, tc_axis_of(f->arena, b));
        each = masked(r, tc_sprintf(f->arena, "%s.times", name), 1, s, g->t, at,
                      "the same with each bit of the operand");
    }
    if (i) {
        struct carries c = ar_digit_bits(&r->l, r->digit, r->ndigit, j, j);

        s = tc_form_add(f, s, tc_form_subst(f, c.bit, c.a, tc_axis_of(f->arena, i)));
        both = masked(r, tc_sprintf(f->arena, "%s.both", name), b ? 2 : 1, s, g->t, at,
                      b ? "the same with each bit of the operand and of the root"
                        : "the same with each bit of the root");
        both = number(r, over_gates(r, both, g->t, NULL), i);
        both = b ? number(r, both, b) : both;
    }
    product = over_gates(r, each, g->t, NULL);
    rest = over_gates(r, each, g->t, steps.over);
    if (b) {
        product = number(r, product, b);
        rest = number(r, rest, b);
    }
    rest = tc_form_add(f, rest, tc_form_scale(f, both, power_of_two(L, shift + k + 1)));
    r->ndigit++;
    r->j += k;
    claims(r, tc_form_add(f, tc_form_scale(f, r->product, power_of_two(L, k)), product),
           tc_form_sub(f, r->rest, rest));
}

/* the last k bits, rounded: 4 R > 2^(k+2) (2t - 1) V + (2t - 1)^2 X, t <= 2^k; the only
 * midpoint is 1/2, and becomes 0 */
static void last_digit(struct root *r, unsigned k)
{
    struct lowering *L = low_of(r);
    struct tc_family *f = L->family;
    struct ar_digit *g = &r->digit[r->ndigit++];
    struct ar_root_steps steps;
    struct tc_form x = tc_form_sub(f, tc_form_scale_si(f, r->rest, 4), tc_form_si(f, 1));

    *g = (struct ar_digit){.k = k, .n = (int64_t)1 << k};
    g->t = tc_index_new(f, "t", g->n, NULL);
    steps = ar_root_steps(L, g->n, 2, k + 2, 0);
    g->gate =
        wire_of(L, compare(r, "last", x, g->t, threshold(r, g->t, &steps), "midpoints of roots"));
}

/* -------------------------------------------------------------------- which digits */

static double gates_of(const struct root *r, unsigned j, unsigned k)
{
    double masks = r->reciprocal ? 1 + r->m * (1.0 + j) : 1.0 + j;

    return (double)((1u << k) - 1) * masks;
}

/* least[i][j]: gates of i digits of j bits together, the last of from[i][j]; then the last one */
static struct plan plan_of(const struct root *r)
{
    struct tc_arena *arena = low_of(r)->family->arena;
    unsigned n = r->n, width = n + 1, found = 0, most = n < MOST_DIGITS ? n : MOST_DIGITS;
    double *least = tc_alloc(arena, (size_t)(most + 1) * width, sizeof *least);
    unsigned *from = tc_alloc(arena, (size_t)(most + 1) * width, sizeof *from);
    struct cost *cost = tc_alloc(arena, most, sizeof *cost);
    struct plan *plan = tc_alloc(arena, most, sizeof *plan), *p;
    unsigned j;

    for (unsigned i = 0; i <= most; i++)
        for (j = 0; j <= n; j++) {
            least[i * width + j] = i || j ? -1 : 0;
            for (unsigned k = 1; i && k <= j && k <= AR_MOST_DIGIT; k++) {
                double before = least[(i - 1) * width + j - k],
                       gates = before + gates_of(r, j - k, k);

                if (before < 0 || (least[i * width + j] >= 0 && gates >= least[i * width + j]))
                    continue;
                least[i * width + j] = gates;
                from[i * width + j] = k;
            }
        }
    for (unsigned i = 1; i <= most; i++) {
        p = &plan[found];
        p->n = 0;
        for (unsigned k = 1; k <= n && k <= AR_MOST_DIGIT; k++) {
            double before = least[(i - 1) * width + n - k];

            if (before < 0 || (p->n && before + (double)(1u << k) >= cost[found].gates))
                continue;
            p->n = i;
            p->k[i - 1] = k;
            cost[found] = (struct cost){i, before + (double)(1u << k)};
        }
        if (!p->n)
            continue;
        j = n - p->k[i - 1];
        for (unsigned d = i - 1; d > 0; d--) {
            p->k[d - 1] = from[d * width + j];
            j -= p->k[d - 1];
        }
        found++;
    }
    assert(found);
    return plan[cheapest(low_of(r), found, cost)];
}

/* -------------------------------------------------------------------------- result */

/* [the root is above the largest number], a gate, or 0 */
static struct tc_form beyond(const struct root *r)
{
    struct lowering *L = low_of(r);
    struct tc_family *f = L->family;
    unsigned fraction = r->w->prim->format.fraction;
    mpz_ptr at = power_of_two(L, r->m + 1), most = power_of_two(L, r->m);
    struct tc_form x = operand(r, r->reciprocal ? r->m + 1 : 0);

    mpz_sub_ui(at, at, 1);
    mpz_mul(at, at, at);
    if (r->reciprocal) { /* (2^(m+1) - 1)^2 x <= 2^(3F+2) */
        mpz_fdiv_q(at, power_of_two(L, 3 * fraction + 2), at);
        if (mpz_cmp(at, most) > 0)
            mpz_set(at, most);
        mpz_neg(at, at);
        x = tc_form_scale_si(f, x, -1);
    } else {
        mpz_cdiv_q_2exp(at, at, fraction + 2);
    }
    if (mpz_cmp(at, x.hi) > 0)
        return tc_form_si(f, 0);
    return wire_of(L,
                   compare(r, "over", x, NULL, tc_form_const(f, at), "above the largest number"));
}

/* the digits as groups: below a digit they sum to a last place of it at most */
static void digit_sum(struct root *r)
{
    struct lowering *L = low_of(r);
    struct tc_arena *arena = L->family->arena;
    struct carry_sum *s = &r->w->sum;
    unsigned place = r->n, last = r->digit[r->ndigit - 1].k;

    for (unsigned d = 0; d < r->ndigit; d++) {
        const struct ar_digit *g = &r->digit[d];
        struct carry_part *p = &s->part[s->npart++];

        place -= g->k;
        *p = (struct carry_part){.wire = g->gate, .n = 1, .ix = {g->t}};
        p->from = tc_alloc(arena, (size_t)g->n, sizeof *p->from);
        p->to = tc_alloc(arena, (size_t)g->n, sizeof *p->to);
        for (int64_t t = 0; t < g->n; t++) {
            p->from[t] = shifted_si(low_of(r), t, place);
            p->to[t] = shifted_si(low_of(r), t + 1, place);
        }
    }
    s->constant = tc_mpz(arena);
    s->bits = r->w->prim->format.bits;
    s->lo = tc_alloc(arena, s->bits + 1, sizeof *s->lo);
    s->hi = tc_alloc(arena, s->bits + 1, sizeof *s->hi);
    for (unsigned z = 0; z <= s->bits; z++) {
        s->lo[z] = tc_mpz(arena);
        s->hi[z] = power_of_two(L, z < r->n ? z : r->n);
        if (z <= last)
            mpz_sub_ui(s->hi[z], s->hi[z], 1);
    }
}

/* [bit + over >= 1], but for the sign */
static void output(struct root *r)
{
    struct lowering *L = low_of(r);
    struct tc_family *f = L->family;
    unsigned bits = r->w->prim->format.bits;
    int64_t *row = tc_alloc(f->arena, bits, sizeof *row);
    struct tc_form over = beyond(r);
    struct tc_axis at;
    struct carries c;

    L->component = "output";
    c = carries_new(L, "bits", &r->w->sum, "carries into the result's bits");
    at = tc_axis_of(f->arena, c.a);
    for (unsigned k = 0; k < bits; k++)
        row[k] = k < r->m;
    c.bit = tc_form_times(f, tc_form_add(f, c.bit, over), table_of(L, "magnitude", bits, row),
                          &at);
    tc_family_output(f, "y",
                     &tc_bank_new(f, "y", c.bit, NULL, tc_form_si(f, 1), true, 0, NULL, "output",
                                  "the result's bits as gates")
                          ->plane);
}

void wide_root(struct wide *w, bool reciprocal)
{
    struct tc_family *f = w->low->family;
    const struct tc_format *t = &w->prim->format;
    struct root *r = tc_alloc(f->arena, 1, sizeof *r);
    struct plan plan;

    *r = (struct root){.w = w, .reciprocal = reciprocal, .l = {.low = *w->low}};
    r->m = t->bits - (t->kind == TC_FIXED);
    r->n = reciprocal ? 3 * t->fraction / 2 + 1 : (r->m + t->fraction + 1) / 2;
    if (reciprocal) {
        r->n = r->n < r->m ? r->n : r->m;
        r->rest = tc_form_const(f, power_of_two(w->low, 3 * t->fraction));
        r->least = tc_mpz(f->arena);
        r->x = operand(r, 3 * t->fraction + 3);
    } else {
        r->rest = tc_form_scale(f, operand(r, 0), power_of_two(w->low, t->fraction));
        r->x = tc_form_si(f, 1);
        r->least = r->rest.lo;
    }
    r->most = r->rest.hi;
    r->bound = (unsigned)mpz_sizeinbase(r->rest.hi, 2);
    r->product = tc_form_si(f, 0);
    plan = plan_of(r);
    for (unsigned d = 0; d + 1 < plan.n; d++)
        next_digit(r, plan.k[d]);
    last_digit(r, plan.k[plan.n - 1]);
    digit_sum(r);
    output(r);
}
