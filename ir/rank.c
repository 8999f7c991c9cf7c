/* rank.c -- points of a box within guards, in lexicographic order
 *
 * The question is always the same: with some variables known, how many points
 * are there at each value of the next?  Variables that nothing ties together
 * are counted apart and multiplied.  Where conditions say of pairs that one
 * variable is at least or at most plus or minus the other, and a constant, and
 * the pairs make a tree, the answer is a function of few polynomials: a
 * variable's function is the product over its children of the sums of theirs
 * between bounds (piece.c).  In all other cases (a table read at a variable, three
 * variables in one condition, pairs in a circle) one variable is given its
 * values, one after the other, which is quick for the digits of a number, and
 * refused for too many. */
#include "rank.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CONS_WORDS ((TC_SPACE_CONS + 63) / 64)

/* what is known on the way to an answer */
struct look {
    tc_space_set known;
    uint64_t done[CONS_WORDS]; /* conditions that say no more */
    int64_t value[TC_SPACE_VARS];
    int64_t lo[TC_SPACE_VARS], hi[TC_SPACE_VARS]; /* of those not known */
};

static tc_space_set bit(unsigned var)
{
    return (tc_space_set)1 << var;
}

static tc_space_set all_vars(const struct tc_space *s)
{
    return s->nvar ? ~(tc_space_set)0 >> (64 - s->nvar) : 0;
}

static unsigned lowest(tc_space_set vars)
{
    return (unsigned)__builtin_ctzll(vars);
}

/* ------------------------------------------------------------------- making */

struct tc_space *tc_space_new(struct tc_arena *arena, const char *name, struct tc_entries *entries)
{
    struct tc_space *s = tc_alloc(arena, 1, sizeof *s);

    s->arena = arena;
    s->name = name;
    s->entries = entries;
    s->cons = tc_alloc(arena, TC_SPACE_CONS, sizeof *s->cons);
    return s;
}

void tc_space_free(struct tc_space *s)
{
    for (unsigned i = 0; i < s->npart; i++)
        if (s->part[i].known)
            tc_pieces_clear(&s->part[i].first);
}

bool tc_space_var(struct tc_space *s, const struct tc_index *ix)
{
    if (s->nvar == TC_SPACE_VARS)
        return false;
    s->ix[s->nvar++] = ix;
    return true;
}

unsigned tc_space_find(const struct tc_space *s, const struct tc_index *ix)
{
    unsigned k = 0;

    while (s->ix[k] != ix) {
        k++;
        assert(k < s->nvar); /* every index is free in the bank or bound in the term */
    }
    return k;
}

static struct tc_space_lin lin_of(const struct tc_space *s, const struct tc_affine *x,
                                  tc_space_set *vars)
{
    struct tc_space_lin l = {x->constant, x->n, tc_alloc(s->arena, x->n + 1, sizeof *l.part)};

    for (unsigned i = 0; i < x->n; i++) {
        l.part[i] = (struct tc_space_part){tc_space_find(s, x->part[i].ix), x->part[i].coef};
        *vars |= bit(l.part[i].var);
    }
    return l;
}

static struct tc_space_cons *add_cons(struct tc_space *s, int kind, unsigned n,
                                      const struct tc_axis *x)
{
    struct tc_space_cons *c;

    if (s->ncons == TC_SPACE_CONS)
        return NULL;
    c = &s->cons[s->ncons++];
    c->kind = kind;
    c->nexpr = n;
    c->expr = tc_alloc(s->arena, n + 1, sizeof *c->expr);
    for (unsigned k = 0; k < n; k++) {
        c->expr[k].via = x[k].via;
        c->expr[k].at = lin_of(s, &x[k].at, &c->vars);
        if (x[k].via)
            c->expr[k].arg = lin_of(s, &x[k].arg, &c->read);
    }
    c->vars |= c->read;
    return c;
}

bool tc_space_guard(struct tc_space *s, const struct tc_guard *g)
{
    struct tc_space_cons *c = add_cons(s, TC_AT_LEAST, 1, &g->expr);

    if (c)
        s->guarded |= c->vars;
    return c != NULL;
}

