/* rope.c -- rotation entries as computed tables
 *
 * An entry is the integer nearest to 2^f cos(p theta) or 2^f sin(p theta), theta
 * = B^(-2l/D), saturated to b bits.  It is correctly rounded, always: B is
 * rational, so theta is algebraic and not 0, and by Lindemann and Weierstrass
 * the sine and cosine of p theta, p not 0, are transcendental.  They are never
 * half-way between two integers over 2^f, so computing with more and more
 * digits (Ziv) decides every entry; p = 0 is exact.
 *
 * One entry (`exact`).  theta is kept as an integer T with |T - theta 2^K| < 2:
 * for K = 256 it is computed with K + 128 bits, log B <= 45 in absolute value
 * to a relative 2^-(K+127), hence theta to a relative 2^-(K+118), and theta <
 * 2^64.  The angle p T / 2^K is taken exactly; it is wrong by less than
 * 2^63 * 2^(1-K), and so is its cosine, which is then rounded to K - 128 bits:
 * |error| < 2^(64-K) + 2^(128-K) < 2^(129-K).  If both ends of that interval
 * round alike, so does the truth; otherwise K is doubled.
 *
 * Many entries along p (`row`), in double precision, u = 2^-53.  Position
 * start + step (256 a + b) is reached by two rotations: from the start's angle
 * by one of 256 big steps, then by one of 256 small ones.  Start and both
 * tables hold correctly rounded components of magnitude at most 1 (from 64
 * bits or more, so beside u/2 the double rounding and the errors above add
 * less than u/1000): as vectors they are within u/sqrt(2) + u/700 < 0.709 u of
 * the circle's points.  A rotation computes fl(fl(x c) - fl(y s)) and the like:
 * three roundings, together at most (2 + 4u) u (|x c| + |y s|) <= 2.01 u by
 * Cauchy and Schwarz, fused or not.  After the big step a component is wrong
 * by at most (0.709 + 0.709 + 2.01) u < 3.43 u and the vector by less than
 * 4.86 u; after the small one a component by at most (4.86 + 0.709 + 2.01) u <
 * 7.59 u (products of errors are below u/1000).  So |error| < 8u = 2^-50.
 * Scaled by 2^f (exactly, before the small step), the distance of a value to
 * the nearest integer is exact in double; entries at most 1/2 - 2^(f-50) away
 * are right, and the others, about 2^(f-49) of them, are computed by `exact`. */
#include "compiler.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <mpfr.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53, "the error bound is for IEEE double");

enum {
    SMALL = 256, /* small rotations, and big ones */
    SPAN = SMALL * SMALL,
    SLOTS = 256,        /* pairs whose rotations are kept */
    FEW = 24,           /* so many entries are not worth making rotations for */
    FAST_FRACTION = 40, /* above it, too many entries would be near a midpoint */
    KEPT = 256,         /* bits of fraction of a slot's theta */
};

struct rotations {
    double small_c[SMALL], small_s[SMALL];
    double big_c[SMALL], big_s[SMALL];
};

/* What is kept for a pair l: its angle, and rotations by multiples of step.
 * A cache that is filled in while reading, so eval is not for two threads. */
struct slot {
    int64_t l, step;
    unsigned asked;      /* entries computed one by one since l came here */
    mpz_ptr theta;       /* NULL: slot not yet in use */
    struct rotations *r; /* NULL until worth while */
    bool has_r;          /* *r is for l and step */
    int64_t start;       /* where start_c, start_s are, if has_start */
    bool has_start;
    double start_c, start_s;
};

struct rope {
    struct tc_arena *arena;
    bool sine;
    mpq_ptr base;
    int64_t width;
    unsigned bits, fraction;
    int64_t lo, hi;    /* of the format */
    struct slot *slot; /* SLOTS */
};

/* positions wrap around, should one run past 64 bits */
static int64_t position(int64_t start, int64_t step, size_t at)
{
    return (int64_t)((uint64_t)start + (uint64_t)step * at);
}

