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
 * of a table of i - j, of a plane with such a guard) is mixed.  Leading mixed
 * loops are run for each point; of the others, each combination of values is a
 * class of pattern entries with an offset and a scale of its own, made anew
 * when the indices that they meet change.  Edges stay in lexicographic order
 * of the reduction indices.
 *
 * Terms whose weights may pass 62 bits have no pattern; all their loops are
 * run for each point, in GMP. */
#include "nest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ENTRIES ((uint64_t)1 << 22) /* of a pattern, unless one loop alone is longer */
#define MEMO_BITS 13
#define MEMO_RANK 4

struct nest_memo {
    bool known;
    int64_t arg[MEMO_RANK], value;
};

/* ------------------------------------------------------------- compilation */

static uint64_t bit(unsigned slot)
{
    return (uint64_t)1 << slot;
}

static bool slot_of(const struct nest_domain *d, const struct tc_term *t,
                    const struct tc_index *ix, unsigned *slot)
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
static void affine_add(const struct nest_domain *d, const struct tc_term *t,
                       struct nest_affine *x, int64_t scale, const struct tc_affine *y,
                       uint64_t *mentions)
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
        if (it->nexpr <= MEMO_RANK)
            it->memo = tc_alloc(d->arena, (size_t)1 << MEMO_BITS, sizeof *it->memo);
    }
}