bool tc_space_equal(struct tc_space *s, const struct tc_axis *x)
{
    return add_cons(s, TC_EQUAL, 1, x) != NULL;
}

bool tc_space_nonzero(struct tc_space *s, const struct tc_factor *f)
{
    struct tc_space_cons *c = add_cons(s, TC_NONZERO, f->table->rank, f->at);

    if (!c)
        return false;
    c->table = f->table;
    if (f->table->fn) /* not to be asked where a guard says no */
        c->vars |= s->guarded;
    c->read = c->vars;
    return true;
}

void tc_space_close(struct tc_space *s)
{
    s->part = tc_alloc(s->arena, s->nvar + 1, sizeof *s->part);
    for (tc_space_set left = all_vars(s); left;) {
        struct tc_space_group *p = &s->part[s->npart++];
        tc_space_set before;

        p->vars = left & -left;
        do {
            before = p->vars;
            for (unsigned i = 0; i < s->ncons; i++)
                if (s->cons[i].vars & p->vars) {
                    p->vars |= s->cons[i].vars;
                    p->moving = p->moving || s->cons[i].kind == TC_EQUAL;
                }
        } while (p->vars != before);
        left &= ~p->vars;
    }
}

/* -------------------------------------------------------------- expressions */

/* an entry of a table that fits */
static int64_t entry_i64(struct tc_entries *e, const struct tc_table *t, const int64_t *arg)
{
    struct tc_entry *m;
    uint64_t hash = t->id;

    if (!t->fn || t->rank > TC_ENTRY_RANK)
        return tc_table_get_i64(t, arg);
    for (unsigned k = 0; k < t->rank; k++)
        hash = (hash ^ (uint64_t)arg[k]) * 0x9e3779b97f4a7c15;
    m = &e->memo[(hash >> 32) % TC_ENTRY_MEMO];
    if (m->table != t || memcmp(m->arg, arg, t->rank * sizeof *arg) != 0) {
        m->table = t;
        memcpy(m->arg, arg, t->rank * sizeof *arg);
        m->value = tc_table_get_i64(t, arg);
    }
    return m->value;
}

void tc_entry_get(struct tc_entries *e, const struct tc_table *t, const int64_t *arg, mpz_ptr out)
{
    e->cost.entries++;
    if (t->big)
        tc_table_get(t, arg, out);
    else
        tc_mpz_set_i64(out, entry_i64(e, t, arg));
}

bool tc_entry_is_zero(struct tc_entries *e, const struct tc_table *t, const int64_t *arg)
{
    size_t position = 0;

    e->cost.entries++;
    if (!t->big)
        return entry_i64(e, t, arg) == 0;
    for (unsigned k = 0; k < t->rank; k++)
        position = position * (size_t)t->extent[k] + (size_t)arg[k];
    return mpz_sgn(t->big[position]) == 0;
}

static int64_t lin_at(const struct tc_space_lin *l, const int64_t *value)
{
    int64_t v = l->constant;

    for (unsigned i = 0; i < l->n; i++)
        v += l->part[i].coef * value[l->part[i].var];
    return v;
}

/* false where a table would be read outside: there is no point there */
static bool expr_at(struct tc_space *s, const struct tc_space_expr *e, const int64_t *value,
                    int64_t *out)
{
    s->entries->cost.expressions++;
    *out = lin_at(&e->at, value);
    if (e->via) {
        int64_t arg = lin_at(&e->arg, value);

        if (arg < 0 || arg >= e->via->extent[0])
            return false;
        s->entries->cost.entries++;
        *out += tc_table_get_i64(e->via, &arg);
    }
    return true;
}

/* a condition whose variables are all known */
static bool holds(struct tc_space *s, const struct tc_space_cons *c, const int64_t *value)
{
    int64_t at[TC_SPACE_VARS];

    for (unsigned k = 0; k < c->nexpr; k++)
        if (!expr_at(s, &c->expr[k], value, &at[k]) ||
            (c->kind == TC_NONZERO && !c->table->fn &&
             (at[k] < 0 || at[k] >= c->table->extent[k])))
            return false;
    if (c->kind == TC_AT_LEAST)
        return at[0] >= 0;
    if (c->kind == TC_EQUAL)
        return at[0] == c->want;
    return !tc_entry_is_zero(s->entries, c->table, at);
}

