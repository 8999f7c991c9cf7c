/* spec_tensor.c -- the tensors of a specification, and its constant weights */
#include "spec.h"

#include <inttypes.h>
#include <string.h>

#define MAX_CONSTANTS ((uint64_t)1 << 28) /* words of constant weights: 2 GiB */

/* the list being made */
struct list {
    struct checker *c;
    enum tc_role role; /* of weights */
    const char *prefix; /* of names, with its dot */
    struct tc_block *block;
    unsigned room;
};

static void add(struct list *l, const char *name, unsigned rank, const struct tc_size *rows,
                const struct tc_size *columns)
{
    struct tc_spec *s = l->c->spec;
    struct tc_tensor *t;

    if (s->ntensor == l->room) {
        struct tc_tensor *grown = tc_alloc(s->arena, 2 * (size_t)l->room, sizeof *grown);

        memcpy(grown, s->tensor, s->ntensor * sizeof *grown);
        s->tensor = grown;
        l->room *= 2;
    }
    t = &s->tensor[s->ntensor++];
    t->name = l->block ? tc_sprintf(s->arena, "%s.%s", l->prefix, name) : name;
    t->role = l->role;
    t->rank = rank;
    t->size[0] = *rows;
    if (rank > 1)
        t->size[1] = *columns;
    t->loc = l->block ? l->block->loc : l->c->input->loc;
}

static void matrix(struct list *l, const char *name, const struct tc_size *rows,
                   const struct tc_size *columns)
{
    add(l, name, 2, rows, columns);
}

static void vector(struct list *l, const char *name, const struct tc_size *size)
{
    add(l, name, 1, size, NULL);
}

static void position(struct list *l, const struct tc_position *p, const struct tc_size *width,
                     const struct tc_size *heads)
{
    if (p->kind == TC_LEARNED)
        matrix(l, "P", &l->c->spec->length, width);
    if (p->kind == TC_T5)
        matrix(l, "B", &p->buckets, heads);
    if (p->kind == TC_FIRE) {
        vector(l, "F_1", &p->hidden);
        vector(l, "F_b1", &p->hidden);
        matrix(l, "F_2", &p->hidden, heads);
        vector(l, "F_b2", heads);
    }
}

static void attention(struct list *l, const struct tc_attention *a)
{
    struct tc_size columns = size_times(l->c, &a->heads, &a->head_width);
    struct tc_size shared = size_times(l->c, &a->kv_heads, &a->head_width);

    matrix(l, "W_Q", &a->width, &columns);
    for (const char *kv = "KV"; *kv; kv++)
        for (unsigned k = 1; k < a->order; k++)
            matrix(l,
                   a->order == 2 ? tc_sprintf(l->c->spec->arena, "W_%c", *kv)
                                 : tc_sprintf(l->c->spec->arena, "W_%c%u", *kv, k),
                   &a->width, &shared);
    if (a->output)
        matrix(l, "W_O", &columns, &a->width);
    position(l, &a->position, &a->width, &a->heads);
}

static void mlp(struct list *l, const struct tc_block *b)
{
    const struct tc_mlp *m = &b->mlp;

    if (m->gated) {
        matrix(l, "W_G", &b->in, &m->hidden);
        if (m->bias)
            vector(l, "b_G", &m->hidden);
    }
    matrix(l, "W_1", &b->in, &m->hidden);
    if (m->bias)
        vector(l, "b_1", &m->hidden);
    matrix(l, "W_2", &m->hidden, &b->in);
    if (m->bias)
        vector(l, "b_2", &b->in);
}

static void own_tensors(struct list *l, const struct tc_block *b)
{
    switch (b->kind) {
    case TC_ATTENTION:
        attention(l, &b->attention);
        break;
    case TC_LINEAR:
        matrix(l, "W", &b->in, &b->out);
        if (b->linear.bias)
            vector(l, "b", &b->out);
        break;
    case TC_MLP:
        mlp(l, b);
        break;
    case TC_NORM:
        if (b->norm.affine)
            vector(l, "gain", &b->in);
        if (b->norm.affine && b->norm.kind == TC_NORM_LAYER)
            vector(l, "bias", &b->in);
        break;
    case TC_POSITION:
        position(l, &b->position, &b->in, NULL);
        break;
    case TC_EMBEDDING:
        matrix(l, "E", &b->in, &b->out);
        break;
    case TC_UNEMBEDDING:
        if (!b->unembedding.tied)
            matrix(l, "U", &b->in, &b->out);
        break;
    case TC_ACTIVATION:
    case TC_RESIDUAL:
    case TC_REPEAT:
        break;
    }
}

/* the same tensors for a repetition as for the first */
static void share(unsigned n, struct tc_block *to, const struct tc_block *from)
{
    for (unsigned k = 0; k < n; k++) {
        to[k].tensor = from[k].tensor;
        to[k].ntensor = from[k].ntensor;
        share(to[k].nchild, to[k].child, from[k].child);
    }
}

/* names: of the tensors, as paths are of the blocks but without the numbers of tied
 * repetitions */
