/* word_block_cme.c -- kernel ridge regression rounded by blocks, on words of exact integers
 *
 * SPEC.md, "Kernel regression": kernel entries and features are rounded, all that follows is exact
 * integers, and y is rounded once.
 */
#include "carries.h"
#include "words.h"

/* --------------------------------------------------------------------------- kernels */

/* R(|x - y|^2 scaled) */
static struct number distance(struct lowering *L, const char *name, const struct tc_index *dot,
                              const struct tc_scale *scale, struct number x, struct number y)
{
    struct tc_arena *arena = L->family->arena;
    struct exact e = {.name = tc_sprintf(arena, "%s.difference", name)};

    if (words_are_long(L))
        return words_far_distance(L, name, dot, scale, x, y);
    words_term(L, &e, NULL, &x, NULL, 0, NULL);
    words_term(L, &e, tc_mpz_si(arena, -1), &y, NULL, 0, NULL);
    x = words_exactly(L, &e);
    return words_scored(L, name, x, x, 1, &dot, L->fraction, scale, 0, NULL);
}

struct number words_kernel(struct lowering *L, const struct tc_cme *c, const struct tc_index *dot,
                           const char *name, struct number x, struct number y)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_scale scale = {.multiply = tc_mpq(arena), .divide = c->gamma};
    struct number s;

    if (L->err->kind)
        return x;
    if (c->kernel == TC_KERNEL_LINEAR)
        return words_scored(L, name, x, y, 1, &dot, L->fraction, NULL, 0, NULL);
    mpq_set_si(scale.multiply, c->kernel == TC_KERNEL_RBF ? -1 : 1,
               c->kernel == TC_KERNEL_RBF ? 2 : 1);
    s = c->kernel == TC_KERNEL_RBF
            ? distance(L, tc_sprintf(arena, "%s.scaled", name), dot, &scale, x, y)
            : words_scored(L, tc_sprintf(arena, "%s.scaled", name), x, y, 1, &dot, L->fraction,
                           &scale, 0, NULL);
    return words_exp(L, name, words_read(L, tc_sprintf(arena, "%s.scaled", name), s),
                     (struct tc_loc){0});
}

/* --------------------------------------------------------------------- terms of a series */

/* w = W / scale, over key j */
struct iterate {
    struct number w;
    mpz_ptr scale;
};

/* W s m 2^F - p l 2^F W - p m sum K W + p m scale b, with omega = p / s, lambda = l / m */
static void iterate(struct lowering *L, const struct tc_cme *c, const char *name, struct number k,
                    struct number b, const struct tc_index *j, const struct tc_index *l,
                    struct iterate *x)
{
    struct tc_arena *arena = L->family->arena;
    mpz_ptr own = tc_mpz(arena), all = tc_mpz(arena), damped = tc_mpz(arena), given = tc_mpz(arena);
    struct exact e = {.name = name};
    struct number other;

    if (L->err->kind)
        return;
    other = number_at(L, x->w, j, tc_axis_of(arena, l));
    mpz_mul(all, mpq_denref(c->damping), mpq_denref(c->lambda));
    mpz_mul(own, mpq_numref(c->damping), mpq_numref(c->lambda));
    mpz_sub(own, all, own);
    mpz_mul_2exp(own, own, L->fraction);
    mpz_mul_2exp(all, all, L->fraction);
    mpz_mul(damped, mpq_numref(c->damping), mpq_denref(c->lambda));
    mpz_mul(given, damped, x->scale);
    mpz_neg(damped, damped);
    words_term(L, &e, own, &x->w, NULL, 0, NULL);
    words_term(L, &e, damped, &k, &other, 1, &l);
    words_term(L, &e, given, &b, NULL, 0, NULL);
    x->w = words_exactly(L, &e);
    x->scale = tc_mpz_copy(arena, x->scale);
    mpz_mul(x->scale, x->scale, all);
}

