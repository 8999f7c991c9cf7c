/* operation.c -- rounded operations on words, at every point of their indices; see operation.h */
#include "operation.h"
#include "float.h"
#include "prim_integer.h"

#include <assert.h>
#include <string.h>

#define MOST_TERMS   (1 << 20) /* of a sum over several indices */
#define MOST_ENTRIES (1 << 26) /* of a table of words */

/* ---------------------------------------------------------------------- stand-ins
 *
 * The operation's banks are those from `first` on; `standin` is the plane [i, a] that they take
 * for the operands' words. */

struct move {
    struct lowering *L;
    const struct tc_format *f;
    const struct operation *o;
    const struct tc_plane *standin;
    unsigned first;
    int64_t terms; /* of a sum */
    struct points {
        unsigned n;
        const struct tc_index **ix;
    } * points; /* that the operation's banks have as their first axes */
    const struct tc_table *digit[TC_MOST_OVER]; /* place of a term along over[k]; of several */
};

static struct tc_arena *arena_of(const struct move *m)
{
    return m->L->family->arena;
}

/* the indices that a sum is over at term i */
static struct tc_form at_term(const struct move *m, struct tc_form x, struct tc_axis i)
{
    struct tc_family *f = m->L->family;

    if (m->o->nover == 1)
        return tc_form_subst(f, x, m->o->over[0], i);
    for (unsigned k = 0; k < m->o->nover; k++) {
        struct tc_axis at = {.via = m->digit[k], .arg = i.at};

        assert(!i.via);
        x = tc_form_subst(f, x, m->o->over[k], at);
    }
    return x;
}

/* a factor of all terms alike, which has their index nevertheless: it is one of the banks' axes */
static struct tc_form along(const struct move *m, struct tc_form x, struct tc_axis i)
{
    unsigned n = (unsigned)m->terms;
    int64_t *one;

    if (m->o->op != TC_OP_DOT || !i.at.n || form_reads(&x, i.at.part[0].ix))
        return x;
    one = tc_alloc(arena_of(m), n, sizeof *one);
    for (unsigned k = 0; k < n; k++)
        one[k] = 1;
    return tc_form_times(m->L->family, x, table_of(m->L, "one", n, one), &i);
}

/* an index by a table, less so much where it is that or more */
static struct tc_axis looked_up_less(const struct move *m, struct tc_axis i, int64_t less)
{
    unsigned n = (unsigned)i.via->extent[0];
    int64_t *entry = tc_alloc(arena_of(m), n, sizeof *entry);

    for (unsigned k = 0; k < n; k++)
        entry[k] = i.via->small[k] < less ? 0 : i.via->small[k] - less;
    i.via = table_of(m->L, "operand", n, entry);
    return i;
}

static int64_t largest_of(const struct tc_axis *i)
{
    int64_t least, most;

    tc_axis_range(i, &least, &most);
    return most;
}

/* the operand that a stand-in's index means, and the term of a sum */
static const struct number *operand_at(const struct move *m, struct tc_axis *i)
{
    int64_t which = i->at.constant;

    if (m->o->op == TC_OP_DOT) { /* all of the one factor, then all of the other */
        which = (i->via ? largest_of(i) : which) / m->terms;
        if (i->via)
            *i = looked_up_less(m, *i, which * m->terms);
        else
            i->at.constant -= which * m->terms;
    } else if (m->o->nover || m->o->op == TC_OP_SUM) {
        which = 0;
    } else {
        assert(!i->via && i->at.n == 0);
    }
    return &m->o->operand[which];
}

/* the word's bit in place of operand at[0]'s bit at[1] */
static struct tc_form word_bit(const struct move *m, const struct tc_term *t)
{
    struct tc_family *f = m->L->family;
    struct tc_axis i = t->at[0];
    const struct number *x = operand_at(m, &i);
    unsigned width = tc_format_width(m->f);
    int64_t least, most;
    struct tc_form y;

