/* nest.c -- terms as nests of loops that write edges
 *
 * A term is a nest of loops: over the domain, then over its reduction indices.
 * What it takes to know its wires and weights is compiled into items, each
 * done at the innermost loop that it mentions: a guard, a factor, an access
 * that is not affine.  Affine accesses are a step a loop.
 *
 * Most reduction loops depend on the point by a base alone: they are run once,
 * into a pattern of wire offsets and weights that is copied for each point.
 * A reduction index that meets the point in an item (the j of a guard j <= i,
 * of a table of i - j, of a plane with such a guard) is mixed.  If the indices
 * that it meets have few values (a bit of a word), each of these, as a key,
 * gets a pattern of its own.  Else leading mixed loops are run for each point;
 * of the others, each combination of values is a class of pattern entries with
 * an offset and a scale of its own, made anew when the indices that they meet
 * change.  Edges stay in lexicographic order of the reduction indices.
 *
 * Terms whose weights may pass 62 bits have no pattern; all their loops are
 * run for each point, in GMP. */
#include "nest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ENTRIES ((uint64_t)1 << 22) /* of patterns, unless one loop alone is longer */
#define MADE_AGAIN   32                  /* keys pay if patterns are used that often */

/* ------------------------------------------------------------- compilation */

static uint64_t bit(unsigned slot)
{
    return (uint64_t)1 << slot;
}

static bool slot_of(const struct nest_domain *d, const struct tc_term *t, const struct tc_index *ix,
                    unsigned *slot)
{
    for (unsigned k = 0; k < d->naxis; k++)
        if (d->axis[k] == ix) {
            *slot = k;
            return true;
        }
    if (ix == d->chain) {
        *slot = d->naxis;
        return true;
    }
    for (unsigned k = 0; t && k < t->nsum; k++)
        if (t->sum[k] == ix) {
            *slot = d->naxis + 1 + k;
            return true;
        }
    return false;
}

/* x += scale * y, all of it in slots */
static void affine_add(const struct nest_domain *d, const struct tc_term *t, struct nest_affine *x,
                       int64_t scale, const struct tc_affine *y, uint64_t *mentions)
{
    struct nest_part *part = tc_alloc(d->arena, x->n + y->n + 1, sizeof *part);

    if (x->n)
        memcpy(part, x->part, x->n * sizeof *part);
    x->part = part;
    x->constant += scale * y->constant;
    for (unsigned i = 0; i < y->n; i++) {
        unsigned slot = 0, k = 0;
        bool known = slot_of(d, t, y->part[i].ix, &slot);

        assert(known); /* every index is free in the bank or bound in the term */
        (void)known;
        while (k < x->n && part[k].slot != slot)
            k++;
        if (k == x->n)
            part[x->n++] = (struct nest_part){slot, 0};
        part[k].coef += scale * y->part[i].coef;
        *mentions |= bit(slot);
    }
}

static struct nest_expr expr_of(const struct nest_domain *d, const struct tc_term *t,
                                const struct tc_axis *x, uint64_t *mentions)
{
    struct nest_expr e = {.via = x->via};

    affine_add(d, t, &e.at, 1, &x->at, mentions);
    if (x->via)
        affine_add(d, t, &e.arg, 1, &x->arg, mentions);
    return e;
}

static struct nest_item *item_new(const struct nest_domain *d, struct nest_items *items,
                                  const struct tc_term *t, unsigned nexpr,
                                  const struct tc_axis *axis)
{
    struct nest_item *it = &items->item[items->n++];

    it->nexpr = nexpr;
    it->expr = tc_alloc(d->arena, nexpr ? nexpr : 1, sizeof *it->expr);
    for (unsigned k = 0; k < nexpr; k++)
        it->expr[k] = expr_of(d, t, &axis[k], &it->mentions);
    return it;
}

static void add_guards(const struct nest_domain *d, struct nest_items *items,
                       const struct tc_term *t, unsigned n, const struct tc_guard *guard)
{
    for (unsigned k = 0; k < n; k++)
        item_new(d, items, t, 1, &guard[k].expr)->kind = NEST_GUARD;
}

