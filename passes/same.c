/* same.c -- two circuits on the same inputs: all of them, or weighted random ones
 *
 * Gates of a large fan-in hardly ever change under uniform bits: their sums stay
 * near the middle.  Hence the shares of ones that lie near 0 and 1. */
#include "passes.h"

#include <stdlib.h>
#include <string.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* input i of 64 vectors, the first of which has number v: all inputs in order */
static uint64_t counting(uint64_t v, uint64_t i)
{
    static const uint64_t low[] = {
        UINT64_C(0xaaaaaaaaaaaaaaaa), UINT64_C(0xcccccccccccccccc), UINT64_C(0xf0f0f0f0f0f0f0f0),
        UINT64_C(0xff00ff00ff00ff00), UINT64_C(0xffff0000ffff0000), UINT64_C(0xffffffff00000000)};

    return i < 6 ? low[i] : -(v >> i & 1);
}

/* 64 bits of which a share of 2^-k is 1, or 1 - 2^-k; k = 1 is a half */
static uint64_t weighted(uint64_t *state, unsigned k, bool many)
{
    uint64_t x = splitmix(state);

    while (--k)
        x &= splitmix(state);
    return many ? ~x : x;
}

static void any_bits(uint64_t ninputs, bool all, uint64_t seed, uint64_t first, size_t words,
                     uint64_t *in)
{
    for (size_t j = 0; j < words; j++) {
        uint64_t v = first + 64 * j, state = v + seed * UINT64_C(0xd1342543de82ef95);
        uint64_t style = splitmix(&state);
        unsigned k = v / 64 % 2 ? 1 + (unsigned)(style % 6) : 1;

        for (uint64_t i = 0; i < ninputs; i++)
            in[i * words + j] = all ? counting(v, i) : weighted(&state, k, style >> 32 & 1);
    }
}

/* -------------------------------------------------------------- comparison */

struct side {
    enum tc_pass_level level;
    union tc_circuit circuit;
    uint64_t *out;
};

static bool run(struct side *s, const uint64_t *in, size_t words, struct tc_error *err)
{
    if (s->level == TC_PASS_FAMILY)
        return tc_family_run(s->circuit.family, in, s->out, words, err);
    return tc_netlist_run(s->circuit.netlist, in, s->out, words, err);
}

/* the bits of one vector, the first 64 inputs at most */
static void describe(char *text, const uint64_t *in, uint64_t ninputs, size_t words, uint64_t v)
{
    uint64_t shown = ninputs < 64 ? ninputs : 64;

    for (uint64_t i = 0; i < shown; i++)
        *text++ = (char)('0' + (in[i * words + v / 64] >> v % 64 & 1));
    strcpy(text, shown < ninputs ? "..." : "");
}

/* nvector of them are compared; the error says which output differs where */
static bool equal(const struct side side[2], const uint64_t *in, uint64_t ninputs,
                  uint64_t noutputs, size_t words, uint64_t nvector, struct tc_error *err)
{
    for (uint64_t o = 0; o < noutputs; o++)
        for (uint64_t v = 0; v < nvector; v += 64) {
            size_t at = o * words + v / 64;
            uint64_t mask = nvector - v < 64 ? ((uint64_t)1 << (nvector - v)) - 1 : UINT64_MAX;
            uint64_t differ = (side[0].out[at] ^ side[1].out[at]) & mask;
            char bits[70];

            if (!differ)
                continue;
            v += (uint64_t)__builtin_ctzll(differ);
            describe(bits, in, ninputs, words, v);
            return tc_fail(err, TC_ECHECK, (struct tc_loc){0},
                           "output %llu was %u and is %u on the inputs %s",
                           (unsigned long long)o, (unsigned)(side[0].out[at] >> v % 64 & 1),
                           (unsigned)(side[1].out[at] >> v % 64 & 1), bits);
        }
    return true;
}

static bool same_size(const char *what, uint64_t before, uint64_t after, struct tc_error *err)
{
    return before == after ||
           tc_fail(err, TC_ECHECK, (struct tc_loc){0}, "there were %llu %s and are %llu",
                   (unsigned long long)before, what, (unsigned long long)after);
}

static uint64_t ports(const struct side *s, bool out)
{
    if (s->level == TC_PASS_FAMILY)
        return out ? tc_family_outputs(s->circuit.family) : tc_family_inputs(s->circuit.family);
    return out ? s->circuit.netlist->noutputs : s->circuit.netlist->ninputs;
}

/* in batches that share the work of a gate and stay within 64 MiB */
static size_t batch(uint64_t ports_of_both, uint64_t vectors)
{
    uint64_t room = ((uint64_t)1 << 23) / (ports_of_both + 1), need = (vectors + 63) / 64;

    room = room < 64 ? room : 64;
    room = room < need ? room : need;
    return room ? (size_t)room : 1;
}

uint64_t tc_check_vectors(enum tc_pass_level level, uint64_t ninputs,
                          const struct tc_pass_options *options, bool *all)
{
    uint64_t asked = options->vectors ? options->vectors : (uint64_t)1 << TC_CHECK_BITS;

    *all = ninputs < 64 && (uint64_t)1 << ninputs <= asked;
    if (*all)
        return (uint64_t)1 << ninputs;
    return options->vectors          ? options->vectors
           : level == TC_PASS_FAMILY ? TC_CHECK_FAMILY
                                     : TC_CHECK_NETLIST;
}

bool tc_passes_same(enum tc_pass_level level, union tc_circuit before, union tc_circuit after,
                    const struct tc_pass_options *options, struct tc_error *err)
{
    struct side side[2] = {{level, before, NULL}, {level, after, NULL}};
    uint64_t ninputs = ports(&side[0], false), noutputs = ports(&side[0], true);
    bool all, ok = true;
    uint64_t count = tc_check_vectors(level, ninputs, options, &all);
    size_t words = batch(ninputs + 2 * noutputs, count);
    uint64_t *in;

    if (!same_size("inputs", ninputs, ports(&side[1], false), err) ||
        !same_size("outputs", noutputs, ports(&side[1], true), err))
        return false;
    in = tc_xcalloc(ninputs * words + 1, sizeof *in);
    for (unsigned k = 0; k < 2; k++)
        side[k].out = tc_xcalloc(noutputs * words + 1, sizeof *in);
    tc_progress_start("checking a pass", (double)count);
    for (uint64_t v = 0; ok && v < count; v += 64 * words) {
        if (options->inputs)
            options->inputs(options->ctx, v, words, in);
        else
            any_bits(ninputs, all, options->seed, v, words, in);
        ok = run(&side[0], in, words, err) && run(&side[1], in, words, err) &&
             equal(side, in, ninputs, noutputs, words,
                   count - v < 64 * words ? count - v : 64 * words, err);
        tc_progress_tick((double)v);
    }
    tc_progress_end();
    free(in);
    free(side[0].out);
    free(side[1].out);
    return ok;
}
