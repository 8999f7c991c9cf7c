/* count_graph.c -- sums over points as graphs of variables and factors */
#include "count.h"

#include <assert.h>
#include <string.h>

#define ARRAY_MOST    0x1p21 /* entries; larger boxes stay functions */
#define COMPUTED_MOST 0x1p12 /* of computed tables: rows are quicker than entries */
#define BOUND_MOST    ((int64_t)1 << 62)

#define MOST_THROUGH 32

static const struct tc_through *through[MOST_THROUGH];

void tc_through_register(const struct tc_through *t)
{
    unsigned i = 0;

    while (i < MOST_THROUGH && through[i] && through[i]->fn != t->fn)
        i++;
    assert(i < MOST_THROUGH);
    through[i] = t;
}

const struct tc_through *tc_through_find(const struct tc_function *fn)
{
    for (unsigned i = 0; i < MOST_THROUGH && through[i]; i++)
        if (through[i]->fn == fn)
            return through[i];
    return NULL;
}

void tc_graph_init(struct tc_graph *g, struct tc_arena *a, struct tc_counter *c)
{
    *g = (struct tc_graph){.arena = a, .counter = c};
}

bool tc_graph_var(struct tc_graph *g, const struct tc_index *ix)
{
    if (g->nvar == TC_COUNT_VARS)
        return tc_fail(g->counter->err, TC_ELIMIT, (struct tc_loc){0},
                       "bank %s: more than %d indices in one term", g->counter->bank->plane.name,
                       TC_COUNT_VARS);
    g->ix[g->nvar] = ix;
    g->extent[g->nvar++] = ix->extent;
    return true;
}

unsigned tc_graph_find(const struct tc_graph *g, const struct tc_index *ix)
{
    unsigned v = g->nvar; /* the innermost of that name */

    while (v > 0 && g->ix[v - 1] != ix)
        v--;
    assert(v > 0);
    return v - 1;
}

struct tc_node *tc_graph_node(struct tc_graph *g)
{
    struct tc_node **all = tc_alloc(g->arena, g->nnode + 1, sizeof(struct tc_node *));
    struct tc_node *n = tc_alloc(g->arena, 1, sizeof *n);

    if (g->nnode)
        memcpy(all, g->node, g->nnode * sizeof(struct tc_node *));
    g->node = all;
    all[g->nnode++] = n;
    n->scale = tc_mpz_si(g->arena, 1);
    return n;
}

void tc_node_add(struct tc_graph *g, struct tc_node *n, struct tc_count_factor *f)
{
    if (n->n == n->room) {
        struct tc_count_factor **more;

        n->room = 2 * n->room + 4;
        more = tc_alloc(g->arena, n->room, sizeof(struct tc_count_factor *));
        if (n->n)
            memcpy(more, n->factor, n->n * sizeof(struct tc_count_factor *));
        n->factor = more;
    }
    n->factor[n->n++] = f;
}

tc_varset tc_node_vars(const struct tc_node *n)
{
    tc_varset vars = 0;

    for (unsigned i = 0; i < n->n; i++)
        vars |= n->factor[i]->vars;
    return vars;
}

double tc_graph_box(const struct tc_graph *g, tc_varset vars)
{
    double box = 1;

    for (; vars; vars &= vars - 1)
        box *= (double)g->extent[__builtin_ctzll(vars)];
    return box;
}

/* expressions */

static void lin_add(struct tc_lin *x, unsigned v, int64_t coef)
{
    x->coef[v] += coef;
    if (x->coef[v])
        x->vars |= (tc_varset)1 << v;
    else
        x->vars &= ~((tc_varset)1 << v);
}

static void lin_of(const struct tc_graph *g, const struct tc_affine *a, struct tc_lin *x)
{
    memset(x, 0, sizeof *x);
    x->constant = a->constant;
    for (unsigned i = 0; i < a->n; i++)
        lin_add(x, tc_graph_find(g, a->part[i].ix), a->part[i].coef);
}

