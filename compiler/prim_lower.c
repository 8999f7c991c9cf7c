/* prim_lower.c -- one operation to a circuit family
 *
 * Which file builds what, and what is too large for it.  Integers: prim_linear.c,
 * prim_function.c, prim_order.c; of any width prim_wide.c, prim_product.c; floats
 * prim_float_*.c and prim_arith_*.c.
 */
#include "arith.h"
#include "prim_integer.h"
#include "prim_wide.h"

#include <assert.h>
#include <string.h>

#define MOST_BITS 60 /* of integers as 64-bit weights */

/* ------------------------------------------------------------------ operands */

int64_t il_constant(const struct tc_prim *prim, unsigned i)
{
    return tc_prim_integer(&prim->format, prim->constant[(size_t)i * prim->limbs]);
}

/* 2^a, the last one negative in two's complement */
static const struct tc_table *weights(struct prim_lowering *p)
{
    const struct tc_format *t = &p->prim->format;
    mpz_ptr *w;
    int64_t extent = t->bits;

    if (t->bits <= MOST_BITS)
        return powers(&p->low, t->bits, t->kind == TC_FIXED);
    w = tc_alloc(p->low.family->arena, t->bits, sizeof *w);
    for (unsigned a = 0; a < t->bits; a++)
        w[a] = power_of_two(&p->low, a);
    if (t->kind == TC_FIXED)
        mpz_neg(w[t->bits - 1], w[t->bits - 1]);
    return tc_table_dense_mpz(p->low.family, "signed", 1, &extent, w);
}

struct tc_form il_bit(struct prim_lowering *p, struct tc_axis i, struct tc_axis a)
{
    struct tc_axis at[2] = {i, a};

    if (p->words)
        return prim_word_bit(&p->low, p->words, p->x, i, a);
    return tc_form_wire(p->low.family, p->x, at);
}

struct tc_form il_value(struct prim_lowering *p, struct tc_axis i)
{
    struct tc_family *f = p->low.family;
    const struct tc_format *t = &p->prim->format;
    struct tc_index *a = tc_index_new(f, "a", t->bits, NULL);
    const struct tc_index *ix = a;
    struct tc_axis at = tc_axis_of(f->arena, a);
    mpz_ptr low = tc_mpz(f->arena), high = tc_mpz(f->arena);
    struct tc_form x = tc_form_times(f, il_bit(p, i, at), weights(p), &at);

    x = tc_form_sum(f, x, 1, &ix, 0, NULL);
    wide_bounds(t, low, high);
    return claim_mpz(&p->low, x, low, high);
}

/* ------------------------------------------------------------------- outputs */

struct tc_bank *il_bank(struct prim_lowering *p, const char *name, struct tc_form x,
                        struct tc_form theta, const char *note)
{
    return tc_bank_new(p->low.family, name, x, NULL, theta, true, 0, NULL, p->low.component, note);
}

void il_output(struct prim_lowering *p, const char *name, struct tc_form x)
{
    p->low.component = "output";
    tc_family_output(
        p->low.family, name,
        &il_bank(p, name, x, tc_form_si(p->low.family, 1), "the result's bits as gates")->plane);
}

/* -------------------------------------------------------------------------- family */

static bool is_linear(enum tc_op op)
{
    return op == TC_OP_ADD || op == TC_OP_SUB || op == TC_OP_MUL || op == TC_OP_SUM ||
           op == TC_OP_DOT || op == TC_OP_NEG;
}

static bool is_order(enum tc_op op)
{
    return op == TC_OP_LT || op == TC_OP_LE || op == TC_OP_EQ;
}

static bool is_largest(enum tc_op op)
{
    return op == TC_OP_MAX || op == TC_OP_ARGMAX || op == TC_OP_MAXARG;
}

static bool is_simple(enum tc_op op)
{
    return op == TC_OP_RELU || op == TC_OP_FLOOR || op == TC_OP_ABS;
}

/* of several rounded steps */
static bool is_composed(enum tc_op op)
{
    return op == TC_OP_SOFTMAX || op == TC_OP_NORM;
}

/* bits of a linear operation's sum; 0 of others */
static unsigned sum_width(const struct tc_prim *prim)
{
    unsigned n = prim->terms ? prim->terms : 2, bits = prim->format.bits;
    bool product = prim->op == TC_OP_MUL || prim->op == TC_OP_DOT;
    unsigned most = is_linear(prim->op) ? (product ? 2 * bits : bits) : 0;

    while (most && n) {
        n >>= 1;
        most++;
    }
    return most;
}

