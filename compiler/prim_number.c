/* prim_number.c -- the numbers of a line, each rounded once to the format
 *
 * Short numbers in words of at most 64 bits, the usual case, take no GMP: some 63
 * leading bits of the number and whether it has more decide its rounding.  The others
 * are exact fractions, which format.c rounds.
 */
#include "prim.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 4096
#define MOST_TEN    4096
#define MOST_TWO    16384
#define MOST_SHORT  18 /* digits */

__extension__ typedef unsigned __int128 uint128;

enum parsed { FINITE, INFINITE, NAN_WORD, MALFORMED, TOO_LONG };

struct token { /* of a number, checked */
    bool minus, hex;
    char digits[MOST_DIGITS + 1]; /* without point */
    size_t n;
    uint64_t leading; /* the first MOST_SHORT digits, or 15 of hex */
    long exponent;    /* of ten or two, the places taken off */
};

/* ---------------------------------------------------------------------- rounding */

/* x 2^-drop to nearest even; sticky: x is a bit more than it is, and drop is positive */
static uint64_t round_at(uint64_t x, bool sticky, long drop)
{
    uint64_t rest, half;

    if (drop <= 0)
        return x << -drop;
    if (drop > 64)
        return 0;
    half = (uint64_t)1 << (drop - 1);
    rest = x & (2 * half - 1);
    x = drop == 64 ? 0 : x >> drop;
    return x + (rest > half || (rest == half && (sticky || (x & 1))));
}

/* the key of x 2^e, x > 0, or UINT64_MAX above the last */
static uint64_t float_key(const struct tc_format *f, uint64_t x, long e, bool sticky)
{
    long n = (long)tc_bit_length(x), p = (long)f->p, low = (long)f->low, unit = e + n - p;
    uint64_t b = (uint64_t)1 << (p - 1), m;

    if (unit < low && f->underflow == TC_NEAREST) {
        long top = e + n - 1, half = low + p - 2; /* exponents of the first bit */

        return top > half || (top == half && (sticky || (x & (x - 1)))) ? b : 0;
    }
    if (unit < low && f->underflow == TC_GRADUAL)
        unit = low;
    m = round_at(x, sticky, unit - e);
    if (unit < low) /* TC_FLUSH */
        return unit == low - 1 && m == 2 * b ? b : 0;
    if (unit - low > f->top)
        return UINT64_MAX;
    return (uint64_t)(unit - low) * b + m; /* a carry goes on into the field */
}

static uint64_t float_word(const struct tc_format *f, uint64_t x, long e, bool sticky, bool minus)
{
    uint64_t sign = (uint64_t)minus << (f->p + f->q - 1), key, last;

    key = x ? float_key(f, x, e, sticky) : 0;
    last = (uint64_t)tc_format_last_key(f);
    if (key > last)
        key = last + f->infinity;
    return key || f->signed_zero ? key | sign : 0;
}

static uint64_t fixed_word(const struct tc_format *f, uint64_t x, long e, bool sticky, bool minus)
{
    uint64_t most = ((uint64_t)1 << (f->bits - (f->kind == TC_FIXED))) - 1;
    long drop = -e - (long)f->fraction;

    if (minus)
        most = f->kind == TC_FIXED ? most + 1 : 0;
    if (!x || (drop < 0 && (long)tc_bit_length(x) - drop > 62))
        x = x ? most : 0;
    else
        x = round_at(x, sticky, drop);
    x = x > most ? most : x;
    return (minus ? ~x + 1 : x) & (2 * ((uint64_t)1 << (f->bits - 1)) - 1);
}

/* t->leading 10^exponent as x 2^e with x of at most 63 bits; *sticky: and a bit more */
static uint64_t from_tens(const struct token *t, long *e, bool *sticky)
{
    uint128 x = t->leading, five = 1;
    long n = t->exponent, cut;
    uint128 left = 0;

    *e = n;
    for (long k = labs(n); k > 0; k--)
        five *= 5;
    if (n >= 0) {
        x *= five;
    } else { /* 60 bits below x, so that at least as many are in the quotient */
        x <<= 64;
        *e -= 64;
        left = x % five;
        x /= five;
    }
    cut = (x >> 64 ? 64 : 0) + (long)tc_bit_length((uint64_t)(x >> 64 ? x >> 64 : x)) - 63;
    if (cut > 0) {
        left |= x & (((uint128)1 << cut) - 1);
        x >>= cut;
        *e += cut;
    }
    *sticky = left != 0;
    return (uint64_t)x;
}

