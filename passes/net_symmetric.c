/* net_symmetric.c -- which wires depend on how many of some wires are 1, and on nothing else
 *
 * Atoms are the inputs, and gates of more than FAN_IN sources.  Wires that depend on the same
 * set S of atoms are looked at together, smaller sets first: a state of S is a number of ones
 * and the values that those wires of S have that are read from elsewhere.  Below, gates are
 * taken apart until what they read are such wires of sets that are disjoint; all combinations
 * of their states are run, and give the states of S.  A wire that is the same in all states with
 * the same number of ones is a function of that number.  That is exact: every input leads to
 * one of the combinations, and each number of ones occurs.
 *
 * So a tree of counters costs about |S_1| |S_2| values a step, whatever adders or comparisons are
 * made of.  Where states are more than STATES a number, only wires that are functions of
 * the number are kept; nothing is decided of what counts some atoms twice, or complemented.
 *
 * source  functional decomposition (Ashenhurst 1957) with numbers of ones as classes */
#include "net_symmetric.h"

#include <stdlib.h>
#include <string.h>

#define FAN_IN      6
#define GROUPS      32
#define LEAVES      256
#define CONE        512
#define FACE        48 /* wires of a set that are read from elsewhere */
#define STATES      32 /* a number of ones, on average */
#define MOST_STATES ((uint32_t)1 << 16)
#define VALUES      ((uint64_t)1 << 22)
#define BYTES       ((uint64_t)1 << 28) /* of sets, and of vectors */

struct cone {
    uint32_t n, nleaf, ngroup;
    tc_wire gate[CONE]; /* taken apart */
    tc_wire leaf[LEAVES];
    uint32_t group_of[LEAVES];
    uint32_t set[GROUPS];
    uint32_t digit[GROUPS][64];
};

struct face { /* of one set, while its cone runs */
    uint32_t n;
    tc_wire wire[FACE];
    uint64_t alive; /* wires that still are functions of the number */
    uint32_t nstate, most, room;
    uint64_t *state; /* values, the number in the last 16 bits */
    uint32_t *slot;
    bool *known; /* per number */
    uint64_t *value;
};

struct find {
    struct tc_symmetric *s;
    const struct tc_net *net;
    uint32_t *slot; /* of sets */
    size_t slots;
    uint32_t set_room;
    uint64_t bit_words, bit_room;
    uint64_t *trial;    /* a set */
    uint32_t *mark;     /* per wire: the set for which it was last looked at, plus 1 */
    uint64_t *word;     /* per wire, while a cone runs */
    bool *read;         /* per wire: from elsewhere */
    tc_wire *order;     /* gates by size of set */
    uint64_t *in_state; /* per wire: where in bits its values in the states of its set are */
    uint32_t *nstate;   /* per set */
    uint64_t *ones;     /* per set: where in number those of its states are */
    uint16_t *number;
    uint64_t nnumber, number_room;
    struct cone cone;
    struct face face;
};

/* -------------------------------------------------------------------- sets */

static uint64_t *set_at(const struct tc_symmetric *s, uint32_t set)
{
    return &s->sets[(size_t)set * s->words];
}

static uint64_t set_hash(const uint64_t *set, uint32_t words)
{
    uint64_t h = words;

    for (uint32_t k = 0; k < words; k++) {
        h = (h ^ set[k]) * 0xff51afd7ed558ccd;
        h ^= h >> 32;
    }
    return h;
}

static void grow_sets(struct find *f)
{
    struct tc_symmetric *s = f->s;

    f->slots = f->slots ? 2 * f->slots : 1024;
    free(f->slot);
    f->slot = tc_xcalloc(f->slots, sizeof *f->slot);
    for (uint32_t k = 0; k < s->nsets; k++) {
        size_t at = set_hash(set_at(s, k), s->words) & (f->slots - 1);

        while (f->slot[at])
            at = (at + 1) & (f->slots - 1);
        f->slot[at] = k + 1;
    }
}

