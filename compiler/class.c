/* class.c -- the class of a model: each block's, the largest, and what follows
 *
 * A block is a function of the rows before it; constantly many of constant depth and
 * polynomial size make a TC0 family, log^i n of them have depth O(log^i n).  Where a
 * block has no such circuit, or sizes leave the polynomials, no class is claimed.
 * Membership is an upper bound: a model need not reach all of its class. */
#include "class.h"

#include <string.h>

struct classifier {
    struct tc_arena *arena;
    const struct tc_growing *g;
    const struct tc_spec *spec;
    const struct tc_options *options;
    struct tc_growth significand, exponent; /* bits of a number's parts */
    struct tc_growth bits;                  /* of a number */
    struct tc_growth layers;                /* repetitions, the most within one another */
    const char *grown;                      /* path of the repeat, or NULL */
    bool tied;
    struct tc_classified *out;
    unsigned room;
    bool tables; /* over positions, or over a width that grows */
    bool given;  /* weights of a file that differ with n */
    bool drawn;  /* random weights of shapes that grow */
};

static const char *attribute(const struct tc_element *e, const char *name)
{
    for (unsigned k = 0; e && k < e->nattribute; k++)
        if (!strcmp(e->attribute[k].name, name))
            return e->attribute[k].value;
    return NULL;
}

static const struct tc_element *head(const struct tc_spec *spec, const char *name)
{
    const struct tc_element *e = spec->root->child;

    while (e && strcmp(e->name, name) != 0)
        e = e->next;
    return e;
}

static bool constant(struct tc_growth g)
{
    return g.kind == TC_GROWS_NOT;
}

static bool faster(struct tc_growth a, struct tc_growth b)
{
    return a.kind != b.kind ? a.kind > b.kind : a.power > b.power;
}

/* how a size grows that has been made a polynomial in parameters and symbols */
static struct tc_growth growth_of(const struct classifier *c, const struct tc_size *s)
{
    return tc_growth_of(c->g, s->poly ? tc_poly_text(c->arena, s->poly) : NULL);
}

static struct tc_node *node(struct classifier *c, const struct tc_block *b, enum tc_verdict v,
                            const char *why)
{
    struct tc_classified *o = c->out;
    struct tc_node *n;

    if (o->nnode == c->room) {
        n = tc_alloc(c->arena, 2 * (size_t)c->room + 16, sizeof *n);
        if (o->nnode)
            memcpy(n, o->node, o->nnode * sizeof *n);
        o->node = n;
        c->room = 2 * c->room + 16;
    }
    n = &o->node[o->nnode++];
    *n = (struct tc_node){.path = b ? b->path : "transformer",
                          .loc = b ? b->loc : c->spec->root->loc,
                          .verdict = v,
                          .why = why};
    return n;
}

/* ------------------------------------------------------------------- precision */

/* exponents of k bits have attributes of the size 2^k */
static struct tc_growth bits_of_size(struct tc_growth g)
{
    return g.kind == TC_GROWS_NOT || g.kind == TC_GROWS_BEYOND
               ? g
               : (struct tc_growth){TC_GROWS_LOG, 1};
}

static void read_precision(struct classifier *c)
{
    const struct tc_element *e = head(c->spec, "precision");
    const char *low = attribute(e, "emin"), *high = attribute(e, "emax");

    c->significand = tc_growth_of(c->g, attribute(e, "bits"));
    if (attribute(e, "significand"))
        c->significand = tc_growth_of(c->g, attribute(e, "significand"));
    c->exponent = tc_growth_of(c->g, attribute(e, "exponent-bits"));
    if (!strcmp(attribute(e, "format"), "float")) {
        /* without emin or emax they are 2^p, of p + 1 bits */
        if (!low || !high)
            c->exponent = c->significand;
        if (low)
            c->exponent = tc_growth_most(c->exponent, bits_of_size(tc_growth_of(c->g, low)));
        if (high)
            c->exponent = tc_growth_most(c->exponent, bits_of_size(tc_growth_of(c->g, high)));
    }
    c->bits = tc_growth_most(c->significand, c->exponent);
}

