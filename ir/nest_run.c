/* nest_run.c -- the loops of a term, run: items, patterns, edges, constants */
#include "nest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* slots are also bits of a set */
static uint64_t bit(unsigned slot)
{
    return (uint64_t)1 << slot;
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
    m = &it->memo[h >> (64 - NEST_MEMO_BITS)];
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

static void do_lookup(const struct nest_domain *d, const struct nest_item *it, struct nest_state *s)
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

static void do_ranked(const struct nest_domain *d, const struct nest_item *it, struct nest_state *s)
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

static void item_do(const struct nest_domain *d, const struct nest_item *it, struct nest_state *s)
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
        if (d->counting)
            break;
        if (!expr_value(it->expr, d->value, &v))
            s->bad = true;
        else
            s->base += (uint32_t)it->stride * (uint32_t)v;
        break;
    case NEST_RANKED:
        if (!d->counting)
            do_ranked(d, it, s);
        break;
    }
}

static inline void do_level(const struct nest_domain *d, const struct nest_items *items,
                            unsigned level, struct nest_state *s)
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

static inline void enter(const struct nest_domain *d, const struct nest_term *t, unsigned slot,
                         const struct nest_state *outside, struct nest_state *inside)
{
    inside->base = outside->base + t->step[slot] * (uint32_t)d->value[slot];
    inside->dead = outside->dead;
    inside->bad = outside->bad;
    inside->scale = outside->scale;
    if (t->big)
        mpz_set(inside->big, outside->big);
    do_level(d, &t->items, slot + 1, inside);
}

void nest_enter(const struct nest_domain *d, unsigned n, const struct nest_term *t, unsigned slot,
                const struct nest_state *outside, struct nest_state *inside)
{
    for (unsigned k = 0; k < n; k++)
        enter(d, &t[k], slot, &outside[k], &inside[k]);
}

/* -------------------------------------------------------------- the pattern */

static void pattern_add(const struct nest_domain *d, struct nest_term *t, struct nest_pattern *p,
                        const struct nest_state *s, uint32_t class)
{
    assert(!s->bad || t->classes);
    if (d->counting && !t->classes) {
        p->n++;
        return;
    }
    if (p->n == p->room) {
        p->room = 2 * p->room + 16;
        p->offset = tc_xrealloc(p->offset, p->room + NEST_SLACK, sizeof *p->offset);
        p->weight = tc_xrealloc(p->weight, p->room + NEST_SLACK, sizeof *p->weight);
        if (t->classes)
            t->of_class = tc_xrealloc(t->of_class, p->room, sizeof *t->of_class);
        memset(p->offset + p->n, 0, (p->room - p->n + NEST_SLACK) * sizeof *p->offset);
        memset(p->weight + p->n, 0, (p->room - p->n + NEST_SLACK) * sizeof *p->weight);
    }
    p->offset[p->n] = s->base;
    p->weight[p->n] = s->bad ? 0 : s->scale;
    if (t->classes)
        t->of_class[p->n] = class;
    p->n++;
}

/* runs the reduction loops from slot on with fixed items alone */
static void pattern_run(struct nest_domain *d, struct nest_term *t, unsigned slot,
                        struct nest_state outside, uint32_t class, struct nest_pattern *p)
{
    unsigned from, to;

    if (slot == t->end) {
        pattern_add(d, t, p, &outside, class);
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
        if (t->classes && (t->mixed & bit(slot)))
            c = c * (uint32_t)t->extent[slot] + (uint32_t)v;
        if (!s.dead)
            pattern_run(d, t, slot + 1, s, c, p);
    }
}

static void pattern_make(struct nest_domain *d, struct nest_term *t, struct nest_pattern *p)
{
    struct nest_state s = {.scale = 1};
    uint64_t nclass = 1;

    pattern_run(d, t, t->split, s, 0, p);
    p->made = true;
    if (!t->classes)
        return;
    for (unsigned slot = t->split; slot < t->end; slot++)
        if (t->mixed & bit(slot))
            nclass *= (uint64_t)t->extent[slot];
    assert(nclass <= UINT32_MAX);
    t->nclass = nclass;
    t->class = tc_xcalloc(nclass, sizeof *t->class);
    t->population = tc_xcalloc(nclass, sizeof *t->population);
    for (size_t e = 0; e < p->n; e++)
        t->population[t->of_class[e]] += p->weight[e] != 0;
}

/* the pattern for the values that the indices have now */
static const struct nest_pattern *pattern_now(struct nest_domain *d, struct nest_term *t)
{
    size_t key = 0;
    struct nest_pattern *p;

    if (t->nkey > 1)
        for (uint64_t m = t->met; m; m &= m - 1) {
            unsigned slot = (unsigned)__builtin_ctzll(m);

            key = key * (size_t)t->extent[slot] + (size_t)d->value[slot];
        }
    if (!t->pattern)
        t->pattern = tc_xcalloc(t->nkey, sizeof *t->pattern);
    p = &t->pattern[key];
    if (!p->made)
        pattern_make(d, t, p);
    return p;
}

