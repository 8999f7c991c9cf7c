/* test_pass_family.c -- family passes on 500 families at random, and on values in binary */
#include "check_main.h"
#include "pass_case.h"
#include "spec_text.h"
#define MIX_ANYWHERE true /* as computed tables are */
#include "random_family.h"

#include <stdio.h>

/* ---------------------------------------------------------------- at random */

/* claims that hold */
static void claim(struct tc_form *x)
{
    mpz_t lo, hi;

    mpz_inits(lo, hi, NULL);
    tc_form_interval(x, true, lo, hi);
    mpz_set((mpz_ptr)(uintptr_t)x->lo, lo);
    mpz_set((mpz_ptr)(uintptr_t)x->hi, hi);
    mpz_clears(lo, hi, NULL);
}

static struct tc_form new_form(struct maker *m, unsigned terms)
{
    struct tc_form x = {.lo = tc_mpz(m->f->arena), .hi = tc_mpz(m->f->arena)};

    x.term = tc_alloc(m->f->arena, terms, sizeof *x.term);
    return x;
}

static const struct tc_table *dense(struct maker *m, const char *name, int64_t rows, int64_t cols,
                                    int64_t (*entry)(int64_t row, int64_t col, void *), void *ctx)
{
    int64_t value[256], extent[2] = {rows, cols};

    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < (cols ? cols : 1); c++)
            value[r * (cols ? cols : 1) + c] = entry(r, c, ctx);
    return tc_table_dense(m->f, name, cols ? 2 : 1, extent, value);
}

static void add_factor(struct maker *m, struct tc_term *t, const struct tc_table *table,
                       struct tc_axis x, struct tc_axis y)
{
    struct tc_factor *factor = tc_alloc(m->f->arena, t->nfactor + 1, sizeof *factor);
    struct tc_axis *at = tc_alloc(m->f->arena, 2, sizeof *at);

    at[0] = x;
    at[1] = y;
    if (t->nfactor)
        memcpy(factor, t->factor, t->nfactor * sizeof *factor);
    factor[t->nfactor++] = (struct tc_factor){table, at};
    t->factor = factor;
}

/* a term that reads a plane somewhere; its last axis at an index of its own, summed over */
static struct tc_term read_sum(struct maker *m, const struct tc_plane *p, bool last)
{
    struct tc_term t = {.plane = p, .coef = tc_mpz_si(m->f->arena, 1)};
    unsigned n = plane_axes(p);

    m->term = &t;
    t.at = tc_alloc(m->f->arena, n + 1, sizeof *t.at);
    for (unsigned k = 0; k < n; k++) {
        const struct tc_index *ix = m->domain[below(3)];
        int64_t extent = plane_axis(p, k)->extent;

        if (last && k == n - 1) {
            const struct tc_index **sum = tc_alloc(m->f->arena, 1, sizeof *sum);

            sum[0] = tc_index_new(m->f, "u", extent, NULL);
            t.sum = sum;
            t.nsum = 1;
            t.at[k] = tc_axis_of(m->f->arena, sum[0]);
        } else if (ix->extent > extent || below(6) == 0) {
            t.at[k] = tc_axis_const((int64_t)below((uint64_t)extent));
        } else if (below(6) == 0) {
            t.at[k] = tc_axis_plus(m->f->arena, tc_axis_const(ix->extent - 1), -1, ix);
        } else {
            t.at[k] = tc_axis_of(m->f->arena, ix);
        }
    }
    for (unsigned k = 0; p->bank && k < p->bank->nguard; k++)
        more_guard(m, through(m, p, &p->bank->guard[k].expr, t.at));
    return t;
}

static int64_t words[8];

static int64_t bit_step(int64_t a, int64_t t, void *ctx)
{
    (void)ctx;
    return (words[t + 1] >> a & 1) - (words[t] >> a & 1);
}

static int64_t bit_base(int64_t a, int64_t t, void *ctx)
{
    (void)t;
    (void)ctx;
    return words[0] >> a & 1;
}

