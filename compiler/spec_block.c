/* spec_block.c -- the blocks of a specification, as a tree
 *
 * A repeat's body is read once a repetition, so that each has a place of its own;
 * tied ones are given the same tensors by spec_tensor.c. */
#include "spec.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define MAX_BLOCKS 4096

const char *const tc_mask_name[] = {"none", "causal", "strict-causal", "window", NULL};
const char *const tc_activation_name[] = {"relu", "gelu",    "gelu-tanh", "silu",
                                          "tanh", "sigmoid", NULL};
const char *const tc_norm_name[] = {"layer", "rms", "sphere", NULL};
const char *const tc_attention_name[] = {"softmax",      "average-hard", "unique-hard", "linear",
                                         "unnormalized", "cme",          NULL};
const char *const tc_position_name[] = {"none",   "sinusoidal", "learned", "t5", "alibi",
                                        "kerple", "sandwich",   "fire",    NULL};

/* where blocks are being read */
struct level {
    struct checker *c;
    struct tc_size width; /* of the stream; 0: token ids */
    unsigned *count;      /* of all blocks */
    bool top;
};

static bool is_true(const struct tc_element *e, const char *name, bool absent)
{
    return !strcmp(attr_value(e, name, absent ? "true" : "false"), "true");
}

/* --- positions */

static bool read_rope(struct checker *c, const struct tc_element *e, struct tc_attention *a)
{
    static const char *const modes[] = {"each", "complex", "flat", "query2", NULL};
    const char *mode = attr_value(e, "mode", "");
    int64_t most;

    a->rope = TC_ROPE_EACH + attr_choice(e, "mode", "", modes);
    a->rope_computed = !strcmp(attr_value(e, "angles", "constant"), "computed");
    if (a->order == 2 && (a->rope == TC_ROPE_FLAT || a->rope == TC_ROPE_QUERY2))
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "mode"),
                       "rope mode '%s' at order 2, which has one key; wanted 'each' or 'complex'",
                       mode);
    if (a->head_width.value % 2)
        return tc_fail(c->err, TC_ESPEC, e->loc,
                       "rope turns pairs, but the head width is %" PRId64 ", wanted an even one",
                       a->head_width.value);
    /* positions j + k n + l n^2 + .. - i stay below 2^61 */
    most = (int64_t)1 << 60 / (a->order - 1);
    if (a->rope == TC_ROPE_FLAT && c->spec->length.value > most)
        return tc_fail(c->err, TC_ELIMIT, attr_place(e, "mode"),
                       "rope mode 'flat' at order %u is built up to length %" PRId64, a->order,
                       most);
    a->base_text = attr_value(e, "base", "10000");
    return attr_positive(c, e, "base", "10000", false, &a->base);
}

static bool read_t5(struct checker *c, const struct tc_element *e, struct tc_position *p)
{
    struct tc_size buckets = size_of(c, 32), distance = size_of(c, 128);

    if (!attr_size(c, e, "buckets", &buckets, &p->buckets) ||
        !attr_size(c, e, "distance", &distance, &p->distance))
        return false;
    if (p->buckets.value % 4)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "buckets"),
                       "%" PRId64 " buckets, wanted a multiple of 4: half of them for each sign, "
                       "half of those for the distances one by one",
                       p->buckets.value);
    if (p->distance.value <= p->buckets.value / 2)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "distance"),
                       "distance %" PRId64 ", wanted more than buckets / 2 = %" PRId64,
                       p->distance.value, p->buckets.value / 2);
    return true;
}

static bool read_kerple(struct checker *c, const struct tc_element *e, struct tc_position *p)
{
    mpq_t two;
    bool large;

    p->power = !strcmp(attr_value(e, "kind", "log"), "power");
    if (!attr_positive(c, e, "r1", "1", false, &p->r1) ||
        !attr_positive(c, e, "r2", "1", false, &p->r2))
        return false;
    mpq_init(two);
    mpq_set_ui(two, 2, 1);
    large = p->power && mpq_cmp(p->r2, two) > 0;
    mpq_clear(two);
    return !large || tc_fail(c->err, TC_ESPEC, attr_place(e, "r2"),
                             "r2 is above 2; the kernel of kind=\"power\" wants 0 < r2 <= 2");
}

