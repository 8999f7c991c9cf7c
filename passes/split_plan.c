/* split_plan.c -- blocks, digits of constants, and carries between blocks
 *
 * For each width of blocks that the bound admits it is worked out what every
 * place needs; the cheapest is taken.  CONSTRUCTIONS.md, "Bounded weights".
 */
#include "split.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ENTRIES ((size_t)1 << 20) /* places times blocks */
#define MOST_VALUES  4000000           /* of joint blocks, all together */
#define MOST_EFFORT  ((size_t)1 << 23) /* beyond, the first plan is good enough */
#define MOST_GROUP   60                /* blocks under one gate: its weights fit a word */

struct work {
    const struct split_bank *b;
    struct split_plan *p;
    mpz_srcptr w;
    size_t effort; /* so far, about: digits */
    mpz_t beta, x, y;
};

static size_t at(const struct split_plan *p, size_t place, unsigned k)
{
    return place * p->nblock + k;
}

void tc_split_digit(const struct split_plan *p, mpz_srcptr weight, unsigned k, mpz_ptr digit)
{
    mpz_tdiv_q_2exp(digit, weight, (mp_bitcnt_t)p->width * k);
    if (k + 1 < p->nblock)
        mpz_tdiv_r_2exp(digit, digit, p->width);
}

/* ------------------------------------------------------------------- ranges */

/* of a row of a term: lo in part[0..nblock[, hi behind; false if a digit is too large */
static bool row_range(struct work *s, const struct split_term *t, size_t row, mpz_ptr *part)
{
    const struct split_plan *p = s->p;

    for (unsigned k = 0; k < 2 * p->nblock; k++)
        mpz_set_ui(part[k], 0);
    for (size_t c = row * t->ncol; c < (row + 1) * t->ncol; c++) {
        mpz_srcptr w = t->weight[t->which[c]];
        unsigned k = mpz_sgn(w) ? (unsigned)(mpz_scan1(w, 0) / p->width) : p->nblock;

        if (k >= p->nblock && mpz_sgn(w))
            k = p->nblock - 1;
        for (; t->count[c] && k < p->nblock; k++) {
            mpz_ptr to;

            if (mpz_sizeinbase(w, 2) <= (size_t)p->width * k)
                break;
            tc_split_digit(p, w, k, s->x);
            if (mpz_cmpabs(s->x, s->w) > 0)
                return false;
            to = part[mpz_sgn(s->x) < 0 ? k : p->nblock + k];
            mpz_mul_si(s->x, s->x, t->count[c]);
            mpz_add(to, to, s->x);
            s->effort++;
        }
    }
    return true;
}

/* lo and hi of all blocks; false if a digit is too large */
static bool ranges(struct work *s)
{
    const struct split_bank *b = s->b;
    struct split_plan *p = s->p;
    struct tc_arena *scratch = tc_arena_new();
    bool ok = true;

    for (size_t i = 0; i < b->nplace * p->nblock; i++) {
        p->lo[i] = tc_mpz(p->arena);
        p->hi[i] = tc_mpz(p->arena);
    }
    for (unsigned i = 0; i < b->nterm && ok; i++) {
        const struct split_term *t = &b->term[i];
        mpz_ptr *part = tc_alloc(scratch, 2 * (size_t)p->nblock, sizeof *part);
        size_t last = t->nrow; /* the row in part */

        for (unsigned k = 0; k < 2 * p->nblock; k++)
            part[k] = tc_mpz(scratch);
        for (size_t place = 0; place < b->nplace && ok; place++) {
            size_t row = tc_split_row(b, t, place);

            if (!b->valid[place])
                continue;
            if (row != last)
                ok = row_range(s, t, row, part);
            last = row;
            for (unsigned k = 0; k < p->nblock && ok; k++) {
                mpz_add(p->lo[at(p, place, k)], p->lo[at(p, place, k)], part[k]);
                mpz_add(p->hi[at(p, place, k)], p->hi[at(p, place, k)], part[p->nblock + k]);
            }
            s->effort += p->nblock;
        }
    }
    tc_arena_free(scratch);
    return ok;
}

