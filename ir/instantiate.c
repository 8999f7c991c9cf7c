/* instantiate.c -- a family at its sizes
 *
 * Points of a bank are visited in order, which is the order of their numbers;
 * each writes one row for all its thresholds, or, where the weights depend on
 * the threshold, a row for each.  A bank is walked twice: to count rows and
 * edges, and, when all banks are known to fit, to write them. */
#include "nest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct build {
    const struct tc_family *family;
    struct tc_netlist *nl;
    struct tc_arena *arena;          /* numberings */
    struct tc_numbering **numbering; /* per plane; NULL until it is read */
    uint32_t *first_wire;            /* per plane */
    uint64_t *points;                /* per bank */
    struct tc_error *err;
};

/* a constant of the bound: of theta, less those of form */
struct constant {
    struct nest_term term;
    enum { FIXED, BY_THRESHOLD, BY_POINT, BY_BOTH } kind;
    uint64_t mentions; /* slots of the domain and the chain */
    size_t nkey;       /* values of these, if few: then remembered; else 0 */
    struct remembered {
        bool known;
        int64_t value;
    } * remembered;
};

#define MOST_KEYS ((size_t)1 << 16)

struct walk {
    struct nest_domain domain;
    const struct tc_bank *bank;
    bool shared;   /* one row for all thresholds of a point */
    int64_t count; /* thresholds: extent of the chain, or 1 */
    unsigned nterm, nconstant;
    struct nest_term *term; /* those with wires */
    struct constant *constant;
    struct nest_state *state; /* [level * nterm + term], levels 0..naxis + 1 */
    struct nest_items guard;
    bool guards_chain; /* a guard names the chain */
    /* bounds */
    bool big;
    bool by_point;        /* a constant depends on the point */
    int64_t fixed, point; /* sums of constants of these kinds */
    mpz_t zfixed, zpoint, z, zterm;
    int64_t *chain; /* per threshold, fixed ones included; a tc_weight if !by_point && big */
    mpz_t *zchain;
    bool *known; /* per threshold: chain or zchain is computed */
    /* results */
    struct nest_sink sink;
    uint64_t nrows;
    bool uniform, stop; /* all rows have as many edges: one is enough */
    uint64_t done;
};

/* ------------------------------------------------------------------ bounds */

/* its value, in zterm if it may be big */
static int64_t constant_value(struct walk *w, struct constant *c)
{
    struct remembered *r;
    size_t key = 0;

    if (!c->nkey)
        return nest_constant(&w->domain, &c->term, w->zterm);
    for (uint64_t m = c->mentions; m; m &= m - 1) {
        unsigned slot = (unsigned)__builtin_ctzll(m);

        key = key * (size_t)c->term.extent[slot] + (size_t)w->domain.value[slot];
    }
    r = &c->remembered[key];
    if (!r->known) {
        r->value = nest_constant(&w->domain, &c->term, w->zterm);
        r->known = true;
    }
    return r->value;
}

static void constant_open(struct walk *w, struct constant *c, uint64_t mentioned)
{
    uint64_t chain = (uint64_t)1 << w->domain.naxis, domain = chain - 1;
    size_t nkey = c->term.big ? 0 : 1;

    c->mentions = mentioned & (domain | chain);
    c->kind = c->mentions & chain ? (c->mentions & domain ? BY_BOTH : BY_THRESHOLD)
                                  : (c->mentions & domain ? BY_POINT : FIXED);
    for (uint64_t m = c->mentions; m && nkey; m &= m - 1)
        if (__builtin_mul_overflow(nkey, (size_t)c->term.extent[__builtin_ctzll(m)], &nkey) ||
            nkey > MOST_KEYS)
            nkey = 0;
    c->nkey = nkey;
    if (nkey)
        c->remembered = tc_xcalloc(nkey, sizeof *c->remembered);
}

