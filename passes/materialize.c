/* materialize.c -- what is read off a chain by many gates becomes bits, where there is a layer
 *
 * requires nothing; outputs and depth kept; gates and wires together fewer; gates grow by bits
 *
 * sum over t of w(t) g(t), over a monotone chain, is h(m), the sum of the first m weights, where m
 * of the gates are 1.  It takes values least + unit * k, 0 <= k < 2^K.  Bit a of k is a function of
 * m, and so one gate that reads the chain where the bit changes; readers have least + unit * (the
 * sum of 2^a times bit a): K wires in place of one a weight that is not 0.  That is one level more
 * between the chain and the readers: of these all are changed whose level may be the chain's plus 2
 * while the depth stays.  w may have more arguments: each entry has bits of its own.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ reading */

const struct tc_index *tc_rw_chain_sum(const struct tc_term *x)
{
    const struct tc_plane *p = x->plane;
    const struct tc_axis *at = p && p->chain && p->bank->monotone ? &x->at[p->naxis] : NULL;
    const struct tc_index *t = NULL;

    if (!at || at->via || at->at.n != 1 || at->at.constant || at->at.part[0].coef != 1)
        return NULL;
    for (unsigned k = 0; k < x->nsum; k++)
        if (x->sum[k] == at->at.part[0].ix)
            t = x->sum[k];
    if (!t || t->extent != p->chain->extent)
        return NULL;
    for (unsigned k = 0; k < p->naxis; k++)
        if (tc_axis_reads(&x->at[k], t))
            return NULL;
    for (unsigned k = 0; k < x->nguard; k++)
        if (tc_axis_reads(&x->guard[k].expr, t))
            return NULL;
    for (unsigned k = 0; k < p->bank->nguard; k++)
        if (tc_axis_reads(&p->bank->guard[k].expr, p->chain))
            return NULL;
    for (unsigned k = 0; k < x->nfactor; k++) {
        const struct tc_factor *y = &x->factor[k];
        unsigned lone = 0;

        for (unsigned r = 0; r < y->table->rank; r++) {
            const struct tc_axis *a = &y->at[r];

            if (!tc_axis_reads(a, t))
                continue;
            if (y->table->fn || a->via || a->at.n != 1 || a->at.constant ||
                a->at.part[0].coef != 1 || lone++)
                return NULL;
        }
    }
    return t;
}

/* the same weights along the chain, whatever the place and the other arguments */
static bool alike(const struct tc_term *x, const struct tc_index *t, const struct tc_term *y,
                  const struct tc_index *u)
{
    unsigned i = 0, k = 0;

    for (;; i++, k++) {
        while (i < x->nfactor && !tc_factor_reads(&x->factor[i], t))
            i++;
        while (k < y->nfactor && !tc_factor_reads(&y->factor[k], u))
            k++;
        if (i == x->nfactor || k == y->nfactor)
            return i == x->nfactor && k == y->nfactor;
        if (!tc_table_equal(x->factor[i].table, y->factor[k].table))
            return false;
        for (unsigned r = 0; r < x->factor[i].table->rank; r++)
            if (tc_axis_reads(&x->factor[i].at[r], t) != tc_axis_reads(&y->factor[k].at[r], u))
                return false;
    }
}

/* --------------------------------------------------------------------- bits */

/* h(m) as numbers k from 0 on, m from 0 to length: k = (h(m) - least) / unit, in place of the
 * weights, and k of no gate; returns the largest */
static unsigned long ranks(struct tc_cube *c, size_t length, struct tc_cube *first,
                           struct tc_cube *least, mpz_ptr unit)
{
    unsigned long most = 0;
    mpz_t h;

    mpz_init(h);
    for (size_t i = 0; i < c->size; i++)
        mpz_gcd(unit, unit, c->value[i]);
    for (size_t row = 0; row < least->size && mpz_sgn(unit); row++) {
        mpz_set_ui(h, 0);
        for (size_t t = 0; t < length; t++) {
            mpz_add(h, h, c->value[row * length + t]);
            mpz_set(c->value[row * length + t], h);
            if (mpz_cmp(h, least->value[row]) < 0)
                mpz_set(least->value[row], h);
        }
        for (size_t t = 0; t <= length; t++) {
            mpz_ptr v = t ? c->value[row * length + t - 1] : first->value[row];

            mpz_sub(v, v, least->value[row]);
            mpz_divexact(v, v, unit);
            if (mpz_cmp_ui(v, most) > 0)
                most = mpz_fits_ulong_p(v) ? mpz_get_ui(v) : ULONG_MAX;
        }
    }
    mpz_clear(h);
    return most;
}

