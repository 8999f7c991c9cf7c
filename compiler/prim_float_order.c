/* prim_float_order.c -- comparisons of floats, and the largest of many
 *
 * A word orders magnitudes; which way round depends on the signs, so that x >= y is no
 * single gate, but a sum of two: one where y's sign is 0, one where both are 1, and a
 * third for -0 >= 0.  Or a layer of gates makes numbers of the words, and one gate
 * compares these.  CONSTRUCTIONS.md, "Comparisons of floats". */
#include "float.h"

#include <string.h>

struct number {
    struct tc_form key, sign;
};

static struct number number_at(struct fl *l, struct tc_axis i)
{
    struct fl_word x = fl_operand(l, i);

    return (struct number){fl_key(l, x), fl_sign(l, x)};
}

static struct number constant_number(struct fl *l, const uint64_t *word)
{
    struct tc_family *f = l->low.family;
    mpz_ptr key = tc_mpz(f->arena);
    bool minus;

    mpz_import(key, l->prim->limbs, -1, sizeof *word, 0, 0, word);
    minus = mpz_tstbit(key, l->p + l->q - 1);
    mpz_fdiv_r_2exp(key, key, l->p + l->q - 1);
    return (struct number){tc_form_const(f, key), tc_form_si(f, minus)};
}

/* a M + b with M = 2^(p + q - 1), which is above all keys, at any width */
static struct tc_form with_signs(struct fl *l, struct tc_form a, struct tc_form b)
{
    mpz_ptr m = tc_mpz(l->low.family->arena);

    mpz_setbit(m, l->p + l->q - 1);
    return tc_form_add(l->low.family, tc_form_scale(l->low.family, a, m), b);
}

static struct tc_form guarded(struct fl *l, const char *name, struct tc_form x, int64_t at,
                              const struct tc_guard *guard, const char *note)
{
    struct tc_family *f = l->low.family;

    return wire_of(&l->low, &tc_bank_new(f, name, x, NULL, tc_form_si(f, at), true, guard != NULL,
                                         guard, l->low.component, note)
                                 ->plane);
}

static struct tc_form is_nan(struct fl *l, const char *name, struct tc_form key)
{
    struct tc_family *f = l->low.family;
    mpz_ptr least = tc_mpz(f->arena);

    fl_largest(l->f, least);
    mpz_add_ui(least, least, 1 + l->f->infinity);
    key = tc_form_sub(f, key, tc_form_const(f, least));
    return guarded(l, name, key, 0, NULL, "NaN");
}

/* x >= y, or x > y; no NaN: two or three gates on the wires, no two of which are 1 */
static struct tc_form at_least(struct fl *l, struct number x, struct number y, bool strict,
                               const struct tc_guard *guard)
{
    struct tc_family *f = l->low.family;
    struct tc_form d = tc_form_sub(f, x.key, y.key), zero, c;
    struct tc_form signs = tc_form_sub(f, tc_form_add(f, x.sign, y.sign), tc_form_si(f, 2));

    /* y.sign - 2 x.sign: 0, 1, -2, -1 */
    c = guarded(l, "above",
                with_signs(l, tc_form_sub(f, y.sign, tc_form_scale_si(f, x.sign, 2)), d), strict,
                guard, "x is positive, and y is negative or smaller");
    c = tc_form_add(f, c,
                    guarded(l, "above.minus", with_signs(l, signs, tc_form_scale_si(f, d, -1)),
                            strict, guard, "both are negative, and x is smaller"));
    if (!l->f->signed_zero)
        return c;
    /* -0 >= 0, and 0 > -0 is not */
    zero = strict ? tc_form_sub(f, y.sign, x.sign) : tc_form_sub(f, x.sign, y.sign);
    zero = tc_form_sub(f, zero, tc_form_add(f, x.key, y.key));
    zero = guarded(l, "zeros", zero, 1, guard, "both are zeros, of signs that say otherwise");
    return strict ? tc_form_sub(f, c, zero) : tc_form_add(f, c, zero);
}

/* ----------------------------------------------------------------------- two numbers */

