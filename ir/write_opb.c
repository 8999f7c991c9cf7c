/* write_opb.c -- OPB, the pseudo-Boolean format of the competitions
 *
 * Gate y = [sum w x >= t], where the sum lies in m..M, is two constraints:
 *
 *   y = 1 forces the sum up         sum w x + (m - t) y >= m
 *   y = 0 keeps it below t         -sum w x + (M - t + 1) y >= 1 - t
 *
 * Given the inputs, propagation gate by gate finds the one assignment that
 * satisfies all.  Wire w is variable x(w+1). */
#include "exchange.h"

struct opb {
    struct tc_out o;
    struct tc_sum sum;
    mpz_t lo, hi, t, y, z;
};

static void write_term(struct opb *b, mpz_srcptr w, tc_wire x)
{
    if (mpz_sgn(w) >= 0)
        tc_out_char(&b->o, '+');
    tc_out_mpz(&b->o, w);
    tc_out_puts(&b->o, " x");
    tc_out_unsigned(&b->o, (uint64_t)x + 1);
    tc_out_char(&b->o, ' ');
}

/* +-sum + b->y gate >= bound; one without terms holds by itself and is not written */
static void write_constraint(struct opb *b, bool negative, tc_wire gate, mpz_srcptr bound)
{
    if (b->sum.n == 0 && mpz_sgn(b->y) == 0)
        return;
    for (size_t i = 0; i < b->sum.n; i++) {
        if (negative)
            mpz_neg(b->z, b->sum.weight[i]);
        write_term(b, negative ? b->z : b->sum.weight[i], b->sum.var[i]);
    }
    if (mpz_sgn(b->y) != 0)
        write_term(b, b->y, gate);
    tc_out_puts(&b->o, ">= ");
    tc_out_mpz(&b->o, bound);
    tc_out_puts(&b->o, " ;\n");
}

static void write_gate(struct opb *b, tc_wire gate)
{
    mpz_sub(b->y, b->lo, b->t);
    write_constraint(b, false, gate, b->lo);
    mpz_sub(b->y, b->hi, b->t);
    mpz_add_ui(b->y, b->y, 1);
    mpz_ui_sub(b->t, 1, b->t);
    write_constraint(b, true, gate, b->t);
}

/* the largest number of bits in a constraint's sum of absolute values, which is
 * what the format's `intsize` means, and how many constraints there are */
static size_t look(struct opb *b, const struct tc_netlist *nl, uint64_t *constraints)
{
    size_t most = 0;

    *constraints = 0;
    for (uint32_t r = 0; r < nl->nrows; r++) {
        tc_sum_row(&b->sum, nl, r);
        tc_sum_range(&b->sum, b->lo, b->hi);
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
            size_t bits;

            tc_weight_get(nl, nl->bound[g], b->t);
            /* without terms: of a constant y, one of the two may be missing */
            *constraints += b->sum.n == 0 && (mpz_sgn(b->t) == 0 || mpz_cmp_ui(b->t, 1) == 0)
                                ? 1
                                : 2;
            mpz_abs(b->t, b->t);
            mpz_add(b->t, b->t, b->hi);
            mpz_sub(b->t, b->t, b->lo);
            mpz_mul_2exp(b->t, b->t, 1);
            mpz_add_ui(b->t, b->t, 1);
            bits = mpz_sizeinbase(b->t, 2);
            most = bits > most ? bits : most;
        }
    }
    return most;
}

static void write_head(struct opb *b, const struct tc_netlist *nl, const struct tc_labels *l,
                       bool goal)
{
    uint64_t constraints;
    size_t bits = look(b, nl, &constraints);

    tc_out_puts(&b->o, "* #variable= ");
    tc_out_unsigned(&b->o, (uint64_t)nl->ninputs + nl->ngates);
    tc_out_puts(&b->o, " #constraint= ");
    tc_out_unsigned(&b->o, constraints + goal);
    tc_out_puts(&b->o, "\n* circuit ");
    tc_out_puts(&b->o, l->model);
    tc_out_puts(&b->o, ", written by tc0c; two constraints a gate, wire w is x(w+1)\n"
                       "* sums of absolute values in a constraint have at most ");
    tc_out_unsigned(&b->o, bits);
    tc_out_puts(&b->o, bits > 31 ? " bits: the solver must have big integers, or 64 bits\n"
                                 : " bits\n");
    for (uint32_t i = 0; i < nl->ninputs; i++) {
        tc_out_puts(&b->o, "* input ");
        tc_out_input(&b->o, l, i);
        tc_out_puts(&b->o, " x");
        tc_out_unsigned(&b->o, (uint64_t)i + 1);
        tc_out_char(&b->o, '\n');
    }
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_puts(&b->o, "* output ");
        tc_out_output(&b->o, l, k);
        tc_out_puts(&b->o, " x");
        tc_out_unsigned(&b->o, (uint64_t)nl->output[k] + 1);
        tc_out_char(&b->o, '\n');
    }
}

size_t tc_opb_bits(const struct tc_netlist *nl)
{
    struct opb b = {0};
    uint64_t constraints;
    size_t bits;

    mpz_inits(b.lo, b.hi, b.t, b.y, b.z, NULL);
    bits = look(&b, nl, &constraints);
    tc_sum_free(&b.sum);
    mpz_clears(b.lo, b.hi, b.t, b.y, b.z, NULL);
    return bits;
}

bool tc_write_opb(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                  struct tc_error *err)
{
    struct opb b = {0};
    struct tc_labels l;
    bool goal = x && x->goal;

    (void)err;
    mpz_inits(b.lo, b.hi, b.t, b.y, b.z, NULL);
    tc_out_open(&b.o, f);
    tc_labels_open(&l, nl, x, false);
    tc_progress_start("writing constraints", nl->ngates);
    write_head(&b, nl, &l, goal);
    for (uint32_t r = 0; !b.o.failed && r < nl->nrows; r++) {
        tc_sum_row(&b.sum, nl, r);
        tc_sum_range(&b.sum, b.lo, b.hi);
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++) {
            tc_weight_get(nl, nl->bound[g], b.t);
            write_gate(&b, nl->ninputs + g);
        }
        tc_progress_tick(nl->gate[r + 1]);
    }
    if (goal) {
        tc_out_puts(&b.o, "+1 x");
        tc_out_unsigned(&b.o, (uint64_t)nl->output[0] + 1);
        tc_out_puts(&b.o, " >= 1 ;\n");
    }
    tc_progress_end();
    tc_labels_close(&l);
    tc_sum_free(&b.sum);
    mpz_clears(b.lo, b.hi, b.t, b.y, b.z, NULL);
    return tc_out_close(&b.o);
}
