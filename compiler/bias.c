/* bias.c -- additive biases as computed tables
 *
 * A bias depends on positions alone: on the offset of query and key (of fire on the
 * query, too) and the head.  Tables of biases are evaluated entry by entry, so that
 * a family has the same size for a million positions as for two.
 *
 * A number of a wide float has more bits than an entry: it is a sum of parts of
 * BIAS_LIMB bits, a table each. */
#include "bias.h"
#include "float.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 16384

static const char *const kind_name[][2] = {
    [TC_T5] = {"t5"},
    [TC_ALIBI] = {"alibi"},
    [TC_KERPLE] = {"kerple-log", "kerple-power"},
    [TC_SANDWICH] = {"sandwich"},
    [TC_FIRE] = {"fire", "psi"},
};

/* ---------------------------------------------------------------- parameters */

enum field {
    HEADS,
    R1,
    R2,
    BASE,
    TERMS,
    WIDTH,
    BUCKETS,
    DISTANCE,
    SIDES,
    C,
    LIMIT,
    HIDDEN,
    ENTRIES,
    MULTIPLY,
    DIVIDE,
    ROOT,
    LOW,
    HIGH,
    LIMB,
    FORMAT,
    NFIELD,
};

static const char *const field_name[NFIELD] = {
    "heads",    "r1",    "r2",  "base",  "terms",  "width",   "buckets",
    "distance", "sides", "c",   "limit", "hidden", "entries", "multiply",
    "divide",   "root",  "low", "high",  "limb",   "format"};

#define BIT(field) (1u << (field))

/* what each kind needs beside the format; t5 where its weights are constant, entries too */
static unsigned fields_of(enum tc_position_kind kind, bool variant)
{
    switch (kind) {
    case TC_T5:
        return BIT(BUCKETS) | BIT(DISTANCE) | BIT(SIDES);
    case TC_ALIBI:
        return BIT(HEADS);
    case TC_KERPLE:
        return BIT(R1) | BIT(R2);
    case TC_SANDWICH:
        return BIT(R1) | BIT(BASE) | BIT(TERMS) | BIT(WIDTH);
    default:
        return variant ? BIT(C) : BIT(C) | BIT(LIMIT) | BIT(HIDDEN) | BIT(HEADS) | BIT(ENTRIES);
    }
}

struct reader {
    struct tc_arena *arena;
    const char *text;
    struct tc_loc loc;
    struct tc_error *err;
};

static bool malformed(const struct reader *r, const char *at, const char *wanted)
{
    struct tc_loc loc = r->loc;

    if (loc.col)
        loc.col += (unsigned)(at - r->text);
    return tc_fail(r->err, TC_EFORMAT, loc,
                   "bias parameters, character %u: found \"%.24s\", wanted %s",
                   (unsigned)(at - r->text) + 1, at, wanted);
}

static bool read_whole(const struct reader *r, const char *at, size_t n, int64_t lo, int64_t hi,
                       int64_t *out)
{
    char text[24], *end;

    if (n == 0 || n >= sizeof text || !strchr("-0123456789", *at))
        return malformed(r, at, "an integer");
    memcpy(text, at, n);
    text[n] = '\0';
    *out = strtoll(text, &end, 10);
    return (!*end && *out >= lo && *out <= hi) || malformed(r, at, "an integer of its range");
}

/* an integer, or NUM/DEN, of at most 400 digits */
static bool read_fraction(const struct reader *r, const char *at, size_t n, mpq_ptr out)
{
    char text[404];

    if (n == 0 || n >= sizeof text || strspn(at, "-/0123456789") < n)
        return malformed(r, at, "a fraction");
    memcpy(text, at, n);
    text[n] = '\0';
    if (mpq_set_str(out, text, 10) || !mpz_sgn(mpq_denref(out)))
        return malformed(r, at, "a fraction");
    mpq_canonicalize(out);
    return true;
}

static bool read_positive(const struct reader *r, const char *at, size_t n, mpq_ptr *out)
{
    *out = tc_mpq(r->arena);
    return read_fraction(r, at, n, *out) &&
           (mpq_sgn(*out) > 0 || malformed(r, at, "a positive one"));
}