/* how many blocks a place needs: as many as the largest weight along its chain */
static void blocks(struct work *s)
{
    const struct split_bank *b = s->b;
    size_t chain = b->bank->plane.chain ? (size_t)b->bank->plane.chain->extent : 1;

    for (size_t place = 0; place < b->nplace; place += chain) {
        unsigned n = 1;

        for (size_t t = 0; t < chain; t++) {
            size_t bits = mpz_sizeinbase(b->most[place + t], 2);
            unsigned need = (unsigned)((bits + s->p->width - 1) / s->p->width);

            n = need > n ? need : n;
        }
        if (n > s->p->nblock)
            n = s->p->nblock;
        for (size_t t = 0; t < chain; t++)
            s->p->blocks[place + t] = n;
    }
}

/* ------------------------------------------------------------------- digits */

/* Digits of the constant and carries, from the lowest block.  What enters a block
 * is 0..in; E_k is to lie in -beta+1..beta-1, that of block 0 in -beta..beta-1, the
 * last anywhere.  False if that cannot be. */
static bool digits(struct work *s, size_t place)
{
    struct split_plan *p = s->p;
    mpz_t c, least, most, in;
    bool ok = true;

    mpz_inits(c, least, most, in, NULL);
    mpz_set(c, s->b->constant[place]);
    for (unsigned k = 0; k < p->blocks[place] && ok; k++) {
        size_t i = at(p, place, k);

        p->digit[i] = tc_mpz(p->arena);
        if (k + 1 == p->blocks[place]) { /* from always negative to always positive */
            mpz_add(least, p->hi[i], in);
            mpz_neg(least, least);
            mpz_sub_ui(least, least, 1);
            mpz_ui_sub(most, 1, p->lo[i]);
            mpz_set(p->digit[i], mpz_cmp(c, least) < 0 ? least : mpz_cmp(c, most) > 0 ? most : c);
            break;
        }
        mpz_neg(least, s->beta);
        mpz_add_ui(least, least, k > 0);
        mpz_sub(most, s->beta, in);
        mpz_sub_ui(most, most, 1);
        mpz_sub(s->x, most, least);
        mpz_add_ui(s->x, s->x, 1);
        ok = mpz_cmp(s->x, s->beta) >= 0;
        /* the least digit with which the block stays above */
        mpz_sub(least, least, p->lo[i]);
        mpz_sub(s->x, c, least);
        mpz_fdiv_r(s->x, s->x, s->beta);
        mpz_add(p->digit[i], least, s->x);
        mpz_sub(c, c, p->digit[i]);
        mpz_divexact(c, c, s->beta);
        /* carries wherever it would pass most */
        p->from[i] = tc_mpz(p->arena);
        mpz_sub(p->from[i], most, p->digit[i]);
        mpz_sub(in, p->hi[i], p->from[i]);
        mpz_add_ui(p->from[i], p->from[i], 1);
        if (mpz_sgn(in) < 0)
            mpz_set_ui(in, 0);
        mpz_cdiv_q(in, in, s->beta);
        ok = ok && mpz_fits_slong_p(in);
        if (ok)
            p->carries[i] = mpz_get_si(in);
        p->high = p->high || mpz_sgn(in);
        p->gates += mpz_get_d(in);
    }
    mpz_clears(c, least, most, in, NULL);
    return ok;
}

/* -------------------------------------------------------------------- joint */

