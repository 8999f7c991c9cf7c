/* sums of floats by cut gaps, whatever -O would take: family and netlist against GMP and the
 * reference
 *
 * All vectors of tiny formats; then terms in chains of gaps beside the bound, with pairs and
 * clusters that cancel, and results at both ends of the range.  N scales the random ones. */
#include "check_main.h"
#include "many_case.h"

#include <stdlib.h>
#include <string.h>

#define BATCH      4096u
#define MOST_WIRES 1200000ul /* of a netlist that is run */
#define MOST_TERMS 8

/* the second takes two layers more where that saves gates */
static const struct tc_options options[] = {
    {.level = TC_LEVEL_2, .regime = TC_REGIME_ARITHMETIC},
    {.level = TC_LEVEL_SIZE, .regime = TC_REGIME_ARITHMETIC},
};

struct sum {
    struct tc_prim prim;
    struct tc_prim_circuit family, netlist;
    const char *format;
    unsigned n, gap;
    struct tc_random r;
    uint64_t *in, *out, *want;
    unsigned long vectors;
};

/* ---------------------------------------------------------------------- circuits */

static void open_sum(struct sum *s, const char *format, unsigned n, bool size, uint64_t *constant,
                     unsigned nconst)
{
    struct tc_args args = {.spec = "sum", .format = format, .terms = n, .has_terms = true};
    struct tc_error err = {0};
    unsigned log = 0;

    memset(s, 0, sizeof *s);
    ck_assert_msg(tc_prim_open(&args, &s->prim, &err), "%s", err.msg);
    s->prim.options = &options[size];
    s->prim.constant = constant;
    s->prim.nconst = nconst;
    s->prim.noperand -= nconst;
    s->format = format;
    s->n = n;
    while ((1u << log) < n)
        log++;
    s->gap = 2 * s->prim.format.p + log + 1;
    many_open(&s->prim, FL_CUT_GAPS, 0, size ? 9 : 7, MOST_WIRES, &s->family, &s->netlist);
    s->in = tc_xcalloc((size_t)BATCH * n, sizeof *s->in);
    s->out = tc_xcalloc(BATCH, sizeof *s->out);
    s->want = tc_xcalloc(BATCH, sizeof *s->want);
    tc_random_seed(&s->r, 1000 * n + s->prim.format.p);
}

static void close_sum(struct sum *s)
{
    if (s->vectors)
        printf("%s, %u terms, depth %u: %lu vectors%s\n", s->format, s->n,
               s->family.compiled.count.depth, s->vectors,
               s->netlist.netlist ? ", also as a netlist" : "");
    fflush(stdout);
    many_close(&s->family, &s->netlist);
    free(s->in);
    free(s->out);
    free(s->want);
}

/* --------------------------------------------------------------------- by definition */

/* the word of the number nearest to v 2^low, of formats named float: one zero, saturation,
 * and the tie of the half of the least number goes to 0 */
static uint64_t rounded(const struct tc_format *f, const mpz_t v)
{
    uint64_t b = (uint64_t)1 << (f->p - 1), q;
    int64_t field = (int64_t)mpz_sizeinbase(v, 2) - (int64_t)f->p + 1;
    bool minus = mpz_sgn(v) < 0, up;
    mpz_t m;

    mpz_init(m);
    mpz_abs(m, v);
    if (field < 1) {
        q = mpz_cmp_ui(m, b / 2) > 0 ? b : 0;
        field = q ? 1 : 0;
    } else {
        mp_bitcnt_t s = (mp_bitcnt_t)(field - 1);

        up = s && mpz_tstbit(m, s - 1) && (mpz_tstbit(m, s) || mpz_scan1(m, 0) < s - 1);
        mpz_fdiv_q_2exp(m, m, s);
        q = mpz_get_ui(m) + up;
        if (q == 2 * b) {
            q = b;
            field++;
        }
    }
    mpz_clear(m);
    if (field > f->top) {
        field = f->top;
        q = 2 * b - 1;
    }
    q = field ? (uint64_t)field * b + (q - b) : 0;
    return q | (minus && q ? (uint64_t)1 << (f->p + f->q - 1) : 0);
}

