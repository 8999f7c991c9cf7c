/* special.c -- infinities and NaN of a model that is rounded by blocks
 *
 * A result that reads an infinity or a NaN is NaN, and one past the largest number is
 * infinite: SPEC.md, "Infinities and NaN".  Circuits compute with numbers alone: an input's word
 * of another meaning stands for some number, and an infinity for the largest.  Beside that flags
 * say what is not a number.  A flag is a form that is never negative, and at least 1 where it is
 * so; what a bank has flags for is read off its form: those of all planes that it reads, at the
 * places where it reads them.  So it does not matter how a block's layers were merged.
 *
 * A chain's own infinities are values of its gates.  Flags that it reads are gathered in one gate a
 * number, at the chain's level, so that depth stays as it is.  An input's flag is a gate of level 1;
 * what is made of inputs in the first layer has no gate but the sum of their flags, for the next.
 */
#include "bias.h"
#include "float.h"

#include <assert.h>
#include <string.h>

/* of a value that is no number: what it counts as comes on top */
#define NOT_A_NUMBER ((int64_t)1 << 20) /* keys of models have up to 15 bits */

struct special { /* of a plane */
    bool known;
    struct flags read; /* flags of what its bank reads */
    struct flags own;  /* and infinities of its own */
};

struct specials {
    struct special *of; /* by the planes' ids */
    uint32_t room;
};

struct specials *specials_new(struct lowering *L)
{
    return tc_alloc(L->family->arena, 1, sizeof(struct specials));
}

/* ------------------------------------------------------------------------- values */

static int64_t last_value(const struct lowering *L)
{
    return tc_format_last_key(L->format);
}

static bool is_nan(int64_t value)
{
    return value > NOT_A_NUMBER / 2;
}

int64_t plain_value(const struct lowering *L, int64_t value)
{
    int64_t last;

    if (!L->reach)
        return value;
    last = last_value(L);
    value -= is_nan(value) ? NOT_A_NUMBER : 0;
    return value > last ? last : value < -last ? -last : value;
}

bool is_special(const struct lowering *L, int64_t value)
{
    return L->reach && plain_value(L, value) != value;
}

int64_t mapped_value(const struct lowering *L, int64_t (*fn)(void *, int64_t), void *ctx,
                     int64_t value)
{
    if (!is_special(L, value))
        return fn(ctx, value);
    return NOT_A_NUMBER + plain_value(L, fn(ctx, plain_value(L, value)));
}

/* -------------------------------------------------------------------------- flags */

static bool same_axes(const struct tc_axis *x, const struct tc_axis *y, unsigned n)
{
    for (unsigned k = 0; k < n; k++)
        if (!tc_axis_equal(&x[k], &y[k]))
            return false;
    return true;
}

static bool same_term(const struct tc_term *x, const struct tc_term *y)
{
    if (x->plane != y->plane || mpz_cmp(x->coef, y->coef) || x->nfactor != y->nfactor ||
        x->nsum != y->nsum || x->nguard != y->nguard ||
        !same_axes(x->at, y->at, tc_plane_axes(x->plane)))
        return false;
    for (unsigned k = 0; k < x->nfactor; k++)
        if (x->factor[k].table != y->factor[k].table ||
            !same_axes(x->factor[k].at, y->factor[k].at, x->factor[k].table->rank))
            return false;
    for (unsigned k = 0; k < x->nguard; k++)
        if (!tc_axis_equal(&x->guard[k].expr, &y->guard[k].expr))
            return false;
    for (unsigned k = 0; k < x->nsum; k++)
        if (x->sum[k] != y->sum[k])
            return false;
    return true;
}

static bool same_flag(const struct tc_form *x, const struct tc_form *y)
{
    bool same = x->nterm == y->nterm;

    for (unsigned k = 0; same && k < x->nterm; k++)
        same = same_term(&x->term[k], &y->term[k]);
    return same;
}

static void add_flag(struct lowering *L, struct flags *f, struct tc_form flag)
{
    struct tc_form *more;

    for (unsigned k = 0; k < f->n; k++)
        if (same_flag(&f->flag[k], &flag))
            return;
    more = tc_alloc(L->family->arena, f->n + 1, sizeof *more);
    if (f->n)
        memcpy(more, f->flag, f->n * sizeof *more);
    more[f->n++] = flag;
    f->flag = more;
}

static void add_flags(struct lowering *L, struct flags *f, const struct flags *more)
{
    for (unsigned k = 0; k < more->n; k++)
        add_flag(L, f, more->flag[k]);
    f->wide = f->wide || more->wide;
}

