/* prim_float_product.c -- products of two floats
 *
 * The product P of the significands is a form after one layer, ANDs of their bits, and
 * the exponents' sum is one of the wires.  Where no number is subnormal the key is
 * linear in the sum and a chain of P.  Else what the chain's thresholds are depends on
 * the sum within a window, so they are forms over gates of the first layer, and the
 * whole takes two layers again.  CONSTRUCTIONS.md, "Products of floats".
 */
#include "float.h"

#include <string.h>

struct product {
    struct fl *l;
    struct tc_index *o;      /* operand 0, 1 */
    struct fl_word one, two; /* operand o, and the other one */
    struct tc_form fields;   /* E_x + E_y */
    struct tc_form bits;     /* f_x f_y */
    int64_t most;            /* (2 B - 1)^2 */
    int64_t big;             /* more than any key */
};

static struct tc_form over_operands(struct product *p, struct tc_form x)
{
    const struct tc_index *ix = p->o;

    return tc_form_sum(p->l->low.family, x, 1, &ix, 0, NULL);
}

/* ANDs of fraction bits, (p - 1)^2 gates, weighted */
static struct tc_form fraction_product(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_index *b = tc_index_new(f, "b", l->p - 1, NULL);
    struct tc_axis at[2] = {tc_axis_of(f->arena, a), tc_axis_of(f->arena, b)};
    const struct tc_index *ix[2] = {a, b};
    struct tc_form x = fl_fraction_bit(l, fl_operand(l, tc_axis_const(0)), at[0]);

    x = tc_form_add(f, x, fl_fraction_bit(l, fl_operand(l, tc_axis_const(1)), at[1]));
    x = fl_gate(l, "and", x, 2, "products of fraction bits");
    x = tc_form_times(f, x, powers(&l->low, l->p - 1, false), &at[0]);
    x = tc_form_times(f, x, powers(&l->low, l->p - 1, false), &at[1]);
    return tc_form_sum(f, x, 2, ix, 0, NULL);
}

static struct product product_open(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct tc_index *o = tc_index_new(f, "o", 2, NULL);
    struct product p = {.l = l, .o = o, .most = 4 * l->hidden * l->hidden - 4 * l->hidden + 1};

    p.one = fl_operand(l, tc_axis_of(f->arena, o));
    p.two = fl_operand(l, tc_axis_plus(f->arena, tc_axis_const(1), -1, o));
    p.fields = over_operands(&p, fl_field(l, p.one));
    p.big = (int64_t)4 << (l->p + l->q);
    return p;
}

static struct tc_form product_sign(struct product *p)
{
    return fl_sign_of_two(p->l, over_operands(p, fl_sign(p->l, p->one)),
                          "both operands have sign 1");
}

/* NaN, or infinity times zero: how many of 4 reasons hold */
static struct tc_form product_nan(struct product *p)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    struct tc_form x = fl_is_nan(l, "nan", p->one), key = fl_key(l, p->two);

    if (l->f->infinity) {
        key = tc_form_scale_si(f, key, -((int64_t)1 << (l->p + l->q)));
        key = tc_form_add(f, key, fl_key(l, p->one));
        x = tc_form_add(f, x,
                        fl_gate(l, "infinite.zero", key, l->last + 1,
                                "infinity or NaN, and the other operand is zero"));
    }
    return over_operands(p, x);
}

/* the key with zero and infinite operands out of all bounds; the rest of the result */
static void product_finish(struct product *p, struct tc_form key, struct fl_result *r)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    struct tc_form big = tc_form_scale_si(f, fl_is_zero(l, "operand.zero", p->one), -1);

    if (r->has_half) /* at most 2 without */
        r->half = tc_form_add(f, r->half, tc_form_scale_si(f, over_operands(p, big), 2));

    if (l->f->infinity && l->f->nan)
        big = tc_form_add(
            f, big, fl_gate(l, "infinite", fl_key(l, p->one), l->last + 1, "infinity or NaN"));
    r->key = tc_form_add(f, key, tc_form_scale_si(f, over_operands(p, big), p->big));
    r->sign = product_sign(p);
    r->has_nan = l->f->nan;
    if (r->has_nan)
        r->nan = product_nan(p);
}

