/* float_bits.c -- the bits of a form, whatever it is made of
 *
 * A group (carries.h) is what one term reads at one point: a wire, v in {0, w}, or a
 * whole chain, v in {0, w_0, w_0 + w_1, ...}.  With m the least of v, v - m >= 0, and
 * the form is a constant and the sum over groups of v - m.
 */
#include "carries.h"
#include "float.h"

#include <assert.h>

struct flat_term {
    const struct tc_term *term;
    struct carry_part *part; /* wires and values */
    size_t groups, length;   /* of groups: wires in each */
};

static void weight_at(const struct tc_term *t, const struct tc_index *const *ix, const int64_t *at,
                      mpz_ptr w)
{
    mpz_t entry;

    mpz_init(entry);
    mpz_set(w, t->coef);
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
        tc_table_get(c->table, arg, entry);
        mpz_mul(w, w, entry);
    }
    mpz_clear(entry);
}

static bool holds(const struct tc_term *t, const struct tc_index *const *ix, const int64_t *at)
{
    for (unsigned g = 0; g < t->nguard; g++) {
        const struct tc_axis *x = &t->guard[g].expr;
        int64_t v = x->at.constant, arg = x->via ? x->arg.constant : 0;

        for (unsigned d = 0; d < t->nsum; d++) {
            v += tc_affine_coef(&x->at, ix[d]) * at[d];
            arg += x->via ? tc_affine_coef(&x->arg, ix[d]) * at[d] : 0;
        }
        v += x->via ? tc_table_get_i64(x->via, &arg) : 0;
        if (v < 0)
            return false;
    }
    return true;
}

/* the guards say how many of a chain's gates there are, from the first on */
static bool only_shorten(unsigned n, const struct tc_guard *guard, const struct tc_index *chain)
{
    for (unsigned g = 0; g < n; g++)
        if (tc_affine_coef(&guard[g].expr.at, chain) != -1)
            return false;
    return true;
}

/* the term's plane is a chain read whole: its last axis is a sum index of its own,
 * which comes last in ix */
static bool reads_whole_chain(const struct tc_term *t, const struct tc_index **ix)
{
    const struct tc_plane *p = t->plane;
    const struct tc_axis *last;

    if (!p->chain || !p->bank->monotone || !only_shorten(p->bank->nguard, p->bank->guard, p->chain))
        return false;
    last = &t->at[p->naxis];
    if (last->via || last->at.n != 1 || last->at.part[0].coef != 1 || last->at.constant ||
        last->at.part[0].ix->extent != p->chain->extent)
        return false;
    for (unsigned k = 0; k < p->naxis; k++)
        if (tc_axis_reads(&t->at[k], last->at.part[0].ix))
            return false;
    if (!only_shorten(t->nguard, t->guard, last->at.part[0].ix))
        return false;
    for (unsigned d = 0; d < t->nsum; d++)
        if (t->sum[d] == last->at.part[0].ix) {
            ix[d] = ix[t->nsum - 1];
            ix[t->nsum - 1] = last->at.part[0].ix;
            return true;
        }
    return false;
}

/* the groups' values, the least of each taken to the constant */
static void group_values(struct tc_arena *arena, struct flat_term *t, struct carry_sum *s)
{
    for (size_t g = 0; g < t->groups; g++) {
        mpz_ptr *to = t->part->to + g * t->length, *from = t->part->from + g * t->length;
        mpz_ptr least = tc_mpz(arena);

        for (size_t k = 0; k < t->length; k++) {
            if (k)
                mpz_set(from[k], to[k - 1]);
            mpz_add(to[k], to[k], from[k]);
            if (mpz_cmp(to[k], least) < 0)
                mpz_set(least, to[k]);
        }
        if (mpz_sgn(least) == 0)
            continue;
        mpz_add(s->constant, s->constant, least);
        mpz_neg(least, least);
        for (size_t k = 0; k < t->length; k++) {
            mpz_add(to[k], to[k], least);
            mpz_add(from[k], from[k], least);
        }
        s->start[s->nstart++] = least;
    }
}

/* the place of point g in the box of n indices */
static void point(const struct tc_index *const *ix, unsigned n, size_t g, int64_t *at)
{
    for (unsigned d = n; d-- > 0; g /= (size_t)ix[d]->extent)
        at[d] = (int64_t)(g % (size_t)ix[d]->extent);
}

/* a term without wires, summed over all of its indices */
static void add_constant(struct lowering *L, const struct tc_term *t, mpz_ptr constant)
{
    mpz_ptr w = tc_mpz(L->family->arena);
    size_t total = 1;
    int64_t at[8];

    assert(t->nsum <= 8);
    for (unsigned d = 0; d < t->nsum; d++)
        total *= (size_t)t->sum[d]->extent;
    for (size_t g = 0; g < total; g++) {
        point(t->sum, t->nsum, g, at);
        if (!holds(t, t->sum, at))
            continue;
        weight_at(t, t->sum, at, w);
        mpz_add(constant, constant, w);
    }
}

static void flatten(struct lowering *L, const struct tc_term *t, struct flat_term *out,
                    struct carry_sum *s)
{
    struct tc_arena *arena = L->family->arena;
    struct carry_part *p = &s->part[s->npart];
    size_t total = 1;
    int64_t at[3] = {0};
    bool whole;