static struct tc_form sum_of(struct lowering *L, const struct flags *f)
{
    struct tc_form x = tc_form_si(L->family, 0);

    for (unsigned k = 0; k < f->n; k++)
        x = tc_form_add(L->family, x, f->flag[k]);
    return x;
}

/* one gate for all of them, unless it would be a layer more or is there */
static struct flags gathered(struct lowering *L, const struct tc_plane *plane, struct flags f)
{
    struct tc_guard guard[TC_MOST_GUARDS];
    struct flags one = {0};
    const struct tc_bank *b = plane->bank;
    struct tc_form x;
    unsigned n = 0;

    if (f.n == 0 || (f.n == 1 && !f.wide))
        return f;
    x = sum_of(L, &f);
    if (tc_form_level(&x) >= plane->level)
        return f;
    for (unsigned g = 0; g < b->nguard; g++) {
        const struct tc_affine *at = &b->guard[g].expr.at;
        bool all = true;

        for (unsigned i = 0; i < at->n; i++)
            all = all && form_reads(&x, at->part[i].ix);
        assert(n < TC_MOST_GUARDS);
        if (all)
            guard[n++] = b->guard[g];
    }
    b = tc_bank_new(L->family, tc_sprintf(L->family->arena, "%s.special", plane->name), x, NULL,
                    tc_form_si(L->family, 1), true, n, guard, b->component,
                    "it reads an infinity or a NaN");
    add_flag(L, &one, wire_of(L, &b->plane));
    return one;
}

/* ------------------------------------------------------------------------- planes */

static struct special *entry(struct lowering *L, const struct tc_plane *plane)
{
    struct specials *s = L->specials;

    if (plane->id >= s->room) {
        uint32_t room = 2 * plane->id + 64;
        struct special *more = tc_alloc(L->family->arena, room, sizeof *more);

        if (s->room)
            memcpy(more, s->of, s->room * sizeof *more);
        s->of = more;
        s->room = room;
    }
    return &s->of[plane->id];
}

/* one gate a number that is an input: the magnitude's word is past the largest number's */
static void input_flag(struct lowering *L, const struct tc_plane *plane, struct flags *f)
{
    struct fl l = {.low = *L, .f = L->format, .p = L->format->p, .q = L->format->q};
    struct fl_word x = {.plane = plane};
    struct tc_bank *b;
    unsigned k = 0;

    while (k < L->spec->ntensor && L->plane[k] != plane)
        k++;
    if (k == L->spec->ntensor || L->spec->tensor[k].ids)
        return;
    for (k = 0; k + 1 < plane->naxis; k++)
        x.at[k] = tc_axis_of(L->family->arena, plane->axis[k]);
    b = tc_bank_new(L->family, tc_sprintf(L->family->arena, "%s.special", plane->name),
                    fl_key(&l, x), NULL, tc_form_si(L->family, last_value(L) + 1), true, 0, NULL,
                    "input", "infinite or NaN");
    add_flag(L, f, wire_of(L, &b->plane));
}

static const struct special *special_of(struct lowering *L, const struct tc_plane *plane)
{
    struct special *s = entry(L, plane), known = {.known = true};

    if (s->known)
        return s;
    if (plane->bank) {
        struct flags theta = special_reads(L, &plane->bank->theta);

        known.read = special_reads(L, &plane->bank->form);
        add_flags(L, &known.read, &theta);
        if (known.read.wide)
            known.read = gathered(L, plane, known.read);
    } else {
        input_flag(L, plane, &known.read);
    }
    known.own = known.read;
    s = entry(L, plane);
    *s = known;
    return s;
}

/* ---------------------------------------------------------------- what a form reads */

/* the plane's flag where a term reads the plane: its axes become the term's */
static struct tc_form at_place(struct lowering *L, struct tc_form flag, const struct tc_term *t)
{
    struct tc_family *f = L->family;
    const struct tc_plane *p = t->plane;
    const struct tc_index **between = tc_alloc(f->arena, p->naxis + 1, sizeof *between);

    for (unsigned k = 0; k < p->naxis; k++)
        if (form_reads(&flag, p->axis[k])) {
            between[k] = tc_index_new(f, p->axis[k]->name, p->axis[k]->extent, p->axis[k]->size);
            flag = tc_form_subst(f, flag, p->axis[k], tc_axis_of(f->arena, between[k]));
        }
    for (unsigned k = 0; k < p->naxis; k++)
        if (between[k])
            flag = tc_form_subst(f, flag, between[k], t->at[k]);
    return flag;
}

