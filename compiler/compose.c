/* compose.c -- operations out of operations; see compose.h */
#include "compose.h"
#include "prim_integer.h"

#include <assert.h>
#include <string.h>

struct steps_of steps_open(struct fl *l, unsigned n)
{
    return (struct steps_of){l, tc_index_new(l->low.family, "j", n, NULL)};
}

struct step_word steps_input(struct steps_of *s)
{
    return (struct step_word){.bits = s->l->x, .over = true};
}

/* ---------------------------------------------------------------------- stand-ins
 *
 * The step's banks are those from `first` on; `standin` is the plane [i, a] that they take
 * for the operands' words. */

struct move {
    struct steps_of *s;
    const struct step *step;
    const struct tc_plane *standin;
    unsigned first;
    bool *over; /* of the step's banks: they have j as their first axis */
};

static struct tc_arena *arena_of(const struct move *m)
{
    return m->s->l->low.family->arena;
}

/* the word's wire in place of operand at[0]'s bit at[1] */
static void read_word(const struct move *m, struct tc_term *t)
{
    unsigned width = tc_format_width(m->s->l->f), n = 0;
    struct tc_axis *at = tc_alloc(arena_of(m), 3, sizeof *at);
    const struct step_word *w = &m->step->operand[0];
    int64_t least, most;

    if (!m->step->terms) {
        assert(!t->at[0].via && t->at[0].at.n == 0);
        w = &m->step->operand[t->at[0].at.constant];
    }
    if (w->over)
        at[n++] = m->step->terms ? t->at[0] : tc_axis_of(arena_of(m), m->s->j);
    tc_axis_range(&t->at[1], &least, &most);
    assert(!w->sign || most < width - 1 || least == width - 1);
    t->plane = w->sign && least == width - 1 ? w->sign : w->bits;
    if (t->plane != w->sign)
        at[n++] = t->at[1];
    t->at = at;
}

/* j before the axes of what has it as an axis now */
static void read_bank(const struct move *m, struct tc_term *t)
{
    const struct tc_family *f = m->s->l->low.family;
    unsigned k = t->plane->id - f->ninput, n = tc_plane_axes(t->plane);
    struct tc_axis *at = tc_alloc(arena_of(m), n, sizeof *at);

    if (t->plane->bank == NULL || k < m->first || !m->over[k - m->first])
        return;
    at[0] = tc_axis_of(arena_of(m), m->s->j);
    memcpy(at + 1, t->at, (n - 1) * sizeof *at); /* n counts j already */
    t->at = at;
}

/* true: some term reads j */
static bool moved(const struct move *m, struct tc_form *x)
{
    struct tc_term *term = tc_alloc(arena_of(m), x->nterm ? x->nterm : 1, sizeof *term);
    bool over = false;

    if (x->nterm)
        memcpy(term, x->term, x->nterm * sizeof *term);
    for (unsigned k = 0; k < x->nterm; k++) {
        if (term[k].plane == m->standin)
            read_word(m, &term[k]);
        else if (term[k].plane)
            read_bank(m, &term[k]);
        over = over || tc_term_reads(&term[k], m->s->j);
    }
    x->term = term;
    return over;
}

static void move_bank(struct move *m, struct tc_bank *b, unsigned k)
{
    struct tc_plane *p = &b->plane;
    bool form = moved(m, &b->form), theta = moved(m, &b->theta);
    unsigned high = tc_form_level(&b->form), level = tc_form_level(&b->theta);

    m->over[k] = form || theta;
    p->name = tc_sprintf(arena_of(m), "%s.%s", m->step->name, p->name);
    p->level = 1 + (high > level ? high : level);
    b->component = m->step->name;
    if (m->over[k]) {
        const struct tc_index **axis = tc_alloc(arena_of(m), p->naxis + 1, sizeof *axis);

        axis[0] = m->s->j;
        memcpy(axis + 1, p->axis, p->naxis * sizeof *axis);
        p->axis = axis;
        p->naxis++;
    }
}

