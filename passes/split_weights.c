/* split_weights.c -- the same function with |weight| <= W
 *
 * requires nothing; depth up to 3 for 1, gates more; weights at most W
 *
 * A bank whose weights are too large is cut into blocks of their digits; what
 * it drove becomes a gate, or a sum of gates of which at most one is 1, over the
 * signs of the blocks.  CONSTRUCTIONS.md, "Bounded weights", has the proof;
 * split_weigh.c and split_plan.c the numbers; here the banks are made, of what
 * split_form.c and split_gates.c provide:
 *
 *   NAME.carry   from each block into the next, where there are any
 *   NAME.block   whether block k with what enters is at least 0, and at least 1
 *   NAME         the highest block that is not 0 decides
 */
#include "split.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------- the last layer */

/* weights of the last layer: of P and G in block k, for group g */
static int64_t last_weight(const struct split_plan *p, unsigned g, unsigned k, enum split_kind kind)
{
    if (k / p->group < g)
        return 0;
    if (k / p->group == g)
        return (int64_t)1 << (k - g * p->group);
    return kind == TC_SPLIT_P ? (int64_t)1 << p->group : -((int64_t)1 << p->group);
}

/* [E_block >= kind] as a form, in the blocks that are guarded; start: 1 less than it */
struct sign {
    struct tc_form form;
    unsigned nguard;
    struct tc_guard guard;
    const bool *start; /* per place and block; NULL: never */
};

/* Of each group of blocks: it is positive (the lowest: or 0), and all above are 0. */
static bool last_layer(struct split_build *s, const struct tc_index *block, const struct sign *sign)
{
    const struct split_plan *p = s->p;
    const struct tc_index *chain = s->old->plane.chain, *group = NULL;
    struct tc_form sum = tc_form_si(s->f, 0), part;
    struct tc_axis at[2], one[1];
    int64_t extent[2] = {p->ngroup, p->nblock};
    struct split_entries e;

    if (p->ngroup > 1)
        group = tc_index_new(s->f, "g", p->ngroup, NULL);
    at[0] = one[0] = group ? tc_split_axis(s, group) : tc_axis_const(0);
    at[1] = tc_split_axis(s, block);
    for (unsigned kind = TC_SPLIT_P; kind <= TC_SPLIT_G; kind++) {
        mpz_ptr *v = tc_alloc(s->scratch, p->ngroup * p->nblock, sizeof *v);
        const struct tc_table *t;

        for (unsigned g = 0; g < p->ngroup; g++)
            for (unsigned k = 0; k < p->nblock; k++)
                v[g * p->nblock + k] =
                    tc_mpz_si(s->scratch, last_weight(p, g, k, (enum split_kind)kind));
        t = tc_table_dense_mpz(s->f, tc_split_table_name(s, "last"), 2 - !group, extent + !group,
                               v);
        part = tc_form_times(s->f, sign[kind].form, t, at + !group);
        part = tc_form_sum(s->f, part, 1, &block, sign[kind].nguard, &sign[kind].guard);
        sum = tc_form_add(s->f, sum, part);
    }
    e = tc_split_entries_new(s, group != NULL, extent, one);
    if (!e.v)
        return tc_split_too_large(s);
    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned g = 0; g < p->ngroup; g++) {
            int64_t v = g > 0;

            for (unsigned k = 0; k < p->blocks[place]; k++) {
                v += last_weight(p, g, k, TC_SPLIT_P);
                for (unsigned kind = TC_SPLIT_P; kind <= TC_SPLIT_G; kind++)
                    if (sign[kind].start && sign[kind].start[place * p->nblock + k])
                        v -= last_weight(p, g, k, (enum split_kind)kind);
            }
            e.v[place * p->ngroup + g] = tc_mpz_si(s->scratch, v);
        }
    part = tc_split_table_form(s, "last", &e);
    if (chain)
        s->plane[s->old->plane.id] =
            tc_split_bank_new(s, s->old->plane.name, tc_form_si(s->f, 0), true,
                              tc_form_sub(s->f, part, sum), false, 0, NULL, s->old->note);
    else
        s->plane[s->old->plane.id] = tc_split_bank_new(s, s->old->plane.name, sum, false, part,
                                                       false, 0, NULL, s->old->note);
    s->group[s->old->plane.id] = group;
    return true;
}