static void add_factor(const struct nest_domain *d, struct nest_items *items,
                       const struct tc_term *t, const struct tc_factor *f)
{
    struct nest_item *it = item_new(d, items, t, f->table->rank, f->at);
    bool flat = !f->table->fn && !f->table->big;

    it->kind = NEST_LOOKUP;
    it->table = f->table;
    for (unsigned k = 0; k < it->nexpr; k++)
        flat = flat && !f->at[k].via;
    if (flat) {
        struct nest_affine position = {0};
        int64_t stride = 1;

        it->size = tc_table_size(f->table);
        for (unsigned k = it->nexpr; k-- > 0; stride *= f->table->extent[k])
            affine_add(d, t, &position, stride, &f->at[k].at, &it->mentions);
        it->kind = NEST_ENTRY;
        it->nexpr = 1;
        it->expr = tc_alloc(d->arena, 1, sizeof *it->expr);
        it->expr[0].at = position;
    } else if (f->table->fn) {
        /* a function may not be asked where a guard says no */
        for (unsigned k = 0; k < items->n; k++)
            if (items->item[k].kind == NEST_GUARD)
                it->mentions |= items->item[k].mentions;
        for (unsigned k = 0; k < d->nguard; k++)
            expr_of(d, t, &d->guard[k].expr, &it->mentions);
        if (it->nexpr <= NEST_MEMO_RANK)
            it->memo = tc_alloc(d->arena, (size_t)1 << NEST_MEMO_BITS, sizeof *it->memo);
    }
}

static void add_access(const struct nest_domain *d, struct nest_term *out, const struct tc_term *t,
                       const struct tc_numbering *nb)
{
    for (unsigned i = 0; i < nb->ngroup; i++) {
        const struct tc_group *g = &nb->group[i];
        uint64_t stride = g->stride;

        if (g->rank) {
            struct nest_item *it = item_new(d, &out->items, t, g->naxis, t->at + g->first);

            it->kind = NEST_RANKED;
            it->group = g;
            it->stride = stride;
            continue;
        }
        for (unsigned k = g->naxis; k-- > 0; stride *= (uint64_t)g->extent[k]) {
            const struct tc_axis *x = &t->at[g->first + k];
            struct nest_affine a = {0};
            uint64_t mentions = 0;

            if (x->via) {
                struct nest_item *it = item_new(d, &out->items, t, 1, x);

                it->kind = NEST_WIRE;
                it->stride = stride;
                continue;
            }
            affine_add(d, t, &a, 1, &x->at, &mentions);
            out->base += (uint32_t)stride * (uint32_t)a.constant;
            for (unsigned p = 0; p < a.n; p++)
                out->step[a.part[p].slot] += (uint32_t)stride * (uint32_t)a.part[p].coef;
        }
    }
}

/* by level; within one, guards come first */
static void items_sort(struct nest_items *items)
{
    unsigned n = 0;

    for (unsigned k = 0; k < items->n; k++) {
        uint64_t m = items->item[k].mentions;

        items->item[k].level = m ? 64 - (unsigned)__builtin_clzll(m) : 0;
    }
    for (unsigned k = 1; k < items->n; k++) { /* stable, and there are few */
        struct nest_item it = items->item[k];
        unsigned i = k;

        for (; i > 0 && items->item[i - 1].level > it.level; i--)
            items->item[i] = items->item[i - 1];
        items->item[i] = it;
    }
    for (unsigned level = 0; level < NEST_SLOTS + 3; level++) {
        items->at[level] = n;
        while (n < items->n && items->item[n].level == level)
            n++;
    }
}

static bool too_many_indices(unsigned n, struct tc_error *err)
{
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                   "a term has %u indices; at most %u can be instantiated", n, NEST_SLOTS);
}

bool nest_guards(const struct nest_domain *d, struct nest_items *items, struct tc_error *err)
{
    if (d->naxis + 1 > NEST_SLOTS)
        return too_many_indices(d->naxis + 1, err);
    items->item = tc_alloc(d->arena, d->nguard + 1, sizeof *items->item);
    add_guards(d, items, NULL, d->nguard, d->guard);
    items_sort(items);
    return true;
}

void nest_upper(const struct tc_term *t, mpz_ptr z)
{
    mpz_t most;

    mpz_init(most);
    mpz_abs(z, t->coef);
    for (unsigned k = 0; k < t->nfactor; k++) {
        tc_table_max_abs(t->factor[k].table, most);
        if (mpz_sgn(most)) /* partial products count, too */
            mpz_mul(z, z, most);
    }
    for (unsigned k = 0; !t->plane && k < t->nsum; k++)
        mpz_mul_ui(z, z, (unsigned long)t->sum[k]->extent);
    mpz_clear(most);
}

