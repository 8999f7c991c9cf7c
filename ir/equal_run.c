/* equal_run.c -- both netlists on vectors: at random, or all there are */
#include "prover.h"

#include <math.h>
#include <stdlib.h>

#define RUN_WORK 4e9 /* edges times words of vectors at most, whatever time that takes */
#define RUN_MOST 48  /* inputs, of which all vectors may be run */
#define RUN_FAST 4e9 /* edges times words of vectors that a second has at most */
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

/* words of vectors that are all inputs */
static uint64_t all_words(const struct prover *p)
{
    return p->ninputs > 6 ? (uint64_t)1 << (p->ninputs - 6) : 1;
}

static bool run_piece(struct prover *p, uint64_t *in)
{
    uint64_t left = all_words(p) - p->ran;
    size_t words = left < PIECE ? (size_t)left : PIECE;
    bool ok;

    tc_prover_count(p->ninputs, p->ran, words, in);
    ok = tc_prover_run(p, in, words);
    p->ran += words;
    return ok;
}

double tc_prover_whole(struct prover *p)
{
    double start = tc_now(), edges = (double)p->a->nedges + (double)p->b->nedges;
    uint64_t *in;
    bool ok;

    if (p->options->no_exhaustion || p->ninputs > RUN_MOST || p->ran ||
        (double)all_words(p) * edges > RUN_FAST * tc_prover_left(p))
        return INFINITY;
    in = tc_xcalloc(p->ninputs * (size_t)PIECE + 1, sizeof *in);
    ok = run_piece(p, in);
    free(in);
    p->failed = p->failed || !ok;
    return ok ? (tc_now() - start) * (double)(all_words(p) - p->ran) / (double)p->ran : INFINITY;
}

bool tc_prover_exhaust(struct prover *p, double stop)
{
    uint64_t total = all_words(p);
    uint64_t *in = tc_xcalloc(p->ninputs * (size_t)PIECE + 1, sizeof *in);
    bool ok = true;

    tc_progress_start("running all inputs", (double)total);
    while (ok && p->ran < total && tc_now() < stop) {
        ok = run_piece(p, in);
        tc_progress_tick((double)p->ran);
    }
    tc_progress_end();
    free(in);
    p->result->vectors = p->ninputs > 6 ? 64 * p->ran : (uint64_t)1 << p->ninputs;
    for (uint32_t k = 0; ok && p->ran == total && k < p->result->noutputs; k++)
        if (p->result->how[k] == TC_EQUAL_UNKNOWN)
            p->result->how[k] = TC_EQUAL_EXHAUSTION;
    return ok;
}

bool tc_prover_few(const struct prover *p)
{
    return !p->options->no_exhaustion && p->ninputs <= RUN_BITS &&
           (double)all_words(p) * ((double)p->a->nedges + (double)p->b->nedges) < RUN_WORK;
}