/* ---------------------------------------------------------------------- blocks */

/* sums, roots and quotients over rows of this width */
static void row_node(struct classifier *c, const struct tc_block *b, struct tc_growth width,
                     const char *what)
{
    if (constant(width) && constant(c->bits))
        node(c, b, TC_IN_AC0,
             tc_sprintf(c->arena,
                        "%s of a row of bounded width and precision: a function of "
                        "boundedly many bits",
                        what));
    else
        node(c, b, TC_IN_TC0,
             tc_sprintf(c->arena, "%s over rows: sums, products and quotients", what))
            ->claim = &tc_claims[TC_CLAIM_DIVISION];
}

static void softmax_node(struct classifier *c, const struct tc_block *b)
{
    const struct tc_attention *a = &b->attention;
    struct tc_node *n = node(c, b, TC_IN_TC0, NULL);

    n->why = constant(c->bits)
                 ? "softmax attention with bounded precision, whose sums over tokens are exact and "
                   "rounded once: they count, so that it is in TC0, and not known to be in AC0"
                 : "softmax attention: sums over tokens, exp and quotients";
    if (a->order > 3)
        n->claim = &tc_claims[TC_CLAIM_COMPOSITION];
    else if (a->order == 3)
        n->claim = &tc_claims[a->rope ? TC_CLAIM_ROPE_TENSOR : TC_CLAIM_TENSOR];
    else if (a->rope)
        n->claim = &tc_claims[TC_CLAIM_ROPE];
    else
        n->claim = &tc_claims[c->bits.kind == TC_GROWS_LOG && c->bits.power == 1
                                  ? TC_CLAIM_LOG_PRECISION
                                  : TC_CLAIM_POLY_PRECISION];
}

static void cme_node(struct classifier *c, const struct tc_block *b)
{
    const char *features = attribute(b->element, "features");
    const char *terms = attribute(b->element, "terms");
    struct tc_growth steps = tc_growth_of(c->g, terms);

    if (!features && !terms) {
        node(c, b, TC_NO_CLASS,
             "exact kernel regression inverts an n x n matrix: DET is an upper bound, and no "
             "construction in TC0 is known");
    } else if (features && !constant(tc_growth_of(c->g, features))) {
        node(c, b, TC_NO_CLASS,
             "kernel regression by a number of features that grows with n inverts a matrix of "
             "that size: DET is an upper bound, and no construction in TC0 is claimed");
    } else if (features) {
        node(c, b, TC_IN_TC0,
             "kernel regression by a constant number of features: the inverse of a matrix of "
             "constant size by its adjugate, and sums over tokens")
            ->claim = &tc_claims[TC_CLAIM_DIVISION];
    } else if (constant(steps)) {
        node(c, b, TC_IN_TC0,
             "kernel regression by a constant number of terms of a series: as many products of "
             "a matrix and a vector")
            ->claim = &tc_claims[TC_CLAIM_COMPOSITION];
    } else if (steps.kind == TC_GROWS_LOG) {
        node(c, b, TC_IN_TCI,
             tc_sprintf(c->arena,
                        "kernel regression by %s terms of a series, a recurrence of as many steps, "
                        "each of constant depth",
                        tc_growth_text(c->arena, steps)))
            ->power = steps.power;
    } else {
        node(c, b, TC_NO_CLASS,
             "kernel regression by a polynomial number of terms of a series: a recurrence of as "
             "many steps");
    }
}