struct number words_cme_terms_block(struct lowering *L, const struct head *head, struct number q,
                                    struct number k, struct number v)
{
    struct tc_arena *arena = L->family->arena;
    const struct tc_cme *c = &head->att->cme;
    const struct tc_index *j = head->token[1], *l = index_of(L, "l", &L->spec->length);
    struct number b = words_kernel(L, c, head->dot, "b", q, k), between = b;
    struct iterate x = {.scale = tc_mpz_copy(arena, mpq_denref(c->damping))};
    struct exact first = {.name = "w"}, y = {.name = "y", .bits = L->bits};

    if (c->terms > 1 && !L->err->kind)
        between = words_kernel(L, c, head->dot, "K", k, number_at(L, k, j, tc_axis_of(arena, l)));
    if (words_are_long(L))
        return words_far_series(L, c, j, l, b, between, v);
    mpz_mul_2exp(x.scale, x.scale, L->fraction);
    words_term(L, &first, mpq_numref(c->damping), &b, NULL, 0, NULL);
    x.w = words_exactly(L, &first);
    for (int64_t t = 1; t < c->terms; t++)
        iterate(L, c, tc_sprintf(arena, "w%u", (unsigned)t), between, b, j, l, &x);
    words_term(L, &y, NULL, &x.w, &v, 1, &j);
    y.divide = x.scale;
    return words_exactly(L, &y);
}

/* ----------------------------------------------------------------------------- features */

/* x times 1 / root(gamma): rational where gamma is a square */
static struct number first_power(struct lowering *L, const struct tc_cme *c, const char *name,
                                 struct number x)
{
    struct tc_scale scale = {
        .multiply = tc_mpq(L->family->arena), .divide = c->gamma, .root = true};

    mpq_set_ui(scale.multiply, 1, 1);
    if (mpz_perfect_square_p(mpq_numref(c->gamma)) && mpz_perfect_square_p(mpq_denref(c->gamma))) {
        scale.root = false;
        scale.divide = tc_mpq(L->family->arena);
        mpz_sqrt(mpq_numref(scale.divide), mpq_numref(c->gamma));
        mpz_sqrt(mpq_denref(scale.divide), mpq_denref(c->gamma));
    }
    return words_scaled(L, name, x, &scale);
}

/* x^2 / (root(2) gamma) */
static struct number second_power(struct lowering *L, const struct tc_cme *c, const char *name,
                                  struct number x)
{
    struct tc_scale scale = {
        .multiply = tc_mpq(L->family->arena), .divide = tc_mpq(L->family->arena), .root = true};

    mpq_inv(scale.multiply, c->gamma);
    mpq_set_ui(scale.divide, 2, 1);
    if (L->format->kind == TC_FLOAT && !words_by_block(L)) {
        mpq_mul(scale.multiply, scale.multiply, scale.multiply);
        mpq_div(scale.multiply, scale.multiply, scale.divide);
        return words_square_root(L, name, x, scale.multiply);
    }
    return words_scored(L, name, x, x, 0, NULL, L->fraction, &scale, 0, NULL);
}

void words_features(struct lowering *L, const struct head *head, const char *name, struct number x,
                    struct number *feature)
{
    struct tc_arena *arena = L->family->arena;
    const struct tc_cme *c = &head->att->cme;
    const struct tc_index *dot = head->dot;
    struct number scaled;
    mpq_ptr one = tc_mpq(arena);

    if (c->kernel == TC_KERNEL_LINEAR) {
        for (int64_t r = 0; r < c->features && !L->err->kind; r++)
            feature[r] = number_at(L, x, dot, tc_axis_const(r));
        return;
    }
    mpq_set_ui(one, 1, 1);
    feature[0] = words_constant(L, "one", one);
    if (c->features < 2 || L->err->kind)
        return;
    scaled = first_power(L, c, tc_sprintf(arena, "%s.first", name), x);
    for (int64_t r = 1; r < c->features && !L->err->kind; r++)
        feature[r] = r > 1 && dot->extent == 1
                         ? number_at(L, second_power(L, c, tc_sprintf(arena, "%s.second", name), x),
                                     dot, tc_axis_const(0))
                         : number_at(L, scaled, dot, tc_axis_const(r - 1));
}

