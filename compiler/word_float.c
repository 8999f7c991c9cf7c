/* word_float.c -- floats rounded by blocks: words of exact integers, and what is rounded of them
 *
 * A float is an integer in units of the format's least, and products of two one in units of its
 * square.  Infinities and NaN count as some integers; a form beside says of each number whether it
 * is made of such.  CONSTRUCTIONS.md, "Wide floats rounded by blocks".
 */
#include "carries.h"
#include "float.h"
#include "words.h"

#include <assert.h>

/* ------------------------------------------------------------ infinities and NaN */

static bool reads_wires(const struct tc_form *x)
{
    for (unsigned k = 0; k < x->nterm; k++)
        if (x->term[k].plane)
            return true;
    return false;
}

/* the word without its sign, as a number */
static struct tc_form key_of(struct lowering *L, const struct number *x)
{
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", L->bits - 1, NULL);
    struct tc_form key = tc_form_subst(f, x->bit, x->a, tc_axis_of(f->arena, a));
    mpz_ptr *power = tc_alloc(f->arena, L->bits, sizeof *power);

    for (unsigned k = 0; k + 1 < L->bits; k++)
        power[k] = power_of_two(L, k);
    return tc_form_sum(f, times_table(L, "power", key, 1, &a, power), 1, &a, 0, NULL);
}

/* the key of the infinity, or of NaN where there is none */
static mpz_ptr past_largest(struct lowering *L)
{
    mpz_ptr key = tc_mpz(L->family->arena);

    fl_largest(L->format, key);
    mpz_add_ui(key, key, 1);
    return key;
}

struct tc_form words_beyond(struct lowering *L, const char *name, const struct number *x)
{
    struct tc_family *f = L->family;

    if (x->flagged)
        return x->beyond;
    if (!L->ieee || L->err->kind || !reads_wires(&x->bit))
        return tc_form_si(f, 0);
    return wire_of(L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.special", name)),
                                   key_of(L, x), NULL, tc_form_const(f, past_largest(L)), true, 0,
                                   NULL, L->component, "it is infinite or NaN")
                           ->plane);
}

/* M bit a >= M, M above all numbers' keys; to the quiet bit, which is 0 of infinities, their key is
 * added */
struct number words_read(struct lowering *L, const char *name, struct number x)
{
    struct tc_family *f = L->family;
    const struct tc_index *a;
    struct tc_axis at;
    struct tc_form bit, y;
    int64_t *quiet;
    mpz_ptr past;

    if (L->err->kind || !L->ieee || !L->ieee->infinity || !reads_wires(&x.bit))
        return x;
    a = tc_index_new(f, "a", L->bits, NULL);
    at = tc_axis_of(f->arena, a);
    quiet = tc_alloc(f->arena, L->bits, sizeof *quiet);
    quiet[L->format->p - 2] = 1;
    past = past_largest(L);
    bit = tc_form_scale(f, number_bits(L, L->format, &x, a), past);
    y = tc_form_times(f, key_of(L, &x), table_of(L, "quiet", L->bits, quiet), &at);
    return number_gates_from(L, tc_form_add(f, bit, y), a, past,
                             tc_sprintf(f->arena, "%s.read", name),
                             "an infinity that is read is NaN");
}

struct number words_nan(struct lowering *L, const char *name, struct number x,
                        struct tc_form beyond)
{
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", L->bits, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    int64_t *turn;
    struct tc_form bit;
    mpz_t word;

    if (L->err->kind || !reads_wires(&beyond))
        return x;
    turn = tc_alloc(f->arena, L->bits, sizeof *turn);
    bit = number_bits(L, L->format, &x, a);
    mpz_init(word);
    tc_format_special(L->ieee, TC_NAN, false, word);
    for (unsigned k = 0; k < L->bits; k++)
        turn[k] = mpz_tstbit(word, k) ? 1 : -1;
    mpz_clear(word);
    bit = tc_form_add(f, bit, tc_form_times(f, beyond, table_of(L, "nan", L->bits, turn), &at));
    return number_gates(L, bit, a, 1, name, "NaN where it reads an infinity or a NaN");
}

/* whether some of these are: a gate, unless it is 0 or 1 as it stands */
static struct tc_form any_beyond(struct lowering *L, const char *name, struct tc_form beyond)
{
    if (L->err->kind || !reads_wires(&beyond))
        return tc_form_si(L->family, 0);
    if (mpz_cmp_ui(beyond.hi, 1) <= 0)
        return beyond;
    return one_gate(L, tc_sprintf(L->family->arena, "%s.special", name), beyond, 1,
                    "it reads an infinity or a NaN");
}

