/* residue.c -- integers by their remainders; see residue.h */
#include "residue.h"

#include <stdlib.h>

#define MOST_STEPS (1 << 16) /* of the shares, in a layer less */

/* ------------------------------------------------------------------------- primes */

static bool is_prime(uint32_t x)
{
    for (uint32_t d = 2; (uint64_t)d * d <= x; d++)
        if (x % d == 0)
            return false;
    return x > 1;
}

static uint32_t inverse_of(mpz_srcptr x, uint32_t m)
{
    uint32_t r;
    mpz_t y, modulus;

    mpz_init(y);
    mpz_init_set_ui(modulus, m);
    mpz_invert(y, x, modulus);
    r = (uint32_t)mpz_get_ui(y);
    mpz_clears(y, modulus, NULL);
    return r;
}

struct residues residues_new(struct lowering *L, uint32_t least, mpz_srcptr z_max)
{
    struct tc_arena *arena = L->family->arena;
    struct residues r = {.modulus = tc_mpz_si(arena, 1)};
    mpz_ptr above = tc_mpz(arena);
    unsigned room = 0;
    uint32_t *prime = NULL, *grown;

    mpz_mul_ui(above, z_max, 4);
    for (uint32_t p = least < 2 ? 2 : least; r.n == 0 || mpz_cmp(r.modulus, above) <= 0; p++) {
        if (!is_prime(p))
            continue;
        if (r.n == room) {
            room = room ? 2 * room : 64;
            grown = tc_alloc(arena, room, sizeof *grown);
            for (unsigned k = 0; k < r.n; k++)
                grown[k] = prime[k];
            prime = grown;
        }
        prime[r.n++] = p;
        mpz_mul_ui(r.modulus, r.modulus, p);
    }
    r.prime = prime;
    r.cofactor = tc_alloc(arena, r.n, sizeof *r.cofactor);
    r.inverse = tc_alloc(arena, r.n, sizeof *r.inverse);
    for (unsigned k = 0; k < r.n; k++) {
        r.cofactor[k] = tc_mpz(arena);
        mpz_divexact_ui(r.cofactor[k], r.modulus, r.prime[k]);
        r.inverse[k] = inverse_of(r.cofactor[k], r.prime[k]);
    }
    r.m = tc_index_new(L->family, "m", r.n, NULL);
    return r;
}

/* ------------------------------------------------------------------------- chains */

/* value(ctx, k, x): of x at prime k */
typedef int64_t chain_value(void *ctx, unsigned k, int64_t x);

struct chain_steps { /* of the value, prime after prime */
    size_t n, room;
    struct chain_step {
        int64_t at, by;
    } * step;
    int64_t *count, longest; /* of each prime; of all, at least 1 */
};

static void add_step(struct chain_steps *s, int64_t at, int64_t by)
{
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->step = tc_xrealloc(s->step, s->room, sizeof *s->step);
    }
    s->step[s->n++] = (struct chain_step){at, by};
}

/* base[k]: the value at 0.  Free the steps. */
static struct chain_steps steps_of(struct lowering *L, const struct residues *r,
                                   const int64_t *most, chain_value *value, void *ctx,
                                   int64_t *base)
{
    struct chain_steps s = {.count = tc_alloc(L->family->arena, r->n, sizeof *s.count),
                            .longest = 1};

    for (unsigned k = 0; k < r->n; k++) {
        size_t first = s.n;
        int64_t before = base[k] = value(ctx, k, 0);

        for (int64_t v = 1; v <= most[k]; v++) {
            int64_t now = value(ctx, k, v);

            if (now != before)
                add_step(&s, v, now - before);
            before = now;
        }
        s.count[k] = (int64_t)(s.n - first);
        s.longest = s.count[k] > s.longest ? s.count[k] : s.longest;
    }
    return s;
}