static bool read_sandwich(struct checker *c, const struct tc_element *e, struct tc_position *p,
                          const struct tc_size *width)
{
    return attr_positive(c, e, "r1", "1", false, &p->r1) &&
           attr_size(c, e, "terms", width, &p->terms) &&
           attr_size(c, e, "width", width, &p->width) &&
           attr_positive(c, e, "base", "10000", false, &p->base);
}

static bool read_fire(struct checker *c, const struct tc_element *e, struct tc_position *p)
{
    struct tc_size hidden = size_of(c, 32);

    p->computed = !strcmp(attr_value(e, "bias", "constant"), "computed");
    if (!p->computed && c->spec->weights == TC_WEIGHTS_INPUT)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "bias"),
                       "fire's bias is no constant where weights are inputs; wanted "
                       "bias=\"computed\", or constant weights");
    return attr_positive(c, e, "c", "1/10", false, &p->c) &&
           attr_positive(c, e, "limit", "512", false, &p->limit) &&
           attr_size(c, e, "hidden", &hidden, &p->hidden);
}

/* any but rope; width is what t5 and so on default to: the head's, or the rows' */
static bool read_position(struct checker *c, const struct tc_element *e, struct tc_position *p,
                          const struct tc_size *width)
{
    p->kind = TC_POSITION_NONE;
    while (strcmp(tc_position_name[p->kind], e->name) != 0)
        p->kind++;
    switch (p->kind) {
    case TC_SINUSOIDAL:
        return attr_positive(c, e, "base", "10000", false, &p->base);
    case TC_T5:
        return read_t5(c, e, p);
    case TC_KERPLE:
        return read_kerple(c, e, p);
    case TC_SANDWICH:
        return read_sandwich(c, e, p, width);
    case TC_FIRE:
        return read_fire(c, e, p);
    default:
        return true;
    }
}

/* encodings by name: an element and its attributes */
static const struct encoding {
    const char *name, *element, *attribute[4];
} encodings[] = {
    {"none", NULL, {NULL}},
    {"sinusoidal", "sinusoidal", {NULL}},
    {"learned", "learned", {NULL}},
    {"rope", "rope", {"mode", "each"}},
    {"rope-complex", "rope", {"mode", "complex"}},
    {"rope-flat", "rope", {"mode", "flat"}},
    {"rope-query2", "rope", {"mode", "query2"}},
    {"rope-computed", "rope", {"mode", "each", "angles", "computed"}},
    {"t5", "t5", {NULL}},
    {"alibi", "alibi", {NULL}},
    {"kerple", "kerple", {NULL}},
    {"kerple-power", "kerple", {"kind", "power"}},
    {"sandwich", "sandwich", {NULL}},
    {"fire", "fire", {NULL}},
    {"fire-computed", "fire", {"bias", "computed"}},
};

static const struct encoding *encoding_of(const char *name)
{
    for (size_t k = 0; k < sizeof encodings / sizeof *encodings; k++)
        if (!strcmp(encodings[k].name, name))
            return &encodings[k];
    return NULL;
}

bool spec_encoding(struct checker *c, const char *name)
{
    char list[400] = "";

    if (encoding_of(name)) {
        c->encoding = name;
        return true;
    }
    for (size_t k = 0; k < sizeof encodings / sizeof *encodings; k++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", k ? ", " : "",
                 encodings[k].name);
    return tc_fail(c->err, TC_EUSAGE, (struct tc_loc){0}, "--set position=%.40s: wanted %s", name,
                   list);
}

/* The child of an attention's element that says its positions, or NULL: its own, or where
 * another encoding was asked for that one with its defaults. */
static const struct tc_element *positions_of(struct checker *c, const struct tc_element *e)
{
    const struct encoding *x = c->encoding ? encoding_of(c->encoding) : NULL;
    struct tc_element *child;

    if (!x)
        return e->child;
    if (!x->element)
        return NULL;
    child = tc_alloc(c->spec->arena, 1, sizeof *child);
    child->name = x->element;
    child->loc = e->loc;
    child->attribute = tc_alloc(c->spec->arena, 2, sizeof *child->attribute);
    for (unsigned k = 0; k < 2 && x->attribute[2 * k]; k++)
        child->attribute[child->nattribute++] =
            (struct tc_attribute){x->attribute[2 * k], x->attribute[2 * k + 1], e->loc, e->loc};
    return child;
}

/* --- attention */