static uint64_t defined(const struct sum *s, const uint64_t *in)
{
    const struct tc_format *f = &s->prim.format;
    uint64_t b = (uint64_t)1 << (f->p - 1), sign = (uint64_t)1 << (f->p + f->q - 1), r;
    mpz_t v, x;

    mpz_init(v);
    mpz_init(x);
    for (unsigned i = 0; i < s->n; i++) {
        uint64_t key = in[i] & (sign - 1);

        if (!key)
            continue;
        mpz_set_ui(x, b + key % b);
        mpz_mul_2exp(x, x, (mp_bitcnt_t)(key / b - 1));
        if (in[i] & sign)
            mpz_sub(v, v, x);
        else
            mpz_add(v, v, x);
    }
    r = rounded(f, v);
    mpz_clear(v);
    mpz_clear(x);
    return r;
}

static bool is_plain(const struct sum *s)
{
    return !strncmp(s->format, "float", 5);
}

/* what the batch should give: both definitions of plain formats, if asked */
static void define(struct sum *s, unsigned n, bool both)
{
    struct tc_prim_circuit reference = {.prim = &s->prim, .engine = TC_ENGINE_REFERENCE};
    struct tc_error err = {0};

    if (both || !is_plain(s))
        tc_prim_run(&reference, s->in, s->want, n, &err);
    for (unsigned v = 0; v < n && is_plain(s) && !s->prim.nconst; v++) {
        uint64_t r = defined(s, s->in + (size_t)v * s->n);

        if (both)
            ck_assert_uint_eq(s->want[v], r);
        s->want[v] = r;
    }
}

static void compare(struct sum *s, const struct tc_prim_circuit *c, unsigned n)
{
    struct tc_error err = {0};

    ck_assert_msg(tc_prim_run(c, s->in, s->out, n, &err), "%s", err.msg);
    for (unsigned v = 0; v < n; v++) {
        char text[400] = "";

        if (s->out[v] == s->want[v])
            continue;
        for (unsigned i = 0; i < s->prim.noperand; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), " %llx",
                     (unsigned long long)s->in[v * s->prim.noperand + i]);
        ck_abort_msg("%s, %u terms: the sum of words%s is %llx, wanted %llx", s->format, s->n, text,
                     (unsigned long long)s->out[v], (unsigned long long)s->want[v]);
    }
}

static void check_batch(struct sum *s, unsigned n, bool both, bool netlist)
{
    define(s, n, both);
    compare(s, &s->family, n);
    if (netlist && s->netlist.netlist)
        compare(s, &s->netlist, n);
    s->vectors += n;
}

/* ----------------------------------------------------------------------- all vectors */

/* word k of those that mean something; ftz has infinite results alone */
static bool word_of(const struct tc_format *f, uint64_t k, uint64_t *word)
{
    uint64_t last = (uint64_t)1 << (f->p + f->q);
    mpz_t w;
    mpq_t x;
    bool minus;

    mpz_init(w);
    mpq_init(x);
    for (*word = 0; *word < last; ++*word) {
        enum tc_class class;

        mpz_set_ui(w, *word);
        class = tc_format_decode(f, w, x, &minus);
        if (class == TC_NO_CODE || (class == TC_INFINITE && !f->nan))
            continue;
        if (!k--)
            break;
    }
    mpz_clear(w);
    mpq_clear(x);
    return *word < last;
}

static void all_vectors(const char *format, unsigned n, bool size)
{
    struct sum s;
    uint64_t word[512], at[MOST_TERMS] = {0}, words = 0;
    unsigned fill = 0, i = 0;

    open_sum(&s, format, n, size, NULL, 0);
    while (words < 512 && word_of(&s.prim.format, words, &word[words]))
        words++;
    ck_assert(words < 512);
    while (i < n) {
        for (unsigned k = 0; k < n; k++)
            s.in[fill * n + k] = word[at[k]];
        if (++fill == BATCH) {
            check_batch(&s, fill, false, s.vectors < 4 * BATCH);
            fill = 0;
        }
        for (i = 0; i < n && ++at[i] == words; i++)
            at[i] = 0;
    }
    check_batch(&s, fill, true, true);
    close_sum(&s);
}

START_TEST(pairs)
{
    static const char *const format[] = {"float:2", "float:2,-16,15", "float:3", "float:3,-4,2",
                                         "ftz:3,3", "ieee:3,3",       "e4m3",    "ieee:2,4"};

    all_vectors(format[_i / 2], 2, _i % 2);
}
END_TEST