/* what the slots from split on mix with those before */
static void mix(struct nest_term *t)
{
    uint64_t before = bit(t->split) - 1;

    t->mixed = t->met = 0;
    for (unsigned k = t->items.at[t->split + 1]; k < t->items.n; k++) {
        uint64_t m = t->items.item[k].mentions;

        t->fixed[k] = !(m & before);
        if (!t->fixed[k]) {
            t->mixed |= m & ~before;
            t->met |= m & before;
        }
    }
}

/* product of extents of slots [from, to[ that are in set, as far as MANY */
#define MANY ((uint64_t)1 << 40)

static uint64_t box(const struct nest_term *t, unsigned from, unsigned to, uint64_t set)
{
    uint64_t size = 1;

    for (unsigned s = from; s < to; s++)
        if ((set & bit(s)) &&
            (__builtin_mul_overflow(size, (uint64_t)t->extent[s], &size) || size > MANY))
            size = MANY;
    return size;
}

/* Where the pattern begins, and whether it has keys or classes: as early as
 * it fits into memory and pays. */
static void choose_split(const struct nest_domain *d, struct nest_term *t)
{
    double uses = d->points;

    for (unsigned k = 0; k < t->items.n; k++)
        if (d->chain && (t->items.item[k].mentions & bit(d->naxis))) {
            uses *= (double)d->chain->extent;
            break;
        }
    t->split = t->big ? t->end : t->first;
    for (;; t->split++) {
        uint64_t size = box(t, t->split, t->end, ~(uint64_t)0), keys;
        bool last = t->split + 1 >= t->end;

        mix(t);
        t->nkey = 1;
        t->classes = t->mixed != 0;
        if (size > MOST_ENTRIES && !last)
            continue;
        if (!t->classes)
            return;
        keys = box(t, 0, t->split, t->met);
        if (keys < MANY / MOST_ENTRIES && keys * size <= MOST_ENTRIES &&
            MADE_AGAIN * (double)keys <= uses * (double)box(t, t->first, t->split, ~(uint64_t)0)) {
            t->nkey = keys;
            t->classes = false;
            for (unsigned k = 0; k < t->items.n; k++)
                t->fixed[k] = true;
            return;
        }
        if (last || !(t->mixed & bit(t->split)))
            return;
    }
}

/* ------------------------------------------------------------------- a term */

bool nest_compile(struct nest_domain *d, struct nest_term *out, const struct tc_term *t, int sign,
                  const struct tc_numbering *nb, uint32_t first_wire, struct tc_error *err)
{
    unsigned naccess = t->plane ? t->plane->naxis + 1 : 0;

    *out = (struct nest_term){
        .base = first_wire, .first = d->naxis + 1, .end = d->naxis + 1 + t->nsum};
    mpz_init(out->coef);
    if (out->end > NEST_SLOTS)
        return too_many_indices(out->end, err);
    for (unsigned k = 0; k < d->naxis; k++)
        out->extent[k] = d->axis[k]->extent;
    out->extent[d->naxis] = d->chain ? d->chain->extent : 1;
    for (unsigned k = 0; k < t->nsum; k++)
        out->extent[out->first + k] = t->sum[k]->extent;
    nest_upper(t, out->coef);
    out->big = mpz_sizeinbase(out->coef, 2) > 62;
    mpz_set(out->coef, t->coef);
    if (sign < 0)
        mpz_neg(out->coef, out->coef);

    out->items.item =
        tc_alloc(d->arena, t->nguard + t->nfactor + naccess + 1, sizeof *out->items.item);
    add_guards(d, &out->items, t, t->nguard, t->guard);
    for (unsigned k = 0; k < t->nfactor; k++)
        add_factor(d, &out->items, t, &t->factor[k]);
    if (nb)
        add_access(d, out, t, nb);
    items_sort(&out->items);
    out->fixed = tc_alloc(d->arena, out->items.n + 1, sizeof *out->fixed);
    choose_split(d, out);
    out->state = tc_alloc(d->arena, t->nsum + 1, sizeof *out->state);
    for (unsigned k = 0; out->big && k <= t->nsum; k++)
        out->state[k].big = tc_mpz(d->arena);
    return true;
}

void nest_free(struct nest_term *t)
{
    mpz_clear(t->coef);
    for (size_t k = 0; t->pattern && k < t->nkey; k++) {
        free(t->pattern[k].offset);
        free(t->pattern[k].weight);
    }
    free(t->pattern);
    free(t->of_class);
    free(t->class);
    free(t->population);
}
