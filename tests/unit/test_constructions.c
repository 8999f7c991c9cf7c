/* compiler/CONSTRUCTIONS.md against the program: what each section says of its sizes is built
 * and counted
 *
 * A claim is a command after "    $ ", the values of its letters in parentheses, and below it,
 * deeper, what is claimed, between commas:
 *
 *     $ prim add --exact --format unsigned:n   (n = 1, 8)
 *       form-gates n, form-wires n^2 + n, max-weight <= 2^n
 *
 * Of several letters: (p, q = 4 5, 8 8).  A letter stands for its value after a blank, '=',
 * ':' or ','.  Keys are those of `prim --stats`; form-wires and form-weight are of the gates that
 * form-gates counts.  A formula is over the letters, FG and FW: what form-gates and form-wires are
 * found to be.
 *
 * Run from the root of the repository.  With TC_FAST of each claim the first values.
 */
#include "../../compiler/prim.h"
#include "check_main.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BOOK    "compiler/CONSTRUCTIONS.md"
#define LETTERS 8
#define VALUES  8

struct claim {
    unsigned line;
    char *command; /* without the parentheses */
    unsigned nletter, nvalue;
    char letter[LETTERS][16];
    long value[VALUES][LETTERS];
    char *text; /* all that is claimed */
};

static struct claim *claims;
static int nclaim;

/* --------------------------------------------------------------------- reading */

static void append(char **s, const char *more)
{
    size_t n = *s ? strlen(*s) : 0;

    *s = tc_xrealloc(*s, n + strlen(more) + 1, 1);
    strcpy(*s + n, more);
}

/* before there are tests to fail */
static _Noreturn void broken(unsigned line, const char *what)
{
    fprintf(stderr, BOOK ":%u: %s\n", line, what);
    exit(2);
}

/* "(p, q = 4 5, 8 8)" */
static void read_letters(struct claim *c, char *s)
{
    char *end;

    for (int used; sscanf(s, " %15[A-Za-z]%n", c->letter[c->nletter], &used) == 1;) {
        s += used + (s[used] == ',');
        if (++c->nletter == LETTERS)
            broken(c->line, "too many letters");
    }
    for (s = strchr(s, '='); s && *s != ')'; s = end) {
        if (c->nvalue == VALUES)
            broken(c->line, "too many values");
        for (unsigned k = 0; k < c->nletter; k++, s = end) {
            c->value[c->nvalue][k] = strtol(s + 1, &end, 10);
            if (end == s + 1)
                broken(c->line, s);
        }
        c->nvalue++;
    }
    if (!c->nvalue)
        broken(c->line, "no values");
}

static void read_claim(char *line, unsigned number)
{
    char *letters;
    struct claim *c;

    claims = tc_xrealloc(claims, (size_t)nclaim + 1, sizeof *claims);
    c = &claims[nclaim++];
    *c = (struct claim){.line = number};
    letters = strchr(line, '(');
    if (letters) {
        *letters = 0;
        read_letters(c, letters + 1);
    } else {
        c->nvalue = 1;
    }
    append(&c->command, line + 6);
}

static void read_book(void)
{
    FILE *f = fopen(BOOK, "re");
    char *line = NULL;
    size_t room = 0;
    bool open = false;

    if (!f)
        broken(0, "not found: run from the root of the repository");
    for (unsigned number = 1; getline(&line, &room, f) > 0; number++) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "    $ ", 6)) {
            read_claim(line, number);
            open = true;
        } else if (open && !strncmp(line, "      ", 6)) {
            append(&claims[nclaim - 1].text, line + 5);
        } else {
            open = false;
        }
    }
    free(line);
    fclose(f);
}

/* ------------------------------------------------------------------- formulas */

enum key {
    DEPTH,
    GATES,
    WIRES,
    FAN_IN,
    WEIGHT,
    FORM_DEPTH,
    FORM_GATES,
    FORM_WIRES,
    FORM_WEIGHT,
    NKEY
};

static const char *const key_name[NKEY] = {"depth",      "gates",      "wires",
                                           "max-fan-in", "max-weight", "form-depth",
                                           "form-gates", "form-wires", "form-weight"};

struct found {
    struct tc_arena *arena;
    mpz_ptr of[NKEY];
};

struct eval {
    const char *s, *all;
    const struct claim *claim;
    const long *value;
    const struct found *found;
    long index[4]; /* of sums, i j k l */
};

