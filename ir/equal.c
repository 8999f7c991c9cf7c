/* equal.c -- whether two netlists compute the same, proved
 *
 * Both are joined, equal gates once.  Outputs that are now the same literal are equal by
 * structure.  If all inputs are few enough they are simply run.  Otherwise the gates that
 * the other outputs need are expanded into AND nodes, and these are made again one after the
 * other in a graph where every node is there once.  A node that has had the same value as an
 * earlier one on all vectors so far is perhaps equal to it: both are written as functions of a
 * few wires below them, and if those tables are equal so are the nodes; if not, a solver is
 * asked, and its proof checked.  A node that is proved equal is not made at all, so what reads it
 * reads the earlier one, and more is equal by structure.  Inputs that tell two nodes apart join
 * the vectors, with others like them.  What is left open is run on all inputs, if they are so few
 * that there is time for that.
 *
 * Every step rests on those before it alone, so the proofs in their order are a proof of
 * the whole: each is of a formula in which nodes proved equal before are one. */
#include "prover.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS    8 /* of 64 vectors at first */
#define SIM_BYTES ((uint64_t)1 << 31)
#define TRIES     12   /* of earlier nodes for one node */
#define CONFLICTS 2000 /* for two nodes that are no outputs */
/* of tc_equal_wires, whose result hangs on no clock */
#define WIRES_CONFLICTS 200
#define WIRES_WORK      UINT64_C(5000000)
#define TABLE           20 /* nodes run again in the time of a table */
#define WIRES_SECONDS   1e6
#define MARGIN          1.25 /* time for all inputs, as it may be more than the first ones say */
/* of gates that are proved by parts */
#define WIDE       64 /* wires, at least */
#define PARTS_WORK ((uint64_t)1 << 30)

double tc_prover_left(const struct prover *p)
{
    return p->stop - tc_now();
}

