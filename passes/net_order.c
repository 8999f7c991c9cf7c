/* net_order.c -- in which order inputs decide a wire, by simulation
 *
 * The first step of a list decides wherever it is taken: with one input's value, or two inputs',
 * the wire is constant.  Among random vectors such a step is seen, as half of them take it; with
 * its inputs fixed such that it is not taken, the next one is the first.  What is seen need not be
 * so: it is only an order for a diagram, which says what is true.
 *
 * Two inputs that decide where both are 1, and the other way where both are 0, leave the same rest
 * where they differ: with either of them 1 the wire is 1 on half of the vectors more than with it
 * 0, or less.  Inputs for which the difference is below an eighth are not looked at; of 256 vectors
 * that is six standard deviations away.  Where no first step is seen the wire is taken for no list.
 *
 * Time: for each step the gates and inputs of the cone. */
#include "net_lists.h"

#include <stdlib.h>

#define WORDS 4 /* of vectors */
#define FEW   4 /* sources, for which all that is possible is tried */

struct sample {
    uint64_t word[WORDS];
};

struct watch {
    struct tc_lists *l;
    struct sample *wire; /* per input of the cone, cut, gate, in this order; node says where */
    bool *fixed;         /* per input */
    uint32_t *taken;     /* the inputs that are fixed, in this order */
    uint32_t ntaken;
    uint32_t *pair; /* inputs that may be one of a step's two */
    uint32_t npair;
    uint64_t state;
};

static uint64_t random_word(struct watch *w)
{
    uint64_t x;

    w->state = w->state * 6364136223846793005 + 1442695040888963407;
    x = (w->state ^ w->state >> 33) * UINT64_C(0xff51afd7ed558ccd);
    return x ^ x >> 33;
}

/* ---------------------------------------------------------------- simulation */

/* whether the first n sources reach what is missing */
static uint64_t reach(const int64_t *weight, const uint64_t *source, uint32_t n, int64_t missing)
{
    int64_t lo = 0, hi = 0;

    for (uint32_t k = 0; k < n; k++) {
        lo += weight[k] < 0 ? weight[k] : 0;
        hi += weight[k] > 0 ? weight[k] : 0;
    }
    if (missing <= lo || missing > hi)
        return missing <= lo ? UINT64_MAX : 0;
    return (source[n - 1] & reach(weight, source, n - 1, missing - weight[n - 1])) |
           (~source[n - 1] & reach(weight, source, n - 1, missing));
}

uint64_t tc_lists_word(const struct tc_net *net, tc_wire gate, const uint64_t *source)
{
    const struct tc_net_gate *g = &net->gate[gate - net->ninputs];
    const struct tc_net_row *row = &net->row[g->row];
    uint64_t word = 0;

    if (row->n <= FEW)
        return reach(&net->weight[row->first], source, row->n, g->bound);
    for (unsigned x = 0; x < 64; x++) {
        int64_t sum = 0;

        for (uint32_t k = 0; k < row->n; k++)
            sum += source[k] >> x & 1 ? net->weight[row->first + k] : 0;
        word |= (uint64_t)(sum >= g->bound) << x;
    }
    return word;
}

static void run(struct watch *w)
{
    const struct tc_lists *l = w->l;

    for (uint32_t g = 0; g < l->ncone; g++) {
        const struct tc_net_row *row = &l->net->row[l->net->gate[l->cone[g] - l->net->ninputs].row];

        for (unsigned k = 0; k < WORDS; k++) {
            uint64_t source[TC_LISTS_FAN_IN];

            for (uint32_t e = 0; e < row->n; e++)
                source[e] = w->wire[l->node[l->net->source[row->first + e]]].word[k];
            w->wire[l->node[l->cone[g]]].word[k] = tc_lists_word(l->net, l->cone[g], source);
        }
    }
}

static struct sample all(bool value)
{
    struct sample s;

    for (unsigned k = 0; k < WORDS; k++)
        s.word[k] = value ? UINT64_MAX : 0;
    return s;
}

/* a and b, or their complements */
static struct sample both(const struct sample *a, bool is_a, const struct sample *b, bool is_b)
{
    struct sample s;

    for (unsigned k = 0; k < WORDS; k++)
        s.word[k] = (is_a ? a->word[k] : ~a->word[k]) & (is_b ? b->word[k] : ~b->word[k]);
    return s;
}

/* Inputs that are not fixed are changed where something happens that never does: one of the two, by
 * chance. */
static void mend(struct watch *w)
{
    const struct tc_lists *l = w->l;

    for (uint32_t c = 0; c < 2 * l->nnever; c++) {
        const tc_lit *never = l->never[c / 2];
        uint32_t input[2];
        struct sample bad;

        if (l->seen[never[0] >> 1] != l->stamp || l->seen[never[1] >> 1] != l->stamp)
            continue;
        input[0] = l->node[never[0] >> 1];
        input[1] = l->node[never[1] >> 1];
        if (input[0] >= l->ninput || input[1] >= l->ninput) /* one is cut */
            continue;
        bad = both(&w->wire[input[0]], !(never[0] & 1), &w->wire[input[1]], !(never[1] & 1));
        for (unsigned k = 0; k < WORDS; k++) {
            uint64_t first = random_word(w);

            if (w->fixed[input[1]] || input[0] == input[1])
                first = UINT64_MAX;
            if (!w->fixed[input[0]])
                w->wire[input[0]].word[k] ^= bad.word[k] & first;
            if (!w->fixed[input[1]])
                w->wire[input[1]].word[k] ^=
                    bad.word[k] & (w->fixed[input[0]] ? ~(uint64_t)0 : ~first);
        }
    }
}

