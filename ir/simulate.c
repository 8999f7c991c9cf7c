/* simulate.c -- a netlist run gate by gate, many vectors at once
 *
 * Values are bit-sliced: a wire is a block of lanes, one bit a vector.  The
 * weighted sum of a row is added in columns, one for each power of two: an
 * edge goes into the columns of its weight's signed digits (as a non-adjacent
 * form, the fewest there are), complemented where a digit is -1, which adds a
 * constant to the threshold:  -2^k x = 2^k (1 - x) - 2^k.  Full adders turn
 * three bits of a column into one of it and one of the next, so an edge costs
 * about one full adder a digit for all lanes of the block together, and
 * weights of any size are exact.  The binary sum is then compared with each
 * threshold of the row, one operation a bit.
 *
 * Which edges go into which column is a plan.  It depends on weights alone,
 * and the rows of a bank have the same few weights, so plans are kept.  Long
 * rows are cut into pieces with a plan each.
 *
 * The rows are run over 512 lanes at a time, or 64 where there are few
 * vectors, so memory is one block a wire whatever the number of vectors. */
#include "ir.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define WIDE       8                   /* words of a wide block */
#define WIDE_BYTES ((uint64_t)1 << 32) /* wide blocks only if values fit into this */
#define PIECE      512                 /* edges that a plan is made for, at most */
#define PLAN_SLOTS 4096                /* half of them plans, before all are dropped */
#define PLAN_BYTES ((size_t)1 << 28)   /* likewise */
#define SIMPLE     8                   /* edges of an AND or OR that needs no plan */

typedef uint64_t wide __attribute__((vector_size(8 * WIDE)));

struct plan {
    size_t n; /* edges */
    tc_weight *weight;
    unsigned ncolumn;
    uint32_t *first;   /* column k adds entry[first[k]..first[k + 1][: */
    uint16_t *entry;   /* twice the edge, and 1 more if complemented */
    uint128 offset;    /* what complements add to thresholds, */
    mpz_t offset_big;  /* and those of big weights */
    struct plan *next; /* the one used after this, last time */
};

struct run {
    const struct tc_netlist *netlist;
    void *value;    /* a block a wire */
    void *scratch;  /* blocks, for struct columns */
    uint8_t *count; /* ncolumn */
    size_t ncolumn; /* more than any sum has bits */
    size_t nbig;
    mpz_t *plus, *minus; /* signed digits of the netlist's big weights */
    mpz_t offset, bound;
    struct plan *plan[PLAN_SLOTS]; /* a hash table */
    struct plan *last, none;
    size_t nplan, plan_bytes;
};

/* w = plus - minus, no two set bits of plus | minus adjacent */
static inline void digits(int64_t w, uint64_t *plus, uint64_t *minus)
{
    uint64_t u = w < 0 ? -(uint64_t)w : (uint64_t)w, half = u >> 1, sum = u + half;
    uint64_t odd = half ^ sum;

    *plus = w < 0 ? half & odd : sum & odd;
    *minus = w < 0 ? sum & odd : half & odd;
}

static void digits_big(mpz_srcptr w, mpz_ptr plus, mpz_ptr minus)
{
    mpz_t u, half, sum, odd;

    mpz_inits(u, half, sum, odd, NULL);
    mpz_abs(u, w);
    mpz_tdiv_q_2exp(half, u, 1);
    mpz_add(sum, u, half);
    mpz_xor(odd, half, sum);
    mpz_and(mpz_sgn(w) < 0 ? minus : plus, sum, odd);
    mpz_and(mpz_sgn(w) < 0 ? plus : minus, half, odd);
    mpz_clears(u, half, sum, odd, NULL);
}

static inline void set_uint128(mpz_ptr z, uint128 v)
{
    mpz_set_ui(z, (unsigned long)(v >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)(uint64_t)v);
}

static inline unsigned trailing_zeros(uint128 v)
{
    uint64_t low = (uint64_t)v, high = (uint64_t)(v >> 64);

    return low ? (unsigned)__builtin_ctzll(low) : high ? 64 + (unsigned)__builtin_ctzll(high) : 128;
}

/* how many of the n low bits agree from the top, n < 64 */
static inline unsigned common_prefix(uint64_t a, uint64_t b, unsigned n)
{
    uint64_t differ = a ^ b;

    return differ ? n - (64 - (unsigned)__builtin_clzll(differ)) : n;
}

