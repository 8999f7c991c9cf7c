/* telescope.c -- a rounded value is looked at where it is rounded
 *
 * requires nothing; outputs kept; depth falls, or gates do and wires at most double; weights may
 * grow
 *
 * A gate [A + h >= 0] that reads two chains at one point each, A what the one comes to and h, which
 * rises or falls with the number of ones, what the other does, whose gates are [F >= theta(u)]:
 * where k of the first chain's gates are 1, it asks for M(k) ones of the second at least (at most,
 * where h falls), and that is one of its gates, or always, or never.  So it is F against a
 * threshold that k gives,
 *
 *     F >= b(0) + sum over k of (b(k + 1) - b(k)) * gate k of the first,
 *
 * b(k) = theta(M(k) - 1), the least value of F where M(k) = 0, above its largest where no number
 * will do. The second chain's gates are not read: a rounded value added to another one costs no
 * layer.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

struct sum { /* of the ones of a chain at a point, or one wire */
    const struct tc_term *read;
    const struct tc_index *t; /* NULL: one wire */
    struct tc_cube weight;    /* over t and what else counts */
};

struct parts {
    struct sum first, second;
    struct tc_form f;     /* what the second's gates look at, where it is read */
    struct tc_cube theta; /* their thresholds, over the indices of second.weight */
    struct tc_cube constant;
    int sign; /* of all weights of the second */
};

/* does the form read two wires, each at one point or summed over its chain?  Which? */
static bool two_sums(const struct tc_form *v, const struct tc_term *read[2])
{
    unsigned n = 0;

    for (unsigned k = 0; k < v->nterm; k++) {
        const struct tc_term *x = &v->term[k];

        if (!tc_rw_dense(x) || x->nguard || (!x->plane && x->nsum))
            return false;
        if (!x->plane)
            continue;
        if (n == 2 || x->nsum > 1 || (x->nsum && !tc_rw_chain_sum(x)))
            return false;
        read[n++] = x;
    }
    return n == 2;
}

/* gates whose thresholds are numbers, and all of which are there at each point */
static bool can_be_second(const struct tc_bank *b)
{
    if (!b)
        return false;
    for (unsigned k = 0; k < b->theta.nterm; k++)
        if (b->theta.term[k].plane || b->theta.term[k].nguard || !tc_rw_dense(&b->theta.term[k]))
            return false;
    for (unsigned k = 0; k < b->nguard; k++)
        if (b->plane.chain && tc_axis_reads(&b->guard[k].expr, b->plane.chain))
            return false;
    return true;
}

/* ------------------------------------------------------------------------- tables */

/* adds indices that are not there, but those of sums */
static bool gather(const struct tc_cube *c, const struct parts *p, const struct tc_index **ix,
                   unsigned *n)
{
    for (unsigned k = 0; k < c->n; k++) {
        bool there = c->ix[k] == p->first.t || c->ix[k] == p->second.t;

        for (unsigned i = 0; i < *n; i++)
            there = there || ix[i] == c->ix[k];
        if (!there && *n == TC_RW_INDICES - 1)
            return false;
        if (!there)
            ix[(*n)++] = c->ix[k];
    }
    return true;
}

/* a term's weights over these indices and t (NULL: these alone) */
static bool spread(const struct tc_term *x, unsigned n, const struct tc_index **ix,
                   const struct tc_index *t, struct tc_cube *c)
{
    bool ok;

    ix[n] = t;
    ok = tc_cube_product(c, x->nfactor, x->factor, n + (t != NULL), ix, NULL);
    for (size_t k = 0; ok && k < c->size; k++)
        mpz_mul(c->value[k], c->value[k], x->coef);
    return ok;
}

/* the sum of constant terms over these indices and t */
static bool spread_constants(const struct tc_form *v, unsigned n, const struct tc_index **ix,
                             const struct tc_index *t, struct tc_cube *c)
{
    bool ok;

    ix[n] = t;
    ok = tc_cube_new(c, n + (t != NULL), ix);
    for (unsigned k = 0; ok && k < v->nterm; k++) {
        struct tc_cube part = {0};

        if (!v->term[k].plane && (ok = spread(&v->term[k], n, ix, t, &part)))
            for (size_t i = 0; i < c->size; i++)
                mpz_add(c->value[i], c->value[i], part.value[i]);
        tc_cube_free(&part);
    }
    return ok;
}

/* what the second's gates look at, and their thresholds, at the point where it is read */
static bool look_behind(struct tc_rw *rw, const struct tc_bank *b, struct parts *p,
                        struct tc_form *theta)
{
    const struct tc_bank *of = p->second.read->plane->bank;
    struct tc_term at = *p->second.read;