/* --------------------------------------------------------------------- integers */

/* fields 1, 2, ... of numbers, with those of infinities and NaN */
static int64_t fields(const struct lowering *L)
{
    return L->ieee ? ((int64_t)1 << L->format->q) - 1 : L->format->top;
}

bool words_are_long(const struct lowering *L)
{
    return is_float(L) && fields(L) > TC_MOST_BINADES;
}

unsigned words_binades(const struct lowering *L)
{
    assert(!words_are_long(L));
    return (unsigned)fields(L);
}

static struct tc_form field_of(struct lowering *L, const struct number *x)
{
    struct tc_family *f = L->family;
    const struct tc_index *b = tc_index_new(f, "b", L->format->q, NULL);
    mpz_ptr *power = tc_alloc(f->arena, L->format->q, sizeof *power);
    struct tc_axis at = tc_axis_plus(f->arena, tc_axis_const((int64_t)L->format->p - 1), 1, b);
    struct tc_form field = tc_form_subst(f, x->bit, x->a, at);

    for (unsigned k = 0; k < L->format->q; k++)
        power[k] = power_of_two(L, k);
    return tc_form_sum(f, times_table(L, "power", field, 1, &b, power), 1, &b, 0, NULL);
}

/* bits of the significand, free in i; the last is the hidden one, which a mask stands for */
static struct tc_form significand(struct lowering *L, const struct number *x,
                                  const struct tc_index *i)
{
    struct tc_family *f = L->family;
    unsigned p = L->format->p;
    int64_t *row = tc_alloc(f->arena, p, sizeof *row), *own = tc_alloc(f->arena, p, sizeof *own),
            *hidden = tc_alloc(f->arena, p, sizeof *hidden);
    struct tc_axis here = tc_axis_of(f->arena, i), at;
    struct tc_form bit;

    for (unsigned k = 0; k + 1 < p; k++) {
        row[k] = k;
        own[k] = 1;
    }
    hidden[p - 1] = 1;
    at = (struct tc_axis){.via = table_of(L, "row", p, row), .arg = here.at};
    bit = tc_form_times(f, tc_form_subst(f, x->bit, x->a, at), table_of(L, "own", p, own), &here);
    bit = tc_form_add(f, bit, tc_form_table(f, table_of(L, "hidden", p, hidden), &here));
    return claim(L, bit, 0, 1);
}

/* gates [field >= t + 1 and bit i], free in both; field 0 has the exponent of field 1, and no
 * hidden bit */
static struct tc_form shifted(struct lowering *L, const char *name, const struct number *x,
                              const struct tc_index *i, const struct tc_index *t)
{
    struct tc_family *f = L->family;
    size_t p = L->format->p, n = (size_t)t->extent;
    int64_t mask = (int64_t)1 << L->format->q, extent[2] = {i->extent, t->extent};
    int64_t *theta = tc_alloc(f->arena, p * n, sizeof *theta);
    struct tc_axis at[2] = {tc_axis_of(f->arena, i), tc_axis_of(f->arena, t)};
    struct tc_form g = tc_form_scale_si(f, significand(L, x, i), mask);

    for (size_t b = 0; b < p; b++)
        for (size_t k = 0; k < n; k++)
            theta[b * n + k] = mask + (k || b + 1 == p ? (int64_t)k + 1 : 0);
    g = tc_form_add(f, g, field_of(L, x));
    return wire_of(
        L, &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.shifted", name)), g, t,
                        tc_form_table(f, tc_table_dense(f, "theta", 2, extent, theta), at), true, 0,
                        NULL, L->component, "bits of the significand, by exponents up to its own")
                ->plane);
}

/* the sum over t of the gates for bit a - t and exponent t + more */
static struct tc_form at_places(struct lowering *L, struct tc_form g, const struct tc_index *i,
                                const struct tc_index *t, const struct tc_index *a, int64_t more)
{
    struct tc_family *f = L->family;
    const struct tc_index *u = tc_index_new(f, "t", t->extent - more, NULL);
    struct tc_axis bit = tc_axis_plus(f->arena, tc_axis_of(f->arena, a), -1, u);
    struct tc_guard guard[2] = {{bit}, {tc_axis_const(i->extent - 1)}};

    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, -1, a);
    guard[1].expr = tc_axis_plus(f->arena, guard[1].expr, 1, u);
    g = tc_form_subst(f, g, i, bit);
    g = tc_form_subst(f, g, t, tc_axis_plus(f->arena, tc_axis_const(more), 1, u));
    return tc_form_sum(f, g, 1, &u, 2, guard);
}