static void axis_of(const struct tc_graph *g, const struct tc_axis *a, struct tc_lin_axis *x)
{
    lin_of(g, &a->at, &x->at);
    x->via = a->via;
    lin_of(g, &a->arg, &x->arg);
}

static tc_varset axis_vars(const struct tc_lin_axis *x)
{
    return x->at.vars | (x->via ? x->arg.vars : 0);
}

int64_t tc_lin_at(const struct tc_lin *x, const int64_t *value)
{
    int64_t r = x->constant;

    for (tc_varset s = x->vars; s; s &= s - 1) {
        unsigned v = (unsigned)__builtin_ctzll(s);

        r += x->coef[v] * value[v];
    }
    return r;
}

void tc_lin_range(const struct tc_graph *g, const struct tc_lin *x, tc_varset over, int64_t *lo,
                  int64_t *hi)
{
    *lo = *hi = x->constant;
    for (tc_varset s = x->vars & over; s; s &= s - 1) {
        unsigned v = (unsigned)__builtin_ctzll(s);
        int64_t end = x->coef[v] * (g->extent[v] - 1);

        *(end < 0 ? lo : hi) += end;
    }
}

static bool inside(const struct tc_table *t, const int64_t *arg)
{
    for (unsigned k = 0; !t->fn && k < t->rank; k++)
        if (arg[k] < 0 || arg[k] >= t->extent[k])
            return false;
    return true;
}

/* false where the via table is left: the point is excluded by a guard */
static bool axis_at(const struct tc_lin_axis *x, const int64_t *value, int64_t *at)
{
    *at = tc_lin_at(&x->at, value);
    if (x->via) {
        int64_t arg = tc_lin_at(&x->arg, value);

        if (!inside(x->via, &arg))
            return false;
        *at += tc_table_get_i64(x->via, &arg);
    }
    return true;
}

static int64_t read_as(enum tc_reading r, int64_t v)
{
    return r == TC_NONZERO ? v != 0 : r == TC_ABSOLUTE && v < 0 ? -v : v;
}

int64_t tc_factor_at(const struct tc_count_factor *f, const int64_t *value)
{
    int64_t at = 0, arg[TC_MOST_INDICES];

    switch (f->kind) {
    case TC_F_GUARD: {
        bool holds = axis_at(f->axis, value, &at) && at >= 0;

        return f->partial ? (holds ? 0 : TC_COUNT_NONE) : holds;
    }
    case TC_F_ARRAY:
        for (tc_varset s = f->vars; s; s &= s - 1) {
            unsigned v = (unsigned)__builtin_ctzll(s);

            at += f->stride[v] * value[v];
        }
        return f->value[at];
    default:
        for (unsigned k = 0; k < f->table->rank; k++)
            if (!axis_at(&f->axis[k], value, &arg[k]))
                return 0;
        if (!inside(f->table, arg))
            return 0;
        at = tc_table_get_i64(f->table, arg);
        return f->map ? f->map[at + f->reach] : read_as(f->reading, at);
    }
}

/* the points i of [*from, *to[ where 0 <= at + c i < extent */
static void clip(int64_t at, int64_t c, int64_t extent, int64_t *from, int64_t *to)
{
    int64_t first, end; /* c i >= -at, c i < extent - at */

    if (c < 0) {
        c = -c;
        at = extent - 1 - at;
    }
    if (c == 0) {
        *to = at < 0 || at >= extent ? *from : *to;
        return;
    }
    first = at < 0 ? (-at + c - 1) / c : 0;
    end = at < extent ? (extent - at + c - 1) / c : 0;
    *to = end < *to ? end : *to;
    *from = first > *from ? first : *from;
    *from = *from < *to ? *from : *to;
}

