/* diagram.c -- threshold gates as decision diagrams, see diagram.h
 *
 * One question at a time, deepest first: what f_i(t) is needs f_(i+1) at t - w_i and at t.  An
 * answer comes with all t that it is good for.  For 1 <= t <= rest_i neither is f_(i+1)(t - w_i)
 * the constant 0 nor f_(i+1)(t) the constant 1, so, high good for h..h' and low for l..l', f_i is
 * the same for max(h + w_i, l)..min(h' + w_i, l'); the constant 1 has no h, and 0 no l', that
 * counts: -total and 2 total + 1 stand for them.
 *
 * source  intervals of thresholds: Behle, On threshold BDDs and the optimal variable
 *         ordering, 2007; Abio et al., A new look at BDDs for pseudo-Boolean constraints, 2012 */
#include "diagram.h"

#include <stdlib.h>

static void answer_init(struct tc_answer *a)
{
    mpz_inits(a->least, a->most, NULL);
}

static void answer_set(struct tc_answer *to, const struct tc_answer *from)
{
    mpz_set(to->least, from->least);
    mpz_set(to->most, from->most);
    to->is = from->is;
}

static void more_rungs(struct tc_diagram *d)
{
    size_t room = d->term_room + d->term_room / 2 + 16;

    d->rung = tc_xrealloc(d->rung, room, sizeof *d->rung);
    for (; d->term_room < room; d->term_room++) {
        mpz_inits(d->rung[d->term_room].weight, d->rung[d->term_room].rest, d->rung[d->term_room].t,
                  NULL);
        answer_init(&d->rung[d->term_room].high);
    }
}

void tc_diagram_start(struct tc_diagram *d)
{
    if (!d->rung) {
        more_rungs(d);
        answer_init(&d->answer);
    }
    d->nterm = d->nknown = 0;
    d->nnode = 2;
    d->rung[0].width = d->rung[0].first = 0;
    mpz_set_ui(d->rung[0].rest, 0);
}

void tc_diagram_term(struct tc_diagram *d, mpz_srcptr weight)
{
    if (d->nterm + 1 == d->term_room)
        more_rungs(d);
    mpz_set(d->rung[d->nterm++].weight, weight);
    d->rung[d->nterm].width = d->rung[d->nterm].first = 0;
    mpz_set_ui(d->rung[d->nterm].rest, 0);
}

/* sums of weights, once all are there */
static void add_rests(struct tc_diagram *d)
{
    for (size_t i = d->nterm; i-- > 0;)
        mpz_add(d->rung[i].rest, d->rung[i].weight, d->rung[i + 1].rest);
}

/* whether d->answer says now what is asked of rung i */
static bool look_up(struct tc_diagram *d, size_t i)
{
    const struct tc_rung *r = &d->rung[i];

    if (mpz_sgn(r->t) <= 0) {
        mpz_neg(d->answer.least, d->rung[0].rest);
        mpz_set_ui(d->answer.most, 0);
        d->answer.is = 1;
        return true;
    }
    if (mpz_cmp(r->t, r->rest) > 0) {
        mpz_add_ui(d->answer.least, r->rest, 1);
        mpz_mul_2exp(d->answer.most, d->rung[0].rest, 1);
        mpz_add_ui(d->answer.most, d->answer.most, 1);
        d->answer.is = 0;
        return true;
    }
    for (size_t k = r->first; k; k = d->known[k - 1].next)
        if (mpz_cmp(r->t, d->known[k - 1].answer.least) >= 0 &&
            mpz_cmp(r->t, d->known[k - 1].answer.most) <= 0) {
            answer_set(&d->answer, &d->known[k - 1].answer);
            return true;
        }
    return false;
}

/* d->answer is remembered for rung i */
static bool remember(struct tc_diagram *d, size_t i)
{
    struct tc_rung *r = &d->rung[i];

    if (r->width == TC_DIAGRAM_WIDTH)
        return false;
    if (d->nknown == d->known_room) {
        size_t room = d->known_room + d->known_room / 2 + 64;

        d->known = tc_xrealloc(d->known, room, sizeof *d->known);
        for (; d->known_room < room; d->known_room++)
            answer_init(&d->known[d->known_room].answer);
    }
    answer_set(&d->known[d->nknown].answer, &d->answer);
    d->known[d->nknown].next = r->first;
    r->first = ++d->nknown;
    r->width++;
    return true;
}

/* rung i's high and d->answer, its low, become its own answer */
static bool combine(struct tc_diagram *d, size_t i, size_t most)
{
    struct tc_rung *r = &d->rung[i];
    struct tc_answer *a = &d->answer;

    mpz_add(r->high.least, r->high.least, r->weight);
    mpz_add(r->high.most, r->high.most, r->weight);
    if (mpz_cmp(a->least, r->high.least) < 0)
        mpz_set(a->least, r->high.least);
    if (mpz_cmp(a->most, r->high.most) > 0)
        mpz_set(a->most, r->high.most);
    if (a->is != r->high.is) {
        if (d->nnode - 2 >= most)
            return false;
        if (d->nnode >= d->node_room) {
            d->node_room = d->node_room + d->node_room / 2 + 64;
            d->node = tc_xrealloc(d->node, d->node_room, sizeof *d->node);
        }
        d->node[d->nnode] = (struct tc_decision){i, r->high.is, a->is};
        a->is = d->nnode++;
    }
    return remember(d, i);
}

bool tc_diagram_gate(struct tc_diagram *d, mpz_srcptr t, size_t most, size_t *node)
{
    size_t i = 0;

    if (d->nknown == 0)
        add_rests(d);
    mpz_set(d->rung[0].t, t);
    for (;;) {
        while (!look_up(d, i)) {
            d->rung[i].asked_low = false;
            mpz_sub(d->rung[i + 1].t, d->rung[i].t, d->rung[i].weight);
            i++;
        }
        while (i > 0 && d->rung[i - 1].asked_low)
            if (!combine(d, --i, most))
                return false;
        if (i == 0)
            break;
        answer_set(&d->rung[i - 1].high, &d->answer);
        d->rung[i - 1].asked_low = true;
        mpz_set(d->rung[i].t, d->rung[i - 1].t);
    }
    *node = d->answer.is;
    return true;
}

void tc_diagram_free(struct tc_diagram *d)
{
    if (d->rung)
        mpz_clears(d->answer.least, d->answer.most, NULL);
    for (size_t i = 0; i < d->term_room; i++)
        mpz_clears(d->rung[i].weight, d->rung[i].rest, d->rung[i].t, d->rung[i].high.least,
                   d->rung[i].high.most, NULL);
    for (size_t k = 0; k < d->known_room; k++)
        mpz_clears(d->known[k].answer.least, d->known[k].answer.most, NULL);
    free(d->rung);
    free(d->known);
    free(d->node);
    *d = (struct tc_diagram){0};
}
