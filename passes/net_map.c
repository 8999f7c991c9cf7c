/* net_map.c -- a netlist made anew of functions of up to six wires
 *
 * requires nothing; for the least depth depth is fewer or equal, for size gates are; wires and
 * weights may grow
 *
 * Every wire gets one of its cuts (net_choice.c), and becomes an affine form of gates: a gate whose
 * sum has but the values 0 and 1 need not be made where its readers can read the sum.  A form that
 * is too long is made a gate after all, and so is one at an output.
 *
 * source  as net_cuts.c; CONSTRUCTIONS.md, "Netlists" */
#include "net_choice.h"
#include "trail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FORM 256 /* wires in a form that is no gate */

/* a wire as a sum: constant + entries [first..first + n[ */
struct form {
    uint64_t first;
    uint32_t n;
    int64_t constant;
};

struct entry {
    tc_wire wire; /* of the new netlist */
    int64_t weight;
};

struct mapping {
    struct tc_choice choice;
    struct tc_net *to;
    struct form *form; /* per wire */
    tc_lit *made;      /* per unit */
    uint32_t *use;     /* per unit: of the wire that it was made to be */
    struct entry *entry;
    uint64_t nentry, entry_room;
    struct tc_net_sum sum, gate;
    struct tc_trail_note note;
    tc_lit *unit;               /* per unit, of wires of net; */
    struct tc_net_sum plain;    /* what sum or gate is, of wires of net */
    struct tc_net_sum inner;    /* of a unit in it */
    const struct tc_cut **link; /* of a chain, the last first */
    uint32_t nlink, link_room;
};

/* ------------------------------------------------------------------- building */

/* the gate of m->to with this sum, which the trail claims to be that literal */
static tc_lit make(struct mapping *m, struct tc_net_sum *s, tc_lit same)
{
    tc_lit lit = tc_net_gate_of(m->to, s);

    tc_trail_follow(&m->note, m->to);
    tc_trail_same(&m->note, lit, same);
    return lit;
}

/* the gate of the trail whose sum is m->plain, over literals of the trail */
static tc_lit plain_gate(struct mapping *m)
{
    return tc_trail_gate(m->note.trail, &m->plain, NULL);
}

static void add_plain(struct mapping *m, tc_wire w, int64_t weight)
{
    if (m->note.trail)
        tc_net_sum_add_si(&m->plain, m->note.was[w], weight);
}

static void add_form(struct mapping *m, struct tc_net_sum *s, tc_wire w, int64_t weight)
{
    const struct form *f = &m->form[w];

    for (uint64_t k = f->first; k < f->first + f->n; k++)
        tc_net_sum_add_si(s, 2 * m->entry[k].wire, weight * m->entry[k].weight);
    tc_net_sum_add_si(s, TC_LIT_1, weight * f->constant);
}

/* the gate that is a threshold function of leaves; *plain: of those themselves, in the trail */
static tc_lit gate_of(struct mapping *m, uint64_t f, unsigned n, const tc_wire *leaf, tc_lit *plain)
{
    struct tc_threshold t;
    bool is = tc_threshold_find(&f, n, &t);
    struct tc_net_sum outer = m->plain;

    assert(is);
    (void)is;
    m->plain = m->inner;
    tc_net_sum_clear(&m->plain);
    tc_net_sum_clear(&m->gate);
    mpz_set_si(m->gate.bound, t.bound);
    mpz_set_si(m->plain.bound, t.bound);
    for (unsigned i = 0; i < n; i++) {
        add_form(m, &m->gate, leaf[i], t.weight[i]);
        add_plain(m, leaf[i], t.weight[i]);
    }
    *plain = plain_gate(m);
    m->inner = m->plain;
    m->plain = outer;
    return make(m, &m->gate, *plain);
}