/* most[k]: of x, or from where on the value stays as it is */
static struct residue_chains chains_new(struct lowering *L, const struct residues *r,
                                        const char *name, struct tc_form x, const int64_t *most,
                                        chain_value *value, void *ctx, const char *note)
{
    struct tc_family *f = L->family;
    int64_t *at, *base = tc_alloc(f->arena, r->n, sizeof *base), extent[2];
    struct chain_steps s = steps_of(L, r, most, value, ctx, base);
    const struct chain_step *step = s.step;
    size_t longest = (size_t)s.longest;
    struct residue_chains c = {.base = base};
    struct tc_axis axis[2];

    at = tc_alloc(f->arena, r->n * longest, sizeof *at);
    c.weight = tc_alloc(f->arena, r->n * longest, sizeof *c.weight);
    for (unsigned k = 0; k < r->n; k++)
        for (size_t t = 0; t < longest; t++) {
            bool is = t < (size_t)s.count[k];

            at[k * longest + t] = is ? step->at : most[k] + 1 + (int64_t)t;
            c.weight[k * longest + t] = tc_mpz_si(f->arena, is ? step->by : 0);
            if (is)
                step++;
        }
    free(s.step);
    c.t = tc_index_new(f, "t", s.longest, NULL);
    axis[0] = tc_axis_of(f->arena, r->m);
    axis[1] = tc_axis_of(f->arena, c.t);
    extent[0] = r->n;
    extent[1] = s.longest;
    c.guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, c.t);
    c.guard.expr.via = table_of(L, "steps", r->n, s.count);
    c.guard.expr.arg = axis[0].at;
    c.plane = &tc_bank_new(f, name_of(L, name), x, c.t,
                           tc_form_table(f, tc_table_dense(f, "theta", 2, extent, at), axis), true,
                           1, &c.guard, L->component, note)
                   ->plane;
    return c;
}

struct share {
    const struct residues *r;
    uint32_t (*remainder)(void *ctx, uint32_t m, int64_t x);
    void *ctx;
};

static int64_t share_of(void *ctx, unsigned k, int64_t x)
{
    const struct share *s = ctx;

    return (int64_t)((uint64_t)s->remainder(s->ctx, s->r->prime[k], x) * s->r->inverse[k] %
                     s->r->prime[k]);
}

struct residue_chains residue_chains_new(struct lowering *L, const struct residues *r,
                                         const char *name, struct tc_form x, const int64_t *most,
                                         uint32_t (*remainder)(void *ctx, uint32_t m, int64_t x),
                                         void *ctx, const char *note)
{
    struct share s = {r, remainder, ctx};

    return chains_new(L, r, name, x, most, share_of, &s, note);
}

/* x less m - less as often as it holds that, at most count[m] times: one layer more */
static struct tc_form less_multiples(struct lowering *L, const struct residues *r, const char *name,
                                     struct tc_form x, uint32_t less, int64_t *count,
                                     const char *note)
{
    struct tc_family *f = L->family;
    int64_t longest = 1, extent[2], *theta;
    int64_t *weight = tc_alloc(f->arena, r->n, sizeof *weight);
    const struct tc_index *t;
    struct tc_axis axis[2];
    struct tc_guard guard;
    struct tc_form often;

    for (unsigned k = 0; k < r->n; k++) {
        longest = count[k] > longest ? count[k] : longest;
        weight[k] = -(int64_t)(r->prime[k] - less);
    }
    theta = tc_alloc(f->arena, r->n * (size_t)longest, sizeof *theta);
    for (unsigned k = 0; k < r->n; k++)
        for (int64_t s = 0; s < longest; s++)
            theta[k * longest + s] = (s + 1) * (r->prime[k] - less);
    t = tc_index_new(f, "t", longest, NULL);
    extent[0] = r->n;
    extent[1] = longest;
    axis[0] = tc_axis_of(f->arena, r->m);
    axis[1] = tc_axis_of(f->arena, t);
    guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
    guard.expr.via = table_of(L, "multiples", r->n, count);
    guard.expr.arg = axis[0].at;
    often = wire_of(
        L, &tc_bank_new(f, name_of(L, name), x, t,
                        tc_form_table(f, tc_table_dense(f, "theta", 2, extent, theta), axis), true,
                        1, &guard, L->component, note)
                ->plane);
    often = tc_form_sum(f, often, 1, &t, 1, &guard);
    often = tc_form_times(f, often, table_of(L, "prime", r->n, weight), axis);
    return tc_form_add(f, x, often);
}

/* ----------------------------------------------------------------------- products */

struct logarithms {
    unsigned terms;
    bool reduced;            /* their sum, modulo m - 1 */
    uint32_t **log, **power; /* by prime: of 1 .. m-1 to a generator; of it, 0 .. m-2 */
    const struct residues *r;
};

/* the powers of g, if they are all of 1 .. m-1 */
static bool generates(uint32_t g, uint32_t m, uint32_t *power)
{
    uint64_t x = 1;

    for (uint32_t k = 0; k + 1 < m; k++) {
        if (k && x == 1)
            return false;
        power[k] = (uint32_t)x;
        x = x * g % m;
    }
    return true;
}

