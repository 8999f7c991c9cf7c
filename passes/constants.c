/* constants.c -- what a form says beside its wires: constants, and factors of all weights */
#include "rewrite.h"

#include <string.h>

bool tc_rw_dense(const struct tc_term *x)
{
    for (unsigned k = 0; k < x->nfactor; k++)
        if (x->factor[k].table->fn)
            return false;
    return true;
}

bool tc_rw_constants(const struct tc_form *v, struct tc_cube *c)
{
    const struct tc_index *ix[2 * TC_RW_INDICES];
    unsigned n = 0;
    bool ok = true;

    *c = (struct tc_cube){0};
    for (unsigned k = 0; ok && k < v->nterm; k++) {
        const struct tc_term *x = &v->term[k];
        struct tc_cube shape = {0};

        if (x->plane)
            continue;
        ok = !x->nsum && !x->nguard && tc_rw_dense(x) &&
             tc_cube_product(&shape, x->nfactor, x->factor, 0, NULL, NULL) &&
             n + shape.n <= TC_RW_INDICES;
        if (ok && shape.n)
            memcpy(ix + n, shape.ix, shape.n * sizeof *ix);
        n += ok ? shape.n : 0;
        tc_cube_free(&shape);
    }
    ok = ok && tc_cube_new(c, n, ix);
    for (unsigned k = 0; ok && k < v->nterm; k++) {
        const struct tc_term *x = &v->term[k];
        struct tc_cube part = {0};

        if (x->plane)
            continue;
        ok = tc_cube_product(&part, x->nfactor, x->factor, c->n, c->ix, NULL);
        for (size_t i = 0; ok && i < c->size; i++)
            mpz_addmul(c->value[i], part.value[i], x->coef);
        tc_cube_free(&part);
    }
    return ok;
}

struct tc_form tc_rw_table(struct tc_rw *rw, struct tc_cube *c, const char *name)
{
    struct tc_form form = {0, tc_alloc(rw->f->arena, 1, sizeof *form.term), tc_mpz(rw->f->arena),
                           tc_mpz(rw->f->arena)};

    for (size_t k = 0; k < c->size; k++) {
        if (k == 0 || mpz_cmp(c->value[k], form.lo) < 0)
            form.lo = tc_mpz_copy(rw->f->arena, c->value[k]);
        if (k == 0 || mpz_cmp(c->value[k], form.hi) > 0)
            form.hi = tc_mpz_copy(rw->f->arena, c->value[k]);
    }
    form.term[0].coef = tc_mpz_si(rw->f->arena, 1);
    form.nterm = tc_cube_factor(rw->f, c, name, &form.term[0]);
    return form;
}

/* ------------------------------------------------------------------ factors */

void tc_rw_content(const struct tc_term *x, mpz_ptr g)
{
    mpz_t table, entry;

    mpz_init(entry);
    mpz_init(table);
    mpz_abs(g, x->coef);
    for (unsigned k = 0; k < x->nfactor; k++) {
        const struct tc_table *t = x->factor[k].table;
        size_t size = t->fn ? 0 : tc_table_size(t);

        mpz_set_ui(table, size == 0);
        for (size_t i = 0; i < size && mpz_cmp_ui(table, 1) != 0; i++) {
            if (t->big)
                mpz_set(entry, t->big[i]);
            else
                tc_mpz_set_i64(entry, t->small[i]);
            mpz_gcd(table, table, entry);
        }
        mpz_mul(g, g, table);
    }
    mpz_clears(table, entry, NULL);
}

/* x / g, g > 0; false where the tables are too large for one */
static bool divide(struct tc_rw *rw, const struct tc_term *x, mpz_srcptr g, struct tc_term *out)
{
    mpz_ptr coef = tc_mpz(rw->f->arena);
    bool ok = true;

    *out = *x;
    if (!mpz_divisible_p(x->coef, g)) { /* a part of it is in the tables */
        struct tc_factor *computed = tc_alloc(rw->f->arena, x->nfactor + 1, sizeof *computed);
        struct tc_factor *tables = tc_alloc(rw->f->arena, x->nfactor + 1, sizeof *tables);
        struct tc_cube c = {0};
        unsigned n = 0;

        out->nfactor = 0;
        for (unsigned k = 0; k < x->nfactor; k++)
            if (x->factor[k].table->fn)
                computed[out->nfactor++] = x->factor[k];
            else
                tables[n++] = x->factor[k];
        out->factor = computed;
        ok = n && tc_cube_product(&c, n, tables, 0, NULL, NULL);
        if (ok)
            tc_cube_factor(rw->f, &c, tables[0].table->name, out);
        tc_cube_free(&c);
        ok = ok && mpz_divisible_p(out->coef, g);
    }
    if (ok)
        mpz_divexact(coef, out->coef, g);
    out->coef = coef;
    return ok;
}

bool tc_rw_quotient(struct tc_rw *rw, const struct tc_form *x, mpz_srcptr g, struct tc_form *out)
{
    mpz_ptr lo = tc_mpz(rw->f->arena), hi = tc_mpz(rw->f->arena), least = tc_mpz(rw->f->arena),
            most = tc_mpz(rw->f->arena);
    struct tc_cube c;
    bool ok = tc_rw_constants(x, &c);

    *out = (struct tc_form){0, tc_alloc(rw->f->arena, x->nterm + 1, sizeof *out->term), lo, hi};
    for (unsigned k = 0; ok && k < x->nterm; k++)
        if (x->term[k].plane)
            ok = divide(rw, &x->term[k], g, &out->term[out->nterm++]);
    for (size_t k = 0; ok && k < c.size; k++) {
        if (k == 0 || mpz_cmp(c.value[k], least) < 0)
            mpz_set(least, c.value[k]);
        if (k == 0 || mpz_cmp(c.value[k], most) > 0)
            mpz_set(most, c.value[k]);
    }
    tc_cube_free(&c);
    tc_form_interval(out, true, lo, hi);
    mpz_sub(most, x->lo, most);
    mpz_cdiv_q(most, most, g);
    mpz_sub(least, x->hi, least);
    mpz_fdiv_q(least, least, g);
    if (mpz_cmp(most, lo) > 0)
        mpz_set(lo, most);
    if (mpz_cmp(least, hi) < 0)
        mpz_set(hi, least);
    return ok && mpz_cmp(lo, hi) <= 0;
}
