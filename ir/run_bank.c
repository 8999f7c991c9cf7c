/* run_bank.c -- the banks of a run
 *
 * Terms that depend on few indices of a large domain (the bits in a product)
 * are evaluated once for these and kept.  Values that could pass 2^62 are GMP
 * integers, without this short cut.
 */
#include "run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MOST_KEPT ((size_t)1 << 20) /* points and words of terms evaluated ahead: 512 MB */
#define FEW       32                /* thresholds that are simply counted */

/* terms that read the same few indices */
struct group {
    unsigned nix;
    const struct tc_index *ix[32];
    unsigned nterm;
    struct term **term;
    bool kept;
    size_t points;
    int64_t *value; /* LANES a point and word */
    uint64_t *mask; /* words a point, if all values are 0 or 1 */
};

/* theta's terms with one factor in the chain index */
struct slope {
    const struct tc_factor *factor; /* nfactor of them, all in t alone */
    unsigned nfactor;
    unsigned nterm;
    struct term **term;
    int64_t *narrow; /* value by t */
    mpz_t *wide;
    struct acc acc;
};

struct bank_run {
    struct run *r;
    const struct tc_bank *b;
    bool wide;
    unsigned nterm;
    struct term **term; /* all, for freeing */
    unsigned ngroup;
    struct group *group;
    unsigned nslope;
    struct slope *slope;
    unsigned nsurface;
    struct surface *surface;
    bool explicit_theta; /* theta is walked for every threshold that guards leave */
    unsigned ntheta;
    struct term **theta;
    bool fixed_theta; /* thresholds do not change from point to point */
    bool have_theta;
    bool falls;     /* constant thresholds that decrease in t */
    int64_t *bound; /* narrow, without slopes' parts */
    mpz_t *wide_bound;
    int64_t lo, hi; /* narrow range */
    struct acc acc, other;
};

/* an upper bound on the size of any partial sum */
static void form_bound(const struct tc_form *f, mpz_ptr sum)
{
    mpz_t x, m;

    mpz_inits(x, m, NULL);
    for (unsigned k = 0; k < f->nterm; k++) {
        const struct tc_term *t = &f->term[k];

        mpz_abs(x, t->coef);
        for (unsigned i = 0; i < t->nfactor; i++) {
            tc_table_max_abs(t->factor[i].table, m);
            if (mpz_sgn(m))
                mpz_mul(x, x, m);
        }
        for (unsigned i = 0; i < t->nsum; i++)
            mpz_mul_ui(x, x, (unsigned long)t->sum[i]->extent);
        mpz_add(sum, sum, x);
    }
    mpz_clears(x, m, NULL);
}

static struct term *bank_term(struct bank_run *b, const struct tc_term *t)
{
    return b->term[b->nterm++] = tc_run_term(b->r, t, b->wide);
}

static bool group_within(const struct group *x, const struct group *y)
{
    for (unsigned i = 0; i < x->nix; i++) {
        unsigned k = 0;

        while (k < y->nix && y->ix[k] != x->ix[i])
            k++;
        if (k == y->nix)
            return false;
    }
    return true;
}

/* Terms by the indices they read; those of fewer indices join a group of more. */
static void group_terms(struct bank_run *b)
{
    const struct tc_bank *bank = b->b;
    uint64_t domain = 1;

    b->group = tc_alloc(b->r->arena, bank->form.nterm + 1, sizeof *b->group);
    for (unsigned k = 0; k < bank->form.nterm; k++) {
        const struct tc_term *t = &bank->form.term[k];
        struct group g = {0};

        for (unsigned i = 0; i < bank->plane.naxis && i < 32; i++)
            if (tc_term_reads(t, bank->plane.axis[i]))
                g.ix[g.nix++] = bank->plane.axis[i];
        g.term = tc_alloc(b->r->arena, bank->form.nterm, sizeof *g.term);
        g.term[g.nterm++] = bank_term(b, t);
        b->group[b->ngroup++] = g;
    }
    for (unsigned x = 0; x < b->ngroup; x++)
        for (unsigned y = 0; y < b->ngroup; y++)
            if (x != y && group_within(&b->group[x], &b->group[y])) {
                for (unsigned k = 0; k < b->group[x].nterm; k++)
                    b->group[y].term[b->group[y].nterm++] = b->group[x].term[k];
                b->group[x] = b->group[--b->ngroup];
                x--;
                break;
            }
    for (unsigned k = 0; k < bank->plane.naxis; k++)
        if (domain < ((uint64_t)1 << 40))
            domain *= (uint64_t)bank->plane.axis[k]->extent;
    for (unsigned x = 0; x < b->ngroup; x++) {
        struct group *g = &b->group[x];
        bool safe = true;

        g->points = 1;
        for (unsigned k = 0; k < g->nix; k++)
            if (g->points <= MOST_KEPT)
                g->points *= (size_t)g->ix[k]->extent;
        for (unsigned k = 0; k < g->nterm; k++)
            safe = safe && g->term[k]->safe;
        g->kept =
            !b->wide && safe && g->points <= MOST_KEPT / b->r->words && 2 * g->points <= domain;
    }
}

