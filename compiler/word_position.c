/* word_position.c -- what positions add, as words: constants are tables, computed once a place */
#include "bias.h"
#include "words.h"

#define MOST_PLACES ((int64_t)1 << 22) /* of a table */

static bool places_fit(struct lowering *L, int64_t a, int64_t b, struct tc_loc loc)
{
    return a <= MOST_PLACES / b || tc_fail(L->err, TC_ELIMIT, loc,
                                           "past %u bits and with --regime arithmetic what "
                                           "positions add is a table of up to 2^22 words",
                                           TC_TABLE_MAX_BITS);
}

/* ------------------------------------------------------------------------------- rows */

static struct number sinusoid(struct lowering *L, mpq_srcptr base, const struct rows *in,
                              struct tc_loc loc)
{
    struct tc_arena *arena = L->family->arena;
    int64_t n = in->token->extent, width = in->coord->extent, extent[2] = {n, width};
    struct tc_axis at[2] = {tc_axis_of(arena, in->token), tc_axis_of(arena, in->coord)};
    uint64_t *word;

    if (!places_fit(L, n, width, loc))
        return in->x;
    word = tc_alloc(arena, (size_t)(n * width), sizeof *word);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < width; c++)
            word[i * width + c] = words_turn(L->format, base, width, i, c / 2, c % 2 == 0);
    return number_table(L, L->format, "sinusoid", 2, extent, word, at);
}

struct rows words_position(struct lowering *L, const struct tc_position *p, unsigned tensor,
                           const struct rows *in, struct tc_loc loc)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis at[2] = {tc_axis_of(arena, in->token), tc_axis_of(arena, in->coord)};
    struct rows y = *in;
    struct number x;

    if (p->kind == TC_SINUSOIDAL &&
        !base_fits(L, p->base, tc_sprintf(arena, "base %.60s", rational_text(L, p->base)), loc))
        return y;
    x = p->kind == TC_SINUSOIDAL ? sinusoid(L, p->base, in, loc) : words_weight(L, tensor, at);
    if (!L->err->kind)
        y.x = words_binary(L, "x", TC_OP_ADD, words_read(L, "x", in->x), words_read(L, "P", x));
    return y;
}

/* ----------------------------------------------------------------------------- scores */

struct biased {
    struct lowering *L;
    const struct head *head;
    const struct bias *b;
    struct tc_loc loc;
    int64_t n;
};

/* i - j + n - 1, j the first key */
static struct tc_axis offset(const struct biased *w)
{
    struct tc_arena *arena = w->L->family->arena;
    struct tc_axis x = tc_axis_plus(arena, tc_axis_const(w->n - 1), 1, w->head->token[0]);

    return tc_axis_plus(arena, x, -1, w->head->token[1]);
}

uint64_t words_value(const struct lowering *L, int64_t value)
{
    uint64_t sign = (uint64_t)1 << (L->bits - 1);

    if (is_float(L))
        return value < 0 ? sign | (uint64_t)-value : (uint64_t)value;
    return (uint64_t)value & (2 * sign - 1);
}

/* entries by offset and head, of fire by the query too */
static struct number constant(const struct biased *w)
{
    struct lowering *L = w->L;
    struct tc_arena *arena = L->family->arena;
    bool fire = w->head->att->position.kind == TC_FIRE;
    int64_t rows = fire ? w->n : 1, offsets = 2 * w->n - 1, heads = w->head->att->heads.value;
    int64_t extent[3] = {rows, offsets, heads};
    struct tc_axis at[3] = {fire ? tc_axis_of(arena, w->head->token[0]) : tc_axis_const(0),
                            offset(w), head_axis(L, w->head)};
    uint64_t *word;
    struct number none = {0};

    if (!places_fit(L, offsets, heads, w->loc) || !places_fit(L, offsets * heads, rows, w->loc))
        return none;
    word = tc_alloc(arena, (size_t)(rows * offsets * heads), sizeof *word);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < offsets; k++)
            for (int64_t h = 0; h < heads; h++)
                word[(i * offsets + k) * heads + h] =
                    words_value(L, bias_value(w->b, i, k - w->n + 1, h));
    return number_table(L, L->format, "bias", 3, extent, word, at);
}

/* the entry of the bucket of t5 */
static struct number bucket(const struct biased *w)
{
    struct lowering *L = w->L;
    int64_t offsets = 2 * w->n - 1;
    int64_t *place;
    struct tc_axis at[2] = {tc_axis_const(0), head_axis(L, w->head)};
    struct number none = {0};

