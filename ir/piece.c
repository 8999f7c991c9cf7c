/* piece.c -- integer functions of one integer, made of polynomials
 *
 * A polynomial is kept by its forward differences at the start of its piece:
 * all of them are integers where its values are, and its sums are the same
 * list shifted by one place.  To make a new piece, what it stands for is
 * evaluated at as many places as its degree asks for. */
#include "rank.h"
#include "integers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void tc_pieces_init(struct tc_pieces *f)
{
    *f = (struct tc_pieces){0};
    mpz_init(f->total);
}

void tc_pieces_clear(struct tc_pieces *f)
{
    for (size_t i = 0; i < f->n; i++) {
        for (unsigned k = 0; k <= f->piece[i].degree; k++)
            mpz_clear(f->piece[i].diff[k]);
        free(f->piece[i].diff);
        mpz_clear(f->piece[i].before);
    }
    free(f->piece);
    mpz_clear(f->total);
    *f = (struct tc_pieces){0};
}

static int64_t piece_end(const struct tc_pieces *f, size_t i)
{
    return i + 1 < f->n ? f->piece[i + 1].from : f->end;
}

/* the polynomial of a piece, also outside of it: its value at x, or with sums
 * the sum of its values from the piece's start to x */
static void newton(const struct tc_piece *p, int64_t x, bool sums, mpz_ptr out)
{
    int64_t u = x - p->from + sums;
    mpz_t c;

    mpz_set_ui(out, 0);
    if (p->degree == 0) {
        if (sums)
            mpz_mul_si(out, p->diff[0], u);
        else
            mpz_set(out, p->diff[0]);
        return;
    }
    mpz_init_set_ui(c, 1);
    for (unsigned k = 0; k <= p->degree + sums; k++) {
        if (k > 0) {
            mpz_mul_si(c, c, u - (int64_t)k + 1);
            mpz_divexact_ui(c, c, k);
        }
        if (!sums)
            mpz_addmul(out, p->diff[k], c);
        else if (k > 0)
            mpz_addmul(out, p->diff[k - 1], c);
    }
    mpz_clear(c);
}

/* the piece of x, which is not before the first */
static size_t piece_of(const struct tc_pieces *f, int64_t x)
{
    size_t lo = 0, hi = f->n;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        *(f->piece[mid].from <= x ? &lo : &hi) = mid;
    }
    return lo;
}

void tc_pieces_at(const struct tc_pieces *f, int64_t x, mpz_ptr value)
{
    if (f->n == 0 || x < f->piece[0].from || x >= f->end)
        mpz_set_ui(value, 0);
    else
        newton(&f->piece[piece_of(f, x)], x, false, value);
}

void tc_pieces_below(const struct tc_pieces *f, int64_t x, mpz_ptr sum)
{
    if (f->n == 0 || x <= f->piece[0].from) {
        mpz_set_ui(sum, 0);
    } else if (x >= f->end) {
        mpz_set(sum, f->total);
    } else {
        const struct tc_piece *p = &f->piece[piece_of(f, x)];

        newton(p, x - 1, true, sum);
        mpz_add(sum, sum, p->before);
    }
}

/* A piece whose values at from, from + 1, ... are given; they are used up.
 * It must begin at the end of what is there. */
static void add_piece(struct tc_pieces *f, int64_t from, int64_t to, unsigned degree, mpz_t *value)
{
    struct tc_piece *p = f->n ? &f->piece[f->n - 1] : NULL;
    mpz_t sum;

    assert(from < to && (f->n == 0 || from == f->end));
    for (unsigned k = 1; k <= degree; k++)
        for (unsigned i = degree; i >= k; i--)
            mpz_sub(value[i], value[i], value[i - 1]);
    while (degree && mpz_sgn(value[degree]) == 0)
        degree--;
    mpz_init(sum);
    if (p && degree == 0 && p->degree == 0 && mpz_cmp(p->diff[0], value[0]) == 0) {
        mpz_mul_si(sum, value[0], to - from);
    } else {
        if (f->n == f->room) {
            f->room = f->room ? 2 * f->room : 4;
            f->piece = tc_xrealloc(f->piece, f->room, sizeof *f->piece);
        }
        p = &f->piece[f->n++];
        p->from = from;
        p->degree = degree;
        p->diff = tc_xcalloc(degree + 1, sizeof *p->diff);
        for (unsigned k = 0; k <= degree; k++)
            mpz_init_set(p->diff[k], value[k]);
        mpz_init_set(p->before, f->total);
        newton(p, to - 1, true, sum);
    }
    mpz_add(f->total, f->total, sum);
    mpz_clear(sum);
    f->end = to;
}

void tc_pieces_append(struct tc_pieces *f, int64_t from, int64_t to, mpz_srcptr value)
{
    mpz_t v[1];

    mpz_init(v[0]);
    if (f->n && f->end < from)
        add_piece(f, f->end, from, 0, v);
    mpz_set(v[0], value);
    add_piece(f, from, to, 0, v);
    mpz_clear(v[0]);
}