/* -------------------------------------------------------------------- plans */

static void plan_free(struct plan *p)
{
    if (!p)
        return;
    mpz_clear(p->offset_big);
    free(p->weight);
    free(p->first);
    free(p->entry);
    free(p);
}

static void plans_drop(struct run *s)
{
    for (size_t i = 0; i < PLAN_SLOTS; i++) {
        plan_free(s->plan[i]);
        s->plan[i] = NULL;
    }
    s->none.next = NULL;
    s->last = &s->none;
    s->nplan = s->plan_bytes = 0;
}

static bool plan_fits(const struct plan *p, const tc_weight *weight, size_t n)
{
    return p->n == n && memcmp(p->weight, weight, n * sizeof *weight) == 0;
}

/* an edge into a column; only counted while there are no entries */
static void plan_digit(struct plan *p, size_t column, size_t edge, bool minus)
{
    if (p->entry)
        p->entry[p->first[column]] = (uint16_t)(2 * edge + minus);
    p->first[column]++;
}

static void plan_edges(const struct run *s, struct plan *p)
{
    for (size_t e = 0; e < p->n; e++) {
        tc_weight w = p->weight[e];
        uint64_t digit[2];

        if (tc_weight_is_big(w)) {
            mpz_srcptr z[] = {s->plus[tc_weight_index(w)], s->minus[tc_weight_index(w)]};

            for (unsigned i = 0; i < 2; i++)
                for (mp_bitcnt_t k = mpz_scan1(z[i], 0); k != ~(mp_bitcnt_t)0;
                     k = mpz_scan1(z[i], k + 1))
                    plan_digit(p, k, e, i);
            continue;
        }
        digits(w, &digit[0], &digit[1]);
        for (unsigned i = 0; i < 2; i++)
            for (; digit[i]; digit[i] &= digit[i] - 1)
                plan_digit(p, (unsigned)__builtin_ctzll(digit[i]), e, i);
    }
}

static struct plan *plan_make(struct run *s, const tc_weight *weight, size_t n)
{
    struct plan *p = tc_xcalloc(1, sizeof *p);
    size_t columns = 63; /* of small weights */
    uint32_t total = 0;

    mpz_init(p->offset_big);
    p->n = n;
    p->weight = tc_xcalloc(n, sizeof *weight);
    memcpy(p->weight, weight, n * sizeof *weight);
    for (size_t e = 0; e < n; e++) {
        if (tc_weight_is_big(weight[e])) {
            mpz_add(p->offset_big, p->offset_big, s->minus[tc_weight_index(weight[e])]);
            columns = s->ncolumn;
        } else {
            uint64_t plus, minus;

            digits(weight[e], &plus, &minus);
            p->offset += minus;
        }
    }
    p->first = tc_xcalloc(columns + 1, sizeof *p->first);
    plan_edges(s, p);
    for (size_t k = 0; k <= columns; k++) { /* how many to where they begin */
        uint32_t count = p->first[k];

        p->first[k] = total;
        total += count;
        if (count)
            p->ncolumn = (unsigned)k + 1;
    }
    p->entry = tc_xcalloc(total, sizeof *p->entry);
    plan_edges(s, p); /* leaves each column's beginning at its end */
    memmove(p->first + 1, p->first, columns * sizeof *p->first);
    p->first[0] = 0;
    s->plan_bytes += n * sizeof *weight + columns * sizeof *p->first + total * sizeof *p->entry;
    return p;
}

/* The plan for some weights: most often the one that followed last time. */
static struct plan *plan_find(struct run *s, const tc_weight *weight, size_t n)
{
    struct plan *p = s->last->next;
    uint64_t h = n;
    size_t slot;

    if (p && plan_fits(p, weight, n)) {
        s->last = p;
        return p;
    }
    if (s->nplan > PLAN_SLOTS / 2 || s->plan_bytes > PLAN_BYTES)
        plans_drop(s);
    for (size_t e = 0; e < n; e++)
        h = (h ^ (uint64_t)weight[e]) * 0x9e3779b97f4a7c15;
    slot = h >> 32 & (PLAN_SLOTS - 1);
    while (s->plan[slot] && !plan_fits(s->plan[slot], weight, n))
        slot = (slot + 1) & (PLAN_SLOTS - 1);
    if (!s->plan[slot]) {
        s->plan[slot] = plan_make(s, weight, n);
        s->nplan++;
    }
    s->last->next = s->plan[slot];
    s->last = s->plan[slot];
    return s->last;
}

