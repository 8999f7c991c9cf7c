/* prim_arith_sum.c -- x + y of floats by aligned significands
 *
 * Layer 1: the significand of the larger exponent, shifted by the difference d of the
 * exponents (at most p + 2), and the sign of the smaller number against the larger.
 * Layer 2: the bits of the magnitude S of the sum, and where its leading one is.  Layer 3:
 * the bits selected, and rounded.  CONSTRUCTIONS.md, "Sum of two floats by alignment".
 */
#include "arith.h"

struct addend {
    struct ar_operand x;
    struct tc_form sign, field, key; /* sign: with the operation's */
    const char *name;
    struct tc_form window; /* min(max(d, 0), most), d = field - the other's field */
    struct ar_special special;
};

struct addition {
    struct fl *l;
    struct addend a[2];
    unsigned most; /* shift */
    struct carry_sum s;
    struct tc_form value;
};

static struct carry_part *new_part(struct addition *d, struct tc_form wire, unsigned n,
                                   const struct tc_index *i, const struct tc_index *j)
{
    struct carry_part *p = &d->s.part[d->s.npart++];
    size_t points;

    *p = (struct carry_part){.wire = wire, .n = n, .ix = {i, j}};
    points = carry_points(p);
    p->from = tc_alloc(d->l->low.family->arena, points, sizeof *p->from);
    p->to = tc_alloc(d->l->low.family->arena, points, sizeof *p->to);
    for (size_t g = 0; g < points; g++)
        p->from[g] = p->to[g] = tc_mpz(d->l->low.family->arena);
    return p;
}

static mpz_ptr two(struct addition *d, unsigned k)
{
    return power_of_two(&d->l->low, k);
}

static struct tc_form difference(struct addition *d, unsigned k)
{
    return tc_form_sub(d->l->low.family, d->a[k].field, d->a[!k].field);
}

static const char *named(struct addition *d, unsigned k, const char *what)
{
    return tc_sprintf(d->l->low.family->arena, "%s.%s", d->a[k].name, what);
}

static const char *opposed(struct addition *d, unsigned k, unsigned r, const char *what)
{
    return tc_sprintf(d->l->low.family->arena, "%s.%s.%s", d->a[k].name, what, d->a[r].name);
}

/* thresholds 1 .. most, plus mask, free in e */
static struct tc_form window_theta(struct addition *d, const struct tc_index *e, int64_t mask)
{
    struct tc_family *f = d->l->low.family;
    struct tc_axis at = tc_axis_of(f->arena, e);
    int64_t *theta = tc_alloc(f->arena, d->most, sizeof *theta);

    for (unsigned k = 0; k < d->most; k++)
        theta[k] = mask + 1 + k;
    return tc_form_table(f, table_of(&d->l->low, "theta", d->most, theta), &at);
}

/* x 2^min(max(d, 0), most): each bit, and that it is shifted by e + 1 or more.  Such a shift
 * says that there is a hidden bit. */
static void add_shifted(struct addition *d, unsigned k)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = tc_index_new(f, "j", l->p - 1, NULL);
    const struct tc_index *e = tc_index_new(f, "e", d->most, NULL);
    int64_t mask = (int64_t)1 << l->q;
    struct tc_form bit = ar_bit(d->a[k].x, tc_axis_of(f->arena, j)), x;
    const struct tc_plane *plane;
    struct carry_part *p = new_part(d, bit, 1, j, NULL);

    for (unsigned b = 0; b + 1 < l->p; b++)
        p->to[b] = two(d, b);
    x = tc_form_add(f, difference(d, k), tc_form_scale_si(f, bit, mask));
    plane = &tc_bank_new(f, name_of(&l->low, named(d, k, "shifted")), x, e,
                         window_theta(d, e, mask), true, 0, NULL, l->low.component,
                         "bits of the number with the larger exponent, shifted")
                 ->plane;
    p = new_part(d, wire_of(&l->low, plane), 2, j, e);
    for (unsigned b = 0; b + 1 < l->p; b++)
        for (unsigned t = 0; t < d->most; t++) {
            p->from[b * d->most + t] = two(d, b + t);
            p->to[b * d->most + t] = two(d, b + t + 1);
        }
    p = new_part(d, ar_gate_si(l, named(d, k, "hidden"), d->a[k].field, 1, "it has its hidden bit"),
                 0, NULL, NULL);
    p->to[0] = two(d, l->p - 1);
    e = tc_index_new(f, "e", d->most, NULL);
    plane = &tc_bank_new(f, name_of(&l->low, named(d, k, "window")), difference(d, k), e,
                         window_theta(d, e, 0), true, 0, NULL, l->low.component,
                         "by how much its exponent is larger")
                 ->plane;
    x = wire_of(&l->low, plane);
    d->a[k].window = tc_form_sum(f, x, 1, &e, 0, NULL);
    p = new_part(d, x, 1, e, NULL);
    for (unsigned t = 0; t < d->most; t++) {
        p->from[t] = two(d, l->p - 1 + t);
        p->to[t] = two(d, l->p + t);
    }
}

