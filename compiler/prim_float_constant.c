/* prim_float_constant.c -- products and quotients of a float with a constant
 *
 * The magnitude's key is a function of the operand's key: a chain on the wires, one
 * layer, a gate where the function changes more, or less, than one key a key.
 */
#include "float.h"

#include <string.h>

struct constant {
    struct fl *l;
    mpq_t value; /* of the constant, its magnitude */
    enum tc_class class;
    bool minus, zero;
};

/* the result's key of an operand's, last + 1 being infinity; -1: NaN */
static int64_t result_key(const struct constant *c, int64_t key)
{
    const struct tc_format *f = c->l->f;
    bool divide = c->l->prim->op == TC_OP_DIV, minus;
    int64_t beyond = c->l->last + 1;
    enum tc_class class;
    mpz_t word;
    mpq_t x;

    mpz_init_set_si(word, key);
    mpq_init(x);
    class = tc_format_decode(f, word, x, &minus);
    if (c->class == TC_NAN)
        key = -1;
    else if (class != TC_FINITE) /* the key after the last */
        key = c->class == TC_INFINITE && divide  ? -1
              : c->class == TC_FINITE && c->zero ? (divide ? beyond : -1)
                                                 : beyond;
    else if (c->class == TC_INFINITE)
        key = divide ? 0 : mpq_sgn(x) ? beyond : -1;
    else if (divide && c->zero)
        key = mpq_sgn(x) ? beyond : -1;
    else {
        if (divide)
            mpq_div(x, x, c->value);
        else
            mpq_mul(x, x, c->value);
        tc_format_encode(f, x, false, word, NULL);
        key = mpz_get_si(word);
    }
    mpz_clear(word);
    mpq_clear(x);
    return key;
}

/* NaN of zero or of infinity alone: [key <= 0] or [key >= last + 1] */
static struct tc_form constant_nan(struct constant *c, struct fl_word x)
{
    struct fl *l = c->l;
    bool zero = result_key(c, 0) < 0, infinite = l->f->infinity && result_key(c, l->last + 1) < 0;
    struct tc_form nan;

    if (c->class == TC_NAN)
        return tc_form_si(l->low.family, 1);
    nan = infinite ? fl_gate(l, "nan", fl_key(l, x), l->last + 1, "infinity or NaN")
                   : fl_is_nan(l, "nan", x);
    return zero ? tc_form_add(l->low.family, nan, fl_is_zero(l, "nan.zero", x)) : nan;
}

/* gates where result - slope key changes */
static unsigned changes(const int64_t *value, int64_t last, int64_t least, int64_t slope,
                        struct fl *l, mpz_ptr *at, int64_t *weight)
{
    unsigned n = 0;

    for (int64_t k = least, before = 0; k <= last; before = k++) {
        int64_t step = value[k] - value[before] - slope * (k - before);

        if (step && at) {
            at[n] = tc_mpz_si(l->low.family->arena, k);
            weight[n] = step;
        }
        n += step != 0;
    }
    return n;
}

static struct tc_form constant_key(struct constant *c, struct fl_word x)
{
    struct fl *l = c->l;
    struct tc_family *f = l->low.family;
    int64_t last = l->last + (l->f->infinity && l->f->nan), slope, *weight;
    int64_t *value = tc_alloc(f->arena, (size_t)last + 1, sizeof *value);
    struct tc_form key = tc_form_si(f, 0);
    unsigned n;
    mpz_ptr *at;

    for (int64_t k = 0; k <= last; k++)
        if (k == 0 || k >= l->least) {
            value[k] = result_key(c, k);
            if (value[k] < 0) /* NaN anyway */
                value[k] = k ? value[k - 1] : 0;
        }
    slope = changes(value, last, l->least, 1, l, NULL, NULL) <
            changes(value, last, l->least, 0, l, NULL, NULL);
    n = changes(value, last, l->least, slope, l, NULL, NULL);
    if (n) {
        at = tc_alloc(f->arena, n, sizeof *at);
        weight = tc_alloc(f->arena, n, sizeof *weight);
        changes(value, last, l->least, slope, l, at, weight);
        key = fl_weigh(l, fl_bank(l, "round", fl_key(l, x), n, at, "the result's key, by keys"), n,
                       weight, 0, -last - 1, last + 1);
    }
    key = tc_form_add(f, key, tc_form_si(f, value[0]));
    if (slope)
        key = tc_form_add(f, key, fl_key(l, x));
    return key;
}

bool fl_lower_constant(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct constant c = {.l = l};
    struct fl_word x = fl_operand(l, tc_axis_const(0));
    struct fl_result r = {.has_nan = l->f->nan};
    mpz_t word;

    if (l->p + l->q > 22)
        return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                       "%s by a constant: a table of 2^%u keys, and 2^22 gates are built",
                       l->prim->name, l->p + l->q - 1);
    mpz_init(word);
    mpq_init(c.value);
    mpz_import(word, l->prim->limbs, -1, sizeof(uint64_t), 0, 0, l->prim->constant);
    c.class = tc_format_decode(l->f, word, c.value, &c.minus);
    c.zero = c.class == TC_FINITE && mpq_sgn(c.value) == 0;
    mpq_abs(c.value, c.value);
    r.key = c.class == TC_NAN ? tc_form_si(f, 0) : constant_key(&c, x);
    r.sign = fl_sign(l, x);
    if (c.minus)
        r.sign = tc_form_sub(f, tc_form_si(f, 1), r.sign);
    if (r.has_nan)
        r.nan = constant_nan(&c, x);
    fl_output(l, "y", r);
    mpz_clear(word);
    mpq_clear(c.value);
    return true;
}
