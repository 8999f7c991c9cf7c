/* compose.c -- functions of a chain are forms over it
 *
 * requires nothing; depth and gates fewer or equal; wires at most doubled where depth
 * does not fall; weights may grow
 *
 * A monotone chain's gates at a point are 1...10...0, so all that they say is how many
 * are 1.  Where form and threshold of a gate read wires of one such chain at one
 * point alone, [V >= 0] is a function of that number: g(m), with V(m) the weights of the first m
 * gates and the constants.  So it is g(0) + sum over t of (g(t + 1) - g(t)) times gate t: a
 * form, of weights -1, 0 and 1.  Slopes may be of any sign; a gate without chain is one of
 * length 1.  A guard c - t >= 0 on the chain keeps a prefix, and does no harm.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

struct source {                 /* what V reads */
    const struct tc_term *read; /* the first term with a wire: all others read the same */
    const struct tc_index *t;   /* its sum's; NULL: one gate */
    int64_t length;
};

/* a guard that holds on a prefix of t */
static bool is_prefix(const struct tc_guard *g, const struct tc_index *t)
{
    return tc_affine_coef(&g->expr.at, t) < 0 && (!g->expr.via || !tc_affine_coef(&g->expr.arg, t));
}

static bool source_of(const struct tc_form *v, struct source *s)
{
    const struct tc_term *x = NULL;
    const struct tc_plane *p;
    const struct tc_axis *t;

    for (unsigned k = 0; k < v->nterm; k++) {
        if (!tc_rw_dense(&v->term[k]))
            return false;
        if (v->term[k].plane) {
            if (x) /* folding has made equal reads one */
                return false;
            x = &v->term[k];
        } else if (v->term[k].nsum || v->term[k].nguard) {
            return false;
        }
    }
    if (!x)
        return false;
    p = x->plane;
    *s = (struct source){.read = x, .length = 1};
    if (x->nsum == 0)
        return x->nguard == 0; /* one wire */
    if (!p->chain)
        return false;
    t = &x->at[p->naxis];
    if (x->nsum != 1 || !p->bank->monotone || t->via || t->at.n != 1 || t->at.constant ||
        t->at.part[0].coef != 1 || t->at.part[0].ix != x->sum[0] ||
        x->sum[0]->extent != p->chain->extent)
        return false;
    s->t = x->sum[0];
    s->length = s->t->extent;
    for (unsigned k = 0; k < p->naxis; k++)
        if (tc_axis_reads(&x->at[k], s->t))
            return false;
    for (unsigned k = 0; k < x->nguard; k++)
        if (!is_prefix(&x->guard[k], s->t))
            return false;
    return true;
}

/* weights of the wire and constants of V, over the same indices, t among them */
static bool tables_of(const struct tc_form *v, const struct source *s, struct tc_cube *base,
                      struct tc_cube *step)
{
    struct tc_factor all[4 * TC_RW_INDICES];
    const struct tc_index *ix[TC_RW_INDICES + 1];
    unsigned n = 0;
    struct tc_cube c;
    bool ok;

    *base = *step = (struct tc_cube){0};
    for (unsigned k = 0; k < v->nterm; k++)
        for (unsigned i = 0; i < v->term[k].nfactor; i++) {
            if (n == sizeof all / sizeof *all)
                return false;
            all[n++] = v->term[k].factor[i];
        }
    if (!tc_cube_product(&c, n, all, 0, NULL, NULL)) { /* its shape is what counts */
        tc_cube_free(&c);
        return false;
    }
    memcpy(ix, c.ix, c.n * sizeof *ix);
    n = c.n;
    tc_cube_free(&c);
    if (s->t) {
        if (n == TC_RW_INDICES)
            return false;
        ix[n++] = s->t;
    }
    ok = tc_cube_product(step, s->read->nfactor, s->read->factor, n, ix, NULL);
    for (size_t k = 0; ok && k < step->size; k++)
        mpz_mul(step->value[k], step->value[k], s->read->coef);
    ok = ok && tc_cube_new(base, n, ix);
    for (unsigned k = 0; ok && k < v->nterm; k++) {
        const struct tc_term *x = &v->term[k];

        if (x->plane)
            continue;
        ok = tc_cube_product(&c, x->nfactor, x->factor, n, ix, NULL);
        for (size_t i = 0; ok && i < c.size; i++)
            mpz_addmul(base->value[i], c.value[i], x->coef);
        tc_cube_free(&c);
    }
    return ok;
}

/* base := g(0), step := g(t + 1) - g(t) */
static void decide(const struct source *s, struct tc_cube *base, struct tc_cube *step)
{
    size_t stride = 1, length = (size_t)s->length;
    mpz_t v;

    for (unsigned k = 0; s->t && k < step->n; k++)
        if (step->ix[k] == s->t)
            stride = tc_cube_stride(step, k);
    mpz_init(v);
    for (size_t k = 0; k < step->size; k++) {
        bool before;

        if (k / stride % length)
            continue;
        mpz_set(v, base->value[k]);
        before = mpz_sgn(v) >= 0;
        for (size_t t = 0; t < length; t++) {
            bool after;

            mpz_set_ui(base->value[k + t * stride], mpz_sgn(base->value[k + t * stride]) >= 0);
            mpz_add(v, v, step->value[k + t * stride]);
            after = mpz_sgn(v) >= 0;
            mpz_set_si(step->value[k + t * stride], (int)after - (int)before);
            before = after;
        }
    }
    mpz_clear(v);
}

static const char *name_of(const struct tc_form *v)
{
    for (unsigned k = 0; k < v->nterm; k++)
        if (v->term[k].nfactor)
            return v->term[k].factor[0].table->name;
    return "step";
}

bool tc_compose_stands(struct tc_rw *rw, const struct tc_bank *b, struct tc_form *form)
{
    struct tc_form v = tc_rw_fold(rw, b, tc_rw_value(rw, b));
    struct tc_family *f = rw->f;
    struct tc_cube base, step;
    struct source s;
    bool ok;

    if (!source_of(&v, &s))
        return false;
    ok = tables_of(&v, &s, &base, &step);
    if (ok) {
        struct tc_term *term = tc_alloc(f->arena, 2, sizeof *term);

        decide(&s, &base, &step);
        *form = (struct tc_form){0, term, tc_mpz_si(f->arena, 0), tc_mpz_si(f->arena, 1)};
        term[0] = *s.read;
        term[0].coef = tc_mpz_si(f->arena, 1);
        term[0].nfactor = 0;
        form->nterm += tc_cube_factor(f, &step, name_of(&v), &term[0]);
        term[form->nterm] = (struct tc_term){.coef = tc_mpz_si(f->arena, 1)};
        form->nterm += tc_cube_factor(f, &base, name_of(&v), &term[form->nterm]);
    }
    tc_cube_free(&base);
    tc_cube_free(&step);
    return ok;
}

struct tc_family *tc_pass_compose(struct tc_family *f, const struct tc_pass_options *options,
                                  struct tc_error *err)
{
    (void)options;
    (void)err;
    return tc_rw_replace_banks(f, tc_compose_stands);
}