static void output_truth(struct fl *l, struct tc_form x)
{
    struct tc_family *f = l->low.family;

    tc_family_output(f, "y",
                     &tc_bank_new(f, "y", x, NULL, tc_form_si(f, 1), true, 0, NULL, "output",
                                  "the result as a gate")
                          ->plane);
}

/* the words are equal, or both are zeros */
static struct tc_form equal(struct fl *l, struct number x, struct number y)
{
    struct tc_family *f = l->low.family;
    struct tc_form d = with_signs(l, tc_form_sub(f, x.sign, y.sign), tc_form_sub(f, x.key, y.key));
    mpz_ptr at[2] = {tc_mpz_si(f->arena, 0), tc_mpz_si(f->arena, 1)};
    static const int64_t weight[2] = {1, -1};
    struct tc_form c =
        fl_weigh(l, fl_bank(l, "equal", d, 2, at, "at least, and above"), 2, weight, 0, 0, 1);

    if (l->f->signed_zero)
        c = tc_form_add(f, c,
                        fl_gate(l, "zeros", tc_form_scale_si(f, tc_form_add(f, x.key, y.key), -1),
                                0, "both are zeros"));
    return c;
}

static void lower_two(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct number x = number_at(l, tc_axis_const(0)), y;
    struct tc_form c;

    y = l->prim->nconst ? constant_number(l, l->prim->constant) : number_at(l, tc_axis_const(1));
    if (l->prim->op == TC_OP_EQ)
        c = equal(l, x, y);
    else
        c = at_least(l, y, x, l->prim->op == TC_OP_LT, NULL);
    if (l->f->nan) {
        c = tc_form_sub(f, c, is_nan(l, "nan.x", x.key));
        if (l->prim->op != TC_OP_EQ) /* there y has the same word */
            c = tc_form_sub(f, c, is_nan(l, "nan.y", y.key));
    }
    output_truth(l, c);
}

/* ----------------------------------------------------------------------- the largest */

struct largest {
    struct fl *l;
    unsigned n;
    const struct tc_index *i, *j; /* of a pair */
    struct tc_form beats;         /* i < j: operand i is at least operand j */
    struct tc_index *k;           /* of NaN flags */
    struct tc_form nan;           /* operand k is NaN */
};

/* a's number is below b's */
static struct tc_guard before(struct tc_arena *arena, const struct tc_index *a,
                              const struct tc_index *b)
{
    struct tc_guard g = tc_guard_le(arena, a, b);

    g.expr.at.constant--;
    return g;
}

/* the signed key: a layer of a gate a bit */
static struct tc_form signed_key(struct fl *l, struct tc_axis i)
{
    struct tc_family *f = l->low.family;
    unsigned bits = l->p + l->q - 1;
    struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    struct fl_word x = fl_operand(l, i);
    const struct tc_index *ix = a;
    struct tc_form y = tc_form_add(f, fl_fraction_bit(l, x, at), fl_sign(l, x));

    y = fl_gate(l, "minus", y, 2, "the bits of negative numbers");
    y = tc_form_scale_si(f, tc_form_times(f, y, powers(&l->low, bits, false), &at), -2);
    return tc_form_add(f, fl_key(l, x), tc_form_sum(f, y, 1, &ix, 0, NULL));
}

static uint64_t pairs(const struct fl *l)
{
    return (uint64_t)l->prim->terms * (l->prim->terms - 1) / 2;
}