/* Runs the mixed loops from slot on with the items that mix; guards that the
 * pattern knows of are looked at again, for they protect computed tables. */
static void classes_run(struct nest_domain *d, struct nest_term *t, unsigned slot,
                        struct nest_state outside, size_t class)
{
    while (slot < t->end && !(t->mixed & bit(slot)))
        slot++;
    if (slot == t->end) {
        t->class[class] =
            (struct nest_class){outside.base, !outside.dead, outside.bad, outside.scale};
        return;
    }
    for (int64_t v = 0; v < t->extent[slot]; v++) {
        struct nest_state s = outside;

        d->value[slot] = v;
        for (unsigned k = t->items.at[slot + 1]; k < t->items.at[slot + 2] && !s.dead; k++) {
            const struct nest_item *it = &t->items.item[k];

            if (!t->fixed[k] ||
                (it->kind == NEST_GUARD && !(it->mentions & ~(t->mixed | (bit(t->split) - 1)))))
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

/* as wide as every x86-64 machine has them, and many others */
typedef uint32_t four __attribute__((vector_size(16), aligned(4), may_alias));

static void copy_pattern(const struct nest_pattern *p, const struct nest_state *s,
                         struct nest_sink *sink)
{
    tc_wire *source = sink->source + sink->nedges;
    tc_weight *weight = sink->weight + sink->nedges;
    four base = {s->base, s->base, s->base, s->base};

    /* patterns are padded, and so is the sink */
    for (size_t e = 0; e < p->n; e += NEST_SLACK) {
        *(four *)(source + e) = *(const four *)(p->offset + e) + base;
        *(four *)(source + e + 4) = *(const four *)(p->offset + e + 4) + base;
    }
    if (s->scale == 1)
        for (size_t e = 0; e < p->n; e += NEST_SLACK)
            memcpy(weight + e, p->weight + e, NEST_SLACK * sizeof *weight);
    else
        for (size_t e = 0; e < p->n; e++)
            weight[e] = s->scale * p->weight[e];
    sink->nedges += p->n;
}

static void copy_classes(const struct nest_term *t, const struct nest_state *s,
                         struct nest_sink *sink)
{
    const struct nest_pattern *p = &t->pattern[0];
    uint64_t n = sink->nedges;

    for (size_t e = 0; e < p->n; e++) {
        const struct nest_class *c = &t->class[t->of_class[e]];

        if (!c->alive)
            continue;
        assert(!c->bad && p->weight[e]);
        sink->source[n] = s->base + c->offset + p->offset[e];
        sink->weight[n] = s->scale * c->scale * p->weight[e];
        n++;
    }
    sink->nedges = n;
}

static void pattern_edges(struct nest_domain *d, struct nest_term *t, const struct nest_state *s,
                          struct nest_sink *sink)
{
    uint64_t before = sink->nedges;
    const struct nest_pattern *p = pattern_now(d, t);

    if (t->classes)
        classes_make(d, t);
    if (!sink->source) {
        if (!t->classes)
            sink->nedges += p->n;
        for (size_t c = 0; t->classes && c < t->nclass; c++)
            if (t->class[c].alive)
                sink->nedges += t->population[c];
    } else if (t->classes) {
        copy_classes(t, s, sink);
    } else {
        copy_pattern(p, s, sink);
    }
    assert(!s->bad || sink->nedges == before);
}

static void edges_run(struct nest_domain *d, struct nest_term *t, unsigned slot,
                      const struct nest_state *s, struct nest_sink *sink)
{
    if (slot == t->split) {
        if (!t->big) {
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
        enter(d, t, slot, s, inside);
        if (!inside->dead)
            edges_run(d, t, slot + 1, inside, sink);
    }
}

void nest_edges(struct nest_domain *d, unsigned n, struct nest_term *t,
                const struct nest_state *outside, struct nest_state *inside, struct nest_sink *sink)
{
    for (unsigned k = 0; k < n; k++) {
        if (outside[k].dead)
            continue;
        enter(d, &t[k], d->naxis, &outside[k], &inside[k]);
        if (inside[k].dead)
            continue;
        if (t[k].first == t[k].end && !t[k].big && sink->source) { /* one wire: no pattern */
            assert(!inside[k].bad);
            sink->source[sink->nedges] = inside[k].base;
            sink->weight[sink->nedges++] = inside[k].scale;
        } else {
            edges_run(d, &t[k], t[k].first, &inside[k], sink);
        }
    }
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
        enter(d, t, slot, s, inside);
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