static int64_t any(int64_t r, int64_t c, void *ctx)
{
    (void)r;
    (void)c;
    (void)ctx;
    return (int64_t)below(9) - 4;
}

static int64_t rising(int64_t r, int64_t c, void *ctx)
{
    int64_t *last = ctx;

    (void)r;
    (void)c;
    return *last += (int64_t)below(4);
}

static bool whole_chain(const struct tc_plane *p)
{
    bool whole = p->chain && p->bank->monotone;

    for (unsigned k = 0; p->bank && k < p->bank->nguard; k++)
        whole = whole && !tc_axis_reads(&p->bank->guard[k].expr, p->chain);
    return whole;
}

/* a plane among the last ones; with a chain if there is one */
static const struct tc_plane *some_plane(struct maker *m, bool chain)
{
    for (unsigned tries = 0; tries < 8; tries++) {
        unsigned k = (unsigned)below(m->f->ninput + m->f->nbank);
        const struct tc_plane *p =
            k < m->f->ninput ? m->f->input[k] : &m->f->bank[k - m->f->ninput]->plane;

        if (!chain || whole_chain(p))
            return p;
    }
    return NULL;
}

/* bits of a chain, as gates, from its first; or one that says nothing else than a wire */
static bool bits_bank(struct maker *m, const char *name)
{
    const struct tc_plane *p = some_plane(m, true);
    struct tc_index *a;
    struct tc_form x;

    if (!p)
        return false;
    a = tc_index_new(m->f, "a", 1 + (int64_t)below(3), NULL);
    for (unsigned k = 0; k < 8; k++)
        words[k] = (int64_t)below(8);
    x = new_form(m, 2);
    x.term[0] = read_sum(m, p, true);
    add_factor(m, &x.term[0], dense(m, "bit", a->extent, p->chain->extent, bit_step, NULL),
               tc_axis_of(m->f->arena, a), tc_axis_of(m->f->arena, x.term[0].sum[0]));
    x.term[1].coef = tc_mpz_si(m->f->arena, 1);
    add_factor(m, &x.term[1], dense(m, "bit", a->extent, 0, bit_base, NULL),
               tc_axis_of(m->f->arena, a), tc_axis_const(0));
    x.nterm = 2;
    claim(&x);
    x.lo = tc_mpz_si(m->f->arena, 0);
    x.hi = tc_mpz_si(m->f->arena, 1);
    {
        mpz_t lo, hi;

        mpz_inits(lo, hi, NULL);
        tc_form_interval(&x, true, lo, hi);
        if (mpz_sgn(lo) > 0)
            x.lo = tc_mpz_si(m->f->arena, 1);
        if (mpz_sgn(hi) <= 0)
            x.hi = tc_mpz_si(m->f->arena, 0);
        mpz_clears(lo, hi, NULL);
    }
    tc_bank_new(m->f, name, x, NULL, tc_form_si(m->f, 1), false, 0, NULL, "bits", NULL);
    return true;
}