/* T with |T - theta 2^k| < 2 */
static void theta(const struct rope *s, int64_t l, unsigned k, mpz_ptr t)
{
    mpfr_t x;

    mpfr_init2(x, k + 128);
    mpfr_set_q(x, s->base, MPFR_RNDN);
    mpfr_log(x, x, MPFR_RNDN);
    mpfr_mul_si(x, x, -2 * l, MPFR_RNDN);
    mpfr_div_si(x, x, s->width, MPFR_RNDN);
    mpfr_exp(x, x, MPFR_RNDN);
    mpfr_mul_2ui(x, x, k, MPFR_RNDN);
    mpfr_get_z(t, x, MPFR_RNDN);
    mpfr_clear(x);
}

/* p * t / 2^k, exactly */
static void angle(mpfr_ptr x, int64_t p, mpz_srcptr t, unsigned k)
{
    mpz_t z;

    mpz_init(z);
    mpz_mul_si(z, t, p);
    mpfr_init2(x, k + 128);
    mpfr_set_z_2exp(x, z, -(mpfr_exp_t)k, MPFR_RNDN);
    mpz_clear(z);
}

static int64_t clamp(const struct rope *s, int64_t v)
{
    return v < s->lo ? s->lo : v > s->hi ? s->hi : v;
}

/* Are all values within `error` of x nearest to one integer?  Then it is *out. */
static bool decided(mpfr_srcptr x, mpfr_srcptr error, int64_t *out)
{
    mpfr_t lo, hi;
    bool same;

    mpfr_init2(lo, mpfr_get_prec(x));
    mpfr_init2(hi, mpfr_get_prec(x));
    mpfr_sub(lo, x, error, MPFR_RNDD);
    mpfr_add(hi, x, error, MPFR_RNDU);
    mpfr_roundeven(lo, lo);
    mpfr_roundeven(hi, hi);
    same = mpfr_equal_p(lo, hi);
    if (same)
        *out = mpfr_get_si(lo, MPFR_RNDN);
    mpfr_clears(lo, hi, (mpfr_ptr)NULL);
    return same;
}

static int64_t exact(const struct rope *s, const struct slot *slot, int64_t p)
{
    int64_t v = 0;
    bool done = false;

    if (p == 0)
        return s->sine ? 0 : clamp(s, INT64_C(1) << s->fraction);
    for (unsigned k = KEPT; !done; k *= 2) {
        mpfr_t x, y, error;
        mpz_t t;

        if (k == KEPT) {
            angle(x, p, slot->theta, k);
        } else {
            mpz_init(t);
            theta(s, slot->l, k, t);
            angle(x, p, t, k);
            mpz_clear(t);
        }
        mpfr_init2(y, k - 128);
        if (s->sine)
            mpfr_sin(y, x, MPFR_RNDN);
        else
            mpfr_cos(y, x, MPFR_RNDN);
        mpfr_mul_2ui(y, y, s->fraction, MPFR_RNDN);
        mpfr_init2(error, 64);
        mpfr_set_si_2exp(error, 1, 129 - (mpfr_exp_t)k + (mpfr_exp_t)s->fraction, MPFR_RNDN);
        done = decided(y, error, &v);
        mpfr_clears(x, y, error, (mpfr_ptr)NULL);
    }
    return clamp(s, v);
}

/* (c, s)[m] = rotation by m angles x, m < SMALL; x becomes SMALL * x.  Multiplied
 * up at 160 bits, the errors stay below 2^-140. */
static void powers(mpfr_ptr zc, mpfr_ptr zs, double *c, double *s)
{
    mpfr_t wc, ws, t;

    mpfr_inits2(160, wc, ws, t, (mpfr_ptr)NULL);
    mpfr_set_ui(wc, 1, MPFR_RNDN);
    mpfr_set_ui(ws, 0, MPFR_RNDN);
    for (unsigned m = 0; m < SMALL; m++) {
        c[m] = mpfr_get_d(wc, MPFR_RNDN);
        s[m] = mpfr_get_d(ws, MPFR_RNDN);
        mpfr_fmms(t, wc, zc, ws, zs, MPFR_RNDN);
        mpfr_fmma(ws, wc, zs, ws, zc, MPFR_RNDN);
        mpfr_swap(wc, t);
    }
    mpfr_set(zc, wc, MPFR_RNDN);
    mpfr_set(zs, ws, MPFR_RNDN);
    mpfr_clears(wc, ws, t, (mpfr_ptr)NULL);
}

