/* test_pass_family.c -- family passes: exact results, and 500 families at random
 * A pass must give a family that passes the checks, computes the same on all inputs, has no
 * more gates and depth than it may, and whose counts are those of its netlist.
 */
#include "check_main.h"
#include "family_text.h"
#include "spec_text.h"
#define MIX_ANYWHERE true /* as computed tables are */
#include "random_family.h"

#include <stdio.h>

static const struct tc_pass *pass_of(const char *name)
{
    const struct tc_pass *p = tc_pass_find(name, strlen(name));

    ck_assert_msg(p != NULL, "no pass %s", name);
    return p;
}

/* g is as good as f: checked, the same function, no more gates, no more depth */
static void as_good(struct tc_family *f, struct tc_family *g, const char *what)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_pass_options options = {.level = TC_LEVEL_1};
    union tc_circuit before = {.family = f}, after = {.family = g};
    struct tc_count x, y, z;
    struct tc_netlist *net;
    struct tc_error err = {0};

    ck_assert_msg(tc_family_check(g, &err), "%s: %s\n%s", what, err.msg, text_of(g));
    ck_assert_msg(tc_passes_same(TC_PASS_FAMILY, before, after, &options, &err), "%s: %s\n%s\n%s",
                  what, err.msg, text_of(f), text_of(g));
    ck_assert(tc_family_count(a, f, true, &x, &err));
    ck_assert(tc_family_count(a, g, true, &y, &err));
    ck_assert_msg(strstr(what, "distribute") || strstr(what, "materialize") ||
                      strstr(what, "hoist") || mpz_cmp(y.gates, x.gates) <= 0,
                  "%s: gates grow\n%s\n%s", what, text_of(f), text_of(g));
    ck_assert_msg(y.depth <= x.depth, "%s: depth grows", what);
    net = tc_family_instantiate(g, 1 << 22, 1 << 24, &err);
    ck_assert_msg(net != NULL, "%s: %s", what, err.msg);
    tc_netlist_count(a, net, &z);
    ck_assert_int_eq(mpz_cmp(y.gates, z.gates), 0);
    ck_assert_int_eq(mpz_cmp(y.wires, z.wires), 0);
    tc_netlist_free(net);
    tc_arena_free(a);
}

/* what passes named one after the other make of a text */
static void becomes(const char *passes, const char *from, const char *to)
{
    struct tc_family *f = family_of_text(from), *g = f;
    struct tc_pass_options options = {.level = TC_LEVEL_1};
    struct tc_error err = {0};
    char *text;

    for (const char *p = passes; *p;) {
        size_t n = strcspn(p, ",");
        const struct tc_pass *pass = tc_pass_find(p, n);
        struct tc_family *next;

        ck_assert(pass != NULL);
        next = pass->run_family(g, &options, &err);
        ck_assert(next != NULL);
        if (next != g && g != f)
            tc_family_free(g);
        g = next;
        p += n + (p[n] == ',');
    }
    as_good(f, g, passes);
    text = text_of(g);
    ck_assert_str_eq(text, to);
    free(text);
    if (g != f)
        tc_family_free(g);
    tc_family_free(f);
}

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

/* ---------------------------------------------------------------- exact */

/* an index that tables alone read is summed out, constants are one number */
START_TEST(contract_case)
{
    becomes("fold",
            "tcf 1\n"
            "family contract\n"
            "table w(2) = 1 -2\n"
            "table bit(2, 3) = 1 -1 1 0 1 0\n"
            "table c(2) = 0 1\n"
            "table theta(3) = 1 2 3\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3] level 2: sum{a<2, t<3} w(a)*bit(a, t)*q[i; t] + sum{a<2} w(a)*c(a) + "
            "sum{e<4} 1 >= 2\n"
            "output y = y\n",
            "tcf 1\n"
            "family contract\n"
            "table theta(3) = 1 2 3\n"
            "table w(3) = 1 -3 1\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3] level 2: sum{t<3} w(t)*q[i; t] + 2 >= 2\n"
            "output y = y\n");
}
END_TEST

