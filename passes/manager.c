/* manager.c -- the pipeline
 *
 *   lowered family -> dce -> split-weights -> family that is counted, drawn, run, instantiated
 *
 * The invariants are checked after a pass that changed something, and what it
 * did is recorded for the report.
 */
#include "passes.h"


static bool always(const struct tc_pass_options *options)
{
    (void)options;
    return true;
}

static bool bounded(const struct tc_pass_options *options)
{
    return options->poly || options->max_weight;
}

const struct tc_pass tc_passes[] = {
#define PASS(function, name, asked, help) {name, help, asked, tc_pass_##function},
#include "passes.def"
#undef PASS
};

const unsigned tc_npasses = sizeof tc_passes / sizeof *tc_passes;

static void note(struct tc_arena *arena, struct tc_pass_record *r, unsigned when,
                 const struct tc_count *count)
{
    if (!count)
        return;
    r->depth[when] = count->depth;
    r->gates[when] = tc_mpz_copy(arena, count->gates);
    r->wires[when] = tc_mpz_copy(arena, count->wires);
}

bool tc_passes_run(struct tc_arena *arena, struct tc_family **family,
                   const struct tc_pass_options *options, struct tc_count *count,
                   struct tc_pass_record **record, struct tc_error *err)
{
    struct tc_pass_record *r = tc_alloc(arena, tc_npasses + 1, sizeof *r);

    *record = r;
    if (count && !tc_family_count(arena, *family, true, count, err))
        return false;
    for (unsigned k = 0; k < tc_npasses; k++, r++) {
        double start = tc_now();
        struct tc_family *next;

        if (!tc_passes[k].asked(options))
            continue;
        next = tc_passes[k].run(*family, options, err);
        if (!next)
            return false;
        r->pass = &tc_passes[k];
        r->seconds = tc_now() - start;
        r->changed = next != *family;
        note(arena, r, 0, count);
        if (r->changed) {
            tc_family_free(*family);
            *family = next;
            if (!tc_family_check(next, err) ||
                (count && !tc_family_count(arena, next, true, count, err)))
                return false;
        }
        note(arena, r, 1, count);
    }
    return true;
}