/* the gates: bit a of k, over the chain */
static struct tc_form bit_form(struct tc_rw *rw, const struct tc_plane *p, struct tc_cube *c,
                               const struct tc_index *t, struct tc_cube *first, unsigned width,
                               const struct tc_index *digit)
{
    struct tc_family *f = rw->f;
    struct tc_term *term = tc_alloc(f->arena, 2, sizeof *term);
    struct tc_form form = {1, term, tc_mpz_si(f->arena, 0), tc_mpz_si(f->arena, 1)};
    const struct tc_index *ix[TC_RW_INDICES];
    const struct tc_index **sum = tc_alloc(f->arena, 1, sizeof *sum);
    size_t length = (size_t)t->extent;
    struct tc_cube step = {0}, base = {0};

    memcpy(ix, c->ix, c->n * sizeof *ix);
    ix[c->n] = digit;
    term[0] = tc_rw_wire(rw, p).term[0];
    term[0].at[p->naxis] = tc_axis_of(f->arena, t);
    sum[0] = t;
    term[0].sum = sum;
    term[0].nsum = 1;
    term[1].coef = tc_mpz_si(f->arena, 1);
    if (tc_cube_new(&step, c->n + (digit != NULL), ix)) {
        ix[c->n - 1] = digit;
        tc_cube_new(&base, c->n - 1 + (digit != NULL), ix);
        for (size_t i = 0; i < step.size; i++) {
            size_t a = i % width, at = i / width;
            mpz_srcptr to = c->value[at];
            mpz_srcptr from = at % length ? c->value[at - 1] : first->value[at / length];

            mpz_set_si(step.value[i], mpz_tstbit(to, a) - mpz_tstbit(from, a));
        }
        for (size_t i = 0; i < base.size; i++)
            mpz_set_si(base.value[i], mpz_tstbit(first->value[i / width], i % width));
        form.nterm = tc_cube_factor(f, &step, "bit", &term[0]);
        form.nterm += tc_cube_factor(f, &base, "bit", &term[form.nterm]);
    } else {
        form.nterm = 0;
    }
    tc_cube_free(&step);
    tc_cube_free(&base);
    return form;
}

/* least + unit * sum of 2^a bits, at the indices of the plane and the arguments */
static struct tc_form value_form(struct tc_rw *rw, const struct tc_plane *bits, unsigned width,
                                 const struct tc_index *digit, mpz_srcptr unit,
                                 struct tc_cube *least)
{
    struct tc_family *f = rw->f;
    struct tc_term *term = tc_alloc(f->arena, 2, sizeof *term);
    struct tc_form form = {1, term, NULL, NULL};
    struct tc_cube power = {0};

    term[0] = tc_rw_wire(rw, bits).term[0];
    term[0].coef = unit;
    if (digit) {
        const struct tc_index **sum = tc_alloc(f->arena, 1, sizeof *sum);

        sum[0] = digit;
        term[0].sum = sum;
        term[0].nsum = 1;
        tc_cube_new(&power, 1, &digit);
        for (unsigned a = 0; a < width; a++)
            mpz_setbit(power.value[a], a);
        tc_cube_factor(f, &power, "power", &term[0]);
        tc_cube_free(&power);
    }
    term[1].coef = tc_mpz_si(f->arena, 1);
    form.nterm += tc_cube_factor(f, least, "least", &term[1]);
    return form;
}

/* The n tables of a sum along the chain, over indices of their own: one for each argument, and
 * behind these one for the chain.  False if they are too many. */
static bool own_tables(struct tc_rw *rw, const struct tc_term *x, const struct tc_index *t,
                       struct tc_rw_bits *out, struct tc_factor *factor, unsigned *n,
                       const struct tc_index **own)
{
    const struct tc_index *chain = x->plane->chain;

    *n = 0;

    for (unsigned k = 0; k < x->nfactor; k++) {
        const struct tc_factor *y = &x->factor[k];

        if (!tc_factor_reads(y, t))
            continue;
        if (*n == TC_RW_INDICES || out->narg + y->table->rank >= TC_RW_INDICES)
            return false;
        factor[*n] = *y;
        factor[*n].at = tc_alloc(rw->f->arena, y->table->rank, sizeof *factor[*n].at);
        for (unsigned r = 0; r < y->table->rank; r++) {
            const struct tc_affine *at = &y->at[r].at;
            bool lone = !y->at[r].via && at->n == 1 && at->constant == 0 && at->part[0].coef == 1 &&
                        at->part[0].ix->extent == y->table->extent[r];

            factor[*n].at[r] = y->at[r];
            if (tc_axis_reads(&y->at[r], t))
                continue;
            out->arg[out->narg] =
                tc_index_new(rw->f, lone ? at->part[0].ix->name : "e", y->table->extent[r],
                             lone ? at->part[0].ix->size : NULL);
            factor[*n].at[r] = tc_axis_of(rw->f->arena, out->arg[out->narg++]);
        }
        ++*n;
    }
    *own = tc_index_new(rw->f, chain->name, chain->extent, chain->size);
    for (unsigned k = 0; k < *n; k++)
        for (unsigned r = 0; r < factor[k].table->rank; r++)
            if (tc_axis_reads(&factor[k].at[r], t))
                factor[k].at[r] = tc_axis_of(rw->f->arena, *own);
    return true;
}