static bool read_integer(const struct reader *r, const char *at, size_t n, mpz_ptr *out)
{
    mpq_ptr x = tc_mpq(r->arena);

    *out = mpq_numref(x);
    return read_fraction(r, at, n, x) &&
           (mpz_cmp_ui(mpq_denref(x), 1) == 0 || malformed(r, at, "an integer"));
}

static bool read_entries(const struct reader *r, const char *at, size_t n, struct bias *b)
{
    const char *end = at + n;

    b->entry = tc_alloc(r->arena, n / 2 + 1, sizeof *b->entry);
    while (at < end) {
        size_t length = strcspn(at, " ,");

        if (b->nentry == BIAS_MOST_ENTRIES)
            return malformed(r, at, "at most 2^20 entries");
        if (!read_whole(r, at, length, INT64_MIN, INT64_MAX, &b->entry[b->nentry++]))
            return false;
        at += length;
        at += *at == ' ';
    }
    return true;
}

static bool read_field(const struct reader *r, enum field field, const char *at, size_t n,
                       struct bias *b, struct tc_scale *scale)
{
    int64_t v = 0;
    bool ok;

    switch (field) {
    case HEADS:
        return read_whole(r, at, n, 1, INT32_MAX, &b->heads);
    case R1:
        return read_positive(r, at, n, &b->r1);
    case R2:
        return read_positive(r, at, n, &b->r2);
    case BASE:
        return read_positive(r, at, n, &b->base);
    case TERMS:
        return read_whole(r, at, n, 1, BIAS_MOST_TERMS, &b->terms);
    case WIDTH:
        return read_whole(r, at, n, 1, INT32_MAX, &b->width);
    case BUCKETS:
        return read_whole(r, at, n, 4, BIAS_MOST_ENTRIES, &b->buckets);
    case DISTANCE:
        return read_whole(r, at, n, 2, INT32_MAX, &b->distance);
    case SIDES:
        ok = read_whole(r, at, n, 1, 2, &v);
        b->both = v == 2;
        return ok;
    case C:
        return read_positive(r, at, n, &b->c);
    case LIMIT:
        return read_positive(r, at, n, &b->limit);
    case HIDDEN:
        return read_whole(r, at, n, 1, BIAS_MOST_ENTRIES, &b->hidden);
    case ENTRIES:
        return read_entries(r, at, n, b);
    case MULTIPLY:
        scale->multiply = tc_mpq(r->arena);
        b->scale = scale;
        return read_fraction(r, at, n, scale->multiply) &&
               (mpq_sgn(scale->multiply) || malformed(r, at, "a number that is not 0"));
    case DIVIDE:
        return read_positive(r, at, n, &scale->divide);
    case ROOT:
        ok = read_whole(r, at, n, 0, 1, &v);
        scale->root = v;
        return ok;
    case LOW:
        return read_integer(r, at, n, &b->lo);
    case HIGH:
        return read_integer(r, at, n, &b->hi);
    case LIMB:
        ok = read_whole(r, at, n, 0, BIAS_MOST_LIMBS - 1, &v);
        b->limb = (unsigned)v;
        return ok;
    default:
        break;
    }
    {
        char name[64];
        struct tc_error ignored;

        if (n == 0 || n >= sizeof name)
            return malformed(r, at, "a format");
        memcpy(name, at, n);
        name[n] = '\0';
        ok = tc_format_parse(name, &b->format, &ignored) && b->format.kind != TC_UNSIGNED &&
             tc_format_width(&b->format) <= BIAS_MOST_BITS &&
             b->format.fraction <= b->format.bits &&
             (b->format.kind == TC_FIXED || (b->format.low <= 0 && b->format.low > -(1 << 12)));
        return ok || malformed(r, at, "a fixed format or a float, of at most 62 bits");
    }
}