/* carries into and out of digits meet: what is left is the ends */
START_TEST(moved_case)
{
    becomes("fold",
            "tcf 1\n"
            "family moved\n"
            "table carries(4) = 0 1 2 0\n"
            "table power(3) = 1 2 4\n"
            "table theta(2) = 1 2\n"
            "input X[z<4, u<2]\n"
            "bank c[z<4; t<2 | t < carries(z)] level 1: sum{u<2} X[z, u] >= theta(t)\n"
            "bank y[] level 2: sum{z<3, t<2 | t < carries(z)} power(z)*c[z; t] - sum{z<3, t<2 | t "
            "< carries(z + 1)} 2*power(z)*c[z + 1; t] + X[0, 1] >= 1\n"
            "output y = y\n",
            "tcf 1\n"
            "family moved\n"
            "input X[z<4, u<2]\n"
            "bank y[] level 1: X[0, 1] >= 1\n"
            "output y = y\n");
}
END_TEST

/* bits of a chain are forms; a gate that is never 1 is 0 */
START_TEST(absorb_case)
{
    becomes("absorb",
            "tcf 1\n"
            "family absorb\n"
            "table bit(2, 3) = 1 -1 1 0 1 0\n"
            "table theta(3) = 1 2 3\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank b[i<3, a<2] level 2: sum{t<3} bit(a, t)*q[i; t] in [0, 1] >= 1  @ bits\n"
            "bank never[i<3] level 2: q[i; 0] >= 2\n"
            "bank y[i<3, j<3, a<2, a'<2 | j <= i] level 3: b[i, a] + b[j, a'] + never[j] >= 2  @ "
            "and  # both\n"
            "output y = y\n",
            "tcf 1\n"
            "family absorb\n"
            "table bit(2, 3) = 1 -1 1 0 1 0\n"
            "table theta(3) = 1 2 3\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3, j<3, a<2, a'<2 | j <= i] level 2: sum{t<3} (bit(a, t)*q[i; t] + bit(a', "
            "t)*q[j; t]) in [0, 3] >= 2  @ and  # both\n"
            "output y = y\n");
}
END_TEST

/* any function of a chain is read off it; a complement is 1 less the wire */
START_TEST(compose_case)
{
    becomes("compose",
            "tcf 1\n"
            "family compose\n"
            "table slope(3) = 2 -3 2\n"
            "table theta(3) = 1 2 3\n"
            "table e(2) = 1 2\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank f[i<3; t'<2] level 2 monotone: sum{t<3} slope(t)*q[i; t] >= e(t')  @ f\n"
            "bank not[i<3] level 2: 0 >= q[i; 1]\n"
            "bank y[i<3, j<3 | j <= i] level 3: sum{t'<2} f[i; t'] + not[j] >= 2\n"
            "output y = y\n",
            "tcf 1\n"
            "family compose\n"
            "table theta(3) = 1 2 3\n"
            "table slope(3) = 2 -2 1\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3, j<3 | j <= i] level 2: sum{t<3} slope(t)*q[i; t] - q[j; 1] + 1 in [0, 3] "
            ">= 2\n"
            "output y = y\n");
}
END_TEST

/* thresholds at 0, out of range, twice the same, and one that no table looks at */
START_TEST(prune_case)
{
    becomes("prune",
            "tcf 1\n"
            "family prune\n"
            "table theta(6) = -1 1 2 2 3 4\n"
            "table w(6) = 5 1 0 2 -1 7\n"
            "table theta.2(2) = 0 9\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<6] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3; t<2] level 2 monotone: sum{t'<6} w(t')*q[i; t'] >= theta.2(t)\n"
            "bank z[i<3] level 3: q[i; 1] + y[i; 0] - y[i; 1] >= 1\n"
            "output z = z\n",
            "tcf 1\n"
            "family prune\n"
            "symbol T_q = 3  # thresholds of this bank that something reads\n"
            "table theta(2) = 0 9\n"
            "table theta.2(3) = 1 2 3\n"
            "table w(3) = 1 2 -1\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<T_q] level 1 monotone: sum{x<3} X[i, x] >= theta.2(t)\n"
            "bank y[i<3; t<2] level 2 monotone: 5 + sum{t'<T_q} w(t')*q[i; t'] >= theta(t)\n"
            "bank z[i<3] level 3: q[i; 0] + y[i; 0] - y[i; 1] >= 1\n"
            "output z = z\n");
}
END_TEST

