/* prim_product.c -- products of many integers by their residues
 *
 * Layer 1, for each operand and prime m: its residue's discrete logarithm, as a function
 * of a small weighted sum of its bits that is the operand modulo m (in two layers, of the
 * sum reduced first).  Layer 2, for each m: a function of the sum of logarithms, which
 * is the product modulo m, times what makes it its share of the product; in two layers, of the
 * sum modulo m - 1, where its steps would be too many.  Layer 3: how
 * often the product of the primes is to be taken off.  CONSTRUCTIONS.md, "Products by
 * residues".
 */
#include "prim_wide.h"
#include "residue.h"

#include <assert.h>

/* a prime, discrete logarithms, and its place among the primes */
struct prime {
    unsigned m, *log, *power; /* of 1 .. m-1 to a generator; of it, 0 .. m-2 */
    mpz_srcptr rest;          /* M / m */
    unsigned inverse;         /* of it modulo m */
};

struct log_step { /* of a function of a small integer */
    unsigned n;
    int64_t *at, *value; /* value[0] before at[0] */
};

struct modulus {
    const struct prime *r;
    int64_t *weight;                /* of the operands' bits, within +-m/2 */
    int64_t lo, hi;                 /* range of their sum */
    struct log_step one;            /* of the sum */
    struct log_step multiple, rest; /* the same in two layers: floor(sum / m), then the rest */
    bool two;
};

struct product {
    struct wide *w;
    unsigned n; /* operands that are not constant */
    struct residues r;
    struct prime *prime;
    int64_t error; /* sum of m - 1 */
    unsigned h;    /* 3 2^h > 4 error */
    struct modulus *m;
    mpz_ptr offset; /* added to the product, which may be negative */
    unsigned terms;
    bool reduced; /* the sums of logarithms, modulo m - 1 */
};

/* the powers of g, if they are all of 1 .. m-1 */
static bool generates(unsigned g, unsigned m, unsigned *power)
{
    unsigned x = 1;

    for (unsigned k = 0; k + 1 < m; k++) {
        if (k && x == 1)
            return false;
        power[k] = x;
        x = x * g % m;
    }
    return true;
}

static void primes_init(struct product *p)
{
    struct tc_arena *arena = p->w->low->family->arena;

    p->prime = tc_alloc(arena, p->r.n, sizeof *p->prime);
    for (unsigned k = 0; k < p->r.n; k++) {
        struct prime *r = &p->prime[k];
        unsigned g = 1;

        r->m = p->r.prime[k];
        r->rest = p->r.cofactor[k];
        r->inverse = p->r.inverse[k];
        r->power = tc_alloc(arena, r->m, sizeof *r->power);
        r->log = tc_alloc(arena, r->m, sizeof *r->log);
        while (!generates(g, r->m, r->power))
            g++;
        for (unsigned x = 0; x + 1 < r->m; x++)
            r->log[r->power[x]] = x;
        p->error += r->m - 1;
    }
    while (((int64_t)3 << p->h) <= 4 * p->error)
        p->h++;
}

static struct log_step steps_new(struct tc_arena *arena, int64_t most)
{
    struct log_step s = {.at = tc_alloc(arena, (size_t)most + 1, sizeof *s.at)};

    s.value = tc_alloc(arena, (size_t)most + 2, sizeof *s.value);
    return s;
}

static void step(struct log_step *s, int64_t at, int64_t value)
{
    if (s->value[s->n] == value)
        return;
    s->at[s->n++] = at;
    s->value[s->n] = value;
}

static int64_t modulo(int64_t x, int64_t m)
{
    return (x % m + m) % m;
}

/* J of a residue: its logarithm; of 0 more than all logarithms together */
static int64_t log_of(const struct product *p, const struct prime *r, int64_t x)
{
    unsigned rest = (unsigned)modulo(x, r->m);

    return rest ? r->log[rest] : residue_zero_log(p->terms, r->m, p->reduced);
}

/* which sums of weights occur: only there the function has to be right */
static bool *reached(struct tc_arena *arena, const struct modulus *m, unsigned bits)
{
    size_t size = (size_t)(m->hi - m->lo) + 1;
    bool *is = tc_alloc(arena, size, sizeof *is);

    is[-m->lo] = true;
    for (unsigned a = 0; a < bits; a++) {
        int64_t w = m->weight[a];

        /* in place: from the side that w comes from */
        for (size_t k = 0; k < size; k++) {
            int64_t x = w < 0 ? (int64_t)k : (int64_t)(size - 1 - k), from = x - w;

            if (from >= 0 && from < (int64_t)size && is[from])
                is[x] = true;
        }
    }
    return is;
}