uint64_t tc_prover_draw(struct prover *p)
{
    uint64_t z = p->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void tc_prover_spend(struct prover *p, uint64_t work)
{
    p->work -= work < p->work ? work : p->work;
}

/* ---------------------------------------------------------------- the graph */

static uint64_t *value_of(const struct prover *p, uint32_t v)
{
    return p->g.value + (size_t)v * MOST_ROUNDS;
}

static uint64_t word(const struct prover *p, tc_lit l, unsigned r)
{
    return value_of(p, l >> 1)[r] ^ (l & 1 ? UINT64_MAX : 0);
}

static void evaluate(struct prover *p, uint32_t v, unsigned r)
{
    value_of(p, v)[r] = word(p, p->g.a[v], r) & word(p, p->g.b[v], r);
}

static uint32_t new_var(struct prover *p, tc_lit a, tc_lit b)
{
    struct aig *g = &p->g;

    if (g->n == g->room) {
        g->room = g->room + g->room / 2 + 256;
        g->a = tc_xrealloc(g->a, g->room, sizeof *g->a);
        g->b = tc_xrealloc(g->b, g->room, sizeof *g->b);
        g->value = tc_xrealloc(g->value, (size_t)g->room * MOST_ROUNDS, sizeof *g->value);
    }
    g->a[g->n] = a;
    g->b[g->n] = b;
    return g->n++;
}

static struct and_entry *find_and(const struct aig *g, tc_lit a, tc_lit b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(h >> 32) & (g->entry_room - 1);

    while (g->entry[at].a && (g->entry[at].a != a || g->entry[at].b != b))
        at = (at + 1) & (g->entry_room - 1);
    return &g->entry[at];
}

static struct and_entry *entry_for(struct aig *g, tc_lit a, tc_lit b)
{
    if (2 * g->nentry >= g->entry_room) {
        struct aig larger = {.entry_room = g->entry_room ? 2 * g->entry_room : 1024};

        larger.entry = tc_xcalloc(larger.entry_room, sizeof *larger.entry);
        for (uint32_t i = 0; i < g->entry_room; i++)
            if (g->entry[i].a)
                *find_and(&larger, g->entry[i].a, g->entry[i].b) = g->entry[i];
        free(g->entry);
        g->entry = larger.entry;
        g->entry_room = larger.entry_room;
    }
    return find_and(g, a, b);
}

/* --------------------------------------------------------- classes of values */

static uint64_t hash_value(const struct prover *p, uint32_t v)
{
    const uint64_t *x = value_of(p, v);
    uint64_t flip = x[0] & 1 ? UINT64_MAX : 0, h = 1;

    for (unsigned r = 0; r < p->rounds; r++) {
        h = (h ^ x[r] ^ flip) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 31;
    }
    return h;
}

/* equal on all vectors, perhaps once complemented */
static bool alike(const struct prover *p, uint32_t v, uint32_t u)
{
    const uint64_t *x = value_of(p, v), *y = value_of(p, u);
    uint64_t flip = (x[0] ^ y[0]) & 1 ? UINT64_MAX : 0;

    for (unsigned r = 0; r < p->rounds; r++)
        if ((x[r] ^ flip) != y[r])
            return false;
    return true;
}

static uint32_t *find_class(const struct prover *p, uint32_t v)
{
    const struct aig *g = &p->g;
    uint32_t at = (uint32_t)(hash_value(p, v) >> 32) & (g->class_room - 1);

    while (g->class[at] && !alike(p, v, g->class[at] - 1))
        at = (at + 1) & (g->class_room - 1);
    return &g->class[at];
}

/* the first variable of each class, after vectors were added */
static void classify(struct prover *p)
{
    struct aig *g = &p->g;

    while (g->class_room < 4 * (uint64_t)g->n)
        g->class_room = g->class_room ? 2 * g->class_room : 1024;
    free(g->class);
    g->class = tc_xcalloc(g->class_room, sizeof *g->class);
    g->nclass = 0;
    for (uint32_t v = 0; v < g->n; v++) {
        uint32_t *slot = find_class(p, v);

        if (!*slot) {
            *slot = v + 1;
            g->nclass++;
        }
    }
}

/* one more word of vectors: these inputs and others like them */
static bool learn(struct prover *p)
{
    uint64_t *in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in), lanes;
    unsigned r =
        p->rounds < MOST_ROUNDS ? p->rounds++ : ROUNDS + p->oldest++ % (MOST_ROUNDS - ROUNDS);
    bool ok;

    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = p->cex[i] ? UINT64_MAX : 0;
    for (unsigned lane = 1; p->ninputs && lane < 64; lane++)
        for (unsigned k = 1 + lane / 16; k-- > 0;)
            in[tc_prover_draw(p) % p->ninputs] ^= (uint64_t)1 << lane;
    ok = tc_prover_domain(p, in, 1, &lanes) && tc_prover_within(p, in, lanes | 1);
    for (uint32_t i = 0; i < p->ninputs; i++)
        value_of(p, i + 1)[r] = in[i];
    value_of(p, 0)[r] = 0;
    for (uint32_t v = p->ninputs + 1; v < p->g.n; v++)
        evaluate(p, v, r);
    free(in);
    classify(p);
    tc_prover_spend(p, p->g.n);
    return ok;
}

/* ----------------------------------------------------------------- sweeping */

/* whether the inputs in p->cex are in the domain */
static bool cex_occurs(struct prover *p)
{
    uint64_t *in, lanes = 1;

    if (!p->domain)
        return true;
    in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in);
    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = p->cex[i];
    p->failed = !tc_prover_domain(p, in, 1, &lanes);
    free(in);
    return !p->failed && (lanes & 1);
}

/* The newest variable x and an earlier literal y that has had its values. */
static enum outcome compare(struct prover *p, uint32_t x, tc_lit y)
{
    enum outcome found;

    if (!p->work)
        return OPEN;
    tc_prover_spend(p, TABLE);
    found = tc_prover_table(p, x, y);
    if (found == SAME) {
        p->result->tables++;
    } else if (found == OPEN) {
        double rest = p->sweep_stop - tc_now();

        found = tc_prover_solve(p, 2 * x, y, rest < p->pair_seconds ? rest : p->pair_seconds,
                                p->pair_conflicts);
    }
    if (found == OTHER && !cex_occurs(p))
        found = OPEN;
    p->result->refuted += found == OTHER;
    p->result->undecided += found == OPEN;
    return found;
}

