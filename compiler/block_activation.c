/* block_activation.c -- functions of each number, correctly rounded
 *
 * No gates: the function goes into the gates of the number it is of.  Only where that is an
 * input's wires they are made, one chain.
 */
#include "float.h"

#include <assert.h>
#include <mpfr.h>

#define MOST_PRECISION (1 << 20)

/* The value nearest to sign * y: y is a bound of a magnitude. */
static int64_t value_near(const struct lowering *L, mpfr_ptr y, bool minus)
{
    int64_t v;
    mpz_t z, one;

    if (minus)
        mpfr_neg(y, y, MPFR_RNDN);
    if (is_float(L))
        return float_key_of_bound(L->format, y);
    mpz_inits(z, one, NULL);
    mpz_set_ui(one, 1);
    mpfr_mul_2ui(y, y, L->fraction, MPFR_RNDN);
    mpfr_get_z(z, y, MPFR_RNDN);
    v = tc_div_round(L->bits, z, one);
    mpz_clears(z, one, NULL);
    return v;
}

/* e^(-2u) rounded one way, u = sqrt(2/pi) (x + 0.044715 x^3), which has x's sign; away: u is
 * rounded away from 0 */
static void exponential(mpfr_ptr e, mpq_srcptr polynomial, bool up)
{
    mpfr_rnd_t to = up ? MPFR_RNDU : MPFR_RNDD, from = up ? MPFR_RNDD : MPFR_RNDU;
    bool minus = mpq_sgn(polynomial) < 0, smaller = up != minus; /* of u in magnitude */
    mpfr_t root;

    mpfr_init2(root, mpfr_get_prec(e));
    mpfr_const_pi(root, smaller ? MPFR_RNDU : MPFR_RNDD);
    mpfr_ui_div(root, 8, root, smaller ? MPFR_RNDD : MPFR_RNDU);
    mpfr_sqrt(root, root, smaller ? MPFR_RNDD : MPFR_RNDU); /* 2 sqrt(2/pi) */
    mpfr_mul_q(e, root, polynomial, from);
    mpfr_neg(e, e, MPFR_RNDN);
    mpfr_exp(e, e, to);
    mpfr_clear(root);
}

/* x / (1 + e^(-2u)) = x/2 (1 + tanh u): a bound on both sides until they round alike */
static int64_t gelu_tanh(const struct lowering *L, int64_t value)
{
    bool minus = value < 0;
    int64_t end[2] = {0, 1};
    mpq_t x, cube, coefficient;

    if (value == 0)
        return 0;
    mpq_inits(x, cube, coefficient, NULL);
    number_of(L, is_float(L), value, mpq_numref(x));
    mpq_div_2exp(x, x, L->fraction);
    mpq_set_ui(coefficient, 44715, 1000000);
    mpq_canonicalize(coefficient);
    mpq_mul(cube, x, x);
    mpq_mul(cube, cube, x);
    mpq_mul(cube, cube, coefficient);
    mpq_add(cube, cube, x);
    mpq_abs(x, x);
    for (mpfr_prec_t prec = 96; end[0] != end[1]; prec *= 2) {
        assert(prec <= MOST_PRECISION);
        for (unsigned side = 0; side < 2; side++) {
            mpfr_rnd_t to = side ? MPFR_RNDU : MPFR_RNDD, from = side ? MPFR_RNDD : MPFR_RNDU;
            mpfr_t e, y;

            mpfr_inits2(prec, e, y, (mpfr_ptr)0);
            exponential(e, cube, !side);
            mpfr_add_ui(e, e, 1, from);
            mpfr_set_q(y, x, to);
            mpfr_div(y, y, e, to);
            end[side] = value_near(L, y, minus);
            mpfr_clears(e, y, (mpfr_ptr)0);
        }
    }
    mpq_clears(x, cube, coefficient, NULL);
    return end[0];
}

int64_t activation_value(void *activation, int64_t x)
{
    static const enum tc_op op[] = {
        [TC_RELU] = TC_OP_RELU, [TC_GELU] = TC_OP_GELU, [TC_GELU_TANH] = TC_OP_GELU,
        [TC_SILU] = TC_OP_SILU, [TC_TANH] = TC_OP_TANH, [TC_SIGMOID] = TC_OP_SIGMOID,
    };
    const struct activation *a = activation;
    const struct lowering *L = a->L;
    struct tc_float_value y;

    if (a->kind == TC_RELU)
        return x < 0 ? 0 : x;
    if (a->kind == TC_GELU_TANH)
        return gelu_tanh(L, x);
    if (!is_float(L))
        return tc_function_round(op[a->kind], L->format, x);
    if (!tc_function_float(op[a->kind], L->format, x < 0, x < 0 ? -x : x, &y, L->err))
        return 0;
    assert(y.class == TC_FINITE);
    return y.minus ? -y.key : y.key;
}

struct stream lower_activation(struct lowering *L, const struct tc_block *block,
                               const struct stream *in)
{
    struct activation act = {L, block->activation.kind};

    return stream_map(L, in, activation_value, &act, tc_activation_name[act.kind]);
}