static bool read_scale(struct checker *c, const struct tc_element *e, struct tc_scale *scale)
{
    const struct tc_attribute *a = attr_find(e, "scale");
    const struct tc_spec *s = c->spec;

    return tc_expr_scale(s->arena, a ? a->value : "1", s->param, s->nparam, attr_place(e, "scale"),
                         scale, c->err) ||
           (a && attr_plain_place(c, a));
}

static bool read_heads(struct checker *c, const struct tc_element *e, struct tc_attention *a)
{
    struct tc_size one = size_of(c, 1), product;
    struct tc_arena *arena = c->spec->arena;

    if (!attr_size(c, e, "heads", &one, &a->heads) ||
        !attr_size(c, e, "kv-heads", &a->heads, &a->kv_heads))
        return false;
    if (a->heads.value % a->kv_heads.value)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "kv-heads"),
                       "%" PRId64 " heads of keys do not divide %" PRId64
                       " heads of queries; wanted a divisor",
                       a->kv_heads.value, a->heads.value);
    if (attr_find(e, "head-width")) {
        if (!attr_size(c, e, "head-width", NULL, &a->head_width))
            return false;
    } else {
        if (a->width.value % a->heads.value)
            return tc_fail(c->err, TC_ESPEC, attr_place(e, "heads"),
                           "%" PRId64 " heads do not divide the width %" PRId64
                           "; wanted a divisor, or head-width",
                           a->heads.value, a->width.value);
        a->head_width.value = a->width.value / a->heads.value;
        a->head_width.poly = tc_poly_div(arena, a->width.poly, a->heads.poly);
        if (!a->head_width.poly) /* heads is a sum: the number itself */
            a->head_width.poly = tc_poly_int(arena, a->head_width.value);
    }
    product = size_times(c, &a->heads, &a->head_width);
    return product.value <= MAX_SIZE ||
           tc_fail(c->err, TC_ELIMIT, e->loc,
                   "heads times head-width is %" PRId64 ", at most %d is built", product.value,
                   MAX_SIZE);
}

static bool read_mask(struct checker *c, const struct tc_element *e, struct tc_attention *a)
{
    a->mask = attr_choice(e, "mask", "none", tc_mask_name);
    if (a->mask != TC_MASK_WINDOW)
        return attr_none(c, e, "span", "it goes with mask=\"window\"");
    return attr_needed(c, e, "span",
                       "wanted how many keys a window has, the query's own among them") &&
           attr_integer(c, attr_find(e, "span"), 1, MAX_SIZE, &a->span, NULL);
}

/* the size of the feature map: its matrix is inverted by its adjugate */
static bool read_features(struct checker *c, const struct tc_attribute *features,
                          struct tc_attention *a)
{
    int64_t width = a->head_width.value, most = 3;

    if (!attr_integer(c, features, 1, MAX_SIZE, &a->cme.features, NULL))
        return false;
    if (a->cme.features > most)
        return tc_fail(c->err, TC_ESPEC, features->text,
                       "%" PRId64 " features, at most %" PRId64 " are built: their matrix is "
                       "inverted by its adjugate",
                       a->cme.features, most) ||
               spec_outlined(c);
    if (a->cme.kernel == TC_KERNEL_LINEAR && a->cme.features != width)
        return tc_fail(c->err, TC_ESPEC, features->text,
                       "%" PRId64 " features of the linear kernel, whose features are the "
                       "coordinates of a head: wanted %" PRId64,
                       a->cme.features, width);
    if (a->cme.kernel == TC_KERNEL_EXPONENTIAL && width > 1 && a->cme.features > 1 + width)
        return tc_fail(c->err, TC_ESPEC, features->text,
                       "%" PRId64 " features of %" PRId64 " coordinates; of more than one "
                       "coordinate those of degree 0 and 1 are built, %" PRId64,
                       a->cme.features, width, 1 + width);
    return true;
}

/* the damping is 1 / (lambda + n) by default: a kernel of values up to 1 has ||K|| <= n */
static bool read_terms(struct checker *c, const struct tc_element *e, struct tc_cme *m)
{
    const struct tc_attribute *terms = attr_find(e, "terms");
    int64_t most = c->spec->rounding == TC_BLOCK ? 6 : 64;
    mpq_t n;

    if (!(attr_integer(c, terms, 1, most, &m->terms, NULL) ||
          (c->refused && attr_integer(c, terms, 1, MAX_SIZE, &m->terms, NULL) &&
           spec_outlined(c))) ||
        !attr_positive(c, e, "damping", "1", false, &m->damping))
        return false;
    if (attr_find(e, "damping"))
        return true;
    mpq_init(n);
    mpq_set_si(n, c->spec->length.value, 1);
    mpq_add(n, n, m->lambda);
    mpq_inv(m->damping, n);
    mpq_clear(n);
    return true;
}