/* a rising chain on a sum over the last axis of some plane or two */
static bool function_bank(struct maker *m, const char *name, bool chain)
{
    const struct tc_plane *p = some_plane(m, chain);
    struct tc_index *t = below(4) ? tc_index_new(m->f, "t", 2 + (int64_t)below(3), NULL) : NULL;
    struct tc_form x = new_form(m, 3), theta = new_form(m, 1);
    int64_t last = -3 - (int64_t)below(3);

    if (!p || !plane_axes(p))
        return false;
    for (unsigned k = 0; k < 1 + below(2); k++) {
        struct tc_term *r = &x.term[x.nterm++];

        *r = read_sum(m, p, true);
        if (below(5))
            add_factor(m, r, dense(m, "w", r->sum[0]->extent, 0, any, NULL),
                       tc_axis_of(m->f->arena, r->sum[0]), tc_axis_const(0));
        if (!chain)
            p = some_plane(m, false);
        if (!plane_axes(p))
            break;
    }
    if (below(2)) {
        const struct tc_index *ix = m->domain[below(3)];

        x.term[x.nterm].coef = tc_mpz_si(m->f->arena, 1);
        add_factor(m, &x.term[x.nterm++], dense(m, "c", ix->extent, 0, any, NULL),
                   tc_axis_of(m->f->arena, ix), tc_axis_const(0));
    }
    claim(&x);
    if (!t) {
        tc_bank_new(m->f, name, x, NULL, tc_form_si(m->f, (int64_t)below(5) - 2), false, 0, NULL,
                    "f", NULL);
        return true;
    }
    theta.nterm = 1;
    theta.term[0].coef = tc_mpz_si(m->f->arena, 1);
    add_factor(m, &theta.term[0], dense(m, "theta", t->extent, 0, rising, &last),
               tc_axis_of(m->f->arena, t), tc_axis_const(0));
    claim(&theta);
    tc_bank_new(m->f, name, x, t, theta, true, 0, NULL, "f", NULL);
    return true;
}

static bool and_bank(struct maker *m, const char *name)
{
    struct tc_form x = new_form(m, 3);

    for (unsigned k = 0; k < 2 + below(2); k++)
        x.term[x.nterm++] = read_sum(m, some_plane(m, false), false);
    claim(&x);
    tc_bank_new(m->f, name, x, NULL, tc_form_si(m->f, x.nterm), false, 0, NULL, "and", "all");
    return true;
}

static struct tc_family *random_chains(void)
{
    struct maker m = {.f = tc_family_new("random"), .ndomain = 3};
    const struct tc_index *axis[2];
    unsigned nbank = 4 + (unsigned)below(5);
    struct tc_error err;

    for (unsigned k = 0; k < 3; k++)
        m.domain[k] = tc_index_new(m.f, "i", 1 + (int64_t)below(3), NULL);
    axis[0] = tc_index_new(m.f, "x", 3, NULL);
    axis[1] = tc_index_new(m.f, "y", 1 + (int64_t)below(3), NULL);
    tc_family_input(m.f, "X", 2, axis);
    tc_family_input(m.f, "Y", 1, axis);
    while (m.f->nbank < nbank) {
        unsigned k = m.f->nbank;
        char name[16];

        snprintf(name, sizeof name, "b%u", k);
        switch (below(7)) {
        case 0:
            some_bank(&m);
            claim(&m.f->bank[k]->form);
            claim(&m.f->bank[k]->theta);
            break;
        case 1:
        case 2:
            bits_bank(&m, name);
            break;
        case 3:
            and_bank(&m, name);
            break;
        case 4:
            function_bank(&m, name, false);
            break;
        default:
            function_bank(&m, name, m.f->nbank > 0);
        }
        if (m.f->nbank > k && !tc_bank_check(m.f, m.f->bank[k], &err))
            m.f->nbank = k; /* some_bank makes ill-formed ones, too */
    }
    tc_family_output(m.f, "out", &m.f->bank[nbank - 1]->plane);
    tc_family_output(m.f, "also", &m.f->bank[nbank - 2]->plane);
    if (below(2))
        tc_family_output(m.f, "third", &m.f->bank[below(nbank)]->plane);
    return m.f;
}

static const char *const all[] = {"fold",        "absorb",     "compose",  "prune",
                                  "cse",         "distribute", "narrow",   "strength",
                                  "materialize", "hoist",      "telescope"};
#define NPASS (sizeof all / sizeof *all)

