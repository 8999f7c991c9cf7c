/* net_table.c -- functions of a few inputs as a gate and a linear form
 *
 * A function f of x is in reach of one gate h where f = a * h + b . x + c, for then
 * whoever reads f can read the form instead: the exclusive or of three wires is their sum
 * less twice their majority.  Both have proportional Fourier coefficients
 * above degree 1, so that a table of those of all threshold functions of four
 * inputs finds h; with five and six inputs h is f. */
#include "net_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t variable[6] = {0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
                                     0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000};

uint64_t tc_table_mask(unsigned n)
{
    return n == 6 ? UINT64_MAX : ((uint64_t)1 << (1u << n)) - 1;
}

uint64_t tc_table_variable(unsigned n, unsigned i)
{
    return variable[i] & tc_table_mask(n);
}

uint64_t tc_table_cofactor(uint64_t f, unsigned n, unsigned i, bool one)
{
    uint64_t v = variable[i];
    unsigned shift = 1u << i;

    f = one ? (f & v) | (f & v) >> shift : (f & ~v) | (f & ~v) << shift;
    return f & tc_table_mask(n);
}

uint64_t tc_table_drop(uint64_t f, unsigned n, unsigned i)
{
    uint64_t to = 0;
    unsigned low = (1u << i) - 1;

    for (unsigned x = 0; x < 1u << (n - 1); x++)
        to |= (f >> ((x & low) | (x & ~low) << 1) & 1) << x;
    return to;
}

uint64_t tc_table_add(uint64_t f, unsigned n, unsigned i)
{
    uint64_t to = 0;
    unsigned low = (1u << i) - 1;

    for (unsigned x = 0; x < 1u << (n + 1); x++)
        to |= (f >> ((x & low) | (x >> 1 & ~low)) & 1) << x;
    return to;
}

/* w[s] = sum over x of f(x) * (-1)^(s.x) */
static void fourier(uint64_t f, unsigned n, int *w)
{
    for (unsigned x = 0; x < 1u << n; x++)
        w[x] = f >> x & 1;
    for (unsigned h = 1; h < 1u << n; h *= 2)
        for (unsigned x = 0; x < 1u << n; x++)
            if (!(x & h)) {
                int a = w[x], b = w[x | h];

                w[x] = a + b;
                w[x | h] = a - b;
            }
}

static int gcd(int a, int b)
{
    while (b) {
        int r = a % b;

        a = b;
        b = r;
    }
    return abs(a);
}

/* Hash of the coefficients above degree 1, up to a factor; 0 if they are all 0. */
static uint64_t key_of(uint64_t f, unsigned n)
{
    int w[64], g = 0;
    uint64_t h = n;

    fourier(f, n, w);
    for (unsigned s = (1u << n) - 1; s > 0; s--) {
        if (!(s & (s - 1)) || !w[s])
            continue;
        g = g ? gcd(w[s], g) * (g < 0 ? -1 : 1) : w[s]; /* the sign of the first */
    }
    if (!g)
        return 0;
    for (unsigned s = 0; s < 1u << n; s++) {
        h = (h ^ (uint64_t)(s & (s - 1) ? w[s] / g : 0)) * 0xff51afd7ed558ccd;
        h ^= h >> 29;
    }
    return h | 1;
}