int64_t tc_space_axis(struct tc_space *s, const struct tc_axis *x, const int64_t *at)
{
    int64_t v = x->at.constant, arg = x->arg.constant;

    s->entries->cost.expressions++;
    for (unsigned i = 0; i < x->at.n; i++)
        v += x->at.part[i].coef * at[tc_space_find(s, x->at.part[i].ix)];
    if (!x->via)
        return v;
    for (unsigned i = 0; i < x->arg.n; i++)
        arg += x->arg.part[i].coef * at[tc_space_find(s, x->arg.part[i].ix)];
    s->entries->cost.entries++;
    return v + tc_table_get_i64(x->via, &arg);
}

/* -------------------------------------------------------------- what follows */

static bool is_done(const struct look *q, unsigned i)
{
    return q->done[i / 64] >> (i % 64) & 1;
}

static void set_done(struct look *q, unsigned i)
{
    q->done[i / 64] |= (uint64_t)1 << (i % 64);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* a condition in which one variable x alone is not known, and not read by a table */
static void narrow(struct tc_space *s, struct look *q, const struct tc_space_cons *c, unsigned x)
{
    int64_t rest, coef = 0;

    for (unsigned i = 0; i < c->expr[0].at.n; i++)
        if (c->expr[0].at.part[i].var == x)
            coef = c->expr[0].at.part[i].coef;
    q->value[x] = 0;
    if (!expr_at(s, &c->expr[0], q->value, &rest)) {
        q->hi[x] = q->lo[x] - 1;
        return;
    }
    for (unsigned upper = 0; upper <= (c->kind == TC_EQUAL); upper++) {
        int64_t a = upper ? -coef : coef, b = c->kind == TC_EQUAL ? rest - c->want : rest;

        b = upper ? -b : b; /* a * x + b >= 0 */
        if (a > 0) {
            int64_t least = -floor_div(b, a);

            q->lo[x] = least > q->lo[x] ? least : q->lo[x];
        } else {
            int64_t most = floor_div(b, -a);

            q->hi[x] = most < q->hi[x] ? most : q->hi[x];
        }
    }
}

static void know(struct look *q, unsigned var, int64_t value)
{
    q->known |= bit(var);
    q->value[var] = value;
}

/* Draws conclusions: from conditions whose variables are known, and from those
 * that leave an interval of one; false if there is no point. */
static bool settle(struct tc_space *s, struct look *q)
{
    for (unsigned i = 0; i < s->ncons; i++) {
        const struct tc_space_cons *c = &s->cons[i];
        tc_space_set left = c->vars & ~q->known;
        unsigned x;

        if (is_done(q, i) || (left & (left - 1)) || (left & c->read))
            continue;
        set_done(q, i);
        if (!left) {
            if (!holds(s, c, q->value))
                return false;
            continue;
        }
        x = lowest(left);
        narrow(s, q, c, x);
        if (q->lo[x] > q->hi[x])
            return false;
        if (q->lo[x] == q->hi[x]) {
            know(q, x, q->lo[x]);
            i = (unsigned)-1; /* guards come first, always */
        }
    }
    return true;
}

static void look_begin(const struct tc_space *s, struct look *q, unsigned given, const int64_t *at)
{
    q->known = 0;
    memset(q->done, 0, sizeof q->done);
    for (unsigned k = 0; k < s->nvar; k++) {
        q->lo[k] = 0;
        q->hi[k] = s->ix[k]->extent - 1;
        q->value[k] = 0;
        if (k < given)
            know(q, k, at[k]);
    }
}

static void look_copy(const struct tc_space *s, struct look *to, const struct look *from)
{
    to->known = from->known;
    memcpy(to->done, from->done, sizeof to->done);
    memcpy(to->value, from->value, s->nvar * sizeof *to->value);
    memcpy(to->lo, from->lo, s->nvar * sizeof *to->lo);
    memcpy(to->hi, from->hi, s->nvar * sizeof *to->hi);
}

/* ------------------------------------------------------------------ counting */

/* whether all values of a variable may be looked at; they are counted then */
static bool may_look(struct tc_space *s, const struct look *q, unsigned var)
{
    uint64_t values = (uint64_t)(q->hi[var] - q->lo[var]) + 1;

    if (!s->slow && values > TC_SPACE_WORK - s->work)
        s->slow = s->ix[var];
    if (!s->slow)
        s->work += values;
    return !s->slow;
}

/* 1 at the values of x that the conditions on x alone allow */
static void alone(struct tc_space *s, struct look *q, unsigned x, struct tc_pieces *f)
{
    unsigned cons[TC_SPACE_CONS], n = 0;
    int64_t from;
    mpz_t one;

    for (unsigned i = 0; i < s->ncons; i++)
        if (!is_done(q, i) && (s->cons[i].vars & ~q->known) == bit(x))
            cons[n++] = i;
    mpz_init_set_ui(one, 1);
    if (n == 0)
        tc_pieces_append(f, q->lo[x], q->hi[x] + 1, one);
    else if (!may_look(s, q, x))
        n = 0;
    from = q->lo[x];
    for (int64_t v = q->lo[x]; n && v <= q->hi[x]; v++) {
        bool in = true;

        q->value[x] = v;
        for (unsigned k = 0; in && k < n; k++)
            in = holds(s, &s->cons[cons[k]], q->value);
        if (in && v == q->hi[x])
            tc_pieces_append(f, from, v + 1, one);
        if (!in && from < v)
            tc_pieces_append(f, from, v, one);
        if (!in)
            from = v + 1;
    }
    mpz_clear(one);
}

/* whether a condition says y >= or y <= plus or minus x plus a constant; one that
 * says both gives two */
static unsigned bounds_of(struct tc_space *s, const struct look *q, const struct tc_space_cons *c,
                          unsigned x, unsigned y, struct tc_bound *b)
{
    int64_t value[TC_SPACE_VARS] = {0}, rest;
    int cx = 0, cy = 0;
    const struct tc_space_lin *l = &c->expr[0].at;

    for (unsigned i = 0; i < l->n; i++) {
        if (l->part[i].var == x)
            cx = (int)l->part[i].coef;
        else if (l->part[i].var == y)
            cy = (int)l->part[i].coef;
        else
            value[l->part[i].var] = q->value[l->part[i].var];
    }
    for (unsigned i = 0; c->expr[0].via && i < c->expr[0].arg.n; i++)
        value[c->expr[0].arg.part[i].var] = q->value[c->expr[0].arg.part[i].var];
    if (!expr_at(s, &c->expr[0], value, &rest)) {
        /* nothing is within: y >= x and y < x */
        b[0] = (struct tc_bound){true, 1, 0};
        b[1] = (struct tc_bound){false, 1, -1};
        return 2;
    }
    if (c->kind == TC_EQUAL)
        rest -= c->want;
    /* cx * x + cy * y + rest >= 0 */
    b[0] = (struct tc_bound){cy > 0, -cx * cy, -rest * cy};
    if (c->kind == TC_AT_LEAST)
        return 1;
    b[1] = b[0];
    b[1].lower = !b[0].lower;
    return 2;
}

/* a condition on two unknown variables, each with coefficient 1 or -1 */
static bool is_edge(const struct tc_space_cons *c, tc_space_set left)
{
    if (__builtin_popcountll(left) != 2 || (left & c->read))
        return false;
    for (unsigned i = 0; i < c->expr[0].at.n; i++) {
        const struct tc_space_part *p = &c->expr[0].at.part[i];

        if ((left & bit(p->var)) && p->coef != 1 && p->coef != -1)
            return false;
    }
    return true;
}

/* Whether the unknown variables `vars`, all tied, make a tree; if not, which of
 * them is to be given values. */
static bool is_tree(const struct tc_space *s, const struct look *q, tc_space_set vars,
                    unsigned *hard)
{
    tc_space_set joined[TC_SPACE_VARS] = {0}, bad = 0, read = 0, choice;
    unsigned pairs = 0;
    int64_t best = INT64_MAX;

    for (unsigned i = 0; i < s->ncons; i++) {
        const struct tc_space_cons *c = &s->cons[i];
        tc_space_set left = c->vars & ~q->known;
        unsigned a;

        if (!(left & vars) || !(left & (left - 1)))
            continue;
        if (!is_edge(c, left)) {
            bad |= left;
            read |= left & c->read;
            continue;
        }
        a = lowest(left);
        pairs += !(joined[a] & left);
        joined[a] |= left & ~bit(a);
    }
    if (!bad && pairs + 1 == (unsigned)__builtin_popcountll(vars))
        return true;
    choice = read ? read : bad ? bad : vars;
    for (; choice; choice &= choice - 1) {
        unsigned v = lowest(choice);

        if (q->hi[v] - q->lo[v] < best) {
            best = q->hi[v] - q->lo[v];
            *hard = v;
        }
    }
    return false;
}

/* points of a tree's part that hangs from x, at each value of x */
static void tree(struct tc_space *s, struct look *q, tc_space_set vars, unsigned x, unsigned parent,
                 struct tc_pieces *f)
{
    alone(s, q, x, f);
    for (tc_space_set left = vars & ~bit(x); left; left &= left - 1) {
        struct tc_bound b[2 * TC_SPACE_CONS];
        unsigned y = lowest(left), n = 0;
        struct tc_pieces g;

        for (unsigned i = 0; y != parent && i < s->ncons; i++)
            if ((s->cons[i].vars & ~q->known) == (bit(x) | bit(y)))
                n += bounds_of(s, q, &s->cons[i], x, y, b + n);
        if (n == 0)
            continue;
        tc_pieces_init(&g);
        tree(s, q, vars, y, x, &g);
        tc_pieces_join(f, &g, n, b);
        s->entries->cost.sums += f->n;
        tc_pieces_clear(&g);
    }
}

/* those of the unknown variables that are tied to `seed` */
static tc_space_set tied(const struct tc_space *s, const struct look *q, tc_space_set seed)
{
    tc_space_set before;

    do {
        before = seed;
        for (unsigned i = 0; i < s->ncons; i++) {
            tc_space_set left = s->cons[i].vars & ~q->known;

            if (left & seed)
                seed |= left;
        }
    } while (seed != before);
    return seed;
}

static void solve(struct tc_space *, struct look *, tc_space_set vars, unsigned root,
                  struct tc_pieces *);

/* points of the unknown variables among `vars`, a union of tied sets */
static void product(struct tc_space *s, struct look *q, tc_space_set vars, mpz_ptr points)
{
    mpz_set_ui(points, 1);
    for (vars &= ~q->known; vars && mpz_sgn(points);) {
        tc_space_set part = tied(s, q, vars & -vars);
        struct tc_pieces f;

        tc_pieces_init(&f);
        solve(s, q, part, lowest(part), &f);
        mpz_mul(points, points, f.total);
        tc_pieces_clear(&f);
        vars &= ~part;
    }
}

/* the same, at each value of the root, which may be known: then there alone */
static void profile(struct tc_space *s, struct look *q, tc_space_set vars, unsigned root,
                    struct tc_pieces *f)
{
    tc_space_set part = q->known & bit(root) ? 0 : tied(s, q, bit(root));
    mpz_t rest;

    mpz_init(rest);
    product(s, q, vars & ~part, rest);
    if (part) {
        solve(s, q, part, root, f);
        if (mpz_cmp_ui(rest, 1) != 0)
            tc_pieces_scale(f, rest);
    } else {
        tc_pieces_append(f, q->value[root], q->value[root] + 1, rest);
    }
    mpz_clear(rest);
}

/* Points of unknown variables that are all tied, at each value of one of them. */
static void solve(struct tc_space *s, struct look *q, tc_space_set vars, unsigned root,
                  struct tc_pieces *f)
{
    unsigned hard = 0;

    if (is_tree(s, q, vars, &hard)) {
        tree(s, q, vars, root, TC_SPACE_VARS, f);
        return;
    }
    if (!may_look(s, q, hard))
        return;
    for (int64_t v = q->lo[hard]; v <= q->hi[hard] && !s->slow; v++) {
        struct look with;
        struct tc_pieces g;

        look_copy(s, &with, q);
        know(&with, hard, v);
        if (!settle(s, &with))
            continue;
        tc_pieces_init(&g);
        profile(s, &with, vars & ~bit(hard), root, &g);
        if (g.n && hard == root)
            tc_pieces_append(f, v, v + 1, g.total);
        else
            tc_pieces_add(f, &g);
        s->entries->cost.sums += g.n;
        tc_pieces_clear(&g);
    }
}

/* -------------------------------------------------------------------- asking */

/* Points of a part none of whose variables is given, at each value of its first.  Who
 * asks has settled all: no other part is found empty here. */
static const struct tc_pieces *remembered(struct tc_space *s, struct tc_space_group *p)
{
    if (!p->known) {
        struct look q;

        look_begin(s, &q, 0, NULL);
        tc_pieces_init(&p->first);
        if (settle(s, &q))
            profile(s, &q, p->vars, lowest(p->vars), &p->first);
        p->known = true;
    }
    return &p->first;
}

/* Points at each value of variable `root`, those before being given: f, times
 * `scale`.  f is in *own if it does not belong to the space. */
static const struct tc_pieces *at_each(struct tc_space *s, struct look *q, unsigned root,
                                       struct tc_pieces *own, mpz_ptr scale)
{
    const struct tc_pieces *f = NULL;
    tc_space_set given = bit(root) - 1, rest = 0, with_root = 0;
    mpz_t z;

    mpz_set_ui(scale, 1);
    for (unsigned i = 0; i < s->npart; i++) {
        struct tc_space_group *p = &s->part[i];

        if ((p->vars & given) || p->moving) {
            *(p->vars >> root & 1 ? &with_root : &rest) |= p->vars;
        } else if (p->vars >> root & 1) {
            f = remembered(s, p);
        } else {
            mpz_mul(scale, scale, remembered(s, p)->total);
        }
    }
    mpz_init(z);
    product(s, q, rest, z);
    mpz_mul(scale, scale, z);
    mpz_clear(z);
    if (!f) {
        profile(s, q, with_root, root, own);
        f = own;
    }
    s->entries->cost.sums++;
    return f;
}

static bool too_long(struct tc_space *s, struct tc_error *err)
{
    const char *name = s->slow ? s->slow->name : "";
    bool slow = s->slow != NULL;

    s->work = 0;
    s->slow = NULL;
    if (slow)
        /* what was counted is not to be remembered */
        for (unsigned i = 0; i < s->npart; i++)
            if (s->part[i].known) {
                tc_pieces_clear(&s->part[i].first);
                s->part[i].known = false;
            }
    return slow && !tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                            "bank %.80s: index %.40s has no sum in closed form here (it is read "
                            "by a table, or tied to others by more than a tree of differences), "
                            "and too many values to try",
                            s->name, name);
}