/* by digits: where tables are too large, or not wanted */
static bool by_digits(const struct tc_prim *prim)
{
    enum tc_op op = prim->op;
    bool function = (op == TC_OP_SQRT || op == TC_OP_RSQRT || op == TC_OP_RECIP) && !prim->nconst;

    return (op == TC_OP_DIV || function) &&
           (prim->format.bits > TC_TABLE_MAX_BITS ||
            (prim->format.bits > 1 && prim->options->regime == TC_REGIME_ARITHMETIC));
}

/* il_linear's weights are 64-bit integers, il_quotient's gates a table */
static bool is_wide(const struct tc_prim *prim)
{
    return sum_width(prim) > MOST_BITS || prim->op == TC_OP_PROD || by_digits(prim);
}

/* what the constructions can build */
static bool check_size(const struct tc_prim *prim, struct tc_error *err)
{
    unsigned bits = prim->format.bits;

    if (is_composed(prim->op) || is_wide(prim) || tc_prim_is_pieces(prim) || is_order(prim->op) ||
        is_largest(prim->op) || is_simple(prim->op))
        return true;
    if (bits > MOST_BITS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u bits: %s is built up to %d in this version", bits, prim->name,
                       MOST_BITS);
    if (!is_linear(prim->op) && bits > TC_TABLE_MAX_BITS)
        return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                       "%u bits: %s is lowered by a table of its values, up to %u bits", bits,
                       prim->name, TC_TABLE_MAX_BITS);
    return true;
}

/* of one operand; false: it is no such function */
static bool wide_function(struct wide *w)
{
    if (w->prim->op == TC_OP_RECIP)
        wide_reciprocal(w);
    else if (w->prim->op == TC_OP_SQRT || w->prim->op == TC_OP_RSQRT)
        wide_root(w, w->prim->op == TC_OP_RSQRT);
    else
        return false;
    return true;
}

static bool lower_wide(struct prim_lowering *p)
{
    struct wide *w = tc_alloc(p->low.family->arena, 1, sizeof *w);
    bool sign = p->prim->format.kind == TC_FIXED;

    w->low = &p->low;
    w->prim = p->prim;
    w->x = p->x;
    if (p->prim->op == TC_OP_PROD)
        return wide_product(w);
    if (p->prim->op == TC_OP_DIV && !p->prim->nconst)
        wide_quotient(w, sign, sign);
    else if (p->prim->op == TC_OP_DIV && wide_is_zero(p->prim))
        wide_quotient_zero(w);
    else if (!wide_function(w))
        return wide_linear(w);
    return true;
}

bool il_lower_step(struct prim_lowering *p, const struct il_step *step)
{
    struct wide *w = tc_alloc(p->low.family->arena, 1, sizeof *w);
    enum tc_op op = p->prim->op;

    *w = (struct wide){.low = &p->low,
                       .prim = p->prim,
                       .x = p->x,
                       .scale = step->scale,
                       .add = step->add,
                       .divide = step->divide,
                       .bits = {step->bits[0], step->bits[1]},
                       .down = step->down,
                       .word = true};
    p->word = true;
    if (!check_size(p->prim, p->low.err))
        return false;
    if (op == TC_OP_SUM || op == TC_OP_ADD || op == TC_OP_SUB || op == TC_OP_MUL)
        return wide_linear(w);
    if (op == TC_OP_DIV)
        wide_quotient(w, step->minus[0], step->minus[1]);
    else if (is_largest(op))
        il_max(p);
    else if (is_order(op))
        il_compare(p);
    else if (is_simple(op))
        il_simple(p);
    else if (tc_prim_is_pieces(p->prim))
        return il_pieces(p);
    else if (!by_digits(p->prim) || !wide_function(w))
        il_function(p);
    return true;
}

