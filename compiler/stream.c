/* stream.c -- what flows from block to block */
#include "float.h"

#include <assert.h>

static const struct chain *keep(struct lowering *L, struct chain c)
{
    struct chain *kept = tc_alloc(L->family->arena, 1, sizeof *kept);

    *kept = c;
    return kept;
}

struct stream stream_of_chain(struct lowering *L, struct chain c, const struct stream *like)
{
    struct stream s = *like;

    s.chain = keep(L, c);
    s.steps = NULL;
    s.word = (struct word){0};
    return s;
}

struct stream stream_of_steps(struct lowering *L, struct steps steps, const char *name,
                              const char *note, const struct stream *like)
{
    struct stream s = *like;
    struct steps *kept = tc_alloc(L->family->arena, 1, sizeof *kept);

    *kept = steps;
    s.steps = kept;
    s.chain = NULL;
    s.word = (struct word){0};
    s.name = name;
    s.note = note;
    s.component = L->component;
    s.prefix = L->prefix;
    return s;
}

struct stream stream_ready(struct lowering *L, struct stream s)
{
    const char *component = L->component, *prefix = L->prefix;

    if (!s.chain && s.steps) {
        L->component = s.component;
        L->prefix = s.prefix;
        s.chain = keep(L, chain_new(L, *s.steps, s.name, "T_round", NULL, s.note));
        L->component = component;
        L->prefix = prefix;
    }
    if (!s.word.a)
        s.word = word_of_chain(L, s.chain, 0);
    return s;
}

struct steps stream_steps(struct lowering *L, const struct stream *s)
{
    if (s->steps)
        return *s->steps;
    assert(!s->chain);
    return s->word.raw ? raw_steps(L, s->word.raw) : steps_sum(L, s->word.value);
}

const struct chain *stream_chain(struct lowering *L, struct stream *s)
{
    if (!s->chain)
        s->chain = keep(L, s->word.raw ? chain_new(L, stream_steps(L, s), "x", "T_word", NULL,
                                                   "the input's values, in the order of its words")
                                       : chain_new(L, stream_steps(L, s), "x", "T_round", NULL,
                                                   "the input's values, as steps"));
    return s->chain;
}