/* the number of the set in trial */
static uint32_t set_of(struct find *f)
{
    struct tc_symmetric *s = f->s;
    size_t at;

    if (2 * (size_t)s->nsets >= f->slots)
        grow_sets(f);
    for (at = set_hash(f->trial, s->words) & (f->slots - 1); f->slot[at];
         at = (at + 1) & (f->slots - 1))
        if (!memcmp(set_at(s, f->slot[at] - 1), f->trial, s->words * sizeof *f->trial))
            return f->slot[at] - 1;
    if (s->nsets == f->set_room) {
        f->set_room = 2 * f->set_room + 256;
        s->sets = tc_xrealloc(s->sets, (size_t)f->set_room * s->words, sizeof *s->sets);
        s->size = tc_xrealloc(s->size, f->set_room, sizeof *s->size);
    }
    memcpy(set_at(s, s->nsets), f->trial, s->words * sizeof *f->trial);
    s->size[s->nsets] = 0;
    for (uint32_t k = 0; k < s->words; k++)
        s->size[s->nsets] += (uint32_t)__builtin_popcountll(f->trial[k]);
    f->slot[at] = s->nsets + 1;
    return s->nsets++;
}

static bool disjoint(const struct tc_symmetric *s, uint32_t a, uint32_t b)
{
    for (uint32_t k = 0; k < s->words; k++)
        if (set_at(s, a)[k] & set_at(s, b)[k])
            return false;
    return true;
}

/* ------------------------------------------------------------------- cones */

static const struct tc_net_row *row_of(const struct tc_net *net, tc_wire w)
{
    return &net->row[net->gate[w - net->ninputs].row];
}

static bool add_leaf(struct find *f, tc_wire w)
{
    struct cone *c = &f->cone;
    uint32_t g = 0;

    while (g < c->ngroup && c->set[g] != f->s->set[w])
        g++;
    if (c->nleaf == LEAVES || g == GROUPS)
        return false;
    if (g == c->ngroup)
        c->set[c->ngroup++] = f->s->set[w];
    c->leaf[c->nleaf] = w;
    c->group_of[c->nleaf++] = g;
    return true;
}

/* What gates of the cone read from number `next` on: leaves where their values are known
 * by states of another set, else gates. */
static bool take_apart(struct find *f, uint32_t next, uint32_t set)
{
    struct cone *c = &f->cone;

    for (; next < c->n; next++) {
        const struct tc_net_row *row = row_of(f->net, c->gate[next]);

        for (uint64_t e = row->first; e < row->first + row->n; e++) {
            tc_wire source = f->net->source[e];

            if (f->mark[source] == set + 1)
                continue;
            f->mark[source] = set + 1;
            if (f->in_state[source] != TC_NO_VECTOR) {
                if (!add_leaf(f, source))
                    return false;
            } else {
                if (c->n == CONE)
                    return false;
                c->gate[c->n++] = source;
            }
        }
    }
    return true;
}

/* a group that overlaps with another one and is not the smaller of both; or ngroup */
static uint32_t overlapping(const struct find *f)
{
    const struct cone *c = &f->cone;
    const struct tc_symmetric *s = f->s;

    for (uint32_t g = 1; g < c->ngroup; g++)
        for (uint32_t h = 0; h < g; h++)
            if (!disjoint(s, c->set[g], c->set[h]))
                return s->size[c->set[g]] >= s->size[c->set[h]] ? g : h;
    return c->ngroup;
}

/* the leaves of a group are leaves no more: they are taken apart */
static bool open_group(struct find *f, uint32_t set, uint32_t g)
{
    struct cone *c = &f->cone;
    uint32_t first = c->n, kept = 0, last = --c->ngroup;

    for (uint32_t k = 0; k < c->nleaf; k++) {
        if (c->group_of[k] == g) {
            if (c->n == CONE)
                return false;
            c->gate[c->n++] = c->leaf[k];
            continue;
        }
        c->leaf[kept] = c->leaf[k];
        c->group_of[kept++] = c->group_of[k] == last ? g : c->group_of[k];
    }
    c->set[g] = c->set[last];
    c->nleaf = kept;
    return take_apart(f, first, set);
}

static int by_wire(const void *a, const void *b)
{
    tc_wire p = *(const tc_wire *)a, q = *(const tc_wire *)b;

    return (p > q) - (p < q);
}

