/* element.c -- elements of prim's format by their order; see element.h */
#include "element.h"

#include <assert.h>

/* ---------------------------------------------------------------------- elements */

/* N V(last + 1) 4 max(1, 1/unit): the quotient of a finite number by it is below half of
 * the least number, and a sum with it divided by N is beyond the last */
static void set_infinite(struct elements *e)
{
    e->infinite = tc_mpz(e->l->low.family->arena);
    if (!e->keys)
        return;
    float_magnitude(e->f, e->l->last + 1, e->infinite);
    mpz_mul_ui(e->infinite, e->infinite, e->terms);
    mpz_mul_2exp(e->infinite, e->infinite, 2 + (mp_bitcnt_t)(e->unit < 0 ? -e->unit : 0));
}

bool elements_of(struct fl *l, struct elements *e)
{
    const struct tc_format *f = &l->prim->format;
    unsigned bits = tc_format_width(f);

    if (bits > TC_TABLE_MAX_BITS)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "%u bits: %s is lowered by tables of the format's elements, up to %u bits",
                       bits, l->prim->name, TC_TABLE_MAX_BITS);
    *e = (struct elements){.l = l, .f = f, .terms = l->prim->terms, .keys = f->kind == TC_FLOAT};
    l->low.format = f;
    if (e->keys) {
        e->high = l->last + f->infinity;
        e->low = -e->high;
        e->unit = f->low;
    } else {
        e->high = tc_prim_largest(f);
        e->low = tc_prim_least(f);
        e->unit = -(int64_t)f->fraction;
        if (e->high == 0)
            return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                           "%s of numbers that are never above 0 is not built", l->prim->name);
    }
    set_infinite(e);
    return true;
}

int64_t element_next(const struct elements *e, int64_t r)
{
    return next_value(&e->l->low, r);
}

bool element_is_infinite(const struct elements *e, int64_t r)
{
    return e->keys && (r > e->l->last || -r > e->l->last);
}

void element_number(const struct elements *e, int64_t r, mpz_ptr x)
{
    if (!element_is_infinite(e, r))
        number_of(&e->l->low, e->keys, r, x);
    else if (r > 0)
        mpz_set(x, e->infinite);
    else
        mpz_neg(x, e->infinite);
}

bool element_bound(const struct elements *e, int64_t r, mpz_ptr quarters)
{
    bool strict;
    mpq_t middle;

    mpq_init(middle);
    value_middle(&e->l->low, r, middle, &strict);
    mpz_mul_ui(quarters, mpq_numref(middle), 4);
    mpz_divexact(quarters, quarters, mpq_denref(middle));
    mpq_clear(middle);
    return strict;
}

int64_t element_round(const struct elements *e, mpz_srcptr number, mpz_srcptr divide)
{
    int64_t r;
    mpq_t x;
    mpz_t word;

    mpq_init(x);
    mpz_init(word);
    mpq_set_num(x, number);
    mpq_set_den(x, divide);
    mpq_canonicalize(x);
    if (e->unit >= 0)
        mpq_mul_2exp(x, x, (mp_bitcnt_t)e->unit);
    else
        mpq_div_2exp(x, x, (mp_bitcnt_t)-e->unit);
    tc_format_encode(e->f, x, false, word, NULL);
    if (e->keys) {
        mpz_clrbit(word, e->l->p + e->l->q - 1);
        r = mpq_sgn(x) < 0 ? -mpz_get_si(word) : mpz_get_si(word);
    } else {
        r = tc_prim_integer(e->f, mpz_get_ui(word));
    }
    mpq_clear(x);
    mpz_clear(word);
    return r;
}

int64_t element_function(const struct elements *e, enum tc_op op, int64_t r)
{
    struct tc_float_value y;

    if (!e->keys)
        return tc_function_round(op, e->f, r);
    tc_function_float(op, e->f, r < 0, r < 0 ? -r : r, &y, e->l->low.err);
    assert(y.class == TC_FINITE || y.class == TC_INFINITE);
    return y.minus ? -y.key : y.key;
}

/* ---------------------------------------------------------------------- operands */

struct tc_form element_operand(const struct elements *e, const struct tc_index *i)
{
    struct fl *l = e->l;
    struct tc_family *f = l->low.family;
    struct tc_index *a;
    const struct tc_index *ix;
    struct tc_axis at[2] = {tc_axis_of(f->arena, i)};
    struct tc_form x;

