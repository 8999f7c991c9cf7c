/* attention_cme.c -- kernel ridge regression in the place of softmax
 *
 * y_i = V^T (K + lambda I)^-1 b_i with K[j,l] = kernel(k_j, k_l), b_i[j] = kernel(k_j, q_i), the
 * conditional mean embedding.  The inverse of an n x n matrix has no known constructions of
 * constant depth; two of its forms have:
 *
 * terms t: w = omega sum over m < t of (I - omega (K + lambda I))^m b, a damped Neumann series.
 *   op goes through Richardson's iteration, w <- w + omega (b - (K + lambda I) w) from w = 0, six
 *   layers each.  block is one layer of ANDs of the bits of v_j, K[j,l], K[l,m], ..., b_i: the exact
 *   polynomial, over t - 1 tokens more; then one rounding.
 *
 * features k <= 3: K = Phi Phi^T for the features phi, and V^T Phi (Phi^T Phi + lambda I)^-1 phi(q) (push
 *   through); the inverse of a k x k matrix is adj / det.  block is a layer of ANDs of the bits of
 *   2k + 1 features and values over k tokens, and a quotient.
 *
 * SPEC.md has the order of operations, CONSTRUCTIONS.md the counts.
 */
#include "lower.h"

#include <assert.h>

#define MOST_FEATURES 3
#define MOST_FACTORS  TC_MOST_WORDS

/* a rounded number at each point */
struct val {
    struct tc_form form, square; /* its number, and that exactly squared, at 2^-2f */
    struct word word;
    bool constant;
    int64_t value; /* of a constant */
};

struct cme {
    struct lowering *L;
    struct head *a;
    const struct tc_attention *att;
    const struct tc_index *i;                /* the query's token */
    const struct tc_index *j[MOST_FACTORS];  /* keys' tokens */
    bool op;
};

/* the exact squares of a chain's values, without a gate */
static struct tc_form squares(struct lowering *L, const struct chain *c)
{
    mpz_ptr *number = tc_alloc(L->family->arena, c->n + 1, sizeof *number);

    for (unsigned k = 0; k <= c->n; k++) {
        number[k] = tc_mpz(L->family->arena);
        number_of(L, c->keys, c->value[k], number[k]);
        mpz_mul(number[k], number[k], number[k]);
    }
    return chain_numbers(L, c, number, "square");
}

static struct val val_of(struct lowering *L, const struct chain *c)
{
    return (struct val){.form = c->form,
                        .square = squares(L, c),
                        .word = word_of_chain(L, c, 0),
                        .constant = c->n == 0,
                        .value = c->value[0]};
}

static struct val val_at(struct lowering *L, struct val v, const struct tc_index *from,
                         const struct tc_index *to)
{
    if (from == to || v.constant)
        return v;
    v.form = tc_form_subst(L->family, v.form, from, tc_axis_of(L->family->arena, to));
    v.square = tc_form_subst(L->family, v.square, from, tc_axis_of(L->family->arena, to));
    v.word = word_at_index(L, v.word, from, to);
    return v;
}

static struct chain rounded(const struct cme *m, struct steps s, const char *name, const char *note)
{
    return chain_new(m->L, s, name, "T_round", NULL, note);
}

/* R(x y) */
static struct chain times(const struct cme *m, const char *name, const struct val *x,
                          const struct val *y, const char *note)
{
    return rounded(m, rounded_product(m->L, name, &x->word, &y->word, NULL, note), name, note);
}

static struct tc_form sum_tokens(const struct cme *m, struct tc_form x, const struct tc_index *over)
{
    return sum_over(m->L, x, 1, &over, NULL);
}

static struct tc_form sum_coordinates(const struct cme *m, struct tc_form x)
{
    return sum_over(m->L, x, 1, &m->a->dot, NULL);
}

/* R(value + number), number a constant of real value */
struct shifted {
    const struct lowering *L;
    mpq_srcptr number;
};

