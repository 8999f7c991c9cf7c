/* values.c -- tensors from and to JSON (INTERFACE.md 2)
 *
 * jansson turns reals into doubles and refuses integers past 64 bits, but a
 * decimal must be rounded once, from its exact value.  So every number is put
 * in quotes before jansson sees the text, and strings are read as rationals
 * here.  Places in jansson's messages are mapped back. */
#include "compiler.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define MAX_FILE   ((size_t)256 << 20)
#define MAX_NUMBER 4096
#define MAX_TEN    4096
#define MAX_TWO    16384 /* or the format's own exponents, if they are larger */

#define FINITE_WANTED "a number: finite ones alone are read here"

struct reader {
    struct tc_arena *arena;
    const struct tc_spec *spec;
    const char *file;
    char *text; /* as in the file */
    size_t size;
    char *quoted;
    size_t quoted_size;
    bool exact;
    struct tc_error *err;
};

/* --- numbers */

enum parsed { FINITE, INFINITE, NAN_WORD, MALFORMED, TOO_LARGE };

/* [eEpP] sign digits, within +-max; moves *s */
static enum parsed exponent(const char **s, long max, long *e)
{
    bool negative = *++*s == '-';

    *s += negative || **s == '+';
    if (!isdigit((unsigned char)**s))
        return MALFORMED;
    for (*e = 0; isdigit((unsigned char)**s); ++*s)
        *e = *e > max ? *e : *e * 10 + (**s - '0');
    if (*e > max)
        return TOO_LARGE;
    if (negative)
        *e = -*e;
    return FINITE;
}

static void scale_by_two(mpq_ptr q, long e)
{
    if (e >= 0)
        mpq_mul_2exp(q, q, (mp_bitcnt_t)e);
    else
        mpq_div_2exp(q, q, (mp_bitcnt_t)-e);
}

static void scale_by_ten(mpq_ptr q, long e)
{
    mpz_t power;

    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(e));
    if (e >= 0)
        mpz_mul(mpq_numref(q), mpq_numref(q), power);
    else
        mpz_mul(mpq_denref(q), mpq_denref(q), power);
    mpz_clear(power);
    mpq_canonicalize(q);
}

/* the largest exponent of two that is read: what is written is read again */
static long most_twos(const struct tc_format *f)
{
    int64_t high = f->low + f->top + (int64_t)f->p;

    if (f->kind != TC_FLOAT || (high <= MAX_TWO && f->low >= -MAX_TWO))
        return MAX_TWO;
    return (long)(high > -f->low ? high : -f->low);
}

/* decimal or hexadecimal float, exactly; *sign is -1 or 1 */
static enum parsed parse_number(const char *s, long twos, mpq_ptr q, int *sign)
{
    char digits[MAX_NUMBER + 1];
    size_t n = 0, places = 0;
    enum parsed p;
    bool hex;
    long e = 0;

    *sign = *s == '-' ? -1 : 1;
    s += *s == '-' || *s == '+';
    if (!strcmp(s, "inf"))
        return INFINITE;
    if (!strcmp(s, "nan"))
        return NAN_WORD;
    if (strnlen(s, MAX_NUMBER + 1) > MAX_NUMBER)
        return TOO_LARGE;
    hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    s += hex ? 2 : 0;
    for (; hex ? isxdigit((unsigned char)*s) : isdigit((unsigned char)*s); s++)
        digits[n++] = *s;
    if (*s == '.')
        for (s++; hex ? isxdigit((unsigned char)*s) : isdigit((unsigned char)*s); s++, places++)
            digits[n++] = *s;
    digits[n] = 0;
    if (!n)
        return MALFORMED;
    if (hex ? *s == 'p' || *s == 'P' : *s == 'e' || *s == 'E') {
        p = exponent(&s, hex ? twos : MAX_TEN, &e);
        if (p != FINITE)
            return p;
    }
    if (*s)
        return MALFORMED;
    mpz_set_str(mpq_numref(q), digits, hex ? 16 : 10);
    mpz_set_ui(mpq_denref(q), 1);
    if (hex)
        scale_by_two(q, e - 4 * (long)places);
    else
        scale_by_ten(q, e - (long)places);
    if (*sign < 0)
        mpq_neg(q, q);
    return FINITE;
}

