/* words.c -- models in formats too wide for tables; see words.h */
#include "words.h"
#include "float.h"

#include <assert.h>

/* --------------------------------------------------------------------- operations */

static struct number take(struct lowering *L, struct operation o)
{
    struct number y = o.operand[0];

    if (L->err->kind)
        return y;
    o.component = L->component;
    operate(L, words_format(L), &o, &y);
    return y;
}

const struct tc_format *words_format(const struct lowering *L)
{
    return L->ieee ? L->ieee : L->format;
}

struct number words_unary(struct lowering *L, const char *name, enum tc_op op, struct number x)
{
    return take(L, (struct operation){.name = name, .op = op, .operand = {x}});
}

struct number words_binary(struct lowering *L, const char *name, enum tc_op op, struct number x,
                           struct number y)
{
    return take(L, (struct operation){.name = name, .op = op, .operand = {x, y}});
}

struct number words_ratio(struct lowering *L, const char *name, struct number x, bool minus_x,
                          struct number y)
{
    return words_in(L, L->format,
                    (struct operation){.name = name,
                                       .component = L->component,
                                       .op = TC_OP_DIV,
                                       .plus = {!minus_x, true},
                                       .operand = {x, y}});
}

/* indices of more than one value; of one they are put at it */
static unsigned long_indices(struct lowering *L, struct number *x, unsigned n,
                             const struct tc_index *const *over, struct operation *o)
{
    unsigned m = 0;

    for (unsigned k = 0; k < n; k++) {
        if (over[k]->extent > 1)
            o->over[m++] = over[k];
        else
            *x = number_at(L, *x, over[k], tc_axis_const(0));
    }
    return o->nover = m;
}

/* of what is the same everywhere: so many times it */
static struct number same_terms(struct lowering *L, const char *name, struct number x,
                                const struct operation *o, int64_t divide)
{
    mpq_ptr q = tc_mpq(L->family->arena);

    mpq_set_ui(q, 1, divide ? (unsigned long)divide : 1);
    for (unsigned k = 0; k < o->nover; k++)
        mpz_mul_si(mpq_numref(q), mpq_numref(q), o->over[k]->extent);
    mpq_canonicalize(q);
    return words_times(L, name, x, q);
}

struct number words_sum(struct lowering *L, const char *name, struct number x, unsigned n,
                        const struct tc_index *const *over, int64_t divide)
{
    struct operation o = {.name = name, .op = TC_OP_SUM, .steady = true};
    bool varies = false;

    if (L->err->kind || (!long_indices(L, &x, n, over, &o) && !divide))
        return x;
    for (unsigned k = 0; k < o.nover; k++)
        varies = varies || form_reads(&x.bit, o.over[k]);
    if (!varies && o.nover)
        return same_terms(L, name, x, &o, divide);
    if (divide)
        o.divide = tc_mpz_si(L->family->arena, divide);
    o.operand[0] = x;
    return divide == 1 && !o.nover ? x : take(L, o);
}

struct number words_largest(struct lowering *L, const char *name, struct number x, unsigned n,
                            const struct tc_index *const *over)
{
    struct operation o = {.name = name, .op = TC_OP_MAX};

    if (L->err->kind || !long_indices(L, &x, n, over, &o))
        return x;
    o.operand[0] = x;
    return take(L, o);
}

struct number words_in(struct lowering *L, const struct tc_format *f, struct operation o)
{
    struct number y = o.operand[0];

    if (!L->err->kind)
        operate(L, f, &o, &y);
    return y;
}

struct tc_format words_integers(const struct lowering *L, int64_t most)
{
    struct tc_format f = *L->format;
    unsigned bits = 2;

    if (f.kind == TC_FLOAT && !words_by_block(L))
        return f;
    while (most >>= 1)
        bits++;
    f.kind = TC_FIXED;
    f.fraction = 0;
    f.bits = bits > f.bits ? bits : f.bits;
    return f;
}

struct number words_mean(struct lowering *L, const char *name, struct number x, struct number y,
                         const struct tc_format *integers)
{
    unsigned width = tc_format_width(integers);
    struct operation o = {.name = name,
                          .component = L->component,
                          .op = TC_OP_DIV,
                          .plus = {false, true},
                          .operand = {x, y}};

    if (L->err->kind)
        return x;
    if (integers->kind == TC_FLOAT)
        return words_in(L, integers, o);
    o.operand[0] = number_widened(L, x, width);
    x = words_in(L, integers, o);
    return L->err->kind ? x : number_narrowed(L, x, L->bits);
}

