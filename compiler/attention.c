/* attention.c -- attention of any order and kind, one rounding a block
 *
 * Layers, weights as inputs (one less where they are constants):
 *
 *   1  ANDs of the bits of X and W
 *   2  q, k1, k2, ..., v1, v2, ...: thresholds of the rotated projections
 *   3  ANDs of the bits of q, k1, k2, ...       ANDs of the bits of v1, v2, ...
 *   4  thresholds of exp of the rounded score   carries: bits of v1 v2 ...
 *   5  ANDs of the bits of exp and of v1 v2 ...
 *   6  quotient
 *   7  output bits
 *
 * At -O2 exp and the product with the values' bits are one layer, and layer 5
 * is gone.  Other kinds have other weights than exp (attention_max.c); unique-hard
 * attention has no quotient.
 */
#include "attention.h"
#include "float.h"

#include <assert.h>
#include <string.h>

struct tc_axis head_column(struct lowering *L, const struct head *a, unsigned m, bool score,
                           bool flip)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis x = tc_axis_const(flip ? 1 : 0);
    int64_t width = a->att->head_width.value, heads = a->att->heads.value;
    bool shared = heads != a->att->kv_heads.value;

    if (a->g)
        x = tc_axis_plus(arena, x, m ? width : heads / a->att->kv_heads.value * width, a->g);
    if (a->h && !(m && shared))
        x = tc_axis_plus(arena, x, width, a->h);
    if (!score || !a->pair)
        return tc_axis_plus(arena, x, 1, score ? a->dot : a->c);
    x = tc_axis_plus(arena, x, 2, a->pair);
    return tc_axis_plus(arena, x, flip ? -1 : 1, a->r);
}

const struct tc_table *sine_sign(struct lowering *L)
{
    static const int64_t sign[2] = {-1, 1};

    return table_of(L, "sign", 2, sign);
}

#define MOST_ROPE_FRACTION 60

unsigned rope_fraction(const struct lowering *L)
{
    return is_float(L) && L->fraction > MOST_ROPE_FRACTION ? MOST_ROPE_FRACTION : L->fraction;
}

const struct tc_table *rope_table(struct lowering *L, const struct head *a,
                                  const struct tc_function *fn, const char *part)
{
    struct tc_family *f = L->family;
    const char *number = rational_text(L, a->att->base); /* the text may be an expression */
    const char *parameters;
    char format[64];

    if (is_float(L)) {
        tc_format_name(L->format, format, sizeof format);
        parameters =
            tc_sprintf(f->arena, "%s, base=%s, width=%lld, fraction=%u, format=%s", part, number,
                       (long long)a->att->head_width.value, rope_fraction(L), format);
        return tc_table_computed(f, part, &tc_rope_float, parameters, L->err);
    }
    parameters = tc_sprintf(f->arena, "%s, base=%s, width=%lld, bits=%u, fraction=%u", part, number,
                            (long long)a->att->head_width.value, L->bits, L->fraction);
    return tc_table_computed(f, part, fn, parameters, L->err);
}

struct tc_axis offset_position(struct lowering *L, const struct head *a)
{
    struct tc_arena *arena = L->family->arena;
    struct tc_axis x = tc_axis_plus(arena, tc_axis_const(0), -1, a->token[0]);
    int64_t stride = 1;

    for (unsigned k = 1; k <= (a->att->rope == TC_ROPE_FLAT ? a->keys : 1); k++) {
        x = tc_axis_plus(arena, x, stride, a->token[k]);
        if (k < a->keys)
            stride *= L->spec->length.value; /* at most n^2: sizes are below 2^31 */
    }
    return x;
}

/* ------------------------------------------------------------- projections */

