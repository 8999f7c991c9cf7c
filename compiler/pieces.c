/* pieces.c -- a polynomial for each piece, by remainders
 *
 * The remainder of the sum modulo a prime m is a function of X mod m and of the piece.  Its
 * bits are taken apart: each has a gate for its first, second, third change along X mod m,
 * whose threshold the gates of the pieces shift to where that change is in their piece.
 * CONSTRUCTIONS.md, "Polynomials by pieces".
 */
#include "float.h"
#include "pieces.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ENTRIES (1 << 29) /* of thresholds, pieces times changes */

/* the changes of the bits of one prime's remainder */
struct changes {
    unsigned bits, n;   /* all bits' */
    unsigned first[33]; /* of each bit, and n */
    uint32_t *at;       /* n by piece; m where that has fewer; malloc'ed */
};

/* share of the remainder at every residue: value[r] = Z (M/m)^-1 mod m */
static void shares(const struct piecewise *p, const struct piece *q, unsigned top, uint32_t m,
                   uint32_t inverse, mpz_srcptr offset, uint32_t *value)
{
    uint64_t *c = tc_xcalloc(p->degree + 1, sizeof *c);
    uint64_t center = mpz_fdiv_ui(q->center, m), scale = inverse, step, left;
    mpz_t x;

    /* c_i 2^((top - h) K) 2^(h (K - i)) */
    mpz_init(x);
    mpz_setbit(x, (mp_bitcnt_t)(top - q->h) * p->degree);
    scale = scale * mpz_fdiv_ui(x, m) % m;
    mpz_set_ui(x, 0);
    mpz_setbit(x, q->h);
    step = mpz_fdiv_ui(x, m);
    mpz_clear(x);
    for (unsigned i = p->degree + 1; i-- > 0; scale = scale * step % m)
        c[i] = mpz_fdiv_ui(q->c[i], m) * scale % m;
    left = mpz_fdiv_ui(offset, m) * (uint64_t)inverse % m;
    for (uint32_t r = 0; r < m; r++) {
        uint64_t u = (2 * (uint64_t)r + m - center) % m, sum = 0;

        for (unsigned i = p->degree + 1; i-- > 0;)
            sum = (sum * u + c[i]) % m;
        value[r] = (uint32_t)((sum + left) % m);
    }
    free(c);
}

/* where bit b of the values changes, a 0 before the first; returns how often */
static unsigned toggles(const uint32_t *value, uint32_t m, unsigned b, uint32_t *at)
{
    unsigned n = 0;
    bool before = false;

    for (uint32_t r = 0; r < m; r++)
        if ((value[r] >> b & 1) != before) {
            before = !before;
            at[n++] = r;
        }
    return n;
}

static struct changes changes_new(const struct piecewise *p, unsigned top, uint32_t m,
                                  uint32_t inverse, mpz_srcptr offset)
{
    struct changes c = {0};
    uint32_t *value = tc_xcalloc((size_t)p->n * m, sizeof *value);
    uint32_t *at = tc_xcalloc(m, sizeof *at);

    for (unsigned j = 0; j < p->n; j++)
        shares(p, &p->piece[j], top, m, inverse, offset, value + (size_t)j * m);
    while ((m - 1) >> c.bits)
        c.bits++;
    for (unsigned b = 0; b < c.bits; b++) {
        unsigned most = 0;

        for (unsigned j = 0; j < p->n; j++) {
            unsigned k = toggles(value + (size_t)j * m, m, b, at);

            most = k > most ? k : most;
        }
        c.first[b] = c.n;
        c.n += most;
    }
    c.first[c.bits] = c.n;
    c.at = tc_xcalloc((size_t)c.n * p->n, sizeof *c.at);
    for (unsigned b = 0; b < c.bits; b++)
        for (unsigned j = 0; j < p->n; j++) {
            unsigned k = toggles(value + (size_t)j * m, m, b, at);

            for (unsigned g = c.first[b]; g < c.first[b + 1]; g++)
                c.at[(size_t)g * p->n + j] = g - c.first[b] < k ? at[g - c.first[b]] : m;
        }
    free(value);
    free(at);
    return c;
}