/* ------------------------------------------------------------- the ways to split */

/* no block needs to know the one below */
static bool split_apart(struct split_build *s)
{
    const struct split_plan *p = s->p;
    const struct tc_index *block;
    struct split_lists l = tc_split_lists_new(s, TC_SPLIT_PLAIN, p->nblock);
    struct sign sign[2] = {{.nguard = 1}, {.nguard = 1}};
    struct split_made m;

    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned k = 0; s->b->valid[place] && k < p->blocks[place]; k++)
            for (unsigned kind = 0; kind < (k ? 2 : 1); kind++)
                mpz_ui_sub(tc_split_list_add(s, &l, place, k), kind,
                           p->digit[place * p->nblock + k]);
    if (!tc_split_make(s, &l, &m, "block", "blocks of the weights' digits: at least 0, at least 1"))
        return false;
    block = tc_index_new(s->f, "block", p->nblock, NULL);
    assert(!m.all); /* block 0 has but one */
    for (unsigned kind = 0; kind < 2; kind++) {
        if (!tc_split_read_item(s, &m, tc_split_axis(s, block), tc_axis_const(kind),
                                &sign[kind].form))
            return false;
        sign[kind].guard = tc_split_guard_at(s, &m, tc_split_axis(s, block), tc_axis_const(kind));
    }
    return last_layer(s, block, sign);
}

/* each with the one below, as one number */
static bool split_joint(struct split_build *s)
{
    static const char *const name[] = {"block", "positive"};
    static const char *const note[] = {"joint blocks: where at least 0 changes",
                                       "joint blocks: where at least 1 changes"};
    const struct split_plan *p = s->p;
    const struct tc_index *block = tc_index_new(s->f, "block", p->nblock, NULL);
    struct sign sign[2] = {{.nguard = 0}, {.nguard = 0}};
    struct split_lists l[2];
    struct split_made m[2];

    for (unsigned kind = 0; kind < 2; kind++) {
        bool *first = tc_alloc(s->scratch, s->b->nplace * p->nblock, sizeof *first);

        l[kind] = tc_split_lists_new(s, TC_SPLIT_JOINT, p->nblock);
        for (size_t place = 0; place < s->b->nplace; place++)
            for (unsigned k = kind; s->b->valid[place] && k < p->blocks[place]; k++) {
                size_t i = place * p->nblock + k;

                first[i] = p->steps[2 * i + kind].start;
                for (unsigned u = 0; u < p->steps[2 * i + kind].n; u++)
                    mpz_set(tc_split_list_add(s, &l[kind], place, k), p->steps[2 * i + kind].at[u]);
            }
        sign[kind].start = first;
        sign[kind].form = tc_form_si(s->f, 0);
        if (l[kind].most &&
            (!tc_split_make(s, &l[kind], &m[kind], name[kind], note[kind]) ||
             !tc_split_read_list(s, &m[kind], tc_split_axis(s, block), first, &sign[kind].form)))
            return false;
    }
    return last_layer(s, block, sign);
}

