/* prim_order.c -- comparisons of integers; the largest by comparisons of all pairs */
#include "prim_integer.h"

void il_compare(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    struct tc_form d = tc_form_sub(f, il_value(p, tc_axis_const(1)), il_value(p, tc_axis_const(0)));
    struct steps s = {.form = d};

    if (p->prim->op != TC_OP_EQ) { /* the gate is the result */
        tc_family_output(
            f, "y",
            &il_bank(p, p->prim->name, d, tc_form_si(f, p->prim->op == TC_OP_LT), "one comparison")
                 ->plane);
        return;
    }
    s.n = 2;
    s.at = tc_alloc(f->arena, 2, sizeof *s.at);
    s.at[0] = tc_mpz_si(f->arena, 0);
    s.at[1] = tc_mpz_si(f->arena, 1);
    s.value = tc_alloc(f->arena, 3, sizeof *s.value);
    s.value[1] = 1;
    {
        struct chain *c = tc_alloc(f->arena, 1, sizeof *c);

        *c = chain_new(&p->low, s, "eq", "T_eq", NULL, "at least, and above");
        il_output(p, "y", word_of_chain(&p->low, c, 1).bit);
    }
}

/* upper > lower */
static struct tc_guard below(struct prim_lowering *p, const struct tc_index *lower,
                             const struct tc_index *upper)
{
    struct tc_guard g = tc_guard_le(p->low.family->arena, lower, upper);

    g.expr.at.constant--;
    return g;
}

/* how many others operand i beats, less i: those after it that are not larger, less
 * those before it that are not smaller */
static struct tc_form wins(struct prim_lowering *p, const struct tc_bank *c,
                           const struct tc_index *i)
{
    struct tc_family *f = p->low.family;
    const struct tc_index *j = tc_index_new(f, "j", p->prim->terms, NULL);
    struct tc_axis up[2] = {tc_axis_of(f->arena, i), tc_axis_of(f->arena, j)};
    struct tc_axis down[2] = {up[1], up[0]};
    struct tc_guard after = below(p, i, j), before = below(p, j, i);
    struct tc_form x = tc_form_sum(f, tc_form_wire(f, &c->plane, up), 1, &j, 1, &after);

    return tc_form_sub(f, x, tc_form_sum(f, tc_form_wire(f, &c->plane, down), 1, &j, 1, &before));
}

static void max_of_many(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;
    const struct tc_prim *prim = p->prim;
    unsigned n = prim->terms, bits = prim->format.bits;
    const struct tc_index *ix[2] = {tc_index_new(f, "i", n, NULL), tc_index_new(f, "j", n, NULL)};
    int64_t *number = tc_alloc(f->arena, n + 1, sizeof *number), extent[2];
    struct tc_guard guard = below(p, ix[0], ix[1]);
    struct tc_axis at[2];
    struct tc_form x, beats;
    struct tc_bank *c;

    x = tc_form_sub(f, il_value(p, tc_axis_of(f->arena, ix[0])),
                    il_value(p, tc_axis_of(f->arena, ix[1])));
    c = tc_bank_new(f, "beats", x, NULL, tc_form_si(f, 0), true, 1, &guard, p->low.component,
                    "the earlier of a pair is at least as large");
    for (unsigned i = 0; i < n; i++)
        number[i] = i;
    if (prim->op != TC_OP_ARGMAX) { /* bit a of the number that beats all others */
        struct tc_index *i = tc_index_new(f, "i", n, NULL), *a = tc_index_new(f, "a", bits, NULL);
        const struct tc_index *sum = i;

        at[0] = tc_axis_of(f->arena, i);
        at[1] = tc_axis_of(f->arena, a);
        /* wins + i + bit >= n */
        beats = tc_form_add(f, wins(p, c, i), il_bit(p, at[0], at[1]));
        beats = tc_form_add(f, beats, tc_form_table(f, table_of(&p->low, "i", n, number), at));
        x = wire_of(&p->low, &il_bank(p, "best", beats, tc_form_si(f, n),
                                      "bits of the first largest, the others' are 0")
                                  ->plane);
        x = tc_form_sum(f, x, 1, &sum, 0, NULL);
        il_output(p, "y", claim(&p->low, x, 0, 1));
    }
    if (prim->op != TC_OP_MAX) { /* the first operand adds nothing to the place */
        const struct tc_format *r = &prim->result[prim->nresult - 1];
        struct tc_index *i = tc_index_new(f, "i", n - 1, NULL);
        struct tc_index *a = tc_index_new(f, "a", r->bits, NULL), *k;
        const struct tc_index *sum = i;
        int64_t *digit = tc_alloc(f->arena, (size_t)(n - 1) * r->bits, sizeof *digit);

        p->low.component = prim->name;
        k = tc_index_new(f, "i", n, NULL);
        beats = tc_form_add(f, wins(p, c, k),
                            tc_form_table(f, table_of(&p->low, "i", n, number),
                                          (struct tc_axis[1]){tc_axis_of(f->arena, k)}));
        beats = tc_form_subst(f, beats, k, tc_axis_plus(f->arena, tc_axis_const(1), 1, i));
        x = wire_of(&p->low, &il_bank(p, "first", beats, tc_form_si(f, n - 1),
                                      "operand i + 1 is the first largest")
                                  ->plane);
        for (unsigned m = 0; m + 1 < n; m++)
            for (unsigned b = 0; b < r->bits; b++)
                digit[m * r->bits + b] = ((m + 1) >> b) & 1;
        extent[0] = n - 1;
        extent[1] = r->bits;
        at[0] = tc_axis_of(f->arena, i);
        at[1] = tc_axis_of(f->arena, a);
        x = tc_form_times(f, x, tc_table_dense(f, "digit", 2, extent, digit), at);
        x = tc_form_sum(f, x, 1, &sum, 0, NULL);
        il_output(p, "place", claim(&p->low, x, 0, 1));
    }
}

/* of one operand: it is the largest, and first */
static void max_of_one(struct prim_lowering *p)
{
    struct tc_family *f = p->low.family;

    if (p->prim->op != TC_OP_ARGMAX) {
        struct tc_index *a = tc_index_new(f, "a", p->prim->format.bits, NULL);

        il_output(p, "y", il_bit(p, tc_axis_const(0), tc_axis_of(f->arena, a)));
    }
    if (p->prim->op != TC_OP_MAX) {
        struct tc_index *a = tc_index_new(f, "a", 1, NULL);
        struct tc_axis at = tc_axis_of(f->arena, a);
        int64_t zero = 0;

        il_output(p, "place", tc_form_table(f, table_of(&p->low, "zero", 1, &zero), &at));
    }
}

void il_max(struct prim_lowering *p)
{
    if (p->prim->terms > 1)
        max_of_many(p);
    else
        max_of_one(p);
}