/* floats: which file builds what */
bool fl_lower(struct fl *l)
{
    if (tc_prim_is_series(l->prim))
        return fl_lower_series(l);
    if (tc_prim_is_pieces(l->prim))
        return fl_lower_pieces(l);
    if (l->prim->op == TC_OP_PROD)
        return fl_lower_products(l);
    if (l->low.options->regime == TC_REGIME_ARITHMETIC)
        switch (l->prim->op) {
        case TC_OP_ADD:
        case TC_OP_SUB:
            return fl_arith_sum(l);
        case TC_OP_SUM:
            return l->prim->noperand + l->prim->nconst == 2 ? fl_arith_sum(l)
                                                            : fl_arith_many(l, FL_ANY_PLACES, 0);
        case TC_OP_MUL:
            return fl_arith_product(l);
        case TC_OP_DIV:
        case TC_OP_RECIP:
            return fl_arith_quotient(l);
        case TC_OP_SQRT:
            return fl_arith_root(l);
        case TC_OP_RSQRT:
            return fl_arith_reciprocal_root(l);
        case TC_OP_DOT:
            return fl_arith_many(l, FL_ANY_PLACES, 0);
        default:
            break;
        }
    switch (l->prim->op) {
    case TC_OP_ADD:
    case TC_OP_SUB:
    case TC_OP_SUM:
    case TC_OP_DOT:
        return fl_lower_sum(l);
    case TC_OP_MUL:
        return fl_lower_product(l);
    case TC_OP_DIV:
        return fl_lower_quotient(l);
    case TC_OP_LT:
    case TC_OP_LE:
    case TC_OP_EQ:
    case TC_OP_MAX:
    case TC_OP_ARGMAX:
    case TC_OP_MAXARG:
        return fl_lower_order(l);
    case TC_OP_SOFTMAX:
        return fl_by_steps(l->prim) ? fl_lower_steps(l) : fl_lower_softmax(l);
    case TC_OP_NORM:
        return fl_by_steps(l->prim) ? fl_lower_steps(l) : fl_lower_norm(l);
    default:
        return l->prim->noperand == 1 && !l->prim->terms
                   ? fl_lower_function(l)
                   : tc_fail(l->low.err, TC_EUSAGE, (struct tc_loc){0},
                             "%s of floats is not built yet in this version", l->prim->name);
    }
}

static struct tc_family *lower_floats(struct prim_lowering *p)
{
    const struct tc_format *f = &p->prim->format;
    bool narrow = f->p + f->q <= 62;
    int64_t b = narrow ? (int64_t)1 << (f->p - 1) : 0;
    struct fl l = {.low = p->low,
                   .prim = p->prim,
                   .f = f,
                   .x = p->x,
                   .words = p->words,
                   .p = f->p,
                   .q = f->q,
                   .hidden = b,
                   .least = f->underflow == TC_GRADUAL ? 1 : b,
                   .last = narrow ? tc_format_last_key(f) : 0};

    if (fl_lower(&l))
        return p->low.family;
    tc_family_free(p->low.family);
    return NULL;
}

/* softmax and norm, of fixed formats */
static struct tc_family *lower_composed(struct prim_lowering *p)
{
    struct fl l = {.low = p->low, .prim = p->prim, .f = &p->prim->format, .x = p->x};

    if (fl_by_steps(p->prim)           ? fl_lower_steps(&l)
        : p->prim->op == TC_OP_SOFTMAX ? fl_lower_softmax(&l)
                                       : fl_lower_norm(&l))
        return p->low.family;
    tc_family_free(p->low.family);
    return NULL;
}

static struct tc_family *lower(const struct tc_prim *prim, struct tc_error *err)
{
    struct prim_lowering pl = {.prim = prim}, *p = &pl;
    const struct tc_index *axis[2];
    struct tc_family *f;

    if (prim->format.kind != TC_FLOAT && !check_size(prim, err))
        return NULL;
    f = tc_family_new(prim->name);
    p->low = (struct lowering){.options = prim->options,
                               .family = f,
                               .err = err,
                               .bits = prim->format.bits,
                               .fraction = prim->format.fraction,
                               .component = prim->name,
                               .prefix = ""};
    axis[0] = tc_index_new(f, "i", prim->noperand, NULL);
    axis[1] = tc_index_new(f, "a", tc_format_width(&prim->format), NULL);
    p->x = tc_family_input(f, "x", 2, axis);
    if (is_largest(prim->op) || (is_order(prim->op) && prim->format.bits > TC_TABLE_MAX_BITS) ||
        (prim->op == TC_OP_PROD && prim->format.kind == TC_FLOAT))
        p->words = prim_words(&p->low, prim);
    if (prim->format.kind == TC_FLOAT)
        return lower_floats(p);
    if (is_composed(prim->op))
        return lower_composed(p);
    if (is_wide(prim) || tc_prim_is_pieces(prim)) {
        if (is_wide(prim) ? lower_wide(p) : il_pieces(p))
            return f;
        tc_family_free(f);
        return NULL;
    }
    if (is_linear(prim->op))
        il_linear(p);
    else if (is_simple(prim->op))
        il_simple(p);
    else if (prim->terms)
        il_max(p);
    else if (is_order(prim->op) && (prim->noperand == 2 || p->words))
        il_compare(p);
    else if (prim->noperand == 1)
        il_function(p);
    else
        il_quotient(p);
    return f;
}