static void attention_node(struct classifier *c, const struct tc_block *b)
{
    const struct tc_attention *a = &b->attention;
    struct tc_growth order = tc_growth_of(c->g, attribute(b->element, "order"));
    struct tc_node *n;

    c->tables =
        c->tables || a->rope || a->position.kind > TC_LEARNED || a->position.kind == TC_SINUSOIDAL;
    if (!constant(order)) {
        node(c, b, TC_NO_CLASS,
             tc_sprintf(c->arena,
                        "attention of an order that grows with n (%s): n^order tuples of tokens, "
                        "more than any polynomial",
                        tc_growth_text(c->arena, order)));
        return;
    }
    switch (a->kind) {
    case TC_SOFTMAX:
        softmax_node(c, b);
        return;
    case TC_CME:
        cme_node(c, b);
        return;
    case TC_UNIQUE_HARD:
        if (constant(c->bits) && constant(growth_of(c, &a->width)) &&
            constant(growth_of(c, &a->head_width))) {
            n = node(c, b, TC_IN_AC0,
                     "unique hard attention over rows of bounded width and precision: comparisons "
                     "of functions of boundedly many bits");
            n->claim = a->order == 2 ? &tc_claims[TC_CLAIM_UNIQUE_HARD] : NULL;
        } else {
            node(c, b, TC_IN_TC0, "unique hard attention, its scores sums over rows")->claim =
                &tc_claims[TC_CLAIM_DIVISION];
        }
        return;
    case TC_AVERAGE_HARD:
        n = node(c, b, TC_IN_TC0,
                 "average hard attention: comparisons, a sum over tokens, a quotient");
        n->claim =
            a->order == 2 ? &tc_claims[TC_CLAIM_AVERAGE_HARD] : &tc_claims[TC_CLAIM_DIVISION];
        return;
    default:
        node(c, b, TC_IN_TC0, "attention: sums over tokens and quotients")->claim =
            &tc_claims[TC_CLAIM_DIVISION];
    }
}

static void blocks(struct classifier *, unsigned n, const struct tc_block *,
                   struct tc_growth layers);

static void repeat_node(struct classifier *c, const struct tc_block *b, struct tc_growth layers)
{
    struct tc_growth count = tc_growth_of(c->g, attribute(b->element, "count"));

    layers = tc_growth_product(layers, count);
    if (faster(layers, c->layers)) {
        c->layers = layers;
        c->grown = b->path;
        c->tied = b->tied;
    }
    /* the repetitions are alike */
    blocks(c, b->nchild / b->nrepeat, b->child, layers);
}

static void block(struct classifier *c, const struct tc_block *b, struct tc_growth layers)
{
    struct tc_growth in = growth_of(c, &b->in), out = growth_of(c, &b->out);

    switch (b->kind) {
    case TC_ATTENTION:
        attention_node(c, b);
        break;
    case TC_LINEAR:
        row_node(c, b, in, "a linear map");
        break;
    case TC_MLP:
        row_node(c, b, tc_growth_most(in, growth_of(c, &b->mlp.hidden)), "an mlp");
        break;
    case TC_ACTIVATION:
        row_node(c, b, (struct tc_growth){TC_GROWS_NOT, 0}, "an activation");
        break;
    case TC_NORM:
        row_node(c, b, in, "a norm");
        break;
    case TC_POSITION:
        c->tables = c->tables || b->position.kind == TC_SINUSOIDAL;
        row_node(c, b, (struct tc_growth){TC_GROWS_NOT, 0}, "positions added to a coordinate");
        break;
    case TC_EMBEDDING:
        node(c, b, TC_IN_AC0, "a row of a table by a token's id");
        break;
    case TC_UNEMBEDDING:
        if (b->unembedding.argmax)
            node(c, b, constant(c->bits) && constant(in) ? TC_IN_AC0 : TC_IN_TC0,
                 "logits compared with one another");
        else
            row_node(c, b, in, "a linear map");
        break;
    case TC_RESIDUAL:
        row_node(c, b, (struct tc_growth){TC_GROWS_NOT, 0}, "the sum of two coordinates");
        blocks(c, b->nchild, b->child, layers);
        break;
    case TC_REPEAT:
        repeat_node(c, b, layers);
        break;
    }
    if (tc_growth_most(in, out).kind == TC_GROWS_BEYOND)
        node(c, b, TC_NO_CLASS, "rows of a width that no polynomial in n bounds");
}