static struct logarithms logarithms_new(struct tc_arena *arena, const struct residues *r,
                                        unsigned terms)
{
    struct logarithms l = {.terms = terms, .r = r};

    l.log = tc_alloc(arena, r->n, sizeof *l.log);
    l.power = tc_alloc(arena, r->n, sizeof *l.power);
    for (unsigned k = 0; k < r->n; k++) {
        uint32_t m = r->prime[k], g = 1;

        l.log[k] = tc_alloc(arena, m, sizeof **l.log);
        l.power[k] = tc_alloc(arena, m, sizeof **l.power);
        while (!generates(g, m, l.power[k]))
            g++;
        for (uint32_t x = 0; x + 1 < m; x++)
            l.log[k][l.power[k][x]] = x;
    }
    return l;
}

bool residue_reduces_logs(const struct residues *r, unsigned terms)
{
    int64_t steps = 0;

    for (unsigned k = 0; k < r->n; k++)
        steps += residue_zero_log(terms, r->prime[k], false);
    return steps > MOST_STEPS;
}

int64_t residue_zero_log(unsigned terms, uint32_t m, bool reduced)
{
    return reduced ? (residue_log_turns(terms, m) + 1) * (m - 1) : (int64_t)terms * (m - 2) + 1;
}

int64_t residue_log_turns(unsigned terms, uint32_t m)
{
    return (int64_t)terms * (m - 2) / (m - 1);
}

static int64_t zero_log(const struct logarithms *l, uint32_t m)
{
    return residue_zero_log(l->terms, m, l->reduced);
}

/* from where on the share is 0 */
static int64_t log_end(const struct logarithms *l, uint32_t m)
{
    return l->reduced ? m - 1 : zero_log(l, m);
}

static int64_t log_of(void *ctx, unsigned k, int64_t x)
{
    const struct logarithms *l = ctx;
    uint32_t m = l->r->prime[k], rest = (uint32_t)(x % m);

    return rest ? l->log[k][rest] : zero_log(l, m);
}

static int64_t share_of_log(void *ctx, unsigned k, int64_t j)
{
    const struct logarithms *l = ctx;
    uint32_t m = l->r->prime[k];
    uint64_t x = j < log_end(l, m) ? l->power[k][j % (m - 1)] : 0;

    return (int64_t)(x * l->r->inverse[k] % m);
}

/* the sum j of logarithms modulo m - 1, and m - 1 or more where a factor is 0 */
static struct tc_form reduced_logs(struct lowering *L, const struct logarithms *l, const char *name,
                                   struct tc_form j)
{
    const struct residues *r = l->r;
    int64_t *count = tc_alloc(L->family->arena, r->n, sizeof *count);
    mpz_ptr hi = tc_mpz_copy(L->family->arena, j.hi);

    for (unsigned k = 0; k < r->n; k++)
        count[k] = residue_log_turns(l->terms, r->prime[k]);
    j = less_multiples(L, r, name, j, 1, count, "how often the logarithms pass their period");
    return claim_mpz(L, j, tc_mpz(L->family->arena), hi);
}

struct tc_form residue_product(struct lowering *L, const char *name, const struct residues *r,
                               struct tc_form x, const int64_t *most, const struct tc_index *i,
                               mpz_srcptr z_max)
{
    struct tc_family *f = L->family;
    struct logarithms l = logarithms_new(f->arena, r, (unsigned)i->extent);
    int64_t *zero = tc_alloc(f->arena, r->n, sizeof *zero), top = 0, extent[2];
    struct residue_chains c;
    struct tc_axis at[2];
    const struct tc_index *over[2] = {i};
    struct tc_form j;

    l.reduced = residue_reduces_logs(r, l.terms);
    c = chains_new(L, r, tc_sprintf(f->arena, "%s.log", name), x, most, log_of, &l,
                   "the logarithm of its residue");
    at[0] = tc_axis_of(f->arena, r->m);
    at[1] = tc_axis_of(f->arena, c.t);
    over[1] = c.t;
    extent[0] = r->n;
    extent[1] = c.t->extent;
    j = tc_form_times(f, wire_of(L, c.plane), tc_table_dense_mpz(f, "log", 2, extent, c.weight),
                      at);
    j = tc_form_sum(f, j, 2, over, 1, &c.guard);
    for (unsigned k = 0; k < r->n; k++) {
        c.base[k] *= i->extent;
        zero[k] = log_end(&l, r->prime[k]);
        top = zero_log(&l, r->prime[k]) > top ? zero_log(&l, r->prime[k]) : top;
    }
    j = tc_form_add(f, j, tc_form_table(f, table_of(L, "base", r->n, c.base), at));
    j = claim(L, j, 0, i->extent * top);
    if (l.reduced)
        j = reduced_logs(L, &l, tc_sprintf(f->arena, "%s.turns", name), j);
    c = chains_new(L, r, tc_sprintf(f->arena, "%s.share", name), j, zero, share_of_log, &l,
                   "its share of the product, by the sum of logarithms");
    return residue_number(L, r, &c, tc_sprintf(f->arena, "%s.rank", name), z_max);
}

