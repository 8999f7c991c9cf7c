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
    uint64_t wire; /* its low bits */
    mpz_t weight;
    struct tc_spot spot;
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
    x = &e->edge[e->n++];
    if (spot)
        x->spot = *spot;
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

/* the edges of a gate: all of them if it is the first of its row, and some in the middle */
static void compare_row(const struct tc_netlist *nl, uint32_t row, bool all, struct tc_gates *g,
                        const struct tc_spot *spot, struct edges *e)
{
    uint64_t first = nl->first[row], n = nl->first[row + 1] - first, from = below(n + 1);
    struct tc_error err = {0};
    mpz_t edges, z;

    mpz_init_set_ui(z, 0);
    mpz_init(edges);
    for (unsigned part = !all; part < 2; part++) {
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

/* rows of every `step`th gate, readers of every `readers`th wire; returns how many gates
 * there are */
static uint64_t compare(const struct tc_family *f, uint32_t step, uint32_t readers)
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
        compare_row(nl, row, gate == nl->gate[row] || step > 1, g, &spot, &e);
    }
    mpz_set_ui(wire, nl->ninputs + nl->ngates);
    MUST(!tc_wire_spot(g, wire, &spot, &err) && err.kind == TC_EUSAGE);
    mpz_set_si(wire, -1);
    MUST(!tc_wire_spot(g, wire, &spot, &err) && err.kind == TC_EUSAGE);
    for (unsigned b = 0; b < f->nbank; b++)
        compare_outside(g, f->bank[b]);
    compare_readers(nl, g, &e, readers);
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
        compare(f, 1, 1);
        tc_family_free(f);
    }
}
END_TEST

/* --------------------------------------------------- spaces against all points */

static bool in_space(const struct tc_space *s, const int64_t *at)
{
    for (unsigned i = 0; i < s->ncons; i++) {
        const struct tc_space_expr *e = &s->cons[i].expr[0];
        int64_t v = e->at.constant, arg = e->arg.constant;

        for (unsigned k = 0; k < e->at.n; k++)
            v += e->at.part[k].coef * at[e->at.part[k].var];
        for (unsigned k = 0; k < e->arg.n; k++)
            arg += e->arg.part[k].coef * at[e->arg.part[k].var];
        if (e->via && (arg < 0 || arg >= e->via->extent[0]))
            return false;
        v += e->via ? e->via->small[arg] : 0;
        if (s->cons[i].kind == TC_NONZERO ? s->cons[i].table->small[v] == 0
            : s->cons[i].kind == TC_EQUAL ? v != s->cons[i].want
                                          : v < 0)
            return false;
    }
    return true;
}

/* the next point of the box from variable `given` on; false after the last */
static bool next_point(const struct tc_space *s, unsigned given, int64_t *at)
{
    unsigned k = s->nvar;

    for (; k > given && ++at[k - 1] == s->ix[k - 1]->extent; k--)
        at[k - 1] = 0;
    return k > given;
}

/* count, ranks and points, with the first variables given */
static void compare_space(struct tc_space *s, unsigned given, const int64_t *first)
{
    int64_t at[8] = {0}, found[8], stepped[8];
    struct tc_pieces last;
    struct tc_error err = {0};
    uint64_t points = 0;
    mpz_t z, rank;
    bool within, step = false;

    mpz_inits(z, rank, NULL);
    tc_pieces_init(&last);
    memcpy(at, first, given * sizeof *at);
    memcpy(found, first, given * sizeof *at);
    do {
        MUST(tc_space_rank(s, given, at, rank, &within, &err));
        MUST(within == in_space(s, at));
        if (!within)
            continue;
        MUST(mpz_cmp_ui(rank, points) == 0);
        MUST(tc_space_unrank(s, given, found, rank, &err));
        MUST(!memcmp(at, found, s->nvar * sizeof *at));
        /* the step from the point before leads here, if only the last variable differs */
        MUST(step ==
             (points && given < s->nvar && !memcmp(at, stepped, (s->nvar - 1) * sizeof *at)));
        MUST(!step || at[s->nvar - 1] == stepped[s->nvar - 1]);
        memcpy(stepped, at, sizeof at);
        step = tc_space_step(s, given, stepped, &last);
        if (!step)
            last.end = 0;
        points++;
    } while (next_point(s, given, at));
    MUST(!step);
    tc_pieces_clear(&last);
    MUST(tc_space_count(s, given, first, z, &err));
    MUST(mpz_cmp_ui(z, points) == 0);
    mpz_clears(z, rank, NULL);
}

static struct tc_axis random_sum(struct tc_family *f, struct tc_space *s, unsigned parts, bool unit)
{
    struct tc_axis x = tc_axis_const((int64_t)below(9) - 4);