static void make_rotations(const struct rope *s, struct slot *slot, int64_t step)
{
    mpfr_t x, c, d;

    if (slot->has_r && slot->step == step)
        return;
    if (!slot->r)
        slot->r = tc_alloc(s->arena, 1, sizeof *slot->r);
    angle(x, step, slot->theta, KEPT);
    mpfr_inits2(160, c, d, (mpfr_ptr)NULL);
    mpfr_sin_cos(d, c, x, MPFR_RNDN);
    powers(c, d, slot->r->small_c, slot->r->small_s);
    powers(c, d, slot->r->big_c, slot->r->big_s);
    mpfr_clears(x, c, d, (mpfr_ptr)NULL);
    slot->step = step;
    slot->has_r = true;
    slot->has_start = false;
    slot->asked = 0;
}

static void make_start(struct slot *slot, int64_t start)
{
    mpfr_t x, c, d;

    if (slot->has_start && slot->start == start)
        return;
    angle(x, start, slot->theta, KEPT);
    mpfr_inits2(64, c, d, (mpfr_ptr)NULL);
    mpfr_sin_cos(d, c, x, MPFR_RNDN);
    slot->start_c = mpfr_get_d(c, MPFR_RNDN);
    slot->start_s = mpfr_get_d(d, MPFR_RNDN);
    mpfr_clears(x, c, d, (mpfr_ptr)NULL);
    slot->start = start;
    slot->has_start = true;
}

static struct slot *slot_of(const struct rope *s, int64_t l)
{
    struct slot *slot = &s->slot[l % SLOTS];

    if (slot->theta && slot->l == l)
        return slot;
    if (!slot->theta)
        slot->theta = tc_mpz(s->arena);
    slot->l = l;
    slot->asked = 0;
    slot->has_r = slot->has_start = false;
    theta(s, l, KEPT, slot->theta);
    return slot;
}

typedef double lanes __attribute__((vector_size(16)));
typedef int64_t words __attribute__((vector_size(16)));

/* adding it to a double below 2^51 in magnitude leaves the nearest integer, to
 * even, in the low bits */
#define MAGIC 0x1.8p52

static lanes all(double x)
{
    return (lanes){x, x};
}

static lanes load(const double *p)
{
    lanes v;

    memcpy(&v, p, sizeof v);
    return v;
}

/* out[b] = nearest integer to u * c[b] + v * d[b]; false if one is farther than
 * limit from its integer */
static bool block(double u, double v, const double *c, const double *d, double limit, int64_t *out)
{
    const words magic = (words)all(MAGIC), low = (words)all(-0.0), far = (words)all(limit);
    words doubt = {0};

    for (unsigned b = 0; b < SMALL; b += 2) {
        lanes x = all(u) * load(c + b) + all(v) * load(d + b);
        lanes r = x + all(MAGIC);
        words w = (words)r - magic;
        lanes away = x - (r - all(MAGIC));

        /* nonnegative doubles are in the order of their bits */
        doubt |= far - ((words)away & ~low);
        memcpy(out + b, &w, sizeof w);
    }
    return (doubt[0] | doubt[1]) >= 0;
}

/* u, v of block(): the position start + step * 256 a, scaled by 2^f */
static void big_step(const struct rope *s, const struct slot *slot, unsigned a, double *u,
                     double *v)
{
    const struct rotations *r = slot->r;
    double one = ldexp(1.0, (int)s->fraction);
    double c = (slot->start_c * r->big_c[a] - slot->start_s * r->big_s[a]) * one;
    double d = (slot->start_c * r->big_s[a] + slot->start_s * r->big_c[a]) * one;

    *u = s->sine ? d : c;
    *v = s->sine ? c : -d;
}