    at.coef = tc_mpz_si(rw->f->arena, 1);
    at.nfactor = at.nsum = 0;
    if (!tc_rw_inline(rw->f, &at, &of->form, &p->f) || !tc_rw_inline(rw->f, &at, &of->theta, theta))
        return false;
    /* guards hold where it is read */
    for (unsigned k = 0; k < theta->nterm; k++)
        theta->term[k].nguard = 0;
    p->f.lo = of->form.lo;
    p->f.hi = of->form.hi;
    p->f = tc_rw_fold(rw, b, p->f);
    return true;
}

static bool one_sign(struct parts *p)
{
    const struct tc_cube *c = &p->second.weight;

    for (size_t k = 0; k < c->size; k++) {
        if (mpz_sgn(c->value[k]) * p->sign < 0)
            return false;
        p->sign = p->sign ? p->sign : mpz_sgn(c->value[k]);
    }
    return p->sign != 0;
}

/* all that counts, over the indices on which any of it depends */
static bool fill(struct tc_rw *rw, const struct tc_bank *b, const struct tc_form *v,
                 struct parts *p)
{
    const struct tc_index *ix[TC_RW_INDICES + 1];
    struct tc_form theta = {0};
    struct tc_cube shape;
    unsigned n = 0;
    bool ok;

    if (!look_behind(rw, b, p, &theta))
        return false;
    ok = tc_rw_constants(&theta, &shape) && gather(&shape, p, ix, &n);
    tc_cube_free(&shape);
    for (unsigned k = 0; ok && k < v->nterm; k++) {
        ok = tc_cube_product(&shape, v->term[k].nfactor, v->term[k].factor, 0, NULL, NULL) &&
             gather(&shape, p, ix, &n);
        tc_cube_free(&shape);
    }
    return ok && spread(p->first.read, n, ix, p->first.t, &p->first.weight) &&
           spread(p->second.read, n, ix, p->second.t, &p->second.weight) &&
           spread_constants(&theta, n, ix, p->second.t, &p->theta) &&
           spread_constants(v, n, ix, NULL, &p->constant) && one_sign(p);
}

static void drop(struct parts *p)
{
    tc_cube_free(&p->first.weight);
    tc_cube_free(&p->second.weight);
    tc_cube_free(&p->theta);
    tc_cube_free(&p->constant);
}

/* ---------------------------------------------------------------------- thresholds */

/* where the entry of a cube stands in one over one index more, at 0 there; *stride: that index's */
static size_t place(const struct tc_cube *c, size_t at, const struct tc_cube *in,
                    const struct tc_index *more, size_t *stride)
{
    size_t to = 0;

    *stride = 0;
    for (unsigned k = 0; k < in->n; k++) {
        if (in->ix[k] == more)
            *stride = tc_cube_stride(in, k);
        for (unsigned i = 0; i < c->n; i++)
            if (c->ix[i] == in->ix[k])
                to += at / tc_cube_stride(c, i) % (size_t)c->ix[i]->extent * tc_cube_stride(in, k);
    }
    return to;
}

static size_t length(const struct sum *s)
{
    return s->t ? (size_t)s->t->extent : 1;
}

/* The threshold of F, of -F where the weights are negative, at which the gate with A = a is 1; from
 * `at` on, by `stride`, stand the second's weights and thresholds.  Within F's range and one above.
 */
static void bound(const struct parts *p, mpz_srcptr a, size_t at, size_t stride, mpz_ptr b)
{
    size_t n = length(&p->second), m = 0;
    mpz_t v;

    mpz_init_set(v, a);
    /* the number of ones from which on it is 1; or, of negative weights, 0 */
    while (m < n && (mpz_sgn(v) >= 0) != (p->sign > 0))
        mpz_add(v, v, p->second.weight.value[at + m++ * stride]);
    if ((mpz_sgn(v) >= 0) != (p->sign > 0))
        mpz_add_ui(b, p->f.hi, 1); /* no number will do */
    else if (m == 0)
        mpz_set(b, p->f.lo);
    else
        mpz_set(b, p->theta.value[at + (m - 1) * stride]);
    if (mpz_cmp(b, p->f.lo) < 0)
        mpz_set(b, p->f.lo);
    if (mpz_cmp(b, p->f.hi) > 0)
        mpz_add_ui(b, p->f.hi, 1);
    if (p->sign < 0) /* F < b */
        mpz_ui_sub(b, 1, b);
    mpz_clear(v);
}