/* --------------------------------------------------------------------- rows */

#define FN_INLINE static inline __attribute__((always_inline))

#define LANES    uint64_t
#define FN(name) name##_narrow
#define FN_ENTRY
#include "simulate.inc"
#undef FN_ENTRY

/* the widest vectors that the machine has, chosen when the program starts */
#if defined(__x86_64__) && defined(__GLIBC__) && __has_attribute(target_clones)
#define FN_ENTRY __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FN_ENTRY
#endif
#define LANES    wide
#define FN(name) name##_wide
#include "simulate.inc"
#undef FN_ENTRY

/* words [word..word + width[ of a row of bit-sliced values, in or out */
static void load(struct run *s, const uint64_t *in, size_t words, size_t word, size_t width,
                 size_t block)
{
    uint64_t *value = s->value;

    for (size_t w = 0; w < s->netlist->ninputs; w++)
        for (size_t k = 0; k < block; k++)
            value[w * block + k] = k < width ? in[w * words + word + k] : 0;
}

static void store(const struct run *s, uint64_t *out, size_t words, size_t word, size_t width,
                  size_t block)
{
    const uint64_t *value = s->value;

    for (size_t o = 0; o < s->netlist->noutputs; o++)
        for (size_t k = 0; k < width; k++)
            out[o * words + word + k] = value[s->netlist->output[o] * block + k];
}

static void run_open(struct run *s, const struct tc_netlist *nl)
{
    size_t bits = 64;

    *s = (struct run){.netlist = nl, .nbig = nl->nbig};
    s->plus = tc_xcalloc(nl->nbig, sizeof *s->plus);
    s->minus = tc_xcalloc(nl->nbig, sizeof *s->minus);
    for (size_t i = 0; i < nl->nbig; i++) {
        mpz_inits(s->plus[i], s->minus[i], NULL);
        digits_big(nl->big[i], s->plus[i], s->minus[i]);
        if (mpz_sizeinbase(nl->big[i], 2) + 1 > bits)
            bits = mpz_sizeinbase(nl->big[i], 2) + 1;
    }
    mpz_inits(s->offset, s->bound, NULL);
    s->ncolumn = bits + 64; /* a row has fewer than 2^63 edges */
    s->last = &s->none;
    s->count = tc_xcalloc(s->ncolumn, 1);
}

static void run_close(struct run *s)
{
    plans_drop(s);
    for (size_t i = 0; i < s->nbig; i++)
        mpz_clears(s->plus[i], s->minus[i], NULL);
    mpz_clears(s->offset, s->bound, NULL);
    free(s->plus);
    free(s->minus);
    free(s->count);
}

static void *aligned_blocks(size_t count, size_t block)
{
    size_t bytes = 8 * block;
    void *p;

    if (__builtin_mul_overflow(count ? count : 1, bytes, &count))
        return tc_xcalloc(SIZE_MAX, 2); /* does not return */
    p = aligned_alloc(64, (count + 63) / 64 * 64);
    return p ? p : tc_xcalloc(SIZE_MAX, 2);
}

bool tc_netlist_run(const struct tc_netlist *nl, const uint64_t *in, uint64_t *out, size_t words,
                    struct tc_error *err)
{
    size_t wires = (size_t)nl->ninputs + nl->ngates, block, width;
    bool narrow = words < WIDE / 2 || wires > WIDE_BYTES / (8 * WIDE);
    struct run s;

    (void)err;
    run_open(&s, nl);
    block = narrow ? 1 : WIDE;
    s.value = aligned_blocks(wires, block);
    s.scratch = aligned_blocks(5 * s.ncolumn + 4 * PIECE, block);
    tc_progress_start("running gates", (double)nl->nrows * (double)((words + block - 1) / block));
    for (size_t word = 0; word < words; word += block) {
        double done = (double)(word / block) * nl->nrows;

        width = words - word < block ? words - word : block;
        load(&s, in, words, word, width, block);
        if (narrow)
            rows_narrow(&s, done);
        else
            rows_wide(&s, done);
        store(&s, out, words, word, width, block);
    }
    tc_progress_end();
    free(s.value);
    free(s.scratch);
    run_close(&s);
    return true;
}