bool tc_space_count(struct tc_space *s, unsigned given, const int64_t *at, mpz_ptr points,
                    struct tc_error *err)
{
    struct look q;

    look_begin(s, &q, given, at);
    mpz_set_ui(points, 0);
    if (!settle(s, &q))
        return true;
    if (given < s->nvar) {
        struct tc_pieces own;
        mpz_t scale;

        tc_pieces_init(&own);
        mpz_init(scale);
        /* the first that is not given, though it may be known by now */
        mpz_set(points, at_each(s, &q, given, &own, scale)->total);
        mpz_mul(points, points, scale);
        mpz_clear(scale);
        tc_pieces_clear(&own);
    } else {
        mpz_set_ui(points, 1);
    }
    return !too_long(s, err);
}

/* without conditions: the digits of the rank */
static void digits(const struct tc_space *s, unsigned given, int64_t *at, mpz_srcptr rank)
{
    mpz_t left;

    mpz_init_set(left, rank);
    for (unsigned k = s->nvar; k-- > given;)
        at[k] = (int64_t)mpz_tdiv_q_ui(left, left, (unsigned long)s->ix[k]->extent);
    assert(mpz_sgn(left) == 0);
    mpz_clear(left);
}

bool tc_space_unrank(struct tc_space *s, unsigned given, int64_t *at, mpz_srcptr rank,
                     struct tc_error *err)
{
    mpz_t left, scale, below;
    bool ok = true;