static bool read_fields(const struct reader *r, const char *at, struct bias *b)
{
    struct tc_scale *scale = tc_alloc(r->arena, 1, sizeof *scale);
    unsigned seen = 0, needed = fields_of(b->kind, b->variant) | BIT(FORMAT);
    unsigned score = BIT(MULTIPLY) | BIT(DIVIDE) | BIT(ROOT) | BIT(LOW) | BIT(HIGH);
    unsigned entries = BIT(HEADS) | BIT(ENTRIES), more = score | BIT(LIMB);

    more |= b->kind == TC_T5 ? entries : b->kind == TC_FIRE ? BIT(LIMIT) : 0;
    while (*at) {
        unsigned field = 0;
        size_t n = 0;

        if (strncmp(at, ", ", 2) != 0)
            return malformed(r, at, "\", \" and a parameter");
        at += 2;
        for (; field < NFIELD; field++) {
            n = strlen(field_name[field]);
            if (!strncmp(at, field_name[field], n) && at[n] == '=')
                break;
        }
        if (field == NFIELD || seen & BIT(field) || !((needed | more) & BIT(field)))
            return malformed(r, at, "a parameter of the bias, once");
        seen |= BIT(field);
        at += n + 1;
        n = field == FORMAT ? strlen(at) : strcspn(at, ",");
        if (!read_field(r, field, at, n, b, scale))
            return false;
        at += n;
    }
    if (seen & score)
        needed |= score;
    if (b->kind == TC_T5 && seen & entries)
        needed |= entries;
    return (seen & needed) == needed || malformed(r, at, "more parameters");
}

/* 2^-64 .. 2^64 */
static bool moderate(mpq_srcptr x)
{
    return !x || (mpz_sizeinbase(mpq_numref(x), 2) <= 64 + mpz_sizeinbase(mpq_denref(x), 2) &&
                  mpz_sizeinbase(mpq_denref(x), 2) <= 64 + mpz_sizeinbase(mpq_numref(x), 2));
}

static bool consistent(const struct reader *r, const struct bias *b)
{
    int64_t least = least_value(&b->low), most = largest_value(&b->low), wanted = b->nentry;
    const char *end = r->text + strlen(r->text);

    if (b->kind == TC_T5)
        wanted = b->buckets * b->heads; /* 0 without entries */
    if (b->kind == TC_FIRE && !b->variant)
        wanted = b->hidden <= BIAS_MOST_ENTRIES / b->heads
                     ? 2 * b->hidden + b->hidden * b->heads + b->heads
                     : -1;
    if (b->kind == TC_ALIBI)
        wanted = 0;
    if (b->heads > BIAS_MOST_ENTRIES || wanted != b->nentry)
        return malformed(r, end, "as many entries as buckets, hidden and heads say");
    for (int64_t k = 0; k < b->nentry; k++)
        if (b->entry[k] < least || b->entry[k] > most)
            return malformed(r, end, "entries of the format");
    if (b->kind == TC_T5 && (b->buckets % 4 || b->distance <= b->buckets / 2))
        return malformed(r, end, "a multiple of 4 buckets, and a distance above half of them");
    if (b->scale && mpz_cmp(b->lo, b->hi) > 0)
        return malformed(r, end, "low below high");
    if (!moderate(b->r1) || !moderate(b->r2) || !moderate(b->base) || !moderate(b->c) ||
        !moderate(b->limit) || (b->width && b->terms / b->width > BIAS_MOST_TURNS))
        return malformed(
            r, end, "numbers from 2^-64 to 2^64, and at most 64 times as many terms as the width");
    return !b->variant || !b->r2 || mpq_cmp_ui(b->r2, 2, 1) <= 0 ||
           malformed(r, end, "r2 of at most 2");
}

struct bias *bias_open(struct tc_arena *arena, const char *parameters, struct tc_loc loc,
                       struct tc_error *err)
{
    struct reader r = {arena, parameters, loc, err};
    struct bias *b = tc_alloc(arena, 1, sizeof *b);
    const char *at = parameters;
    size_t n = strcspn(at, ",");