/* radix: more than the block below can be; false if weights pass the bound */
static bool radixes(struct work *s)
{
    const struct split_bank *b = s->b;
    struct split_plan *p = s->p;
    bool ok = true;

    p->radix = tc_alloc(p->arena, p->nblock, sizeof *p->radix);
    for (unsigned k = 0; k < p->nblock; k++) {
        p->radix[k] = tc_mpz(p->arena);
        for (size_t place = 0; k > 0 && place < b->nplace; place++) {
            size_t i = at(p, place, k - 1);

            if (!b->valid[place] || k >= p->blocks[place])
                continue;
            mpz_sub(s->x, p->hi[i], p->lo[i]);
            mpz_add_ui(s->x, s->x, 1);
            if (mpz_cmp(s->x, p->radix[k]) > 0)
                mpz_set(p->radix[k], s->x);
        }
        for (size_t place = 0; place < b->nplace; place++)
            if (k > 0 && p->carries[at(p, place, k - 1)])
                goto joint;
        mpz_set_ui(p->radix[k], 0);
    joint:
        for (unsigned i = 0; mpz_sgn(p->radix[k]) && i < b->nterm; i++)
            for (size_t w = 0; w < b->term[i].size && ok; w++) {
                tc_split_digit(p, b->term[i].weight[w], k, s->x);
                tc_split_digit(p, b->term[i].weight[w], k - 1, s->y);
                mpz_addmul(s->y, s->x, p->radix[k]);
                ok = mpz_cmpabs(s->y, s->w) <= 0;
            }
    }
    return ok;
}

/* E_k at B_k = v without what enters: v + digit - beta * carries */
static void inner(struct work *s, size_t i, mpz_srcptr v, bool last, mpz_ptr e)
{
    mpz_add(e, v, s->p->digit[i]);
    if (last || !s->p->carries[i] || mpz_cmp(v, s->p->from[i]) < 0)
        return;
    mpz_sub(s->y, v, s->p->from[i]);
    mpz_fdiv_q(s->y, s->y, s->beta);
    mpz_add_ui(s->y, s->y, 1);
    if (mpz_cmp_si(s->y, s->p->carries[i]) > 0)
        mpz_set_si(s->y, s->p->carries[i]);
    mpz_submul(e, s->y, s->beta);
}

static void step(struct split_plan *p, struct split_steps *t, unsigned *room, mpz_srcptr v)
{
    if (t->n == *room) {
        mpz_ptr *more = tc_alloc(p->arena, *room * (size_t)2 + 4, sizeof *more);

        if (t->n)
            memcpy(more, t->at, t->n * sizeof *more);
        t->at = more;
        *room = *room * 2 + 4;
    }
    t->at[t->n++] = tc_mpz_copy(p->arena, v);
}

/* where [E_k >= kind] changes, as B_k and below it B_(k-1) grow */
static void changes(struct work *s, size_t place, unsigned k, enum split_kind kind)
{
    struct split_plan *p = s->p;
    size_t i = at(p, place, k);
    struct split_steps *t = &p->steps[2 * i + kind];
    bool joint = mpz_sgn(p->radix[k]), last = k + 1 == p->blocks[place], now = false;
    unsigned room = 0;
    mpz_t v, e, from;

    mpz_inits(v, e, from, NULL);
    for (mpz_set(v, p->lo[i]); mpz_cmp(v, p->hi[i]) <= 0; mpz_add_ui(v, v, 1)) {
        bool on;

        inner(s, i, v, last, e);
        mpz_ui_sub(e, kind, e); /* what must enter */
        on = mpz_sgn(e) <= 0;
        mpz_set(from, v);
        if (joint) {
            mpz_mul(from, from, p->radix[k]);
            mpz_add(s->x, from, p->lo[i - 1]);
            mpz_swap(from, s->x);
        }
        if (mpz_cmp(v, p->lo[i]) == 0)
            t->start = on;
        else if (on != now)
            step(p, t, &room, from);
        now = on;
        if (on || !joint || mpz_cmp_si(e, p->carries[i - 1]) > 0)
            continue;
        /* from carry e on */
        mpz_sub_ui(e, e, 1);
        mpz_mul(from, v, p->radix[k]);
        mpz_add(from, from, p->from[i - 1]);
        mpz_addmul(from, e, s->beta);
        step(p, t, &room, from);
        now = true;
    }
    mpz_clears(v, e, from, NULL);
}