/* Where the signs differ and x is the smaller, its bits count negative: they are off twice.
 * Such an x is not shifted.  r: which of the signs is negative. */
static void add_negative(struct addition *d, unsigned k, unsigned r)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = tc_index_new(f, "j", l->p - 1, NULL);
    struct tc_form bit = ar_bit(d->a[k].x, tc_axis_of(f->arena, j));
    struct tc_form signs = tc_form_sub(f, d->a[r].sign, d->a[!r].sign);
    struct tc_form less = tc_form_sub(f, d->a[!k].key, d->a[k].key), low;
    mpz_srcptr at = ar_mpz(l, k); /* of equal ones the first is the smaller */
    struct carry_part *p;

    signs = claim(&l->low, ar_plus_si(l, signs, 1), 0, 2);
    low = ar_plus_shifted(l, less, l->p + l->q, tc_form_scale_si(f, d->a[k].field, -1));
    p = new_part(d,
                 ar_masked(l, opposed(d, k, r, "less"), less, at, 3, tc_form_add(f, signs, bit),
                           "bits of the smaller number, where signs differ"),
                 1, j, NULL);
    p->times = 2;
    for (unsigned b = 0; b + 1 < l->p; b++)
        p->from[b] = two(d, b);
    p = new_part(d,
                 ar_masked(l, opposed(d, k, r, "smaller"), less, at, 2, signs,
                           "it is the smaller number, and signs differ"),
                 0, NULL, NULL);
    p->times = 2;
    p->from[0] = two(d, l->p - 1);
    p = new_part(d,
                 ar_masked(l, opposed(d, k, r, "least"), low, at, 2, signs,
                           "the same, without a hidden bit"),
                 0, NULL, NULL);
    p->times = 2;
    p->to[0] = two(d, l->p - 1);
    if (l->f->underflow != TC_GRADUAL)
        return;
    j = tc_index_new(f, "j", l->p - 1, NULL);
    bit = ar_bit(d->a[k].x, tc_axis_of(f->arena, j));
    p = new_part(d,
                 ar_masked(l, opposed(d, k, r, "less.subnormal"), low, at, 3,
                           tc_form_add(f, signs, bit), "bits of a smaller, subnormal number"),
                 1, j, NULL);
    p->times = 2;
    for (unsigned b = 0; b + 1 < l->p; b++) {
        p->from[b] = two(d, b + 1);
        p->to[b] = two(d, b);
    }
}

/* field 0 of a subnormal number: half the unit of field 1, so its bits count twice */
static void add_subnormal(struct addition *d, unsigned k)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    const struct tc_index *j = tc_index_new(f, "j", l->p - 1, NULL);
    struct tc_form x = tc_form_scale_si(f, d->a[k].field, -1);
    struct carry_part *p;

    x = ar_masked(l, named(d, k, "subnormal"), x, ar_mpz(l, 0), 1,
                  ar_bit(d->a[k].x, tc_axis_of(f->arena, j)), "bits of a subnormal number");
    p = new_part(d, x, 1, j, NULL);
    for (unsigned b = 0; b + 1 < l->p; b++) {
        p->from[b] = two(d, b);
        p->to[b] = two(d, b + 1);
    }
}

/* Rests of one number are below 2^z, and only the smaller, not shifted, one counts negative;
 * from z = p + most on nothing is cut off. */
static void sum_ranges(struct addition *d, unsigned width)
{
    struct tc_arena *arena = d->l->low.family->arena;
    unsigned p = d->l->p;

    d->s.constant = tc_mpz(arena);
    d->s.bits = width + 1;
    d->s.lo = tc_alloc(arena, width + 2, sizeof *d->s.lo);
    d->s.hi = tc_alloc(arena, width + 2, sizeof *d->s.hi);
    for (unsigned z = 0; z <= width + 1; z++) {
        unsigned top = z < p + d->most ? z : p + d->most;

        d->s.lo[z] = tc_mpz(arena);
        d->s.hi[z] = two(d, top);
        if (z < p + d->most) {
            mpz_sub(d->s.lo[z], d->s.lo[z], two(d, z < p ? z : p));
            mpz_add_ui(d->s.lo[z], d->s.lo[z], 1);
        }
        mpz_add(d->s.hi[z], d->s.hi[z], two(d, z < p ? z : z < p + d->most ? z : p));
        mpz_sub_ui(d->s.hi[z], d->s.hi[z], 2);
    }
}