START_TEST(triples)
{
    static const char *const format[] = {"float:2", "float:2,-7,5", "ftz:2,3", "ieee:2,3"};

    all_vectors(format[_i / 2], 3, _i % 2);
}
END_TEST

/* ------------------------------------------------------------------- random vectors */

static uint64_t below(struct sum *s, uint64_t n)
{
    return tc_random_below(&s->r, n);
}

/* a significand that sums end in, or any */
static uint64_t digits(struct sum *s)
{
    uint64_t b = (uint64_t)1 << (s->prim.format.p - 1);

    switch (below(s, 8)) {
    case 0:
    case 1:
        return b;
    case 2:
        return b + 1;
    case 3:
        return 2 * b - 1;
    case 4:
        return 2 * b - 2;
    case 5:
        return b + b / 2;
    default:
        return b + below(s, b);
    }
}

static uint64_t make(struct sum *s, int64_t field, uint64_t m, bool minus)
{
    const struct tc_format *f = &s->prim.format;
    uint64_t b = (uint64_t)1 << (f->p - 1), key;

    if (field > f->top)
        field = f->top;
    if (field < 0)
        field = 0;
    key = (uint64_t)field * b + (m & (b - 1));
    if (!field && f->underflow != TC_GRADUAL)
        key = 0;
    return key | (minus && (key || f->signed_zero) ? (uint64_t)1 << (f->p + f->q - 1) : 0);
}

/* distances of neighbours in the order of exponents */
static int64_t distance(struct sum *s)
{
    int64_t g = s->gap, p = s->prim.format.p;
    const int64_t d[] = {0, 0, 1, 1, 2, p - 1, p, p + 1, 2 * p, g - 2, g - 1, g, g + 1, g + 7};

    if (below(s, 12) == 0)
        return (int64_t)below(s, (uint64_t)s->prim.format.top);
    return d[below(s, sizeof d / sizeof *d)];
}

/* from the top, the bottom, or anywhere */
static int64_t first_field(struct sum *s)
{
    int64_t top = s->prim.format.top;

    switch (below(s, 4)) {
    case 0:
        return top - (int64_t)below(s, 3);
    case 1:
        return (int64_t)below(s, 4) + (int64_t)below(s, s->gap);
    default:
        return (int64_t)below(s, (uint64_t)top + 1);
    }
}

static void chain(struct sum *s, uint64_t *x)
{
    int64_t field = first_field(s);

    for (unsigned i = 0; i < s->n; i++) {
        x[i] = make(s, field, digits(s), below(s, 2));
        field -= distance(s);
    }
}

/* -x, or a neighbour of it, or the half or the double; for some of the terms */
static void cancel(struct sum *s, uint64_t *x)
{
    uint64_t b = (uint64_t)1 << (s->prim.format.p - 1), sign = b << s->prim.format.q;

    for (unsigned i = 1; i < s->n; i++) {
        uint64_t of = x[below(s, i)], key = of & (sign - 1), m = b + key % b;
        int64_t field = (int64_t)(key / b) + (below(s, 3) ? 0 : (int64_t)below(s, 3) - 1);

        if (below(s, 2))
            continue;
        if (below(s, 3) == 0)
            m += below(s, 2) ? 1 : b - 1;
        x[i] = make(s, field, m, !(of & sign));
    }
}

/* two halves of a term taken from it, each at another place */
static void halves(struct sum *s, uint64_t *x)
{
    uint64_t b = (uint64_t)1 << (s->prim.format.p - 1), sign = b << s->prim.format.q;
    uint64_t key = x[0] & (sign - 1);

    if (s->n < 3)
        return;
    x[1] = x[2] = make(s, (int64_t)(key / b) - 1, key, !(x[0] & sign));
}

/* an infinity or NaN, where there are any */
static uint64_t special(struct sum *s)
{
    const struct tc_format *f = &s->prim.format;

    if (!f->nan)
        return make(s, f->top, digits(s), below(s, 2));
    return ((uint64_t)tc_format_last_key(f) + 1 + (f->infinity && below(s, 4) == 0)) |
           (below(s, 2) ? (uint64_t)1 << (f->p + f->q - 1) : 0);
}