static void located(struct lowering *L, struct tc_loc loc)
{
    if (L->err->kind && !L->err->loc.file)
        L->err->loc = loc;
}

/* ---------------------------------------------------------------------- constants */

struct number words_constant(struct lowering *L, const char *name, mpq_srcptr q)
{
    uint64_t word = tc_format_round(L->format, q, NULL);

    return number_table(L, L->format, name, 0, NULL, &word, NULL);
}

static bool has_one(struct lowering *L, mpq_ptr one)
{
    bool exact;

    mpq_set_ui(one, 1, 1);
    tc_format_round(L->format, one, &exact);
    return exact;
}

struct number words_inverse(struct lowering *L, const char *name, struct number x)
{
    mpq_ptr one = tc_mpq(L->family->arena);

    if (L->err->kind)
        return x;
    return has_one(L, one) ? words_ratio(L, name, words_constant(L, "one", one), false, x)
                           : words_unary(L, name, TC_OP_RECIP, x);
}

struct number words_exp(struct lowering *L, const char *name, struct number x, struct tc_loc loc)
{
    if (!L->err->kind && L->format->kind == TC_FLOAT && !has_one(L, tc_mpq(L->family->arena)))
        tc_fail(L->err, TC_ELIMIT, loc,
                "1 is no number of the format: exp is built by a series where it is; formats of up "
                "to %u "
                "bits are built by tables without --regime arithmetic",
                TC_TABLE_MAX_BITS);
    return L->err->kind ? x : words_unary(L, name, TC_OP_EXP, x);
}

/* x[k] at r = k */
struct number words_chosen(struct lowering *L, unsigned n, const struct number *x,
                           const struct tc_index *r)
{
    struct tc_family *f = L->family;
    struct number y = x[0];
    struct tc_axis at = tc_axis_of(f->arena, r);
    bool apart = false;

    for (unsigned k = 0; k < n; k++)
        apart = apart || x[k].apart;
    for (unsigned k = 0; k < n; k++) {
        struct number z = apart ? number_apart(L, x[k]) : x[k];
        const struct tc_table *is;
        struct tc_form bit;
        int64_t *one;

        if (!k)
            y = z;
        bit = tc_form_subst(f, z.bit, z.a, tc_axis_of(f->arena, y.a));
        one = tc_alloc(f->arena, n, sizeof *one);
        one[k] = 1;
        is = table_of(L, "is", n, one);
        bit = tc_form_times(f, bit, is, &at);
        y.bit = k ? tc_form_add(f, y.bit, bit) : bit;
        if (y.apart) {
            bit = tc_form_times(f, z.sign, is, &at);
            y.sign = k ? tc_form_add(f, y.sign, bit) : bit;
        }
    }
    y.bit = claim(L, y.bit, 0, 1);
    if (y.apart)
        y.sign = claim(L, y.sign, 0, 1);
    return y;
}

struct number words_weight(struct lowering *L, unsigned tensor, const struct tc_axis *at)
{
    const struct tc_tensor *t = &L->spec->tensor[tensor];
    int64_t extent[3] = {0};

    if (L->plane[tensor])
        return number_wires(L, L->plane[tensor], at);
    for (unsigned k = 0; k < t->rank; k++)
        extent[k] = t->size[k].value;
    return number_table(L, L->format, t->name, t->rank, extent, t->word, at);
}

/* ------------------------------------------------------------------- by constants */

/* With q = a / b the root of an integer that is no square, x root(q) and a half h differ by at
 * least |x^2 q - h^2| / (x root(q) + |h|) >= (1 / 4b) / (2^(bits + 1) root(q) + 1), which M 2^-s
 * errs by less than. */
void words_root_multiple(unsigned bits, mpq_srcptr q, mpz_ptr m, mpz_ptr unit)
{
    unsigned long s =
        2 * bits + 6 + 2 * mpz_sizeinbase(mpq_numref(q), 2) + 2 * mpz_sizeinbase(mpq_denref(q), 2);

    mpz_mul_2exp(m, mpq_numref(q), 2 * s);
    mpz_fdiv_q(m, m, mpq_denref(q));
    mpz_sqrt(m, m);
    mpz_set_ui(unit, 0);
    mpz_setbit(unit, s);
}

static struct number float_times(struct lowering *L, const char *name, struct number x,
                                 struct fl_factor q)
{
    return take(L, (struct operation){.name = name, .op = TC_OP_SUM, .times = &q, .operand = {x}});
}

