/* netlist.c -- a circuit, gate by gate: weights, invariants, counts */
#include "ir.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

struct tc_netlist *tc_netlist_new(void)
{
    struct tc_netlist *nl = tc_xcalloc(1, sizeof *nl);

    nl->arena = tc_arena_new();
    nl->first = tc_xcalloc(1, sizeof *nl->first);
    nl->gate = tc_xcalloc(1, sizeof *nl->gate);
    return nl;
}

void tc_netlist_free(struct tc_netlist *nl)
{
    if (!nl)
        return;
    for (size_t i = 0; i < nl->nbig; i++)
        mpz_clear(nl->big[i]);
    free(nl->big);
    free(nl->slot);
    free(nl->first);
    free(nl->gate);
    free(nl->source);
    free(nl->weight);
    free(nl->bound);
    free(nl->output);
    free(nl->place);
    free(nl->ports.port[TC_PORT_INPUT]);
    free(nl->ports.port[TC_PORT_OUTPUT]);
    tc_arena_free(nl->arena);
    free(nl);
}

static void *copy_array(const void *from, uint64_t count, size_t size)
{
    void *to = tc_xcalloc(count + 1, size);

    return count ? memcpy(to, from, count * size) : to;
}

struct tc_netlist *tc_netlist_copy(const struct tc_netlist *nl)
{
    struct tc_netlist *to = tc_xcalloc(1, sizeof *to);

    *to = *nl;
    to->arena = tc_arena_new();
    to->first = copy_array(nl->first, nl->nrows + (uint64_t)1, sizeof *to->first);
    to->gate = copy_array(nl->gate, nl->nrows + (uint64_t)1, sizeof *to->gate);
    to->source = copy_array(nl->source, nl->nedges, sizeof *to->source);
    to->weight = copy_array(nl->weight, nl->nedges, sizeof *to->weight);
    to->bound = copy_array(nl->bound, nl->ngates, sizeof *to->bound);
    to->output = copy_array(nl->output, nl->noutputs, sizeof *to->output);
    to->place = copy_array(nl->place, nl->nplace, sizeof *to->place);
    for (unsigned p = 0; p < nl->nplace; p++)
        to->place[p].name = tc_strdup(to->arena, nl->place[p].name);
    to->slot = copy_array(nl->slot, nl->nslot, sizeof *to->slot);
    to->big = tc_xcalloc(nl->nslot + 1, sizeof *to->big); /* as much room as tc_weight_put has */
    for (size_t i = 0; i < nl->nbig; i++)
        mpz_init_set(to->big[i], nl->big[i]);
    to->ports = (struct tc_ports){0};
    tc_ports_copy(to, nl);
    return to;
}

/* ---------------------------------------------------------------- weights */

void tc_weight_get(const struct tc_netlist *nl, tc_weight w, mpz_ptr z)
{
    if (tc_weight_is_big(w))
        mpz_set(z, nl->big[tc_weight_index(w)]);
    else
        tc_mpz_set_i64(z, w);
}

static size_t hash(mpz_srcptr z)
{
    uint64_t h = mpz_sgn(z) < 0 ? 0x9e3779b97f4a7c15 : 0;

    for (size_t i = 0; i < mpz_size(z); i++) {
        h = (h ^ mpz_getlimbn(z, (mp_size_t)i)) * 0xff51afd7ed558ccd;
        h ^= h >> 32;
    }
    return (size_t)h;
}

/* the slot of z in the hash table, or the empty one where it belongs */
static size_t find(const struct tc_netlist *nl, mpz_srcptr z)
{
    size_t at = hash(z) & (nl->nslot - 1);

    while (nl->slot[at] && mpz_cmp(nl->big[nl->slot[at] - 1], z) != 0)
        at = (at + 1) & (nl->nslot - 1);
    return at;
}

