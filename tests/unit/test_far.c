/* test_far.c -- sums of numbers that are far apart, quotients of two, quotients by roots,
 * norms and scores by roots, rounded once, against GMP
 *
 * Terms are inputs, x and e in two's complement: random ones, of which many are 0, cancel, are
 * alike or far apart.  What is wanted is the exact sum or quotient, encoded in the format.
 */
#include "../../compiler/far.h"
#include "check_main.h"

#include <gmp.h>

#define LANES  64
#define ROUNDS 6
#define MOST   5 /* terms */

static struct lowering L;
static struct tc_error err;
static struct tc_format format;
static gmp_randstate_t random_state;

static void setup(void)
{
    static const struct tc_options options = {.level = TC_LEVEL_1};

    memset(&L, 0, sizeof L);
    memset(&err, 0, sizeof err);
    L.family = tc_family_new("test");
    L.err = &err;
    L.options = &options;
    L.prefix = "";
    L.component = "test";
    L.format = L.ieee = &format;
    gmp_randinit_default(random_state);
    gmp_randseed_ui(random_state, 7);
}

static void teardown(void)
{
    tc_family_free(L.family);
    gmp_randclear(random_state);
}

/* `terms` words of so many bits, and what they are in each lane */
struct words {
    unsigned terms, bits;
    const struct tc_index *j;
    const struct tc_plane *plane;
    long value[MOST][LANES];
};

static struct number input(struct words *w, const char *name)
{
    const struct tc_index *axis[2] = {w->j, tc_index_new(L.family, "a", w->bits, NULL)};
    struct tc_axis at = tc_axis_of(L.family->arena, w->j);

    w->plane = tc_family_input(L.family, name, 2, axis);
    return number_integer(&L, number_wires(&L, w->plane, &at));
}

/* x 2^e over an index */
struct sum {
    struct words x, e;
    struct number v, place;
    struct far_sum far;
    long up; /* x 2^(e + up) */
};

static void sum_init(struct sum *s, const char *name, unsigned terms, unsigned x, unsigned e)
{
    struct tc_arena *arena = L.family->arena;

    *s = (struct sum){.x = {.terms = terms, .bits = x}, .e = {.terms = terms, .bits = e}};
    s->x.j = tc_index_new(L.family, "j", terms, NULL);
    s->e.j = s->x.j;
    s->v = input(&s->x, tc_sprintf(arena, "%s.x", name));
    s->place = input(&s->e, tc_sprintf(arena, "%s.e", name));
    s->v.place = &s->place;
    s->far.name = name;
    far_term(&s->far, &s->v, false, 1, &s->x.j);
}

static long random_below(unsigned long n)
{
    return (long)gmp_urandomm_ui(random_state, n);
}

/* exponents near one of two places; numbers that are 0, small or any; a term that cancels another
 */
static void choose(struct sum *s, bool plus)
{
    long half = 1L << (s->e.bits - 1), most = 1L << (s->x.bits - 1);

    for (unsigned lane = 0; lane < LANES; lane++) {
        long base[2] = {random_below(2 * (unsigned long)half) - half,
                        random_below(2 * (unsigned long)half) - half};

        for (unsigned j = 0; j < s->x.terms; j++) {
            long e = base[random_below(2)] + random_below(4), x;

            x = random_below(3) ? random_below(2 * (unsigned long)most) - most
                                : random_below(most < 3 ? (unsigned long)most : 3);
            s->e.value[j][lane] = e < half ? e : half - 1;
            s->x.value[j][lane] = plus && x < 0 ? -1 - x : x;
            if (j && !plus && x > 0 && random_below(3) == 0) {
                s->x.value[j][lane] = -s->x.value[j - 1][lane];
                s->e.value[j][lane] = s->e.value[j - 1][lane];
                if (s->x.value[j][lane] == most)
                    s->x.value[j][lane] = 0;
            }
        }
    }
}

