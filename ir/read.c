/* read.c -- a family from text, see FORMAT.md
 *
 * Recursive descent without the recursion: no construct nests in itself.  The
 * structures are made here and not by the builder, which would put them in
 * its own order: what is read is kept as it stands, and each bank is checked
 * as soon as it is complete, so that the error has its line.
 */
#include "read.h"

#include <stdlib.h>
#include <string.h>

static bool next(struct tc_reader *r)
{
    return tc_lex_next(&r->lex);
}

static bool at_end(const struct tc_reader *r)
{
    return r->lex.kind == TC_TOKEN_LINE || r->lex.kind == TC_TOKEN_END;
}

/* [BOUND, ...; BOUND | GUARD, ...]; leaves the indices in the scope */
static bool read_axes(struct tc_reader *r, struct tc_plane *p, struct tc_bank *b)
{
    const struct tc_index *axis[TC_MOST_INDICES];

    r->nscope = 0;
    if (!tc_take(r, '[', "'[' and the indices"))
        return false;
    while (!tc_lex_is(&r->lex, ']') && !tc_lex_is(&r->lex, ';') && !tc_lex_is(&r->lex, '|')) {
        if (p->naxis == TC_MOST_INDICES)
            return tc_fail(r->err, TC_ELIMIT, r->lex.loc, "more than %d axes", TC_MOST_INDICES);
        if (!tc_read_bound(r, &axis[p->naxis]))
            return false;
        p->naxis++;
        if (tc_lex_is(&r->lex, ',')) {
            if (!next(r))
                return false;
            if (r->lex.kind != TC_TOKEN_NAME)
                return tc_lex_wanted(&r->lex, "the name of an index");
        }
    }
    p->axis = tc_alloc(r->f->arena, p->naxis ? p->naxis : 1, sizeof *p->axis);
    memcpy(p->axis, axis, p->naxis * sizeof *axis);
    if (b && tc_lex_is(&r->lex, ';') && (!next(r) || !tc_read_bound(r, &p->chain)))
        return false;
    if (b && tc_lex_is(&r->lex, '|') && !tc_read_guards(r, &b->nguard, &b->guard))
        return false;
    return tc_take(r, ']', b ? "',', ';', '|' or ']' after an index" : "',' or ']' after an index");
}

/* a name not yet given to a thing of this kind */
static bool new_name(struct tc_reader *r, struct tc_names *names, uint32_t value, const char *kind,
                     const char **name)
{
    struct tc_loc loc;

    if (!tc_take_name(r, tc_sprintf(r->scratch, "the name of %s", kind), name, &loc))
        return false;
    if (!tc_names_add(names, *name, value))
        return tc_fail(r->err, TC_EFORMAT, loc, "the name %s is taken", *name);
    return true;
}

static bool end_statement(struct tc_reader *r)
{
    return at_end(r) || tc_lex_wanted(&r->lex, "the end of the line");
}

/* NAME, or a name with parentheses behind it such as ceil(log2(n)) */
static bool read_symbol_name(struct tc_reader *r, const char **name, struct tc_loc *loc)
{
    const char *raw = NULL;

    if (r->lex.kind == TC_TOKEN_NAME && !r->lex.quoted && *r->lex.p == '(') {
        struct tc_loc raw_loc;
        size_t n;

        *name = r->lex.name;
        *loc = r->lex.loc;
        if (!tc_lex_raw(&r->lex, "=", &raw, &raw_loc))
            return false;
        for (n = strlen(raw); n && raw[n - 1] == ' '; n--)
            ;
        *name = tc_sprintf(r->scratch, "%s%.*s", *name, n > 1000 ? 1000 : (int)n, raw);
        return true;
    }
    return tc_take_name(r, "a name", name, loc);
}