/* every pass alone, and all of them in some order */
START_TEST(random_families_stay)
{
    unsigned changed[NPASS] = {0}, count = is_fast() ? 60 : 500;
    struct tc_pass_options options = {.level = TC_LEVEL_1};

    tc_function_register(&mix);
    for (unsigned k = 0; k < count; k++) {
        struct tc_error err = {0};
        struct tc_family *f, *g;

        seed = k;
        f = random_chains();
        ck_assert_msg(tc_family_check(f, &err), "%u: %s", k, err.msg);
        for (unsigned p = 0; p < NPASS; p++) { /* the others on what fold leaves */
            char what[64];

            snprintf(what, sizeof what, "family %u, %s", k, all[p]);
            g = pass_of(all[p])->run_family(f, &options, &err);
            ck_assert_msg(g != NULL, "%s: %s", what, err.msg);
            changed[p] += g != f;
            as_good(f, g, what);
            if (g != f)
                tc_family_free(p == 0 ? f : g);
            f = p == 0 ? g : f;
        }
        g = f;
        for (unsigned p = 0; p < 2 * NPASS; p++) {
            struct tc_family *next = pass_of(all[below(NPASS)])->run_family(g, &options, &err);

            if (next != g && g != f)
                tc_family_free(g);
            g = next;
        }
        as_good(f, g, "all, distribute");
        if (g != f)
            tc_family_free(g);
        tc_family_free(f);
    }
    for (unsigned p = 0; p < NPASS && count == 500; p++) /* of few, cse may find no two */
        ck_assert_msg(changed[p] > 0 || p == NPASS - 1, "%s changed nothing", all[p]);
    if (getenv("TC_VERBOSE"))
        for (unsigned p = 0; p < NPASS; p++)
            printf("%s %u\n", all[p], changed[p]);
}
END_TEST

/* ------------------------------------------------------- from values in binary */

/* the model of examples/3-rope-tensor.xml */
static struct tc_spec *tensor(int n, int d, int bits, int fraction, const char *weights_from)
{
    return spec_of_text(
        "<transformer xmlns='urn:tc0c:spec:1' name='tensor'><parameter name='n' value='%d'/>"
        "<precision format='fixed' bits='%d' fraction='%d'/><input length='n' width='%d'/>"
        "<weights source='%s'/><attention order='3' scale='1/%d'><rope mode='each' base='10000'/>"
        "</attention></transformer>",
        n, bits, fraction, d, weights_from, d);
}

/* depth, gates and wires at -O0 and once these passes have run */
static void earns(const struct tc_spec *s, const char *named, unsigned depth, unsigned long gates,
                  unsigned long wires)
{
    struct tc_options options = {.level = TC_LEVEL_0};
    struct tc_pass_options pass = {.level = TC_LEVEL_0, .named = named, .check = true};
    struct tc_error err = {0};
    struct tc_family *f = tc_lower(s, &options, &err);
    struct tc_arena *a = tc_arena_new();
    struct tc_pass_log log = {0};
    struct tc_count n;

    ck_assert_msg(f != NULL, "%s", err.msg);
    ck_assert_uint_eq(f->bank[f->nbank - 1]->plane.level, 12);
    ck_assert_msg(tc_passes_run(a, &f, &pass, &n, &log, &err), "%s", err.msg);
    ck_assert_uint_eq(n.depth, depth);
    ck_assert_uint_eq(mpz_get_ui(n.gates), gates);
    ck_assert_uint_eq(mpz_get_ui(n.wires), wires);
    tc_family_free(f);
    tc_arena_free(a);
}

/* What lowering by hand reaches at -O1 and -O2.  The passes of -O2 leave fewer wires: a
 * gate reads the AND of two bits of values where theirs reads both bits. */
START_TEST(depth_is_earned)
{
    struct tc_spec *s = tensor(2, 2, 4, 2, "input");

    earns(s, "O1", 7, 2632, 50488);
    earns(s, "O2", 6, 3488, 231176);
    tc_spec_free(s);
    s = tensor(4, 4, 4, 2, "input");
    earns(s, "O1", 7, 30432, 670112);
    earns(s, "O2", 6, 44832, 6189856);
    tc_spec_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pass_family");
    TCase *tc = tcase_create("pass_family");

    suite_add_tcase(suite, tc);
    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, random_families_stay);
    tcase_add_test(tc, depth_is_earned);
    return check_status(suite);
}