    if (!places_fit(L, offsets, 1, w->loc))
        return none;
    place = tc_alloc(L->family->arena, (size_t)offsets, sizeof *place);
    for (int64_t k = 0; k < offsets; k++)
        place[k] = bias_bucket(w->b, k - w->n + 1);
    at[0] = (struct tc_axis){.via = table_of(L, "bucket", (unsigned)offsets, place),
                             .arg = offset(w).at};
    return words_weight(L, w->head->position, at);
}

/* R(psi) of so many distances from `first` on, the numbers being constants */
static struct number psi(const struct biased *w, int64_t count, bool distances, struct tc_axis at)
{
    struct lowering *L = w->L;
    const struct tc_position *p = &w->head->att->position;
    struct bias limited = *w->b;
    uint64_t *word = tc_alloc(L->family->arena, (size_t)count, sizeof *word);

    limited.limit = distances ? NULL : p->limit;
    for (int64_t k = 0; k < count; k++)
        word[k] = words_value(L, bias_psi(&limited, distances ? k - w->n + 1 : k));
    return number_table(L, L->format, distances ? "psi" : "psi.limit", 1, &count, word, &at);
}

static struct number fire_weight(const struct biased *w, const char *name, unsigned tensor,
                                 const struct tc_axis *at)
{
    return words_read(w->L, name, words_weight(w->L, tensor, at));
}

/* fire's MLP of u, each operation rounded */
static struct number computed(const struct biased *w)
{
    struct lowering *L = w->L;
    struct tc_arena *arena = L->family->arena;
    const struct tc_index *m = index_of(L, "m", &w->head->att->position.hidden);
    struct tc_axis i = tc_axis_of(arena, w->head->token[0]);
    struct tc_axis at[2] = {tc_axis_of(arena, m), head_axis(L, w->head)};
    unsigned t = w->head->position;
    struct number x = {0};

    if (!places_fit(L, 2 * w->n - 1, 1, w->loc))
        return x;
    x = words_ratio(L, "fire.u", psi(w, 2 * w->n - 1, true, offset(w)), false,
                    psi(w, w->n, false, i));
    x = words_binary(L, "fire.product", TC_OP_MUL, x, fire_weight(w, "F_1", t, at));
    x = words_binary(L, "fire.sum", TC_OP_ADD, words_read(L, "fire.product", x),
                     fire_weight(w, "F_b1", t + 1, at));
    x = words_unary(L, "fire.relu", TC_OP_RELU, words_read(L, "fire.sum", x));
    x = words_binary(L, "fire.out", TC_OP_MUL, x, fire_weight(w, "F_2", t + 2, at));
    x = words_sum(L, "fire.total", words_read(L, "fire.out", x), 1, &m, 0);
    return words_binary(L, "fire", TC_OP_ADD, words_read(L, "fire.total", x),
                        fire_weight(w, "F_b2", t + 3, &at[1]));
}

unsigned words_bias(struct lowering *L, const struct head *head, struct number *bias,
                    struct tc_loc loc)
{
    const struct tc_position *p = &head->att->position;
    struct biased w = {.L = L, .head = head, .loc = loc, .n = L->spec->length.value};

    if (L->err->kind || p->kind < TC_T5)
        return 0;
    w.b = bias_of(L, head);
    bias[0] = p->kind == TC_T5 ? bucket(&w) : p->computed ? computed(&w) : constant(&w);
    if (L->err->kind)
        return 0;
    for (unsigned k = 2; k <= head->keys; k++)
        bias[k - 1] =
            number_at(L, bias[0], head->token[1], tc_axis_of(L->family->arena, head->token[k]));
    return head->keys;
}

struct number words_biased(struct lowering *L, struct number score, unsigned n,
                           const struct number *bias)
{
    struct number term[1 + TC_MOST_KEYS] = {score};
    const struct tc_index *z;

    if (L->err->kind || !n)
        return score;
    if (n == 1)
        return words_binary(L, "s.biased", TC_OP_ADD, score, bias[0]);
    for (unsigned k = 0; k < n; k++)
        term[1 + k] = bias[k];
    z = tc_index_new(L->family, "z", 1 + n, NULL);
    return words_sum(L, "s.biased", words_chosen(L, 1 + n, term, z), 1, &z, 0);
}