/* the newest variable, or what it is equal to */
static tc_lit settle(struct prover *p, uint32_t x)
{
    struct aig *g = &p->g;

    if (4 * (uint64_t)g->nclass >= g->class_room)
        classify(p);
    for (unsigned try = 0; try < TRIES && !p->failed; try++) {
        uint32_t *slot = find_class(p, x), u = *slot - 1;
        tc_lit y;
        enum outcome found;

        if (!*slot || u == x) {
            g->nclass += !*slot;
            *slot = x + 1;
            break;
        }
        y = 2 * u + ((value_of(p, u)[0] ^ value_of(p, x)[0]) & 1);
        found = compare(p, x, y);
        if (found == SAME) {
            g->n--;
            return y;
        }
        if (found == OPEN)
            break;
        p->failed = !learn(p);
    }
    return 2 * x;
}

static tc_lit make_and(struct prover *p, tc_lit a, tc_lit b)
{
    struct and_entry *e;
    tc_lit is;
    uint32_t v;

    if (tc_lit_and(&a, &b, &is))
        return is;
    e = entry_for(&p->g, a, b);
    if (e->a)
        return e->is;
    v = new_var(p, a, b);
    for (unsigned r = 0; r < p->rounds; r++)
        evaluate(p, v, r);
    is = settle(p, v);
    e = entry_for(&p->g, a, b);
    *e = (struct and_entry){a, b, is};
    p->g.nentry++;
    return is;
}

struct nodes { /* as expanded */
    tc_lit *a, *b;
    size_t n, room;
};

static bool take_node(void *ctx, uint32_t var, tc_lit a, tc_lit b)
{
    struct nodes *n = ctx;

    (void)var;
    if (n->n == n->room) {
        n->room = n->room + n->room / 2 + 1024;
        n->a = tc_xrealloc(n->a, n->room, sizeof *n->a);
        n->b = tc_xrealloc(n->b, n->room, sizeof *n->b);
    }
    n->a[n->n] = a;
    n->b[n->n++] = b;
    return true;
}

/* the constant and the inputs, with their first vectors; false if none is in the domain */
static bool start_graph(struct prover *p)
{
    uint64_t *in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in), lanes;
    bool ok = true;

    for (uint32_t i = 0; i <= p->ninputs; i++)
        new_var(p, 0, 0);
    for (uint64_t round = 0; ok && p->rounds < ROUNDS && round < 64 * ROUNDS; round++) {
        tc_prover_inputs(p, round, in);
        if (!tc_prover_domain(p, in, 1, &lanes)) {
            p->failed = true;
            break;
        }
        if (!tc_prover_within(p, in, lanes))
            continue;
        ok = tc_prover_run(p, in, 1) && !p->result->witness;
        value_of(p, 0)[p->rounds] = 0;
        for (uint32_t i = 0; i < p->ninputs; i++)
            value_of(p, i + 1)[p->rounds] = in[i];
        p->rounds++;
    }
    p->result->vectors = 64 * (uint64_t)p->rounds;
    free(in);
    classify(p);
    return p->rounds > 0;
}

/* Literals of the joined netlist become literals of the graph.  The first ndomain are those of
 * the domain, which formulas have from the node on that completes them. */
