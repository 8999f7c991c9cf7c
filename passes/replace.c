/* replace.c -- readers of a bank read a form instead, where that is worth it
 *
 * Gates never grow: a bank is only read less.  Depth does not, as the form is on a
 * lower level than the bank's gates.  Wires may: a form has more than one.
 */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

bool tc_rw_is_and(const struct tc_bank *b)
{
    const struct tc_term *bound = b->theta.term;

    if (b->plane.chain || b->form.nterm < 2 || b->theta.nterm != 1 || bound->plane ||
        bound->nfactor || bound->nsum || bound->nguard || mpz_cmp_ui(bound->coef, b->form.nterm))
        return false;
    for (unsigned k = 0; k < b->form.nterm; k++) {
        const struct tc_term *x = &b->form.term[k];

        if (!x->plane || x->nfactor || x->nsum || x->nguard || mpz_cmp_ui(x->coef, 1))
            return false;
    }
    return true;
}

/* the family with all banks replaced that may be (NULL: all); did: which; hold: ANDs read
 * wires */
static struct tc_family *replaced(struct tc_family *f, tc_rw_stands *stands, const bool *may,
                                  bool *did, bool hold)
{
    struct tc_rw *rw = tc_rw_open(f);

    for (unsigned k = 0; k < rw->nbank; k++) {
        const struct tc_bank *old = rw->f->bank[k];
        const struct tc_bank *b =
            hold && tc_rw_is_and(old) ? tc_rw_bank_wires(rw, old) : tc_rw_bank(rw, old);
        struct tc_form form;

        did[k] = (!may || may[k]) && stands(rw, b, &form);
        if (did[k])
            tc_rw_replace(rw, old, form);
    }
    return tc_rw_close(rw, f);
}

static bool measure(struct tc_arena *a, const struct tc_family *f, struct tc_count *n)
{
    struct tc_error err = {0};

    return tc_family_count(a, f, true, n, &err);
}

static bool worth(struct tc_arena *a, const struct tc_family *f, const struct tc_count *before,
                  unsigned *depth)
{
    struct tc_count after;
    mpz_ptr twice = tc_mpz(a);
    bool ok;

    if (!measure(a, f, &after))
        return false;
    mpz_mul_2exp(twice, before->wires, 1);
    ok = after.depth < *depth || mpz_cmp(after.wires, twice) <= 0;
    if (ok)
        *depth = after.depth;
    return ok;
}

/* one bank more at a time */
static struct tc_family *some(struct tc_arena *a, struct tc_family *f, tc_rw_stands *stands,
                              const bool *may, const struct tc_count *before)
{
    bool *now = tc_alloc(a, f->nbank + 1, sizeof *now), *did = tc_alloc(a, f->nbank + 1, 1);
    unsigned depth = before->depth;
    struct tc_family *best = f;

    for (unsigned k = 0; k < f->nbank; k++) {
        struct tc_family *g;

        if (!may[k])
            continue;
        now[k] = true;
        g = replaced(f, stands, now, did, false);
        if (g != f && worth(a, g, before, &depth)) {
            if (best != f)
                tc_family_free(best);
            best = g;
            continue;
        }
        now[k] = false;
        if (g != f)
            tc_family_free(g);
    }
    return best;
}

struct tc_family *tc_rw_replace_banks(struct tc_family *f, tc_rw_stands *stands)
{
    struct tc_arena *a = tc_arena_new();
    bool *did = tc_alloc(a, f->nbank + 1, sizeof *did);
    struct tc_family *g = replaced(f, stands, NULL, did, false);
    struct tc_count before;
    unsigned depth;

    if (g != f && measure(a, f, &before)) {
        depth = before.depth;
        if (!worth(a, g, &before, &depth)) {
            tc_family_free(g);
            g = some(a, f, stands, did, &before);
        }
    }
    tc_arena_free(a);
    return g;
}

struct tc_family *tc_rw_replace_beside(struct tc_family *f, tc_rw_stands *stands)
{
    bool *did = tc_xcalloc(f->nbank + 1, sizeof *did);
    struct tc_family *g = replaced(f, stands, NULL, did, true);

    free(did);
    return g;
}

bool tc_rw_smaller(const struct tc_count *before, const struct tc_count *after)
{
    mpz_t old, new;
    bool ok;

    mpz_inits(old, new, NULL);
    mpz_add(old, before->gates, before->wires);
    mpz_add(new, after->gates, after->wires);
    ok = after->depth <= before->depth && mpz_cmp(new, old) < 0;
    mpz_clears(old, new, NULL);
    return ok;
}

struct tc_family *tc_rw_improve(struct tc_family *f, tc_rw_attempt *attempt, tc_rw_better *better)
{
    struct tc_arena *a = tc_arena_new();
    struct tc_family *best = f;
    struct tc_count count, after;
    bool again = measure(a, f, &count);

    while (again) {
        again = false;
        for (unsigned k = 0; k < best->nbank; k++) {
            bool more = true;

            for (unsigned choice = 0; more && k < best->nbank;) { /* banks may go */
                struct tc_family *g = attempt(best, k, choice, &more);

                if (g == best || !measure(a, g, &after) || !better(&count, &after)) {
                    if (g != best)
                        tc_family_free(g);
                    choice++;
                    continue;
                }
                if (best != f)
                    tc_family_free(best);
                best = g;
                count = after;
                again = true;
            }
        }
    }
    tc_arena_free(a);
    return best;
}