static void level(struct list *l, unsigned n, struct tc_block *block, const char *names)
{
    struct tc_arena *arena = l->c->spec->arena;

    for (unsigned k = 0; k < n; k++) {
        struct tc_block *b = &block[k];
        const char *dot = strrchr(b->path, '.'), *last = dot ? dot + 1 : b->path;
        const char *name = tc_sprintf(arena, "%s%s", names, last);
        struct tc_spec *s = l->c->spec;

        b->tensor = s->ntensor;
        l->block = b;
        l->prefix = name;
        own_tensors(l, b);
        b->ntensor = s->ntensor - b->tensor;
        if (b->kind == TC_UNEMBEDDING && b->unembedding.tied)
            b->tensor = s->block[0].tensor;
        if (b->kind != TC_REPEAT) {
            level(l, b->nchild, b->child, tc_sprintf(arena, "%s.", name));
            continue;
        }
        for (unsigned r = 0; r < b->nrepeat; r++) {
            unsigned body = b->nchild / b->nrepeat;
            struct tc_block *part = b->child + r * body;

            if (b->tied && r)
                share(body, part, b->child);
            else
                level(l, body, part,
                      b->tied ? tc_sprintf(arena, "%s.", name)
                              : tc_sprintf(arena, "%s.%u.", name, r));
        }
    }
}

static bool check_names(struct checker *c)
{
    const struct tc_spec *s = c->spec;

    /* other names hold a dot, which an input's name does not */
    if (!strcmp(s->tensor[0].name, "Y"))
        return tc_fail(c->err, TC_ESPEC, attr_place(c->input, "name"),
                       "input 'Y' has the name of the result, wanted another");
    return true;
}

/* the tensor added last holds token ids */
static void set_ids(struct tc_spec *s, struct tc_format *f, uint64_t vocabulary)
{
    struct tc_tensor *t = &s->tensor[s->ntensor - 1];
    unsigned bits = 1;

    while (bits < 63 && (uint64_t)1 << bits < vocabulary)
        bits++;
    *f = (struct tc_format){.kind = TC_UNSIGNED, .bits = bits};
    t->ids = f;
    t->below = vocabulary;
}

bool spec_tensors(struct checker *c)
{
    struct tc_spec *s = c->spec;
    struct list l = {.c = c, .role = TC_ROLE_INPUT, .room = 16};
    const struct tc_block *last = &s->block[s->nblock - 1];
    const char *name = attr_value(c->input, "name", "X");

    s->tensor = tc_alloc(s->arena, l.room, sizeof *s->tensor);
    if (s->vocabulary.value) {
        vector(&l, name, &s->length);
        set_ids(s, &s->ids, (uint64_t)s->vocabulary.value);
    } else {
        matrix(&l, name, &s->length, &s->width);
    }
    l.role = s->weights == TC_WEIGHTS_INPUT ? TC_ROLE_INPUT : TC_ROLE_CONSTANT;
    level(&l, s->nblock, s->block, "");
    l.block = NULL;
    l.role = TC_ROLE_RESULT;
    if (last->kind == TC_UNEMBEDDING && last->unembedding.argmax) {
        vector(&l, "Y", &s->length);
        set_ids(s, &s->result_ids, (uint64_t)last->out.value);
    } else {
        matrix(&l, "Y", &s->length, &last->out);
    }
    return check_names(c);
}

/* scale * (2r + 1 - 2^32) / 2^32, rounded; SPEC.md, "Random weights" */
static void fill_random(const struct tc_spec *s, struct tc_tensor *t, struct tc_random *random)
{
    uint64_t n = tc_tensor_count(t);
    struct tc_format f = s->format;
    mpq_t x;

    f.infinity = false; /* constants are numbers */
    mpq_init(x);
    t->word = tc_alloc(s->arena, n, sizeof *t->word);
    for (uint64_t i = 0; i < n; i++) {
        int64_t r = (int64_t)(tc_random_next(random) >> 32);

        mpz_set_si(mpq_numref(x), 2 * r + 1 - ((int64_t)1 << 32));
        mpz_set_ui(mpq_denref(x), 1);
        mpq_div_2exp(x, x, 32);
        mpq_mul(x, x, s->weight_scale);
        t->word[i] = tc_format_round(&f, x, NULL);
    }
    mpq_clear(x);
}

bool spec_load(struct checker *c)
{
    struct tc_spec *s = c->spec;
    struct tc_random random;
    struct tc_error inner;
    uint64_t words = 0;
    char at[48] = "";

    if (s->weights == TC_WEIGHTS_INPUT)
        return true;
    for (unsigned i = 0; i < s->ntensor; i++) {
        uint64_t n = s->tensor[i].role == TC_ROLE_CONSTANT ? tc_tensor_count(&s->tensor[i]) : 0;

        if (n > MAX_CONSTANTS || (words += n) > MAX_CONSTANTS)
            return tc_fail(c->err, TC_ELIMIT, s->weights_loc,
                           "more than %" PRIu64 " constant weights", MAX_CONSTANTS);
    }
    if (s->weights == TC_WEIGHTS_RANDOM) {
        tc_random_seed(&random, s->seed);
        for (unsigned i = 0; i < s->ntensor; i++)
            if (s->tensor[i].role == TC_ROLE_CONSTANT)
                fill_random(s, &s->tensor[i], &random);
        return true;
    }
    if (tc_values_read(s->arena, s->href, s, TC_ROLE_CONSTANT, false, s->tensor, s->ntensor,
                       &inner))
        return true;
    /* the place is the specification's, as its name outlives the arena */
    if (inner.loc.line)
        snprintf(at, sizeof at, ":%u:%u", inner.loc.line, inner.loc.col);
    return tc_fail(c->err, inner.kind, s->weights_loc, "weights file %.100s%s: %s", s->href, at,
                   inner.msg);
}
