/* gate.c -- one gate of a family by its number, without instantiating it
 *
 * A plane's wires are the points of a space (rank.c): its axes, the chain last,
 * within its guards.  So are the wires that a term reads at one gate: its
 * reduction indices, the gate's indices being given, within its guards and
 * where its tables are not 0; and the readers of a wire: all of a term's indices,
 * where each axis of its access is what the wire's place says. */
#include "rank.h"
#include "text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CONSTANT_POINTS ((int64_t)1 << 22) /* added up one by one */

struct term {
    const struct tc_bank *bank;
    const struct tc_term *term;
    int sign;            /* -1: of the threshold */
    unsigned given;      /* variables of the bank */
    struct tc_space *in; /* made when it is asked for */
    struct tc_space *out;
    unsigned access; /* out: the first of its equations */
};

struct tc_gates {
    const struct tc_family *family;
    struct tc_arena *arena;
    unsigned nplane;
    struct plane {
        const struct tc_plane *plane;
        struct tc_space *space;
        mpz_ptr first, points;
        unsigned term, nterm; /* of the bank, among terms */
    } *plane;
    struct term *term;
    mpz_ptr wires;
    char *zeros; /* per table: 1 if it has some, 2 if not, 0 if not known yet */
    struct tc_entries entries;
};

/* ------------------------------------------------------------------ spaces */

static bool too_many(struct tc_space *s, struct tc_error *err)
{
    return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                   "bank %.80s: more than %d indices or %d conditions in one term", s->name,
                   TC_SPACE_VARS, TC_SPACE_CONS);
}

static bool add_axes(struct tc_space *s, const struct tc_plane *p)
{
    bool ok = true;

    for (unsigned k = 0; ok && k < tc_plane_axes(p); k++)
        ok = tc_space_var(s, k < p->naxis ? p->axis[k] : p->chain);
    return ok;
}

static bool add_guards(struct tc_space *s, unsigned n, const struct tc_guard *guard)
{
    bool ok = true;

    for (unsigned k = 0; ok && k < n; k++)
        ok = tc_space_guard(s, &guard[k]);
    return ok;
}

static bool may_be_zero(struct tc_gates *g, const struct tc_table *t)
{
    char *known = &g->zeros[t->id];

    if (t->fn)
        return true;
    if (!*known) {
        size_t size = tc_table_size(t);

        *known = 2;
        for (size_t i = 0; i < size; i++)
            if (t->big ? mpz_sgn(t->big[i]) == 0 : t->small[i] == 0)
                *known = 1;
    }
    return *known == 1;
}

static bool add_factors(struct tc_gates *g, struct tc_space *s, const struct tc_term *t)
{
    bool ok = true;

    for (unsigned k = 0; ok && k < t->nfactor; k++)
        if (may_be_zero(g, t->factor[k].table))
            ok = tc_space_nonzero(s, &t->factor[k]);
    return ok;
}

static bool add_sums(struct tc_space *s, const struct tc_term *t)
{
    bool ok = true;

    for (unsigned k = 0; ok && k < t->nsum; k++)
        ok = tc_space_var(s, t->sum[k]);
    return ok;
}

static struct tc_space *space_new(struct tc_gates *g, const struct tc_bank *bank)
{
    return tc_space_new(g->arena, bank->plane.name, &g->entries);
}

/* the bank's indices, given, then those of the sum: the wires that a gate reads */
static bool open_in(struct tc_gates *g, struct term *t, struct tc_error *err)
{
    struct tc_space *s;

    if (t->in)
        return true;
    s = space_new(g, t->bank);
    if (!add_axes(s, &t->bank->plane) || !add_sums(s, t->term) ||
        !add_guards(s, t->term->nguard, t->term->guard) || !add_factors(g, s, t->term))
        return too_many(s, err);
    tc_space_close(s);
    t->in = s;
    return true;
}