    for (unsigned i = 0; i < parts; i++) {
        const struct tc_index *ix = s->ix[below(s->nvar)];
        int64_t coef = unit || below(2) ? 1 : 2;

        if (tc_affine_coef(&x.at, ix) == 0)
            x = tc_axis_plus(f->arena, x, below(2) ? coef : -coef, ix);
    }
    return x;
}

START_TEST(spaces)
{
    struct tc_family *f = tc_family_new("spaces");
    struct tc_entries *entries = tc_alloc(f->arena, 1, sizeof *entries);

    for (unsigned round = 0; round < 60; round++) {
        struct tc_space *s = tc_space_new(f->arena, "bank", entries);
        unsigned nvar = 1 + (unsigned)below(4), tree = (unsigned)below(4);
        int64_t first[8] = {0};
        struct tc_space_cons *equal = NULL;

        seed = 1000 * (uint64_t)_i + round;
        for (unsigned k = 0; k < nvar; k++)
            tc_space_var(s, tc_index_new(f, "i", 1 + (int64_t)below(k ? 9 : 14), NULL));
        for (uint64_t n = below(3); n > 0; n--) {
            struct tc_guard g = {random_sum(f, s, 1 + (unsigned)below(tree ? 2 : 3), tree > 0)};

            if (tree == 1 && below(4) == 0) { /* a table: read within, mostly */
                int64_t size = 1 + (int64_t)below(9), entry[9];

                for (int64_t i = 0; i < size; i++)
                    entry[i] = (int64_t)below(9) - 2;
                g.expr.via = tc_table_dense(f, "via", 1, &size, entry);
                g.expr.arg = random_sum(f, s, 1, true).at;
            }
            tc_space_guard(s, &g);
        }
        for (unsigned k = 1; tree && k < nvar; k++)
            for (uint64_t n = below(3); n > 0; n--) { /* each to an earlier one */
                const struct tc_index *to = s->ix[below(k)];
                struct tc_guard g = {tc_axis_const((int64_t)below(7) - 2)};

                g.expr = tc_axis_plus(f->arena, g.expr, below(4) ? 1 : -1, s->ix[k]);
                g.expr = tc_axis_plus(f->arena, g.expr, below(4) ? -1 : 1, to);
                if (below(2))
                    for (unsigned i = 0; i < 2; i++)
                        g.expr.at.part[i].coef *= -1;
                tc_space_guard(s, &g);
            }
        if (below(5) == 0) {
            struct tc_axis x = random_sum(f, s, 1 + (unsigned)below(2), below(2));

            tc_space_equal(s, &x);
            equal = &s->cons[s->ncons - 1];
        }
        if (below(3) == 0) {
            int64_t size = s->ix[0]->extent, entry[16];
            struct tc_axis x = tc_axis_of(f->arena, s->ix[0]);
            struct tc_factor factor = {NULL, &x};

            for (int64_t i = 0; i < size; i++)
                entry[i] = (int64_t)below(2);
            factor.table = tc_table_dense(f, "zeros", 1, &size, entry);
            tc_space_nonzero(s, &factor);
        }
        tc_space_close(s);
        for (unsigned given = 0; given <= nvar; given++)
            for (unsigned part = 0; part < (given ? 4 : equal ? 3 : 1); part++) {
                if (equal) /* what is wanted changes, and may be nowhere */
                    equal->want = part + given ? (int64_t)below(5) : 1000;
                for (unsigned k = 0; k < given; k++)
                    first[k] = (int64_t)below((uint64_t)s->ix[k]->extent);
                compare_space(s, given, first);
            }
        tc_space_free(s);
    }
    tc_family_free(f);
}
END_TEST