    for (unsigned k = TC_T5; k <= TC_FIRE; k++)
        for (unsigned p = 0; p < 2; p++)
            if (kind_name[k][p] && strlen(kind_name[k][p]) == n &&
                !memcmp(at, kind_name[k][p], n)) {
                b->kind = (enum tc_position_kind)k;
                b->variant = p;
            }
    if (!b->kind) {
        malformed(&r, at, "t5, alibi, kerple-log, kerple-power, sandwich or fire");
        return NULL;
    }
    if (!read_fields(&r, at + n, b))
        return NULL;
    bias_format(&b->low, &b->format, arena);
    if (!consistent(&r, b))
        return NULL;
    bias_real_open(arena, b);
    b->slot = tc_alloc(arena, SLOTS, sizeof *b->slot);
    return b;
}

void bias_format(struct lowering *L, const struct tc_format *format, struct tc_arena *arena)
{
    struct tc_family *family = tc_alloc(arena, 1, sizeof *family);

    family->arena = arena;
    *L = (struct lowering){.format = format,
                           .family = family,
                           .bits = tc_format_width(format),
                           .fraction = format->kind == TC_FLOAT ? (unsigned)-format->low
                                                                : format->fraction};
}

/* -------------------------------------------------------------------- values */

int64_t bias_value(const struct bias *b, int64_t i, int64_t delta, int64_t h)
{
    uint64_t hash;
    struct bias_slot *s;

    if (b->kind != TC_FIRE)
        i = 0;
    hash = (uint64_t)i * 0x9e3779b97f4a7c15u + (uint64_t)delta * 0xc2b2ae3d27d4eb4fu + (uint64_t)h;
    s = &b->slot[(hash ^ hash >> 29) % SLOTS];
    if (!s->used || s->i != i || s->delta != delta || s->h != h)
        *s = (struct bias_slot){true, i, delta, h, bias_real(b, i, delta, h)};
    return s->value;
}

void bias_number(const struct bias *b, int64_t i, unsigned keys, const int64_t *delta, int64_t h,
                 mpz_ptr sum)
{
    bool is_key = b->format.kind == TC_FLOAT;
    mpz_t x;

    if (keys == 1) {
        number_of(&b->low, is_key, bias_value(b, i, delta[0], h), sum);
        return;
    }
    mpz_init(x);
    mpz_set_ui(sum, 0);
    for (unsigned k = 0; k < keys; k++) {
        number_of(&b->low, is_key, bias_value(b, i, delta[k], h), x);
        mpz_add(sum, sum, x);
    }
    mpz_clear(x);
}

int64_t bias_limb(mpz_srcptr x, unsigned limb)
{
    int64_t v;
    mpz_t y;

    mpz_init(y);
    mpz_tdiv_q_2exp(y, x, (mp_bitcnt_t)limb * BIAS_LIMB);
    mpz_tdiv_r_2exp(y, y, BIAS_LIMB);
    v = mpz_get_si(y);
    mpz_clear(y);
    return v;
}

void bias_range(const struct bias *b, mpz_ptr lo, mpz_ptr hi)
{
    int64_t least = least_value(&b->low), most = 0;
    bool is_key = b->format.kind == TC_FLOAT;

    if (b->kind == TC_SANDWICH) {
        mpq_t x;

        mpq_init(x);
        mpq_set_si(x, b->terms, 1);
        mpq_mul(x, x, b->r1);
        most = bias_nearest(&b->format, x);
        mpq_neg(x, x);
        least = bias_nearest(&b->format, x);
        mpq_clear(x);
    }
    if (b->kind == TC_FIRE) {
        least = b->variant ? 0 : least;
        most = largest_value(&b->low);
    }
    if (b->kind == TC_T5) {
        least = most = b->entry[0];
        for (int64_t k = 1; k < b->nentry; k++) {
            least = b->entry[k] < least ? b->entry[k] : least;
            most = b->entry[k] > most ? b->entry[k] : most;
        }
    }
    number_of(&b->low, is_key, least, lo);
    number_of(&b->low, is_key, most, hi);
}

int64_t bias_limb_most(mpz_srcptr most, unsigned limb)
{
    int64_t v;
    mpz_t x;

    mpz_init(x);
    mpz_abs(x, most);
    mpz_fdiv_q_2exp(x, x, (mp_bitcnt_t)limb * BIAS_LIMB);
    v = mpz_sizeinbase(x, 2) > BIAS_LIMB ? ((int64_t)1 << BIAS_LIMB) - 1 : mpz_get_si(x);
    mpz_clear(x);
    return v;
}

