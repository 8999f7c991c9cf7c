/* dce.c -- banks that no output depends on
 *
 * requires nothing; depth, gates and wires fewer or equal; weights kept
 *
 * Lowering makes such banks where a value turns out to be constant: with all
 * weights of a value matrix 0, the whole of the attention before it.
 */
#include "passes.h"

#include <stdlib.h>

static void mark(const struct tc_family *f, bool *keep, const struct tc_form *form)
{
    for (unsigned k = 0; k < form->nterm; k++)
        if (form->term[k].plane && form->term[k].plane->bank)
            keep[form->term[k].plane->id - f->ninput] = true;
}

struct tc_family *tc_pass_dce(struct tc_family *f, const struct tc_pass_options *options,
                              struct tc_error *err)
{
    bool *keep = tc_xcalloc(f->nbank + 1, sizeof *keep);
    struct tc_family *copy = f;
    unsigned kept = 0;

    (void)options;
    (void)err;
    for (unsigned k = 0; k < f->noutput; k++)
        if (f->output[k].plane->bank)
            keep[f->output[k].plane->id - f->ninput] = true;
    for (unsigned b = f->nbank; b-- > 0;) {
        if (!keep[b])
            continue;
        kept++;
        mark(f, keep, &f->bank[b]->form);
        mark(f, keep, &f->bank[b]->theta);
    }
    if (kept < f->nbank)
        copy = tc_family_copy(f, keep);
    free(keep);
    return copy;
}
