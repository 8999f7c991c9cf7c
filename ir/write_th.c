/* write_th.c -- .th, the format of threABC: a gate is a line of names and a line
 * of weights with the threshold behind them
 *
 * The first gates are buffers, one an output, as its reader wants them.  The
 * numbers are 32 bits wide there and wrap without a word, so larger ones are
 * refused here. */
#include "exchange.h"

#include <limits.h>

static bool fits(mpz_srcptr z, const char *what, tc_wire gate, struct tc_error *err)
{
    if (mpz_cmp_si(z, INT32_MAX) <= 0 && mpz_cmp_si(z, INT32_MIN) >= 0)
        return true;
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                   "gate %u has a %s of %zu bits; .th holds 32 bits with the sign", gate, what,
                   mpz_sizeinbase(z, 2) + 1);
}

static bool write_gate(struct tc_out *o, const struct tc_labels *l, const struct tc_sum *s,
                       tc_wire gate, mpz_srcptr bound, struct tc_error *err)
{
    if (!fits(bound, "threshold", gate, err))
        return false;
    tc_out_puts(o, ".threshold");
    for (size_t i = 0; i < s->n; i++) {
        if (!fits(s->weight[i], "weight", gate, err))
            return false;
        tc_out_char(o, ' ');
        tc_out_wire(o, l, s->var[i]);
    }
    if (s->n == 0) /* every gate has a fan-in: the constant, forwards or inverted */
        tc_out_puts(o, " CONST1");
    tc_out_char(o, ' ');
    tc_out_wire(o, l, gate);
    tc_out_char(o, '\n');
    for (size_t i = 0; i < s->n; i++) {
        tc_out_mpz(o, s->weight[i]);
        tc_out_char(o, ' ');
    }
    if (s->n == 0)
        tc_out_puts(o, mpz_sgn(bound) <= 0 ? "1 1" : "-1 0");
    else
        tc_out_mpz(o, bound);
    tc_out_char(o, '\n');
    return true;
}

bool tc_write_th(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                 struct tc_error *err)
{
    struct tc_labels l;
    struct tc_sum s = {0};
    struct tc_out o;
    bool ok = true;
    mpz_t bound;

    mpz_init(bound);
    tc_out_open(&o, f);
    tc_labels_open(&l, nl, x, false);
    tc_progress_start("writing gates", nl->ngates);
    tc_out_puts(&o, "# threshold gates, written by tc0c\n.model ");
    tc_out_puts(&o, l.model);
    tc_out_puts(&o, "\n.inputs");
    for (uint32_t i = 0; i < nl->ninputs; i++) {
        tc_out_char(&o, ' ');
        tc_out_input(&o, &l, i);
    }
    tc_out_puts(&o, "\n.outputs");
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_char(&o, ' ');
        tc_out_output(&o, &l, k);
    }
    tc_out_char(&o, '\n');
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_puts(&o, ".threshold ");
        tc_out_wire(&o, &l, nl->output[k]);
        tc_out_char(&o, ' ');
        tc_out_output(&o, &l, k);
        tc_out_puts(&o, "\n1 1\n");
    }
    for (uint32_t r = 0; ok && !o.failed && r < nl->nrows; r++) {
        tc_sum_row(&s, nl, r);
        for (uint32_t g = nl->gate[r]; ok && g < nl->gate[r + 1]; g++) {
            tc_weight_get(nl, nl->bound[g], bound);
            ok = write_gate(&o, &l, &s, nl->ninputs + g, bound, err);
        }
        tc_progress_tick(nl->gate[r + 1]);
    }
    tc_progress_end();
    tc_labels_close(&l);
    tc_sum_free(&s);
    mpz_clear(bound);
    return tc_out_close(&o) && ok;
}