static uint64_t *put(uint64_t *wire, const struct words *w)
{
    for (unsigned j = 0; j < w->terms; j++)
        for (unsigned a = 0; a < w->bits; a++, wire++)
            for (unsigned lane = 0; lane < LANES; lane++)
                *wire |= (uint64_t)(w->value[j][lane] >> a & 1) << lane;
    return wire;
}

static void term_value(const struct sum *s, unsigned j, unsigned lane, mpq_ptr x)
{
    long e = s->e.value[j][lane] + s->up;

    mpq_set_si(x, s->x.value[j][lane], 1);
    if (e >= 0)
        mpq_mul_2exp(x, x, (mp_bitcnt_t)e);
    else
        mpq_div_2exp(x, x, (mp_bitcnt_t)-e);
}

static void value(const struct sum *s, unsigned lane, mpq_ptr sum)
{
    mpq_t x;

    mpq_init(x);
    mpq_set_ui(sum, 0, 1);
    for (unsigned j = 0; j < s->x.terms; j++) {
        term_value(s, j, lane, x);
        mpq_add(sum, sum, x);
    }
    mpq_clear(x);
}

/* x / root(y), wide enough that no rounding of at most 11 bits tells it from what it is, nor of
 * a sum of it and numbers of a hundred bits or so: a root that is not exact is cut off, and goes on
 * with a one */
static void by_root(mpq_ptr x, mpq_ptr y)
{
    mpz_t root, rest;

    mpz_inits(root, rest, NULL);
    mpq_inv(y, y); /* x root(n / d) = x root(n d 4^k) / (d 2^k) */
    mpz_mul(root, mpq_numref(y), mpq_denref(y));
    mpz_mul_2exp(root, root, 2000);
    mpz_sqrtrem(root, rest, root);
    mpz_mul_2exp(root, root, 1);
    mpz_add_ui(root, root, mpz_sgn(rest) != 0);
    mpz_set(mpq_numref(y), root);
    mpz_mul_2exp(mpq_denref(y), mpq_denref(y), 1001);
    mpq_canonicalize(y);
    mpq_mul(x, x, y);
    mpz_clears(root, rest, NULL);
}

/* of the format's least */
static void encoded(mpq_ptr x, int64_t down, mpz_ptr word)
{
    int64_t up = format.low - down;

    if (up >= 0)
        mpq_mul_2exp(x, x, (mp_bitcnt_t)up);
    else
        mpq_div_2exp(x, x, (mp_bitcnt_t)-up);
    tc_format_encode(&format, x, false, word, NULL);
}

static unsigned output(const struct number *x)
{
    const struct tc_index *a = tc_index_new(L.family, "a", tc_format_width(&format), NULL);
    struct number y = number_gates(&L, number_bits(&L, &format, x, a), a, 1, "Y", "the result");

    tc_family_output(L.family, "Y", y.bit.term[0].plane);
    ck_assert_msg(!err.kind, "%s", err.msg);
    ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
    return (unsigned)a->extent;
}

/* what stands in a lane is R(x / 2^down) */
static void check_lane(const uint64_t *out, unsigned lane, mpq_ptr x, int64_t down, unsigned bits)
{
    mpz_t want, got;

    mpz_inits(want, got, NULL);
    encoded(x, down, want);
    for (unsigned a = 0; a < bits; a++)
        if (out[a] >> lane & 1)
            mpz_setbit(got, a);
    ck_assert_msg(mpz_cmp(want, got) == 0, "lane %u: %s, not %s", lane, mpz_get_str(NULL, 16, got),
                  mpz_get_str(NULL, 16, want));
    mpz_clears(want, got, NULL);
}