static int64_t plus_ridge(void *ctx, int64_t value)
{
    const struct shifted *c = ctx;

    return shifted_value(c->L, value, c->number);
}

/* a scale by the number x, or x / sqrt(square) */
static struct tc_scale scale_by(struct lowering *L, mpq_srcptr x, mpq_srcptr square)
{
    struct tc_scale s = {.multiply = tc_mpq(L->family->arena), .divide = tc_mpq(L->family->arena)};

    mpq_set(s.multiply, x);
    mpq_set_ui(s.divide, 1, 1);
    if (!square)
        return s;
    mpq_set(s.divide, square);
    s.root = !mpz_perfect_square_p(mpq_numref(square)) || !mpz_perfect_square_p(mpq_denref(square));
    if (!s.root) {
        mpz_sqrt(mpq_numref(s.divide), mpq_numref(square));
        mpz_sqrt(mpq_denref(s.divide), mpq_denref(square));
    }
    return s;
}

/* ------------------------------------------------------------- projections */

/* q, k or v: over token i and the coordinate that scores sum over, or that of values */
static struct chain projected(const struct cme *m, unsigned which, struct stream *in)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    const struct matrix *w = &m->a->weight[which];
    unsigned shift = L->fraction;
    struct tc_form x = m->op ? matrix_rounded(L, w, in) : matrix_exact(L, w, in, &shift);

    x = tc_form_subst(f, x, in->token, tc_axis_of(f->arena, m->i));
    x = tc_form_subst(f, x, w->column, head_column(L, m->a, which, which < 2, false));
    return rounded(m, m->op ? steps_sum(L, x) : steps_shift(L, x, shift), w->letter,
                   "projection, rounded");
}

/* ------------------------------------------------------------------ kernels */

/* exact sum of the squares of the coordinates' differences, at 2^-2f */
static struct tc_form distance(const struct cme *m, const char *name, const struct val *x,
                               const struct val *y)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    struct word xy[2] = {x->word, y->word};
    struct tc_form d = product(L, name, 2, xy, NULL, "products of coordinates");
    mpz_ptr zero = tc_mpz(f->arena);

    d = tc_form_sub(f, tc_form_add(f, x->square, y->square), tc_form_scale_si(f, d, 2));
    d = sum_coordinates(m, d);
    return tc_form_range(f, d, zero, d.hi);
}

static int64_t square_value(void *L, int64_t x)
{
    return product_value(L, x, x);
}

/* R(kernel) of two rows, and before exp its rounded argument */
static struct steps kernel(const struct cme *m, const char *name, const struct val *x,
                           const struct val *y)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    const struct tc_cme *c = &m->att->cme;
    bool rbf = c->kernel == TC_KERNEL_RBF;
    const char *part = tc_sprintf(f->arena, "%s.product", name);
    mpq_ptr scale = tc_mpq(f->arena), unit = tc_mpq(f->arena);
    struct steps s;

    mpq_set_ui(scale, 1, 1);
    if (c->kernel != TC_KERNEL_LINEAR)
        mpq_inv(scale, c->gamma);
    if (rbf) {
        mpq_div_2exp(scale, scale, 1);
        mpq_neg(scale, scale);
    }
    if (!m->op) {
        struct word w[2] = {x->word, y->word};
        struct tc_form exact = rbf ? tc_form_scale_si(f, distance(m, part, x, y), -1)
                                   : sum_coordinates(m, product(L, part, 2, w, NULL,
                                                                "bits of two rows"));

        mpq_abs(scale, scale);
        mpq_set_ui(unit, 1, 1);
        mpq_mul_2exp(unit, unit, L->fraction);
        s = steps_round(L, exact, scale, unit, false);
    } else {
        struct tc_scale by = scale_by(L, scale, NULL);
        struct scaling scaling = {L, &by};
        struct chain each;

        if (rbf) {
            s = steps_sum(L, tc_form_sub(f, x->form, y->form));
            each = rounded(m, steps_applied(L, s, square_value, L, tc_sprintf(L->family->arena, "%s.difference", part),
                                         NULL, "differences, rounded"), part,
                           "squares of rounded differences");
        } else {
            each = times(m, part, x, y, "products of coordinates, rounded");
        }
        s = steps_sum(L, sum_coordinates(m, each.form));
        if (c->kernel != TC_KERNEL_LINEAR)
            s = steps_applied(L, s, scale_value, &scaling, tc_sprintf(f->arena, "%s.sum", name), NULL,
                         "the rows' sum, rounded");
    }
    return c->kernel == TC_KERNEL_LINEAR
               ? s
               : steps_applied(L, s, exp_value, L, tc_sprintf(f->arena, "%s.exponent", name), NULL,
                          "what exp is taken of");
}

