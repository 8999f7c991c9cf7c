/* block_activation.c -- functions of each number, correctly rounded
 *
 * No gates: the function goes into the gates of the number it is of.  Only where that is an
 * input's wires they are made, one chain.
 */
#include "float.h"

#include <assert.h>
#include <mpfr.h>

int64_t activation_value(void *activation, int64_t x)
{
    static const enum tc_op op[] = {
        [TC_RELU] = TC_OP_RELU, [TC_GELU] = TC_OP_GELU, [TC_GELU_TANH] = TC_OP_GELU_TANH,
        [TC_SILU] = TC_OP_SILU, [TC_TANH] = TC_OP_TANH, [TC_SIGMOID] = TC_OP_SIGMOID,
    };
    const struct activation *a = activation;
    const struct lowering *L = a->L;
    struct tc_float_value y;

    if (a->kind == TC_RELU)
        return x < 0 ? 0 : x;
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