/* all of these, where the access is equal to what is wanted: a wire's readers */
static bool open_out(struct tc_gates *g, struct term *t, struct tc_error *err)
{
    const struct tc_term *term = t->term;
    struct tc_space *s;
    bool ok;

    if (t->out)
        return true;
    s = space_new(g, t->bank);
    ok = add_axes(s, &t->bank->plane) && add_sums(s, term) &&
         add_guards(s, t->bank->nguard, t->bank->guard) &&
         add_guards(s, term->nguard, term->guard);
    t->access = s->ncons;
    for (unsigned k = 0; ok && k < tc_plane_axes(term->plane); k++)
        ok = tc_space_equal(s, &term->at[k]);
    if (!ok || !add_factors(g, s, term))
        return too_many(s, err);
    tc_space_close(s);
    t->out = s;
    return true;
}

static void want(const struct term *t, const struct tc_spot *spot)
{
    for (unsigned k = 0; k < tc_plane_axes(spot->plane); k++)
        t->out->cons[t->access + k].want = spot->at[k];
}

/* coef * product of factors at a point of a space that has the term's indices */
static void weight_at(struct tc_gates *g, struct tc_space *s, const struct tc_term *t, int sign,
                      const int64_t *at, mpz_ptr weight)
{
    int64_t arg[TC_SPACE_VARS];
    mpz_t entry;

    mpz_init(entry);
    mpz_set(weight, t->coef);
    for (unsigned k = 0; k < t->nfactor; k++) {
        const struct tc_factor *f = &t->factor[k];

        for (unsigned r = 0; r < f->table->rank; r++)
            arg[r] = tc_space_axis(s, &f->at[r], at);
        tc_entry_get(&g->entries, f->table, arg, entry);
        mpz_mul(weight, weight, entry);
    }
    if (sign < 0)
        mpz_neg(weight, weight);
    mpz_clear(entry);
}

/* ----------------------------------------------------------------- opening */

static unsigned terms_of(const struct tc_gates *g, unsigned first, const struct tc_bank *b)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 2; i++) {
        const struct tc_form *f = i ? &b->theta : &b->form;

        for (unsigned k = 0; k < f->nterm; k++) {
            if (g->term)
                g->term[first + n] = (struct term){.bank = b,
                                                   .term = &f->term[k],
                                                   .sign = i ? -1 : 1,
                                                   .given = tc_plane_axes(&b->plane)};
            n++;
        }
    }
    return n;
}

static bool open_plane(struct tc_gates *g, struct plane *p, struct tc_error *err)
{
    const struct tc_bank *bank = p->plane->bank;

    p->space = tc_space_new(g->arena, p->plane->name, &g->entries);
    if (!add_axes(p->space, p->plane) ||
        (bank && !add_guards(p->space, bank->nguard, bank->guard)))
        return too_many(p->space, err);
    tc_space_close(p->space);
    p->first = tc_mpz_copy(g->arena, g->wires);
    p->points = tc_mpz(g->arena);
    if (!tc_space_count(p->space, 0, NULL, p->points, err))
        return false;
    mpz_add(g->wires, g->wires, p->points);
    return true;
}

struct tc_gates *tc_gates_open(const struct tc_family *f, struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_gates *g = tc_alloc(arena, 1, sizeof *g);
    bool ok = true;
    unsigned n = 0;

    g->family = f;
    g->arena = arena;
    g->wires = tc_mpz(arena);
    g->zeros = tc_alloc(arena, f->ntable + 1, 1);
    g->plane = tc_alloc(arena, (size_t)f->ninput + f->nbank + 1, sizeof *g->plane);
    for (unsigned b = 0; b < f->nbank; b++)
        n += terms_of(g, n, f->bank[b]);
    g->term = tc_alloc(arena, n + 1, sizeof *g->term);
    n = 0;
    for (unsigned k = 0; ok && k < f->ninput + f->nbank; k++) {
        struct plane *p = &g->plane[g->nplane++];

        p->plane = k < f->ninput ? f->input[k] : &f->bank[k - f->ninput]->plane;
        p->term = n;
        if (p->plane->bank)
            n += p->nterm = terms_of(g, n, p->plane->bank);
        ok = open_plane(g, p, err);
    }
    if (ok)
        return g;
    tc_gates_free(g);
    return NULL;
}