static int count(const struct sample *s)
{
    int n = 0;

    for (unsigned k = 0; k < WORDS; k++)
        n += __builtin_popcountll(s->word[k]);
    return n;
}

/* whether f has the value wherever both inputs have theirs; the same input twice is one */
static bool decides(const struct sample *f, bool value, const struct sample *a, bool is_a,
                    const struct sample *b, bool is_b)
{
    struct sample where = both(a, is_a, b, is_b), others = both(f, !value, &where, true);

    return count(&others) == 0;
}

/* --------------------------------------------------------------------- steps */

static void take(struct watch *w, uint32_t input, bool value)
{
    w->fixed[input] = true;
    w->wire[input] = all(value);
    w->taken[w->ntaken++] = input;
}

/* a step that one input decides; it is fixed at the other value, and the next one in the order */
static bool one_decides(struct watch *w, const struct sample *f)
{
    for (uint32_t i = 0; i < w->l->ninput; i++)
        for (int v = 0; !w->fixed[i] && v < 4; v++)
            if (decides(f, v & 1, &w->wire[i], v >> 1, &w->wire[i], v >> 1)) {
                take(w, i, !(v >> 1));
                return true;
            }
    return false;
}

/* inputs whose value makes a difference of an eighth or more */
static void find_pairs(struct watch *w, const struct sample *f)
{
    w->npair = 0;
    for (uint32_t i = 0; i < w->l->ninput; i++) {
        const struct sample *x = &w->wire[i];
        struct sample one = both(x, true, f, true), zero = both(x, false, f, true);
        int n1 = count(x), n0 = 64 * WORDS - n1;

        if (!w->fixed[i] && 8 * abs(count(&one) * n0 - count(&zero) * n1) >= n1 * n0)
            w->pair[w->npair++] = i;
    }
}

/* a step that two inputs decide where they are the same, or where they are not */
static bool two_decide(struct watch *w, const struct sample *f)
{
    find_pairs(w, f);
    w->l->work += (uint64_t)w->npair * w->npair / 8;
    for (uint32_t i = 0; i < w->npair; i++)
        for (uint32_t j = i + 1; j < w->npair; j++)
            for (int v = 0; v < 4; v++) {
                uint32_t a = w->pair[i], b = w->pair[j];
                bool same = v >> 1, value = v & 1;

                if (!decides(f, value, &w->wire[a], true, &w->wire[b], same) ||
                    !decides(f, !value, &w->wire[a], false, &w->wire[b], !same))
                    continue;
                take(w, a, true);
                take(w, b, !same);
                return true;
            }
    return false;
}

static void open_watch(struct watch *w, struct tc_lists *l, uint32_t value)
{
    *w = (struct watch){.l = l, .state = 1};
    w->wire = tc_xcalloc((size_t)l->ninput + l->ncut + l->ncone, sizeof *w->wire);
    w->fixed = tc_xcalloc((size_t)l->ninput + 1, sizeof *w->fixed);
    w->taken = tc_xcalloc((size_t)l->ninput + 1, sizeof *w->taken);
    w->pair = tc_xcalloc((size_t)l->ninput + 1, sizeof *w->pair);
    for (uint32_t i = 0; i < l->ninput; i++) {
        l->node[l->input[i]] = i;
        for (unsigned k = 0; k < WORDS; k++)
            w->wire[i].word[k] = random_word(w);
    }
    for (uint32_t k = 0; k < l->ncut; k++) {
        l->node[l->cut[k]] = l->ninput + k;
        w->wire[l->ninput + k] = all(value >> k & 1);
    }
    for (uint32_t g = 0; g < l->ncone; g++)
        l->node[l->cone[g]] = l->ninput + l->ncut + g;
}

/* The inputs that are fixed, and behind each those before it that decide nothing, in the order that
 * the cone has them in; at last those behind all.  So what a step rules out is said of an input
 * that decides, by one that does not. */
static void set_order(const struct watch *w)
{
    struct tc_lists *l = w->l;
    uint32_t n = 0, end = l->ninput;

    for (uint32_t k = 0; k < w->ntaken; k++) {
        uint32_t first = w->taken[k];

        l->order[n++] = l->input[w->taken[k]];
        while (first > 0 && !w->fixed[first - 1])
            first--;
        for (; first < w->taken[k]; first++)
            l->order[n++] = l->input[first];
    }
    while (end > 0 && !w->fixed[end - 1])
        end--;
    for (; end < l->ninput; end++)
        l->order[n++] = l->input[end];
}

bool tc_lists_order(struct tc_lists *l, uint32_t value)
{
    struct watch w;
    const struct sample *f;
    bool varies = true, step = true;

    open_watch(&w, l, value);
    f = &w.wire[l->ninput + l->ncut + l->ncone - 1];
    while (step && varies && w.ntaken < l->ninput && l->work < l->most_work) {
        mend(&w);
        run(&w);
        l->work += l->ncone + l->ninput;
        varies = count(f) > 0 && count(f) < 64 * WORDS;
        step = varies && (one_decides(&w, f) || two_decide(&w, f));
    }
    set_order(&w);
    step = !varies || w.ntaken > 0;
    free(w.wire);
    free(w.fixed);
    free(w.taken);
    free(w.pair);
    return step;
}