static bool sweep(struct prover *p, const struct tc_netlist *cone, tc_lit *lit, size_t n,
                  uint32_t ndomain)
{
    struct tc_expansion x = {0};
    struct nodes old = {0};
    tc_lit *as = NULL;
    uint32_t first = p->ninputs + 1, complete = 0;
    bool ok = tc_expand(cone, take_node, &old, &x, p->err);

    if (ok && (old.n + first) * (uint64_t)MOST_ROUNDS * sizeof *p->g.value > SIM_BYTES)
        ok = tc_fail(p->err, TC_ELIMIT, (struct tc_loc){0},
                     "the circuits have %zu nodes of two-input logic to compare, too many", old.n);
    if (ok)
        as = tc_xcalloc(first + old.n, sizeof *as);
    for (uint32_t v = 0; ok && v < first; v++)
        as[v] = 2 * v;
    for (size_t i = 0; ok && i < n; i++) {
        if (lit[i] > 1)
            lit[i] = x.wire[(lit[i] >> 1) - 1] ^ (lit[i] & 1);
        if (i < ndomain && lit[i] >> 1 > complete)
            complete = lit[i] >> 1;
    }
    tc_progress_start("proving equal nodes", (double)old.n);
    for (size_t k = 0; ok && k <= old.n; k++) {
        p->late = tc_prover_left(p) <= 0;
        if (p->late)
            break;
        if (first + k == (complete < first ? first : complete + 1)) {
            for (uint32_t i = 0; i < ndomain; i++)
                p->holds[i] = as[lit[i] >> 1] ^ (lit[i] & 1);
            p->ndomain = ndomain;
        }
        if (k < old.n)
            as[first + k] =
                make_and(p, as[old.a[k] >> 1] ^ (old.a[k] & 1), as[old.b[k] >> 1] ^ (old.b[k] & 1));
        ok = !p->failed;
        tc_progress_tick((double)k);
    }
    tc_progress_end();
    for (size_t i = 0; ok && !p->late && i < n; i++)
        lit[i] = as[lit[i] >> 1] ^ (lit[i] & 1);
    p->result->nodes = (uint32_t)old.n;
    free(as);
    free(old.a);
    free(old.b);
    free(x.wire);
    return ok;
}

/* the inputs in p->cex are run: an output may differ there */
static bool run_cex(struct prover *p)
{
    uint64_t *in = tc_xcalloc(p->ninputs + (size_t)1, sizeof *in);
    bool ok;

    for (uint32_t i = 0; i < p->ninputs; i++)
        in[i] = p->cex[i];
    ok = tc_prover_run(p, in, 1);
    free(in);
    return ok;
}

/* outputs that the sweep left apart */
static bool finish_output(struct prover *p, uint32_t k, tc_lit x, tc_lit y, uint32_t after)
{
    enum outcome found;

    if (x == y) {
        p->result->how[k] = TC_EQUAL_SWEEP;
        return true;
    }
    found = tc_prover_solve(p, x, y, tc_prover_left(p) / (after + 1), 0);
    if (found == SAME)
        p->result->how[k] = TC_EQUAL_PROOF;
    if (p->failed || (found == OTHER && !run_cex(p)))
        return false;
    assert(found != OTHER || p->result->how[k] == TC_EQUAL_DIFFERENT);
    return true;
}

/* ----------------------------------------------------------------- together */

/* Literals of outputs that are not equal yet and, behind them, of the domain's. */
static bool prove_rest(struct prover *p, struct tc_join *j, const tc_lit *x, const tc_lit *y,
                       const tc_lit *d)
{
    uint32_t n = p->a->noutputs, nd = p->domain ? p->domain->noutputs : 0, m = 0, open = 0;
    tc_lit *lit = tc_xcalloc(2 * (size_t)n + nd + 1, sizeof *lit);
    struct tc_netlist *cone;
    bool ok;

    for (uint32_t k = 0; k < nd; k++)
        lit[m++] = d[p->domain->output[k]];
    for (uint32_t k = 0; k < n; k++)
        if (p->result->how[k] == TC_EQUAL_UNKNOWN) {
            lit[m++] = x[p->a->output[k]];
            lit[m++] = y[p->b->output[k]];
            open++;
        }
    cone = tc_join_netlist(j, lit, m);
    p->holds = tc_xcalloc(nd + (size_t)1, sizeof *p->holds);
    ok = sweep(p, cone, lit, m, nd);
    m = nd;
    for (uint32_t k = 0; ok && !p->late && k < n; k++)
        if (p->result->how[k] == TC_EQUAL_UNKNOWN) {
            ok = finish_output(p, k, lit[m], lit[m + 1], --open);
            m += 2;
        }
    tc_netlist_free(cone);
    free(lit);
    return ok;
}