/* equal but for names of indices and for where the constant stands; outputs, too */
START_TEST(cse_case)
{
    becomes("cse",
            "tcf 1\n"
            "family cse\n"
            "table w(3) = 1 2 3\n"
            "table v(3) = 1 2 3\n"
            "table twice(3) = 2 4 6\n"
            "input X[i<3, x<3]\n"
            "bank a[i<3] level 1: sum{x<3} twice(x)*X[i, x] >= 2\n"
            "bank b[j<3] level 1: sum{x<3} w(x)*X[j, x] - 1 + sum{e<3} v(e)*X[j, e] >= 1\n"
            "bank c[j<3] level 1: sum{x<3} twice(x)*X[j, x] >= 3\n"
            "bank y[i<3, j<3 | j < i] level 2: a[i] + b[j] + c[j] >= 2\n"
            "bank z[j<3, i<3 | i < j] level 2: b[j] + b[i] + c[i] >= 2\n"
            "output y = y\n"
            "output z = z\n",
            "tcf 1\n"
            "family cse\n"
            "table twice(3) = 2 4 6\n"
            "input X[i<3, x<3]\n"
            "bank a[i<3] level 1: sum{x<3} twice(x)*X[i, x] >= 2\n"
            "bank c[j<3] level 1: sum{x<3} twice(x)*X[j, x] >= 3\n"
            "bank y[i<3, j<3 | j < i] level 2: a[i] + a[j] + c[j] >= 2\n"
            "output y = y\n"
            "output z = y\n");
}
END_TEST

/* weights of wires with their signs; a chain's first weights; the largest row */
START_TEST(narrow_case)
{
    becomes(
        "narrow",
        "tcf 1\n"
        "family narrow\n"
        "table signed(3) = 1 2 -4\n"
        "table theta(3) = 1 2 3\n"
        "table slope(3) = 5 -7 1\n"
        "table row(2, 3) = 1 2 3 -1 -1 -1\n"
        "input X[i<3, x<3]\n"
        "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
        "bank s[i<3] level 1: sum{x<3} signed(x)*X[i, x] >= 0\n"
        "bank c[i<3] level 2: sum{t<3} slope(t)*q[i; t] + s[i] >= 2\n"
        "bank r[i<3, o<2] level 1: sum{x<3} row(o, x)*X[i, x] + sum{x<3} signed(x)*row(o, x) >= 2\n"
        "output c = c\n"
        "output r = r\n",
        "tcf 1\n"
        "family narrow\n"
        "table signed(3) = 1 2 -4\n"
        "table theta(3) = 1 2 3\n"
        "table slope(3) = 5 -7 1\n"
        "table row(2, 3) = 1 2 3 -1 -1 -1\n"
        "table signed.2(2) = -7 1\n"
        "input X[i<3, x<3]\n"
        "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
        "bank s[i<3] level 1: sum{x<3} signed(x)*X[i, x] in [-4, 3] >= 0\n"
        "bank c[i<3] level 2: sum{t<3} slope(t)*q[i; t] + s[i] in [-2, 6] >= 2\n"
        "bank r[i<3, o<2] level 1: sum{x<3} row(o, x)*X[i, x] + signed.2(o) in [-10, 7] >= 2\n"
        "output c = c\n"
        "output r = r\n");
}
END_TEST

/* a gate of constants is a table, and multiples are compared with other thresholds; a
 * range of odd ends, negative weights, two tables that share a factor */
