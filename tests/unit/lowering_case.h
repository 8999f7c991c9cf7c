/* lowering_case.h -- for tests: a lowering of one component to a new family, whose wires may be
 * walked over by definition (walk.h) */
#ifndef TC_TEST_LOWERING_CASE_H
#define TC_TEST_LOWERING_CASE_H

#include "../../compiler/lower.h"
#include "walk.h"

static struct lowering L;
static struct tc_error err;
static struct walk w;
static bool walking; /* w is there */

static inline void lowering_open(void)
{
    static const struct tc_options options = {.level = TC_LEVEL_1};

    memset(&err, 0, sizeof err);
    L = (struct lowering){.family = tc_family_new("test"),
                          .err = &err,
                          .options = &options,
                          .prefix = "",
                          .component = "test"};
    walking = false;
}

static inline void lowering_close(void)
{
    if (walking)
        walk_free(&w);
    tc_family_free(L.family);
}

/* w of the family as it is now; inputs are the caller's to set */
static inline void lowering_walk(void)
{
    if (walking)
        return;
    ck_assert_msg(tc_family_check(L.family, &err), "%s", err.msg);
    w = walk_new(L.family);
    walking = true;
}

static inline void lowering_walk_banks(void)
{
    for (unsigned k = 0; k < L.family->nbank; k++)
        MUST(walk_bank(&w, L.family->bank[k]));
}

/* a form's value on the wires as they are, which is in the form's range */
static inline int64_t value_of(const struct tc_form *x)
{
    int64_t v;
    mpz_t sum;

    mpz_init(sum);
    walk_form(&w, x, sum);
    MUST(mpz_cmp(sum, x->lo) >= 0 && mpz_cmp(sum, x->hi) <= 0);
    v = mpz_get_si(sum);
    mpz_clear(sum);
    return v;
}

#endif