/* -------------------------------------------------------------------- terms */

/* R(R(omega r) + w) and so on, t - 1 times, from w = R(omega b) */
static struct chain richardson(const struct cme *m, const struct val *k, const struct chain *b,
                               const struct val *v)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    const struct tc_index *j = m->j[0], *l = m->j[1];
    struct tc_scale damping = scale_by(L, m->att->cme.damping, NULL);
    struct tc_scale ridge = scale_by(L, m->att->cme.lambda, NULL);
    struct scaling omega = {L, &damping}, lambda = {L, &ridge};
    struct chain w = chain_mapped(L, b, scale_value, &omega), p;
    struct val x;

    for (int64_t t = 1; t < m->att->cme.terms; t++) {
        const char *step = tc_sprintf(f->arena, "step%lld", (long long)t);
        struct val wl = val_at(L, val_of(L, &w), j, l);
        struct chain of_lambda = chain_mapped(L, &w, scale_value, &lambda);
        struct tc_form r;

        p = times(m, tc_sprintf(f->arena, "%s.product", step), k, &wl, "kernel times weights");
        p = rounded(m, steps_sum(L, sum_tokens(m, p.form, l)), tc_sprintf(f->arena, "%s.Kw", step),
                    "K w, rounded");
        p = rounded(m, steps_sum(L, tc_form_add(f, p.form, of_lambda.form)),
                    tc_sprintf(f->arena, "%s.ridge", step), "(K + lambda I) w, rounded");
        r = tc_form_sub(f, b->form, p.form);
        p = rounded(m, steps_applied(L, steps_sum(L, r), scale_value, &omega,
                                tc_sprintf(f->arena, "%s.residue", step), NULL,
                                "the residue, rounded"),
                    tc_sprintf(f->arena, "%s.r", step), "omega times the rounded residue");
        w = rounded(m, steps_sum(L, tc_form_add(f, w.form, p.form)),
                    tc_sprintf(f->arena, "%s.w", step), "the next weights");
    }
    x = val_of(L, &w);
    p = times(m, "wv", &x, v, "weights times values");
    return rounded(m, steps_sum(L, sum_tokens(m, p.form, j)), "y", "the result, rounded");
}

/* omega (-omega)^s sum over r from s to t - 1 of (r over s) (1 - omega lambda)^(r - s) */
static void coefficient(const struct tc_cme *c, int64_t s, mpq_ptr x)
{
    mpq_t rate, power, binomial;

    mpq_inits(rate, power, binomial, NULL);
    mpq_mul(rate, c->damping, c->lambda);
    mpz_sub(mpq_numref(rate), mpq_denref(rate), mpq_numref(rate)); /* 1 - omega lambda */
    mpq_set_ui(power, 1, 1);
    mpq_set_ui(x, 0, 1);
    for (int64_t r = s; r < c->terms; r++) {
        mpz_bin_uiui(mpq_numref(binomial), (unsigned long)r, (unsigned long)s);
        mpz_set_ui(mpq_denref(binomial), 1);
        mpq_mul(binomial, binomial, power);
        mpq_add(x, x, binomial);
        mpq_mul(power, power, rate);
    }
    for (int64_t r = 0; r <= s; r++)
        mpq_mul(x, x, c->damping);
    if (s % 2)
        mpq_neg(x, x);
    mpq_clears(rate, power, binomial, NULL);
}