/* Row r of the pair turned by position times its angle: exact, unit 2^-fraction finer. */
static struct tc_form rotated(struct lowering *L, const struct head *a, unsigned m,
                              struct tc_form x, struct tc_axis position)
{
    struct tc_family *f = L->family;
    struct tc_axis at[2] = {position, tc_axis_of(f->arena, a->pair)};
    struct tc_axis r = tc_axis_of(f->arena, a->r);
    struct tc_form same =
        tc_form_subst(f, x, a->weight[m].column, head_column(L, a, m, true, false));
    struct tc_form other =
        tc_form_subst(f, x, a->weight[m].column, head_column(L, a, m, true, true));

    same = tc_form_times(f, same, rope_table(L, a, &tc_rope, "cos"), at);
    other = tc_form_times(f, other, rope_table(L, a, &tc_rope, "sin"), at);
    return tc_form_add(f, same, tc_form_times(f, other, sine_sign(L), &r));
}

/* q, k1, ..., v1, ...: one rounding of the exact projection; linear attention takes no
 * negative ones of q and the keys */
static struct word projected(struct lowering *L, const struct head *a, unsigned m,
                             const struct stream *in)
{
    struct tc_family *f = L->family;
    enum tc_rope mode = a->att->rope;
    bool key = m <= a->keys, turned = mode == TC_ROPE_EACH || mode == TC_ROPE_COMPLEX;
    int64_t rate = mode == TC_ROPE_COMPLEX && m == 0 ? (int64_t)a->keys : 1;
    struct tc_axis position = tc_axis_plus(f->arena, tc_axis_const(0), rate, a->token[0]);
    unsigned shift = L->fraction;
    struct tc_form x;
    struct steps s;
    struct chain c;

    if (key && turned && a->entries) {
        x = rope_projection(L, a, m, in, position);
        shift += L->fraction;
    } else {
        x = tc_form_subst(f, matrix_exact(L, &a->weight[m], in, &shift), in->token,
                          tc_axis_of(f->arena, a->token[0]));
        if (key && turned) {
            x = rotated(L, a, m, x, position);
            shift += rope_fraction(L);
        } else {
            x = tc_form_subst(f, x, a->weight[m].column, head_column(L, a, m, key, false));
        }
    }
    s = steps_shift(L, x, shift);
    if (key)
        s = feature(L, a, s);
    c = chain_new(L, s, a->weight[m].letter, "T_round", NULL,
                  key && turned ? "projection, rotated, rounded" : "projection, rounded");
    return word_of_chain(L, &c, m <= a->keys ? 0 : value_bits(L, a));
}

/* ------------------------------------------------------------------ scores */

static struct tc_form dot(struct lowering *L, const struct head *a, const struct word *w,
                          const char *note)
{
    const struct tc_index *over[2] = {a->dot, NULL};

    if (a->pair) {
        over[0] = a->pair;
        over[1] = a->r;
    }
    return sum_over(L, product(L, "s.and", 1 + a->keys, w, &a->guards, note), a->pair ? 2 : 1, over,
                    NULL);
}

/* Re sum q conj(k1 k2 ...): q's part is the parity of the keys' imaginary
 * parts, the sign + + - - by their number */
static struct tc_form dot_complex(struct lowering *L, const struct head *a, struct word *w)
{
    static const int64_t parity[TC_MOST_ORDER] = {0, 1, 0, 1, 0, 1, 0, 1};
    static const int64_t sign[TC_MOST_ORDER] = {1, 1, -1, -1, 1, 1, -1, -1};
    struct tc_family *f = L->family;
    const struct tc_index *over[1 + TC_MOST_KEYS] = {a->pair};
    struct tc_axis parts = tc_axis_const(0), q = tc_axis_const(0);
    struct tc_form x;

    for (unsigned k = 1; k <= a->keys; k++) {
        over[k] = tc_index_new(f, tc_sprintf(f->arena, "r%u", k), 2, NULL);
        w[k] = word_at_index(L, w[k], a->r, over[k]);
        parts = tc_axis_plus(f->arena, parts, 1, over[k]);
    }
    q.via = table_of(L, "parity", a->keys + 1, parity);
    q.arg = parts.at;
    w[0] = word_at(L, w[0], a->r, q);
    x = product(L, "s.and", 1 + a->keys, w, &a->guards,
                "bits of q, k1, ...: real and imaginary parts");
    x = tc_form_times(f, x, table_of(L, "conjugate", a->keys + 1, sign), &parts);
    return sum_over(L, x, 1 + a->keys, over, NULL);
}