/* R(sum / 2^down), or by a sum d, or its root */
static void check_lanes(struct sum *s, struct sum *d, bool root, int64_t down, unsigned bits)
{
    unsigned wires = s->x.terms * (s->x.bits + s->e.bits);
    uint64_t *in, *out = tc_xcalloc(bits, sizeof *out), *end;
    mpq_t x, y;

    mpq_inits(x, y, NULL);
    wires += d ? d->x.terms * (d->x.bits + d->e.bits) : 0;
    in = tc_xcalloc(wires, sizeof *in);
    choose(s, false);
    end = put(put(in, &s->x), &s->e);
    if (d) {
        choose(d, true);
        put(put(end, &d->x), &d->e);
    }
    ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
    for (unsigned lane = 0; lane < LANES; lane++) {
        value(s, lane, x);
        if (d) {
            value(d, lane, y);
            if (!mpq_sgn(y))
                continue; /* of 0 / 0 alone there is a result */
            if (root)
                by_root(x, y);
            else
                mpq_div(x, x, y);
        }
        check_lane(out, lane, x, down, bits);
    }
    mpq_clears(x, y, NULL);
    free(in);
    free(out);
}

static const struct {
    const char *format;
    unsigned terms, x, e, divisors;
    int64_t down;
} table[] = {
    {"ieee:5,4", 3, 7, 6, 2, 0},       {"ieee:3,3", 2, 12, 6, 1, 2},
    {"e4m3", 5, 4, 7, 3, -1},          {"float:4,-6,6", 4, 6, 6, 2, 0},
    {"ftz:4,4", 3, 6, 6, 3, 3},        {"float:7,-20,11", 1, 9, 7, 1, 0},
    {"float:2,-3,3", 5, 3, 5, 4, -20}, {"ieee:2,2", 2, 2, 4, 2, 0},
    {"ieee:11,5", 3, 21, 7, 3, 5},
};

static void use(unsigned i)
{
    ck_assert(tc_format_parse(table[i].format, &format, &err));
    format.signed_zero = false;
    L.bits = tc_format_width(&format);
}

START_TEST(test_sums)
{
    struct sum s;
    struct number y;
    unsigned bits;

    use((unsigned)_i);
    sum_init(&s, "sum", table[_i].terms, table[_i].x, table[_i].e);
    y = far_rounded(&L, &s.far, table[_i].down);
    bits = output(&y);
    for (unsigned k = 0; k < ROUNDS; k++)
        check_lanes(&s, NULL, false, table[_i].down, bits);
}
END_TEST

START_TEST(test_quotients)
{
    struct sum s, d;
    struct number y;
    unsigned bits;

    use((unsigned)_i);
    sum_init(&s, "sum", table[_i].terms, table[_i].x, table[_i].e);
    sum_init(&d, "divisor", table[_i].divisors, table[_i].x - 1, table[_i].e);
    y = far_quotient(&L, "y", &s.far, &d.far, table[_i].down);
    bits = output(&y);
    for (unsigned k = 0; k < ROUNDS; k++)
        check_lanes(&s, &d, false, table[_i].down, bits);
}
END_TEST

START_TEST(test_roots)
{
    struct sum s, d;
    struct number y;
    unsigned bits;

    use((unsigned)_i);
    sum_init(&s, "sum", table[_i].terms, table[_i].x, table[_i].e);
    sum_init(&d, "divisor", table[_i].divisors, table[_i].x - 1, table[_i].e);
    d.v.up = d.up = 3;
    d.far.n = 0;
    y = far_even(&L, "even", far_even_place(&L, "even.place", d.v));
    far_term(&d.far, &y, false, 1, &d.x.j);
    y = far_by_root(&L, "y", &s.far, &d.far, -table[_i].down);
    bits = output(&y);
    for (unsigned k = 0; k < ROUNDS; k++)
        check_lanes(&s, &d, true, table[_i].down, bits);
}
END_TEST

/* a quotient by a root, and a sum more that may cancel it */
static const struct {
    const char *format;
    unsigned terms, x, e, divisors, more, bias, places;
} shifted[] = {
    {"float:4,-600,600", 2, 6, 5, 2, 1, 5, 7}, {"ieee:3,5", 2, 4, 5, 1, 1, 4, 6},
    {"float:11,-60,60", 1, 12, 5, 2, 2, 9, 6}, {"ftz:4,6", 3, 3, 4, 1, 1, 5, 6},
    {"float:2,-9,5", 1, 3, 5, 2, 2, 4, 6},     {"float:5,-600,600", 2, 5, 3, 1, 1, 6, 5},
};