static void add_form_z(struct mapping *m, struct tc_net_sum *s, tc_wire w, mpz_srcptr weight)
{
    const struct form *f = &m->form[w];
    mpz_t z;

    mpz_init(z);
    for (uint64_t k = f->first; k < f->first + f->n; k++) {
        tc_mpz_set_i64(z, m->entry[k].weight);
        mpz_mul(z, z, weight);
        tc_net_sum_add(s, 2 * m->entry[k].wire, z);
    }
    tc_mpz_set_i64(z, f->constant);
    mpz_mul(z, z, weight);
    tc_net_sum_add(s, TC_LIT_1, z);
    mpz_clear(z);
}

/* A chain being built: its gate is V >= 0, V from lo to hi; the sum is V, or -V if turned. */
struct chain {
    mpz_t lo, hi, k, w;
    bool turned;
    tc_lit gate; /* in the trail, over wires of net */
};

/* the chain begins with a threshold function of leaves */
static void begin_chain(struct mapping *m, struct chain *c, tc_wire w, const struct tc_cut *cut)
{
    struct tc_threshold t;
    bool is = tc_threshold_find(&cut->table, cut->n, &t);

    assert(is);
    (void)is;
    tc_net_sum_clear(&m->gate);
    mpz_set_si(m->gate.bound, t.bound);
    tc_net_sum_clear(&m->plain);
    mpz_set_si(m->plain.bound, t.bound);
    mpz_set_si(c->lo, -t.bound);
    mpz_set_si(c->hi, -t.bound);
    for (unsigned i = 0; i < cut->n; i++) {
        mpz_ptr end = t.weight[i] < 0 ? c->lo : c->hi;

        mpz_set_si(c->w, t.weight[i]);
        mpz_add(end, end, c->w);
        add_form_z(m, &m->gate, cut->leaf[i], c->w);
        add_plain(m, cut->leaf[i], t.weight[i]);
    }
    c->turned = false;
    c->gate = plain_gate(m);
    if (m->note.trail)
        tc_trail_claim(m->note.trail, c->gate, m->note.was[w], m->note.base);
}

/* V becomes -V - 1, and so the gate its complement */
static void turn_chain(struct mapping *m, struct chain *c)
{
    tc_net_sum_add_si(&m->gate, TC_LIT_1, c->turned ? -1 : 1);
    tc_net_sum_add_si(&m->plain, TC_LIT_1, c->turned ? -1 : 1);
    c->turned = !c->turned;
    mpz_swap(c->lo, c->hi);
    mpz_neg(c->lo, c->lo);
    mpz_neg(c->hi, c->hi);
    mpz_sub_ui(c->lo, c->lo, 1);
    mpz_sub_ui(c->hi, c->hi, 1);
}

/* In the trail: the step is [2 A + gate >= 1], and with V in the gate's place what m->plain says.
 */
static void note_step(struct mapping *m, struct chain *c, tc_wire w, const struct tc_cut *cut,
                      const struct tc_step_of *s)
{
    struct tc_net_sum chain = m->plain;
    tc_lit step;

    if (!m->note.trail)
        return;
    m->plain = m->inner;
    tc_net_sum_clear(&m->plain);
    mpz_set_si(m->plain.bound, 1 - 2 * s->constant);
    tc_net_sum_add_si(&m->plain, c->gate ^ s->turned, 1);
    for (unsigned i = 0; i < cut->n; i++)
        if (s->weight[i])
            add_plain(m, cut->leaf[i], 2 * s->weight[i]);
    step = plain_gate(m);
    m->inner = m->plain;
    m->plain = chain;
    if (c->turned) /* [-sum >= 0] is not [sum >= 1] */
        mpz_add_ui(m->plain.bound, m->plain.bound, 1);
    c->gate = plain_gate(m) ^ c->turned;
    if (c->turned)
        mpz_sub_ui(m->plain.bound, m->plain.bound, 1);
    tc_trail_claim(m->note.trail, step, m->note.was[w], m->note.base);
    tc_trail_claim(m->note.trail, c->gate, step, m->note.base);
}