bool tc_rw_bits_new(struct tc_rw *rw, const struct tc_term *x, const struct tc_index *t,
                    struct tc_rw_bits *out)
{
    const struct tc_plane *p = x->plane;
    const struct tc_index *digit = NULL, *own;
    struct tc_factor factor[TC_RW_INDICES];
    struct tc_cube c = {0}, first = {0}, least = {0};
    mpz_ptr unit = tc_mpz(rw->f->arena);
    struct tc_bank *b = NULL;
    unsigned long most = 0;
    unsigned n = 0, width = 0;

    *out = (struct tc_rw_bits){0};
    if (own_tables(rw, x, t, out, factor, &n, &own) &&
        tc_cube_product(&c, n, factor, 1, &own, NULL) && tc_cube_new(&first, out->narg, out->arg) &&
        tc_cube_new(&least, out->narg, out->arg))
        most = ranks(&c, (size_t)own->extent, &first, &least, unit);
    while (width < 32 && most >> width)
        width++;
    if (width > 1)
        digit = tc_index_new(rw->f, "a", width, NULL);
    if (width > 0 && width < 32 && c.n < TC_RW_INDICES) {
        struct tc_form form = bit_form(rw, p, &c, own, &first, width, digit);

        if (form.nterm)
            b = tc_rw_bank_new(rw, p->bank, "bits", form, NULL, tc_form_si(rw->f, 1),
                               p->bank->nguard, p->bank->guard);
        if (b)
            out->form = value_form(rw, &b->plane, width, digit, unit, &least);
    }
    tc_cube_free(&c);
    tc_cube_free(&first);
    tc_cube_free(&least);
    return b != NULL;
}

/* one term of the value, in the place of the sum */
static bool put(struct tc_rw *rw, const struct tc_rw_bits *bits, const struct tc_term *x,
                const struct tc_index *t, const struct tc_term *value, struct tc_term *out)
{
    struct tc_family *f = rw->f;
    struct tc_rw_map m = {0};
    struct tc_term inner;
    mpz_ptr coef = tc_mpz(f->arena);
    unsigned n = 0;

    for (unsigned k = 0; k < x->plane->naxis; k++) {
        m.from[m.n] = x->plane->axis[k];
        m.to[m.n++] = x->at[k];
    }
    *out = *x;
    out->factor = tc_alloc(f->arena, x->nfactor + value->nfactor + 1, sizeof *out->factor);
    out->nfactor = 0;
    for (unsigned k = 0; k < x->nfactor; k++) {
        if (!tc_factor_reads(&x->factor[k], t)) {
            out->factor[out->nfactor++] = x->factor[k];
            continue;
        }
        for (unsigned r = 0; r < x->factor[k].table->rank; r++)
            if (!tc_axis_reads(&x->factor[k].at[r], t)) {
                m.from[m.n] = bits->arg[n++];
                m.to[m.n++] = x->factor[k].at[r];
            }
    }
    out->sum = tc_alloc(f->arena, x->nsum + value->nsum + 1, sizeof *out->sum);
    out->nsum = 0;
    for (unsigned k = 0; k < x->nsum; k++)
        if (x->sum[k] != t)
            out->sum[out->nsum++] = x->sum[k];
    for (unsigned k = 0; k < value->nsum; k++) {
        const struct tc_index *ix = value->sum[k];
        const struct tc_index *own = tc_index_new(f, ix->name, ix->extent, ix->size);

        m.from[m.n] = ix;
        m.to[m.n++] = tc_axis_of(f->arena, own);
        out->sum[out->nsum++] = own;
    }
    if (!tc_rw_term(f, value, &m, &inner))
        return false;
    if (value->nfactor)
        memcpy(out->factor + out->nfactor, inner.factor, value->nfactor * sizeof *inner.factor);
    out->nfactor += value->nfactor;
    out->plane = value->plane;
    out->at = inner.at;
    mpz_mul(coef, x->coef, value->coef);
    out->coef = coef;
    return true;
}

bool tc_rw_bits_put(struct tc_rw *rw, const struct tc_rw_bits *bits, const struct tc_term *x,
                    const struct tc_index *t, struct tc_form *out)
{
    out->nterm = bits->form.nterm;
    out->term = tc_alloc(rw->f->arena, out->nterm + 1, sizeof *out->term);
    for (unsigned k = 0; k < out->nterm; k++)
        if (!put(rw, bits, x, t, &bits->form.term[k], &out->term[k]))
            return false;
    return true;
}