void tc_gates_free(struct tc_gates *g)
{
    for (unsigned k = 0; k < g->nplane; k++) {
        struct plane *p = &g->plane[k];

        if (p->space)
            tc_space_free(p->space);
        for (unsigned i = p->term; i < p->term + p->nterm; i++) {
            if (g->term[i].in)
                tc_space_free(g->term[i].in);
            if (g->term[i].out)
                tc_space_free(g->term[i].out);
        }
    }
    tc_arena_free(g->arena);
}

mpz_srcptr tc_gates_inputs(const struct tc_gates *g)
{
    return g->family->nbank ? g->plane[g->family->ninput].first : g->wires;
}

mpz_srcptr tc_gates_wires(const struct tc_gates *g)
{
    return g->wires;
}

mpz_srcptr tc_gates_first(const struct tc_gates *g, const struct tc_plane *p)
{
    return g->plane[p->id].first;
}

mpz_srcptr tc_gates_points(const struct tc_gates *g, const struct tc_plane *p)
{
    return g->plane[p->id].points;
}

struct tc_gate_cost tc_gates_cost(const struct tc_gates *g)
{
    return g->entries.cost;
}

/* ------------------------------------------------------ numbers and places */

bool tc_wire_spot(struct tc_gates *g, mpz_srcptr wire, struct tc_spot *spot, struct tc_error *err)
{
    unsigned lo = 0, hi = g->nplane;
    struct plane *p;
    mpz_t rank;
    bool ok;

    if (mpz_sgn(wire) < 0 || mpz_cmp(wire, g->wires) >= 0)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "there is no wire of that number");
    while (hi - lo > 1) { /* the last that does not begin after it has the wire */
        unsigned mid = lo + (hi - lo) / 2;

        *(mpz_cmp(g->plane[mid].first, wire) <= 0 ? &lo : &hi) = mid;
    }
    p = &g->plane[lo];
    spot->plane = p->plane;
    mpz_init(rank);
    mpz_sub(rank, wire, p->first);
    ok = tc_space_unrank(p->space, 0, spot->at, rank, err);
    mpz_clear(rank);
    return ok;
}

bool tc_spot_wire(struct tc_gates *g, const struct tc_spot *spot, mpz_ptr wire,
                  struct tc_error *err)
{
    struct plane *p = &g->plane[spot->plane->id];
    bool within;

    if (!tc_space_rank(p->space, 0, spot->at, wire, &within, err))
        return false;
    if (!within)
        return tc_fail(err, TC_EUSAGE, (struct tc_loc){0},
                       "%.80s has no wire at this place: it is outside of its axes or guards",
                       p->plane->name);
    mpz_add(wire, wire, p->first);
    return true;
}

/* -------------------------------------------------------------- thresholds */

static bool is_read(const struct tc_term *t, const struct tc_index *ix)
{
    for (unsigned k = 0; k < t->nfactor; k++)
        for (unsigned r = 0; r < t->factor[k].table->rank; r++)
            if (tc_axis_reads(&t->factor[k].at[r], ix))
                return true;
    return false;
}

/* The indices that factors read come before the others, whose points are counted. */
static bool open_constant(struct tc_gates *g, struct term *t, struct tc_error *err)
{
    struct tc_space *s;
    bool ok;

    if (t->in)
        return true;
    s = space_new(g, t->bank);
    ok = add_axes(s, &t->bank->plane);
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; ok && k < t->term->nsum; k++)
            if (is_read(t->term, t->term->sum[k]) == !i)
                ok = tc_space_var(s, t->term->sum[k]);
    if (!ok || !add_guards(s, t->term->nguard, t->term->guard))
        return too_many(s, err);
    tc_space_close(s);
    t->in = s;
    return true;
}