/* V becomes K A + V, K such that A decides where it is not 0 */
static void step_chain(struct mapping *m, struct chain *c, tc_wire w, const struct tc_cut *cut)
{
    struct tc_step_of s;
    bool is = tc_table_step(m->choice.cuts->tables, cut->table, cut->n, cut->through, &s);

    assert(is);
    (void)is;
    if (s.turned)
        turn_chain(m, c);
    mpz_set_ui(c->k, 1);
    if (s.lo < 0 && mpz_cmp(c->hi, c->k) >= 0)
        mpz_add_ui(c->k, c->hi, 1);
    mpz_neg(c->w, c->lo);
    if (s.hi > 0 && mpz_cmp(c->w, c->k) > 0)
        mpz_set(c->k, c->w);
    mpz_set_si(c->w, s.lo);
    mpz_addmul(c->lo, c->k, c->w);
    mpz_set_si(c->w, s.hi);
    mpz_addmul(c->hi, c->k, c->w);
    if (c->turned)
        mpz_neg(c->k, c->k);
    mpz_mul_si(c->w, c->k, s.constant);
    tc_net_sum_add(&m->gate, TC_LIT_1, c->w);
    tc_net_sum_add(&m->plain, TC_LIT_1, c->w);
    for (unsigned i = 0; i < cut->n; i++)
        if (s.weight[i]) {
            mpz_mul_si(c->w, c->k, s.weight[i]);
            add_form_z(m, &m->gate, cut->leaf[i], c->w);
            if (m->note.trail)
                tc_net_sum_add(&m->plain, m->note.was[cut->leaf[i]], c->w);
        }
    note_step(m, c, w, cut, &s);
}

/* the wire that link number k of a chain is, which goes on from number k + 1 */
static tc_wire link_wire(const struct mapping *m, tc_wire w, uint32_t k)
{
    return k ? m->link[k - 1]->leaf[m->link[k - 1]->through] : w;
}

/* the gate of a cut that is a step, with all that it goes on from */
static tc_lit chain_gate(struct mapping *m, tc_wire w, const struct tc_cut *cut)
{
    struct chain c;

    mpz_inits(c.lo, c.hi, c.k, c.w, NULL);
    m->nlink = 0;
    for (; cut->kind == TC_CUT_STEP; cut = tc_choice_chain(&m->choice, cut)) {
        if (m->nlink == m->link_room) {
            m->link_room = 2 * m->link_room + 64;
            m->link = tc_xrealloc(m->link, m->link_room, sizeof *m->link);
        }
        m->link[m->nlink++] = cut;
    }
    begin_chain(m, &c, link_wire(m, w, m->nlink), cut);
    while (m->nlink) {
        m->nlink--;
        step_chain(m, &c, link_wire(m, w, m->nlink), m->link[m->nlink]);
    }
    for (size_t k = 0; c.turned && k < m->gate.n; k++)
        mpz_neg(m->gate.part[k].weight, m->gate.part[k].weight);
    if (c.turned)
        mpz_neg(m->gate.bound, m->gate.bound);
    mpz_clears(c.lo, c.hi, c.k, c.w, NULL);
    return make(m, &m->gate, c.gate);
}

/* the sum becomes a literal */
static void set_literal(struct mapping *m, tc_lit lit)
{
    tc_net_sum_clear(&m->sum);
    tc_net_sum_add_si(&m->sum, lit, 1);
}

static bool fits(const struct tc_net_sum *s)
{
    bool ok = s->n <= FORM && mpz_cmpabs_ui(s->bound, 1u << 20) < 0;

    for (size_t k = 0; ok && k < s->n; k++)
        ok = mpz_cmpabs_ui(s->part[k].weight, 1u << 20) < 0;
    return ok;
}

static bool literal(const struct tc_net_sum *s)
{
    return s->n == 0 ||
           (s->n == 1 &&
            ((mpz_cmp_si(s->part[0].weight, 1) == 0 && !mpz_sgn(s->bound)) ||
             (mpz_cmp_si(s->part[0].weight, -1) == 0 && mpz_cmp_si(s->bound, -1) == 0)));
}

/* The sum less its bound is the wire, and so is that literal of the trail: it is kept as a form, or
 * made a gate. */