/* terms that take away what x + the sum before them is, as far as they can */
static void cancel(struct sum *b, unsigned lane, mpq_ptr x)
{
    long half = 1L << (b->e.bits - 1);
    mpq_t y;
    mpz_t z;

    mpq_init(y);
    mpz_init(z);
    for (unsigned j = 0; j < b->x.terms; j++) {
        long e = half - 1;

        for (; e >= -half; e--) { /* the first exponent at which some bits are there */
            mpq_mul_2exp(y, x, (mp_bitcnt_t)half);
            mpz_mul_2exp(mpq_denref(y), mpq_denref(y), (mp_bitcnt_t)(half + e));
            mpz_tdiv_q(z, mpq_numref(y), mpq_denref(y));
            if (mpz_sizeinbase(z, 2) == b->x.bits - 1)
                break;
        }
        if (e < -half)
            continue;
        b->e.value[j][lane] = e;
        b->x.value[j][lane] = -mpz_get_si(z);
        term_value(b, j, lane, y);
        mpq_add(x, x, y);
    }
    mpq_clear(y);
    mpz_clear(z);
}

/* g / root(v), 0 / 0 = 0 */
static void by_root_of(const struct sum *s, const struct sum *d, unsigned lane, mpq_ptr x)
{
    mpq_t y;

    mpq_init(y);
    value(s, lane, x);
    value(d, lane, y);
    if (mpq_sgn(y))
        by_root(x, y);
    mpq_clear(y);
}

/* of them every eighth is 0 / 0, and half of them are nearly taken away */
static void choose_shifted(struct sum *s, struct sum *d, struct sum *b)
{
    mpq_t x;

    mpq_init(x);
    choose(s, false);
    choose(d, true);
    choose(b, false);
    for (unsigned lane = 0; lane < LANES; lane++) {
        value(d, lane, x);
        for (unsigned j = 0; j < s->x.terms && (!mpq_sgn(x) || lane % 8 == 7); j++)
            s->x.value[j][lane] = 0;
        for (unsigned j = 0; j < d->x.terms && b->x.terms == 1 && lane % 8 == 7; j++)
            d->x.value[j][lane] = 0;
        if (!mpq_sgn(x) && b->x.terms > 1)
            d->x.value[0][lane] = 1;
        by_root_of(s, d, lane, x);
        if (lane % 2)
            cancel(b, lane, x);
    }
    mpq_clear(x);
}

START_TEST(test_shifted)
{
    struct sum s, d, b;
    struct number y;
    struct tc_arena *arena = L.family->arena;
    unsigned bits;
    mpq_ptr x = tc_mpq(arena), z = tc_mpq(arena);
    uint64_t *in = tc_alloc(arena, 400, sizeof *in), *out = tc_alloc(arena, 400, sizeof *out);

    ck_assert(tc_format_parse(shifted[_i].format, &format, &err));
    format.signed_zero = false;
    L.bits = tc_format_width(&format);
    sum_init(&s, "sum", shifted[_i].terms, shifted[_i].x, shifted[_i].e);
    sum_init(&d, "divisor", shifted[_i].divisors, shifted[_i].x, shifted[_i].e);
    sum_init(&b, "bias", shifted[_i].more, shifted[_i].bias, shifted[_i].places);
    s.far.term[0].x.up = s.up = 2;
    d.v.up = d.up = 3;
    d.far.n = 0;
    y = far_even(&L, "even", far_even_place(&L, "even.place", d.v));
    far_term(&d.far, &y, false, 1, &d.x.j);
    y = far_by_root_plus(&L, "y", &s.far, &d.far, &b.far);
    bits = output(&y);
    for (unsigned k = 0; k < ROUNDS / 2; k++) {
        choose_shifted(&s, &d, &b);
        memset(in, 0, 400 * sizeof *in);
        put(put(put(put(put(put(in, &s.x), &s.e), &d.x), &d.e), &b.x), &b.e);
        ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
        for (unsigned lane = 0; lane < LANES; lane++) {
            by_root_of(&s, &d, lane, x);
            value(&b, lane, z);
            mpq_add(x, x, z);
            check_lane(out, lane, x, 0, bits);
        }
    }
}
END_TEST