/* a term without a wire, added up over its sum */
static bool constant_at(struct tc_gates *g, struct term *t, const struct tc_spot *spot,
                        mpz_ptr sum, struct tc_error *err)
{
    int64_t at[TC_SPACE_VARS], box = 1;
    unsigned read = t->given, k;
    struct tc_space *s;
    bool ok = true;
    mpz_t points, weight;

    mpz_set_ui(sum, 0);
    if (!open_constant(g, t, err))
        return false;
    s = t->in;
    memcpy(at, spot->at, t->given * sizeof *at);
    for (; read < s->nvar && is_read(t->term, s->ix[read]); read++) {
        at[read] = 0;
        if (__builtin_mul_overflow(box, s->ix[read]->extent, &box) || box > CONSTANT_POINTS)
            return tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                           "bank %.80s: a threshold sums a table over more than %lld points",
                           s->name, (long long)CONSTANT_POINTS);
    }
    mpz_inits(points, weight, NULL);
    do {
        ok = tc_space_count(s, read, at, points, err);
        if (ok && mpz_sgn(points)) {
            weight_at(g, s, t->term, t->sign, at, weight);
            mpz_addmul(sum, weight, points);
        }
        for (k = read; k > t->given && ++at[k - 1] == s->ix[k - 1]->extent; k--)
            at[k - 1] = 0;
    } while (ok && k > t->given);
    mpz_clears(points, weight, NULL);
    return ok;
}

bool tc_spot_bound(struct tc_gates *g, const struct tc_spot *spot, mpz_ptr bound,
                   struct tc_error *err)
{
    const struct plane *p = &g->plane[spot->plane->id];
    bool ok = true;
    mpz_t z;

    mpz_set_ui(bound, 0);
    mpz_init(z);
    for (unsigned i = p->term; ok && i < p->term + p->nterm; i++)
        if (!g->term[i].term->plane) {
            ok = constant_at(g, &g->term[i], spot, z, err);
            mpz_sub(bound, bound, z);
        }
    mpz_clear(z);
    return ok;
}

/* ------------------------------------------------------------------- edges */

struct listing {
    struct tc_gates *g;
    mpz_t skip, wire, weight, points, rank;
    uint64_t left;
    tc_spot_edge *fn;
    void *ctx;
    mpz_ptr edges;
    struct tc_error *err;
    bool ok;
};

static void listing_init(struct listing *l, struct tc_gates *g, mpz_srcptr from, uint64_t count,
                         tc_spot_edge *fn, void *ctx, mpz_ptr edges, struct tc_error *err)
{
    *l = (struct listing){
        .g = g, .left = count, .fn = fn, .ctx = ctx, .edges = edges, .err = err, .ok = true};
    mpz_inits(l->wire, l->weight, l->points, l->rank, NULL);
    mpz_init_set(l->skip, from);
    mpz_set_ui(edges, 0);
}

static bool listing_end(struct listing *l)
{
    mpz_clears(l->skip, l->wire, l->weight, l->points, l->rank, NULL);
    return l->ok;
}

/* the place at the other end of an edge */
static void other_end(const struct term *t, struct tc_space *s, bool reader, const int64_t *at,
                      struct tc_spot *spot)
{
    if (reader) {
        spot->plane = &t->bank->plane;
        memcpy(spot->at, at, t->given * sizeof *at);
        return;
    }
    spot->plane = t->term->plane;
    for (unsigned k = 0; k < tc_plane_axes(spot->plane); k++)
        spot->at[k] = tc_space_axis(s, &t->term->at[k], at);
}

static void list_point(struct listing *l, const struct term *t, bool readers, const int64_t *at)
{
    struct tc_space *s = readers ? t->out : t->in;
    struct tc_spot spot;

    other_end(t, s, readers, at, &spot);
    weight_at(l->g, s, t->term, t->sign, at, l->weight);
    l->ok = tc_spot_wire(l->g, &spot, l->wire, l->err);
    l->left--;
    if (l->ok && !l->fn(l->ctx, &spot, l->wire, l->weight))
        l->left = 0;
}