unsigned bias_limbs(mpz_srcptr most)
{
    return (unsigned)((mpz_sizeinbase(most, 2) + BIAS_LIMB - 1) / BIAS_LIMB);
}

/* -------------------------------------------------------------------- tables */

bool bias_is_whole(const struct bias *b)
{
    return b->nentry || !(b->kind == TC_T5 || b->kind == TC_FIRE);
}

static void *open_bias(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                       struct tc_error *err)
{
    struct bias *b = bias_open(a, parameters, loc, err);

    if (b && !bias_is_whole(b)) {
        tc_fail(err, TC_EFORMAT, loc, "found \"%.24s\" alone, wanted a bias", parameters);
        return NULL;
    }
    return b;
}

static void eval_bias(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    const struct bias *b = state;
    int64_t at[3] = {arg[0], arg[1], arg[2]};
    mpz_t x;

    mpz_init(x);
    for (size_t s = 0; s < count; s++) {
        at[axis] = (int64_t)((uint64_t)arg[axis] + (uint64_t)step * s);
        bias_number(b, at[0], 1, &at[1], at[2], x);
        out[s] = bias_limb(x, b->limb);
    }
    mpz_clear(x);
}

/* the largest magnitude of a part */
static int64_t max_abs_bias(const void *state)
{
    const struct bias *b = state;
    int64_t most;
    mpz_t lo, hi;

    mpz_inits(lo, hi, NULL);
    bias_range(b, lo, hi);
    if (mpz_cmpabs(lo, hi) > 0)
        mpz_neg(hi, lo);
    most = bias_limb_most(hi, b->limb);
    mpz_clears(lo, hi, NULL);
    return most;
}

static void eval_bucket(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                        size_t count, int64_t *out)
{
    const struct bias *b = state;
    int64_t at[2] = {arg[0], arg[1]};

    for (size_t s = 0; s < count; s++) {
        at[axis] = (int64_t)((uint64_t)arg[axis] + (uint64_t)step * s);
        out[s] = bias_bucket(b, at[0]) == at[1];
    }
}

static void *open_bucket(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                         struct tc_error *err)
{
    struct bias *b = bias_open(a, parameters, loc, err);

    if (b && b->kind != TC_T5) {
        tc_fail(err, TC_EFORMAT, loc, "found \"%.24s\", wanted t5, which has buckets", parameters);
        return NULL;
    }
    return b;
}

static void eval_psi(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                     size_t count, int64_t *out)
{
    const struct bias *b = state;
    mpz_t x;

    (void)axis;
    mpz_init(x);
    for (size_t s = 0; s < count; s++) {
        int64_t at = (int64_t)((uint64_t)arg[0] + (uint64_t)step * s);

        number_of(&b->low, b->format.kind == TC_FLOAT, bias_psi(b, at), x);
        out[s] = bias_limb(x, b->limb);
    }
    mpz_clear(x);
}

static void *open_psi(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                      struct tc_error *err)
{
    struct bias *b = bias_open(a, parameters, loc, err);

    if (b && !(b->kind == TC_FIRE && b->variant)) {
        tc_fail(err, TC_EFORMAT, loc, "found \"%.24s\", wanted psi", parameters);
        return NULL;
    }
    return b;
}

static int64_t max_abs_one(const void *state)
{
    (void)state;
    return 1;
}

const struct tc_function tc_bias = {"bias", 3, open_bias, eval_bias, max_abs_bias};
const struct tc_function tc_bias_bucket = {"bias_bucket", 2, open_bucket, eval_bucket, max_abs_one};
const struct tc_function tc_bias_psi = {"bias_psi", 1, open_psi, eval_psi, max_abs_bias};

void tc_bias_register(void)
{
    tc_function_register(&tc_bias);
    tc_function_register(&tc_bias_bucket);
    tc_function_register(&tc_bias_psi);
    tc_function_register(&tc_position_bit);
    for (unsigned k = 0; k < TC_MOST_KEYS; k++)
        tc_function_register(&tc_bias_scores[k]);
}