/* --------------------------------------------------------------------- pass */

/* the highest level that each bank may have at this depth */
static unsigned *latest(const struct tc_family *f)
{
    unsigned *late = tc_xcalloc(f->nbank + 1, sizeof *late), depth = 0;

    for (unsigned k = 0; k < f->nbank; k++)
        if (f->bank[k]->plane.level > depth)
            depth = f->bank[k]->plane.level;
    for (unsigned k = 0; k < f->nbank; k++)
        late[k] = depth;
    for (unsigned k = f->nbank; k-- > 0;)
        for (unsigned which = 0; which < 2; which++) {
            const struct tc_form *x = which ? &f->bank[k]->theta : &f->bank[k]->form;

            for (unsigned i = 0; i < x->nterm; i++) {
                const struct tc_plane *p = x->term[i].plane;

                if (p && p->bank && late[p->id - f->ninput] >= late[k])
                    late[p->id - f->ninput] = late[k] - 1;
            }
        }
    return late;
}

struct choice { /* one way to read the chain, by the order in which there are readers */
    const struct tc_plane *plane;
    unsigned wanted, n, room;
    struct tc_term *seen;
    const struct tc_index **at;
    struct tc_rw_bits bits;
    enum { UNMADE, MADE, FAILED } made;
};

static unsigned number(struct choice *c, const struct tc_term *x, const struct tc_index *t)
{
    unsigned k = 0;

    while (k < c->n && !alike(&c->seen[k], c->at[k], x, t))
        k++;
    if (k == c->n) {
        if (c->n == c->room) {
            c->room = 2 * c->room + 8;
            c->seen = tc_xrealloc(c->seen, c->room, sizeof *c->seen);
            c->at = tc_xrealloc(c->at, c->room, sizeof *c->at);
        }
        c->seen[c->n] = *x;
        c->at[c->n++] = t;
    }
    return k;
}

/* the form, which reads bits where it read the chain in the way that is wanted */
static bool through_bits(struct tc_rw *rw, struct choice *c, struct tc_form *x)
{
    bool any = false;

    for (unsigned k = 0, n = x->nterm; k < n; k++) {
        struct tc_term one = x->term[k], *more;
        const struct tc_index *t = one.plane == c->plane ? tc_rw_chain_sum(&one) : NULL;
        struct tc_form part;

        if (!t || number(c, &one, t) != c->wanted || c->made == FAILED)
            continue;
        if (c->made == UNMADE)
            c->made = tc_rw_bits_new(rw, &one, t, &c->bits) ? MADE : FAILED;
        if (c->made == FAILED || !tc_rw_bits_put(rw, &c->bits, &one, t, &part))
            continue;
        more = tc_alloc(rw->f->arena, x->nterm + part.nterm, sizeof *more);
        memcpy(more, x->term, x->nterm * sizeof *more);
        more[k] = part.term[0];
        memcpy(more + x->nterm, part.term + 1, (part.nterm - 1) * sizeof *more);
        x->term = more;
        x->nterm += part.nterm - 1;
        any = true;
    }
    return any;
}

static struct tc_family *attempt(struct tc_family *f, unsigned bank, unsigned wanted, bool *more)
{
    const struct tc_plane *p = &f->bank[bank]->plane;
    struct choice c = {.wanted = wanted};
    struct tc_rw *rw;
    unsigned *late;

    *more = false;
    if (!p->chain || !p->bank->monotone)
        return f;
    late = latest(f);
    rw = tc_rw_open(f);
    for (unsigned k = 0; k < rw->nbank; k++) {
        const struct tc_bank *old = rw->f->bank[k], *b = tc_rw_bank(rw, old);
        struct tc_form form = b->form, theta = b->theta;
        struct tc_bank *made;

        if (k == bank)
            c.plane = &b->plane;
        if (k <= bank || late[k] < p->level + 2 ||
            through_bits(rw, &c, &form) + through_bits(rw, &c, &theta) == 0)
            continue;
        made = tc_rw_bank_of(rw, old, tc_rw_fold(rw, b, form), old->plane.chain,
                             tc_rw_fold(rw, b, theta));
        if (made)
            rw->plane[old->plane.id].wire = &made->plane;
    }
    *more = c.n > wanted + 1;
    free(late);
    free(c.seen);
    free(c.at);
    return tc_rw_close(rw, f);
}

struct tc_family *tc_pass_materialize(struct tc_family *f, const struct tc_pass_options *options,
                                      struct tc_error *err)
{
    (void)options;
    (void)err;
    return tc_rw_improve(f, attempt, tc_rw_smaller);
}
