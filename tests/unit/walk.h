/* walk.h -- for tests: forms and families by definition, one vector at a time
 *
 * Every sum is walked point by point in GMP; nothing is shared with the
 * engines but the data structures.  What is read outside its axes, or where a
 * guard left no gate, fails the test. */
#ifndef TC_TEST_WALK_H
#define TC_TEST_WALK_H

#include "../../ir/ir.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* like ck_assert, which takes note of its place in a file even if all is well */
#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            ck_abort_msg("not so: %s", #what);                                                     \
    } while (0)

#define WALK_NONE 2 /* a guard leaves no gate here */

struct walk {
    const struct tc_family *f;
    int64_t *at;          /* by index id */
    unsigned char **wire; /* by plane id: 0, 1 or WALK_NONE; row-major, the chain last */
};

static inline unsigned walk_axes(const struct tc_plane *p)
{
    return p->naxis + (p->chain != NULL);
}

static inline const struct tc_index *walk_index(const struct tc_plane *p, unsigned k)
{
    return k < p->naxis ? p->axis[k] : p->chain;
}

static inline size_t walk_box(const struct tc_plane *p)
{
    size_t size = 1;

    for (unsigned k = 0; k < walk_axes(p); k++)
        size *= (size_t)walk_index(p, k)->extent;
    return size;
}

static inline struct walk walk_new(const struct tc_family *f)
{
    struct walk w = {f, tc_xcalloc(f->next_index + 1, sizeof *w.at),
                     tc_xcalloc(f->ninput + f->nbank + 1, sizeof *w.wire)};

    for (unsigned k = 0; k < f->ninput; k++)
        w.wire[k] = tc_xcalloc(walk_box(f->input[k]), 1);
    for (unsigned k = 0; k < f->nbank; k++)
        w.wire[f->ninput + k] = tc_xcalloc(walk_box(&f->bank[k]->plane), 1);
    return w;
}

static inline void walk_free(struct walk *w)
{
    for (unsigned k = 0; k < w->f->ninput + w->f->nbank; k++)
        free(w->wire[k]);
    free(w->wire);
    free(w->at);
}

static inline int64_t walk_affine(const struct walk *w, const struct tc_affine *x)
{
    int64_t v = x->constant;

    for (unsigned k = 0; k < x->n; k++)
        v += x->part[k].coef * w->at[x->part[k].ix->id];
    return v;
}

static inline int64_t walk_axis(const struct walk *w, const struct tc_axis *x)
{
    int64_t v = walk_affine(w, &x->at);

    if (x->via) {
        int64_t arg = walk_affine(w, &x->arg);

        MUST(arg >= 0 && arg < x->via->extent[0]);
        v += x->via->small[arg];
    }
    return v;
}

static inline bool walk_guards(const struct walk *w, unsigned n, const struct tc_guard *g)
{
    for (unsigned k = 0; k < n; k++)
        if (walk_axis(w, &g[k].expr) < 0)
            return false;
    return true;
}

/* the next point of the box of n indices; false after the last, which is
 * followed by the first */
static inline bool walk_next(const struct walk *w, unsigned n, const struct tc_index *const *ix)
{
    for (unsigned k = n; k-- > 0;) {
        if (++w->at[ix[k]->id] < ix[k]->extent)
            return true;
        w->at[ix[k]->id] = 0;
    }
    return false;
}