static void add_constant(struct walk *w, struct constant *c, int64_t *sum, mpz_ptr zsum)
{
    int64_t v = constant_value(w, c);

    if (!w->big) {
        *sum += v;
    } else if (c->term.big) {
        mpz_add(zsum, zsum, w->zterm);
    } else {
        tc_mpz_set_i64(w->zterm, v);
        mpz_add(zsum, zsum, w->zterm);
    }
}

static void add_constants(struct walk *w, int kind, int64_t *sum, mpz_ptr zsum)
{
    for (unsigned k = 0; k < w->nconstant; k++)
        if ((int)w->constant[k].kind == kind)
            add_constant(w, &w->constant[k], sum, zsum);
}

/* what of the bound depends on the point alone */
static void bound_point(struct walk *w)
{
    if (!w->by_point)
        return;
    w->point = 0;
    if (w->big)
        mpz_set_ui(w->zpoint, 0);
    add_constants(w, BY_POINT, &w->point, w->zpoint);
}

static tc_weight bound(struct walk *w, struct tc_netlist *nl, int64_t t)
{
    int64_t sum;

    w->domain.value[w->domain.naxis] = t;
    if (!w->known[t]) {
        w->known[t] = true;
        w->chain[t] = w->fixed;
        if (w->big) {
            mpz_init_set(w->zchain[t], w->zfixed);
            add_constants(w, BY_THRESHOLD, NULL, w->zchain[t]);
            w->chain[t] = w->by_point ? 0 : tc_weight_put(nl, w->zchain[t]);
        } else {
            add_constants(w, BY_THRESHOLD, &w->chain[t], NULL);
        }
    }
    if (!w->by_point)
        return w->chain[t];
    if (w->big) {
        mpz_add(w->z, w->zchain[t], w->zpoint);
        add_constants(w, BY_BOTH, NULL, w->z);
        return tc_weight_put(nl, w->z);
    }
    sum = w->chain[t] + w->point;
    add_constants(w, BY_BOTH, &sum, NULL);
    return sum;
}

/* ------------------------------------------------------------------ the walk */

static void row_begin(struct walk *w, struct tc_netlist *nl)
{
    if (nl) {
        nl->first[nl->nrows] = w->sink.nedges;
        nl->gate[nl->nrows] = nl->ngates;
        nl->nrows++;
    }
    w->nrows++;
    if (w->nrows % 64 == 0)
        tc_progress_tick((double)w->done + (double)w->sink.nedges);
}

/* the edges of a row, the domain and the chain having values */
static void row_edges(struct walk *w)
{
    struct nest_state *outside = w->state + (size_t)w->domain.naxis * w->nterm;

    nest_edges(&w->domain, w->nterm, w->term, outside, outside + w->nterm, &w->sink);
}

static bool holds(struct walk *w, int64_t t)
{
    if (!w->guards_chain)
        return true;
    w->domain.value[w->domain.naxis] = t;
    return nest_hold(&w->domain, &w->guard, w->domain.naxis + 1);
}

static void visit_point(struct walk *w, struct tc_netlist *nl)
{
    bool began = false;

    for (int64_t t = 0; t < w->count; t++) {
        if (!holds(w, t))
            continue;
        if (!began && nl)
            bound_point(w);
        if (!began || !w->shared) {
            w->domain.value[w->domain.naxis] = t;
            row_begin(w, nl);
            row_edges(w);
            began = true;
        }
        if (nl)
            nl->bound[nl->ngates++] = bound(w, nl, t);
    }
}

static void visit(struct walk *w, struct tc_netlist *nl, unsigned axis)
{
    struct nest_state *outside = w->state + (size_t)axis * w->nterm;

    if (axis == w->domain.naxis) {
        visit_point(w, nl);
        return;
    }
    for (int64_t v = 0; v < w->domain.axis[axis]->extent; v++) {
        w->domain.value[axis] = v;
        if (w->guard.n && !nest_hold(&w->domain, &w->guard, axis + 1))
            continue;
        nest_enter(&w->domain, w->nterm, w->term, axis, outside, outside + w->nterm);
        visit(w, nl, axis + 1);
    }
}