static void compare_all(struct largest *m)
{
    struct fl *l = m->l;
    struct tc_family *f = l->low.family;
    double two = (double)pairs(l) * (l->f->signed_zero ? 3 : 2);
    double three = (double)pairs(l) + (double)m->n * (l->p + l->q - 1);
    struct cost cost[2] = {{.depth = 2, .gates = two}, {.depth = 3, .gates = three}};

    if (l->p + l->q > 62 || cheapest(&l->low, 2, cost) == 0) {
        struct tc_guard guard;

        m->i = tc_index_new(f, "i", m->n, NULL);
        m->j = tc_index_new(f, "j", m->n, NULL);
        guard = before(f->arena, m->i, m->j);
        m->beats = at_least(l, number_at(l, tc_axis_of(f->arena, m->i)),
                            number_at(l, tc_axis_of(f->arena, m->j)), false, &guard);
    } else {
        struct tc_index *k = tc_index_new(f, "i", m->n, NULL);
        struct tc_form x = signed_key(l, tc_axis_of(f->arena, k)), y;
        struct tc_guard guard;

        m->i = tc_index_new(f, "i", m->n, NULL);
        m->j = tc_index_new(f, "j", m->n, NULL);
        guard = before(f->arena, m->i, m->j);
        y = tc_form_subst(f, x, k, tc_axis_of(f->arena, m->j));
        x = tc_form_subst(f, x, k, tc_axis_of(f->arena, m->i));
        m->beats = guarded(l, "above", tc_form_sub(f, x, y), 0, &guard,
                           "the earlier of a pair is at least as large");
    }
    if (l->f->nan) {
        m->k = tc_index_new(f, "i", m->n, NULL);
        m->nan = is_nan(l, "nan", fl_key(l, fl_operand(l, tc_axis_of(f->arena, m->k))));
    }
}

static struct tc_form place(struct largest *m, struct tc_index *i)
{
    struct tc_family *f = m->l->low.family;
    int64_t *number = tc_alloc(f->arena, m->n, sizeof *number);
    struct tc_axis at = tc_axis_of(f->arena, i);

    for (unsigned k = 0; k < m->n; k++)
        number[k] = k;
    return tc_form_table(f, table_of(&m->l->low, "i", m->n, number), &at);
}

/* sum over j after i, or before i, of x at (k = j) */
static struct tc_form over_others(struct largest *m, struct tc_form x, const struct tc_index *i,
                                  bool after)
{
    struct tc_family *f = m->l->low.family;
    const struct tc_index *j = tc_index_new(f, "j", m->n, NULL);
    struct tc_guard guard = after ? before(f->arena, i, j) : before(f->arena, j, i);

    x = tc_form_subst(f, x, m->k, tc_axis_of(f->arena, j));
    return tc_form_sum(f, x, 1, &j, 1, &guard);
}

/* n - 1 or more iff operand i is the first largest: as many as it beats, those before it
 * strictly.  NaN is above all, whatever it seems to beat; an earlier NaN is above it. */
static struct tc_form score(struct largest *m, struct tc_index *i)
{
    struct tc_family *f = m->l->low.family;
    const struct tc_index *j = tc_index_new(f, "j", m->n, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, i), tc_axis_of(f->arena, j)};
    struct tc_guard after = before(f->arena, i, j), earlier = before(f->arena, j, i);
    int64_t n = m->n;
    struct tc_form x, y;

    /* the pair's indices at once: the first one's substitute does not occur yet */
    x = tc_form_subst(f, tc_form_subst(f, m->beats, m->i, at[0]), m->j, at[1]);
    y = tc_form_subst(f, tc_form_subst(f, m->beats, m->i, at[1]), m->j, at[0]);
    x = tc_form_sum(f, x, 1, &j, 1, &after);
    x = tc_form_sub(f, x, tc_form_sum(f, y, 1, &j, 1, &earlier));
    x = tc_form_add(f, x, place(m, i));
    if (!m->k)
        return x;
    x = tc_form_add(f, x, tc_form_scale_si(f, tc_form_subst(f, m->nan, m->k, at[0]), n * n));
    x = tc_form_sub(f, x, tc_form_scale_si(f, over_others(m, m->nan, i, true), n));
    return tc_form_sub(f, x, tc_form_scale_si(f, over_others(m, m->nan, i, false), 2 * n * n));
}

static void output_bits(struct fl *l, const char *name, struct tc_form x)
{
    struct tc_family *f = l->low.family;

    tc_family_output(f, name,
                     &tc_bank_new(f, name, x, NULL, tc_form_si(f, 1), true, 0, NULL, "output",
                                  "the result's bits as gates")
                          ->plane);
}

