/* bounds.c -- the command: the analysis of a specification, and its printing
 *
 * The class is of the specification alone, so that one of which no circuit is built has it
 * too; the constants are measured on circuits of one operation; depth, size and formulas
 * are the compiled family's, at the length given and at two larger ones. */
#include "bounds.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------- the blocks */

static bool is_within(const char *component, const char *path)
{
    size_t n = strlen(path);

    return !strncmp(component, path, n) && (!component[n] || component[n] == '.');
}

/* levels and gates of the banks of a block */
static void count_block(struct tc_bounds *b, struct tc_bounds_block *x)
{
    const struct tc_family *f = b->compiled->family;

    x->gates = tc_poly_int(b->arena, 0);
    x->gates_value = tc_mpz(b->arena);
    for (unsigned k = 0; k < f->nbank; k++) {
        const struct tc_bank *bank = f->bank[k];
        const struct tc_bank_count *c = &b->compiled->count.bank[k];

        if (!is_within(bank->component, x->block->path))
            continue;
        x->gates = tc_poly_add(b->arena, x->gates, c->gates_formula);
        mpz_add(x->gates_value, x->gates_value, c->gates);
        x->from = x->from && x->from < bank->plane.level ? x->from : bank->plane.level;
        x->to = x->to > bank->plane.level ? x->to : bank->plane.level;
    }
}

static unsigned count_blocks(unsigned n, const struct tc_block *block)
{
    unsigned count = n;

    for (unsigned k = 0; k < n; k++)
        count += count_blocks(block[k].nchild, block[k].child);
    return count;
}

static void list_blocks(struct tc_bounds *b, unsigned n, const struct tc_block *block)
{
    for (unsigned k = 0; k < n; k++) {
        struct tc_bounds_block *x = &b->block[b->nblock++];

        *x = (struct tc_bounds_block){.block = &block[k],
                                      .stages = tc_block_stages(b->arena, &block[k])};
        tc_blocks_depth(b->arena, 1, &block[k], &x->depth, &x->parallel);
        if (b->compiled)
            count_block(b, x);
        list_blocks(b, block[k].nchild, block[k].child);
    }
}

/* ----------------------------------------------------------------- other lengths */

static const struct tc_symbol *find(unsigned n, const struct tc_symbol *symbol, const char *name)
{
    for (unsigned k = 0; k < n; k++)
        if (!strcmp(symbol[k].name, name))
            return &symbol[k];
    return NULL;
}

struct lookup {
    const struct tc_spec *spec;     /* parameters: of this length */
    const struct tc_count *count;   /* points without closed form: likewise */
    const struct tc_family *family; /* lengths of chains: of the first */
    struct tc_arena *arena;
};

static bool look_up(void *ctx, const char *name, mpz_ptr value)
{
    const struct lookup *l = ctx;
    const struct tc_symbol *s = find(l->count->nsymbol, l->count->symbol, name);
    struct tc_error err = {0};
    struct tc_number x;

    s = s ? s : find(l->family->nsymbol, l->family->symbol, name);
    if (s) {
        mpz_set(value, s->value);
        return true;
    }
    if (!tc_expr_eval(l->arena, name, l->spec->param, l->spec->nparam, (struct tc_loc){0}, &x,
                      &err) ||
        mpz_cmp_ui(mpq_denref(x.value), 1))
        return false;
    mpz_set(value, mpq_numref(x.value));
    return true;
}

/* the gates' formula, at another length */
static bool formula_gives(const struct tc_bounds *b, const struct tc_spec *spec,
                          const struct tc_count *count)
{
    struct lookup l = {spec, count, b->compiled->family, b->arena};
    mpq_t value;
    bool same;

    mpq_init(value);
    same = tc_poly_eval(b->compiled->count.gates_formula, look_up, &l, value) &&
           !mpz_cmp_ui(mpq_denref(value), 1) && !mpz_cmp(mpq_numref(value), count->gates);
    mpq_clear(value);
    return same;
}