static bool read_symbol(struct tc_reader *r, bool param)
{
    struct tc_family *f = r->f;
    struct tc_symbol **list = param ? &f->param : &f->symbol, *s;
    unsigned *n = param ? &f->nparam : &f->nsymbol;
    mpz_ptr value = tc_mpz(f->arena);
    const char *name, *note;
    struct tc_loc loc;

    if (!next(r) || !read_symbol_name(r, &name, &loc) || !tc_take(r, '=', "'=' and a value") ||
        !tc_take_integer(r, value) || !end_statement(r))
        return false;
    if (param && f->nsymbol)
        return tc_fail(r->err, TC_EFORMAT, loc, "param %s stands behind a symbol", name);
    if (!tc_names_add(&r->symbols, name, f->nparam + f->nsymbol))
        return tc_fail(r->err, TC_EFORMAT, loc, "the name %s is taken", name);
    note = tc_lex_note(&r->lex);
    *list = tc_xrealloc(*list, *n + 1, sizeof **list);
    s = &(*list)[(*n)++];
    *s = (struct tc_symbol){tc_strdup(f->arena, name), value,
                            note ? tc_strdup(f->arena, note) : NULL};
    return true;
}

/* as many entries as the extents say; few that do not fit make all of them big */
static bool read_entries(struct tc_reader *r, struct tc_table *t, size_t size)
{
    int64_t *small = NULL;
    mpz_ptr *big = NULL, v = tc_mpz(r->scratch);
    unsigned n = 0;

    while (!at_end(r)) {
        if (n == size)
            return tc_lex_wanted(&r->lex, "no more than %zu entries", size);
        if (!tc_take_integer(r, v))
            return false;
        if (!big && !tc_mpz_fits_i64(v)) {
            for (unsigned k = 0; k < n; k++) {
                big = tc_grow(r->f->arena, big, k, sizeof *big);
                big[k] = tc_mpz_si(r->f->arena, small[k]);
            }
            big = n ? big : tc_grow(r->f->arena, big, 0, sizeof *big);
        }
        if (big) {
            big = tc_grow(r->f->arena, big, n, sizeof *big);
            big[n++] = tc_mpz_copy(r->f->arena, v);
        } else {
            small = tc_grow(r->f->arena, small, n, sizeof *small);
            small[n++] = tc_mpz_get_i64(v);
        }
    }
    if (n < size)
        return tc_lex_wanted(&r->lex, "%zu entries, %zu more", size, size - n);
    t->small = big ? NULL : small;
    t->big = big;
    return true;
}

static bool read_dense(struct tc_reader *r, struct tc_table *t)
{
    int64_t extent[TC_MOST_INDICES], *copy;
    struct tc_loc loc = r->lex.loc;
    size_t size = 1;

    if (!next(r))
        return false;
    while (!tc_lex_is(&r->lex, ')')) {
        if (t->rank == TC_MOST_INDICES)
            return tc_fail(r->err, TC_ELIMIT, r->lex.loc, "more than %d arguments",
                           TC_MOST_INDICES);
        loc = r->lex.loc;
        if (!tc_take_small(r, &extent[t->rank]))
            return false;
        if (extent[t->rank] < 1)
            return tc_fail(r->err, TC_EFORMAT, loc, "found extent %lld, wanted 1 or more",
                           (long long)extent[t->rank]);
        if (__builtin_mul_overflow(size, (size_t)extent[t->rank++], &size) || size > UINT32_MAX)
            return tc_fail(r->err, TC_ELIMIT, loc, "more than 2^32 - 1 entries");
        if (!tc_lex_is(&r->lex, ')') && !tc_take(r, ',', "',' or ')' after an extent"))
            return false;
    }
    copy = tc_alloc(r->f->arena, t->rank ? t->rank : 1, sizeof *copy);
    memcpy(copy, extent, t->rank * sizeof *copy);
    t->extent = copy;
    return next(r) && tc_take(r, '=', "'=' and the entries") && read_entries(r, t, size);
}

/* = FUNCTION(PARAMETERS) */
static bool read_computed(struct tc_reader *r, struct tc_table *t)
{
    struct tc_loc loc, raw_loc;
    const char *name, *parameters;

    if (!tc_take(r, '=', "'(' and extents, or '=' and a function"))
        return false;
    if (!tc_take_name(r, "the name of a function", &name, &loc))
        return false;
    t->fn = tc_function_find(name);
    if (!t->fn)
        return tc_fail(r->err, TC_EFORMAT, loc, "no function is named %s", name);
    if (!tc_lex_is(&r->lex, '('))
        return tc_lex_wanted(&r->lex, "'(' and the parameters of %s", name);
    if (*r->lex.p == '"') {
        if (!next(r) || !tc_take_name(r, "parameters in quotes", &parameters, &raw_loc))
            return false;
    } else if (!tc_lex_raw(&r->lex, ")", &parameters, &raw_loc)) {
        return false;
    }
    if (!tc_take(r, ')', "')' after the parameters"))
        return false;
    t->rank = t->fn->rank;
    t->parameters = tc_strdup(r->f->arena, parameters);
    t->state = t->fn->open(r->f->arena, t->parameters, raw_loc, r->err);
    return t->state != NULL;
}