/* the keys' product turned by an offset: cos where the parts agree, +- sin
 * where they do not */
static struct tc_form dot_offset(struct lowering *L, const struct head *a, struct word *w)
{
    struct tc_family *f = L->family;
    struct tc_index *turned = tc_index_new(f, "r'", 2, NULL);
    struct tc_axis at[2] = {offset_position(L, a), tc_axis_of(f->arena, a->pair)};
    struct tc_axis r = tc_axis_of(f->arena, a->r);
    struct tc_axis flip = tc_axis_plus(f->arena, tc_axis_const(1), -1, a->r);
    const struct tc_index *over[2] = {a->pair, a->r};
    unsigned last = a->att->rope == TC_ROPE_FLAT ? a->keys : 1;
    struct tc_form x, same, other;

    if (a->entries) {
        struct word entry[2];

        rope_words(L, a, at[0], entry);
        w[a->keys + 1] = entry[0];
        same = product(L, "s.cos", 2 + a->keys, w, &a->guards, "bits of q, k1, ..., cosine");
        for (unsigned k = 1; k <= last; k++)
            w[k] = word_at(L, w[k], a->r, flip);
        w[a->keys + 1] = entry[1];
        other = product(L, "s.sin", 2 + a->keys, w, &a->guards, "bits of q, k1, ..., sine");
        other = tc_form_times(f, other, sine_sign(L), &r);
        return sum_over(L, tc_form_add(f, same, other), 2, over, NULL);
    }
    for (unsigned k = 1; k <= last; k++)
        w[k] = word_at_index(L, w[k], a->r, turned);
    x = product(L, "s.and", 1 + a->keys, w, &a->guards, "bits of q, k1, ...");
    same = tc_form_subst(f, x, turned, r);
    same = tc_form_times(f, same, rope_table(L, a, &tc_rope, "cos"), at);
    other = tc_form_subst(f, x, turned, flip);
    other = tc_form_times(f, other, rope_table(L, a, &tc_rope, "sin"), at);
    other = tc_form_times(f, other, sine_sign(L), &r);
    return sum_over(L, tc_form_add(f, same, other), 2, over, NULL);
}

/* ---------------------------------------------------------------- quotient */

/* round((n + offset d) / (d 2^shift)), 0/0 = 0: a gate [.. >= ..] for each
 * value r, linear in n and d.  v = 4 (n + offset d) - 4 m d 2^shift, m the middle below
 * r, is >= 0 where the quotient is >= m, > 0 where it is above; d = 0 passes just the
 * gates of r <= 0.  DESIGN.md 1 has the rule; K is at least max d 2^shift. */