/* Ten to +-18 times 18 digits are below 2^120; a quotient by 5^18 < 2^42 of a number times
 * 2^64 has 22 bits, too few for long significands: for those few digits are long. */
static bool is_short(const struct token *t, const struct tc_format *f)
{
    if (f->kind == TC_FLOAT ? f->p > 60 || f->p + f->q > 63 : f->bits > 60)
        return false;
    if (t->hex)
        return t->n <= 15;
    if (t->n > MOST_SHORT || labs(t->exponent) > MOST_SHORT)
        return false;
    /* the quotient has at least this many bits */
    return t->exponent >= 0 || !t->leading ||
           (long)tc_bit_length(t->leading) + 63 - (-t->exponent * 7 / 3 + 1) >=
               (long)(f->kind == TC_FLOAT ? f->p : f->bits) + 2;
}

/* false: it is infinite */
static bool round_short(const struct token *t, const struct tc_format *f, uint64_t *word)
{
    bool sticky = false;
    long e = t->exponent;
    uint64_t x = t->hex || !e ? t->leading : from_tens(t, &e, &sticky);

    if (f->kind != TC_FLOAT) {
        *word = fixed_word(f, x, e, sticky, t->minus);
        return true;
    }
    *word = float_word(f, x, e, sticky, t->minus);
    return !f->infinity ||
           (*word & (((uint64_t)1 << (f->p + f->q - 1)) - 1)) <= (uint64_t)tc_format_last_key(f);
}

static void store(mpz_srcptr z, uint64_t *word, unsigned limbs)
{
    memset(word, 0, limbs * sizeof *word);
    mpz_export(word, NULL, -1, sizeof *word, 0, 0, z);
}

static bool round_long(const struct token *t, const struct tc_format *f, uint64_t *word,
                       unsigned limbs)
{
    enum tc_class class;
    bool minus;
    mpq_t x;
    mpz_t z;

    mpq_init(x);
    mpz_init(z);
    mpz_set_str(mpq_numref(x), t->digits, t->hex ? 16 : 10);
    if (t->minus)
        mpz_neg(mpq_numref(x), mpq_numref(x));
    if (t->hex && t->exponent >= 0) {
        mpq_mul_2exp(x, x, (mp_bitcnt_t)t->exponent);
    } else if (t->hex) {
        mpq_div_2exp(x, x, (mp_bitcnt_t)-t->exponent);
    } else {
        mpz_ui_pow_ui(z, 10, (unsigned long)labs(t->exponent));
        if (t->exponent >= 0)
            mpz_mul(mpq_numref(x), mpq_numref(x), z);
        else
            mpz_set(mpq_denref(x), z);
        mpq_canonicalize(x);
    }
    tc_format_encode(f, x, t->minus, z, NULL);
    store(z, word, limbs);
    class = TC_FINITE;
    if (f->kind == TC_FLOAT && f->infinity)
        class = tc_format_decode(f, z, x, &minus);
    mpz_clear(z);
    mpq_clear(x);
    return class == TC_FINITE;
}

/* ----------------------------------------------------------------------- reading */

static enum parsed read_exponent(const char **s, long most, long *e)
{
    bool minus = *++*s == '-';

    *s += minus || **s == '+';
    if (!isdigit((unsigned char)**s))
        return MALFORMED;
    for (*e = 0; isdigit((unsigned char)**s); ++*s)
        *e = *e > most ? *e : *e * 10 + (**s - '0');
    if (*e > most)
        return TOO_LONG;
    *e = minus ? -*e : *e;
    return FINITE;
}

static bool ends(const char *s)
{
    return !*s || isspace((unsigned char)*s);
}