static void blocks(struct classifier *c, unsigned n, const struct tc_block *b,
                   struct tc_growth layers)
{
    for (unsigned k = 0; k < n; k++)
        block(c, &b[k], layers);
}

/* the whole: layers and precision */
static void whole_nodes(struct classifier *c)
{
    const char *what = c->tied ? "a recurrence: the same block looped" : "blocks repeated";
    struct tc_node *n;

    if (c->layers.kind == TC_GROWS_LOG) {
        n = node(c, NULL, TC_IN_TCI,
                 tc_sprintf(c->arena, "%s, %s, %s times, each of constant depth", c->grown, what,
                            tc_growth_text(c->arena, c->layers)));
        n->power = c->layers.power;
        n->path = c->grown;
        n->claim = c->layers.power == 1 ? &tc_claims[TC_CLAIM_LOOPS] : NULL;
    } else if (c->layers.kind > TC_GROWS_LOG) {
        n = node(c, NULL, TC_NO_CLASS,
                 tc_sprintf(c->arena, "%s, %s, a number of times that no power of log n bounds",
                            c->grown, what));
        n->path = c->grown;
    }
    if (c->bits.kind == TC_GROWS_BEYOND)
        node(c, NULL, TC_NO_CLASS, "a precision that no polynomial in n bounds");
}

/* the largest, and the sum of logarithms' powers: terms within repetitions multiply */
static void decide(struct classifier *c)
{
    struct tc_classified *o = c->out;
    unsigned power = c->layers.kind == TC_GROWS_LOG ? c->layers.power : 0, most = 0;

    o->decides = &o->node[0];
    for (unsigned k = 0; k < o->nnode; k++) {
        const struct tc_node *n = &o->node[k];

        if (n->verdict > o->decides->verdict ||
            (n->verdict == o->decides->verdict && n->power > o->decides->power))
            o->decides = n;
        if (n->path != c->grown && n->verdict == TC_IN_TCI && n->power > most)
            most = n->power;
    }
    o->verdict = o->decides->verdict;
    o->power = o->verdict == TC_IN_TCI ? power + most : 0;
    o->name = o->verdict == TC_IN_AC0   ? "AC0"
              : o->verdict == TC_IN_TC0 ? "TC0"
              : o->verdict == TC_IN_TCI ? tc_sprintf(c->arena, "TC%u, an upper bound", o->power)
                                        : "no class claimed";
}

/* ------------------------------------------------------------------ uniformity */

static void read_weights(struct classifier *c)
{
    const struct tc_spec *s = c->spec;

    if (s->weights == TC_WEIGHTS_INPUT)
        return;
    for (unsigned k = 0; k < s->ntensor; k++) {
        const struct tc_tensor *t = &s->tensor[k];
        bool grows = false;

        for (unsigned d = 0; t->role == TC_ROLE_CONSTANT && d < t->rank; d++)
            grows = grows || !constant(growth_of(c, &t->size[d]));
        c->given = c->given || (grows && s->weights == TC_WEIGHTS_FILE);
        c->drawn = c->drawn || (grows && s->weights == TC_WEIGHTS_RANDOM);
    }
}

static void uniformity(struct classifier *c)
{
    struct tc_classified *o = c->out;

    read_weights(c);
    if (c->given) {
        o->uniformity = TC_NONUNIFORM;
        o->uniformity_name = "none";
        o->uniformity_why = "the weights are given for each n by themselves: a sequence of "
                            "circuits, and no uniform family";
    } else if (c->tables || c->drawn || !constant(c->bits)) {
        o->uniformity = TC_POLYTIME;
        o->uniformity_name = "P-uniform as emitted";
        o->uniformity_why =
            c->tables ? "a program that takes polynomial time writes the circuit; its tables over "
                        "positions are computed by that program and not by the circuit"
            : c->drawn
                ? "a program that takes polynomial time draws the weights, of which there are "
                  "more the larger n is"
                : "a program that takes polynomial time writes the circuit; its thresholds "
                  "depend on a precision that grows";
    } else {
        o->uniformity = TC_DLOGTIME;
        o->uniformity_claim = &tc_claims[TC_CLAIM_FOM];
        o->uniformity_name = "DLOGTIME-uniform";
        o->uniformity_why =
            "what a gate is and reads follows from its number by arithmetic on numbers of O(log n) "
            "bits and tables of constant size, which first-order logic with BIT can do; constantly "
            "many layers of majority over that are FOM[BIT] (derived here)";
    }
}