/* j <= i, k <= i, i < j + 3, l <= k over 2^40: the closed forms by hand */
START_TEST(closed_forms)
{
    struct tc_family *f = tc_family_new("triangle");
    struct tc_entries *entries = tc_alloc(f->arena, 1, sizeof *entries);
    struct tc_space *s = tc_space_new(f->arena, "bank", entries);
    int64_t n = (int64_t)1 << 40, at[4];
    const struct tc_index *ix[4];
    struct tc_guard g[4];
    struct tc_error err;
    mpz_t points, want, z;
    bool within;

    mpz_inits(points, want, z, NULL);
    for (unsigned k = 0; k < 4; k++) {
        ix[k] = tc_index_new(f, "i", n, NULL);
        tc_space_var(s, ix[k]);
    }
    g[0] = tc_guard_le(f->arena, ix[1], ix[0]);
    g[1] = tc_guard_le(f->arena, ix[2], ix[0]);
    g[2] = tc_guard_le(f->arena, ix[0], ix[1]);
    g[2].expr.at.constant = 2;
    g[3] = tc_guard_le(f->arena, ix[3], ix[2]);
    for (unsigned k = 0; k < 4; k++)
        tc_space_guard(s, &g[k]);
    tc_space_close(s);
    /* sum over i of min(i + 1, 3) * C(i + 2, 2) = 3 * C(n + 2, 3) - 2 * 1 - 1 * 3 */
    mpz_set_ui(want, (unsigned long)n);
    mpz_add_ui(z, want, 1);
    mpz_mul(want, want, z);
    mpz_add_ui(z, z, 1);
    mpz_mul(want, want, z);
    mpz_divexact_ui(want, want, 2);
    mpz_sub_ui(want, want, 5);
    MUST(tc_space_count(s, 0, NULL, points, &err));
    MUST(mpz_cmp(points, want) == 0);
    mpz_sub_ui(want, want, 1); /* the last point: all at their ends */
    MUST(tc_space_unrank(s, 0, at, want, &err));
    for (unsigned k = 0; k < 4; k++)
        MUST(at[k] == n - 1);
    for (unsigned round = 0; round < 200; round++) {
        mpz_set_ui(z, below(UINT64_MAX));
        mpz_mul_ui(z, z, below(UINT64_MAX));
        mpz_mul_ui(z, z, below(UINT64_MAX));
        mpz_mod(z, z, points);
        MUST(tc_space_unrank(s, 0, at, z, &err) && in_space(s, at));
        MUST(tc_space_rank(s, 0, at, want, &within, &err));
        MUST(within && mpz_cmp(z, want) == 0);
    }
    tc_space_free(s);

    /* a triangle has none: refused, and not for a moment only */
    s = tc_space_new(f->arena, "triangle", entries);
    for (unsigned k = 0; k < 3; k++)
        tc_space_var(s, ix[k]);
    g[2] = tc_guard_le(f->arena, ix[2], ix[1]);
    for (unsigned k = 0; k < 3; k++)
        tc_space_guard(s, &g[k]);
    tc_space_close(s);
    for (unsigned round = 0; round < 2; round++) {
        err.kind = 0;
        MUST(!tc_space_count(s, 0, NULL, points, &err));
        MUST(err.kind == TC_ELIMIT && strstr(err.msg, "triangle"));
    }
    at[0] = 1000; /* with i given it is a tree */
    MUST(tc_space_count(s, 1, at, points, &err));
    MUST(mpz_cmp_ui(points, 1001 * 1002 / 2) == 0);
    tc_space_free(s);
    mpz_clears(points, want, z, NULL);
    tc_family_free(f);
}
END_TEST

/* ------------------------------------------------------------------ circuits */

/* the family borrows from the spec */
static struct tc_family *family_of(const char *file, const char *n, const char *d,
                                   struct tc_spec **of)
{
    struct tc_setting set[] = {{"n", n}, {"d", d}};
    struct tc_options options = {.level = TC_LEVEL_1};
    struct tc_error err = {0};
    struct tc_spec *spec = tc_spec_read(file, set, d ? 2 : 1, true, &err);
    struct tc_family *f = spec ? tc_lower(spec, &options, &err) : NULL;

    ck_assert_msg(f != NULL, "%s: %s", file, err.msg);
    *of = spec;
    return f;
}

/* n positions of width 2 in 4 bits, one layer of attention */
static struct tc_family *attention(const char *n, const char *format, const char *of,
                                   struct tc_spec **spec)
{
    char name[] = "/tmp/tc0c-gate-XXXXXX";
    FILE *f = fdopen(mkstemp(name), "w");
    struct tc_family *family;

    fprintf(f,
            "<transformer xmlns='urn:tc0c:spec:1' name='gate'><parameter name='n' value='2'/>"
            "<precision %s rounding='block'/><input length='n' width='2'/>"
            "<weights source='input'/><attention %s</transformer>",
            format, of);
    fclose(f);
    family = family_of(name, n, NULL, spec);
    (*spec)->file = NULL; /* it is gone */
    remove(name);
    return family;
}

#define FIXED "format='fixed' bits='4' fraction='2'"

static const struct {
    const char *file, *n; /* or what attention() takes */
    const char *format;
} circuit[] = {
    {"examples/1-tiny.xml", "1", NULL},
    {"examples/1-tiny.xml", "3", NULL},
    {"examples/2-rope.xml", "2", NULL},
    {"examples/3-rope-tensor.xml", "2", NULL},
    {"examples/4-causal-heads.xml", "3", NULL},
    {"examples/6-rope-float.xml", "1", NULL},
    {"examples/8-four-layers.xml", "2", NULL},
    {"order='3' mask='causal'/>", "4", FIXED},
    {"order='3' mask='strict-causal'/>", "3", FIXED},
    {"order='3' mask='window' span='2'/>", "4", FIXED},
    {"mask='window' span='3'><alibi/></attention>", "5", FIXED},
    {"mask='causal'><t5/></attention>", "5", FIXED},
    {"mask='causal'/>", "3", "format='float' significand='3' emin='-2' emax='2'"},
    {"kind='average-hard' mask='causal'/>", "4", FIXED},
};