static void walk_run(struct walk *w, struct tc_netlist *nl)
{
    if (!nest_hold(&w->domain, &w->guard, 0))
        return;
    for (unsigned k = 0; k < w->nterm; k++)
        nest_begin(&w->domain, &w->term[k], &w->state[k]);
    visit(w, nl, 0);
}

/* ------------------------------------------------------------- opening a bank */

static bool numbering_of(struct build *b, const struct tc_plane *p, const struct tc_numbering **out)
{
    struct tc_numbering **nb = &b->numbering[p->id];

    if (!*nb) {
        *nb = tc_alloc(b->arena, 1, sizeof **nb);
        if (!tc_numbering_init(b->arena, p, *nb, b->err))
            return false;
    }
    *out = *nb;
    return true;
}

static uint64_t mentions(const struct nest_term *t)
{
    uint64_t m = 0;

    for (unsigned k = 0; k < t->items.n; k++)
        m |= t->items.item[k].mentions;
    return m;
}

static bool open_terms(struct walk *w, struct build *b, const struct tc_form *form, int sign)
{
    for (unsigned k = 0; k < form->nterm; k++) {
        const struct tc_term *t = &form->term[k];
        const struct tc_numbering *nb = NULL;

        if (t->plane) {
            struct nest_term *n = &w->term[w->nterm];

            if (!numbering_of(b, t->plane, &nb))
                return false;
            w->nterm++;
            if (!nest_compile(&w->domain, n, t, sign, nb, b->first_wire[t->plane->id], b->err))
                return false;
            if (w->domain.chain && tc_term_reads(t, w->domain.chain))
                w->shared = false;
        } else {
            struct constant *c = &w->constant[w->nconstant++];
            if (!nest_compile(&w->domain, &c->term, t, -sign, NULL, 0, b->err))
                return false;
            constant_open(w, c, mentions(&c->term));
            w->by_point = w->by_point || c->kind == BY_POINT || c->kind == BY_BOTH;
        }
    }
    return true;
}

/* bounds may pass 62 bits */
static bool bounds_are_big(const struct tc_bank *bank)
{
    mpz_t sum, z;
    bool big;

    mpz_inits(sum, z, NULL);
    for (unsigned i = 0; i < 2; i++) {
        const struct tc_form *f = i ? &bank->theta : &bank->form;

        for (unsigned k = 0; k < f->nterm; k++)
            if (!f->term[k].plane) {
                nest_upper(&f->term[k], z);
                mpz_add(sum, sum, z);
            }
    }
    big = mpz_sizeinbase(sum, 2) > 62;
    mpz_clears(sum, z, NULL);
    return big;
}

static bool walk_open(struct walk *w, struct build *b, unsigned k)
{
    const struct tc_bank *bank = b->family->bank[k];
    unsigned n = bank->form.nterm + bank->theta.nterm;
    const struct tc_plane *p = &bank->plane;

    *w = (struct walk){.bank = bank, .shared = true, .uniform = true};
    mpz_inits(w->zfixed, w->zpoint, w->z, w->zterm, NULL);
    w->domain = (struct nest_domain){.arena = tc_arena_new(),
                                     .naxis = p->naxis,
                                     .axis = p->axis,
                                     .chain = p->chain,
                                     .nguard = bank->nguard,
                                     .guard = bank->guard,
                                     .points = (double)b->points[k] /
                                               (double)(p->chain ? p->chain->extent : 1)};
    w->count = p->chain ? p->chain->extent : 1;
    w->term = tc_alloc(w->domain.arena, n + 1, sizeof *w->term);
    w->constant = tc_alloc(w->domain.arena, n + 1, sizeof *w->constant);
    if (!nest_guards(&w->domain, &w->guard, b->err) || !open_terms(w, b, &bank->form, 1) ||
        !open_terms(w, b, &bank->theta, -1))
        return false;
    w->guards_chain = w->guard.at[p->naxis + 1] < w->guard.at[p->naxis + 2];
    w->state = tc_alloc(w->domain.arena, (size_t)(p->naxis + 2) * w->nterm + 1, sizeof *w->state);
    for (unsigned i = 0; i < w->nterm; i++)
        for (unsigned level = 0; w->term[i].big && level < p->naxis + 2; level++)
            w->state[level * w->nterm + i].big = tc_mpz(w->domain.arena);
    w->big = bounds_are_big(bank);
    w->known = tc_xcalloc((size_t)w->count, sizeof *w->known);
    w->chain = tc_xcalloc((size_t)w->count, sizeof *w->chain);
    if (w->big)
        w->zchain = tc_xcalloc((size_t)w->count, sizeof *w->zchain);
    add_constants(w, FIXED, &w->fixed, w->zfixed);
    return true;
}

