/* stream.c -- what flows from block to block */
#include "float.h"

static const struct chain *keep(struct lowering *L, struct chain c)
{
    struct chain *kept = tc_alloc(L->family->arena, 1, sizeof *kept);

    *kept = c;
    return kept;
}

struct stream stream_of_chain(struct lowering *L, struct chain c, const struct stream *like)
{
    struct stream s = *like;

    s.chain = keep(L, chain_stored(L, c));
    s.steps = NULL;
    s.word = (struct word){0};
    s.is_code = false;
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
    s.is_code = false;
    s.name = name;
    s.note = note;
    s.component = L->component;
    s.prefix = L->prefix;
    return s;
}

const struct chain *stream_chain(struct lowering *L, struct stream *s)
{
    const char *component = L->component, *prefix = L->prefix;

    if (s->chain)
        return s->chain;
    if (s->steps) {
        L->component = s->component;
        L->prefix = s->prefix;
        s->chain = keep(L, chain_new(L, *s->steps, s->name, "T_round", NULL, s->note));
        L->component = component;
        L->prefix = prefix;
        s->steps = NULL;
    } else if (s->word.raw) {
        s->chain = keep(L, chain_new(L, raw_steps(L, s->word.raw), "x", "T_word", NULL,
                                     "the input's values, in the order of its words"));
    } else {
        s->chain =
            keep(L, chain_new(L, steps_sum(L, s->word.value), s->name ? s->name : "x", "T_round",
                              NULL, s->name ? s->note : "the input's values, as steps"));
    }
    return s->chain;
}

struct stream stream_ready(struct lowering *L, struct stream s)
{
    if (!s.word.a)
        s.word = word_of_chain(L, stream_chain(L, &s), 0);
    return s;
}

struct stream stream_map(struct lowering *L, const struct stream *in,
                         int64_t (*fn)(void *, int64_t), void *ctx, const char *what)
{
    struct stream s = *in;

    s.word = (struct word){0};
    s.is_code = false;
    if (!in->chain && !in->steps)
        return stream_of_steps(
            L,
            steps_map(L, in->word.raw ? raw_steps(L, in->word.raw) : steps_sum(L, in->word.value),
                      fn, ctx),
            "y", what, &s);
    s.note = tc_sprintf(L->family->arena, "%s, %s", in->note ? in->note : "rounded", what);
    if (in->steps) {
        struct steps *steps = tc_alloc(L->family->arena, 1, sizeof *steps);

        *steps = steps_applied(L, *in->steps, fn, ctx, s.name, NULL, s.note);
        s.steps = steps;
    } else {
        s.chain = keep(L, chain_mapped(L, in->chain, fn, ctx));
    }
    return s;
}