START_TEST(circuits)
{
    struct tc_spec *spec;
    struct tc_family *f =
        circuit[_i].format ? attention(circuit[_i].n, circuit[_i].format, circuit[_i].file, &spec)
                           : family_of(circuit[_i].file, circuit[_i].n, NULL, &spec);

    seed = 7;
    MUST(compare(f, is_fast() ? 37 : 1, is_fast() ? 301 : 13) > 30);
    tc_family_free(f);
    tc_spec_free(spec);
}
END_TEST

/* Of large ones: random gates, to places and back; edges seen from both ends. */
static const struct {
    const char *file, *n, *d, *least;
} large[] = {
    {"examples/3-rope-tensor.xml", "1024", "64", "1000000000000"},
    {"examples/2-rope.xml", "1048576", NULL, "100000000000000"},
    {"examples/4-causal-heads.xml", "1048576", NULL, "10000000000000000000"},
    {"examples/8-four-layers.xml", "1048575", NULL, "10000000000000000000"},
};

START_TEST(large_circuits)
{
    struct tc_spec *spec;
    struct tc_family *f = family_of(large[_i].file, large[_i].n, large[_i].d, &spec);
    struct tc_error err = {0};
    struct tc_gates *g = tc_gates_open(f, &err);
    struct tc_arena *arena = tc_arena_new();
    struct tc_count count;
    gmp_randstate_t random;
    mpz_t wire, from, edges, other;

    if (!g || !tc_family_count(arena, f, false, &count, &err))
        ck_abort_msg("%s", err.msg);
    mpz_inits(wire, from, edges, other, NULL);
    gmp_randinit_default(random);
    mpz_sub(wire, tc_gates_wires(g), tc_gates_inputs(g));
    MUST(mpz_cmp(wire, count.gates) == 0); /* counted in two ways */
    mpz_set_str(from, large[_i].least, 10);
    MUST(mpz_cmp(wire, from) > 0);
    for (unsigned b = 0; b < f->nbank; b++)
        MUST(mpz_cmp(tc_gates_points(g, &f->bank[b]->plane), count.bank[b].gates) == 0);
    for (unsigned round = 0; round < (is_fast() ? 50 : 400); round++) {
        struct edges e = {.g = g};
        struct tc_spot gate, source;

        /* banks in turn: some are small beside others */
        if (round % 2) {
            const struct tc_plane *p = &f->bank[round % f->nbank]->plane;

            mpz_urandomm(wire, random, tc_gates_points(g, p));
            mpz_add(wire, wire, tc_gates_first(g, p));
        } else {
            mpz_urandomm(wire, random, tc_gates_wires(g));
        }
        round_trip(g, wire, &gate);
        mpz_set_ui(from, 0);
        MUST(tc_spot_reads(g, &gate, from, 0, take, &e, edges, &err));
        if (mpz_sgn(edges) == 0)
            continue;
        mpz_urandomm(from, random, edges);
        MUST(tc_spot_reads(g, &gate, from, 3, take, &e, edges, &err) && e.n > 0);
        for (size_t i = 0; i < e.n; i++) {
            MUST(tc_spot_wire(g, &e.edge[i].spot, other, &err));
            MUST(mpz_cmp(other, wire) < 0 && mpz_get_ui(other) == e.edge[i].wire);
            MUST(tc_wire_spot(g, other, &source, &err));
            MUST(tc_spot_joined(g, &source, &gate, edges, &err));
            MUST(mpz_sgn(edges) > 0);
            /* and not the other way round */
            MUST(tc_spot_joined(g, &gate, &source, edges, &err));
            MUST(mpz_sgn(edges) == 0);
        }
        forget(&e);
        free(e.edge);
    }
    gmp_randclear(random);
    mpz_clears(wire, from, edges, other, NULL);
    tc_arena_free(arena);
    tc_gates_free(g);
    tc_family_free(f);
    tc_spec_free(spec);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gate");
    TCase *random = tcase_create("random"), *space = tcase_create("spaces"),
          *example = tcase_create("circuits");

    tcase_add_loop_test(random, random_families, 0, is_fast() ? 3 : 12);
    tcase_set_timeout(random, 60);
    suite_add_tcase(s, random);
    tcase_add_loop_test(space, spaces, 0, is_fast() ? 2 : 10);
    tcase_add_test(space, closed_forms);
    suite_add_tcase(s, space);
    tcase_add_loop_test(example, circuits, 0, (int)(sizeof circuit / sizeof *circuit));
    tcase_add_loop_test(example, large_circuits, 0, (int)(sizeof large / sizeof *large));
    tcase_set_timeout(example, 60);
    suite_add_tcase(s, example);
    return check_status(s);
}