static bool join(struct work *s)
{
    const struct split_bank *b = s->b;
    struct split_plan *p = s->p;

    mpz_set_ui(s->y, 0);
    for (size_t place = 0; place < b->nplace; place++)
        for (unsigned k = 0; b->valid[place] && k < p->blocks[place]; k++) {
            mpz_sub(s->x, p->hi[at(p, place, k)], p->lo[at(p, place, k)]);
            mpz_add(s->y, s->y, s->x);
        }
    if (mpz_cmp_ui(s->y, MOST_VALUES) > 0 || !radixes(s))
        return false;
    p->steps = tc_alloc(p->arena, 2 * b->nplace * p->nblock, sizeof *p->steps);
    p->joint = true;
    p->layers = 2;
    p->gates = 0;
    for (size_t place = 0; place < b->nplace; place++)
        for (unsigned k = 0; b->valid[place] && k < p->blocks[place]; k++)
            for (unsigned kind = TC_SPLIT_P; kind <= (k ? TC_SPLIT_G : TC_SPLIT_P); kind++) {
                changes(s, place, k, (enum split_kind)kind);
                p->gates += p->steps[2 * at(p, place, k) + kind].n;
            }
    return true;
}

/* ----------------------------------------------------- gates in one row */

bool tc_split_row_of_gates(const struct split_bank *b)
{
    return b->nindex == 1 && b->bank->plane.chain && !b->moving && !b->bank->nguard;
}

static int by_value(const void *x, const void *y)
{
    return mpz_cmp(*(const mpz_srcptr *)x, *(const mpz_srcptr *)y);
}

static double distinct(mpz_ptr *v, size_t n)
{
    size_t different = n > 0;

    if (n)
        qsort(v, n, sizeof *v, by_value);
    for (size_t k = 1; k < n; k++)
        different += mpz_cmp(v[k], v[k - 1]) != 0;
    return (double)different;
}

/* Equal gates of a block are made once: recounts carries, and the blocks' own gates
 * unless what enters makes them differ. */
static void recount(struct work *s)
{
    const struct split_bank *b = s->b;
    struct split_plan *p = s->p;
    struct tc_arena *scratch = tc_arena_new();
    size_t most = 2;
    mpz_ptr *v;

    for (size_t i = 0; i < b->nplace * p->nblock; i++) {
        size_t n = (size_t)p->carries[i] + 2;

        if (p->joint)
            n = (size_t)p->steps[2 * i].n + p->steps[2 * i + 1].n;
        most = n > most ? n : most;
    }
    if (most > MOST_VALUES / b->nplace) { /* too many to look at: counted as they are */
        tc_arena_free(scratch);
        return;
    }
    v = tc_alloc(scratch, most * b->nplace, sizeof *v);
    p->gates = 0;
    for (unsigned k = 0; k < p->nblock; k++)
        for (unsigned n = 0, kind = 0; kind < 3; kind++) { /* P, G, carries */
            for (size_t place = 0; place < b->nplace; place++) {
                size_t i = at(p, place, k);

                if (k >= p->blocks[place] || (!k && kind == TC_SPLIT_G))
                    continue;
                if (p->joint) {
                    for (unsigned u = 0; kind < 2 && u < p->steps[2 * i + kind].n; u++)
                        v[n++] = p->steps[2 * i + kind].at[u];
                } else if (kind < 2) {
                    mpz_ui_sub(v[n++] = tc_mpz(scratch), kind, p->digit[i]);
                } else {
                    for (int64_t j = 0; j < p->carries[i]; j++) {
                        mpz_mul_si(s->x, s->beta, j);
                        mpz_add(v[n++] = tc_mpz(scratch), p->from[i], s->x);
                    }
                }
            }
            if (!p->high && kind == TC_SPLIT_P)
                continue; /* P and G are gates of one bank */
            p->gates += p->high && !p->joint && kind < 2 ? (double)n : distinct(v, n);
            n = 0;
        }
    tc_arena_free(scratch);
}

/* --------------------------------------------------------------------- plans */

