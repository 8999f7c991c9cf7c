/* float_raw.c -- floats that are input wires, within a model
 *
 * With E the field, f_j the fraction bits and s the sign, a number is
 *     (1 - 2s) (sum of f_j 2^j 2^(max(E,1) - 1) + B [E >= 1] 2^(E-1))
 * and 2^E = 1 + sum of 2^(t-1) [E >= t]: a sum of gates, each the AND of at most one
 * bit, the sign and one comparison of E, by a multiple M of a bit that is larger than E.
 *
 * The product of two is a sum of gates as well.  With z = [E = 0] and F = f + B,
 *     2 V = F 2^E + z (f - B),
 * and the product's four parts are each a bit of x, a bit of y, a comparison of
 * E_x + E_y or of the field that is not 0, and the signs.
 */
#include "float.h"

#include <assert.h>
#include <string.h>

/* One gate: field . E + bit * f_at + sign * s, summed over one or two words, >= theta. */
struct raw_gate {
    struct raw_part {
        int64_t field, bit, at, sign; /* at: which fraction bit, if bit is not 0 */
    } of[2];
    int64_t theta;
    int64_t coef;  /* of the gate in the sum: coef 2^exponent */
    int64_t exponent;
};

struct gates {
    struct tc_arena *arena;
    struct raw_gate *gate;
    unsigned n, room;
    mpz_ptr constant; /* of the sum */
};

static void add(struct gates *g, struct raw_gate gate)
{
    if (g->n == g->room) {
        unsigned room = g->room ? 2 * g->room : 64;
        struct raw_gate *more = tc_alloc(g->arena, room, sizeof *more);

        if (g->n)
            memcpy(more, g->gate, g->n * sizeof *more);
        g->gate = more;
        g->room = room;
    }
    g->gate[g->n++] = gate;
}

static struct fl fields_of(const struct lowering *L)
{
    const struct tc_format *f = L->format;

    return (struct fl){.low = *L,
                       .f = f,
                       .p = f->p,
                       .q = f->q,
                       .hidden = (int64_t)1 << (f->p - 1),
                       .least = f->underflow == TC_GRADUAL ? 1 : (int64_t)1 << (f->p - 1),
                       .last = tc_format_last_key(f)};
}

/* one of a gate's four numbers, by gate */
static const struct tc_table *column(struct lowering *L, const struct gates *g, unsigned word,
                                     unsigned which, const char *name)
{
    int64_t *entry = tc_alloc(L->family->arena, g->n, sizeof *entry);
    bool any = which == 2;

    for (unsigned k = 0; k < g->n; k++) {
        const struct raw_part *p = &g->gate[k].of[word];

        entry[k] = which == 0 ? p->field : which == 1 ? p->bit : which == 2 ? p->at : p->sign;
        any = any || entry[k];
    }
    return any ? table_of(L, name, g->n, entry) : NULL;
}

/* a condition: the form, at most `most`, is that */
struct only_where {
    struct tc_form form;
    int64_t most;
};

/* the bank of the gates over index a; none of them where the condition, unless it is NULL,
 * does not hold */
static const struct tc_plane *raw_bank(struct lowering *L, const char *name, const struct gates *g,
                                       unsigned nword, const struct fl_word *const *word,
                                       const struct only_where *where, const char *note)
{
    struct tc_family *f = L->family;
    struct fl l = fields_of(L);
    struct tc_axis at = tc_axis_of(f->arena, tc_index_new(f, "a", g->n, NULL));
    int64_t *theta = tc_alloc(f->arena, g->n, sizeof *theta), least = INT64_MAX;
    struct tc_form x = tc_form_si(f, 0);

    for (unsigned w = 0; w < nword; w++) {
        const struct tc_table *field = column(L, g, w, 0, "field");
        const struct tc_table *bit = column(L, g, w, 1, "bit");
        const struct tc_table *sign = column(L, g, w, 3, "sign");

        if (field)
            x = tc_form_add(f, x, tc_form_times(f, fl_field(&l, *word[w]), field, &at));
        if (bit) {
            struct tc_axis place = tc_axis_const(0);

            place.via = column(L, g, w, 2, "place");
            place.arg = at.at;
            x = tc_form_add(f, x,
                            tc_form_times(f, fl_fraction_bit(&l, *word[w], place), bit, &at));
        }
        if (sign)
            x = tc_form_add(f, x, tc_form_times(f, fl_sign(&l, *word[w]), sign, &at));
    }
    for (unsigned k = 0; k < g->n; k++) {
        theta[k] = g->gate[k].theta;
        least = theta[k] < least ? theta[k] : least;
    }
    if (where) { /* one less, and the form is below every threshold */
        int64_t mask = mpz_get_si(x.hi) - least + 1;

        x = tc_form_add(f, x, tc_form_scale_si(f, where->form, mask));
        for (unsigned k = 0; k < g->n; k++)
            theta[k] += mask * where->most;
    }
    return &tc_bank_new(f, name_of(L, name), x, NULL,
                        tc_form_table(f, table_of(L, "theta", g->n, theta), &at), true, 0, NULL,
                        L->component, note)
                ->plane;
}