/* ---------------------------------------------------------------------------- gates */

/* gates [x mod m >= where the change is in the argument's piece], by prime and change; frees where
 * the changes are */
static const struct tc_plane *change_gates(struct lowering *L, const char *name,
                                           const struct residues *r, const struct piecewise *p,
                                           struct tc_form x, struct changes *c)
{
    struct tc_family *f = L->family;
    size_t steps = p->n - 1, longest = 0;
    int64_t *theta, *shift, *count = tc_alloc(f->arena, r->n, sizeof *count), extent[3];
    int64_t top = r->prime[r->n - 1];
    const struct tc_index *t;
    struct tc_axis at[3];
    struct tc_guard guard;
    struct tc_form move;

    for (unsigned k = 0; k < r->n; k++) {
        count[k] = c[k].n;
        longest = c[k].n > longest ? c[k].n : longest;
    }
    theta = tc_alloc(f->arena, r->n * longest, sizeof *theta);
    shift = tc_alloc(f->arena, r->n * longest * steps, sizeof *shift);
    for (unsigned k = 0; k < r->n; k++)
        for (size_t g = 0; g < c[k].n; g++) {
            const uint32_t *v = c[k].at + g * p->n;

            theta[k * longest + g] = v[0];
            for (size_t j = 0; j < steps; j++)
                shift[(k * longest + g) * steps + j] = (int64_t)v[j + 1] - v[j];
        }
    for (unsigned k = 0; k < r->n; k++)
        free(c[k].at);
    t = tc_index_new(f, "t", (int64_t)longest, NULL);
    extent[0] = r->n;
    extent[1] = t->extent;
    extent[2] = (int64_t)steps;
    at[0] = tc_axis_of(f->arena, r->m);
    at[1] = tc_axis_of(f->arena, t);
    at[2] = tc_axis_of(f->arena, p->t);
    move = tc_form_times(f, p->gate, tc_table_dense_kept(f, "shift", 3, extent, shift), at);
    move = tc_form_sum(f, move, 1, &p->t, 0, NULL);
    guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
    guard.expr.via = table_of(L, "changes", r->n, count);
    guard.expr.arg = at[0].at;
    return &tc_bank_new(f, name_of(L, name), tc_form_sub(f, x, claim(L, move, -top, top)), NULL,
                        tc_form_table(f, tc_table_dense(f, "theta", 2, extent, theta), at), true, 1,
                        &guard, L->component,
                        "changes of the remainders' bits, in the argument's piece")
                ->plane;
}

/* A row is a bit of a remainder: bit `bit` modulo prime number `prime`. */
struct rows {
    unsigned n;
    const struct tc_index *k;
    int64_t *prime, *bit;
};

static struct rows rows_new(struct tc_family *f, const struct residues *r, const struct changes *c)
{
    struct rows w = {0};
    unsigned n = 0;

    for (unsigned k = 0; k < r->n; k++)
        w.n += c[k].bits;
    w.prime = tc_alloc(f->arena, w.n, sizeof *w.prime);
    w.bit = tc_alloc(f->arena, w.n, sizeof *w.bit);
    for (unsigned k = 0; k < r->n; k++)
        for (unsigned b = 0; b < c[k].bits; b++, n++) {
            w.prime[n] = k;
            w.bit[n] = b;
        }
    w.k = tc_index_new(f, "k", w.n, NULL);
    return w;
}