START_TEST(strength_case)
{
    becomes("strength",
            "tcf 1\n"
            "family strength\n"
            "table w(3) = 1 5 3\n"
            "table v(3) = 6 -12 18\n"
            "table theta(4) = -7 -6 5 6\n"
            "input X[i<3, x<3]\n"
            "bank c[i<3] level 1: w(i) >= 3\n"
            "bank y[i<3, x<3] level 2: X[i, x] + c[x] >= 2\n"
            "bank q[i<3; t<4] level 1 monotone: sum{x<3} v(x)*X[i, x] + 1 in [-11, 25] >= "
            "theta(t)\n"
            "bank z[i<3] level 3: sum{x<3} 2*y[i, x] + sum{t<4} 4*q[i; t] - 2*X[i, 0] >= 7\n"
            "output z = z\n",
            "tcf 1\n"
            "family strength\n"
            "table c(3) = 0 1 1\n"
            "table v(3) = 1 -2 3\n"
            "table theta(4) = -1 -1 1 1\n"
            "input X[i<3, x<3]\n"
            "bank y[i<3, x<3] level 1: X[i, x] + c(x) >= 2\n"
            "bank q[i<3; t<4] level 1 monotone: sum{x<3} v(x)*X[i, x] in [-2, 4] >= theta(t)\n"
            "bank z[i<3] level 2: sum{x<3} y[i, x] + sum{t<4} 2*q[i; t] - X[i, 0] >= 4\n"
            "output z = z\n");
    becomes("strength,compose,prune", /* an AND with a constant, all the way */
            "tcf 1\n"
            "family constants\n"
            "table w(3) = 1 5 0\n"
            "input X[i<3, x<3]\n"
            "bank c[i<3] level 1: w(i) >= 3\n"
            "bank y[i<3, x<3] level 2: X[i, x] + c[x] >= 2\n"
            "bank z[i<3] level 3: sum{x<3} y[i, x] >= 1\n"
            "output z = z\n",
            "tcf 1\n"
            "family constants\n"
            "input X[i<3, x<3]\n"
            "bank z[i<3] level 1: X[i, 1] >= 1\n"
            "output z = z\n");
}
END_TEST

/* Eight thresholds that nine gates read are three bits, but where the reader is as low as it can
 * be: b is, y need not be. */
START_TEST(materialize_case)
{
    becomes("materialize",
            "tcf 1\n"
            "family materialize\n"
            "table theta(7) = 1 2 3 4 5 6 7\n"
            "table bound(9) = 1 2 3 4 5 6 7 8 9\n"
            "input X[i<2, x<7]\n"
            "bank q[i<2; t<7] level 1 monotone: sum{x<7} X[i, x] >= theta(t)\n"
            "bank b[i<2; u<9] level 2 monotone: sum{t<7} q[i; t] >= bound(u)\n"
            "bank c[i<2] level 3: sum{u<9} b[i; u] >= 5\n"
            "bank y[i<2, j<2; u<9] level 4 monotone: c[i] + sum{t<7} 2*q[j; t] >= bound(u)\n"
            "output y = y\n",
            "tcf 1\n"
            "family materialize\n"
            "table theta(7) = 1 2 3 4 5 6 7\n"
            "table bound(9) = 1 2 3 4 5 6 7 8 9\n"
            "table bit(7, 3) = 1 0 0 -1 1 0 1 0 0 -1 -1 1 1 0 0 -1 1 0 1 0 0\n"
            "table power(3) = 1 2 4\n"
            "input X[i<2, x<7]\n"
            "bank q[i<2; t<7] level 1 monotone: sum{x<7} X[i, x] >= theta(t)\n"
            "bank b[i<2; u<9] level 2 monotone: sum{t<7} q[i; t] >= bound(u)\n"
            "bank c[i<2] level 3: sum{u<9} b[i; u] >= 5\n"
            "bank q.bits[i<2, a<3] level 2: sum{t<7} bit(t, a)*q[i; t] in [0, 1] >= 1\n"
            "bank y[i<2, j<2; u<9] level 4 monotone: c[i] + sum{a<3} 2*power(a)*q.bits[j, a] in "
            "[0, 15] "
            ">= bound(u)\n"
            "output y = y\n");
}
END_TEST

