/* permute.c -- exchangeability, as a check: `tc0c verify --permute`
 *
 * A model without positions, masks and leftmost choice commutes with every permutation of
 * its tokens as a real function; with sums that are exact and rounded once it does so bit for bit.
 * Here the circuit family is run on random inputs and on the same ones with their tokens
 * permuted.  A model that is not such is looked at too: an input that its
 * circuit tells from its permutation shows that the order matters. */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------ what sees the order, by definition */

static const char *order_of_attention(const struct tc_attention *a)
{
    return a->rope                            ? "rope"
           : a->position.kind                 ? tc_position_name[a->position.kind]
           : a->mask                          ? "a mask"
           : a->kind == TC_UNIQUE_HARD        ? "the leftmost choice"
                                              : NULL;
}

/* the first block that sees the order of tokens, and by what; NULL: none does */
static const struct tc_block *find_order(unsigned n, const struct tc_block *block,
                                         const char **what)
{
    for (unsigned k = 0; k < n; k++) {
        const struct tc_block *b = &block[k], *found;

        *what = b->kind == TC_ATTENTION  ? order_of_attention(&b->attention)
                : b->kind == TC_POSITION ? tc_position_name[b->position.kind]
                                         : NULL;
        if (*what)
            return b;
        found = find_order(b->nchild, b->child, what);
        if (found)
            return found;
    }
    return NULL;
}

/* --------------------------------------------------------------------- the runs */

struct runs {
    const struct tc_vectors *vectors;
    const struct tc_engine *engine;
    size_t nin, nout;
    int64_t n;                    /* tokens */
    uint64_t *in, *permuted, *out, *of_permuted, *want;
    int64_t *order;               /* of each vector: token i goes to place order[i] */
};

/* every other one exchanges two neighbours, the rest are any */
static void draw_order(struct tc_random *r, uint64_t v, int64_t n, int64_t *order)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    if (n == 1)
        return;
    if (v % 2 == 0) {
        int64_t i = (int64_t)tc_random_below(r, (uint64_t)n - 1);

        order[i] = i + 1;
        order[i + 1] = i;
        return;
    }
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)tc_random_below(r, (uint64_t)i + 1), was = order[i];

        order[i] = order[j];
        order[j] = was;
    }
}

/* rows of the tensor, n of them */
static void permute_rows(const struct runs *r, const int64_t *order, size_t row,
                         const uint64_t *from, uint64_t *to)
{
    for (int64_t i = 0; i < r->n; i++)
        memcpy(to + (size_t)order[i] * row, from + (size_t)i * row, row * sizeof *to);
}

static bool run_batch(struct runs *r, uint64_t first, size_t n, struct tc_error *err)
{
    size_t row = tc_tensor_count(&r->vectors->spec->tensor[0]) / (size_t)r->n;

    for (size_t v = 0; v < n; v++) {
        uint64_t *in = r->in + v * r->nin, *permuted = r->permuted + v * r->nin;
        struct tc_random random;

        tc_vector_make(r->vectors, first + v, in);
        tc_random_seed(&random, r->vectors->seed ^ (first + v));
        draw_order(&random, first + v, r->n, r->order + v * (size_t)r->n);
        memcpy(permuted, in, r->nin * sizeof *in);
        permute_rows(r, r->order + v * (size_t)r->n, row, in, permuted);
    }
    return r->engine->run(r->engine->state, r->in, r->out, n, err) &&
           r->engine->run(r->engine->state, r->permuted, r->of_permuted, n, err);
}

/* whether Y of the permuted input is the permuted Y; want is that */
static bool agrees(struct runs *r, size_t v)
{
    permute_rows(r, r->order + v * (size_t)r->n, r->nout / (size_t)r->n, r->out + v * r->nout,
                 r->want);
    return !memcmp(r->want, r->of_permuted + v * r->nout, r->nout * sizeof *r->want);
}

static bool show(FILE *out, struct runs *r, uint64_t first, size_t v, const char *witness,
                 struct tc_error *err)
{
    const struct tc_spec *spec = r->vectors->spec;
    const int64_t *order = r->order + v * (size_t)r->n;
    const uint64_t *got = r->of_permuted + v * r->nout;
    size_t w = 0;

    fprintf(out, "vector %llu, tokens moved:", (unsigned long long)(first + v));
    for (int64_t i = 0; i < r->n; i++)
        if (order[i] != i)
            fprintf(out, " %lld to %lld", (long long)i, (long long)order[i]);
    fputc('\n', out);
    while (r->want[w] == got[w])
        w++;
    print_place(out, spec, w);
    print_result(out, "of permuted inputs", spec, got[w]);
    print_result(out, "of the inputs, permuted", spec, r->want[w]);
    fputc('\n', out);
    return print_inputs(out, spec, r->in + v * r->nin, witness, err);
}

static void open_runs(struct runs *r, size_t batch)
{
    const struct tc_spec *spec = r->vectors->spec;

    r->n = spec->length.value;
    r->nin = tc_spec_words(spec, TC_ROLE_INPUT);
    r->nout = tc_spec_words(spec, TC_ROLE_RESULT);
    r->in = tc_xcalloc(batch * r->nin, sizeof *r->in);
    r->permuted = tc_xcalloc(batch * r->nin, sizeof *r->permuted);
    r->out = tc_xcalloc(batch * r->nout, sizeof *r->out);
    r->of_permuted = tc_xcalloc(batch * r->nout, sizeof *r->of_permuted);
    r->want = tc_xcalloc(r->nout, sizeof *r->want);
    r->order = tc_xcalloc(batch * (size_t)r->n, sizeof *r->order);
}

static void close_runs(struct runs *r)
{
    free(r->in);
    free(r->permuted);
    free(r->out);
    free(r->of_permuted);
    free(r->want);
    free(r->order);
}

bool tc_verify_permute(FILE *out, const struct tc_vectors *vectors, const struct tc_engine *engine,
                       size_t batch, const char *witness, bool *same, struct tc_error *err)
{
    const struct tc_spec *spec = vectors->spec;
    struct runs r = {.vectors = vectors, .engine = engine};
    const char *what = NULL;
    const struct tc_block *by = find_order(spec->nblock, spec->block, &what);
    bool ok = true, found = false;

    open_runs(&r, batch);
    tc_progress_start("permuting", (double)vectors->count);
    for (uint64_t first = 0; ok && !found && first < vectors->count; first += batch) {
        uint64_t left = vectors->count - first;
        size_t n = left < batch ? (size_t)left : batch;

        ok = run_batch(&r, first, n, err);
        for (size_t v = 0; ok && !found && v < n; v++) {
            if (agrees(&r, v))
                continue;
            found = true;
            if (by)
                fprintf(out, "not permutation-equivariant: %s has %s\n", by->path, what);
            else
                fputs("DIFFERENCE: no block sees the order of tokens, but the circuit does\n", out);
            ok = show(out, &r, first, v, witness, err);
        }
        tc_progress_tick((double)first + (double)batch);
    }
    tc_progress_end();
    if (ok && !found && by)
        fprintf(out, "%s has %s, but none of %llu inputs shows it\n", by->path, what,
                (unsigned long long)vectors->count);
    else if (ok && !found)
        fprintf(out,
                "permutation-equivariant: no position, mask or leftmost choice, and on %llu inputs "
                "the circuit agrees with itself permuted\n",
                (unsigned long long)vectors->count);
    *same = by || !found;
    close_runs(&r);
    return ok;
}