tc_weight tc_weight_put(struct tc_netlist *nl, mpz_srcptr z)
{
    size_t at;

    /* the rest of 64 bits belongs to the big ones */
    if (tc_mpz_fits_i64(z) && mpz_cmpabs_ui(z, TC_WEIGHT_SMALL) < 0)
        return tc_mpz_get_i64(z);
    if (2 * nl->nbig >= nl->nslot) {
        nl->nslot = nl->nslot ? 2 * nl->nslot : 16;
        nl->big = tc_xrealloc(nl->big, nl->nslot, sizeof *nl->big);
        free(nl->slot);
        nl->slot = tc_xcalloc(nl->nslot, sizeof *nl->slot);
        for (size_t i = 0; i < nl->nbig; i++)
            nl->slot[find(nl, nl->big[i])] = (uint32_t)i + 1;
    }
    at = find(nl, z);
    if (!nl->slot[at]) {
        assert(nl->nbig < UINT32_MAX);
        mpz_init_set(nl->big[nl->nbig], z);
        nl->slot[at] = (uint32_t)++nl->nbig;
    }
    return TC_WEIGHT_SMALL + (tc_weight)nl->slot[at] - 1;
}

/* -------------------------------------------------------------- invariants */

static bool check_weight(const struct tc_netlist *nl, tc_weight w)
{
    return tc_weight_is_big(w) ? tc_weight_index(w) < nl->nbig : w > -TC_WEIGHT_SMALL;
}

static bool check_row(const struct tc_netlist *nl, uint32_t r, struct tc_error *err)
{
    struct tc_loc nowhere = {0};
    uint64_t reader;

    if (nl->gate[r + 1] <= nl->gate[r] || nl->gate[r + 1] > nl->ngates)
        return tc_fail(err, TC_EFORMAT, nowhere, "row %u drives gates %u to %u of %u", r,
                       nl->gate[r], nl->gate[r + 1], nl->ngates);
    if (nl->first[r + 1] < nl->first[r] || nl->first[r + 1] > nl->nedges)
        return tc_fail(err, TC_EFORMAT, nowhere, "row %u has edges %llu to %llu of %llu", r,
                       (unsigned long long)nl->first[r], (unsigned long long)nl->first[r + 1],
                       (unsigned long long)nl->nedges);
    reader = (uint64_t)nl->ninputs + nl->gate[r];
    for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++) {
        if (nl->source[e] >= reader)
            return tc_fail(err, TC_EFORMAT, nowhere,
                           "gate at wire %llu reads wire %u, not a smaller one",
                           (unsigned long long)reader, nl->source[e]);
        if (nl->weight[e] == 0 || !check_weight(nl, nl->weight[e]))
            return tc_fail(err, TC_EFORMAT, nowhere, "gate at wire %llu has a weight that is %s",
                           (unsigned long long)reader, nl->weight[e] ? "no number" : "0");
    }
    for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++)
        if (!check_weight(nl, nl->bound[g]))
            return tc_fail(err, TC_EFORMAT, nowhere, "gate %u has a bound that is no number", g);
    return true;
}

static bool check_places(const struct tc_netlist *nl, struct tc_error *err)
{
    for (unsigned p = 0; p < nl->nplace; p++) {
        const struct tc_place *at = &nl->place[p];
        size_t len = strlen(at->name);
        bool ok = len > 0 && len <= TC_PLACE_NAME &&
                  at->first <= (uint64_t)nl->ninputs + nl->ngates &&
                  (at->level ? at->first >= nl->ninputs : at->first < nl->ninputs) &&
                  (p == 0 || at->first >= at[-1].first);

        /* a name is one word of the comment that says it */
        for (const char *s = at->name; *s; s++)
            ok = ok && *s > ' ' && *s < 127 && *s != ':';
        if (!ok)
            return tc_fail(err, TC_EFORMAT, (struct tc_loc){0},
                           "place %u is out of order or has no proper name", p);
    }
    return true;
}