/* entries of a table; rows may rise */
static void put_entries(FILE *out, unsigned rows, unsigned count, bool rise)
{
    fprintf(out, " = ");
    for (unsigned k = 0, last = 0; k < rows * count; k++) {
        last = k % count == 0 ? (unsigned)below(5) : last + (unsigned)below(3);
        fprintf(out, "%d ", rise ? (int)last - 4 : (int)below(7) - 3);
    }
    fprintf(out, "\n");
}

/* chains read by many gates through tables of any sign, at any place, guarded or not, in form and
 * threshold: most become bits, and all compute the same */
/* A chain and what a rounded value comes to, 1 2 4 5 of 5 wires: y asks for a number of ones that x
 * leaves, so it is these wires against 1, 0, 0, 0 and 2, 1, 0, 0 and 4, 2, 1, 0 and 5, 4, 2, 1.
 * Less of them as x rises, in z: they are below that. */
START_TEST(telescope_case)
{
    becomes("telescope",
            "tcf 1\n"
            "family telescope\n"
            "table theta(3) = 1 2 3\n"
            "table round(4) = 1 2 4 5\n"
            "table bound(4) = -1 0 1 2\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank g[i<2; u<4] level 1 monotone: sum{z<5} Z[i, z] >= round(u)\n"
            "bank y[i<2; s<4] level 2 monotone: sum{u<4} g[1 - i; u] + sum{t<3} x[i; t] - 2 >= "
            "bound(s)\n"
            "output y = y\n",
            "tcf 1\n"
            "family telescope\n"
            "table theta(3) = 1 2 3\n"
            "table round(4) = 1 2 4 5\n"
            "table bound.step(4, 3) = -1 0 0 -1 -1 0 -2 -1 -1 -1 -2 -1\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<2; s<4] level 2 monotone: sum{z<5} Z[1 - i, z] >= sum{t<3} bound.step(s, t)*"
            "x[i; t] + round(s) in [0, 6]\n"
            "output y = y\n");
    becomes("telescope",
            "tcf 1\n"
            "family falls\n"
            "table theta(3) = 1 2 3\n"
            "table round(2) = 1 4\n"
            "table round.2(2) = -1 -3\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
            "bank g[i<2; u<2] level 2 monotone: sum{z<5} h[i, z] >= round(u)\n"
            "bank y[i<2] level 3: sum{t<3} x[i; t] + sum{u<2} round.2(u)*g[i; u] >= 0\n"
            "output y = y\n",
            "tcf 1\n"
            "family falls\n"
            "table theta(3) = 1 2 3\n"
            "table bound.step(3) = -1 0 0\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
            "bank y[i<2] level 2: -sum{z<5} h[i, z] >= sum{t<3} 3*bound.step(t)*x[i; t] in "
            "[-5, 1]\n"
            "output y = y\n");
}
END_TEST

/* the later of the two rises and falls, so it is the other one that is looked behind: 1, 0, 2, 0 of
 * X's wires are wanted where 0, 1, 2, 3 gates of z are 1 */
START_TEST(telescoped_the_other)
{
    becomes(
        "telescope",
        "tcf 1\n"
        "family other\n"
        "table theta(3) = 1 2 3\n"
        "table w(3) = 1 -2 3\n"
        "input X[i<2, x<3]\n"
        "input Z[i<2, z<5]\n"
        "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
        "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
        "bank z[i<2; t<3] level 2 monotone: sum{z<5} h[i, z] >= theta(t)\n"
        "bank y[i<2] level 3: sum{t<3} x[i; t] + sum{t<3} w(t)*z[i; t] >= 1\n"
        "output y = y\n",
        "tcf 1\n"
        "family other\n"
        "table theta(3) = 1 2 3\n"
        "table bound.step(3) = -1 2 -2\n"
        "input X[i<2, x<3]\n"
        "input Z[i<2, z<5]\n"
        "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
        "bank z[i<2; t<3] level 2 monotone: sum{z<5} h[i, z] >= theta(t)\n"
        "bank y[i<2] level 3: sum{x<3} X[i, x] >= sum{t<3} bound.step(t)*z[i; t] + 1 in [0, 4]\n"
        "output y = y\n");
}
END_TEST