void tc_pieces_scale(struct tc_pieces *f, mpz_srcptr by)
{
    for (size_t i = 0; i < f->n; i++) {
        for (unsigned k = 0; k <= f->piece[i].degree; k++)
            mpz_mul(f->piece[i].diff[k], f->piece[i].diff[k], by);
        mpz_mul(f->piece[i].before, f->piece[i].before, by);
    }
    mpz_mul(f->total, f->total, by);
}

int64_t tc_pieces_search(const struct tc_pieces *f, mpz_ptr sum)
{
    size_t lo = 0, hi = f->n;
    const struct tc_piece *p;
    int64_t from, to;
    mpz_t z;

    assert(mpz_sgn(sum) >= 0 && mpz_cmp(sum, f->total) < 0);
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        *(mpz_cmp(f->piece[mid].before, sum) <= 0 ? &lo : &hi) = mid;
    }
    p = &f->piece[lo];
    mpz_sub(sum, sum, p->before);
    mpz_init(z);
    if (p->degree == 0) {
        mpz_tdiv_qr(z, sum, sum, p->diff[0]);
        from = p->from + mpz_get_si(z);
    } else { /* sums below `from` are at most the sum wanted, those below `to` more */
        from = p->from;
        to = piece_end(f, lo);
        while (to - from > 1) {
            int64_t mid = from + (to - from) / 2;

            newton(p, mid - 1, true, z);
            *(mpz_cmp(z, sum) <= 0 ? &from : &to) = mid;
        }
        newton(p, from - 1, true, z);
        mpz_sub(sum, sum, z);
    }
    mpz_clear(z);
    return from;
}

int64_t tc_pieces_next(const struct tc_pieces *f, int64_t x)
{
    if (f->n == 0 || x >= f->end)
        return f->end;
    if (x < f->piece[0].from)
        x = f->piece[0].from;
    for (size_t i = piece_of(f, x); i < f->n; i++) {
        assert(f->piece[i].degree == 0);
        if (mpz_sgn(f->piece[i].diff[0]))
            return x > f->piece[i].from ? x : f->piece[i].from;
    }
    return f->end;
}

/* ------------------------------------------------------------------ places of change */

struct cuts {
    size_t n, room;
    int64_t *at;
};

