/* split_gates.c -- gates [block >= threshold], lists of them by place and slot */
#include "split.h"

#include <string.h>

struct split_lists tc_split_lists_new(struct split_build *s, enum split_digits kind, unsigned nslot)
{
    struct split_lists l = {.kind = kind, .nslot = nslot};

    l.n = tc_alloc(s->scratch, s->b->nplace * nslot, sizeof *l.n);
    l.at = tc_alloc(s->scratch, s->b->nplace * nslot, sizeof *l.at);
    return l;
}

mpz_ptr tc_split_list_add(struct split_build *s, struct split_lists *l, size_t place, unsigned slot)
{
    size_t i = place * l->nslot + slot;

    if (!(l->n[i] & (l->n[i] - 1))) {
        mpz_ptr *more = tc_alloc(s->scratch, 2 * l->n[i] + 1, sizeof *more);

        if (l->n[i])
            memcpy(more, l->at[i], l->n[i] * sizeof *more);
        l->at[i] = more;
    }
    l->at[i][l->n[i]] = tc_mpz(s->scratch);
    if (l->n[i] == l->most)
        l->most++;
    return l->at[i][l->n[i]++];
}

bool tc_split_made_guard(struct split_build *s, struct split_made *m)
{
    const struct split_lists *l = m->of;
    int64_t extent = l->nslot;
    struct tc_axis slot;
    struct split_entries e;

    m->slot = tc_index_new(s->f, "block", l->nslot, NULL);
    m->item = tc_index_new(s->f, "u", (int64_t)l->most, NULL);
    slot = tc_split_axis(s, m->slot);
    e = tc_split_entries_new(s, 1, &extent, &slot);
    if (!e.v)
        return tc_split_too_large(s);
    m->all = true;
    for (size_t k = 0; k < s->b->nplace * l->nslot; k++) {
        e.v[k] = tc_mpz_si(s->scratch, (int64_t)l->n[k]);
        /* outside the guards there is nothing, as much as anywhere */
        if (!s->b->valid[k / l->nslot])
            mpz_set_si(e.v[k], (int64_t)(k >= l->nslot ? l->n[k % l->nslot] : 0));
        m->all = m->all && mpz_cmp_ui(e.v[k], l->most) == 0;
    }
    if (m->all)
        return true;
    m->guard.expr = tc_split_table_axis(s, "count", &e);
    m->guard.expr.at.constant -= 1;
    m->guard.expr = tc_axis_plus(s->f->arena, m->guard.expr, -1, m->item);
    return true;
}

struct tc_guard tc_split_guard_at(struct split_build *s, const struct split_made *m,
                                  struct tc_axis slot, struct tc_axis item)
{
    return tc_guard_subst(s->f, tc_guard_subst(s->f, m->guard, m->slot, slot), m->item, item);
}

static bool make_grid(struct split_build *s, struct split_made *m, const char *name,
                      const char *note)
{
    const struct split_lists *l = m->of;
    const struct tc_index *chain = s->old->plane.chain;
    struct tc_form form, theta;
    struct tc_axis at[2];
    int64_t extent[2] = {l->nslot, (int64_t)l->most};
    unsigned *block_of;
    struct split_entries e;

    at[0] = tc_split_axis(s, m->slot);
    at[1] = tc_split_axis(s, m->item);
    e = tc_split_entries_new(s, 2, extent, at);
    if (!e.v)
        return tc_split_too_large(s);
    for (size_t k = 0; k < s->b->nplace * l->nslot; k++)
        for (size_t u = 0; u < l->n[k]; u++)
            e.v[k * l->most + u] = l->at[k][u];
    block_of = tc_alloc(s->scratch, l->nslot, sizeof *block_of);
    for (unsigned slot = 0; slot < l->nslot; slot++) {
        block_of[slot] = TC_SPLIT_NO_BLOCK;
        for (size_t place = 0; place < s->b->nplace; place++)
            if (l->n[place * l->nslot + slot])
                block_of[slot] = slot;
    }
    if (!tc_split_digit_form(s, false, l->kind, l->nslot, block_of, at[0], &form) ||
        !tc_split_digit_form(s, true, l->kind, l->nslot, block_of, at[0], &theta))
        return false;
    theta = tc_form_add(s->f, theta, tc_split_table_form(s, "theta", &e));
    m->plane = tc_split_bank_new(s, tc_split_plane_name(s, name), form, chain != NULL, theta, false,
                                 !m->all, &m->guard, note);
    return true;
}

/* All gates in one row, equal ones once: where nothing but the chain tells places
 * apart, and it does not matter for the wires. */