/* both rise and fall: neither is looked behind */
START_TEST(not_telescoped)
{
    static const char text[] = "tcf 1\n"
                               "family both\n"
                               "table theta(3) = 1 2 3\n"
                               "table w(3) = 1 -2 3\n"
                               "input X[i<2, x<3]\n"
                               "input Z[i<2, z<5]\n"
                               "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
                               "bank z[i<2; t<3] level 1 monotone: sum{z<5} Z[i, z] >= theta(t)\n"
                               "bank y[i<2] level 2: sum{t<3} (w(t)*x[i; t] + w(t)*z[i; t]) >= 1\n"
                               "output y = y\n";

    becomes("telescope", text, text);
}
END_TEST

/* does the pass change it?  Into what is as good; text has served then */
static bool changes(const char *pass, char *text)
{
    struct tc_pass_options options = {.level = TC_LEVEL_1};
    struct tc_error err = {0};
    struct tc_family *f = family_of_text(text), *g = pass_of(pass)->run_family(f, &options, &err);
    bool changed = g != f;

    ck_assert(g != NULL);
    as_good(f, g, pass);
    if (changed)
        tc_family_free(g);
    tc_family_free(f);
    free(text);
    return changed;
}

START_TEST(materialized_at_random)
{
    unsigned count = getenv("TC_FAST") ? 20 : 150, changed = 0;

    for (unsigned k = 0; k < count; k++) {
        unsigned length = 2 + (unsigned)(k % 5), rows = 1 + (unsigned)(k % 3);
        size_t size;
        char *text;
        FILE *out = open_memstream(&text, &size);

        seed = k;
        fprintf(out, "tcf 1\nfamily bits\ntable theta(%u)", length);
        put_entries(out, 1, length, true);
        fprintf(out, "table w(%u, %u)", rows, length);
        put_entries(out, rows, length, false);
        fprintf(out, "table v(3)");
        put_entries(out, 1, 3, false);
        fprintf(out, "table bound(12)");
        put_entries(out, 1, 12, true);
        fprintf(out,
                "input X[i<2, x<5]\n"
                "bank q[i<2; t<%u] level 1 monotone: sum{x<5} X[i, x] >= theta(t)\n"
                "bank b[i<2] level 2: sum{t<%u} q[i; t] >= 2\n"
                "bank c[i<2] level 3: b[0] + q[i; 0] >= 2\n"
                "bank y[i<2, j<2, e<%u; u<12%s] level 4 monotone: c[i] %s sum{t<%u} "
                "2*w(e, t)*q[%s; t]%s >= bound(u)\n"
                "bank z[j<2, e<%u; u<12] level 4: c[j] + sum{t<%u, s<3} v(s)*w(e, t)*q[j; t] >= "
                "bound(u)\n"
                "output y = y\noutput z = z\n",
                length, length, rows, below(2) ? " | j <= i" : "", below(2) ? "-" : "+", length,
                below(2) ? "1 - j" : "j", below(2) ? " + X[j, 2]" : "", rows, length);
        fclose(out);
        changed += changes("materialize", text);
    }
    ck_assert_uint_gt(changed, count / 2);
}
END_TEST

/* twelve thresholds at three indices are five; a sum of seven wires at five indices is three bits
 */