/* ------------------------------------------------- without subnormal numbers
 *
 * V = P 2^(s - 2 + low) for s = E_x + E_y, and B^2 <= P < 4 B^2: the key, exponents
 * unbounded, is (s + low + p - 2) B + rho(P), rho a chain of two binades.  Below
 * the least number FLUSH needs no more; NEAREST asks whether the product is above half
 * of the least number, which its rounding does not tell. */

/* least P that is rounded to key k = 1 .. 2 B of the two binades */
static int64_t rho_threshold(const struct fl *l, int64_t k)
{
    int64_t b = l->hidden, i = (k - 1) % b;
    int64_t twice = (2 * b + 2 * i + 1) * b * (k > b ? 2 : 1); /* middle, doubled */

    return k % 2 == 0 ? (twice + 1) / 2 : twice / 2 + 1;
}

/* V above half of the least number, 2^(p-2): s > at; s = at and P > B^2; or s = at - 1 and
 * P > 2 B^2.  3 gates on s M + P. */
static struct tc_form above_half(struct product *p, struct tc_form x)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    int64_t b = l->hidden, m = 4 * b * b, at = (2 - l->f->low - (int64_t)l->p) * m;
    struct tc_form z = tc_form_add(f, tc_form_scale_si(f, p->fields, m), x), above;

    above = fl_gate(l, "above", z, at + b * b + 1, "above half the least number");
    above = tc_form_add(f, above,
                        fl_gate(l, "above.twice", z, at - m + 2 * b * b + 1,
                                "or the exponents' sum is too large, or one smaller"));
    return tc_form_sub(f, above,
                       fl_gate(l, "above.not", z, at + b * b, "which is not one smaller"));
}

static void without_subnormals(struct product *p, struct fl_result *r)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    int64_t b = l->hidden;
    mpz_ptr *at = tc_alloc(f->arena, 2 * (size_t)b, sizeof *at);
    const struct tc_plane *rho;
    struct tc_form x, key;
    unsigned n = 0;

    x = tc_form_scale_si(f, over_operands(p, fl_fraction(l, p->one)), b);
    x = tc_form_add(f, tc_form_add(f, x, fraction_product(l)), tc_form_si(f, b * b));
    x = claim(&l->low, x, b * b, p->most);
    for (int64_t k = 1; k <= 2 * b && rho_threshold(l, k) <= p->most; k++)
        at[n++] = tc_mpz_si(f->arena, rho_threshold(l, k));
    rho = fl_bank(l, "round", x, n, at, "the significands' product at least so large");
    key = wire_of(&l->low, rho);
    if (rho->chain)
        key = tc_form_sum(f, key, 1, &rho->chain, 0, NULL);
    if (l->f->underflow == TC_NEAREST) {
        r->has_half = true;
        r->half = above_half(p, x);
    }
    key = tc_form_add(f, key, tc_form_scale_si(f, p->fields, b));
    key = tc_form_add(f, key, tc_form_si(f, (l->f->low + (int64_t)l->p - 2) * b));
    product_finish(p, key, r);
}

/* The same in one layer: rho as a function of f_x B + f_y, at most 2^(2p - 2) gates. */
static unsigned table_changes(const struct fl *l, mpz_ptr *at, int64_t *weight,
                              struct tc_arena *arena)
{
    int64_t b = l->hidden, before = 0;
    unsigned n = 0;

    for (int64_t x = 0; x < b; x++)
        for (int64_t y = 0; y < b; y++) {
            int64_t product = (b + x) * (b + y), k = product >= 2 * b * b ? b : 0;
            int64_t unit = k ? 2 * b : b, rest = product % unit;

            k += product / unit - b;
            k += 2 * rest > unit || (2 * rest == unit && k % 2);
            if (k != before && at) {
                at[n] = tc_mpz_si(arena, x * b + y);
                weight[n] = k - before;
            }
            n += k != before;
            before = k;
        }
    return n;
}

