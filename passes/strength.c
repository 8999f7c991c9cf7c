/* strength.c -- constants out of gates, and common factors out of weights
 *
 * requires nothing; outputs, depth and gates kept, or fewer; wires and weights do not grow
 *
 *   constants  a gate that reads no wire is a table of 0 and 1, which its readers have in the
 *              place of a wire: what is an AND with a constant then is a function of one wire
 *   factors    where g divides the weights of all wires, [g U + c >= 0] is
 *              [U >= ceil(-c / g)]: a multiple of a value compared with a table of thresholds is
 *              the value itself, compared with another one
 *
 * Constants that come of computed tables, or of sums, stay.
 */
#include "rewrite.h"

static unsigned wires(const struct tc_form *v)
{
    unsigned n = 0;

    for (unsigned k = 0; k < v->nterm; k++)
        n += v->term[k].plane != NULL;
    return n;
}

/* ---------------------------------------------------------------- constants */

static void decide(struct tc_rw *rw, const struct tc_bank *old, struct tc_cube *c)
{
    for (size_t k = 0; k < c->size; k++)
        mpz_set_ui(c->value[k], mpz_sgn(c->value[k]) >= 0);
    tc_rw_replace(rw, old, tc_rw_table(rw, c, old->plane.name));
}

/* ------------------------------------------------------------------ factors */

/* the bank, which reads wires, with weights that no number divides */
static void reduce(struct tc_rw *rw, const struct tc_bank *old, const struct tc_bank *b,
                   const struct tc_form *v, struct tc_cube *c)
{
    mpz_ptr g = tc_mpz(rw->f->arena), one = tc_mpz(rw->f->arena);
    struct tc_form form, theta, bound;
    struct tc_bank *made;

    for (unsigned k = 0; k < v->nterm; k++)
        if (v->term[k].plane) {
            tc_rw_content(&v->term[k], one);
            mpz_gcd(g, g, one);
        }
    if (mpz_cmp_ui(g, 1) <= 0 || !tc_rw_quotient(rw, &b->form, g, &form) ||
        !tc_rw_quotient(rw, &b->theta, g, &theta))
        return;
    for (size_t k = 0; k < c->size; k++) {
        mpz_neg(c->value[k], c->value[k]);
        mpz_cdiv_q(c->value[k], c->value[k], g);
    }
    bound = tc_rw_table(rw, c, "theta");
    made = tc_rw_bank_of(rw, old, form, old->plane.chain, tc_form_add(rw->f, theta, bound));
    if (made)
        rw->plane[old->plane.id].wire = &made->plane;
}

struct tc_family *tc_pass_strength(struct tc_family *f, const struct tc_pass_options *options,
                                   struct tc_error *err)
{
    struct tc_rw *rw = tc_rw_open(f);

    (void)options;
    (void)err;
    for (unsigned k = 0; k < rw->nbank; k++) {
        const struct tc_bank *old = rw->f->bank[k], *b = tc_rw_bank(rw, old);
        struct tc_form v = tc_rw_fold(rw, b, tc_rw_value(rw, b));
        struct tc_cube c;

        if (tc_rw_constants(&v, &c)) {
            if (wires(&v))
                reduce(rw, old, b, &v, &c);
            else
                decide(rw, old, &c);
        }
        tc_cube_free(&c);
    }
    return tc_rw_close(rw, f);
}