    if (s->ncons == 0) {
        digits(s, given, at, rank);
        s->entries->cost.sums += s->nvar - given;
        return true;
    }
    mpz_init_set(left, rank);
    mpz_inits(scale, below, NULL);
    for (unsigned k = given; ok && k < s->nvar; k++) {
        struct tc_pieces own;
        const struct tc_pieces *f;
        struct look q;
        bool some;

        look_begin(s, &q, k, at);
        some = settle(s, &q);
        assert(some);
        (void)some;
        tc_pieces_init(&own);
        f = at_each(s, &q, k, &own, scale);
        ok = !too_long(s, err);
        if (ok) {
            mpz_tdiv_qr(below, left, left, scale); /* below: in points of f */
            at[k] = tc_pieces_search(f, below);
            mpz_addmul(left, below, scale);
        }
        tc_pieces_clear(&own);
    }
    assert(!ok || mpz_sgn(left) == 0);
    mpz_clears(left, scale, below, NULL);
    return ok;
}

bool tc_space_step(struct tc_space *s, unsigned given, int64_t *at, struct tc_pieces *own)
{
    unsigned last = s->nvar - 1;
    int64_t x;

    if (given == s->nvar)
        return false;
    if (s->ncons == 0) {
        if (at[last] + 1 == s->ix[last]->extent)
            return false;
        at[last]++;
        return true;
    }
    if (own->end == 0) { /* the last variable's values: each is a point, or none */
        struct look q;

        look_begin(s, &q, last, at);
        tc_pieces_clear(own);
        tc_pieces_init(own);
        if (settle(s, &q))
            profile(s, &q, bit(last), last, own);
        s->work = 0;
    }
    x = tc_pieces_next(own, at[last] + 1);
    if (s->slow || x >= own->end)
        return false;
    at[last] = x;
    return true;
}