/* |x| in units of the format's least, as gates of its bits */
static struct number magnitude(struct lowering *L, const char *name, const struct number *x)
{
    struct tc_family *f = L->family;
    unsigned p = L->format->p, n = words_binades(L);
    const struct tc_index *i = tc_index_new(f, "i", p, NULL), *t = tc_index_new(f, "t", n, NULL);
    const struct tc_index *a = tc_index_new(f, "a", (int64_t)n + p - 1, NULL);
    struct tc_form g = shifted(L, name, x, i, t), bit = at_places(L, g, i, t, a, 0);

    if (n > 1)
        bit = tc_form_sub(f, bit, at_places(L, g, i, t, a, 1));
    return number_gates(L, claim(L, bit, 0, 1), a, 1, tc_sprintf(f->arena, "%s.magnitude", name),
                        "bits of the magnitude");
}

/* bit a of n, 0 from there on, over an index of one more */
static struct tc_form one_more(struct lowering *L, const struct number *x, const struct tc_index *a)
{
    struct tc_family *f = L->family;
    unsigned n = (unsigned)a->extent;
    int64_t *row = tc_alloc(f->arena, n, sizeof *row), *any = tc_alloc(f->arena, n, sizeof *any);
    struct tc_axis here = tc_axis_of(f->arena, a), at;

    for (unsigned k = 0; k + 1 < n; k++) {
        row[k] = k;
        any[k] = 1;
    }
    at = (struct tc_axis){.via = table_of(L, "row", n, row), .arg = here.at};
    return tc_form_times(f, tc_form_subst(f, x->bit, x->a, at), table_of(L, "any", n, any), &here);
}

/* (times of sign) K + (lower bits of m) >= K + 1 for each times, K = a + 1 */
static struct tc_form where_lower(struct lowering *L, const char *name, const struct number *m,
                                  struct tc_form mask, unsigned times, const struct tc_index *a)
{
    struct tc_family *f = L->family;
    const struct tc_index *b = tc_index_new(f, "b", m->a->extent, NULL);
    struct tc_guard below = tc_guard_le(f->arena, b, a);
    struct tc_form lower = tc_form_subst(f, m->bit, m->a, tc_axis_of(f->arena, b));
    unsigned n = (unsigned)a->extent;
    int64_t *weight = tc_alloc(f->arena, n, sizeof *weight),
            *theta = tc_alloc(f->arena, n, sizeof *theta);
    struct tc_axis at = tc_axis_of(f->arena, a);

    below.expr.at.constant--;
    for (unsigned k = 0; k < n; k++) {
        weight[k] = k + 1;
        theta[k] = (int64_t)times * (k + 1) + 1;
    }
    mask = tc_form_times(f, mask, table_of(L, "mask", n, weight), &at);
    return wire_of(L, &tc_bank_new(f, name_of(L, name),
                                   tc_form_add(f, mask, tc_form_sum(f, lower, 1, &b, 1, &below)),
                                   NULL, tc_form_table(f, table_of(L, "theta", n, theta), &at),
                                   true, 0, NULL, L->component,
                                   "lower bits of a negative number that are not all 0")
                           ->plane);
}

/* above the lowest 1 of -m stand m's bits turned */
struct number words_signed(struct lowering *L, const char *name, const struct number *m,
                           struct tc_form sign)
{
    struct tc_family *f = L->family;
    const struct tc_index *a = tc_index_new(f, "a", m->a->extent + 1, NULL);
    struct tc_form bit = one_more(L, m, a), turns, both;

    turns = where_lower(L, tc_sprintf(f->arena, "%s.turned", name), m, sign, 1, a);
    both =
        where_lower(L, tc_sprintf(f->arena, "%s.both", name), m, tc_form_add(f, sign, bit), 2, a);
    bit = tc_form_sub(f, tc_form_add(f, bit, turns), tc_form_scale_si(f, both, 2));
    return (struct number){.bit = claim(L, bit, 0, 1), .a = a};
}

static struct tc_form sign_of(struct lowering *L, const struct number *x)
{
    return x->apart ? x->sign
                    : tc_form_subst(L->family, x->bit, x->a, tc_axis_const(x->a->extent - 1));
}

/* [field >= 1] */
static struct tc_form hidden_bit(struct lowering *L, const char *name, const struct number *x)
{
    return one_gate(L, tc_sprintf(L->family->arena, "%s.hidden", name), field_of(L, x), 1,
                    "it has its hidden bit");
}