    tc_axis_range(&t->at[1], &least, &most);
    if (x->apart && least == width - 1) {
        y = x->sign;
    } else if (x->apart && most == width - 1) {
        const struct tc_index *a = tc_index_new(f, "a", width, NULL);

        y = tc_form_subst(f, number_bits(m->L, m->f, x, a), a, t->at[1]);
    } else {
        y = tc_form_subst(f, x->bit, x->a, t->at[1]);
    }
    return along(m, at_term(m, y, i), i);
}

static void *joined(struct tc_arena *arena, const void *x, unsigned n, const void *y, unsigned m,
                    size_t size)
{
    char *z = tc_alloc(arena, n + m ? n + m : 1, size);

    if (n)
        memcpy(z, x, n * size);
    if (m)
        memcpy(z + n * size, y, m * size);
    return z;
}

/* t times the term s of what stands in its wire's place */
static struct tc_term product_term(const struct move *m, const struct tc_term *t,
                                   const struct tc_term *s)
{
    struct tc_arena *arena = arena_of(m);
    struct tc_term r = *s;
    mpz_ptr coef = tc_mpz(arena);

    mpz_mul(coef, t->coef, s->coef);
    r.coef = coef;
    r.factor = joined(arena, t->factor, t->nfactor, s->factor, s->nfactor, sizeof *r.factor);
    r.nfactor = t->nfactor + s->nfactor;
    r.sum = joined(arena, t->sum, t->nsum, s->sum, s->nsum, sizeof *r.sum);
    r.nsum = t->nsum + s->nsum;
    r.guard = joined(arena, t->guard, t->nguard, s->guard, s->nguard, sizeof *r.guard);
    r.nguard = t->nguard + s->nguard;
    return r;
}

/* the points before the axes of what has them now */
static void read_bank(const struct move *m, struct tc_term *t)
{
    const struct tc_family *f = m->L->family;
    unsigned k, n;
    struct tc_axis *at;
    const struct points *p;

    if (!t->plane || !t->plane->bank)
        return;
    k = t->plane->id - f->ninput;
    if (k < m->first || !m->points[k - m->first].n)
        return;
    p = &m->points[k - m->first];
    n = tc_plane_axes(t->plane); /* the points are among them already */
    at = tc_alloc(arena_of(m), n, sizeof *at);
    for (unsigned i = 0; i < p->n; i++)
        at[i] = tc_axis_of(arena_of(m), p->ix[i]);
    if (n > p->n)
        memcpy(at + p->n, t->at, (n - p->n) * sizeof *at);
    t->at = at;
}

/* the range that was claimed, within what the terms can reach */
static void narrow(const struct move *m, struct tc_form *x)
{
    mpz_ptr lo = tc_mpz(arena_of(m)), hi = tc_mpz(arena_of(m));

    tc_form_interval(x, false, lo, hi);
    x->lo = mpz_cmp(x->lo, lo) > 0 ? x->lo : lo;
    x->hi = mpz_cmp(x->hi, hi) < 0 ? x->hi : hi;
}

static void move_form(const struct move *m, struct tc_form *x)
{
    unsigned n = 0, most = 0;
    struct tc_term *term;
    struct tc_form *bit = tc_alloc(arena_of(m), x->nterm + 1, sizeof *bit);

    for (unsigned k = 0; k < x->nterm; k++)
        if (x->term[k].plane == m->standin) {
            bit[k] = word_bit(m, &x->term[k]);
            most += bit[k].nterm;
        } else {
            most++;
        }
    term = tc_alloc(arena_of(m), most + 1, sizeof *term);
    for (unsigned k = 0; k < x->nterm; k++) {
        if (x->term[k].plane == m->standin) {
            for (unsigned i = 0; i < bit[k].nterm; i++)
                term[n++] = product_term(m, &x->term[k], &bit[k].term[i]);
            continue;
        }
        term[n] = x->term[k];
        read_bank(m, &term[n++]);
    }
    x->nterm = n;
    x->term = term;
    narrow(m, x);
}

static bool holds(unsigned n, const struct tc_index *const *ix, const struct tc_index *i)
{
    for (unsigned k = 0; k < n; k++)
        if (ix[k] == i)
            return true;
    return false;
}