static double limit_of(const struct rope *s)
{
    return 0.5 - ldexp(1.0, (int)s->fraction - 50);
}

/* entries at start + step * (256 a + b), b < 256 */
static void block_of(const struct rope *s, const struct slot *slot, unsigned a, int64_t *out)
{
    double u, v, limit = limit_of(s);

    big_step(s, slot, a, &u, &v);
    if (!block(u, v, slot->r->small_c, slot->r->small_s, limit, out))
        for (unsigned b = 0; b < SMALL; b++) {
            double x = u * slot->r->small_c[b] + v * slot->r->small_s[b];

            if (!(fabs(x - nearbyint(x)) <= limit))
                out[b] = exact(s, slot, position(slot->start, slot->step, a * (size_t)SMALL + b));
        }
    if (s->fraction + 1 >= s->bits) /* 2^f is too large for the format */
        for (unsigned b = 0; b < SMALL; b++)
            out[b] = clamp(s, out[b]);
}

/* the entry at p; by unit rotations once many have been asked for */
static int64_t one_entry(const struct rope *s, struct slot *slot, int64_t p)
{
    size_t at = (uint64_t)p % SPAN;
    double u, v, x;

    if (s->fraction > FAST_FRACTION)
        return exact(s, slot, p);
    if (!(slot->has_r && slot->step == 1) && slot->asked < FEW) {
        slot->asked++;
        return exact(s, slot, p);
    }
    make_rotations(s, slot, 1);
    make_start(slot, (int64_t)((uint64_t)p - at));
    big_step(s, slot, (unsigned)(at / SMALL), &u, &v);
    x = u * slot->r->small_c[at % SMALL] + v * slot->r->small_s[at % SMALL];
    if (!(fabs(x - nearbyint(x)) <= limit_of(s)))
        return exact(s, slot, p);
    return clamp(s, (int64_t)nearbyint(x));
}

/* entries at p, p + step, ... of pair l; pairs outside the width are 0 */
static void row(const struct rope *s, int64_t p, int64_t l, int64_t step, size_t count,
                int64_t *out)
{
    struct slot *slot;
    size_t done = 0;

    if (l < 0 || l > (s->width - 1) / 2) {
        memset(out, 0, count * sizeof *out);
        return;
    }
    slot = slot_of(s, l);
    if (s->fraction > FAST_FRACTION || count < (step == 1 ? FEW : SMALL)) {
        for (size_t i = 0; i < count; i++)
            out[i] = one_entry(s, slot, position(p, step, i));
        return;
    }
    make_rotations(s, slot, step);
    while (done < count) {
        int64_t first = position(p, step, done);
        /* unit steps share starts, so that short rows find them again */
        size_t at = step == 1 ? (uint64_t)first % SPAN : 0;

        make_start(slot, (int64_t)((uint64_t)first - at));
        while (at < SPAN && done < count) {
            unsigned a = (unsigned)(at / SMALL), b = (unsigned)(at % SMALL);
            size_t n = SMALL - b < count - done ? SMALL - b : count - done;

            if (n == SMALL) {
                block_of(s, slot, a, out + done);
            } else {
                int64_t part[SMALL];

                block_of(s, slot, a, part);
                memcpy(out + done, part + b, n * sizeof *out);
            }
            done += n;
            at += n;
        }
    }
}

__extension__ typedef __int128 wide;

/* round(entry * v / 2^f), ties to even, saturating */
static int64_t product(const struct rope *s, int64_t entry, wide v)
{
    wide q = entry * v;

    if (s->fraction) {
        wide half = (wide)1 << (s->fraction - 1);

        q = (q + half - 1 + ((q >> s->fraction) & 1)) >> s->fraction;
    }
    return q < s->lo ? s->lo : q > s->hi ? s->hi : (int64_t)q;
}

static int64_t step_of(const struct rope *s, int64_t entry, int64_t v)
{
    return product(s, entry, v) - product(s, entry, (wide)v - 1);
}

static void rope_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    const struct rope *s = state;

    if (axis == 0)
        row(s, arg[0], arg[1], step, count, out);
    else
        for (size_t i = 0; i < count; i++)
            row(s, arg[0], position(arg[1], step, i), 1, 1, out + i);
}