START_TEST(hoist_case)
{
    becomes("hoist",
            "tcf 1\n"
            "family hoist\n"
            "table theta(3, 4) = 1 2 3 4 2 3 4 5 1 3 3 5\n"
            "input X[c<2, x<5]\n"
            "input S[i<3]\n"
            "bank y[c<2, i<3; t<4] level 1 monotone: sum{x<5} X[c, x] >= theta(i, t)\n"
            "bank z[c<2, i<3] level 2: sum{t<4} y[c, i; t] + S[i] >= 3\n"
            "output z = z\n",
            "tcf 1\n"
            "family hoist\n"
            "table theta(5) = 1 2 3 4 5\n"
            "table which(3, 5) = 1 1 1 1 0 0 1 1 1 1 1 0 2 0 1\n"
            "input X[c<2, x<5]\n"
            "input S[i<3]\n"
            "bank y.once[c<2; s<5] level 1 monotone: sum{x<5} X[c, x] >= theta(s)\n"
            "bank z[c<2, i<3] level 2: sum{s<5} which(i, s)*y.once[c; s] + S[i] in [0, 5] >= 3\n"
            "output z = z\n");
    becomes("hoist",
            "tcf 1\n"
            "family parts\n"
            "table bound(4) = 1 4 6 9\n"
            "input X[j<2, x<7]\n"
            "input Y[i<5]\n"
            "bank b[i<5] level 1: Y[i] + Y[0] >= 2\n"
            "bank c[i<5] level 2: b[i] + Y[1] >= 1\n"
            "bank d[i<5] level 3: b[i] + c[i] >= 2\n"
            "bank y[i<5, j<2; t<4] level 4 monotone: d[i] + sum{x<7} 2*X[j, x] >= bound(t)\n"
            "output y = y\n",
            "tcf 1\n"
            "family parts\n"
            "table bound(4) = 1 4 6 9\n"
            "table theta(7) = 1 2 3 4 5 6 7\n"
            "table bit(7, 3) = 1 0 0 -1 1 0 1 0 0 -1 -1 1 1 0 0 -1 1 0 1 0 0\n"
            "table power(3) = 1 2 4\n"
            "input X[j<2, x<7]\n"
            "input Y[i<5]\n"
            "bank b[i<5] level 1: Y[i] + Y[0] >= 2\n"
            "bank c[i<5] level 2: b[i] + Y[1] >= 1\n"
            "bank d[i<5] level 3: b[i] + c[i] >= 2\n"
            "bank y.part[j<2; s<7] level 1 monotone: sum{x<7} X[j, x] >= theta(s)\n"
            "bank y.part.bits[j<2, a<3] level 2: sum{s<7} bit(s, a)*y.part[j; s] in [0, 1] >= 1\n"
            "bank y[i<5, j<2; t<4] level 4 monotone: d[i] + sum{a<3} 2*power(a)*y.part.bits[j, a] "
            "in [0, 15] >= bound(t)\n"
            "output y = y\n");
}
END_TEST

/* A rounded value and another one, with weights of a row each that rise or fall, guarded or not,
 * single gates among them, between thresholds of any kind: the same, and most are looked behind. */