/* of a digit, or -1 */
static int digit(char c, bool hex)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* exponents that reach all of the format's numbers, and some more */
static long most_exponent(const struct tc_format *f, bool hex)
{
    long reach = 0;

    if (f->kind == TC_FLOAT) {
        long below = labs((long)f->low), above = labs((long)(f->low + f->top)) + f->p;

        reach = below > above ? below : above;
    }
    return hex ? MOST_TWO + reach : MOST_TEN + reach / 3;
}

/* the number at s, which ends at a blank or the end; t is its scratch */
static enum parsed read_number(const char *s, struct token *t, const struct tc_format *f)
{
    long e = 0, places = 0;
    int d;

    t->minus = *s == '-';
    s += *s == '-' || *s == '+';
    if (!strncmp(s, "inf", 3) && ends(s + 3))
        return INFINITE;
    if (!strncmp(s, "nan", 3) && ends(s + 3))
        return NAN_WORD;
    t->hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    s += t->hex ? 2 : 0;
    t->leading = 0;
    for (t->n = 0; (d = digit(*s, t->hex)) >= 0 || (*s == '.' && !places); s++) {
        if (*s == '.') {
            places = 1; /* one more than there are, to know the point by */
            continue;
        }
        if (t->n == MOST_DIGITS)
            return TOO_LONG;
        places += places != 0;
        t->digits[t->n++] = *s;
        if (t->n <= (t->hex ? 15 : MOST_SHORT))
            t->leading = t->leading * (t->hex ? 16 : 10) + (uint64_t)d;
    }
    t->digits[t->n] = '\0';
    places -= places != 0;
    if (!t->n)
        return MALFORMED;
    if (t->hex ? *s == 'p' || *s == 'P' : *s == 'e' || *s == 'E') {
        enum parsed p = read_exponent(&s, most_exponent(f, t->hex), &e);

        if (p != FINITE)
            return p;
    }
    t->exponent = t->hex ? e - 4 * places : e - places;
    return ends(s) ? FINITE : MALFORMED;
}

/* infinity, or what is in its place, or NaN; false if the format has no NaN */
static bool special(const struct tc_format *f, enum parsed p, bool minus, uint64_t *word,
                    unsigned limbs)
{
    bool ok;
    mpz_t z;

    mpz_init(z);
    ok = tc_format_special(f, p == NAN_WORD ? TC_NAN : TC_INFINITE, minus && p != NAN_WORD, z);
    if (ok)
        store(z, word, limbs);
    mpz_clear(z);
    return ok;
}

bool tc_prim_line(const char *text, const struct tc_format *f, unsigned limbs, uint64_t *word,
                  unsigned most, unsigned *n, struct tc_loc loc, struct tc_error *err)
{
    bool finite = f->kind == TC_FLOAT && f->infinity && !f->nan; /* ftz */
    const char *s = text;
    struct token t;

    for (*n = 0;; ++*n, word += limbs) {
        int length;
        enum parsed p;

        while (*s == ' ' || *s == '\t' || *s == '\r')
            s++;
        if (!*s || *s == '\n')
            return true;
        loc.col = (unsigned)(s - text) + 1;
        if (*n == most)
            return tc_fail(err, TC_EFORMAT, loc, "found one more number, wanted %u", most);
        p = read_number(s, &t, f);
        length = (int)strcspn(s, " \t\r\n\v\f");
        if (p == FINITE && is_short(&t, f)) {
            memset(word, 0, limbs * sizeof *word);
            p = round_short(&t, f, word) ? FINITE : INFINITE;
        } else if (p == FINITE) {
            p = round_long(&t, f, word, limbs) ? FINITE : INFINITE;
        } else if (p == MALFORMED) {
            return tc_fail(err, TC_EFORMAT, loc,
                           "found '%.*s', wanted a decimal or hexadecimal number",
                           length > 60 ? 60 : length, s);
        } else if (p == TOO_LONG) {
            return tc_fail(err, TC_ELIMIT, loc, "found a number too long");
        } else if (!special(f, p, t.minus, word, limbs)) {
            return tc_fail(err, TC_EFORMAT, loc, "found nan: the format has none");
        }
        if (p == INFINITE && finite)
            return tc_fail(err, TC_EFORMAT, loc,
                           "found '%.*s': in ftz formats only results are infinite",
                           length > 60 ? 60 : length, s);
        s += length;
    }
}