static void set_form(struct mapping *m, tc_wire w, bool wanted, tc_lit same)
{
    struct tc_net_sum *s = &m->sum;
    struct form *f = &m->form[w];

    tc_net_sum_merge(s);
    if (!fits(s) || (wanted && !literal(s))) {
        mpz_add_ui(s->bound, s->bound, 1);
        set_literal(m, make(m, s, same));
    }
    if (m->nentry + s->n > m->entry_room) {
        m->entry_room = 2 * m->entry_room + s->n + 1024;
        m->entry = tc_xrealloc(m->entry, m->entry_room, sizeof *m->entry);
    }
    f->first = m->nentry;
    f->n = (uint32_t)s->n;
    f->constant = -tc_mpz_get_i64(s->bound);
    for (size_t k = 0; k < s->n; k++)
        m->entry[m->nentry++] =
            (struct entry){s->part[k].source, tc_mpz_get_i64(s->part[k].weight)};
}

static tc_lit unit_gate(struct mapping *m, uint32_t unit)
{
    const struct tc_unit *u = &m->choice.cuts->unit[unit];

    if (m->made[unit] == TC_LIT_1)
        m->made[unit] = gate_of(m, u->gate, u->n, u->leaf, &m->unit[unit]);
    return m->made[unit];
}

static void add_piece_form(struct mapping *m, const struct tc_piece *p)
{
    const struct tc_unit *u = &m->choice.cuts->unit[p->unit];
    struct tc_affine_of a = {.constant = (int)(p->table & 1)};
    bool is = true;

    if (u->n == 1)
        a.input[0] = p->table & 1 ? -1 : 1;
    if (u->n > 1) {
        tc_lit h = unit_gate(m, p->unit);

        is = tc_table_affine(p->table, u->gate, u->n, &a);
        tc_net_sum_add_si(&m->sum, h, a.gate);
        tc_net_sum_add_si(&m->plain, m->unit[p->unit], a.gate);
    }
    assert(is);
    (void)is;
    tc_net_sum_add_si(&m->sum, TC_LIT_1, a.constant);
    tc_net_sum_add_si(&m->plain, TC_LIT_1, a.constant);
    for (unsigned i = 0; i < u->n; i++)
        if (a.input[i]) {
            add_form(m, &m->sum, u->leaf[i], a.input[i]);
            add_plain(m, u->leaf[i], a.input[i]);
        }
}

/* the affine form through the three values of two sources that occur */
static void add_sum(struct mapping *m, const struct tc_cut *cut)
{
    int f[4], at[2];

    for (int x = 0; x < 4; x++)
        f[x] = cut->table >> x & 1;
    f[cut->excluded] = f[cut->excluded ^ 1] + f[cut->excluded ^ 2] - f[cut->excluded ^ 3];
    at[0] = f[1] - f[0];
    at[1] = f[2] - f[0];
    tc_net_sum_add_si(&m->sum, TC_LIT_1, f[0]);
    tc_net_sum_add_si(&m->plain, TC_LIT_1, f[0]);
    for (unsigned i = 0; i < 2; i++)
        if (at[i]) {
            add_form(m, &m->sum, cut->leaf[i], at[i]);
            add_plain(m, cut->leaf[i], at[i]);
        }
}

/* claims that a gate over m->plain is wire w, both functions of leaves */
static tc_lit claim_plain(struct mapping *m, tc_wire w, unsigned n, const tc_wire *leaf)
{
    tc_lit plain = plain_gate(m), was[TC_CUT_LEAVES];

    for (unsigned k = 0; k < n; k++)
        was[k] = m->note.was[leaf[k]];
    tc_trail_claim_cut(m->note.trail, plain, m->note.was[w], m->note.base, was, n);
    return plain;
}