struct chain quotient(struct lowering *L, struct tc_form n, struct tc_form d, int64_t offset,
                      unsigned shift, int64_t lo, int64_t hi)
{
    struct tc_family *f = L->family;
    int64_t count = 0, parts = is_float(L) ? 4 : 2, r = lo;
    bool positive = mpz_sgn(d.lo) > 0, strict;
    mpz_ptr big = tc_mpz_si(f->arena, 1), unit = tc_mpz_si(f->arena, 1);
    mpz_ptr *slope, *constant;
    struct chain c = {.keys = is_float(L)};
    struct tc_form theta;
    struct tc_index *t = NULL;
    struct tc_axis at;
    mpq_ptr middle = tc_mpq(f->arena);

    if (L->special && lo == hi) /* for special.c, which reads gates */
        hi = lo < largest_value(L) ? next_value(L, lo) : hi;
    while (r < hi) {
        r = next_value(L, r);
        count++;
    }
    mpz_mul_2exp(unit, unit, shift);
    if (!positive) {
        mpz_mul(big, d.hi, unit);
        if (mpz_sgn(big) <= 0)
            mpz_set_ui(big, 1);
    }
    c.n = (unsigned)count;
    c.value = tc_alloc(f->arena, (size_t)count + 1, sizeof *c.value);
    c.value[0] = lo;
    if (count == 0) {
        c.form = chain_form(L, &c);
        return c;
    }
    slope = tc_alloc(f->arena, (size_t)count, sizeof(mpz_ptr));
    constant = tc_alloc(f->arena, (size_t)count, sizeof(mpz_ptr));
    for (int64_t k = 0; k < count; k++) {
        mpz_ptr s = slope[k] = tc_mpz(f->arena);

        r = c.value[k + 1] = next_value(L, c.value[k]);
        value_middle(L, r, middle, &strict);
        mpz_mul_si(s, mpq_numref(middle), parts);
        mpz_divexact(s, s, mpq_denref(middle));
        mpz_mul(s, s, unit);
        mpz_sub(s, s, tc_mpz_si(f->arena, parts * offset));
        mpz_mul(s, s, big);
        if (positive) {
            constant[k] = tc_mpz_si(f->arena, strict);
            continue;
        }
        constant[k] = tc_mpz_si(f->arena, r > 0);
        if (r > 0 && !strict)
            mpz_sub(s, s, unit);
        else if (r <= 0 && strict)
            mpz_add(s, s, unit);
    }
    mpz_mul_si(big, big, parts);
    if (count > 1) {
        t = chain_index(L, count, "T_quotient");
        at = tc_axis_of(f->arena, t);
        theta = tc_form_times(f, d, tc_table_dense_mpz(f, "slope", 1, &count, slope), &at);
        theta = tc_form_add(
            f, theta, tc_form_table(f, tc_table_dense_mpz(f, "theta", 1, &count, constant), &at));
    } else {
        theta = tc_form_add(f, tc_form_scale(f, d, slope[0]), tc_form_const(f, constant[0]));
    }
    c.plane = &tc_bank_new(f, name_of(L, "y"), tc_form_scale(f, n, big), t, theta, true, 0, NULL,
                           L->component, "quotient: one gate a value, linear in both sums")
                   ->plane;
    special_chain(L, &c, NULL);
    c.form = chain_form(L, &c);
    return c;
}

void quotient_range(struct lowering *L, mpz_srcptr lo, mpz_srcptr hi, unsigned shift, bool zero,
                    int64_t *least, int64_t *most)
{
    *least = rounded_value(L, lo, shift);
    *most = rounded_value(L, hi, shift);
    if (zero && *least > 0)
        *least = 0;
    if (zero && *most < 0)
        *most = 0;
}

/* Whether the values' product goes through binary before it meets exp: worth
 * its gates from two positions a key on.  The choice sees the format alone. */
static bool multiply_values_first(const struct word *weight, unsigned n, const struct word *value)
{
    unsigned gates, bits, direct = 1;

    if (n == 1)
        return false;
    for (unsigned k = 0; k < n; k++) {
        if (value[k].wide)
            return false;
        direct *= word_bits(&value[k]);
    }
    product_word_cost(n, value, &gates, &bits);
    return bits && bits < direct && 2 * word_bits(weight) * (direct - bits) > gates;
}

/* A tuple's weight times the values' product, the weight's gates gated by bits of the
 * product.  The first two values are multiplied by digits where
 * that pays from 2^(b/2) positions on: the table regime is for b = O(log n). */