/* a row of a table by one call, or by strides through a dense one; 0 outside of it */
static bool table_row(const struct tc_count_factor *f, const int64_t *value, unsigned x,
                      size_t count, int64_t *out)
{
    const struct tc_table *t = f->table;
    int64_t arg[TC_MOST_INDICES], at = 0, stride = 0, step = 0, from = 0, to = (int64_t)count;
    unsigned axis = 0, moving = 0;

    for (unsigned k = 0; k < t->rank; k++) {
        int64_t c = f->axis[k].at.coef[x];

        if ((f->axis[k].via && f->axis[k].arg.coef[x]) || !axis_at(&f->axis[k], value, &arg[k]))
            return false;
        if (c) {
            moving++;
            axis = k;
            step = c;
        }
        if (t->fn) /* of any arguments */
            continue;
        clip(arg[k], c, t->extent[k], &from, &to);
        at = at * t->extent[k] + arg[k];
        stride = stride * t->extent[k] + c;
    }
    memset(out, 0, (size_t)from * sizeof *out);
    memset(out + to, 0, (count - (size_t)to) * sizeof *out);
    if (from == to)
        return true;
    if (t->fn && moving == 1) {
        t->fn->eval(t->state, arg, axis, step, count, out);
    } else if (!t->fn && t->small) {
        for (int64_t i = from; i < to; i++)
            out[i] = t->small[at + i * stride];
    } else {
        return false;
    }
    for (int64_t i = from; f->map && i < to; i++)
        out[i] = f->map[out[i] + f->reach];
    for (int64_t i = from; !f->map && i < to; i++)
        out[i] = read_as(f->reading, out[i]);
    return true;
}

void tc_factor_row(const struct tc_count_factor *f, const int64_t *value, unsigned x, size_t count,
                   int64_t *out)
{
    int64_t point[TC_COUNT_VARS];

    if (f->kind == TC_F_TABLE && table_row(f, value, x, count, out))
        return;
    memcpy(point, value, sizeof point);
    if (f->kind == TC_F_ARRAY) {
        const int64_t *from;
        int64_t at = 0, stride = f->stride[x];

        for (tc_varset s = f->vars; s; s &= s - 1) {
            unsigned v = (unsigned)__builtin_ctzll(s);

            at += f->stride[v] * value[v];
        }
        from = f->value + at;
        for (size_t i = 0; i < count; i++)
            out[i] = from[(int64_t)i * stride];
        return;
    }
    for (size_t i = 0; i < count; i++, point[x]++)
        out[i] = tc_factor_at(f, point);
}

void tc_graph_guard(struct tc_graph *g, struct tc_node *n, const struct tc_guard *guard)
{
    struct tc_count_factor *f = tc_alloc(g->arena, 1, sizeof *f);

    f->kind = TC_F_GUARD;
    f->bound = 1;
    f->axis = tc_alloc(g->arena, 1, sizeof *f->axis);
    axis_of(g, &guard->expr, f->axis);
    f->vars = axis_vars(f->axis);
    if (f->axis->via && !n) {
        n = tc_graph_node(g);
        f->partial = true;
    }
    tc_node_add(g, f->axis->via ? n : &g->guards, f);
}

static bool has_zero(const struct tc_table *t)
{
    size_t size;

    if (t->fn)
        return true;
    size = tc_table_size(t);
    for (size_t i = 0; i < size; i++)
        if (t->small ? t->small[i] == 0 : mpz_sgn(t->big[i]) == 0)
            return true;
    return false;
}

/* zeros and others of a table of large entries */
static const struct tc_table *zeros_of(struct tc_arena *a, const struct tc_table *t)
{
    size_t size = tc_table_size(t);
    struct tc_table *copy = tc_alloc(a, 1, sizeof *copy);
    int64_t *small = tc_alloc(a, size, sizeof *small);

    *copy = *t;
    for (size_t i = 0; i < size; i++)
        small[i] = mpz_sgn(t->big[i]) != 0;
    copy->small = small;
    copy->big = NULL;
    copy->id = UINT32_MAX; /* ours: not the family's */
    return copy;
}

bool tc_graph_table(struct tc_graph *g, struct tc_node *n, const struct tc_factor *factor,
                    enum tc_reading reading)
{
    const struct tc_table *t = factor->table;
    struct tc_count_factor *f;