static bool sums_over(const struct tc_index *const *over, unsigned n, const struct tc_index *ix)
{
    for (unsigned k = 0; k < n; k++)
        if (over[k] == ix)
            return true;
    return false;
}

/* whether a term reads its plane's axes, but the chain's, by an index */
static bool places(const struct tc_term *t, const struct tc_index *ix)
{
    for (unsigned k = 0; k < t->plane->naxis; k++)
        if (tc_axis_reads(&t->at[k], ix))
            return true;
    return false;
}

/* whether the plane is not there at some points of its domain */
static bool has_gaps(const struct tc_plane *p)
{
    for (unsigned g = 0; p->bank && g < p->bank->nguard; g++)
        if (!p->chain || !tc_axis_reads(&p->bank->guard[g].expr, p->chain))
            return true;
    return false;
}

/* A guard counts unless what it sums over is thresholds alone, of a plane that is there
 * everywhere; then the indices that it sums over join those in `over`. */
static bool counts(const struct tc_term *t, const struct tc_guard *g, const struct tc_index **over,
                   unsigned *n)
{
    const struct tc_affine *part[2] = {&g->expr.at, &g->expr.arg};
    bool sums = false, any = false;

    for (unsigned m = 0; m < 2; m++)
        for (unsigned k = 0; k < part[m]->n; k++) {
            const struct tc_index *ix = part[m]->part[k].ix;
            bool summed = sums_over(t->sum, t->nsum, ix);

            sums = sums || summed;
            any = any || (summed ? sums_over(over, *n, ix) || places(t, ix) : has_gaps(t->plane));
        }
    for (unsigned m = 0; any && m < 2; m++)
        for (unsigned k = 0; k < part[m]->n; k++) {
            const struct tc_index *ix = part[m]->part[k].ix;

            if (sums_over(t->sum, t->nsum, ix) && !sums_over(over, *n, ix))
                over[(*n)++] = ix;
        }
    return any || !sums;
}

/* A plane's flag, summed over the places that the term reads; an index that the flag does not read
 * is left out, such as that of bits.  Weights do not matter, but for a table that chooses. */
static struct tc_form flag_of_term(struct lowering *L, const struct tc_term *t, struct tc_form flag,
                                   bool *wide)
{
    struct tc_family *f = L->family;
    const struct tc_index **over = tc_alloc(f->arena, t->nsum + 1, sizeof *over);
    struct tc_guard *guard = tc_alloc(f->arena, t->nguard + 1, sizeof *guard);
    bool *taken = tc_alloc(f->arena, t->nguard + 1, sizeof *taken);
    unsigned n = 0, nguard = 0, before;

    flag = at_place(L, flag, t);
    for (unsigned k = 0; k < t->nfactor; k++)
        if (t->factor[k].table->fn == &tc_bias_bucket)
            flag = tc_form_times(f, flag, t->factor[k].table, t->factor[k].at);
    for (unsigned k = 0; k < t->nsum; k++)
        if (form_reads(&flag, t->sum[k]))
            over[n++] = t->sum[k];
    do {
        before = nguard;
        for (unsigned g = 0; g < t->nguard; g++)
            if (!taken[g] && counts(t, &t->guard[g], over, &n)) {
                taken[g] = true;
                guard[nguard++] = t->guard[g];
            }
    } while (nguard > before);
    *wide = *wide || n > 0;
    return n || nguard ? tc_form_sum(f, flag, n, over, nguard, guard) : flag;
}

struct flags special_reads(struct lowering *L, const struct tc_form *x)
{
    struct flags f = {0};

    for (unsigned k = 0; k < x->nterm; k++) {
        const struct tc_term *t = &x->term[k];
        struct flags of;

        if (!t->plane)
            continue;
        of = special_of(L, t->plane)->own;
        f.wide = f.wide || of.wide;
        for (unsigned m = 0; m < of.n; m++)
            add_flag(L, &f, flag_of_term(L, t, of.flag[m], &f.wide));
    }
    return f;
}

/* ------------------------------------------------------------------------- chains */

/* 1 where the chain's value is infinite, or NaN; false: it never is */
static bool value_flag(struct lowering *L, const struct chain *c, bool nan, bool infinite,
                       struct tc_form *flag)
{
    mpz_ptr *number = tc_alloc(L->family->arena, (size_t)c->n + 1, sizeof *number);
    bool any = false;