static void modulus_init(struct product *p, const struct prime *r, struct modulus *m)
{
    struct tc_arena *arena = p->w->low->family->arena;
    const struct tc_format *f = &p->w->prim->format;
    int64_t power = 1 % r->m;
    const bool *is;

    m->r = r;
    m->weight = tc_alloc(arena, f->bits, sizeof *m->weight);
    for (unsigned a = 0; a < f->bits; a++) {
        int64_t w = f->kind == TC_FIXED && a + 1 == f->bits ? modulo(-power, r->m) : power;

        m->weight[a] = 2 * w > r->m ? w - r->m : w;
        m->lo += m->weight[a] < 0 ? m->weight[a] : 0;
        m->hi += m->weight[a] > 0 ? m->weight[a] : 0;
        power = power * 2 % r->m;
    }
    is = reached(arena, m, f->bits);
    m->one = steps_new(arena, m->hi - m->lo);
    m->multiple = steps_new(arena, (m->hi - m->lo) / r->m + 1);
    m->rest = steps_new(arena, r->m);
    {
        bool any = false;

        for (int64_t x = m->lo; x <= m->hi; x++) {
            if (!is[x - m->lo])
                continue;
            if (!any)
                m->one.value[0] = log_of(p, r, x);
            any = true;
            step(&m->one, x, log_of(p, r, x));
        }
    }
    m->multiple.value[0] = (m->lo - modulo(m->lo, r->m)) / r->m;
    for (int64_t x = m->lo; x <= m->hi; x++)
        step(&m->multiple, x, (x - modulo(x, r->m)) / r->m);
    m->rest.value[0] = log_of(p, r, 0);
    for (int64_t x = 1; x < r->m; x++)
        step(&m->rest, x, log_of(p, r, x));
}

/* a chain of the steps, free in i, and its value as a form */
static struct tc_form function(struct product *p, const char *name, struct tc_form x,
                               const struct log_step *s, const char *note)
{
    struct lowering *L = p->w->low;
    struct tc_family *f = L->family;
    const struct tc_index *t;
    struct tc_axis at;
    int64_t *up;

    if (!s->n)
        return tc_form_si(f, s->value[0]);
    up = tc_alloc(f->arena, s->n, sizeof *up);
    for (unsigned k = 0; k < s->n; k++)
        up[k] = s->value[k + 1] - s->value[k];
    t = tc_index_new(f, "t", s->n, NULL);
    at = tc_axis_of(f->arena, t);
    x = wire_of(L, &tc_bank_new(f, name_of(L, name), x, t,
                                tc_form_table(f, table_of(L, "theta", s->n, s->at), &at), true, 0,
                                NULL, L->component, note)
                        ->plane);
    x = tc_form_times(f, x, table_of(L, "step", s->n, up), &at);
    x = tc_form_sum(f, x, 1, &t, 0, NULL);
    return tc_form_add(f, x, tc_form_si(f, s->value[0]));
}

/* J modulo m - 1, and m - 1 or more where a number is 0 */
static struct tc_form reduced(struct product *p, const struct prime *r, struct tc_form j)
{
    struct lowering *L = p->w->low;
    struct tc_family *f = L->family;
    int64_t turns = residue_log_turns(p->terms, r->m);
    struct log_step s = steps_new(f->arena, turns);
    mpz_ptr hi = tc_mpz_copy(f->arena, j.hi);

    for (int64_t k = 1; k <= turns; k++)
        step(&s, k * (r->m - 1), k);
    j = tc_form_sub(f, j,
                    tc_form_scale_si(f,
                                     function(p, tc_sprintf(f->arena, "turns%u", r->m), j, &s,
                                              "how often the logarithms pass their period"),
                                     r->m - 1));
    return claim_mpz(L, j, tc_mpz(f->arena), hi);
}

/* J: the sum of the operands' logarithms modulo m */
static struct tc_form logarithms(struct product *p, const struct modulus *m)
{
    struct lowering *L = p->w->low;
    struct tc_family *f = L->family;
    unsigned bits = p->w->prim->format.bits;
    const struct tc_index *i = tc_index_new(f, "i", p->n, NULL);
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, i), tc_axis_of(f->arena, a)};
    struct tc_form x = tc_form_wire(f, p->w->x, at);
    int64_t constant = 0, most = log_of(p, m->r, 0);
    mpz_ptr c = tc_mpz(f->arena);

    x = tc_form_times(f, x, table_of(L, "residue", bits, m->weight), &at[1]);
    x = claim(L, tc_form_sum(f, x, 1, &a, 0, NULL), m->lo, m->hi);
    if (m->two) {
        struct tc_form q = function(p, tc_sprintf(f->arena, "multiple%u", m->r->m), x, &m->multiple,
                                    "multiples of the prime in it");

        x = tc_form_sub(f, x, tc_form_scale_si(f, q, m->r->m));
        x = claim(L, x, 0, m->r->m - 1);
        x = function(p, tc_sprintf(f->arena, "log%u", m->r->m), x, &m->rest,
                     "the logarithm of its residue");
    } else {
        x = function(p, tc_sprintf(f->arena, "log%u", m->r->m), x, &m->one,
                     "the logarithm of its residue");
    }
    x = claim(L, x, 0, most);
    x = tc_form_sum(f, x, 1, &i, 0, NULL);
    for (unsigned k = 0; k < p->w->prim->nconst; k++) {
        wide_constant(p->w->prim, k, c);
        constant += log_of(p, m->r, (int64_t)mpz_fdiv_ui(c, m->r->m));
    }
    x = tc_form_add(f, x, tc_form_si(f, constant));
    x = claim(L, x, 0, (int64_t)p->terms * most);
    return p->reduced ? reduced(p, m->r, x) : x;
}