/* carries first */
static bool split_carries(struct split_build *s)
{
    const struct split_plan *p = s->p;
    const struct tc_index *chain = s->old->plane.chain, *block;
    struct split_lists l = tc_split_lists_new(s, TC_SPLIT_BEFORE, p->nblock + 1);
    struct split_lists two = {.nslot = p->nblock, .most = 2};
    struct sign sign[2] = {{.nguard = 1}, {.nguard = 1}};
    struct split_made m, made = {.of = &two};
    struct tc_axis own, next, at[2];
    struct tc_form form, theta, high, enter;
    int64_t extent[2] = {p->nblock, 2};
    const struct tc_plane *plane;
    struct split_entries e;
    mpz_t beta;
    bool ok;

    mpz_init_set_ui(beta, 1);
    mpz_mul_2exp(beta, beta, p->width);
    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned k = 0; s->b->valid[place] && k + 1 < p->blocks[place]; k++)
            for (int64_t j = 0; j < p->carries[place * p->nblock + k]; j++) {
                mpz_ptr v = tc_split_list_add(s, &l, place, k + 1);

                mpz_mul_si(v, beta, j);
                mpz_add(v, v, p->from[place * p->nblock + k]);
            }
    /* gates of blocks: at slot block + 1, and what enters at slot block */
    ok = tc_split_make(s, &l, &m, "carry", "carries out of blocks of the weights' digits");
    two.n = tc_alloc(s->scratch, s->b->nplace * p->nblock, sizeof *two.n);
    for (size_t place = 0; place < s->b->nplace; place++)
        for (unsigned k = 0; s->b->valid[place] && k < p->blocks[place]; k++)
            two.n[place * p->nblock + k] = k ? 2 : 1;
    if (!ok || !tc_split_made_guard(s, &made)) {
        mpz_clear(beta);
        return false;
    }
    block = made.slot;
    own = tc_split_axis(s, block);
    next = tc_axis_plus(s->f->arena, tc_axis_const(1), 1, block);
    at[0] = own;
    at[1] = tc_split_axis(s, made.item);
    e = tc_split_entries_new(s, 2, extent, at);
    ok = e.v ? true : tc_split_too_large(s);
    ok = ok && tc_split_digit_form(s, false, TC_SPLIT_PLAIN, p->nblock, NULL, own, &form) &&
         tc_split_digit_form(s, true, TC_SPLIT_PLAIN, p->nblock, NULL, own, &theta) &&
         tc_split_read_list(s, &m, next, NULL, &high) &&
         tc_split_read_list(s, &m, own, NULL, &enter);
    if (ok) {
        for (size_t place = 0; place < s->b->nplace; place++)
            for (unsigned k = 0; s->b->valid[place] && k < p->blocks[place]; k++)
                for (unsigned kind = 0; kind < (k ? 2 : 1); kind++) {
                    mpz_ptr v = tc_mpz(s->scratch);

                    mpz_ui_sub(v, kind, p->digit[place * p->nblock + k]);
                    e.v[(place * p->nblock + k) * 2 + kind] = v;
                }
        theta = tc_form_add(s->f, theta, tc_split_table_form(s, "theta", &e));
        theta = tc_form_add(s->f, theta, tc_form_scale(s->f, high, beta));
        theta = tc_form_sub(s->f, theta, enter);
        assert(!made.all);
    }
    mpz_clear(beta);
    if (!ok)
        return false;
    plane =
        tc_split_bank_new(s, tc_split_plane_name(s, "block"), form, chain != NULL, theta, false, 1,
                          &made.guard, "blocks with what enters them: at least 0, at least 1");
    for (unsigned kind = 0; kind < 2; kind++) {
        struct tc_axis to = tc_axis_const(kind);

        sign[kind].form = tc_split_wire(s, plane, 1, &made.item, &to);
        sign[kind].guard = tc_split_guard_at(s, &made, own, to);
    }
    return last_layer(s, block, sign);
}