    if (reading == TC_NONZERO && !has_zero(t))
        return true;
    f = tc_alloc(g->arena, 1, sizeof *f);
    f->kind = TC_F_TABLE;
    f->reading = reading;
    f->table = reading == TC_NONZERO && t->big ? zeros_of(g->arena, t) : t;
    f->bound = 1;
    if (reading != TC_NONZERO) {
        mpz_ptr most = tc_mpz(g->arena);

        tc_table_max_abs(t, most);
        if (mpz_cmp_si(most, BOUND_MOST) >= 0)
            return false;
        f->bound = mpz_get_si(most);
    }
    f->axis = tc_alloc(g->arena, t->rank ? t->rank : 1, sizeof *f->axis);
    for (unsigned k = 0; k < t->rank; k++) {
        axis_of(g, &factor->at[k], &f->axis[k]);
        f->vars |= axis_vars(&f->axis[k]);
    }
    tc_node_add(g, n, f);
    return true;
}

/* calls fn for each expression of the graph */
static void each_lin(struct tc_graph *g, void (*fn)(struct tc_lin *, void *), void *ctx)
{
    for (unsigned k = 0; k <= g->nnode; k++) {
        struct tc_node *n = k < g->nnode ? g->node[k] : &g->guards;

        for (unsigned i = 0; i < n->n; i++) {
            struct tc_count_factor *f = n->factor[i];
            unsigned rank = f->kind == TC_F_GUARD ? 1 : f->kind == TC_F_TABLE ? f->table->rank : 0;

            if (!rank)
                continue;
            f->vars = 0;
            for (unsigned r = 0; r < rank; r++) {
                fn(&f->axis[r].at, ctx);
                if (f->axis[r].via)
                    fn(&f->axis[r].arg, ctx);
                f->vars |= axis_vars(&f->axis[r]);
            }
        }
    }
}

struct pin {
    unsigned x;
    int64_t value;
};

static void pin_lin(struct tc_lin *l, void *ctx)
{
    const struct pin *p = ctx;

    l->constant += l->coef[p->x] * p->value;
    lin_add(l, p->x, -l->coef[p->x]);
}

static void pin(struct tc_graph *g, unsigned x, int64_t value)
{
    struct pin p = {x, value};

    each_lin(g, pin_lin, &p);
    g->extent[x] = 1;
}

/* 1 or -1 if x has only coefficients of that sign in guards, 2 if both occur */
static int guard_sign(const struct tc_graph *g, unsigned x)
{
    int sign = 0;

    for (unsigned i = 0; i < g->guards.n; i++) {
        int64_t c = g->guards.factor[i]->axis->at.coef[x];

        if (c)
            sign = !sign || sign == (c > 0 ? 1 : -1) ? (c > 0 ? 1 : -1) : 2;
    }
    return sign;
}

void tc_graph_relax(struct tc_graph **g, unsigned ngraph, unsigned shared, bool rising)
{
    tc_varset left = 0, read = 0;
    bool again = true;

    for (unsigned k = 0; k < ngraph; k++)
        for (unsigned n = 0; n < g[k]->nnode; n++)
            read |= tc_node_vars(g[k]->node[n]);
    for (unsigned x = 0; x < shared; x++)
        if (!(read >> x & 1))
            left |= (tc_varset)1 << x;
    while (again) {
        again = false;
        for (tc_varset s = left; s; s &= s - 1) {
            unsigned x = (unsigned)__builtin_ctzll(s);
            int sign = guard_sign(g[0], x);

            for (unsigned k = 1; k < ngraph; k++) {
                int other = guard_sign(g[k], x);

                if (other)
                    sign = !rising ? 2 : !sign || sign == other ? other : 2;
            }
            if (sign == 2)
                continue;
            for (unsigned k = ngraph; k-- > 0;)
                pin(g[k], x, sign > 0 ? g[0]->extent[x] - 1 : 0);
            left &= ~((tc_varset)1 << x);
            again = sign != 0 || again;
        }
    }
}

/* replacing variables */

struct replacement {
    unsigned x;        /* which becomes u */
    struct tc_lin lin; /* x in terms of u and the others */
};

