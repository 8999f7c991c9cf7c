/* format.c -- number formats: names, words, the numbers they stand for
 *
 * This is the side of input and output.  The evaluators in reference*.c and
 * prim_reference.c round with code of their own, so that a mistake here cannot
 * hide there.
 */
#include "compiler.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- names */

struct tc_format tc_format_float(unsigned p, int64_t emin, int64_t emax)
{
    return (struct tc_format){.kind = TC_FLOAT,
                              .p = p,
                              .q = tc_bit_length((uint64_t)(emax - emin + 1)),
                              .low = emin,
                              .top = emax - emin + 1,
                              .underflow = TC_NEAREST};
}

struct tc_format tc_format_ieee(unsigned p, unsigned q)
{
    int64_t bias = ((int64_t)1 << (q - 1)) - 1;

    return (struct tc_format){.kind = TC_FLOAT,
                              .p = p,
                              .q = q,
                              .low = 2 - bias - (int64_t)p,
                              .top = ((int64_t)1 << q) - 2,
                              .underflow = TC_GRADUAL,
                              .infinity = true,
                              .nan = true,
                              .signed_zero = true};
}

static const struct {
    const char *name;
    unsigned p, q;
} known[] = {
    {"binary16", 11, 5}, {"bfloat16", 8, 8}, {"e5m2", 3, 5}, {"binary32", 24, 8}, {"e4m3", 4, 4}};

static struct tc_format known_format(size_t k)
{
    struct tc_format f = tc_format_ieee(known[k].p, known[k].q);

    if (f.p == 4) { /* OCP: no infinity, its field has numbers; the last is NaN */
        f.infinity = false;
        f.top++;
        f.spare = 1;
    }
    return f;
}

/* up to 3 decimal integers after the name, separated by commas; how many, or 0 */
static unsigned numbers(const char *s, int64_t *x)
{
    unsigned n = 0;

    for (;;) {
        char *end;

        if (n == 3 || !(isdigit((unsigned char)*s) || (*s == '-' && isdigit((unsigned char)s[1]))))
            return 0;
        if (strspn(s + (*s == '-'), "0123456789") > 9)
            return 0;
        x[n++] = strtol(s, &end, 10);
        if (!*end)
            return n;
        if (*end != ',')
            return 0;
        s = end + 1;
    }
}

static bool inside(int64_t x, int64_t low, int64_t high)
{
    return low <= x && x <= high;
}

/* NULL, or what was wanted */
static const char *parse(const char *text, struct tc_format *f)
{
    const char *colon = strchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : strlen(text);
    int64_t x[3] = {0};
    unsigned n = colon ? numbers(colon + 1, x) : 0;

    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (!strcmp(text, known[k].name)) {
            *f = known_format(k);
            return NULL;
        }
    if (length == 8 && !strncmp(text, "unsigned", 8)) {
        if (n != 1 || !inside(x[0], 1, TC_FORMAT_MAX_BITS))
            return "unsigned:B wants 1 to 256 bits";
        *f = (struct tc_format){.kind = TC_UNSIGNED, .bits = (unsigned)x[0]};
        return NULL;
    }
    if (length == 5 && !strncmp(text, "fixed", 5)) {
        if (n != 2 || !inside(x[0], 1, TC_FORMAT_MAX_BITS) || !inside(x[1], 0, x[0] - 1))
            return "fixed:B,F wants 1 to 256 bits, of them 0 to B - 1 of fraction";
        *f = (struct tc_format){
            .kind = TC_FIXED, .bits = (unsigned)x[0], .fraction = (unsigned)x[1]};
        return NULL;
    }
    if (length == 5 && !strncmp(text, "float", 5)) {
        if (n == 1 && inside(x[0], 2, 24)) {
            x[1] = -((int64_t)1 << x[0]);
            x[2] = ((int64_t)1 << x[0]) - 1;
        } else if (n != 3 || !inside(x[0], 2, 192) ||
                   !inside(x[1], -TC_FLOAT_MAX_EXP, TC_FLOAT_MAX_EXP) ||
                   !inside(x[2], x[1], TC_FLOAT_MAX_EXP)) {
            return "float:P wants 2 to 24 bits (exponents -2^P .. 2^P - 1), float:P,EMIN,EMAX 2 to "
                   "192 and EMIN <= EMAX within +-2^24";
        }
        *f = tc_format_float((unsigned)x[0], x[1], x[2]);
        return NULL;
    }
    if ((length == 4 && !strncmp(text, "ieee", 4)) || (length == 3 && !strncmp(text, "ftz", 3))) {
        if (n != 2 || !inside(x[0], 2, 192) || !inside(x[1], 2, 24))
            return "ieee:P,Q and ftz:P,Q want 2 to 192 significand bits and 2 to 24 exponent bits";
        *f = tc_format_ieee((unsigned)x[0], (unsigned)x[1]);
        if (length == 3) {
            f->underflow = TC_FLUSH;
            f->nan = f->signed_zero = false;
        }
        return NULL;
    }
    return "a format is one of fixed:B,F unsigned:B float:P float:P,EMIN,EMAX ieee:P,Q ftz:P,Q "
           "binary16 bfloat16 e4m3 e5m2 binary32";
}