static void expression(struct eval *e, mpz_t r);

static void blank(struct eval *e)
{
    while (*e->s == ' ')
        e->s++;
}

static bool take(struct eval *e, char c)
{
    blank(e);
    if (*e->s != c)
        return false;
    e->s++;
    return true;
}

static void want(struct eval *e, char c)
{
    ck_assert_msg(take(e, c), "line %u: wanted %c at \"%s\" of \"%s\"", e->claim->line, c, e->s,
                  e->all);
}

/* sum(i, from, to, term), the letter one of i j k l */
static void sum(struct eval *e, mpz_t r)
{
    mpz_t from, to, term;
    const char *start;
    long *index;

    mpz_inits(from, to, term, NULL);
    blank(e);
    ck_assert_msg(*e->s >= 'i' && *e->s <= 'l', "line %u: %s", e->claim->line, e->all);
    index = &e->index[*e->s++ - 'i'];
    want(e, ',');
    expression(e, from);
    want(e, ',');
    expression(e, to);
    want(e, ',');
    start = e->s;
    *index = mpz_get_si(from);
    expression(e, term); /* also where there is no term: to see its end */
    for (mpz_set_ui(r, 0); *index <= mpz_get_si(to); ++*index) {
        e->s = start;
        expression(e, term);
        mpz_add(r, r, term);
    }
    mpz_clears(from, to, term, NULL);
}

/* functions of one or two arguments; bits(x): of x > 0, how many */
static void function(struct eval *e, const char *name, mpz_t r)
{
    mpz_t y;

    mpz_init(y);
    expression(e, r);
    if (!strcmp(name, "popcount")) {
        mpz_set_ui(r, mpz_popcount(r));
    } else if (!strcmp(name, "bits")) {
        mpz_set_ui(r, mpz_sgn(r) ? mpz_sizeinbase(r, 2) : 0);
    } else {
        bool max = !strcmp(name, "max");

        ck_assert_msg(max || !strcmp(name, "min"), "line %u: function %s", e->claim->line, name);
        want(e, ',');
        expression(e, y);
        if ((mpz_cmp(y, r) > 0) == max)
            mpz_set(r, y);
    }
    mpz_clear(y);
}

static void named(struct eval *e, mpz_t r)
{
    char name[16];
    int used = 0;

    ck_assert_msg(sscanf(e->s, "%15[A-Za-z]%n", name, &used) == 1, "line %u: \"%s\" of \"%s\"",
                  e->claim->line, e->s, e->all);
    e->s += used;
    if (take(e, '(')) {
        if (!strcmp(name, "sum"))
            sum(e, r);
        else
            function(e, name, r);
        want(e, ')');
        return;
    }
    for (unsigned k = 0; k < e->claim->nletter; k++)
        if (!strcmp(name, e->claim->letter[k])) {
            mpz_set_si(r, e->value[k]);
            return;
        }
    if (!strcmp(name, "FG"))
        mpz_set(r, e->found->of[FORM_GATES]);
    else if (!strcmp(name, "FW"))
        mpz_set(r, e->found->of[FORM_WIRES]);
    else if (!name[1] && *name >= 'i' && *name <= 'l')
        mpz_set_si(r, e->index[*name - 'i']);
    else
        ck_abort_msg("line %u: what is %s in \"%s\"?", e->claim->line, name, e->all);
}

static void power(struct eval *e, mpz_t r)
{
    mpz_t exponent;

    blank(e);
    if (isdigit((unsigned char)*e->s)) {
        char digits[64] = "";

        for (size_t n = 0;
             (isdigit((unsigned char)*e->s) || (*e->s == ',' && isdigit((unsigned char)e->s[1]))) &&
             n < 60;
             e->s++)
            if (*e->s != ',')
                digits[n++] = *e->s;
        mpz_set_str(r, digits, 10);
    } else if (take(e, '(')) {
        expression(e, r);
        want(e, ')');
    } else {
        named(e, r);
    }
    if (!take(e, '^'))
        return;
    mpz_init(exponent);
    power(e, exponent);
    ck_assert_msg(mpz_sgn(exponent) >= 0 && mpz_cmp_ui(exponent, 100000) < 0, "line %u: %s",
                  e->claim->line, e->all);
    mpz_pow_ui(r, r, mpz_get_ui(exponent));
    mpz_clear(exponent);
}