static void by_table(struct product *p, struct fl_result *r)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    unsigned n = table_changes(l, NULL, NULL, NULL);
    mpz_ptr *at = tc_alloc(f->arena, n, sizeof *at);
    int64_t *weight = tc_alloc(f->arena, n, sizeof *weight), b = l->hidden;
    struct tc_form x = tc_form_scale_si(f, fl_fraction(l, fl_operand(l, tc_axis_const(0))), b);
    struct tc_form key;

    table_changes(l, at, weight, f->arena);
    x = tc_form_add(f, x, fl_fraction(l, fl_operand(l, tc_axis_const(1))));
    key =
        fl_weigh(l, fl_bank(l, "round", x, n, at, "where the rounded product of fractions changes"),
                 n, weight, 0, 0, 2 * b);
    key = tc_form_add(f, key, tc_form_scale_si(f, p->fields, b));
    key = tc_form_add(f, key, tc_form_si(f, (l->f->low + (int64_t)l->p - 2) * b));
    product_finish(p, key, r);
}

/* ---------------------------------------------------- with subnormal numbers
 *
 * Exponents count from those of subnormal numbers: s = max(E_x, 1) + max(E_y, 1) - 2, and
 * V = P 2^(s + low) = P 2^-d with d = c - s, c = -low.  P is 0 or at least B where s >= 1.
 * For d <= 0 the key is that of P, and -d B.  For d > 0 keys go from base(d), that of
 * P = B, in steps of 1, threshold i being the least P whose key is base(d) + i or more;
 * where there are fewer keys, the last thresholds are out of reach, as all are past
 * d = `deepest`. */

struct window {
    int64_t c, from; /* s that matter: from .. c */
    unsigned n;      /* s = from - 1, where nothing is left of P, to c: n + 1 of them */
    unsigned steps;
    int64_t *base; /* n + 1 */
    mpz_ptr *at;   /* [s - from + 1, step] */
};

/* the largest key that P reaches at d */
static int64_t key_of(struct fl *l, int64_t product, int64_t d, mpz_ptr at)
{
    int64_t low = 0, high = ((int64_t)l->p * 2 + 2) * l->hidden;

    while (low < high) {
        int64_t k = high - (high - low) / 2;

        float_threshold(l->f, k, l->f->low - d, at);
        if (mpz_cmp_si(at, product) <= 0)
            low = k;
        else
            high = k - 1;
    }
    return low;
}

static int64_t window_base(struct fl *l, const struct window *w, int64_t s, mpz_ptr at)
{
    return s ? key_of(l, l->hidden, w->c - s, at) : 0;
}

static struct window window_of(struct fl *l, int64_t most)
{
    struct tc_arena *arena = l->low.family->arena;
    struct window w = {.c = -l->f->low};
    mpz_ptr at = tc_mpz(arena);

    for (w.from = w.c; w.from > 0 && key_of(l, most, w.c - w.from + 1, at) > 0;)
        w.from--;
    w.n = (unsigned)(w.c - w.from + 1);
    w.base = tc_alloc(arena, w.n + 1, sizeof *w.base);
    for (int64_t s = w.from; s <= w.c; s++) {
        int64_t last = key_of(l, most, w.c - s, at), base = window_base(l, &w, s, at);

        w.base[s - w.from + 1] = base;
        if (last - base > (int64_t)w.steps)
            w.steps = (unsigned)(last - base);
    }
    w.base[0] = (w.from - w.c) * l->hidden; /* what is linear in s gives, no correction */
    w.at = tc_alloc(arena, (size_t)(w.n + 1) * w.steps, sizeof *w.at);
    for (unsigned k = 0; k <= w.n; k++)
        for (unsigned i = 0; i < w.steps; i++) {
            mpz_ptr x = w.at[(size_t)k * w.steps + i] = tc_mpz(arena);
            int64_t s = w.from - 1 + (int64_t)k;

            if (k)
                float_threshold(l->f, w.base[k] + 1 + (int64_t)i, l->f->low - (w.c - s), x);
            if (!k || mpz_cmp_si(x, most) > 0)
                mpz_set_si(x, most + 1);
        }
    return w;
}

/* s at least from, ..., c as gates on the wires: the sum of the fields as if both were
 * normal; then, of a subnormal operand and another one, one more.  The chains: */
struct thermometer {
    const struct tc_plane *normal, *subnormal; /* subnormal: over o, one gate more */
    int64_t from;
    unsigned n;
};