/* the sum of the parts, which is not negative */
static struct tc_form value_of_sum(struct addition *d)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned k = 0; k < d->s.npart; k++) {
        const struct carry_part *p = &d->s.part[k];
        size_t points = carry_points(p);
        mpz_ptr *weight = tc_alloc(f->arena, points, sizeof *weight);
        struct tc_form x;

        for (size_t g = 0; g < points; g++) {
            weight[g] = tc_mpz(f->arena);
            mpz_sub(weight[g], p->to[g], p->from[g]);
            if (p->times)
                mpz_mul_si(weight[g], weight[g], p->times);
        }
        x = p->n ? times_table(&l->low, "weight", p->wire, p->n, p->ix, weight)
                 : tc_form_scale(f, p->wire, weight[0]);
        sum = tc_form_add(f, sum, tc_form_sum(f, x, p->n, p->ix, 0, NULL));
    }
    return claim_mpz(&l->low, sum, ar_mpz(l, 0), d->s.hi[d->s.bits]);
}

/* gates [shift >= least + 1 + t]: a leading one at t + 1 or above, or, with subnormals, a
 * field too small to shift it further */
static const struct tc_plane *shifts(struct addition *d, struct ar_rounding *r)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    unsigned n = r->n = r->width - 1;
    const struct tc_index *t = tc_index_new(f, "t", n, NULL);
    mpz_ptr *theta = tc_alloc(f->arena, n, sizeof *theta);
    mpz_ptr *mask = tc_alloc(f->arena, n, sizeof *mask);
    struct tc_form x = d->value, small;
    bool gradual = l->f->underflow == TC_GRADUAL;

    r->least = 1 - (int)l->p;
    for (unsigned k = 0; k < n; k++) {
        theta[k] = two(d, k + 1);
        mask[k] = r->least + 1 + (int)k <= 1 ? theta[k] : tc_mpz(f->arena);
    }
    if (gradual) { /* shift s where a field is at most 1 - s: s = least + 1 + t <= 1 */
        const struct tc_index *u = tc_index_new(f, "t", l->p, NULL);
        struct tc_axis at = tc_axis_of(f->arena, u);
        int64_t *row = tc_alloc(f->arena, n, sizeof *row),
                *bound = tc_alloc(f->arena, l->p, sizeof *bound);

        for (unsigned k = 0; k < l->p; k++)
            bound[k] = 2 - (r->least + 1 + (int)k);
        for (unsigned k = 0; k < n; k++)
            row[k] = k < l->p ? k : l->p - 1;
        small = tc_form_si(f, 2);
        for (unsigned k = 0; k < 2; k++) {
            struct tc_form g = wire_of(
                &l->low,
                &tc_bank_new(f, name_of(&l->low, named(d, k, "room")), d->a[k].field, NULL,
                             tc_form_table(f, table_of(&l->low, "theta", l->p, bound), &at), true,
                             0, NULL, l->low.component, "its field leaves room for the shift")
                     ->plane);

            small = tc_form_sub(f, small, g);
        }
        at = tc_axis_of(f->arena, t);
        small = tc_form_subst(
            f, small, u, (struct tc_axis){.via = table_of(&l->low, "row", n, row), .arg = at.at});
        x = tc_form_add(f, x, times_table(&l->low, "mask", small, 1, &t, mask));
    }
    return &tc_bank_new(f, name_of(&l->low, "shift"), x, gradual ? NULL : t,
                        times_table(&l->low, "theta", tc_form_si(f, 1), 1, &t, theta), true, 0,
                        NULL, l->low.component, "where the sum's leading one is")
                ->plane;
}

/* the larger field, less the window: the exponent of S */
static struct tc_form common_field(struct addition *d)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    struct tc_form sum = tc_form_si(f, 0);

    for (unsigned k = 0; k < 2; k++) {
        const struct tc_index *b = tc_index_new(f, "b", l->q, NULL);
        mpz_ptr *power = tc_alloc(f->arena, l->q, sizeof *power);
        struct tc_form x;

        for (unsigned a = 0; a < l->q; a++)
            power[a] = two(d, a);
        x = ar_bit(d->a[k].x, tc_axis_plus(f->arena, tc_axis_const((int64_t)l->p - 1), 1, b));
        x = ar_masked(l, named(d, k, "larger"), difference(d, k), ar_mpz(l, k), 1, x,
                      "bits of the larger field");
        x = times_table(&l->low, "power", x, 1, &b, power);
        sum = tc_form_add(f, sum, tc_form_sum(f, x, 1, &b, 0, NULL));
        sum = tc_form_sub(f, sum, d->a[k].window);
    }
    return claim(&l->low, sum, 0, ((int64_t)1 << l->q) - 1);
}