/* the points of a term's space, of which for reads the bank's variables are in at */
static void list_points(struct listing *l, const struct term *t, bool readers, int64_t *at)
{
    struct tc_space *s = readers ? t->out : t->in;
    unsigned given = readers ? 0 : t->given;
    struct tc_pieces last;
    bool stepped = false;

    l->ok = tc_space_count(s, given, at, l->points, l->err);
    if (!l->ok)
        return;
    mpz_add(l->edges, l->edges, l->points);
    if (mpz_cmp(l->skip, l->points) >= 0) {
        mpz_sub(l->skip, l->skip, l->points);
        return;
    }
    mpz_set(l->rank, l->skip);
    mpz_set_ui(l->skip, 0);
    tc_pieces_init(&last);
    while (l->ok && l->left && mpz_cmp(l->rank, l->points) < 0) {
        if (!stepped)
            l->ok = tc_space_unrank(s, given, at, l->rank, l->err);
        if (l->ok)
            list_point(l, t, readers, at);
        mpz_add_ui(l->rank, l->rank, 1);
        stepped = tc_space_step(s, given, at, &last);
        if (!stepped)
            last.end = 0;
    }
    tc_pieces_clear(&last);
}

bool tc_spot_reads(struct tc_gates *g, const struct tc_spot *spot, mpz_srcptr from, uint64_t count,
                   tc_spot_edge *fn, void *ctx, mpz_ptr edges, struct tc_error *err)
{
    const struct plane *p = &g->plane[spot->plane->id];
    int64_t at[TC_SPACE_VARS];
    struct listing l;

    listing_init(&l, g, from, count, fn, ctx, edges, err);
    for (unsigned i = p->term; l.ok && i < p->term + p->nterm; i++) {
        struct term *t = &g->term[i];

        if (!t->term->plane)
            continue;
        l.ok = open_in(g, t, err);
        memcpy(at, spot->at, t->given * sizeof *at);
        if (l.ok)
            list_points(&l, t, false, at);
    }
    return listing_end(&l);
}

bool tc_spot_readers(struct tc_gates *g, const struct tc_spot *spot, mpz_srcptr from,
                     uint64_t count, tc_spot_edge *fn, void *ctx, mpz_ptr edges,
                     struct tc_error *err)
{
    const struct plane *last = &g->plane[g->nplane - 1];
    int64_t at[TC_SPACE_VARS];
    struct listing l;

    listing_init(&l, g, from, count, fn, ctx, edges, err);
    for (unsigned i = 0; l.ok && i < last->term + last->nterm; i++) {
        struct term *t = &g->term[i];

        if (t->term->plane != spot->plane)
            continue;
        l.ok = open_out(g, t, err);
        if (l.ok) {
            want(t, spot);
            list_points(&l, t, true, at);
        }
    }
    return listing_end(&l);
}

bool tc_spot_joined(struct tc_gates *g, const struct tc_spot *wire, const struct tc_spot *gate,
                    mpz_ptr edges, struct tc_error *err)
{
    const struct plane *p = &g->plane[gate->plane->id];
    bool ok = true;
    mpz_t points;

    mpz_init(points);
    mpz_set_ui(edges, 0);
    for (unsigned i = p->term; ok && i < p->term + p->nterm; i++) {
        struct term *t = &g->term[i];

        if (t->term->plane != wire->plane)
            continue;
        ok = open_out(g, t, err);
        if (ok) {
            want(t, wire);
            ok = tc_space_count(t->out, t->given, gate->at, points, err);
            mpz_add(edges, edges, points);
        }
    }
    mpz_clear(points);
    return ok;
}

/* -------------------------------------------------------------------- text */

char *tc_spot_text(struct tc_arena *arena, const struct tc_spot *spot)
{
    const struct tc_plane *p = spot->plane;
    unsigned n = tc_plane_axes(p), dot = p->bank || n < 2 ? n : n - 1;
    struct tc_text t = {0};
    char *s;

    tc_text_name(&t, p->name);
    tc_text_puts(&t, "[");
    for (unsigned k = 0; k < dot; k++)
        tc_text_printf(&t, "%s%lld", k == p->naxis ? "; " : k ? ", " : "", (long long)spot->at[k]);
    tc_text_puts(&t, "]");
    if (dot < n)
        tc_text_printf(&t, ".%lld", (long long)spot->at[dot]);
    s = tc_strdup(arena, t.s);
    free(t.s);
    return s;
}