/* max(field, 1), as gates: the exponent of the significand's last place */
static struct number last_field(struct lowering *L, const char *name, const struct number *x,
                                struct tc_form hidden)
{
    struct tc_family *f = L->family;
    unsigned q = L->format->q;
    const struct tc_index *a = tc_index_new(f, "a", (int64_t)q + 1, NULL);
    int64_t *row = tc_alloc(f->arena, q + 1, sizeof *row),
            *any = tc_alloc(f->arena, q + 1, sizeof *any),
            *last = tc_alloc(f->arena, q + 1, sizeof *last);
    struct tc_axis here = tc_axis_of(f->arena, a), at;
    struct tc_form bit;

    for (unsigned k = 0; k < q; k++) {
        row[k] = (int64_t)L->format->p - 1 + k;
        any[k] = 1;
    }
    last[0] = 1;
    at = (struct tc_axis){.via = table_of(L, "row", q + 1, row), .arg = here.at};
    bit =
        tc_form_times(f, tc_form_subst(f, x->bit, x->a, at), table_of(L, "any", q + 1, any), &here);
    bit = tc_form_add(f, bit,
                      tc_form_times(f, tc_form_sub(f, tc_form_si(f, 1), hidden),
                                    table_of(L, "last", q + 1, last), &here));
    return number_integer(L, number_gates(L, claim(L, bit, 0, 1), a, 1,
                                          tc_sprintf(f->arena, "%s.field", name),
                                          "its field, or 1 where that is 0"));
}

struct number words_significand(struct lowering *L, const char *name, struct number x, bool far)
{
    struct tc_family *f = L->family;
    unsigned p;
    const struct tc_index *i;
    int64_t *fraction, *last;
    struct tc_form hidden, one, bit;
    struct tc_axis at;
    struct number m, y;

    if (L->err->kind || x.exact)
        return x;
    p = L->format->p;
    hidden = hidden_bit(L, name, &x);
    i = tc_index_new(f, "i", p, NULL);
    fraction = tc_alloc(f->arena, p, sizeof *fraction);
    last = tc_alloc(f->arena, p, sizeof *last);
    for (unsigned k = 0; k < p; k++) {
        last[k] = k + 1 == p;
        fraction[k] = !last[k];
    }
    at = tc_axis_of(f->arena, i);
    bit = tc_form_times(f, significand(L, &x, i), table_of(L, "fraction", p, fraction), &at);
    one = tc_form_times(f, hidden, table_of(L, "last", p, last), &at);
    m = number_gates(L, claim(L, tc_form_add(f, bit, one), 0, 1), i, 1,
                     tc_sprintf(f->arena, "%s.bits", name), "bits of the significand");
    y = words_signed(L, name, &m, sign_of(L, &x));
    y = number_gates(L, y.bit, y.a, 1, tc_sprintf(f->arena, "%s.significand", name),
                     "the significand, with its sign");
    y.exact = y.flagged = true;
    y.beyond = words_beyond(L, name, &x);
    if (far) {
        struct number *field = tc_alloc(f->arena, 1, sizeof *field);

        *field = last_field(L, name, &x, hidden);
        y.place = field;
        y.up = -1;
        return y;
    }
    y.most = fields(L) - 1;
    y.shift = claim(L, tc_form_sub(f, field_of(L, &x), hidden), 0, y.most);
    return y;
}

struct number words_integer(struct lowering *L, const char *name, struct number x)
{
    struct number m, y;

    if (L->err->kind || !is_float(L))
        return x;
    assert(!words_are_long(L));
    if (x.exact)
        return words_placed(L, name, x);
    m = magnitude(L, name, &x);
    y = words_signed(L, name, &m, sign_of(L, &x));
    y.exact = y.flagged = true;
    y.beyond = words_beyond(L, name, &x);
    return y;
}

/* -------------------------------------------------------------------- exact sums */

static struct number dot(struct lowering *L, const char *name, struct number x, struct number y,
                         unsigned n, const struct tc_index *const *over)
{
    struct tc_family *f = L->family;
    struct operation o = {
        .name = name, .component = L->component, .op = TC_OP_DOT, .step = OPERATION_DOT};
    struct tc_form beyond = tc_form_add(f, words_beyond(L, tc_sprintf(f->arena, "%s.x", name), &x),
                                        words_beyond(L, tc_sprintf(f->arena, "%s.y", name), &y));
    struct number z;

    for (unsigned k = 0; k < n; k++) {
        if (over[k]->extent > 1) {
            o.over[o.nover++] = over[k];
        } else {
            x = number_at(L, x, over[k], tc_axis_const(0));
            y = number_at(L, y, over[k], tc_axis_const(0));
        }
    }
    o.operand[0] = x;
    o.operand[1] = y;
    z = words_in(L, words_format(L), o);
    z.flagged = true;
    z.beyond = any_beyond(L, name, tc_form_sum(f, beyond, n, over, 0, NULL));
    return z;
}