/* the larger number's sign; of equal ones, both */
static struct tc_form sum_sign(struct addition *d)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    struct tc_form sum = tc_form_si(f, 0), less = tc_form_sub(f, d->a[0].key, d->a[1].key);
    struct tc_form both = claim(&l->low, tc_form_add(f, d->a[0].sign, d->a[1].sign), 0, 2);

    for (unsigned k = 0; k < 2; k++) {
        struct tc_form x = k ? tc_form_scale_si(f, less, -1) : less;

        sum = tc_form_add(f, sum,
                          ar_masked(l, named(d, k, "minus"), x, ar_mpz(l, 1), 1, d->a[k].sign,
                                    "the larger number's sign"));
    }
    sum = tc_form_add(f, sum, ar_masked(l, "minus", less, ar_mpz(l, 0), 2, both, "both negative"));
    sum = tc_form_sub(f, sum,
                      ar_masked(l, "minus.larger", less, ar_mpz(l, 1), 2, both,
                                "both negative, and the first larger"));
    return claim(&l->low, sum, 0, 1);
}

static struct tc_form specials(struct addition *d, struct fl_result *r)
{
    struct fl *l = d->l;
    struct tc_family *f = l->low.family;
    struct tc_form beyond;

    if (!d->a[0].special.any)
        return tc_form_si(f, 0);
    r->has_nan = true;
    r->nan = tc_form_add(f, d->a[0].special.nan, d->a[1].special.nan);
    beyond = tc_form_add(f, d->a[0].special.beyond, d->a[1].special.beyond);
    for (unsigned k = 0; d->a[0].special.has_infinity && k < 2; k++) {
        struct tc_form x = tc_form_sub(f, d->a[k].sign, d->a[!k].sign);

        r->nan = tc_form_add(f, r->nan,
                             ar_gate_si(l, named(d, k, "clash"), tc_form_add(f, beyond, x), 3,
                                        "infinities of different signs"));
    }
    return beyond;
}

bool fl_arith_sum(struct fl *l)
{
    struct tc_family *f = l->low.family;
    struct addition *d = tc_alloc(f->arena, 1, sizeof *d);
    struct ar_rounding round = {.normal = l->f->underflow != TC_GRADUAL};
    struct fl_result r = {0};
    struct tc_form base, amount, zero;
    const struct tc_plane *shift;
    mpz_ptr beyond = tc_mpz(f->arena);

    d->l = l;
    d->most = l->p + 2;
    for (unsigned k = 0; k < 2; k++) {
        struct addend *a = &d->a[k];

        a->name = k ? "y" : "x";
        a->x = (struct ar_operand){l, k};
        a->sign = ar_sign(a->x);
        if (k && l->prim->op == TC_OP_SUB)
            a->sign = tc_form_sub(f, tc_form_si(f, 1), a->sign);
        a->field = ar_field(a->x);
        a->key = ar_key(a->x);
        a->special = ar_special(l, a->x, a->name);
    }
    for (unsigned k = 0; k < 2; k++) {
        add_shifted(d, k);
        if (l->f->underflow == TC_GRADUAL)
            add_subnormal(d, k);
        add_negative(d, k, 0);
        add_negative(d, k, 1);
    }
    round.width = l->p + d->most + 1;
    sum_ranges(d, round.width);
    d->value = value_of_sum(d);
    shift = shifts(d, &round);
    zero = ar_gate_si(l, "one", d->value, 1, "the sum is not 0");
    round.bits = carries_new(&l->low, "carry", &d->s, "carries into each bit of the sum");
    round.chosen = ar_one_hot(l, shift, round.n, &round.k);

    /* (field + s - 1) B */
    amount = wire_of(&l->low, shift);
    amount = tc_form_sum(f, amount, 1, shift->chain ? &shift->chain : shift->axis, 0, NULL);
    base = ar_plus_si(l, tc_form_add(f, common_field(d), amount), round.least - 1);
    base = tc_form_scale(f, base, power_of_two(&l->low, l->p - 1));
    ar_beyond(l, beyond);
    zero = ar_plus_si(l, tc_form_add(f, zero, specials(d, &r)), -1);
    base = tc_form_add(f, base, tc_form_scale(f, zero, beyond));
    r.npart = 2;
    r.key = tc_form_add(f, base, ar_round(l, &round, r.part));
    r.high = round.normal ? tc_form_add(f, base, tc_form_const(f, power_of_two(&l->low, l->p - 1)))
                          : base;
    r.sign = sum_sign(d);
    if (l->f->underflow == TC_NEAREST) { /* below the least number sums are exact */
        r.has_half = true;
        r.half = r.key;
    }
    fl_output(l, "y", r);
    return true;
}