static bool read_cme(struct checker *c, const struct tc_element *e, struct tc_attention *a)
{
    static const char *const kernels[] = {"linear", "exponential", "rbf", NULL};
    const struct tc_attribute *features = attr_find(e, "features"), *terms = attr_find(e, "terms");
    static const char *const of_cme[] = {"kernel",  "gamma",    "lambda",
                                         "damping", "features", "terms"};
    struct tc_cme *m = &a->cme;

    if (a->kind != TC_CME) {
        for (size_t k = 0; k < sizeof of_cme / sizeof *of_cme; k++)
            if (!attr_none(c, e, of_cme[k], "it goes with kind=\"cme\""))
                return false;
        return true;
    }
    if (!features && !terms)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "kind"),
                       "cme inverts an n x n matrix, for which no threshold circuits of constant "
                       "depth are known: its class is DET (Cook 1985), which contains NC1; wanted "
                       "features=\"k\" or terms=\"t\"") ||
               spec_outlined(c);
    if (features && terms)
        return tc_fail(c->err, TC_ESPEC, terms->loc,
                       "features and terms are two ways to the inverse, wanted one of them");
    if (a->order != 2)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "order"),
                       "cme at order %u, wanted order 2: it has one key", a->order);
    m->kernel = attr_choice(e, "kernel", "exponential", kernels);
    if (features && m->kernel == TC_KERNEL_RBF)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "kernel"),
                       "features of the kernel 'rbf' are not defined, wanted 'linear' or "
                       "'exponential'");
    if (m->kernel == TC_KERNEL_LINEAR &&
        !attr_none(c, e, "gamma", "the linear kernel has no temperature"))
        return false;
    if (features && !attr_none(c, e, "damping", "it goes with terms"))
        return false;
    return attr_needed(c, e, "lambda", "wanted the ridge, a positive number") &&
           attr_positive(c, e, "lambda", "1", false, &m->lambda) &&
           attr_positive(c, e, "gamma", "1", false, &m->gamma) &&
           (features ? read_features(c, features, a) : read_terms(c, e, m));
}

/* what has no meaning for the kind */
static bool fits_kind(struct checker *c, const struct tc_element *e, const struct tc_element *child,
                      const struct tc_attention *a)
{
    const char *kind = tc_attention_name[a->kind];

    if (a->stable && a->kind != TC_SOFTMAX)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "stable"),
                       "stable with kind=\"%s\": it subtracts the largest score before softmax's "
                       "exp",
                       kind);
    if ((a->kind == TC_LINEAR_ATTENTION || a->kind == TC_CME) && attr_find(e, "scale"))
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "scale"),
                       "scale with kind=\"%s\", whose quotient it would leave as it is%s", kind,
                       a->kind == TC_CME ? " but for gamma and lambda" : "");
    if ((a->kind == TC_LINEAR_ATTENTION || a->kind == TC_CME) && a->position.kind >= TC_T5)
        return tc_fail(c->err, TC_ESPEC, child->loc,
                       "%s is added to scores below exp, which kind=\"%s\" does not have",
                       child->name, kind);
    if (a->kind == TC_CME && a->kv_heads.value != a->heads.value)
        return tc_fail(c->err, TC_ESPEC, attr_place(e, "kv-heads"),
                       "cme with kv-heads is not built; wanted as many as heads");
    if (a->kind == TC_LINEAR_ATTENTION && a->rope > TC_ROPE_EACH)
        return tc_fail(
            c->err, TC_ESPEC, e->child->loc,
            "rope mode '%s' with kind=\"linear\": what it turns by offsets or multiplies "
            "as complex numbers may be negative, as weights; wanted 'each'",
            attr_value(e->child, "mode", ""));
    if (a->kind == TC_CME && (a->mask != TC_MASK_NONE || a->rope))
        return tc_fail(c->err, TC_ESPEC, e->loc,
                       "cme takes no mask and no rope: its kernel matrix is over all tokens");
    return true;
}