/* x where it is so large that x + q is rounded to it; else y */
static struct number unless_far(struct lowering *L, const char *name, struct number x,
                                struct number y, int64_t field)
{
    struct tc_family *f = L->family;
    const struct tc_format *t = L->format;
    unsigned bits = tc_format_width(t) - 1;
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct tc_form key = tc_form_subst(f, x.bit, x.a, tc_axis_of(f->arena, a)), far;
    mpz_ptr *power = tc_alloc(f->arena, bits, sizeof *power), at = tc_mpz_si(f->arena, field);

    mpz_mul_2exp(at, at, t->p - 1);
    for (unsigned k = 0; k < bits; k++)
        power[k] = power_of_two(L, k);
    key = tc_form_sum(f, times_table(L, "power", key, 1, &a, power), 1, &a, 0, NULL);
    far = wire_of(L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.far", name)), key, NULL,
                                  tc_form_const(f, at), true, 0, NULL, L->component,
                                  "too large for what is added")
                          ->plane);
    x = number_masked(L, t, &x, 1, &far, tc_sprintf(f->arena, "%s.large", name),
                      "the number itself");
    far = claim(L, tc_form_sub(f, tc_form_si(f, 1), far), 0, 1);
    y = number_masked(L, t, &y, 1, &far, tc_sprintf(f->arena, "%s.near", name), "or the sum");
    x.bit = tc_form_subst(f, x.bit, x.a, tc_axis_of(f->arena, y.a));
    y.bit = claim(L, tc_form_add(f, x.bit, y.bit), 0, 1);
    return y;
}

static struct number float_plus(struct lowering *L, const char *name, struct number x, mpq_srcptr q)
{
    int64_t far = fl_plus_far(L->format, q);
    struct number y;
    bool exact;

    tc_format_round(L->format, q, &exact);
    if (exact)
        return words_binary(L, name, TC_OP_ADD, x, words_constant(L, "summand", q));
    if (fl_plus_is_none(L->format, q))
        return x;
    y = take(L, (struct operation){.name = name, .op = TC_OP_SUM, .more = q, .operand = {x}});
    return far && !L->err->kind ? unless_far(L, name, x, y, far) : y;
}

struct number words_times(struct lowering *L, const char *name, struct number x, mpq_srcptr q)
{
    struct operation o = {.name = name,
                          .op = TC_OP_SUM,
                          .scale = mpq_numref(q),
                          .divide = mpq_denref(q),
                          .operand = {x}};

    if (L->err->kind || mpq_cmp_ui(q, 1, 1) == 0)
        return x;
    return L->format->kind == TC_FLOAT
               ? float_times(L, name, x, (struct fl_factor){.q = q, .minus = mpq_sgn(q) < 0})
               : take(L, o);
}

struct number words_scaled(struct lowering *L, const char *name, struct number x,
                           const struct tc_scale *scale)
{
    mpq_ptr q = tc_mpq(L->family->arena);
    mpz_ptr m = tc_mpz(L->family->arena), unit = tc_mpz(L->family->arena);
    bool minus = mpq_sgn(scale->multiply) < 0;

    if (L->err->kind)
        return x;
    if (is_float(L) && words_by_block(L))
        return words_scaled_exactly(L, name, x, scale);
    if (!scale->root) {
        mpq_div(q, scale->multiply, scale->divide);
        return words_times(L, name, x, q);
    }
    mpq_mul(q, scale->multiply, scale->multiply);
    mpq_div(q, q, scale->divide);
    if (L->format->kind == TC_FLOAT)
        return float_times(L, name, x, (struct fl_factor){.q = q, .root = true, .minus = minus});
    words_root_multiple(L->bits, q, m, unit);
    if (minus)
        mpz_neg(m, m);
    return take(L, (struct operation){
                       .name = name, .op = TC_OP_SUM, .scale = m, .divide = unit, .operand = {x}});
}

struct number words_square_root(struct lowering *L, const char *name, struct number x, mpq_srcptr q)
{
    return float_times(L, name, x, (struct fl_factor){.q = q, .root = true, .square = true});
}

struct number words_plus(struct lowering *L, const char *name, struct number x, mpq_srcptr q)
{
    mpq_ptr units = tc_mpq(L->family->arena);
    struct operation o = {.name = name, .op = TC_OP_SUM, .operand = {x}};