START_TEST(telescoped_at_random)
{
    unsigned count = getenv("TC_FAST") ? 20 : 150, changed = 0;

    for (unsigned k = 0; k < count; k++) {
        unsigned first = 1 + k % 4, second = 1 + k / 4 % 4, rows = 1 + k % 3;
        const char *guard = k % 5 ? "" : " | j <= i";
        size_t size;
        char *text;
        FILE *out = open_memstream(&text, &size);

        seed = k;
        fprintf(out, "tcf 1\nfamily telescope\ntable theta(%u)", first);
        put_entries(out, 1, first, true);
        fprintf(out, "table round(%u)", second);
        put_entries(out, 1, second, true);
        fprintf(out, "table a(%u, %u)", rows, first);
        put_entries(out, rows, first, false);
        fprintf(out, "table w(%u, %u) =", rows, second);
        for (unsigned e = 0; e < rows * second; e++)
            fprintf(out, " %s%u", k % 2 ? "-" : "", (unsigned)below(4));
        fprintf(out, "\ntable v(5)");
        put_entries(out, 1, 5, false);
        fprintf(out, "table bound(%u, 3)", rows);
        put_entries(out, rows, 3, true);
        fprintf(out,
                "input X[i<2, x<4]\ninput Z[i<2, x<5]\n"
                "bank p[i<2; t<%u] level 1 monotone: sum{x<4} X[i, x] - 1 >= theta(t)\n"
                "bank q[i<2, j<2, x<5%s] level 1: X[i, 1] - Z[j, x] + sum{x'<4} X[i, x'] >= 2\n"
                "bank g[i<2, j<2; t<%u%s] level 2 monotone: sum{x<5} v(x)*q[i, j, x] %s X[j, 0] >= "
                "round(t)\n"
                "bank y[i<2, j<2, e<%u; u<3%s] level 3 monotone: sum{t<%u} a(e, t)*p[j; t] + "
                "sum{t<%u} w(e, t)*g[i, j; t] >= bound(e, u)\n"
                "output y = y\n",
                first, guard, second, guard, below(2) ? "+" : "-", rows, guard, first, second);
        fclose(out);
        changed += changes("telescope", text);
    }
    ck_assert_uint_gt(changed, count / 2);
}
END_TEST

/* gates whose sums do not depend on an index, with rows of thresholds that share some; parts of
 * sums that do not, in form and threshold, guarded or not: the same, and most are hoisted */
START_TEST(hoisted_at_random)
{
    unsigned count = getenv("TC_FAST") ? 10 : 100, changed = 0;

    for (unsigned k = 0; k < count; k++) {
        const char *guard = k % 3 ? "" : " | c <= i";
        unsigned length = 1 + (unsigned)(k % 4);
        size_t size;
        char *text;
        FILE *out = open_memstream(&text, &size);

        seed = k;
        fprintf(out, "tcf 1\nfamily hoist\ntable theta(3, %u)", length);
        put_entries(out, 3, length, true);
        fprintf(out, "table w(%u)", length);
        put_entries(out, 1, length, false);
        fprintf(out, "table v(4)");
        put_entries(out, 1, 4, false);
        fprintf(out, "table bound(24)");
        put_entries(out, 1, 24, true);
        fprintf(out,
                "input X[c<2, x<4]\n"
                "input S[i<3]\n"
                "bank y[c<2, i<3; t<%u%s] level 1 monotone: sum{x<4} v(x)*X[c, x] + 1 >= "
                "theta(i, t)\n"
                "bank z[c<2, i<3] level 2: sum{t<%u%s} w(t)*y[c, i; t] + S[i] >= 1\n"
                "bank a[i<3] level 3: z[0, i] %s z[1, i] >= 1\n"
                "bank b[i<3] level 4: a[i] + z[1, 2] >= 1\n"
                "bank p[i<3, j<2; u<24%s] level 5 monotone: b[i] %s sum{x<4} 2*v(x)*X[j, x] >= "
                "bound(u) + X[j, 2]\n"
                "output p = p\n",
                length, guard, length, guard, below(2) ? "+" : "-", below(2) ? "" : " | j <= i",
                below(2) ? "+" : "-");
        fclose(out);
        changed += changes("hoist", text);
    }
    ck_assert_uint_gt(changed, count / 2);
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
    tcase_add_test(tc, contract_case);
    tcase_add_test(tc, moved_case);
    tcase_add_test(tc, absorb_case);
    tcase_add_test(tc, compose_case);
    tcase_add_test(tc, prune_case);
    tcase_add_test(tc, cse_case);
    tcase_add_test(tc, narrow_case);
    tcase_add_test(tc, strength_case);
    tcase_add_test(tc, telescope_case);
    tcase_add_test(tc, telescoped_the_other);
    tcase_add_test(tc, not_telescoped);
    tcase_add_test(tc, telescoped_at_random);
    tcase_add_test(tc, materialize_case);
    tcase_add_test(tc, materialized_at_random);
    tcase_add_test(tc, hoist_case);
    tcase_add_test(tc, hoisted_at_random);
    return check_status(suite);
}
