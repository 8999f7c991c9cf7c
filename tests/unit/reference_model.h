/* reference_model.h -- for tests: a small model, its tensors and its reference evaluator */
#ifndef TC_TEST_REFERENCE_MODEL_H
#define TC_TEST_REFERENCE_MODEL_H

#include "../../compiler/reference.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct model {
    struct tc_spec *spec;
    struct tc_reference *reference;
    uint64_t *tensor[32]; /* of words; constants are set, the rest 0 */
    unsigned last;        /* Y */
};

static inline struct model model_of(struct tc_spec *spec)
{
    struct model m = {.spec = spec, .last = spec->ntensor - 1};
    struct tc_error err = {0};

    m.reference = tc_reference_new(spec, TC_REGIME_AUTO, &err);
    ck_assert_msg(m.reference != NULL, "%s", err.msg);
    ck_assert_uint_le(spec->ntensor, 32);
    for (unsigned t = 0; t < spec->ntensor; t++) {
        const struct tc_tensor *tensor = &spec->tensor[t];
        uint64_t count = tc_tensor_count(tensor);

        m.tensor[t] = calloc(count, sizeof **m.tensor);
        if (tensor->role == TC_ROLE_CONSTANT)
            memcpy(m.tensor[t], tensor->word, count * sizeof **m.tensor);
    }
    return m;
}

static inline void run(struct model *m)
{
    tc_reference_run(m->reference, (const uint64_t *const *)m->tensor, m->tensor[m->last]);
}

static inline void close_model(struct model *m)
{
    for (unsigned t = 0; t < m->spec->ntensor; t++)
        free(m->tensor[t]);
    tc_reference_free(m->reference);
    tc_spec_free(m->spec);
}

/* the generator of reference_vectors.py */
static inline uint64_t draw(uint64_t *state, int64_t low, int64_t high)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint64_t)low + (*state >> 33) % ((uint64_t)(high - low) + 1);
}

/* a word of a fixed format, or a key and a sign; what is no number is 0, and 0 has a sign where
 * there are two */
static inline uint64_t draw_word(const struct tc_format *f, uint64_t *state, const int64_t range[2])
{
    uint64_t key = draw(state, range[0], range[1]), sign;

    if (f->kind == TC_FIXED)
        return key & (((uint64_t)1 << f->bits) - 1);
    sign = draw(state, 0, 1) << (f->p + f->q - 1);
    if (f->underflow != TC_GRADUAL && key < (uint64_t)1 << (f->p - 1))
        key = 0;
    return key || f->signed_zero ? sign | key : 0;
}

#endif