static const struct tc_plane *standin(struct steps_of *s, unsigned n)
{
    struct tc_family *f = s->l->low.family;
    struct tc_plane *p = tc_alloc(f->arena, 1, sizeof *p);

    p->name = "operand";
    p->naxis = 2;
    p->axis = tc_alloc(f->arena, 2, sizeof *p->axis);
    p->axis[0] = tc_index_new(f, "i", n, NULL);
    p->axis[1] = tc_index_new(f, "a", tc_format_width(s->l->f), NULL);
    return p;
}

/* ------------------------------------------------------------------------- steps */

static bool is_unary(enum tc_op op)
{
    return op >= TC_OP_SQRT && op <= TC_OP_ABS;
}

static bool lower_step(const struct steps_of *s, const struct step *step, struct fl *l)
{
    struct prim_lowering *p;

    if (l->f->kind == TC_FLOAT)
        return step->op == TC_OP_SUM ? fl_arith_many(l, FL_ANY_PLACES, step->divide) : fl_lower(l);
    p = tc_alloc(l->low.family->arena, 1, sizeof *p); /* chains keep it */
    *p = (struct prim_lowering){.low = l->low, .prim = l->prim, .x = l->x};
    return il_lower_step(p, step->divide, s->l->prim->op == TC_OP_NORM);
}

bool steps_take(struct steps_of *s, const struct step *step, struct step_word *result)
{
    struct tc_family *f = s->l->low.family;
    unsigned n = step->terms ? step->terms : is_unary(step->op) ? 1 : 2, output = f->noutput;
    struct tc_prim prim = *s->l->prim;
    struct tc_options options = *prim.options;
    struct move m = {.s = s, .step = step, .standin = standin(s, n), .first = f->nbank};
    struct fl l = *s->l;

    options.regime = TC_REGIME_ARITHMETIC;
    prim.op = step->op;
    prim.format = prim.result[0] = *s->l->f;
    prim.nresult = 1;
    prim.terms = step->terms;
    prim.noperand = n;
    prim.nconst = 0;
    prim.options = &options;
    l.prim = &prim;
    l.low.options = &options;
    l.x = m.standin;
    if (!lower_step(s, step, &l))
        return false;
    m.over = tc_alloc(f->arena, f->nbank - m.first, sizeof *m.over);
    for (unsigned k = m.first; k < f->nbank; k++)
        move_bank(&m, f->bank[k], k - m.first);
    *result = (struct step_word){.bits = f->output[output].plane};
    if (f->noutput > output + 1)
        result->sign = f->output[output + 1].plane;
    result->over = result->bits->naxis && result->bits->axis[0] == s->j;
    f->noutput = output;
    return true;
}

struct tc_form steps_bit(struct steps_of *s, const struct step_word *w, const struct tc_index *a)
{
    struct fl *l = s->l;
    struct tc_family *f = l->low.family;
    unsigned width = tc_format_width(l->f);
    int64_t *row = tc_alloc(f->arena, width, sizeof *row);
    int64_t *low = tc_alloc(f->arena, width, sizeof *low);
    int64_t *high = tc_alloc(f->arena, width, sizeof *high);
    struct tc_axis here = tc_axis_of(f->arena, a), at[2] = {tc_axis_of(f->arena, s->j), here};
    struct tc_form x, y;

    if (!w->over) { /* the same word everywhere */
        int64_t *one = tc_alloc(f->arena, (size_t)s->j->extent, sizeof *one);

        assert(!w->sign);
        for (int64_t k = 0; k < s->j->extent; k++)
            one[k] = 1;
        return tc_form_times(f, tc_form_wire(f, w->bits, &here),
                             table_of(&l->low, "one", (unsigned)s->j->extent, one), at);
    }
    if (!w->sign)
        return tc_form_wire(f, w->bits, at);
    for (unsigned k = 0; k < width; k++) {
        high[k] = k + 1 == width;
        low[k] = !high[k];
        row[k] = high[k] ? 0 : k;
    }
    at[1] = (struct tc_axis){.via = table_of(&l->low, "row", width, row), .arg = here.at};
    x = tc_form_wire(f, w->bits, at);
    x = tc_form_times(f, x, table_of(&l->low, "bits", width, low), &here);
    y = tc_form_times(f, tc_form_wire(f, w->sign, at), table_of(&l->low, "sign", width, high),
                      &here);
    return claim(&l->low, tc_form_add(f, x, y), 0, 1);
}
