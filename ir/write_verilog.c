/* write_verilog.c -- structural Verilog of 1995: one `assign` a gate
 *
 * A row's sum is unsigned and exact: a negative weight counts where its wire is
 * 0, which adds a constant to the thresholds, and the width is that of the
 * greatest value.  Terms stand 16 to a statement, and so do partial sums, so no
 * expression is too deep for a parser.  ANDs and ORs are reductions of a
 * concatenation.  A wire is negated by ! and never by ~, whose result would be as
 * wide as the sum. */
#include "exchange.h"

#include <stdlib.h>

#define ARITY 16

struct verilog {
    struct tc_out o;
    struct tc_labels l;
    struct tc_sum sum;
    unsigned long npartial; /* names s0, s1, ... given out */
    mpz_t offset, total, least, t, z;
};

static void write_list(struct verilog *v, bool outputs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i || outputs)
            tc_out_puts(&v->o, i % 8 ? ", " : ",\n    ");
        if (outputs)
            tc_out_output(&v->o, &v->l, i);
        else
            tc_out_input(&v->o, &v->l, i);
    }
}

static void declare(struct verilog *v, const char *kind, bool outputs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        tc_out_puts(&v->o, kind);
        if (outputs)
            tc_out_output(&v->o, &v->l, i);
        else
            tc_out_input(&v->o, &v->l, i);
        tc_out_puts(&v->o, ";\n");
    }
}

/* WIDTH'hVALUE */
static void constant(struct verilog *v, size_t width, mpz_srcptr value)
{
    char *s = mpz_get_str(NULL, 16, value);

    tc_out_unsigned(&v->o, width);
    tc_out_puts(&v->o, "'h");
    tc_out_puts(&v->o, s);
    free(s);
}

static void literal(struct verilog *v, size_t i)
{
    if (mpz_sgn(v->sum.weight[i]) < 0)
        tc_out_char(&v->o, '!');
    tc_out_wire(&v->o, &v->l, v->sum.var[i]);
}

static void term(struct verilog *v, size_t i, size_t width)
{
    mpz_abs(v->z, v->sum.weight[i]);
    if (mpz_cmp_ui(v->z, 1) == 0) {
        literal(v, i);
        return;
    }
    tc_out_char(&v->o, '(');
    literal(v, i);
    tc_out_puts(&v->o, " ? ");
    constant(v, width, v->z);
    tc_out_puts(&v->o, " : ");
    mpz_set_ui(v->z, 0);
    constant(v, width, v->z);
    tc_out_char(&v->o, ')');
}

static void begin_partial(struct verilog *v, size_t width)
{
    tc_out_puts(&v->o, "wire [");
    tc_out_unsigned(&v->o, width - 1);
    tc_out_puts(&v->o, ":0] s");
    tc_out_unsigned(&v->o, v->npartial++);
    tc_out_puts(&v->o, " =");
}

/* the row's sum as a wire, the last partial sum made */
static void write_sum(struct verilog *v, size_t width)
{
    unsigned long from = v->npartial, to;

    for (size_t i = 0; i < v->sum.n; i++) {
        if (i % ARITY == 0)
            begin_partial(v, width);
        tc_out_puts(&v->o, i % ARITY ? " + " : " ");
        term(v, i, width);
        if (i % ARITY == ARITY - 1 || i + 1 == v->sum.n)
            tc_out_puts(&v->o, ";\n");
    }
    for (to = v->npartial; to - from > 1; from = to, to = v->npartial)
        for (unsigned long s = from; s < to; s++) {
            if ((s - from) % ARITY == 0)
                begin_partial(v, width);
            tc_out_puts(&v->o, (s - from) % ARITY ? " + s" : " s");
            tc_out_unsigned(&v->o, s);
            if ((s - from) % ARITY == ARITY - 1 || s + 1 == to)
                tc_out_puts(&v->o, ";\n");
        }
}

static void reduction(struct verilog *v, char operator)
{
    tc_out_char(&v->o, operator);
    tc_out_char(&v->o, '{');
    for (size_t i = 0; i < v->sum.n; i++) {
        if (i)
            tc_out_puts(&v->o, i % ARITY ? ", " : ",\n    ");
        literal(v, i);
    }
    tc_out_char(&v->o, '}');
}