static void walk_close(struct walk *w)
{
    for (unsigned k = 0; k < w->nterm; k++)
        nest_free(&w->term[k]);
    for (unsigned k = 0; k < w->nconstant; k++) {
        nest_free(&w->constant[k].term);
        free(w->constant[k].remembered);
    }
    for (int64_t t = 0; w->zchain && t < w->count; t++)
        if (w->known[t])
            mpz_clear(w->zchain[t]);
    free(w->known);
    free(w->chain);
    free(w->zchain);
    mpz_clears(w->zfixed, w->zpoint, w->z, w->zterm, NULL);
    tc_arena_free(w->domain.arena);
}

/* ------------------------------------------------------------------ the family */

static bool limit(struct tc_error *err, const char *what, mpz_srcptr need, uint64_t most)
{
    char number[200];

    gmp_snprintf(number, sizeof number, "%Zd", need);
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "the netlist has %s %s; the limit is %llu",
                   number, what, (unsigned long long)most);
}

/* numbers the first wires of planes; all sizes but edges are known then */
static bool place_planes(struct build *b, uint64_t max_gates)
{
    const struct tc_family *f = b->family;
    struct tc_netlist *nl = b->nl;
    uint64_t wires = 0, outputs = 0;
    bool ok = true;
    mpz_t need;

    mpz_init(need);
    nl->place = tc_xcalloc(f->ninput + f->nbank, sizeof *nl->place);
    for (unsigned k = 0; ok && k < f->ninput + f->nbank; k++) {
        const struct tc_plane *p = k < f->ninput ? f->input[k] : &f->bank[k - f->ninput]->plane;
        uint64_t points = 0;

        ok = tc_numbering_points(p, &points, b->err);
        if (k >= f->ninput)
            b->points[k - f->ninput] = points;
        mpz_add_ui(need, need, points);
        if (k + 1 == f->ninput && ok && mpz_cmp_ui(need, UINT32_MAX) > 0)
            ok = limit(b->err, "inputs", need, UINT32_MAX);
        if (ok && mpz_cmp_ui(need, UINT32_MAX) <= 0) {
            b->first_wire[p->id] = (uint32_t)wires;
            nl->place[nl->nplace++] =
                (struct tc_place){tc_strdup(nl->arena, p->name), (uint32_t)wires, p->level};
            wires += points;
            if (k < f->ninput)
                nl->ninputs = (uint32_t)wires;
        }
    }
    if (ok) {
        mpz_sub_ui(need, need, nl->ninputs);
        if (mpz_cmp_ui(need, max_gates) > 0)
            ok = limit(b->err, "gates", need, max_gates);
        else if (mpz_cmp_ui(need, UINT32_MAX - nl->ninputs) > 0)
            ok = limit(b->err, "gates", need, UINT32_MAX - nl->ninputs);
    }
    for (unsigned k = 0; ok && k < f->noutput; k++) {
        uint64_t points = 0;

        ok = tc_numbering_points(f->output[k].plane, &points, b->err);
        outputs += points;
        if (ok && outputs > UINT32_MAX) {
            mpz_set_ui(need, outputs);
            ok = limit(b->err, "outputs", need, UINT32_MAX);
        }
    }
    mpz_clear(need);
    if (!ok)
        return false;
    nl->noutputs = (uint32_t)outputs;
    return true;
}