/* (offset + product) (M/m)^-1 mod m, as a function of J */
static struct log_step share(struct product *p, const struct prime *r)
{
    int64_t zero = p->reduced ? r->m - 1 : residue_zero_log(p->terms, r->m, false), add;
    struct log_step s = steps_new(p->w->low->family->arena, zero + 1);

    add = (int64_t)mpz_fdiv_ui(p->offset, r->m);
    for (int64_t j = 0; j <= zero; j++) {
        int64_t x = j < zero ? r->power[j % (r->m - 1)] : 0;
        int64_t v = (x + add) % r->m * r->inverse % r->m;

        if (j == 0)
            s.value[0] = v;
        step(&s, j, v);
    }
    return s;
}

/* the share's chain as a group of the sum: v M/m */
static struct tc_form add_share(struct product *p, const struct prime *r, struct tc_form j)
{
    struct lowering *L = p->w->low;
    struct tc_arena *arena = L->family->arena;
    struct log_step s = share(p, r);
    struct tc_form x = function(p, tc_sprintf(arena, "share%u", r->m), j, &s,
                                "its share of the product, by the sum of logarithms");
    struct carry_part *part;
    mpz_ptr start;

    x = claim(L, x, 0, r->m - 1);
    start = tc_mpz(arena);
    mpz_mul_si(start, r->rest, s.value[0]);
    p->w->sum.start[p->w->sum.nstart++] = start;
    if (!s.n)
        return x;
    part = &p->w->sum.part[p->w->sum.npart++];
    *part = (struct carry_part){.n = 1, .ix = {L->family->bank[L->family->nbank - 1]->plane.chain}};
    part->wire = wire_of(L, &L->family->bank[L->family->nbank - 1]->plane);
    part->from = tc_alloc(arena, s.n, sizeof *part->from);
    part->to = tc_alloc(arena, s.n, sizeof *part->to);
    for (unsigned k = 0; k < s.n; k++) {
        part->from[k] = tc_mpz(arena);
        part->to[k] = tc_mpz(arena);
        mpz_mul_si(part->from[k], r->rest, s.value[k]);
        mpz_mul_si(part->to[k], r->rest, s.value[k + 1]);
    }
    return x;
}

/* [sum of shares floor(2^h / m) >= t 2^h - error]: the shares exceed t M */
static void add_rank(struct product *p, struct tc_form approximation)
{
    struct lowering *L = p->w->low;
    struct tc_family *f = L->family;
    struct carry_part *part = &p->w->sum.part[p->w->sum.npart++];
    int64_t n = 0, *theta;
    const struct tc_index *t;
    struct tc_axis at;
    struct tc_form x;

    while (mpz_cmp_si(approximation.hi, ((n + 1) << p->h) - p->error) >= 0)
        n++;
    t = tc_index_new(f, "t", n, NULL);
    theta = tc_alloc(f->arena, (size_t)n, sizeof *theta);
    *part = (struct carry_part){.n = 1, .ix = {t}};
    part->from = tc_alloc(f->arena, (size_t)n, sizeof *part->from);
    part->to = tc_alloc(f->arena, (size_t)n, sizeof *part->to);
    for (int64_t k = 0; k < n; k++) {
        theta[k] = ((k + 1) << p->h) - p->error;
        part->from[k] = tc_mpz(f->arena);
        part->to[k] = tc_mpz(f->arena);
        mpz_mul_si(part->from[k], p->r.modulus, -k);
        mpz_mul_si(part->to[k], p->r.modulus, -(k + 1));
    }
    at = tc_axis_of(f->arena, t);
    part->wire = x = wire_of(
        L, &tc_bank_new(f, name_of(L, "rank"), approximation, t,
                        tc_form_table(f, table_of(L, "theta", (unsigned)n, theta), &at), true, 0,
                        NULL, L->component, "how often the primes' product is in the shares")
                ->plane);
    x = tc_form_scale(f, tc_form_sum(f, x, 1, &t, 0, NULL), p->r.modulus);
    p->w->value = tc_form_sub(f, p->w->value, x);
}