/* quotients are rounded down */
static void product(struct eval *e, mpz_t r)
{
    mpz_t y;

    mpz_init(y);
    for (power(e, r);;) {
        bool divide;

        if (!take(e, '*') && (blank(e), *e->s != '/'))
            break;
        divide = take(e, '/');
        power(e, y);
        if (!divide) {
            mpz_mul(r, r, y);
            continue;
        }
        ck_assert_msg(mpz_sgn(y), "line %u: %s", e->claim->line, e->all);
        mpz_fdiv_q(r, r, y);
    }
    mpz_clear(y);
}

static void expression(struct eval *e, mpz_t r)
{
    bool minus = take(e, '-');
    mpz_t y;

    mpz_init(y);
    product(e, r);
    if (minus)
        mpz_neg(r, r);
    for (;;) {
        if (take(e, '+')) {
            product(e, y);
            mpz_add(r, r, y);
        } else if (take(e, '-')) {
            product(e, y);
            mpz_sub(r, r, y);
        } else {
            break;
        }
    }
    mpz_clear(y);
}

/* --------------------------------------------------------------------- circuits */

static void count_forms(struct found *f, const struct tc_family *family,
                        const struct tc_count *count)
{
    f->of[FORM_WIRES] = tc_mpz(f->arena);
    f->of[FORM_WEIGHT] = tc_mpz(f->arena);
    for (unsigned k = 0; k < family->nbank; k++) {
        const struct tc_bank_count *b = &count->bank[k];

        if (!strcmp(family->bank[k]->component, "output"))
            continue;
        mpz_add(f->of[FORM_WIRES], f->of[FORM_WIRES], b->wires);
        if (mpz_cmp(b->max_weight, f->of[FORM_WEIGHT]) > 0)
            mpz_set(f->of[FORM_WEIGHT], b->max_weight);
    }
}

static void count_all(struct found *f, const struct tc_count *n)
{
    f->of[DEPTH] = tc_mpz_si(f->arena, n->depth);
    f->of[GATES] = tc_mpz_copy(f->arena, n->gates);
    f->of[WIRES] = tc_mpz_copy(f->arena, n->wires);
    f->of[FAN_IN] = tc_mpz_copy(f->arena, n->max_fan_in);
    f->of[WEIGHT] = tc_mpz_copy(f->arena, n->max_weight);
}

static void build_prim(struct found *f, const struct tc_args *args, const char *text)
{
    struct tc_prim_circuit c = {0};
    struct tc_error err = {0};
    struct tc_prim p;

    ck_assert_msg(tc_prim_open(args, &p, &err), "%s: %s", text, err.msg);
    ck_assert_msg(tc_prim_build(&p, TC_ENGINE_FAMILY, UINT64_MAX, &c, &err), "%s: %s", text,
                  err.msg);
    count_all(f, &c.compiled.count);
    f->of[FORM_DEPTH] = tc_mpz_si(f->arena, c.form_depth);
    f->of[FORM_GATES] = tc_mpz_copy(f->arena, c.form_gates);
    count_forms(f, c.compiled.family, &c.compiled.count);
    tc_prim_free(&c);
}

static void build_spec(struct found *f, const struct tc_args *args, const char *text)
{
    struct tc_error err = {0};
    struct tc_compiled c;

    ck_assert_msg(tc_compile_read(args, args->set, args->nset, &c, &err), "%s: %s", text, err.msg);
    ck_assert_msg(tc_compile_lower(args, &c, &err), "%s: %s", text, err.msg);
    count_all(f, &c.count);
    tc_compiled_free(&c);
}

/* the command with values for letters */
static char *filled(const struct claim *c, const long *value)
{
    char *text = NULL, name[32];
    const char *s = c->command;

    append(&text, "");
    while (*s) {
        bool start = s == c->command || strchr(" =:,", s[-1]);
        size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-/");
        unsigned k = c->nletter;

        n = n && n < sizeof name ? n : 1;
        snprintf(name, sizeof name, "%.*s", (int)n, s);
        if (start && s[n] != '=')
            for (k = 0; k < c->nletter && strcmp(name, c->letter[k]);)
                k++;
        if (k < c->nletter)
            snprintf(name, sizeof name, "%ld", value[k]);
        append(&text, name);
        s += n;
    }
    return text;
}