/* ------------------------------------------------------------------- counting */

/* a set of axes that no guard ties to others */
static uint64_t tied(const struct walk *w, uint64_t set)
{
    for (uint64_t before = 0; before != set;) {
        before = set;
        for (unsigned k = 0; k < w->guard.n; k++)
            if (w->guard.item[k].mentions & set)
                set |= w->guard.item[k].mentions;
    }
    return set;
}

/* the edges of one term over the points of some axes, the others at 0 */
static void project(struct walk *w, unsigned term, uint64_t set, unsigned slot, uint64_t *points)
{
    struct nest_state *outside = w->state + (size_t)slot * w->nterm + term;
    bool in = set >> slot & 1;
    int64_t extent = slot < w->domain.naxis ? w->domain.axis[slot]->extent : w->count;

    for (int64_t v = 0; v < (in ? extent : 1); v++) {
        w->domain.value[slot] = v;
        if (in && w->guard.n && !nest_hold(&w->domain, &w->guard, slot + 1))
            continue;
        if (slot < w->domain.naxis) {
            nest_enter(&w->domain, 1, &w->term[term], slot, outside, outside + w->nterm);
            project(w, term, set, slot + 1, points);
        } else {
            nest_edges(&w->domain, 1, &w->term[term], outside, outside + w->nterm, &w->sink);
            if (++*points % 64 == 0)
                tc_progress_tick((double)w->done + (double)w->sink.nedges);
        }
    }
}

/* Rows and edges of a bank.  Each term is counted by itself, over those axes
 * alone that its guards and factors mention. */
static void count_edges(struct walk *w, uint64_t gates, mpz_ptr edges)
{
    uint64_t own = ((uint64_t)2 << w->domain.naxis) - 1;
    mpz_t z;

    mpz_set_ui(edges, 0);
    if (gates == 0)
        return;
    w->domain.counting = true;
    if (w->shared && w->guards_chain) { /* points that keep some threshold */
        walk_run(w, NULL);
        mpz_set_ui(edges, w->sink.nedges);
        return;
    }
    mpz_init(z);
    w->nrows = w->shared ? gates / (uint64_t)w->count : gates;
    for (unsigned k = 0; k < w->nterm; k++) {
        const struct nest_term *t = &w->term[k];
        uint64_t set = 0, points = 0, before = w->sink.nedges;

        for (unsigned i = 0; i < t->items.n; i++)
            if (t->items.item[i].kind != NEST_WIRE && t->items.item[i].kind != NEST_RANKED)
                set |= t->items.item[i].mentions & own;
        nest_begin(&w->domain, t, &w->state[k]);
        project(w, k, tied(w, set), 0, &points);
        assert(points && w->nrows % points == 0);
        mpz_set_ui(z, w->sink.nedges - before);
        mpz_mul_ui(z, z, w->nrows / points);
        mpz_add(edges, edges, z);
    }
    mpz_clear(z);
}

/* rows and edges of all banks */
static bool measure(struct build *b, uint64_t max_edges, uint64_t *rows, uint64_t *edges)
{
    bool ok = true;
    mpz_t need, z;

    mpz_inits(need, z, NULL);
    *rows = 0;
    tc_progress_start("counting edges", 0);
    for (unsigned k = 0; ok && k < b->family->nbank; k++) {
        struct walk w;

        ok = walk_open(&w, b, k);
        if (ok) {
            count_edges(&w, b->points[k], z);
            *rows += w.nrows;
            mpz_add(need, need, z);
        }
        walk_close(&w);
    }
    tc_progress_end();
    if (ok && max_edges && mpz_cmp_ui(need, max_edges) > 0)
        ok = limit(b->err, "stored edges", need, max_edges);
    else if (ok && mpz_sizeinbase(need, 2) > 48)
        ok = limit(b->err, "stored edges", need, ((uint64_t)1 << 48) - 1);
    *edges = mpz_get_ui(need);
    mpz_clears(need, z, NULL);
    return ok;
}