/* the gates order[from..to[ of a set, over groups that are disjoint; false if too many */
static bool make_cone(struct find *f, uint32_t from, uint32_t to, uint32_t set)
{
    struct cone *c = &f->cone;
    uint32_t g;

    c->n = c->nleaf = c->ngroup = 0;
    if (to - from > CONE)
        return false;
    for (uint32_t k = from; k < to; k++) {
        f->mark[f->order[k]] = set + 1;
        c->gate[c->n++] = f->order[k];
    }
    if (!take_apart(f, 0, set))
        return false;
    while ((g = overlapping(f)) < c->ngroup)
        if (!open_group(f, set, g))
            return false;
    qsort(c->gate, c->n, sizeof *c->gate, by_wire);
    return true;
}

/* ------------------------------------------------------------------ states */

static uint64_t run_gate(const struct find *f, tc_wire w)
{
    const struct tc_net_row *row = row_of(f->net, w);
    uint64_t v[1 << FAN_IN];

    for (unsigned x = 0; x < 1u << row->n; x++)
        v[x] = f->s->table[w] >> x & 1 ? UINT64_MAX : 0;
    for (unsigned i = 0; i < row->n; i++) {
        uint64_t in = f->word[f->net->source[row->first + i]];

        for (unsigned x = 0; x < 1u << (row->n - 1 - i); x++)
            v[x] = (v[2 * x] & ~in) | (v[2 * x + 1] & in);
    }
    return v[0];
}

static void run_cone(struct find *f, uint64_t at)
{
    struct cone *c = &f->cone;

    for (unsigned lane = 0; lane < 64; lane++) {
        uint64_t rest = at + lane;

        for (uint32_t g = 0; g < c->ngroup; g++) {
            c->digit[g][lane] = (uint32_t)(rest % f->nstate[c->set[g]]);
            rest /= f->nstate[c->set[g]];
        }
    }
    for (uint32_t k = 0; k < c->nleaf; k++) {
        const uint64_t *vector = &f->s->bits[f->in_state[c->leaf[k]]];
        const uint32_t *digit = c->digit[c->group_of[k]];
        uint64_t word = 0;

        for (unsigned lane = 0; lane < 64; lane++)
            word |= (vector[digit[lane] / 64] >> digit[lane] % 64 & 1) << lane;
        f->word[c->leaf[k]] = word;
    }
    for (uint32_t k = 0; k < c->n; k++)
        f->word[c->gate[k]] = run_gate(f, c->gate[k]);
}

/* too many states: there are none from now on */
static void put_state(struct face *face, uint64_t state)
{
    size_t at = (state * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (face->room - 1);

    for (; face->slot[at]; at = (at + 1) & (face->room - 1))
        if (face->state[face->slot[at] - 1] == state)
            return;
    if (face->nstate == face->most) {
        face->most = 0;
        return;
    }
    face->state[face->nstate++] = state;
    face->slot[at] = face->nstate;
}

/* one word's values are states; false once there is nothing more to be found */
static bool put_word(struct find *f, uint64_t at, uint64_t total)
{
    const struct cone *c = &f->cone;
    struct face *face = &f->face;

    for (unsigned lane = 0; lane < 64 && at + lane < total; lane++) {
        uint64_t ones = 0, value = 0;

        for (uint32_t g = 0; g < c->ngroup; g++)
            ones += f->number[f->ones[c->set[g]] + c->digit[g][lane]];
        for (uint32_t k = 0; k < face->n; k++)
            value |= (f->word[face->wire[k]] >> lane & 1) << k;
        if (face->known[ones])
            face->alive &= ~(face->value[ones] ^ value);
        face->known[ones] = true;
        face->value[ones] = value;
        if (face->most)
            put_state(face, value << 16 | ones);
    }
    return face->most || face->alive;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;

        a = b;
        b = t;
    }
    return a;
}