static void add_access(const struct nest_domain *d, struct nest_term *out,
                       const struct tc_term *t, const struct tc_numbering *nb)
{
    for (unsigned i = 0; i < nb->ngroup; i++) {
        const struct tc_group *g = &nb->group[i];
        uint64_t stride = g->stride;

        if (g->rank) {
            struct nest_item *it =
                item_new(d, &out->items, t, g->naxis, t->at + g->first);

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

/* which items are fixed, and what the others mix */
static void mix(struct nest_term *t)
{
    uint64_t before = bit(t->split) - 1;

    t->mixed = t->met = 0;
    t->classes = false;
    for (unsigned k = t->items.at[t->split + 1]; k < t->items.n; k++) {
        uint64_t m = t->items.item[k].mentions;

        t->fixed[k] = !(m & before);
        if (!t->fixed[k]) {
            t->classes = true;
            t->mixed |= m & ~before;
            t->met |= m & before;
        }
    }
}

static uint64_t pattern_size(const struct nest_term *t)
{
    uint64_t size = 1;

    for (unsigned s = t->split; s < t->end; s++)
        if (__builtin_mul_overflow(size, (uint64_t)t->extent[s], &size))
            return UINT64_MAX;
    return size;
}

static void choose_split(struct nest_term *t)
{
    t->split = t->big ? t->end : t->first;
    mix(t);
    while (t->split + 1 < t->end &&
           ((t->mixed & bit(t->split)) || pattern_size(t) > MOST_ENTRIES)) {
        t->split++;
        mix(t);
    }
}

/* ---------------------------------------------------------------- the items */

static int64_t affine_value(const struct nest_affine *x, const int64_t *value)
{
    int64_t v = x->constant;

    for (unsigned i = 0; i < x->n; i++)
        v += x->part[i].coef * value[x->part[i].slot];
    return v;
}

/* false if via is read outside of its extent */
static bool expr_value(const struct nest_expr *x, const int64_t *value, int64_t *v)
{
    *v = affine_value(&x->at, value);
    if (x->via) {
        int64_t arg = affine_value(&x->arg, value);

        if (arg < 0 || arg >= x->via->extent[0])
            return false;
        *v += tc_table_get_i64(x->via, &arg);
    }
    return true;
}

static bool expr_values(const struct nest_item *it, const int64_t *value, int64_t *v)
{
    for (unsigned k = 0; k < it->nexpr; k++)
        if (!expr_value(&it->expr[k], value, &v[k]))
            return false;
    return true;
}

/* an entry of a computed table, which may take long to compute */
static int64_t recall(const struct nest_item *it, const int64_t *arg)
{
    uint64_t h = 0;
    struct nest_memo *m;

    if (!it->memo)
        return tc_table_get_i64(it->table, arg);
    for (unsigned k = 0; k < it->nexpr; k++)
        h = (h ^ (uint64_t)arg[k]) * 0x9e3779b97f4a7c15;
    m = &it->memo[h >> (64 - MEMO_BITS)];
    if (!m->known || memcmp(m->arg, arg, it->nexpr * sizeof *arg) != 0) {
        m->value = tc_table_get_i64(it->table, arg);
        memcpy(m->arg, arg, it->nexpr * sizeof *arg);
        m->known = true;
    }
    return m->value;
}

static bool in_extents(unsigned n, const int64_t *extent, const int64_t *arg)
{
    for (unsigned k = 0; k < n; k++)
        if (arg[k] < 0 || arg[k] >= extent[k])
            return false;
    return true;
}

static void multiply(struct nest_state *s, int64_t by)
{
    if (s->big)
        mpz_mul_si(s->big, s->big, by);
    else
        s->scale *= by;
    s->dead = s->dead || by == 0;
}

static void do_lookup(const struct nest_domain *d, const struct nest_item *it,
                      struct nest_state *s)
{
    int64_t arg[NEST_SLOTS];

    if (!expr_values(it, d->value, arg) ||
        (!it->table->fn && !in_extents(it->nexpr, it->table->extent, arg))) {
        s->bad = true;
    } else if (it->table->big) {
        mpz_t entry;

        assert(s->big); /* one entry at least passes 62 bits */
        mpz_init(entry);
        tc_table_get(it->table, arg, entry);
        mpz_mul(s->big, s->big, entry);
        s->dead = s->dead || mpz_sgn(entry) == 0;
        mpz_clear(entry);
    } else {
        multiply(s, recall(it, arg));
    }
}

static void do_ranked(const struct nest_domain *d, const struct nest_item *it,
                      struct nest_state *s)
{
    int64_t arg[NEST_SLOTS];
    uint64_t position = 0;

    if (!expr_values(it, d->value, arg) || !in_extents(it->nexpr, it->group->extent, arg)) {
        s->bad = true;
        return;
    }
    for (unsigned k = 0; k < it->nexpr; k++)
        position = position * (uint64_t)it->group->extent[k] + (uint64_t)arg[k];
    if (it->group->rank[position] == UINT32_MAX)
        s->bad = true;
    else
        s->base += (uint32_t)it->stride * it->group->rank[position];
}

static void item_do(const struct nest_domain *d, const struct nest_item *it,
                    struct nest_state *s)
{
    int64_t v;

    switch (it->kind) {
    case NEST_GUARD:
        if (!expr_value(it->expr, d->value, &v))
            s->bad = true;
        else if (v < 0)
            s->dead = true;
        break;
    case NEST_ENTRY:
        v = affine_value(&it->expr->at, d->value);
        if (v < 0 || (uint64_t)v >= it->size)
            s->bad = true;
        else
            multiply(s, it->table->small[v]);
        break;
    case NEST_LOOKUP:
        do_lookup(d, it, s);
        break;
    case NEST_WIRE:
        if (!expr_value(it->expr, d->value, &v))
            s->bad = true;
        else
            s->base += (uint32_t)it->stride * (uint32_t)v;
        break;
    case NEST_RANKED:
        do_ranked(d, it, s);
        break;
    }
}

static void do_level(const struct nest_domain *d, const struct nest_items *items, unsigned level,
                     struct nest_state *s)
{
    for (unsigned k = items->at[level]; k < items->at[level + 1] && !s->dead; k++)
        item_do(d, &items->item[k], s);
}

bool nest_hold(const struct nest_domain *d, const struct nest_items *guards, unsigned level)
{
    struct nest_state s = {0};

    do_level(d, guards, level, &s);
    assert(s.dead || !s.bad);
    return !s.dead;
}

void nest_begin(const struct nest_domain *d, const struct nest_term *t, struct nest_state *s)
{
    s->base = t->base;
    s->dead = s->bad = false;
    s->scale = 1;
    if (t->big)
        mpz_set(s->big, t->coef);
    else
        s->scale = tc_mpz_get_i64(t->coef);
    do_level(d, &t->items, 0, s);
}

void nest_enter(struct nest_domain *d, const struct nest_term *t, unsigned slot,
                const struct nest_state *outside, struct nest_state *inside)
{
    mpz_ptr big = inside->big;

    *inside = *outside;
    inside->big = big;
    inside->base += t->step[slot] * (uint32_t)d->value[slot];
    if (big)
        mpz_set(big, outside->big);
    do_level(d, &t->items, slot + 1, inside);
}

/* -------------------------------------------------------------- the pattern */

/* runs the reduction loops from slot on with fixed items alone; offset NULL: counts */
static void pattern_run(struct nest_domain *d, struct nest_term *t, unsigned slot,
                        struct nest_state outside, uint32_t class)
{
    unsigned from, to;

    if (slot == t->end) {
        assert(!outside.bad);
        if (t->offset) {
            t->offset[t->nentry] = outside.base;
            t->weight[t->nentry] = outside.scale;
            t->of_class[t->nentry] = class;
        }
        t->nentry++;
        return;
    }
    from = t->items.at[slot + 1];
    to = t->items.at[slot + 2];
    for (int64_t v = 0; v < t->extent[slot]; v++) {
        struct nest_state s = outside;
        uint32_t c = class;

        d->value[slot] = v;
        s.base += t->step[slot] * (uint32_t)v;
        for (unsigned k = from; k < to && !s.dead; k++)
            if (t->fixed[k])
                item_do(d, &t->items.item[k], &s);
        if (t->mixed & bit(slot))
            c = c * (uint32_t)t->extent[slot] + (uint32_t)v;
        if (!s.dead)
            pattern_run(d, t, slot + 1, s, c);
    }
}

static void pattern_make(struct nest_domain *d, struct nest_term *t)
{
    struct nest_state s = {.scale = 1};
    uint64_t nclass = 1;

    for (unsigned slot = t->split; slot < t->end; slot++)
        if (t->mixed & bit(slot))
            nclass *= (uint64_t)t->extent[slot];
    assert(nclass <= UINT32_MAX);
    t->nclass = nclass;
    pattern_run(d, t, t->split, s, 0);
    t->offset = tc_xcalloc(t->nentry, sizeof *t->offset);
    t->weight = tc_xcalloc(t->nentry, sizeof *t->weight);
    t->of_class = tc_xcalloc(t->nentry, sizeof *t->of_class);
    t->nentry = 0;
    pattern_run(d, t, t->split, s, 0);
    t->class = tc_xcalloc(t->nclass, sizeof *t->class);
    t->population = tc_xcalloc(t->nclass, sizeof *t->population);
    for (size_t e = 0; e < t->nentry; e++)
        t->population[t->of_class[e]]++;
}

/* Runs the mixed loops from slot on with the items that mix; guards that the
 * pattern knows of are looked at again, for they protect computed tables. */
static void classes_run(struct nest_domain *d, struct nest_term *t, unsigned slot,
                        struct nest_state outside, size_t class)
{
    while (slot < t->end && !(t->mixed & bit(slot)))
        slot++;
    if (slot == t->end) {
        t->class[class] = (struct nest_class){outside.base, !outside.dead, outside.bad,
                                              outside.scale};
        return;
    }
    for (int64_t v = 0; v < t->extent[slot]; v++) {
        struct nest_state s = outside;

        d->value[slot] = v;
        for (unsigned k = t->items.at[slot + 1]; k < t->items.at[slot + 2] && !s.dead; k++) {
            const struct nest_item *it = &t->items.item[k];

            if (!t->fixed[k] || (it->kind == NEST_GUARD &&
                                 !(it->mentions & ~(t->mixed | (bit(t->split) - 1)))))
                item_do(d, it, &s);
        }
        classes_run(d, t, slot + 1, s, class * (size_t)t->extent[slot] + (size_t)v);
    }
}

static void classes_make(struct nest_domain *d, struct nest_term *t)
{
    bool same = t->made;

    for (uint64_t m = t->met; m; m &= m - 1) {
        unsigned slot = (unsigned)__builtin_ctzll(m);

        same = same && t->seen[slot] == d->value[slot];
        t->seen[slot] = d->value[slot];
    }
    t->made = true;
    if (!same)
        classes_run(d, t, t->split, (struct nest_state){.scale = 1}, 0);
}

static void copy_pattern(const struct nest_term *t, const struct nest_state *s,
                         struct nest_sink *sink)
{
    tc_wire *source = sink->source + sink->nedges;
    tc_weight *weight = sink->weight + sink->nedges;
    uint32_t base = s->base;
    int64_t scale = s->scale;

    for (size_t e = 0; e < t->nentry; e++)
        source[e] = base + t->offset[e];
    if (scale == 1 && t->nentry > 4)
        memcpy(weight, t->weight, t->nentry * sizeof *weight);
    else
        for (size_t e = 0; e < t->nentry; e++)
            weight[e] = scale * t->weight[e];
    sink->nedges += t->nentry;
}

static void copy_classes(const struct nest_term *t, const struct nest_state *s,
                         struct nest_sink *sink)
{
    uint64_t n = sink->nedges;

    for (size_t e = 0; e < t->nentry; e++) {
        const struct nest_class *c = &t->class[t->of_class[e]];

        if (!c->alive)
            continue;
        assert(!c->bad);
        sink->source[n] = s->base + c->offset + t->offset[e];
        sink->weight[n] = s->scale * c->scale * t->weight[e];
        n++;
    }
    sink->nedges = n;
}

static void pattern_edges(struct nest_domain *d, struct nest_term *t, const struct nest_state *s,
                          struct nest_sink *sink)
{
    if (!t->population)
        pattern_make(d, t);
    if (t->classes)
        classes_make(d, t);
    if (!sink->source) {
        if (!t->classes)
            sink->nedges += t->nentry;
        for (size_t c = 0; t->classes && c < t->nclass; c++)
            if (t->class[c].alive)
                sink->nedges += t->population[c];
    } else if (t->classes) {
        copy_classes(t, s, sink);
    } else {
        copy_pattern(t, s, sink);
    }
}

static void edges_run(struct nest_domain *d, struct nest_term *t, unsigned slot,
                      const struct nest_state *s, struct nest_sink *sink)
{
    if (slot == t->split) {
        if (!t->big) {
            assert(!s->bad);
            pattern_edges(d, t, s, sink);
            return;
        }
        assert(!s->bad);
        if (sink->source) {
            sink->source[sink->nedges] = s->base;
            sink->weight[sink->nedges] = tc_weight_put(sink->netlist, s->big);
        }
        sink->nedges++;
        return;
    }
    for (int64_t v = 0; v < t->extent[slot]; v++) {
        struct nest_state *inside = &t->state[slot + 1 - t->first];

        d->value[slot] = v;
        nest_enter(d, t, slot, s, inside);
        if (!inside->dead)
            edges_run(d, t, slot + 1, inside, sink);
    }
}

void nest_edges(struct nest_domain *d, struct nest_term *t, const struct nest_state *s,
                struct nest_sink *sink)
{
    if (!s->dead)
        edges_run(d, t, t->first, s, sink);
}

/* ---------------------------------------------------------------- constants */

static int64_t constant_run(struct nest_domain *d, struct nest_term *t, unsigned slot,
                            const struct nest_state *s, mpz_ptr z)
{
    struct nest_state *inside;
    int64_t sum = 0;

    if (s->dead)
        return 0;
    if (slot == t->end) {
        assert(!s->bad);
        if (s->big)
            mpz_add(z, z, s->big);
        return s->scale;
    }
    inside = &t->state[slot + 1 - t->first];
    for (int64_t v = 0; v < t->extent[slot]; v++) {
        d->value[slot] = v;
        nest_enter(d, t, slot, s, inside);
        sum += constant_run(d, t, slot + 1, inside, z);
    }
    return sum;
}

int64_t nest_constant(struct nest_domain *d, struct nest_term *t, mpz_ptr z)
{
    struct nest_state *s = &t->state[0];

    mpz_set_ui(z, 0);
    nest_begin(d, t, s);
    for (unsigned level = 1; level <= t->first; level++)
        do_level(d, &t->items, level, s);
    return constant_run(d, t, t->first, s, z);
}

/* ------------------------------------------------------------------- a term */

bool nest_compile(struct nest_domain *d, struct nest_term *out, const struct tc_term *t, int sign,
                  const struct tc_numbering *nb, uint32_t first_wire, struct tc_error *err)
{
    unsigned naccess = t->plane ? t->plane->naxis + 1 : 0;

    *out = (struct nest_term){.base = first_wire,
                              .first = d->naxis + 1,
                              .end = d->naxis + 1 + t->nsum};
    mpz_init(out->coef);
    if (out->end > NEST_SLOTS)
        return too_many_indices(out->end, err);
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
    choose_split(out);
    out->state = tc_alloc(d->arena, t->nsum + 1, sizeof *out->state);
    for (unsigned k = 0; out->big && k <= t->nsum; k++)
        out->state[k].big = tc_mpz(d->arena);
    return true;
}

void nest_free(struct nest_term *t)
{
    mpz_clear(t->coef);
    free(t->offset);
    free(t->weight);
    free(t->of_class);
    free(t->class);
    free(t->population);
}