/* ------------------------------------------------------------------ hypotheses */

static void hypothesis(struct classifier *c, const char *name, enum tc_met met,
                       const char *statement, const char *why)
{
    struct tc_classified *o = c->out;

    o->hypothesis[o->nhypothesis++] = (struct tc_hypothesis){name, statement, why, met};
}

static bool orders_constant(const struct classifier *c, unsigned n, const struct tc_block *b)
{
    for (unsigned k = 0; k < n; k++)
        if ((b[k].kind == TC_ATTENTION &&
             !constant(tc_growth_of(c->g, attribute(b[k].element, "order")))) ||
            !orders_constant(c, b[k].nchild, b[k].child))
            return false;
    return true;
}

/* of all rows and hidden layers; *own: some parameter but n's is in it */
static struct tc_growth widths(const struct classifier *c, unsigned n, const struct tc_block *b,
                               bool *own)
{
    struct tc_growth most = {TC_GROWS_NOT, 0};

    for (unsigned k = 0; k < n; k++) {
        const struct tc_size *size[] = {&b[k].in, &b[k].out,
                                        b[k].kind == TC_MLP ? &b[k].mlp.hidden : &b[k].in};

        for (unsigned s = 0; s < 3; s++) {
            most = tc_growth_most(most, growth_of(c, size[s]));
            *own = *own ||
                   (size[s]->poly && tc_growing_own(c->g, tc_poly_text(c->arena, size[s]->poly)));
        }
        most = tc_growth_most(most, widths(c, b[k].nchild, b[k].child, own));
    }
    return most;
}

static void width_hypothesis(struct classifier *c)
{
    bool own = false;
    struct tc_growth w = widths(c, c->spec->nblock, c->spec->block, &own);
    const char *why = tc_sprintf(c->arena, "widths are %s", tc_growth_text(c->arena, w));

    if (c->out->verdict == TC_IN_AC0)
        hypothesis(
            c, "width", own ? TC_ASSUMED : TC_MET, "widths d <= O(1)",
            own ? "widths have parameters of their own: AC0 is for fixed values of them, TC0 for "
                  "those that poly(n) bounds"
                : why);
    else if (w.kind == TC_GROWS_BEYOND)
        hypothesis(c, "width", TC_NOT_MET, "widths d <= poly(n)", why);
    else if (own)
        hypothesis(c, "width", TC_ASSUMED, "widths d <= poly(n)",
                   "widths have parameters of their own: the statements are for values of them "
                   "that poly(n) bounds; fixed ones do not depend on n");
    else
        hypothesis(c, "width", TC_MET, "widths d <= poly(n)", why);
}

/* at most c log n */
static bool logarithmic(struct tc_growth g)
{
    return g.kind == TC_GROWS_NOT || (g.kind == TC_GROWS_LOG && g.power == 1);
}

