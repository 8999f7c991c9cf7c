/* norm_ratio.c -- the gates that compare a number with multiples of another
 *
 * A quotient x / d is at least a middle m where x - m d >= 0: one gate a value, no
 * divider.  Columns may have thresholds of their own, so that what is done to the
 * quotient in a column, multiplied by a constant or added to one, is in the same gates.
 */
#include "norm.h"

#include <stdlib.h>

#define MOST_ENTRIES ((int64_t)1 << 24)

bool ratio_room(struct ratio *r, struct norm *n, int64_t rows, int64_t count)
{
    struct lowering *L = n->L;
    struct tc_arena *arena = L->family->arena;

    if (count > MOST_ENTRIES / rows)
        return tc_fail(L->err, TC_ELIMIT, n->block->loc,
                       "constant gains of %lld columns would take %lld thresholds each; at most "
                       "2^24 are kept in all",
                       (long long)rows, (long long)count);
    r->norm = n;
    r->rows = rows;
    r->n = (unsigned)count;
    r->value = tc_alloc(arena, (size_t)count + 1, sizeof *r->value);
    r->factor = tc_alloc(arena, (size_t)rows, sizeof *r->factor);
    for (int64_t e = 0; e < rows; e++)
        r->factor[e] = tc_mpz_si(arena, 1);
    r->gate = tc_alloc(arena, (size_t)(count * rows) + 1, sizeof *r->gate);
    for (int64_t k = 0; k < count * rows; k++)
        r->gate[k].slope = tc_mpz(arena);
    return true;
}

bool ratio_init(struct ratio *r, struct norm *n, int64_t rows, int64_t lo, int64_t hi)
{
    int64_t count = 0;

    if (n->L->special && lo == hi && hi < largest_value(n->L)) /* gates, for special.c */
        hi = next_value(n->L, hi);
    for (int64_t v = lo; v < hi; v = next_value(n->L, v))
        count++;
    if (!ratio_room(r, n, rows, count))
        return false;
    r->value[0] = lo;
    for (unsigned t = 0; t < r->n; t++)
        r->value[t + 1] = next_value(n->L, r->value[t]);
    return true;
}

struct ratio_gate *ratio_gate(struct ratio *r, int64_t row, unsigned t)
{
    return &r->gate[row * r->n + t];
}

static bool all_are(const struct ratio *r, unsigned t, int kind)
{
    for (int64_t e = 0; e < r->rows; e++)
        if (r->gate[e * r->n + t].kind != (unsigned)kind)
            return false;
    return true;
}

static bool same_gate(const struct ratio_gate *x, const struct ratio_gate *y)
{
    if (x->kind != y->kind || x->kind != RATIO_TEST)
        return x->kind == y->kind;
    return mpz_cmp(x->slope, y->slope) == 0 && x->constant == y->constant &&
           x->turn[0] == y->turn[0] && x->turn[1] == y->turn[1];
}

static bool same_gates(const struct ratio *r, unsigned s, unsigned t)
{
    for (int64_t e = 0; e < r->rows; e++)
        if (!same_gate(&r->gate[e * r->n + s], &r->gate[e * r->n + t]))
            return false;
    return true;
}

/* Gates that are constant in all columns go, and of equal ones all but one. */
static void prune(struct ratio *r)
{
    unsigned *kept = tc_xcalloc((size_t)r->n + 1, sizeof *kept), n = 0;

    for (unsigned t = 0; t < r->n; t++) {
        bool last = r->norm->L->special && t + 1 == r->n && !n; /* for special.c, which reads gates */

        if (all_are(r, t, RATIO_NEVER) && !last)
            break;
        if (all_are(r, t, RATIO_ALWAYS) && !last) {
            r->value[0] = r->value[t + 1];
            continue;
        }
        if (!n || !same_gates(r, kept[n - 1], t))
            kept[n++] = t;
        r->value[n] = r->value[t + 1];
    }
    for (int64_t e = 0; e < r->rows; e++) /* places only move down */
        for (unsigned t = 0; t < n; t++)
            r->gate[e * n + t] = r->gate[e * r->n + kept[t]];
    r->n = n;
    free(kept);
}

/* a table over columns and thresholds, as far as there are more than one */
static struct tc_form entries(struct ratio *r, struct tc_form x, const char *name, mpz_ptr *entry,
                              struct tc_axis t)
{
    struct tc_family *f = r->norm->L->family;
    int64_t extent[2] = {r->rows, r->n};
    struct tc_axis at[2] = {r->norm->in.column, t};
    unsigned skip = r->rows == 1 && r->n > 1, rank = r->rows > 1 && r->n > 1 ? 2 : 1;

    if (r->rows == 1 && r->n == 1)
        return tc_form_scale(f, x, entry[0]);
    return tc_form_times(f, x, tc_table_dense_mpz(f, name, rank, extent + skip, entry), at + skip);
}