bool tc_table_affine(uint64_t f, uint64_t h, unsigned n, struct tc_affine_of *to)
{
    int w[64], v[64];
    unsigned s = (1u << n) - 1;

    fourier(f, n, w);
    fourier(h, n, v);
    while (s > 0 && (!(s & (s - 1)) || !v[s]))
        s--;
    if (!s || w[s] % v[s] || !w[s])
        return false;
    to->gate = w[s] / v[s];
    to->constant = (int)(f & 1) - to->gate * (int)(h & 1);
    for (unsigned i = 0; i < n; i++)
        to->input[i] =
            (int)(f >> (1u << i) & 1) - to->gate * (int)(h >> (1u << i) & 1) - to->constant;
    for (unsigned x = 0; x < 1u << n; x++) {
        int sum = to->constant + to->gate * (int)(h >> x & 1) - (int)(f >> x & 1);

        for (unsigned i = 0; i < n; i++)
            sum += x >> i & 1 ? to->input[i] : 0;
        if (sum)
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ classes */

#define SLOTS   ((size_t)1 << 16)
#define CLASSES 8192

#define STEPS ((size_t)1 << 15) /* places; 16,120 are taken */

/* a linear form of m inputs: where it is above 0, and where it is 0 */
struct step {
    uint32_t above, zero; /* zero: 0 where the place is empty */
    int8_t m, weight[5], constant;
};

struct tc_tables {
    struct step *step; /* made when first asked for */
    struct class {
        uint64_t key, gate;
    } class[CLASSES]; /* threshold functions of up to four inputs, by their key */
    uint16_t gate[5][65536];
    unsigned char asked[5][65536]; /* whether gate is known */
    struct known {
        uint64_t f;
        unsigned char inputs, is; /* 1 + its inputs; 0: nothing was asked */
    } known[SLOTS];               /* what was asked last */
};

static bool unate(uint64_t f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t a = tc_table_cofactor(f, n, i, false), b = tc_table_cofactor(f, n, i, true);

        if (a & ~b && b & ~a)
            return false;
    }
    return true;
}

static struct class *find(struct tc_tables *t, uint64_t key)
{
    size_t at = key % CLASSES;

    while (t->class[at].key && t->class[at].key != key)
        at = (at + 1) % CLASSES;
    return &t->class[at];
}

/* The smaller table first, so that where there is a choice it is always the same. */
static void classes(struct tc_tables *t, unsigned n)
{
    for (uint64_t f = 1; f < (uint64_t)1 << (1u << n); f++) {
        struct tc_threshold w;
        struct class *c;
        uint64_t key;

        if (!unate(f, n) || !(key = key_of(f, n)))
            continue;
        c = find(t, key);
        if (!c->key && tc_threshold_find(&f, n, &w))
            *c = (struct class){key, f};
    }
}

struct tc_tables *tc_tables_new(void)
{
    struct tc_tables *t = tc_xcalloc(1, sizeof *t);

    for (unsigned n = 2; n <= 4; n++)
        classes(t, n);
    return t;
}

void tc_tables_free(struct tc_tables *t)
{
    free(t->step);
    free(t);
}

/* inputs i and i + 1 of f in each other's place */
static uint64_t exchange(uint64_t f, unsigned i)
{
    uint64_t low = variable[i] & ~variable[i + 1]; /* x_i = 1, x_(i + 1) = 0 */
    unsigned shift = 1u << i;                      /* from there to 0, 1 */
    uint64_t differ = (f ^ f >> shift) & low;

    return f ^ differ ^ differ << shift;
}

/* A monotone function of n inputs, ordered by how often f is 1 with them, is in *f.  False if f
 * is not unate, or if an input cannot always take the place of the one behind it: then f is no
 * threshold function, since of such the order is that of weights. */
static bool regular(uint64_t *f, unsigned n)
{
    int ones[6];

    for (unsigned i = 0; i < n; i++) {
        uint64_t v = variable[i], one = (*f & v) >> (1u << i), zero = *f & ~v & tc_table_mask(n);

        if (one & ~zero && zero & ~one)
            return false;
        if (zero & ~one)
            *f = zero << (1u << i) | one;
        ones[i] = __builtin_popcountll(*f & v);
    }
    for (unsigned k = 1; k < n; k++)
        for (unsigned i = k; i > 0 && ones[i - 1] < ones[i]; i--) {
            int swap = ones[i];

            ones[i] = ones[i - 1];
            ones[i - 1] = swap;
            *f = exchange(*f, i - 1);
        }
    for (unsigned i = 0; i + 1 < n; i++) {
        uint64_t first = variable[i] & ~variable[i + 1];

        if ((*f >> (1u << i)) & ~*f & first)
            return false;
    }
    return true;
}

/* What is asked is kept by the regular function, of which there are few. */
bool tc_table_is_threshold(struct tc_tables *t, uint64_t f, unsigned n)
{
    struct tc_threshold w;
    struct known *k;

    if (!regular(&f, n))
        return false;
    k = &t->known[(f * 0x9e3779b97f4a7c15 >> 40 ^ n) % SLOTS];
    if (k->f != f || k->inputs != n + 1)
        *k = (struct known){f, (unsigned char)(n + 1), tc_threshold_find(&f, n, &w)};
    return k->is;
}

uint64_t tc_table_gate(struct tc_tables *t, uint64_t f, unsigned n)
{
    if (n > 4) {
        if (!tc_table_is_threshold(t, f, n))
            return 0;
        return f & 1 ? ~f & tc_table_mask(n) : f; /* one gate for a function and its complement */
    }
    if (!t->asked[n][f]) {
        uint64_t key = key_of(f, n), gate = key ? find(t, key)->gate : 0;
        struct tc_affine_of a;

        t->asked[n][f] = 1;
        t->gate[n][f] = (uint16_t)(gate && tc_table_affine(f, gate, n, &a) ? gate : 0);
    }
    return t->gate[n][f];
}

/* -------------------------------------------------------------------- steps */

static struct step *find_step(struct tc_tables *t, uint32_t above, uint32_t zero, unsigned m)
{
    uint64_t h = (above * UINT64_C(0x9e3779b97f4a7c15) ^ zero) * UINT64_C(0xff51afd7ed558ccd) + m;
    size_t at = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 49;
    const struct step *s;

    for (;; at = (at + 1) % STEPS) {
        s = &t->step[at];
        if (!s->zero || (s->above == above && s->zero == zero && s->m == (int)m))
            return &t->step[at];
    }
}

/* all forms of m inputs with these weights that are 0 somewhere; what is there stays */
static void put_steps(struct tc_tables *t, const int8_t *weight, unsigned m)
{
    int sum[32] = {0};

    for (unsigned i = 0; i < m; i++)
        for (unsigned x = 0; x < 1u << i; x++)
            sum[x + (1u << i)] = sum[x] + weight[i];
    for (unsigned at = 0; at < 1u << m; at++) {
        uint32_t above = 0, zero = 0;
        struct step *s;

        for (unsigned x = 0; x < 1u << m; x++) {
            above |= (uint32_t)(sum[x] > sum[at]) << x;
            zero |= (uint32_t)(sum[x] == sum[at]) << x;
        }
        s = find_step(t, above, zero, m);
        if (s->zero)
            continue;
        *s = (struct step){above, zero, (int8_t)m, {0}, (int8_t)-sum[at]};
        memcpy(s->weight, weight, m);
    }
}

/* weights in the order of their greatest, from 1 on, so that small ones come first */
static void make_steps(struct tc_tables *t)
{
    t->step = tc_xcalloc(STEPS, sizeof *t->step);
    for (unsigned m = 1; m <= 5; m++)
        for (int most = 1; most <= (m < 5 ? 4 : 2); most++) {
            int8_t w[5] = {0};
            unsigned i = 0;

            memset(w, -most, m);
            while (i < m) {
                bool greatest = false, none = false;

                for (i = 0; i < m; i++) {
                    greatest = greatest || abs(w[i]) == most;
                    none = none || !w[i];
                }
                if (greatest && !none)
                    put_steps(t, w, m);
                for (i = 0; i < m && w[i] == most; i++)
                    w[i] = (int8_t)-most;
                if (i < m)
                    w[i]++;
            }
        }
}

bool tc_table_step(struct tc_tables *t, uint64_t f, unsigned n, unsigned c, struct tc_step_of *to)
{
    uint64_t off = tc_table_cofactor(f, n, c, false), on = tc_table_cofactor(f, n, c, true);
    const struct step *s;
    uint64_t above = tc_table_drop(on & off, n, c), zero = tc_table_drop(on ^ off, n, c);

    if ((on & ~off && off & ~on) || n < 2)
        return false;
    if (!t->step)
        make_steps(t);
    s = find_step(t, (uint32_t)above, (uint32_t)zero, n - 1);
    if (!s->zero)
        return false;
    *to = (struct tc_step_of){.constant = s->constant, .turned = (off & ~on) != 0};
    to->lo = to->hi = s->constant;
    for (unsigned i = 0, k = 0; i < n; i++) {
        if (i == c)
            continue;
        to->weight[i] = s->weight[k++];
        to->lo += to->weight[i] < 0 ? to->weight[i] : 0;
        to->hi += to->weight[i] > 0 ? to->weight[i] : 0;
    }
    return true;
}