void words_term(struct lowering *L, struct exact *e, mpz_srcptr scale, const struct number *x,
                const struct number *y, unsigned n, const struct tc_index *const *over)
{
    const char *name = tc_sprintf(L->family->arena, "%s.%u", e->name, e->n);
    struct number z[2] = {*x, y ? *y : *x};

    if (L->err->kind || !is_float(L) || words_are_long(L)) {
        exact_term(e, scale, x, y, n, over);
        return;
    }
    if (y && !x->exact && !y->exact) {
        z[0] = dot(L, name, *x, *y, n, over);
        exact_term(e, scale, z, NULL, 0, NULL);
        return;
    }
    if (y)
        z[0] = words_product(L, name, *x, *y);
    z[0] = words_integer(L, name, z[0]);
    exact_term(e, scale, z, NULL, n, over);
}

/* infinities and NaN of all that a sum names */
static struct tc_form beyond_sum(struct lowering *L, const struct exact *e)
{
    struct tc_family *f = L->family;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned k = 0; k < e->n; k++) {
        const struct product *t = &e->term[k];
        struct tc_form x = words_beyond(L, e->name, &t->factor[0]);

        if (t->nfactor > 1)
            x = tc_form_add(f, x, words_beyond(L, e->name, &t->factor[1]));
        sum = tc_form_add(f, sum, t->nover ? tc_form_sum(f, x, t->nover, t->over, 0, NULL) : x);
    }
    return sum;
}

/* one number, times 1 or another power of two */
static bool is_one(const struct exact *e)
{
    mpz_srcptr scale = e->term[0].scale;

    return e->n == 1 && !e->add && e->term[0].nfactor == 1 && !e->term[0].nover &&
           (!scale || (mpz_sgn(scale) > 0 && mpz_scan1(scale, 0) + 1 == mpz_sizeinbase(scale, 2)));
}

/* that, as gates */
static struct number one_number(struct lowering *L, const struct exact *e)
{
    struct number x = e->term[0].factor[0], y;
    unsigned up;

    if (!e->term[0].scale)
        return x;
    up = (unsigned)mpz_scan1(e->term[0].scale, 0);
    y = number_gates(L, x.bit, x.a, 1, tc_sprintf(L->family->arena, "%s.bits", e->name),
                     "bits of the number");
    if (up) {
        y = number_shifted(L, y, up);
        y = number_gates(L, y.bit, y.a, 1, tc_sprintf(L->family->arena, "%s.multiple", e->name),
                         "the same, times a power of two");
    }
    x.bit = y.bit;
    x.a = y.a;
    return x;
}

struct number words_rounded(struct lowering *L, const char *name, struct number x,
                            mpz_srcptr divide)
{
    struct operation o = {.name = tc_sprintf(L->family->arena, "%s.rounded", name),
                          .component = L->component,
                          .step = OPERATION_ROUND};
    unsigned shift = divide ? (unsigned)mpz_scan1(divide, 0) : 0;
    mpz_ptr odd = tc_mpz(L->family->arena);

    if (L->err->kind)
        return x;
    if (divide)
        mpz_fdiv_q_2exp(odd, divide, shift);
    if (divide && mpz_cmp_ui(odd, 1) > 0) {
        o.divide = odd;
        if (shift < 2)
            x = number_shifted(L, x, 2 - shift);
        shift = shift < 2 ? 2 : shift;
    }
    o.unit = -(int64_t)shift;
    o.bits[0] = (unsigned)x.a->extent;
    o.operand[0] = x;
    o.operand[1] = number_minus(L, any_beyond(L, name, x.beyond));
    return words_in(L, words_format(L), o);
}

struct number words_float_exactly(struct lowering *L, const struct exact *e)
{
    struct exact sum = *e;
    struct number y = e->term[0].factor[0];

    if (L->err->kind)
        return y;
    if (words_are_long(L))
        return words_long_sum(L, e);
    if (is_one(e)) {
        y = one_number(L, e);
    } else {
        sum.divide = NULL;
        sum.bits = 0;
        if (!operate_exactly(L, &sum, &y))
            return y;
        y.exact = y.flagged = true;
        y.beyond = beyond_sum(L, e);
        if (!e->bits)
            y.beyond = any_beyond(L, e->name, y.beyond);
    }
    return e->bits ? words_rounded(L, e->name, y, e->divide) : y;
}