static void build(struct mapping *m, uint32_t g)
{
    const struct tc_net_row *row = &m->choice.net->row[m->choice.net->gate[g].row];
    const struct tc_cut *cut = tc_choice_cut(&m->choice, g);
    tc_wire w = m->choice.net->ninputs + g;
    tc_wire leaf[TC_CUT_LEAVES];
    unsigned n;
    bool form = false; /* m->plain is what the wire is */
    tc_lit plain = m->note.trail ? m->note.was[w] : 0;
    mpz_t z;

    tc_net_sum_clear(&m->sum);
    tc_net_sum_clear(&m->plain);
    switch (cut->kind) {
    case TC_CUT_OWN:
        mpz_init(z);
        tc_net_sum_clear(&m->gate);
        tc_weight_get(m->choice.net->num, m->choice.net->gate[g].bound, m->gate.bound);
        for (uint64_t e = row->first; e < row->first + row->n; e++) {
            const struct form *f = &m->form[m->choice.net->source[e]];

            for (uint64_t k = f->first; k <= f->first + f->n; k++) {
                tc_weight_get(m->choice.net->num, m->choice.net->weight[e], z);
                tc_mpz_set_i64(m->gate.t, k < f->first + f->n ? m->entry[k].weight : f->constant);
                mpz_mul(z, z, m->gate.t);
                tc_net_sum_add(&m->gate, k < f->first + f->n ? 2 * m->entry[k].wire : TC_LIT_1, z);
            }
        }
        mpz_clear(z);
        set_literal(m, make(m, &m->gate, plain));
        break;
    case TC_CUT_ALIAS:
        tc_net_sum_add_si(&m->sum, TC_LIT_1, (int64_t)(cut->table & 1));
        if (cut->n)
            add_form(m, &m->sum, cut->leaf[0], cut->table & 1 ? -1 : 1);
        tc_net_sum_add_si(&m->plain, TC_LIT_1, (int64_t)(cut->table & 1));
        if (cut->n)
            add_plain(m, cut->leaf[0], cut->table & 1 ? -1 : 1);
        form = true;
        break;
    case TC_CUT_SUM:
        add_sum(m, cut);
        form = true;
        break;
    case TC_CUT_STEP:
        set_literal(m, chain_gate(m, w, cut));
        break;
    default:
        form = !m->choice.wanted[w] || !cut->pure;
        if (!form) {
            set_literal(m, gate_of(m, cut->table, cut->n, cut->leaf, &plain));
            if (m->note.trail)
                tc_trail_claim(m->note.trail, plain, m->note.was[w], m->note.base);
        }
        for (unsigned p = 0; form && p < cut->npiece; p++)
            add_piece_form(m, &m->choice.cuts->piece[cut->piece + p]);
    }
    if (form && m->note.trail) {
        tc_net_sum_add_si(&m->plain, TC_LIT_1, -1);
        n = cut->n;
        if (cut->kind == TC_CUT_SUM)
            n = tc_cuts_excluding(m->choice.cuts, cut, leaf);
        plain = claim_plain(m, w, n, cut->kind == TC_CUT_SUM ? leaf : cut->leaf);
    }
    set_form(m, w, m->choice.wanted[w], plain);
}

/* A unit becomes that one of the wires made from it which most others need, if it is a
 * threshold function: then that wire is a gate, and not a form. */
static void name_unit(struct mapping *m, tc_wire w, const struct tc_cut *cut)
{
    const struct tc_piece *p = &m->choice.cuts->piece[cut->piece];
    struct tc_unit *u = &m->choice.cuts->unit[p->unit];
    struct tc_affine_of a;
    uint32_t refs = m->choice.wanted[w] ? UINT32_MAX : m->choice.refs[w];

    if (refs <= m->use[p->unit] || !tc_table_is_threshold(m->choice.cuts->tables, p->table, u->n) ||
        !tc_table_affine(p->table, u->gate, u->n, &a) || abs(a.gate) != 1)
        return;
    m->use[p->unit] = refs;
    u->gate = p->table;
}

/* the trail's literal of one of what the pass was given */
static tc_lit was_literal(const struct mapping *m, tc_lit l)
{
    return m->note.was[l >> 1] ^ (l & 1);
}

/* Cuts came from x (y q), too, where (x y) q is what gates are: it is claimed that they are both.
 */