/* norms `layer` of floats of more than 512 exponents, of rows that are sums' terms */
static const struct {
    const char *format;
    unsigned width, x, e, at;
    const char *epsilon; /* in units of the least, squared */
} norm[] = {
    {"float:4,-600,600", 2, 5, 6, 1, "0"},     {"float:3,-300,300", 3, 4, 7, 2, "0"},
    {"float:11,-600,600", 3, 9, 5, 0, "3/7"},  {"float:2,-600,1", 4, 3, 4, 3, "1/1000"},
    {"float:5,-600,600", 2, 12, 5, 0, "40/3"}, {"float:4,-600,600", 1, 5, 4, 0, "0"},
    {"ieee:4,10", 3, 5, 4, 1, "100"},
};

/* (x_c - mu) / root(sum (x - mu)^2 / w + epsilon); false: 0 / 0 */
static bool normed(const struct sum *s, unsigned c, unsigned lane, mpq_srcptr epsilon, mpq_ptr y)
{
    unsigned w = s->x.terms;
    mpq_t mean, width, x, v;
    bool some;

    mpq_inits(mean, width, x, v, NULL);
    mpq_set_ui(width, w, 1);
    value(s, lane, mean);
    mpq_div(mean, mean, width);
    for (unsigned j = 0; j < w; j++) {
        term_value(s, j, lane, x);
        mpq_sub(x, x, mean);
        if (j == c)
            mpq_set(y, x);
        mpq_mul(x, x, x);
        mpq_add(v, v, x);
    }
    mpq_div(v, v, width);
    mpq_add(v, v, epsilon);
    some = mpq_sgn(v) != 0;
    if (some)
        by_root(y, v);
    mpq_clears(mean, width, x, v, NULL);
    return some;
}

static void check_norms(struct sum *s, unsigned c, mpq_srcptr epsilon, unsigned bits)
{
    uint64_t *in = tc_xcalloc(s->x.terms * (s->x.bits + s->e.bits), sizeof *in);
    uint64_t *out = tc_xcalloc(bits, sizeof *out);
    mpq_t y;

    mpq_init(y);
    choose(s, false);
    put(put(in, &s->x), &s->e);
    ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
    for (unsigned lane = 0; lane < LANES; lane++) {
        if (!normed(s, c, lane, epsilon, y))
            mpq_set_ui(y, 0, 1);
        check_lane(out, lane, y, -(int64_t)L.fraction, bits);
    }
    mpq_clear(y);
    free(in);
    free(out);
}

START_TEST(test_norms)
{
    mpq_ptr epsilon = tc_mpq(L.family->arena), inside = tc_mpq(L.family->arena);
    struct tc_block b = {.norm = {.kind = TC_NORM_LAYER, .epsilon = inside}};
    struct sum s;
    struct rows in;
    struct number y;
    unsigned bits;

    ck_assert(tc_format_parse(norm[_i].format, &format, &err));
    format.signed_zero = false;
    L.bits = tc_format_width(&format);
    L.fraction = (unsigned)-format.low;
    sum_init(&s, "sum", norm[_i].width, norm[_i].x, norm[_i].e);
    mpq_set_str(epsilon, norm[_i].epsilon, 10);
    mpq_div_2exp(inside, epsilon, 2 * L.fraction);
    b.in.value = norm[_i].width;
    in = (struct rows){.coord = s.x.j, .x = s.v};
    y = number_at(&L, words_norm(&L, &b, &in), s.x.j, tc_axis_const(norm[_i].at));
    bits = output(&y);
    for (unsigned k = 0; k < ROUNDS / 3; k++)
        check_norms(&s, norm[_i].at, epsilon, bits);
}
END_TEST