/* All combinations are run, in leaps, so that what cannot be is soon seen. */
static bool run_all(struct find *f, uint32_t size)
{
    const struct cone *c = &f->cone;
    uint64_t total = 1, words, leap, most = 64 * ((uint64_t)size + 1) * (size + 1);

    most = most < 4096 ? 4096 : most > VALUES ? VALUES : most;
    for (uint32_t g = 0; g < c->ngroup; g++) {
        total *= f->nstate[c->set[g]];
        if (total > most)
            return false;
    }
    words = (total + 63) / 64;
    for (leap = words * 5 / 8 + 1; gcd(leap, words) > 1;)
        leap++;
    for (uint64_t k = 0, at = 0; k < words; k++, at = (at + leap) % words) {
        run_cone(f, 64 * at);
        if (!put_word(f, 64 * at, total))
            return false;
    }
    return true;
}

/* ----------------------------------------------------------------- vectors */

/* where n new bits are, all 0 */
static uint64_t new_bits(struct find *f, uint32_t n)
{
    uint32_t words = n / 64 + 1;

    if (f->bit_words + words > f->bit_room) {
        f->bit_room = 2 * f->bit_room + words + 1024;
        f->s->bits = tc_xrealloc(f->s->bits, f->bit_room, sizeof *f->s->bits);
    }
    memset(&f->s->bits[f->bit_words], 0, words * sizeof *f->s->bits);
    f->bit_words += words;
    return f->bit_words - words;
}

static void put_bit(struct find *f, uint64_t at, uint32_t k)
{
    f->s->bits[at + k / 64] |= (uint64_t)1 << k % 64;
}

static void new_states(struct find *f, uint32_t set, uint32_t n)
{
    if (f->nnumber + n > f->number_room) {
        f->number_room = 2 * f->number_room + n + 1024;
        f->number = tc_xrealloc(f->number, f->number_room, sizeof *f->number);
    }
    f->nstate[set] = n;
    f->ones[set] = f->nnumber;
    f->nnumber += n;
}

/* vectors by number for wires that are functions of it */
static void keep_alive(struct find *f, uint32_t size)
{
    struct face *face = &f->face;

    for (uint32_t k = 0; k < face->n; k++) {
        if (!(face->alive >> k & 1))
            continue;
        uint64_t at = f->s->vector[face->wire[k]] = new_bits(f, size + 1);

        for (uint32_t c = 0; c <= size; c++)
            if (face->value[c] >> k & 1)
                put_bit(f, at, c);
    }
}

static void keep_states(struct find *f, uint32_t set)
{
    struct face *face = &f->face;

    new_states(f, set, face->nstate);
    for (uint32_t x = 0; x < face->nstate; x++)
        f->number[f->ones[set] + x] = (uint16_t)face->state[x];
    for (uint32_t k = 0; k < face->n; k++) {
        uint64_t at = f->in_state[face->wire[k]] = new_bits(f, face->nstate);

        for (uint32_t x = 0; x < face->nstate; x++)
            if (face->state[x] >> (16 + k) & 1)
                put_bit(f, at, x);
    }
}

/* numbers alone are states, of the wires that have vectors */
static void keep_numbers(struct find *f, uint32_t set)
{
    new_states(f, set, f->s->size[set] + 1);
    for (uint32_t c = 0; c <= f->s->size[set]; c++)
        f->number[f->ones[set] + c] = (uint16_t)c;
    for (uint32_t k = 0; k < f->face.n; k++)
        f->in_state[f->face.wire[k]] = f->s->vector[f->face.wire[k]];
}

static void put_atom(struct find *f, tc_wire w, uint32_t atom)
{
    memset(f->trial, 0, f->s->words * sizeof *f->trial);
    f->trial[atom / 64] = (uint64_t)1 << atom % 64;
    f->s->set[w] = set_of(f);
    f->s->atom[atom] = w;
}