/* the free indices of a form that the bank has not yet; by id */
static void add_points(struct move *m, const struct tc_bank *b, const struct tc_form *x,
                       struct points *p)
{
    const struct tc_plane *plane = &b->plane;
    const struct tc_index **ix;
    unsigned n = tc_form_free(m->L->family, x, &ix);

    for (unsigned k = 0; k < n; k++) {
        unsigned at = p->n;

        if (ix[k] == plane->chain || holds(plane->naxis, plane->axis, ix[k]) ||
            holds(p->n, p->ix, ix[k]))
            continue;
        for (; at > 0 && p->ix[at - 1]->id > ix[k]->id; at--)
            p->ix[at] = p->ix[at - 1];
        p->ix[at] = ix[k];
        p->n++;
    }
}

static void move_bank(struct move *m, struct tc_bank *b, struct points *p)
{
    struct tc_arena *arena = arena_of(m);
    struct tc_plane *plane = &b->plane;
    unsigned high, level;

    move_form(m, &b->form);
    move_form(m, &b->theta);
    high = tc_form_level(&b->form);
    level = tc_form_level(&b->theta);
    plane->name = tc_sprintf(arena, "%s%s.%s", m->L->prefix, m->o->name, plane->name);
    plane->level = 1 + (high > level ? high : level);
    b->component = m->o->component ? m->o->component : m->o->name;
    p->ix = tc_alloc(arena, b->form.nterm + b->theta.nterm + 64, sizeof *p->ix);
    add_points(m, b, &b->form, p);
    add_points(m, b, &b->theta, p);
    if (p->n) {
        assert(!plane->naxis || p->ix[p->n - 1]->id < plane->axis[0]->id);
        plane->axis = joined(arena, p->ix, p->n, plane->axis, plane->naxis, sizeof *plane->axis);
        plane->naxis += p->n;
    }
}

static const struct tc_plane *standin(struct lowering *L, const struct tc_format *t,
                                      const struct operation *o, unsigned n)
{
    struct tc_family *f = L->family;
    unsigned width = tc_format_width(t);
    struct tc_plane *p = tc_alloc(f->arena, 1, sizeof *p);

    p->name = "operand";
    p->naxis = 2;
    p->axis = tc_alloc(f->arena, 2, sizeof *p->axis);
    p->axis[0] = tc_index_new(f, "i", n, NULL);
    for (unsigned k = 0; k < 2; k++)
        width = o->bits[k] > width ? o->bits[k] : width;
    p->axis[1] = tc_index_new(f, "a", width, NULL);
    return p;
}

/* ---------------------------------------------------------------------- operations */

static bool is_unary(enum tc_op op)
{
    return op >= TC_OP_SQRT && op <= TC_OP_ABS;
}

static bool is_order(enum tc_op op)
{
    return op == TC_OP_LT || op == TC_OP_LE || op == TC_OP_EQ;
}

/* how many terms; 0: refused */
static unsigned terms_of(struct lowering *L, const struct operation *o)
{
    int64_t n = 1;

    for (unsigned k = 0; k < o->nover; k++)
        if (__builtin_mul_overflow(n, o->over[k]->extent, &n) || n > MOST_TERMS) {
            tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                    "%s is a sum of too many terms: 2^20 words are added at once", o->name);
            return 0;
        }
    return (unsigned)n;
}

static void digits(struct move *m, unsigned terms)
{
    int64_t *place = tc_alloc(arena_of(m), terms, sizeof *place), below = 1;

    for (unsigned k = m->o->nover; k-- > 0; below *= m->o->over[k]->extent) {
        for (unsigned i = 0; i < terms; i++)
            place[i] = i / below % m->o->over[k]->extent;
        m->digit[k] = table_of(m->L, "place", terms, place);
    }
}