mpz_ptr cme_series(struct tc_arena *arena, const struct tc_cme *c, mpz_ptr *scale)
{
    mpq_t x[MOST_FACTORS];
    mpz_ptr common = tc_mpz_si(arena, 1);

    assert(c->terms <= MOST_FACTORS);
    for (int64_t s = 0; s < c->terms; s++) {
        mpq_init(x[s]);
        coefficient(c, s, x[s]);
        mpz_lcm(common, common, mpq_denref(x[s]));
    }
    for (int64_t s = 0; s < c->terms; s++) {
        scale[s] = tc_mpz(arena);
        mpz_divexact(scale[s], common, mpq_denref(x[s]));
        mpz_mul(scale[s], scale[s], mpq_numref(x[s]));
        mpq_clear(x[s]);
    }
    return common;
}

/* sum over s of coefficient s times V^T K^s b, each a sum over s + 1 tokens, rounded once */
static struct chain series(const struct cme *m, const struct val *k, const struct val *b,
                           const struct val *v)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    int64_t terms = m->att->cme.terms;
    mpq_ptr one = tc_mpq(f->arena), divide = tc_mpq(f->arena);
    mpz_ptr scale[MOST_FACTORS], z = tc_mpz(f->arena);
    struct tc_form sum = tc_form_si(f, 0);

    mpq_set_z(divide, cme_series(f->arena, &m->att->cme, scale));
    for (int64_t s = 0; s < terms; s++) {
        struct word w[MOST_FACTORS];
        struct tc_form x;

        if (mpz_sgn(scale[s]) == 0)
            continue;
        w[0] = v->word;
        for (int64_t r = 0; r < s; r++)
            w[1 + r] = word_at_index(L, word_at_index(L, k->word, m->j[1], m->j[r + 1]), m->j[0],
                                     m->j[r]);
        w[1 + s] = word_at_index(L, b->word, m->j[0], m->j[s]);
        x = product(L, tc_sprintf(f->arena, "term%lld.and", (long long)s), (unsigned)s + 2, w, NULL,
                    "bits of v, K, ..., b");
        x = sum_over(L, x, (unsigned)s + 1, m->j, NULL);
        /* its unit is 2^-((s + 2) f): to that of the longest, and the common divisor */
        mpz_mul_2exp(z, scale[s], (mp_bitcnt_t)((terms - 1 - s) * L->fraction));
        sum = tc_form_add(f, sum, tc_form_scale(f, x, z));
    }
    mpq_set_ui(one, 1, 1);
    mpq_mul_2exp(divide, divide, (mp_bitcnt_t)(terms * L->fraction));
    return rounded(m, steps_round(L, sum, one, divide, false), "y", "the series, rounded once");
}

/* ------------------------------------------------------------------ features */

struct feature {
    struct lowering *L;
    const struct tc_cme *cme;
    unsigned power; /* 0, 1, 2 of one coordinate */
};

/* x^power / sqrt(power! gamma^power), rounded; of the linear kernel x */
static int64_t feature_value(void *ctx, int64_t x)
{
    const struct feature *p = ctx;
    struct lowering *L = p->L;
    mpq_ptr multiply = tc_mpq(L->family->arena), square = tc_mpq(L->family->arena);
    struct tc_scale scale;
    struct scaling scaling = {L, &scale};

    if (p->cme->kernel == TC_KERNEL_LINEAR)
        return x;
    if (p->power == 0) {
        mpz_setbit(mpq_numref(multiply), L->fraction);
        return rounded_value(L, mpq_numref(multiply), 0);
    }
    if (x == 0)
        return 0;
    mpq_set_ui(multiply, 1, 1);
    mpq_set(square, p->cme->gamma);
    if (p->power == 2) {
        number_of(L, is_float(L), x, mpq_numref(multiply));
        mpq_div_2exp(multiply, multiply, L->fraction);
        mpq_mul(square, square, square);
        mpq_mul_2exp(square, square, 1);
    }
    scale = scale_by(L, multiply, square);
    return scale_value(&scaling, x);
}