bool tc_format_parse(const char *text, struct tc_format *f, struct tc_error *err)
{
    const char *wanted = parse(text, f);

    return !wanted ||
           tc_fail(err, TC_EUSAGE, (struct tc_loc){0}, "%s, found '%.80s'", wanted, text);
}

void tc_format_name(const struct tc_format *f, char *buf, size_t size)
{
    if (f->kind == TC_UNSIGNED) {
        snprintf(buf, size, "unsigned:%u", f->bits);
    } else if (f->kind == TC_FIXED) {
        snprintf(buf, size, "fixed:%u,%u", f->bits, f->fraction);
    } else if (f->underflow == TC_NEAREST) {
        int64_t emax = f->low + f->top - 1;
        bool full = f->p <= 24 && f->low == -((int64_t)1 << f->p) && emax == -f->low - 1;

        if (full)
            snprintf(buf, size, "float:%u", f->p);
        else
            snprintf(buf, size, "float:%u,%lld,%lld", f->p, (long long)f->low, (long long)emax);
    } else {
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (f->nan && f->p == known[k].p && f->q == known[k].q &&
                f->spare == known_format(k).spare) {
                snprintf(buf, size, "%s", known[k].name);
                return;
            }
        snprintf(buf, size, "%s:%u,%u", f->nan ? "ieee" : "ftz", f->p, f->q);
    }
}

/* ------------------------------------------------------------------------- words */

unsigned tc_format_width(const struct tc_format *f)
{
    return f->kind == TC_FLOAT ? f->p + f->q : f->bits;
}

int64_t tc_format_last_key(const struct tc_format *f)
{
    int64_t b = (int64_t)1 << (f->p - 1);

    assert(f->kind == TC_FLOAT && f->p + f->q <= 64);
    return f->top * b + (b - 1 - (int64_t)f->spare); /* below 2^63: top < 2^q */
}

static void last_key(const struct tc_format *f, mpz_ptr key)
{
    mpz_set_si(key, f->top + 1);
    mpz_mul_2exp(key, key, f->p - 1);
    mpz_sub_ui(key, key, 1 + f->spare);
}

/* the element above 0 and below the first normal one's multiple, to nearest even:
 * num / den * 2^-shift */
static void divide(mpz_ptr q, mpz_srcptr num, mpz_srcptr den, int64_t shift, bool *whole)
{
    mpz_t n, d, r;
    int half;

    mpz_init_set(n, num);
    mpz_init_set(d, den);
    mpz_init(r);
    if (shift >= 0)
        mpz_mul_2exp(d, d, (mp_bitcnt_t)shift);
    else
        mpz_mul_2exp(n, n, (mp_bitcnt_t)-shift);
    mpz_fdiv_qr(q, r, n, d);
    *whole = mpz_sgn(r) == 0;
    mpz_mul_2exp(r, r, 1);
    half = mpz_cmp(r, d);
    if (half > 0 || (half == 0 && mpz_odd_p(q)))
        mpz_add_ui(q, q, 1);
    mpz_clears(n, d, r, NULL);
}

/* the exponent of the leading bit of num / den > 0 */
static int64_t leading(mpz_srcptr num, mpz_srcptr den)
{
    int64_t e = (int64_t)mpz_sizeinbase(num, 2) - (int64_t)mpz_sizeinbase(den, 2);
    mpz_t x;
    int c;

    /* 2^(e-1) < num / den < 2^(e+1) */
    mpz_init(x);
    if (e >= 0) {
        mpz_mul_2exp(x, den, (mp_bitcnt_t)e);
        c = mpz_cmp(num, x);
    } else {
        mpz_mul_2exp(x, num, (mp_bitcnt_t)-e);
        c = mpz_cmp(x, den);
    }
    mpz_clear(x);
    return c < 0 ? e - 1 : e;
}