/* any bits of the winner's word, or NaN's */
static void output_number(struct largest *m)
{
    struct fl *l = m->l;
    struct tc_family *f = l->low.family;
    unsigned bits = l->p + l->q;
    struct tc_index *i = tc_index_new(f, "i", m->n, NULL), *a = tc_index_new(f, "a", bits, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    const struct tc_index *ix = i, *k = m->k;
    struct tc_form x = fl_fraction_bit(l, fl_operand(l, tc_axis_of(f->arena, i)), at);

    x = fl_gate(l, "best", tc_form_add(f, x, score(m, i)), m->n,
                "bits of the first largest, the others' are 0");
    x = tc_form_sum(f, x, 1, &ix, 0, NULL);
    if (m->k) {
        int64_t *turn = tc_alloc(f->arena, bits, sizeof *turn);
        mpz_t word;

        mpz_init(word);
        tc_format_special(l->f, TC_NAN, false, word);
        for (unsigned b = 0; b < bits; b++)
            turn[b] = mpz_tstbit(word, b) ? 1 : -1;
        mpz_clear(word);
        x = tc_form_add(f, x,
                        tc_form_times(f, tc_form_sum(f, m->nan, 1, &k, 0, NULL),
                                      table_of(&l->low, "nan", bits, turn), &at));
    }
    output_bits(l, "y", x);
}

/* the first operand adds nothing to the place */
static void output_place(struct largest *m)
{
    struct fl *l = m->l;
    struct tc_family *f = l->low.family;
    const struct tc_format *r = &l->prim->result[l->prim->nresult - 1];
    struct tc_index *k = tc_index_new(f, "i", m->n, NULL);
    struct tc_index *i = tc_index_new(f, "i", m->n - 1, NULL);
    struct tc_index *a = tc_index_new(f, "a", r->bits, NULL);
    int64_t *digit = tc_alloc(f->arena, (size_t)(m->n - 1) * r->bits, sizeof *digit), extent[2];
    struct tc_axis at[2] = {tc_axis_of(f->arena, i), tc_axis_of(f->arena, a)};
    const struct tc_index *ix = i;
    struct tc_form x = score(m, k);

    x = tc_form_subst(f, x, k, tc_axis_plus(f->arena, tc_axis_const(1), 1, i));
    x = fl_gate(l, "first", x, m->n - 1, "operand i + 1 is the first largest");
    for (unsigned b = 0; b + 1 < m->n; b++)
        for (unsigned c = 0; c < r->bits; c++)
            digit[b * r->bits + c] = ((b + 1) >> c) & 1;
    extent[0] = m->n - 1;
    extent[1] = r->bits;
    x = tc_form_times(f, x, tc_table_dense(f, "digit", 2, extent, digit), at);
    output_bits(l, "place", claim(&l->low, tc_form_sum(f, x, 1, &ix, 0, NULL), 0, 1));
}

/* one operand is the largest, and first */
static void lower_one(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct largest m = {.l = l, .n = 1, .k = l->f->nan ? tc_index_new(f, "i", 1, NULL) : NULL};
    struct tc_index *a = tc_index_new(f, "a", 1, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    int64_t zero = 0;

    if (m.k)
        m.nan = is_nan(l, "nan", fl_key(l, fl_operand(l, tc_axis_of(f->arena, m.k))));
    m.beats = tc_form_si(f, 0);
    m.i = m.j = a;
    if (l->prim->op != TC_OP_ARGMAX)
        output_number(&m);
    if (l->prim->op != TC_OP_MAX)
        output_bits(l, "place", tc_form_table(f, table_of(&l->low, "zero", 1, &zero), &at));
}

static void lower_largest(struct fl *l)
{
    struct largest m = {.l = l, .n = l->prim->terms};

    compare_all(&m);
    if (l->prim->op != TC_OP_ARGMAX)
        output_number(&m);
    if (l->prim->op != TC_OP_MAX)
        output_place(&m);
}

bool fl_lower_order(struct fl *l)
{
    if (!l->prim->terms)
        lower_two(l);
    else if (l->prim->terms == 1)
        lower_one(l);
    else
        lower_largest(l);
    return true;
}