/* the vectors of gates order[from..to[, which depend on the same set */
static void put_set(struct find *f, uint32_t from, uint32_t to)
{
    uint32_t set = f->s->set[f->order[from]], size = f->s->size[set];
    struct face *face = &f->face;

    face->n = face->nstate = 0;
    for (uint32_t k = from; k < to; k++) {
        if (!f->read[f->order[k]])
            continue;
        if (face->n == FACE)
            return;
        face->wire[face->n++] = f->order[k];
    }
    if (size >= MOST_STATES || !make_cone(f, from, to, set))
        return;
    face->alive = ((uint64_t)1 << face->n) - 1;
    face->most = size < MOST_STATES / STATES / 2 ? STATES * (size + 1) : MOST_STATES / 2;
    for (face->room = 4; face->room < 2 * face->most;)
        face->room *= 2;
    memset(face->slot, 0, face->room * sizeof *face->slot);
    memset(face->known, 0, size + 1);
    if (!run_all(f, size))
        return;
    keep_alive(f, size);
    if (face->most)
        keep_states(f, set);
    else
        keep_numbers(f, set);
}

/* ------------------------------------------------------------------- wires */

/* the function of a gate of few sources and small weights */
static bool table_of(const struct tc_net *net, uint32_t g, uint64_t *table)
{
    const struct tc_net_row *row = &net->row[net->gate[g].row];
    const int64_t most = (int64_t)1 << 58;

    *table = 0;
    if (row->n > FAN_IN || net->gate[g].bound >= most || net->gate[g].bound <= -most)
        return false;
    for (uint32_t k = 0; k < row->n; k++)
        if (net->weight[row->first + k] >= most || net->weight[row->first + k] <= -most)
            return false;
    for (unsigned x = 0; x < 1u << row->n; x++) {
        int64_t sum = 0;

        for (uint32_t k = 0; k < row->n; k++)
            sum += x >> k & 1 ? net->weight[row->first + k] : 0;
        *table |= (uint64_t)(sum >= net->gate[g].bound) << x;
    }
    return true;
}

static uint32_t find_tables(struct tc_symmetric *s, const struct tc_net *net)
{
    uint32_t atoms = net->ninputs;

    for (uint32_t g = 0; g < net->ngates; g++) {
        bool small = table_of(net, g, &s->table[net->ninputs + g]);

        s->wide[net->ninputs + g] = !small;
        atoms += !small;
    }
    return atoms;
}

/* the set of each wire; false if there are too many */
static bool find_sets(struct find *f)
{
    struct tc_symmetric *s = f->s;
    uint32_t atoms = 0;

    if ((uint64_t)s->natoms * s->words >= BYTES / 8)
        return false;
    for (tc_wire w = 0; w < f->net->ninputs + f->net->ngates; w++) {
        if (w < f->net->ninputs || s->wide[w]) {
            put_atom(f, w, atoms++);
            continue;
        }
        const struct tc_net_row *row = row_of(f->net, w);

        memset(f->trial, 0, s->words * sizeof *f->trial);
        for (uint64_t e = row->first; e < row->first + row->n; e++)
            for (uint32_t k = 0; k < s->words; k++)
                f->trial[k] |= set_at(s, s->set[f->net->source[e]])[k];
        s->set[w] = set_of(f);
        if ((uint64_t)s->nsets * s->words >= BYTES / 8)
            return false;
    }
    return true;
}

static void find_read(struct find *f)
{
    const struct tc_net *net = f->net;

    for (uint32_t o = 0; o < net->noutputs; o++)
        if (net->output[o] < TC_LIT_0)
            f->read[net->output[o] >> 1] = true;
    for (tc_wire w = net->ninputs; w < net->ninputs + net->ngates; w++) {
        const struct tc_net_row *row = row_of(net, w);

        for (uint64_t e = row->first; e < row->first + row->n; e++)
            if (f->s->wide[w] || f->s->set[net->source[e]] != f->s->set[w])
                f->read[net->source[e]] = true;
    }
}

static const struct tc_symmetric *sorting;

static int by_size(const void *a, const void *b)
{
    tc_wire p = *(const tc_wire *)a, q = *(const tc_wire *)b;
    uint32_t s = sorting->set[p], t = sorting->set[q];

    if (s != t && sorting->size[s] != sorting->size[t])
        return sorting->size[s] < sorting->size[t] ? -1 : 1;
    if (s != t)
        return s < t ? -1 : 1;
    return p < q ? -1 : 1;
}