static struct tc_form gated_values(struct lowering *L, const struct head *a,
                                   const struct weights *weight, const struct word *v)
{
    const char *note = a->att->kind == TC_AVERAGE_HARD
                           ? "the largest score, where the values' bits are set"
                           : "exp of the score, where the values' bits are set";
    struct tc_family *f = L->family;
    struct word word[TC_MOST_DIGITS], w[TC_MOST_KEYS];
    int64_t scale[TC_MOST_DIGITS];
    struct tc_form sum = tc_form_si(f, 0);
    uint64_t reads = weights_gates(weight);
    unsigned n, width = 0;

    for (unsigned k = 2; k < a->keys; k++)
        reads *= word_bits(&v[k]);
    for (unsigned k = 1; k < a->keys; k++)
        reads <<= L->bits / 2;
    if (a->keys > 1)
        width = digit_width(&v[0], &v[1], reads);
    if (!width)
        return weights_times(L, a, weight, "av", a->keys, v, note);
    n = digit_products(L, &v[0], &v[1], width, "v", word, scale);
    memcpy(w, v + 1, (a->keys - 1) * sizeof *w);
    for (unsigned k = 0; k < n; k++) {
        struct tc_form part;

        w[0] = word[k];
        part = weights_times(L, a, weight, tc_sprintf(f->arena, "av.%u", k), a->keys - 1, w, note);
        sum = tc_form_add(f, sum, tc_form_scale_si(f, part, scale[k]));
    }
    return sum;
}

/* sum over tuples of weight times v1 v2 ... - *offset */
static struct tc_form weighted(struct lowering *L, const struct head *a, const struct weights *e,
                               const struct word *v, int64_t *offset)
{
    struct word w[TC_MOST_WORDS];
    struct tc_form sum;
    bool first;

    *offset = 0;
    if (L->options->level == TC_LEVEL_2 || e->score || a->att->kind == TC_AVERAGE_HARD) {
        sum = gated_values(L, a, e, v);
    } else {
        memcpy(w + 1, v, a->keys * sizeof *w);
        w[0] = word_of_chain(L, &e->gates, 0);
        first = multiply_values_first(&w[0], a->keys, v);
        if (first) {
            w[1] = product_word(L, "v", a->keys, v, "bits of v1, v2, ...");
            *offset = w[1].offset;
        }
        sum = product(L, "av.and", first ? 2 : 1 + a->keys, w, &a->guards,
                      first ? "bits of the weight times bits of v1 v2 ..."
                            : "bits of the weight times bits of v1, v2, ...");
    }
    return sum_over(L, sum, a->keys, a->token + 1, &a->guards);
}

/* the key's number, of infinity the next one after the largest */
static mpz_ptr number_past(struct lowering *L, int64_t key)
{
    mpz_ptr x = tc_mpz(L->family->arena);

    float_magnitude(L->format, key < 0 ? -key : key, x);
    if (key < 0)
        mpz_neg(x, x);
    return x;
}

/* The rounded product of a tuple's values.  Of one that is infinite the number is so large that
 * the result is infinite again: of the tuples that are not chosen none is read. */
static struct word rounded_values(struct lowering *L, const struct head *a, const struct word *v)
{
    struct steps s;
    struct chain c;
    mpz_ptr *number;

    if (a->keys == 1)
        return *v;
    s = steps_shift(L, product(L, "v.and", a->keys, v, &a->guards, "bits of v1, v2, ..."),
                    (a->keys - 1) * L->fraction);
    s.keys = s.keys && !L->reach;
    c = chain_new(L, s, "v", "T_round", &a->guards, "the values' product, rounded");
    if (!L->reach)
        return word_of_chain(L, &c, value_bits(L, a));
    number = tc_alloc(L->family->arena, (size_t)c.n + 1, sizeof *number);
    for (unsigned k = 0; k <= c.n; k++)
        number[k] = number_past(L, c.value[k]);
    return word_of_numbers(L, &c, number, "step");
}

/* the indices of the heads' results */
static struct stream head_stream(struct lowering *L, const struct head *a)
{
    struct stream s = {.token = a->token[0], .column = head_column(L, a, 0, false, false)};

    if (a->g)
        s.coord[s.ncoord++] = a->g;
    if (a->h)
        s.coord[s.ncoord++] = a->h;
    s.coord[s.ncoord++] = a->c;
    return s;
}

