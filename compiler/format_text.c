/* format_text.c -- words as text: C's hexadecimal floats, or decimals
 *
 * Words of at most 64 bits, but for decimals with many places, take no GMP.
 */
#include "compiler.h"

#include <assert.h>
#include <limits.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- exact */

/* C's %a with the leading digit 1, exact at any width (a double is not) */
static char *hex_text(mpq_srcptr x, bool minus)
{
    size_t top, shift;
    mpz_t m;
    long e;
    char *digits, *text, *end;

    if (mpq_sgn(x) == 0) {
        text = tc_xcalloc(10, 1);
        strcpy(text, minus ? "-0x0p+0" : "0x0p+0");
        return text;
    }
    mpz_init(m);
    mpz_abs(m, mpq_numref(x));
    top = mpz_sizeinbase(m, 2) - 1;
    e = (long)top - (long)(mpz_sizeinbase(mpq_denref(x), 2) - 1); /* a power of two */
    mpz_clrbit(m, top);
    shift = (4 - top % 4) % 4;
    mpz_mul_2exp(m, m, shift);
    digits = tc_xcalloc((top + shift) / 4 + 40, 1);
    gmp_sprintf(digits, "%0*Zx", (int)((top + shift) / 4), m);
    if (!top)
        *digits = '\0';
    end = digits + strlen(digits);
    while (end > digits && end[-1] == '0')
        *--end = '\0';
    text = tc_xcalloc(strlen(digits) + 40, 1);
    sprintf(text, "%s0x1%s%sp%+ld", minus ? "-" : "", *digits ? "." : "", digits, e);
    free(digits);
    mpz_clear(m);
    return text;
}

/* The exact decimal where it takes at most `places` places; otherwise rounded to
 * so many. */
static char *decimal_text(mpq_srcptr x, bool minus, unsigned long places)
{
    unsigned long twos = mpz_sizeinbase(mpq_denref(x), 2) - 1;
    size_t length;
    char *s, *text;
    mpz_t z, half;

    if (mpq_sgn(x) == 0) {
        text = tc_xcalloc(4, 1);
        strcpy(text, minus ? "-0" : "0");
        return text;
    }
    places = twos < places ? twos : places;
    mpz_inits(z, half, NULL);
    /* round(|num| * 10^places / 2^twos); exact where places is twos */
    mpz_ui_pow_ui(half, 10, places);
    mpz_abs(z, mpq_numref(x));
    mpz_mul(z, z, half);
    mpz_set_ui(half, 1);
    mpz_mul_2exp(half, half, twos);
    mpz_fdiv_q_2exp(half, half, 1);
    mpz_add(z, z, half);
    mpz_fdiv_q_2exp(z, z, twos);
    s = tc_xcalloc(mpz_sizeinbase(z, 10) + places + 4, 1);
    gmp_sprintf(s, "%0*Zd", (int)places + 1, z);
    mpz_clears(z, half, NULL);
    length = strlen(s);
    text = tc_xcalloc(length + 4, 1);
    if (strspn(s, "0") == length) {
        strcpy(text, "0");
    } else {
        while (places && s[length - 1] == '0') {
            length--;
            places--;
        }
        sprintf(text, "%s%.*s%s%.*s", minus ? "-" : "", (int)(length - places), s,
                places ? "." : "", (int)places, s + length - places);
    }
    free(s);
    return text;
}

/* the fewest digits that are read as this element again */
static char *short_decimal(const struct tc_format *f, mpz_srcptr word, mpq_srcptr x)
{
    char *text = NULL;
    mpfr_t y, back;
    mpq_t q;
    mpz_t again;

    mpfr_inits2(mpz_sizeinbase(mpq_numref(x), 2) + 2, y, (mpfr_ptr)0);
    mpfr_init2(back, 4 * (mpfr_prec_t)f->p + 128);
    mpq_init(q);
    mpz_init(again);
    mpfr_set_q(y, x, MPFR_RNDN); /* exact: the denominator is a power of two */
    for (int digits = 0; digits < 80; digits++) {
        if (text)
            mpfr_free_str(text);
        mpfr_asprintf(&text, "%.*Re", digits, y);
        mpfr_set_str(back, text, 10, MPFR_RNDN);
        mpfr_get_q(q, back);
        tc_format_encode(f, q, false, again, NULL);
        if (mpz_cmp(again, word) == 0)
            break;
    }
    mpfr_clears(y, back, (mpfr_ptr)0);
    mpq_clear(q);
    mpz_clear(again);
    return text;
}

#define EXACT_PLACES 40