/* sum over m of scale[m] a_m, a form over the chains; within 0 .. hi */
static struct tc_form weighted_sum(struct lowering *L, const struct residues *r,
                                   const struct residue_chains *c, const mpz_ptr *scale)
{
    struct tc_family *f = L->family;
    size_t longest = (size_t)c->t->extent;
    mpz_ptr *entry = tc_alloc(f->arena, r->n * longest, sizeof *entry);
    mpz_ptr constant = tc_mpz(f->arena), hi = tc_mpz(f->arena), zero = tc_mpz(f->arena);
    int64_t extent[2] = {r->n, c->t->extent};
    const struct tc_index *over[2] = {r->m, c->t};
    struct tc_axis at[2] = {tc_axis_of(f->arena, r->m), tc_axis_of(f->arena, c->t)};
    struct tc_form x;

    for (unsigned k = 0; k < r->n; k++) {
        mpz_addmul_ui(constant, scale[k], (unsigned long)c->base[k]);
        mpz_addmul_ui(hi, scale[k], r->prime[k] - 1);
        for (size_t t = 0; t < longest; t++) {
            entry[k * longest + t] = tc_mpz(f->arena);
            mpz_mul(entry[k * longest + t], scale[k], c->weight[k * longest + t]);
        }
    }
    x = tc_form_times(f, wire_of(L, c->plane), tc_table_dense_mpz(f, "crt", 2, extent, entry), at);
    x = tc_form_sum(f, x, 2, over, 1, &c->guard);
    x = tc_form_add(f, x, tc_form_const(f, constant));
    return tc_form_range(f, x, mpz_cmp(x.lo, zero) > 0 ? x.lo : zero,
                         mpz_cmp(x.hi, hi) < 0 ? x.hi : hi);
}

/* The rank's gates: with h such that 2^h 3/4 is above err = sum of (m - 1), the sum of
 * a_m floor(2^h / m) is below 2^h (rank + 1/4) and above 2^h rank - err. */
static struct tc_form rank_of(struct lowering *L, const struct residues *r,
                              const struct residue_chains *c, const char *name)
{
    struct tc_family *f = L->family;
    mpz_ptr *scale = tc_alloc(f->arena, r->n, sizeof *scale);
    mpz_ptr *theta = tc_alloc(f->arena, r->n, sizeof *theta);
    const struct tc_index *t;
    uint64_t error = 0;
    unsigned h = 0, n = 0;
    struct tc_form x, rank;
    struct tc_axis at;
    int64_t extent;

    for (unsigned k = 0; k < r->n; k++)
        error += r->prime[k] - 1;
    while (((uint64_t)3 << h) / 4 <= error)
        h++;
    for (unsigned k = 0; k < r->n; k++)
        scale[k] = tc_mpz_si(f->arena, (int64_t)(((uint64_t)1 << h) / r->prime[k]));
    x = weighted_sum(L, r, c, scale);
    for (unsigned k = 1; k < r->n; k++) {
        mpz_ptr at_rank = tc_mpz_si(f->arena, (int64_t)(((uint64_t)k << h) - error));

        if (mpz_cmp(at_rank, x.hi) <= 0)
            theta[n++] = at_rank;
    }
    if (!n)
        return tc_form_si(f, 0);
    t = n > 1 ? tc_index_new(f, "t", n, NULL) : NULL;
    if (t)
        at = tc_axis_of(f->arena, t);
    extent = n;
    rank = wire_of(
        L, &tc_bank_new(f, name_of(L, name), x, t,
                        t ? tc_form_table(f, tc_table_dense_mpz(f, "rank", 1, &extent, theta), &at)
                          : tc_form_const(f, theta[0]),
                        true, 0, NULL, L->component,
                        "how often the sum of the remainders' parts passes the modulus")
                ->plane);
    return t ? tc_form_sum(f, rank, 1, &t, 0, NULL) : rank;
}

struct tc_form residue_number(struct lowering *L, const struct residues *r,
                              const struct residue_chains *c, const char *name, mpz_srcptr z_max)
{
    struct tc_family *f = L->family;
    struct tc_form z = weighted_sum(L, r, c, r->cofactor);
    struct tc_form rank = rank_of(L, r, c, name);
    mpz_ptr zero = tc_mpz(f->arena);

    z = tc_form_sub(f, z, tc_form_scale(f, rank, r->modulus));
    return tc_form_range(f, z, zero, z_max);
}

