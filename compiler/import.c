/* import.c -- config.json of a published model to a specification
 *
 * The key names of the hub's files, by the model's type: what each type does that no key says
 * is in the table `kinds`.  What a specification cannot say is left out, with a comment in its
 * place; a type or feature that is not known is refused by its name.  Numbers are 8-bit fixed
 * point whatever the model's are: of these circuits are counted in seconds. */
#include "compiler.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)16 << 20)

enum layout { PRE_NORM, POST_NORM };
enum position { ROPE, LEARNED, ALIBI };

static const struct kind {
    const char *type;
    enum layout layout;
    enum position position;
    const char *norm;                           /* its kind in a specification */
    bool gated;                                 /* the mlp */
    bool qkv_bias;                              /* unless attention_bias says no */
    bool mlp_bias;                              /* likewise mlp_bias */
    bool tied;                                  /* unless tie_word_embeddings says no */
    bool embedding_norm, token_types, parallel; /* parallel: unless use_parallel_residual says no */
    const char *activation;
} kinds[] = {
    {"llama", PRE_NORM, ROPE, "rms", true, false, false, false, false, false, false, "silu"},
    {"mistral", PRE_NORM, ROPE, "rms", true, false, false, false, false, false, false, "silu"},
    {"qwen2", PRE_NORM, ROPE, "rms", true, true, false, false, false, false, false, "silu"},
    {"gpt2", PRE_NORM, LEARNED, "layer", false, true, true, true, false, false, false, "gelu_new"},
    {"gpt_neox", PRE_NORM, ROPE, "layer", false, true, true, false, false, false, true, "gelu"},
    {"bloom", PRE_NORM, ALIBI, "layer", false, true, true, true, true, false, false, "gelu_new"},
    {"bert", POST_NORM, LEARNED, "layer", false, true, true, false, true, true, false, "gelu"},
};

static const struct {
    const char *theirs, *ours;
} activations[] = {
    {"silu", "silu"}, {"swish", "silu"},
    {"gelu", "gelu"}, {"gelu_new", "gelu-tanh"},
    {"relu", "relu"}, {"gelu_fast", "gelu-tanh"},
    {"tanh", "tanh"}, {"gelu_pytorch_tanh", "gelu-tanh"},
};

struct import {
    json_t *root;
    struct tc_loc loc;
    struct tc_error *err;
    const struct kind *kind;
    int64_t width, layers, heads, kv_heads, head_width, hidden, vocabulary, length, window;
    double epsilon, theta;
    const char *activation, *dtype, *scaling, *head;
    bool qkv_bias, mlp_bias, tied, parallel;
    double rotated; /* of a head's coordinates */
};