/* 0/1 of each row: its changes, alternating */
static struct tc_form row_bits(struct lowering *L, const struct tc_plane *plane,
                               const struct rows *w, const struct changes *c)
{
    struct tc_family *f = L->family;
    int64_t *first = tc_alloc(f->arena, w->n, sizeof *first), longest = 1;
    int64_t *count = tc_alloc(f->arena, w->n, sizeof *count), *turn;
    struct tc_axis k = tc_axis_of(f->arena, w->k), at[2] = {tc_axis_const(0)}, here;
    const struct tc_index *t;
    struct tc_guard guard;
    struct tc_form x;

    for (unsigned i = 0; i < w->n; i++) {
        const unsigned *b = c[w->prime[i]].first + w->bit[i];

        first[i] = b[0];
        count[i] = b[1] - b[0];
        longest = count[i] > longest ? count[i] : longest;
    }
    t = tc_index_new(f, "t", longest, NULL);
    here = tc_axis_of(f->arena, t);
    at[0].via = table_of(L, "prime", w->n, w->prime);
    at[0].arg = k.at;
    at[1] = here;
    at[1].via = table_of(L, "first", w->n, first);
    at[1].arg = k.at;
    turn = tc_alloc(f->arena, (size_t)longest, sizeof *turn);
    for (int64_t g = 0; g < longest; g++)
        turn[g] = g % 2 ? -1 : 1;
    guard.expr = tc_axis_plus(f->arena, tc_axis_const(-1), -1, t);
    guard.expr.via = table_of(L, "changes", w->n, count);
    guard.expr.arg = k.at;
    x = tc_form_times(f, tc_form_wire(f, plane, at), table_of(L, "turn", (unsigned)longest, turn),
                      &here);
    return claim(L, tc_form_sum(f, x, 1, &t, 1, &guard), 0, 1);
}

/* sum of weight of a row times its bit */
static struct tc_form weighted(struct lowering *L, const struct rows *w, struct tc_form bit,
                               mpz_ptr *weight)
{
    struct tc_family *f = L->family;
    struct tc_form x =
        tc_form_sum(f, times_table(L, "crt", bit, 1, &w->k, weight), 1, &w->k, 0, NULL);
    mpz_ptr most = tc_mpz(f->arena);

    for (unsigned k = 0; k < w->n; k++)
        mpz_add(most, most, weight[k]);
    return claim_mpz(L, x, tc_mpz(f->arena), most);
}

/* how often the sum of the a_m / m passes 1, as residue.c finds it */
static struct tc_form rank_of(struct lowering *L, const char *name, const struct residues *r,
                              const struct rows *w, struct tc_form bit)
{
    struct tc_family *f = L->family;
    mpz_ptr *scale = tc_alloc(f->arena, w->n, sizeof *scale);
    mpz_ptr *theta = tc_alloc(f->arena, r->n, sizeof *theta), *at;
    uint64_t error = 0;
    unsigned h = 0, n = 0;
    struct tc_form x;
    const struct tc_index *t;

    for (unsigned k = 0; k < r->n; k++)
        error += r->prime[k] - 1;
    while (((uint64_t)3 << h) / 4 <= error)
        h++;
    for (unsigned k = 0; k < w->n; k++) {
        scale[k] = tc_mpz_si(f->arena, (int64_t)(((uint64_t)1 << h) / r->prime[w->prime[k]]));
        mpz_mul_2exp(scale[k], scale[k], (mp_bitcnt_t)w->bit[k]);
    }
    x = weighted(L, w, bit, scale);
    for (unsigned k = 1; k < r->n; k++) {
        theta[n] = tc_mpz_si(f->arena, (int64_t)(((uint64_t)k << h) - error));
        n += mpz_cmp(theta[n], x.hi) <= 0;
    }
    at = theta;
    if (!n)
        return tc_form_si(f, 0);
    t = tc_index_new(f, "t", n, NULL);
    x = wire_of(L, &tc_bank_new(f, name_of(L, name), x, n > 1 ? t : NULL,
                                n > 1 ? times_table(L, "rank", tc_form_si(f, 1), 1, &t, at)
                                      : tc_form_const(f, at[0]),
                                true, 0, NULL, L->component,
                                "how often the sum of the remainders' parts passes the modulus")
                        ->plane);
    return n > 1 ? tc_form_sum(f, x, 1, &t, 0, NULL) : x;
}

