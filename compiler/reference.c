/* reference.c -- the model computed from its definitions, no circuits
 *
 * What a spec means is written in SPEC.md, "Semantics"; these files say it once more in C,
 * as plainly as they can: exact numbers, and one rounding where the definition has one.
 * This one walks the tree of blocks; reference_number.c has numbers and R,
 * reference_real.c the real functions, reference_block.c what maps single rows,
 * reference_position.c positions, reference_attention.c attention, reference_layer.c
 * attention that rounds its weights and results alone.
 */
#include "reference.h"

#include <assert.h>
#include <stdlib.h>

/* a block and what it keeps */
struct node {
    const struct tc_block *b;
    struct attention *attention;
    struct tc_exact *exact;   /* an attention's with rounding="layer" */
    struct position position; /* of a block of its own */
    struct element *y;        /* its result; a repeat's is its last child's */
    unsigned nchild;
    struct node *child;
};

struct tc_reference {
    struct evaluator ev;
    struct element *x;
    struct node root; /* a repeat, once, of all */
};

/* -------------------------------------------------------------------- run */

static const struct element *run_node(struct evaluator *ev, struct node *node,
                                      const struct element *x)
{
    const struct element *f = x;

    for (unsigned k = 0; k < node->nchild; k++)
        f = run_node(ev, &node->child[k], f);
    if (!node->b)
        return f;
    switch (node->b->kind) {
    case TC_REPEAT:
        return f;
    case TC_RESIDUAL:
        tc_ref_residual(ev, node->b, x, f, node->y);
        break;
    case TC_ATTENTION:
        if (node->exact)
            tc_exact_run(ev, node->exact, x, ev->weight + node->b->tensor, node->y);
        else
            tc_ref_attention_run(ev, node->attention, x, node->y);
        break;
    case TC_POSITION:
        tc_ref_position_rows(ev, &node->position, x, node->b->in.value, node->y);
        break;
    default:
        tc_ref_block_run(ev, node->b, x, node->y);
    }
    return node->y;
}

static void read_tensor(struct evaluator *ev, unsigned t, const uint64_t *word)
{
    uint64_t count = tc_tensor_count(&ev->spec->tensor[t]);

    for (uint64_t e = 0; e < count; e++)
        ev->weight[t][e] = tc_ref_read(&ev->round, word[e]);
}

void tc_reference_run(struct tc_reference *r, const uint64_t *const *tensor, uint64_t *out)
{
    struct evaluator *ev = &r->ev;
    const struct tc_spec *s = ev->spec;
    const struct tc_tensor *result = &s->tensor[s->ntensor - 1];
    uint64_t count = tc_tensor_count(&s->tensor[0]);
    const struct element *y;

    for (uint64_t e = 0; e < count; e++)
        r->x[e] = s->tensor[0].ids ? (struct element){(int64_t)tensor[0][e], 0}
                                   : tc_ref_read(&ev->round, tensor[0][e]);
    for (unsigned t = 1; t + 1 < s->ntensor; t++)
        read_tensor(ev, t, tensor[t]);
    y = run_node(ev, &r->root, r->x);
    count = tc_tensor_count(result);
    for (uint64_t e = 0; e < count; e++)
        out[e] = result->ids ? (uint64_t)y[e].m : tc_ref_write(&ev->round, y[e]);
}

/* ----------------------------------------------------------------- context */

static bool check_tree(const struct tc_spec *spec, unsigned n, const struct tc_block *block,
                       struct tc_error *err)
{
    for (unsigned k = 0; k < n; k++)
        if (!tc_ref_block_check(spec, &block[k], err) ||
            !check_tree(spec, block[k].nchild, block[k].child, err))
            return false;
    return true;
}

static struct node *open_nodes(const struct tc_spec *spec, unsigned n, const struct tc_block *block)
{
    struct node *node = tc_xcalloc(n, sizeof *node);

    for (unsigned k = 0; k < n; k++) {
        const struct tc_block *b = &block[k];

        node[k].b = b;
        node[k].nchild = b->nchild;
        node[k].child = open_nodes(spec, b->nchild, b->child);
        if (b->kind != TC_REPEAT)
            node[k].y = tc_xcalloc((size_t)(spec->length.value * b->out.value), sizeof *node[k].y);
        if (b->kind == TC_POSITION)
            node[k].position = (struct position){.p = &b->position, .tensor = b->tensor};
        if (b->kind == TC_ATTENTION && spec->rounding == TC_LAYER)
            node[k].exact = tc_exact_new(spec, &b->attention);
        else if (b->kind == TC_ATTENTION)
            node[k].attention = tc_ref_attention_new(spec, b);
    }
    return node;
}

static void close_nodes(struct node *node, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        close_nodes(node[k].child, node[k].nchild);
        tc_ref_attention_free(node[k].attention);
        tc_exact_free(node[k].exact);
        tc_ref_forget(&node[k].position.known);
        free(node[k].y);
    }
    free(node);
}

struct tc_reference *tc_reference_new(const struct tc_spec *spec, enum tc_regime regime,
                                      struct tc_error *err)
{
    struct tc_reference *r;
    struct evaluator *ev;

    if (!check_tree(spec, spec->nblock, spec->block, err))
        return NULL;
    r = tc_xcalloc(1, sizeof *r);
    ev = &r->ev;
    ev->spec = spec;
    ev->op = spec->rounding == TC_OP;
    ev->n = spec->length.value;
    tc_ref_rounder_init(&ev->round, &spec->format);
    ev->round.regime = regime;
    mpz_inits(ev->sum.m, ev->term.m, (mpz_ptr)NULL);
    ev->weight = tc_xcalloc(spec->ntensor, sizeof *ev->weight);
    for (unsigned t = 1; t + 1 < spec->ntensor; t++)
        ev->weight[t] = tc_xcalloc(tc_tensor_count(&spec->tensor[t]), sizeof **ev->weight);
    r->x = tc_xcalloc(tc_tensor_count(&spec->tensor[0]), sizeof *r->x);
    r->root.nchild = spec->nblock;
    r->root.child = open_nodes(spec, spec->nblock, spec->block);
    return r;
}

void tc_reference_notes(struct tc_reference *r, FILE *notes)
{
    r->ev.notes = notes;
}

void tc_reference_free(struct tc_reference *r)
{
    if (!r)
        return;
    close_nodes(r->root.child, r->root.nchild);
    for (unsigned t = 0; t < r->ev.spec->ntensor; t++)
        free(r->ev.weight[t]);
    free(r->ev.weight);
    for (size_t f = 0; f < sizeof r->ev.real / sizeof *r->ev.real; f++)
        tc_ref_forget(&r->ev.real[f]);
    mpz_clears(r->ev.sum.m, r->ev.term.m, (mpz_ptr)NULL);
    tc_ref_rounder_clear(&r->ev.round);
    free(r->x);
    free(r);
    mpfr_free_cache();
}