static bool read_attention(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    struct tc_attention *a = &b->attention;
    const struct tc_attribute *order = attr_find(e, "order");
    const struct tc_element *child;
    struct checker *c = l->c;
    int64_t k = 2;

    a->width = b->in;
    if (order && !attr_integer(c, order, 2, MAX_SIZE, &k, NULL))
        return false;
    if (k > TC_MOST_ORDER &&
        !(tc_fail(c->err, TC_ELIMIT, order->text,
                  "attention of order %" PRId64 "; circuits are built up to order %d", k,
                  TC_MOST_ORDER) ||
          spec_outlined(c)))
        return false;
    a->order = (unsigned)k;
    a->kind = attr_choice(e, "kind", "softmax", tc_attention_name);
    a->stable = is_true(e, "stable", false);
    a->output = is_true(e, "output", false);
    if (!read_mask(c, e, a) || !read_heads(c, e, a) || !read_scale(c, e, &a->scale))
        return false;
    child = positions_of(c, e);
    if (child &&
        !(!strcmp(child->name, "rope") ? read_rope(c, child, a)
                                       : read_position(c, child, &a->position, &a->head_width)))
        return false;
    b->out = a->output ? b->in : size_times(c, &a->heads, &a->head_width);
    return read_cme(c, e, a) && fits_kind(c, e, child, a);
}

/* --- the others */

static bool read_linear(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    b->linear.bias = is_true(e, "bias", true);
    return attr_size(l->c, e, "width", &b->in, &b->out);
}

static bool read_mlp(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    struct tc_size four = size_of(l->c, 4), hidden = size_times(l->c, &four, &b->in);
    struct tc_mlp *m = &b->mlp;

    m->gated = is_true(e, "gated", false);
    m->bias = is_true(e, "bias", true);
    m->activation = attr_choice(e, "activation", m->gated ? "silu" : "relu", tc_activation_name);
    if (!attr_find(e, "hidden") && hidden.value > MAX_SIZE)
        return tc_fail(l->c->err, TC_ELIMIT, e->loc,
                       "hidden is 4 times the width, %" PRId64 ", at most %d is built",
                       hidden.value, MAX_SIZE);
    return attr_size(l->c, e, "hidden", &hidden, &m->hidden);
}

static bool read_norm(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    struct tc_norm *n = &b->norm;
    const char *why = "a row on the sphere has length 1";

    n->kind = attr_choice(e, "kind", "layer", tc_norm_name);
    n->affine = is_true(e, "affine", false);
    if (n->kind == TC_NORM_SPHERE &&
        (!attr_none(l->c, e, "epsilon", why) || !attr_none(l->c, e, "affine", why)))
        return false;
    return attr_positive(l->c, e, "epsilon", "0", true, &n->epsilon);
}

static bool read_embedding(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    if (l->width.value)
        return tc_fail(l->c->err, TC_ESPEC, e->loc,
                       "embedding of rows of numbers, wanted it first and of 'tokens'");
    b->in = l->c->spec->vocabulary;
    return attr_size(l->c, e, "width", NULL, &b->out);
}

static bool read_unembedding(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    const struct tc_spec *s = l->c->spec;
    const struct tc_attribute *vocabulary = attr_find(e, "vocabulary");

    b->unembedding.tied = is_true(e, "tied", false);
    b->unembedding.argmax = !strcmp(attr_value(e, "output", "logits"), "argmax");
    if (!vocabulary && !s->vocabulary.value)
        return attr_needed(l->c, e, "vocabulary",
                           "wanted how many tokens there are, as the input is no 'tokens'");
    if (!attr_size(l->c, e, "vocabulary", &s->vocabulary, &b->out))
        return false;
    if (b->unembedding.tied && !s->vocabulary.value)
        return tc_fail(l->c->err, TC_ESPEC, attr_place(e, "tied"),
                       "tied to an embedding, but the input is no 'tokens'");
    if (b->unembedding.tied && b->out.value != s->vocabulary.value)
        return tc_fail(l->c->err, TC_ESPEC, attr_place(e, "vocabulary"),
                       "tied to an embedding of %" PRId64 " tokens, found %" PRId64,
                       s->vocabulary.value, b->out.value);
    if (b->unembedding.tied && b->in.value != s->block[0].out.value)
        return tc_fail(l->c->err, TC_ESPEC, attr_place(e, "tied"),
                       "tied to an embedding of width %" PRId64 ", but rows have width %" PRId64,
                       s->block[0].out.value, b->in.value);
    if (b->unembedding.argmax && (!l->top || e->next))
        return tc_fail(l->c->err, TC_ESPEC, attr_place(e, "output"),
                       "argmax gives token ids, which no block reads; wanted it last");
    return true;
}

