/* narrow.c -- ranges that dense tables allow
 *
 * requires nothing; gates, wires, depth and weights kept; ranges narrower or equal
 *
 * What a text claims, or leaves out, multiplies by a table's largest entry.  Here a term's wires
 * count with their own weights: from the sum of the negative to that of the positive ones,
 * for each point of the indices that are free, and of these the least and the most.  Of a
 * monotone chain that is read from its first gate on it is the least and the most of the sums of
 * its first weights.  Terms through computed tables have the range that they had.
 */
#include "rewrite.h"

#include <string.h>

static bool bound(const struct tc_term *x, const struct tc_index *ix)
{
    for (unsigned k = 0; k < x->nsum; k++)
        if (x->sum[k] == ix)
            return true;
    return false;
}

/* the index of the sum that runs over a monotone chain from its first gate on; or NULL */
static const struct tc_index *run_of(const struct tc_term *x)
{
    const struct tc_plane *p = x->plane;
    const struct tc_axis *at = p && p->chain && p->bank->monotone ? &x->at[p->naxis] : NULL;
    const struct tc_index *t;

    if (!at || at->via || at->at.n != 1 || at->at.constant || at->at.part[0].coef != 1 ||
        !bound(x, at->at.part[0].ix))
        return NULL;
    t = at->at.part[0].ix;
    for (unsigned k = 0; k < p->naxis; k++)
        if (tc_axis_reads(&x->at[k], t))
            return NULL;
    for (unsigned k = 0; k < x->nguard; k++) /* one that keeps the first gates does no harm */
        if (tc_axis_reads(&x->guard[k].expr, t) &&
            (tc_affine_coef(&x->guard[k].expr.at, t) >= 0 ||
             (x->guard[k].expr.via && tc_affine_coef(&x->guard[k].expr.arg, t))))
            return NULL;
    return t;
}

/* l, h += what the weights at k, k + stride, ... come to, of which `length` are one run */
static void add_run(const struct tc_term *x, const struct tc_cube *c, size_t k, size_t stride,
                    size_t length, mpz_ptr l, mpz_ptr h)
{
    bool exact = !x->plane && !x->nguard;
    mpz_t sum, least, most;

    mpz_inits(sum, least, most, NULL);
    for (size_t t = 0; t < length; t++) {
        mpz_addmul(sum, c->value[k + t * stride], x->coef);
        if (mpz_cmp(sum, least) < 0 || exact)
            mpz_set(least, sum);
        if (mpz_cmp(sum, most) > 0 || exact)
            mpz_set(most, sum);
    }
    mpz_add(l, l, least);
    mpz_add(h, h, most);
    mpz_clears(sum, least, most, NULL);
}

bool tc_rw_term_range(const struct tc_term *x, mpz_ptr lo, mpz_ptr hi)
{
    const struct tc_index *t = run_of(x), *open[TC_RW_INDICES];
    size_t stride = 1, length = 1, step[TC_RW_INDICES], at;
    struct tc_cube c, least, most = {0};
    unsigned nopen = 0;
    mpz_t times;
    bool ok;

    for (unsigned k = 0; k < x->nfactor; k++)
        if (x->factor[k].table->fn)
            return false;
    if (!tc_cube_product(&c, x->nfactor, x->factor, t ? 1 : 0, &t, NULL)) {
        tc_cube_free(&c);
        return false;
    }
    for (unsigned k = 0; k < c.n; k++) {
        if (c.ix[k] == t) {
            stride = tc_cube_stride(&c, k);
            length = (size_t)t->extent;
        } else if (!bound(x, c.ix[k])) {
            step[nopen] = tc_cube_stride(&c, k);
            open[nopen++] = c.ix[k];
        }
    }
    ok = tc_cube_new(&least, nopen, open) && tc_cube_new(&most, nopen, open);
    for (size_t k = 0; ok && k < c.size; k++) {
        if (k / stride % length)
            continue;
        at = 0;
        for (unsigned i = 0; i < nopen; i++)
            at = at * (size_t)open[i]->extent + k / step[i] % (size_t)open[i]->extent;
        add_run(x, &c, k, stride, length, least.value[at], most.value[at]);
    }
    mpz_init_set_ui(times, 1);
    for (unsigned k = 0; k < x->nsum; k++) { /* sums that no table reads */
        bool read = false;

        for (unsigned i = 0; i < c.n; i++)
            read = read || c.ix[i] == x->sum[k];
        if (!read)
            mpz_mul_si(times, times, x->sum[k]->extent);
    }
    for (size_t k = 0; ok && k < least.size; k++) {
        if (k == 0 || mpz_cmp(least.value[k], lo) < 0)
            mpz_set(lo, least.value[k]);
        if (k == 0 || mpz_cmp(most.value[k], hi) > 0)
            mpz_set(hi, most.value[k]);
    }
    mpz_mul(lo, lo, times);
    mpz_mul(hi, hi, times);
    mpz_clear(times);
    tc_cube_free(&c);
    tc_cube_free(&least);
    tc_cube_free(&most);
    return ok;
}

/* in place: the bank is of the family that is being built */
static void narrow(struct tc_rw *rw, struct tc_form *x)
{
    struct tc_form one = {.nterm = 1};
    mpz_ptr lo = tc_mpz(rw->f->arena), hi = tc_mpz(rw->f->arena), l = tc_mpz(rw->f->arena),
            h = tc_mpz(rw->f->arena), least = tc_mpz(rw->f->arena), most = tc_mpz(rw->f->arena);

    for (unsigned k = 0; k < x->nterm; k++) {
        one.term = &x->term[k];
        tc_form_interval(&one, true, l, h);
        if (tc_rw_term_range(&x->term[k], least, most)) {
            if (mpz_cmp(least, l) > 0)
                mpz_set(l, least);
            if (mpz_cmp(most, h) < 0)
                mpz_set(h, most);
        }
        mpz_add(lo, lo, l);
        mpz_add(hi, hi, h);
    }
    if (mpz_cmp(x->lo, lo) > 0)
        mpz_set(lo, x->lo);
    if (mpz_cmp(x->hi, hi) < 0)
        mpz_set(hi, x->hi);
    if (mpz_cmp(lo, hi) <= 0) /* not so only where there is no point */
        *x = tc_form_range(rw->f, *x, lo, hi);
}

struct tc_family *tc_pass_narrow(struct tc_family *f, const struct tc_pass_options *options,
                                 struct tc_error *err)
{
    struct tc_rw *rw = tc_rw_open(f);

    (void)options;
    (void)err;
    for (unsigned k = 0; k < rw->nbank; k++) {
        struct tc_bank *b = tc_rw_bank(rw, rw->f->bank[k]);

        narrow(rw, &b->form);
        narrow(rw, &b->theta);
    }
    return tc_rw_close(rw, f);
}