static bool read_table(struct tc_reader *r)
{
    struct tc_family *f = r->f;
    struct tc_table *t = tc_alloc(f->arena, 1, sizeof *t);
    const char *name;

    if (!next(r) || !new_name(r, &r->tables, f->ntable, "a table", &name))
        return false;
    t->name = tc_strdup(f->arena, name);
    t->id = f->ntable;
    if (!(tc_lex_is(&r->lex, '(') ? read_dense(r, t) : read_computed(r, t)))
        return false;
    f->table = tc_xrealloc(f->table, f->ntable + 1, sizeof *f->table);
    f->table[f->ntable++] = t;
    return end_statement(r);
}

static bool read_input(struct tc_reader *r)
{
    struct tc_family *f = r->f;
    struct tc_plane *p = tc_alloc(f->arena, 1, sizeof *p);
    struct tc_loc loc = r->lex.loc;
    const char *name;

    if (f->nbank)
        return tc_fail(r->err, TC_EFORMAT, loc, "found an input behind a bank");
    if (!next(r))
        return false;
    loc = r->lex.loc;
    if (!new_name(r, &r->planes, f->ninput, "an input", &name) || !read_axes(r, p, NULL) ||
        !end_statement(r))
        return false;
    p->name = tc_strdup(f->arena, name);
    p->id = f->ninput;
    f->input = tc_xrealloc(f->input, f->ninput + 1, sizeof *f->input);
    f->input[f->ninput++] = p;
    if (!tc_check_input(r->checker, p, r->err)) {
        r->err->loc = loc;
        return false;
    }
    return true;
}

static bool read_head(struct tc_reader *r, struct tc_bank *b)
{
    int64_t level;

    if (!read_axes(r, &b->plane, b))
        return false;
    if (!tc_lex_is_word(&r->lex, "level"))
        return tc_lex_wanted(&r->lex, "level");
    if (!next(r) || !tc_take_small(r, &level))
        return false;
    b->plane.level = level < 0 || level > INT32_MAX ? 0 : (unsigned)level; /* 0 is refused below */
    b->monotone = !b->plane.chain; /* one gate a point is as good as a chain of one */
    if (b->plane.chain && tc_lex_is_word(&r->lex, "monotone")) {
        b->monotone = true;
        if (!next(r))
            return false;
    }
    return tc_take(r, ':', b->monotone ? "':'" : "monotone or ':'");
}

static bool read_bank(struct tc_reader *r)
{
    struct tc_family *f = r->f;
    struct tc_bank *b = tc_alloc(f->arena, 1, sizeof *b);
    const char *name, *note, *component = "";
    struct tc_loc loc;

    if (!next(r))
        return false;
    loc = r->lex.loc;
    if (r->lex.kind == TC_TOKEN_NAME && tc_names_find(&r->planes, r->lex.name) != UINT32_MAX)
        return tc_fail(r->err, TC_EFORMAT, loc, "the name %s is taken", r->lex.name);
    if (!tc_take_name(r, "the name of a bank", &name, &loc) || !read_head(r, b) ||
        !tc_read_form(r, &b->form))
        return false;
    if (r->lex.kind != TC_TOKEN_GE)
        return tc_lex_wanted(&r->lex, "'+', '-', in or '>='");
    if (!next(r) || !tc_read_form(r, &b->theta))
        return false;
    if (tc_lex_is(&r->lex, '@')) {
        struct tc_loc place;

        if (!next(r) || !tc_take_name(r, "the name of a component", &component, &place))
            return false;
    }
    if (!at_end(r))
        return tc_lex_wanted(&r->lex, "'+', '-', in, '@' or the end of the line");
    note = tc_lex_note(&r->lex);
    b->plane.name = tc_strdup(f->arena, name);
    b->plane.id = f->ninput + f->nbank;
    b->plane.bank = b;
    b->component = tc_strdup(f->arena, component);
    b->note = note ? tc_strdup(f->arena, note) : NULL;
    f->bank = tc_xrealloc(f->bank, f->nbank + 1, sizeof *f->bank);
    f->bank[f->nbank++] = b;
    tc_names_add(&r->planes, name, b->plane.id); /* only now: a bank does not read itself */
    if (!tc_check_bank(r->checker, b, r->err)) {
        r->err->loc = loc;
        return false;
    }
    return true;
}