/* Phi^T Phi + lambda I times 4^F and lambda's denominator, and its cofactors; n up to 3 */
struct gram {
    unsigned n;
    struct number g[TC_MOST_FEATURES][TC_MOST_FEATURES], c[TC_MOST_FEATURES][TC_MOST_FEATURES];
    int sign[TC_MOST_FEATURES][TC_MOST_FEATURES]; /* of the cofactor, of which c has the rest */
};

static void gram_entries(struct lowering *L, const struct tc_cme *c, const struct tc_index *j,
                         const struct number *feature, struct gram *m)
{
    mpz_ptr add = tc_mpz(L->family->arena);

    mpz_mul_2exp(add, mpq_numref(c->lambda), 2 * L->fraction);
    for (unsigned a = 0; a < m->n; a++)
        for (unsigned b = a; b < m->n; b++) {
            struct exact e = {.name = tc_sprintf(L->family->arena, "M%u%u", a, b),
                              .add = a == b ? add : NULL};

            words_term(L, &e, mpq_denref(c->lambda), &feature[a], &feature[b], 1, &j);
            m->g[a][b] = m->g[b][a] = words_exactly(L, &e);
        }
}

static void cofactors(struct lowering *L, struct gram *m)
{
    unsigned n = m->n;

    for (unsigned a = 0; n > 1 && a < n; a++)
        for (unsigned b = a; b < n; b++) {
            unsigned r = (a + 1) % n, s = (a + 2) % n, t = (b + 1) % n, u = (b + 2) % n;
            struct exact e = {.name = tc_sprintf(L->family->arena, "C%u%u", a, b)};

            m->sign[a][b] = m->sign[b][a] = n == 2 && a != b ? -1 : 1;
            if (n == 2) {
                m->c[a][b] = m->c[b][a] = a == b ? m->g[r][r] : m->g[a][b];
                continue;
            }
            words_term(L, &e, NULL, &m->g[r][t], &m->g[s][u], 0, NULL);
            words_term(L, &e, tc_mpz_si(L->family->arena, -1), &m->g[r][u], &m->g[s][t], 0, NULL);
            m->c[a][b] = m->c[b][a] = words_exactly(L, &e);
        }
}

/* the sum over b of row a's cofactors, times x[b] */
static struct number by_cofactors(struct lowering *L, const char *name, const struct gram *m,
                                  unsigned a, const struct number *x)
{
    struct exact e = {.name = name};

    for (unsigned b = 0; b < m->n; b++)
        words_term(L, &e, tc_mpz_si(L->family->arena, m->sign[a][b]), &x[b], &m->c[a][b], 0, NULL);
    return words_exactly(L, &e);
}

struct number words_cme_features_block(struct lowering *L, const struct head *head, struct number q,
                                       struct number k, struct number v)
{
    struct tc_arena *arena = L->family->arena;
    const struct tc_cme *c = &head->att->cme;
    const struct tc_index *j = head->token[1];
    struct number of_key[TC_MOST_FEATURES], of_query[TC_MOST_FEATURES], u[TC_MOST_FEATURES], t, det;
    struct exact y = {.name = "numerator"};
    struct gram m = {.n = (unsigned)c->features};

    if (L->err->kind)
        return q;
    words_features(L, head, "k", k, of_key);
    words_features(L, head, "q", q, of_query);
    if (L->err->kind)
        return q;
    if (words_are_long(L))
        return words_far_features(L, head, of_key, of_query, v);
    gram_entries(L, c, j, of_key, &m);
    cofactors(L, &m);
    for (unsigned a = 0; a < m.n; a++)
        u[a] = words_exact_dot(L, tc_sprintf(arena, "U%u", a), of_key[a], v, 1, &j);
    det = m.n == 1 ? m.g[0][0] : by_cofactors(L, "det", &m, 0, m.g[0]);
    for (unsigned b = 0; b < m.n && !L->err->kind; b++) {
        t = m.n == 1 ? u[0] : by_cofactors(L, tc_sprintf(arena, "T%u", b), &m, b, u);
        words_term(L, &y, mpq_denref(c->lambda), &t, &of_query[b], 0, NULL);
    }
    return L->err->kind ? q : words_quotient(L, "y", words_exactly(L, &y), det, 0);
}