    if (!t->plane) {
        add_constant(L, t, s->constant);
        *out = (struct flat_term){.term = t, .length = 1};
        return;
    }
    s->npart++;
    assert(t->nsum <= 3 && s->npart <= TC_MOST_PARTS);
    *out = (struct flat_term){.term = t, .part = p, .length = 1};
    p->n = t->nsum;
    for (unsigned d = 0; d < t->nsum; d++)
        p->ix[d] = t->sum[d];
    whole = reads_whole_chain(t, p->ix);
    p->nguard = t->nguard;
    p->guard = t->guard;
    p->wire = tc_form_wire(L->family, t->plane, t->at);
    for (unsigned d = 0; d < t->nsum; d++)
        total *= (size_t)p->ix[d]->extent;
    if (whole)
        out->length = (size_t)p->ix[t->nsum - 1]->extent;
    out->groups = total / out->length;
    p->to = tc_alloc(arena, total, sizeof *p->to);
    p->from = tc_alloc(arena, total, sizeof *p->from);
    for (size_t g = 0; g < total; g++) {
        point(p->ix, t->nsum, g, at);
        p->to[g] = tc_mpz(arena);
        p->from[g] = tc_mpz(arena);
        if (holds(t, p->ix, at))
            weight_at(t, p->ix, at, p->to[g]);
    }
}

/* a term without wires, summed over its points */
static void constant_of(const struct tc_term *t, mpz_ptr sum)
{
    int64_t at[3] = {0}, total = 1;
    mpz_t w;

    assert(t->nsum <= 3);
    mpz_init(w);
    for (unsigned d = 0; d < t->nsum; d++)
        total *= t->sum[d]->extent;
    for (int64_t g = 0; g < total; g++) {
        int64_t rest = g;

        for (unsigned d = t->nsum; d-- > 0; rest /= t->sum[d]->extent)
            at[d] = rest % t->sum[d]->extent;
        if (!holds(t, t->sum, at))
            continue;
        weight_at(t, t->sum, at, w);
        mpz_add(sum, sum, w);
    }
    mpz_clear(w);
}

/* S_z reaches from its constant's rest to that and every group's largest rest */
static void group_ranges(struct lowering *L, unsigned n, const struct flat_term *t,
                         struct carry_sum *s)
{
    struct tc_arena *arena = L->family->arena;
    mpz_ptr v = tc_mpz(arena), top = tc_mpz(arena);

    carry_constant_ranges(L, s);
    for (unsigned z = s->first; z <= s->bits; z++)
        for (unsigned k = 0; k < n; k++)
            for (size_t g = 0; g < t[k].groups; g++) {
                const struct carry_part *p = t[k].part;

                mpz_fdiv_r_2exp(top, p->from[g * t[k].length], z);
                for (size_t q = 0; q < t[k].length; q++) {
                    mpz_fdiv_r_2exp(v, p->to[g * t[k].length + q], z);
                    if (mpz_cmp(v, top) > 0)
                        mpz_set(top, v);
                }
                mpz_add(s->hi[z], s->hi[z], top);
            }
}

/* the largest rests of parts whose wires are groups each */
static void more_ranges(struct lowering *L, struct carry_sum *s, unsigned n,
                        const struct carry_part *more)
{
    struct carry_sum other = {.npart = n, .bits = s->bits, .constant = tc_mpz(L->family->arena)};

    for (unsigned k = 0; k < n; k++)
        s->part[s->npart++] = other.part[k] = more[k];
    carry_ranges(L, &other, NULL);
    for (unsigned z = 0; z <= s->bits; z++)
        mpz_add(s->hi[z], s->hi[z], other.hi[z]);
}

static struct tc_form bits_of(struct lowering *L, const char *name, struct tc_form x,
                              mpz_srcptr base, unsigned nmore, const struct carry_part *more,
                              unsigned first, unsigned bits, const struct tc_index **a,
                              const char *note)
{
    struct tc_arena *arena = L->family->arena;
    struct flat_term *t = tc_alloc(arena, TC_MOST_PARTS, sizeof *t);
    struct carry_sum *s = tc_alloc(arena, 1, sizeof *s);
    size_t groups = 0;
    unsigned n = 0;
    struct carries c;

    s->constant = tc_mpz(arena);
    s->bits = bits;
    s->first = first;
    if (base)
        mpz_neg(s->constant, base);
    for (unsigned k = 0; k < x.nterm; k++) {
        const struct tc_term *term = &x.term[k];

        if (!term->plane) {
            constant_of(term, s->constant);
            continue;
        }
        flatten(L, term, &t[n], s);
        groups += t[n++].groups;
    }
    s->start = tc_alloc(arena, groups ? groups : 1, sizeof *s->start);
    for (unsigned k = 0; k < n; k++)
        group_values(arena, &t[k], s);
    group_ranges(L, n, t, s);
    more_ranges(L, s, nmore, more);
    c = carries_new(L, name, s, note);
    *a = c.a;
    return c.bit;
}

struct tc_form float_bits(struct lowering *L, const char *name, struct tc_form x, mpz_srcptr base,
                          unsigned bits, const struct tc_index **a, const char *note)
{
    return float_bits_with(L, name, x, base, 0, NULL, 0, bits, a, note);
}

struct tc_form float_bits_with(struct lowering *L, const char *name, struct tc_form x,
                               mpz_srcptr base, unsigned nmore, const struct carry_part *more,
                               unsigned first, unsigned bits, const struct tc_index **a,
                               const char *note)
{
    return bits_of(L, name, x, base, nmore, more, first, bits, a, note);
}

struct tc_form float_bits_from(struct lowering *L, const char *name, struct tc_form x,
                               mpz_srcptr base, unsigned first, unsigned bits,
                               const struct tc_index **a, const char *note)
{
    return float_bits_with(L, name, x, base, 0, NULL, first, bits, a, note);
}