static void precision_hypothesis(struct classifier *c)
{
    bool arithmetic = c->options->regime == TC_REGIME_ARITHMETIC;
    bool table = logarithmic(c->bits);
    const char *why =
        tc_sprintf(c->arena, "significands have %s bits, exponents %s",
                   tc_growth_text(c->arena, c->significand), tc_growth_text(c->arena, c->exponent));

    /* exact sums of floats are words of all their exponents */
    if (arithmetic && c->spec->format.kind == TC_FLOAT && c->spec->rounding == TC_BLOCK)
        hypothesis(c, "precision",
                   c->significand.kind == TC_GROWS_BEYOND || !logarithmic(c->exponent) ? TC_NOT_MET
                                                                                       : TC_MET,
                   "p <= poly(n), the bits of exponents <= c log n, in the arithmetic regime", why);
    else if (arithmetic)
        hypothesis(c, "precision", c->bits.kind == TC_GROWS_BEYOND ? TC_NOT_MET : TC_MET,
                   "p <= poly(n), in the arithmetic regime", why);
    else
        hypothesis(c, "precision", table ? TC_MET : TC_NOT_MET,
                   "p and the bits of exponents <= c log n, in the table regime", why);
}

static void weight_hypothesis(struct classifier *c)
{
    static const char statement[] = "weights of gates <= poly(n)";
    const struct tc_pass_options *p = &c->options->pass;

    if (p->majority)
        hypothesis(c, "weights", TC_MET, statement, "gates are AND, OR, NOT and MAJ");
    else if (p->poly)
        hypothesis(c, "weights", TC_MET, statement, "gates with larger weights are split");
    else if (p->max_weight)
        hypothesis(c, "weights", TC_MET, statement,
                   "gates with weights above a constant are split");
    else if (constant(c->exponent) &&
             (c->significand.kind == TC_GROWS_NOT ||
              (c->significand.kind == TC_GROWS_LOG && c->significand.power == 1)))
        hypothesis(
            c, "weights", TC_MET, statement,
            "a weight is at most a power of 2^p, the widths and n; --max-weight bounds it by "
            "a stated number");
    else
        hypothesis(c, "weights", TC_NOT_MET, statement,
                   "numbers of that range are weights of more than O(log n) bits; --max-weight "
                   "poly splits their gates");
}

static void hypotheses(struct classifier *c)
{
    struct tc_classified *o = c->out;
    bool orders = orders_constant(c, c->spec->nblock, c->spec->block);

    o->hypothesis = tc_alloc(c->arena, 6, sizeof *o->hypothesis);
    hypothesis(c, "layers", constant(c->layers) ? TC_MET : TC_NOT_MET,
               "a constant number of layers",
               constant(c->layers) ? "no repetition grows with n"
                                   : tc_sprintf(c->arena, "%s is done %s times", c->grown,
                                                tc_growth_text(c->arena, c->layers)));
    hypothesis(c, "order", orders ? TC_MET : TC_NOT_MET, "attention of a constant order",
               orders ? "no order grows with n" : "an order grows with n");
    width_hypothesis(c);
    precision_hypothesis(c);
    weight_hypothesis(c);
    hypothesis(c, "uniformity", o->uniformity == TC_NONUNIFORM ? TC_NOT_MET : TC_MET,
               tc_sprintf(c->arena, "a uniform family: %s", o->uniformity_name), o->uniformity_why);
}

/* ---------------------------------------------------------------- consequences */

/* whether there is softmax attention of this order, with rope or not */
static bool has_softmax(unsigned n, const struct tc_block *b, unsigned order, bool rope)
{
    for (unsigned k = 0; k < n; k++)
        if ((b[k].kind == TC_ATTENTION && b[k].attention.order == order &&
             b[k].attention.kind == TC_SOFTMAX && (b[k].attention.rope || !rope)) ||
            has_softmax(b[k].nchild, b[k].child, order, rope))
            return true;
    return false;
}