/* -------------------------------------------------------------------- filling */

static bool fill(struct build *b, uint64_t edges)
{
    const struct tc_family *f = b->family;
    struct tc_netlist *nl = b->nl;
    uint32_t o = 0;
    bool ok = true;

    tc_progress_start("making gates", (double)edges);
    for (unsigned k = 0; ok && k < f->nbank; k++) {
        struct walk w;

        ok = walk_open(&w, b, k);
        if (ok) {
            assert(nl->ninputs + nl->ngates == b->first_wire[f->ninput + k]);
            w.sink = (struct nest_sink){nl, nl->source, nl->weight, nl->nedges};
            walk_run(&w, nl);
            nl->nedges = w.sink.nedges;
        }
        walk_close(&w);
    }
    tc_progress_end();
    if (!ok)
        return false;
    nl->first[nl->nrows] = nl->nedges;
    nl->gate[nl->nrows] = nl->ngates;
    for (unsigned k = 0; k < f->noutput; k++) {
        const struct tc_plane *p = f->output[k].plane;
        uint64_t points = 0;

        ok = tc_numbering_points(p, &points, b->err);
        assert(ok);
        for (uint64_t i = 0; i < points; i++)
            nl->output[o++] = b->first_wire[p->id] + (uint32_t)i;
    }
    assert(o == nl->noutputs && nl->nedges == edges);
    return ok;
}

/* An array that is written from end to end: huge pages, where there are any,
 * save a good part of the time. */
static void *big_array(size_t count, size_t size)
{
    const uintptr_t page = (uintptr_t)1 << 21;
    char *p = tc_xrealloc(NULL, count, size);
    uintptr_t skip = -(uintptr_t)p & (page - 1);

    if (count * size > 2 * page)
        (void)madvise(p + skip, (count * size - skip) & ~(page - 1), MADV_HUGEPAGE);
    return p;
}

static bool instantiate(struct build *b, uint64_t max_gates, uint64_t max_edges)
{
    struct tc_netlist *nl = b->nl;
    uint64_t gates = 0, rows, edges;

    if (!place_planes(b, max_gates ? max_gates : UINT32_MAX) ||
        !measure(b, max_edges, &rows, &edges))
        return false;
    for (unsigned k = 0; k < b->family->nbank; k++)
        gates += b->points[k];
    free(nl->first);
    free(nl->gate);
    nl->first = big_array(rows + 1, sizeof *nl->first);
    nl->gate = big_array(rows + 1, sizeof *nl->gate);
    nl->source = big_array(edges + NEST_SLACK, sizeof *nl->source);
    nl->weight = big_array(edges + NEST_SLACK, sizeof *nl->weight);
    nl->bound = big_array(gates, sizeof *nl->bound);
    nl->output = big_array(nl->noutputs, sizeof *nl->output);
    if (!fill(b, edges))
        return false;
    assert(nl->nrows == rows && nl->ngates == gates);
    return true;
}

struct tc_netlist *tc_family_instantiate(const struct tc_family *f, uint64_t max_gates,
                                         uint64_t max_edges, struct tc_error *err)
{
    size_t nplane = (size_t)f->ninput + f->nbank;
    struct build b = {.family = f, .nl = tc_netlist_new(), .arena = tc_arena_new(), .err = err};
    bool ok;

    b.numbering = tc_alloc(b.arena, nplane + 1, sizeof *b.numbering);
    b.first_wire = tc_alloc(b.arena, nplane + 1, sizeof *b.first_wire);
    b.points = tc_alloc(b.arena, f->nbank + 1, sizeof *b.points);
    ok = instantiate(&b, max_gates, max_edges);
    tc_arena_free(b.arena);
    if (!ok) {
        tc_netlist_free(b.nl);
        return NULL;
    }
    return b.nl;
}
