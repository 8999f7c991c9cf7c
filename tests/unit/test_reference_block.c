/* test_reference_block.c -- the reference evaluator on every kind of block: against the
 * results of reference_block_vectors.py, and by hand at ties, zeros and ends of ranges */
#include "../../compiler/reference.h"
#include "check_main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct vector_case {
    const char *precision;
    enum tc_rounding rounding;
    int64_t n, width, tokens;
    bool constant; /* weights */
    uint64_t seed;
    int64_t x[2], w[2]; /* least and most word of a fixed format, or key */
    unsigned result;
    const char *blocks;
};

#include "reference_block_vectors.h"

/* --------------------------------------------------------------- small models */

struct model {
    struct tc_spec *spec;
    struct tc_reference *reference;
    uint64_t *tensor[32];
    unsigned last; /* Y */
};

static struct tc_spec *read_spec(const char *precision, enum tc_rounding rounding, int64_t n,
                                 int64_t width, int64_t tokens, bool constant, const char *blocks)
{
    char file[] = "/tmp/test_reference_block.XXXXXX", input[64];
    struct tc_error err = {0};
    struct tc_spec *spec;
    FILE *f = fdopen(mkstemp(file), "w");

    ck_assert_ptr_nonnull(f);
    snprintf(input, sizeof input,
             tokens ? "<tokens length='%lld' vocabulary='%lld'/>"
                    : "<input length='%lld' width='%lld'/>",
             (long long)n, (long long)(tokens ? tokens : width));
    fprintf(f, "<transformer xmlns='urn:tc0c:spec:1'><precision %s rounding='%s'/>%s<weights %s/>%s"
               "</transformer>",
            precision, tc_rounding_name[rounding], input,
            constant ? "source='random' seed='7' scale='2'" : "source='input'", blocks);
    fclose(f);
    spec = tc_spec_read(file, NULL, 0, true, &err);
    unlink(file);
    ck_assert_msg(spec != NULL, "%s: %s", blocks, err.msg);
    return spec;
}

static struct model open_model(const char *precision, enum tc_rounding rounding, int64_t n,
                               int64_t width, int64_t tokens, bool constant, const char *blocks)
{
    struct model m = {.spec = read_spec(precision, rounding, n, width, tokens, constant, blocks)};
    struct tc_error err = {0};

    m.reference = tc_reference_new(m.spec, &err);
    ck_assert_msg(m.reference != NULL, "%s: %s", blocks, err.msg);
    ck_assert_uint_le(m.spec->ntensor, 32);
    m.last = m.spec->ntensor - 1;
    for (unsigned t = 0; t < m.spec->ntensor; t++) {
        const struct tc_tensor *tensor = &m.spec->tensor[t];
        uint64_t count = tc_tensor_count(tensor);

        m.tensor[t] = calloc(count, sizeof **m.tensor);
        if (tensor->role == TC_ROLE_CONSTANT)
            memcpy(m.tensor[t], tensor->word, count * sizeof **m.tensor);
    }
    return m;
}

static void run(struct model *m)
{
    tc_reference_run(m->reference, (const uint64_t *const *)m->tensor, m->tensor[m->last]);
}

static void close_model(struct model *m)
{
    for (unsigned t = 0; t < m->spec->ntensor; t++)
        free(m->tensor[t]);
    tc_reference_free(m->reference);
    tc_spec_free(m->spec);
}

/* ------------------------------------------------- the second evaluator's results */

/* the generator of reference_vectors.py */
static uint64_t draw(uint64_t *state, int64_t low, int64_t high)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint64_t)low + (*state >> 33) % ((uint64_t)(high - low) + 1);
}

static uint64_t draw_word(const struct tc_format *f, uint64_t *state, const int64_t range[2])
{
    uint64_t key = draw(state, range[0], range[1]), sign;

    if (f->kind == TC_FIXED)
        return key & (((uint64_t)1 << f->bits) - 1);
    sign = draw(state, 0, 1) << (f->p + f->q - 1);
    if (f->underflow != TC_GRADUAL && key < (uint64_t)1 << (f->p - 1))
        key = 0;
    return key || f->signed_zero ? sign | key : 0;
}

static void fill(struct model *m, const struct vector_case *c)
{
    uint64_t state = c->seed;

    for (unsigned t = 0; t < m->last; t++) {
        if (m->spec->tensor[t].role != TC_ROLE_INPUT)
            continue;
        for (uint64_t e = 0; e < tc_tensor_count(&m->spec->tensor[t]); e++)
            m->tensor[t][e] = m->spec->tensor[t].ids
                                  ? draw(&state, 0, c->tokens - 1)
                                  : draw_word(&m->spec->format, &state, t ? c->w : c->x);
    }
}

START_TEST(agrees_with_the_python_evaluator)
{
    for (size_t t = 0; t < sizeof vector_case / sizeof *vector_case; t++) {
        const struct vector_case *c = &vector_case[t];
        struct model m = open_model(c->precision, c->rounding, c->n, c->width, c->tokens,
                                    c->constant, c->blocks);

        fill(&m, c);
        for (int again = 0; again < 2; again++) { /* what is remembered changes nothing */
            run(&m);
            for (uint64_t e = 0; e < tc_tensor_count(&m.spec->tensor[m.last]); e++)
                ck_assert_msg(m.tensor[m.last][e] == vector_result[c->result + e],
                              "case %zu (%s, %s, %s), value %u: %llx, but python says %llx", t,
                              c->precision, tc_rounding_name[c->rounding], c->blocks, (unsigned)e,
                              (unsigned long long)m.tensor[m.last][e],
                              (unsigned long long)vector_result[c->result + e]);
        }
        close_model(&m);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("reference_block");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, agrees_with_the_python_evaluator);
    suite_add_tcase(s, c);
    return check_status(s);
}