/* each chain is a group: what its values leave modulo 2^z */
static void group_ranges(struct wide *w)
{
    struct tc_arena *arena = w->low->family->arena;
    struct carry_sum *s = &w->sum;
    mpz_ptr v = tc_mpz(arena), lo = tc_mpz(arena), hi = tc_mpz(arena);

    carry_constant_ranges(w->low, s);
    for (unsigned z = 0; z <= s->bits; z++) {
        /* groups that do not change are all start */
        for (unsigned k = 0; k < s->npart; k++) {
            const struct carry_part *p = &s->part[k];
            size_t n = carry_points(p);

            mpz_tdiv_r_2exp(lo, p->from[0], z);
            mpz_set(hi, lo);
            for (size_t g = 0; g < n; g++) {
                mpz_tdiv_r_2exp(v, p->to[g], z);
                if (mpz_cmp(v, lo) < 0)
                    mpz_set(lo, v);
                if (mpz_cmp(v, hi) > 0)
                    mpz_set(hi, v);
            }
            mpz_add(s->lo[z], s->lo[z], lo);
            mpz_add(s->hi[z], s->hi[z], hi);
        }
    }
}

static double gates_of(const struct product *p, bool two)
{
    double gates = 0;

    for (unsigned k = 0; k < p->r.n; k++) {
        const struct modulus *m = &p->m[k];
        unsigned both = m->multiple.n + m->rest.n;

        gates += (double)p->n * (two && both < m->one.n ? both : m->one.n);
        gates += p->reduced ? (double)residue_log_turns(p->terms, p->prime[k].m) + p->prime[k].m - 1
                            : (double)residue_zero_log(p->terms, p->prime[k].m, false);
    }
    return gates;
}

static void choose_steps(struct product *p)
{
    struct cost cost[2] = {{3 + p->reduced, gates_of(p, false)},
                           {4 + p->reduced, gates_of(p, true)}};
    bool two = cheapest(p->w->low, 2, cost) == 1;

    for (unsigned k = 0; k < p->r.n; k++) {
        struct modulus *m = &p->m[k];

        m->two = two && m->multiple.n + m->rest.n < m->one.n;
    }
}

#define MOST_PRODUCT 4096 /* bits */

bool wide_product(struct wide *w)
{
    struct lowering *L = w->low;
    struct tc_family *f = L->family;
    const struct tc_format *t = &w->prim->format;
    struct product product = {.w = w, .terms = w->prim->terms, .n = w->prim->noperand},
                   *p = &product;
    mpz_ptr low = tc_mpz(f->arena), high = tc_mpz(f->arena), most = tc_mpz(f->arena);
    struct tc_form approximation = tc_form_si(f, 0);

    if ((double)p->terms * t->bits > MOST_PRODUCT)
        return tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                       "prod: %u numbers of %u bits; products of up to %d bits are built", p->terms,
                       t->bits, MOST_PRODUCT);
    wide_bounds(t, low, high);
    mpz_neg(low, low);
    mpz_pow_ui(most, t->kind == TC_FIXED ? low : high, p->terms);
    w->least = tc_mpz(f->arena);
    w->most = most;
    p->offset = tc_mpz(f->arena);
    if (t->kind == TC_FIXED) {
        mpz_neg(w->least, most);
        mpz_set(p->offset, most);
        mpz_mul_2exp(high, most, 1);
    } else {
        mpz_set(high, most);
    }
    p->r = residues_new(L, 2, high);
    p->reduced = residue_reduces_logs(&p->r, p->terms);
    primes_init(p);
    p->m = tc_alloc(f->arena, p->r.n, sizeof *p->m);
    for (unsigned k = 0; k < p->r.n; k++)
        modulus_init(p, &p->prime[k], &p->m[k]);
    choose_steps(p);
    w->shift = (p->terms - 1) * t->fraction;
    w->ranges = group_ranges;
    w->sum.start = tc_alloc(f->arena, p->r.n, sizeof *w->sum.start);
    w->sum.constant = tc_mpz(f->arena);
    mpz_neg(w->sum.constant, p->offset);
    w->value = tc_form_const(f, w->sum.constant);
    for (unsigned k = 0; k < p->r.n; k++) {
        const struct prime *r = &p->prime[k];
        struct tc_form x = add_share(p, r, logarithms(p, &p->m[k]));

        w->value = tc_form_add(f, w->value, tc_form_scale(f, x, r->rest));
        approximation =
            tc_form_add(f, approximation, tc_form_scale_si(f, x, ((int64_t)1 << p->h) / r->m));
    }
    add_rank(p, approximation);
    w->value = claim_mpz(L, w->value, w->least, w->most);
    wide_result(w);
    return true;
}