/* -------------------------------------------------------------------- polynomials */

struct tc_form residue_of_bits(struct lowering *L, const struct residues *r, struct tc_form bit,
                               const struct tc_index *a, int64_t *most)
{
    struct tc_family *f = L->family;
    size_t bits = (size_t)a->extent;
    int64_t *weight = tc_alloc(f->arena, r->n * bits, sizeof *weight), top = 0;
    int64_t extent[2] = {r->n, a->extent};
    struct tc_axis at[2] = {tc_axis_of(f->arena, r->m), tc_axis_of(f->arena, a)};
    struct tc_form x;

    for (unsigned k = 0; k < r->n; k++) {
        uint64_t power = 1;

        most[k] = 0;
        for (size_t b = 0; b < bits; b++, power = 2 * power % r->prime[k]) {
            weight[k * bits + b] = (int64_t)(power % r->prime[k]);
            most[k] += weight[k * bits + b];
        }
        top = most[k] > top ? most[k] : top;
    }
    x = tc_form_times(f, bit, tc_table_dense(f, "mod", 2, extent, weight), at);
    x = tc_form_sum(f, x, 1, &a, 0, NULL);
    return claim(L, x, 0, top);
}

struct tc_form residue_reduced(struct lowering *L, const struct residues *r, const char *name,
                               struct tc_form x, int64_t *most)
{
    int64_t *count = tc_alloc(L->family->arena, r->n, sizeof *count);

    for (unsigned k = 0; k < r->n; k++) {
        count[k] = most[k] / r->prime[k];
        most[k] = most[k] < r->prime[k] ? most[k] : r->prime[k] - 1;
    }
    x = less_multiples(L, r, name, x, 0, count, "how often it holds the prime");
    return claim(L, x, 0, r->prime[r->n - 1] - 1);
}

/* reducing costs a layer and a gate for every multiple, and saves the chains' steps */
static bool reduce_first(struct lowering *L, const struct residues *r, const int64_t *most)
{
    struct cost cost[2] = {{2, 0}, {3, 0}};

    for (unsigned k = 0; k < r->n; k++) {
        double m = r->prime[k];

        cost[0].gates += (double)most[k] * (m - 1) / m;
        cost[1].gates += (double)(most[k] / r->prime[k]) + m - 1;
    }
    return cheapest(L, 2, cost) == 1;
}

struct polynomial {
    unsigned degree;
    mpz_ptr const *c;
    mpz_srcptr offset; /* added, so that it is never negative */
};

static uint32_t polynomial_mod(void *ctx, uint32_t m, int64_t x)
{
    const struct polynomial *p = ctx;
    uint64_t sum = 0, at = (uint64_t)x % m;

    for (unsigned i = p->degree + 1; i-- > 0;)
        sum = (sum * at + mpz_fdiv_ui(p->c[i], m)) % m;
    return (uint32_t)((sum + mpz_fdiv_ui(p->offset, m)) % m);
}

struct tc_form residue_polynomial(struct lowering *L, const char *name, struct tc_form bit,
                                  const struct tc_index *a, unsigned degree, mpz_ptr const *c,
                                  mpz_srcptr lo, mpz_srcptr hi)
{
    struct tc_family *f = L->family;
    mpz_ptr z_max = tc_mpz(f->arena), offset = tc_mpz(f->arena);
    struct polynomial p = {.degree = degree, .c = c, .offset = offset};
    struct residue_chains chains;
    struct residues r;
    struct tc_form z;
    int64_t *most;

    if (mpz_sgn(lo) < 0)
        mpz_neg(offset, lo);
    mpz_add(z_max, hi, offset);
    r = residues_new(L, 3, z_max);
    most = tc_alloc(f->arena, r.n, sizeof *most);
    z = residue_of_bits(L, &r, bit, a, most);
    if (reduce_first(L, &r, most))
        z = residue_reduced(L, &r, tc_sprintf(f->arena, "%s.often", name), z, most);
    chains = residue_chains_new(L, &r, tc_sprintf(f->arena, "%s.mod", name), z, most,
                                polynomial_mod, &p, "the polynomial's remainders");
    z = residue_number(L, &r, &chains, tc_sprintf(f->arena, "%s.rank", name), z_max);
    z = tc_form_sub(f, z, tc_form_const(f, offset));
    return tc_form_range(f, z, lo, hi);
}