/* A gate with threshold v->t in positive form: 0 or 1, &, | or a comparison.
 * False if it needs the sum, where there is none. */
static bool write_gate(struct verilog *v, tc_wire gate, size_t width, bool has_sum)
{
    char form = '+';

    mpz_sub(v->z, v->total, v->least);
    if (mpz_sgn(v->t) <= 0)
        form = '1';
    else if (mpz_cmp(v->t, v->total) > 0)
        form = '0';
    else if (mpz_cmp(v->t, v->least) <= 0)
        form = '|';
    else if (mpz_cmp(v->t, v->z) > 0)
        form = '&';
    if (form == '+' && !has_sum)
        return false;
    tc_out_puts(&v->o, "wire ");
    tc_out_wire(&v->o, &v->l, gate);
    tc_out_puts(&v->o, " = ");
    if (form == '+') {
        tc_out_char(&v->o, 's');
        tc_out_unsigned(&v->o, v->npartial - 1);
        tc_out_puts(&v->o, " >= ");
        constant(v, width, v->t);
    } else if (form == '0' || form == '1') {
        tc_out_puts(&v->o, "1'b");
        tc_out_char(&v->o, form);
    } else {
        reduction(v, form);
    }
    tc_out_puts(&v->o, ";\n");
    return true;
}

static void write_row(struct verilog *v, const struct tc_netlist *nl, uint32_t row)
{
    bool has_sum = false;
    size_t width;

    tc_sum_row(&v->sum, nl, row);
    tc_sum_range(&v->sum, v->offset, v->total);
    mpz_sub(v->total, v->total, v->offset);
    for (size_t i = 0; i < v->sum.n; i++)
        if (i == 0 || mpz_cmpabs(v->sum.weight[i], v->least) < 0)
            mpz_abs(v->least, v->sum.weight[i]);
    width = mpz_sizeinbase(v->total, 2);
    for (uint32_t g = nl->gate[row]; g < nl->gate[row + 1]; g++)
        for (;;) {
            tc_weight_get(nl, nl->bound[g], v->t);
            mpz_sub(v->t, v->t, v->offset);
            if (write_gate(v, nl->ninputs + g, width, has_sum))
                break;
            write_sum(v, width);
            has_sum = true;
        }
}

bool tc_write_verilog(FILE *f, const struct tc_netlist *nl, const struct tc_export *x,
                      struct tc_error *err)
{
    struct verilog v = {0};

    (void)err;
    mpz_inits(v.offset, v.total, v.least, v.t, v.z, NULL);
    tc_out_open(&v.o, f);
    tc_labels_open(&v.l, nl, x, true);
    tc_progress_start("writing gates", nl->ngates);
    /* a name of its own, which no port can have and no key word is */
    tc_out_puts(&v.o, "// written by tc0c; gN is the gate at wire N\nmodule \\");
    tc_out_puts(&v.o, v.l.model);
    tc_out_puts(&v.o, " (");
    write_list(&v, false, nl->ninputs);
    write_list(&v, true, nl->noutputs);
    tc_out_puts(&v.o, ");\n");
    declare(&v, "input ", false, nl->ninputs);
    declare(&v, "output ", true, nl->noutputs);
    for (uint32_t r = 0; !v.o.failed && r < nl->nrows; r++) {
        write_row(&v, nl, r);
        tc_progress_tick(nl->gate[r + 1]);
    }
    for (uint32_t k = 0; k < nl->noutputs; k++) {
        tc_out_puts(&v.o, "assign ");
        tc_out_output(&v.o, &v.l, k);
        tc_out_puts(&v.o, " = ");
        tc_out_wire(&v.o, &v.l, nl->output[k]);
        tc_out_puts(&v.o, ";\n");
    }
    tc_out_puts(&v.o, "endmodule\n");
    tc_progress_end();
    tc_labels_close(&v.l);
    tc_sum_free(&v.sum);
    mpz_clears(v.offset, v.total, v.least, v.t, v.z, NULL);
    return tc_out_close(&v.o);
}