static void replace_lin(struct tc_lin *l, void *ctx)
{
    const struct replacement *r = ctx;
    int64_t c = l->coef[r->x];

    if (!c)
        return;
    lin_add(l, r->x, -c);
    l->constant += c * r->lin.constant;
    for (tc_varset s = r->lin.vars; s; s &= s - 1) {
        unsigned v = (unsigned)__builtin_ctzll(s);

        lin_add(l, v, c * r->lin.coef[v]);
    }
}

static void box_guard(struct tc_graph *g, const struct tc_lin *lin, int64_t sign, int64_t constant)
{
    struct tc_count_factor *f = tc_alloc(g->arena, 1, sizeof *f);

    f->kind = TC_F_GUARD;
    f->bound = 1;
    f->axis = tc_alloc(g->arena, 1, sizeof *f->axis);
    f->axis->at = *lin;
    for (unsigned v = 0; v < TC_COUNT_VARS; v++)
        f->axis->at.coef[v] *= sign;
    f->axis->at.constant = sign * lin->constant + constant;
    f->vars = lin->vars;
    tc_node_add(g, &g->guards, f);
}

static bool is_large(const struct tc_graph *g, const struct tc_count_factor *f)
{
    return tc_graph_box(g, f->vars) > (f->table && f->table->fn ? COMPUTED_MOST : ARRAY_MOST);
}

/* How many guards read x, and, which weighs more, how many expressions of
 * tables that do not read all the variables of this one: replacing x would spread
 * them over more. */
static unsigned read_elsewhere(const struct tc_graph *g, unsigned x, const struct tc_lin *lin)
{
    unsigned n = 0, guards = 0;

    for (unsigned i = 0; i < g->guards.n; i++)
        guards += g->guards.factor[i]->axis->at.coef[x] != 0;
    for (unsigned k = 0; k < g->nnode; k++)
        for (unsigned i = 0; i < g->node[k]->n; i++) {
            const struct tc_count_factor *f = g->node[k]->factor[i];

            for (unsigned r = 0; f->kind == TC_F_TABLE && r < f->table->rank; r++) {
                n += f->axis[r].at.coef[x] && f->axis[r].at.vars != lin->vars;
                n += f->axis[r].via && f->axis[r].arg.coef[x] && f->axis[r].arg.vars != lin->vars;
            }
        }
    return 1000 * n + guards;
}

/* x := coef * (u - the rest of lin), in all graphs where x is the same */
static void replace(struct tc_graph **g, unsigned ngraph, unsigned shared, unsigned k, unsigned x,
                    const struct tc_lin *lin)
{
    struct replacement r = {.x = x, .lin = *lin};
    unsigned first = x < shared ? 0 : k, end = x < shared ? ngraph : k + 1;
    int64_t c = lin->coef[x], lo, hi, extent = g[k]->extent[x];

    assert(c == 1 || c == -1);
    tc_lin_range(g[k], lin, ~(tc_varset)0, &lo, &hi);
    /* lin = u + lo, so x = c * (u + lo - constant - others) */
    lin_add(&r.lin, x, -c);
    for (tc_varset s = r.lin.vars; s; s &= s - 1)
        r.lin.coef[__builtin_ctzll(s)] *= -c;
    r.lin.constant = c * (lo - lin->constant);
    lin_add(&r.lin, x, c);
    for (unsigned i = first; i < end; i++) {
        each_lin(g[i], replace_lin, &r);
        g[i]->extent[x] = hi - lo + 1;
    }
    box_guard(g[first], &r.lin, 1, 0);
    box_guard(g[first], &r.lin, -1, extent - 1);
}