static void keep(struct tc_bounds *b, struct tc_at_length *at, const struct tc_compiled *c)
{
    const struct tc_family *f = c->family;

    at->depth = c->count.depth;
    at->gates = tc_mpz(b->arena);
    mpz_set(at->gates, c->count.gates);
    at->same = formula_gives(b, c->spec, &c->count);
    at->nsymbol = f->nsymbol;
    at->symbol = tc_alloc(b->arena, f->nsymbol, sizeof *at->symbol);
    for (unsigned k = 0; k < f->nsymbol; k++) {
        mpz_ptr value = tc_mpz(b->arena);

        mpz_set(value, f->symbol[k].value);
        at->symbol[k] = (struct tc_symbol){tc_strdup(b->arena, f->symbol[k].name), value, NULL};
    }
}

static bool count_at(struct tc_bounds *b, struct tc_at_length *at)
{
    struct tc_compiled c = {0};
    struct tc_error err = {0};
    bool ok = tc_compile_at(b->args, b->arena, b->length, at->n, &c, &err);

    if (ok)
        keep(b, at, &c);
    tc_compiled_free(&c);
    return ok;
}

static void other_lengths(struct tc_bounds *b, const struct tc_growing *g)
{
    static const int64_t times[TC_NLENGTH] = {2, 64};

    b->length = tc_growing_length(g);
    if (!b->length || !strcmp(b->args->spec, "-"))
        return;
    for (unsigned k = 0; k < TC_NLENGTH; k++) {
        b->at[b->nlength].n = times[k] * b->spec->length.value;
        b->nlength += count_at(b, &b->at[b->nlength]);
    }
}

static bool is_fixed(const void *ctx, const char *name)
{
    const struct tc_bounds *b = ctx;
    const struct tc_family *f = b->compiled->family;
    const struct tc_symbol *s[TC_NLENGTH];

    if (!find(f->nsymbol, f->symbol, name))
        return false;
    for (unsigned k = 0; k < b->nlength; k++) {
        s[k] = find(b->at[k].nsymbol, b->at[k].symbol, name);
        if (!s[k] || mpz_cmp(s[k]->value, s[0]->value) != 0)
            return false;
    }
    return true;
}

const char *tc_bounds_leading(const struct tc_bounds *b, const struct tc_poly *p)
{
    return tc_leading_term(b->arena, p, is_fixed, b);
}

/* ----------------------------------------------------------------- the command */

/* the circuit, or why there is none; false: wrong usage */
static bool build(struct tc_bounds *b, struct tc_compiled *c, const struct tc_error *refused,
                  struct tc_error *err)
{
    if (refused->kind)
        b->refused = tc_strdup(b->arena, refused->msg);
    else if (tc_compile_lower(b->args, c, err))
        b->compiled = c;
    else
        b->refused = tc_strdup(b->arena, err->msg);
    return !b->refused || err->kind != TC_EUSAGE;
}

static void analyse(struct tc_bounds *b)
{
    struct tc_growing g = tc_growing_of(b->arena, b->spec, b->args->set, b->args->nset);

    b->class = tc_classify(b->arena, &g, &b->args->options);
    b->constants = tc_constants_measure(b->arena, b->spec, &b->args->options);
    tc_blocks_depth(b->arena, b->spec->nblock, b->spec->block, &b->depth, &b->parallel);
    b->block = tc_alloc(b->arena, count_blocks(b->spec->nblock, b->spec->block), sizeof *b->block);
    list_blocks(b, b->spec->nblock, b->spec->block);
    if (b->compiled)
        other_lengths(b, &g);
}

bool tc_bounds_of(const struct tc_args *args, struct tc_compiled *c, struct tc_bounds *b,
                  struct tc_error *err)
{
    struct tc_error refused = {0};

    *c = (struct tc_compiled){0};
    *b = (struct tc_bounds){.args = args};
    c->spec = tc_spec_outline(args->spec, args->set, args->nset, &refused, err);
    if (!c->spec)
        return false;
    c->arena = tc_arena_new();
    b->arena = c->arena;
    b->spec = c->spec;
    if (!build(b, c, &refused, err))
        return false;
    err->kind = 0;
    analyse(b);
    return true;
}

bool tc_bounds_command(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct tc_compiled c;
    struct tc_bounds b;
    bool ok = tc_bounds_of(args, &c, &b, err);

    /* a stream that failed says so when it is finished */
    if (ok)
        (void)(args->format && !strcmp(args->format, "xml") ? tc_bounds_xml : tc_bounds_text)(out,
                                                                                              &b);
    tc_compiled_free(&c);
    return ok;
}