/* the key of the magnitude nearest to num / den > 0; past the last one too */
static void nearest_key(const struct tc_format *f, mpz_srcptr num, mpz_srcptr den, mpz_ptr key,
                        bool *whole)
{
    int64_t unit = leading(num, den) - (int64_t)f->p + 1; /* of the last place */

    if (unit < f->low && f->underflow == TC_GRADUAL)
        unit = f->low;
    if (unit < f->low && f->underflow == TC_NEAREST) { /* against half of the least, B 2^low */
        mpz_t half;
        bool up;

        mpz_init(half);
        divide(key, num, den, f->low - 64, whole); /* 2^64 parts of a unit are enough */
        mpz_setbit(half, f->p - 2 + 64);
        up = mpz_cmp(key, half) > 0;
        if (mpz_cmp(key, half) == 0) /* at the half, or beside it */
            up = leading(num, den) >= f->low + (int64_t)f->p - 2 && !*whole;
        mpz_clear(half);
        mpz_set_ui(key, 0);
        if (up)
            mpz_setbit(key, f->p - 1);
        *whole = false;
        return;
    }
    divide(key, num, den, unit, whole);
    if (unit < f->low) { /* flushed, unless rounding reached the least normal number */
        bool reached = unit == f->low - 1 && mpz_sizeinbase(key, 2) > f->p;

        mpz_set_ui(key, 0);
        if (reached)
            mpz_setbit(key, f->p - 1);
        *whole = false;
        return;
    }
    /* B + f at field unit - low + 1 has key (unit - low) B + (B + f); a subnormal its own */
    {
        mpz_t field;

        mpz_init(field);
        mpz_set_si(field, unit - f->low);
        mpz_mul_2exp(field, field, f->p - 1);
        mpz_add(key, key, field);
        mpz_clear(field);
    }
}

static void encode_float(const struct tc_format *f, mpq_srcptr x, bool minus, mpz_ptr word,
                         bool *whole)
{
    int sign = mpq_sgn(x);
    mpz_t num, last;

    mpz_inits(num, last, NULL);
    mpz_abs(num, mpq_numref(x));
    mpz_set_ui(word, 0);
    *whole = sign != 0 || !minus || f->signed_zero;
    if (sign)
        nearest_key(f, num, mpq_denref(x), word, whole);
    last_key(f, last);
    if (mpz_cmp(word, last) > 0) {
        mpz_set(word, last);
        if (f->infinity)
            mpz_add_ui(word, word, 1);
        *whole = false;
    }
    if ((sign < 0 || (sign == 0 && minus)) && (mpz_sgn(word) || f->signed_zero))
        mpz_setbit(word, f->p + f->q - 1);
    mpz_clears(num, last, NULL);
}

/* the two's complement of m, or m, clamped */
static void encode_fixed(const struct tc_format *f, mpq_srcptr x, mpz_ptr word, bool *whole)
{
    unsigned bits = f->bits - (f->kind == TC_FIXED);
    mpz_t bound;

    mpz_init(bound);
    divide(word, mpq_numref(x), mpq_denref(x), -(int64_t)f->fraction, whole);
    mpz_setbit(bound, bits);
    if (mpz_cmp(word, bound) >= 0) {
        mpz_sub_ui(word, bound, 1);
        *whole = false;
    }
    if (f->kind == TC_FIXED)
        mpz_neg(bound, bound);
    else
        mpz_set_ui(bound, 0);
    if (mpz_cmp(word, bound) < 0) {
        mpz_set(word, bound);
        *whole = false;
    }
    mpz_fdiv_r_2exp(word, word, f->bits);
    mpz_clear(bound);
}

void tc_format_encode(const struct tc_format *f, mpq_srcptr x, bool minus, mpz_ptr word,
                      bool *exact)
{
    bool whole;

    if (f->kind == TC_FLOAT)
        encode_float(f, x, minus, word, &whole);
    else
        encode_fixed(f, x, word, &whole);
    if (exact)
        *exact = whole;
}