static bool lower_alone(struct lowering *L, const struct operation *o, struct tc_prim *prim,
                        const struct tc_plane *x)
{
    const struct tc_format *f = &prim->format;
    struct prim_lowering *p;
    struct fl *l;
    bool narrow = f->p + f->q <= 62;

    if (f->kind != TC_FLOAT) {
        p = tc_alloc(L->family->arena, 1, sizeof *p); /* chains keep it */
        *p = (struct prim_lowering){.low = *L, .prim = prim, .x = x};
        return il_lower_step(p, &(struct il_step){.scale = o->scale,
                                                  .add = o->add,
                                                  .divide = o->divide,
                                                  .bits = {o->bits[0], o->bits[1]},
                                                  .down = o->down,
                                                  .minus = {!o->plus[0], !o->plus[1]}});
    }
    assert(!o->scale && !o->add);
    l = tc_alloc(L->family->arena, 1, sizeof *l);
    *l = (struct fl){.low = *L,
                     .prim = prim,
                     .f = f,
                     .x = x,
                     .p = f->p,
                     .q = f->q,
                     .hidden = narrow ? (int64_t)1 << (f->p - 1) : 0,
                     .last = narrow ? tc_format_last_key(f) : 0};
    l->least = f->underflow == TC_GRADUAL ? 1 : l->hidden;
    if (o->times)
        return fl_arith_multiple(l, o->times);
    if (o->more)
        return fl_arith_plus(l, o->more);
    if (o->step == OPERATION_DOT)
        return fl_arith_exact_dot(l);
    if (o->step == OPERATION_ROUND)
        return fl_arith_round(l, o->bits[0], o->divide, o->unit);
    if (o->step == OPERATION_SCALE)
        return fl_arith_scale(l, o->bits, o->unit);
    if (o->op == TC_OP_SUM || o->op == TC_OP_DOT)
        return fl_arith_many(l, o->steady ? FL_CUT_GAPS : FL_ANY_PLACES,
                             o->divide ? (unsigned)mpz_get_ui(o->divide) : 0);
    return fl_lower(l);
}

/* the words of planes made last */
static struct number result_of(struct lowering *L, unsigned first, bool word)
{
    struct tc_family *f = L->family;
    const struct tc_plane *y = f->output[first].plane;
    struct number r = {0};
    unsigned n = y->naxis;
    struct tc_axis *at = tc_alloc(f->arena, n + 1, sizeof *at);

    r.apart = f->noutput > first + 1;
    for (unsigned k = 0; k < n; k++)
        at[k] = tc_axis_of(f->arena, y->axis[k]);
    if (word) {
        r.a = tc_index_new(f, "a", y->axis[n - 1]->extent, NULL);
        at[n - 1] = tc_axis_of(f->arena, r.a);
    }
    r.bit = tc_form_wire(f, y, at);
    if (r.apart) {
        const struct tc_plane *s = f->output[first + 1].plane;

        at = tc_alloc(f->arena, s->naxis + 1, sizeof *at);
        for (unsigned k = 0; k < s->naxis; k++)
            at[k] = tc_axis_of(f->arena, s->axis[k]);
        r.sign = tc_form_wire(f, s, at);
    }
    return r;
}

bool operate(struct lowering *L, const struct tc_format *format, const struct operation *o,
             struct number *result)
{
    struct tc_family *f = L->family;
    const struct tc_format *to = o->result ? o->result : format;
    unsigned terms = terms_of(L, o), n = o->nover ? terms : 2, output = f->noutput;
    struct tc_options *options = tc_alloc(f->arena, 1, sizeof *options);
    struct tc_prim *prim = tc_alloc(f->arena, 1, sizeof *prim);
    struct move m = {.L = L, .f = format, .o = o, .first = f->nbank, .terms = terms};
    struct lowering inner = {.options = options,
                             .family = f,
                             .err = L->err,
                             .bits = format->bits,
                             .fraction = format->fraction,
                             .component = o->name,
                             .prefix = ""};