/* Feature number r of rows: the constant one, then coordinates (of one coordinate alone, its
 * powers). */
static struct val feature(const struct cme *m, const struct chain *x, unsigned r)
{
    struct lowering *L = m->L;
    struct feature p = {L, &m->att->cme, 0};
    int64_t at = r;
    struct chain c;
    struct val v;

    if (p.cme->kernel == TC_KERNEL_EXPONENTIAL) {
        p.power = m->att->head_width.value == 1 ? r : r > 0;
        at = m->att->head_width.value == 1 || r == 0 ? 0 : r - 1;
    }
    c = chain_mapped(L, x, feature_value, &p);
    if (p.cme->kernel == TC_KERNEL_EXPONENTIAL && p.power == 0)
        c = (struct chain){.value = c.value, .keys = c.keys, .form = c.form};
    c.form = chain_form(L, &c);
    v = val_of(L, &c);
    if (!v.constant) {
        v.form = tc_form_subst(L->family, v.form, m->a->dot, tc_axis_const(at));
        v.word = word_at(L, v.word, m->a->dot, tc_axis_const(at));
    }
    return v;
}

/* product of the exact numbers, in a layer of ANDs; constants are scaled by */
static struct tc_form exact_product(const struct cme *m, const char *name, unsigned n,
                                    const struct val *x)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    mpz_ptr scale = tc_mpz_si(f->arena, 1), z = tc_mpz(f->arena);
    struct word w[MOST_FACTORS];
    unsigned count = 0;

    for (unsigned k = 0; k < n; k++) {
        if (x[k].constant) {
            number_of(L, is_float(L), x[k].value, z);
            mpz_mul(scale, scale, z);
        } else {
            w[count++] = x[k].word;
        }
    }
    if (count == 0)
        return tc_form_const(f, scale);
    return mpz_sgn(scale)
               ? tc_form_scale(f, product(L, name, count, w, NULL, "bits of features"), scale)
               : tc_form_si(f, 0);
}

/* A sum of products of entries of M = Phi^T Phi + lambda I and of other factors: each entry is a
 * sum over a token of its own of two features, plus lambda on the diagonal.  Exact, at
 * 2^-((2 entries + n) f). */
struct minor_term {
    unsigned entries;
    unsigned row[MOST_FEATURES], column[MOST_FEATURES];
};

static struct tc_form expand(const struct cme *m, const char *name, const struct minor_term *t,
                             const struct val *phi, unsigned n, const struct val *other,
                             const struct tc_index *other_token)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    struct tc_form sum = tc_form_si(f, 0);
    mpz_ptr scale = tc_mpz(f->arena), ridge = tc_mpz(f->arena);

    /* each subset of diagonal entries gives lambda, the others their sums */
    for (unsigned set = 0; set < 1u << t->entries; set++) {
        struct val x[MOST_FACTORS];
        const struct tc_index *over[MOST_FEATURES + 1];
        unsigned count = 0, tokens = 0;
        bool diagonal = true;
        struct tc_form part;

        mpz_set_ui(scale, 1);
        for (unsigned e = 0; e < t->entries; e++) {
            if (set >> e & 1) {
                diagonal = diagonal && t->row[e] == t->column[e];
                mpz_set(ridge, mpq_numref(m->att->cme.lambda)); /* times the divisor's others */
                mpz_mul_2exp(ridge, ridge, 2 * L->fraction);
                mpz_mul(scale, scale, ridge);
                continue;
            }
            mpz_mul(scale, scale, mpq_denref(m->att->cme.lambda));
            over[tokens] = m->j[1 + tokens];
            x[count++] = val_at(L, phi[t->row[e]], m->i, over[tokens]);
            x[count++] = val_at(L, phi[t->column[e]], m->i, over[tokens]);
            tokens++;
        }
        if (!diagonal)
            continue;
        for (unsigned o = 0; o < n; o++)
            x[count++] = other[o];
        if (other_token)
            over[tokens++] = other_token;
        part = exact_product(m, tc_sprintf(f->arena, "%s.%u", name, set), count, x);
        sum = tc_form_add(f, sum, tc_form_scale(f, sum_over(L, part, tokens, over, NULL), scale));
    }
    return sum;
}