static const struct tc_plane *plane_named(const struct tc_gates *g, const char *name)
{
    for (unsigned k = 0; k < g->nplane; k++)
        if (strcmp(g->plane[k].plane->name, name) == 0)
            return g->plane[k].plane;
    for (unsigned k = 0; k < g->family->noutput; k++)
        if (strcmp(g->family->output[k].name, name) == 0)
            return g->family->output[k].plane;
    return NULL;
}

/* the next of a place's integers; *n counts them */
static bool read_coordinate(struct tc_lexer *x, struct tc_spot *spot, unsigned *n)
{
    const struct tc_plane *p = spot->plane;
    const struct tc_index *ix;
    bool ok;
    mpz_t v;

    if (*n == tc_plane_axes(p))
        return tc_lex_wanted(x, "no more than %u of %s", *n, p->name);
    ix = *n < p->naxis ? p->axis[*n] : p->chain;
    if (x->kind != TC_TOKEN_INTEGER)
        return tc_lex_wanted(x, "index %s", ix->name);
    mpz_init(v);
    ok = tc_lex_integer(x, v);
    if (ok && mpz_cmp_si(v, ix->extent) >= 0)
        ok = tc_fail(x->err, TC_EFORMAT, (struct tc_loc){0}, "index %s of %.80s is 0 to %lld",
                     ix->name, p->name, (long long)ix->extent - 1);
    if (ok)
        spot->at[(*n)++] = mpz_get_si(v);
    mpz_clear(v);
    return ok;
}

/* NAME [ integers between , and ; ] . integer */
static bool read_place(struct tc_gates *g, struct tc_lexer *x, struct tc_spot *spot)
{
    unsigned n = 0;

    if (x->kind != TC_TOKEN_NAME)
        return tc_lex_wanted(x, "the number of a gate, or a place such as q[3, 0; 5]");
    spot->plane = plane_named(g, x->name);
    if (!spot->plane)
        return tc_fail(x->err, TC_EFORMAT, (struct tc_loc){0},
                       "there is no bank, input or output '%.80s'", x->name);
    if (!tc_lex_next(x))
        return false;
    if (tc_lex_is(x, '[')) {
        do {
            if (!tc_lex_next(x))
                return false;
            if (tc_lex_is(x, ';') && n == spot->plane->naxis && spot->plane->chain)
                continue; /* a bank without axes: [; 5] */
            if (tc_lex_is(x, ']') && n == 0)
                break;
            if (!read_coordinate(x, spot, &n) || !tc_lex_next(x))
                return false;
        } while (tc_lex_is(x, ',') || tc_lex_is(x, ';'));
        if (!tc_lex_is(x, ']'))
            return tc_lex_wanted(x, "']'");
        if (!tc_lex_next(x))
            return false;
    }
    if (tc_lex_is(x, '.') && (!tc_lex_next(x) || !read_coordinate(x, spot, &n) || !tc_lex_next(x)))
        return false;
    if (n < tc_plane_axes(spot->plane))
        return tc_fail(x->err, TC_EFORMAT, (struct tc_loc){0},
                       "%.80s has %u indices, found %u", spot->plane->name,
                       tc_plane_axes(spot->plane), n);
    return x->kind == TC_TOKEN_END || x->kind == TC_TOKEN_LINE || tc_lex_wanted(x, "the end");
}

bool tc_spot_read(struct tc_gates *g, const char *text, struct tc_spot *spot, struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_lexer x;
    bool ok = tc_lex_start(&x, arena, text, strlen(text), NULL, err) && read_place(g, &x, spot);

    if (!ok) {
        err->kind = err->kind == TC_ELIMIT ? TC_ELIMIT : TC_EUSAGE;
        err->loc = (struct tc_loc){0};
    }
    tc_arena_free(arena);
    return ok;
}