    if (!terms)
        return false;
    if (!o->nover && (is_unary(o->op) || o->op == TC_OP_SUM))
        n = 1;
    if (o->op == TC_OP_DOT)
        n = 2 * terms;
    if (o->nover > 1)
        digits(&m, terms);
    *options = *L->options;
    options->regime = TC_REGIME_ARITHMETIC;
    *prim = (struct tc_prim){.op = o->op,
                             .name = o->name,
                             .format = *format,
                             .terms = o->nover ? n : 0,
                             .noperand = n,
                             .nresult = 1,
                             .result = {*to},
                             .limbs = (tc_format_width(format) + 63) / 64,
                             .options = options};
    m.standin = standin(L, format, o, n);
    if (!lower_alone(&inner, o, prim, m.standin))
        return false;
    m.points = tc_alloc(f->arena, f->nbank - m.first + 1, sizeof *m.points);
    for (unsigned k = m.first; k < f->nbank; k++)
        move_bank(&m, f->bank[k], &m.points[k - m.first]);
    *result = result_of(L, output, !is_order(o->op));
    result->exact = o->step == OPERATION_DOT;
    f->noutput = output;
    return true;
}

/* ------------------------------------------------------------------------- numbers */

struct number number_wires(struct lowering *L, const struct tc_plane *p, const struct tc_axis *at)
{
    struct tc_family *f = L->family;
    unsigned n = p->naxis - 1;
    struct tc_axis *all = tc_alloc(f->arena, n + 1, sizeof *all);
    struct number x = {.a = tc_index_new(f, "a", p->axis[n]->extent, NULL)};

    for (unsigned k = 0; k < n; k++) /* at is NULL where there are none */
        all[k] = at[k];
    all[n] = tc_axis_of(f->arena, x.a);
    x.bit = tc_form_wire(f, p, all);
    return x;
}

struct number number_table(struct lowering *L, const struct tc_format *t, const char *name,
                           unsigned rank, const int64_t *extent, const uint64_t *word,
                           const struct tc_axis *at)
{
    struct tc_family *f = L->family;
    unsigned width = tc_format_width(t);
    struct number x = {.a = tc_index_new(f, "a", width, NULL)};
    int64_t all[TC_MOST_OVER + 1], *bit;
    struct tc_axis axis[TC_MOST_OVER + 1];
    size_t count = 1;

    assert(rank <= TC_MOST_OVER);
    for (unsigned k = 0; k < rank; k++) {
        all[k] = extent[k];
        axis[k] = at[k];
        count *= (size_t)extent[k];
    }
    if (count > MOST_ENTRIES / width) {
        tc_fail(L->err, TC_ELIMIT, (struct tc_loc){0},
                "%s would take %zu x %u table entries; at most 2^26 are kept", name, count, width);
        return x;
    }
    all[rank] = width;
    axis[rank] = tc_axis_of(f->arena, x.a);
    bit = tc_alloc(f->arena, count * width, sizeof *bit);
    for (size_t k = 0; k < count; k++)
        for (unsigned a = 0; a < width; a++)
            bit[k * width + a] = word[k] >> a & 1;
    x.bit = tc_form_table(f, tc_table_dense(f, name, rank + 1, all, bit), axis);
    return x;
}

struct number number_at(struct lowering *L, struct number x, const struct tc_index *from,
                        struct tc_axis to)
{
    x.bit = tc_form_subst(L->family, x.bit, from, to);
    if (x.apart)
        x.sign = tc_form_subst(L->family, x.sign, from, to);
    if (x.flagged)
        x.beyond = tc_form_subst(L->family, x.beyond, from, to);
    if (x.most)
        x.shift = tc_form_subst(L->family, x.shift, from, to);
    if (x.place) {
        struct number *place = tc_alloc(L->family->arena, 1, sizeof *place);

        *place = number_at(L, *x.place, from, to);
        x.place = place;
    }
    return x;
}