static const struct tc_table *weights_of(struct lowering *L, const struct gates *g)
{
    mpz_ptr *weight = tc_alloc(L->family->arena, g->n, sizeof *weight);
    int64_t extent = g->n;

    for (unsigned k = 0; k < g->n; k++) {
        weight[k] = tc_mpz_si(L->family->arena, g->gate[k].coef);
        mpz_mul_2exp(weight[k], weight[k], (mp_bitcnt_t)g->gate[k].exponent);
    }
    return tc_table_dense_mpz(L->family, "weight", 1, &extent, weight);
}

/* of all words; infinities and NaN have numbers of the largest exponent */
static void largest(const struct lowering *L, mpz_ptr v)
{
    float_magnitude(L->format, tc_format_last_key(L->format) + (L->special ? L->format->spare : 0),
                    v);
}

/* ------------------------------------------------------------------------ one word */

/* gates of the magnitude, and of the magnitude where the sign is set, doubled and
 * taken away */
static void decode(struct gates *g, const struct tc_format *f)
{
    int64_t big = (int64_t)1 << f->q, bits = f->p - 1;

    for (int64_t s = 0; s < 2; s++)
        for (int64_t j = 0; j <= bits; j++)
            for (int64_t t = 1; t <= f->top; t++) {
                struct raw_gate r = {.coef = s ? -2 : 1};

                r.of[0].field = 1;
                r.of[0].sign = s * big;
                r.theta = s * big;
                if (j < bits) {
                    r.of[0].bit = big;
                    r.of[0].at = j;
                    r.theta += big;
                }
                /* the first step of a fraction bit is the bit: at field 0, too */
                r.theta += t > 1 || j == bits ? t : 0;
                r.exponent = j + (t > 1 ? t - 2 : 0);
                add(g, r);
            }
}

/* the word is infinite or NaN and its condition holds: one gate */
static const struct tc_plane *selected_flag(struct lowering *L, const struct fl_word *x,
                                            const char *name, struct tc_form condition,
                                            int64_t most)
{
    struct tc_family *f = L->family;
    struct fl l = fields_of(L);
    struct tc_form key = fl_key(&l, *x);
    int64_t mask = mpz_get_si(key.hi) + 1;

    key = tc_form_add(f, key, tc_form_scale_si(f, condition, mask));
    return &tc_bank_new(f, name_of(L, tc_sprintf(f->arena, "%s.special", name)), key, NULL,
                        tc_form_si(f, mask * most + l.last + 1), true, 0, NULL, L->component,
                        "the same, infinite or NaN")
                ->plane;
}

/* the number of the word, or of the one word of index v for which the condition holds */
static struct word decoded(struct lowering *L, const struct fl_word *x, const char *name,
                           const struct only_where *where, const struct tc_index *v,
                           const char *note)
{
    struct tc_family *f = L->family;
    struct gates g = {.arena = f->arena};
    struct word w = {.wide = true};
    const struct tc_plane *plane;
    mpz_ptr hi = tc_mpz(f->arena), lo = tc_mpz(f->arena);
    struct tc_axis at[8], last;

    decode(&g, L->format);
    plane = raw_bank(L, name, &g, 1, &x, where, note);
    if (where && L->special)
        special_input(L, plane, selected_flag(L, x, name, where->form, where->most));
    w.a = tc_index_new(f, "a", g.n, NULL);
    assert(plane->naxis <= sizeof at / sizeof *at);
    for (unsigned k = 0; k + 1 < plane->naxis; k++)
        at[k] = tc_axis_of(f->arena, plane->axis[k]);
    last = at[plane->naxis - 1] = tc_axis_of(f->arena, w.a);
    w.bit = tc_form_wire(f, plane, at);
    if (v)
        w.bit = tc_form_range_si(f, tc_form_sum(f, w.bit, 1, &v, 0, NULL), 0, 1);
    w.weight = weights_of(L, &g);
    w.value = tc_form_sum(f, tc_form_times(f, w.bit, w.weight, &last), 1, &w.a, 0, NULL);
    largest(L, hi);
    mpz_neg(lo, hi);
    w.value = tc_form_range(f, w.value, lo, hi);
    return w;
}

struct word raw_word(struct lowering *L, const struct fl_word *x, const char *name)
{
    struct word w = decoded(L, x, name, NULL, NULL, "the number, as a sum of gates");

    w.raw = x;
    return w;
}

struct word raw_selected(struct lowering *L, const struct fl_word *x, const char *name,
                         struct tc_form condition, int64_t most, const struct tc_index *v,
                         const char *note)
{
    return decoded(L, x, name, &(struct only_where){condition, most}, v, note);
}

/* values in the order of the words: 0, least .. last, then the same with the sign */
struct steps raw_steps(struct lowering *L, const struct fl_word *x)
{
    struct tc_family *f = L->family;
    struct fl l = fields_of(L);
    int64_t sign = (int64_t)1 << (l.p + l.q - 1), count = l.last - l.least + 1;
    struct steps s = {.keys = true};