static bool read_output(struct tc_reader *r)
{
    struct tc_family *f = r->f;
    const char *name, *plane;
    struct tc_loc loc;
    uint32_t k;

    if (!next(r) || !new_name(r, &r->outputs, f->noutput, "an output", &name) ||
        !tc_take(r, '=', "'=' and the name of a plane") ||
        !tc_take_name(r, "the name of a plane", &plane, &loc))
        return false;
    k = tc_names_find(&r->planes, plane);
    if (k == UINT32_MAX)
        return tc_fail(r->err, TC_EFORMAT, loc, "no plane is named %s", plane);
    f->output = tc_xrealloc(f->output, f->noutput + 1, sizeof *f->output);
    f->output[f->noutput++] = (struct tc_output){
        tc_strdup(f->arena, name), k < f->ninput ? f->input[k] : &f->bank[k - f->ninput]->plane};
    return end_statement(r);
}

static bool read_statement(struct tc_reader *r)
{
    const struct tc_lexer *x = &r->lex;

    if (tc_lex_is_word(x, "param"))
        return read_symbol(r, true);
    if (tc_lex_is_word(x, "symbol"))
        return read_symbol(r, false);
    if (tc_lex_is_word(x, "table"))
        return read_table(r);
    if (tc_lex_is_word(x, "input"))
        return read_input(r);
    if (tc_lex_is_word(x, "bank"))
        return read_bank(r);
    if (tc_lex_is_word(x, "output"))
        return read_output(r);
    return tc_lex_wanted(&r->lex, "param, symbol, table, input, bank or output");
}

static bool skip_lines(struct tc_reader *r)
{
    while (r->lex.kind == TC_TOKEN_LINE)
        if (!next(r))
            return false;
    return true;
}

/* tcf 1, family NAME */
static bool read_top(struct tc_reader *r)
{
    struct tc_loc loc;
    const char *name;
    int64_t version;

    if (!skip_lines(r))
        return false;
    if (!tc_lex_is_word(&r->lex, "tcf"))
        return tc_lex_wanted(&r->lex, "tcf 1");
    if (!next(r))
        return false;
    loc = r->lex.loc;
    if (!tc_take_small(r, &version))
        return false;
    if (version != 1)
        return tc_fail(r->err, TC_EFORMAT, loc, "found version %lld, wanted 1", (long long)version);
    if (!end_statement(r) || !skip_lines(r))
        return false;
    if (!tc_lex_is_word(&r->lex, "family"))
        return tc_lex_wanted(&r->lex, "family and its name");
    if (!next(r) || !tc_take_name(r, "the name of the family", &name, &loc) || !end_statement(r))
        return false;
    r->f->name = tc_strdup(r->f->arena, name);
    return true;
}

static bool read_family(struct tc_reader *r, const char *text, size_t length, const char *file)
{
    if (!tc_lex_start(&r->lex, r->scratch, text, length, file, r->err) || !read_top(r))
        return false;
    while (skip_lines(r) && r->lex.kind != TC_TOKEN_END)
        if (!read_statement(r))
            return false;
    return r->lex.kind == TC_TOKEN_END;
}

struct tc_family *tc_family_read(FILE *in, const char *file, struct tc_error *err)
{
    struct tc_reader r = {.err = err};
    size_t length;
    char *text = tc_read_all(in, file, &length, err);
    bool ok;

    if (!text)
        return NULL;
    r.scratch = tc_arena_new();
    r.f = tc_family_new("");
    r.checker = tc_checker_new(r.f);
    ok = read_family(&r, text, length, file);
    tc_checker_free(r.checker);
    tc_names_free(&r.symbols);
    tc_names_free(&r.tables);
    tc_names_free(&r.planes);
    tc_names_free(&r.outputs);
    tc_arena_free(r.scratch);
    free(text);
    if (!ok) {
        tc_family_free(r.f);
        return NULL;
    }
    return r.f;
}
