/* word_cme.c -- kernel ridge regression by a damped Neumann series, on words
 *
 * SPEC.md, "Kernel regression": w = R(omega b), then w <- R(w + R(omega R(b - R(u + R(lambda
 * w))))), u = R(sum R(K w)), terms - 1 times.
 */
#include "words.h"

struct regression {
    struct lowering *L;
    const struct head *head;
    const struct tc_cme *c;
    const struct tc_index *i, *j, *l; /* query, key, another key */
    struct tc_loc loc;
};

/* x at another token */
static struct number at_token(const struct regression *m, struct number x,
                              const struct tc_index *from, const struct tc_index *to)
{
    return from == to ? x : number_at(m->L, x, from, tc_axis_of(m->L->family->arena, to));
}

static struct number kernel(const struct regression *m, const char *name, struct number x,
                            struct number y)
{
    struct lowering *L = m->L;
    struct tc_arena *arena = L->family->arena;
    bool rbf = m->c->kernel == TC_KERNEL_RBF;
    mpq_ptr scale = tc_mpq(arena);
    struct number s;

    if (rbf) {
        s = words_binary(L, tc_sprintf(arena, "%s.difference", name), TC_OP_SUB, x, y);
        s = words_binary(L, tc_sprintf(arena, "%s.square", name), TC_OP_MUL, s, s);
    } else {
        s = words_binary(L, tc_sprintf(arena, "%s.product", name), TC_OP_MUL, x, y);
    }
    s = words_sum(L, tc_sprintf(arena, "%s.sum", name), s, 1, &m->head->dot, 0);
    if (m->c->kernel == TC_KERNEL_LINEAR)
        return s;
    mpq_inv(scale, m->c->gamma);
    if (rbf) {
        mpq_div_2exp(scale, scale, 1);
        mpq_neg(scale, scale);
    }
    s = words_times(L, tc_sprintf(arena, "%s.scaled", name), s, scale, m->loc);
    return words_unary(L, name, TC_OP_EXP, s);
}

/* one step of Richardson's iteration, of w over j */
static struct number step(const struct regression *m, unsigned t, struct number k, struct number b,
                          struct number w)
{
    struct lowering *L = m->L;
    const char *name = tc_sprintf(L->family->arena, "w%u", t), *prefix = L->prefix;
    struct number u, a, r;

    if (L->err->kind)
        return w;
    L->prefix = tc_sprintf(L->family->arena, "%s%s.", prefix, name);
    u = words_binary(L, "product", TC_OP_MUL, k, at_token(m, w, m->j, m->l));
    u = words_sum(L, "sum", u, 1, &m->l, 0);
    a = words_times(L, "lambda", w, m->c->lambda, m->loc);
    a = words_binary(L, "image", TC_OP_ADD, u, a);
    r = words_binary(L, "rest", TC_OP_SUB, b, a);
    r = words_times(L, "damped", r, m->c->damping, m->loc);
    w = words_binary(L, "next", TC_OP_ADD, w, r);
    L->prefix = prefix;
    return w;
}

struct number words_cme(struct lowering *L, const struct head *head, struct number q,
                        struct number k, struct number v, struct tc_loc loc)
{
    struct regression m = {.L = L,
                           .head = head,
                           .c = &head->att->cme,
                           .i = head->token[0],
                           .j = head->token[1],
                           .l = index_of(L, "l", &L->spec->length),
                           .loc = loc};
    struct number b, w, between = {0}, y;

    if (m.c->features) {
        tc_fail(L->err, TC_ELIMIT, loc, "past %u bits cme is built with terms, not with features",
                TC_TABLE_MAX_BITS);
        return q;
    }
    b = kernel(&m, "b", q, k);
    if (m.c->terms > 1 && !L->err->kind)
        between = kernel(&m, "K", k, at_token(&m, k, m.j, m.l));
    w = words_times(L, "w", b, m.c->damping, loc);
    for (unsigned t = 1; t < m.c->terms; t++)
        w = step(&m, t, between, b, w);
    y = words_binary(L, "y.product", TC_OP_MUL, w, v);
    return words_sum(L, "y", y, 1, &m.j, 0);
}
