/* test_gate.c -- gates by number against the netlist, gate by gate
 *
 * The netlist is built by walking all points; here nothing is walked.  Small circuits
 * are compared in full; of large ones, numbers, places and edges with each other. */
#include "../../compiler/compiler.h"
#include "../../ir/rank.h"
#include "check_main.h"
#include "random_family.h"
#include "walk.h"

#include <unistd.h>

/* ------------------------------------------------- against the netlist, in full */

struct edge {
    uint64_t wire;
    mpz_t weight;
};

struct edges {
    struct tc_gates *g;
    size_t n, room;
    struct edge *edge;
};

static bool take(void *ctx, const struct tc_spot *spot, mpz_srcptr wire, mpz_srcptr weight)
{
    struct edges *e = ctx;
    struct edge *x;

    if (e->n == e->room) {
        e->room = 2 * e->room + 16;
        e->edge = tc_xrealloc(e->edge, e->room, sizeof *e->edge);
    }
    (void)spot;
    x = &e->edge[e->n++];
    x->wire = mpz_get_ui(wire);
    mpz_init_set(x->weight, weight);
    return true;
}

static void forget(struct edges *e)
{
    for (size_t i = 0; i < e->n; i++)
        mpz_clear(e->edge[i].weight);
    e->n = 0;
}

static int by_wire(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;

    if (x->wire != y->wire)
        return x->wire < y->wire ? -1 : 1;
    return mpz_cmp(x->weight, y->weight);
}

/* place to number and back, through text */
static void round_trip(struct tc_gates *g, mpz_srcptr wire, struct tc_spot *spot)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_error err = {0};
    struct tc_spot again;
    mpz_t back;

    mpz_init(back);
    if (!tc_wire_spot(g, wire, spot, &err) || !tc_spot_wire(g, spot, back, &err))
        ck_abort_msg("%s", err.msg);
    MUST(mpz_cmp(wire, back) == 0);
    if (!tc_spot_read(g, tc_spot_text(a, spot), &again, &err))
        ck_abort_msg("%s: %s", tc_spot_text(a, spot), err.msg);
    MUST(again.plane == spot->plane);
    MUST(!memcmp(again.at, spot->at, walk_axes(spot->plane) * sizeof *spot->at));
    mpz_clear(back);
    tc_arena_free(a);
}

static void compare_row(const struct tc_netlist *nl, uint32_t row, struct tc_gates *g,
                        const struct tc_spot *spot, struct edges *e)
{
    uint64_t first = nl->first[row], n = nl->first[row + 1] - first, from = n / 3;
    struct tc_error err = {0};
    mpz_t edges, z;

    mpz_init_set_ui(z, 0);
    mpz_init(edges);
    for (unsigned part = 0; part < 2; part++) { /* all of them, then some in the middle */
        forget(e);
        mpz_set_ui(z, part ? from : 0);
        if (!tc_spot_reads(g, spot, z, part ? 2 : UINT64_MAX, take, e, edges, &err))
            ck_abort_msg("%s", err.msg);
        MUST(mpz_cmp_ui(edges, n) == 0);
        MUST(e->n == (part ? (n - from < 2 ? n - from : 2) : n));
        for (size_t i = 0; i < e->n; i++) {
            MUST(e->edge[i].wire == nl->source[first + (part ? from : 0) + i]);
            tc_weight_get(nl, nl->weight[first + (part ? from : 0) + i], z);
            MUST(mpz_cmp(e->edge[i].weight, z) == 0);
        }
    }
    mpz_clears(edges, z, NULL);
}

/* all readers of every `step`th wire, as a set */
static void compare_readers(const struct tc_netlist *nl, struct tc_gates *g, struct edges *e,
                            uint32_t step)
{
    uint32_t wires = nl->ninputs + nl->ngates;
    struct edges *of = tc_xcalloc(wires, sizeof *of);
    struct tc_error err = {0};
    struct tc_spot spot, gate;
    mpz_t z, zero, n;

    mpz_inits(z, zero, n, NULL);
    for (uint32_t r = 0; r < nl->nrows; r++)
        for (uint64_t i = nl->first[r]; i < nl->first[r + 1]; i++)
            for (uint32_t k = nl->gate[r]; nl->source[i] % step == 0 && k < nl->gate[r + 1]; k++) {
                mpz_t w;

                mpz_init(w);
                mpz_set_ui(z, nl->ninputs + k);
                tc_weight_get(nl, nl->weight[i], w);
                take(&of[nl->source[i]], NULL, z, w);
                mpz_clear(w);
            }
    for (uint32_t w = 0; w < wires; w++) {
        uint32_t other = (uint32_t)below(wires);
        uint64_t times = 0;

        if (w % step)
            continue;
        forget(e);
        mpz_set_ui(z, w);
        if (!tc_wire_spot(g, z, &spot, &err) ||
            !tc_spot_readers(g, &spot, zero, UINT64_MAX, take, e, n, &err))
            ck_abort_msg("%s", err.msg);
        MUST(mpz_cmp_ui(n, of[w].n) == 0 && e->n == of[w].n);
        if (e->n) {
            qsort(e->edge, e->n, sizeof *e->edge, by_wire);
            qsort(of[w].edge, of[w].n, sizeof *of[w].edge, by_wire);
        }
        if (e->n && below(2))
            other = (uint32_t)e->edge[below(e->n)].wire;
        for (size_t i = 0; i < e->n; i++) {
            MUST(by_wire(&e->edge[i], &of[w].edge[i]) == 0);
            times += e->edge[i].wire == other;
        }
        mpz_set_ui(z, other);
        if (!tc_wire_spot(g, z, &gate, &err) || !tc_spot_joined(g, &spot, &gate, n, &err))
            ck_abort_msg("%s", err.msg);
        MUST(mpz_cmp_ui(n, times) == 0);
    }
    for (uint32_t w = 0; w < wires; w++) {
        forget(&of[w]);
        free(of[w].edge);
    }
    free(of);
    mpz_clears(z, zero, n, NULL);
}

