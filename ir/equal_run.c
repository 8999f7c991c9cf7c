/* equal_run.c -- both netlists on vectors: at random, or all there are */
#include "prover.h"

#include <stdlib.h>

#define RUN_WORK 4e9 /* edges times words of vectors at most */
#define PIECE    256 /* words of vectors at a time */

void tc_prover_inputs(struct prover *p, uint64_t round, uint64_t *in)
{
    if (p->options->sample) {
        p->options->sample(p->options->ctx, round, in);
        return;
    }
    for (uint32_t i = 0; i < p->ninputs; i++) {
        uint64_t x = tc_prover_draw(p), y = tc_prover_draw(p), z = tc_prover_draw(p);

        in[i] = round % 3 == 0 ? x : round % 3 == 1 ? x & y & z : x | y | z;
    }
}

bool tc_prover_domain(struct prover *p, const uint64_t *in, size_t words, uint64_t *lanes)
{
    uint64_t *out;
    bool ok;

    for (size_t w = 0; w < words; w++)
        lanes[w] = UINT64_MAX;
    if (!p->domain)
        return true;
    out = tc_xcalloc(p->domain->noutputs * words + 1, sizeof *out);
    ok = tc_netlist_run(p->domain, in, out, words, p->err);
    for (uint32_t k = 0; k < p->domain->noutputs; k++)
        for (size_t w = 0; w < words; w++)
            lanes[w] &= out[k * words + w];
    free(out);
    return ok;
}

bool tc_prover_within(struct prover *p, uint64_t *in, uint64_t lanes)
{
    unsigned from;

    if (lanes == UINT64_MAX)
        return true;
    if (!lanes)
        return false;
    from = (unsigned)__builtin_ctzll(lanes);
    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = (in[i] & lanes) | (in[i] >> from & 1 ? ~lanes : 0);
    return true;
}

/* a difference that was seen: both netlists were run on these inputs */
static void different(struct prover *p, uint32_t output, const uint64_t *in, size_t words,
                      size_t lane)
{
    struct tc_equal *r = p->result;

    r->how[output] = TC_EQUAL_DIFFERENT;
    if (r->witness)
        return;
    r->different = output;
    r->witness = tc_xcalloc(p->ninputs + (size_t)1, 1);
    for (uint32_t i = 0; i < p->ninputs; i++)
        r->witness[i] = in[i * words + lane / 64] >> lane % 64 & 1;
}

bool tc_prover_run(struct prover *p, const uint64_t *in, size_t words)
{
    uint32_t n = p->a->noutputs;
    uint64_t *x = tc_xcalloc(n * words + 1, sizeof *x), *y = tc_xcalloc(n * words + 1, sizeof *y),
             *lanes = tc_xcalloc(words, sizeof *lanes);
    bool ok = tc_prover_domain(p, in, words, lanes) && tc_netlist_run(p->a, in, x, words, p->err) &&
              tc_netlist_run(p->b, in, y, words, p->err);

    for (uint32_t k = 0; ok && k < n; k++)
        for (size_t w = 0; w < words; w++) {
            uint64_t differ = (x[k * words + w] ^ y[k * words + w]) & lanes[w];

            if (differ && p->result->how[k] != TC_EQUAL_DIFFERENT)
                different(p, k, in, words, 64 * w + (unsigned)__builtin_ctzll(differ));
        }
    free(x);
    free(y);
    free(lanes);
    return ok;
}

void tc_prover_count(uint32_t ninputs, uint64_t first, size_t words, uint64_t *in)
{
    static const uint64_t low[] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                   0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};

    for (uint32_t i = 0; i < ninputs; i++)
        for (size_t w = 0; w < words; w++)
            in[i * words + w] = i < 6 ? low[i] : (first + w) >> (i - 6) & 1 ? UINT64_MAX : 0;
}

bool tc_prover_exhaust(struct prover *p)
{
    uint64_t total = p->ninputs > 6 ? (uint64_t)1 << (p->ninputs - 6) : 1;
    uint64_t *in = tc_xcalloc(p->ninputs * (size_t)PIECE + 1, sizeof *in);
    bool ok = true;

    tc_progress_start("running all inputs", (double)total);
    for (uint64_t w = 0; ok && w < total; w += PIECE) {
        size_t words = total - w < PIECE ? (size_t)(total - w) : PIECE;

        tc_prover_count(p->ninputs, w, words, in);
        ok = tc_prover_run(p, in, words);
        tc_progress_tick((double)w);
    }
    tc_progress_end();
    free(in);
    p->result->vectors = (uint64_t)1 << p->ninputs;
    return ok;
}

bool tc_prover_few(const struct prover *p)
{
    double words =
        p->ninputs > 6 && p->ninputs <= RUN_BITS ? (double)((uint64_t)1 << (p->ninputs - 6)) : 1;

    return !p->options->no_exhaustion && p->ninputs <= RUN_BITS &&
           words * ((double)p->a->nedges + (double)p->b->nedges) < RUN_WORK;
}