static struct thermometer thermometer_of(struct product *p, const struct window *w)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    struct thermometer t = {.from = w->from > 0 ? w->from : 1};
    struct tc_form x;
    mpz_ptr *at;

    t.n = (unsigned)(w->c - t.from + 1);
    at = tc_alloc(f->arena, t.n + 1, sizeof *at);
    for (unsigned k = 0; k <= t.n; k++)
        at[k] = tc_mpz_si(f->arena, t.from + (int64_t)k + 2);
    t.normal = fl_bank(l, "exponent", p->fields, t.n, at, "exponents' sum, both operands normal");
    x = tc_form_scale_si(f, fl_field(l, p->one), -((int64_t)1 << l->q));
    x = tc_form_add(f, x, fl_field(l, p->two));
    for (unsigned k = 0; k <= t.n; k++)
        at[k] = tc_mpz_si(f->arena, t.from + (int64_t)k + 1);
    t.subnormal = fl_bank(l, "exponent.subnormal", x, t.n + 1, at,
                          "the other's exponent, one operand being subnormal");
    return t;
}

/* Sum over k of change[i, k] [s >= from + k], i over extent; a form in i where it is an
 * index.  At one subnormal operand the normal chain is one gate behind, so the other one,
 * by differences of the changes, makes up for it. */
static struct tc_form moved(struct product *p, const struct thermometer *t, struct tc_index *i,
                            mpz_ptr *change)
{
    struct tc_family *f = p->l->low.family;
    int64_t rows = i ? i->extent : 1, extent[2];
    mpz_ptr *late = tc_alloc(f->arena, (size_t)rows * (t->n + 1), sizeof *late);
    struct tc_form x, y;
    struct tc_axis at[2];

    for (int64_t r = 0; r < rows; r++)
        for (unsigned k = 0; k <= t->n; k++) {
            mpz_ptr z = late[(size_t)r * (t->n + 1) + k] = tc_mpz(f->arena);

            if (k < t->n)
                mpz_set(z, change[(size_t)r * t->n + k]);
            if (k)
                mpz_sub(z, z, change[(size_t)r * t->n + k - 1]);
        }
    extent[0] = rows;
    at[0] = i ? tc_axis_of(f->arena, i) : tc_axis_const(0);
    extent[1] = t->n;
    at[1] = t->normal->chain ? tc_axis_of(f->arena, t->normal->chain) : tc_axis_const(0);
    x = tc_form_times(f, wire_of(&p->l->low, t->normal),
                      tc_table_dense_mpz(f, "move", 2, extent, change), at);
    if (t->normal->chain)
        x = tc_form_sum(f, x, 1, &t->normal->chain, 0, NULL);
    extent[1] = t->n + 1;
    at[1] = tc_axis_of(f->arena, t->subnormal->chain);
    y = tc_form_times(f, wire_of(&p->l->low, t->subnormal),
                      tc_table_dense_mpz(f, "move.late", 2, extent, late), at);
    y = tc_form_sum(f, y, 1, &t->subnormal->chain, 0, NULL);
    /* its index is p->o's twin */
    return tc_form_add(f, x, tc_form_sum(f, y, t->subnormal->naxis, t->subnormal->axis, 0, NULL));
}

/* P in one layer, with hidden bits.  That both are subnormal costs a gate only where the
 * product is not 0 anyway; else it counts as negative. */
static struct tc_form significands(struct product *p, struct tc_form hidden, const struct window *w)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    int64_t b = l->hidden, m = (int64_t)1 << l->q, low = -b * b;
    struct tc_index *a = tc_index_new(f, "a", l->p - 1, NULL);
    struct tc_axis at = tc_axis_of(f->arena, a);
    const struct tc_index *ix = a;
    struct tc_form x = tc_form_scale_si(f, fl_fraction_bit(l, p->one, at), m), y, both;
    bool tiny = w->from > 0 || mpz_cmp_si(w->at[w->steps], (b - 1) * (b - 1)) > 0;

    x = tc_form_add(f, x, fl_field(l, p->two));
    x = fl_gate(l, "and.hidden", x, m + 1, "a fraction bit, and the other operand is normal");
    x = tc_form_times(f, x, powers(&l->low, l->p - 1, false), &at);
    x = tc_form_scale_si(f, tc_form_sum(f, x, 1, &ix, 0, NULL), b);
    y = over_operands(p, hidden);
    both = tc_form_si(f, 1);
    if (!tiny) {
        both = fl_gate(l, "normal", p->fields, 1, "some operand is normal");
        low = 0;
    }
    y = tc_form_scale_si(f, tc_form_sub(f, y, both), b * b);
    x = tc_form_add(f, tc_form_add(f, over_operands(p, x), y), fraction_product(l));
    return claim(&l->low, x, low, p->most);
}