static bool read_level(struct level *, const struct tc_element *, const char *prefix,
                       unsigned times, struct tc_block **, unsigned *nblock);

static bool read_residual(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    struct level in = {l->c, l->width, l->count, false};
    const struct tc_attribute *step = attr_find(e, "step");
    struct tc_number v;

    b->residual.step = tc_mpq(l->c->spec->arena);
    mpq_set_ui(b->residual.step, 1, 1);
    if (step) {
        if (!attr_number(l->c, step, &v))
            return false;
        if (mpq_sgn(v.value) == 0)
            return tc_fail(l->c->err, TC_ESPEC, step->text, "step is 0, wanted another number");
        mpq_set(b->residual.step, v.value);
    }
    if (!read_level(&in, e, tc_sprintf(l->c->spec->arena, "%s.", b->path), 1, &b->child,
                    &b->nchild))
        return false;
    return in.width.value == l->width.value ||
           tc_fail(l->c->err, TC_ESPEC, e->loc,
                   "residual adds rows of width %" PRId64 " to rows of width %" PRId64
                   ", wanted the same",
                   in.width.value, l->width.value);
}

static unsigned children(const struct tc_element *e)
{
    unsigned n = 0;

    for (const struct tc_element *o = e->child; o; o = o->next)
        n++;
    return n ? n : 1;
}

static bool read_repeat(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    struct level in = {l->c, l->width, l->count, false};
    int64_t count, most = MAX_BLOCKS;

    if (!attr_integer(l->c, attr_find(e, "count"), 1, MAX_SIZE, &count, NULL))
        return false;
    if (l->c->refused) /* of an outline one of too many blocks is enough */
        most = MAX_BLOCKS / (int64_t)children(e);
    if (count > most) {
        if (!(tc_fail(l->c->err, TC_ELIMIT, attr_place(e, "count"),
                      "%" PRId64 " repetitions, at most %" PRId64 " are built", count, most) ||
              spec_outlined(l->c)))
            return false;
        count = 1;
    }
    b->tied = is_true(e, "tied", false);
    b->nrepeat = (unsigned)count;
    if (!read_level(&in, e, tc_sprintf(l->c->spec->arena, "%s.", b->path), b->nrepeat, &b->child,
                    &b->nchild))
        return false;
    b->out = in.width;
    return in.width.value == l->width.value || count == 1 ||
           tc_fail(l->c->err, TC_ESPEC, e->loc,
                   "repeat takes rows of width %" PRId64 " to rows of width %" PRId64
                   ", wanted the same",
                   l->width.value, in.width.value);
}

/* --- the tree */

static const char *const block_name[] = {
    [TC_ATTENTION] = "attention",
    [TC_LINEAR] = "linear",
    [TC_MLP] = "mlp",
    [TC_ACTIVATION] = "activation",
    [TC_NORM] = "norm",
    [TC_POSITION] = "",
    [TC_EMBEDDING] = "embedding",
    [TC_UNEMBEDDING] = "unembedding",
    [TC_RESIDUAL] = "residual",
    [TC_REPEAT] = "repeat",
};

static bool is_head(const struct tc_element *e)
{
    static const char *const head[] = {"parameter", "precision", "input", "tokens", "weights"};
    bool is = false;

    for (size_t k = 0; k < sizeof head / sizeof *head; k++)
        is = is || !strcmp(e->name, head[k]);
    return is;
}

static enum tc_block_kind kind_of(const struct tc_element *e)
{
    enum tc_block_kind k = TC_ATTENTION;

    while (k <= TC_REPEAT && strcmp(block_name[k], e->name) != 0)
        k++;
    return k <= TC_REPEAT ? k : TC_POSITION; /* the schema knows no others */
}

/* with a number where there are several of its kind */
static const char *name_at(struct checker *c, const struct tc_element *parent,
                           const struct tc_element *e)
{
    unsigned all = 0, before = 0;

    for (const struct tc_element *o = parent->child; o; o = o->next)
        if (!strcmp(o->name, e->name)) {
            if (o == e)
                before = all;
            all++;
        }
    return all == 1 ? e->name : tc_sprintf(c->spec->arena, "%s%u", e->name, before);
}