/* the terms of the cofactor of (row, column) in a k x k matrix, or with row = k of its determinant */
static unsigned cofactor(unsigned k, unsigned row, unsigned column, struct minor_term *t, int *sign)
{
    unsigned r[MOST_FEATURES], c[MOST_FEATURES], n = 0, left = 0;

    for (unsigned x = 0; x < k; x++) {
        if (x != row)
            r[n++] = x;
        if (row == k || x != column)
            c[left++] = x;
    }
    if (n == 0) {
        t[0] = (struct minor_term){.entries = 0};
        sign[0] = 1;
        return 1;
    }
    static const unsigned permutation[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                               {1, 0, 2}, {0, 2, 1}, {2, 1, 0}};
    unsigned count = 0;
    int base = row < k && (row + column) % 2 ? -1 : 1;

    for (unsigned p = 0; p < 6; p++) {
        bool within = true;

        for (unsigned x = n; x < 3; x++)
            within = within && permutation[p][x] == x;
        if (!within)
            continue;
        t[count] = (struct minor_term){.entries = n};
        for (unsigned x = 0; x < n; x++) {
            t[count].row[x] = r[x];
            t[count].column[x] = c[permutation[p][x]];
        }
        sign[count++] = p < 3 ? base : -base;
    }
    return count;
}

/* round(sum over a, b of U_a adj_ab phi_b(q) / det), U = V^T Phi */
static struct chain push_through(const struct cme *m, const struct val *of_key,
                                 const struct val *of_query, const struct val *v)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    unsigned k = (unsigned)m->att->cme.features, n;
    struct tc_form num = tc_form_si(f, 0), det = tc_form_si(f, 0);
    struct minor_term t[6];
    mpz_ptr z = tc_mpz(f->arena);
    int64_t least, most;
    int sign[6];

    n = cofactor(k, k, k, t, sign);
    for (unsigned x = 0; x < n; x++)
        det = tc_form_add(f, det,
                          tc_form_scale_si(f, expand(m, tc_sprintf(f->arena, "det%u", x), &t[x],
                                                     of_key, 0, NULL, NULL),
                                           sign[x]));
    for (unsigned a = 0; a < k; a++)
        for (unsigned b = 0; b < k; b++) {
            const struct val other[3] = {val_at(L, of_key[a], m->i, m->j[0]),
                                         val_at(L, *v, m->i, m->j[0]), of_query[b]};

            n = cofactor(k, b, a, t, sign);
            for (unsigned x = 0; x < n; x++)
                num = tc_form_add(
                    f, num,
                    tc_form_scale_si(f,
                                     expand(m, tc_sprintf(f->arena, "adj%u%u%u", a, b, x), &t[x],
                                            of_key, 3, other, m->j[0]),
                                     sign[x]));
        }
    /* num / det in units 2^-((2 (k - 1) + 3) f) and 2^-(2 k f), times lambda's divisor to
     * the powers k - 1 and k */
    num = tc_form_scale(f, num, mpq_denref(m->att->cme.lambda));
    mpz_ui_pow_ui(z, 2, 2 * k * L->fraction);
    for (unsigned x = 0; x < k; x++)
        mpz_mul(z, z, mpq_numref(m->att->cme.lambda));
    /* det >= lambda^k: M is lambda I and a positive semidefinite matrix */
    det = tc_form_range(f, det, z, mpz_cmp(det.hi, z) < 0 ? z : det.hi);
    least = least_value(L);
    most = largest_value(L);
    return quotient(L, num, det, 0, 0, least, most);
}

