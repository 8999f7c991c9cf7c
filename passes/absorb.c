/* absorb.c -- gates that are forms already
 *
 * requires nothing; depth and gates fewer or equal; wires at most doubled where depth
 * does not fall; weights may grow
 *
 * A gate [V >= 0] whose V is -1 or 0, by its range, is V + 1: what reads the gate
 * reads that form.  One whose range does not contain both is a constant.
 */
#include "rewrite.h"

bool tc_absorb_stands(struct tc_rw *rw, const struct tc_bank *b, struct tc_form *form)
{
    struct tc_form v = tc_rw_fold(rw, b, tc_rw_value(rw, b));

    if (mpz_sgn(v.lo) >= 0 || mpz_sgn(v.hi) < 0) {
        *form = tc_form_si(rw->f, mpz_sgn(v.lo) >= 0);
        return true;
    }
    *form = tc_form_add(rw->f, v, tc_form_si(rw->f, 1));
    return mpz_cmp_si(v.lo, -1) >= 0 && mpz_sgn(v.hi) <= 0;
}

struct tc_family *tc_pass_absorb(struct tc_family *f, const struct tc_pass_options *options,
                                 struct tc_error *err)
{
    (void)options;
    (void)err;
    return tc_rw_replace_banks(f, tc_absorb_stands);
}