static void build(struct found *f, const char *text)
{
    char *copy = strdup(text), *save, program[] = "tc0c", *argv[24] = {program};
    struct tc_error err = {0};
    struct tc_args args;
    int argc = 1;

    for (char *s = strtok_r(copy, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
        ck_assert_int_lt(argc, 23);
        argv[argc++] = s;
    }
    ck_assert_msg(tc_args_parse(f->arena, argc, argv, &args, &err), "%s: %s", text, err.msg);
    ck_assert(args.command == TC_PRIM || args.command == TC_COMPILE);
    if (args.command == TC_PRIM)
        build_prim(f, &args, text);
    else
        build_spec(f, &args, text);
    free(copy);
}

/* one of them, up to a comma or the end */
static void one_claim(struct eval *e, const char *text)
{
    char name[16], relation[3];
    unsigned key = 0;
    int used = 0, sign;
    bool good;
    mpz_t r;

    ck_assert_msg(sscanf(e->s, " %15[a-z-]%n", name, &used) == 1, "line %u: %s", e->claim->line,
                  e->s);
    e->s += used;
    while (key < NKEY && strcmp(name, key_name[key]))
        key++;
    ck_assert_msg(key < NKEY && e->found->of[key], "line %u: what is %s?", e->claim->line, name);
    blank(e);
    used = (int)strspn(e->s, "<=");
    snprintf(relation, sizeof relation, "%.*s", used, e->s);
    e->s += used;
    mpz_init(r);
    expression(e, r);
    sign = mpz_cmp(e->found->of[key], r);
    good = !strcmp(relation, "<") ? sign < 0 : !strcmp(relation, "<=") ? sign <= 0 : sign == 0;
    if (!good) {
        char *found = mpz_get_str(NULL, 10, e->found->of[key]), *said = mpz_get_str(NULL, 10, r);

        ck_abort_msg(BOOK ":%u: %s: %s is %s, found %s", e->claim->line, text, name, said, found);
    }
    mpz_clear(r);
}

START_TEST(sizes)
{
    const struct claim *c = &claims[_i];

    ck_assert_msg(c->text != NULL, "line %u: nothing is claimed", c->line);
    for (unsigned v = 0; v < (is_fast() ? 1 : c->nvalue); v++) {
        struct found f = {.arena = tc_arena_new()};
        struct eval e = {c->text, c->text, c, c->value[v], &f, {0}};
        char *text = filled(c, c->value[v]);

        build(&f, text);
        do
            one_claim(&e, text);
        while (take(&e, ','));
        blank(&e);
        ck_assert_msg(!*e.s, "line %u: \"%s\"", c->line, e.s);
        free(text);
        tc_arena_free(f.arena);
    }
}
END_TEST

/* ------------------------------------------------------------------- sections */

/* what a section is to say, in any of these words */
static const char *const parts[][3] = {
    {"∎", "roof", "rror"}, {"epth", "layer"}, {"ates"}, {"ire", "fan-in"}, {"eight"}, {"ource"},
};

static void end_section(const char *title, const char *text)
{
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        bool said = false;

        for (unsigned i = 0; i < 3 && parts[k][i]; i++)
            said = said || strstr(text, parts[k][i]);
        ck_assert_msg(said, "%s: no \"%s\"", title, parts[k][0]);
    }
}

START_TEST(sections)
{
    FILE *f = fopen(BOOK, "re");
    char *line = NULL, *title = NULL, *text = NULL;
    size_t room = 0;

    ck_assert(f != NULL);
    while (getline(&line, &room, f) > 0) {
        if (strncmp(line, "## ", 3)) {
            append(&text, line);
            continue;
        }
        if (title && !strstr(title, "letters"))
            end_section(title, text);
        free(title);
        free(text);
        title = strdup(line + 3);
        title[strcspn(title, "\n")] = 0;
        text = NULL;
    }
    end_section(title, text);
    free(title);
    free(text);
    free(line);
    fclose(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("constructions");
    TCase *c = tcase_create("book");
    int status;

    read_book();
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, sizes, 0, nclaim);
    tcase_add_test(c, sections);
    suite_add_tcase(s, c);
    status = check_status(s);
    for (int k = 0; k < nclaim; k++) {
        free(claims[k].command);
        free(claims[k].text);
    }
    free(claims);
    return status;
}