    if (L->err->kind || mpq_sgn(q) == 0)
        return x;
    if (L->format->kind == TC_FLOAT)
        return float_plus(L, name, x, q);
    mpq_mul_2exp(units, q, L->fraction);
    o.scale = o.divide = mpq_denref(units);
    o.add = mpq_numref(units);
    return take(L, o);
}

/* ------------------------------------------------------------------------- blocks */

struct rows words_linear(struct lowering *L, const char *name, const struct rows *in,
                         unsigned tensor, bool transposed, const struct tc_index *column,
                         unsigned bias)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis row = tc_axis_of(arena, in->coord), c = tc_axis_of(arena, column);
    struct tc_axis at[2] = {transposed ? c : row, transposed ? row : c};
    struct rows y = {.token = in->token, .coord = column};

    if (L->err->kind)
        return *in;
    if (words_by_block(L)) {
        struct number b = bias ? words_weight(L, bias, &c) : in->x;

        y.x = words_rounded_dot(L, name, in->x, words_weight(L, tensor, at), 1, &in->coord,
                                bias ? &b : NULL);
        return y;
    }
    y.x = words_binary(L, tc_sprintf(arena, "%s.product", name), TC_OP_MUL, in->x,
                       words_weight(L, tensor, at));
    y.x = words_sum(L, bias ? tc_sprintf(arena, "%s.sum", name) : name, y.x, 1, &in->coord, 0);
    if (bias && !L->err->kind)
        y.x = words_binary(L, name, TC_OP_ADD, y.x, words_weight(L, bias, &c));
    return y;
}

struct number words_activation(struct lowering *L, const char *name, enum tc_activation_kind kind,
                               struct number x)
{
    static const enum tc_op op[] = {
        [TC_RELU] = TC_OP_RELU, [TC_GELU] = TC_OP_GELU, [TC_GELU_TANH] = TC_OP_GELU_TANH,
        [TC_SILU] = TC_OP_SILU, [TC_TANH] = TC_OP_TANH, [TC_SIGMOID] = TC_OP_SIGMOID,
    };

    return L->err->kind ? x : words_unary(L, name, op[kind], words_read(L, name, x));
}

static struct rows linear(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    return words_linear(L, "y", in, b->tensor, false, index_of(L, "c", &b->out),
                        b->linear.bias ? b->tensor + 1 : 0);
}

static struct rows activation(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    struct rows y = *in;

    y.x = words_activation(L, tc_activation_name[b->activation.kind], b->activation.kind, in->x);
    return y;
}

static struct rows mlp(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    const struct tc_mlp *m = &b->mlp;
    const char *path = L->component;
    const struct tc_index *hidden = index_of(L, "m", &m->hidden), *c = index_of(L, "c", &b->out);
    unsigned t = b->tensor, each = 1 + m->bias;
    struct rows g, h;

    L->component = tc_sprintf(L->family->arena, "%s.hidden", path);
    g = words_linear(L, m->gated ? "g" : "h", in, t, false, hidden, m->bias ? t + 1 : 0);
    g.x = words_activation(L, tc_activation_name[m->activation], m->activation, g.x);
    t += each;
    if (m->gated) {
        h = words_linear(L, "h", in, t, false, hidden, m->bias ? t + 1 : 0);
        if (!L->err->kind)
            g.x =
                words_binary(L, "gh", TC_OP_MUL, words_read(L, "g", g.x), words_read(L, "h", h.x));
        t += each;
    }
    L->component = tc_sprintf(L->family->arena, "%s.output", path);
    return words_linear(L, "y", &g, t, false, c, m->bias ? t + 1 : 0);
}

static struct rows norm(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    const struct tc_norm *n = &b->norm;
    const struct tc_index *e = in->coord;
    struct tc_axis at = tc_axis_of(L->family->arena, e);
    int64_t width = n->kind == TC_NORM_SPHERE ? 0 : b->in.value;
    struct rows y = *in;
    struct number v;
    struct tc_form some;

    if (words_by_block(L)) {
        y.x = words_norm(L, b, in);
        return y;
    }
    if (n->kind == TC_NORM_LAYER)
        y.x =
            words_binary(L, "centred", TC_OP_SUB, in->x, words_sum(L, "mean", in->x, 1, &e, width));
    v = words_binary(L, "square", TC_OP_MUL, y.x, y.x);
    v = words_sum(L, "variance", v, 1, &e, width);
    v = words_plus(L, "epsilon", v, n->epsilon);
    v = words_unary(L, "root", TC_OP_SQRT, v);
    y.x = words_ratio(L, "quotient", y.x, true, v);
    if (L->err->kind)
        return y;
    some = number_positive(L, L->format, &v, "deviates");
    y.x = number_masked(L, L->format, &y.x, 1, &some, "normed", "0 where the divisor is 0");
    if (n->affine)
        y.x = words_binary(L, "scaled", TC_OP_MUL, y.x, words_weight(L, b->tensor, &at));
    if (n->affine && n->kind == TC_NORM_LAYER)
        y.x = words_binary(L, "shifted", TC_OP_ADD, y.x, words_weight(L, b->tensor + 1, &at));
    return y;
}

