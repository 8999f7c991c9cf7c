/* run.c -- a family run as a tensor program
 *
 * Some words of 64 vectors at a time, bank by bank.  A plane of single gates is a word of 64
 * bits a point; a monotone chain is a rank (how many of its gates are 1) a
 * point and vector.  A sum over a chain's thresholds is then one look-up of the
 * summed weights, and the gates themselves are never made.  What a point reads is found once
 * for all words.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((uint64_t)20 << 30)
#define EASY_BYTES ((uint64_t)1 << 30) /* more words at once than one take no more */

/* Is the chain one rank a point?  Not if its gates are guarded each. */
static bool chain_is_ranked(const struct tc_plane *p)
{
    if (!p->chain || !p->bank || !p->bank->monotone)
        return false;
    for (unsigned g = 0; g < p->bank->nguard; g++)
        if (tc_axis_reads(&p->bank->guard[g].expr, p->chain))
            return false;
    return true;
}

static bool store_init(struct run *r, const struct tc_plane *p)
{
    struct store *s = &r->store[p->id];
    uint64_t points = 1;

    s->plane = p;
    s->ranked = chain_is_ranked(p);
    s->naxis = p->naxis + (p->chain && !s->ranked);
    for (unsigned k = s->naxis; k-- > 0;) {
        s->extent[k] = k < p->naxis ? p->axis[k]->extent : p->chain->extent;
        s->stride[k] = (int64_t)points;
        if (__builtin_mul_overflow(points, (uint64_t)s->extent[k], &points))
            points = UINT64_MAX;
        if (points > MOST_BYTES)
            points = MOST_BYTES;
    }
    s->points = points;
    return true;
}

/* for one word */
static uint64_t store_bytes(const struct store *s)
{
    return s->points * (s->ranked ? LANES * sizeof *s->rank : sizeof *s->bits);
}

bool tc_run_take(struct run *r, struct store *s)
{
    r->bytes += store_bytes(s) * r->words;
    if (r->bytes > MOST_BYTES)
        return tc_fail(r->err, TC_ELIMIT, (struct tc_loc){0},
                       "%s has %zu points: running the family would take more than %u GiB; give "
                       "smaller sizes",
                       s->plane->name, s->points, (unsigned)(MOST_BYTES >> 30));
    if (s->ranked)
        s->rank = tc_xcalloc(s->points, r->words * LANES * sizeof *s->rank);
    else
        s->bits = tc_xcalloc(s->points, r->words * sizeof *s->bits);
    return true;
}

void tc_run_drop(struct run *r, struct store *s)
{
    if (s->bits || s->rank)
        r->bytes -= store_bytes(s) * r->words;
    free(s->bits);
    free(s->rank);
    s->bits = NULL;
    s->rank = NULL;
}

/* Calls fn for each wire of a plane in order: box position and threshold. */
static uint64_t each_wire(const struct run *r, const struct tc_plane *p, const struct store *s,
                          void (*fn)(void *, size_t at, int64_t t), void *ctx)
{
    const struct tc_bank *b = p->bank;
    int64_t chain = p->chain ? p->chain->extent : 1;
    size_t per_point = s->ranked ? 1 : (size_t)chain, at = 0;
    uint64_t count = 0;
    unsigned k;

    for (k = 0; k < p->naxis; k++)
        r->val[p->axis[k]->id] = 0;
    for (;; at += per_point) {
        for (int64_t t = 0; t < chain; t++) {
            if (p->chain)
                r->val[p->chain->id] = t;
            if (b && !tc_run_guards_hold(r, b->nguard, b->guard))
                continue;
            if (fn)
                fn(ctx, s->ranked ? at : at + (size_t)t, t);
            count++;
        }
        for (k = p->naxis; k-- > 0;) {
            if (++r->val[p->axis[k]->id] < p->axis[k]->extent)
                break;
            r->val[p->axis[k]->id] = 0;
        }
        if (k == UINT32_MAX)
            return count;
    }
}

struct transfer {
    struct store *s;
    const uint64_t *in;
    uint64_t *out;
    size_t words, first, n, wire; /* n of so many words, from the first on */
};

static void read_wire(void *ctx, size_t at, int64_t t)
{
    struct transfer *x = ctx;

    (void)t;
    memcpy(x->s->bits + at * x->n, x->in + x->wire++ * x->words + x->first, x->n * sizeof *x->in);
}

static void write_wire(void *ctx, size_t at, int64_t t)
{
    struct transfer *x = ctx;

    uint64_t *to = x->out + x->wire++ * x->words + x->first;

    if (x->s->ranked)
        tc_lanes_rank_above(x->s->rank + at * x->n * LANES, t, to, x->n);
    else
        memcpy(to, x->s->bits + at * x->n, x->n * sizeof *to);
}

