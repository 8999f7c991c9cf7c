/* same_family.h -- for tests: a family and what a pass made of it compute the same
 *
 * Compared on all inputs while few, else on seeded ones, by the family evaluator, by the
 * netlist's, and by the definition (walk.h). */
#ifndef TC_TEST_SAME_FAMILY_H
#define TC_TEST_SAME_FAMILY_H

#include "family_text.h"
#include "walk.h"

/* how many inputs are few; words of random vectors for more; vectors for the definition */
struct same_effort {
    unsigned few;
    size_t words, walked;
};

/* Words of vectors: all inputs if these are few, else random ones, of which some are nearly all 0
 * or all 1; how many words an input has. */
static inline uint64_t *same_vectors(uint64_t nin, const struct same_effort *e, size_t *words)
{
    uint64_t *in;

    *words = nin > e->few ? e->words : nin < 6 ? 1 : (size_t)1 << (nin - 6);
    in = tc_xcalloc((size_t)nin * *words + 1, sizeof *in);
    for (uint64_t w = 0; w < nin; w++)
        for (size_t k = 0; k < *words; k++) {
            uint64_t *to = &in[w * *words + k];

            if (nin > e->few) {
                *to = walk_random();
                if (k % 4 == 1)
                    *to &= walk_random() & walk_random();
                if (k % 4 == 2)
                    *to |= walk_random() | walk_random();
                continue;
            }
            for (unsigned v = 0; v < 64; v++)
                *to |= (64 * k + v) >> w % 64 << 63 >> (63 - v);
        }
    return in;
}

/* Compares them; g is sound, says in text what it is, and its counts are those of its netlist,
 * which is returned, with the counts. */
static inline struct tc_netlist *same_family(const struct tc_family *f, const struct tc_family *g,
                                             const struct same_effort *e, struct tc_arena *a,
                                             struct tc_count *count)
{
    uint64_t nin = tc_family_inputs(f), nout = tc_family_outputs(f), *in, *out[3];
    struct tc_error err = {0};
    struct tc_count counted;
    struct tc_netlist *nl;
    struct walk walk;
    size_t words, wires, vectors;

    ck_assert_msg(tc_family_check(g, &err), "%s", err.msg);
    ck_assert_uint_eq(tc_family_inputs(g), nin);
    ck_assert_uint_eq(tc_family_outputs(g), nout);
    in = same_vectors(nin, e, &words);
    vectors = nin < 6 ? (size_t)1 << nin : 64 * words;
    for (unsigned k = 0; k < 3; k++)
        out[k] = tc_xcalloc((size_t)nout * words + 1, sizeof *out[k]);
    nl = tc_family_instantiate(g, 0, 0, &err);
    ck_assert_msg(nl != NULL, "%s", err.msg);
    ck_assert_msg(tc_family_run(f, in, out[0], words, &err), "%s", err.msg);
    ck_assert_msg(tc_family_run(g, in, out[1], words, &err), "%s", err.msg);
    ck_assert_msg(tc_netlist_run(nl, in, out[2], words, &err), "%s", err.msg);
    for (uint64_t o = 0; o < nout; o++)
        for (size_t v = 0; v < vectors; v++)
            for (unsigned k = 1; k < 3; k++)
                if ((out[0][o * words + v / 64] ^ out[k][o * words + v / 64]) >> v % 64 & 1)
                    ck_abort_msg("output %llu of vector %zu differs in engine %u",
                                 (unsigned long long)o, v, k);
    ck_assert(tc_family_count(a, g, true, count, &err));
    tc_netlist_count(a, nl, &counted);
    ck_assert_int_eq(mpz_cmp(count->gates, counted.gates), 0);
    ck_assert_int_eq(mpz_cmp(count->wires, counted.wires), 0);
    ck_assert_int_eq(mpz_cmp(count->max_fan_in, counted.max_fan_in), 0);
    ck_assert_int_eq(mpz_cmp(count->max_weight, counted.max_weight), 0);
    ck_assert_uint_ge(count->depth, counted.depth); /* random weights may be 0 */
    walk = walk_new(g);
    for (size_t v = 0; v < e->walked; v++)
        ck_assert(walk_family(&walk, in, out[0], words, v * 97 % (nin < 6 ? vectors : 64), &wires));
    walk_free(&walk);
    for (unsigned k = 0; k < 3; k++)
        free(out[k]);
    free(in);
    tc_family_free(copy_by_text(g));
    return nl;
}

/* names that differ and ranges that are true, so that a random family can be checked; whether it
 * is sound otherwise, too */
static inline bool repair(struct tc_family *f)
{
    struct tc_error err = {0};

    for (unsigned k = 0; k < f->ntable; k++)
        f->table[k]->name = tc_sprintf(f->arena, "table%u", k);
    for (unsigned k = 0; k < 2 * f->nbank; k++) {
        struct tc_form *x = k % 2 ? &f->bank[k / 2]->theta : &f->bank[k / 2]->form;
        mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);

        tc_form_interval(x, true, lo, hi);
        x->lo = lo;
        x->hi = hi;
    }
    return tc_family_check(f, &err);
}

#endif