bool tc_netlist_check(const struct tc_netlist *nl, struct tc_error *err)
{
    struct tc_loc nowhere = {0};

    if ((uint64_t)nl->ninputs + nl->ngates > UINT32_MAX)
        return tc_fail(err, TC_ELIMIT, nowhere,
                       "%u inputs and %u gates are more than 2^32 - 1 wires", nl->ninputs,
                       nl->ngates);
    if (nl->first[0] != 0 || nl->gate[0] != 0 || nl->first[nl->nrows] != nl->nedges ||
        nl->gate[nl->nrows] != nl->ngates)
        return tc_fail(err, TC_EFORMAT, nowhere, "rows do not cover all edges and gates");
    for (size_t i = 0; i < nl->nbig; i++)
        if (tc_mpz_fits_i64(nl->big[i]) && mpz_cmpabs_ui(nl->big[i], TC_WEIGHT_SMALL) < 0)
            return tc_fail(err, TC_EFORMAT, nowhere, "big number %zu is small", i);
    for (uint32_t r = 0; r < nl->nrows; r++)
        if (!check_row(nl, r, err))
            return false;
    for (uint32_t o = 0; o < nl->noutputs; o++)
        if (nl->output[o] >= nl->ninputs + nl->ngates)
            return tc_fail(err, TC_EFORMAT, nowhere, "output %u is wire %u of %u", o, nl->output[o],
                           nl->ninputs + nl->ngates);
    return check_places(nl, err);
}

/* ------------------------------------------------------------------ counts */

uint32_t *tc_netlist_levels(const struct tc_netlist *nl)
{
    uint32_t *level = tc_xcalloc((size_t)nl->ninputs + nl->ngates, sizeof *level);

    for (uint32_t r = 0; r < nl->nrows; r++) {
        uint32_t high = 0;

        for (uint64_t e = nl->first[r]; e < nl->first[r + 1]; e++)
            high = level[nl->source[e]] > high ? level[nl->source[e]] : high;
        for (uint32_t g = nl->gate[r]; g < nl->gate[r + 1]; g++)
            level[nl->ninputs + g] = high + 1;
    }
    return level;
}

static void set_uint128(mpz_ptr z, uint128 v)
{
    mpz_set_ui(z, (unsigned long)(v >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)(uint64_t)v);
}

/* the largest |w|, and the largest among big ones by looking at those used */
static void max_abs(const struct tc_netlist *nl, const tc_weight *w, uint64_t n, mpz_ptr most)
{
    uint64_t small = 0;

    mpz_set_ui(most, 0);
    for (uint64_t i = 0; i < n; i++) {
        if (tc_weight_is_big(w[i])) {
            mpz_srcptr z = nl->big[tc_weight_index(w[i])];

            if (mpz_cmpabs(z, most) > 0)
                mpz_abs(most, z);
        } else {
            uint64_t v = w[i] < 0 ? -(uint64_t)w[i] : (uint64_t)w[i];

            small = v > small ? v : small;
        }
    }
    if (mpz_cmp_ui(most, small) < 0)
        mpz_set_ui(most, small);
}

void tc_netlist_count(struct tc_arena *arena, const struct tc_netlist *nl, struct tc_count *count)
{
    uint32_t *level = tc_netlist_levels(nl);
    uint64_t fan_in = 0;
    uint128 wires = 0;

    *count = (struct tc_count){.inputs = tc_mpz(arena),
                               .outputs = tc_mpz(arena),
                               .gates = tc_mpz(arena),
                               .wires = tc_mpz(arena),
                               .max_fan_in = tc_mpz(arena),
                               .max_weight = tc_mpz(arena),
                               .max_threshold = tc_mpz(arena)};
    for (uint32_t r = 0; r < nl->nrows; r++) {
        uint64_t n = nl->first[r + 1] - nl->first[r];

        fan_in = n > fan_in ? n : fan_in;
        wires += (uint128)n * (nl->gate[r + 1] - nl->gate[r]);
    }
    for (uint32_t o = 0; o < nl->noutputs; o++)
        if (level[nl->output[o]] > count->depth)
            count->depth = level[nl->output[o]];
    mpz_set_ui(count->inputs, nl->ninputs);
    mpz_set_ui(count->outputs, nl->noutputs);
    mpz_set_ui(count->gates, nl->ngates);
    set_uint128(count->wires, wires);
    mpz_set_ui(count->max_fan_in, fan_in);
    max_abs(nl, nl->weight, nl->nedges, count->max_weight);
    max_abs(nl, nl->bound, nl->ngates, count->max_threshold);
    free(level);
}