/* constant := b(0), the first's weights := b(k + 1) - b(k) */
static void bounds(struct parts *p)
{
    mpz_t a, b, before;

    mpz_inits(a, b, before, NULL);
    for (size_t at = 0; at < p->constant.size; at++) {
        size_t by, step, second = place(&p->constant, at, &p->second.weight, p->second.t, &by);
        size_t first = place(&p->constant, at, &p->first.weight, p->first.t, &step);

        mpz_set(a, p->constant.value[at]);
        bound(p, a, second, by, p->constant.value[at]);
        mpz_set(before, p->constant.value[at]);
        for (size_t k = 0; k < length(&p->first); k++) {
            mpz_ptr w = p->first.weight.value[first + k * step];

            mpz_add(a, a, w);
            bound(p, a, second, by, b);
            mpz_sub(w, b, before);
            mpz_set(before, b);
        }
    }
    mpz_clears(a, b, before, NULL);
}

/* the bank that looks at F */
static struct tc_bank *make(struct tc_rw *rw, const struct tc_bank *old, struct parts *p)
{
    struct tc_family *f = rw->f;
    struct tc_form theta = {0, tc_alloc(f->arena, 1, sizeof *theta.term), tc_mpz(f->arena),
                            tc_mpz(f->arena)};
    mpz_ptr above = tc_mpz(f->arena);

    bounds(p);
    theta.term[0] = *p->first.read;
    theta.term[0].coef = tc_mpz_si(f->arena, 1);
    theta.term[0].nfactor = 0;
    theta.nterm = tc_cube_factor(f, &p->first.weight, "bound.step", &theta.term[0]);
    theta = tc_form_add(f, theta, tc_rw_table(rw, &p->constant, "bound"));
    if (p->sign < 0)
        p->f = tc_form_scale_si(f, p->f, -1);
    mpz_add_ui(above, p->f.hi, 1);
    theta.lo = p->f.lo;
    theta.hi = above;
    return tc_rw_bank_of(rw, old, p->f, old->plane.chain, theta);
}

/* b, which was just made in the place of old, once more without the gates of one it reads */
static void telescope(struct tc_rw *rw, const struct tc_bank *old, const struct tc_bank *b,
                      unsigned second)
{
    struct tc_form v = tc_rw_fold(rw, b, tc_rw_value(rw, b));
    const struct tc_term *read[2];
    struct tc_bank *made = NULL;
    struct parts p = {0};

    if (!two_sums(&v, read))
        return;
    second ^= read[1]->plane->level > read[0]->plane->level;
    if (!can_be_second(read[second]->plane->bank))
        return;
    p.first.read = read[!second];
    p.first.t = p.first.read->nsum ? p.first.read->sum[0] : NULL;
    p.second.read = read[second];
    p.second.t = p.second.read->nsum ? p.second.read->sum[0] : NULL;
    if (fill(rw, b, &v, &p))
        made = make(rw, old, &p);
    if (made)
        rw->plane[old->plane.id].wire = &made->plane;
    drop(&p);
}

/* choice: the later of the two sums is the second, or the other one */
static struct tc_family *attempt(struct tc_family *f, unsigned bank, unsigned choice, bool *more)
{
    unsigned wires = 0;
    struct tc_rw *rw;

    *more = choice == 0;
    for (unsigned which = 0; which < 2; which++) {
        const struct tc_form *x = which ? &f->bank[bank]->theta : &f->bank[bank]->form;

        for (unsigned k = 0; k < x->nterm; k++)
            wires += x->term[k].plane != NULL;
    }
    if (wires < 2) /* more may be two once they are folded */
        return f;
    rw = tc_rw_open(f);
    for (unsigned k = 0; k < rw->nbank; k++) {
        const struct tc_bank *old = rw->f->bank[k], *b = tc_rw_bank(rw, old);

        if (k == bank)
            telescope(rw, old, b, choice);
    }
    return tc_rw_close(rw, f);
}

/* less depth, or fewer gates and wires together; wires at most twice as many */
static bool better(const struct tc_count *before, const struct tc_count *after)
{
    mpz_t twice;
    bool ok;

    mpz_init(twice);
    mpz_mul_2exp(twice, before->wires, 1);
    ok = tc_rw_smaller(before, after) ||
         (after->depth < before->depth && mpz_cmp(after->wires, twice) <= 0);
    mpz_clear(twice);
    return ok;
}

struct tc_family *tc_pass_telescope(struct tc_family *f, const struct tc_pass_options *options,
                                    struct tc_error *err)
{
    (void)options;
    (void)err;
    return tc_rw_improve(f, attempt, better);
}