/* entries along p or l, or the one entry for all v, then f of entry and v */
static void eval_with(const struct rope *s, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out,
                      int64_t (*f)(const struct rope *, int64_t entry, int64_t v))
{
    int64_t entry;

    if (axis == 2) {
        row(s, arg[0], arg[1], 1, 1, &entry);
        for (size_t i = 0; i < count; i++)
            out[i] = f(s, entry, position(arg[2], step, i));
        return;
    }
    rope_eval(s, arg, axis, step, count, out);
    for (size_t i = 0; i < count; i++)
        out[i] = f(s, out[i], arg[2]);
}

static int64_t product_of(const struct rope *s, int64_t entry, int64_t v)
{
    return product(s, entry, v);
}

/* for counting: products depend on position and pair by the entry alone */
static int64_t apply_product(const void *state, int64_t entry, const int64_t *v)
{
    return product(state, entry, *v);
}

static int64_t apply_step(const void *state, int64_t entry, const int64_t *v)
{
    return step_of(state, entry, *v);
}

static void product_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                         size_t count, int64_t *out)
{
    eval_with(state, arg, axis, step, count, out, product_of);
}

static void step_eval(const void *state, const int64_t *arg, unsigned axis, int64_t step,
                      size_t count, int64_t *out)
{
    eval_with(state, arg, axis, step, count, out, step_of);
}

static int64_t rope_max_abs(const void *state)
{
    const struct rope *s = state;
    int64_t one = INT64_C(1) << s->fraction;

    return one < -s->lo ? one : -s->lo;
}

static int64_t product_max_abs(const void *state)
{
    const struct rope *s = state;

    return -s->lo;
}

/* |entry| <= 2^f.  If it is 2^f, products are integers and steps at most 1; else
 * products of neighbours differ by less than 1, and less than 1 apart no two
 * numbers round to integers 2 apart.  Saturation only brings them closer. */
static int64_t step_max_abs(const void *state)
{
    (void)state;
    return 1;
}

/* parameters */

struct cursor {
    const char *text;
    size_t pos;
    struct tc_loc loc;
    struct tc_error *err;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct cursor *c, const char *fmt, ...)
{
    struct tc_loc loc = c->loc;
    char msg[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    if (loc.col)
        loc.col += (unsigned)c->pos;
    return tc_fail(c->err, TC_EFORMAT, loc, "rope parameters, character %zu: %s", c->pos + 1, msg);
}

static bool expect(struct cursor *c, const char *word)
{
    size_t n = strlen(word);

    while (c->text[c->pos] == ' ')
        c->pos++;
    if (strncmp(c->text + c->pos, word, n) != 0) {
        if (!c->text[c->pos])
            return fail(c, "found the end, wanted \"%s\"", word);
        return fail(c, "found \"%.24s\", wanted \"%s\"", c->text + c->pos, word);
    }
    c->pos += n;
    return true;
}

/* at most 40 digits onto *z; how many */
static size_t digits(struct cursor *c, mpz_ptr z)
{
    size_t n = 0;

    for (; c->text[c->pos] >= '0' && c->text[c->pos] <= '9' && n <= 40; c->pos++, n++) {
        mpz_mul_ui(z, z, 10);
        mpz_add_ui(z, z, (unsigned long)(c->text[c->pos] - '0'));
    }
    return n;
}

static bool whole(struct cursor *c, const char *name, int64_t lo, int64_t hi, int64_t *out)
{
    size_t start, n;
    bool ok;
    mpz_t z;

    if (!expect(c, ",") || !expect(c, name) || !expect(c, "="))
        return false;
    start = c->pos;
    mpz_init(z);
    n = digits(c, z);
    ok = n && mpz_cmp_si(z, lo) >= 0 && mpz_cmp_si(z, hi) <= 0;
    if (ok)
        *out = mpz_get_si(z);
    mpz_clear(z);
    c->pos = ok ? c->pos : start;
    return ok || fail(c, "found \"%.24s\", wanted %s from %lld to %lld", c->text + start, name,
                      (long long)lo, (long long)hi);
}

/* an integer, a decimal or a fraction, from 2^-64 to 2^64 */
static bool rational(struct cursor *c, const char *name, mpq_ptr out)
{
    size_t start, n, places = 0;
    bool ok;

    if (!expect(c, ",") || !expect(c, name) || !expect(c, "="))
        return false;
    start = c->pos;
    n = digits(c, mpq_numref(out));
    ok = n > 0 && n <= 40;
    if (ok && c->text[c->pos] == '.') {
        c->pos++;
        places = digits(c, mpq_numref(out));
        ok = places > 0 && places <= 40;
        mpz_ui_pow_ui(mpq_denref(out), 10, places);
    } else if (ok && c->text[c->pos] == '/') {
        c->pos++;
        mpz_set_ui(mpq_denref(out), 0);
        n = digits(c, mpq_denref(out));
        ok = n > 0 && n <= 40 && mpz_sgn(mpq_denref(out));
    }
    if (ok) {
        mpq_t bound;

        mpq_canonicalize(out);
        mpq_init(bound);
        mpq_set_ui(bound, 1, 1);
        mpq_mul_2exp(bound, bound, 64);
        ok = mpq_cmp(out, bound) <= 0;
        mpq_inv(bound, bound);
        ok = ok && mpq_cmp(out, bound) >= 0;
        mpq_clear(bound);
    }
    c->pos = ok ? c->pos : start;
    return ok || fail(c,
                      "found \"%.24s\", wanted a number such as 10000, 0.5 or 1/3, from 2^-64 "
                      "to 2^64, in at most 40 digits",
                      c->text + start);
}

static void *rope_open(struct tc_arena *a, const char *parameters, struct tc_loc loc,
                       struct tc_error *err)
{
    struct cursor c = {parameters, 0, loc, err};
    struct rope *s = tc_alloc(a, 1, sizeof *s);
    int64_t bits, fraction;