static void cut(struct cuts *c, int64_t at)
{
    if (c->n == c->room) {
        c->room = c->room ? 2 * c->room : 32;
        c->at = tc_xrealloc(c->at, c->room, sizeof *c->at);
    }
    c->at[c->n++] = at;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* in order, once each, none outside [from, to[; both ends are among them */
static void cuts_sort(struct cuts *c, int64_t from, int64_t to)
{
    size_t n = 0;

    cut(c, from);
    cut(c, to);
    qsort(c->at, c->n, sizeof *c->at, ascending);
    for (size_t i = 0; i < c->n; i++)
        if (c->at[i] >= from && c->at[i] <= to && (n == 0 || c->at[n - 1] != c->at[i]))
            c->at[n++] = c->at[i];
    c->n = n;
}

static void cut_pieces(struct cuts *c, const struct tc_pieces *f)
{
    for (size_t i = 0; i < f->n; i++)
        cut(c, f->piece[i].from);
    if (f->n)
        cut(c, f->end);
}

/* how many values make a polynomial of this degree on [from, to[, less 1 */
static unsigned degree_on(unsigned degree, int64_t from, int64_t to)
{
    return (int64_t)degree < to - from - 1 ? degree : (unsigned)(to - from - 1);
}

static const struct tc_piece *piece_at(const struct tc_pieces *f, int64_t x)
{
    return f->n && x >= f->piece[0].from && x < f->end ? &f->piece[piece_of(f, x)] : NULL;
}

void tc_pieces_add(struct tc_pieces *f, const struct tc_pieces *g)
{
    struct tc_pieces sum;
    struct cuts c = {0};

    if (g->n == 0)
        return;
    tc_pieces_init(&sum);
    cut_pieces(&c, f);
    cut_pieces(&c, g);
    qsort(c.at, c.n, sizeof *c.at, ascending);
    cuts_sort(&c, c.at[0], c.at[c.n - 1]);
    for (size_t i = 0; i + 1 < c.n; i++) {
        int64_t from = c.at[i], to = c.at[i + 1];
        const struct tc_piece *p = piece_at(f, from), *q = piece_at(g, from);
        unsigned most = p && q ? (p->degree > q->degree ? p->degree : q->degree)
                               : (p   ? p->degree
                                  : q ? q->degree
                                      : 0);
        unsigned degree = degree_on(most, from, to);
        mpz_t *v = tc_integers(degree + 2);

        for (unsigned k = 0; k <= degree; k++) {
            if (p)
                newton(p, from + k, false, v[k]);
            if (q)
                newton(q, from + k, false, v[degree + 1]);
            mpz_add(v[k], v[k], v[degree + 1]);
        }
        add_piece(&sum, from, to, degree, v);
        tc_integers_free(v, degree + 2);
    }
    free(c.at);
    tc_pieces_clear(f);
    *f = sum;
}

static int64_t bound_at(const struct tc_bound *b, int64_t x)
{
    return b->sign * x + b->constant;
}

static int64_t floor_half(int64_t a)
{
    return a >= 0 ? a / 2 : -((1 - a) / 2);
}

/* where the bounds pass pieces of g, or each other */
static void cut_bounds(struct cuts *c, const struct tc_pieces *g, unsigned n,
                       const struct tc_bound *b)
{
    for (unsigned k = 0; k < n; k++) {
        /* sums are taken up to `last`, which is the bound or 1 less */
        int64_t constant = b[k].constant - b[k].lower;

        for (size_t i = 0; i <= g->n; i++) {
            int64_t at = i < g->n ? g->piece[i].from : g->end;

            cut(c, b[k].sign > 0 ? at - constant : constant - at + 1);
        }
        for (unsigned j = 0; j < k; j++)
            if (b[j].sign != b[k].sign) {
                int64_t up = b[j].sign > 0 ? b[j].constant : b[k].constant;
                int64_t down = b[j].sign > 0 ? b[k].constant : b[j].constant;

                for (int64_t d = 0; d < 2; d++) /* x + up against -x + down */
                    cut(c, floor_half(down - up) + d);
            }
    }
}

/* the bound that holds at x; NULL if there is none of the kind */
static const struct tc_bound *tightest(unsigned n, const struct tc_bound *b, bool lower, int64_t x)
{
    const struct tc_bound *best = NULL;

    for (unsigned k = 0; k < n; k++)
        if (b[k].lower == lower && (!best || (lower ? bound_at(&b[k], x) > bound_at(best, x)
                                                    : bound_at(&b[k], x) < bound_at(best, x))))
            best = &b[k];
    return best;
}

/* one end of a sum over g, as a polynomial in x */
struct end {
    const struct tc_bound *bound;
    int64_t less;                 /* 1: up to before the bound */
    const struct tc_piece *piece; /* NULL: all, or nothing */
    bool all;
};

static struct end end_of(const struct tc_pieces *g, const struct tc_bound *b, bool lower, int64_t x)
{
    struct end e = {.bound = b, .less = lower};

    if (!b || g->n == 0) {
        e.all = !lower;
        return e;
    }
    e.all = bound_at(b, x) - e.less >= g->end;
    e.piece = piece_at(g, bound_at(b, x) - e.less);
    return e;
}

static void end_at(const struct tc_pieces *g, const struct end *e, int64_t x, mpz_ptr sum)
{
    if (!e->piece) {
        if (e->all)
            mpz_set(sum, g->total);
        else
            mpz_set_ui(sum, 0);
        return;
    }
    newton(e->piece, bound_at(e->bound, x) - e->less, true, sum);
    mpz_add(sum, sum, e->piece->before);
}

void tc_pieces_join(struct tc_pieces *f, const struct tc_pieces *g, unsigned n,
                    const struct tc_bound *b)
{
    struct tc_pieces out;
    struct cuts c = {0};

    if (f->n == 0)
        return;
    tc_pieces_init(&out);
    cut_pieces(&c, f);
    cut_bounds(&c, g, n, b);
    cuts_sort(&c, f->piece[0].from, f->end);
    for (size_t i = 0; i + 1 < c.n; i++) {
        int64_t from = c.at[i], to = c.at[i + 1];
        const struct tc_piece *p = piece_at(f, from);
        const struct tc_bound *low = tightest(n, b, true, from);
        const struct tc_bound *high = tightest(n, b, false, from);
        bool empty = low && high && bound_at(low, from) > bound_at(high, from);
        struct end up = end_of(g, high, false, from), down = end_of(g, low, true, from);
        unsigned most = 0, degree;
        mpz_t *v, z;

        if (!empty)
            most = p->degree + 1 +
                   (up.piece && (!down.piece || up.piece->degree > down.piece->degree)
                        ? up.piece->degree
                    : down.piece ? down.piece->degree
                                 : 0);
        degree = degree_on(most, from, to);
        v = tc_integers(degree + 1);
        mpz_init(z);
        for (unsigned k = 0; !empty && k <= degree; k++) {
            end_at(g, &up, from + k, v[k]);
            end_at(g, &down, from + k, z);
            mpz_sub(v[k], v[k], z);
            newton(p, from + k, false, z);
            mpz_mul(v[k], v[k], z);
        }
        add_piece(&out, from, to, degree, v);
        mpz_clear(z);
        tc_integers_free(v, degree + 1);
    }
    free(c.at);
    tc_pieces_clear(f);
    *f = out;
}