struct stream head_chain(struct lowering *L, const struct head *a, struct chain c)
{
    struct stream s = head_stream(L, a);

    return stream_of_chain(L, c, &s);
}

unsigned value_bits(const struct lowering *L, const struct head *a)
{
    return a->att->kind == TC_UNIQUE_HARD && !is_float(L) ? L->bits : 0;
}

struct stream head_first(struct lowering *L, const struct head *a, struct steps score,
                         const struct word *v)
{
    struct word y = first_largest(L, a, score, v);

    struct stream s = head_stream(L, a);

    if (!is_float(L)) {
        s.word = y;
        s.is_code = true;
        s.name = "y";
        s.note = "the result's values, as steps";
        return s;
    }
    return head_chain(L, a,
                      chain_new(L, steps_shift(L, y.value, 0), "y", "T_round", NULL,
                                "the first largest score's value"));
}

struct stream attention_block(struct lowering *L, struct head *a, const struct stream *in)
{
    struct tc_family *f = L->family;
    const char *path = L->component;
    unsigned keys = a->keys, order = keys + 1;
    enum tc_attention_kind kind = a->att->kind;
    struct word q[2 + TC_MOST_KEYS], v[TC_MOST_KEYS];
    struct tc_form score, total, sum;
    unsigned shift = keys * L->fraction;
    mpz_ptr lo = tc_mpz(f->arena), hi = tc_mpz(f->arena);
    struct weights w;
    struct steps s;
    int64_t offset, least, most;

    L->component = tc_sprintf(f->arena, "%s.projections", path);
    for (unsigned m = 0; m < 1 + 2 * keys; m++) {
        struct word x = projected(L, a, m, in);

        if (m <= keys)
            q[m] = m ? word_at_index(L, x, a->token[0], a->token[m]) : x;
        else
            v[m - order] = word_at_index(L, x, a->token[0], a->token[m - keys]);
    }

    L->component = tc_sprintf(f->arena, "%s.scores", path);
    if (a->att->rope == TC_ROPE_COMPLEX && order > 2) {
        score = dot_complex(L, a, q);
    } else if (a->att->rope == TC_ROPE_FLAT || a->att->rope == TC_ROPE_QUERY2) {
        score = dot_offset(L, a, q);
        shift += a->entries ? L->fraction : rope_fraction(L);
    } else {
        score = dot(L, a, q, "bits of q, k1, ...");
    }

    L->component = tc_sprintf(f->arena, "%s.weights", path);
    s = score_steps(L, a, score, shift);
    if (kind == TC_UNIQUE_HARD) {
        struct word values;

        L->component = tc_sprintf(f->arena, "%s.values", path);
        values = rounded_values(L, a, v);
        L->component = tc_sprintf(f->arena, "%s.weights", path);
        return head_first(L, a, s, &values);
    }
    w = weights_of(L, a, s);
    weights_make(L, a, &w);
    total = weights_total(L, a, &w);

    L->component = tc_sprintf(f->arena, "%s.values", path);
    product_range(L, keys, v, lo, hi);
    sum = weighted(L, a, &w, v, &offset);

    L->component = tc_sprintf(f->arena, "%s.quotient", path);
    shift = (order - 2) * L->fraction;
    if (kind == TC_UNNORMALIZED) {
        shift += L->fraction;
        range_times(L, lo, hi, w.form.lo, w.form.hi);
        if (offset) { /* of the weights' sum, which is not the divisor */
            struct tc_form all = sum_over(L, w.form, keys, a->token + 1, &a->guards);

            sum = tc_form_add(f, sum, tc_form_scale_si(f, all, offset));
            offset = 0;
        }
    }
    quotient_range(L, lo, hi, shift, mpz_sgn(total.lo) <= 0, &least, &most);
    return head_chain(L, a, quotient(L, sum, total, offset, shift, least, most));
}