/* the weights divided by what they have in common */
static bool split_not(struct split_build *s)
{
    const struct tc_axis slot = tc_axis_const(0);
    struct split_entries e = tc_split_entries_new(s, 0, NULL, NULL);
    struct tc_form form, theta;

    if (!e.v)
        return tc_split_too_large(s);
    if (!tc_split_digit_form(s, false, TC_SPLIT_PLAIN, 1, NULL, slot, &form) ||
        !tc_split_digit_form(s, true, TC_SPLIT_PLAIN, 1, NULL, slot, &theta))
        return false;
    for (size_t place = 0; place < s->b->nplace; place++) {
        e.v[place] = tc_mpz(s->scratch);
        mpz_neg(e.v[place], s->b->constant[place]);
    }
    theta = tc_form_add(s->f, theta, tc_split_table_form(s, "theta", &e));
    s->plane[s->old->plane.id] =
        tc_split_bank_new(s, s->old->plane.name, form, s->old->plane.chain != NULL, theta,
                          s->old->monotone, 0, NULL, s->old->note);
    return true;
}

/* ---------------------------------------------------------------------- pass */

static bool is_output(const struct tc_family *f, const struct tc_plane *p)
{
    for (unsigned k = 0; k < f->noutput; k++)
        if (f->output[k].plane == p)
            return true;
    return false;
}

/* an output's wires are gates, not sums of them */
static void gate_layer(struct split_build *s)
{
    const struct tc_plane *p = s->plane[s->old->plane.id];
    const struct tc_index *group = s->group[s->old->plane.id];
    struct tc_bank *b = s->f->bank[s->f->nbank - 1];
    struct tc_form x;

    b->plane.name = tc_split_plane_name(s, "group");
    x = tc_form_sum(s->f, tc_split_wire(s, p, 0, NULL, NULL), 1, &group, 0, NULL);
    if (s->old->plane.chain)
        p = tc_split_bank_new(s, s->old->plane.name, tc_form_si(s->f, 0), true,
                              tc_form_sub(s->f, tc_form_si(s->f, 1), x), false, 0, NULL,
                              s->old->note);
    else
        p = tc_split_bank_new(s, s->old->plane.name, x, false, tc_form_si(s->f, 1), false, 0, NULL,
                              s->old->note);
    s->plane[s->old->plane.id] = p;
    s->group[s->old->plane.id] = NULL;
}

static void keep(struct split_build *s)
{
    const struct tc_bank *old = s->old;

    s->plane[old->plane.id] =
        &tc_bank_new(s->f, old->plane.name, tc_split_reread(s, old->form), old->plane.chain,
                     tc_split_reread(s, old->theta), old->monotone, old->nguard, old->guard,
                     old->component, old->note)
             ->plane;
}

static bool split(struct split_build *s, struct split_bank *b, struct split_plan *p)
{
    bool ok;

    s->b = b;
    s->p = p;
    s->scratch = tc_arena_new();
    ok = p->nblock == 1 ? split_not(s)
         : p->joint     ? split_joint(s)
         : p->high      ? split_carries(s)
                        : split_apart(s);
    tc_arena_free(s->scratch);
    if (ok && s->group[s->old->plane.id] && is_output(s->f, &s->old->plane))
        gate_layer(s);
    return ok;
}

/* the least power of two under which there is a plan; the largest weight if none is less */
static void least_bound(const struct split_bank *b, mpz_ptr w)
{
    struct split_plan *p = NULL;

    for (mpz_set_ui(w, 2); mpz_cmp(w, b->max) < 0; mpz_mul_2exp(w, w, 1)) {
        p = tc_split_plan(b, w);
        if (p)
            break;
    }
    if (!p)
        mpz_set(w, b->max);
    tc_split_plan_free(p);
}

struct plans {
    struct tc_arena *arena;
    struct split_bank *bank;  /* by number; those that need it */
    struct split_plan **plan; /* NULL: the bank stays */
};

static bool plan_all(const struct tc_family *f, const struct tc_count *count, mpz_srcptr w,
                     struct plans *p, struct tc_error *err)
{
    unsigned culprit = 0;
    mpz_t least, most;
    bool ok = true;