static void run_init(struct run *r, const struct tc_family *f, struct tc_error *err)
{
    memset(r, 0, sizeof *r);
    r->f = f;
    r->err = err;
    r->val = tc_xcalloc(f->next_index + 1, sizeof *r->val);
    r->store = tc_xcalloc(f->ninput + f->nbank + 1, sizeof *r->store);
    r->words = 1;
    for (unsigned k = 0; k < f->ninput; k++)
        store_init(r, f->input[k]);
    for (unsigned k = 0; k < f->nbank; k++)
        store_init(r, &f->bank[k]->plane);
    for (unsigned k = 0; k < f->nbank; k++)
        for (unsigned side = 0; side < 2; side++) {
            const struct tc_form *form = side ? &f->bank[k]->theta : &f->bank[k]->form;

            for (unsigned i = 0; i < form->nterm; i++)
                if (form->term[i].plane)
                    r->store[form->term[i].plane->id].last_reader = k;
        }
    for (unsigned k = 0; k < f->noutput; k++)
        r->store[f->output[k].plane->id].last_reader = f->nbank;
}

static void run_free(struct run *r)
{
    for (unsigned k = 0; k < r->f->ninput + r->f->nbank; k++)
        tc_run_drop(r, &r->store[k]);
    free(r->store);
    free(r->val);
}

/* of all planes that are there at the same time, for one word */
static uint64_t most_bytes(const struct run *r)
{
    unsigned n = r->f->ninput + r->f->nbank;
    uint64_t *dropped = tc_xcalloc(r->f->nbank + (size_t)1, sizeof *dropped), bytes = 0, most = 0;

    for (unsigned p = 0; p < n; p++) {
        const struct store *s = &r->store[p];

        if (p < r->f->ninput || s->last_reader > p - r->f->ninput)
            dropped[s->last_reader] += store_bytes(s);
        bytes += store_bytes(s);
        most = bytes > most ? bytes : most;
        if (p >= r->f->ninput)
            bytes -= dropped[p - r->f->ninput];
    }
    free(dropped);
    return most;
}

/* so many that what is found once serves well, few enough for memory and its caches */
static size_t words_at_once(const struct run *r)
{
    uint64_t n = EASY_BYTES / (most_bytes(r) + 1);

    return n < 1 ? 1 : n > MOST_AT_ONCE ? MOST_AT_ONCE : (size_t)n;
}

static void planes_drop(struct run *r)
{
    for (unsigned k = 0; k < r->f->ninput + r->f->nbank; k++)
        tc_run_drop(r, &r->store[k]);
}

/* those that no bank after k reads */
static void planes_drop_read(struct run *r, unsigned k)
{
    for (unsigned p = 0; p < r->f->ninput + k; p++)
        if (r->store[p].last_reader == k)
            tc_run_drop(r, &r->store[p]);
}

bool tc_family_run(const struct tc_family *f, const uint64_t *in, uint64_t *out, size_t words,
                   struct tc_error *err)
{
    struct run r;
    size_t most;
    bool ok = true;

    run_init(&r, f, err);
    most = words_at_once(&r);
    for (size_t w = 0; ok && w < words; w += r.words) {
        struct transfer x = {.in = in, .out = out, .words = words, .first = w};

        x.n = r.words = words - w < most ? words - w : most;
        for (unsigned k = 0; ok && k < f->ninput; k++) {
            x.s = &r.store[k];
            ok = tc_run_take(&r, x.s);
            if (ok)
                each_wire(&r, f->input[k], x.s, read_wire, &x);
        }
        for (unsigned k = 0; ok && k < f->nbank; k++) {
            ok = tc_run_bank(&r, k);
            planes_drop_read(&r, k);
        }
        x.wire = 0;
        for (unsigned k = 0; ok && k < f->noutput; k++) {
            x.s = &r.store[f->output[k].plane->id];
            each_wire(&r, f->output[k].plane, x.s, write_wire, &x);
        }
        planes_drop(&r);
    }
    run_free(&r);
    return ok;
}

static uint64_t plane_wires(const struct tc_family *f, const struct tc_plane *p)
{
    uint64_t wires = p->chain ? (uint64_t)p->chain->extent : 1;

    if (p->bank && p->bank->nguard) {
        struct tc_error err = {0};
        struct run r;

        run_init(&r, f, &err);
        wires = each_wire(&r, p, &r.store[p->id], NULL, NULL);
        run_free(&r);
        return wires;
    }
    for (unsigned k = 0; k < p->naxis; k++)
        if (__builtin_mul_overflow(wires, (uint64_t)p->axis[k]->extent, &wires))
            return UINT64_MAX;
    return wires;
}

uint64_t tc_family_inputs(const struct tc_family *f)
{
    uint64_t sum = 0;

    for (unsigned k = 0; k < f->ninput; k++)
        if (__builtin_add_overflow(sum, plane_wires(f, f->input[k]), &sum))
            return UINT64_MAX;
    return sum;
}

uint64_t tc_family_outputs(const struct tc_family *f)
{
    uint64_t sum = 0;

    for (unsigned k = 0; k < f->noutput; k++)
        if (__builtin_add_overflow(sum, plane_wires(f, f->output[k].plane), &sum))
            return UINT64_MAX;
    return sum;
}