/* scores: sums of products, times a scale by a root */
static const struct {
    const char *format;
    unsigned terms, x, e, fraction;
    const char *multiply, *divide;
} score[] = {
    {"float:4,-600,600", 2, 5, 6, 3, "1", "2"},  {"float:3,-300,300", 3, 4, 5, 0, "-3/5", "7/6"},
    {"float:11,-600,600", 2, 9, 5, 7, "2", "3"}, {"ieee:3,10", 1, 3, 4, 0, "-1/12", "1/5"},
    {"float:2,-600,1", 4, 3, 4, 20, "5", "9"},
};

static void check_scores(struct sum *s, struct sum *t, const struct tc_scale *scale, int64_t down,
                         unsigned bits)
{
    unsigned wires = s->x.terms * (s->x.bits + s->e.bits + t->x.bits + t->e.bits);
    uint64_t *in = tc_xcalloc(wires, sizeof *in), *out = tc_xcalloc(bits, sizeof *out);
    mpq_t x, y, z;

    mpq_inits(x, y, z, NULL);
    choose(s, false);
    choose(t, false);
    put(put(put(put(in, &s->x), &s->e), &t->x), &t->e);
    ck_assert_msg(tc_family_run(L.family, in, out, 1, &err), "%s", err.msg);
    for (unsigned lane = 0; lane < LANES; lane++) {
        mpq_set_ui(x, 0, 1);
        for (unsigned j = 0; j < s->x.terms; j++) {
            term_value(s, j, lane, y);
            term_value(t, j, lane, z);
            mpq_mul(y, y, z);
            mpq_add(x, x, y);
        }
        mpq_mul(x, x, scale->multiply);
        mpq_set(y, scale->divide);
        by_root(x, y);
        check_lane(out, lane, x, down, bits);
    }
    mpq_clears(x, y, z, NULL);
    free(in);
    free(out);
}

START_TEST(test_scores)
{
    struct tc_arena *arena = L.family->arena;
    struct tc_scale scale = {.multiply = tc_mpq(arena), .divide = tc_mpq(arena), .root = true};
    struct sum s, t;
    struct number y;
    unsigned bits;

    ck_assert(tc_format_parse(score[_i].format, &format, &err));
    format.signed_zero = false;
    L.bits = tc_format_width(&format);
    mpq_set_str(scale.multiply, score[_i].multiply, 10);
    mpq_set_str(scale.divide, score[_i].divide, 10);
    sum_init(&s, "first", score[_i].terms, score[_i].x, score[_i].e);
    sum_init(&t, "second", score[_i].terms, score[_i].x + 1, score[_i].e);
    y = number_at(&L, t.v, t.x.j, tc_axis_of(arena, s.x.j));
    y = words_scored(&L, "y", s.v, y, 1, &s.x.j, score[_i].fraction, &scale, 0, NULL);
    bits = output(&y);
    for (unsigned k = 0; k < ROUNDS; k++)
        check_scores(&s, &t, &scale, score[_i].fraction, bits);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("far");
    TCase *t = tcase_create("all");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_sums, 0, (int)(sizeof table / sizeof *table));
    tcase_add_loop_test(t, test_roots, 0, (int)(sizeof table / sizeof *table));
    tcase_add_loop_test(t, test_shifted, 0, (int)(sizeof shifted / sizeof *shifted));
    tcase_add_loop_test(t, test_norms, 0, (int)(sizeof norm / sizeof *norm));
    tcase_add_loop_test(t, test_scores, 0, (int)(sizeof score / sizeof *score));
    tcase_add_loop_test(t, test_quotients, 0, (int)(sizeof table / sizeof *table));
    suite_add_tcase(s, t);
    return check_status(s);
}