/* points of a bank's box that guards exclude are refused */
static void compare_outside(struct tc_gates *g, const struct tc_bank *b)
{
    struct tc_spot spot = {.plane = &b->plane};
    size_t box = walk_box(&b->plane);
    struct tc_error err;
    mpz_t wire, points;

    mpz_init(wire);
    mpz_init_set(points, tc_gates_points(g, &b->plane));
    for (size_t i = 0; i < box && box < 5000; i++) {
        size_t left = i;

        for (unsigned k = walk_axes(&b->plane); k-- > 0;) {
            spot.at[k] = (int64_t)(left % (size_t)walk_index(&b->plane, k)->extent);
            left /= (size_t)walk_index(&b->plane, k)->extent;
        }
        err.kind = 0;
        if (tc_spot_wire(g, &spot, wire, &err))
            mpz_sub_ui(points, points, 1);
        else
            MUST(err.kind == TC_EUSAGE);
    }
    if (box < 5000)
        MUST(mpz_sgn(points) == 0);
    mpz_clears(wire, points, NULL);
}

/* rows of every `step`th gate; returns how many gates there are */
static uint64_t compare(const struct tc_family *f, uint32_t step)
{
    struct tc_error err = {0};
    struct tc_netlist *nl = tc_family_instantiate(f, 0, 0, &err);
    struct tc_gates *g = tc_gates_open(f, &err);
    struct edges e = {.g = g};
    struct tc_spot spot;
    uint64_t gates;
    uint32_t place = 0, row = 0;
    mpz_t wire, z, bound;

    if (!nl || !g)
        ck_abort_msg("%s", err.msg);
    mpz_inits(wire, z, bound, NULL);
    MUST(mpz_cmp_ui(tc_gates_inputs(g), nl->ninputs) == 0);
    MUST(mpz_cmp_ui(tc_gates_wires(g), nl->ninputs + nl->ngates) == 0);
    for (uint32_t w = 0; w < nl->ninputs + nl->ngates; w++) {
        uint32_t gate = w - nl->ninputs;

        while (place + 1 < nl->nplace && nl->place[place + 1].first <= w)
            place++;
        if (w % step)
            continue;
        mpz_set_ui(wire, w);
        round_trip(g, wire, &spot);
        if (!strcmp(nl->place[place].name, spot.plane->name))
            MUST(nl->place[place].level == spot.plane->level);
        else
            ck_abort_msg("wire %u is of %s, not %s", w, nl->place[place].name, spot.plane->name);
        if (w < nl->ninputs) {
            if (!tc_spot_reads(g, &spot, wire, 9, take, &e, bound, &err))
                ck_abort_msg("%s", err.msg);
            MUST(mpz_sgn(bound) == 0);
            continue;
        }
        while (nl->gate[row + 1] <= gate)
            row++;
        tc_weight_get(nl, nl->bound[gate], z);
        if (!tc_spot_bound(g, &spot, bound, &err))
            ck_abort_msg("%s", err.msg);
        if (mpz_cmp(z, bound))
            ck_abort_msg("threshold of gate %u of %s", gate, spot.plane->name);
        compare_row(nl, row, g, &spot, &e);
    }
    mpz_set_ui(wire, nl->ninputs + nl->ngates);
    MUST(!tc_wire_spot(g, wire, &spot, &err) && err.kind == TC_EUSAGE);
    mpz_set_si(wire, -1);
    MUST(!tc_wire_spot(g, wire, &spot, &err) && err.kind == TC_EUSAGE);
    for (unsigned b = 0; b < f->nbank; b++)
        compare_outside(g, f->bank[b]);
    compare_readers(nl, g, &e, step);
    gates = nl->ngates;
    forget(&e);
    free(e.edge);
    mpz_clears(wire, z, bound, NULL);
    tc_gates_free(g);
    tc_netlist_free(nl);
    return gates;
}

START_TEST(random_families)
{
    for (unsigned round = 0; round < 20; round++) {
        struct tc_family *f;

        seed = 100 * (uint64_t)_i + round;
        f = some_family(_i % 3 == 2);
        compare(f, 1);
        tc_family_free(f);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gate");
    TCase *random = tcase_create("random");

    tcase_add_loop_test(random, random_families, 0, 12);
    tcase_set_timeout(random, 60);
    suite_add_tcase(s, random);
    return check_status(s);
}