/* whether a literal is a gate over many wires */
static bool is_wide(const struct tc_netlist *nl, tc_lit l)
{
    uint32_t low = 0, high = nl->nrows, g = (l >> 1) - 1 - nl->ninputs;

    if (l >> 1 <= nl->ninputs)
        return false;
    while (high - low > 1) { /* gate[low] <= g < gate[high] */
        uint32_t middle = low + (high - low) / 2;

        *(nl->gate[middle] <= g ? &low : &high) = middle;
    }
    return nl->first[low + 1] - nl->first[low] >= WIDE;
}

/* whether the gate is proved to be the other literal, in a netlist of both alone */
static bool same_parts(const struct tc_join *j, tc_lit gate, tc_lit other, uint64_t *work)
{
    uint64_t edges = tc_join_all(j)->nedges;
    tc_lit lit[2] = {gate, other};
    struct tc_netlist *both;
    bool same;

    if (!is_wide(tc_join_all(j), gate) || edges >= *work)
        return false;
    *work -= edges;
    both = tc_join_netlist(j, lit, 2);
    same = tc_equal_parts(both, (lit[0] >> 1) - 1, lit[1] ^ (lit[0] & 1), work);
    tc_netlist_free(both);
    return same;
}

/* Outputs that are gates over many wires on one side; how many outputs are left. */
static uint32_t prove_wide(struct prover *p, const struct tc_join *j, const tc_lit *x,
                           const tc_lit *y)
{
    uint64_t work = PARTS_WORK;
    uint32_t open = 0;

    for (uint32_t k = 0; k < p->a->noutputs; k++) {
        tc_lit a = x[p->a->output[k]], b = y[p->b->output[k]];

        if (p->result->how[k] != TC_EQUAL_UNKNOWN)
            continue;
        if (same_parts(j, b, a, &work) || same_parts(j, a, b, &work))
            p->result->how[k] = TC_EQUAL_PARTS;
        else
            open++;
    }
    return open;
}

static bool has_open(const struct tc_equal *r)
{
    uint32_t k = 0;

    while (k < r->noutputs && r->how[k] != TC_EQUAL_UNKNOWN)
        k++;
    return k < r->noutputs;
}

/* Nodes within, from the inputs on.  If there is time for all inputs, too, these have what they
 * need, and nodes no more than that: then all inputs are run if outputs are left open. */
static bool prove_within(struct prover *p, struct tc_join *j, const tc_lit *x, const tc_lit *y,
                         const tc_lit *d)
{
    double stop = p->stop, need = MARGIN * tc_prover_whole(p), left = tc_prover_left(p);
    bool both = need < left, ok;

    if (both) {
        p->stop = stop - left + fmin(need, left - need);
        p->sweep_stop = p->stop - tc_prover_left(p) / 3;
    }
    ok = !p->failed &&
         (p->result->witness || !start_graph(p) || p->result->witness || prove_rest(p, j, x, y, d));
    p->stop = stop;
    if (ok && both && !p->failed && !p->result->witness && has_open(p->result))
        ok = tc_prover_exhaust(p, stop);
    return ok && !p->failed;
}

static bool prove(struct prover *p)
{
    struct tc_join *j = tc_join_new(p->ninputs);
    tc_lit *d = NULL, *x = NULL, *y = NULL;
    uint32_t open = 0;
    bool ok;

    tc_progress_start("joining circuits", (double)p->a->ngates);
    ok = (!p->domain || (d = tc_join_add(j, p->domain, p->err))) &&
         (x = tc_join_add(j, p->a, p->err)) && (y = tc_join_add(j, p->b, p->err));
    tc_progress_end();
    p->result->gates = tc_join_gates(j);
    for (uint32_t k = 0; ok && k < p->a->noutputs; k++) {
        bool same = x[p->a->output[k]] == y[p->b->output[k]];
        bool known = p->options->known && p->options->known[k];

        p->result->how[k] = same ? TC_EQUAL_STRUCTURE : known ? TC_EQUAL_STEPS : TC_EQUAL_UNKNOWN;
        open += !same && !known;
    }
    if (ok && open && tc_prover_few(p)) {
        ok = tc_prover_exhaust(p, INFINITY);
    } else if (ok && open) {
        ok = !prove_wide(p, j, x, y) || prove_within(p, j, x, y, d);
    }
    free(d);
    free(x);
    free(y);
    tc_join_free(j);
    return ok;
}