static bool make_row(struct split_build *s, struct split_made *m, const char *name,
                     const char *note)
{
    const struct split_lists *l = m->of;
    size_t nplace = s->b->nplace, total = 0, n = 0, *first;
    unsigned *block_of;
    mpz_ptr *at;
    int64_t extent;
    struct tc_form form, theta;
    struct tc_axis row;

    for (size_t k = 0; k < nplace * l->nslot; k++)
        total += l->n[k];
    m->where = tc_alloc(s->scratch, nplace * l->nslot * l->most, sizeof *m->where);
    at = tc_alloc(s->scratch, total, sizeof *at);
    block_of = tc_alloc(s->scratch, total, sizeof *block_of);
    first = tc_alloc(s->scratch, l->nslot + (size_t)1, sizeof *first);
    for (unsigned slot = 0; slot < l->nslot; slot++)
        for (size_t place = first[slot] = 0; place < nplace; place++)
            for (size_t u = 0; u < l->n[place * l->nslot + slot]; u++) {
                mpz_srcptr v = l->at[place * l->nslot + slot][u];
                size_t k = first[slot] ? first[slot] - 1 : n;

                if (!first[slot])
                    first[slot] = n + 1;
                while (k < n && mpz_cmp(at[k], v))
                    k++;
                if (k == n) {
                    at[n] = tc_mpz_copy(s->scratch, v);
                    block_of[n++] = slot;
                }
                m->where[(place * l->nslot + slot) * l->most + u] = k;
            }
    for (unsigned i = 0; i < s->b->nterm; i++)
        if (n > TC_SPLIT_MOST / s->b->term[i].size)
            return make_grid(s, m, name, note); /* more gates, fewer digits */
    extent = (int64_t)n;
    m->row = tc_index_new(s->f, "r", extent, NULL);
    row = tc_split_axis(s, m->row);
    if (!tc_split_digit_form(s, false, l->kind, (unsigned)n, block_of, row, &form) ||
        !tc_split_digit_form(s, true, l->kind, (unsigned)n, block_of, row, &theta))
        return false;
    theta = tc_form_add(
        s->f, theta,
        tc_form_table(
            s->f, tc_table_dense_mpz(s->f, tc_split_table_name(s, "theta"), 1, &extent, at), &row));
    m->plane = tc_split_bank_new(s, tc_split_plane_name(s, name), form, false, theta, false, 0,
                                 NULL, note);
    return true;
}

bool tc_split_make(struct split_build *s, const struct split_lists *l, struct split_made *m,
                   const char *name, const char *note)
{
    *m = (struct split_made){.of = l};
    if (!tc_split_made_guard(s, m))
        return false;
    if (tc_split_row_of_gates(s->b))
        return make_row(s, m, name, note);
    return make_grid(s, m, name, note);
}

bool tc_split_read_item(struct split_build *s, const struct split_made *m, struct tc_axis slot,
                        struct tc_axis item, struct tc_form *out)
{
    const struct split_lists *l = m->of;

    if (m->row) {
        struct tc_axis at[2] = {slot, item};
        int64_t extent[2] = {l->nslot, (int64_t)l->most};
        struct split_entries e = tc_split_entries_new(s, 2, extent, at);
        struct tc_axis to;

        if (!e.v)
            return tc_split_too_large(s);
        for (size_t k = 0; k < s->b->nplace * e.other; k++)
            e.v[k] = tc_mpz_si(s->scratch, (int64_t)m->where[k]);
        to = tc_split_table_axis(s, "row", &e);
        *out = tc_split_wire(s, m->plane, 1, &m->row, &to);
    } else {
        const struct tc_index *ix[2] = {m->slot, m->item};
        struct tc_axis to[2] = {slot, item};

        *out = tc_split_wire(s, m->plane, 2, ix, to);
    }
    return true;
}

bool tc_split_read_list(struct split_build *s, const struct split_made *m, struct tc_axis slot,
                        const bool *start, struct tc_form *out)
{
    const struct split_lists *l = m->of;
    const struct tc_index *item = tc_index_new(s->f, "u", (int64_t)l->most, NULL);
    struct tc_axis at[2] = {slot, tc_split_axis(s, item)};
    struct tc_guard guard;

    if (!tc_split_read_item(s, m, slot, at[1], out))
        return false;
    if (start) {
        int64_t extent[2] = {l->nslot, (int64_t)l->most};
        struct split_entries e = tc_split_entries_new(s, 2, extent, at);

        if (!e.v)
            return tc_split_too_large(s);
        for (size_t k = 0; k < s->b->nplace * l->nslot; k++)
            for (size_t u = 0; u < l->most; u++)
                e.v[k * l->most + u] = tc_mpz_si(s->scratch, (u % 2 == 0) == !start[k] ? 1 : -1);
        *out = tc_split_table_times(s, "sign", &e, *out);
    }
    if (!m->all)
        guard = tc_split_guard_at(s, m, slot, at[1]);
    *out = tc_form_sum(s->f, *out, 1, &item, !m->all, &guard);
    return true;
}