static char *text_of(const struct tc_format *f, mpz_srcptr word, bool decimal, unsigned long places)
{
    enum tc_class class;
    bool minus;
    char *text;
    mpq_t x;

    mpq_init(x);
    class = tc_format_decode(f, word, x, &minus);
    if (class != TC_FINITE) {
        text = tc_xcalloc(8, 1);
        strcpy(text, class == TC_INFINITE ? minus ? "-inf" : "inf" : "nan");
    } else if (!decimal) {
        text = hex_text(x, minus);
    } else if (f->kind == TC_FLOAT && (mpz_sizeinbase(mpq_denref(x), 2) > EXACT_PLACES / 2 ||
                                       mpz_sizeinbase(mpq_numref(x), 2) > 3 * EXACT_PLACES)) {
        text = short_decimal(f, word, x);
    } else {
        text = decimal_text(x, minus, places);
    }
    mpq_clear(x);
    return text;
}

char *tc_format_text(const struct tc_format *f, mpz_srcptr word, bool decimal)
{
    return text_of(f, word, decimal, ULONG_MAX);
}

/* ------------------------------------------------------------------- short words */

struct small { /* m 2^e, or a name */
    const char *name;
    bool minus;
    uint64_t m;
    int64_t e;
};

static struct small small_of(const struct tc_format *f, uint64_t word)
{
    unsigned width = tc_format_width(f), places = f->p - 1;
    uint64_t sign = (uint64_t)1 << (width - 1), low = word & (sign - 1), field;
    struct small x = {.minus = word & sign, .m = low, .e = -(int64_t)f->fraction};

    if (f->kind == TC_UNSIGNED) {
        x.m |= word & sign;
        x.minus = false;
    } else if (f->kind == TC_FIXED) {
        x.m = x.minus ? sign - low : low;
    } else {
        field = low >> places;
        x.m = low & (((uint64_t)1 << places) - 1);
        x.e = f->low + (field ? (int64_t)field - 1 : 0);
        if ((int64_t)field > f->top)
            x.name = f->infinity && x.m == 0 ? x.minus ? "-inf" : "inf" : "nan";
        else if (f->spare && (int64_t)field == f->top && x.m + 1 == (uint64_t)1 << places)
            x.name = "nan";
        else if ((!field && x.m && f->underflow != TC_GRADUAL) ||
                 (!low && x.minus && !f->signed_zero))
            x.name = "nan"; /* no code: as such it is shown */
        x.m |= (uint64_t)(field != 0) << places;
    }
    return x;
}

static char *put_integer(char *s, uint64_t x, unsigned least)
{
    char digit[20];
    unsigned n = 0;

    for (; x || n < least; x /= 10)
        digit[n++] = (char)('0' + x % 10);
    while (n)
        *s++ = digit[--n];
    *s = '\0';
    return s;
}

static void hex_small(const struct small *x, char *s)
{
    unsigned zeros = x->m ? (unsigned)__builtin_clzll(x->m) : 0;
    int64_t e = x->m ? x->e + 63 - (int64_t)zeros : 0;
    uint64_t rest = x->m << zeros << 1; /* below the leading bit */

    if (x->minus)
        *s++ = '-';
    memcpy(s, x->m ? "0x1" : "0x0", 3);
    s += 3;
    if (rest)
        *s++ = '.';
    for (; rest; rest <<= 4)
        *s++ = "0123456789abcdef"[rest >> 60];
    *s++ = 'p';
    *s++ = e < 0 ? '-' : '+';
    put_integer(s, (uint64_t)(e < 0 ? -e : e), 1);
}

/* false if it takes more than 64-bit integers */
static bool decimal_small(const struct small *x, char *s)
{
    unsigned zeros = x->m ? (unsigned)__builtin_ctzll(x->m) : 0, places;
    int64_t e = x->m ? x->e + (int64_t)zeros : 0;
    uint64_t m = x->m >> zeros, rest;

    if (e < -19 || e > (m ? __builtin_clzll(m) : 0))
        return false;
    if (x->minus)
        *s++ = '-';
    if (e >= 0) {
        put_integer(s, m << e, 1);
        return true;
    }
    places = (unsigned)-e;
    rest = m & (((uint64_t)1 << places) - 1);
    for (unsigned k = 0; k < places; k++)
        rest *= 5; /* 10^places 2^e */
    s = put_integer(s, m >> places, 1);
    *s++ = '.';
    put_integer(s, rest, places);
    return true;
}

/* A fixed number of 62 bits has up to 62 places; a buffer of 64 has room for 42 of
 * them, and 20 already tell neighbours 2^-62 apart from each other, so that
 * reading it gives the word back. */
void tc_format_print(const struct tc_format *f, uint64_t word, bool decimal, char *buf, size_t size)
{
    unsigned width = tc_format_width(f);
    struct small x = small_of(f, word);
    char *text;
    mpz_t z;

    assert(size >= 64 && width <= 64);
    if (x.name) {
        strcpy(buf, x.name);
        return;
    }
    if (!decimal) {
        hex_small(&x, buf);
        return;
    }
    if (decimal_small(&x, buf))
        return;
    mpz_init_set_ui(z, width == 64 ? word : word & (((uint64_t)1 << width) - 1));
    text = text_of(f, z, decimal, size - 22); /* sign, 19 digits, point, end */
    snprintf(buf, size, "%s", text);
    free(text);
    mpz_clear(z);
}