void tc_split_plan_free(struct split_plan *p)
{
    if (p)
        tc_arena_free(p->arena);
}

static bool plan(struct work *s, unsigned width, unsigned nblock, bool joint)
{
    const struct split_bank *b = s->b;
    struct split_plan *p = s->p;
    size_t size = b->nplace * nblock, bits = mpz_sizeinbase(s->w, 2) - 1;

    bits = bits < MOST_GROUP ? bits : MOST_GROUP;
    p->width = width;
    p->nblock = nblock;
    if (size > MOST_ENTRIES)
        return false;
    p->blocks = tc_alloc(p->arena, b->nplace, sizeof *p->blocks);
    p->carries = tc_alloc(p->arena, size, sizeof *p->carries);
    p->from = tc_alloc(p->arena, size, sizeof *p->from);
    p->digit = tc_alloc(p->arena, size, sizeof *p->digit);
    p->lo = tc_alloc(p->arena, size, sizeof *p->lo);
    p->hi = tc_alloc(p->arena, size, sizeof *p->hi);
    mpz_set_ui(s->beta, 1);
    mpz_mul_2exp(s->beta, s->beta, width);
    if (!ranges(s))
        return false;
    blocks(s);
    for (size_t place = 0; place < b->nplace; place++)
        if (b->valid[place] && !digits(s, place))
            return false;
    p->layers = nblock == 1 ? 1 : p->high ? 3 : 2;
    for (size_t place = 0; place < b->nplace; place++)
        p->gates += b->valid[place] ? 2 * p->blocks[place] - 1 : 0;
    if (p->high && (joint ? !join(s) : mpz_cmp(s->beta, s->w) > 0))
        return false;
    if (joint && !p->high)
        return false; /* nothing to gain */
    if (tc_split_row_of_gates(b))
        recount(s);
    p->group = nblock - 1 <= bits ? nblock : (unsigned)bits;
    p->ngroup = (nblock + p->group - 1) / p->group;
    for (size_t place = 0; nblock > 1 && place < b->nplace; place++)
        p->gates += b->valid[place] ? p->ngroup : 0;
    return true;
}

static bool better(const struct split_plan *p, const struct split_plan *than)
{
    if (!than || p->layers != than->layers)
        return !than || p->layers < than->layers;
    return p->gates < than->gates;
}

enum { NARROW, WIDE, JOINT };

struct split_plan *tc_split_plan(const struct split_bank *b, mpz_srcptr w)
{
    struct work s = {.b = b, .w = w};
    struct split_plan *best = NULL;
    size_t bits = mpz_sizeinbase(w, 2) - 1, weight;
    mpz_t max;

    if (!bits) /* no weight 2, no digits */
        return NULL;
    mpz_inits(s.beta, s.x, s.y, max, NULL);
    mpz_divexact(max, b->max, mpz_sgn(b->gcd) ? b->gcd : b->max);
    weight = mpz_sizeinbase(max, 2);
    for (unsigned width = (unsigned)bits + 1; width > 0; width--)
        for (unsigned way = 0; way < 3; way++) {
            /* the last block is as narrow as the others, or as wide as it can be */
            unsigned nblock = (unsigned)((weight + width - 1) / width), least = 1;

            if ((width > weight && width > 1) || (best && s.effort > MOST_EFFORT))
                continue;
            for (mpz_set(s.x, max); mpz_cmp(s.x, w) > 0; least++)
                mpz_tdiv_q_2exp(s.x, s.x, width);
            if (way == WIDE && least == nblock)
                continue;
            if (way == WIDE)
                nblock = least;
            s.p = tc_alloc(b->arena, 1, sizeof *s.p);
            s.p->arena = tc_arena_new();
            if (plan(&s, width, nblock, way == JOINT) && better(s.p, best)) {
                tc_split_plan_free(best);
                best = s.p;
            } else {
                tc_split_plan_free(s.p);
            }
        }
    mpz_clears(s.beta, s.x, s.y, max, NULL);
    return best;
}