static struct tc_form factors(struct ratio *r)
{
    struct tc_family *f = r->norm->L->family;
    bool same = true;

    for (int64_t e = 1; e < r->rows; e++)
        same = same && mpz_cmp(r->factor[e], r->factor[0]) == 0;
    if (same)
        return tc_form_scale(f, r->x, r->factor[0]);
    return tc_form_times(
        f, r->x, tc_table_dense_mpz(f, "factor", 1, &r->rows, r->factor), &r->norm->in.column);
}

/* one of the gates' numbers; of those that decide nothing `always` or `never` */
static mpz_ptr *numbers_of_gates(struct ratio *r, int which, mpz_ptr always, mpz_ptr never)
{
    struct tc_arena *arena = r->norm->L->family->arena;
    size_t count = (size_t)r->rows * r->n;
    mpz_ptr *number = tc_alloc(arena, count, sizeof *number);

    for (size_t k = 0; k < count; k++) {
        const struct ratio_gate *g = &r->gate[k];

        number[k] = g->kind == RATIO_ALWAYS  ? always
                    : g->kind == RATIO_NEVER ? never
                    : which < 0              ? g->slope
                    : which == 2             ? tc_mpz_si(arena, g->constant)
                                             : tc_mpz_si(arena, g->turn[which]);
    }
    return number;
}

/* thresholds; those that decide nothing are at or past the ends of the range of x */
static struct tc_form thresholds(struct ratio *r, struct tc_form x, struct tc_axis t)
{
    struct tc_family *f = r->norm->L->family;
    mpz_ptr zero = tc_mpz(f->arena), above = tc_mpz_copy(f->arena, x.hi);
    struct tc_form theta, part;

    mpz_add_ui(above, above, 1);
    theta = entries(r, r->d, "slope", numbers_of_gates(r, -1, zero, zero), t);
    part = entries(r, tc_form_si(f, 1), "theta",
                   numbers_of_gates(r, 2, tc_mpz_copy(f->arena, x.lo), above), t);
    theta = tc_form_add(f, theta, part);
    for (int k = 0; k < 2; k++)
        if (r->lift[k].nterm) {
            part = entries(r, r->lift[k], "turn", numbers_of_gates(r, k, zero, zero), t);
            theta = tc_form_add(f, theta, part);
        }
    return theta;
}

/* The bank; with a mask, its gates are 1 only where the mask is. */
static const struct tc_plane *ratio_bank(struct ratio *r, const struct tc_form *mask)
{
    struct lowering *L = r->norm->L;
    struct tc_family *f = L->family;
    struct tc_index *t = r->n > 1 ? chain_index(L, r->n, "T_quotient") : NULL;
    struct tc_axis at = t ? tc_axis_of(f->arena, t) : tc_axis_const(0);
    struct tc_form x = factors(r), theta = thresholds(r, x, at);

    if (mask) {
        mpz_ptr reach = tc_mpz(f->arena);

        mpz_sub(reach, x.hi, theta.lo);
        mpz_add_ui(reach, reach, 1);
        if (mpz_sgn(reach) > 0) {
            x = tc_form_add(f, x, tc_form_scale(f, *mask, reach));
            theta = tc_form_add(f, theta, tc_form_const(f, reach));
        }
    }
    return &tc_bank_new(f, name_of(L, r->name), x, t, theta, true, 0, NULL, L->component, r->note)
                ->plane;
}

struct chain ratio_chain(struct ratio *r)
{
    struct chain c = {.keys = is_float(r->norm->L)};

    prune(r);
    c.n = r->n;
    c.value = r->value;
    if (r->n)
        c.plane = ratio_bank(r, NULL);
    special_chain(r->norm->L, &c, NULL);
    c.form = chain_form(r->norm->L, &c);
    return c;
}

struct tc_form ratio_times(struct ratio *r, const struct word *w)
{
    struct lowering *L = r->norm->L;
    struct tc_family *f = L->family;
    struct tc_index *a = tc_index_new(f, "a", w->a->extent, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    struct tc_form mask = tc_form_subst(f, w->bit, w->a, at), x, base;
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), first = tc_mpz(f->arena);
    struct chain c = {.keys = is_float(L)};

    prune(r);
    c.n = r->n;
    c.value = r->value;
    number_of(L, c.keys, r->value[0], first);
    base = tc_form_scale(f, w->value, first);
    if (!r->n)
        return base;
    c.plane = ratio_bank(r, &mask);
    x = chain_form(L, &c); /* but for a */
    mpz_set(lo, x.lo);
    mpz_set(hi, x.hi);
    range_times(L, lo, hi, w->value.lo, w->value.hi);
    x = tc_form_sub(f, x, tc_form_const(f, first));
    x = tc_form_sum(f, tc_form_times(f, x, w->weight, &at), 1, (const struct tc_index *const *)&a,
                    0, NULL);
    return claim_mpz(L, tc_form_add(f, x, base), lo, hi);
}
