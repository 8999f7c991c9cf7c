/* label.c -- text of users and big numbers, as labels of pictures show them */
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* length of the character of UTF-8 at s; 0 if it is none, or one that XML
 * does not have */
static size_t character(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t n = u[0] < 0x80                   ? 1
               : u[0] >= 0xC2 && u[0] < 0xE0 ? 2
               : u[0] >= 0xE0 && u[0] < 0xF0 ? 3
               : u[0] >= 0xF0 && u[0] < 0xF5 ? 4
                                             : 0;

    if (n == 1)
        return u[0] >= 0x20 && u[0] != 0x7F;
    for (size_t k = 1; k < n; k++)
        if ((u[k] & 0xC0) != 0x80)
            return 0;
    if ((u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xED && u[1] >= 0xA0) ||
        (u[0] == 0xEF && u[1] == 0xBF && u[2] >= 0xBE) || (u[0] == 0xF0 && u[1] < 0x90) ||
        (u[0] == 0xF4 && u[1] >= 0x90))
        return 0;
    return n;
}

/* What looks like an entity goes into SVG as it stands, known or not, however
 * it was written: a space of no width behind the ampersand prevents that. */
static bool entity(const char *s)
{
    size_t n = 1 + (s[1] == '#');

    while (isalnum((unsigned char)s[n]))
        n++;
    return s[n] == ';';
}

#define NO_WIDTH "\xe2\x80\x8b"

/* at most so many characters; the rest becomes an ellipsis */
void tc_label_html(struct tc_text *x, const char *s, size_t most)
{
    for (size_t n; *s; s += n ? n : 1) {
        if (most-- == 0) {
            tc_text_puts(x, "\xe2\x80\xa6");
            return;
        }
        n = character(s);
        if (!n)
            tc_text_puts(x, " ");
        else if (*s == '&')
            tc_text_puts(x, entity(s) ? "&amp;" NO_WIDTH : "&amp;");
        else if (*s == '<')
            tc_text_puts(x, "&lt;");
        else if (*s == '>')
            tc_text_puts(x, "&gt;");
        else if (*s == '"')
            tc_text_puts(x, "&quot;");
        else if (*s == '\\') /* \N and the like are replaced here too, but doubling shows twice */
            tc_text_puts(x, "\\" NO_WIDTH);
        else
            tc_text_add(x, s, n);
    }
}

/* doubled backslashes survive both cgraph's quoting and the escapes of labels */
void tc_label_plain(struct tc_text *x, const char *s)
{
    for (size_t n; *s; s += n ? n : 1) {
        n = character(s);
        if (!n)
            tc_text_puts(x, *s == '\n' ? "\\n" : " ");
        else if (*s == '\\')
            tc_text_puts(x, "\\\\");
        else if (*s == '&' && entity(s))
            tc_text_puts(x, "&" NO_WIDTH);
        else
            tc_text_add(x, s, n);
    }
}

void tc_label_grouped(struct tc_text *x, mpz_srcptr v)
{
    struct tc_text digits = {0};
    size_t n;

    tc_text_mpz(&digits, v);
    n = digits.n;
    for (size_t k = 0; k < n; k++) {
        tc_text_add(x, digits.s + k, 1);
        if ((n - k) % 3 == 1 && k + 1 < n && digits.s[k] != '-')
            tc_text_puts(x, ",");
    }
    free(digits.s);
}

/* in raised digits */
static void add_exponent(struct tc_text *x, size_t n)
{
    static const char *const raised[] = {
        "\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",     "\xe2\x81\xb4",
        "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8", "\xe2\x81\xb9"};

    if (n >= 10)
        add_exponent(x, n / 10); /* as deep as the exponent has digits */
    tc_text_puts(x, raised[n % 10]);
}

/* 1,024 and 3.57 times a power of ten; counts are not negative */
void tc_label_number(struct tc_text *x, mpz_srcptr v)
{
    struct tc_text digits = {0};

    if (mpz_sizeinbase(v, 10) <= 9) {
        tc_label_grouped(x, v);
        return;
    }
    tc_text_mpz(&digits, v);
    if (digits.n <= 9) {
        tc_label_grouped(x, v);
    } else { /* three digits, rounded; 9.996 is better as 9.99 than as 10.0 */
        unsigned lead = 100u * (unsigned)(digits.s[0] - '0') + 10u * (unsigned)(digits.s[1] - '0') +
                        (unsigned)(digits.s[2] - '0') + (digits.s[3] >= '5');

        lead = lead > 999 ? 999 : lead;
        tc_text_printf(x,
                       "%u.%02u\xc2\xb7"
                       "10",
                       lead / 100, lead % 100);
        add_exponent(x, digits.n - 1);
    }
    free(digits.s);
}