    p->bank = tc_alloc(p->arena, f->nbank + 1, sizeof *p->bank);
    p->plan = tc_alloc(p->arena, f->nbank + 1, sizeof *p->plan);
    mpz_inits(least, most, NULL);
    for (unsigned k = 0; k < f->nbank && ok; k++) {
        if (mpz_cmp(count->bank[k].max_weight, w) <= 0)
            continue;
        ok = tc_split_weigh(p->arena, f->bank[k], &p->bank[k], err);
        p->plan[k] = ok ? tc_split_plan(&p->bank[k], w) : NULL;
        if (!ok || p->plan[k])
            continue;
        least_bound(&p->bank[k], least);
        if (mpz_cmp(least, most) > 0) {
            mpz_set(most, least);
            culprit = k;
        }
    }
    if (ok && mpz_sgn(most)) {
        char bound[80], wanted[80];

        gmp_snprintf(bound, sizeof bound, "%Zd", w);
        gmp_snprintf(wanted, sizeof wanted, "%Zd", most);
        ok = tc_fail(err, TC_ELIMIT, (struct tc_loc){0},
                     "--max-weight %s is too small for the sums of %.60s; %s is enough for all",
                     bound, f->bank[culprit]->plane.name, wanted);
    }
    mpz_clears(least, most, NULL);
    return ok;
}

static struct tc_family *build(struct tc_family *f, struct plans *p, struct tc_error *err)
{
    bool *kept = tc_xcalloc(f->nbank + 1, sizeof *kept), ok = true;
    struct split_build s = {.err = err};
    struct tc_family *copy = NULL;
    unsigned nbank = f->nbank;

    memset(kept, true, nbank);
    s.f = tc_family_copy(f, kept);
    free(kept);
    s.nold = f->ninput + nbank;
    s.plane = tc_xcalloc(s.nold + 1, sizeof *s.plane);
    s.group = tc_xcalloc(s.nold + 1, sizeof *s.group);
    for (unsigned k = 0; k < f->ninput; k++)
        s.plane[k] = s.f->input[k];
    for (unsigned k = 0; k < nbank && ok; k++) {
        s.old = s.f->bank[k];
        if (p->plan[k]) {
            struct split_bank b; /* of the copy */

            ok = tc_split_weigh(p->arena, s.old, &b, err) && split(&s, &b, p->plan[k]);
        } else {
            keep(&s);
        }
    }
    for (unsigned k = 0; ok && k < f->noutput; k++)
        s.f->output[k].plane = s.plane[f->output[k].plane->id];
    if (ok) {
        kept = tc_xcalloc(s.f->nbank + 1, sizeof *kept);
        for (unsigned k = nbank; k < s.f->nbank; k++)
            kept[k] = true;
        copy = tc_family_copy(s.f, kept);
        free(kept);
    }
    tc_family_free(s.f);
    free(s.plane);
    free(s.group);
    return copy;
}

struct tc_family *tc_pass_split_weights(struct tc_family *f, const struct tc_pass_options *options,
                                        struct tc_error *err)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_family *result = f;
    struct plans p = {.arena = arena};
    struct tc_count count;
    mpz_ptr w = tc_mpz(arena);
    bool ok = true, poly = options->poly || (options->majority && !options->max_weight);

    mpz_import(w, 1, 1, sizeof options->max_weight, 0, 0, &options->max_weight);
    if (poly || mpz_sgn(w))
        ok = tc_family_count(arena, f, true, &count, err);
    if (ok && poly) { /* 2^3h, where a gate reads less than 2^h wires */
        mpz_set_ui(w, 1);
        mpz_mul_2exp(w, w, 3 * mpz_sizeinbase(count.max_fan_in, 2));
    }
    if (ok && mpz_sgn(w) && mpz_cmp(count.max_weight, w) > 0) {
        ok = plan_all(f, &count, w, &p, err);
        result = ok ? build(f, &p, err) : NULL;
        for (unsigned k = 0; p.plan && k < f->nbank; k++)
            tc_split_plan_free(p.plan[k]);
    }
    tc_arena_free(arena);
    return ok ? result : NULL;
}