static struct rows blocks(struct lowering *, unsigned n, const struct tc_block *,
                          const struct rows *);

static struct rows residual(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    struct rows f = blocks(L, b->nchild, b->child, in);
    struct number x;

    if (L->err->kind)
        return f;
    L->component = b->path;
    if (L->several)
        L->prefix = tc_sprintf(L->family->arena, "%s.", b->path);
    x = in->x;
    if (f.coord != in->coord)
        x = number_at(L, x, in->coord, tc_axis_of(L->family->arena, f.coord));
    if (f.token != in->token)
        x = number_at(L, x, in->token, tc_axis_of(L->family->arena, f.token));
    if (words_by_block(L)) {
        f.x = words_residual(L, x, f.x, b->residual.step);
        return f;
    }
    f.x = words_times(L, "step", f.x, b->residual.step);
    f.x = words_binary(L, "y", TC_OP_ADD, x, f.x);
    return f;
}

static struct rows block(struct lowering *L, const struct tc_block *b, const struct rows *in)
{
    L->component = b->path;
    if (L->several)
        L->prefix = tc_sprintf(L->family->arena, "%s.", b->path);
    switch (b->kind) {
    case TC_REPEAT:
        return blocks(L, b->nchild, b->child, in);
    case TC_RESIDUAL:
        return residual(L, b, in);
    case TC_LINEAR:
        return linear(L, b, in);
    case TC_ACTIVATION:
        return activation(L, b, in);
    case TC_MLP:
        return mlp(L, b, in);
    case TC_NORM:
        return norm(L, b, in);
    case TC_ATTENTION:
        return words_attention(L, b, in);
    case TC_POSITION:
        return words_position(L, &b->position, b->tensor, in, b->loc);
    case TC_EMBEDDING:
        return words_embedding(L, b, in);
    case TC_UNEMBEDDING:
        return words_unembedding(L, b, in);
    }
    return *in;
}

static struct rows blocks(struct lowering *L, unsigned n, const struct tc_block *b,
                          const struct rows *in)
{
    struct rows x = *in;

    for (unsigned k = 0; k < n && !L->err->kind; k++) {
        x = block(L, &b[k], &x);
        located(L, b[k].loc);
    }
    return x;
}

struct rows words_lower(struct lowering *L)
{
    struct tc_arena *arena = L->family->arena;
    struct rows x = {.token = index_of(L, "i", &L->spec->length)};
    struct tc_axis at[2] = {tc_axis_of(arena, x.token)};

    x.ids = L->spec->vocabulary.value > 0;
    if (!x.ids) {
        x.coord = index_of(L, "e", &L->spec->width);
        at[1] = tc_axis_of(arena, x.coord);
    }
    x.x = number_wires(L, L->plane[0], at);
    return blocks(L, L->spec->nblock, L->spec->block, &x);
}

void words_output(struct lowering *L, const struct rows *y)
{
    struct tc_family *f = L->family;
    const struct tc_format *t = y->ids ? &L->spec->result_ids : L->format;
    const struct tc_index *a = tc_index_new(f, "a", tc_format_width(t), NULL);
    struct tc_form bit = number_bits(L, t, &y->x, a);
    struct tc_guard guard[2];
    unsigned nguard = 0;

    /* an index that the bits do not depend on still counts outputs */
    if (!form_reads(&bit, y->token))
        guard[nguard++].expr = tc_axis_of(f->arena, y->token);
    if (y->coord && !form_reads(&bit, y->coord))
        guard[nguard++].expr = tc_axis_of(f->arena, y->coord);
    L->component = "output";
    L->prefix = "";
    tc_family_output(f, "Y",
                     &tc_bank_new(f, "Y", bit, NULL, tc_form_si(f, 1), true, nguard, guard,
                                  L->component, "the result's bits as gates")
                          ->plane);
}