/* the sum of products, each rounded */
static struct val dot_rounded(const struct cme *m, const char *name, unsigned n, const struct val *x,
                              const struct val *y, const char *note)
{
    struct lowering *L = m->L;
    struct tc_form sum = tc_form_si(L->family, 0);
    struct chain c;

    for (unsigned k = 0; k < n; k++) {
        c = times(m, tc_sprintf(L->family->arena, "%s%u", name, k), &x[k], &y[k], note);
        sum = tc_form_add(L->family, sum, c.form);
    }
    c = rounded(m, steps_sum(L, sum), name, note);
    return val_of(L, &c);
}

/* R(R(x y) - R(z w)) */
static struct val minor_rounded(const struct cme *m, const char *name, const struct val *x,
                                const struct val *y, const struct val *z, const struct val *w)
{
    struct lowering *L = m->L;
    struct chain p = times(m, tc_sprintf(L->family->arena, "%s.p", name), x, y, "a minor's product");
    struct chain q = times(m, tc_sprintf(L->family->arena, "%s.q", name), z, w, "a minor's product");

    p = rounded(m, steps_sum(L, tc_form_sub(L->family, p.form, q.form)), name, "a cofactor");
    return val_of(L, &p);
}

static struct val negative(const struct cme *m, struct val x)
{
    struct chain c = rounded(m, steps_sum(m->L, tc_form_scale_si(m->L->family, x.form, -1)), "minus",
                             "a cofactor's negative");

    return val_of(m->L, &c);
}

/* cofactors of the symmetric M; those of a 1 x 1 matrix are 1 and not used */
static void cofactors(const struct cme *m, unsigned k, struct val g[][MOST_FEATURES],
                      struct val c[][MOST_FEATURES])
{
    if (k == 2) {
        c[0][0] = g[1][1];
        c[1][1] = g[0][0];
        c[0][1] = c[1][0] = negative(m, g[0][1]);
    }
    for (unsigned a = 0; k == 3 && a < 3; a++)
        for (unsigned b = a; b < 3; b++) {
            unsigned r = (a + 1) % 3, s = (a + 2) % 3, t = (b + 1) % 3, u = (b + 2) % 3;

            c[a][b] = c[b][a] =
                minor_rounded(m, tc_sprintf(m->L->family->arena, "cofactor%u%u", a, b), &g[r][t],
                              &g[s][u], &g[r][u], &g[s][t]);
        }
}

/* the same with every operation rounded */
static struct chain push_through_rounded(const struct cme *m, const struct val *of_key,
                                         const struct val *of_query, const struct val *v)
{
    struct lowering *L = m->L;
    struct tc_family *f = L->family;
    unsigned k = (unsigned)m->att->cme.features;
    struct shifted ridge = {L, m->att->cme.lambda};
    struct val g[MOST_FEATURES][MOST_FEATURES], c[MOST_FEATURES][MOST_FEATURES];
    struct val u[MOST_FEATURES], z[MOST_FEATURES], inverse[MOST_FEATURES], recip;
    struct tc_form det = tc_form_si(f, 0), sum = tc_form_si(f, 0);
    struct steps s;
    struct chain p;

    for (unsigned a = 0; a < k; a++) {
        p = times(m, tc_sprintf(f->arena, "u%u.product", a), &of_key[a], v, "features times values");
        p = rounded(m, steps_sum(L, sum_tokens(m, p.form, m->i)), tc_sprintf(f->arena, "u%u", a),
                    "V^T Phi, rounded");
        u[a] = val_of(L, &p);
        for (unsigned b = a; b < k; b++) {
            const char *name = tc_sprintf(f->arena, "g%u%u", a, b);

            p = times(m, tc_sprintf(f->arena, "%s.product", name), &of_key[a], &of_key[b],
                      "products of features");
            s = steps_sum(L, sum_tokens(m, p.form, m->i));
            if (a == b)
                s = steps_applied(L, s, plus_ridge, &ridge, tc_sprintf(f->arena, "%s.sum", name), NULL,
                             "Phi^T Phi, rounded");
            p = rounded(m, s, name, a == b ? "Phi^T Phi, rounded, plus lambda" : "Phi^T Phi, rounded");
            g[a][b] = g[b][a] = val_of(L, &p);
        }
    }
    cofactors(m, k, g, c);
    if (k == 1)
        det = g[0][0].form;
    for (unsigned b = 0; k > 1 && b < k; b++) {
        p = times(m, tc_sprintf(f->arena, "det%u", b), &g[0][b], &c[0][b],
                  "the determinant's products");
        det = tc_form_add(f, det, p.form);
    }
    s = steps_applied(L, steps_sum(L, det), recip_value, L, "det", NULL, "the determinant, rounded");
    p = rounded(m, s, "recip", "reciprocal of the rounded determinant");
    recip = val_of(L, &p);
    for (unsigned a = 0; a < k; a++) {
        for (unsigned b = 0; b < k; b++) {
            if (k == 1) {
                inverse[b] = recip;
                continue;
            }
            p = times(m, tc_sprintf(f->arena, "inverse%u%u", a, b), &c[b][a], &recip,
                      "adjugate times the reciprocal");
            inverse[b] = val_of(L, &p);
        }
        z[a] = dot_rounded(m, tc_sprintf(f->arena, "z%u", a), k, inverse, of_query,
                           "the inverse times the query's features");
    }
    for (unsigned a = 0; a < k; a++) {
        p = times(m, tc_sprintf(f->arena, "y%u", a), &u[a], &z[a], "products of the result");
        sum = tc_form_add(f, sum, p.form);
    }
    return rounded(m, steps_sum(L, sum), "y", "the result, rounded");
}