/* Evaluates a kept group for all values of its indices. */
static void group_evaluate(struct bank_run *b, struct group *g)
{
    struct run *r = b->r;
    size_t at = 0, lanes = r->words * LANES;
    bool boolean = true;
    unsigned k;

    g->value = tc_xcalloc(g->points, lanes * sizeof *g->value);
    for (k = 0; k < g->nix; k++)
        r->val[g->ix[k]->id] = 0;
    for (;; at++) {
        struct acc *a = &b->other;

        tc_acc_zero(r, a);
        for (k = 0; k < g->nterm; k++)
            tc_run_term_add(r, g->term[k], a);
        memcpy(g->value + at * lanes, a->v, lanes * sizeof *a->v);
        boolean = boolean && tc_lanes_within(a->v, 0, 1, r->words);
        for (k = g->nix; k-- > 0;) {
            if (++r->val[g->ix[k]->id] < g->ix[k]->extent)
                break;
            r->val[g->ix[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            break;
    }
    if (boolean) {
        g->mask = tc_xcalloc(g->points, r->words * sizeof *g->mask);
        tc_lanes_at_least(g->value, 1, g->mask, g->points * r->words);
        free(g->value);
        g->value = NULL;
    }
}

/* where the words of this point are */
static size_t group_at(const struct run *r, const struct group *g)
{
    size_t at = 0;

    for (unsigned k = 0; k < g->nix; k++)
        at = at * (size_t)g->ix[k]->extent + (size_t)r->val[g->ix[k]->id];
    return at * r->words;
}

static bool factors_equal(const struct tc_factor *x, const struct tc_factor *y)
{
    if (x->table != y->table)
        return false;
    for (unsigned k = 0; k < x->table->rank; k++)
        if (!tc_axis_equal(&x->at[k], &y->at[k]))
            return false;
    return true;
}

/* Splits theta into parts that depend on the point and slopes in t. */
static void theta_compile(struct bank_run *b)
{
    const struct tc_bank *bank = b->b;
    const struct tc_index *t = bank->plane.chain;
    struct tc_arena *arena = b->r->arena;

    b->slope = tc_alloc(arena, bank->theta.nterm + 1, sizeof *b->slope);
    b->theta = tc_alloc(arena, bank->theta.nterm + 1, sizeof *b->theta);
    b->surface = tc_alloc(arena, bank->theta.nterm + 1, sizeof *b->surface);
    b->fixed_theta = true;
    for (unsigned k = 0; k < bank->nguard; k++)
        if (t && tc_axis_reads(&bank->guard[k].expr, t)) { /* not all thresholds may be read */
            b->explicit_theta = true;
            return;
        }
    for (unsigned k = 0; k < bank->theta.nterm; k++) {
        struct tc_term *rest = tc_alloc(arena, 1, sizeof *rest);
        const struct tc_term *term = &bank->theta.term[k];
        struct tc_factor *own = tc_alloc(arena, term->nfactor + 1, sizeof *own);
        struct tc_factor *other = tc_alloc(arena, term->nfactor + 1, sizeof *other);
        unsigned nown = 0, nother = 0, s;
        bool splits = term->plane != NULL;

        for (unsigned i = 0; i < bank->plane.naxis; i++)
            if (tc_term_reads(term, bank->plane.axis[i]))
                b->fixed_theta = false;
        if (!term->plane) { /* plain thresholds */
            b->theta[b->ntheta++] = bank_term(b, term);
            continue;
        }
        if (tc_run_surface(b->r, term, t, b->wide, &b->surface[b->nsurface])) {
            b->nsurface++;
            continue;
        }
        b->fixed_theta = b->fixed_theta && term->plane == NULL;
        for (unsigned i = 0; i < term->nfactor; i++) {
            const struct tc_factor *f = &term->factor[i];

            if (!t || !tc_factor_has(f, t)) {
                other[nother++] = *f;
                continue;
            }
            own[nown++] = *f;
            for (unsigned m = 0; m < f->table->rank; m++)
                for (unsigned p = 0; p < f->at[m].at.n; p++)
                    splits = splits && f->at[m].at.part[p].ix == t && !f->at[m].via;
        }
        *rest = *term;
        rest->factor = other;
        rest->nfactor = nother;
        if (!splits || (t && tc_term_reads(rest, t))) {
            b->explicit_theta = true;
            return;
        }
        for (s = 0; s < b->nslope; s++) {
            bool same = b->slope[s].nfactor == nown;

            for (unsigned i = 0; same && i < nown; i++)
                same = factors_equal(&b->slope[s].factor[i], &own[i]);
            if (same)
                break;
        }
        if (s == b->nslope) {
            b->slope[s] = (struct slope){.factor = own, .nfactor = nown};
            b->slope[s].term = tc_alloc(arena, bank->theta.nterm, sizeof(struct term *));
            b->nslope++;
        }
        b->slope[s].term[b->slope[s].nterm++] = bank_term(b, rest);
    }
}

static int64_t thresholds(const struct tc_bank *b)
{
    return b->plane.chain ? b->plane.chain->extent : 1;
}

static void bank_init(struct bank_run *b, struct run *r, const struct tc_bank *bank)
{
    int64_t count = thresholds(bank);
    size_t bits;
    mpz_t bound;

    memset(b, 0, sizeof *b);
    b->r = r;
    b->b = bank;
    mpz_init(bound);
    form_bound(&bank->form, bound);
    form_bound(&bank->theta, bound);
    bits = mpz_sizeinbase(bound, 2);
    b->wide = bits > 61 || !tc_mpz_fits_i64(bank->form.lo) || !tc_mpz_fits_i64(bank->form.hi);
    mpz_clear(bound);
    if (!b->wide) {
        b->lo = tc_mpz_get_i64(bank->form.lo);
        b->hi = tc_mpz_get_i64(bank->form.hi);
    }
    b->term = tc_alloc(r->arena, bank->form.nterm + 2 * bank->theta.nterm + 1, sizeof *b->term);
    tc_acc_init(r, &b->acc, b->wide ? bits : 0);
    tc_acc_init(r, &b->other, b->wide ? bits : 0);
    group_terms(b);
    theta_compile(b);
    if (b->explicit_theta) { /* start again, whole terms */
        for (unsigned k = 0; k < b->nsurface; k++)
            tc_run_surface_free(&b->surface[k]);
        b->nslope = b->ntheta = b->nsurface = 0;
        b->fixed_theta = false;
        for (unsigned k = 0; k < bank->theta.nterm; k++)
            b->theta[b->ntheta++] = bank_term(b, &bank->theta.term[k]);
    }
    b->bound = tc_xcalloc((size_t)count, sizeof *b->bound);
    if (b->wide) {
        b->wide_bound = tc_xcalloc((size_t)count, sizeof *b->wide_bound);
        for (int64_t t = 0; t < count; t++)
            mpz_init(b->wide_bound[t]);
    }
    for (unsigned s = 0; s < b->nslope; s++) {
        struct slope *x = &b->slope[s];

        tc_acc_init(r, &x->acc, b->wide ? bits : 0);
        x->narrow = tc_xcalloc((size_t)count, sizeof *x->narrow);
        if (b->wide)
            x->wide = tc_xcalloc((size_t)count, sizeof *x->wide);
        for (int64_t t = 0; t < count; t++) {
            mpz_t v, f;

            mpz_init_set_ui(v, 1);
            mpz_init(f);
            if (bank->plane.chain)
                r->val[bank->plane.chain->id] = t;
            for (unsigned i = 0; i < x->nfactor; i++) {
                int64_t arg[TC_MOST_INDICES];

                tc_run_factor_args(r, &x->factor[i], arg);
                tc_table_get(x->factor[i].table, arg, f);
                mpz_mul(v, v, f);
            }
            if (b->wide)
                mpz_init_set(x->wide[t], v);
            else
                x->narrow[t] = tc_mpz_get_i64(v);
            mpz_clears(v, f, NULL);
        }
    }
}

static void bank_free(struct bank_run *b)
{
    int64_t count = thresholds(b->b);

    for (unsigned k = 0; k < b->nterm; k++)
        tc_run_term_free(b->term[k]);
    for (unsigned g = 0; g < b->ngroup; g++) {
        free(b->group[g].value);
        free(b->group[g].mask);
    }
    for (unsigned s = 0; s < b->nslope; s++) {
        for (int64_t t = 0; b->wide && t < count; t++)
            mpz_clear(b->slope[s].wide[t]);
        free(b->slope[s].narrow);
        free(b->slope[s].wide);
        tc_acc_free(b->r, &b->slope[s].acc);
    }
    for (unsigned s = 0; s < b->nsurface; s++)
        tc_run_surface_free(&b->surface[s]);
    for (int64_t t = 0; b->wide && t < count; t++)
        mpz_clear(b->wide_bound[t]);
    free(b->bound);
    free(b->wide_bound);
    tc_acc_free(b->r, &b->acc);
    tc_acc_free(b->r, &b->other);
}

/* the constant part of the threshold t at this point */
static void constant_threshold(struct bank_run *b, int64_t t, mpz_ptr bound)
{
    mpz_t x;

    mpz_init(x);
    mpz_set_ui(bound, 0);
    if (b->b->plane.chain)
        b->r->val[b->b->plane.chain->id] = t;
    for (unsigned k = 0; k < b->ntheta; k++) {
        tc_run_term_constant(b->r, b->theta[k], x);
        mpz_add(bound, bound, x);
    }
    mpz_clear(x);
}

static void constant_thresholds(struct bank_run *b)
{
    int64_t count = thresholds(b->b);
    mpz_t bound, before;

    if (b->fixed_theta && b->have_theta)
        return;
    mpz_inits(bound, before, NULL);
    b->falls = false;
    for (int64_t t = 0; t < count; t++) {
        constant_threshold(b, t, bound);
        b->falls = b->falls || (t && mpz_cmp(bound, before) < 0);
        if (b->wide)
            mpz_set(b->wide_bound[t], bound);
        else
            b->bound[t] = tc_mpz_get_i64(bound);
        mpz_swap(bound, before);
    }
    mpz_clears(bound, before, NULL);
    b->have_theta = true;
}

/* gate t of lane l of all words, once acc and slopes are known */
static bool gate(struct bank_run *b, int64_t t, size_t l)
{
    bool on;

    if (!b->wide) {
        int64_t bound = b->bound[t];

        for (unsigned s = 0; s < b->nslope; s++)
            bound += b->slope[s].narrow[t] * b->slope[s].acc.v[l];
        for (unsigned s = 0; s < b->nsurface; s++)
            bound += tc_run_surface_at(b->r, &b->surface[s], t, l);
        return b->acc.v[l] >= bound;
    } else {
        mpz_t bound;

        mpz_init_set(bound, b->wide_bound[t]);
        for (unsigned s = 0; s < b->nslope; s++)
            mpz_addmul(bound, b->slope[s].wide[t], b->slope[s].acc.z[l]);
        for (unsigned s = 0; s < b->nsurface; s++)
            tc_run_surface_add(b->r, &b->surface[s], t, l, bound);
        on = mpz_cmp(b->acc.z[l], bound) >= 0;
        mpz_clear(bound);
    }
    return on;
}

/* How many gates are 1, by binary search; *broken if that is no chain. */
static uint32_t rank_of(struct bank_run *b, size_t l, bool *broken)
{
    int64_t lo = 0, hi = thresholds(b->b), n = hi;

    while (lo < hi) { /* gates below lo are 1, from hi on 0 */
        int64_t mid = lo + (hi - lo) / 2;

        if (gate(b, mid, l))
            lo = mid + 1;
        else
            hi = mid;
    }
    if ((lo > 0 && !gate(b, 0, l)) || (lo < n && gate(b, n - 1, l)))
        *broken = true;
    return (uint32_t)lo;
}

/* every gate of a chain whose thresholds depend on other gates, looked at */
static uint32_t rank_counted(struct bank_run *b, size_t l, bool *broken)
{
    int64_t n = thresholds(b->b);
    uint32_t rank = 0;
    bool before = true;

    for (int64_t t = 0; t < n; t++) {
        bool on = gate(b, t, l);

        if (on && !before)
            *broken = true;
        before = on;
        rank += on;
    }
    return rank;
}

static bool range_error(struct bank_run *b, size_t lane)
{
    char value[256];

    if (b->wide)
        gmp_snprintf(value, sizeof value, "%Zd", b->acc.z[lane]);
    else
        snprintf(value, sizeof value, "%lld", (long long)b->acc.v[lane]);
    {
        char *text = NULL;

        if (gmp_asprintf(&text, "%s has the value %s, outside the range [%Zd, %Zd] claimed for it",
                         b->b->plane.name, value, b->b->form.lo, b->b->form.hi) < 0)
            text = NULL;
        tc_fail(b->r->err, TC_EFORMAT, (struct tc_loc){0}, "%s", text ? text : "range");
        if (text) {
            void (*release)(void *, size_t);

            mp_get_memory_functions(NULL, NULL, &release);
            release(text, strlen(text) + 1);
        }
    }
    return false;
}

static bool check_range(struct bank_run *b)
{
    size_t lanes = b->r->words * LANES;

    if (!b->wide && tc_lanes_within(b->acc.v, b->lo, b->hi, b->r->words))
        return true;
    for (size_t l = 0; l < lanes; l++)
        if (b->wide
                ? mpz_cmp(b->acc.z[l], b->b->form.lo) < 0 || mpz_cmp(b->acc.z[l], b->b->form.hi) > 0
                : b->acc.v[l] < b->lo || b->acc.v[l] > b->hi)
            return range_error(b, l);
    return true;
}

/* the form's value */
static void point_sum(struct bank_run *b)
{
    size_t words = b->r->words;

    tc_acc_zero(b->r, &b->acc);
    for (unsigned g = 0; g < b->ngroup; g++) {
        struct group *x = &b->group[g];

        if (x->mask)
            tc_lanes_add_mask(b->acc.v, 1, x->mask + group_at(b->r, x), words);
        else if (x->value)
            tc_lanes_add_vector(b->acc.v, x->value + group_at(b->r, x) * LANES, words);
        else
            for (unsigned k = 0; k < x->nterm; k++)
                tc_run_term_add(b->r, x->term[k], &b->acc);
    }
    tc_acc_settle(b->r, &b->acc);
}

/* The gates of a point, once its sum is known: false if a chain is broken.  Thresholds are walked,
 * each with its own guards. */
static bool gates_walked(struct bank_run *b, struct store *s, size_t at)
{
    const struct tc_bank *bank = b->b;
    size_t words = b->r->words;
    uint64_t before[MOST_AT_ONCE];
    bool broken = false;

    memset(before, 0xff, sizeof before);
    for (int64_t t = 0; t < thresholds(bank); t++) {
        if (bank->plane.chain)
            b->r->val[bank->plane.chain->id] = t;
        if (!s->ranked && !tc_run_guards_hold(b->r, bank->nguard, bank->guard))
            continue;
        tc_acc_zero(b->r, &b->other);
        for (unsigned k = 0; k < b->ntheta; k++)
            tc_run_term_add(b->r, b->theta[k], &b->other);
        tc_acc_settle(b->r, &b->other);
        for (size_t w = 0; w < words; w++) {
            uint64_t on = 0;

            for (size_t l = w * LANES; l < (w + 1) * LANES; l++) {
                bool one = b->wide ? mpz_cmp(b->acc.z[l], b->other.z[l]) >= 0
                                   : b->acc.v[l] >= b->other.v[l];

                on |= (uint64_t)one << l % LANES;
                if (s->ranked)
                    s->rank[at * words * LANES + l] += one;
            }
            broken = broken || ((s->ranked || bank->monotone) && (on & ~before[w]));
            before[w] = on;
            if (!s->ranked)
                s->bits[(at + (size_t)t) * words + w] = on;
        }
    }
    return !broken;
}

static void gates_alone(struct bank_run *b, struct store *s, size_t at)
{
    size_t words = b->r->words;

    for (int64_t t = 0; t < thresholds(b->b); t++) {
        uint64_t *on = s->bits + (at + (size_t)t) * words;

        if (!b->wide && !b->nslope && !b->nsurface) {
            tc_lanes_at_least(b->acc.v, b->bound[t], on, words);
            continue;
        }
        for (size_t w = 0; w < words; w++) {
            on[w] = 0;
            for (unsigned l = 0; l < LANES; l++)
                on[w] |= (uint64_t)gate(b, t, w * LANES + l) << l;
        }
    }
}

static bool gates_ranked(struct bank_run *b, struct store *s, size_t at)
{
    bool moves = b->nslope || b->nsurface, broken = b->falls && !moves;
    int64_t count = thresholds(b->b);
    size_t lanes = b->r->words * LANES;
    uint32_t *rank = s->rank + at * lanes;

    if (!b->wide && !moves && count <= FEW) {
        for (int64_t t = 0; t < count; t++)
            tc_lanes_count_reached(rank, b->acc.v, b->bound[t], b->r->words);
        return !broken;
    }
    for (size_t l = 0; l < lanes; l++)
        rank[l] = moves && count <= 4 * FEW ? rank_counted(b, l, &broken) : rank_of(b, l, &broken);
    return !broken;
}

/* one point of the domain: all its gates, all words */
static bool bank_point(struct bank_run *b, struct store *s, size_t at)
{
    bool whole = true;

    point_sum(b);
    if (!check_range(b))
        return false;
    if (!b->explicit_theta)
        constant_thresholds(b);
    for (unsigned i = 0; i < b->nslope; i++) {
        tc_acc_zero(b->r, &b->slope[i].acc);
        for (unsigned k = 0; k < b->slope[i].nterm; k++)
            tc_run_term_add(b->r, b->slope[i].term[k], &b->slope[i].acc);
        tc_acc_settle(b->r, &b->slope[i].acc);
    }
    if (b->explicit_theta)
        whole = gates_walked(b, s, at);
    else if (s->ranked)
        whole = gates_ranked(b, s, at);
    else
        gates_alone(b, s, at);
    if (!whole)
        return tc_fail(b->r->err, TC_EFORMAT, (struct tc_loc){0},
                       "%s is declared monotone, but a gate is 1 above one that is 0",
                       b->b->plane.name);
    return true;
}

/* [sum of n bits >= n] where all n are kept: the bits are ANDed, nothing is summed */
static bool is_and(const struct bank_run *b)
{
    mpz_t n;
    bool is;

    if (b->b->plane.chain || b->b->theta.nterm != 1 || b->b->theta.term[0].plane ||
        b->b->theta.term[0].nfactor || b->b->theta.term[0].nsum || b->b->theta.term[0].nguard)
        return false;
    mpz_init_set_ui(n, b->ngroup);
    is = mpz_cmp(b->b->theta.term[0].coef, n) == 0;
    mpz_clear(n);
    for (unsigned g = 0; g < b->ngroup; g++)
        is = is && b->group[g].mask;
    return is && mpz_sgn(b->b->form.lo) <= 0 && mpz_cmp_ui(b->b->form.hi, b->ngroup) >= 0;
}

static void all_of(const struct bank_run *b, uint64_t *on)
{
    memset(on, 0xff, b->r->words * sizeof *on);
    for (unsigned k = 0; k < b->ngroup; k++) {
        const uint64_t *mask = b->group[k].mask + group_at(b->r, &b->group[k]);

        for (size_t w = 0; w < b->r->words; w++)
            on[w] &= mask[w];
    }
}

bool tc_run_bank(struct run *r, unsigned number)
{
    const struct tc_bank *bank = r->f->bank[number];
    struct store *s = &r->store[bank->plane.id];
    size_t per_point = s->ranked ? 1 : (size_t)thresholds(bank);
    unsigned naxis = bank->plane.naxis, k, nplain = 0;
    struct tc_guard *plain;
    struct bank_run b;
    bool ok = true, and;
    size_t at = 0;

    if (!tc_run_take(r, s))
        return false;
    r->arena = tc_arena_new();
    bank_init(&b, r, bank);
    plain = tc_alloc(r->arena, bank->nguard + 1, sizeof *plain);
    for (k = 0; k < bank->nguard; k++)
        if (!bank->plane.chain || !tc_axis_reads(&bank->guard[k].expr, bank->plane.chain))
            plain[nplain++] = bank->guard[k];
    for (k = 0; k < b.ngroup; k++)
        if (b.group[k].kept)
            group_evaluate(&b, &b.group[k]);
    and = is_and(&b);
    for (k = 0; k < naxis; k++)
        r->val[bank->plane.axis[k]->id] = 0;
    for (;; at += per_point) {
        if (tc_run_guards_hold(r, nplain, plain)) {
            if (and)
                all_of(&b, s->bits + at * r->words);
            else if (!(ok = bank_point(&b, s, at)))
                break;
        }
        for (k = naxis; k-- > 0;) {
            if (++r->val[bank->plane.axis[k]->id] < bank->plane.axis[k]->extent)
                break;
            r->val[bank->plane.axis[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            break;
    }
    bank_free(&b);
    tc_arena_free(r->arena);
    return ok;
}