    while (parameters[c.pos] == ' ')
        c.pos++;
    s->sine = strncmp(parameters + c.pos, "sin", 3) == 0;
    s->base = tc_mpq(a);
    if (!s->sine && strncmp(parameters + c.pos, "cos", 3) != 0) {
        fail(&c, "found \"%.24s\", wanted \"cos\" or \"sin\"", parameters + c.pos);
        return NULL;
    }
    c.pos += 3;
    if (!rational(&c, "base", s->base) || !whole(&c, "width", 1, INT32_MAX, &s->width) ||
        !whole(&c, "bits", 1, TC_FIXED_MAX_BITS, &bits) ||
        !whole(&c, "fraction", 0, bits, &fraction))
        return NULL;
    while (parameters[c.pos] == ' ')
        c.pos++;
    if (parameters[c.pos]) {
        fail(&c, "found \"%.24s\", wanted the end", parameters + c.pos);
        return NULL;
    }
    s->arena = a;
    s->bits = (unsigned)bits;
    s->fraction = (unsigned)fraction;
    s->lo = -(INT64_C(1) << (bits - 1));
    s->hi = -s->lo - 1;
    s->slot = tc_alloc(a, SLOTS, sizeof *s->slot);
    return s;
}

const struct tc_function tc_rope = {"rope", 2, rope_open, rope_eval, rope_max_abs};
const struct tc_function tc_rope_product = {"rope_product", 3, rope_open, product_eval,
                                            product_max_abs};
const struct tc_function tc_rope_step = {"rope_step", 3, rope_open, step_eval, step_max_abs};

void tc_rope_register(void)
{
    static const struct tc_through product_through = {&tc_rope_product, &tc_rope, apply_product};
    static const struct tc_through step_through = {&tc_rope_step, &tc_rope, apply_step};

    tc_through_register(&product_through);
    tc_through_register(&step_through);
    tc_function_register(&tc_rope);
    tc_function_register(&tc_rope_product);
    tc_function_register(&tc_rope_step);
    tc_function_register(&tc_rope_float);
    tc_function_register(&tc_sinusoid);
}