static bool read_block(struct level *l, const struct tc_element *e, struct tc_block *b)
{
    b->kind = kind_of(e);
    b->loc = e->loc;
    b->element = e;
    b->in = b->out = l->width;
    if (++*l->count > MAX_BLOCKS)
        return tc_fail(l->c->err, TC_ELIMIT, e->loc,
                       "more than %d blocks, repetitions counted one by one", MAX_BLOCKS);
    if (!l->width.value && b->kind != TC_EMBEDDING)
        return tc_fail(l->c->err, TC_ESPEC, e->loc,
                       "block '%s' of token ids, wanted an embedding first", e->name);
    switch (b->kind) {
    case TC_ATTENTION:
        return read_attention(l, e, b);
    case TC_LINEAR:
        return read_linear(l, e, b);
    case TC_MLP:
        return read_mlp(l, e, b);
    case TC_ACTIVATION:
        b->activation.kind = attr_choice(e, "kind", "", tc_activation_name);
        return true;
    case TC_NORM:
        return read_norm(l, e, b);
    case TC_POSITION:
        return read_position(l->c, e, &b->position, &b->in);
    case TC_EMBEDDING:
        return read_embedding(l, e, b);
    case TC_UNEMBEDDING:
        return read_unembedding(l, e, b);
    case TC_RESIDUAL:
        return read_residual(l, e, b);
    case TC_REPEAT:
        return read_repeat(l, e, b);
    }
    return false;
}

/* the blocks within parent, `times` times; times > 1, or a repeat: paths are numbered */
static bool read_level(struct level *l, const struct tc_element *parent, const char *prefix,
                       unsigned times, struct tc_block **block, unsigned *nblock)
{
    struct tc_arena *arena = l->c->spec->arena;
    bool numbered = !strcmp(parent->name, "repeat");
    unsigned n = 0;

    for (const struct tc_element *e = parent->child; e; e = e->next)
        n += !is_head(e);
    if (!n)
        return tc_fail(l->c->err, TC_ESPEC, parent->loc, "%s without a block, wanted %s",
                       parent->name, l->top ? "an attention at least" : "one");
    if (n > MAX_BLOCKS || n * times > MAX_BLOCKS)
        return tc_fail(l->c->err, TC_ELIMIT, parent->loc,
                       "more than %d blocks, repetitions counted one by one", MAX_BLOCKS);
    *block = tc_alloc(arena, n * times, sizeof **block);
    *nblock = 0;
    for (unsigned k = 0; k < times; k++)
        for (const struct tc_element *e = parent->child; e; e = e->next) {
            struct tc_block *b = *block + *nblock;

            if (is_head(e))
                continue;
            b->path = numbered ? tc_sprintf(arena, "%s%u.%s", prefix, k, name_at(l->c, parent, e))
                               : tc_sprintf(arena, "%s%s", prefix, name_at(l->c, parent, e));
            if (!read_block(l, e, b))
                return false;
            l->width = b->out;
            ++*nblock;
        }
    return true;
}

/* what goes with rounding="layer": reference_layer.c, attention_layer.c */
static bool fits_layer(struct checker *c, const struct tc_block *b)
{
    const struct tc_attention *a = &b->attention;

    if (c->spec->rounding != TC_LAYER ||
        (b->kind == TC_ATTENTION && a->kind == TC_SOFTMAX && !a->stable && !a->output &&
         a->mask <= TC_MASK_CAUSAL && a->kv_heads.value == a->heads.value &&
         a->position.kind == TC_POSITION_NONE && !a->rope_computed))
        return true;
    return tc_fail(c->err, TC_ESPEC, b->loc,
                   "rounding=\"layer\" is built for softmax attention with mask \"none\" or "
                   "\"causal\", as many heads of keys as of queries, rope of constant angles or no "
                   "positions, without stable and output; wanted \"op\" or \"block\" here");
}

static bool check_tree(struct checker *c, unsigned n, const struct tc_block *block)
{
    for (unsigned k = 0; k < n; k++)
        if (!fits_layer(c, &block[k]) || !check_tree(c, block[k].nchild, block[k].child))
            return false;
    return true;
}

bool spec_blocks(struct checker *c, const struct tc_element *root)
{
    struct tc_spec *s = c->spec;
    unsigned count = 0;
    struct level top = {c, s->width, &count, true};

    return read_level(&top, root, "", 1, &s->block, &s->nblock) &&
           check_tree(c, s->nblock, s->block);
}