struct tc_form number_bits(struct lowering *L, const struct tc_format *t, const struct number *x,
                           const struct tc_index *a)
{
    struct tc_family *f = L->family;
    unsigned width = tc_format_width(t);
    struct tc_axis here = tc_axis_of(f->arena, a), at;
    int64_t *row, *low, *high;
    struct tc_form y, z;

    if (!x->apart)
        return tc_form_subst(f, x->bit, x->a, here);
    row = tc_alloc(f->arena, width, sizeof *row);
    low = tc_alloc(f->arena, width, sizeof *low);
    high = tc_alloc(f->arena, width, sizeof *high);
    for (unsigned k = 0; k < width; k++) {
        high[k] = k + 1 == width;
        low[k] = !high[k];
        row[k] = high[k] ? 0 : k;
    }
    at = (struct tc_axis){.via = table_of(L, "row", width, row), .arg = here.at};
    y = tc_form_subst(f, x->bit, x->a, at);
    y = tc_form_times(f, y, table_of(L, "bits", width, low), &here);
    z = tc_form_times(f, x->sign, table_of(L, "sign", width, high), &here);
    return claim(L, tc_form_add(f, y, z), 0, 1);
}

struct number number_gates(struct lowering *L, struct tc_form bit, const struct tc_index *a,
                           int64_t least, const char *name, const char *note)
{
    return number_gates_from(L, bit, a, tc_mpz_si(L->family->arena, least), name, note);
}

struct number number_gates_from(struct lowering *L, struct tc_form bit, const struct tc_index *a,
                                mpz_srcptr least, const char *name, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_plane *p = &tc_bank_new(f, name_of(L, name), bit, NULL, tc_form_const(f, least),
                                            true, 0, NULL, L->component, note)
                                    ->plane;
    struct tc_axis *at = tc_alloc(f->arena, p->naxis, sizeof *at);

    for (unsigned k = 0; k + 1 < p->naxis; k++)
        at[k] = tc_axis_of(f->arena, p->axis[k]);
    assert(p->axis[p->naxis - 1] == a);
    return number_wires(L, p, at);
}

struct number number_masked(struct lowering *L, const struct tc_format *t, const struct number *x,
                            unsigned n, const struct tc_form *mask, const char *name,
                            const char *note)
{
    const struct tc_index *a = tc_index_new(L->family, "a", tc_format_width(t), NULL);
    struct tc_form y = number_bits(L, t, x, a);

    for (unsigned k = 0; k < n; k++)
        y = tc_form_add(L->family, y, mask[k]);
    return number_gates(L, y, a, n + 1, name, note);
}

struct number number_apart(struct lowering *L, struct number x)
{
    struct tc_family *f = L->family;
    int64_t last = x.a->extent - 1;
    const struct tc_index *a;

    if (x.apart)
        return x;
    a = tc_index_new(f, "a", last, NULL);
    x.sign = tc_form_subst(f, x.bit, x.a, tc_axis_const(last));
    x.bit = tc_form_subst(f, x.bit, x.a, tc_axis_of(f->arena, a));
    x.a = a;
    x.apart = true;
    return x;
}

struct tc_form number_positive(struct lowering *L, const struct tc_format *t,
                               const struct number *x, const char *name)
{
    struct tc_family *f = L->family;
    unsigned bits = tc_format_width(t) - 1;
    const struct tc_index *a = tc_index_new(f, "a", bits, NULL);
    struct tc_form key = tc_form_subst(f, x->bit, x->a, tc_axis_of(f->arena, a)), some;
    mpz_ptr *power = tc_alloc(f->arena, bits, sizeof *power);
    mpz_ptr last = tc_mpz(f->arena);

    for (unsigned k = 0; k < bits; k++)
        power[k] = power_of_two(L, k);
    key = tc_form_sum(f, times_table(L, "power", key, 1, &a, power), 1, &a, 0, NULL);
    some = wire_of(L, &tc_bank_new(f, name_of(L, name), key, NULL, tc_form_si(f, 1), true, 0, NULL,
                                   L->component, "it is not 0")
                           ->plane);
    if (t->kind != TC_FLOAT || !t->infinity || t->nan)
        return some;
    fl_largest(t, last);
    mpz_add_ui(last, last, 1);
    some = tc_form_sub(
        f, some,
        wire_of(L, &tc_bank_new(f, name_of(L, "infinite"), key, NULL, tc_form_const(f, last), true,
                                0, NULL, L->component, "nor is it infinite")
                        ->plane));
    return claim(L, some, 0, 1);
}