    if (e->keys)
        return fl_value(l, "x", fl_operand(l, at[0]));
    ix = a = tc_index_new(f, "a", e->f->bits, NULL);
    at[1] = tc_axis_of(f->arena, a);
    x = tc_form_times(f, tc_form_wire(f, l->x, at),
                      powers(&l->low, e->f->bits, e->f->kind == TC_FIXED), &at[1]);
    return claim(&l->low, tc_form_sum(f, x, 1, &ix, 0, NULL), e->low, e->high);
}

struct element_flags element_special(const struct elements *e, const struct tc_index *i)
{
    struct tc_family *f = e->l->low.family;
    struct element_flags s = {.any = e->keys && e->f->nan};
    struct fl_word x;

    s.special = s.minus = tc_form_si(f, 0);
    if (!s.any)
        return s;
    x = fl_operand(e->l, tc_axis_of(f->arena, i));
    if (e->f->infinity) {
        s.special = fl_is_infinite(e->l, "special.plus", x, false);
        s.minus = fl_is_infinite(e->l, "special.minus", x, true);
    } else {
        s.special = fl_is_nan(e->l, "special", x);
    }
    return s;
}

/* ------------------------------------------------------------------------ chains */

/* least n with 4 n >= (or >) quarters * divide */
static void threshold(mpz_ptr at, mpz_srcptr quarters, unsigned divide, bool strict)
{
    mpz_mul_ui(at, quarters, divide);
    if (strict) {
        mpz_fdiv_q_2exp(at, at, 2);
        mpz_add_ui(at, at, 1);
    } else {
        mpz_cdiv_q_2exp(at, at, 2);
    }
}

struct steps element_steps(const struct elements *e, struct tc_form x, unsigned divide)
{
    struct tc_arena *arena = e->l->low.family->arena;
    size_t most = (size_t)(e->high - e->low) + 1;
    struct steps s = {.form = x};
    mpz_t at;

    s.at = tc_alloc(arena, most, sizeof *s.at);
    s.value = tc_alloc(arena, most, sizeof *s.value);
    s.value[0] = e->low;
    mpz_init(at);
    for (int64_t r = e->low; r < e->high;) {
        bool strict;

        r = element_next(e, r);
        strict = element_bound(e, r, at);
        threshold(at, at, divide, strict);
        if (mpz_cmp(at, x.lo) <= 0) {
            s.value[0] = r;
        } else if (mpz_cmp(at, x.hi) <= 0) {
            if (s.n && mpz_cmp(s.at[s.n - 1], at) == 0) {
                s.value[s.n] = r; /* the form steps over elements */
                continue;
            }
            s.at[s.n++] = tc_mpz_copy(arena, at);
            s.value[s.n] = r;
        }
    }
    mpz_clear(at);
    return s;
}

struct tc_form element_map(const struct elements *e, const struct chain *c,
                           int64_t (*fn)(void *, int64_t), void *ctx)
{
    struct tc_family *f = e->l->low.family;
    mpz_ptr *step = tc_alloc(f->arena, c->n + 1, sizeof *step);
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena), x = tc_mpz(f->arena);
    mpz_ptr first = tc_mpz(f->arena), last = tc_mpz(f->arena);
    struct tc_form y;

    element_number(e, fn ? fn(ctx, c->value[0]) : c->value[0], first);
    mpz_set(lo, first);
    mpz_set(hi, first);
    mpz_set(last, first);
    for (unsigned k = 0; k < c->n; k++) {
        int64_t v = c->value[k + 1];

        element_number(e, fn ? fn(ctx, v) : v, x);
        if (mpz_cmp(x, lo) < 0)
            mpz_set(lo, x);
        if (mpz_cmp(x, hi) > 0)
            mpz_set(hi, x);
        step[k] = tc_mpz(f->arena);
        mpz_sub(step[k], x, last);
        mpz_set(last, x);
    }
    y = tc_form_const(f, first);
    if (!c->n)
        return y;
    y = tc_form_add(f, fl_weigh_mpz(e->l, c->plane, c->n, step), y);
    return tc_form_range(f, y, lo, hi);
}

struct tc_form element_value(const struct elements *e, const struct chain *c)
{
    return element_map(e, c, NULL, NULL);
}

/* --------------------------------------------------------------------- quotients */

void element_quarters(const struct elements *e, mpz_ptr scale)
{
    mpz_set_ui(scale, 4);
    if (e->unit < 0)
        mpz_mul_2exp(scale, scale, (mp_bitcnt_t)-e->unit);
}

struct quotient_gates element_quotient(const struct elements *e, int64_t low, int64_t high)
{
    struct tc_arena *arena = e->l->low.family->arena;
    size_t most = (size_t)(high - low) + 2;
    struct quotient_gates g = {0};