static void next(struct sum *s, uint64_t *x)
{
    uint64_t way = below(s, 16);

    chain(s, x);
    if (way == 0) /* all 0, or all but one */
        for (unsigned i = 0; i < s->n; i++)
            x[i] = i == s->n - 1 && below(s, 2) ? x[i] : make(s, 0, 0, below(s, 2));
    else if (way == 1)
        for (unsigned i = 0; i < 1 + below(s, 2); i++)
            x[below(s, s->n)] = special(s);
    else if (way < 4)
        halves(s, x);
    else if (way < 10)
        cancel(s, x);
    else if (way < 12) /* zeros among them */
        x[below(s, s->n)] = make(s, 0, 0, below(s, 2));
    for (unsigned i = s->n - 1; i; i--) { /* in any order */
        uint64_t k = below(s, i + 1), t = x[i];

        x[i] = x[k];
        x[k] = t;
    }
}

static unsigned long scaled(unsigned long n)
{
    const char *text = getenv("N");

    return text ? n * strtoul(text, NULL, 10) : is_fast() ? n / 4 : n;
}

static void random_vectors(const char *format, unsigned n, bool size, unsigned long vectors)
{
    struct sum s;

    open_sum(&s, format, n, size, NULL, 0);
    while (s.vectors < vectors) {
        unsigned m = vectors - s.vectors < BATCH ? (unsigned)(vectors - s.vectors) : BATCH;

        for (unsigned v = 0; v < m; v++)
            next(&s, s.in + (size_t)v * n);
        check_batch(&s, m, s.prim.format.q <= 18, s.vectors < BATCH);
    }
    close_sum(&s);
}

START_TEST(plain)
{
    static const unsigned n[] = {1, 2, 3, 4, 6};
    unsigned share = n[_i / 2] * n[_i / 2]; /* of what the circuits take */

    random_vectors("float:2,-40,40", n[_i / 2], _i % 2, scaled(16000 / share));
    random_vectors("float:4,-100,100", n[_i / 2], _i % 2, scaled(16000 / share));
    random_vectors("float:8", n[_i / 2], _i % 2, scaled(8000 / share));
    random_vectors("float:12", n[_i / 2], _i % 2, scaled(2500 / share));
    if (n[_i / 2] < 6)
        random_vectors("float:16", n[_i / 2], _i % 2, scaled(600 / share));
}
END_TEST

START_TEST(others)
{
    static const unsigned n[] = {2, 3, 5};

    random_vectors("ieee:3,6", n[_i / 2], _i % 2, scaled(4000));
    random_vectors("ftz:3,6", n[_i / 2], _i % 2, scaled(4000));
    random_vectors("ieee:5,8", n[_i / 2], _i % 2, scaled(2000));
    random_vectors("e5m2", n[_i / 2], _i % 2, scaled(2000));
}
END_TEST

/* the last terms are constants */
START_TEST(constants)
{
    static const char *const format[] = {"float:3,-20,20", "ieee:3,5", "ftz:3,5"};

    for (unsigned again = 0; again < 12; again++) {
        struct sum s, made;
        uint64_t constant[MOST_TERMS];
        unsigned n = 2 + again % 4, fixed = 1 + again % (n - 1);

        open_sum(&made, format[_i], n, false, NULL, 0);
        for (unsigned k = 0; k <= again; k++)
            next(&made, made.in);
        memcpy(constant, made.in, fixed * sizeof *constant);
        open_sum(&s, format[_i], n, again % 2, constant, fixed);
        for (unsigned v = 0; v < 500; v++) {
            next(&made, made.in);
            memcpy(s.in + (size_t)v * (n - fixed), made.in, (n - fixed) * sizeof *s.in);
        }
        check_batch(&s, 500, true, true);
        close_sum(&s);
        close_sum(&made);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cluster");
    TCase *c = tcase_create("all");

    tcase_set_timeout(c, 600);
    tcase_add_loop_test(c, pairs, 0, 16);
    tcase_add_loop_test(c, triples, 0, 8);
    tcase_add_loop_test(c, plain, 0, 10);
    tcase_add_loop_test(c, others, 0, 6);
    tcase_add_loop_test(c, constants, 0, 3);
    suite_add_tcase(suite, c);
    return check_status(suite);
}