static bool refuse(const struct import *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(const struct import *m, const char *fmt, ...)
{
    char text[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return tc_fail(m->err, TC_ESPEC, m->loc, "%s", text);
}

/* -------------------------------------------------------------------- reading */

/* the first of the names, between blanks, that has a value; *key is that name, else the first */
static const json_t *find(const struct import *m, const char *names, char key[64])
{
    const json_t *v = NULL;

    for (const char *at = names; *at && !v; at += strcspn(at, " "), at += *at == ' ') {
        snprintf(key, 64, "%.*s", (int)strcspn(at, " "), at);
        v = json_object_get(m->root, key);
        if (json_is_null(v))
            v = NULL;
    }
    if (!v)
        snprintf(key, 64, "%.*s", (int)strcspn(names, " "), names);
    return v;
}

/* a positive integer; 0 stands for none that must be there */
static bool count(const struct import *m, const char *names, int64_t otherwise, int64_t *n)
{
    char key[64];
    const json_t *v = find(m, names, key);

    *n = v ? (int64_t)json_integer_value(v) : otherwise;
    if (!v && !otherwise)
        return refuse(m, "found no %s, wanted a positive integer", key);
    if (v && (!json_is_integer(v) || *n <= 0 || *n >= (int64_t)1 << 31))
        return refuse(m, "%s: wanted a positive integer below 2^31", key);
    return true;
}

static bool number(const struct import *m, const char *names, double otherwise, double *x)
{
    char key[64];
    const json_t *v = find(m, names, key);

    *x = v ? json_number_value(v) : otherwise;
    return !v || (json_is_number(v) && *x > 0) || refuse(m, "%s: wanted a positive number", key);
}

static bool truth(const struct import *m, const char *name, bool otherwise, bool *x)
{
    char key[64];
    const json_t *v = find(m, name, key);

    *x = v ? json_is_true(v) : otherwise;
    return !v || json_is_boolean(v) || refuse(m, "%s: wanted true or false", key);
}

static bool word(const struct import *m, const char *names, const char *otherwise, const char **x)
{
    char key[64];
    const json_t *v = find(m, names, key);

    *x = v ? json_string_value(v) : otherwise;
    return !v || *x || refuse(m, "%s: wanted a string", key);
}

static bool read_kind(struct import *m)
{
    const char *type;

    if (!word(m, "model_type", NULL, &type))
        return false;
    if (!type)
        return refuse(m, "found no model_type, wanted one such as llama");
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (!strcmp(kinds[k].type, type))
            m->kind = &kinds[k];
    return m->kind || refuse(m,
                             "model_type %.60s is not known; llama, mistral, qwen2, gpt2, "
                             "gpt_neox, bloom and bert are",
                             type);
}

static bool read_activation(struct import *m)
{
    const char *name;

    if (!word(m, "hidden_act activation_function", m->kind->activation, &name))
        return false;
    for (size_t k = 0; k < sizeof activations / sizeof *activations; k++)
        if (!strcmp(activations[k].theirs, name))
            m->activation = activations[k].ours;
    return m->activation || refuse(m, "the activation %.60s is not known", name);
}

static bool read_rotation(struct import *m)
{
    static const char *const known[] = {"llama3", "linear", "dynamic", "yarn", "longrope"};
    const json_t *scaling = json_object_get(m->root, "rope_scaling");
    const char *type;

    if (!number(m, "rope_theta rotary_emb_base", 10000, &m->theta) ||
        !number(m, "rotary_pct partial_rotary_factor", 1, &m->rotated))
        return false;
    if (!scaling || json_is_null(scaling))
        return true;
    type = json_string_value(json_object_get(scaling, "rope_type"));
    if (!type)
        type = json_string_value(json_object_get(scaling, "type"));
    if (type && !strcmp(type, "default"))
        return true;
    for (size_t k = 0; type && k < sizeof known / sizeof *known; k++)
        if (!strcmp(known[k], type))
            m->scaling = known[k];
    return m->scaling || refuse(m, "rope_scaling of type %.60s is not known", type ? type : "none");
}

static bool read_window(struct import *m)
{
    bool windows;

    if (!truth(m, "use_sliding_window", true, &windows))
        return false;
    m->window = 0;
    return !windows || !find(m, "sliding_window", (char[64]){0}) ||
           count(m, "sliding_window", 0, &m->window);
}

/* what no specification says, and is seldom asked for */
static bool read_refused(const struct import *m)
{
    static const struct {
        const char *type, *name;
    } off[] = {
        {"gpt2", "scale_attn_by_inverse_layer_idx"},
        {"bloom", "apply_residual_connection_post_layernorm"},
        {"bert", "is_decoder"},
        {"bert", "add_cross_attention"},
    };
    const char *positions;
    bool on;

    for (size_t k = 0; k < sizeof off / sizeof *off; k++) {
        if (strcmp(off[k].type, m->kind->type))
            continue;
        if (!truth(m, off[k].name, false, &on))
            return false;
        if (on)
            return refuse(m, "%s is not built", off[k].name);
    }
    if (!word(m, "position_embedding_type", "absolute", &positions))
        return false;
    return !strcmp(positions, "absolute") ||
           refuse(m, "position_embedding_type %.60s is not built", positions);
}

static bool read_head(struct import *m)
{
    const json_t *list = json_object_get(m->root, "architectures");
    const char *name = json_string_value(json_array_get(list, 0));

    m->head = !name                                  ? "none"
              : strstr(name, "Classification")       ? "a classifier"
              : strstr(name, "ForQuestionAnswering") ? "a reader of spans"
                                                     : NULL;
    if (name && strlen(name) > 5 && !strcmp(name + strlen(name) - 5, "Model"))
        m->head = "none";
    if (!name)
        m->head = NULL;
    return true;
}

static bool read_all(struct import *m)
{
    bool ok = json_is_object(m->root) || refuse(m, "wanted an object");

    ok = ok && read_kind(m) && read_activation(m) && read_rotation(m) && read_window(m) &&
         read_refused(m) && read_head(m) && count(m, "hidden_size n_embd", 0, &m->width) &&
         count(m, "num_hidden_layers n_layer", 0, &m->layers) &&
         count(m, "num_attention_heads n_head", 0, &m->heads) &&
         count(m, "num_key_value_heads", m->heads, &m->kv_heads) &&
         count(m, "vocab_size", 0, &m->vocabulary) &&
         count(m, "intermediate_size n_inner", 4 * m->width, &m->hidden) &&
         count(m, "max_position_embeddings n_positions", INT32_MAX, &m->length) &&
         number(m, "rms_norm_eps layer_norm_eps layer_norm_epsilon", 1e-5, &m->epsilon) &&
         word(m, "torch_dtype dtype", "unsaid", &m->dtype) &&
         truth(m, "attention_bias", m->kind->qkv_bias, &m->qkv_bias) &&
         truth(m, "mlp_bias", m->kind->mlp_bias, &m->mlp_bias) &&
         truth(m, "tie_word_embeddings", m->kind->tied, &m->tied) &&
         truth(m, "use_parallel_residual", m->kind->parallel, &m->parallel);
    if (!ok)
        return false;
    if (m->width % m->heads && !json_object_get(m->root, "head_dim"))
        return refuse(m, "%lld heads do not divide the width %lld", (long long)m->heads,
                      (long long)m->width);
    if (m->heads % m->kv_heads)
        return refuse(m, "%lld heads of keys do not divide %lld heads", (long long)m->kv_heads,
                      (long long)m->heads);
    return count(m, "head_dim", m->width / m->heads, &m->head_width);
}

/* -------------------------------------------------------------------- writing */

/* as short as it reads back */
static void put_number(FILE *out, double x)
{
    char text[40];

    if (x < 1e9 && x == (double)(int64_t)x) {
        fprintf(out, "%lld", (long long)x);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    fputs(text, out);
}

static void put_norm(FILE *out, const struct import *m, const char *indent)
{
    fprintf(out, "%s<norm kind=\"%s\" epsilon=\"", indent, m->kind->norm);
    put_number(out, m->epsilon);
    fputs("\" affine=\"true\"/>\n", out);
}

static void put_attention(FILE *out, const struct import *m)
{
    fprintf(out, "      <attention heads=\"%lld\"", (long long)m->heads);
    if (m->kv_heads != m->heads)
        fprintf(out, " kv-heads=\"%lld\"", (long long)m->kv_heads);
    if (m->head_width * m->heads != m->width)
        fprintf(out, " head-width=\"%lld\"", (long long)m->head_width);
    fprintf(out, " scale=\"1/sqrt(%lld)\"", (long long)m->head_width);
    if (m->window)
        fprintf(out, " mask=\"window\" span=\"%lld\"", (long long)m->window);
    else
        fprintf(out, " mask=\"%s\"", m->kind->layout == PRE_NORM ? "causal" : "none");
    fputs(" output=\"true\"", out);
    if (m->kind->position == ROPE) {
        fputs(">\n        <rope mode=\"each\" base=\"", out);
        put_number(out, m->theta);
        fputs("\"/>\n      </attention>\n", out);
    } else {
        fputs(m->kind->position == ALIBI ? ">\n        <alibi/>\n      </attention>\n" : "/>\n",
              out);
    }
}

static void put_mlp(FILE *out, const struct import *m)
{
    fprintf(out, "      <mlp hidden=\"%lld\" activation=\"%s\" gated=\"%s\" bias=\"%s\"/>\n",
            (long long)m->hidden, m->activation, m->kind->gated ? "true" : "false",
            m->mlp_bias ? "true" : "false");
}

static void put_layers(FILE *out, const struct import *m)
{
    bool before = m->kind->layout == PRE_NORM;

    fprintf(out, "  <repeat count=\"%lld\">\n", (long long)m->layers);
    for (unsigned part = 0; part < 2; part++) {
        fputs("    <residual>\n", out);
        if (before)
            put_norm(out, m, "      ");
        if (part)
            put_mlp(out, m);
        else
            put_attention(out, m);
        fputs("    </residual>\n", out);
        if (!before)
            put_norm(out, m, "    ");
    }
    fputs("  </repeat>\n", out);
}

/* what the model does and this does not */
static void put_notes(FILE *out, const struct import *m)
{
    fprintf(out,
            "  <!-- the model's numbers: %.*s; here 8-bit fixed point, whose circuits are counted "
            "in seconds -->\n",
            (int)strspn(m->dtype, "abcdefghijklmnopqrstuvwxyz0123456789_"), m->dtype);
    if (m->qkv_bias)
        fputs("  <!-- left out: biases of queries, keys, values and their output -->\n", out);
    if (m->scaling)
        fprintf(out, "  <!-- left out: rope_scaling %s; angles are those without it -->\n",
                m->scaling);
    if (m->kind->position == ROPE && m->rotated < 1) {
        fputs("  <!-- left out: that but ", out);
        put_number(out, m->rotated);
        fputs(" of a head is rotated; here all of it is -->\n", out);
    }
    if (m->parallel)
        fputs("  <!-- approximated: attention and mlp read the same rows there; here one after the "
              "other -->\n",
              out);
    if (m->kind->token_types)
        fputs("  <!-- left out: embeddings of token types -->\n", out);
    if (m->head)
        fprintf(out, "  <!-- the file's head: %s; here %s -->\n", m->head,
                strcmp(m->head, "none") ? "logits of tokens" : "the last rows");
    if (m->length < INT32_MAX)
        fprintf(out, "  <!-- n goes up to %lld there -->\n", (long long)m->length);
}

static void put_spec(FILE *out, const struct import *m)
{
    fprintf(out,
            "<!-- imported from the configuration of a %s model -->\n"
            "<transformer xmlns=\"urn:tc0c:spec:1\" name=\"%s\">\n",
            m->kind->type, m->kind->type);
    put_notes(out, m);
    fprintf(out,
            "  <parameter name=\"n\" value=\"%lld\"/>\n"
            "  <precision format=\"fixed\" bits=\"8\" fraction=\"4\" rounding=\"op\"/>\n"
            "  <tokens name=\"X\" length=\"n\" vocabulary=\"%lld\"/>\n"
            "  <weights source=\"input\"/>\n"
            "  <embedding width=\"%lld\"/>\n",
            (long long)(m->length < 8 ? m->length : 8), (long long)m->vocabulary,
            (long long)m->width);
    if (m->kind->position == LEARNED)
        fputs("  <learned/>\n", out);
    if (m->kind->embedding_norm)
        put_norm(out, m, "  ");
    put_layers(out, m);
    if (m->kind->layout == PRE_NORM)
        put_norm(out, m, "  ");
    if (!m->head || strcmp(m->head, "none"))
        fprintf(out, "  <unembedding%s/>\n", m->tied ? " tied=\"true\"" : "");
    fputs("</transformer>\n", out);
}

bool tc_import(FILE *out, const struct tc_args *args, struct tc_error *err)
{
    struct import m = {.loc = {.file = strcmp(args->spec, "-") ? args->spec : "<stdin>"},
                       .err = err};
    json_error_t why;
    size_t size;
    char *text = tc_slurp(args->spec, MOST_BYTES, &size, err);
    bool ok;

    if (!text)
        return false;
    m.root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    free(text);
    if (!m.root) {
        m.loc.line = (unsigned)why.line;
        m.loc.col = (unsigned)why.column;
        return tc_fail(err, TC_EFORMAT, m.loc, "no JSON: %.200s", why.text);
    }
    ok = read_all(&m);
    if (ok)
        put_spec(out, &m);
    json_decref(m.root);
    return ok;
}