/* *sum += the term at the point that w->at holds */
static inline void walk_term(const struct walk *w, const struct tc_term *t, mpz_ptr sum)
{
    mpz_t v, entry;

    mpz_inits(v, entry, NULL);
    for (unsigned k = 0; k < t->nsum; k++)
        w->at[t->sum[k]->id] = 0;
    do {
        if (!walk_guards(w, t->nguard, t->guard))
            continue;
        mpz_set(v, t->coef);
        for (unsigned k = 0; k < t->nfactor; k++) {
            const struct tc_table *table = t->factor[k].table;
            int64_t arg[32];

            for (unsigned r = 0; r < table->rank; r++) {
                arg[r] = walk_axis(w, &t->factor[k].at[r]);
                if (!table->fn)
                    MUST(arg[r] >= 0 && arg[r] < table->extent[r]);
            }
            tc_table_get(table, arg, entry);
            mpz_mul(v, v, entry);
        }
        if (t->plane) {
            size_t at = 0;

            for (unsigned k = 0; k < walk_axes(t->plane); k++) {
                int64_t x = walk_axis(w, &t->at[k]), extent = walk_index(t->plane, k)->extent;

                MUST(x >= 0 && x < extent);
                at = at * (size_t)extent + (size_t)x;
            }
            MUST(w->wire[t->plane->id][at] != WALK_NONE);
            mpz_mul_ui(v, v, w->wire[t->plane->id][at]);
        }
        mpz_add(sum, sum, v);
    } while (walk_next(w, t->nsum, t->sum));
    mpz_clears(v, entry, NULL);
}

static inline void walk_form(const struct walk *w, const struct tc_form *x, mpz_ptr sum)
{
    mpz_set_ui(sum, 0);
    for (unsigned k = 0; k < x->nterm; k++)
        walk_term(w, &x->term[k], sum);
}

/* all gates of a bank; false if its form leaves the range claimed for it */
static inline bool walk_bank(const struct walk *w, const struct tc_bank *b)
{
    const struct tc_index *ix[64];
    unsigned n = walk_axes(&b->plane);
    mpz_t form, theta;
    size_t at = 0;
    bool ok = true;

    mpz_inits(form, theta, NULL);
    for (unsigned k = 0; k < n; k++)
        w->at[(ix[k] = walk_index(&b->plane, k))->id] = 0;
    do {
        unsigned char *gate = &w->wire[b->plane.id][at++];

        *gate = WALK_NONE;
        if (!walk_guards(w, b->nguard, b->guard))
            continue;
        walk_form(w, &b->form, form);
        walk_form(w, &b->theta, theta);
        ok = ok && mpz_cmp(form, b->form.lo) >= 0 && mpz_cmp(form, b->form.hi) <= 0;
        *gate = mpz_cmp(form, theta) >= 0;
    } while (walk_next(w, n, ix));
    mpz_clears(form, theta, NULL);
    return ok;
}

/* Vector v of inputs and outputs as tc_family_run has them: outputs are
 * compared, *wires of them. */
static inline bool walk_family(const struct walk *w, const uint64_t *in, const uint64_t *out,
                               size_t words, size_t v, size_t *wires)
{
    size_t wire = 0;

    for (unsigned k = 0; k < w->f->ninput; k++)
        for (size_t at = 0; at < walk_box(w->f->input[k]); at++)
            w->wire[k][at] = in[wire++ * words + v / 64] >> v % 64 & 1;
    for (unsigned k = 0; k < w->f->nbank; k++)
        if (!walk_bank(w, w->f->bank[k]))
            return false;
    wire = 0;
    for (unsigned k = 0; k < w->f->noutput; k++) {
        const struct tc_plane *p = w->f->output[k].plane;

        for (size_t at = 0; at < walk_box(p); at++) {
            if (w->wire[p->id][at] == WALK_NONE)
                continue;
            if (out && (out[wire * words + v / 64] >> v % 64 & 1) != w->wire[p->id][at])
                ck_abort_msg("%s: wire %zu of vector %zu is not %d", p->name, at, v,
                             w->wire[p->id][at]);
            wire++;
        }
    }
    *wires = wire;
    return true;
}

/* ------------------------------------------------------------ random numbers */

static uint64_t walk_seed;

static inline uint64_t walk_random(void)
{
    uint64_t z = walk_seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* from lo to hi */
static inline int64_t walk_between(int64_t lo, int64_t hi)
{
    return lo + (int64_t)(walk_random() % (uint64_t)(hi - lo + 1));
}

static inline bool walk_one_in(int64_t n)
{
    return walk_between(1, n) == 1;
}

#endif