static enum tc_class decode_float(const struct tc_format *f, mpz_srcptr word, mpq_ptr x,
                                  bool *minus)
{
    enum tc_class class = TC_FINITE;
    mpz_t key, last;
    int64_t field;

    mpz_inits(key, last, NULL);
    *minus = mpz_tstbit(word, f->p + f->q - 1);
    mpz_fdiv_r_2exp(key, word, f->p + f->q - 1);
    last_key(f, last);
    mpq_set_ui(x, 0, 1);
    if (mpz_cmp(key, last) > 0) {
        mpz_sub(last, key, last);
        class = f->infinity && mpz_cmp_ui(last, 1) == 0 ? TC_INFINITE
                : f->nan                                ? TC_NAN
                                                        : TC_NO_CODE;
    } else if (mpz_sgn(key) == 0) {
        class = *minus && !f->signed_zero ? TC_NO_CODE : TC_FINITE;
    } else {
        mpz_fdiv_q_2exp(last, key, f->p - 1);
        field = (int64_t)mpz_get_si(last);
        if (field == 0 && f->underflow != TC_GRADUAL)
            class = TC_NO_CODE;
        mpz_fdiv_r_2exp(mpq_numref(x), key, f->p - 1);
        if (field)
            mpz_setbit(mpq_numref(x), f->p - 1);
        field += f->low - (field != 0);
        if (field >= 0)
            mpq_mul_2exp(x, x, (mp_bitcnt_t)field);
        else
            mpq_div_2exp(x, x, (mp_bitcnt_t)-field);
        if (*minus)
            mpq_neg(x, x);
    }
    mpz_clears(key, last, NULL);
    return class;
}

enum tc_class tc_format_decode(const struct tc_format *f, mpz_srcptr word, mpq_ptr x, bool *minus)
{
    if (f->kind == TC_FLOAT)
        return decode_float(f, word, x, minus);
    mpz_set(mpq_numref(x), word);
    *minus = f->kind == TC_FIXED && mpz_tstbit(word, f->bits - 1);
    if (*minus) {
        mpz_t turn;

        mpz_init(turn);
        mpz_setbit(turn, f->bits);
        mpz_sub(mpq_numref(x), mpq_numref(x), turn);
        mpz_clear(turn);
    }
    mpz_set_ui(mpq_denref(x), 1);
    mpq_div_2exp(x, x, f->fraction);
    return TC_FINITE;
}

bool tc_format_special(const struct tc_format *f, enum tc_class class, bool minus, mpz_ptr word)
{
    if (class == TC_NAN) {
        if (f->kind != TC_FLOAT || !f->nan)
            return false;
        last_key(f, word);
        mpz_add_ui(word, word, 1);
        if (!f->spare)
            mpz_setbit(word, f->p - 2); /* quiet */
        return true;
    }
    if (f->kind == TC_FLOAT) {
        last_key(f, word);
        if (f->infinity)
            mpz_add_ui(word, word, 1);
        if (minus)
            mpz_setbit(word, f->p + f->q - 1);
        return true;
    }
    mpz_set_ui(word, 0);
    if (f->kind == TC_FIXED && minus) {
        mpz_setbit(word, f->bits - 1);
    } else if (!minus) {
        mpz_setbit(word, f->bits - (f->kind == TC_FIXED));
        mpz_sub_ui(word, word, 1);
    }
    return true;
}

uint64_t tc_format_round(const struct tc_format *f, mpq_srcptr x, bool *exact)
{
    uint64_t word;
    mpz_t z;

    assert(tc_format_width(f) <= 64);
    mpz_init(z);
    tc_format_encode(f, x, false, z, exact);
    word = mpz_get_ui(z);
    mpz_clear(z);
    if (f->kind == TC_FLOAT && word == (uint64_t)1 << (f->p + f->q - 1))
        word = 0; /* models have one zero: less than 0 was too little for another */
    return word;
}

enum tc_class tc_format_value(const struct tc_format *f, uint64_t word, mpq_ptr x)
{
    unsigned width = tc_format_width(f);
    enum tc_class class;
    bool minus;
    mpz_t z;

    assert(width <= 64);
    mpz_init_set_ui(z, width == 64 ? word : word & (((uint64_t)1 << width) - 1));
    class = tc_format_decode(f, z, x, &minus);
    mpz_clear(z);
    return class;
}