/* ---------------------------------------------------------------------- both */

static struct chain by_features(const struct cme *m, const struct chain *q, const struct chain *k,
                                const struct chain *v)
{
    unsigned n = (unsigned)m->att->cme.features;
    struct val of_key[MOST_FEATURES], of_query[MOST_FEATURES], value = val_of(m->L, v);

    for (unsigned r = 0; r < n; r++) {
        of_key[r] = feature(m, k, r);
        of_query[r] = feature(m, q, r);
    }
    return m->op ? push_through_rounded(m, of_key, of_query, &value)
                 : push_through(m, of_key, of_query, &value);
}

static struct chain by_terms(const struct cme *m, const struct chain *q, const struct chain *k,
                             const struct chain *v)
{
    struct lowering *L = m->L;
    struct val query = val_of(L, q), key = val_of(L, k), value = val_of(L, v), kj, kl, ofb, ofk;
    struct chain b, kk;

    kj = val_at(L, key, m->i, m->j[0]);
    kl = val_at(L, key, m->i, m->j[1]);
    b = rounded(m, kernel(m, "b", &kj, &query), "b", "kernel of key and query, rounded");
    kk = rounded(m, kernel(m, "K", &kj, &kl), "K", "kernel of two keys, rounded");
    value = val_at(L, value, m->i, m->j[0]);
    ofk = val_of(L, &kk);
    if (m->op)
        return richardson(m, &ofk, &b, &value);
    ofb = val_of(L, &b);
    return series(m, &ofk, &ofb, &value);
}

struct chain attention_cme(struct lowering *L, struct head *a, struct stream *in)
{
    struct tc_family *f = L->family;
    struct cme m = {.L = L, .a = a, .att = a->att, .i = a->token[0]};
    const char *path = L->component;
    struct chain part[3];

    m.op = L->spec->rounding == TC_OP;
    for (unsigned k = 0; k < MOST_FACTORS; k++)
        m.j[k] = index_of(L, k == 0 ? "j" : tc_sprintf(f->arena, "l%u", k), &L->spec->length);
    L->component = tc_sprintf(f->arena, "%s.projections", path);
    for (unsigned k = 0; k < 3; k++)
        part[k] = projected(&m, k, in);
    L->component = tc_sprintf(f->arena, "%s.regression", path);
    return m.att->cme.features ? by_features(&m, &part[0], &part[1], &part[2])
                               : by_terms(&m, &part[0], &part[1], &part[2]);
}
