/* format.c -- number formats: words, the rationals they stand for, and text
 *
 * This is the side of input and output.  The evaluator in reference.c rounds
 * with code of its own, so that a mistake here cannot hide there.
 */
#include "compiler.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void check_format(const struct tc_format *f)
{
    assert(f->kind == TC_FIXED);
    assert(f->bits >= 1 && f->bits <= TC_FIXED_MAX_BITS && f->fraction <= f->bits);
    (void)f;
}

/* the integer that a word holds; bits above the width are ignored */
static int64_t integer_of(const struct tc_format *f, uint64_t word)
{
    uint64_t sign = (uint64_t)1 << (f->bits - 1);

    word &= 2 * sign - 1;
    return (int64_t)(word ^ sign) - (int64_t)sign;
}

unsigned tc_format_width(const struct tc_format *f)
{
    check_format(f);
    return f->bits;
}

uint64_t tc_format_round(const struct tc_format *f, mpq_srcptr x, bool *exact)
{
    int64_t high = ((int64_t)1 << (f->bits - 1)) - 1, low = -high - 1, m;
    bool whole;
    mpz_t q, r;
    int half;

    check_format(f);
    mpz_init(q);
    mpz_init(r);
    mpz_mul_2exp(r, mpq_numref(x), f->fraction);
    mpz_fdiv_qr(q, r, r, mpq_denref(x));
    whole = mpz_sgn(r) == 0;
    mpz_mul_2exp(r, r, 1);
    half = mpz_cmp(r, mpq_denref(x));
    if (half > 0 || (half == 0 && mpz_odd_p(q)))
        mpz_add_ui(q, q, 1);
    if (mpz_cmp_si(q, high) > 0) {
        m = high;
        whole = false;
    } else if (mpz_cmp_si(q, low) < 0) {
        m = low;
        whole = false;
    } else {
        m = mpz_get_si(q);
    }
    mpz_clear(q);
    mpz_clear(r);
    if (exact)
        *exact = whole;
    return (uint64_t)m & ~(~(uint64_t)0 << f->bits);
}

void tc_format_value(const struct tc_format *f, uint64_t word, mpq_ptr x)
{
    check_format(f);
    mpz_set_si(mpq_numref(x), integer_of(f, word));
    mpz_set_ui(mpq_denref(x), 1);
    mpq_div_2exp(x, x, f->fraction);
}

/* C's %a with the leading digit 1, exact at any width (a double is not) */
static void print_hex(const struct tc_format *f, int64_t m, char *buf, size_t size)
{
    uint64_t a = m < 0 ? (uint64_t)-m : (uint64_t)m;
    char digits[20];
    unsigned top, n = 0;

    if (a == 0) {
        snprintf(buf, size, "0x0p+0");
        return;
    }
    top = 63 - (unsigned)__builtin_clzll(a);
    /* the leading 1 falls off the left, the digits follow it */
    for (a = top ? a << (64 - top) : 0; a; a <<= 4)
        digits[n++] = "0123456789abcdef"[a >> 60];
    digits[n] = 0;
    snprintf(buf, size, "%s0x1%s%sp%+d", m < 0 ? "-" : "", n ? "." : "", digits,
             (int)top - (int)f->fraction);
}

/* The exact decimal where it fits the buffer.  Otherwise as many digits as
 * fit; a buffer of 64 has room for 42 places, and 20 already tell neighbours
 * 2^-62 apart from each other, so that reading it gives the word back. */
static void print_decimal(const struct tc_format *f, int64_t m, char *buf, size_t size)
{
    unsigned places = f->fraction, room;
    char s[24 + TC_FIXED_MAX_BITS];
    size_t len;
    mpz_t z, half;

    assert(size >= 64);
    room = (unsigned)size - 22; /* sign, 19 digits, point, end */
    mpz_init_set_si(z, m);
    mpz_init(half);
    mpz_abs(z, z);
    if (places > room)
        places = room;
    /* round(|m| * 10^places / 2^fraction); exact where places is fraction */
    mpz_ui_pow_ui(half, 10, places);
    mpz_mul(z, z, half);
    mpz_set_ui(half, 1);
    mpz_mul_2exp(half, half, f->fraction);
    mpz_fdiv_q_2exp(half, half, 1);
    mpz_add(z, z, half);
    mpz_fdiv_q_2exp(z, z, f->fraction);
    gmp_snprintf(s, sizeof s, "%0*Zd", (int)places + 1, z);
    mpz_clear(z);
    mpz_clear(half);
    len = strlen(s);
    if (strspn(s, "0") == len) {
        snprintf(buf, size, "0");
        return;
    }
    while (places && s[len - 1] == '0') {
        len--;
        places--;
    }
    snprintf(buf, size, "%s%.*s%s%.*s", m < 0 ? "-" : "", (int)(len - places), s, places ? "." : "",
             (int)places, s + len - places);
}

void tc_format_print(const struct tc_format *f, uint64_t word, bool decimal, char *buf, size_t size)
{
    check_format(f);
    if (decimal)
        print_decimal(f, integer_of(f, word), buf, size);
    else
        print_hex(f, integer_of(f, word), buf, size);
}