/* --- text to jansson */

static struct tc_loc place(const struct reader *r, size_t offset)
{
    struct tc_loc loc = {r->file, 1, 1};

    for (size_t i = 0; i < offset && i < r->size; i++)
        if (r->text[i] == '\n') {
            loc.line++;
            loc.col = 1;
        } else {
            loc.col += ((unsigned char)r->text[i] & 0xc0) != 0x80;
        }
    return loc;
}

static bool malformed(struct reader *, struct tc_loc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static bool malformed(struct reader *r, struct tc_loc loc, const char *fmt, ...)
{
    char msg[sizeof r->err->msg];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    for (char *c = msg; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return tc_fail(r->err, TC_EFORMAT, loc, "%s", msg);
}

/* a JSON number: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static bool json_grammar(const char *s, size_t n)
{
    const char *end = s + n;

    s += *s == '-';
    if (s == end || !isdigit((unsigned char)*s) ||
        (*s == '0' && s + 1 < end && isdigit((unsigned char)s[1])))
        return false;
    while (s < end && isdigit((unsigned char)*s))
        s++;
    if (s < end && *s == '.') {
        if (++s == end || !isdigit((unsigned char)*s))
            return false;
        while (s < end && isdigit((unsigned char)*s))
            s++;
    }
    if (s < end && (*s == 'e' || *s == 'E')) {
        s++;
        s += s < end && (*s == '+' || *s == '-');
        if (s == end)
            return false;
        while (s < end && isdigit((unsigned char)*s))
            s++;
    }
    return s == end;
}

static void append(struct reader *r, const char *s, size_t n, size_t *room)
{
    if (r->quoted_size + n > *room)
        r->quoted = tc_xrealloc(r->quoted, *room = 2 * (r->quoted_size + n), 1);
    memcpy(r->quoted + r->quoted_size, s, n);
    r->quoted_size += n;
}

/* length of the token at text[i]: a string, a number or word, or one byte */
static size_t token(const struct reader *r, size_t i, bool *bare)
{
    size_t n = 1;

    *bare = false;
    if (r->text[i] == '"') {
        for (; i + n < r->size && r->text[i + n] != '"' && r->text[i + n] != '\n'; n++)
            n += r->text[i + n] == '\\' && i + n + 1 < r->size;
        return i + n < r->size ? n + 1 : n;
    }
    for (n = 0; i + n < r->size && r->text[i + n] &&
                (isalnum((unsigned char)r->text[i + n]) || strchr("+-._", r->text[i + n]));
         n++)
        *bare = true;
    return n ? n : 1;
}

static bool quote_numbers(struct reader *r)
{
    size_t room = r->size + 64, n;
    bool bare;

    r->quoted = tc_xrealloc(NULL, room, 1);
    for (size_t i = 0; i < r->size; i += n) {
        const char *s = r->text + i;
        bool number;

        n = token(r, i, &bare);
        number = bare && (isdigit((unsigned char)*s) || strchr("+-.", *s));
        if (number && !json_grammar(s, n))
            return malformed(r, place(r, i), "found %.*s, wanted a JSON number%s",
                             n > 60 ? 60 : (int)n, s,
                             memchr(s, 'x', n) ? " or a hexadecimal one in quotes" : "");
        if (bare && !number && !(n == 4 && (!memcmp(s, "true", 4) || !memcmp(s, "null", 4))) &&
            !(n == 5 && !memcmp(s, "false", 5)))
            return malformed(
                r, place(r, i),
                "found %.*s, wanted a JSON value (\"inf\" and \"nan\" stand in quotes)",
                n > 60 ? 60 : (int)n, s);
        if (number)
            append(r, "\"", 1, &room);
        append(r, s, n, &room);
        if (number)
            append(r, "\"", 1, &room);
    }
    return true;
}

/* offset in the file of an offset in the quoted text */
static size_t unquoted(const struct reader *r, size_t position)
{
    size_t i = 0, out = 0, n;
    bool bare;

    for (; i < r->size && out < position; i += n) {
        n = token(r, i, &bare);
        out += n + 2 * (bare && (isdigit((unsigned char)r->text[i]) || r->text[i] == '-'));
        if (out > position)
            return i;
    }
    return i;
}

static json_t *load(struct reader *r)
{
    json_error_t e;
    json_t *root;

    if (!quote_numbers(r))
        return NULL;
    root = json_loadb(r->quoted, r->quoted_size, JSON_REJECT_DUPLICATES, &e);
    if (!root) {
        size_t at = e.position > 0 ? unquoted(r, (size_t)e.position - 1) : 0;

        malformed(r, place(r, at), "JSON: %s", e.text);
    }
    return root;
}

/* --- JSON to tensors */

static const char *kind_of(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}

/* name[i][j] up to an axis */
static const char *path(struct reader *r, const struct tc_tensor *t, const uint64_t *at,
                        unsigned axes)
{
    const char *s = t->name;

    for (unsigned i = 0; i < axes; i++)
        s = tc_sprintf(r->arena, "%s[%" PRIu64 "]", s, at[i]);
    return s;
}

static size_t skip_space(const struct reader *r, size_t i)
{
    while (i < r->size && isspace((unsigned char)r->text[i]))
        i++;
    return i;
}

/* from i, inside an array or object, to what follows the count-th comma in it
 * or, where name is not NULL, to the value of that member; r->size if none */
static size_t find_in(const struct reader *r, size_t i, uint64_t count, const char *name)
{
    size_t length = name ? strlen(name) : 0, n;
    unsigned depth = 0;
    bool bare;

    for (i = skip_space(r, i); i < r->size; i = skip_space(r, i + n)) {
        char c = r->text[i];

        if (!depth && !name && !count)
            return i;
        n = token(r, i, &bare);
        if (!depth && name && n == length + 2 && !memcmp(r->text + i + 1, name, length) &&
            r->text[skip_space(r, i + n)] == ':')
            return skip_space(r, skip_space(r, i + n) + 1);
        count -= !depth && c == ',';
        depth += c == '[' || c == '{';
        if (c == ']' || c == '}') {
            if (!depth)
                break;
            depth--;
        }
    }
    return r->size;
}

/* where name[i][j].. stands; line 0 if the name is written with escapes */
static struct tc_loc locate(const struct reader *r, const char *name, const uint64_t *at,
                            unsigned axes)
{
    size_t i = find_in(r, skip_space(r, 0) + 1, 0, name);

    for (unsigned k = 0; k < axes; k++)
        i = find_in(r, i + 1, at[k], NULL);
    return i < r->size ? place(r, i) : (struct tc_loc){.file = r->file};
}

static const char *shape(struct reader *r, const struct tc_tensor *t)
{
    const char *s = tc_sprintf(r->arena, "%" PRId64, t->size[0].value);

    for (unsigned i = 1; i < t->rank; i++)
        s = tc_sprintf(r->arena, "%s x %" PRId64, s, t->size[i].value);
    return s;
}

static bool wrong(struct reader *r, const struct tc_tensor *t, const uint64_t *at, unsigned axes,
                  const char *found, const char *want)
{
    return malformed(r, locate(r, t->name, at, axes), "%s: found %s, wanted %s (%s is %s)",
                     path(r, t, at, axes), found, want, t->name, shape(r, t));
}

static bool check_shape(struct reader *r, const struct tc_tensor *t, const json_t *v, uint64_t *at,
                        unsigned axis)
{
    if (!json_is_array(v) || json_array_size(v) != (uint64_t)t->size[axis].value)
        return wrong(r, t, at, axis,
                     json_is_array(v) ? tc_sprintf(r->arena, "an array of %zu", json_array_size(v))
                                      : kind_of(v),
                     tc_sprintf(r->arena, "an array of %" PRId64, t->size[axis].value));
    if (axis + 1 < t->rank)
        for (at[axis] = 0; at[axis] < json_array_size(v); at[axis]++)
            if (!check_shape(r, t, json_array_get(v, at[axis]), at, axis + 1))
                return false;
    return true;
}

/* inputs of models that are rounded by blocks, SPEC.md; constants are numbers */
static bool may_be_special(const struct tc_spec *s, const struct tc_tensor *t)
{
    return s->rounding == TC_BLOCK && t->role == TC_ROLE_INPUT && !t->ids &&
           s->format.kind == TC_FLOAT && s->format.nan;
}

static uint64_t special_word(const struct tc_format *f, enum tc_class class, bool minus)
{
    uint64_t word;
    mpz_t z;

    mpz_init(z);
    tc_format_special(f, class, minus, z);
    word = mpz_get_ui(z);
    mpz_clear(z);
    return word;
}

static bool set_word(struct reader *r, const struct tc_tensor *t, const json_t *v,
                     const uint64_t *at, mpq_ptr q, uint64_t *word)
{
    struct tc_format number = *tc_tensor_format(r->spec, t), *f = &number;
    bool exact = false, special = may_be_special(r->spec, t);
    const char *s;
    int sign;

    if (!special)
        f->infinity = false; /* numbers saturate */

    if (!json_is_string(v))
        return wrong(r, t, at, t->rank, kind_of(v), "a number");
    s = json_string_value(v);
    switch (parse_number(s, most_twos(f), q, &sign)) {
    case FINITE:
        *word = tc_format_round(f, q, &exact);
        if (sign < 0 && mpq_sgn(q) == 0 && f->kind == TC_FLOAT && f->signed_zero)
            *word = (uint64_t)1 << (f->p + f->q - 1); /* -0, as it is written */
        break;
    case INFINITE: /* past every number of a fixed format */
        if (special) {
            exact = f->infinity;
            *word = special_word(f, TC_INFINITE, sign < 0);
            break;
        }
        if (f->kind == TC_FLOAT)
            return wrong(r, t, at, t->rank, sign < 0 ? "-inf" : "inf", FINITE_WANTED);
        mpq_set_si(q, sign, 1);
        mpq_mul_2exp(q, q, 2 * TC_FIXED_MAX_BITS);
        *word = tc_format_round(f, q, NULL);
        break;
    case NAN_WORD:
        if (special) {
            exact = true;
            *word = special_word(f, TC_NAN, false);
            break;
        }
        return wrong(r, t, at, t->rank, "nan",
                     f->kind == TC_FLOAT ? FINITE_WANTED : "a number: fixed point has no nan");
    case TOO_LARGE:
        tc_fail(r->err, TC_ELIMIT, locate(r, t->name, at, t->rank),
                "%s: a number of more than %d characters or with an exponent above %d (of ten) "
                "or %ld (of two)",
                path(r, t, at, t->rank), MAX_NUMBER, MAX_TEN, most_twos(f));
        return false;
    case MALFORMED:
        return wrong(r, t, at, t->rank, tc_sprintf(r->arena, "\"%.60s\"", s),
                     "a decimal or hexadecimal number, \"inf\" or \"-inf\"");
    }
    if (t->below && (!exact || *word >= t->below))
        return wrong(r, t, at, t->rank, tc_sprintf(r->arena, "%.60s", s),
                     tc_sprintf(r->arena, "a token id, an integer from 0 to %" PRIu64,
                                t->below - 1));
    if (r->exact && !exact) {
        char nearest[192];

        tc_format_print(f, *word, true, nearest, sizeof nearest);
        return malformed(r, locate(r, t->name, at, t->rank),
                         "%s: %.60s is no number of the format, wanted one such as %s",
                         path(r, t, at, t->rank), s, nearest);
    }
    return true;
}

static bool fill(struct reader *r, struct tc_tensor *t, const json_t *v, uint64_t *at,
                 unsigned axis, mpq_ptr q, uint64_t **word)
{
    for (at[axis] = 0; at[axis] < json_array_size(v); at[axis]++) {
        const json_t *x = json_array_get(v, at[axis]);

        if (axis + 1 < t->rank ? !fill(r, t, x, at, axis + 1, q, word)
                               : !set_word(r, t, x, at, q, (*word)++))
            return false;
    }
    return true;
}

static bool read_tensor(struct reader *r, struct tc_tensor *t, const json_t *v)
{
    uint64_t at[3] = {0}, *word;
    bool ok;
    mpq_t q;

    assert(t->rank >= 1 && t->rank <= 3);
    if (!check_shape(r, t, v, at, 0))
        return false;
    word = t->word = tc_alloc(r->arena, tc_tensor_count(t), sizeof *word);
    mpq_init(q);
    ok = fill(r, t, v, at, 0, q, &word);
    mpq_clear(q);
    return ok;
}

static bool known(struct reader *r, const char *name, enum tc_role role,
                  const struct tc_tensor *tensor, unsigned ntensor)
{
    static const char *const what[] = {"an input", "a constant", "the result"};
    struct tc_loc loc = locate(r, name, NULL, 0);
    char list[200] = "";

    for (unsigned i = 0; i < ntensor; i++)
        if (!strcmp(tensor[i].name, name))
            return tensor[i].role == role ||
                   malformed(r, loc, "tensor '%s' is %s of the specification, wanted %s", name,
                             what[tensor[i].role],
                             role == TC_ROLE_INPUT ? "inputs only" : "constants only");
    for (unsigned i = 0; i < ntensor && strlen(list) < 120; i++)
        if (tensor[i].role == role)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%.70s", *list ? ", " : "",
                     tensor[i].name);
    return malformed(r, loc, "unknown tensor '%.64s', wanted %s", name, list);
}

static bool read_all(struct reader *r, json_t *root, enum tc_role role, struct tc_tensor *tensor,
                     unsigned ntensor)
{
    struct tc_loc loc = {.file = r->file};
    bool ok = true;
    json_t *v;

    if (!json_is_object(root))
        ok = malformed(r, place(r, 0), "found %s, wanted an object with a member for each tensor",
                       kind_of(root));
    for (void *it = json_object_iter(root); ok && it; it = json_object_iter_next(root, it))
        ok = known(r, json_object_iter_key(it), role, tensor, ntensor);
    for (unsigned i = 0; ok && i < ntensor; i++) {
        if (tensor[i].role != role)
            continue;
        v = json_object_get(root, tensor[i].name);
        ok = v ? read_tensor(r, &tensor[i], v)
               : malformed(r, loc, "no tensor '%s', wanted it as %s", tensor[i].name,
                           shape(r, &tensor[i]));
    }
    return ok;
}

bool tc_values_read(struct tc_arena *arena, const char *file, const struct tc_spec *spec,
                    enum tc_role role, bool exact, struct tc_tensor *tensor, unsigned ntensor,
                    struct tc_error *err)
{
    struct reader r = {.arena = arena, .spec = spec, .exact = exact, .err = err};
    json_t *root;
    bool ok;

    r.file = strcmp(file, "-") ? file : "<stdin>";
    r.text = tc_slurp(file, MAX_FILE, &r.size, err);
    if (!r.text)
        return false;
    root = load(&r);
    ok = root && read_all(&r, root, role, tensor, ntensor);
    json_decref(root);
    free(r.quoted);
    free(r.text);
    return ok;
}

/* --- tensors to JSON */

static void write_axis(FILE *out, const struct tc_format *f, const struct tc_tensor *t,
                       unsigned axis, const uint64_t **word, bool decimal)
{
    bool row = axis + 1 == t->rank;

    fputc('[', out);
    for (int64_t i = 0; i < t->size[axis].value; i++) {
        char buf[192];

        if (row) {
            tc_format_print(f, *(*word)++, decimal, buf, sizeof buf);
            fprintf(out, decimal ? "%s%s" : "%s\"%s\"", i ? ", " : "", buf);
        } else {
            fprintf(out, "%s\n%*s", i ? "," : "", 2 * (int)axis + 4, "");
            write_axis(out, f, t, axis + 1, word, decimal);
        }
    }
    if (!row)
        fprintf(out, "\n%*s", 2 * (int)axis + 2, "");
    fputc(']', out);
}

bool tc_values_write(FILE *out, const struct tc_spec *spec, const struct tc_tensor *tensor,
                     unsigned ntensor, bool decimal)
{
    fputc('{', out);
    for (unsigned i = 0; i < ntensor; i++) {
        const uint64_t *word = tensor[i].word;

        fprintf(out, "%s\n  \"%s\": ", i ? "," : "", tensor[i].name);
        write_axis(out, tc_tensor_format(spec, &tensor[i]), &tensor[i], 0, &word,
                   decimal || tensor[i].ids);
    }
    fputs("\n}\n", out);
    return !ferror(out);
}