void tc_graph_replace(struct tc_graph **g, unsigned ngraph, unsigned shared)
{
    tc_varset done = 0; /* shared variables replaced before */

    for (unsigned k = 0; k < ngraph; k++) {
        tc_varset own = 0;

        for (unsigned n = 0; n < g[k]->nnode; n++)
            for (unsigned i = 0; i < g[k]->node[n]->n; i++) {
                const struct tc_count_factor *f = g[k]->node[n]->factor[i];

                for (unsigned r = 0; f->kind == TC_F_TABLE && r < 2 * f->table->rank; r++) {
                    const struct tc_lin *l = r % 2 ? &f->axis[r / 2].arg : &f->axis[r / 2].at;
                    struct tc_lin copy = *l;
                    unsigned best = TC_COUNT_VARS, least = 0;
                    bool best_shared = false;

                    if ((r % 2 && !f->axis[r / 2].via) || !(l->vars & (l->vars - 1)) ||
                        !is_large(g[k], f))
                        continue;
                    for (tc_varset s = l->vars & ~done & ~own; s; s &= s - 1) {
                        unsigned x = (unsigned)__builtin_ctzll(s), n_else = 0;

                        if ((l->coef[x] != 1 && l->coef[x] != -1) ||
                            (x < shared && l->vars >> (shared - 1) > 1))
                            continue;
                        for (unsigned m = 0; m < ngraph; m++)
                            if (m == k || x < shared)
                                n_else += read_elsewhere(g[m], x, l);
                        if (best == TC_COUNT_VARS || (best_shared && x >= shared) ||
                            (best_shared == (x < shared) && n_else < least)) {
                            best = x;
                            least = n_else;
                            best_shared = x < shared;
                        }
                    }
                    if (best == TC_COUNT_VARS)
                        continue;
                    if (best < shared)
                        done |= (tc_varset)1 << best;
                    else
                        own |= (tc_varset)1 << best;
                    replace(g, ngraph, shared, k, best, &copy);
                }
            }
    }
}

/* arrays */

void tc_array_bound(struct tc_count_factor *a, size_t size)
{
    int64_t most = 0;

    for (size_t i = 0; i < size; i++) {
        int64_t v = a->value[i];

        if (v != TC_COUNT_NONE && (v < 0 ? -v : v) > most)
            most = v < 0 ? -v : v;
    }
    a->bound = most;
}

/* row by row of the last variable that it reads, whose stride is 1 */
static struct tc_count_factor *array_of(struct tc_graph *g, const struct tc_count_factor *f)
{
    struct tc_count_factor *a = tc_alloc(g->arena, 1, sizeof *a);
    int64_t size = 1, row = 1, value[TC_COUNT_VARS] = {0};
    unsigned var[TC_COUNT_VARS], n = 0;

    a->kind = TC_F_ARRAY;
    a->vars = f->vars;
    a->bound = f->bound;
    a->partial = f->partial;
    a->stride = tc_alloc(g->arena, TC_COUNT_VARS, sizeof *a->stride);
    for (unsigned v = TC_COUNT_VARS; v-- > 0;)
        if (f->vars >> v & 1) {
            a->stride[v] = size;
            size *= g->extent[v];
            var[n++] = v;
        }
    a->value = tc_alloc(g->arena, (size_t)size, sizeof *a->value);
    if (n)
        row = g->extent[var[0]];
    else
        a->value[0] = tc_factor_at(f, value);
    for (int64_t at = 0; n && at < size; at += row) {
        tc_factor_row(f, value, var[0], (size_t)row, a->value + at);
        for (unsigned i = 1; i < n && ++value[var[i]] == g->extent[var[i]]; i++)
            value[var[i]] = 0;
    }
    tc_array_bound(a, (size_t)size);
    return a;
}

void tc_graph_prepare(struct tc_graph *g)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < g->guards.n; i++) {
        int64_t lo, hi;

        tc_lin_range(g, &g->guards.factor[i]->axis->at, ~(tc_varset)0, &lo, &hi);
        g->empty = g->empty || hi < 0;
        if (lo < 0)
            g->guards.factor[kept++] = g->guards.factor[i];
    }
    g->guards.n = kept;
    for (unsigned k = 0; k < g->nnode; k++)
        for (unsigned i = 0; i < g->node[k]->n; i++) {
            struct tc_count_factor **f = &g->node[k]->factor[i];

            if ((*f)->kind != TC_F_ARRAY && !is_large(g, *f))
                *f = array_of(g, *f);
        }
}