static void sum_of(struct lowering *L, const char *name, const struct residues *r,
                   const struct rows *w, struct tc_form bit, mpz_srcptr offset, struct piece_sum *s)
{
    struct tc_family *f = L->family;

    s->part = (struct carry_part){.wire = bit, .n = 1, .ix = {w->k}};
    s->part.to = tc_alloc(f->arena, w->n, sizeof *s->part.to);
    for (unsigned k = 0; k < w->n; k++) {
        s->part.to[k] = tc_mpz_copy(f->arena, r->cofactor[w->prime[k]]);
        mpz_mul_2exp(s->part.to[k], s->part.to[k], (mp_bitcnt_t)w->bit[k]);
    }
    s->rest = tc_form_scale(f, rank_of(L, name, r, w, bit), r->modulus);
    s->rest = tc_form_add(f, s->rest, tc_form_const(f, offset));
    s->rest = tc_form_scale_si(f, s->rest, -1);
    s->z = tc_form_add(f, weighted(L, w, bit, s->part.to), s->rest);
}

bool pieces_value(struct lowering *L, const char *name, const struct piecewise *p,
                  struct tc_form bit, const struct tc_index *a, struct piece_sum *s)
{
    struct tc_family *f = L->family;
    mpz_ptr z_max = tc_mpz(f->arena), offset = tc_mpz(f->arena), lo = tc_mpz(f->arena);
    unsigned top = 0;
    struct changes *c;
    struct residues r;
    struct rows w;
    double entries = 0;
    struct tc_form x;
    int64_t *most;

    assert(p->n >= 2);
    for (unsigned j = 0; j < p->n; j++)
        top = p->piece[j].h > top ? p->piece[j].h : top;
    s->down = top * p->degree;
    mpz_mul_2exp(lo, p->lo, s->down);
    mpz_mul_2exp(z_max, p->hi, s->down);
    if (mpz_sgn(lo) < 0)
        mpz_neg(offset, lo);
    mpz_add(z_max, z_max, offset);
    r = residues_new(L, 3, z_max);
    c = tc_alloc(f->arena, r.n, sizeof *c);
    for (unsigned k = 0; k < r.n; k++) /* half of the values change each bit */
        entries += p->n * (r.prime[k] / 2.0) * log2(r.prime[k]);
    if (entries > MOST_ENTRIES)
        return tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                       "%s: about %.0f thresholds of remainders' bits in %u pieces, and this "
                       "version builds up to %d",
                       name, entries, p->n, MOST_ENTRIES);
    for (unsigned k = 0; k < r.n; k++)
        c[k] = changes_new(p, top, r.prime[k], r.inverse[k], offset);
    w = rows_new(f, &r, c);
    most = tc_alloc(f->arena, r.n, sizeof *most);
    x = residue_of_bits(L, &r, bit, a, most);
    x = residue_reduced(L, &r, tc_sprintf(f->arena, "%s.often", name), x, most);
    x = row_bits(L, change_gates(L, tc_sprintf(f->arena, "%s.bits", name), &r, p, x, c), &w, c);
    sum_of(L, tc_sprintf(f->arena, "%s.rank", name), &r, &w, x, offset, s);
    mpz_sub(z_max, z_max, offset);
    s->z = tc_form_range(f, s->z, lo, z_max);
    return true;
}

struct tc_form pieces_bits(struct lowering *L, const char *name, const struct piece_sum *s,
                           mpz_srcptr add, unsigned first, unsigned bits, const struct tc_index **i,
                           const char *note)
{
    mpz_ptr base = tc_mpz(L->family->arena);

    mpz_neg(base, add);
    return float_bits_with(L, name, s->rest, base, 1, &s->part, first, bits, i, note);
}