static void consequences(struct classifier *c)
{
    static const char *const assumptions[] = {
        [TC_DLOGTIME] = "NC1 is not contained in DLOGTIME-uniform TC0",
        [TC_POLYTIME] = "NC1 is not contained in P-uniform TC0",
        [TC_NONUNIFORM] = "NC1 is not contained in nonuniform TC0 (TC0/poly)",
    };
    struct tc_classified *o = c->out;
    const struct tc_claim *k = tc_claims;
    bool uniform = o->uniformity != TC_NONUNIFORM;
    bool tensor = uniform && has_softmax(c->spec->nblock, c->spec->block, 3, false);
    bool rope = uniform && has_softmax(c->spec->nblock, c->spec->block, 2, true);
    const char *if_not = o->verdict == TC_IN_AC0 ? "none" : assumptions[o->uniformity];
    const struct tc_consequence all[] = {
        {"all fixed membership problems",
         if_not,
         "that of A5, with P the pair of units, asks whether a product in A5 is 1 (derived here)",
         {&k[TC_CLAIM_WORD], tensor ? &k[TC_CLAIM_MEMBERSHIP] : NULL}},
        {"all (A_{F,r})* closure problems",
         if_not,
         "for A5 there are F and r for which it is NC1-complete",
         {&k[TC_CLAIM_CLOSURE_COMPLETE], tensor ? &k[TC_CLAIM_CLOSURE] : NULL}},
        {"the Boolean formula value problem",
         if_not,
         "it is NC1-complete",
         {&k[TC_CLAIM_FORMULA], rope ? &k[TC_CLAIM_ROPE_FORMULA] : NULL}},
        {"the word problem of A5", if_not, "it is NC1-complete", {&k[TC_CLAIM_WORD], NULL}},
    };

    if (o->verdict > TC_IN_TC0) {
        o->no_consequence = "the class is not known to be below NC1: nothing follows here";
        return;
    }
    for (unsigned h = 0; h < o->nhypothesis; h++)
        if (o->hypothesis[h].met == TC_NOT_MET &&
            strcmp(o->hypothesis[h].name, "uniformity") != 0) {
            o->no_consequence = "a hypothesis is not met: nothing follows for these circuits";
            return;
        }
    o->nconsequence = sizeof all / sizeof *all;
    o->consequence = tc_alloc(c->arena, o->nconsequence, sizeof *o->consequence);
    memcpy(o->consequence, all, sizeof all);
    for (unsigned i = 0; o->verdict == TC_IN_AC0 && i < o->nconsequence; i++) {
        o->consequence[i].why = "AC0 would contain NC1, and majority with it";
        o->consequence[i].claim[1] = &k[TC_CLAIM_MAJORITY];
    }
}

/* -------------------------------------------------------------------- in words */

const char *const tc_met_name[] = {"met", "not met", "assumed"};
const char tc_upper_bound[] =
    "an upper bound on what such models compute; a model need not reach all of it";

const char *tc_verdict_text(struct tc_arena *a, const struct tc_node *n)
{
    static const char *const name[] = {"AC0", "TC0", "TC", "no class claimed"};

    return n->verdict == TC_IN_TCI ? tc_sprintf(a, "TC%u", n->power) : name[n->verdict];
}

bool tc_hypothesis_met(const struct tc_classified *c, const char *name)
{
    bool met = true;

    for (unsigned k = 0; k < c->nhypothesis; k++)
        met =
            met && (strcmp(c->hypothesis[k].name, name) != 0 || c->hypothesis[k].met != TC_NOT_MET);
    return met;
}

const char *tc_consequence_text(struct tc_arena *a, const struct tc_consequence *q)
{
    if (!strcmp(q->assumption, "none"))
        return tc_sprintf(a, "No such family solves %s (unconditionally).", q->problem);
    return tc_sprintf(a, "If %s, then no such family solves %s.", q->assumption, q->problem);
}

struct tc_classified tc_classify(struct tc_arena *arena, const struct tc_growing *g,
                                 const struct tc_options *options)
{
    struct tc_classified out = {0};
    struct classifier c = {
        .arena = arena, .g = g, .spec = g->spec, .options = options, .out = &out};

    read_precision(&c);
    blocks(&c, g->spec->nblock, g->spec->block, (struct tc_growth){TC_GROWS_NOT, 0});
    whole_nodes(&c);
    decide(&c);
    uniformity(&c);
    hypotheses(&c);
    consequences(&c);
    return out;
}