static void close_prover(struct prover *p)
{
    free(p->g.a);
    free(p->g.b);
    free(p->g.value);
    free(p->g.entry);
    free(p->g.class);
    free(p->mark);
    free(p->number);
    free(p->list);
    free(p->holds);
    free(p->cex);
}

tc_lit *tc_equal_wires(const struct tc_netlist *nl, uint32_t *nvar, struct tc_error *err)
{
    struct tc_equal_options options = {.seconds = WIRES_SECONDS};
    size_t wires = (size_t)nl->ninputs + nl->ngates;
    tc_lit *lit = tc_xcalloc(wires + 1, sizeof *lit);
    struct tc_equal result = {.noutputs = nl->noutputs,
                              .how = tc_xcalloc((size_t)nl->noutputs + 1, 1)};
    struct prover p = {.a = nl,
                       .b = nl,
                       .options = &options,
                       .result = &result,
                       .ninputs = nl->ninputs,
                       .err = err,
                       .random = 1,
                       .stop = tc_now() + WIRES_SECONDS,
                       .pair_seconds = WIRES_SECONDS,
                       .pair_conflicts = WIRES_CONFLICTS,
                       .work = WIRES_WORK};
    bool ok = tc_solver_there("cadical") ||
              tc_fail(err, TC_ESPEC, (struct tc_loc){0},
                      "equal wires are proved by the program cadical, which is not found");

    p.cex = tc_xcalloc(p.ninputs + (size_t)1, 1);
    p.sweep_stop = p.stop;
    p.solver = true;
    for (size_t w = 0; w < wires; w++)
        lit[w] = 2 * (tc_lit)(w + 1);
    ok = ok && start_graph(&p) && sweep(&p, nl, lit, wires, 0) && !p.failed;
    *nvar = p.g.n;
    close_prover(&p);
    tc_equal_free(&result);
    if (ok)
        return lit;
    free(lit);
    return NULL;
}

bool tc_equal_run(const struct tc_netlist *a, const struct tc_netlist *b,
                  const struct tc_netlist *domain, const struct tc_equal_options *options,
                  struct tc_equal *result, struct tc_error *err)
{
    struct prover p = {.a = a,
                       .b = b,
                       .domain = domain,
                       .options = options,
                       .result = result,
                       .ninputs = a->ninputs,
                       .err = err,
                       .random = 1,
                       .pair_seconds = 10,
                       .pair_conflicts = CONFLICTS,
                       .work = UINT64_MAX};
    bool ok;

    *result = (struct tc_equal){.noutputs = a->noutputs};
    if (a->ninputs != b->ninputs || a->noutputs != b->noutputs)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "the circuits have %u and %u inputs, %u and %u outputs: they cannot be "
                       "compared",
                       a->ninputs, b->ninputs, a->noutputs, b->noutputs);
    assert(!domain || domain->ninputs == a->ninputs);
    result->how = tc_xcalloc(a->noutputs + (size_t)1, 1);
    p.cex = tc_xcalloc(p.ninputs + (size_t)1, 1);
    p.stop = tc_now() + options->seconds;
    p.sweep_stop = p.stop - options->seconds / 3;
    p.solver = !options->no_solver && tc_solver_there("cadical");
    ok = prove(&p);
    for (uint32_t k = 0; k < a->noutputs; k++)
        result->solver_missing =
            result->solver_missing || (!p.solver && result->how[k] == TC_EQUAL_UNKNOWN);
    close_prover(&p);
    return ok;
}

void tc_equal_free(struct tc_equal *r)
{
    free(r->how);
    free(r->witness);
    *r = (struct tc_equal){0};
}