    s.form = tc_form_add(f, fl_key(&l, *x), tc_form_scale_si(f, fl_sign(&l, *x), sign));
    s.at = tc_alloc(f->arena, 2 * (size_t)count + 1, sizeof *s.at);
    s.value = tc_alloc(f->arena, 2 * (size_t)count + 2, sizeof *s.value);
    for (int64_t side = 0; side < 2; side++) {
        if (side) {
            s.at[s.n++] = tc_mpz_si(f->arena, sign);
            s.value[s.n] = 0;
        }
        for (int64_t k = l.least; k <= l.last; k++) {
            s.at[s.n++] = tc_mpz_si(f->arena, side * sign + k);
            s.value[s.n] = side ? -k : k;
        }
    }
    return s;
}

/* ----------------------------------------------------------------------- two words
 *
 * 4 x y = (F_x 2^Ex + z_x (f_x - B)) (F_y 2^Ey + z_y (f_y - B)) signs
 *
 * A part has a sum of fields to compare, fields that must be 0, a bit of each word or none
 * (for B), and a weight; its gates are made thrice: plain, and where the signs differ in
 * either way, doubled and taken away.
 */
struct product_part {
    struct raw_gate gate; /* fields and bits; theta from the bits */
    int64_t coef, exponent;
};

static void signed_gates(struct gates *g, struct raw_gate r, int64_t big)
{
    bool always = r.theta <= 0 && !r.of[0].bit && !r.of[1].bit && r.of[0].field >= 0 &&
                  r.of[1].field >= 0;

    if (always) { /* no gate: a constant */
        mpz_t c;

        mpz_init_set_si(c, r.coef);
        mpz_mul_2exp(c, c, (mp_bitcnt_t)r.exponent);
        mpz_add(g->constant, g->constant, c);
        mpz_clear(c);
    } else {
        add(g, r);
    }
    r.coef *= -2;
    r.theta += big;
    for (unsigned w = 0; w < 2; w++) {
        struct raw_gate d = r;

        d.of[w].sign = big;
        d.of[1 - w].sign = -big;
        if (always) /* the fields do not matter */
            d.of[0].field = d.of[1].field = 0;
        add(g, d);
    }
}

/* the part times 2^S, S the sum of the compared fields up to `top` */
static void powers_of(struct gates *g, const struct product_part *p, int64_t top, int64_t big)
{
    struct raw_gate r = p->gate;

    r.coef = p->coef;
    r.exponent = p->exponent;
    {
        struct raw_gate base = r;

        for (unsigned w = 0; w < 2; w++)
            if (base.of[w].field > 0)
                base.of[w].field = 0;
        signed_gates(g, base, big);
    }
    for (int64_t t = 1; t <= top; t++) {
        struct raw_gate step = r;

        step.theta += t;
        step.exponent += t - 1;
        signed_gates(g, step, big);
    }
}

/* item j of F: bit j, or B where j = p - 1; of f - B: -B */
static void item(struct product_part *p, unsigned w, int64_t j, int64_t bits, int64_t big, bool zero)
{
    if (j < bits) {
        p->gate.of[w].bit = big;
        p->gate.of[w].at = j;
        p->gate.theta += big;
    } else if (zero) {
        p->coef = -p->coef;
    }
    p->exponent += j;
    p->gate.of[w].field = zero ? -4 * big : 1;
}

struct tc_form raw_product(struct lowering *L, const char *name, const struct fl_word *x,
                           const struct fl_word *y, const char *note)
{
    struct tc_family *f = L->family;
    const struct tc_format *format = L->format;
    const struct fl_word *word[2] = {x, y};
    int64_t bits = format->p - 1, big = (int64_t)4 << format->q;
    struct gates g = {.arena = f->arena, .constant = tc_mpz(f->arena)};
    mpz_ptr hi = tc_mpz(f->arena), lo = tc_mpz(f->arena);
    const struct tc_plane *plane;
    const struct tc_index *a;
    struct tc_axis at;
    struct tc_form sum;

    for (unsigned zero = 0; zero < 4; zero++)
        for (int64_t i = 0; i <= bits; i++)
            for (int64_t j = 0; j <= bits; j++) {
                struct product_part p = {.coef = 1};

                item(&p, 0, i, bits, big, zero & 1);
                item(&p, 1, j, bits, big, zero & 2);
                powers_of(&g, &p, ((zero & 1 ? 0 : 1) + (zero & 2 ? 0 : 1)) * format->top, big);
            }
    plane = raw_bank(L, name, &g, 2, word, NULL, note);
    a = plane->axis[plane->naxis - 1];
    at = tc_axis_of(f->arena, a);
    sum = tc_form_times(f, wire_of(L, plane), weights_of(L, &g), &at);
    sum = tc_form_add(f, tc_form_sum(f, sum, 1, &a, 0, NULL), tc_form_const(f, g.constant));
    largest(L, hi);
    mpz_mul(hi, hi, hi);
    mpz_mul_2exp(hi, hi, 2);
    mpz_neg(lo, hi);
    return tc_form_range(f, sum, lo, hi);
}