    g.value = tc_alloc(arena, most + 1, sizeof *g.value);
    g.slope = tc_alloc(arena, most, sizeof *g.slope);
    g.constant = tc_alloc(arena, most, sizeof *g.constant);
    g.turn = tc_alloc(arena, most, sizeof *g.turn);
    g.value[0] = low;
    for (int64_t r = low; r < high;) {
        r = element_next(e, r);
        g.slope[g.n] = tc_mpz(arena);
        g.constant[g.n] = element_bound(e, r, g.slope[g.n]);
        g.turn[g.n] = r > 0 ? 1 : -1;
        if (e->unit > 0)
            mpz_mul_2exp(g.slope[g.n], g.slope[g.n], (mp_bitcnt_t)e->unit);
        g.value[++g.n] = r;
    }
    if (!g.n) { /* one value alone: a gate that decides nothing */
        g.slope[0] = tc_mpz(arena);
        g.value[++g.n] = low;
    }
    return g;
}

struct chain element_ratio(const struct elements *e, const struct tc_index *j,
                           const struct quotient_gates *g, struct tc_form form, struct tc_form d,
                           struct tc_form lift, const char *note)
{
    struct tc_family *f = e->l->low.family;
    struct tc_index *t = tc_index_new(f, "t", g->n, NULL);
    struct tc_axis at = tc_axis_of(f->arena, t);
    struct chain c = {.n = g->n, .value = g->value};
    int64_t extent = g->n;
    struct tc_form theta = tc_form_table(f, table_of(&e->l->low, "tie", g->n, g->constant), &at);
    struct tc_guard every = {.expr = tc_axis_of(f->arena, j)};
    unsigned nguard = 1;

    theta = tc_form_add(
        f, theta, tc_form_times(f, d, tc_table_dense_mpz(f, "slope", 1, &extent, g->slope), &at));
    theta = tc_form_add(f, theta,
                        tc_form_times(f, lift, table_of(&e->l->low, "turn", g->n, g->turn), &at));
    for (unsigned k = 0; k < form.nterm; k++) /* where it does not, a guard brings j in */
        nguard = tc_term_reads(&form.term[k], j) ? 0 : nguard;
    c.plane =
        &tc_bank_new(f, "ratio", form, t, theta, true, nguard, &every, e->l->low.component, note)
             ->plane;
    return c;
}

/* ----------------------------------------------------------------------- results */

/* the magnitude's key */
static struct tc_form key_form(const struct elements *e, const struct chain *c)
{
    struct tc_arena *arena = e->l->low.family->arena;
    int64_t *step = tc_alloc(arena, c->n + 1, sizeof *step), first, last, lo, hi;

    first = last = lo = hi = c->value[0] < 0 ? -c->value[0] : c->value[0];
    for (unsigned k = 0; k < c->n; k++) {
        int64_t key = c->value[k + 1] < 0 ? -c->value[k + 1] : c->value[k + 1];

        step[k] = key - last;
        last = key;
        lo = key < lo ? key : lo;
        hi = key > hi ? key : hi;
    }
    return fl_weigh(e->l, c->plane, c->n, step, first, lo, hi);
}

static void output_fixed(const struct elements *e, const struct chain *c)
{
    struct lowering *L = &e->l->low;
    struct lowering plain = *L;
    struct tc_bank *b;

    plain.format = NULL;
    b = tc_bank_new(L->family, "y", word_of_chain(&plain, c, e->f->bits).bit, NULL,
                    tc_form_si(L->family, 1), true, 0, NULL, "output",
                    "the results' bits as gates");
    tc_family_output(L->family, "y", &b->plane);
}

void element_output(const struct elements *e, const struct chain *c, const struct tc_index *j,
                    struct tc_form sign, bool has_nan, struct tc_form nan)
{
    struct fl *l = e->l;
    struct tc_family *f = l->low.family;
    struct fl_result r, y = {.sign = sign, .has_nan = has_nan, .nan = nan};

    if (!e->keys) {
        output_fixed(e, c);
        return;
    }
    y.key = key_form(e, c);
    for (unsigned k = 0; k < e->terms; k++) {
        struct tc_axis at = tc_axis_const(k);
        char *name = tc_sprintf(f->arena, "y%u", k);

        r = y;
        r.key = tc_form_subst(f, y.key, j, at);
        r.sign = tc_form_subst(f, y.sign, j, at);
        if (has_nan)
            r.nan = tc_form_subst(f, y.nan, j, at);
        l->low.prefix = tc_sprintf(f->arena, "%s.", name);
        fl_output(l, name, r);
    }
    l->low.prefix = "";
}
