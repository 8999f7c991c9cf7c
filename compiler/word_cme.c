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
    s = words_times(L, tc_sprintf(arena, "%s.scaled", name), s, scale);
    return words_exp(L, name, s, m->loc);
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
    a = words_times(L, "lambda", w, m->c->lambda);
    a = words_binary(L, "image", TC_OP_ADD, u, a);
    r = words_binary(L, "rest", TC_OP_SUB, b, a);
    r = words_times(L, "damped", r, m->c->damping);
    w = words_binary(L, "next", TC_OP_ADD, w, r);
    L->prefix = prefix;
    return w;
}

/* ------------------------------------------------------------------------------- features */

/* R(the sum of n numbers) */
static struct number total(struct lowering *L, const char *name, unsigned n, const struct number *x)
{
    const struct tc_index *z;

    if (L->err->kind || n == 1)
        return x[0];
    z = tc_index_new(L->family, "z", n, NULL);
    return words_sum(L, name, words_chosen(L, n, x, z), 1, &z, 0);
}

/* R(Sum R(x y)) */
static struct number dot(struct lowering *L, const char *name, unsigned n, const struct number *x,
                         const struct number *y)
{
    struct number p[TC_MOST_FEATURES];

    for (unsigned r = 0; r < n; r++)
        p[r] = words_binary(L, tc_sprintf(L->family->arena, "%s.product%u", name, r), TC_OP_MUL,
                            x[r], y[r]);
    return total(L, name, n, p);
}

/* R(Phi^T Phi), lambda added to its diagonal */
static struct number entry(const struct regression *m, const struct number *f, unsigned a,
                           unsigned b)
{
    struct lowering *L = m->L;
    const char *name = tc_sprintf(L->family->arena, "M%u%u", a, b);
    struct number x =
        words_binary(L, tc_sprintf(L->family->arena, "%s.product", name), TC_OP_MUL, f[a], f[b]);

    if (a != b)
        return words_sum(L, name, x, 1, &m->j, 0);
    x = words_sum(L, tc_sprintf(L->family->arena, "%s.sum", name), x, 1, &m->j, 0);
    return words_plus(L, name, x, m->c->lambda);
}

static struct number cofactor(struct lowering *L, unsigned n, unsigned a, unsigned b,
                              struct number g[][TC_MOST_FEATURES])
{
    unsigned r = (a + 1) % n, s = (a + 2) % n, t = (b + 1) % n, u = (b + 2) % n;
    const char *name = tc_sprintf(L->family->arena, "C%u%u", a, b);
    mpq_ptr minus = tc_mpq(L->family->arena);
    struct number x;

    mpq_set_si(minus, -1, 1);
    if (n == 2)
        return a == b ? g[r][r] : words_times(L, name, g[a][b], minus);
    x = words_binary(L, tc_sprintf(L->family->arena, "%s.more", name), TC_OP_MUL, g[r][t], g[s][u]);
    return words_binary(L, name, TC_OP_SUB, x,
                        words_binary(L, tc_sprintf(L->family->arena, "%s.less", name), TC_OP_MUL,
                                     g[r][u], g[s][t]));
}

/* M^-1 = adj(M) / det(M), in i */
static void inverse(struct lowering *L, unsigned n, struct number g[][TC_MOST_FEATURES],
                    struct number i[][TC_MOST_FEATURES])
{
    struct number det = g[0][0], r;

    for (unsigned a = 0; n > 1 && a < n; a++)
        for (unsigned b = a; b < n; b++)
            i[a][b] = i[b][a] = cofactor(L, n, a, b, g);
    if (n > 1)
        det = dot(L, "det", n, g[0], i[0]);
    r = words_unary(L, "inverse", TC_OP_RECIP, det);
    for (unsigned a = 0; a < n; a++)
        for (unsigned b = a; b < n; b++)
            i[a][b] = i[b][a] =
                n == 1 ? r
                       : words_binary(L, tc_sprintf(L->family->arena, "inverse%u%u", a, b),
                                      TC_OP_MUL, i[a][b], r);
}

static struct number by_features(const struct regression *m, struct number q, struct number k,
                                 struct number v)
{
    struct lowering *L = m->L;
    struct tc_arena *arena = L->family->arena;
    struct number of_key[TC_MOST_FEATURES], of_query[TC_MOST_FEATURES], u[TC_MOST_FEATURES];
    struct number g[TC_MOST_FEATURES][TC_MOST_FEATURES] = {0},
                  i[TC_MOST_FEATURES][TC_MOST_FEATURES];
    struct number z[TC_MOST_FEATURES];
    unsigned n = (unsigned)m->c->features;

    if (L->err->kind)
        return q;
    words_features(L, m->head, "k", k, of_key);
    words_features(L, m->head, "q", q, of_query);
    if (L->err->kind)
        return q;
    for (unsigned a = 0; a < n; a++)
        for (unsigned b = a; b < n; b++)
            g[a][b] = g[b][a] = entry(m, of_key, a, b);
    inverse(L, n, g, i);
    for (unsigned a = 0; a < n && !L->err->kind; a++) {
        u[a] = words_binary(L, tc_sprintf(arena, "U%u.product", a), TC_OP_MUL, of_key[a], v);
        u[a] = words_sum(L, tc_sprintf(arena, "U%u", a), u[a], 1, &m->j, 0);
        z[a] = dot(L, tc_sprintf(arena, "z%u", a), n, i[a], of_query);
    }
    return L->err->kind ? q : dot(L, "y", n, u, z);
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

    if (words_by_block(L))
        return m.c->features ? words_cme_features_block(L, head, q, k, v)
                             : words_cme_terms_block(L, head, q, k, v);
    if (m.c->features)
        return by_features(&m, q, k, v);
    b = kernel(&m, "b", q, k);
    if (m.c->terms > 1 && !L->err->kind)
        between = kernel(&m, "K", k, at_token(&m, k, m.j, m.l));
    w = words_times(L, "w", b, m.c->damping);
    for (unsigned t = 1; t < m.c->terms; t++)
        w = step(&m, t, between, b, w);
    y = words_binary(L, "y.product", TC_OP_MUL, w, v);
    return words_sum(L, "y", y, 1, &m.j, 0);
}