/* ------------------------------------------------------------------------- regimes */

static bool has_both_regimes(const struct tc_prim *p)
{
    return p->format.kind == TC_FLOAT &&
           (p->op == TC_OP_ADD || p->op == TC_OP_SUB || p->op == TC_OP_SUM || p->op == TC_OP_MUL ||
            p->op == TC_OP_DOT || p->op == TC_OP_DIV || p->op == TC_OP_RECIP ||
            p->op == TC_OP_SQRT);
}

static struct tc_family *lower_in(const struct tc_prim *prim, enum tc_regime regime,
                                  struct tc_error *err)
{
    struct tc_options options = *prim->options;
    struct tc_prim copy = *prim;

    options.regime = regime;
    copy.options = &options;
    return lower(&copy, err);
}

/* gates and depth, without the gates of the results' bits */
static bool cost_of(const struct tc_family *f, struct cost *cost, struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count;
    bool ok = tc_family_count(arena, f, false, &count, err);

    for (unsigned i = 0; ok && i < f->nbank; i++) {
        if (!strcmp(f->bank[i]->component, "output"))
            continue;
        cost->gates += mpz_get_d(count.bank[i].gates);
        if (f->bank[i]->plane.level > cost->depth)
            cost->depth = f->bank[i]->plane.level;
    }
    tc_arena_free(arena);
    return ok;
}

/* a table of 2^p gates and circuits of a size polynomial in p, whichever -O asks for; past
 * 13 bits a table is no choice but where depth alone counts */
static struct tc_family *lower_float_regime(const struct tc_prim *prim, struct tc_error *err)
{
    const struct tc_options *o = prim->options;
    struct tc_error table_err = {0}, other = {0};
    bool table = prim->format.p <= 13 || o->level == TC_LEVEL_2;
    struct tc_family *by[2] = {table ? lower_in(prim, TC_REGIME_TABLE, &table_err) : NULL};
    struct lowering L = {.options = o};
    struct cost cost[2] = {{0}};
    unsigned best = by[0] ? 0 : 1;

    /* of dot products -O1 takes the table's two layers less, whatever it saves */
    if (!by[0] || prim->op != TC_OP_DOT || o->level != TC_LEVEL_1)
        by[1] = lower_in(prim, TC_REGIME_ARITHMETIC, &other);

    if (!by[0] && !by[1])
        *err = table ? table_err : other;
    if (!by[0] || !by[1])
        return by[best];
    if (cost_of(by[0], &cost[0], err) && cost_of(by[1], &cost[1], err))
        best = cheapest(&L, 2, cost);
    tc_family_free(by[!best]);
    return by[best];
}

/* of narrow floats, softmax and norm by steps that tables too are right for */
static bool has_table_of_steps(const struct tc_prim *p)
{
    struct tc_prim exp = *p;

    exp.op = TC_OP_EXP;
    return is_composed(p->op) && fl_by_steps(p) &&
           tc_format_width(&p->format) <= TC_TABLE_MAX_BITS &&
           (p->op == TC_OP_NORM || !tc_prim_is_series(&exp));
}

struct tc_family *tc_prim_lower(const struct tc_prim *prim, struct tc_error *err)
{
    struct tc_error refused;
    struct tc_family *f;

    if (has_table_of_steps(prim)) {
        f = lower(prim, &refused);
        return f ? f : lower_in(prim, TC_REGIME_TABLE, err);
    }
    if (prim->options->regime == TC_REGIME_AUTO && has_both_regimes(prim))
        return lower_float_regime(prim, err);
    return lower(prim, err);
}