/* atoms: two states, for 0 and 1 */
static void find_atoms(struct find *f)
{
    for (uint32_t a = 0; a < f->s->natoms; a++) {
        tc_wire w = f->s->atom[a];

        f->s->vector[w] = f->in_state[w] = new_bits(f, 2);
        put_bit(f, f->in_state[w], 1);
        new_states(f, f->s->set[w], 2);
        f->number[f->ones[f->s->set[w]]] = 0;
        f->number[f->ones[f->s->set[w]] + 1] = 1;
    }
}

static bool find_vectors(struct find *f)
{
    uint32_t n = 0;

    for (uint32_t g = 0; g < f->net->ngates; g++)
        if (!f->s->wide[f->net->ninputs + g])
            f->order[n++] = f->net->ninputs + g;
    sorting = f->s;
    qsort(f->order, n, sizeof *f->order, by_size);
    for (uint32_t k = 0, end; k < n; k = end) {
        for (end = k + 1; end < n && f->s->set[f->order[end]] == f->s->set[f->order[k]];)
            end++;
        if (f->s->size[f->s->set[f->order[k]]] > 1)
            put_set(f, k, end);
        if (f->bit_words >= BYTES / 8)
            return false;
    }
    return true;
}

static void open_find(struct find *f, struct tc_symmetric *s, const struct tc_net *net)
{
    size_t wires = (size_t)net->ninputs + net->ngates;

    *s = (struct tc_symmetric){0};
    *f = (struct find){.s = s, .net = net};
    s->set = tc_xcalloc(wires + 1, sizeof *s->set);
    s->vector = tc_xcalloc(wires + 1, sizeof *s->vector);
    s->table = tc_xcalloc(wires + 1, sizeof *s->table);
    s->wide = tc_xcalloc(wires + 1, sizeof *s->wide);
    s->natoms = find_tables(s, net);
    s->words = s->natoms / 64 + 1;
    s->atom = tc_xcalloc((size_t)s->natoms + 1, sizeof *s->atom);
    f->trial = tc_xcalloc(s->words, sizeof *f->trial);
    f->mark = tc_xcalloc(wires + 1, sizeof *f->mark);
    f->word = tc_xcalloc(wires + 1, sizeof *f->word);
    f->read = tc_xcalloc(wires + 1, sizeof *f->read);
    f->order = tc_xcalloc(wires + 1, sizeof *f->order);
    f->in_state = tc_xcalloc(wires + 1, sizeof *f->in_state);
    f->face.state = tc_xcalloc(MOST_STATES, sizeof *f->face.state);
    f->face.slot = tc_xcalloc(4 * MOST_STATES, sizeof *f->face.slot);
    f->face.known = tc_xcalloc(MOST_STATES, sizeof *f->face.known);
    f->face.value = tc_xcalloc(MOST_STATES, sizeof *f->face.value);
    memset(s->vector, 0xff, wires * sizeof *s->vector);
    memset(f->in_state, 0xff, wires * sizeof *f->in_state);
}

static void close_find(struct find *f)
{
    free(f->slot);
    free(f->trial);
    free(f->mark);
    free(f->word);
    free(f->read);
    free(f->order);
    free(f->in_state);
    free(f->nstate);
    free(f->ones);
    free(f->number);
    free(f->face.state);
    free(f->face.slot);
    free(f->face.known);
    free(f->face.value);
}

bool tc_symmetric_find(struct tc_symmetric *s, const struct tc_net *net)
{
    struct find f;
    bool fits;

    open_find(&f, s, net);
    fits = find_sets(&f);
    if (fits) {
        f.nstate = tc_xcalloc((size_t)s->nsets + 1, sizeof *f.nstate);
        f.ones = tc_xcalloc((size_t)s->nsets + 1, sizeof *f.ones);
        find_read(&f);
        find_atoms(&f);
        fits = find_vectors(&f);
    }
    close_find(&f);
    if (!fits)
        tc_symmetric_free(s);
    return fits;
}

void tc_symmetric_free(struct tc_symmetric *s)
{
    free(s->set);
    free(s->vector);
    free(s->table);
    free(s->wide);
    free(s->atom);
    free(s->sets);
    free(s->size);
    free(s->bits);
}