bool tc_space_rank(struct tc_space *s, unsigned given, const int64_t *at, mpz_ptr rank,
                   bool *within, struct tc_error *err)
{
    mpz_t scale, z;
    bool ok = true;

    mpz_inits(scale, z, NULL);
    mpz_set_ui(rank, 0);
    *within = true;
    for (unsigned k = 0; *within && k < s->nvar; k++)
        *within = at[k] >= 0 && at[k] < s->ix[k]->extent;
    if (s->ncons == 0 && *within) {
        for (unsigned k = given; k < s->nvar; k++) {
            mpz_mul_ui(rank, rank, (unsigned long)s->ix[k]->extent);
            mpz_add_ui(rank, rank, (unsigned long)at[k]);
        }
        s->entries->cost.sums += s->nvar - given;
    }
    for (unsigned k = given; ok && *within && s->ncons && k < s->nvar; k++) {
        struct tc_pieces own;
        const struct tc_pieces *f;
        struct look q;

        look_begin(s, &q, k, at);
        *within = settle(s, &q);
        if (!*within)
            break;
        tc_pieces_init(&own);
        f = at_each(s, &q, k, &own, scale);
        ok = !too_long(s, err);
        tc_pieces_at(f, at[k], z);
        *within = mpz_sgn(z) != 0 && mpz_sgn(scale) != 0;
        tc_pieces_below(f, at[k], z);
        mpz_addmul(rank, z, scale);
        tc_pieces_clear(&own);
    }
    if (ok && *within && given == s->nvar) {
        struct look q;

        look_begin(s, &q, given, at);
        *within = settle(s, &q);
    }
    mpz_clears(scale, z, NULL);
    return ok;
}