    for (unsigned k = 0; c->keys && k <= c->n; k++) {
        bool is = is_special(L, c->value[k]) && (is_nan(c->value[k]) ? nan : infinite);

        number[k] = tc_mpz_si(L->family->arena, is);
        any = any || is;
    }
    if (any)
        *flag = chain_numbers(L, c, number, "special");
    return any;
}

void special_chain(struct lowering *L, const struct chain *c, const struct flags *more)
{
    struct special known = {.known = true};
    struct flags theta;
    struct tc_form flag;

    if (!L->special || !c->plane)
        return;
    known.read = special_reads(L, &c->plane->bank->form);
    theta = special_reads(L, &c->plane->bank->theta);
    add_flags(L, &known.read, &theta);
    if (more)
        add_flags(L, &known.read, more);
    known.read = gathered(L, c->plane, known.read);
    known.own = known.read;
    if (value_flag(L, c, true, true, &flag))
        add_flag(L, &known.own, flag);
    *entry(L, c->plane) = known;
}

void special_also(struct lowering *L, const struct chain *c)
{
    struct tc_form flag;

    if (L->special && c->plane && value_flag(L, c, true, true, &flag)) {
        special_of(L, c->plane);
        add_flag(L, &entry(L, c->plane)->own, flag);
    }
}

void special_flags(struct lowering *L, const struct tc_plane *plane, const struct flags *of,
                   const struct tc_form *with)
{
    struct special known = {.known = true};

    if (!L->special || !plane)
        return;
    known.read = special_reads(L, with);
    add_flags(L, &known.read, of);
    known.own = known.read;
    *entry(L, plane) = known;
}

void special_copy(struct lowering *L, const struct tc_plane *plane, const struct chain *c,
                  const struct tc_form *with)
{
    struct flags none = {0};

    if (L->special)
        special_flags(L, plane, c->plane ? &special_of(L, c->plane)->own : &none, with);
}

void special_stored(struct lowering *L, const struct tc_form *bit, const struct chain *c)
{
    struct special known = {.known = true};

    if (!L->special || !c->plane || !bit->nterm || !bit->term[0].plane)
        return;
    known.read = special_of(L, c->plane)->read;
    known.own = known.read;
    *entry(L, bit->term[0].plane) = known;
}

void special_input(struct lowering *L, const struct tc_plane *plane, const struct tc_plane *flag)
{
    struct special known = {.known = true};

    if (!L->special)
        return;
    add_flag(L, &known.read, wire_of(L, flag));
    known.own = known.read;
    *entry(L, plane) = known;
}

struct tc_form special_nan(struct lowering *L, const struct chain *c)
{
    struct tc_form x = tc_form_si(L->family, 0), flag;

    if (L->special && c->plane)
        x = sum_of(L, &special_of(L, c->plane)->read);
    return value_flag(L, c, true, false, &flag) ? tc_form_add(L->family, x, flag) : x;
}

/* -------------------------------------------------------------------------- steps */

struct steps special_kept(struct lowering *L, struct steps s)
{
    struct tc_arena *arena = L->family->arena;
    int64_t *value;

    if (!L->special || s.n || !special_reads(L, &s.form).n)
        return s;
    s.n = 2;
    s.at = tc_alloc(arena, 2, sizeof *s.at);
    value = tc_alloc(arena, 3, sizeof *value);
    for (unsigned k = 0; k < 3; k++) {
        value[k] = s.value[0];
        if (k < 2) {
            s.at[k] = tc_mpz_copy(arena, s.form.hi);
            mpz_add_ui(s.at[k], s.at[k], k + 1);
        }
    }
    s.value = value;
    return s;
}

static int64_t plain(void *L, int64_t value)
{
    return plain_value(L, value);
}

static int64_t special(void *L, int64_t value)
{
    return is_special(L, value);
}

struct flags special_steps(struct lowering *L, struct steps *s, const char *name,
                           const struct guards *guards)
{
    struct flags f = {0};
    struct steps is;

    if (!L->special)
        return f;
    if (!s->keys) {
        *s = special_kept(L, *s);
        return f;
    }
    is = steps_apply(L, *s, special, L);
    is.keys = false;
    if (is.n) {
        struct chain c = chain_new(L, is, tc_sprintf(L->family->arena, "%s.infinite", name),
                                   "T_special", guards, "past the largest number");

        special_chain(L, &c, NULL);
        f = special_of(L, c.plane)->own;
        add_flag(L, &f, c.form);
    }
    *s = special_kept(L, steps_apply(L, *s, plain, L));
    return f;
}