static void note_paired(struct mapping *m)
{
    const struct tc_cuts *c = m->choice.cuts;

    if (!m->note.trail)
        return;
    for (size_t k = 0; k < c->npaired; k++) {
        tc_net_sum_clear(&m->plain);
        mpz_set_ui(m->plain.bound, 2);
        tc_net_sum_add_si(&m->plain, was_literal(m, c->paired[k].x), 1);
        tc_net_sum_add_si(&m->plain, was_literal(m, c->paired[k].yq), 1);
        tc_trail_claim(m->note.trail, plain_gate(m), was_literal(m, c->paired[k].all),
                       m->note.base);
    }
    m->note.base = tc_trail_wires(m->note.trail);
}

static void build_all(struct mapping *m)
{
    const struct tc_net *net = m->choice.net;

    m->made = tc_xcalloc((size_t)m->choice.cuts->nunit + 1, sizeof *m->made);
    m->use = tc_xcalloc((size_t)m->choice.cuts->nunit + 1, sizeof *m->use);
    m->unit = tc_xcalloc((size_t)m->choice.cuts->nunit + 1, sizeof *m->unit);
    for (uint32_t u = 0; u < m->choice.cuts->nunit; u++)
        m->made[u] = TC_LIT_1;
    for (uint32_t g = 0; g < net->ngates; g++) {
        const struct tc_cut *cut = tc_choice_cut(&m->choice, g);

        if (m->choice.refs[net->ninputs + g] && cut->kind == TC_CUT_UNITS && cut->npiece == 1)
            name_unit(m, net->ninputs + g, cut);
    }
    for (uint32_t i = 0; i < net->ninputs; i++) {
        tc_net_sum_clear(&m->sum);
        tc_net_sum_add_si(&m->sum, 2 * i, 1);
        set_form(m, i, false, 2 * i);
    }
    for (uint32_t g = 0; g < net->ngates; g++)
        if (m->choice.refs[net->ninputs + g])
            build(m, g);
    for (uint32_t o = 0; o < net->noutputs; o++) {
        const struct form *f = &m->form[net->output[o] >> 1];
        tc_lit lit = net->output[o];

        if (lit < TC_LIT_0) {
            tc_lit is = f->n ? 2 * m->entry[f->first].wire + (m->entry[f->first].weight < 0)
                        : f->constant ? TC_LIT_1
                                      : TC_LIT_0;

            lit = is ^ (lit & 1);
        }
        m->to->output[o] = lit;
    }
}

static void close_mapping(struct mapping *m)
{
    tc_choice_close(&m->choice);
    free(m->link);
    free(m->form);
    free(m->made);
    free(m->use);
    free(m->entry);
    tc_trail_close(&m->note);
    free(m->unit);
    tc_net_sum_free(&m->plain);
    tc_net_sum_free(&m->inner);
    tc_net_sum_free(&m->sum);
    tc_net_sum_free(&m->gate);
}

static struct tc_net *mapped(const struct tc_net *net, bool depth, struct tc_trail *trail)
{
    size_t wires = (size_t)net->ninputs + net->ngates + 1;
    struct mapping m = {0};

    tc_choice_open(&m.choice, net, depth);
    m.form = tc_xcalloc(wires, sizeof *m.form);
    tc_net_sum_init(&m.sum);
    tc_net_sum_init(&m.gate);
    tc_net_sum_init(&m.plain);
    tc_net_sum_init(&m.inner);
    m.to = tc_net_new_like(net);
    tc_trail_open(&m.note, trail, net);
    note_paired(&m);
    build_all(&m);
    close_mapping(&m);
    return m.to;
}

struct tc_netlist *tc_net_map(struct tc_netlist *nl, const struct tc_pass_options *options,
                              struct tc_error *err)
{
    struct tc_net *net = tc_net_read(nl, true, err), *made;
    struct tc_netlist *to;

    if (!net)
        return NULL;
    made = mapped(net, options->level == TC_LEVEL_2, options->trail);
    to = tc_net_write(made);
    tc_net_free(made);
    tc_net_free(net);
    return tc_net_keep(nl, to);
}