static void with_subnormals(struct product *p, const struct window *w, struct fl_result *r)
{
    struct fl *l = p->l;
    struct tc_family *f = l->low.family;
    int64_t b = l->hidden, extent = w->steps;
    struct tc_form hidden = fl_gate(l, "hidden", fl_field(l, p->one), 1, "normal"), x, key, theta;
    struct thermometer t = thermometer_of(p, w);
    struct tc_index *i = tc_index_new(f, "t", w->steps, NULL);
    mpz_ptr *change = tc_alloc(f->arena, (size_t)t.n * w->steps, sizeof *change);
    unsigned skip = (unsigned)(t.from - w->from); /* s = 0 is where the chains begin */
    struct tc_axis at = tc_axis_of(f->arena, i);
    const struct tc_index *ix = i;

    x = significands(p, hidden, w);
    for (unsigned s = 0; s < w->steps; s++)
        for (unsigned k = 0; k < t.n; k++) {
            mpz_ptr z = change[(size_t)s * t.n + k] = tc_mpz(f->arena);

            mpz_sub(z, w->at[(size_t)(k + skip + 1) * w->steps + s],
                    w->at[(size_t)(k + skip) * w->steps + s]);
        }
    theta = tc_form_table(
        f, tc_table_dense_mpz(f, "theta", 1, &extent, w->at + (size_t)skip * w->steps), &at);
    theta = tc_form_add(f, theta, moved(p, &t, i, change));
    theta = claim(&l->low, theta, 1, p->most + 1);
    key = wire_of(&l->low, &tc_bank_new(f, "round", x, w->steps > 1 ? i : NULL, theta, true, 0,
                                        NULL, l->low.component,
                                        "the significands' product at least so large, by exponents")
                                ->plane);
    key = tc_form_sum(f, key, 1, &ix, 0, NULL);
    /* base: (s - c + 1) B, s = E_x + E_y - hidden ones; in the window corrected */
    for (unsigned k = 0; k < t.n; k++) {
        int64_t now = w->base[k + skip + 1], before = w->base[k + skip];

        change[k] = tc_mpz_si(f->arena, now - before - b);
    }
    key = tc_form_add(f, key, moved(p, &t, NULL, change));
    theta = tc_form_sub(f, p->fields, over_operands(p, hidden));
    key = tc_form_add(f, key, tc_form_scale_si(f, theta, b));
    key = tc_form_add(f, key, tc_form_si(f, w->base[skip] - (t.from - 1) * b));
    product_finish(p, key, r);
}

/* ------------------------------------------------------------------------------ */

static bool too_wide(struct fl *l)
{
    return tc_fail(l->low.err, TC_ELIMIT, (struct tc_loc){0},
                   "%s: a table of this format takes more than 2^%u gates, and 2^22 are built; "
                   "--regime arithmetic takes a polynomial number",
                   l->prim->name, l->p);
}

bool fl_lower_product(struct fl *l)
{
    struct product p;
    struct fl_result r = {.has_nan = false};

    if (l->p > 20 || l->q > 24)
        return too_wide(l);
    if (l->prim->nconst)
        return fl_lower_constant(l);
    p = product_open(l);
    if (l->f->underflow == TC_GRADUAL) {
        struct window w = window_of(l, p.most);

        with_subnormals(&p, &w, &r);
    } else {
        double ands = (double)(l->p - 1) * (l->p - 1);
        struct cost cost[2] = {{.depth = 2, .gates = ands + 2.0 * (double)l->hidden}, {1, 1e300}};

        /* -O1 is for fewer gates than that */
        if (l->low.options->level == TC_LEVEL_2 && l->f->underflow == TC_FLUSH && l->p <= 11)
            cost[1].gates = table_changes(l, NULL, NULL, NULL);
        if (cheapest(&l->low, 2, cost) == 1)
            by_table(&p, &r);
        else
            without_subnormals(&p, &r);
    }
    fl_output(l, "y", r);
    return true;
}
